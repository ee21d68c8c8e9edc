//! The events of the change stream: what each means for the list of tickets.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::loose::Loose;
use super::page::{Feature, Reject, StreamPosition};
use super::ticket::{TicketProperties, TicketReader};
use crate::domain::{Ticket, TicketId};

/// One event of the stream.
#[derive(Debug, PartialEq)]
pub enum StreamEvent {
    /// A ticket was created, changed or deleted.
    Change {
        /// Its place in the log.
        at: StreamPosition,
        /// The ticket's number.
        id: TicketId,
        /// Its version after the change; `None` where the platform does not say.
        ver: Option<u64>,
        /// What it is now.
        now: ChangedTicket,
    },
    /// Nothing is missing up to here.
    Bookmark(StreamPosition),
    /// What the list should add up to.
    Digest {
        /// As of here.
        at: StreamPosition,
        /// Number of tickets.
        count: u64,
        /// XOR over the tickets; see `ledger.rs`.
        xor: u64,
    },
    /// The list must be read again.
    Reset(String),
    /// A kind of event we do not use.
    Other,
    /// An event we should use and cannot read.
    Broken(String),
}

/// A ticket after a change.
#[derive(Debug, PartialEq)]
pub enum ChangedTicket {
    /// As it is now.
    Is(Box<Ticket>),
    /// It is no more.
    Gone,
    /// It changed, but the record cannot be used.
    Unusable(Reject),
}

#[derive(Deserialize)]
struct Envelope<'a, D> {
    #[serde(borrow, default)]
    epoch: Loose<'a>,
    #[serde(borrow, default)]
    seq: Loose<'a>,
    #[serde(borrow, default)]
    ver: Loose<'a>,
    #[serde(borrow, default)]
    subject: Loose<'a>,
    data: D,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Mark<'a> {
    #[serde(borrow)]
    epoch: Loose<'a>,
    #[serde(borrow)]
    seq: Loose<'a>,
    #[serde(borrow)]
    collection: Loose<'a>,
    #[serde(borrow)]
    count: Loose<'a>,
    #[serde(borrow)]
    xor: Loose<'a>,
    #[serde(borrow)]
    reason: Loose<'a>,
}

/// Reads one event of the stream from its name and data.
pub fn read_event(name: &str, data: &str, reader: &mut TicketReader) -> StreamEvent {
    match name {
        "ticket.created" | "ticket.updated" => read_change(data, reader),
        "ticket.deleted" => read_deletion(data),
        "bookmark" | "digest" | "reset" => read_mark(name, data),
        _ => StreamEvent::Other,
    }
}

fn read_change(data: &str, reader: &mut TicketReader) -> StreamEvent {
    let whole = serde_json::from_str::<Envelope<'_, Feature<'_, TicketProperties<'_>>>>(data);
    match whole {
        Ok(event) => {
            let ticket = reader.ticket(&event.data, 1);
            let id = event.subject.code().or_else(|| event.data.id.code());
            let id = id.map(|id| TicketId::new(id.as_ref())).or_else(|| ticket.as_ref().ok().map(|it| it.id.clone()));
            let ver = event.ver.count();
            // The list and the stream must speak of one ticket with one version.
            let now = match ticket {
                Ok(mut ticket) if id.as_ref() == Some(&ticket.id) => {
                    ticket.ver = ver.unwrap_or(ticket.ver);
                    ChangedTicket::Is(Box::new(ticket))
                }
                Ok(ticket) => ChangedTicket::Unusable(Reject {
                    record: ticket.id.to_string(),
                    field: "subject",
                    found: event.subject.to_string(),
                    known: None,
                }),
                Err(reject) => ChangedTicket::Unusable(reject),
            };
            change(&event.epoch, &event.seq, id, ver, now, data)
        }
        Err(fault) => {
            let Ok(event) = serde_json::from_str::<Envelope<'_, IgnoredAny>>(data) else {
                return StreamEvent::Broken(format!("event is not readable JSON: {fault}"));
            };
            let id = event.subject.code().map(|id| TicketId::new(id.as_ref()));
            let record = id.as_ref().map_or_else(|| "event".to_owned(), TicketId::to_string);
            let reject = Reject { record, field: "data", found: fault.to_string(), known: None };
            let unusable = ChangedTicket::Unusable(reject);
            change(&event.epoch, &event.seq, id, event.ver.count(), unusable, data)
        }
    }
}

fn read_deletion(data: &str) -> StreamEvent {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Gone<'a> {
        #[serde(borrow)]
        id: Loose<'a>,
    }
    match serde_json::from_str::<Envelope<'_, Gone<'_>>>(data) {
        Ok(event) => {
            let id = event.subject.code().or_else(|| event.data.id.code()).map(|id| TicketId::new(id.as_ref()));
            change(&event.epoch, &event.seq, id, event.ver.count(), ChangedTicket::Gone, data)
        }
        Err(fault) => StreamEvent::Broken(format!("event is not readable JSON: {fault}")),
    }
}

