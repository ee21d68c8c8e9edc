//! Teams of the reference platform: how many of each kind are on the lists, on duty and signed in, by community, and the
//! sums above. Sizes are those the field reports give: 1.1 to 1.2 grid workers a grid, 1.9 devices a grid. Grids visited
//! are never fewer than those a grid worker reported from today.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::chance::Chance;
use super::ledger::{Ledger, NOWHERE};
use super::outline::Outline;
use crate::domain::{Level, Source, Team, TeamKind};

/// Grid workers and devices for each grid: 638 for 589 in one report, 1 978 for 1 610 in another; 977 for 520.
const WORKERS_PER_GRID: (f64, f64) = (1.05, 1.3);
const DEVICES_PER_GRID: f64 = 1.88;
/// Emergency teams stand by in the streets.
const EMERGENCY_PER_STREET: usize = 12;
/// Numbers move in steps of this many minutes.
const STEP_MIN: i64 = 10;

/// The numbers that add up.
#[derive(Clone, Copy, Default)]
struct Strength {
    total: u32,
    on_duty: u32,
    online: u32,
    devices_online: u32,
    devices_total: u32,
    visited: u32,
}

impl Strength {
    fn add(&mut self, other: Self) {
        self.total += other.total;
        self.on_duty += other.on_duty;
        self.online += other.online;
        self.devices_online += other.devices_online;
        self.devices_total += other.devices_total;
        self.visited += other.visited;
    }
}

/// Who is there at `now`: the district first, then streets and communities in their order, each with every kind.
pub fn teams(ledger: &Ledger, outline: &Outline, zone: &TimeZone, now: Timestamp, seed: u64) -> Vec<Team> {
    let local = zone.to_datetime(now);
    let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
    let step = minute / STEP_MIN;
    let hour = minute as f64 / 60.0;
    let is_weekend = local.date().weekday().to_monday_zero_offset() >= 5;
    let midnight = zone.to_timestamp(local.date().at(0, 0, 0, 0)).map_or(i64::MAX, Timestamp::as_microsecond);
    let reported_from: HashSet<u32> = ledger
        .facts
        .iter()
        .filter(|fact| fact.source == Source::GridWorker && fact.reported >= midnight && fact.area != NOWHERE)
        .filter(|fact| outline.places[fact.area as usize].level == Level::Grid)
        .map(|fact| fact.area)
        .collect();

    let mut sums = vec![[Strength::default(); TeamKind::ALL.len()]; outline.places.len() + 1];
    for (index, place) in outline.places.iter().enumerate() {
        let grids = place.holds.grids;
        let own = match place.level {
            Level::Community => {
                let from_here =
                    reported_from.iter().filter(|grid| outline.chain(**grid as usize).any(|it| it == index));
                let known = from_here.count() as u32;
                community(seed, &place.code.0, grids, known, (hour, step, is_weekend))
            }
            Level::Street => {
                let mut own = [Strength::default(); TeamKind::ALL.len()];
                let mut chance = Chance::of(seed, &["emergency", &place.code.0]);
                let total = (EMERGENCY_PER_STREET + chance.below(7)) as u32;
                own[TeamKind::Emergency as usize] =
                    Strength { total, on_duty: total / 3, online: total / 3, ..Strength::default() };
                own
            }
            Level::District | Level::Grid => continue,
        };
        for area in outline.chain(index).map(|place| place + 1).chain([0]) {
            for (sum, own) in sums[area].iter_mut().zip(own) {
                sum.add(own);
            }
        }
    }
    let whole = outline.district();
    let mut teams = Vec::new();
    let mut put = |area: usize, place: Option<usize>, grids: u32| {
        for kind in TeamKind::ALL {
            let it = sums[area][kind as usize];
            let is_workers = kind == TeamKind::GridWorkers;
            if it.total == 0 {
                continue;
            }
            teams.push(Team {
                area: place.map(|place| outline.places[place].code.clone()),
                kind,
                total: Some(it.total),
                on_duty: Some(it.on_duty),
                online: (kind != TeamKind::Volunteers).then_some(it.online),
                devices_online: is_workers.then_some(it.devices_online),
                devices_total: is_workers.then_some(it.devices_total),
                grids: is_workers.then_some(grids),
                grids_visited: is_workers.then_some(it.visited),
                as_of: now,
            });
        }
    };
    put(0, whole, outline.holds.grids);
    for level in [Level::Street, Level::Community] {
        for (index, place) in outline.places.iter().enumerate().filter(|(_, place)| place.level == level) {
            put(index + 1, Some(index), place.holds.grids);
        }
    }
    teams
}

