//! The field: how many events lie in each address cell of the world, and their weights summed on the mip that the blur
//! reads, in Q24.8. Whole numbers only: after any changes in any order it equals one made anew, bit for bit.
//!
//! World-aligned, so that moving the view changes nothing here. A change costs two additions whatever the number of
//! events. `bench/field_gpu.rs` holds the same field on the GPU;
//! this one is its oracle and what the wall draws from.

use rayon::prelude::*;

use super::counts::Counts;
use super::event::NO_CELL;
use super::weight::Weights;

/// Levels of the mip: the coarsest cell is 2⁶ address cells wide.
pub const LEVELS: u32 = 7;
/// Side of an address cell, metres, if the world is not too large for it.
pub const CELL_M: f64 = 20.0;
/// Most cells a side.
pub const MOST: u32 = 4096;
/// Events that are looked at together in a recount.
const BATCH: usize = 256;

/// Where the cells are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// South-west corner, world metres.
    pub origin: [f64; 2],
    /// Side of an address cell, metres.
    pub cell_m: f64,
    /// Columns, a multiple of the coarsest cell.
    pub width: u32,
    /// Rows, likewise.
    pub height: u32,
}

impl Grid {
    /// The cells that cover a rectangle (south-west and north-east corner, world metres) with a margin. Their corners
    /// are multiples of the coarsest cell, so that a larger rectangle has the same cells and more.
    pub fn covering(min: [f64; 2], max: [f64; 2], margin_m: f64) -> Self {
        let extent = (max[0] - min[0]).max(max[1] - min[1]).max(0.0) + 2.0 * margin_m.max(0.0);
        let mut cell_m = CELL_M;
        let coarsest = |cell_m: f64| cell_m * f64::from(1u32 << (LEVELS - 1));
        while extent + 2.0 * coarsest(cell_m) > cell_m * f64::from(MOST) && cell_m < 1e7 {
            cell_m *= 2.0;
        }
        let step = coarsest(cell_m);
        let from = [0, 1].map(|axis| ((min[axis] - margin_m) / step).floor());
        let cells = [0, 1].map(|axis| {
            let to = ((max[axis] + margin_m) / step).ceil();
            let blocks = (to - from[axis]).clamp(1.0, f64::from(MOST >> (LEVELS - 1)));
            blocks as u32 * (1 << (LEVELS - 1))
        });
        Self { origin: from.map(|blocks| blocks * step), cell_m, width: cells[0], height: cells[1] }
    }

    /// The address cell of a point; [`NO_CELL`] outside.
    pub fn cell(&self, x: f64, y: f64) -> u32 {
        let column = ((x - self.origin[0]) / self.cell_m).floor();
        let row = ((y - self.origin[1]) / self.cell_m).floor();
        let is_in = column >= 0.0 && row >= 0.0 && column < f64::from(self.width) && row < f64::from(self.height);
        if is_in { column as u32 | (row as u32) << 16 } else { NO_CELL }
    }

    /// Columns and rows of a level.
    pub fn size_at(&self, level: u32) -> (usize, usize) {
        ((self.width >> level) as usize, (self.height >> level) as usize)
    }

    /// Side of a cell of a level, metres.
    pub fn cell_m_at(&self, level: u32) -> f64 {
        self.cell_m * f64::from(1u32 << level)
    }

    /// The level on which `sigma_m` is 3 to 6 cells; the finest or coarsest where it is less or more.
    pub fn level_for(&self, sigma_m: f64) -> u32 {
        let cells = (sigma_m / self.cell_m / 3.0).max(1.0);
        (cells.log2().floor() as u32).min(LEVELS - 1)
    }
}

/// Counts of address cells and weights of one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    width: usize,
    height: usize,
    level: u32,
    counts: Counts,
    sums: Vec<u32>,
    weights: Weights,
}

impl Field {
    /// An empty field whose sums are kept on `level`.
    pub fn new(grid: &Grid, level: u32, weights: Weights) -> Self {
        let level = level.min(LEVELS - 1);
        let (width, height) = grid.size_at(0);
        let (columns, rows) = grid.size_at(level);
        Self { width, height, level, counts: Counts::new(width * height), sums: vec![0; columns * rows], weights }
    }

    /// The level of the sums.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// Columns of the sums.
    pub fn columns(&self) -> usize {
        self.width >> self.level
    }

    /// Rows of the sums.
    pub fn rows(&self) -> usize {
        self.height >> self.level
    }

    /// The sums, row by row from the south-west, Q24.8.
    pub fn sums(&self) -> &[u32] {
        &self.sums
    }

