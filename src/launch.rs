//! Puts the parts together for each subcommand: the reference platform, the platform thread, the wall.
//!
//! Only here do `server` and the wall meet, and only to start both: they talk over HTTP.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};

use crate::cli::{ImportFlags, ServeFlags, SnapshotFlags};
use crate::config::{AuthConfig, Config, DisplayConfig, DisplayPlace, Embedded, SourceConfig, Viewing};
use crate::doctor::Finding;
use crate::panels::floors;
use crate::platform::{Auth, CacheOptions, Link, PlatformConfig};
use crate::scene::{SceneFolder, Scenes};
use crate::server::serve::{Content, Running, ServeOptions};
use crate::wall::headless::Headless;
use crate::wall::snapshot::Shot;
use crate::{graphics, platform, server, wall};

/// When the program began: the first call notes it, and `main` makes the first call.
pub fn began() -> Instant {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    *BEGAN
}

/// Tickets of one page from the platform in this process: no network is between, so that small pages, which stay in the
/// processor's caches, are the faster ones.
const LOCAL_PAGE: u32 = 2_500;

/// The data side of a wall: the platform thread, and the reference platform if it runs in this process.
pub struct Supply {
    /// The link to the platform thread.
    pub link: Link,
    /// Stops when dropped.
    pub server: Option<Running>,
}

/// Wakes the event loop from the platform thread; set once the event loop exists.
pub type Waker = Arc<OnceLock<Box<dyn Fn() + Send + Sync>>>;

/// Starts the data side. `waker` is called after each delivery, as soon as it is set.
pub fn supply(config: &Config, waker: Waker) -> anyhow::Result<Supply> {
    let (platform, server) = platform_config(config)?;
    start(platform, server, waker)
}

fn start(platform: PlatformConfig, server: Option<Running>, waker: Waker) -> anyhow::Result<Supply> {
    let wake = move || {
        if let Some(wake) = waker.get() {
            wake();
        }
    };
    let link = platform::start(platform, wake).context("the platform thread cannot be started")?;
    Ok(Supply { link, server })
}

fn platform_config(config: &Config) -> anyhow::Result<(PlatformConfig, Option<Running>)> {
    match &config.source {
        SourceConfig::Platform { url, auth, ca_file } => {
            let seed = u64::from(std::process::id());
            let folder = config.cache_dir.clone();
            let cache = config.cache.map(|pace| CacheOptions { folder, every: pace.every });
            Ok((
                PlatformConfig {
                    auth: credential(auth)?,
                    cache,
                    ca_file: ca_file.clone(),
                    ..PlatformConfig::new(url, seed)
                },
                None,
            ))
        }
        SourceConfig::Embedded(demo) => {
            let running = server::serve::start(embedded(demo)?).context("the reference platform cannot be started")?;
            let platform = PlatformConfig { page_limit: LOCAL_PAGE, ..PlatformConfig::new(&running.url, demo.seed) };
            Ok((platform, Some(running)))
        }
    }
}

/// How the embedded platform is served.
pub(crate) fn embedded(demo: &Embedded) -> anyhow::Result<ServeOptions> {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    options(listen, &demo.district, demo.seed, demo.speed, demo.db.clone(), demo.at)
}

fn options(
    listen: SocketAddr,
    district: &str,
    seed: u64,
    speed: f64,
    db: Option<std::path::PathBuf>,
    at: Option<jiff::Timestamp>,
) -> anyhow::Result<ServeOptions> {
    let content = match db {
        // A file that is there says itself what it holds.
        Some(db) if db.exists() => Content::Database(db),
        db => Content::Synthetic { spec: district.parse()?, seed, db },
    };
    Ok(ServeOptions { at, speed, ..ServeOptions::new(listen, content) })
}

