//! Keeps the digest of the ticket list without looking through all of it: of every ticket that can count there a short
//! extract is held, and only the tickets that were touched are looked at again, some in each frame. A new list, another
//! day, other areas: then all are. Partner: `state.rs`, which says when.

use std::cmp::Ordering;
use std::collections::VecDeque;

use bevy::platform::collections::HashMap;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::digest::{BINS, Digest, InHand};
use super::pools::{self, Pool};
use crate::city::Tickets;
use crate::domain::{AreaId, AreaTable, Source, Ticket, TicketId};

/// More than these, of a wall that draws no panels for long, are not remembered: all tickets are looked at then.
const MOST_TOUCHED: usize = 65_536;

/// Touched tickets that are looked at in one frame, and at most when the digest is made.
const A_FRAME: usize = 256;
const AT_ONCE: usize = 1_024;

/// What the digest counts of one ticket, if it counts: reported or closed today or later, or in a pool.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Counted {
    reported_at: Timestamp,
    source: Source,
    closed_at: Option<Timestamp>,
    pool: Option<(Pool, Timestamp)>,
}

impl Counted {
    fn of(ticket: &Ticket, begun: &Begun) -> Option<Self> {
        let Ticket { reported_at, source, closed_at, .. } = *ticket;
        let is_of_today = reported_at >= begun.day || closed_at.is_some_and(|at| at >= begun.day);
        let pool = pools::pool(ticket, begun.month);
        (is_of_today || pool.is_some()).then_some(Self { reported_at, source, closed_at, pool })
    }
}

/// What the row of a ticket in hand has.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Open {
    reported_at: Timestamp,
    due: Option<Timestamp>,
    area: Option<AreaId>,
    /// Whether it is among the counted as well: most are not, and need not be looked for there.
    is_counted: bool,
}

impl Open {
    fn of(ticket: &Ticket, area: Option<AreaId>, is_counted: bool) -> Option<Self> {
        let reported_at = ticket.reported_at;
        ticket.is_in_hand().then(|| Self { reported_at, due: ticket.limit(), area, is_counted })
    }

    fn row(self, id: &TicketId) -> InHand {
        let Self { reported_at, due, area, .. } = self;
        InHand { id: id.clone(), reported_at, due, area }
    }
}

/// When the day and its month began.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Begun {
    day: Timestamp,
    month: Timestamp,
}

impl Begun {
    fn before(now: Timestamp, zone: &TimeZone) -> Self {
        let civil = now.to_zoned(zone.clone());
        let month = civil.first_of_month().and_then(|day| day.start_of_day());
        Self {
            day: civil.start_of_day().map_or(now, |day| day.timestamp()),
            month: month.map_or(now, |day| day.timestamp()),
        }
    }
}

/// The extracts, and which tickets were touched since.
#[derive(Debug, Default)]
pub struct Digester {
    /// Few beside those in hand: they are gone through each time the digest is made.
    counted: HashMap<TicketId, Counted>,
    open: HashMap<TicketId, Open>,
    /// Each with the area that it counted in then: of several touches of one ticket the last is looked at last.
    touched: VecDeque<(TicketId, Option<AreaId>)>,
    /// Where the digest has rows that belong elsewhere now, by when they were reported; `None` of tickets that had none.
    moved: HashMap<TicketId, Option<Timestamp>>,
    /// The list and the day that the extracts are of.
    of: Option<Of>,
}

/// What extracts are of: the list, whether it is complete, the day and how it is reckoned.
#[derive(Clone, Debug, PartialEq)]
struct Of {
    list: u64,
    is_complete: bool,
    day: Date,
    zone: TimeZone,
    begun: Begun,
}

impl Of {
    fn at(now: Timestamp, zone: &TimeZone, tickets: &Tickets) -> Self {
        let (list, is_complete) = (tickets.list, tickets.is_complete);
        let day = now.to_zoned(zone.clone()).date();
        Self { list, is_complete, day, zone: zone.clone(), begun: Begun::before(now, zone) }
    }
}

impl Digester {
    /// A ticket was put in, changed or taken out, and counts in this area now.
    pub fn touch(&mut self, id: TicketId, area: Option<AreaId>) {
        if self.touched.len() < MOST_TOUCHED {
            self.touched.push_back((id, area));
        } else {
            self.forget();
        }
    }

    /// Looks at some of the touched tickets, so that there are few when the digest is made. Rows that stay where they
    /// are in `digest`, which no one else changes, are brought up to date at once.
    pub fn work(&mut self, digest: &mut Digest, tickets: &Tickets) {
        match self.of.as_ref().filter(|of| of.list == tickets.list) {
            Some(of) => {
                let begun = of.begun;
                self.follow(A_FRAME, &mut digest.in_hand, tickets, &begun);
            }
            None => self.touched.clear(),
        }
    }

