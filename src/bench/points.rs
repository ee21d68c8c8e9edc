//! Made-up events for measurements, the same from the same seed.

use rand::{Rng as _, SeedableRng as _};

use crate::heat::event::{Attributes, Event, NO_AREA};
use crate::heat::field::Grid;

/// How events are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Everywhere alike.
    Uniform,
    /// Around 64 centres of different width.
    Clusters,
    /// Nine of ten in one cell.
    HotCell,
    /// Along one row.
    Line,
    /// One event in all.
    One,
}

impl Spread {
    /// All of them.
    pub const ALL: [Spread; 5] = [Spread::Uniform, Spread::Clusters, Spread::HotCell, Spread::Line, Spread::One];
}

/// Places of `n` events in metres from the grid's corner.
pub fn places(n: usize, spread: Spread, grid: &Grid, seed: u64) -> Vec<[f64; 2]> {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let size = [f64::from(grid.width) * grid.cell_m, f64::from(grid.height) * grid.cell_m];
    let centres: Vec<[f64; 3]> = (0..64)
        .map(|_| {
            let at = |rng: &mut rand_chacha::ChaCha8Rng, side: f64| rng.random_range(0.1..0.9) * side;
            [at(&mut rng, size[0]), at(&mut rng, size[1]), rng.random_range(150.0..1500.0)]
        })
        .collect();
    let count = if spread == Spread::One { n.min(1) } else { n };
    (0..count)
        .map(|i| match spread {
            Spread::Uniform | Spread::One => [rng.random::<f64>() * size[0], rng.random::<f64>() * size[1]],
            Spread::HotCell if i % 10 != 0 => [size[0] / 2.0, size[1] / 2.0],
            Spread::HotCell => [rng.random::<f64>() * size[0], rng.random::<f64>() * size[1]],
            Spread::Line => [rng.random::<f64>() * size[0], size[1] / 2.0],
            Spread::Clusters => {
                let [x, y, wide] = centres[rng.random_range(0..centres.len())];
                let mut normal = || {
                    let (u, v): (f64, f64) = (rng.random_range(1e-12..1.0), rng.random());
                    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
                };
                [(x + normal() * wide).clamp(0.0, size[0] - 1.0), (y + normal() * wide).clamp(0.0, size[1] - 1.0)]
            }
        })
        .collect()
}

/// The same as events, one a second from the first on.
pub fn events(n: usize, spread: Spread, grid: &Grid, seed: u64) -> Vec<Event> {
    of_places(&places(n, spread, grid, seed), grid, 1_000_000)
}

/// Events at places, one a second from `first_s` on.
pub fn of_places(places: &[[f64; 2]], grid: &Grid, first_s: u32) -> Vec<Event> {
    places
        .iter()
        .enumerate()
        .map(|(i, [x, y])| Event {
            key: (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15),
            at_s: first_s.saturating_add(i as u32),
            cell: grid.cell(grid.origin[0] + x, grid.origin[1] + y),
            attr: Attributes {
                category: (i % 12) as u8,
                source: (i % 4) as u8,
                is_open: i % 5 == 0,
                is_overdue: false,
                area: NO_AREA,
            }
            .pack(),
        })
        .collect()
}
