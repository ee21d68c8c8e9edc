//! The legend at the bottom of the map: what its colours are, in which unit and of which stretch of time, with the least of
//! each class; at the right the scale bar and the map's approval number.
//!
//! Partner: `map_notes.rs`, which holds what the map wants said.

use bevy_egui::egui::{Align, Rect, Stroke, Ui, pos2, vec2};

use super::flow_map::key_ui;
use super::head::announce;
use super::look::Look;
use super::map_notes::MapNotes;
use super::pen::{bar, fit, hatch, say, width};
use super::seams;
use super::style::{Role, colour};
use crate::city::{Indicators, Tallies};
use crate::domain::{Feed, IndicatorTable, Level, Period, Unit, ValueBreaks};
use crate::locale::NumberStyle;
use crate::palette::{Rgb, Theme};
use crate::scene::{AreaColour, LayerKind, LayerSwitches};

/// The classes the map's fills are coloured by.
#[derive(Clone, Debug, PartialEq)]
pub struct MapLegend {
    /// Which areas are coloured.
    pub level: Level,
    /// What is coloured, and the least value of each class.
    pub classes: LegendClasses,
    /// What each class of `breaks` looks like on the map.
    pub colours: Vec<Rgb>,
    /// True if height says the same.
    pub is_tilted: bool,
}

/// What the fills show.
#[derive(Clone, Debug, PartialEq)]
pub enum LegendClasses {
    /// Tickets in hand: the least count of each class after zero, growing; the class of zero has no entry.
    Tickets(Vec<u32>),
    /// The same of the tickets that the scene is about.
    SomeTickets(Vec<u32>),
    /// An indicator of the platform.
    Indicator(AreaColour, Option<ValueBreaks>),
}

impl LegendClasses {
    /// What stands under each colour, and whether zero has a colour of its own before them.
    fn words(&self, style: NumberStyle) -> (Vec<String>, bool) {
        match self {
            LegendClasses::Tickets(breaks) | LegendClasses::SomeTickets(breaks) => {
                ((0..breaks.len()).map(|i| class_words(style, breaks, i)).collect(), true)
            }
            LegendClasses::Indicator(_, None) => (Vec::new(), false),
            LegendClasses::Indicator(_, Some(breaks)) if breaks.has_zero => {
                let whole = breaks.least.map(|least| least as u32);
                ((0..whole.len()).map(|i| class_words(style, &whole, i)).collect(), true)
            }
            LegendClasses::Indicator(_, Some(breaks)) => {
                // As many digits as the step needs, and no more.
                let step = breaks.least[1] - breaks.least[0];
                let digits = (0..4).find(|d| (step * 10f64.powi(*d)).fract().abs() < 1e-9).unwrap_or(4) as usize;
                let words = |least: &f64| match digits {
                    0 => style.write(least.max(0.0) as u64),
                    _ => style.decimal(*least, digits),
                };
                (breaks.least.iter().map(words).collect(), false)
            }
        }
    }
}

/// A map wider than this, u, has its keys above each other, at most so wide: the district is in its middle.
pub(super) const WIDE: f32 = 1400.0;
pub(super) const NARROW: f32 = 392.0;
/// How far the key of what flows is moved up by a legend below it, u.
pub(super) const ABOVE_LEGEND: f32 = 82.0;

/// How high what stands at the bottom of the map is with these layers, u: the map keeps the district above it.
pub fn keys_height(switches: &LayerSwitches, has_heat_panel: bool) -> f32 {
    let has_heat_strip = switches.is_on(LayerKind::Heat) && !has_heat_panel;
    let has_legend = switches.is_on(LayerKind::Areas) || switches.is_on(LayerKind::Care) || has_heat_strip;
    match (has_legend, switches.is_on(LayerKind::Flow)) {
        (true, true) => 74.0 + ABOVE_LEGEND,
        (true, false) => 92.0,
        (false, true) => 74.0,
        // The scale bar.
        (false, false) => 64.0,
    }
}

/// What a class holds: `1–2`, `3`, `≥16`.
pub fn class_words(style: NumberStyle, breaks: &[u32], i: usize) -> String {
    let say = |n: u32| style.write(u64::from(n));
    match (breaks.get(i), breaks.get(i + 1)) {
        (Some(from), Some(next)) if from + 1 == *next => say(*from),
        (Some(from), Some(next)) => format!("{}–{}", say(*from), say(next - 1)),
        (Some(from), None) => format!("≥{}", say(*from)),
        (None, _) => String::new(),
    }
}

