//! One run: the model platform, the network, the machine with its disk and clocks, and the wall's process, in virtual
//! time and from one seed. Partners: `net.rs` (what goes between), `machine.rs` (the process's lives), `steps.rs` (what a
//! schedule orders), `oracle.rs` (what must hold).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use super::client::Client;
use super::disk::PaperDisk;
use super::model::{BOOKMARK, DIGEST, Model};
use super::net::{Connection, Orders};
use super::oracle::{HEALED_WITHIN, ON_THE_WAY, Violation};
use super::planted::Planted;
use super::schedule::{KINDS, Lane, Schedule};
use super::wording;
use crate::domain::{Feed, Freshness};
use crate::platform::sync::{Input, Jitter, Mono, Phase, RequestId, StreamId};

const SECOND: Duration = Duration::from_secs(1);

/// Everything there is in one run.
pub struct World {
    /// Virtual time since the beginning.
    pub now: Mono,
    /// The platform.
    pub model: Model,
    /// The wall's process, while it lives.
    pub client: Option<Box<Client>>,
    /// The machine's disk.
    pub disk: PaperDisk,
    /// The small chances: latencies, where bytes are cut.
    pub dice: Jitter,
    /// What a seed stands for.
    pub seed: u64,
    /// A defect put into the client.
    pub planted: Option<Planted>,
    /// The first promise that was broken.
    pub broken: Option<Violation>,
    /// What is under way to the process, by time and order.
    pub(super) queue: BTreeMap<(Mono, u64), Input>,
    pub(super) order: u64,
    /// What each request that somebody waits for is for, and its path.
    pub(super) lanes: HashMap<RequestId, (Lane, String)>,
    /// Until when the process was asked to stay away from a path.
    pub(super) asked: HashMap<String, Mono>,
    /// The stream whose opening the process waits for.
    pub(super) opening: Option<StreamId>,
    /// The connection of the stream.
    pub stream: Option<Connection>,
    /// What the network has been told to do wrong.
    pub orders: Orders,
    /// Nothing answers before this time.
    pub down_until: Mono,
    /// Every other answer is a 500 before this time.
    pub storm_until: Mono,
    /// Everything is slow before this time.
    pub slow_until: Mono,
    /// Every request is refused with 401 before this time.
    pub expired_until: Mono,
    /// Events carry no ids before this time.
    pub unnumbered_until: Mono,
    /// What a lane carries comes after this time.
    pub clogged: [Mono; Lane::ALL.len()],
    /// The disk is ill before this time.
    pub ill_until: Mono,
    /// The machine sleeps before this time.
    pub asleep_until: Mono,
    /// How long it slept in all.
    pub slept: Duration,
    /// How long it slept since the process last looked at its clocks.
    pub(super) unread_sleep: Duration,
    /// Of its sleep in this life, what no clock of the machine tells: the only one that goes on in sleep was set back
    /// before anybody looked.
    pub(super) untold_sleep: Duration,
    /// By how many seconds the wall clock is wrong.
    pub clock_error: i64,
    /// When the process is started again.
    pub restarts_at: Option<Mono>,
    /// Lives of the process so far.
    pub lives: u32,
    /// The process dies after this many effects.
    pub dies_after: Option<u8>,
    pub(super) is_dying: bool,
    /// Prints of every file that was saved, and of the tickets in them.
    pub(super) saved: HashSet<u64>,
    pub(super) sections: HashSet<u64>,
    /// Print of the page of tickets that was last saved, what it adds up to, and whose they are.
    pub(super) saved_page: Option<(u64, u64, Vec<u8>)>,
    /// The first file that was saved.
    pub old_file: Option<Vec<u8>>,
    /// Saves tried, and feeds that came back from the disk.
    pub saves: u64,
    /// Feeds that came back from the disk.
    pub recalled: u64,
    /// Somebody spoilt the file.
    pub is_spoilt: bool,
    /// Somebody put an old file back.
    pub is_restored: bool,
    /// When the newest reading of the list began.
    pub listed_from: Mono,
    /// The platform has gone back on its word, and no honest list has come since.
    pub may_go_back: bool,
    /// Since when the tickets have been live without a break.
    pub contact_since: Option<Mono>,
    /// A platform asked us to stay away until then.
    pub asked_until: Mono,
    /// When a file is to be looked at for what was refused.
    pub purge_check_at: Option<Mono>,
    /// Times at which the stream was opened and requests were made, by path, in this life.
    pub tries: HashMap<String, Vec<Mono>>,
    /// The pause after the first failure.
    pub first_pause: Option<Duration>,
    /// When everything became well; what was sent up to this order was sent before.
    pub(super) recovered: (Mono, u64),
    /// When the stream last brought something that a clog had held back until after that.
    pub held_back_until: Mono,
    /// From healing to all feeds live.
    pub healed_after: Option<Duration>,
    /// Which faults struck in which state.
    pub covered: BTreeSet<(Option<Phase>, usize)>,
    /// Follow every step.
    pub is_traced: bool,
    /// What was followed.
    pub log: Vec<String>,
    bookmark_at: Mono,
    digest_at: Mono,
}

