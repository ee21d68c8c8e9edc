//! The wall that benches measure: the real app off screen on the demo district of 1,610 grids with a year of tickets, at a
//! fixed moment, and waiting until everything is there that its scene shows.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::city::{FeedFreshness, Freshness, Tickets, figures};
use crate::config::{Config, ConfigFile, Overrides};
use crate::domain::Feed;
use crate::heat::Figures;
use crate::launch::{self, Waker};
use crate::layers::LayersPending;
use crate::scene::{LayerKind, LayerSwitches};
use crate::server::Running;
use crate::wall::headless::Headless;

/// The moment that is shown.
const AT: &str = "2026-11-21T14:32:05+08:00";
/// The district, as on the command line.
pub(super) const DISTRICT: &str = "nanshan";
/// How long to wait for the first complete frame, and for a scene to settle.
pub(super) const LIMIT: Duration = Duration::from_secs(300);

/// The moment that is shown.
///
/// # Errors
/// None in practice: the constant is a time.
pub(super) fn moment() -> Result<jiff::Timestamp, jiff::Error> {
    AT.parse()
}

/// A wall of `width` × `height` pixels on the platform in this process, which ends with the second part.
///
/// # Errors
/// If there is no adapter, or the platform does not start.
pub(super) fn wall(width: u32, height: u32) -> anyhow::Result<(Headless, Option<Running>)> {
    let source = Overrides { district: Some(DISTRICT.into()), at: Some(moment()?), ..Default::default() };
    wall_on(source, (width, height))
}

/// A wall on this source, which remembers nothing between two runs.
///
/// # Errors
/// If there is no adapter, or the platform does not start.
pub(super) fn wall_on(source: Overrides, (width, height): (u32, u32)) -> anyhow::Result<(Headless, Option<Running>)> {
    let config = Config::resolve(ConfigFile::default(), Path::new("bench"), "", source)?;
    let config = Config { cache: None, ..config };
    let supply = launch::supply(&config, Waker::default())?;
    Ok((launch::headless(&config, supply.link, width, height)?, supply.server))
}

/// Draws until everything is there that the scene shows.
pub(super) fn wait(wall: &mut Headless, since: Instant) -> anyhow::Result<()> {
    loop {
        wall.update()?;
        let world = wall.world();
        let has_heat = world.resource::<LayerSwitches>().is_on(LayerKind::Heat);
        let rung = |feed| world.resource::<FeedFreshness>().rung(feed);
        let mut missing: Vec<String> = Vec::new();
        missing.extend(
            Feed::ALL.into_iter().filter(|feed| rung(*feed) == Freshness::Never).map(|feed| format!("{feed:?}")),
        );
        missing.extend(figures::unanswered(world, &Feed::FIGURES).iter().map(|feed| format!("{feed:?}")));
        let parts = [
            (world.resource::<Tickets>().is_complete, "the list of tickets"),
            (!world.resource::<LayersPending>().0, "the map's layers"),
            (world.resource::<Figures>().is_known || !has_heat, "the heat map"),
        ];
        missing.extend(parts.iter().filter(|(is_there, _)| !is_there).map(|(_, what)| (*what).to_owned()));
        if missing.is_empty() {
            return Ok(());
        }
        anyhow::ensure!(since.elapsed() < LIMIT, "not complete after {LIMIT:?}: {} missing", missing.join(", "));
    }
}
