//! What is under the pointer, and clicks on it.
//!
//! The thinking is in `pick.rs`, `raised.rs`, `marks.rs` and `drill.rs`; here it is asked when the pointer or what lies
//! under it has moved, and not otherwise.

use std::collections::HashSet;
use std::time::Duration;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use crate::city::{Areas, Flow, Now, Tickets, WatchWanted};
use crate::domain::{AreaId, TicketId};
use crate::scene::{LayerKind, LayerSwitches};
use crate::selection::{Selection, Target};

use super::drill::{area_meant, area_of, meaning_of_click};
use super::hubs::Hubs;
use super::marks::{MarksShown, TicketMarks, has_mark, marks_shown};
use super::pick::{AreaIndex, Hits};
use super::pointer::Pointer;
use super::projection::MapProjection;
use super::raised::{Extrusion, world_under};
use super::view::{MapFrame, MapView};

/// What is under the pointer: what a click would select. Nothing while the pointer is elsewhere.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct Hover {
    /// The area.
    pub area: Option<AreaId>,
    /// The ticket, if the pointer is on a mark.
    pub ticket: Option<TicketId>,
}

/// A mark is met within this distance, u.
const MARK_RADIUS_U: f32 = 12.0;
/// Marks are indexed again at most this often.
const MARKS_EVERY: Duration = Duration::from_secs(1);

/// Everything a pointer can meet.
#[derive(SystemParam)]
pub(super) struct Sight<'w> {
    areas: Res<'w, Areas>,
    tickets: Res<'w, Tickets>,
    index: Res<'w, AreaIndex>,
    marks: Res<'w, TicketMarks>,
    projection: Res<'w, MapProjection>,
    raised: Res<'w, Extrusion>,
    selection: Res<'w, Selection>,
    switches: Res<'w, LayerSwitches>,
    view: Res<'w, MapView>,
    frame: Res<'w, MapFrame>,
    flow: Res<'w, Flow>,
    now: Res<'w, Now>,
    hubs: Res<'w, Hubs>,
}

impl Sight<'_> {
    fn current(&self) -> Option<AreaId> {
        let projection = self.projection.0.as_ref();
        area_of(&self.selection.target, &self.areas.table, &self.tickets, &self.index, projection)
    }

    fn shown(&self) -> MarksShown {
        marks_rule(&self.switches, &self.view, &self.selection.target, &self.tickets, &self.areas)
    }

    fn hits(&self, screen: Vec2) -> Hits {
        self.index.hits(world_under(screen, &self.view, &self.frame, &self.index, &self.raised))
    }

    fn ticket(&self, screen: Vec2) -> Option<TicketId> {
        let shown = self.shown();
        let target = &self.selection.target;
        let recent = recent_since(&self.hubs, &self.flow, &self.now);
        if shown == MarksShown::None && recent.is_none() && !matches!(target, Target::Ticket(_)) {
            return None;
        }
        let is_watched = |id: &TicketId| self.tickets.watched().is_some_and(|watched| watched.contains(id));
        let table = &self.areas.table;
        let is_seen = |id: &TicketId| {
            let ticket = self.tickets.by_id.get(id);
            ticket.is_some_and(|ticket| has_mark(ticket, shown, target, table, recent, is_watched(id)))
        };
        self.marks.nearest(screen, MARK_RADIUS_U, &self.view, &self.frame, is_seen)
    }

    fn has_changed(&self) -> bool {
        self.index.is_changed()
            || self.marks.is_changed()
            || self.raised.is_changed()
            || self.selection.is_changed()
            || self.view.is_changed()
            || self.frame.is_changed()
    }
}

/// Since when a ticket must have moved to have a mark at any scale; `None` while what flows is not shown.
fn recent_since(hubs: &Hubs, flow: &Flow, now: &Now) -> Option<jiff::Timestamp> {
    hubs.is_shown.then(|| flow.recent_since(now.at))
}

