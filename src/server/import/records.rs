//! Rows of delimited text, one at a time, with the line each begins in. Partner of `encoding.rs`.
//!
//! The field rules are those of the `csv` crate's core. What this file adds is staying on its feet: a quote that is never
//! closed costs the one line it stands in, not the rest of the file; rows with too few or too many fields are told
//! apart from good ones; nothing grows without bound.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

use csv_core::ReadRecordResult;

/// The most lines one row may cover (embedded newlines).
const MAX_LINES: usize = 200;
/// The longest row, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// One row.
#[derive(Default)]
pub struct Record {
    /// The line it begins in, from 1.
    pub line: u64,
    text: Vec<u8>,
    ends: Vec<usize>,
    /// How many of `ends` belong to this row; both buffers keep their length from row to row.
    count: usize,
}

impl Record {
    /// A row from fields that come from elsewhere than delimited text.
    pub fn from_fields<'f>(line: u64, fields: impl Iterator<Item = &'f str>) -> Self {
        let mut record = Self { line, ..Self::default() };
        for field in fields {
            record.text.extend_from_slice(field.as_bytes());
            record.ends.push(record.text.len());
        }
        record.count = record.ends.len();
        record
    }

    /// Number of fields.
    pub fn width(&self) -> usize {
        self.count
    }

    /// A field, trimmed; empty if the row has fewer.
    pub fn get(&self, index: usize) -> &str {
        let Some(end) = self.ends[..self.count].get(index) else { return "" };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        // The source is UTF-8 and fields are cut at ASCII characters only.
        std::str::from_utf8(&self.text[start..*end]).unwrap_or("").trim()
    }

    /// All fields.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.width()).map(|index| self.get(index))
    }
}

/// What the next row is.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// A row, in the [`Record`] given.
    Row,
    /// A row that cannot be used: its line and the reason.
    Bad(u64, String),
    /// The end of the file.
    End,
}

/// A stream of rows.
pub struct Records<R> {
    source: BufReader<R>,
    core: csv_core::Reader,
    separator: u8,
    terminator: u8,
    line: u64,
    /// Lines read ahead behind a quote that was not closed.
    pending: VecDeque<(u64, Vec<u8>)>,
    spare: Vec<Vec<u8>>,
}

impl<R: Read> Records<R> {
    /// Reads `source`, which is UTF-8. Without a `separator` the first line decides between comma, semicolon, tab and bar.
    /// `skip` lines are left out first.
    pub fn new(source: R, separator: Option<u8>, skip: u64) -> io::Result<Self> {
        let mut source = BufReader::with_capacity(1 << 16, source);
        let head = source.fill_buf()?;
        // Old Macintosh files end lines with CR alone.
        let terminator = if !head.contains(&b'\n') && head.contains(&b'\r') { b'\r' } else { b'\n' };
        let mut records = Self {
            source,
            core: csv_core::Reader::new(),
            separator: separator.unwrap_or(b','),
            terminator,
            line: 0,
            pending: VecDeque::new(),
            spare: Vec::new(),
        };
        for _ in 0..skip {
            if !matches!(records.next_line()?, Some(Ok(_))) {
                break;
            }
        }
        // The first line with anything in it is looked at and put back.
        while let Some(Ok((line, text))) = records.next_line()? {
            if text.trim_ascii().is_empty() {
                continue;
            }
            if let Some(told) = text.trim_ascii().strip_prefix(b"sep=") {
                records.separator = separator.or(told.first().copied()).unwrap_or(b',');
                break;
            }
            records.separator = separator.unwrap_or_else(|| guess_separator(&text));
            records.pending.push_back((line, text));
            break;
        }
        records.core = core(records.separator);
        Ok(records)
    }

