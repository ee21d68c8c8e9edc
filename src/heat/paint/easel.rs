//! Paints rows of pixels: cells are spread over the columns, four rows of them mixed for each row of pixels, and blocks of
//! pixels coloured together. Everything in it is inlined into code for the vectors of the machine.

use fearless_simd::{Simd, SimdBase as _, SimdFloat, f32x4};

use super::look::{Look, STEPS, Tint, Tints, packed};
use super::{Values, Window};

/// Pixels of a row that are coloured together.
const BLOCK: usize = 16;

/// For a pixel, on one axis: the first of the four padded cells that it is made of, and their weights.
#[derive(Clone, Copy)]
pub(super) struct Tap<const N: usize> {
    first: usize,
    weights: [f32; N],
}

impl Tap<4> {
    /// With each weight twice, for values and for counts.
    pub fn twice(self) -> Tap<8> {
        let [a, b, c, d] = self.weights;
        Tap { first: self.first, weights: [a, a, b, b, c, c, d, d] }
    }
}

/// The taps of all pixels of an axis: where its first pixel is and how far the next, in cells, and how many of both.
pub(super) fn taps(first: f64, step: f64, pixels: usize, cells: usize) -> Vec<Tap<4>> {
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
            Tap { first: (corner + 1.0) as usize, weights }
        })
        .collect()
}

/// A row of cells, spread over the columns of pixels: by turns the value, and the count behind it.
#[derive(Default)]
struct Spread {
    /// Which row, counted with the padding.
    row: Option<usize>,
    is_empty: bool,
    values: Vec<f32>,
}

/// What a core needs to paint, kept between strips. Rows are as long as whole blocks; beyond the last pixel are zeros.
#[derive(Default)]
pub(super) struct Room {
    /// The four rows of cells that a row of pixels needs, each in the place that its number leaves divided by four.
    spread: [Spread; 4],
    /// A pair of rows of pixels: by turns the value, and the count behind it.
    pixels: [Vec<f32>; 2],
    /// For each pixel of a row the value of the one beside it.
    beside: Vec<f32>,
    padded: Vec<[f32; 2]>,
}

/// What is painted, and how.
pub(super) struct Easel<'a> {
    pub values: &'a Values,
    pub window: &'a Window,
    pub look: &'a Look,
    pub tints: &'a Tints,
    pub across: &'a [Tap<8>],
    pub down: &'a [Tap<4>],
}

