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

/// Takes all program code of this process out of its memory: of the program and of the libraries it has loaded, with
/// constants. What runs is brought back page by page from the system's page cache, or from the file. Returns how
/// many bytes of address space that were; zero where the system does not tell.
pub fn let_go_of_code() -> u64 {
    #[cfg(target_os = "linux")]
    {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        code_of(&maps).into_iter().filter(|[from, to]| let_go(*from, *to)).map(|[from, to]| (to - from) as u64).sum()
    }
    #[cfg(not(target_os = "linux"))]
    0
}

/// Where code lies that is mapped from files, with the constants before it, by the text of `/proc/self/maps` (proc(5)):
/// address, address behind it. Constants behind the code may have been relocated, and are left alone.
#[cfg(target_os = "linux")]
fn code_of(maps: &str) -> Vec<[usize; 2]> {
    let mut found = Vec::new();
    let mut constants: Option<(&str, [usize; 2])> = None;
    for line in maps.lines() {
        let mut fields = line.splitn(6, ' ');
        let range = fields.next().and_then(|range| range.split_once('-'));
        let at = |hex: &str| usize::from_str_radix(hex, 16).ok();
        let range = range.and_then(|(from, to)| Some([at(from)?, at(to)?]));
        let (rights, file) = (fields.next(), fields.nth(3).map_or("", str::trim_start));
        let Some(range) = range.filter(|_| file.starts_with('/')) else { continue };
        match rights {
            Some("r--p") => constants = Some((file, range)),
            Some("r-xp") => {
                found.extend(constants.take().filter(|(of, _)| *of == file).map(|(_, range)| range));
                found.push(range);
            }
            _ => {}
        }
    }
    found
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "the system's call takes an address")]
fn let_go(from: usize, to: usize) -> bool {
    // SAFETY: the range is one whole mapping of this process, private and without the right to write, so that its pages are
    // those of the file: madvise(2) drops them, and an access brings the same bytes back. Position-independent code and what
    // stands before it are not relocated, so nothing was changed in them. Were the mapping gone by now, the call would only say so.
    unsafe { libc::madvise(from as *mut libc::c_void, to - from, libc::MADV_DONTNEED) == 0 }
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
    #[cfg(target_os = "linux")]
    fn code_that_is_let_go_runs_on_and_nothing_else_is_touched() {
        let maps = "10-30 r--p 00000000 fe:01 7      /a b.so\n30-40 r-xp 00001000 fe:01 7      /a b.so\n\
                    40-50 r--p 00002000 fe:01 7      /a b.so\n50-60 rw-p 00003000 fe:01 7      /a b.so\n\
                    60-70 r--p 00000000 fe:01 8      /font\n70-80 r-xp 00000000 00:00 0 \n\
                    80-90 r-xp 00000000 00:00 0      [vdso]\n90-a0 rwxp 00000000 fe:01 7    /a\n";
        assert_eq!(code_of(maps), [[0x10, 0x30], [0x30, 0x40]]);
        let before = vec![7_u8; 1 << 16];
        assert!(let_go_of_code() > 1 << 20, "this program and the C library");
        assert!(before.iter().all(|byte| *byte == 7) && Usage::now().proportional > Some(0));
    }

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
