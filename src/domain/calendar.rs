//! Working time: hours of the week, holidays, working weekends. Limits in 工作时 are measured with it.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A working calendar in one time zone. Plain data of the site, never constants in code.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    /// The zone the hours are meant in.
    pub zone: TimeZone,
    /// Working spans of a working day, in order and apart.
    pub hours: Vec<(Time, Time)>,
    /// Which weekdays are worked, Monday first.
    pub weekdays: [bool; 7],
    /// Dates not worked although the weekday is.
    pub holidays: Vec<Date>,
    /// Dates worked although the weekday is not (调休).
    pub workdays: Vec<Date>,
}

impl Calendar {
    /// Monday to Friday, 9:00–12:00 and 14:00–18:00, no holidays: what a site that says nothing gets.
    pub fn office_hours(zone: TimeZone) -> Self {
        let at = |hour| Time::constant(hour, 0, 0, 0);
        Self {
            zone,
            hours: vec![(at(9), at(12)), (at(14), at(18))],
            weekdays: [true, true, true, true, true, false, false],
            holidays: Vec::new(),
            workdays: Vec::new(),
        }
    }

    /// Whether any time of `date` is worked.
    pub fn is_workday(&self, date: Date) -> bool {
        if self.workdays.contains(&date) {
            return true;
        }
        !self.holidays.contains(&date) && self.weekdays[date.weekday().to_monday_zero_offset() as usize]
    }

    /// Working time in `[from, to)`; zero if `to <= from`.
    pub fn working_between(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        if to <= from {
            return SignedDuration::ZERO;
        }
        let mut sum = SignedDuration::ZERO;
        let mut date = from.to_zoned(self.zone.clone()).date();
        let last = to.to_zoned(self.zone.clone()).date();
        loop {
            for (open, close) in self.spans(date) {
                let (open, close) = (open.max(from), close.min(to));
                if open < close {
                    sum += close.duration_since(open);
                }
            }
            if date >= last {
                return sum;
            }
            let Ok(next) = date.tomorrow() else { return sum };
            date = next;
        }
    }

    /// The moment at which `working` more working time has passed since `from`. Looks ahead ten years at most.
    pub fn add_working(&self, from: Timestamp, working: SignedDuration) -> Timestamp {
        let mut left = working;
        let mut date = from.to_zoned(self.zone.clone()).date();
        for _ in 0..3660 {
            for (open, close) in self.spans(date) {
                let open = open.max(from);
                if open >= close {
                    continue;
                }
                let span = close.duration_since(open);
                if left <= span {
                    return open.saturating_add(left).unwrap_or(close);
                }
                left -= span;
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        from.saturating_add(working).unwrap_or(from)
    }

    /// The working spans of one date as instants.
    fn spans(&self, date: Date) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        let worked = self.is_workday(date);
        self.hours.iter().filter(move |_| worked).filter_map(move |(open, close)| {
            let open = date.to_datetime(*open).to_zoned(self.zone.clone()).ok()?.timestamp();
            let close = date.to_datetime(*close).to_zoned(self.zone.clone()).ok()?.timestamp();
            Some((open, close))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        Calendar::office_hours(TimeZone::fixed(jiff::tz::offset(8)))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn lunch_nights_and_weekends_do_not_count() {
        // Friday 17:00 to Monday 10:00: one hour on Friday, one on Monday.
        let sum = calendar().working_between(at("2026-11-20T17:00:00+08:00"), at("2026-11-23T10:00:00+08:00"));
        assert_eq!(sum, SignedDuration::from_hours(2));
        let lunch = calendar().working_between(at("2026-11-20T11:30:00+08:00"), at("2026-11-20T14:30:00+08:00"));
        assert_eq!(lunch, SignedDuration::from_hours(1));
    }

    #[test]
    fn holidays_and_working_weekends_are_data() {
        let mut calendar = calendar();
        calendar.holidays.push(jiff::civil::date(2026, 11, 20));
        calendar.workdays.push(jiff::civil::date(2026, 11, 21));
        let day =
            |d: u8| (at(&format!("2026-11-{d}T00:00:00+08:00")), at(&format!("2026-11-{}T00:00:00+08:00", d + 1)));
        let (from, to) = day(20);
        assert_eq!(calendar.working_between(from, to), SignedDuration::ZERO);
        let (from, to) = day(21);
        assert_eq!(calendar.working_between(from, to), SignedDuration::from_hours(7));
    }

    #[test]
    fn adding_is_the_inverse_of_measuring() {
        let from = at("2026-11-20T16:20:00+08:00");
        for minutes in [1, 99, 100, 101, 420, 4000] {
            let span = SignedDuration::from_mins(minutes);
            assert_eq!(calendar().working_between(from, calendar().add_working(from, span)), span, "{minutes} min");
        }
    }
}
