//! The lie of the land: an ideal coastline with bays and capes, the district's outline on it, islands, rivers, main
//! roads and towns, all in metres around the district's middle. `seeding` lays the areas along these lines; `basemap`
//! draws them.
//!
//! It is thought out in units of the district's half width and scaled to the area that the number of grids asks for.

#[cfg(test)]
use super::curves::is_inside;
use super::curves::{Point, blob, distance, distance2, left_of, lerp, nearest, ring_area, spline};
use super::noise::{Dice, bump, ramp, rough};

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

/// The same in units of the half width.
struct Sketch {
    coast: Vec<Point>,
    ends: [usize; 2],
    inland: Vec<Point>,
    islands: Vec<Vec<Point>>,
    islets: Vec<Vec<Point>>,
    rivers: Vec<(Vec<Point>, f64)>,
    roads: Vec<(Vec<Point>, bool, bool)>,
    towns: Vec<Town>,
    bay: [Point; 2],
    far: f64,
}

/// Bays and capes: where, how wide, how far the coast moves (north for bays).
struct Bight {
    at: f64,
    width: f64,
    depth: f64,
}

impl Sketch {
    fn draw(seed: u64, grids: u32, islands: usize, far: f64) -> Self {
        let mut dice = Dice::new(seed, 1);
        let bay_x = dice.between(-0.26, -0.10);
        let cape_west = dice.between(-0.72, -0.62);
        let cape_east = dice.between(0.36, 0.46);
        let bay_east = cape_east + dice.between(0.27, 0.33);
        let bights = [
            Bight { at: bay_x, width: 0.42, depth: dice.between(0.20, 0.27) },
            Bight { at: bay_x + 0.17, width: 0.16, depth: dice.between(0.03, 0.08) },
            Bight { at: cape_west, width: 0.27, depth: -dice.between(0.16, 0.24) },
            Bight { at: cape_east, width: 0.30, depth: -dice.between(0.10, 0.18) },
            Bight { at: bay_east, width: 0.16, depth: dice.between(0.10, 0.16) },
            Bight { at: -0.93, width: 0.14, depth: dice.between(0.04, 0.10) },
        ];
        // Ever finer detail for ever larger districts, but never finer than a few areas.
        let area_width = (1.0 / f64::from(grids.max(4))).sqrt();
        let mut octaves = 1;
        let mut wave = 0.42;
        while wave > area_width * 1.6 && octaves < 9 {
            wave *= 0.5;
            octaves += 1;
        }
        let shore = |t: f64| -> Point {
            let bend: f64 = bights.iter().map(|bight| bight.depth * bump((t - bight.at) / bight.width)).sum();
            let beyond = ramp(t.abs(), 1.05, 2.2);
            let rise = 0.20 * ramp(t.abs(), 0.78, 1.02);
            let wide = 0.34 * beyond * rough(seed ^ 0x11, t * 0.41, 0.5, 3);
            let narrow = 0.20 * beyond * rough(seed ^ 0x12, t * 1.9, 0.5, 3);
            let p = [t, -0.33 + bend + rise + wide + narrow];
            let strength = 0.16;
            [
                p[0] + strength * rough(seed ^ 0x13, p[0] * 2.4, p[1] * 2.4, octaves),
                p[1] + strength * rough(seed ^ 0x14, p[0] * 2.4, p[1] * 2.4, octaves),
            ]
        };
        // Sample finely along the district, more and more coarsely away from it.
        let mut east = vec![0.0];
        let mut step = 0.006;
        while east[east.len() - 1] < far {
            let t: f64 = east[east.len() - 1] + step;
            east.push(t);
            if t > 1.3 {
                step = (step * 1.04f64).min((far / 500.0).max(0.02));
            }
        }
        let ts: Vec<f64> = east.iter().rev().map(|t| -t).chain(east.iter().skip(1).copied()).collect();
        let coast: Vec<Point> = ts.iter().map(|t| shore(*t)).collect();
        let index_of = |t: f64| ts.partition_point(|other| *other < t);
        let ends = [index_of(-1.0), index_of(1.0)];
        let on_coast = |t: f64| coast[index_of(t)];

        let mut inland = vec![coast[ends[1]]];
        let hills = [
            [1.07, 0.08],
            [0.97, 0.30],
            [0.80, 0.45],
            [0.58, 0.47],
            [0.36, 0.58],
            [0.10, 0.57],
            [-0.14, 0.64],
            [-0.40, 0.55],
            [-0.62, 0.57],
            [-0.82, 0.40],
            [-0.94, 0.21],
            [-1.08, 0.06],
        ];
        inland.extend(hills.iter().map(|p| [p[0] + 0.035 * dice.signed(), p[1] + 0.055 * dice.signed()]));
        inland.push(coast[ends[0]]);
        let inland: Vec<Point> = spline(&inland, 6, false);
        let last = inland.len() - 1;
        let inland: Vec<Point> = inland
            .iter()
            .enumerate()
            .map(|(index, p)| {
                let loose = 0.05 * ramp(index.min(last - index) as f64, 0.0, 6.0);
                [
                    p[0] + loose * rough(seed ^ 0x15, p[0] * 3.1, p[1] * 3.1, octaves.min(4)),
                    p[1] + loose * rough(seed ^ 0x16, p[0] * 3.1, p[1] * 3.1, octaves.min(4)),
                ]
            })
            .collect();

        let head = on_coast(bay_x);
        let old = [head[0] + dice.between(-0.02, 0.04), head[1] + 0.085];
        let town = |at: Point, radius: f64, strength: f64| Town { at, radius, strength };
        let second = on_coast(bay_x + 0.30);
        let third = on_coast(bay_east);
        let fishing = on_coast(cape_west + 0.06);
        let towns = vec![
            town(old, 0.36, 1.0),
            town([second[0] + 0.03, second[1] + 0.12], 0.28, 0.8),
            town([third[0] - 0.02, third[1] + 0.09], 0.21, 0.7),
            town([dice.between(0.02, 0.16), dice.between(0.18, 0.26)], 0.20, 0.55),
            town([dice.between(-0.60, -0.48), dice.between(0.10, 0.22)], 0.17, 0.45),
            town([fishing[0], fishing[1] + 0.08], 0.13, 0.45),
        ];

        let mut sketch = Self {
            coast,
            ends,
            inland,
            islands: Vec::new(),
            islets: Vec::new(),
            rivers: Vec::new(),
            roads: Vec::new(),
            towns,
            bay: [head, [head[0], head[1] - 0.17]],
            far,
        };
        sketch.place_islands(&mut dice, islands, bay_x + 0.36, cape_east + 0.36);
        let mouths = [index_of(bay_x + dice.between(0.13, 0.18)), index_of(dice.between(-0.92, -0.86))];
        sketch.place_rivers(&mut dice, seed, mouths.map(|index| (sketch.coast[index], index)));
        let along = [index_of(-0.97), index_of(1.0)];
        sketch.place_roads(&mut dice, seed, along);
        sketch
    }

