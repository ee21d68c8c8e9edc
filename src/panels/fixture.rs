//! A small made-up city for the tests of panels, and hands to click and read with. Only in tests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy_egui::egui::{Ui, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::board::FigureBoards;
use super::digest::Digest;
use super::look::{self, Look};
use super::search::SearchState;
use super::style;
use crate::city::{
    AreaTally, ClassCases, Freshness, Indicators, Rejects, Sources, StageTally, Tallies, Teams, Tickets, Warnings,
    WhistleCalls,
};
use crate::domain::*;
use crate::palette::Theme;

/// All that panels read.
pub struct City {
    pub areas: Arc<AreaTable>,
    pub tickets: Tickets,
    pub tallies: Tallies,
    pub site: Site,
    pub rejects: Rejects,
    pub lists: Lists,
    pub mono: Instant,
}

/// What the platform counts itself.
#[derive(Debug, Default)]
pub struct Lists {
    pub indicators: Indicators,
    pub warnings: Warnings,
    pub teams: Teams,
    pub whistle_calls: WhistleCalls,
    pub class_cases: ClassCases,
    pub sources: Sources,
}

impl Lists {
    pub fn borrowed(&self) -> FigureBoards<'_> {
        FigureBoards {
            indicators: &self.indicators,
            warnings: &self.warnings,
            teams: &self.teams,
            whistle_calls: &self.whistle_calls,
            class_cases: &self.class_cases,
            sources: &self.sources,
        }
    }
}

impl City {
    pub fn digest(&self) -> Digest {
        Digest::of(&self.tickets, &self.areas, now(), &zone())
    }
}

pub fn now() -> Timestamp {
    "2026-11-21T14:32:05+08:00".parse().unwrap()
}

pub fn zone() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

const STREETS: [(&str, &str); 7] = [
    ("望澜街道", "Wanglan"),
    ("东沚街道", "Dongzhi"),
    ("临汐街道", "Linxi"),
    ("长屿街道", "Changyu"),
    ("云麓街道", "Yunlu"),
    ("青岬街道", "Qingjia"),
    ("鹭汀街道", "Luting"),
];
const COMMUNITIES: [(&str, &str); 5] =
    [("盐坊", "Yanfang"), ("石桥", "Shiqiao"), ("骑楼", "Qilou"), ("北渡", "Beidu"), ("柳岸", "Liuan")];
const CATEGORIES: [(&str, &str); 8] = [
    ("供水不足", "供水供电"),
    ("道路破损", "设施管理"),
    ("油烟扰民", "市容环境"),
    ("夜间施工噪声", "噪声扰民"),
    ("违规停车", "街面秩序"),
    ("垃圾暴露", "市容环境"),
    ("路灯不亮", "设施管理"),
    ("消防通道堵塞", "消防安全"),
];

