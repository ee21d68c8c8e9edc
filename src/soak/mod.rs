//! `gridwall soak`: the whole program without a window for hours, with the reference platform in the same process and a
//! fault a minute. Prints memory, descriptors, threads and frame times per interval and the slopes of all of them, and
//! compares what the wall holds with what the platform holds after every fault.
//!
//! The number of tickets is kept: the oldest closed ones are deleted as new ones come, or every run would grow with its
//! data. What the platform's database takes is measured and taken off. Partner: `slope.rs`, `faults.rs`.

pub mod faults;
pub mod slope;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bevy::prelude::*;
use serde_json::json;

use crate::city::Tickets;
use crate::config::{Config, ConfigFile, Embedded, Overrides, SourceConfig};
use crate::domain::TicketId;
use crate::platform::PlatformConfig;
use crate::platform::sync::ledger::mark;
use crate::process::Usage;
use crate::scene::Scenes;
use crate::selection::{Drill, Target};
use crate::server::api::Pace;
use crate::server::{Change, Faults, Running, ServeOptions};
use crate::wall;
use crate::wall::headless::Headless;
use faults::Trouble;
use slope::Slope;

/// Pictures a second, like a wall that is looked at.
const FRAME: Duration = Duration::from_millis(100);
/// How long a fault lasts, at most half of the time between two.
const FAULT_LASTS: Duration = Duration::from_secs(20);
/// Longest time between the end of a fault and equality.
const HEAL_WITHIN: Duration = Duration::from_secs(30);
/// Memory may grow by this much an hour, MiB.
const MAX_GROWTH: f64 = 1.0;
/// This share of the run warms caches and allocators up and is not judged.
const WARM_UP: f64 = 0.25;
/// What grows is judged only over so many hours after the warm-up: allocators and caches take steps, and a step is a
/// steep slope in a short run.
const MIN_SPAN: f64 = 1.0;
/// The last hour's slowest frames may be slower than the first hour's by this factor.
const MAX_SLOWER: f64 = 1.1;

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

/// One line of the table.
#[derive(Clone, Debug)]
struct Line {
    at: Duration,
    usage: Usage,
    platform: u64,
    tickets: usize,
    frames: usize,
    p50: Duration,
    p99: Duration,
    fault: &'static str,
    healed: Option<Duration>,
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
    let mut soak = Soak { wall, platform, faults, frames: Vec::new(), kept: None };
    soak.start().context("the wall did not start")?;

