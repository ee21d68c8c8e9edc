//! The schedules, the planted defects, and the simulator's own soundness.

use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::figures::Figures;
use super::planted::Planted;
use super::schedule::Schedule;
use super::shrink::{run, shrink};
use super::story::tell;
use super::world::World;

/// Schedules in one test run; `SIM_RUNS` says otherwise.
const RUNS: u64 = 40_000;
/// A planted defect must be caught within so many schedules.
const CAUGHT_WITHIN: u64 = 10_000;

/// As many as `SIM_PLANTED` says, for a quick look.
fn caught_within() -> u64 {
    number("SIM_PLANTED").unwrap_or(CAUGHT_WITHIN)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// One run; the figures of many, or the seed that failed and the promise it broke.
fn simulate(seed: u64) -> Result<World, (u64, String)> {
    let run = || {
        let schedule = Schedule::draw(seed);
        let mut world = World::new(seed, None);
        world.run(&schedule);
        world
    };
    match std::panic::catch_unwind(run) {
        Ok(World { broken: Some(violation), .. }) => Err((seed, violation.to_string())),
        Ok(world) => Ok(world),
        Err(_) => Err((seed, "I8 no panic".into())),
    }
}

#[test]
fn every_promise_holds_in_every_schedule() {
    if let Some(seed) = number("SIM_SEED") {
        let schedule = Schedule::draw(seed);
        if let Some(rule) = run(&schedule, None) {
            panic!("{}", tell(&shrink(&schedule, None, rule), None));
        }
        eprintln!("{}", tell(&schedule, None));
        return;
    }
    let (from, runs) = (number("SIM_FROM").unwrap_or(0), number("SIM_RUNS").unwrap_or(RUNS));
    let start = Instant::now();
    let goes_on = number("SIM_GO_ON").is_some();
    let one = |mut figures: Figures, seed| {
        match simulate(seed) {
            Ok(world) => figures.add(&world),
            Err((seed, what)) if goes_on => {
                eprintln!("SIM_SEED={seed}: {what}");
                figures.failed.push((seed, what));
            }
            Err((seed, _)) => return Err(seed),
        }
        Ok(figures)
    };
    // In parts, so that a long run that is cut short has told how far it came.
    let mut all = Ok(Figures::default());
    for begin in (from..from + runs).step_by(RUNS as usize) {
        let part = (begin..(begin + RUNS).min(from + runs)).into_par_iter().try_fold(Figures::default, one);
        let part = part.try_reduce(Figures::default, |one, other| Ok(one.join(other)));
        all = all.and_then(|sum| Ok(sum.join(part?)));
        match &all {
            Ok(figures) if runs > RUNS => eprintln!("{} in {:?}", figures.short(), start.elapsed()),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    match all {
        Ok(figures) => {
            eprintln!("{figures}\nin {:?}", start.elapsed());
            figures.failed.iter().for_each(|(seed, what)| eprintln!("SIM_SEED={seed}: {what}"));
            assert!(figures.failed.is_empty(), "{} schedules failed", figures.failed.len());
            if runs >= 1_000 {
                assert!(figures.are_pauses_spread(), "the pauses are not spread");
                // The faults must have happened, or nothing is proven.
                let stats = figures.stats;
                assert!(stats.gaps > runs / 10 && stats.relists > runs / 10 && stats.digest_mismatches > runs / 100);
                assert!(figures.recalled > runs / 10 && figures.covered.len() > 200, "{figures}");
            }
        }
        Err(seed) => {
            let schedule = Schedule::draw(seed);
            let rule = run(&schedule, None).unwrap_or("it does not fail again");
            panic!("SIM_SEED={seed}: {rule}\n{}", tell(&shrink(&schedule, None, rule), None));
        }
    }
}

#[test]
fn every_planted_defect_is_caught() {
    let caught = |planted: &Planted| {
        if *planted == Planted::NoJitter {
            // Nothing is wrong with any one wall.
            let mut figures = Figures::default();
            let until_caught = (0..caught_within()).find(|seed| {
                let mut world = World::new(*seed, Some(*planted));
                world.run(&Schedule::draw(*seed));
                figures.add(&world);
                figures.pauses.len() >= 20 && !figures.are_pauses_spread()
            });
            return (*planted, until_caught.map(|seed| (seed, "jitter")));
        }
        let find = |seed| run(&Schedule::draw(seed), Some(*planted)).map(|rule| (seed, rule));
        (*planted, (0..caught_within()).find_map(find))
    };
    let caught: Vec<_> = Planted::ALL.par_iter().map(caught).collect();
    let mut sum = 0;
    for (planted, found) in &caught {
        match found {
            Some((seed, rule)) => {
                eprintln!("{planted:?}: caught by schedule {} ({rule})", seed + 1);
                sum += seed + 1;
            }
            None => eprintln!("{planted:?}: NOT CAUGHT"),
        }
    }
    eprintln!("{} planted, {} schedules on average", caught.len(), sum / caught.len() as u64);
    assert!(caught.iter().all(|(_, found)| found.is_some()));
}

#[test]
fn the_same_seed_is_the_same_run() {
    let trace = |seed| {
        let mut world = World::new(seed, None);
        world.is_traced = true;
        world.run(&Schedule::draw(seed));
        super::machine::hash(world.log.join("\n").as_bytes())
    };
    for seed in 0..40 {
        assert_eq!(trace(seed), trace(seed), "SIM_SEED={seed}");
    }
}

/// A platform asks the wall to stay away for ten minutes; the machine sleeps, and its only clock that goes on in sleep is
/// set back when it wakes: the ten minutes become longer, and no clock tells of it.
#[test]
fn a_sleep_that_no_clock_tells_of_is_no_broken_promise() {
    let world = simulate(100_003_943).unwrap_or_else(|(seed, what)| panic!("SIM_SEED={seed}: {what}"));
    assert!(world.client.is_some_and(|client| client.unnoticed() > Duration::from_secs(60)));
}

/// The same with what is on the wall: it is older by that sleep than any clock says.
#[test]
fn what_is_live_is_older_by_a_sleep_that_no_clock_tells_of() {
    let seeds = [503_546_127, 503_917_405, 505_686_775, 509_189_465, 509_295_071, 509_341_443, 509_605_029];
    let untold = seeds.map(|seed| match simulate(seed) {
        Ok(world) => world.untold_sleep,
        Err((seed, what)) => panic!("SIM_SEED={seed}: {what}"),
    });
    // A process that starts again later knows its ages anew.
    assert!(untold[0] > Duration::from_secs(10), "{untold:?}");
}

/// What a clogged stream held back was as old as the clog was long when it came, and still is when it is saved later.
#[test]
fn what_came_out_of_a_clog_is_no_lie_when_it_is_saved() {
    let world = simulate(200_082_967).unwrap_or_else(|(seed, what)| panic!("SIM_SEED={seed}: {what}"));
    assert!(world.saves > 0);
}

/// The stream's refusal is held up for so long that the wall has given up the connection: it was never told.
#[test]
fn a_refusal_that_comes_when_nobody_waits_obliges_nobody() {
    let world = simulate(501_562_343).unwrap_or_else(|(seed, what)| panic!("SIM_SEED={seed}: {what}"));
    assert!(world.saves > 0);
}

/// Two clogs reach beyond healing, one longer than the other: what the first held back comes some twenty seconds later,
/// and only then does the silence begin by which the wall finds that the rest does not come.
#[test]
fn a_stream_is_well_when_it_has_brought_what_was_held_back() {
    for seed in [502_940_306, 503_791_395, 504_174_974, 504_695_675, 509_652_346] {
        let world = simulate(seed).unwrap_or_else(|(seed, what)| panic!("SIM_SEED={seed}: {what}"));
        let late = world.held_back_until.saturating_sub(world.recovered.0);
        assert!(late > super::oracle::ON_THE_WAY, "{seed}: {late:?}");
    }
}

/// Asked to stay away from the list for ten minutes, the wall forgot it when the stream made it begin the list anew; and
/// counted the try that it had planned and never made, so that it stayed away when it might have come. Refused and let in
/// again, it forgot what the figures had asked for.
#[test]
fn a_pause_that_was_asked_for_is_kept_whatever_happens_meanwhile() {
    for seed in [25, 224, 1_907, 300_048_929] {
        if let Err((seed, what)) = simulate(seed) {
            panic!("SIM_SEED={seed}: {what}");
        }
    }
}

#[test]
fn a_failure_shrinks_to_a_short_story() {
    let (seed, rule) = (0..1_000)
        .find_map(|seed| run(&Schedule::draw(seed), Some(Planted::ResumeFromReceived)).map(|rule| (seed, rule)))
        .expect("it is caught");
    let long = Schedule::draw(seed);
    let short = shrink(&long, Some(Planted::ResumeFromReceived), rule);
    let story = tell(&short, Some(Planted::ResumeFromReceived));
    assert!(short.steps.len() < 20 && short.steps.len() < long.steps.len(), "{story}");
    assert!(story.contains(rule) && story.contains(&format!("SIM_SEED={seed}")), "{story}");
}
