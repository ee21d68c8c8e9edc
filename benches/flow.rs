//! What flows: the work of one step from the change to the bytes for the GPU, and the main thread's frames at 500 a
//! second.
//!
//! `cargo bench --bench flow`. Arcs are real journeys where the data are at hand (taxi orders of Shenzhen), else made
//! up. With `GRIDWALL_PICTURES` set to a folder, each state leaves its picture there. The second part runs the whole wall off screen with the demo's clock sped up.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bevy::math::Vec2;
use bevy::prelude::{Time, Virtual};
use gridwall::city::{Flow, Step};
use gridwall::config::{Config, ConfigFile, Overrides};
use gridwall::domain::{Stage, TicketId};
use gridwall::launch::{self, Waker};
use gridwall::layers::flow::path::{Stops, is_up, legs};
use gridwall::layers::flow::rate::{Manner, Rates};
use gridwall::layers::flow::ring::{PULSE_BYTES, Pulse, PulseRing};
use gridwall::layers::flow::{FlowMotion, PULSES};
use gridwall::map::Projection;
use gridwall::wall;
use gridwall::wall::frame_times::FrameTimes;
use gridwall::wall::snapshot::{self, Shot};

/// Steps of the first part: ten minutes of 500 a second.
const STEPS: usize = 300_000;
/// The demo's clock: 199 tickets a day with some nine steps each are 500 a second then.
const SPEED: f64 = 24_000.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `cargo test --benches` asks for no measurements.
    if std::env::args().any(|arg| arg == "--test") {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    steps(&mut out)?;
    frames(&mut out)
}

