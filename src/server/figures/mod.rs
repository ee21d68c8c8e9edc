//! Figures of the reference platform: indicators, warnings, teams, whistle calls and class cases, counted from the very
//! tickets it serves.
//!
//! `ledger` keeps the tickets in short, `outline` the areas; `spans` and `tally` count, `registry` says what a key means,
//! `told` holds what departments report, `callbacks` who was called back; `indicators` makes figures of the sums; `detectors`, `teams`, `whistles` and `class_cases` make the other lists;
//! `sheet` is all of it at one moment. A sheet is made when it is asked for, once a minute of the site's clock at most.

mod callbacks;
mod chance;
mod class_cases;
mod detectors;
mod indicators;
mod ledger;
mod outline;
pub mod registry;
pub mod sheet;
mod spans;
mod tally;
mod teams;
mod told;
mod whistles;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::catalog::Catalog;
use super::store::{Change, Store, StoreError};
use crate::domain::{Level, Ticket};
use detectors::Detectors;
use indicators::Figures;
use ledger::Ledger;
use outline::Outline;
pub use sheet::{Board, Item, Sheet};
use sheet::{area_tag, definitions, level_word};
use spans::Spans;
use tally::Tally;
use told::Told;

/// A sheet is made again no sooner, in real time, however fast the site's clock runs.
const PAUSE: Duration = Duration::from_millis(500);
/// Tickets read from a file at once.
const BATCH: usize = 2_000;

/// What a simulation knows beside its tickets.
pub struct Simulated {
    /// Its seed.
    pub seed: u64,
    /// True on a date of heavy rain.
    pub is_rainy: Box<dyn Fn(Date) -> bool + Send + Sync>,
}

/// The desk that counts.
pub struct FigureDesk {
    ledger: Mutex<Ledger>,
    outline: Outline,
    zone: TimeZone,
    /// `None`: real data; then there are no teams, calls and class cases.
    simulated: Option<Simulated>,
    latest: Mutex<Option<(Instant, i64, Arc<Sheet>)>>,
}

impl std::fmt::Debug for FigureDesk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FigureDesk")
    }
}

