//! A ring of marks in motion, as the shader reads them: 24 bytes each, appended when a ticket moves, never touched again
//! but once an hour. Pure; partner of `shaders/flow.wgsl`, which makes every picture of them from the time alone.
//!
//! The shader's clock starts anew every hour. Births are kept in seconds of the hour that runs; when the next one
//! begins, [`PulseRing::follow`] takes an hour from all of them. So a birth is exact to a quarter of a millisecond after
//! months, and nothing plays twice.

use bevy::math::Vec2;

/// Bytes of one pulse. Keep in sync with `Pulse` in `flow.wgsl`.
pub const PULSE_BYTES: usize = 24;
/// After so many seconds the shader's clock starts anew: Bevy's own period.
pub const PERIOD_S: f64 = 3600.0;
/// Births older than this cannot be seen any more, seconds.
const FORGOTTEN_S: f32 = -2.0 * PERIOD_S as f32;

/// What a pulse is drawn as. Keep in sync with the constants in `flow.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// Nothing.
    Empty = 0,
    /// A ring that opens once: reported.
    Arrival = 1,
    /// A ring that closes once: done with.
    Closing = 2,
    /// An arc on the way up: reported, dispatched, fed back.
    Up = 3,
    /// An arc on the way down: to be handled.
    Down = 4,
    /// A ribbon between a hub and the centre; `birth_s` is its width in u.
    Ribbon = 5,
    /// A stream on the way up; `birth_s` is its width in u.
    StreamUp = 6,
    /// A stream on the way down; `birth_s` is its width in u.
    StreamDown = 7,
}

/// It ends at the centre: less bent.
pub const TO_CENTRE: u32 = 1 << 8;
/// Pale, because another area is selected.
pub const OUTSIDE: u32 = 1 << 9;
/// It leaves no trace.
pub const TRACELESS: u32 = 1 << 10;

/// One mark in motion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pulse {
    /// Where it starts, world metres.
    pub from: Vec2,
    /// Where it ends, world metres.
    pub to: Vec2,
    /// What it is drawn as.
    pub kind: Kind,
    /// Flags: [`TO_CENTRE`] and so on.
    pub flags: u32,
}

impl Pulse {
    /// The bytes for the shader. `birth_s` is in seconds of the hour that runs, or a width in u.
    pub fn encode(&self, birth_s: f32) -> [u8; PULSE_BYTES] {
        let mut bytes = [0; PULSE_BYTES];
        let words = [self.from.x, self.from.y, self.to.x, self.to.y, birth_s].map(f32::to_bits);
        for (slot, word) in bytes.chunks_exact_mut(4).zip(words.into_iter().chain([self.kind as u32 | self.flags])) {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }
}

/// The ring.
#[derive(Clone, Debug)]
pub struct PulseRing {
    bytes: Vec<u8>,
    capacity: usize,
    /// Where the next pulse goes.
    next: usize,
    /// Slots ever written, at most the capacity.
    used: usize,
    /// The hour that runs, seconds since the start of the clock.
    hour_s: f64,
    /// The slot's newest birth, absolute seconds.
    newest_s: f64,
}

impl PulseRing {
    /// An empty ring.
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        Self {
            bytes: vec![0; capacity * PULSE_BYTES],
            capacity,
            next: 0,
            used: 0,
            hour_s: 0.0,
            newest_s: f64::NEG_INFINITY,
        }
    }

    /// Appends a pulse born at `birth_s`, seconds of the clock. The oldest one makes room.
    pub fn push(&mut self, pulse: &Pulse, birth_s: f64) {
        let at = self.next * PULSE_BYTES;
        self.bytes[at..at + PULSE_BYTES].copy_from_slice(&pulse.encode((birth_s - self.hour_s) as f32));
        self.next = (self.next + 1) % self.capacity;
        self.used = (self.used + 1).min(self.capacity);
        self.newest_s = self.newest_s.max(birth_s);
    }

