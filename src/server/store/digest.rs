//! The digest of a collection: count, and XOR of a hash of every `(id, ver)`. Reader and platform compare it every five
//! minutes; a difference means that something was lost.

use sha2::{Digest as _, Sha256};

use super::{Store, StoreError};

/// Count and XOR over all tickets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// Number of tickets.
    pub count: u64,
    /// XOR of [`ticket_hash`] over all tickets.
    pub xor: u64,
}

impl Digest {
    /// A ticket was added.
    pub fn add(&mut self, id: &str, ver: u64) {
        self.count += 1;
        self.xor ^= ticket_hash(id, ver);
    }

    /// A ticket was taken away.
    pub fn remove(&mut self, id: &str, ver: u64) {
        self.count = self.count.saturating_sub(1);
        self.xor ^= ticket_hash(id, ver);
    }
}

/// The first eight bytes (big-endian) of SHA-256 of the id, a NUL byte and the version in decimal.
pub fn ticket_hash(id: &str, ver: u64) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(id.as_bytes());
    hasher.update([0]);
    hasher.update(ver.to_string().as_bytes());
    let hash = hasher.finalize();
    hash.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

impl Store {
    /// What the tables take, bytes.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn size(&self) -> Result<u64, StoreError> {
        let number = |name: &str| self.connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
        Ok((number("page_count")? * number("page_size")?).unsigned_abs())
    }

    /// The digest computed anew from the tickets held.
    pub fn recompute_digest(&self) -> Result<Digest, StoreError> {
        let mut digest = Digest::default();
        let mut statement = self.connection.prepare_cached("SELECT id, ver FROM tickets")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            digest.add(id, row.get::<_, i64>(1)?.unsigned_abs());
        }
        Ok(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_documented_one() {
        // printf 'HC261121-0084\0007' | sha256sum | cut -c1-16
        assert_eq!(ticket_hash("HC261121-0084", 7), 0x2c1c_fb13_f904_5cce);
    }

    #[test]
    fn order_does_not_matter_and_removal_undoes() {
        let mut a = Digest::default();
        a.add("x", 1);
        a.add("y", 2);
        let mut b = Digest::default();
        b.add("y", 2);
        b.add("z", 1);
        b.add("x", 1);
        b.remove("z", 1);
        assert_eq!(a, b);
        assert_ne!(a.xor, 0);
    }
}
