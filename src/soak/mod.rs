//! `gridwall soak`: the whole program without a window for hours, with the reference platform in the same process and a
//! fault a minute. Prints memory, descriptors, threads and frame times per interval and the slopes of all of them, and
//! compares what the wall holds with what the platform holds after every fault.
//!
//! The number of tickets is kept: the oldest closed ones are deleted as new ones come, or every run would grow with its
//! data. What the platform's database takes is measured and taken off. Partners: `faults.rs`, `line.rs`, `verdict.rs`,
//! `slope.rs`.

pub mod faults;
mod line;
pub mod slope;
mod verdict;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bevy::prelude::*;

use crate::city::Tickets;
use crate::config::{Config, ConfigFile, Embedded, Overrides, SourceConfig};
use crate::domain::TicketId;
use crate::platform::PlatformConfig;
use crate::platform::sync::ledger::mark;
use crate::process::{self, Usage};
use crate::scene::Scenes;
use crate::selection::{Drill, Target};
use crate::server::api::Pace;
use crate::server::{Change, Faults, Running, ServeOptions};
use crate::wall;
use crate::wall::headless::Headless;
use faults::Trouble;
use line::Line;
use verdict::Verdict;

/// Pictures a second, like a wall that is looked at.
const FRAME: Duration = Duration::from_millis(100);
/// How long a fault lasts, at most half of the time between two.
const FAULT_LASTS: Duration = Duration::from_secs(20);
/// Longest time between the end of a fault and equality.
const HEAL_WITHIN: Duration = Duration::from_secs(30);
/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long, hours.
    pub hours: f64,
    /// Platform seconds per real second.
    pub speed: f64,
    /// District of the reference platform.
    pub district: String,
    /// Time between two lines of the table.
    pub interval: Duration,
    /// Time between two faults.
    pub fault_every: Duration,
    /// Print JSON instead of a table.
    pub json: bool,
}

