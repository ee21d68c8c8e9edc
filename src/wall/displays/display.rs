//! One display: a wall of its own (scene, map, panels, cameras), in a world of its own, that draws on a window of the
//! host's. It never opens or closes a window; it is given one and loses it again.
//!
//! A world for each display keeps what a person sees on one (scene, view of the map, what lies under the pointer, what
//! has faded in) from what is seen on another, without one line in map, layers or panels about it. What is common goes
//! through `share.rs`; data come to each by a channel of its own. All draw with one graphics device.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bevy::app::{AppExit, PanicHandlerPlugin, TerminalCtrlCHandlerPlugin};
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderApp;
use bevy::render::renderer::{RenderAdapter, RenderAdapterInfo, RenderDevice, RenderInstance, RenderQueue};
use bevy::render::settings::{RenderCreation, RenderResources};
use bevy::window::{CursorIcon, ExitCondition, PrimaryWindow, RawHandleWrapper, RequestRedraw, WindowEvent};
use bevy::winit::WinitPlugin;
use crossbeam_channel::{Sender, bounded};

use super::chorus::Voice;
use super::input;
use crate::city::{Deliveries, Now, Wake};
use crate::config::{Config, DisplayConfig};
use crate::layers::LayersPending;
use crate::layers::flow::FlowMotion;
use crate::map::MapMotion;
use crate::panels::{PanelsDue, PanelsWish};
use crate::platform::Delivery;
use crate::scene::{Rotation, Scenes};
use crate::vitals::Vitals;
use crate::wall::Intake;

/// Deliveries that wait for one display at most; then the platform thread waits, too.
const QUEUE: usize = 64;

/// One display.
pub struct Display {
    /// As the configuration says.
    pub config: DisplayConfig,
    /// The window of the host's it draws on now.
    pub window: Option<Entity>,
    /// It has been said that it waits for its monitor.
    pub is_waiting: bool,
    app: App,
    /// The scene it begins with.
    scene: Option<String>,
    /// Stands for the window in its own world, with or without one.
    own: Entity,
    deliveries: Sender<Delivery>,
    vitals: Vitals,
    /// Something happened that it has not drawn yet.
    is_due: bool,
    is_attached: bool,
    drawn: Option<Instant>,
}

