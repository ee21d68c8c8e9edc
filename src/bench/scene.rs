//! `gridwall bench scene`: the whole wall off screen, 1,610 grids with a year of tickets and as many made-up events as
//! asked for in the heat map's week: start, pan, recolour, slide, memory. Every frame is waited for until it is drawn.
//! The events are drawn by lot before the clock runs: a wall would read them; giving them cells and order is counted.
//! The platform runs in a process of its own, as it does on a real wall, and does not count.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::points::{Spread, of_places, places};
use super::{Row, Table, rig};
use crate::city::{Tallies, Tickets};
use crate::config::Overrides;
use crate::heat::Figures;
use crate::heat::field::Grid;
use crate::layers::LayersPending;
use crate::layers::heat::HeatState;
use crate::map::MapView;
use crate::scene::Scenes;
use crate::wall::frame_times::FrameTimes;

/// After how long the wall is at rest: what was only needed to start is gone.
const SETTLED: Duration = Duration::from_secs(3);
/// The rows.
const REST: &str = "a frame at rest, heat on";
const PAN: &str = "pan, grids and heat";
const EVENT: &str = "one more event: field, blur, picture";
const RECOLOUR: &str = "recolour all grids and draw";

/// Measures the rows whose names hold `only`, or all. `started` is when the process began.
///
/// # Errors
/// If there is no adapter, or not everything arrives.
pub fn run(events: usize, runs: usize, only: Option<&str>, started: Instant) -> anyhow::Result<Table> {
    let mut table = Table::default();
    let begun = Instant::now();
    let drawn = Mutex::new(Some(draw(events)));
    let lots = begun.elapsed();
    let platform = rig::Elsewhere::start()?;
    let before = begun.elapsed();
    let source = Overrides { platform: Some(platform.url.clone()), ..Default::default() };
    let (mut wall, _) = rig::wall_on(source, (1920, 1080))?;
    let newest = u32::try_from(rig::moment()?.as_second())?;
    let archive = HeatState::with_archive(move |grid| {
        // Asked for once, unless the tickets are listed anew.
        let held = drawn.lock().ok().and_then(|mut drawn| drawn.take());
        let mut shares = held.unwrap_or_else(|| draw(events));
        let size = [f64::from(grid.width) * grid.cell_m, f64::from(grid.height) * grid.cell_m];
        shares.iter_mut().for_each(|[x, y]| (*x, *y) = (*x * size[0], *y * size[1]));
        let mut made = of_places(&shares, grid, 0);
        // Evenly over the week, the oldest first.
        let (step, count) = (7.0 * 86_400.0 / events.max(1) as f64, made.len());
        let ago = |i: usize| ((count - 1 - i) as f64 * step) as u32;
        made.iter_mut().enumerate().for_each(|(i, event)| event.at_s = newest - ago(i));
        made
    });
    wall.world().insert_resource(archive);
    wall.world().resource_mut::<Scenes>().show("heat");
    loop {
        wall.update()?;
        let world = wall.world();
        let is_shown = world.resource::<Tickets>().is_complete
            && !world.resource::<LayersPending>().0
            && world.resource::<Figures>().is_known;
        if is_shown {
            break;
        }
        anyhow::ensure!(started.elapsed() < rig::LIMIT, "not complete after {:?}", rig::LIMIT);
    }
    wall.update()?;
    wall.pixel()?;
    table.facts.push((
        "start to the first complete frame".into(),
        (started.elapsed() - before).as_secs_f64() * 1e3,
        "ms",
    ));
    table.facts.push(("drawing the events by lot before that, not counted".into(), lots.as_secs_f64() * 1e3, "ms"));
    let shown = wall.world().resource::<Figures>().total;
    table.facts.push(("events in the heat map's window".into(), f64::from(shown), ""));
    if let Some(pss) = pss_mib() {
        table.facts.push(("memory (PSS), software adapter included".into(), pss, "MiB"));
    }
    let settled = Instant::now();
    while settled.elapsed() < SETTLED {
        wall.update()?;
        std::thread::sleep(Duration::from_millis(16));
    }
    if let Some(pss) = pss_mib() {
        table.facts.push(("the same at rest, three seconds later".into(), pss, "MiB"));
    }
    let is_asked = |what: &str| only.is_none_or(|word| what.contains(word));
    if is_asked(REST) {
        table.rows.push(Row::of(REST, runs, || wall.update())?);
    }
    if is_asked(PAN) {
        let mut is_east = false;
        table.rows.push(Row::of(PAN, runs, || {
            is_east = !is_east;
            let mut view = wall.world().resource_mut::<MapView>();
            let step = view.m_per_u * if is_east { 7.0 } else { -7.0 };
            view.center.x += step;
            wall.update()
        })?);
    }
    wall.world().resource_mut::<FrameTimes>().clear();
    if is_asked(EVENT) {
        let mut key = 1_u64 << 40;
        table.rows.push(Row::of(EVENT, runs, || {
            key += 1 << 33;
            wall.world().resource_mut::<HeatState>().put_anywhere(key, newest - 5);
            wall.update()
        })?);
    }
    if is_asked(RECOLOUR) {
        wall.world().resource_mut::<Scenes>().show("overview");
        for _ in 0..20 {
            wall.update()?;
        }
        let mut step = 0_u32;
        table.rows.push(Row::of(RECOLOUR, runs, || {
            step += 1;
            let mut tallies = wall.world().resource_mut::<Tallies>();
            for (index, tally) in tallies.areas.iter_mut().enumerate() {
                tally.open = (index as u32 + step) % 9;
            }
            wall.update()
        })?);
    }
    if let Some(main) = wall.world().resource::<FrameTimes>().summary() {
        table.facts.push(("main thread per frame, median".into(), main.p50.as_secs_f64() * 1e3, "ms"));
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let adapter = crate::graphics::adapters().first().map_or_else(String::new, |adapter| adapter.name.clone());
    table.machine = format!("{adapter}, {cores} CPU cores, 1,610 grids, {events} events, 1920×1080");
    Ok(table)
}

/// Where the events are, as shares of width and height.
fn draw(events: usize) -> Vec<[f64; 2]> {
    let side = 40_000.0;
    let grid = Grid::covering([0.0, 0.0], [side, side], 0.0);
    let size = [f64::from(grid.width) * grid.cell_m, f64::from(grid.height) * grid.cell_m];
    let mut drawn = places(events, Spread::Clusters, &grid, 1);
    drawn.iter_mut().for_each(|[x, y]| (*x, *y) = (*x / size[0], *y / size[1]));
    drawn
}

/// The memory of this process alone, shared pages in proportion, MiB.
fn pss_mib() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").ok()?;
    let line = text.lines().find(|line| line.starts_with("Pss:"))?;
    let kb: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kb / 1024.0)
}
