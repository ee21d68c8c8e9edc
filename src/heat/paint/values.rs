//! What is painted: values on cells, and where they differ from others.

/// Values on the cells of a level: the value in the unit of the legend, and how many events are behind it.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row from the south-west.
    pub values: Vec<[f32; 2]>,
}

/// Where values differ from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Nowhere.
    Nothing,
    /// In cells from the first column and row to before the second.
    Cells([usize; 2], [usize; 2]),
    /// There are more of them, or fewer.
    Size,
}

impl Values {
    /// Where other values differ from these.
    pub fn difference(&self, other: &Values) -> Difference {
        let width = self.width;
        if (width, self.height, self.values.len()) != (other.width, other.height, other.values.len()) || width == 0 {
            return Difference::Size;
        }
        let (mut from, mut to) = ([usize::MAX; 2], [0; 2]);
        for (row, (a, b)) in self.values.chunks(width).zip(other.values.chunks(width)).enumerate() {
            if a == b {
                continue;
            }
            let differs = |(a, b): (&[f32; 2], &[f32; 2])| a != b;
            let first = a.iter().zip(b).position(differs).unwrap_or(0);
            let last = a.iter().zip(b).rposition(differs).unwrap_or(width - 1);
            from = [from[0].min(first), from[1].min(row)];
            to = [to[0].max(last + 1), row + 1];
        }
        if to[1] == 0 { Difference::Nothing } else { Difference::Cells(from, to) }
    }
}
