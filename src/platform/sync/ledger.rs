//! Which version of each ticket the wall holds, the tombstones of deleted ones, and the digest over all of it.

use std::collections::HashMap;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::pace::Mono;
use crate::domain::TicketId;

/// How long a deletion is remembered.
const TOMBSTONE_AGE: Duration = Duration::from_secs(24 * 3600);
/// Most tombstones kept.
const MAX_TOMBSTONES: usize = 100_000;

/// Versions by ticket, within one epoch.
#[derive(Debug, Default)]
pub struct Ledger {
    held: HashMap<TicketId, u64>,
    gone: HashMap<TicketId, (u64, Mono)>,
    xor: u64,
    unknown: u64,
}

impl Ledger {
    /// An empty ledger beside `unknown` records that exist, but whose id or version could not be read. While there are
    /// any, a digest proves nothing.
    pub fn with_unknown(unknown: u64) -> Self {
        Self { unknown, ..Self::default() }
    }

    /// Notes a version. False if it is not newer than what is held or buried; a version of `None` is always news.
    pub fn hold(&mut self, id: &TicketId, ver: Option<u64>) -> bool {
        let known = self.version(id);
        let ver = match (ver, known) {
            (Some(ver), Some(known)) if ver <= known => return false,
            (Some(ver), _) => ver,
            (None, known) => known.unwrap_or(0),
        };
        self.gone.remove(id);
        if let Some(old) = self.held.insert(id.clone(), ver) {
            self.xor ^= mark(id, old);
        }
        self.xor ^= mark(id, ver);
        true
    }

    /// Notes a deletion. False if it is older than what is held.
    pub fn bury(&mut self, id: &TicketId, ver: Option<u64>, now: Mono) -> bool {
        let known = self.version(id);
        if let (Some(ver), Some(known)) = (ver, known)
            && ver < known
        {
            return false;
        }
        if let Some(old) = self.held.remove(id) {
            self.xor ^= mark(id, old);
        }
        if self.gone.len() >= MAX_TOMBSTONES {
            self.gone.retain(|_, (_, at)| now.saturating_sub(*at) < TOMBSTONE_AGE);
            if self.gone.len() >= MAX_TOMBSTONES {
                self.gone.clear();
            }
        }
        self.gone.insert(id.clone(), (ver.or(known).unwrap_or(0), now));
        true
    }

    /// The newest version known, of a held or a buried ticket.
    pub fn version(&self, id: &TicketId) -> Option<u64> {
        self.held.get(id).copied().or_else(|| self.gone.get(id).map(|(ver, _)| *ver))
    }

    /// Count and XOR, to compare with the platform's digest. `None` while some records are not known.
    pub fn digest(&self) -> Option<(u64, u64)> {
        (self.unknown == 0).then_some((self.held.len() as u64, self.xor))
    }

    /// How many versions are held, of tickets that are there and of deleted ones.
    pub fn count(&self) -> usize {
        self.held.len() + self.gone.len()
    }

    /// The tickets held, with their versions.
    pub fn held(&self) -> &HashMap<TicketId, u64> {
        &self.held
    }
}

/// What one ticket adds to the digest: the first 8 bytes of SHA-256 of id, NUL, version in decimal.
pub fn mark(id: &TicketId, ver: u64) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(id.as_str().as_bytes());
    hasher.update([0]);
    hasher.update(ver.to_string().as_bytes());
    let hash = hasher.finalize();
    hash.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_news_is_held_and_the_digest_follows() {
        let (a, b) = (TicketId::new("a"), TicketId::new("b"));
        let mut ledger = Ledger::default();
        assert!(ledger.hold(&a, Some(3)));
        assert!(!ledger.hold(&a, Some(3)));
        assert!(!ledger.hold(&a, Some(2)));
        assert!(ledger.hold(&b, Some(1)));
        assert_eq!(ledger.digest(), Some((2, mark(&a, 3) ^ mark(&b, 1))));
        assert!(ledger.hold(&a, Some(4)));
        assert!(ledger.bury(&b, Some(2), Mono::ZERO));
        assert_eq!(ledger.digest(), Some((1, mark(&a, 4))));
        assert!(!ledger.hold(&b, Some(1)), "an old version does not rise from the grave");
        assert!(ledger.hold(&b, Some(3)));
        assert!(!ledger.bury(&b, Some(2), Mono::ZERO));
        assert_eq!(Ledger::with_unknown(1).digest(), None);
    }

    #[test]
    fn a_deletion_may_come_before_its_creation() {
        let a = TicketId::new("a");
        let mut ledger = Ledger::default();
        assert!(ledger.bury(&a, Some(2), Mono::ZERO));
        assert!(!ledger.hold(&a, Some(1)));
        assert_eq!(ledger.digest(), Some((0, 0)));
    }

    /// Computed once by another program (Python's hashlib), so that both sides of the contract agree.
    #[test]
    fn the_mark_is_the_contracts() {
        assert_eq!(mark(&TicketId::new("HC261121-0084"), 7), 0x2c1c_fb13_f904_5cce);
    }
}
