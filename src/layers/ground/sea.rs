//! The sea's depth bands: regions by their distance from the nearest shore, smooth enough to be seen close.

use bevy::math::{Rect, UVec2};

use super::raster::Grid;
use super::{contour, distance};
use crate::layers::mesh::Rings;

/// Where one band ends and the next begins, km from the shore, outermost first.
pub const BAND_KM: [f32; 4] = [2.6, 1.7, 1.0, 0.45];
/// Texels on the longer side.
const SIDE: f32 = 768.0;
/// Sea that is drawn around the district, metres, and as a share of its extent.
const MARGIN_M: f32 = 15_000.0;
const MARGIN_SHARE: f32 = 0.8;

/// The region within each of [`BAND_KM`] of the land, land included.
pub fn bands<'a>(land: impl IntoIterator<Item = &'a Rings>, bounds: Rect) -> [Rings; 4] {
    let shown = bounds.inflate(MARGIN_M.max(bounds.size().max_element() * MARGIN_SHARE));
    let texel_m = shown.size().max_element() / SIDE;
    let size = (shown.size() / texel_m).ceil().as_uvec2().max(UVec2::ONE);
    let grid = Grid { min: shown.min, texel_m, size };
    let mut mask = grid.empty();
    land.into_iter().for_each(|rings| grid.mark(rings, &mut mask));
    let texels = distance::to_marked(&mask, size);
    // From texel middle to texel edge: half a texel less. A texel either is land or not; averaging takes the steps out.
    let metres: Vec<f32> = texels.into_iter().map(|d| (d.min(1e4) - 0.5).max(0.0) * texel_m).collect();
    let smooth = grid.averaged(metres, 1);
    BAND_KM.map(|km| contour::below(&grid, &smooth, km * 1000.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::mesh::fill::fill;
    use bevy::math::Vec2;

    #[test]
    fn bands_are_as_wide_as_they_say() {
        let island = vec![vec![Vec2::ZERO, Vec2::new(1000.0, 0.0), Vec2::new(1000.0, 1000.0), Vec2::new(0.0, 1000.0)]];
        let bands = bands([&island], Rect::new(0.0, 0.0, 1000.0, 1000.0));
        for (rings, km) in bands.iter().zip(BAND_KM) {
            let expected = 1.0 + 4.0 * f64::from(km) + std::f64::consts::PI * f64::from(km).powi(2);
            let got = fill(rings).area_m2() / 1e6;
            // The grid's step is 40 m.
            let allowed = 0.04 * (4.0 + std::f64::consts::TAU * f64::from(km));
            assert!((got - expected).abs() < allowed, "{km} km: {got}, not {expected}");
        }
    }
}
