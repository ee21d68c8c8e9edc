//! A heap that gives back what is no longer used. The GNU C library keeps a heap for each thread that asks first, and
//! after one large buffer was freed keeps tens of megabytes of each; its settings can be told to a process only before
//! it begins. So the program starts itself once more, in its own place, with better ones. Elsewhere nothing is done.

/// The settings of the GNU C library that are asked for: two heaps for all threads; what is larger than a megabyte is
/// given back when it is freed, and the end of a heap when it is larger than eight.
pub const SETTINGS: &str =
    "glibc.malloc.arena_max=2:glibc.malloc.mmap_threshold=1048576:glibc.malloc.trim_threshold=8388608";

/// Environment variables by which a site says itself how the heap is to be; then that counts.
const SAID: [&str; 2] = ["GLIBC_TUNABLES", "MALLOC_ARENA_MAX"];

/// Starts the program anew in the place of this process (same number, same files, same arguments) with [`SETTINGS`], if
/// nobody has said how the heap is to be. To be called before anything else; if it returns, everything stays as it is.
pub fn settle() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if SAID.iter().all(|name| std::env::var_os(name).is_none())
        && let Ok(program) = std::env::current_exe()
    {
        use std::os::unix::process::CommandExt as _;
        let mut arguments = std::env::args_os();
        let mut again = std::process::Command::new(program);
        if let Some(name) = arguments.next() {
            again.arg0(name);
        }
        // Only returns if it fails, and then the wall runs with the heap as it is.
        let _ = again.args(arguments).env(SAID[0], SETTINGS).exec();
    }
}

/// Gives the system what the heap has free now: pages between what stays, too. Takes a few milliseconds.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code, reason = "a function of the C library")]
    // SAFETY: malloc_trim(3) may be called by any thread at any time, and touches nothing that is in use. Where another
    // allocator is in its place (LD_PRELOAD), the C library's own heap has nothing to give.
    unsafe {
        libc::malloc_trim(0);
    }
}
