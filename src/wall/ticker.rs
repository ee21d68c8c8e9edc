//! Wakes the wall once a second, just after its clock's second has changed: all that a quiet wall draws.
//!
//! Bevy's own timed waiting draws each tick twice on Linux, once for the time-out and once for the redraw it then asks
//! for. So the wall lets Bevy wait for events only, and this thread sends one event a second. It also sends one soon where
//! the picture lacks something that no event announces. Partner: `window.rs`.

use std::time::{Duration, Instant};

use bevy::prelude::*;
use crossbeam_channel::{RecvTimeoutError, Sender};

use super::engine_room::PipelinesWaiting;
use super::loading::LoadingPace;
use crate::city::Now;
use crate::panels::PanelsWish;

/// Drawn this long after the second has changed, so that rounding never shows the old one.
const AFTER: Duration = Duration::from_millis(5);

/// Looked at again this soon while a pipeline is being made, or a drawing was put off.
const SOON: Duration = Duration::from_millis(100);

/// The thread that wakes the wall. It ends when this resource is dropped.
#[derive(Resource)]
pub struct Ticker(Sender<Instant>);

impl Ticker {
    /// Starts the thread; `wake` is called at the last moment that was set, once.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn start(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (sender, moments) = crossbeam_channel::unbounded::<Instant>();
        std::thread::Builder::new().name("ticker".into()).spawn(move || {
            let mut next: Option<Instant> = None;
            loop {
                let heard = match next {
                    Some(at) => moments.recv_deadline(at),
                    None => moments.recv().map_err(|_| RecvTimeoutError::Disconnected),
                };
                match heard {
                    Ok(at) => next = Some(at),
                    Err(RecvTimeoutError::Timeout) => {
                        next = None;
                        wake();
                    }
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        })?;
        Ok(Self(sender))
    }
}

/// Sets the next moment: when the clock that is shown reaches its next second, earlier if panels wish it, and soon where
/// something is missing.
pub(super) fn set_next(
    ticker: Option<Res<Ticker>>,
    now: Res<Now>,
    wish: Option<Res<PanelsWish>>,
    (pipelines, loading): (Option<Res<PipelinesWaiting>>, Option<Res<LoadingPace>>),
) {
    let Some(ticker) = ticker else { return };
    let tick = Instant::now() + until_next_second(now.at) + AFTER;
    let is_missing = pipelines.is_some_and(|it| it.is_any()) || loading.is_some_and(|it| it.is_put_off());
    let tick = if is_missing { tick.min(Instant::now() + SOON) } else { tick };
    let wished = wish.and_then(|wish| wish.next()).map_or(tick, |at| at.min(tick));
    // The thread lives as long as this resource does.
    let _ = ticker.0.send(wished);
}

/// How long until the second of a clock changes.
fn until_next_second(at: jiff::Timestamp) -> Duration {
    let into = at.subsec_nanosecond().rem_euclid(1_000_000_000);
    Duration::from_nanos(1_000_000_000 - into.unsigned_abs() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_second_is_at_most_one_away() {
        for (text, wait_ms) in [("2026-11-21T14:32:05Z", 1000), ("2026-11-21T14:32:05.25Z", 750)] {
            let at: jiff::Timestamp = text.parse().expect("a moment");
            assert_eq!(until_next_second(at), Duration::from_millis(wait_ms));
        }
    }

    #[test]
    fn it_wakes_once_for_the_last_moment_set_and_ends_with_its_resource() {
        let (woken, wakes) = crossbeam_channel::unbounded();
        let ticker = Ticker::start(move || woken.send(Instant::now()).expect("heard")).expect("a thread");
        let far = Instant::now() + Duration::from_secs(3600);
        let near = Instant::now() + Duration::from_millis(20);
        ticker.0.send(far).expect("alive");
        ticker.0.send(near).expect("alive");
        let at = wakes.recv_timeout(Duration::from_secs(60)).expect("woken");
        assert!(at >= near);
        drop(ticker);
        assert!(wakes.recv().is_err(), "woken a second time");
    }
}
