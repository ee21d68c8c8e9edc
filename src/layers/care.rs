//! Key persons by community: a circle whose area is the number of people, an arc for the share visited this month, filled
//! by the class of that share; a hatched disc where the number is withheld, a dash where nothing is collected. Never a
//! point for a person. No circle is smaller than its number needs; where communities are too many for that, the circles
//! are those of streets, with the counts that the platform publishes for streets: nothing is added up here.
//!
//! One mesh, rebuilt when counts, category, areas, the language of names or the scale changed. The land beneath is coloured
//! by `areas/records.rs` with [`class_of`]. `crowd.rs` keeps circles off each other and off the names of streets. Numbers are
//! written by the panels from [`CareSymbols`]. Partner: `shaders/care.wgsl`.

use bevy::camera::visibility::NoFrustumCulling;
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::sprite_render::MeshMaterial2d;

mod crowd;

use super::frame::{LayerFrame, MapFrameUniform};
use super::mesh::{ATTRIBUTE_MARK, ATTRIBUTE_OWNERS, triangles};
use super::order;
use crate::city::{Areas, Care, CareFilter, FeedFreshness, Freshness};
use crate::domain::{AreaId, CareCounts, Count, Feed, Level};
use crate::map::labels::anchor::anchor;
use crate::map::labels::placing::{ink_size, text_size, wall_name};
use crate::map::{AreaIndex, Extrusion, LabelNames, MapView};
use crate::palette::{Palette, Theme};
use crate::scene::{LayerKind, LayerSwitches};

/// Where the classes of coverage begin; below the first is the lowest class.
pub const CLASSES: [f32; 4] = [0.6, 0.7, 0.8, 0.9];
/// Radius of the circle of one person, u: a hundred people have 23 u.
const RADIUS_OF_ONE_U: f32 = 2.3;
/// The largest circle of a community and of a street; all others keep their proportion to it.
const LARGEST_U: [f32; 2] = [27.0, 46.0];
/// The least height of the digits in it.
const DIGITS_U: [f32; 2] = [13.0, 20.0];
/// What ring and air take of a radius, u.
const RING_U: f32 = 5.0;
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
    /// What it stands for: a community, or a street where communities are too many.
    pub level: Level,
    /// Its middle, world metres: that of its area, or a little beside it where circles crowd.
    pub world: Vec2,
    /// Its radius, u.
    pub radius_u: f32,
    /// The number of people; `None` where it is withheld.
    pub people: Option<u32>,
    /// The top of what it stands on, metres.
    pub height_m: f32,
    share: f32,
    /// The least radius, u.
    least_u: f32,
}

/// The symbols on the map now; empty while the layer is off.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct CareSymbols(pub Vec<CareSymbol>);

