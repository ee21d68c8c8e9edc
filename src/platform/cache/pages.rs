//! Domain values as documents in the platform's own wire form. What goes to disk is read back by the decoders that read
//! the platform, with all their distrust. Members that say nothing are left out. Partner: `recall.rs`.

use geo::Geometry;
use serde_json::{Map, Value, json};

use crate::domain::{
    Area, AreaCode, Environment, Figures, GridKind, Place, PlaceKind, Position, Rating, Site, SourceStatus, Ticket,
};

/// The landing page.
pub fn site(site: &Site) -> Vec<u8> {
    let environment = match site.environment {
        Environment::Live => "live",
        Environment::Demo => "demo",
        Environment::Archive => "archive",
        Environment::Drill => "drill",
    };
    let calendar = &site.calendar;
    let hours: Vec<_> = calendar.hours.iter().map(|(open, close)| [open.to_string(), close.to_string()]).collect();
    let dates = |dates: &[jiff::civil::Date]| dates.iter().map(ToString::to_string).collect::<Vec<_>>();
    let page = json!({
        "title": site.title, "title_en": site.title_en,
        "links": [{"rel": "data", "href": "collections"}],
        "site": {
            "district": site.district.as_ref().map(AreaCode::as_str),
            "time_zone": site.zone.iana_name(),
            "environment": environment,
            "clock": {"now": site.clock.now.to_string(), "speed": site.clock.speed},
            "workflow": site.workflow.steps,
            "calendar": {
                "hours": hours, "weekdays": calendar.weekdays,
                "holidays": dates(&calendar.holidays), "workdays": dates(&calendar.workdays),
            },
            "map_approval": site.map_approval,
        },
    });
    page.to_string().into_bytes()
}

/// All areas, of all levels.
pub fn areas<'a>(areas: impl Iterator<Item = &'a Area>) -> Vec<u8> {
    collection(areas.map(|area| {
        let mut it = Map::new();
        it.insert("code".into(), area.code.as_str().into());
        it.insert("level".into(), area.level.key().into());
        put(
            &mut it,
            "kind",
            area.kind.map(|kind| match kind {
                GridKind::General => "general",
                GridKind::Exclusive => "exclusive",
                GridKind::Building => "building",
            }),
        );
        it.insert("name".into(), area.name.as_str().into());
        put(&mut it, "name_en", area.name_en.as_deref());
        put(&mut it, "parent_code", area.parent.as_ref().map(AreaCode::as_str));
        put(&mut it, "households", area.households);
        put(&mut it, "population", area.population);
        let is_empty = area.boundary.0.is_empty();
        let geometry = (!is_empty).then(|| shape(&Geometry::MultiPolygon(area.boundary.clone()))).flatten();
        feature(geometry, it)
    }))
}

/// The base map.
pub fn places(places: &[Place]) -> Vec<u8> {
    collection(places.iter().map(|place| {
        let mut it = Map::new();
        it.insert("kind".into(), kind(place.kind).into());
        put(&mut it, "name", place.name.as_deref());
        put(&mut it, "name_en", place.name_en.as_deref());
        put(&mut it, "width_m", place.width_m);
        feature(shape(&place.shape), it)
    }))
}

/// The platform's upstream systems.
pub fn sources(sources: &[SourceStatus]) -> Vec<u8> {
    json!({ "sources": sources }).to_string().into_bytes()
}

/// One of the lists of figures.
pub fn figures(figures: &Figures) -> Vec<u8> {
    fn features(list: &[impl serde::Serialize]) -> Vec<u8> {
        collection(list.iter().map(|it| json!({ "properties": it })))
    }
    match figures {
        Figures::Indicators(table) => {
            let mut page = collection(table.iter().map(|figure| json!({ "properties": figure })));
            let definitions: Vec<_> = table.definitions.iter().map(|it| &**it).collect();
            let definitions = serde_json::to_vec(&definitions).unwrap_or_else(|_| b"[]".to_vec());
            // A collection ends with its features: `…]}`.
            page.pop();
            page.extend_from_slice(b",\"definitions\":");
            page.extend_from_slice(&definitions);
            page.push(b'}');
            page
        }
        Figures::Warnings(list) => features(list),
        Figures::Teams(list) => features(list),
        Figures::WhistleCalls(list) => features(list),
        Figures::ClassCases(list) => features(list),
    }
}

