//! A ticket as it stood at a moment: what the file knows of later times is taken back, so that the wall, whose clock
//! stands at that moment, counts in hand what was in hand. Partner: `ticket_row.rs`, which reads the whole story.

use jiff::Timestamp;

use crate::domain::{ClockKind, Rating, Stage, TicketDetail};

/// Takes back what happened after `moment`. True if anything did. A ticket that was reported later is left as it is.
pub fn rewind(detail: &mut TicketDetail, moment: Timestamp) -> bool {
    let ticket = &mut detail.ticket;
    let is_later = |at: &Timestamp| *at > moment;
    let knows_later = ticket.closed_at.as_ref().is_some_and(is_later)
        || ticket.signed_at.as_ref().is_some_and(is_later)
        || detail.timeline.iter().any(|entry| entry.at > moment);
    if ticket.reported_at > moment || !knows_later {
        return false;
    }
    detail.timeline.retain(|entry| entry.at <= moment);
    for clock in &mut detail.clocks {
        clock.stopped_at = clock.stopped_at.filter(|at| !is_later(at));
        clock.pauses.retain(|pause| pause.from <= moment);
        for pause in &mut clock.pauses {
            pause.to = pause.to.filter(|to| !is_later(to));
        }
    }
    ticket.signed_at = ticket.signed_at.filter(|at| !is_later(at));
    let handle = detail.clocks.iter().find(|clock| clock.kind == ClockKind::Handle);
    if ticket.closed_at.take_if(|at| is_later(&*at)).is_some() {
        // Answers come after the end.
        (ticket.rated, ticket.resolved) = (Rating::None, None);
        ticket.stage = Stage::Feedback;
    }
    if ticket.stage == Stage::Feedback && handle.is_none_or(|clock| clock.stopped_at.is_none()) {
        ticket.stage = Stage::Handle;
    }
    ticket.suspended_since = handle
        .filter(|_| ticket.stage == Stage::Handle)
        .and_then(|clock| clock.pauses.iter().find(|pause| pause.to.is_none()))
        .map(|pause| pause.from);
    let begun = detail.timeline.iter().filter(|entry| entry.stage <= ticket.stage).map(|entry| entry.at).max();
    ticket.stage_since = begun.unwrap_or(ticket.reported_at);
    let changed = detail.timeline.iter().map(|entry| entry.at).max().unwrap_or(ticket.reported_at);
    ticket.updated_at = changed.max(ticket.reported_at);
    true
}
