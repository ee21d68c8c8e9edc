//! Which tickets have a mark on the map, and which mark is at a point.
//!
//! The rule [`MarksShown`] is for the layer that draws the marks and for the pick alike, so that only what is seen can
//! be clicked.

use bevy::math::{Vec2, Vec3};
use bevy::prelude::Resource;
use jiff::Timestamp;
use rstar::primitives::GeomWithData;
use rstar::{AABB, RTree};

use crate::city::Tickets;
use crate::domain::{AreaId, AreaTable, Level, Stage, Ticket, TicketId};
use crate::selection::Target;

use super::projection::Projection;
use super::view::{MapFrame, MapView};

/// From this scale on, u per kilometre, every ticket in hand has its mark.
pub const ALL_FROM_U_PER_KM: f32 = 400.0;

/// Which tickets in hand have a mark now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarksShown {
    /// None but the selected one.
    None,
    /// Those within this area.
    Within(AreaId),
    /// All.
    All,
    /// Those that the scene is about, at any scale ([`Tickets::watched`]).
    Watched,
}

/// The rule: all when zoomed in to the streets; those of the selected community or grid, or of the grid of the selected
/// ticket; otherwise none. `ticket` is the selected ticket.
pub fn marks_shown(view: &MapView, target: &Target, ticket: Option<&Ticket>, table: &AreaTable) -> MarksShown {
    if view.u_per_km() >= ALL_FROM_U_PER_KM {
        return MarksShown::All;
    }
    let area = match target {
        Target::District => None,
        Target::Area(code) => table.find(code),
        Target::Ticket(_) => ticket.and_then(|ticket| table.find(ticket.area.as_ref()?)),
    };
    match area.filter(|id| table.get(*id).level >= Level::Community) {
        Some(id) => MarksShown::Within(id),
        None => MarksShown::None,
    }
}

/// True if this ticket has a mark under the rule. The selected ticket always has one, even when it is closed; so have
/// those that moved since `recent`, where what flows is shown.
pub fn has_mark(
    ticket: &Ticket,
    shown: MarksShown,
    target: &Target,
    table: &AreaTable,
    recent: Option<Timestamp>,
    is_watched: bool,
) -> bool {
    if matches!(target, Target::Ticket(id) if *id == ticket.id) || is_recent(ticket, recent) {
        return true;
    }
    ticket.is_in_hand()
        && match shown {
            MarksShown::None => false,
            MarksShown::Watched => is_watched,
            MarksShown::All => true,
            MarksShown::Within(area) => ticket
                .area
                .as_ref()
                .and_then(|code| table.find(code))
                .is_some_and(|id| table.with_ancestors(id).any(|above| above == area)),
        }
}

/// True if a ticket moved since `recent`, even to its end.
pub fn is_recent(ticket: &Ticket, recent: Option<Timestamp>) -> bool {
    recent.is_some_and(|since| ticket.stage_since >= since) && ticket.stage != Stage::Void
}

type Mark = GeomWithData<[f32; 2], TicketId>;

/// Where the tickets in hand are, in world metres. Rebuilt by `hover.rs` when tickets changed and marks are shown.
#[derive(Resource, Default)]
pub struct TicketMarks {
    tree: RTree<Mark>,
}

impl TicketMarks {
    /// Indexes the tickets in hand that are on the map, those that moved since `recent`, and `selected`.
    pub fn build(
        tickets: &Tickets,
        selected: Option<&TicketId>,
        recent: Option<Timestamp>,
        projection: &Projection,
    ) -> Self {
        let is_marked =
            |ticket: &&Ticket| ticket.is_in_hand() || Some(&ticket.id) == selected || is_recent(ticket, recent);
        Self::of(tickets.by_id.values().filter(is_marked), projection)
    }

    /// Indexes these tickets, as far as they are on the map. Each may come once.
    pub fn of<'a>(tickets: impl Iterator<Item = &'a Ticket>, projection: &Projection) -> Self {
        let marks = tickets
            .filter_map(|ticket| Some(Mark::new(place(ticket, projection)?.to_array(), ticket.id.clone())))
            .collect();
        Self { tree: RTree::bulk_load(marks) }
    }

    /// How many tickets have a place.
    pub fn len(&self) -> usize {
        self.tree.size()
    }

    /// True if no ticket has a place.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The mark nearest to `screen`, at most `radius_u` away on the screen, that `is_seen`.
    pub fn nearest(
        &self,
        screen: Vec2,
        radius_u: f32,
        view: &MapView,
        frame: &MapFrame,
        mut is_seen: impl FnMut(&TicketId) -> bool,
    ) -> Option<TicketId> {
        let ground = view.world_from_screen(screen, frame);
        if !ground.is_finite() {
            return None;
        }
        let reach = Vec2::new(1.0, 1.0 / view.pitch().cos()) * radius_u * view.m_per_u;
        let around = AABB::from_corners((ground - reach).to_array(), (ground + reach).to_array());
        self.tree
            .locate_in_envelope(&around)
            .filter_map(|mark| {
                let [x, y] = *mark.geom();
                let away = view.screen_from_world(Vec3::new(x, y, 0.0), frame).distance(screen);
                (away <= radius_u * frame.u && is_seen(&mark.data)).then_some((away, &mark.data))
            })
            // Two tickets at one place: the smaller number, so that the answer does not depend on the tree.
            .min_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(b.1)))
            .map(|(_, id)| id.clone())
    }
}

