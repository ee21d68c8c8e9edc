//! What the card of a number says and where it leads; that it counts what the panels count.

use std::cell::RefCell;

use bevy_egui::egui::{Key, Rect, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::super::board_of::BoardOf;
use super::super::{fixture, look};
use super::which::Judge;
use super::*;
use crate::city::Freshness;
use crate::domain::{GridKind, Level, Source, Stage, TeamKind};

fn count(city: &fixture::City, asked: &Counted) -> usize {
    let zone = fixture::zone();
    let judge = Judge { areas: &city.areas, now: fixture::now(), zone: &zone };
    city.tickets.by_id.values().filter(|ticket| asked.takes(ticket, &judge)).count()
}

#[test]
fn it_counts_what_the_panels_count() {
    let city = fixture::city();
    let tally = |id: crate::domain::AreaId| city.tallies.areas[id.index()];
    let street = city.areas.at_level(Level::Street).next().expect("a street");
    let root = city.areas.root().expect("a district");
    assert_eq!(count(&city, &Counted::Open(street)), tally(street).open as usize);
    assert_eq!(count(&city, &Counted::Late(Some(street))), tally(street).overdue as usize);
    assert_eq!(count(&city, &Counted::Late(None)), tally(root).overdue as usize);
    assert_eq!(count(&city, &Counted::TodayIn(street)), tally(street).today as usize);
    let today: u32 = city.tallies.today.as_flattened().iter().sum();
    assert_eq!(count(&city, &Counted::Today(None)), today as usize);
    let hotline: u32 = city.tallies.today.iter().map(|hour| hour[Source::Hotline as usize]).sum();
    assert_eq!(count(&city, &Counted::Today(Some(Source::Hotline))), hotline as usize);
    for hour in 0..24u8 {
        let told: u32 = city.tallies.today[usize::from(hour)].iter().sum();
        assert_eq!(count(&city, &Counted::Hours(hour, hour + 1)), told as usize, "{hour}");
    }
    for (nth, stage) in city.tallies.stages.iter().enumerate() {
        assert_eq!(count(&city, &Counted::Step(nth, nth, None)), stage.count as usize, "{nth}");
    }
    let all: u32 = city.tallies.stages.iter().map(|stage| stage.count).sum();
    assert_eq!(count(&city, &Counted::Step(0, 7, None)), all as usize);
    let rated =
        city.tickets.by_id.values().filter(|it| it.closed_at.is_some() && it.rated != crate::domain::Rating::None);
    let closed = city.tickets.by_id.values().filter(|it| it.closed_at.is_some()).count();
    assert_eq!(count(&city, &Counted::Lacks(Lack::Rating)), closed - rated.count());
    let eighths: usize = (0..8).map(|part| count(&city, &Counted::Part(part, Default::default()))).sum();
    assert_eq!(eighths, city.tickets.by_id.len(), "all of the fixture are of the last week");
}

#[test]
fn teams_and_grids_are_told_street_by_street() {
    let city = fixture::city();
    let of = |asked| found::parts(&city.areas, &city.lists.teams, &asked);
    let (whole, streets) = of(Counted::Team(TeamKind::GridWorkers));
    assert_eq!((whole, streets.len()), ((Some(121), Some(168)), 7));
    let (whole, streets) = of(Counted::Visits);
    assert_eq!((whole, streets.last().map(|(_, parts)| *parts)), ((Some(98), Some(140)), Some((None, None))));
    let (whole, streets) = of(Counted::Grids(Some(GridKind::General)));
    let sum: u64 = streets.iter().filter_map(|(_, parts)| parts.0).sum();
    assert_eq!((whole, sum), ((Some(140), Some(140)), 140));
}

/// Opens the card, clicks or presses keys; what it said, and what it wished.
fn card(asked: &Counted, rung: Freshness, click: Option<&str>, keys: &[Key]) -> (Vec<String>, Vec<Intent>) {
    let city = fixture::city();
    let feeds = look::tests::feeds(rung, 420, city.mono);
    let got = RefCell::new(Vec::new());
    let labels;
    {
        let mut state = PanelState::default();
        state.behind.ask(Some(asked.clone()), &Target::District);
        let parts = BoardOf::default();
        let mut harness = Harness::builder().with_size(vec2(1200.0, 1000.0)).build_ui(|ui| {
            if !crate::panels::style::install(ui.ctx(), crate::palette::Theme::Dark) {
                return;
            }
            let look = look::tests::look(&feeds, Some(&city.site), city.mono);
            let board = parts.board(look, &city);
            let free = Rect::from_min_max(pos2(100.0, 20.0), pos2(1100.0, 980.0));
            let mut intents = Vec::new();
            card_ui(ui, &board, &mut state, free, &mut intents);
            got.borrow_mut().extend(intents);
        });
        harness.run_steps(4);
        labels = harness
            .query_all_by(|_| true)
            .filter_map(|node| node.accesskit_node().label().or_else(|| node.accesskit_node().value()))
            .collect();
        if let Some(label) = click {
            let is_it = |text: &str| text.contains(label);
            harness.query_all_by(|node| node.label().is_some_and(|text| is_it(&text))).next().expect("there").click();
            harness.run_steps(2);
        }
        for key in keys {
            harness.key_press(*key);
            harness.run_steps(2);
        }
    }
    (labels, got.into_inner())
}

#[test]
fn the_card_says_how_it_counts_and_leads_to_each_ticket() {
    let city = fixture::city();
    let handle = Stage::IN_HAND.iter().position(|stage| *stage == Stage::Handle).expect("a stage");
    let asked = Counted::Step(handle, handle, None);
    let in_step = || city.tickets.by_id.values().filter(|ticket| ticket.stage == Stage::Handle);
    let longest = in_step().min_by_key(|ticket| (ticket.stage_since, ticket.id.clone())).expect("one").id.clone();
    let (labels, wishes) = card(&asked, Freshness::Live, Some(longest.as_str()), &[]);
    let head = format!("处置 {} 件", in_step().count());
    for part in [head.as_str(), "此刻在办，停在该环节", "工单库，由大屏计数", "2026-11-21 14:32:05"]
    {
        assert!(labels.iter().any(|label| label == part), "{part} is not in {labels:?}");
    }
    let more = format!("最久 12 · 另有 {} 件", in_step().count() - 12);
    assert!(labels.contains(&more), "{more} is not in {labels:?}");
    let away = [Intent::Behind(None), Intent::Drill(Drill::To(Target::Ticket(longest)))];
    assert_eq!(wishes, away);
    // The first row by keys alone.
    assert_eq!(card(&asked, Freshness::Live, None, &[Key::Tab, Key::Tab, Key::Enter]).1.last(), Some(&away[1]));
    assert_eq!(card(&asked, Freshness::Live, None, &[Key::Escape]).1, [Intent::Behind(None)]);
}

#[test]
fn what_is_lost_is_no_zero_and_what_is_stale_says_since_when() {
    let said = |rung| card(&Counted::Today(None), rung, None, &[]).0.join("/");
    assert!(said(Freshness::Expired).contains("今日受理 — 件"), "{}", said(Freshness::Expired));
    assert!(said(Freshness::Stale).contains("数据截至 14:25:05"), "{}", said(Freshness::Stale));
    let streets = card(&Counted::Team(TeamKind::GridWorkers), Freshness::Live, Some("临汐"), &[]).1;
    let linxi =
        fixture::city().areas.at_level(Level::Street).nth(2).map(|id| fixture::city().areas.get(id).code.clone());
    assert_eq!(streets.last(), linxi.map(|code| Intent::Drill(Drill::To(Target::Area(code)))).as_ref());
}
