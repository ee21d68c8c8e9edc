//! From true counts to publishable ones: the one function on every way out (API, screen, export).
//!
//! # The scheme
//!
//! Every true count (district, street and community × group × measure) gets a secret error of its own, drawn once from a
//! key and kept for good: −5 to +3, 0 on average ([`error_of`]). The erroneous table *Y* is made into a possible one, *X*:
//! one that some population could really have (nothing negative, sums add up, visited + due + overdue ≤ listed, every
//! category within everybody, everybody covered by the categories). **A table that is possible already is left as it is.**
//! Only *X* is looked at from here on: below eight it is suppressed, from eight on rounded to a multiple of five.
//! A true count of 1–4 has *Y* ≤ 7, and no step lifts a count of at most 7 above 7: it is suppressed for certain. So are
//! 0 and many from 5 to 12, which look the same and are its complements.
//!
//! # Why no count can be bounded to a width under five
//!
//! Let an attacker know the method, all that was ever published on any number of days, and even *X* itself, but not the
//! key. Choose any count: a community *j*, a group *g*, a measure *m*. Two worlds fit all they saw, on all days at once:
//!
//! * *World 0*: the truth is *X*, and every error is 0. *X* is possible, so it is left as it is.
//! * *World 5*: in *j* live five more people, in group *g* (in any category, if *g* is everybody) and with *m*. The errors
//!   of the counts they are part of (*j*, its street, the district; *g* and everybody; *m* and listed) are −5, all others
//!   0. The erroneous table is *X* again.
//!
//! Both have a positive chance, as errors are independent. The chosen count, and each of its parents, differs by five
//! between them on every day. So its interval has a width of at least five, whatever neighbours, parents, categories,
//! measures, filters or differences between days are combined: those are all functions of *X*. Knowledge about *changes*
//! (nobody moved today) does not help either: the five are there on every day. `attack.rs` carries both worlds out.
//!
//! What this does not cover: somebody who already knows the true counts of a group and looks for the errors; a key that
//! is changed while the list stays the same (averages of two keys are better than one); a key that is known.

use super::{AreaCode, CareCounts, Count, GROUPS};

/// Listed, visited, due, overdue.
pub const MEASURES: usize = 4;
/// Greatest *X* that is suppressed.
const MOST_HIDDEN: i64 = 7;

/// Chances of the errors −5 to +3, in parts of [`PARTS`]. Their mean is 0, their standard deviation 2.1.
const CHANCES: [u64; 9] = [1, 2, 3, 5, 7, 8, 7, 7, 6];
const PARTS: u64 = 46;

/// The error that a secret number, evenly drawn, stands for: −5 to +3.
pub fn error_of(draw: u64) -> i64 {
    let mut left = draw % PARTS;
    for (error, chance) in (-5..).zip(CHANCES) {
        if left < chance {
            return error;
        }
        left -= chance;
    }
    0
}

/// True counts of one group in one community. No `Debug`, no serialisation: they leave only through [`publish`].
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct TrueCounts {
    /// On the list.
    pub listed: u32,
    /// Visited this month. The four states visited, due, overdue and planned for later exclude each other.
    pub visited: u32,
    /// Due today.
    pub due: u32,
    /// Overdue.
    pub overdue: u32,
}

/// One community's true counts, by [`super::CareGroup::index`].
#[derive(Clone, PartialEq, Eq)]
pub struct Community {
    /// Its code.
    pub code: AreaCode,
    /// Its counts.
    pub groups: [TrueCounts; GROUPS],
}

/// A street with its communities.
#[derive(Clone, PartialEq, Eq)]
pub struct Street {
    /// Its code.
    pub code: AreaCode,
    /// Its communities.
    pub communities: Vec<Community>,
}

/// True counts of a district on one day.
#[derive(Clone, PartialEq, Eq)]
pub struct Book {
    /// The code of the district.
    pub district: AreaCode,
    /// Its streets.
    pub streets: Vec<Street>,
}

