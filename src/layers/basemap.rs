//! The world around and under the district: sea with depth bands, neighbouring land, rivers, lakes, roads, piers, ferries.
//! What is sea and how far the shore is comes from `ground.rs`. Partner: `shaders/basemap.wgsl`.

use bevy::camera::visibility::NoFrustumCulling;
use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError};
use bevy::shader::ShaderRef;
use bevy::sprite_render::{AlphaMode2d, Material2d, Material2dKey, MeshMaterial2d};
use geo::Geometry;

use super::borders::line_bundle;
use super::flat::{FlatHandle, flat_mesh};
use super::frame::{LayerFrame, MapFrameUniform};
use super::ground::{Ground, rings_of_shape};
use super::lines::LineMaterials;
use super::mesh::fill::{Fill, fill, line_of};
use super::mesh::line::{LineBuilder, LineLook, Stroke, densified};
use super::mesh::triangles;
use super::order;
use super::shapes::Fresh;
use crate::domain::{Place, PlaceKind};
use crate::map::Projection;
use crate::palette::{Palette, Theme};

/// Half the edge of the drawn world, metres: beyond any view.
const WORLD_M: f32 = 400_000.0;
/// How strong roads and rivers are outside the district.
const ROAD_OUTSIDE: f32 = 0.35;
const RIVER_OUTSIDE: f32 = 0.75;
/// They fade over this distance, metres.
const FADE_M: f32 = 120.0;

/// The base map as geometry.
pub struct PlaceMeshes {
    /// Sea and neighbouring land.
    base: Mesh,
    /// Surfaces of lakes.
    lakes: Vec<Fill>,
    /// All lines; `None` if there are none.
    lines: Option<Mesh>,
}

/// The base map's geometry. Places of the wrong geometry type for their kind are left out.
pub fn place_meshes(places: &[Place], projection: &Projection, ground: &Ground) -> PlaceMeshes {
    let of_kind = |kind: PlaceKind| places.iter().filter(move |place| place.kind == kind);
    let mut lines = LineBuilder::default();

    // The base: third coordinate 1 is land. Later triangles cover earlier ones.
    let w = WORLD_M;
    let mut positions = vec![[-w, -w, 0.0], [w, -w, 0.0], [w, w, 0.0], [-w, w, 0.0]];
    let mut indices = vec![0, 1, 2, 0, 2, 3];
    for place in of_kind(PlaceKind::LandOut) {
        let rings = rings_of_shape(&place.shape, projection);
        let land = fill(&rings);
        let first = positions.len() as u32;
        positions.extend(land.points.iter().map(|point| [point.x, point.y, 1.0]));
        indices.extend(land.indices.iter().map(|index| first + index));
        for ring in rings {
            lines.add(&closed(ring), LineLook::of(Stroke::Coast));
        }
    }

    let faded = |outside: f32| {
        move |point: Vec2| {
            let t = (ground.district_distance_m(point) / FADE_M).clamp(0.0, 1.0);
            1.0 + (outside - 1.0) * t
        }
    };
    let mut lakes = Vec::new();
    for place in of_kind(PlaceKind::Water) {
        let rings = rings_of_shape(&place.shape, projection);
        lakes.push(fill(&rings));
        rings.into_iter().for_each(|ring| lines.add(&closed(ring), LineLook::of(Stroke::Lake)));
    }
    let strokes = [
        (PlaceKind::Ferry, Stroke::Ferry, 1.0),
        (PlaceKind::Pier, Stroke::Pier, 1.0),
        (PlaceKind::River, Stroke::River, RIVER_OUTSIDE),
        (PlaceKind::Road, Stroke::Road, ROAD_OUTSIDE),
        (PlaceKind::Trunk, Stroke::Trunk, ROAD_OUTSIDE),
        (PlaceKind::Expressway, Stroke::Expressway, ROAD_OUTSIDE),
    ];
    for (kind, stroke, outside) in strokes {
        for place in of_kind(kind) {
            let width_m = place.width_m.filter(|width| width.is_finite() && *width > 0.0).unwrap_or(0.0);
            let look = LineLook { width_m, ..LineLook::of(stroke) };
            for line in lines_of_shape(&place.shape, projection) {
                lines.add_shaded(&densified(&line, FADE_M * 2.0), look, faded(outside));
            }
        }
    }
    PlaceMeshes { base: triangles(positions, indices), lakes, lines: (!lines.is_empty()).then(|| lines.build()) }
}

fn closed(mut ring: Vec<Vec2>) -> Vec<Vec2> {
    ring.extend(ring.first().copied());
    ring
}

/// The lines of a place that is a line; the outlines of one that is a surface.
fn lines_of_shape(shape: &Geometry<f64>, projection: &Projection) -> Vec<Vec<Vec2>> {
    match shape {
        Geometry::LineString(line) => vec![line_of(line, projection)],
        Geometry::MultiLineString(lines) => lines.iter().map(|line| line_of(line, projection)).collect(),
        Geometry::GeometryCollection(parts) => parts.iter().flat_map(|part| lines_of_shape(part, projection)).collect(),
        _ => rings_of_shape(shape, projection).into_iter().map(closed).collect(),
    }
}

