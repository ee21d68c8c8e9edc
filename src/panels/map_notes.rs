//! What is written over the map: names of areas, the numbers of ranked ones, the name and count under the pointer.
//!
//! Panels do not know the map: `wall` copies what the map placed into [`MapNotes`], in u. Partner: `map_legend.rs`.

use bevy::prelude::Resource;
use bevy_egui::egui::{Align, Color32, CornerRadius, Painter, Pos2, Rect, Stroke, Ui, pos2, vec2};

use super::care::legend::SymbolNumber;
use super::flow_map::HubNotes;
use super::head::announce;
use super::look::Look;
use super::map_legend::{LegendClasses, MapLegend};
use super::pen::{fit, haloed, say, width};
use super::seams;
use super::style::{Role, colour, faint};
use super::warnings::on_map::WarningNotes;
use super::whistle::on_map::CallNote;
use crate::city::{Care, Indicators, Tallies, Tickets};
use crate::domain::{Amount, Area, AreaId, AreaTable, CareGroup, Feed, Level, TicketId, Unit};
use crate::palette::{Palette, Rgb, Theme};
use crate::scene::AreaColour;

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

/// What the names of streets cover.
pub fn street_names(p: &Painter, labels: &[MapLabel]) -> Vec<Rect> {
    let of = |label: &MapLabel| {
        let role = Role { size: label.font_u, medium: true, tracking: label.tracking_u };
        Rect::from_center_size(label.pos, vec2(width(p, label.text.as_str(), role), label.font_u))
    };
    labels.iter().filter(|label| label.level <= Level::Street).map(of).collect()
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
            (None, Some(LegendClasses::SomeTickets(_))) if feed.has_values() => {
                look.t_n("hover-some", tallies.open_on_map(id).unwrap_or_default())
            }
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
        Some(Amount::Known(value)) => look.count(value.round().max(0.0) as u64),
    };
    match figure.and_then(|figure| Some((figure.numerator?, figure.denominator?))) {
        Some((part, whole)) => {
            format!("{name} {value} · {} / {}", look.count(part.max(0) as u64), look.count(whole))
        }
        None => format!("{name} {value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
