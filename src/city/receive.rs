//! The one door for data: drains the platform's channel into the city's resources, within a budget per frame.
//!
//! A complete ticket list is indexed and counted on a task, then swapped in at once; until it is there, later
//! deliveries wait in the channel. Nothing is dropped here. Partner: `tallies.rs`.

use std::sync::Arc;
use std::time::Instant;

use bevy::prelude::*;
use bevy::tasks::AsyncComputeTaskPool;
use crossbeam_channel::Receiver;
use jiff::tz::TimeZone;

use super::budget::{Pace, RecordBudget};
use super::figures::FigureBoards;
use super::freshness::{FeedFreshness, FeedState, Freshness, Recalled};
use super::tallies::{Ledger, area_of};
use super::{
    Areas, Care, Detail, Errand, Now, Places, Rejects, SiteFacts, Sources, Telling, TicketMoved, TicketTable,
    TicketTouched, Tickets, Wake,
};
use crate::domain::{AreaId, AreaTable, Feed, Stage, Ticket, TicketId};
use crate::platform::{Delivery, TicketChange};

/// The receiving end of the platform's channel, and what was taken from it but not yet used.
#[derive(Resource)]
pub struct Deliveries {
    channel: Receiver<Delivery>,
    changes: std::vec::IntoIter<TicketChange>,
    indexing: Option<Errand<Tickets>>,
    pace: Pace,
}

impl Deliveries {
    /// Wraps the channel of [`crate::platform::start`].
    pub fn new(channel: Receiver<Delivery>) -> Self {
        Self { channel, changes: Vec::new().into_iter(), indexing: None, pace: Pace::default() }
    }

    /// True while something waits to be used.
    pub fn is_pending(&self) -> bool {
        self.indexing.is_some() || self.changes.len() > 0 || !self.channel.is_empty()
    }

    /// True while something waits that the next frame could take, so that it should come at once. Not so while a list
    /// is indexed: its end wakes the wall.
    pub fn is_due(&self) -> bool {
        self.indexing.is_none() && self.is_pending()
    }
}

