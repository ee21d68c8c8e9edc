//! One JSON value as a hostile platform may send it: a [`Loose`] takes whatever stands there, borrows text where it can,
//! and says afterwards whether it was what we need. So a wrong type costs one field, never the page.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Any JSON value; arrays and objects are noted, not kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Loose<'a> {
    /// Absent or `null`.
    #[default]
    Null,
    /// Text, borrowed from the answer unless it had escapes.
    Text(Cow<'a, str>),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, or too large for [`Loose::Int`].
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// An array or an object.
    Odd,
}

impl<'a> Loose<'a> {
    /// The text as it stands; `None` for anything that is not text, and for empty text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Loose::Text(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }

    /// Text, or a whole number written as text: codes and numbers of tickets come as both.
    pub fn code(&self) -> Option<Cow<'_, str>> {
        match self {
            Loose::Text(_) => self.text().map(Cow::Borrowed),
            Loose::Int(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }

    /// A whole number that is not negative; also from text.
    pub fn count(&self) -> Option<u64> {
        match self {
            Loose::Int(number) => u64::try_from(*number).ok(),
            Loose::Float(number) if number.fract() == 0.0 && (0.0..9.0e15).contains(number) => Some(*number as u64),
            Loose::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A finite number; also from text.
    pub fn number(&self) -> Option<f64> {
        let number = match self {
            Loose::Int(number) => *number as f64,
            Loose::Float(number) => *number,
            Loose::Text(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        number.is_finite().then_some(number)
    }

    /// True or false; also from the words.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Loose::Bool(truth) => Some(*truth),
            Loose::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Loose::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// An RFC 3339 time with offset.
    pub fn time(&self) -> Option<Timestamp> {
        let text = self.text()?.trim();
        usual_time(text).or_else(|| text.parse().ok())
    }

    /// True if nothing was sent.
    pub fn is_null(&self) -> bool {
        matches!(self, Loose::Null)
    }
}

/// The one form nearly all platforms send, `2026-11-21T14:32:05+08:00` or with `Z`, without the general parser: a list
/// of tickets holds half a million times. `None` leaves the decision to that parser.
fn usual_time(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let two = |at: usize| match (bytes[at].wrapping_sub(b'0'), bytes[at + 1].wrapping_sub(b'0')) {
        (tens @ 0..=9, ones @ 0..=9) => Some(i64::from(tens * 10 + ones)),
        _ => None,
    };
    let offset = match bytes.len() {
        20 if bytes[19] == b'Z' => 0,
        25 if bytes[22] == b':' => {
            let (hours, minutes) = (two(20)?, two(23)?);
            let sign = match bytes[19] {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))?
        }
        _ => return None,
    };
    if [bytes[4], bytes[7], bytes[10], bytes[13], bytes[16]] != *b"--T::" {
        return None;
    }
    let (year, month, day) = (two(0)? * 100 + two(2)?, two(5)?, two(8)?);
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    // Days that only some months have are left to the general parser.
    if !(1..=12).contains(&month) || !(1..=28).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Days since 1970-01-01, counting years from March: Hinnant, chrono-compatible low-level date algorithms.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day
            - 1
            - 719_468;
    Timestamp::from_second(days * 86_400 + hour * 3600 + minute * 60 + second - offset).ok()
}

impl fmt::Display for Loose<'_> {
    /// As it is quoted in a message: short, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loose::Null => f.write_str("nothing"),
            Loose::Text(text) => {
                let short: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
                write!(f, "'{short}'{}", if text.chars().count() > 40 { "…" } else { "" })
            }
            Loose::Int(number) => write!(f, "{number}"),
            Loose::Float(number) => write!(f, "{number}"),
            Loose::Bool(truth) => write!(f, "{truth}"),
            Loose::Odd => f.write_str("a list or an object"),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Loose::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Loose::Int(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Loose::Float(value as f64), Loose::Int))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Loose::Float(value))
    }
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Borrowed(value)))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Owned(value.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::Odd)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Odd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loose(json: &str) -> Loose<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn whatever_stands_there_is_taken_and_judged_later() {
        assert!(matches!(loose("\"abc\""), Loose::Text(Cow::Borrowed("abc"))), "no copy without escapes");
        assert_eq!(loose("\"a\\u0042\"").text(), Some("aB"));
        assert_eq!(loose("450502").code().as_deref(), Some("450502"));
        assert_eq!(loose("\"7\"").count(), Some(7));
        assert_eq!(loose("-7").count(), None);
        assert_eq!(loose("1e308").count(), None);
        assert_eq!(loose("\"NaN\"").number(), None);
        assert_eq!(loose("[1,{\"a\":[2]}]"), Loose::Odd);
        assert_eq!(loose("{\"a\":1}").text(), None);
        assert_eq!(loose("null"), Loose::Null);
        assert_eq!(loose("18446744073709551615").count(), None);
    }

    #[test]
    fn the_short_way_reads_what_the_general_parser_reads() {
        let mut count = 0;
        for year in [0, 1900, 1969, 1970, 2000, 2024, 2026, 2100, 9998] {
            for (month, day) in (1..=13).flat_map(|month| (0..=32).map(move |day| (month, day))) {
                for rest in [
                    "00:00:00Z",
                    "23:59:59+08:00",
                    "12:30:05-11:30",
                    "24:00:00Z",
                    "12:60:00Z",
                    "12:00:60Z",
                    "1:00:000Z",
                    "12:00:00+24:00",
                    "12-00-00Z",
                    "12:00:00x08:00",
                ] {
                    let text = format!("{year:04}-{month:02}-{day:02}T{rest}");
                    if let Some(time) = usual_time(&text) {
                        assert_eq!(Some(time), text.parse().ok(), "{text}");
                        count += 1;
                    }
                }
            }
        }
        assert_eq!(count, 9 * 12 * 28 * 3);
    }

    #[test]
    fn a_time_needs_an_offset() {
        assert!(loose("\"2026-11-21T14:32:05+08:00\"").time().is_some());
        assert!(loose("\"2026-11-21T14:32:05\"").time().is_none());
        assert!(loose("\"tomorrow\"").time().is_none());
        assert!(loose("1700000000").time().is_none());
    }
}
