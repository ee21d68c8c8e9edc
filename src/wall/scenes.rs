//! Which scene is shown and which layers are on: the keys, and what was chosen in an earlier run.
//!
//! 1–9 show a scene; Shift with 1–5 switches a layer, `[` and `]` make the layer switched last weaker and stronger. A
//! picture (`snapshot.rs`) shows what the scene file says and remembers nothing.

use std::path::{Path, PathBuf};

use bevy::prelude::*;

use crate::WallSystems;
use crate::city::{BoundFigures, WatchWanted};
use crate::map::KeysOnPanels;
use crate::scene::{LayerKind, LayerSwitches, Scenes};

/// Keeps switches and scene together, in every wall.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Scenes>()
        .init_resource::<LayerSwitches>()
        .init_resource::<BoundFigures>()
        .init_resource::<WatchWanted>()
        .add_systems(Update, follow_scene.in_set(WallSystems::Receive));
}

/// Adds the keys, and the file of remembered choices, to a wall that somebody looks at.
pub(super) fn by_hand(app: &mut App, remembered: PathBuf) {
    let mut switches = LayerSwitches::default();
    match std::fs::read_to_string(&remembered) {
        Ok(text) => {
            if let Err(error) = switches.remember(&text) {
                warn!("{}: the layer switches of the last run are left alone: {error}", remembered.display());
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => warn!("{}: the layer switches of the last run cannot be read: {error}", remembered.display()),
    }
    app.insert_resource(switches)
        .insert_resource(Remembered(remembered))
        .add_systems(Update, (switch_by_keys.before(WallSystems::Receive), keep.after(WallSystems::Draw)));
}

/// Where choices are kept.
#[derive(Resource)]
struct Remembered(PathBuf);

fn follow_scene(
    scenes: Res<Scenes>,
    mut switches: ResMut<LayerSwitches>,
    mut bound: ResMut<BoundFigures>,
    mut watched: ResMut<WatchWanted>,
) {
    if scenes.is_changed() {
        watched.set_if_neq(WatchWanted(scenes.current().matter.clone()));
        switches.follow(scenes.current());
        bound.set_if_neq(BoundFigures(scenes.current().figures()));
    }
}

const DIGITS: [(KeyCode, KeyCode); 9] = [
    (KeyCode::Digit1, KeyCode::Numpad1),
    (KeyCode::Digit2, KeyCode::Numpad2),
    (KeyCode::Digit3, KeyCode::Numpad3),
    (KeyCode::Digit4, KeyCode::Numpad4),
    (KeyCode::Digit5, KeyCode::Numpad5),
    (KeyCode::Digit6, KeyCode::Numpad6),
    (KeyCode::Digit7, KeyCode::Numpad7),
    (KeyCode::Digit8, KeyCode::Numpad8),
    (KeyCode::Digit9, KeyCode::Numpad9),
];

fn switch_by_keys(
    keys: Res<ButtonInput<KeyCode>>,
    on_panels: Option<Res<KeysOnPanels>>,
    mut scenes: ResMut<Scenes>,
    mut switches: ResMut<LayerSwitches>,
    mut last: Local<Option<LayerKind>>,
) {
    use KeyCode::*;
    let is_shortcut = keys.any_pressed([ControlLeft, ControlRight, AltLeft, AltRight, SuperLeft, SuperRight]);
    if is_shortcut || on_panels.is_some_and(|on| on.0) {
        return;
    }
    // Both go down and up again within one slow frame.
    let is_shifted = [ShiftLeft, ShiftRight].into_iter().any(|key| keys.pressed(key) || keys.just_pressed(key));
    for (place, (digit, pad)) in DIGITS.into_iter().enumerate() {
        if !keys.any_just_pressed([digit, pad]) {
            continue;
        }
        if !is_shifted {
            let mut next = scenes.clone();
            if next.show_at(place + 1) {
                scenes.set_if_neq(next);
            }
        } else if let Some(layer) = LayerKind::ALL.get(place) {
            switches.toggle(*layer);
            *last = Some(*layer);
        }
    }
    let steps = i32::from(keys.just_pressed(BracketRight)) - i32::from(keys.just_pressed(BracketLeft));
    if steps != 0
        && let Some(layer) = last.or_else(|| uppermost(&switches))
    {
        switches.strengthen(layer, steps);
    }
}

/// The uppermost layer that is on; the signs of warnings are no picture to make stronger or weaker.
fn uppermost(switches: &LayerSwitches) -> Option<LayerKind> {
    LayerKind::ALL.into_iter().rev().find(|layer| *layer != LayerKind::Warnings && switches.is_on(*layer))
}

/// Writes the choices when they have changed.
fn keep(switches: Res<LayerSwitches>, at: Res<Remembered>, mut written: Local<Option<String>>) {
    if !switches.is_changed() {
        return;
    }
    let text = switches.to_toml();
    let Some(before) = written.replace(text.clone()) else { return };
    if before == text {
        return;
    }
    save_choice(&at.0, &text, "the layer switches");
}

/// Writes what was chosen for the next run. A disk that refuses costs the memory, not the wall; `what` is for the log.
pub(super) fn save_choice(at: &Path, text: &str, what: &str) {
    let folder = at.parent().map_or(Ok(()), std::fs::create_dir_all);
    if let Err(error) = folder.and_then(|()| std::fs::write(at, text)) {
        warn!("{}: {what} cannot be kept for the next run: {error}", at.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(file: PathBuf) -> App {
        let mut app = App::new();
        app.init_resource::<ButtonInput<KeyCode>>();
        plugin(&mut app);
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
    fn keys_show_scenes_and_switch_layers_and_the_next_run_remembers() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("deep/layers.toml");
        let mut first = app(file.clone());
        press(&mut first, &[KeyCode::Digit2]);
        assert_eq!(first.world().resource::<Scenes>().current().id, "heat");
        assert!(first.world().resource::<LayerSwitches>().is_on(LayerKind::Heat));
        press(&mut first, &[KeyCode::ShiftLeft, KeyCode::Digit1]);
        press(&mut first, &[KeyCode::BracketLeft]);
        let opacity = first.world().resource::<LayerSwitches>().opacity(LayerKind::Areas);
        assert!((opacity - 0.9).abs() < 1e-6, "{opacity}");
        press(&mut first, &[KeyCode::ControlLeft, KeyCode::Digit3]);
        assert_eq!(first.world().resource::<Scenes>().current().id, "heat");

        let mut second = app(file);
        assert!(second.world().resource::<LayerSwitches>().is_on(LayerKind::Areas), "the overview has them");
        press(&mut second, &[KeyCode::Digit2]);
        assert_eq!(second.world().resource::<LayerSwitches>().opacity(LayerKind::Areas), opacity);
    }
}
