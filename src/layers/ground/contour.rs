//! Closed contours of a field on the texel grid, by marching squares. Saddles are cut apart, so contours never touch.

use std::collections::HashMap;

use bevy::math::Vec2;

use super::raster::Grid;
use crate::layers::mesh::Rings;

/// The rings around all places where `field` is below `level`, world metres. What lies beyond the grid counts as above,
/// so that every contour closes.
pub fn below(grid: &Grid, field: &[f32], level: f32) -> Rings {
    let (width, height) = (grid.size.x as i32, grid.size.y as i32);
    let value = |x: i32, y: i32| {
        let is_inside = x >= 0 && y >= 0 && x < width && y < height;
        if is_inside { field[(y * width + x) as usize].min(level * 2.0) } else { level * 2.0 }
    };
    // Crossing points lie on edges of the grid, named by their lower or left end and their direction.
    type Edge = (i32, i32, bool);
    let mut next: HashMap<Edge, Edge> = HashMap::new();
    for y in -1..height {
        for x in -1..width {
            let corners = [value(x, y), value(x + 1, y), value(x + 1, y + 1), value(x, y + 1)];
            let mask = corners.iter().enumerate().fold(0, |mask, (i, v)| mask | usize::from(*v < level) << i);
            let edges: [Edge; 4] = [(x, y, true), (x + 1, y, false), (x, y + 1, true), (x, y, false)];
            // From edge to edge with what is below on the left.
            let pairs: &[(usize, usize)] = match mask {
                1 => &[(0, 3)],
                2 => &[(1, 0)],
                3 => &[(1, 3)],
                4 => &[(2, 1)],
                5 => &[(0, 3), (2, 1)],
                6 => &[(2, 0)],
                7 => &[(2, 3)],
                8 => &[(3, 2)],
                9 => &[(0, 2)],
                10 => &[(1, 0), (3, 2)],
                11 => &[(1, 2)],
                12 => &[(3, 1)],
                13 => &[(0, 1)],
                14 => &[(3, 0)],
                _ => &[],
            };
            next.extend(pairs.iter().map(|(from, to)| (edges[*from], edges[*to])));
        }
    }
    let crossing = |(x, y, is_across): Edge| {
        let (a, b) = (value(x, y), if is_across { value(x + 1, y) } else { value(x, y + 1) });
        let t = ((level - a) / (b - a)).clamp(0.0, 1.0);
        let at = Vec2::new(x as f32, y as f32) + if is_across { Vec2::new(t, 0.0) } else { Vec2::new(0.0, t) };
        grid.min + (at + 0.5) * grid.texel_m
    };
    // The order of a hash map is not a picture's: begin rings at their least edge.
    let mut starts: Vec<Edge> = next.keys().copied().collect();
    starts.sort_unstable();
    let mut rings = Rings::new();
    for start in starts {
        let mut ring = Vec::new();
        let mut at = start;
        while let Some(to) = next.remove(&at) {
            ring.push(crossing(at));
            at = to;
        }
        if ring.len() > 2 {
            rings.push(ring);
        }
    }
    rings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::mesh::fill::fill;
    use bevy::math::UVec2;

    #[test]
    fn a_circle_has_its_area() {
        let grid = Grid { min: Vec2::ZERO, texel_m: 1.0, size: UVec2::new(64, 64) };
        let middle = Vec2::splat(32.0);
        let at = |i: u32| Vec2::new((i % 64) as f32 + 0.5, (i / 64) as f32 + 0.5);
        let field: Vec<f32> = (0..64 * 64).map(|i| at(i).distance(middle)).collect();
        let rings = below(&grid, &field, 20.0);
        assert_eq!(rings.len(), 1);
        assert!((fill(&rings).area_m2() - std::f64::consts::PI * 400.0).abs() < 4.0);
    }

    #[test]
    fn what_touches_the_edge_is_closed_there() {
        let grid = Grid { min: Vec2::ZERO, texel_m: 10.0, size: UVec2::new(8, 8) };
        let rings = below(&grid, &[0.0; 64], 1.0);
        assert_eq!(rings.len(), 1);
        assert!((fill(&rings).area_m2() - 6400.0).abs() < 1500.0);
        assert!(below(&grid, &[9.0; 64], 1.0).is_empty());
    }
}
