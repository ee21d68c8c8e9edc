//! The land and the fills of the areas, coloured by their tickets in hand; prisms when the map is tilted. Colours and
//! heights are in `records.rs`, what they mean in `classes.rs` and `measure.rs`. Partner: `shaders/areas.wgsl`.

use bevy::camera::visibility::NoFrustumCulling;
use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError};
use bevy::render::storage::ShaderBuffer;
use bevy::shader::ShaderRef;
use bevy::sprite_render::{AlphaMode2d, Material2d, Material2dKey, MeshMaterial2d};

use self::classes::AreaLegend;
use self::records::AreaRecords;
use super::frame::{LayerFrame, MapFrameUniform};
use super::mesh::{ATTRIBUTE_OWNERS, triangles};
use super::order;
use super::shapes::Fresh;
use super::tiles::Covers;
use crate::palette::{Palette, Theme};

pub mod classes;
pub mod measure;
pub mod records;
pub mod swatches;

/// Keep in sync with `AreaParams` in `areas.wgsl`.
#[derive(ShaderType, Clone, Copy, Debug)]
pub struct AreaParams {
    frame: MapFrameUniform,
    hatch: Vec4,
    outside: Vec4,
    ground: Vec4,
}

impl AreaParams {
    fn new(p: &Palette, frame: MapFrameUniform, ground: Vec4, is_stale: bool) -> Self {
        Self {
            frame,
            hatch: p.hatch.srgba(if is_stale { 0.55 } else { 0.0 }),
            // In the flat map the veil of `focus.rs` does this; prisms stand above it.
            outside: p.bg0.srgba(super::focus::VEIL_ALPHA * frame.tilt.ceil()),
            ground,
        }
    }
}

/// Areas, flat or raised.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
#[bind_group_data(AreaKey)]
pub struct AreaMaterial {
    #[uniform(0)]
    params: AreaParams,
    #[storage(1, read_only)]
    areas: Handle<ShaderBuffer>,
    #[texture(2)]
    #[sampler(3)]
    ground: Handle<Image>,
    form: Form,
}

/// What is drawn of the areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
enum Form {
    /// Prisms: they hide each other by depth.
    Raised,
    /// The flat land under all of them; it lies, as fills do, in the order of the layers.
    Land,
    /// Flat fills over the land.
    Cover,
    /// The same where some are hatched.
    Hatched,
}

/// What the pipeline depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct AreaKey {
    form: Form,
}

impl From<&AreaMaterial> for AreaKey {
    fn from(material: &AreaMaterial) -> Self {
        Self { form: material.form }
    }
}

impl Material2d for AreaMaterial {
    fn vertex_shader() -> ShaderRef {
        super::AREAS_SHADER.into()
    }
    fn fragment_shader() -> ShaderRef {
        super::AREAS_SHADER.into()
    }
    fn alpha_mode(&self) -> AlphaMode2d {
        if self.form == Form::Raised { AlphaMode2d::Opaque } else { AlphaMode2d::Blend }
    }
    fn specialize(
        descriptor: &mut RenderPipelineDescriptor,
        layout: &MeshVertexBufferLayoutRef,
        key: Material2dKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        descriptor.vertex.buffers =
            vec![layout.0.get_layout(&[
                Mesh::ATTRIBUTE_POSITION.at_shader_location(0),
                ATTRIBUTE_OWNERS.at_shader_location(1),
            ])?];
        let defs: &[&str] = match key.bind_group_data.form {
            Form::Raised => &["RAISED"],
            Form::Land => &["LAND"],
            Form::Cover => &["COVER"],
            Form::Hatched => &["COVER", "HATCHED"],
        };
        if matches!(key.bind_group_data.form, Form::Raised | Form::Land) {
            super::without_blending(descriptor);
        }
        let vertex = &mut descriptor.vertex.shader_defs;
        let fragment = descriptor.fragment.as_mut().map(|fragment| &mut fragment.shader_defs);
        for all in std::iter::once(vertex).chain(fragment) {
            all.extend(defs.iter().map(|def| (*def).into()));
        }
        Ok(())
    }
}

/// The flat land.
#[derive(Component)]
pub(in crate::layers) struct FlatAreas;

