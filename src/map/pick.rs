//! Which area is at a point: an r-tree over the envelopes of each level, then even-odd point in polygon.
//!
//! The index is built once per list of areas, in world metres. Tilted prisms are `raised.rs`, tickets `marks.rs`.

use bevy::math::{Rect, Vec2};
use bevy::prelude::Resource;
use geo::LineString;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use crate::domain::{AreaId, AreaTable, Level};

use super::projection::Projection;

/// The areas at a point, one per level, outermost first.
pub type Hits = [Option<AreaId>; 4];

type Envelope = GeomWithData<Rectangle<[f32; 2]>, AreaId>;

/// The areas' shapes in world metres and the way to find them. Empty before the first areas.
#[derive(Resource, Default)]
pub struct AreaIndex {
    shapes: Vec<Shape>,
    levels: [RTree<Envelope>; 4],
    district: Option<Rect>,
}

/// The boundary of one area: all rings of all its parts; inside is where the count of rings around a point is odd.
#[derive(Default)]
struct Shape {
    bounds: Option<Rect>,
    rings: Vec<Box<[Vec2]>>,
}

impl AreaIndex {
    /// Projects and indexes all areas. An area without a usable boundary is never found.
    pub fn build(table: &AreaTable, projection: &Projection) -> Self {
        let shapes: Vec<Shape> = table
            .iter()
            .map(|(_, area)| {
                let lines =
                    area.boundary.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
                Shape::new(lines.filter_map(|line| ring(line, projection)).collect())
            })
            .collect();
        let levels = Level::ALL.map(|level| {
            let envelopes = table.at_level(level).filter_map(|id| {
                let bounds = shapes[id.index()].bounds?;
                Some(Envelope::new(Rectangle::from_corners(bounds.min.to_array(), bounds.max.to_array()), id))
            });
            RTree::bulk_load(envelopes.collect())
        });
        let district = shapes.iter().filter_map(|shape| shape.bounds).reduce(|all, one| all.union(one));
        Self { shapes, levels, district }
    }

    /// The bounds of all areas together, world metres.
    pub fn district(&self) -> Option<Rect> {
        self.district
    }

    /// The bounds of one area, world metres; `None` without a usable boundary.
    pub fn bounds(&self, id: AreaId) -> Option<Rect> {
        self.shapes.get(id.index())?.bounds
    }

    /// The closed rings of one area in world metres, the last point not repeated: outer rings and holes of all parts.
    pub fn rings(&self, id: AreaId) -> &[Box<[Vec2]>] {
        self.shapes.get(id.index()).map_or(&[], |shape| &shape.rings)
    }

    /// True if the point lies in the area.
    pub fn contains(&self, id: AreaId, world: Vec2) -> bool {
        self.shapes.get(id.index()).is_some_and(|shape| shape.contains(world))
    }

    /// The area of a level at a point; of several the one with the smallest envelope.
    pub fn pick(&self, world: Vec2, level: Level) -> Option<AreaId> {
        if !world.is_finite() {
            return None;
        }
        let extent = |id: &AreaId| self.bounds(*id).map_or(f32::MAX, |bounds| bounds.size().element_product());
        self.touching(Rect::from_corners(world, world), level)
            .filter(|id| self.contains(*id, world))
            .min_by(|a, b| extent(a).total_cmp(&extent(b)).then(a.cmp(b)))
    }

    /// The areas of all levels at a point.
    pub fn hits(&self, world: Vec2) -> Hits {
        Level::ALL.map(|level| self.pick(world, level))
    }

    /// The areas of a level whose envelope touches a rectangle, in no order.
    pub fn touching(&self, rect: Rect, level: Level) -> impl Iterator<Item = AreaId> + '_ {
        let envelope = AABB::from_corners(rect.min.to_array(), rect.max.to_array());
        self.levels[level.depth()].locate_in_envelope_intersecting(&envelope).map(|found| found.data)
    }
}

impl Shape {
    fn new(rings: Vec<Box<[Vec2]>>) -> Self {
        let points = rings.iter().flat_map(|ring| ring.iter().copied());
        let bounds = points.map(|point| Rect::from_corners(point, point)).reduce(|all, one| all.union(one));
        Self { bounds, rings }
    }

    fn contains(&self, point: Vec2) -> bool {
        self.bounds.is_some_and(|bounds| bounds.contains(point))
            && self.rings.iter().fold(false, |inside, ring| inside ^ ring_contains(ring, point))
    }
}

/// A ring in world metres without its repeated last point; `None` if it cannot enclose anything.
fn ring(line: &LineString<f64>, projection: &Projection) -> Option<Box<[Vec2]>> {
    let mut points: Vec<Vec2> =
        line.0.iter().map(|at| projection.world_from_lonlat(at.x, at.y)).filter(|point| point.is_finite()).collect();
    points.dedup();
    if points.len() > 1 && points.first() == points.last() {
        points.pop();
    }
    (points.len() >= 3).then(|| points.into_boxed_slice())
}