/// The credential of a configuration, read from its file.
fn credential(auth: &AuthConfig) -> anyhow::Result<Auth> {
    let secret = |path: &std::path::Path| -> anyhow::Result<secrecy::SecretString> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))?;
        match text.lines().next().map(str::trim) {
            Some(line) if !line.is_empty() => Ok(line.to_owned().into()),
            _ => bail!("{}: the first line is empty; it must hold the secret", path.display()),
        }
    };
    Ok(match auth {
        AuthConfig::None => Auth::None,
        AuthConfig::Bearer { token_file } => Auth::Bearer(secret(token_file)?),
        AuthConfig::Header { name, value_file } => Auth::Header { name: name.clone(), value: secret(value_file)? },
        AuthConfig::Query { name, value_file } => Auth::Query { name: name.clone(), value: secret(value_file)? },
    })
}

/// Opens the wall in a window and runs it to its end. `supervised`: a supervisor holds our stdin and stdout, and this is
/// how often it had to start a wall before.
pub fn open_wall(config: &Config, supervised: Option<u32>) -> anyhow::Result<ExitCode> {
    check_displays(config)?;
    if cfg!(target_os = "linux") && display_name().is_none() {
        bail!(
            "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set. \
             `gridwall snapshot wall.png` renders the same wall to a file"
        );
    }
    let waker = Waker::default();
    let (mut platform, server) = platform_config(config)?;
    // After a power cut all walls of a building start at once; they must not all call at once.
    platform.start_jitter = server.is_none();
    let supply = start(platform, server, waker.clone())?;
    let build = if config.displays.is_empty() { wall::window::app } else { wall::displays::app };
    let app = quietly(|| build(config, supply.link, &waker, supervised)).map_err(|panic| {
        why_refused(&format!("the window system refused ({panic}); `gridwall doctor` tells what is missing"))
    })?;
    Ok(wall::window::run(app))
}

/// What would be wrong with a display once its window is open: texts that nobody can read from where they sit, a scene
/// that there is not. All of it at once, one line each.
///
/// # Errors
/// If there is anything wrong.
pub fn check_displays(config: &Config) -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    let known = known_scenes(config);
    for display in &config.displays {
        let mut add = |what: String| wrong.push(format!("{}: display `{}`: {what}", display.at, display.name));
        let judge = |viewing: Viewing| floors::refusal(&viewing, display.scale, display.profile);
        if let Some(refusal) = display.viewing.and_then(judge) {
            add(refusal);
        }
        let planned = display.rotation.iter().flat_map(|plan| &plan.scenes);
        for scene in display.scene.iter().chain(planned).filter(|scene| !known.contains(scene)) {
            add(format!("there is no scene `{scene}`; there are {}", known.join(", ")));
        }
    }
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// The names of the shipped scenes and of the site's own.
fn known_scenes(config: &Config) -> Vec<String> {
    let own = config.scenes_dir.clone().and_then(|folder| SceneFolder::new(folder).look().ok().flatten());
    match own {
        Some(reading) => reading.scenes.into_iter().map(|scene| scene.id).collect(),
        None => Scenes::default().ids().map(str::to_owned).collect(),
    }
}

/// Renders one complete frame to a file.
pub fn snapshot(config: &Config, flags: &SnapshotFlags) -> anyhow::Result<()> {
    let heat = flags.heat.as_deref().map(crate::heat::memory::read).transpose()?.unwrap_or_default();
    let supply = supply(config, Waker::default())?;
    let shown = flags.display.as_deref().map(|name| display_named(config, name)).transpose()?;
    let size = shown.and_then(|display| match display.place {
        DisplayPlace::Window { size, .. } => Some(size),
        DisplayPlace::Monitor(_) => display.viewing.and_then(|viewing| viewing.pixels),
    });
    let (width, height) = flags.size.or(size).unwrap_or((1920, 1080));
    let scene = flags.scene.clone().or_else(|| shown.and_then(|display| display.scene.clone()));
    let own = shown.map(|display| config.for_display(display));
    let config = own.as_ref().unwrap_or(config);
    let mut headless = headless(config, supply.link, width, height)?;
    if let Some(folder) = &config.scenes_dir {
        let reading = SceneFolder::new(folder.clone()).look();
        let reading = reading.with_context(|| format!("{}: the scene files cannot be listed", folder.display()))?;
        if let Some(scenes) = reading {
            scenes.refused.iter().for_each(|refused| tracing::warn!("{refused}; it is left out"));
            headless.world().resource_mut::<Scenes>().replace(scenes.scenes);
        }
    }
    let scene = scene.unwrap_or_else(|| "overview".to_owned());
    let shot = Shot { scene: Some(scene), select: flags.select.clone(), tilt: flags.tilt, heat };
    let picture = wall::snapshot::take(&mut headless, &shot, Duration::from_secs(flags.timeout))?;
    wall::snapshot::save(&picture, &flags.out)?;
    Ok(())
}

