//! What moves the view: a flight, a glide or a hand on the map; and the limits that keep the district in the picture.
//!
//! Keys and pointer (`steer.rs`) and the selection (`follow.rs`) ask here; the system [`fly`] spends the frame's time.

use bevy::math::{Rect, Vec2};
use bevy::prelude::{Real, Res, ResMut, Resource, Time};

use super::flight::{Flight, glide};
use super::pick::AreaIndex;
use super::view::{MapFrame, MapView};

/// Zooming in ends here, metres per u: a grid of 200 m then fills the picture.
const M_PER_U_MIN: f32 = 0.2;
/// Zooming out ends at this multiple of the scale at which the district fits.
const OUT_OF_FIT: f32 = 2.5;

/// True where the site wants no animation: views then jump.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReducedMotion(pub bool);

/// What moves the view now.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct MapMotion {
    course: Option<Course>,
    /// True while a hand drags the map.
    pub(super) is_dragged: bool,
    /// True while keys that move the map are held.
    pub(super) is_keyed: bool,
    /// True while names are still to be chosen in the next frames.
    pub(super) is_labelling: bool,
    /// What the view is fitted to; `None` once a person moved it away.
    pub(super) fitted: Option<Rect>,
}

#[derive(Clone, Copy, Debug)]
enum Course {
    Flight(Flight),
    Glide(MapView),
}

impl MapMotion {
    /// True while the picture of the map changes from frame to frame. The wall then draws continuously.
    pub fn is_moving(&self) -> bool {
        self.course.is_some() || self.is_dragged || self.is_keyed || self.is_labelling
    }

    /// Where the view will be once it stands still.
    pub fn goal(&self, view: MapView) -> MapView {
        match self.course {
            Some(Course::Flight(flight)) => flight.to(),
            Some(Course::Glide(goal)) => goal,
            None => view,
        }
    }

    /// True during a flight.
    pub(super) fn is_flying(&self) -> bool {
        matches!(self.course, Some(Course::Flight(_)))
    }

    /// Fly there, or jump where motion is reduced.
    pub(super) fn fly_to(&mut self, view: &mut MapView, to: MapView, reduced: ReducedMotion) {
        let to = if to.center.is_finite() && to.m_per_u.is_finite() { to } else { return };
        if reduced.0 {
            self.jump_to(view, to);
        } else if *view == to {
            self.course = None;
        } else {
            self.course = Some(Course::Flight(match self.course {
                Some(Course::Flight(flight)) => flight.redirected(*view, to),
                _ => Flight::new(*view, to),
            }));
        }
    }

    /// Moves the end of a flight under way a little.
    pub(super) fn amend(&mut self, to: MapView) {
        if let Some(Course::Flight(flight)) = self.course {
            self.course = Some(Course::Flight(flight.amended(to)));
        }
    }

    /// Go there in a few frames, or at once where motion is reduced. A person did it: the view is no longer a fit.
    pub(super) fn glide_to(&mut self, view: &mut MapView, to: MapView, reduced: ReducedMotion) {
        self.fitted = None;
        if reduced.0 {
            self.jump_to(view, to);
        } else if *view != to {
            self.course = Some(Course::Glide(to));
        }
    }

    /// Be there now.
    pub(super) fn jump_to(&mut self, view: &mut MapView, to: MapView) {
        self.course = None;
        if *view != to {
            *view = to;
        }
    }
}

/// How far the view may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    bounds: Rect,
    m_per_u: [f32; 2],
}

impl Limits {
    /// The limits for a district with these bounds.
    pub fn around(bounds: Rect, frame: &MapFrame) -> Self {
        let fit = MapView::fitting(bounds, 0.0, 0.0, 1.0, frame).m_per_u;
        Self { bounds, m_per_u: [M_PER_U_MIN.min(fit * 0.5), fit * OUT_OF_FIT] }
    }

    /// A scale within the limits.
    pub fn scale(&self, m_per_u: f32) -> f32 {
        m_per_u.clamp(self.m_per_u[0], self.m_per_u[1])
    }

