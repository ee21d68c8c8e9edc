//! Makes the levels that a city does not publish, so that every import has a district, streets, communities and grids.
//!
//! Levels above are named by columns, or group the areas below by squares, or hold them all; their boundary is the union
//! of what lies in them (`union.rs`). A level below is a copy of the one above: one grid per community.

use std::collections::{BTreeMap, HashMap};

use geo::{BoundingRect, MultiPolygon};

use crate::domain::{Area, AreaCode, GridKind, Level};

use super::union::union_of;

/// One area of a file, with what its row says about the areas above.
#[derive(Clone, Debug)]
pub struct GivenArea {
    /// The area; its parent may be set.
    pub area: Area,
    /// District, street and community as the row names them.
    pub upper: [Option<Upper>; 3],
}

/// An area above, as a row names it. At least one of code and name is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upper {
    /// Its code.
    pub code: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its English name.
    pub name_en: Option<String>,
}

/// What a made district is called.
#[derive(Clone, Debug)]
pub struct DistrictFacts {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// English name.
    pub name_en: Option<String>,
}

/// Completes the four levels. `group_m` are the sides of the squares that make streets and communities where nothing
/// else does. What was done is told in `notes`.
pub fn complete(
    given: Vec<GivenArea>,
    district: &DistrictFacts,
    group_m: [Option<f64>; 2],
    notes: &mut Vec<String>,
) -> Vec<Area> {
    let mut table = Builder::default();
    let uppers: Vec<[Option<Upper>; 3]> = given.iter().map(|given| given.upper.clone()).collect();
    for given in given {
        table.push(given.area);
    }
    table.link_uppers(&uppers, notes);
    table.drop_wrong_parents(notes);
    table.keep_one_district(notes);
    table.fill_below(notes);
    table.fill_above(district, group_m, notes);
    table.areas
}

#[derive(Default)]
struct Builder {
    areas: Vec<Area>,
    index: HashMap<AreaCode, usize>,
}

impl Builder {
    fn push(&mut self, area: Area) {
        self.index.insert(area.code.clone(), self.areas.len());
        self.areas.push(area);
    }

    /// Adds an area without a boundary; its code gets a number behind it if it is taken.
    fn make(
        &mut self,
        level: Level,
        code: &str,
        name: String,
        name_en: Option<String>,
        parent: Option<AreaCode>,
    ) -> AreaCode {
        let mut free = AreaCode::new(code);
        let mut number = 2;
        while self.index.contains_key(&free) {
            free = AreaCode::new(format!("{code}-{number}"));
            number += 1;
        }
        let kind = (level == Level::Grid).then_some(GridKind::General);
        self.push(Area {
            code: free.clone(),
            level,
            kind,
            name,
            name_en,
            parent,
            households: None,
            population: None,
            boundary: MultiPolygon(Vec::new()),
        });
        free
    }

    fn level_of(&self, code: &AreaCode) -> Option<Level> {
        self.index.get(code).map(|index| self.areas[*index].level)
    }

    fn at_level(&self, level: Level) -> Vec<usize> {
        (0..self.areas.len()).filter(|index| self.areas[*index].level == level).collect()
    }

    /// Makes the areas that rows name above them, and links them up.
    fn link_uppers(&mut self, uppers: &[[Option<Upper>; 3]], notes: &mut Vec<String>) {
        let mut known: HashMap<(Level, String), AreaCode> = HashMap::new();
        let mut two_parents = 0u64;
        for (index, upper) in uppers.iter().enumerate() {
            let mut above: Option<AreaCode> = None;
            for (level, upper) in Level::ALL.into_iter().zip(upper) {
                let Some(upper) = upper else { continue };
                if level >= self.areas[index].level {
                    continue;
                }
                let scope = above.as_ref().map_or("", |code| code.as_str());
                let key = upper.code.clone().unwrap_or_else(|| {
                    let name = upper.name.as_deref().unwrap_or_default();
                    if scope.is_empty() { name.to_owned() } else { format!("{scope}/{name}") }
                });
                let code = match known.get(&(level, key.clone())) {
                    Some(code) => code.clone(),
                    None => {
                        let given = AreaCode::new(key.as_str());
                        let code = if self.level_of(&given) == Some(level) {
                            given
                        } else {
                            let name = upper.name.clone().unwrap_or_else(|| key.clone());
                            self.make(level, &key, name, upper.name_en.clone(), above.clone())
                        };
                        known.insert((level, key), code.clone());
                        code
                    }
                };
                if let Some(at) = self.index.get(&code).copied() {
                    match (&self.areas[at].parent, &above) {
                        (None, Some(above)) => self.areas[at].parent = Some(above.clone()),
                        (Some(one), Some(other)) if one != other => two_parents += 1,
                        _ => {}
                    }
                }
                above = Some(code);
            }
            if self.areas[index].parent.is_none() {
                self.areas[index].parent = above;
            }
        }
        note(
            notes,
            two_parents,
            "rows put a street or community under another area than rows before; the first one counts",
        );
    }

