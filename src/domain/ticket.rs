//! Tickets 工单: one reported matter, its stage, its two clocks and its lanes.
//!
//! [`Ticket`] is what a list or the map needs and never holds a person or free text. [`TicketDetail`] is what an
//! operator sees after the third click. Stage labels, limits and calendars are data of the [`Site`](super::Site).

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{AreaCode, Calendar};

/// The number of a ticket as people quote it, for example `HC261121-0084`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct TicketId(pub Arc<str>);

impl TicketId {
    /// Wraps a number as it came from the platform.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }
    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for TicketId {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<TicketId> for String {
    fn from(code: TicketId) -> Self {
        code.as_str().to_owned()
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The canonical stages 环节, fine enough that each city's six, seven or eight steps are labels on them: a city that
/// has fewer gives neighbouring stages the same label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Stage {
    /// 信息采集
    Collect,
    /// 上报
    Report,
    /// 研判 / 立案
    Register,
    /// 分流 / 派遣
    Dispatch,
    /// 处置
    Handle,
    /// 反馈
    Feedback,
    /// 核查
    Verify,
    /// 考核 / 评价
    Evaluate,
    /// 结案存档: no longer in hand
    Closed,
    /// 作废
    Void,
}

impl Stage {
    /// The stages of a ticket in hand, in order.
    pub const IN_HAND: [Stage; 8] = [
        Stage::Collect,
        Stage::Report,
        Stage::Register,
        Stage::Dispatch,
        Stage::Handle,
        Stage::Feedback,
        Stage::Verify,
        Stage::Evaluate,
    ];

    /// All stages: those in hand, then the two ends.
    pub const ALL: [Stage; 10] = [
        Stage::Collect,
        Stage::Report,
        Stage::Register,
        Stage::Dispatch,
        Stage::Handle,
        Stage::Feedback,
        Stage::Verify,
        Stage::Evaluate,
        Stage::Closed,
        Stage::Void,
    ];

    /// True until the ticket is closed or void.
    pub const fn is_in_hand(self) -> bool {
        !matches!(self, Stage::Closed | Stage::Void)
    }

    /// The name on the wire, for example `VERIFY`.
    pub const fn key(self) -> &'static str {
        match self {
            Stage::Collect => "COLLECT",
            Stage::Report => "REPORT",
            Stage::Register => "REGISTER",
            Stage::Dispatch => "DISPATCH",
            Stage::Handle => "HANDLE",
            Stage::Feedback => "FEEDBACK",
            Stage::Verify => "VERIFY",
            Stage::Evaluate => "EVALUATE",
            Stage::Closed => "CLOSED",
            Stage::Void => "VOID",
        }
    }
}

/// Where a ticket came from. Four kinds have a mark of their own on the wall; `Other` keeps the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// 网格上报
    GridWorker,
    /// 12345 热线
    Hotline,
    /// 派遣、感知 (dispatch by a department, sensors)
    Dispatch,
    /// Any other channel.
    Other,
}

impl Source {
    /// All sources, in the order of the keys.
    pub const ALL: [Source; 4] = [Source::GridWorker, Source::Hotline, Source::Dispatch, Source::Other];

    /// The name on the wire.
    pub const fn key(self) -> &'static str {
        match self {
            Source::GridWorker => "grid_worker",
            Source::Hotline => "hotline",
            Source::Dispatch => "dispatch",
            Source::Other => "other",
        }
    }
}

/// How a ticket is handled: the five ways and the ordinary one (五办一回访).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandlingMode {
    /// Ordinary handling by one unit.
    Ordinary,
    /// 联动协办
    Joint,
    /// 疑难商办
    Consult,
    /// 应急处办
    Emergency,
    /// 特事特办
    Special,
    /// 重点督办
    Supervised,
}

impl HandlingMode {
    /// The name on the wire.
    pub const fn key(self) -> &'static str {
        match self {
            HandlingMode::Ordinary => "ordinary",
            HandlingMode::Joint => "joint",
            HandlingMode::Consult => "consult",
            HandlingMode::Emergency => "emergency",
            HandlingMode::Special => "special",
            HandlingMode::Supervised => "supervised",
        }
    }
}

