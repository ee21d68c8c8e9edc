//! Figures from sums: value, comparison, expected band and series of every key, area and period that is served.
//!
//! The whole has every key in every period with its series; a street every key that goes down to streets, by day, month
//! and year; a community by month. What is not known stays not known: a stretch that began before the first ticket held
//! has no number, which is not the number zero.

use std::sync::Arc;

use jiff::Timestamp;

use super::outline::Outline;
use super::registry::{Entry, REGISTRY, Shape, number};
use super::spans::{LENGTHS, Spans};
use super::tally::{Sum, Tally};
use super::told::Told;
use crate::domain::{Amount, AreaCode, Figure, Level, Part, Period, Team, TeamKind, Unit};

/// Points of a series of days; the other periods have all that are looked at.
const SERIES_DAYS: usize = 30;
/// A band needs this many stretches, and a share among them this large a whole.
const BAND_STRETCHES: usize = 4;
const BAND_WHOLE: u32 = 10;

/// What figures are made from.
pub struct Figures<'a> {
    /// The areas.
    pub outline: &'a Outline,
    /// The stretches of time.
    pub spans: &'a Spans,
    /// The sums.
    pub tally: &'a Tally,
    /// What departments report; only of a simulation.
    pub told: Option<&'a Told>,
    /// Who is on duty where; only of a simulation.
    pub teams: &'a [Team],
    /// Now.
    pub as_of: Timestamp,
}

