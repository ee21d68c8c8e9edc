//! How a ticket stands: the fold of its first steps into the list form, and into the clocks of the detail.
//!
//! Version n is the state after n steps. What the steps mean in words is in `wording`.

use std::sync::Arc;

use jiff::Timestamp;

use super::catalogue::CATALOGUE;
use super::life::{Step, What, limit_min, sign_min};
use super::wording;
use super::{Plan, Words};
use crate::domain::{Clock, ClockKind, HandlingMode, Pause, Rating, Stage, Ticket, TicketId};

/// The instant of a second since 1970; the end of time for one that does not exist.
pub(super) fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}

/// The ticket after its first `steps`; `None` before the first.
pub(super) fn ticket(plan: &Plan, steps: &[Step], words: &Words, unit: &Arc<str>, id: TicketId) -> Option<Ticket> {
    let first = steps.first()?;
    let last = steps.last()?;
    let category = &words.categories[plan.category as usize];
    let mut ticket = Ticket {
        id,
        ver: steps.len() as u64,
        stage: Stage::Collect,
        stage_since: instant(first.at),
        suspended_since: None,
        source: plan.source,
        mode: HandlingMode::Ordinary,
        category_code: category.code.clone(),
        category: category.name.clone(),
        category_group: category.group.clone(),
        agency: None,
        position: plan.position,
        area: plan.area.clone(),
        reported_at: instant(first.at),
        updated_at: instant(last.at),
        sign_due: None,
        signed_at: None,
        handle_due: None,
        handled_late: false,
        closed_at: None,
        redo_count: 0,
        rated: Rating::None,
        resolved: None,
    };
    for step in steps {
        let mut enter = |stage| {
            ticket.stage = stage;
            ticket.stage_since = instant(step.at);
        };
        match step.what {
            What::Reported => {}
            What::Entered(stage) => {
                enter(stage);
                ticket.handled_late |=
                    stage == Stage::Feedback && ticket.handle_due.is_some_and(|due| due < instant(step.at));
            }
            What::Dispatched { sign_due, handle_due } => {
                enter(Stage::Dispatch);
                ticket.mode = plan.life.mode;
                ticket.agency = Some(unit.clone());
                ticket.sign_due = Some(instant(sign_due));
                ticket.handle_due = Some(instant(handle_due));
            }
            What::Signed => ticket.signed_at = Some(instant(step.at)),
            What::Arrived => enter(Stage::Handle),
            What::Paused => ticket.suspended_since = Some(instant(step.at)),
            What::Resumed { due } => {
                ticket.suspended_since = None;
                ticket.handle_due = Some(instant(due));
            }
            What::Extended { due, .. } => ticket.handle_due = Some(instant(due)),
            What::Rated { satisfied, resolved } => {
                ticket.rated = if satisfied { Rating::Yes } else { Rating::No };
                ticket.resolved = Some(resolved);
            }
            What::Returned { due } => {
                enter(Stage::Handle);
                ticket.redo_count = ticket.redo_count.saturating_add(1);
                ticket.handle_due = Some(instant(due));
            }
            What::Closed => {
                enter(Stage::Closed);
                ticket.closed_at = Some(instant(step.at));
            }
            What::Void => enter(Stage::Void),
        }
    }
    Some(ticket)
}

/// The clocks after the first `steps`: one for signing, one for each time it was handled.
pub(super) fn clocks(plan: &Plan, steps: &[Step]) -> Vec<Clock> {
    let category = &CATALOGUE[plan.category as usize];
    let urgent = plan.life.urgent;
    let start = |kind, at: i64, due: i64, limit: u32| Clock {
        kind,
        started_at: instant(at),
        stopped_at: None,
        due_at: Some(instant(due)),
        limit_min: Some(limit),
        urgent,
        extended_min: 0,
        pauses: Vec::new(),
    };
    let mut clocks: Vec<Clock> = Vec::new();
    for step in steps {
        if let What::Dispatched { sign_due, handle_due } = step.what {
            clocks.push(start(ClockKind::Sign, step.at, sign_due, sign_min(urgent)));
            clocks.push(start(ClockKind::Handle, step.at, handle_due, limit_min(category, urgent)));
        }
        if let (What::Signed, Some(sign)) = (step.what, clocks.first_mut()) {
            sign.stopped_at = Some(instant(step.at));
        }
        let Some(handle) = clocks.last_mut() else { continue };
        match step.what {
            What::Paused => {
                let reason = Some(wording::wait(plan).to_owned());
                handle.pauses.push(Pause { from: instant(step.at), to: None, reason });
            }
            What::Resumed { due } => {
                handle.due_at = Some(instant(due));
                if let Some(pause) = handle.pauses.last_mut() {
                    pause.to = Some(instant(step.at));
                }
            }
            What::Extended { minutes, due } => {
                handle.due_at = Some(instant(due));
                handle.extended_min += minutes;
                handle.limit_min = handle.limit_min.map(|limit| limit + minutes);
            }
            What::Entered(Stage::Feedback) => handle.stopped_at = Some(instant(step.at)),
            What::Returned { due } => {
                clocks.push(start(ClockKind::Handle, step.at, due, limit_min(category, urgent)));
            }
            _ => {}
        }
    }
    clocks
}
