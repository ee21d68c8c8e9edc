//! What is written over the map: names of areas, the name and count under the pointer, the legend, the scale bar.
//!
//! Panels do not know the map: `wall` copies what the map placed into [`MapNotes`], in u.

use bevy::prelude::Resource;
use bevy_egui::egui::{Align, Color32, CornerRadius, Painter, Pos2, Rect, Stroke, Ui, pos2, vec2};

use super::care::legend::SymbolNumber;
use super::flow_map::{HubNotes, key_ui};
use super::head::announce;
use super::look::Look;
use super::pen::{bar, fit, haloed, hatch, say, width};
use super::seams;
use super::style::{Role, colour, faint};
use super::warnings::on_map::WarningNotes;
use super::whistle::on_map::CallNote;
use crate::city::{Care, Indicators, Tallies, Tickets};
use crate::domain::{
    Amount, Area, AreaId, AreaTable, CareGroup, Feed, IndicatorTable, Level, TicketId, Unit, ValueBreaks,
};
use crate::locale::thousands;
use crate::palette::{Palette, Rgb, Theme};
use crate::scene::{AreaColour, LayerKind, LayerSwitches};

/// A name placed on the map.
#[derive(Clone, Debug, PartialEq)]
pub struct MapLabel {
    /// Its centre in u.
    pub pos: Pos2,
    /// Its level, which sets weight and colour.
    pub level: Level,
    /// What it says.
    pub text: String,
    /// Font size in u.
    pub font_u: f32,
    /// Extra space after each character in u.
    pub tracking_u: f32,
    /// The colour below it, where areas are coloured.
    pub ground: Option<Rgb>,
}

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
    /// An indicator of the platform.
    Indicator(AreaColour, Option<ValueBreaks>),
}

impl LegendClasses {
    /// What stands under each colour, and whether zero has a colour of its own before them.
    fn words(&self) -> (Vec<String>, bool) {
        match self {
            LegendClasses::Tickets(breaks) => ((0..breaks.len()).map(|i| class_words(breaks, i)).collect(), true),
            LegendClasses::Indicator(_, None) => (Vec::new(), false),
            LegendClasses::Indicator(_, Some(breaks)) if breaks.has_zero => {
                let whole = breaks.least.map(|least| least as u32);
                ((0..whole.len()).map(|i| class_words(&whole, i)).collect(), true)
            }
            LegendClasses::Indicator(_, Some(breaks)) => {
                // As many digits as the step needs, and no more.
                let step = breaks.least[1] - breaks.least[0];
                let digits = (0..4).find(|d| (step * 10f64.powi(*d)).fract().abs() < 1e-9).unwrap_or(4) as usize;
                let words = |least: &f64| match digits {
                    0 => thousands(least.max(0.0) as u64),
                    _ => format!("{least:.digits$}"),
                };
                (breaks.least.iter().map(words).collect(), false)
            }
        }
    }
}

/// The number of a ranked area on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapNumber {
    /// Its place in the ranking, from 1.
    pub number: u32,
    /// The middle of the disc, u.
    pub pos: Pos2,
    /// What it points at, u, where it stands above that.
    pub foot: Option<Pos2>,
}

/// Everything the map wants written over it. Written by `wall`.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct MapNotes {
    /// Names, placed so that they do not meet.
    pub labels: Vec<MapLabel>,
    /// The area under the pointer.
    pub hovered_area: Option<AreaId>,
    /// The ticket mark under the pointer.
    pub hovered_ticket: Option<TicketId>,
    /// The legend, once there is something to colour.
    pub legend: Option<MapLegend>,
    /// Hubs of what flows, while they are shown.
    pub hubs: Option<HubNotes>,
    /// Numbers in the circles of the care layer.
    pub care: Vec<SymbolNumber>,
    /// What these circles stand for.
    pub care_level: Option<Level>,
    /// What the classes of the share visited look like on the map.
    pub care_colours: Vec<Rgb>,
    /// Metres per u where the map is flat; `None` hides the scale bar.
    pub m_per_u: Option<f32>,
    /// Numbers of the densest communities, while the heat map is shown.
    pub numbers: Vec<MapNumber>,
    /// Where areas with warnings are.
    pub warnings: WarningNotes,
    /// The first whistle calls, in a scene that is about them.
    pub calls: Vec<CallNote>,
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

