//! Chance and noise for the synthetic district: a small counter-free generator and lattice noise.
//!
//! Only additions, multiplications, shifts and comparisons, so that one seed makes one district on every platform.
//! Everything here is plain numbers; what they shape is in `terrain`.

/// A stream of random numbers (splitmix64: Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The stream number `stream` of `seed`; streams of one seed are independent of each other.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(mix(seed ^ mix(stream.wrapping_add(0x51_7C_C1_B7_27_22_0A_95))))
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        to_unit(self.bits())
    }

    /// A number in `[-1, 1)`.
    pub fn signed(&mut self) -> f64 {
        self.unit() * 2.0 - 1.0
    }

    /// A number in `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number in `0..count`; zero for an empty range.
    pub fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// A roughly normal number: mean 0, deviation 1, never beyond 3.5 (sum of four uniform ones).
    pub fn bell(&mut self) -> f64 {
        (self.unit() + self.unit() + self.unit() + self.unit() - 2.0) * 1.732_050_807_568_877_2
    }

    /// Puts `items` in random order (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// 64 bits, well stirred (the finaliser of splitmix64).
pub fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// The upper 53 bits as a number in `[0, 1)`.
fn to_unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// Smooth noise in `[-1, 1]` with features about one unit wide.
pub fn smooth(seed: u64, x: f64, y: f64) -> f64 {
    let (column, row) = (x.floor(), y.floor());
    let (fx, fy) = (fade(x - column), fade(y - row));
    let corner = |dx: i64, dy: i64| {
        let (i, j) = ((column as i64 + dx) as u64, (row as i64 + dy) as u64);
        to_unit(mix(seed ^ mix(i.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ mix(j)))) * 2.0 - 1.0
    };
    let south = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * fx;
    let north = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * fx;
    south + (north - south) * fy
}

/// Several octaves of [`smooth`], each twice as fine and about half as strong; in `[-1, 1]`.
pub fn rough(seed: u64, x: f64, y: f64, octaves: u32) -> f64 {
    let (mut sum, mut total, mut strength) = (0.0, 0.0, 1.0);
    let (mut x, mut y) = (x, y);
    for octave in 0..octaves {
        sum += strength * smooth(seed.wrapping_add(octave as u64 * 7919), x, y);
        total += strength;
        strength *= 0.52;
        (x, y) = (x * 2.03 + 11.7, y * 2.03 + 5.3);
    }
    if total > 0.0 { sum / total } else { 0.0 }
}

/// A bell-like bump: 1 at 0, 0 from ±1 on, smooth in between.
pub fn bump(u: f64) -> f64 {
    if u.abs() >= 1.0 {
        return 0.0;
    }
    let rest = 1.0 - u * u;
    rest * rest
}

/// 0 below `low`, 1 above `high`, smooth in between.
pub fn ramp(value: f64, low: f64, high: f64) -> f64 {
    fade(((value - low) / (high - low)).clamp(0.0, 1.0))
}

fn fade(t: f64) -> f64 {
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_is_one_stream_for_ever() {
        let mut dice = Dice::new(7, 1);
        let first: Vec<u64> = (0..3).map(|_| dice.bits()).collect();
        let mut again = Dice::new(7, 1);
        assert_eq!(first, (0..3).map(|_| again.bits()).collect::<Vec<_>>());
        assert_ne!(first[0], Dice::new(7, 2).bits());
        assert_ne!(first[0], Dice::new(8, 1).bits());
    }

    #[test]
    fn noise_stays_in_its_range_and_is_continuous() {
        for step in -400..400 {
            let x = step as f64 * 0.037;
            let value = rough(3, x, -x * 0.7, 4);
            assert!(value.abs() <= 1.0);
            assert!((value - rough(3, x + 1e-6, -x * 0.7, 4)).abs() < 1e-3);
        }
    }

    #[test]
    fn dice_are_fair_enough() {
        let mut dice = Dice::new(1, 1);
        let mean = (0..20_000).map(|_| dice.bell()).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((0..1000).all(|_| dice.below(3) < 3));
    }
}
