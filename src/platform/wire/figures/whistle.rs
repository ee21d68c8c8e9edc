//! One whistle call from its feature. A called unit without a name is left out.

use serde::Deserialize;
use serde_json::Value;

use super::{MAX_NAMED, Record, area, rating, text};
use crate::domain::{CalledUnit, TicketId, WhistleCall, WhistleResult, WhistleTrigger};
use crate::platform::wire::loose::Loose;
use crate::platform::wire::names::is_presentable;
use crate::platform::wire::page::Reject;

/// The properties, unchecked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Properties<'a> {
    #[serde(borrow)]
    id: Loose<'a>,
    #[serde(borrow)]
    trigger: Loose<'a>,
    #[serde(borrow)]
    whistler: Loose<'a>,
    #[serde(borrow)]
    area_code: Loose<'a>,
    #[serde(borrow)]
    subject: Loose<'a>,
    #[serde(borrow)]
    ticket_id: Loose<'a>,
    #[serde(borrow)]
    called_at: Loose<'a>,
    units: Vec<Value>,
    #[serde(borrow)]
    result: Loose<'a>,
    #[serde(borrow)]
    ended_at: Loose<'a>,
    #[serde(borrow)]
    rating: Loose<'a>,
}

/// The call.
pub fn take(it: &Properties<'_>, record: &Record<'_>) -> Result<WhistleCall, Reject> {
    let ticket = it.ticket_id.code().filter(|id| is_presentable(id));
    Ok(WhistleCall {
        id: record.id(&it.id)?,
        trigger: record.word("trigger", &it.trigger, WhistleTrigger::from_key)?,
        whistler: text(&it.whistler).unwrap_or_default(),
        area: area(&it.area_code),
        subject: text(&it.subject).unwrap_or_default(),
        ticket: ticket.map(|id| TicketId::new(id.as_ref())),
        called_at: record.time("called_at", &it.called_at)?,
        units: it.units.iter().filter_map(unit).take(MAX_NAMED).collect(),
        result: it.result.text().and_then(WhistleResult::from_key),
        ended_at: it.ended_at.time(),
        rating: rating(&it.rating),
    })
}

fn unit(sent: &Value) -> Option<CalledUnit> {
    let of =
        |name: &str| sent.get(name).map(|value| Loose::deserialize(value).unwrap_or(Loose::Odd)).unwrap_or_default();
    Some(CalledUnit {
        unit: text(&of("unit"))?,
        due_at: of("due_at").time(),
        arrived_at: of("arrived_at").time(),
        rating: rating(&of("rating")),
    })
}
