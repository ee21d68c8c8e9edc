//! What an operator may want to read in the log: when the wall was complete, what was selected, what came on screen.

use std::time::{Duration, Instant};

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::PrimaryEguiContext;

use super::engine_room::PipelinesWaiting;
use super::frame_times::FrameTimes;
use super::loading::LoadingPace;
use crate::city::{Areas, Detail, FeedFreshness, Freshness, Tickets};
use crate::domain::Feed;
use crate::map::MapCamera;
use crate::panels::PanelsDue;
use crate::selection::{Selection, Target};

/// Writes the journal.
pub(super) fn plugin(app: &mut App) {
    app.add_systems(Last, (note_complete, note_selection, note_detail, note_pace));
}

/// How often in a while the wall woke, drew a picture, drew its map in it, and drew its panels anew.
#[derive(Default)]
struct Pace {
    since: Option<Instant>,
    woke: u32,
    drew: u32,
    map: u32,
    panels: u32,
}

/// For whoever asks why a quiet wall works.
fn note_pace(
    due: Res<PanelsDue>,
    pictures: Query<&Camera, With<PrimaryEguiContext>>,
    maps: Query<&Camera, With<MapCamera>>,
    mut pace: Local<Pace>,
) {
    pace.woke += 1;
    pace.drew += u32::from(pictures.iter().any(|camera| camera.is_active));
    pace.map += u32::from(maps.iter().any(|camera| camera.is_active));
    pace.panels += u32::from(due.0 > 0);
    let elapsed = pace.since.get_or_insert_with(Instant::now).elapsed();
    if elapsed.as_secs() >= 10 {
        let [woke, drew, map, panels] =
            [pace.woke, pace.drew, pace.map, pace.panels].map(|count| f64::from(count) / elapsed.as_secs_f64());
        debug!("woke {woke:.1} times a second, drew {drew:.1}, the map {map:.1}, panels anew {panels:.1} times");
        *pace = Pace::default();
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