/// Writes the names; those of communities and grids only where no sign lies on them.
pub fn labels_ui(p: &Painter, look: &Look<'_>, labels: &[MapLabel], is_on_heat: bool, signs: &[Rect]) {
    for label in labels {
        let role = Role { size: label.font_u, medium: label.level <= Level::Street, tracking: label.tracking_u };
        if lies_under(label, width(p, label.text.as_str(), role), signs) {
            continue;
        }
        let (ink, halo, reach) = inks(look.palette, role.medium, label.ground, is_on_heat);
        haloed(p, label.pos, label.text.as_str(), role, colour(ink), halo, reach);
    }
}

/// Ink, halo and the halo's reach in u of a name: light on what is dark and dark on what is light, whatever the theme.
fn inks(palette: &Palette, is_medium: bool, ground: Option<Rgb>, is_on_heat: bool) -> (Rgb, Color32, f32) {
    let (strong, halo) = (palette.map_label, palette.label_halo);
    let plain = if is_medium || is_on_heat { strong } else { palette.map_label2 };
    match ground {
        Some(ground) if strong.contrast(ground) < halo.contrast(ground) => (halo, faint(strong, 0.8), 1.6),
        Some(ground) if plain.contrast(ground) < LEAST_CONTRAST => (strong, faint(halo, 0.9), 2.2),
        // The dusk ramp is dark in one place and light in the next: there the halo alone tells.
        _ if is_on_heat => (plain, faint(halo, 0.92), 2.6),
        _ if palette.theme == Theme::Bright => (plain, faint(halo, 1.0), 2.6),
        _ => (plain, faint(halo, 0.72), 2.0),
    }
}

/// A name whose ink has less contrast than this to the ground is written in a stronger one.
const LEAST_CONTRAST: f64 = 4.5;

/// True for the name, this wide, of a community or grid on which a sign lies. Streets are always named.
fn lies_under(label: &MapLabel, wide: f32, signs: &[Rect]) -> bool {
    let covered = Rect::from_center_size(label.pos, vec2(wide, label.font_u));
    label.level > Level::Street && signs.iter().any(|sign| sign.intersects(covered))
}

/// Writes the numbers of ranked areas; the first one is on top.
pub fn numbers_ui(p: &Painter, look: &Look<'_>, numbers: &[MapNumber]) {
    let ink = look.text1();
    // Leaders below all discs.
    for (foot, pos) in numbers.iter().filter_map(|number| Some((number.foot?, number.pos))) {
        p.line_segment([foot, pos], Stroke::new(3.6, faint(look.palette.label_halo, 0.7)));
        p.line_segment([foot, pos], Stroke::new(1.4, ink));
        p.circle_filled(foot, 3.0, ink);
    }
    for number in numbers.iter().rev() {
        p.circle_filled(number.pos, 15.0, faint(look.palette.label_halo, 0.9));
        p.circle_stroke(number.pos, 15.0, Stroke::new(1.6, ink));
        let base = pos2(number.pos.x, super::pen::centred(number.pos.y, Role::BODY_STRONG));
        say(p, base, Align::Center, number.number.to_string(), Role::BODY_STRONG, ink);
    }
}

