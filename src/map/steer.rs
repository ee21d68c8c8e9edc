//! A person's hands on the map: keys, wheel, pinch and drag.
//!
//! Everything works by keyboard alone. Input that the panels want is left to them; clicks go on to `hover.rs`.

use bevy::input::gestures::PinchGesture;
use bevy::input::mouse::{MouseScrollUnit, MouseWheel};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;

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

/// A press that moves less than this is a click, logical pixels.
const CLICK_SLOP_PX: f32 = 4.0;
/// One notch of the wheel, or one key press, zooms by this.
const ZOOM_STEP: f32 = 1.25;
/// Pixels of a touch pad that make one notch.
const PIXELS_PER_NOTCH: f32 = 50.0;
/// One press of a pan key moves by this, u; held keys move at [`PAN_U_PER_S`].
const PAN_STEP_U: f32 = 60.0;
/// Speed of held pan keys, u per second.
const PAN_U_PER_S: f32 = 900.0;
/// Speed of held zoom keys: notches per second.
const NOTCHES_PER_S: f32 = 7.0;
/// A tilted view that nobody moves returns to flat after this, seconds.
const FLAT_AFTER_S: f32 = 90.0;

/// The pointer as the map sees it.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Pointer {
    /// Where it is, logical pixels; `None` outside the window, over panels and outside the free area.
    pub screen: Option<Vec2>,
    /// Where it clicked in this frame.
    pub(super) clicked: Option<Vec2>,
    press: Option<Press>,
}

#[derive(Clone, Copy, Debug)]
struct Press {
    at: Vec2,
    ground: Vec2,
    is_drag: bool,
}

/// What the hands act on.
#[derive(bevy::ecs::system::SystemParam)]
pub(super) struct Hands<'w> {
    frame: Res<'w, MapFrame>,
    index: Res<'w, AreaIndex>,
    reduced: Res<'w, ReducedMotion>,
    motion: ResMut<'w, MapMotion>,
    view: ResMut<'w, MapView>,
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

    /// Zoom by so many notches, in for positive ones, with the ground under `screen` staying there.
    fn zoom(&mut self, notches: f32, screen: Vec2) {
        let base = self.base();
        let wanted = base.m_per_u * ZOOM_STEP.powf(-notches);
        let m_per_u = limits(&self.index, &self.frame).map_or(wanted, |limits| limits.scale(wanted));
        self.glide_to(base.zoomed_about(screen, m_per_u, &self.frame));
    }

    /// Pan by so many u on the screen, right and up.
    fn pan(&mut self, by_u: Vec2) {
        let mut to = self.base();
        to.center += by_u * to.m_per_u * Vec2::new(1.0, 1.0 / to.pitch().cos());
        self.glide_to(to);
    }
}

/// Arrow keys and WASD pan, `+` and `-` zoom, `0` and Home fit, T tilts, Esc goes up, Backspace goes back.
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
        let mut travel = |codes: [KeyCode; 2], step: f32, per_s: f32| {
            if keys.any_just_pressed(codes) {
                step
            } else if keys.any_pressed(codes) {
                is_held = true;
                per_s * dt_s
            } else {
                0.0
            }
        };
        by_u.x +=
            travel([ArrowRight, KeyD], PAN_STEP_U, PAN_U_PER_S) - travel([ArrowLeft, KeyA], PAN_STEP_U, PAN_U_PER_S);
        by_u.y += travel([ArrowUp, KeyW], PAN_STEP_U, PAN_U_PER_S) - travel([ArrowDown, KeyS], PAN_STEP_U, PAN_U_PER_S);
        notches += travel([Equal, NumpadAdd], 1.0, NOTCHES_PER_S) - travel([Minus, NumpadSubtract], 1.0, NOTCHES_PER_S);
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

/// Wheel and pinch zoom about the cursor, the left button drags, and a press that does not drag is a click.
pub(super) fn steer_by_pointer(
    windows: Query<&Window, With<PrimaryWindow>>,
    buttons: Res<ButtonInput<MouseButton>>,
    mut wheels: MessageReader<MouseWheel>,
    mut pinches: MessageReader<PinchGesture>,
    on_panels: Res<PointerOnPanels>,
    mut pointer: ResMut<Pointer>,
    mut hands: Hands,
) {
    let cursor = windows.single().ok().and_then(Window::cursor_position);
    let on_map = cursor.filter(|at| !on_panels.0 && hands.frame.free.contains(*at));
    if pointer.screen != on_map {
        pointer.screen = on_map;
    }
    if pointer.clicked.is_some() {
        pointer.clicked = None;
    }

    let wheel: f32 = wheels
        .read()
        .map(|wheel| match wheel.unit {
            MouseScrollUnit::Line => wheel.y,
            MouseScrollUnit::Pixel => wheel.y / PIXELS_PER_NOTCH,
        })
        .sum();
    let pinch: f32 = pinches.read().map(|pinch| (1.0 + pinch.0).max(0.1).ln() / ZOOM_STEP.ln()).sum();
    let notches = (wheel + pinch).clamp(-20.0, 20.0);
    if let Some(at) = on_map
        && notches != 0.0
    {
        hands.zoom(notches, at);
    }

    if buttons.just_pressed(MouseButton::Left) {
        let ground_at = |at| Press { at, ground: hands.view.world_from_screen(at, &hands.frame), is_drag: false };
        pointer.press = on_map.map(ground_at);
    }
    if let (Some(mut press), Some(at)) = (pointer.press, cursor) {
        press.is_drag |= at.distance(press.at) > CLICK_SLOP_PX;
        if press.is_drag {
            let dragged = hands.view.with_ground_at(press.ground, at, &hands.frame);
            let held = limits(&hands.index, &hands.frame).map_or(dragged, |limits| limits.hold(dragged, &hands.frame));
            let Hands { motion, view, .. } = &mut hands;
            motion.fitted = None;
            motion.jump_to(view, held);
        }
        if buttons.just_released(MouseButton::Left) && !press.is_drag {
            pointer.clicked = Some(press.at);
        }
        pointer.press = Some(press);
    }
    if pointer.press.is_some() && !buttons.pressed(MouseButton::Left) {
        pointer.press = None;
    }
    let is_dragged = pointer.press.is_some_and(|press| press.is_drag);
    if hands.motion.is_dragged != is_dragged {
        hands.motion.is_dragged = is_dragged;
    }
}

/// Carries out [`Steer`].
pub(super) fn on_steer(
    steer: On<Steer>,
    selection: Res<Selection>,
    areas: Res<Areas>,
    tickets: Res<Tickets>,
    projection: Res<MapProjection>,
    extrusion: Res<Extrusion>,
    mut hands: Hands,
) {
    let goal = hands.motion.goal(*hands.view);
    let to = match steer.event() {
        Steer::Fit => {
            let found = bounds_of(&selection.target, &areas, &tickets, &hands.index, &projection);
            let Some(bounds) = found.or(hands.index.district()) else { return };
            hands.motion.fitted = Some(bounds);
            fitted(bounds, goal.tilt, &hands.frame, &extrusion)
        }
        Steer::Tilt(is_tilted) => {
            let tilt = if *is_tilted { 1.0 } else { 0.0 };
            match hands.motion.fitted {
                Some(bounds) => fitted(bounds, tilt, &hands.frame, &extrusion),
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