    /// Reads the next row into `record`. With `width` (fields of the header), a row over several lines that does not fit
    /// it is taken for a quote that was never closed. Errors are those of the disk.
    pub fn next(&mut self, record: &mut Record, width: Option<usize>) -> io::Result<Next> {
        let mut held: Vec<(u64, Vec<u8>)> = Vec::new();
        self.core.reset();
        if record.text.is_empty() {
            record.text.resize(1 << 12, 0);
            record.ends.resize(64, 0);
        }
        record.count = 0;
        let (mut texts, mut ends, mut bytes) = (0, 0, 0);
        loop {
            let (line, text) = match self.next_line()? {
                Some(Ok(line)) => line,
                Some(Err(line)) if held.is_empty() => {
                    return Ok(Next::Bad(line, format!("the line is longer than {MAX_BYTES} bytes")));
                }
                Some(Err(line)) => {
                    // A line too long behind an open quote: the quote is the fault; the long line is met again.
                    self.pending.push_front((line, vec![b'x'; MAX_BYTES + 1]));
                    return Ok(self.unclosed(held));
                }
                None if held.is_empty() => return Ok(Next::End),
                None => {
                    // The file ends inside quotes, or without a last newline.
                    let (result, _, _, nend) =
                        self.core.read_record(&[], &mut record.text[texts..], &mut record.ends[ends..]);
                    if result != ReadRecordResult::Record || held.len() > 1 || self.ends_in_quotes(&held[0].1) {
                        return Ok(self.unclosed(held));
                    }
                    record.count = ends + nend;
                    return Ok(self.finish(held));
                }
            };
            if held.is_empty() {
                if text.iter().all(u8::is_ascii_whitespace) {
                    self.spare.push(text);
                    continue;
                }
                record.line = line;
            }
            bytes += text.len();
            let mut input = text.as_slice();
            let mut done = false;
            while !input.is_empty() && !done {
                let (result, nin, nout, nend) =
                    self.core.read_record(input, &mut record.text[texts..], &mut record.ends[ends..]);
                input = &input[nin..];
                texts += nout;
                ends += nend;
                match result {
                    ReadRecordResult::Record => done = true,
                    ReadRecordResult::OutputFull => record.text.resize(record.text.len() * 2, 0),
                    ReadRecordResult::OutputEndsFull => record.ends.resize(record.ends.len() * 2, 0),
                    ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
                }
            }
            held.push((line, text));
            if done {
                if held.len() > 1 && width.is_some_and(|width| width != ends) {
                    return Ok(self.unclosed(held));
                }
                record.count = ends;
                return Ok(self.finish(held));
            }
            if held.len() >= MAX_LINES || bytes > MAX_BYTES {
                return Ok(self.unclosed(held));
            }
        }
    }

    /// True if a last line without newline stops inside an open quote.
    fn ends_in_quotes(&self, line: &[u8]) -> bool {
        let mut core = core(self.separator);
        let mut closed = line.to_vec();
        // Inside quotes a newline is text; outside it ends the row.
        closed.push(b'\n');
        let (mut out, mut ends) = (vec![0; closed.len() + 1], vec![0; closed.len() + 1]);
        core.read_record(&closed, &mut out, &mut ends).0 != ReadRecordResult::Record
    }

    /// Keeps the buffers of the lines of a good row for later ones.
    fn finish(&mut self, held: Vec<(u64, Vec<u8>)>) -> Next {
        self.spare.extend(held.into_iter().map(|(_, text)| text));
        Next::Row
    }

    /// Gives up the first line held, and puts the others back.
    fn unclosed(&mut self, mut held: Vec<(u64, Vec<u8>)>) -> Next {
        let (line, text) = held.remove(0);
        self.spare.push(text);
        for kept in held.into_iter().rev() {
            self.pending.push_front(kept);
        }
        Next::Bad(line, "a quote is opened in this line and not closed where the row should end".to_owned())
    }

    /// The next physical line with its newline as `\n`; `Err(line)` for one longer than [`MAX_BYTES`].
    fn next_line(&mut self) -> io::Result<Option<Result<(u64, Vec<u8>), u64>>> {
        if let Some((line, text)) = self.pending.pop_front() {
            if text.len() > MAX_BYTES {
                return Ok(Some(Err(line)));
            }
            return Ok(Some(Ok((line, text))));
        }
        let mut text = self.spare.pop().unwrap_or_default();
        text.clear();
        let limit = MAX_BYTES as u64;
        let got = self.source.by_ref().take(limit).read_until(self.terminator, &mut text)?;
        if got == 0 {
            return Ok(None);
        }
        self.line += 1;
        if text.last() != Some(&self.terminator) && got as u64 == limit {
            self.skip_to_line_end()?;
            return Ok(Some(Err(self.line)));
        }
        if self.terminator == b'\r' {
            if let Some(last) = text.last_mut().filter(|last| **last == b'\r') {
                *last = b'\n';
            }
        } else if text.ends_with(b"\r\n") {
            let at = text.len() - 2;
            text.remove(at);
        }
        Ok(Some(Ok((self.line, text))))
    }

    fn skip_to_line_end(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.source.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let found = buffer.iter().position(|byte| *byte == self.terminator);
            let used = found.map_or(buffer.len(), |at| at + 1);
            self.source.consume(used);
            if found.is_some() {
                return Ok(());
            }
        }
    }
}

