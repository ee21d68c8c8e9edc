//! From counts to classes: six steps of round numbers, chosen once and then kept, so that a colour means the same all
//! day. Zero is no class: it is plain land, and so is "not known yet".

use bevy::prelude::*;

use crate::domain::{Level, ValueBreaks};
use crate::scene::AreaColour;

/// How many classes there are.
pub const CLASSES: usize = 6;

/// The least count of each class, ascending; a count below the first has no colour.
pub type Breaks = [u32; CLASSES];

/// What the colours of the areas mean now: for the panels' legend.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct AreaLegend {
    /// The level that is coloured.
    pub level: Level,
    /// The least count of each of the six classes; the last is open upwards.
    pub breaks: Breaks,
    /// The indicator that is shown instead of counts of tickets, with its classes if there is any value.
    pub measure: Option<(AreaColour, Option<ValueBreaks>)>,
    /// True where only some tickets in hand are counted: those that the scene is about.
    pub is_of_some: bool,
    /// Key of the unit in the locales: tickets in hand.
    pub unit_key: &'static str,
    /// True once the breaks are fixed; before, the list of tickets is not complete and nothing is coloured.
    pub is_locked: bool,
    /// True while the layer is on.
    pub is_shown: bool,
    /// True while the counts are not proven current; the map is hatched then.
    pub is_stale: bool,
}

impl Default for AreaLegend {
    fn default() -> Self {
        Self {
            level: Level::Community,
            breaks: breaks_for(0),
            measure: None,
            is_of_some: false,
            unit_key: "unit-tickets-in-hand",
            is_locked: false,
            is_shown: true,
            is_stale: false,
        }
    }
}

/// Six classes for counts up to `max`: `1, s, 2s … 5s` with a round step `s`, the smallest for which the top class
/// begins at or above two thirds of `max`.
pub fn breaks_for(max: u32) -> Breaks {
    let step = round_steps().find(|step| u64::from(*step) * 15 >= u64::from(max) * 2).unwrap_or(u32::MAX / 8);
    match step {
        1 => [1, 2, 3, 4, 5, 6],
        _ => [1, step, 2 * step, 3 * step, 4 * step, 5 * step],
    }
}

/// Steps that widen, for counts of which most are small.
const WIDENING: [Breaks; 4] = [[1, 2, 3, 4, 6, 10], [1, 2, 3, 5, 8, 12], [1, 2, 4, 7, 11, 16], [1, 3, 5, 10, 15, 25]];
/// A class that holds more than this share of the areas makes a map of one colour.
const MOST_IN_ONE: f64 = 0.6;

/// Six classes for these counts: equal steps as [`breaks_for`] gives, unless they leave most areas in one colour and
/// steps that widen tell them better apart.
pub fn breaks_of(counts: &[u32]) -> Breaks {
    let max = counts.iter().copied().max().unwrap_or(0);
    let even = breaks_for(max);
    let (used, largest) = spread(counts, &even);
    let some = counts.iter().filter(|count| **count > 0).count();
    if some < CLASSES || (used >= 4 && largest <= MOST_IN_ONE) {
        return even;
    }
    let factors = (0..7).flat_map(|power| [1, 2, 5].map(|digit| digit * 10u32.pow(power)));
    let widening = factors.flat_map(|factor| WIDENING.map(|breaks| breaks.map(|least| least.saturating_mul(factor))));
    // Zero alone has no class, and the top class begins where there still is something.
    let widening = widening.map(|breaks| [1, breaks[1], breaks[2], breaks[3], breaks[4], breaks[5]]);
    let fitting = widening.filter(|breaks| breaks[5] <= max && u64::from(breaks[5]) * 5 >= u64::from(max) * 2);
    let share = |breaks: &Breaks| spread(counts, breaks).1;
    fitting.chain([even]).min_by(|a, b| share(a).total_cmp(&share(b))).unwrap_or(even)
}

