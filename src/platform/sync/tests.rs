//! The rules of the contract, one by one, in virtual time.

use std::collections::HashSet;
use std::time::Duration;

use super::simulation::{Faults, World};
use super::*;
use crate::domain::Stage;
use crate::platform::wire::PageHead;

const SECOND: Duration = Duration::from_secs(1);

/// A world whose wall is current, with three tickets.
fn current() -> World {
    let mut world = World::new(7);
    for id in ["a", "b", "c"] {
        world.server.put(id, Stage::Report, Mono::ZERO);
    }
    world.tell(Input::Tick);
    run(&mut world, 2 * SECOND);
    assert_eq!((world.wall_state(), world.wall.lists), (world.server.objects.clone(), 1));
    assert!(world.wall.trouble.is_none() && world.wall.proven_at.is_some());
    world
}

/// Lets time pass, with a bookmark every five seconds.
fn run(world: &mut World, time: Duration) {
    let until = world.now + time;
    while world.now < until {
        let next = until.min(world.now + 5 * SECOND);
        world.run_until(next);
        let bookmark = world.server.bookmark(world.server.seq);
        world.stream_text(&bookmark);
    }
    world.run_until(until + Duration::from_millis(100));
}

fn put(world: &mut World, id: &str, stage: Stage) {
    let event = world.server.put(id, stage, world.now);
    world.stream_text(&event);
}

#[test]
fn a_connection_alone_proves_nothing() {
    let mut world = current();
    let proven_at = world.wall.proven_at;
    // The stream goes on with comments only: the socket is open, but nothing is proven.
    for _ in 0..4 {
        world.stream_text(": hb\n\n");
        let until = world.now + 2 * SECOND;
        world.run_until(until);
    }
    assert_eq!(world.wall.proven_at, proven_at);
}

#[test]
fn silence_of_fifteen_seconds_means_a_new_connection() {
    let mut world = current();
    let opens = world.opens.len();
    let until = world.now + 17 * SECOND;
    while world.now < until {
        world.stream_text(": hb\n\n");
        let next = world.now + SECOND;
        world.run_until(next);
    }
    assert!(world.opens.len() > opens);
    assert_eq!(world.wall.lists, 1, "it is resumed, not read again");
}

#[test]
fn changes_during_the_list_are_kept() {
    let mut world = World::new(7);
    for id in ["a", "b", "c", "d", "e", "f", "g"] {
        world.server.put(id, Stage::Report, Mono::ZERO);
    }
    world.faults = Faults { slow: 1000, ..Faults::default() };
    world.tell(Input::Tick);
    for round in 0..40 {
        let until = world.now + SECOND;
        world.run_until(until);
        put(&mut world, ["a", "d", "h"][round % 3], Stage::Handle);
        if round % 5 == 0
            && let Some(event) = world.server.delete("b", world.now)
        {
            world.stream_text(&event);
        }
    }
    world.faults = Faults::default();
    run(&mut world, 60 * SECOND);
    assert_eq!(world.wall_state(), world.server.objects);
    assert!(world.wall.lists >= 1);
}

#[test]
fn a_gap_is_resumed_and_nothing_is_read_again() {
    let mut world = current();
    world.server.put("lost", Stage::Report, world.now);
    put(&mut world, "a", Stage::Handle);
    run(&mut world, 5 * SECOND);
    assert_eq!(world.wall_state(), world.server.objects);
    assert_eq!((world.core.stats().gaps, world.core.stats().relists, world.wall.lists), (1, 0, 1));
}

#[test]
fn a_gap_shown_only_by_a_bookmark_counts_too() {
    let mut world = current();
    world.server.put("lost", Stage::Report, world.now);
    let bookmark = world.server.bookmark(world.server.seq);
    world.stream_text(&bookmark);
    let until = world.now + Duration::from_millis(60);
    world.run_until(until);
    assert_eq!(world.core.stats().gaps, 1);
    run(&mut world, 5 * SECOND);
    assert_eq!(world.wall_state(), world.server.objects);
}

#[test]
fn a_log_that_cannot_fill_the_gap_means_a_new_list() {
    let mut world = current();
    world.server.put("lost", Stage::Report, world.now);
    world.server.horizon = world.server.seq;
    put(&mut world, "a", Stage::Handle);
    run(&mut world, 10 * SECOND);
    assert_eq!(world.wall_state(), world.server.objects);
    assert_eq!((world.core.stats().relists, world.wall.lists), (1, 2));
}

