//! Several windows, one wall: the host opens a window for each display of the configuration, on its monitor, and leads
//! the displays through their frames. A monitor that is missing is waited for; one that goes away takes its window with
//! it and gets a new one when it is back. The program goes on all the while.
//!
//! The host itself draws nothing. What a display is: `display.rs`; which monitor it gets: `monitors.rs`; what they have in
//! common: `share.rs`; what hands do: `input.rs`; when the wall lives: `chorus.rs`; monitors under X11: `x11`.

mod chorus;
mod display;
mod edid;
mod input;
mod monitors;
mod share;
#[cfg(target_os = "linux")]
mod x11;

use std::time::{Duration, Instant};

use bevy::a11y::AccessibilityPlugin;
use bevy::app::{AppExit, PanicHandlerPlugin, TaskPoolPlugin, TerminalCtrlCHandlerPlugin};
use bevy::diagnostic::FrameCountPlugin;
use bevy::ecs::message::MessageCursor;
use bevy::ecs::schedule::SingleThreadedExecutor;
use bevy::input::InputPlugin;
use bevy::prelude::*;
use bevy::time::TimePlugin;
use bevy::window::{
    CursorIcon, ExitCondition, Monitor, MonitorSelection, PresentMode, RawHandleWrapper, RequestRedraw, WindowEvent,
    WindowMode, WindowResolution,
};
use bevy::winit::{UpdateMode, WinitPlugin, WinitSettings};

use super::window::{self, WATCH};
use super::{Intake, beat, frame_times};
use crate::city::Now;
use crate::config::{Config, DisplayPlace, MonitorWanted};
use crate::launch::Waker;
use crate::platform::Link;
use crate::selection::Target;
use crate::vitals::Vitals;
use chorus::Chorus;
use display::Display;
use monitors::{MonitorFacts, assign};
use share::Shared;

/// A frame of a wall that moves. Windows that wait for no monitor's beat would draw without end.
const FRAME: Duration = Duration::from_millis(16);

/// A window that lies beside its monitor is moved back this often at most, with this pause.
const MOVES: u8 = 5;
/// See [`MOVES`].
const MOVE_PAUSE: Duration = Duration::from_millis(500);

/// Builds a wall of several windows. Panics, as Bevy does, where no window system or adapter is to be had.
pub fn app(config: &Config, link: Link, waker: &Waker, supervised: Option<u32>) -> App {
    let mut app = App::new();
    if let Some(log) = &config.log {
        app.insert_resource(super::LogTo(log.clone()));
    }
    app.add_plugins((
        PanicHandlerPlugin,
        super::log_plugin(),
        TaskPoolPlugin::default(),
        FrameCountPlugin,
        TimePlugin,
        InputPlugin,
        // Windows come with their monitors, and a person who closes one closes the wall.
        WindowPlugin {
            primary_window: None,
            exit_condition: ExitCondition::DontExit,
            close_when_requested: false,
            ..default()
        },
        AccessibilityPlugin,
        TerminalCtrlCHandlerPlugin,
        WinitPlugin::default(),
    ));
    let wake = window::keep_awake(&mut app, waker, supervised);
    super::monitor_loss::outlive_monitors(&mut app);
    #[cfg(target_os = "linux")]
    if let Some(wake) = &wake {
        x11::listen(&mut app, wake.clone());
    }
    let vitals = Vitals::default();
    app.insert_resource(vitals.clone()).add_plugins(frame_times::plugin);
    vitals.set_start(config.safe, supervised.unwrap_or(0));

    let mut displays: Vec<Display> = Vec::with_capacity(config.displays.len());
    let mut gpu = None;
    for wanted in &config.displays {
        let (mut display, device) = Display::new(config, wanted, Intake::of(&link), gpu.take());
        gpu = Some(device);
        display.vitals().set_start(config.safe, supervised.unwrap_or(0));
        if let (Some(folder), Some(wake)) = (config.scenes_dir.clone(), &wake) {
            display.watch_scenes(folder, wake.clone());
        }
        if let Some(wake) = &wake {
            display.wake_with(wake.clone());
        }
        displays.push(display);
    }
    window::report(&mut app, config, &vitals, &link, supervised);
    for (_, schedule) in app.world_mut().resource_mut::<Schedules>().iter_mut() {
        schedule.set_executor(SingleThreadedExecutor::new());
    }
    app.insert_resource(settings(true))
        .init_resource::<Now>()
        .insert_non_send(Host { displays, ..default() })
        // Dropped after the displays, which stops the platform thread.
        .insert_non_send(link)
        .add_systems(Update, (place_windows, move_back, hear_windows, lead).chain())
        .add_systems(Last, (super::ticker::set_next, beat::follow_leash, close).chain());
    app
}