fn change(
    epoch: &Loose<'_>,
    seq: &Loose<'_>,
    id: Option<TicketId>,
    ver: Option<u64>,
    now: ChangedTicket,
    data: &str,
) -> StreamEvent {
    match (position(epoch, seq), id) {
        (Some(at), Some(id)) => StreamEvent::Change { at, id, ver, now },
        (None, _) => StreamEvent::Broken(format!("event without epoch and seq: {}", name_of(data))),
        (_, None) => StreamEvent::Broken(format!("event without subject: {}", name_of(data))),
    }
}

fn read_mark(name: &str, data: &str) -> StreamEvent {
    let Ok(mark) = serde_json::from_str::<Mark<'_>>(data) else {
        return StreamEvent::Broken(format!("{name} is not readable JSON"));
    };
    if name == "reset" {
        let reason = mark.reason.text().map(crate::domain::text::display_text);
        return StreamEvent::Reset(reason.unwrap_or_else(|| "the platform gave no reason".into()));
    }
    let Some(at) = position(&mark.epoch, &mark.seq) else {
        return StreamEvent::Broken(format!("{name} without epoch and seq"));
    };
    if name == "bookmark" {
        return StreamEvent::Bookmark(at);
    }
    let xor = mark.xor.text().and_then(|xor| u64::from_str_radix(xor, 16).ok());
    match (mark.collection.text(), mark.count.count(), xor) {
        (Some("tickets"), Some(count), Some(xor)) => StreamEvent::Digest { at, count, xor },
        (Some("tickets"), _, _) => StreamEvent::Broken("digest without count and xor".into()),
        _ => StreamEvent::Other,
    }
}

fn position(epoch: &Loose<'_>, seq: &Loose<'_>) -> Option<StreamPosition> {
    Some(StreamPosition { epoch: Arc::from(epoch.code()?.as_ref()), seq: seq.count()? })
}

fn name_of(data: &str) -> String {
    data.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, data: &str) -> StreamEvent {
        read_event(name, data, &mut TicketReader::default())
    }

    const UPDATED: &str = r#"{"specversion":"1.0","id":"e1-42","type":"ticket.updated","subject":"T1","epoch":"e1",
        "seq":42,"ver":7,"data":{"type":"Feature","id":"T1","geometry":null,"properties":{"service_request_id":"T1",
        "ver":7,"stage":"HANDLE","requested_datetime":"2026-11-20T08:00:00+08:00"}}}"#;

    #[test]
    fn a_change_has_its_place_id_and_version() {
        let StreamEvent::Change { at, id, ver, now } = read("ticket.updated", UPDATED) else { panic!() };
        assert_eq!((&*at.epoch, at.seq, id.as_str(), ver), ("e1", 42, "T1", Some(7)));
        assert!(matches!(now, ChangedTicket::Is(ticket) if ticket.ver == 7));
    }

    #[test]
    fn a_record_that_cannot_be_used_still_moves_the_log() {
        for (was, is) in [
            ("\"2026-11-20T08:00:00+08:00\"", "7"),
            ("\"geometry\":null", "\"geometry\":\"none\""),
            (
                "\"id\":\"T1\",\"geometry\":null,\"properties\":{\"service_request_id\":\"T1\"",
                "\"id\":\"T2\",\"geometry\":null,\"properties\":{\"service_request_id\":\"T2\"",
            ),
        ] {
            let data = UPDATED.replace(was, is);
            assert_ne!(data, UPDATED);
            let event = read("ticket.updated", &data);
            assert!(
                matches!(&event, StreamEvent::Change { at, now: ChangedTicket::Unusable(_), .. } if at.seq == 42),
                "{is}: {event:?}"
            );
        }
        assert!(matches!(read("ticket.updated", &UPDATED[..50]), StreamEvent::Broken(_)));
        assert!(matches!(
            read("ticket.updated", &UPDATED.replace("\"seq\":42", "\"seq\":null")),
            StreamEvent::Broken(_)
        ));
    }

    #[test]
    fn deletions_marks_and_strangers() {
        let gone = read("ticket.deleted", r#"{"epoch":"e1","seq":43,"ver":8,"data":{"id":"T1"}}"#);
        assert!(matches!(gone, StreamEvent::Change { now: ChangedTicket::Gone, ver: Some(8), .. }));
        let at = StreamPosition { epoch: "e1".into(), seq: 43 };
        assert_eq!(read("bookmark", r#"{"epoch":"e1","seq":43}"#), StreamEvent::Bookmark(at.clone()));
        let digest = r#"{"epoch":"e1","seq":43,"collection":"tickets","count":2,"xor":"00000000000000ff"}"#;
        assert_eq!(read("digest", digest), StreamEvent::Digest { at, count: 2, xor: 255 });
        assert_eq!(read("reset", r#"{"epoch":"e2","reason":"restored"}"#), StreamEvent::Reset("restored".into()));
        assert_eq!(read("weather.raised", "{"), StreamEvent::Other);
        assert!(matches!(read("bookmark", "{"), StreamEvent::Broken(_)));
    }
}
