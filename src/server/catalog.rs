//! What does not change while the server runs: the facts of the site, its areas and its base map, as finished JSON.
//!
//! Partner: `store`, which keeps the same rows in a database file; `api/items.rs`, which serves them.

use std::hash::{DefaultHasher, Hash, Hasher};

use geo::BoundingRect;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::facts::Facts;
use super::feature::{area_feature, place_feature};
use crate::domain::{Area, Level, Place};

/// West, south, east, north in degrees.
pub type Bounds = [f64; 4];

/// One area or place, ready to be sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Code of an area; `p0`, `p1`, … of a place.
    pub code: String,
    /// Name, if it has one.
    pub name: Option<String>,
    /// `general`, `exclusive`, `building` of a grid; kind of a place.
    pub kind: Option<String>,
    /// Code of the area above.
    pub parent: Option<String>,
    /// Bounds of the geometry, if there is one.
    pub bounds: Option<Bounds>,
    /// The feature.
    pub json: String,
}

/// Areas by level and places, in the order of [`Catalog::COLLECTIONS`].
#[derive(Clone, Debug)]
pub struct Catalog {
    /// The facts of the site.
    pub facts: Facts,
    /// The zone that all times are written in.
    pub zone: TimeZone,
    /// When the lists were made, on the site's clock.
    pub as_of: Timestamp,
    entries: [Vec<Entry>; 5],
    fingerprint: u64,
}

impl Catalog {
    /// The collections that never change while the server runs.
    pub const COLLECTIONS: [&'static str; 5] = ["districts", "streets", "communities", "grids", "places"];

    /// Writes areas and places as JSON.
    pub fn build(facts: Facts, zone: TimeZone, as_of: Timestamp, areas: &[Area], places: &[Place]) -> Self {
        let mut entries: [Vec<Entry>; 5] = Default::default();
        let mut json = Vec::new();
        for area in areas {
            json.clear();
            area_feature(&mut json, area);
            entries[area.level.depth()].push(Entry {
                code: area.code.to_string(),
                name: Some(area.name.clone()),
                kind: area.kind.and_then(|kind| Some(serde_json::to_value(kind).ok()?.as_str()?.to_owned())),
                parent: area.parent.as_ref().map(|code| code.to_string()),
                bounds: bounds(area.boundary.bounding_rect()),
                json: String::from_utf8_lossy(&json).into_owned(),
            });
        }
        for (number, place) in places.iter().enumerate() {
            json.clear();
            place_feature(&mut json, number, place);
            entries[4].push(Entry {
                code: format!("p{number}"),
                name: place.name.clone(),
                kind: serde_json::to_value(place.kind).ok().and_then(|kind| Some(kind.as_str()?.to_owned())),
                parent: None,
                bounds: bounds(place.shape.bounding_rect()),
                json: String::from_utf8_lossy(&json).into_owned(),
            });
        }
        Self::from_entries(facts, zone, as_of, entries)
    }

    /// Takes entries as they were kept in a file.
    pub fn from_entries(facts: Facts, zone: TimeZone, as_of: Timestamp, entries: [Vec<Entry>; 5]) -> Self {
        let mut hasher = DefaultHasher::new();
        as_of.as_microsecond().hash(&mut hasher);
        for entry in entries.iter().flatten() {
            entry.json.hash(&mut hasher);
        }
        Self { facts, zone, as_of, entries, fingerprint: hasher.finish() }
    }

    /// The entries of a collection; `None` if it is not one of [`Catalog::COLLECTIONS`].
    pub fn entries(&self, collection: &str) -> Option<&[Entry]> {
        let index = Self::COLLECTIONS.iter().position(|name| *name == collection)?;
        Some(&self.entries[index])
    }

    /// Differs whenever an entry differs.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Bounds of the highest level that has any.
    pub fn extent(&self) -> Option<Bounds> {
        self.entries[..=Level::Grid.depth()].iter().find_map(|level| {
            level
                .iter()
                .filter_map(|entry| entry.bounds)
                .reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
        })
    }
}

/// The rectangle as west, south, east, north.
fn bounds(rect: impl Into<Option<geo::Rect<f64>>>) -> Option<Bounds> {
    let rect = rect.into()?;
    Some([rect.min().x, rect.min().y, rect.max().x, rect.max().y])
}