/// The display of this name.
fn display_named<'a>(config: &'a Config, name: &str) -> anyhow::Result<&'a DisplayConfig> {
    config.displays.iter().find(|display| display.name == name).ok_or_else(|| {
        let names: Vec<&str> = config.displays.iter().map(|display| display.name.as_str()).collect();
        anyhow!("--display {name}: the configuration has the displays: {}", names.join(", "))
    })
}

/// A wall without a window, or why there is none.
pub(crate) fn headless(config: &Config, link: Link, width: u32, height: u32) -> anyhow::Result<Headless> {
    quietly(|| wall::headless_wall(config, link, width, height))
        .map_err(|panic| why_refused(&format!("the graphics adapter refused ({panic}); `gridwall doctor` tells more")))
}

/// Why Bevy would not start, looked into only then: asking for the adapters takes as long as starting one of them.
fn why_refused(otherwise: &str) -> anyhow::Error {
    let adapters = std::thread::spawn(|| !graphics::adapters().is_empty()).join();
    match adapters {
        Ok(true) => anyhow!("{otherwise}"),
        Ok(false) => anyhow!(graphics::NO_ADAPTER),
        Err(_) => anyhow!("the graphics driver crashed; `gridwall doctor` tells more"),
    }
}

/// Runs `build`, turning a panic (Bevy's way to say that a window or an adapter is not to be had) into its message.
fn quietly<T>(build: impl FnOnce() -> T) -> Result<T, String> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let built = std::panic::catch_unwind(std::panic::AssertUnwindSafe(build));
    std::panic::set_hook(hook);
    built.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "no reason".into())
    })
}

/// Runs the reference platform until it is interrupted.
pub fn serve(flags: &ServeFlags) -> anyhow::Result<()> {
    init_log();
    let options = options(flags.listen, &flags.district, flags.seed, flags.speed, flags.db.clone(), flags.at)?;
    let options = ServeOptions { stops_on_ctrl_c: true, ..options };
    let running = server::serve::start(options)?;
    tracing::info!("the reference platform listens on {}", running.url);
    running.wait();
    Ok(())
}

/// Reads files into a database and prints what became of every row.
pub fn import(flags: &ImportFlags) -> anyhow::Result<()> {
    server::ingest::ingest(&flags.map, &flags.areas, &flags.tickets, &flags.db, &mut std::io::stdout().lock())?;
    Ok(())
}

/// What `doctor` says about the platform.
pub fn probe(config: &Config) -> Vec<Finding> {
    let (platform, _server) = match platform_config(config) {
        Ok(both) => both,
        Err(error) => return vec![Finding { what: "platform".into(), result: Err(format!("{error:#}")) }],
    };
    platform::probe(platform)
        .into_iter()
        .map(|check| Finding { what: format!("platform {}", check.what), result: check.result })
        .collect()
}

/// The display a window would open on.
pub fn display_name() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some("the system's".into());
    }
    ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().find_map(|name| {
        std::env::var(name).ok().filter(|value| !value.is_empty()).map(|value| format!("{name}={value}"))
    })
}

/// Watches over a wall in another process.
pub fn supervise(options: crate::supervise::Options) -> anyhow::Result<ExitCode> {
    init_log();
    crate::supervise::run(&options)
}

fn init_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("GRIDWALL_LOG").unwrap_or_else(|_| "info".into());
    // A second subscriber in one process is refused; the first one then does.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
