//! Areas at four levels: District 区 → Street 街道 → Community 社区 → Grid 网格, and the table that holds them.
//!
//! [`AreaTable`] is immutable once built: a new complete list makes a new table. What is wrong with single areas is
//! returned as [`AreaDefect`]s; it never stops the rest.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use foldhash::fast::RandomState;
use geo::MultiPolygon;
use serde::{Deserialize, Serialize};

/// The platform's code of an area, for example `450502001003` (12 digits to community, more for a grid).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct AreaCode(pub Arc<str>);

impl AreaCode {
    /// Wraps a code as it came from the platform.
    pub fn new(code: impl Into<Arc<str>>) -> Self {
        Self(code.into())
    }
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for AreaCode {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<AreaCode> for String {
    fn from(code: AreaCode) -> Self {
        code.as_str().to_owned()
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One of the four levels, ordered from the whole to the part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 区(县)
    District,
    /// 街道(镇)
    Street,
    /// 社区(村)
    Community,
    /// 责任网格
    Grid,
}

impl Level {
    /// All levels, outermost first.
    pub const ALL: [Level; 4] = [Level::District, Level::Street, Level::Community, Level::Grid];

    /// 0 for the district, 3 for a grid.
    pub const fn depth(self) -> usize {
        self as usize
    }

    /// The level below, if there is one.
    pub fn below(self) -> Option<Level> {
        Self::ALL.get(self.depth() + 1).copied()
    }

    /// The name on the wire: `district`, `street`, `community`, `grid`.
    pub const fn key(self) -> &'static str {
        match self {
            Level::District => "district",
            Level::Street => "street",
            Level::Community => "community",
            Level::Grid => "grid",
        }
    }

    /// The collection of the platform API that serves this level.
    pub const fn collection(self) -> &'static str {
        match self {
            Level::District => "districts",
            Level::Street => "streets",
            Level::Community => "communities",
            Level::Grid => "grids",
        }
    }
}

/// The kind of a duty grid (一般网格, 专属网格, 楼宇网格).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GridKind {
    /// 一般网格
    General,
    /// 专属网格
    Exclusive,
    /// 楼宇网格
    Building,
}

/// One area with its boundary.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// The platform's code, unique over all levels.
    pub code: AreaCode,
    /// The level.
    pub level: Level,
    /// Only grids have a kind.
    pub kind: Option<GridKind>,
    /// The name as the district writes it.
    pub name: String,
    /// The name in Latin letters, where the platform has one.
    pub name_en: Option<String>,
    /// The code of the area above.
    pub parent: Option<AreaCode>,
    /// Number of households, where known.
    pub households: Option<u32>,
    /// Number of residents, where known.
    pub population: Option<u32>,
    /// The boundary in CRS84 degrees (lon, lat); outer rings anticlockwise. May be empty when the geometry was unusable.
    pub boundary: MultiPolygon<f64>,
}

/// The place of an area in its [`AreaTable`]; valid for that table only. Also the feature index on the GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AreaId(pub u32);

impl AreaId {
    /// The index into per-area columns.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What was wrong with one area of a list; the rest of the list is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AreaDefect {
    /// The code came twice; the first one is kept.
    DuplicateCode(AreaCode),
    /// The area names a parent that is not in the list, or one that is not at a higher level.
    UnknownParent {
        /// The area.
        code: AreaCode,
        /// What it named.
        parent: AreaCode,
    },
    /// The area has no usable boundary; it is listed and counted but not drawn.
    NoBoundary(AreaCode),
}

/// All areas of a district, sorted by level, then code; with links up and down.
#[derive(Clone, Debug, Default)]
pub struct AreaTable {
    areas: Vec<Area>,
    by_code: HashMap<AreaCode, AreaId, RandomState>,
    parents: Vec<Option<AreaId>>,
    children: Vec<Vec<AreaId>>,
}

