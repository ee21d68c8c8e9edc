//! What each step of a schedule does to the world, and how the world becomes well again.

use std::collections::BTreeSet;
use std::time::Duration;

use super::disk::Illness;
use super::model::Shape;
use super::net::Orders;
use super::schedule::Step;
use super::wording;
use super::world::World;
use crate::platform::cache::store;
use crate::platform::sync::Input;

impl World {
    /// Does one step now.
    pub fn strike(&mut self, step: &Step) {
        let now = self.now;
        let orders = &mut self.orders;
        match step {
            Step::Put(id, stage, shape) => {
                if let Some(event) = self.model.put(*id, *stage, *shape, now) {
                    self.stream_text(&event);
                }
            }
            Step::Delete(id) => {
                if let Some(event) = self.model.delete(*id, now) {
                    self.stream_text(&event);
                }
            }
            Step::CountSources => self.model.sources.count(now),
            Step::CountAreas => self.model.areas.count(now),
            Step::CountLanding => self.model.landing.count(now),
            Step::Cut => self.cut_stream(),
            Step::CutInEvent => orders.cuts = true,
            Step::HalfOpen => {
                if let Some(stream) = &mut self.stream {
                    stream.is_dead = true;
                }
            }
            Step::LoseEvent => orders.loses = true,
            Step::Duplicate => orders.doubles = true,
            Step::Swap => orders.swaps = true,
            Step::SingleBytes => orders.crumbles = true,
            Step::Garble => orders.garbles = true,
            Step::Replay(from) => {
                let events = self.model.old_events(*from, 5);
                if self.stream.is_some_and(|it| !it.is_dead) {
                    self.push_bytes(events.as_bytes());
                }
            }
            Step::Oversize => {
                if self.stream.is_some_and(|it| !it.is_dead) {
                    let event = format!("event: ticket.updated\ndata: {}\n\n", "x".repeat((1 << 20) + 9));
                    self.push_bytes(event.as_bytes());
                }
            }
            Step::Slow(span) => self.slow_until = now + *span,
            Step::Clog(lane, span) => self.clogged[*lane as usize] = now + *span,
            Step::Down(span) => {
                self.down_until = now + *span;
                self.cut_stream();
            }
            Step::Answers(lane, answer, count) => orders.answers.push((*lane, *answer, *count)),
            Step::Storm(span) => self.storm_until = now + *span,
            Step::Compact => self.model.compact(),
            Step::Restart { keeps_connection } => self.restart_platform(*keeps_connection),
            Step::RestartBetweenPages => orders.restarts_between_pages = true,
            Step::Lie(id, stage) => self.model.lie(*id, *stage, now),
            Step::WrongDigest => orders.digest_error = 1,
            Step::WrongBookmark => orders.bookmark_error = 2,
            Step::Unnumbered(span) => self.unnumbered_until = now + *span,
            Step::SetClock(seconds) => {
                self.clock_error += seconds;
                if self.has_only_wall_clock() && *seconds < 0 {
                    self.untold_sleep += self.unread_sleep.min(Duration::from_secs(seconds.unsigned_abs()));
                }
                self.tries.clear();
                // A clock that was put forward looks like a sleep: what was asked seems to be over.
                self.asked.clear();
                // The thread looks at its clocks every second, so that a step and a sleep do not hide each other.
                self.tell(Input::Tick);
            }
            Step::Sleep(span) => self.sleep(*span),
            Step::Crash { with_power } => self.bury(*with_power),
            Step::CrashInSave(operation) => self.disk.dies_at = Some(u64::from(*operation)),
            Step::CrashInStep(effects) => self.dies_after = Some(*effects),
            Step::DiskFull(span) => self.sicken(Illness::Full, *span),
            Step::DiskReadOnly(span) => self.sicken(Illness::ReadOnly, *span),
            Step::DiskBroken(span) => self.sicken(Illness::Broken, *span),
            Step::FlipBit(place) => self.spoil(|file| {
                let bit = place % (file.len() as u64 * 8);
                file[(bit / 8) as usize] ^= 1 << (bit % 8);
            }),
            Step::CutFile(place) => self.spoil(|file| file.truncate(*place as usize % file.len())),
            Step::OldFile => {
                self.is_restored = true;
                if let Some(file) = self.old_file.clone() {
                    self.disk.plant(store::NAME, file);
                }
            }
            Step::Shrink(id) => {
                let hidden: BTreeSet<u8> = (*id..*id + 3).chain(self.model.hidden.iter().copied()).collect();
                self.change_scope(hidden);
            }
            Step::Grow => self.change_scope(BTreeSet::new()),
            Step::Expire(span) => {
                self.expired_until = self.expired_until.max(now + *span);
                // The platform ends what it would not begin now.
                self.cut_stream();
            }
        }
    }

