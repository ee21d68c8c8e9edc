//! Mouse, touch pad and fingers on the map: wheel and pinch zoom about the pointer, dragging pans, a tap is a click.
//!
//! What the pointer means is `hover.rs`; the keys are `steer.rs`.

use bevy::input::gestures::PinchGesture;
use bevy::input::mouse::{MouseScrollUnit, MouseWheel};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;

use crate::scene::Drift;

use super::steer::{Hands, PointerOnPanels, ZOOM_STEP};

/// The pointer as the map sees it.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Pointer {
    /// Where it is, logical pixels; `None` outside the window, over panels and outside the free area.
    pub screen: Option<Vec2>,
    /// Where it clicked in this frame.
    pub(super) clicked: Option<Vec2>,
    press: Option<Press>,
    grip: Option<Grip>,
}

#[derive(Clone, Copy, Debug)]
struct Press {
    at: Vec2,
    ground: Vec2,
    is_drag: bool,
}

/// What two fingers took hold of when they came down.
#[derive(Clone, Copy, Debug)]
struct Grip {
    fingers: [u64; 2],
    ground: Vec2,
    spread_px: f32,
    m_per_u: f32,
}

/// A press that moves less than this is a click, logical pixels.
const CLICK_SLOP_PX: f32 = 4.0;
/// Fingers tremble more.
const TAP_SLOP_PX: f32 = 12.0;
/// Pixels of a touch pad that make one notch of a wheel.
const PIXELS_PER_NOTCH: f32 = 50.0;

/// Wheel and touch pad zoom about the cursor.
pub(super) fn zoom(
    mut wheels: MessageReader<MouseWheel>,
    mut pinches: MessageReader<PinchGesture>,
    pointer: Res<Pointer>,
    mut hands: Hands,
) {
    let wheel: f32 = wheels
        .read()
        .map(|wheel| match wheel.unit {
            MouseScrollUnit::Line => wheel.y,
            MouseScrollUnit::Pixel => wheel.y / PIXELS_PER_NOTCH,
        })
        .sum();
    let pinch: f32 = pinches.read().map(|pinch| (1.0 + pinch.0).max(0.1).ln() / ZOOM_STEP.ln()).sum();
    // A wheel that spins wildly, or a broken one, zooms to the limit and no further.
    let notches = (wheel + pinch).clamp(-20.0, 20.0);
    if let Some(at) = pointer.screen
        && notches != 0.0
    {
        hands.zoom(notches, at);
    }
}

/// The left button or one finger presses, drags and clicks; two fingers move and zoom.
pub(super) fn press(
    windows: Query<&Window, With<PrimaryWindow>>,
    buttons: Res<ButtonInput<MouseButton>>,
    touches: Res<Touches>,
    (on_panels, drift): (Res<PointerOnPanels>, Option<Res<Drift>>),
    mut pointer: ResMut<Pointer>,
    mut hands: Hands,
) {
    let window = windows.single().ok();
    // The picture lies beside its place by this much; a hand means what is seen under it.
    let by = drift.map_or(Vec2::ZERO, |drift| drift.px.as_vec2() / window.map_or(1.0, Window::scale_factor));
    let mut hand = Hand::now(window.and_then(Window::cursor_position), &buttons, &touches);
    hand.at = hand.at.map(|at| at - by);
    let on_map = hand.at.filter(|at| !on_panels.0 && hands.frame.free.contains(*at));
    let hovers = on_map.filter(|_| !hand.is_lifted);
    if pointer.screen != hovers {
        pointer.screen = hovers;
    }
    if pointer.clicked.is_some() {
        pointer.clicked = None;
    }
    if hand.is_pressed {
        let ground_at = |at| Press { at, ground: hands.view.world_from_screen(at, &hands.frame), is_drag: false };
        pointer.press = on_map.map(ground_at);
    }
    if let (Some(mut press), Some(at)) = (pointer.press, hand.at) {
        press.is_drag |= at.distance(press.at) > hand.slop_px;
        if press.is_drag {
            let dragged = hands.view.with_ground_at(press.ground, at, &hands.frame);
            hands.drag(dragged);
        }
        if hand.is_released && !press.is_drag {
            pointer.clicked = Some(press.at);
        }
        pointer.press = Some(press);
    }
    if pointer.press.is_some() && !hand.is_down {
        pointer.press = None;
    }
    let is_pinched = pinch(&touches, by, on_panels.0, &mut pointer.grip, &mut hands);
    let is_dragged = is_pinched || pointer.press.is_some_and(|press| press.is_drag);
    if hands.motion.is_dragged != is_dragged {
        hands.motion.is_dragged = is_dragged;
    }
}

/// The mouse or a single finger, whichever is there.
struct Hand {
    at: Option<Vec2>,
    is_pressed: bool,
    is_down: bool,
    is_released: bool,
    /// A finger that has just left the glass: it still clicks, but hovers no more.
    is_lifted: bool,
    slop_px: f32,
}

impl Hand {
    fn now(cursor: Option<Vec2>, buttons: &ButtonInput<MouseButton>, touches: &Touches) -> Self {
        let down: Vec<_> = touches.iter().collect();
        let lifted = touches.iter_just_released().next();
        match (down.as_slice(), lifted) {
            ([], None) => Self {
                at: cursor,
                is_pressed: buttons.just_pressed(MouseButton::Left),
                is_down: buttons.pressed(MouseButton::Left),
                is_released: buttons.just_released(MouseButton::Left),
                is_lifted: false,
                slop_px: CLICK_SLOP_PX,
            },
            ([finger], _) => Self {
                at: Some(finger.position()),
                is_pressed: touches.just_pressed(finger.id()),
                is_down: true,
                is_released: false,
                is_lifted: false,
                slop_px: TAP_SLOP_PX,
            },
            ([], Some(finger)) => Self {
                at: Some(finger.position()),
                is_pressed: false,
                is_down: false,
                is_released: true,
                is_lifted: true,
                slop_px: TAP_SLOP_PX,
            },
            // Several fingers: no press of one of them means anything.
            _ => Self {
                at: None,
                is_pressed: false,
                is_down: false,
                is_released: false,
                is_lifted: true,
                slop_px: TAP_SLOP_PX,
            },
        }
    }
}

/// Two fingers hold the ground between them, and the scale by their distance. True while they are down.
fn pinch(touches: &Touches, by: Vec2, on_panels: bool, grip: &mut Option<Grip>, hands: &mut Hands) -> bool {
    let mut down: Vec<_> = touches.iter().collect();
    down.sort_by_key(|finger| finger.id());
    let [one, other] = down.as_slice() else {
        *grip = None;
        return false;
    };
    let fingers = [one.id(), other.id()];
    let middle = one.position().midpoint(other.position()) - by;
    let spread_px = one.position().distance(other.position()).max(1.0);
    match *grip {
        Some(held) if held.fingers == fingers => {
            let mut to = *hands.view;
            to.m_per_u = hands.scale(held.m_per_u * held.spread_px / spread_px);
            hands.drag(to.with_ground_at(held.ground, middle, &hands.frame));
        }
        _ if on_panels || !hands.frame.free.contains(middle) => return false,
        _ => {
            let ground = hands.view.world_from_screen(middle, &hands.frame);
            *grip = Some(Grip { fingers, ground, spread_px, m_per_u: hands.view.m_per_u });
        }
    }
    true
}
