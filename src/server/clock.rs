//! The platform's clock: the real time, or a simulation's that runs fast, or one that stands still for a picture.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::domain::SiteClock;

/// The clock of one running server. It never goes back.
#[derive(Debug)]
pub struct PlatformClock {
    base: Timestamp,
    started: Instant,
    speed: f64,
    /// At speed 1 from now on, the machine's clock itself is followed, through suspends too.
    is_real: bool,
    latest: Mutex<Timestamp>,
}

impl PlatformClock {
    /// The machine's clock.
    pub fn real() -> Self {
        Self { is_real: true, ..Self::simulated(Timestamp::now(), 1.0) }
    }

    /// A clock that shows `base` now and runs at `speed` platform seconds per real second; 0 stands still.
    pub fn simulated(base: Timestamp, speed: f64) -> Self {
        Self { base, started: Instant::now(), speed, is_real: false, latest: Mutex::new(base) }
    }

    /// The platform's time.
    pub fn now(&self) -> Timestamp {
        let now = if self.is_real {
            Timestamp::now()
        } else {
            SiteClock { now: self.base, speed: self.speed }.after(self.started.elapsed())
        };
        let mut latest = self.latest.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *latest = now.max(*latest);
        *latest
    }

    /// Platform seconds per real second.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Real time until the platform's clock shows `due`; `None` if it stands still before that.
    pub fn until(&self, due: Timestamp) -> Option<Duration> {
        let ahead: SignedDuration = due.duration_since(self.now());
        if ahead <= SignedDuration::ZERO {
            return Some(Duration::ZERO);
        }
        Duration::try_from_secs_f64(ahead.as_secs_f64() / self.speed).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_stands_still_is_never_due() {
        let at: Timestamp = "2026-11-21T06:32:05Z".parse().unwrap();
        let clock = PlatformClock::simulated(at, 0.0);
        assert_eq!(clock.now(), at);
        assert_eq!(clock.until(at), Some(Duration::ZERO));
        assert_eq!(clock.until(at + SignedDuration::from_secs(1)), None);
    }

    #[test]
    fn a_fast_clock_is_due_sooner() {
        let at: Timestamp = "2026-11-21T06:32:05Z".parse().unwrap();
        let clock = PlatformClock::simulated(at, 600.0);
        let real = clock.until(at + SignedDuration::from_mins(60)).unwrap();
        assert!(real <= Duration::from_secs(6) && real > Duration::from_secs(4), "{real:?}");
    }
}
