//! The heat map's controls by keys, and what was chosen in an earlier run. Keys act while the heat layer is on. Partner:
//! `scenes.rs`, which does the same for scenes and layers.

use std::path::{Path, PathBuf};

use bevy::prelude::*;

use crate::WallSystems;
use crate::heat::{Dial, Figures, HeatChange, HeatSettings, memory};
use crate::map::KeysOnPanels;
use crate::scene::{LayerKind, LayerSwitches};

/// Which key turns what; with Shift it turns back.
const KEYS: [(KeyCode, Dial); 9] = [
    (KeyCode::KeyP, Dial::Period),
    (KeyCode::Period, Dial::Length),
    (KeyCode::KeyO, Dial::Tickets),
    (KeyCode::KeyF, Dial::Source),
    (KeyCode::KeyC, Dial::Category),
    (KeyCode::KeyR, Dial::Radius),
    (KeyCode::KeyU, Dial::Unit),
    (KeyCode::KeyL, Dial::Scale),
    (KeyCode::KeyM, Dial::Repeats),
];

/// Adds the keys, and the file of remembered choices, to a wall that somebody looks at.
pub(super) fn by_hand(app: &mut App, remembered: PathBuf) {
    app.insert_resource(recalled(&remembered))
        .insert_resource(Remembered(remembered))
        .add_systems(Update, (turn_by_keys.before(WallSystems::Receive), keep.after(WallSystems::Draw)));
}

/// Where choices are kept.
#[derive(Resource)]
struct Remembered(PathBuf);

/// What the last run left; the usual settings if there is nothing, or nothing sound.
fn recalled(at: &Path) -> HeatSettings {
    if !at.exists() {
        return HeatSettings::default();
    }
    memory::read(at).unwrap_or_else(|error| {
        warn!("the heat map's settings of the last run are left alone: {error}");
        HeatSettings::default()
    })
}

fn turn_by_keys(
    keys: Res<ButtonInput<KeyCode>>,
    on_panels: Option<Res<KeysOnPanels>>,
    switches: Res<LayerSwitches>,
    settings: Res<HeatSettings>,
    figures: Res<Figures>,
    mut commands: Commands,
) {
    use KeyCode::*;
    let is_shortcut = keys.any_pressed([ControlLeft, ControlRight, AltLeft, AltRight, SuperLeft, SuperRight]);
    if is_shortcut || on_panels.is_some_and(|on| on.0) || !switches.is_on(LayerKind::Heat) {
        return;
    }
    // Both go down and up again within one slow frame.
    let is_shifted = [ShiftLeft, ShiftRight].into_iter().any(|key| keys.pressed(key) || keys.just_pressed(key));
    let by = if is_shifted { -1 } else { 1 };
    let mut turn = |dial: Dial, by: i32| {
        let change: HeatChange = dial.turned(&settings, &figures.categories, by);
        commands.trigger(change);
    };
    for (key, dial) in KEYS {
        if keys.just_pressed(key) {
            turn(dial, by);
        }
    }
    if keys.just_pressed(Comma) {
        turn(Dial::Length, -1);
    }
}

/// Writes the choices when they have changed.
fn keep(settings: Res<HeatSettings>, at: Res<Remembered>, mut written: Local<Option<HeatSettings>>) {
    if !settings.is_changed() {
        return;
    }
    let Some(before) = written.replace(settings.clone()) else { return };
    if before == *settings {
        return;
    }
    super::scenes::save_choice(&at.0, &memory::to_toml(&settings), "the heat map's settings");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heat::{Mode, State};
    use crate::scene::Scenes;

    fn app(file: PathBuf, scene: &str) -> App {
        let mut app = App::new();
        let mut scenes = Scenes::default();
        assert!(scenes.show(scene));
        let mut switches = LayerSwitches::default();
        switches.follow(scenes.current());
        app.init_resource::<ButtonInput<KeyCode>>()
            .init_resource::<Figures>()
            .insert_resource(switches)
            .add_observer(|change: On<HeatChange>, mut settings: ResMut<HeatSettings>| settings.apply(change.event()));
        by_hand(&mut app, file);
        app.update();
        app
    }

    fn press(app: &mut App, keys: &[KeyCode]) {
        let mut input = app.world_mut().resource_mut::<ButtonInput<KeyCode>>();
        input.reset_all();
        keys.iter().for_each(|key| input.press(*key));
        app.update();
    }

    #[test]
    fn keys_turn_the_heat_map_and_the_next_run_remembers() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("deep/heat.toml");
        let mut first = app(file.clone(), "heat");
        press(&mut first, &[KeyCode::KeyU]);
        press(&mut first, &[KeyCode::ShiftLeft, KeyCode::KeyO]);
        press(&mut first, &[KeyCode::Comma]);
        press(&mut first, &[KeyCode::ControlLeft, KeyCode::KeyR]);
        let settings = first.world().resource::<HeatSettings>().clone();
        assert_eq!((settings.mode, settings.state), (Mode::PerResidents, State::Overdue));
        assert_eq!((settings.window_s, settings.radius_m), (3 * 86_400, None));
        first.update();
        let second = app(file.clone(), "heat");
        assert_eq!(*second.world().resource::<HeatSettings>(), settings);

        std::fs::write(&file, "window_s = 1\n").expect("writable");
        assert_eq!(*app(file, "heat").world().resource::<HeatSettings>(), HeatSettings::default());
    }

    #[test]
    fn every_key_turns_something_and_shift_turns_it_back() {
        let folder = tempfile::tempdir().expect("a folder");
        // Categories are those of the tickets; here are none.
        let dials = KEYS.iter().filter(|(_, dial)| *dial != Dial::Category);
        for (nth, (key, dial)) in dials.enumerate() {
            let mut wall = app(folder.path().join(format!("{nth}.toml")), "heat");
            let before = wall.world().resource::<HeatSettings>().clone();
            press(&mut wall, &[*key]);
            let turned = wall.world().resource::<HeatSettings>().clone();
            assert_ne!(turned, before, "{dial:?}");
            press(&mut wall, &[KeyCode::ShiftLeft, *key]);
            let back = wall.world().resource::<HeatSettings>().clone();
            assert_ne!(back, turned, "{dial:?}");
            // An automatic radius comes back as the one that it was.
            assert!(back == before || *dial == Dial::Radius, "{dial:?}: {back:?}");
        }
    }

    #[test]
    fn without_the_layer_the_keys_are_free() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut wall = app(folder.path().join("heat.toml"), "care");
        press(&mut wall, &[KeyCode::KeyU]);
        assert_eq!(*wall.world().resource::<HeatSettings>(), HeatSettings::default());
    }
}
