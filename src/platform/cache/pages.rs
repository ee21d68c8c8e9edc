//! Domain values as documents in the platform's own wire form. What goes to disk is read back by the decoders that read
//! the platform, with all their distrust. Members that say nothing are left out. Partner: `recall.rs`.

use geo::Geometry;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::domain::{
    Area, AreaCode, Environment, Figures, GridKind, Place, PlaceKind, Position, Rating, Site, SourceStatus, Ticket,
};

/// The landing page.
pub fn site(site: &Site) -> Vec<u8> {
    #[derive(Serialize)]
    struct Link {
        rel: &'static str,
        href: &'static str,
    }
    #[derive(Serialize)]
    struct Clock {
        now: Timestamp,
        speed: f64,
    }
    #[derive(Serialize)]
    struct Hours<'a> {
        hours: Vec<[String; 2]>,
        weekdays: &'a [bool; 7],
        holidays: Vec<String>,
        workdays: Vec<String>,
    }
    #[derive(Serialize)]
    struct Facts<'a, W> {
        district: Option<&'a str>,
        time_zone: Option<&'a str>,
        environment: &'static str,
        clock: Clock,
        workflow: &'a W,
        calendar: Hours<'a>,
        map_approval: Option<&'a str>,
    }
    #[derive(Serialize)]
    struct Landing<'a, W> {
        title: &'a str,
        title_en: &'a str,
        links: [Link; 1],
        site: Facts<'a, W>,
    }
    let environment = match site.environment {
        Environment::Live => "live",
        Environment::Demo => "demo",
        Environment::Archive => "archive",
        Environment::Drill => "drill",
    };
    let calendar = &site.calendar;
    let dates = |dates: &[jiff::civil::Date]| dates.iter().map(ToString::to_string).collect::<Vec<_>>();
    let landing = Landing {
        title: &site.title,
        title_en: &site.title_en,
        links: [Link { rel: "data", href: "collections" }],
        site: Facts {
            district: site.district.as_ref().map(AreaCode::as_str),
            time_zone: site.zone.iana_name(),
            environment,
            clock: Clock { now: site.clock.now, speed: site.clock.speed },
            workflow: &site.workflow.steps,
            calendar: Hours {
                hours: calendar.hours.iter().map(|(open, close)| [open.to_string(), close.to_string()]).collect(),
                weekdays: &calendar.weekdays,
                holidays: dates(&calendar.holidays),
                workdays: dates(&calendar.workdays),
            },
            map_approval: site.map_approval.as_deref(),
        },
    };
    page_of(&landing)
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
    #[derive(Serialize)]
    struct Systems<'a> {
        sources: &'a [SourceStatus],
    }
    page_of(&Systems { sources })
}

/// One of the lists of figures.
pub fn figures(figures: &Figures) -> Vec<u8> {
    #[derive(Serialize)]
    struct Only<P> {
        properties: P,
    }
    fn features(list: &[impl Serialize]) -> Vec<u8> {
        collection(list.iter().map(|properties| Only { properties }))
    }
    match figures {
        Figures::Indicators(table) => {
            let mut page = collection(table.iter().map(|properties| Only { properties }));
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

/// A ticket as it lies on the disk: written without a tree in between, because it is written every minute.
#[derive(Serialize)]
struct Kept<'a> {
    service_request_id: &'a str,
    stage: &'static str,
    source: &'static str,
    mode: &'static str,
    service_code: &'a str,
    service_name: &'a str,
    service_group: &'a str,
    requested_datetime: Timestamp,
    updated_datetime: Timestamp,
    stage_since: Timestamp,
    ver: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    agency_responsible: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grid_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suspended_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_due: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handle_due: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handled_late: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redo_count: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rated: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    off_map: Option<&'static str>,
}

#[derive(Serialize)]
struct Spot {
    r#type: &'static str,
    coordinates: [f64; 2],
}

#[derive(Serialize)]
struct KeptFeature<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    geometry: Option<Spot>,
    properties: Kept<'a>,
}

/// Tickets.
pub fn tickets<'a>(tickets: impl Iterator<Item = &'a Ticket>) -> Vec<u8> {
    collection(tickets.map(|ticket| KeptFeature {
        geometry: match ticket.position {
            Position::At { lon, lat } => Some(Spot { r#type: "Point", coordinates: [lon, lat] }),
            Position::Missing | Position::Outside => None,
        },
        properties: Kept {
            service_request_id: ticket.id.as_str(),
            stage: ticket.stage.key(),
            source: ticket.source.key(),
            mode: ticket.mode.key(),
            service_code: &ticket.category_code,
            service_name: &ticket.category,
            service_group: &ticket.category_group,
            requested_datetime: ticket.reported_at,
            updated_datetime: ticket.updated_at,
            stage_since: ticket.stage_since,
            ver: ticket.ver,
            agency_responsible: ticket.agency.as_deref(),
            grid_code: ticket.area.as_ref().map(AreaCode::as_str),
            suspended_since: ticket.suspended_since,
            sign_due: ticket.sign_due,
            signed_at: ticket.signed_at,
            handle_due: ticket.handle_due,
            closed_at: ticket.closed_at,
            handled_late: ticket.handled_late.then_some(true),
            redo_count: (ticket.redo_count > 0).then_some(ticket.redo_count),
            rated: match ticket.rated {
                Rating::Yes => Some("yes"),
                Rating::No => Some("no"),
                Rating::None => None,
            },
            resolved: ticket.resolved,
            off_map: matches!(ticket.position, Position::Outside).then_some("outside"),
        },
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

/// Writing to memory cannot fail.
fn page_of(document: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(document).unwrap_or_default()
}

/// Feature by feature, so that a year of tickets is never held as a tree.
fn collection(features: impl Iterator<Item = impl Serialize>) -> Vec<u8> {
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
