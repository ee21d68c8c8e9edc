//! What is behind a number: the tickets that are counted, looked through once for each list, or the streets' parts of it.

use std::time::Instant;

use super::super::look::Look;
use super::which::{Counted, Judge};
use crate::city::{Teams, Tickets};
use crate::domain::{AreaId, AreaTable, Feed, Level, Team, TeamKind, TicketId};

/// So many tickets are kept for the card; the others are counted.
const MOST: usize = 64;

/// The tickets behind a number.
#[derive(Debug, Default)]
pub struct Found {
    of: Option<(Counted, Instant)>,
    /// How many there are.
    pub count: usize,
    /// The first of them, in the order in which they are listed.
    pub ids: Vec<TicketId>,
}

impl Found {
    /// Looks through the tickets again if they, or the question, are others than last time. `digested`: when the list
    /// was last looked through.
    pub fn refresh(
        &mut self,
        look: &Look<'_>,
        areas: &AreaTable,
        tickets: &Tickets,
        asked: &Counted,
        digested: Instant,
    ) {
        if self.of.as_ref().is_some_and(|(of, at)| of == asked && *at == digested) {
            return;
        }
        // What is no longer current stands still at the moment it was.
        let feed = look.feed(Feed::Tickets);
        let now = feed.as_of.filter(|_| feed.is_grey()).unwrap_or(look.now.at);
        let judge = Judge { areas, now, zone: &look.zone };
        let mut found: Vec<_> = tickets
            .by_id
            .values()
            .filter(|ticket| asked.takes(ticket, &judge))
            .map(|ticket| (if asked.is_oldest_first() { ticket.stage_since } else { ticket.reported_at }, &ticket.id))
            .collect();
        self.count = found.len();
        match asked.is_oldest_first() {
            true => found.sort_unstable(),
            false => found.sort_unstable_by(|a, b| b.cmp(a)),
        }
        self.ids = found.into_iter().take(MOST).map(|(_, id)| id.clone()).collect();
        self.of = Some((asked.clone(), digested));
    }
}

/// Part and whole.
pub type Parts = (Option<u64>, Option<u64>);

/// A number that is none of tickets: of the district, and of each street that says it.
pub fn parts(areas: &AreaTable, teams: &Teams, asked: &Counted) -> (Parts, Vec<(AreaId, Parts)>) {
    let team = |team: Option<&Team>| {
        let of = |pick: fn(&Team) -> Option<u32>| team.and_then(pick).map(u64::from);
        match asked {
            Counted::Visits => (of(|it| it.grids_visited), of(|it| it.grids)),
            _ => (of(|it| it.on_duty), of(|it| it.total)),
        }
    };
    let kind = match asked {
        Counted::Team(kind) => Some(*kind),
        Counted::Visits => Some(TeamKind::GridWorkers),
        _ => None,
    };
    let streets = areas.at_level(Level::Street);
    if let Some(kind) = kind {
        let own = team(super::super::teams::district(teams, areas, kind));
        let told = streets.filter_map(|id| Some((id, team(Some(teams.of(Some(&areas.get(id).code), kind)?)))));
        return (own, told.collect());
    }
    let Counted::Grids(kind) = asked else { return ((None, None), Vec::new()) };
    let grids = |scope: Option<AreaId>| {
        let inside = areas
            .at_level(Level::Grid)
            .filter(|id| scope.is_none_or(|scope| areas.with_ancestors(*id).any(|above| above == scope)));
        let counts = inside.fold((0, 0), |(some, all), id| (some + u64::from(areas.get(id).kind == *kind), all + 1));
        (Some(counts.0), Some(counts.1))
    };
    (grids(None), streets.map(|id| (id, grids(Some(id)))).collect())
}
