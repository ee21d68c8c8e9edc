//! Reading the log of changes: what a stream sends after a cursor.

use jiff::Timestamp;
use rusqlite::params;
use rusqlite::types::ValueRef;

use super::{Store, StoreError};

/// What happened to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// It is new.
    Created = 0,
    /// It changed.
    Updated = 1,
    /// It is gone.
    Deleted = 2,
}

impl Op {
    /// The name of the event on the stream.
    pub const fn event(self) -> &'static str {
        match self {
            Op::Created => "ticket.created",
            Op::Updated => "ticket.updated",
            Op::Deleted => "ticket.deleted",
        }
    }
}

/// One change as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry {
    /// Its place in the epoch.
    pub seq: u64,
    /// What happened.
    pub op: Op,
    /// The ticket.
    pub id: String,
    /// The ticket's version after it.
    pub ver: u64,
    /// When, on the site's clock.
    pub at: Timestamp,
    /// The feature after it; `None` for a deletion.
    pub feature: Option<String>,
}

impl Store {
    /// The oldest change that the log still has. A cursor of `log_first() - 1` can just be resumed.
    pub fn log_first(&self) -> u64 {
        self.log_first
    }

    /// Changes after `seq`, in order, `most` at a time.
    pub fn log_after(&self, seq: u64, most: usize) -> Result<Vec<LogEntry>, StoreError> {
        let sql = "SELECT seq, op, id, ver, at, feature FROM log WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![seq as i64, most as i64])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            let id: String = row.get(2)?;
            let feature = match row.get_ref(5)? {
                ValueRef::Null => None,
                value => Some(self.feature(&id, value)?),
            };
            entries.push(LogEntry {
                seq: row.get::<_, i64>(0)?.unsigned_abs(),
                op: match row.get::<_, i64>(1)? {
                    0 => Op::Created,
                    1 => Op::Updated,
                    _ => Op::Deleted,
                },
                id,
                ver: row.get::<_, i64>(3)?.unsigned_abs(),
                at: Timestamp::from_microsecond(row.get(4)?).unwrap_or(Timestamp::UNIX_EPOCH),
                feature,
            });
        }
        Ok(entries)
    }
}
