//! An empty Bevy window, to tell what the engine itself costs: prints the time to its third frame, its memory (where the
//! system tells, software rasteriser included) and ends.
//! The wall's own start is in its log ("the wall is complete after …").

use std::io::Write as _;
use std::time::Instant;

use bevy::prelude::*;

#[derive(Resource)]
struct Started(Instant);

fn main() {
    let window = Window { resolution: bevy::window::WindowResolution::new(1920, 1080), ..default() };
    App::new()
        .insert_resource(Started(Instant::now()))
        .add_plugins(DefaultPlugins.set(WindowPlugin { primary_window: Some(window), ..default() }))
        .add_systems(Startup, |mut commands: Commands| {
            commands.spawn(Camera2d);
        })
        .add_systems(Last, report)
        .run();
}

fn report(started: Res<Started>, mut frames: Local<u32>, mut exit: MessageWriter<AppExit>) {
    *frames += 1;
    if *frames == 3 {
        let seconds = started.0.elapsed().as_secs_f64();
        let mut out = std::io::stderr().lock();
        let _ = writeln!(out, "the empty window is there after {seconds:.2} s");
        for line in std::fs::read_to_string("/proc/self/status").unwrap_or_default().lines() {
            if line.starts_with("VmRSS") || line.starts_with("RssAnon") {
                let _ = writeln!(out, "memory, adapter included   {line}");
            }
        }
        exit.write(AppExit::Success);
    }
}
