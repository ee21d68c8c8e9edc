//! Fills and prisms of all features as one mesh each. A prism's top and walls get their height in `areas.wgsl` from the
//! area records, so they are tessellated once whatever the values.

use bevy::math::Rect;
use bevy::mesh::Mesh;

use super::arcs::Arc;
use super::fill::Fill;
use super::{ATTRIBUTE_OWNERS, NO_FEATURE, triangles};
use crate::layers::tiles::Cut;

/// The third coordinate says what a vertex is. Keep in sync with `areas.wgsl`.
const TOP: f32 = 0.0;
const WALL_TOP: f32 = 1.0;
const WALL_FOOT: f32 = 2.0;

/// The flat fills of all features in tiles, with the ground that each covers; `fills[i]` belongs to feature `i`.
pub fn fill_tiles(fills: &[Fill], cut: Cut) -> Vec<(Mesh, Rect)> {
    let mut tiles: Vec<(Parts, Rect)> = (0..cut.count()).map(|_| (Parts::default(), Rect::EMPTY)).collect();
    for (feature, fill) in fills.iter().enumerate() {
        let around = fill.points.iter().fold(Rect::EMPTY, |around, point| around.union_point(*point));
        let (parts, covers) = &mut tiles[cut.tile(around.center())];
        parts.add_top(feature, fill);
        *covers = covers.union(around);
    }
    tiles.into_iter().filter(|(parts, _)| !parts.indices.is_empty()).map(|(parts, at)| (parts.build(), at)).collect()
}

/// Tops of all features and a wall along every arc: it reaches from the lower to the higher of the two sides.
pub fn prism_mesh(fills: &[Fill], arcs: &[Arc]) -> Mesh {
    let mut parts = Parts::default();
    parts.add_tops(fills);
    for arc in arcs {
        parts.add_wall(arc);
    }
    parts.build()
}

#[derive(Default)]
struct Parts {
    positions: Vec<[f32; 3]>,
    owners: Vec<[u32; 2]>,
    indices: Vec<u32>,
}

impl Parts {
    fn add_tops(&mut self, fills: &[Fill]) {
        fills.iter().enumerate().for_each(|(feature, fill)| self.add_top(feature, fill));
    }

    fn add_top(&mut self, feature: usize, fill: &Fill) {
        let base = self.positions.len() as u32;
        self.positions.extend(fill.points.iter().map(|point| [point.x, point.y, TOP]));
        self.owners.extend(fill.points.iter().map(|_| [feature as u32, NO_FEATURE]));
        self.indices.extend(fill.indices.iter().map(|index| base + index));
    }

    fn add_wall(&mut self, arc: &Arc) {
        for pair in arc.points.windows(2) {
            let base = self.positions.len() as u32;
            for point in pair {
                self.positions.push([point.x, point.y, WALL_TOP]);
                self.positions.push([point.x, point.y, WALL_FOOT]);
                self.owners.extend([arc.owners; 2]);
            }
            self.indices.extend([base, base + 1, base + 2, base + 2, base + 1, base + 3]);
        }
    }

    fn build(self) -> Mesh {
        triangles(self.positions, self.indices).with_inserted_attribute(ATTRIBUTE_OWNERS, self.owners)
    }
}
