//! What an operator may want to read in the log: when the wall was complete, what was selected, what came on screen.

use std::time::Instant;

use bevy::prelude::*;

use super::frame_times::FrameTimes;
use crate::city::{Areas, Detail, FeedFreshness, Freshness, Tickets};
use crate::domain::Feed;
use crate::panels::PanelsDue;
use crate::selection::{Selection, Target};

/// When the program started, for "complete after".
#[derive(Resource, Clone, Copy, Debug)]
pub struct Started(pub Instant);

/// Writes the journal.
pub(super) fn plugin(app: &mut App) {
    app.insert_resource(Started(Instant::now()))
        .add_systems(Last, (note_complete, note_selection, note_detail, note_pace));
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

fn note_complete(
    started: Res<Started>,
    areas: Res<Areas>,
    tickets: Res<Tickets>,
    freshness: Res<FeedFreshness>,
    times: Res<FrameTimes>,
    layers: Option<Res<crate::layers::LayersPending>>,
    mut is_noted: Local<bool>,
) {
    let is_complete = tickets.is_complete
        && Feed::STRIP.iter().all(|feed| freshness.rung(*feed) != Freshness::Never)
        && layers.is_none_or(|layers| !layers.0);
    if *is_noted || !is_complete {
        return;
    }
    *is_noted = true;
    let longest = times.summary().map_or(0.0, |summary| summary.max.as_secs_f64() * 1e3);
    info!(
        "the wall is complete after {:.2} s: {} areas, {} tickets; longest main-thread frame {longest:.1} ms",
        started.0.elapsed().as_secs_f64(),
        areas.table.len(),
        tickets.by_id.len(),
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