/// Runs it; the exit code says whether memory stayed and every fault healed.
///
/// # Errors
/// If there is no adapter, the platform cannot be started, or the wall does not start.
pub fn run(options: &Options, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let overrides =
        Overrides { district: Some(options.district.clone()), speed: Some(options.speed), ..Overrides::default() };
    let config = Config::resolve(ConfigFile::default(), Path::new("soak"), "", overrides)?;
    let SourceConfig::Embedded(demo) = &config.source else { anyhow::bail!("a soak has a platform of its own") };
    anyhow::ensure!(!crate::graphics::adapters().is_empty(), crate::graphics::NO_ADAPTER);
    let faults = Faults::default();
    let platform = crate::server::start(serve_options(demo, &faults)?)?;
    let link = crate::platform::start(PlatformConfig::new(&platform.url, 1), || ())?;
    let health = link.health.clone();
    let mut wall = wall::headless_wall(&config, link, 960, 540);
    wall.world().resource_mut::<Time<Virtual>>().unpause();
    let mut soak = Soak { wall, platform, faults, frames: Vec::new(), works: Vec::new(), kept: None };
    soak.start().context("the wall did not start")?;

    let begun = Instant::now();
    let end = Duration::from_secs_f64(options.hours * 3600.0);
    let mut lines: Vec<Line> = Vec::new();
    let mut round = 0;
    if !options.json {
        writeln!(out, "{}", line::heading())?;
    }
    while begun.elapsed() < end {
        let until = (begun.elapsed() + options.interval).min(end);
        soak.frames.clear();
        soak.works.clear();
        let mut worst: (&'static str, Option<Duration>) = ("none", Some(Duration::ZERO));
        while begun.elapsed() < until {
            let trouble = faults::ALL[round % faults::ALL.len()];
            let healed = soak.round(round, trouble, options.fault_every)?;
            round += 1;
            // The interval's slowest healing is shown.
            if healed.is_none() || (worst.1.is_some() && healed > worst.1) {
                worst = (trouble.name(), healed);
            }
        }
        let line = soak.line(begun.elapsed(), worst);
        if !options.json {
            writeln!(out, "{}", line.row())?;
        }
        lines.push(line);
        out.flush()?;
    }
    let stats = health.latest().map(|health| health.report.stats).unwrap_or_default();
    let verdict = Verdict::of(&lines);
    if options.json {
        writeln!(out, "{}", verdict.as_json(options, &lines, round))?;
    } else {
        verdict.write(out)?;
        writeln!(
            out,
            "{round} faults, {} virtual hours; {} gaps, {} lists read again, {} digests agreed, {} differed, {} requests",
            (begun.elapsed().as_secs_f64() * options.speed / 3600.0).round(),
            stats.gaps,
            stats.relists,
            stats.digest_matches,
            stats.digest_mismatches,
            stats.requests
        )?;
    }
    Ok(if verdict.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn serve_options(demo: &Embedded, faults: &Faults) -> anyhow::Result<ServeOptions> {
    // Digests come often enough to find what a lossy stream left out within the time to heal.
    let pace = Pace { digest: Duration::from_secs(10), ..Pace::default() };
    Ok(ServeOptions { faults: faults.clone(), pace, ..crate::launch::embedded(demo)? })
}

struct Soak {
    wall: Headless,
    platform: Running,
    faults: Faults,
    /// Times of the frames of this interval, GPU included.
    frames: Vec<Duration>,
    /// What of them the main thread was on a processor, where the system tells.
    works: Vec<Duration>,
    /// How many tickets are kept.
    kept: Option<usize>,
}

impl Soak {
    /// Until everything has arrived.
    fn start(&mut self) -> anyhow::Result<()> {
        let limit = Instant::now() + Duration::from_secs(180);
        while !self.wall.world().resource::<Tickets>().is_complete {
            anyhow::ensure!(Instant::now() < limit, "the tickets did not come within three minutes");
            self.frame()?;
        }
        anyhow::ensure!(self.until_equal()?.is_some(), "wall and platform differ before any fault");
        self.kept = Some(self.wall.world().resource::<Tickets>().by_id.len());
        Ok(())
    }

    /// One fault: its time, its end, and how long the wall then took to hold what the platform holds. `None`: too long.
    fn round(&mut self, number: usize, trouble: Trouble, every: Duration) -> anyhow::Result<Option<Duration>> {
        let begun = Instant::now();
        let scenes = Scenes::default().listed().count();
        self.wall.world().resource_mut::<Scenes>().show_at(number % scenes + 1);
        self.look_around(number);
        trouble.begin(&self.faults);
        let lasts = FAULT_LASTS.min(every / 2);
        while begun.elapsed() < lasts {
            self.frame()?;
        }
        self.faults.clear();
        let healed = self.until_equal()?;
        self.drop_oldest();
        while begun.elapsed() < every {
            self.frame()?;
        }
        Ok(healed)
    }

    /// One frame, and the pause after it.
    fn frame(&mut self) -> anyhow::Result<()> {
        let (started, worked) = (Instant::now(), process::time_on_processor());
        self.wall.update()?;
        let took = started.elapsed();
        self.frames.push(took);
        self.works.extend(process::time_on_processor().zip(worked).map(|(after, before)| after.saturating_sub(before)));
        std::thread::sleep(FRAME.saturating_sub(took));
        Ok(())
    }

    /// Goes into a ticket and back, as operators do.
    fn look_around(&mut self, number: usize) {
        let world = self.wall.world();
        let tickets = world.resource::<Tickets>();
        let target = match tickets.newest.get(number % tickets.newest.len().max(1)) {
            Some(id) if number % 2 == 0 => Target::Ticket(id.clone()),
            _ => Target::District,
        };
        world.trigger(Drill::To(target));
    }

    /// Until the wall's tickets are exactly those that the platform holds or held a moment ago. The platform goes on, so
    /// its last states are remembered.
    fn until_equal(&mut self) -> anyhow::Result<Option<Duration>> {
        let begun = Instant::now();
        let mut seen: Vec<(u64, u64)> = Vec::new();
        let mut ours = Held::default();
        loop {
            for _ in 0..2 {
                let held = self.platform.digest().map(|digest| (digest.count, digest.xor));
                seen.extend(held.filter(|held| seen.last() != Some(held)));
                self.frame()?;
            }
            if seen.len() > 400 {
                seen.drain(..200);
            }
            if seen.contains(&ours.digest(self.wall.world().resource::<Tickets>())) {
                return Ok(Some(begun.elapsed()));
            }
            // A wall that is late is still watched until it is right, so that one fault is not told twice.
            if begun.elapsed() > HEAL_WITHIN * 4 {
                return Ok(None);
            }
        }
    }

    /// Deletes as many of the oldest closed tickets as there are more than at the start.
    fn drop_oldest(&mut self) {
        let Some(kept) = self.kept else { return };
        let tickets = self.wall.world().resource::<Tickets>();
        let surplus = tickets.by_id.len().saturating_sub(kept);
        let mut closed: Vec<_> =
            tickets.by_id.values().filter_map(|ticket| Some((ticket.closed_at?, ticket.id.clone()))).collect();
        closed.sort_unstable();
        let newest = tickets.by_id.values().map(|ticket| ticket.updated_at).max();
        let at = newest.unwrap_or_else(jiff::Timestamp::now);
        let gone: Vec<_> = closed.into_iter().take(surplus).map(|(_, id)| Change::Remove { at, id }).collect();
        if !gone.is_empty() {
            self.platform.change(gone);
        }
    }

    fn line(&mut self, at: Duration, (fault, healed): (&'static str, Option<Duration>)) -> Line {
        self.frames.sort_unstable();
        self.works.sort_unstable();
        let quantile = |share| crate::vitals::quantile(&self.frames, share).unwrap_or_default();
        let (p50, p99) = (quantile(0.5), quantile(0.99));
        Line {
            at,
            usage: Usage::now(),
            platform: self.platform.memory().unwrap_or(0),
            tickets: self.wall.world().resource::<Tickets>().by_id.len(),
            frames: self.frames.len(),
            p50,
            p99,
            work_p99: crate::vitals::quantile(&self.works, 0.99),
            fault,
            healed,
        }
    }
}

/// The digest of what the wall holds, computed from nothing but its tickets. Marks are remembered: most stay.
#[derive(Default)]
struct Held(std::collections::HashMap<TicketId, (u64, u64)>);

impl Held {
    fn digest(&mut self, tickets: &Tickets) -> (u64, u64) {
        let xor = tickets.by_id.values().fold(0, |xor, ticket| {
            let known = self.0.get(&ticket.id).filter(|(ver, _)| *ver == ticket.ver).map(|(_, mark)| *mark);
            let mark = known.unwrap_or_else(|| {
                let mark = mark(&ticket.id, ticket.ver);
                self.0.insert(ticket.id.clone(), (ticket.ver, mark));
                mark
            });
            xor ^ mark
        });
        (tickets.by_id.len() as u64, xor)
    }
}
