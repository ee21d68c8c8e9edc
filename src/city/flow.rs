//! What moved in the last hour: how many tickets crossed from each stage to the next, and the latest steps one by one.
//!
//! Counted by minutes of platform time, so that memory is bounded whatever the rate. A complete list says only since
//! when each ticket is where it is: what happened before the first list is inferred from that, and `known_since` says
//! from when every step was seen. Fed by [`TicketMoved`]; partner of `receive.rs`, drawn by `layers/flow`.

use std::collections::VecDeque;

use bevy::prelude::*;
use jiff::{SignedDuration, Timestamp};

use super::{Now, TicketMoved, Tickets};
use crate::domain::{Stage, Ticket, TicketId};

/// Minutes kept: the current one and the sixty before.
const MINUTES: usize = 61;
/// Steps kept one by one: an hour of a busy district, nine seconds of 500 a second.
pub const STEPS: usize = 4_096;

/// How long a step counts as recent.
pub const RECENT: SignedDuration = SignedDuration::from_hours(1);

/// One ticket went from one stage to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The ticket.
    pub id: TicketId,
    /// Its stage before; `None` if it was reported with this step.
    pub from: Option<Stage>,
    /// Its stage since.
    pub to: Stage,
    /// When, in platform time.
    pub at: Timestamp,
    /// True if it came as a change; false if a list told of it later.
    pub is_seen: bool,
}

/// Steps of one hour, by what they crossed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourFlow {
    /// Tickets reported.
    pub arrived: u32,
    /// Tickets that went past the end of each stage of [`Stage::IN_HAND`]; the last one is closing.
    pub forward: [u32; 8],
    /// Tickets that came back to each stage of [`Stage::IN_HAND`] from a later one.
    pub returned: [u32; 8],
    /// Tickets declared void.
    pub voided: u32,
}

impl HourFlow {
    fn add(&mut self, other: &HourFlow) {
        self.arrived += other.arrived;
        self.voided += other.voided;
        for (sum, n) in self.forward.iter_mut().zip(other.forward) {
            *sum += n;
        }
        for (sum, n) in self.returned.iter_mut().zip(other.returned) {
            *sum += n;
        }
    }

    fn take(&mut self, other: &HourFlow) {
        self.arrived -= other.arrived;
        self.voided -= other.voided;
        for (sum, n) in self.forward.iter_mut().zip(other.forward) {
            *sum -= n;
        }
        for (sum, n) in self.returned.iter_mut().zip(other.returned) {
            *sum -= n;
        }
    }

    /// What one step adds. A ticket reported with this step has passed all stages before the one it is in.
    pub fn of(from: Option<Stage>, to: Stage) -> Self {
        let mut flow = HourFlow { arrived: u32::from(from.is_none()), ..Self::default() };
        if to == Stage::Void {
            flow.voided = 1;
            return flow;
        }
        let (start, end) = (from.map_or(0, depth), depth(to));
        if end >= start {
            flow.forward[start.min(8)..end].fill(1);
        } else if end < 8 {
            flow.returned[end] = 1;
        }
        flow
    }
}

/// Place of a stage in the chain; 8 for the two ends.
fn depth(stage: Stage) -> usize {
    Stage::IN_HAND.iter().position(|other| *other == stage).unwrap_or(8)
}

/// The minutes of the last hour and their sum.
#[derive(Clone, Debug)]
struct Minutes {
    slots: Box<[HourFlow; MINUTES]>,
    /// The newest minute since 1970.
    last: i64,
    sum: HourFlow,
}

impl Default for Minutes {
    fn default() -> Self {
        Self { slots: Box::new([HourFlow::default(); MINUTES]), last: i64::MIN, sum: HourFlow::default() }
    }
}

impl Minutes {
    /// Lets go of what is older than an hour at this minute. A clock set back by more than an hour starts anew.
    fn advance(&mut self, minute: i64) -> bool {
        let gone = minute.saturating_sub(self.last);
        if gone <= 0 && gone > -(MINUTES as i64) {
            return false;
        }
        if !(1..MINUTES as i64).contains(&gone) {
            *self = Self { last: minute, ..Self::default() };
            return true;
        }
        for passed in 1..=gone {
            let slot = &mut self.slots[(self.last + passed).rem_euclid(MINUTES as i64) as usize];
            self.sum.take(slot);
            *slot = HourFlow::default();
        }
        self.last = minute;
        true
    }

    /// Adds to a minute of the last hour. False if it is too old.
    fn add(&mut self, minute: i64, flow: &HourFlow) -> bool {
        let minute = minute.min(self.last);
        if self.last.saturating_sub(minute) >= MINUTES as i64 {
            return false;
        }
        self.slots[minute.rem_euclid(MINUTES as i64) as usize].add(flow);
        self.sum.add(flow);
        true
    }
}

