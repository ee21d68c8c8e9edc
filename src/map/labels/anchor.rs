//! Where the name of an area belongs: the point inside it that is farthest from its boundary.
//!
//! The pole of inaccessibility is found by halving squares, best first, until no square can be better by more than the
//! wanted precision (the method of Mapbox's "polylabel" article, 2016). Rings come from `pick.rs`, in world metres.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use bevy::math::{Rect, Vec2};

/// The place of a label and how much room is around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anchor {
    /// The point, world metres.
    pub world: Vec2,
    /// Distance to the nearest boundary, metres.
    pub clearance_m: f32,
}

/// Longer rings are thinned to about this many points: a label needs no more.
const POINTS_MAX: usize = 200;
/// The answer is within this share of the largest part's shorter side.
const PRECISION: f32 = 0.03;

/// The anchor for the rings of an area; `None` if they enclose nothing.
pub fn anchor(rings: &[Box<[Vec2]>]) -> Option<Anchor> {
    let largest = rings.iter().max_by(|a, b| doubled_area(a).abs().total_cmp(&doubled_area(b).abs()))?;
    let bounds = bounds(largest)?;
    // Holes and islands of the largest ring: what lies within its bounds.
    let near: Vec<Vec<Vec2>> = rings
        .iter()
        .filter(|ring| ring.iter().any(|point| bounds.contains(*point)))
        .map(|ring| thinned(ring))
        .collect();
    let pole = pole(&near, bounds)?;
    (pole.clearance_m > 0.0).then_some(pole)
}

fn pole(rings: &[Vec<Vec2>], bounds: Rect) -> Option<Anchor> {
    let side = bounds.size().min_element();
    if !(side > 0.0) {
        return None;
    }
    let precision = side * PRECISION;
    let half = side * 0.5;
    let mut squares = BinaryHeap::new();
    let (columns, rows) = ((bounds.width() / side).ceil().min(64.0), (bounds.height() / side).ceil().min(64.0));
    for row in 0..rows as u32 {
        for column in 0..columns as u32 {
            let corner = bounds.min + Vec2::new(column as f32, row as f32) * side;
            squares.push(Square::new(rings, corner + half, half));
        }
    }
    let mut best = Square::new(rings, bounds.center(), 0.0);
    while let Some(square) = squares.pop() {
        if square.clearance_m > best.clearance_m {
            best = square;
        }
        if square.best_m - best.clearance_m <= precision {
            break;
        }
        let half = square.half * 0.5;
        for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
            squares.push(Square::new(rings, square.middle + Vec2::new(x, y) * half, half));
        }
    }
    Some(Anchor { world: best.middle, clearance_m: best.clearance_m })
}

#[derive(Clone, Copy)]
struct Square {
    middle: Vec2,
    half: f32,
    /// Signed distance of the middle to the boundary, metres; positive inside.
    clearance_m: f32,
    /// No point of the square can have more.
    best_m: f32,
}

impl Square {
    fn new(rings: &[Vec<Vec2>], middle: Vec2, half: f32) -> Self {
        let clearance_m = clearance(rings, middle);
        Self { middle, half, clearance_m, best_m: clearance_m + half * std::f32::consts::SQRT_2 }
    }
}

impl PartialEq for Square {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Square {}
impl PartialOrd for Square {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Square {
    fn cmp(&self, other: &Self) -> Ordering {
        self.best_m.total_cmp(&other.best_m)
    }
}

/// Signed distance to the nearest edge; positive inside by the even-odd rule.
fn clearance(rings: &[Vec<Vec2>], point: Vec2) -> f32 {
    let (mut inside, mut nearest_2) = (false, f32::MAX);
    for ring in rings {
        let Some(mut last) = ring.last().copied() else { continue };
        for &next in ring {
            let edge = next - last;
            if (last.y > point.y) != (next.y > point.y) && point.x < last.x + edge.x * (point.y - last.y) / edge.y {
                inside = !inside;
            }
            let along = ((point - last).dot(edge) / edge.length_squared().max(f32::MIN_POSITIVE)).clamp(0.0, 1.0);
            nearest_2 = nearest_2.min((last + edge * along).distance_squared(point));
            last = next;
        }
    }
    nearest_2.sqrt() * if inside { 1.0 } else { -1.0 }
}

fn thinned(ring: &[Vec2]) -> Vec<Vec2> {
    let stride = ring.len().div_ceil(POINTS_MAX).max(1);
    ring.iter().copied().step_by(stride).collect()
}

fn bounds(ring: &[Vec2]) -> Option<Rect> {
    ring.iter().map(|point| Rect::from_corners(*point, *point)).reduce(|all, one| all.union(one))
}

fn doubled_area(ring: &[Vec2]) -> f32 {
    let Some(origin) = ring.first().copied() else { return 0.0 };
    ring.windows(2).map(|pair| (pair[0] - origin).perp_dot(pair[1] - origin)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(points: &[(f32, f32)]) -> Box<[Vec2]> {
        points.iter().map(|&(x, y)| Vec2::new(x, y)).collect()
    }

    #[test]
    fn the_anchor_of_a_square_is_its_middle() {
        let found = anchor(&[ring(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)])]).unwrap();
        assert!(found.world.distance(Vec2::splat(5.0)) < 0.3 && (found.clearance_m - 5.0).abs() < 0.3);
    }

    #[test]
    fn the_anchor_of_a_bay_is_not_in_the_water() {
        // A letter C around its centre of gravity.
        let c = ring(&[(0., 0.), (10., 0.), (10., 2.), (4., 2.), (4., 8.), (10., 8.), (10., 10.), (0., 10.)]);
        let found = anchor(&[c]).unwrap();
        assert!(found.world.x < 4.0 && found.clearance_m > 1.8, "{found:?}");
    }

    #[test]
    fn a_hole_is_kept_clear_and_the_largest_part_is_named() {
        let land = ring(&[(0., 0.), (20., 0.), (20., 10.), (0., 10.)]);
        let lake = ring(&[(6., 1.), (14., 1.), (14., 9.), (6., 9.)]);
        let islet = ring(&[(90., 90.), (91., 90.), (91., 91.)]);
        let found = anchor(&[islet, land, lake]).unwrap();
        assert!((found.world.x < 6.0 || found.world.x > 14.0) && found.world.x < 20.0, "{found:?}");
    }

    #[test]
    fn nothing_has_no_anchor() {
        assert_eq!(anchor(&[]), None);
        assert_eq!(anchor(&[ring(&[(0., 0.), (1., 0.), (2., 0.)])]), None);
    }

    #[test]
    fn a_long_ring_is_no_slower_to_think_about() {
        let circle: Box<[Vec2]> = (0..100_000).map(|i| Vec2::from_angle(i as f32 * 6.283e-5) * 500.0).collect();
        let found = anchor(&[circle]).unwrap();
        assert!(found.world.length() < 20.0 && (found.clearance_m - 500.0).abs() < 20.0, "{found:?}");
    }
}
