//! One heartbeat as it goes over the pipe from the wall to its supervisor: a line of text. Pure.

use std::fmt;
use std::time::Duration;

/// How often the wall tells of itself.
pub const INTERVAL: Duration = Duration::from_millis(500);

/// What the line begins with; anything else on the pipe is somebody's chatter.
const MARK: &str = "gridwall-beat";

/// The counters of one wall at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beat {
    /// Pictures that every window was given.
    pub presented: u64,
    /// Frames of the main thread.
    pub updates: u64,
    /// No window can be seen.
    pub is_hidden: bool,
}

impl Beat {
    /// True if the wall has lived since `earlier`: a new picture in every window, or, where no window can be seen, a new
    /// frame of the main thread.
    pub fn is_alive_since(&self, earlier: &Self) -> bool {
        self.presented > earlier.presented || (self.is_hidden && self.updates > earlier.updates)
    }

    /// Reads a line; `None` for chatter.
    pub fn read(line: &str) -> Option<Self> {
        let mut words = line.trim().strip_prefix(MARK)?.split_whitespace();
        let mut number = || words.next()?.parse().ok();
        let (presented, updates) = (number()?, number()?);
        Some(Self { presented, updates, is_hidden: number()? != 0 })
    }
}

impl fmt::Display for Beat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK} {} {} {}", self.presented, self.updates, u8::from(self.is_hidden))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beat_is_read_as_it_was_written_and_chatter_is_not_one() {
        let beat = Beat { presented: 7, updates: 9, is_hidden: true };
        assert_eq!(Beat::read(&beat.to_string()), Some(beat));
        for chatter in
            ["", "hello", "gridwall-beat", "gridwall-beat x 1 0", "gridwall-beat 1 2", "gridwall-beat -1 2 0"]
        {
            assert_eq!(Beat::read(chatter), None, "{chatter}");
        }
    }

    #[test]
    fn a_main_thread_that_goes_on_is_no_life_unless_nothing_can_be_seen() {
        let before = Beat { presented: 7, updates: 9, is_hidden: false };
        let main_only = Beat { updates: 50, ..before };
        assert!(!main_only.is_alive_since(&before));
        assert!(Beat { is_hidden: true, ..main_only }.is_alive_since(&before));
        assert!(Beat { presented: 8, ..before }.is_alive_since(&before));
        assert!(!Beat { is_hidden: true, ..before }.is_alive_since(&before), "all has stopped");
    }
}