#[test]
fn the_old_list_stays_until_the_new_one_is_complete() {
    let mut world = current();
    world.faults = Faults { bad_answer: 1000, ..Faults::default() };
    world.server.lose_history(world.now);
    world.cut_stream();
    for _ in 0..60 {
        run(&mut world, SECOND);
        assert_eq!((world.wall.tickets.len(), world.wall.lists), (3, 1), "never cleared to empty");
    }
    assert!(world.wall.trouble.is_some());
    world.faults = Faults::default();
    run(&mut world, 60 * SECOND);
    assert_eq!((world.wall_state(), world.wall.lists), (world.server.objects.clone(), 2));
}

#[test]
fn another_life_of_the_log_on_the_same_connection_is_noticed() {
    let mut world = current();
    world.server.lose_history(world.now);
    // The new log happens to be where the old one was.
    while world.server.seq < 3 {
        world.server.put("new", Stage::Report, world.now);
    }
    put(&mut world, "a", Stage::Handle);
    run(&mut world, 5 * SECOND);
    assert_eq!((world.wall_state(), world.wall.lists), (world.server.objects.clone(), 2));
}

#[test]
fn an_older_version_is_ignored_and_counted() {
    let mut world = current();
    put(&mut world, "a", Stage::Handle);
    run(&mut world, SECOND);
    let seq = world.server.seq + 1;
    let stale = format!(
        "event: ticket.updated\ndata: {{\"subject\":\"a\",\"epoch\":\"e1\",\"seq\":{seq},\"ver\":1,\"data\":{{\"id\":\"a\",\"properties\":\
         {{\"ver\":1,\"stage\":\"REPORT\",\"requested_datetime\":\"2026-11-20T08:00:00Z\"}}}}}}\n\n"
    );
    world.stream_text(&stale);
    let until = world.now + SECOND;
    world.run_until(until);
    assert_eq!(world.core.stats().outdated, 1);
    assert_eq!(world.wall_state()["a"].1, Stage::Handle);
}

#[test]
fn a_digest_that_differs_is_counted_and_healed() {
    let mut world = current();
    world.faults.unchecked = true;
    // The platform changes a ticket and never says so.
    world.server.objects.insert("a".into(), (99, Stage::Closed));
    run(&mut world, 10 * SECOND);
    assert_ne!(world.wall_state(), world.server.objects, "nothing shows it before the digest");
    world.server.objects.remove("a");
    let digest = world.server.digest();
    world.stream_text(&digest);
    run(&mut world, 5 * SECOND);
    assert_eq!(world.core.stats().digest_mismatches, 1);
    assert_eq!(world.wall_state(), world.server.objects);
}

#[test]
fn a_record_that_cannot_be_used_goes_and_is_counted() {
    let mut world = current();
    world.faults.unchecked = true;
    let event = world.server.put("a", Stage::Handle, world.now).replace("2026-11-20T08", "yesterday");
    world.stream_text(&event);
    run(&mut world, SECOND);
    assert!(!world.wall_state().contains_key("a"), "what it was is not shown as if it were now");
    assert_eq!(world.wall.rejected, 1);
    assert!(world.wall.trouble.is_none());
}

#[test]
fn retry_after_is_obeyed() {
    let mut world = World::new(7);
    world.tell(Input::Tick);
    let mut effects = Vec::new();
    let mut core = SyncCore::new(SyncOptions {
        base: Url::parse(simulation::BASE).unwrap(),
        seed: 1,
        start_jitter: false,
        page_limit: 2,
    });
    core.step(Mono::ZERO, Input::Tick, &mut effects);
    let Some(Effect::Get { request, .. }) = effects.pop() else { panic!() };
    let busy = Reply { status: 503, retry_after: Some("40".into()), ..Reply::default() };
    core.step(SECOND, Input::Reply(request, busy), &mut effects);
    let at = core.wake_at().unwrap();
    assert!(at >= 41 * SECOND && at <= 43 * SECOND, "{at:?}");
    let told = effects.iter().filter(|effect| {
        matches!(effect, Effect::Currency { trouble: Some(Trouble::Busy { .. }), retry_at: Some(retry), .. } if *retry == at)
    });
    assert_eq!(told.count(), Feed::ALL.len(), "every feed waits, and says until when");
    effects.clear();
    core.step(2 * SECOND, Input::Ask(Ask::RetryNow), &mut effects);
    assert!(matches!(effects[..], [Effect::Get { .. }]), "unless somebody asks: {effects:?}");
}

