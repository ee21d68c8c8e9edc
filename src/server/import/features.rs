//! Cuts a GeoJSON file into its features without understanding them, so that a broken one costs itself only.
//!
//! Takes a FeatureCollection, a bare array of features, one feature or geometry, and any of these one after the other
//! (newline-delimited). Works on bytes with a depth count and never recurses. `geometry.rs` reads what is cut.

use std::ops::Range;

/// Deeper than any geometry collection that a city publishes.
const MAX_DEPTH: usize = 100;
/// A file with more faults than this is no GeoJSON.
const MAX_FAULTS: usize = 1000;

/// One feature's JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The line it begins in, from 1.
    pub line: u64,
    /// Where it lies in the file.
    pub bytes: Range<usize>,
}

/// What was found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    /// The features, in order.
    pub features: Vec<Cut>,
    /// Places where the file is no JSON: line and reason. Each stands for one feature that is lost.
    pub faults: Vec<(u64, String)>,
    /// The name of the reference system, if the file has the old `crs` member.
    pub crs: Option<String>,
}

/// Cuts a file.
pub fn cut(text: &[u8]) -> Cuts {
    let mut scan = Scan { text, at: 0, line: 1, counted: 0, cuts: Cuts::default() };
    loop {
        scan.skip_blank();
        let start = scan.at;
        let (line, found) = (scan.line_at(start), scan.cuts.features.len());
        let fault = match scan.peek() {
            None => return scan.cuts,
            Some(b'[') => scan.elements(),
            Some(b'{') => scan.object(start),
            Some(_) => Err("this is not GeoJSON: an object or a list is expected".to_owned()),
        };
        if let Err(reason) = fault {
            // A collection is lost from here on. Anything else is lost from its own line, and the next may be whole again.
            if scan.cuts.features.len() > found {
                let line = scan.line_at(scan.at.min(text.len()));
                scan.cuts.faults.push((line, reason));
            } else {
                scan.cuts.faults.push((line, reason));
                scan.at = start;
            }
            if scan.cuts.faults.len() >= MAX_FAULTS {
                scan.cuts.faults.push((line, format!("after {MAX_FAULTS} faults the rest of the file was not read")));
                return scan.cuts;
            }
            let next = text[scan.at.min(text.len())..].iter().position(|byte| *byte == b'\n');
            let Some(next) = next else { return scan.cuts };
            scan.at += next + 1;
            // Only a line that begins an object is worth another try.
            while scan.at < text.len() && text[scan.at] != b'{' {
                let Some(next) = text[scan.at..].iter().position(|byte| *byte == b'\n') else { return scan.cuts };
                scan.at += next + 1;
            }
        }
    }
}

