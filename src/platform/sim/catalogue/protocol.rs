//! P-01 to P-10: the order of events, lives of the log, silent losses, drift of the schema, rights.

use std::collections::BTreeSet;

use super::*;
use crate::platform::sim::schedule::Step;
use crate::platform::sim::wording;
use crate::platform::sync::pace::TRIES_PER_MINUTE;

#[test]
fn p_01_doubled_swapped_and_replayed_events_change_nothing() {
    let mut world = current();
    for round in 0..40_u8 {
        world.strike(&[Step::Duplicate, Step::Swap, Step::Replay(usize::from(round))][usize::from(round) % 3]);
        put(&mut world, round % 5, Stage::ALL[usize::from(round) % 8]);
        if round % 7 == 0
            && let Some(event) = world.model.delete(round % 5, world.now)
        {
            world.stream_text(&event);
        }
        pass(&mut world, SECOND);
    }
    pass(&mut world, 10 * SECOND);
    assert_agrees(&world);
    assert!(stats(&world).repeated > 10, "{:?}", stats(&world));
}

#[test]
fn p_02_the_wall_is_never_live_across_a_gap_of_any_size() {
    for size in [1, 2, 10, 100, 1_000, 10_000] {
        let mut world = current();
        for lost in 0..size {
            world.model.put((lost % 40) as u8, Stage::ALL[lost % 8], Shape::Plain, world.now);
        }
        let bookmark = wording::bookmark(&world.model, world.model.seq);
        world.stream_text(&bookmark);
        pass(&mut world, SECOND / 10);
        assert_eq!(stats(&world).gaps, 1);
        // That it was live is held against the truth all the time; see `pass`.
        let healed = wait(&mut world, 30 * SECOND, is_right);
        eprintln!("P-02: a gap of {size} healed within {healed:?}");
    }
}

#[test]
fn p_03_a_new_life_of_the_log_is_swapped_in_whole() {
    for keeps_connection in [false, true] {
        let mut world = current();
        world.restart_platform(keeps_connection);
        // The new log happens to be where the old one was.
        while world.model.seq < 3 {
            put(&mut world, 9, Stage::Report);
        }
        put(&mut world, 0, Stage::Handle);
        wait(&mut world, 30 * SECOND, is_right);
        assert_eq!(lists(&world), 2);
    }
    let mut world = current();
    world.strike(&Step::RestartBetweenPages);
    for id in 3..20 {
        put(&mut world, id, Stage::Report);
    }
    world.model.compact();
    world.cut_stream();
    wait(&mut world, 30 * SECOND, is_right);
}

/// The platform that says 410 has answered: its list is read at once, however long nobody answered before.
#[test]
fn p_04_gone_after_a_long_outage_is_met_at_once() {
    let mut world = current();
    pass(&mut world, 40 * SECOND);
    world.strike(&Step::Down(200 * SECOND));
    world.model.compact();
    put(&mut world, 7, Stage::Report);
    world.model.compact();
    wait(&mut world, 240 * SECOND, |world| stats(world).relists > 0);
    let healed = wait(&mut world, SECOND, is_right);
    eprintln!("P-04: right again {healed:?} after the first 410");
}

#[test]
fn p_04_gone_for_ever_is_no_busy_loop_and_the_old_list_stays() {
    let mut world = current();
    let gone = crate::platform::sim::schedule::Answer::Status(410);
    world.orders.answers.extend([(crate::platform::sim::schedule::Lane::Stream, gone, 255); 8]);
    world.cut_stream();
    let before = opens(&world);
    pass(&mut world, 600 * SECOND);
    assert_eq!(trouble(&world, Feed::Tickets), Some("trouble-relisting"));
    assert_eq!(world.client.as_ref().unwrap().wall.tickets.len(), 3);
    assert!(opens(&world) - before <= 10 * TRIES_PER_MINUTE, "{} in ten minutes", opens(&world) - before);
    // Again while the list is being read.
    world.orders.answers = vec![(crate::platform::sim::schedule::Lane::Pages, gone, 2)];
    wait(&mut world, 90 * SECOND, is_right);
}