impl Easel<'_> {
    /// Paints rows of pixels from `first` on.
    #[inline(always)]
    pub fn paint<S: Simd>(&self, lanes: S, first: usize, to: &mut [[u8; 4]], room: &mut Room) {
        let width = self.across.len();
        let wide = width.next_multiple_of(BLOCK);
        let Room { spread, pixels, beside, padded } = room;
        let has_lines = self.look.lines.iter().any(|line| line.value > 0.0);
        for (pair, to) in to.chunks_mut(2 * width).enumerate() {
            let rows = to.len() / width;
            let mut is_empty = true;
            for (row, pixels) in pixels.iter_mut().enumerate().take(rows) {
                let Tap { first: at, weights } = self.down[first + 2 * pair + row];
                for row in at..at + 4 {
                    let spread = &mut spread[row % 4];
                    if spread.row != Some(row) {
                        self.spread(lanes, row, wide, spread, padded);
                    }
                }
                is_empty &= spread.iter().all(|spread| spread.is_empty);
                pixels.resize(2 * wide, 0.0);
                let [a, b, c, d] = [at, at + 1, at + 2, at + 3].map(|row| &spread[row % 4].values[..]);
                mix(lanes, [a, b, c, d], weights, pixels);
            }
            if is_empty {
                to.fill([0; 4]);
                continue;
            }
            for (i, to) in to.chunks_exact_mut(width).enumerate() {
                // The other row of the pair, where there is one.
                let (own, other) = (&pixels[i], &pixels[if rows == 2 { 1 - i } else { i }]);
                if has_lines {
                    self.find_beside(&own[..2 * width], wide, beside);
                }
                let y = self.window.first[1] + (first + 2 * pair + i) as i32;
                self.colour(lanes, Row { y, own, near: has_lines.then_some([beside, other]) }, to);
            }
        }
    }

    /// Spreads a row of cells, numbered from the padding, over the columns of pixels.
    #[inline(always)]
    fn spread<S: Simd>(&self, lanes: S, row: usize, wide: usize, to: &mut Spread, padded: &mut Vec<[f32; 2]>) {
        let columns = self.values.width;
        let cells = row.saturating_sub(2).min(self.values.height - 1) * columns;
        let line = &self.values.values[cells..cells + columns];
        to.row = Some(row);
        to.values.resize(2 * wide, 0.0);
        to.is_empty = line.iter().all(|cell| cell[1] == 0.0);
        if to.is_empty {
            to.values.fill(0.0);
            return;
        }
        padded.clear();
        padded.extend([line[0]; 2]);
        padded.extend_from_slice(line);
        padded.extend([line[columns - 1]; 2]);
        for (Tap { first, weights }, to) in self.across.iter().zip(to.values.as_chunks_mut::<2>().0) {
            let Some(cells) = padded.get(*first..*first + 4) else { continue };
            let (cells, (two, more)) = (cells.as_flattened(), weights.split_at(4));
            let [a, b, c, d] = *(f32x4::from_slice(lanes, &cells[..4]) * f32x4::from_slice(lanes, two)
                + f32x4::from_slice(lanes, &cells[4..]) * f32x4::from_slice(lanes, more));
            *to = [a + c, b + d];
        }
    }

    /// What lies beside each pixel of a row; itself where nothing does.
    #[inline(always)]
    fn find_beside(&self, row: &[f32], wide: usize, to: &mut Vec<f32>) {
        // Squares of four pixels begin at even columns and rows of the screen.
        let lead = (self.window.first[0] & 1) as usize;
        to.clear();
        to.extend(row.iter().step_by(2));
        let pixels = to.len();
        to.resize(wide, 0.0);
        to[lead.min(pixels)..pixels].chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
    }

    /// Colours a row of pixels.
    #[inline(always)]
    fn colour<S: Simd>(&self, lanes: S, row: Row<'_>, to: &mut [[u8; 4]]) {
        let scale = if self.look.is_signed { 0.5 } else { 1.0 } / self.look.top * (STEPS - 1) as f32;
        let middle = if self.look.is_signed { 0.5 * (STEPS - 1) as f32 } else { 0.0 };
        let n = S::f32s::N;
        let none = S::f32s::splat(lanes, 0.0);
        let is_none = |most: S::f32s| most.as_slice().iter().all(|most| *most <= 0.0);
        for (block, to) in to.chunks_mut(BLOCK).enumerate() {
            let start = block * BLOCK;
            let (mut fade, mut step, mut line) = ([0.0_f32; BLOCK], [0_u32; BLOCK], [0.0_f32; BLOCK]);
            let (mut most, mut least, mut most_line) = (none, none + 1.0, none);
            for i in (0..BLOCK).step_by(n) {
                let (value, behind) = apart(lanes, row.own, start + i);
                let faded = ((behind - 1.0) * 0.25).max(0.0).min(1.0);
                (most, least) = (most.max(faded), least.min(faded));
                faded.store_slice(&mut fade[i..i + n]);
                let at = (value * scale + middle).max(0.0).min((STEPS - 1) as f32) + 0.5;
                at.to_int::<S::u32s>().store_slice(&mut step[i..i + n]);
                if let Some([beside, other]) = row.near {
                    let beside = S::f32s::from_slice(lanes, &beside[start + i..][..n]);
                    let slope = (beside - value).abs() + (apart(lanes, other, start + i).0 - value).abs();
                    let cover = self.line(value, slope.max(1e-6), none);
                    most_line = most_line.max(cover);
                    cover.store_slice(&mut line[i..i + n]);
                }
            }
            if is_none(most) {
                to.fill([0; 4]);
                continue;
            }
            let inks = step.iter().map(|step| self.tints.inks[*step as usize & (STEPS - 1)]);
            if least.as_slice().iter().all(|least| *least >= 1.0) {
                to.iter_mut().zip(inks).for_each(|(to, ink)| *to = ink.pixel.to_le_bytes());
            } else {
                to.iter_mut().zip(inks).zip(&fade).for_each(|((to, ink), fade)| *to = ink.faded(*fade).to_le_bytes());
            }
            if self.look.stale.is_some() || !is_none(most_line) {
                let at = self.window.first[0] + start as i32 + row.y;
                self.draw_over(at, (&fade, &step, &line), to);
            }
        }
    }

    /// Colours again the pixels of a block that have a line or stripes on them; `at` is column and row of the first on
    /// the screen, added up.
    fn draw_over(
        &self,
        at: i32,
        (fade, step, line): (&[f32; BLOCK], &[u32; BLOCK], &[f32; BLOCK]),
        to: &mut [[u8; 4]],
    ) {
        for (i, to) in to.iter_mut().enumerate() {
            if fade[i] <= 0.0 || (line[i] <= 0.0 && self.look.stale.is_none()) {
                continue;
            }
            let Tint { mut rgb, alpha } = self.tints.tints[step[i] as usize & (STEPS - 1)];
            if let Some((hatch, stripe)) = &self.look.stale {
                let at = (at + i as i32) as f32 + 1.0;
                let share = if (at / stripe).rem_euclid(1.0) < 0.143 { hatch[3] } else { 0.0 };
                rgb = std::array::from_fn(|i| rgb[i] + (hatch[i] - rgb[i]) * share);
            }
            *to = packed(rgb, line[i] * fade[i], alpha * fade[i], self.look.opacity);
        }
    }

    /// How much of pixels the lines cover, by their values and slopes.
    #[inline(always)]
    fn line<S: Simd, F: SimdFloat<S, Element = f32>>(&self, value: F, slope: F, none: F) -> F {
        let mut most = none;
        for line in self.look.lines.iter().filter(|line| line.value > 0.0) {
            let cover = -((value - line.value).abs() / slope) + (line.width * 0.5 + 0.5);
            most = most.max(cover.max(0.0).min(1.0) * line.alpha);
        }
        most
    }
}

