//! The beat to which numbers and lists of tickets are told: with the wall's clock, every second tick of it at most, so that
//! they change together and panels are drawn once for both. What happens after a quiet time is told at once.

use std::time::{Duration, Instant};

use bevy::prelude::*;

use super::{Flow, Now, Tickets};

/// Numbers on a wall change at most this often, however fast tickets do.
pub const PUBLISH_EVERY: Duration = Duration::from_secs(2);
/// A tick comes with a frame: by so much it may be early.
const EARLY: Duration = Duration::from_millis(50);
/// After so long without news they do not wait for a tick.
const QUIET: Duration = Duration::from_secs(3);

/// Whether this frame tells what happened to tickets. Written once a frame, before the counts are published.
#[derive(Resource, Clone, Debug, Default)]
pub struct Telling {
    /// Counts are judged and published now.
    pub is_due: bool,
    /// There is news since the last time: tickets came, went or moved on.
    pub has_news: bool,
    /// The clock shows another second.
    pub is_tick: bool,
    /// The second that it shows, and when it ticked.
    tick: Option<(i64, Instant)>,
    /// The last beat, and the last with news.
    beat: Option<Instant>,
    told: Option<Instant>,
    owes: bool,
}

impl Telling {
    /// True in the frame in which the clock shows another second, when panels are drawn: other work may wait for the next
    /// one. A clock that is set back or stands still ticks, too; one that runs away ticks twice a second.
    pub fn ticks(&self, now: &Now) -> bool {
        self.tick.is_none_or(|(second, at)| {
            let age = now.mono.saturating_duration_since(at);
            let is_other = second != now.at.as_second() && age >= Duration::from_millis(500);
            is_other || now.mono < at || age >= Duration::from_secs(1)
        })
    }

    /// One frame on.
    fn advance(&mut self, now: &Now, is_news: bool) {
        let age = |at: Instant| now.mono.saturating_duration_since(at);
        self.is_tick = self.ticks(now);
        if self.is_tick {
            self.tick = Some((now.at.as_second(), now.mono));
        }
        self.owes |= is_news;
        let is_calm = |at: Option<Instant>| at.is_none_or(|at| now.mono < at || age(at) + EARLY >= PUBLISH_EVERY);
        let is_quiet = self.told.is_none_or(|at| now.mono < at || age(at) >= QUIET);
        self.is_due = (self.is_tick && is_calm(self.beat) && is_calm(self.told)) || (self.owes && is_quiet);
        self.has_news = self.is_due && self.owes;
        if self.is_due {
            self.beat = Some(now.mono);
        }
        if self.has_news {
            (self.told, self.owes) = (Some(now.mono), false);
        }
    }
}

/// Keeps the beat.
pub(super) fn beat(tickets: Res<Tickets>, flow: Res<Flow>, now: Res<Now>, mut telling: ResMut<Telling>) {
    let is_news = tickets.is_changed() || flow.is_changed();
    telling.bypass_change_detection().advance(&now, is_news);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When news of every frame are told, milliseconds, at 60 frames a second, from a moment so far within a second on.
    fn told(from_ms: i64, is_news: impl Fn(i64) -> bool) -> Vec<i64> {
        let begun = Instant::now();
        let mut telling = Telling::default();
        let mut found = Vec::new();
        for frame in 0..600 {
            let ms = frame * 50 / 3;
            let at = jiff::Timestamp::from_millisecond(1_795_000_000_000 + from_ms + ms).expect("a moment");
            let now = Now { at, mono: begun + Duration::from_millis(ms as u64), is_platform_time: true };
            telling.advance(&now, is_news(ms));
            found.extend(telling.has_news.then_some(ms));
        }
        found
    }

    #[test]
    fn a_flood_is_told_at_once_and_then_with_every_second_tick() {
        let times = told(300, |_| true);
        assert_eq!(times[0], 0);
        // The clock ticks at 700, 1700, 2700 …: the first with two seconds behind it is the third.
        assert_eq!(times[1], 2_700);
        assert!(times[1..].windows(2).all(|pair| (1_980..=2_020).contains(&(pair[1] - pair[0]))), "{times:?}");
        assert_eq!(times.len(), 5);
    }

    #[test]
    fn news_after_a_quiet_time_do_not_wait() {
        assert_eq!(told(0, |ms| ms == 0 || ms == 5_100), [0, 5_100]);
        // Soon after others they wait for a tick.
        let times = told(0, |ms| ms == 0 || ms == 5_100 || ms == 5_200);
        assert_eq!(times[..2], [0, 5_100]);
        assert!((8_000..8_020).contains(&times[2]), "{times:?}");
    }

    #[test]
    fn a_clock_that_stands_still_or_goes_back_holds_nothing() {
        let begun = Instant::now();
        let at = jiff::Timestamp::UNIX_EPOCH;
        let mut telling = Telling::default();
        let mut tell = |ms: u64, at| {
            telling
                .advance(&Now { at, mono: begun + Duration::from_millis(10_000 + ms), is_platform_time: true }, true);
            telling.has_news
        };
        assert!(tell(0, at) && !tell(1_000, at) && tell(2_000, at));
        assert!(!tell(2_500, at - jiff::SignedDuration::from_secs(60)));
        assert!(tell(4_500, at - jiff::SignedDuration::from_secs(60)));
    }
}
