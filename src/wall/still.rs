//! Keeps the map's picture while nothing on the map changes, so that a frame in which only the clock moves draws the
//! panels and no map.
//!
//! After some quiet frames the map is drawn once more and its picture is kept; from then on its camera rests and each
//! frame begins with the kept picture. Any change wakes the camera in the same frame, and so does time: what fades in
//! the shaders is never older than [`OLDEST`]. A frame in which the panels are as they were, too, is not drawn at all: the
//! window keeps its last picture. Partners: `layers/still.rs`, which knows what changes; `picture.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bevy::camera::visibility::VisibilitySystems;
use bevy::core_pipeline::{Core2d, Core2dSystems};
use bevy::prelude::*;
use bevy::render::extract_component::{ExtractComponent, ExtractComponentPlugin};
use bevy::render::extract_resource::{ExtractResource, ExtractResourcePlugin};
use bevy::render::render_resource::{
    Extent3d, PipelineCache, Texture, TextureDescriptor, TextureDimension, TextureFormat, TextureUsages,
};
use bevy::render::renderer::{RenderContext, RenderDevice, ViewQuery};
use bevy::render::view::ViewTarget;
use bevy::render::{GpuResourceAppExt, RenderApp};
use bevy_egui::PrimaryEguiContext;
use bevy_egui::render::EguiCameraView;

use super::engine_room::PipelinesWaiting;
use crate::layers::still::{MapChanges, MapChangesSettled};
use crate::map::MapCamera;
use crate::panels::{PanelsDecided, PanelsDue};

/// Frames without a change before the picture is kept: textures and pipelines may take effect some frames late.
const QUIET: u32 = 4;
/// The map is drawn at least this often.
const OLDEST: Duration = Duration::from_secs(10);

/// What is done with the map in a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Plan {
    /// It is drawn.
    #[default]
    Draw,
    /// It is drawn, and its picture is kept.
    Keep,
    /// The kept picture is shown.
    Show,
}

/// The plan of this frame, and which change of the map it is about.
#[derive(Resource, Clone, Default)]
struct MapPicture {
    plan: Plan,
    changes: u64,
    /// The number of the change that the kept picture shows, plus one; 0 while there is none.
    kept: Arc<AtomicU64>,
}

impl ExtractResource for MapPicture {
    type Source = Self;
    fn extract_resource(source: &Self) -> Self {
        source.clone()
    }
}

/// Marks the camera whose picture is kept.
#[derive(Component, Clone, Copy, Default, ExtractComponent)]
pub(super) struct KeptCamera;

/// The kept picture, on the GPU.
#[derive(Resource, Default)]
struct Kept(Option<Texture>);

/// Adds the keeping of the map's picture.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<MapPicture>()
        .add_plugins((ExtractResourcePlugin::<MapPicture>::default(), ExtractComponentPlugin::<KeptCamera>::default()))
        .add_systems(
            PostUpdate,
            plan.after(MapChangesSettled).after(PanelsDecided).before(VisibilitySystems::CheckVisibility),
        );
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render.init_gpu_resource::<Kept>().add_systems(
        Core2d,
        (keep.after(Core2dSystems::MainPass).before(Core2dSystems::PostProcess), show.before(Core2dSystems::MainPass)),
    );
}

/// How many frames nothing has changed, and since when.
#[derive(Default)]
struct Quiet {
    changes: u64,
    size: Option<UVec2>,
    frames: u32,
    drawn: Duration,
    /// Nothing is drawn in this frame: it would be the last picture again.
    rests: bool,
}

impl Quiet {
    /// Counts this frame. True if a picture that is kept does not hold any longer: because something has changed, and then
    /// it takes some quiet frames to another one, or because it is old, and then the next frame makes another.
    fn look(&mut self, changes: u64, size: Option<UVec2>, is_put_to_rest: bool, now: Duration) -> bool {
        let is_changed = self.changes != changes || self.size != size || is_put_to_rest;
        let is_old = now.saturating_sub(self.drawn) >= OLDEST;
        (self.changes, self.size) = (changes, size);
        self.frames = if is_changed { 0 } else { self.frames.saturating_add(1) };
        if is_changed || is_old {
            self.drawn = now;
        }
        is_changed || is_old
    }
}

