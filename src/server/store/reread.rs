//! Tickets as values again, read from the features that are kept: for whoever counts them after a file was opened. What
//! is read here was written by `feature/ticket.rs`; a feature that cannot be read means a damaged file.

use jiff::Timestamp;
use rusqlite::params;
use rusqlite::types::ValueRef;
use serde::Deserialize;

use super::{Store, StoreError};
use crate::domain::{AreaCode, HandlingMode, Position, Rating, Source, Stage, Ticket, TicketId};

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
}

/// What is counted; the place on the map is not.
#[derive(Deserialize)]
struct Properties {
    service_request_id: String,
    ver: u64,
    stage: Stage,
    stage_since: Timestamp,
    suspended_since: Option<Timestamp>,
    source: Source,
    mode: HandlingMode,
    service_code: String,
    service_name: String,
    service_group: String,
    agency_responsible: Option<String>,
    grid_code: Option<String>,
    requested_datetime: Timestamp,
    updated_datetime: Timestamp,
    sign_due: Option<Timestamp>,
    signed_at: Option<Timestamp>,
    handle_due: Option<Timestamp>,
    #[serde(default)]
    handled_late: bool,
    closed_at: Option<Timestamp>,
    redo_count: u8,
    rated: Rating,
    resolved: Option<bool>,
}

impl Store {
    /// At most `most` tickets after row `after`, without their place on the map, and the last row; `None` at the end.
    pub fn tickets_after(&self, after: i64, most: usize) -> Result<(Vec<Ticket>, Option<i64>), StoreError> {
        let sql = "SELECT n, feature, id FROM tickets WHERE n > ?1 ORDER BY n LIMIT ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![after, most as i64])?;
        let (mut tickets, mut last) = (Vec::with_capacity(most), None);
        while let Some(row) = rows.next()? {
            last = Some(row.get(0)?);
            let value = row.get_ref(1)?;
            if let ValueRef::Blob(bytes) = value {
                let id = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
                tickets.push(Ticket { position: Position::Missing, ..self.spelt_out(id, bytes)? });
                continue;
            }
            let text = value.as_str().map_err(rusqlite::Error::from)?;
            let Feature { properties: it } = serde_json::from_str(text).map_err(|error| StoreError::Damaged {
                path: self.path.clone().unwrap_or_default(),
                detail: format!("a ticket cannot be read: {error}"),
            })?;
            tickets.push(Ticket {
                id: TicketId::new(it.service_request_id),
                ver: it.ver,
                stage: it.stage,
                stage_since: it.stage_since,
                suspended_since: it.suspended_since,
                source: it.source,
                mode: it.mode,
                category_code: it.service_code.into(),
                category: it.service_name.into(),
                category_group: it.service_group.into(),
                agency: it.agency_responsible.map(Into::into),
                position: Position::Missing,
                area: it.grid_code.map(AreaCode::new),
                reported_at: it.requested_datetime,
                updated_at: it.updated_datetime,
                sign_due: it.sign_due,
                signed_at: it.signed_at,
                handle_due: it.handle_due,
                handled_late: it.handled_late,
                closed_at: it.closed_at,
                redo_count: it.redo_count,
                rated: it.rated,
                resolved: it.resolved,
            });
        }
        Ok((tickets, last))
    }
}
