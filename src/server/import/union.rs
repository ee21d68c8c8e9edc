//! The outline around areas that share their borders, in the very coordinates of the areas.

use std::collections::HashMap;

use geo::algorithm::bool_ops::unary_union;
use geo::algorithm::orient::{Direction, Orient};
use geo::{Area as _, Coord, LineString, MultiPolygon, Polygon};

use super::levels::METRES_PER_DEGREE;

/// Gaps between neighbours up to this size are not drawn as lakes.
const SLIVER_M2: f64 = 500.0;
/// Vertices of the union this near to one of the parts are that one: about a centimetre.
const SNAP_DEG: f64 = 1e-7;

/// The union of boundaries whose outer rings run anticlockwise.
pub fn union_of<'b>(parts: impl Iterator<Item = &'b MultiPolygon> + Clone) -> MultiPolygon {
    let parts: Vec<&MultiPolygon> = parts.filter(|part| !part.0.is_empty()).collect();
    match parts.as_slice() {
        [] => return MultiPolygon(Vec::new()),
        [only] => return (*only).clone(),
        _ => {}
    }
    let mut vertices: HashMap<(i64, i64), Coord> = HashMap::new();
    for ring in parts
        .iter()
        .flat_map(|part| part.iter())
        .flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()))
    {
        vertices.extend(ring.0.iter().map(|vertex| (key(*vertex), *vertex)));
    }
    let union = unary_union(parts.iter().copied());
    let polygons = union.into_iter().filter_map(|polygon| {
        let (shell, holes) = polygon.into_inner();
        let shell = snapped(shell, &vertices)?;
        let cos = shell.0[0].y.to_radians().cos();
        let sliver = SLIVER_M2 / (METRES_PER_DEGREE * METRES_PER_DEGREE * cos.max(0.01));
        let holes = holes.into_iter().filter_map(|hole| snapped(hole, &vertices));
        let holes = holes.filter(|hole| Polygon::new(hole.clone(), Vec::new()).unsigned_area() > sliver).collect();
        Some(Polygon::new(shell, holes))
    });
    MultiPolygon(polygons.collect()).orient(Direction::Default)
}

fn key(at: Coord) -> (i64, i64) {
    ((at.x / SNAP_DEG).round() as i64, (at.y / SNAP_DEG).round() as i64)
}

/// The ring in the coordinates of the parts; `None` if nothing is left of it.
fn snapped(ring: LineString, vertices: &HashMap<(i64, i64), Coord>) -> Option<LineString> {
    let mut line: Vec<Coord> = Vec::with_capacity(ring.0.len());
    for at in ring.0 {
        let (x, y) = key(at);
        let near =
            (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy))).filter_map(|key| vertices.get(&key));
        let distance = |vertex: &Coord| (vertex.x - at.x).abs().max((vertex.y - at.y).abs());
        let near =
            near.filter(|vertex| distance(vertex) <= SNAP_DEG).min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let at = near.copied().unwrap_or(at);
        if line.last() != Some(&at) {
            line.push(at);
        }
    }
    (line.len() >= 4).then_some(LineString(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;

    #[test]
    fn shared_borders_go_and_coordinates_stay() {
        let left = wkt!(MULTIPOLYGON(((121.555203 24.976475,121.559464 24.976475,121.559464 24.981383,121.555203 24.981383,121.555203 24.976475))));
        let right = wkt!(MULTIPOLYGON(((121.559464 24.976475,121.563 24.976475,121.563 24.981383,121.559464 24.981383,121.559464 24.976475))));
        let union = union_of([&left, &right].into_iter());
        assert_eq!(union.0.len(), 1);
        let own: Vec<Coord> = [&left, &right].iter().flat_map(|part| part.0[0].exterior().0.clone()).collect();
        assert!(union.0[0].exterior().0.iter().all(|vertex| own.contains(vertex)), "{union:?}");
        assert!((union.unsigned_area() - left.unsigned_area() - right.unsigned_area()).abs() < 1e-12);
    }

    #[test]
    fn gaps_of_a_few_metres_are_no_lakes() {
        // A gap of about 0.1 m between two halves that meet at both ends, and a real lake.
        let lower = wkt!(MULTIPOLYGON(((0. 0.,0.02 0.,0.02 0.01,0.015 0.01,0.01 0.009998,0.005 0.01,0. 0.01,0. 0.))));
        let upper = wkt!(MULTIPOLYGON(((0. 0.01,0.005 0.01,0.01 0.009999,0.015 0.01,0.02 0.01,0.02 0.02,0. 0.02,0. 0.01),
            (0.005 0.012,0.005 0.018,0.015 0.018,0.015 0.012,0.005 0.012))));
        let union = union_of([&lower, &upper].into_iter());
        assert_eq!((union.0.len(), union.0[0].interiors().len()), (1, 1));
    }
}
