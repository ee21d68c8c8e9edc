//! Square cells instead of areas, for tickets of a city that publishes no boundaries: a lattice over the points, each
//! cell a grid. `levels.rs` groups them into larger squares.

use std::collections::{BTreeSet, VecDeque};

use geo::{MultiPolygon, Rect, polygon};

use crate::domain::{Area, AreaCode, GridKind, Level};

use super::levels::{GivenArea, METRES_PER_DEGREE, letters};
use super::mapping::{CellFill, CellMapping};

/// More cells than this are not made.
const MAX_CELLS: i64 = 250_000;

/// The cells over `points`. Points far from all others are outside: their cells are not made. Empty without points.
pub fn cells_over(points: &[(f64, f64)], mapping: &CellMapping, notes: &mut Vec<String>) -> Vec<GivenArea> {
    let Some((near, far)) = without_strays(points) else { return Vec::new() };
    if far > 0 {
        notes.push(format!("{far} tickets lie far from all others; no cells were made for them"));
    }
    let (mut west, mut south, mut east, mut north) = (f64::MAX, f64::MAX, f64::MIN, f64::MIN);
    for (lon, lat) in &near {
        (west, east) = (west.min(*lon), east.max(*lon));
        (south, north) = (south.min(*lat), north.max(*lat));
    }
    let mut side_m = mapping.size_m;
    let cos = ((south + north) / 2.0).to_radians().cos().max(0.01);
    let count = |side_m: f64| {
        let columns = ((east - west) * METRES_PER_DEGREE * cos / side_m).floor() as i64 + 1;
        let rows = ((north - south) * METRES_PER_DEGREE / side_m).floor() as i64 + 1;
        (columns, rows)
    };
    while count(side_m).0.saturating_mul(count(side_m).1) > MAX_CELLS {
        side_m *= 2.0;
    }
    if side_m > mapping.size_m {
        notes.push(format!("cells of {} m would be too many; they are {side_m} m wide", mapping.size_m));
    }
    let (columns, rows) = count(side_m);
    let (lat_step, lon_step) = (side_m / METRES_PER_DEGREE, side_m / METRES_PER_DEGREE / cos);
    // The lattice lies evenly around the points.
    let west = west - (columns as f64 * lon_step - (east - west)) / 2.0;
    let south = south - (rows as f64 * lat_step - (north - south)) / 2.0;
    let (columns, rows) = (columns as i32, rows as i32);
    let cell_of = |lon: f64, lat: f64| {
        let column = ((lon - west) / lon_step).floor() as i32;
        let row = ((lat - south) / lat_step).floor() as i32;
        (column.clamp(0, columns - 1), row.clamp(0, rows - 1))
    };
    let cells: BTreeSet<(i32, i32)> = match mapping.fill {
        CellFill::Block => (0..columns).flat_map(|column| (0..rows).map(move |row| (column, row))).collect(),
        CellFill::Occupied => {
            let occupied: BTreeSet<_> = near.iter().map(|(lon, lat)| cell_of(*lon, *lat)).collect();
            with_holes_filled(occupied, columns, rows)
        }
    };
    // Borders are computed from their number, so that neighbours share them exactly.
    let lon_at = |column: i32| west + f64::from(column) * lon_step;
    let lat_at = |row: i32| south + f64::from(row) * lat_step;
    let area = |(column, row): (i32, i32)| {
        let rect = Rect::new((lon_at(column), lat_at(row)), (lon_at(column + 1), lat_at(row + 1)));
        let label = format!("{}{}", letters(column), rows - row);
        let area = Area {
            code: AreaCode::new(format!("cell-{label}")),
            level: Level::Grid,
            kind: Some(GridKind::General),
            name: format!("方格 {label}"),
            name_en: Some(format!("Cell {label}")),
            parent: None,
            households: None,
            population: None,
            boundary: MultiPolygon(vec![anticlockwise(&rect)]),
        };
        GivenArea { area, upper: [None, None, None] }
    };
    cells.into_iter().map(area).collect()
}

fn anticlockwise(rect: &Rect) -> geo::Polygon {
    let (low, high) = (rect.min(), rect.max());
    polygon![(x: low.x, y: low.y), (x: high.x, y: low.y), (x: high.x, y: high.y), (x: low.x, y: high.y)]
}

