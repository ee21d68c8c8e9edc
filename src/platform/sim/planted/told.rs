//! What a spoilt client tells the world: requests, lists, changes, proofs.

use std::collections::HashMap;

use super::{Planted, Saboteur};
use crate::domain::{Feed, Ticket, TicketId};
use crate::platform::sim::wall::Wall;
use crate::platform::sync::{Effect, Mono};
use crate::platform::{Delivery, TicketChange};

impl Saboteur {
    /// Tells a late event as if it were news.
    pub(super) fn apply_late(&mut self, change: TicketChange) {
        if !self.shown.is_empty() {
            self.extra.push(Effect::Deliver(Delivery::TicketChanges(vec![change])));
        }
    }

    pub(super) fn tell(&mut self, effects: Vec<Effect>, now: Mono, wall: &Wall) -> Vec<Effect> {
        let mut told = Vec::new();
        for effect in effects {
            match effect {
                Effect::Get { request, url, etag } => {
                    if self.blocked_until > now {
                        continue;
                    }
                    let mut url = url;
                    if url.path() == "/collections/tickets/items" {
                        let is_first = !url.query().unwrap_or("").contains("after=");
                        self.pages.insert(request, is_first);
                        if is_first {
                            self.during.get_or_insert_default();
                        } else if self.is(Planted::PageByOffset) {
                            url.set_query(Some(&format!("offset={}", self.rows)));
                        }
                    }
                    told.push(Effect::Get { request, url, etag });
                }
                Effect::OpenStream { stream, url, cursor } => {
                    self.opening = Some(Effect::OpenStream { stream, url: url.clone(), cursor: cursor.clone() });
                    if cursor.is_none() {
                        self.seen = None;
                        self.skipped = 0;
                    }
                    if self.blocked_until <= now {
                        told.push(Effect::OpenStream { stream, url, cursor });
                    }
                }
                Effect::Note(note) => {
                    if self.is(Planted::ClearBeforeRelist) && note.contains("read again") && wall.lists > 0 {
                        told.push(Effect::Deliver(Delivery::Tickets(Vec::new())));
                    }
                    told.push(Effect::Note(note));
                }
                Effect::Deliver(Delivery::Tickets(list)) => self.tell_list(list, &mut told),
                Effect::Deliver(Delivery::TicketChanges(changes)) => {
                    for change in &changes {
                        match change {
                            TicketChange::Upsert(ticket) => _ = self.shown.insert(ticket.id.clone(), ticket.clone()),
                            TicketChange::Remove(id) => _ = self.shown.remove(id),
                        }
                    }
                    self.told.extend(changes.iter().filter(|it| matches!(it, TicketChange::Upsert(_))).cloned());
                    let surplus = self.told.len().saturating_sub(8);
                    self.told.drain(..surplus);
                    told.push(Effect::Deliver(Delivery::TicketChanges(changes)));
                }
                Effect::Currency { feed, proven_at, trouble, retry_at } => {
                    let is_other = matches!(feed, Feed::Sources | Feed::Site) && trouble.is_none();
                    if self.is(Planted::ProofOfOtherFeed) && is_other && proven_at.is_some() && wall.lists > 0 {
                        let feed = Feed::Tickets;
                        told.push(Effect::Currency { feed, proven_at, trouble: None, retry_at: None });
                    }
                    told.push(Effect::Currency { feed, proven_at, trouble, retry_at });
                }
                other => told.push(other),
            }
        }
        told.append(&mut self.extra);
        told
    }

    fn tell_list(&mut self, list: Vec<Ticket>, told: &mut Vec<Effect>) {
        let is_again = !self.shown.is_empty();
        let during = self.during.take().unwrap_or_default();
        let mut list = list;
        match self.planted {
            Some(Planted::LoseBuffered) => list = newest(std::mem::take(&mut self.drafted)),
            Some(Planted::LostDuringRelist) => {
                let is_new = |ticket: &Ticket| {
                    during.iter().any(|it| matches!(it, TicketChange::Upsert(new) if new.id == ticket.id))
                };
                list.retain(|ticket| !is_new(ticket));
            }
            Some(Planted::AcceptOlder) => {
                for change in &during {
                    if let TicketChange::Upsert(older) = change
                        && let Some(held) = list.iter_mut().find(|held| held.id == older.id)
                    {
                        *held = older.clone();
                    }
                }
            }
            Some(Planted::RelistForgetsDeletes) if is_again => {
                let missing: Vec<_> =
                    self.shown.values().filter(|old| list.iter().all(|ticket| ticket.id != old.id)).cloned().collect();
                list.extend(missing);
            }
            _ => {}
        }
        self.shown = list.iter().map(|ticket| (ticket.id.clone(), ticket.clone())).collect();
        told.push(Effect::Deliver(Delivery::Tickets(list)));
        match self.planted {
            Some(Planted::ApplyOldBuffered) if !during.is_empty() => {
                told.push(Effect::Deliver(Delivery::TicketChanges(during)));
            }
            Some(Planted::NewsAfterRelist) if is_again => {
                let still = |change: &TicketChange| matches!(change, TicketChange::Upsert(ticket) if self.shown.get(&ticket.id) == Some(ticket));
                let again: Vec<_> = self.told.iter().filter(|change| still(change)).cloned().collect();
                if !again.is_empty() {
                    told.push(Effect::Deliver(Delivery::TicketChanges(again)));
                }
            }
            _ => {}
        }
    }
}

/// Of each ticket the newest version.
fn newest(tickets: Vec<Ticket>) -> Vec<Ticket> {
    let mut newest: HashMap<TicketId, Ticket> = HashMap::new();
    for ticket in tickets {
        if newest.get(&ticket.id).is_none_or(|held| held.ver < ticket.ver) {
            newest.insert(ticket.id.clone(), ticket);
        }
    }
    newest.into_values().collect()
}
