//! The platform thread against the reference platform, over HTTP: the full size once, and every fault it can order.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use gridwall::domain::{Feed, Level, Stage, Ticket, TicketId};
use gridwall::platform::{self, Ask, Delivery, Link, PlatformConfig, TicketChange};
use gridwall::server::api::Pace;
use gridwall::server::{Change, Content, FaultPlan, Faults, Running, ServeOptions};

/// Longer than anything here takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

fn serve(district: &str, faults: &Faults) -> Running {
    let content = Content::Synthetic { spec: district.parse().unwrap(), seed: 7, db: None };
    let at = Some("2026-11-21T14:32:05+08:00".parse().unwrap());
    // Bookmarks come faster than usual, so that the tests need not wait for them.
    let pace = Pace { bookmark: Duration::from_millis(200), ..Pace::default() };
    let options = ServeOptions { at, speed: 0.0, faults: faults.clone(), pace, ..ServeOptions::local(content) };
    gridwall::server::start(options).unwrap()
}

/// What a wall would hold.
struct Wall {
    link: Link,
    tickets: HashMap<TicketId, Ticket>,
    lists: u32,
    is_current: bool,
    counts: HashMap<&'static str, usize>,
    rejected: u64,
}

impl Wall {
    fn on(platform: &Running) -> Self {
        let link = platform::start(PlatformConfig::new(&platform.url, 7), || ()).unwrap();
        Self { link, tickets: HashMap::new(), lists: 0, is_current: false, counts: HashMap::new(), rejected: 0 }
    }

    /// Takes deliveries until `done`.
    fn wait(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            match self.link.deliveries.recv_deadline(deadline).unwrap_or_else(|_| panic!("{what}: never came")) {
                Delivery::Tickets(tickets) => {
                    self.tickets = tickets.into_iter().map(|ticket| (ticket.id.clone(), ticket)).collect();
                    self.lists += 1;
                }
                Delivery::TicketChanges(changes) => {
                    for change in changes {
                        match change {
                            TicketChange::Upsert(ticket) => _ = self.tickets.insert(ticket.id.clone(), ticket),
                            TicketChange::Remove(id) => _ = self.tickets.remove(&id),
                        }
                    }
                }
                Delivery::Areas { table, defects } => {
                    assert!(defects.is_empty(), "{defects:?}");
                    self.counts.insert("grids", table.at_level(Level::Grid).count());
                }
                Delivery::Places(places) => _ = self.counts.insert("places", places.len()),
                Delivery::Sources(sources) => _ = self.counts.insert("sources", sources.len()),
                Delivery::Care(table) => _ = self.counts.insert("care", table.areas.len()),
                Delivery::Figures(_) | Delivery::NotOffered(_) => {}
                Delivery::Site(_) => _ = self.counts.insert("site", 1),
                Delivery::Detail(detail) => _ = self.counts.insert("timeline", detail.timeline.len()),
                Delivery::DetailFailed { trouble, .. } => panic!("{trouble:?}"),
                Delivery::Rejected { count, .. } => self.rejected += count,
                Delivery::Currency { feed: Feed::Tickets, proven_at, trouble, .. } => {
                    self.is_current = proven_at.is_some() && trouble.is_none();
                }
                Delivery::Currency { .. } | Delivery::Recalled { .. } | Delivery::Withdrawn(_) => {}
            }
        }
    }
}

#[test]
fn a_district_with_a_year_of_tickets_arrives_whole() {
    let start = Instant::now();
    let platform = serve("nanshan", &Faults::default());
    let mut wall = Wall::on(&platform);
    wall.wait("the areas", |wall| wall.counts.contains_key("grids"));
    eprintln!("areas after {:?}", start.elapsed());
    wall.wait("the tickets", |wall| wall.lists == 1);
    eprintln!("{} tickets after {:?}, the demo being made in the same time", wall.tickets.len(), start.elapsed());
    wall.wait("everything", |wall| wall.counts.len() == 5 && wall.is_current);
    assert_eq!(wall.counts["grids"], 1610);
    assert!(wall.tickets.len() > 50_000 && wall.counts["places"] > 10 && wall.counts["sources"] > 0);
    assert_eq!(wall.rejected, 0);

    // Once more, now that the platform has everything: what a wall pays that starts later.
    let start = Instant::now();
    let mut second = Wall::on(&platform);
    second.wait("the tickets", |wall| wall.lists == 1);
    eprintln!("{} tickets for a second wall: {:?}", second.tickets.len(), start.elapsed());
    assert_eq!(second.tickets, wall.tickets);

    let id = wall.tickets.keys().next().unwrap().clone();
    wall.link.ask(Ask::Ticket(id));
    wall.wait("a detail", |wall| wall.counts.get("timeline").is_some_and(|entries| *entries > 0));
}

#[test]
fn every_fault_of_the_platform_heals_and_nothing_is_lost() {
    let faults = Faults::default();
    let platform = serve("2x4x20", &faults);
    let mut wall = Wall::on(&platform);
    wall.wait("the start", |wall| wall.lists == 1 && wall.is_current);
    let at = "2026-11-21T14:32:05+08:00".parse().unwrap();
    let id = wall.tickets.values().find(|ticket| ticket.is_in_hand()).unwrap().id.clone();
    let plans = [
        ("cut", FaultPlan::default()),
        ("500", FaultPlan { status: Some((500, 3, None)), ..FaultPlan::default() }),
        ("503", FaultPlan { status: Some((503, 2, Some(1))), ..FaultPlan::default() }),
        ("401", FaultPlan { status: Some((401, 1, None)), ..FaultPlan::default() }),
        ("wrong type", FaultPlan { wrong_type: true, ..FaultPlan::default() }),
        ("broken JSON", FaultPlan { broken_json: true, ..FaultPlan::default() }),
        ("hang", FaultPlan { hang: true, ..FaultPlan::default() }),
        ("lost events", FaultPlan { lose_events: 1, ..FaultPlan::default() }),
    ];
    for (round, (name, plan)) in plans.into_iter().enumerate() {
        let old = wall.tickets[&id].clone();
        let is_gap = plan.lose_events > 0;
        faults.set(plan);
        if !is_gap {
            faults.cut_streams();
        }
        let steps = 1..=5;
        for step in steps {
            let stage = if step % 2 == 0 { Stage::Handle } else { Stage::Feedback };
            let ticket = Ticket { ver: old.ver + step, stage, ..old.clone() };
            platform.change(vec![Change::Upsert { at, ticket }]);
        }
        // Long enough for the fault to strike.
        std::thread::sleep(Duration::from_millis(700));
        faults.clear();
        wall.link.ask(Ask::RetryNow);
        wall.wait(name, |wall| {
            wall.tickets.get(&id).is_some_and(|ticket| ticket.ver == old.ver + 5) && wall.is_current
        });
        assert_eq!(wall.tickets[&id].stage, Stage::Feedback, "round {round}: {name}");
    }
    let mut fresh = Wall::on(&platform);
    fresh.wait("another wall", |wall| wall.lists == 1);
    assert_eq!(fresh.tickets, wall.tickets);
}
