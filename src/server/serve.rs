//! Running the reference platform: bind, make or open the content, keep it moving, stop.
//!
//! One thread named `server` with a current-thread runtime serves; one named `server-load` makes the content, so that
//! the landing page and the areas answer while the year of tickets is still being written. Partner: `api`.

use std::future::IntoFuture;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::api::{self, App, Ground, Pace, Readiness, Tickets};
use super::clock::PlatformClock;
use super::district::DistrictSpec;
use super::faults::Faults;
use super::live::{Simulation, follow};
use super::store::{Archive, Change, Digest, Opened, Origin, Store, StoreError};
use super::synthetic::{Recipe, read_figures};

/// How to serve what.
#[derive(Debug)]
pub struct ServeOptions {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What is served.
    pub content: Content,
    /// Where the clock stands still; `None`: it runs from now, or stands at the end of an archive.
    pub at: Option<Timestamp>,
    /// Platform seconds per real second. The clock of an archive stands unless this is another number than 1.
    pub speed: f64,
    /// Faults to order, for tests.
    pub faults: Faults,
    /// Pace of bookmarks and digests.
    pub pace: Pace,
    /// Stop on Ctrl-C; for the command line.
    pub stops_on_ctrl_c: bool,
}

impl ServeOptions {
    /// `content` at `listen`, everything else as usual.
    pub fn new(listen: SocketAddr, content: Content) -> Self {
        Self {
            listen,
            content,
            at: None,
            speed: 1.0,
            faults: Faults::default(),
            pace: Pace::default(),
            stops_on_ctrl_c: false,
        }
    }

    /// `content` on a free loopback port.
    pub fn local(content: Content) -> Self {
        Self::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), content)
    }
}

/// What is served.
#[derive(Debug)]
pub enum Content {
    /// Values at hand, in memory.
    Given(Box<Archive>),
    /// A synthetic district.
    Synthetic {
        /// Its size.
        spec: DistrictSpec,
        /// Its seed.
        seed: u64,
        /// A file to keep it in. One that is there goes on, if it holds the same district.
        db: Option<PathBuf>,
    },
    /// A database file as it is: an archive, or a synthetic district that goes on.
    Database(PathBuf),
}

/// Why serving cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be used.
    #[error("cannot listen on {addr}: {hint}")]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// Why, and what to do.
        hint: String,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The speed is not a number from 0 on.
    #[error("speed {0} cannot be: use a number from 0 (the clock stands still) to 100000")]
    Speed(f64),
    /// No thread or runtime.
    #[error("cannot start the server thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// A running server. Dropping it stops it.
pub struct Running {
    /// Where it is reached: `http://127.0.0.1:PORT/`.
    pub url: String,
    /// The same as an address.
    pub addr: SocketAddr,
    changes: mpsc::UnboundedSender<Vec<Change>>,
    app: Arc<App>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Running({})", self.url)
    }
}

impl Running {
    /// Hands over changes from outside, for example of a test; they are written, logged and sent in order.
    pub fn change(&self, changes: Vec<Change>) {
        // After the end of the server there is nobody to tell.
        let _ = self.changes.send(changes);
    }

    /// The digest over all tickets as they are now; `None` before there are any.
    pub fn digest(&self) -> Option<Digest> {
        self.tickets().map(|tickets| tickets.store().digest())
    }

    /// What the database takes, bytes; of a file only what is in it, not what is in memory.
    pub fn memory(&self) -> Option<u64> {
        self.tickets().and_then(|tickets| tickets.store().size().ok())
    }

    fn tickets(&self) -> Option<Arc<Tickets>> {
        match &*self.app.tickets.borrow() {
            Readiness::Ready(tickets) => Some(tickets.clone()),
            Readiness::Waiting | Readiness::Failed(_) => None,
        }
    }

    /// Stops serving; open connections end at once.
    pub fn stop(mut self) {
        self.end();
    }

    /// Waits until the server ends: by Ctrl-C, or never.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Binds, opens files, and returns as soon as the server listens; what must be generated follows in the background.
pub fn start(options: ServeOptions) -> Result<Running, ServeError> {
    if !(0.0..=100_000.0).contains(&options.speed) {
        return Err(ServeError::Speed(options.speed));
    }
    let source = Source::open(options.content)?;
    let listener = bind(options.listen)?;
    let addr = listener.local_addr()?;
    listener.set_nonblocking(true)?;

    let app = Arc::new(App::new(options.faults.clone(), options.pace));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (stop, stopped) = oneshot::channel();
    let (changes, given) = mpsc::unbounded_channel();
    let (simulations, simulation) = oneshot::channel();
    let stops_on_ctrl_c = options.stops_on_ctrl_c;

    let (loading, watched) = (app.clone(), app.clone());
    std::thread::Builder::new().name("server-load".to_owned()).spawn(move || {
        match source.load(&loading, options.at, options.speed) {
            Ok(simulation) => drop(simulations.send(simulation)),
            Err(error) => {
                tracing::error!(%error, "the content of the reference platform could not be made");
                loading.open_tickets(Readiness::Failed(error.to_string()));
            }
        }
    })?;
    let thread = std::thread::Builder::new().name("server".to_owned()).spawn(move || {
        runtime.block_on(async move {
            let listener = match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => listener,
                Err(error) => return tracing::error!(%error, "the listening socket cannot be used"),
            };
            tokio::spawn(follow(app.clone(), simulation, given));
            let serving = axum::serve(listener, api::router(app));
            let interrupted = async {
                if !stops_on_ctrl_c || tokio::signal::ctrl_c().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                ended = serving.into_future() => if let Err(error) = ended {
                    tracing::error!(%error, "serving ended");
                },
                _ = stopped => {}
                () = interrupted => tracing::info!("stopped by Ctrl-C"),
            }
        });
        // Streams never end by themselves.
        runtime.shutdown_timeout(Duration::from_millis(100));
    })?;
    let url = format!("http://{}/", reachable(addr));
    Ok(Running { url, addr, changes, app: watched, stop: Some(stop), thread: Some(thread) })
}

