//! Small cells around the seeds, and the borders between them. A border is shared: both cells use the same points.
//!
//! Cells are the barycentric dual of the Delaunay triangulation: one corner per triangle, at its centroid, moved onto
//! the guide line where the triangle straddles one. Each border between two neighbours lies in the kite of their two
//! seeds and its two corners; the kites tile the plane, so whatever bends inside its kite makes no gap or overlap.

use spade::{DelaunayTriangulation, HasPosition, Point2, Triangulation};

use super::curves::{Point, cross, distance, lerp, nearest};
use super::mask::Ground;
use super::noise::{Dice, mix};
use super::seeding::{Guide, GuideKind, Seed};

/// The border between two cells.
#[derive(Clone, Debug)]
pub struct Border {
    /// The cell on the left on the way from `start` to `end`.
    pub left: u32,
    /// The cell on the right.
    pub right: u32,
    /// The corner it starts at.
    pub start: u32,
    /// The corner it ends at.
    pub end: u32,
    /// The guide line it follows, if any.
    pub guide: Option<u16>,
    /// False where its kite is folded over: it must then bend through the middle of its seeds and not otherwise.
    kite: bool,
}

/// Cells and borders.
pub struct Mesh {
    /// The seeds, each the middle of a cell.
    pub seeds: Vec<Seed>,
    /// The corners, each shared by three cells.
    pub corners: Vec<Point>,
    /// The borders between cells of which at least one is in the district.
    pub borders: Vec<Border>,
}

/// A seed in spade's hands.
struct Site {
    at: Point2<f64>,
    index: u32,
}

impl HasPosition for Site {
    type Scalar = f64;
    fn position(&self) -> Point2<f64> {
        self.at
    }
}

fn triangulate(seeds: &[Seed]) -> DelaunayTriangulation<Site> {
    let sites = |list: &mut dyn Iterator<Item = (usize, &Seed)>| -> Vec<Site> {
        list.map(|(index, seed)| Site { at: Point2::new(seed.at[0], seed.at[1]), index: index as u32 }).collect()
    };
    // Coordinates are finite and of moderate size, the only thing that spade asks for.
    DelaunayTriangulation::bulk_load(sites(&mut seeds.iter().enumerate())).unwrap_or_default()
}

/// Moves the free seeds of the district towards the middle of their neighbours.
pub fn relax(seeds: &mut [Seed], strength: f64) {
    let net = triangulate(seeds);
    let mut sums = vec![([0.0, 0.0], 0.0); seeds.len()];
    for edge in net.undirected_edges() {
        let [a, b] = edge.vertices().map(|vertex| vertex.data().index as usize);
        for (own, other) in [(a, b), (b, a)] {
            let (sum, count) = &mut sums[own];
            *sum = [sum[0] + seeds[other].at[0], sum[1] + seeds[other].at[1]];
            *count += 1.0;
        }
    }
    for (seed, (sum, count)) in seeds.iter_mut().zip(sums) {
        if seed.beside.is_none() && seed.ground.is_district() && count > 0.0 {
            seed.at = lerp(seed.at, [sum[0] / count, sum[1] / count], strength);
        }
    }
}

impl Mesh {
    /// Triangulates the seeds and lays out cells.
    pub fn new(seeds: Vec<Seed>, guides: &[Guide]) -> Self {
        let net = triangulate(&seeds);
        let mut corners = Vec::with_capacity(net.num_inner_faces());
        let mut on_guide = Vec::with_capacity(net.num_inner_faces());
        let mut corner_of = vec![u32::MAX; net.num_all_faces()];
        for face in net.inner_faces() {
            let three = face.vertices().map(|vertex| vertex.data().index as usize);
            let [a, b, c] = three.map(|index| seeds[index].at);
            corner_of[face.fix().index()] = corners.len() as u32;
            corners.push([(a[0] + b[0] + c[0]) / 3.0, (a[1] + b[1] + c[1]) / 3.0]);
            on_guide.push(straddled(three.map(|index| &seeds[index])));
        }
        let mut borders = Vec::with_capacity(net.num_undirected_edges());
        for edge in net.directed_edges().filter(|edge| edge.from().data().index < edge.to().data().index) {
            let (left, right) = (edge.from().data().index, edge.to().data().index);
            if !seeds[left as usize].ground.is_district() && !seeds[right as usize].ground.is_district() {
                continue;
            }
            let (Some(before), Some(after)) = (edge.rev().face().as_inner(), edge.face().as_inner()) else { continue };
            let (start, end) = (corner_of[before.fix().index()], corner_of[after.fix().index()]);
            borders.push(Border { left, right, start, end, guide: None, kite: true });
        }
        let mut mesh = Self { seeds, corners, borders };
        mesh.snap(&mut on_guide, guides);
        for border in &mut mesh.borders {
            let (start, end) = (on_guide[border.start as usize], on_guide[border.end as usize]);
            let sides = (mesh.seeds[border.left as usize].beside, mesh.seeds[border.right as usize].beside);
            if let (Some((guide, _)), Some((other, _)), (Some(left), Some(right))) = (start, end, sides)
                && guide == other
                && left.guide == guide
                && right.guide == guide
                && left.left != right.left
            {
                border.guide = Some(guide);
            }
        }
        mesh
    }

