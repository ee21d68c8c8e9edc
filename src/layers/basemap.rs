//! The world around and under the district: sea with depth bands, neighbouring land, the district's shadow, rivers,
//! lakes, roads, piers, ferries. Distances and the shadow come from `ground.rs`. Partner: `shaders/basemap.wgsl`.

use bevy::camera::visibility::NoFrustumCulling;
use bevy::math::Rect;
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::sprite_render::MeshMaterial2d;
use geo::Geometry;

use super::borders::line_bundle;
use super::flat::{FlatHandles, flat_mesh};
use super::ground::{Ground, rings_of_shape, sea};
use super::lines::LineMaterials;
use super::mesh::fill::{Fill, fill, line_of};
use super::mesh::line::{LineBuilder, LineLook, Stroke, densified};
use super::mesh::{Rings, triangles};
use super::order;
use super::shapes::Fresh;
use super::tiles::{Covers, Cut};
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

/// What a surface of the base map is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Surface {
    /// Sea, by band: 0 is the open sea, 4 the shallow water at the shore.
    Sea(usize),
    LandOut,
    Lake,
}

impl Surface {
    fn color(self, p: &Palette) -> Vec4 {
        let colour = match self {
            // From deep to shallow in four uneven steps.
            Surface::Sea(band) => p.map_water_deep.mix(p.map_water_shelf, [0.0, 0.18, 0.4, 0.65, 1.0][band]),
            Surface::LandOut => p.map_land_out,
            Surface::Lake => p.map_water_shelf,
        };
        colour.srgba(1.0)
    }
}

/// Surfaces that do not lie over each other, tile by tile, with the ground that each tile covers.
type Tiled = Vec<(Vec<(Fill, Surface)>, Rect)>;

fn tiled(surfaces: Vec<(Fill, Surface)>, cut: Cut) -> Tiled {
    let mut tiles: Tiled = vec![(Vec::new(), Rect::EMPTY); cut.count() + 1];
    for (fill, surface) in surfaces {
        for ((part, covers), (parts, all)) in fill.tiles(cut).into_iter().zip(&mut tiles) {
            if !part.indices.is_empty() {
                parts.push((part, surface));
                *all = all.union(covers);
            }
        }
    }
    tiles.retain(|(parts, _)| !parts.is_empty());
    tiles
}

/// The base map as geometry.
pub struct PlaceMeshes {
    /// Sea, or land where there is none; in tiles.
    base: Tiled,
    /// Neighbouring land over it.
    land_out: Tiled,
    /// Lakes.
    lakes: Tiled,
    /// Shores and isobaths, in tiles.
    shore_lines: Vec<(Mesh, Rect)>,
    /// Rivers, roads, piers, ferries, in tiles.
    lines: Vec<(Mesh, Rect)>,
}

/// The base map's geometry for a district made of these features. Places of the wrong geometry for their kind are left
/// out.
pub fn place_meshes(
    places: &[Place],
    features: &[Rings],
    bounds: Rect,
    projection: &Projection,
    ground: &Ground,
) -> PlaceMeshes {
    let of_kind = |kind: PlaceKind| places.iter().filter(move |place| place.kind == kind);
    let w = WORLD_M;
    let world = vec![Vec2::new(-w, -w), Vec2::new(w, -w), Vec2::new(w, w), Vec2::new(-w, w)];
    let mut shore_lines = LineBuilder::default();
    let mut base = Vec::new();
    let land_out: Vec<Rings> =
        of_kind(PlaceKind::LandOut).map(|place| rings_of_shape(&place.shape, projection)).collect();
    if ground.has_sea {
        let bands = sea::bands(features.iter().chain(&land_out), bounds);
        // Each band is what lies between its outer and its inner contour.
        let mut outer = vec![world];
        for (band, inner) in bands.into_iter().enumerate() {
            let ring = outer.iter().chain(&inner).cloned().collect();
            base.push((fill(&ring), Surface::Sea(band)));
            inner.iter().for_each(|ring| shore_lines.add(&closed(ring.clone()), LineLook::of(Stroke::Isobath)));
            outer = inner;
        }
        base.push((fill(&outer), Surface::Sea(4)));
    } else {
        base.push((fill(&vec![world]), Surface::LandOut));
    }
    let mut lands = Vec::new();
    for rings in land_out {
        lands.push((fill(&rings), Surface::LandOut));
        rings.into_iter().for_each(|ring| shore_lines.add(&closed(ring), LineLook::of(Stroke::Coast)));
    }

    let mut lines = LineBuilder::default();
    let mut lakes = Vec::new();
    for place in of_kind(PlaceKind::Water) {
        let rings = rings_of_shape(&place.shape, projection);
        lakes.push((fill(&rings), Surface::Lake));
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
        let strength = |point: Vec2| {
            let t = (ground.district_distance_m(point) / FADE_M).clamp(0.0, 1.0);
            1.0 + (outside - 1.0) * t
        };
        for place in of_kind(kind) {
            let width_m = place.width_m.filter(|width| width.is_finite() && *width > 0.0).unwrap_or(0.0);
            let look = LineLook { width_m, ..LineLook::of(stroke) };
            for line in lines_of_shape(&place.shape, projection) {
                // More points only where the strength changes on the way.
                let dense = densified(&line, FADE_M, |a, b| strength(a) != strength(b));
                lines.add_shaded(&dense, look, strength);
            }
        }
    }
    let built = |lines: LineBuilder| lines.build_tiles(Cut::of(bounds));
    let cut = Cut::of(bounds);
    let (base, land_out, lakes) = (tiled(base, cut), tiled(lands, cut), tiled(lakes, cut));
    PlaceMeshes { base, land_out, lakes, shore_lines: built(shore_lines), lines: built(lines) }
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

/// Keep in sync with `ShadowParams` in `basemap.wgsl`.
#[derive(ShaderType, Clone, Copy, Debug)]
pub struct ShadowParams {
    /// South-west corner and size of the ground texture, metres.
    ground: Vec4,
    /// sRGB; alpha is the darkest the shadow gets.
    color: Vec4,
}

impl ShadowParams {
    fn new(p: &Palette, ground: Vec4) -> Self {
        Self { ground, color: p.lift_shadow.srgba(if p.theme == Theme::Dark { 0.6 } else { 0.18 }) }
    }
}

/// The shadow that lifts the district.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct ShadowMaterial {
    #[uniform(0)]
    params: ShadowParams,
    #[texture(1)]
    #[sampler(2)]
    ground: Handle<Image>,
}