impl FigureDesk {
    /// A desk for the areas of a catalogue and these tickets, which are those of a store as of its change `seq`.
    pub fn new<'a>(
        catalog: &Catalog,
        tickets: impl IntoIterator<Item = &'a Ticket>,
        seq: u64,
        simulated: Option<Simulated>,
    ) -> Self {
        let outline = Outline::of(catalog);
        let zone = catalog.zone.clone();
        let mut ledger = Ledger::default();
        ledger.seq = seq;
        let tickets = tickets.into_iter();
        ledger.facts.reserve_exact(tickets.size_hint().0);
        tickets.for_each(|ticket| ledger.put(ticket, &outline, &zone));
        Self { ledger: Mutex::new(ledger), outline, zone, simulated, latest: Mutex::new(None) }
    }

    /// The same from a store, a batch at a time, so that others get their turn at it.
    pub fn of_store<'a>(
        catalog: &Catalog,
        store: impl Fn() -> MutexGuard<'a, Store>,
        simulated: Option<Simulated>,
    ) -> Result<Self, StoreError> {
        let seq = store().seq();
        let desk = Self::new(catalog, [], seq, simulated);
        let mut after = 0;
        loop {
            let (tickets, last) = store().tickets_after(after, BATCH)?;
            let Some(last) = last else { return Ok(desk) };
            after = last;
            let mut ledger = desk.ledger();
            tickets.iter().for_each(|ticket| ledger.put(ticket, &desk.outline, &desk.zone));
        }
    }

    /// Changes that the store has taken, up to its change `seq`.
    pub fn take(&self, changes: &[Change], seq: u64) {
        let mut ledger = self.ledger();
        changes.iter().for_each(|change| ledger.apply(change, &self.outline, &self.zone));
        ledger.seq = seq;
    }

    /// The figures at `now`: made anew in every minute and after every change, but not twice within half a second.
    pub fn sheet(&self, now: Timestamp) -> Arc<Sheet> {
        let minute = now.as_second().div_euclid(60);
        let mut latest = self.latest.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let seq = self.ledger().seq;
        if let Some((made, of, sheet)) = &*latest
            && (*of == minute && sheet.seq == seq || made.elapsed() < PAUSE)
        {
            return sheet.clone();
        }
        let sheet = Arc::new(self.make(now));
        tracing::debug!(took = ?sheet.took, seq, "the figures were counted");
        *latest = Some((Instant::now(), minute, sheet.clone()));
        sheet
    }

    fn make(&self, now: Timestamp) -> Sheet {
        let started = Instant::now();
        let ledger = self.ledger();
        let spans = Spans::at(now, &self.zone, ledger.begins());
        let seed = self.simulated.as_ref().map(|simulated| simulated.seed);
        let cases = seed.map(|seed| class_cases::cases(&ledger, &self.outline, &self.zone, now, seed));
        let cases = cases.unwrap_or_default();
        let teams = seed.map(|seed| teams::teams(&ledger, &self.outline, &self.zone, now, seed)).unwrap_or_default();
        let treated = class_cases::treated(&cases, &ledger);
        let tally = Tally::of(&ledger, &self.outline, &spans, seed, &treated);
        let told = seed.map(|seed| Told::of(&self.outline, &spans, seed));
        let mut lists: [Vec<Item>; 5] = Default::default();
        let (outline, told, teams_now) = (&self.outline, told.as_ref(), &teams);
        let figures = Figures { outline, spans: &spans, tally: &tally, told, teams: teams_now, as_of: now };
        figures.all(|figure, level, entry| {
            let area = figure.area.as_ref().map_or("all", |code| code.as_str());
            let id = format!("{area}/{}/{}", entry.key, figure.period.key());
            let tags = [
                area_tag("area", figure.area.as_ref()),
                Some(("level", level_word(level))),
                Some(("key", figure.key.clone())),
                Some(("group", entry.group.into())),
                Some(("period", figure.period.key().into())),
            ];
            lists[Board::Indicators as usize].push(Item::new(&id, tags.into_iter().flatten().collect(), &figure));
        });

        let detectors = Detectors { ledger: &ledger, outline: &self.outline, zone: &self.zone, now };
        let is_rainy = self.simulated.as_ref().map(|simulated| &*simulated.is_rainy as &dyn Fn(Date) -> bool);
        lists[Board::Warnings as usize] = detectors.warnings(is_rainy).iter().map(warning_item).collect();
        if let Some(Simulated { seed, .. }) = self.simulated {
            lists[Board::Teams as usize] = teams.iter().map(|team| self.team_item(team)).collect();
            let calls = whistles::calls(&ledger, &self.outline, now, seed);
            lists[Board::WhistleCalls as usize] = calls.iter().map(call_item).collect();
            lists[Board::ClassCases as usize] = cases.iter().map(case_item).collect();
        }
        Sheet { as_of: now, seq: ledger.seq, lists, definitions: definitions(), took: started.elapsed() }
    }

    fn team_item(&self, team: &crate::domain::Team) -> Item {
        let place = team.area.as_ref().and_then(|code| self.outline.find(code));
        let level = place.map_or(Level::District, |place| self.outline.places[place].level);
        let area = team.area.as_ref().map_or("all", |code| code.as_str());
        let tags = [
            area_tag("area_code", team.area.as_ref()),
            Some(("area_level", level_word(level))),
            Some(("kind", team.kind.key().into())),
        ];
        Item::new(&format!("{area}/{}", team.kind.key()), tags.into_iter().flatten().collect(), team)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The word under which serde writes a unit variant.
fn word(value: impl serde::Serialize) -> Arc<str> {
    serde_json::to_value(value).ok().and_then(|value| Some(value.as_str()?.into())).unwrap_or_default()
}

fn warning_item(warning: &crate::domain::Warning) -> Item {
    let tags = [
        area_tag("area_code", warning.area.as_ref()),
        Some(("level", warning.level.grade().to_string().into())),
        Some(("kind", warning.kind.key().into())),
        Some(("state", word(warning.state))),
    ];
    Item::new(&warning.id, tags.into_iter().flatten().collect(), warning)
}

fn call_item(call: &crate::domain::WhistleCall) -> Item {
    let tags = [
        area_tag("area_code", call.area.as_ref()),
        Some(("trigger", call.trigger.key().into())),
        Some(("status", if call.is_open() { "open" } else { "closed" }.into())),
    ];
    Item::new(&call.id, tags.into_iter().flatten().collect(), call)
}

fn case_item(case: &crate::domain::ClassCase) -> Item {
    let tags = [
        area_tag("area_code", case.area.as_ref()),
        Some(("kind", word(case.kind))),
        Some(("stage", case.stage.key().into())),
    ];
    Item::new(&case.id, tags.into_iter().flatten().collect(), case)
}