    /// Area in square half widths.
    fn area(&self) -> f64 {
        let mut ring = self.coast[self.ends[0]..=self.ends[1]].to_vec();
        ring.extend_from_slice(&self.inland[1..self.inland.len() - 1]);
        ring_area(&ring) + self.islands.iter().map(|ring| ring_area(ring)).sum::<f64>()
    }

    /// Moves a ring south until it keeps `gap` from the coast and from all other islands.
    fn float_off(&self, mut ring: Vec<Point>, gap: f64) -> Vec<Point> {
        let (mut west, mut east) = (f64::MAX, f64::MIN);
        for p in &ring {
            (west, east) = (west.min(p[0] - gap * 2.0), east.max(p[0] + gap * 2.0));
        }
        // The coast runs from west to east, if with detours: what can come near is one stretch of it.
        let first = self.coast.iter().position(|p| p[0] > west).unwrap_or(0);
        let last = self.coast.iter().rposition(|p| p[0] < east).unwrap_or(0);
        let coast: Vec<Point> = self.coast[first.min(last)..=last].iter().copied().step_by(3).collect();
        let others = || self.islands.iter().chain(&self.islets);
        for _ in 0..60 {
            let south = coast.iter().all(|p| p[1] > ring[0][1] || (p[0] - ring[0][0]).abs() > gap);
            let clear = south
                && ring.iter().step_by(2).all(|p| {
                    coast.iter().all(|q| distance2(*p, *q) > gap * gap)
                        && others().flatten().all(|q| distance2(*p, *q) > gap * gap * 0.36)
                });
            if clear {
                break;
            }
            ring.iter_mut().for_each(|p| p[1] -= 0.025);
        }
        ring
    }

