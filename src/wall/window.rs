//! The wall in a window: its plugins, its keys and when it draws.
//!
//! It draws when data or input arrives, once a second for the clock (`ticker.rs`), and continuously only while something
//! moves.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::settings::WgpuSettings;
use bevy::window::{MonitorSelection, PrimaryWindow, RequestRedraw, WindowMode, WindowResolution};
use bevy::winit::{EventLoopProxyWrapper, UpdateMode, WinitSettings, WinitUserEvent};

use crate::city::{Deliveries, Wake};
use crate::config::Config;
use crate::launch::Waker;
use crate::layers::frame::LayerFrame;
use crate::map::MapMotion;
use crate::metrics;
use crate::panels::PanelsWish;
use crate::platform::Link;
use crate::scene::Scenes;
use crate::vitals::Vitals;

use super::Intake;
use super::beat::{Heart, Leash, follow_leash};
use super::ticker::Ticker;

/// How long Bevy waits when nothing happens at all: the ticker wakes it each second, so this only covers its loss.
pub(super) const WATCH: Duration = Duration::from_secs(5);

/// Builds the wall in a window. Panics, as Bevy does, where no window or adapter is to be had.
pub fn app(config: &Config, link: Link, waker: &Waker, supervised: Option<u32>) -> App {
    let mode = if config.full_screen {
        WindowMode::BorderlessFullscreen(MonitorSelection::Primary)
    } else {
        WindowMode::Windowed
    };
    let window = Window {
        title: "gridwall".into(),
        name: Some("gridwall".into()),
        resolution: WindowResolution::new(config.window.0, config.window.1),
        mode,
        ..default()
    };
    let mut app = App::new();
    if let Some(log) = &config.log {
        app.insert_resource(super::LogTo(log.clone()));
    }
    let mut engine = super::engine().set(WindowPlugin { primary_window: Some(window), ..default() });
    if config.safe && crate::graphics::adapters().iter().any(|adapter| adapter.is_software) {
        let settings = WgpuSettings { force_fallback_adapter: true, ..crate::graphics::settings() };
        engine = engine.set(RenderPlugin { render_creation: settings.into(), ..crate::graphics::renderer() });
    }
    app.add_plugins(engine);
    super::monitor_loss::outlive_monitors(&mut app);
    let wake = keep_awake(&mut app, waker, supervised);
    if let Some(wake) = wake.clone() {
        app.insert_resource(Wake::new(wake));
    }
    if let (Some(folder), Some(wake)) = (config.scenes_dir.clone().filter(|_| !config.safe), wake) {
        super::scene_files::watch(&mut app, folder, wake);
    }
    super::furnish(&mut app, config, Intake::of(&link));
    super::loading::by_hand(&mut app);
    let vitals = app.world().resource::<Vitals>().clone();
    vitals.set_start(config.safe, supervised.unwrap_or(0));
    report(&mut app, config, &vitals, &link, supervised);
    // Dropped with the world, which stops the platform thread.
    app.insert_non_send(link);
    if config.safe {
        warn!("safe mode: one scene, nothing is kept, nothing moves");
        app.insert_resource(Scenes::only("overview"));
    } else {
        super::scenes::by_hand(&mut app, config.cache_dir.join("layers.toml"));
        super::rotation::by_hand(&mut app, config.rotation.clone());
        super::heat_keys::by_hand(&mut app, config.cache_dir.join("heat.toml"));
        super::mode::by_hand(&mut app);
    }
    if config.burn_in {
        super::drift::by_time(&mut app);
    }
    app.insert_resource(winit_settings(false))
        .add_systems(Update, toggle_full_screen)
        .add_systems(Last, (pace, calm, super::ticker::set_next, follow_leash));
    app
}

/// Lets the platform thread, the clock, the supervisor and the system's signals wake the event loop. Returns how to wake
/// it; `None` without one.
pub(super) fn keep_awake(
    app: &mut App,
    waker: &Waker,
    supervised: Option<u32>,
) -> Option<impl Fn() + Send + Sync + Clone + 'static> {
    let proxy = (**app.world().get_resource::<EventLoopProxyWrapper>()?).clone();
    let ticks = proxy.clone();
    let wake = move || {
        // The event loop is gone when the wall is closing: nobody is left to wake.
        let _ = proxy.send_event(WinitUserEvent::WakeUp);
    };
    hold_leash(app, wake.clone(), supervised.is_some());
    let _ = waker.set(Box::new(wake.clone()));
    let tick = move || {
        let _ = ticks.send_event(WinitUserEvent::WakeUp);
    };
    match Ticker::start(tick) {
        Ok(ticker) => drop(app.insert_resource(ticker)),
        Err(error) => error!("no thread for the clock ({error}): the wall draws every {WATCH:?} only"),
    }
    Some(wake)
}

