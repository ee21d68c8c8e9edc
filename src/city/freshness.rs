//! Freshness per feed: LIVE, DELAYED, STALE, EXPIRED, NEVER, computed from proofs of currency on the monotonic clock.
//!
//! A feed is as fresh as its last proof (an event, a bookmark, a complete list); a connection proves nothing. Partner:
//! `receive.rs`, which stores the proofs.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bevy::prelude::*;

use super::Now;
use crate::domain::{Feed, Trouble};

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