/// Publishable counts of the district, each street and each community, in that order. `error` gives each true count its
/// secret error, by area, column of the group and measure (0 listed, 1 visited, 2 due, 3 overdue): always the same for the
/// same count.
pub fn publish(book: &Book, error: impl Fn(&AreaCode, usize, usize) -> i64) -> Vec<(AreaCode, [CareCounts; GROUPS])> {
    let columns = possible(book, error);
    let mut rows = Vec::with_capacity(columns.len() + book.streets.len() + 1);
    let mut at = 0;
    let mut whole = Cells::default();
    let mut streets = Vec::new();
    for street in &book.streets {
        let mut total = Cells::default();
        for community in &street.communities {
            add(&mut total, &columns[at]);
            streets.push((community.code.clone(), columns[at]));
            at += 1;
        }
        add(&mut whole, &total);
        rows.push((street.code.clone(), total));
    }
    rows.insert(0, (book.district.clone(), whole));
    rows.extend(streets);
    rows.into_iter().map(|(code, cells)| (code, cells.map(shown))).collect()
}

/// Counts of one area by group and measure.
pub(super) type Cells = [[i64; MEASURES]; GROUPS];

fn add(total: &mut Cells, part: &Cells) {
    for (total, part) in total.iter_mut().flatten().zip(part.iter().flatten()) {
        *total += part;
    }
}

/// *X*, cut to what may be shown.
fn shown(cells: [i64; MEASURES]) -> CareCounts {
    let [listed, visited, due, overdue] = cells.map(|x| match x {
        ..=MOST_HIDDEN => Count::Suppressed,
        x => Count::About(u32::try_from((x + 2) / 5 * 5).unwrap_or(u32::MAX)),
    });
    CareCounts { listed, visited, due, overdue }
}

/// The table *X* of the communities, in the order of the book. Only the attack looks at it directly.
pub(super) fn possible(book: &Book, error: impl Fn(&AreaCode, usize, usize) -> i64) -> Vec<Cells> {
    let leaves: Vec<&Community> = book.streets.iter().flat_map(|street| &street.communities).collect();
    let mut x = vec![Cells::default(); leaves.len()];
    for group in 0..GROUPS {
        for measure in 0..MEASURES {
            // No more than what is left of the listed, and no more than everybody in the same state.
            let room = |cells: &Cells| {
                let taken: i64 = cells[group][1..measure.max(1)].iter().sum();
                let left = if measure == 0 { i64::MAX } else { cells[group][0] - taken };
                if group == 0 { left } else { left.min(cells[0][measure]) }
            };
            let rooms: Vec<i64> = x.iter().map(room).collect();
            let fitted = fit_levels(book, &rooms, group, measure, &error);
            x.iter_mut().zip(fitted).for_each(|(cells, value)| cells[group][measure] = value);
        }
        for cells in &mut x {
            let later = later(cells, group).min(later(cells, 0));
            cells[group][0] = cells[group][1..].iter().sum::<i64>() + later;
        }
    }
    x.iter_mut().for_each(cover);
    x
}

/// People in no other state: planned for a later day.
fn later(cells: &Cells, group: usize) -> i64 {
    cells[group][0] - cells[group][1..].iter().sum::<i64>()
}

/// Everybody is in some category: in each state there are no more people than their categories add up to.
fn cover(cells: &mut Cells) {
    let mut freed = 0;
    let planned_later = later(cells, 0);
    for measure in 1..MEASURES {
        let covered: i64 = (1..GROUPS).map(|group| cells[group][measure]).sum();
        freed += (cells[0][measure] - covered).max(0);
        cells[0][measure] = cells[0][measure].min(covered);
    }
    let covered: i64 = (1..GROUPS).map(|group| later(cells, group)).sum();
    cells[0][0] = cells[0][1..].iter().sum::<i64>() + (planned_later + freed).min(covered);
}

