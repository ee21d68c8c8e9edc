//! A moment as the platform API writes it: RFC 3339 in the site's zone, `2026-11-21T14:32:05+08:00`.
//!
//! Written by hand because a year of tickets needs some 600,000 of them at start; unusual years and offsets take
//! jiff's own way.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

/// A timestamp together with the zone it is written in.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    at: Timestamp,
    zone: &'a TimeZone,
}

impl<'a> Stamp<'a> {
    /// `at` as it is written in `zone`.
    pub fn new(at: Timestamp, zone: &'a TimeZone) -> Self {
        Self { at, zone }
    }

    /// Writes into `buffer` and returns the used part; `None` where the plain form does not fit.
    fn write<'b>(&self, buffer: &'b mut [u8; 32]) -> Option<&'b str> {
        let offset = self.zone.to_offset(self.at).seconds();
        if offset % 60 != 0 {
            return None;
        }
        let local = self.at.as_microsecond() + i64::from(offset) * 1_000_000;
        let (seconds, micros) = (local.div_euclid(1_000_000), local.rem_euclid(1_000_000) as u32);
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400) as u32);
        let (year, month, day) = civil_from_days(days);
        if !(0..=9999).contains(&year) {
            return None;
        }
        let mut pen = Pen { buffer, len: 0 };
        pen.digits(year as u32, 4);
        pen.byte(b'-');
        pen.digits(month, 2);
        pen.byte(b'-');
        pen.digits(day, 2);
        pen.byte(b'T');
        pen.digits(second / 3600, 2);
        pen.byte(b':');
        pen.digits(second / 60 % 60, 2);
        pen.byte(b':');
        pen.digits(second % 60, 2);
        if micros != 0 {
            pen.byte(b'.');
            if micros % 1000 == 0 { pen.digits(micros / 1000, 3) } else { pen.digits(micros, 6) }
        }
        let minutes = offset.unsigned_abs() / 60;
        pen.byte(if offset < 0 { b'-' } else { b'+' });
        pen.digits(minutes / 60, 2);
        pen.byte(b':');
        pen.digits(minutes % 60, 2);
        let len = pen.len;
        std::str::from_utf8(&buffer[..len]).ok()
    }
}

impl fmt::Display for Stamp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; 32];
        match self.write(&mut buffer) {
            Some(text) => f.write_str(text),
            None => write!(f, "{}", self.at.display_with_offset(self.zone.to_offset(self.at))),
        }
    }
}

impl Serialize for Stamp<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut buffer = [0; 32];
        match self.write(&mut buffer) {
            Some(text) => serializer.serialize_str(text),
            None => serializer.collect_str(self),
        }
    }
}

/// Writes digits into a fixed buffer.
struct Pen<'a> {
    buffer: &'a mut [u8; 32],
    len: usize,
}

impl Pen<'_> {
    fn byte(&mut self, byte: u8) {
        self.buffer[self.len] = byte;
        self.len += 1;
    }

    fn digits(&mut self, mut value: u32, width: usize) {
        for place in (self.len..self.len + width).rev() {
            self.buffer[place] = b'0' + (value % 10) as u8;
            value /= 10;
        }
        self.len += width;
    }
}

/// Year, month and day of a day number since 1970-01-01 (proleptic Gregorian; eras of 400 years beginning in March).
fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_jiff_in_every_month_and_zone() {
        for name in ["Asia/Shanghai", "America/New_York", "Asia/Kathmandu", "UTC"] {
            let zone = TimeZone::get(name).unwrap();
            for step in 0..2_000_i64 {
                let at = Timestamp::from_second(-3_000_000_000 + step * 3_456_789).unwrap();
                let text = Stamp::new(at, &zone).to_string();
                let back: Timestamp = text.parse().unwrap();
                assert!(back.duration_since(at).abs().as_secs() < 60, "{text} in {name}");
                if zone.to_offset(at).seconds() % 60 == 0 {
                    assert_eq!(text, at.display_with_offset(zone.to_offset(at)).to_string(), "{name}");
                }
            }
        }
    }

    #[test]
    fn fractions_are_kept_and_whole_seconds_have_none() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let text = |at: &str| Stamp::new(at.parse().unwrap(), &zone).to_string();
        assert_eq!(text("2026-11-21T06:32:05Z"), "2026-11-21T14:32:05+08:00");
        assert_eq!(text("2026-11-21T06:32:05.25Z"), "2026-11-21T14:32:05.250+08:00");
        assert_eq!(text("2024-02-29T16:00:00.000001Z"), "2024-03-01T00:00:00.000001+08:00");
    }
}
