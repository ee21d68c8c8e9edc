//! The tickets: a change stream and a list, put together so that the wall holds exactly what the platform holds. Start:
//! open the stream, buffer, read the list, apply what is newer; then follow the stream. A gap is resumed once, then the
//! list is read again; the old list stays until the new one is complete. `changes.rs` is the
//! stream's part, `pages.rs` the list's. Partner: `listing.rs`.

mod changes;
mod pages;

use std::time::Duration;

use reqwest::Url;

use super::ledger::Ledger;
use super::listing::Listing;
use super::pace::{Mono, Pace};
use super::reply::{Expected, Failure, Reply};
use super::sse::SseDecoder;
use super::{Context, Effect, Load, Phase, StreamId, StreamPhase, UNAUTHORIZED_FLOOR, floor};
use crate::domain::{Feed, Trouble};
use crate::platform::TicketChange;
use crate::platform::wire::StreamPosition;

/// A stream must answer within this time.
const OPEN_WITHIN: Duration = Duration::from_secs(10);
/// Three bookmarks missed: the stream is dead, whatever the socket says.
const SILENCE: Duration = Duration::from_secs(15);
/// A stream that lasted this long was a good one; lists that are begun anew farther apart have nothing to do with each other.
const STEADY: Duration = Duration::from_secs(30);
/// The stream must catch up with a complete list within this time.
const CATCH_UP: Duration = Duration::from_secs(30);

#[derive(Debug)]
enum Stream {
    /// Not wanted yet.
    Idle,
    Down {
        due: Mono,
    },
    Opening {
        id: StreamId,
        deadline: Mono,
    },
    Open {
        id: StreamId,
        since: Mono,
        /// Last event; bytes that are no event prove nothing.
        heard: Mono,
        proof: Proof,
        decoder: Box<SseDecoder>,
    },
}

/// What the events of a connection say about now. After a resume the platform first repeats our position and then what
/// we missed; however long that takes, only the next bookmark says that this is all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// Resumed, nothing heard yet.
    Resumed,
    /// Resumed, and catching up.
    CatchingUp,
    /// Every event and bookmark is news of now.
    Now,
}

/// The state of the ticket feed.
#[derive(Debug)]
pub struct TicketFeed {
    urls: Option<(Url, Url)>,
    stream: Stream,
    pace: Pace,
    list_pace: Pace,
    /// Up to where every change was taken, applied or buffered; and the opaque cursor that stands for it.
    held: Option<(StreamPosition, Option<String>)>,
    /// When the stream last confirmed that position.
    stood_at: Mono,
    listing: Option<Listing>,
    /// The versions of what the wall shows, and the epoch they belong to.
    ledger: Ledger,
    epoch: Option<std::sync::Arc<str>>,
    is_listed: bool,
    gaps_in_a_row: u32,
    /// Pauses between lists that are begun anew one after the other, and when the last one was.
    relist_pace: Pace,
    relisted_at: Option<Mono>,
    stale_lists: u32,
    changes: Vec<TicketChange>,
}

impl TicketFeed {
    /// A feed that does nothing until [`TicketFeed::begin`].
    pub fn new() -> Self {
        Self {
            urls: None,
            stream: Stream::Idle,
            pace: Pace::default(),
            list_pace: Pace::default(),
            held: None,
            stood_at: Mono::ZERO,
            listing: None,
            ledger: Ledger::default(),
            epoch: None,
            is_listed: false,
            gaps_in_a_row: 0,
            relist_pace: Pace::default(),
            relisted_at: None,
            stale_lists: 0,
            changes: Vec::new(),
        }
    }

    /// Follows this stream and reads this list.
    pub fn begin(&mut self, stream: Url, items: Url, now: Mono) {
        self.urls = Some((stream, items));
        if matches!(self.stream, Stream::Idle) {
            self.stream = Stream::Down { due: now };
        }
    }

    /// When it wants to be looked at.
    pub fn due_at(&self) -> Option<Mono> {
        let stream = match &self.stream {
            Stream::Idle => None,
            Stream::Down { due } => Some(*due),
            Stream::Opening { deadline, .. } => Some(*deadline),
            Stream::Open { heard, .. } => Some(*heard + SILENCE),
        };
        let listing = self.listing.as_ref();
        let page = listing.and_then(|listing| listing.due);
        let catch_up = listing.and_then(|listing| listing.complete_at).map(|at| at + CATCH_UP);
        [stream, page, catch_up].into_iter().flatten().min()
    }

