//! Draws seldom while the wall loads, where the GPU is the CPU: each picture of a half-filled wall would take the
//! processor from the work that fills it. The wall's systems run as ever; only its cameras rest, and the window keeps its
//! last picture.
//!
//! This ends with the first complete picture, and in any case a few seconds after the start: a wall whose platform is
//! away is no wall that loads. Partners: `journal.rs`, which knows when it is complete; `ticker.rs`, which sees to it that
//! what was put off is drawn.

use std::time::{Duration, Instant};

use bevy::camera::visibility::VisibilitySystems;
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;
use bevy_egui::PrimaryEguiContext;
use wgpu::DeviceType;

use super::journal::IsComplete;
use crate::layers::still::MapChangesSettled;

/// Pictures while loading are at least this far apart.
const APART: Duration = Duration::from_secs(1);
/// Longest time after the program began that counts as loading.
const LONGEST: Duration = Duration::from_secs(4);

/// When the loading wall was last drawn.
#[derive(Resource, Default, Debug)]
pub struct LoadingPace {
    drawn: Option<Instant>,
    is_over: bool,
    is_resting: bool,
}

impl LoadingPace {
    /// True while a picture is owed.
    pub fn is_put_off(&self) -> bool {
        self.is_resting
    }

    /// Whether to draw now, `since_start` after the program began.
    fn draws(&mut self, now: Instant, since_start: Duration, is_complete: bool) -> bool {
        self.is_over |= is_complete || since_start >= LONGEST;
        let is_due = self.is_over || self.drawn.is_none_or(|drawn| now.saturating_duration_since(drawn) >= APART);
        if is_due {
            self.drawn = Some(now);
        }
        self.is_resting = !is_due;
        is_due
    }
}

/// Adds the pace; nothing puts it to work before [`by_hand`].
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<LoadingPace>();
}

/// For walls in a window; a picture without one has its own way to wait.
pub(super) fn by_hand(app: &mut App) {
    app.add_systems(PostUpdate, rest.before(MapChangesSettled).before(VisibilitySystems::CheckVisibility));
}

fn rest(
    mut pace: ResMut<LoadingPace>,
    complete: IsComplete,
    adapter: Option<Res<RenderAdapterInfo>>,
    mut cameras: Query<&mut Camera, With<PrimaryEguiContext>>,
) {
    if pace.is_over {
        return;
    }
    let is_software = adapter.is_some_and(|adapter| adapter.0.device_type == DeviceType::Cpu);
    let is_complete = !is_software || complete.is_complete();
    let draws = pace.draws(Instant::now(), crate::launch::began().elapsed(), is_complete);
    // The map's camera follows (`still.rs`).
    for mut camera in cameras.iter_mut().filter(|camera| camera.is_active != draws) {
        camera.is_active = draws;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loading_wall_is_drawn_seldom_and_a_complete_one_always() {
        let mut pace = LoadingPace::default();
        let start = Instant::now();
        let mut draws = |ms, is_complete| {
            let since = Duration::from_millis(ms);
            (pace.draws(start + since, since, is_complete), pace.is_put_off())
        };
        assert_eq!(draws(500, false), (true, false), "the first picture");
        assert_eq!(draws(600, false), (false, true));
        assert_eq!(draws(1_500, false), (true, false));
        assert_eq!(draws(1_550, true), (true, false), "complete");
        assert_eq!(draws(1_551, false), (true, false), "it stays complete, whatever comes");
    }

    #[test]
    fn a_wall_without_a_platform_does_not_load_for_ever() {
        let mut pace = LoadingPace::default();
        let start = Instant::now();
        assert!(pace.draws(start, Duration::ZERO, false));
        assert!(!pace.draws(start + Duration::from_millis(1), LONGEST - Duration::from_millis(1), false));
        assert!(pace.draws(start + Duration::from_millis(2), LONGEST, false));
        assert!(pace.draws(start + Duration::from_millis(3), LONGEST, false));
    }
}
