//! When single arcs are too many: how fast tickets move per street, and whether they are drawn one by one or merged into
//! streams whose width is the rate. Pure.
//!
//! At most [`ARCS_ALIVE`] arcs fly at once. A step that finds no room is merged and counted; while more than
//! [`BURST_PER_S`] come a second, all are. What was merged is said on the wall, never left out in silence.

use std::collections::VecDeque;

/// How long an arc flies, seconds. Keep in sync with `flow.wgsl`.
pub const FLIGHT_S: f64 = 2.4;
/// Most arcs in flight at once.
pub const ARCS_ALIVE: usize = 12;
/// More steps than this a second are a burst.
pub const BURST_PER_S: f64 = 5.0;
/// A burst ends when the rate has fallen to this.
const CALM_PER_S: f64 = 2.0;
/// Rates are means of about this many seconds.
const MEMORY_S: f64 = 4.0;
/// Width of a stream, u per ticket a second.
pub const U_PER_RATE: f32 = 0.8;
/// Streams are not drawn wider, u. The figure beside the hub says the rate.
pub const WIDEST_U: f32 = 26.0;

/// How a step is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// By an arc of its own.
    Single,
    /// Only as a part of a stream.
    Merged,
}

/// A mean rate that forgets exponentially: two numbers, whatever the rate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    /// Steps a second at `at_s`.
    value: f64,
    at_s: f64,
}

impl Rate {
    /// Takes in one step.
    pub fn note(&mut self, now_s: f64) {
        self.value = self.at(now_s) + 1.0 / MEMORY_S;
        self.at_s = self.at_s.max(now_s);
    }

    /// The rate now, steps a second.
    pub fn at(&self, now_s: f64) -> f64 {
        self.value * (-(now_s - self.at_s).max(0.0) / MEMORY_S).exp()
    }
}

/// Rates of one street.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StreetRates {
    /// Towards the centre.
    pub up: Rate,
    /// To where it is handled.
    pub down: Rate,
}

/// The rates of all streets, and the burst if there is one.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    all: Rate,
    streets: Vec<StreetRates>,
    /// Ends of the flights of single arcs; at most [`ARCS_ALIVE`].
    flights: VecDeque<f64>,
    is_burst: bool,
    merged: u64,
}

impl Rates {
    /// For so many streets, everything at rest.
    pub fn new(streets: usize) -> Self {
        Self { streets: vec![StreetRates::default(); streets], ..Self::default() }
    }

    /// Takes in one step of a street (by its index), up or down, and says how to draw it.
    pub fn note(&mut self, now_s: f64, street: Option<usize>, is_up: bool) -> Manner {
        self.all.note(now_s);
        if let Some(rates) = street.and_then(|street| self.streets.get_mut(street)) {
            if is_up { rates.up.note(now_s) } else { rates.down.note(now_s) }
        }
        self.settle(now_s);
        if self.is_burst || self.flights.len() >= ARCS_ALIVE {
            self.merged += 1;
            return Manner::Merged;
        }
        self.flights.push_back(now_s + FLIGHT_S);
        Manner::Single
    }

    /// Ends flights and bursts that are over. Call it in every frame that is drawn anyway.
    pub fn settle(&mut self, now_s: f64) {
        while self.flights.front().is_some_and(|end| *end <= now_s) {
            self.flights.pop_front();
        }
        let rate = self.all.at(now_s);
        self.is_burst = rate > if self.is_burst { CALM_PER_S } else { BURST_PER_S };
        if !self.is_burst && self.flights.is_empty() {
            self.merged = 0;
        }
    }

    /// How many steps were merged since the last calm; 0 while all are drawn one by one.
    pub fn merged(&self) -> u64 {
        self.merged
    }

    /// True while steps are merged into streams.
    pub fn is_burst(&self) -> bool {
        self.is_burst
    }

    /// Arcs in flight.
    pub fn alive(&self) -> usize {
        self.flights.len()
    }

    /// The rates per street.
    pub fn streets(&self) -> &[StreetRates] {
        &self.streets
    }
}

/// Width of a stream for a rate, u; 0 where nothing moves.
pub fn stream_width_u(per_s: f64) -> f32 {
    if per_s < 0.02 { 0.0 } else { (per_s as f32 * U_PER_RATE).clamp(1.2, WIDEST_U) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_ticket_in_seven_minutes_flies_alone() {
        let mut rates = Rates::new(3);
        for n in 0..100 {
            let now = f64::from(n) * 420.0;
            assert_eq!(rates.note(now, Some(1), true), Manner::Single);
            assert_eq!((rates.alive(), rates.merged(), rates.is_burst()), (1, 0, false));
        }
    }

    #[test]
    fn five_hundred_a_second_are_streams_of_that_width_and_then_calm() {
        let mut rates = Rates::new(2);
        let mut single = 0;
        for n in 0..500 * 60 {
            let street = Some(usize::from(n % 4 == 0));
            single += usize::from(rates.note(f64::from(n) / 500.0, street, true) == Manner::Single);
        }
        assert!(rates.is_burst() && single <= ARCS_ALIVE, "{single}");
        assert_eq!(rates.merged(), 30_000 - single as u64, "each is either drawn or counted");
        let per_s = rates.streets()[0].up.at(60.0);
        assert!((per_s - 375.0).abs() < 4.0, "{per_s}");
        assert_eq!(stream_width_u(per_s), WIDEST_U);
        assert_eq!(stream_width_u(10.0), 8.0);
        rates.settle(100.0);
        assert!(!rates.is_burst() && rates.merged() == 0 && rates.alive() == 0);
        assert_eq!(stream_width_u(rates.streets()[0].up.at(120.0)), 0.0);
        assert_eq!(rates.note(100.0, None, false), Manner::Single);
    }

    proptest! {
        /// Never more arcs than allowed, and every step is either drawn or counted.
        #[test]
        fn all_are_drawn_or_counted(waits in prop::collection::vec(0.0f64..2.0, 1..400)) {
            let mut rates = Rates::new(1);
            let (mut now, mut counted) = (0.0, 0);
            for wait in waits {
                now += wait;
                rates.settle(now);
                let before = rates.merged();
                let manner = rates.note(now, Some(0), false);
                prop_assert!(rates.alive() <= ARCS_ALIVE);
                if manner == Manner::Merged {
                    counted += 1;
                    prop_assert_eq!(rates.merged(), before + 1);
                }
            }
            prop_assert!(counted >= rates.merged());
        }
    }
}
