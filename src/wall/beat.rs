//! The heartbeat, taken where pictures leave the program: in the render world, after they were presented. A wall whose
//! main thread goes on while nothing reaches the screen has no heartbeat.
//!
//! [`Heart::start`] passes the beat on from a thread of its own, to the supervisor through stdout and to systemd, so that
//! nobody who does not listen can hold up a frame. Partner: `supervise`, which listens.

use std::io::Write as _;
use std::time::Duration;

use bevy::ecs::entity::EntityHashSet;
use bevy::prelude::*;
use bevy::render::view::ExtractedWindows;
use bevy::render::{Render, RenderApp, RenderSystems};
use bevy::window::WindowOccluded;

use crate::supervise::beat::{Beat, INTERVAL};
use crate::supervise::notify::Notify;
use crate::vitals::Vitals;

/// Counts presented pictures in the render world and hidden windows in the main world.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Vitals>().add_systems(Last, note_hidden);
    let vitals = app.world().resource::<Vitals>().clone();
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render.insert_resource(vitals).init_resource::<Shown>().add_systems(
        Render,
        (note_acquired.in_set(RenderSystems::PrepareBindGroups), note_presented.in_set(RenderSystems::Cleanup)),
    );
}

/// Windows on the way to their next picture.
#[derive(Resource, Default)]
struct Shown {
    /// A picture has been taken for them in this frame.
    acquired: EntityHashSet,
    /// Given a picture since the last beat.
    presented: EntityHashSet,
}

/// Before drawing: which windows have a picture to draw on.
fn note_acquired(windows: Res<ExtractedWindows>, mut shown: ResMut<Shown>) {
    let ready = windows.iter().filter(|(_, window)| window.swap_chain_texture.is_some());
    shown.acquired = ready.map(|(window, _)| *window).collect();
}

/// After presenting: those whose picture is gone were given it. A beat is one picture for every window there is; a wall
/// without windows draws on an image and beats with each.
fn note_presented(windows: Res<ExtractedWindows>, mut shown: ResMut<Shown>, vitals: Res<Vitals>) {
    let Shown { acquired, presented } = &mut *shown;
    let gone = |window: &Entity| windows.get(window).is_some_and(|window| window.swap_chain_texture.is_none());
    presented.extend(acquired.drain().filter(gone));
    presented.retain(|window| windows.contains_key(window));
    if presented.len() == windows.len() {
        presented.clear();
        vitals.note_presented();
    }
}

/// A window that is covered or minimised takes no pictures; that is no fault.
fn note_hidden(
    mut occlusions: MessageReader<WindowOccluded>,
    windows: Query<Entity, With<Window>>,
    vitals: Res<Vitals>,
    mut hidden: Local<EntityHashSet>,
) {
    for message in occlusions.read() {
        if message.occluded {
            hidden.insert(message.window);
        } else {
            hidden.remove(&message.window);
        }
    }
    hidden.retain(|window| windows.contains(*window));
    vitals.set_hidden(!hidden.is_empty() && hidden.len() == windows.iter().len());
}

/// Passes the beat on.
pub struct Heart;

impl Heart {
    /// Starts the thread if anybody listens: the supervisor (`is_supervised`) or systemd (`NOTIFY_SOCKET`).
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn start(vitals: &Vitals, is_supervised: bool) -> std::io::Result<()> {
        let notify = if is_supervised { None } else { Notify::from_environment() };
        if !is_supervised && notify.is_none() {
            return Ok(());
        }
        let vitals = vitals.clone();
        std::thread::Builder::new().name("heartbeat".into()).spawn(move || {
            let mut last = Beat::default();
            let mut is_ready = false;
            loop {
                std::thread::sleep(INTERVAL);
                let now =
                    Beat { presented: vitals.presented(), updates: vitals.updates(), is_hidden: vitals.is_hidden() };
                if !now.is_alive_since(&last) {
                    continue;
                }
                last = now;
                if is_supervised {
                    let mut out = std::io::stdout().lock();
                    // Without a listener there is nobody left to tell; the leash ends the wall.
                    if writeln!(out, "{now}").and_then(|()| out.flush()).is_err() {
                        return;
                    }
                }
                if let Some(notify) = &notify {
                    let words = if is_ready { "WATCHDOG=1" } else { "READY=1\nWATCHDOG=1" };
                    // What is not taken now is said again with the next beat.
                    is_ready |= notify.send(words);
                }
            }
        })?;
        Ok(())
    }
}

/// Ends the wall in good order when the supervisor closes its end of stdin, and when the system asks with SIGTERM.
#[derive(Resource, Clone, Debug, Default)]
pub struct Leash(std::sync::Arc<std::sync::atomic::AtomicBool>);

impl Leash {
    /// Starts to listen. `wake` is called once it is pulled.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn hold(is_supervised: bool, wake: impl Fn() + Send + Sync + Clone + 'static) -> std::io::Result<Self> {
        let leash = Self::default();
        if is_supervised {
            let (pulled, wake) = (leash.clone(), wake.clone());
            std::thread::Builder::new().name("leash".into()).spawn(move || {
                // Nothing is ever said on it; it ends when the supervisor lets go or dies.
                let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
                pulled.pull();
                wake();
            })?;
        }
        let pulled = leash.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            if runtime.block_on(crate::supervise::asked_to_stop()).is_ok() {
                pulled.pull();
                // A second look, should the event loop have been about to sleep.
                for _ in 0..3 {
                    wake();
                    std::thread::sleep(Duration::from_millis(200));
                }
            }
        })?;
        Ok(leash)
    }

    fn pull(&self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    fn is_pulled(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// Closes the wall when its leash is pulled.
pub(super) fn follow_leash(leash: Option<Res<Leash>>, mut exit: MessageWriter<AppExit>) {
    if leash.is_some_and(|leash| leash.is_pulled()) {
        exit.write(AppExit::Success);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The render world without an adapter: windows are entered by hand.
    fn render_world() -> (World, Schedule, Vitals) {
        let (mut world, vitals) = (World::new(), Vitals::default());
        world.insert_resource(vitals.clone());
        world.init_resource::<Shown>();
        world.init_resource::<ExtractedWindows>();
        let mut schedule = Schedule::default();
        schedule.add_systems((note_acquired, note_presented).chain());
        (world, schedule, vitals)
    }

    #[test]
    fn only_the_render_world_beats() {
        let (mut world, mut schedule, vitals) = render_world();
        for _ in 0..3 {
            schedule.run(&mut world);
        }
        assert_eq!(vitals.presented(), 3, "without windows each picture counts");
        // A main world that goes on while nothing is rendered has no heartbeat.
        let mut app = App::new();
        app.add_message::<WindowOccluded>().add_plugins((plugin, super::super::frame_times::plugin));
        for _ in 0..5 {
            app.update();
        }
        let vitals = app.world().resource::<Vitals>().clone();
        assert_eq!((vitals.updates(), vitals.presented()), (5, 0));
    }

    #[test]
    fn windows_that_are_covered_are_told_apart_from_windows_that_hang() {
        let mut app = App::new();
        app.add_message::<WindowOccluded>().add_plugins(plugin);
        let window = app.world_mut().spawn(Window::default()).id();
        let vitals = app.world().resource::<Vitals>().clone();
        let cover = |app: &mut App, occluded| {
            app.world_mut().write_message(WindowOccluded { window, occluded });
            app.update();
            vitals.is_hidden()
        };
        assert!(cover(&mut app, true));
        app.world_mut().spawn(Window::default());
        app.update();
        assert!(!vitals.is_hidden(), "the other one can be seen");
        assert!(!cover(&mut app, false));
    }
}
