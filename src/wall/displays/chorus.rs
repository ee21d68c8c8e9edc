//! One heartbeat out of many windows: it beats when every window that can be seen has been given one more picture. Pure.

/// What each display has shown so far.
#[derive(Debug, Default)]
pub struct Chorus {
    /// Pictures of each display at the last beat.
    last: Vec<u64>,
}

/// One display in a round.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    /// It has a window that somebody could see.
    pub is_seen: bool,
    /// Pictures it has been given so far.
    pub presented: u64,
}

impl Chorus {
    /// True if every display that can be seen has shown something new since the last beat. Where none can be seen
    /// there is no beat; that is told otherwise.
    pub fn beats(&mut self, voices: &[Voice]) -> bool {
        self.last.resize(voices.len(), 0);
        let mut seen = voices.iter().zip(&self.last).filter(|(voice, _)| voice.is_seen).peekable();
        let is_beat = seen.peek().is_some() && seen.all(|(voice, last)| voice.presented > *last);
        if is_beat {
            self.last = voices.iter().map(|voice| voice.presented).collect();
        }
        is_beat
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_frozen_window_stops_the_heart_and_one_without_a_monitor_does_not() {
        let voice = |presented| Voice { is_seen: true, presented };
        let gone = |presented| Voice { is_seen: false, presented };
        let mut chorus = Chorus::default();
        assert!(chorus.beats(&[voice(1), voice(1)]));
        assert!(!chorus.beats(&[voice(9), voice(1)]), "the second hangs");
        assert!(chorus.beats(&[voice(10), voice(2)]));
        assert!(chorus.beats(&[voice(11), gone(2)]), "its monitor is gone");
        assert!(!chorus.beats(&[voice(11), voice(3)]));
        assert!(chorus.beats(&[voice(12), voice(3)]));
        assert!(!chorus.beats(&[gone(13), gone(4)]), "nobody can see it");
        assert!(!chorus.beats(&[]));
    }
}
