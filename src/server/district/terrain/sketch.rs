//! The lie of the land thought out in units of the district's half width: coast with bays and capes, inland border,
//! islands, towns. Partners: `lines` for rivers and roads, `super` for the result in metres.

use super::super::curves::{Point, blob, distance, distance2, lerp, ring_area, spline};
use super::super::noise::{Dice, bump, ramp, rough};
use super::{MainRoad, River, Terrain, Town};

/// The same in units of the half width.
pub(super) struct Sketch {
    pub(super) coast: Vec<Point>,
    pub(super) ends: [usize; 2],
    pub(super) inland: Vec<Point>,
    pub(super) islands: Vec<Vec<Point>>,
    pub(super) islets: Vec<Vec<Point>>,
    pub(super) rivers: Vec<(Vec<Point>, f64)>,
    pub(super) roads: Vec<(Vec<Point>, bool, bool)>,
    pub(super) towns: Vec<Town>,
    pub(super) bay: [Point; 2],
    pub(super) far: f64,
}

/// Bays and capes: where, how wide, how far the coast moves (north for bays).
struct Bight {
    at: f64,
    width: f64,
    depth: f64,
}

impl Sketch {
    /// Draws everything; the coast goes on to `far` half widths on both sides.
    pub(super) fn draw(seed: u64, grids: u32, islands: usize, far: f64) -> Self {
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
    pub(super) fn area(&self) -> f64 {
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

    /// Scales the sketch so that a half width is `half` metres.
    pub(super) fn at_scale(self, half: f64, seed: u64) -> Terrain {
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
