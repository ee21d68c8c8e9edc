//! From areas and places to what the GPU takes: fills, shared borders, screen-space lines and walls. Pure functions
//! over world metres; nothing here knows resources or entities. The shaders that read these vertices are named at each
//! attribute.

use bevy::asset::RenderAssetUsages;
use bevy::math::Vec2;
use bevy::mesh::{Indices, Mesh, MeshVertexAttribute, PrimitiveTopology, VertexFormat};

pub mod arcs;
pub mod fill;
pub mod line;
pub mod prism;

/// The features on both sides: indices into the area records, [`NO_FEATURE`] for none. Read by areas, lines, tickets.
pub const ATTRIBUTE_OWNERS: MeshVertexAttribute =
    MeshVertexAttribute::new("Owners", 0x6770_0001, VertexFormat::Uint32x2);
/// The point before on a line (x, y) and the point after (z, w), world metres. Read by `lines.wgsl`.
pub const ATTRIBUTE_NEIGHBOURS: MeshVertexAttribute =
    MeshVertexAttribute::new("Neighbours", 0x6770_0002, VertexFormat::Float32x4);
/// Side of a line (±1), index of its style, width in metres (0: by style), opacity. Read by `lines.wgsl`.
pub const ATTRIBUTE_LINE: MeshVertexAttribute = MeshVertexAttribute::new("Line", 0x6770_0003, VertexFormat::Float32x4);
/// Corner of a mark (±1, ±1), its shape, its flags. Read by `tickets.wgsl`.
pub const ATTRIBUTE_MARK: MeshVertexAttribute = MeshVertexAttribute::new("Mark", 0x6770_0004, VertexFormat::Float32x4);

/// "No area on this side."
pub const NO_FEATURE: u32 = u32::MAX;

/// Closed rings of one shape in world metres, without a repeated last point; filled by the even-odd rule.
pub type Rings = Vec<Vec<Vec2>>;

/// An empty mesh of triangles that stays on the GPU only.
pub fn triangles(positions: Vec<[f32; 3]>, indices: Vec<u32>) -> Mesh {
    let mut mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD);
    mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, positions);
    mesh.insert_indices(Indices::U32(indices));
    mesh
}
