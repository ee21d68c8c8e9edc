//! The faults of a soak, one after the other: each kind that the reference platform can order.

use std::time::Duration;

use crate::server::{FaultPlan, Faults};

/// What goes wrong this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Streams are cut in the middle.
    Cut,
    /// Nobody answers, and streams are cut.
    Hang,
    /// Every answer is an error, with and without `Retry-After`.
    Status(u16),
    /// Answers are cut in half.
    Broken,
    /// Web pages instead of JSON.
    Portal,
    /// Streams say nothing.
    Silent,
    /// Streams leave out events and do not say so.
    Lossy,
    /// Every answer comes late.
    Slow,
}

/// All of them, in the order in which they come.
pub const ALL: [Trouble; 9] = [
    Trouble::Cut,
    Trouble::Status(503),
    Trouble::Silent,
    Trouble::Broken,
    Trouble::Lossy,
    Trouble::Hang,
    Trouble::Portal,
    Trouble::Slow,
    Trouble::Status(500),
];

impl Trouble {
    /// The name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Trouble::Cut => "cut",
            Trouble::Hang => "hang",
            Trouble::Status(503) => "503",
            Trouble::Status(_) => "500",
            Trouble::Broken => "broken",
            Trouble::Portal => "portal",
            Trouble::Silent => "silent",
            Trouble::Lossy => "lossy",
            Trouble::Slow => "slow",
        }
    }

    /// Switches it on. Streams are cut too, so that it is met at once.
    pub fn begin(self, faults: &Faults) {
        let plan = FaultPlan::default();
        faults.set(match self {
            Trouble::Cut => plan,
            Trouble::Hang => FaultPlan { hang: true, ..plan },
            Trouble::Status(status) => {
                FaultPlan { status: Some((status, u32::MAX, (status == 503).then_some(2))), ..plan }
            }
            Trouble::Broken => FaultPlan { broken_json: true, ..plan },
            Trouble::Portal => FaultPlan { wrong_type: true, ..plan },
            Trouble::Silent => FaultPlan { silent_stream: true, ..plan },
            Trouble::Lossy => FaultPlan { lose_events: 3, ..plan },
            Trouble::Slow => FaultPlan { delay: Some(Duration::from_millis(1_500)), ..plan },
        });
        faults.cut_streams();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_and_changes_something() {
        let mut names: Vec<_> = ALL.iter().map(|trouble| trouble.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}
