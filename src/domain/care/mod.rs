//! Key persons (care): how many people on the care lists need a visit, per area and category. Never who, never where.
//!
//! Nothing in this module can hold a person: a wall knows [`Count`]s and no more. `publish.rs` turns true counts into
//! publishable ones, once, for every way out; its head says why no true count can be narrowed down from them. Partner:
//! the reference platform's `server::care`, the only place that has people, and keeps them.

pub mod publish;

#[cfg(test)]
mod attack;

use std::collections::HashMap;

use jiff::Timestamp;

use super::AreaCode;

pub use publish::{Book, Community, Street, TrueCounts, publish};

/// Why a person is on the district's care list. One person can be in several categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CareCategory {
    /// 独居老人
    LivingAlone,
    /// 空巢老人
    EmptyNest,
    /// 高龄老人
    VeryOld,
    /// 重度残疾
    SeverelyDisabled,
    /// 失能老人
    Dependent,
    /// 特困人员
    Destitute,
    /// 留守老人
    LeftBehind,
    /// 计生特殊家庭
    BereavedFamily,
}

impl CareCategory {
    /// All categories, in the order of every list.
    pub const ALL: [CareCategory; 8] = [
        CareCategory::LivingAlone,
        CareCategory::EmptyNest,
        CareCategory::VeryOld,
        CareCategory::SeverelyDisabled,
        CareCategory::Dependent,
        CareCategory::Destitute,
        CareCategory::LeftBehind,
        CareCategory::BereavedFamily,
    ];

    /// The name on the wire.
    pub const fn key(self) -> &'static str {
        match self {
            CareCategory::LivingAlone => "living-alone",
            CareCategory::EmptyNest => "empty-nest",
            CareCategory::VeryOld => "very-old",
            CareCategory::SeverelyDisabled => "severely-disabled",
            CareCategory::Dependent => "dependent",
            CareCategory::Destitute => "destitute",
            CareCategory::LeftBehind => "left-behind",
            CareCategory::BereavedFamily => "bereaved-family",
        }
    }
}

/// Whom a count is about: everybody on the lists (each person once), or one category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CareGroup {
    /// Everybody, each person once.
    #[default]
    Everybody,
    /// The people of one category.
    Of(CareCategory),
}

/// Everybody and the eight categories.
pub const GROUPS: usize = 1 + CareCategory::ALL.len();

impl CareGroup {
    /// All groups, everybody first.
    pub fn all() -> impl Iterator<Item = CareGroup> {
        std::iter::once(CareGroup::Everybody).chain(CareCategory::ALL.into_iter().map(CareGroup::Of))
    }

    /// The column of this group in a table of [`GROUPS`].
    pub const fn index(self) -> usize {
        match self {
            CareGroup::Everybody => 0,
            CareGroup::Of(category) => 1 + category as usize,
        }
    }

    /// The name on the wire; `all` for everybody.
    pub const fn key(self) -> &'static str {
        match self {
            CareGroup::Everybody => "all",
            CareGroup::Of(category) => category.key(),
        }
    }

    /// The group of a name on the wire.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::all().find(|group| group.key() == key)
    }
}

/// A publishable number of people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Count {
    /// About this many: a multiple of five, never less than ten.
    About(u32),
    /// Withheld, because it is small or could betray one that is. Nothing tells which of the two.
    Suppressed,
    /// The platform does not collect this.
    #[default]
    NoData,
}

impl Count {
    /// The number, if there is one to show.
    pub const fn shown(self) -> Option<u32> {
        match self {
            Count::About(number) => Some(number),
            Count::Suppressed | Count::NoData => None,
        }
    }

    /// The share of this among `whole`, at most 1; `None` unless both may be shown.
    pub fn share_of(self, whole: Count) -> Option<f32> {
        let (part, whole) = (self.shown()?, whole.shown()?);
        Some((part as f32 / whole.max(1) as f32).min(1.0))
    }
}

/// The counts of one area and group on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CareCounts {
    /// People on the list.
    pub listed: Count,
    /// Of them, visited since the first of the month.
    pub visited: Count,
    /// Of them, not yet visited and planned for today.
    pub due: Count,
    /// Of them, not yet visited and planned for an earlier day of the month.
    pub overdue: Count,
}

/// The care counts of a district as a wall holds them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CareTable {
    /// The moment the counts describe: 06:00 of a day.
    pub as_of: Option<Timestamp>,
    /// Counts by area, one column per group. Areas that are not here have no data.
    pub areas: HashMap<AreaCode, [CareCounts; GROUPS]>,
    /// The whole district, everybody: visited on each day of the month so far, the first day first.
    pub progress: Vec<Count>,
}

impl CareTable {
    /// The counts of an area; no data where the platform says nothing.
    pub fn of(&self, area: &AreaCode, group: CareGroup) -> CareCounts {
        self.areas.get(area).map_or_else(CareCounts::default, |row| row[group.index()])
    }

    /// True if there are no counts at all: the platform does not collect them.
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }
}

/// What a process may ask a platform for. A wall shows counts; only a desk may ever ask for a person, one at a time.
///
/// The door for a desk is this type and nothing behind it: no type of a wall can hold who a person is.
pub trait Role: sealed::Sealed {}

/// The shared wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wall;

/// An operator's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Desk;

impl Role for Wall {}
impl Role for Desk {}

/// Why a desk asks for one person: there is no request without a purpose and the number of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRequest<R: Role> {
    ticket: super::TicketId,
    purpose: String,
    role: std::marker::PhantomData<R>,
}

impl PersonRequest<Desk> {
    /// A request; `None` if the purpose is blank.
    pub fn new(ticket: super::TicketId, purpose: &str) -> Option<Self> {
        let purpose = purpose.trim();
        let is_said = !purpose.is_empty();
        is_said.then(|| Self { ticket, purpose: purpose.to_owned(), role: std::marker::PhantomData })
    }

    /// The ticket that makes it necessary.
    pub fn ticket(&self) -> &super::TicketId {
        &self.ticket
    }

    /// Why.
    pub fn purpose(&self) -> &str {
        &self.purpose
    }
}

mod sealed {
    /// Keeps the roles to the two of this file.
    pub trait Sealed {}
    impl Sealed for super::Wall {}
    impl Sealed for super::Desk {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_keys_and_columns_of_their_own() {
        for (index, group) in CareGroup::all().enumerate() {
            assert_eq!(group.index(), index);
            assert_eq!(CareGroup::from_key(group.key()), Some(group));
        }
        assert_eq!(CareGroup::from_key("released"), None);
    }

    #[test]
    fn a_share_needs_two_numbers() {
        assert_eq!(Count::About(15).share_of(Count::About(20)), Some(0.75));
        assert_eq!(Count::Suppressed.share_of(Count::About(20)), None);
        assert_eq!(Count::About(15).share_of(Count::NoData), None);
    }

    #[test]
    fn nobody_asks_for_a_person_without_saying_why() {
        let ticket = || super::super::TicketId::new("LW-1");
        assert!(PersonRequest::<Desk>::new(ticket(), "  ").is_none());
        assert_eq!(PersonRequest::new(ticket(), " door ").map(|it| it.purpose().to_owned()).as_deref(), Some("door"));
    }
}
