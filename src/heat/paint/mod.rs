//! The picture of the densities, pixel by pixel, on all cores: what `shaders/heat.wgsl` draws, for machines whose GPU is
//! the CPU. There a shader reads four filtered texels for every pixel; here a row of cells is spread once for all rows of
//! pixels between it and the next, and as many pixels are worked on together as the machine's vectors hold.
//!
//! Made for exactly the pixels of the screen, so that drawing it is copying it and nothing is read between texels. The
//! same bytes on every machine: vectors only do more at once, never in another order. Partner: `layers/heat/screen.rs`.

mod easel;
mod look;
mod values;

use fearless_simd::{Level, dispatch};
use rayon::prelude::*;

use easel::{Easel, Room, taps};
pub use look::{Isoline, Look};
pub use values::{Difference, Values};

/// Rows of pixels that one core paints in one go; even, so that pairs of rows stay together.
const STRIP: usize = 64;

/// Which pixels are painted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    /// The first pixel on the screen, from the top left corner.
    pub first: [i32; 2],
    /// Columns and rows.
    pub size: [usize; 2],
    /// Where the middle of the first pixel is, in cells from the south-west corner.
    pub cell: [f64; 2],
    /// Cells from one pixel to the next, to the right and down; down is negative.
    pub step: [f64; 2],
}

impl Window {
    /// True if the picture painted for this window, moved by whole pixels, is what the other one shows.
    pub fn shows(&self, other: &Window) -> bool {
        let is_near = |axis: usize| {
            let step = self.step[axis];
            (self.step[axis] - other.step[axis]).abs() <= 1e-9 * step.abs()
                && (self.cell[axis] - other.cell[axis]).abs() <= 0.01 * step.abs()
        };
        // Slopes are taken in pairs of the screen's rows.
        let is_paired = (self.first[1] - other.first[1]).rem_euclid(2) == 0;
        self.size == other.size && is_paired && is_near(0) && is_near(1)
    }

    /// The part of this window whose pixels are made of the cells from `from` to before `to`, and its first column and
    /// row in this window; `None` if there is none.
    pub fn part(&self, from: [usize; 2], to: [usize; 2]) -> Option<(Window, [usize; 2])> {
        let mut part = *self;
        let mut at = [0; 2];
        for axis in 0..2 {
            // The spline reaches two cells far; half a cell is the middle.
            let edges =
                [from[axis] as f64 - 2.0, to[axis] as f64 + 2.0].map(|c| (c - self.cell[axis]) / self.step[axis]);
            // Slopes are taken in squares of four pixels of the screen.
            let even = |pixel: f64, up: i32| {
                let on_screen = pixel.clamp(-1e6, 1e6) as i32 + self.first[axis];
                (on_screen + up).div_euclid(2) * 2 - self.first[axis]
            };
            let size = self.size[axis] as i32;
            let low = even(edges[0].min(edges[1]).floor(), 0).clamp(0, size);
            let high = even(edges[0].max(edges[1]).ceil() + 1.0, 1).clamp(0, size);
            if low >= high {
                return None;
            }
            at[axis] = low as usize;
            part.first[axis] = self.first[axis] + low;
            part.size[axis] = (high - low) as usize;
            part.cell[axis] = self.cell[axis] + f64::from(low) * self.step[axis];
        }
        Some((part, at))
    }
}

/// Paints: straight sRGB bytes with opacity, red first, row by row from the top. `pixels` is made as long as the window.
pub fn paint(values: &Values, window: &Window, look: &Look, pixels: &mut Vec<[u8; 4]>) {
    paint_by(Level::new(), values, window, look, pixels);
}

