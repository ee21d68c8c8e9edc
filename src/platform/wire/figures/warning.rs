//! One warning from its feature. Level, text and time are what it cannot do without.

use serde::Deserialize;

use super::{Record, area, text, tickets};
use crate::domain::{Warning, WarningKind, WarningLevel, WarningNature, WarningState};
use crate::platform::wire::loose::Loose;
use crate::platform::wire::page::Reject;

/// The properties, unchecked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Properties<'a> {
    #[serde(borrow)]
    id: Loose<'a>,
    #[serde(borrow)]
    level: Loose<'a>,
    #[serde(borrow)]
    kind: Loose<'a>,
    #[serde(borrow)]
    nature: Loose<'a>,
    #[serde(borrow)]
    state: Loose<'a>,
    #[serde(borrow)]
    text: Loose<'a>,
    #[serde(borrow)]
    text_en: Loose<'a>,
    #[serde(borrow)]
    area_code: Loose<'a>,
    #[serde(borrow)]
    service_code: Loose<'a>,
    #[serde(borrow)]
    issued_at: Loose<'a>,
    #[serde(borrow)]
    valid_until: Loose<'a>,
    #[serde(borrow)]
    source: Loose<'a>,
    #[serde(borrow)]
    seen: Loose<'a>,
    #[serde(borrow)]
    expected: Loose<'a>,
    #[serde(borrow)]
    evidence: Option<Vec<Loose<'a>>>,
}

/// The warning. A state that nobody knows counts as in force: silence would be worse.
pub fn take(it: &Properties<'_>, record: &Record<'_>) -> Result<Warning, Reject> {
    let level = it.level.count().and_then(WarningLevel::from_grade);
    Ok(Warning {
        id: record.id(&it.id)?,
        level: level.ok_or_else(|| record.lacks("level", &it.level))?,
        kind: it.kind.text().map_or(WarningKind::Other, WarningKind::from_key),
        nature: it.nature.text().and_then(WarningNature::from_key),
        state: it.state.text().and_then(WarningState::from_key).unwrap_or(WarningState::Published),
        text: text(&it.text).ok_or_else(|| record.lacks("text", &it.text))?,
        text_en: text(&it.text_en),
        area: area(&it.area_code),
        service_code: text(&it.service_code),
        issued_at: record.time("issued_at", &it.issued_at)?,
        valid_until: it.valid_until.time(),
        source: text(&it.source).unwrap_or_default(),
        seen: it.seen.number(),
        expected: it.expected.number(),
        evidence: tickets(&it.evidence),
    })
}