/// The flat fills.
#[derive(Component)]
pub(super) struct CoverAreas;

/// The prisms.
#[derive(Component)]
pub(super) struct RaisedAreas;

/// What the areas are drawn with now.
#[derive(Resource, Default)]
pub(super) struct AreaHandles {
    land: Handle<AreaMaterial>,
    cover: Handle<AreaMaterial>,
    hatched: Handle<AreaMaterial>,
    raised: Handle<AreaMaterial>,
    placement: Vec4,
}

/// Puts new areas in place of the old ones.
pub(super) fn rebuild(
    mut commands: Commands,
    mut fresh: ResMut<Fresh>,
    (frame, theme, legend): (Res<LayerFrame>, Res<Theme>, Res<AreaLegend>),
    (records, image): (Res<AreaRecords>, Res<super::GroundImage>),
    mut handles: ResMut<AreaHandles>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<AreaMaterial>>,
    old: Query<Entity, Or<(With<FlatAreas>, With<CoverAreas>, With<RaisedAreas>)>>,
) {
    let Some(built) = fresh.0.as_mut() else { return };
    old.iter().for_each(|entity| commands.entity(entity).despawn());
    if built.shapes.features.is_empty() {
        return;
    }
    let placement = built.ground.placement();
    let params = AreaParams::new(theme.palette(), frame.uniform, placement, legend.is_stale);
    let mut material = |form| {
        let (areas, ground) = (records.buffer.clone(), image.handle.clone());
        materials.add(AreaMaterial { params, areas, ground, form })
    };
    *handles = AreaHandles {
        land: material(Form::Land),
        cover: material(Form::Cover),
        hatched: material(Form::Hatched),
        raised: material(Form::Raised),
        placement,
    };
    let at = |z| (Transform::from_xyz(0.0, 0.0, z), NoFrustumCulling);
    for (mesh, covers) in built.fills.drain(..) {
        let mesh = Mesh2d(meshes.add(mesh));
        let (land, cover) = (MeshMaterial2d(handles.land.clone()), MeshMaterial2d(handles.cover.clone()));
        commands.spawn((mesh.clone(), land, at(order::LAND), FlatAreas, Covers(covers)));
        commands.spawn((mesh, cover, at(order::AREAS), CoverAreas, Covers(covers)));
    }
    let prisms = meshes.add(std::mem::replace(&mut built.prisms, triangles(vec![], vec![])));
    commands.spawn((Mesh2d(prisms), MeshMaterial2d(handles.raised.clone()), at(order::AREAS), RaisedAreas));
}

/// Follows the picture, the theme and the freshness of the counts; shows fills or prisms, and hatches where a value is
/// stale or withheld.
pub(super) fn follow(
    (frame, theme, legend, records): (Res<LayerFrame>, Res<Theme>, Res<AreaLegend>, Res<AreaRecords>),
    (handles, image): (Res<AreaHandles>, Res<super::GroundImage>),
    mut materials: ResMut<Assets<AreaMaterial>>,
    mut parts: Query<(&mut Visibility, Has<RaisedAreas>), Or<(With<FlatAreas>, With<CoverAreas>, With<RaisedAreas>)>>,
    mut covers: Query<&mut MeshMaterial2d<AreaMaterial>, With<CoverAreas>>,
) {
    let is_raised = frame.uniform.tilt > 0.0;
    for (mut visibility, is_prism) in &mut parts {
        visibility.set_if_neq(if is_prism == is_raised { Visibility::Inherited } else { Visibility::Hidden });
    }
    let cover = if legend.is_stale || records.is_withheld { &handles.hatched } else { &handles.cover };
    let mut is_other = false;
    for mut material in &mut covers {
        if material.0 != *cover {
            material.0 = cover.clone();
            is_other = true;
        }
    }
    // Materials hold the texture as it was when they changed last.
    let is_other = is_other || image.is_changed();
    if !frame.is_changed() && !theme.is_changed() && !legend.is_changed() && !is_other {
        return;
    }
    let params = AreaParams::new(theme.palette(), frame.uniform, handles.placement, legend.is_stale);
    for handle in [&handles.land, &handles.cover, &handles.hatched, &handles.raised] {
        if let Some(mut material) = materials.get_mut(handle) {
            material.params = params;
        }
    }
}
