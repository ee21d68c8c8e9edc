//! Areas and places of the base map from their features.

use std::hash::{DefaultHasher, Hash, Hasher};

use geo::{CoordsIter, Geometry};
use serde::Deserialize;

use super::loose::Loose;
use super::names::is_presentable;
use super::page::{Feature, PageError, PageHead, Reject, read_page};
use crate::domain::text::display_text;
use crate::domain::{Area, AreaCode, GridKind, Level, Place, PlaceKind};

/// The properties of an area feature, unchecked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AreaProperties<'a> {
    #[serde(borrow)]
    code: Loose<'a>,
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    name_en: Loose<'a>,
    #[serde(borrow)]
    level: Loose<'a>,
    #[serde(borrow)]
    kind: Loose<'a>,
    #[serde(borrow)]
    parent_code: Loose<'a>,
    #[serde(borrow)]
    households: Loose<'a>,
    #[serde(borrow)]
    population: Loose<'a>,
}

/// One page of a collection of areas. `level` is the level of the collection, for areas that do not say theirs.
pub fn read_areas(
    body: &[u8],
    level: Level,
    mut each: impl FnMut(Result<Area, Reject>),
) -> Result<PageHead, PageError> {
    let mut index = 0;
    read_page(body, |feature| {
        index += 1;
        each(feature.and_then(|feature| area(&feature, level, index)));
    })
}

fn area(feature: &Feature<'_, AreaProperties<'_>>, level: Level, place: usize) -> Result<Area, Reject> {
    let missing = AreaProperties::default();
    let it = feature.properties.as_ref().unwrap_or(&missing);
    let code = it.code.code().or_else(|| feature.id.code());
    let Some(code) = code.filter(|code| is_presentable(code)) else {
        return Err(Reject {
            record: format!("{} {place}", level.collection()),
            field: "code",
            found: it.code.to_string(),
            known: None,
        });
    };
    let stated = it.level.text().and_then(|key| Level::ALL.into_iter().find(|level| level.key() == key));
    let level = stated.unwrap_or(level);
    let kind = match it.kind.text() {
        Some("general") => Some(GridKind::General),
        Some("exclusive") => Some(GridKind::Exclusive),
        Some("building") => Some(GridKind::Building),
        _ => None,
    };
    let people = |count: &Loose<'_>| count.count().and_then(|count| u32::try_from(count).ok());
    let (boundary, _) =
        feature.geometry.as_ref().map_or_else(|| (geo::MultiPolygon(Vec::new()), 0), |it| it.polygons());
    Ok(Area {
        code: AreaCode::new(code.as_ref()),
        level,
        kind: kind.filter(|_| level == Level::Grid),
        name: text(&it.name).unwrap_or_else(|| code.clone().into_owned()),
        name_en: text(&it.name_en),
        parent: it.parent_code.code().map(|code| AreaCode::new(code.as_ref())),
        households: people(&it.households),
        population: people(&it.population),
        boundary,
    })
}

/// The properties of a place feature, unchecked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PlaceProperties<'a> {
    #[serde(borrow)]
    kind: Loose<'a>,
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    name_en: Loose<'a>,
    #[serde(borrow)]
    width_m: Loose<'a>,
}

/// One page of the base map. A kind that we do not draw is left out and counted.
pub fn read_places(body: &[u8], mut each: impl FnMut(Result<Place, Reject>)) -> Result<PageHead, PageError> {
    let mut index = 0;
    read_page(body, |feature| {
        index += 1;
        each(feature.and_then(|feature| place(&feature, index)));
    })
}

fn place(feature: &Feature<'_, PlaceProperties<'_>>, index: usize) -> Result<Place, Reject> {
    let missing = PlaceProperties::default();
    let it = feature.properties.as_ref().unwrap_or(&missing);
    let reject = |field, found: String| {
        let record = text(&it.name).or_else(|| feature.id.code().map(|id| display_text(&id)));
        Err(Reject { record: record.unwrap_or_else(|| format!("place {index}")), field, found, known: None })
    };
    let Some(kind) = it.kind.text().and_then(place_kind) else { return reject("kind", it.kind.to_string()) };
    let Some(shape) = feature.geometry.as_ref().and_then(|shape| shape.any()) else {
        return reject("geometry", "no usable shape".into());
    };
    Ok(Place {
        kind,
        name: text(&it.name),
        name_en: text(&it.name_en),
        width_m: it.width_m.number().filter(|width| (0.0..100_000.0).contains(width)).map(|width| width as f32),
        shape,
    })
}

fn place_kind(key: &str) -> Option<PlaceKind> {
    Some(match key {
        "land-out" => PlaceKind::LandOut,
        "water" => PlaceKind::Water,
        "river" => PlaceKind::River,
        "park" => PlaceKind::Park,
        "expressway" => PlaceKind::Expressway,
        "trunk" => PlaceKind::Trunk,
        "road" => PlaceKind::Road,
        "ferry" => PlaceKind::Ferry,
        "pier" => PlaceKind::Pier,
        "sea-name" => PlaceKind::SeaName,
        _ => return None,
    })
}

