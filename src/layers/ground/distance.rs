//! Exact Euclidean distances on the texel grid, in texels, by lower envelopes of parabolas in two passes
//! (Felzenszwalb and Huttenlocher, Distance Transforms of Sampled Functions, 2012).

use bevy::math::UVec2;

/// What stands for "infinitely far", squared texels.
const FAR: f32 = 1e9;

/// From each texel to the nearest marked one; far everywhere if none is marked.
pub fn to_marked(mask: &[bool], size: UVec2) -> Vec<f32> {
    let (width, height) = (size.x as usize, size.y as usize);
    let mut squared: Vec<f32> = mask.iter().map(|marked| if *marked { 0.0 } else { FAR }).collect();
    let mut envelope = Envelope::default();
    for column in 0..width {
        envelope.run(&mut squared, column, width, height);
    }
    for row in 0..height {
        envelope.run(&mut squared, row * width, 1, width);
    }
    squared.into_iter().map(f32::sqrt).collect()
}

#[derive(Default)]
struct Envelope {
    values: Vec<f32>,
    apex: Vec<usize>,
    from: Vec<f32>,
}

impl Envelope {
    /// Replaces a line of values by the lower envelope of the parabolas that stand on them.
    fn run(&mut self, line: &mut [f32], start: usize, stride: usize, count: usize) {
        self.values.clear();
        self.values.extend((0..count).map(|i| line[start + i * stride]));
        self.apex.clear();
        self.from.clear();
        for (i, &value) in self.values.iter().enumerate() {
            if value >= FAR {
                continue;
            }
            let mut begin = f32::NEG_INFINITY;
            while let (Some(&apex), Some(&from)) = (self.apex.last(), self.from.last()) {
                let (a, b) = (apex as f32, i as f32);
                begin = ((value + b * b) - (self.values[apex] + a * a)) / (2.0 * (b - a));
                if begin > from {
                    break;
                }
                self.apex.pop();
                self.from.pop();
                begin = f32::NEG_INFINITY;
            }
            self.apex.push(i);
            self.from.push(begin);
        }
        if self.apex.is_empty() {
            return;
        }
        let mut part = 0;
        for i in 0..count {
            while part + 1 < self.apex.len() && self.from[part + 1] <= i as f32 {
                part += 1;
            }
            let off = i as f32 - self.apex[part] as f32;
            line[start + i * stride] = off * off + self.values[self.apex[part]];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_trying_all() {
        let size = UVec2::new(23, 17);
        let mask: Vec<bool> = (0..size.x * size.y).map(|i| i.wrapping_mul(2_654_435_761) % 97 < 4).collect();
        let distance = to_marked(&mask, size);
        let place = |i: usize| ((i as u32 % size.x) as f32, (i as u32 / size.x) as f32);
        for (i, found) in distance.iter().enumerate() {
            let (x, y) = place(i);
            let marked = mask.iter().enumerate().filter(|(_, marked)| **marked);
            let nearest = marked.map(|(j, _)| (place(j).0 - x).hypot(place(j).1 - y)).fold(f32::MAX, f32::min);
            assert!((found - nearest).abs() < 1e-3, "texel {i}: {found}, not {nearest}");
        }
    }

    #[test]
    fn nothing_marked_is_far() {
        assert!(to_marked(&[false; 12], UVec2::new(4, 3)).iter().all(|d| *d > 1e4));
    }
}
