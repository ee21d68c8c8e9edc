//! What is under the cursor where areas stand up as prisms: the prism the line of sight meets first.
//!
//! The layers write [`Extrusion`] when they raise areas; `hover.rs` and the labels read it.

use bevy::math::{Rect, Vec2};
use bevy::prelude::Resource;

use crate::domain::{AreaId, Level};

use super::pick::AreaIndex;
use super::view::{MapFrame, MapView};

/// How high the areas stand, as they are drawn now. Empty while nothing is raised.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Extrusion {
    /// The level that is raised.
    pub level: Option<Level>,
    /// Height per area of the table, metres; 0 for areas of other levels.
    pub heights_m: Vec<f32>,
}

impl Extrusion {
    /// The height of one area, metres.
    pub fn height_m(&self, id: AreaId) -> f32 {
        self.heights_m.get(id.index()).copied().filter(|height| height.is_finite()).unwrap_or(0.0).max(0.0)
    }

    /// The height of what stands at a point, metres: of the area of the raised level there.
    pub fn top_m(&self, world: Vec2, index: &AreaIndex) -> f32 {
        self.level.and_then(|level| index.pick(world, level)).map_or(0.0, |id| self.height_m(id))
    }

    /// The greatest height, metres.
    pub fn max_m(&self) -> f32 {
        self.heights_m.iter().copied().filter(|height| height.is_finite()).fold(0.0, f32::max)
    }
}

/// The place on the map a person means who points at `screen`: the ground there or, in a tilted view, the foot of what
/// stands in the way.
pub fn world_under(screen: Vec2, view: &MapView, frame: &MapFrame, index: &AreaIndex, raised: &Extrusion) -> Vec2 {
    let ground = view.world_from_screen(screen, frame);
    let slope = view.pitch().tan();
    let (Some(level), true) = (raised.level, slope > 1e-3) else { return ground };
    // The line of sight comes down from the south: at height h it is over the point h·slope south of `ground`.
    let reach = raised.max_m() * slope;
    let strip = Rect::from_corners(ground - Vec2::new(0.0, reach), ground);
    let nearest = index
        .touching(strip, level)
        .filter_map(|id| meeting(index, id, ground, raised.height_m(id) * slope))
        .max_by(f32::total_cmp);
    nearest.map_or(ground, |south| ground - Vec2::new(0.0, south))
}

/// How far south of `ground` the line of sight enters the prism of `id`, whose top it passes `top_south` south of it;
/// `None` if it misses. A point just inside the area is meant, so that a pick there finds this area.
fn meeting(index: &AreaIndex, id: AreaId, ground: Vec2, top_south: f32) -> Option<f32> {
    let top = ground - Vec2::new(0.0, top_south);
    if index.contains(id, top) {
        return Some(top_south);
    }
    // It passes south of the area at the top's height: it meets the first wall north of there, if any.
    let mut wall: Option<f32> = None;
    for ring in index.rings(id) {
        let mut last = *ring.last()?;
        for &next in ring.iter() {
            if (last.x > ground.x) != (next.x > ground.x) {
                let y = last.y + (next.y - last.y) * (ground.x - last.x) / (next.x - last.x);
                let south = ground.y - y;
                if (0.0..=top_south).contains(&south) && wall.is_none_or(|found| south > found) {
                    wall = Some(south);
                }
            }
            last = next;
        }
    }
    // One centimetre and a rounding step into the area.
    wall.map(|south| south - 0.01 - ground.y.abs() * 2e-7)
}

#[cfg(test)]
mod tests {
    use super::super::pick::tests::{area, rect};
    use super::super::projection::Projection;
    use super::*;
    use crate::domain::AreaTable;

    #[test]
    fn a_tower_hides_what_is_behind_it() {
        let (table, _) = AreaTable::build(vec![
            area("north", Level::Community, None, vec![rect(0.0, 0.01, 0.01, 0.02)]),
            area("south", Level::Community, None, vec![rect(0.0, 0.0, 0.01, 0.01)]),
        ]);
        let projection = Projection::around(0.0, 0.0);
        let index = AreaIndex::build(&table, &projection);
        let named = |code: &str| table.find(&crate::domain::AreaCode::new(code)).unwrap();
        let mut raised = Extrusion { level: Some(Level::Community), heights_m: vec![0.0; 2] };
        raised.heights_m[named("south").index()] = 600.0;
        let frame = MapFrame::default();
        let view = MapView { center: Vec2::new(500.0, 1100.0), m_per_u: 2.0, tilt: 1.0 };
        let under = |lon: f64, lat: f64, height_m: f32, view: &MapView| {
            let point = projection.world_from_lonlat(lon, lat).extend(height_m);
            let screen = view.screen_from_world(point, &frame);
            index.pick(world_under(screen, view, &frame, &index, &raised), Level::Community)
        };
        // Just north of the tower's foot one sees the tower; far north of it the ground; on its roof the tower.
        assert_eq!(under(0.005, 0.0105, 0.0, &view), Some(named("south")));
        assert_eq!(under(0.005, 0.0195, 0.0, &view), Some(named("north")));
        assert_eq!(under(0.005, 0.005, 600.0, &view), Some(named("south")));
        // Its southern wall, half way up.
        assert_eq!(under(0.005, 0.0, 300.0, &view), Some(named("south")));
        // South of everything: nothing.
        assert_eq!(under(0.005, -0.001, 0.0, &view), None);
        let at = |lon: f64, lat: f64| raised.top_m(projection.world_from_lonlat(lon, lat), &index);
        assert_eq!((at(0.005, 0.005), at(0.005, 0.015), at(0.005, -0.001)), (600.0, 0.0, 0.0));
        // Flat, only the ground counts.
        let flat = MapView { tilt: 0.0, ..view };
        assert_eq!(under(0.005, 0.0105, 0.0, &flat), Some(named("north")));
    }
}
