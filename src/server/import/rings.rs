//! Whether the rings of a boundary are sound: no crossing, no touching of oneself, no edge run twice, holes inside.
//!
//! A sweep over the edges sorted by longitude, so that a coastline of a hundred thousand vertices takes milliseconds.
//! `geometry.rs` repairs what is not sound.

use geo::algorithm::coordinate_position::{CoordPos, CoordinatePosition};
use geo::algorithm::kernels::{Kernel, Orientation, RobustKernel};
use geo::{BoundingRect, Coord, LineString, MultiPolygon, Polygon};

/// What is wrong with a boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsound {
    /// A ring crosses or touches itself.
    SelfCrossing,
    /// A ring runs back on itself.
    Spike,
    /// Two rings cross or share an edge.
    RingsCross,
    /// A hole lies outside its polygon.
    HoleOutside,
    /// A polygon lies inside another of the same boundary.
    PolygonInside,
}

impl Unsound {
    /// The fault in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Unsound::SelfCrossing => "a ring crosses or touches itself",
            Unsound::Spike => "a ring runs back on itself",
            Unsound::RingsCross => "two rings cross or share an edge",
            Unsound::HoleOutside => "a hole lies outside its polygon",
            Unsound::PolygonInside => "a polygon lies inside another one",
        }
    }
}

/// One edge with the ring it belongs to and its place there.
struct Edge {
    a: Coord,
    b: Coord,
    low: Coord,
    high: Coord,
    ring: usize,
    index: usize,
    of: usize,
}

/// How two edges meet.
#[derive(PartialEq, Eq)]
enum Meeting {
    None,
    Touch,
    Cross,
    Overlap,
}

/// The first fault found, or `None` for a sound boundary. Rings must be closed, without repeated points.
pub fn first_fault(boundary: &MultiPolygon) -> Option<Unsound> {
    let rings: Vec<&LineString> =
        boundary.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors())).collect();
    let mut edges: Vec<Edge> = Vec::with_capacity(rings.iter().map(|ring| ring.0.len()).sum());
    for (ring, line) in rings.iter().enumerate() {
        let of = line.0.len().saturating_sub(1);
        for (index, pair) in line.0.windows(2).enumerate() {
            let (a, b) = (pair[0], pair[1]);
            let low = Coord { x: a.x.min(b.x), y: a.y.min(b.y) };
            let high = Coord { x: a.x.max(b.x), y: a.y.max(b.y) };
            edges.push(Edge { a, b, low, high, ring, index, of });
        }
    }
    edges.sort_by(|p, q| p.low.x.total_cmp(&q.low.x));
    let mut active: Vec<usize> = Vec::new();
    for (at, edge) in edges.iter().enumerate() {
        active.retain(|other| edges[*other].high.x >= edge.low.x);
        for other in &active {
            let other = &edges[*other];
            if other.low.y <= edge.high.y && edge.low.y <= other.high.y {
                if let Some(fault) = fault_of(edge, other) {
                    return Some(fault);
                }
            }
        }
        active.push(at);
    }
    nesting_fault(boundary)
}

fn fault_of(p: &Edge, q: &Edge) -> Option<Unsound> {
    let meeting = meet(p, q);
    if p.ring != q.ring {
        return matches!(meeting, Meeting::Cross | Meeting::Overlap).then_some(Unsound::RingsCross);
    }
    let apart = p.index.abs_diff(q.index);
    if apart == 1 || apart + 1 == p.of {
        return (meeting == Meeting::Overlap).then_some(Unsound::Spike);
    }
    match meeting {
        Meeting::None => None,
        Meeting::Overlap => Some(Unsound::Spike),
        Meeting::Touch | Meeting::Cross => Some(Unsound::SelfCrossing),
    }
}

fn meet(p: &Edge, q: &Edge) -> Meeting {
    let side = |a, b, c| RobustKernel::orient2d(a, b, c);
    let (qa, qb) = (side(p.a, p.b, q.a), side(p.a, p.b, q.b));
    if qa == qb && qa != Orientation::Collinear {
        return Meeting::None;
    }
    let (pa, pb) = (side(q.a, q.b, p.a), side(q.a, q.b, p.b));
    if pa == pb && pa != Orientation::Collinear {
        return Meeting::None;
    }
    if qa == Orientation::Collinear && qb == Orientation::Collinear {
        // On one line: compare the spans along it.
        let span = (p.high.x.min(q.high.x) - p.low.x.max(q.low.x), p.high.y.min(q.high.y) - p.low.y.max(q.low.y));
        return match span {
            (x, y) if x < 0.0 || y < 0.0 => Meeting::None,
            (x, y) if x == 0.0 && y == 0.0 => Meeting::Touch,
            _ => Meeting::Overlap,
        };
    }
    if [qa, qb, pa, pb].contains(&Orientation::Collinear) { Meeting::Touch } else { Meeting::Cross }
}

