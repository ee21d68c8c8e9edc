//! What an operator may want to read in the log: when the wall was complete, what was selected, what came on screen.

use std::time::{Duration, Instant};

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::engine_room::PipelinesWaiting;
use super::frame_times::FrameTimes;
use super::loading::LoadingPace;
use crate::city::{Areas, Detail, FeedFreshness, Freshness, Tickets};
use crate::domain::Feed;
use crate::panels::PanelsDue;
use crate::selection::{Selection, Target};

/// Writes the journal.
pub(super) fn plugin(app: &mut App) {
    app.add_systems(Last, (note_complete, note_selection, note_detail, note_pace));
}

/// For whoever asks why a quiet wall works: how often it drew, and its panels.
fn note_pace(due: Res<PanelsDue>, mut counts: Local<(u32, u32)>, mut since: Local<Option<Instant>>) {
    counts.0 += 1;
    counts.1 += u32::from(due.0 > 0);
    let begun = *since.get_or_insert_with(Instant::now);
    let elapsed = begun.elapsed();
    if elapsed.as_secs() >= 10 {
        let per_second = |count| f64::from(count) / elapsed.as_secs_f64();
        debug!("drew {:.1} times a second, panels {:.1} times", per_second(counts.0), per_second(counts.1));
        (*counts, *since) = ((0, 0), None);
    }
}

/// Whether all that the wall always shows is there and drawn as it will stay.
#[derive(SystemParam)]
pub(super) struct IsComplete<'w> {
    tickets: Res<'w, Tickets>,
    freshness: Res<'w, FeedFreshness>,
    layers: Option<Res<'w, crate::layers::LayersPending>>,
}

impl IsComplete<'_> {
    pub(super) fn is_complete(&self) -> bool {
        self.tickets.is_complete
            && Feed::STRIP.iter().all(|feed| self.freshness.rung(*feed) != Freshness::Never)
            && self.layers.as_ref().is_none_or(|layers| !layers.0)
    }
}

fn note_complete(
    complete: IsComplete,
    areas: Res<Areas>,
    times: Res<FrameTimes>,
    (pipelines, loading): (Res<PipelinesWaiting>, Res<LoadingPace>),
    mut is_noted: Local<bool>,
) {
    if *is_noted || !complete.is_complete() || pipelines.is_any() || loading.is_put_off() {
        return;
    }
    *is_noted = true;
    let summary = times.summary();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let longest = summary.map_or(0.0, |summary| ms(summary.max));
    let work = summary.and_then(|summary| summary.max_work);
    let work = work.map_or_else(String::new, |work| format!(", most work in one {:.1} ms", ms(work)));
    let frames = summary.map_or(0, |summary| summary.frames);
    info!(
        "the wall is complete after {:.2} s: {} areas, {} tickets; {frames} frames, longest on the main thread \
         {longest:.1} ms{work}",
        crate::launch::began().elapsed().as_secs_f64(),
        areas.table.len(),
        complete.tickets.by_id.len(),
    );
}

fn note_selection(selection: Res<Selection>) {
    if !selection.is_changed() || selection.is_added() {
        return;
    }
    match &selection.target {
        Target::District => debug!("selected the district"),
        Target::Area(code) => debug!("selected area {code}"),
        Target::Ticket(id) => debug!("selected ticket {id}"),
    }
}

fn note_detail(detail: Res<Detail>) {
    if !detail.is_changed() || detail.is_added() {
        return;
    }
    match &*detail {
        Detail::Here(detail) => debug!("showing the detail of ticket {}", detail.ticket.id),
        Detail::Failed(id, trouble) => warn!("no detail of ticket {id}: {}", trouble.detail()),
        Detail::None | Detail::Asked(_) => {}
    }
}