/// What moved in the last hour. Changes (in Bevy's sense) when a step was taken in or left the hour.
#[derive(Resource, Default, Clone, Debug)]
pub struct Flow {
    minutes: Minutes,
    steps: VecDeque<Step>,
    /// Steps ever taken in; the last one of `steps` has this number.
    serial: u64,
    /// From when on every step was seen.
    known_since: Option<Timestamp>,
    /// The newest moment of a step.
    newest: Option<Timestamp>,
}

impl Flow {
    /// Steps of the last hour, by what they crossed.
    pub fn hour(&self) -> &HourFlow {
        &self.minutes.sum
    }

    /// The latest steps, oldest first: at most an hour old, at most [`STEPS`].
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = &Step> + ExactSizeIterator {
        self.steps.iter()
    }

    /// How many steps were ever taken in: to be handed to [`Flow::after`] next time.
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// The steps taken in after `serial`, as far as they are still kept.
    pub fn after(&self, serial: u64) -> impl ExactSizeIterator<Item = &Step> {
        let fresh = self.serial.saturating_sub(serial).min(self.steps.len() as u64) as usize;
        self.steps.range(self.steps.len() - fresh..)
    }

    /// From when on every step was seen; earlier ones are inferred. `None` before the first list.
    pub fn known_since(&self) -> Option<Timestamp> {
        self.known_since
    }

    /// Since when tickets that moved are known one by one: an hour, or less when more moved than are kept.
    pub fn recent_since(&self, now: Timestamp) -> Timestamp {
        let hour = now.checked_sub(RECENT).unwrap_or(Timestamp::MIN);
        match self.steps.front() {
            Some(step) if self.steps.len() >= STEPS => step.at.max(hour),
            _ => hour,
        }
    }

    /// True while the hour reaches back to before every step was seen.
    pub fn is_inferred(&self, now: Timestamp) -> bool {
        self.known_since.is_none_or(|since| now.duration_since(since) < RECENT)
    }

    /// Takes in a complete list: the first one says what can be inferred of the hour before; a later one only what was
    /// missed. Steps must be in order of time.
    pub fn adopt(&mut self, list: Vec<Step>, now: Timestamp) {
        self.advance(now);
        let from = self.newest;
        self.known_since.get_or_insert(now);
        for step in list {
            if from.is_none_or(|from| step.at > from) {
                self.push(step, now);
            }
        }
    }

    /// Takes in one step. True if it is of the last hour.
    pub fn push(&mut self, mut step: Step, now: Timestamp) -> bool {
        self.advance(now);
        // A clock that runs ahead of the platform's is no reason to lose a step.
        step.at = step.at.min(now);
        if !self.minutes.add(minute(step.at), &HourFlow::of(step.from, step.to)) {
            return false;
        }
        self.newest = self.newest.max(Some(step.at));
        self.serial += 1;
        if self.steps.len() >= STEPS {
            self.steps.pop_front();
        }
        self.steps.push_back(step);
        true
    }

    /// Lets go of what is older than an hour. True if anything went.
    pub fn advance(&mut self, now: Timestamp) -> bool {
        let moved = self.minutes.advance(minute(now));
        let before = self.steps.len();
        while self.steps.front().is_some_and(|step| now.duration_since(step.at) > RECENT) {
            self.steps.pop_front();
        }
        moved || before != self.steps.len()
    }
}

fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

/// What a list tells of the hour before `now`, oldest first: for a ticket of this hour all it went through, for others
/// the last step, taken to be from the stage before.
pub(super) fn inferred<'a>(tickets: impl Iterator<Item = &'a Ticket>, now: Timestamp) -> Vec<Step> {
    let mut steps: Vec<Step> = tickets
        .filter(|ticket| now.duration_since(ticket.stage_since) <= RECENT)
        .map(|ticket| {
            let is_new = now.duration_since(ticket.reported_at) <= RECENT;
            let before = depth(ticket.stage).checked_sub(1).map(|depth| Stage::IN_HAND[depth]);
            let from = if is_new { None } else { Some(before.unwrap_or(ticket.stage)) };
            Step { id: ticket.id.clone(), from, to: ticket.stage, at: ticket.stage_since, is_seen: false }
        })
        .collect();
    steps.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.id.cmp(&b.id)));
    if steps.len() > STEPS {
        steps.drain(..steps.len() - STEPS);
    }
    steps
}

