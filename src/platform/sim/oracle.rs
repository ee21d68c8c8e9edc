//! The promises, as checks. What a delivery may not do is in `wall.rs`; here is what must hold at every moment between
//! two events, and after healing.

use std::fmt;
use std::time::Duration;

use super::world::World;
use crate::domain::{Feed, Freshness};
use crate::platform::sync::Mono;
use crate::platform::sync::pace::TRIES_PER_MINUTE;

/// What is called live is at most this much older than it says: the time on the way.
pub const ON_THE_WAY: Duration = Duration::from_secs(10);
/// After a sleep the wall notices within this time.
pub const NOTICE: Duration = Duration::from_secs(2);
/// What is forbidden or deleted is gone within this time after contact.
pub const GONE_WITHIN: Duration = Duration::from_secs(30);
/// After everything is well again the wall is live and right within this time: a quarter of a minute until a dead stream is
/// found, a quarter of back-off at most, and a list. What the platform kept silent about is found by its next digest.
pub const HEALED_WITHIN: Duration = Duration::from_secs(30);

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub rule: &'static str,
    /// When, in virtual time.
    pub at: Mono,
    /// What was seen.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:.3} s: {}", self.rule, self.at.as_secs_f64(), self.what)
    }
}

impl World {
    fn broken(&self, rule: &'static str, what: String) -> Violation {
        Violation { rule, at: self.now, what }
    }

    /// True if the platform itself hid something that the wall cannot know yet.
    pub fn is_lied_to(&self) -> bool {
        self.model.lied_at.is_some()
    }

    /// True while something of older rights may still be under way.
    pub fn is_in_between(&self) -> bool {
        self.model.scoped_at.is_some_and(|at| at + super::client::LATE > self.now)
    }

    /// How old a message may have been that came at `at`. After a clog the last of what was held back may be as old as the
    /// clog was long, and nothing in it says so: the one thing that a client without the platform's clock cannot know.
    pub fn on_the_way(&self, at: Mono) -> Duration {
        let clogged = self.clogged[super::schedule::Lane::Stream as usize].max(self.held_back_until);
        let was_clogged = at < clogged + 2 * ON_THE_WAY;
        if was_clogged { ON_THE_WAY + Duration::from_secs(60) } else { ON_THE_WAY }
    }

    /// What must hold at any moment.
    pub fn check_moment(&self) -> Result<(), Violation> {
        let Some(client) = &self.client else { return Ok(()) };
        if self.now < self.asleep_until + NOTICE {
            return Ok(());
        }
        let (wall, local) = (&client.wall, self.local());
        let from = |feed: Feed| {
            let age = wall.marks[feed as usize].proven.map_or(Duration::ZERO, |proven| local.saturating_sub(proven));
            let proven = self.now.saturating_sub(age);
            proven.saturating_sub(self.on_the_way(proven) + self.untold_sleep)
        };
        let is_plain = !self.is_lied_to() && !self.is_in_between();
        if client.rung(Feed::Tickets, self) == Freshness::Live && is_plain {
            let from = from(Feed::Tickets);
            if !self.model.was_state(wall.print, from, self.now) {
                let (held, there) = (wall.state(), self.model.shown());
                return Err(self.broken("I3 honest freshness", format!("live with {held:?}, but there is {there:?}")));
            }
        }
        for (feed, counter, held) in [
            (Feed::Sources, &self.model.sources, wall.sources),
            (Feed::Indicators, &self.model.sources, wall.indicators),
            (Feed::Areas, &self.model.areas, wall.areas),
            (Feed::Site, &self.model.landing, wall.title),
        ] {
            if client.rung(feed, self) != Freshness::Live {
                continue;
            }
            // The value it shows was replaced before the proof: it cannot have been proven.
            let replaced = counter.history.iter().find(|(_, value)| held.is_none_or(|held| *value > held));
            if replaced.is_some_and(|(at, _)| *at < from(feed)) {
                let what = format!("{} live with {held:?}, but there is {}", feed.key(), counter.value());
                return Err(self.broken("I3 honest freshness", what));
            }
        }
        let load = client.load();
        // A change of a ticket replaces the one before it, however long the list takes.
        let ids = self.model.ids.len();
        if load.buffered > ids || load.requests > 13 || load.versions > 2 * ids {
            return Err(self.broken("I7 bounded", format!("{load:?}")));
        }
        // Contact since something was hidden: it must be gone by now.
        if let Some(hidden_at) = self.model.hidden_at
            && self.contact_since.is_some_and(|since| since.max(hidden_at) + GONE_WITHIN < self.now)
            && !self.is_lied_to()
            && let Some(ghost) = wall.tickets.keys().find(|id| self.model.hidden.contains(id))
        {
            return Err(self.broken("I6 no ghosts", format!("T{ghost} is forbidden and still shown")));
        }
        Ok(())
    }

    /// I7: never more than twenty tries a minute on any way.
    pub fn check_tries(&self, tries: &[Mono], what: &str) -> Result<(), Violation> {
        let Some(first) = tries.len().checked_sub(TRIES_PER_MINUTE + 1) else { return Ok(()) };
        let span = tries[tries.len() - 1].saturating_sub(tries[first]);
        if span < Duration::from_secs(59) {
            return Err(self.broken("I7 bounded", format!("{} tries of {what} in {span:?}", TRIES_PER_MINUTE + 1)));
        }
        Ok(())
    }

    /// True if the wall seems to be right: what [`World::check_healed`] then looks at closely.
    pub fn looks_healed(&self) -> bool {
        let is_live = |client: &super::client::Client| {
            Feed::ALL.into_iter().all(|feed| client.rung(feed, self) == Freshness::Live)
        };
        self.client.as_ref().is_some_and(|client| client.wall.print == self.model.state() && is_live(client))
    }

    /// What must hold once everything has been well for long enough.
    pub fn check_healed(&self) -> Result<(), Violation> {
        let Some(client) = &self.client else {
            return Err(self.broken("I8 no block", "the wall is not running".into()));
        };
        let wall = &client.wall;
        if wall.state() != self.model.shown() {
            let (held, there) = (wall.state(), self.model.shown());
            return Err(self.broken("I1 convergence", format!("the wall has {held:?}, the platform {there:?}")));
        }
        for feed in Feed::ALL {
            let rung = client.rung(feed, self);
            if rung != Freshness::Live {
                let trouble = &wall.marks[feed as usize].trouble;
                return Err(self.broken("I1 convergence", format!("{} is {rung:?}: {trouble:?}", feed.key())));
            }
        }
        let numbers = (wall.sources, wall.title);
        let there = (Some(self.model.sources.value()), Some(self.model.landing.value()));
        if numbers != there && !self.model.is_young(self.now) {
            return Err(self.broken("I1 convergence", format!("the wall has {numbers:?}, the platform {there:?}")));
        }
        Ok(())
    }
}
