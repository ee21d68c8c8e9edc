//! Draws that hang on a seed and a name, so that the same thing is drawn the same at every look, in every run and on
//! every machine, whatever else is drawn.

/// A stream of draws for one thing.
pub struct Chance(u64);

impl Chance {
    /// The stream that belongs to `names` under a seed.
    pub fn of(seed: u64, names: &[&str]) -> Self {
        // FNV-1a, with a mark between the names.
        let bytes = names.iter().flat_map(|name| name.bytes().chain([0xFF]));
        let hash = bytes.fold(0xCBF2_9CE4_8422_2325_u64 ^ seed.wrapping_mul(0x9E37_79B9_7F4A_7C15), |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        Self(hash)
    }

    /// 64 bits (SplitMix64).
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// Uniform in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in `0..count`; 0 if `count` is 0.
    pub fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_draws_of_their_own_and_keep_them() {
        let first = |seed, names: &[&str]| Chance::of(seed, names).bits();
        assert_eq!(first(7, &["a", "b"]), first(7, &["a", "b"]));
        assert_ne!(first(7, &["a", "b"]), first(8, &["a", "b"]));
        assert_ne!(first(7, &["a", "b"]), first(7, &["ab", ""]));
        let mean = (0..4_000).map(|n| Chance::of(1, &[&n.to_string()]).unit()).sum::<f64>() / 4_000.0;
        assert!((0.47..0.53).contains(&mean), "{mean}");
    }
}
