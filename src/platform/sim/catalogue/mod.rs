//! The named cases of the test catalogue that virtual time can show, one file per part of it: the contract rule by rule,
//! the network (N-), protocol and data (P-), time (T-), disk (D-). What needs real sockets is in `tests/all/reliability`.

mod contract;
mod disk;
mod network;
mod protocol;
mod time;

use std::time::Duration;

use super::model::Shape;
use super::world::World;
use crate::domain::{Feed, Freshness, Stage};
use crate::platform::sync::Mono;

const SECOND: Duration = Duration::from_secs(1);

/// A world whose wall is current, with the tickets 0, 1 and 2.
fn current() -> World {
    let mut world = World::new(6, None);
    for id in 0..3 {
        world.model.put(id, Stage::Report, Shape::Plain, Mono::ZERO);
    }
    world.start();
    pass(&mut world, 2 * SECOND);
    assert_agrees(&world);
    assert_eq!((lists(&world), rung(&world, Feed::Tickets)), (1, Freshness::Live));
    world
}

/// Lets time pass; every promise is checked meanwhile.
fn pass(world: &mut World, time: Duration) {
    world.run_until(world.now + time);
    assert_eq!(world.broken, None);
}

/// Lets time pass up to a limit, until something is so; how long that took.
fn wait(world: &mut World, limit: Duration, is_so: impl Fn(&World) -> bool) -> Duration {
    let start = world.now;
    while !is_so(world) {
        assert!(world.now < start + limit, "not within {limit:?}: {:?}", marks(world));
        pass(world, Duration::from_millis(100));
    }
    world.now - start
}

fn put(world: &mut World, id: u8, stage: Stage) {
    if let Some(event) = world.model.put(id, stage, Shape::Plain, world.now) {
        world.stream_text(&event);
    }
}

fn lists(world: &World) -> u32 {
    world.client.as_ref().map_or(0, |client| client.wall.lists)
}

fn rung(world: &World, feed: Feed) -> Freshness {
    world.client.as_ref().map_or(Freshness::Never, |client| client.rung(feed, world))
}

fn is_right(world: &World) -> bool {
    world.client.as_ref().is_some_and(|client| client.wall.state() == world.model.shown())
        && rung(world, Feed::Tickets) == Freshness::Live
        && trouble(world, Feed::Tickets).is_none()
}

fn assert_agrees(world: &World) {
    assert_eq!(world.client.as_ref().map(|client| client.wall.state()), Some(world.model.shown()));
}

fn trouble(world: &World, feed: Feed) -> Option<&'static str> {
    Some(world.client.as_ref()?.wall.marks[feed as usize].trouble.as_ref()?.key())
}

fn marks(world: &World) -> String {
    world.client.as_ref().map_or_else(String::new, |client| format!("{:?}", client.wall.marks))
}

fn stats(world: &World) -> crate::platform::sync::Stats {
    world.client.as_ref().map(|client| client.core.stats()).unwrap_or_default()
}

/// Connections to the stream so far.
fn opens(world: &World) -> usize {
    world.tries.get("stream").map_or(0, Vec::len)
}
