//! What must hold of the clockwork as a whole, on a plain board of 520 grids, and what a year of it looks like.

use std::collections::HashMap;

use geo::{Intersects, MultiPolygon, Point, Rect};
use jiff::SignedDuration;
use jiff::tz::{TimeZone, offset};

use super::*;
use crate::domain::{Area, ClockKind, Level, Rating, Stage};

fn calendar() -> Calendar {
    Calendar::office_hours(TimeZone::fixed(offset(8)))
}

/// 26 by 20 grids of 250 m, communities of 10, streets of 80; busier towards the middle.
fn board() -> Ground {
    let cells = (0..520).map(|index: i32| {
        let (column, row) = (index % 26, index / 26);
        let (x, y) = (109.3 + f64::from(column) * 0.0025, 21.2 + f64::from(row) * 0.0022);
        let off = f64::from((column - 13).abs() + (row - 10).abs());
        Cell {
            code: AreaCode::new(format!("459901{:03}{:03}{:03}", index / 80 + 1, index / 10 % 8 + 1, index % 10 + 1)),
            community: AreaCode::new(format!("459901{:03}{:03}", index / 80 + 1, index / 10 % 8 + 1)),
            community_name: format!("第{}社区", index / 10 + 1),
            street_name: format!("第{}街道", index / 80 + 1),
            boundary: MultiPolygon(vec![Rect::new((x, y), (x + 0.0025, y + 0.0022)).to_polygon()]),
            weight: 1.0 / (1.0 + off / 6.0),
        }
    });
    Ground { cells: cells.collect(), calendar: calendar(), per_day: 199.0, id_prefix: "HC".into() }
}

