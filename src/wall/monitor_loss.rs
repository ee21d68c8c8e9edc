//! A window outlives its monitor. Bevy 0.19 ties each window to the monitor it is on, takes it away with that monitor, and
//! ends the program with its last window; a wall must stay, and be there when the monitor comes back. So the tie is cut
//! as soon as it is made. Where a window belongs is decided elsewhere.

use bevy::prelude::*;
use bevy::window::OnMonitor;

/// Cuts every tie between a window and a monitor.
pub fn outlive_monitors(app: &mut App) {
    app.add_observer(let_go);
}

/// After the tie is noted on both sides: what is cut before that is tied again on the other.
fn let_go(tied: On<Insert, OnMonitor>, mut commands: Commands) {
    commands.entity(tied.entity).remove::<OnMonitor>();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window_after_its_monitor(outlives: bool) -> bool {
        let mut app = App::new();
        if outlives {
            outlive_monitors(&mut app);
        }
        let monitor = app.world_mut().spawn_empty().id();
        let window = app.world_mut().spawn((Window::default(), OnMonitor(monitor))).id();
        app.update();
        app.world_mut().entity_mut(monitor).despawn();
        app.update();
        app.world().get_entity(window).is_ok()
    }

    #[test]
    fn a_window_is_there_after_its_monitor_went() {
        assert!(window_after_its_monitor(true));
        assert!(!window_after_its_monitor(false), "Bevy has mended it: this file can go");
    }
}
