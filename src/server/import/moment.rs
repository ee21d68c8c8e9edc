//! Times as other systems write them: ISO with or without a zone, US and European dates, 12-hour clocks, 年月日, month
//! names, seconds and milliseconds since 1970, spreadsheet day numbers. Texts are cut into pieces by `moment_text.rs`.
//!
//! A time without a zone is meant in the zone of the mapping. A day without a time is its first moment there.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::moment_text::{self, Written};
use super::point::short;

/// Years a ticket's time may lie in. Outside is a placeholder (1900, 9999) or a mistake.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2100;

/// Reads the times of one file.
#[derive(Clone, Debug)]
pub struct MomentReader {
    /// The zone of times without one.
    pub zone: TimeZone,
    /// strptime formats, tried in order; empty for automatic reading.
    pub formats: Vec<String>,
    /// Whether `03/04/2011` is the third of April.
    pub day_first: bool,
}

impl MomentReader {
    /// The time in `text`; `Ok(None)` if it is empty or a placeholder; an error says why there is text but no time.
    pub fn read(&self, text: &str) -> Result<Option<Timestamp>, String> {
        let text = text.trim().trim_matches('"');
        if let Some(at) = self.read_plain(text) {
            return at.map(Some);
        }
        if is_placeholder(text) {
            return Ok(None);
        }
        if !self.formats.is_empty() {
            return self.read_by_formats(text).map(Some);
        }
        if let Some(value) = text.parse::<f64>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
        {
            return self.read_number(text, value).map(Some);
        }
        let written = moment_text::parse(text, self.day_first)
            .ok_or_else(|| format!("'{}' is no time that can be read; name its form in time_formats", short(text)))?;
        self.place(written, text).map(Some)
    }

    /// The most common form by far, `2011-07-01 01:32:33` (or with `T`, without a zone), without detours.
    fn read_plain(&self, text: &str) -> Option<Result<Timestamp, String>> {
        let b = text.as_bytes();
        if !self.formats.is_empty() || b.len() != 19 || b[4] != b'-' || b[7] != b'-' || b[13] != b':' || b[16] != b':' {
            return None;
        }
        let digits = |at: usize, count: usize| -> Option<i16> {
            b[at..at + count]
                .iter()
                .try_fold(0i16, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i16::from(byte - b'0')))
        };
        let two = |at| digits(at, 2).map(|value| value as i8);
        let date = Date::new(digits(0, 4)?, two(5)?, two(8)?).ok()?;
        let time = Time::new(two(11)?, two(14)?, two(17)?, 0).ok()?;
        Some(self.in_zone(date.to_datetime(time), text))
    }

    fn read_by_formats(&self, text: &str) -> Result<Timestamp, String> {
        for format in &self.formats {
            let Ok(parts) = jiff::fmt::strtime::parse(format, text) else { continue };
            if let Ok(at) = parts.to_timestamp() {
                return in_years(at, text);
            }
            let local = parts.to_datetime().or_else(|_| parts.to_date().map(|date| date.to_datetime(Time::midnight())));
            if let Ok(local) = local {
                return self.in_zone(local, text);
            }
        }
        Err(format!("'{}' fits none of time_formats ({})", short(text), self.formats.join(" | ")))
    }

    /// A bare number: `20110701`, `20110701013233`, seconds, milliseconds or microseconds since 1970, or the day number of
    /// a spreadsheet (days since 1899-12-30).
    fn read_number(&self, text: &str, value: f64) -> Result<Timestamp, String> {
        let whole = text.split('.').next().unwrap_or("");
        if whole.len() == 8 || whole.len() == 14 {
            let part = |at: usize, count: usize| {
                whole.get(at..at + count).and_then(|part| part.parse::<i16>().ok()).unwrap_or(0)
            };
            let written = Written {
                year: part(0, 4),
                month: part(4, 2) as i8,
                day: part(6, 2) as i8,
                hour: part(8, 2) as i8,
                minute: part(10, 2) as i8,
                second: part(12, 2) as i8,
                ..Written::default()
            };
            return self.place(written, text);
        }
        let since_1970 = |per_second: f64| {
            let nanos = (value / per_second * 1e9).round();
            Timestamp::from_nanosecond(nanos as i128).map_err(|_| String::new()).and_then(|at| in_years(at, text))
        };
        let at = match whole.len() {
            9..=10 => since_1970(1.0),
            12..=13 => since_1970(1e3),
            15..=16 => since_1970(1e6),
            5 => {
                let seconds = ((value - 25_569.0) * 86_400.0).round();
                let local = Timestamp::from_second(seconds as i64).map(|at| TimeZone::UTC.to_datetime(at));
                local.map_err(|_| String::new()).and_then(|local| self.in_zone(local, text))
            }
            _ => Err(String::new()),
        };
        at.map_err(|why| if why.is_empty() { format!("the number '{}' is no time", short(text)) } else { why })
    }

    fn place(&self, written: Written, text: &str) -> Result<Timestamp, String> {
        let no_such = || format!("'{}' names no day or time that exists", short(text));
        let date = Date::new(written.year, written.month, written.day).map_err(|_| no_such())?;
        // 24:00 is the end of a day; a leap second is the second before.
        let (date, hour) = match (written.hour, written.minute, written.second) {
            (24, 0, 0) => (date.tomorrow().map_err(|_| no_such())?, 0),
            (hour, _, _) => (date, hour),
        };
        let time = Time::new(hour, written.minute, written.second.min(59), written.nanos).map_err(|_| no_such())?;
        let local = date.to_datetime(time);
        match written.offset_s {
            Some(seconds) => {
                let offset = jiff::tz::Offset::from_seconds(seconds).map_err(|_| no_such())?;
                offset.to_timestamp(local).map_err(|_| no_such()).and_then(|at| in_years(at, text))
            }
            None => self.in_zone(local, text),
        }
    }

    /// A local time as an instant. In the hour that a clock change leaves out the later time is taken, in the hour that it
    /// repeats the first one.
    fn in_zone(&self, local: DateTime, text: &str) -> Result<Timestamp, String> {
        let at = self.zone.to_ambiguous_timestamp(local).compatible();
        at.map_err(|_| format!("'{}' is out of the range of times", short(text))).and_then(|at| in_years(at, text))
    }
}

