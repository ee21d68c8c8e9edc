//! A number that may be absent, suppressed or stale. Panels take readings, so a missing number can never become a zero.

use jiff::Timestamp;

/// A value together with what the viewer must know about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading<T> {
    /// Known and current. A zero here is a verified zero.
    Value(T),
    /// The platform does not collect this.
    NoData,
    /// Known to the platform, withheld because it is small.
    Suppressed,
    /// Known, but no longer proven current.
    Stale {
        /// The last known value.
        value: T,
        /// When it was last proven current.
        as_of: Timestamp,
    },
    /// Nothing has arrived since the program started.
    Never,
}

impl<T> Reading<T> {
    /// The value, current or not.
    pub fn value(&self) -> Option<&T> {
        match self {
            Reading::Value(value) | Reading::Stale { value, .. } => Some(value),
            Reading::NoData | Reading::Suppressed | Reading::Never => None,
        }
    }

    /// The same reading of a derived value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Reading<U> {
        match self {
            Reading::Value(value) => Reading::Value(f(value)),
            Reading::Stale { value, as_of } => Reading::Stale { value: f(value), as_of },
            Reading::NoData => Reading::NoData,
            Reading::Suppressed => Reading::Suppressed,
            Reading::Never => Reading::Never,
        }
    }
}
