//! Call-backs 回访: a desk calls those who have not rated how their ticket was closed, and asks whether it is solved. The
//! reference platform makes them up from its seed: about half of the unrated are reached within four days, and about two
//! in three of those say that it is solved, as a district of Beihai reports. Real data hold none.

use super::chance::Chance;
use super::ledger::Fact;
use crate::domain::{Rating, Stage};

/// Share of the unrated that are reached.
const REACHED: f64 = 0.55;
/// Share of those that say "solved".
const SOLVED: f64 = 0.645;
/// First and last moment of a call after the closing, microseconds.
const AFTER: (f64, f64) = (4.0 * 3600e6, 96.0 * 3600e6);

/// One call that was answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Callback {
    /// When, microseconds since 1970.
    pub at: i64,
    /// The answer.
    pub is_solved: bool,
}

/// The call about a ticket; `None` if nobody was called, or nobody answered.
pub fn callback(fact: &Fact, seed: u64) -> Option<Callback> {
    if fact.stage != Stage::Closed || fact.rated != Rating::None {
        return None;
    }
    let mut chance = Chance::of(seed, &["callback", fact.id.as_str()]);
    (chance.unit() < REACHED).then(|| Callback {
        at: fact.closed.saturating_add(chance.between(AFTER.0, AFTER.1) as i64),
        is_solved: chance.unit() < SOLVED,
    })
}
