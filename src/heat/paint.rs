//! The picture of the densities, pixel by pixel, on all cores: what `shaders/heat.wgsl` draws, for machines whose GPU is
//! the CPU. There a shader reads four filtered texels for every pixel; here a row of cells is spread once for all rows of
//! pixels between it and the next.
//!
//! Made for exactly the pixels of the screen, so that drawing it is copying it and nothing is read between texels.
//! Partner: `layers/heat/screen.rs`.

use rayon::prelude::*;

/// Rows of pixels that one core paints in one go; even, so that pairs of rows stay together.
const STRIP: usize = 16;
/// Steps of the table of colours.
const STEPS: usize = 2_048;

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

/// A line where the value is this.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Isoline {
    /// The value; 0 for none.
    pub value: f32,
    /// Width, pixels.
    pub width: f32,
    /// Opacity.
    pub alpha: f32,
}

/// How values look.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Top of the scale.
    pub top: f32,
    /// Values have two signs.
    pub is_signed: bool,
    /// Opacity of everything.
    pub opacity: f32,
    /// Lines of equal value.
    pub lines: [Isoline; 3],
    /// The ramp, sRGB.
    pub ramp: [[f32; 3]; 64],
    /// Grey, and hatched with this colour and opacity in stripes of so many pixels.
    pub stale: Option<([f32; 4], f32)>,
}

/// A colour of the table, and how much of it is seen.
#[derive(Clone, Copy)]
struct Tint {
    rgb: [f32; 3],
    alpha: f32,
    bytes: [u8; 3],
}

impl Look {
    fn tints(&self) -> Vec<Tint> {
        let tint = |step: usize| {
            let t = step as f32 / (STEPS - 1) as f32;
            let strength = if self.is_signed { (2.0 * t - 1.0).abs() } else { t };
            let at = t * 63.0;
            let below = (at as usize).min(62);
            let part = at - below as f32;
            let mut rgb: [f32; 3] =
                std::array::from_fn(|i| self.ramp[below][i] + (self.ramp[below + 1][i] - self.ramp[below][i]) * part);
            if self.stale.is_some() {
                rgb = [0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]; 3];
            }
            // From nothing over the first part of the scale, so that the land stays readable.
            let rise = ((strength - 0.0105) / 0.24).clamp(0.0, 1.0);
            Tint { rgb, alpha: 0.95 * rise * rise * (3.0 - 2.0 * rise), bytes: rgb.map(|it| (it * 255.0 + 0.5) as u8) }
        };
        (0..STEPS).map(tint).collect()
    }
}

/// For one axis: the first of four padded cells for each pixel, and their weights.
fn taps(first: f64, step: f64, pixels: usize, cells: usize) -> Vec<(usize, [f32; 4])> {
    (0..pixels)
        .map(|pixel| {
            let place = (first + step * pixel as f64 - 0.5).clamp(-1.0, cells as f64);
            let corner = place.floor();
            let t = (place - corner) as f32;
            let s = 1.0 - t;
            let weights = [
                s * s * s / 6.0,
                (4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0,
                (4.0 - 6.0 * s * s + 3.0 * s * s * s) / 6.0,
                t * t * t / 6.0,
            ];
            // Padded by two cells: what is at −1 − 1 is the first.
            ((corner + 1.0) as usize, weights)
        })
        .collect()
}

/// Paints: straight sRGB bytes with opacity, red first, row by row from the top. `pixels` is made as long as the window.
pub fn paint(values: &Values, window: &Window, look: &Look, pixels: &mut Vec<[u8; 4]>) {
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
    let down = taps(window.cell[1], window.step[1], height, values.height);
    let tints = look.tints();
    // Pairs of rows are pairs of the screen, as slopes are taken in squares of four pixels.
    let lead = window.first[1].rem_euclid(2) as usize;
    let (head, rest) = pixels.split_at_mut((lead * width).min(width * height));
    let strip = Strip { values, window, look, tints: &tints };
    if !head.is_empty() {
        strip.paint(0, head, &across, &down, &mut Room::default());
    }
    rest.par_chunks_mut(STRIP * width).enumerate().for_each_init(Room::default, |room, (index, to)| {
        strip.paint(lead + index * STRIP, to, &across, &down, room);
    });
}

/// What a core needs to paint, kept between strips.
#[derive(Default)]
struct Room {
    /// Rows of cells, spread over the columns of pixels: values and counts.
    rows: [Vec<f32>; 2],
    /// Rows of pixels, likewise.
    pixels: [Vec<f32>; 2],
    padded: Vec<[f32; 2]>,
}

struct Strip<'a> {
    values: &'a Values,
    window: &'a Window,
    look: &'a Look,
    tints: &'a [Tint],
}

