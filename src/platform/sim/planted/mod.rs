//! Is the simulator any good? A defect is planted around the production core, one at a time, and must be caught. The
//! defects are those that real clients of such streams have had. They live here and change what the core hears and what
//! the world hears of it; the production code has no switch for them. `stream.rs` spoils what is heard, `told.rs` what is
//! told.

mod stream;
mod told;

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use super::disk::PaperDisk;
use super::wall::Wall;
use crate::domain::{Feed, Freshness, Ladder, Ticket, TicketId};
use crate::platform::cache::{Disk, Keeper, Note, store};
use crate::platform::sync::sse::SseDecoder;
use crate::platform::sync::{Effect, Input, Load, Mono, RequestId, StreamId};
use crate::platform::wire::TicketReader;
use crate::platform::{Delivery, TicketChange};

/// The defects. The first 24 are those of the test catalogue, in its order; where the product has no such part yet the
/// nearest promise that it does make is broken instead, which the comment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Planted {
    /// 1: events that were seen are applied again.
    NoDedupe,
    /// 2: an older version replaces a newer one.
    AcceptOlder,
    /// 3: numbers of different epochs are compared.
    CompareAcrossEpochs,
    /// 4: 410 is taken for any failure.
    Ignore410,
    /// 5: 410 is answered with the same question at once.
    LoopOn410,
    /// 6: the wall is emptied before the list is read again.
    ClearBeforeRelist,
    /// 7: changes that come during the list are lost.
    LoseBuffered,
    /// 8: changes that the list contains are told as news.
    ApplyOldBuffered,
    /// 9: a late event brings a deleted ticket back.
    NoTombstones,
    /// 10: a new list does not take away what is gone.
    RelistForgetsDeletes,
    /// 11: a connection counts as a proof.
    LiveOnConnect,
    /// 12: ages are taken from the wall clock.
    AgeFromWallClock,
    /// 13: another feed's proof counts for the tickets.
    ProofOfOtherFeed,
    /// 14: a lost event is passed over.
    ResumeFromReceived,
    /// 15: pages are asked for by row, and digests are not read.
    PageByOffset,
    /// 16: of a truncated answer the readable part is used.
    PartialJson,
    /// 17: what was told before is told again after a list (alarms will stand on this).
    NewsAfterRelist,
    /// 18: what is new during a list is never told.
    LostDuringRelist,
    /// 19: everything that comes during a list is kept.
    UnboundedBuffer,
    /// 20: `Retry-After` of ten years is obeyed.
    RetryAfterUncapped,
    /// 21: what may no longer be read stays on the disk.
    ForbiddenInCache,
    /// 22: seen before it is durable (there is no record of reveals yet; the cache's renaming stands for it).
    VisibleBeforeDurable,
    /// 23: the saved state says it is younger than it is.
    SavedTooYoung,
    /// 24: all walls wait equally long.
    NoJitter,
    /// 25: the last good state from the disk passes for live.
    RecalledAsLive,
    /// 26: hours of sleep do not count.
    SleepNotCounted,
    /// 27: what may no longer be read stays on the wall.
    ForbiddenOnWall,
}

impl Planted {
    /// All of them.
    pub const ALL: [Planted; 27] = [
        Planted::NoDedupe,
        Planted::AcceptOlder,
        Planted::CompareAcrossEpochs,
        Planted::Ignore410,
        Planted::LoopOn410,
        Planted::ClearBeforeRelist,
        Planted::LoseBuffered,
        Planted::ApplyOldBuffered,
        Planted::NoTombstones,
        Planted::RelistForgetsDeletes,
        Planted::LiveOnConnect,
        Planted::AgeFromWallClock,
        Planted::ProofOfOtherFeed,
        Planted::ResumeFromReceived,
        Planted::PageByOffset,
        Planted::PartialJson,
        Planted::NewsAfterRelist,
        Planted::LostDuringRelist,
        Planted::UnboundedBuffer,
        Planted::RetryAfterUncapped,
        Planted::ForbiddenInCache,
        Planted::VisibleBeforeDurable,
        Planted::SavedTooYoung,
        Planted::NoJitter,
        Planted::RecalledAsLive,
        Planted::SleepNotCounted,
        Planted::ForbiddenOnWall,
    ];
}