/// Journeys in world metres, and where they are from.
fn journeys() -> (Vec<(Vec2, Vec2)>, &'static str) {
    let data = std::env::var_os("GRIDWALL_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let projection = Projection::around(114.06, 22.55);
    let text = std::fs::read_to_string(data.join("points/shenzhen_taxi_orders_20200120.csv")).unwrap_or_default();
    let real: Vec<(Vec2, Vec2)> = text
        .lines()
        .skip(1)
        .filter_map(|line| {
            let cell: Vec<&str> = line.split(',').collect();
            let at = |lon: usize, lat: usize| {
                Some(projection.world_from_lonlat(cell.get(lon)?.parse().ok()?, cell.get(lat)?.parse().ok()?))
            };
            Some((at(3, 4)?, at(7, 8)?))
        })
        .collect();
    if !real.is_empty() {
        return (real, "taxi orders");
    }
    let point = |n: u32| Vec2::new((n * 7919 % 30_000) as f32, (n * 104_729 % 20_000) as f32);
    ((0..10_000).map(|n| (point(n), point(n + 31))).collect(), "made-up journeys")
}

/// One step after the other, as fast as they go: counted, judged, drawn or merged, encoded.
fn steps(out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let (journeys, source) = journeys();
    let ids: Vec<TicketId> = (0..journeys.len()).map(|n| TicketId::new(format!("T{n}"))).collect();
    let begin: jiff::Timestamp = "2026-11-21T06:32:05Z".parse()?;
    let (mut flow, mut rates, mut ring) = (Flow::default(), Rates::new(8), PulseRing::new(PULSES));
    let (mut single, mut merged) = (0u64, 0u64);
    let started = Instant::now();
    for n in 0..STEPS {
        let now_s = n as f64 / 500.0;
        let now = begin + jiff::SignedDuration::from_millis((now_s * 1e3) as i64);
        let (place, hub) = journeys[n % journeys.len()];
        let to = Stage::IN_HAND[n % 8];
        let from = if n % 8 == 0 { None } else { Some(Stage::IN_HAND[n % 8 - 1]) };
        flow.push(Step { id: ids[n % ids.len()].clone(), from, to, at: now, is_seen: true }, now);
        let stops = Stops { place: Some(place), hub: Some(hub), centre: Some(Vec2::ZERO), is_street_unit: n % 3 == 0 };
        ring.follow(now_s);
        let mut picture = legs(from, to, &stops).peekable();
        if picture.peek().is_none() {
            continue;
        }
        match rates.note(now_s, Some(n % 8), is_up(to)) {
            Manner::Merged => merged += 1,
            Manner::Single => {
                single += 1;
                for leg in picture {
                    ring.push(&Pulse { from: leg.from, to: leg.to, kind: leg.kind, flags: 0 }, now_s);
                }
            }
        }
    }
    let each = started.elapsed().as_secs_f64() * 1e9 / STEPS as f64;
    writeln!(out, "{STEPS} steps of {source} at 500/s: {each:.0} ns each; {single} arcs, {merged} merged")?;

    // The worst case for the GPU's buffer: every step an arc of its own.
    let started = Instant::now();
    for n in 0..STEPS {
        let (from, to) = journeys[n % journeys.len()];
        let kind = gridwall::layers::flow::ring::Kind::Up;
        ring.push(&Pulse { from, to, kind, flags: 0 }, n as f64 / 500.0);
    }
    let each = started.elapsed().as_secs_f64() * 1e9 / STEPS as f64;
    let started = Instant::now();
    let copies: u32 = 10_000;
    let mut sum = 0u64;
    for _ in 0..copies {
        sum += std::hint::black_box(ring.bytes().to_vec()).len() as u64;
    }
    let copy = started.elapsed().as_secs_f64() * 1e6 / f64::from(copies);
    writeln!(
        out,
        "append {each:.0} ns; {PULSE_BYTES} B a pulse, {} kB in all whatever the rate; a frame's upload {copy:.1} µs ({} kB)",
        ring.bytes().len() / 1000,
        sum / u64::from(copies) / 1000,
    )?;
    Ok(())
}

/// The wall at rest and at 500 steps a second, with and without the layer.
fn frames(out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    for (name, scene, speed) in [
        ("at rest, overview", "overview", None),
        ("at rest, flow", "flow", None),
        ("a step a second, flow", "flow", Some(60.0)),
        ("500/s, overview", "overview", Some(SPEED)),
        ("500/s, flow", "flow", Some(SPEED)),
    ] {
        let at = match speed {
            None => Some("2026-11-21T14:32:05+08:00".parse()?),
            Some(_) => None,
        };
        let overrides = Overrides { at, speed, ..Default::default() };
        let config = Config::resolve(ConfigFile::default(), Path::new("bench"), "", overrides)?;
        let supply = launch::supply(&config, Waker::default())?;
        let mut wall = wall::headless_wall(&config, supply.link, 1920, 1080);
        snapshot::take(&mut wall, &Shot { scene: Some(scene.into()), ..Shot::default() }, Duration::from_secs(300))?;
        let world = wall.world();
        world.resource_mut::<Time<Virtual>>().unpause();
        world.insert_resource(gridwall::map::ReducedMotion(false));
        world.remove_resource::<gridwall::city::FreezeAges>();
        world.resource_mut::<FrameTimes>().clear();
        let before = world.resource::<Flow>().serial();
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(20) {
            wall.update()?;
        }
        let world = wall.world();
        let steps = world.resource::<Flow>().serial() - before;
        let merged = world.resource::<FlowMotion>().merged;
        let Some(times) = world.resource::<FrameTimes>().summary() else { continue };
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        if let Some(folder) = std::env::var_os("GRIDWALL_PICTURES") {
            let picture = wall.capture()?;
            snapshot::save(&picture, &Path::new(&folder).join(format!("{}.png", name.replace(['/', ' ', ','], "-"))))?;
        }
        writeln!(
            out,
            "{name:<22} main thread p50 {:>6.2} ms  p99 {:>6.2} ms  max {:>6.2} ms  ({} frames, {:.0} steps/s, {merged} merged)",
            ms(times.p50),
            ms(times.p99),
            ms(times.max),
            times.frames,
            steps as f64 / started.elapsed().as_secs_f64(),
        )?;
    }
    Ok(())
}