/// Takes deliveries until the channel is empty or the budget is spent.
pub(super) fn receive(
    deliveries: Option<ResMut<Deliveries>>,
    (budget, wake, telling): (Option<Res<RecordBudget>>, Res<Wake>, Option<Res<Telling>>),
    mut areas: ResMut<Areas>,
    mut places: ResMut<Places>,
    mut site: ResMut<SiteFacts>,
    mut tickets: ResMut<Tickets>,
    mut detail: ResMut<Detail>,
    (mut sources, mut care, mut figures): (ResMut<Sources>, ResMut<Care>, FigureBoards),
    mut rejects: ResMut<Rejects>,
    mut freshness: ResMut<FeedFreshness>,
    mut moved: MessageWriter<TicketMoved>,
    mut touched: MessageWriter<TicketTouched>,
    mut now: ResMut<Now>,
) {
    let Some(mut deliveries) = deliveries else { return };
    let deliveries = deliveries.bypass_change_detection();
    let budget = budget.map_or_else(RecordBudget::default, |budget| *budget);
    let is_tick = telling.is_some_and(|telling| telling.ticks(&now));
    deliveries.pace.begin(&budget, is_tick);
    let started = Instant::now();

    if let Some(task) = &mut deliveries.indexing {
        let Some(mut indexed) = task.take(&wake) else { return };
        deliveries.indexing = None;
        indexed.list = tickets.list + 1;
        let old = std::mem::replace(&mut *tickets, indexed);
        // Freeing a year of tickets takes milliseconds too.
        AsyncComputeTaskPool::get().spawn(async move { drop(old) }).detach();
    }
    loop {
        if deliveries.changes.len() > 0 {
            while let Some(change) = deliveries.changes.next() {
                apply_change(&mut tickets, change, &areas.table, &mut moved, &mut touched);
                if !deliveries.pace.takes_another() || started.elapsed() >= budget.time {
                    return;
                }
            }
        }
        let Ok(delivery) = deliveries.channel.try_recv() else { return };
        match delivery {
            Delivery::Site(fresh) => {
                if site.0.as_ref() != Some(&*fresh) {
                    // What comes with it in the same frame must be counted by the platform's clock, not by ours.
                    (now.at, now.is_platform_time) = (fresh.clock.now, true);
                    site.0 = Some(*fresh);
                }
            }
            Delivery::Areas { table, defects } => *areas = Areas { table: Arc::new(*table), defects },
            Delivery::Places(fresh) => places.0 = Arc::new(fresh),
            Delivery::Tickets(list) => {
                let areas = areas.table.clone();
                let zone = site.0.as_ref().map_or(TimeZone::UTC, |site| site.zone.clone());
                let at = now.at;
                let task = async move { Tickets::indexed(list, &areas, &zone, at) };
                deliveries.indexing = Some(Errand::start(task, &wake));
                return;
            }
            Delivery::TicketChanges(changes) => deliveries.changes = changes.into_iter(),
            Delivery::Detail(fresh) => {
                if detail.id() == Some(&fresh.ticket.id) {
                    *detail = Detail::Here(fresh);
                }
            }
            Delivery::DetailFailed { id, trouble } => {
                if detail.id() == Some(&id) {
                    *detail = Detail::Failed(id, trouble);
                }
            }
            Delivery::Care(table) => {
                if !care.is_known || care.table != *table {
                    *care = Care { table: *table, is_known: true };
                }
            }
            Delivery::Figures(fresh) => figures.take(fresh, now.at),
            Delivery::NotOffered(feed) => figures.not_offered(feed),
            Delivery::Sources(fresh) => {
                if sources.0 != fresh {
                    sources.0 = fresh;
                }
            }
            Delivery::Currency { feed, proven_at, trouble, retry_at } => {
                note_currency(&mut freshness, feed, proven_at, trouble, retry_at);
            }
            Delivery::Recalled { feed, age, .. } => {
                let recalled = Some(Recalled { since: now.mono, age });
                let state =
                    FeedState { freshness: Freshness::Never, proven_at: None, trouble: None, retry_at: None, recalled };
                freshness.feeds.insert(feed, state);
            }
            Delivery::Withdrawn(feed) => {
                match feed {
                    Feed::Site => site.0 = None,
                    Feed::Areas => *areas = Areas::default(),
                    Feed::Places => places.0 = Arc::default(),
                    Feed::Tickets => {
                        *tickets = Tickets::default();
                        *detail = Detail::None;
                    }
                    Feed::Sources => sources.0.clear(),
                    Feed::Care => *care = Care::default(),
                    feed => figures.withdraw(feed),
                }
                rejects.0.remove(&feed);
                if let Some(state) = freshness.feeds.get_mut(&feed) {
                    (state.proven_at, state.recalled) = (None, None);
                }
            }
            Delivery::Rejected { feed, count, samples } => {
                if count == 0 {
                    rejects.0.remove(&feed);
                } else {
                    rejects.0.insert(feed, (count, samples));
                }
            }
        }
        if started.elapsed() >= budget.time {
            return;
        }
    }
}

/// Stores a proof. A later proof alone is no change worth waking a panel for; its age is read from `proven_at`.
fn note_currency(
    freshness: &mut ResMut<FeedFreshness>,
    feed: Feed,
    proven_at: Option<Instant>,
    trouble: Option<crate::domain::Trouble>,
    retry_at: Option<Instant>,
) {
    let is_news = freshness
        .of(feed)
        .is_none_or(|state| state.trouble != trouble || state.retry_at != retry_at || state.proven_at.is_none());
    let feeds = if is_news { &mut freshness.feeds } else { &mut freshness.bypass_change_detection().feeds };
    let rung = feeds.get(&feed).map_or(Freshness::Never, |state| state.freshness);
    let recalled = feeds.get(&feed).and_then(|state| state.recalled).filter(|_| proven_at.is_none());
    feeds.insert(feed, FeedState { freshness: rung, proven_at, trouble, retry_at, recalled });
}

