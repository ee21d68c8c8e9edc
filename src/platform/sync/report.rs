//! What the core knows about itself, in one piece: for the page of diagnostics and the metrics. No secrets, no records,
//! no persons: counters, positions and reasons.

use super::{Load, Mono, Phase, Stats};
use crate::domain::{Feed, Trouble};
use crate::platform::wire::StreamPosition;

/// The whole core at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The feeds, in the order of [`Feed::ALL`].
    pub feeds: [FeedReport; Feed::ALL.len()],
    /// Counters of the ticket feed and of all requests.
    pub stats: Stats,
    /// How far the ticket feed has come.
    pub phase: Phase,
    /// How much is held.
    pub load: Load,
    /// Codes that stand for nothing we know, so far.
    pub unmapped: u64,
    /// Positions off the globe, so far.
    pub off_globe: u64,
    /// Up to where every change was taken.
    pub position: Option<StreamPosition>,
    /// Count and XOR over the tickets held, as the contract has it; `None` while it cannot be told.
    pub digest: Option<(u64, u64)>,
}

/// One feed at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedReport {
    /// The feed.
    pub feed: Feed,
    /// When it was last proven current.
    pub proven_at: Option<Mono>,
    /// What is wrong now.
    pub trouble: Option<Trouble>,
    /// When the next try is due.
    pub retry_at: Option<Mono>,
    /// How often it was proven current.
    pub proofs: u64,
    /// How often a try came to nothing.
    pub failures: u64,
    /// Records left out since the last complete list.
    pub rejected: u64,
    /// The first few of them.
    pub samples: Vec<String>,
}
