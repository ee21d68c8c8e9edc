//! The lie of the land: an ideal coastline with bays and capes, the district's outline on it, islands, rivers, main
//! roads and towns, all in metres around the district's middle. `seeding` lays the areas along these lines; `basemap`
//! draws them.
//!
//! It is thought out in units of the district's half width and scaled to the area that the number of grids asks for.

mod lines;
mod sketch;

#[cfg(test)]
use super::curves::is_inside;
use super::curves::{Point, distance};
use super::noise::rough;
use sketch::Sketch;

/// Mean area of a grid in m²: with it the median grid comes out near 0.05 km².
const MEAN_GRID_M2: f64 = 72_000.0;
/// The land goes on at least this far beyond the district, in metres.
const WORLD_M: f64 = 45_000.0;

/// A place where people live close together.
#[derive(Clone, Copy, Debug)]
pub struct Town {
    /// Its middle.
    pub at: Point,
    /// Half of its strength is left this far from the middle, in metres.
    pub radius: f64,
    /// 1 for the old town.
    pub strength: f64,
}

/// A river from its spring (or from outside) to its mouth.
#[derive(Clone, Debug)]
pub struct River {
    /// The middle of the stream.
    pub line: Vec<Point>,
    /// Width in metres.
    pub width: f64,
}

/// A main road.
#[derive(Clone, Debug)]
pub struct MainRoad {
    /// Its middle.
    pub line: Vec<Point>,
    /// Expressway or trunk road.
    pub expressway: bool,
    /// Whether areas end at it.
    pub divides: bool,
}

/// The lie of the land, in metres.
#[derive(Clone, Debug)]
pub struct Terrain {
    /// Half the district's width.
    pub half: f64,
    /// The ideal coastline of the mainland from far west to far east; land is on its left.
    pub coast: Vec<Point>,
    /// Where on `coast` the district begins and ends.
    pub ends: [usize; 2],
    /// The inland border from the eastern end back to the western one.
    pub inland: Vec<Point>,
    /// Islands that belong to the district; anticlockwise rings.
    pub islands: Vec<Vec<Point>>,
    /// Islets that belong to nobody.
    pub islets: Vec<Vec<Point>>,
    /// Rivers, the main one first.
    pub rivers: Vec<River>,
    /// Expressways and trunk roads.
    pub roads: Vec<MainRoad>,
    /// Towns, the old town first.
    pub towns: Vec<Town>,
    /// The head of the main bay (on the coast) and the middle of its water.
    pub bay: [Point; 2],
    /// How far the land goes on.
    pub world: f64,
    seed: u64,
}

impl Terrain {
    /// Lays out the land for so many grids on the mainland and `islands` islands.
    pub fn new(seed: u64, grids: u32, islands: usize) -> Self {
        let area = f64::from(grids) * MEAN_GRID_M2;
        // The shape has about 1.35 square half widths; that is good enough to say how far the world reaches.
        let sketch = Sketch::draw(seed, grids, islands, (WORLD_M / (area / 1.35).sqrt()).max(5.0));
        let half = (area / sketch.area()).sqrt();
        sketch.at_scale(half, seed)
    }

    /// The district's mainland as one anticlockwise ring.
    pub fn outline(&self) -> Vec<Point> {
        let mut ring = self.coast[self.ends[0]..=self.ends[1]].to_vec();
        ring.extend_from_slice(&self.inland[1..self.inland.len() - 1]);
        ring
    }

    /// All land north of the coast, as one ring.
    pub fn landmass(&self) -> Vec<Point> {
        let mut ring = self.coast.clone();
        ring.push([self.world, self.world]);
        ring.push([-self.world, self.world]);
        ring
    }

    /// How urban a place is, 0 in the hills to 1 in the old town.
    pub fn urban(&self, p: Point) -> f64 {
        let sum: f64 = self
            .towns
            .iter()
            .map(|town| {
                let far = distance(p, town.at) / town.radius;
                let near = 1.0 / (1.0 + far * far);
                town.strength * near * near.sqrt()
            })
            .sum();
        let (x, y) = (p[0] / self.half, p[1] / self.half);
        (sum + 0.10 * rough(self.seed ^ 0x0B, x * 5.0, y * 5.0, 2)).clamp(0.0, 1.0)
    }

    /// How large areas are at a place, relative to the average one's diameter.
    pub fn coarseness(&self, p: Point) -> f64 {
        let (x, y) = (p[0] / self.half, p[1] / self.half);
        (1.62 - 1.09 * self.urban(p)) * (1.0 + 0.18 * rough(self.seed ^ 0x0C, x * 9.0, y * 9.0, 2))
    }
}

/// True if the point is in the district: on its mainland or on one of its islands.
#[cfg(test)]
pub fn is_in_district(terrain: &Terrain, p: Point) -> bool {
    is_inside(&terrain.outline(), p) || terrain.islands.iter().any(|ring| is_inside(ring, p))
}

#[cfg(test)]
mod tests {
    use super::super::curves::ring_area;
    use super::*;

    #[test]
    fn the_land_has_the_area_its_grids_need_and_islands_are_at_sea() {
        for seed in 0..40 {
            let terrain = Terrain::new(seed, 520, 2);
            let mut area = ring_area(&terrain.outline());
            let land = terrain.landmass();
            for island in &terrain.islands {
                assert!(ring_area(island) > 0.0);
                assert!(island.iter().all(|p| !is_inside(&land, *p)), "seed {seed}");
                area += ring_area(island);
            }
            assert!((area / (520.0 * MEAN_GRID_M2) - 1.0).abs() < 0.01, "seed {seed}: {area}");
            assert!(terrain.towns.iter().all(|town| is_in_district(&terrain, town.at)), "seed {seed}");
        }
    }
}