/// How many classes these counts use, and the share of those above zero that the fullest class holds.
fn spread(counts: &[u32], breaks: &Breaks) -> (usize, f64) {
    let mut held = [0u32; CLASSES];
    for class in counts.iter().filter_map(|count| class_of(*count, breaks)) {
        held[class] += 1;
    }
    let all = held.iter().sum::<u32>().max(1);
    let largest = held.iter().copied().max().unwrap_or(0);
    (held.iter().filter(|n| **n > 0).count(), f64::from(largest) / f64::from(all))
}

/// The class of a count, 0–5; `None` for zero.
pub fn class_of(count: u32, breaks: &Breaks) -> Option<usize> {
    breaks.iter().rposition(|least| *least <= count)
}

/// 1, 2, 3, 4, 5, 10, 20, 30 … as far as they fit.
fn round_steps() -> impl Iterator<Item = u32> {
    (0..8).flat_map(|power| [1, 2, 3, 4, 5].map(|digit| digit * 10u32.pow(power)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_ascend() {
        assert_eq!(breaks_for(0), [1, 2, 3, 4, 5, 6]);
        assert_eq!(breaks_for(7), [1, 2, 3, 4, 5, 6]);
        assert_eq!(breaks_for(14), [1, 2, 4, 6, 8, 10]);
        assert_eq!(breaks_for(16), [1, 3, 6, 9, 12, 15]);
        assert_eq!(breaks_for(30), [1, 4, 8, 12, 16, 20]);
        assert_eq!(breaks_for(36), [1, 5, 10, 15, 20, 25]);
        assert_eq!(breaks_for(60), [1, 10, 20, 30, 40, 50]);
        for max in [0, 1, 9, 99, 12_345, 7_000_000, u32::MAX] {
            let breaks = breaks_for(max);
            assert!(breaks.windows(2).all(|pair| pair[0] < pair[1]), "{breaks:?}");
        }
    }

    #[test]
    fn the_top_class_is_used_but_is_not_most_of_the_scale() {
        for max in 12..5000 {
            let top = breaks_for(max)[5];
            assert!(f64::from(top) >= f64::from(max) * 0.6 && f64::from(top) <= f64::from(max) * 2.0, "{max}: {top}");
        }
    }

    #[test]
    fn counts_of_which_most_are_small_get_steps_that_widen() {
        // Fifty-one communities, as an ordinary afternoon has them.
        let mut counts = vec![0; 4];
        for (count, times) in [(1, 11), (2, 12), (3, 8), (4, 6), (5, 4), (7, 3), (9, 2), (16, 1)] {
            counts.extend(vec![count; times]);
        }
        let breaks = breaks_of(&counts);
        let (used, largest) = spread(&counts, &breaks);
        assert!(used >= 4 && largest < 0.5, "{breaks:?}: {used} classes, {largest}");
        assert!(breaks[5] <= 16 && breaks.windows(2).all(|pair| pair[0] < pair[1]), "{breaks:?}");
        // Even counts keep equal steps, and a handful of areas says nothing about a shape.
        let even: Vec<u32> = (1..=30).collect();
        assert_eq!(breaks_of(&even), breaks_for(30));
        assert_eq!(breaks_of(&[1, 1, 40]), breaks_for(40));
        assert_eq!(breaks_of(&[]), breaks_for(0));
        assert_eq!(breaks_of(&[1; 60]), breaks_for(1));
    }

    #[test]
    fn zero_has_no_class_and_the_top_is_open() {
        let breaks = [1, 5, 10, 15, 20, 25];
        assert_eq!(class_of(0, &breaks), None);
        assert_eq!(class_of(1, &breaks), Some(0));
        assert_eq!(class_of(4, &breaks), Some(0));
        assert_eq!(class_of(5, &breaks), Some(1));
        assert_eq!(class_of(1_000_000, &breaks), Some(5));
    }
}