/// The field rules: quotes doubled inside quotes, a newline outside quotes ends the row.
fn core(separator: u8) -> csv_core::Reader {
    csv_core::ReaderBuilder::new().delimiter(separator).terminator(csv_core::Terminator::Any(b'\n')).build()
}

/// The separator that occurs most often outside quotes; comma if none does.
fn guess_separator(header: &[u8]) -> u8 {
    let mut counts = [(b',', 0usize), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for byte in header {
        if *byte == b'"' {
            quoted = !quoted;
        } else if let Some(entry) = counts.iter_mut().find(|entry| entry.0 == *byte && !quoted) {
            entry.1 += 1;
        }
    }
    // The first of equals wins.
    counts.iter().rev().max_by_key(|entry| entry.1).map_or(b',', |entry| if entry.1 == 0 { b',' } else { entry.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> (Vec<(u64, Vec<String>)>, Vec<u64>) {
        let mut records = Records::new(text.as_bytes(), None, 0).unwrap();
        let (mut rows, mut bad, mut record, mut width) = (Vec::new(), Vec::new(), Record::default(), None);
        loop {
            match records.next(&mut record, width).unwrap() {
                Next::End => return (rows, bad),
                Next::Bad(line, _) => bad.push(line),
                Next::Row => {
                    width = width.or(Some(record.width()));
                    rows.push((record.line, record.iter().map(str::to_owned).collect()));
                }
            }
        }
    }

    fn row(fields: &[&str]) -> Vec<String> {
        fields.iter().map(|field| (*field).to_owned()).collect()
    }

    #[test]
    fn quotes_newlines_and_line_numbers() {
        let (rows, bad) = read("id,text\r\n1,\"a, \"\"b\"\"\r\nc\"\r\n\r\n2,5\" pipe\r\n3,last");
        assert!(bad.is_empty());
        assert_eq!(rows[1], (2, row(&["1", "a, \"b\"\nc"])));
        assert_eq!(rows[2], (5, row(&["2", "5\" pipe"])));
        assert_eq!(rows[3], (6, row(&["3", "last"])));
    }

    #[test]
    fn an_unclosed_quote_costs_one_line() {
        let (rows, bad) = read("id,a,b\n1,x,y\n2,\"open,z\n3,x,\"q\"\n4,x,y\n");
        assert_eq!(bad, [3]);
        assert_eq!(rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 2, 4, 5]);
        let many: String = (0..1000).map(|n| format!("{n},x,y\n")).collect();
        let (rows, bad) = read(&format!("id,a,b\n0,\"open,z\n{many}"));
        assert_eq!((rows.len(), bad), (1001, vec![2]));
        let (rows, bad) = read("id,a\n1,x\n2,\"open");
        assert_eq!((rows.len(), bad), (2, vec![3]));
    }

    #[test]
    fn separators_and_odd_line_ends() {
        assert_eq!(read("id;a\n1;2,5\n").0[1].1, row(&["1", "2,5"]));
        assert_eq!(read("id\ta\n1\tx y\n").0[1].1, row(&["1", "x y"]));
        assert_eq!(read("sep=|\nid|a\n1|x\n").0[1].1, row(&["1", "x"]));
        assert_eq!(read("id,a\r1,x\r2,y\r").0.len(), 3);
        assert_eq!(read("").0.len(), 0);
    }

    #[test]
    fn a_huge_line_costs_itself() {
        let (rows, bad) = read(&format!("id,a\n1,{}\n2,y\n", "x".repeat(2 * MAX_BYTES)));
        assert_eq!((rows.len(), bad), (2, vec![2]));
    }

    proptest! {
        #[test]
        fn every_line_is_a_row_or_named(text in "([a-z,\"; \u{6d77}]{0,12}(\n|\r\n)){0,30}") {
            let (rows, bad) = read(&text);
            let starts: Vec<u64> = rows.iter().map(|row| row.0).chain(bad).collect();
            let mut sorted = starts.clone();
            sorted.sort_unstable();
            sorted.dedup();
            prop_assert_eq!(sorted.len(), starts.len());
        }

        #[test]
        fn quoted_fields_come_back(fields in proptest::collection::vec("[a-z\"\n, ]{0,9}x", 1..6)) {
            let line = fields.iter().map(|f| format!("\"{}\"", f.replace('"', "\"\""))).collect::<Vec<_>>().join(",");
            let (rows, bad) = read(&format!("{line}\n"));
            prop_assert!(bad.is_empty());
            let trimmed: Vec<String> = fields.iter().map(|f| f.trim().to_owned()).collect();
            prop_assert_eq!(&rows[0].1, &trimmed);
        }
    }
}
