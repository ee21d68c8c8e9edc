//! A person's hands on the map: the keys here, pointer and fingers in `pointer.rs`.
//!
//! Everything works by keyboard alone. Input that the panels want is left to them.

use bevy::prelude::*;

use crate::city::{Areas, Tickets};
use crate::selection::{Drill, Selection};

use super::follow::{bounds_of, fitted};
use super::motion::{MapMotion, ReducedMotion, limits};
use super::pick::AreaIndex;
use super::projection::MapProjection;
use super::raised::Extrusion;
use super::view::{MapFrame, MapView};

/// True while the pointer is over a panel: the map then ignores it. Set by the wall.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PointerOnPanels(pub bool);

/// True while a panel takes the keys, as a search field does. Set by the wall.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeysOnPanels(pub bool);

/// An intent to change the view as a whole; keys trigger it, and buttons may.
#[derive(Event, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steer {
    /// Show the whole of what is selected.
    Fit,
    /// Tilt into the raised view, or back to flat.
    Tilt(bool),
}

/// One notch of the wheel, or one key press, zooms by this.
pub(super) const ZOOM_STEP: f32 = 1.25;
/// One press of a pan key moves by this, u; held keys move at [`PAN_U_PER_S`].
const PAN_STEP_U: f32 = 60.0;
/// Speed of held pan keys, u per second.
const PAN_U_PER_S: f32 = 900.0;
/// Speed of held zoom keys: notches per second.
const NOTCHES_PER_S: f32 = 7.0;
/// A tilted view that nobody moves returns to flat after this, seconds.
const FLAT_AFTER_S: f32 = 90.0;

/// What the hands act on.
#[derive(bevy::ecs::system::SystemParam)]
pub(super) struct Hands<'w> {
    pub frame: Res<'w, MapFrame>,
    pub index: Res<'w, AreaIndex>,
    pub reduced: Res<'w, ReducedMotion>,
    pub motion: ResMut<'w, MapMotion>,
    pub view: ResMut<'w, MapView>,
}

impl Hands<'_> {
    /// Where the next step starts: the end of a glide, but the present point of a flight, which a hand ends.
    fn base(&self) -> MapView {
        if self.motion.is_flying() { *self.view } else { self.motion.goal(*self.view) }
    }

    /// Glide to a view within the limits.
    fn glide_to(&mut self, to: MapView) {
        let to = limits(&self.index, &self.frame).map_or(to, |limits| limits.hold(to, &self.frame));
        self.motion.glide_to(&mut self.view, to, *self.reduced);
    }

    /// A scale within the limits.
    pub fn scale(&self, m_per_u: f32) -> f32 {
        limits(&self.index, &self.frame).map_or(m_per_u, |limits| limits.scale(m_per_u))
    }

    /// Zoom by so many notches, in for positive ones, with the ground under `screen` staying there.
    pub fn zoom(&mut self, notches: f32, screen: Vec2) {
        let base = self.base();
        let m_per_u = self.scale(base.m_per_u * ZOOM_STEP.powf(-notches));
        self.glide_to(base.zoomed_about(screen, m_per_u, &self.frame));
    }

    /// Take the ground by the hand: show it where the hand is, within the limits, at once.
    pub fn drag(&mut self, to: MapView) {
        let held = limits(&self.index, &self.frame).map_or(to, |limits| limits.hold(to, &self.frame));
        self.motion.fitted = None;
        self.motion.jump_to(&mut self.view, held);
    }

    /// Pan by so many u on the screen, right and up.
    fn pan(&mut self, by_u: Vec2) {
        let mut to = self.base();
        // By whole pixels, so that the picture that is there can be moved.
        let px_per_u = self.frame.u.max(1e-3);
        let by_u = if to.tilt > 0.0 { by_u } else { (by_u * px_per_u).round() / px_per_u };
        to.center += by_u * to.m_per_u * Vec2::new(1.0, 1.0 / to.pitch().cos());
        self.glide_to(to);
    }
}

