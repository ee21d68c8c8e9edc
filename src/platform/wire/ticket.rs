//! Tickets and ticket details from their features. A wrong optional member costs that member and is noted; a wrong
//! required one (number, time of report, neither stage nor status) costs the record.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::loose::Loose;
use super::names::{Names, is_presentable};
use super::page::{Feature, PageError, PageHead, Reject, read_page};
use crate::domain::text::display_text;
use crate::domain::{
    AreaCode, Clock, HandlingMode, Position, Rating, Source, Stage, Ticket, TicketDetail, TicketId, TimelineEntry,
};

/// Most entries kept of each list of a ticket's detail.
const MAX_ENTRIES: usize = 1_000;

/// What was odd but could be lived with: unknown words, unreadable optional members, coordinates off the globe.
#[derive(Debug, Default)]
pub struct Oddities {
    /// How many.
    pub count: u64,
    /// Codes among them that stand for nothing we know.
    pub unmapped: u64,
    /// Positions among them that are not on the globe.
    pub off_globe: u64,
    /// The first few.
    pub samples: Vec<String>,
}

impl Oddities {
    fn note(&mut self, record: &str, field: &str, found: &Loose<'_>) {
        self.count += 1;
        match field {
            "stage" | "source" | "mode" | "rated" => self.unmapped += 1,
            "geometry" => self.off_globe += 1,
            _ => {}
        }
        if self.samples.len() < 8 {
            self.samples.push(format!("{record}: {field}: {found}"));
        }
    }
}

/// Reads tickets; keeps the names they share.
#[derive(Debug, Default)]
pub struct TicketReader {
    names: Names,
    /// What was odd since the last look.
    pub odd: Oddities,
}

/// The properties of a ticket feature, unchecked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TicketProperties<'a> {
    #[serde(borrow)]
    service_request_id: Loose<'a>,
    #[serde(borrow)]
    ver: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    stage: Loose<'a>,
    #[serde(borrow)]
    stage_since: Loose<'a>,
    #[serde(borrow)]
    suspended_since: Loose<'a>,
    #[serde(borrow)]
    source: Loose<'a>,
    #[serde(borrow)]
    mode: Loose<'a>,
    #[serde(borrow)]
    service_code: Loose<'a>,
    #[serde(borrow)]
    service_name: Loose<'a>,
    #[serde(borrow)]
    service_group: Loose<'a>,
    #[serde(borrow)]
    agency_responsible: Loose<'a>,
    #[serde(borrow)]
    grid_code: Loose<'a>,
    #[serde(borrow)]
    off_map: Loose<'a>,
    #[serde(borrow)]
    requested_datetime: Loose<'a>,
    #[serde(borrow)]
    updated_datetime: Loose<'a>,
    #[serde(borrow)]
    expected_datetime: Loose<'a>,
    #[serde(borrow)]
    sign_due: Loose<'a>,
    #[serde(borrow)]
    signed_at: Loose<'a>,
    #[serde(borrow)]
    handle_due: Loose<'a>,
    #[serde(borrow)]
    handled_late: Loose<'a>,
    #[serde(borrow)]
    closed_at: Loose<'a>,
    #[serde(borrow)]
    redo_count: Loose<'a>,
    #[serde(borrow)]
    rated: Loose<'a>,
    #[serde(borrow)]
    resolved: Loose<'a>,
}

impl TicketReader {
    /// One page of the list of tickets.
    pub fn page(&mut self, body: &[u8], mut each: impl FnMut(Result<Ticket, Reject>)) -> Result<PageHead, PageError> {
        let mut index = 0;
        read_page(body, |feature| {
            index += 1;
            each(feature.and_then(|feature| self.ticket(&feature, index)));
        })
    }

