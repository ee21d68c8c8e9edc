//! From tickets to events. One at a time for changes; a whole list on all cores in one pass that only reads, so that the
//! frame in which a year arrives stays short. Ordering and counting come after it, on a task. Partner: `feed.rs`.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use jiff::Timestamp;
use rayon::prelude::*;

use super::place::cell_of;
use crate::domain::{AreaTable, Level, Ticket, TicketId};
use crate::heat::event::{Attributes, CATEGORIES, Event, NO_AREA};
use crate::heat::field::Grid;
use crate::map::Projection;

/// Tickets that one core looks at in one go.
const CHUNK: usize = 4_096;
/// Categories beyond these share one index.
const LAST: usize = CATEGORIES - 2;

/// From tickets to events.
#[derive(Clone)]
pub(super) struct Translator {
    projection: Projection,
    grid: Grid,
    table: Arc<AreaTable>,
    categories: HashMap<Arc<str>, u8>,
    names: Vec<Arc<str>>,
}

/// Events of a whole list whose categories are still numbered chunk by chunk.
pub(super) struct Sketches(Vec<Chunk>);

struct Chunk {
    events: Vec<Event>,
    /// Category of each event, an index into `indices`.
    local: Vec<u32>,
    /// What the local numbers mean.
    indices: Vec<u8>,
}

/// A category of a chunk, and the first ticket that has it.
type First<'a> = (&'a Arc<str>, (Timestamp, &'a TicketId));

impl Sketches {
    /// The events, in no order.
    pub fn events(self) -> Vec<Event> {
        let mut all = Vec::with_capacity(self.0.iter().map(|chunk| chunk.events.len()).sum());
        for chunk in self.0 {
            all.extend(chunk.events.into_iter().zip(chunk.local).map(|(mut event, local)| {
                let category = chunk.indices.get(local as usize).copied().unwrap_or(LAST as u8);
                event.attr = Attributes { category, ..Attributes::unpack(event.attr) }.pack();
                event
            }));
        }
        all
    }
}

impl Translator {
    /// A translator for a list, and the list's events. Categories are numbered by their first ticket, so that they have
    /// the same number in every run.
    pub fn over(
        projection: Projection,
        grid: Grid,
        table: Arc<AreaTable>,
        list: &[&Ticket],
        now: Timestamp,
    ) -> (Self, Sketches) {
        let mut translator = Self { projection, grid, table, categories: HashMap::new(), names: Vec::new() };
        let parts: Vec<(Chunk, Vec<First<'_>>)> =
            list.par_chunks(CHUNK).map(|tickets| translator.chunk(tickets, now)).collect();
        let mut first: HashMap<&Arc<str>, (Timestamp, &TicketId)> = HashMap::new();
        for (name, ticket) in parts.iter().flat_map(|(_, names)| names) {
            let of = first.entry(name).or_insert(*ticket);
            *of = (*of).min(*ticket);
        }
        let mut names: Vec<First<'_>> = first.into_iter().collect();
        names.sort_unstable_by_key(|(_, ticket)| *ticket);
        for (name, _) in names {
            translator.number(name);
        }
        let chunks = parts
            .into_iter()
            .map(|(chunk, names)| {
                let indices = names.iter().map(|(name, _)| translator.category(name).unwrap_or(LAST as u8)).collect();
                Chunk { indices, ..chunk }
            })
            .collect();
        (translator, Sketches(chunks))
    }

    fn chunk<'a>(&self, tickets: &[&'a Ticket], now: Timestamp) -> (Chunk, Vec<First<'a>>) {
        let mut names: Vec<First<'a>> = Vec::new();
        let mut of_name: HashMap<&'a str, u32> = HashMap::new();
        let mut chunk = Chunk {
            events: Vec::with_capacity(tickets.len()),
            local: Vec::with_capacity(tickets.len()),
            indices: Vec::new(),
        };
        for ticket in tickets {
            let name = name_of(ticket);
            let local = *of_name.entry(name).or_insert_with(|| {
                names.push((name, (ticket.reported_at, &ticket.id)));
                names.len() as u32 - 1
            });
            let first = &mut names[local as usize].1;
            *first = (*first).min((ticket.reported_at, &ticket.id));
            chunk.local.push(local);
            chunk.events.push(self.placed(ticket, 0, now));
        }
        (chunk, names)
    }

    /// One ticket as an event.
    pub fn event(&mut self, ticket: &Ticket, now: Timestamp) -> Event {
        let category = self.number(name_of(ticket));
        self.placed(ticket, category, now)
    }

    /// The number of a category, if it has one.
    pub fn category(&self, name: &str) -> Option<u8> {
        self.categories.get(name).copied()
    }

    /// The categories that can be told apart, by number.
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn number(&mut self, name: &Arc<str>) -> u8 {
        if let Some(category) = self.categories.get(name) {
            return *category;
        }
        let next = self.names.len().min(LAST) as u8;
        if self.names.len() < LAST {
            self.names.push(name.clone());
        }
        self.categories.insert(name.clone(), next);
        next
    }

    fn placed(&self, ticket: &Ticket, category: u8, now: Timestamp) -> Event {
        let area = ticket.area.as_ref().and_then(|code| self.table.find(code));
        let cell = cell_of(ticket, area, &self.table, &self.projection, &self.grid);
        let community = area.and_then(|id| self.table.ancestor_at(id, Level::Community));
        let attr = Attributes {
            category,
            source: ticket.source as u8,
            is_open: ticket.is_in_hand(),
            is_overdue: ticket.is_overdue(now),
            area: community.map_or(NO_AREA, |id| id.0),
        };
        let at_s = ticket.reported_at.as_second().clamp(0, i64::from(u32::MAX) - 1) as u32;
        Event { key: key_of(&ticket.id), at_s, cell, attr: attr.pack() }
    }
}

