//! The short axis of a rate: round ends that hold the value and its target, with the value in the upper part where rates
//! are high. Position on it says how far; it never carries a bar.

/// The ends of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// Left end.
    pub low: f64,
    /// Right end.
    pub high: f64,
}

/// Lower ends of axes to 100 %.
const FLOORS: [f64; 10] = [99.0, 98.0, 95.0, 90.0, 80.0, 70.0, 60.0, 50.0, 40.0, 0.0];
/// From the lowest of these floors up an axis is short; values that all lie below this end it there.
const LOWEST: f64 = 44.8;
const EARLY_END: f64 = 80.0;
/// Round upper ends, times a power of ten.
const ROUND: [f64; 11] = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];

impl Axis {
    /// The axis of a share that holds all `values`, percent.
    pub fn of_share(values: &[f64]) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if !low.is_finite() || !high.is_finite() {
            return Self { low: 0.0, high: 100.0 };
        }
        if low < 0.0 {
            let reach = round_above(high.max(-low));
            return Self { low: -reach, high: reach };
        }
        if low < LOWEST {
            return Self { low: 0.0, high: round_above(high).min(100.0_f64.max(high)) };
        }
        let floor = FLOORS.into_iter().find(|floor| low >= floor + 0.08 * (100.0 - floor));
        let floor = floor.unwrap_or(0.0);
        let end = if high <= EARLY_END - 4.0 && floor > 0.0 { EARLY_END } else { 100.0 };
        Self { low: floor, high: end.max(high) }
    }

    /// Where a value lies, 0–1.
    pub fn share(self, value: f64) -> f32 {
        (((value - self.low) / (self.high - self.low).max(f64::MIN_POSITIVE)) as f32).clamp(0.0, 1.0)
    }
}

/// The next round number above a number, with a little room.
pub fn round_above(value: f64) -> f64 {
    round_from(value * 1.05)
}

/// The next round number that is not below a number, at least one: where nothing is written above what is drawn.
pub fn round_from(value: f64) -> f64 {
    let wanted = value.max(1.0);
    let power = 10_f64.powf(wanted.log10().floor());
    ROUND.into_iter().map(|step| step * power).find(|end| *end >= wanted).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_round_and_hold_value_and_target() {
        let ends = |values: &[f64]| {
            let axis = Axis::of_share(values);
            (axis.low, axis.high)
        };
        assert_eq!(ends(&[99.93, 99.5]), (99.0, 100.0));
        assert_eq!(ends(&[85.45, 85.0]), (80.0, 100.0));
        assert_eq!(ends(&[88.89, 90.0]), (80.0, 100.0));
        assert_eq!(ends(&[8.2]), (0.0, 10.0));
        assert_eq!(ends(&[-12.0]), (-15.0, 15.0));
        assert_eq!(ends(&[0.0]), (0.0, 1.0), "a verified zero stands at the left end");
        assert_eq!(ends(&[]), (0.0, 100.0));
        assert_eq!(ends(&[62.0, 55.0]), (50.0, 80.0));
        assert_eq!(ends(&[63.0, 47.0]), (40.0, 80.0), "a line of 47 to 63 is not flat");
        assert_eq!((round_above(98.0), round_from(98.0), round_from(1080.0)), (120.0, 100.0, 1200.0));
    }

    #[test]
    fn a_value_beyond_the_end_stays_on_the_axis() {
        let axis = Axis { low: 80.0, high: 100.0 };
        assert_eq!([70.0, 90.0, 120.0].map(|value| axis.share(value)), [0.0, 0.5, 1.0]);
    }
}
