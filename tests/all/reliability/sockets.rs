//! N-01, N-12, N-13, D-05 and their like with bytes on a wire.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use gridwall::domain::{Feed, Stage, Ticket, TicketId, Trouble};
use gridwall::platform::{self, CacheOptions, Delivery, Link, PlatformConfig, TicketChange};
use gridwall::server::api::Pace;
use gridwall::server::{Change, Content, Running, ServeOptions};

use super::proxy::{Proxy, Toxics};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The reference platform, its clock standing still.
pub fn serve() -> Running {
    let content = Content::Synthetic { spec: "2x4x20".parse().unwrap(), seed: 7, db: None };
    let at = Some("2026-11-21T14:32:05+08:00".parse().unwrap());
    let pace = Pace { bookmark: Duration::from_millis(200), ..Pace::default() };
    gridwall::server::start(ServeOptions { at, speed: 0.0, pace, ..ServeOptions::local(content) }).unwrap()
}

/// What a wall would hold.
#[derive(Default)]
pub struct Held {
    pub tickets: HashMap<TicketId, Ticket>,
    pub lists: u32,
    pub recalled: Vec<Feed>,
    pub withdrawn: Vec<Feed>,
    pub is_current: bool,
    pub trouble: Option<Trouble>,
}

/// The client's end.
pub struct Wall {
    pub link: Link,
    pub held: Held,
}

impl Wall {
    pub fn on(config: PlatformConfig) -> Self {
        Self { link: platform::start(config, || ()).unwrap(), held: Held::default() }
    }

    pub fn at(url: &str) -> Self {
        Self::on(PlatformConfig::new(url, 7))
    }

    /// Takes deliveries until `done`; how long that took.
    pub fn wait(&mut self, what: &str, done: impl Fn(&Held) -> bool) -> Duration {
        self.wait_within(what, PATIENCE, done)
    }

    /// The same with another patience.
    pub fn wait_within(&mut self, what: &str, patience: Duration, done: impl Fn(&Held) -> bool) -> Duration {
        let start = Instant::now();
        while !done(&self.held) {
            let delivery = self.link.deliveries.recv_deadline(start + patience);
            let delivery = delivery.unwrap_or_else(|_| panic!("{what}: never came; {:?}", self.held.trouble));
            self.take(delivery);
        }
        start.elapsed()
    }

    /// Takes one delivery.
    pub fn take(&mut self, delivery: Delivery) {
        let held = &mut self.held;
        match delivery {
            Delivery::Tickets(tickets) => {
                held.tickets = tickets.into_iter().map(|ticket| (ticket.id.clone(), ticket)).collect();
                held.lists += 1;
            }
            Delivery::TicketChanges(changes) => {
                for change in changes {
                    match change {
                        TicketChange::Upsert(ticket) => _ = held.tickets.insert(ticket.id.clone(), ticket),
                        TicketChange::Remove(id) => _ = held.tickets.remove(&id),
                    }
                }
            }
            Delivery::Recalled { feed, .. } => held.recalled.push(feed),
            Delivery::Withdrawn(feed) => held.withdrawn.push(feed),
            Delivery::Currency { feed: Feed::Tickets, proven_at, trouble, .. } => {
                held.is_current = proven_at.is_some() && trouble.is_none();
                held.trouble = trouble;
            }
            _ => {}
        }
    }
}

/// Five changes of one ticket; its number and last version.
fn change(platform: &Running, wall: &Wall) -> (TicketId, u64) {
    let at = "2026-11-21T14:32:05+08:00".parse().unwrap();
    let old = wall.held.tickets.values().min_by_key(|ticket| ticket.id.clone()).unwrap().clone();
    for step in 1..=5 {
        let stage = if step % 2 == 0 { Stage::Handle } else { Stage::Feedback };
        platform.change(vec![Change::Upsert { at, ticket: Ticket { ver: old.ver + step, stage, ..old.clone() } }]);
    }
    (old.id, old.ver + 5)
}

fn has(held: &Held, (id, ver): &(TicketId, u64)) -> bool {
    held.is_current && held.tickets.get(id).is_some_and(|ticket| ticket.ver == *ver)
}

#[test]
fn n_12_slices_latency_and_little_bandwidth_change_nothing_but_the_time() {
    let platform = serve();
    let proxy = Proxy::before(&platform.url);
    for (what, toxics) in [
        ("slices", Toxics { slice: 7, ..Toxics::default() }),
        ("latency", Toxics { latency: Duration::from_millis(120), ..Toxics::default() }),
        ("bandwidth", Toxics { bandwidth: 2_000_000, slow_close: Duration::from_millis(500), ..Toxics::default() }),
    ] {
        proxy.set(toxics);
        let mut wall = Wall::at(&proxy.url);
        let took = wall.wait(what, |held| held.lists == 1 && held.is_current);
        eprintln!("N-12 {what}: {} tickets after {took:?}", wall.held.tickets.len());
        let newest = change(&platform, &wall);
        wall.wait(what, |held| has(held, &newest));
        assert_eq!(wall.held.lists, 1, "{what}");
    }
}