    fn place_islands(&mut self, dice: &mut Dice, count: usize, first_x: f64, second_x: f64) {
        for index in 0..count {
            let (x, along, across) = if index == 0 { (first_x, 0.155, 0.068) } else { (second_x, 0.075, 0.045) };
            let axis = lerp([1.0, 0.28], [1.0, 0.05], dice.unit());
            let size = distance(axis, [0.0, 0.0]);
            let ring = blob([x, -0.45], axis.map(|v| v / size), along, across, 12, 0.16, || dice.signed());
            let ring = self.float_off(ring, 0.085);
            self.islands.push(ring);
        }
        let mut islet = |x: f64, y: f64, along: f64| {
            let axis = lerp([0.8, 0.6], [0.96, -0.28], dice.unit());
            let across = along * dice.between(0.45, 0.7);
            let ring = blob([x, y], axis, along, across, 9, 0.2, || dice.signed());
            let ring = self.float_off(ring, 0.05);
            self.islets.push(ring);
        };
        islet(first_x - 0.28, -0.62, 0.016);
        islet(first_x + 0.30, -0.50, 0.022);
        islet(-1.35, -0.45, 0.07);
        islet(1.45, -0.55, 0.06);
        islet(1.9, -0.7, 0.10);
        islet(-2.1, -0.8, 0.12);
        islet(-0.75, -1.25, 0.035);
        islet(3.1, -0.9, 0.14);
        islet(-3.4, -0.7, 0.11);
    }

    /// From `start` further and further out in the direction `toward`, winding.
    fn outward(&self, dice: &mut Dice, start: Point, toward: Point, winding: f64) -> Vec<Point> {
        let mut line = vec![start];
        let mut step = 0.35;
        let mut at = start;
        while at[0].abs().max(at[1].abs()) < self.far && line.len() < 60 {
            let sway = winding * dice.signed();
            at = [at[0] + step * (toward[0] - toward[1] * sway), at[1] + step * (toward[1] + toward[0] * sway)];
            line.push(at);
            step *= 1.25;
        }
        line
    }

    fn place_rivers(&mut self, dice: &mut Dice, seed: u64, mouths: [(Point, usize); 2]) {
        let wind = |line: Vec<Point>| -> Vec<Point> {
            let line = spline(&line, 10, false);
            let last = line.len() - 1;
            line.iter()
                .enumerate()
                .map(|(index, p)| {
                    let loose = 0.035 * ramp((last - index).min(index + 3) as f64, 0.0, 8.0);
                    [
                        p[0] + loose * rough(seed ^ 0x21, p[0] * 4.0, p[1] * 4.0, 2),
                        p[1] + loose * rough(seed ^ 0x22, p[0] * 4.0, p[1] * 4.0, 2),
                    ]
                })
                .collect()
        };
        let (mouth, index) = mouths[0];
        let into_sea = left_of(self.coast[index - 2], self.coast[index + 2]);
        let entry = [dice.between(0.16, 0.28), 0.78];
        let mut main: Vec<Point> = self.outward(dice, entry, [0.0, 1.0], 0.5);
        main.reverse();
        main.extend([
            [entry[0] + 0.05, 0.55],
            [entry[0] - 0.05, 0.42],
            [entry[0] + 0.06, 0.29],
            [entry[0] - 0.03, 0.17],
            lerp([entry[0] - 0.13, 0.06], mouth, 0.15),
            lerp([entry[0] - 0.13, 0.06], mouth, 0.6),
            mouth,
            [mouth[0] - into_sea[0] * 0.03, mouth[1] - into_sea[1] * 0.03],
        ]);
        let main = wind(main);
        let join = nearest(&main, [entry[0], 0.30]).0;
        let branch =
            wind(vec![[0.84, 0.29], [0.73, 0.23], [0.62, 0.29], [0.52, 0.23], lerp([0.45, 0.26], join, 0.45), join]);
        let (mouth, index) = mouths[1];
        let into_sea = left_of(self.coast[index - 2], self.coast[index + 2]);
        let west = wind(vec![
            [-0.60, 0.50],
            [-0.56, 0.36],
            [-0.65, 0.24],
            [-0.63, 0.10],
            lerp([-0.72, 0.03], mouth, 0.4),
            mouth,
            [mouth[0] - into_sea[0] * 0.03, mouth[1] - into_sea[1] * 0.03],
        ]);
        self.rivers = vec![(main, 1.0), (branch, 0.5), (west, 0.6)];
    }