impl World {
    /// A world before anything has happened.
    pub fn new(seed: u64, planted: Option<Planted>) -> Self {
        Self {
            now: Mono::ZERO,
            model: Model::new(),
            client: None,
            disk: PaperDisk::default(),
            dice: Jitter(seed ^ 0xD1CE),
            seed,
            planted,
            broken: None,
            queue: BTreeMap::new(),
            order: 0,
            lanes: HashMap::new(),
            asked: HashMap::new(),
            opening: None,
            stream: None,
            orders: Orders::default(),
            down_until: Mono::ZERO,
            storm_until: Mono::ZERO,
            slow_until: Mono::ZERO,
            expired_until: Mono::ZERO,
            unnumbered_until: Mono::ZERO,
            clogged: Default::default(),
            ill_until: Mono::ZERO,
            asleep_until: Mono::ZERO,
            slept: Duration::ZERO,
            unread_sleep: Duration::ZERO,
            untold_sleep: Duration::ZERO,
            clock_error: 0,
            restarts_at: None,
            lives: 0,
            dies_after: None,
            is_dying: false,
            saved: HashSet::new(),
            sections: HashSet::new(),
            saved_page: None,
            old_file: None,
            saves: 0,
            recalled: 0,
            is_spoilt: false,
            is_restored: false,
            listed_from: Mono::ZERO,
            may_go_back: false,
            contact_since: None,
            asked_until: Mono::ZERO,
            purge_check_at: None,
            tries: HashMap::new(),
            first_pause: None,
            recovered: (Mono::ZERO, 0),
            held_back_until: Mono::ZERO,
            healed_after: None,
            covered: BTreeSet::new(),
            is_traced: false,
            log: Vec::new(),
            bookmark_at: BOOKMARK,
            digest_at: DIGEST,
        }
    }

    /// Notes the first broken promise.
    pub fn fail(&mut self, rule: &'static str, what: String) {
        let at = self.now;
        self.broken.get_or_insert(Violation { rule, at, what });
    }

    /// Adds to what is followed.
    pub fn trace(&mut self, what: &str) {
        let line = format!("{:9.3} {what}", self.now.as_secs_f64());
        self.log.push(line);
    }

    /// Lets time pass until `until`, with the platform's bookmarks and digests and whatever is under way.
    pub fn run_until(&mut self, until: Mono) {
        while self.broken.is_none() {
            let queued = self.queue.first_key_value().map(|((at, _), _)| (*at).max(self.asleep_until));
            let wake = self.client.as_ref().and_then(|client| client.wakes_at()).map(|at| at.max(self.asleep_until));
            let waits =
                [queued, wake, Some(self.bookmark_at), Some(self.digest_at), self.restarts_at, self.purge_check_at];
            let next = waits.into_iter().flatten().min().unwrap_or(until).max(self.now);
            if next > until {
                return self.move_to(until);
            }
            self.move_to(next);
            if self.bookmark_at <= self.now {
                self.bookmark_at = self.now + BOOKMARK;
                let seq = self.model.seq + std::mem::take(&mut self.orders.bookmark_error);
                let text = wording::bookmark(&self.model, seq);
                self.stream_text(&text);
            } else if self.digest_at <= self.now {
                self.digest_at = self.now + DIGEST;
                let text = wording::digest(&self.model, std::mem::take(&mut self.orders.digest_error));
                self.stream_text(&text);
            } else if self.purge_check_at.is_some_and(|at| at <= self.now) {
                self.purge_check_at = None;
                self.check_purged();
            } else if self.restarts_at.is_some_and(|at| at <= self.now) {
                self.restarts_at = None;
                self.start();
            } else if queued.is_some_and(|at| at <= self.now) {
                if let Some(((_, order), input)) = self.queue.pop_first() {
                    self.note_held_back(order, &input);
                    self.tell(input);
                }
            } else {
                self.tell(Input::Tick);
            }
        }
    }