impl AreaTable {
    /// Builds the table. Duplicate codes after the first are left out; unknown parents leave the area without one.
    pub fn build(mut areas: Vec<Area>) -> (Self, Vec<AreaDefect>) {
        let mut defects = Vec::new();
        // Stable: of two areas with one code at one level, the first listed is kept.
        areas.sort_by(|a, b| a.level.cmp(&b.level).then_with(|| a.code.cmp(&b.code)));
        let mut by_code = HashMap::with_capacity_and_hasher(areas.len(), RandomState::default());
        let mut kept: Vec<Area> = Vec::with_capacity(areas.len());
        for area in areas {
            if by_code.contains_key(&area.code) {
                defects.push(AreaDefect::DuplicateCode(area.code));
                continue;
            }
            if area.boundary.0.is_empty() {
                defects.push(AreaDefect::NoBoundary(area.code.clone()));
            }
            by_code.insert(area.code.clone(), AreaId(kept.len() as u32));
            kept.push(area);
        }
        let mut parents = Vec::with_capacity(kept.len());
        let mut children = vec![Vec::new(); kept.len()];
        for (index, area) in kept.iter().enumerate() {
            let parent = area.parent.as_ref().and_then(|code| {
                let found = by_code.get(code).copied().filter(|id| kept[id.index()].level < area.level);
                if found.is_none() {
                    defects.push(AreaDefect::UnknownParent { code: area.code.clone(), parent: code.clone() });
                }
                found
            });
            if let Some(parent) = parent {
                children[parent.index()].push(AreaId(index as u32));
            }
            parents.push(parent);
        }
        (Self { areas: kept, by_code, parents, children }, defects)
    }

    /// Number of areas of all levels.
    pub fn len(&self) -> usize {
        self.areas.len()
    }

    /// True before the first list has arrived.
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// The area at `id`. Panics if `id` is from another table and out of range.
    pub fn get(&self, id: AreaId) -> &Area {
        &self.areas[id.index()]
    }

    /// The area with this code.
    pub fn find(&self, code: &AreaCode) -> Option<AreaId> {
        self.by_code.get(code).copied()
    }

    /// All areas with their ids, by level, then code.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (AreaId, &Area)> {
        self.areas.iter().enumerate().map(|(index, area)| (AreaId(index as u32), area))
    }

    /// The ids of one level, by code.
    pub fn at_level(&self, level: Level) -> impl Iterator<Item = AreaId> + '_ {
        self.iter().filter(move |(_, area)| area.level == level).map(|(id, _)| id)
    }

    /// The area above, if it is in the table.
    pub fn parent(&self, id: AreaId) -> Option<AreaId> {
        self.parents[id.index()]
    }

    /// The areas directly below, by code.
    pub fn children(&self, id: AreaId) -> &[AreaId] {
        &self.children[id.index()]
    }

    /// The area itself, then its parents up to the district.
    pub fn with_ancestors(&self, id: AreaId) -> impl Iterator<Item = AreaId> + '_ {
        std::iter::successors(Some(id), |id| self.parent(*id))
    }

    /// The ancestor (or the area itself) at `level`.
    pub fn ancestor_at(&self, id: AreaId, level: Level) -> Option<AreaId> {
        self.with_ancestors(id).find(|id| self.get(*id).level == level)
    }

    /// The district: the first area of the highest level present.
    pub fn root(&self) -> Option<AreaId> {
        (!self.areas.is_empty()).then_some(AreaId(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(code: &str, level: Level, parent: Option<&str>) -> Area {
        Area {
            code: AreaCode::new(code),
            level,
            kind: None,
            name: code.to_owned(),
            name_en: None,
            parent: parent.map(AreaCode::new),
            households: None,
            population: None,
            boundary: MultiPolygon(vec![geo::Rect::new((0.0, 0.0), (1.0, 1.0)).to_polygon()]),
        }
    }

    #[test]
    fn links_go_up_and_down_whatever_the_order() {
        let (table, defects) = AreaTable::build(vec![
            area("1-1-1", Level::Grid, Some("1-1")),
            area("0", Level::District, None),
            area("1-1", Level::Community, Some("1")),
            area("1", Level::Street, Some("0")),
        ]);
        assert!(defects.is_empty());
        let grid = table.find(&AreaCode::new("1-1-1")).unwrap();
        let up: Vec<_> = table.with_ancestors(grid).map(|id| table.get(id).code.as_str().to_owned()).collect();
        assert_eq!(up, ["1-1-1", "1-1", "1", "0"]);
        assert_eq!(table.children(table.root().unwrap()).len(), 1);
        assert_eq!(table.ancestor_at(grid, Level::Street), table.find(&AreaCode::new("1")));
    }

    #[test]
    fn a_defect_costs_one_area_or_one_link_not_the_list() {
        let (table, defects) = AreaTable::build(vec![
            area("a", Level::Street, None),
            area("a", Level::Street, None),
            area("b", Level::Grid, Some("nowhere")),
        ]);
        assert_eq!(table.len(), 2);
        assert_eq!(
            defects,
            [
                AreaDefect::DuplicateCode(AreaCode::new("a")),
                AreaDefect::UnknownParent { code: AreaCode::new("b"), parent: AreaCode::new("nowhere") },
            ]
        );
    }
}
