//! Places of the base map: land, water, roads and names that are not areas.

use geo::Geometry;
use serde::{Deserialize, Serialize};

/// What a place is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// Land outside the district (neighbours): polygons.
    LandOut,
    /// Lake, reservoir, tidal basin: polygons, drawn over land.
    Water,
    /// River: lines, drawn over land; `width_m` in the properties becomes [`Place::width_m`].
    River,
    /// Park, hill, reserve: polygons.
    Park,
    /// Expressway: lines.
    Expressway,
    /// Trunk road: lines.
    Trunk,
    /// Ordinary road: lines.
    Road,
    /// Ferry line: dashed line on the water.
    Ferry,
    /// Pier or breakwater: lines on the water.
    Pier,
    /// The name of a sea, bay or channel: a point.
    SeaName,
}

/// One feature of the base map.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// How to draw it.
    pub kind: PlaceKind,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Its name in Latin letters.
    pub name_en: Option<String>,
    /// Width on the ground in metres, for rivers and piers.
    pub width_m: Option<f32>,
    /// CRS84 degrees (lon, lat).
    pub shape: Geometry<f64>,
}
