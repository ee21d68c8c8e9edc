//! A store in a file: an imported archive, written whole and then only read, or a synthetic district that goes on where
//! it stopped. Opening says plainly what is wrong with a file that is neither.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::{APPLICATION_ID, Digest, SCHEMA, SCHEMA_VERSION, Store, StoreError};
use crate::domain::{Area, Place, Site, SourceStatus, TicketDetail};
use crate::server::catalog::{Catalog, Entry};
use crate::server::facts::Facts;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Imported data of the past.
    Archive,
    /// A synthetic district with its clockwork.
    Synthetic {
        /// Preset or size, as on the command line.
        district: String,
        /// The seed.
        seed: u64,
    },
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Archive => f.write_str("imported data"),
            Origin::Synthetic { district, seed } => write!(f, "the synthetic district {district} with seed {seed}"),
        }
    }
}

/// Real data, checked and in domain terms: what an import hands over.
#[derive(Clone, Debug)]
pub struct Archive {
    /// The site. Its clock's `now` is where the served clock stands; `None` in `clock_at` takes the newest report.
    pub site: Site,
    /// Where the served clock stands; `None`: at the newest `requested_datetime`, so that "today" has an intake.
    pub clock_at: Option<Timestamp>,
    /// One sentence for the landing page.
    pub description: String,
    /// Areas of the four levels.
    pub areas: Vec<Area>,
    /// Base map.
    pub places: Vec<Place>,
    /// Tickets with their detail; ids are unique.
    pub tickets: Vec<TicketDetail>,
    /// What `/sources` answers: one entry per input file, with records and rejects.
    pub sources: Vec<SourceStatus>,
    /// Every row left out or repaired: file, line, reason.
    pub rejects: Vec<(String, Option<u64>, String)>,
}

/// A file after opening.
#[derive(Debug)]
pub struct Opened {
    /// The tickets.
    pub store: Store,
    /// Areas and places.
    pub catalog: Catalog,
    /// What it holds.
    pub origin: Origin,
    /// Where the site's clock stands or stood.
    pub clock_at: Timestamp,
    /// What `/sources` answers, for an archive.
    pub sources: Vec<SourceStatus>,
}

impl Archive {
    /// Where the served clock stands.
    pub fn clock_at(&self) -> Timestamp {
        let newest = || self.tickets.iter().map(|detail| detail.ticket.reported_at).max();
        self.clock_at.or_else(newest).unwrap_or(self.site.clock.now)
    }

    /// The catalogue of its areas and places.
    pub fn catalog(&self) -> Catalog {
        let facts = Facts::new(&self.site, self.description.clone());
        let zone = facts.zone().unwrap_or(TimeZone::UTC);
        Catalog::build(facts, zone, self.clock_at(), &self.areas, &self.places)
    }

    /// Writes the archive as a database file. An archive that is already there is replaced when the new one is
    /// complete; any other file is left alone and reported.
    pub fn write(&self, path: &Path) -> Result<Digest, StoreError> {
        if path.exists() {
            let found = Store::open_file(path)?.origin;
            if found != Origin::Archive {
                let wanted = Origin::Archive.to_string();
                return Err(StoreError::OtherContent { path: path.to_owned(), found: found.to_string(), wanted });
            }
        }
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".unfinished");
        let unfinished = PathBuf::from(unfinished);
        let access = |action, detail: std::io::Error| StoreError::Access {
            action,
            path: path.to_owned(),
            detail: detail.to_string(),
        };
        if unfinished.exists() {
            std::fs::remove_file(&unfinished).map_err(|error| access("replace", error))?;
        }
        let written = self.write_new(&unfinished);
        if written.is_err() {
            // The reason is what counts; a leftover is removed by the next import.
            drop(std::fs::remove_file(&unfinished));
        }
        let digest = written?;
        std::fs::rename(&unfinished, path).map_err(|error| access("write", error))?;
        Ok(digest)
    }

    fn write_new(&self, path: &Path) -> Result<Digest, StoreError> {
        let catalog = self.catalog();
        let mut store = Store::create_file(path, &catalog, &Origin::Archive, Journal::Off)?;
        store.put("clock_at", &self.clock_at().as_microsecond().to_string())?;
        store.put("sources", &serde_json::to_string(&self.sources).unwrap_or_default())?;
        store.load(self.tickets.iter().map(|detail| (&detail.ticket, Some(detail))))?;
        store.make_indexes()?;
        let transaction = store.connection.transaction()?;
        {
            let mut insert = transaction.prepare("INSERT INTO rejects(file, line, reason) VALUES (?1, ?2, ?3)")?;
            for (file, line, reason) in &self.rejects {
                insert.execute(params![file, line.map(|line| line as i64), reason])?;
            }
        }
        transaction.commit()?;
        let digest = store.digest();
        store.connection.close().map_err(|(_, error)| StoreError::Sqlite(error))?;
        Ok(digest)
    }
}