    /// Follows the clock into its next hour. True if the bytes changed.
    pub fn follow(&mut self, now_s: f64) -> bool {
        let hour_s = (now_s / PERIOD_S).floor() * PERIOD_S;
        if hour_s == self.hour_s {
            return false;
        }
        let shift = (self.hour_s - hour_s) as f32;
        self.hour_s = hour_s;
        for slot in self.bytes.chunks_exact_mut(PULSE_BYTES).take(self.used) {
            let birth = f32::from_le_bytes([slot[16], slot[17], slot[18], slot[19]]) + shift;
            if birth < FORGOTTEN_S {
                slot.fill(0);
            } else {
                slot[16..20].copy_from_slice(&birth.to_le_bytes());
            }
        }
        self.used > 0
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.bytes.fill(0);
        (self.next, self.used, self.newest_s) = (0, 0, f64::NEG_INFINITY);
    }

    /// What the shader reads; always of the same length.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Slots that were ever written: those after are empty.
    pub fn used(&self) -> usize {
        self.used
    }

    /// How long ago the newest pulse was born, seconds; infinite without one.
    pub fn rest_s(&self, now_s: f64) -> f64 {
        now_s - self.newest_s
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pulse(n: usize) -> Pulse {
        Pulse { from: Vec2::new(n as f32, 1.0), to: Vec2::new(2.0, 3.0), kind: Kind::Up, flags: TRACELESS }
    }

    fn births(ring: &PulseRing) -> Vec<f32> {
        let slots = ring.bytes().chunks_exact(PULSE_BYTES).filter(|slot| slot[20] != 0);
        slots.map(|slot| f32::from_le_bytes(slot[16..20].try_into().unwrap())).collect()
    }

    #[test]
    fn the_bytes_are_what_the_shader_expects() {
        let bytes = pulse(7).encode(1.5);
        let words: Vec<u32> = bytes.chunks(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect();
        assert_eq!(words[..5].iter().map(|word| f32::from_bits(*word)).collect::<Vec<_>>(), [7.0, 1.0, 2.0, 3.0, 1.5]);
        assert_eq!(words[5], 3 | TRACELESS);
    }

    #[test]
    fn nothing_plays_twice_when_the_clock_starts_anew() {
        let mut ring = PulseRing::new(8);
        ring.push(&pulse(1), 3599.0);
        assert!(!ring.follow(3599.9));
        assert!(ring.follow(3600.5));
        assert_eq!(births(&ring), [-1.0], "half a second into the hour it is one and a half seconds old");
        assert!(ring.follow(7200.0));
        assert_eq!(births(&ring), [-3601.0], "past its trace");
        ring.follow(3.0 * 3600.0);
        assert!(births(&ring).is_empty(), "forgotten");
    }

    proptest! {
        /// However many come and however long it runs: as much memory as at first, every age right to a millisecond, the
        /// newest kept.
        #[test]
        fn ages_stay_right_for_months(
            start in 0.0f64..1e7,
            waits in prop::collection::vec(0.0f64..400.0, 1..300),
        ) {
            let mut ring = PulseRing::new(64);
            let mut now = start;
            let mut born = Vec::new();
            ring.follow(now);
            for (n, wait) in waits.iter().enumerate() {
                now += wait;
                ring.follow(now);
                ring.push(&pulse(n), now);
                born.push(now);
            }
            prop_assert_eq!(ring.bytes().len(), 64 * PULSE_BYTES);
            let clock = (now % PERIOD_S) as f32;
            let kept: Vec<f64> = born.into_iter().rev().take(64).collect();
            let mut ages: Vec<f32> = births(&ring).into_iter().map(|birth| clock - birth).collect();
            ages.sort_by(f32::total_cmp);
            for (age, born) in ages.iter().zip(&kept) {
                prop_assert!((f64::from(*age) - (now - born)).abs() < 1e-3, "{} {}", age, now - born);
            }
            // None that is still to be seen is missing.
            let seen = kept.iter().filter(|born| now - **born < PERIOD_S).count();
            prop_assert!(ages.len() >= seen);
        }
    }
}
