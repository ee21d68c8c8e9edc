//! Asking for the pages of the list of tickets, and putting the finished list in place of the old one.

use std::time::Duration;

use super::{Proof, Stream, TicketFeed};
use crate::domain::{Feed, Trouble};
use crate::platform::Delivery;
use crate::platform::sync::listing::{Finished, Listing, PageFault};
use crate::platform::sync::poll::MAX_PAGES;
use crate::platform::sync::reply::{Expected, Failure, Reply};
use crate::platform::sync::{Context, Effect, Purpose, RequestId, floor, next_page};
use crate::platform::wire::{StreamPosition, TicketReader};

/// How often a list older than what the wall holds is refused before it is believed.
const STALE_LISTS: u32 = 3;

impl TicketFeed {
    pub(super) fn ask_page(&mut self, cx: &mut Context<'_>) {
        let Some(listing) = &mut self.listing else { return };
        let Some(url) = listing.next.clone() else { return };
        // The next page of a reading is no new try.
        if listing.due.take().is_some() {
            self.list_pace.tried(cx.now);
        }
        listing.request = Some(cx.get(Purpose::TicketPage, &url, None));
    }

    pub(super) fn start_list(&mut self, at: StreamPosition, cursor: Option<String>, cx: &mut Context<'_>) {
        let Some((_, items)) = &self.urls else { return };
        let due = self.list_pace.allowed_at(cx.now);
        if due > cx.now {
            cx.board.waits(Feed::Tickets, due);
        }
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
    pub(super) fn page_failed(&mut self, trouble: Trouble, asked: Option<Duration>, cx: &mut Context<'_>) {
        let Some((held, cursor)) = self.held.clone() else { return };
        let due = self.list_pace.failed(cx.now, cx.jitter, asked, floor(&trouble));
        cx.board.trouble(Feed::Tickets, trouble, Some(due));
        // The same page again: pages before it, and the buffer, stay good as long as the stream does.
        match &mut self.listing {
            Some(listing) if listing.next.is_some() => listing.due = Some(due),
            _ => self.start_list(held, cursor, cx),
        }
    }

    pub(super) fn finish_list(&mut self, cx: &mut Context<'_>) {
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

    pub(super) fn drop_listing(&mut self, cx: &mut Context<'_>) {
        if let Some(request) = self.listing.take().and_then(|listing| listing.request) {
            cx.cancel(request);
        }
    }
}
