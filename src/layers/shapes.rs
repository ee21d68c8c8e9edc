//! The shapes of a list of areas, made once per list on a task thread: which areas are drawn (the finest that have a
//! boundary), their triangles, the arcs between them, and the ground around. Layers take them by change detection.

use std::sync::Arc as Shared;

use bevy::prelude::*;

use super::basemap::{PlaceMeshes, place_meshes};
use super::borders::border_lines;
use super::frame::LayerFrame;
use super::ground::Ground;
use super::mesh::arcs::{Arc, shared_arcs};
use super::mesh::fill::{Fill, fill, rings_of};
use super::mesh::line::Strands;
use super::mesh::prism::{fill_tiles, prism_mesh};
use super::mesh::{NO_FEATURE, Rings};
use super::tiles::Cut;
use crate::city::{Areas, Errand, Places, Wake};
use crate::domain::{AreaId, AreaTable, Level, Place};
use crate::map::{MapProjection, Projection};

/// The drawn features of the current table and their geometry. Empty before the first list.
#[derive(Resource, Default)]
pub struct AreaShapes {
    /// The table the shapes belong to: an [`AreaId`] is valid for that one only.
    pub table: Shared<AreaTable>,
    /// The area of each feature.
    pub features: Vec<AreaId>,
    /// The feature of each area of the table; [`NO_FEATURE`] for areas that are drawn by their parts.
    pub feature_of: Vec<u32>,
    /// For each level, the area that each feature counts for: its ancestor there, or itself where it is coarser.
    pub counted: [Vec<AreaId>; 4],
    /// The rings of each feature, world metres.
    pub rings: Vec<Rings>,
    /// All borders, each once.
    pub arcs: Vec<Arc>,
    /// The level that each arc divides.
    pub arc_levels: Vec<Level>,
    /// The bounding box, world metres.
    pub bounds: Rect,
}

impl AreaShapes {
    /// Which features lie in `area`.
    pub fn members(&self, area: AreaId) -> Vec<bool> {
        self.features.iter().map(|id| self.table.with_ancestors(*id).any(|up| up == area)).collect()
    }

    /// The arcs around a set of features.
    pub fn outline<'a>(&'a self, members: &'a [bool]) -> impl Iterator<Item = &'a Arc> {
        let is_in = |owner: u32| members.get(owner as usize).copied().unwrap_or(false);
        self.arcs.iter().filter(move |arc| is_in(arc.owners[0]) != is_in(arc.owners[1]))
    }

    /// The shapes of a table, and the triangles of each feature.
    pub fn build(table: Shared<AreaTable>, projection: &Projection) -> (Self, Vec<Fill>) {
        let is_drawn = |id: AreaId| !table.get(id).boundary.0.is_empty();
        let has_drawn_part = |id: AreaId| {
            let mut below = table.children(id).to_vec();
            while let Some(part) = below.pop() {
                if is_drawn(part) {
                    return true;
                }
                below.extend(table.children(part));
            }
            false
        };
        let features: Vec<AreaId> =
            table.iter().map(|(id, _)| id).filter(|id| is_drawn(*id) && !has_drawn_part(*id)).collect();
        let mut feature_of = vec![NO_FEATURE; table.len()];
        for (feature, id) in features.iter().enumerate() {
            feature_of[id.index()] = feature as u32;
        }
        let counted =
            Level::ALL.map(|level| features.iter().map(|id| table.ancestor_at(*id, level).unwrap_or(*id)).collect());
        let rings: Vec<Rings> = features.iter().map(|id| rings_of(&table.get(*id).boundary, projection)).collect();
        let fills: Vec<Fill> = rings.iter().map(fill).collect();
        let arcs = shared_arcs(&rings);
        let arc_levels = arcs.iter().map(|arc| divided_level(&table, &features, arc.owners)).collect();
        let points = || rings.iter().flatten().flatten();
        let bounds = points().fold(Rect::EMPTY, |bounds, point| bounds.union_point(*point));
        let bounds = if points().next().is_some() { bounds } else { Rect::default() };
        (Self { table, features, feature_of, counted, rings, arcs, arc_levels, bounds }, fills)
    }
}

