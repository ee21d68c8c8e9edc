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
        self.text()?.trim().parse().ok()
    }

    /// True if nothing was sent.
    pub fn is_null(&self) -> bool {
        matches!(self, Loose::Null)
    }
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
    fn a_time_needs_an_offset() {
        assert!(loose("\"2026-11-21T14:32:05+08:00\"").time().is_some());
        assert!(loose("\"2026-11-21T14:32:05\"").time().is_none());
        assert!(loose("\"tomorrow\"").time().is_none());
        assert!(loose("1700000000").time().is_none());
    }
}