/// Applies one change to the list, the newest and the counts.
fn apply_change(
    tickets: &mut ResMut<Tickets>,
    change: TicketChange,
    areas: &AreaTable,
    moved: &mut MessageWriter<TicketMoved>,
    touched: &mut MessageWriter<TicketTouched>,
) {
    let (id, new) = match change {
        TicketChange::Upsert(ticket) => (ticket.id.clone(), Some(ticket)),
        TicketChange::Remove(id) => (id, None),
    };
    let area = new.as_ref().and_then(|ticket| area_of(ticket, areas));
    touched.write(TicketTouched { id: id.clone(), area });
    if let Some(step) = tickets.apply(id, new, area, areas) {
        moved.write(step);
    }
}

impl Detail {
    /// The ticket this is about.
    pub fn id(&self) -> Option<&TicketId> {
        match self {
            Detail::None => None,
            Detail::Asked(id) | Detail::Failed(id, _) => Some(id),
            Detail::Here(detail) => Some(&detail.ticket.id),
        }
    }
}

/// How many of the newest tickets are kept in order.
const NEWEST: usize = 500;

impl Tickets {
    /// A complete list with its index and its counts.
    fn indexed(list: Vec<Ticket>, areas: &AreaTable, zone: &TimeZone, at: jiff::Timestamp) -> Self {
        let by_id = TicketTable::of(list);
        let ledger = Ledger::rebuilt(by_id.values(), areas, zone, at);
        let mut newest: Vec<&Ticket> = by_id.values().collect();
        let order = |a: &&Ticket, b: &&Ticket| b.reported_at.cmp(&a.reported_at).then_with(|| b.id.cmp(&a.id));
        if newest.len() > NEWEST {
            newest.select_nth_unstable_by(NEWEST, order);
            newest.truncate(NEWEST);
        }
        newest.sort_unstable_by(order);
        let newest = newest.into_iter().map(|ticket| ticket.id.clone()).collect();
        let inferred = Some(super::flow::inferred(by_id.values(), at));
        Self { by_id, newest, is_complete: true, inferred, list: 0, ledger: Some(ledger) }
    }

    /// Puts one ticket in (`Some`) or takes it out (`None`); `area` is where it counts. Returns the step if its stage
    /// changed.
    fn apply(
        &mut self,
        id: TicketId,
        new: Option<Ticket>,
        area: Option<AreaId>,
        areas: &AreaTable,
    ) -> Option<TicketMoved> {
        let to = new.as_ref().map(|ticket| (ticket.stage, ticket.stage_since));
        let reported_at = new.as_ref().map(|ticket| ticket.reported_at);
        if new.is_none() {
            self.newest.retain(|kept| *kept != id);
        }
        // Looked for once: each look is a step to a far place.
        let held = self.by_id.get_mut(&id);
        if let Some(ledger) = &mut self.ledger {
            ledger.apply(held.as_deref(), new.as_ref().map(|ticket| (ticket, area)), areas);
        }
        let old = match (new, held) {
            (Some(ticket), Some(held)) => Some(std::mem::replace(held, ticket)),
            (Some(ticket), None) => self.by_id.insert(id.clone(), ticket),
            (None, _) => self.by_id.remove(&id),
        };
        let from: Option<Stage> = old.as_ref().map(|ticket| ticket.stage);
        if let Some(at) = reported_at
            && old.as_ref().is_none_or(|old| old.reported_at != at)
        {
            self.newest.retain(|kept| *kept != id);
            let index = self.newest.partition_point(|kept| {
                self.by_id.get(kept).is_some_and(|kept| (kept.reported_at, &kept.id) > (at, &id))
            });
            self.newest.insert(index, id.clone());
            self.newest.truncate(NEWEST);
        }
        let (to, since) = to.unzip();
        (from != to).then_some(TicketMoved { id, from, to, since, area })
    }
}
