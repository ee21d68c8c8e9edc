//! Mixes areas' colours between what lies below them and what lies above: row by row, on all cores. Pure but for the
//! cores; the same blends as the GPU's, to within a rounding.

use std::ops::Range;

use bevy::math::{URect, Vec4};
use rayon::prelude::*;

use crate::layers::edging::Dab;

/// Bytes of a pixel.
const PIXEL: usize = 4;
/// Rows that one core mixes in one go.
const STRIP: usize = 16;

/// The pictures, for the pixels of a rectangle, row by row.
pub struct Fills {
    rect: URect,
    /// The number of the area's feature, plus one; 0 for none.
    owners: Vec<u16>,
    /// The columns of each row between which there are areas.
    spans: Vec<Range<u32>>,
    /// What lies below, opaque; with what lies above where there is no area.
    under: Vec<u8>,
    /// What lies above, times its own cover. Where a fine border is, only what lies between fill and border.
    over: Vec<u8>,
    edges: Vec<Edge>,
    /// The first edge of each row, and their number.
    rows: Vec<u32>,
    dabs: Vec<(u16, u16)>,
}

/// A pixel with fine borders in it.
struct Edge {
    column: u32,
    /// Its first of all dabs.
    first: u32,
    /// What lies above the borders, times its own cover.
    over: [u8; PIXEL],
}

/// The pictures as they were read, each of the same pixels.
pub struct Read {
    /// The pixels.
    pub rect: URect,
    /// Below the fills.
    pub under: Vec<u8>,
    /// Number of the feature plus one as bytes, the lowest first; the fourth is 255 where there is one.
    pub owners: Vec<u8>,
    /// Between fills and fine borders.
    pub between: Vec<u8>,
    /// Above the fine borders.
    pub above: Vec<u8>,
}

impl Fills {
    /// Puts together what was read and where fine borders run; `None` if there are too many areas for it.
    pub fn new(read: Read, mut dabs: Vec<Dab>) -> Option<Self> {
        let Read { rect, mut under, owners, between: mut over, above } = read;
        let (width, height) = (rect.width() as usize, rect.height() as usize);
        let bytes = width * height * PIXEL;
        if [&under, &owners, &over, &above].iter().any(|picture| picture.len() != bytes) || width == 0 {
            return None;
        }
        let is_too_many = owners.chunks_exact(PIXEL).any(|pixel| pixel[2] > 0);
        if is_too_many {
            return None;
        }
        let owners: Vec<u16> =
            owners.chunks_exact(PIXEL).map(|pixel| u16::from_le_bytes([pixel[0], pixel[1]])).collect();
        // Stable: what is drawn later stays on top.
        dabs.sort_by_key(|dab| dab.pixel);
        let mut edges: Vec<Edge> = Vec::new();
        let mut rows = vec![0_u32; height + 1];
        let mut last = None;
        for (at, dab) in (0_u32..).zip(&dabs) {
            let pixel = dab.pixel as usize;
            if last != Some(pixel) {
                last = Some(pixel);
                let top = above.get(pixel * PIXEL..)?.first_chunk()?;
                edges.push(Edge { column: (pixel % width) as u32, first: at, over: *top });
                rows[pixel / width + 1] += 1;
            }
        }
        (1..=height).for_each(|row| rows[row] += rows[row - 1]);
        // Elsewhere both are one picture.
        let mut at_edge = vec![false; width * height];
        dabs.iter().for_each(|dab| at_edge[dab.pixel as usize] = true);
        let pixels = over.chunks_exact_mut(PIXEL).zip(above.chunks_exact(PIXEL));
        for ((over, above), _) in pixels.zip(&at_edge).filter(|(_, is_edge)| !**is_edge) {
            let rest = 255 - u32::from(above[3]);
            over.iter_mut().zip(above).for_each(|(over, above)| *over = above.saturating_add(times(*over, rest)));
        }
        // Without an area nothing is ever other than now.
        let pixels = under.chunks_exact_mut(PIXEL).zip(over.chunks_exact_mut(PIXEL));
        for ((under, over), _) in pixels.zip(&owners).filter(|(_, owner)| **owner == 0) {
            let rest = 255 - u32::from(over[3]);
            under.iter_mut().zip(&*over).for_each(|(under, over)| *under = over.saturating_add(times(*under, rest)));
            over.fill(0);
        }
        let spans = owners.chunks_exact(width).map(|row| {
            let first = row.iter().position(|owner| *owner > 0).unwrap_or(0) as u32;
            first..row.iter().rposition(|owner| *owner > 0).map_or(first, |last| last as u32 + 1)
        });
        let (spans, dabs) = (spans.collect(), dabs.iter().map(|dab| (dab.line, dab.cover)).collect());
        Some(Self { rect, owners, spans, under, over, edges, rows, dabs })
    }

