//! The areas as figures need them: levels, parents, names and sizes, read from the catalogue that is served, so that
//! made, imported and reopened districts go the same way.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::domain::{AreaCode, Level};
use crate::server::catalog::Catalog;

/// One area.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its code.
    pub code: AreaCode,
    /// Its level.
    pub level: Level,
    /// Its place in [`Outline::places`] of the area above.
    pub parent: Option<usize>,
    /// Its name.
    pub name: String,
    /// The same in English.
    pub name_en: Option<String>,
    /// True for a grid of one owner: a market, a site, a campus.
    pub is_exclusive: bool,
    /// People who live there.
    pub population: Option<u64>,
    /// Households.
    pub households: Option<u64>,
    /// What lies in it.
    pub holds: Holds,
}

/// How many areas lie in one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    /// Streets.
    pub streets: u32,
    /// Communities.
    pub communities: u32,
    /// Grids.
    pub grids: u32,
    /// Grids of one owner.
    pub exclusive: u32,
}

/// All areas, district first, then level by level.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The areas.
    pub places: Vec<Place>,
    /// What all of it holds.
    pub holds: Holds,
    by_code: HashMap<AreaCode, usize>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
}

#[derive(Deserialize)]
struct Properties {
    code: String,
    level: Level,
    #[serde(default)]
    kind: Option<String>,
    name: String,
    #[serde(default)]
    name_en: Option<String>,
    #[serde(default)]
    parent_code: Option<String>,
    #[serde(default)]
    population: Option<u64>,
    #[serde(default)]
    households: Option<u64>,
    #[serde(flatten)]
    _rest: HashMap<String, IgnoredAny>,
}

impl Outline {
    /// Reads the areas of a catalogue; one that cannot be read is left out, and what lies in it counts for the whole.
    pub fn of(catalog: &Catalog) -> Self {
        let mut outline = Self::default();
        let levels = Level::ALL.into_iter().filter_map(|level| catalog.entries(level.collection()));
        for entry in levels.flatten() {
            let Ok(Feature { properties: it }) = serde_json::from_str::<Feature>(&entry.json) else { continue };
            let code = AreaCode::new(it.code);
            let parent = it.parent_code.and_then(|parent| outline.find(&AreaCode::new(parent)));
            outline.by_code.insert(code.clone(), outline.places.len());
            outline.places.push(Place {
                code,
                level: it.level,
                parent,
                name: it.name,
                name_en: it.name_en,
                is_exclusive: it.kind.is_some_and(|kind| kind != "general"),
                population: it.population,
                households: it.households,
                holds: Holds::default(),
            });
        }
        outline.take_stock();
        outline
    }

    fn take_stock(&mut self) {
        for index in 0..self.places.len() {
            let (level, is_exclusive) = (self.places[index].level, self.places[index].is_exclusive);
            let more = |holds: &mut Holds| match level {
                Level::District => {}
                Level::Street => holds.streets += 1,
                Level::Community => holds.communities += 1,
                Level::Grid => {
                    holds.grids += 1;
                    holds.exclusive += u32::from(is_exclusive);
                }
            };
            more(&mut self.holds);
            let above: Vec<usize> = self.chain(index).skip(1).collect();
            above.into_iter().for_each(|place| more(&mut self.places[place].holds));
        }
    }

    /// The place of a code.
    pub fn find(&self, code: &AreaCode) -> Option<usize> {
        self.by_code.get(code).copied()
    }

    /// An area and those above it, smallest first.
    pub fn chain(&self, place: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(place), |place| self.places.get(*place)?.parent)
    }

    /// The area of a level that a place lies in.
    pub fn above(&self, place: usize, level: Level) -> Option<&Place> {
        self.chain(place).map(|place| &self.places[place]).find(|place| place.level == level)
    }

    /// The district, if there is exactly one.
    pub fn district(&self) -> Option<usize> {
        let mut districts = self.places.iter().enumerate().filter(|(_, place)| place.level == Level::District);
        let first = districts.next().map(|(index, _)| index);
        first.filter(|_| districts.next().is_none())
    }

    /// How many areas of a level there are.
    pub fn count(&self, level: Level) -> usize {
        self.places.iter().filter(|place| place.level == level).count()
    }
}
