//! N-01 to N-12 as far as they need no socket: what the viewer sees while the network or the platform fails.

use super::*;
use crate::platform::sim::schedule::{Answer, Lane, Step};
use crate::platform::sync::pace::TRIES_PER_MINUTE;

#[test]
fn n_01_a_platform_that_is_down_at_the_start_is_not_hammered_and_is_found_when_it_comes() {
    let mut world = World::new(6, None);
    world.down_until = 600 * SECOND;
    world.start();
    pass(&mut world, 600 * SECOND);
    let asked: usize = world.tries.values().map(Vec::len).sum();
    assert!((20..=120).contains(&asked), "{asked} requests in ten minutes");
    assert_eq!(
        (rung(&world, Feed::Tickets), trouble(&world, Feed::Tickets)),
        (Freshness::Never, Some("trouble-unreachable"))
    );
    let after = wait(&mut world, 40 * SECOND, is_right);
    eprintln!("N-01: live {after:?} after the platform came");
}

#[test]
fn n_02_the_ladder_falls_on_time_when_the_platform_dies() {
    let mut world = current();
    pass(&mut world, 20 * SECOND);
    world.strike(&Step::Down(300 * SECOND));
    let proven = world.client.as_ref().unwrap().wall.marks[Feed::Tickets as usize].proven.unwrap();
    let mut seen = Vec::new();
    while world.now < 300 * SECOND {
        let now = rung(&world, Feed::Tickets);
        if seen.last().is_none_or(|(rung, _)| *rung != now) {
            seen.push((now, world.local() - proven));
        }
        pass(&mut world, SECOND / 10);
    }
    let rungs: Vec<_> = seen.iter().map(|(rung, _)| *rung).collect();
    assert_eq!(rungs, [Freshness::Live, Freshness::Delayed, Freshness::Stale]);
    for ((_, at), bound) in seen.iter().skip(1).zip([10, 60]) {
        assert!(at.abs_diff(bound * SECOND) <= SECOND, "{seen:?}");
    }
    wait(&mut world, 60 * SECOND, is_right);
    assert_eq!(lists(&world), 1, "five minutes later the stream is resumed");
}

/// What heals while somebody still waits in vain is found as soon as the waiting ends.
#[test]
fn n_03_an_answer_that_never_comes_is_asked_for_again_without_a_second_wait() {
    let mut world = current();
    for _ in 0..6 {
        world.orders.answers.push((Lane::Sources, Answer::Status(500), 1));
    }
    wait(&mut world, 300 * SECOND, |world| world.orders.answers.iter().all(|(_, _, left)| *left == 0));
    world.orders.answers = vec![(Lane::Sources, Answer::Hang, 1)];
    wait(&mut world, 60 * SECOND, |world| trouble(world, Feed::Sources) == Some("trouble-timed-out"));
    let after = wait(&mut world, 2 * SECOND, |world| trouble(world, Feed::Sources).is_none());
    eprintln!("N-03: read {after:?} after ten seconds in vain");
}

#[test]
fn n_05_what_is_no_list_is_a_failure_and_never_an_empty_list() {
    for answer in
        [Answer::WebPage, Answer::Empty, Answer::Status(204), Answer::OtherJson, Answer::Truncated, Answer::Redirect]
    {
        for lane in Lane::ALL {
            let mut world = current();
            world.orders.answers.push((lane, answer, 3));
            world.model.compact();
            world.cut_stream();
            for _ in 0..60 {
                pass(&mut world, SECOND);
                assert_eq!(world.client.as_ref().unwrap().wall.tickets.len(), 3, "{answer:?} to {lane:?}");
            }
            wait(&mut world, 60 * SECOND, is_right);
        }
    }
}

#[test]
fn n_06_a_refused_login_takes_everything_away_at_once_and_is_not_repeated_in_a_loop() {
    let mut world = current();
    pass(&mut world, 20 * SECOND);
    assert!(saved_tickets(&mut world), "the tickets are on the disk");
    world.strike(&Step::Expire(120 * SECOND));
    // The stream was cut; its next opening is refused.
    wait(&mut world, 3 * SECOND, |world| world.client.as_ref().unwrap().wall.tickets.is_empty());
    assert_eq!(trouble(&world, Feed::Tickets), Some("trouble-unauthorized"));
    pass(&mut world, SECOND);
    assert!(!saved_tickets(&mut world), "and gone from it");
    let before = opens(&world);
    pass(&mut world, 60 * SECOND);
    assert!(opens(&world) - before <= 7, "{} tries in a minute", opens(&world) - before);
    pass(&mut world, 60 * SECOND);
    wait(&mut world, 60 * SECOND, is_right);
}