/// Values and counts of the pixels from `first` on, of a row that has them by turns.
#[inline(always)]
fn apart<S: Simd>(lanes: S, row: &[f32], first: usize) -> (S::f32s, S::f32s) {
    let n = S::f32s::N;
    let (a, b) = row[2 * first..][..2 * n].split_at(n);
    S::f32s::from_slice(lanes, a).deinterleave(S::f32s::from_slice(lanes, b))
}

/// What a row of pixels is coloured by.
struct Row<'a> {
    /// Its number on the screen.
    y: i32,
    /// By turns the value, and the count behind it.
    own: &'a [f32],
    /// The values beside each pixel, and the other row of its pair, where there are lines.
    near: Option<[&'a [f32]; 2]>,
}

/// A row of pixels from the four rows of cells around it.
#[inline(always)]
fn mix<S: Simd>(lanes: S, [a, b, c, d]: [&[f32]; 4], [wa, wb, wc, wd]: [f32; 4], to: &mut [f32]) {
    let n = S::f32s::N;
    let four = a.chunks_exact(n).zip(b.chunks_exact(n)).zip(c.chunks_exact(n)).zip(d.chunks_exact(n));
    for ((((a, b), c), d), to) in four.zip(to.chunks_exact_mut(n)) {
        let mut sum = S::f32s::from_slice(lanes, a) * wa;
        sum += S::f32s::from_slice(lanes, b) * wb;
        sum += S::f32s::from_slice(lanes, c) * wc;
        sum += S::f32s::from_slice(lanes, d) * wd;
        sum.store_slice(to);
    }
}
