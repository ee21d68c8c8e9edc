//! The view follows the selection, the areas and the frame.
//!
//! A new selection is flown to; the first areas are simply shown; a new frame fits what was fitted again. A person who
//! moved the map keeps their view until they select something.

use bevy::math::Rect;
use bevy::prelude::*;

use crate::city::{Areas, Tickets};
use crate::domain::Level;
use crate::selection::{Selection, Target};

use super::drill::area_of;
use super::marks::place;
use super::motion::{MapMotion, ReducedMotion};
use super::pick::AreaIndex;
use super::projection::MapProjection;
use super::raised::Extrusion;
use super::view::{MapFrame, MapView};

/// Room left around a fitted target.
const MARGIN: f32 = 1.06;
/// A ticket's surroundings are shown at least this wide, metres.
const TICKET_SPAN_M: f32 = 400.0;
/// A grid and a ticket's grid are shown among their neighbours: so many times their own size.
const AMONG_NEIGHBOURS: f32 = 1.8;

/// What to show for a target: its bounds, for a ticket centred on it; `None` while it is not known where that is.
pub fn bounds_of(
    target: &Target,
    areas: &Areas,
    tickets: &Tickets,
    index: &AreaIndex,
    projection: &MapProjection,
) -> Option<Rect> {
    let area = area_of(target, &areas.table, tickets, index, projection.0.as_ref());
    let bounds = area.and_then(|id| index.bounds(id));
    match target {
        Target::District => index.district(),
        Target::Area(_) => {
            let is_grid = area.is_some_and(|id| areas.table.get(id).level == Level::Grid);
            bounds.map(|bounds| if is_grid { among_neighbours(bounds) } else { bounds })
        }
        Target::Ticket(id) => {
            let ticket = tickets.by_id.get(id)?;
            let Some(at) = projection.0.as_ref().and_then(|projection| place(ticket, projection)) else {
                return bounds;
            };
            // The ticket in the middle, its grid and some of the grids around it.
            let own = bounds.map_or(Vec2::ZERO, |bounds| among_neighbours(bounds).size());
            let size = own.max(Vec2::splat(TICKET_SPAN_M));
            Some(Rect::from_center_size(at, size))
        }
    }
}

fn among_neighbours(bounds: Rect) -> Rect {
    Rect::from_center_size(bounds.center(), bounds.size() * AMONG_NEIGHBOURS)
}

/// Fits the view to the target when the target, the areas or the frame changed.
pub(super) fn follow(
    selection: Res<Selection>,
    areas: Res<Areas>,
    tickets: Res<Tickets>,
    index: Res<AreaIndex>,
    projection: Res<MapProjection>,
    frame: Res<MapFrame>,
    raised: Res<Extrusion>,
    reduced: Res<ReducedMotion>,
    mut motion: ResMut<MapMotion>,
    mut view: ResMut<MapView>,
    mut waits: Local<bool>,
    mut has_shown: Local<bool>,
) {
    let is_new = selection.is_changed() && !selection.is_added();
    *waits |= is_new || !*has_shown;
    if *waits && (is_new || index.is_changed() || tickets.is_changed()) {
        let found = bounds_of(&selection.target, &areas, &tickets, &index, &projection);
        // At the start the areas are there before the tickets: show the district until the ticket is known.
        let first = if *has_shown { None } else { index.district() };
        if let Some(bounds) = found.or(first) {
            // A selection brings the flat map back: values and names are read there.
            let to = MapView::fitting(bounds, 0.0, 0.0, MARGIN, &frame);
            if *has_shown {
                motion.fly_to(&mut view, to, *reduced);
            } else {
                motion.jump_to(&mut view, to);
            }
            motion.fitted = Some(bounds);
            *has_shown = true;
            *waits = found.is_none();
            return;
        }
    }
    if index.is_changed() && motion.fitted.is_some() {
        motion.fitted = bounds_of(&selection.target, &areas, &tickets, &index, &projection).or(motion.fitted);
    }
    if (frame.is_changed() || index.is_changed())
        && let Some(bounds) = motion.fitted
    {
        refit(bounds, &frame, &raised, *reduced, &mut motion, &mut view);
    } else if raised.is_changed()
        && motion.is_flying()
        && let Some(bounds) = motion.fitted
    {
        // The areas rise during the flight into the tilted view, and need more and more room.
        let tilt = motion.goal(*view).tilt;
        motion.amend(fitted(bounds, tilt, &frame, &raised));
    }
}

/// Fits again after the frame or the areas changed: a flight under way gets a new end, a still view jumps.
fn refit(
    bounds: Rect,
    frame: &MapFrame,
    raised: &Extrusion,
    reduced: ReducedMotion,
    motion: &mut MapMotion,
    view: &mut MapView,
) {
    let to = fitted(bounds, motion.goal(*view).tilt, frame, raised);
    if motion.is_flying() {
        motion.fly_to(view, to, reduced);
    } else {
        motion.jump_to(view, to);
    }
}

/// The view that shows these bounds with all that is raised on them.
pub(super) fn fitted(bounds: Rect, tilt: f32, frame: &MapFrame, raised: &Extrusion) -> MapView {
    let raised_m = if tilt > 0.0 { raised.max_m() } else { 0.0 };
    MapView::fitting(bounds, tilt, raised_m, MARGIN, frame)
}