/// The symbol of an area's counts, of which there are the most people of its level anywhere in `most`.
fn symbol(counts: &CareCounts, (level, world, height_m): (Level, Vec2, f32), most: u32) -> CareSymbol {
    let without = |radius_u, share| {
        let least_u = radius_u;
        CareSymbol { level, world, radius_u, people: None, height_m, share, least_u }
    };
    let people = match counts.listed {
        Count::NoData => return without(DASH_U, NO_DATA),
        Count::Suppressed => return without(HIDDEN_U, HIDDEN),
        Count::About(people) => people,
    };
    let size = usize::from(level == Level::Street);
    let one = RADIUS_OF_ONE_U.min(LARGEST_U[size] / (most.max(1) as f32).sqrt());
    let commas = people.checked_ilog10().unwrap_or(0) / 3;
    let digits = people.checked_ilog10().unwrap_or(0) + 1;
    // Digits are a little more than half as wide as high, and a comma between thousands half of that. From five digits
    // on there is room for `1.23 万` as well, whichever way the wall writes.
    let myriads = if digits > 4 { 0.6 * 3.0 + 0.28 * 2.0 + 1.0 } else { 0.0 };
    let wide = (0.6 * digits as f32 + 0.28 * commas as f32).max(myriads);
    let least_u = RING_U + 0.5 * DIGITS_U[size] * wide;
    let radius_u = (one * (people as f32).sqrt()).max(least_u);
    let share = counts.visited.share_of(counts.listed).unwrap_or(NO_SHARE);
    CareSymbol { level, world, radius_u, people: Some(people), height_m, share, least_u }
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

/// The symbols as circles of a crowd.
fn crowd_of(symbols: &[CareSymbol], m_per_u: f32) -> Vec<crowd::Circle> {
    let circle = |it: &CareSymbol| crowd::Circle { middle: it.world / m_per_u, radius: it.radius_u, least: it.least_u };
    symbols.iter().map(circle).collect()
}

/// Makes circles that would overlap at this scale smaller together, and pushes apart those that still do, and off the
/// names, whose middles are in world metres and whose boxes in u.
fn make_room(symbols: &mut [CareSymbol], names: &[(Vec2, Vec2)], m_per_u: f32) {
    let circles = crowd_of(symbols, m_per_u);
    let names: Vec<crowd::Name> = names.iter().map(|(at, size)| (*at / m_per_u, ink_size(*size) * 0.5)).collect();
    let (share, ways) = crowd::arrange(&circles, &names);
    for ((symbol, circle), way) in symbols.iter_mut().zip(circles).zip(ways) {
        symbol.radius_u = circle.at(share);
        symbol.world += way * m_per_u;
    }
}

/// The symbols of communities, or of streets where communities have no room at this scale and the platform counts streets.
fn choose(communities: Vec<CareSymbol>, streets: impl FnOnce() -> Vec<CareSymbol>, m_per_u: f32) -> Vec<CareSymbol> {
    if crowd::has_room(&crowd_of(&communities, m_per_u)) {
        return communities;
    }
    let streets = streets();
    let is_counted = streets.iter().any(|it| it.people.is_some());
    if is_counted && streets.len() < communities.len() { streets } else { communities }
}

/// Makes the symbols anew when what they show, or the scale of the map, changed.
pub(super) fn rebuild(
    mut commands: Commands,
    (care, filter, switches): (Res<Care>, Res<CareFilter>, Res<LayerSwitches>),
    (areas, index, raised, view): (Res<Areas>, Res<AreaIndex>, Res<Extrusion>, Res<MapView>),
    (handle, names): (Res<CareHandle>, Option<Res<LabelNames>>),
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
    if !(is_due || raised.is_changed() || names.as_ref().is_some_and(|names| names.is_changed()) || is_other_scale) {
        return;
    }
    *scale = Some(step);
    if areas.is_changed() || index.is_changed() {
        anchors.clear();
    }
    let table = &areas.table;
    // A map without names has none to make way for.
    let names = names.as_deref().copied();
    let mut symbols = Vec::new();
    if switches.is_on(LayerKind::Care) && !care.table.is_empty() {
        anchors.resize(table.len(), None);
        let counts = |id| care.table.of(&table.get(id).code, filter.0);
        let mut of_level = |level: Level| -> Vec<CareSymbol> {
            let most = table.at_level(level).filter_map(|id| counts(id).listed.shown()).max().unwrap_or(1);
            let of = |id: AreaId| {
                let place = &mut anchors[id.index()];
                *place = place.or_else(|| anchor(index.rings(id)).map(|found| found.world));
                let world = (*place)?;
                Some(symbol(&counts(id), (level, world, raised.top_m(world, &index)), most))
            };
            table.at_level(level).filter_map(of).collect()
        };
        let communities = of_level(Level::Community);
        symbols = choose(communities, || of_level(Level::Street), scale_of(step));
        // Where streets have circles their names stand beside these.
        let has_communities = symbols.first().is_some_and(|it| it.level == Level::Community);
        let streets = table.at_level(Level::Street).filter(|_| has_communities && view.tilt == 0.0);
        let named = streets.filter_map(|id| {
            let (size_u, ..) = text_size(&wall_name(table.get(id), names?), Level::Street);
            let at = anchors[id.index()].or_else(|| anchor(index.rings(id)).map(|found| found.world));
            anchors[id.index()] = at;
            Some((at?, size_u))
        });
        let named: Vec<(Vec2, Vec2)> = named.collect();
        make_room(&mut symbols, &named, scale_of(step));
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

    const HERE: (Level, Vec2, f32) = (Level::Community, Vec2::ZERO, 0.0);

    #[test]
    fn area_is_by_people_and_no_data_is_neither_a_circle_nor_withheld() {
        let of = |people| symbol(&counts(Count::About(people), Count::About(10)), HERE, 200);
        assert!((of(160).radius_u / of(80).radius_u - 2f32.sqrt()).abs() < 1e-5);
        assert!(of(200).radius_u <= LARGEST_U[0] + 1e-3);
        let digits = 2.0 * (of(10).radius_u - RING_U) / (0.6 * 2.0);
        assert!(digits >= DIGITS_U[0] - 1e-3, "the number of the smallest has room: {digits}");
        let none = symbol(&counts(Count::NoData, Count::NoData), HERE, 200);
        assert_eq!((none.people, none.share), (None, NO_DATA));
        assert_ne!(none.share, HIDDEN);
    }

    #[test]
    fn withheld_symbols_are_all_alike() {
        let at = (Level::Community, Vec2::ZERO, 40.0);
        let a = symbol(&counts(Count::Suppressed, Count::Suppressed), at, 200);
        let b = symbol(&counts(Count::Suppressed, Count::About(10)), at, 20);
        assert_eq!(a, b);
        assert_eq!((a.share, a.people, a.height_m), (HIDDEN, None, 40.0));
    }

    #[test]
    fn streets_stand_for_communities_that_have_no_room_and_only_with_counts_of_their_own() {
        let of = |level, n: u32, listed| -> Vec<CareSymbol> {
            let at = |i| (level, Vec2::X * 1000.0 * i as f32, 0.0);
            (0..n).map(|i| symbol(&counts(listed, Count::NoData), at(i), 100)).collect()
        };
        let level = |m_per_u, streets: Count| {
            let communities = of(Level::Community, 8, Count::About(100));
            choose(communities, || of(Level::Street, 2, streets), m_per_u)[0].level
        };
        assert_eq!(level(10.0, Count::About(400)), Level::Community);
        assert_eq!(level(40.0, Count::About(400)), Level::Street);
        assert_eq!(level(40.0, Count::NoData), Level::Community);
        assert_eq!(level(40.0, Count::Suppressed), Level::Community, "nothing is added up");
    }

    #[test]
    fn classes_begin_at_their_bounds() {
        assert_eq!([0.0, 0.59, 0.6, 0.7, 0.8, 0.9, 1.0].map(class_of), [0, 0, 1, 2, 3, 4, 4]);
        assert_eq!(class_of(7.0 / 10.0), 2);
    }
}
