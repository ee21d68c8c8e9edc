//! Figures that departments report 报送 and no ticket tells: checks, inspections, training, partners, records. The reference
//! platform makes them up from its seed at the sizes that field reports give, community by community, so that streets add
//! up to the district, parts never exceed their whole, and a month only grows. Real data hold none.
//!
//! A quantity is what happens or stands; a key of the registry says all of it, a part of it, or the part as a share.

use super::chance::Chance;
use super::outline::{Outline, Place};
use super::registry::{REGISTRY, Shape};
use super::spans::{COUNTS, Spans};
use super::tally::Sum;
use crate::domain::Level;

/// The place of the months in [`Spans::of`].
const MONTH: usize = 2;
/// Microseconds of a month of usual length.
const USUAL_MONTH: f64 = 30.44 * 86_400e6;

/// What a quantity grows with, and so the areas that report it.
#[derive(Clone, Copy, PartialEq)]
enum Per {
    Grid,
    /// A thousand people.
    Thousand,
    Household,
    Community,
    Street,
    District,
}

/// A quantity's name, what it grows with, and how much there is of it for each: in a month, or standing.
type Quantity = (&'static str, Per, f64);

#[rustfmt::skip]
const QUANTITIES: [Quantity; 26] = [
    ("houses", Per::Thousand, 493.0), ("entities", Per::Thousand, 13.0), ("addresses", Per::Thousand, 520.0),
    ("residents", Per::Thousand, 1000.0), ("records", Per::Thousand, 2150.0), ("hazards", Per::Thousand, 0.2),
    ("homes", Per::Household, 1.0), ("grids", Per::Grid, 1.0), ("buildings", Per::Grid, 9.0),
    ("checks", Per::Grid, 8.6), ("inspections", Per::Grid, 5.0), ("leads", Per::Grid, 0.4),
    ("findings", Per::Grid, 0.085), ("errands", Per::Grid, 0.36), ("lessons", Per::Grid, 93.0),
    ("partners", Per::Community, 50.0), ("gatherings", Per::Community, 0.8), ("guests", Per::Community, 100.0),
    ("projects", Per::Community, 0.3), ("acts", Per::Community, 4.0), ("couriers", Per::Community, 1.2),
    ("trainings", Per::Street, 0.6), ("honours", Per::Street, 0.8), ("old-cases", Per::Street, 0.4),
    ("matters", Per::District, 11.0), ("requests", Per::District, 26.0),
];

/// What a key says of its quantity.
#[derive(Clone, Copy)]
enum Says {
    All,
    /// So many of it, drawn for each area between two shares.
    Part(f64, f64),
    /// The same as a share of all.
    Share(f64, f64),
}

use Says::{All, Part, Share};

#[rustfmt::skip]
const SAYS: [(&str, &str, Says); 30] = [
    ("houses", "houses", All), ("rental_share", "houses", Share(0.42, 0.66)), ("rental_hazards", "hazards", All),
    ("entities", "entities", All), ("entities_high", "entities", Part(0.01, 0.03)),
    ("address_match", "addresses", Share(0.97, 0.998)), ("base_complete", "homes", Share(0.9, 0.98)),
    ("records", "records", All), ("doctor_cover", "residents", Share(0.58, 0.82)),
    ("doctor_grids", "grids", Share(0.86, 1.0)), ("heads_cover", "buildings", Share(0.88, 0.99)),
    ("checks_done", "checks", Share(0.93, 0.99)), ("checks_changed", "checks", Part(0.08, 0.16)),
    ("inspect_done", "inspections", Share(0.9, 0.99)), ("inspect_again", "inspections", Part(0.04, 0.1)),
    ("leads", "leads", All), ("leads_solved", "leads", Share(0.8, 0.97)), ("findings_mended", "findings", Share(0.88, 1.0)),
    ("errands", "errands", All), ("lessons", "lessons", All), ("partners", "partners", All),
    ("partner_events", "gatherings", All), ("partner_people", "guests", All), ("micro_projects", "projects", All),
    ("volunteer_acts", "acts", All), ("couriers", "couriers", All), ("trainings", "trainings", All),
    ("honours", "honours", All), ("old_cases", "old-cases", All), ("requests_answered", "requests", Share(0.9, 1.0)),
];
/// Solved in the district, of the matters that warnings told of.
const DISTRICT: (&str, &str, Says) = ("district_solved", "matters", Share(0.88, 0.97));

/// Every key with its quantity.
fn says() -> impl Iterator<Item = (usize, &'static Quantity, Says)> {
    SAYS.iter().chain([&DISTRICT]).filter_map(|(key, name, says)| {
        let number = REGISTRY.iter().position(|entry| entry.key == *key)?;
        Some((number, QUANTITIES.iter().find(|quantity| quantity.0 == *name)?, *says))
    })
}

/// All of them: of each key, area and month, as far as it has come, and as much of the month before.
pub struct Told {
    /// Sums of the keys, area after area; the whole first, then the places above grids.
    sums: Vec<Sum>,
    areas: usize,
    /// By number of the key: its place in `sums`.
    at: Vec<Option<usize>>,
    /// Months of this year that are known.
    of_year: usize,
}

/// Sums kept for an area and key: the months, and the same part of the month before.
const KEPT: usize = COUNTS[MONTH] + 1;

impl Told {
    /// What is reported as of the spans' moment.
    pub fn of(outline: &Outline, spans: &Spans, seed: u64) -> Self {
        let areas = 1 + outline.places.iter().filter(|place| place.level != Level::Grid).count();
        let keys: Vec<_> = says().collect();
        let mut at = vec![None; REGISTRY.len()];
        keys.iter().enumerate().for_each(|(nth, (number, ..))| at[*number] = Some(nth));
        let months = &spans.of[MONTH];
        let of_year = months.iter().filter(|span| span.is_known && span.from >= spans.of[3][0].from).count();
        let mut told = Self { sums: vec![Sum::default(); keys.len() * areas * KEPT], areas, at, of_year };
        let gone = ((spans.as_of + 1 - months[0].from) as f64 / USUAL_MONTH).min(1.0);
        for (nth, (number, quantity, says)) in keys.iter().enumerate() {
            let stands = matches!(REGISTRY[*number].shape, Shape::Standing | Shape::StandingShare);
            for (index, place) in outline.places.iter().enumerate() {
                let Some(size) = size(quantity, place) else { continue };
                let above: Vec<usize> = outline.chain(index).map(|place| place + 1).chain([0]).collect();
                for kept in 0..if stands { 1 } else { KEPT } {
                    // The last is the month before, up to the same day.
                    let (back, share) = match kept {
                        0 if stands => (0, 1.0),
                        0 => (0, gone),
                        kept if kept == KEPT - 1 => (1, gone),
                        kept => (kept, 1.0),
                    };
                    let month = if stands { 0 } else { months[back].from };
                    let sum = reported(seed, quantity, *says, place, (size, month, share));
                    for area in &above {
                        if *area < areas {
                            let at = (nth * areas + area) * KEPT + kept;
                            told.sums[at].part += sum.part;
                            told.sums[at].whole += sum.whole;
                        }
                    }
                }
            }
        }
        told
    }

    fn kept(&self, key: usize, area: usize, kept: usize) -> Option<Sum> {
        let nth = self.at.get(key).copied().flatten().filter(|_| area < self.areas)?;
        self.sums.get((nth * self.areas + area) * KEPT + kept).copied()
    }

    /// How a key stands, or its month `back` before this one. Area 0 is the whole, `n + 1` place `n`.
    pub fn month(&self, key: usize, area: usize, back: usize) -> Option<Sum> {
        self.kept(key, area, back)
    }

    /// As much of the month before as has gone of this one.
    pub fn same_month_before(&self, key: usize, area: usize) -> Option<Sum> {
        self.kept(key, area, KEPT - 1)
    }

    /// This year's months together.
    pub fn year(&self, key: usize, area: usize) -> Option<Sum> {
        (0..self.of_year.max(1)).try_fold(Sum::default(), |sum, back| {
            let month = self.kept(key, area, back)?;
            Some(Sum { part: sum.part + month.part, whole: sum.whole + month.whole })
        })
    }
}

/// How much of what a quantity grows with there is in an area that reports it.
fn size(quantity: &Quantity, place: &Place) -> Option<f64> {
    let (_, per, amount) = quantity;
    let level = match per {
        Per::Street => Level::Street,
        Per::District => Level::District,
        _ => Level::Community,
    };
    let of = match per {
        Per::Grid => f64::from(place.holds.grids),
        Per::Thousand => place.population? as f64 / 1000.0,
        Per::Household => place.households? as f64,
        Per::Community | Per::Street | Per::District => 1.0,
    };
    (place.level == level).then_some(of * amount)
}

/// What one area reports of a key: of a month up to a share of it. What is drawn for a month stays, so that it only grows.
fn reported(seed: u64, quantity: &Quantity, says: Says, place: &Place, (size, month, share): (f64, i64, f64)) -> Sum {
    let name = quantity.0;
    let mut chance = Chance::of(seed, &["told", name, &place.code.0, &month.to_string()]);
    // What can be counted in another way is not made up anew.
    let is_exact = matches!(name, "residents" | "homes" | "grids");
    let usual = if is_exact { size } else { size * chance.between(0.75, 1.25) };
    let whole = (usual * share + if is_exact { 0.0 } else { chance.unit() }).floor() as u32;
    let (low, high) = match says {
        All => return Sum { part: whole, whole },
        Part(low, high) | Share(low, high) => (low, high),
    };
    let lasting = Chance::of(seed, &["told share", name, &place.code.0]).between(low, high);
    let part = ((f64::from(whole) * lasting + chance.unit()).floor() as u32).min(whole);
    Sum { part, whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reported_key_has_a_quantity_and_the_other_way_round() {
        let is_told =
            |shape| matches!(shape, Shape::Reported | Shape::ReportedShare | Shape::Standing | Shape::StandingShare);
        let keys: Vec<usize> = says().map(|(number, ..)| number).collect();
        for (number, entry) in REGISTRY.iter().enumerate().filter(|(_, entry)| is_told(entry.shape)) {
            assert_eq!(keys.iter().filter(|key| **key == number).count(), 1, "{}", entry.key);
        }
        assert_eq!(keys.len(), SAYS.len() + 1, "a key or a quantity that is not there");
        for (number, _, says) in says() {
            let is_share = matches!(REGISTRY[number].shape, Shape::ReportedShare | Shape::StandingShare);
            assert_eq!(is_share, matches!(says, Share(..)), "{}", REGISTRY[number].key);
        }
    }
}
