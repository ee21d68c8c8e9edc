//! One life of the wall's process: the production core, the keeper of the cache and the chronometer, wired as in
//! `platform/thread.rs`, and the model wall at the end. A planted defect, if there is one, sits around them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::disk::Illness;
use super::planted::Saboteur;
use super::wall::Wall;
use super::wording::BASE;
use super::world::World;
use crate::domain::{Feed, Freshness};
use crate::platform::Delivery;
use crate::platform::cache::{self, Keeper, Note, Section};
use crate::platform::chronometer::Chronometer;
use crate::platform::sync::{Effect, Input, Load, Mono, Phase, SyncCore, SyncOptions};

/// How long the machine had been up when the run began.
const UPTIME: Duration = Duration::from_secs(100 * 86_400);
/// The longest that anything is under way.
pub const LATE: Duration = Duration::from_secs(75);
/// How often the model wall saves what changed.
const SAVE_EVERY: Duration = Duration::from_secs(60);

/// The process.
pub struct Client {
    /// The production core.
    pub core: SyncCore,
    /// The production keeper of the cache.
    pub keeper: Keeper,
    /// The wall.
    pub wall: Wall,
    /// The planted defect.
    pub saboteur: Saboteur,
    chronometer: Chronometer,
    /// Since when changes are kept for the list that is being read, in the world's time.
    pub buffers_from: Mono,
    /// When it last looked at its clocks, in the world's time.
    pub read_at: Mono,
    /// When it was started, in the world's time.
    pub born: Mono,
    started: Duration,
    /// The last mark of every feed in the core's time, to be told anew when time was missed.
    proven: [Option<Mono>; Feed::ALL.len()],
}

/// The wall clock at the start of a run.
pub fn epoch() -> Timestamp {
    Timestamp::from_second(1_795_000_000).unwrap_or_default()
}

impl Client {
    /// A process that starts at `local` of the machine's clock and has not said anything yet.
    pub fn new(seed: u64, local: Duration, kept: Vec<Section>, saboteur: Saboteur) -> Self {
        let base = reqwest::Url::parse(BASE).unwrap();
        let seed = saboteur.seed(seed);
        let core = SyncCore::new(SyncOptions { base, seed, start_jitter: false, page_limit: 4 });
        Self {
            core,
            keeper: Keeper::new(BASE.into(), SAVE_EVERY, kept),
            wall: Wall::default(),
            saboteur,
            chronometer: Chronometer::default(),
            buffers_from: Mono::ZERO,
            read_at: Mono::ZERO,
            born: Mono::ZERO,
            started: local,
            proven: Default::default(),
        }
    }

    /// The rung a viewer sees.
    pub fn rung(&self, feed: Feed, world: &World) -> Freshness {
        match self.saboteur.rung(feed, &self.wall, || world.wall_clock()) {
            Some(rung) => rung,
            None => self.wall.rung(feed, world.local()),
        }
    }

    /// How far the tickets have come.
    pub fn phase(&self) -> Phase {
        self.core.phase()
    }

    /// How much is held.
    pub fn load(&self) -> Load {
        self.saboteur.load(self.core.load())
    }

    /// The core's time, and whether some was missed; then older proofs are told to the wall anew.
    pub fn read_clock(&mut self, local: Duration, reference: Duration) -> (Mono, bool) {
        let reference = self.saboteur.reference(local, reference);
        let (now, missed) = self.chronometer.read(local - self.started, reference);
        if missed.is_some() {
            for feed in Feed::ALL {
                let proven = self.proven[feed as usize];
                self.wall.marks[feed as usize].proven = proven.map(|at| local.saturating_sub(now.saturating_sub(at)));
            }
        }
        (now, missed.is_some())
    }

    /// The time of the last look, for saving.
    pub fn now(&self) -> Mono {
        self.chronometer.now()
    }

    /// Time that passed and that no clock of the machine told of: a sleep that ended with the only clock that goes on in
    /// sleep being set back.
    pub fn unnoticed(&self) -> Duration {
        self.read_at.saturating_sub(self.born).saturating_sub(self.now())
    }

    /// When the core or the keeper wants to be looked at, in the world's time.
    pub fn wakes_at(&self) -> Option<Mono> {
        let wake = [self.core.wake_at(), self.keeper.due_at()].into_iter().flatten().min()?;
        Some(self.read_at + wake.saturating_sub(self.now()))
    }
}