/// Where a ticket is on the map plane; `None` if it is not on the map.
pub fn place(ticket: &Ticket, projection: &Projection) -> Option<Vec2> {
    let (lon, lat) = ticket.position.lonlat()?;
    Some(projection.world_from_lonlat(lon, lat)).filter(|world| world.is_finite())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::pick::tests::{area, rect};
    use super::*;
    use crate::domain::{AreaCode, Position, Source};

    /// A ticket in hand at a place, for tests.
    pub fn ticket(id: &str, area: Option<&str>, at: Option<(f64, f64)>) -> Ticket {
        let then = jiff::Timestamp::UNIX_EPOCH;
        Ticket {
            source: Source::Hotline,
            category_code: "0203".into(),
            category: "供水不足".into(),
            position: at.map_or(Position::Missing, |(lon, lat)| Position::At { lon, lat }),
            area: area.map(AreaCode::new),
            ..Ticket::reported(id, then)
        }
    }

    /// Tickets by number, for tests.
    pub fn tickets(list: Vec<Ticket>) -> Tickets {
        Tickets { by_id: list.into_iter().map(|ticket| (ticket.id.clone(), ticket)).collect(), ..Tickets::default() }
    }

    #[test]
    fn the_nearest_mark_that_is_seen_is_found_flat_and_tilted() {
        let projection = Projection::around(0.0, 0.0);
        let mut closed = ticket("closed", None, Some((0.001, 0.001)));
        closed.stage = Stage::Closed;
        let all = tickets(vec![
            ticket("b", None, Some((0.001, 0.001))),
            ticket("a", None, Some((0.001, 0.001))),
            ticket("far", None, Some((0.01, 0.01))),
            ticket("nowhere", None, None),
            closed,
        ]);
        let marks = TicketMarks::build(&all, None, None, &projection);
        assert_eq!(marks.len(), 3);
        let recent = Some(jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(TicketMarks::build(&all, None, recent, &projection).len(), 4, "closed a moment ago");
        let frame = MapFrame::default();
        for tilt in [0.0, 1.0] {
            let view = MapView { center: Vec2::ZERO, m_per_u: 2.0, tilt };
            let world = projection.world_from_lonlat(0.001, 0.001);
            let screen = view.screen_from_world(world.extend(0.0), &frame);
            let near = screen + Vec2::new(0.0, 7.0);
            let found = |radius_u| marks.nearest(near, radius_u, &view, &frame, |_| true);
            assert_eq!(found(8.0), Some(TicketId::new("a")));
            assert_eq!(found(6.0), None);
            assert_eq!(marks.nearest(near, 8.0, &view, &frame, |id| id.as_str() == "b"), Some(TicketId::new("b")));
        }
    }

    #[test]
    fn marks_come_with_zoom_or_with_the_selected_community() {
        let square = || vec![rect(0.0, 0.0, 1.0, 1.0)];
        let (table, _) = AreaTable::build(vec![
            area("1", Level::Street, None, square()),
            area("1-1", Level::Community, Some("1"), square()),
            area("1-1-1", Level::Grid, Some("1-1"), square()),
            area("1-2", Level::Community, Some("1"), square()),
        ]);
        let id = |code: &str| table.find(&AreaCode::new(code)).unwrap();
        let far = MapView { m_per_u: 10.0, ..MapView::default() };
        let near = MapView { m_per_u: 2.0, ..far };
        let target = |code: &str| Target::Area(AreaCode::new(code));
        assert_eq!(marks_shown(&near, &Target::District, None, &table), MarksShown::All);
        assert_eq!(marks_shown(&far, &target("1"), None, &table), MarksShown::None);
        assert_eq!(marks_shown(&far, &target("1-1"), None, &table), MarksShown::Within(id("1-1")));
        let within = MarksShown::Within(id("1-1"));
        let inside = ticket("x", Some("1-1-1"), None);
        assert!(has_mark(&inside, within, &target("1-1"), &table, None, false));
        assert!(!has_mark(&ticket("y", Some("1-2"), None), within, &target("1-1"), &table, None, false));
        let watched = |is_watched| has_mark(&inside, MarksShown::Watched, &Target::District, &table, None, is_watched);
        assert!(watched(true) && !watched(false));
        let mut closed = inside.clone();
        closed.stage = Stage::Closed;
        assert!(!has_mark(&closed, MarksShown::All, &Target::District, &table, None, false));
        assert!(has_mark(&closed, MarksShown::None, &Target::Ticket(closed.id.clone()), &table, None, false));
        let since = closed.stage_since;
        assert!(has_mark(&closed, MarksShown::None, &Target::District, &table, Some(since), false));
        let later = since + jiff::SignedDuration::from_secs(1);
        assert!(!has_mark(&closed, MarksShown::None, &Target::District, &table, Some(later), false));
    }
}