/// Small numbers that look scattered, the same each time.
fn scatter(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The city with everything that the platform counts itself, as far as panels show it.
pub fn full() -> City {
    let mut city = city();
    super::warnings::samples::fill(&mut city);
    super::whistle::samples::fill(&mut city);
    super::class_cases::samples::fill(&mut city);
    city
}

fn areas() -> AreaTable {
    let square = |x: f64, y: f64| geo::MultiPolygon(vec![geo::Rect::new((x, y), (x + 0.01, y + 0.01)).to_polygon()]);
    let area =
        |code: String, level, name: String, en: String, parent: Option<String>, people: Option<u32>, at: f64| Area {
            code: AreaCode::new(code),
            level,
            kind: (level == Level::Grid).then_some(GridKind::General),
            name,
            name_en: Some(en),
            parent: parent.map(AreaCode::new),
            households: people.map(|n| n / 3),
            population: people,
            boundary: square(109.3 + at * 0.01, 21.2),
        };
    let mut all = vec![area("459901".into(), Level::District, "澜湾区".into(), "Lanwan".into(), None, None, 0.0)];
    for (s, (street, street_en)) in STREETS.iter().enumerate() {
        let code = format!("459901{:03}", s + 1);
        all.push(area(
            code.clone(),
            Level::Street,
            (*street).into(),
            (*street_en).into(),
            Some("459901".into()),
            None,
            s as f64,
        ));
        for (c, (community, community_en)) in COMMUNITIES.iter().enumerate() {
            let ccode = format!("{code}{:03}", c + 1);
            let name = format!("{}{community}社区", &street[..3]);
            all.push(area(
                ccode.clone(),
                Level::Community,
                name,
                format!("{community_en} {}", s + 1),
                Some(code.clone()),
                None,
                c as f64,
            ));
            for g in 0..4 {
                let gcode = format!("{ccode}{:02}", g + 1);
                let name = format!("{}{community}{:02}网格", &street[..3], g + 1);
                let en = format!("{community_en} {}-{}", s + 1, g + 1);
                let people = 500 + (scatter((s * 100 + c * 10 + g) as u64) % 900) as u32;
                all.push(area(gcode, Level::Grid, name, en, Some(ccode.clone()), Some(people), g as f64));
            }
        }
    }
    let (table, defects) = AreaTable::build(all);
    assert!(defects.is_empty());
    table
}

fn ticket(areas: &AreaTable, grids: &[AreaId], serial: u64, reported_at: Timestamp, stage: Stage) -> Ticket {
    let pick = scatter(serial);
    let (category, group) = CATEGORIES[(pick % 8) as usize];
    let grid = grids[((pick >> 8) % grids.len() as u64) as usize];
    let day = reported_at.to_zoned(zone());
    let since =
        reported_at + SignedDuration::from_secs(((now().duration_since(reported_at).as_secs()) as f64 * 0.4) as i64);
    Ticket {
        id: TicketId::new(format!("HC{:02}{:02}{:02}-{serial:04}", day.year() - 2000, day.month(), day.day())),
        ver: 3,
        stage,
        stage_since: since,
        suspended_since: None,
        source: match pick % 20 {
            0..12 => Source::GridWorker,
            12..19 => Source::Hotline,
            _ => Source::Dispatch,
        },
        mode: if pick.is_multiple_of(11) { HandlingMode::Emergency } else { HandlingMode::Ordinary },
        category_code: "0203".into(),
        category: category.into(),
        category_group: group.into(),
        agency: Some("区水务局".into()),
        position: Position::At { lon: 109.3, lat: 21.2 },
        area: Some(areas.get(grid).code.clone()),
        reported_at,
        updated_at: since,
        sign_due: Some(reported_at + SignedDuration::from_mins(30)),
        signed_at: (stage >= Stage::Handle).then(|| reported_at + SignedDuration::from_mins(13)),
        handle_due: Some(reported_at + SignedDuration::from_hours(20 + (pick % 60) as i64)),
        handled_late: false,
        closed_at: (!stage.is_in_hand()).then_some(since),
        redo_count: u8::from(pick % 9 == 4 && stage.is_in_hand()),
        rated: if !stage.is_in_hand() && pick % 3 == 1 { Rating::No } else { Rating::None },
        resolved: None,
    }
}

pub fn city() -> City {
    let areas = areas();
    let grids: Vec<AreaId> = areas.at_level(Level::Grid).collect();
    let start: Timestamp = "2026-11-21T00:00:00+08:00".parse().unwrap();
    let mut tickets = Tickets::default();
    tickets.is_complete = true;
    let mut serial = 0;
    for (day, count) in [(0, 118), (1, 90), (2, 30)] {
        for i in 0..count {
            serial += 1;
            // More by day than by night.
            let share = (i as f64 + (scatter(serial) % 100) as f64 / 100.0) / f64::from(count);
            let hours = if day == 0 { 14.5 } else { 24.0 } * (0.25 + 0.75 * share);
            let at = start + SignedDuration::from_secs((hours * 3600.0) as i64 - day * 86_400);
            let age = now().duration_since(at).as_hours();
            let stage = match (age, scatter(serial * 7) % 10) {
                (0, n) => Stage::IN_HAND[n as usize % 4],
                (_, 0..5) => Stage::Handle,
                (_, 5) => Stage::Feedback,
                (_, 6) => Stage::Verify,
                (_, 7) if age < 12 => Stage::Evaluate,
                _ => Stage::Closed,
            };
            let ticket = ticket(&areas, &grids, serial, at.min(now() - SignedDuration::from_secs(30)), stage);
            tickets.by_id.insert(ticket.id.clone(), ticket);
        }
    }
    let mut newest: Vec<&Ticket> = tickets.by_id.values().collect();
    newest.sort_by(|a, b| b.reported_at.cmp(&a.reported_at).then_with(|| b.id.cmp(&a.id)));
    tickets.newest = newest.iter().map(|ticket| ticket.id.clone()).collect();
    let tallies = tallies(&areas, &tickets, start);
    let site = Site {
        title: "澜湾区网格化指挥中心".into(),
        title_en: "Lanwan Grid Governance Centre".into(),
        district: Some(AreaCode::new("459901")),
        zone: zone(),
        environment: Environment::Demo,
        workflow: Workflow::eight_steps(),
        calendar: Calendar::office_hours(zone()),
        clock: SiteClock { now: now(), speed: 1.0 },
        map_approval: None,
    };
    let lists = Lists {
        indicators: super::indicator::fixture::indicators(&areas),
        teams: super::teams::tests::teams(&areas),
        sources: Sources(super::foundation::sources::tests::sources()),
        ..Lists::default()
    };
    City {
        areas: Arc::new(areas),
        tickets,
        tallies,
        site,
        rejects: Rejects::default(),
        lists,
        mono: Instant::now() + Duration::from_secs(100_000),
    }
}

/// Counted plainly: enough for panels, and apart from the counting they show.
fn tallies(areas: &AreaTable, tickets: &Tickets, start: Timestamp) -> Tallies {
    let mut tallies =
        Tallies { areas: vec![AreaTally::default(); areas.len()], as_of: Some(now()), ..Default::default() };
    let mut since: [Vec<Timestamp>; 8] = Default::default();
    for ticket in tickets.by_id.values() {
        let (open, late) = (u32::from(ticket.is_in_hand()), u32::from(ticket.is_overdue(now())));
        let today = u32::from(ticket.reported_at >= start);
        let id = areas.find(ticket.area.as_ref().unwrap()).unwrap();
        for area in areas.with_ancestors(id) {
            let tally = &mut tallies.areas[area.index()];
            (tally.open, tally.overdue, tally.today) = (tally.open + open, tally.overdue + late, tally.today + today);
        }
        if today == 1 {
            let hour = ticket.reported_at.to_zoned(zone()).hour() as usize;
            tallies.today[hour][ticket.source as usize] += 1;
        }
        if let Some(slot) = Stage::IN_HAND.iter().position(|stage| *stage == ticket.stage) {
            tallies.stages[slot].count += 1;
            tallies.stages[slot].overdue += late;
            since[slot].push(ticket.stage_since);
        }
    }
    for (slot, mut since) in since.into_iter().enumerate() {
        since.sort();
        tallies.stages[slot] = StageTally { median_since: since.get(since.len() / 2).copied(), ..tallies.stages[slot] };
    }
    let shape = [1, 1, 0, 0, 1, 2, 5, 9, 14, 16, 15, 13, 9, 11, 14, 14, 12, 11, 9, 8, 6, 4, 3, 2];
    tallies.same_weekday = (0..8)
        .map(|week| {
            let mut hours = shape;
            for (hour, n) in hours.iter_mut().enumerate() {
                *n = (*n + (scatter(week * 31 + hour as u64) % 4) as u32).saturating_sub(2);
            }
            hours
        })
        .collect();
    tallies.off_map = 3;
    tallies
}

/// The detail of one ticket in handling, with everything a panel can show.
pub fn detail(city: &City) -> TicketDetail {
    let mut ticket = city
        .tickets
        .newest
        .iter()
        .map(|id| &city.tickets.by_id[id])
        .find(|t| t.stage == Stage::Handle)
        .unwrap()
        .clone();
    ticket.mode = HandlingMode::Emergency;
    let at = |text: &str| format!("2026-11-21T{text}:00+08:00").parse::<Timestamp>().unwrap();
    ticket.reported_at = at("12:42");
    let entry = |time: &str, stage, event: &str, note: &str| TimelineEntry {
        at: at(time),
        stage,
        event: event.into(),
        unit: None,
        actor_role: None,
        note: Some(note.into()),
    };
    let clock = |kind, stopped: Option<&str>, due: &str, limit, pauses| Clock {
        kind,
        started_at: at("12:51"),
        stopped_at: stopped.map(at),
        due_at: Some(at(due)),
        limit_min: Some(limit),
        urgent: true,
        extended_min: 0,
        pauses,
    };
    let pause = Pause { from: at("13:46"), to: Some(at("14:08")), reason: Some("待供电局确认送电".into()) };
    TicketDetail {
        address: Some("盐坊路 21 号附近".into()),
        clocks: vec![
            clock(ClockKind::Sign, Some("13:04"), "13:21", 30, vec![]),
            clock(ClockKind::Handle, None, "17:13", 240, vec![pause]),
        ],
        timeline: vec![
            entry("12:42", Stage::Collect, "entered", "12345 热线转入"),
            entry("12:43", Stage::Report, "entered", "话务员提交"),
            entry("12:46", Stage::Register, "entered", "自动归集 供水类 · 置信 0.93，人工确认"),
            entry("12:51", Stage::Dispatch, "entered", "区水务局主办，盐坊社区协办"),
            entry("13:04", Stage::Dispatch, "signed", "区水务局 · 签收钟停"),
            entry("13:22", Stage::Handle, "entered", "到场：二次供水泵房电控故障"),
            entry("13:46", Stage::Handle, "paused", "待供电局确认送电，办理钟暂停"),
            entry("14:08", Stage::Handle, "resumed", "恢复处置，更换接触器"),
        ],
        evidence: 3,
        related: city.tickets.newest.iter().filter(|id| **id != ticket.id).take(6).cloned().collect(),
        as_of: now() - SignedDuration::from_secs(2),
        ticket,
    }
}

/// Runs a panel in a harness of `size` with live data.
fn harness<'a, T: 'a>(
    city: &'a City,
    size: Vec2,
    mut show: impl FnMut(&mut Ui, &Look<'_>, &City) -> T + 'a,
    mut out: impl FnMut(T) + 'a,
) -> Harness<'a> {
    let feeds = look::tests::feeds(Freshness::Live, 2, city.mono);
    let mut harness = Harness::builder().with_size(size).build_ui(move |ui| {
        if style::install(ui.ctx(), Theme::Dark) {
            let look = look::tests::look(&feeds, Some(&city.site), city.mono);
            out(show(ui, &look, city));
        }
    });
    harness.run_steps(4);
    harness
}

/// Clicks on what is labelled with `label` (as a part of its words) and says what the panel asked for.
pub fn click<T>(city: &City, label: &str, show: impl FnMut(&mut Ui, &Look<'_>, &City) -> Option<T>) -> Option<T> {
    click_in(city, vec2(560.0, 900.0), label, show)
}

/// The same in a panel of another size.
pub fn click_in<T>(
    city: &City,
    size: Vec2,
    label: &str,
    show: impl FnMut(&mut Ui, &Look<'_>, &City) -> Option<T>,
) -> Option<T> {
    let got = std::cell::RefCell::new(None);
    {
        let mut harness = harness(city, size, show, |wish: Option<T>| {
            if wish.is_some() {
                *got.borrow_mut() = wish;
            }
        });
        let node = harness
            .query_all_by(|node| {
                node.role() == bevy_egui::egui::accesskit::Role::Button
                    && node.label().is_some_and(|text| text.contains(label))
            })
            .next();
        node.unwrap_or_else(|| panic!("nothing says {label}")).click();
        harness.run_steps(2);
    }
    got.into_inner()
}

/// Everything a panel says to assistive technology.
pub fn labels(city: &City, show: impl FnMut(&mut Ui, &Look<'_>, &City)) -> Vec<String> {
    labels_in(city, vec2(560.0, 900.0), show)
}

/// The same in a panel of another size.
pub fn labels_in(city: &City, size: Vec2, show: impl FnMut(&mut Ui, &Look<'_>, &City)) -> Vec<String> {
    let harness = harness(city, size, show, |()| {});
    harness
        .query_all_by(|_| true)
        .filter_map(|node| node.accesskit_node().label().or_else(|| node.accesskit_node().value()))
        .collect()
}

/// Presses Ctrl+K, types, presses Enter; says what the search asked for.
pub fn keys<T>(
    city: &City,
    text: &str,
    mut show: impl FnMut(&mut Ui, &Look<'_>, &City, &mut SearchState) -> Option<T>,
) -> Option<T> {
    use bevy_egui::egui::{Event, Key, Modifiers};
    let got = std::cell::RefCell::new(None);
    let mut state = SearchState::default();
    {
        let mut harness = harness(
            city,
            vec2(900.0, 700.0),
            move |ui: &mut Ui, look: &Look<'_>, city: &City| show(ui, look, city, &mut state),
            |wish: Option<T>| {
                if wish.is_some() {
                    *got.borrow_mut() = wish;
                }
            },
        );
        harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
        harness.run_steps(2);
        harness.event(Event::Text(text.into()));
        harness.run_steps(2);
        harness.key_press(Key::Enter);
        harness.run_steps(2);
    }
    got.into_inner()
}
