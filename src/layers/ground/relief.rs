//! A quiet relief: ridged noise, strong where the base map has hills and parks, lit from the north-west. It says "hilly
//! there", not more; a site with an elevation model will bring its own.

use bevy::math::Vec2;

use super::raster::Grid;

/// Height of the ridges where there is no park, and what a park adds.
const PLAIN: f32 = 0.16;
const HILL: f32 = 1.3;
/// Waves per kilometre of the broadest ridges.
const FREQUENCY: f32 = 0.62;

/// Per texel: −1 fully lit, 1 fully in shade, 0 flat or outside the district.
pub fn shade(grid: &Grid, district: &[bool], hills: &[f32]) -> Vec<f32> {
    let (width, height) = (grid.size.x as usize, grid.size.y as usize);
    let step_km = grid.texel_m / 1000.0;
    let elevation: Vec<f32> = (0..width * height)
        .map(|i| {
            // One texel more on the north and east, for the slope.
            let near = district[i] || (i % width > 0 && district[i - 1]) || (i >= width && district[i - width]);
            if !near {
                return 0.0;
            }
            let at = grid.min / 1000.0 + Vec2::new((i % width) as f32, (i / width) as f32) * step_km;
            (PLAIN + HILL * hills[i]) * ridges(at * FREQUENCY)
        })
        .collect();
    (0..width * height)
        .map(|i| {
            if !district[i] || i % width + 1 == width || i + width >= elevation.len() {
                return 0.0;
            }
            let east = (elevation[i + 1] - elevation[i]) / step_km;
            let north = (elevation[i + width] - elevation[i]) / step_km;
            ((north - east) * 0.8).clamp(-1.0, 1.0)
        })
        .collect()
}

/// How round a crest is: a sharp one flips from light to shade along a line, which looks like a seam.
const ROUND: f32 = 0.24;

/// Four octaves of ridges, turned off the axes: the noise's own grid must not show.
fn ridges(at: Vec2) -> f32 {
    let mut at = Vec2::from_angle(0.55).rotate(at);
    let (mut sum, mut weight) = (0.0, 0.5);
    for octave in 0..4 {
        let crest = 1.0 + ROUND - (2.0 * noise(at, octave) - 1.0).hypot(ROUND);
        sum += weight * crest * crest;
        at = Vec2::new(at.x * 1.93 + at.y * 0.25, at.y * 1.93 - at.x * 0.12) + Vec2::new(5.3, 2.9);
        weight *= 0.46;
    }
    sum
}

/// Smooth value noise of 0–1.
fn noise(at: Vec2, octave: u32) -> f32 {
    let cell = at.floor();
    let t = at - cell;
    let s = t * t * (3.0 - 2.0 * t);
    let (x, y) = (cell.x as i32, cell.y as i32);
    let corner = |dx: i32, dy: i32| hash(x.wrapping_add(dx), y.wrapping_add(dy), octave);
    let south = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * s.x;
    let north = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * s.x;
    south + (north - south) * s.y
}

/// A number of 0–1 from three integers; the finaliser is murmur3's.
fn hash(x: i32, y: i32, octave: u32) -> f32 {
    let mut h =
        (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77) ^ octave.wrapping_mul(0xC2B2_AE3D);
    h = (h ^ (h >> 16)).wrapping_mul(0x85EB_CA6B);
    h = (h ^ (h >> 13)).wrapping_mul(0xC2B2_AE35);
    (h ^ (h >> 16)) as f32 / u32::MAX as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::math::UVec2;

    #[test]
    fn hills_are_rougher_than_the_plain_and_outside_is_flat() {
        let grid = Grid { min: Vec2::ZERO, texel_m: 50.0, size: UVec2::new(64, 64) };
        let mut inside = vec![true; 64 * 64];
        inside[..64].fill(false);
        let rough = |hills: f32| shade(&grid, &inside, &[hills; 64 * 64]).iter().map(|s| s.abs()).sum::<f32>();
        assert!(rough(1.0) > 3.0 * rough(0.0));
        assert!(shade(&grid, &inside, &[1.0; 64 * 64])[..64].iter().all(|s| *s == 0.0));
    }

    #[test]
    fn noise_is_continuous_and_within_its_range() {
        for i in 0..1000 {
            let at = Vec2::new(i as f32 * 0.013 - 5.0, i as f32 * 0.007);
            let value = noise(at, 1);
            assert!((0.0..=1.0).contains(&value));
            assert!((noise(at + Vec2::splat(1e-4), 1) - value).abs() < 1e-2);
        }
    }
}