    /// The platform begins a new life. A proxy in between may keep the connection, which then goes on in that life.
    pub(super) fn restart_platform(&mut self, keeps_connection: bool) {
        self.model.lose_history(self.now);
        self.orders.held_back = None;
        if !keeps_connection {
            self.cut_stream();
        }
    }

    fn change_scope(&mut self, hidden: BTreeSet<u8>) {
        self.model.change_scope(hidden, self.now);
        self.orders.held_back = None;
        let text = wording::reset(&self.model);
        if self.stream.is_some_and(|it| !it.is_dead) {
            self.push_bytes(text.as_bytes());
        }
        self.cut_stream();
    }

    /// The machine sleeps: its monotonic clock stands, its connections die, what waits for it is late.
    fn sleep(&mut self, span: Duration) {
        if self.now < self.asleep_until {
            return;
        }
        let until = self.now + span;
        self.slept_at(span, until);
    }

    fn slept_at(&mut self, span: Duration, until: Duration) {
        if let Some(stream) = &mut self.stream {
            stream.is_dead = true;
        }
        // Nothing else happens meanwhile: a machine that sleeps neither sees nor does.
        self.asleep_until = until;
        self.now = until;
        self.slept += span;
        self.unread_sleep += span;
        self.contact_since = None;
        self.purge_check_at = None;
        let late: Vec<_> = std::mem::take(&mut self.queue).into_values().collect();
        for input in late {
            self.send(until, input);
        }
        self.tries.clear();
        // The thread looks at its clocks every second.
        let notices_at = until + self.dice.between(Duration::ZERO, Duration::from_secs(1));
        self.send(notices_at, Input::Tick);
        if let Some(at) = &mut self.restarts_at {
            *at = (*at).max(until);
        }
    }

    fn sicken(&mut self, illness: Illness, span: Duration) {
        self.disk.illness = illness;
        self.ill_until = self.now + span;
    }

    /// True while the disk refuses, and for as long after it as a refused save waits.
    pub(super) fn is_disk_ill(&self) -> bool {
        self.now < self.ill_until + Duration::from_secs(45)
    }

    fn spoil(&mut self, spoil: impl Fn(&mut Vec<u8>)) {
        if let Some(file) = self.disk.content(store::NAME)
            && !file.is_empty()
        {
            spoil(file);
            self.is_spoilt = true;
        }
    }

    /// Ends every fault. What they broke stays broken until somebody mends it.
    pub(super) fn recover(&mut self) {
        let now = self.now;
        self.orders = Orders::default();
        for until in [
            &mut self.down_until,
            &mut self.storm_until,
            &mut self.slow_until,
            &mut self.expired_until,
            &mut self.unnumbered_until,
        ] {
            *until = (*until).min(now);
        }
        self.clogged = self.clogged.map(|at| at.min(now));
        self.disk.illness = Illness::None;
        self.disk.fails_at = None;
        self.disk.dies_at = None;
        self.dies_after = None;
        self.purge_check_at = None;
        // One change of the healthy platform, so that there is something to be told.
        if let Some(event) = self.model.put(0, crate::domain::Stage::Verify, Shape::Plain, now) {
            self.stream_text(&event);
        }
    }
}
