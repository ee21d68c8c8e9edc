//! What is drawn stays: the map on one texture, map and panels together on another, so that a frame draws only the pixels
//! that are no longer right. On a GPU that is little work less; where the GPU is the CPU it is nearly all of it.
//!
//! `map.rs` and `panels.rs` draw, `jobs.rs` finds out what the panels changed, `moves.rs` what the map did; `aside.rs`
//! keeps the panels while the map moves under them, `fills` what areas in other colours leave as it is; `give.rs` hands the finished picture to whoever shows it, if it has
//! drifted. `damage.rs` holds the rectangles. Partners: `still.rs`, `picture.rs`.

mod aside;
pub(super) mod damage;
mod fills;
mod give;
mod jobs;
mod map;
pub(super) mod moves;
mod panels;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};

use bevy::core_pipeline::upscaling::upscaling;
use bevy::core_pipeline::{Core2d, Core2dSystems};
use bevy::math::UVec2;
use bevy::prelude::*;
use bevy::render::render_resource::{
    Extent3d, Origin3d, TexelCopyTextureInfo, Texture, TextureAspect, TextureDescriptor, TextureDimension,
    TextureFormat, TextureId, TextureUsages, TextureView, TextureViewDescriptor,
};
use bevy::render::renderer::RenderDevice;
use bevy::render::{GpuResourceAppExt, Render, RenderApp, RenderSystems};
use bevy_egui::render::egui_pass;

use damage::Damage;

/// Adds drawing and handing over.
pub(super) fn plugin(app: &mut App) {
    jobs::plugin(app);
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render
        .init_gpu_resource::<Canvas>()
        .init_gpu_resource::<panels::PanelBuffers>()
        .init_gpu_resource::<give::Given>()
        .init_gpu_resource::<aside::Aside>()
        .add_systems(Render, map::without_bevys_passes.in_set(RenderSystems::PrepareBindGroups))
        .add_systems(
            Core2d,
            (
                map::paint.in_set(Core2dSystems::MainPass),
                (panels::paint, give::give)
                    .chain()
                    .after(egui_pass)
                    .after(Core2dSystems::PostProcess)
                    .before(upscaling),
            ),
        );
}

/// A picture on the GPU.
#[derive(Clone)]
struct Sheet {
    texture: Texture,
    view: TextureView,
}

impl Sheet {
    fn new(device: &RenderDevice, size: UVec2, format: TextureFormat, label: &'static str) -> Self {
        let texture = device.create_texture(&TextureDescriptor {
            label: Some(label),
            size: Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: TextureDimension::D2,
            format,
            usage: TextureUsages::COPY_SRC
                | TextureUsages::COPY_DST
                | TextureUsages::RENDER_ATTACHMENT
                | TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        });
        Self::on(&texture, format)
    }

    /// A picture on somebody's texture.
    fn on(texture: &Texture, format: TextureFormat) -> Self {
        let view = texture.create_view(&TextureViewDescriptor { format: Some(format), ..default() });
        Self { texture: texture.clone(), view }
    }
}

/// The pictures of one wall. Under a lock, because a pass over the map borrows the whole world.
#[derive(Resource, Default)]
struct Canvas(Mutex<Sheets>);

impl Canvas {
    fn sheets(&self) -> MutexGuard<'_, Sheets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pictures, and what is to be done about them.
#[derive(Default)]
struct Sheets {
    size: UVec2,
    format: Option<TextureFormat>,
    /// The map alone.
    map: Option<Sheet>,
    /// For the map while it moves, or for its lower layers while the upper ones change.
    spare: Option<Sheet>,
    under: map::Under,
    /// For areas in other colours.
    recolours: fills::Recolours,
    /// Of the map's pass.
    depth: Option<TextureView>,
    /// Map and panels, and whose texture that is.
    whole: Option<Sheet>,
    shown: Option<TextureId>,
    /// The panels alone, while the map moves under them.
    panels: Option<Sheet>,
    /// The map moved as a whole in this frame; panels were laid over it in the last one.
    is_moving: bool,
    is_laid: bool,
    /// Where the map is other than on `whole`.
    map_news: Damage,
    /// Where `whole` is not yet right, but for the news of the map.
    owed: Damage,
    /// Where `whole` was drawn in this frame, while it is not what is shown.
    fresh: Damage,
}

impl Sheets {
    /// Makes room for pictures of this size. What was on others is lost.
    fn fit(&mut self, size: UVec2, format: TextureFormat) {
        if self.size != size || self.format != Some(format) {
            *self = Self { size, format: Some(format), owed: Damage::whole(size), ..Self::default() };
        }
    }
}

/// A part of a texture as the source or the destination of a copy.
fn part(texture: &Texture, x: u32, y: u32) -> TexelCopyTextureInfo<'_> {
    TexelCopyTextureInfo { texture, mip_level: 0, origin: Origin3d { x, y, z: 0 }, aspect: TextureAspect::All }
}

fn extent(size: UVec2) -> Extent3d {
    Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 }
}
