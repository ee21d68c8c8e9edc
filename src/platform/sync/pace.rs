//! When to try again: full jitter between half a second and a ceiling that doubles up to half a minute, `Retry-After`
//! up to ten minutes, and never more than twenty tries a minute, whatever happens. A pause lies between two tries: what a
//! try has lasted, as a good connection or as waiting in vain, counts as a part of it.

use std::collections::VecDeque;
use std::time::Duration;

/// Time since the start of the platform thread; never goes back.
pub type Mono = Duration;

/// Shortest pause before another try.
pub const MIN_PAUSE: Duration = Duration::from_millis(500);
/// The shortest pauses of different walls are spread up to this.
const SPREAD: Duration = Duration::from_secs(1);
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
        from + to.saturating_sub(from).mul_f64(self.share())
    }

    /// A number in `[0, 1)`, evenly spread.
    pub fn share(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The tries of one feed.
#[derive(Debug, Default)]
pub struct Pace {
    failures: u32,
    tries: VecDeque<Mono>,
    /// Until when the platform asked to be left alone.
    asked_until: Mono,
}

impl Pace {
    /// Notes a try.
    pub fn tried(&mut self, now: Mono) {
        if self.tries.len() >= TRIES_PER_MINUTE {
            self.tries.pop_front();
        }
        self.tries.push_back(now);
    }

    /// The earliest moment that the limit, and what the platform asked for, allow another try.
    pub fn allowed_at(&self, now: Mono) -> Mono {
        let now = now.max(self.asked_until);
        match self.tries.front() {
            Some(oldest) if self.tries.len() >= TRIES_PER_MINUTE => now.max(*oldest + Duration::from_secs(60)),
            _ => now,
        }
    }

    /// All is well again: the next failure starts at the shortest pauses.
    pub fn calm(&mut self) {
        self.failures = 0;
        self.asked_until = Mono::ZERO;
    }

    /// Somebody else is there now: the next failure starts at the shortest pauses, but what was asked for stands.
    pub fn relent(&mut self) {
        self.failures = 0;
    }

    /// The earliest moment for a try that a person wants now, whatever the platform asked for.
    pub fn hurry(&mut self, now: Mono) -> Mono {
        self.asked_until = Mono::ZERO;
        self.allowed_at(now)
    }

    /// True if nothing failed, and nothing was asked for, since it was last well.
    pub fn is_calm(&self) -> bool {
        self.failures == 0 && self.asked_until == Mono::ZERO
    }

    /// Notes that the last try failed; when to try again. `asked` is the server's `Retry-After`; `floor` the least pause
    /// between two tries.
    pub fn failed(&mut self, now: Mono, jitter: &mut Jitter, asked: Option<Duration>, floor: Duration) -> Mono {
        self.failures = self.failures.saturating_add(1);
        let ceiling = Duration::from_secs(1 << self.failures.min(5) >> 1).clamp(MIN_PAUSE, MAX_PAUSE);
        let share = jitter.share();
        let spread = |from: Duration, to: Duration| from + to.saturating_sub(from).mul_f64(share);
        let lasted = self.tries.back().map_or(Duration::ZERO, |tried| now.saturating_sub(*tried));
        let pause = match asked {
            // A little later than asked, so that not all walls come back in the same instant.
            Some(asked) => {
                let pause = asked.min(MAX_RETRY_AFTER).max(MIN_PAUSE) + spread(MIN_PAUSE, ceiling).min(SPREAD);
                self.asked_until = self.asked_until.max(now + pause);
                pause
            }
            None => {
                let between_tries = spread(MIN_PAUSE, ceiling.max(floor)).max(floor);
                // Whom a platform drops together must not come back together, however long they were there.
                between_tries.saturating_sub(lasted).max(spread(MIN_PAUSE, SPREAD))
            }
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
    fn a_pause_lies_between_two_tries() {
        let mut jitter = Jitter(7);
        let mut pace = Pace::default();
        let second = Duration::from_secs;
        let mut shortest = second(60);
        for round in 0..200_u64 {
            let now = second(1_000 * (round + 1));
            pace.tried(now);
            // After twenty seconds in vain there is nothing left of any pause but what keeps walls apart.
            let again = pace.failed(now + second(20), &mut jitter, None, NONE) - now - second(20);
            assert!(again >= MIN_PAUSE && again <= second(1), "{again:?}");
            let floor = pace.failed(now + second(4), &mut jitter, None, second(10)) - now;
            assert!(floor >= second(10) && floor <= second(17), "{floor:?}");
            shortest = shortest.min(pace.failed(now + second(4), &mut jitter, None, NONE) - now);
            let asked = pace.failed(now + second(20), &mut jitter, Some(second(30)), NONE) - now;
            assert!(asked >= second(50), "who is asked to stay away stays away from then on: {asked:?}");
        }
        assert!(shortest < second(5), "{shortest:?}");
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
    fn what_was_asked_outlives_whatever_happens_meanwhile_but_not_a_person_nor_success() {
        let (mut jitter, mut pace) = (Jitter(7), Pace::default());
        let second = Duration::from_secs;
        let asked_until = pace.failed(second(10), &mut jitter, Some(second(300)), NONE);
        assert!(asked_until >= second(310));
        // Another failure that asks for nothing, a try of something else: still away.
        assert_eq!(pace.failed(second(20), &mut jitter, None, NONE), asked_until);
        assert_eq!(pace.allowed_at(second(30)), asked_until);
        assert_eq!(pace.hurry(second(40)), second(40));
        pace.failed(second(50), &mut jitter, Some(second(300)), NONE);
        pace.calm();
        assert_eq!(pace.allowed_at(second(60)), second(60));
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
