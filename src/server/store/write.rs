//! Writing: the first load of many tickets without a log, at once or piece by piece, and changes with one.

use jiff::Timestamp;
use rusqlite::types::ToSqlOutput;
use rusqlite::{CachedStatement, OptionalExtension, Transaction, params};

use super::log::Op;
use super::{LOG_KEPT, SourceTally, Store, StoreError};
use crate::domain::{Source, Ticket, TicketDetail, TicketId};
use crate::server::feature::detail_extras;

/// One change of the tickets.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A ticket is new or changed. Ignored if its version is not newer than the one held.
    Upsert {
        /// When, on the site's clock.
        at: Timestamp,
        /// The ticket.
        ticket: Ticket,
    },
    /// A ticket is gone.
    Remove {
        /// When, on the site's clock.
        at: Timestamp,
        /// Which.
        id: TicketId,
    },
}

const INSERT: &str = "INSERT INTO tickets(n, id, ver, seq, open, stage, source, service_code, grid_code, requested,
    updated, lon, lat, feature, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
const UPDATE: &str = "UPDATE tickets SET ver = ?2, seq = ?3, open = ?4, stage = ?5, source = ?6, service_code = ?7,
    grid_code = ?8, requested = ?9, updated = ?10, lon = ?11, lat = ?12, feature = ?13 WHERE n = ?1";
const LOG: &str = "INSERT INTO log(seq, op, id, ver, at, feature) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

impl Store {
    /// Takes tickets without writing a log, in one transaction: the history that is there at the start. The position
    /// stays `(epoch, seq)`; a reader of an older list must not be connected yet.
    pub fn load<'a>(
        &mut self,
        tickets: impl IntoIterator<Item = (&'a Ticket, Option<&'a TicketDetail>)>,
    ) -> Result<(), StoreError> {
        let mut books = self.books();
        let transaction = self.connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(INSERT)?;
            let mut room = Vec::with_capacity(1024);
            for (ticket, detail) in tickets {
                let feature = self.manner.value(&mut room, ticket, &self.zone);
                let extras = detail.map(|detail| detail_extras(detail, &self.zone));
                insert_first(&mut insert, (books.next_n, books.seq), ticket, feature, extras.as_deref())?;
                books.next_n += 1;
                books.added(ticket);
                books.as_of = books.as_of.max(ticket.updated_at);
            }
        }
        books.save(&transaction)?;
        transaction.commit()?;
        self.keep(books);
        Ok(())
    }

    /// Says what history there will be, before [`Store::fill`] brings it piece by piece: from now on count, digest and
    /// time are those of the whole, so that whoever reads the first pages is told the same as whoever reads the last.
    pub fn announce(&mut self, history: &[Ticket]) {
        let mut books = self.books();
        for ticket in history {
            books.added(ticket);
            books.as_of = books.as_of.max(ticket.updated_at);
        }
        self.keep(books);
    }

    /// Takes the next piece of the history that was announced, in its order. Returns the number of the last ticket taken.
    pub fn fill(&mut self, piece: &[Ticket]) -> Result<i64, StoreError> {
        let mut next_n = self.next_n;
        let transaction = self.connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(INSERT)?;
            let mut room = Vec::with_capacity(1024);
            for ticket in piece {
                let feature = self.manner.value(&mut room, ticket, &self.zone);
                insert_first(&mut insert, (next_n, self.seq), ticket, feature, None)?;
                next_n += 1;
            }
        }
        transaction.commit()?;
        self.next_n = next_n;
        Ok(next_n - 1)
    }

    /// Applies changes in order, in one transaction, each with its entry in the log. Returns the newest `seq`. After an
    /// error nothing is changed and the same changes may be tried again.
    pub fn apply(&mut self, changes: &[Change]) -> Result<u64, StoreError> {
        let mut books = self.books();
        let transaction = self.connection.transaction()?;
        let mut room = Vec::with_capacity(1024);
        for change in changes {
            match change {
                Change::Upsert { at, ticket } => {
                    let value = self.manner.value(&mut room, ticket, &self.zone);
                    upsert(&transaction, &mut books, *at, ticket, value)?;
                }
                Change::Remove { at, id } => remove(&transaction, &mut books, *at, id)?,
            }
        }
        // Cut in steps, not with every change.
        if books.seq + 1 - books.log_first > LOG_KEPT + LOG_KEPT / 8 {
            books.log_first = books.seq + 1 - LOG_KEPT;
            transaction.prepare_cached("DELETE FROM log WHERE seq < ?1")?.execute([books.log_first as i64])?;
        }
        books.save(&transaction)?;
        transaction.commit()?;
        self.keep(books);
        Ok(self.seq)
    }

    fn books(&self) -> Books {
        Books {
            seq: self.seq,
            as_of: self.as_of,
            digest: self.digest,
            per_source: self.per_source,
            next_n: self.next_n,
            log_first: self.log_first,
            in_file: self.path.is_some(),
        }
    }

    fn keep(&mut self, books: Books) {
        self.seq = books.seq;
        self.as_of = books.as_of;
        self.digest = books.digest;
        self.per_source = books.per_source;
        self.next_n = books.next_n;
        self.log_first = books.log_first;
    }
}

/// The running sums during a transaction; they become the store's when it is committed.
struct Books {
    seq: u64,
    as_of: Timestamp,
    digest: super::Digest,
    per_source: [SourceTally; 4],
    next_n: i64,
    log_first: u64,
    in_file: bool,
}

