//! The course of one ticket from report to the archive: which steps, when, and what each sets.
//!
//! A course is planned as a whole, once, from the day's random stream; `fold` then says how the ticket stands at any
//! moment. Limits and usual work come from `catalogue`, working time from `hours`.

use super::arrivals::Arrival;
use super::catalogue::{CATALOGUE, Category, Lead, SIGN_MIN, URGENT_LIMIT_MIN, URGENT_SIGN_MIN};
use super::draw::{Draw, NARROW, Spread, USUAL, WIDE};
use super::hours::{Pace, Shifts};
use crate::domain::{HandlingMode, Source, Stage};

/// One change of a ticket. Times are seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    /// When.
    pub at: i64,
    /// What changes.
    pub what: What,
}

/// What a step changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum What {
    /// It is reported: the ticket begins, in stage Collect.
    Reported,
    /// It enters Report, Register, Feedback, Verify or Evaluate.
    Entered(Stage),
    /// It goes to the lead unit; both clocks start.
    Dispatched { sign_due: i64, handle_due: i64 },
    /// The unit signs for it.
    Signed,
    /// Work begins: it enters Handle.
    Arrived,
    /// The handling clock is paused.
    Paused,
    /// It goes on; the due time has moved.
    Resumed { due: i64 },
    /// The limit is extended by this many minutes of the clock's time.
    Extended { minutes: u32, due: i64 },
    /// The reporter answered.
    Rated { satisfied: bool, resolved: bool },
    /// Not satisfied: it goes back to Handle with a new limit.
    Returned { due: i64 },
    /// It is closed.
    Closed,
    /// It is void.
    Void,
}

/// The planned course of a ticket.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Life {
    /// The steps, in order of time.
    pub steps: Vec<Step>,
    /// How it is handled.
    pub mode: HandlingMode,
    /// True if its clocks run day and night.
    pub urgent: bool,
    /// True if the grid worker settles it on the spot.
    pub on_spot: bool,
    /// Who leads.
    pub lead: Lead,
}

/// Shares and medians that hold for all categories.
mod usual {
    /// Reports that turn out to be none: twice the same, not the district's.
    pub const VOID: f64 = 0.005;
    /// Handling ends after the due time.
    pub const LATE: f64 = 0.0009;
    /// Signed after the due time.
    pub const SIGNED_LATE: f64 = 0.009;
    /// Paused once while handled: ordinary, urgent.
    pub const PAUSED: (f64, f64) = (0.035, 0.08);
    /// Extended once.
    pub const EXTENDED: f64 = 0.007;
    /// Ways of handling other than the ordinary one, of tickets that are not urgent.
    pub const JOINT: f64 = 0.06;
    pub const CONSULT: f64 = 0.012;
    pub const SUPERVISED: f64 = 0.012;
    pub const SPECIAL: f64 = 0.005;
    /// Rated at all: hotline callers, everybody else.
    pub const RATED: (f64, f64) = (0.55, 0.2);
    /// Satisfied at the first answer, and after it was done again.
    pub const SATISFIED: (f64, f64) = (0.81, 0.42);
    /// Solved, by satisfied and by dissatisfied reporters.
    pub const RESOLVED: (f64, f64) = (0.97, 0.41);
    /// Dissatisfied tickets that are done again, the first time and the second.
    pub const RETURNED: (f64, f64) = (0.5, 0.2);
    /// Hotline tickets whose rating is waited for for days.
    pub const LONG_EVALUATION: f64 = 0.085;
}

/// Plans the course of what was reported at `reported`.
pub(super) fn plan_life(draw: &mut Draw, shifts: &Shifts, reported: i64, arrival: &Arrival, source: Source) -> Life {
    let category = &CATALOGUE[arrival.category as usize];
    let urgent = draw.chance(category.urgent);
    let on_spot = !urgent && source == Source::GridWorker && draw.chance(category.on_spot);
    let mode = draw_mode(draw, urgent, on_spot);
    let lead = if on_spot { Lead::Community } else { category.lead };
    let mut course =
        Course { draw, shifts, category, urgent, on_spot, mode, now: reported, steps: Vec::with_capacity(14) };
    let void = course.intake(source);
    if !void {
        course.dispatch();
        course.handle_until_accepted(source);
    }
    let steps = course.steps;
    Life { steps, mode, urgent, on_spot, lead }
}

