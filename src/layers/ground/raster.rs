//! Shapes on the texel grid: even-odd scan lines through the texel middles, and soft edges by box blurs.

use bevy::math::{UVec2, Vec2};

use crate::layers::mesh::Rings;

/// Where the texels are.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    /// South-west corner, world metres.
    pub min: Vec2,
    /// Edge of a texel, metres.
    pub texel_m: f32,
    /// Texels across and up.
    pub size: UVec2,
}

impl Grid {
    /// A mask with nothing marked.
    pub fn empty(&self) -> Vec<bool> {
        vec![false; (self.size.x * self.size.y) as usize]
    }

    /// Marks the texels whose middle lies in the shape.
    pub fn mark(&self, rings: &Rings, mask: &mut [bool]) {
        let texel = |point: Vec2| (point - self.min) / self.texel_m - 0.5;
        let rows = |a: f32, b: f32| {
            let last = self.size.y as f32 - 1.0;
            (a.min(b).ceil().clamp(0.0, last + 1.0) as usize, a.max(b).ceil().clamp(0.0, last + 1.0) as usize)
        };
        let mut crossings: Vec<Vec<f32>> = vec![Vec::new(); self.size.y as usize];
        let (mut low, mut high) = (self.size.y as usize, 0);
        for ring in rings {
            for (index, &from) in ring.iter().enumerate() {
                let (a, b) = (texel(from), texel(ring[(index + 1) % ring.len()]));
                let (first, end) = rows(a.y, b.y);
                for row in first..end {
                    crossings[row].push(a.x + (b.x - a.x) * (row as f32 - a.y) / (b.y - a.y));
                }
                if first < end {
                    (low, high) = (low.min(first), high.max(end));
                }
            }
        }
        let width = self.size.x as usize;
        for row in low..high {
            crossings[row].sort_by(f32::total_cmp);
            for pair in crossings[row].chunks_exact(2) {
                let column = |x: f32| x.ceil().clamp(0.0, width as f32) as usize;
                mask[row * width + column(pair[0])..row * width + column(pair[1])].fill(true);
            }
        }
    }

    /// The mask as shares of 0–1 with edges about `soft_m` wide.
    pub fn softened(&self, mask: &[bool], soft_m: f32) -> Vec<f32> {
        let values = mask.iter().map(|marked| f32::from(*marked)).collect();
        if !mask.contains(&true) {
            return values;
        }
        self.averaged(values, ((soft_m / self.texel_m * 0.5).round() as usize).clamp(1, 64))
    }

    /// Three box blurs of this radius in texels: nearly a Gaussian.
    pub fn averaged(&self, mut values: Vec<f32>, radius: usize) -> Vec<f32> {
        let (width, height) = (self.size.x as usize, self.size.y as usize);
        for _ in 0..3 {
            for row in 0..height {
                blur(&mut values, row * width, 1, width, radius);
            }
            for column in 0..width {
                blur(&mut values, column, width, height, radius);
            }
        }
        values
    }
}

/// One running mean over `count` values from `start`, `stride` apart; the ends count as repeated.
fn blur(values: &mut [f32], start: usize, stride: usize, count: usize, radius: usize) {
    let line: Vec<f32> = (0..count).map(|i| values[start + i * stride]).collect();
    let at = |i: isize| line[i.clamp(0, count as isize - 1) as usize];
    let radius = radius as isize;
    let mut sum: f32 = (-radius..=radius).map(at).sum();
    for i in 0..count as isize {
        values[start + i as usize * stride] = sum / (2 * radius + 1) as f32;
        sum += at(i + radius + 1) - at(i - radius);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { min: Vec2::ZERO, texel_m: 1.0, size: UVec2::new(8, 8) };

    #[test]
    fn a_square_with_a_hole_marks_the_texels_between() {
        let ring = |a: f32, b: f32| vec![Vec2::new(a, a), Vec2::new(b, a), Vec2::new(b, b), Vec2::new(a, b)];
        let mut mask = GRID.empty();
        GRID.mark(&vec![ring(1.0, 7.0), ring(3.0, 5.0)], &mut mask);
        assert_eq!(mask.iter().filter(|marked| **marked).count(), 36 - 4);
        assert!(!mask[0] && mask[9] && !mask[3 * 8 + 3]);
    }

    #[test]
    fn shapes_outside_or_of_no_height_mark_nothing() {
        let mut mask = GRID.empty();
        GRID.mark(&vec![vec![Vec2::new(50.0, 50.0), Vec2::new(60.0, 50.0), Vec2::new(55.0, 60.0)]], &mut mask);
        GRID.mark(&vec![vec![Vec2::new(1.0, 2.5), Vec2::new(6.0, 2.5), Vec2::new(3.0, 2.5)]], &mut mask);
        assert!(!mask.contains(&true));
    }

    #[test]
    fn softening_keeps_the_sum_away_from_the_edge() {
        let mut mask = vec![false; 64];
        mask[27] = true;
        let soft = GRID.softened(&mask, 2.0);
        assert!((soft.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert!(soft[27] < 1.0 && soft[28] > 0.0);
    }
}