/// The displays, and what goes on between them.
#[derive(Default)]
struct Host {
    displays: Vec<Display>,
    shared: Shared,
    chorus: Chorus,
    events: MessageCursor<WindowEvent>,
    /// The display whose window had the pointer last, for gestures, which tell of no window.
    pointed: Option<usize>,
    /// The monitors at the last look.
    monitors: Vec<(Entity, MonitorFacts)>,
    /// There was none at the last look.
    is_blank: bool,
    has_looked: bool,
}

fn settings(is_moving: bool) -> WinitSettings {
    let mode = UpdateMode::Reactive {
        wait: if is_moving { FRAME } else { WATCH },
        react_to_device_events: false,
        react_to_user_events: true,
        react_to_window_events: true,
    };
    WinitSettings { focused_mode: mode, unfocused_mode: mode }
}

/// Opens and closes windows as monitors come and go.
fn place_windows(world: &mut World) {
    let mut found: Vec<(Entity, MonitorFacts)> =
        world.query::<(Entity, &Monitor)>().iter(world).map(|(entity, monitor)| (entity, facts(monitor))).collect();
    found.sort_by_key(|(entity, _)| *entity);
    let Some(mut host) = world.remove_non_send::<Host>() else { return };
    // None at all may be a moment between two lists of them.
    let is_blank = found.is_empty() && !host.monitors.is_empty();
    if is_blank && !std::mem::replace(&mut host.is_blank, true) {
        world.insert_non_send(host);
        return;
    }
    host.is_blank = is_blank;
    for display in &mut host.displays {
        if display.window.is_some_and(|window| world.get_entity(window).is_err()) {
            let name = &display.config.name;
            info!("display {name}: its window is gone");
            display.window = None;
            display.attach(None);
        }
    }
    let is_news =
        !host.has_looked || host.monitors.iter().map(|(entity, _)| entity).ne(found.iter().map(|(entity, _)| entity));
    if is_news {
        let wanted: Vec<Option<&MonitorWanted>> =
            host.displays.iter().map(|display| wanted(&display.config.place)).collect();
        let held: Vec<Option<usize>> = host
            .displays
            .iter()
            .map(|display| {
                let window = display.window?;
                let on = world.get::<PlacedOn>(window)?;
                let is_same = |(entity, facts): &(Entity, MonitorFacts)| *entity == on.monitor || *facts == on.facts;
                let held = found.iter().position(is_same)?;
                let size = world.get::<Window>(window)?.physical_size();
                // Shrunk by whoever thought that it had no monitor: a new one is as large as it should be.
                let is_whole = on.facts.size == (size.x, size.y) || !is_told_where(world.get(window)?);
                is_whole.then_some(held)
            })
            .collect();
        let all: Vec<MonitorFacts> = found.iter().map(|(_, facts)| facts.clone()).collect();
        let given = assign(&wanted, &held, &all);
        for (nth, display) in host.displays.iter_mut().enumerate() {
            let monitor = given[nth].map(|place| &found[place]);
            place(display, monitor, held[nth].is_some(), &all, world);
        }
        host.monitors = found;
        host.has_looked = true;
    }
    world.insert_non_send(host);
}

/// The monitor a window was opened on, and how that was.
#[derive(Component)]
struct PlacedOn {
    monitor: Entity,
    facts: MonitorFacts,
    /// When it was placed or last moved back, and how often that was since it was placed.
    moved_back: (Instant, u8),
}

impl PlacedOn {
    fn now(monitor: Entity, facts: MonitorFacts) -> Self {
        Self { monitor, facts, moved_back: (Instant::now(), 0) }
    }
}

/// Under X11 a new window may lie elsewhere and nobody tell: it is moved to its monitor once without a reason.
#[derive(Resource)]
struct MovesAtFirst;

/// True if a window is known to lie elsewhere: while monitors come and go, window managers move windows, and some put a
/// new one where they think the only monitor is. Wayland tells nobody where a window is.
fn is_astray(window: &Window, on: &PlacedOn) -> bool {
    matches!(window.position, WindowPosition::At(at) if <(i32, i32)>::from(at) != on.facts.position)
}

