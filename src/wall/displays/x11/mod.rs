//! Monitors that come and go under X11. winit 0.30 asks the server to tell it, but what the server tells reaches it through
//! a library that knows no such news and drops it: its list of monitors stays as it was at the start. So a display would
//! wait for ever for a monitor that is long back, and a window that a window manager moved off a lost monitor would stay
//! on another display's.
//!
//! A connection of our own (`session.rs`) hears the news. When it is quiet again it touches a window of
//! winit's, never shown, whereupon winit asks for its monitors anew; then the host forgets the monitors that Bevy keeps,
//! which are the same to Bevy as long as the same part of the card drives them, wherever and however large they are.

mod session;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use bevy::prelude::*;
use bevy::window::{Monitor, RawHandleWrapper, WindowResolution};
use bevy::winit::WinitMonitors;
use winit::raw_window_handle::RawWindowHandle;

use session::{Deaf, Session};

/// Changes come in volleys; this long after the last one all is settled.
const QUIET: Duration = Duration::from_millis(300);
/// winit has asked anew by then.
const ASKED: Duration = Duration::from_millis(150);

/// What the listening thread and the host tell each other.
#[derive(Resource, Clone, Debug, Default)]
pub struct Ear(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// The X window to be touched; 0 before there is one.
    window: AtomicU32,
    /// Monitors have changed, and winit knows it.
    is_news: AtomicBool,
}

/// The window that is touched.
#[derive(Component)]
struct Touched;

/// Starts to listen, where winit speaks X11. `wake` wakes the event loop.
pub fn listen(app: &mut App, wake: impl Fn() + Send + 'static) {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") || is_set("WAYLAND_SOCKET") {
        return;
    }
    let ear = Ear::default();
    let own = ear.clone();
    let run = move || {
        if let Err(error) = hear(&own, wake) {
            warn!("{error}; monitors that come or go from now on are not noticed");
        }
    };
    match std::thread::Builder::new().name("monitors".into()).spawn(run) {
        Ok(_) => {
            app.insert_resource(super::MovesAtFirst)
                .insert_resource(ear)
                .add_systems(First, hold_window)
                .add_systems(Last, renew);
        }
        Err(error) => warn!("no thread to listen for monitors: {error}"),
    }
}

/// Listens until the server is gone, which ends the program in another way.
fn hear(ear: &Ear, wake: impl Fn()) -> Result<(), Deaf> {
    let session = Session::open()?;
    loop {
        session.wait(QUIET)?;
        let window = ear.0.window.load(Ordering::Acquire);
        debug!("monitors have changed");
        if window != 0 {
            session.touch(window)?;
            std::thread::sleep(ASKED);
        }
        ear.0.is_news.store(true, Ordering::Release);
        wake();
    }
}

/// Keeps a window that is never shown.
fn hold_window(mut commands: Commands, ear: Res<Ear>, held: Query<Option<&RawHandleWrapper>, With<Touched>>) {
    let Ok(handle) = held.single() else {
        ear.0.window.store(0, Ordering::Release);
        let window = Window {
            title: "gridwall monitors".into(),
            visible: false,
            skip_taskbar: true,
            resolution: WindowResolution::new(1, 1),
            ..default()
        };
        commands.spawn((window, Touched));
        return;
    };
    if let Some(RawWindowHandle::Xlib(handle)) = handle.map(RawHandleWrapper::get_window_handle) {
        ear.0.window.store(u32::try_from(handle.window).unwrap_or(0), Ordering::Release);
    }
}

/// Forgets the monitors after news: before the next frame Bevy takes those that winit knows now.
fn renew(mut commands: Commands, ear: Res<Ear>, mut known: ResMut<WinitMonitors>, held: Query<Entity, With<Monitor>>) {
    if ear.0.is_news.swap(false, Ordering::AcqRel) {
        *known = WinitMonitors::default();
        held.iter().for_each(|monitor| commands.entity(monitor).despawn());
    }
}
