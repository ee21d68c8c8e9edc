//! What waits to be handed to the wall. Changes are gathered for a few milliseconds into batches, marks of currency
//! replace older ones, and nothing else is ever merged or dropped. A full channel is waited for, never forced.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, TrySendError};

use super::{Delivery, TicketChange};

/// Most changes in one batch.
pub const MAX_BATCH: usize = 2_048;
/// How long a batch may wait for more.
const LINGER: Duration = Duration::from_millis(4);
/// How long to wait for a full channel before looking again.
const FULL_PAUSE: Duration = Duration::from_millis(4);
/// With this many batches waiting, no more input is taken.
const CROWD: usize = 64;

/// The wall has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// The queue in front of the bounded channel.
pub struct Outbox {
    sender: Sender<Delivery>,
    wake: Box<dyn Fn() + Send + Sync>,
    queue: VecDeque<Delivery>,
    /// Since when the newest batch of changes gathers.
    since: Instant,
}

impl Outbox {
    /// An empty queue.
    pub fn new(sender: Sender<Delivery>, wake: Box<dyn Fn() + Send + Sync>) -> Self {
        Self { sender, wake, queue: VecDeque::new(), since: Instant::now() }
    }

    /// Puts a delivery at the end.
    pub fn push(&mut self, delivery: Delivery, now: Instant) {
        match delivery {
            Delivery::TicketChanges(changes) => self.push_changes(changes, now),
            Delivery::Currency { feed, .. } => {
                // An older mark of the same feed with no data after it says nothing any more.
                let marks = self.queue.iter_mut().rev().take_while(|it| matches!(it, Delivery::Currency { .. }));
                let mut same =
                    marks.filter(|it| matches!(it, Delivery::Currency { feed: other, .. } if *other == feed));
                match same.next() {
                    Some(older) => *older = delivery,
                    None => self.queue.push_back(delivery),
                }
            }
            delivery => self.queue.push_back(delivery),
        }
    }

    fn push_changes(&mut self, mut changes: Vec<TicketChange>, now: Instant) {
        if let Some(Delivery::TicketChanges(batch)) = self.queue.back_mut() {
            let room = MAX_BATCH.saturating_sub(batch.len()).min(changes.len());
            batch.extend(changes.drain(..room));
        }
        while !changes.is_empty() {
            let rest = changes.split_off(changes.len().min(MAX_BATCH));
            self.queue.push_back(Delivery::TicketChanges(std::mem::replace(&mut changes, rest)));
            self.since = now;
        }
    }

    /// True if the wall takes less than comes in.
    pub fn is_crowded(&self) -> bool {
        self.queue.len() >= CROWD
    }

    /// Hands over what it can; when to call again, if something is left.
    pub fn flush(&mut self, now: Instant) -> Result<Option<Instant>, Gone> {
        let mut is_news = false;
        let mut again = None;
        while let Some(delivery) = self.queue.pop_front() {
            let still_gathers = matches!(&delivery, Delivery::TicketChanges(batch) if batch.len() < MAX_BATCH)
                && self.queue.is_empty()
                && now < self.since + LINGER;
            if still_gathers {
                self.queue.push_front(delivery);
                again = Some(self.since + LINGER);
                break;
            }
            let needs_wake = !is_mere_proof(&delivery);
            match self.sender.try_send(delivery) {
                Ok(()) => is_news |= needs_wake,
                Err(TrySendError::Full(delivery)) => {
                    self.queue.push_front(delivery);
                    again = Some(now + FULL_PAUSE);
                    break;
                }
                Err(TrySendError::Disconnected(_)) => return Err(Gone),
            }
        }
        if is_news {
            (self.wake)();
        }
        Ok(again)
    }
}

