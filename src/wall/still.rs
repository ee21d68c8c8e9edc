//! Keeps the map's picture while nothing on the map changes, so that a frame in which only the clock moves draws the
//! panels and no map; and where only a part of it changes, says which.
//!
//! What is drawn stays on the map's own texture (`canvas/map.rs`). While nothing changes its camera rests. Any change wakes
//! the camera in the same frame, and so does time: what fades in the shaders is never older than [`OLDEST`]. A frame in
//! which the panels are as they were, too, is not drawn at all: the window keeps its last picture. Partners:
//! `layers/still.rs`, which knows what changes; `canvas/moves.rs`, which turns it into pixels; `picture.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bevy::camera::visibility::VisibilitySystems;
use bevy::prelude::*;
use bevy::render::extract_component::{ExtractComponent, ExtractComponentPlugin};
use bevy::render::extract_resource::{ExtractResource, ExtractResourcePlugin};
use bevy::render::renderer::RenderAdapterInfo;
use bevy_egui::PrimaryEguiContext;

use super::canvas::moves::{Moves, Part, Step};
use super::engine_room::PipelinesWaiting;
use crate::layers::still::{MapChanges, MapChangesSettled};
use crate::map::{MapCamera, MapFrame, MapView};
use crate::panels::{PanelsDecided, PanelsDue};
use crate::scene::Drift;

/// Frames without a change before the camera rests: textures and pipelines may take effect some frames late. Where the
/// GPU is the CPU, only the first and the last of them are drawn: the others would take it from whoever loads.
const QUIET: u32 = 4;
/// The map is drawn at least this often.
const OLDEST: Duration = Duration::from_secs(10);

/// What is drawn of the map in a frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Plan {
    /// All of it.
    #[default]
    All,
    /// Some pixels.
    Part(Part),
    /// Nothing.
    Rest,
}

/// The plan of this frame, and which change of the map it is about.
#[derive(Resource, Clone, Default)]
pub(super) struct MapPicture {
    pub plan: Plan,
    changes: u64,
    /// The number of the change that the texture shows, plus one; 0 while it shows none as it should.
    shown: Arc<AtomicU64>,
}

impl MapPicture {
    /// Says that the texture shows what this plan is about, or that it does not.
    pub fn note(&self, is_shown: bool) {
        self.shown.store(if is_shown { self.changes + 1 } else { 0 }, Ordering::Release);
    }
}

impl ExtractResource for MapPicture {
    type Source = Self;
    fn extract_resource(source: &Self) -> Self {
        source.clone()
    }
}

/// Marks the camera whose picture is kept.
#[derive(Component, Clone, Copy, Default, ExtractComponent)]
pub(super) struct KeptCamera;

/// Adds the keeping of the map's picture.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<MapPicture>()
        .add_plugins((ExtractResourcePlugin::<MapPicture>::default(), ExtractComponentPlugin::<KeptCamera>::default()))
        .add_systems(
            PostUpdate,
            plan.in_set(MapPlanned)
                .after(MapChangesSettled)
                .after(PanelsDecided)
                .before(VisibilitySystems::CheckVisibility),
        );
}

/// When it is decided which cameras rest: in `PostUpdate`.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MapPlanned;

/// What changed on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Nothing,
    /// Something that is drawn in this frame as it is.
    Exact,
    /// Something that may take effect some frames late.
    Any,
}

/// For how many frames something may still come late, and when the map was drawn.
#[derive(Default)]
struct Quiet {
    size: Option<UVec2>,
    late: u32,
    /// Something came that may take effect late, and the frame after which nothing can has not been drawn.
    owes: bool,
    drawn: Duration,
    /// Nothing is drawn in this frame: it would be the last picture again.
    rests: bool,
}

impl Quiet {
    /// Counts this frame. True if a picture that is kept does not hold any longer: because something has changed, or
    /// because it is old, and then this frame makes another.
    fn look(&mut self, news: News, size: Option<UVec2>, now: Duration) -> bool {
        let news = if self.size == size { news } else { News::Any };
        self.size = size;
        self.late = if news == News::Any { QUIET } else { self.late.saturating_sub(1) };
        self.owes |= news == News::Any;
        let is_over = news != News::Nothing || now.saturating_sub(self.drawn) >= OLDEST;
        if is_over {
            self.drawn = now;
        }
        is_over
    }