#[test]
fn p_05_a_list_read_while_rows_come_and_go_is_complete() {
    let mut world = World::new(6, None);
    for id in 0..40 {
        world.model.put(id, Stage::Report, Shape::Plain, Mono::ZERO);
    }
    world.slow_until = 60 * SECOND;
    world.start();
    let mut id = 0;
    while lists(&world) == 0 {
        id = (id + 7) % 40;
        if let Some(event) = world.model.delete(id, world.now) {
            world.stream_text(&event);
        }
        put(&mut world, (id + 20) % 40, Stage::Handle);
        pass(&mut world, SECOND / 2);
    }
    world.slow_until = world.now;
    wait(&mut world, 30 * SECOND, is_right);
}

#[test]
fn p_06_a_change_that_the_log_kept_silent_is_found_by_the_digest() {
    let mut world = current();
    world.model.lie(2, Stage::Closed, world.now);
    let healed = wait(&mut world, 60 * SECOND, |world| world.model.lied_at.is_none() || is_right(world));
    wait(&mut world, 10 * SECOND, is_right);
    assert_eq!(stats(&world).digest_mismatches, 1);
    eprintln!("P-06: healed {healed:?} after the silence, with a digest every 20 s");
}

#[test]
fn p_07_drift_costs_nothing_where_it_is_optional_and_one_row_where_it_is_not() {
    for shape in Shape::ALL {
        let mut world = current();
        for way in ["stream", "list"] {
            let event = world.model.put(1, Stage::Verify, shape, world.now).unwrap();
            if way == "list" {
                world.model.compact();
                world.cut_stream();
            } else {
                world.stream_text(&event);
            }
            pass(&mut world, 20 * SECOND);
            assert_agrees(&world);
            let rows = world.client.as_ref().unwrap().wall.tickets.len();
            assert_eq!(rows, if shape.is_usable() { 3 } else { 2 }, "{shape:?} by {way}");
            assert_eq!(rung(&world, Feed::Tickets), Freshness::Live, "{shape:?} by {way}");
        }
    }
}

#[test]
fn p_08_a_deletion_before_its_creation_and_a_change_after_it() {
    let mut world = current();
    // The deletion overtakes the creation on the way.
    let created = world.model.put(9, Stage::Report, Shape::Plain, world.now).unwrap();
    let deleted = world.model.delete(9, world.now).unwrap();
    world.stream_text(&deleted);
    world.stream_text(&created);
    pass(&mut world, 10 * SECOND);
    assert_agrees(&world);
    // A late copy of the creation does not bring it back.
    world.push_bytes(created.as_bytes());
    pass(&mut world, SECOND);
    assert_agrees(&world);
}

#[test]
fn p_09_what_may_no_longer_be_read_is_gone_from_wall_and_disk_within_half_a_minute() {
    let mut world = current();
    pass(&mut world, 20 * SECOND);
    world.strike(&Step::Shrink(1));
    assert_eq!(world.model.hidden, BTreeSet::from([1, 2, 3]));
    pass(&mut world, 30 * SECOND);
    assert_eq!(world.client.as_ref().unwrap().wall.tickets.keys().collect::<Vec<_>>(), [&0]);
    // The file is checked against what is hidden whenever it is saved, and now.
    use crate::platform::cache::{format, store};
    let file = world.disk.content(store::NAME).cloned().unwrap();
    let sections = format::decode(&file, wording::BASE).unwrap();
    let tickets = sections.iter().find(|section| section.feed == Feed::Tickets).unwrap();
    assert!(!String::from_utf8_lossy(&tickets.page).contains("T1"), "{}", String::from_utf8_lossy(&tickets.page));
}

#[test]
fn p_10_absurd_values_are_shown_but_never_plotted() {
    use crate::domain::Position;
    use crate::platform::wire::TicketReader;
    let mut world = current();
    for id in [0, 1] {
        let event = world.model.put(id, Stage::Handle, Shape::Absurd, world.now).unwrap();
        world.stream_text(&event);
    }
    pass(&mut world, 5 * SECOND);
    assert_agrees(&world);
    let mut reader = TicketReader::default();
    let mut seen = 0;
    let page = wording::page(&world.model, None, None);
    reader
        .page(page.as_bytes(), |ticket| {
            let ticket = ticket.unwrap();
            seen += 1;
            if let Position::At { lon, lat } = ticket.position {
                panic!("{} is plotted at {lon}, {lat}", ticket.id);
            }
        })
        .unwrap();
    assert_eq!(seen, 3);
}