    /// One ticket. `place` is its place in the page, for the message when it has no number.
    pub fn ticket(&mut self, feature: &Feature<'_, TicketProperties<'_>>, place: usize) -> Result<Ticket, Reject> {
        let missing = TicketProperties::default();
        let it = feature.properties.as_ref().unwrap_or(&missing);
        let number = it.service_request_id.code().or_else(|| feature.id.code());
        let reject = |field, found: &Loose<'_>| {
            let known = number.as_ref().zip(it.ver.count()).map(|(id, ver)| (Arc::from(id.as_ref()), ver));
            let record = number.as_ref().map_or_else(|| format!("record {place}"), |id| display_text(id));
            Reject { record, field, found: found.to_string(), known }
        };
        let Some(id) = number.as_deref().filter(|id| is_presentable(id)) else {
            return Err(reject("service_request_id", &it.service_request_id));
        };
        let Some(reported_at) = it.requested_datetime.time() else {
            return Err(reject("requested_datetime", &it.requested_datetime));
        };
        let odd = &mut self.odd;
        let mut time = |field: &str, value: &Loose<'_>| {
            let time = value.time();
            if time.is_none() && !value.is_null() {
                odd.note(id, field, value);
            }
            time
        };
        let updated_at = time("updated_datetime", &it.updated_datetime).unwrap_or(reported_at);
        let stage_since = time("stage_since", &it.stage_since).unwrap_or(updated_at);
        let suspended_since = time("suspended_since", &it.suspended_since);
        let sign_due = time("sign_due", &it.sign_due);
        let signed_at = time("signed_at", &it.signed_at);
        let handle_due =
            time("handle_due", &it.handle_due).or_else(|| time("expected_datetime", &it.expected_datetime));
        let closed_at = time("closed_at", &it.closed_at);

        // An unknown stage must not hide the ticket: Open311's two words still say whether it is in hand.
        let stage = match it.stage.text().and_then(|key| Stage::ALL.into_iter().find(|stage| stage.key() == key)) {
            Some(stage) => stage,
            None => {
                let by_status = match it.status.text() {
                    Some("closed") => Stage::Closed,
                    Some("open") => Stage::Handle,
                    _ => return Err(reject("stage", &it.stage)),
                };
                if !it.stage.is_null() {
                    odd.note(id, "stage", &it.stage);
                }
                by_status
            }
        };
        let mut word = |field: &str, value: &Loose<'_>, is_known: bool| {
            if !is_known && !value.is_null() {
                odd.note(id, field, value);
            }
        };
        let source = it.source.text().and_then(|key| Source::ALL.into_iter().find(|source| source.key() == key));
        word("source", &it.source, source.is_some());
        let mode = it.mode.text().and_then(mode_of);
        word("mode", &it.mode, mode.is_some());
        let rated = match it.rated.text() {
            Some("yes") => Some(Rating::Yes),
            Some("no") => Some(Rating::No),
            Some("none") => Some(Rating::None),
            _ => None,
        };
        word("rated", &it.rated, rated.is_some());
        let lonlat = feature.geometry.as_ref().and_then(|shape| shape.lonlat());
        let position = match lonlat {
            Some((lon, lat)) => Position::At { lon, lat },
            None if it.off_map.text() == Some("outside") => Position::Outside,
            None => {
                word("geometry", &Loose::Text("no position on the globe".into()), feature.geometry.is_none());
                Position::Missing
            }
        };
        let names = &mut self.names;
        let mut shared = |value: &Loose<'_>| match value.code() {
            Some(name) => names.share(&name),
            None => names.empty(),
        };
        let category_code = shared(&it.service_code);
        let category = shared(if it.service_name.code().is_some() { &it.service_name } else { &it.service_code });
        Ok(Ticket {
            id: TicketId::new(id),
            ver: it.ver.count().unwrap_or(0),
            stage,
            stage_since,
            suspended_since,
            source: source.unwrap_or(Source::Other),
            mode: mode.unwrap_or(HandlingMode::Ordinary),
            category_code,
            category,
            category_group: shared(&it.service_group),
            agency: Some(shared(&it.agency_responsible)).filter(|unit| !unit.is_empty()),
            position,
            area: Some(shared(&it.grid_code)).filter(|code| !code.is_empty()).map(AreaCode),
            reported_at,
            updated_at,
            sign_due,
            signed_at,
            handle_due,
            handled_late: it.handled_late.truth().unwrap_or(false),
            closed_at,
            redo_count: it.redo_count.count().map_or(0, |count| count.min(255) as u8),
            rated: rated.unwrap_or_default(),
            resolved: it.resolved.truth(),
        })
    }

    /// The answer to a question for one ticket.
    pub fn detail(&mut self, body: &[u8]) -> Result<TicketDetail, PageError> {
        let feature = serde_json::from_slice(body).map_err(|fault| PageError::Json(fault.to_string()))?;
        let ticket = self.ticket(&feature, 1).map_err(|reject| PageError::Json(reject.to_string()))?;
        let document: serde_json::Value =
            serde_json::from_slice(body).map_err(|fault| PageError::Json(fault.to_string()))?;
        let more = document.get("properties");
        let more = |key: &str| more.and_then(|it| it.get(key)).unwrap_or(&serde_json::Value::Null);
        let id = ticket.id.as_str();
        let mut clocks: Vec<Clock> = entries(more("clocks"), id, "clocks", &mut self.odd);
        for pause in clocks.iter_mut().flat_map(|clock| &mut clock.pauses) {
            clean(&mut pause.reason);
        }
        let mut timeline: Vec<TimelineEntry> = entries(more("timeline"), id, "timeline", &mut self.odd);
        timeline.sort_by_key(|entry| entry.at);
        for entry in &mut timeline {
            entry.event = display_text(&entry.event);
            clean(&mut entry.unit);
            clean(&mut entry.actor_role);
            clean(&mut entry.note);
        }
        let related: Vec<String> = entries(more("related"), id, "related", &mut self.odd);
        let as_of = document.get("timeStamp").and_then(|it| it.as_str()).and_then(|it| it.parse().ok());
        Ok(TicketDetail {
            address: more("address").as_str().map(display_text).filter(|address| !address.is_empty()),
            clocks,
            timeline,
            evidence: more("evidence").as_u64().map_or(0, |count| u32::try_from(count).unwrap_or(u32::MAX)),
            related: related.into_iter().filter(|id| is_presentable(id)).map(TicketId::new).collect(),
            as_of: as_of.unwrap_or(ticket.updated_at),
            ticket,
        })
    }
}

