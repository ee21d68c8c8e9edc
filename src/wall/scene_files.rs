//! A site's folder of scene files, watched while the wall runs: a thread looks every two seconds, so that a slow disk
//! costs no frame. What is refused goes to the log and, as a count, to the truth strip.

use std::path::PathBuf;
use std::time::Duration;

use bevy::prelude::*;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::WallSystems;
use crate::scene::{Reading, RefusedScenes, SceneFolder, Scenes};

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Readings from the thread, which ends when this is dropped.
#[derive(Resource)]
struct Watch {
    readings: Receiver<Reading>,
    _end: Sender<()>,
}

/// Reads the folder now, and again whenever it changes; `wake` is called when it has. Scenes that were refused at the
/// start do not keep the wall from opening.
pub(super) fn watch(app: &mut App, folder: PathBuf, wake: impl Fn() + Send + 'static) {
    let name = folder.display().to_string();
    let mut folder = SceneFolder::new(folder);
    match folder.look() {
        Ok(Some(reading)) => take(reading, app.world_mut()),
        Ok(None) => {}
        Err(error) => warn!("{name}: the scene files cannot be listed: {error}"),
    }
    let (sender, readings) = bounded(4);
    let (end, ended) = bounded::<()>(0);
    let thread = std::thread::Builder::new().name("scene files".into()).spawn(move || {
        let mut is_told = false;
        while ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            match folder.look() {
                Ok(Some(reading)) => {
                    is_told = false;
                    if sender.send(reading).is_err() {
                        return;
                    }
                    wake();
                }
                Ok(None) => is_told = false,
                Err(error) if !is_told => {
                    is_told = true;
                    warn!("the scene files cannot be listed, the last ones stay: {error}");
                }
                Err(_) => {}
            }
        }
    });
    match thread {
        Ok(_) => _ = app.insert_resource(Watch { readings, _end: end }),
        Err(error) => error!("{name}: no thread to watch the scene files ({error}); changes need a restart"),
    }
    app.add_systems(Update, follow_files.before(WallSystems::Receive));
}

fn follow_files(world: &mut World) {
    let Some(watch) = world.get_resource::<Watch>() else { return };
    // Only the last one counts.
    if let Some(reading) = watch.readings.try_iter().last() {
        take(reading, world);
    }
}

fn take(reading: Reading, world: &mut World) {
    for refused in &reading.refused {
        warn!("{refused}; the last good scene of this name stays");
    }
    let mut scenes = world.get_resource_or_insert_with(Scenes::default);
    let mut next = scenes.clone();
    next.replace(reading.scenes);
    scenes.set_if_neq(next);
    world.get_resource_or_insert_with(RefusedScenes::default).set_if_neq(RefusedScenes(reading.refused));
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_file_that_is_written_while_the_wall_runs_is_a_scene_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut app = App::new();
        let (woken, wakes) = bounded(8);
        watch(&mut app, folder.path().to_owned(), move || _ = woken.try_send(()));
        app.update();
        assert!(!app.world().resource::<Scenes>().ids().any(|id| id == "flood"));
        let text = "title = { zh = \"防汛\", en = \"Flood\" }\n[layers]\nareas = 1\n[panels]\n";
        std::fs::write(folder.path().join("flood.toml"), text).expect("written");
        wakes.recv_timeout(Duration::from_secs(60)).expect("the wall is woken");
        app.update();
        assert!(app.world_mut().resource_mut::<Scenes>().show("flood"));

        std::fs::write(folder.path().join("flood.toml"), "title = 3\n").expect("written");
        wakes.recv_timeout(Duration::from_secs(60)).expect("the wall is woken");
        app.update();
        assert_eq!(app.world().resource::<Scenes>().current().id, "flood", "the last good one stays");
        let refused = &app.world().resource::<RefusedScenes>().0;
        assert!(refused.len() == 1 && refused[0].contains("flood.toml:1:"), "{refused:?}");
        // The thread ends with the wall.
        let started = Instant::now();
        drop(app);
        assert_eq!(wakes.recv_timeout(Duration::from_secs(60)), Err(RecvTimeoutError::Disconnected));
        assert!(started.elapsed() < Duration::from_secs(50));
    }
}
