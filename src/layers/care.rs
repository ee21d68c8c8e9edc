//! Key persons by community: a circle whose area is the number of people, an arc for the share visited this month, filled
//! by the class of that share; a hatched disc where the number is withheld, a dash where nothing is collected. Never a
//! point for a person.
//!
//! One mesh, rebuilt when counts, category or areas changed. The land beneath is coloured by `areas/records.rs` with
//! [`class_of`]. `crowd.rs` keeps circles off each other. Numbers are written by the panels from [`CareSymbols`]. Partner: `shaders/care.wgsl`.

use bevy::camera::visibility::NoFrustumCulling;
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::sprite_render::MeshMaterial2d;

mod crowd;

use super::frame::{LayerFrame, MapFrameUniform};
use super::mesh::{ATTRIBUTE_MARK, ATTRIBUTE_OWNERS, triangles};
use super::order;
use crate::city::{Areas, Care, CareFilter, FeedFreshness, Freshness};
use crate::domain::{CareCounts, Count, Feed, Level};
use crate::map::labels::anchor::anchor;
use crate::map::{AreaIndex, Extrusion, MapView};
use crate::palette::{Palette, Theme};
use crate::scene::{LayerKind, LayerSwitches};

/// Where the classes of coverage begin; below the first is the lowest class.
pub const CLASSES: [f32; 4] = [0.6, 0.7, 0.8, 0.9];
/// Radius of the circle of one person, u: a hundred people have 23 u.
const RADIUS_OF_ONE_U: f32 = 2.3;
/// The largest circle; all others keep their proportion to it.
const LARGEST_U: f32 = 27.0;
/// Radius of the hatched disc.
const HIDDEN_U: f32 = 13.0;
/// Instead of a share: withheld, or not known beside a number that is.
const HIDDEN: f32 = -1.0;
const NO_SHARE: f32 = -2.0;
const NO_DATA: f32 = -3.0;
/// Half the length of the dash.
const DASH_U: f32 = 7.0;
/// No class.
const NO_CLASS: u32 = 9;

/// The class of a share, 0–4.
pub fn class_of(share: f32) -> usize {
    // A share like 0.7 as a quotient of two floats may fall just short.
    CLASSES.iter().filter(|from| share + 1e-4 >= **from).count()
}

/// One symbol, for the panels to write its number.
#[derive(Clone, Debug, PartialEq)]
pub struct CareSymbol {
    /// Its middle, world metres: that of its community, or a little beside it where circles crowd.
    pub world: Vec2,
    /// Its radius, u.
    pub radius_u: f32,
    /// The number of people; `None` where it is withheld.
    pub people: Option<u32>,
    /// The top of what it stands on, metres.
    pub height_m: f32,
    share: f32,
}

/// The symbols on the map now; empty while the layer is off.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct CareSymbols(pub Vec<CareSymbol>);

/// The symbol of a community's counts, of which there are the most people anywhere in `most`.
fn symbol(counts: &CareCounts, world: Vec2, height_m: f32, most: u32) -> CareSymbol {
    let without = |radius_u, share| CareSymbol { world, radius_u, people: None, height_m, share };
    let people = match counts.listed {
        Count::NoData => return without(DASH_U, NO_DATA),
        Count::Suppressed => return without(HIDDEN_U, HIDDEN),
        Count::About(people) => people,
    };
    let one = RADIUS_OF_ONE_U.min(LARGEST_U / (most.max(1) as f32).sqrt());
    let share = counts.visited.share_of(counts.listed).unwrap_or(NO_SHARE);
    CareSymbol { world, radius_u: one * (people as f32).sqrt(), people: Some(people), height_m, share }
}

/// Keep in sync with `CareParams` in `care.wgsl`.
#[derive(ShaderType, Clone, Copy, Debug, PartialEq)]
pub struct CareParams {
    frame: MapFrameUniform,
    disc: Vec4,
    track: Vec4,
    arc: Vec4,
    hatch: Vec4,
    classes: [Vec4; 5],
    opacity: f32,
    stroke_u: f32,
    is_grey: u32,
    pad: u32,
}

