//! From the field to densities: a separable Gaussian on the level where it is 3 to 6 cells wide, so that its cost does
//! not depend on the radius; and the B-spline by which shaders read between the cells.
//!
//! Binning to cells of side h adds a variance of h²/12, the cubic B-spline one of h²/3; both are taken off the kernel.

use fearless_simd::{Level, Simd, SimdBase, dispatch};
use rayon::prelude::*;

use super::field::{Field, Grid};
use super::weight::UNIT;

/// Events per km², on the cells of one level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Density {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row from the south-west.
    pub values: Vec<f32>,
}

/// Half of a symmetric kernel of sum 1: the middle first. `sigma` is in cells, the cut at four of them.
pub fn half_kernel(sigma: f64) -> Vec<f32> {
    let reach = (4.0 * sigma).ceil().max(1.0) as usize;
    let half: Vec<f64> = (0..=reach).map(|i| (-0.5 * (i as f64 / sigma).powi(2)).exp()).collect();
    let sum = half[0] + 2.0 * half[1..].iter().sum::<f64>();
    half.iter().map(|value| (value / sum) as f32).collect()
}

/// The sigma of the kernel in cells for a bandwidth of `sigma_m` on cells of `cell_m`, less what cells and spline add.
pub fn kernel_sigma(sigma_m: f64, cell_m: f64) -> f64 {
    let cells = sigma_m / cell_m;
    (cells * cells - 1.0 / 12.0 - 1.0 / 3.0).max(0.25).sqrt()
}

/// The density of a field for a bandwidth; its level should be [`Grid::level_for`] this bandwidth.
pub fn density(field: &Field, grid: &Grid, sigma_m: f64) -> Density {
    let mut blur = Blur::default();
    blur.run(field, grid, sigma_m, &[]);
    blur.density
}

/// A blur that keeps its room from one time to the next: to ask the system for megabytes, and to give them back, takes
/// longer than the blur.
#[derive(Clone, Debug, Default)]
pub struct Blur {
    rows: Rows,
    density: Density,
}

impl Blur {
    /// The density of a field for a bandwidth, with events that lie on blocks: index of a cell of the field's level, and
    /// how many events it has of them.
    pub fn run(&mut self, field: &Field, grid: &Grid, sigma_m: f64, spread: &[(u32, f32)]) -> &Density {
        let cell_m = grid.cell_m_at(field.level());
        let kernel = half_kernel(kernel_sigma(sigma_m, cell_m));
        let per_km2 = 1e6 / (cell_m * cell_m * f64::from(UNIT));
        self.rows.fill(field.sums(), [field.columns(), field.rows()], |sum| sum as f32);
        for (at, events) in spread {
            self.rows.add(*at as usize, events * UNIT as f32);
        }
        self.rows.blur(Level::new(), &kernel, per_km2 as f32, &mut self.density);
        &self.density
    }
}

/// Both passes over a grid of numbers; what is outside counts as zero.
pub fn blurred(values: &[f32], width: usize, height: usize, half: &[f32]) -> Density {
    let (mut rows, mut density) = (Rows::default(), Density::default());
    rows.fill(values, [width, height], |value| value);
    rows.blur(Level::new(), half, 1.0, &mut density);
    density
}

/// Rows that one core blurs in one go.
const STRIP: usize = 32;
/// Vectors whose sums stay in registers together.
const TOGETHER: usize = 4;
/// Columns of these at the most: rows are as long as a multiple of it.
const BLOCK: usize = TOGETHER * 8;

/// Numbers in rows that have zeros at the end, so that no block of columns is cut.
#[derive(Clone, Debug, Default)]
struct Rows {
    size: [usize; 2],
    pitch: usize,
    numbers: Vec<f32>,
    /// Rows with anything in them; most rows of a map are empty.
    is_filled: Vec<bool>,
}

