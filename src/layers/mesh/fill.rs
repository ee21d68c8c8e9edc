//! Polygons to triangles: lyon by the even-odd rule, which takes crossing and repeated rings; ear cutting by `geo` where
//! lyon gives up; nothing where neither can. Never a panic, whatever the ring.

use bevy::math::{Rect, Vec2};
use geo::{LineString, MultiPolygon, Polygon, TriangulateEarcut};
use lyon::math::point;
use lyon::path::Path;
use lyon::tessellation::{BuffersBuilder, FillOptions, FillTessellator, FillVertex, VertexBuffers};

use super::Rings;
use crate::layers::tiles::Cut;
use crate::map::projection::Projection;

/// Triangles of a shape: points in world metres and indices into them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fill {
    /// The points.
    pub points: Vec<Vec2>,
    /// Three to a triangle.
    pub indices: Vec<u32>,
}

impl Fill {
    /// The triangles in tiles, with the ground that each covers; those larger than a tile lie in one of their own, the
    /// last. Tiles may be empty.
    pub fn tiles(&self, cut: Cut) -> Vec<(Fill, Rect)> {
        let mut tiles = vec![(Fill::default(), Rect::EMPTY); cut.count() + 1];
        // The point in the tile where it was put last, and the tile.
        let mut places = vec![(0_u32, usize::MAX); self.points.len()];
        for triangle in self.indices.chunks_exact(3) {
            let covers = triangle.iter().fold(Rect::EMPTY, |covers, at| covers.union_point(self.points[*at as usize]));
            let is_large = covers.size().cmpgt(cut.tile_m()).any();
            let tile = if is_large { cut.count() } else { cut.tile(covers.center()) };
            let (part, all) = &mut tiles[tile];
            *all = all.union(covers);
            for at in triangle {
                let place = &mut places[*at as usize];
                if place.1 != tile {
                    *place = (part.points.len() as u32, tile);
                    part.points.push(self.points[*at as usize]);
                }
                part.indices.push(place.0);
            }
        }
        tiles
    }

    /// Sum of the triangles' areas, m².
    pub fn area_m2(&self) -> f64 {
        let corner = |index: u32| self.points[index as usize].as_dvec2();
        let triangle = |t: &[u32]| {
            let (a, b, c) = (corner(t[0]), corner(t[1]), corner(t[2]));
            (b - a).perp_dot(c - a).abs() * 0.5
        };
        self.indices.chunks_exact(3).map(triangle).sum()
    }
}

/// The rings of a boundary in world metres: no repeated points, none that is not a number, none of fewer than three.
pub fn rings_of(boundary: &MultiPolygon<f64>, projection: &Projection) -> Rings {
    let rings = boundary.0.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    rings.filter_map(|ring| open_ring(ring, projection)).collect()
}

/// One ring in world metres without the closing point; `None` if it encloses nothing.
pub fn open_ring(ring: &LineString<f64>, projection: &Projection) -> Option<Vec<Vec2>> {
    let mut points = line_of(ring, projection);
    while points.len() > 1 && points.first() == points.last() {
        points.pop();
    }
    (points.len() >= 3).then_some(points)
}

/// The points of a line in world metres: no repeated points, none that is not a number.
pub fn line_of(line: &LineString<f64>, projection: &Projection) -> Vec<Vec2> {
    let mut points: Vec<Vec2> = line
        .coords()
        .map(|coord| projection.world_from_lonlat(coord.x, coord.y))
        .filter(|point| point.is_finite())
        .collect();
    points.dedup();
    points
}

/// Fills a shape. Crossing rings are filled where they enclose an odd number of times. Empty when nothing can be done.
pub fn fill(rings: &Rings) -> Fill {
    by_lyon(rings).unwrap_or_else(|| by_ears(rings))
}

fn by_lyon(rings: &Rings) -> Option<Fill> {
    let mut path = Path::builder();
    // Tessellate near the origin: f32 is finest there.
    let origin = rings.first().and_then(|ring| ring.first()).copied().unwrap_or_default();
    for ring in rings {
        let mut points = ring.iter().map(|p| point(p.x - origin.x, p.y - origin.y));
        let Some(first) = points.next() else { continue };
        path.begin(first);
        points.for_each(|p| {
            path.line_to(p);
        });
        path.end(true);
    }
    let mut buffers: VertexBuffers<Vec2, u32> = VertexBuffers::new();
    let mut output = BuffersBuilder::new(&mut buffers, |vertex: FillVertex| {
        Vec2::new(vertex.position().x, vertex.position().y) + origin
    });
    let options = FillOptions::even_odd().with_tolerance(0.05).with_intersections(true);
    // lyon asserts on some degenerate input; that must cost one area its fill, not the wall its life.
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        FillTessellator::new().tessellate_path(&path.build(), &options, &mut output).is_ok()
    }));
    (matches!(done, Ok(true)) && (!buffers.indices.is_empty() || rings.is_empty()))
        .then_some(Fill { points: buffers.vertices, indices: buffers.indices })
}

