//! What the events of the stream do to the feed: positions, gaps, changes, digests, and what counts as a proof.

use super::{Proof, STEADY, Stream, TicketFeed};
use crate::domain::{Feed, TicketId, Trouble};
use crate::platform::sync::listing::Became;
use crate::platform::sync::sse::SseItem;
use crate::platform::sync::{Context, Effect, StreamId};
use crate::platform::wire::{ChangedTicket, Reject, StreamEvent, StreamPosition, TicketReader, read_event};
use crate::platform::{Delivery, TicketChange};

impl TicketFeed {
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

    pub(super) fn event(&mut self, event: StreamEvent, cursor: Option<String>, cx: &mut Context<'_>) {
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
                    ours => {
                        cx.stats.digest_matches += u64::from(ours.is_some());
                        self.prove(cx);
                    }
                }
            }
            StreamEvent::Change { at, id, ver, now } => self.change(at, cursor, id, ver, now, cx),
        }
    }

    /// True if nothing is missing up to `at`. Starts the list where nothing is held yet.
    pub(super) fn stands_at(&mut self, at: &StreamPosition, cursor: Option<String>, cx: &mut Context<'_>) -> bool {
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

    pub(super) fn change(
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
            if !listing.buffer(id, ver, became) {
                return self.relist("more changes than can be kept came while the list was read", cx);
            }
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

    /// The position is confirmed; as of now, unless the stream is catching up.
    pub(super) fn confirm(&mut self, cx: &Context<'_>) {
        if let Stream::Open { proof: Proof::Now, .. } = self.stream {
            self.stood_at = cx.now;
        }
    }

    /// The feed is current now, unless the list is still being read or the stream is catching up.
    pub(super) fn prove(&mut self, cx: &mut Context<'_>) {
        let Stream::Open { since, proof: Proof::Now, .. } = self.stream else { return };
        if self.listing.is_some() || !self.is_listed {
            return;
        }
        cx.board.prove(Feed::Tickets, cx.now);
        if cx.now.saturating_sub(since) >= STEADY {
            self.pace.calm();
        }
    }

    pub(super) fn hand_over(&mut self, cx: &mut Context<'_>) {
        if !self.changes.is_empty() {
            cx.out.push(Effect::Deliver(Delivery::TicketChanges(std::mem::take(&mut self.changes))));
        }
    }
}