/// The reporter's answer on satisfaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// Satisfied.
    Yes,
    /// Not satisfied.
    No,
    /// Not rated (未评价).
    #[default]
    None,
}

/// Where a ticket is on the map, or that it has no place there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Position {
    /// CRS84 degrees.
    At {
        /// Longitude.
        lon: f64,
        /// Latitude.
        lat: f64,
    },
    /// The record has no coordinates ("not on map").
    Missing,
    /// The record has coordinates, but outside the district ("not on map").
    Outside,
}

impl Position {
    /// The point, if the ticket is on the map.
    pub fn lonlat(self) -> Option<(f64, f64)> {
        match self {
            Position::At { lon, lat } => Some((lon, lat)),
            Position::Missing | Position::Outside => None,
        }
    }
}

/// One ticket, without free text and without persons: all that a wall may hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticket {
    /// The number.
    pub id: TicketId,
    /// Version; grows with each change within an epoch.
    pub ver: u64,
    /// The stage it is in.
    pub stage: Stage,
    /// Since when it has been in this stage.
    pub stage_since: Timestamp,
    /// Since when the handling clock is paused (挂账), if it is.
    pub suspended_since: Option<Timestamp>,
    /// Where it came from.
    pub source: Source,
    /// How it is handled.
    pub mode: HandlingMode,
    /// Code of the category (second level), for example `0203`.
    pub category_code: Arc<str>,
    /// Name of the category (second level), for example 供水不足.
    pub category: Arc<str>,
    /// Name of the class above, for example 供水供电; may be empty.
    pub category_group: Arc<str>,
    /// The lead unit.
    pub agency: Option<Arc<str>>,
    /// Where it is.
    pub position: Position,
    /// The smallest area it is known to lie in (usually a grid).
    pub area: Option<AreaCode>,
    /// When it was reported.
    pub reported_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Until when the unit must sign for it.
    pub sign_due: Option<Timestamp>,
    /// When the unit signed for it.
    pub signed_at: Option<Timestamp>,
    /// Until when it must be handled.
    pub handle_due: Option<Timestamp>,
    /// True once its handling ended after its limit, in this round or an earlier one. While handling goes on, see
    /// [`Ticket::is_overdue`].
    pub handled_late: bool,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// How often it was done again after a dissatisfied rating.
    pub redo_count: u8,
    /// Satisfaction.
    pub rated: Rating,
    /// The reporter's answer on solving.
    pub resolved: Option<bool>,
}

#[cfg(test)]
impl Ticket {
    /// A ticket of which nothing is known but when it was reported, for tests to begin with.
    pub(crate) fn reported(id: impl Into<Arc<str>>, at: Timestamp) -> Self {
        let word = Arc::<str>::default;
        Self {
            id: TicketId::new(id),
            ver: 1,
            stage: Stage::Handle,
            stage_since: at,
            suspended_since: None,
            source: Source::Other,
            mode: HandlingMode::Ordinary,
            category_code: word(),
            category: word(),
            category_group: word(),
            agency: None,
            position: Position::Missing,
            area: None,
            reported_at: at,
            updated_at: at,
            sign_due: None,
            signed_at: None,
            handle_due: None,
            handled_late: false,
            closed_at: None,
            redo_count: 0,
            rated: Rating::None,
            resolved: None,
        }
    }
}

impl Ticket {
    /// True while someone has work with it.
    pub fn is_in_hand(&self) -> bool {
        self.stage.is_in_hand()
    }

    /// True if it is past a due time at `now`: unsigned after `sign_due`, or in a stage up to Handle after `handle_due`.
    /// A paused ticket is not overdue for handling.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.limit().is_some_and(|due| due < now)
    }

    /// When the next thing must be done: signing, then handling. A paused ticket and one past handling have no limit for
    /// handling now, a closed one has none at all.
    pub fn limit(&self) -> Option<Timestamp> {
        if !self.is_in_hand() {
            return None;
        }
        let signing = if self.signed_at.is_none() { self.sign_due } else { None };
        let is_handled = self.stage > Stage::Handle || self.suspended_since.is_some();
        let handling = if is_handled { None } else { self.handle_due };
        [signing, handling].into_iter().flatten().min()
    }

    /// True if it was reported in `[from, to)`.
    pub fn is_reported_within(&self, from: Timestamp, to: Timestamp) -> bool {
        from <= self.reported_at && self.reported_at < to
    }
}

