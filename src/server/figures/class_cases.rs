//! Class cases of the reference platform: the 21 most frequent categories of the year, each found on a day of its own and
//! taken through its plan. Counts of tickets are true; owner and dates are drawn from the seed.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::chance::Chance;
use super::ledger::{Fact, Ledger, NOWHERE};
use super::outline::Outline;
use crate::domain::{ClassCase, ClassKind, ClassStage, HandlingMode, Level};

/// Classes that a district treats in a year.
const CLASSES: usize = 21;
/// Member tickets that are named.
const MEMBERS: usize = 20;
/// Days before it was found that count for a class.
const DAYS_BEFORE: i64 = 90;
const DAY: i64 = 86_400_000_000;

/// The cases found this year up to `now`, the largest first.
pub fn cases(ledger: &Ledger, outline: &Outline, zone: &TimeZone, now: Timestamp, seed: u64) -> Vec<ClassCase> {
    let mut by_category: Vec<Vec<&Fact>> = vec![Vec::new(); ledger.categories.len()];
    for fact in &ledger.facts {
        by_category[fact.category as usize].push(fact);
    }
    let mut ranked: Vec<usize> = (0..by_category.len()).filter(|index| !by_category[*index].is_empty()).collect();
    let code = |index: usize| &ledger.categories[index].code;
    ranked.sort_by(|a, b| by_category[*b].len().cmp(&by_category[*a].len()).then_with(|| code(*a).cmp(code(*b))));
    ranked.truncate(CLASSES);
    let made =
        ranked.into_iter().filter_map(|index| case(index, &by_category[index], ledger, outline, zone, now, seed));
    let mut cases: Vec<ClassCase> = made.collect();
    cases.sort_by(|a, b| b.tickets.cmp(&a.tickets).then_with(|| a.id.cmp(&b.id)));
    cases
}

/// Per category of the ledger: whether a case that is not struck off treats it.
pub fn treated(cases: &[ClassCase], ledger: &Ledger) -> Vec<bool> {
    let open = cases.iter().filter(|case| case.stage != ClassStage::Closed);
    let codes: HashSet<&str> = open.filter_map(|case| case.service_code.as_deref()).collect();
    ledger.categories.iter().map(|category| codes.contains(&*category.code)).collect()
}

fn case(
    index: usize,
    facts: &[&Fact],
    ledger: &Ledger,
    outline: &Outline,
    zone: &TimeZone,
    now: Timestamp,
    seed: u64,
) -> Option<ClassCase> {
    let category = &ledger.categories[index];
    let year = zone.to_datetime(now).date().first_of_year();
    let mut chance = Chance::of(seed, &["class", &year.year().to_string(), &category.code]);
    let day = |days: i64, hour: i8| -> Option<Timestamp> {
        let date: Date = year.checked_add(days.days()).ok()?;
        zone.to_timestamp(date.at(hour, 30, 0, 0)).ok()
    };
    let found = chance.below(320) as i64;
    let opened_at = day(found, 9).filter(|at| *at <= now)?;
    // When each stage begins.
    let assigned = found + 2 + chance.below(5) as i64;
    let planned = assigned + 4 + chance.below(10) as i64;
    let treated = planned + 5 + chance.below(16) as i64;
    let reviewed = treated + 60 + chance.below(70) as i64;
    let struck_off = reviewed + 20 + chance.below(20) as i64;
    let stages = [found, assigned, planned, treated, reviewed, struck_off];
    let begun = ClassStage::ALL.into_iter().zip(stages).filter_map(|(stage, days)| Some((stage, day(days, 9)?)));
    let (stage, stage_since) = begun.take_while(|(_, at)| *at <= now).last()?;
    let planned_at = day(treated, 9).filter(|at| *at <= now);
    // A plan allows four months; most cases keep to it.
    let due_at = day(planned + 120, 18).filter(|_| stage >= ClassStage::Planned);
    let closed_at = (stage == ClassStage::Closed).then_some(stage_since);

    let until = closed_at.unwrap_or(now).as_microsecond();
    let first = opened_at.as_microsecond() - DAYS_BEFORE * DAY;
    let mut members: Vec<&Fact> = facts.iter().copied().filter(|it| (first..=until).contains(&it.reported)).collect();
    members.sort_by(|a, b| b.reported.cmp(&a.reported).then_with(|| a.id.cmp(&b.id)));
    let within = |from: i64, to: i64| facts.iter().filter(|it| (from..to).contains(&it.reported)).count() as u32;
    let plan = planned_at.map(Timestamp::as_microsecond);
    let before = plan.map(|at| within(at - 30 * DAY, at));
    let after_days = plan.map(|at| (now.as_microsecond().saturating_sub(at) / DAY).clamp(0, 30));
    let after = plan.zip(after_days).map(|(at, days)| within(at, at + days * DAY));

    let mut streets: HashMap<usize, usize> = HashMap::new();
    for fact in members.iter().filter(|fact| fact.area != NOWHERE) {
        let street = outline.chain(fact.area as usize).find(|place| outline.places[*place].level == Level::Street);
        street.into_iter().for_each(|street| *streets.entry(street).or_default() += 1);
    }
    let most = streets.into_iter().max_by_key(|(street, count)| (*count, std::cmp::Reverse(*street)));
    // A third more than its share, and at least two in five.
    let cluster = most.filter(|(_, count)| {
        let fair = members.len() as f64 / outline.count(Level::Street).max(1) as f64;
        *count as f64 >= (fair * 1.33).max(members.len() as f64 * 0.4)
    });
    let joint = members.iter().filter(|fact| matches!(fact.mode, HandlingMode::Joint | HandlingMode::Consult)).count();
    let kind = match cluster {
        Some(_) => ClassKind::Cluster,
        None if joint * 10 >= members.len().max(1) => ClassKind::Joint,
        None => ClassKind::Common,
    };
    let mut units: HashMap<u32, usize> = HashMap::new();
    members.iter().filter(|fact| fact.unit != NOWHERE).for_each(|fact| *units.entry(fact.unit).or_default() += 1);
    let owner = units.into_iter().max_by_key(|(unit, count)| (*count, std::cmp::Reverse(*unit)));
    Some(ClassCase {
        id: format!("C-{}-{}", year.year(), category.code),
        name: format!("{}类案", category.name),
        kind,
        service_code: Some(category.code.to_string()),
        area: cluster.map(|(street, _)| outline.places[street].code.clone()),
        owner: owner
            .filter(|_| stage > ClassStage::Found)
            .and_then(|(unit, _)| ledger.units.get(unit as usize))
            .map(|unit| unit.to_string()),
        stage,
        stage_since,
        opened_at,
        planned_at,
        due_at,
        closed_at,
        tickets: members.len() as u32,
        before,
        after,
        after_days: after_days.map(|days| days as u32),
        members: members.iter().take(MEMBERS).map(|fact| fact.id.clone()).collect(),
        as_of: now,
    })
}