    fn drop_wrong_parents(&mut self, notes: &mut Vec<String>) {
        let mut wrong = 0;
        for index in 0..self.areas.len() {
            let Some(parent) = &self.areas[index].parent else { continue };
            if self.level_of(parent).is_none_or(|level| level >= self.areas[index].level) {
                wrong += 1;
                self.areas[index].parent = None;
            }
        }
        note(notes, wrong, "areas name an area above that is not there or not above; it was left out");
    }

    /// A wall shows one district. Where there are more, they become streets, or give way to one around them all.
    fn keep_one_district(&mut self, notes: &mut Vec<String>) {
        let districts = self.at_level(Level::District);
        if districts.len() < 2 {
            return;
        }
        if self.at_level(Level::Street).is_empty() {
            for index in &districts {
                self.areas[*index].level = Level::Street;
                self.areas[*index].parent = None;
            }
            notes.push(format!("{} districts became streets of one district: a wall shows one", districts.len()));
            return;
        }
        let codes: Vec<AreaCode> = districts.iter().map(|index| self.areas[*index].code.clone()).collect();
        for area in &mut self.areas {
            area.parent = area.parent.take().filter(|parent| !codes.contains(parent));
        }
        self.areas.retain(|area| area.level != Level::District);
        self.index = self.areas.iter().enumerate().map(|(index, area)| (area.code.clone(), index)).collect();
        let hint = "to keep them, map them as streets";
        notes.push(format!("{} districts gave way to one around them all: a wall shows one; {hint}", codes.len()));
    }

    /// Copies areas without parts down to the grids.
    fn fill_below(&mut self, notes: &mut Vec<String>) {
        let mut made = 0;
        for level in [Level::District, Level::Street, Level::Community] {
            let Some(below) = level.below() else { continue };
            let parents: std::collections::HashSet<AreaCode> =
                self.areas.iter().filter_map(|area| area.parent.clone()).collect();
            for index in self.at_level(level) {
                let area = &self.areas[index];
                // A district alone above other areas gets them in `fill_above`.
                if parents.contains(&area.code) || (level == Level::District && self.areas.len() > 1) {
                    continue;
                }
                let (code, name, name_en) = (area.code.clone(), area.name.clone(), area.name_en.clone());
                let (boundary, households, population) = (area.boundary.clone(), area.households, area.population);
                let initial = &below.key()[..1];
                self.make(below, &format!("{code}-{initial}"), name, name_en, Some(code));
                if let Some(copy) = self.areas.last_mut() {
                    (copy.boundary, copy.households, copy.population) = (boundary, households, population);
                }
                made += 1;
            }
        }
        note(notes, made, "areas have no parts in the files; each became one part of its own");
    }

    /// Puts every area under one of the next level.
    fn fill_above(&mut self, district: &DistrictFacts, group_m: [Option<f64>; 2], notes: &mut Vec<String>) {
        for (level, above) in
            [(Level::Grid, Level::Community), (Level::Community, Level::Street), (Level::Street, Level::District)]
        {
            let square_m = match above {
                Level::Street => group_m[0],
                Level::Community => group_m[1],
                Level::District | Level::Grid => None,
            };
            let squares = square_m.and_then(|side_m| Squares::around(&self.areas, side_m));
            let mut groups: BTreeMap<(Option<AreaCode>, Option<(i32, i32)>), Vec<usize>> = BTreeMap::new();
            for index in self.at_level(level) {
                let area = &self.areas[index];
                if area.parent.as_ref().and_then(|parent| self.level_of(parent)) == Some(above) {
                    continue;
                }
                let square = squares.as_ref().and_then(|squares| squares.of(&area.boundary));
                groups.entry((area.parent.clone(), square)).or_default().push(index);
            }
            let mut made = 0;
            for ((parent, square), members) in groups {
                let outer = parent.as_ref().and_then(|code| self.index.get(code)).map(|index| &self.areas[*index]);
                let existing = self.at_level(Level::District).first().map(|index| self.areas[*index].code.clone());
                let code = match (above, existing) {
                    (Level::District, Some(existing)) => existing,
                    (Level::District, None) => {
                        self.make(above, &district.code, district.name.clone(), district.name_en.clone(), None)
                    }
                    _ => {
                        let (base, name, name_en) = match outer {
                            Some(outer) => (outer.code.to_string(), outer.name.clone(), outer.name_en.clone()),
                            None => (district.code.clone(), district.name.clone(), district.name_en.clone()),
                        };
                        let initial = &above.key()[..1];
                        match (square, &squares) {
                            (Some(square), Some(squares)) => {
                                let label = squares.label(square);
                                let (zh, en) =
                                    if above == Level::Street { ("片区", "Block") } else { ("小片", "Patch") };
                                let names = (format!("{zh} {label}"), Some(format!("{en} {label}")));
                                self.make(above, &format!("{base}-{initial}{label}"), names.0, names.1, parent)
                            }
                            _ => self.make(above, &format!("{base}-{initial}"), name, name_en, parent),
                        }
                    }
                };
                made += 1;
                for member in members {
                    self.areas[member].parent = Some(code.clone());
                }
            }
            self.draw_made(above);
            if above != Level::District && made > 0 {
                notes.push(format!("{made} areas of level {} were made: the files do not say them", above.key()));
            }
        }
    }

