//! The ground tickets happen on: the grids with their weights, and points and addresses within them.
//!
//! [`Ground`] is what a caller hands in; [`Terrain`] is the same prepared for drawing. Points and addresses are worked
//! out when they are asked for, from the seed alone, so that a repeated address is the same one years apart.

use std::collections::HashMap;
use std::sync::Arc;

use geo::{Coord, InteriorPoint, LineString, MultiPolygon, Polygon};
use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::catalogue::{CATALOGUE, Lead};
use super::draw::{Draw, Pebble, Purpose};
use crate::domain::{Area, AreaCode, Calendar, Level};

/// Where tickets happen and how many: the plain input of the clockwork.
pub struct Ground {
    /// The grids.
    pub cells: Vec<Cell>,
    /// Working time and zone of the site.
    pub calendar: Calendar,
    /// Tickets on an average day, all sources together.
    pub per_day: f64,
    /// What every ticket number begins with, for example `HC`.
    pub id_prefix: String,
}

/// One grid.
pub struct Cell {
    /// Its code.
    pub code: AreaCode,
    /// Code of its community.
    pub community: AreaCode,
    /// Name of its community, for example 盐坊社区.
    pub community_name: String,
    /// Name of its street, for example 望澜街道.
    pub street_name: String,
    /// CRS84 degrees.
    pub boundary: MultiPolygon<f64>,
    /// How busy it is, relative to the other cells; 0 for one where nothing happens.
    pub weight: f64,
}

/// Tickets a day in Haicheng, first quarter of 2025: the one district of which the flow is known.
pub const PER_DAY: f64 = 199.0;
/// The same for each of its 520 grids; smaller districts have fewer tickets in proportion.
pub const PER_GRID_AND_DAY: f64 = PER_DAY / 520.0;

impl Ground {
    /// The grids of a list of areas, with the names of the community and the street above each. `activity` weighs a
    /// grid against the others and is asked for each in turn. [`Ground::per_day`] is [`PER_GRID_AND_DAY`] for each grid,
    /// but no more than [`PER_DAY`]: of larger districts no flow is published, and we do not make one up.
    pub fn from_areas(
        areas: &[Area],
        mut activity: impl FnMut(&Area) -> f64,
        calendar: Calendar,
        id_prefix: impl Into<String>,
    ) -> Self {
        let by_code: HashMap<&AreaCode, &Area> = areas.iter().map(|area| (&area.code, area)).collect();
        let above = |area: &Area| area.parent.as_ref().and_then(|code| by_code.get(code)).copied();
        let cells: Vec<Cell> = areas
            .iter()
            .filter(|area| area.level == Level::Grid)
            .map(|grid| {
                let community = above(grid);
                let street = community.and_then(above);
                Cell {
                    code: grid.code.clone(),
                    community: community.map_or_else(|| grid.code.clone(), |area| area.code.clone()),
                    community_name: community.map_or_else(|| grid.name.clone(), |area| area.name.clone()),
                    street_name: street.map_or_else(String::new, |area| area.name.clone()),
                    boundary: grid.boundary.clone(),
                    weight: activity(grid),
                }
            })
            .collect();
        let per_day = (cells.len() as f64 * PER_GRID_AND_DAY).min(PER_DAY);
        Self { cells, calendar, per_day, id_prefix: id_prefix.into() }
    }
}

/// Which point within a cell: one of its addresses, or any point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// An address that tickets come back to.
    Address(u8),
    /// A point of its own, by key.
    Anywhere(u64),
}

/// Addresses in one cell that tickets come back to.
pub(super) const ADDRESSES: usize = 24;

/// The ground, prepared for drawing.
pub(super) struct Terrain {
    seed: u64,
    cells: Vec<Cell>,
    /// Running sums of the cells' weights.
    cumulative: Vec<f64>,
    /// For a hot cell: the category it keeps having trouble with.
    sore: Vec<Option<u16>>,
    middles: RTree<GeomWithData<[f64; 2], u32>>,
    /// Lead unit by cell: the street's office, the community.
    offices: Vec<(Arc<str>, Arc<str>)>,
    /// Lead unit by category, where it is a department.
    bureaus: Vec<Option<Arc<str>>>,
}

