//! Everything the service says about itself: landing page, conformance, collections, OpenAPI, health, metrics, sources.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::items::no_collection;
use super::{App, Ground, Problem, Readiness, Tickets, envelope};
use crate::domain::{Source, SourceStatus};
use crate::server::care::CareDay;
use crate::server::catalog::Catalog;
use crate::server::feature::Stamp;
use crate::server::figures::Board;

const JSON: &str = "application/json";

/// `GET /`
pub async fn landing(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    let ground = app.ground().await?;
    let base = envelope::base_url(&headers);
    let facts = &ground.catalog.facts;
    let link = |rel: &str, path: &str, kind: &str| json!({"rel": rel, "href": format!("{base}{path}"), "type": kind});
    let body = json!({
        "title": facts.title,
        "title_en": facts.title_en,
        "description": facts.description,
        "api": "gridwall/1",
        "links": [
            link("self", "/", JSON),
            link("service-desc", "/openapi.json", "application/vnd.oai.openapi+json;version=3.1"),
            link("conformance", "/conformance", JSON),
            link("data", "/collections", JSON),
            link("sources", "/sources", JSON),
            link("indicators", "/indicators", "application/geo+json"),
            link("stream", "/stream", "text/event-stream"),
        ],
        "site": {
            "district": facts.district,
            "time_zone": facts.time_zone,
            "environment": facts.environment,
            "clock": {"now": stamp(ground.clock.now(), &ground), "speed": ground.clock.speed()},
            "workflow": facts.workflow,
            "calendar": facts.calendar,
            "map_approval": facts.map_approval,
        },
    });
    Ok(answer(&headers, &uri, JSON, &body))
}

/// `GET /conformance`
pub async fn conformance(headers: HeaderMap, uri: Uri) -> Response {
    let class = |name: &str| format!("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}");
    answer(&headers, &uri, JSON, &json!({"conformsTo": [class("core"), class("geojson")]}))
}

/// `GET /openapi.json`
pub async fn openapi(headers: HeaderMap, uri: Uri) -> Response {
    let body = include_str!("../../../assets/openapi.json");
    let tag = envelope::tag(body, &headers, &uri);
    envelope::json(&headers, &tag, "application/vnd.oai.openapi+json;version=3.1", body.to_owned())
}

/// `GET /collections`
pub async fn collections(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    let ground = app.ground().await?;
    let base = envelope::base_url(&headers);
    let names = Catalog::COLLECTIONS.into_iter().chain(["tickets", "care-counts"]);
    let names = names.chain(Board::COLLECTIONS.map(Board::name));
    let list: Vec<Value> = names.filter_map(|name| describe(name, &ground, &base)).collect();
    let body = json!({
        "links": [{"rel": "self", "href": format!("{base}/collections"), "type": JSON}],
        "collections": list,
    });
    Ok(answer(&headers, &uri, JSON, &body))
}

/// `GET /collections/{collection}`
pub async fn collection(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let ground = app.ground().await?;
    let body = describe(&name, &ground, &envelope::base_url(&headers)).ok_or_else(|| no_collection(&name))?;
    Ok(answer(&headers, &uri, JSON, &body))
}

fn describe(name: &str, ground: &Ground, base: &str) -> Option<Value> {
    let (title, description) = match name {
        "districts" => ("区", "District"),
        "streets" => ("街道(镇)", "Streets"),
        "communities" => ("社区(村)", "Communities"),
        "grids" => ("责任网格", "Duty grids"),
        "places" => ("底图", "Base map: land, water, roads, names"),
        "tickets" => ("工单", "Tickets; changes come by /stream"),
        "care-counts" => {
            ("重点人员关爱", "Care counts by area and category, small ones suppressed; empty where not collected")
        }
        name => Board::named(name)?.words(),
    };
    let crs = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
    let mut body = json!({
        "id": name,
        "title": title,
        "description": description,
        "itemType": "feature",
        "crs": [crs],
        "links": [
            {"rel": "self", "href": format!("{base}/collections/{name}"), "type": JSON},
            {"rel": "items", "href": format!("{base}/collections/{name}/items"), "type": "application/geo+json"},
        ],
    });
    if let Some(bounds) = ground.catalog.extent() {
        body["extent"] = json!({"spatial": {"bbox": [bounds], "crs": crs}});
    }
    Some(body)
}