/// The highest level whose areas differ on the two sides; the outer border divides districts.
fn divided_level(table: &AreaTable, features: &[AreaId], owners: [u32; 2]) -> Level {
    let [Some(a), Some(b)] = owners.map(|owner| features.get(owner as usize)) else { return Level::District };
    let finest = table.get(*a).level.max(table.get(*b).level);
    Level::ALL
        .into_iter()
        .find(|level| *level < finest && table.ancestor_at(*a, *level) != table.ancestor_at(*b, *level))
        .unwrap_or(finest)
}

/// Everything made of one pair of lists.
pub struct Built {
    /// For the layers' systems.
    pub shapes: AreaShapes,
    /// Flat fills of all features, in tiles with the ground they cover.
    pub fills: Vec<(Mesh, Rect)>,
    /// Tops and walls of all features.
    pub prisms: Mesh,
    /// Borders of grids and communities, in tiles.
    pub fine_borders: Vec<(Mesh, Rect)>,
    /// Where they run.
    pub edging: Strands,
    /// Borders of streets and the district, in tiles.
    pub coarse_borders: Vec<(Mesh, Rect)>,
    /// Shadow, relief and parks.
    pub ground: Ground,
    /// The base map.
    pub places: PlaceMeshes,
}

impl Built {
    /// Makes everything; pure, and slow enough (tens of milliseconds) to be kept off the frame.
    pub fn make(table: Shared<AreaTable>, places: &[Place], projection: &Projection) -> Self {
        let (shapes, fills) = AreaShapes::build(table, projection);
        let ground = Ground::make(&shapes.rings, places, projection, shapes.bounds);
        let cut = Cut::of(shapes.bounds);
        let fine = border_lines(&shapes, &[Level::Grid, Level::Community]);
        Self {
            fills: fill_tiles(&fills, cut),
            prisms: prism_mesh(&fills, &shapes.arcs),
            edging: fine.strands(),
            fine_borders: fine.build_tiles(cut),
            coarse_borders: border_lines(&shapes, &[Level::Street, Level::District]).build_tiles(cut),
            places: place_meshes(places, &shapes.rings, shapes.bounds, projection, &ground),
            ground,
            shapes,
        }
    }
}

/// True while the layers do not yet show the areas and places that have arrived, or heights are still moving. Snapshots
/// wait for the end of it.
#[derive(Resource, Default)]
pub struct LayersPending(pub bool);

/// What is being made.
#[derive(Resource, Default)]
pub(super) struct Making(Option<Errand<Built>>);

/// What was made in this frame, for the layers to take.
#[derive(Resource, Default)]
pub(super) struct Fresh(pub Option<Built>);

/// Starts making the shapes when areas, places or the projection changed; a making under way is dropped.
pub(super) fn start(
    areas: Res<Areas>,
    places: Res<Places>,
    projection: Res<MapProjection>,
    shapes: Res<AreaShapes>,
    mut seen_places: Local<Shared<Vec<Place>>>,
    mut seen_projection: Local<Option<Projection>>,
    mut making: ResMut<Making>,
    wake: Res<Wake>,
) {
    let Some(now) = projection.0 else { return };
    if !(areas.is_changed() || places.is_changed() || projection.is_changed()) {
        return;
    }
    let is_new = *seen_projection != Some(now)
        || !Shared::ptr_eq(&seen_places, &places.0)
        || (areas.is_changed() && !Shared::ptr_eq(&shapes.table, &areas.table));
    if !is_new {
        return;
    }
    *seen_projection = Some(now);
    *seen_places = places.0.clone();
    let (table, places) = (areas.table.clone(), places.0.clone());
    making.0 = Some(Errand::start(async move { Built::make(table, &places, &now) }, &wake));
}

/// Takes what has been made, if it is ready.
pub(super) fn collect(mut making: ResMut<Making>, wake: Res<Wake>, mut fresh: ResMut<Fresh>) {
    let Some(built) = making.0.as_mut().and_then(|making| making.take(&wake)) else { return };
    making.0 = None;
    fresh.0 = Some(built);
}

