//! The working calendar of the synthetic district: office hours and the national holidays and working weekends of
//! China as the State Council published them for 2025 and 2026. Later years have weekends only.

use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};

use crate::domain::Calendar;

/// First and last day of each holiday.
const HOLIDAYS: &[[(i16, i8, i8); 2]] = &[
    [(2025, 1, 1), (2025, 1, 1)],
    [(2025, 1, 28), (2025, 2, 4)],
    [(2025, 4, 4), (2025, 4, 6)],
    [(2025, 5, 1), (2025, 5, 5)],
    [(2025, 5, 31), (2025, 6, 2)],
    [(2025, 10, 1), (2025, 10, 8)],
    [(2026, 1, 1), (2026, 1, 3)],
    [(2026, 2, 15), (2026, 2, 23)],
    [(2026, 4, 4), (2026, 4, 6)],
    [(2026, 5, 1), (2026, 5, 5)],
    [(2026, 6, 19), (2026, 6, 21)],
    [(2026, 9, 25), (2026, 9, 27)],
    [(2026, 10, 1), (2026, 10, 7)],
];

/// Weekend days worked in exchange (调休).
const WORKDAYS: &[(i16, i8, i8)] = &[
    (2025, 1, 26),
    (2025, 2, 8),
    (2025, 4, 27),
    (2025, 9, 28),
    (2025, 10, 11),
    (2026, 1, 4),
    (2026, 2, 14),
    (2026, 2, 28),
    (2026, 5, 9),
    (2026, 9, 20),
    (2026, 10, 10),
];

/// Asia/Shanghai; where the machine has no time zone database, eight hours east, which is the same since 1991.
pub fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap_or_else(|_| TimeZone::fixed(offset(8)))
}

/// The calendar in [`zone`].
pub fn calendar() -> Calendar {
    let date = |(year, month, day): &(i16, i8, i8)| Date::new(*year, *month, *day).ok();
    let mut calendar = Calendar::office_hours(zone());
    for [first, last] in HOLIDAYS {
        let (Some(first), Some(last)) = (date(first), date(last)) else { continue };
        let days = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last);
        calendar.holidays.extend(days);
    }
    calendar.workdays.extend(WORKDAYS.iter().filter_map(date));
    calendar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holidays_are_off_and_exchanged_weekends_are_worked() {
        let calendar = calendar();
        let on = |year, month, day| calendar.is_workday(Date::constant(year, month, day));
        assert!(!on(2026, 2, 17) && on(2026, 2, 14) && !on(2026, 10, 7) && on(2026, 10, 8));
        assert!(on(2026, 11, 20) && !on(2026, 11, 21));
        assert_eq!(calendar.holidays.len(), 1 + 8 + 3 + 5 + 3 + 8 + 3 + 9 + 3 + 5 + 3 + 3 + 7);
        assert!(WORKDAYS.iter().all(|(y, m, d)| Date::constant(*y, *m, *d).weekday().to_monday_zero_offset() >= 5));
    }
}
