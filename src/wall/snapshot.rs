//! One complete frame to a PNG: waits until everything has arrived, selects what was asked for, lets the picture come
//! to rest, and reads it back.
//!
//! Ages are shown as zero and the camera cuts instead of flying, so that the same seed, size and moment give the same
//! picture. Partner: `headless.rs`, which draws.

use std::path::Path;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy_egui::EguiContext;

use super::headless::{CaptureError, Headless};
use crate::city::figures::unanswered;
use crate::city::{Areas, BoundFigures, Deliveries, Detail, FeedFreshness, FreezeAges, Freshness, Tickets};
use crate::domain::{AreaCode, Feed, TicketId};
use crate::layers::LayersPending;
use crate::map::{LabelNames, PlacedLabels, Steer};
use crate::scene::{Scenes, WARTIME, WallMode};
use crate::selection::{Drill, Selection, Target};

/// What to take a picture of.
#[derive(Clone, Debug, Default)]
pub struct Shot {
    /// Name of the scene; the first one without.
    pub scene: Option<String>,
    /// Select this area (code or name) or ticket (number) first.
    pub select: Option<String>,
    /// In the tilted view.
    pub tilt: bool,
    /// What the heat map is asked for.
    pub heat: crate::heat::HeatSettings,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Not everything arrived in time.
    #[error("after {waited:?} still waiting for: {missing}")]
    Incomplete {
        /// How long.
        waited: Duration,
        /// Which feeds, and what is wrong with each.
        missing: String,
    },
    /// `--select` names nothing.
    #[error("nothing is called `{asked}`: no area has this code or name and no ticket this number{nearest}")]
    NothingCalled {
        /// What was asked for.
        asked: String,
        /// "; did you mean …?" or nothing.
        nearest: String,
    },
    /// `--scene` names nothing.
    #[error("no scene is called `{asked}`; there are {}", known.join(", "))]
    NoScene {
        /// What was asked for.
        asked: String,
        /// The scenes there are.
        known: Vec<String>,
    },
    /// The ticket's detail is not to be had.
    #[error("no detail of ticket {id}: {detail}")]
    NoDetail {
        /// The ticket.
        id: TicketId,
        /// Why.
        detail: String,
    },
    /// No picture came out of the adapter.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// The file cannot be written.
    #[error("{path}: cannot be written: {source}")]
    Write {
        /// The file.
        path: String,
        /// Why.
        source: image::ImageError,
    },
}

/// Frames drawn after everything has arrived: meshes and label positions take effect a frame later.
const SETTLE_FRAMES: u32 = 10;
/// Some of what is drawn is made anew at most once a second.
const SETTLE_TIME: Duration = Duration::from_millis(1_300);

/// Takes the picture.
pub fn take(headless: &mut Headless, shot: &Shot, limit: Duration) -> Result<image::RgbaImage, SnapshotError> {
    let started = Instant::now();
    if let Some(asked) = &shot.scene {
        let mut scenes = headless.world().resource_mut::<Scenes>();
        if !scenes.show(asked) {
            let known = scenes.ids().map(str::to_owned).collect();
            return Err(SnapshotError::NoScene { asked: asked.clone(), known });
        }
        // The scene of wartime is shown as it is then.
        if asked == WARTIME {
            headless.world().resource_scope(|world, mut mode: Mut<WallMode>| {
                mode.toggle(&mut world.resource_mut::<Scenes>());
            });
        }
    }
    headless.world().insert_resource(shot.heat.clone());
    headless.update()?;
    set_camera_active(headless, false);
    wait(headless, started, limit, |world| missing_feeds(world).map_or(Wait::Done, Wait::For))?;
    if let Some(asked) = &shot.select {
        let target = find(headless.world(), asked)?;
        headless.world().trigger(Drill::To(target));
    }
    if shot.tilt {
        headless.world().trigger(Steer::Tilt(true));
    }
    headless.update()?;
    wait(headless, started, limit, missing_detail)?;
    set_camera_active(headless, true);
    wait(headless, started, limit, |world| {
        if world.resource::<LayersPending>().0 { Wait::For("the map's layers".into()) } else { Wait::Done }
    })?;
    let settling = Instant::now();
    let mut frames = 0;
    while frames < SETTLE_FRAMES || settling.elapsed() < SETTLE_TIME {
        headless.update()?;
        frames += 1;
    }
    headless.world().insert_resource(FreezeAges(started));
    forget_history(headless);
    for _ in 0..3 {
        headless.update()?;
    }
    Ok(headless.capture()?)
}