/// Says whether all that has arrived is drawn, and drawn to the end.
pub(super) fn report(
    making: Res<Making>,
    frame: Res<LayerFrame>,
    heat: Res<super::heat::HeatPending>,
    mut pending: ResMut<LayersPending>,
) {
    let is_pending = making.0.is_some() || frame.uniform.blend < 1.0 || heat.0;
    if pending.0 != is_pending {
        pending.0 = is_pending;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::{Area, AreaCode};
    use geo::MultiPolygon;

    /// A district of `side` × `side` square grids of about 500 m, 2 × 2 grids to a community, 4 × 4 to a street.
    pub fn chessboard(side: u32) -> Vec<Area> {
        let step = 0.005;
        let cell = |x0: u32, y0: u32, n: u32| {
            // Parents' outlines run over all corners of their grids, as in real data.
            let mut ring = Vec::new();
            let at = |x: u32, y: u32| (109.0 + f64::from(x) * step, 21.0 + f64::from(y) * step);
            ring.extend((0..n).map(|i| at(x0 + i, y0)));
            ring.extend((0..n).map(|i| at(x0 + n, y0 + i)));
            ring.extend((0..n).map(|i| at(x0 + n - i, y0 + n)));
            ring.extend((0..n).map(|i| at(x0, y0 + n - i)));
            MultiPolygon(vec![geo::Polygon::new(ring.into(), vec![])])
        };
        let area = |code: String, level, parent: Option<String>, boundary| Area {
            name: code.clone(),
            code: AreaCode::new(code),
            level,
            kind: None,
            name_en: None,
            parent: parent.map(AreaCode::new),
            households: None,
            population: None,
            boundary,
        };
        let mut areas = vec![area("d".into(), Level::District, None, cell(0, 0, side))];
        for (level, n, prefix, up, up_n) in
            [(Level::Street, 4, "s", "d", side), (Level::Community, 2, "c", "s", 4), (Level::Grid, 1, "g", "c", 2)]
        {
            for y in 0..side / n {
                for x in 0..side / n {
                    let parent =
                        if up == "d" { up.to_owned() } else { format!("{up}{}-{}", x * n / up_n, y * n / up_n) };
                    areas.push(area(format!("{prefix}{x}-{y}"), level, Some(parent), cell(x * n, y * n, n)));
                }
            }
        }
        areas
    }

    fn built(areas: Vec<Area>) -> AreaShapes {
        let (table, _) = AreaTable::build(areas);
        AreaShapes::build(Shared::new(table), &Projection::around(109.0, 21.0)).0
    }

    #[test]
    fn the_finest_areas_are_drawn_and_borders_know_their_level() {
        let shapes = built(chessboard(8));
        assert_eq!(shapes.features.len(), 64);
        let count = |level| shapes.arc_levels.iter().filter(|of| **of == level).count();
        // 112 inner edges: 32 between grids of one community… all arcs here are single edges.
        assert_eq!(count(Level::Grid), 64);
        assert_eq!(count(Level::Community), 32);
        assert_eq!(count(Level::Street), 16);
        // The outer ring: corner grids have one arc over two edges.
        assert_eq!(count(Level::District), 28);
    }

    #[test]
    fn an_outline_is_the_border_of_the_set() {
        let shapes = built(chessboard(8));
        let street = shapes.table.find(&AreaCode::new("s0-0")).unwrap();
        let members = shapes.members(street);
        assert_eq!(members.iter().filter(|is_in| **is_in).count(), 16);
        assert_eq!(shapes.outline(&members).map(|arc| arc.points.len() - 1).sum::<usize>(), 16);
    }

    #[test]
    fn missing_grids_are_replaced_by_their_community() {
        let mut areas = chessboard(8);
        areas.retain(|area| !(area.level == Level::Grid && area.parent == Some(AreaCode::new("c0-0"))));
        let shapes = built(areas);
        assert_eq!(shapes.features.len(), 61);
        let community = shapes.table.find(&AreaCode::new("c0-0")).unwrap();
        let feature = shapes.feature_of[community.index()];
        assert_eq!(shapes.counted[Level::Grid.depth()][feature as usize], community);
        assert_eq!(shapes.counted[Level::District.depth()][feature as usize], shapes.table.root().unwrap());
    }

    #[test]
    fn no_areas_is_no_trouble() {
        let shapes = built(vec![]);
        assert!(shapes.features.is_empty() && shapes.bounds.is_empty());
    }
}
