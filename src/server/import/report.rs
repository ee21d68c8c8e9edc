//! What became of every row of an import: taken, repaired or rejected, with its line and the reason.
//!
//! The books must balance: `read == taken + rejected` per file ([`FileReport::balances`]). A short summary goes to the
//! terminal, the complete list to a CSV file beside the database.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

/// One row that was repaired or rejected, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowNote {
    /// The line in the file where the row begins, from 1.
    pub line: u64,
    /// The reason, in one sentence; names the column or the area where there is one.
    pub reason: Box<str>,
}

/// What a file was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Areas.
    Areas,
    /// Tickets.
    Tickets,
}

/// The books of one file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// The file.
    pub path: PathBuf,
    /// What it was read as.
    pub kind: FileKind,
    /// Rows (or features) found.
    pub read: u64,
    /// Rows that are in the result, repaired ones included.
    pub taken: u64,
    /// Rows that are not in the result.
    pub rejected: Vec<RowNote>,
    /// Repairs; a row may have more than one.
    pub repaired: Vec<RowNote>,
    /// What concerns the whole file.
    pub warnings: Vec<String>,
    /// Why the file could not be read, or not to its end.
    pub failure: Option<String>,
}

impl FileReport {
    /// Empty books.
    pub fn new(path: impl Into<PathBuf>, kind: FileKind) -> Self {
        Self {
            path: path.into(),
            kind,
            read: 0,
            taken: 0,
            rejected: Vec::new(),
            repaired: Vec::new(),
            warnings: Vec::new(),
            failure: None,
        }
    }

    /// Books a row that is left out.
    pub fn reject(&mut self, line: u64, reason: impl Into<Box<str>>) {
        self.rejected.push(RowNote { line, reason: reason.into() });
    }

    /// Books a repair of a row that is kept.
    pub fn repair(&mut self, line: u64, reason: impl Into<Box<str>>) {
        self.repaired.push(RowNote { line, reason: reason.into() });
    }

    /// True if every row read is either taken or rejected.
    pub fn balances(&self) -> bool {
        self.read == self.taken + self.rejected.len() as u64
    }

    /// Number of rows with at least one repair.
    pub fn repaired_rows(&self) -> u64 {
        let mut lines: Vec<u64> = self.repaired.iter().map(|note| note.line).collect();
        lines.sort_unstable();
        lines.dedup();
        lines.len() as u64
    }
}

/// The books of a whole import.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One entry per file, in the order given.
    pub files: Vec<FileReport>,
    /// What concerns the import as a whole: levels that were made, tickets that are not on the map, …
    pub notes: Vec<String>,
}

impl Report {
    /// True if the books of every file balance.
    pub fn balances(&self) -> bool {
        self.files.iter().all(FileReport::balances)
    }

    /// True if any row was rejected or repaired, so that [`Report::write_list`] has something to say.
    pub fn has_list(&self) -> bool {
        self.files.iter().any(|file| !file.rejected.is_empty() || !file.repaired.is_empty())
    }

    /// Writes the summary for the terminal: counts per file, the first `first` rejected rows, repairs by reason.
    pub fn write_summary(&self, out: &mut dyn Write, first: usize) -> io::Result<()> {
        for file in &self.files {
            let what = match file.kind {
                FileKind::Areas => "areas",
                FileKind::Tickets => "rows",
            };
            writeln!(
                out,
                "{}: {} {what} read, {} taken ({} of them repaired), {} rejected",
                file.path.display(),
                file.read,
                file.taken,
                file.repaired_rows(),
                file.rejected.len()
            )?;
            if let Some(failure) = &file.failure {
                writeln!(out, "  FAILED: {failure}")?;
            }
            for warning in &file.warnings {
                writeln!(out, "  note: {warning}")?;
            }
            for note in file.rejected.iter().take(first) {
                writeln!(out, "  rejected, line {}: {}", note.line, note.reason)?;
            }
            if file.rejected.len() > first {
                writeln!(out, "  … and {} more rejected", file.rejected.len() - first)?;
            }
            let kinds = by_kind(&file.repaired);
            for (kind, (count, line)) in kinds.iter().take(first) {
                writeln!(out, "  repaired {count} × {kind} (first in line {line})")?;
            }
            if kinds.len() > first {
                writeln!(out, "  … and {} more kinds of repair", kinds.len() - first)?;
            }
        }
        for note in &self.notes {
            writeln!(out, "note: {note}")?;
        }
        Ok(())
    }

    /// Writes every rejected and repaired row as CSV: `file,line,outcome,reason`, in the order of the lines.
    pub fn write_list(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "file,line,outcome,reason")?;
        for file in &self.files {
            let rejected = file.rejected.iter().map(|note| (note, "rejected"));
            let mut all: Vec<_> = rejected.chain(file.repaired.iter().map(|note| (note, "repaired"))).collect();
            all.sort_by_key(|(note, _)| note.line);
            let path = quoted(&file.path.display().to_string());
            for (note, outcome) in all {
                writeln!(out, "{path},{},{outcome},{}", note.line, quoted(&note.reason))?;
            }
        }
        Ok(())
    }
}

/// Repairs by the part of the reason before the first colon, with count and first line.
fn by_kind(notes: &[RowNote]) -> BTreeMap<&str, (u64, u64)> {
    let mut kinds = BTreeMap::new();
    for note in notes {
        let kind = note.reason.split_once(": ").map_or(&*note.reason, |(kind, _)| kind);
        let entry = kinds.entry(kind).or_insert((0, note.line));
        entry.0 += 1;
        entry.1 = note.line.min(entry.1);
    }
    kinds
}

/// A CSV field in quotes. A leading `=`, `+`, `-` or `@` gets an apostrophe, so that no spreadsheet runs it.
fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\"").replace(['\n', '\r'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut file = FileReport::new("t.csv", FileKind::Tickets);
        file.read = 30;
        file.taken = 5;
        for line in 2..27 {
            file.reject(line, format!("no time in column \"opened\": '{line}'"));
        }
        file.repair(28, "closed before reported: 3 s");
        file.repair(28, "address cut: phone number");
        file.repair(29, "closed before reported: 5 s");
        Report { files: vec![file], notes: vec![] }
    }

    #[test]
    fn books_balance_or_say_so() {
        let mut report = report();
        assert!(report.balances());
        report.files[0].taken = 6;
        assert!(!report.balances());
    }

    #[test]
    fn the_summary_is_short_and_the_list_is_complete() {
        let mut summary = Vec::new();
        report().write_summary(&mut summary, 20).unwrap();
        let summary = String::from_utf8(summary).unwrap();
        assert!(summary.contains("30 rows read, 5 taken (2 of them repaired), 25 rejected"), "{summary}");
        assert!(summary.contains("… and 5 more rejected"));
        assert!(summary.contains("repaired 2 × closed before reported (first in line 28)"));
        let mut list = Vec::new();
        report().write_list(&mut list).unwrap();
        let list = String::from_utf8(list).unwrap();
        assert_eq!(list.lines().count(), 1 + 28);
        assert!(list.contains(r#""t.csv",2,rejected,"no time in column ""opened"": '2'""#), "{list}");
    }
}