struct Scan<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
    counted: usize,
    cuts: Cuts,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// White space, byte order mark and the record separator of RFC 8142.
    fn skip_blank(&mut self) {
        while let Some(byte) = self.peek() {
            if byte.is_ascii_whitespace() || byte == 0x1E {
                self.at += 1;
            } else if self.text[self.at..].starts_with(b"\xEF\xBB\xBF") {
                self.at += 3;
            } else {
                return;
            }
        }
    }

    /// The line of an offset; offsets are asked for in rising order.
    fn line_at(&mut self, offset: usize) -> u64 {
        if offset > self.counted {
            self.line += self.text[self.counted..offset].iter().filter(|byte| **byte == b'\n').count() as u64;
            self.counted = offset;
        }
        self.line
    }

    /// The elements of the list that begins here.
    fn elements(&mut self) -> Result<(), String> {
        self.at += 1;
        loop {
            self.skip_blank();
            match self.peek() {
                None => return Err("the file ends inside the list of features".to_owned()),
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b',') => self.at += 1,
                Some(_) => {
                    let start = self.at;
                    let line = self.line_at(start);
                    self.value()?;
                    self.cuts.features.push(Cut { line, bytes: start..self.at });
                }
            }
        }
    }

    /// An object: a collection if it has a list of features, else a feature itself.
    fn object(&mut self, start: usize) -> Result<(), String> {
        let line = self.line_at(start);
        self.at += 1;
        let mut is_collection = false;
        loop {
            self.skip_blank();
            match self.peek() {
                None => return Err("the file ends inside an object".to_owned()),
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                Some(b'"') => {}
                Some(_) => return Err("a name in quotes is expected".to_owned()),
            }
            let key = self.at;
            self.string()?;
            let key = &self.text[key..self.at];
            self.skip_blank();
            if self.peek() != Some(b':') {
                return Err("a colon is missing behind a name".to_owned());
            }
            self.at += 1;
            self.skip_blank();
            if key == b"\"features\"" && self.peek() == Some(b'[') {
                is_collection = true;
                self.elements()?;
                continue;
            }
            let value = self.at;
            self.value()?;
            if key == b"\"crs\"" {
                self.cuts.crs = crs_name(&self.text[value..self.at]);
            }
        }
        if !is_collection {
            self.cuts.features.push(Cut { line, bytes: start..self.at });
        }
        Ok(())
    }

    /// Steps over one value.
    fn value(&mut self) -> Result<(), String> {
        let mut depth = 0usize;
        loop {
            self.skip_blank();
            match self.peek() {
                None => return Err("the file ends in the middle of a value".to_owned()),
                Some(b'"') => self.string()?,
                Some(b'{' | b'[') => {
                    depth += 1;
                    if depth > MAX_DEPTH {
                        return Err(format!("the JSON is nested deeper than {MAX_DEPTH}"));
                    }
                    self.at += 1;
                    continue;
                }
                Some(b'}' | b']') => {
                    let Some(less) = depth.checked_sub(1) else {
                        return Err("a bracket is closed that was not opened".to_owned());
                    };
                    depth = less;
                    self.at += 1;
                }
                Some(b',' | b':') if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                Some(b',' | b':') => return Err("a value is missing".to_owned()),
                Some(_) => {
                    while self.peek().is_some_and(|b| !b.is_ascii_whitespace() && !b",:{}[]\"".contains(&b)) {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Steps over a string.
    fn string(&mut self) -> Result<(), String> {
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at = self.text.len();
        Err("the file ends inside a text".to_owned())
    }
}

/// The name in `{"type":"name","properties":{"name":"EPSG:4326"}}`.
fn crs_name(json: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(json).ok()?;
    value.pointer("/properties/name").and_then(|name| name.as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(json: &str) -> (Vec<&str>, usize) {
        let cuts = cut(json.as_bytes());
        (cuts.features.iter().map(|cut| &json[cut.bytes.clone()]).collect(), cuts.faults.len())
    }

    #[test]
    fn the_shapes_of_files() {
        let expected = (vec![r#"{"a":1}"#, r#"{"a":"]}"}"#], 0);
        assert_eq!(texts(r#"{"type":"FeatureCollection","features":[{"a":1}, {"a":"]}"}],"bbox":[1,2]}"#), expected);
        assert_eq!(texts(r#"[{"a":1},{"a":"]}"}]"#), expected);
        assert_eq!(texts("{\"a\":1}\n{\"a\":\"]}\"}\n"), expected);
        assert_eq!(texts("\u{1e}{\"a\":1}\n\u{1e}{\"a\":\"]}\"}\n"), expected);
        assert_eq!(texts("{\"features\":[{\"a\":1}]}\n{\"features\":[{\"a\":\"]}\"}]}"), expected);
        assert_eq!(texts(r#"{"type":"Feature","properties":{"features":[1]}}"#).0.len(), 1);
        assert_eq!(texts(""), (vec![], 0));
    }

    #[test]
    fn lines_and_reference_systems_are_known() {
        let cuts = cut(
            b"{\n\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"EPSG:3857\"}},\n\"features\":[\n{},\n\n{}]}",
        );
        assert_eq!(cuts.features.iter().map(|cut| cut.line).collect::<Vec<_>>(), [4, 6]);
        assert_eq!(cuts.crs.as_deref(), Some("EPSG:3857"));
    }

    #[test]
    fn what_was_whole_before_a_fault_is_kept() {
        let (found, faults) = texts(r#"{"features":[{"a":1},{"a":2},{"a":"#);
        assert_eq!((found.len(), faults), (2, 1));
        let (found, faults) = texts("{\"a\":1}\n{\"a\": \n{\"a\":3}\nnonsense\n{\"a\":4}");
        assert_eq!((found, faults), (vec![r#"{"a":1}"#, r#"{"a":3}"#, r#"{"a":4}"#], 2));
        assert_eq!(texts("hello").1, 1);
        assert_eq!(texts(&"[".repeat(100_000)).1, 1);
    }
}