impl CareParams {
    fn new(p: &Palette, frame: MapFrameUniform, opacity: f32, is_grey: bool) -> Self {
        let arc = if is_grey { p.stale } else { p.accent };
        Self {
            frame,
            disc: p.bg1.srgba(0.94),
            track: p.line2.srgba(1.0),
            arc: arc.srgba(1.0),
            hatch: p.text3.srgba(0.95),
            classes: std::array::from_fn(|class| p.choropleth[class].srgba(1.0)),
            opacity,
            stroke_u: 4.2,
            is_grey: u32::from(is_grey),
            pad: 0,
        }
    }
}

/// Symbols.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct CareMaterial {
    #[uniform(0)]
    params: CareParams,
}

super::blended_material!(
    CareMaterial,
    super::CARE_SHADER,
    [Mesh::ATTRIBUTE_POSITION, ATTRIBUTE_MARK, ATTRIBUTE_OWNERS]
);

/// What the symbols are drawn with.
#[derive(Resource)]
pub(super) struct CareHandle(Handle<CareMaterial>);

impl FromWorld for CareHandle {
    fn from_world(world: &mut World) -> Self {
        let frame = world.resource::<LayerFrame>().uniform;
        let params = CareParams::new(world.resource::<Theme>().palette(), frame, 1.0, false);
        Self(world.resource_mut::<Assets<CareMaterial>>().add(CareMaterial { params }))
    }
}

fn symbol_mesh(symbols: &[CareSymbol]) -> Mesh {
    let (mut positions, mut marks, mut owners, mut indices) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for symbol in symbols {
        let base = positions.len() as u32;
        let class = if symbol.share >= 0.0 { class_of(symbol.share) as u32 } else { NO_CLASS };
        for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
            positions.push([symbol.world.x, symbol.world.y, symbol.height_m]);
            marks.push([x, y, symbol.radius_u, symbol.share]);
            owners.push([class, 0]);
        }
        indices.extend([base, base + 1, base + 2, base, base + 2, base + 3]);
    }
    triangles(positions, indices)
        .with_inserted_attribute(ATTRIBUTE_MARK, marks)
        .with_inserted_attribute(ATTRIBUTE_OWNERS, owners)
}

/// The symbols on the map.
#[derive(Component)]
pub(super) struct Symbols;

/// Steps of the scale in which circles are arranged anew: nine per cent.
const SCALE_STEPS: f32 = 8.0;

/// The step that a scale in metres per u falls into.
fn scale_step(m_per_u: f32) -> i32 {
    (m_per_u.max(1e-6).log2() * SCALE_STEPS).round() as i32
}

/// The scale of a step, metres per u.
fn scale_of(step: i32) -> f32 {
    (step as f32 / SCALE_STEPS).exp2()
}

/// Makes circles that would overlap at this scale smaller together, and pushes apart those that still do.
fn make_room(symbols: &mut [CareSymbol], m_per_u: f32) {
    let circles: Vec<crowd::Circle> = symbols.iter().map(|it| (it.world / m_per_u, it.radius_u)).collect();
    let (share, ways) = crowd::arrange(&circles);
    for (symbol, way) in symbols.iter_mut().zip(ways) {
        // A disc or a dash without a number keeps its size.
        symbol.radius_u *= if symbol.people.is_some() { share } else { 1.0 };
        symbol.world += way * m_per_u;
    }
}

