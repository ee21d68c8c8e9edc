//! What names must not cover: the discs that other layers put on the map. The wall sets them; `placing.rs` keeps off them.

use bevy::math::{Rect, Vec2, Vec3};
use bevy::prelude::*;

use crate::map::view::{MapFrame, MapView};

/// Space between a disc and the name below or above it, in lines.
const BESIDE: f32 = 0.8;

/// Space between a disc and a name beside it, u.
const AIR_U: f32 = 2.0;

/// A disc that no name covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Obstacle {
    /// Where it is fixed to the map, world metres with the height.
    pub world: Vec3,
    /// How far from there its middle stands in the picture, u.
    pub offset_u: Vec2,
    /// Its radius, u.
    pub radius_u: f32,
}

/// All discs on the map now.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct LabelObstacles(pub Vec<Obstacle>);

/// A disc in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disc {
    /// Its middle, u.
    pub middle_u: Vec2,
    /// Its radius, u.
    pub radius_u: f32,
}

impl Disc {
    /// True if a box in the picture, u, comes nearer than [`AIR_U`].
    pub fn meets(self, rect: Rect) -> bool {
        let nearest = self.middle_u.clamp(rect.min, rect.max);
        nearest.distance_squared(self.middle_u) < (self.radius_u + AIR_U) * (self.radius_u + AIR_U)
    }

    /// How far a name of this size at `pos_u` must move to stand below it, or above it; `None` if it does not touch it.
    pub fn ways_off(self, pos_u: Vec2, size_u: Vec2) -> Option<[Vec2; 2]> {
        let near = (pos_u - self.middle_u).abs() - size_u * 0.5;
        if near.x >= self.radius_u || near.y >= self.radius_u {
            return None;
        }
        let away = self.radius_u + BESIDE * size_u.y;
        let middle_y = self.middle_u.y - pos_u.y;
        Some([Vec2::Y * (middle_y + away), Vec2::Y * (middle_y - away)])
    }
}

impl LabelObstacles {
    /// Where they are in the picture.
    pub fn discs(&self, view: &MapView, frame: &MapFrame) -> Vec<Disc> {
        let disc = |obstacle: &Obstacle| Disc {
            middle_u: view.u_from_world(obstacle.world, frame) + obstacle.offset_u,
            radius_u: obstacle.radius_u,
        };
        self.0.iter().map(disc).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_on_a_disc_may_stand_below_or_above_it() {
        let disc = Disc { middle_u: Vec2::new(100.0, 100.0), radius_u: 20.0 };
        let size = Vec2::new(44.0, 25.0);
        let ways = disc.ways_off(Vec2::new(104.0, 90.0), size).expect("it lies on the disc");
        for way in ways {
            let moved = Rect::from_center_size(Vec2::new(104.0, 90.0) + way, size);
            assert!(!disc.meets(moved), "{moved:?}");
        }
        assert!(ways[0].y > 0.0 && ways[1].y < 0.0);
        assert_eq!(disc.ways_off(Vec2::new(100.0, 140.0), size), None);
        assert_eq!(disc.ways_off(Vec2::new(150.0, 100.0), size), None);
    }
}