/// Share of cells that are hot for years, and how much busier than their weight they are.
const HOT_SHARE: f64 = 0.06;
const HOT_FACTOR: (f64, f64) = (2.0, 4.0);
/// No cell is busier than this many average ones.
const MOST: f64 = 7.0;

impl Terrain {
    pub(super) fn new(cells: Vec<Cell>, seed: u64) -> Self {
        let mut weights = Vec::with_capacity(cells.len());
        let mut sore = Vec::with_capacity(cells.len());
        let mut middles = Vec::with_capacity(cells.len());
        for (index, cell) in cells.iter().enumerate() {
            let mut pebble = Pebble::new(seed, Purpose::Cell, index as u64);
            let own = 0.6 + 0.8 * pebble.unit();
            let hot = pebble.unit() < HOT_SHARE;
            let heat = if hot { HOT_FACTOR.0 + (HOT_FACTOR.1 - HOT_FACTOR.0) * pebble.unit() } else { 1.0 };
            sore.push(hot.then(|| pebble.below(CATALOGUE.len()) as u16));
            let drawable = cell.boundary.0.iter().any(|part| part.exterior().0.len() > 3);
            let usable = drawable && cell.weight.is_finite();
            weights.push(if usable { cell.weight.max(0.0) * own * heat } else { 0.0 });
            if drawable && let Some(box_) = geo::BoundingRect::bounding_rect(&cell.boundary) {
                let middle = box_.center();
                middles.push(GeomWithData::new([middle.x, middle.y], index as u32));
            }
        }
        let most = MOST * weights.iter().sum::<f64>() / weights.len().max(1) as f64;
        let mut sum = 0.0;
        let running = |weight: f64| {
            sum += weight.min(most);
            sum
        };
        let cumulative = weights.into_iter().map(running).collect();
        let mut names: HashMap<String, Arc<str>> = HashMap::new();
        let mut shared = |name: String| names.entry(name).or_insert_with_key(|name| Arc::from(name.as_str())).clone();
        let offices = cells
            .iter()
            .map(|cell| {
                let street = match cell.street_name.as_str() {
                    "" => cell.community_name.clone(),
                    name => format!("{name}办"),
                };
                (shared(street), shared(cell.community_name.clone()))
            })
            .collect();
        let bureaus = CATALOGUE
            .iter()
            .map(|category| match category.lead {
                Lead::Bureau(name) => Some(shared(name.to_owned())),
                Lead::Street | Lead::Community => None,
            })
            .collect();
        Self { seed, cells, cumulative, sore, middles: RTree::bulk_load(middles), offices, bureaus }
    }

    /// False if there is nowhere a ticket could happen.
    pub(super) fn is_busy(&self) -> bool {
        self.cumulative.last().is_some_and(|sum| *sum > 0.0)
    }

    pub(super) fn cell(&self, index: u32) -> &Cell {
        &self.cells[index as usize]
    }

    /// A cell by weight.
    pub(super) fn draw_cell(&self, draw: &mut Draw) -> u32 {
        draw.weighted(&self.cumulative) as u32
    }

    /// The category a hot cell keeps having trouble with.
    pub(super) fn sore(&self, cell: u32) -> Option<u16> {
        self.sore[cell as usize]
    }

    /// The cell and those around it, nearest first, `count` at most.
    pub(super) fn around(&self, cell: u32, count: usize) -> Vec<u32> {
        let Some(middle) = geo::BoundingRect::bounding_rect(&self.cell(cell).boundary).map(|box_| box_.center()) else {
            return vec![cell];
        };
        let mut near: Vec<(f64, u32)> = self
            .middles
            .nearest_neighbor_iter_with_distance_2(&[middle.x, middle.y])
            .take(count)
            .map(|(other, distance)| (distance, other.data))
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.into_iter().map(|(_, other)| other).collect()
    }