/// Name and open tickets of what is under the pointer, beside the pointer.
pub fn hover_ui(
    ui: &Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    tickets: &Tickets,
    tallies: &Tallies,
    notes: &MapNotes,
    care: Option<(&Care, CareGroup)>,
    indicators: &Indicators,
    free: Rect,
) {
    let Some(pointer) = ui.ctx().pointer_hover_pos() else { return };
    let (title, line) = if let Some(ticket) = notes.hovered_ticket.as_ref().and_then(|id| tickets.by_id.get(id)) {
        let stage = look.locale.stage(look.workflow(), ticket.stage);
        (super::latest::category_words(look, ticket).to_owned(), format!("{} · {stage}", ticket.id))
    } else if let Some(id) = notes.hovered_area.filter(|id| id.index() < areas.len()) {
        let feed = look.feed(Feed::Tickets);
        let tally = tallies.areas.get(id.index()).copied().unwrap_or_default();
        let line = if !feed.has_values() {
            feed.note(look)
        } else if tally.overdue > 0 {
            format!("{} · {}", look.t_n("hover-open", tally.open), look.t_n("hover-overdue", tally.overdue))
        } else {
            look.t_n("hover-open", tally.open)
        };
        let line = match (care, notes.legend.as_ref().map(|legend| &legend.classes)) {
            (Some((care, group)), _) => super::care::hover_words(look, care.table.of(&areas.get(id).code, group)),
            (None, Some(LegendClasses::Indicator(of, _))) => measured_words(look, indicators, areas.get(id), of),
            (None, _) => line,
        };
        (look.locale.area_name(areas.get(id)).to_owned(), line)
    } else {
        return;
    };
    let p = ui.painter();
    let wide = width(p, title.as_str(), Role::BODY_STRONG).max(width(p, line.as_str(), Role::BODY)).min(420.0) + 28.0;
    let size = vec2(wide, 66.0);
    let mut min = pointer + vec2(18.0, 18.0);
    if min.x + size.x > free.right() - 8.0 {
        min.x = pointer.x - 18.0 - size.x;
    }
    if min.y + size.y > free.bottom() - 8.0 {
        min.y = pointer.y - 18.0 - size.y;
    }
    let rect = seams::beside(p.ctx(), Rect::from_min_size(min, size), Align::Center);
    p.rect_filled(rect, CornerRadius::same(6), faint(look.palette.bg2, 0.94));
    fit(
        p,
        pos2(rect.left() + 14.0, rect.top() + 28.0),
        Align::Min,
        title.as_str(),
        Role::BODY_STRONG,
        look.text1(),
        wide - 28.0,
    );
    fit(
        p,
        pos2(rect.left() + 14.0, rect.top() + 53.0),
        Align::Min,
        line.as_str(),
        Role::BODY,
        look.text2(),
        wide - 28.0,
    );
    announce(ui, rect, "hover", &format!("{title} {line}"));
}

/// What a class holds: `1–2`, `3`, `≥16`.
pub fn class_words(breaks: &[u32], i: usize) -> String {
    match (breaks.get(i), breaks.get(i + 1)) {
        (Some(from), Some(next)) if from + 1 == *next => from.to_string(),
        (Some(from), Some(next)) => format!("{}–{}", thousands(u64::from(*from)), thousands(u64::from(next - 1))),
        (Some(from), None) => format!("≥{}", thousands(u64::from(*from))),
        (None, _) => String::new(),
    }
}

