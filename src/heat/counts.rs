//! How many events lie in each address cell: a byte a cell, and a small table for the few cells that hold more. A quarter
//! of the memory of plain words, and so much less waiting for it: each event is a step to a random place. Exact at any
//! count, modulo 2³², like plain words. Partner: `field.rs`.

use std::collections::HashMap;

use rayon::prelude::*;

/// Cells that share one mark of "one of us holds more than a byte".
const BLOCK: usize = 256;
/// A core's share of a recount that is worth a table of its own.
const SHARE: usize = 1 << 17;
/// Most cores that count at once.
const CORES: usize = 8;

/// Counts of cells by index.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    low: Vec<u8>,
    /// What is beyond the byte, in units of 256; no zeros.
    high: HashMap<u32, u32>,
    /// Blocks that had an entry in `high` since the last recount.
    is_high: Vec<bool>,
}

impl PartialEq for Counts {
    fn eq(&self, other: &Self) -> bool {
        self.low == other.low && self.high == other.high
    }
}

impl Eq for Counts {}

/// What one core found: its table, the cells that overflowed, and tallies of its own.
type Part<T> = (Vec<u8>, Vec<u32>, T);

impl Counts {
    /// Zeros.
    pub fn new(cells: usize) -> Self {
        Self { low: vec![0; cells], high: HashMap::new(), is_high: vec![false; cells.div_ceil(BLOCK)] }
    }

    /// How many cells.
    pub fn len(&self) -> usize {
        self.low.len()
    }

    /// True without any cell.
    pub fn is_empty(&self) -> bool {
        self.low.is_empty()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.low.len() + self.is_high.len() + self.high.capacity() * 8
    }

    /// The count of a cell.
    pub fn get(&self, cell: usize) -> u32 {
        let low = u32::from(self.low[cell]);
        if self.is_high[cell / BLOCK] { low | self.high.get(&(cell as u32)).map_or(0, |high| high << 8) } else { low }
    }

    /// All counts as words, in order.
    pub fn to_words(&self) -> Vec<u32> {
        (0..self.len()).map(|cell| self.get(cell)).collect()
    }

    /// The lowest bytes, in order; what is missing from them is in [`Self::larger`].
    pub fn bytes_of_cells(&self) -> &[u8] {
        &self.low
    }

    /// The cells that hold more than a byte: cell and count.
    pub fn larger(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        self.high.iter().map(|(cell, high)| (*cell as usize, high << 8 | u32::from(self.low[*cell as usize])))
    }

    /// Adds to a cell, wrapping. Returns its count before and after.
    #[inline]
    pub fn add(&mut self, cell: usize, by: i32) -> (u32, u32) {
        let low = u32::from(self.low[cell]);
        let after = low.wrapping_add_signed(by);
        if after < 256 && !self.is_high[cell / BLOCK] {
            self.low[cell] = after as u8;
            return (low, after);
        }
        self.add_large(cell, by)
    }

    #[cold]
    fn add_large(&mut self, cell: usize, by: i32) -> (u32, u32) {
        let before = self.get(cell);
        let after = before.wrapping_add_signed(by);
        self.low[cell] = after as u8;
        self.set_high(cell as u32, after >> 8);
        (before, after)
    }

    fn set_high(&mut self, cell: u32, high: u32) {
        if high == 0 {
            self.high.remove(&cell);
        } else {
            self.high.insert(cell, high);
            self.is_high[cell as usize / BLOCK] = true;
        }
    }

    /// Counts anew, on as many cores as `all` events are worth. `count` is called once per core with its number, how many
    /// there are, and what takes a cell and whether it counts; it returns tallies of its own.
    pub fn recount<T: Send>(
        &mut self,
        all: usize,
        count: impl Fn(usize, usize, &mut dyn FnMut(&[(usize, bool)])) -> T + Sync,
    ) -> Vec<T> {
        let cores = rayon::current_num_threads().min(CORES).min(all / SHARE).max(1);
        let cells = self.len();
        let own = std::mem::take(&mut self.low);
        let mut tables = vec![own];
        tables.resize_with(cores, || vec![0; cells]);
        let parts: Vec<Part<T>> = tables
            .into_par_iter()
            .enumerate()
            .map(|(core, mut low)| {
                if core == 0 {
                    low.fill(0);
                }
                let mut full = Vec::new();
                let found = count(core, cores, &mut |batch| {
                    for (cell, is_in) in batch {
                        let value = &mut low[*cell];
                        *value = value.wrapping_add(u8::from(*is_in));
                        if *value == 0 && *is_in {
                            full.push(*cell as u32);
                        }
                    }
                });
                (low, full, found)
            })
            .collect();
        self.high.clear();
        self.is_high.fill(false);
        let mut found = Vec::with_capacity(cores);
        let mut full = Vec::new();
        for (low, more, tally) in parts {
            full.extend(more);
            found.push(tally);
            if self.low.is_empty() {
                self.low = low;
                continue;
            }
            let carried: Vec<Vec<u32>> = self
                .low
                .par_chunks_mut(1 << 16)
                .zip(low.par_chunks(1 << 16))
                .enumerate()
                .map(|(chunk, (to, from))| {
                    let is_over = to.iter().zip(from).fold(false, |any, (a, b)| any | a.checked_add(*b).is_none());
                    let over =
                        to.iter().zip(from).enumerate().filter(|(_, (a, b))| is_over && a.checked_add(**b).is_none());
                    let over = over.map(|(at, _)| (chunk << 16 | at) as u32).collect();
                    to.iter_mut().zip(from).for_each(|(a, b)| *a = a.wrapping_add(*b));
                    over
                })
                .collect();
            full.extend(carried.into_iter().flatten());
        }
        for cell in full {
            let high = self.high.get(&cell).copied().unwrap_or(0);
            self.set_high(cell, high + 1);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_words_whatever_their_size_and_down_again() {
        let mut counts = Counts::new(1000);
        let mut words = vec![0_u32; 1000];
        for step in 0..200_000_u32 {
            let cell = (step.wrapping_mul(2_654_435_761) >> 16) as usize % 7 * 100 + 3;
            let by = if step % 3 == 2 { -1 } else { 1 };
            let before = words[cell];
            words[cell] = before.wrapping_add_signed(by);
            assert_eq!(counts.add(cell, by), (before, words[cell]));
        }
        assert_eq!(counts.to_words(), words);
        assert!(counts.larger().count() > 0);
        for (cell, word) in words.iter().enumerate() {
            (0..*word).for_each(|_| _ = counts.add(cell, -1));
        }
        assert_eq!(counts, Counts::new(1000));
        assert_eq!(counts.add(5, -1), (0, u32::MAX));
        assert_eq!(counts.add(5, 1), (u32::MAX, 0));
    }
}