    /// Looks at all tickets the next time.
    pub fn forget(&mut self) {
        self.of = None;
    }

    /// Brings `digest`, which no one else changes, up to `now`. True if touched tickets are left for the next time.
    pub fn refresh(
        &mut self,
        digest: &mut Digest,
        tickets: &Tickets,
        areas: &AreaTable,
        (now, zone): (Timestamp, &TimeZone),
    ) -> bool {
        let of = Of::at(now, zone, tickets);
        let begun = of.begun;
        if self.of.as_ref() == Some(&of) {
            self.follow(AT_ONCE, &mut digest.in_hand, tickets, &begun);
            self.settle(&mut digest.in_hand);
        } else {
            self.of = Some(of);
            self.touched.clear();
            self.moved.clear();
            let all = || tickets.by_id.values();
            self.counted = all().filter_map(|one| Some((one.id.clone(), Counted::of(one, &begun)?))).collect();
            let open = |one: &Ticket| {
                let area = one.area.as_ref().and_then(|code| areas.find(code));
                Open::of(one, area, self.counted.contains_key(&one.id))
            };
            self.open = all().filter_map(|one| Some((one.id.clone(), open(one)?))).collect();
            digest.in_hand = self.open.iter().map(|(id, open)| open.row(id)).collect();
            sort(&mut digest.in_hand);
        }
        digest.newest.clone_from(&tickets.newest);
        digest.last_reported =
            tickets.newest.first().and_then(|id| tickets.by_id.get(id)).map(|ticket| ticket.reported_at);
        self.count(digest, now, begun.day);
        !self.touched.is_empty()
    }

    /// Looks at so many of the touched tickets again.
    fn follow(&mut self, most: usize, rows: &mut [InHand], tickets: &Tickets, begun: &Begun) {
        for _ in 0..most {
            let Some((id, area)) = self.touched.pop_front() else { return };
            let ticket = tickets.by_id.get(&id);
            let counted = ticket.and_then(|ticket| Counted::of(ticket, begun));
            let new = ticket.and_then(|ticket| Open::of(ticket, area, counted.is_some()));
            let old = put(&mut self.open, &id, new);
            if counted.is_some() || old.is_none_or(|old| old.is_counted) {
                put(&mut self.counted, &id, counted);
            }
            if old == new {
                continue;
            }
            match (old, new) {
                (Some(old), Some(new)) if old.reported_at == new.reported_at => {
                    // None is found of a ticket that moved before: it will get its row when the digest is made.
                    if let Ok(at) = place(rows, new.reported_at, &id) {
                        (rows[at].due, rows[at].area) = (new.due, new.area);
                    }
                }
                // What the digest has is what was there the first time.
                _ => _ = self.moved.entry(id).or_insert(old.map(|old| old.reported_at)),
            }
        }
    }

    /// Puts the rows that moved where they belong.
    fn settle(&mut self, rows: &mut Vec<InHand>) {
        if self.moved.is_empty() {
            return;
        }
        let old = self.moved.iter().filter_map(|(id, reported_at)| place(rows, (*reported_at)?, id).ok());
        let mut gone: Vec<usize> = old.collect();
        gone.sort_unstable();
        let (mut at, mut gone) = (0, gone.into_iter().peekable());
        rows.retain(|_| {
            at += 1;
            gone.next_if_eq(&(at - 1)).is_none()
        });
        // A long run in order and a short tail: the sort finds both.
        let mut fresh: Vec<InHand> =
            self.moved.drain().filter_map(|(id, _)| Some(self.open.get(&id)?.row(&id))).collect();
        sort(&mut fresh);
        rows.append(&mut fresh);
        sort(rows);
    }

    /// Counts the extracts.
    fn count(&self, digest: &mut Digest, now: Timestamp, day: Timestamp) {
        let Digest { today, closed_today, pools, .. } = digest;
        (*today, *closed_today, *pools) = ([[0; 4]; BINS], 0, Default::default());
        for extract in self.counted.values() {
            if extract.reported_at >= day && extract.reported_at <= now {
                let bin = (extract.reported_at.duration_since(day).as_secs() / 900).min(BINS as i64 - 1) as usize;
                let slot = &mut today[bin][extract.source as usize];
                *slot = slot.saturating_add(1);
            }
            if extract.closed_at.is_some_and(|at| at >= day && at <= now) {
                *closed_today += 1;
            }
            if let Some((pool, since)) = extract.pool
                && let Some(age) = pools::age(pool, since, now)
            {
                pools[pool as usize][age] += 1;
            }
        }
    }
}

