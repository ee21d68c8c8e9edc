//! The SQLite store of the reference platform: tickets, the log of their changes with `(epoch, seq)`, and, in a file,
//! the site's facts, areas and places too. One writer.
//!
//! `write.rs` loads and changes, `page.rs` reads pages, `log.rs` the changes, `digest.rs` the proof that nothing differs.
//! Tickets are kept as the JSON that is served, so that a page joins texts and parses nothing; in memory in a shorthand of
//! it (`shorthand.rs`), which takes a tenth.

pub mod digest;
mod file;
mod log;
pub mod page;
mod reread;
mod shorthand;
mod write;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};

pub use digest::Digest;
pub(in crate::server) use file::Journal;
pub use file::{Archive, Opened, Origin};
pub use log::{LogEntry, Op};
pub use page::{Filter, Page, Sort, TicketQuery};
pub use write::Change;

use crate::domain::{Source, Ticket};
use crate::server::feature::ticket_feature;
use shorthand::Shorthand;

/// How many changes the log keeps: a reader that was away for longer reads the list again.
pub const LOG_KEPT: u64 = 50_000;

/// Marks a database file as ours: "grdw".
const APPLICATION_ID: i64 = 0x6772_6477;
/// Version of the tables.
const SCHEMA_VERSION: i64 = 1;

const SCHEMA: &str = "
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE catalog(n INTEGER PRIMARY KEY, collection INTEGER NOT NULL, code TEXT NOT NULL, name TEXT, kind TEXT,
    parent TEXT, west REAL, south REAL, east REAL, north REAL, feature TEXT NOT NULL);
CREATE TABLE tickets(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, ver INTEGER NOT NULL, seq INTEGER NOT NULL,
    open INTEGER NOT NULL, stage INTEGER NOT NULL, source INTEGER NOT NULL, service_code TEXT NOT NULL, grid_code TEXT,
    requested INTEGER NOT NULL, updated INTEGER NOT NULL, lon REAL, lat REAL, feature TEXT NOT NULL, detail TEXT);
CREATE TABLE log(seq INTEGER PRIMARY KEY, op INTEGER NOT NULL, id TEXT NOT NULL, ver INTEGER NOT NULL,
    at INTEGER NOT NULL, feature TEXT);
CREATE TABLE rejects(n INTEGER PRIMARY KEY, file TEXT NOT NULL, line INTEGER, reason TEXT NOT NULL);
";

/// What can go wrong with a store. Messages name the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file is there but not a database.
    #[error("{path} is not a SQLite database: choose another file with --db, or import again")]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// A database of another program.
    #[error("{path} is a SQLite database, but not one of gridwall's: choose another file with --db")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Made by another version of gridwall.
    #[error("{path} has table version {found}, this gridwall reads version {SCHEMA_VERSION}: import again")]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
    },
    /// The file is damaged or incomplete.
    #[error("{path} is damaged ({detail}): restore a copy, or import again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the check found.
        detail: String,
    },
    /// The file cannot be opened or written.
    #[error("cannot {action} {path}: {detail}")]
    Access {
        /// `open`, `create`, …
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// The file holds something else than was asked for.
    #[error("{path} holds {found}, not {wanted}: choose another file with --db, or leave the district and seed out")]
    OtherContent {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// The same ticket number came twice.
    #[error("ticket {id} comes twice: numbers must be unique")]
    DuplicateTicket {
        /// The number.
        id: String,
    },
    /// Anything else SQLite reports, for example a full disk.
    #[error("the ticket store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Number of tickets and newest report of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceTally {
    /// Tickets held.
    pub records: u64,
    /// Newest `requested_datetime`, in microseconds since 1970.
    pub newest: Option<i64>,
}

/// The store. Not shared between threads without a lock.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: Option<PathBuf>,
    zone: TimeZone,
    manner: Manner,
    epoch: String,
    seq: u64,
    /// Newest change on the site's clock.
    as_of: Timestamp,
    digest: Digest,
    per_source: [SourceTally; 4],
    next_n: i64,
    log_first: u64,
}

/// How tickets are kept.
#[derive(Debug)]
enum Manner {
    /// As the feature that is served.
    Feature,
    /// As few bytes as possible.
    Shorthand(Shorthand),
}

impl Manner {
    /// The value of a row for `ticket`, written into `room`.
    fn value<'a>(&mut self, room: &'a mut Vec<u8>, ticket: &Ticket, zone: &TimeZone) -> ToSqlOutput<'a> {
        room.clear();
        match self {
            Manner::Feature => {
                ticket_feature(room, ticket, zone);
                ToSqlOutput::Borrowed(ValueRef::Text(room))
            }
            Manner::Shorthand(shorthand) => {
                shorthand.write(room, ticket);
                ToSqlOutput::Borrowed(ValueRef::Blob(room))
            }
        }
    }
}

impl Store {
    /// An empty store in memory, with an epoch of its own.
    pub fn memory(zone: TimeZone) -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch("PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY;")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self::empty(connection, None, zone))
    }

    fn empty(connection: Connection, path: Option<&Path>, zone: TimeZone) -> Self {
        connection.set_prepared_statement_cache_capacity(64);
        Self {
            connection,
            path: path.map(Path::to_owned),
            zone,
            manner: path.map_or_else(|| Manner::Shorthand(Shorthand::default()), |_| Manner::Feature),
            epoch: new_epoch(),
            seq: 0,
            as_of: Timestamp::UNIX_EPOCH,
            digest: Digest::default(),
            per_source: Default::default(),
            next_n: 1,
            log_first: 1,
        }
    }

    /// Appends the feature of the ticket `id` from the value of its row.
    fn push_feature(&self, out: &mut Vec<u8>, id: &str, value: ValueRef<'_>) -> Result<(), StoreError> {
        match value {
            ValueRef::Blob(bytes) => ticket_feature(out, &self.spelt_out(id, bytes)?, &self.zone),
            value => out.extend_from_slice(value.as_bytes().map_err(rusqlite::Error::from)?),
        }
        Ok(())
    }

    /// The same as a text.
    fn feature(&self, id: &str, value: ValueRef<'_>) -> Result<String, StoreError> {
        let mut out = Vec::with_capacity(1024);
        self.push_feature(&mut out, id, value)?;
        String::from_utf8(out).map_err(|_| self.damaged("a ticket that is not text"))
    }

    fn spelt_out(&self, id: &str, bytes: &[u8]) -> Result<Ticket, StoreError> {
        let ticket = match &self.manner {
            Manner::Feature => None,
            Manner::Shorthand(shorthand) => shorthand.read(id, bytes),
        };
        ticket.ok_or_else(|| self.damaged("a ticket cannot be read"))
    }

    fn damaged(&self, what: &str) -> StoreError {
        StoreError::Damaged { path: self.path.clone().unwrap_or_default(), detail: what.to_owned() }
    }

    /// The zone that times are written in.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The epoch: changes when history is lost.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The newest change; 0 before the first.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The site's time of the newest change.
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The file, unless the store is in memory.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Count and XOR over all tickets, kept with every change.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Tickets and newest report of `source`.
    pub fn tally(&self, source: Source) -> SourceTally {
        self.per_source[source as usize]
    }
}

/// An epoch that no earlier run had: the time of its creation in microseconds, in base 36.
fn new_epoch() -> String {
    let mut left = Timestamp::now().as_microsecond().unsigned_abs();
    let mut digits = Vec::new();
    while left > 0 {
        digits.push(char::from_digit((left % 36) as u32, 36).unwrap_or('0'));
        left /= 36;
    }
    std::iter::once('e').chain(digits.into_iter().rev()).collect()
}