    /// Gives the areas of a level that have no boundary the union of their parts.
    fn draw_made(&mut self, level: Level) {
        let mut parts: HashMap<AreaCode, Vec<usize>> = HashMap::new();
        for (index, area) in self.areas.iter().enumerate() {
            if let Some(parent) = &area.parent {
                parts.entry(parent.clone()).or_default().push(index);
            }
        }
        for index in self.at_level(level) {
            let area = &self.areas[index];
            if !area.boundary.0.is_empty() {
                continue;
            }
            let Some(parts) = parts.get(&area.code) else { continue };
            let boundary = union_of(parts.iter().map(|part| &self.areas[*part].boundary));
            let sum = |count: fn(&Area) -> Option<u32>| -> Option<u32> {
                parts.iter().map(|part| count(&self.areas[*part])).try_fold(0u32, |sum, part| sum.checked_add(part?))
            };
            let (households, population) = (sum(|area| area.households), sum(|area| area.population));
            let area = &mut self.areas[index];
            area.boundary = boundary;
            area.households = area.households.or(households);
            area.population = area.population.or(population);
        }
    }
}

fn note(notes: &mut Vec<String>, count: u64, what: &str) {
    if count > 0 {
        notes.push(format!("{count} {what}"));
    }
}

/// Metres of a degree of latitude; of longitude it is this times the cosine of the latitude.
pub const METRES_PER_DEGREE: f64 = 111_195.0;

/// A lattice of squares over all areas, for grouping. Labels read like an atlas: letters from the west, numbers from the
/// north.
struct Squares {
    west: f64,
    south: f64,
    lon_step: f64,
    lat_step: f64,
    rows: i32,
}

impl Squares {
    fn around(areas: &[Area], side_m: f64) -> Option<Self> {
        let boxes = areas.iter().filter_map(|area| area.boundary.bounding_rect());
        let (mut west, mut south, mut north) = (f64::MAX, f64::MAX, f64::MIN);
        for rect in boxes {
            west = west.min(rect.min().x);
            south = south.min(rect.min().y);
            north = north.max(rect.max().y);
        }
        let lat_step = side_m / METRES_PER_DEGREE;
        let middle = ((south + north) / 2.0).to_radians().cos().max(0.01);
        let rows = ((north - south) / lat_step).ceil();
        (west < f64::MAX && rows < 1e6).then_some(Self {
            west,
            south,
            lon_step: lat_step / middle,
            lat_step,
            rows: rows as i32,
        })
    }

    fn of(&self, boundary: &MultiPolygon) -> Option<(i32, i32)> {
        let centre = boundary.bounding_rect()?.center();
        let column = ((centre.x - self.west) / self.lon_step).floor();
        let row = ((centre.y - self.south) / self.lat_step).floor();
        Some((column as i32, row as i32))
    }

    fn label(&self, (column, row): (i32, i32)) -> String {
        format!("{}{}", letters(column), self.rows - row)
    }
}