    /// Whether all of these pixels are here.
    pub fn covers(&self, rect: URect) -> bool {
        self.rect.union(rect) == self.rect
    }

    /// The picture of some of the pixels, for these colours of features and of borders (sRGB, 0–255); replaces what
    /// `picture` holds.
    pub fn mix(&self, colours: &[u32], borders: &[Vec4], part: URect, picture: &mut Vec<u8>) {
        let width = part.width() as usize;
        picture.resize(width * part.height() as usize * PIXEL, 0);
        picture.par_chunks_mut((width * PIXEL * STRIP).max(1)).enumerate().for_each(|(strip, rows)| {
            let (mut cover, mut rest) = (vec![0; width * PIXEL], vec![0; width * PIXEL]);
            for (row, to) in rows.chunks_exact_mut(width * PIXEL).enumerate() {
                let y = part.min.y as usize + strip * STRIP + row;
                self.mix_row(colours, (part, y), [&mut cover, &mut rest], to);
                self.mix_edges(borders, (part, y), to);
            }
        });
    }

    fn mix_row(&self, colours: &[u32], (part, y): (URect, usize), [cover, rest]: [&mut [u8]; 2], to: &mut [u8]) {
        let row = y - self.rect.min.y as usize;
        let (left, width) = ((part.min.x - self.rect.min.x) as usize, self.rect.width() as usize);
        let from = row * width + left;
        to.copy_from_slice(&self.under[from * PIXEL..][..to.len()]);
        let within = |column: u32| (column as usize).clamp(left, left + part.width() as usize) - left;
        let span = within(self.spans[row].start)..within(self.spans[row].end);
        let pixels = from + span.start..from + span.end;
        let bytes = pixels.start * PIXEL..pixels.end * PIXEL;
        let (under, over) = (&self.under[bytes.clone()], &self.over[bytes]);
        let to = &mut to[span.start * PIXEL..span.end * PIXEL];
        let places = cover.chunks_exact_mut(PIXEL).zip(rest.chunks_exact_mut(PIXEL)).zip(to.chunks_exact_mut(PIXEL));
        for (((cover, rest), to), (owner, over)) in places.zip(self.owners[pixels].iter().zip(over.chunks_exact(PIXEL)))
        {
            let at = usize::from(*owner).wrapping_sub(1);
            let colour = colours.get(at).copied().unwrap_or_default();
            to.copy_from_slice(&(colour | 0xFF00_0000).to_le_bytes());
            cover.copy_from_slice(&((colour >> 24) * 0x0101_0101).to_le_bytes());
            rest.copy_from_slice(&((255 - u32::from(over[3])) * 0x0101_0101).to_le_bytes());
        }
        // In a loop of its own over single bytes, which compilers turn into wide instructions.
        for ((((to, cover), rest), under), over) in to.iter_mut().zip(&*cover).zip(&*rest).zip(under).zip(over) {
            let cover = u16::from(*cover);
            let filled = rounded(u16::from(*to) * cover + u16::from(*under) * (255 - cover));
            *to = over.saturating_add(rounded(u16::from(filled) * u16::from(*rest)));
        }
    }

    /// The fine borders of a row, over what is there, and what lies above them.
    fn mix_edges(&self, borders: &[Vec4], (part, y): (URect, usize), to: &mut [u8]) {
        let row = y - self.rect.min.y as usize;
        let range = self.rows[row] as usize..self.rows[row + 1] as usize;
        let shift = (part.min.x - self.rect.min.x) as usize;
        for (at, edge) in range.clone().zip(&self.edges[range]) {
            let Some(column) = (edge.column as usize).checked_sub(shift) else { continue };
            let Some(pixel) = to.get_mut(column * PIXEL..(column + 1) * PIXEL) else { break };
            let end = self.edges.get(at + 1).map_or(self.dabs.len(), |next| next.first as usize);
            let mut colour = Vec4::new(f32::from(pixel[0]), f32::from(pixel[1]), f32::from(pixel[2]), 0.0);
            for (line, cover) in &self.dabs[edge.first as usize..end] {
                let ink = borders.get(usize::from(*line)).copied().unwrap_or_default();
                colour += (ink - colour) * (f32::from(*cover) * (1.0 / 65_535.0));
            }
            let rest = (255.0 - f32::from(edge.over[3])) * (1.0 / 255.0);
            let mixed = colour * rest + 0.5;
            for ((to, mixed), over) in pixel.iter_mut().zip(mixed.to_array()).zip(edge.over).take(3) {
                *to = (mixed as u8).saturating_add(over);
            }
        }
    }
}

