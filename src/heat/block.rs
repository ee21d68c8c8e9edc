//! Events that are known to lie somewhere in a block and not where: a ticket with an area and no coordinates, or one whose
//! coordinates were cut to two or three decimals. Such an event counts for its whole block, evenly; a point would be false.
//!
//! A block takes the place of an address cell in an event and is one word like it, so that whoever makes events needs no
//! table. The field leaves blocks alone; [`Blocks`] counts them beside it, in whole numbers like the field. Which cells a
//! block covers is told by whoever knows areas.

use std::collections::BTreeMap;

use super::event::NO_CELL;

const BLOCK: u32 = 1 << 31;
const AREA: u32 = 1 << 30;
const HUNDREDTHS: u32 = 1 << 29;

/// Where an event is known to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Block {
    /// In an area: an index into the table of areas.
    Area(u32),
    /// In a square around the middle of an address cell.
    Square {
        /// Column and row of the address cell, below 4,096 each.
        middle: [u32; 2],
        /// Coordinates were cut to two decimals; else to three.
        is_hundredths: bool,
    },
}

impl Block {
    /// As the cell of an event; [`NO_CELL`] if a number is too large for it.
    pub const fn pack(self) -> u32 {
        match self {
            Block::Area(area) if area < 1 << 24 => BLOCK | AREA | area,
            Block::Square { middle: [column, row], is_hundredths } if column < 4096 && row < 4096 => {
                BLOCK | if is_hundredths { HUNDREDTHS } else { 0 } | row << 12 | column
            }
            _ => NO_CELL,
        }
    }

    /// The block that the cell of an event stands for, if it does.
    pub const fn unpack(cell: u32) -> Option<Block> {
        if cell == NO_CELL || cell & BLOCK == 0 {
            return None;
        }
        if cell & AREA != 0 {
            return Some(Block::Area(cell & 0xFF_FFFF));
        }
        let middle = [cell & 0xFFF, cell >> 12 & 0xFFF];
        Some(Block::Square { middle, is_hundredths: cell & HUNDREDTHS != 0 })
    }
}

/// How coarse coordinates are that were cut to two or three decimals of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// To two: about a kilometre.
    Hundredths,
    /// To three: about a hundred metres.
    Thousandths,
}

impl Cut {
    /// The cut that both coordinates show. Exact ones look cut once in ten thousand million times; of those cut to three
    /// decimals, one in a hundred looks cut to two.
    pub fn of(lon: f64, lat: f64) -> Option<Cut> {
        let is_at = |steps: f64| [lon, lat].iter().all(|v| (v * steps - (v * steps).round()).abs() < 1e-6);
        match (is_at(100.0), is_at(1000.0)) {
            (true, _) => Some(Cut::Hundredths),
            (false, true) => Some(Cut::Thousandths),
            (false, false) => None,
        }
    }

    /// The side of the square in degrees.
    pub const fn degrees(self) -> f64 {
        match self {
            Cut::Hundredths => 0.01,
            Cut::Thousandths => 0.001,
        }
    }
}

/// How many events count for each block. Order does not matter, and taking away undoes adding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocks(BTreeMap<u32, u32>);

impl Blocks {
    /// Adds (`+1`) or takes away (`-1`) an event with this cell. False, and no change, if the cell is no block.
    pub fn change(&mut self, cell: u32, by: i32) -> bool {
        if Block::unpack(cell).is_none() {
            return false;
        }
        let count = self.0.entry(cell).or_insert(0);
        *count = count.wrapping_add_signed(by);
        if *count == 0 {
            self.0.remove(&cell);
        }
        true
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Events on blocks.
    pub fn total(&self) -> u32 {
        self.0.values().fold(0, |sum, count| sum.wrapping_add(*count))
    }

    /// The blocks with their number of events, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Block, u32)> + '_ {
        self.0.iter().filter_map(|(cell, count)| Some((Block::unpack(*cell)?, *count)))
    }
}

/// A block's share of each cell of a level: index of the cell and share, 1 in all.
pub type Cover = [(u32, f32)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_and_no_address_is_one() {
        let square = |column, row, is_hundredths| Block::Square { middle: [column, row], is_hundredths };
        for block in
            [Block::Area(0), Block::Area(9_999), square(0, 0, false), square(4095, 4095, true), square(7, 9, false)]
        {
            assert_eq!(Block::unpack(block.pack()), Some(block));
            assert_ne!(block.pack(), NO_CELL);
        }
        assert_eq!(Block::unpack(NO_CELL), None);
        assert_eq!(Block::unpack(4095 | 4095 << 16), None);
        assert_eq!(square(4096, 0, false).pack(), NO_CELL);
    }

    #[test]
    fn cut_coordinates_show_it() {
        assert_eq!(Cut::of(119.7, 27.54), Some(Cut::Hundredths));
        assert_eq!(Cut::of(119.701, 27.54), Some(Cut::Thousandths));
        assert_eq!(Cut::of(119.7012, 27.54), None);
        assert_eq!(Cut::of(-71.0772, 42.2715), None);
    }

    #[test]
    fn counting_down_leaves_nothing_and_the_sum_is_kept() {
        let mut blocks = Blocks::default();
        let (a, b) = (Block::Area(3).pack(), Block::Area(4).pack());
        assert!(!blocks.change(17, 1) && !blocks.change(NO_CELL, 1));
        (0..3).for_each(|_| assert!(blocks.change(a, 1)));
        blocks.change(b, 1);
        assert_eq!(blocks.total(), 4);
        assert_eq!(blocks.iter().collect::<Vec<_>>(), [(Block::Area(3), 3), (Block::Area(4), 1)]);
        (0..3).for_each(|_| _ = blocks.change(a, -1));
        blocks.change(b, -1);
        assert_eq!(blocks, Blocks::default());
    }
}
