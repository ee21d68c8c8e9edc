//! Where a ticket counts in the heat map: at its address, on the block that its coordinates were cut to, on the area it is
//! known to lie in, or nowhere; and which cells of the field a block covers ([`Covers`]).

use std::collections::HashMap;

use bevy::math::Vec2;

use crate::domain::{AreaId, AreaTable, Level, Position, Ticket};
use crate::heat::block::{Block, Blocks, Cover, Cut};
use crate::heat::event::NO_CELL;
use crate::heat::field::Grid;
use crate::map::{AreaIndex, Projection};

/// Metres of a degree of latitude.
const M_PER_DEGREE: f64 = 111_320.0;

/// The cell or block of a ticket that lies in `area`. A district alone is no place.
pub(super) fn cell_of(
    ticket: &Ticket,
    area: Option<AreaId>,
    table: &AreaTable,
    projection: &Projection,
    grid: &Grid,
) -> u32 {
    match ticket.position {
        Position::At { lon, lat } => {
            let world = projection.world_from_lonlat_f64(lon, lat);
            let cell = grid.cell(world.x, world.y);
            match Cut::of(lon, lat).filter(|_| cell != NO_CELL) {
                None => cell,
                Some(cut) => {
                    let middle = [cell & 0xFFFF, cell >> 16];
                    Block::Square { middle, is_hundredths: cut == Cut::Hundredths }.pack()
                }
            }
        }
        Position::Missing => match area.filter(|id| table.get(*id).level != Level::District) {
            Some(id) => Block::Area(id.0).pack(),
            None => NO_CELL,
        },
        Position::Outside => NO_CELL,
    }
}

/// The cells that blocks cover on one level, found once.
#[derive(Default)]
pub(super) struct Covers {
    of: Option<(usize, u32)>,
    /// Which area of a level each cell's middle lies in.
    owners: HashMap<Level, Vec<Option<AreaId>>>,
    covers: HashMap<Block, Vec<(u32, f32)>>,
}

/// What covers are found from.
pub(super) struct Ground<'a> {
    pub table: &'a AreaTable,
    pub index: &'a AreaIndex,
    pub projection: &'a Projection,
    pub grid: &'a Grid,
    pub level: u32,
}

impl Covers {
    /// The cells of a block and its share of each; none if it lies outside.
    pub fn of(&mut self, block: Block, ground: &Ground<'_>) -> &Cover {
        let of = (std::ptr::from_ref(ground.table) as usize, ground.level);
        if self.of != Some(of) {
            *self = Self { of: Some(of), ..Self::default() };
        }
        let Self { owners, covers, .. } = self;
        covers.entry(block).or_insert_with(|| match block {
            Block::Area(id) if (id as usize) < ground.table.len() => area_cover(AreaId(id), ground, owners),
            Block::Area(_) => Vec::new(),
            Block::Square { middle, is_hundredths } => square_cover(middle, is_hundredths, ground),
        })
    }
}

impl Covers {
    /// The events that blocks put on the cells of the ground's level: index and number, to be added to the field's.
    pub fn spread(&mut self, blocks: &Blocks, ground: &Ground<'_>) -> Vec<(u32, f32)> {
        let mut all = Vec::new();
        for (block, count) in blocks.iter() {
            all.extend(self.of(block, ground).iter().map(|(at, share)| (*at, share * count as f32)));
        }
        all
    }
}

fn middle_of(grid: &Grid, level: u32, at: usize) -> Vec2 {
    let (width, _) = grid.size_at(level);
    let cell_m = grid.cell_m_at(level);
    let middle = |i: usize, axis: usize| (grid.origin[axis] + (i as f64 + 0.5) * cell_m) as f32;
    Vec2::new(middle(at % width, 0), middle(at / width, 1))
}

/// Every cell whose middle lies in the area, alike. An area too small for that has the cell of its middle.
fn area_cover(id: AreaId, ground: &Ground<'_>, owners: &mut HashMap<Level, Vec<Option<AreaId>>>) -> Vec<(u32, f32)> {
    let level = ground.table.get(id).level;
    let (width, height) = ground.grid.size_at(ground.level);
    let owners = owners.entry(level).or_insert_with(|| {
        (0..width * height).map(|at| ground.index.pick(middle_of(ground.grid, ground.level, at), level)).collect()
    });
    let mine: Vec<u32> =
        owners.iter().enumerate().filter(|(_, owner)| **owner == Some(id)).map(|(at, _)| at as u32).collect();
    if !mine.is_empty() {
        let share = 1.0 / mine.len() as f32;
        return mine.into_iter().map(|at| (at, share)).collect();
    }
    let points: Vec<Vec2> = ground.index.rings(id).iter().flat_map(|ring| ring.iter().copied()).collect();
    if points.is_empty() {
        return Vec::new();
    }
    let middle = points.iter().sum::<Vec2>() / points.len() as f32;
    let cell = ground.grid.cell(f64::from(middle.x), f64::from(middle.y));
    if cell == NO_CELL {
        return Vec::new();
    }
    let (column, row) = ((cell & 0xFFFF) >> ground.level, (cell >> 16) >> ground.level);
    vec![(row * width as u32 + column, 1.0)]
}