/// Tickets.
pub fn tickets<'a>(tickets: impl Iterator<Item = &'a Ticket>) -> Vec<u8> {
    collection(tickets.map(|ticket| {
        let mut it = Map::new();
        let mut text = |key: &str, value: &str| _ = it.insert(key.into(), value.into());
        text("service_request_id", ticket.id.as_str());
        text("stage", ticket.stage.key());
        text("source", ticket.source.key());
        text("mode", ticket.mode.key());
        text("service_code", &ticket.category_code);
        text("service_name", &ticket.category);
        text("service_group", &ticket.category_group);
        text("requested_datetime", &ticket.reported_at.to_string());
        text("updated_datetime", &ticket.updated_at.to_string());
        text("stage_since", &ticket.stage_since.to_string());
        it.insert("ver".into(), ticket.ver.into());
        put(&mut it, "agency_responsible", ticket.agency.as_deref());
        put(&mut it, "grid_code", ticket.area.as_ref().map(AreaCode::as_str));
        for (key, time) in [
            ("suspended_since", ticket.suspended_since),
            ("sign_due", ticket.sign_due),
            ("signed_at", ticket.signed_at),
            ("handle_due", ticket.handle_due),
            ("closed_at", ticket.closed_at),
        ] {
            put(&mut it, key, time.map(|time| time.to_string()));
        }
        put(&mut it, "handled_late", ticket.handled_late.then_some(true));
        put(&mut it, "redo_count", (ticket.redo_count > 0).then_some(ticket.redo_count));
        put(
            &mut it,
            "rated",
            match ticket.rated {
                Rating::Yes => Some("yes"),
                Rating::No => Some("no"),
                Rating::None => None,
            },
        );
        put(&mut it, "resolved", ticket.resolved);
        let geometry = match ticket.position {
            Position::At { lon, lat } => Some(json!({"type": "Point", "coordinates": [lon, lat]})),
            Position::Missing => None,
            Position::Outside => {
                it.insert("off_map".into(), "outside".into());
                None
            }
        };
        feature(geometry, it)
    }))
}

fn put(members: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        members.insert(key.into(), value.into());
    }
}

fn feature(geometry: Option<Value>, properties: Map<String, Value>) -> Value {
    let mut feature = Map::new();
    put(&mut feature, "geometry", geometry);
    feature.insert("properties".into(), properties.into());
    feature.into()
}

/// Feature by feature, so that a year of tickets is never held as a tree.
fn collection(features: impl Iterator<Item = Value>) -> Vec<u8> {
    let mut page = b"{\"type\":\"FeatureCollection\",\"features\":[".to_vec();
    for (index, feature) in features.enumerate() {
        if index > 0 {
            page.push(b',');
        }
        // Writing to memory cannot fail.
        let _ = serde_json::to_writer(&mut page, &feature);
    }
    page.extend_from_slice(b"]}");
    page
}

fn shape(shape: &Geometry<f64>) -> Option<Value> {
    let line = |line: &geo::LineString<f64>| line.0.iter().map(|point| [point.x, point.y]).collect::<Vec<_>>();
    let rings = |polygon: &geo::Polygon<f64>| {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(line).collect::<Vec<_>>()
    };
    let (kind, coordinates) = match shape {
        Geometry::Point(point) => ("Point", json!([point.x(), point.y()])),
        Geometry::LineString(it) => ("LineString", json!(line(it))),
        Geometry::MultiLineString(lines) => ("MultiLineString", json!(lines.0.iter().map(line).collect::<Vec<_>>())),
        Geometry::Polygon(polygon) => ("Polygon", json!(rings(polygon))),
        Geometry::MultiPolygon(polygons) => ("MultiPolygon", json!(polygons.0.iter().map(rings).collect::<Vec<_>>())),
        _ => return None,
    };
    Some(json!({"type": kind, "coordinates": coordinates}))
}

fn kind(kind: PlaceKind) -> Value {
    serde_json::to_value(kind).unwrap_or_default()
}