    let begun = Instant::now();
    let end = Duration::from_secs_f64(options.hours * 3600.0);
    let mut lines: Vec<Line> = Vec::new();
    let mut round = 0;
    if !options.json {
        writeln!(out, "{}", heading())?;
    }
    while begun.elapsed() < end {
        let until = (begun.elapsed() + options.interval).min(end);
        soak.frames.clear();
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
            writeln!(out, "{}", row(&line))?;
        }
        lines.push(line);
        out.flush()?;
    }
    let stats = health.latest().map(|health| health.report.stats).unwrap_or_default();
    let verdict = Verdict::of(&lines);
    if options.json {
        writeln!(out, "{}", as_json(options, &lines, &verdict, round))?;
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
        let started = Instant::now();
        self.wall.update()?;
        let took = started.elapsed();
        self.frames.push(took);
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

const MIB: f64 = (1 << 20) as f64;

fn heading() -> String {
    format!(
        "{:>8} {:>9} {:>9} {:>9} {:>5} {:>4} {:>8} {:>6} {:>9} {:>9}  healed",
        "h", "RSS MiB", "PSS MiB", "wall MiB", "files", "thr", "tickets", "frames", "p50 ms", "p99 ms"
    )
}

impl Line {
    fn hours(&self) -> f64 {
        self.at.as_secs_f64() / 3600.0
    }

    /// Memory of the wall: of the process without the platform's database, MiB. Not the proportional memory, which changes
    /// when somebody else starts or ends the same program.
    fn wall_mib(&self) -> Option<f64> {
        let memory = self.usage.resident.or(self.usage.proportional)?;
        Some(memory.saturating_sub(self.platform) as f64 / MIB)
    }
}

fn row(line: &Line) -> String {
    let mib = |bytes: Option<u64>| bytes.map_or_else(|| "—".into(), |bytes| format!("{:.1}", bytes as f64 / MIB));
    let of = |count: Option<u64>| count.map_or_else(|| "—".to_owned(), |count| count.to_string());
    format!(
        "{:>8.3} {:>9} {:>9} {:>9} {:>5} {:>4} {:>8} {:>6} {:>9.2} {:>9.2}  {} {}",
        line.hours(),
        mib(line.usage.resident),
        mib(line.usage.proportional),
        line.wall_mib().map_or_else(|| "—".into(), |wall| format!("{wall:.1}")),
        of(line.usage.descriptors),
        of(line.usage.threads),
        line.tickets,
        line.frames,
        line.p50.as_secs_f64() * 1e3,
        line.p99.as_secs_f64() * 1e3,
        line.fault,
        line.healed.map_or_else(|| "NOT".into(), |healed| format!("{:.1} s", healed.as_secs_f64())),
    )
}

/// What the lines mean.
struct Verdict {
    slopes: Vec<(&'static str, &'static str, Option<Slope>)>,
    faults: Vec<String>,
    /// What the run is too short to say.
    unjudged: Vec<String>,
}

impl Verdict {
    fn of(lines: &[Line]) -> Self {
        let end = lines.last().map_or(0.0, Line::hours);
        let warm: Vec<&Line> = lines.iter().filter(|line| line.hours() > end * WARM_UP).collect();
        let slope = |pick: &dyn Fn(&Line) -> Option<f64>| {
            let points: Vec<_> = warm.iter().filter_map(|line| Some((line.hours(), pick(line)?))).collect();
            Slope::of(&points)
        };
        let memory = slope(&Line::wall_mib);
        let files = slope(&|line| line.usage.descriptors.map(|count| count as f64));
        let threads = slope(&|line| line.usage.threads.map(|count| count as f64));
        let (mut faults, mut unjudged) = (Vec::new(), Vec::new());
        let grows = |slope: Option<Slope>, limit| {
            slope.is_some_and(|slope: Slope| slope.span >= MIN_SPAN && slope.is_above(limit))
        };
        if grows(memory, MAX_GROWTH) {
            faults.push(format!("memory grows by more than {MAX_GROWTH} MiB an hour"));
        }
        if grows(files, 1.0) || grows(threads, 1.0) {
            faults.push("descriptors or threads grow".into());
        }
        let span = memory.map_or(0.0, |slope| slope.span);
        if span < MIN_SPAN {
            unjudged.push(format!(
                "whether anything grows: {span:.2} h after the warm-up, {MIN_SPAN} h are needed (a run of {:.1} h)",
                MIN_SPAN / (1.0 - WARM_UP) + 0.1
            ));
        }
        match slower(lines, end) {
            Some(factor) if factor > MAX_SLOWER => {
                faults.push(format!("the last hour's p99 of frames is {factor:.2} times the first hour's"));
            }
            Some(_) => {}
            None => unjudged.push("whether frames get slower: two hours are needed".into()),
        }
        for line in lines.iter().filter(|line| line.healed.is_none_or(|healed| healed > HEAL_WITHIN)) {
            faults.push(format!("wall and platform were not equal within {HEAL_WITHIN:?} after `{}`", line.fault));
        }
        let ms = |time: Duration| Some(time.as_secs_f64() * 1e3);
        let slopes = vec![
            ("memory of the wall", "MiB/h", memory),
            ("memory (PSS)", "MiB/h", slope(&|line| line.usage.proportional.map(|bytes| bytes as f64 / MIB))),
            ("descriptors", "/h", files),
            ("threads", "/h", threads),
            ("frame p50", "ms/h", slope(&|line| ms(line.p50))),
            ("frame p99", "ms/h", slope(&|line| ms(line.p99))),
        ];
        Self { slopes, faults, unjudged }
    }

    fn is_good(&self) -> bool {
        self.faults.is_empty()
    }

    fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        writeln!(out, "slopes after the first quarter (Theil–Sen) and where they lie with 95 % certainty:")?;
        for (what, unit, slope) in &self.slopes {
            match slope {
                Some(slope) => {
                    writeln!(out, "  {what:<22} {:>10.2} [{:.2}, {:.2}] {unit}", slope.per_x, slope.low, slope.high)?;
                }
                None => writeln!(out, "  {what:<22} {:>10} too few lines", "—")?,
            }
        }
        for what in &self.unjudged {
            writeln!(out, "NOT JUDGED: {what}")?;
        }
        for fault in &self.faults {
            writeln!(out, "FAILED: {fault}")?;
        }
        Ok(())
    }
}

