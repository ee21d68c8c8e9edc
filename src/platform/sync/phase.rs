//! How far the ticket feed has come and how much it holds, for diagnostics: a page, a metric, the simulator's coverage.

/// The change stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamPhase {
    /// Not wanted yet.
    Idle,
    /// Waits for the next try.
    Waiting,
    /// Asked for, not answered.
    Opening,
    /// Resumed; what was missed is still coming.
    CatchingUp,
    /// News of now.
    Following,
}

/// The feed of tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phase {
    /// The stream.
    pub stream: StreamPhase,
    /// The complete list is being read.
    pub is_listing: bool,
    /// The wall has a complete list.
    pub is_listed: bool,
}

/// How much is held; each has a bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Changes that wait for the list.
    pub buffered: usize,
    /// Tickets of the list that is being read.
    pub drafted: usize,
    /// Versions held, of tickets that are there and of deleted ones.
    pub versions: usize,
    /// Requests without an answer.
    pub requests: usize,
}