#[test]
fn start_jitter_spreads_walls_and_the_demo_starts_at_once() {
    let starts: Vec<_> = (0..50)
        .map(|seed| {
            let base = Url::parse(simulation::BASE).unwrap();
            SyncCore::new(SyncOptions { base, seed, start_jitter: true, page_limit: 2 }).wake_at().unwrap()
        })
        .collect();
    assert!(starts.iter().all(|start| *start <= 5 * SECOND));
    assert!(starts.iter().max().unwrap().saturating_sub(*starts.iter().min().unwrap()) > 3 * SECOND);
    assert_eq!(World::new(3).core.wake_at(), Some(Mono::ZERO));
}

#[test]
fn a_platform_that_is_down_for_ten_minutes_is_not_hammered() {
    let mut world = World::new(7);
    world.is_down = true;
    world.tell(Input::Tick);
    run(&mut world, 600 * SECOND);
    let asked: u32 = world.served.values().sum();
    assert!((20..=120).contains(&asked), "{asked} requests in ten minutes");
    assert!(matches!(world.wall.trouble, Some(Trouble::Unreachable { .. })));
    world.is_down = false;
    run(&mut world, 40 * SECOND);
    assert!(world.wall.lists == 1 && world.wall.trouble.is_none());
}

#[test]
fn gone_for_ever_is_no_busy_loop() {
    let mut world = current();
    world.is_gone = true;
    world.cut_stream();
    let before = world.opens.len();
    run(&mut world, 600 * SECOND);
    assert!(matches!(world.wall.trouble, Some(Trouble::Relisting { .. })));
    assert_eq!(world.wall.tickets.len(), 3, "the old list stays");
    assert!(world.opens.len() - before <= 200, "{} connections in ten minutes", world.opens.len() - before);
}

#[test]
fn the_detail_goes_to_the_newest_question_only() {
    let mut world = current();
    let mut effects = Vec::new();
    let ask = |id: &str| Input::Ask(Ask::Ticket(TicketId::new(id)));
    world.core.step(world.now, ask("a"), &mut effects);
    world.core.step(world.now, ask("b/../c"), &mut effects);
    let gets: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Get { request, url, .. } => Some((*request, url.path().to_owned())),
            _ => None,
        })
        .collect();
    assert_eq!(gets.len(), 2);
    assert_eq!(gets[1].1, "/collections/tickets/items/b%2F..%2Fc", "a number cannot leave the collection");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel(request) if *request == gets[0].0)));
    effects.clear();
    let late = Reply { status: 200, body: b"{}".to_vec(), ..Reply::default() };
    world.core.step(world.now, Input::Reply(gets[0].0, late), &mut effects);
    assert!(effects.is_empty());
    let missing = Reply { status: 404, ..Reply::default() };
    world.core.step(world.now, Input::Reply(gets[1].0, missing), &mut effects);
    assert!(matches!(&effects[..], [Effect::Deliver(Delivery::DetailFailed { id, .. })] if id.as_str() == "b/../c"));
}

#[test]
fn a_next_link_must_stay_at_home_and_go_somewhere() {
    let page = Url::parse("http://platform.test/collections/grids/items?limit=2").unwrap();
    let next = |href: &str, listed, seen: &mut HashSet<Url>| {
        next_page(&page, &PageHead { next: Some(href.into()), position: None, listed }, seen, 10)
    };
    let mut seen = HashSet::from([page.clone()]);
    assert!(next("http://evil.test/collections", 2, &mut seen).unwrap_err().contains("http://evil.test"));
    assert!(next("https://platform.test/collections", 2, &mut seen).is_err(), "another scheme is another origin");
    assert!(next("?token=2", 2, &mut seen).unwrap().is_some());
    assert_eq!(next("?token=2", 2, &mut seen), Ok(None), "a circle ends the list");
    assert_eq!(next("?token=3", 0, &mut seen), Ok(None), "an empty page ends the list");
    seen.extend((0..10).map(|token| page.join(&format!("?token={token}")).unwrap()));
    assert!(next("?token=99", 2, &mut seen).unwrap_err().contains("10 pages"));
}
