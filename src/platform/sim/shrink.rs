//! Makes a failing schedule short: leaves out steps, halves first and single ones last, as long as the same promise is
//! broken. Deterministic, so what is left can be replayed.

use super::planted::Planted;
use super::schedule::Schedule;
use super::world::World;

/// Runs tried at most.
const MOST: usize = 4_000;

/// The shortest schedule found that breaks the same promise.
pub fn shrink(schedule: &Schedule, planted: Option<Planted>, rule: &str) -> Schedule {
    let mut best = schedule.clone();
    let mut tried = 0;
    let mut still_fails = |candidate: &Schedule| {
        tried += 1;
        tried <= MOST && run(candidate, planted).is_some_and(|found| found == rule)
    };
    let mut size = (best.steps.len() / 2).max(1);
    loop {
        let mut at = 0;
        let mut is_shorter = false;
        while at < best.steps.len() {
            let mut candidate = best.clone();
            candidate.steps.drain(at..(at + size).min(best.steps.len()));
            if still_fails(&candidate) {
                best = candidate;
                is_shorter = true;
            } else {
                at += size;
            }
        }
        match size {
            1 if !is_shorter => return best,
            1 => {}
            _ => size = (size / 2).max(1),
        }
    }
}

/// The promise that a run breaks, if it breaks one.
pub fn run(schedule: &Schedule, planted: Option<Planted>) -> Option<&'static str> {
    let run = || {
        let mut world = World::new(schedule.seed, planted);
        world.run(schedule);
        world.broken.map(|violation| violation.rule)
    };
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or(Some("I8 no panic"))
}