/// The class of a ticket's category; the category itself where there is none.
fn name_of(ticket: &Ticket) -> &Arc<str> {
    if ticket.category_group.is_empty() { &ticket.category } else { &ticket.category_group }
}

/// The same for the same number, in every run.
pub(super) fn key_of(id: &TicketId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.as_str().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Position, Source, Stage};

    fn ticket(n: usize, category: &str) -> Ticket {
        let at = Timestamp::from_second(1_700_000_000 + (n as i64 * 7919) % 100_000).expect("a moment");
        Ticket {
            stage: if n.is_multiple_of(3) { Stage::Closed } else { Stage::Handle },
            source: Source::ALL[n % 4],
            category_code: "01".into(),
            category: category.into(),
            position: if n.is_multiple_of(5) {
                Position::Missing
            } else {
                Position::At { lon: 109.0 + n as f64 * 1e-5, lat: 21.0 }
            },
            ..Ticket::reported(format!("T{n:05}"), at)
        }
    }

    #[test]
    fn a_list_in_chunks_is_the_list_ticket_by_ticket_in_any_order() {
        let many: Vec<Ticket> = (0..10_000).map(|n| ticket(n, &format!("k{}", (n * n) % 300))).collect();
        let now = Timestamp::from_second(1_800_000_000).expect("a moment");
        let grid = Grid::covering([-5e3, -5e3], [2e4, 5e3], 0.0);
        let over = |list: &[&Ticket]| {
            let (translator, sketches) =
                Translator::over(Projection::around(109.0, 21.0), grid, Arc::default(), list, now);
            let mut events = sketches.events();
            events.sort_by_key(|event| event.key);
            (translator, events)
        };
        let forth: Vec<&Ticket> = many.iter().collect();
        let back: Vec<&Ticket> = many.iter().rev().collect();
        let (translator, events) = over(&forth);
        assert_eq!(over(&back).1, events);
        assert_eq!(translator.names().len(), LAST.min(translator.categories.len()));
        // One by one in the order of time gives the same numbers.
        let mut ordered = forth;
        ordered.sort_by_key(|ticket| (ticket.reported_at, &ticket.id));
        let (mut one, _) = Translator::over(Projection::around(109.0, 21.0), grid, Arc::default(), &[], now);
        let mut singly: Vec<Event> = ordered.iter().map(|ticket| one.event(ticket, now)).collect();
        singly.sort_by_key(|event| event.key);
        assert_eq!(singly, events);
        assert_eq!(one.names(), translator.names());
    }
}