/// A, B, … Z, AA, AB, … for 0, 1, …
pub fn letters(mut column: i32) -> String {
    let mut text = Vec::new();
    loop {
        text.push(b'A' + (column.rem_euclid(26)) as u8);
        column = column.div_euclid(26) - 1;
        if column < 0 {
            break;
        }
    }
    text.iter().rev().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::AreaTable;
    use geo::Area as _;

    fn square(code: &str, level: Level, x: f64, y: f64) -> GivenArea {
        let boundary = MultiPolygon(vec![geo::Rect::new((x, y), (x + 0.01, y + 0.01)).to_polygon()]);
        let area = Area {
            code: AreaCode::new(code),
            level,
            kind: None,
            name: code.to_owned(),
            name_en: None,
            parent: None,
            households: Some(10),
            population: None,
            boundary,
        };
        GivenArea { area, upper: [None, None, None] }
    }

    fn facts() -> DistrictFacts {
        DistrictFacts { code: "D".into(), name: "区".into(), name_en: Some("District".into()) }
    }

    fn upper(code: Option<&str>, name: &str) -> Option<Upper> {
        Some(Upper { code: code.map(str::to_owned), name: Some(name.to_owned()), name_en: None })
    }

    /// Every level is there, every area but the root has a parent of the next level, every boundary is drawn.
    fn check(areas: Vec<Area>) -> AreaTable {
        let (table, defects) = AreaTable::build(areas);
        assert!(defects.is_empty(), "{defects:?}");
        for (id, area) in table.iter() {
            let above = table.parent(id).map(|parent| table.get(parent).level.depth() + 1);
            assert_eq!(above.unwrap_or(0), area.level.depth(), "{area:?}");
            assert!(area.level == Level::Grid || !table.children(id).is_empty());
        }
        assert_eq!(table.at_level(Level::District).count(), 1);
        table
    }

    #[test]
    fn grids_alone_get_everything_above() {
        let given = vec![square("a", Level::Grid, 0.0, 0.0), square("b", Level::Grid, 0.01, 0.0)];
        let table = check(complete(given, &facts(), [None, None], &mut Vec::new()));
        assert_eq!(table.len(), 5);
        let root = table.get(table.root().unwrap());
        assert_eq!((root.name.as_str(), root.boundary.0.len(), root.households), ("区", 1, Some(20)));
        assert!((root.boundary.unsigned_area() - 2e-4).abs() < 1e-12);
    }

    #[test]
    fn columns_name_streets_and_the_district() {
        let mut given: Vec<GivenArea> =
            (0..4).map(|n| square(&format!("v{n}"), Level::Community, f64::from(n) * 0.01, 0.0)).collect();
        for (n, given) in given.iter_mut().enumerate() {
            given.upper = [upper(Some("63"), "市"), upper(None, if n < 3 { "甲" } else { "乙" }), None];
        }
        let mut notes = Vec::new();
        let table = check(complete(given, &facts(), [None, None], &mut notes));
        let counts: Vec<usize> = Level::ALL.iter().map(|level| table.at_level(*level).count()).collect();
        assert_eq!(counts, [1, 2, 4, 4]);
        assert_eq!(table.get(table.root().unwrap()).code.as_str(), "63");
        assert!(table.find(&AreaCode::new("63/甲")).is_some());
        assert!(table.find(&AreaCode::new("v0-g")).is_some());
    }

    #[test]
    fn squares_group_where_nothing_else_does() {
        let given = (0..36)
            .map(|n| square(&format!("g{n}"), Level::Grid, f64::from(n % 6) * 0.01, f64::from(n / 6) * 0.01))
            .collect();
        let table = check(complete(given, &facts(), [Some(3336.0), Some(2224.0)], &mut Vec::new()));
        let counts: Vec<usize> = Level::ALL.iter().map(|level| table.at_level(*level).count()).collect();
        assert_eq!(counts, [1, 4, 9, 36]);
        assert!(table.find(&AreaCode::new("D-sA1")).is_some());
    }

    #[test]
    fn several_levels_and_several_districts() {
        let mut grid = square("g", Level::Grid, 0.0, 0.0);
        grid.area.parent = Some(AreaCode::new("s"));
        let mut lost = square("h", Level::Grid, 0.02, 0.0);
        lost.area.parent = Some(AreaCode::new("nowhere"));
        let given = vec![square("s", Level::Street, 0.0, 0.0), grid, lost];
        let mut notes = Vec::new();
        check(complete(given, &facts(), [None, None], &mut notes));
        assert!(notes.iter().any(|note| note.contains("not there or not above")), "{notes:?}");
        let table = check(complete(
            vec![square("d1", Level::District, 0.0, 0.0), square("d2", Level::District, 0.01, 0.0)],
            &facts(),
            [None, None],
            &mut notes,
        ));
        assert_eq!(table.at_level(Level::Street).count(), 2);
        let mut given: Vec<GivenArea> =
            (0..2).map(|n| square(&format!("v{n}"), Level::Community, f64::from(n) * 0.01, 0.0)).collect();
        for (n, given) in given.iter_mut().enumerate() {
            given.upper = [upper(Some(&format!("c{n}")), "市"), upper(Some(&format!("t{n}")), "镇"), None];
        }
        check(complete(given, &facts(), [None, None], &mut notes));
        assert!(
            check(complete(vec![square("d", Level::District, 0.0, 0.0)], &facts(), [None, None], &mut notes)).len()
                == 4
        );
    }

    #[test]
    fn columns_read_like_an_atlas() {
        let labels: Vec<String> = [0, 25, 26, 27, 701, 702].into_iter().map(letters).collect();
        assert_eq!(labels, ["A", "Z", "AA", "AB", "ZZ", "AAA"]);
    }
}
