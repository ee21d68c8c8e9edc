//! Windows and what they show: the same wall in a window or, for a picture, on an image.

pub mod beat;
mod called;
mod canvas;
mod cold_code;
pub mod displays;
mod drift;
pub mod engine_room;
pub mod frame;
pub mod frame_times;
pub mod headless;
mod heat_keys;
mod journal;
pub mod loading;
mod map_numbers;
mod mode;
mod monitor_loss;
mod picture;
mod rotation;
mod scene_files;
mod scenes;
pub mod snapshot;
mod still;
mod ticker;
mod warned;
pub mod window;

use bevy::app::PluginGroupBuilder;
use bevy::log::{BoxedLayer, LogPlugin};
use bevy::prelude::*;
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use bevy_egui::{EguiGlobalSettings, EguiPlugin};
use crossbeam_channel::Receiver;

use crate::city::{Deliveries, PlatformHealth, PlatformLink};
use crate::config::Config;
use crate::log_file::{LogFile, LogFolder};
use crate::platform::{Ask, Delivery, HealthBoard, Link};
use crate::{WallSystems, city, layers, map, panels};
use headless::Headless;

/// Bevy as the wall uses it; the caller sets the window.
fn engine() -> PluginGroupBuilder {
    DefaultPlugins.set(log_plugin()).set(crate::graphics::renderer())
}

fn log_plugin() -> LogPlugin {
    let filter = std::env::var("GRIDWALL_LOG").unwrap_or_else(|_| {
        "info,wgpu=error,naga=warn,bevy_render=error,bevy_ecs=error,bevy_egui=warn,bevy_winit=warn".into()
    });
    LogPlugin { filter, custom_layer: log_layer, ..default() }
}

/// Where the log goes besides stderr; read when the engine is built.
#[derive(Resource)]
struct LogTo(LogFolder);

fn log_layer(app: &mut App) -> Option<BoxedLayer> {
    let to = app.world().get_resource::<LogTo>()?;
    match LogFile::start(&to.0) {
        Ok(layer) => Some(Box::new(layer)),
        // Before there is a log, stderr is all there is.
        Err(error) => {
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "gridwall: no log in {}: {error}", to.0.folder.display());
            None
        }
    }
}

/// What a wall is fed with, and how it asks.
struct Intake {
    deliveries: Receiver<Delivery>,
    health: HealthBoard,
    ask: Box<dyn Fn(Ask) + Send + Sync>,
}

impl Intake {
    /// Straight from the platform thread.
    fn of(link: &Link) -> Self {
        let (deliveries, health) = (link.deliveries.clone(), link.health.clone());
        Self { deliveries, health, ask: Box::new(link.asker()) }
    }
}

/// Everything that makes the engine a wall.
fn furnish(app: &mut App, config: &Config, intake: Intake) {
    app.add_plugins(EguiPlugin {
        // One drawing path on every adapter.
        bindless_mode_array_size: None,
        ..default()
    });
    let mut egui = app.world_mut().resource_mut::<EguiGlobalSettings>();
    egui.auto_create_primary_context = false;
    egui.enable_ime = false;
    app.configure_sets(Update, (WallSystems::Receive, WallSystems::Settle, WallSystems::Draw).chain());
    crate::locale::choose_numbers(config.numbers);
    app.insert_resource(config.locale)
        .insert_resource(config.theme)
        .insert_resource(panels::PanelProfile(config.profile))
        .insert_resource(panels::PanelPicture {
            scale: config.picture.scale,
            bezels_px: config.picture.bezels_x.clone(),
        })
        .insert_resource(map::ReducedMotion(config.reduced_motion))
        .insert_resource(crate::scene::WallMode::of(config.drill))
        .insert_resource(Deliveries::new(intake.deliveries))
        .insert_resource(PlatformHealth(intake.health))
        .add_plugins((
            city::plugin,
            map::plugin,
            layers::plugin,
            panels::plugin,
            frame::plugin,
            beat::plugin,
            frame_times::plugin,
            engine_room::plugin,
            loading::plugin,
            (journal::plugin, cold_code::plugin),
            scenes::plugin,
            picture::plugin,
            drift::plugin,
            still::plugin,
            canvas::plugin,
        ));
    engine_room::stay_flat(app);
    engine_room::run_on_one_thread(app);
    crate::graphics::meshes_apart(app);
    let mut scenes = app.world_mut().get_resource_or_insert_with(crate::scene::Scenes::default);
    for id in scenes.enlist(&config.optional_scenes) {
        warn!("wall.optional_scenes names the scene {id}, which there is not; it is left out");
    }
    app.insert_resource(PlatformLink(Some(intake.ask)));
}

/// The wall on an image. Panics, as Bevy does, where no adapter is to be had.
pub fn headless_wall(config: &Config, link: Link, width: u32, height: u32) -> Headless {
    let mut app = App::new();
    app.add_plugins(
        engine()
            .set(WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() })
            .set(bevy::render::RenderPlugin { synchronous_pipeline_compilation: true, ..crate::graphics::renderer() })
            .disable::<WinitPlugin>()
            .disable::<bevy::render::pipelined_rendering::PipelinedRenderingPlugin>(),
    );
    furnish(&mut app, config, Intake::of(&link));
    // Dropped with the world, which stops the platform thread.
    app.insert_non_send(link);
    app.insert_resource(map::ReducedMotion(true));
    // Shaders stand still, so that the same moment gives the same picture.
    app.world_mut().resource_mut::<Time<Virtual>>().pause();
    Headless::new(app, width, height)
}
