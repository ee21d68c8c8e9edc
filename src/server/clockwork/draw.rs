//! Random draws that are the same on every machine and in every run.
//!
//! A [`Draw`] is keyed by the seed, a purpose and a day, so that each day can be planned alone and in any order. Only
//! additions, multiplications and comparisons are used: no logarithm or sine of a platform's own library can make two
//! machines differ. What is drawn is decided in `arrivals`, `episode` and `life`.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a stream of random numbers is for; keeps the streams of one day apart.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// Intake and lives of one day.
    Day = 1,
    /// Episodes that begin on one day.
    Episodes = 2,
    /// The weather of one day.
    Weather = 3,
    /// What stays the same for years about one cell.
    Cell = 4,
    /// One address or point within a cell.
    Point = 5,
}

/// Eleven deciles (0 % to 100 %) of a positive quantity whose median is 1; between them it is linear.
pub(super) struct Spread([f64; 11]);

/// Things that take about as long each time.
pub(super) const NARROW: Spread = Spread([0.5, 0.65, 0.75, 0.83, 0.92, 1.0, 1.1, 1.22, 1.4, 1.7, 2.5]);
/// Waiting for a person at a desk.
pub(super) const USUAL: Spread = Spread([0.12, 0.36, 0.51, 0.66, 0.82, 1.0, 1.22, 1.52, 1.96, 2.8, 6.0]);
/// Work on matters of very different size.
pub(super) const WIDE: Spread = Spread([0.05, 0.21, 0.36, 0.53, 0.74, 1.0, 1.36, 1.88, 2.75, 4.65, 12.0]);

/// A stream of draws.
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    /// The stream for one purpose on one day (days since 1970) or of one cell; `part` tells several apart.
    pub(super) fn keyed(seed: u64, purpose: Purpose, day: i64, part: u64) -> Self {
        let mut key = [0; 32];
        let mut state = mix(seed ^ (purpose as u64).wrapping_mul(0xA24B_AED4_963E_E407));
        for (word, input) in key.chunks_exact_mut(8).zip([day as u64, part, 0x6772_6964, 0x7761_6C6C]) {
            state = mix(state ^ input.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            word.copy_from_slice(&state.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// 64 random bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in `[0, 1)`.
    pub(super) fn unit(&mut self) -> f64 {
        unit_of(self.bits())
    }

    /// True with probability `p`.
    pub(super) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in `[low, high)`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in `0..count`; 0 if `count` is 0.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// An index by weight; `cumulative` holds running sums. 0 if it is empty.
    pub(super) fn weighted(&mut self, cumulative: &[f64]) -> usize {
        let target = self.unit() * cumulative.last().copied().unwrap_or(0.0);
        cumulative.partition_point(|sum| *sum <= target).min(cumulative.len().saturating_sub(1))
    }

    /// A quantity with this median and spread.
    pub(super) fn around(&mut self, median: f64, spread: &Spread) -> f64 {
        let place = self.unit() * 10.0;
        let decile = (place as usize).min(9);
        let (low, high) = (spread.0[decile], spread.0[decile + 1]);
        median * (low + (high - low) * (place - decile as f64))
    }

    /// A Poisson count with this mean, by products of uniform numbers (Knuth), in parts of at most 16.
    pub(super) fn poisson(&mut self, mean: f64) -> u32 {
        let mut left = if mean.is_finite() { mean.clamp(0.0, 1e6) } else { 0.0 };
        let mut count = 0;
        while left > 0.0 {
            let part = left.min(16.0);
            left -= part;
            let floor = exp_minus(part);
            let mut product = self.unit();
            while product > floor {
                count += 1;
                product *= self.unit();
            }
        }
        count
    }
}

/// A few uniform numbers from one key: cheaper than a [`Draw`] where only a point or an address is needed.
pub(super) struct Pebble(u64);

impl Pebble {
    /// The numbers that belong to `key` for one purpose.
    pub(super) fn new(seed: u64, purpose: Purpose, key: u64) -> Self {
        Self(mix(mix(seed ^ (purpose as u64).wrapping_mul(0xA24B_AED4_963E_E407)) ^ key))
    }

    /// Uniform in `[0, 1)`.
    pub(super) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        unit_of(mix(self.0))
    }

    /// Uniform in `0..count`; 0 if `count` is 0.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1))
    }
}

/// Scrambles 64 bits (the finaliser of SplitMix64).
fn mix(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// The upper 53 bits as a number in `[0, 1)`.
fn unit_of(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// e^−x for x ≥ 0: a series for x/32, squared five times.
fn exp_minus(x: f64) -> f64 {
    let small = -x / 32.0;
    let mut sum = 1.0;
    let mut term = 1.0;
    for n in 1..=12 {
        term *= small / f64::from(n);
        sum += term;
    }
    (0..5).fold(sum, |value, _| value * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_depend_on_every_part_of_the_key_and_on_nothing_else() {
        let first = |seed, purpose, day, part| Draw::keyed(seed, purpose, day, part).bits();
        let base = first(7, Purpose::Day, 20_000, 0);
        assert_eq!(base, first(7, Purpose::Day, 20_000, 0));
        for other in [
            first(8, Purpose::Day, 20_000, 0),
            first(7, Purpose::Episodes, 20_000, 0),
            first(7, Purpose::Day, 20_001, 0),
            first(7, Purpose::Day, 20_000, 1),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn poisson_has_mean_and_variance_of_its_parameter() {
        let mut draw = Draw::keyed(1, Purpose::Day, 0, 0);
        for mean in [0.3, 4.0, 199.0] {
            let counts: Vec<f64> = (0..4000).map(|_| f64::from(draw.poisson(mean))).collect();
            let average = counts.iter().sum::<f64>() / counts.len() as f64;
            let variance = counts.iter().map(|n| (n - average) * (n - average)).sum::<f64>() / counts.len() as f64;
            assert!((average / mean - 1.0).abs() < 0.06, "mean {average} for {mean}");
            assert!((variance / mean - 1.0).abs() < 0.12, "variance {variance} for {mean}");
        }
        assert_eq!(draw.poisson(0.0), 0);
        assert_eq!(draw.poisson(f64::NAN), 0);
    }

    #[test]
    fn spreads_have_their_median_in_the_middle() {
        let mut draw = Draw::keyed(2, Purpose::Day, 0, 0);
        for spread in [&NARROW, &USUAL, &WIDE] {
            let below = (0..10_000).filter(|_| draw.around(60.0, spread) < 60.0).count();
            assert!((4_800..5_200).contains(&below), "{below}");
        }
    }
}
