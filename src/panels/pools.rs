//! Pools of tickets after closing, by age: done again and still in hand, closed this month without a rating, closed this
//! month and rated badly. Counted from the ticket list with the digest; `indicator/lanes.rs` shows them.

use jiff::Timestamp;

use crate::domain::{Rating, Stage, Ticket};

/// Bounds of ages in days; older than the last is one more.
pub const AGES_D: [i64; 3] = [3, 7, 14];

/// Tickets of each pool by age.
pub type Pools = [[u32; AGES_D.len() + 1]; 3];

/// A pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// In hand after being closed once; aged since the report.
    Redo,
    /// Closed this month, not rated; aged since closing.
    Unrated,
    /// Closed this month and rated badly; aged since closing.
    Dissatisfied,
}

/// The pool of a ticket and since when it ages, if it is in one; `month` is when the month began.
pub fn pool(ticket: &Ticket, month: Timestamp) -> Option<(Pool, Timestamp)> {
    if ticket.is_in_hand() {
        return (ticket.redo_count > 0).then_some((Pool::Redo, ticket.reported_at));
    }
    let closed = ticket.closed_at.filter(|at| *at >= month && ticket.stage == Stage::Closed)?;
    match ticket.rated {
        Rating::None => Some((Pool::Unrated, closed)),
        Rating::No => Some((Pool::Dissatisfied, closed)),
        _ => None,
    }
}

/// The age class at `now` of a ticket that is in a pool; `None` if it is closed only later than `now`.
pub fn age(pool: Pool, since: Timestamp, now: Timestamp) -> Option<usize> {
    let days = now.duration_since(since).as_secs().div_euclid(86_400);
    (pool == Pool::Redo || since <= now).then(|| AGES_D.iter().filter(|bound| days >= **bound).count())
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn a_ticket_is_in_one_pool_with_its_age() {
        let city = fixture::city();
        let at = |text: &str| format!("2026-11-{text}:00+08:00").parse::<Timestamp>().unwrap();
        let (now, month) = (at("21T14:00"), at("01T00:00"));
        let place =
            |ticket: &Ticket| pool(ticket, month).and_then(|(pool, since)| Some((pool, age(pool, since, now)?)));
        let mut ticket = city.tickets.by_id.values().next().unwrap().clone();
        (ticket.reported_at, ticket.redo_count) = (at("10T14:00"), 0);
        (ticket.stage, ticket.closed_at, ticket.rated) = (Stage::Handle, None, Rating::None);
        assert_eq!(place(&ticket), None, "in hand for the first time");
        ticket.redo_count = 1;
        assert_eq!(place(&ticket), Some((Pool::Redo, 2)));
        (ticket.stage, ticket.closed_at) = (Stage::Closed, Some(at("20T14:00")));
        assert_eq!(place(&ticket), Some((Pool::Unrated, 0)));
        ticket.rated = Rating::No;
        ticket.closed_at = Some(at("02T14:00"));
        assert_eq!(place(&ticket), Some((Pool::Dissatisfied, 3)));
        ticket.closed_at = Some(at("21T14:01"));
        assert_eq!(place(&ticket), None, "closed in a minute");
        ticket.closed_at = Some("2026-10-31T14:00:00+08:00".parse().unwrap());
        assert_eq!(place(&ticket), None, "closed last month");
    }
}
