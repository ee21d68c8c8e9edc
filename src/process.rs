//! What this process takes of the machine: memory, descriptors, threads, processor time. Read from `/proc` (proc(5));
//! `None` elsewhere.

use std::time::Duration;

/// One look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Memory in use, shared pages included, bytes.
    pub resident: Option<u64>,
    /// Memory in use, shared pages in proportion, bytes.
    pub proportional: Option<u64>,
    /// Open files, sockets and pipes.
    pub descriptors: Option<u64>,
    /// Threads.
    pub threads: Option<u64>,
}

impl Usage {
    /// Everything, now. Takes milliseconds: not for the main thread.
    pub fn now() -> Self {
        let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
        Self { proportional: field(&rollup, "Pss:").map(|kb| kb * 1024), ..Self::at_a_glance() }
    }

    /// What can be told in a fraction of a millisecond: all but the proportional memory.
    pub fn at_a_glance() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self {
            resident: field(&status, "VmRSS:").map(|kb| kb * 1024),
            proportional: None,
            // One of them is the folder that is being read.
            descriptors: std::fs::read_dir("/proc/self/fd").ok().map(|all| (all.count() as u64).saturating_sub(1)),
            threads: field(&status, "Threads:"),
        }
    }
}

/// The first number behind `name` at the beginning of a line.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// How long this thread has been on a processor so far; `None` where the system does not tell.
pub fn time_on_processor() -> Option<Duration> {
    // `/proc/thread-self/schedstat` would do, but it is only as new as the last tick of the scheduler.
    #[cfg(target_os = "linux")]
    return Duration::try_from(rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime)).ok();
    #[cfg(not(target_os = "linux"))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "VmRSSX:\t1 kB\nVmRSS:\t  5120 kB\nThreads:\t9\n";
        assert_eq!((field(text, "VmRSS:"), field(text, "Threads:"), field(text, "Pss:")), (Some(5120), Some(9), None));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_open_file_is_counted() {
        let before = Usage::now();
        let files: Vec<_> = (0..50).map(|_| tempfile::tempfile().unwrap()).collect();
        let with = Usage::now();
        assert!(before.resident > Some(1 << 20) && before.threads >= Some(1), "{before:?}");
        // Other tests open and close files beside us.
        assert!(
            with.descriptors.unwrap() + 20 > before.descriptors.unwrap() + files.len() as u64,
            "{before:?} {with:?}"
        );
    }
}