    fn place_roads(&mut self, dice: &mut Dice, seed: u64, along: [usize; 2]) {
        let soft = |line: Vec<Point>| -> Vec<Point> {
            spline(&line, 8, false)
                .iter()
                .map(|p| {
                    let shift = |salt| 0.018 * rough(seed ^ salt, p[0] * 2.0, p[1] * 2.0, 2);
                    [p[0] + shift(0x31), p[1] + shift(0x32)]
                })
                .collect()
        };
        let through = |sketch: &Self, dice: &mut Dice, west: Point, middle: &[Point], east: Point, to: [Point; 2]| {
            let mut line = sketch.outward(dice, west, to[0], 0.25);
            line.reverse();
            line.extend_from_slice(middle);
            line.extend(sketch.outward(dice, east, to[1], 0.25));
            line
        };
        let north = dice.between(0.32, 0.38);
        let ring_road = through(
            self,
            dice,
            [-1.3, north],
            &[
                [-0.9, north - 0.01],
                [-0.5, north - 0.08],
                [-0.15, north],
                [0.2, north + 0.02],
                [0.55, north + 0.05],
                [0.9, 0.22],
            ],
            [1.3, 0.24],
            [[-1.0, 0.12], [1.0, 0.1]],
        );
        let [old, second, third, inner, west_town, port] = [0, 1, 2, 3, 4, 5].map(|index: usize| self.towns[index].at);
        let mut highway = self.outward(dice, [-0.46, 0.95], [-0.1, 1.0], 0.25);
        highway.reverse();
        highway.extend([[-0.40, 0.55], [-0.34, 0.30], lerp([-0.3, 0.1], old, 0.3), [old[0] - 0.13, old[1] + 0.02]]);
        let mut eastern = self.outward(dice, [0.62, 0.95], [0.15, 1.0], 0.25);
        eastern.reverse();
        eastern.extend([[0.55, 0.52], [0.44, 0.26], [0.47, 0.08], [third[0] - 0.05, third[1] + 0.06], third]);
        let cross_town = through(
            self,
            dice,
            [-1.4, 0.05],
            &[
                [-0.98, 0.06],
                [west_town[0] - 0.05, west_town[1] - 0.06],
                [old[0] - 0.05, old[1] + 0.11],
                lerp(old, second, 0.6),
                [second[0] + 0.05, second[1] + 0.10],
                lerp(second, third, 0.6),
                [third[0] + 0.08, third[1] + 0.05],
            ],
            [1.45, 0.12],
            [[-1.0, 0.0], [1.0, 0.15]],
        );
        let valley = vec![[inner[0] + 0.1, 0.62], [inner[0] + 0.01, 0.36], inner, lerp(inner, second, 0.5), second];
        let western = vec![[west_town[0] - 0.04, 0.42], west_town, lerp(west_town, port, 0.5), port];
        // The shore road keeps its distance from the sea.
        let inside: Vec<Point> = (along[0]..along[1])
            .step_by(14)
            .map(|index| {
                let back = index.saturating_sub(12);
                let left = left_of(self.coast[back], self.coast[(index + 12).min(self.coast.len() - 1)]);
                [self.coast[index][0] + left[0] * 0.055, self.coast[index][1] + left[1] * 0.055]
            })
            .filter(|p| nearest(&self.coast, *p).1 > 0.04 * 0.04)
            .collect();
        let shore_road: Vec<Point> = inside.iter().copied().step_by(2).collect();
        self.roads = vec![
            (soft(ring_road), true, true),
            (soft(highway), true, true),
            (soft(eastern), true, false),
            (soft(cross_town), false, true),
            (soft(valley), false, false),
            (soft(western), false, false),
            (spline(&shore_road, 4, false), false, false),
        ];
    }

    fn at_scale(self, half: f64, seed: u64) -> Terrain {
        // Towards the middle of the outline's box, so that metres are small on all sides.
        let scaled =
            |line: Vec<Point>| -> Vec<Point> { line.iter().map(|p| [p[0] * half, (p[1] - 0.08) * half]).collect() };
        let point = |p: Point| [p[0] * half, (p[1] - 0.08) * half];
        // Large districts have larger rivers, but not in proportion.
        let wide = (half / 5_000.0).sqrt().clamp(0.35, 1.8);
        Terrain {
            half,
            coast: scaled(self.coast),
            ends: self.ends,
            inland: scaled(self.inland),
            islands: self.islands.into_iter().map(scaled).collect(),
            islets: self.islets.into_iter().map(scaled).collect(),
            rivers: self
                .rivers
                .into_iter()
                .map(|(line, width)| River { line: scaled(line), width: 105.0 * width * wide })
                .collect(),
            roads: self
                .roads
                .into_iter()
                .map(|(line, expressway, divides)| MainRoad { line: scaled(line), expressway, divides })
                .collect(),
            towns: self
                .towns
                .into_iter()
                .map(|town| Town { at: point(town.at), radius: town.radius * half, strength: town.strength })
                .collect(),
            bay: self.bay.map(point),
            world: self.far * half,
            seed,
        }
    }
}

/// True if the point is in the district: on its mainland or on one of its islands.
#[cfg(test)]
pub fn is_in_district(terrain: &Terrain, p: Point) -> bool {
    is_inside(&terrain.outline(), p) || terrain.islands.iter().any(|ring| is_inside(ring, p))
}

#[cfg(test)]
mod tests {
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
