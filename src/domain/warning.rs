//! Warnings 预警: what asks for attention, in one of the four legal colours, with its evidence and its life cycle.
//!
//! The colours mean warnings and nothing else. The three detectors of a live platform are repeat, dissatisfied and fast
//! growth; others may add weather, overdue work or words of their own.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AreaCode, TicketId};

/// The four grades of the emergency response law, most severe first. On the wire 1–4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WarningLevel {
    /// 一级 红色
    Red,
    /// 二级 橙色
    Orange,
    /// 三级 黄色
    Yellow,
    /// 四级 蓝色
    Blue,
}

impl WarningLevel {
    /// All levels, most severe first.
    pub const ALL: [WarningLevel; 4] =
        [WarningLevel::Red, WarningLevel::Orange, WarningLevel::Yellow, WarningLevel::Blue];

    /// The grade: 1 for red to 4 for blue.
    pub const fn grade(self) -> u8 {
        self as u8 + 1
    }

    /// The level of a grade.
    pub fn from_grade(grade: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|level| u64::from(level.grade()) == grade)
    }
}

impl Serialize for WarningLevel {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.grade())
    }
}

/// What noticed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningKind {
    /// 重复投诉: the same matter at the same place again and again.
    Repeat,
    /// 不满意件: dissatisfied answers gather.
    Dissatisfied,
    /// 短期高速增长: far more than usual in a short time.
    FastGrowth,
    /// 超期: work past its limit gathers.
    Overdue,
    /// 气象
    Weather,
    /// Any other.
    Other,
}

impl WarningKind {
    /// All kinds.
    pub const ALL: [WarningKind; 6] = [
        WarningKind::Repeat,
        WarningKind::Dissatisfied,
        WarningKind::FastGrowth,
        WarningKind::Overdue,
        WarningKind::Weather,
        WarningKind::Other,
    ];

    /// The name on the wire.
    pub const fn key(self) -> &'static str {
        match self {
            WarningKind::Repeat => "repeat",
            WarningKind::Dissatisfied => "dissatisfied",
            WarningKind::FastGrowth => "fast-growth",
            WarningKind::Overdue => "overdue",
            WarningKind::Weather => "weather",
            WarningKind::Other => "other",
        }
    }

    /// The kind of a name on the wire; unknown words are [`WarningKind::Other`].
    pub fn from_key(key: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.key() == key).unwrap_or(Self::Other)
    }
}

/// 苗头性、倾向性、风险性: how far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WarningNature {
    /// 苗头性: a first sign.
    Sign,
    /// 倾向性: a tendency.
    Tendency,
    /// 风险性: a risk.
    Risk,
}

impl WarningNature {
    /// The nature of a name on the wire.
    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "sign" => Some(Self::Sign),
            "tendency" => Some(Self::Tendency),
            "risk" => Some(Self::Risk),
            _ => None,
        }
    }
}

/// Where it is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WarningState {
    /// Noticed, not looked at.
    Raised,
    /// Someone confirmed it.
    Confirmed,
    /// In force.
    Published,
    /// Over.
    Withdrawn,
}

impl WarningState {
    /// The state of a name on the wire.
    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "raised" => Some(Self::Raised),
            "confirmed" => Some(Self::Confirmed),
            "published" => Some(Self::Published),
            "withdrawn" => Some(Self::Withdrawn),
            _ => None,
        }
    }
}

/// One warning.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Warning {
    /// Stable id.
    pub id: String,
    /// Colour.
    pub level: WarningLevel,
    /// What noticed it.
    pub kind: WarningKind,
    /// How far it has come, if the platform says so.
    pub nature: Option<WarningNature>,
    /// Where it is in its life.
    pub state: WarningState,
    /// One sentence in the district's language.
    pub text: String,
    /// The same in English.
    pub text_en: Option<String>,
    /// The area concerned; `None`: the whole district.
    #[serde(rename = "area_code")]
    pub area: Option<AreaCode>,
    /// The ticket category concerned.
    pub service_code: Option<String>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Until when it holds; `None`: until it is withdrawn.
    pub valid_until: Option<Timestamp>,
    /// Who says so.
    pub source: String,
    /// How many were seen.
    pub seen: Option<f64>,
    /// How many would be usual.
    pub expected: Option<f64>,
    /// The tickets behind it, newest first; may be fewer than seen.
    pub evidence: Vec<TicketId>,
}

impl Warning {
    /// True while it asks for attention at `now`: not withdrawn and not past its time.
    pub fn is_standing(&self, now: Timestamp) -> bool {
        self.state != WarningState::Withdrawn && self.valid_until.is_none_or(|until| now <= until)
    }

    /// True while it stands and nobody has confirmed that it was seen.
    pub fn is_new(&self, now: Timestamp) -> bool {
        self.state == WarningState::Raised && self.is_standing(now)
    }

    /// The order of every list: standing first, then by level, newest first.
    pub fn sort(warnings: &mut [Warning], now: Timestamp) {
        warnings.sort_by(|a, b| {
            let key = |it: &Warning| (!it.is_standing(now), it.level, Reverse(it.issued_at));
            key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn red_is_the_first_grade_and_comes_first() {
        assert_eq!(WarningLevel::from_grade(1), Some(WarningLevel::Red));
        assert_eq!([WarningLevel::from_grade(0), WarningLevel::from_grade(5)], [None, None]);
        assert!(WarningLevel::Red < WarningLevel::Blue);
        assert_eq!(serde_json::to_value(WarningLevel::Blue).unwrap(), 4);
    }

    #[test]
    fn what_is_over_no_longer_stands_and_sinks() {
        let at: Timestamp = "2026-11-21T06:00:00Z".parse().unwrap();
        let warning = |id: &str, level, state, hours: i64| Warning {
            id: id.into(),
            level,
            kind: WarningKind::Repeat,
            nature: None,
            state,
            text: String::new(),
            text_en: None,
            area: None,
            service_code: None,
            issued_at: at,
            valid_until: Some(at + jiff::SignedDuration::from_hours(hours)),
            source: String::new(),
            seen: None,
            expected: None,
            evidence: Vec::new(),
        };
        let mut list = vec![
            warning("over", WarningLevel::Red, WarningState::Published, -1),
            warning("withdrawn", WarningLevel::Red, WarningState::Withdrawn, 5),
            warning("blue", WarningLevel::Blue, WarningState::Raised, 5),
            warning("orange", WarningLevel::Orange, WarningState::Published, 0),
        ];
        Warning::sort(&mut list, at);
        assert_eq!(list.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["orange", "blue", "over", "withdrawn"]);
    }
}
