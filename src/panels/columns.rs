//! Which panel stands in which column of a side, and how high: text set in columns. Pure. Partner: `layout.rs`, which
//! says where columns are.

use crate::scene::PanelSpec;

/// Space above and below the rule between two panels.
pub const GAP: (f32, f32) = (20.0, 18.0);

/// What a panel asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Want {
    /// The panel.
    pub panel: PanelSpec,
    /// The least height it can be drawn in, u.
    pub least: f32,
    /// The height at which it says all it has to say in an ordinary district, u; others wait until it has it.
    pub good: f32,
    /// The height beyond which more is of no use, u.
    pub best: f32,
    /// Whether it takes what is left.
    pub stretches: bool,
}

/// Columns of panels, and how many panels found no room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Packed {
    /// From the outside to the map; none is empty.
    pub columns: Vec<Vec<Want>>,
    /// How many were left out, from the last.
    pub left_out: usize,
}

/// The least height of panels one below another.
fn needed(stack: &[Want]) -> f32 {
    stack.iter().map(|want| want.least).sum::<f32>() + (GAP.0 + GAP.1) * stack.len().saturating_sub(1) as f32
}

/// Fills columns in order, each up to `room`. One panel too high for a column stands alone in one.
fn filled(wants: &[Want], room: f32) -> Vec<Vec<Want>> {
    let mut columns: Vec<Vec<Want>> = Vec::new();
    for want in wants {
        match columns.last_mut() {
            Some(column) if needed(column) + GAP.0 + GAP.1 + want.least <= room => column.push(want.clone()),
            _ => columns.push(vec![want.clone()]),
        }
    }
    columns
}

/// Columns as the scene file has them, at most `most`; of each what has room in it.
fn chosen(wants: &[Want], most: usize, room: f32) -> Packed {
    let mut columns: Vec<Vec<Want>> = Vec::new();
    let mut left_out = 0;
    let starts = |(nth, want): (usize, &Want)| (nth == 0 || want.panel.starts_column).then_some(nth);
    let heads: Vec<usize> = wants.iter().enumerate().filter_map(starts).chain([wants.len()]).collect();
    for ends in heads.windows(2) {
        let run = &wants[ends[0]..ends[1]];
        let fitting = (1..=run.len()).rev().find(|n| needed(&run[..*n]) <= room).unwrap_or(1);
        let taken = if columns.len() < most { fitting.min(run.len()) } else { 0 };
        left_out += run.len() - taken;
        if taken > 0 {
            columns.push(run[..taken].to_vec());
        }
    }
    Packed { columns, left_out }
}

/// Sets panels into at most `most` columns of height `room`, in as few as hold them all, and those filled evenly. What
/// has no room in them is left out from the end. Columns that the scene file chose stay as they are.
pub fn packed(mut wants: Vec<Want>, most: usize, room: f32) -> Packed {
    let asked = wants.len();
    if wants.iter().any(|want| want.panel.starts_column) {
        return chosen(&wants, most, room);
    }
    while most == 0 || filled(&wants, room).len() > most {
        if wants.pop().is_none() {
            return Packed { columns: Vec::new(), left_out: asked };
        }
    }
    let mut columns = filled(&wants, room);
    // The lowest ceiling that needs no further column makes them even; it is the height of some run of panels.
    let mut ceilings: Vec<f32> = Vec::new();
    for from in 0..wants.len() {
        ceilings.extend((from + 1..=wants.len()).map(|to| needed(&wants[from..to])).filter(|height| *height <= room));
    }
    ceilings.sort_by(f32::total_cmp);
    if let Some(even) = ceilings.into_iter().map(|room| filled(&wants, room)).find(|even| even.len() <= columns.len()) {
        columns = even;
    }
    Packed { columns, left_out: asked - wants.len() }
}

/// The heights of the panels of a column of height `room`: the least of each, and what is left to those that stretch,
/// evenly, first up to what is good for them, then up to their best.
pub fn heights(column: &[Want], room: f32) -> Vec<f32> {
    let mut heights: Vec<f32> = column.iter().map(|want| want.least).collect();
    let mut spare = (room - needed(column)).max(0.0);
    for limit in [|want: &Want| want.good.clamp(want.least, want.best.max(want.least)), |want: &Want| want.best] {
        let mut growing: Vec<usize> = (0..column.len()).filter(|i| column[*i].stretches).collect();
        while spare > 0.5 && !growing.is_empty() {
            let share = spare / growing.len() as f32;
            for i in &growing {
                let grown = share.min(limit(&column[*i]) - heights[*i]).max(0.0);
                heights[*i] += grown;
                spare -= grown;
            }
            growing.retain(|i| limit(&column[*i]) - heights[*i] > 0.5);
        }
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::PanelKind;

    fn want(least: f32) -> Want {
        Want { panel: PanelKind::Intake.into(), least, good: least, best: 2.0 * least, stretches: true }
    }

    fn shape(packed: &Packed) -> Vec<usize> {
        packed.columns.iter().map(Vec::len).collect()
    }

    #[test]
    fn as_few_columns_as_hold_all_and_those_even() {
        let four = || vec![want(300.0), want(300.0), want(300.0), want(300.0)];
        assert_eq!(shape(&packed(four(), 3, 800.0)), [2, 2]);
        assert_eq!(shape(&packed(four(), 1, 1400.0)), [4]);
        assert_eq!(shape(&packed(vec![want(500.0), want(200.0), want(200.0), want(200.0)], 2, 800.0)), [1, 3]);
        let short = packed(four(), 1, 800.0);
        assert_eq!((shape(&short), short.left_out), (vec![2], 2));
    }

    #[test]
    fn nothing_fits_nowhere_and_a_high_panel_stands_alone() {
        assert_eq!(packed(vec![want(10.0)], 0, 800.0), Packed { columns: Vec::new(), left_out: 1 });
        assert_eq!(packed(Vec::new(), 2, 800.0), Packed::default());
        assert_eq!(shape(&packed(vec![want(900.0), want(100.0)], 2, 800.0)), [1, 1]);
    }

    #[test]
    fn chosen_columns_stay_and_lose_what_has_no_room() {
        let head = |least| {
            let mut want = want(least);
            want.panel.starts_column = true;
            want
        };
        let three = || vec![head(100.0), want(100.0), head(300.0), want(900.0), head(900.0)];
        let all = packed(three(), 3, 800.0);
        assert_eq!((shape(&all), all.left_out), (vec![2, 1, 1], 1), "900 does not fit below 300");
        let two = packed(three(), 2, 800.0);
        assert_eq!((shape(&two), two.left_out), (vec![2, 1], 2));
        assert_eq!(packed(three(), 0, 800.0), Packed { columns: Vec::new(), left_out: 5 });
    }

    #[test]
    fn what_stretches_shares_what_is_left() {
        let fixed = Want { stretches: false, ..want(100.0) };
        let got = heights(&[want(100.0), fixed.clone(), want(300.0)], 100.0 + 100.0 + 300.0 + 76.0 + 300.0);
        assert_eq!(got, [200.0, 100.0, 500.0]);
        assert_eq!(heights(&[fixed], 900.0), [100.0]);
        assert_eq!(heights(&[want(100.0)], 900.0), [200.0], "more is of no use");
        let needy = Want { good: 180.0, ..want(100.0) };
        assert_eq!(heights(&[want(100.0), needy.clone()], 100.0 + 100.0 + 38.0 + 60.0), [100.0, 160.0]);
        assert_eq!(heights(&[want(100.0), needy], 100.0 + 100.0 + 38.0 + 120.0), [120.0, 200.0]);
    }
}