fn marks_rule(
    switches: &LayerSwitches,
    view: &MapView,
    target: &Target,
    tickets: &Tickets,
    areas: &Areas,
) -> MarksShown {
    if !switches.is_on(LayerKind::Tickets) && !switches.is_on(LayerKind::Flow) {
        return MarksShown::None;
    }
    if tickets.watched().is_some() {
        return MarksShown::Watched;
    }
    let ticket = match target {
        Target::Ticket(id) => tickets.by_id.get(id),
        Target::District | Target::Area(_) => None,
    };
    marks_shown(view, target, ticket, &areas.table)
}

/// Indexes the marks again when tickets changed, while marks are shown, at most once a second.
pub(super) fn index_marks(
    time: Res<Time<Real>>,
    tickets: Res<Tickets>,
    projection: Res<MapProjection>,
    (selection, switches): (Res<Selection>, Res<LayerSwitches>),
    areas: Res<Areas>,
    view: Res<MapView>,
    (flow, now, hubs, wanted): (Res<Flow>, Res<Now>, Res<Hubs>, Option<Res<WatchWanted>>),
    mut marks: ResMut<TicketMarks>,
    mut is_due: Local<bool>,
    mut built_at: Local<Option<Duration>>,
) {
    *is_due |= wanted.is_some_and(|wanted| wanted.is_changed())
        || hubs.is_changed()
        || tickets.is_changed()
        || projection.is_changed()
        || selection.is_changed();
    let is_early = built_at.is_some_and(|at| time.elapsed() < at + MARKS_EVERY);
    // A new selection may bring a closed ticket's mark, and must not wait.
    if !*is_due || (is_early && !selection.is_changed()) {
        return;
    }
    let Some(projection) = &projection.0 else { return };
    let selected = match &selection.target {
        Target::Ticket(id) => Some(id),
        Target::District | Target::Area(_) => None,
    };
    let recent = recent_since(&hubs, &flow, &now);
    *marks = match marks_rule(&switches, &view, &selection.target, &tickets, &areas) {
        MarksShown::None if selected.is_none() && recent.is_none() => return,
        // Only what moved lately: no need to look through a year.
        MarksShown::None => {
            let moved: HashSet<&TicketId> = flow.steps().filter(|_| recent.is_some()).map(|step| &step.id).collect();
            let moved = moved.into_iter().chain(selected.filter(|id| !flow.steps().any(|step| step.id == **id)));
            TicketMarks::of(moved.filter_map(|id| tickets.by_id.get(id)), projection)
        }
        MarksShown::Watched => {
            let watched = tickets.watched().into_iter().flatten();
            let selected = selected.filter(|id| !tickets.watched().is_some_and(|watched| watched.contains(*id)));
            TicketMarks::of(watched.chain(selected).filter_map(|id| tickets.by_id.get(id)), projection)
        }
        MarksShown::Within(_) | MarksShown::All => TicketMarks::build(&tickets, selected, recent, projection),
    };
    *is_due = false;
    *built_at = Some(time.elapsed());
}

/// Keeps [`Hover`] true.
pub(super) fn hover(pointer: Res<Pointer>, sight: Sight, mut hover: ResMut<Hover>, mut last: Local<Option<Vec2>>) {
    if *last == pointer.screen && !sight.has_changed() {
        return;
    }
    *last = pointer.screen;
    let found = match pointer.screen {
        Some(screen) => Hover {
            area: area_meant(sight.current(), sight.hits(screen), &sight.areas.table),
            ticket: sight.ticket(screen),
        },
        None => Hover::default(),
    };
    hover.set_if_neq(found);
}

/// Turns a click into a drill.
pub(super) fn click(pointer: Res<Pointer>, sight: Sight, mut commands: Commands) {
    let Some(screen) = pointer.clicked else { return };
    let target = &sight.selection.target;
    let ticket = sight.ticket(screen);
    let drill = meaning_of_click(target, sight.current(), sight.hits(screen), ticket, &sight.areas.table);
    if let Some(drill) = drill {
        commands.trigger(drill);
    }
}
