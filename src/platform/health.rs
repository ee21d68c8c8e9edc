//! The state of the platform thread for whoever wants to look: taken once a second, read from any thread, never waited for.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::sync::{FeedReport, Mono, Report};
use crate::domain::Feed;

/// One look at the platform thread.
#[derive(Clone, Debug)]
pub struct Health {
    /// When it was taken.
    pub at: Instant,
    /// The same moment in the core's own time.
    pub now: Mono,
    /// What the core knew then.
    pub report: Report,
}

impl Health {
    /// What is known of a feed.
    pub fn feed(&self, feed: Feed) -> &FeedReport {
        // The array holds every feed.
        self.report.feeds.iter().find(|it| it.feed == feed).unwrap_or(&self.report.feeds[0])
    }

    /// How long ago a feed was proven current; `None` if it never was.
    pub fn age(&self, feed: Feed, now: Instant) -> Option<Duration> {
        let proven_at = self.feed(feed).proven_at?;
        Some(self.now.saturating_sub(proven_at) + now.saturating_duration_since(self.at))
    }

    /// How long until the next try of a feed, if one is due.
    pub fn retry_in(&self, feed: Feed, now: Instant) -> Option<Duration> {
        let retry_at = self.feed(feed).retry_at?;
        Some(retry_at.saturating_sub(self.now).saturating_sub(now.saturating_duration_since(self.at)))
    }
}

/// Where the latest look hangs. Clones show the same.
#[derive(Clone, Debug, Default)]
pub struct HealthBoard(Arc<Mutex<Option<Arc<Health>>>>);

impl HealthBoard {
    /// The latest look; `None` before the first.
    pub fn latest(&self) -> Option<Arc<Health>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Hangs up a new one.
    pub fn hang(&self, health: Health) {
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(Arc::new(health));
    }
}
