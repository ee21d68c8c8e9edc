//! Where small cells of land get their middles: in facing pairs along coast, border, rivers and main roads, so that
//! cells end there, and evenly (by the local coarseness) in between. `mesh` makes cells of them.

use super::curves::{Point, Stop, distance2, walk};
use super::mask::{Ground, Mask};
use super::noise::Dice;
use super::terrain::Terrain;

/// A line that cells end at.
pub struct Guide {
    /// The line; closed rings repeat their first point.
    pub line: Vec<Point>,
    /// What kind of line.
    pub kind: GuideKind,
}

/// What a guide is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuideKind {
    /// The sea's edge: crumpled like a coast.
    Shore,
    /// The inland border of the district.
    Border,
    /// A river: communities rarely cross it.
    River,
    /// A main road.
    Road,
}

/// On which guide and side of it a seed was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Index of the guide.
    pub guide: u16,
    /// True on its left.
    pub left: bool,
    /// The segment of the guide next to it.
    pub segment: u32,
}

/// The middle of a cell.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    /// Where.
    pub at: Point,
    /// What lies there.
    pub ground: Ground,
    /// The line it was set along, if any.
    pub beside: Option<Beside>,
}

/// The lines that cells end at, the most important ones first.
pub fn guides(terrain: &Terrain) -> Vec<Guide> {
    let mut guides = vec![
        Guide { line: terrain.coast[terrain.ends[0]..=terrain.ends[1]].to_vec(), kind: GuideKind::Shore },
        Guide { line: terrain.inland.clone(), kind: GuideKind::Border },
    ];
    for island in &terrain.islands {
        let mut line = island.clone();
        line.extend(island.first());
        guides.push(Guide { line, kind: GuideKind::Shore });
    }
    guides.extend(terrain.rivers.iter().map(|river| Guide { line: river.line.clone(), kind: GuideKind::River }));
    let divides = terrain.roads.iter().filter(|road| road.divides);
    guides.extend(divides.map(|road| Guide { line: road.line.clone(), kind: GuideKind::Road }));
    guides
}

/// Seeds so far, findable by place.
struct Field {
    seeds: Vec<Seed>,
    origin: Point,
    cell: f64,
    columns: usize,
    rows: usize,
    first: Vec<u32>,
    next: Vec<u32>,
}

impl Field {
    fn new(bounds: [Point; 2], cell: f64) -> Self {
        let columns = ((bounds[1][0] - bounds[0][0]) / cell) as usize + 1;
        let rows = ((bounds[1][1] - bounds[0][1]) / cell) as usize + 1;
        let first = vec![u32::MAX; columns * rows];
        Self { seeds: Vec::new(), origin: bounds[0], cell, columns, rows, first, next: Vec::new() }
    }

    fn place(&self, p: Point) -> (usize, usize) {
        let k = |v: f64, count: usize| ((v / self.cell).max(0.0) as usize).min(count - 1);
        (k(p[0] - self.origin[0], self.columns), k(p[1] - self.origin[1], self.rows))
    }

    fn add(&mut self, seed: Seed) {
        let (column, row) = self.place(seed.at);
        let slot = &mut self.first[row * self.columns + column];
        self.next.push(*slot);
        *slot = self.seeds.len() as u32;
        self.seeds.push(seed);
    }

    fn is_free(&self, p: Point, radius: f64) -> bool {
        let (west, south) = self.place([p[0] - radius, p[1] - radius]);
        let (east, north) = self.place([p[0] + radius, p[1] + radius]);
        for row in south..=north {
            for column in west..=east {
                let mut index = self.first[row * self.columns + column];
                while index != u32::MAX {
                    if distance2(self.seeds[index as usize].at, p) < radius * radius {
                        return false;
                    }
                    index = self.next[index as usize];
                }
            }
        }
        true
    }
}

/// Sets about `count` seeds in the district, and some around it. `pitch` is the distance of seeds where the
/// coarseness is 1.
pub fn sow(terrain: &Terrain, mask: &Mask, guides: &[Guide], pitch: f64, dice: &mut Dice) -> Vec<Seed> {
    let mut field = Field::new(mask.bounds(), pitch * 0.5);
    let spacing = |p: Point| pitch * terrain.coarseness(p);
    for (index, guide) in guides.iter().enumerate() {
        let outer = matches!(guide.kind, GuideKind::Shore | GuideKind::Border);
        for Stop { at, left, segment } in walk(&guide.line, |p| spacing(p) * 1.02) {
            let gap = spacing(at);
            for side in [true, false] {
                let reach = if side { 0.5 } else { -0.5 } * gap;
                let p = [at[0] + left[0] * reach, at[1] + left[1] * reach];
                let ground = mask.at(p);
                let fits = if outer { ground.is_district() == side } else { ground.is_district() };
                if fits && mask.is_near(p) && field.is_free(p, gap * 0.66) {
                    let beside = Some(Beside { guide: index as u16, left: side, segment: segment as u32 });
                    field.add(Seed { at: p, ground, beside });
                }
            }
        }
    }
    // Fill up from what is there (Bridson's way): try places around each seed until none is free.
    let mut next = 0;
    while next < field.seeds.len() {
        let around = field.seeds[next].at;
        let gap = spacing(around);
        for _ in 0..14 {
            let (u, v) = (dice.signed(), dice.signed());
            let reach = u * u + v * v;
            if !(0.2..=1.0).contains(&reach) {
                continue;
            }
            let p = [around[0] + u * gap * 2.0, around[1] + v * gap * 2.0];
            if mask.is_near(p) && field.is_free(p, spacing(p) * 0.86) {
                field.add(Seed { at: p, ground: mask.at(p), beside: None });
            }
        }
        next += 1;
    }
    // Far corners close the mesh, so that no cell of the district is at its edge.
    let [low, high] = mask.bounds();
    let (wide, tall) = (high[0] - low[0], high[1] - low[1]);
    for k in 0..24 {
        let t = k as f64 / 24.0 * 4.0;
        let side = t - t.floor();
        let (x, y) = match t as u32 {
            0 => (side, 0.0),
            1 => (1.0, side),
            2 => (1.0 - side, 1.0),
            _ => (0.0, 1.0 - side),
        };
        // Two and a bit times the box, slightly bent so that no three are in line.
        let bulge = 1.0 + 0.3 * side * (1.0 - side);
        let at = [low[0] + wide * (0.5 + (x - 0.5) * 2.3 * bulge), low[1] + tall * (0.5 + (y - 0.5) * 2.3 * bulge)];
        field.seeds.push(Seed { at, ground: Ground::Sea, beside: None });
    }
    field.seeds
}

/// The pitch at which [`sow`] sets about `cells` seeds in the district.
pub fn pitch_for(terrain: &Terrain, mask: &Mask, cells: f64) -> f64 {
    let (places, area) = mask.district_cells();
    let weight: f64 = places
        .map(|p| {
            let coarse = terrain.coarseness(p);
            area / (coarse * coarse)
        })
        .sum();
    // Seeds cover the plane at about 0.9 per square of their distance (measured).
    (0.9 * weight / cells).sqrt()
}
