//! Freshness per feed: LIVE, DELAYED, STALE, EXPIRED, NEVER, computed from proofs of currency on the monotonic clock.
//!
//! A feed is as fresh as its last proof (an event, a bookmark, a complete list); a connection proves nothing. Partner:
//! `receive.rs`, which stores the proofs.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bevy::prelude::*;

use super::Now;
use crate::domain::{Feed, Trouble};

/// The five rungs of the ladder, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// 实时
    Live,
    /// 延迟
    Delayed,
    /// 过期
    Stale,
    /// 失联
    Expired,
    /// 未到: nothing since start
    Never,
}

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
}

/// All feeds. Changes (in Bevy's sense) only when a rung or a trouble changes, so panels may watch it.
#[derive(Resource, Default, Clone, Debug)]
pub struct FeedFreshness {
    /// By feed; a feed that is not in here is `Never`.
    pub feeds: HashMap<Feed, FeedState>,
}

/// The longest age of the rungs LIVE, DELAYED and STALE for a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// At most this old is LIVE.
    pub live: Duration,
    /// At most this old is DELAYED.
    pub delayed: Duration,
    /// At most this old is STALE; older is EXPIRED.
    pub stale: Duration,
}

impl Ladder {
    /// The ladder of a feed: streamed tickets 10 s, 60 s, 15 min; a polled feed is LIVE for three refreshes.
    pub fn of(feed: Feed) -> Self {
        let polled = |refresh_s: u64| Self {
            live: Duration::from_secs(refresh_s * 3),
            delayed: Duration::from_secs(refresh_s * 6),
            stale: Duration::from_secs(refresh_s * 90),
        };
        match feed {
            Feed::Tickets => Self {
                live: Duration::from_secs(10),
                delayed: Duration::from_secs(60),
                stale: Duration::from_secs(15 * 60),
            },
            Feed::Site | Feed::Sources => polled(30),
            Feed::Areas | Feed::Places | Feed::Care => polled(600),
        }
    }

    /// The rung for a proof of this age.
    pub fn rung(&self, age: Option<Duration>) -> Freshness {
        match age {
            None => Freshness::Never,
            Some(age) if age <= self.live => Freshness::Live,
            Some(age) if age <= self.delayed => Freshness::Delayed,
            Some(age) if age <= self.stale => Freshness::Stale,
            Some(_) => Freshness::Expired,
        }
    }
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
        .map(|(feed, state)| {
            let age = state.proven_at.map(|proof| now.mono.saturating_duration_since(proof));
            (*feed, Ladder::of(*feed).rung(age))
        })
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
    fn the_ladder_of_tickets_has_the_promised_bounds() {
        let ladder = Ladder::of(Feed::Tickets);
        let rung = |seconds| ladder.rung(Some(Duration::from_secs(seconds)));
        assert_eq!(ladder.rung(None), Freshness::Never);
        assert_eq!(
            [rung(10), rung(11), rung(60), rung(61), rung(900), rung(901)],
            [
                Freshness::Live,
                Freshness::Delayed,
                Freshness::Delayed,
                Freshness::Stale,
                Freshness::Stale,
                Freshness::Expired,
            ]
        );
    }
}