/// How a file is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Journal {
    /// Once, under another name: nothing to protect.
    Off,
    /// While it is served.
    WriteAhead,
}

impl Store {
    /// A new file with the facts, areas and places of `catalog`, without tickets.
    pub(in crate::server) fn create_file(
        path: &Path,
        catalog: &Catalog,
        origin: &Origin,
        journal: Journal,
    ) -> Result<Store, StoreError> {
        let access = |error: rusqlite::Error| StoreError::Access {
            action: "create",
            path: path.to_owned(),
            detail: plain(&error),
        };
        let connection = Connection::open(path).map_err(access)?;
        connection
            .execute_batch(match journal {
                Journal::Off => "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;",
                Journal::WriteAhead => {
                    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                }
            })
            .map_err(access)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(access)?;
        connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        connection.execute_batch(SCHEMA)?;
        let mut store = Store::empty(connection, Some(path), catalog.zone.clone());
        store.put("epoch", &store.epoch.clone())?;
        store.put("origin", &serde_json::to_string(origin).unwrap_or_default())?;
        store.put("facts", &serde_json::to_string(&catalog.facts).unwrap_or_default())?;
        store.put("catalog_as_of", &catalog.as_of.as_microsecond().to_string())?;
        store.put_catalog(catalog)?;
        Ok(store)
    }

    /// Opens a file made by [`Store::create_file`]; its epoch and `seq` go on.
    pub(in crate::server) fn open_file(path: &Path) -> Result<Opened, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let explain = |error| explain(path, error);
        let connection = Connection::open_with_flags(path, flags).map_err(explain)?;
        let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
        if pragma("application_id").map_err(explain)? != APPLICATION_ID {
            return Err(StoreError::Foreign { path: path.to_owned() });
        }
        let found = pragma("user_version").map_err(explain)?;
        if found != SCHEMA_VERSION {
            return Err(StoreError::Version { path: path.to_owned(), found });
        }
        let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(explain)?;
        if check != "ok" {
            return Err(StoreError::Damaged { path: path.to_owned(), detail: check });
        }

        let mut store = Store::empty(connection, Some(path), TimeZone::UTC);
        let missing = |key: &str| StoreError::Damaged { path: path.to_owned(), detail: format!("no valid {key}") };
        let text = |key: &str| store.get(key).map_err(explain)?.ok_or_else(|| missing(key));
        let number = |key: &str| text(key)?.parse::<u64>().map_err(|_| missing(key));
        let moment = |key: &str| {
            let micros = text(key)?.parse::<i64>().ok();
            micros.and_then(|micros| Timestamp::from_microsecond(micros).ok()).ok_or_else(|| missing(key))
        };
        let origin: Origin = serde_json::from_str(&text("origin")?).map_err(|_| missing("origin"))?;
        let facts: Facts = serde_json::from_str(&text("facts")?).map_err(|_| missing("facts"))?;
        let zone = facts.zone().ok_or_else(|| missing("time_zone"))?;
        let catalog_as_of = moment("catalog_as_of")?;
        let epoch = text("epoch")?;
        let (seq, log_first) = (number("seq")?, number("log_first")?);
        let as_of = moment("as_of")?;
        let xor = u64::from_str_radix(&text("xor")?, 16).map_err(|_| missing("xor"))?;
        let digest = Digest { count: number("count")?, xor };
        let clock_at = moment("clock_at").unwrap_or(as_of);
        let sources = text("sources").ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();