fn by_ears(rings: &Rings) -> Fill {
    let mut fill = Fill::default();
    for ring in rings.iter().filter(|ring| ring.len() >= 3 && ring.iter().all(|point| point.is_finite())) {
        let line: LineString<f64> = ring.iter().map(|p| (f64::from(p.x), f64::from(p.y))).collect();
        let cut = std::panic::catch_unwind(|| Polygon::new(line, vec![]).earcut_triangles_raw());
        let Ok(cut) = cut else { continue };
        let base = fill.points.len() as u32;
        fill.points.extend(cut.vertices.iter().map(|xy| Vec2::new(xy[0] as f32, xy[1] as f32)));
        fill.indices.extend(cut.triangle_indices.iter().map(|index| base + *index as u32));
    }
    fill
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(points: &[(f32, f32)]) -> Vec<Vec2> {
        points.iter().map(|&(x, y)| Vec2::new(x, y)).collect()
    }

    #[test]
    fn tiles_hold_all_triangles_and_know_where_they_are() {
        let ring = |x: f32, y: f32, side: f32| {
            vec![Vec2::new(x, y), Vec2::new(x + side, y), Vec2::new(x + side, y + side), Vec2::new(x, y + side)]
        };
        let all = fill(&vec![ring(0.0, 0.0, 3.0), ring(50.0, 40.0, 5.0), ring(-900.0, 90.0, 700.0)]);
        let tiles = all.tiles(Cut::of(Rect::from_corners(Vec2::ZERO, Vec2::splat(60.0))));
        let sum: f64 = tiles.iter().map(|(part, _)| part.area_m2()).sum();
        assert!((sum - all.area_m2()).abs() < 1.0, "{sum}");
        let covers: Vec<Rect> =
            tiles.iter().filter(|(part, _)| !part.indices.is_empty()).map(|(_, covers)| *covers).collect();
        assert_eq!(covers.len(), 3);
        assert_eq!(covers[0], Rect::new(0.0, 0.0, 3.0, 3.0));
        assert_eq!(covers[2], Rect::new(-900.0, 90.0, -200.0, 790.0), "the last one is the large one");
    }

    #[test]
    fn a_hole_stays_open() {
        let outer = ring(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]);
        let hole = ring(&[(2.0, 2.0), (2.0, 4.0), (4.0, 4.0), (4.0, 2.0)]);
        assert!((fill(&vec![outer, hole]).area_m2() - 96.0).abs() < 1e-3);
    }

    #[test]
    fn a_bow_tie_is_filled_on_both_sides() {
        let bow = ring(&[(0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)]);
        assert!((fill(&vec![bow]).area_m2() - 50.0).abs() < 1e-3);
    }

    #[test]
    fn nonsense_gives_nothing_and_no_panic() {
        let nonsense: Vec<Rings> = vec![
            vec![],
            vec![vec![]],
            vec![ring(&[(1.0, 1.0)])],
            vec![ring(&[(0.0, 0.0), (5.0, 0.0), (9.0, 0.0)])],
            vec![ring(&[(1.0, 1.0); 9])],
            vec![ring(&[(f32::NAN, 0.0), (1.0, f32::INFINITY), (1.0, 1.0), (0.0, 2.0)])],
            vec![ring(&[(1e30, 0.0), (-1e30, 1e30), (0.0, -1e30), (f32::MAX, f32::MIN)])],
        ];
        for rings in nonsense {
            let fill = fill(&rings);
            assert!(fill.indices.iter().all(|index| (*index as usize) < fill.points.len()));
        }
    }

    #[test]
    fn rings_lose_repeated_and_impossible_points() {
        let line = LineString::from(vec![(0.0, 0.0), (0.0, 0.0), (f64::NAN, 1.0), (0.1, 0.0), (0.1, 0.1), (0.0, 0.0)]);
        let projection = Projection::around(0.0, 0.0);
        assert_eq!(open_ring(&line, &projection).map(|ring| ring.len()), Some(3));
    }

    /// Earcut's own hard cases, where the data are at hand.
    #[test]
    fn hard_cases_are_filled_or_left_out() {
        let data = std::env::var_os("GRIDWALL_DATA").map_or_else(
            || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
            std::path::PathBuf::from,
        );
        let Ok(folder) = std::fs::read_dir(data.join("edge/earcut")) else { return };
        let mut tried = 0;
        for file in folder.flatten().filter(|file| file.path().extension().is_some_and(|ext| ext == "json")) {
            let text = std::fs::read_to_string(file.path()).unwrap();
            let Ok(rings) = serde_json::from_str::<Vec<Vec<[f32; 2]>>>(&text) else { continue };
            let rings: Rings = rings.iter().map(|ring| ring.iter().map(|p| Vec2::from_array(*p)).collect()).collect();
            let fill = fill(&rings);
            assert!(fill.points.iter().all(|point| point.is_finite()), "{:?}", file.path());
            assert!(fill.indices.iter().all(|index| (*index as usize) < fill.points.len()));
            tried += 1;
        }
        assert!(tried > 5, "only {tried} cases were read");
    }
}
