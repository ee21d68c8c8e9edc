//! Which characters the shipped Regular font can draw, read from its character map.
//!
//! egui cannot say it: where one font stands alone in its family, it takes every glyph for the replacement.

/// The ranges of code points a font maps to glyphs, sorted; empty if the font has no map in format 12.
pub fn ranges(font: &[u8]) -> Vec<(u32, u32)> {
    map(font).unwrap_or_default()
}

fn map(font: &[u8]) -> Option<Vec<(u32, u32)>> {
    let tables = u16_at(font, 4)?;
    let record = (0..usize::from(tables)).map(|i| 12 + 16 * i).find(|at| font.get(*at..at + 4) == Some(b"cmap"))?;
    let cmap = font.get(u32_at(font, record + 8)? as usize..)?;
    for i in 0..usize::from(u16_at(cmap, 2)?) {
        let table = cmap.get(u32_at(cmap, 4 + 8 * i + 4)? as usize..)?;
        // Format 12: sequential groups of first code, last code, first glyph.
        if u16_at(table, 0)? == 12 {
            let groups = u32_at(table, 12)? as usize;
            return (0..groups).map(|g| Some((u32_at(table, 16 + 12 * g)?, u32_at(table, 20 + 12 * g)?))).collect();
        }
    }
    None
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// True if a sorted list of ranges holds a character.
pub fn holds(ranges: &[(u32, u32)], c: char) -> bool {
    let code = c as u32;
    let after = ranges.partition_point(|(first, _)| *first <= code);
    after > 0 && ranges[after - 1].1 >= code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_fonts_have_no_characters_and_do_no_harm() {
        assert!(ranges(&[]).is_empty());
        assert!(ranges(&[0xFF; 64]).is_empty());
        let mut endless = b"OTTO\0\x01\0\0\0\0\0\0cmap\0\0\0\0\0\0\0\x1c\0\0\0\x20".to_vec();
        endless.extend(b"\0\0\0\x01\0\x03\0\x0a\0\0\0\x0c\0\x0c\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff");
        assert!(ranges(&endless).is_empty());
    }

    #[test]
    fn edges_of_ranges_belong_to_them() {
        let ranges = [(65, 90), (97, 99)];
        let got: String = "@AZ[`acd".chars().filter(|c| holds(&ranges, *c)).collect();
        assert_eq!(got, "AZac");
    }
}
