//! How many ticket changes a frame takes in. A frame in which the clock ticks and panels are drawn leaves nearly all of
//! them to the next ones, and those share them out, so that no frame of a flood is much longer than the others.

use std::time::Duration;

use bevy::prelude::Resource;

/// How much one frame may take in.
#[derive(Resource, Clone, Copy, Debug)]
pub struct RecordBudget {
    /// Ticket changes per frame.
    pub records: usize,
    /// Time per frame; checked between records.
    pub time: Duration,
    /// Ticket changes in a frame in which the clock ticks and panels are drawn.
    pub records_at_tick: usize,
    /// Ticket changes that each of the next frames may take in at least.
    pub records_after_tick: usize,
}

impl Default for RecordBudget {
    fn default() -> Self {
        Self { records: 2_048, time: Duration::from_micros(1_000), records_at_tick: 16, records_after_tick: 128 }
    }
}

/// So many frames share out what a tick has left over.
const SHARED_BY: u8 = 6;

/// What this frame may still take in, and what frames took in of late.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    most: usize,
    taken: usize,
    /// A running mean of what frames take in that nothing holds back.
    usual: usize,
    /// Frames that still share what the last tick has left over.
    sharing: u8,
    is_usual: bool,
}

impl Pace {
    /// Another frame.
    pub fn begin(&mut self, budget: &RecordBudget, is_tick: bool) {
        if self.is_usual {
            self.usual = (3 * self.usual + self.taken) / 4;
        }
        self.taken = 0;
        self.sharing = if is_tick { SHARED_BY } else { self.sharing.saturating_sub(1) };
        self.is_usual = self.sharing == 0;
        let most = match (is_tick, self.is_usual) {
            (true, _) => budget.records_at_tick,
            (false, true) => budget.records,
            // A third more than comes in anyway.
            (false, false) => (self.usual * 4 / 3).max(budget.records_after_tick),
        };
        self.most = most.min(budget.records);
    }

    /// Counts one change that was taken in; true if there may be another.
    pub fn takes_another(&mut self) -> bool {
        self.taken += 1;
        self.taken < self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each of so many frames takes in when so many changes come in each, and what is left at the end. The clock
    /// ticks in every sixtieth.
    fn taken(frames: usize, each: usize) -> (Vec<usize>, usize) {
        let (mut pace, mut waiting, mut all) = (Pace::default(), 0, Vec::new());
        for frame in 0..frames {
            waiting += each;
            pace.begin(&RecordBudget::default(), frame % 60 == 30);
            let mut taken = 0;
            while taken < waiting {
                taken += 1;
                if !pace.takes_another() {
                    break;
                }
            }
            waiting -= taken;
            all.push(taken);
        }
        (all, waiting)
    }

    #[test]
    fn what_a_tick_leaves_over_is_shared_out() {
        let (taken, waiting) = taken(300, 167);
        assert_eq!(waiting, 0);
        assert_eq!(taken[210], 16);
        let after = &taken[211..217];
        assert!(after.iter().all(|taken| *taken <= 167 * 4 / 3), "{after:?}");
        assert_eq!(after.iter().sum::<usize>(), 6 * 167 + 167 - 16, "within the sixth nothing waits");
        assert!(taken[217..270].iter().all(|taken| *taken == 167));
    }

    #[test]
    fn a_few_changes_wait_for_one_frame_at_most_and_a_burst_is_taken_soon() {
        let (few, _) = taken(300, 50);
        assert_eq!(few[210..213], [16, 84, 50]);
        // A burst between ticks is not held back.
        let mut pace = Pace::default();
        pace.begin(&RecordBudget::default(), false);
        assert_eq!((0..).take_while(|_| pace.takes_another()).count(), 2_047);
    }
}