super::blended_material!(ShadowMaterial, super::BASEMAP_SHADER, [Mesh::ATTRIBUTE_POSITION]);

/// The parts of the base map.
#[derive(Component)]
pub(super) struct BasePart;

/// What the base map is drawn with now.
#[derive(Resource, Default)]
pub(super) struct BaseMap {
    shadow: Handle<ShadowMaterial>,
    placement: Vec4,
    /// Surfaces and their meshes, to colour them anew.
    surfaces: Vec<(Vec<(Fill, Surface)>, Handle<Mesh>)>,
}

/// Puts a new base map in place of the old one.
pub(super) fn rebuild(
    mut commands: Commands,
    mut fresh: ResMut<Fresh>,
    theme: Res<Theme>,
    image: Res<super::GroundImage>,
    (lines, flat): (Res<LineMaterials>, Res<FlatHandles>),
    mut base: ResMut<BaseMap>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<ShadowMaterial>>,
    old: Query<Entity, With<BasePart>>,
) {
    let Some(built) = fresh.0.as_mut() else { return };
    old.iter().for_each(|entity| commands.entity(entity).despawn());
    let palette = theme.palette();
    let at = |z| (Transform::from_xyz(0.0, 0.0, z), NoFrustumCulling, BasePart);
    let parts = [
        (std::mem::take(&mut built.places.base), &flat.opaque, order::BASE),
        (std::mem::take(&mut built.places.land_out), &flat.opaque, order::LAND_OUT),
        (std::mem::take(&mut built.places.lakes), &flat.blended, order::LAKES),
    ];
    base.surfaces.clear();
    for (tiles, material, z) in parts {
        for (surfaces, covers) in tiles {
            let mesh = meshes.add(coloured(&surfaces, palette));
            commands.spawn((Mesh2d(mesh.clone()), MeshMaterial2d(material.clone()), at(z), Covers(covers)));
            base.surfaces.push((surfaces, mesh));
        }
    }
    base.placement = built.ground.placement();
    let params = ShadowParams::new(palette, base.placement);
    base.shadow = materials.add(ShadowMaterial { params, ground: image.handle.clone() });
    let [x, y, width, height] = base.placement.to_array();
    let corners = vec![[x, y, 0.0], [x + width, y, 0.0], [x + width, y + height, 0.0], [x, y + height, 0.0]];
    let shadow = meshes.add(triangles(corners, vec![0, 1, 2, 0, 2, 3]));
    commands.spawn((Mesh2d(shadow), MeshMaterial2d(base.shadow.clone()), at(order::SHADOW)));
    let mut line_part = |tiles: Vec<(Mesh, Rect)>, casing: Option<f32>, core: f32| {
        for (mesh, covers) in tiles {
            let mesh = meshes.add(mesh);
            if let Some(z) = casing {
                let casing = line_bundle(mesh.clone(), lines.casing.clone(), z);
                commands.spawn(casing).insert((BasePart, Covers(covers)));
            }
            commands.spawn(line_bundle(mesh, lines.core.clone(), core)).insert((BasePart, Covers(covers)));
        }
    };
    line_part(std::mem::take(&mut built.places.shore_lines), None, order::SHORE);
    line_part(std::mem::take(&mut built.places.lines), Some(order::PLACE_CASING), order::PLACE_LINES);
}

fn coloured(surfaces: &[(Fill, Surface)], palette: &Palette) -> Mesh {
    flat_mesh(surfaces.iter().map(|(fill, surface)| (fill, surface.color(palette))))
}

/// Follows the theme.
pub(super) fn follow(
    theme: Res<Theme>,
    base: Res<BaseMap>,
    mut materials: ResMut<Assets<ShadowMaterial>>,
    mut meshes: ResMut<Assets<Mesh>>,
) {
    if !theme.is_changed() {
        return;
    }
    if let Some(mut material) = materials.get_mut(&base.shadow) {
        material.params = ShadowParams::new(theme.palette(), base.placement);
    }
    for (surfaces, handle) in &base.surfaces {
        let _ = meshes.insert(handle.id(), coloured(surfaces, theme.palette()));
    }
}