/// What sits around the core.
#[derive(Default)]
pub struct Saboteur {
    planted: Option<Planted>,
    reader: TicketReader,
    decoder: SseDecoder,
    stream: Option<StreamId>,
    opening: Option<Effect>,
    /// The newest position seen on the stream: epoch and number.
    seen: Option<(String, u64)>,
    /// How many events were passed over, of this epoch.
    skipped: u64,
    /// Requests for pages of tickets, the first page's first.
    pages: HashMap<RequestId, bool>,
    rows: usize,
    drafted: Vec<Ticket>,
    /// Changes since the list was begun, in order; `None` while there is no list.
    during: Option<Vec<TicketChange>>,
    told: Vec<TicketChange>,
    shown: HashMap<TicketId, Ticket>,
    blocked_until: Mono,
    forbidden: HashMap<TicketId, Ticket>,
    proven_by_clock: HashMap<Feed, Timestamp>,
    extra: Vec<Effect>,
}

impl Saboteur {
    /// Around nothing, or with one defect.
    pub fn new(planted: Option<Planted>) -> Self {
        Self { planted, ..Self::default() }
    }

    fn is(&self, planted: Planted) -> bool {
        self.planted == Some(planted)
    }

    /// The seed of the core's jitter.
    pub fn seed(&self, seed: u64) -> u64 {
        if self.is(Planted::NoJitter) { 1 } else { seed }
    }

    /// The clock that runs on in sleep, as the chronometer sees it.
    pub fn reference(&self, local: Duration, reference: Duration) -> Duration {
        if self.is(Planted::SleepNotCounted) { local } else { reference }
    }

    /// The rung a viewer sees, if the defect decides it.
    pub fn rung(&self, feed: Feed, wall: &Wall, wall_clock: impl FnOnce() -> Timestamp) -> Option<Freshness> {
        match self.planted? {
            Planted::AgeFromWallClock => {
                let proven = self.proven_by_clock.get(&feed)?;
                let age = Duration::try_from(wall_clock().duration_since(*proven)).unwrap_or(Duration::ZERO);
                wall.marks[feed as usize].proven.map(|_| Ladder::of(feed).rung(Some(age)))
            }
            Planted::RecalledAsLive => {
                let mark = &wall.marks[feed as usize];
                (mark.proven.is_none() && mark.recalled.is_some()).then_some(Freshness::Live)
            }
            _ => None,
        }
    }

    /// Notes a proof with the wall clock's time.
    pub fn proved(&mut self, feed: Feed, is_proven: bool, wall_clock: impl FnOnce() -> Timestamp) {
        if is_proven && self.is(Planted::AgeFromWallClock) {
            self.proven_by_clock.insert(feed, wall_clock());
        }
    }

    /// How much is held.
    pub fn load(&self, load: Load) -> Load {
        match &self.during {
            Some(during) if self.is(Planted::UnboundedBuffer) => Load { buffered: during.len(), ..load },
            _ => load,
        }
    }

    /// False if the wall does not get this.
    pub fn lets_through(&self, delivery: &Delivery) -> bool {
        !(self.is(Planted::ForbiddenOnWall) && matches!(delivery, Delivery::Withdrawn(_)))
    }

    /// What the keeper gets.
    pub fn note(&mut self, note: Note) -> Option<Note> {
        if !self.is(Planted::ForbiddenInCache) {
            return Some(note);
        }
        match note {
            Note::Withdrawn(_) => None,
            Note::Tickets(tickets) => {
                self.forbidden.extend(tickets.into_iter().map(|ticket| (ticket.id.clone(), ticket)));
                Some(Note::Tickets(self.forbidden.values().cloned().collect()))
            }
            note => Some(note),
        }
    }

    /// Before the keeper writes its file.
    pub fn before_save(&self, keeper: &mut Keeper, now: Mono) {
        if self.is(Planted::SavedTooYoung) {
            keeper.take(Note::Proven(Feed::Tickets, now), now);
        }
    }

    /// True if the file is not saved as it should be.
    pub fn saves_badly(&self) -> bool {
        self.is(Planted::VisibleBeforeDurable)
    }

    /// Saves without waiting for the disk.
    pub fn save(&self, keeper: &Keeper, disk: &mut PaperDisk, now: Mono, wall_clock: Timestamp) -> bool {
        let Ok(Some(file)) = keeper.file(now, wall_clock) else { return true };
        let saved = disk.write(store::DRAFT, &file).and_then(|()| disk.rename(store::DRAFT, store::NAME));
        saved.and_then(|()| disk.sync_folder()).is_ok()
    }

    /// What the core hears of an input.
    pub fn before(&mut self, input: Input, now: Mono) -> Vec<Input> {
        if self.planted.is_none() { vec![input] } else { self.hear(input, now) }
    }

    /// What the world hears of the core's effects.
    pub fn after(&mut self, effects: Vec<Effect>, now: Mono, wall: &Wall) -> Vec<Effect> {
        if self.planted.is_none() { effects } else { self.tell(effects, now, wall) }
    }
}