/// Keep in sync with `BaseParams` in `basemap.wgsl`.
#[derive(ShaderType, Clone, Copy, Debug)]
pub struct BaseParams {
    frame: MapFrameUniform,
    ground: Vec4,
    deep: Vec4,
    shelf: Vec4,
    isobath: Vec4,
    land_out: Vec4,
    shadow: Vec4,
}

impl BaseParams {
    fn new(p: &Palette, frame: MapFrameUniform, ground: Vec4, has_sea: bool) -> Self {
        let land_out = p.map_land_out.srgba(1.0);
        let sea = |color: Vec4| if has_sea { color } else { land_out };
        Self {
            frame,
            ground,
            deep: sea(p.map_water_deep.srgba(1.0)),
            shelf: sea(p.map_water_shelf.srgba(1.0)),
            isobath: sea(p.map_water_deep.mix(p.map_bathy, 0.55).srgba(1.0)),
            land_out,
            shadow: p.lift_shadow.srgba(if p.theme == Theme::Dark { 0.6 } else { 0.18 }),
        }
    }
}

/// Sea and neighbouring land.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct BaseMaterial {
    #[uniform(0)]
    params: BaseParams,
    #[texture(1)]
    #[sampler(2)]
    ground: Handle<Image>,
}

impl Material2d for BaseMaterial {
    fn vertex_shader() -> ShaderRef {
        super::BASEMAP_SHADER.into()
    }
    fn fragment_shader() -> ShaderRef {
        super::BASEMAP_SHADER.into()
    }
    fn alpha_mode(&self) -> AlphaMode2d {
        // For its place in the order; nothing shows through.
        AlphaMode2d::Blend
    }
    fn specialize(
        descriptor: &mut RenderPipelineDescriptor,
        layout: &MeshVertexBufferLayoutRef,
        _key: Material2dKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        descriptor.vertex.buffers = vec![layout.0.get_layout(&[Mesh::ATTRIBUTE_POSITION.at_shader_location(0)])?];
        super::without_blending(descriptor);
        Ok(())
    }
}

/// The parts of the base map.
#[derive(Component)]
pub(super) struct BasePart;

/// What the base map is drawn with now.
#[derive(Resource, Default)]
pub(super) struct BaseMap {
    material: Handle<BaseMaterial>,
    placement: Vec4,
    has_sea: bool,
    lakes: Vec<Fill>,
    lake_mesh: Handle<Mesh>,
}

/// Puts a new base map in place of the old one.
pub(super) fn rebuild(
    mut commands: Commands,
    mut fresh: ResMut<Fresh>,
    frame: Res<LayerFrame>,
    theme: Res<Theme>,
    image: Res<super::GroundImage>,
    (lines, flat): (Res<LineMaterials>, Res<FlatHandle>),
    mut base: ResMut<BaseMap>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<BaseMaterial>>,
    old: Query<Entity, With<BasePart>>,
) {
    let Some(built) = fresh.0.as_mut() else { return };
    old.iter().for_each(|entity| commands.entity(entity).despawn());
    base.placement = built.ground.placement();
    base.has_sea = built.ground.has_sea;
    base.lakes = std::mem::take(&mut built.places.lakes);
    let params = BaseParams::new(theme.palette(), frame.uniform, base.placement, base.has_sea);
    base.material = materials.add(BaseMaterial { params, ground: image.0.clone() });
    let sea = meshes.add(std::mem::replace(&mut built.places.base, triangles(vec![], vec![])));
    let at = |z| (Transform::from_xyz(0.0, 0.0, z), NoFrustumCulling, BasePart);
    commands.spawn((Mesh2d(sea), MeshMaterial2d(base.material.clone()), at(order::BASE)));
    if !base.lakes.is_empty() {
        base.lake_mesh = meshes.add(lake_mesh(&base.lakes, theme.palette()));
        commands.spawn((Mesh2d(base.lake_mesh.clone()), MeshMaterial2d(flat.0.clone()), at(order::LAKES)));
    }
    if let Some(mesh) = built.places.lines.take() {
        let mesh = meshes.add(mesh);
        commands.spawn(line_bundle(mesh.clone(), lines.casing.clone(), order::PLACE_CASING)).insert(BasePart);
        commands.spawn(line_bundle(mesh, lines.core.clone(), order::PLACE_LINES)).insert(BasePart);
    }
}

fn lake_mesh(lakes: &[Fill], p: &Palette) -> Mesh {
    let color = p.map_water_shelf.srgba(1.0);
    flat_mesh(&lakes.iter().map(|lake| (lake.clone(), color)).collect::<Vec<_>>())
}

/// Follows the picture and the theme.
pub(super) fn follow(
    frame: Res<LayerFrame>,
    theme: Res<Theme>,
    base: Res<BaseMap>,
    mut materials: ResMut<Assets<BaseMaterial>>,
    mut meshes: ResMut<Assets<Mesh>>,
) {
    if !frame.is_changed() && !theme.is_changed() {
        return;
    }
    if let Some(mut material) = materials.get_mut(&base.material) {
        material.params = BaseParams::new(theme.palette(), frame.uniform, base.placement, base.has_sea);
    }
    if theme.is_changed()
        && !base.lakes.is_empty()
        && let Some(mut mesh) = meshes.get_mut(&base.lake_mesh)
    {
        *mesh = lake_mesh(&base.lakes, theme.palette());
    }
}