/// The entries of a list that can be read; the others are noted.
fn entries<T: DeserializeOwned>(list: &serde_json::Value, id: &str, field: &str, odd: &mut Oddities) -> Vec<T> {
    let read = |entry: &serde_json::Value| {
        T::deserialize(entry).inspect_err(|fault| odd.note(id, field, &Loose::Text(fault.to_string().into()))).ok()
    };
    list.as_array().map_or_else(Vec::new, |list| list.iter().take(MAX_ENTRIES).filter_map(read).collect())
}

fn clean(text: &mut Option<String>) {
    *text = text.take().map(|text| display_text(&text)).filter(|text| !text.is_empty());
}

fn mode_of(key: &str) -> Option<HandlingMode> {
    use HandlingMode::{Consult, Emergency, Joint, Ordinary, Special, Supervised};
    [Ordinary, Joint, Consult, Emergency, Special, Supervised].into_iter().find(|mode| mode.key() == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICKET: &str = r#"{"type":"Feature","id":"HC261121-0084","geometry":{"type":"Point","coordinates":[109.3,21.2]},
        "properties":{"service_request_id":"HC261121-0084","ver":7,"status":"open","stage":"VERIFY",
        "stage_since":"2026-11-21T13:00:00+08:00","suspended_since":null,"source":"hotline","mode":"joint",
        "service_code":"0203","service_name":"供水不足","service_group":"供水供电","agency_responsible":"区水务局",
        "grid_code":"450502001003","requested_datetime":"2026-11-20T08:00:00+08:00",
        "updated_datetime":"2026-11-21T13:00:00+08:00","expected_datetime":"2026-11-22T18:00:00+08:00",
        "sign_due":"2026-11-20T10:00:00+08:00","signed_at":"2026-11-20T09:00:00+08:00",
        "handle_due":"2026-11-22T18:00:00+08:00","closed_at":null,"redo_count":1,"rated":"none","resolved":null,
        "priority":"2","risk":null,"colour":"unknown members are ignored"}}"#;

    fn read(json: &str) -> (Result<Ticket, Reject>, u64) {
        let mut reader = TicketReader::default();
        let ticket = reader.ticket(&serde_json::from_str(json).unwrap(), 1);
        (ticket, reader.odd.count)
    }

    #[test]
    fn a_ticket_as_the_contract_has_it() {
        let (ticket, odd) = read(TICKET);
        let ticket = ticket.unwrap();
        assert_eq!(odd, 0);
        assert_eq!((ticket.id.as_str(), ticket.ver, ticket.stage), ("HC261121-0084", 7, Stage::Verify));
        assert_eq!((ticket.source, ticket.mode), (Source::Hotline, HandlingMode::Joint));
        assert_eq!(ticket.position, Position::At { lon: 109.3, lat: 21.2 });
        assert_eq!((&*ticket.category, &*ticket.category_group), ("供水不足", "供水供电"));
        assert_eq!(ticket.area.unwrap().as_str(), "450502001003");
        assert_eq!(ticket.signed_at.unwrap().to_string(), "2026-11-20T01:00:00Z");
        assert_eq!(ticket.redo_count, 1);
    }

    #[test]
    fn drift_in_optional_members_keeps_the_row() {
        for (was, is) in [
            ("\"hotline\"", "\"video\""),
            ("\"joint\"", "[\"joint\"]"),
            ("\"rated\":\"none\"", "\"rated\":3"),
            ("\"2026-11-20T10:00:00+08:00\"", "\"soon\""),
            ("[109.3,21.2]", "[1093,21.2]"),
            ("\"VERIFY\"", "\"APPEAL\""),
        ] {
            let (ticket, odd) = read(&TICKET.replace(was, is));
            assert!(ticket.is_ok(), "{is}");
            assert_eq!(odd, 1, "{is}");
        }
        let (ticket, odd) = read(&TICKET.replace("\"ver\":7", "\"version\":7").replace("\"0203\"", "203"));
        let ticket = ticket.unwrap();
        assert_eq!((ticket.ver, &*ticket.category_code, odd), (0, "203", 0));
    }

    #[test]
    fn a_missing_required_member_costs_the_row_and_says_which() {
        let (ticket, _) = read(&TICKET.replace("\"2026-11-20T08:00:00+08:00\"", "20261120"));
        let reject = ticket.unwrap_err();
        assert_eq!(reject.to_string(), "HC261121-0084: requested_datetime: 20261120");
        assert_eq!(reject.known, Some(("HC261121-0084".into(), 7)));
        let spoofed = TICKET.replace("\"service_request_id\":\"HC", "\"service_request_id\":\"\\u202eHC");
        assert_eq!(read(&spoofed).0.unwrap_err().field, "service_request_id");
        assert_eq!(read("{\"id\":null}").0.unwrap_err().record, "record 1");
    }

    #[test]
    fn outside_and_missing_are_two_things() {
        let none = TICKET.replace("{\"type\":\"Point\",\"coordinates\":[109.3,21.2]}", "null");
        assert_eq!(read(&none).0.unwrap().position, Position::Missing);
        let outside = none.replace("\"ver\":7", "\"ver\":7,\"off_map\":\"outside\"");
        assert_eq!(read(&outside).0.unwrap().position, Position::Outside);
    }

    #[test]
    fn a_detail_keeps_what_can_be_read() {
        let more = r#""address":"海堤路 12 号","evidence":2,"related":["HC261120-0001",7],
            "clocks":[{"kind":"handle","started_at":"2026-11-20T08:00:00+08:00","stopped_at":null,
              "due_at":"2026-11-22T18:00:00+08:00","limit_min":1440,"urgent":false,"extended_min":0,
              "pauses":[{"from":"2026-11-20T09:00:00+08:00","to":null,"reason":"等待\u202e材料"}]},{"kind":"third"}],
            "timeline":[{"at":"2026-11-20T09:00:00+08:00","stage":"HANDLE","event":"signed","unit":"区水务局",
              "actor_role":"承办单位","note":null},{"at":"2026-11-20T08:00:00+08:00","stage":"REPORT","event":"reported"},
              {"at":"never"}],"colour":"#;
        let body = TICKET
            .replace("\"colour\":", more)
            .replace("{\"type\":\"Feature\"", "{\"timeStamp\":\"2026-11-21T14:32:05+08:00\",\"type\":\"Feature\"");
        let mut reader = TicketReader::default();
        let detail = reader.detail(body.as_bytes()).unwrap();
        assert_eq!((detail.clocks.len(), detail.timeline.len(), detail.related.len()), (1, 2, 1));
        assert_eq!(detail.clocks[0].pauses[0].reason.as_deref(), Some("等待材料"));
        assert_eq!(detail.timeline[0].event, "reported");
        assert_eq!((detail.evidence, detail.address.as_deref()), (2, Some("海堤路 12 号")));
        assert_eq!(detail.as_of.to_string(), "2026-11-21T06:32:05Z");
        assert_eq!(reader.odd.count, 3);
        assert_eq!((reader.odd.unmapped, reader.odd.off_globe), (0, 0), "entries are neither codes nor positions");
    }
}