/// Keeps [`Flow`] true: takes in what moved, lets go of what is an hour old.
pub(super) fn settle(
    mut tickets: ResMut<Tickets>,
    mut moved: MessageReader<TicketMoved>,
    mut flow: ResMut<Flow>,
    now: Res<Now>,
) {
    let book = flow.bypass_change_detection();
    let mut is_news = book.advance(now.at);
    if let Some(list) = tickets.bypass_change_detection().inferred.take() {
        book.adopt(list, now.at);
        is_news = true;
    }
    for step in moved.read() {
        let Some(to) = step.to else { continue };
        let at = step.since.unwrap_or(now.at);
        is_news |= book.push(Step { id: step.id.clone(), from: step.from, to, at, is_seen: true }, now.at);
    }
    if is_news {
        flow.set_changed();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + second).unwrap()
    }

    fn step(n: usize, from: Option<Stage>, to: Stage, second: i64) -> Step {
        Step { id: TicketId::new(format!("T{n}")), from, to, at: at(second), is_seen: true }
    }

    #[test]
    fn a_step_counts_at_every_boundary_it_crosses() {
        let jump = HourFlow::of(Some(Stage::Register), Stage::Handle);
        assert_eq!((jump.forward, jump.arrived), ([0, 0, 1, 1, 0, 0, 0, 0], 0));
        let back = HourFlow::of(Some(Stage::Verify), Stage::Handle);
        assert_eq!((back.forward, back.returned), ([0; 8], [0, 0, 0, 0, 1, 0, 0, 0]));
        assert_eq!(HourFlow::of(Some(Stage::Evaluate), Stage::Closed).forward[7], 1);
        assert_eq!(
            HourFlow::of(None, Stage::Report),
            HourFlow { arrived: 1, forward: [1, 0, 0, 0, 0, 0, 0, 0], ..HourFlow::default() }
        );
        assert_eq!(HourFlow::of(Some(Stage::Report), Stage::Void), HourFlow { voided: 1, ..HourFlow::default() });
        let reopened = HourFlow::of(Some(Stage::Closed), Stage::Handle);
        assert_eq!((reopened.forward, reopened.returned[4]), ([0; 8], 1));
    }

    #[test]
    fn a_quiet_hour_is_zero_again() {
        let mut flow = Flow::default();
        assert!(flow.push(step(1, Some(Stage::Collect), Stage::Report, 0), at(0)));
        assert_eq!(flow.hour().forward[0], 1);
        assert!(!flow.advance(at(10)), "nothing has changed within the minute");
        assert!(flow.advance(at(3700)));
        assert_eq!((*flow.hour(), flow.steps().len()), (HourFlow::default(), 0));
        assert!(!flow.push(step(2, None, Stage::Collect, 5), at(9000)), "an old step is no news");
    }

    #[test]
    fn a_list_adds_only_what_was_missed() {
        let mut flow = Flow::default();
        flow.adopt(vec![step(1, None, Stage::Report, -600), step(2, Some(Stage::Report), Stage::Register, -30)], at(0));
        assert_eq!((flow.hour().arrived, flow.hour().forward[1], flow.known_since()), (1, 1, Some(at(0))));
        flow.push(step(3, None, Stage::Collect, 60), at(61));
        flow.adopt(
            vec![
                step(1, None, Stage::Report, -600),
                step(3, None, Stage::Collect, 60),
                step(4, None, Stage::Collect, 90),
            ],
            at(120),
        );
        assert_eq!((flow.hour().arrived, flow.known_since()), (3, Some(at(0))));
        assert!(flow.is_inferred(at(3599)) && !flow.is_inferred(at(3600)));
        assert_eq!(flow.after(3).map(|step| step.id.as_str()).collect::<Vec<_>>(), ["T4"]);
    }

    #[test]
    fn hours_of_500_a_second_do_not_grow() {
        let mut flow = Flow::default();
        for second in 0..3 * 3600 {
            for n in 0..20 {
                flow.push(step(n, Some(Stage::Collect), Stage::Report, second), at(second));
            }
        }
        assert_eq!(flow.steps().len(), STEPS);
        let counted = flow.hour().forward[0];
        assert!((60 * 60 * 20..=61 * 60 * 20).contains(&counted), "{counted}");
        assert_eq!(flow.serial(), 3 * 3600 * 20);
    }

    proptest! {
        /// The rolling sums are those of the steps of the last hour, by whole minutes, whatever the order and the gaps.
        #[test]
        fn rolling_sums_are_sums(moves in prop::collection::vec((0usize..8, 0usize..10, 0i64..2000, -200i64..900), 1..120)) {
            let mut flow = Flow::default();
            let mut all = Vec::new();
            let mut now = 0;
            for (from, to, wait, late) in moves {
                now += wait;
                let (from, to) = (Stage::IN_HAND[from], Stage::ALL[to]);
                flow.push(step(0, Some(from), to, now - late), at(now));
                all.push((from, to, (now - late).min(now), now));
            }
            let mut sum = HourFlow::default();
            let last = minute(at(now));
            for (from, to, when, _) in all.into_iter().filter(|(_, _, when, _)| last - minute(at(*when)) < MINUTES as i64) {
                let _ = when;
                sum.add(&HourFlow::of(Some(from), to));
            }
            prop_assert_eq!(*flow.hour(), sum);
        }
    }
}