/// The same, by vectors of a level.
fn paint_by(level: Level, values: &Values, window: &Window, look: &Look, pixels: &mut Vec<[u8; 4]>) {
    let [width, height] = window.size;
    // Every pixel is written below, or its strip cleared.
    pixels.resize(width * height, [0; 4]);
    if width == 0 || height == 0 {
        return;
    }
    if values.width == 0 || values.height == 0 || values.values.len() < values.width * values.height {
        return pixels.fill([0; 4]);
    }
    let across = taps(window.cell[0], window.step[0], width, values.width);
    let across: Vec<_> = across.into_iter().map(|tap| tap.twice()).collect();
    let down = taps(window.cell[1], window.step[1], height, values.height);
    let tints = look.tints();
    // Pairs of rows are pairs of the screen, as slopes are taken in squares of four pixels.
    let lead = window.first[1].rem_euclid(2) as usize;
    let (head, rest) = pixels.split_at_mut((lead * width).min(width * height));
    let easel = Easel { values, window, look, tints: &tints, across: &across, down: &down };
    if !head.is_empty() {
        let mut room = Room::default();
        dispatch!(level, lanes => easel.paint(lanes, 0, head, &mut room));
    }
    rest.par_chunks_mut(STRIP * width).enumerate().for_each_init(Room::default, |room, (index, to)| {
        dispatch!(level, lanes => easel.paint(lanes, lead + index * STRIP, to, room));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heat::blur::Density;

    fn look() -> Look {
        Look {
            top: 10.0,
            is_signed: false,
            opacity: 1.0,
            lines: [Isoline::default(); 3],
            ramp: std::array::from_fn(|i| [i as f32 / 63.0, 0.5, 1.0 - i as f32 / 63.0]),
            stale: None,
        }
    }

    fn hill(width: usize, height: usize) -> Values {
        let at = |x: usize, y: usize| {
            let (x, y) = (x as f32 - 0.5 * width as f32, y as f32 - 0.4 * height as f32);
            12.0 * (-(x * x + y * y) / 60.0).exp()
        };
        let values = (0..width * height).map(|i| at(i % width, i / width)).map(|value| [value, 100.0]).collect();
        Values { width, height, values }
    }

    #[test]
    fn a_picture_serves_for_a_view_moved_by_whole_pixels_and_for_no_other() {
        let window = Window { first: [40, 30], size: [90, 60], cell: [2.0, 28.0], step: [0.31, -0.31] };
        assert!(window.shows(&window));
        assert!(window.shows(&Window { first: [47, 28], cell: [2.000_01, 28.0], ..window }));
        for other in [
            Window { first: [40, 31], ..window },
            Window { size: [91, 60], ..window },
            Window { cell: [2.1, 28.0], ..window },
            Window { cell: [2.0, 28.004], ..window },
            Window { step: [0.311, -0.31], ..window },
        ] {
            assert!(!window.shows(&other), "{other:?}");
        }
    }

    #[test]
    fn a_part_painted_anew_is_what_the_whole_painted_anew_shows_there() {
        let old = hill(40, 30);
        let mut new = old.clone();
        for (column, row) in [(11, 9), (14, 12)] {
            new.values[row * 40 + column] = [9.0, 100.0];
        }
        assert_eq!(old.difference(&old), Difference::Nothing);
        assert_eq!(old.difference(&hill(40, 29)), Difference::Size);
        let Difference::Cells(from, to) = old.difference(&new) else { panic!("no difference") };
        assert_eq!((from, to), ([11, 9], [15, 13]));
        let mut look = look();
        look.lines[0] = Isoline { value: 4.0, width: 2.0, alpha: 1.0 };
        for first in [[0, 0], [7, 3], [40, 31]] {
            let window = Window { first, size: [91, 61], cell: [2.3, 28.1], step: [0.31, -0.31] };
            let (mut before, mut after, mut part) = (Vec::new(), Vec::new(), Vec::new());
            paint(&old, &window, &look, &mut before);
            paint(&new, &window, &look, &mut after);
            assert_ne!(before, after);
            let (inner, at) = window.part(from, to).expect("it is seen");
            assert!(inner.size[0] < 60 && inner.size[1] < 50);
            paint(&new, &inner, &look, &mut part);
            for (row, line) in part.chunks(inner.size[0]).enumerate() {
                before[(at[1] + row) * 91 + at[0]..][..inner.size[0]].copy_from_slice(line);
            }
            let differ = before.iter().zip(&after).filter(|(a, b)| a != b).count();
            assert_eq!(differ, 0, "a window at {first:?}");
        }
        let far = Window { first: [0, 0], size: [9, 9], cell: [30.0, 28.1], step: [0.31, -0.31] };
        assert_eq!(far.part(from, to), None);
    }

    #[test]
    fn pixels_are_what_the_spline_says_at_their_places_wherever_the_window_begins() {
        let values = hill(40, 30);
        let density = Density { width: 40, height: 30, values: values.values.iter().map(|value| value[0]).collect() };
        let look = look();
        for first in [[0, 0], [7, 3]] {
            let step = [0.31, -0.31];
            let cell = [2.0 + 0.31 * f64::from(first[0]), 28.0 - 0.31 * f64::from(first[1])];
            let window = Window { first, size: [90, 61], cell, step };
            let mut pixels = vec![[9; 4]; 3];
            paint(&values, &window, &look, &mut pixels);
            for (i, pixel) in pixels.iter().enumerate() {
                let (x, y) = ((i % 90) as f64, (i / 90) as f64);
                let value = density.at(cell[0] + step[0] * x, cell[1] + step[1] * y);
                let share = (value / 10.0).clamp(0.0, 1.0);
                let rise = ((share - 0.0105) / 0.24).clamp(0.0, 1.0);
                let alpha = 0.95 * rise * rise * (3.0 - 2.0 * rise);
                assert!((f32::from(pixel[0]) - share * 255.0).abs() < 1.2, "{i}: {pixel:?} {share}");
                assert!((f32::from(pixel[3]) - alpha * 255.0).abs() < 1.6, "{i}: {pixel:?} {alpha}");
            }
        }
    }

    /// What a pixel is by the formulas, from its value, the slope there, and column and row on the screen added up.
    fn formula(look: &Look, value: f32, slope: f32, at: i32) -> [f32; 4] {
        let share = (value / look.top).clamp(0.0, 1.0);
        let ramp = |i: usize| {
            let at = share * 63.0;
            let below = (at as usize).min(62);
            look.ramp[below][i] + (look.ramp[below + 1][i] - look.ramp[below][i]) * (at - below as f32)
        };
        let mut rgb: [f32; 3] = std::array::from_fn(ramp);
        if let Some((hatch, stripe)) = look.stale {
            let grey = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
            let seen = if ((at as f32 + 1.0) / stripe).rem_euclid(1.0) < 0.143 { hatch[3] } else { 0.0 };
            rgb = std::array::from_fn(|i| grey + (hatch[i] - grey) * seen);
        }
        let rise = ((share - 0.0105) / 0.24).clamp(0.0, 1.0);
        let alpha = 0.95 * rise * rise * (3.0 - 2.0 * rise);
        let cover = |line: &Isoline| {
            let cover = line.width * 0.5 + 0.5 - (value - line.value).abs() / slope.max(1e-6);
            if line.value > 0.0 { cover.clamp(0.0, 1.0) * line.alpha } else { 0.0 }
        };
        let line = look.lines.iter().map(cover).fold(0.0, f32::max);
        let over = line + alpha * (1.0 - line);
        let [r, g, b] = rgb.map(|it| (line + it * alpha * (1.0 - line)) / over.max(1e-4));
        [r, g, b, over * look.opacity].map(|it| it * 255.0)
    }

    #[test]
    fn lines_and_stripes_are_what_the_formulas_say_in_squares_of_the_screen() {
        let values = hill(40, 30);
        let density = Density { width: 40, height: 30, values: values.values.iter().map(|value| value[0]).collect() };
        let mut look = Look { opacity: 0.8, ..look() };
        look.lines[0] = Isoline { value: 4.0, width: 1.5, alpha: 0.5 };
        look.lines[2] = Isoline { value: 8.0, width: 1.0, alpha: 0.9 };
        for (first, stale) in
            [([0, 0], None), ([7, 3], None), ([8, 5], Some(([0.9, 0.8, 0.1, 0.5], 9.0))), ([3, 2], None)]
        {
            look.stale = stale;
            let window = Window { first, size: [77, 51], cell: [8.0, 24.0], step: [0.31, -0.31] };
            let mut pixels = Vec::new();
            paint(&values, &window, &look, &mut pixels);
            let at = |x: i32, y: i32| density.at(8.0 + 0.31 * f64::from(x), 24.0 - 0.31 * f64::from(y));
            let mut lined = 0;
            for (i, pixel) in pixels.iter().enumerate() {
                let (x, y) = ((i % 77) as i32, (i / 77) as i32);
                // The others of the square of four pixels of the screen; none beyond the window.
                let beside = |at: i32, first: i32, size: i32| ((at + first ^ 1) - first).clamp(0, size - 1);
                let slope = (at(beside(x, first[0], 77), y) - at(x, y)).abs()
                    + (at(x, beside(y, first[1], 51)) - at(x, y)).abs();
                let expected = formula(&look, at(x, y), slope, first[0] + x + first[1] + y);
                let is_near = |(got, want): (&u8, &f32)| (f32::from(*got) - want).abs() < 3.0;
                let seen = expected[3] > 3.0;
                assert!(!seen || pixel.iter().zip(&expected).all(is_near), "{first:?} {x} {y}: {pixel:?} {expected:?}");
                let plain = formula(&Look { lines: Default::default(), ..look.clone() }, at(x, y), slope, 0);
                lined += usize::from(expected[3] > plain[3] + 5.0);
            }
            assert!(lined > 100);
        }
    }

    #[test]
    fn every_machine_paints_the_same_bytes() {
        let values = hill(40, 30);
        let mut look = look();
        look.lines[1] = Isoline { value: 5.0, width: 1.2, alpha: 0.7 };
        let window = Window { first: [5, 3], size: [131, 90], cell: [2.3, 28.1], step: [0.27, -0.27] };
        let (mut here, mut least) = (Vec::new(), Vec::new());
        paint(&values, &window, &look, &mut here);
        paint_by(Level::baseline(), &values, &window, &look, &mut least);
        assert!(here == least);
        assert!(here.iter().any(|pixel| pixel[3] > 100));
    }

    #[test]
    fn few_events_fade_lines_are_white_and_nothing_is_nothing() {
        let mut values = hill(40, 30);
        let window = Window { first: [0, 0], size: [80, 60], cell: [0.25, 29.75], step: [0.5, -0.5] };
        let mut look = look();
        look.lines[0] = Isoline { value: 4.0, width: 2.0, alpha: 1.0 };
        let mut pixels = Vec::new();
        paint(&values, &window, &look, &mut pixels);
        assert!(pixels.iter().any(|pixel| *pixel == [255; 4]));
        values.values.iter_mut().for_each(|value| value[1] = 1.0);
        paint(&values, &window, &look, &mut pixels);
        assert!(pixels.iter().all(|pixel| *pixel == [0; 4]));
        paint(&Values::default(), &window, &look, &mut pixels);
        assert!(pixels.iter().all(|pixel| *pixel == [0; 4]));
        paint(&values, &Window::default(), &look, &mut pixels);
        assert!(pixels.is_empty());
    }
}
