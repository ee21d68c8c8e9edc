//! Signs of life of one wall process, shared between its threads without a lock: frames presented, main-thread frames and
//! their times, whether a window can be seen.
//!
//! Written by `wall::beat` and `wall::frame_times`; read by the heartbeat, the metrics, the diagnostics and the soak. A
//! resource of both worlds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bevy::prelude::Resource;

/// Main-thread frames whose times are kept.
const KEPT: usize = 1_024;

/// The signs of life. Clones show the same process.
#[derive(Resource, Clone, Debug)]
pub struct Vitals(Arc<Signs>);

#[derive(Debug)]
struct Signs {
    started: Instant,
    presented: AtomicU64,
    updates: AtomicU64,
    is_hidden: AtomicBool,
    is_safe: AtomicBool,
    restarts: AtomicU32,
    /// Microseconds; the frame of number `n` is at `n % KEPT`.
    frames: Box<[AtomicU32]>,
}

impl Default for Vitals {
    fn default() -> Self {
        Self(Arc::new(Signs {
            started: Instant::now(),
            presented: AtomicU64::new(0),
            updates: AtomicU64::new(0),
            is_hidden: AtomicBool::new(false),
            is_safe: AtomicBool::new(false),
            restarts: AtomicU32::new(0),
            frames: (0..KEPT).map(|_| AtomicU32::new(0)).collect(),
        }))
    }
}

impl Vitals {
    /// Every window has been given one more picture.
    pub fn note_presented(&self) {
        self.0.presented.fetch_add(1, Ordering::Relaxed);
    }

    /// How many pictures every window has been given so far.
    pub fn presented(&self) -> u64 {
        self.0.presented.load(Ordering::Relaxed)
    }

    /// The main thread has done one more frame, which took it so long.
    pub fn note_update(&self, took: Duration) {
        let number = self.0.updates.fetch_add(1, Ordering::Relaxed);
        let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        self.0.frames[number as usize % KEPT].store(micros, Ordering::Relaxed);
    }

    /// Frames of the main thread so far.
    pub fn updates(&self) -> u64 {
        self.0.updates.load(Ordering::Relaxed)
    }

    /// No window can be seen: all are covered or minimised, so the system takes no pictures.
    pub fn set_hidden(&self, is_hidden: bool) {
        self.0.is_hidden.store(is_hidden, Ordering::Relaxed);
    }

    /// True while no window can be seen.
    pub fn is_hidden(&self) -> bool {
        self.0.is_hidden.load(Ordering::Relaxed)
    }

    /// What this process was told when it was started: safe mode, and how many starts there were before it.
    pub fn set_start(&self, is_safe: bool, restarts: u32) {
        self.0.is_safe.store(is_safe, Ordering::Relaxed);
        self.0.restarts.store(restarts, Ordering::Relaxed);
    }

    /// True in safe mode.
    pub fn is_safe(&self) -> bool {
        self.0.is_safe.load(Ordering::Relaxed)
    }

    /// How often the supervisor had to start the wall again.
    pub fn restarts(&self) -> u32 {
        self.0.restarts.load(Ordering::Relaxed)
    }

    /// How long the process had been running at a moment.
    pub fn uptime_at(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.0.started)
    }

    /// How long the process has been running.
    pub fn uptime(&self) -> Duration {
        self.0.started.elapsed()
    }

    /// Main-thread times of the latest frames, shortest first.
    pub fn frame_times(&self) -> Vec<Duration> {
        let count = usize::try_from(self.updates()).map_or(KEPT, |count| count.min(KEPT));
        let times = self.0.frames[..count].iter().map(|time| time.load(Ordering::Relaxed));
        let mut times: Vec<_> = times.map(|micros| Duration::from_micros(u64::from(micros))).collect();
        times.sort_unstable();
        times
    }
}

/// The value that this share of sorted times does not exceed; `None` where there are none.
pub fn quantile(sorted: &[Duration], share: f64) -> Option<Duration> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last as f64 * share).round() as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_frames_make_room_and_clones_show_the_same() {
        let vitals = Vitals::default();
        assert_eq!(quantile(&vitals.frame_times(), 0.5), None);
        let other = vitals.clone();
        for number in 0..KEPT + 10 {
            other.note_update(Duration::from_micros(if number < 10 { 9_000_000 } else { 100 }));
        }
        let times = vitals.frame_times();
        assert_eq!((times.len(), vitals.updates()), (KEPT, KEPT as u64 + 10));
        assert_eq!(quantile(&times, 1.0), Some(Duration::from_micros(100)));
    }
}
