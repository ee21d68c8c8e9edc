//! Large meshes in tiles, each of which knows where it lies, so that who draws a part of the map leaves out what is
//! elsewhere. Only for what lies flat on the ground. Partners: `mesh/line.rs` and `mesh/prism.rs`, which cut; the wall's
//! `canvas/map.rs`, which leaves out.

use std::sync::Arc;

use bevy::ecs::entity::EntityHashMap;
use bevy::math::{Rect, UVec2, Vec2};
use bevy::prelude::*;
use bevy::render::extract_resource::{ExtractResource, ExtractResourcePlugin};

/// Tiles across a district, and up.
const SIDE: u32 = 6;

/// The ground that an entity covers, world metres, without the width of lines on the screen.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Covers(pub Rect);

/// What each tile covers, by entity; what is not in it may be anywhere.
#[derive(Resource, Clone, Debug, Default)]
pub struct Tiles(pub Arc<EntityHashMap<Rect>>);

impl ExtractResource for Tiles {
    type Source = Self;
    fn extract_resource(source: &Self) -> Self {
        source.clone()
    }
}

/// Keeps [`Tiles`].
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Tiles>().add_plugins(ExtractResourcePlugin::<Tiles>::default()).add_systems(PostUpdate, follow);
}

fn follow(
    tiles: Query<(Entity, &Covers)>,
    fresh: Query<(), Added<Covers>>,
    mut gone: RemovedComponents<Covers>,
    mut all: ResMut<Tiles>,
) {
    if gone.read().count() > 0 || !fresh.is_empty() {
        all.0 = Arc::new(tiles.iter().map(|(entity, covers)| (entity, covers.0)).collect());
    }
}

/// In which tile of a district a point lies; the outer ones hold what is outside, too.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    min: Vec2,
    per_m: Vec2,
}

impl Cut {
    /// Tiles for a district in these bounds.
    pub fn of(bounds: Rect) -> Self {
        Self { min: bounds.min, per_m: Vec2::splat(SIDE as f32) / bounds.size().max(Vec2::splat(1.0)) }
    }

    /// The number of tiles.
    pub fn count(self) -> usize {
        (SIDE * SIDE) as usize
    }

    /// Width and height of a tile, metres.
    pub fn tile_m(self) -> Vec2 {
        self.per_m.recip()
    }

    /// The tile of a point.
    pub fn tile(self, point: Vec2) -> usize {
        let at = ((point - self.min) * self.per_m).clamp(Vec2::ZERO, Vec2::splat(SIDE as f32 - 1.0));
        let at: UVec2 = if at.is_finite() { at.as_uvec2() } else { UVec2::ZERO };
        (at.y * SIDE + at.x) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_has_a_tile() {
        let cut = Cut::of(Rect::from_corners(Vec2::new(-100.0, 0.0), Vec2::new(500.0, 300.0)));
        let tiles = [(-100.0, 0.0), (1.0, 1.0), (499.0, 299.0), (9e9, -9e9), (f32::NAN, 1.0)];
        assert_eq!(tiles.map(|(x, y)| cut.tile(Vec2::new(x, y))), [0, 1, 35, 5, 0]);
        assert_eq!(Cut::of(Rect::default()).tile(Vec2::ONE), 35);
    }
}
