//! Whistle calls 吹哨报到: a street calls departments to a place; who came, after how long, with what result.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{AreaCode, TicketId};

/// The five cases in which a street may whistle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhistleTrigger {
    /// 超出职能: beyond the street's powers.
    BeyondDuty,
    /// 主体不明: nobody knows whose it is.
    UnclearOwner,
    /// 跨两个以上街道、社区
    CrossArea,
    /// 多部门协商
    MultiDepartment,
    /// 情况复杂、多层级
    Complex,
}

impl WhistleTrigger {
    /// All triggers.
    pub const ALL: [WhistleTrigger; 5] = [
        WhistleTrigger::BeyondDuty,
        WhistleTrigger::UnclearOwner,
        WhistleTrigger::CrossArea,
        WhistleTrigger::MultiDepartment,
        WhistleTrigger::Complex,
    ];

    /// The name on the wire.
    pub const fn key(self) -> &'static str {
        match self {
            WhistleTrigger::BeyondDuty => "beyond-duty",
            WhistleTrigger::UnclearOwner => "unclear-owner",
            WhistleTrigger::CrossArea => "cross-area",
            WhistleTrigger::MultiDepartment => "multi-department",
            WhistleTrigger::Complex => "complex",
        }
    }

    /// The trigger of a name on the wire.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trigger| trigger.key() == key)
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhistleResult {
    /// Solved on the spot or since.
    Solved,
    /// Partly solved; the rest goes on as a ticket.
    Partly,
    /// Handed to the level above.
    Raised,
}

impl WhistleResult {
    /// The result of a name on the wire.
    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "solved" => Some(Self::Solved),
            "partly" => Some(Self::Partly),
            "raised" => Some(Self::Raised),
            _ => None,
        }
    }
}

/// One called department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CalledUnit {
    /// Its name.
    pub unit: String,
    /// Until when it must be there.
    pub due_at: Option<Timestamp>,
    /// When it was there; `None`: not yet.
    pub arrived_at: Option<Timestamp>,
    /// The street's mark for it, 1–5.
    pub rating: Option<u8>,
}

impl CalledUnit {
    /// The arrival clock at `now`: from the call to the arrival, running while it has not come.
    pub fn clock(&self, called_at: Timestamp, now: Timestamp) -> SignedDuration {
        self.arrived_at.unwrap_or(now).duration_since(called_at).max(SignedDuration::ZERO)
    }

    /// True if it came too late, or has not come and should have.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.due_at.is_some_and(|due| self.arrived_at.unwrap_or(now) > due)
    }
}

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhistleCall {
    /// Stable id.
    pub id: String,
    /// Why.
    pub trigger: WhistleTrigger,
    /// Who whistled: a street's or community's office.
    pub whistler: String,
    /// The area it is about.
    #[serde(rename = "area_code")]
    pub area: Option<AreaCode>,
    /// What it is about, in a few words.
    pub subject: String,
    /// The ticket it came from.
    #[serde(rename = "ticket_id")]
    pub ticket: Option<TicketId>,
    /// When.
    pub called_at: Timestamp,
    /// Whom.
    pub units: Vec<CalledUnit>,
    /// What came of it; `None`: it goes on.
    pub result: Option<WhistleResult>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The street's mark for the whole, 1–5.
    pub rating: Option<u8>,
}

impl WhistleCall {
    /// True while somebody is still awaited or at work.
    pub fn is_open(&self) -> bool {
        self.result.is_none()
    }

    /// Departments that have arrived.
    pub fn arrived(&self) -> usize {
        self.units.iter().filter(|unit| unit.arrived_at.is_some()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arrival_clock_runs_until_the_unit_is_there() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let called = at("2026-11-21T06:00:00Z");
        let mut unit = CalledUnit {
            unit: "区水务局".into(),
            due_at: Some(at("2026-11-21T06:30:00Z")),
            arrived_at: None,
            rating: None,
        };
        assert_eq!(unit.clock(called, at("2026-11-21T06:40:00Z")), SignedDuration::from_mins(40));
        assert!(unit.is_late(at("2026-11-21T06:40:00Z")) && !unit.is_late(at("2026-11-21T06:20:00Z")));
        unit.arrived_at = Some(at("2026-11-21T06:25:00Z"));
        assert_eq!(unit.clock(called, at("2026-11-21T09:00:00Z")), SignedDuration::from_mins(25));
        assert!(!unit.is_late(at("2026-11-21T09:00:00Z")));
        assert_eq!(unit.clock(at("2026-11-22T06:00:00Z"), called), SignedDuration::ZERO, "a clock that went back");
    }
}