/// A proof that a feed is still current changes nothing but its age, which is read with the next tick of the clock; a
/// wall that drew for each would draw all day.
fn is_mere_proof(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Currency { proven_at: Some(_), trouble: None, .. })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::domain::{Feed, TicketId};

    #[test]
    fn a_proof_wakes_nobody_but_trouble_does() {
        let (sender, receiver) = crossbeam_channel::bounded(8);
        let wakes = Arc::new(AtomicUsize::new(0));
        let counter = wakes.clone();
        let mut outbox = Outbox::new(sender, Box::new(move || _ = counter.fetch_add(1, Ordering::Relaxed)));
        let currency = |trouble| Delivery::Currency {
            feed: Feed::Tickets,
            proven_at: Some(Instant::now()),
            trouble,
            retry_at: None,
        };
        outbox.push(currency(None), Instant::now());
        outbox.flush(Instant::now()).expect("alive");
        assert_eq!((receiver.len(), wakes.load(Ordering::Relaxed)), (1, 0));
        outbox.push(currency(Some(crate::domain::Trouble::TimedOut { detail: "landing page".into() })), Instant::now());
        outbox.flush(Instant::now()).expect("alive");
        assert_eq!((receiver.len(), wakes.load(Ordering::Relaxed)), (2, 1));
    }

    fn remove(number: usize) -> TicketChange {
        TicketChange::Remove(TicketId::new(number.to_string()))
    }

    fn mark(feed: Feed, at: Instant) -> Delivery {
        Delivery::Currency { feed, proven_at: Some(at), trouble: None, retry_at: None }
    }

    #[test]
    fn changes_gather_and_none_is_lost_before_a_full_channel() {
        let (sender, receiver) = crossbeam_channel::bounded(2);
        let wakes = Arc::new(AtomicUsize::new(0));
        let counter = wakes.clone();
        let mut outbox = Outbox::new(sender, Box::new(move || _ = counter.fetch_add(1, Ordering::Relaxed)));
        let start = Instant::now();
        let mut got = Vec::new();
        let mut take = |receiver: &crossbeam_channel::Receiver<Delivery>| {
            for delivery in receiver.try_iter() {
                let Delivery::TicketChanges(batch) = delivery else { panic!() };
                assert!(batch.len() <= MAX_BATCH);
                got.extend(batch);
            }
        };
        for part in 0..100 {
            outbox.push(Delivery::TicketChanges((part * 100..part * 100 + 100).map(remove).collect()), start);
        }
        assert_eq!(outbox.flush(start), Ok(Some(start + FULL_PAUSE)), "two full batches, then the channel is full");
        take(&receiver);
        outbox.flush(start).unwrap();
        take(&receiver);
        assert_eq!(outbox.flush(start), Ok(Some(start + LINGER)), "the rest may gather more");
        assert_eq!(outbox.flush(start + LINGER), Ok(None));
        take(&receiver);
        assert_eq!(got, (0..10_000).map(remove).collect::<Vec<_>>());
        assert_eq!(wakes.load(Ordering::Relaxed), 3);
        drop(receiver);
        outbox.push(Delivery::Places(Vec::new()), start);
        assert_eq!(outbox.flush(start), Err(Gone));
    }

    #[test]
    fn marks_do_not_overtake_data_and_do_not_pile_up() {
        let (sender, receiver) = crossbeam_channel::bounded(100);
        let mut outbox = Outbox::new(sender, Box::new(|| ()));
        let start = Instant::now();
        for step in 0..50 {
            outbox.push(mark(Feed::Tickets, start + Duration::from_secs(step)), start);
            outbox.push(mark(Feed::Site, start), start);
        }
        outbox.push(Delivery::TicketChanges(vec![remove(1)]), start);
        outbox.push(mark(Feed::Tickets, start + Duration::from_secs(99)), start);
        outbox.flush(start).unwrap();
        let kinds: Vec<_> = receiver
            .try_iter()
            .map(|it| match it {
                Delivery::Currency { feed, proven_at, .. } => {
                    format!("{} {}", feed.key(), (proven_at.unwrap() - start).as_secs())
                }
                _ => "data".into(),
            })
            .collect();
        assert_eq!(kinds, ["tickets 49", "site 0", "data", "tickets 99"]);
    }
}
