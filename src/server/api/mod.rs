//! The HTTP side of the reference platform: routes over what is ready so far. `docs/platform-api.md` is the contract,
//! `assets/openapi.json` says the same to programs.
//!
//! `items.rs` answers lists, `landing.rs` everything about the service itself, `query.rs` reads parameters, `envelope.rs`
//! is what every answer goes through. Partner: `serve.rs`, which fills [`App`] and runs this.

mod ahead;
mod envelope;
mod items;
mod landing;
mod problem;
mod query;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use jiff::Timestamp;
use tokio::sync::watch;
use tower_http::compression::CompressionLayer;

pub use problem::Problem;

use super::care::CareDesk;
use super::catalog::Catalog;
use super::clock::PlatformClock;
use super::faults::Faults;
use super::figures::FigureDesk;
use super::store::{Store, StoreError};
use super::stream;
use crate::domain::{SourceStatus, Ticket, TicketDetail, TicketId};

/// How long a request waits for data that is still being made at the start.
const PATIENCE: Duration = Duration::from_secs(20);

/// Computes one ticket's detail at a moment, where it is not kept in the store.
pub type DetailSource = Box<dyn Fn(&TicketId, Timestamp) -> Option<TicketDetail> + Send + Sync>;

/// The site as it is known before its tickets are.
#[derive(Debug)]
pub struct Ground {
    /// Facts, areas, places.
    pub catalog: Catalog,
    /// The platform's clock.
    pub clock: PlatformClock,
    /// Care counts; `None`: this platform does not collect them.
    pub care: Option<CareDesk>,
}

/// Tickets of a history that are written at once: long enough to be worth a transaction, short enough for the readers
/// of what is there already.
const PIECE: usize = 500;

/// The tickets with their log.
pub struct Tickets {
    store: Mutex<Store>,
    /// The number of the last ticket that is there, while a history is on its way; readers of later ones wait.
    held: watch::Sender<i64>,
    /// The newest `seq`; streams wait for it to change.
    pub head: watch::Sender<u64>,
    /// Computes details that are not kept.
    pub detail: Option<DetailSource>,
    /// What `/sources` answers; `None`: the simulated upstream systems.
    pub sources: Option<Vec<SourceStatus>>,
}

impl Tickets {
    /// Takes a loaded store.
    pub fn new(store: Store, detail: Option<DetailSource>, sources: Option<Vec<SourceStatus>>) -> Self {
        let head = watch::Sender::new(store.seq());
        Self { store: Mutex::new(store), held: watch::Sender::new(i64::MAX), head, detail, sources }
    }

    /// Takes a store that has the history announced and not yet in it: [`Tickets::fill`] brings it.
    pub fn arriving(store: Store, detail: Option<DetailSource>) -> Self {
        Self { held: watch::Sender::new(0), ..Self::new(store, detail, None) }
    }

    /// Brings the history that was announced, while its first pages are read.
    pub fn fill(&self, history: &[Ticket]) -> Result<(), StoreError> {
        history.chunks(PIECE).try_for_each(|piece| self.bring(piece))?;
        self.held.send_replace(i64::MAX);
        Ok(())
    }

    /// Brings its next piece.
    pub(in crate::server) fn bring(&self, piece: &[Ticket]) -> Result<(), StoreError> {
        let held = self.store().fill(piece)?;
        self.held.send_replace(held);
        Ok(())
    }

    /// Waits until the tickets up to number `n` are there.
    async fn hold(&self, n: i64) -> Result<(), Problem> {
        let mut held = self.held.subscribe();
        let there = held.wait_for(|held| *held >= n);
        match tokio::time::timeout(PATIENCE, there).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Problem::starting("the tickets")),
        }
    }

    /// The store. Held for one query or one transaction, never across an await.
    pub fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Something that is made while the server already listens.
#[derive(Clone)]
pub enum Readiness<T> {
    /// Not yet.
    Waiting,
    /// There.
    Ready(T),
    /// It cannot be made, and why.
    Failed(String),
}

/// Counts for `/metrics`.
#[derive(Debug, Default)]
pub struct Stats {
    /// Requests answered.
    pub requests: AtomicU64,
    /// Answers with a status of 400 or more.
    pub errors: AtomicU64,
    /// Streams open now.
    pub streams: AtomicU64,
    /// Failed writes to the store; they are tried again.
    pub write_failures: AtomicU64,
}

