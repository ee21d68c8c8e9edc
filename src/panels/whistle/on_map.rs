//! The first of a board on the map, with its numbers. Whistle calls: a numbered disc where departments were called to, and
//! a line from the middle of the street that whistled; departments have no place on the map, who came stands on the board.
//! Class cases: a numbered disc above the name of the street it is of, or where most of its tickets are in hand. Partners: `board.rs` of both, `wall/called.rs`, which finds the places.

use bevy_egui::egui::{Align, Painter, Pos2, Rect, Stroke, Ui, Vec2, pos2, vec2};

use crate::domain::Level;
use crate::panels::head::announce;
use crate::panels::look::Look;
use crate::panels::map_legend::{NARROW, WIDE};
use crate::panels::map_notes::MapLabel;
use crate::panels::pen::{centred, fit, say, two_lines, width};
use crate::panels::style::{Role, faint};
use crate::scene::PanelKind;

/// So many calls carry a number on the board and on the map.
pub const NUMBERED: usize = 4;
/// Radius of a number's disc, u.
pub const DISC: f32 = 13.0;
/// Height of a line of the key, u.
const KEY_LINE: f32 = 26.0;

/// A call or a class case on the map.
#[derive(Clone, Debug, PartialEq)]
pub struct CallNote {
    /// The call or case.
    pub id: String,
    /// Its number on the board, from 1.
    pub number: u32,
    /// True if it goes on.
    pub is_open: bool,
    /// True for a class case.
    pub is_case: bool,
    /// Where departments were called to, or above the name of the case's area, u.
    pub at: Pos2,
    /// The middle of the street that whistled, u.
    pub street: Option<Pos2>,
}

/// A disc with the number of a call: filled while it goes on.
pub fn disc_ui(p: &Painter, look: &Look<'_>, at: Pos2, number: u32, is_open: bool) {
    let (ground, ink) = match is_open {
        true => (look.text1(), look.ink(|p| p.bg0)),
        false => (faint(look.palette.label_halo, 0.9), look.text1()),
    };
    p.circle_filled(at, DISC, ground);
    p.circle_stroke(at, DISC, Stroke::new(1.6, look.text1()));
    let base = pos2(at.x, centred(at.y, Role::BODY_STRONG));
    say(p, base, Align::Center, number.to_string(), Role::BODY_STRONG, ink);
}

/// Where the discs stand: no name of a community is written there.
pub fn discs(calls: &[CallNote]) -> impl Iterator<Item = Rect> + '_ {
    calls.iter().map(|call| Rect::from_center_size(call.at, Vec2::splat(2.0 * DISC)))
}

/// The room of a street's name, with a little around it; nothing for names of other levels.
fn room_of(p: &Painter, label: &MapLabel) -> Rect {
    if label.level != Level::Street {
        return Rect::NOTHING;
    }
    let role = Role { size: label.font_u, medium: true, tracking: label.tracking_u };
    Rect::from_center_size(label.pos, vec2(width(p, label.text.as_str(), role), label.font_u)).expand(7.0)
}

/// Where the way from a place inside of `room` to one outside leaves it; where it began if it does not.
fn out_of(room: Rect, from: Pos2, to: Pos2) -> Pos2 {
    let way = to - from;
    let share = |way: f32, low: f32, high: f32| match way {
        way if way > 0.0 => high / way,
        way if way < 0.0 => low / way,
        _ => f32::INFINITY,
    };
    let across = share(way.x, room.left() - from.x, room.right() - from.x);
    let along = share(way.y, room.top() - from.y, room.bottom() - from.y);
    let share = across.min(along);
    if share < 1.0 { from + way * share } else { from }
}

/// What of the notes may be drawn: numbers only beside the board that they belong to.
pub fn shown(notes: &[CallNote], has_panel: impl Fn(PanelKind) -> bool) -> &[CallNote] {
    let is_case = notes.first().is_some_and(|note| note.is_case);
    let board = if is_case { PanelKind::ClassCases } else { PanelKind::WhistleBoard };
    if has_panel(board) { notes } else { &[] }
}

