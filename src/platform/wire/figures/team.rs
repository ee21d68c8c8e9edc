//! One team from its feature. A number that cannot be read is not collected, which is not zero.

use serde::Deserialize;

use super::{Record, area, count};
use crate::domain::{Team, TeamKind};
use crate::platform::wire::loose::Loose;
use crate::platform::wire::page::Reject;

/// The properties, unchecked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Properties<'a> {
    #[serde(borrow)]
    area_code: Loose<'a>,
    #[serde(borrow)]
    kind: Loose<'a>,
    #[serde(borrow)]
    total: Loose<'a>,
    #[serde(borrow)]
    on_duty: Loose<'a>,
    #[serde(borrow)]
    online: Loose<'a>,
    #[serde(borrow)]
    devices_online: Loose<'a>,
    #[serde(borrow)]
    devices_total: Loose<'a>,
    #[serde(borrow)]
    grids: Loose<'a>,
    #[serde(borrow)]
    grids_visited: Loose<'a>,
    #[serde(borrow)]
    as_of: Loose<'a>,
}

/// The team.
pub fn take(it: &Properties<'_>, record: &Record<'_>) -> Result<Team, Reject> {
    Ok(Team {
        area: area(&it.area_code),
        kind: record.word("kind", &it.kind, TeamKind::from_key)?,
        total: count(&it.total),
        on_duty: count(&it.on_duty),
        online: count(&it.online),
        devices_online: count(&it.devices_online),
        devices_total: count(&it.devices_total),
        grids: count(&it.grids),
        grids_visited: count(&it.grids_visited),
        as_of: record.time("as_of", &it.as_of)?,
    })
}