/// A number of 255 times 255ths, rounded.
#[inline]
fn rounded(of: u16) -> u8 {
    let of = of + 128;
    ((of + (of >> 8)) >> 8) as u8
}

/// A byte times so many 255ths.
fn times(byte: u8, share: u32) -> u8 {
    rounded((u32::from(byte) * share) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(fills: &Fills, colours: &[u32], borders: &[Vec4], part: URect) -> Vec<u8> {
        let mut picture = vec![7; 3];
        fills.mix(colours, borders, part, &mut picture);
        picture
    }

    fn read() -> Read {
        // Two rows of three pixels: no area, area 0, area 1.
        let owners = [[0, 0, 0, 0], [1, 0, 0, 255], [2, 0, 0, 255]].repeat(2).concat();
        let mut between = vec![0; 24];
        between[4..8].copy_from_slice(&[64, 0, 0, 128]);
        let mut above = vec![0; 24];
        above[20..24].copy_from_slice(&[0, 0, 255, 255]);
        Read { rect: URect::new(10, 20, 13, 22), under: [100, 50, 0, 255].repeat(6), owners, between, above }
    }

    #[test]
    fn every_share_of_every_byte_is_rounded() {
        for byte in 0..=255_u8 {
            for share in 0..=255_u32 {
                let exact = (f64::from(byte) * f64::from(share) / 255.0).round();
                assert_eq!(f64::from(times(byte, share)), exact);
            }
        }
    }

    #[test]
    fn fills_lie_over_what_is_below_and_under_what_is_above() {
        let fills = Fills::new(read(), vec![]).unwrap();
        let picture = mixed(&fills, &[0xFF00_00C8, 0x0000_FFFF], &[], URect::new(10, 20, 13, 22));
        let pixel = |at: usize| &picture[at * 4..at * 4 + 4];
        assert_eq!(pixel(0), [100, 50, 0, 255], "no area");
        assert_eq!(pixel(1), [64 + 100, 0, 0, 255], "half covered");
        assert_eq!(pixel(2), [100, 50, 0, 255], "an area without a colour");
        assert_eq!(pixel(4), [200, 0, 0, 255]);
        assert_eq!(pixel(5), [0, 0, 255, 255], "all covered");
    }

    #[test]
    fn borders_lie_between_and_a_part_is_the_same_as_of_all() {
        let half = |pixel, line| Dab { pixel, line, cover: 32_768 };
        let fills = Fills::new(read(), vec![half(5, 0), half(4, 0), half(4, 1)]).unwrap();
        let borders = [Vec4::new(0.0, 100.0, 0.0, 0.0), Vec4::new(0.0, 0.0, 80.0, 0.0)];
        let all = mixed(&fills, &[0xFF00_00C8], &borders, URect::new(10, 20, 13, 22));
        assert_eq!(all[16..20], [50, 25, 40, 255], "the second border over the first");
        assert_eq!(all[20..24], [0, 0, 255, 255], "covered by what is above");
        let part = mixed(&fills, &[0xFF00_00C8], &borders, URect::new(11, 21, 13, 22));
        assert_eq!(part, all[16..24]);
        assert!(fills.covers(URect::new(11, 20, 12, 22)) && !fills.covers(URect::new(9, 20, 12, 22)));
    }

    #[test]
    fn what_lies_above_is_seen_beside_areas_too() {
        let mut read = read();
        read.between[..4].copy_from_slice(&[0, 0, 100, 255]);
        let fills = Fills::new(read, vec![Dab { pixel: 0, line: 0, cover: 65_535 }]).unwrap();
        let ink = Vec4::new(9.0, 8.0, 7.0, 0.0);
        let picture = mixed(&fills, &[], &[ink], URect::new(10, 20, 11, 22));
        assert_eq!(picture, [9, 8, 7, 255, 100, 50, 0, 255]);
        assert_eq!(mixed(&fills, &[], &[], URect::new(11, 20, 12, 21)), [64 + 50, 25, 0, 255]);
    }

    #[test]
    fn pictures_of_other_sizes_and_too_many_areas_are_refused() {
        let mut short = read();
        short.above.pop();
        assert!(Fills::new(short, vec![]).is_none());
        let mut many = read();
        many.owners[6] = 1;
        assert!(Fills::new(many, vec![]).is_none());
    }
}