    /// The counts of the address cells, row by row from the south-west.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.counts.bytes() + self.sums.len() * 4
    }

    /// The weights in use.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Adds (`+1`) or takes away (`-1`) an event of a cell; [`NO_CELL`] changes nothing. Wrapping, so that taking away
    /// what is added later comes out right in the end.
    #[inline]
    pub fn change(&mut self, cell: u32, by: i32) {
        let (x, y) = ((cell & 0xFFFF) as usize, (cell >> 16) as usize);
        if x >= self.width || y >= self.height {
            return;
        }
        let (before, after) = self.counts.add(y * self.width + x, by);
        let (before, after) = (self.weights.of(before), self.weights.of(after));
        let sum = &mut self.sums[(y >> self.level) * (self.width >> self.level) + (x >> self.level)];
        *sum = sum.wrapping_add(after.wrapping_sub(before));
    }

    /// Counts cells anew: those of `parts` (cells and their attributes) that `takes` accepts, in any order, each core its
    /// share. Returns how many it accepted, and how many of these have no cell.
    pub fn refill<'a>(
        &mut self,
        parts: impl Iterator<Item = (&'a [u32], &'a [u32])>,
        takes: impl Fn(u32) -> bool + Sync,
    ) -> (u32, u32) {
        let parts: Vec<(&[u32], &[u32])> = parts.collect();
        let all = parts.iter().map(|(cells, _)| cells.len()).sum();
        let (width, height) = (self.width, self.height);
        let found = self.counts.recount(all, |core, cores, count| {
            let (mut accepted, mut without) = (0_u32, 0_u32);
            let mut batch = [(0_usize, false); BATCH];
            for (cells, attrs) in &parts {
                let share = cells.len() * core / cores..cells.len() * (core + 1) / cores;
                for (cells, attrs) in cells[share.clone()].chunks(BATCH).zip(attrs[share].chunks(BATCH)) {
                    for ((to, cell), attr) in batch.iter_mut().zip(cells).zip(attrs) {
                        let (x, y) = ((cell & 0xFFFF) as usize, (cell >> 16) as usize);
                        let (is_in, is_placed) = (takes(*attr), x < width && y < height);
                        accepted += u32::from(is_in);
                        without += u32::from(is_in & (*cell == NO_CELL));
                        *to = if is_placed { (y * width + x, is_in) } else { (0, false) };
                    }
                    count(&batch[..cells.len()]);
                }
            }
            (accepted, without)
        });
        self.sum_up();
        found.into_iter().fold((0, 0), |all, part| (all.0 + part.0, all.1 + part.1))
    }

    /// Keeps the sums on another level from now on.
    pub fn set_level(&mut self, level: u32) {
        let level = level.min(LEVELS - 1);
        if level != self.level {
            self.level = level;
            self.sums = vec![0; self.columns() * self.rows()];
            self.sum_up();
        }
    }

    /// Weighs differently from now on.
    pub fn set_weights(&mut self, weights: Weights) {
        if weights != self.weights {
            self.weights = weights;
            self.sum_up();
        }
    }

    /// Sums the weights of all address cells onto the level.
    fn sum_up(&mut self) {
        let (level, width, columns) = (self.level, self.width, self.columns());
        let (counts, weights) = (self.counts.bytes_of_cells(), &self.weights);
        self.sums.par_chunks_mut(columns).enumerate().for_each(|(row, sums)| {
            sums.fill(0);
            for y in row << level..(row + 1) << level {
                let line = &counts[y * width..(y + 1) * width];
                for (sum, cells) in sums.iter_mut().zip(line.chunks_exact(1 << level)) {
                    // Nearly all cells are empty.
                    if cells.iter().fold(0, |any, count| any | count) != 0 {
                        *sum = cells.iter().fold(*sum, |sum, count| sum.wrapping_add(weights.of(u32::from(*count))));
                    }
                }
            }
        });
        for (cell, count) in self.counts.larger() {
            let (x, y) = (cell % width, cell / width);
            let sum = &mut self.sums[(y >> level) * columns + (x >> level)];
            *sum = sum.wrapping_add(weights.of(count)).wrapping_sub(weights.of(count & 0xFF));
        }
    }

    /// What must always hold: the sums add up to the weights of the counts (modulo 2³²).
    pub fn is_consistent(&self) -> bool {
        let sums = self.sums.iter().fold(0_u32, |all, sum| all.wrapping_add(*sum));
        let counts = (0..self.counts.len()).map(|cell| self.counts.get(cell));
        let weights = counts.fold(0_u32, |all, count| all.wrapping_add(self.weights.of(count)));
        sums == weights
    }
}