    /// Tries now what waits for another try.
    pub fn hurry(&mut self, now: Mono) {
        if let Stream::Down { due } = &mut self.stream {
            *due = self.pace.hurry(now);
        }
        if let Some(due) = self.listing.as_mut().and_then(|listing| listing.due.as_mut()) {
            *due = self.list_pace.hurry(now);
        }
    }

    /// Does what is due.
    pub fn advance(&mut self, cx: &mut Context<'_>) {
        match &self.stream {
            Stream::Down { due } if *due <= cx.now => self.open(cx),
            Stream::Opening { deadline, .. } if *deadline <= cx.now => {
                let detail = self.say(&format!("the stream did not answer for {} s", OPEN_WITHIN.as_secs()));
                self.lose(Trouble::TimedOut { detail }, None, cx);
            }
            Stream::Open { heard, .. } if *heard + SILENCE <= cx.now => {
                let detail = self.say(&format!("no event for {} s", SILENCE.as_secs()));
                self.lose(Trouble::StreamLost { detail }, None, cx);
            }
            _ => {}
        }
        if let Some(listing) = &self.listing {
            if listing.due.is_some_and(|due| due <= cx.now) {
                self.ask_page(cx);
            } else if listing.complete_at.is_some_and(|at| at + CATCH_UP <= cx.now) {
                self.relist("the stream did not catch up with the list", cx);
            }
        }
    }

    /// How far it has come.
    pub fn phase(&self) -> Phase {
        let stream = match &self.stream {
            Stream::Idle => StreamPhase::Idle,
            Stream::Down { .. } => StreamPhase::Waiting,
            Stream::Opening { .. } => StreamPhase::Opening,
            Stream::Open { proof: Proof::Now, .. } => StreamPhase::Following,
            Stream::Open { .. } => StreamPhase::CatchingUp,
        };
        Phase { stream, is_listing: self.listing.is_some(), is_listed: self.is_listed }
    }

    /// Up to where every change was taken.
    pub fn position(&self) -> Option<StreamPosition> {
        self.held.as_ref().map(|(position, _)| position.clone())
    }

    /// Count and XOR over what is held, if that can be told.
    pub fn digest(&self) -> Option<(u64, u64)> {
        self.ledger.digest().filter(|_| self.is_listed)
    }

    /// How much it holds.
    pub fn load(&self) -> Load {
        let (buffered, drafted) = self.listing.as_ref().map_or((0, 0), Listing::load);
        Load { buffered, drafted, versions: self.ledger.count(), requests: 0 }
    }

    /// We may no longer read the tickets: nothing is held any more, and the next try begins from nothing.
    pub fn withdraw(&mut self, cx: &mut Context<'_>) {
        let due = self.listing.as_ref().and_then(|listing| listing.due);
        self.changes.clear();
        self.drop_listing(cx);
        self.held = None;
        self.ledger = Ledger::default();
        self.epoch = None;
        self.is_listed = false;
        if let Stream::Opening { .. } | Stream::Open { .. } = self.stream {
            self.drop_stream(cx);
            let due = due.unwrap_or_else(|| self.pace.failed(cx.now, cx.jitter, None, UNAUTHORIZED_FLOOR));
            self.stream = Stream::Down { due };
        }
    }

    /// The same, and no more tries before the next [`TicketFeed::begin`].
    pub fn stop(&mut self, cx: &mut Context<'_>) {
        self.withdraw(cx);
        self.stream = Stream::Idle;
    }

    fn open(&mut self, cx: &mut Context<'_>) {
        let Some((url, _)) = self.urls.clone() else { return };
        let allowed = self.pace.allowed_at(cx.now);
        if allowed > cx.now {
            self.stream = Stream::Down { due: allowed };
            return;
        }
        self.pace.tried(cx.now);
        let cursor = self.held.as_ref().and_then(|(_, cursor)| cursor.clone());
        if cursor.is_none() && self.held.is_some() {
            // A platform that gives its events no ids cannot resume.
            self.held = None;
            self.drop_listing(cx);
        }
        let id = cx.open(&url, cursor);
        self.stream = Stream::Opening { id, deadline: cx.now + OPEN_WITHIN };
    }

