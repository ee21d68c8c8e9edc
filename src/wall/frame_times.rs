//! How long the main thread takes per frame: from the start of `First` to the end of `Last`, without waiting for the
//! GPU or for events. Besides the time by the clock, the time on a processor where the system tells: on a busy machine a
//! thread may stand still in the middle of a frame.

use std::time::{Duration, Instant};

use bevy::prelude::*;

use crate::process::time_on_processor;
use crate::vitals::Vitals;

/// Frames kept.
const KEPT: usize = 4_096;

/// Main-thread times of the latest frames.
#[derive(Resource, Default, Debug)]
pub struct FrameTimes {
    started: Option<(Instant, Option<Duration>)>,
    longest_work: Option<Duration>,
    ring: Vec<Duration>,
    works: Vec<Duration>,
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
    /// The most time on a processor in one frame, if known.
    pub max_work: Option<Duration>,
}

impl FrameTimes {
    /// Adds one frame: its time by the clock, and on a processor if that is known.
    pub fn push(&mut self, time: Duration, work: Option<Duration>) {
        let kept = |ring: &mut Vec<Duration>, time| match ring.get_mut(self.next) {
            Some(oldest) => *oldest = time,
            None => ring.push(time),
        };
        kept(&mut self.ring, time);
        if let Some(work) = work {
            kept(&mut self.works, work);
        }
        self.next = (self.next + 1) % KEPT;
        self.longest_work = self.longest_work.max(work);
    }

    /// The latest frames, in no order.
    pub fn frames(&self) -> &[Duration] {
        &self.ring
    }

    /// Their times on a processor, in no order; nothing where the system does not tell.
    pub fn works(&self) -> &[Duration] {
        &self.works
    }

    /// Forgets all frames so far.
    pub fn clear(&mut self) {
        self.ring.clear();
        self.works.clear();
        self.next = 0;
        self.longest_work = None;
    }

    /// The latest frames in numbers; `None` before the first.
    pub fn summary(&self) -> Option<FrameSummary> {
        let mut sorted = self.ring.clone();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        let at = |share: f64| sorted[((last as f64) * share).round() as usize];
        Some(FrameSummary {
            frames: sorted.len(),
            p50: at(0.5),
            p99: at(0.99),
            max: sorted[last],
            max_work: self.longest_work,
        })
    }
}

/// Measures every frame.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<FrameTimes>().add_systems(First, start).add_systems(Last, stop);
}

fn start(mut times: ResMut<FrameTimes>) {
    times.started = Some((Instant::now(), time_on_processor()));
}

fn stop(mut times: ResMut<FrameTimes>, vitals: Option<Res<Vitals>>) {
    if let Some((started, worked)) = times.started.take() {
        let took = started.elapsed();
        let work = time_on_processor().zip(worked).map(|(after, before)| after.saturating_sub(before));
        times.push(took, work);
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
            times
                .push(Duration::from_micros(if index < 10 { 1_000_000 } else { 100 }), Some(Duration::from_micros(50)));
        }
        let summary = times.summary().unwrap();
        assert_eq!((summary.frames, summary.max), (KEPT, Duration::from_micros(100)));
        assert_eq!((times.works().len(), summary.max_work), (KEPT, Some(Duration::from_micros(50))));
    }
}
