//! The tickets in hand that the map is about where it is not about all of them: counted by area and kept by number, in
//! O(change). Partner: `tallies.rs`, whose ledger takes them along; the wall says which by [`WatchWanted`].

use std::collections::HashSet;

use bevy::prelude::Resource;

use crate::domain::{AreaId, AreaTable, Matter, Ticket, TicketId};

/// What the map's tickets are to be about; `None`: everything.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct WatchWanted(pub Option<Matter>);

/// The counts of a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchTally {
    /// What is watched.
    pub matter: Matter,
    /// Per [`AreaId`]: such tickets in hand, of the area with all its descendants.
    pub open: Vec<u32>,
}

/// The tickets in hand that are watched.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Watched {
    pub tally: WatchTally,
    pub ids: HashSet<TicketId>,
}

impl Watched {
    /// Nothing yet, over so many areas.
    pub fn new(matter: Matter, areas: usize) -> Self {
        Self { tally: WatchTally { matter, open: vec![0; areas] }, ids: HashSet::new() }
    }

    /// Takes a ticket in or out, if it is in hand and about the matter.
    pub fn count(&mut self, ticket: &Ticket, area: Option<AreaId>, areas: &AreaTable, is_in: bool) {
        if !ticket.is_in_hand() || !self.tally.matter.holds(ticket) {
            return;
        }
        match is_in {
            true => self.ids.insert(ticket.id.clone()),
            false => self.ids.remove(&ticket.id),
        };
        for id in area.into_iter().flat_map(|area| areas.with_ancestors(area)) {
            if let Some(open) = self.tally.open.get_mut(id.index()) {
                *open = if is_in { *open + 1 } else { open.saturating_sub(1) };
            }
        }
    }
}
