//! Draws the panels over the map, in the rectangles that are no longer right and nowhere else. The triangles and the
//! pipeline are those of bevy_egui; where they lie is found out in `jobs.rs`.

use bevy::math::URect;
use bevy::prelude::*;
use bevy::render::camera::ExtractedCamera;
use bevy::render::render_phase::TrackedRenderPass;
use bevy::render::render_resource::{
    Buffer, BufferDescriptor, BufferUsages, IndexFormat, LoadOp, Operations, PipelineCache, RenderPassColorAttachment,
    RenderPassDescriptor, RenderPipeline, StoreOp,
};
use bevy::render::renderer::{RenderContext, RenderDevice, RenderQueue, ViewQuery};
use bevy::render::sync_world::MainEntity;
use bevy::render::view::ViewTarget;
use bevy_egui::egui::TextureId;
use bevy_egui::render::EguiCameraView;
use bevy_egui::render::systems::{EguiPipelines, EguiTextureBindGroups, EguiTextureId, EguiTransforms};

use super::jobs::{Drawing, Piece};
use super::{Canvas, Damage, Sheet, extent, part};

/// The triangles on the GPU.
#[derive(Resource, Default)]
pub(super) struct PanelBuffers {
    vertices: Option<Buffer>,
    indices: Option<Buffer>,
}

impl PanelBuffers {
    /// Sends the lists, into larger buffers where they have outgrown theirs.
    fn fill(&mut self, drawing: &Drawing, device: &RenderDevice, queue: &RenderQueue) {
        let send = |slot: &mut Option<Buffer>, bytes: &[u8], usage: BufferUsages, label: &'static str| {
            let needed = bytes.len().next_multiple_of(4).max(4) as u64;
            let buffer = match slot.take().filter(|buffer| buffer.size() >= needed) {
                Some(buffer) => buffer,
                None => device.create_buffer(&BufferDescriptor {
                    label: Some(label),
                    size: needed + needed / 4 & !3,
                    usage: usage | BufferUsages::COPY_DST,
                    mapped_at_creation: false,
                }),
            };
            queue.write_buffer(&buffer, 0, bytes);
            *slot = Some(buffer);
        };
        send(&mut self.vertices, &drawing.vertices, BufferUsages::VERTEX, "corners of the panels");
        send(&mut self.indices, bytemuck::cast_slice(&drawing.indices), BufferUsages::INDEX, "triangles of the panels");
    }
}

/// What a pass over the panels needs.
struct Brush<'a> {
    pipeline: &'a RenderPipeline,
    textures: &'a EguiTextureBindGroups,
    transforms: &'a EguiTransforms,
    buffers: &'a PanelBuffers,
    context: MainEntity,
}

impl<'a> Brush<'a> {
    /// Draws what of these pieces lies in a rectangle.
    fn paint(&self, pass: &mut TrackedRenderPass<'a>, pieces: &[Piece], rect: URect) {
        let (buffers, transforms, textures) = (self.buffers, self.transforms, self.textures);
        let (Some(vertices), Some(indices)) = (&buffers.vertices, &buffers.indices) else { return };
        let Some(offset) = transforms.offsets.get(&self.context) else { return };
        let Some((_, transform)) = &transforms.bind_group else { return };
        pass.set_render_pipeline(self.pipeline);
        pass.set_bind_group(0, transform, &[*offset]);
        pass.set_vertex_buffer(0, vertices.slice(..));
        pass.set_index_buffer(indices.slice(..), IndexFormat::Uint32);
        for piece in pieces.iter().filter(|piece| !piece.seen.intersect(rect).is_empty()) {
            let clip = piece.clip.intersect(rect);
            let texture = match piece.texture {
                TextureId::Managed(id) => EguiTextureId::Managed(self.context, id),
                TextureId::User(id) => EguiTextureId::User(id),
            };
            let Some((texture, _)) = textures.0.get(&texture).filter(|_| !clip.is_empty()) else { continue };
            pass.set_scissor_rect(clip.min.x, clip.min.y, clip.width(), clip.height());
            pass.set_bind_group(1, texture, &[]);
            pass.draw_indexed(piece.indices.clone(), 0, 0..1);
        }
    }
}

/// Draws what is owed.
pub(super) fn paint(
    view: ViewQuery<(&ExtractedCamera, &ViewTarget, &MainEntity), With<EguiCameraView>>,
    drawing: Res<Drawing>,
    (pipelines, cache): (Option<Res<EguiPipelines>>, Res<PipelineCache>),
    (textures, transforms): (Option<Res<EguiTextureBindGroups>>, Res<EguiTransforms>),
    (device, queue): (Res<RenderDevice>, Res<RenderQueue>),
    (canvas, mut buffers): (Res<Canvas>, ResMut<PanelBuffers>),
    mut ctx: RenderContext,
) {
    let (camera, target, context) = view.into_inner();
    let Some(size) = camera.physical_target_size.filter(|size| size.cmpgt(UVec2::ZERO).all()) else { return };
    let format = target.main_texture().format();
    let mut sheets = canvas.sheets();
    let canvas = &mut *sheets;
    canvas.fit(size, format);
    canvas.fresh.clear();
    canvas.owed.add_all(&drawing.damage);
    canvas.owed.add_all(&std::mem::take(&mut canvas.map_news));
    if drawing.is_new || buffers.vertices.is_none() {
        buffers.fill(&drawing, &device, &queue);
    }
    let pipeline = pipelines.as_ref().and_then(|all| all.0.get(context));
    let Some(pipeline) = pipeline.and_then(|id| cache.get_render_pipeline(*id)) else { return };
    let (Some(textures), false) = (textures.as_ref(), canvas.owed.is_empty()) else { return };
    let brush = Brush { pipeline, textures, transforms: &transforms, buffers: &buffers, context: *context };
    let whole = canvas.whole.get_or_insert_with(|| Sheet::new(&device, size, format, "map and panels"));
    if let Some(map) = &canvas.map {
        for rect in canvas.owed.rects() {
            ctx.command_encoder().copy_texture_to_texture(
                part(&map.texture, rect.min.x, rect.min.y),
                part(&whole.texture, rect.min.x, rect.min.y),
                extent(rect.size()),
            );
        }
    }
    let mut pass = ctx.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("the panels"),
        color_attachments: &[Some(RenderPassColorAttachment {
            view: &whole.view,
            depth_slice: None,
            resolve_target: None,
            ops: Operations { load: LoadOp::Load, store: StoreOp::Store },
        })],
        depth_stencil_attachment: None,
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    });
    for rect in canvas.owed.rects() {
        brush.paint(&mut pass, &drawing.pieces, *rect);
    }
    drop(pass);
    canvas.fresh = std::mem::replace(&mut canvas.owed, Damage::default());
}