/// What a step of the core led to, after the wall and the keeper have had their part.
impl World {
    /// Tells the process something, and does what it wants. A process may die between any two of its effects.
    pub fn tell(&mut self, input: Input) {
        let Some(mut client) = self.client.take() else { return };
        let local = self.local();
        client.read_at = self.now;
        let (now, has_missed) = client.read_clock(local, self.reference());
        self.unread_sleep = Duration::ZERO;
        let mut effects = Vec::new();
        if has_missed {
            client.core.step(now, Input::Slept, &mut effects);
            self.no_longer_wanted(&effects);
        }
        self.refusal_seen(&input);
        let is_traced = self.is_traced;
        for input in client.saboteur.before(input, now) {
            if is_traced {
                self.trace(&format!("<- {}", super::story::short(&input)));
            }
            let was_listing = client.phase().is_listing;
            client.core.step(now, input, &mut effects);
            if !was_listing {
                client.buffers_from = self.now;
            }
        }
        let effects = client.saboteur.after(effects, now, &client.wall);
        if effects.len() > 400 {
            self.fail("I7 bounded", format!("{} effects of one step", effects.len()));
        }
        for effect in effects {
            if is_traced {
                self.trace(&format!("  -> {}", super::story::short(&effect)));
            }
            if let Some(left) = &mut self.dies_after {
                match left.checked_sub(1) {
                    Some(less) => *left = less,
                    None => {
                        self.dies_after = None;
                        return self.bury(false);
                    }
                }
            }
            match effect {
                Effect::Deliver(delivery) => self.deliver(&mut client, &delivery, now),
                Effect::Currency { feed, proven_at, trouble, retry_at } => {
                    if let (Some(proven), None) = (proven_at, &trouble) {
                        client.keeper.take(Note::Proven(feed, proven), now);
                    }
                    if feed == Feed::Site && self.first_pause.is_none() && trouble.is_some() {
                        self.first_pause = retry_at.map(|at| at.saturating_sub(now));
                    }
                    client.proven[feed as usize] = proven_at;
                    let mark = &mut client.wall.marks[feed as usize];
                    mark.proven = proven_at.map(|at| local.saturating_sub(now.saturating_sub(at)));
                    mark.trouble = trouble;
                    client.saboteur.proved(feed, proven_at.is_some(), || self.wall_clock());
                }
                other => self.carry_out(other),
            }
        }
        if self.model.lied_at.is_some_and(|at| at + LATE < self.now) && client.wall.print == self.model.state() {
            // Whatever was hidden, the wall has it now.
            self.model.lied_at = None;
            self.may_go_back = false;
        }
        if client.keeper.due_at().is_some_and(|due| due <= client.now()) {
            self.save(&mut client);
            if self.is_dying {
                self.is_dying = false;
                return self.bury(false);
            }
        }
        self.client = Some(client);
    }

    fn deliver(&mut self, client: &mut Client, delivery: &Delivery, now: Mono) {
        if !client.saboteur.lets_through(delivery) {
            return;
        }
        let is_list = matches!(delivery, Delivery::Tickets(_));
        if is_list && self.model.lied_at.is_some_and(|at| at + LATE < client.buffers_from) {
            // What was hidden is in this list.
            self.model.lied_at = None;
            self.may_go_back = true;
        }
        let may_go_back = self.may_go_back || self.is_lied_to() || self.is_in_between();
        let at = (self.now, self.local(), self.listed_from);
        if let Err(violation) = client.wall.take(delivery, &self.model, at, may_go_back) {
            self.broken.get_or_insert(violation);
        }
        if is_list && !self.is_lied_to() {
            self.may_go_back = false;
        }
        if let Some(note) = Note::of(delivery) {
            let note = client.saboteur.note(note);
            if let Some(note) = note {
                client.keeper.take(note, now);
            }
        }
    }

    /// Saves the last good state, and checks that what is saved is as old as it says.
    fn save(&mut self, client: &mut Client) {
        if self.now >= self.ill_until {
            self.disk.illness = Illness::None;
        }
        let (now, wall_clock) = (client.now(), self.wall_clock());
        client.saboteur.before_save(&mut client.keeper, now);
        self.disk.given = None;
        self.saves += 1;
        let done = match client.saboteur.saves_badly() {
            true => client.saboteur.save(&client.keeper, &mut self.disk, now, wall_clock),
            false => cache::put(&mut client.keeper, &mut self.disk, now, wall_clock).is_ok(),
        };
        if client.saboteur.saves_badly() {
            if done { client.keeper.saved() } else { client.keeper.refused(now, false) }
        }
        if let Some(file) = self.disk.given.take() {
            self.check_file(&file);
            self.saved.insert(super::machine::hash(&file));
            self.old_file.get_or_insert(file);
        }
        if self.disk.dies_at.is_some_and(|left| left == 0) {
            self.disk.dies_at = None;
            self.is_dying = true;
        }
    }

    /// The machine's monotonic clock: stands still in sleep.
    pub fn local(&self) -> Duration {
        UPTIME + self.now - self.slept
    }

    /// One half of the machines have only the wall clock to tell them of sleep.
    pub(super) fn has_only_wall_clock(&self) -> bool {
        !self.seed.is_multiple_of(2)
    }

    /// The machine's clock that runs on in sleep.
    fn reference(&self) -> Duration {
        if !self.has_only_wall_clock() {
            return UPTIME + self.now;
        }
        Duration::try_from(self.wall_clock().duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default()
    }

    /// The machine's wall clock, right or wrong.
    pub fn wall_clock(&self) -> Timestamp {
        let since = SignedDuration::try_from(self.now).unwrap_or_default();
        epoch().saturating_add(since + SignedDuration::from_secs(self.clock_error)).unwrap_or(Timestamp::MAX)
    }
}