/// `GET /healthz`: that the server answers, and how far its start has come.
pub async fn healthz(State(app): State<Arc<App>>) -> Response {
    let word = |failed: bool, ready: bool| {
        if failed {
            "failed"
        } else if ready {
            "ready"
        } else {
            "starting"
        }
    };
    let (ground, tickets) = (app.ground.borrow(), app.tickets.borrow());
    let failed = matches!(*ground, Readiness::Failed(_)) || matches!(*tickets, Readiness::Failed(_));
    let body = json!({
        "status": if failed { "fail" } else { "pass" },
        "areas": word(matches!(*ground, Readiness::Failed(_)), matches!(*ground, Readiness::Ready(_))),
        "tickets": word(matches!(*tickets, Readiness::Failed(_)), matches!(*tickets, Readiness::Ready(_))),
    });
    let mut response = Response::new(Body::from(body.to_string()));
    if failed {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/health+json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `GET /metrics` in OpenMetrics text.
pub async fn metrics(State(app): State<Arc<App>>) -> Response {
    let mut text = String::new();
    let mut put = |name: &str, kind: &str, help: &str, value: u64| {
        let suffix = if kind == "counter" { "_total" } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(text, "# TYPE {name} {kind}\n# HELP {name} {help}\n{name}{suffix} {value}\n");
    };
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    put("gridwall_requests", "counter", "Requests answered.", count(&app.stats.requests));
    put("gridwall_request_errors", "counter", "Answers with a status of 400 or more.", count(&app.stats.errors));
    put("gridwall_streams", "gauge", "Change streams open now.", count(&app.stats.streams));
    put("gridwall_write_failures", "counter", "Failed writes to the ticket store.", count(&app.stats.write_failures));
    if let Readiness::Ready(tickets) = &*app.tickets.borrow() {
        let store = tickets.store();
        put("gridwall_tickets", "gauge", "Tickets held.", store.digest().count);
        put("gridwall_seq", "gauge", "Newest change of the epoch.", store.seq());
    }
    text.push_str("# EOF\n");
    let mut response = Response::new(Body::from(text));
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// `GET /sources`
pub async fn sources(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    let (ground, tickets) = (app.ground().await?, app.tickets_arriving().await?);
    let now = ground.clock.now();
    let list = match &tickets.sources {
        Some(sources) => sources.clone(),
        None => simulated_sources(&tickets, ground.care.as_ref().map(|care| care.at(now)), now),
    };
    let zone = &ground.catalog.zone;
    let list: Vec<Value> = list.iter().map(|source| source_json(source, zone)).collect();
    let body = json!({"timeStamp": stamp(now, &ground), "sources": list});
    Ok(answer(&headers, &uri, JSON, &body))
}

fn source_json(source: &SourceStatus, zone: &TimeZone) -> Value {
    json!({
        "key": source.key,
        "name": source.name,
        "name_en": source.name_en,
        "last_contact": source.last_contact.map(|at| Stamp::new(at, zone).to_string()),
        "lag_s": source.lag_s,
        "records": source.records,
        "rejects": source.rejects,
        "coverage": source.coverage,
    })
}

/// The upstream systems that a simulation stands for: each is asked at its own interval, so its last contact is the
/// last full interval; records are counted from the tickets held.
fn simulated_sources(tickets: &Tickets, care: Option<Arc<CareDay>>, now: Timestamp) -> Vec<SourceStatus> {
    let systems = [
        (Source::GridWorker, "网格通", "Grid worker app", 15_i64, 20.0),
        (Source::Hotline, "12345热线", "12345 hotline", 60, 45.0),
        (Source::Dispatch, "部门派遣与感知", "Departments and sensors", 120, 90.0),
        (Source::Other, "其他渠道", "Other channels", 600, 300.0),
    ];
    let store = tickets.store();
    let status = |(source, name, name_en, every_s, lag_s): (Source, &str, &str, i64, f64)| SourceStatus {
        key: source.key().to_owned(),
        name: name.to_owned(),
        name_en: Some(name_en.to_owned()),
        last_contact: now.checked_sub(SignedDuration::from_secs(now.as_second().rem_euclid(every_s))).ok(),
        lag_s: Some(lag_s),
        records: store.tally(source).records,
        rejects: 0,
        coverage: Some(1.0),
    };
    // The care register is read once a day; its records are the counts given out, never the people.
    let care = care.map(|day| SourceStatus {
        key: "care-register".to_owned(),
        name: "关爱对象台账".to_owned(),
        name_en: Some("Care register".to_owned()),
        last_contact: Some(day.as_of),
        lag_s: Some(86_400.0),
        records: day.items.len() as u64,
        rejects: 0,
        coverage: Some(1.0),
    });
    systems.into_iter().map(status).chain(care).collect()
}

/// Paths that are kept for later.
pub async fn reserved(uri: Uri) -> Problem {
    let detail = format!("{} is reserved and not served yet", uri.path());
    Problem::new(StatusCode::NOT_IMPLEMENTED, "not-implemented", detail)
}

/// 404 for everything else.
pub async fn not_found(uri: Uri) -> Problem {
    Problem::not_found(format!("nothing is served at {}; begin at /", uri.path()))
}

/// 405.
pub async fn not_allowed(uri: Uri) -> Problem {
    let detail = format!("{} can only be read: use GET", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
}

fn answer(headers: &HeaderMap, uri: &Uri, kind: &'static str, body: &Value) -> Response {
    let text = body.to_string();
    let tag = envelope::tag(&text, headers, uri);
    envelope::json(headers, &tag, kind, text)
}

fn stamp(at: Timestamp, ground: &Ground) -> String {
    Stamp::new(at, &ground.catalog.zone).to_string()
}
