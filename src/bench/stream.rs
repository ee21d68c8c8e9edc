//! `gridwall bench stream`: what a flood of ticket changes does to the wall. The reference platform in this process sends
//! them over real HTTP, at a steady rate; the wall runs off screen at 60 frames a second and draws a small picture, so that
//! a software adapter leaves the processor to what is measured. Said are the main thread's frames without changes and
//! with them, the time from a change at the platform to the end of the frame that carries it, what was lost, and the
//! processor time of the wall's own threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use crossbeam_channel::{Receiver, Sender, unbounded};
use jiff::Timestamp;

use super::rig::{self, LIMIT};
use super::{Row, Table};
use crate::city::Tickets;
use crate::config::Overrides;
use crate::domain::{Stage, Ticket, TicketId};
use crate::server::serve::{self, Content, ServeOptions};
use crate::server::{Change, Running};
use crate::wall::frame_times::FrameTimes;
use crate::wall::headless::Headless;

/// The reference platform's seed.
const SEED: u64 = 1;
/// Frames a second.
const HERTZ: f64 = 60.0;
/// Changes come so far apart, as many at once as the rate asks for.
const TURN: Duration = Duration::from_millis(5);
/// Stages that the changed tickets go to in turn, so that all counts have work.
const STAGES: [Stage; 4] = [Stage::Dispatch, Stage::Handle, Stage::Feedback, Stage::Verify];
/// Seconds without changes before.
const QUIET_S: f64 = 10.0;

/// How much, how long.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Changes a second.
    pub rate: u32,
    /// Seconds of them.
    pub seconds: u32,
}

/// One change of each turn is followed to its frame.
struct Probe {
    id: TicketId,
    ver: u64,
    sent: Instant,
}

