//! An empty Bevy window, to tell what the engine itself costs at start: prints the time to its third frame and ends.
//! The wall's own start is in its log ("the wall is complete after …").

use std::io::Write as _;
use std::time::Instant;

use bevy::prelude::*;

#[derive(Resource)]
struct Started(Instant);

fn main() {
    App::new()
        .insert_resource(Started(Instant::now()))
        .add_plugins(DefaultPlugins)
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
        let _ = writeln!(std::io::stderr(), "the empty window is there after {seconds:.2} s");
        exit.write(AppExit::Success);
    }
}