    /// The unit that leads a category in a cell.
    pub(super) fn unit(&self, lead: Lead, category: u16, cell: u32) -> &Arc<str> {
        let (street, community) = &self.offices[cell as usize];
        match (lead, &self.bureaus[category as usize]) {
            (Lead::Bureau(_), Some(bureau)) => bureau,
            (Lead::Community, _) => community,
            (Lead::Street | Lead::Bureau(_), _) => street,
        }
    }

    /// The street's office of a cell.
    pub(super) fn street_office(&self, cell: u32) -> &Arc<str> {
        &self.offices[cell as usize].0
    }

    /// The community of a cell, as a unit.
    pub(super) fn community(&self, cell: u32) -> &Arc<str> {
        &self.offices[cell as usize].1
    }

    /// The point of a spot, inside the cell's boundary, rounded to 6 decimals (0.1 m).
    pub(super) fn point(&self, cell: u32, spot: Spot) -> Option<Coord<f64>> {
        let mut pebble = self.pebble(cell, spot);
        let parts = &self.cell(cell).boundary.0;
        let part = match parts.as_slice() {
            [] => return None,
            [only] => only,
            // Islands belong to a cell with its mainland: by the area of their boxes.
            many => {
                let mut sum = 0.0;
                let sums: Vec<f64> = many
                    .iter()
                    .map(|part| {
                        let (low, high) = extent(part.exterior());
                        sum += (high.x - low.x) * (high.y - low.y);
                        sum
                    })
                    .collect();
                let target = pebble.unit() * sum;
                &many[sums.partition_point(|sum| *sum <= target).min(many.len() - 1)]
            }
        };
        let (low, high) = extent(part.exterior());
        for _ in 0..60 {
            let x = low.x + (high.x - low.x) * pebble.unit();
            let y = low.y + (high.y - low.y) * pebble.unit();
            let point = Coord { x: round_to(x, 1e6), y: round_to(y, 1e6) };
            if holds(part, point) {
                return Some(point);
            }
        }
        part.interior_point().map(|point| point.0)
    }

    /// The address of a spot in words: street, road and number. Another spot may be at the same road.
    pub(super) fn address(&self, cell: u32, spot: Spot) -> String {
        let home = self.cell(cell);
        let mut pebble = Pebble::new(self.seed, Purpose::Cell, u64::from(cell) << 1 | 1 << 63);
        let roads = [ROADS[pebble.below(ROADS.len())], ROADS[pebble.below(ROADS.len())]];
        let mut pebble = self.pebble(cell, spot);
        let road = roads[pebble.below(2)];
        let number = 1 + pebble.below(240);
        match spot {
            Spot::Address(_) => format!("{}{}{road}{number}号", home.street_name, home.community_name),
            Spot::Anywhere(_) => format!("{}{}{road}（近{number}号）", home.street_name, home.community_name),
        }
    }

    fn pebble(&self, cell: u32, spot: Spot) -> Pebble {
        let key = match spot {
            Spot::Address(number) => u64::from(cell) << 8 | u64::from(number),
            Spot::Anywhere(key) => key | 1 << 63,
        };
        Pebble::new(self.seed, Purpose::Point, key)
    }
}

/// Names of roads that sound of a harbour town; no real town's.
const ROADS: [&str; 32] = [
    "滨海大道",
    "海澄路",
    "盐田路",
    "渔灯路",
    "望潮路",
    "灯塔街",
    "骑楼街",
    "船坞路",
    "红树路",
    "潮平路",
    "北渡路",
    "南堤路",
    "柳岸路",
    "观澜路",
    "鹭洲路",
    "石桥街",
    "钟楼街",
    "文昌路",
    "建设路",
    "解放街",
    "和平路",
    "新港路",
    "榕荫路",
    "木棉路",
    "青屿路",
    "长堤街",
    "东埠路",
    "西塘路",
    "工业路",
    "学府路",
    "云帆路",
    "珠贝街",
];

