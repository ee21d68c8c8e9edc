//! Text from outside, made fit for one line on a wall: no control characters, no bidirectional or invisible
//! formatting, bounded length. The raw text stays with the platform.

/// Longest text kept of one field, in characters.
pub const MAX_CHARS: usize = 400;

/// The text as it may be drawn: trimmed, white space folded, spoofing characters removed, at most [`MAX_CHARS`], with
/// at most two combining marks in a row.
pub fn display_text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len().min(MAX_CHARS * 3));
    let mut marks = 0;
    let mut count = 0;
    let mut gap = false;
    for c in raw.chars() {
        if c.is_whitespace() || c.is_control() {
            gap = !out.is_empty();
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        marks = if is_combining(c) { marks + 1 } else { 0 };
        if marks > 2 {
            continue;
        }
        if gap {
            out.push(' ');
            count += 1;
            gap = false;
        }
        if count >= MAX_CHARS {
            out.push('…');
            break;
        }
        out.push(c);
        count += 1;
    }
    out
}

/// Zero-width, bidirectional and other formatting characters that change text without being seen.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFC}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The common blocks of combining marks.
fn is_combining(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{0591}'..='\u{05BD}' | '\u{0610}'..='\u{061A}'
        | '\u{064B}'..='\u{065F}' | '\u{0E31}' | '\u{0E34}'..='\u{0E3A}' | '\u{0E47}'..='\u{0E4E}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spoofing_characters_go_words_stay() {
        assert_eq!(display_text("HC\u{202E}4800\u{200B}-12"), "HC4800-12");
        assert_eq!(display_text("  供水\n不足\t "), "供水 不足");
        assert_eq!(display_text("a\u{0301}\u{0301}\u{0301}\u{0301}b"), "a\u{0301}\u{0301}b");
    }

    #[test]
    fn length_is_bounded() {
        let long = display_text(&"长".repeat(100_000));
        assert_eq!(long.chars().count(), MAX_CHARS + 1);
        assert!(long.ends_with('…'));
    }
}