/// Puts in what there is of a ticket now, or takes out what there was; what there was.
fn put<T>(kept: &mut HashMap<TicketId, T>, id: &TicketId, new: Option<T>) -> Option<T> {
    let Some(new) = new else { return kept.remove(id) };
    match kept.get_mut(id) {
        Some(old) => Some(std::mem::replace(old, new)),
        None => kept.insert(id.clone(), new),
    }
}

/// Where the row of a ticket is, newest first.
fn place(rows: &[InHand], reported_at: Timestamp, id: &TicketId) -> Result<usize, usize> {
    rows.binary_search_by(|row| order((row.reported_at, &row.id), (reported_at, id)))
}

/// Newest first.
fn order(a: (Timestamp, &TicketId), b: (Timestamp, &TicketId)) -> Ordering {
    b.cmp(&a)
}

fn sort(rows: &mut [InHand]) {
    rows.sort_by(|a, b| order((a.reported_at, &a.id), (b.reported_at, &b.id)));
}

#[cfg(test)]
impl Digest {
    /// The digest of `tickets` at `now`, from all of them.
    pub fn of(tickets: &Tickets, areas: &AreaTable, now: Timestamp, zone: &TimeZone) -> Self {
        let mut digest = Self::default();
        Digester::default().refresh(&mut digest, tickets, areas, (now, zone));
        digest
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::fixture::{self, zone};
    use super::*;
    use crate::city::TicketTable;
    use crate::domain::{Rating, Stage};
    use crate::platform::sync::Jitter;

    /// Some change that a platform could tell of; `None` takes the ticket out.
    fn changed(ticket: &Ticket, now: Timestamp, areas: &AreaTable, dice: &mut Jitter) -> Option<Ticket> {
        let mut draw = |sides: u64| dice.next_u64() % sides;
        let mut ticket = ticket.clone();
        match draw(7) {
            0 => return None,
            1 => {
                (ticket.stage, ticket.closed_at) =
                    (Stage::Closed, Some(now - SignedDuration::from_hours(draw(900) as i64)))
            }
            2 => (ticket.stage, ticket.closed_at, ticket.redo_count) = (Stage::Handle, None, draw(2) as u8),
            3 => ticket.reported_at = now - SignedDuration::from_mins(draw(4_000) as i64),
            5 => ticket.area = Some(areas.get(AreaId(draw(areas.len() as u64) as u32)).code.clone()),
            4 => ticket.rated = if draw(2) == 0 { Rating::No } else { Rating::None },
            _ => ticket.handle_due = Some(now + SignedDuration::from_mins(draw(600) as i64)),
        }
        Some(ticket)
    }

    #[test]
    fn what_was_touched_is_enough_to_know_everything() {
        let city = fixture::city();
        let mut tickets = Tickets { list: 1, is_complete: true, ..Tickets::default() };
        tickets.by_id = TicketTable::of(city.tickets.by_id.values().cloned().collect());
        let ids: Vec<TicketId> = {
            let mut ids: Vec<_> = tickets.by_id.values().map(|ticket| ticket.id.clone()).collect();
            ids.sort();
            ids
        };
        let (mut digester, mut digest) = (Digester::default(), Digest::default());
        let mut now = fixture::now();
        let mut dice = Jitter(7);
        for round in 0..200 {
            for _ in 0..dice.next_u64() % 9 {
                let id = &ids[(dice.next_u64() % ids.len() as u64) as usize];
                let base = tickets.by_id.get(id).unwrap_or(&city.tickets.by_id[id]).clone();
                match changed(&base, now, &city.areas, &mut dice) {
                    Some(ticket) => _ = tickets.by_id.insert(id.clone(), ticket),
                    None => _ = tickets.by_id.remove(id),
                }
                let code = tickets.by_id.get(id).and_then(|ticket| ticket.area.as_ref());
                digester.touch(id.clone(), code.and_then(|code| city.areas.find(code)));
                if dice.next_u64().is_multiple_of(3) {
                    digester.work(&mut digest, &tickets);
                }
            }
            let newest = tickets.by_id.values().max_by_key(|ticket| (ticket.reported_at, ticket.id.clone()));
            tickets.newest = newest.map(|ticket| ticket.id.clone()).into_iter().collect();
            // Hours pass, and days, and a month ends.
            now += SignedDuration::from_mins((dice.next_u64() % 180) as i64);
            let is_left = digester.refresh(&mut digest, &tickets, &city.areas, (now, &zone()));
            assert!(!is_left);
            let whole = Digest::of(&tickets, &city.areas, now, &zone());
            assert!(digest == whole, "round {round}");
            assert_eq!(digest.in_hand.len(), tickets.by_id.values().filter(|ticket| ticket.is_in_hand()).count());
        }
        assert!(now > "2026-12-01T00:00:00+08:00".parse().unwrap(), "no month ended");
    }
}