/// Rings that do not cross lie inside or outside each other; one point tells.
fn nesting_fault(boundary: &MultiPolygon) -> Option<Unsound> {
    for polygon in boundary {
        if polygon.interiors().is_empty() {
            continue;
        }
        let shell = Polygon::new(polygon.exterior().clone(), Vec::new());
        if polygon.interiors().iter().any(|hole| side_of(hole, &shell) == CoordPos::Outside) {
            return Some(Unsound::HoleOutside);
        }
    }
    let boxes: Vec<_> = boundary.iter().map(BoundingRect::bounding_rect).collect();
    for (i, inner) in boundary.iter().enumerate() {
        for (j, outer) in boundary.iter().enumerate() {
            let (Some(a), Some(b)) = (boxes[i], boxes[j]) else { continue };
            let within =
                b.min().x <= a.min().x && b.min().y <= a.min().y && a.max().x <= b.max().x && a.max().y <= b.max().y;
            if i != j && within && side_of(inner.exterior(), outer) == CoordPos::Inside {
                return Some(Unsound::PolygonInside);
            }
        }
    }
    None
}

/// Where a ring lies, by its first vertex that is not on the boundary.
fn side_of(ring: &LineString, polygon: &Polygon) -> CoordPos {
    let mut sides = ring.0.iter().map(|vertex| polygon.coordinate_position(vertex));
    sides.find(|side| *side != CoordPos::OnBoundary).unwrap_or(CoordPos::OnBoundary)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;

    #[test]
    fn sound_boundaries_pass() {
        assert_eq!(first_fault(&wkt!(MULTIPOLYGON(((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.))))), None);
        assert_eq!(first_fault(&wkt!(MULTIPOLYGON(((0. 0.,1. 0.,0. 1.,0. 0.))))), None);
        // A hole that touches the shell in one point, an island in a hole, two parts that share a corner.
        assert_eq!(first_fault(&wkt!(MULTIPOLYGON(((0. 0.,9. 0.,9. 9.,0. 9.,0. 0.),(0. 4.,3. 3.,3. 5.,0. 4.))))), None);
        assert_eq!(
            first_fault(&wkt!(MULTIPOLYGON(
                ((0. 0.,9. 0.,9. 9.,0. 9.,0. 0.),(2. 2.,2. 7.,7. 7.,7. 2.,2. 2.)),((3. 3.,4. 3.,4. 4.,3. 3.)),
                ((9. 9.,10. 9.,10. 10.,9. 9.))
            ))),
            None
        );
    }

    #[test]
    fn each_fault_is_named() {
        let fault = |boundary: MultiPolygon| first_fault(&boundary);
        assert_eq!(fault(wkt!(MULTIPOLYGON(((0. 0.,4. 4.,4. 0.,0. 4.,0. 0.))))), Some(Unsound::SelfCrossing));
        assert_eq!(fault(wkt!(MULTIPOLYGON(((0. 0.,4. 0.,4. 4.,2. 0.,0. 4.,0. 0.))))), Some(Unsound::SelfCrossing));
        assert!(fault(wkt!(MULTIPOLYGON(((0. 0.,4. 0.,6. 0.,4. 0.,4. 4.,0. 0.))))).is_some());
        assert_eq!(fault(wkt!(MULTIPOLYGON(((0. 0.,4. 0.,2. 0.,0. 0.))))), Some(Unsound::Spike));
        assert_eq!(
            fault(wkt!(MULTIPOLYGON(((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.),(2. 2.,6. 2.,6. 3.,2. 2.))))),
            Some(Unsound::RingsCross)
        );
        assert_eq!(
            fault(wkt!(MULTIPOLYGON(((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.),(6. 6.,7. 6.,7. 7.,6. 6.))))),
            Some(Unsound::HoleOutside)
        );
        assert_eq!(
            fault(wkt!(MULTIPOLYGON(((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.)),((1. 1.,2. 1.,2. 2.,1. 1.))))),
            Some(Unsound::PolygonInside)
        );
    }
}
