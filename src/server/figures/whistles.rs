//! Whistle calls of the reference platform: about sixteen a year, as a district of Shenzhen reports, each on a ticket that
//! is there, with departments that come soon, late or not yet. A call hangs on the seed and its ticket alone.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::chance::Chance;
use super::ledger::{Fact, Ledger, NEVER, NOWHERE};
use super::outline::Outline;
use crate::domain::{CalledUnit, HandlingMode, Level, Stage, WhistleCall, WhistleResult, WhistleTrigger};
use crate::server::clockwork::{PER_DAY, PER_GRID_AND_DAY};

/// Calls in a year.
const PER_YEAR: f64 = 16.0;
/// Share of tickets that are handled jointly, consulted, special or supervised: those a street may whistle for.
const CANDIDATES: f64 = 0.089;
/// How far back calls are served.
const DAYS: i64 = 365;

/// The calls of the last year up to `now`, newest first.
pub fn calls(ledger: &Ledger, outline: &Outline, now: Timestamp, seed: u64) -> Vec<WhistleCall> {
    let per_day = (outline.count(Level::Grid) as f64 * PER_GRID_AND_DAY).min(PER_DAY);
    let share = PER_YEAR / (365.0 * per_day * CANDIDATES).max(PER_YEAR);
    let since = now.as_microsecond() - DAYS * 86_400_000_000;
    let is_candidate = |fact: &&Fact| {
        let mode = matches!(
            fact.mode,
            HandlingMode::Joint | HandlingMode::Consult | HandlingMode::Special | HandlingMode::Supervised
        );
        mode && fact.signed != NEVER && fact.area != NOWHERE && fact.signed >= since && fact.stage != Stage::Void
    };
    let mut departments: Vec<&Arc<str>> = ledger.units.iter().filter(|unit| is_department(unit)).collect();
    departments.sort();
    let mut calls: Vec<WhistleCall> = ledger
        .facts
        .iter()
        .filter(is_candidate)
        .filter_map(|fact| {
            let mut chance = Chance::of(seed, &["whistle", fact.id.as_str()]);
            (chance.unit() < share).then(|| call(fact, ledger, outline, &departments, now, chance)).flatten()
        })
        .collect();
    calls.sort_by(|a, b| b.called_at.cmp(&a.called_at).then_with(|| a.id.cmp(&b.id)));
    calls
}

/// Departments come when called; streets and communities call.
fn is_department(unit: &str) -> bool {
    ["局", "大队", "中心"].iter().any(|end| unit.ends_with(end))
}

fn call(
    fact: &Fact,
    ledger: &Ledger,
    outline: &Outline,
    departments: &[&Arc<str>],
    now: Timestamp,
    mut chance: Chance,
) -> Option<WhistleCall> {
    let minutes = |from: Timestamp, minutes: f64| from + SignedDuration::from_secs((minutes * 60.0) as i64);
    let signed = Timestamp::from_microsecond(fact.signed).ok()?;
    let called_at = minutes(signed, chance.between(3.0, 45.0));
    if called_at > now {
        return None;
    }
    let place = fact.area as usize;
    let street = outline.above(place, Level::Street)?;
    let community = outline.above(place, Level::Community).map_or("", |place| place.name.as_str());
    let trigger = WhistleTrigger::ALL[chance.below(WhistleTrigger::ALL.len())];
    let lead = ledger.units.get(fact.unit as usize);
    let mut names: Vec<&str> = lead.filter(|unit| is_department(unit)).map(|unit| &**unit).into_iter().collect();
    let wanted = 2 + chance.below(3);
    for _ in 0..12 {
        if names.len() >= wanted || departments.is_empty() {
            break;
        }
        let name: &str = departments[chance.below(departments.len())];
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let closed_at = (fact.closed != NEVER).then(|| Timestamp::from_microsecond(fact.closed).ok()).flatten();
    let due_at = minutes(called_at, if chance.unit() < 0.4 { 30.0 } else { 60.0 });
    let mut last = called_at;
    let mut units: Vec<CalledUnit> = names
        .into_iter()
        .map(|unit| {
            // Nine in ten are there in time.
            let limit = due_at.duration_since(called_at).as_secs_f64() / 60.0;
            let is_late = chance.unit() < 0.1;
            let after = if is_late { limit * chance.between(1.05, 2.6) } else { limit * chance.between(0.2, 0.98) };
            let arrives = minutes(called_at, after);
            last = last.max(arrives);
            let rating = (if is_late { 2 } else { 4 }) + chance.below(2) as u8;
            CalledUnit {
                unit: unit.to_owned(),
                due_at: Some(due_at),
                arrived_at: (arrives <= now).then_some(arrives),
                rating: Some(rating),
            }
        })
        .collect();
    // It ends when all have come and the ticket is closed.
    let ended_at = closed_at.map(|closed| closed.max(last)).filter(|ended| *ended <= now);
    let drawn = chance.unit();
    let result = ended_at.map(|_| match drawn {
        ..0.8 => WhistleResult::Solved,
        ..0.94 => WhistleResult::Partly,
        _ => WhistleResult::Raised,
    });
    if ended_at.is_none() {
        units.iter_mut().for_each(|unit| unit.rating = None);
    }
    let ratings: Vec<u32> = units.iter().filter_map(|unit| unit.rating).map(u32::from).collect();
    let rating =
        (!ratings.is_empty()).then(|| (ratings.iter().sum::<u32>() as f64 / ratings.len() as f64).round() as u8);
    let category = ledger.categories.get(fact.category as usize).map_or("", |category| &*category.name);
    Some(WhistleCall {
        id: format!("W-{}", fact.id),
        trigger,
        whistler: format!("{}办事处", street.name),
        area: Some(outline.places[place].code.clone()),
        subject: format!("{community}{category}"),
        ticket: Some(fact.id.clone()),
        called_at,
        units,
        result,
        ended_at,
        rating,
    })
}