fn clockwork() -> Arc<Clockwork> {
    Arc::new(Clockwork::new(board(), 20261121))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_date_has_the_same_tickets_for_ever_and_another_seed_has_others() {
    let day = date(2026, 11, 21);
    let plans = clockwork().plan_day(day);
    assert!(plans.len() > 100);
    assert_eq!(plans, clockwork().plan_day(day));
    assert_ne!(plans, Clockwork::new(board(), 1).plan_day(day));
    assert_ne!(plans.len(), clockwork().plan_day(date(2026, 11, 22)).len());
}

#[test]
fn numbers_follow_the_reports_and_lead_back_to_the_ticket() {
    let clockwork = clockwork();
    let plans = clockwork.plan_day(date(2026, 11, 21));
    assert!(plans.windows(2).all(|pair| pair[0].reported_at() <= pair[1].reported_at()));
    assert_eq!(clockwork.id(&plans[83]).as_str(), "HC261121-0084");
    let evening = at("2026-11-21T23:59:59+08:00");
    let detail = clockwork.detail(&TicketId::new("HC261121-0084"), evening).unwrap();
    assert_eq!(Some(&detail.ticket), clockwork.ticket(&plans[83], evening).as_ref());
    for wrong in ["HC261121-0000", "HC261121-9999", "HC261321-0001", "HC261121", "XX261121-0001", "HC261121-00a1", ""] {
        assert_eq!(clockwork.detail(&TicketId::new(wrong), evening), None, "{wrong}");
    }
    let before = plans[83].reported_at() - SignedDuration::from_secs(1);
    assert_eq!(clockwork.detail(&TicketId::new("HC261121-0084"), before), None);
}

#[test]
fn courses_are_in_order_and_end_within_the_time_looked_back() {
    let clockwork = clockwork();
    let longest = SignedDuration::from_hours(24 * i64::from(LONGEST_LIFE_DAYS));
    let mut ends = [0, 0];
    for day in date(2025, 11, 1).series(1.day()).take(380) {
        for plan in clockwork.plan_day(day) {
            let steps = &plan.life.steps;
            assert!(steps.windows(2).all(|pair| pair[0].at <= pair[1].at), "{:?}", steps);
            assert!(plan.ends_at().duration_since(plan.reported_at()) < longest, "{:?}", steps);
            match steps.last().map(|step| step.what) {
                Some(life::What::Closed) => ends[0] += 1,
                Some(life::What::Void) => ends[1] += 1,
                other => panic!("a course ends with {other:?}"),
            }
        }
    }
    assert!(ends[0] > 70_000 && ends[1] > 200, "{ends:?}");
}

#[test]
fn a_run_that_goes_on_ends_where_a_later_start_begins() {
    let clockwork = clockwork();
    // Over midnights, a weekend and nights; in uneven strides, one of them of zero length.
    let (from, to) = (at("2026-11-19T14:32:05+08:00"), at("2026-11-24T09:00:00+08:00"));
    let (tickets, mut running) = clockwork.open(from, 200);
    assert_eq!(tickets, clockwork.history(from, 200));
    let mut now: HashMap<TicketId, Ticket> = tickets.into_iter().map(|ticket| (ticket.id.clone(), ticket)).collect();
    let mut last = from;
    let mut stride = 1;
    while running.now() < to {
        let next = (running.now() + SignedDuration::from_secs(stride % 9_000)).min(to);
        stride = stride * 7 + 1;
        let due = running.next_due();
        let changes = running.advance(next);
        assert!(running.next_due() > next);
        assert!(changes.first().is_none_or(|(first, _)| *first >= due));
        for (moment, ticket) in changes {
            assert!(last <= moment && moment <= next);
            assert_eq!(ticket.updated_at, moment);
            last = moment;
            let before = now.get(&ticket.id).map_or(0, |ticket| ticket.ver);
            assert_eq!(ticket.ver, before + 1, "{}", ticket.id);
            now.insert(ticket.id.clone(), ticket);
        }
    }
    let later = clockwork.history(to, 205);
    assert_eq!(now.len(), later.len());
    for ticket in &later {
        assert_eq!(now.get(&ticket.id), Some(ticket));
    }
    // A fresh run from `from` yields the same changes, in one stride.
    let mut fresh = Running::starting_at(clockwork.clone(), from);
    let (_, mut again) = clockwork.open(from, 3);
    let changes = fresh.advance(to);
    assert!(changes.len() > 5_000);
    assert_eq!(changes, again.advance(to));
    assert!(fresh.advance(from).is_empty());
}

#[test]
fn a_short_history_is_the_end_of_a_long_one() {
    let clockwork = clockwork();
    let until = at("2026-11-21T14:32:05+08:00");
    let long = clockwork.history(until, 30);
    let short = clockwork.history(until, 3);
    assert_eq!(long[long.len() - short.len()..], short);
    assert_eq!(clockwork.open(until, 3).0, short);
}

#[test]
fn the_detail_agrees_with_the_list_at_every_step() {
    let clockwork = clockwork();
    for plan in clockwork.plan_day(date(2026, 11, 18)).iter().step_by(9) {
        for step in &plan.life.steps {
            let moment = fold::instant(step.at);
            let detail = clockwork.state(plan, moment).unwrap();
            let ticket = &detail.ticket;
            assert!(detail.timeline.windows(2).all(|pair| pair[0].at <= pair[1].at));
            assert!(detail.timeline.iter().all(|entry| entry.at <= moment));
            let handle = detail.clocks.iter().rev().find(|clock| clock.kind == ClockKind::Handle);
            assert_eq!(ticket.handle_due, handle.and_then(|clock| clock.due_at));
            assert_eq!(ticket.suspended_since.is_some(), handle.is_some_and(|clock| clock.is_paused(moment)));
            let sign = detail.clocks.iter().find(|clock| clock.kind == ClockKind::Sign);
            assert_eq!(ticket.signed_at, sign.and_then(|clock| clock.stopped_at));
            assert_eq!(ticket.sign_due, sign.and_then(|clock| clock.due_at));
            assert!(ticket.stage_since <= moment);
        }
    }
}

#[test]
fn a_clock_has_used_its_limit_exactly_when_it_is_due() {
    let clockwork = clockwork();
    let calendar = calendar();
    let mut paused = 0;
    for day in date(2026, 9, 1).series(1.day()).take(20) {
        for plan in clockwork.plan_day(day) {
            let all = &plan.life.steps;
            for clock in fold::clocks(&plan, all) {
                let (Some(due), Some(limit)) = (clock.due_at, clock.limit_min) else { panic!("no limit") };
                let mut running = clock.clone();
                running.stopped_at = None;
                paused += usize::from(!clock.pauses.is_empty());
                assert_eq!(
                    running.elapsed(due, &calendar),
                    SignedDuration::from_mins(i64::from(limit)),
                    "{}: {clock:?}",
                    clockwork.id(&plan)
                );
            }
        }
    }
    assert!(paused > 50, "{paused}");
}

#[test]
fn places_are_in_their_grid_or_said_to_be_unknown() {
    let board = board();
    let shapes: HashMap<AreaCode, MultiPolygon<f64>> =
        board.cells.iter().map(|cell| (cell.code.clone(), cell.boundary.clone())).collect();
    let (mut missing, mut outside, mut coarse) = (0, 0, 0);
    let tickets = clockwork().history(at("2026-11-21T00:00:00+08:00"), 120);
    for ticket in &tickets {
        match (ticket.position, &ticket.area) {
            (Position::At { lon, lat }, Some(area)) => match shapes.get(area) {
                Some(shape) => assert!(shape.intersects(&Point::new(lon, lat)), "{}", ticket.id),
                None => coarse += 1,
            },
            (Position::Missing, _) => missing += 1,
            (Position::Outside, None) => outside += 1,
            other => panic!("{other:?}"),
        }
        assert!(ticket.position.lonlat().is_some() || ticket.source == Source::Hotline);
    }
    let hotline = tickets.iter().filter(|ticket| ticket.source == Source::Hotline).count() as f64;
    assert!((0.002..0.01).contains(&(f64::from(missing) / hotline)), "{missing}");
    assert!(outside > 2 && coarse > 20, "{outside} outside, {coarse} coarse");
}

#[test]
fn a_year_has_the_figures_of_a_real_district() {
    let clockwork = clockwork();
    let now = at("2026-11-21T14:32:05+08:00");
    let tickets = clockwork.history(now, 365);
    let count = |test: &dyn Fn(&Ticket) -> bool| tickets.iter().filter(|ticket| test(ticket)).count() as f64;
    let within = |what: &str, value: f64, low: f64, high: f64| {
        assert!((low..=high).contains(&value), "{what}: {value} is not in {low}–{high}");
    };
    let all = tickets.len() as f64;
    within("a day", all / 365.6, 193.0, 205.0);
    within("grid workers", count(&|t| t.source == Source::GridWorker) / all, 0.55, 0.61);
    within("hotline", count(&|t| t.source == Source::Hotline) / all, 0.37, 0.43);
    let rated = count(&|t| t.rated != Rating::None);
    within("rated", rated / all, 0.28, 0.40);
    within("satisfied", count(&|t| t.rated == Rating::Yes) / rated, 0.84, 0.87);
    within("solved", count(&|t| t.resolved == Some(true)) / rated, 0.87, 0.91);
    within("done again", count(&|t| t.redo_count > 0) / all, 0.015, 0.045);
    within("void", count(&|t| t.stage == Stage::Void) / all, 0.003, 0.007);
    let closed = count(&|t| t.stage == Stage::Closed);
    let plans: Vec<Plan> = date(2026, 1, 1).series(1.day()).take(300).flat_map(|day| clockwork.plan_day(day)).collect();
    let late = plans.iter().filter(|plan| {
        fold::clocks(plan, &plan.life.steps)
            .iter()
            .any(|clock| clock.kind == ClockKind::Handle && clock.stopped_at > clock.due_at)
    });
    within("handled late", late.count() as f64 / plans.len() as f64, 0.0003, 0.0025);
    within("closed", closed / all, 0.98, 0.999);
    within("in hand", count(&|t| t.is_in_hand()), 110.0, 200.0);
    within("overdue", count(&|t| t.is_overdue(now)), 1.0, 15.0);
    within("today", count(&|t| clockwork.date_of(t.reported_at) == date(2026, 11, 21)), 80.0, 150.0);
    for stage in Stage::IN_HAND {
        within(stage.key(), count(&|t| t.stage == stage), 0.0, 120.0);
    }
    // Grid workers by day, the hotline in the evening too; less on Sundays.
    let share = |source: Source, hours: std::ops::Range<i8>| {
        let of_source = |t: &&Ticket| t.source == source;
        let hour = |t: &&Ticket| hours.contains(&clockwork.calendar.zone.to_datetime(t.reported_at).hour());
        tickets.iter().filter(of_source).filter(hour).count() as f64 / count(&|t| t.source == source)
    };
    within("grid workers 8 to 18", share(Source::GridWorker, 8..18), 0.7, 0.85);
    within("grid workers 18 to 23", share(Source::GridWorker, 18..23), 0.1, 0.2);
    within("hotline 18 to 23", share(Source::Hotline, 18..23), 0.2, 0.3);
    let on = |day: i8| {
        count(&|t| clockwork.calendar.zone.to_datetime(t.reported_at).weekday().to_monday_zero_offset() == day) / all
    };
    within("Sunday against Monday", on(6) / on(0), 0.6, 0.85);
    // Hot grids.
    let mut by_grid: HashMap<&AreaCode, f64> = HashMap::new();
    for area in tickets.iter().filter_map(|ticket| ticket.area.as_ref()) {
        *by_grid.entry(area).or_default() += 1.0;
    }
    let mut counts: Vec<f64> = by_grid.into_values().collect();
    counts.sort_by(|a, b| b.total_cmp(a));
    within("share of the busiest tenth", counts[..52].iter().sum::<f64>() / all, 0.22, 0.5);
}

#[test]
fn now_and_then_one_matter_bursts_in_one_place() {
    let clockwork = clockwork();
    let mut bursts = HashMap::new();
    for ticket in clockwork.history(at("2026-11-21T00:00:00+08:00"), 120) {
        let Some(area) = ticket.area else { continue };
        let two_days = ticket.reported_at.as_second() / (2 * 86_400);
        *bursts.entry((two_days, ticket.category, area.as_str()[..9].to_owned())).or_insert(0) += 1;
    }
    // One category in one street (80 grids) within two days: usually one or two.
    let large = bursts.values().filter(|count| **count >= 12).count();
    assert!((15..90).contains(&large), "{large}");
}

#[test]
fn ground_takes_the_names_above_each_grid() {
    let area = |code: &str, level, name: &str, parent: Option<&str>| Area {
        code: AreaCode::new(code),
        level,
        kind: None,
        name: name.into(),
        name_en: None,
        parent: parent.map(AreaCode::new),
        households: None,
        population: None,
        boundary: MultiPolygon(vec![Rect::new((0.0, 0.0), (1.0, 1.0)).to_polygon()]),
    };
    let areas = [
        area("4599", Level::District, "海澄区", None),
        area("459901", Level::Street, "望澜街道", Some("4599")),
        area("459901001", Level::Community, "盐坊社区", Some("459901")),
        area("459901001011", Level::Grid, "盐坊11网格", Some("459901001")),
        area("459909", Level::Grid, "无主网格", Some("nowhere")),
    ];
    let mut weights = [2.0, 3.0].into_iter();
    let ground = Ground::from_areas(&areas, |_| weights.next().unwrap_or(0.0), calendar(), "HC");
    assert_eq!(ground.cells.len(), 2);
    assert_eq!(ground.cells[0].community.as_str(), "459901001");
    assert_eq!((&*ground.cells[0].community_name, &*ground.cells[0].street_name), ("盐坊社区", "望澜街道"));
    assert_eq!((ground.cells[1].weight, ground.cells[1].community_name.as_str()), (3.0, "无主网格"));
    assert!((ground.per_day - 2.0 * PER_GRID_AND_DAY).abs() < 1e-9);
    let clockwork = Clockwork::new(ground, 1);
    assert!((0..40).any(|day| !clockwork.plan_day(date(2026, 1, 1).saturating_add(day.days())).is_empty()));
}

#[test]
fn words_are_short_chinese_and_in_the_shipped_font() {
    let clockwork = clockwork();
    let evening = at("2026-11-23T12:00:00+08:00");
    let mut notes = 0;
    for plan in clockwork.plan_day(date(2026, 11, 21)) {
        let detail = clockwork.state(&plan, evening).unwrap();
        for entry in &detail.timeline {
            let text = [&entry.unit, &entry.actor_role, &entry.note].map(|part| part.clone().unwrap_or_default());
            for part in &text {
                assert!(!part.is_empty() && part.chars().count() <= 30, "{part}");
                let (_, _, unmappable) = encoding_rs::GBK.encode(part);
                assert!(!unmappable, "{part}");
                notes += 1;
            }
        }
        assert!(detail.related.len() <= RELATED_MOST && !detail.related.contains(&detail.ticket.id));
    }
    assert!(notes > 3_000);
}

#[test]
fn a_district_where_nothing_can_happen_is_quiet_and_does_not_hang() {
    let mut ground = board();
    ground.cells.clear();
    let quiet = Arc::new(Clockwork::new(ground, 1));
    let now = at("2026-11-21T14:32:05+08:00");
    assert!(quiet.history(now, 30).is_empty());
    let mut running = Running::starting_at(quiet, now);
    assert_eq!(running.next_due(), at("2026-11-22T00:00:00+08:00"));
    assert!(running.advance(at("2027-11-21T00:00:00+08:00")).is_empty());
    let mut none = board();
    none.per_day = f64::NAN;
    assert!(Clockwork::new(none, 1).plan_day(date(2026, 11, 21)).is_empty());
    assert!(clockwork().plan_day(date(1999, 12, 31)).is_empty());
    let mut last = Running::starting_at(clockwork(), at("2099-12-31T12:00:00+08:00"));
    assert!(!last.advance(Timestamp::MAX).is_empty());
}

/// Prints what a year looks like and how long it takes; asserts nothing.
#[test]
#[ignore = "a report, not a test: run it with --nocapture"]
fn report() {
    let started = std::time::Instant::now();
    let clockwork = clockwork();
    eprintln!("prepare {:?}", started.elapsed());
    let now = at("2026-11-21T14:32:05+08:00");
    for _ in 0..3 {
        let started = std::time::Instant::now();
        let tickets = clockwork.history(now, 365);
        eprintln!("history of {} tickets {:?}", tickets.len(), started.elapsed());
    }
    let started = std::time::Instant::now();
    let mut running = Running::starting_at(clockwork.clone(), now);
    eprintln!("start a run {:?}, {} in hand", started.elapsed(), running.followed());
    let started = std::time::Instant::now();
    let changes = running.advance(now + SignedDuration::from_hours(24 * 7));
    eprintln!("a week of {} changes {:?}", changes.len(), started.elapsed());
    let started = std::time::Instant::now();
    let detail = clockwork.detail(&TicketId::new("HC261121-0084"), now).unwrap();
    eprintln!("detail {:?}\n{detail:#?}", started.elapsed());
    for moment in [
        "2026-11-21T14:32:05+08:00",
        "2026-11-18T10:30:00+08:00",
        "2026-11-23T08:10:00+08:00",
        "2026-07-01T22:00:00+08:00",
    ] {
        let now = at(moment);
        let tickets = clockwork.history(now, 160);
        eprintln!("--- {moment}");
        for stage in Stage::IN_HAND {
            let mut ages: Vec<f64> = tickets
                .iter()
                .filter(|ticket| ticket.stage == stage)
                .map(|ticket| now.duration_since(ticket.stage_since).as_secs_f64() / 60.0)
                .collect();
            ages.sort_by(f64::total_cmp);
            let overdue = tickets.iter().filter(|ticket| ticket.stage == stage && ticket.is_overdue(now)).count();
            let paused = tickets.iter().filter(|t| t.stage == stage && t.suspended_since.is_some()).count();
            let median = ages.get(ages.len() / 2).copied().unwrap_or(0.0);
            eprintln!("{:9} {:4}  overdue {overdue}  paused {paused}  median {median:.0} min", stage.key(), ages.len());
        }
    }
    let mut groups: HashMap<(&str, Source), usize> = HashMap::new();
    let tickets = clockwork.history(now, 365);
    for ticket in &tickets {
        *groups.entry((&ticket.category, ticket.source)).or_default() += 1;
    }
    let mut lines: Vec<_> = groups.into_iter().collect();
    lines.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for ((category, source), count) in lines.iter().take(30) {
        eprintln!("{category} {} {count}", source.key());
    }
    let hours = |source: Source| {
        let mut hours = [0; 24];
        for ticket in tickets.iter().filter(|ticket| ticket.source == source) {
            hours[clockwork.calendar.zone.to_datetime(ticket.reported_at).hour() as usize] += 1;
        }
        hours
    };
    eprintln!("{:?}\n{:?}", hours(Source::GridWorker), hours(Source::Hotline));
}