    /// Notes what the stream brings long after healing and was sent before it.
    fn note_held_back(&mut self, order: u64, input: &Input) {
        let (at, last) = self.recovered;
        if let Input::StreamBytes(id, _) = input
            && order <= last
            && self.now > at + ON_THE_WAY
            && self.stream.is_some_and(|stream| stream.id == *id)
        {
            self.held_back_until = self.now;
        }
    }

    /// Moves on to `at`; what is on the wall must be true until then.
    fn move_to(&mut self, at: Mono) {
        // The wall draws sixty times a second: what lasts no longer than that is not seen.
        if at > self.now + Duration::from_millis(16)
            && let Err(violation) = self.check_moment()
        {
            self.broken.get_or_insert(violation);
        }
        self.now = at;
        let is_live = self.client.as_ref().is_some_and(|client| client.rung(Feed::Tickets, self) == Freshness::Live);
        self.contact_since = if is_live { self.contact_since.or(Some(at)) } else { None };
    }

    /// Runs a whole schedule: the faulty part, then the healing, then the last check.
    pub fn run(&mut self, schedule: &Schedule) {
        self.start();
        for (at, step) in &schedule.steps {
            self.run_until((*at).max(self.now));
            if self.broken.is_some() {
                return;
            }
            if let Some(kind) = step.kind() {
                self.covered.insert((self.client.as_ref().map(|client| client.phase()), kind));
                debug_assert!(kind < KINDS);
            }
            if self.is_traced {
                self.trace(&format!("== {step:?}"));
            }
            self.strike(step);
        }
        self.run_until(schedule.heal_at.max(self.now).max(self.asleep_until));
        self.heal();
    }

    /// A platform that asked us to stay away is obeyed, be it well again or not; for longer, if the machine has slept and
    /// the wall cannot know it.
    fn stays_away_until(&self) -> Mono {
        match &self.client {
            Some(client) if self.asked_until > Mono::ZERO => self.asked_until + client.unnoticed(),
            _ => self.asked_until,
        }
    }

    /// Everything is well again: how long until the wall knows? A stream that still brings what a clog held back is well
    /// only then; what it brings no more after that, the wall finds by its silence.
    pub fn heal(&mut self) {
        self.recover();
        self.recovered = (self.now, self.order);
        let healed_at = self.now;
        // What the platform keeps silent about is found by its next digest.
        let lie = if self.is_lied_to() { DIGEST } else { Duration::ZERO };
        let restart = lie + if self.restarts_at.is_some() { 10 * SECOND } else { Duration::ZERO };
        let from = |world: &Self| world.stays_away_until().max(healed_at).max(world.held_back_until);
        while self.broken.is_none() && self.now < from(self) + restart + HEALED_WITHIN {
            self.run_until(self.now + SECOND);
            let asked_until = self.stays_away_until();
            if self.now >= self.asked_until && self.looks_healed() && self.check_healed().is_ok() {
                self.healed_after = Some(self.now.saturating_sub(healed_at.max(asked_until)));
                // Quiet, and still right: the last digest, the last save.
                self.run_until(self.now + 40 * SECOND);
                // An answer that was late on its way may yet have asked us to stay away.
                if self.now >= self.stays_away_until() {
                    break;
                }
            }
        }
        if self.broken.is_none()
            && let Err(violation) = self.check_healed()
        {
            self.broken = Some(violation);
        }
    }
}