fn text(value: &Loose<'_>) -> Option<String> {
    value.code().map(|text| display_text(&text)).filter(|text| !text.is_empty())
}

/// A number that differs when a list of areas differs: a platform without validators is read in full at each refresh,
/// but an unchanged list is not delivered again.
pub fn areas_print(areas: &[Area]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for area in areas {
        (&area.code, area.level, area.kind, &area.name, &area.name_en).hash(&mut hasher);
        (&area.parent, area.households, area.population).hash(&mut hasher);
        hash_points(area.boundary.coords_iter(), &mut hasher);
    }
    hasher.finish()
}

/// The same for the base map.
pub fn places_print(places: &[Place]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for place in places {
        (place.kind, &place.name, &place.name_en, place.width_m.map(f32::to_bits)).hash(&mut hasher);
        hash_points(Geometry::coords_iter(&place.shape), &mut hasher);
    }
    hasher.finish()
}

fn hash_points(points: impl Iterator<Item = geo::Coord<f64>>, hasher: &mut DefaultHasher) {
    let mut count = 0_u64;
    for point in points {
        (point.x.to_bits(), point.y.to_bits()).hash(hasher);
        count += 1;
    }
    count.hash(hasher);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn areas(body: &str) -> (Vec<Area>, Vec<Reject>) {
        let (mut areas, mut rejects) = (Vec::new(), Vec::new());
        read_areas(body.as_bytes(), Level::Grid, |area| match area {
            Ok(area) => areas.push(area),
            Err(reject) => rejects.push(reject),
        })
        .unwrap();
        (areas, rejects)
    }

    const SQUARE: &str = "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,0]]]}";

    #[test]
    fn areas_need_a_code_and_nothing_else() {
        let (areas, rejects) = areas(&format!(
            "{{\"type\":\"FeatureCollection\",\"features\":[
                {{\"id\":\"g1\",\"geometry\":{SQUARE},\"properties\":{{\"code\":450502001003001,\"name\":\"盐坊01网格\",
                  \"level\":\"grid\",\"kind\":\"building\",\"parent_code\":\"450502001003\",\"population\":-5}}}},
                {{\"id\":\"g2\",\"geometry\":null,\"properties\":{{\"level\":\"planet\"}}}},
                {{\"geometry\":{SQUARE},\"properties\":{{\"name\":\"no code\"}}}}]}}"
        ));
        assert_eq!((areas.len(), rejects.len()), (2, 1));
        assert_eq!(areas[0].code.as_str(), "450502001003001");
        assert_eq!((areas[0].kind, areas[0].population), (Some(GridKind::Building), None));
        assert_eq!((areas[1].name.as_str(), areas[1].level), ("g2", Level::Grid));
        assert!(areas[1].boundary.0.is_empty());
        assert_eq!(rejects[0].to_string(), "grids 3: code: nothing");
    }

    #[test]
    fn the_print_sees_every_change() {
        let body = |lon: f64, name: &str| {
            areas(&format!(
                "{{\"type\":\"FeatureCollection\",\"timeStamp\":\"{lon}\",\"features\":[{{\"id\":\"g1\",\"geometry\":
                {{\"type\":\"Polygon\",\"coordinates\":[[[{lon},0],[1,0],[1,1],[{lon},0]]]}},\"properties\":{{\"name\":\"{name}\"}}}}]}}"
            ))
            .0
        };
        assert_eq!(areas_print(&body(0.0, "a")), areas_print(&body(0.0, "a")));
        assert_ne!(areas_print(&body(0.0, "a")), areas_print(&body(0.1, "a")));
        assert_ne!(areas_print(&body(0.0, "a")), areas_print(&body(0.0, "b")));
    }

    #[test]
    fn places_are_drawn_by_kind() {
        let mut found = Vec::new();
        read_places(
            b"{\"type\":\"FeatureCollection\",\"features\":[
            {\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4]]},\"properties\":{\"kind\":\"river\",\"width_m\":40}},
            {\"geometry\":{\"type\":\"Point\",\"coordinates\":[1,2]},\"properties\":{\"kind\":\"sea-name\",\"name\":\"x\"}},
            {\"geometry\":null,\"properties\":{\"kind\":\"park\",\"name\":\"p\"}},
            {\"geometry\":null,\"properties\":{\"kind\":\"airport\"}}]}",
            |place| found.push(place),
        )
        .unwrap();
        assert_eq!(found.iter().filter(|it| it.is_ok()).count(), 2);
        assert_eq!(found[0].as_ref().unwrap().width_m, Some(40.0));
        assert_eq!(found[3].as_ref().unwrap_err().field, "kind");
    }
}
