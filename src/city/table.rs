//! Tickets by number, one after the other in memory: the list that the platform thread delivered, as it came, with a
//! small index beside it. A map with tickets in its slots would be nearly half empty, and a second copy at the start.

use std::hash::BuildHasher;
use std::ops::Index;

use bevy::platform::collections::HashTable;
use foldhash::fast::RandomState;

use crate::domain::{Ticket, TicketId};

/// Tickets by number. Used like a map; the order of [`TicketTable::values`] is unspecified.
#[derive(Default)]
pub struct TicketTable {
    rows: Vec<Ticket>,
    /// Where in `rows` a number is.
    places: HashTable<u32>,
    hasher: RandomState,
}

impl TicketTable {
    /// Takes over a list. Of two tickets with one number the later counts.
    pub fn of(list: Vec<Ticket>) -> Self {
        let mut table = Self { rows: list, ..Self::default() };
        let (rows, hasher) = (&mut table.rows, &table.hasher);
        table.places.reserve(rows.len(), |_| 0);
        let mut held = 0;
        for at in 0..rows.len() {
            let hash = hasher.hash_one(&rows[at].id);
            match table.places.find(hash, |place| rows[*place as usize].id == rows[at].id).copied() {
                Some(place) => rows.swap(place as usize, at),
                None => {
                    rows.swap(held, at);
                    table.places.insert_unique(hash, held as u32, |place| hasher.hash_one(&rows[*place as usize].id));
                    held += 1;
                }
            }
        }
        rows.truncate(held);
        rows.shrink_to_fit();
        table
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The ticket with this number.
    pub fn get(&self, id: &TicketId) -> Option<&Ticket> {
        self.place(id).map(|place| &self.rows[place])
    }

    /// The ticket with this number, to be changed in anything but its number.
    pub fn get_mut(&mut self, id: &TicketId) -> Option<&mut Ticket> {
        self.place(id).map(|place| &mut self.rows[place])
    }

    /// True if there is one with this number.
    pub fn contains_key(&self, id: &TicketId) -> bool {
        self.place(id).is_some()
    }

    /// All of them.
    pub fn values(&self) -> std::slice::Iter<'_, Ticket> {
        self.rows.iter()
    }

    /// Puts `ticket` in under `id`, its number; returns the one that was there.
    pub fn insert(&mut self, id: TicketId, ticket: Ticket) -> Option<Ticket> {
        debug_assert_eq!(id, ticket.id);
        if let Some(place) = self.place(&id) {
            return Some(std::mem::replace(&mut self.rows[place], ticket));
        }
        if self.rows.len() == self.rows.capacity() {
            // By an eighth, not to the double.
            self.rows.reserve_exact(self.rows.len() / 8 + 64);
        }
        let (rows, hasher) = (&mut self.rows, &self.hasher);
        rows.push(ticket);
        let (hash, place) = (hasher.hash_one(&id), rows.len() as u32 - 1);
        self.places.insert_unique(hash, place, |place| hasher.hash_one(&rows[*place as usize].id));
        None
    }

    /// Takes the ticket with this number out.
    pub fn remove(&mut self, id: &TicketId) -> Option<Ticket> {
        let (rows, hasher) = (&mut self.rows, &self.hasher);
        let found = self.places.find_entry(hasher.hash_one(id), |place| rows[*place as usize].id == *id).ok()?;
        let (place, _) = found.remove();
        let (gone, last) = (rows.swap_remove(place as usize), rows.len() as u32);
        if let Some(moved) = rows.get(place as usize)
            && let Some(known) = self.places.find_mut(hasher.hash_one(&moved.id), |place| *place == last)
        {
            *known = place;
        }
        Some(gone)
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.places.clear();
    }

    /// Keeps those that `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&TicketId, &mut Ticket) -> bool) {
        self.rows.retain_mut(|ticket| {
            let id = ticket.id.clone();
            keep(&id, ticket)
        });
        *self = Self::of(std::mem::take(&mut self.rows));
    }

    fn place(&self, id: &TicketId) -> Option<usize> {
        let found = self.places.find(self.hasher.hash_one(id), |place| self.rows[*place as usize].id == *id);
        found.map(|place| *place as usize)
    }
}

impl FromIterator<(TicketId, Ticket)> for TicketTable {
    fn from_iter<T: IntoIterator<Item = (TicketId, Ticket)>>(tickets: T) -> Self {
        Self::of(tickets.into_iter().map(|(_, ticket)| ticket).collect())
    }
}

impl Index<&TicketId> for TicketTable {
    type Output = Ticket;

    /// Panics without such a ticket.
    fn index(&self, id: &TicketId) -> &Ticket {
        match self.get(id) {
            Some(ticket) => ticket,
            None => panic!("there is no ticket {id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn ticket(number: u8, ver: u64) -> Ticket {
        Ticket { ver, ..Ticket::reported(format!("T-{number}"), Timestamp::UNIX_EPOCH) }
    }

    proptest! {
        #[test]
        fn it_holds_what_a_map_would_hold(
            list in prop::collection::vec(0..24_u8, 0..40),
            steps in prop::collection::vec((0..8_u8, 0..24_u8), 0..200),
        ) {
            let list = list.into_iter().enumerate().map(|(ver, number)| ticket(number, ver as u64));
            let mut map: HashMap<TicketId, Ticket> = list.clone().map(|it| (it.id.clone(), it)).collect();
            let mut table = TicketTable::of(list.collect());
            for (ver, (what, number)) in steps.into_iter().enumerate() {
                let ticket = ticket(number, 1_000 + ver as u64);
                let id = ticket.id.clone();
                match what {
                    0..4 => prop_assert_eq!(table.insert(id.clone(), ticket.clone()), map.insert(id, ticket)),
                    4..7 => prop_assert_eq!(table.remove(&id), map.remove(&id)),
                    _ => {
                        table.retain(|_, it| it.ver % 7 != 3);
                        map.retain(|_, it| it.ver % 7 != 3);
                    }
                }
                prop_assert_eq!(table.len(), map.len());
                for number in 0..24 {
                    let id = TicketId::new(format!("T-{number}"));
                    prop_assert_eq!(table.get(&id), map.get(&id));
                }
            }
            prop_assert!(table.values().all(|it| map.get(&it.id) == Some(it)));
        }
    }
}