impl Strip<'_> {
    fn paint(
        &self,
        first: usize,
        to: &mut [[u8; 4]],
        across: &[(usize, [f32; 4])],
        down: &[(usize, [f32; 4])],
        room: &mut Room,
    ) {
        let width = across.len();
        let rows = to.len() / width;
        let down = &down[first..first + rows];
        let (lowest, highest) = down.iter().fold((usize::MAX, 0), |(low, high), (at, _)| (low.min(*at), high.max(*at)));
        // The rows of cells that these rows of pixels need, spread over the columns of pixels.
        let count = highest + 4 - lowest;
        let Room { rows: [value, behind], pixels: [values, counts], padded } = room;
        value.resize(count * width, 0.0);
        behind.resize(count * width, 0.0);
        values.resize(rows * width, 0.0);
        counts.resize(rows * width, 0.0);
        padded.resize(self.values.width + 4, [0.0; 2]);
        let mut is_empty = true;
        for row in 0..count {
            let cells = (lowest + row).saturating_sub(2).min(self.values.height - 1) * self.values.width;
            let line = &self.values.values[cells..cells + self.values.width];
            let (value, behind) = (&mut value[row * width..][..width], &mut behind[row * width..][..width]);
            if line.iter().all(|cell| cell[1] == 0.0) {
                value.fill(0.0);
                behind.fill(0.0);
                continue;
            }
            is_empty = false;
            padded[2..2 + line.len()].copy_from_slice(line);
            let (start, end) = (line[0], line[line.len() - 1]);
            padded[..2].fill(start);
            padded[2 + line.len()..].fill(end);
            for (((at, weights), value), behind) in across.iter().zip(value).zip(behind) {
                let Some(cells) = padded.get(*at..*at + 4) else { continue };
                let mut sum = [0.0_f32; 2];
                for (cell, weight) in cells.iter().zip(weights) {
                    sum[0] += cell[0] * weight;
                    sum[1] += cell[1] * weight;
                }
                (*value, *behind) = (sum[0], sum[1]);
            }
        }
        if is_empty {
            return to.fill([0; 4]);
        }
        let mix = |from: &[f32], to: &mut [f32]| {
            for ((at, w), to) in down.iter().zip(to.chunks_exact_mut(width)) {
                let line = |step: usize| &from[(at - lowest + step) * width..][..width];
                let (a, b, c, d) = (line(0), line(1), line(2), line(3));
                for ((((to, a), b), c), d) in to.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                    *to = a * w[0] + b * w[1] + c * w[2] + d * w[3];
                }
            }
        };
        mix(value, values);
        mix(behind, counts);
        let has_lines = self.look.lines.iter().any(|line| line.value > 0.0);
        let alpha_scale = 255.0 * self.look.opacity;
        for row in 0..rows {
            // The other row of the pair, where there is one.
            let partner = if row ^ 1 < rows { row ^ 1 } else { row };
            let (own, other) = (&values[row * width..][..width], &values[partner * width..][..width]);
            let behind = &counts[row * width..][..width];
            let y = self.window.first[1] + (first + row) as i32;
            for (x, ((to, value), behind)) in to[row * width..][..width].iter_mut().zip(own).zip(behind).enumerate() {
                let fade = ((behind - 1.0) * 0.25).clamp(0.0, 1.0);
                if fade <= 0.0 {
                    *to = [0; 4];
                    continue;
                }
                let mut line = 0.0;
                if has_lines {
                    // Squares of four pixels begin at even columns and rows of the screen.
                    let beside = if (self.window.first[0] + x as i32) & 1 == 0 { x + 1 } else { x.wrapping_sub(1) };
                    let slope = own.get(beside).map_or(0.0, |next| (next - value).abs()) + (other[x] - value).abs();
                    line = self.line(*value, slope.max(1e-6));
                }
                let tint = &self.tints[self.step(*value)];
                if line <= 0.0 && self.look.stale.is_none() {
                    let [r, g, b] = tint.bytes;
                    *to = [r, g, b, (tint.alpha * fade * alpha_scale + 0.5) as u8];
                    continue;
                }
                let mut rgb = tint.rgb;
                if let Some((hatch, stripe)) = &self.look.stale {
                    let at = (self.window.first[0] + x as i32 + y) as f32 + 1.0;
                    let share = if (at / stripe).rem_euclid(1.0) < 0.143 { hatch[3] } else { 0.0 };
                    rgb = std::array::from_fn(|i| rgb[i] + (hatch[i] - rgb[i]) * share);
                }
                *to = packed(rgb, line * fade, tint.alpha * fade, self.look.opacity);
            }
        }
    }

    fn step(&self, value: f32) -> usize {
        let share = value / self.look.top;
        let t = if self.look.is_signed { 0.5 + 0.5 * share } else { share }.clamp(0.0, 1.0);
        (t * (STEPS - 1) as f32 + 0.5) as usize & (STEPS - 1)
    }

    fn line(&self, value: f32, slope: f32) -> f32 {
        self.look.lines.iter().fold(0.0, |most: f32, line| {
            if line.value <= 0.0 {
                return most;
            }
            let cover = (line.width * 0.5 + 0.5 - (value - line.value).abs() / slope).clamp(0.0, 1.0);
            most.max(cover * line.alpha)
        })
    }
}

/// A white line over a colour.
fn packed(rgb: [f32; 3], line: f32, alpha: f32, opacity: f32) -> [u8; 4] {
    let under = alpha * (1.0 - line);
    let over = line + under;
    let byte = |value: f32| (value * 255.0 + 0.5) as u8;
    let [r, g, b] = rgb.map(|it| byte((line + it * under) / over.max(1e-4)));
    [r, g, b, byte(over * opacity)]
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
