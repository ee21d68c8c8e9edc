//! Where the first whistle calls of the board, or the class cases of theirs, are on the map, in scenes that are about them
//! and show nothing else there. Partner: `panels/whistle/on_map.rs`, which draws them.

use std::cmp::Reverse;
use std::collections::HashMap;

use bevy::prelude::*;
use bevy_egui::egui;

use crate::city::{Areas, ClassCases, Tickets, WhistleCalls};
use crate::domain::{AreaCode, AreaId, AreaTable, ClassCase, ClassStage, Level};
use crate::map::labels::anchor::anchor;
use crate::map::{AreaIndex, Extrusion, MapFrame, MapView, PlacedLabels};
use crate::panels::{CALL_DISC_U, CALLS_NUMBERED, CallNote, MapNotes, calls_in_order, cases_in_order};
use crate::scene::{LayerKind, LayerSwitches, PanelKind, Scenes};

/// So many class cases carry a number.
const CASES_NUMBERED: usize = 6;

/// The board that a scene's map is free for: that of class cases where it stands first, else that of whistle calls.
fn board_of(scenes: &Scenes, switches: &LayerSwitches) -> Option<PanelKind> {
    let others = [LayerKind::Heat, LayerKind::Care, LayerKind::Flow, LayerKind::Warnings];
    if others.into_iter().any(|layer| switches.is_on(layer)) {
        return None;
    }
    let panels = &scenes.current().panels;
    let is_first = panels.right.first().is_some_and(|panel| panel.kind == PanelKind::ClassCases);
    let board = if is_first { PanelKind::ClassCases } else { PanelKind::WhistleBoard };
    panels.iter().any(|panel| panel.kind == board).then_some(board)
}

/// One of a board: its id, its number there, whether it goes on, and where it is.
type Listed<'a> = (&'a str, u32, bool, AreaId);

/// One of a board with the middles of its area and of that one's street, world metres.
struct Called {
    id: String,
    number: u32,
    is_open: bool,
    area: (AreaId, Vec2),
    street: Option<(AreaId, Vec2)>,
}

/// What is called now, and which complete list of tickets it was found in.
#[derive(Default)]
pub(super) struct Found {
    called: Vec<Called>,
    is_case: bool,
    tickets: u64,
}

/// The first whistle calls of the board that are somewhere.
fn listed_calls<'a>(calls: &'a WhistleCalls, table: &AreaTable) -> Vec<Listed<'a>> {
    let first = calls_in_order(&calls.0.list).into_iter().take(CALLS_NUMBERED).zip(1..);
    let placed =
        first.filter_map(|(call, number)| Some((&*call.id, number, call.is_open(), table.find(call.area.as_ref()?)?)));
    placed.collect()
}

/// The first class cases of the board that go on and are somewhere.
fn listed_cases<'a>(cases: &'a ClassCases, street_of: &HashMap<String, AreaId>) -> Vec<Listed<'a>> {
    let going = cases_in_order(&cases.0.list).into_iter().filter(|case| case.stage != ClassStage::Closed);
    let first = going.take(CASES_NUMBERED).zip(1..);
    first.filter_map(|(case, number)| Some((&*case.id, number, true, *street_of.get(&case.id)?))).collect()
}

/// Where class cases are: the area they are of, else the street with most of their tickets in hand. To be looked up when
/// the list of cases is new, not with every ticket. `in_hand` has the categories and areas of what is in hand.
fn gather<'a>(
    cases: &[ClassCase],
    in_hand: impl Iterator<Item = (&'a str, &'a AreaCode)>,
    table: &AreaTable,
) -> HashMap<String, AreaId> {
    let mut counts: HashMap<(&str, AreaId), u32> = HashMap::new();
    for (category, area) in in_hand {
        if let Some(street) = table.find(area).and_then(|id| table.ancestor_at(id, Level::Street)) {
            *counts.entry((category, street)).or_default() += 1;
        }
    }
    let place = |case: &ClassCase| {
        let own = case.area.as_ref().and_then(|code| table.find(code));
        let own = own.filter(|id| table.get(*id).level > Level::District);
        let most = || {
            let code = case.service_code.as_deref()?;
            let of = counts.iter().filter(|((category, _), _)| *category == code);
            of.max_by_key(|((_, street), count)| (**count, Reverse(street.index()))).map(|((_, street), _)| *street)
        };
        Some((case.id.clone(), own.or_else(most)?))
    };
    cases.iter().filter_map(place).collect()
}

