//! The ground under the map as one small texture: the shadow that lifts the district, relief, parks. The sea's bands
//! are polygons (`ground/sea.rs`). Made once per base map, on the task thread of `shapes.rs`.

use bevy::asset::RenderAssetUsages;
use bevy::image::{Image, ImageSampler};
use bevy::math::{Rect, UVec2, Vec2, Vec4};
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};
use geo::{Geometry, MultiPolygon};

use super::mesh::Rings;
use super::mesh::fill::rings_of;
use crate::domain::{Place, PlaceKind};
use crate::map::Projection;
use crate::palette::{Palette, Rgb, Theme};

mod contour;
mod distance;
mod raster;
mod relief;
pub mod sea;

/// Texels on the longer side.
const SIDE: f32 = 768.0;
/// Ground shown around the district, as a share of its extent: room for the shadow.
const MARGIN_SHARE: f32 = 0.06;
/// Softness of park tints and of the hills under them, metres.
const PARK_SOFT_M: f32 = 120.0;
const HILL_SOFT_M: f32 = 500.0;
/// The shadow as the design has it when the district fills the picture, about 1000 u across: 8 u to the south, soft over
/// 26 u outwards and 16 u inwards.
const U_ACROSS: f32 = 1000.0;
const SHADOW_SOUTH_U: f32 = 8.0;
const SHADOW_SOFT_U: [f32; 2] = [-16.0, 26.0];

/// The texture as numbers.
#[derive(Clone, Debug)]
pub struct Ground {
    /// South-west corner, world metres.
    pub min: Vec2,
    /// Edge of a texel, metres.
    pub texel_m: f32,
    /// Texels across and up.
    pub size: UVec2,
    /// From the south-west, row by row northwards: shadow (0–255), relief (255 lit … 128 flat … 0 in shade), park.
    pub texels: Vec<[u8; 4]>,
    /// Per texel: metres to the district; 0 inside.
    outside_m: Vec<f32>,
    /// True if the base map says where land ends; otherwise what is not district is drawn as land, not as sea.
    pub has_sea: bool,
}

impl Ground {
    /// Computes the texture for a district made of these features.
    pub fn make(features: &[Rings], places: &[Place], projection: &Projection, bounds: Rect) -> Self {
        let shown = if bounds.is_empty() { Rect::from_center_size(Vec2::ZERO, Vec2::splat(1.0)) } else { bounds };
        let extent_m = shown.size().max_element();
        let shown = shown.inflate(extent_m * MARGIN_SHARE);
        let texel_m = shown.size().max_element() / SIDE;
        let size = (shown.size() / texel_m).ceil().as_uvec2().clamp(UVec2::ONE, UVec2::splat(SIDE as u32));
        let grid = raster::Grid { min: shown.min, texel_m, size };

        let mut district = grid.empty();
        features.iter().for_each(|rings| grid.mark(rings, &mut district));
        let mut park = grid.empty();
        for place in places.iter().filter(|place| place.kind == PlaceKind::Park) {
            grid.mark(&rings_of_shape(&place.shape, projection), &mut park);
        }
        let has_sea = places.iter().any(|place| matches!(place.kind, PlaceKind::LandOut | PlaceKind::SeaName));
        let tint = grid.softened(&park, PARK_SOFT_M);
        let shade = if has_sea {
            relief::shade(&grid, &district, &grid.softened(&park, HILL_SOFT_M))
        } else {
            // No base map, no claim about hills.
            vec![0.0; district.len()]
        };
        // From texel middle to texel edge: half a texel less.
        let outside_m: Vec<f32> =
            distance::to_marked(&district, size).into_iter().map(|d| (d - 0.5).max(0.0) * texel_m).collect();

        let u_m = extent_m / U_ACROSS;
        let north = ((SHADOW_SOUTH_U * u_m / texel_m).round() as usize) * size.x as usize;
        let byte = |share: f32| (share.clamp(0.0, 1.0) * 255.0).round() as u8;
        let texels = (0..district.len())
            .map(|i| {
                let from_district_u = outside_m.get(i + north).map_or(f32::MAX, |metres| metres / u_m);
                let t = ((from_district_u - SHADOW_SOFT_U[0]) / (SHADOW_SOFT_U[1] - SHADOW_SOFT_U[0])).clamp(0.0, 1.0);
                [byte(1.0 - t * t * (3.0 - 2.0 * t)), byte(0.5 - shade[i] * 0.5), byte(tint[i]), 255]
            })
            .collect();
        Self { min: shown.min, texel_m, size, texels, outside_m, has_sea }
    }

    /// South-west corner and size, metres: what the shaders take.
    pub fn placement(&self) -> Vec4 {
        let extent = self.size.as_vec2() * self.texel_m;
        Vec4::new(self.min.x, self.min.y, extent.x, extent.y)
    }

