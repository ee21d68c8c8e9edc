//! What an event weighs. The first at an address cell weighs 1, the second 1/2, the n-th 1/n, so that one address that
//! calls a hundred times weighs as much as five or six, and cannot make a hot spot alone.
//!
//! The weight of a cell is a function of its count only: independent of order, exact, and undone by counting down.

/// One event, as the field counts: Q24.8.
pub const UNIT: u32 = 256;
/// From this count on, more events at the same address add nothing.
const LAST: usize = 4096;

/// From the count of an address cell to its weight in units of 1/256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    table: Option<Box<[u32]>>,
}

impl Weights {
    /// Every event weighs 1.
    pub fn plain() -> Self {
        Self { table: None }
    }

    /// The n-th event at an address weighs 1/n: a count of n weighs the harmonic number H(n), rounded to 1/256.
    pub fn damped() -> Self {
        let mut sum = 0.0_f64;
        let table = (0..LAST).map(|n| {
            if n > 0 {
                sum += 1.0 / n as f64;
            }
            (sum * f64::from(UNIT)).round() as u32
        });
        Self { table: Some(table.collect()) }
    }

    /// True if repetition weighs less.
    pub fn is_damped(&self) -> bool {
        self.table.is_some()
    }

    /// The weight of an address with this count.
    #[inline]
    pub fn of(&self, count: u32) -> u32 {
        match &self.table {
            None => count.wrapping_mul(UNIT),
            Some(table) => table[(count as usize).min(LAST - 1)],
        }
    }

    /// The table as a GPU takes it; a single zero means plain.
    pub fn table(&self) -> &[u32] {
        self.table.as_deref().unwrap_or(&[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_calls_weigh_as_five() {
        let weights = Weights::damped();
        assert_eq!((weights.of(0), weights.of(1), weights.of(2)), (0, 256, 384));
        assert!((5.0..5.3).contains(&(f64::from(weights.of(100)) / 256.0)));
        assert_eq!(weights.of(u32::MAX), weights.of(4095));
        assert!((0..5000).all(|n| weights.of(n) <= weights.of(n + 1)));
        assert_eq!(Weights::plain().of(100), 25_600);
    }
}
