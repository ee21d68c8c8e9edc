//! Episodes: for some hours to three days one category is reported again and again from a few neighbouring grids — a
//! burst main, a building site at night, a storm tide. They are what a district's heat map and warnings are there for.
//!
//! The episodes that begin on a date depend on the seed and that date only; their tickets join the ordinary ones in
//! `arrivals`.

use super::arrivals::{Arrival, Place};
use super::catalogue::CATALOGUE;
use super::draw::{Draw, Purpose};
use super::ground::{ADDRESSES, Spot, Terrain};

/// One kind of episode.
struct Kind {
    /// Code of its category.
    code: &'static str,
    /// How often, against the other kinds.
    weight: f64,
    /// Shortest and longest, hours.
    hours: (f64, f64),
    /// Grids concerned, at most.
    cells: usize,
    /// Hours of the day in which it begins.
    begins: (f64, f64),
    /// Share reported by grid workers; the rest calls the hotline.
    by_grid_workers: f64,
    /// True if it is heard at night only.
    nightly: bool,
}

const fn kind(code: &'static str, weight: f64, hours: (f64, f64), cells: usize, begins: (f64, f64), by: f64) -> Kind {
    Kind { code, weight, hours, cells, begins, by_grid_workers: by, nightly: false }
}

const KINDS: [Kind; 9] = [
    kind("0201", 1.2, (5.0, 30.0), 9, (5.0, 19.0), 0.12),
    kind("0203", 1.6, (20.0, 54.0), 8, (6.0, 20.0), 0.15),
    kind("0204", 1.2, (2.0, 9.0), 10, (7.0, 22.0), 0.1),
    kind("0404", 1.4, (6.0, 30.0), 9, (4.0, 20.0), 0.5),
    kind("0104", 0.8, (30.0, 70.0), 3, (10.0, 19.0), 0.05),
    Kind { nightly: true, ..kind("0501", 1.4, (40.0, 70.0), 4, (19.0, 22.0), 0.04) },
    Kind { nightly: true, ..kind("0502", 1.0, (40.0, 70.0), 2, (19.0, 23.0), 0.04) },
    kind("0602", 0.8, (24.0, 70.0), 2, (8.0, 18.0), 0.05),
    kind("1103", 0.6, (10.0, 40.0), 6, (6.0, 12.0), 0.7),
];

/// Share of all tickets that belong to an episode; `rhythm` brings the rest.
pub(super) const SHARE: f64 = 0.06;
/// Tickets of an average episode.
const MEAN_SIZE: f64 = 14.0;
/// An episode lasts less than this many days after the one it begins on.
pub(super) const DAYS: i64 = 4;

/// Every ticket of the episodes that begin on `day` (days since 1970), with its second counted from that day's start.
pub(super) fn arrivals_beginning_on(
    terrain: &Terrain,
    seed: u64,
    day: i64,
    per_day: f64,
    out: &mut Vec<(i64, Arrival)>,
) {
    let mut draw = Draw::keyed(seed, Purpose::Episodes, day, 0);
    let weights: Vec<f64> = KINDS
        .iter()
        .scan(0.0, |sum, kind| {
            *sum += kind.weight;
            Some(*sum)
        })
        .collect();
    for _ in 0..draw.poisson(per_day * SHARE / MEAN_SIZE) {
        let kind = &KINDS[draw.weighted(&weights)];
        let Some(category) = CATALOGUE.iter().position(|category| category.code == kind.code) else { continue };
        let cells = terrain.around(terrain.draw_cell(&mut draw), 1 + draw.below(kind.cells));
        let begin = draw.between(kind.begins.0, kind.begins.1) * 3600.0;
        let length = draw.between(kind.hours.0, kind.hours.1) * 3600.0;
        // Few in a small one, many in a large one, MEAN_SIZE on average.
        let size = draw.between(0.3, 1.7) * MEAN_SIZE;
        for _ in 0..draw.poisson(size) {
            // Most in the first third; the nearest grids most.
            let (early, near) = (draw.unit(), draw.unit());
            let second = heard((begin + length * early * (0.3 + 0.7 * early)) as i64, kind.nightly, &mut draw);
            let cell = cells[((near * near) * cells.len() as f64) as usize];
            let spot = match draw.chance(0.6) {
                true => Spot::Address(draw.below(ADDRESSES / 3) as u8),
                false => Spot::Anywhere(draw.bits() >> 1),
            };
            let source = usize::from(!draw.chance(kind.by_grid_workers));
            out.push((second, Arrival { source, category: category as u16, cell, spot, place: Place::Exact }));
        }
    }
}

/// Moves what would be noticed by day to the night before or after it.
fn heard(second: i64, nightly: bool, draw: &mut Draw) -> i64 {
    let hour = second.rem_euclid(86_400) / 3600;
    if !nightly || !(5..21).contains(&hour) {
        return second;
    }
    let day_start = second - second.rem_euclid(86_400);
    day_start + 21 * 3600 + (draw.between(0.0, 5.0) * 3600.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_category_and_ends_in_time() {
        for kind in &KINDS {
            assert!(CATALOGUE.iter().any(|category| category.code == kind.code), "{}", kind.code);
            // A nightly one may be moved on to 02:00 of the next day.
            let last = kind.begins.1 + kind.hours.1 + if kind.nightly { 21.0 } else { 0.0 };
            assert!(last < (DAYS + 1) as f64 * 24.0, "{}", kind.code);
        }
    }

    #[test]
    fn what_is_heard_at_night_is_reported_at_night() {
        let mut draw = Draw::keyed(1, Purpose::Day, 0, 0);
        for second in (0..86_400 * 2).step_by(1_700) {
            let hour = heard(second, true, &mut draw).rem_euclid(86_400) / 3600;
            assert!(!(5..21).contains(&hour), "{hour}");
            assert_eq!(heard(second, false, &mut draw), second);
        }
    }
}
