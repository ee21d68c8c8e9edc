//! D-01 to D-06: a disk that is full, read-only, broken, spoilt; a process that is killed; every single operation failing.

use super::*;
use crate::platform::cache::{CacheError, Section, format, store};
use crate::platform::sim::disk::{Illness, PaperDisk};
use crate::platform::sim::schedule::Step;
use crate::platform::sync::Jitter;

const PLATFORM: &str = "http://platform.test/";

fn file(text: &str) -> Vec<u8> {
    let as_of = jiff::Timestamp::from_millisecond(1_700_000_000_000).unwrap();
    format::encode(PLATFORM, &[Section { feed: Feed::Tickets, as_of, page: text.as_bytes().repeat(300) }]).unwrap()
}

fn loaded(disk: &mut PaperDisk) -> Result<Vec<u8>, CacheError> {
    store::load(disk, PLATFORM).map(|mut sections| sections.pop().map(|section| section.page).unwrap_or_default())
}

#[test]
fn d_01_and_d_03_a_full_a_read_only_and_a_broken_disk_cost_the_cache_and_not_the_wall() {
    for step in [Step::DiskFull(90 * SECOND), Step::DiskReadOnly(90 * SECOND), Step::DiskBroken(90 * SECOND)] {
        let mut world = current();
        world.strike(&step);
        for round in 0..30_u8 {
            put(&mut world, round % 6, Stage::ALL[usize::from(round) % 8]);
            pass(&mut world, 2 * SECOND);
            assert_eq!(rung(&world, Feed::Tickets), Freshness::Live, "{step:?}");
        }
        assert_agrees(&world);
        assert!(world.disk.content(store::NAME).is_none(), "{step:?}");
        assert!(
            world.disk.content(store::DRAFT).is_none() || step != Step::DiskFull(90 * SECOND),
            "the disk is left full"
        );
        // Once it is well again the next save succeeds.
        pass(&mut world, 150 * SECOND);
        assert!(world.disk.content(store::NAME).is_some(), "{step:?}");
    }
}

#[test]
fn d_05_a_process_killed_at_a_thousand_moments_comes_back_with_an_old_state_and_then_the_new() {
    let mut dice = Jitter(5);
    let mut recalled = 0;
    let mut slowest = Duration::ZERO;
    for round in 0..100_u64 {
        let mut world = current();
        world.dice = Jitter(round);
        for _ in 0..10 {
            pass(&mut world, dice.between(SECOND, 40 * SECOND));
            put(&mut world, (dice.next_u64() % 9) as u8, Stage::Verify);
            world.strike(&match dice.next_u64() % 4 {
                0 => Step::Crash { with_power: true },
                1 => Step::CrashInSave((dice.next_u64() % 6) as u8),
                2 => Step::CrashInStep((dice.next_u64() % 4) as u8),
                _ => Step::Crash { with_power: false },
            });
            if world.client.is_none() {
                let at = world.restarts_at.unwrap() - world.now;
                pass(&mut world, at);
                let first = rung(&world, Feed::Tickets);
                assert!(first > Freshness::Delayed, "{first:?}: from the disk it is never live");
                slowest = slowest.max(wait(&mut world, 20 * SECOND, is_right));
            }
        }
        recalled += world.recalled;
    }
    assert!(recalled > 500, "{recalled}");
    eprintln!("D-05: 1000 kills, {recalled} feeds recalled, live again within {slowest:?}");
}

#[test]
fn d_06_every_single_operation_fails_once_and_either_the_old_file_or_the_new_is_there() {
    for way in ["fails", "dies"] {
        let mut points = 0;
        for k in 0.. {
            let mut disk = PaperDisk::default();
            store::save(&mut disk, &file("old")).unwrap();
            let before = disk.operations;
            match way {
                "fails" => disk.fails_at = Some(k),
                _ => disk.dies_at = Some(k),
            }
            let saved = store::save(&mut disk, &file("new"));
            let forgotten = saved.is_ok() && k < 7 && store::forget(&mut disk).is_ok();
            let is_over = disk.fails_at.is_some() || disk.dies_at.is_some_and(|left| left > 0);
            disk.fails_at = None;
            disk.dies_at = None;
            if way == "dies" {
                disk.lose_power(&mut Jitter(k));
            }
            match loaded(&mut disk) {
                Ok(page) => {
                    assert!(page.starts_with(b"old") && saved.is_err() || page.starts_with(b"new") || way == "fails")
                }
                Err(CacheError::Absent) => assert!(forgotten || saved.is_ok(), "{way} at {k}"),
                Err(error) => panic!("{way} at {k}: {error}"),
            }
            points += 1;
            let _ = before;
            if is_over {
                break;
            }
        }
        eprintln!("D-06: {points} points where the disk {way}");
        assert!(points > 6);
    }
    // Reading may fail as well.
    let mut disk = PaperDisk::default();
    store::save(&mut disk, &file("old")).unwrap();
    disk.fails_at = Some(0);
    assert!(matches!(loaded(&mut disk), Err(CacheError::Disk(_))));
    disk.illness = Illness::Broken;
    assert!(matches!(loaded(&mut disk), Err(CacheError::Disk(_))));
}
