//! Synthetic people on the care lists and their visits. Private: nothing here can be printed, serialised or sent.
//!
//! Sizes follow what districts report: about a dozen people on the lists per thousand residents, one in six of them in
//! two categories. Everybody is planned for one day of each month; most visits come on that day, some early, some late.

use jiff::civil::Date;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::domain::care::{Book, Community, Street, TrueCounts};
use crate::domain::{Area, AreaCode, CareCategory, CareGroup, Level};

/// People on the lists per resident.
const PER_RESIDENT: f64 = 0.012;
/// Residents of a community that does not say how many.
const USUAL_RESIDENTS: u32 = 4_500;
/// Relative sizes of the categories, in the order of [`CareCategory::ALL`].
const SIZES: [f64; 8] = [1070.0, 785.0, 570.0, 390.0, 285.0, 215.0, 145.0, 105.0];
/// Share of the visits of each category that come late.
const LATE: [f64; 8] = [0.10, 0.15, 0.11, 0.18, 0.26, 0.08, 0.33, 0.06];
const SECOND_CATEGORY: f64 = 0.18;

/// One person: categories as bits, and a number that the days of visits are drawn from.
struct Person {
    categories: u8,
    seed: u64,
}

enum State {
    Later,
    Visited,
    Due,
    Overdue,
}

struct Place {
    code: AreaCode,
    people: Vec<Person>,
    /// How often visits come late here, against the usual.
    lateness: f64,
}

/// The people of a district by street and community.
pub struct People {
    district: AreaCode,
    streets: Vec<(AreaCode, Vec<Place>)>,
}

impl People {
    /// People for all communities of these areas, from a seed.
    pub fn synthetic(areas: &[Area], seed: u64) -> Self {
        let of = |level: Level| areas.iter().filter(move |area| area.level == level);
        let district = of(Level::District).next().map_or_else(|| AreaCode::new(""), |area| area.code.clone());
        let mut streets: Vec<(AreaCode, Vec<Place>)> =
            of(Level::Street).map(|street| (street.code.clone(), Vec::new())).collect();
        let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x6361_7265);
        for community in of(Level::Community) {
            let residents = f64::from(community.population.unwrap_or(USUAL_RESIDENTS));
            let count = (residents * PER_RESIDENT * random.random_range(0.7..1.3)).round() as usize;
            let people = (0..count).map(|_| person(&mut random)).collect();
            let street = streets.iter_mut().find(|(code, _)| Some(code) == community.parent.as_ref());
            if let Some((_, places)) = street {
                let lateness = random.random_range(0.2..2.6);
                places.push(Place { code: community.code.clone(), people, lateness });
            }
        }
        Self { district, streets }
    }

    /// Number of streets.
    pub fn streets(&self) -> usize {
        self.streets.len()
    }

    /// The true counts of a day at 06:00.
    pub fn book(&self, date: Date) -> Book {
        let community = |place: &Place| {
            let mut groups = [TrueCounts::default(); crate::domain::care::GROUPS];
            for person in &place.people {
                let state = person.state(date, place.lateness);
                let categories = CareCategory::ALL.into_iter().filter(|it| person.categories >> (*it as u8) & 1 == 1);
                for group in std::iter::once(CareGroup::Everybody).chain(categories.map(CareGroup::Of)) {
                    let counts = &mut groups[group.index()];
                    counts.listed += 1;
                    match state {
                        State::Later => {}
                        State::Visited => counts.visited += 1,
                        State::Due => counts.due += 1,
                        State::Overdue => counts.overdue += 1,
                    }
                }
            }
            Community { code: place.code.clone(), groups }
        };
        let street = |(code, places): &(AreaCode, Vec<Place>)| Street {
            code: code.clone(),
            communities: places.iter().map(community).collect(),
        };
        Book { district: self.district.clone(), streets: self.streets.iter().map(street).collect() }
    }
}

fn person(random: &mut ChaCha8Rng) -> Person {
    let category = |random: &mut ChaCha8Rng| {
        let mut left = random.random_range(0.0..SIZES.iter().sum::<f64>());
        let found = SIZES.iter().position(|size| {
            left -= size;
            left < 0.0
        });
        1_u8 << found.unwrap_or(0)
    };
    let mut categories = category(random);
    if random.random_bool(SECOND_CATEGORY) {
        categories |= category(random);
    }
    Person { categories, seed: random.random() }
}

impl Person {
    fn state(&self, date: Date, lateness: f64) -> State {
        let month = u64::from(date.month().unsigned_abs()) + 12 * u64::from(date.year().unsigned_abs());
        let mut random = ChaCha8Rng::seed_from_u64(self.seed ^ month.wrapping_mul(0x9E37_79B9));
        let days = date.days_in_month();
        let planned = random.random_range(1..=days.max(2) - 1);
        let late = LATE.iter().enumerate().filter(|(bit, _)| self.categories >> bit & 1 == 1);
        let late = late.map(|(_, share)| *share).fold(0.0, f64::max);
        let shift: i8 = if random.random_bool((late * lateness).min(0.8)) {
            random.random_range(1..=9)
        } else if random.random_bool(0.45) {
            -random.random_range(1..=6)
        } else {
            0
        };
        // A day's visits are known at 06:00 of the next.
        let visited = (planned + shift).max(1);
        match date.day() {
            today if today > visited => State::Visited,
            today if today > planned => State::Overdue,
            today if today == planned => State::Due,
            _ => State::Later,
        }
    }
}