impl Figures<'_> {
    /// Hands every figure to `each`, with the level of its area (`District` for the whole).
    pub fn all(&self, mut each: impl FnMut(Figure, Level, &'static Entry)) {
        let district = self.outline.district();
        let whole = district.map(|place| self.outline.places[place].code.clone());
        let keys: Vec<Arc<str>> = REGISTRY.iter().map(|entry| entry.key.into()).collect();
        for (number, entry) in REGISTRY.iter().enumerate() {
            let mut put = |figure: Option<Figure>, level| figure.into_iter().for_each(|it| each(it, level, entry));
            let blank = |area: Option<AreaCode>, period| self.blank(&keys[number], area, period);
            let areas = self.outline.places.iter().enumerate().filter(|(_, place)| {
                matches!(place.level, Level::Street | Level::Community) && place.level <= entry.down_to
            });
            match entry.shape {
                Shape::Absent => put(Some(blank(whole.clone(), Period::Month)), Level::District),
                Shape::Areas => {
                    put(self.base(number, None, blank(whole.clone(), Period::Now)), Level::District);
                    for (index, place) in areas {
                        let figure = blank(Some(place.code.clone()), Period::Now);
                        put(self.base(number, Some(index), figure), place.level);
                    }
                }
                Shape::Teams => {
                    let workers = self.teams.iter().filter(|team| team.kind == TeamKind::GridWorkers);
                    let known: Vec<&Team> = workers.collect();
                    put(Some(unvisited(blank(whole.clone(), Period::Now), &known)), Level::District);
                    for (_, place) in areas.filter(|_| !known.is_empty()) {
                        put(Some(unvisited(blank(Some(place.code.clone()), Period::Now), &known)), place.level);
                    }
                }
                Shape::State if entry.is_simulated() && self.told.is_none() => {
                    put(Some(blank(whole.clone(), Period::Now)), Level::District);
                }
                Shape::State => {
                    let figure = |figure: Figure, area| with_part(figure, self.state(area, number), entry.unit());
                    put(Some(figure(blank(whole.clone(), Period::Now), 0)), Level::District);
                    for (index, place) in areas {
                        let blank = blank(Some(place.code.clone()), Period::Now);
                        put(Some(figure(blank, index + 1)), place.level);
                    }
                }
                _ if entry.is_simulated() && self.told.is_none() => {
                    put(Some(blank(whole.clone(), Period::Month)), Level::District);
                }
                Shape::Reported | Shape::ReportedShare => {
                    for period in [Period::Month, Period::Year] {
                        put(Some(self.reported(number, 0, blank(whole.clone(), period))), Level::District);
                    }
                    for (index, place) in areas.filter(|_| self.told.is_some()) {
                        let blank = blank(Some(place.code.clone()), Period::Month);
                        put(Some(self.reported(number, index + 1, blank)), place.level);
                    }
                }
                Shape::Standing | Shape::StandingShare => {
                    put(Some(self.reported(number, 0, blank(whole.clone(), Period::Now))), Level::District);
                    for (index, place) in areas.filter(|_| self.told.is_some()) {
                        let blank = blank(Some(place.code.clone()), Period::Now);
                        put(Some(self.reported(number, index + 1, blank)), place.level);
                    }
                }
                Shape::Events | Shape::Share => {
                    for (period, length) in LENGTHS.into_iter().enumerate() {
                        put(self.counted(number, 0, period, blank(whole.clone(), length)), Level::District);
                    }
                    for (index, place) in areas {
                        let periods: &[usize] = if place.level == Level::Street { &[0, 2, 3] } else { &[2] };
                        for period in periods {
                            let blank = blank(Some(place.code.clone()), LENGTHS[*period]);
                            put(self.counted(number, index + 1, *period, blank), place.level);
                        }
                    }
                }
            }
        }
    }

    fn blank(&self, key: &Arc<str>, area: Option<AreaCode>, period: Period) -> Figure {
        let length = LENGTHS.into_iter().position(|length| length == period);
        let from = length.and_then(|period| Timestamp::from_microsecond(self.spans.of[period][0].from).ok());
        Figure {
            key: key.clone(),
            area,
            period,
            value: Amount::NoData,
            numerator: None,
            denominator: None,
            from,
            as_of: self.as_of,
            compare: None,
            expected: None,
            series: Vec::new(),
        }
    }

    fn state(&self, area: usize, key: usize) -> Part {
        Part { numerator: i64::from(self.tally.state(area, key)), denominator: None }
    }

    fn counted(&self, key: usize, area: usize, period: usize, blank: Figure) -> Option<Figure> {
        let entry = &REGISTRY[key];
        let part = |back: usize, is_same: bool| self.part(key, area, period, back, is_same);
        let mut figure = blank;
        if let Some(now) = part(0, false) {
            figure = with_part(figure, now, entry.unit());
        }
        // What became of old tickets by now is known, of new ones not yet: such keys are not compared.
        if !entry.is_by_now() {
            let then = part(step(period), true).map(|then| rounded(then.value(entry.unit())));
            figure.compare = then.and_then(Amount::known);
            figure.expected = self.band(key, area, period);
        }
        let is_whole = area == 0;
        if is_whole && period < 3 || period == 2 && figure_has_street_series(self.outline, area) {
            let most = if period == 0 { SERIES_DAYS } else { self.spans.of[period].len() };
            figure.series = (0..most).rev().map(|back| part(back, false)).collect();
        }
        Some(figure)
    }

    /// What departments report of an area; without reports it is not known.
    fn reported(&self, key: usize, area: usize, blank: Figure) -> Figure {
        let (Some(told), entry) = (self.told, &REGISTRY[key]) else { return blank };
        let is_share = matches!(entry.shape, Shape::ReportedShare | Shape::StandingShare);
        let part =
            |sum: Sum| Part { numerator: i64::from(sum.part), denominator: is_share.then_some(u64::from(sum.whole)) };
        let is_year = blank.period == Period::Year;
        let now = if is_year { told.year(key, area) } else { told.month(key, area, 0) };
        let Some(now) = now else { return blank };
        let mut figure = with_part(blank, part(now), entry.unit());
        let months = &self.spans.of[2];
        let is_known = |back: usize| months.get(back).is_some_and(|span| span.is_known);
        if figure.period == Period::Month && is_known(1) {
            let then = told.same_month_before(key, area).map(|sum| rounded(part(sum).value(entry.unit())));
            figure.compare = then.and_then(Amount::known);
        }
        if figure.period == Period::Month && (area == 0 || figure_has_street_series(self.outline, area)) {
            let known = |back: usize| told.month(key, area, back).filter(|_| is_known(back)).map(part);
            figure.series = (0..months.len()).rev().map(known).collect();
        }
        figure
    }

    /// Numerator and denominator of one stretch, if the tickets held go back to its beginning.
    fn part(&self, key: usize, area: usize, period: usize, back: usize, is_same: bool) -> Option<Part> {
        let span = self.spans.of[period].get(back)?;
        if !span.is_known {
            return None;
        }
        if key == const { number("demand_drop") } {
            let intake = const { number("intake") };
            let earlier = back + step(period);
            let before = self.spans.of[period].get(earlier).filter(|span| span.is_known)?;
            // A whole stretch is compared with a whole one, this one with as much of the one before.
            let is_part = is_same || back == 0;
            let now = self.tally.sum(area, intake, period, back, is_part && back > 0)?.part;
            let then = self.tally.sum(area, intake, period, earlier, is_part)?.part;
            debug_assert!(before.from < span.from);
            return Some(Part { numerator: i64::from(then) - i64::from(now), denominator: Some(u64::from(then)) });
        }
        let Sum { part, whole } = self.tally.sum(area, key, period, back, is_same)?;
        let denominator = (REGISTRY[key].shape == Shape::Share).then_some(u64::from(whole));
        Some(Part { numerator: i64::from(part), denominator })
    }

    /// Mean and two standard deviations of as much of the stretches before: the same weekday of eight weeks, eight weeks,
    /// six months.
    fn band(&self, key: usize, area: usize, period: usize) -> Option<[f64; 2]> {
        let most = [8, 8, 6, 0][period];
        let unit = REGISTRY[key].unit();
        let values: Vec<f64> = (1..=most)
            .filter_map(|n| self.part(key, area, period, n * step(period), true))
            .filter(|part| part.denominator.is_none_or(|whole| whole >= u64::from(BAND_WHOLE)))
            .filter_map(|part| part.value(unit).known())
            .collect();
        if values.len() < BAND_STRETCHES {
            return None;
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let spread = 2.0 * (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count).sqrt();
        let is_drop = key == const { number("demand_drop") };
        let least = if is_drop { f64::NEG_INFINITY } else { 0.0 };
        let most = if unit == Unit::Percent { 100.0 } else { f64::INFINITY };
        let round = |value: f64| (value * 100.0).round() / 100.0;
        Some([round((mean - spread).max(least)), round((mean + spread).min(most))])
    }

    /// What the area data say.
    fn base(&self, key: usize, area: Option<usize>, blank: Figure) -> Option<Figure> {
        let places = &self.outline.places;
        let own = area.or(self.outline.district()).map(|index| &places[index]);
        let holds = area.map_or(self.outline.holds, |index| places[index].holds);
        let number = match REGISTRY[key].key {
            "population" => own.and_then(|place| place.population),
            "households" => own.and_then(|place| place.households),
            "streets" => Some(u64::from(holds.streets)),
            "communities" => Some(u64::from(holds.communities)),
            "grids" => Some(u64::from(holds.grids)),
            _ => Some(u64::from(holds.exclusive)),
        };
        let part = |number: u64| Part { numerator: i64::try_from(number).unwrap_or(i64::MAX), denominator: None };
        Some(match number {
            Some(number) => with_part(blank, part(number), REGISTRY[key].unit()),
            None => blank,
        })
    }
}

/// How many of an area's grids nobody has visited today, as the teams say; unchanged where they say nothing.
fn unvisited(blank: Figure, workers: &[&Team]) -> Figure {
    let team = workers.iter().find(|team| team.area == blank.area);
    match team.and_then(|team| team.grids?.checked_sub(team.grids_visited?)) {
        Some(left) => with_part(blank, Part { numerator: i64::from(left), denominator: None }, Unit::Count),
        None => blank,
    }
}

/// How many stretches back the compared one is: a week for days, else one.
const fn step(period: usize) -> usize {
    if period == 0 { 7 } else { 1 }
}

fn figure_has_street_series(outline: &Outline, area: usize) -> bool {
    area > 0 && outline.places[area - 1].level == Level::Street
}

/// Four decimals: as exact as any screen, and the same number for every reader of the text.
fn rounded(value: Amount) -> Amount {
    match value {
        Amount::Known(value) => Amount::Known((value * 1e4).round() / 1e4),
        other => other,
    }
}

fn with_part(figure: Figure, part: Part, unit: Unit) -> Figure {
    Figure {
        value: rounded(part.value(unit)),
        numerator: Some(part.numerator),
        denominator: part.denominator,
        ..figure
    }
}
