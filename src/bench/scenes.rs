//! `gridwall bench scenes`: how long the main thread takes for a frame of each scene, in the real app off screen, on 1,610
//! grids with a year of tickets. Every frame is the worst there is: the counts of all areas are new, so all panels are
//! laid out and drawn anew, and the map is coloured again. The cameras rest meanwhile, as they do while a wall loads: a
//! graphics adapter that is the processor would take it from the main thread. `bench scene` has what it takes to draw.

use std::time::Instant;

use bevy::prelude::{Camera, DetectChangesMut as _, With};
use bevy_egui::PrimaryEguiContext;

use super::{Row, Table, rig};
use crate::city::{Tallies, Tickets};
use crate::scene::Scenes;
use crate::wall::frame_times::FrameTimes;
use crate::wall::headless::Headless;

const SETTLE: usize = 6;

/// Measures `runs` frames of each scene whose name holds `only`. `started` is when the process began.
///
/// # Errors
/// If there is no adapter, or not everything arrives.
pub fn run(runs: usize, only: Option<&str>, started: Instant) -> anyhow::Result<Table> {
    let mut table = Table::default();
    let (mut wall, _platform) = rig::wall(1920, 1080)?;
    rig::wait(&mut wall, started)?;
    let scenes: Vec<String> = wall.world().resource::<Scenes>().ids().map(str::to_owned).collect();
    let wanted = |scene: &&String| only.is_none_or(|word| scene.contains(word));
    for scene in scenes.iter().filter(wanted) {
        wall.world().resource_mut::<Scenes>().show(scene);
        rig::wait(&mut wall, Instant::now())?;
        rest(&mut wall, true);
        for _ in 0..SETTLE {
            anew(&mut wall)?;
        }
        wall.world().resource_mut::<FrameTimes>().clear();
        for _ in 0..runs.max(1) {
            anew(&mut wall)?;
        }
        rest(&mut wall, false);
        let times = wall.world().resource::<FrameTimes>();
        // The thread's own time, where the system tells it: by the clock it also waits for a core.
        let is_own = !times.works().is_empty();
        let frames = if is_own { times.works() } else { times.frames() };
        let runs_ms = frames.iter().map(|time| time.as_secs_f64() * 1e3).collect();
        let what =
            format!("main thread, {}, all panels anew: {scene}", if is_own { "own time" } else { "by the clock" });
        table.rows.push(Row { what, runs_ms, cpu_ms: None });
    }
    let worst = table.rows.iter().map(|row| row.at(0.99)).fold(0.0, f64::max);
    table.facts.push(("p99 of the slowest scene".into(), worst, "ms"));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let tickets = wall.world().resource::<Tickets>().by_id.len();
    table.machine = format!("{cores} CPU cores, 1,610 grids, {tickets} tickets, 1920×1080");
    Ok(table)
}

/// Lets the cameras rest, or wakes them.
fn rest(wall: &mut Headless, is_resting: bool) {
    let world = wall.world();
    let mut cameras = world.query_filtered::<&mut Camera, With<PrimaryEguiContext>>();
    cameras.iter_mut(world).for_each(|mut camera| camera.is_active = !is_resting);
}

/// One frame in which all panels are drawn anew.
fn anew(wall: &mut Headless) -> anyhow::Result<()> {
    wall.world().resource_mut::<Tallies>().set_changed();
    Ok(wall.update()?)
}
