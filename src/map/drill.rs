//! Going down and up: the one observer that changes the [`Selection`], and what a click on the map means.
//!
//! `selection.rs` holds the words; here they meet the areas and tickets. Clicks come from `hover.rs`.

use bevy::prelude::*;

use crate::city::{Areas, Tickets};
use crate::domain::{AreaId, AreaTable, Level, TicketId};
use crate::selection::{Drill, Selection, Target};

use super::marks::place;
use super::pick::{AreaIndex, Hits};
use super::projection::{MapProjection, Projection};

/// The selection and its observer.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Selection>().add_observer(on_drill);
}

/// The only writer of [`Selection`].
fn on_drill(
    drill: On<Drill>,
    areas: Res<Areas>,
    tickets: Res<Tickets>,
    index: Res<AreaIndex>,
    projection: Res<MapProjection>,
    mut selection: ResMut<Selection>,
) {
    let drill = match drill.event() {
        Drill::To(target) => Drill::To(as_target(target.clone(), &areas.table)),
        other => other.clone(),
    };
    let parent = parent(&selection.target, &areas.table, &tickets, &index, projection.0.as_ref());
    let next = selection.after(&drill, parent);
    selection.set_if_neq(next);
}

/// The one area of the district level, if there is exactly one: it and [`Target::District`] are the same thing.
pub fn sole_district(table: &AreaTable) -> Option<AreaId> {
    let mut districts = table.at_level(Level::District);
    districts.next().filter(|_| districts.next().is_none())
}

/// The target for an area.
pub fn target_of(id: AreaId, table: &AreaTable) -> Target {
    if sole_district(table) == Some(id) { Target::District } else { Target::Area(table.get(id).code.clone()) }
}

/// The same target, with the sole district by its proper name.
fn as_target(target: Target, table: &AreaTable) -> Target {
    match &target {
        Target::Area(code) => table.find(code).map_or(target.clone(), |id| target_of(id, table)),
        Target::District | Target::Ticket(_) => target,
    }
}

/// The smallest area that a target is or lies in; `None` for the district and what is not known.
pub fn area_of(
    target: &Target,
    table: &AreaTable,
    tickets: &Tickets,
    index: &AreaIndex,
    projection: Option<&Projection>,
) -> Option<AreaId> {
    match target {
        Target::District => None,
        Target::Area(code) => table.find(code),
        Target::Ticket(id) => {
            let ticket = tickets.by_id.get(id)?;
            let named = ticket.area.as_ref().and_then(|code| table.find(code));
            named.or_else(|| index.hits(place(ticket, projection?)?).into_iter().flatten().last())
        }
    }
}

/// What lies above a target; `None` above the district.
pub fn parent(
    target: &Target,
    table: &AreaTable,
    tickets: &Tickets,
    index: &AreaIndex,
    projection: Option<&Projection>,
) -> Option<Target> {
    let area = area_of(target, table, tickets, index, projection);
    let above = match target {
        Target::District => return None,
        Target::Area(_) => area.and_then(|id| table.parent(id)),
        Target::Ticket(_) => area,
    };
    Some(above.map_or(Target::District, |id| target_of(id, table)))
}

/// What a click means: one level down, sideways, or up.
///
/// A mark under the cursor is meant first. Otherwise take the smallest area around the present selection that holds
/// the cursor, beginning with the selection itself: its child under the cursor is meant. Outside of all areas a click
/// goes up. `current` is the area of the present target, `None` for the district.
pub fn meaning_of_click(
    target: &Target,
    current: Option<AreaId>,
    hits: Hits,
    ticket: Option<TicketId>,
    table: &AreaTable,
) -> Option<Drill> {
    if let Some(id) = ticket {
        return Some(Drill::To(Target::Ticket(id)));
    }
    if hits.iter().all(Option::is_none) {
        return (*target != Target::District).then_some(Drill::Up);
    }
    let meant = match area_meant(current, hits, table) {
        Some(id) => target_of(id, table),
        None => Target::District,
    };
    (meant != *target).then_some(Drill::To(meant))
}

/// The area that the cursor means, seen from `current`: also what hovering names. `None` means the district.
pub fn area_meant(current: Option<AreaId>, hits: Hits, table: &AreaTable) -> Option<AreaId> {
    let sole = sole_district(table);
    let is_hit = |id: &AreaId| hits[table.get(*id).level.depth()] == Some(*id);
    let holder = current.and_then(|id| table.with_ancestors(id).find(is_hit)).filter(|id| Some(*id) != sole);
    let below = hits.into_iter().flatten().find(|id| match holder {
        None => Some(*id) != sole,
        Some(holder) => {
            table.get(*id).level > table.get(holder).level && table.with_ancestors(*id).any(|above| above == holder)
        }
    });
    below.or(holder)
}

#[cfg(test)]
mod tests {
    use super::super::marks::tests::{ticket, tickets};
    use super::super::pick::tests::{area, rect};
    use super::*;
    use crate::domain::AreaCode;

