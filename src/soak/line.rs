//! What one interval of a soak was like: memory, descriptors, threads, the times of its frames, how the worst fault healed.

use std::time::Duration;

use crate::process::Usage;

pub(super) const MIB: f64 = (1 << 20) as f64;

/// One line of the table.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) at: Duration,
    pub(super) usage: Usage,
    pub(super) platform: u64,
    pub(super) tickets: usize,
    pub(super) frames: usize,
    pub(super) p50: Duration,
    /// By the clock, drawing and what others took of the processor included.
    pub(super) p99: Duration,
    /// What the main thread itself took of a processor.
    pub(super) work_p99: Option<Duration>,
    pub(super) fault: &'static str,
    pub(super) healed: Option<Duration>,
}

pub(super) fn heading() -> String {
    format!(
        "{:>8} {:>9} {:>9} {:>9} {:>5} {:>4} {:>8} {:>6} {:>9} {:>9} {:>9}  healed",
        "h", "RSS MiB", "PSS MiB", "wall MiB", "files", "thr", "tickets", "frames", "p50 ms", "p99 ms", "work p99"
    )
}

impl Line {
    pub(super) fn hours(&self) -> f64 {
        self.at.as_secs_f64() / 3600.0
    }

    /// Memory of the wall: of the process without the platform's database, MiB. Not the proportional memory, which changes
    /// when somebody else starts or ends the same program.
    pub(super) fn wall_mib(&self) -> Option<f64> {
        let memory = self.usage.resident.or(self.usage.proportional)?;
        Some(memory.saturating_sub(self.platform) as f64 / MIB)
    }
}

impl Line {
    /// The line as it is printed.
    pub(super) fn row(&self) -> String {
        let line = self;
        let mib = |bytes: Option<u64>| bytes.map_or_else(|| "—".into(), |bytes| format!("{:.1}", bytes as f64 / MIB));
        let of = |count: Option<u64>| count.map_or_else(|| "—".to_owned(), |count| count.to_string());
        format!(
            "{:>8.3} {:>9} {:>9} {:>9} {:>5} {:>4} {:>8} {:>6} {:>9.2} {:>9.2} {:>9}  {} {}",
            line.hours(),
            mib(line.usage.resident),
            mib(line.usage.proportional),
            line.wall_mib().map_or_else(|| "—".into(), |wall| format!("{wall:.1}")),
            of(line.usage.descriptors),
            of(line.usage.threads),
            line.tickets,
            line.frames,
            line.p50.as_secs_f64() * 1e3,
            line.p99.as_secs_f64() * 1e3,
            line.work_p99.map_or_else(|| "—".into(), |work| format!("{:.2}", work.as_secs_f64() * 1e3)),
            line.fault,
            line.healed.map_or_else(|| "NOT".into(), |healed| format!("{:.1} s", healed.as_secs_f64())),
        )
    }
}
