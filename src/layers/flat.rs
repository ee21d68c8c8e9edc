//! Plain surfaces with a colour per vertex: lakes, the veil outside the selection, the tint inside. One material for all.
//! Partner: `shaders/flat.wgsl`.

use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError};
use bevy::shader::ShaderRef;
use bevy::sprite_render::{AlphaMode2d, Material2d, Material2dKey};

use super::mesh::fill::Fill;
use super::mesh::triangles;

/// Surfaces on the ground.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug, Default)]
#[bind_group_data(FlatKey)]
pub struct FlatMaterial {
    /// Nothing shows through; cheaper.
    is_opaque: bool,
}

/// What the pipeline depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct FlatKey {
    is_opaque: bool,
}

impl From<&FlatMaterial> for FlatKey {
    fn from(material: &FlatMaterial) -> Self {
        Self { is_opaque: material.is_opaque }
    }
}

impl Material2d for FlatMaterial {
    fn vertex_shader() -> ShaderRef {
        super::FLAT_SHADER.into()
    }
    fn fragment_shader() -> ShaderRef {
        super::FLAT_SHADER.into()
    }
    fn alpha_mode(&self) -> AlphaMode2d {
        AlphaMode2d::Blend
    }
    fn specialize(
        descriptor: &mut RenderPipelineDescriptor,
        layout: &MeshVertexBufferLayoutRef,
        key: Material2dKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        descriptor.vertex.buffers = vec![layout.0.get_layout(&[
            Mesh::ATTRIBUTE_POSITION.at_shader_location(0),
            Mesh::ATTRIBUTE_COLOR.at_shader_location(1),
        ])?];
        if key.bind_group_data.is_opaque {
            super::without_blending(descriptor);
        }
        Ok(())
    }
}

/// The two materials.
#[derive(Resource)]
pub struct FlatHandles {
    /// For the base.
    pub opaque: Handle<FlatMaterial>,
    /// For what lies over something.
    pub blended: Handle<FlatMaterial>,
}

impl FromWorld for FlatHandles {
    fn from_world(world: &mut World) -> Self {
        let mut materials = world.resource_mut::<Assets<FlatMaterial>>();
        let mut make = |is_opaque| materials.add(FlatMaterial { is_opaque });
        Self { opaque: make(true), blended: make(false) }
    }
}

/// A mesh of surfaces, each with its sRGB colour and opacity; what comes later is on top.
pub fn flat_mesh<'a>(surfaces: impl IntoIterator<Item = (&'a Fill, Vec4)>) -> Mesh {
    let (mut positions, mut colors, mut indices) = (Vec::new(), Vec::new(), Vec::new());
    for (fill, color) in surfaces {
        let base = positions.len() as u32;
        positions.extend(fill.points.iter().map(|point| [point.x, point.y, 0.0]));
        colors.extend(fill.points.iter().map(|_| color.to_array()));
        indices.extend(fill.indices.iter().map(|index| base + index));
    }
    triangles(positions, indices).with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, colors)
}
