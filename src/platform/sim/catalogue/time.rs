//! T-01 and T-02: clocks that are set, a machine that sleeps, a platform whose clock is another.

use super::*;
use crate::platform::sim::schedule::Step;

#[test]
fn t_01_steps_of_the_wall_clock_change_no_age_and_sleep_is_noticed_at_once() {
    for seed in [6, 7] {
        let mut world = current_with(seed);
        for step in [3_600, -3_600, 86_400, -86_400, 1, -1, -40] {
            world.strike(&Step::SetClock(step));
            pass(&mut world, SECOND / 2);
            // Machines that have nothing but the wall clock call data old when it is set forward; never younger than it is.
            let is_kept = seed % 2 == 0 || step < 2;
            assert_eq!(rung(&world, Feed::Tickets) == Freshness::Live, is_kept, "set by {step} s on machine {seed}");
            wait(&mut world, 10 * SECOND, is_right);
        }
        for hours in [1, 8] {
            world.strike(&Step::Sleep(hours * 3_600 * SECOND));
            pass(&mut world, SECOND + SECOND / 10);
            if !is_right(&world) {
                assert!(rung(&world, Feed::Tickets) > Freshness::Delayed, "{:?}", rung(&world, Feed::Tickets));
            }
            let back = wait(&mut world, 15 * SECOND, is_right);
            eprintln!("T-01: live again {back:?} after {hours} h of sleep were noticed");
        }
    }
}

fn current_with(seed: u64) -> World {
    let mut world = World::new(seed, None);
    for id in 0..3 {
        world.model.put(id, Stage::Report, Shape::Plain, Mono::ZERO);
    }
    world.start();
    pass(&mut world, 2 * SECOND);
    world
}

#[test]
fn t_02_a_platform_of_another_time_is_read_all_the_same() {
    // The model's landing page is of November 2026 and its tickets of 2099, whatever the machine's clock says.
    let mut world = current();
    world.clock_error = -5 * 60;
    let event = world.model.put(1, Stage::Handle, Shape::Absurd, world.now).unwrap();
    world.stream_text(&event);
    pass(&mut world, 5 * SECOND);
    assert_agrees(&world);
    assert_eq!(rung(&world, Feed::Tickets), Freshness::Live);
}
