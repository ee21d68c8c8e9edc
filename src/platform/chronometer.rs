//! The platform thread's own time: monotonic, and counting the hours in which the machine slept. The system's monotonic
//! clock stands still in sleep, so that what was live in the evening would look live next morning. Partner: `thread.rs`.

use std::time::Duration;

use jiff::Timestamp;

use super::sync::Mono;

/// A wall clock that runs ahead of the monotonic one by more than this between two looks was moved, or we slept.
const JUMP: Duration = Duration::from_secs(2);
/// The most one jump adds; a wall clock set to the year 9999 means no more than "everything is old".
const MAX_JUMP: Duration = Duration::from_secs(30 * 86_400);

/// The clock. It never goes back, whatever the system's clocks do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chronometer {
    added: Duration,
    last: Option<(Duration, Timestamp)>,
    now: Mono,
}

impl Chronometer {
    /// The time now, from the monotonic clock since the start and the wall clock. The second part is how much time was
    /// missed since the last look, if any: a wall clock that was only set forward counts as sleep, which errs on the
    /// side of calling data old.
    pub fn read(&mut self, mono: Duration, wall: Timestamp) -> (Mono, Option<Duration>) {
        let mut missed = None;
        if let Some((mono_before, wall_before)) = self.last {
            let went = mono.saturating_sub(mono_before);
            let wall_went = Duration::try_from(wall.duration_since(wall_before)).unwrap_or(Duration::ZERO);
            if wall_went > went + JUMP {
                let jump = (wall_went - went).min(MAX_JUMP);
                self.added += jump;
                missed = Some(jump);
            }
        }
        self.last = Some((mono, wall));
        self.now = self.now.max(mono + self.added);
        (self.now, missed)
    }

    /// The time of the last look.
    pub fn now(&self) -> Mono {
        self.now
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn sleep_counts_and_steps_back_do_not() {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let at = |seconds: i64| start + SignedDuration::from_secs(seconds);
        let mut clock = Chronometer::default();
        assert_eq!(clock.read(SECOND, at(0)), (SECOND, None));
        assert_eq!(clock.read(2 * SECOND, at(1)), (2 * SECOND, None));
        // Eight hours of sleep: the monotonic clock stood still.
        let slept = Duration::from_secs(8 * 3600);
        assert_eq!(clock.read(3 * SECOND, at(8 * 3600 + 2)), (3 * SECOND + slept, Some(slept)));
        // The wall clock is set back by a day: our time goes on.
        assert_eq!(clock.read(4 * SECOND, at(-86_400)), (4 * SECOND + slept, None));
        assert_eq!(clock.read(5 * SECOND, at(-86_399)), (5 * SECOND + slept, None));
        // A leap second, or a clock that is slewed, is no jump.
        assert_eq!(clock.read(6 * SECOND, at(-86_397)), (6 * SECOND + slept, None));
        let (_, missed) = clock.read(7 * SECOND, Timestamp::MAX);
        assert_eq!(missed, Some(MAX_JUMP));
    }
}
