//! How a view gets from one place to another: flights between targets and short glides after wheel and keys. Pure.
//!
//! A flight follows the optimal zoom-and-pan path of van Wijk and Nuij, "Smooth and efficient zooming and panning"
//! (2003), with ease-in-out over a fixed time. Its partner is `motion.rs`, which keeps time.

use bevy::math::{Vec2, curve::Curve, curve::EaseFunction, curve::EasingCurve};

use super::view::{MapFrame, MapView};

/// How long a flight takes, seconds.
pub const FLIGHT_S: f32 = 0.9;
/// Time constant of a glide, seconds: after it 63 % of the way is gone.
const GLIDE_S: f32 = 0.07;
/// How much the path zooms out on the way: ρ of the paper; its users preferred 1.4.
const RHO: f64 = 1.4;

/// A flight between two views.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flight {
    from: MapView,
    to: MapView,
    age_s: f32,
}

impl Flight {
    /// A flight that starts now.
    pub fn new(from: MapView, to: MapView) -> Self {
        Self { from, to, age_s: 0.0 }
    }

    /// Where it ends.
    pub fn to(&self) -> MapView {
        self.to
    }

    /// The same flight from `now` on to another end, in the time that is left.
    pub fn redirected(self, now: MapView, to: MapView) -> Self {
        Self { from: now, to, age_s: self.age_s.min(FLIGHT_S * 0.5) }
    }

    /// The same flight with its end moved a little: what is flown already stays as it is but for that little.
    pub fn amended(self, to: MapView) -> Self {
        Self { to, ..self }
    }

    /// Time goes on; the view then, and whether it has arrived.
    pub fn advance(&mut self, dt_s: f32, frame: &MapFrame) -> (MapView, bool) {
        self.age_s += dt_s.max(0.0);
        let t = self.age_s / FLIGHT_S;
        if t >= 1.0 { (self.to, true) } else { (self.at(t, frame), false) }
    }

    /// The view at `t` of the way in time, 0 to 1.
    pub fn at(&self, t: f32, frame: &MapFrame) -> MapView {
        if t <= 0.0 {
            return self.from;
        }
        if t >= 1.0 {
            return self.to;
        }
        let eased = EasingCurve::new(0.0, 1.0, EaseFunction::CubicInOut).sample_clamped(t);
        // The path joins what is in the middle of the free area, which is where people look.
        let middle = frame.free.center();
        let start = self.from.world_from_screen(middle, frame);
        let end = self.to.world_from_screen(middle, frame);
        let height_u = f64::from((frame.size.y / frame.u).max(1.0));
        let widths = [self.from.m_per_u, self.to.m_per_u].map(|m_per_u| f64::from(m_per_u) * height_u);
        let (travelled, width) = zoom_pan_path(f64::from(start.distance(end)), widths, f64::from(eased));
        let tilt = self.from.tilt + (self.to.tilt - self.from.tilt) * eased;
        MapView { center: Vec2::ZERO, m_per_u: (width / height_u) as f32, tilt }.with_ground_at(
            start.lerp(end, travelled as f32),
            middle,
            frame,
        )
    }
}

/// The optimal path over `distance` between windows of two widths, at the share `s` of its length: the share of the
/// distance that is behind, and the width there. All in metres.
fn zoom_pan_path(distance: f64, [w0, w1]: [f64; 2], s: f64) -> (f64, f64) {
    // So near that the formula divides by almost nothing: only zoom.
    if distance < w0.min(w1) * 1e-3 {
        return (s, w0 * (w1 / w0).powf(s));
    }
    let rho2 = RHO * RHO;
    let spread = w1 * w1 - w0 * w0;
    let reach = rho2 * rho2 * distance * distance;
    let b0 = (spread + reach) / (2.0 * w0 * rho2 * distance);
    let b1 = (spread - reach) / (2.0 * w1 * rho2 * distance);
    let (r0, r1) = (-b0.asinh(), -b1.asinh());
    let r = r0 + (r1 - r0) * s;
    let behind = w0 / rho2 * (r0.cosh() * r.tanh() - r0.sinh());
    (behind / distance, w0 * r0.cosh() / r.cosh())
}