    /// The view, moved so far that the middle of the free area lies within the district's bounds.
    pub fn hold(&self, view: MapView, frame: &MapFrame) -> MapView {
        let view = MapView { m_per_u: self.scale(view.m_per_u), ..view };
        let middle = frame.free.center();
        let focus: Vec2 = view.world_from_screen(middle, frame);
        let held = focus.clamp(self.bounds.min, self.bounds.max);
        if held == focus { view } else { view.with_ground_at(held, middle, frame) }
    }
}

/// The limits now; none before the areas have arrived.
pub(super) fn limits(index: &AreaIndex, frame: &MapFrame) -> Option<Limits> {
    index.district().map(|bounds| Limits::around(bounds, frame))
}

/// Spends the frame's time on the flight or glide. Runs before anything starts a new one, so that the time before a
/// start is not charged to it.
pub(super) fn fly(
    time: Res<Time<Real>>,
    frame: Res<MapFrame>,
    mut motion: ResMut<MapMotion>,
    mut view: ResMut<MapView>,
) {
    let Some(mut course) = motion.course else { return };
    let dt_s = time.delta_secs();
    let (next, arrived) = match &mut course {
        Course::Flight(flight) => flight.advance(dt_s, &frame),
        Course::Glide(goal) => {
            let (next, arrived) = glide(*view, *goal, dt_s);
            (if arrived { next } else { in_whole_pixels(next, *view, *goal, &frame) }, arrived)
        }
    };
    motion.course = if arrived { None } else { Some(course) };
    if *view != next {
        *view = next;
    }
}

/// The next view of a glide that only pans, moved by whole pixels from the present one, and by one at least: then the
/// picture that is there is moved, and only what comes in is drawn. Other views stay as they are.
fn in_whole_pixels(next: MapView, from: MapView, goal: MapView, frame: &MapFrame) -> MapView {
    if next.m_per_u != from.m_per_u || next.tilt > 0.0 || from.tilt > 0.0 {
        return next;
    }
    let m_per_px = from.m_per_u / frame.u.max(1e-3);
    let mut by = ((next.center - from.center) / m_per_px).round();
    let left = (goal.center - from.center) / m_per_px;
    if by == Vec2::ZERO {
        let is_across = left.x.abs() >= left.y.abs();
        by = left.signum() * if is_across { Vec2::X } else { Vec2::Y };
    }
    if left.abs().max_element() < 0.75 { next } else { MapView { center: from.center + by * m_per_px, ..next } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glide_that_pans_moves_by_whole_pixels_and_arrives() {
        let frame = MapFrame { u: 1.5, ..MapFrame::default() };
        let mut view = MapView { center: Vec2::new(1_000.0, -200.0), m_per_u: 30.0, tilt: 0.0 };
        let goal = MapView { center: view.center + Vec2::new(90.0, -37.0) * 20.0, ..view };
        for frames in 0.. {
            assert!(frames < 200, "it never arrives");
            let (next, arrived) = glide(view, goal, 0.016);
            let moved = in_whole_pixels(next, view, goal, &frame);
            if arrived || next == goal {
                break;
            }
            let by = (moved.center - view.center) / 20.0;
            let is_last = (goal.center - view.center).abs().max_element() < 0.75 * 20.0;
            assert!(is_last || (by - by.round()).abs().max_element() < 1e-3, "{by}");
            assert!(by != Vec2::ZERO);
            view = moved;
        }
        let zoomed = MapView { m_per_u: 29.0, ..goal };
        assert_eq!(in_whole_pixels(zoomed, view, goal, &frame), zoomed);
    }

    #[test]
    fn the_district_stays_in_the_picture_and_the_scale_in_range() {
        let frame = MapFrame::default();
        let bounds = Rect::from_corners(Vec2::new(-3000.0, -2000.0), Vec2::new(3000.0, 2000.0));
        let limits = Limits::around(bounds, &frame);
        let lost = MapView { center: Vec2::new(90_000.0, 0.0), m_per_u: 1e-5, tilt: 0.0 };
        let held = limits.hold(lost, &frame);
        assert_eq!(held.center, Vec2::new(3000.0, 0.0));
        assert_eq!(held.m_per_u, 0.2);
        assert!(limits.scale(1e9) < 20.0);
        let fine = MapView { center: Vec2::new(10.0, 10.0), m_per_u: 3.0, tilt: 1.0 };
        assert_eq!(limits.hold(fine, &frame), fine);
    }
}
