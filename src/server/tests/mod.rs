//! The reference platform over real HTTP on loopback: what `docs/platform-api.md` promises.

mod arriving;
mod changes;
mod demo;
mod figures;
mod files;
mod lists;
mod recount;
mod service;

use std::time::Duration;

use geo::{MultiPolygon, Rect};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Response};
use serde_json::Value;

use super::serve::{Content, Running, ServeOptions, start};
use super::store::{Archive, Change};
use crate::domain::*;

/// Noon of a Saturday in the site's zone.
pub fn noon() -> Timestamp {
    "2026-11-21T12:00:00+08:00".parse().unwrap()
}

/// Ticket `n`: every property depends on `n`, so that filters can be counted by hand.
pub fn ticket(n: u32) -> Ticket {
    let stage = Stage::ALL[n as usize % 10];
    let reported_at = noon() - SignedDuration::from_mins(i64::from(n) * 7);
    let position = match n % 11 {
        0 => Position::Missing,
        1 => Position::Outside,
        _ => Position::At { lon: 109.0 + f64::from(n % 100) * 0.001, lat: 21.0 + f64::from(n % 50) * 0.001 },
    };
    Ticket {
        ver: 3,
        stage,
        source: Source::ALL[n as usize % 4],
        category_code: format!("{:04}", n % 5).into(),
        category: "供水不足".into(),
        category_group: "供水供电".into(),
        agency: Some("区水务局".into()),
        position,
        area: (n % 3 > 0).then(|| AreaCode::new(format!("450599001001{:03}", n % 3))),
        updated_at: reported_at + SignedDuration::from_mins(i64::from(n % 13)),
        handle_due: Some(noon()),
        ..Ticket::reported(format!("HC261121-{n:04}"), reported_at)
    }
}

/// Ticket `n` with a detail.
pub fn detail(n: u32) -> TicketDetail {
    let ticket = ticket(n);
    let at = ticket.reported_at;
    let pause = Pause { from: at, to: None, reason: Some("等待\"停水\"通知".to_owned()) };
    TicketDetail {
        address: Some("盐坊街 12 号".to_owned()),
        clocks: vec![Clock {
            kind: ClockKind::Handle,
            started_at: at,
            stopped_at: None,
            due_at: ticket.handle_due,
            limit_min: Some(480),
            urgent: false,
            extended_min: 60,
            pauses: vec![pause],
        }],
        timeline: vec![TimelineEntry {
            at,
            stage: Stage::Collect,
            event: "reported".to_owned(),
            unit: Some("12345热线".to_owned()),
            actor_role: Some("话务员".to_owned()),
            note: None,
        }],
        evidence: 2,
        related: vec![TicketId::new("HC261120-0001")],
        as_of: at,
        ticket,
    }
}

fn area(code: &str, level: Level, parent: Option<&str>, west: f64) -> Area {
    Area {
        code: AreaCode::new(code),
        level,
        kind: (level == Level::Grid).then_some(GridKind::General),
        name: format!("区域{code}"),
        name_en: None,
        parent: parent.map(AreaCode::new),
        households: Some(300),
        population: None,
        boundary: MultiPolygon(vec![Rect::new((west, 21.0), (west + 0.01, 21.05)).to_polygon()]),
    }
}

