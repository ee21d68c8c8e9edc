//! The platform thread's own time: monotonic, and counting the hours in which the machine slept. The system's monotonic
//! clock stands still in sleep, so that what was live in the evening would look live next morning. Partner: `thread.rs`.

use std::time::{Duration, SystemTime};

use super::sync::Mono;

/// A reference that runs ahead of the monotonic clock by more than this between two looks means that we slept.
const JUMP: Duration = Duration::from_secs(2);
/// The most one jump adds; a wall clock set to the year 9999 means no more than "everything is old".
const MAX_JUMP: Duration = Duration::from_secs(30 * 86_400);

/// The clock. It never goes back, whatever the system's clocks do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chronometer {
    added: Duration,
    last: Option<(Duration, Duration)>,
    now: Mono,
}

impl Chronometer {
    /// The time now, from the monotonic clock since the start and a [`reference()`] that runs on in sleep. The second part
    /// is how much time was missed since the last look, if any. Where only the wall clock is at hand, setting it forward
    /// counts as sleep, which errs on the side of calling data old; setting it back counts as nothing.
    pub fn read(&mut self, mono: Duration, reference: Duration) -> (Mono, Option<Duration>) {
        let mut missed = None;
        if let Some((mono_before, reference_before)) = self.last {
            let went = mono.saturating_sub(mono_before);
            let reference_went = reference.saturating_sub(reference_before);
            if reference_went > went + JUMP {
                let jump = (reference_went - went).min(MAX_JUMP);
                self.added += jump;
                missed = Some(jump);
            }
        }
        self.last = Some((mono, reference));
        self.now = self.now.max(mono + self.added);
        (self.now, missed)
    }

    /// The time of the last look.
    pub fn now(&self) -> Mono {
        self.now
    }
}

/// A clock that runs on while the machine sleeps: since the machine was started where the system tells it, which nobody
/// can set; the wall clock elsewhere.
pub fn reference() -> Duration {
    uptime().unwrap_or_else(|| SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

/// The first number of `/proc/uptime`: seconds since the start of the machine, sleep included (proc(5)).
fn uptime() -> Option<Duration> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    Duration::try_from_secs_f64(text.split_whitespace().next()?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// T-01, the arithmetic of it.
    #[test]
    fn t_01_sleep_counts_and_steps_back_do_not() {
        let start = Duration::from_secs(1_800_000_000);
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let mut clock = Chronometer::default();
        assert_eq!(clock.read(SECOND, at(0)), (SECOND, None));
        assert_eq!(clock.read(2 * SECOND, at(1)), (2 * SECOND, None));
        // Eight hours of sleep: the monotonic clock stood still.
        let slept = Duration::from_secs(8 * 3600);
        assert_eq!(clock.read(3 * SECOND, at(8 * 3600 + 2)), (3 * SECOND + slept, Some(slept)));
        // The wall clock is set back by a day: our time goes on.
        assert_eq!(clock.read(4 * SECOND, start - Duration::from_secs(86_400)), (4 * SECOND + slept, None));
        assert_eq!(clock.read(5 * SECOND, start - Duration::from_secs(86_399)), (5 * SECOND + slept, None));
        // A leap second, or a clock that is slewed, is no jump.
        assert_eq!(clock.read(6 * SECOND, start - Duration::from_secs(86_397)), (6 * SECOND + slept, None));
        let (_, missed) = clock.read(7 * SECOND, Duration::MAX);
        assert_eq!(missed, Some(MAX_JUMP));
    }

    #[test]
    fn the_reference_runs_on() {
        let before = reference();
        std::thread::sleep(Duration::from_millis(30));
        assert!(reference() > before);
    }
}