/// The corners of a ring's box.
fn extent(ring: &LineString<f64>) -> (Coord<f64>, Coord<f64>) {
    let start = (Coord { x: f64::MAX, y: f64::MAX }, Coord { x: f64::MIN, y: f64::MIN });
    ring.0.iter().fold(start, |(low, high), corner| {
        (
            Coord { x: low.x.min(corner.x), y: low.y.min(corner.y) },
            Coord { x: high.x.max(corner.x), y: high.y.max(corner.y) },
        )
    })
}

/// Even-odd rule over all rings: exact arithmetic is not needed to place a demo ticket.
fn holds(part: &Polygon<f64>, point: Coord<f64>) -> bool {
    let crossings = |ring: &LineString<f64>| {
        ring.0
            .windows(2)
            .filter(|pair| {
                let (a, b) = (pair[0], pair[1]);
                (a.y > point.y) != (b.y > point.y) && point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x
            })
            .count()
    };
    let rings = std::iter::once(part.exterior()).chain(part.interiors());
    rings.map(crossings).sum::<usize>() % 2 == 1
}

/// `value` to the nearest `1 / per_unit`.
pub(super) fn round_to(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit
}

#[cfg(test)]
mod tests {
    use geo::Intersects;

    use super::*;

    fn cell(boundary: MultiPolygon<f64>) -> Cell {
        Cell {
            code: AreaCode::new("459901001001001"),
            community: AreaCode::new("459901001001"),
            community_name: "盐坊社区".into(),
            street_name: "望澜街道".into(),
            boundary,
            weight: 1.0,
        }
    }

    #[test]
    fn points_lie_in_their_cell_whatever_its_shape() {
        let horseshoe = geo::wkt! { POLYGON((109.30 21.20, 109.33 21.20, 109.33 21.23, 109.32 21.23, 109.32 21.21, 109.31 21.21, 109.31 21.23, 109.30 21.23, 109.30 21.20)) };
        let ring = geo::wkt! { POLYGON((109.40 21.20, 109.42 21.20, 109.42 21.22, 109.40 21.22, 109.40 21.20), (109.401 21.201, 109.401 21.219, 109.419 21.219, 109.419 21.201, 109.401 21.201)) };
        let both = MultiPolygon(vec![horseshoe, ring]);
        let terrain = Terrain::new(vec![cell(both.clone())], 5);
        let mut on_second = 0;
        for key in 0..500 {
            let point = terrain.point(0, Spot::Anywhere(key)).unwrap();
            assert!(both.intersects(&geo::Point(point)), "{point:?}");
            on_second += usize::from(point.x >= 109.4);
        }
        assert!((80..300).contains(&on_second), "{on_second}");
        assert_eq!(terrain.point(0, Spot::Address(3)), terrain.point(0, Spot::Address(3)));
        assert_ne!(terrain.point(0, Spot::Address(3)), terrain.point(0, Spot::Address(4)));
        assert!(terrain.address(0, Spot::Address(3)).starts_with("望澜街道盐坊社区"));
    }

    #[test]
    fn cells_without_a_shape_or_with_a_bad_weight_get_no_tickets() {
        let square = || MultiPolygon(vec![geo::Rect::new((0.0, 0.0), (1.0, 1.0)).to_polygon()]);
        let mut odd = cell(square());
        odd.weight = f64::NAN;
        let terrain = Terrain::new(vec![cell(MultiPolygon(vec![])), cell(square()), odd], 5);
        let mut draw = Draw::keyed(1, Purpose::Day, 0, 0);
        assert!((0..200).all(|_| terrain.draw_cell(&mut draw) == 1));
        assert!(!Terrain::new(vec![cell(MultiPolygon(vec![]))], 5).is_busy());
        assert!(!Terrain::new(vec![], 5).is_busy());
    }

    #[test]
    fn neighbours_come_nearest_first() {
        let at = |x: f64| cell(MultiPolygon(vec![geo::Rect::new((x, 0.0), (x + 1.0, 1.0)).to_polygon()]));
        let terrain = Terrain::new((0..9).map(|x| at(f64::from(x))).collect(), 5);
        assert_eq!(terrain.around(4, 3), [4, 3, 5]);
    }
}
