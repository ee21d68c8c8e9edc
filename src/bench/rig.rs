//! The wall that benches measure: the real app off screen on the demo district of 1,610 grids with a year of tickets, at a
//! fixed moment, and waiting until everything is there that its scene shows.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

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

/// The reference platform in a process of its own, as on a real wall; it ends with this.
pub(super) struct Elsewhere {
    process: Child,
    /// Where it listens.
    pub(super) url: String,
}

impl Elsewhere {
    /// Starts `gridwall serve` with the district at the moment, and waits until it has its tickets.
    ///
    /// # Errors
    /// If it cannot be started, or does not answer within [`LIMIT`].
    pub(super) fn start() -> anyhow::Result<Self> {
        // Free a moment ago; whoever takes it in between makes the platform end, which is told.
        let listen = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let process = Command::new(std::env::current_exe()?)
            .args(["serve", "--district", DISTRICT, "--at", AT, "--listen", &listen.to_string()])
            .env("GRIDWALL_LOG", "warn")
            // What a site has set for its own platform is not what is measured.
            .env_remove("GRIDWALL_DB")
            .env_remove("GRIDWALL_SEED")
            .env_remove("GRIDWALL_SPEED")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("the reference platform cannot be started")?;
        let mut platform = Self { process, url: format!("http://{listen}/") };
        let begun = Instant::now();
        while !has_tickets(listen) {
            if let Some(status) = platform.process.try_wait()? {
                anyhow::bail!("the reference platform at {listen} ended: {status}");
            }
            anyhow::ensure!(begun.elapsed() < LIMIT, "the reference platform does not answer at {listen}");
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(platform)
    }
}

/// True if a platform there lists tickets, which it does last.
fn has_tickets(listen: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(listen)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"GET /collections/tickets/items?limit=1 HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(head.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
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
