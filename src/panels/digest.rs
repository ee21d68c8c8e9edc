//! What panels need of the ticket list beyond the tallies: tickets in hand, newest first, and today in quarters of an
//! hour. Brought up to date when the list has changed, every two seconds at most, and never while nothing changes. Partner:
//! `digester.rs`, which does it.

use jiff::Timestamp;

use super::pools::Pools;
use crate::city::Tickets;
use crate::domain::{AreaId, AreaTable, TicketId};
use crate::selection::Target;

/// Quarters of an hour of a day (of 24 hours; a longer day ends in the last one).
pub const BINS: usize = 96;

/// One ticket in hand.
#[derive(Clone, Debug, PartialEq)]
pub struct InHand {
    /// The ticket.
    pub id: TicketId,
    /// When it was reported.
    pub reported_at: Timestamp,
    /// Until when the next thing must be done, if there is a limit.
    pub due: Option<Timestamp>,
    /// Where it counts.
    pub area: Option<AreaId>,
}

/// The digest of one ticket list.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// Tickets in hand, newest first.
    pub in_hand: Vec<InHand>,
    /// Tickets reported today, by quarter of an hour and source as in `Source::ALL`.
    pub today: [[u16; 4]; BINS],
    /// Tickets closed today.
    pub closed_today: u32,
    /// The newest tickets as they were when the digest was made, newest first: lists do not move oftener than numbers.
    pub newest: Vec<TicketId>,
    /// When the newest ticket was reported.
    pub last_reported: Option<Timestamp>,
    /// Tickets after closing, by pool as in [`super::pools::Pool`] and age.
    pub pools: Pools,
}

impl Default for Digest {
    fn default() -> Self {
        let (in_hand, newest) = (Vec::new(), Vec::new());
        Self { in_hand, today: [[0; 4]; BINS], closed_today: 0, newest, last_reported: None, pools: [[0; 4]; 3] }
    }
}

/// In which order a table stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// Newest first.
    #[default]
    Newest,
    /// Soonest due first; without limit last.
    SoonestDue,
}

impl Digest {
    /// The tickets in hand of a target: of an area with all its parts, of a ticket's own area, or of the district.
    pub fn rows(&self, areas: &AreaTable, scope: Option<AreaId>, order: Order) -> Vec<TicketId> {
        let mut rows: Vec<&InHand> = self
            .in_hand
            .iter()
            .filter(|row| match scope {
                None => true,
                Some(scope) => row.area.is_some_and(|area| areas.with_ancestors(area).any(|id| id == scope)),
            })
            .collect();
        if order == Order::SoonestDue {
            rows.sort_by_key(|row| row.due.unwrap_or(Timestamp::MAX));
        }
        rows.into_iter().map(|row| row.id.clone()).collect()
    }
}

/// The area a target is about: the area itself, or the one a ticket lies in. `None` for the district.
pub fn scope(areas: &AreaTable, tickets: &Tickets, target: &Target) -> Option<AreaId> {
    match target {
        Target::District => None,
        Target::Area(code) => areas.find(code),
        Target::Ticket(id) => {
            tickets.by_id.get(id).and_then(|ticket| ticket.area.as_ref()).and_then(|code| areas.find(code))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn the_digest_knows_what_is_in_hand_and_when_today_s_came() {
        let city = fixture::city();
        let digest = city.digest();
        let in_hand = city.tickets.by_id.values().filter(|ticket| ticket.is_in_hand()).count();
        assert_eq!(digest.in_hand.len(), in_hand);
        assert!(digest.in_hand.windows(2).all(|pair| pair[0].reported_at >= pair[1].reported_at));
        let today: u32 = digest.today.as_flattened().iter().map(|n| u32::from(*n)).sum();
        let tallied: u32 = city.tallies.today.as_flattened().iter().sum();
        assert_eq!(today, tallied);
        assert!(digest.today[59..].as_flattened().iter().all(|n| *n == 0), "the future is empty");
    }

    #[test]
    fn rows_are_those_of_the_area_and_its_parts() {
        let city = fixture::city();
        let digest = city.digest();
        let all = digest.rows(&city.areas, None, Order::Newest);
        assert_eq!(all.len(), digest.in_hand.len());
        let street = city.areas.at_level(crate::domain::Level::Street).next().unwrap();
        let of_street = digest.rows(&city.areas, Some(street), Order::Newest);
        assert_eq!(of_street.len(), city.tallies.areas[street.index()].open as usize);
        assert!(!of_street.is_empty() && of_street.len() < all.len());
        let due = |id: &TicketId| city.tickets.by_id[id].limit().unwrap_or(Timestamp::MAX);
        let sorted = digest.rows(&city.areas, None, Order::SoonestDue);
        assert!(sorted.windows(2).all(|pair| due(&pair[0]) <= due(&pair[1])));
    }
}
