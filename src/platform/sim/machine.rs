//! The machine under the wall: starts the process, kills it, and holds what is on the disk against what was saved.

use std::time::Duration;

use jiff::Timestamp;

use super::client::Client;
use super::oracle::GONE_WITHIN;
use super::planted::Saboteur;
use super::wall::number;
use super::wording::BASE;
use super::world::World;
use crate::domain::Feed;
use crate::platform::cache::{CacheError, format, recall, store};
use crate::platform::sync::Input;
use crate::platform::wire::TicketReader;

impl World {
    /// Starts the process: the last good state first, then the platform.
    pub fn start(&mut self) {
        let loaded = store::load(&mut self.disk, BASE);
        let sections = match loaded {
            Ok(sections) => {
                let file = self.disk.content(store::NAME).cloned().unwrap_or_default();
                if !self.saved.contains(&hash(&file)) {
                    self.fail("D-02 cache", "what was read was never saved".into());
                }
                sections
            }
            Err(CacheError::Absent | CacheError::Disk(_)) => Vec::new(),
            Err(error) => {
                if !self.is_spoilt {
                    self.fail("D-05 cache", format!("the file is torn although nobody touched it: {error}"));
                }
                Vec::new()
            }
        };
        let local = self.local();
        let mut client =
            Client::new(self.seed ^ u64::from(self.lives) << 32, local, sections.clone(), Saboteur::new(self.planted));
        client.born = self.now;
        (self.unread_sleep, self.untold_sleep) = Default::default();
        self.lives += 1;
        for recollection in recall(&sections, self.wall_clock()) {
            self.recalled += 1;
            for delivery in recollection.deliveries() {
                if let Err(violation) = client.wall.recall(&delivery, &self.model, self.now, local) {
                    self.broken.get_or_insert(violation);
                }
            }
        }
        self.client = Some(Box::new(client));
        self.contact_since = None;
        self.tries.clear();
        self.lanes.clear();
        self.asked.clear();
        self.opening = None;
        self.tell(Input::Tick);
    }

    /// The process dies, and comes back after a while. With `power` the whole machine goes.
    pub fn bury(&mut self, power: bool) {
        self.client = None;
        self.stream = None;
        self.queue.clear();
        self.dies_after = None;
        // A process that dies while it removes what was refused knows of it no more: its next life must be refused first.
        self.purge_check_at = None;
        if power {
            self.disk.lose_power(&mut self.dice);
        }
        self.restarts_at = Some(self.now + self.dice.between(Duration::from_secs(1), Duration::from_secs(10)));
    }

    /// I3 and I6 for the file that is about to be saved.
    pub fn check_file(&mut self, file: &[u8]) {
        let Ok(sections) = format::decode(file, BASE) else {
            return self.fail("D-02 cache", "the file cannot be read at once".into());
        };
        // What this run has kept from before was checked when it was saved.
        let Some(section) = sections.iter().find(|section| section.feed == Feed::Tickets) else { return };
        let page = hash(&section.page);
        if !self.sections.insert(page ^ section.as_of.as_millisecond() as u64) {
            return;
        }
        let (state, ids) = match self.saved_page.take() {
            Some((of, state, ids)) if of == page => (state, ids),
            _ => sum(&section.page),
        };
        let as_of = self.true_time(section.as_of);
        if !self.is_lied_to()
            && !self.is_in_between()
            && !self.may_go_back
            && !self.model.was_state(state, as_of.saturating_sub(self.on_the_way(as_of)), self.now)
        {
            self.fail(
                "I3 honest freshness",
                format!("saved as of {as_of:?}, but the platform had nothing of it since"),
            );
        }
        if let Some(hidden_at) = self.model.hidden_at
            && self.contact_since.is_some_and(|since| since.max(hidden_at) + GONE_WITHIN < self.now)
            && !self.is_lied_to()
            && ids.iter().any(|id| self.model.hidden.contains(id))
        {
            self.fail("I6 no ghosts", "what is forbidden is saved".into());
        }
        self.saved_page = Some((page, state, ids));
    }

    /// I6 for the disk: nothing of the tickets is on it, half a minute after the platform refused them.
    pub fn check_purged(&mut self) {
        if self.is_disk_ill() || self.is_restored || self.now >= self.expired_until {
            return;
        }
        let file = self.disk.content(store::NAME).cloned().unwrap_or_default();
        let sections = format::decode(&file, BASE).unwrap_or_default();
        if sections.iter().any(|section| section.feed == Feed::Tickets) {
            self.fail("I6 no ghosts", "tickets are on the disk half a minute after they were refused".into());
        }
    }

    /// The true time of a moment of the wall clock, as it goes now.
    fn true_time(&self, at: Timestamp) -> Duration {
        let ago = self.wall_clock().duration_since(at);
        self.now.saturating_sub(Duration::try_from(ago).unwrap_or(Duration::ZERO))
    }
}

/// What the tickets of a page add up to, and their numbers.
fn sum(page: &[u8]) -> (u64, Vec<u8>) {
    let mut ids = Vec::new();
    let mut state = 0;
    let _ = TicketReader::default().page(page, |ticket| {
        if let Ok(ticket) = ticket
            && let (Some(id), Some(epoch)) =
                (number(&ticket.id), ticket.category.strip_prefix('e').and_then(|epoch| epoch.parse().ok()))
        {
            ids.push(id);
            state ^= super::model::print(epoch, id, ticket.ver, ticket.stage);
        }
    });
    (state, ids)
}

/// Tells files apart.
pub fn hash(bytes: &[u8]) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}