/// One step of a glide from `view` towards `goal`, and whether it has arrived. A ground point that both views show at
/// the same place stays there all the way, so that zooming about the cursor holds still under the cursor.
pub fn glide(view: MapView, goal: MapView, dt_s: f32) -> (MapView, bool) {
    let step = 1.0 - (-dt_s.max(0.0) / GLIDE_S).exp();
    let ratio = goal.m_per_u / view.m_per_u;
    let is_near = ratio.ln().abs() < 2e-3
        && view.center.distance(goal.center) < 0.3 * goal.m_per_u
        && (view.tilt - goal.tilt).abs() < 1e-3;
    if is_near || !ratio.is_finite() {
        return (goal, true);
    }
    let m_per_u = view.m_per_u * ratio.powf(step);
    let share =
        if (ratio - 1.0).abs() < 1e-4 { step } else { (m_per_u - view.m_per_u) / (goal.m_per_u - view.m_per_u) };
    let tilt = view.tilt + (goal.tilt - view.tilt) * step;
    (MapView { center: view.center.lerp(goal.center, share), m_per_u, tilt }, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(x: f32, y: f32, m_per_u: f32) -> MapView {
        MapView { center: Vec2::new(x, y), m_per_u, tilt: 0.0 }
    }

    #[test]
    fn a_flight_begins_and_ends_where_it_says() {
        let frame = MapFrame::default();
        for (from, to) in [
            (view(0.0, 0.0, 10.0), view(3000.0, -2000.0, 1.0)),
            (view(0.0, 0.0, 10.0), view(0.0, 0.0, 1.0)),
            (view(500.0, 0.0, 1.0), view(500.3, 0.0, 1.0)),
            (view(-9000.0, 100.0, 0.5), view(9000.0, 100.0, 0.5)),
        ] {
            let flight = Flight::new(from, to);
            for (t, expected) in [(1e-4, from), (1.0 - 1e-4, to)] {
                let near = flight.at(t, &frame);
                assert!(near.center.distance(expected.center) < expected.m_per_u, "{near:?} {expected:?}");
                assert!((near.m_per_u / expected.m_per_u - 1.0).abs() < 0.01, "{near:?} {expected:?}");
            }
            assert_eq!(flight.at(1.0, &frame), to);
        }
    }

    #[test]
    fn a_long_way_is_flown_higher() {
        let flight = Flight::new(view(-9000.0, 0.0, 0.5), view(9000.0, 0.0, 0.5));
        assert!(flight.at(0.5, &MapFrame::default()).m_per_u > 2.0);
    }

    #[test]
    fn a_flight_takes_its_time_whatever_the_frame_rate() {
        let frame = MapFrame::default();
        let mut flight = Flight::new(view(0.0, 0.0, 10.0), view(100.0, 0.0, 10.0));
        let mut frames = 0;
        while !flight.advance(0.1, &frame).1 {
            frames += 1;
            assert!(frames < 20);
        }
        assert_eq!(frames, 8, "nine steps of 0.1 s");
    }

    #[test]
    fn a_glide_holds_the_point_under_the_cursor_and_arrives() {
        let frame = MapFrame::default();
        let cursor = Vec2::new(1500.0, 200.0);
        let mut now = view(100.0, 50.0, 10.0);
        let ground = now.world_from_screen(cursor, &frame);
        let goal = now.zoomed_about(cursor, 2.5, &frame);
        for _ in 0..200 {
            let (next, arrived) = glide(now, goal, 1.0 / 60.0);
            now = next;
            assert!(now.world_from_screen(cursor, &frame).distance(ground) < 0.05);
            if arrived {
                assert_eq!(now, goal);
                return;
            }
        }
        panic!("never arrived: {now:?}");
    }
}
