//! A day in eight parts: the densities of the window's events by time of day, three hours each, on one scale, and masked
//! by the district's outline so that a panel can paint them small.

use super::block::Blocks;
use super::blur::{blurred, half_kernel, kernel_sigma};
use super::event::{Filter, NO_CELL};
use super::field::Grid;
use super::model::Span;
use super::ring::Ring;

/// Parts of a day.
pub const PARTS: usize = 8;
/// Seconds of a part.
const PART_S: i64 = 3 * 3600;
/// Cells of a small map are 2³ address cells wide.
pub const LEVEL: u32 = 3;

/// The small maps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rhythm {
    /// Columns and rows of each map.
    pub size: [usize; 2],
    /// South-west corner of the maps, world metres, and the side of a cell.
    pub origin: [f64; 2],
    /// See `origin`.
    pub cell_m: f64,
    /// Events per km², per day and part; row by row from the south-west.
    pub maps: [Vec<f32>; PARTS],
    /// Events of each part, with or without a place.
    pub counts: [u32; PARTS],
}

/// The rhythm of a window. `zone_s` is the site's offset from UTC in seconds; `spread` puts events on blocks on the cells
/// of [`LEVEL`]. Densities are per day.
pub fn rhythm(
    ring: &Ring,
    grid: &Grid,
    span: Span,
    filter: &Filter,
    zone_s: i64,
    sigma_m: f64,
    mut spread: impl FnMut(&Blocks) -> Vec<(u32, f32)>,
) -> Rhythm {
    let (width, height) = grid.size_at(LEVEL);
    let mut sums: [Vec<f32>; PARTS] = std::array::from_fn(|_| vec![0.0; width * height]);
    let mut counts = [0; PARTS];
    let mut blocks: [Blocks; PARTS] = Default::default();
    let (moments, cells, attrs) = ring.columns(ring.range(span.from, span.to));
    for ((at_s, cell), attr) in moments.iter().zip(cells).zip(attrs) {
        if !filter.takes(*attr) {
            continue;
        }
        let part = part_of(*at_s, zone_s);
        counts[part] += 1;
        if !blocks[part].change(*cell, 1) && *cell != NO_CELL {
            let (x, y) = ((cell & 0xFFFF) as usize >> LEVEL, (cell >> 16) as usize >> LEVEL);
            if x < width && y < height {
                sums[part][y * width + x] += 1.0;
            }
        }
    }
    for (sums, blocks) in sums.iter_mut().zip(&blocks) {
        for (at, events) in spread(blocks) {
            if let Some(sum) = sums.get_mut(at as usize) {
                *sum += events;
            }
        }
    }
    let cell_m = grid.cell_m_at(LEVEL);
    let half = half_kernel(kernel_sigma(sigma_m.max(cell_m), cell_m));
    let days = (f64::from(span.to.saturating_sub(span.from)) / 86_400.0).max(1.0);
    let per = (1e6 / (cell_m * cell_m) / days) as f32;
    let maps = sums.map(|values| {
        let mut density = blurred(&values, width, height, &half);
        density.values.iter_mut().for_each(|value| *value *= per);
        density.values
    });
    Rhythm { size: [width, height], origin: grid.origin, cell_m, maps, counts }
}

/// The part of the day in which a moment lies.
pub fn part_of(at_s: u32, zone_s: i64) -> usize {
    ((i64::from(at_s) + zone_s).rem_euclid(86_400) / PART_S) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heat::event::{Attributes, Event};

    #[test]
    fn each_event_is_in_the_map_of_its_hours() {
        let grid = Grid::covering([0.0, 0.0], [3000.0, 3000.0], 0.0);
        let attr = Attributes { category: 0, source: 0, is_open: true, is_overdue: false, area: 0 }.pack();
        let zone_s = 8 * 3600;
        let events: Vec<Event> = (0..24_u32)
            .map(|hour| Event {
                key: u64::from(hour + 1) << 40,
                at_s: 1_000 * 86_400 - 8 * 3600 + hour * 3600,
                cell: grid.cell(1500.0, 1500.0),
                attr,
            })
            .collect();
        let span = Span { from: 999 * 86_400, to: 1_001 * 86_400 };
        let rhythm = rhythm(&Ring::of(events, 100), &grid, span, &Filter::ALL, zone_s, 400.0, |_| Vec::new());
        assert_eq!(rhythm.counts, [3; PARTS]);
        let cell_km2 = (grid.cell_m_at(LEVEL) / 1000.0).powi(2) as f32;
        // Three events in two days.
        for map in &rhythm.maps {
            let all: f32 = map.iter().sum::<f32>() * cell_km2;
            assert!((all - 1.5).abs() < 0.02, "{all}");
        }
    }
}
