//! The panels on a texture of their own, while the map moves under them: then a frame lays one picture over the map
//! instead of some ten thousand triangles. Only pieces that do not change are put aside, and what is between them in
//! order stays between them. Partner: `panels.rs`.

use std::ops::Range;

use bevy::prelude::*;
use bevy::render::render_resource::{
    BindGroup, BindGroupEntry, BindingResource, Buffer, BufferInitDescriptor, BufferUsages, PipelineCache,
    SamplerDescriptor,
};
use bevy::render::renderer::RenderDevice;
use bevy_egui::render::EguiPipeline;

use super::Sheet;
use super::damage::Damage;
use super::jobs::{Drawing, Piece};

/// Fewer pieces are not worth it.
const LEAST: usize = 4;

/// Which pieces are aside, and how they are laid back.
#[derive(Resource, Default)]
pub(super) struct Aside {
    run: Range<usize>,
    count: usize,
    laid: Option<Laid>,
}

/// How a picture of the panels is drawn, by bevy_egui's pipeline.
pub(super) struct Laid {
    pub texture: BindGroup,
    pub vertices: Buffer,
    pub indices: Buffer,
    of: (UVec2, f32),
}

impl Aside {
    /// Forgets pieces that are no longer as they were.
    pub fn follow(&mut self, drawing: &Drawing) {
        let is_same = drawing.pieces.len() == self.count
            && drawing.pieces.get(self.run.clone()).is_some_and(|run| run.iter().all(|piece| piece.is_still));
        if drawing.is_new && !is_same {
            self.forget();
        }
    }

    /// Nothing is aside.
    pub fn forget(&mut self) {
        self.run = 0..0;
    }

    /// The pieces that are aside.
    pub fn run(&self) -> Range<usize> {
        self.run.clone()
    }

    /// The longest run of pieces that could be put aside, if it is worth it.
    pub fn longest(pieces: &[Piece], is_new: bool) -> Option<Range<usize>> {
        let mut best = 0..0;
        let mut from = 0;
        for (at, piece) in pieces.iter().enumerate() {
            if !(piece.is_still || !is_new) {
                from = at + 1;
            } else if at + 1 - from > best.len() {
                best = from..at + 1;
            }
        }
        (best.len() >= LEAST).then_some(best)
    }

    /// These pieces, of so many, are on the sheet now.
    pub fn keep(&mut self, run: Range<usize>, count: usize) {
        (self.run, self.count) = (run, count);
    }

    /// Where the pieces that are aside are seen.
    pub fn seen(&self, pieces: &[Piece]) -> Damage {
        let mut seen = Damage::default();
        pieces.get(self.run()).unwrap_or_default().iter().for_each(|piece| seen.add(piece.seen));
        seen
    }

    /// What it takes to lay them back: a square over the whole picture, whose pixels are so many to a point.
    pub fn laid(
        &mut self,
        sheet: &Sheet,
        (size, per_point): (UVec2, f32),
        (device, cache, pipeline): (&RenderDevice, &PipelineCache, &EguiPipeline),
    ) -> &Laid {
        let old = self.laid.take().filter(|laid| laid.of == (size, per_point));
        self.laid.insert(old.unwrap_or_else(|| {
            let [w, h] = (size.as_vec2() / per_point).to_array();
            let corner =
                |x: f32, y: f32, u: f32, v: f32| [x.to_bits(), y.to_bits(), u.to_bits(), v.to_bits(), u32::MAX];
            let corners = [
                corner(0.0, 0.0, 0.0, 0.0),
                corner(w, 0.0, 1.0, 0.0),
                corner(w, h, 1.0, 1.0),
                corner(0.0, h, 0.0, 1.0),
            ];
            let buffer = |contents: &[u8], usage: BufferUsages| {
                device.create_buffer_with_data(&BufferInitDescriptor {
                    label: Some("panels put aside"),
                    contents,
                    usage,
                })
            };
            let sampler = device.create_sampler(&SamplerDescriptor::default());
            let texture = device.create_bind_group(
                Some("panels put aside"),
                &cache.get_bind_group_layout(&pipeline.texture_bind_group_layout),
                &[
                    BindGroupEntry { binding: 0, resource: BindingResource::TextureView(&sheet.view) },
                    BindGroupEntry { binding: 1, resource: BindingResource::Sampler(&sampler) },
                ],
            );
            let vertices = buffer(bytemuck::cast_slice(corners.as_flattened()), BufferUsages::VERTEX);
            let indices = buffer(bytemuck::cast_slice(&[0_u32, 1, 2, 0, 2, 3]), BufferUsages::INDEX);
            Laid { texture, vertices, indices, of: (size, per_point) }
        }))
    }
}
