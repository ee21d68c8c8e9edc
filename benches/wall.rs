//! The whole wall off screen, nanshan (1,610 grids) with a year of tickets: main-thread time per frame, start, memory.
//!
//! `cargo bench --bench wall`. The reference platform runs in the same process, as in the demo; the picture is drawn by
//! whatever adapter there is. Numbers of the adapter itself are not measured here.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use gridwall::config::{Config, ConfigFile, Overrides};
use gridwall::launch::{self, Waker};
use gridwall::wall::frame_times::FrameTimes;
use gridwall::wall::snapshot::{self, Shot};
use gridwall::{selection, wall};

/// Frames measured in each state.
const FRAMES: usize = 400;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `cargo test --benches` asks for no measurements.
    if std::env::args().any(|arg| arg == "--test") {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    let started = Instant::now();
    let overrides = Overrides {
        district: Some("nanshan".into()),
        at: Some("2026-11-21T14:32:05+08:00".parse()?),
        ..Default::default()
    };
    let config = Config::resolve(ConfigFile::default(), Path::new("bench"), "", overrides)?;
    let supply = launch::supply(&config, Waker::default())?;
    let mut wall = wall::headless_wall(&config, supply.link, 1920, 1080);
    snapshot::take(&mut wall, &Shot::default(), Duration::from_secs(300))?;
    writeln!(out, "start to first complete picture   {:>8.2} s", started.elapsed().as_secs_f64())?;
    let loading = wall.world().resource::<FrameTimes>().summary();
    tell(&mut out, "frames while a year arrives", loading)?;

    for (name, target) in [("static, district", None), ("static, first street selected", Some(()))] {
        if target.is_some() {
            let areas = wall.world().resource::<gridwall::city::Areas>().table.clone();
            let street = areas.at_level(gridwall::domain::Level::Street).next().ok_or("no street")?;
            let code = areas.get(street).code.clone();
            wall.world().trigger(selection::Drill::To(selection::Target::Area(code)));
            for _ in 0..30 {
                wall.update()?;
            }
        }
        wall.world().resource_mut::<FrameTimes>().clear();
        for _ in 0..FRAMES {
            wall.update()?;
        }
        let summary = wall.world().resource::<FrameTimes>().summary();
        tell(&mut out, name, summary)?;
    }
    for line in std::fs::read_to_string("/proc/self/status").unwrap_or_default().lines() {
        if line.starts_with("VmRSS") || line.starts_with("VmHWM") || line.starts_with("RssAnon") {
            writeln!(out, "memory, platform and adapter included   {line}")?;
        }
    }
    Ok(())
}

fn tell(
    out: &mut impl Write,
    name: &str,
    summary: Option<wall::frame_times::FrameSummary>,
) -> Result<(), std::io::Error> {
    let Some(summary) = summary else { return Ok(()) };
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let work = summary.max_work.map_or_else(|| "?".to_owned(), |work| format!("{:.2} ms", ms(work)));
    writeln!(
        out,
        "{name:<33} p50 {:>6.2} ms   p99 {:>6.2} ms   max {:>6.2} ms   work in one at most {work}   ({} frames)",
        ms(summary.p50),
        ms(summary.p99),
        ms(summary.max),
        summary.frames
    )
}
