//! Draws the map on its own texture: all of it, or the picture that is there moved by some pixels and what is new drawn
//! inside its rectangles. Partner: `still.rs`, which decides.

use bevy::core_pipeline::core_2d::{AlphaMask2d, CORE_2D_DEPTH_FORMAT, Opaque2d, Transparent2d};
use bevy::prelude::*;
use bevy::render::camera::ExtractedCamera;
use bevy::render::render_phase::{ViewBinnedRenderPhases, ViewSortedRenderPhases};
use bevy::render::render_resource::{
    LoadOp, Operations, PipelineCache, RenderPassColorAttachment, RenderPassDepthStencilAttachment,
    RenderPassDescriptor, StoreOp, TextureDescriptor, TextureDimension, TextureUsages,
};
use bevy::render::renderer::{RenderContext, RenderDevice, ViewQuery};
use bevy::render::view::{ExtractedView, ViewDepthTexture, ViewTarget};
use bevy_egui::render::EguiCameraView;

use super::damage::overlap;
use super::{Canvas, Damage, Sheet, extent, part};
use crate::wall::still::{KeptCamera, MapPicture, Plan};

/// Takes the depth away from our two cameras: without it Bevy's own passes leave them alone, which would draw on the
/// texture that is shown.
pub(super) fn without_bevys_passes(
    mut commands: Commands,
    cameras: Query<Entity, (With<ViewDepthTexture>, Or<(With<KeptCamera>, With<EguiCameraView>)>)>,
) {
    for camera in &cameras {
        commands.entity(camera).remove::<ViewDepthTexture>();
    }
}

/// Carries out the plan.
pub(super) fn paint(
    world: &World,
    view: ViewQuery<(&ExtractedCamera, &ExtractedView, &ViewTarget), With<KeptCamera>>,
    (opaque, masked, blended): (
        Res<ViewBinnedRenderPhases<Opaque2d>>,
        Res<ViewBinnedRenderPhases<AlphaMask2d>>,
        Res<ViewSortedRenderPhases<Transparent2d>>,
    ),
    (picture, cache, device): (Res<MapPicture>, Res<PipelineCache>, Res<RenderDevice>),
    canvas: Res<Canvas>,
    mut ctx: RenderContext,
) {
    let entity = view.entity();
    let (camera, view, target) = view.into_inner();
    let Some(size) = camera.physical_target_size.filter(|size| size.cmpgt(UVec2::ZERO).all()) else { return };
    let format = target.main_texture().format();
    let mut sheets = canvas.sheets();
    let canvas = &mut *sheets;
    canvas.fit(size, format);
    let had_map = canvas.map.is_some();
    let map = canvas.map.get_or_insert_with(|| Sheet::new(&device, size, format, "the map"));
    let mut damage = match (&picture.plan, had_map) {
        (Plan::Rest, true) => return,
        (Plan::Part(by, damage), true) => {
            if *by != IVec2::ZERO {
                let spare = canvas.spare.take();
                let spare = spare.unwrap_or_else(|| Sheet::new(&device, size, format, "the map while it moves"));
                let (from_x, to_x, width) = overlap(size.x, by.x);
                let (from_y, to_y, height) = overlap(size.y, by.y);
                ctx.command_encoder().copy_texture_to_texture(
                    part(&map.texture, from_x, from_y),
                    part(&spare.texture, to_x, to_y),
                    extent(UVec2::new(width, height)),
                );
                canvas.spare = Some(std::mem::replace(map, spare));
                canvas.map_news = Damage::whole(size);
            }
            damage.clone()
        }
        _ => Damage::whole(size),
    };
    if damage.is_empty() {
        return picture.note(true);
    }
    let is_whole = damage.pixels() >= u64::from(size.x) * u64::from(size.y);
    if is_whole {
        damage = Damage::whole(size);
    }
    let had_depth = canvas.depth.is_some();
    let depth = canvas.depth.get_or_insert_with(|| {
        let texture = device.create_texture(&TextureDescriptor {
            label: Some("the map's depth"),
            size: extent(size),
            mip_level_count: 1,
            sample_count: 1,
            dimension: TextureDimension::D2,
            format: CORE_2D_DEPTH_FORMAT,
            usage: TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        });
        texture.create_view(&Default::default())
    });
    let retained = &view.retained_view_entity;
    let (Some(opaque), Some(masked), Some(blended)) =
        (opaque.get(retained), masked.get(retained), blended.get(retained))
    else {
        return picture.note(false);
    };
    // Only what is opaque writes depths: where there is nothing of it, they are all as they were cleared.
    let is_flat = opaque.is_empty() && masked.is_empty();
    let depth_load = if is_whole || !had_depth || !is_flat { LoadOp::Clear(0.0) } else { LoadOp::Load };
    let color_load = if is_whole { LoadOp::Clear(background(camera.clear_color)) } else { LoadOp::Load };
    {
        let mut pass = ctx.begin_tracked_render_pass(RenderPassDescriptor {
            label: Some("the map"),
            color_attachments: &[Some(RenderPassColorAttachment {
                view: &map.view,
                depth_slice: None,
                resolve_target: None,
                ops: Operations { load: color_load, store: StoreOp::Store },
            })],
            depth_stencil_attachment: Some(RenderPassDepthStencilAttachment {
                view: depth,
                depth_ops: Some(Operations { load: depth_load, store: StoreOp::Store }),
                stencil_ops: None,
            }),
            timestamp_writes: None,
            occlusion_query_set: None,
            multiview_mask: None,
        });
        for rect in damage.rects() {
            pass.set_scissor_rect(rect.min.x, rect.min.y, rect.width(), rect.height());
            let drawn = [
                (!opaque.is_empty()).then(|| opaque.render(&mut pass, world, entity)),
                (!masked.is_empty()).then(|| masked.render(&mut pass, world, entity)),
                (!blended.items.is_empty()).then(|| blended.render(&mut pass, world, entity)),
            ];
            for error in drawn.into_iter().flatten().filter_map(Result::err) {
                error!("a part of the map is not drawn: {error:?}");
            }
        }
    }
    canvas.map_news.add_all(&damage);
    // With a pipeline still on its way the picture lacks something.
    picture.note(cache.waiting_pipelines().next().is_none());
}

/// The colour behind everything, as the texture holds it.
fn background(clear: ClearColorConfig) -> wgpu::Color {
    let color = match clear {
        ClearColorConfig::Custom(color) => Srgba::from(color),
        _ => Srgba::BLACK,
    };
    wgpu::Color {
        r: f64::from(color.red),
        g: f64::from(color.green),
        b: f64::from(color.blue),
        a: f64::from(color.alpha),
    }
}
