//! Takes the drift of the picture (`scene/drift.rs`) back where the pointer is told to egui: what is clicked is what is
//! seen there.

use bevy::prelude::*;
use bevy_egui::egui::{Event, Vec2 as UVec, vec2};
use bevy_egui::{EguiContext, EguiInput, EguiPreUpdateSet};

use crate::scene::Drift;

/// Moves every pointer event before egui reads it.
pub(super) fn plugin(app: &mut App) {
    app.add_systems(PreUpdate, take_back.after(EguiPreUpdateSet::ProcessInput).before(EguiPreUpdateSet::BeginPass));
}

fn take_back(drift: Res<Drift>, mut contexts: Query<(&mut EguiContext, &mut EguiInput)>) {
    if drift.px == IVec2::ZERO {
        return;
    }
    for (mut context, mut input) in &mut contexts {
        let ctx: &bevy_egui::egui::Context = context.get_mut();
        let by = shift(*drift, ctx.pixels_per_point());
        input.events.iter_mut().for_each(|event| move_back(event, by));
    }
}

/// The drift in egui's points.
pub(super) fn shift(drift: Drift, pixels_per_point: f32) -> UVec {
    vec2(drift.px.x as f32, drift.px.y as f32) / pixels_per_point.max(0.01)
}

/// One event as if the picture lay in its place.
fn move_back(event: &mut Event, by: UVec) {
    match event {
        Event::PointerMoved(pos) | Event::PointerButton { pos, .. } | Event::Touch { pos, .. } => *pos -= by,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::{Modifiers, PointerButton, pos2};

    use super::*;

    #[test]
    fn a_click_means_what_is_seen_under_it() {
        let drift = Drift { px: IVec2::new(12, -6) };
        let by = shift(drift, 2.0);
        let mut moved = Event::PointerMoved(pos2(100.0, 50.0));
        move_back(&mut moved, by);
        assert_eq!(moved, Event::PointerMoved(pos2(94.0, 53.0)));
        let press = |pos| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed: true,
            modifiers: Modifiers::NONE,
        };
        let mut pressed = press(pos2(6.0, 0.0));
        move_back(&mut pressed, by);
        assert_eq!(pressed, press(pos2(0.0, 3.0)));
        let mut gone = Event::PointerGone;
        move_back(&mut gone, by);
        assert_eq!(gone, Event::PointerGone);
    }
}
