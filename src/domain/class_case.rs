//! Class cases 类案: one class of matters that comes again and again, treated as one: who owns it, how far its plan is,
//! and whether it still comes back.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{AreaCode, TicketId};

/// What makes single tickets one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClassKind {
    /// 共性类案: the same matter all over the district.
    Common,
    /// 集中类案: the same matter from one place.
    Cluster,
    /// 联办类案: several departments are needed each time.
    Joint,
}

impl ClassKind {
    /// The kind of a name on the wire.
    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "common" => Some(Self::Common),
            "cluster" => Some(Self::Cluster),
            "joint" => Some(Self::Joint),
            _ => None,
        }
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClassStage {
    /// 识别: found in the tickets.
    Found,
    /// 立项: a unit owns it.
    Assigned,
    /// 方案: it has a plan.
    Planned,
    /// 治理: the plan is carried out.
    Treated,
    /// 评估: is it gone?
    Reviewed,
    /// 销号
    Closed,
}

impl ClassStage {
    /// All stages, in order.
    pub const ALL: [ClassStage; 6] = [
        ClassStage::Found,
        ClassStage::Assigned,
        ClassStage::Planned,
        ClassStage::Treated,
        ClassStage::Reviewed,
        ClassStage::Closed,
    ];

    /// The name on the wire.
    pub const fn key(self) -> &'static str {
        match self {
            ClassStage::Found => "found",
            ClassStage::Assigned => "assigned",
            ClassStage::Planned => "planned",
            ClassStage::Treated => "treated",
            ClassStage::Reviewed => "reviewed",
            ClassStage::Closed => "closed",
        }
    }

    /// The stage of a name on the wire.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.key() == key)
    }
}

/// One class case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassCase {
    /// Stable id.
    pub id: String,
    /// What it is called, for example 供水不足类案.
    pub name: String,
    /// What makes it one case.
    pub kind: ClassKind,
    /// The ticket category.
    pub service_code: Option<String>,
    /// The area concerned; `None`: the whole district.
    #[serde(rename = "area_code")]
    pub area: Option<AreaCode>,
    /// The unit that owns it; `None`: nobody yet.
    pub owner: Option<String>,
    /// How far it is.
    pub stage: ClassStage,
    /// Since when it has been there.
    pub stage_since: Timestamp,
    /// When it was found.
    pub opened_at: Timestamp,
    /// Since when its plan is carried out.
    pub planned_at: Option<Timestamp>,
    /// By when its plan says it is struck off; `None` without a plan.
    pub due_at: Option<Timestamp>,
    /// When it was struck off.
    pub closed_at: Option<Timestamp>,
    /// Tickets of the class since it was found and in the 90 days before.
    pub tickets: u32,
    /// Tickets in the 30 days before the plan.
    pub before: Option<u32>,
    /// Tickets since the plan, scaled to nothing: as counted, over [`ClassCase::after_days`].
    pub after: Option<u32>,
    /// Days over which `after` was counted, 30 at most.
    pub after_days: Option<u32>,
    /// Some of the tickets, newest first.
    pub members: Vec<TicketId>,
    /// When it was counted.
    pub as_of: Timestamp,
}

impl ClassCase {
    /// Days since it was found.
    pub fn days(&self, now: Timestamp) -> i64 {
        self.closed_at.unwrap_or(now).duration_since(self.opened_at).max(SignedDuration::ZERO).as_hours() / 24
    }

    /// Days that are left of its plan at `now`, negative ones past it; `None` without a plan and once it is struck off.
    pub fn days_left(&self, now: Timestamp) -> Option<i64> {
        let due = self.due_at.filter(|_| self.stage != ClassStage::Closed)?;
        Some(due.duration_since(now).as_secs().div_euclid(86_400))
    }

    /// Tickets a day after the plan against before it: 0.4 means 60 % fewer. `None` without both, or before a week.
    pub fn recurrence(&self) -> Option<f64> {
        let (before, after, days) = (self.before?, self.after?, self.after_days?);
        (before > 0 && days >= 7).then(|| (f64::from(after) / f64::from(days)) / (f64::from(before) / 30.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recurrence_compares_days_with_days() {
        let at: Timestamp = "2026-11-21T06:00:00Z".parse().unwrap();
        let mut case = ClassCase {
            id: "C-0203".into(),
            name: "供水不足类案".into(),
            kind: ClassKind::Common,
            service_code: None,
            area: None,
            owner: None,
            stage: ClassStage::Treated,
            stage_since: at,
            opened_at: at - SignedDuration::from_hours(24 * 40),
            planned_at: Some(at),
            due_at: Some(at + SignedDuration::from_hours(24 * 60)),
            closed_at: None,
            tickets: 90,
            before: Some(60),
            after: Some(10),
            after_days: Some(10),
            members: Vec::new(),
            as_of: at,
        };
        assert_eq!(case.recurrence(), Some(0.5));
        assert_eq!(case.days(at), 40);
        case.after_days = Some(3);
        assert_eq!(case.recurrence(), None, "three days prove nothing");
        case.closed_at = Some(at - SignedDuration::from_hours(24 * 30));
        assert_eq!(case.days(at), 10);
        assert_eq!(case.days_left(at), Some(60));
        assert_eq!(case.days_left(at + SignedDuration::from_hours(24 * 60 + 1)), Some(-1), "an hour late is late");
        case.stage = ClassStage::Closed;
        assert_eq!(case.days_left(at), None);
    }
}