/// The legend at the bottom left of the map, the scale and the approval number at its bottom right.
pub fn legend_ui(ui: &Ui, look: &Look<'_>, notes: &MapNotes, indicators: &Indicators, free: Rect) {
    let p = ui.painter();
    let bottom = free.bottom() - 22.0;
    let mut legend_right = free.left();
    if let Some(legend) = notes.legend.as_ref() {
        let (words, has_zero) = legend.classes.words();
        let cell = 58.0;
        let left = seams::past(p.ctx(), free.left() + 26.0, cell * (words.len() + usize::from(has_zero)) as f32);
        let level = look.locale.level(legend.level);
        let (mut title, feed) = match &legend.classes {
            LegendClasses::Tickets(_) => {
                let unit = look.t("unit-tickets");
                (look.locale.t_args("legend-title", &[("unit", &unit), ("level", &level)]), Feed::Tickets)
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
        key_ui(ui, look, hubs, (free.left() + 26.0, bottom - above), room);
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

/// The title of a legend: what the colours are, of which period, by which level, and what hatching means.
fn indicator_words(look: &Look<'_>, list: &IndicatorTable, of: &AreaColour, level: &str) -> String {
    let definition = list.definition(&of.indicator);
    let name = definition.map_or(of.indicator.as_str(), |it| look.locale.indicator_name(it));
    // What people are counted in is clear.
    let name = match definition.map(|it| it.unit) {
        Some(Unit::Percent) => format!("{name} %"),
        _ => name.to_owned(),
    };
    let period = look.locale.period(of.period);
    look.locale.t_args("legend-indicator", &[("name", &name), ("period", &period), ("level", level)])
}

/// What an area has of the indicator that colours the map: `满意率 85.4 % · 1,204 / 1,410`, or why there is no value.
fn measured_words(look: &Look<'_>, indicators: &Indicators, area: &Area, of: &AreaColour) -> String {
    let list = &indicators.0.list;
    let definition = list.definition(&of.indicator);
    let name = definition.map_or(of.indicator.as_str(), |it| look.locale.indicator_name(it));
    let figure = list.figure(&of.indicator, Some(&area.code), of.period);
    let value = match figure.map(|figure| figure.value) {
        None | Some(Amount::NoData) => look.t("value-no-data").into_owned(),
        Some(Amount::Suppressed) => look.t("value-suppressed").into_owned(),
        Some(Amount::Known(value)) if definition.is_some_and(|it| it.unit == Unit::Percent) => format!("{value:.1} %"),
        Some(Amount::Known(value)) => thousands(value.round().max(0.0) as u64),
    };
    match figure.and_then(|figure| Some((figure.numerator?, figure.denominator?))) {
        Some((part, whole)) => {
            format!("{name} {value} · {} / {}", thousands(part.max(0) as u64), thousands(whole))
        }
        None => format!("{name} {value}"),
    }
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
    use crate::domain::Period;

    #[test]
    fn a_sign_hides_the_name_of_a_community_under_it_but_not_of_a_street() {
        let label = |level| MapLabel {
            pos: pos2(100.0, 50.0),
            level,
            text: "盐坊社区".into(),
            font_u: 20.0,
            tracking_u: 0.0,
            ground: None,
        };
        let sign = |x| [Rect::from_center_size(pos2(x, 55.0), vec2(34.0, 34.0))];
        assert!(lies_under(&label(Level::Community), 80.0, &sign(150.0)));
        assert!(
            !lies_under(&label(Level::Community), 80.0, &sign(160.0)) && !lies_under(&label(Level::Grid), 80.0, &[])
        );
        assert!(!lies_under(&label(Level::Street), 80.0, &sign(100.0)));
    }

    #[test]
    fn classes_are_said_without_gaps() {
        let breaks = [1, 2, 4, 8, 16];
        let words: Vec<_> = (0..5).map(|i| class_words(&breaks, i)).collect();
        assert_eq!(words, ["1", "2–3", "4–7", "8–15", "≥16"]);
        let rate = AreaColour { indicator: "satisfy".into(), period: Period::Year, level: Level::Street };
        let classes =
            |least, has_zero| LegendClasses::Indicator(rate.clone(), Some(ValueBreaks { least, has_zero })).words();
        let (words, has_zero) = classes([99.0, 99.2, 99.4, 99.6, 99.8, 100.0], false);
        assert_eq!((words.join(" ").as_str(), has_zero), ("99.0 99.2 99.4 99.6 99.8 100.0", false));
        assert_eq!(classes([80.0, 82.0, 84.0, 86.0, 88.0, 90.0], false).0[1], "82");
        let (words, has_zero) = classes([1.0, 5.0, 10.0, 15.0, 20.0, 25.0], true);
        assert_eq!((words[0].as_str(), has_zero), ("1–4", true));
    }

    #[test]
    fn names_stand_out_on_every_class_in_both_themes() {
        for palette in [&crate::palette::DARK, &crate::palette::BRIGHT] {
            let land = palette.map_land;
            for ground in palette.choropleth.map(|rgb| land.mix(rgb, 0.88)) {
                for is_medium in [true, false] {
                    let (ink, _, _) = inks(palette, is_medium, Some(ground), false);
                    assert!(ink.contrast(ground) >= 3.0, "{:?} {ground:?}: {:.2}", palette.theme, ink.contrast(ground));
                }
            }
            assert_eq!(inks(palette, false, None, false).0, palette.map_label2);
            assert_eq!(inks(palette, false, None, true).0, palette.map_label);
        }
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
