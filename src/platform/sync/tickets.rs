//! The tickets: a change stream and a list, put together so that the wall holds exactly what the platform holds. Start:
//! open the stream, buffer, read the list, apply what is newer; then follow the stream. A gap is resumed once, then the
//! list is read again; the old list stays until the new one is complete. Partner: `listing.rs`.

use std::time::Duration;

use reqwest::Url;

use super::ledger::Ledger;
use super::listing::{Became, Finished, Listing, PageFault};
use super::pace::{Mono, Pace};
use super::poll::MAX_PAGES;
use super::reply::{Expected, Failure, Reply};
use super::sse::{SseDecoder, SseItem};
use super::{Context, Effect, Purpose, RequestId, StreamId, floor, next_page};
use crate::domain::{Feed, TicketId, Trouble};
use crate::platform::wire::{ChangedTicket, Reject, StreamEvent, StreamPosition, TicketReader, read_event};
use crate::platform::{Delivery, TicketChange};

/// A stream must answer within this time.
const OPEN_WITHIN: Duration = Duration::from_secs(10);
/// Three bookmarks missed: the stream is dead, whatever the socket says.
const SILENCE: Duration = Duration::from_secs(15);
/// A stream that lasted this long was a good one.
const STEADY: Duration = Duration::from_secs(30);
/// The stream must catch up with a complete list within this time.
const CATCH_UP: Duration = Duration::from_secs(30);
/// How often a list older than what the wall holds is refused before it is believed.
const STALE_LISTS: u32 = 3;

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
            *due = self.pace.allowed_at(now);
        }
        if let Some(due) = self.listing.as_mut().and_then(|listing| listing.due.as_mut()) {
            *due = self.list_pace.allowed_at(now);
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

    fn ask_page(&mut self, cx: &mut Context<'_>) {
        let Some(listing) = &mut self.listing else { return };
        let Some(url) = listing.next.clone() else { return };
        listing.due = None;
        listing.request = Some(cx.get(Purpose::TicketPage, &url, None));
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

    /// The next bytes of the stream.
    pub fn bytes(&mut self, stream: StreamId, bytes: &[u8], reader: &mut TicketReader, cx: &mut Context<'_>) {
        let Stream::Open { id, decoder, .. } = &mut self.stream else { return };
        if *id != stream {
            return;
        }
        let mut items = Vec::new();
        let is_sound = decoder.feed(bytes, &mut items);
        for item in items {
            let (name, data, cursor) = match item {
                SseItem::Event { name, data, id } => (name, data, id),
                // Our own back-off is at least as patient where it matters.
                SseItem::Retry(_) => continue,
            };
            if let Stream::Open { heard, .. } = &mut self.stream {
                *heard = cx.now;
            }
            let event = read_event(&name, &data, reader);
            self.event(event, cursor, cx);
            // A gap or a reset ended this connection: what else it sent is void.
            if !matches!(self.stream, Stream::Open { id, .. } if id == stream) {
                break;
            }
        }
        self.hand_over(cx);
        if let Err(why) = is_sound
            && matches!(self.stream, Stream::Open { id, .. } if id == stream)
        {
            self.lose(Trouble::Unreadable { detail: self.say(&why.to_string()) }, None, cx);
        }
    }

    fn event(&mut self, event: StreamEvent, cursor: Option<String>, cx: &mut Context<'_>) {
        if let Stream::Open { proof, .. } = &mut self.stream {
            let is_mark = matches!(event, StreamEvent::Bookmark(_) | StreamEvent::Digest { .. });
            *proof = match *proof {
                Proof::CatchingUp if is_mark => Proof::Now,
                Proof::Resumed => Proof::CatchingUp,
                proof => proof,
            };
        }
        match event {
            StreamEvent::Other => {}
            StreamEvent::Broken(why) => {
                // If it was a change, the next event shows the gap.
                cx.stats.broken_events += 1;
                let reject = Reject { record: "stream".into(), field: "event", found: why, known: None };
                cx.board.add_rejected(Feed::Tickets, &reject);
            }
            StreamEvent::Reset(reason) => self.relist(&format!("reset: {reason}"), cx),
            StreamEvent::Bookmark(at) => {
                if self.stands_at(&at, cursor, cx) {
                    self.prove(cx);
                }
            }
            StreamEvent::Digest { at, count, xor } => {
                if !self.stands_at(&at, cursor, cx) || self.listing.is_some() {
                    return;
                }
                match self.ledger.digest() {
                    Some(ours) if ours != (count, xor) => {
                        cx.stats.digest_mismatches += 1;
                        self.relist(&format!("the digest differs: {count} tickets there, {} here", ours.0), cx);
                    }
                    _ => self.prove(cx),
                }
            }
            StreamEvent::Change { at, id, ver, now } => self.change(at, cursor, id, ver, now, cx),
        }
    }

    /// True if nothing is missing up to `at`. Starts the list where nothing is held yet.
    fn stands_at(&mut self, at: &StreamPosition, cursor: Option<String>, cx: &mut Context<'_>) -> bool {
        let Some((held, held_cursor)) = &mut self.held else {
            self.start_list(at.clone(), cursor, cx);
            return false;
        };
        if held.epoch != at.epoch {
            let reason = format!("the log began anew: epoch {} after {}", at.epoch, held.epoch);
            self.relist(&reason, cx);
            return false;
        }
        if at.seq > held.seq {
            let (from, to) = (held.seq + 1, at.seq);
            self.gap(from, to, cx);
            return false;
        }
        if at.seq < held.seq {
            let reason = format!("the log went back from {} to {}", held.seq, at.seq);
            self.relist(&reason, cx);
            return false;
        }
        if cursor.is_some() {
            *held_cursor = cursor;
        }
        self.gaps_in_a_row = 0;
        self.confirm(cx);
        self.finish_list(cx);
        true
    }

    fn change(
        &mut self,
        at: StreamPosition,
        cursor: Option<String>,
        id: TicketId,
        ver: Option<u64>,
        now: ChangedTicket,
        cx: &mut Context<'_>,
    ) {
        if self.held.is_none() {
            // No bookmark at the start: this change is the first that must not be missed.
            let before = StreamPosition { epoch: at.epoch.clone(), seq: at.seq.saturating_sub(1) };
            self.start_list(before, None, cx);
        }
        let Some((held, held_cursor)) = &mut self.held else { return };
        if held.epoch != at.epoch {
            let reason = format!("the log began anew: epoch {} after {}", at.epoch, held.epoch);
            return self.relist(&reason, cx);
        }
        if at.seq <= held.seq {
            cx.stats.repeated += 1;
            return;
        }
        if at.seq > held.seq + 1 {
            let (from, to) = (held.seq + 1, at.seq - 1);
            return self.gap(from, to, cx);
        }
        held.seq = at.seq;
        *held_cursor = cursor.or(held_cursor.take());
        self.gaps_in_a_row = 0;
        self.confirm(cx);
        if let ChangedTicket::Unusable(reject) = &now {
            cx.board.add_rejected(Feed::Tickets, reject);
        }
        if let Some(listing) = &mut self.listing {
            let became = match now {
                ChangedTicket::Is(ticket) => Became::Is(ticket),
                ChangedTicket::Gone | ChangedTicket::Unusable(_) => Became::Gone,
            };
            listing.buffer(id, ver, became);
            self.finish_list(cx);
            return;
        }
        match now {
            ChangedTicket::Is(ticket) => {
                if self.ledger.hold(&id, ver) {
                    self.changes.push(TicketChange::Upsert(*ticket));
                } else {
                    cx.stats.outdated += 1;
                }
            }
            ChangedTicket::Gone => {
                if self.ledger.bury(&id, ver, cx.now) {
                    self.changes.push(TicketChange::Remove(id));
                } else {
                    cx.stats.outdated += 1;
                }
            }
            // It is there, but what it is now cannot be shown; what it was must not be shown as if it were now.
            ChangedTicket::Unusable(_) => {
                if self.ledger.hold(&id, ver) {
                    self.changes.push(TicketChange::Remove(id));
                }
            }
        }
        self.prove(cx);
    }

    fn start_list(&mut self, at: StreamPosition, cursor: Option<String>, cx: &mut Context<'_>) {
        let Some((_, items)) = &self.urls else { return };
        let due = self.list_pace.allowed_at(cx.now);
        self.list_pace.tried(cx.now);
        self.listing = Some(Listing::new(at.clone(), items.clone(), due));
        self.held = Some((at, cursor));
        self.stood_at = cx.now;
    }

    /// An answer to a page of the list.
    pub fn page(
        &mut self,
        request: RequestId,
        answer: Result<Reply, Failure>,
        reader: &mut TicketReader,
        cx: &mut Context<'_>,
    ) {
        let Some(listing) = self.listing.as_mut().filter(|listing| listing.request == Some(request)) else { return };
        let Some(url) = listing.next.clone() else { return };
        listing.request = None;
        let reply = match answer {
            Ok(reply) => reply,
            Err(failure) => return self.page_failed(failure.trouble(url.as_str()), None, cx),
        };
        match reply.status {
            410 => return self.relist("the list cannot be continued (410)", cx),
            // The link to this page is no longer understood: begin again at the first page.
            400 | 404 if listing.seen.len() > 1 => return self.relist("the list cannot be continued", cx),
            _ => {}
        }
        if let Some(trouble) = reply.trouble(url.as_str(), Expected::Json) {
            return self.page_failed(trouble, reply.asked_pause(), cx);
        }
        let head = match listing.take(&reply.body, reader) {
            Ok(head) => head,
            Err(PageFault::Unreadable(why)) => {
                return self.page_failed(Trouble::Unreadable { detail: format!("{url}: {why}") }, None, cx);
            }
            Err(PageFault::Stale(why)) => {
                cx.stats.stale_lists += 1;
                return self.relist(&why, cx);
            }
        };
        match next_page(&url, &head, &mut listing.seen, MAX_PAGES) {
            Err(why) => self.page_failed(Trouble::Unreadable { detail: format!("{url}: {why}") }, None, cx),
            Ok(Some(next)) => {
                listing.next = Some(next);
                self.ask_page(cx);
            }
            Ok(None) => {
                listing.next = None;
                listing.complete_at = Some(cx.now);
                self.list_pace.calm();
                self.finish_list(cx);
            }
        }
    }

    /// A page could not be had: the whole list is read again after a pause, the changes so far are kept.
    fn page_failed(&mut self, trouble: Trouble, asked: Option<Duration>, cx: &mut Context<'_>) {
        let Some((held, cursor)) = self.held.clone() else { return };
        let due = self.list_pace.failed(cx.now, cx.jitter, asked, floor(&trouble));
        cx.board.trouble(Feed::Tickets, trouble, Some(due));
        // The same page again: pages before it, and the buffer, stay good as long as the stream does.
        match &mut self.listing {
            Some(listing) if listing.next.is_some() => {
                self.list_pace.tried(due);
                listing.due = Some(due);
            }
            _ => self.start_list(held, cursor, cx),
        }
    }

    fn finish_list(&mut self, cx: &mut Context<'_>) {
        let Some((held, _)) = &self.held else { return };
        let held = held.clone();
        let Some(listing) = self.listing.take_if(|listing| listing.is_complete(held.seq)) else { return };
        let Finished { tickets, ledger, rejected } = listing.finish(cx.now);
        let is_same_epoch = self.epoch.as_ref() == Some(&held.epoch);
        let goes_back = is_same_epoch
            && self.is_listed
            && ledger.held().iter().any(|(id, ver)| self.ledger.version(id).is_some_and(|known| *ver < known));
        if goes_back && self.stale_lists < STALE_LISTS {
            self.stale_lists += 1;
            cx.stats.stale_lists += 1;
            return self.relist("the list is older than what is shown", cx);
        }
        self.stale_lists = 0;
        self.ledger = ledger;
        self.epoch = Some(held.epoch);
        self.is_listed = true;
        cx.out.push(Effect::Deliver(Delivery::Tickets(tickets)));
        cx.board.set_rejected(Feed::Tickets, rejected);
        // What we hold now is the platform's state at the stream's last word, not at the last page's arrival.
        if matches!(self.stream, Stream::Open { proof: Proof::Now, .. }) {
            cx.board.prove(Feed::Tickets, self.stood_at);
        }
    }

    /// The position is confirmed; as of now, unless the stream is catching up.
    fn confirm(&mut self, cx: &Context<'_>) {
        if let Stream::Open { proof: Proof::Now, .. } = self.stream {
            self.stood_at = cx.now;
        }
    }

    /// The feed is current now, unless the list is still being read or the stream is catching up.
    fn prove(&mut self, cx: &mut Context<'_>) {
        let Stream::Open { since, proof: Proof::Now, .. } = self.stream else { return };
        if self.listing.is_some() || !self.is_listed {
            return;
        }
        cx.board.prove(Feed::Tickets, cx.now);
        if cx.now.saturating_sub(since) >= STEADY {
            self.pace.calm();
        }
    }

    fn hand_over(&mut self, cx: &mut Context<'_>) {
        if !self.changes.is_empty() {
            cx.out.push(Effect::Deliver(Delivery::TicketChanges(std::mem::take(&mut self.changes))));
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
        let is_first = self.pace.is_calm();
        let due = self.pace.failed(cx.now, cx.jitter, None, Duration::ZERO);
        let due = if is_first { self.pace.allowed_at(cx.now) } else { due };
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

    fn drop_listing(&mut self, cx: &mut Context<'_>) {
        if let Some(request) = self.listing.take().and_then(|listing| listing.request) {
            cx.cancel(request);
        }
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