/// Draws the lines from the streets that whistled, each from where the street's name ends. To be drawn below the names:
/// a line over one would make it hard to read.
pub fn lines_ui(p: &Painter, look: &Look<'_>, calls: &[CallNote], labels: &[MapLabel]) {
    for call in calls {
        if let Some(street) = call.street.filter(|street| street.distance(call.at) > DISC) {
            let named = labels.iter().map(|label| room_of(p, label)).find(|room| room.contains(street));
            let from = named.map_or(street, |room| out_of(room, street, call.at));
            // A dark line below a light one is seen on any fill.
            p.line_segment([from, call.at], Stroke::new(4.0, faint(look.palette.label_halo, 0.7)));
            p.line_segment([from, call.at], Stroke::new(1.6, look.text1()));
            p.circle_filled(from, 4.6, faint(look.palette.label_halo, 0.9));
            p.circle_filled(from, 3.4, look.text1());
        }
    }
}

/// Draws the discs of the calls, the first on top, and the key.
pub fn calls_ui(ui: &Ui, look: &Look<'_>, calls: &[CallNote], free: Rect, key_at: Pos2) {
    if calls.is_empty() {
        return;
    }
    let p = ui.painter();
    for call in calls.iter().rev() {
        disc_ui(p, look, call.at, call.number, call.is_open);
    }
    let is_case = calls.iter().any(|call| call.is_case);
    let words = look.t(if is_case { "class-map-key" } else { "whistle-map-key" });
    // Beside a district in the middle of a wide map there is room for a narrow key only.
    let room = if free.width() > WIDE { NARROW } else { (free.right() - key_at.x - 20.0).max(0.0) };
    let (first, second) = two_lines(&words, |part| width(p, part, Role::BODY) <= room);
    let mut said = fit(p, key_at, Align::Min, second.unwrap_or(first), Role::BODY, look.text3(), room);
    if second.is_some() {
        let above = key_at - vec2(0.0, KEY_LINE);
        said = said.union(fit(p, above, Align::Min, first, Role::BODY, look.text3(), room));
    }
    announce(ui, said, "whistle-key", &words);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::fixture;

    #[test]
    fn a_line_begins_where_the_street_s_name_ends() {
        let name = Rect::from_center_size(pos2(100.0, 100.0), vec2(80.0, 20.0));
        assert_eq!(out_of(name, pos2(100.0, 100.0), pos2(300.0, 100.0)), pos2(140.0, 100.0));
        assert_eq!(out_of(name, pos2(100.0, 100.0), pos2(100.0, 0.0)), pos2(100.0, 90.0));
        assert_eq!(out_of(name, pos2(100.0, 100.0), pos2(110.0, 105.0)), pos2(100.0, 100.0), "inside all the way");
    }

    #[test]
    fn every_call_is_numbered_and_the_key_is_said_only_with_calls() {
        let call = |number: u32, x: f32| CallNote {
            id: format!("W-{number}"),
            number,
            is_open: number == 1,
            is_case: false,
            at: pos2(x, 200.0),
            street: Some(pos2(300.0, 300.0)),
        };
        let city = fixture::city();
        let free = Rect::from_min_max(pos2(0.0, 0.0), pos2(800.0, 600.0));
        let said = |calls: Vec<CallNote>| {
            fixture::labels(&city, move |ui, look, _| calls_ui(ui, look, &calls, free, pos2(26.0, 500.0)))
        };
        let two = said(vec![call(1, 100.0), call(2, 180.0)]);
        assert!(two.iter().any(|words| words.contains("吹哨")), "{two:?}");
        let case = said(vec![CallNote { is_case: true, street: None, ..call(1, 100.0) }]);
        assert!(case.iter().any(|words| words.contains("类案")), "{case:?}");
        assert!(said(Vec::new()).is_empty());
    }
}