/// The legend at the bottom left of the map, the scale and the approval number at its bottom right.
pub fn legend_ui(ui: &Ui, look: &Look<'_>, notes: &MapNotes, indicators: &Indicators, tallies: &Tallies, free: Rect) {
    let p = ui.painter();
    let bottom = free.bottom() - 22.0;
    let mut legend_right = free.left();
    if let Some(legend) = notes.legend.as_ref() {
        let (words, has_zero) = legend.classes.words(look.locale.numbers());
        let cell = 58.0;
        let left = seams::past(p.ctx(), free.left() + 26.0, cell * (words.len() + usize::from(has_zero)) as f32);
        let level = look.locale.level(legend.level);
        let (mut title, feed) = match &legend.classes {
            LegendClasses::Tickets(_) | LegendClasses::SomeTickets(_) => {
                let (unit, period) = (look.t("unit-tickets"), look.locale.period(Period::Now));
                let words = [("unit", &*unit), ("period", &period), ("level", &level)];
                let key =
                    if matches!(legend.classes, LegendClasses::Tickets(_)) { "legend-title" } else { "legend-some" };
                (look.locale.t_args(key, &words), Feed::Tickets)
            }
            LegendClasses::Indicator(colour, breaks) => {
                let mut words = indicator_words(look, &indicators.0.list, colour, &level);
                if breaks.is_none() {
                    words = format!("{words} · {}", look.t("value-no-data"));
                }
                (words, Feed::Indicators)
            }
        };
        if legend.is_tilted {
            title = format!("{title} · {}", look.t("legend-height"));
        }
        let grey = look.feed(feed).is_grey();
        let said = fit(
            p,
            pos2(left, bottom - 46.0),
            Align::Min,
            title.as_str(),
            Role::BODY,
            look.text2(),
            free.width() - 60.0,
        );
        announce(ui, said, "legend", &title);
        let first = Rect::from_min_size(pos2(left, bottom - 34.0), vec2(cell - 3.0, 12.0));
        // Pale colours would melt into the land or the sea.
        let outline = |rect| {
            let stroke = Stroke::new(1.0, look.ink(|p| p.line2));
            p.rect_stroke(rect, 2, stroke, bevy_egui::egui::StrokeKind::Inside);
        };
        if has_zero {
            bar(p, first, colour(look.palette.map_land));
            outline(first);
            say(p, pos2(first.center().x, bottom), Align::Center, "0", Role::AXIS, look.text3());
        }
        // Where ranges do not fit under their colours, each colour's least count stands at its left edge.
        let is_crowded = !has_zero || words.iter().any(|words| width(p, words.as_str(), Role::AXIS) > cell - 6.0);
        // Where even these meet, each second one stands, and always the last.
        let first_word = |words: &str| words.split('–').next().unwrap_or_default().to_owned();
        let is_thin = is_crowded && words.iter().any(|it| width(p, first_word(it), Role::AXIS) > cell - 10.0);
        for (i, (rgb, words)) in legend.colours.iter().zip(&words).enumerate() {
            let rect = first.translate(vec2(cell * (i + usize::from(has_zero)) as f32, 0.0));
            let mean = rgb.bytes().iter().map(|byte| u32::from(*byte)).sum::<u32>() / 3;
            let rgb = if grey { Rgb([(mean * 3 / 4) as u8; 3]) } else { *rgb };
            bar(p, rect, colour(rgb));
            if look.palette.theme == Theme::Bright {
                outline(rect);
            }
            let (x, align, words) = match is_crowded {
                true => (rect.left(), Align::Min, words.split('–').next().unwrap_or_default()),
                false => (rect.center().x, Align::Center, words.as_str()),
            };
            if !is_thin || (legend.colours.len() - i) % 2 == 1 {
                say(p, pos2(x, bottom), align, words, Role::AXIS, look.text3());
            }
        }
        legend_right = left + cell * (words.len() + usize::from(has_zero)) as f32;
        // A count is what it is; only a share of few says nothing.
        let is_share = match &legend.classes {
            LegendClasses::Indicator(of, Some(_)) => {
                indicators.0.list.definition(&of.indicator).is_some_and(|it| it.unit == Unit::Percent)
            }
            _ => false,
        };
        if is_share {
            let cell = first.translate(vec2(legend_right - left + 18.0, 0.0));
            hatch(p, cell, 7.0, Stroke::new(1.4, look.ink(|p| p.hatch)));
            let room = free.right() - 330.0 - cell.left();
            let said =
                fit(p, pos2(cell.left(), bottom), Align::Min, look.t("legend-few"), Role::BODY, look.text3(), room);
            legend_right = cell.right().max(said.right());
        }
    }
    if let Some(hubs) = &notes.hubs {
        let above = if notes.legend.is_some() { ABOVE_LEGEND } else { 0.0 };
        // Beside a district in the middle of a wide map there is room for a narrow key only.
        let room = if free.width() > WIDE { NARROW } else { free.width() - 60.0 };
        key_ui(ui, look, tallies, hubs, (free.left() + 26.0, bottom - above), room);
    }
    let right = free.right() - 40.0;
    if right - 260.0 < legend_right {
        return;
    }
    let approval = look.site.and_then(|site| site.map_approval.as_deref());
    let words = match approval {
        Some(number) => format!("{} · {number}", look.t("map-sketch")),
        None => look.t("map-sketch").into_owned(),
    };
    say(p, pos2(right, bottom - 26.0), Align::Max, words, Role::BODY, look.text3());
    if let Some((wide, words)) = notes.m_per_u.and_then(scale_bar) {
        let said = say(p, pos2(right, bottom), Align::Max, words, Role::AXIS, look.text2());
        let (to, y) = (said.left() - 10.0, bottom - 4.0);
        let stroke = Stroke::new(1.5, look.text3());
        p.line(vec![pos2(to - wide, y - 7.0), pos2(to - wide, y), pos2(to, y), pos2(to, y - 7.0)], stroke);
    }
}