impl Rows {
    fn fill<T: Copy + Sync>(&mut self, from: &[T], [width, height]: [usize; 2], number: impl Fn(T) -> f32 + Sync) {
        self.size = [width, height];
        self.pitch = width.next_multiple_of(BLOCK).max(BLOCK);
        self.numbers.resize(self.pitch * height, 0.0);
        self.is_filled.resize(height, false);
        if width == 0 {
            return;
        }
        let rows = self.numbers.par_chunks_mut(self.pitch).zip(from.par_chunks(width)).zip(&mut self.is_filled);
        rows.with_min_len(STRIP).for_each(|((to, from), is_filled)| {
            let (to, rest) = to.split_at_mut(width);
            to.iter_mut().zip(from).for_each(|(to, from)| *to = number(*from));
            rest.fill(0.0);
            *is_filled = to.iter().any(|value| *value != 0.0);
        });
    }

    /// Adds to the cell of an index.
    fn add(&mut self, at: usize, by: f32) {
        let [width, height] = self.size;
        if at < width * height {
            self.numbers[at / width * self.pitch + at % width] += by;
            self.is_filled[at / width] = true;
        }
    }

    /// Blurs into `to`, times `scale`, by vectors of a level: the same numbers by any.
    fn blur(&self, level: Level, half: &[f32], scale: f32, to: &mut Density) {
        let [width, height] = self.size;
        (to.width, to.height) = (width, height);
        to.values.resize(width * height, 0.0);
        if to.values.is_empty() {
            return;
        }
        let reach = half.len() - 1;
        to.values.par_chunks_mut(width * STRIP).enumerate().for_each_init(Vec::new, |lines, (strip, to)| {
            let first = strip * STRIP;
            let near = first.saturating_sub(reach)..(first + STRIP + reach).min(height);
            if self.is_filled[near].contains(&true) {
                dispatch!(level, lanes => self.blur_strip(lanes, half, scale, first, to, lines));
            } else {
                to.fill(0.0);
            }
        });
    }

    /// Blurs the rows from `first` on into `to`: down into `lines`, which have zeros on both sides, then across.
    #[inline(always)]
    fn blur_strip<S: Simd>(
        &self,
        lanes: S,
        half: &[f32],
        scale: f32,
        first: usize,
        to: &mut [f32],
        lines: &mut Vec<f32>,
    ) {
        let (width, reach) = (self.size[0], half.len() - 1);
        let block = TOGETHER * S::f32s::N;
        let rows = to.len() / width;
        let pitch = self.pitch + 2 * reach;
        lines.clear();
        lines.resize(pitch * rows, 0.0);
        for column in (0..width).step_by(block) {
            for row in 0..rows {
                let sums = self.down(lanes, half, first + row, column);
                store(&sums, &mut lines[row * pitch + reach + column..][..block]);
            }
        }
        for (line, to) in lines.chunks_exact(pitch).zip(to.chunks_exact_mut(width)) {
            for (line, to) in (0..).step_by(block).map(|column| &line[column..]).zip(to.chunks_mut(block)) {
                let sums = across(lanes, half, scale, line);
                if to.len() == block {
                    store(&sums, to);
                } else {
                    let mut whole = [0.0; BLOCK];
                    store(&sums, &mut whole[..block]);
                    to.copy_from_slice(&whole[..to.len()]);
                }
            }
        }
    }

    /// The sums of columns from `column` on, of a row and those above and below it.
    #[inline(always)]
    fn down<S: Simd>(&self, lanes: S, half: &[f32], row: usize, column: usize) -> [S::f32s; TOGETHER] {
        let mut sums = [S::f32s::splat(lanes, 0.0); TOGETHER];
        let near = row.saturating_sub(half.len() - 1)..(row + half.len()).min(self.size[1]);
        for (other, is_filled) in near.clone().zip(&self.is_filled[near]) {
            if *is_filled {
                let weight = S::f32s::splat(lanes, half[row.abs_diff(other)]);
                let from = &self.numbers[other * self.pitch + column..][..TOGETHER * S::f32s::N];
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum += weight * read(lanes, from, i);
                }
            }
        }
        sums
    }
}

