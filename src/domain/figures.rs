//! The five lists that a platform may offer beside its tickets, as one type: what passes from its feeds to the wall.

use super::{ClassCase, Feed, IndicatorTable, Team, Warning, WhistleCall};

/// One complete list.
#[derive(Clone, Debug, PartialEq)]
pub enum Figures {
    /// Indicators with their definitions.
    Indicators(Box<IndicatorTable>),
    /// Warnings.
    Warnings(Vec<Warning>),
    /// Teams by area and kind.
    Teams(Vec<Team>),
    /// Whistle calls.
    WhistleCalls(Vec<WhistleCall>),
    /// Class cases.
    ClassCases(Vec<ClassCase>),
}

impl Figures {
    /// An empty list of a feed; `None` if it is none of the five.
    pub fn empty(feed: Feed) -> Option<Self> {
        match feed {
            Feed::Indicators => Some(Self::Indicators(Box::default())),
            Feed::Warnings => Some(Self::Warnings(Vec::new())),
            Feed::Teams => Some(Self::Teams(Vec::new())),
            Feed::WhistleCalls => Some(Self::WhistleCalls(Vec::new())),
            Feed::ClassCases => Some(Self::ClassCases(Vec::new())),
            Feed::Site | Feed::Areas | Feed::Places | Feed::Tickets | Feed::Sources | Feed::Care => None,
        }
    }

    /// The feed it is the list of.
    pub const fn feed(&self) -> Feed {
        match self {
            Self::Indicators(_) => Feed::Indicators,
            Self::Warnings(_) => Feed::Warnings,
            Self::Teams(_) => Feed::Teams,
            Self::WhistleCalls(_) => Feed::WhistleCalls,
            Self::ClassCases(_) => Feed::ClassCases,
        }
    }

    /// How many records it holds.
    pub fn len(&self) -> usize {
        match self {
            Self::Indicators(table) => table.len(),
            Self::Warnings(list) => list.len(),
            Self::Teams(list) => list.len(),
            Self::WhistleCalls(list) => list.len(),
            Self::ClassCases(list) => list.len(),
        }
    }

    /// True without any record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
