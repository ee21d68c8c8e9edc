//! Once the wall is complete, the code that only its start needed is let go: the compiler of the software adapter's
//! shaders, the readers of fonts and lists. Most of what was mapped then never runs again. The system keeps the pages in its
//! page cache while it has nothing better to keep there, and brings back by itself what runs.

use bevy::prelude::*;

use super::engine_room::PipelinesWaiting;
use super::journal::IsComplete;
use super::loading::LoadingPace;
use crate::process;

/// Lets go once.
pub(super) fn plugin(app: &mut App) {
    app.add_systems(Last, let_go);
}

fn let_go(
    complete: IsComplete,
    (pipelines, loading): (Res<PipelinesWaiting>, Res<LoadingPace>),
    mut is_done: Local<bool>,
) {
    if *is_done || !complete.is_complete() || pipelines.is_any() || loading.is_put_off() {
        return;
    }
    *is_done = true;
    let bytes = process::let_go_of_code();
    debug!("let go of {} MiB of mapped code", bytes >> 20);
}