impl Display {
    /// Builds it, without a window. `gpu` is the device of another display, to be shared; the first makes one. Panics, as
    /// Bevy does, where no adapter is to be had.
    pub fn new(
        config: &Config,
        display: &DisplayConfig,
        intake: Intake,
        gpu: Option<RenderResources>,
    ) -> (Self, RenderResources) {
        let config = config.for_display(display);
        let (deliveries, channel) = bounded(QUEUE);
        let mut render = crate::graphics::renderer();
        if let Some(gpu) = gpu {
            render.render_creation = RenderCreation::Manual(gpu);
        }
        let mut app = App::new();
        app.add_plugins(
            crate::wall::engine()
                .set(WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() })
                .set(render)
                // The host has them, for all.
                .disable::<LogPlugin>()
                .disable::<PanicHandlerPlugin>()
                .disable::<TerminalCtrlCHandlerPlugin>()
                .disable::<WinitPlugin>(),
        );
        let own = app.world_mut().spawn((Window::default(), PrimaryWindow)).id();
        crate::wall::furnish(&mut app, &config, Intake { deliveries: channel, ..intake });
        crate::wall::scenes::by_hand(&mut app, config.cache_dir.join(format!("layers-{}.toml", display.name)));
        crate::wall::rotation::by_hand(&mut app, config.rotation.clone());
        crate::wall::heat_keys::by_hand(&mut app, config.cache_dir.join("heat.toml"));
        crate::wall::mode::by_hand(&mut app);
        if config.burn_in {
            crate::wall::drift::by_time(&mut app);
        }
        if let Some(scene) = &config.picture.scene {
            app.world_mut().resource_mut::<Scenes>().show(scene);
        }
        app.finish();
        let gpu = shared_gpu(&app);
        app.cleanup();
        let vitals = app.world().resource::<Vitals>().clone();
        let display = Self {
            config: display.clone(),
            window: None,
            is_waiting: false,
            app,
            scene: config.picture.scene,
            own,
            deliveries,
            vitals,
            is_due: true,
            is_attached: false,
            drawn: None,
        };
        (display, gpu)
    }

    /// Its world.
    pub fn world(&mut self) -> &mut World {
        self.app.world_mut()
    }

    /// Its signs of life.
    pub fn vitals(&self) -> &Vitals {
        &self.vitals
    }

    /// True if it can take one more delivery.
    pub fn has_room(&self) -> bool {
        !self.deliveries.is_full()
    }

    /// Gives it data.
    pub fn deliver(&mut self, delivery: Delivery) {
        self.is_due = true;
        // Its own end lives as long as its world.
        let _ = self.deliveries.try_send(delivery);
    }

    /// Has it drawn in this round.
    pub fn wake(&mut self) {
        self.is_due = true;
    }

    /// Tells it of something at its window.
    pub fn tell(&mut self, event: &WindowEvent) {
        self.is_due |= input::forward(event, self.own, self.app.world_mut());
    }

    /// Somebody uses the wall: a rotation waits.
    pub fn touch(&mut self, now: Instant) {
        if let Some(mut rotation) = self.app.world_mut().get_resource_mut::<Rotation>() {
            rotation.bypass_change_detection().touch(now);
        }
    }

    /// Lets it draw on the host's window, or takes that away. Nothing happens while all stays as it is.
    pub fn attach(&mut self, window: Option<(&Window, &RawHandleWrapper)>) {
        match window {
            Some((window, handle)) if !self.is_attached => {
                let own = self.own;
                self.app.world_mut().entity_mut(own).insert((window.clone(), handle.clone()));
                input::tell_created(window, own, self.app.world_mut());
                (self.is_attached, self.is_due) = (true, true);
            }
            None if self.is_attached => {
                // The renderer lets go of its surface when the handle is gone.
                self.app.world_mut().entity_mut(self.own).remove::<RawHandleWrapper>();
                (self.is_attached, self.is_due) = (false, true);
            }
            _ => {}
        }
    }

    /// Copies what the window system changed about its window: size, scale, where the pointer is.
    pub fn follow(&mut self, window: &Window) {
        if let Some(mut own) = self.app.world_mut().get_mut::<Window>(self.own) {
            *own = window.clone();
        }
    }

    /// The pointer it wants over its window.
    pub fn cursor(&self) -> Option<&CursorIcon> {
        self.app.world().get::<CursorIcon>(self.own)
    }

    /// Draws, if there is a reason to. `Some` if it wants to end the program.
    pub fn update(&mut self, now: Instant) -> Option<AppExit> {
        if !self.is_due && !self.is_moving() && !self.is_asked(now) {
            return None;
        }
        self.is_due = false;
        self.drawn = Some(now);
        let _span = info_span!("display", name = self.config.name).entered();
        self.app.update();
        self.app.should_exit()
    }

    /// True while its picture changes from frame to frame, or it has not taken in all it was given.
    pub fn is_moving(&self) -> bool {
        let world = self.app.world();
        let is = |it: Option<bool>| it.unwrap_or(false);
        is(world.get_resource::<MapMotion>().map(MapMotion::is_moving))
            || is(world.get_resource::<Deliveries>().map(Deliveries::is_pending))
            || is(world.get_resource::<LayersPending>().map(|pending| pending.0))
            || is(world.get_resource::<FlowMotion>().map(|flow| flow.is_moving))
    }

    /// True if its panels want to be drawn, or something of its own asked for a frame, or its clock has another second.
    pub fn is_asked(&self, now: Instant) -> bool {
        let world = self.app.world();
        let Some(drawn) = self.drawn else { return true };
        let passed = now.saturating_duration_since(drawn);
        let is_next_second = world.get_resource::<Now>().is_some_and(|clock| {
            let then = clock.at.checked_add(passed).map_or(clock.at, |then| then);
            then.as_second() != clock.at.as_second()
        });
        passed >= Duration::from_secs(1)
            || is_next_second
            || world.get_resource::<PanelsDue>().is_some_and(|due| due.0 > 0)
            || world.get_resource::<PanelsWish>().is_some_and(|wish| wish.is_due(now))
            || world.get_resource::<Messages<RequestRedraw>>().is_some_and(|redraws| !redraws.is_empty())
    }

    /// True if it wants its next frame at once.
    pub fn is_soon(&self) -> bool {
        self.is_due || self.app.world().get_resource::<PanelsDue>().is_some_and(|due| due.0 > 1)
    }

    /// How its tasks call for a frame when they end.
    pub fn wake_with(&mut self, wake: impl Fn() + Send + Sync + 'static) {
        self.app.world_mut().insert_resource(Wake::new(wake));
    }

    /// Reads the site's own scenes, now and whenever they change.
    pub fn watch_scenes(&mut self, folder: PathBuf, wake: impl Fn() + Send + 'static) {
        crate::wall::scene_files::watch(&mut self.app, folder, wake);
        if let Some(scene) = &self.scene {
            self.app.world_mut().resource_mut::<Scenes>().show(scene);
        }
    }

    /// Its clock.
    pub fn now(&self) -> Option<Now> {
        self.app.world().get_resource::<Now>().copied()
    }

    /// What the heartbeat hears of it.
    pub fn voice(&self) -> Voice {
        Voice { is_seen: self.is_attached && !self.vitals.is_hidden(), presented: self.vitals.presented() }
    }
}

/// The device of a built display, before its renderer leaves for a thread of its own.
fn shared_gpu(app: &App) -> RenderResources {
    let world = app.sub_app(RenderApp).world();
    RenderResources(
        world.resource::<RenderDevice>().clone(),
        world.resource::<RenderQueue>().clone(),
        world.resource::<RenderAdapterInfo>().clone(),
        world.resource::<RenderAdapter>().clone(),
        world.resource::<RenderInstance>().clone(),
    )
}
