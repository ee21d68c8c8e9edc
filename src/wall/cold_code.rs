//! Once the wall is complete, the code that only its start needed is let go: the compiler of the software adapter's
//! shaders, the readers of fonts and lists. Most of what was mapped then never runs again. The system keeps the pages in its
//! page cache while it has nothing better to keep there, and brings back by itself what runs. What the heap has free
//! goes, too.

use std::time::{Duration, Instant};

use bevy::prelude::*;

use super::engine_room::PipelinesWaiting;
use super::journal::IsComplete;
use super::loading::LoadingPace;
use crate::{heap, process};

/// The first complete picture is drawn when the wall already is complete, and may still be compiled for: so once more
/// after this long.
const AGAIN: Duration = Duration::from_secs(2);

/// Lets go twice.
pub(super) fn plugin(app: &mut App) {
    app.add_systems(Last, let_go);
}

/// How far it is.
#[derive(Default)]
enum Begun {
    #[default]
    Starting,
    CompleteSince(Instant),
    Done,
}

fn let_go(
    complete: IsComplete,
    (pipelines, loading): (Res<PipelinesWaiting>, Res<LoadingPace>),
    mut begun: Local<Begun>,
) {
    *begun = match *begun {
        Begun::Starting if complete.is_complete() && !pipelines.is_any() && !loading.is_put_off() => {
            Begun::CompleteSince(Instant::now())
        }
        Begun::CompleteSince(since) if since.elapsed() >= AGAIN => Begun::Done,
        _ => return,
    };
    let at = Instant::now();
    heap::give_back();
    let bytes = process::let_go_of_code();
    debug!("let go of {} MiB of mapped code in {:.2} ms", bytes >> 20, at.elapsed().as_secs_f64() * 1e3);
}