/// How often a stream proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Time between bookmarks.
    pub bookmark: Duration,
    /// Time between digests.
    pub digest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { bookmark: Duration::from_secs(5), digest: Duration::from_secs(300) }
    }
}

/// What all handlers share.
pub struct App {
    /// Facts, areas, places.
    pub ground: watch::Sender<Readiness<Arc<Ground>>>,
    /// Tickets, all of them.
    pub tickets: watch::Sender<Readiness<Arc<Tickets>>>,
    /// The same as soon as it is known which there will be.
    arriving: watch::Sender<Readiness<Arc<Tickets>>>,
    /// Indicators and the other figures.
    pub figures: watch::Sender<Readiness<Arc<FigureDesk>>>,
    /// Faults to order.
    pub faults: Faults,
    /// Counts.
    pub stats: Stats,
    /// The page of tickets that is likely to be asked for next.
    ahead: ahead::Ahead,
    /// Pace of streams.
    pub pace: Pace,
}

impl App {
    /// An app with nothing ready yet.
    pub fn new(faults: Faults, pace: Pace) -> Self {
        Self {
            ground: watch::Sender::new(Readiness::Waiting),
            tickets: watch::Sender::new(Readiness::Waiting),
            arriving: watch::Sender::new(Readiness::Waiting),
            figures: watch::Sender::new(Readiness::Waiting),
            faults,
            stats: Stats::default(),
            ahead: ahead::Ahead::default(),
            pace,
        }
    }

    /// The site, as soon as it is there.
    pub async fn ground(&self) -> Result<Arc<Ground>, Problem> {
        wait_for(&self.ground, "the district").await
    }

    /// Shows tickets that are still being brought to those who read them in order, and to streams.
    pub fn announce(&self, tickets: Arc<Tickets>) {
        self.arriving.send_replace(Readiness::Ready(tickets));
    }

    /// Shows tickets that are all there, or says why there are none.
    pub fn open_tickets(&self, tickets: Readiness<Arc<Tickets>>) {
        self.arriving.send_replace(tickets.clone());
        self.tickets.send_replace(tickets);
    }

    /// The tickets as soon as it is known which there will be: count, digest and position are right, and pages in the
    /// order of arrival can be had as far as [`Tickets::hold`] says.
    pub async fn tickets_arriving(&self) -> Result<Arc<Tickets>, Problem> {
        wait_for(&self.arriving, "the tickets").await
    }

    /// The tickets, as soon as they are all there.
    pub async fn tickets(&self) -> Result<Arc<Tickets>, Problem> {
        wait_for(&self.tickets, "the tickets").await
    }

    /// The desk of figures, as soon as it has read the tickets.
    pub async fn figures(&self) -> Result<Arc<FigureDesk>, Problem> {
        wait_for(&self.figures, "the figures").await
    }
}

async fn wait_for<T: Clone>(channel: &watch::Sender<Readiness<T>>, what: &str) -> Result<T, Problem> {
    let mut readiness = channel.subscribe();
    let ready = readiness.wait_for(|state| !matches!(state, Readiness::Waiting));
    let state = match tokio::time::timeout(PATIENCE, ready).await {
        Ok(Ok(state)) => state.clone(),
        Ok(Err(_)) | Err(_) => Readiness::Waiting,
    };
    match state {
        Readiness::Ready(value) => Ok(value),
        Readiness::Failed(reason) => Err(Problem::internal(format!("{what} could not be made: {reason}"))),
        Readiness::Waiting => Err(Problem::starting(what)),
    }
}

/// All routes.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(landing::landing))
        .route("/conformance", get(landing::conformance))
        .route("/openapi.json", get(landing::openapi))
        .route("/healthz", get(landing::healthz))
        .route("/metrics", get(landing::metrics))
        .route("/sources", get(landing::sources))
        .route("/collections", get(landing::collections))
        .route("/collections/{collection}", get(landing::collection))
        .route("/collections/{collection}/items", get(items::items))
        .route("/collections/{collection}/items/{id}", get(items::item))
        .route("/stream", get(stream::stream))
        .route("/indicators", get(items::indicators))
        .route("/persons/{id}", get(landing::reserved))
        .route("/open311/v2/{*rest}", get(landing::reserved))
        .fallback(landing::not_found)
        .method_not_allowed_fallback(landing::not_allowed)
        .layer(axum::middleware::from_fn_with_state(app.clone(), envelope::envelope))
        .layer(CompressionLayer::new().gzip(true))
        .layer(axum::middleware::map_response(envelope::mark_compressed))
        .with_state(app)
}
