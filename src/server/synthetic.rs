//! A synthetic district with its clockwork as content to serve: made in memory, or kept in a file and gone on with.
//!
//! `district` and `clockwork` are pure; here they meet the clock and the store. Partner: `serve.rs`.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::api::{App, DetailSource, Ground, Readiness, Tickets};
use super::care::CareDesk;
use super::catalog::Catalog;
use super::clock::PlatformClock;
use super::clockwork::{self, Clockwork};
use super::district::{self, District, DistrictSpec};
use super::facts::Facts;
use super::figures::{FigureDesk, Simulated};
use super::live::{Simulation, Step};
use super::store::{Journal, Opened, Origin, Store, StoreError};
use crate::domain::{Environment, Site, SiteClock, TicketId};

/// Days of history that are there at the start.
const HISTORY_DAYS: u32 = 365;

/// What a synthetic district is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Its size.
    pub spec: DistrictSpec,
    /// Its seed.
    pub seed: u64,
}

impl Recipe {
    /// The recipe of a file's content; `None` for an archive or a size that this version does not know.
    pub fn of(origin: &Origin) -> Option<Self> {
        match origin {
            Origin::Archive => None,
            Origin::Synthetic { district, seed } => Some(Self { spec: district.parse().ok()?, seed: *seed }),
        }
    }

    /// The same for a file's head.
    pub fn origin(&self) -> Origin {
        Origin::Synthetic { district: self.spec.to_string(), seed: self.seed }
    }

    /// Makes everything in memory, or into a new file: first the areas are ready, then the tickets.
    pub fn begin(
        &self,
        app: &App,
        clock: PlatformClock,
        file: Option<&Path>,
    ) -> Result<Option<Simulation>, StoreError> {
        let district = district::generate(&self.spec, self.seed);
        let is_moving = clock.speed() > 0.0;
        let catalog = catalog_of(&district, clock.now());
        let mut store = match file {
            None => Store::memory(catalog.zone.clone())?,
            Some(path) => Store::create_file(path, &catalog, &self.origin(), Journal::WriteAhead)?,
        };
        let care = Some(care_of(&district, self.seed));
        let ground = Arc::new(Ground { catalog, clock, care });
        app.ground.send_replace(Readiness::Ready(ground.clone()));

        let clockwork = clockwork_of(&district, self.seed);
        let (history, running) = clockwork.open(ground.clock.now(), HISTORY_DAYS);
        let (seq, details) = (store.seq(), Some(details(clockwork.clone())));
        let tickets = if file.is_none() {
            store.announce(&history);
            let tickets = Arc::new(Tickets::arriving(store, details));
            app.announce(tickets.clone());
            tickets.fill(&history)?;
            tickets
        } else {
            // A file has all of it or nothing.
            store.load(history.iter().map(|ticket| (ticket, None)))?;
            Arc::new(Tickets::new(store, details, None))
        };
        app.open_tickets(Readiness::Ready(tickets));
        // The readers of the tickets do not wait for this, and nothing changes before it is done.
        let desk = FigureDesk::new(&ground.catalog, &history, seq, Some(simulated(clockwork, self.seed)));
        app.figures.send_replace(Readiness::Ready(Arc::new(desk)));
        Ok(is_moving.then(|| simulation(running)))
    }

    /// Goes on with a file: what would have happened since it was last served comes as changes.
    pub fn resume(&self, app: &App, opened: Opened, clock: PlatformClock) -> Option<Simulation> {
        let Opened { store, catalog, .. } = opened;
        let district = district::generate(&self.spec, self.seed);
        let care = Some(care_of(&district, self.seed));
        let ground = Arc::new(Ground { catalog, clock, care });
        app.ground.send_replace(Readiness::Ready(ground.clone()));
        let clockwork = clockwork_of(&district, self.seed);
        let running = clockwork::Running::starting_at(clockwork.clone(), store.as_of());
        let tickets = Arc::new(Tickets::new(store, Some(details(clockwork.clone())), None));
        app.open_tickets(Readiness::Ready(tickets.clone()));
        read_figures(app, &ground, &tickets, Some(simulated(clockwork, self.seed)));
        Some(simulation(running))
    }
}

fn catalog_of(district: &District, now: Timestamp) -> Catalog {
    let site = Site {
        title: district.title.clone(),
        title_en: district.title_en.clone(),
        district: district.areas.first().map(|area| area.code.clone()),
        zone: district.zone.clone(),
        environment: Environment::Demo,
        workflow: district.workflow.clone(),
        calendar: district.calendar.clone(),
        clock: SiteClock { now, speed: 1.0 },
        map_approval: None,
    };
    let description = format!(
        "演示数据 · 虚构区域 · {} {} (seed {}). Simulated data of a district that does not exist.",
        district.name, district.spec, district.seed
    );
    Catalog::build(Facts::new(&site, description), district.zone.clone(), now, &district.areas, &district.places)
}

fn care_of(district: &District, seed: u64) -> CareDesk {
    CareDesk::synthetic(&district.areas, district.zone.clone(), seed)
}

/// Its clockwork.
pub(super) fn clockwork_of(district: &District, seed: u64) -> Arc<Clockwork> {
    let mut weights = district.activity.iter().map(|grid| grid.weight);
    let ground = clockwork::Ground::from_areas(
        &district.areas,
        |_| weights.next().unwrap_or(0.0),
        district.calendar.clone(),
        district.ticket_prefix.clone(),
    );
    Arc::new(Clockwork::new(ground, seed))
}

fn details(clockwork: Arc<Clockwork>) -> DetailSource {
    Box::new(move |id: &TicketId, at: Timestamp| clockwork.detail(id, at))
}

fn simulated(clockwork: Arc<Clockwork>, seed: u64) -> Simulated {
    Simulated { seed, is_rainy: Box::new(move |date| clockwork.is_rainy(date)) }
}

/// Reads the figures' tickets from the store. Nothing changes in it before this is done.
pub fn read_figures(app: &App, ground: &Ground, tickets: &Tickets, simulated: Option<Simulated>) {
    app.figures.send_replace(match FigureDesk::of_store(&ground.catalog, || tickets.store(), simulated) {
        Ok(desk) => Readiness::Ready(Arc::new(desk)),
        Err(error) => {
            tracing::error!(%error, "the figures cannot be counted");
            Readiness::Failed(error.to_string())
        }
    });
}

fn simulation(mut running: clockwork::Running) -> Simulation {
    Box::new(move |now| Step { changes: running.advance(now), next_due: Some(running.next_due()) })
}