/// Shift and arrow keys pan (alone they turn scenes), `+` and `-` zoom, `0` and Home fit, T tilts, Esc goes up, Backspace goes back.
pub(super) fn steer_by_keys(
    keys: Res<ButtonInput<KeyCode>>,
    on_panels: Res<KeysOnPanels>,
    time: Res<Time<Real>>,
    mut hands: Hands,
    mut commands: Commands,
) {
    use KeyCode::*;
    let is_shortcut = keys.any_pressed([ControlLeft, ControlRight, AltLeft, AltRight, SuperLeft, SuperRight]);
    let (mut by_u, mut notches, mut is_held) = (Vec2::ZERO, 0.0, false);
    if !on_panels.0 && !is_shortcut {
        // At most what a slow frame would bring: a stall must not throw the map away.
        let dt_s = time.delta_secs().min(0.1);
        let mut travel = |codes: &[KeyCode], step: f32, per_s: f32| {
            if keys.any_just_pressed(codes.iter().copied()) {
                step
            } else if keys.any_pressed(codes.iter().copied()) {
                is_held = true;
                per_s * dt_s
            } else {
                0.0
            }
        };
        let is_ours = keys.any_pressed([ShiftLeft, ShiftRight]);
        let mut pan = |code: KeyCode| if is_ours { travel(&[code], PAN_STEP_U, PAN_U_PER_S) } else { 0.0 };
        by_u.x += pan(ArrowRight) - pan(ArrowLeft);
        by_u.y += pan(ArrowUp) - pan(ArrowDown);
        notches +=
            travel(&[Equal, NumpadAdd], 1.0, NOTCHES_PER_S) - travel(&[Minus, NumpadSubtract], 1.0, NOTCHES_PER_S);
        if keys.any_just_pressed([Digit0, Numpad0, Home]) {
            commands.trigger(Steer::Fit);
        }
        if keys.just_pressed(KeyT) {
            commands.trigger(Steer::Tilt(hands.motion.goal(*hands.view).tilt < 0.5));
        }
        if keys.just_pressed(Escape) {
            commands.trigger(Drill::Up);
        }
        if keys.just_pressed(Backspace) {
            commands.trigger(Drill::Back);
        }
    }
    if by_u != Vec2::ZERO {
        hands.pan(by_u);
    }
    if notches != 0.0 {
        let middle = hands.frame.free.center();
        hands.zoom(notches, middle);
    }
    if hands.motion.is_keyed != is_held {
        hands.motion.is_keyed = is_held;
    }
}

/// Carries out [`Steer`].
pub(super) fn on_steer(
    steer: On<Steer>,
    selection: Res<Selection>,
    areas: Res<Areas>,
    tickets: Res<Tickets>,
    projection: Res<MapProjection>,
    raised: Res<Extrusion>,
    mut hands: Hands,
) {
    let goal = hands.motion.goal(*hands.view);
    let to = match steer.event() {
        Steer::Fit => {
            let found = bounds_of(&selection.target, &areas, &tickets, &hands.index, &projection);
            let Some(bounds) = found.or(hands.index.district()) else { return };
            hands.motion.fitted = Some(bounds);
            fitted(bounds, goal.tilt, &hands.frame, &raised)
        }
        Steer::Tilt(is_tilted) => {
            let tilt = if *is_tilted { 1.0 } else { 0.0 };
            match hands.motion.fitted {
                Some(bounds) => fitted(bounds, tilt, &hands.frame, &raised),
                None => goal.tilted(tilt, &hands.frame),
            }
        }
    };
    let Hands { motion, view, reduced, .. } = &mut hands;
    motion.fly_to(view, to, **reduced);
}

/// Brings a tilted view that nobody moved for a while back to flat.
pub(super) fn flatten_after_rest(
    time: Res<Time<Real>>,
    view: Res<MapView>,
    motion: Res<MapMotion>,
    mut rest_s: Local<f32>,
    mut commands: Commands,
) {
    if view.tilt == 0.0 || view.is_changed() || motion.is_moving() {
        *rest_s = 0.0;
        return;
    }
    *rest_s += time.delta_secs();
    if *rest_s >= FLAT_AFTER_S {
        *rest_s = 0.0;
        commands.trigger(Steer::Tilt(false));
    }
}
