//! How long the main thread works per frame: from the start of `First` to the end of `Last`, without waiting for the
//! GPU or for events.

use std::time::{Duration, Instant};

use bevy::prelude::*;

use crate::vitals::Vitals;

/// Frames kept.
const KEPT: usize = 4_096;

/// Main-thread times of the latest frames.
#[derive(Resource, Default, Debug)]
pub struct FrameTimes {
    started: Option<Instant>,
    ring: Vec<Duration>,
    next: usize,
}

/// Middle and tail of a set of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameSummary {
    /// Number of frames.
    pub frames: usize,
    /// Median.
    pub p50: Duration,
    /// 99 of 100 frames are at most this long.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
}

impl FrameTimes {
    /// Adds one frame.
    pub fn push(&mut self, time: Duration) {
        if self.ring.len() < KEPT {
            self.ring.push(time);
        } else {
            self.ring[self.next] = time;
        }
        self.next = (self.next + 1) % KEPT;
    }

    /// Forgets all frames so far.
    pub fn clear(&mut self) {
        self.ring.clear();
        self.next = 0;
    }

    /// The latest frames in numbers; `None` before the first.
    pub fn summary(&self) -> Option<FrameSummary> {
        let mut sorted = self.ring.clone();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        let at = |share: f64| sorted[((last as f64) * share).round() as usize];
        Some(FrameSummary { frames: sorted.len(), p50: at(0.5), p99: at(0.99), max: sorted[last] })
    }
}

/// Measures every frame.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<FrameTimes>().add_systems(First, start).add_systems(Last, stop);
}

fn start(mut times: ResMut<FrameTimes>) {
    times.started = Some(Instant::now());
}

fn stop(mut times: ResMut<FrameTimes>, vitals: Option<Res<Vitals>>) {
    if let Some(started) = times.started.take() {
        let took = started.elapsed();
        times.push(took);
        if let Some(vitals) = vitals {
            vitals.note_update(took);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_frames_make_room() {
        let mut times = FrameTimes::default();
        assert_eq!(times.summary(), None);
        for index in 0..KEPT + 10 {
            times.push(Duration::from_micros(if index < 10 { 1_000_000 } else { 100 }));
        }
        let summary = times.summary().unwrap();
        assert_eq!((summary.frames, summary.max), (KEPT, Duration::from_micros(100)));
    }
}