    /// The stream answered.
    pub fn opened(&mut self, stream: StreamId, reply: &Reply, cx: &mut Context<'_>) {
        let Stream::Opening { id, .. } = self.stream else { return };
        if id != stream {
            return;
        }
        if reply.status == 410 {
            self.relist("the platform cannot resume from our position (410)", cx);
            return;
        }
        if let Some(trouble) = reply.trouble(&self.say(""), Expected::EventStream) {
            self.lose(trouble, reply.asked_pause(), cx);
            return;
        }
        let proof = if self.held.is_some() { Proof::Resumed } else { Proof::Now };
        self.stream = Stream::Open { id, since: cx.now, heard: cx.now, proof, decoder: Box::default() };
        cx.board.trying(Feed::Tickets);
    }

    /// The stream ended.
    pub fn closed(&mut self, stream: StreamId, failure: Option<Failure>, cx: &mut Context<'_>) {
        let trouble = match &self.stream {
            Stream::Opening { id, .. } | Stream::Open { id, .. } if *id != stream => return,
            Stream::Idle | Stream::Down { .. } => return,
            Stream::Open { .. } => {
                let why = failure.map_or_else(
                    || "the platform closed it".to_owned(),
                    |why| why.trouble("stream").detail().to_owned(),
                );
                Trouble::StreamLost { detail: self.say(&why) }
            }
            Stream::Opening { .. } => match failure {
                Some(failure) => failure.trouble(&self.say("")),
                None => Trouble::StreamLost { detail: self.say("closed before it began") },
            },
        };
        self.stream = Stream::Down { due: Mono::MAX };
        self.lose(trouble, None, cx);
    }

    /// The machine slept: whatever still comes on this connection may be hours old.
    pub fn slept(&mut self, cx: &mut Context<'_>) {
        if let Stream::Opening { .. } | Stream::Open { .. } = self.stream {
            self.lose(Trouble::StreamLost { detail: self.say("the machine slept") }, None, cx);
        }
    }

    /// Changes `from` to `to` are missing: resume once from where we stand, then read the list again.
    fn gap(&mut self, from: u64, to: u64, cx: &mut Context<'_>) {
        cx.stats.gaps += 1;
        let what = format!("changes {from} to {to} are missing");
        self.gaps_in_a_row += 1;
        if self.gaps_in_a_row > 1 {
            return self.relist(&what, cx);
        }
        self.hand_over(cx);
        self.drop_stream(cx);
        let due = self.pace.allowed_at(cx.now);
        self.stream = Stream::Down { due };
        cx.board.trouble(Feed::Tickets, Trouble::StreamLost { detail: self.say(&what) }, Some(due));
    }

    /// What we hold cannot be brought up to date by the stream: everything is read again. The wall keeps the old list
    /// until then.
    fn relist(&mut self, reason: &str, cx: &mut Context<'_>) {
        self.hand_over(cx);
        self.drop_stream(cx);
        self.drop_listing(cx);
        self.held = None;
        self.gaps_in_a_row = 0;
        cx.stats.relists += 1;
        // Whoever says so has answered, however often nobody did before. What happens once in a while is met at once.
        let is_first = self.relisted_at.is_none_or(|at| cx.now.saturating_sub(at) >= STEADY);
        self.relisted_at = Some(cx.now);
        let due = if is_first {
            self.relist_pace.calm();
            cx.now
        } else {
            self.relist_pace.failed(cx.now, cx.jitter, None, Duration::ZERO)
        };
        let due = self.pace.allowed_at(due);
        self.stream = Stream::Down { due };
        cx.out.push(Effect::Note(format!("tickets are read again: {reason}")));
        let detail = self.say(reason);
        cx.board.trouble(Feed::Tickets, Trouble::Relisting { detail }, Some(due));
    }

    /// The stream is gone; it is resumed after a pause. What was buffered stays.
    fn lose(&mut self, trouble: Trouble, asked: Option<Duration>, cx: &mut Context<'_>) {
        self.hand_over(cx);
        self.drop_stream(cx);
        let floor = floor(&trouble);
        let due = self.pace.failed(cx.now, cx.jitter, asked, floor);
        self.stream = Stream::Down { due };
        cx.board.trouble(Feed::Tickets, trouble, Some(due));
    }

    fn drop_stream(&mut self, cx: &mut Context<'_>) {
        if let Stream::Opening { id, .. } | Stream::Open { id, .. } = self.stream {
            cx.out.push(Effect::CloseStream(id));
        }
        self.stream = Stream::Down { due: Mono::MAX };
    }

    fn say(&self, what: &str) -> String {
        let url = self.urls.as_ref().map_or("stream", |(url, _)| url.as_str());
        if what.is_empty() { url.to_owned() } else { format!("{url}: {what}") }
    }
}

impl Default for TicketFeed {
    fn default() -> Self {
        Self::new()
    }
}