/// Measures. `started` is when the process began.
///
/// # Errors
/// If there is no adapter, or not everything arrives.
pub fn run(options: Options, started: Instant) -> anyhow::Result<Table> {
    let at = rig::moment()?;
    let content = Content::Synthetic { spec: rig::DISTRICT.parse()?, seed: SEED, db: None };
    let platform = serve::start(ServeOptions { at: Some(at), ..ServeOptions::local(content) })?;
    let source = Overrides { platform: Some(platform.url.clone()), ..Default::default() };
    let (mut wall, _) = rig::wall_on(source, (320, 200))?;
    rig::wait(&mut wall, started)?;
    let mut tickets: Vec<Ticket> = wall.world().resource::<Tickets>().by_id.values().cloned().collect();
    tickets.sort_by(|a, b| a.id.cmp(&b.id));

    let mut table = Table::default();
    let (probes, never) = (Vec::new(), AtomicBool::new(true));
    let before = ThreadTimes::now();
    frames(&mut wall, &mut Latencies { probes, took: Vec::new() }, &crossbeam_channel::never(), &never, QUIET_S)?;
    let quiet = ThreadTimes::now().since(&before, QUIET_S);
    table.rows.extend(main_thread(&mut wall, "a frame without changes"));

    let (sender, sent) = unbounded();
    let done = Arc::new(AtomicBool::new(false));
    let mut latencies = Latencies { probes: Vec::new(), took: Vec::new() };
    let before = ThreadTimes::now();
    let begun = Instant::now();
    let feeder = feed(platform, tickets, options, at, sender, done.clone())?;
    frames(&mut wall, &mut latencies, &sent, &done, 0.0)?;
    let flooded = ThreadTimes::now().since(&before, begun.elapsed().as_secs_f64());
    table.rows.extend(main_thread(&mut wall, &format!("a frame under {} changes a second", options.rate)));
    let (_platform, tickets, count) = feeder.join().map_err(|_| anyhow::anyhow!("the feeding thread failed"))?;

    let lost = settle(&mut wall, &mut latencies, &sent, &tickets)?;
    let what = "a change at the platform to the end of the frame that carries it".into();
    table.rows.push(Row { what, runs_ms: latencies.took, cpu_ms: None });
    table.facts.push(("changes sent".into(), count as f64, ""));
    table.facts.push(("tickets whose newest change did not arrive".into(), lost as f64, ""));
    for (clock, [without, with]) in CLOCKS.into_iter().zip([[0, 2], [1, 3]]) {
        let more = table.rows[with].at(0.99) - table.rows[without].at(0.99);
        table.facts.push((format!("p99 of the main thread's frame, {clock}, more than without"), more, "ms"));
    }
    for (name, calm, flood) in quiet.beside(&flooded) {
        table.facts.push((format!("processor of thread {name}, more than without"), flood - calm, "% of a core"));
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    table.machine = format!("{cores} CPU cores, 1,610 grids, {} tickets, 320×200 at {HERTZ} Hz", tickets.len());
    Ok(table)
}

/// Runs frames at 60 a second until `done` and at least for `seconds`.
fn frames(
    wall: &mut Headless,
    latencies: &mut Latencies,
    sent: &Receiver<Probe>,
    done: &AtomicBool,
    seconds: f64,
) -> anyhow::Result<()> {
    wall.world().resource_mut::<FrameTimes>().clear();
    let begun = Instant::now();
    let step = Duration::from_secs_f64(1.0 / HERTZ);
    let mut next = begun;
    while !done.load(Ordering::Acquire) || begun.elapsed().as_secs_f64() < seconds {
        wall.update()?;
        latencies.look(wall, sent);
        next = (next + step).max(Instant::now());
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    Ok(())
}

/// Goes on until every ticket is as the platform has it; how many are not after [`LIMIT`].
fn settle(
    wall: &mut Headless,
    latencies: &mut Latencies,
    sent: &Receiver<Probe>,
    tickets: &[Ticket],
) -> anyhow::Result<usize> {
    let begun = Instant::now();
    loop {
        wall.update()?;
        latencies.look(wall, sent);
        let held = &wall.world().resource::<Tickets>().by_id;
        let is_behind = |ticket: &&Ticket| held.get(&ticket.id).is_none_or(|held| held.ver != ticket.ver);
        let behind = tickets.iter().filter(is_behind).count();
        if behind == 0 || begun.elapsed() > LIMIT {
            return Ok(behind);
        }
        std::thread::sleep(Duration::from_millis(16));
    }
}

/// What was sent and has not been seen yet, and how long the others took, milliseconds.
struct Latencies {
    probes: Vec<Probe>,
    took: Vec<f64>,
}

impl Latencies {
    fn look(&mut self, wall: &mut Headless, sent: &Receiver<Probe>) {
        let now = Instant::now();
        self.probes.extend(sent.try_iter());
        let held = &wall.world().resource::<Tickets>().by_id;
        let took = &mut self.took;
        self.probes.retain(|probe| {
            let is_there = held.get(&probe.id).is_some_and(|ticket| ticket.ver >= probe.ver);
            if is_there {
                took.push(now.saturating_duration_since(probe.sent).as_secs_f64() * 1e3);
            }
            !is_there
        });
    }
}

type Fed = (Running, Vec<Ticket>, u64);

/// A thread that changes the tickets in turn at a steady rate; gives back the platform and the tickets as they then are.
fn feed(
    platform: Running,
    mut tickets: Vec<Ticket>,
    options: Options,
    at: Timestamp,
    probes: Sender<Probe>,
    done: Arc<AtomicBool>,
) -> anyhow::Result<std::thread::JoinHandle<Fed>> {
    anyhow::ensure!(!tickets.is_empty(), "there is no ticket to change");
    let work = move || {
        let begun = Instant::now();
        let end = Duration::from_secs(u64::from(options.seconds));
        let mut count = 0_u64;
        while begun.elapsed() < end {
            let due = (begun.elapsed().as_secs_f64() * f64::from(options.rate)) as u64;
            let mut changes = Vec::with_capacity((due - count) as usize);
            while count < due {
                let index = (count % tickets.len() as u64) as usize;
                let ticket = &mut tickets[index];
                ticket.ver += 1;
                ticket.stage = STAGES[ticket.ver as usize % STAGES.len()];
                (ticket.stage_since, ticket.updated_at, ticket.closed_at) = (at, at, None);
                changes.push(Change::Upsert { at, ticket: ticket.clone() });
                count += 1;
            }
            if let Some(Change::Upsert { ticket, .. }) = changes.last() {
                let probe = Probe { id: ticket.id.clone(), ver: ticket.ver, sent: Instant::now() };
                // Nobody listens when the bench has failed.
                let _ = probes.send(probe);
            }
            platform.change(changes);
            std::thread::sleep(TURN);
        }
        done.store(true, Ordering::Release);
        (platform, tickets, count)
    };
    std::thread::Builder::new().name("feeder".into()).spawn(work).context("no thread to change tickets from")
}

/// By the clock a frame also waits for a core, which platform and rasteriser want as well.
const CLOCKS: [&str; 2] = ["by the clock", "own time"];

fn main_thread(wall: &mut Headless, what: &str) -> [Row; 2] {
    let times = wall.world().resource::<FrameTimes>();
    let row = |clock: &str, frames: &[Duration]| Row {
        what: format!("main thread, {clock}, {what}"),
        runs_ms: frames.iter().map(|time| time.as_secs_f64() * 1e3).collect(),
        cpu_ms: None,
    };
    [row(CLOCKS[0], times.frames()), row(CLOCKS[1], times.works())]
}

/// Processor time of the wall's own threads; empty where the system does not tell.
struct ThreadTimes(Vec<(&'static str, f64)>);

impl ThreadTimes {
    /// So far, seconds.
    fn now() -> Self {
        let own = std::process::id().to_string();
        let mut times = vec![("main", 0.0), ("platform", 0.0), ("server", 0.0)];
        for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
            let read = |name: &str| std::fs::read_to_string(task.path().join(name)).unwrap_or_default();
            let name = if task.file_name().to_string_lossy() == own { "main".to_owned() } else { read("comm") };
            let nanoseconds = read("schedstat").split(' ').next().and_then(|text| text.parse::<f64>().ok());
            for (_, seconds) in times.iter_mut().filter(|(known, _)| *known == name.trim()) {
                *seconds += nanoseconds.unwrap_or(0.0) / 1e9;
            }
        }
        Self(times)
    }

    /// The share of a core since `before`, percent.
    fn since(&self, before: &Self, seconds: f64) -> Self {
        let shares =
            self.0.iter().zip(&before.0).map(|((name, now), (_, then))| (*name, (now - then) / seconds * 100.0));
        Self(shares.collect())
    }

    fn beside(&self, other: &Self) -> impl Iterator<Item = (&'static str, f64, f64)> {
        self.0.iter().zip(&other.0).map(|((name, a), (_, b))| (*name, *a, *b))
    }
}