/// An address that a client on this machine can call: `0.0.0.0` is none.
fn reachable(addr: SocketAddr) -> SocketAddr {
    match addr {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], v4.port())),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], v6.port())),
        other => other,
    }
}

fn bind(addr: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(addr).map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program already listens there; stop it, or choose another address with --listen".to_owned()
            }
            std::io::ErrorKind::AddrNotAvailable => {
                "no network interface of this machine has the address; use 127.0.0.1 or 0.0.0.0".to_owned()
            }
            std::io::ErrorKind::PermissionDenied => "this user may not use the port; use one from 1024 on".to_owned(),
            _ => error.to_string(),
        };
        ServeError::Bind { addr, hint }
    })
}

/// Content after the checks that can fail, before the work that takes long.
enum Source {
    Given(Box<Archive>),
    New(Recipe, Option<PathBuf>),
    Opened(Box<Opened>, Option<Recipe>),
}

impl Source {
    fn open(content: Content) -> Result<Self, StoreError> {
        let (path, wanted) = match content {
            Content::Given(archive) => return Ok(Self::Given(archive)),
            Content::Synthetic { spec, seed, db: Some(path) } if path.exists() => (path, Some(Recipe { spec, seed })),
            Content::Synthetic { spec, seed, db } => return Ok(Self::New(Recipe { spec, seed }, db)),
            Content::Database(path) => (path, None),
        };
        let opened = Store::open_file(&path)?;
        let recipe = Recipe::of(&opened.origin);
        match wanted {
            Some(wanted) if recipe.as_ref() != Some(&wanted) => {
                let (found, wanted) = (opened.origin.to_string(), wanted.origin().to_string());
                Err(StoreError::OtherContent { path, found, wanted })
            }
            None if recipe.is_none() && opened.origin != Origin::Archive => {
                let (found, wanted) = (opened.origin.to_string(), "a district that this version can make".to_owned());
                Err(StoreError::OtherContent { path, found, wanted })
            }
            _ => Ok(Self::Opened(Box::new(opened), recipe)),
        }
    }

    /// Makes the content and hands it to the app as it becomes ready; returns what keeps it moving.
    fn load(self, app: &App, at: Option<Timestamp>, speed: f64) -> Result<Option<Simulation>, StoreError> {
        // An archive's clock stands: its data do not go on.
        let archive_speed = if speed == 1.0 { 0.0 } else { speed };
        match self {
            Self::New(recipe, file) => recipe.begin(app, running_clock(at, speed), file.as_deref()),
            Self::Opened(opened, Some(recipe)) => {
                // What has happened has happened.
                let at = at.map(|at| at.max(opened.store.as_of()));
                Ok(recipe.resume(app, *opened, running_clock(at, speed)))
            }
            Self::Given(archive) => {
                let clock = standing_clock(at, archive.clock_at(), archive_speed);
                let catalog = archive.catalog();
                let mut store = Store::memory(catalog.zone.clone())?;
                let ground = Arc::new(Ground { catalog, clock, care: None });
                app.ground.send_replace(Readiness::Ready(ground.clone()));
                store.load(archive.tickets.iter().map(|detail| (&detail.ticket, Some(detail))))?;
                let tickets = Arc::new(Tickets::new(store, None, Some(archive.sources)));
                app.open_tickets(Readiness::Ready(tickets.clone()));
                read_figures(app, &ground, &tickets, None);
                Ok(None)
            }
            Self::Opened(opened, None) => {
                let Opened { store, catalog, clock_at, sources, .. } = *opened;
                let clock = standing_clock(at, clock_at, archive_speed);
                let ground = Arc::new(Ground { catalog, clock, care: None });
                app.ground.send_replace(Readiness::Ready(ground.clone()));
                let tickets = Arc::new(Tickets::new(store, None, Some(sources)));
                app.open_tickets(Readiness::Ready(tickets.clone()));
                read_figures(app, &ground, &tickets, None);
                Ok(None)
            }
        }
    }
}

/// A simulation's clock: stands at `at`, or runs from now.
fn running_clock(at: Option<Timestamp>, speed: f64) -> PlatformClock {
    match at {
        Some(at) => PlatformClock::simulated(at, 0.0),
        None if speed == 1.0 => PlatformClock::real(),
        None => PlatformClock::simulated(Timestamp::now(), speed),
    }
}

/// The clock of data of the past: stands at `at`, or runs on from their end at `speed`.
fn standing_clock(at: Option<Timestamp>, end: Timestamp, speed: f64) -> PlatformClock {
    match at {
        Some(at) => PlatformClock::simulated(at, 0.0),
        None => PlatformClock::simulated(end, speed),
    }
}