fn draw_mode(draw: &mut Draw, urgent: bool, on_spot: bool) -> HandlingMode {
    let place = draw.unit();
    if urgent {
        return HandlingMode::Emergency;
    }
    if on_spot {
        return HandlingMode::Ordinary;
    }
    let mut below = 0.0;
    for (share, mode) in [
        (usual::JOINT, HandlingMode::Joint),
        (usual::CONSULT, HandlingMode::Consult),
        (usual::SUPERVISED, HandlingMode::Supervised),
        (usual::SPECIAL, HandlingMode::Special),
    ] {
        below += share;
        if place < below {
            return mode;
        }
    }
    HandlingMode::Ordinary
}

/// A course while it is planned: `now` is the moment planned up to.
struct Course<'a> {
    draw: &'a mut Draw,
    shifts: &'a Shifts,
    category: &'a Category,
    urgent: bool,
    on_spot: bool,
    mode: HandlingMode,
    now: i64,
    steps: Vec<Step>,
}

impl Course<'_> {
    /// Report, assessment; true if it ends there as void.
    fn intake(&mut self, source: Source) -> bool {
        self.step(What::Reported);
        let collect = match source {
            Source::Hotline => 5.0,
            Source::GridWorker => 2.5,
            Source::Dispatch => 0.7,
            Source::Other => 3.0,
        };
        self.pass(Pace::Round, collect, &USUAL);
        self.step(What::Entered(Stage::Report));
        self.pass(Pace::Round, if self.urgent { 1.5 } else { 4.0 }, &USUAL);
        self.step(What::Entered(Stage::Register));
        let assess = match self.mode {
            HandlingMode::Emergency => 3.0,
            HandlingMode::Consult => 150.0,
            _ if self.on_spot => 4.0,
            _ => 12.0,
        };
        self.pass(Pace::Round, assess, &USUAL);
        let void = self.draw.chance(usual::VOID);
        if void {
            self.step(What::Void);
        }
        void
    }

    /// To the lead unit, its signature, the way there.
    fn dispatch(&mut self) {
        let (pace, sign_min) = if self.urgent { (Pace::Round, URGENT_SIGN_MIN) } else { (Pace::Office, SIGN_MIN) };
        let sign_due = self.shifts.add(pace, self.now, i64::from(sign_min) * 60);
        let handle_due = self.shifts.add(pace, self.now, self.limit_s());
        self.step(What::Dispatched { sign_due, handle_due });
        let late = !self.on_spot && self.draw.chance(usual::SIGNED_LATE);
        if late {
            let over = if self.urgent { self.draw.between(3.0, 40.0) } else { self.draw.between(10.0, 150.0) };
            self.now = self.shifts.add(pace, sign_due, (over * 60.0) as i64);
        } else if self.urgent {
            self.pass(Pace::Round, 7.0, &NARROW);
        } else if self.on_spot {
            self.pass(Pace::Round, 1.0, &USUAL);
        } else {
            self.pass(Pace::Crew, 12.0, &USUAL);
        }
        self.step(What::Signed);
        match (self.urgent, self.on_spot) {
            (true, _) => self.pass(Pace::Round, 14.0, &NARROW),
            (_, true) => self.pass(Pace::Round, 1.0, &USUAL),
            _ => self.pass(Pace::Crew, 11.0, &USUAL),
        }
        self.step(What::Arrived);
        self.handle(handle_due);
    }

    /// From `now` in Handle to the end of the work, with at most one pause and one extension.
    fn handle(&mut self, mut due: i64) {
        let clock = if self.urgent { Pace::Round } else { Pace::Office };
        let pace = match (self.urgent, self.on_spot) {
            (true, _) => Pace::Round,
            (_, true) => Pace::Crew,
            _ => self.category.pace,
        };
        let mut work = match (self.on_spot, self.mode) {
            (true, _) => self.draw.around(14.0, &USUAL),
            (_, HandlingMode::Consult) => self.draw.around(self.category.work_min * 1.6, &WIDE),
            (_, HandlingMode::Emergency) => self.draw.around(self.category.work_min.min(110.0), &USUAL),
            _ => self.draw.around(self.category.work_min * 0.75, &USUAL),
        } * 60.0;
        let paused = if self.urgent { usual::PAUSED.1 } else { usual::PAUSED.0 };
        if !self.on_spot && self.draw.chance(paused) {
            let before = work * self.draw.between(0.2, 0.7);
            let pause = self.shifts.add(pace, self.now, before as i64);
            if pause < due {
                self.now = pause;
                self.step(What::Paused);
                let length = if self.urgent { self.draw.between(0.2, 1.4) } else { self.draw.between(4.0, 55.0) };
                let over = pause + (length * 3600.0) as i64;
                // Crews hear of it when they are at work.
                self.now = if self.urgent { over } else { self.shifts.add(Pace::Crew, over, 60) };
                due = self.shifts.add(clock, due, self.shifts.between(clock, pause, self.now));
                self.step(What::Resumed { due });
                work -= before;
            }
        }
        let end = self.shifts.add(pace, self.now, work as i64);
        let left = self.shifts.between(clock, self.now, due);
        self.now = if self.draw.chance(usual::LATE) {
            let over = if self.urgent { self.draw.between(0.3, 6.0) } else { self.draw.between(14.0, 90.0) };
            self.shifts.add(clock, due, (over * 3600.0) as i64)
        } else if !self.urgent && !self.on_spot && left > 3600 && self.draw.chance(usual::EXTENDED) {
            let asked = self.shifts.add(clock, self.now, (left as f64 * self.draw.between(0.5, 0.95)) as i64);
            self.now = asked;
            let minutes = (self.category.limit_min / 2).max(60);
            let later = self.shifts.add(clock, due, i64::from(minutes) * 60);
            self.step(What::Extended { minutes, due: later });
            let span = self.shifts.between(clock, asked, later) as f64;
            self.shifts.add(clock, asked, (span * self.draw.between(0.5, 0.98)) as i64)
        } else if end > due {
            // It has to be done by then, and it is.
            self.shifts.add(clock, self.now, (left as f64 * self.draw.between(0.6, 0.97)) as i64)
        } else {
            end
        };
        self.step(What::Entered(Stage::Feedback));
    }

    /// Feedback, check, rating; and again from Handle while the reporter is not satisfied.
    fn handle_until_accepted(&mut self, source: Source) {
        for pass in 0..3 {
            if self.on_spot {
                self.pass(Pace::Round, 6.0, &USUAL);
            } else {
                self.pass(Pace::Crew, 48.0, &WIDE);
            }
            self.step(What::Entered(Stage::Verify));
            if self.on_spot {
                self.pass(Pace::Crew, 22.0, &USUAL);
            } else {
                self.pass(Pace::Crew, 68.0, &WIDE);
            }
            self.step(What::Entered(Stage::Evaluate));
            let (of_hotline, of_others) = usual::RATED;
            let hotline = source == Source::Hotline;
            if hotline && self.draw.chance(usual::LONG_EVALUATION) {
                self.now += (self.draw.between(0.4, 3.0) * 86_400.0) as i64;
            }
            self.pass(Pace::Crew, if hotline { 16.0 } else { 5.0 }, &USUAL);
            let rated = pass > 0 || self.draw.chance(if hotline { of_hotline } else { of_others });
            if rated {
                let (first, again) = usual::SATISFIED;
                let satisfied = self.draw.chance(if pass == 0 { first } else { again });
                let (solved, unsolved) = usual::RESOLVED;
                let resolved = self.draw.chance(if satisfied { solved } else { unsolved });
                self.step(What::Rated { satisfied, resolved });
                let again = [usual::RETURNED.0, usual::RETURNED.1, 0.0][pass];
                if !satisfied && self.draw.chance(again) {
                    self.pass(Pace::Crew, 9.0, &USUAL);
                    let clock = if self.urgent { Pace::Round } else { Pace::Office };
                    let due = self.shifts.add(clock, self.now, self.limit_s());
                    self.step(What::Returned { due });
                    self.on_spot = false;
                    self.handle(due);
                    continue;
                }
            }
            self.pass(Pace::Round, 1.5, &USUAL);
            self.step(What::Closed);
            return;
        }
    }

    fn limit_s(&self) -> i64 {
        i64::from(limit_min(self.category, self.urgent)) * 60
    }

    fn pass(&mut self, pace: Pace, median_min: f64, spread: &Spread) {
        let seconds = (self.draw.around(median_min, spread) * 60.0) as i64;
        self.now = self.shifts.add(pace, self.now, seconds.max(1));
    }

    fn step(&mut self, what: What) {
        self.steps.push(Step { at: self.now, what });
    }
}

/// The handling limit in minutes of the clock's own time.
pub(super) fn limit_min(category: &Category, urgent: bool) -> u32 {
    if urgent { URGENT_LIMIT_MIN } else { category.limit_min }
}

/// The sign limit in minutes of the clock's own time.
pub(super) const fn sign_min(urgent: bool) -> u32 {
    if urgent { URGENT_SIGN_MIN } else { SIGN_MIN }
}
