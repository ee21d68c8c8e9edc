//! A failure as a story: what happened, step by step, short enough to be read.

use std::fmt::Debug;

use super::planted::Planted;
use super::schedule::Schedule;
use super::world::World;
use crate::platform::sync::{Effect, Input};

/// A thing on one line.
pub fn short(what: &(impl Debug + 'static)) -> String {
    let input = (what as &dyn std::any::Any).downcast_ref::<Input>();
    let text = match input {
        Some(Input::StreamBytes(_, bytes)) => format!("bytes {}", String::from_utf8_lossy(bytes).replace('\n', "|")),
        Some(Input::Reply(request, reply)) => {
            format!("{request:?} {} {}", reply.status, String::from_utf8_lossy(&reply.body))
        }
        _ => match (what as &dyn std::any::Any).downcast_ref::<Effect>() {
            Some(Effect::Get { request, url, .. }) => format!("{request:?} GET {url}"),
            Some(Effect::OpenStream { stream, url, cursor }) => format!("{stream:?} OPEN {url} from {cursor:?}"),
            _ => format!("{what:?}"),
        },
    };
    text.chars().take(260).collect()
}

/// The schedule and the end of what was seen, for a person; `SIM_LINES` says how much of it.
pub fn tell(schedule: &Schedule, planted: Option<Planted>) -> String {
    let mut world = World::new(schedule.seed, planted);
    world.is_traced = true;
    world.run(schedule);
    let mut text = format!("SIM_SEED={}\n", schedule.seed);
    for (at, step) in &schedule.steps {
        text.push_str(&format!("{:9.3} {step:?}\n", at.as_secs_f64()));
    }
    text.push_str(&format!("{:9.3} all is well\n", schedule.heal_at.as_secs_f64()));
    let lines = std::env::var("SIM_LINES").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let tail = world.log.len().saturating_sub(lines);
    text.push_str("...\n");
    text.push_str(&world.log[tail..].join("\n"));
    match &world.broken {
        Some(violation) => text.push_str(&format!("\n{violation}\n")),
        None => text.push_str("\nnothing was broken\n"),
    }
    text
}