/// The points near the middle, and how many are not: farther than three times the distance that 99 of 100 keep. Of fewer
/// than a hundred points none is a stray.
fn without_strays(points: &[(f64, f64)]) -> Option<(Vec<(f64, f64)>, usize)> {
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let lon = median(points.iter().map(|point| point.0).collect())?;
    let lat = median(points.iter().map(|point| point.1).collect())?;
    let cos = lat.to_radians().cos();
    let away = |point: &(f64, f64)| ((point.0 - lon) * cos).hypot(point.1 - lat) * METRES_PER_DEGREE;
    let mut distances: Vec<f64> = points.iter().map(away).collect();
    distances.sort_by(f64::total_cmp);
    let limit = distances[(distances.len() * 99).div_ceil(100) - 1] * 3.0 + 10_000.0;
    let near: Vec<(f64, f64)> = points.iter().copied().filter(|point| away(point) <= limit).collect();
    let far = points.len() - near.len();
    Some((near, far))
}

/// Adds the empty cells that cannot be reached from outside.
fn with_holes_filled(occupied: BTreeSet<(i32, i32)>, columns: i32, rows: i32) -> BTreeSet<(i32, i32)> {
    let width = columns as usize + 2;
    let at = |column: i32, row: i32| (row + 1) as usize * width + (column + 1) as usize;
    let mut reached = vec![false; width * (rows as usize + 2)];
    let mut queue = VecDeque::from([(-1, -1)]);
    reached[0] = true;
    while let Some((column, row)) = queue.pop_front() {
        for (next_column, next_row) in [(column + 1, row), (column - 1, row), (column, row + 1), (column, row - 1)] {
            let within = (-1..=columns).contains(&next_column) && (-1..=rows).contains(&next_row);
            if within && !reached[at(next_column, next_row)] && !occupied.contains(&(next_column, next_row)) {
                reached[at(next_column, next_row)] = true;
                queue.push_back((next_column, next_row));
            }
        }
    }
    (0..columns)
        .flat_map(|column| (0..rows).map(move |row| (column, row)))
        .filter(|cell| !reached[at(cell.0, cell.1)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::BoundingRect;

    fn mapping(fill: CellFill) -> CellMapping {
        CellMapping { size_m: 1000.0, group: 3, fill }
    }

    /// A ring of points about 1 km apart, with nothing in the middle.
    fn ring() -> Vec<(f64, f64)> {
        let step = 1010.0 / METRES_PER_DEGREE;
        let all = (0..5).flat_map(|x| (0..5).map(move |y| (x, y)));
        all.filter(|(x, y)| [0, 4].contains(x) || [0, 4].contains(y))
            .map(|(x, y)| (f64::from(x) * step, f64::from(y) * step))
            .collect()
    }

    #[test]
    fn holes_are_filled_and_cells_are_square() {
        let cells = cells_over(&ring(), &mapping(CellFill::Occupied), &mut Vec::new());
        assert_eq!(cells.len(), 25);
        let rect = cells[0].area.boundary.bounding_rect().unwrap();
        assert!(
            (rect.height() * METRES_PER_DEGREE - 1000.0).abs() < 1.0
                && (rect.width() / rect.height() - 1.0).abs() < 0.01
        );
        let mut names: Vec<&str> = cells.iter().map(|cell| cell.area.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!((names[0], names.len()), ("方格 A1", 25));
    }

    #[test]
    fn a_stray_point_does_not_stretch_the_map() {
        let mut points: Vec<(f64, f64)> = (0..20).flat_map(|_| ring()).collect();
        points.push((80.0, 60.0));
        let mut notes = Vec::new();
        assert_eq!(cells_over(&points, &mapping(CellFill::Block), &mut notes).len(), 25);
        assert!(notes[0].contains("1 tickets lie far"));
        assert!(cells_over(&[], &mapping(CellFill::Block), &mut notes).is_empty());
        assert_eq!(cells_over(&[(1.0, 1.0)], &mapping(CellFill::Occupied), &mut notes).len(), 1);
    }

    #[test]
    fn too_many_cells_become_larger_ones() {
        let small = CellMapping { size_m: 10.0, ..mapping(CellFill::Block) };
        let points = [(0.0, 0.0), (0.08, 0.08)];
        let mut notes = Vec::new();
        assert!(cells_over(&points, &small, &mut notes).len() as i64 <= MAX_CELLS);
        assert!(notes.iter().any(|note| note.contains("too many")));
    }
}
