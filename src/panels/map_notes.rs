//! What is written over the map: names of areas, the name and count under the pointer, the legend, the scale bar.
//!
//! Panels do not know the map: `wall` copies what the map placed into [`MapNotes`], in u.

use bevy::prelude::Resource;
use bevy_egui::egui::{Align, CornerRadius, Painter, Pos2, Rect, Stroke, Ui, pos2, vec2};

use super::care::legend::SymbolNumber;
use super::flow_map::{HubNotes, key_ui};
use super::head::announce;
use super::look::Look;
use super::pen::{bar, fit, haloed, say, width};
use super::style::{Role, colour, faint};
use super::warnings::on_map::WarningNotes;
use crate::city::{Care, Tallies, Tickets};
use crate::domain::{AreaId, AreaTable, CareGroup, Feed, Level, TicketId};
use crate::palette::Rgb;

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
}

/// The classes the map's fills are coloured by.
#[derive(Clone, Debug, PartialEq)]
pub struct MapLegend {
    /// Which areas are coloured.
    pub level: Level,
    /// Lowest value of each class after zero, growing; the class of zero has no entry.
    pub breaks: Vec<u32>,
    /// Colour of each class of `breaks`.
    pub colours: Vec<Rgb>,
    /// True if height says the same.
    pub is_tilted: bool,
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
    /// Metres per u where the map is flat; `None` hides the scale bar.
    pub m_per_u: Option<f32>,
    /// Numbers of the densest communities, while the heat map is shown.
    pub numbers: Vec<MapNumber>,
    /// Where areas with warnings are.
    pub warnings: WarningNotes,
}

/// Writes the names.
pub fn labels_ui(p: &Painter, look: &Look<'_>, labels: &[MapLabel]) {
    let halo = faint(look.palette.label_halo, 0.72);
    for label in labels {
        let role = Role { size: label.font_u, medium: label.level <= Level::Street, tracking: label.tracking_u };
        let ink = if role.medium { look.palette.map_label } else { look.palette.map_label2 };
        haloed(p, label.pos, label.text.as_str(), role, colour(ink), halo, 2.0);
    }
}

/// Writes the numbers of ranked areas; the first one is on top.
pub fn numbers_ui(p: &Painter, look: &Look<'_>, numbers: &[MapNumber]) {
    for number in numbers.iter().rev() {
        let ink = look.text1();
        if let Some(foot) = number.foot {
            p.line_segment([foot, number.pos], Stroke::new(1.4, ink));
            p.circle_filled(foot, 3.0, ink);
        }
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
    free: Rect,
) {
    let Some(pointer) = ui.ctx().pointer_hover_pos() else { return };
    let (title, line) = if let Some(ticket) = notes.hovered_ticket.as_ref().and_then(|id| tickets.by_id.get(id)) {
        let stage = look.locale.stage(look.workflow(), ticket.stage);
        (super::latest::category_words(ticket).to_owned(), format!("{} · {stage}", ticket.id))
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
        let line = match care {
            Some((care, group)) => super::care::hover_words(look, care.table.of(&areas.get(id).code, group)),
            None => line,
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
    let rect = Rect::from_min_size(min, size);
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
        (Some(from), Some(next)) => format!("{from}–{}", next - 1),
        (Some(from), None) => format!("≥{from}"),
        (None, _) => String::new(),
    }
}

/// The legend at the bottom left of the map, the scale and the approval number at its bottom right.
pub fn legend_ui(ui: &Ui, look: &Look<'_>, notes: &MapNotes, free: Rect) {
    let p = ui.painter();
    let bottom = free.bottom() - 22.0;
    let mut legend_right = free.left();
    if let Some(legend) = notes.legend.as_ref().filter(|legend| !legend.breaks.is_empty()) {
        let left = free.left() + 26.0;
        let unit = look.t("unit-tickets");
        let mut title =
            look.locale.t_args("legend-title", &[("unit", &unit), ("level", &look.locale.level(legend.level))]);
        if legend.is_tilted {
            title = format!("{title} · {}", look.t("legend-height"));
        }
        let grey = look.feed(Feed::Tickets).is_grey();
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
        let cell = 58.0;
        let zero = Rect::from_min_size(pos2(left, bottom - 34.0), vec2(cell - 3.0, 12.0));
        bar(p, zero, colour(look.palette.map_land));
        p.rect_stroke(zero, 2, Stroke::new(1.0, look.ink(|p| p.line2)), bevy_egui::egui::StrokeKind::Inside);
        say(p, pos2(zero.center().x, bottom), Align::Center, "0", Role::AXIS, look.text3());
        // Where ranges do not fit under their colours, each colour's least count stands at its left edge.
        let is_crowded =
            (0..legend.breaks.len()).any(|i| width(p, class_words(&legend.breaks, i), Role::AXIS) > cell - 6.0);
        for (i, rgb) in legend.colours.iter().take(legend.breaks.len()).enumerate() {
            let rect = zero.translate(vec2(cell * (i + 1) as f32, 0.0));
            let mean = rgb.bytes().iter().map(|byte| u32::from(*byte)).sum::<u32>() / 3;
            let rgb = if grey { Rgb([(mean * 3 / 4) as u8; 3]) } else { *rgb };
            bar(p, rect, colour(rgb));
            let (x, align, words) = match is_crowded {
                true => (rect.left(), Align::Min, legend.breaks[i].to_string()),
                false => (rect.center().x, Align::Center, class_words(&legend.breaks, i)),
            };
            say(p, pos2(x, bottom), align, words, Role::AXIS, look.text3());
        }
        legend_right = left + cell * (legend.breaks.len() + 1) as f32;
    }
    if let Some(hubs) = &notes.hubs {
        let above = if notes.legend.is_some() { 82.0 } else { 0.0 };
        key_ui(ui, look, hubs, free, bottom - above);
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
        let words: Vec<_> = (0..5).map(|i| class_words(&breaks, i)).collect();
        assert_eq!(words, ["1", "2–3", "4–7", "8–15", "≥16"]);
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
