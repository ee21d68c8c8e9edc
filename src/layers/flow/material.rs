//! How marks in motion are drawn: one material over one buffer of pulses, and the meshes that pull them from it.
//!
//! A mesh knows no place and no time: each of its vertices says which slot of the buffer it belongs to, and which part
//! of the strip or square it is. Partner: `shaders/flow.wgsl`.

use bevy::mesh::{MeshVertexAttribute, VertexFormat};
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::render::storage::ShaderBuffer;

use crate::layers::frame::MapFrameUniform;
use crate::layers::mesh::triangles;
use crate::palette::{Palette, Rgb};

/// The slot of the buffer a vertex pulls from. Read by `flow.wgsl`.
pub const ATTRIBUTE_SLOT: MeshVertexAttribute = MeshVertexAttribute::new("Slot", 0x6770_0005, VertexFormat::Uint32);

/// Slots that one mesh draws.
pub const CHUNK: usize = 64;
/// Pieces of a strip: enough for the bend of an arc across the district.
const PIECES: u32 = 20;
/// What is outside the selection is that pale.
const OUTSIDE: f32 = 0.42;

/// Keep in sync with `FlowParams` in `flow.wgsl`.
#[derive(ShaderType, Clone, Copy, Debug, PartialEq)]
pub struct FlowParams {
    frame: MapFrameUniform,
    up: Vec4,
    down: Vec4,
    closing: Vec4,
    ribbon: Vec4,
    opacity: f32,
    outside: f32,
    keep_s: f32,
    is_still: f32,
}

impl FlowParams {
    /// For a palette and a picture; `keep_s` is how long a trace stays. What is no longer current is grey.
    pub fn new(p: &Palette, frame: MapFrameUniform, opacity: f32, keep_s: f32, [is_still, is_grey]: [bool; 2]) -> Self {
        let ink = |rgb: Rgb| if is_grey { p.stale.srgba(1.0) } else { rgb.srgba(1.0) };
        Self {
            frame,
            up: ink(p.categories[0]),
            down: ink(p.categories[2]),
            closing: ink(p.text2),
            ribbon: ink(p.accent),
            opacity,
            outside: OUTSIDE,
            keep_s,
            is_still: f32::from(u8::from(is_still)),
        }
    }
}

/// Marks in motion.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct FlowMaterial {
    /// Colours, times, the picture.
    #[uniform(0)]
    pub params: FlowParams,
    /// The pulses.
    #[storage(1, read_only)]
    pub pulses: Handle<ShaderBuffer>,
}

crate::layers::blended_material!(FlowMaterial, crate::layers::FLOW_SHADER, [Mesh::ATTRIBUTE_POSITION, ATTRIBUTE_SLOT]);

/// The mesh that draws slots `first..first + CHUNK`: a strip and a square for each.
pub fn chunk_mesh(first: usize) -> Mesh {
    let (mut positions, mut slots, mut indices) = (Vec::new(), Vec::new(), Vec::new());
    for slot in first..first + CHUNK {
        let base = positions.len() as u32;
        for piece in 0..=PIECES {
            let t = piece as f32 / PIECES as f32;
            positions.extend([[t, -1.0, 0.0], [t, 1.0, 0.0]]);
        }
        for piece in 0..PIECES {
            let at = base + 2 * piece;
            indices.extend([at, at + 2, at + 1, at + 1, at + 2, at + 3]);
        }
        let base = positions.len() as u32;
        positions.extend([[-1.0, -1.0, 1.0], [1.0, -1.0, 1.0], [1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]]);
        indices.extend([base, base + 1, base + 2, base, base + 2, base + 3]);
        slots.resize(positions.len(), slot as u32);
    }
    triangles(positions, indices).with_inserted_attribute(ATTRIBUTE_SLOT, slots)
}