fn in_years(at: Timestamp, text: &str) -> Result<Timestamp, String> {
    let year = TimeZone::UTC.to_datetime(at).year();
    if YEARS.contains(&year) {
        return Ok(at);
    }
    Err(format!("the year of '{}' is not between {} and {}", short(text), YEARS.start(), YEARS.end()))
}

/// What systems write for "nothing".
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || [
            "null",
            "none",
            "n/a",
            "na",
            "nan",
            "nat",
            "-",
            "--",
            "\\n",
            "unspecified",
            "0",
            "0000-00-00",
            "0000-00-00 00:00:00",
            "无",
            "空",
        ]
        .iter()
        .any(|known| text.eq_ignore_ascii_case(known))
}

/// Whether the slashed dates of a sample have the day first: `None` if they say nothing or contradict each other.
pub fn guess_day_first<'a>(samples: impl Iterator<Item = &'a str>) -> Option<bool> {
    let (mut day_first, mut month_first) = (false, false);
    for text in samples {
        let mut parts = text.trim().splitn(3, ['/', '.', '-']);
        let (Some(first), Some(second), Some(_)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let (Ok(first), Ok(second)) = (first.parse::<u16>(), second.parse::<u16>()) else { continue };
        day_first |= (13..=31).contains(&first) && second <= 12;
        month_first |= first <= 12 && (13..=31).contains(&second);
    }
    (day_first != month_first).then_some(day_first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reader() -> MomentReader {
        MomentReader { zone: TimeZone::get("America/New_York").unwrap(), formats: vec![], day_first: false }
    }

    #[test]
    fn one_moment_in_many_hands() {
        let at: Timestamp = "2011-07-01T13:32:33-04:00".parse().unwrap();
        for text in [
            "2011-07-01 13:32:33",
            "2011-07-01T13:32:33",
            "2011-07-01T17:32:33Z",
            "2011-07-01T17:32:33+00:00",
            "2011-07-01T17:32:33.000+0000",
            "2011-07-01 13:32:33.000",
            "2011-07-01 17:32:33 UTC",
            "2011-07-01 17:32:33+00",
            "2011-07-01T13:32:33-04:00[America/New_York]",
            "07/01/2011 01:32:33 PM",
            "7/1/2011 1:32:33 pm",
            "7/1/2011 1:32:33PM",
            "07/01/2011 13:32:33",
            "2011/07/01 13:32:33",
            "2011/7/1 13:32:33",
            "2011.07.01 13:32:33",
            "2011年7月1日 13时32分33秒",
            "2011年07月01日13:32:33",
            "2011-7-1 下午1:32:33",
            "20110701133233",
            "20110701T133233",
            "20110701T173233Z",
            "1-Jul-2011 13:32:33",
            "01-JUL-11 01.32.33 PM",
            "Jul 1, 2011 1:32:33 PM",
            "July 1 2011 13:32:33",
            "1 July 2011 13:32:33",
            "Fri Jul  1 13:32:33 2011",
            "Fri, 01 Jul 2011 17:32:33 GMT",
            "Friday, July 1, 2011 1:32:33 PM",
            "1309541553",
            "1309541553000",
            "1309541553.0",
            "1309541553000000",
            "40725.5642708333",
        ] {
            assert_eq!(reader().read(text), Ok(Some(at)), "{text}");
        }
        let day: Timestamp = "2011-07-01T00:00:00-04:00".parse().unwrap();
        for text in [
            "2011-07-01",
            "07/01/2011",
            "7/1/11",
            "20110701",
            "2011年7月1日",
            "40725",
            "7/1/2011 12:00 AM",
            "2011-06-30 24:00",
        ] {
            assert_eq!(reader().read(text), Ok(Some(day)), "{text}");
        }
    }

    #[test]
    fn day_first_is_said_or_seen() {
        let european = MomentReader { day_first: true, ..reader() };
        let at = "2011-04-03T08:05:00-04:00".parse().ok();
        assert_eq!(european.read("03/04/2011 08:05"), Ok(at));
        assert_eq!(european.read("3.4.2011 8:05"), Ok(at));
        assert_eq!(guess_day_first(["03/04/2011", "17/04/2011 08:05"].into_iter()), Some(true));
        assert_eq!(guess_day_first(["03/04/2011", "04/17/2011"].into_iter()), Some(false));
        assert_eq!(guess_day_first(["03/04/2011", "2011-04-17"].into_iter()), None);
        assert!(reader().read("17/04/2011").unwrap_err().contains("no day or time"));
    }

    #[test]
    fn nothing_given_and_nonsense_differ() {
        for text in ["", "  ", "NULL", "n/a", "0000-00-00 00:00:00", "-"] {
            assert_eq!(reader().read(text), Ok(None), "{text}");
        }
        for text in [
            "yesterday",
            "2011-02-30",
            "2011-07-01 25:00:00",
            "1900-01-01 00:00:00",
            "12/31/9999",
            "123",
            "7",
            "2011-07-01 1:2:3:4",
        ] {
            assert!(reader().read(text).is_err(), "{text}: {:?}", reader().read(text));
        }
    }

    #[test]
    fn formats_of_the_mapping_rule() {
        let formats = vec!["%d|%m|%Y %H:%M".to_owned(), "%d|%m|%Y".to_owned()];
        let reader = MomentReader { formats, ..reader() };
        assert_eq!(reader.read("03|04|2011 08:05"), Ok("2011-04-03T08:05:00-04:00".parse().ok()));
        assert_eq!(reader.read("03|04|2011"), Ok("2011-04-03T00:00:00-04:00".parse().ok()));
        assert!(reader.read("2011-04-03").unwrap_err().contains("fits none of time_formats"));
    }

    #[test]
    fn clock_changes_do_not_lose_rows() {
        assert_eq!(reader().read("2011-03-13 02:30:00"), Ok("2011-03-13T03:30:00-04:00".parse().ok()));
        assert_eq!(reader().read("2011-11-06 01:30:00"), Ok("2011-11-06T01:30:00-04:00".parse().ok()));
    }

    proptest! {
        #[test]
        fn any_text_is_an_answer(text in "\\PC{0,40}") {
            let _ = reader().read(&text);
        }

        #[test]
        fn almost_times_are_an_answer(text in "[0-9]{1,4}[-/. 年][0-9]{1,2}[-/. 月][0-9]{1,4}[ T日]?[0-9]{0,2}:?[0-9]{0,2}(:[0-9]{1,3})?( ?[AP]M|Z|[+-][0-9]{1,4})?") {
            let _ = reader().read(&text);
        }

        #[test]
        fn rfc3339_comes_back(seconds in 0i64..4_000_000_000) {
            let at = Timestamp::from_second(seconds).unwrap();
            prop_assert_eq!(reader().read(&at.to_string()), Ok(Some(at)));
            let us = at.to_zoned(reader().zone).strftime("%m/%d/%Y %I:%M:%S %p %z").to_string();
            prop_assert_eq!(reader().read(&us), Ok(Some(at)));
        }
    }
}