/// Which of the two clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// 签收钟: from dispatch to sign-off.
    Sign,
    /// 办理钟: from registration to the end of handling.
    Handle,
}

/// A stretch in which a clock stands still (挂账).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When it began.
    pub from: Timestamp,
    /// When it ended; `None` while it lasts.
    pub to: Option<Timestamp>,
    /// Why, in the platform's words.
    #[serde(default)]
    pub reason: Option<String>,
}

/// One clock of a ticket. Elapsed and limit are in minutes of the clock's own time: working time unless `urgent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Which one.
    pub kind: ClockKind,
    /// When it started.
    pub started_at: Timestamp,
    /// When it stopped; `None` while it runs.
    pub stopped_at: Option<Timestamp>,
    /// When it runs out, pauses and extensions so far included.
    pub due_at: Option<Timestamp>,
    /// The limit in minutes of the clock's own time.
    pub limit_min: Option<u32>,
    /// True if the clock runs day and night (紧急工作时).
    #[serde(default)]
    pub urgent: bool,
    /// By how many minutes the limit was extended (延期); contained in `limit_min`.
    #[serde(default)]
    pub extended_min: u32,
    /// Where it stood still.
    #[serde(default)]
    pub pauses: Vec<Pause>,
}

impl Clock {
    /// Time on the clock at `now`: between start and stop, in working time unless urgent, less the pauses.
    pub fn elapsed(&self, now: Timestamp, calendar: &Calendar) -> SignedDuration {
        let end = self.stopped_at.unwrap_or(now).min(now);
        let span = |from: Timestamp, to: Timestamp| {
            if to <= from {
                SignedDuration::ZERO
            } else if self.urgent {
                to.duration_since(from)
            } else {
                calendar.working_between(from, to)
            }
        };
        let paused =
            self.pauses.iter().map(|pause| span(pause.from.max(self.started_at), pause.to.unwrap_or(end).min(end)));
        span(self.started_at, end) - paused.fold(SignedDuration::ZERO, |sum, part| sum + part)
    }

    /// True if it stands still at `now`.
    pub fn is_paused(&self, now: Timestamp) -> bool {
        self.stopped_at.is_none()
            && self.pauses.iter().any(|pause| pause.from <= now && pause.to.is_none_or(|to| now < to))
    }

    /// True if it ran past its limit: stopped late, or still running after `due_at`.
    pub fn is_breached(&self, now: Timestamp) -> bool {
        self.due_at.is_some_and(|due| self.stopped_at.unwrap_or(now) > due) && !self.is_paused(now)
    }
}

/// One line of a ticket's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// The stage it concerns.
    pub stage: Stage,
    /// What happened: `entered`, `signed`, `paused`, `resumed`, `extended`, `rated`, `returned`, `closed`, …
    pub event: String,
    /// The unit that acted.
    #[serde(default)]
    pub unit: Option<String>,
    /// The role that acted, never a name.
    #[serde(default)]
    pub actor_role: Option<String>,
    /// A note in the platform's words.
    #[serde(default)]
    pub note: Option<String>,
}

/// One ticket with its history.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketDetail {
    /// The ticket itself, possibly newer than the list's.
    pub ticket: Ticket,
    /// The address, without a person's name.
    pub address: Option<String>,
    /// The clocks.
    pub clocks: Vec<Clock>,
    /// The history, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Number of pieces of evidence (photos); the pieces themselves are for desks.
    pub evidence: u32,
    /// Ids of tickets at the same place in the last 30 days.
    pub related: Vec<TicketId>,
    /// When the platform answered.
    pub as_of: Timestamp,
}