/// Puts the calls or cases into the notes of the map.
pub(super) fn note_calls(
    (calls, cases, areas): (Option<Res<WhistleCalls>>, Option<Res<ClassCases>>, Option<Res<Areas>>),
    (scenes, tickets): (Res<Scenes>, Option<Res<Tickets>>),
    (view, frame, index): (Res<MapView>, Res<MapFrame>, Res<AreaIndex>),
    (switches, raised, labels): (Res<LayerSwitches>, Res<Extrusion>, Res<PlacedLabels>),
    mut notes: ResMut<MapNotes>,
    mut found: Local<Found>,
) {
    let (Some(calls), Some(cases), Some(areas), Some(tickets)) = (calls, cases, areas, tickets) else { return };
    let is_list_news = calls.is_changed() || cases.is_changed() || found.tickets != tickets.list;
    let is_city_news = is_list_news || areas.is_changed() || index.is_changed();
    let is_city_news = is_city_news || scenes.is_changed() || switches.is_changed();
    if !(is_city_news || view.is_changed() || frame.is_changed() || raised.is_changed() || labels.is_changed()) {
        return;
    }
    if is_city_news {
        let board = board_of(&scenes, &switches);
        let listed = match board {
            Some(PanelKind::ClassCases) => {
                let in_hand = tickets.by_id.values().filter(|ticket| ticket.is_in_hand());
                let in_hand = in_hand.filter_map(|ticket| Some((&*ticket.category_code, ticket.area.as_ref()?)));
                listed_cases(&cases, &gather(&cases.0.list, in_hand, &areas.table))
            }
            Some(_) => listed_calls(&calls, &areas.table),
            None => Vec::new(),
        };
        let called = listed.into_iter().filter_map(|it| find(it, &areas.table, &index)).collect();
        *found = Found { called, is_case: board == Some(PanelKind::ClassCases), tickets: tickets.list };
    }
    let place = |(id, world): (AreaId, Vec2)| {
        let at = view.u_from_world(world.extend(raised.height_m(id)), &frame);
        egui::pos2(at.x, at.y)
    };
    // A case is of a whole street: its number stands above the street's name, beside those of the same street.
    let above = |area: (AreaId, Vec2)| {
        let named = labels.0.iter().find(|label| label.area == area.0);
        let (at, half) = named.map_or((place(area), 0.0), |it| (egui::pos2(it.pos_u.x, it.pos_u.y), 0.5 * it.size_u.y));
        at - egui::vec2(0.0, half + CALL_DISC_U)
    };
    let Found { called, is_case, .. } = &*found;
    let step = 2.0 * CALL_DISC_U + 3.0;
    let mut noted: Vec<CallNote> = Vec::new();
    for (nth, call) in called.iter().enumerate() {
        let mut at = if *is_case { above(call.area) } else { place(call.area) };
        if *is_case {
            let of_it = |list: &[Called]| list.iter().filter(|other| other.area.0 == call.area.0).count() as f32;
            at.x += step * (of_it(&called[..nth]) - 0.5 * (of_it(called) - 1.0));
        } else {
            // Calls to one place stand beside each other.
            while let Some(other) = noted.iter().find(|other| other.at.distance(at) < step - 1.0) {
                at.x = other.at.x + step;
            }
        }
        if frame.free.contains(Vec2::new(at.x, at.y) * frame.u) {
            let street = call.street.filter(|_| !is_case).map(place);
            let (id, number, is_open, is_case) = (call.id.clone(), call.number, call.is_open, *is_case);
            noted.push(CallNote { id, number, is_open, is_case, at, street });
        }
    }
    if notes.calls != noted {
        notes.calls = noted;
    }
}

/// Where one of a board is; `None` if its area has no place on the map.
fn find((id, number, is_open, area): Listed<'_>, table: &AreaTable, index: &AreaIndex) -> Option<Called> {
    let place = |id: AreaId| Some((id, anchor(index.rings(id))?.world));
    let street = table.ancestor_at(area, Level::Street).filter(|street| *street != area).and_then(place);
    Some(Called { id: id.to_owned(), number, is_open, area: place(area)?, street })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::ClassKind;
    use crate::layers::shapes::tests::chessboard;

    fn case(id: &str, code: &str, area: Option<AreaCode>) -> ClassCase {
        ClassCase {
            id: id.into(),
            name: id.into(),
            kind: ClassKind::Common,
            service_code: Some(code.into()),
            area,
            owner: None,
            stage: ClassStage::Treated,
            stage_since: Timestamp::UNIX_EPOCH,
            opened_at: Timestamp::UNIX_EPOCH,
            planned_at: None,
            due_at: None,
            closed_at: None,
            tickets: 9,
            before: None,
            after: None,
            after_days: None,
            members: Vec::new(),
            as_of: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_case_is_where_it_is_of_or_where_most_of_its_tickets_are_in_hand() {
        let (table, _) = AreaTable::build(chessboard(8));
        let streets: Vec<AreaId> = table.at_level(Level::Street).collect();
        let code = |id: AreaId| table.get(id).code.clone();
        let grid_of = |street: AreaId| {
            let mut grids = table.at_level(Level::Grid);
            code(grids.find(|id| table.ancestor_at(*id, Level::Street) == Some(street)).expect("a grid"))
        };
        let (first, last) = (grid_of(streets[0]), grid_of(streets[streets.len() - 1]));
        let in_hand = [("0101", &first), ("0101", &last), ("0101", &last), ("0202", &first)];
        let cases = [
            case("most", "0101", None),
            case("own", "0202", Some(code(streets[1]))),
            case("whole", "0202", Some(code(table.root().expect("a district")))),
            case("none", "0303", None),
        ];
        let found = gather(&cases, in_hand.into_iter(), &table);
        let of = |id: &str| found.get(id).copied();
        assert_eq!(of("most"), streets.last().copied());
        assert_eq!(of("own"), Some(streets[1]));
        assert_eq!(of("whole"), Some(streets[0]), "the whole district is no place");
        assert_eq!(of("none"), None);
    }
}