#[test]
fn n_12_resets_are_resumed_and_nothing_is_lost() {
    let platform = serve();
    let proxy = Proxy::before(&platform.url);
    let mut wall = Wall::at(&proxy.url);
    wall.wait("the start", |held| held.lists == 1 && held.is_current);
    for round in 0..5 {
        proxy.reset();
        let newest = change(&platform, &wall);
        let took = wall.wait("the changes", |held| has(held, &newest));
        assert!(took < Duration::from_secs(10), "round {round}: {took:?}");
    }
    assert_eq!(wall.held.lists, 1, "resumed, not read again");
}

#[test]
fn n_12_a_half_open_connection_is_found_by_its_missing_bookmarks() {
    let platform = serve();
    let proxy = Proxy::before(&platform.url);
    let mut wall = Wall::at(&proxy.url);
    wall.wait("the start", |held| held.lists == 1 && held.is_current);
    proxy.set(Toxics { half_open: true, ..Toxics::default() });
    let newest = change(&platform, &wall);
    let found = wall.wait("the loss", |held| held.trouble.is_some());
    assert!(found < Duration::from_secs(18), "found after {found:?}");
    proxy.set(Toxics::default());
    proxy.reset();
    let healed = wall.wait("the changes", |held| has(held, &newest));
    eprintln!("N-12: half-open found after {found:?}, healed {healed:?} later");
}

#[test]
fn n_04_answers_cut_anywhere_are_never_applied_in_part() {
    let platform = serve();
    let proxy = Proxy::before(&platform.url);
    let mut whole = Wall::at(&platform.url);
    whole.wait("the whole", |held| held.lists == 1);
    for limit in [100, 700, 3_000, 20_000, 60_000] {
        proxy.set(Toxics { limit: Some(limit), ..Toxics::default() });
        let mut wall = Wall::at(&proxy.url);
        let end = Instant::now() + Duration::from_millis(700);
        while let Ok(delivery) = wall.link.deliveries.recv_deadline(end) {
            wall.take(delivery);
        }
        let count = wall.held.tickets.len();
        assert!(wall.held.lists == 0 || count == whole.held.tickets.len(), "{count} tickets after {limit} bytes");
        proxy.set(Toxics::default());
        wall.link.ask(platform::Ask::RetryNow);
        wall.wait("the whole", |held| held.lists >= 1 && held.is_current);
        assert_eq!(wall.held.tickets, whole.held.tickets);
    }
}

#[test]
fn n_01_and_d_05_without_its_platform_a_wall_shows_the_last_good_state_as_that() {
    let platform = serve();
    let proxy = Proxy::before(&platform.url);
    let folder = tempfile::tempdir().unwrap();
    let config = || {
        let cache = Some(CacheOptions { folder: folder.path().join("cache"), every: Duration::from_secs(10) });
        PlatformConfig { cache, ..PlatformConfig::new(&proxy.url, 7) }
    };
    let mut first = Wall::on(config());
    first.wait("the start", |held| held.lists == 1 && held.is_current);
    let newest = change(&platform, &first);
    first.wait("the changes", |held| has(held, &newest));
    let Wall { link, held } = first;
    drop(link);

    proxy.set(Toxics { is_down: true, ..Toxics::default() });
    proxy.reset();
    let mut second = Wall::on(config());
    let took = second.wait("the last good state", |held| held.recalled.contains(&Feed::Tickets));
    eprintln!("N-01: {} tickets from the disk after {took:?}", second.held.tickets.len());
    assert_eq!(second.held.tickets, held.tickets, "what was shown last, to the last member");
    assert!(!second.held.is_current, "never as live");
    second.wait("the trouble", |held| held.trouble.is_some());
    proxy.set(Toxics::default());
    second.link.ask(platform::Ask::RetryNow);
    second.wait("the platform", |held| held.lists == 2 && held.is_current);
    drop(second);

    // Somebody else's file, and a spoilt one, are not used.
    let mut other = Wall::on(PlatformConfig { url: platform.url.clone(), ..config() });
    other.wait("the platform", |held| held.lists == 1 && held.is_current);
    assert!(other.held.recalled.is_empty(), "the file was of another platform");
}

#[test]
fn d_03_a_folder_that_cannot_be_made_costs_the_cache_and_not_the_wall() {
    let platform = serve();
    let file = tempfile::NamedTempFile::new().unwrap();
    let cache = Some(CacheOptions { folder: file.path().join("below-a-file"), every: Duration::from_secs(10) });
    let mut wall = Wall::on(PlatformConfig { cache, ..PlatformConfig::new(&platform.url, 7) });
    wall.wait("the start", |held| held.lists == 1 && held.is_current);
}