    /// Metres from a point to the district; 0 inside. Far away it is at least as far as the texture reaches.
    pub fn district_distance_m(&self, world: Vec2) -> f32 {
        let at = ((world - self.min) / self.texel_m).floor();
        let inside = at.clamp(Vec2::ZERO, (self.size - UVec2::ONE).as_vec2());
        let near = self.outside_m.get((inside.y as u32 * self.size.x + inside.x as u32) as usize);
        near.copied().unwrap_or(0.0) + at.distance(inside) * self.texel_m
    }

    /// The texture, north up: the colour of the land in sRGB bytes and the shadow as alpha. Parks are tinted only where no
    /// colour of the land means a figure: their green would be taken for a class.
    pub fn image(&self, p: &Palette, has_parks: bool) -> Image {
        // Strongest light and shade of the relief; never more than a quarter.
        let [lit, shaded] = if p.theme == Theme::Dark { [24.0, 64.0] } else { [50.0, 30.0] };
        let land = |[shadow, relief, park, _]: [u8; 4]| {
            let soil = if has_parks { p.map_land.mix(p.map_park, f32::from(park) / 255.0) } else { p.map_land };
            let light = (f32::from(relief) - 128.0) / 127.5;
            let end = if light > 0.0 { Rgb([255; 3]) } else { Rgb([0; 3]) };
            let [r, g, b] = soil.mix(end, light.abs() * if light > 0.0 { lit } else { shaded } / 255.0).bytes();
            [r, g, b, shadow]
        };
        let rows = self.texels.chunks_exact(self.size.x as usize).rev();
        let data = rows.flat_map(|row| row.iter().flat_map(|texel| land(*texel))).collect();
        let extent = Extent3d { width: self.size.x, height: self.size.y, depth_or_array_layers: 1 };
        let format = TextureFormat::Rgba8Unorm;
        let mut image = Image::new(extent, TextureDimension::D2, data, format, RenderAssetUsages::RENDER_WORLD);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn square(min: f32, max: f32) -> Rings {
        vec![vec![Vec2::new(min, min), Vec2::new(max, min), Vec2::new(max, max), Vec2::new(min, max)]]
    }

    #[test]
    fn distances_are_metres_to_the_edge() {
        let bounds = Rect::new(0.0, 0.0, 20_000.0, 20_000.0);
        let ground = Ground::make(&[square(0.0, 20_000.0)], &[], &Projection::around(0.0, 0.0), bounds);
        assert_eq!(ground.district_distance_m(Vec2::new(1000.0, 1000.0)), 0.0);
        let west = ground.district_distance_m(Vec2::new(-900.0, 1000.0));
        assert!((west - 900.0).abs() <= ground.texel_m, "{west}");
        let corner = ground.district_distance_m(Vec2::new(-600.0, -800.0));
        assert!((corner - 1000.0).abs() <= 1.5 * ground.texel_m, "{corner}");
        assert!(ground.district_distance_m(Vec2::new(-9000.0, 1000.0)) > 8000.0);
        // Without a base map there is no sea and no relief.
        assert!(!ground.has_sea && ground.texels.iter().all(|texel| texel[1] == 128));
    }

    #[test]
    fn the_shadow_falls_south_and_fades() {
        let bounds = Rect::new(0.0, 0.0, 10_000.0, 10_000.0);
        let ground = Ground::make(&[square(0.0, 10_000.0)], &[], &Projection::around(0.0, 0.0), bounds);
        let shadow = |x: f32, y: f32| {
            let at = ((Vec2::new(x, y) - ground.min) / ground.texel_m).as_uvec2();
            ground.texels[(at.y * ground.size.x + at.x) as usize][0]
        };
        assert!(shadow(5000.0, -100.0) > shadow(5000.0, 10_100.0));
        assert!(shadow(5000.0, -100.0) > shadow(5000.0, -250.0));
        assert_eq!(shadow(5000.0, -500.0), 0);
    }

    #[test]
    fn parks_are_plain_land_where_colours_mean_figures() {
        for palette in [&crate::palette::DARK, &crate::palette::BRIGHT] {
            let ground = Ground {
                min: Vec2::ZERO,
                texel_m: 1.0,
                size: UVec2::new(2, 1),
                texels: vec![[0, 128, 0, 255], [0, 128, 255, 255]],
                outside_m: vec![0.0; 2],
                has_sea: true,
            };
            let of = |has_parks| ground.image(palette, has_parks).data.unwrap_or_default();
            let (plain, green) = (of(false), of(true));
            assert_eq!(plain[..4], plain[4..8]);
            assert_ne!(green[..4], green[4..8]);
        }
    }

    #[test]
    fn nothing_to_draw_is_still_a_ground() {
        let ground = Ground::make(&[], &[], &Projection::around(0.0, 0.0), Rect::default());
        assert_eq!(ground.texels.len(), (ground.size.x * ground.size.y) as usize);
        assert!(ground.texels.iter().all(|texel| texel[0] == 0));
    }
}