/// One column: the district's erroneous count is kept, the streets are fitted to it, the communities to their streets.
fn fit_levels(
    book: &Book,
    rooms: &[i64],
    group: usize,
    measure: usize,
    error: &impl Fn(&AreaCode, usize, usize) -> i64,
) -> Vec<i64> {
    let mut communities = Vec::with_capacity(rooms.len());
    let (mut streets, mut street_rooms, mut whole) = (Vec::new(), Vec::new(), 0);
    let mut at = 0;
    for street in &book.streets {
        let mut total = 0;
        for community in &street.communities {
            let truth = truth(&community.groups[group], measure);
            total += truth;
            communities.push(truth + error(&community.code, group, measure));
        }
        let next = at + street.communities.len();
        street_rooms.push(rooms[at..next].iter().fold(0_i64, |sum, room| sum.saturating_add(*room)));
        streets.push(total + error(&street.code, group, measure));
        whole += total;
        at = next;
    }
    fit(&mut streets, &street_rooms, whole + error(&book.district, group, measure));
    at = 0;
    for (street, target) in book.streets.iter().zip(streets) {
        let next = at + street.communities.len();
        fit(&mut communities[at..next], &rooms[at..next], target);
        at = next;
    }
    communities
}

fn truth(counts: &TrueCounts, measure: usize) -> i64 {
    i64::from(match measure {
        0 => counts.listed,
        1 => counts.visited,
        2 => counts.due,
        _ => counts.overdue,
    })
}

/// Moves `values` into 0..=room and then, one by one in turn, towards the sum `target`, as far as there is room. A value
/// of at most [`MOST_HIDDEN`] stays so.
fn fit(values: &mut [i64], rooms: &[i64], target: i64) {
    let ceilings: Vec<i64> = values
        .iter()
        .zip(rooms)
        .map(|(value, room)| if *value <= MOST_HIDDEN { (*room).min(MOST_HIDDEN) } else { *room })
        .collect();
    values.iter_mut().zip(rooms).for_each(|(value, room)| *value = (*value).min(*room).max(0));
    let mut missing = target.max(0) - values.iter().sum::<i64>();
    let first = (target.unsigned_abs() as usize).checked_rem(values.len()).unwrap_or(0);
    let mut is_moving = true;
    while missing != 0 && is_moving {
        is_moving = false;
        for index in (first..values.len()).chain(0..first) {
            let step = missing.signum();
            let moved = values[index] + step;
            if step != 0 && (0..=ceilings[index]).contains(&moved) {
                values[index] = moved;
                missing -= step;
                is_moving = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_average_to_nothing_and_stay_in_their_bounds() {
        let errors: Vec<i64> = (0..PARTS).map(error_of).collect();
        assert_eq!(errors.iter().sum::<i64>(), 0);
        assert_eq!((errors.iter().min(), errors.iter().max()), (Some(&-5), Some(&3)));
        assert_eq!(CHANCES.iter().sum::<u64>(), PARTS);
    }

    #[test]
    fn small_counts_are_suppressed_and_others_rounded() {
        let of = |x| shown([x; MEASURES]).listed;
        assert!((0..=7).all(|x| of(x) == Count::Suppressed));
        assert_eq!([8, 12, 13, 17, 18].map(of), [10, 10, 15, 15, 20].map(Count::About));
    }

    #[test]
    fn fitting_leaves_what_fits_and_lifts_nothing_small_above_seven() {
        let mut values = [3, 0, 12];
        fit(&mut values, &[9, 9, 20], 15);
        assert_eq!(values, [3, 0, 12]);
        let mut values = [-4, 7, 9];
        fit(&mut values, &[9, 9, 11], 90);
        assert_eq!(values, [7, 7, 11]);
        let mut values = [4, 2, 9];
        fit(&mut values, &[9, 9, 11], -3);
        assert_eq!(values, [0, 0, 0]);
    }
}
