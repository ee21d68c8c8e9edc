//! The figures of one moment, ready to be sent: five lists of features with what they can be filtered by.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::registry::REGISTRY;
use crate::domain::{AreaCode, Level};

/// The lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Board {
    /// `/indicators`
    Indicators,
    /// `/collections/warnings/items`
    Warnings,
    /// `/collections/teams/items`
    Teams,
    /// `/collections/whistle-calls/items`
    WhistleCalls,
    /// `/collections/class-cases/items`
    ClassCases,
}

impl Board {
    /// The collections among the lists.
    pub const COLLECTIONS: [Board; 4] = [Board::Warnings, Board::Teams, Board::WhistleCalls, Board::ClassCases];

    /// The name of the collection.
    pub const fn name(self) -> &'static str {
        match self {
            Board::Indicators => "indicators",
            Board::Warnings => "warnings",
            Board::Teams => "teams",
            Board::WhistleCalls => "whistle-calls",
            Board::ClassCases => "class-cases",
        }
    }

    /// Title and description of the collection.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Board::Indicators => ("指标", "Indicators"),
            Board::Warnings => ("预警", "Warnings in four colours, with their evidence"),
            Board::Teams => ("队伍", "Teams by area and kind: counts, never persons"),
            Board::WhistleCalls => ("吹哨报到", "Calls of streets to departments, and who came"),
            Board::ClassCases => ("类案", "Classes of tickets that are treated as one case"),
        }
    }

    /// The collection of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::COLLECTIONS.into_iter().find(|board| board.name() == name)
    }

    /// The parameters of the list beside those of every list.
    pub const fn parameters(self) -> &'static [&'static str] {
        match self {
            Board::Indicators => &["area", "level", "key", "group", "period"],
            Board::Warnings => &["area_code", "level", "kind", "state"],
            Board::Teams => &["area_code", "area_level", "kind"],
            Board::WhistleCalls => &["area_code", "trigger", "status"],
            Board::ClassCases => &["area_code", "kind", "stage"],
        }
    }
}

/// One feature, and what it can be found by.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Values by parameter; one that is not here is never matched.
    tags: Vec<(&'static str, Arc<str>)>,
    /// The feature.
    pub json: String,
}

impl Item {
    /// A feature without geometry.
    pub fn new(id: &str, tags: Vec<(&'static str, Arc<str>)>, properties: &impl Serialize) -> Self {
        let id = serde_json::Value::from(id);
        // Figures are finite, so that writing them cannot fail.
        let properties = serde_json::to_string(properties).unwrap_or_else(|_| "{}".to_owned());
        let json = format!("{{\"type\":\"Feature\",\"id\":{id},\"geometry\":null,\"properties\":{properties}}}");
        Self { tags, json }
    }

    /// True if it passes the filters: of several values of one parameter, any.
    pub fn passes(&self, filters: &[(String, String)]) -> bool {
        filters.iter().all(|(name, wanted)| {
            let held = self.tags.iter().find(|(tag, _)| tag == name).map(|(_, value)| &**value);
            held.is_some_and(|held| wanted.split(',').any(|wanted| wanted.trim() == held))
        })
    }

    /// The value of one tag.
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags.iter().find(|(tag, _)| *tag == name).map(|(_, value)| &**value)
    }
}

/// The figures of one moment.
#[derive(Debug)]
pub struct Sheet {
    /// When, on the site's clock.
    pub as_of: Timestamp,
    /// The newest change of the tickets that is counted in.
    pub seq: u64,
    /// The lists, in the order of [`Board`].
    pub lists: [Vec<Item>; 5],
    /// The definitions of all keys, each as JSON.
    pub definitions: Vec<(&'static str, String)>,
    /// How long it took to make.
    pub took: std::time::Duration,
}

impl Sheet {
    /// One list.
    pub fn list(&self, board: Board) -> &[Item] {
        &self.lists[board as usize]
    }

    /// The definitions of the keys that are named, as a JSON list in the order of the registry.
    pub fn definitions_of(&self, is_named: impl Fn(&str) -> bool) -> String {
        let named = self.definitions.iter().filter(|(key, _)| is_named(key)).map(|(_, json)| json.as_str());
        format!("[{}]", named.collect::<Vec<_>>().join(","))
    }
}

/// All definitions as JSON.
pub fn definitions() -> Vec<(&'static str, String)> {
    let json = |entry: &super::registry::Entry| serde_json::to_string(&entry.definition()).unwrap_or_default();
    REGISTRY.iter().map(|entry| (entry.key, json(entry))).collect()
}

/// A tag of an area, if there is one.
pub fn area_tag(name: &'static str, area: Option<&AreaCode>) -> Option<(&'static str, Arc<str>)> {
    area.map(|code| (name, code.0.clone()))
}

/// The word of a level.
pub fn level_word(level: Level) -> Arc<str> {
    level.key().into()
}
