//! A ticket as a GeoJSON feature, and the extra properties that one ticket's own page has.
//!
//! The feature always ends with its `properties` object, so that a page can be joined from stored texts and the extras
//! can be put in without parsing. Partner: `api/items.rs`, which does both.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Stamp, push_json};
use crate::domain::{
    Clock, ClockKind, HandlingMode, Position, Rating, Source, Stage, Ticket, TicketDetail, TicketId, TimelineEntry,
};

/// Appends `ticket` as a feature; times are written in `zone`, coordinates with seven decimals.
pub fn ticket_feature(out: &mut Vec<u8>, ticket: &Ticket, zone: &TimeZone) {
    let stamp = |at: Timestamp| Stamp::new(at, zone);
    let point = ticket.position.lonlat().filter(|(lon, lat)| lon.is_finite() && lat.is_finite());
    let handle_due = ticket.handle_due.map(stamp);
    push_json(
        out,
        &Feature {
            kind: "Feature",
            id: ticket.id.as_str(),
            geometry: point.map(|(lon, lat)| Point { kind: "Point", coordinates: [round7(lon), round7(lat)] }),
            properties: Properties {
                service_request_id: ticket.id.as_str(),
                ver: ticket.ver,
                status: if ticket.is_in_hand() { "open" } else { "closed" },
                stage: ticket.stage,
                stage_since: stamp(ticket.stage_since),
                suspended_since: ticket.suspended_since.map(stamp),
                source: ticket.source,
                mode: ticket.mode,
                service_code: &ticket.category_code,
                service_name: &ticket.category,
                service_group: &ticket.category_group,
                agency_responsible: ticket.agency.as_deref(),
                grid_code: ticket.area.as_ref().map(|code| code.as_str()),
                off_map: (ticket.position == Position::Outside).then_some("outside"),
                requested_datetime: stamp(ticket.reported_at),
                updated_datetime: stamp(ticket.updated_at),
                expected_datetime: handle_due,
                sign_due: ticket.sign_due.map(stamp),
                signed_at: ticket.signed_at.map(stamp),
                handle_due,
                handled_late: ticket.handled_late,
                closed_at: ticket.closed_at.map(stamp),
                redo_count: ticket.redo_count,
                rated: ticket.rated,
                resolved: ticket.resolved,
                priority: None,
                risk: None,
            },
        },
    );
}

/// The extra properties of one ticket's own page, as JSON members without braces: `"address":…,"clocks":…,…`.
pub fn detail_extras(detail: &TicketDetail, zone: &TimeZone) -> String {
    let stamp = |at: Timestamp| Stamp::new(at, zone);
    let clock = |clock: &'_ Clock| ClockRecord {
        kind: clock.kind,
        started_at: stamp(clock.started_at),
        stopped_at: clock.stopped_at.map(stamp),
        due_at: clock.due_at.map(stamp),
        limit_min: clock.limit_min,
        urgent: clock.urgent,
        extended_min: clock.extended_min,
        pauses: clock
            .pauses
            .iter()
            .map(|pause| PauseRecord { from: stamp(pause.from), to: pause.to.map(stamp), reason: pause.reason.clone() })
            .collect(),
    };
    let entry = |entry: &TimelineEntry| EntryRecord {
        at: stamp(entry.at),
        stage: entry.stage,
        event: entry.event.clone(),
        unit: entry.unit.clone(),
        actor_role: entry.actor_role.clone(),
        note: entry.note.clone(),
    };
    let mut out = Vec::with_capacity(1024);
    push_json(
        &mut out,
        &Extras {
            address: detail.address.as_deref(),
            clocks: detail.clocks.iter().map(clock).collect(),
            timeline: detail.timeline.iter().map(entry).collect(),
            evidence: detail.evidence,
            related: &detail.related,
        },
    );
    let text = String::from_utf8(out).unwrap_or_default();
    text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default().to_owned()
}

/// One ten-millionth of a degree is about a centimetre.
fn round7(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

#[derive(Serialize)]
struct Feature<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    geometry: Option<Point>,
    properties: Properties<'a>,
}

#[derive(Serialize)]
struct Point {
    #[serde(rename = "type")]
    kind: &'static str,
    coordinates: [f64; 2],
}

#[derive(Serialize)]
struct Properties<'a> {
    service_request_id: &'a str,
    ver: u64,
    status: &'static str,
    stage: Stage,
    stage_since: Stamp<'a>,
    suspended_since: Option<Stamp<'a>>,
    source: Source,
    mode: HandlingMode,
    service_code: &'a str,
    service_name: &'a str,
    service_group: &'a str,
    agency_responsible: Option<&'a str>,
    grid_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    off_map: Option<&'static str>,
    requested_datetime: Stamp<'a>,
    updated_datetime: Stamp<'a>,
    expected_datetime: Option<Stamp<'a>>,
    sign_due: Option<Stamp<'a>>,
    signed_at: Option<Stamp<'a>>,
    handle_due: Option<Stamp<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    handled_late: bool,
    closed_at: Option<Stamp<'a>>,
    redo_count: u8,
    rated: Rating,
    resolved: Option<bool>,
    priority: Option<&'a str>,
    risk: Option<&'a str>,
}

#[derive(Serialize)]
struct Extras<'a> {
    address: Option<&'a str>,
    clocks: Vec<ClockRecord<'a>>,
    timeline: Vec<EntryRecord<'a>>,
    evidence: u32,
    related: &'a [TicketId],
}

#[derive(Serialize)]
struct ClockRecord<'a> {
    kind: ClockKind,
    started_at: Stamp<'a>,
    stopped_at: Option<Stamp<'a>>,
    due_at: Option<Stamp<'a>>,
    limit_min: Option<u32>,
    urgent: bool,
    extended_min: u32,
    pauses: Vec<PauseRecord<'a>>,
}

#[derive(Serialize)]
struct PauseRecord<'a> {
    from: Stamp<'a>,
    to: Option<Stamp<'a>>,
    reason: Option<String>,
}

#[derive(Serialize)]
struct EntryRecord<'a> {
    at: Stamp<'a>,
    stage: Stage,
    event: String,
    unit: Option<String>,
    actor_role: Option<String>,
    note: Option<String>,
}