/// Writes the picture as PNG.
pub fn save(picture: &image::RgbaImage, path: &Path) -> Result<(), SnapshotError> {
    // The alpha channel of a wall means nothing; without it the file opens the same everywhere.
    let opaque = image::DynamicImage::ImageRgba8(picture.clone()).into_rgb8();
    opaque
        .save_with_format(path, image::ImageFormat::Png)
        .map_err(|source| SnapshotError::Write { path: path.display().to_string(), source })
}

enum Wait {
    Done,
    For(String),
    Never(SnapshotError),
}

fn wait(
    headless: &mut Headless,
    started: Instant,
    limit: Duration,
    check: impl Fn(&mut World) -> Wait,
) -> Result<(), SnapshotError> {
    loop {
        headless.update()?;
        match check(headless.world()) {
            Wait::Done => return Ok(()),
            Wait::Never(error) => return Err(error),
            Wait::For(missing) if started.elapsed() > limit => {
                return Err(SnapshotError::Incomplete { waited: limit, missing });
            }
            Wait::For(_) => std::thread::sleep(Duration::from_millis(3)),
        }
    }
}

/// The feeds that have not arrived, each with its trouble; `None` when all have.
fn missing_feeds(world: &mut World) -> Option<String> {
    let freshness = world.resource::<FeedFreshness>();
    let tickets = world.resource::<Tickets>().is_complete;
    let pending = world.get_resource::<Deliveries>().is_none_or(Deliveries::is_pending);
    let bound = world.get_resource::<BoundFigures>().map_or(&[][..], |bound| &bound.0);
    let unanswered = unanswered(world, bound);
    let missing: Vec<String> = Feed::STRIP
        .iter()
        .filter(|feed| freshness.rung(**feed) == Freshness::Never || (**feed == Feed::Tickets && !tickets))
        .chain(&unanswered)
        .map(|feed| match freshness.of(*feed).and_then(|state| state.trouble.as_ref()) {
            Some(trouble) => format!("{} ({})", feed.key(), trouble.detail()),
            None => feed.key().to_owned(),
        })
        .collect();
    match (missing.is_empty(), pending) {
        (true, false) => None,
        (true, true) => Some("the last deliveries".into()),
        (false, _) => Some(missing.join(", ")),
    }
}

fn missing_detail(world: &mut World) -> Wait {
    let Target::Ticket(id) = world.resource::<Selection>().target.clone() else { return Wait::Done };
    match world.resource::<Detail>() {
        Detail::Here(detail) if detail.ticket.id == id => Wait::Done,
        Detail::Failed(_, trouble) => Wait::Never(SnapshotError::NoDetail { id, detail: trouble.detail().to_owned() }),
        _ => Wait::For(format!("the detail of ticket {id}")),
    }
}

/// The target with this code, number or name.
fn find(world: &mut World, asked: &str) -> Result<Target, SnapshotError> {
    let id = TicketId::new(asked);
    if world.resource::<Tickets>().by_id.contains_key(&id) {
        return Ok(Target::Ticket(id));
    }
    let areas = &world.resource::<Areas>().table;
    let by_name = || areas.iter().find(|(_, area)| area.name == asked || area.name_en.as_deref() == Some(asked));
    if let Some(id) = areas.find(&AreaCode::new(asked)).or_else(|| by_name().map(|(id, _)| id)) {
        let is_root = areas.root() == Some(id);
        return Ok(if is_root { Target::District } else { Target::Area(areas.get(id).code.clone()) });
    }
    let nearest = areas
        .iter()
        .map(|(_, area)| (strsim::jaro_winkler(asked, &area.name), area))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.6)
        .map(|(_, area)| format!("; did you mean {} ({})?", area.name, area.code))
        .unwrap_or_default();
    Err(SnapshotError::NothingCalled { asked: asked.to_owned(), nearest })
}

/// Places names and draws glyphs anew. Names that are there keep their places, and a glyph's place in its texture decides
/// the last bit of its edges: both depend on what was shown before, which differs from run to run.
pub(super) fn forget_history(headless: &mut Headless) {
    let world = headless.world();
    world.resource_mut::<PlacedLabels>().0.clear();
    world.resource_mut::<LabelNames>().set_changed();
    let mut contexts = world.query::<&mut EguiContext>();
    for mut context in contexts.iter_mut(world) {
        crate::panels::style::renew_glyphs(context.get_mut());
    }
}

fn set_camera_active(headless: &mut Headless, is_active: bool) {
    let world = headless.world();
    let mut cameras = world.query::<&mut Camera>();
    for mut camera in cameras.iter_mut(world) {
        camera.is_active = is_active;
    }
}