    /// Moves corners onto the guide lines they straddle, and back again where that would fold a kite.
    fn snap(&mut self, on_guide: &mut [Option<(u16, u32)>], guides: &[Guide]) {
        let centroids = self.corners.clone();
        for (corner, straddle) in self.corners.iter_mut().zip(on_guide.iter()) {
            if let Some((guide, segment)) = straddle {
                let line = &guides[*guide as usize].line;
                let range = (*segment as usize).saturating_sub(6)..(*segment as usize + 8).min(line.len());
                *corner = lerp(*corner, nearest(&line[range], *corner).0, 0.94);
            }
        }
        for (straddle, moved) in on_guide.iter_mut().zip(self.unfold(&centroids)) {
            if !moved {
                *straddle = None;
            }
        }
    }

    /// Moves corners back to where they were `before` wherever a kite is folded now; says which were left where they
    /// are.
    fn unfold(&mut self, before: &[Point]) -> Vec<bool> {
        let mut moved = vec![true; self.corners.len()];
        for _ in 0..8 {
            let mut folded = false;
            for index in 0..self.borders.len() {
                let Border { left, right, start, end, .. } = self.borders[index];
                if !self.is_kite(left, right, start, end) {
                    for corner in [start as usize, end as usize] {
                        folded |= moved[corner];
                        moved[corner] = false;
                        self.corners[corner] = before[corner];
                    }
                }
            }
            if !folded {
                break;
            }
        }
        for index in 0..self.borders.len() {
            let Border { left, right, start, end, .. } = self.borders[index];
            self.borders[index].kite = self.is_kite(left, right, start, end);
        }
        moved
    }

    /// Pulls the borders between two groups of cells straight, between the corners where three groups meet. Guides and
    /// the district's edge stay as they are.
    pub fn straighten(&mut self, group: impl Fn(u32) -> Option<u32>) {
        let mut next: Vec<[u32; 2]> = vec![[u32::MAX; 2]; self.corners.len()];
        let mut fixed = vec![false; self.corners.len()];
        for border in &self.borders {
            let (left, right) = (group(border.left), group(border.right));
            if left == right {
                continue;
            }
            for (corner, other) in [(border.start, border.end), (border.end, border.start)] {
                fixed[corner as usize] |= left.is_none() || right.is_none() || border.guide.is_some();
                match next[corner as usize].iter_mut().find(|slot| **slot == u32::MAX) {
                    Some(slot) => *slot = other,
                    None => fixed[corner as usize] = true,
                }
            }
        }
        for _ in 0..2 {
            let before = self.corners.clone();
            for (corner, ends) in next.iter().enumerate() {
                if !fixed[corner] && ends[1] != u32::MAX {
                    let middle = lerp(before[ends[0] as usize], before[ends[1] as usize], 0.5);
                    self.corners[corner] = lerp(before[corner], middle, 0.34);
                }
            }
            self.unfold(&before);
        }
    }

    /// True if both seeds see the border from their own side, with some room.
    fn is_kite(&self, left: u32, right: u32, start: u32, end: u32) -> bool {
        let (a, b) = (self.corners[start as usize], self.corners[end as usize]);
        let (p, q) = (self.seeds[left as usize].at, self.seeds[right as usize].at);
        let room = 0.02 * distance(p, q) * distance(a, b);
        cross(a, b, p) > room && cross(a, b, q) < -room
    }

