//! When tickets come: by hour, weekday, month, holiday and weather, for each source; and which category at which hour.
//!
//! The numbers are shapes, not counts: each is normalised to a mean of one, so that `per_day` of the ground holds over
//! a year. The place is drawn in `ground`, bursts in `episode`.

use jiff::civil::Date;

use super::catalogue::{CATALOGUE, Category, Daytime, Season};
use super::draw::{Draw, Purpose};
use crate::domain::{Calendar, Source};

/// Share of each source: three fifths grid workers, two fifths hotline (Haicheng since 2024: 55,000 and 36,400 of
/// 91,400), of both a little for departments with sensors and for other channels.
pub(super) const SHARES: [(Source, f64); 4] =
    [(Source::GridWorker, 0.585), (Source::Hotline, 0.385), (Source::Dispatch, 0.022), (Source::Other, 0.008)];

/// Relative frequency by hour of the day, in the order of [`SHARES`].
const HOURS: [[f64; 24]; 4] = [
    [
        0.3, 0.2, 0.15, 0.15, 0.2, 0.5, 1.3, 2.8, 5.4, 8.6, 9.4, 7.4, 4.0, 4.4, 7.0, 8.6, 8.0, 6.4, 4.0, 3.5, 3.2, 2.1,
        1.1, 0.6,
    ],
    [
        0.9, 0.6, 0.4, 0.3, 0.3, 0.5, 1.2, 2.7, 5.2, 7.4, 7.7, 6.7, 4.8, 4.6, 5.8, 6.6, 6.3, 5.5, 4.8, 5.2, 5.6, 5.0,
        3.4, 1.9,
    ],
    [
        1.4, 1.3, 1.2, 1.2, 1.2, 1.4, 2.0, 3.2, 5.4, 7.0, 7.0, 6.0, 4.0, 4.2, 6.2, 6.4, 6.0, 5.0, 3.2, 2.6, 2.2, 2.0,
        1.8, 1.6,
    ],
    [
        0.6, 0.4, 0.3, 0.3, 0.3, 0.5, 1.0, 2.0, 4.0, 5.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 7.0, 7.0,
        5.0, 3.0,
    ],
];

/// By weekday, Monday first, in the order of [`SHARES`].
const WEEKDAYS: [[f64; 7]; 4] = [
    [1.1, 1.1, 1.08, 1.08, 1.06, 0.84, 0.74],
    [1.16, 1.06, 1.02, 1.0, 1.0, 0.9, 0.86],
    [1.1, 1.1, 1.1, 1.1, 1.1, 0.8, 0.7],
    [0.95, 0.95, 0.95, 0.95, 1.0, 1.1, 1.1],
];

/// By month, January first, all sources: the rainy and the warm months bring more, the new year less.
const MONTHS: [f64; 12] = [0.92, 0.82, 0.97, 1.0, 1.05, 1.1, 1.12, 1.12, 1.06, 1.0, 0.98, 0.94];

/// Chance of heavy rain on a day, by month, and how much more then comes in all.
const RAIN_CHANCE: [f64; 12] = [0.02, 0.03, 0.04, 0.08, 0.12, 0.16, 0.17, 0.18, 0.12, 0.06, 0.03, 0.02];
const RAIN_FACTOR: f64 = 1.18;

/// What is known about one day before any ticket is drawn.
pub(super) struct Weather {
    /// True on a day of heavy rain.
    pub rain: bool,
    /// How busy the day is for no reason one knows.
    pub mood: f64,
}

impl Weather {
    pub(super) fn of(seed: u64, day: i64, date: Date) -> Self {
        let mut draw = Draw::keyed(seed, Purpose::Weather, day, 0);
        let month = date.month() as usize - 1;
        Self { rain: draw.chance(RAIN_CHANCE[month]), mood: draw.between(0.88, 1.12) }
    }
}

/// Cumulative tables, so that one draw finds the hour and one the category.
pub(super) struct Rhythm {
    hours: [Vec<f64>; 4],
    /// By source, rain, month, hour.
    categories: Vec<Vec<f64>>,
    /// Mean over a year of everything that is not normalised to one in itself.
    mean: f64,
}

impl Rhythm {
    pub(super) fn new() -> Self {
        let hours = HOURS.map(|hours| running(hours.iter().copied()));
        let mut categories = Vec::with_capacity(4 * 2 * 12 * 24);
        for source in 0..SHARES.len() {
            for rain in [false, true] {
                for month in 1..=12 {
                    for hour in 0..24 {
                        let weight = |category: &Category| {
                            category.weights[source]
                                * daytime(category.daytime, hour)
                                * season(category.season, month)
                                * if rain { category.rain } else { 1.0 }
                        };
                        categories.push(running(CATALOGUE.iter().map(weight)));
                    }
                }
            }
        }
        let months = MONTHS.iter().zip(RAIN_CHANCE).map(|(month, rain)| month * (1.0 + rain * (RAIN_FACTOR - 1.0)));
        Self { hours, categories, mean: months.sum::<f64>() / 12.0 }
    }

    /// Expected tickets of a source on a date, as a share of `per_day`.
    pub(super) fn level(&self, source: usize, date: Date, weather: &Weather, calendar: &Calendar) -> f64 {
        let weekdays = &WEEKDAYS[source];
        let weekday = match (calendar.holidays.contains(&date), calendar.workdays.contains(&date)) {
            (true, _) => 6,
            (_, true) => 4,
            _ => date.weekday().to_monday_zero_offset() as usize,
        };
        let rain = if weather.rain { RAIN_FACTOR } else { 1.0 };
        SHARES[source].1 * weekdays[weekday] * 7.0 / weekdays.iter().sum::<f64>()
            * MONTHS[date.month() as usize - 1]
            * rain
            * weather.mood
            / self.mean
    }

    /// The second of the day something is reported.
    pub(super) fn draw_second(&self, draw: &mut Draw, source: usize) -> i64 {
        let hour = draw.weighted(&self.hours[source]);
        (hour * 3600 + draw.below(3600)) as i64
    }

    /// What is reported at that second of the day.
    pub(super) fn draw_category(&self, draw: &mut Draw, source: usize, date: Date, rain: bool, second: i64) -> u16 {
        let month = date.month() as usize - 1;
        let hour = (second / 3600).clamp(0, 23) as usize;
        let row = ((source * 2 + usize::from(rain)) * 12 + month) * 24 + hour;
        draw.weighted(&self.categories[row]) as u16
    }
}

/// How much more often at this hour.
fn daytime(daytime: Daytime, hour: u32) -> f64 {
    let (is_time, then, else_) = match daytime {
        Daytime::Any => (true, 1.0, 1.0),
        Daytime::Office => (matches!(hour, 8..=17), 1.5, 0.2),
        Daytime::Night => (matches!(hour, 0..=5 | 21..=23), 6.0, 0.5),
        Daytime::Meals => (matches!(hour, 11..=13 | 18..=21), 2.4, 0.6),
        Daytime::Commute => (matches!(hour, 7..=9 | 17..=20), 1.7, 0.8),
        Daytime::Evening => (matches!(hour, 18..=22), 2.6, 0.6),
    };
    if is_time { then } else { else_ }
}

/// How much more often in this month.
fn season(season: Season, month: u32) -> f64 {
    match (season, month) {
        (Season::Even, _) => 1.0,
        (Season::Summer, 5..=9) | (Season::Winter, 11..=12 | 1..=2) => 1.5,
        (Season::Summer | Season::Winter, _) => 0.7,
    }
}

/// Running sums.
fn running(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    weights
        .map(|weight| {
            sum += weight;
            sum
        })
        .collect()
}