/// Decides what this frame does with the map.
fn plan(
    changes: Res<MapChanges>,
    time: Res<Time<Real>>,
    (due, pipelines): (Res<PanelsDue>, Res<PipelinesWaiting>),
    mut maps: Query<&mut Camera, (With<MapCamera>, Without<PrimaryEguiContext>)>,
    mut panels: Query<&mut Camera, (With<PrimaryEguiContext>, Without<MapCamera>)>,
    mut picture: ResMut<MapPicture>,
    mut quiet: Local<Quiet>,
) {
    let (Ok(mut map), Ok(mut panels)) = (maps.single_mut(), panels.single_mut()) else { return };
    let size = panels.physical_target_size();
    // Cameras that others put to rest (a picture that is waited for, a wall that loads) leave nothing to keep.
    let is_put_to_rest = !panels.is_active && !quiet.rests;
    if quiet.look(changes.0, size, is_put_to_rest, time.elapsed()) {
        // Another number than any kept picture has.
        picture.changes += 1;
    }
    let is_kept = picture.kept.load(Ordering::Acquire) == picture.changes + 1;
    picture.plan = match quiet.frames {
        0..QUIET => Plan::Draw,
        _ if is_kept => Plan::Show,
        _ => Plan::Keep,
    };
    if !is_put_to_rest {
        quiet.rests = picture.plan == Plan::Show && due.0 == 0 && !pipelines.is_any();
        if panels.is_active == quiet.rests {
            panels.is_active = !quiet.rests;
        }
    }
    let is_active = panels.is_active && picture.plan != Plan::Show;
    if map.is_active != is_active {
        map.is_active = is_active;
    }
}

/// Keeps the map's picture before anything is drawn over it.
fn keep(
    view: ViewQuery<&ViewTarget, With<KeptCamera>>,
    picture: Res<MapPicture>,
    cache: Res<PipelineCache>,
    device: Res<RenderDevice>,
    mut kept: ResMut<Kept>,
    mut ctx: RenderContext,
) {
    // With a pipeline still on its way the picture lacks something.
    if picture.plan != Plan::Keep || cache.waiting_pipelines().next().is_some() {
        return;
    }
    let from = view.into_inner().main_texture();
    let size = from.size();
    let texture = match kept.0.take() {
        Some(texture) if texture.size() == size && texture.format() == from.format() => texture,
        _ => room(&device, size, from.format(), "the map while it is still"),
    };
    ctx.command_encoder().copy_texture_to_texture(from.as_image_copy(), texture.as_image_copy(), size);
    kept.0 = Some(texture);
    picture.kept.store(picture.changes + 1, Ordering::Release);
}

/// A picture on the GPU to copy to and from.
pub(super) fn room(device: &RenderDevice, size: Extent3d, format: TextureFormat, label: &'static str) -> Texture {
    device.create_texture(&TextureDescriptor {
        label: Some(label),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: TextureDimension::D2,
        format,
        usage: TextureUsages::COPY_SRC | TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

/// Begins the frame with the kept picture.
fn show(
    view: ViewQuery<&ViewTarget, With<EguiCameraView>>,
    picture: Res<MapPicture>,
    kept: Res<Kept>,
    mut ctx: RenderContext,
) {
    if picture.plan != Plan::Show {
        return;
    }
    let to = view.into_inner().main_texture();
    match &kept.0 {
        Some(texture) if texture.size() == to.size() => {
            ctx.command_encoder().copy_texture_to_texture(texture.as_image_copy(), to.as_image_copy(), to.size());
        }
        // Lost with its device, or of another size: the next frame draws the map.
        _ => picture.kept.store(0, Ordering::Release),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_picture_is_made_anew_in_one_frame_and_a_changed_one_after_quiet() {
        let mut quiet = Quiet::default();
        let size = Some(UVec2::new(1920, 1080));
        let mut look = |changes, second| {
            let is_over = quiet.look(changes, size, false, Duration::from_secs(second));
            (is_over, quiet.frames < QUIET)
        };
        assert_eq!(look(1, 0), (true, true));
        for _ in 0..QUIET {
            assert!(!look(1, 1).0);
        }
        assert_eq!(look(1, 9), (false, false));
        assert_eq!(look(1, 10), (true, false), "old: kept again in this very frame");
        assert_eq!(look(1, 11), (false, false));
        assert_eq!(look(2, 12), (true, true), "changed: drawn until it is quiet");
        assert_eq!(look(2, 13), (false, true));
    }
}