    /// The points between the two corners of a border, bent as its kind asks for.
    pub fn bend(&self, border: &Border, guides: &[Guide], seed: u64) -> Vec<Point> {
        let (a, b) = (self.corners[border.start as usize], self.corners[border.end as usize]);
        let (p, q) = (&self.seeds[border.left as usize], &self.seeds[border.right as usize]);
        if !border.kite {
            return vec![lerp(p.at, q.at, 0.5)];
        }
        let chord = distance(a, b);
        let kind = border.guide.map(|guide| guides[guide as usize].kind);
        let to_sea = p.ground == Ground::Sea || q.ground == Ground::Sea;
        let outer = !p.ground.is_district() || !q.ground.is_district();
        let mut dice = Dice::new(seed, mix(u64::from(border.left) << 32 | u64::from(border.right)));
        // Some borders are straight, most have a bend, some wind.
        let chance = dice.unit();
        let inner = match chance {
            ..0.66 => chord * 1.1,
            ..0.87 => chord * 0.7,
            _ => chord * 0.3,
        };
        let (finest, amount) = match (kind, to_sea, outer) {
            (_, true, _) => (25.0, 0.26),
            (_, _, true) => (40.0, 0.20),
            (Some(GuideKind::River | GuideKind::Road), ..) => (inner, 0.02),
            _ => (inner, 0.22),
        };
        let mut levels = 0;
        while levels < 4 && chord / f64::from(1 << levels) > finest {
            levels += 1;
        }
        let pieces = 1usize << levels;
        let (above, below) = (Side::of(a, b, p.at), Side::of(a, b, q.at));
        let mut height = vec![0.0; pieces + 1];
        let mut stride = pieces;
        while stride > 1 {
            let half = stride / 2;
            for middle in (half..pieces).step_by(stride) {
                let t = middle as f64 / pieces as f64;
                let free = (height[middle - half] + height[middle + half]) * 0.5
                    + dice.signed() * amount * chord * stride as f64 / pieces as f64;
                height[middle] = free.clamp(-0.62 * below.room(t, chord), 0.62 * above.room(t, chord));
            }
            stride = half;
        }
        // Sideways is to the left, where the left cell is.
        let left = [(a[1] - b[1]) / chord.max(1e-9), (b[0] - a[0]) / chord.max(1e-9)];
        (1..pieces)
            .map(|k| {
                let on = lerp(a, b, k as f64 / pieces as f64);
                [on[0] + left[0] * height[k], on[1] + left[1] * height[k]]
            })
            .collect()
    }
}

/// One half of a kite, measured along and away from its chord.
struct Side {
    along: f64,
    away: f64,
}

impl Side {
    fn of(a: Point, b: Point, apex: Point) -> Self {
        let chord2 = distance(a, b).powi(2).max(1e-9);
        let along = ((b[0] - a[0]) * (apex[0] - a[0]) + (b[1] - a[1]) * (apex[1] - a[1])) / chord2;
        Self { along, away: cross(a, b, apex).abs() / chord2 }
    }

    /// How far one may go from the chord at `t` of it without leaving the triangle, in metres.
    fn room(&self, t: f64, chord: f64) -> f64 {
        let rising = if self.along > 1e-9 { t * self.away / self.along } else { f64::INFINITY };
        let falling = if self.along < 1.0 - 1e-9 { (1.0 - t) * self.away / (1.0 - self.along) } else { f64::INFINITY };
        chord * rising.min(falling)
    }
}

/// The guide that has seeds of a triangle on both of its sides, with a segment near by.
fn straddled(three: [&Seed; 3]) -> Option<(u16, u32)> {
    let mut best: Option<(u16, u32)> = None;
    for (k, first) in three.iter().enumerate() {
        for second in &three[k + 1..] {
            if let (Some(a), Some(b)) = (first.beside, second.beside)
                && a.guide == b.guide
                && a.left != b.left
                && a.segment.abs_diff(b.segment) < 12
                && best.is_none_or(|(guide, _)| a.guide < guide)
            {
                best = Some((a.guide, (a.segment + b.segment) / 2));
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_in_a_triangle_is_the_height_of_its_lower_side() {
        let (a, b) = ([0.0, 0.0], [10.0, 0.0]);
        let over = Side::of(a, b, [5.0, 4.0]);
        assert!((over.room(0.5, 10.0) - 4.0).abs() < 1e-9);
        assert!((over.room(0.25, 10.0) - 2.0).abs() < 1e-9);
        let beyond = Side::of(a, b, [12.0, 6.0]);
        assert!((beyond.room(0.5, 10.0) - 2.5).abs() < 1e-9);
    }
}
