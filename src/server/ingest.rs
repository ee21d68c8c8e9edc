//! Files into a database: reads them by a mapping, writes the database in one step, and accounts for every row.
//!
//! `import` does the reading, `store` the writing; here the report goes to the terminal, into the database and, in
//! full, into a CSV file beside it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::import::{self, FileReport, ImportError, Imported, Mapping, MappingError, Report};
use super::store::{Archive, StoreError};
use crate::domain::SourceStatus;

/// Rejected rows and kinds of repair that are shown on the terminal, per file.
const SHOWN: usize = 20;

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The mapping is wrong.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// Nothing could be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The database cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be read at all; the others were, and the database was written without it.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The report cannot be written.
    #[error("{what}: cannot be written: {source}")]
    Report {
        /// The file, or the terminal.
        what: String,
        /// Why.
        source: std::io::Error,
    },
}

/// Imports `areas` and `tickets` as the mapping file says and writes them to `db`; tells `out` what became of each row.
pub fn ingest(
    mapping: &Path,
    areas: &[PathBuf],
    tickets: &[PathBuf],
    db: &Path,
    out: &mut dyn Write,
) -> Result<(), IngestError> {
    let mapping = Mapping::read(mapping)?;
    let terminal = |source| IngestError::Report { what: "the report".into(), source };
    let Imported { site, areas, places, tickets, report } = match import::import(&mapping, areas, tickets) {
        Ok(imported) => imported,
        Err(error) => {
            if let ImportError::NothingTaken(report) = &error {
                report.write_summary(out, SHOWN).map_err(terminal)?;
                first_failure(report)?;
            }
            return Err(error.into());
        }
    };
    let clock_at = site.clock.now;
    let (area_count, ticket_count) = (areas.len(), tickets.len());
    let archive = Archive {
        description: format!("Imported from {} files", report.files.len()),
        clock_at: Some(clock_at),
        sources: report.files.iter().map(|file| source_status(file, clock_at)).collect(),
        rejects: rejects(&report),
        site,
        areas,
        places,
        tickets,
    };
    archive.write(db)?;
    report.write_summary(out, SHOWN).map_err(terminal)?;
    if report.has_list() {
        let list = db.with_extension("import.csv");
        let failed = |source| IngestError::Report { what: list.display().to_string(), source };
        let mut file = BufWriter::new(File::create(&list).map_err(failed)?);
        report.write_list(&mut file).and_then(|()| file.flush()).map_err(failed)?;
        writeln!(out, "every rejected and repaired row: {}", list.display()).map_err(terminal)?;
    }
    writeln!(
        out,
        "{}: {area_count} areas and {ticket_count} tickets; the clock stands at {clock_at}. Next: gridwall --db {}",
        db.display(),
        db.display()
    )
    .map_err(terminal)?;
    first_failure(&report)
}

/// An import that left out a whole file has not done what was asked, whatever else it did.
fn first_failure(report: &Report) -> Result<(), IngestError> {
    let failed = report.files.iter().find_map(|file| Some((file, file.failure.clone()?)));
    match failed {
        Some((file, reason)) => Err(IngestError::File { path: file.path.clone(), reason }),
        None => Ok(()),
    }
}

fn source_status(file: &FileReport, at: jiff::Timestamp) -> SourceStatus {
    let name =
        file.path.file_name().map_or_else(|| file.path.display().to_string(), |name| name.to_string_lossy().into());
    SourceStatus {
        key: name.clone(),
        name,
        name_en: None,
        last_contact: Some(at),
        lag_s: None,
        records: file.taken,
        rejects: file.rejected.len() as u64,
        coverage: None,
    }
}

fn rejects(report: &Report) -> Vec<(String, Option<u64>, String)> {
    let of_file = |file: &FileReport| {
        let path = file.path.display().to_string();
        file.rejected.iter().map(|note| (path.clone(), Some(note.line), note.reason.to_string())).collect::<Vec<_>>()
    };
    report.files.iter().flat_map(of_file).collect()
}
