//! What is to be saved, and when: follows the deliveries to the wall and the proofs, keeps the newest state of every feed
//! beside the wall's, and says when it is time. Pure; partners: `writer.rs` and `thread.rs`, which feed it.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use super::format::{Section, encode};
use super::{CacheError, pages};
use crate::domain::{Area, Feed, Figures, Place, Site, SourceStatus, Ticket, TicketId};
use crate::platform::sync::Mono;
use crate::platform::{Delivery, TicketChange};

/// What was deleted or forbidden is off the disk within this time.
const REMOVALS_WITHIN: Duration = Duration::from_secs(15);
/// Pause after the disk refused.
const REFUSED_PAUSE: Duration = Duration::from_secs(30);

/// One thing worth keeping, copied from a delivery.
#[derive(Clone, Debug)]
pub enum Note {
    /// The site's facts.
    Site(Box<Site>),
    /// All areas.
    Areas(Vec<Area>),
    /// The base map.
    Places(Vec<Place>),
    /// The upstream systems.
    Sources(Vec<SourceStatus>),
    /// All tickets.
    Tickets(Vec<Ticket>),
    /// Changes to them.
    Changes(Vec<TicketChange>),
    /// One of the lists of figures.
    Figures(Figures),
    /// The platform does not offer this list.
    NotOffered(Feed),
    /// The feed was proven current.
    Proven(Feed, Mono),
    /// The feed must be forgotten.
    Withdrawn(Feed),
}

impl Note {
    /// What of a delivery is worth keeping.
    pub fn of(delivery: &Delivery) -> Option<Self> {
        Some(match delivery {
            Delivery::Site(site) => Self::Site(site.clone()),
            Delivery::Areas { table, .. } => Self::Areas(table.iter().map(|(_, area)| area.clone()).collect()),
            Delivery::Places(places) => Self::Places(places.clone()),
            Delivery::Sources(sources) => Self::Sources(sources.clone()),
            Delivery::Tickets(tickets) => Self::Tickets(tickets.clone()),
            Delivery::TicketChanges(changes) => Self::Changes(changes.clone()),
            Delivery::Figures(figures) => Self::Figures(figures.clone()),
            Delivery::NotOffered(feed) => Self::NotOffered(*feed),
            Delivery::Withdrawn(feed) => Self::Withdrawn(*feed),
            _ => return None,
        })
    }
}

/// The newest state, beside the wall's.
#[derive(Debug)]
pub struct Keeper {
    platform: String,
    every: Duration,
    site: Option<Box<Site>>,
    areas: Option<Vec<Area>>,
    places: Option<Vec<Place>>,
    sources: Option<Vec<SourceStatus>>,
    tickets: Option<HashMap<TicketId, Ticket>>,
    figures: HashMap<Feed, Figures>,
    proven: HashMap<Feed, Mono>,
    /// Of the earlier run, as it came from the disk, until this run knows better.
    kept: Vec<Section>,
    due: Option<Mono>,
    /// The disk has what it must not have any more.
    owes_removal: bool,
}

impl Keeper {
    /// A keeper that saves at most `every` after a change; `kept` is what the disk holds already.
    pub fn new(platform: String, every: Duration, kept: Vec<Section>) -> Self {
        Self {
            platform,
            every,
            site: None,
            areas: None,
            places: None,
            sources: None,
            tickets: None,
            figures: HashMap::new(),
            proven: HashMap::new(),
            kept,
            due: None,
            owes_removal: false,
        }
    }

    /// Takes one note at `now`.
    pub fn take(&mut self, note: Note, now: Mono) {
        let mut within = self.every;
        match note {
            Note::Site(site) => self.site = Some(site),
            Note::Areas(areas) => self.areas = Some(areas),
            Note::Places(places) => self.places = Some(places),
            Note::Sources(sources) => self.sources = Some(sources),
            Note::Tickets(tickets) => {
                // A new list may lack what the disk has.
                within = within.min(REMOVALS_WITHIN);
                self.tickets = Some(tickets.into_iter().map(|ticket| (ticket.id.clone(), ticket)).collect());
            }
            Note::Changes(changes) => {
                let Some(tickets) = &mut self.tickets else { return };
                for change in changes {
                    match change {
                        TicketChange::Upsert(ticket) => _ = tickets.insert(ticket.id.clone(), ticket),
                        TicketChange::Remove(id) => {
                            within = within.min(REMOVALS_WITHIN);
                            tickets.remove(&id);
                        }
                    }
                }
            }
            Note::Figures(figures) => _ = self.figures.insert(figures.feed(), figures),
            Note::NotOffered(feed) => {
                self.figures.remove(&feed);
                self.kept.retain(|section| section.feed != feed);
            }
            Note::Proven(feed, at) => {
                self.proven.insert(feed, at);
            }
            Note::Withdrawn(feed) => {
                within = Duration::ZERO;
                self.owes_removal = true;
                match feed {
                    Feed::Site => self.site = None,
                    Feed::Areas => self.areas = None,
                    Feed::Places => self.places = None,
                    Feed::Sources => self.sources = None,
                    Feed::Tickets => self.tickets = None,
                    Feed::Care => {}
                    feed => _ = self.figures.remove(&feed),
                }
                self.proven.remove(&feed);
                self.kept.retain(|section| section.feed != feed);
            }
        }
        let due = now + within;
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
    }

    /// When it wants to be saved.
    pub fn due_at(&self) -> Option<Mono> {
        self.due
    }

    /// The file as of now; `None` if there is nothing to keep, so that the file is to be removed.
    pub fn file(&self, now: Mono, wall: Timestamp) -> Result<Option<Vec<u8>>, CacheError> {
        let sections: Vec<_> = Feed::ALL.into_iter().filter_map(|feed| self.section(feed, now, wall)).collect();
        if sections.is_empty() { Ok(None) } else { encode(&self.platform, &sections).map(Some) }
    }

    /// It is on the disk.
    pub fn saved(&mut self) {
        self.due = None;
        self.owes_removal = false;
    }

    /// True while the disk has what was withdrawn.
    pub fn owes_removal(&self) -> bool {
        self.owes_removal
    }

    /// The disk refused: again in a while. `is_gone`: everything was removed from it.
    pub fn refused(&mut self, now: Mono, is_gone: bool) {
        self.owes_removal &= !is_gone;
        self.due = Some(now + REFUSED_PAUSE);
    }

    fn section(&self, feed: Feed, now: Mono, wall: Timestamp) -> Option<Section> {
        let page = match feed {
            Feed::Site => self.site.as_deref().map(pages::site),
            Feed::Areas => self.areas.as_deref().map(|areas| pages::areas(areas.iter())),
            Feed::Places => self.places.as_deref().map(pages::places),
            Feed::Sources => self.sources.as_deref().map(pages::sources),
            Feed::Tickets => self.tickets.as_ref().map(|tickets| pages::tickets(tickets.values())),
            // Counts of people in care are read anew each time, and never lie on a wall's disk.
            Feed::Care => None,
            feed => self.figures.get(&feed).map(pages::figures),
        };
        // What was never proven in this run says no more than what the disk has.
        let (Some(page), Some(proven)) = (page, self.proven.get(&feed)) else {
            return self.kept.iter().find(|section| section.feed == feed).cloned();
        };
        let age = jiff::SignedDuration::try_from(now.saturating_sub(*proven)).ok()?;
        Some(Section { feed, as_of: wall.checked_sub(age).ok()?, page })
    }
}