/// How much slower the slowest frames of the last hour are than those of the first, by the medians of their intervals;
/// `None` for less than two hours.
fn slower(lines: &[Line], end: f64) -> Option<f64> {
    let median = |is_in: &dyn Fn(&Line) -> bool| {
        let mut times: Vec<_> = lines.iter().filter(|line| is_in(line)).map(|line| line.p99).collect();
        times.sort_unstable();
        crate::vitals::quantile(&times, 0.5)
    };
    let (first, last) = (median(&|line| line.hours() <= 1.0)?, median(&|line| line.hours() > end - 1.0)?);
    (end >= 2.0 && !first.is_zero()).then(|| last.as_secs_f64() / first.as_secs_f64())
}

fn as_json(options: &Options, lines: &[Line], verdict: &Verdict, faults: usize) -> serde_json::Value {
    let lines: Vec<_> = lines
        .iter()
        .map(|line| {
            json!({ "hours": line.hours(), "rss": line.usage.resident, "pss": line.usage.proportional,
                    "platform": line.platform, "wall_mib": line.wall_mib(), "descriptors": line.usage.descriptors,
                    "threads": line.usage.threads, "tickets": line.tickets, "frames": line.frames,
                    "p50_ms": line.p50.as_secs_f64() * 1e3, "p99_ms": line.p99.as_secs_f64() * 1e3,
                    "fault": line.fault, "healed_s": line.healed.map(|healed| healed.as_secs_f64()) })
        })
        .collect();
    let slopes: Vec<_> = verdict
        .slopes
        .iter()
        .map(|(what, unit, slope)| {
            json!({ "what": what, "unit": unit, "per_hour": slope.map(|slope| slope.per_x),
                    "low": slope.map(|slope| slope.low), "high": slope.map(|slope| slope.high),
                    "span_h": slope.map(|slope| slope.span) })
        })
        .collect();
    json!({ "hours": options.hours, "speed": options.speed, "district": options.district, "faults": faults,
            "lines": lines, "slopes": slopes, "failed": verdict.faults, "not_judged": verdict.unjudged })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(grow: f64, healed: Option<Duration>) -> Vec<Line> {
        run(120, grow, healed)
    }

    fn run(minutes: u64, grow: f64, healed: Option<Duration>) -> Vec<Line> {
        (1..=minutes)
            .map(|minute| Line {
                at: Duration::from_secs(60 * minute),
                usage: Usage {
                    proportional: Some(500 << 20),
                    // The last digits are noise.
                    resident: Some(((400.0 + grow * minute as f64 / 60.0) * MIB) as u64 + minute * 7_919 % 50_000),
                    descriptors: Some(60 + minute % 3),
                    threads: Some(20),
                },
                platform: 100 << 20,
                tickets: 1_000,
                frames: 600,
                p50: Duration::from_millis(9),
                p99: Duration::from_millis(20),
                fault: "cut",
                healed,
            })
            .collect()
    }

    #[test]
    fn a_leak_and_a_wall_that_stays_wrong_are_told() {
        let healed = Some(Duration::from_secs(2));
        assert!(Verdict::of(&lines(0.5, healed)).is_good());
        let leak = Verdict::of(&lines(3.0, healed));
        assert!(!leak.is_good() && leak.faults[0].contains("memory grows"), "{:?}", leak.faults);
        assert!(!Verdict::of(&lines(0.0, None)).is_good());
        assert!(!Verdict::of(&lines(0.0, Some(Duration::from_secs(31)))).is_good());
        let short = Verdict::of(&run(40, 30.0, healed));
        assert!(short.is_good() && short.unjudged[0].contains("0.48 h after"), "{:?}", short.unjudged);
        let mut slow = lines(0.0, healed);
        assert!(Verdict::of(&slow).unjudged.is_empty());
        slow.iter_mut().rev().take(60).for_each(|line| line.p99 = Duration::from_millis(23));
        assert!(Verdict::of(&slow).faults[0].contains("1.15 times"));
        let mut text = Vec::new();
        leak.write(&mut text).unwrap();
        assert!(String::from_utf8(text).unwrap().contains("FAILED"));
        assert_eq!(row(&lines(0.0, None)[0]).matches("NOT").count(), 1);
    }
}
