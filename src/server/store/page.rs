//! Reading: pages of the ticket list by keyset, and one ticket.
//!
//! The default order is that of arrival. A key of it never changes, so paging meets every ticket exactly once, whatever
//! happens meanwhile; sorted by `updated_datetime` a ticket may move between pages.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::{Store, StoreError};
use crate::domain::{Source, Stage};
use crate::server::catalog::Bounds;

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// As they arrived.
    #[default]
    Arrival,
    /// By `requested_datetime`.
    Requested {
        /// Newest first.
        descending: bool,
    },
    /// By `updated_datetime`.
    Updated {
        /// Newest first.
        descending: bool,
    },
}

/// Which tickets. Several values of one property mean any of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// In these stages.
    pub stages: Vec<Stage>,
    /// Open (or closed).
    pub open: Option<bool>,
    /// From these sources.
    pub sources: Vec<Source>,
    /// Of these categories.
    pub service_codes: Vec<String>,
    /// In these areas (their own code, not those below).
    pub grid_codes: Vec<String>,
    /// On the map within these bounds; a west beyond the east crosses the date line.
    pub bounds: Option<Bounds>,
    /// Reported at or after, microseconds since 1970.
    pub from: Option<i64>,
    /// Reported at or before, microseconds since 1970.
    pub to: Option<i64>,
}

/// One page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TicketQuery {
    /// Which tickets.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// After this key: sort value and number of arrival.
    pub after: Option<(i64, i64)>,
    /// At most so many.
    pub limit: usize,
}

/// The tickets of one page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The features, joined by commas.
    pub features: String,
    /// How many they are.
    pub returned: usize,
    /// How many match on all pages.
    pub matched: u64,
    /// The key to go on after; `None` on the last page.
    pub next: Option<(i64, i64)>,
}

/// One ticket as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTicket {
    /// The feature.
    pub feature: String,
    /// The extra properties of its own page, if they are kept and not computed.
    pub extras: Option<String>,
}

impl Store {
    /// One page of the list.
    pub fn page(&self, query: &TicketQuery) -> Result<Page, StoreError> {
        let (mut clauses, mut values) = query.filter.clauses();
        let matched = if clauses.is_empty() {
            self.digest.count
        } else {
            let sql = format!("SELECT count(*) FROM tickets WHERE {}", clauses.join(" AND "));
            let count: i64 =
                self.connection.prepare_cached(&sql)?.query_row(params_from_iter(&values), |row| row.get(0))?;
            count.unsigned_abs()
        };
        let (key, order, more) = match query.sort {
            Sort::Arrival => ("n", "n", "n > ?"),
            Sort::Requested { descending: false } => ("requested", "requested, n", "(requested, n) > (?, ?)"),
            Sort::Requested { descending: true } => ("requested", "requested DESC, n DESC", "(requested, n) < (?, ?)"),
            Sort::Updated { descending: false } => ("updated", "updated, n", "(updated, n) > (?, ?)"),
            Sort::Updated { descending: true } => ("updated", "updated DESC, n DESC", "(updated, n) < (?, ?)"),
        };
        if let Some((after, n)) = query.after {
            clauses.push(more.to_owned());
            if query.sort != Sort::Arrival {
                values.push(Value::Integer(after));
            }
            values.push(Value::Integer(n));
        }
        let condition = if clauses.is_empty() { String::new() } else { format!("WHERE {}", clauses.join(" AND ")) };
        let sql = format!("SELECT n, {key}, id, feature FROM tickets {condition} ORDER BY {order} LIMIT ?");
        values.push(Value::Integer(query.limit as i64 + 1));

        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(&values))?;
        let mut page = Page { matched, ..Page::default() };
        let (mut last, mut features) = (None, Vec::new());
        while let Some(row) = rows.next()? {
            if page.returned == query.limit {
                page.next = last;
                break;
            }
            if page.returned == 0 {
                features.reserve(query.limit.min(self.digest.count as usize) * 950);
            } else {
                features.push(b',');
            }
            let id = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
            self.push_feature(&mut features, id, row.get_ref(3)?)?;
            page.returned += 1;
            last = Some((row.get(1)?, row.get(0)?));
        }
        page.features = String::from_utf8(features).map_err(|_| self.damaged("a ticket that is not text"))?;
        Ok(page)
    }

    /// One ticket.
    pub fn ticket(&self, id: &str) -> Result<Option<StoredTicket>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT feature, detail FROM tickets WHERE id = ?1")?;
        let mut rows = statement.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(StoredTicket { feature: self.feature(id, row.get_ref(0)?)?, extras: row.get(1)? }))
    }

    /// Indexes for sorting and filtering. Left for after the first readers: the plain list needs none.
    pub fn make_indexes(&self) -> Result<(), StoreError> {
        for column in ["requested", "updated", "grid_code"] {
            let sql = format!("CREATE INDEX IF NOT EXISTS tickets_{column} ON tickets({column})");
            self.connection.execute_batch(&sql)?;
        }
        Ok(())
    }
}

impl Filter {
    /// SQL conditions with their values.
    fn clauses(&self) -> (Vec<String>, Vec<Value>) {
        let mut clauses = Vec::new();
        let mut values = Vec::new();
        let mut any_of = |column: &str, wanted: Vec<Value>| {
            if !wanted.is_empty() {
                clauses.push(format!("{column} IN ({})", vec!["?"; wanted.len()].join(",")));
                values.extend(wanted);
            }
        };
        any_of("stage", self.stages.iter().map(|stage| Value::Integer(*stage as i64)).collect());
        any_of("source", self.sources.iter().map(|source| Value::Integer(*source as i64)).collect());
        any_of("service_code", self.service_codes.iter().cloned().map(Value::Text).collect());
        any_of("grid_code", self.grid_codes.iter().cloned().map(Value::Text).collect());
        any_of("open", self.open.iter().map(|open| Value::Integer(i64::from(*open))).collect());
        if let Some([west, south, east, north]) = self.bounds {
            clauses.push("lat BETWEEN ? AND ?".to_owned());
            values.extend([Value::Real(south), Value::Real(north)]);
            clauses.push(if west <= east { "lon BETWEEN ? AND ?" } else { "(lon >= ? OR lon <= ?)" }.to_owned());
            values.extend([Value::Real(west), Value::Real(east)]);
        }
        for (bound, clause) in [(self.from, "requested >= ?"), (self.to, "requested <= ?")] {
            if let Some(bound) = bound {
                clauses.push(clause.to_owned());
                values.push(Value::Integer(bound));
            }
        }
        (clauses, values)
    }
}