/// The people of one community. What is drawn per step only moves a little around the curve of the day.
fn community(
    seed: u64,
    code: &str,
    grids: u32,
    known: u32,
    (hour, step, is_weekend): (f64, i64, bool),
) -> [Strength; TeamKind::ALL.len()] {
    let mut lasting = Chance::of(seed, &["team", code]);
    let mut moving = Chance::of(seed, &["shift", code, &step.to_string()]);
    let share = |whole: u32, share: f64| (f64::from(whole) * share).round().clamp(0.0, f64::from(whole)) as u32;
    let mut kinds = [Strength::default(); TeamKind::ALL.len()];

    let workers = (f64::from(grids) * lasting.between(WORKERS_PER_GRID.0, WORKERS_PER_GRID.1)).round() as u32;
    let devices = (f64::from(grids) * DEVICES_PER_GRID + lasting.unit()) as u32;
    let on_duty = share(workers, shift(hour, is_weekend) * moving.between(0.94, 1.04));
    let online = share(on_duty, moving.between(0.93, 1.0));
    let eagerness = lasting.between(0.88, 1.0);
    let visited = share(grids, rounds(hour, is_weekend) * eagerness).max(known).min(grids);
    kinds[TeamKind::GridWorkers as usize] = Strength {
        total: workers,
        on_duty,
        online,
        devices_online: share(devices, f64::from(online) / f64::from(workers.max(1))).max(online.min(devices)),
        devices_total: devices,
        visited,
    };
    let specialists = 1 + lasting.below(3) as u32;
    let at_work = if is_weekend { 0.34 } else { f64::from(u8::from((8.5..18.0).contains(&hour))) };
    let on_duty = share(specialists, at_work);
    kinds[TeamKind::Specialists as usize] =
        Strength { total: specialists, on_duty, online: on_duty, ..Strength::default() };
    let volunteers = 8 + lasting.below(25) as u32;
    let evening = if (18.0..21.0).contains(&hour) || is_weekend && (9.0..18.0).contains(&hour) { 0.22 } else { 0.06 };
    let awake = if (7.0..22.0).contains(&hour) { evening } else { 0.0 };
    let on_duty = share(volunteers, awake * moving.between(0.7, 1.3));
    kinds[TeamKind::Volunteers as usize] = Strength { total: volunteers, on_duty, ..Strength::default() };
    kinds
}

/// Share of the grid workers on duty at an hour.
fn shift(hour: f64, is_weekend: bool) -> f64 {
    let weekday = match hour {
        ..6.5 => 0.06,
        ..8.5 => 0.06 + (hour - 6.5) / 2.0 * 0.8,
        ..12.0 => 0.9,
        ..14.0 => 0.55,
        ..18.0 => 0.88,
        ..22.0 => 0.88 - (hour - 18.0) / 4.0 * 0.68,
        _ => 0.1,
    };
    if is_weekend { weekday * 0.5 } else { weekday }
}

/// Share of the grids visited since midnight at an hour.
fn rounds(hour: f64, is_weekend: bool) -> f64 {
    let most = if is_weekend { 0.62 } else { 0.97 };
    most * ((hour - 7.0) / 11.5).clamp(0.0, 1.0).sqrt()
}
