//! The ground under the map as one small texture: distance to the shore, distance to the district, relief and parks.
//! Sea bands, the shadow under the district, hill shading and soft park tints are read from it in the shaders. Made
//! once per base map, on the task thread of `shapes.rs`.

use bevy::asset::RenderAssetUsages;
use bevy::image::{Image, ImageSampler};
use bevy::math::{Rect, UVec2, Vec2, Vec4};
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};
use geo::{Geometry, MultiPolygon};

use super::mesh::Rings;
use super::mesh::fill::rings_of;
use crate::domain::{Place, PlaceKind};
use crate::map::Projection;

mod distance;
mod raster;
mod relief;

/// Texels on the longer side.
const SIDE: u32 = 1024;
/// Ground shown around the district, metres: a little more than the outermost band of the sea.
const MARGIN_M: f32 = 4000.0;
/// Softness of park tints and of the hills under them, metres.
const PARK_SOFT_M: f32 = 120.0;
const HILL_SOFT_M: f32 = 500.0;

/// The texture as numbers.
#[derive(Clone, Debug)]
pub struct Ground {
    /// South-west corner, world metres.
    pub min: Vec2,
    /// Edge of a texel, metres.
    pub texel_m: f32,
    /// Texels across and up.
    pub size: UVec2,
    /// From the south-west, row by row northwards: km to the shore (in the sea), km to the district (outside it),
    /// shade (−1 lit … 1 dark), share of park.
    pub texels: Vec<Vec4>,
    /// True if the base map says where land ends; otherwise what is not district is drawn as land, not as sea.
    pub has_sea: bool,
}

impl Ground {
    /// Computes the texture for a district made of these features.
    pub fn make(features: &[Rings], places: &[Place], projection: &Projection, bounds: Rect) -> Self {
        let shown = if bounds.is_empty() { Rect::from_center_size(Vec2::ZERO, Vec2::splat(1.0)) } else { bounds };
        let shown = shown.inflate(MARGIN_M);
        let texel_m = shown.size().max_element() / SIDE as f32;
        let size = (shown.size() / texel_m).ceil().as_uvec2().clamp(UVec2::ONE, UVec2::splat(SIDE));
        let grid = raster::Grid { min: shown.min, texel_m, size };

        let mut district = grid.empty();
        features.iter().for_each(|rings| grid.mark(rings, &mut district));
        let has_sea = places.iter().any(|place| matches!(place.kind, PlaceKind::LandOut | PlaceKind::SeaName));
        let mut land = district.clone();
        let mut park = grid.empty();
        for place in places {
            let mask = match place.kind {
                PlaceKind::LandOut => &mut land,
                PlaceKind::Park => &mut park,
                _ => continue,
            };
            grid.mark(&rings_of_shape(&place.shape, projection), mask);
        }

        let to_shore = if has_sea { distance::to_marked(&land, size) } else { vec![0.0; land.len()] };
        let to_district = distance::to_marked(&district, size);
        let tint = grid.softened(&park, PARK_SOFT_M);
        let shade = if has_sea {
            relief::shade(&grid, &district, &grid.softened(&park, HILL_SOFT_M))
        } else {
            // No base map, no claim about hills.
            vec![0.0; land.len()]
        };
        // From texel middle to texel edge: half a texel less.
        let km = |texels: f32| (texels - 0.5).max(0.0) * texel_m / 1000.0;
        let texels =
            (0..land.len()).map(|i| Vec4::new(km(to_shore[i]), km(to_district[i]), shade[i], tint[i])).collect();
        Self { min: shown.min, texel_m, size, texels, has_sea }
    }

    /// South-west corner and size, metres: what the shaders take.
    pub fn placement(&self) -> Vec4 {
        let extent = self.size.as_vec2() * self.texel_m;
        Vec4::new(self.min.x, self.min.y, extent.x, extent.y)
    }

    /// Metres from a point to the district; 0 inside.
    pub fn district_distance_m(&self, world: Vec2) -> f32 {
        let at = ((world - self.min) / self.texel_m).floor().clamp(Vec2::ZERO, (self.size - UVec2::ONE).as_vec2());
        self.texels.get((at.y as u32 * self.size.x + at.x as u32) as usize).map_or(0.0, |texel| texel.y * 1000.0)
    }

    /// The texture, north up.
    pub fn image(&self) -> Image {
        let mut data = Vec::with_capacity(self.texels.len() * 8);
        for row in self.texels.chunks_exact(self.size.x as usize).rev() {
            for texel in row {
                texel.to_array().iter().for_each(|value| data.extend(half_from_f32(*value).to_le_bytes()));
            }
        }
        let extent = Extent3d { width: self.size.x, height: self.size.y, depth_or_array_layers: 1 };
        let mut image =
            Image::new(extent, TextureDimension::D2, data, TextureFormat::Rgba16Float, RenderAssetUsages::RENDER_WORLD);
        image.sampler = ImageSampler::linear();
        image
    }
}

/// The rings of a place that is a surface; none of one that is not.
pub(super) fn rings_of_shape(shape: &Geometry<f64>, projection: &Projection) -> Rings {
    match shape {
        Geometry::Polygon(polygon) => rings_of(&MultiPolygon(vec![polygon.clone()]), projection),
        Geometry::MultiPolygon(polygons) => rings_of(polygons, projection),
        Geometry::GeometryCollection(parts) => parts.iter().flat_map(|part| rings_of_shape(part, projection)).collect(),
        _ => Rings::new(),
    }
}

/// IEEE half precision, rounded towards zero; too large becomes the largest, too small zero.
fn half_from_f32(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16) as u16 & 0x8000;
    let exponent = (bits >> 23 & 0xFF) as i32 - 112;
    match exponent {
        ..=0 => sign,
        31.. => sign | 0x7BFF,
        _ => sign | (exponent as u16) << 10 | (bits >> 13 & 0x3FF) as u16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(min: f32, max: f32) -> Rings {
        vec![vec![Vec2::new(min, min), Vec2::new(max, min), Vec2::new(max, max), Vec2::new(min, max)]]
    }

    #[test]
    fn halves_are_halves() {
        assert_eq!(half_from_f32(1.0), 0x3C00);
        assert_eq!(half_from_f32(-0.5), 0xB800);
        assert_eq!(half_from_f32(0.0), 0);
        assert_eq!(half_from_f32(1e-9), 0);
        assert_eq!(half_from_f32(1e9), 0x7BFF);
    }

    #[test]
    fn distances_are_metres_to_the_edge() {
        let bounds = Rect::new(0.0, 0.0, 2000.0, 2000.0);
        let ground = Ground::make(&[square(0.0, 2000.0)], &[], &Projection::around(0.0, 0.0), bounds);
        assert_eq!(ground.district_distance_m(Vec2::new(1000.0, 1000.0)), 0.0);
        let west = ground.district_distance_m(Vec2::new(-1500.0, 1000.0));
        assert!((west - 1500.0).abs() <= ground.texel_m, "{west}");
        let corner = ground.district_distance_m(Vec2::new(-900.0, -1200.0));
        assert!((corner - 1500.0).abs() <= 1.5 * ground.texel_m, "{corner}");
        // Without a base map there is no sea and no relief.
        assert!(!ground.has_sea && ground.texels.iter().all(|texel| texel.x == 0.0 && texel.z == 0.0));
    }

    #[test]
    fn nothing_to_draw_is_still_a_ground() {
        let ground = Ground::make(&[], &[], &Projection::around(0.0, 0.0), Rect::default());
        assert_eq!(ground.texels.len(), (ground.size.x * ground.size.y) as usize);
    }
}