/// Makes the symbols anew when what they show, or the scale of the map, changed.
pub(super) fn rebuild(
    mut commands: Commands,
    (care, filter, switches): (Res<Care>, Res<CareFilter>, Res<LayerSwitches>),
    (areas, index, raised, view): (Res<Areas>, Res<AreaIndex>, Res<Extrusion>, Res<MapView>),
    handle: Res<CareHandle>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut shown: ResMut<CareSymbols>,
    old: Query<Entity, With<Symbols>>,
    mut anchors: Local<Vec<Option<Vec2>>>,
    mut scale: Local<Option<i32>>,
) {
    let step = scale_step(view.m_per_u);
    let is_other_scale = *scale != Some(step) && switches.is_on(LayerKind::Care);
    let is_due =
        care.is_changed() || filter.is_changed() || switches.is_changed() || areas.is_changed() || index.is_changed();
    if !(is_due || raised.is_changed() || is_other_scale) {
        return;
    }
    *scale = Some(step);
    if areas.is_changed() || index.is_changed() {
        anchors.clear();
    }
    let table = &areas.table;
    let mut symbols = Vec::new();
    if switches.is_on(LayerKind::Care) && !care.table.is_empty() {
        anchors.resize(table.len(), None);
        let counts = |id| care.table.of(&table.get(id).code, filter.0);
        let most = table.at_level(Level::Community).filter_map(|id| counts(id).listed.shown()).max().unwrap_or(1);
        for id in table.at_level(Level::Community) {
            let place = &mut anchors[id.index()];
            let world = place.or_else(|| anchor(index.rings(id)).map(|found| found.world));
            *place = world;
            let of = |world: Vec2| symbol(&counts(id), world, raised.top_m(world, &index), most);
            symbols.extend(world.map(of));
        }
        make_room(&mut symbols, scale_of(step));
        // Small ones on top of large ones where they meet; a picture has an order.
        symbols.sort_by(|a, b| {
            b.radius_u
                .total_cmp(&a.radius_u)
                .then(b.world.y.total_cmp(&a.world.y))
                .then(a.world.x.total_cmp(&b.world.x))
        });
    }
    if shown.0 == symbols {
        return;
    }
    old.iter().for_each(|entity| commands.entity(entity).despawn());
    if !symbols.is_empty() {
        let at = (Transform::from_xyz(0.0, 0.0, order::CARE), NoFrustumCulling, Symbols);
        commands.spawn((Mesh2d(meshes.add(symbol_mesh(&symbols))), MeshMaterial2d(handle.0.clone()), at));
    }
    shown.0 = symbols;
}

/// Follows the picture, the theme, the switches and the freshness.
pub(super) fn follow(
    (frame, theme, switches, feeds): (Res<LayerFrame>, Res<Theme>, Res<LayerSwitches>, Res<FeedFreshness>),
    handle: Res<CareHandle>,
    mut materials: ResMut<Assets<CareMaterial>>,
) {
    if !(frame.is_changed() || theme.is_changed() || switches.is_changed() || feeds.is_changed()) {
        return;
    }
    let is_grey = matches!(feeds.rung(Feed::Care), Freshness::Stale | Freshness::Expired);
    let params = CareParams::new(theme.palette(), frame.uniform, switches.opacity(LayerKind::Care), is_grey);
    // Feeds are looked at each second; touching the material is drawing the map.
    if materials.get(&handle.0).is_some_and(|material| material.params == params) {
        return;
    }
    if let Some(mut material) = materials.get_mut(&handle.0) {
        material.params = params;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(listed: Count, visited: Count) -> CareCounts {
        CareCounts { listed, visited, ..CareCounts::default() }
    }

    #[test]
    fn area_is_by_people_and_no_data_is_neither_a_circle_nor_withheld() {
        let of = |people| symbol(&counts(Count::About(people), Count::About(10)), Vec2::ZERO, 0.0, 200);
        assert!((of(80).radius_u / of(20).radius_u - 2.0).abs() < 1e-5);
        assert!(of(200).radius_u <= LARGEST_U + 1e-3);
        let none = symbol(&counts(Count::NoData, Count::NoData), Vec2::ZERO, 0.0, 200);
        assert_eq!((none.people, none.share), (None, NO_DATA));
        assert_ne!(none.share, HIDDEN);
    }

    #[test]
    fn withheld_symbols_are_all_alike() {
        let a = symbol(&counts(Count::Suppressed, Count::Suppressed), Vec2::ZERO, 40.0, 200);
        let b = symbol(&counts(Count::Suppressed, Count::About(10)), Vec2::ZERO, 40.0, 20);
        assert_eq!(a, b);
        assert_eq!((a.share, a.people, a.height_m), (HIDDEN, None, 40.0));
    }

    #[test]
    fn classes_begin_at_their_bounds() {
        assert_eq!([0.0, 0.59, 0.6, 0.7, 0.8, 0.9, 1.0].map(class_of), [0, 0, 1, 2, 3, 4, 4]);
        assert_eq!(class_of(7.0 / 10.0), 2);
    }
}
