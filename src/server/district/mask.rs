//! A raster of what lies where: sea, neighbours' land, the mainland of the district, its islands. Answers in constant
//! time what `terrain` knows exactly. Partner: `seeding`.

use super::curves::Point;
use super::terrain::Terrain;

/// What lies at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Open water.
    Sea,
    /// Land of a neighbouring district.
    Beyond,
    /// The district: part 0 is the mainland, then the islands.
    Part(u8),
}

impl Ground {
    /// True for the district's own land.
    pub const fn is_district(self) -> bool {
        matches!(self, Ground::Part(_))
    }
}

/// The raster, with square cells.
pub struct Mask {
    cell: f64,
    origin: Point,
    columns: usize,
    rows: usize,
    ground: Vec<Ground>,
    near: Vec<bool>,
}

impl Mask {
    /// Rasterises the land with cells of `cell` metres; `margin` metres around it are covered too.
    pub fn new(terrain: &Terrain, cell: f64, margin: f64) -> Self {
        let outline = terrain.outline();
        let all = || outline.iter().chain(terrain.islands.iter().flatten());
        let (mut low, mut high) = ([f64::MAX; 2], [f64::MIN; 2]);
        for p in all() {
            for k in 0..2 {
                low[k] = low[k].min(p[k] - margin);
                high[k] = high[k].max(p[k] + margin);
            }
        }
        let (columns, rows) = (((high[0] - low[0]) / cell) as usize + 1, ((high[1] - low[1]) / cell) as usize + 1);
        let mut mask =
            Self { cell, origin: low, columns, rows, ground: vec![Ground::Sea; columns * rows], near: Vec::new() };
        mask.fill(&terrain.landmass(), Ground::Beyond);
        mask.fill(&outline, Ground::Part(0));
        for (index, island) in terrain.islands.iter().enumerate() {
            mask.fill(island, Ground::Part(index as u8 + 1));
        }
        mask.near = mask.widened(margin * 0.8);
        mask
    }

    /// Fills a ring, row by row, between its crossings.
    fn fill(&mut self, ring: &[Point], ground: Ground) {
        let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); self.rows];
        for (index, a) in ring.iter().enumerate() {
            let b = ring[(index + 1) % ring.len()];
            let (low, high) = if a[1] < b[1] { (*a, b) } else { (b, *a) };
            let row_of = |y: f64| ((y - self.origin[1]) / self.cell - 0.5).ceil().max(0.0) as usize;
            for (row, crossing) in crossings.iter_mut().enumerate().take(row_of(high[1])).skip(row_of(low[1])) {
                let y = self.origin[1] + (row as f64 + 0.5) * self.cell;
                crossing.push(low[0] + (high[0] - low[0]) * (y - low[1]) / (high[1] - low[1]));
            }
        }
        for (row, mut crossing) in crossings.into_iter().enumerate() {
            crossing.sort_by(f64::total_cmp);
            for pair in crossing.chunks_exact(2) {
                let column =
                    |x: f64| (((x - self.origin[0]) / self.cell - 0.5).ceil().max(0.0) as usize).min(self.columns);
                self.ground[row * self.columns + column(pair[0])..row * self.columns + column(pair[1])].fill(ground);
            }
        }
    }

    /// Which cells are within `reach` metres of the district, counted along rows and columns.
    fn widened(&self, reach: f64) -> Vec<bool> {
        let reach = (reach / self.cell) as usize;
        let mut near: Vec<bool> = self.ground.iter().map(|ground| ground.is_district()).collect();
        let rows = (0..self.rows).map(|row| (row * self.columns, 1, self.columns));
        spread(&mut near, rows, reach);
        let columns = (0..self.columns).map(|column| (column, self.columns, self.rows));
        spread(&mut near, columns, reach);
        near
    }

    fn index(&self, p: Point) -> Option<usize> {
        let (x, y) = ((p[0] - self.origin[0]) / self.cell, (p[1] - self.origin[1]) / self.cell);
        (x >= 0.0 && y >= 0.0 && x < self.columns as f64 && y < self.rows as f64)
            .then(|| y as usize * self.columns + x as usize)
    }

    /// What lies at a place; the sea where the raster ends.
    pub fn at(&self, p: Point) -> Ground {
        self.index(p).map_or(Ground::Sea, |index| self.ground[index])
    }

    /// True within the margin around the district.
    pub fn is_near(&self, p: Point) -> bool {
        self.index(p).is_some_and(|index| self.near[index])
    }

    /// The lower left and upper right corner.
    pub fn bounds(&self) -> [Point; 2] {
        let [x, y] = self.origin;
        [[x, y], [x + self.columns as f64 * self.cell, y + self.rows as f64 * self.cell]]
    }

    /// The middles of all cells of the district, and the area of one cell.
    pub fn district_cells(&self) -> (impl Iterator<Item = Point> + '_, f64) {
        let cells = self.ground.iter().enumerate().filter(|(_, ground)| ground.is_district()).map(|(index, _)| {
            let (row, column) = (index / self.columns, index % self.columns);
            [self.origin[0] + (column as f64 + 0.5) * self.cell, self.origin[1] + (row as f64 + 0.5) * self.cell]
        });
        (cells, self.cell * self.cell)
    }
}

/// Spreads what is set by `reach` places both ways along each run (`start`, `stride`, `count`).
fn spread(cells: &mut [bool], runs: impl Iterator<Item = (usize, usize, usize)>, reach: usize) {
    let before = cells.to_vec();
    for (start, stride, count) in runs {
        for forward in [true, false] {
            let mut since = usize::MAX;
            for k in 0..count {
                let index = start + stride * if forward { k } else { count - 1 - k };
                since = if before[index] { 0 } else { since.saturating_add(1) };
                cells[index] |= since <= reach;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::terrain::is_in_district;
    use super::*;

    #[test]
    fn the_raster_agrees_with_the_outline_away_from_its_edge() {
        let terrain = Terrain::new(5, 300, 1);
        let mask = Mask::new(&terrain, 20.0, 300.0);
        let [low, high] = mask.bounds();
        let (mut differing, mut all) = (0, 0);
        for i in 0..60 {
            for j in 0..60 {
                let p = [low[0] + (high[0] - low[0]) * i as f64 / 60.0, low[1] + (high[1] - low[1]) * j as f64 / 60.0];
                all += 1;
                differing += u32::from(mask.at(p).is_district() != is_in_district(&terrain, p));
                assert!(!mask.at(p).is_district() || mask.is_near(p));
            }
        }
        assert!(differing * 50 < all, "{differing} of {all}");
    }
}
