//! The rules of the contract of the stream, one by one.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use reqwest::Url;

use super::*;
use crate::domain::{TicketId, Trouble};
use crate::platform::sim::schedule::{Answer, Lane};
use crate::platform::sim::wording::{self, BASE};
use crate::platform::sync::links::next_page;
use crate::platform::sync::{Effect, Input, Reply, SyncCore, SyncOptions};
use crate::platform::wire::PageHead;
use crate::platform::{Ask, Delivery};

#[test]
fn a_connection_alone_proves_nothing() {
    let mut world = current();
    world.orders.mutes = true;
    pass(&mut world, SECOND);
    let proven = world.client.as_ref().unwrap().wall.marks[Feed::Tickets as usize].proven;
    for _ in 0..4 {
        world.push_bytes(b": hb\n\n");
        pass(&mut world, 2 * SECOND);
    }
    assert_eq!(world.client.as_ref().unwrap().wall.marks[Feed::Tickets as usize].proven, proven);
}

#[test]
fn silence_of_fifteen_seconds_means_a_new_connection() {
    let mut world = current();
    world.orders.mutes = true;
    let before = opens(&world);
    for _ in 0..17 {
        world.push_bytes(b": hb\n\n");
        pass(&mut world, SECOND);
    }
    assert!(opens(&world) > before);
    assert_eq!(lists(&world), 1, "it is resumed, not read again");
}

#[test]
fn changes_during_the_list_are_kept() {
    let mut world = World::new(6, None);
    for id in 0..9 {
        world.model.put(id, Stage::Report, Shape::Plain, Mono::ZERO);
    }
    world.slow_until = 40 * SECOND;
    world.start();
    for round in 0..40 {
        pass(&mut world, SECOND);
        put(&mut world, [0, 4, 9][round % 3], Stage::ALL[round % 8]);
        if round % 5 == 0
            && let Some(event) = world.model.delete(1, world.now)
        {
            world.stream_text(&event);
        }
    }
    pass(&mut world, 20 * SECOND);
    assert_agrees(&world);
    assert!(lists(&world) >= 1);
}

#[test]
fn a_gap_is_resumed_and_nothing_is_read_again() {
    let mut world = current();
    world.model.put(7, Stage::Report, Shape::Plain, world.now);
    put(&mut world, 0, Stage::Handle);
    pass(&mut world, 5 * SECOND);
    assert_agrees(&world);
    assert_eq!((stats(&world).gaps, stats(&world).relists, lists(&world)), (1, 0, 1));
}

#[test]
fn a_log_that_cannot_fill_the_gap_means_a_new_list() {
    let mut world = current();
    world.model.put(7, Stage::Report, Shape::Plain, world.now);
    world.model.compact();
    put(&mut world, 0, Stage::Handle);
    pass(&mut world, 10 * SECOND);
    assert_agrees(&world);
    assert_eq!((stats(&world).relists, lists(&world)), (1, 2));
}

#[test]
fn the_old_list_stays_until_the_new_one_is_complete() {
    let mut world = current();
    world.orders.answers.push((Lane::Pages, Answer::Status(500), 255));
    world.restart_platform(false);
    for _ in 0..30 {
        pass(&mut world, SECOND);
        assert_eq!(
            (world.client.as_ref().unwrap().wall.tickets.len(), lists(&world)),
            (3, 1),
            "never cleared to empty"
        );
    }
    assert!(trouble(&world, Feed::Tickets).is_some());
    world.orders.answers.clear();
    pass(&mut world, 40 * SECOND);
    assert_agrees(&world);
    assert_eq!(lists(&world), 2);
}

#[test]
fn an_older_version_is_ignored_and_counted() {
    let mut world = current();
    put(&mut world, 0, Stage::Handle);
    pass(&mut world, SECOND);
    let seq = world.model.seq + 1;
    let stale = format!(
        "event: ticket.updated\ndata: {{\"subject\":\"T0\",\"epoch\":\"e1\",\"seq\":{seq},\"ver\":1,\"data\":{{\"id\":\"T0\",\"properties\":\
         {{\"ver\":1,\"stage\":\"REPORT\",\"requested_datetime\":\"2026-11-20T08:00:00Z\"}}}}}}\n\n"
    );
    world.push_bytes(stale.as_bytes());
    pass(&mut world, SECOND);
    assert_eq!(stats(&world).outdated, 1);
    assert_agrees(&world);
}

#[test]
fn a_record_that_cannot_be_used_goes_and_is_counted() {
    let mut world = current();
    let event = world.model.put(0, Stage::Handle, Shape::NoTime, world.now).unwrap();
    world.stream_text(&event);
    pass(&mut world, SECOND);
    let wall = &world.client.as_ref().unwrap().wall;
    assert!(!wall.tickets.contains_key(&0), "what it was is not shown as if it were now");
    assert_eq!(wall.rejected, 1);
    assert_eq!(trouble(&world, Feed::Tickets), None);
}

fn core(seed: u64, start_jitter: bool) -> SyncCore {
    SyncCore::new(SyncOptions { base: Url::parse(BASE).unwrap(), seed, start_jitter, page_limit: 4 })
}

#[test]
fn start_jitter_spreads_walls_and_the_demo_starts_at_once() {
    let starts: Vec<_> = (0..50).map(|seed| core(seed, true).wake_at().unwrap()).collect();
    assert!(starts.iter().all(|start| *start <= 5 * SECOND));
    assert!(starts.iter().max().unwrap().saturating_sub(*starts.iter().min().unwrap()) > 3 * SECOND);
    assert_eq!(core(3, false).wake_at(), Some(Mono::ZERO));
}

#[test]
fn a_retry_by_hand_does_not_wait() {
    let mut effects = Vec::new();
    let mut core = core(1, false);
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
fn the_detail_goes_to_the_newest_question_only() {
    let mut world = current();
    let now = world.client.as_ref().unwrap().now();
    let core = &mut world.client.as_mut().unwrap().core;
    let mut effects = Vec::new();
    let ask = |id: &str| Input::Ask(Ask::Ticket(TicketId::new(id)));
    core.step(now, ask("a"), &mut effects);
    core.step(now, ask("b/../c"), &mut effects);
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
    core.step(now, Input::Reply(gets[0].0, late), &mut effects);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Deliver(_))), "{effects:?}");
    effects.clear();
    let missing = Reply { status: 404, ..Reply::default() };
    core.step(now, Input::Reply(gets[1].0, missing), &mut effects);
    assert!(
        effects.iter().any(
            |effect| matches!(effect, Effect::Deliver(Delivery::DetailFailed { id, .. }) if id.as_str() == "b/../c")
        )
    );
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

#[test]
fn rights_that_shrink_and_grow_are_followed() {
    let mut world = current();
    world.model.change_scope(BTreeSet::from([1]), world.now);
    let reset = wording::reset(&world.model);
    world.push_bytes(reset.as_bytes());
    world.cut_stream();
    let gone = wait(&mut world, 30 * SECOND, |world| !world.client.as_ref().unwrap().wall.tickets.contains_key(&1));
    assert!(gone < Duration::from_secs(5), "{gone:?}");
    world.model.change_scope(BTreeSet::new(), world.now);
    world.cut_stream();
    wait(&mut world, 30 * SECOND, is_right);
}
