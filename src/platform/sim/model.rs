//! The model platform: a log of changes over a few tickets and the lists that follow from it, in the bytes of the wire.
//! It remembers everything that ever was, so that the oracle can hold the wall against the truth. Partner: `wording.rs`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use crate::domain::Stage;
use crate::platform::sync::Mono;

use super::wording;

/// Most tickets of the model.
pub const TICKETS: u8 = 50;

/// How a version of a ticket is written: what a platform of next year, or a sloppy one, may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// As the contract says.
    Plain,
    /// A stage and a source that nobody knows yet; `status` still says that it is open.
    UnknownWords,
    /// Without the optional members.
    Bare,
    /// With members that nobody knows.
    Extra,
    /// Optional members of other types.
    WrongTypes,
    /// Optional members that are `null`.
    Nulls,
    /// Values that cannot be: the year 2099, coordinates at 0,0 and beyond the globe, 1e308.
    Absurd,
    /// Without the time of report: cannot be used.
    NoTime,
    /// Neither stage nor status: cannot be used.
    NoStage,
}

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 9] = [
        Shape::Plain,
        Shape::UnknownWords,
        Shape::Bare,
        Shape::Extra,
        Shape::WrongTypes,
        Shape::Nulls,
        Shape::Absurd,
        Shape::NoTime,
        Shape::NoStage,
    ];

    /// False if a wall cannot show such a record.
    pub fn is_usable(self) -> bool {
        !matches!(self, Shape::NoTime | Shape::NoStage)
    }
}

/// One ticket as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    /// Its version.
    pub ver: u64,
    /// Its stage.
    pub stage: Stage,
    /// How it is written.
    pub shape: Shape,
}

impl Truth {
    /// The stage a wall should show.
    pub fn shown_stage(&self) -> Stage {
        if self.shape == Shape::UnknownWords { Stage::Handle } else { self.stage }
    }
}

/// A number for a ticket in a version, so that whole states can be compared by their XOR.
pub fn print(epoch: u32, id: u8, ver: u64, stage: Stage) -> u64 {
    let mut mixed =
        crate::platform::sync::Jitter(u64::from(epoch) << 48 ^ u64::from(id) << 40 ^ ver << 8 ^ stage as u64);
    mixed.next_u64()
}

/// A feed that is a list of one number, read again and again.
#[derive(Clone, Debug)]
pub struct Counter {
    /// Every value and since when it held.
    pub history: Vec<(Mono, u64)>,
}

impl Counter {
    fn new() -> Self {
        Self { history: vec![(Mono::ZERO, 1)] }
    }

    /// The value now.
    pub fn value(&self) -> u64 {
        self.history.last().map_or(0, |(_, value)| *value)
    }

    /// The next value.
    pub fn count(&mut self, now: Mono) {
        let next = self.value() + 1;
        self.history.push((now, next));
    }
}

/// The platform.
pub struct Model {
    /// The life of the log.
    pub epoch: u32,
    /// Grows with every change of what the wall may read; a part of the cursor.
    pub scope: u32,
    /// Number of the newest change.
    pub seq: u64,
    /// What is there, hidden or not.
    pub tickets: BTreeMap<u8, Truth>,
    /// What the wall may not read.
    pub hidden: BTreeSet<u8>,
    /// When rights changed last: what is under way then is still of the old ones.
    pub scoped_at: Option<Mono>,
    /// Since when something is hidden.
    pub hidden_at: Option<Mono>,
    log: Vec<(u64, String)>,
    /// Cursors before this cannot be resumed.
    pub horizon: u64,
    /// The XOR of what a wall should show, and since when that is so.
    pub history: Vec<(Mono, u64)>,
    /// Every ticket there ever was.
    pub ids: BTreeSet<u8>,
    /// Everything that ever was: epoch, id, version, stage shown.
    pub was: HashSet<(u32, u8, u64, Stage)>,
    /// When the platform last did what it must not do: changed something without saying so.
    pub lied_at: Option<Mono>,
    /// The upstream systems.
    pub sources: Counter,
    /// The areas.
    pub areas: Counter,
    /// The landing page.
    pub landing: Counter,
}

impl Model {
    /// A platform without tickets.
    pub fn new() -> Self {
        Self {
            epoch: 1,
            scope: 1,
            seq: 0,
            tickets: BTreeMap::new(),
            hidden: BTreeSet::new(),
            scoped_at: None,
            hidden_at: None,
            log: Vec::new(),
            horizon: 0,
            history: vec![(Mono::ZERO, 0)],
            ids: BTreeSet::new(),
            was: HashSet::new(),
            lied_at: None,
            sources: Counter::new(),
            areas: Counter::new(),
            landing: Counter::new(),
        }
    }