impl Books {
    fn added(&mut self, ticket: &Ticket) {
        self.digest.add(ticket.id.as_str(), ticket.ver);
        self.tally(ticket.source, ticket.reported_at);
    }

    fn tally(&mut self, source: Source, reported_at: Timestamp) {
        let tally = &mut self.per_source[source as usize];
        tally.records += 1;
        tally.newest = tally.newest.max(Some(reported_at.as_microsecond()));
    }

    fn untally(&mut self, source: i64) {
        if let Some(tally) = usize::try_from(source).ok().and_then(|index| self.per_source.get_mut(index)) {
            tally.records = tally.records.saturating_sub(1);
        }
    }

    fn save(&self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        if !self.in_file {
            return Ok(());
        }
        let mut put = transaction.prepare_cached("INSERT OR REPLACE INTO meta(key, value) VALUES (?1, ?2)")?;
        put.execute(params!["seq", self.seq.to_string()])?;
        put.execute(params!["as_of", self.as_of.as_microsecond().to_string()])?;
        put.execute(params!["count", self.digest.count.to_string()])?;
        put.execute(params!["xor", format!("{:016x}", self.digest.xor)])?;
        put.execute(params!["log_first", self.log_first.to_string()])?;
        Ok(())
    }
}

/// Writes one ticket of the history under its number of arrival and the position.
fn insert_first(
    insert: &mut CachedStatement<'_>,
    (n, seq): (i64, u64),
    ticket: &Ticket,
    feature: ToSqlOutput<'_>,
    extras: Option<&str>,
) -> Result<(), StoreError> {
    let (lon, lat) = ticket.position.lonlat().unzip();
    insert
        .execute(params![
            n,
            ticket.id.as_str(),
            ticket.ver as i64,
            seq as i64,
            ticket.is_in_hand(),
            ticket.stage as i64,
            ticket.source as i64,
            &*ticket.category_code,
            ticket.area.as_ref().map(|code| code.as_str()),
            ticket.reported_at.as_microsecond(),
            ticket.updated_at.as_microsecond(),
            lon,
            lat,
            feature,
            extras,
        ])
        .map_err(|error| duplicate(error, &ticket.id))?;
    Ok(())
}

fn upsert(
    transaction: &Transaction<'_>,
    books: &mut Books,
    at: Timestamp,
    ticket: &Ticket,
    feature: ToSqlOutput<'_>,
) -> rusqlite::Result<()> {
    let held: Option<(i64, i64, i64)> = transaction
        .prepare_cached("SELECT n, ver, source FROM tickets WHERE id = ?1")?
        .query_row([ticket.id.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    if held.is_some_and(|(_, ver, _)| ver.unsigned_abs() >= ticket.ver) {
        return Ok(());
    }
    let (lon, lat) = ticket.position.lonlat().unzip();
    let (ver, seq) = (ticket.ver as i64, books.seq as i64 + 1);
    let (open, stage, source) = (ticket.is_in_hand(), ticket.stage as i64, ticket.source as i64);
    let (requested, updated) = (ticket.reported_at.as_microsecond(), ticket.updated_at.as_microsecond());
    let grid = ticket.area.as_ref().map(|code| code.as_str());
    let code = &*ticket.category_code;
    match held {
        Some((n, held_ver, held_source)) => {
            transaction.prepare_cached(UPDATE)?.execute(params![
                n, ver, seq, open, stage, source, code, grid, requested, updated, lon, lat, feature
            ])?;
            books.digest.remove(ticket.id.as_str(), held_ver.unsigned_abs());
            books.untally(held_source);
        }
        None => {
            transaction.prepare_cached(INSERT)?.execute(params![
                books.next_n,
                ticket.id.as_str(),
                ver,
                seq,
                open,
                stage,
                source,
                code,
                grid,
                requested,
                updated,
                lon,
                lat,
                feature,
                None::<&str>
            ])?;
            books.next_n += 1;
        }
    }
    books.added(ticket);
    let op = if held.is_some() { Op::Updated } else { Op::Created };
    write_log(transaction, books, op, &ticket.id, ticket.ver, at, Some(feature))
}

fn remove(transaction: &Transaction<'_>, books: &mut Books, at: Timestamp, id: &TicketId) -> rusqlite::Result<()> {
    let held: Option<(i64, i64)> = transaction
        .prepare_cached("DELETE FROM tickets WHERE id = ?1 RETURNING ver, source")?
        .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((ver, source)) = held else { return Ok(()) };
    books.digest.remove(id.as_str(), ver.unsigned_abs());
    books.untally(source);
    write_log(transaction, books, Op::Deleted, id, ver.unsigned_abs() + 1, at, None)
}

fn write_log(
    transaction: &Transaction<'_>,
    books: &mut Books,
    op: Op,
    id: &TicketId,
    ver: u64,
    at: Timestamp,
    feature: Option<ToSqlOutput<'_>>,
) -> rusqlite::Result<()> {
    books.seq += 1;
    books.as_of = books.as_of.max(at);
    transaction.prepare_cached(LOG)?.execute(params![
        books.seq as i64,
        op as i64,
        id.as_str(),
        ver as i64,
        at.as_microsecond(),
        feature
    ])?;
    Ok(())
}

fn duplicate(error: rusqlite::Error, id: &TicketId) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => StoreError::DuplicateTicket { id: id.to_string() },
        _ => StoreError::Sqlite(error),
    }
}
