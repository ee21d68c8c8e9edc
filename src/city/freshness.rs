//! Freshness per feed: LIVE, DELAYED, STALE, EXPIRED, NEVER, computed from proofs of currency on the monotonic clock.
//!
//! A feed is as fresh as its last proof (an event, a bookmark, a complete list); a connection proves nothing. Partner:
//! `receive.rs`, which stores the proofs.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bevy::prelude::*;

use super::Now;
use crate::domain::{Feed, Trouble};
pub use crate::domain::{Freshness, Ladder};

/// What is known about one feed.
#[derive(Clone, Debug)]
pub struct FeedState {
    /// The rung, recomputed every frame.
    pub freshness: Freshness,
    /// The last proof.
    pub proven_at: Option<Instant>,
    /// What is wrong now.
    pub trouble: Option<Trouble>,
    /// When the next try is due.
    pub retry_at: Option<Instant>,
    /// What is shown came from the disk, and nothing has been proven since.
    pub recalled: Option<Recalled>,
}

/// The last good state of an earlier run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recalled {
    /// When it was read from the disk.
    pub since: Instant,
    /// How old it was then; `None` if that is not known.
    pub age: Option<Duration>,
}

impl FeedState {
    /// The age of what is shown: since the last proof, of this run or of the one before.
    pub fn age(&self, now: Instant) -> Option<Duration> {
        match (self.proven_at, self.recalled) {
            (Some(proof), _) => Some(now.saturating_duration_since(proof)),
            (None, Some(recalled)) => Some(recalled.age? + now.saturating_duration_since(recalled.since)),
            (None, None) => None,
        }
    }

    /// The rung at `now`: data from the disk is never better than stale.
    pub fn rung(&self, feed: Feed, now: Instant) -> Freshness {
        match (self.proven_at, self.recalled) {
            (None, Some(_)) => Ladder::of(feed).recalled(self.age(now)),
            _ => Ladder::of(feed).rung(self.age(now)),
        }
    }
}

/// All feeds. Changes (in Bevy's sense) only when a rung or a trouble changes, so panels may watch it.
#[derive(Resource, Default, Clone, Debug)]
pub struct FeedFreshness {
    /// By feed; a feed that is not in here is `Never`.
    pub feeds: HashMap<Feed, FeedState>,
}

impl FeedFreshness {
    /// The state of a feed.
    pub fn of(&self, feed: Feed) -> Option<&FeedState> {
        self.feeds.get(&feed)
    }

    /// The rung of a feed.
    pub fn rung(&self, feed: Feed) -> Freshness {
        self.of(feed).map_or(Freshness::Never, |state| state.freshness)
    }
}

/// Moves every feed along its ladder. Better only on a proof, worse with time.
pub(super) fn age(mut freshness: ResMut<FeedFreshness>, now: Res<Now>) {
    let rungs: Vec<(Feed, Freshness)> = freshness
        .feeds
        .iter()
        .map(|(feed, state)| (*feed, state.rung(*feed, now.mono)))
        .filter(|(feed, rung)| freshness.rung(*feed) != *rung)
        .collect();
    for (feed, rung) in rungs {
        if let Some(state) = freshness.feeds.get_mut(&feed) {
            state.freshness = rung;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_good_state_is_shown_with_its_age_and_never_as_live() {
        let now = Instant::now();
        let recalled = |age_s: Option<u64>| FeedState {
            freshness: Freshness::Never,
            proven_at: None,
            trouble: None,
            retry_at: None,
            recalled: Some(Recalled { since: now, age: age_s.map(Duration::from_secs) }),
        };
        let later = now + Duration::from_secs(5);
        assert_eq!(recalled(Some(0)).rung(Feed::Tickets, later), Freshness::Stale);
        assert_eq!(recalled(Some(60)).age(later), Some(Duration::from_secs(65)));
        assert_eq!(recalled(Some(3600)).rung(Feed::Tickets, later), Freshness::Expired);
        assert_eq!(recalled(None).rung(Feed::Tickets, later), Freshness::Expired, "an unknown age is a great age");
        let proven = FeedState { proven_at: Some(now), ..recalled(Some(3600)) };
        assert_eq!(proven.rung(Feed::Tickets, later), Freshness::Live);
    }
}
