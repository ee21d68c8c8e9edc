//! The live run: every change of every ticket in its order, from a moment on.
//!
//! Holds the tickets in hand with their next step, and plans each new day when its turn comes. It has no clock: the
//! caller says up to when. What it yields is the fold of `life`, so a run that goes on equals one that starts later.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::{Clockwork, LAST_DAY, LONGEST_LIFE_DAYS, Plan};
use crate::domain::Ticket;

/// A run of the clockwork from a moment on.
pub struct Running {
    clockwork: Arc<Clockwork>,
    now: Timestamp,
    /// Tickets with a step to come; ended ones leave a free place.
    plans: Vec<Option<Plan>>,
    free: Vec<usize>,
    /// Second, date and serial (so that equal seconds have an order), number of steps done, place in `plans`.
    due: BinaryHeap<Reverse<(i64, Date, u32, usize, usize)>>,
    /// The first date not yet planned; `None` after the last that can be.
    next_day: Option<Date>,
}

impl Running {
    /// A run that yields what changes after `at`. Looks back as far as a ticket can be in hand.
    pub fn starting_at(clockwork: Arc<Clockwork>, at: Timestamp) -> Self {
        let (_, plans) = clockwork.look_back(at, LONGEST_LIFE_DAYS);
        Self::new(clockwork, at, plans)
    }

    /// A run from `at` on with the tickets that are already reported; plans the rest of that day itself.
    pub(super) fn new(clockwork: Arc<Clockwork>, at: Timestamp, reported: Vec<Plan>) -> Self {
        let today = clockwork.date_of(at);
        let rest = clockwork.plan_day(today).into_iter().filter(|plan| plan.reported_at() > at);
        let mut running = Self {
            now: at,
            plans: Vec::new(),
            free: Vec::new(),
            due: BinaryHeap::new(),
            next_day: following(today),
            clockwork: clockwork.clone(),
        };
        for plan in reported.into_iter().chain(rest) {
            running.follow(plan);
        }
        running
    }

    /// Keeps a ticket if anything will happen to it after now.
    fn follow(&mut self, plan: Plan) {
        let done = plan.version_at(self.now);
        let Some(next) = plan.life.steps.get(done) else { return };
        let (at, day, serial) = (next.at, plan.day, plan.serial);
        let place = self.free.pop().unwrap_or_else(|| {
            self.plans.push(None);
            self.plans.len() - 1
        });
        self.plans[place] = Some(plan);
        self.due.push(Reverse((at, day, serial, done, place)));
    }

    /// Up to when the changes have been taken.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Number of tickets with a step to come that have been reported or will be on a day already planned.
    pub fn followed(&self) -> usize {
        self.due.len()
    }

    /// When to look again: the next change, or the start of the next day if nothing changes before it.
    pub fn next_due(&self) -> Timestamp {
        let change = self.due.peek().map(|Reverse((at, ..))| super::fold::instant(*at));
        let day = self.next_day.and_then(|day| self.clockwork.day_start(day)).map(super::fold::instant);
        change.into_iter().chain(day).min().unwrap_or(Timestamp::MAX)
    }

    /// Every change after the last call up to and including `to`, in order: the moment and the ticket after it. Version 1
    /// is a new ticket. A `to` that is not later yields nothing.
    pub fn advance(&mut self, to: Timestamp) -> Vec<(Timestamp, Ticket)> {
        let mut changes = Vec::new();
        if to <= self.now {
            return changes;
        }
        while let Some(day) = self.next_day
            && self.clockwork.day_start(day).is_some_and(|start| start <= to.as_second())
        {
            for plan in self.clockwork.plan_day(day) {
                self.follow(plan);
            }
            self.next_day = following(day);
        }
        while let Some(&Reverse((at, day, serial, done, place))) = self.due.peek()
            && at <= to.as_second()
        {
            self.due.pop();
            let Some(plan) = &self.plans[place] else { continue };
            changes
                .extend(self.clockwork.ticket_after(plan, done + 1).map(|ticket| (super::fold::instant(at), ticket)));
            match plan.life.steps.get(done + 1) {
                Some(next) => self.due.push(Reverse((next.at, day, serial, done + 1, place))),
                None => {
                    self.plans[place] = None;
                    self.free.push(place);
                }
            }
        }
        self.now = to;
        changes
    }
}

fn following(day: Date) -> Option<Date> {
    Some(day.saturating_add(1.day())).filter(|next| *next <= LAST_DAY && *next > day)
}