/// True where the window system tells where windows are; it then tells their size as that of the monitor, too.
fn is_told_where(window: &Window) -> bool {
    matches!(window.position, WindowPosition::At(_))
}

/// Moves a window back to its monitor: now and then, and not for ever, so as not to fight with whoever moves it.
fn move_back(mut windows: Query<(&mut Window, &mut PlacedOn)>, at_first: Option<Res<MovesAtFirst>>) {
    for (mut window, mut on) in &mut windows {
        let (last, times) = on.moved_back;
        let is_due = times < MOVES && last.elapsed() >= MOVE_PAUSE;
        let is_unsaid = at_first.is_some() && times == 0 && !is_told_where(&window);
        if is_due && (is_unsaid || is_astray(&window, &on)) {
            debug!("a window at {:?} goes back to {}", window.position, on.facts);
            on.moved_back = (Instant::now(), times + 1);
            window.position = WindowPosition::At(on.facts.position.into());
        }
    }
}

fn wanted(place: &DisplayPlace) -> Option<&MonitorWanted> {
    match place {
        DisplayPlace::Monitor(wanted) => Some(wanted),
        DisplayPlace::Window { .. } => None,
    }
}

fn facts(monitor: &Monitor) -> MonitorFacts {
    let connector = monitor.name.clone().unwrap_or_default();
    MonitorFacts {
        name: edid::name_of(&connector),
        connector,
        position: monitor.physical_position.into(),
        size: (monitor.physical_width, monitor.physical_height),
    }
}

/// Opens the window of one display, or closes it where its monitor is gone. One that `is_held` by its monitor stays.
fn place(
    display: &mut Display,
    monitor: Option<&(Entity, MonitorFacts)>,
    is_held: bool,
    all: &[MonitorFacts],
    world: &mut World,
) {
    let name = display.config.name.clone();
    let mut window = Window {
        title: format!("gridwall {name}"),
        name: Some(format!("gridwall-{name}")),
        // No window waits for its monitor: one that sleeps would hold up all others.
        present_mode: PresentMode::Mailbox,
        ..default()
    };
    let on: Option<PlacedOn> = match (&display.config.place, monitor) {
        (DisplayPlace::Window { .. }, _) if display.window.is_some() => return,
        (DisplayPlace::Window { size: (width, height), at }, _) => {
            window.resolution = WindowResolution::new(*width, *height);
            window.position = at.map_or(WindowPosition::Automatic, |(x, y)| WindowPosition::At(IVec2::new(x, y)));
            info!("display {name}: a window of {width}x{height}");
            None
        }
        (DisplayPlace::Monitor(_), Some((entity, facts))) => {
            let placed = display.window.and_then(|window| world.get_mut::<PlacedOn>(window));
            if let Some(mut placed) = placed.filter(|on| is_held && (on.monitor == *entity || on.facts == *facts)) {
                *placed = PlacedOn::now(*entity, facts.clone());
                return;
            }
            let size = facts.size;
            window.resolution = WindowResolution::new(size.0, size.1);
            window.mode = WindowMode::BorderlessFullscreen(MonitorSelection::Entity(*entity));
            info!("display {name}: on {facts}");
            if display.config.viewing.and_then(|viewing| viewing.pixels).is_some_and(|pixels| pixels != size) {
                warn!(
                    "display {name}: `pixels` in the configuration says otherwise; its text sizes were checked for that"
                );
            }
            Some(PlacedOn::now(*entity, facts.clone()))
        }
        (DisplayPlace::Monitor(wanted), None) => {
            let there: Vec<String> = all.iter().map(MonitorFacts::to_string).collect();
            let there = if there.is_empty() { "none".to_owned() } else { there.join("; ") };
            if !std::mem::replace(&mut display.is_waiting, true) {
                warn!("display {name}: waits for its monitor ({wanted}); there are: {there}");
            }
            if let Some(window) = display.window.take() {
                display.attach(None);
                world.despawn(window);
            }
            return;
        }
    };
    if let Some(old) = display.window.take() {
        display.attach(None);
        world.despawn(old);
    }
    let spawned = world.spawn(window).id();
    if let Some(on) = on {
        world.entity_mut(spawned).insert(on);
    }
    (display.window, display.is_waiting) = (Some(spawned), false);
}

