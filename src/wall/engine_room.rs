//! How Bevy runs the wall's schedules: each on one thread, without what only a scene in space needs. And what the drawing
//! side still has to make before its picture is whole. Partner: `window.rs`, which decides when to draw.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bevy::core_pipeline::deferred::copy_lighting_id::init_copy_deferred_lighting_id_pipeline;
use bevy::ecs::schedule::{ScheduleCleanupPolicy, SingleThreadedExecutor};
use bevy::prelude::*;
use bevy::render::batching::gpu_preprocessing::{GpuPreprocessingMode, GpuPreprocessingSupport};
use bevy::render::render_resource::PipelineCache;
use bevy::render::{Render, RenderApp, RenderStartup, RenderSystems, init_gpu_resource};

/// How many pipelines are being made for what is shown; one that is missing is drawn with the frame after.
#[derive(Resource, Clone, Default)]
pub struct PipelinesWaiting(Arc<AtomicUsize>);

impl PipelinesWaiting {
    /// True while the picture lacks something.
    pub fn is_any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

/// Counts what waits.
pub(super) fn plugin(app: &mut App) {
    let waiting = PipelinesWaiting::default();
    app.insert_resource(waiting.clone());
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render.insert_resource(waiting).add_systems(Render, count.in_set(RenderSystems::Cleanup));
}

fn count(cache: Res<PipelineCache>, waiting: Res<PipelinesWaiting>) {
    waiting.0.store(cache.waiting_pipelines().count(), Ordering::Relaxed);
}

/// Leaves out the five pipelines that Bevy makes for scenes in space whether there is one or not: culling by a pyramid of
/// depths, and deferred lighting. They cost time at every start, and on a software adapter about a megabyte each for good.
pub(super) fn stay_flat(app: &mut App) {
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    let cull_nothing =
        |mut support: ResMut<GpuPreprocessingSupport>| support.max_supported_mode = GpuPreprocessingMode::None;
    render.add_systems(RenderStartup, cull_nothing.after(init_gpu_resource::<GpuPreprocessingSupport>));
    let lighting = init_copy_deferred_lighting_id_pipeline;
    if let Err(error) = render.remove_systems_in_set(RenderStartup, lighting, ScheduleCleanupPolicy::RemoveSystemsOnly)
    {
        debug!("a pipeline too many is made: {error}");
    }
}

/// A frame has some hundred systems of microseconds, on the side of the data and on that of the drawing: handing each to
/// another thread costs more than it takes.
pub(super) fn run_on_one_thread(app: &mut App) {
    let all_single = |world: &mut World| {
        let Some(mut schedules) = world.get_resource_mut::<Schedules>() else { return };
        for (_, schedule) in schedules.iter_mut() {
            schedule.set_executor(SingleThreadedExecutor::new());
        }
    };
    all_single(app.world_mut());
    // Where windows belong to the main thread, Bevy's own executor takes care that their surfaces are made there.
    if cfg!(any(target_os = "macos", target_os = "ios")) {
        return;
    }
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        all_single(render.world_mut());
    }
}
