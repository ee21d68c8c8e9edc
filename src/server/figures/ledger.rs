//! The tickets in short: what figures are counted from, kept in step with the store change by change, so that counting
//! a year takes a few milliseconds and reads no file.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::outline::Outline;
use crate::domain::{HandlingMode, Rating, Source, Stage, Ticket, TicketId};
use crate::server::store::Change;

/// A moment that is not there.
pub const NEVER: i64 = i64::MIN;
/// An area, category or unit that is not there.
pub const NOWHERE: u32 = u32::MAX;

/// One ticket. Moments are microseconds since 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Its number.
    pub id: TicketId,
    /// Its version.
    pub ver: u64,
    /// Where it came from.
    pub source: Source,
    /// How it is handled.
    pub mode: HandlingMode,
    /// Where it stands.
    pub stage: Stage,
    /// Satisfaction.
    pub rated: Rating,
    /// The reporter's answer on solving.
    pub resolved: Option<bool>,
    /// Times done again.
    pub redo: u8,
    /// Paused.
    pub is_suspended: bool,
    /// Its handling ended late.
    pub is_late: bool,
    /// Closed on the civil day of its report.
    pub is_same_day: bool,
    /// Its place in the outline, or [`NOWHERE`].
    pub area: u32,
    /// Its place in [`Ledger::categories`].
    pub category: u32,
    /// Its place in [`Ledger::units`], or [`NOWHERE`].
    pub unit: u32,
    /// When it was reported.
    pub reported: i64,
    /// When it last changed.
    pub updated: i64,
    /// Until when it is to be signed for, or [`NEVER`].
    pub sign_due: i64,
    /// When it was, or [`NEVER`].
    pub signed: i64,
    /// Until when it is to be handled, or [`NEVER`].
    pub handle_due: i64,
    /// When it was closed, or [`NEVER`].
    pub closed: i64,
}

/// One category of tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its code.
    pub code: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The class above.
    pub group: Arc<str>,
}

/// All tickets.
#[derive(Debug, Default)]
pub struct Ledger {
    /// In no order that means anything.
    pub facts: Vec<Fact>,
    /// The categories seen so far.
    pub categories: Vec<Category>,
    /// The units seen so far.
    pub units: Vec<Arc<str>>,
    /// The newest change taken.
    pub seq: u64,
    places: HashMap<TicketId, usize>,
    category_of: HashMap<Arc<str>, u32>,
    unit_of: HashMap<Arc<str>, u32>,
}

impl Ledger {
    /// Takes one ticket, unless the one held is as new.
    pub fn put(&mut self, ticket: &Ticket, outline: &Outline, zone: &TimeZone) {
        let held = self.places.get(&ticket.id).copied();
        if held.is_some_and(|place| self.facts[place].ver >= ticket.ver) {
            return;
        }
        let micros = |at: Option<Timestamp>| at.map_or(NEVER, Timestamp::as_microsecond);
        let day = |at: Timestamp| zone.to_datetime(at).date();
        let fact = Fact {
            id: ticket.id.clone(),
            ver: ticket.ver,
            source: ticket.source,
            mode: ticket.mode,
            stage: ticket.stage,
            rated: ticket.rated,
            resolved: ticket.resolved,
            redo: ticket.redo_count,
            is_suspended: ticket.suspended_since.is_some(),
            is_late: ticket.handled_late,
            is_same_day: ticket.closed_at.is_some_and(|closed| day(closed) == day(ticket.reported_at)),
            area: ticket.area.as_ref().and_then(|code| outline.find(code)).map_or(NOWHERE, |place| place as u32),
            category: self.category(ticket),
            unit: self.unit(ticket.agency.as_ref()),
            reported: ticket.reported_at.as_microsecond(),
            updated: ticket.updated_at.as_microsecond(),
            sign_due: micros(ticket.sign_due),
            signed: micros(ticket.signed_at),
            handle_due: micros(ticket.handle_due),
            closed: micros(ticket.closed_at),
        };
        match held {
            Some(place) => self.facts[place] = fact,
            None => {
                self.places.insert(fact.id.clone(), self.facts.len());
                self.facts.push(fact);
            }
        }
    }

    /// Takes a change that the store has taken.
    pub fn apply(&mut self, change: &Change, outline: &Outline, zone: &TimeZone) {
        match change {
            Change::Upsert { ticket, .. } => self.put(ticket, outline, zone),
            Change::Remove { id, .. } => {
                let Some(place) = self.places.remove(id) else { return };
                self.facts.swap_remove(place);
                if let Some(moved) = self.facts.get(place) {
                    self.places.insert(moved.id.clone(), place);
                }
            }
        }
    }

    /// When the first of the tickets was reported.
    pub fn begins(&self) -> Option<i64> {
        self.facts.iter().map(|fact| fact.reported).min()
    }

    fn category(&mut self, ticket: &Ticket) -> u32 {
        if let Some(known) = self.category_of.get(&ticket.category_code) {
            return *known;
        }
        let index = self.categories.len() as u32;
        let (name, group) = (ticket.category.clone(), ticket.category_group.clone());
        self.categories.push(Category { code: ticket.category_code.clone(), name, group });
        self.category_of.insert(ticket.category_code.clone(), index);
        index
    }

    fn unit(&mut self, unit: Option<&Arc<str>>) -> u32 {
        let Some(unit) = unit else { return NOWHERE };
        if let Some(known) = self.unit_of.get(unit) {
            return *known;
        }
        let index = self.units.len() as u32;
        self.units.push(unit.clone());
        self.unit_of.insert(unit.clone(), index);
        index
    }
}

impl Fact {
    /// True until it is closed or void.
    pub fn is_in_hand(&self) -> bool {
        self.stage.is_in_hand()
    }

    /// As [`Ticket::is_overdue`].
    pub fn is_overdue(&self, now: i64) -> bool {
        let unsigned = self.signed == NEVER && self.sign_due != NEVER && self.sign_due < now;
        let unhandled =
            self.stage <= Stage::Handle && !self.is_suspended && self.handle_due != NEVER && self.handle_due < now;
        self.is_in_hand() && (unsigned || unhandled)
    }
}
