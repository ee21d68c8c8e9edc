//! The stretches that figures are counted over: this day, week, month and year up to now, and the ones before them, each
//! whole and as far as this one has come. Boundaries are midnights of the site's zone.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::domain::Period;

/// The periods that have a length, in the order of [`Spans::of`].
pub const LENGTHS: [Period; 4] = [Period::Day, Period::Week, Period::Month, Period::Year];
/// How many stretches of each are looked at, this one included: eight same weekdays and weeks, a year of months.
pub const COUNTS: [usize; 4] = [57, 13, 12, 1];

/// One stretch, in microseconds since 1970: `from` belongs to it, `end` no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub from: i64,
    /// The first moment after it.
    pub end: i64,
    /// As far into it as now is into the present one.
    pub same: i64,
    /// The tickets held go back to its beginning.
    pub is_known: bool,
}

/// All stretches as of a moment; the present one first.
#[derive(Clone, Debug, PartialEq)]
pub struct Spans {
    /// Now.
    pub as_of: i64,
    /// By period, in the order of [`LENGTHS`].
    pub of: [Vec<Span>; 4],
}

impl Spans {
    /// The stretches as of `now`; `begins` is the first report held.
    pub fn at(now: Timestamp, zone: &TimeZone, begins: Option<i64>) -> Self {
        let today = zone.to_datetime(now).date();
        let start = |date: Date| {
            let midnight = date.to_datetime(jiff::civil::Time::midnight());
            zone.to_timestamp(midnight).map_or(i64::MIN, Timestamp::as_microsecond)
        };
        let monday = today.checked_sub(i64::from(today.weekday().since(Weekday::Monday)).days()).unwrap_or(today);
        let first_held = begins
            .and_then(|micros| Timestamp::from_microsecond(micros).ok())
            .map(|at| start(zone.to_datetime(at).date()));
        let as_of = now.as_microsecond();
        let spans = |index: usize| {
            let begin = |back: usize| {
                let back = back as i64;
                let date = match LENGTHS[index] {
                    Period::Day | Period::Now => today.checked_sub(back.days()),
                    Period::Week => monday.checked_sub((7 * back).days()),
                    Period::Month => today.first_of_month().checked_sub(back.months()),
                    Period::Year => today.first_of_year().checked_sub(back.years()),
                };
                start(date.unwrap_or(Date::MIN))
            };
            let gone = as_of + 1 - begin(0);
            let span = |back: usize| {
                let from = begin(back);
                let end = if back == 0 { as_of + 1 } else { begin(back - 1) };
                let is_known = back == 0 || first_held.is_some_and(|first| first <= from);
                Span { from, end, same: from.saturating_add(gone).min(end), is_known }
            };
            (0..COUNTS[index]).map(span).collect()
        };
        Self { as_of, of: std::array::from_fn(spans) }
    }

    /// The stretch of a period that a moment lies in, and whether it lies in the part that is compared.
    pub fn find(&self, period: usize, at: i64) -> Option<(usize, bool)> {
        let spans = &self.of[period];
        let index = spans.partition_point(|span| span.from > at);
        let span = spans.get(index).filter(|span| at < span.end)?;
        Some((index, at < span.same))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_touch_and_compare_the_same_part() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_microsecond();
        let now: Timestamp = "2026-11-21T14:32:05+08:00".parse().unwrap();
        let spans = Spans::at(now, &zone, Some(at("2026-06-10T09:00:00+08:00")));
        for spans in &spans.of {
            assert!(spans.windows(2).all(|pair| pair[1].end == pair[0].from));
            assert_eq!(spans[0].end, now.as_microsecond() + 1);
        }
        let [days, weeks, months, years] = &spans.of;
        assert_eq!((days[0].from, days[7].from), (at("2026-11-21T00:00:00+08:00"), at("2026-11-14T00:00:00+08:00")));
        assert_eq!(weeks[0].from, at("2026-11-16T00:00:00+08:00"));
        assert_eq!(
            (months[1].from, months[1].same),
            (at("2026-10-01T00:00:00+08:00"), at("2026-10-21T14:32:05+08:00") + 1)
        );
        assert_eq!(years[0].from, at("2026-01-01T00:00:00+08:00"));
        assert!(months[4].is_known && !months[5].is_known && years[0].is_known);
        assert_eq!(spans.find(2, at("2026-10-21T14:32:05+08:00")), Some((1, true)));
        assert_eq!(spans.find(2, at("2026-10-21T14:32:06+08:00")), Some((1, false)));
        assert_eq!(spans.find(0, now.as_microsecond()), Some((0, true)));
        assert_eq!(spans.find(0, now.as_microsecond() + 1), None);
        assert_eq!(spans.find(3, at("2025-12-31T00:00:00+08:00")), None);
    }

    #[test]
    fn a_long_month_is_compared_with_all_of_a_short_one() {
        let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
        let months = &Spans::at(now, &TimeZone::UTC, None).of[2];
        assert_eq!(months[1].same, months[1].end);
    }
}
