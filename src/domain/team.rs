//! Teams 队伍: how many are on duty where. Counts of an area and a kind, never a person and never a track.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::AreaCode;

/// Who.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TeamKind {
    /// 网格员
    GridWorkers,
    /// 专员: specialists of departments who serve grids.
    Specialists,
    /// 志愿者
    Volunteers,
    /// 应急分队
    Emergency,
}

impl TeamKind {
    /// All kinds.
    pub const ALL: [TeamKind; 4] =
        [TeamKind::GridWorkers, TeamKind::Specialists, TeamKind::Volunteers, TeamKind::Emergency];

    /// The name on the wire.
    pub const fn key(self) -> &'static str {
        match self {
            TeamKind::GridWorkers => "grid-workers",
            TeamKind::Specialists => "specialists",
            TeamKind::Volunteers => "volunteers",
            TeamKind::Emergency => "emergency",
        }
    }

    /// The kind of a name on the wire.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// The people of one kind in one area. A number that is `None` is not collected.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Team {
    /// The area with everything in it; `None`: the whole district, on the map or not.
    #[serde(rename = "area_code")]
    pub area: Option<AreaCode>,
    /// Who.
    pub kind: TeamKind,
    /// On the list.
    pub total: Option<u32>,
    /// On duty now.
    pub on_duty: Option<u32>,
    /// Of those on duty, signed in with a device.
    pub online: Option<u32>,
    /// Devices that answer.
    pub devices_online: Option<u32>,
    /// Devices handed out.
    pub devices_total: Option<u32>,
    /// Grids of the area.
    pub grids: Option<u32>,
    /// Of them, visited since midnight.
    pub grids_visited: Option<u32>,
    /// When it was counted.
    pub as_of: Timestamp,
}