/// The title of a legend: what the colours are, in which unit, of which period, by which level.
fn indicator_words(look: &Look<'_>, list: &IndicatorTable, of: &AreaColour, level: &str) -> String {
    let definition = list.definition(&of.indicator);
    let name = definition.map_or(of.indicator.as_str(), |it| look.locale.indicator_name(it));
    let name = match definition {
        Some(it) if it.unit == Unit::Percent => format!("{name} %"),
        Some(it) => {
            let unit = super::indicator::unit_words(look, &of.indicator, Some(it));
            // A name that says what it counts needs no unit.
            match name.to_lowercase().contains(&unit.to_lowercase()) {
                true => name.to_owned(),
                false => look.locale.t_args("legend-unit", &[("name", name), ("unit", &unit)]),
            }
        }
        None => name.to_owned(),
    };
    let period = look.locale.period(of.period);
    look.locale.t_args("legend-indicator", &[("name", &name), ("period", &period), ("level", level)])
}

/// A round length near 120 u and its words.
fn scale_bar(m_per_u: f32) -> Option<(f32, String)> {
    if !m_per_u.is_finite() || m_per_u <= 0.0 {
        return None;
    }
    let most = 140.0 * m_per_u;
    let power = 10f32.powf(most.log10().floor());
    let metres = [5.0, 2.0, 1.0].into_iter().map(|n| n * power).find(|m| *m <= most)?;
    let words = if metres >= 1000.0 { format!("{} km", metres / 1000.0) } else { format!("{metres} m") };
    Some((metres / m_per_u, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_said_without_gaps() {
        let breaks = [1, 2, 4, 8, 16];
        let words: Vec<_> = (0..5).map(|i| class_words(NumberStyle::Thousands, &breaks, i)).collect();
        assert_eq!(words, ["1", "2–3", "4–7", "8–15", "≥16"]);
        let rate = AreaColour { indicator: "satisfy".into(), period: Period::Year, level: Level::Street };
        let classes = |least, has_zero| {
            LegendClasses::Indicator(rate.clone(), Some(ValueBreaks { least, has_zero })).words(NumberStyle::Thousands)
        };
        let (words, has_zero) = classes([99.0, 99.2, 99.4, 99.6, 99.8, 100.0], false);
        assert_eq!((words.join(" ").as_str(), has_zero), ("99.0 99.2 99.4 99.6 99.8 100.0", false));
        assert_eq!(classes([80.0, 82.0, 84.0, 86.0, 88.0, 90.0], false).0[1], "82");
        let (words, has_zero) = classes([1.0, 5.0, 10.0, 15.0, 20.0, 25.0], true);
        assert_eq!((words[0].as_str(), has_zero), ("1–4", true));
    }

    #[test]
    fn scale_bars_are_round_and_fit() {
        assert_eq!(scale_bar(20.0), Some((100.0, "2 km".into())));
        assert_eq!(scale_bar(1.0), Some((100.0, "100 m".into())));
        assert_eq!(scale_bar(f32::NAN), None);
        for m in [0.03, 0.7, 3.3, 19.0, 444.0] {
            let (wide, _) = scale_bar(m).unwrap();
            assert!((50.0..=140.1).contains(&wide), "{m}: {wide}");
        }
    }
}
