//! One reading of the complete list of tickets while changes keep coming in. Pages may be of different moments, so what
//! counts is the version, never the order of arrival; the list is complete when all pages are there and the stream has
//! caught up with the newest of them. Partner: `tickets.rs`, which asks for the pages and keeps the stream.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use reqwest::Url;

use super::RequestId;
use super::board::Rejected;
use super::ledger::Ledger;
use super::pace::Mono;
use crate::domain::{Ticket, TicketId};
use crate::platform::wire::{PageError, PageHead, Reject, StreamPosition, TicketReader};

/// Most tickets with changes that wait for one list.
const MAX_BUFFERED: usize = 200_000;
/// Most tickets of one list.
const MAX_TICKETS: usize = 2_000_000;

/// What a ticket became while the list was read.
#[derive(Debug)]
pub enum Became {
    /// As it is now.
    Is(Box<Ticket>),
    /// Deleted, or not usable any more.
    Gone,
}

/// A list that is being read.
#[derive(Debug)]
pub struct Listing {
    /// The stream's position when the reading began: no page may be older.
    pub since: StreamPosition,
    /// The page to ask for next, or being asked for; `None` when all are there.
    pub next: Option<Url>,
    /// The request under way.
    pub request: Option<RequestId>,
    /// When to ask, if no request is under way.
    pub due: Option<Mono>,
    /// Pages read, to notice links that run in a circle.
    pub seen: HashSet<Url>,
    /// Since when all pages are there.
    pub complete_at: Option<Mono>,
    newest: u64,
    tickets: Vec<Ticket>,
    places: HashMap<TicketId, usize>,
    known_rejects: Vec<(Arc<str>, u64)>,
    unknown_rejects: u64,
    rejected: Rejected,
    buffer: HashMap<TicketId, (Option<u64>, Became)>,
}

/// Why a page of the list cannot be used, and with it the list.
#[derive(Debug)]
pub enum PageFault {
    /// The page cannot be read.
    Unreadable(PageError),
    /// It belongs to another life of the log, or is older than the stream.
    Stale(String),
}

/// A finished list.
#[derive(Debug)]
pub struct Finished {
    /// The tickets.
    pub tickets: Vec<Ticket>,
    /// Their versions.
    pub ledger: Ledger,
    /// What was left out.
    pub rejected: Rejected,
}

impl Listing {
    /// A reading that starts at `first`.
    pub fn new(since: StreamPosition, first: Url, due: Mono) -> Self {
        Self {
            newest: since.seq,
            since,
            seen: HashSet::from([first.clone()]),
            next: Some(first),
            request: None,
            due: Some(due),
            complete_at: None,
            tickets: Vec::new(),
            places: HashMap::new(),
            known_rejects: Vec::new(),
            unknown_rejects: 0,
            rejected: Rejected::default(),
            buffer: HashMap::new(),
        }
    }

    /// Takes one page.
    pub fn take(&mut self, body: &[u8], reader: &mut TicketReader) -> Result<PageHead, PageFault> {
        let start = self.tickets.len();
        let mut rejects: Vec<Reject> = Vec::new();
        let tickets = &mut self.tickets;
        let head = reader.page(body, |ticket| match ticket {
            Ok(ticket) => tickets.push(ticket),
            Err(reject) => rejects.push(reject),
        });
        let head = head.map_err(PageFault::Unreadable)?;
        if self.tickets.len() > MAX_TICKETS {
            return Err(PageFault::Unreadable(PageError::NotFeatures(format!("more than {MAX_TICKETS} tickets"))));
        }
        if let Some(at) = &head.position {
            if at.epoch != self.since.epoch {
                return Err(PageFault::Stale(format!(
                    "the list is of epoch {}, the stream of {}",
                    at.epoch, self.since.epoch
                )));
            }
            if at.seq < self.since.seq {
                return Err(PageFault::Stale(format!(
                    "a page is of change {}, the stream of {}",
                    at.seq, self.since.seq
                )));
            }
            self.newest = self.newest.max(at.seq);
        }
        for reject in rejects {
            self.rejected.add(&reject);
            match reject.known {
                Some(known) => self.known_rejects.push(known),
                None => self.unknown_rejects += 1,
            }
        }
        // A ticket that moved from page to page while they were read comes twice: the newer version counts.
        let mut index = start;
        while index < self.tickets.len() {
            let ticket = &self.tickets[index];
            match self.places.get(&ticket.id).copied() {
                None => {
                    self.places.insert(ticket.id.clone(), index);
                    index += 1;
                }
                Some(held) => {
                    let is_newer = ticket.ver > self.tickets[held].ver;
                    let ticket = self.tickets.swap_remove(index);
                    if is_newer {
                        self.tickets[held] = ticket;
                    }
                }
            }
        }
        Ok(head)
    }

    /// Changes that wait, and tickets read so far.
    pub fn load(&self) -> (usize, usize) {
        (self.buffer.len(), self.tickets.len())
    }

    /// Notes a change that came while the list is read; the newest of each ticket is kept. False if that is more than
    /// can be kept: the list is too slow for the changes, and must be read anew.
    #[must_use]
    pub fn buffer(&mut self, id: TicketId, ver: Option<u64>, became: Became) -> bool {
        match self.buffer.get(&id) {
            Some((Some(held), _)) if ver.is_some_and(|ver| ver < *held) => {}
            _ => {
                self.buffer.insert(id, (ver, became));
            }
        }
        self.buffer.len() <= MAX_BUFFERED
    }

    /// True if all pages are there and the stream stands at `seq` or later.
    pub fn is_complete(&self, seq: u64) -> bool {
        self.next.is_none() && self.newest <= seq
    }

    /// Puts pages and changes together.
    pub fn finish(mut self, now: Mono) -> Finished {
        for (id, (ver, became)) in std::mem::take(&mut self.buffer) {
            let held = self.places.get(&id).copied();
            // Without a version the change counts as newer: it came after the reading began.
            let is_newer = match (held, ver) {
                (Some(held), Some(ver)) => ver >= self.tickets[held].ver,
                _ => true,
            };
            match became {
                _ if !is_newer => {}
                Became::Is(ticket) => match held {
                    Some(held) => self.tickets[held] = *ticket,
                    None => {
                        self.places.insert(id, self.tickets.len());
                        self.tickets.push(*ticket);
                    }
                },
                Became::Gone => {
                    if let Some(held) = held {
                        self.remove(held);
                    }
                    self.known_rejects.retain(|(known, _)| **known != *id.as_str());
                    self.buffer.insert(id, (ver, Became::Gone));
                }
            }
        }
        let mut ledger = Ledger::with_unknown(self.unknown_rejects);
        for ticket in &self.tickets {
            ledger.hold(&ticket.id, Some(ticket.ver));
        }
        for (id, ver) in self.known_rejects {
            ledger.hold(&TicketId::new(id), Some(ver));
        }
        for (id, (ver, _)) in self.buffer {
            ledger.bury(&id, ver, now);
        }
        Finished { tickets: self.tickets, ledger, rejected: self.rejected }
    }

    fn remove(&mut self, place: usize) {
        let gone = self.tickets.swap_remove(place);
        self.places.remove(&gone.id);
        if let Some(moved) = self.tickets.get(place) {
            self.places.insert(moved.id.clone(), place);
        }
    }
}
