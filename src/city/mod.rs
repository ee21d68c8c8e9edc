//! The live model inside the ECS: the city's resources, filled by [`receive`] from the platform thread. No rendering.
//!
//! `receive` is the only writer of these resources; everyone else takes `Res` and uses change detection.

pub mod freshness;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use bevy::prelude::*;

use crate::domain::{self, AreaId, AreaTable, Feed, Place, SourceStatus, Stage, Ticket, TicketDetail, TicketId, Trouble};
use crate::platform::Ask;

/// All areas of the district. Empty before the first list.
#[derive(Resource, Default)]
pub struct Areas {
    /// The table; replaced as a whole.
    pub table: Arc<AreaTable>,
    /// What was wrong with single areas of the list.
    pub defects: Vec<domain::AreaDefect>,
}

/// The base map.
#[derive(Resource, Default)]
pub struct Places(pub Arc<Vec<Place>>);

/// The site's facts and clock; `None` before the landing page has arrived.
#[derive(Resource, Default)]
pub struct SiteFacts(pub Option<domain::Site>);

/// All tickets, by number. The order of `iter` is unspecified; panels keep their own sorted views.
#[derive(Resource, Default)]
pub struct Tickets {
    /// The tickets.
    pub by_id: HashMap<TicketId, Ticket>,
    /// The newest tickets by `reported_at`, newest first; at most 500.
    pub newest: Vec<TicketId>,
    /// True once a complete list has arrived.
    pub is_complete: bool,
}

/// Counts per area and stage, kept up to date in O(change) by `tallies.rs`.
#[derive(Resource, Default)]
pub struct Tallies {
    /// Per [`AreaId`]: counts of the area with all its descendants.
    pub areas: Vec<AreaTally>,
    /// Tickets in hand of the whole platform, on the map or not, per stage of [`Stage::IN_HAND`].
    pub stages: [StageTally; 8],
    /// Tickets in hand that have no place on the map: no coordinates and no known area.
    pub off_map: u32,
    /// Tickets in hand whose area code is not in the table, but which have coordinates.
    pub unmatched: u32,
    /// Tickets reported today (site zone), by hour and source: `[hour][source]`, as in [`domain::Source::ALL`].
    pub today: [[u32; 4]; 24],
    /// Tickets reported on the same weekday of earlier weeks, newest week first (at most eight), by hour.
    pub same_weekday: Vec<[u32; 24]>,
}

/// Counts of one area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AreaTally {
    /// Tickets in hand.
    pub open: u32,
    /// Of these, overdue.
    pub overdue: u32,
    /// Reported today.
    pub today: u32,
}

/// Counts of one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageTally {
    /// Tickets in this stage.
    pub count: u32,
    /// Of these, overdue.
    pub overdue: u32,
    /// Median time in this stage, seconds; `None` where count is zero.
    pub median_age_s: Option<i64>,
}

/// The detail of the selected ticket.
#[derive(Resource, Default, Clone, Debug)]
pub enum Detail {
    /// No ticket is selected.
    #[default]
    None,
    /// Asked for, not yet there.
    Asked(TicketId),
    /// Here.
    Here(Box<TicketDetail>),
    /// Not to be had, and why.
    Failed(TicketId, Trouble),
}

/// The platform's upstream systems.
#[derive(Resource, Default)]
pub struct Sources(pub Vec<SourceStatus>);

/// Records that could not be used, per feed: count and the first few reasons.
#[derive(Resource, Default)]
pub struct Rejects(pub HashMap<Feed, (u64, Vec<String>)>);

/// The link to the platform thread, for asks. `None` in tests without a platform.
#[derive(Resource, Default)]
pub struct PlatformLink(pub Option<Box<dyn Fn(Ask) + Send + Sync>>);

/// A ticket moved on, was created, or left: facts in bulk for pulses and lists.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct TicketMoved {
    /// The ticket.
    pub id: TicketId,
    /// Its stage before; `None` if it is new.
    pub from: Option<Stage>,
    /// Its stage now; `None` if it was deleted.
    pub to: Option<Stage>,
    /// Where it counts.
    pub area: Option<AreaId>,
}

/// The wall's clock: platform time, advanced with real time between answers. Advanced once a frame.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Now {
    /// Platform time.
    pub at: jiff::Timestamp,
    /// Monotonic time of this frame, for ages.
    pub mono: Instant,
    /// True once a landing page has told the platform's time.
    pub is_platform_time: bool,
}
