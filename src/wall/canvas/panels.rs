//! Draws the panels over the map, in the rectangles that are no longer right and nowhere else. The triangles and the
//! pipeline are those of bevy_egui; where they lie is found out in `jobs.rs`.

use bevy::math::{IVec2, URect};
use bevy::prelude::*;
use bevy::render::camera::ExtractedCamera;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_phase::TrackedRenderPass;
use bevy::render::render_resource::{
    Buffer, BufferDescriptor, BufferUsages, IndexFormat, LoadOp, Operations, PipelineCache, RenderPassColorAttachment,
    RenderPassDescriptor, RenderPipeline, StoreOp,
};
use bevy::render::renderer::{RenderContext, RenderDevice, RenderQueue, ViewQuery};
use bevy::render::sync_world::MainEntity;
use bevy::render::texture::GpuImage;
use bevy::render::view::ViewTarget;
use bevy_egui::egui::TextureId;
use bevy_egui::render::systems::{EguiPipelines, EguiTextureBindGroups, EguiTextureId, EguiTransforms};
use bevy_egui::render::{EguiCameraView, EguiPipeline};

use super::aside::{Aside, Laid};
use super::jobs::{Drawing, Piece};
use super::{Canvas, Damage, Sheet, extent, part};
use crate::wall::drift::Shift;
use crate::wall::headless::HeadlessTarget;
use crate::wall::still::MapPicture;

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
    /// True if egui's own textures of these pieces, and what else it takes, have come to the GPU.
    fn is_ready(&self, pieces: &[Piece]) -> bool {
        let has_texture = |piece: &Piece| match piece.texture {
            TextureId::Managed(id) => self.textures.0.contains_key(&EguiTextureId::Managed(self.context, id)),
            // Somebody's picture may come late, or never.
            TextureId::User(_) => true,
        };
        self.transforms.offsets.contains_key(&self.context)
            && self.transforms.bind_group.is_some()
            && pieces.iter().all(has_texture)
    }

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

    /// Lays the panels that were put aside over these rectangles.
    fn lay(&self, pass: &mut TrackedRenderPass<'a>, laid: &'a Laid, rects: impl Iterator<Item = URect>) {
        let transforms = self.transforms;
        let Some(offset) = transforms.offsets.get(&self.context) else { return };
        let Some((_, transform)) = &transforms.bind_group else { return };
        pass.set_render_pipeline(self.pipeline);
        pass.set_bind_group(0, transform, &[*offset]);
        pass.set_bind_group(1, &laid.texture, &[]);
        pass.set_vertex_buffer(0, laid.vertices.slice(..));
        pass.set_index_buffer(laid.indices.slice(..), IndexFormat::Uint32);
        for rect in rects.filter(|rect| !rect.is_empty()) {
            pass.set_scissor_rect(rect.min.x, rect.min.y, rect.width(), rect.height());
            pass.draw_indexed(0..6, 0, 0..1);
        }
    }
}