    /// True if what came late in this frame is seen although nothing new came: `saves` draws only the last such frame.
    /// To be asked once a frame.
    fn draws_late(&mut self, saves: bool) -> bool {
        let is_last = self.late == 0 && std::mem::take(&mut self.owes);
        if saves { is_last } else { self.late > 0 }
    }
}

/// Decides what this frame does with the map.
fn plan(
    changes: Res<MapChanges>,
    (view, frame, time, drift): (Res<MapView>, Res<MapFrame>, Res<Time<Real>>, Res<Drift>),
    (due, pipelines, adapter): (Res<PanelsDue>, Res<PipelinesWaiting>, Option<Res<RenderAdapterInfo>>),
    mut maps: Query<&mut Camera, (With<MapCamera>, Without<PrimaryEguiContext>)>,
    mut panels: Query<&mut Camera, (With<PrimaryEguiContext>, Without<MapCamera>)>,
    mut picture: ResMut<MapPicture>,
    (mut quiet, mut moves): (Local<Quiet>, Local<Moves>),
) {
    let (Ok(mut map), Ok(mut panels)) = (maps.single_mut(), panels.single_mut()) else { return };
    let size = panels.physical_target_size();
    // Cameras that others put to rest (a picture that is waited for, a wall that loads) leave nothing to keep.
    let is_put_to_rest = !panels.is_active && !quiet.rests;
    let is_shown = |picture: &MapPicture| picture.shown.load(Ordering::Acquire) == picture.changes + 1;
    let was_shown = is_shown(&picture);
    let news = match () {
        () if changes.is_any || is_put_to_rest => News::Any,
        () if changes.is_none() => News::Nothing,
        () => News::Exact,
    };
    let is_over = quiet.look(news, size, time.elapsed());
    if is_over {
        // Another number than any picture that was drawn has.
        picture.changes += 1;
    }
    // On a GPU a whole picture costs next to nothing, and what depends on pixels is right in each.
    let is_software = adapter.is_some_and(|adapter| adapter.0.device_type == wgpu::DeviceType::Cpu);
    let draws_late = quiet.draws_late(is_software);
    let step = match size {
        Some(size) if is_over && is_software && was_shown && quiet.late == 0 && !draws_late => {
            moves.step(&changes, &view, &frame, size)
        }
        _ => Step::All,
    };
    picture.plan = match step {
        Step::Part(part) => Plan::Part(part),
        Step::All if !is_over && !draws_late && is_shown(&picture) => Plan::Rest,
        Step::All => {
            moves.begin(&view);
            Plan::All
        }
    };
    if !is_put_to_rest {
        quiet.rests = picture.plan == Plan::Rest && due.0 == 0 && !pipelines.is_any() && !drift.is_changed();
        if panels.is_active == quiet.rests {
            panels.is_active = !quiet.rests;
        }
    }
    let is_active = panels.is_active && picture.plan != Plan::Rest;
    if map.is_active != is_active {
        map.is_active = is_active;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_picture_is_made_anew_in_one_frame_and_a_changed_one_after_quiet() {
        let mut quiet = Quiet::default();
        let size = Some(UVec2::new(1920, 1080));
        let mut look = |news, second| {
            let is_over = quiet.look(news, size, Duration::from_secs(second));
            (is_over, quiet.late > 0)
        };
        assert_eq!(look(News::Exact, 0), (true, true), "the size is new");
        for frame in 1..=QUIET {
            assert_eq!(look(News::Nothing, 1), (false, frame < QUIET));
        }
        assert_eq!(look(News::Nothing, 9), (false, false));
        assert_eq!(look(News::Nothing, 10), (true, false), "old: made again in this very frame");
        assert_eq!(look(News::Nothing, 11), (false, false));
        assert_eq!(look(News::Exact, 12), (true, false), "changed, and nothing comes late");
        assert_eq!(look(News::Any, 13), (true, true), "changed: drawn until it is quiet");
        assert_eq!(look(News::Exact, 14), (true, true), "what comes late comes while other things change, too");
    }

    #[test]
    fn where_drawing_is_dear_only_the_last_late_frame_is_drawn() {
        let late = |saves| {
            let mut quiet = Quiet::default();
            let mut look = |news| {
                quiet.look(news, Some(UVec2::ONE), Duration::ZERO);
                quiet.draws_late(saves)
            };
            look(News::Any);
            [look(News::Nothing), look(News::Nothing), look(News::Exact), look(News::Nothing), look(News::Nothing)]
        };
        assert_eq!(late(true), [false, false, false, true, false]);
        assert_eq!(late(false), [true, true, true, false, false]);
    }
}