        store.zone = zone.clone();
        (store.epoch, store.seq, store.log_first) = (epoch, seq, log_first);
        (store.as_of, store.digest) = (as_of, digest);
        store.next_n = store
            .connection
            .query_row("SELECT coalesce(max(n), 0) + 1 FROM tickets", [], |row| row.get(0))
            .map_err(explain)?;
        store.count_sources().map_err(explain)?;
        let entries = store.get_catalog().map_err(explain)?;
        let catalog = Catalog::from_entries(facts, zone, catalog_as_of, entries);
        if origin != Origin::Archive {
            if store.connection.is_readonly("main").unwrap_or(false) {
                let detail = "the file is write-protected".to_owned();
                return Err(StoreError::Access { action: "write", path: path.to_owned(), detail });
            }
            let batch = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;";
            store.connection.execute_batch(batch).map_err(explain)?;
        }
        Ok(Opened { store, catalog, origin, clock_at, sources })
    }

    /// Keeps one value beside the tables.
    pub(in crate::server) fn put(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO meta(key, value) VALUES (?1, ?2)";
        self.connection.prepare_cached(sql)?.execute(params![key, value])?;
        Ok(())
    }

    fn get(&self, key: &str) -> rusqlite::Result<Option<String>> {
        let mut statement = self.connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        statement.query_row([key], |row| row.get(0)).optional()
    }

    fn put_catalog(&mut self, catalog: &Catalog) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        {
            let mut insert = transaction.prepare(
                "INSERT INTO catalog(collection, code, name, kind, parent, west, south, east, north, feature)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?;
            for (index, collection) in Catalog::COLLECTIONS.iter().enumerate() {
                for entry in catalog.entries(collection).unwrap_or_default() {
                    let side = |side: usize| entry.bounds.map(|bounds| bounds[side]);
                    insert.execute(params![
                        index as i64,
                        entry.code,
                        entry.name,
                        entry.kind,
                        entry.parent,
                        side(0),
                        side(1),
                        side(2),
                        side(3),
                        entry.json
                    ])?;
                }
            }
        }
        transaction.commit()?;
        Ok(())
    }

    fn get_catalog(&self) -> rusqlite::Result<[Vec<Entry>; 5]> {
        let sql =
            "SELECT collection, code, name, kind, parent, west, south, east, north, feature FROM catalog ORDER BY n";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut entries: [Vec<Entry>; 5] = Default::default();
        while let Some(row) = rows.next()? {
            let sides: [Option<f64>; 4] = [row.get(5)?, row.get(6)?, row.get(7)?, row.get(8)?];
            let bounds = match sides {
                [Some(west), Some(south), Some(east), Some(north)] => Some([west, south, east, north]),
                _ => None,
            };
            let index = row.get::<_, i64>(0)?;
            if let Some(list) = usize::try_from(index).ok().and_then(|index| entries.get_mut(index)) {
                list.push(Entry {
                    code: row.get(1)?,
                    name: row.get(2)?,
                    kind: row.get(3)?,
                    parent: row.get(4)?,
                    bounds,
                    json: row.get(9)?,
                });
            }
        }
        Ok(entries)
    }

    fn count_sources(&mut self) -> rusqlite::Result<()> {
        let mut statement =
            self.connection.prepare("SELECT source, count(*), max(requested) FROM tickets GROUP BY source")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let index = row.get::<_, i64>(0)?;
            if let Some(tally) = usize::try_from(index).ok().and_then(|index| self.per_source.get_mut(index)) {
                tally.records = row.get::<_, i64>(1)?.unsigned_abs();
                tally.newest = row.get(2)?;
            }
        }
        Ok(())
    }
}

/// What SQLite's error means for the file at `path`.
fn explain(path: &Path, error: rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotADatabase { path },
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged { path, detail: plain(&error) },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::Access { action: "open", path, detail: "another program is using it".to_owned() }
        }
        Some(
            ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure,
        ) => StoreError::Access { action: "open", path, detail: plain(&error) },
        // A table or column that is not there: the file was cut off or changed by hand.
        Some(ErrorCode::Unknown) => StoreError::Damaged { path, detail: plain(&error) },
        _ => StoreError::Sqlite(error),
    }
}

/// SQLite's own words without its numbers.
fn plain(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(words)) => words.clone(),
        other => other.to_string(),
    }
}
