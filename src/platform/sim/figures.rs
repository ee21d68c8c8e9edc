//! What many runs add up to: how much was tried, how long healing takes, which faults struck in which state.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use super::schedule::KINDS;
use super::world::World;
use crate::platform::sync::{Phase, Stats};

/// Sums over runs.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Runs.
    pub runs: u64,
    /// Virtual time.
    pub time: Duration,
    /// States in which faults struck.
    pub covered: BTreeSet<(Option<Phase>, usize)>,
    /// Seconds from healing to all feeds live, how often.
    pub healed: Vec<u64>,
    /// Milliseconds of the first pause after a failure, of each run that had one.
    pub pauses: Vec<u64>,
    /// Processes started, files saved, feeds that came back from the disk.
    pub lives: u64,
    /// Saves tried.
    pub saves: u64,
    /// Feeds recalled.
    pub recalled: u64,
    /// Seeds that failed, and how, if the run goes on then.
    pub failed: Vec<(u64, String)>,
    /// The counters of the cores that lived to the end.
    pub stats: Stats,
}

impl Figures {
    /// Adds a finished run.
    pub fn add(&mut self, world: &World) {
        self.runs += 1;
        self.time += world.now;
        self.covered.extend(world.covered.iter().copied());
        if let Some(after) = world.healed_after {
            let second = after.as_secs() as usize;
            self.healed.resize(self.healed.len().max(second + 1), 0);
            self.healed[second] += 1;
        }
        self.pauses.extend(world.first_pause.map(|pause| pause.as_millis() as u64));
        self.lives += u64::from(world.lives);
        self.saves += world.saves;
        self.recalled += world.recalled;
        if let Some(client) = &world.client {
            self.add_stats(client.core.stats());
        }
    }

    /// Adds another sum.
    pub fn join(mut self, other: Self) -> Self {
        self.runs += other.runs;
        self.time += other.time;
        self.covered.extend(other.covered);
        self.healed.resize(self.healed.len().max(other.healed.len()), 0);
        other.healed.iter().enumerate().for_each(|(second, count)| self.healed[second] += count);
        self.pauses.extend(other.pauses);
        self.lives += other.lives;
        self.saves += other.saves;
        self.recalled += other.recalled;
        self.failed.extend(other.failed);
        self.add_stats(other.stats);
        self
    }

    fn add_stats(&mut self, other: Stats) {
        let sum = &mut self.stats;
        sum.outdated += other.outdated;
        sum.repeated += other.repeated;
        sum.gaps += other.gaps;
        sum.relists += other.relists;
        sum.digest_mismatches += other.digest_mismatches;
        sum.stale_lists += other.stale_lists;
        sum.broken_events += other.broken_events;
        sum.requests += other.requests;
    }

    /// How far a run has come, on one line.
    pub fn short(&self) -> String {
        let hours = self.time.as_secs_f64() / 3600.0;
        let (runs, pairs, failed) = (self.runs, self.covered.len(), self.failed.len());
        format!("{runs} schedules, {hours:.0} virtual hours, {pairs} pairs, {failed} failed")
    }

    /// The second within which this share of the runs had healed.
    pub fn healed_within(&self, share: f64) -> usize {
        let all: u64 = self.healed.iter().sum();
        let mut sum = 0;
        let within = |count: &u64| {
            sum += count;
            sum as f64 >= all as f64 * share
        };
        self.healed.iter().position(within).map_or(0, |second| second + 1)
    }

    /// True if the first pauses of different runs are spread, as jitter must spread them.
    pub fn are_pauses_spread(&self) -> bool {
        let distinct: BTreeSet<_> = self.pauses.iter().collect();
        distinct.len() * 4 > self.pauses.len().min(400)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let states: BTreeSet<_> = self.covered.iter().map(|(state, _)| state).collect();
        writeln!(f, "{} schedules, {:.0} virtual hours", self.runs, self.time.as_secs_f64() / 3600.0)?;
        writeln!(
            f,
            "{} distinct pairs of state and fault ({} states x {KINDS} kinds of fault)",
            self.covered.len(),
            states.len()
        )?;
        writeln!(
            f,
            "healed: half within {} s, 99 % within {} s, all within {} s",
            self.healed_within(0.5),
            self.healed_within(0.99),
            self.healed_within(1.0)
        )?;
        writeln!(f, "{} processes, {} saves, {} feeds recalled from disk", self.lives, self.saves, self.recalled)?;
        write!(f, "{:?}", self.stats)
    }
}