    /// Two streets side by side; the west one has two communities, north and south; the south one has two grids.
    pub fn district() -> AreaTable {
        let (table, defects) = AreaTable::build(vec![
            area("0", Level::District, None, vec![rect(0.0, 0.0, 0.2, 0.1)]),
            area("w", Level::Street, Some("0"), vec![rect(0.0, 0.0, 0.1, 0.1)]),
            area("e", Level::Street, Some("0"), vec![rect(0.1, 0.0, 0.2, 0.1)]),
            area("ws", Level::Community, Some("w"), vec![rect(0.0, 0.0, 0.1, 0.05)]),
            area("wn", Level::Community, Some("w"), vec![rect(0.0, 0.05, 0.1, 0.1)]),
            area("ws1", Level::Grid, Some("ws"), vec![rect(0.0, 0.0, 0.05, 0.05)]),
            area("ws2", Level::Grid, Some("ws"), vec![rect(0.05, 0.0, 0.1, 0.05)]),
        ]);
        assert!(defects.is_empty());
        table
    }

    fn to(code: &str) -> Target {
        Target::Area(AreaCode::new(code))
    }

    #[test]
    fn clicks_go_down_one_level_at_a_time_then_sideways_then_up() {
        let table = district();
        let projection = Projection::around(0.0, 0.0);
        let index = AreaIndex::build(&table, &projection);
        let click = |target: &Target, lon: f64, lat: f64| {
            let hits = index.hits(projection.world_from_lonlat(lon, lat));
            let current = area_of(target, &table, &Tickets::default(), &index, Some(&projection));
            meaning_of_click(target, current, hits, None, &table)
        };
        let (in_ws1, in_ws2, in_wn, in_e, outside) =
            ((0.01, 0.01), (0.09, 0.01), (0.01, 0.09), (0.15, 0.05), (0.3, 0.3));
        let down = |code| Some(Drill::To(to(code)));
        assert_eq!(click(&Target::District, in_ws1.0, in_ws1.1), down("w"));
        assert_eq!(click(&to("w"), in_ws1.0, in_ws1.1), down("ws"));
        assert_eq!(click(&to("ws"), in_ws1.0, in_ws1.1), down("ws1"));
        assert_eq!(click(&to("ws1"), in_ws1.0, in_ws1.1), None);
        // Sideways: the sibling at the level where the ways part.
        assert_eq!(click(&to("ws1"), in_ws2.0, in_ws2.1), down("ws2"));
        assert_eq!(click(&to("ws"), in_wn.0, in_wn.1), down("wn"));
        assert_eq!(click(&to("ws1"), in_wn.0, in_wn.1), down("wn"));
        assert_eq!(click(&to("ws1"), in_e.0, in_e.1), down("e"));
        // Up.
        assert_eq!(click(&to("ws1"), outside.0, outside.1), Some(Drill::Up));
        assert_eq!(click(&Target::District, outside.0, outside.1), None);
    }

    #[test]
    fn a_mark_is_meant_before_the_area_below_it() {
        let table = district();
        let id = TicketId::new("HC1");
        let drill = meaning_of_click(&Target::District, None, [None; 4], Some(id.clone()), &table);
        assert_eq!(drill, Some(Drill::To(Target::Ticket(id))));
    }

    #[test]
    fn areas_without_a_district_above_are_reached_from_the_top() {
        let (table, _) =
            AreaTable::build(vec![area("village", Level::Community, None, vec![rect(0.0, 0.0, 1.0, 1.0)])]);
        let id = table.find(&AreaCode::new("village"));
        assert_eq!(area_meant(None, [None, None, id, None], &table), id);
        let (two, _) = AreaTable::build(vec![
            area("a", Level::District, None, vec![rect(0.0, 0.0, 1.0, 1.0)]),
            area("b", Level::District, None, vec![rect(1.0, 0.0, 2.0, 1.0)]),
        ]);
        assert_eq!(area_meant(None, [two.root(), None, None, None], &two), two.root(), "one of several districts");
    }

    #[test]
    fn up_from_a_ticket_finds_its_area_by_code_or_by_place() {
        let table = district();
        let projection = Projection::around(0.0, 0.0);
        let index = AreaIndex::build(&table, &projection);
        let all = tickets(vec![
            ticket("coded", Some("wn"), None),
            ticket("placed", Some("no-such-area"), Some((0.09, 0.01))),
            ticket("lost", None, None),
        ]);
        let up = |target: &Target| parent(target, &table, &all, &index, Some(&projection));
        let of = |id: &str| up(&Target::Ticket(TicketId::new(id)));
        assert_eq!(of("coded"), Some(to("wn")));
        assert_eq!(of("placed"), Some(to("ws2")));
        assert_eq!(of("lost"), Some(Target::District));
        assert_eq!(up(&to("ws2")), Some(to("ws")));
        assert_eq!(up(&to("w")), Some(Target::District), "the sole district is the whole");
        assert_eq!(up(&Target::District), None);
    }

    #[test]
    fn a_drill_changes_the_selection_once() {
        let table = district();
        let projection = Projection::around(0.0, 0.0);
        let index = AreaIndex::build(&table, &projection);
        let mut app = App::new();
        app.insert_resource(Areas { table: table.into(), defects: vec![] })
            .insert_resource(Tickets::default())
            .insert_resource(index)
            .insert_resource(MapProjection(Some(projection)));
        plugin(&mut app);
        app.world_mut().trigger(Drill::To(to("ws1")));
        app.world_mut().trigger(Drill::Up);
        assert_eq!(app.world().resource::<Selection>().target, to("ws"));
        app.world_mut().trigger(Drill::To(to("0")));
        assert_eq!(app.world().resource::<Selection>().target, Target::District);
        app.world_mut().trigger(Drill::Back);
        app.world_mut().trigger(Drill::Back);
        assert_eq!(app.world().resource::<Selection>().target, to("ws1"));
    }
}