/// Tells metrics and heartbeat to whoever asks for them.
pub(super) fn report(app: &mut App, config: &Config, vitals: &Vitals, link: &Link, supervised: Option<u32>) {
    if let Some(address) = config.metrics {
        let sources = metrics::Sources { health: link.health.clone(), vitals: vitals.clone() };
        match metrics::Endpoint::start(address, sources) {
            Ok(endpoint) => drop(app.insert_resource(MetricsEndpoint { _endpoint: endpoint })),
            Err(error) => error!("{error}: the wall goes on without them"),
        }
    }
    if let Err(error) = Heart::start(vitals, supervised.is_some()) {
        error!("no thread for the heartbeat ({error}): whoever watches will take this wall for dead");
    }
}

/// Ends with the wall.
#[derive(Resource)]
struct MetricsEndpoint {
    _endpoint: metrics::Endpoint,
}

fn hold_leash(app: &mut App, wake: impl Fn() + Send + Sync + Clone + 'static, is_supervised: bool) {
    match Leash::hold(is_supervised, wake) {
        Ok(leash) => drop(app.insert_resource(leash)),
        Err(error) => error!("nobody can ask this wall to close ({error}); it can only be ended"),
    }
}

/// Runs the wall until its window is closed.
pub fn run(mut app: App) -> ExitCode {
    match app.run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    }
}

fn winit_settings(is_moving: bool) -> WinitSettings {
    let mode = if is_moving {
        UpdateMode::Continuous
    } else {
        UpdateMode::Reactive {
            wait: WATCH,
            react_to_device_events: false,
            react_to_user_events: true,
            react_to_window_events: true,
        }
    };
    WinitSettings { focused_mode: mode, unfocused_mode: mode }
}

/// Draws continuously while the map or a ticket on it moves, or deliveries wait to be taken; reactively otherwise. What other threads work on calls for its own frame (`Wake`): drawing meanwhile would only hold it up.
fn pace(
    mut settings: ResMut<WinitSettings>,
    motion: Option<Res<MapMotion>>,
    deliveries: Option<Res<Deliveries>>,
    layers: Option<Res<LayerFrame>>,
    flow: Option<Res<crate::layers::flow::FlowMotion>>,
) {
    let is_moving = motion.is_some_and(|motion| motion.is_moving())
        || deliveries.is_some_and(|deliveries| deliveries.is_due())
        || layers.is_some_and(|layers| layers.uniform.blend < 1.0)
        || flow.is_some_and(|flow| flow.is_moving);
    let wanted = winit_settings(is_moving);
    if settings.focused_mode != wanted.focused_mode {
        debug!("draws {}", if is_moving { "continuously" } else { "when something happens" });
        *settings = wanted;
    }
}

/// bevy_egui asks for a redraw at once whenever egui wants one at any later time (a blinking cursor, a delayed repaint),
/// which would draw a still wall without end. Only what egui wants at once goes through; the rest comes with the next
/// tick of the clock.
fn calm(mut redraws: ResMut<Messages<RequestRedraw>>, wish: Res<PanelsWish>) {
    match (wish.is_due(Instant::now()), redraws.is_empty()) {
        (true, true) => _ = redraws.write(RequestRedraw),
        (false, false) => redraws.clear(),
        (true, false) | (false, true) => {}
    }
}

/// F11 switches between window and full-screen wall, on the monitor the window is on.
fn toggle_full_screen(keys: Res<ButtonInput<KeyCode>>, mut windows: Query<&mut Window, With<PrimaryWindow>>) {
    if !keys.just_pressed(KeyCode::F11) {
        return;
    }
    for mut window in &mut windows {
        window.mode = match window.mode {
            WindowMode::Windowed => WindowMode::BorderlessFullscreen(MonitorSelection::Current),
            _ => WindowMode::Windowed,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_fills_the_screen_and_gives_it_back() {
        let mut app = App::new();
        app.init_resource::<ButtonInput<KeyCode>>().add_systems(Update, toggle_full_screen);
        let window = app.world_mut().spawn((Window::default(), PrimaryWindow)).id();
        let mut press = |key| {
            let mut keys = app.world_mut().resource_mut::<ButtonInput<KeyCode>>();
            keys.reset_all();
            keys.press(key);
            app.update();
            app.world().get::<Window>(window).map(|window| window.mode)
        };
        assert_eq!(press(KeyCode::F10), Some(WindowMode::Windowed));
        assert_eq!(press(KeyCode::F11), Some(WindowMode::BorderlessFullscreen(MonitorSelection::Current)));
        assert_eq!(press(KeyCode::F11), Some(WindowMode::Windowed));
    }
}
