//! When to try again: full jitter between half a second and a ceiling that doubles up to half a minute, `Retry-After`
//! up to ten minutes, and never more than twenty tries a minute, whatever happens.

use std::collections::VecDeque;
use std::time::Duration;

/// Time since the start of the platform thread; never goes back.
pub type Mono = Duration;

/// Shortest pause before another try.
pub const MIN_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause that we choose.
pub const MAX_PAUSE: Duration = Duration::from_secs(30);
/// Longest pause that a platform may ask for.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);
/// Most tries of one feed in any minute.
pub const TRIES_PER_MINUTE: usize = 20;

/// SplitMix64: a small generator for jitter, seeded from outside so that a run can be repeated.
/// Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014.
#[derive(Clone, Debug)]
pub struct Jitter(pub u64);

impl Jitter {
    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A time in `[from, to)`, evenly spread; `from` if the span is empty.
    pub fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let share = (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        from + to.saturating_sub(from).mul_f64(share)
    }
}

/// The tries of one feed.
#[derive(Debug, Default)]
pub struct Pace {
    failures: u32,
    tries: VecDeque<Mono>,
}

impl Pace {
    /// Notes a try.
    pub fn tried(&mut self, now: Mono) {
        if self.tries.len() >= TRIES_PER_MINUTE {
            self.tries.pop_front();
        }
        self.tries.push_back(now);
    }

    /// The earliest moment the limit allows another try.
    pub fn allowed_at(&self, now: Mono) -> Mono {
        match self.tries.front() {
            Some(oldest) if self.tries.len() >= TRIES_PER_MINUTE => now.max(*oldest + Duration::from_secs(60)),
            _ => now,
        }
    }

    /// All is well again: the next failure starts at the shortest pauses.
    pub fn calm(&mut self) {
        self.failures = 0;
    }

    /// True if nothing failed since it was last well.
    pub fn is_calm(&self) -> bool {
        self.failures == 0
    }

    /// Notes a failure; when to try again. `asked` is the server's `Retry-After`; `floor` the least we should wait.
    pub fn failed(&mut self, now: Mono, jitter: &mut Jitter, asked: Option<Duration>, floor: Duration) -> Mono {
        self.failures = self.failures.saturating_add(1);
        let ceiling = Duration::from_secs(1 << self.failures.min(5) >> 1).clamp(MIN_PAUSE, MAX_PAUSE);
        let pause = jitter.between(MIN_PAUSE, ceiling.max(floor));
        let pause = match asked {
            // A little later than asked, so that not all walls come back in the same instant.
            Some(asked) => asked.min(MAX_RETRY_AFTER).max(MIN_PAUSE) + pause.min(Duration::from_secs(1)),
            None => pause.max(floor),
        };
        self.allowed_at(now + pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Duration = Duration::ZERO;

    #[test]
    fn pauses_grow_to_half_a_minute_and_are_spread() {
        let mut jitter = Jitter(7);
        let mut longest = NONE;
        for round in 0..500 {
            let mut pace = Pace::default();
            for failure in 1..=12 {
                let pause = pace.failed(NONE, &mut jitter, None, NONE);
                assert!(pause >= MIN_PAUSE && pause <= MAX_PAUSE, "{pause:?}");
                if failure == 1 {
                    assert!(pause <= Duration::from_secs(1), "{round}: {pause:?}");
                }
                longest = longest.max(pause);
            }
        }
        assert!(longest > Duration::from_secs(15), "{longest:?}");
    }

    #[test]
    fn retry_after_is_obeyed_and_capped() {
        let mut jitter = Jitter(7);
        let mut pace = Pace::default();
        let asked = |seconds| Some(Duration::from_secs(seconds));
        let five = pace.failed(NONE, &mut jitter, asked(5), NONE);
        assert!(five >= Duration::from_secs(5) && five <= Duration::from_secs(6));
        assert!(pace.failed(NONE, &mut jitter, asked(315_360_000), NONE) <= MAX_RETRY_AFTER + Duration::from_secs(1));
        assert!(pace.failed(NONE, &mut jitter, asked(0), NONE) >= MIN_PAUSE);
    }

    #[test]
    fn never_more_than_twenty_tries_a_minute() {
        let mut pace = Pace::default();
        let mut now = NONE;
        let mut tries = Vec::new();
        while now < Duration::from_secs(600) {
            now = pace.allowed_at(now);
            pace.tried(now);
            tries.push(now);
            now += Duration::from_millis(10);
        }
        for window in tries.windows(TRIES_PER_MINUTE + 1) {
            assert!(window[TRIES_PER_MINUTE] - window[0] >= Duration::from_secs(60));
        }
    }
}