/// A district of two grids with tickets 0, 1, … `count - 1`.
pub fn archive(count: u32) -> Archive {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let areas = vec![
        area("450599", Level::District, None, 109.0),
        area("450599001", Level::Street, Some("450599"), 109.0),
        area("450599001001", Level::Community, Some("450599001"), 109.0),
        area("450599001001001", Level::Grid, Some("450599001001"), 109.0),
        area("450599001001002", Level::Grid, Some("450599001001"), 109.02),
    ];
    let river = geo::LineString::from(vec![(109.0, 21.0), (109.05, 21.05)]);
    Archive {
        site: Site {
            title: "海澄区网格化指挥中心".to_owned(),
            title_en: "Haicheng District Grid Centre".to_owned(),
            district: Some(AreaCode::new("450599")),
            zone: zone.clone(),
            environment: Environment::Archive,
            workflow: Workflow::eight_steps(),
            calendar: Calendar::office_hours(zone),
            clock: SiteClock { now: noon(), speed: 0.0 },
            map_approval: None,
        },
        clock_at: None,
        description: "Test data.".to_owned(),
        areas,
        places: vec![Place {
            kind: PlaceKind::River,
            name: Some("望澜河".to_owned()),
            name_en: None,
            width_m: Some(30.0),
            shape: geo::Geometry::LineString(river),
        }],
        tickets: (0..count).map(detail).collect(),
        sources: vec![SourceStatus {
            key: "file".to_owned(),
            name: "file.csv".to_owned(),
            name_en: None,
            last_contact: Some(noon()),
            lag_s: None,
            records: u64::from(count),
            rejects: 2,
            coverage: None,
        }],
        rejects: vec![("file.csv".to_owned(), Some(7), "no id".to_owned())],
    }
}

/// A change of ticket `n` to version `ver`.
pub fn update(n: u32, ver: u64) -> Change {
    Change::Upsert { at: noon() + SignedDuration::from_secs(ver as i64), ticket: Ticket { ver, ..ticket(n) } }
}

/// A server with `count` tickets.
pub fn serve(count: u32) -> Running {
    start(ServeOptions::local(Content::Given(Box::new(archive(count))))).unwrap()
}

/// A client that needs no certificate store and no proxy.
pub fn client() -> Client {
    Client::builder()
        .tls_certs_only(std::iter::empty())
        .no_proxy()
        .no_gzip()
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

/// Runs a test on a runtime of its own.
pub fn block_on<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

/// `GET` below the server's base URL.
pub async fn get(server: &Running, path: &str) -> Response {
    client().get(format!("{}{path}", server.url)).send().await.unwrap()
}

/// The same as JSON; the status must be 200.
pub async fn get_json(server: &Running, path: &str) -> Value {
    let response = get(server, path).await;
    let status = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(status, 200, "{path}: {text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
}

/// The ids of a page's features.
pub fn ids(page: &Value) -> Vec<String> {
    page["features"].as_array().unwrap().iter().map(|feature| feature["id"].as_str().unwrap().to_owned()).collect()
}

/// The `rel=next` link of a page.
pub fn next_link(page: &Value) -> Option<String> {
    let links = page["links"].as_array().unwrap();
    links.iter().find(|link| link["rel"] == "next").map(|link| link["href"].as_str().unwrap().to_owned())
}

/// One event of a stream.
#[derive(Clone, Debug)]
pub struct Event {
    pub id: Option<String>,
    pub event: String,
    pub data: Value,
}

/// A stream being read.
pub struct Events {
    response: Response,
    buffer: String,
    pub first_lines: String,
}

impl Events {
    /// Opens `path`, which must answer 200.
    pub async fn open(server: &Running, path: &str, last_event_id: Option<&str>) -> Self {
        let mut request = client().get(format!("{}{path}", server.url));
        if let Some(id) = last_event_id {
            request = request.header("Last-Event-ID", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        Self { response, buffer: String::new(), first_lines: String::new() }
    }

    /// The next event; `None` at a clean end, an error where the stream was cut.
    pub async fn next(&mut self) -> Result<Option<Event>, reqwest::Error> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let field = |name: &str| {
                    let prefix = format!("{name}: ");
                    block.lines().find_map(|line| line.strip_prefix(&prefix)).map(str::to_owned)
                };
                let event = Event {
                    id: field("id"),
                    event: field("event").unwrap(),
                    data: serde_json::from_str(&field("data").unwrap()).unwrap(),
                };
                self.first_lines.push_str(block);
                self.buffer = rest.to_owned();
                return Ok(Some(event));
            }
            match self.response.chunk().await? {
                Some(chunk) => self.buffer.push_str(std::str::from_utf8(&chunk).unwrap()),
                None => return Ok(None),
            }
        }
    }

    /// The next event other than a bookmark.
    pub async fn next_change(&mut self) -> Event {
        loop {
            let event = self.next().await.unwrap().unwrap();
            if event.event != "bookmark" {
                return event;
            }
        }
    }
}