/// Hands windows to their displays, with what happened at them.
fn hear_windows(world: &mut World) {
    let Some(mut host) = world.remove_non_send::<Host>() else { return };
    let Host { displays, events, pointed, shared, .. } = &mut host;
    for display in displays.iter_mut() {
        let Some(window) = display.window else { continue };
        let Ok(entity) = world.get_entity(window) else { continue };
        let (Some(about), Some(handle)) = (entity.get_ref::<Window>(), entity.get::<RawHandleWrapper>()) else {
            continue;
        };
        display.attach(Some((&about, handle)));
        if about.is_changed() {
            display.follow(&about);
        }
    }
    let is_drilled = shared.selection().is_some_and(|selection| selection.target != Target::District);
    let mut is_touched = false;
    let mut is_closed = false;
    if let Some(messages) = world.get_resource::<Messages<WindowEvent>>() {
        for event in events.read(messages) {
            is_closed |= matches!(event, WindowEvent::WindowCloseRequested(_));
            is_touched |= input::is_hand(event);
            let at = input::window_of(event);
            let named = at.and_then(|at| displays.iter().position(|display| display.window == Some(at)));
            if matches!(event, WindowEvent::CursorMoved(_) | WindowEvent::CursorEntered(_)) {
                *pointed = named.or(*pointed);
            }
            let to = if at.is_some() { named } else { *pointed };
            if let Some(display) = to.and_then(|to| displays.get_mut(to)) {
                display.tell(event);
            }
        }
    }
    // What is selected is selected everywhere: no display may turn away from under the hand that selected it.
    if is_touched && is_drilled {
        let now = Instant::now();
        displays.iter_mut().for_each(|display| display.touch(now));
    }
    if is_closed {
        world.write_message(AppExit::Success);
    }
    world.insert_non_send(host);
}

/// One frame of every display that has a reason for one.
fn lead(world: &mut World) {
    let Some(mut host) = world.remove_non_send::<Host>() else { return };
    let Host { displays, shared, chorus, .. } = &mut host;
    if let Some(link) = world.get_non_send::<Link>() {
        pass_on(link, displays);
    }
    let now = Instant::now();
    let mut exit = None;
    for display in displays.iter_mut() {
        exit = exit.or(display.update(now));
    }
    let is_news = {
        let mut worlds: Vec<&mut World> = displays.iter_mut().map(Display::world).collect();
        shared.settle(&mut worlds)
    };
    if is_news {
        displays.iter_mut().for_each(Display::wake);
    }
    for display in displays.iter() {
        point(display, world);
    }
    let is_moving = is_news || displays.iter().any(|display| display.is_moving() || display.is_soon());
    let voices: Vec<_> = displays.iter().map(Display::voice).collect();
    let is_beat = chorus.beats(&voices);
    if let Some(vitals) = world.get_resource::<Vitals>() {
        vitals.set_hidden(voices.iter().all(|voice| !voice.is_seen));
        if is_beat {
            vitals.note_presented();
        }
    }
    if let Some(clock) = displays.first().and_then(Display::now) {
        world.insert_resource(clock);
    }
    if let Some(exit) = exit {
        world.write_message(exit);
    }
    let mode = settings(is_moving);
    if world.get_resource::<WinitSettings>().is_some_and(|settings| settings.focused_mode != mode.focused_mode) {
        debug!("draws {}", if is_moving { "continuously" } else { "when something happens" });
        world.insert_resource(mode);
    }
    if is_news {
        world.write_message(RequestRedraw);
    }
    world.insert_non_send(host);
}

/// Gives each display what came from the platform, as long as all have room for it.
fn pass_on(link: &Link, displays: &mut [Display]) {
    while displays.iter().all(Display::has_room) {
        let Ok(delivery) = link.deliveries.try_recv() else { return };
        let Some((last, others)) = displays.split_last_mut() else { return };
        others.iter_mut().for_each(|display| display.deliver(delivery.clone()));
        last.deliver(delivery);
    }
}

/// Shows the pointer that a display wants over its window.
fn point(display: &Display, world: &mut World) {
    let Some(mut window) = display.window.and_then(|window| world.get_entity_mut(window).ok()) else { return };
    let wanted = display.cursor();
    if window.get::<CursorIcon>() != wanted {
        match wanted {
            Some(icon) => drop(window.insert(icon.clone())),
            None => drop(window.remove::<CursorIcon>()),
        }
    }
}

/// Lets go of the windows while there is still a window system to give them back to.
fn close(mut exits: MessageReader<AppExit>, host: Option<NonSendMut<Host>>) {
    if exits.read().count() > 0
        && let Some(mut host) = host
    {
        host.displays.clear();
    }
}