/// The sums of columns of a line that begins as many columns before the first as the kernel reaches.
#[inline(always)]
fn across<S: Simd>(lanes: S, half: &[f32], scale: f32, line: &[f32]) -> [S::f32s; TOGETHER] {
    let (reach, block) = (half.len() - 1, TOGETHER * S::f32s::N);
    let line = &line[..block + 2 * reach];
    let middle = &line[reach..][..block];
    let mut sums = [S::f32s::splat(lanes, 0.0); TOGETHER];
    for (i, sum) in sums.iter_mut().enumerate() {
        *sum = read(lanes, middle, i) * half[0];
    }
    for (step, weight) in half.iter().enumerate().skip(1) {
        let weight = S::f32s::splat(lanes, *weight);
        let (left, right) = (&line[reach - step..][..block], &line[reach + step..][..block]);
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum += weight * (read(lanes, left, i) + read(lanes, right, i));
        }
    }
    // Not by the array's own map, which is no place for vectors: it is called, not inlined.
    sums.iter_mut().for_each(|sum| *sum *= scale);
    sums
}

/// The vector number `i` of a slice.
#[inline(always)]
fn read<S: Simd>(lanes: S, from: &[f32], i: usize) -> S::f32s {
    S::f32s::from_slice(lanes, &from[i * S::f32s::N..][..S::f32s::N])
}

#[inline(always)]
fn store<S: Simd, F: SimdBase<S, Element = f32>>(sums: &[F], to: &mut [f32]) {
    sums.iter().zip(to.chunks_exact_mut(F::N)).for_each(|(sum, to)| sum.store_slice(to));
}

impl Density {
    /// The density at a place in cells from the south-west corner, by the cubic B-spline, as shaders read it.
    pub fn at(&self, x: f64, y: f64) -> f32 {
        let (u, v) = (x - 0.5, y - 0.5);
        let (i, j) = (u.floor(), v.floor());
        let (a, b) = (spline((u - i) as f32), spline((v - j) as f32));
        let mut sum = 0.0;
        for (row, b) in b.iter().enumerate() {
            for (column, a) in a.iter().enumerate() {
                let column = (i as i64 + column as i64 - 1).clamp(0, self.width as i64 - 1) as usize;
                let row = (j as i64 + row as i64 - 1).clamp(0, self.height as i64 - 1) as usize;
                sum += a * b * self.values.get(row * self.width + column).copied().unwrap_or(0.0);
            }
        }
        sum
    }

    /// The largest value.
    pub fn max(&self) -> f32 {
        self.values.iter().copied().fold(0.0, f32::max)
    }
}

/// Weights of the four neighbours for a place `t` (0–1) between the middle two.
fn spline(t: f32) -> [f32; 4] {
    let s = 1.0 - t;
    let (t2, s2) = (t * t, s * s);
    [s2 * s / 6.0, (4.0 - 6.0 * t2 + 3.0 * t2 * t) / 6.0, (4.0 - 6.0 * s2 + 3.0 * s2 * s) / 6.0, t2 * t / 6.0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_blurs_to_the_same_numbers_and_the_room_may_be_used_again() {
        let (width, height) = (77, 50);
        let values: Vec<f32> =
            (0..width * height).map(|i| if i % 11 == 0 && i / width != 20 { (i % 97) as f32 } else { 0.0 }).collect();
        let (mut rows, mut here, mut least) = (Rows::default(), Density::default(), Density::default());
        rows.fill(&vec![9.0_f32; 90 * 80], [90, 80], |value| value);
        rows.blur(Level::new(), &half_kernel(3.0), 1.0, &mut here);
        rows.fill(&values, [width, height], |value| value);
        rows.add(20 * width + 76, 40.0);
        rows.add(width * height, 40.0);
        rows.blur(Level::new(), &half_kernel(3.7), 0.5, &mut here);
        rows.blur(Level::baseline(), &half_kernel(3.7), 0.5, &mut least);
        assert!(here == least);
        let sum: f32 = here.values.iter().sum();
        assert!(sum > 0.4 * values.iter().sum::<f32>() && here.values.len() == width * height);
    }
}
