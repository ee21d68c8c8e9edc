//! Working time at the speed a year of tickets needs: the spans of a [`Calendar`] laid out once and found by
//! day. Gives exactly what the calendar gives; outside the laid-out years it asks the calendar.

use jiff::civil::{Date, Time, date};
use jiff::{SignedDuration, Timestamp};

use crate::domain::Calendar;

/// The years laid out.
const FIRST: Date = date(2015, 1, 1);
const LAST: Date = date(2045, 12, 31);

/// In which hours something goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// Day and night (紧急工作时).
    Round,
    /// Crews and duty desks: every day, early to late.
    Crew,
    /// The site's working time (工作时).
    Office,
}

/// The three kinds of hours of one site.
pub(super) struct Shifts {
    crew: Hours,
    office: Hours,
}

impl Shifts {
    /// Lays out the site's calendar and the crews' hours in the same zone.
    pub(super) fn new(calendar: &Calendar) -> Self {
        let at = |hour, minute| Time::constant(hour, minute, 0, 0);
        let crew = Calendar {
            zone: calendar.zone.clone(),
            hours: vec![(at(7, 0), at(12, 15)), (at(13, 0), at(22, 0))],
            weekdays: [true; 7],
            holidays: Vec::new(),
            workdays: Vec::new(),
        };
        Self { crew: Hours::new(crew), office: Hours::new(calendar.clone()) }
    }

    /// When `seconds` more of these hours have passed since `from` (both seconds since 1970).
    pub(super) fn add(&self, pace: Pace, from: i64, seconds: i64) -> i64 {
        match pace {
            Pace::Round => from + seconds,
            Pace::Crew => self.crew.add(from, seconds),
            Pace::Office => self.office.add(from, seconds),
        }
    }

    /// How many seconds of these hours lie in `[from, to)`.
    pub(super) fn between(&self, pace: Pace, from: i64, to: i64) -> i64 {
        match pace {
            Pace::Round => (to - from).max(0),
            Pace::Crew => self.crew.between(from, to),
            Pace::Office => self.office.between(from, to),
        }
    }
}

struct Span {
    open: i64,
    close: i64,
    /// Working seconds before `open` since the first year.
    before: i64,
}

struct Hours {
    calendar: Calendar,
    spans: Vec<Span>,
    /// For each 86,400 s from the first opening: the first span that closes after their start.
    days: Vec<usize>,
}

impl Hours {
    fn new(calendar: Calendar) -> Self {
        let mut spans = Vec::new();
        let mut before = 0;
        for day in FIRST.series(jiff::Span::new().days(1)).take_while(|day| *day <= LAST) {
            if !calendar.is_workday(day) {
                continue;
            }
            for (open, close) in &calendar.hours {
                let second = |time: &Time| Some(calendar.zone.to_timestamp(day.to_datetime(*time)).ok()?.as_second());
                if let (Some(open), Some(close)) = (second(open), second(close))
                    && open < close
                {
                    spans.push(Span { open, close, before });
                    before += close - open;
                }
            }
        }
        let mut days = Vec::new();
        if let (Some(first), Some(last)) = (spans.first(), spans.last()) {
            let mut span = 0;
            for start in (first.open..last.close).step_by(86_400) {
                while spans[span].close <= start {
                    span += 1;
                }
                days.push(span);
            }
        }
        Self { calendar, spans, days }
    }

    fn covers(&self, at: i64) -> bool {
        self.spans.first().is_some_and(|span| span.open <= at) && self.spans.last().is_some_and(|span| at < span.close)
    }

    /// The first span that closes after `at`, which is covered.
    fn span_at(&self, at: i64) -> usize {
        let mut span = self.days[((at - self.spans[0].open) / 86_400) as usize];
        while self.spans[span].close <= at {
            span += 1;
        }
        span
    }

    fn add(&self, from: i64, seconds: i64) -> i64 {
        if self.covers(from) {
            let first = self.span_at(from);
            let target = self.spans[first].before + (from - self.spans[first].open).max(0) + seconds;
            // Few spans ahead in nearly all cases.
            let reached = self.spans[first..].iter().find(|span| target <= span.before + (span.close - span.open));
            if let Some(span) = reached {
                return span.open + (target - span.before);
            }
        }
        let Ok(start) = Timestamp::from_second(from) else { return from + seconds };
        self.calendar.add_working(start, SignedDuration::from_secs(seconds)).as_second()
    }

    fn between(&self, from: i64, to: i64) -> i64 {
        if to <= from {
            return 0;
        }
        if self.covers(from) && self.covers(to) {
            return self.passed(to) - self.passed(from);
        }
        let (Ok(from), Ok(to)) = (Timestamp::from_second(from), Timestamp::from_second(to)) else { return 0 };
        self.calendar.working_between(from, to).as_secs()
    }

    fn passed(&self, at: i64) -> i64 {
        let span = &self.spans[self.span_at(at)];
        span.before + (at - span.open).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::draw::{Draw, Purpose};
    use super::*;

    #[test]
    fn the_table_answers_as_the_calendar_does() {
        let mut calendar = Calendar::office_hours(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
        calendar.holidays.extend([date(2026, 10, 1), date(2026, 10, 2)]);
        calendar.workdays.push(date(2026, 10, 10));
        let hours = Hours::new(calendar.clone());
        let start = "2026-09-20T00:00:00+08:00".parse::<Timestamp>().unwrap().as_second();
        let mut draw = Draw::keyed(3, Purpose::Day, 0, 0);
        for _ in 0..2_000 {
            let from = start + draw.below(40 * 86_400) as i64;
            let seconds = draw.below(60 * 3600) as i64;
            let there = hours.add(from, seconds);
            let stamp = |second| Timestamp::from_second(second).unwrap();
            assert_eq!(stamp(there), calendar.add_working(stamp(from), SignedDuration::from_secs(seconds)));
            assert_eq!(hours.between(from, there), calendar.working_between(stamp(from), stamp(there)).as_secs());
        }
    }

    #[test]
    fn outside_the_table_it_asks_the_calendar() {
        let calendar = Calendar::office_hours(jiff::tz::TimeZone::UTC);
        let hours = Hours::new(calendar.clone());
        for text in ["2009-05-01T10:00:00Z", "2045-12-29T17:00:00Z", "2050-05-02T10:00:00Z"] {
            let from: Timestamp = text.parse().unwrap();
            let due = calendar.add_working(from, SignedDuration::from_hours(9));
            assert_eq!(hours.add(from.as_second(), 9 * 3600), due.as_second(), "{text}");
            assert_eq!(hours.between(from.as_second(), due.as_second()), 9 * 3600, "{text}");
        }
    }

    #[test]
    fn a_calendar_without_hours_does_not_hang() {
        let mut calendar = Calendar::office_hours(jiff::tz::TimeZone::UTC);
        calendar.hours.clear();
        assert_eq!(Hours::new(calendar).add(1_700_000_000, 60), 1_700_000_060);
    }
}
