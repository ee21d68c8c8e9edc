//! What is known about each feed: last proof, trouble, next try, rejected records. Collects within a step and tells the
//! world at its end; proofs at most four times a second, trouble at once.

use std::time::Duration;

use super::pace::Mono;
use super::{Effect, FeedReport};
use crate::domain::{Feed, Trouble};
use crate::platform::Delivery;
use crate::platform::wire::Reject;

/// Shortest time between two messages that say no more than "still current".
const QUIET: Duration = Duration::from_millis(250);
/// Rejected records quoted.
const MAX_SAMPLES: usize = 8;

#[derive(Debug, Default, Clone, PartialEq)]
struct Known {
    proven_at: Option<Mono>,
    trouble: Option<Trouble>,
    retry_at: Option<Mono>,
}

#[derive(Debug, Default)]
struct Line {
    now: Known,
    told: Known,
    told_at: Option<Mono>,
    rejected: Rejected,
    told_rejected: u64,
    proofs: u64,
    failures: u64,
    /// Refused by the platform since the last look.
    is_withdrawn: bool,
    /// Something was noted since it was last told; only then is it compared with what was told.
    is_touched: bool,
}

/// Records left out since the last complete list.
#[derive(Clone, Debug, Default)]
pub struct Rejected {
    /// How many.
    pub count: u64,
    /// The first few.
    pub samples: Vec<String>,
}

impl Rejected {
    /// Notes one.
    pub fn add(&mut self, reject: &Reject) {
        self.count += 1;
        if self.samples.len() < MAX_SAMPLES {
            self.samples.push(reject.to_string());
        }
    }
}

/// The state of all feeds.
#[derive(Debug, Default)]
pub struct Board {
    lines: [Line; Feed::ALL.len()],
}

impl Board {
    /// The line of a feed, to write on.
    fn line(&mut self, feed: Feed) -> &mut Line {
        let line = &mut self.lines[feed as usize];
        line.is_touched = true;
        line
    }

    /// The feed was proven current at `at`; what troubled it is over.
    pub fn prove(&mut self, feed: Feed, at: Mono) {
        let line = self.line(feed);
        line.now = Known { proven_at: Some(at), trouble: None, retry_at: None };
        line.proofs += 1;
    }

    /// Something is wrong; the last proof stands and ages.
    pub fn trouble(&mut self, feed: Feed, trouble: Trouble, retry_at: Option<Mono>) {
        let line = self.line(feed);
        let is_refused = |trouble: &Option<Trouble>| matches!(trouble, Some(Trouble::Unauthorized { .. }));
        let was_refused = is_refused(&line.now.trouble);
        line.failures += 1;
        line.now.trouble = Some(trouble);
        line.now.retry_at = retry_at;
        line.is_withdrawn |= is_refused(&line.now.trouble) && !was_refused;
    }

    /// What is known about a feed.
    pub fn report(&self, feed: Feed) -> FeedReport {
        let Line { now, rejected, proofs, failures, .. } = &self.lines[feed as usize];
        FeedReport {
            feed,
            proven_at: now.proven_at,
            trouble: now.trouble.clone(),
            retry_at: now.retry_at,
            proofs: *proofs,
            failures: *failures,
            rejected: rejected.count,
            samples: rejected.samples.clone(),
        }
    }

    /// What is wrong with this feed is wrong with all of them.
    pub fn spread(&mut self, from: Feed) {
        let Known { trouble: Some(trouble), retry_at, .. } = self.line(from).now.clone() else { return };
        for feed in Feed::ALL.into_iter().filter(|feed| *feed != from) {
            self.trouble(feed, trouble.clone(), retry_at);
        }
    }

    /// The next feed that the platform has begun to refuse us; its proof is void.
    pub fn take_withdrawn(&mut self) -> Option<Feed> {
        let feed = Feed::ALL.into_iter().find(|feed| self.lines[*feed as usize].is_withdrawn)?;
        let line = self.line(feed);
        line.is_withdrawn = false;
        line.now.proven_at = None;
        Some(feed)
    }

    /// Nothing can be tried before `due`, because of what was wrong before.
    pub fn waits(&mut self, feed: Feed, due: Mono) {
        let line = self.line(feed);
        line.now.retry_at = Some(due);
        line.now.trouble.get_or_insert_with(|| {
            let detail = "the platform asked us to wait, or was tried as often as is allowed".into();
            Trouble::Busy { detail }
        });
    }

    /// The next try is under way; what was wrong stands until something is proven.
    pub fn trying(&mut self, feed: Feed) {
        self.line(feed).now.retry_at = None;
    }

    /// What was wrong is no longer so, though nothing is proven yet.
    pub fn relief(&mut self, feed: Feed) {
        let line = self.line(feed);
        line.now.trouble = None;
        line.now.retry_at = None;
    }

    /// A complete list left these records out.
    pub fn set_rejected(&mut self, feed: Feed, rejected: Rejected) {
        let line = self.line(feed);
        // Told again even if the number is the same: the records may be others.
        line.told_rejected = if rejected.count == 0 { line.told_rejected } else { u64::MAX };
        line.rejected = rejected;
    }

    /// One more record was left out.
    pub fn add_rejected(&mut self, feed: Feed, reject: &Reject) {
        self.line(feed).rejected.add(reject);
    }

    /// Says what is new.
    pub fn tell(&mut self, now: Mono, out: &mut Vec<Effect>) {
        for feed in Feed::ALL {
            let line = &mut self.lines[feed as usize];
            line.is_touched = line.is_touched && line.is_news();
            if !line.is_touched || !line.is_due(now) {
                continue;
            }
            line.told_at = Some(now);
            if line.rejected.count != line.told_rejected {
                line.told_rejected = line.rejected.count;
                let Rejected { count, samples } = line.rejected.clone();
                out.push(Effect::Deliver(Delivery::Rejected { feed, count, samples }));
            }
            if line.now != line.told {
                line.told = line.now.clone();
                let Known { proven_at, trouble, retry_at } = line.now.clone();
                out.push(Effect::Currency { feed, proven_at, trouble, retry_at });
            }
        }
    }

    /// When [`Board::tell`] has something to say, if it has.
    pub fn due_at(&self) -> Option<Mono> {
        let lines = self.lines.iter().filter(|line| line.is_touched && line.is_news());
        lines.map(|line| line.told_at.map_or(Mono::ZERO, |at| at + QUIET)).min()
    }
}

impl Line {
    fn is_news(&self) -> bool {
        self.now != self.told || self.rejected.count != self.told_rejected
    }

    fn is_due(&self, now: Mono) -> bool {
        let is_urgent = self.now.trouble != self.told.trouble
            || self.now.retry_at != self.told.retry_at
            || self.now.proven_at.is_some() != self.told.proven_at.is_some();
        is_urgent || self.told_at.is_none_or(|at| now >= at + QUIET)
    }
}