/// Draws what is owed.
pub(super) fn paint(
    view: ViewQuery<(&ExtractedCamera, &ViewTarget, &MainEntity), With<EguiCameraView>>,
    (drawing, picture): (Res<Drawing>, Res<MapPicture>),
    (pipelines, egui, cache): (Option<Res<EguiPipelines>>, Option<Res<EguiPipeline>>, Res<PipelineCache>),
    (textures, transforms): (Option<Res<EguiTextureBindGroups>>, Res<EguiTransforms>),
    (device, queue): (Res<RenderDevice>, Res<RenderQueue>),
    (target, images, by): (Option<Res<HeadlessTarget>>, Res<RenderAssets<GpuImage>>, Res<Shift>),
    (canvas, mut buffers, mut aside): (Res<Canvas>, ResMut<PanelBuffers>, ResMut<Aside>),
    mut ctx: RenderContext,
) {
    let (camera, window, context) = view.into_inner();
    let Some(size) = camera.physical_target_size.filter(|size| size.cmpgt(UVec2::ZERO).all()) else { return };
    let format = window.main_texture().format();
    let mut sheets = canvas.sheets();
    let sheets = &mut *sheets;
    sheets.fit(size, format);
    sheets.fresh.clear();
    sheets.owed.add_all(&drawing.damage.within(size));
    sheets.owed.add_all(&std::mem::take(&mut sheets.map_news).within(size));
    let is_moving = std::mem::take(&mut sheets.is_moving);
    if drawing.is_new || buffers.vertices.is_none() {
        buffers.fill(&drawing, &device, &queue);
    }
    aside.follow(&drawing);
    // The image of a wall without a window is drawn on at once, if the picture has not drifted. Bevy's texture for a
    // window is another after each rest: the picture is given to it (`give.rs`).
    let image = target.as_deref().filter(|_| by.0 == IVec2::ZERO).and_then(|target| images.get(&target.0));
    let shown = image.map(|image| &image.texture);
    let shown = shown.filter(|texture| texture.width() == size.x && texture.height() == size.y);
    if sheets.whole.is_none() || sheets.shown != shown.map(|texture| texture.id()) {
        sheets.shown = shown.map(|texture| texture.id());
        sheets.whole = Some(match shown {
            Some(texture) => Sheet::on(texture, format),
            None => Sheet::new(&device, size, format, "map and panels"),
        });
        sheets.owed = Damage::whole(size);
    }
    let pipeline = pipelines.as_ref().and_then(|all| all.0.get(context));
    let Some(pipeline) = pipeline.and_then(|id| cache.get_render_pipeline(*id)) else { return };
    let (Some(textures), Some(egui)) = (textures.as_ref(), egui.as_ref()) else { return };
    let brush = Brush { pipeline, textures, transforms: &transforms, buffers: &buffers, context: *context };
    let pieces = drawing.pieces.as_slice();
    if !is_moving && sheets.is_laid {
        // The map has come to rest: once more without the rounding of what was put aside.
        sheets.owed = Damage::whole(size);
    }
    sheets.is_laid = is_moving;
    if is_moving
        && aside.run().is_empty()
        && let Some(run) = Aside::longest(pieces, drawing.is_new)
    {
        let label = "the panels while the map moves";
        let sheet = sheets.panels.get_or_insert_with(|| Sheet::new(&device, size, format, label));
        let mut pass = begin(&mut ctx, sheet, LoadOp::Clear(wgpu::Color::TRANSPARENT));
        brush.paint(&mut pass, &pieces[run.clone()], URect::from_corners(UVec2::ZERO, size));
        aside.keep(run, pieces.len());
    }
    let Some(whole) = sheets.whole.as_ref().filter(|_| !sheets.owed.is_empty()) else { return };
    if sheets.map.is_none() {
        // Lost with its device, or of another size: the next frame draws the map.
        picture.note(false);
    }
    if let Some(map) = &sheets.map {
        for rect in sheets.owed.rects() {
            ctx.command_encoder().copy_texture_to_texture(
                part(&map.texture, rect.min.x, rect.min.y),
                part(&whole.texture, rect.min.x, rect.min.y),
                extent(rect.size()),
            );
        }
    }
    let run = if is_moving { aside.run() } else { 0..0 };
    let seen = aside.seen(pieces);
    let laid = match sheets.panels.as_ref().filter(|_| !run.is_empty()) {
        Some(sheet) => Some(aside.laid(sheet, (size, drawing.pixels_per_point), (&device, &cache, egui))),
        None => None,
    };
    let mut pass = begin(&mut ctx, whole, LoadOp::Load);
    for rect in sheets.owed.rects() {
        match laid {
            None => brush.paint(&mut pass, pieces, *rect),
            Some(laid) => {
                brush.paint(&mut pass, &pieces[..run.start], *rect);
                brush.lay(&mut pass, laid, seen.rects().iter().map(|part| part.intersect(*rect)));
                brush.paint(&mut pass, &pieces[run.end..], *rect);
            }
        }
    }
    drop(pass);
    let drawn = if brush.is_ready(pieces) {
        std::mem::take(&mut sheets.owed)
    } else {
        // What lacks its texture was left out: the next frame, which must come, draws there again.
        picture.note(false);
        sheets.owed.clone()
    };
    if sheets.shown.is_none() {
        sheets.fresh = drawn;
    }
}

/// A pass on a sheet.
fn begin<'a>(ctx: &'a mut RenderContext, sheet: &Sheet, load: LoadOp<wgpu::Color>) -> TrackedRenderPass<'a> {
    ctx.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("the panels"),
        color_attachments: &[Some(RenderPassColorAttachment {
            view: &sheet.view,
            depth_slice: None,
            resolve_target: None,
            ops: Operations { load, store: StoreOp::Store },
        })],
        depth_stencil_attachment: None,
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    })
}
