//! The exact kernel density, event by event in f64: what the field is measured against, in tests and benches.

/// Events per km² at `(x, y)` metres, from points in metres, with a Gaussian of `sigma_m`. Points farther than nine
/// sigmas add less than 10⁻¹⁷ of a kernel's peak.
pub fn density_at(points: &[[f64; 2]], x: f64, y: f64, sigma_m: f64) -> f64 {
    let scale = -0.5 / (sigma_m * sigma_m);
    let far = 81.0 * sigma_m * sigma_m;
    let sum: f64 = points
        .iter()
        .map(|point| (point[0] - x).powi(2) + (point[1] - y).powi(2))
        .filter(|squared| *squared < far)
        .map(|squared| (squared * scale).exp())
        .sum();
    sum * 1e6 / (std::f64::consts::TAU * sigma_m * sigma_m)
}

/// Root of the mean squared error, as a share of the largest exact value.
pub fn nrmse(pairs: &[(f64, f64)]) -> f64 {
    let most = pairs.iter().map(|(_, exact)| *exact).fold(0.0, f64::max);
    let mean = pairs.iter().map(|(got, exact)| (got - exact).powi(2)).sum::<f64>() / pairs.len().max(1) as f64;
    if most > 0.0 { mean.sqrt() / most } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use rand::{Rng as _, SeedableRng as _};

    use super::*;
    use crate::heat::blur;
    use crate::heat::field::{Field, Grid};
    use crate::heat::weight::Weights;

    fn clustered(n: usize, seed: u64) -> Vec<[f64; 2]> {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let centres: Vec<[f64; 3]> = (0..16)
            .map(|_| {
                [rng.random_range(1000.0..7000.0), rng.random_range(1000.0..5000.0), rng.random_range(80.0..500.0)]
            })
            .collect();
        (0..n)
            .map(|_| {
                let [x, y, wide] = centres[rng.random_range(0..centres.len())];
                let mut normal = || {
                    let (u, v): (f64, f64) = (rng.random_range(1e-12..1.0), rng.random());
                    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
                };
                [x + normal() * wide, y + normal() * wide]
            })
            .collect()
    }

    #[test]
    fn the_field_is_within_half_a_percent_of_the_exact_density() {
        let points = clustered(20_000, 3);
        let grid = Grid::covering([0.0, 0.0], [8000.0, 6000.0], 1000.0);
        for sigma_m in [100.0, 310.0, 400.0] {
            let mut field = Field::new(&grid, grid.level_for(sigma_m), Weights::plain());
            points.iter().for_each(|point| field.change(grid.cell(point[0], point[1]), 1));
            let density = blur::density(&field, &grid, sigma_m);
            let cell_m = grid.cell_m_at(field.level());
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(9);
            let pairs: Vec<(f64, f64)> = (0..400)
                .map(|_| {
                    let (x, y) = (rng.random_range(500.0..7500.0), rng.random_range(500.0..5500.0));
                    let got = density.at((x - grid.origin[0]) / cell_m, (y - grid.origin[1]) / cell_m);
                    (f64::from(got), density_at(&points, x, y, sigma_m))
                })
                .collect();
            let error = nrmse(&pairs);
            assert!(error < 0.005, "sigma {sigma_m}: {error}");
        }
    }

    #[test]
    fn the_blur_equals_a_direct_sum_in_f64() {
        let (width, height) = (61, 43);
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let values: Vec<f32> = (0..width * height)
            .map(|_| if rng.random_bool(0.1) { rng.random_range(0.0..900.0) } else { 0.0 })
            .collect();
        let half = blur::half_kernel(3.7);
        let got = blur::blurred(&values, width, height, &half);
        let reach = half.len() as i64 - 1;
        let weight = |step: i64| f64::from(half[step.unsigned_abs() as usize]);
        for y in 0..height as i64 {
            for x in 0..width as i64 {
                let mut sum = 0.0;
                for v in (y - reach).max(0)..=(y + reach).min(height as i64 - 1) {
                    for u in (x - reach).max(0)..=(x + reach).min(width as i64 - 1) {
                        sum += weight(u - x) * weight(v - y) * f64::from(values[v as usize * width + u as usize]);
                    }
                }
                let got = f64::from(got.values[y as usize * width + x as usize]);
                assert!((got - sum).abs() <= 1e-5 * sum.abs().max(1.0), "{x} {y}: {got} or {sum}");
            }
        }
    }
}
