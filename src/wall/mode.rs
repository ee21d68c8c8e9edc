//! W turns the wall from peacetime to wartime and back; in wartime no scene follows another by itself.

use bevy::prelude::*;

use crate::WallSystems;
use crate::map::KeysOnPanels;
use crate::scene::{Rotation, Scenes, WallMode};

/// Adds the key.
pub(super) fn by_hand(app: &mut App) {
    app.add_systems(Update, toggle_by_key.before(WallSystems::Receive));
}

fn toggle_by_key(
    keys: Res<ButtonInput<KeyCode>>,
    on_panels: Option<Res<KeysOnPanels>>,
    mut mode: ResMut<WallMode>,
    mut scenes: ResMut<Scenes>,
    rotation: Option<ResMut<Rotation>>,
) {
    use KeyCode::*;
    let is_shortcut = keys.any_pressed([ControlLeft, ControlRight, AltLeft, AltRight, SuperLeft, SuperRight]);
    if is_shortcut || on_panels.is_some_and(|on| on.0) || !keys.just_pressed(KeyW) {
        return;
    }
    mode.toggle(&mut scenes);
    info!("{}", if mode.is_wartime() { "wartime" } else { "peacetime" });
    if let Some(mut rotation) = rotation {
        rotation.set_wartime(mode.is_wartime());
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::scene::{RotationPlan, Stand};

    #[test]
    fn one_key_holds_the_rotation_and_lets_it_go() {
        let mut app = App::new();
        let plan = RotationPlan { scenes: Vec::new(), dwell: Duration::ZERO, pause: Duration::ZERO, hold_on: None };
        app.init_resource::<ButtonInput<KeyCode>>()
            .init_resource::<Scenes>()
            .init_resource::<WallMode>()
            .insert_resource(Rotation::new(plan));
        by_hand(&mut app);
        let press = |app: &mut App, keys: &[KeyCode]| {
            let mut input = app.world_mut().resource_mut::<ButtonInput<KeyCode>>();
            input.reset_all();
            keys.iter().for_each(|key| input.press(*key));
            app.update();
            let stand = app.world().resource::<Rotation>().stand(Instant::now());
            (app.world().resource::<Scenes>().current().id.clone(), stand)
        };
        assert_eq!(press(&mut app, &[KeyCode::KeyW]), ("wartime".into(), Some(Stand::Wartime)));
        assert_eq!(press(&mut app, &[KeyCode::ControlLeft, KeyCode::KeyW]).0, "wartime", "a shortcut is another key");
        assert_eq!(press(&mut app, &[KeyCode::KeyW]), ("overview".into(), None));
        app.insert_resource(KeysOnPanels(true));
        assert_eq!(press(&mut app, &[KeyCode::KeyW]).0, "overview", "somebody types");
    }
}
