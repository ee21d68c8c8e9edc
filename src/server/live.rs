//! Keeping the tickets moving: what a simulation says is due, and what is handed in from outside, goes into the store in
//! one transaction a turn, and streams are told.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::api::{App, Ground, Readiness, Tickets};
use super::store::Change;
use crate::domain::Ticket;

/// What a simulation did up to a moment.
#[derive(Debug, Default)]
pub struct Step {
    /// Every change since the last step, in order.
    pub changes: Vec<(Timestamp, Ticket)>,
    /// When to look again; `None`: nothing will happen any more.
    pub next_due: Option<Timestamp>,
}

/// A simulation, taken on to a moment of the platform's clock.
pub type Simulation = Box<dyn FnMut(Timestamp) -> Step + Send>;

/// Shortest and longest pause between two turns: a fast clock has its changes bundled, a changed clock is noticed.
const TURN: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// Pause after a failed write.
const RETRY: Duration = Duration::from_secs(1);
/// Changes of one transaction, so that a long absence does not stop the answers for long.
const MOST_AT_ONCE: usize = 4_000;
/// The indexes are made when the first readers have their list.
const INDEX_AFTER: Duration = Duration::from_secs(3);

/// Runs until the server stops.
pub async fn follow(
    app: Arc<App>,
    simulation: oneshot::Receiver<Option<Simulation>>,
    mut given: mpsc::UnboundedReceiver<Vec<Change>>,
) {
    let Ok(mut simulation) = simulation.await else { return };
    let (Ok(ground), Ok(tickets)) = (app.ground().await, app.tickets().await) else { return };
    let index_at = Instant::now() + INDEX_AFTER;
    let mut is_indexed = tickets.store().path().is_some();
    let mut turn_at = Instant::now();
    let mut pending: Vec<Change> = Vec::new();
    loop {
        tokio::select! {
            changes = given.recv() => match changes {
                Some(changes) => pending.extend(changes),
                None => return,
            },
            () = sleep_until(turn_at), if simulation.is_some() => {
                turn_at = Instant::now() + take_step(&mut simulation, &ground, &mut pending);
            }
            () = sleep_until(index_at), if !is_indexed => {
                is_indexed = true;
                if let Err(error) = tickets.store().make_indexes() {
                    tracing::warn!(%error, "sorting and filtering will be slower: no indexes");
                }
            }
        }
        while !pending.is_empty() {
            let batch = pending.len().min(MOST_AT_ONCE);
            if let Err(error) = write(&app, &tickets, &pending[..batch]) {
                app.stats.write_failures.fetch_add(1, Ordering::Relaxed);
                tracing::error!(%error, waiting = pending.len(), "changes could not be written; trying again");
                tokio::time::sleep(RETRY).await;
                continue;
            }
            pending.drain(..batch);
            tokio::task::yield_now().await;
        }
    }
}

/// One step of the simulation; returns the pause until the next.
fn take_step(simulation: &mut Option<Simulation>, ground: &Ground, pending: &mut Vec<Change>) -> Duration {
    let Some(advance) = simulation else { return TURN.1 };
    let step = advance(ground.clock.now());
    pending.extend(step.changes.into_iter().map(|(at, ticket)| Change::Upsert { at, ticket }));
    match step.next_due {
        Some(due) => ground.clock.until(due).unwrap_or(TURN.1).clamp(TURN.0, TURN.1),
        None => {
            *simulation = None;
            TURN.1
        }
    }
}

fn write(app: &App, tickets: &Tickets, changes: &[Change]) -> Result<(), super::store::StoreError> {
    let seq = tickets.store().apply(changes)?;
    if let Readiness::Ready(figures) = &*app.figures.borrow() {
        figures.take(changes, seq);
    }
    tickets.head.send_replace(seq);
    Ok(())
}
