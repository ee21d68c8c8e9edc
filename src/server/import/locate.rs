//! Which area a point, a code or a name belongs to.

use std::collections::HashMap;

use geo::algorithm::coordinate_position::{CoordPos, CoordinatePosition};
use geo::{BoundingRect, Coord};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use crate::domain::{Area, AreaCode, Level};

/// Finds the grid of a point and the area of a code or name.
pub struct Locator<'a> {
    areas: &'a [Area],
    grids: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
    by_code: HashMap<&'a str, usize>,
    /// `None` for a name that several areas have.
    by_name: HashMap<&'a str, Option<usize>>,
    children: HashMap<&'a AreaCode, Vec<usize>>,
}

impl<'a> Locator<'a> {
    /// Indexes areas of all levels.
    pub fn new(areas: &'a [Area]) -> Self {
        let grids =
            areas.iter().enumerate().filter(|(_, area)| area.level == Level::Grid).filter_map(|(index, area)| {
                let rect = area.boundary.bounding_rect()?;
                let corners = Rectangle::from_corners([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]);
                Some(GeomWithData::new(corners, index))
            });
        let grids = RTree::bulk_load(grids.collect());
        let by_code: HashMap<&str, usize> =
            areas.iter().enumerate().map(|(index, area)| (area.code.as_str(), index)).collect();
        let mut children: HashMap<&AreaCode, Vec<usize>> = HashMap::new();
        let mut by_name: HashMap<&str, Option<usize>> = HashMap::new();
        let mut order: Vec<usize> = (0..areas.len()).collect();
        order.sort_by_key(|index| areas[*index].level);
        for index in order {
            let area = &areas[index];
            if let Some(parent) = &area.parent {
                children.entry(parent).or_default().push(index);
            }
            by_name
                .entry(area.name.as_str())
                .and_modify(|held| {
                    // A made part has the name of the whole: the part is meant. Any other namesake makes the name useless.
                    let same_line = held.is_some_and(|held| area.parent.as_ref() == Some(&areas[held].code));
                    *held = same_line.then_some(index);
                })
                .or_insert(Some(index));
        }
        Self { areas, grids, by_code, by_name, children }
    }

    /// The grid a point lies in or on the border of; the first listed if there are several.
    pub fn at(&self, lon: f64, lat: f64) -> Option<&'a AreaCode> {
        let hits = self.grids.locate_in_envelope_intersecting(&AABB::from_point([lon, lat]));
        let inside = hits.map(|hit| hit.data).filter(|index| {
            self.areas[*index].boundary.coordinate_position(&Coord { x: lon, y: lat }) != CoordPos::Outside
        });
        inside.min().map(|index| &self.areas[index].code)
    }

    /// The area of that code or, if only one has it, that name; down to its only part.
    pub fn called(&self, text: &str) -> Option<&'a AreaCode> {
        let found = self.by_code.get(text).copied().or_else(|| self.by_name.get(text).copied().flatten());
        let mut index = found?;
        while let Some([only]) = self.children.get(&self.areas[index].code).map(Vec::as_slice) {
            index = *only;
        }
        Some(&self.areas[index].code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::MultiPolygon;

    fn area(code: &str, name: &str, level: Level, parent: Option<&str>, x: f64) -> Area {
        let boundary = MultiPolygon(vec![geo::Rect::new((x, 0.0), (x + 1.0, 1.0)).to_polygon()]);
        Area {
            code: AreaCode::new(code),
            level,
            kind: None,
            name: name.to_owned(),
            name_en: None,
            parent: parent.map(AreaCode::new),
            households: None,
            population: None,
            boundary,
        }
    }

    #[test]
    fn points_codes_and_names() {
        let areas = [
            area("c1", "海湾", Level::Community, None, 0.0),
            area("c1-g", "海湾", Level::Grid, Some("c1"), 0.0),
            area("c2", "中正", Level::Community, None, 1.0),
            area("g2", "一", Level::Grid, Some("c2"), 1.0),
            area("g3", "二", Level::Grid, Some("c2"), 1.5),
            area("c3", "中正", Level::Community, None, 5.0),
        ];
        let locator = Locator::new(&areas);
        let code = |found: Option<&AreaCode>| found.map(|code| code.as_str().to_owned());
        assert_eq!(code(locator.at(0.5, 0.5)).as_deref(), Some("c1-g"));
        assert_eq!(code(locator.at(1.0, 0.5)).as_deref(), Some("c1-g"), "the border belongs to the first");
        assert_eq!(code(locator.at(0.5, 1.5)), None);
        assert_eq!(code(locator.called("c1")).as_deref(), Some("c1-g"));
        assert_eq!(code(locator.called("海湾")).as_deref(), Some("c1-g"));
        assert_eq!(code(locator.called("c2")).as_deref(), Some("c2"));
        assert_eq!(code(locator.called("中正")), None);
        assert_eq!(code(locator.called("nowhere")), None);
    }
}
