//! Longitude and latitude to metres on the map plane and back.
//!
//! A local equirectangular projection around the middle of the district: x east, y north, in metres. Scale is exact on
//! the parallel of the origin; a distance east or west that lies Δφ north of it is wrong by about tan(φ₀)·Δφ, which is
//! 0.2 % at 30 km and 21° N. That is far below a pixel of a district and costs two multiplications per point.

use bevy::math::{DVec2, Vec2};
use bevy::prelude::Resource;
use geo::BoundingRect;

use crate::domain::AreaTable;

/// Semi-major axis of WGS 84, metres.
const SEMI_MAJOR_M: f64 = 6_378_137.0;
/// First eccentricity squared of WGS 84.
const ECCENTRICITY_2: f64 = 0.006_694_379_990_14;
/// Nearer to a pole than this the projection has no useful scale.
const LAT_MAX: f64 = 85.0;

/// The projection of one district. Longitude and latitude are CRS84 degrees; world is metres from the origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projection {
    /// Longitude of the origin, degrees.
    pub origin_lon: f64,
    /// Latitude of the origin, degrees.
    pub origin_lat: f64,
    /// Metres per degree east and north at the origin.
    m_per_deg: DVec2,
}

impl Projection {
    /// The projection around this point. The latitude is held within ±85°, the longitude within ±180°.
    pub fn around(origin_lon: f64, origin_lat: f64) -> Self {
        let origin_lat = origin_lat.clamp(-LAT_MAX, LAT_MAX);
        let origin_lon = origin_lon.clamp(-180.0, 180.0);
        let (sin, cos) = origin_lat.to_radians().sin_cos();
        // Radii of curvature of the ellipsoid in the meridian (m) and in the prime vertical (n).
        let w = 1.0 - ECCENTRICITY_2 * sin * sin;
        let m = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2) / (w * w.sqrt());
        let n = SEMI_MAJOR_M / w.sqrt();
        let m_per_deg = DVec2::new((n * cos).to_radians(), m.to_radians());
        Self { origin_lon, origin_lat, m_per_deg }
    }

    /// World metres of a point, in full precision.
    pub fn world_from_lonlat_f64(&self, lon: f64, lat: f64) -> DVec2 {
        let mut east = lon - self.origin_lon;
        if east > 180.0 {
            east -= 360.0;
        } else if east < -180.0 {
            east += 360.0;
        }
        DVec2::new(east, lat - self.origin_lat) * self.m_per_deg
    }

    /// World metres of a point, as the GPU takes them: 1 cm apart at 100 km from the origin.
    pub fn world_from_lonlat(&self, lon: f64, lat: f64) -> Vec2 {
        self.world_from_lonlat_f64(lon, lat).as_vec2()
    }

    /// Longitude and latitude of a world point, degrees.
    pub fn lonlat_from_world(&self, world: Vec2) -> (f64, f64) {
        let deg = world.as_dvec2() / self.m_per_deg;
        (self.origin_lon + deg.x, self.origin_lat + deg.y)
    }
}

/// The projection in use: around the middle of the district's bounding box. `None` before the first areas.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct MapProjection(pub Option<Projection>);

/// The projection for these areas; `None` if none has a usable boundary.
pub fn around_areas(table: &AreaTable) -> Option<Projection> {
    let boxes = table.iter().filter_map(|(_, area)| area.boundary.bounding_rect());
    let finite =
        boxes.filter(|one| [one.min().x, one.min().y, one.max().x, one.max().y].iter().all(|it| it.is_finite()));
    let all = finite.reduce(|all, one| {
        geo::Rect::new(
            (all.min().x.min(one.min().x), all.min().y.min(one.min().y)),
            (all.max().x.max(one.max().x), all.max().y.max(one.max().y)),
        )
    })?;
    Some(Projection::around(all.center().x, all.center().y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_comes_back() {
        let projection = Projection::around(109.3, 21.2);
        for (lon, lat) in [(109.3, 21.2), (109.41, 21.05), (109.0, 21.55), (110.2, 20.4)] {
            let world = projection.world_from_lonlat(lon, lat);
            let (lon_back, lat_back) = projection.lonlat_from_world(world);
            // f32 metres: 1e-7° is about 1 cm.
            assert!(
                (lon - lon_back).abs() < 1.5e-7 && (lat - lat_back).abs() < 1.5e-7,
                "{lon} {lat} → {lon_back} {lat_back}"
            );
        }
    }

    #[test]
    fn metres_are_metres() {
        // Length of a degree at 45° N on WGS 84: 111,131.8 m of latitude, 78,846.8 m of longitude.
        let projection = Projection::around(7.0, 45.0);
        let north = projection.world_from_lonlat_f64(7.0, 46.0).y;
        let east = projection.world_from_lonlat_f64(8.0, 45.0).x;
        assert!((north - 111_131.8).abs() < 1.0, "{north}");
        assert!((east - 78_846.8).abs() < 1.0, "{east}");
    }

    #[test]
    fn the_date_line_is_crossed_the_short_way() {
        let projection = Projection::around(179.9, -17.0);
        assert!(projection.world_from_lonlat(-179.9, -17.0).x > 0.0);
        assert!(projection.world_from_lonlat(-179.9, -17.0).x < 30_000.0);
    }

    #[test]
    fn a_pole_gives_numbers_not_infinities() {
        let projection = Projection::around(0.0, 90.0);
        assert!(projection.world_from_lonlat(10.0, 89.0).is_finite());
    }
}