/// The crossing rule. Every edge is computed from its lower to its upper end, so that two areas that share an edge
/// agree exactly about each point: it is in one of them, never in both or neither.
fn ring_contains(ring: &[Vec2], point: Vec2) -> bool {
    let Some(mut last) = ring.last().copied() else { return false };
    let mut inside = false;
    for &next in ring {
        if (last.y > point.y) != (next.y > point.y) {
            let (low, high) = if last.y < next.y { (last, next) } else { (next, last) };
            let (low, high, at) = (low.as_dvec2(), high.as_dvec2(), point.as_dvec2());
            inside ^= (high - low).perp_dot(at - low) > 0.0;
        }
        last = next;
    }
    inside
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::{Area, AreaCode};
    use geo::{MultiPolygon, Polygon, polygon};

    /// An area with the given parts, for tests.
    pub fn area(code: &str, level: Level, parent: Option<&str>, boundary: Vec<Polygon<f64>>) -> Area {
        Area {
            code: AreaCode::new(code),
            level,
            kind: None,
            name: code.to_owned(),
            name_en: None,
            parent: parent.map(AreaCode::new),
            households: None,
            population: None,
            boundary: MultiPolygon(boundary),
        }
    }

    /// A rectangle in degrees.
    pub fn rect(west: f64, south: f64, east: f64, north: f64) -> Polygon<f64> {
        geo::Rect::new((west, south), (east, north)).to_polygon()
    }

    fn index(areas: Vec<Area>) -> (AreaTable, AreaIndex, Projection) {
        let (table, _) = AreaTable::build(areas);
        let projection = Projection::around(0.0, 0.0);
        let index = AreaIndex::build(&table, &projection);
        (table, index, projection)
    }

    #[test]
    fn islands_are_inside_and_holes_are_not() {
        let with_hole = polygon![
            exterior: [(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 4.0, y: 4.0), (x: 0.0, y: 4.0)],
            interiors: [[(x: 1.0, y: 1.0), (x: 2.0, y: 1.0), (x: 2.0, y: 2.0), (x: 1.0, y: 2.0)]],
        ];
        let island = rect(6.0, 6.0, 7.0, 7.0);
        let (_, index, projection) = index(vec![area("a", Level::Street, None, vec![with_hole, island])]);
        let pick = |lon, lat| index.pick(projection.world_from_lonlat(lon, lat), Level::Street).is_some();
        assert!(pick(3.0, 3.0) && pick(6.5, 6.5));
        assert!(!pick(1.5, 1.5) && !pick(5.0, 5.0) && !pick(9.0, 9.0));
        assert_eq!(index.pick(Vec2::NAN, Level::Street), None);
    }

    #[test]
    fn neighbours_share_no_point_and_leave_none() {
        // A crooked shared edge, listed in opposite directions by its two areas.
        let edge = [(1.0, 0.0), (1.13, 0.31), (0.87, 0.52), (1.07, 0.77), (1.0, 1.0)];
        let west = edge.iter().copied().chain([(0.0, 1.0), (0.0, 0.0)]).collect::<Vec<_>>();
        let east = edge.iter().rev().copied().chain([(2.0, 0.0), (2.0, 1.0)]).collect::<Vec<_>>();
        let polygons = [west, east].map(|points| Polygon::new(LineString::from(points), vec![]));
        let [west, east] = polygons;
        let (table, index, projection) =
            index(vec![area("w", Level::Grid, None, vec![west]), area("e", Level::Grid, None, vec![east])]);
        let ids: Vec<_> = table.at_level(Level::Grid).collect();
        for step in 0..20_000_u32 {
            let lon = 0.85 + 0.3 * f64::from(step.wrapping_mul(2_654_435_761) % 1000) / 1000.0;
            let lat = 0.001 + 0.998 * f64::from(step) / 20_000.0;
            let world = projection.world_from_lonlat(lon, lat);
            let count = ids.iter().filter(|id| index.contains(**id, world)).count();
            assert_eq!(count, 1, "{lon} {lat}");
        }
    }

    #[test]
    fn broken_rings_are_never_found_and_never_panic() {
        let line = Polygon::new(LineString::from(vec![(0.0, 0.0), (1.0, 1.0)]), vec![]);
        let nowhere = Polygon::new(LineString::from(vec![(f64::NAN, 0.0), (1.0, f64::INFINITY), (2.0, 2.0)]), vec![]);
        let (table, index, _) = index(vec![
            area("line", Level::Grid, None, vec![line]),
            area("nan", Level::Grid, None, vec![nowhere]),
            area("none", Level::Grid, None, vec![]),
        ]);
        assert_eq!(index.district(), None);
        assert!(table.iter().all(|(id, _)| index.bounds(id).is_none() && index.rings(id).is_empty()));
        assert_eq!(index.hits(Vec2::ZERO), [None; 4]);
    }
}