/// The part of the square that lies on each cell.
fn square_cover(middle: [u32; 2], is_hundredths: bool, ground: &Ground<'_>) -> Vec<(u32, f32)> {
    let cut = if is_hundredths { Cut::Hundredths } else { Cut::Thousandths };
    let grid = ground.grid;
    let at = [0, 1].map(|axis| grid.origin[axis] + (f64::from(middle[axis]) + 0.5) * grid.cell_m);
    let (_, lat) = ground.projection.lonlat_from_world(Vec2::new(at[0] as f32, at[1] as f32));
    let half_north = cut.degrees() * M_PER_DEGREE / 2.0;
    let half = [half_north * lat.to_radians().cos().abs().max(0.05), half_north];
    let cell_m = grid.cell_m_at(ground.level);
    let (width, height) = grid.size_at(ground.level);
    // Overlaps of the square's side with the cells along each axis.
    let along = |axis: usize, cells: usize| -> Vec<(usize, f64)> {
        let from = (at[axis] - half[axis] - grid.origin[axis]) / cell_m;
        let to = (at[axis] + half[axis] - grid.origin[axis]) / cell_m;
        let (first, last) = (from.floor().max(0.0) as usize, to.ceil().max(0.0) as usize);
        (first..last.min(cells)).map(|i| (i, (to.min(i as f64 + 1.0) - from.max(i as f64)).max(0.0))).collect()
    };
    let (columns, rows) = (along(0, width), along(1, height));
    let whole: f64 = columns.iter().map(|(_, x)| x).sum::<f64>() * rows.iter().map(|(_, y)| y).sum::<f64>();
    if whole <= 0.0 {
        return Vec::new();
    }
    let cell = |(row, y): &(usize, f64)| {
        let y = *y;
        let row = row * width;
        columns.iter().map(move |(column, x)| ((row + column) as u32, (x * y / whole) as f32)).collect::<Vec<_>>()
    };
    rows.iter().flat_map(cell).filter(|(_, share)| *share > 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::shapes::tests::chessboard;

    fn bench() -> (AreaTable, AreaIndex, Projection, Grid) {
        let (table, _) = AreaTable::build(chessboard(4));
        let projection = crate::map::projection::around_areas(&table).expect("areas have places");
        let index = AreaIndex::build(&table, &projection);
        let bounds = index.district().expect("a district");
        let corner = |at: Vec2| [f64::from(at.x), f64::from(at.y)];
        let grid = Grid::covering(corner(bounds.min), corner(bounds.max), 200.0);
        (table, index, projection, grid)
    }

    #[test]
    fn a_block_is_spread_evenly_over_its_land_and_loses_nothing() {
        let (table, index, projection, grid) = bench();
        let level = grid.level_for(200.0);
        let ground = Ground { table: &table, index: &index, projection: &projection, grid: &grid, level };
        let mut covers = Covers::default();
        let (width, _) = grid.size_at(level);
        for of in [Level::Street, Level::Community, Level::Grid] {
            let id = table.at_level(of).next().expect("one of each level");
            let cover = covers.of(Block::Area(id.0), &ground).to_vec();
            assert!((cover.iter().map(|(_, share)| share).sum::<f32>() - 1.0).abs() < 1e-4, "{of:?}");
            let (least, most) =
                cover.iter().fold((f32::MAX, 0.0_f32), |(least, most), (_, s)| (least.min(*s), most.max(*s)));
            assert_eq!(least, most, "evenly: {of:?}");
            if cover.len() > 1 {
                let inside =
                    cover.iter().all(|(at, _)| index.pick(middle_of(&grid, level, *at as usize), of) == Some(id));
                assert!(inside, "{of:?}");
            }
        }
        let middle = [grid.width / 2, grid.height / 2];
        let wide = covers.of(Block::Square { middle, is_hundredths: true }, &ground).to_vec();
        let narrow = covers.of(Block::Square { middle, is_hundredths: false }, &ground).to_vec();
        for cover in [&wide, &narrow] {
            assert!((cover.iter().map(|(_, share)| share).sum::<f32>() - 1.0).abs() < 1e-4);
        }
        assert!(wide.len() > narrow.len() && wide.iter().all(|(at, _)| (*at as usize % width) < width));
    }
}
