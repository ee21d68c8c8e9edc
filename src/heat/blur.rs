//! From the field to densities: a separable Gaussian on the level where it is 3 to 6 cells wide, so that its cost does
//! not depend on the radius; and the B-spline by which shaders read between the cells.
//!
//! Binning to cells of side h adds a variance of h²/12, the cubic B-spline one of h²/3; both are taken off the kernel.

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
    density_with(field, grid, sigma_m, &[])
}

/// The same with events that lie on blocks: index of a cell of the field's level, and how many events it has of them.
pub fn density_with(field: &Field, grid: &Grid, sigma_m: f64, spread: &[(u32, f32)]) -> Density {
    let cell_m = grid.cell_m_at(field.level());
    let kernel = half_kernel(kernel_sigma(sigma_m, cell_m));
    let per_km2 = 1e6 / (cell_m * cell_m * f64::from(UNIT));
    let mut values: Vec<f32> = field.sums().iter().map(|sum| *sum as f32).collect();
    for (at, events) in spread {
        if let Some(value) = values.get_mut(*at as usize) {
            *value += events * UNIT as f32;
        }
    }
    let mut density = blurred(&values, field.columns(), field.rows(), &kernel);
    density.values.iter_mut().for_each(|value| *value *= per_km2 as f32);
    density
}

/// Both passes over a grid of numbers; what is outside counts as zero.
pub fn blurred(values: &[f32], width: usize, height: usize, half: &[f32]) -> Density {
    let mut across = vec![0.0_f32; width * height];
    let reach = half.len() - 1;
    across.par_chunks_mut(width.max(1)).zip(values.par_chunks(width.max(1))).for_each(|(to, from)| {
        // Most rows of a map are empty.
        if from.iter().all(|value| *value == 0.0) {
            return;
        }
        let mut line = vec![0.0_f32; width + 2 * reach];
        line[reach..reach + width].copy_from_slice(from);
        add_scaled(to, &line[reach..reach + width], half[0]);
        for (step, weight) in half.iter().enumerate().skip(1) {
            let (left, right) = (&line[reach - step..], &line[reach + step..]);
            for ((to, a), b) in to.iter_mut().zip(left).zip(right) {
                *to += weight * (a + b);
            }
        }
    });
    let mut down = vec![0.0_f32; width * height];
    down.par_chunks_mut(width.max(1)).enumerate().for_each(|(row, to)| {
        let line = |row: usize| &across[row * width..(row + 1) * width];
        add_scaled(to, line(row), half[0]);
        for (step, weight) in half.iter().enumerate().skip(1) {
            match (row.checked_sub(step), row + step < height) {
                (Some(above), true) => {
                    for ((to, a), b) in to.iter_mut().zip(line(above)).zip(line(row + step)) {
                        *to += weight * (a + b);
                    }
                }
                (Some(above), false) => add_scaled(to, line(above), *weight),
                (None, true) => add_scaled(to, line(row + step), *weight),
                (None, false) => break,
            }
        }
    });
    Density { width, height, values: down }
}

fn add_scaled(to: &mut [f32], from: &[f32], weight: f32) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += weight * from;
    }
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
