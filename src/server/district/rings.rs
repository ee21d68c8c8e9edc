//! From shared borders to boundaries: walks along the borders around each group of cells. Grids, communities, streets
//! and the district all come from the same border points, so a parent is exactly the union of its children.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::curves::{Point, is_inside, ring_area};

/// A border as the walk sees it: which groups it divides, and its points in degrees.
pub struct Edge<'a> {
    /// The group on the left, if it is in the district.
    pub left: Option<u32>,
    /// The group on the right.
    pub right: Option<u32>,
    /// The corner it starts at.
    pub start: u32,
    /// The corner it ends at.
    pub end: u32,
    /// The points in between.
    pub bend: &'a [Point],
}

/// One direction of an edge, with its group on the left.
struct Way {
    group: u32,
    start: u32,
    end: u32,
    edge: u32,
    forward: bool,
}

/// The boundary of each of `groups` groups. Outer rings are anticlockwise, holes clockwise, the largest part first.
pub fn boundaries(edges: &[Edge<'_>], corners: &[Point], groups: usize) -> Vec<MultiPolygon<f64>> {
    let mut ways = Vec::with_capacity(edges.len() * 2);
    for (index, edge) in edges.iter().enumerate() {
        if edge.left == edge.right {
            continue;
        }
        if let Some(group) = edge.left {
            ways.push(Way { group, start: edge.start, end: edge.end, edge: index as u32, forward: true });
        }
        if let Some(group) = edge.right {
            ways.push(Way { group, start: edge.end, end: edge.start, edge: index as u32, forward: false });
        }
    }
    ways.sort_unstable_by_key(|way| (way.group, way.start));
    let mut rings: Vec<Vec<Vec<Point>>> = vec![Vec::new(); groups];
    let mut walked = vec![false; ways.len()];
    for first in 0..ways.len() {
        if walked[first] {
            continue;
        }
        // Three cells meet at a corner, so each group leaves it at most once: the way on is unique.
        let mut ring = Vec::new();
        let mut at = first;
        while !walked[at] {
            walked[at] = true;
            let way = &ways[at];
            let bend = edges[way.edge as usize].bend;
            ring.push(corners[way.start as usize]);
            if way.forward {
                ring.extend_from_slice(bend);
            } else {
                ring.extend(bend.iter().rev());
            }
            let next = ways.binary_search_by_key(&(way.group, way.end), |other| (other.group, other.start));
            let Ok(next) = next else { break };
            at = next;
        }
        rings[ways[first].group as usize].push(ring);
    }
    rings.into_iter().map(assemble).collect()
}

/// Sorts rings into outer ones and holes.
fn assemble(rings: Vec<Vec<Point>>) -> MultiPolygon<f64> {
    let (mut outer, holes): (Vec<_>, Vec<_>) =
        rings.into_iter().map(|ring| (ring_area(&ring), ring)).partition(|(area, _)| *area > 0.0);
    outer.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut polygons: Vec<(Vec<Point>, Vec<Vec<Point>>)> =
        outer.into_iter().map(|(_, ring)| (ring, Vec::new())).collect();
    for (_, hole) in holes {
        // The smallest part around the hole has it.
        let owner = polygons.iter_mut().rev().find(|(ring, _)| hole.first().is_some_and(|p| is_inside(ring, *p)));
        if let Some((_, holes)) = owner {
            holes.push(hole);
        }
    }
    MultiPolygon(
        polygons
            .into_iter()
            .map(|(ring, holes)| Polygon::new(closed(&ring), holes.iter().map(|hole| closed(hole)).collect()))
            .collect(),
    )
}

/// A ring of points as a closed line string.
pub fn closed(ring: &[Point]) -> LineString<f64> {
    ring.iter().chain(ring.first()).map(|p| Coord { x: p[0], y: p[1] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square ring around a square, inner group 1 in outer group 0.
    #[test]
    fn a_group_around_another_has_a_hole() {
        let corners = [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0], [3.0, 3.0], [6.0, 3.0], [6.0, 6.0], [3.0, 6.0]];
        let bend = [];
        let side = |start, end, left, right| Edge { left, right, start, end, bend: &bend };
        let edges: Vec<Edge<'_>> = (0..4)
            .flat_map(|k| [side(k, (k + 1) % 4, Some(0), None), side(4 + k, 4 + (k + 1) % 4, Some(1), Some(0))])
            .collect();
        let found = boundaries(&edges, &corners, 2);
        assert_eq!(found[0].0.len(), 1);
        assert_eq!(found[0].0[0].interiors().len(), 1);
        assert_eq!(found[0].0[0].exterior().0.len(), 5);
        assert!(found[1].0[0].interiors().is_empty());
        assert_eq!(geo::Area::signed_area(&found[0]) + geo::Area::signed_area(&found[1]), 81.0);
    }
}
