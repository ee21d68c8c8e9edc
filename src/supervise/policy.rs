//! When to start the wall again, and whether in safe mode. Pure: times come in from outside.

use std::collections::VecDeque;
use std::time::Duration;

/// Ends within this time count together.
const WINDOW: Duration = Duration::from_secs(60);
/// So many of them make the next start a safe one.
const TOO_MANY: usize = 3;
/// A wall that ran so long is well: what was before it is forgotten.
const WELL: Duration = Duration::from_secs(600);
/// The first pause; each one after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest: a wall is never away for longer than ten seconds because of us.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// The next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// How long to wait first.
    pub pause: Duration,
    /// In safe mode.
    pub is_safe: bool,
}

/// What is remembered of the starts so far. It never gives up.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    ends: VecDeque<Duration>,
    streak: u32,
    is_safe: bool,
    /// Starts after the first.
    pub restarts: u32,
}

impl Policy {
    /// The wall has ended or was ended at `now` after running for `ran`; how to go on.
    pub fn ended(&mut self, now: Duration, ran: Duration) -> Start {
        self.restarts += 1;
        if ran >= WELL {
            self.ends.clear();
            (self.streak, self.is_safe) = (0, false);
        }
        self.ends.push_back(now);
        self.ends.retain(|end| now.saturating_sub(*end) < WINDOW);
        if self.ends.len() >= TOO_MANY {
            self.is_safe = true;
        }
        // A wall that ran for a minute is not in a crash loop.
        self.streak = if ran >= WINDOW { 1 } else { self.streak + 1 };
        let pause = FIRST_PAUSE.saturating_mul(1 << (self.streak - 1).min(10)).min(LONGEST_PAUSE);
        Start { pause, is_safe: self.is_safe }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn three_ends_in_a_minute_make_the_next_start_a_safe_one() {
        let mut policy = Policy::default();
        assert!(!policy.ended(s(10), s(10)).is_safe);
        assert!(!policy.ended(s(30), s(19)).is_safe);
        assert!(policy.ended(s(69), s(30)).is_safe);
        assert!(policy.ended(s(300), s(200)).is_safe, "not well yet");
        assert!(!policy.ended(s(1000), s(650)).is_safe, "it was well for ten minutes");
        let mut slow = Policy::default();
        for minute in 1..100 {
            assert!(!slow.ended(s(31 * minute), s(30)).is_safe, "two a minute are no loop");
        }
        assert_eq!(slow.restarts, 99);
    }

    #[test]
    fn pauses_double_and_stay_below_ten_seconds() {
        let mut policy = Policy::default();
        let pauses: Vec<_> = (1..9).map(|end| policy.ended(s(end), s(1)).pause.as_millis()).collect();
        assert_eq!(pauses, [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
        assert_eq!(policy.ended(s(500), s(120)).pause, FIRST_PAUSE, "it ran for two minutes");
        let mut endless = Policy::default();
        for end in 0..100_000 {
            assert!(endless.ended(s(end), Duration::ZERO).pause <= LONGEST_PAUSE);
        }
        assert!(endless.ends.len() <= 60);
    }
}
