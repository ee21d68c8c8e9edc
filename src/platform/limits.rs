//! What an answer may be before anybody reads it: how deep, how many, how long. One pass over the bytes, no allocation;
//! what is well within the bounds is left to the decoders. Sizes and times are bounded in `http.rs`.

use memchr::memchr2;
use thiserror::Error;

/// Deepest nesting. GeoJSON needs 9.
pub const MAX_DEPTH: usize = 64;
/// Most entries of one array or object. The largest ring the wall draws has 200,000.
pub const MAX_ENTRIES: u32 = 1_000_000;
/// Longest text, bytes.
pub const MAX_TEXT: usize = 1 << 20;

/// Which bound was overstepped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LimitError {
    /// Arrays within arrays within arrays.
    #[error("limit: nested deeper than {MAX_DEPTH}, at byte {at}")]
    Depth {
        /// Where.
        at: usize,
    },
    /// One array or object that does not end.
    #[error("limit: more than {MAX_ENTRIES} entries in one list, at byte {at}")]
    Entries {
        /// Where.
        at: usize,
    },
    /// One text that does not end.
    #[error("limit: a text of more than {MAX_TEXT} bytes, at byte {at}")]
    Text {
        /// Where it begins.
        at: usize,
    },
}

/// Looks at JSON without understanding it. Broken JSON passes: the decoder says better what is wrong with it.
///
/// # Errors
/// The first bound that is overstepped.
pub fn check_json(json: &[u8]) -> Result<(), LimitError> {
    let mut entries = [0_u32; MAX_DEPTH + 1];
    let mut depth = 0;
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => {
                let begin = at;
                at = text_end(json, at + 1);
                if at - begin > MAX_TEXT {
                    return Err(LimitError::Text { at: begin });
                }
            }
            b'[' | b'{' => {
                if depth == MAX_DEPTH {
                    return Err(LimitError::Depth { at });
                }
                depth += 1;
                entries[depth] = 0;
            }
            // One too many belongs to broken JSON.
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => {
                entries[depth] += 1;
                if entries[depth] >= MAX_ENTRIES {
                    return Err(LimitError::Entries { at });
                }
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// Where the text that goes on at `from` is closed; the end of `json` if it is not.
fn text_end(json: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(next) = json.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += next;
        if json.get(at) == Some(&b'"') {
            return at;
        }
        at += 2;
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_entries_and_text_have_bounds_and_brackets_in_text_do_not_count() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert_eq!(check_json(deep(MAX_DEPTH).as_bytes()), Ok(()));
        assert_eq!(check_json(deep(MAX_DEPTH + 1).as_bytes()), Err(LimitError::Depth { at: MAX_DEPTH }));
        assert!(matches!(check_json(deep(100_000).as_bytes()), Err(LimitError::Depth { .. })));
        let flat = |n: u32| format!("[{}0]", "0,".repeat(n as usize - 1));
        assert_eq!(check_json(flat(MAX_ENTRIES).as_bytes()), Ok(()));
        assert!(matches!(check_json(flat(MAX_ENTRIES + 1).as_bytes()), Err(LimitError::Entries { .. })));
        let text = |n: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(n));
        assert_eq!(check_json(text(MAX_TEXT - 1).as_bytes()), Ok(()));
        assert_eq!(check_json(text(MAX_TEXT + 1).as_bytes()), Err(LimitError::Text { at: 5 }));
        assert_eq!(check_json(format!("[\"{}\"]", "[\\\"{".repeat(1_000)).as_bytes()), Ok(()));
        for broken in ["", "]]]]", "\"", "\"\\", "{\"a\":[1,2", "\u{feff}{}"] {
            assert_eq!(check_json(broken.as_bytes()), Ok(()), "{broken}");
        }
    }

    #[test]
    fn many_lists_of_a_fair_size_are_no_bomb() {
        let rows = format!("[{}[1,2]]", "[1,2,3,4,5,6,7,8,9,10],".repeat(200_000));
        assert_eq!(check_json(rows.as_bytes()), Ok(()));
    }
}
