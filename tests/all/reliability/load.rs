//! L-01 and L-02 over a real socket: thousands of changes a second arrive, in order, and none is lost. How fast is printed;
//! `LOAD_SECONDS` makes L-01 longer (1800 for the catalogue's half hour).

use std::time::{Duration, Instant};

use gridwall::domain::Ticket;
use gridwall::server::{Change, Running};

use super::sockets::{Wall, serve};

/// Hands the platform `count` new versions of all tickets in turn.
fn push(platform: &Running, tickets: &mut [Ticket], next: &mut usize, count: usize) {
    let at = "2026-11-21T14:32:05+08:00".parse().unwrap();
    let changes = (0..count).map(|_| {
        let ticket = &mut tickets[*next % tickets.len()];
        *next += 1;
        ticket.ver += 1;
        Change::Upsert { at, ticket: ticket.clone() }
    });
    platform.change(changes.collect());
}

fn start() -> (Running, Wall, Vec<Ticket>) {
    let platform = serve();
    let mut wall = Wall::at(&platform.url);
    wall.wait("the start", |held| held.lists == 1 && held.is_current);
    let mut tickets: Vec<Ticket> = wall.held.tickets.values().cloned().collect();
    tickets.sort_by(|a, b| a.id.cmp(&b.id));
    assert!(tickets.len() > 100);
    (platform, wall, tickets)
}

fn holds_all(wall: &mut Wall, tickets: &[Ticket], patience: Duration) -> Duration {
    let is_newest = |held: &super::sockets::Held| {
        let has = |ticket: &Ticket| held.tickets.get(&ticket.id).is_some_and(|held| held.ver == ticket.ver);
        // The last one first: all others came before it.
        held.is_current && tickets.iter().rev().all(has)
    };
    wall.wait_within("the newest versions", patience, is_newest)
}

#[test]
fn l_02_a_burst_of_fifty_thousand_loses_nothing() {
    let (platform, mut wall, mut tickets) = start();
    let mut next = 0;
    let begun = Instant::now();
    // Ten seconds' worth at once is harder than ten seconds.
    for _ in 0..50 {
        push(&platform, &mut tickets, &mut next, 1_000);
    }
    holds_all(&mut wall, &tickets, Duration::from_secs(120));
    eprintln!("L-02: 50,000 changes of {} tickets after {:?}", tickets.len(), begun.elapsed());
    assert_eq!(wall.held.tickets.len(), tickets.len());
}

#[test]
fn l_01_five_thousand_a_second_keep_arriving() {
    let seconds = std::env::var("LOAD_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(4_u64);
    let (platform, mut wall, mut tickets) = start();
    let mut next = 0;
    let begun = Instant::now();
    for turn in 0..seconds * 10 {
        push(&platform, &mut tickets, &mut next, 500);
        let until = begun + Duration::from_millis(100 * (turn + 1));
        while let Ok(delivery) = wall.link.deliveries.recv_deadline(until) {
            wall.take(delivery);
        }
    }
    let late = holds_all(&mut wall, &tickets, Duration::from_secs(120));
    eprintln!("L-01: {next} changes in {:?}; the last was there {late:?} later", begun.elapsed());
    assert_eq!(wall.held.tickets.len(), tickets.len());
}