    /// What the wall may read.
    pub fn readable(&self) -> impl Iterator<Item = (u8, Truth)> + '_ {
        self.tickets.iter().filter(|(id, _)| !self.hidden.contains(id)).map(|(id, truth)| (*id, *truth))
    }

    /// What the wall should show.
    pub fn shown(&self) -> BTreeMap<u8, (u64, Stage)> {
        let usable = self.readable().filter(|(_, truth)| truth.shape.is_usable());
        usable.map(|(id, truth)| (id, (truth.ver, truth.shown_stage()))).collect()
    }

    fn remember(&mut self, now: Mono) {
        let state = self.readable().filter(|(_, truth)| truth.shape.is_usable());
        let state = state.fold(0, |sum, (id, truth)| sum ^ print(self.epoch, id, truth.ver, truth.shown_stage()));
        self.history.push((now, state));
    }

    /// What the wall should show now, as one number.
    pub fn state(&self) -> u64 {
        self.history.last().map_or(0, |(_, state)| *state)
    }

    /// True if what the wall should show was `state` at some moment of `[from, to]`.
    pub fn was_state(&self, state: u64, from: Mono, to: Mono) -> bool {
        let first = self.history.partition_point(|(at, _)| *at < from).saturating_sub(1);
        self.history[first..].iter().take_while(|(at, _)| *at <= to).any(|(_, held)| *held == state)
    }

    fn set(&mut self, id: u8, truth: Truth) {
        self.tickets.insert(id, truth);
        self.ids.insert(id);
        self.was.insert((self.epoch, id, truth.ver, truth.shown_stage()));
    }

    /// Creates or changes a ticket; the event as it goes down the stream. Hidden tickets stay as they are.
    pub fn put(&mut self, id: u8, stage: Stage, shape: Shape, now: Mono) -> Option<String> {
        if self.hidden.contains(&id) {
            return None;
        }
        let kind = if self.tickets.contains_key(&id) { "ticket.updated" } else { "ticket.created" };
        self.seq += 1;
        let truth = Truth { ver: self.seq, stage, shape };
        self.set(id, truth);
        let event = wording::event(self, kind, id, truth.ver, &wording::feature(self.epoch, id, truth));
        self.log.push((self.seq, event.clone()));
        self.remember(now);
        Some(event)
    }

    /// Deletes a ticket, if it is there.
    pub fn delete(&mut self, id: u8, now: Mono) -> Option<String> {
        if self.hidden.contains(&id) {
            return None;
        }
        self.tickets.remove(&id)?;
        self.seq += 1;
        let event = wording::event(self, "ticket.deleted", id, self.seq, &format!("{{\"id\":\"T{id}\"}}"));
        self.log.push((self.seq, event.clone()));
        self.remember(now);
        Some(event)
    }

    /// What no platform should do: a ticket changes or goes, and the log says nothing.
    pub fn lie(&mut self, id: u8, stage: Stage, now: Mono) {
        match self.tickets.get(&id).copied() {
            Some(truth) if truth.ver < self.seq => {
                self.set(id, Truth { ver: self.seq, stage, shape: Shape::Plain });
            }
            _ => _ = self.tickets.remove(&id),
        }
        self.lied_at = Some(now);
        self.remember(now);
    }

    /// The wall may read less from now on, or more. What it holds can only be set right by reading again.
    pub fn change_scope(&mut self, hidden: BTreeSet<u8>, now: Mono) {
        if hidden.difference(&self.hidden).next().is_some() {
            self.hidden_at = Some(now);
        }
        self.hidden = hidden;
        self.scoped_at = Some(now);
        self.scope += 1;
        self.remember(now);
    }

    /// The history is lost: numbers begin anew, and ids are used again for other things.
    pub fn lose_history(&mut self, now: Mono) {
        self.epoch += 1;
        self.log.clear();
        self.seq = 0;
        self.horizon = 0;
        let ids: Vec<u8> = self.tickets.keys().step_by(2).copied().collect();
        self.tickets.clear();
        for id in ids {
            self.put(id, Stage::Report, Shape::Plain, now);
        }
        self.remember(now);
    }

    /// Old changes are dropped from the log.
    pub fn compact(&mut self) {
        self.horizon = self.seq;
        self.log.clear();
    }

    /// Up to `count` events from `from` of the log on, as they were sent once.
    pub fn old_events(&self, from: usize, count: usize) -> String {
        self.log.iter().skip(from % self.log.len().max(1)).take(count).map(|(_, event)| event.as_str()).collect()
    }

    /// What a new connection gets first; `None` if the cursor cannot be resumed.
    pub fn catch_up(&self, cursor: Option<&str>) -> Option<String> {
        let Some(cursor) = cursor else { return Some(wording::bookmark(self, self.seq)) };
        let (life, seq) = cursor.split_once('-')?;
        let seq: u64 = seq.parse().ok()?;
        if life != wording::life(self) || seq < self.horizon || seq > self.seq {
            return None;
        }
        let events: String = self.log.iter().filter(|(at, _)| *at > seq).map(|(_, event)| event.as_str()).collect();
        Some(format!("{}{events}{}", wording::bookmark(self, seq), wording::bookmark(self, self.seq)))
    }
}

/// How long the model waits between two bookmarks.
pub const BOOKMARK: Duration = Duration::from_secs(5);
/// How long between two digests: shorter than a real platform's five minutes, so that short runs meet some.
pub const DIGEST: Duration = Duration::from_secs(20);

impl Model {
    /// True if one of the small lists changed so lately that the wall need not have read it yet.
    pub fn is_young(&self, now: Mono) -> bool {
        let newest = [&self.sources, &self.landing].into_iter().filter_map(|it| it.history.last()).map(|(at, _)| *at);
        newest.max().unwrap_or_default() + Duration::from_secs(45) > now
    }
}
