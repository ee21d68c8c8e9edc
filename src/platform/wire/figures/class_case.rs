//! One class case from its feature. Name, stage and times are what it cannot do without.

use serde::Deserialize;

use super::{Record, area, count, text, tickets};
use crate::domain::{ClassCase, ClassKind, ClassStage};
use crate::platform::wire::loose::Loose;
use crate::platform::wire::page::Reject;

/// The properties, unchecked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Properties<'a> {
    #[serde(borrow)]
    id: Loose<'a>,
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    kind: Loose<'a>,
    #[serde(borrow)]
    service_code: Loose<'a>,
    #[serde(borrow)]
    area_code: Loose<'a>,
    #[serde(borrow)]
    owner: Loose<'a>,
    #[serde(borrow)]
    stage: Loose<'a>,
    #[serde(borrow)]
    stage_since: Loose<'a>,
    #[serde(borrow)]
    opened_at: Loose<'a>,
    #[serde(borrow)]
    planned_at: Loose<'a>,
    #[serde(borrow)]
    due_at: Loose<'a>,
    #[serde(borrow)]
    closed_at: Loose<'a>,
    #[serde(borrow)]
    tickets: Loose<'a>,
    #[serde(borrow)]
    before: Loose<'a>,
    #[serde(borrow)]
    after: Loose<'a>,
    #[serde(borrow)]
    after_days: Loose<'a>,
    #[serde(borrow)]
    members: Option<Vec<Loose<'a>>>,
    #[serde(borrow)]
    as_of: Loose<'a>,
}

/// The case.
pub fn take(it: &Properties<'_>, record: &Record<'_>) -> Result<ClassCase, Reject> {
    Ok(ClassCase {
        id: record.id(&it.id)?,
        name: text(&it.name).ok_or_else(|| record.lacks("name", &it.name))?,
        kind: it.kind.text().and_then(ClassKind::from_key).unwrap_or(ClassKind::Common),
        service_code: text(&it.service_code),
        area: area(&it.area_code),
        owner: text(&it.owner),
        stage: record.word("stage", &it.stage, ClassStage::from_key)?,
        stage_since: record.time("stage_since", &it.stage_since)?,
        opened_at: record.time("opened_at", &it.opened_at)?,
        planned_at: it.planned_at.time(),
        due_at: it.due_at.time(),
        closed_at: it.closed_at.time(),
        tickets: count(&it.tickets).ok_or_else(|| record.lacks("tickets", &it.tickets))?,
        before: count(&it.before),
        after: count(&it.after),
        after_days: count(&it.after_days),
        members: tickets(&it.members),
        as_of: record.time("as_of", &it.as_of)?,
    })
}