fn saved_tickets(world: &mut World) -> bool {
    use crate::platform::cache::{format, store};
    let file = world.disk.content(store::NAME).cloned().unwrap_or_default();
    format::decode(&file, crate::platform::sim::wording::BASE)
        .is_ok_and(|sections| sections.iter().any(|section| section.feed == Feed::Tickets))
}

#[test]
fn n_07_retry_after_is_obeyed_capped_and_survives_nonsense() {
    for (asked, least, most) in [("0", 0, 3), ("5", 5, 8), ("40", 40, 43), ("315360000", 600, 603), ("soon", 0, 3)] {
        let mut world = World::new(6, None);
        world.orders.answers.push((Lane::Landing, Answer::Away(asked), 1));
        world.start();
        let after = wait(&mut world, 700 * SECOND, is_right).as_secs();
        assert!((least..=most).contains(&after), "Retry-After: {asked} led to {after} s");
    }
}

#[test]
fn n_08_half_of_all_answers_are_500_and_the_wall_stays_live_by_its_stream() {
    let mut world = current();
    world.strike(&Step::Storm(300 * SECOND));
    for round in 0..100 {
        put(&mut world, (round % 5) as u8, Stage::ALL[round % 8]);
        pass(&mut world, 3 * SECOND);
        assert_eq!(rung(&world, Feed::Tickets), Freshness::Live);
    }
    assert_agrees(&world);
    for (path, tries) in &world.tries {
        for window in tries.windows(TRIES_PER_MINUTE + 1) {
            assert!(window[TRIES_PER_MINUTE] - window[0] >= 59 * SECOND, "{path}");
        }
    }
}

#[test]
fn n_12_cut_in_an_event_single_bytes_and_half_open_are_resumed_unnoticed_or_found_in_time() {
    for step in [Step::CutInEvent, Step::SingleBytes, Step::Cut] {
        let mut world = current();
        world.strike(&step);
        for round in 0..6 {
            put(&mut world, round, Stage::Handle);
            pass(&mut world, SECOND);
            assert_eq!(rung(&world, Feed::Tickets), Freshness::Live, "{step:?}");
        }
        assert_agrees(&world);
        assert_eq!(lists(&world), 1, "{step:?}: resumed, not read again");
    }
    let mut world = current();
    world.strike(&Step::HalfOpen);
    put(&mut world, 0, Stage::Handle);
    let before = opens(&world);
    let found = wait(&mut world, 30 * SECOND, |world| opens(world) > before);
    assert!(found <= 17 * SECOND, "half-open found after {found:?}");
    wait(&mut world, 5 * SECOND, is_right);
}

/// N-04, to the last byte: no beginning of an answer is an answer.
#[test]
fn n_04_no_truncation_at_any_byte_is_taken_for_a_list() {
    use crate::domain::Level;
    use crate::platform::sim::wording;
    use crate::platform::wire::{TicketReader, read_areas, read_landing, read_sources};
    let world = current();
    let page = wording::page(&world.model, None, None);
    let grids = wording::grids(&world.model.areas);
    let (landing, sources) = (wording::landing(&world.model.landing), wording::sources(&world.model.sources));
    let mut cuts = 0;
    for end in 0..page.len() {
        assert!(TicketReader::default().page(&page.as_bytes()[..end], |_| ()).is_err(), "tickets, {end} bytes");
        cuts += 1;
    }
    for end in 0..grids.len() {
        assert!(read_areas(&grids.as_bytes()[..end], Level::Grid, |_| ()).is_err(), "areas, {end} bytes");
        cuts += 1;
    }
    for end in 0..landing.len() {
        assert!(read_landing(&landing.as_bytes()[..end]).is_err(), "landing page, {end} bytes");
        cuts += 1;
    }
    for end in 0..sources.len() {
        assert!(read_sources(&sources.as_bytes()[..end]).is_err(), "sources, {end} bytes");
        cuts += 1;
    }
    eprintln!("N-04: {cuts} truncations");
}
