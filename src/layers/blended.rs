//! What the materials that lie over the map have in common: one shader for both stages, blended, with vertex attributes
//! at the locations of their order.

/// Makes a type a `Material2d` that is drawn by `$shader` over what is there. The attributes have the locations 0, 1, …
/// in the shader.
macro_rules! blended_material {
    ($material:ty, $shader:expr, [$($attribute:expr),+ $(,)?]) => {
        impl bevy::sprite_render::Material2d for $material {
            fn vertex_shader() -> bevy::shader::ShaderRef {
                $shader.into()
            }
            fn fragment_shader() -> bevy::shader::ShaderRef {
                $shader.into()
            }
            fn alpha_mode(&self) -> bevy::sprite_render::AlphaMode2d {
                bevy::sprite_render::AlphaMode2d::Blend
            }
            fn specialize(
                descriptor: &mut bevy::render::render_resource::RenderPipelineDescriptor,
                layout: &bevy::mesh::MeshVertexBufferLayoutRef,
                _key: bevy::sprite_render::Material2dKey<Self>,
            ) -> Result<(), bevy::render::render_resource::SpecializedMeshPipelineError> {
                let attributes = [$($attribute),+];
                let at = |(location, attribute): (u32, bevy::mesh::MeshVertexAttribute)| {
                    attribute.at_shader_location(location)
                };
                let attributes: Vec<_> = (0..).zip(attributes).map(at).collect();
                descriptor.vertex.buffers = vec![layout.0.get_layout(&attributes)?];
                Ok(())
            }
        }
    };
}

pub(super) use blended_material;
