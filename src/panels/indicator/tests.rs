//! What a click does in each panel of indicators, and that every state of a number can be told apart.

use bevy_egui::egui::{Event, PointerButton, Rect, Ui, pos2, vec2};

use super::formula::Asked;
use super::number::Numbers;
use super::*;
use crate::city::{Freshness, Indicators};
use crate::domain::{Amount, Figure, IndicatorTable, Level, Period, Reading};
use crate::panels::fixture::{self, City};
use crate::panels::look::{self, Look};
use crate::selection::{Drill, Target};

fn bound(keys: &[&str]) -> Bound {
    Bound { indicators: keys.iter().map(|key| (*key).to_owned()).collect(), ..Bound::default() }
}

fn by_street(keys: &[&str]) -> Bound {
    Bound { level: Some(Level::Street), ..bound(keys) }
}

fn numbers<'a>(look: &Look<'a>, city: &'a City) -> Numbers<'a> {
    Numbers { indicators: &city.lists.indicators, areas: &city.areas, feeds: look.feeds, beside: Vec::new() }
}

fn asked(key: &str, period: Period) -> Option<Intent> {
    Some(Intent::Formula(Some(Asked { key: key.into(), period })))
}

/// Clicks on what says `label` in a panel of the made-up city.
fn click(
    label: &str,
    bound: &Bound,
    draw: fn(&Ui, &Look<'_>, &Numbers<'_>, &Bound) -> Option<Intent>,
) -> Option<Intent> {
    let city = fixture::city();
    fixture::click(&city, label, |ui, look, city| {
        let numbers =
            Numbers { indicators: &city.lists.indicators, areas: &city.areas, feeds: look.feeds, beside: Vec::new() };
        draw(ui, look, &numbers, bound)
    })
}

#[test]
fn a_click_on_a_number_asks_where_it_comes_from() {
    let ontime = bound(&["ontime", "satisfy"]);
    assert_eq!(
        click("按时办结率 99.93 %", &ontime, |u, l, n, b| rates::rates_ui(u, l, n, b)),
        asked("ontime", Period::Month)
    );
    let year = Bound { period: Some(Period::Year), ..bound(&["satisfy"]) };
    assert_eq!(click("满意率", &year, |u, l, n, b| rates::rates_ui(u, l, n, b)), asked("satisfy", Period::Year));
    let intake = bound(&["intake"]);
    let big = click("受理量 5,960 件", &intake, |u, l, n, b| big_number::big_number_ui(u, l, n, b));
    assert_eq!(big, asked("intake", Period::Month));
    let weeks = Bound { period: Some(Period::Week), ..bound(&["redo_rate", "unrated"]) };
    assert_eq!(click("未评价", &weeks, |u, l, n, b| trend::trend_ui(u, l, n, b)), asked("unrated", Period::Week));
    let plain = Bound::default();
    assert_eq!(
        click("调解完成", &plain, |u, l, n, b| funnel::funnel_ui(u, l, n, b)),
        asked("dispute_mediated", Period::Month)
    );
    assert_eq!(
        click("调解经费", &plain, |u, l, n, b| funnel::funnel_ui(u, l, n, b)),
        asked("dispute_funds", Period::Month)
    );
    let city = fixture::city();
    let digest = city.digest();
    let lane = fixture::click(&city, "在途重办", |ui, look, city| {
        lanes::lanes_ui(ui, look, &numbers(look, city), &plain, &digest)
    });
    assert_eq!(lane, asked("redo_open", Period::Now));
}

#[test]
fn a_click_on_an_area_goes_there() {
    let city = fixture::city();
    let street = city.areas.at_level(Level::Street).nth(2).unwrap();
    let there = Some(Intent::Drill(Drill::To(Target::Area(city.areas.get(street).code.clone()))));
    let bars = click("临汐 ", &by_street(&["satisfy"]), |u, l, n, b| ranked_bars::ranked_bars_ui(u, l, n, b));
    assert_eq!(bars, there);
    let cells =
        click("临汐 ", &by_street(&["resolve"]), |u, l, n, b| small_multiples::small_multiples_ui(u, l, n, b));
    assert_eq!(cells, there);
    let kinds = bound(&["resolve", "satisfy"]);
    let cells = click("解决率", &kinds, |u, l, n, b| small_multiples::small_multiples_ui(u, l, n, b));
    assert_eq!(cells, asked("resolve", Period::Month));
}

#[test]
fn areas_with_too_few_or_nothing_are_named_and_not_ranked() {
    let city = fixture::city();
    let bound = by_street(&["satisfy"]);
    let feeds = look::tests::feeds(Freshness::Live, 2, city.mono);
    let numbers = Numbers { indicators: &city.lists.indicators, areas: &city.areas, feeds: &feeds, beside: Vec::new() };
    let ranking = ranked_bars::ranking(&numbers, &bound, "satisfy", Level::Street);
    assert_eq!((ranking.ranked.len(), ranking.few.len(), ranking.absent.len()), (6, 1, 0));
    assert!(ranking.ranked.windows(2).all(|pair| pair[0].value >= pair[1].value));
    let ends = ranking.ranked[0].interval.unwrap();
    assert!(ends[0] < ranking.ranked[0].value && ranking.ranked[0].value < ends[1]);
    let absent = ranked_bars::ranking(&numbers, &bound, "risk_high", Level::Street);
    assert_eq!((absent.ranked.len(), absent.absent.len()), (0, 7));
}

#[test]
fn series_of_one_unit_have_one_scale_here_and_beside() {
    let city = fixture::city();
    let feeds = look::tests::feeds(Freshness::Live, 2, city.mono);
    let look = look::tests::look(&feeds, Some(&city.site), city.mono);
    let (own, other) = (bound(&["dissatisfied", "satisfy"]), bound(&["redo", "intake"]));
    let high = |beside: Vec<&Bound>| {
        let numbers = Numbers { beside, ..numbers(&look, &city) };
        let list: Vec<_> = own.indicators.iter().map(|key| numbers.whole(key, None)).collect();
        trend::axes(&look, &numbers, &list).iter().map(|axis| axis.high).collect::<Vec<_>>()
    };
    let (alone, beside) = (high(Vec::new()), high(vec![&other]));
    let numbers = numbers(&look, &city);
    let redo = plot::axis_of(crate::domain::Unit::Count, [&numbers.whole("redo", None)]).high;
    assert!(
        alone[0] < redo && beside[0] == redo,
        "{alone:?} {beside:?} {redo}: redo has a say, intake would flatten it"
    );
    assert_eq!(alone[1], beside[1], "another unit has its own");
}

fn table(value: Amount) -> Indicators {
    let city = fixture::city();
    let held = &city.lists.indicators.0.list;
    let mut table = IndicatorTable::default();
    table.definitions = held.definitions.clone();
    let figure = held.figure("satisfy", city.areas.root().map(|id| &city.areas.get(id).code), Period::Month).unwrap();
    table.put(Figure { value, ..figure.clone() });
    super::fixture::of(table)
}

#[test]
fn zero_no_data_withheld_stale_lost_and_never_say_different_things() {
    let mut city = fixture::city();
    let mut said = Vec::new();
    for (value, rung) in [
        (Some(Amount::Known(0.0)), Freshness::Live),
        (Some(Amount::NoData), Freshness::Live),
        (Some(Amount::Suppressed), Freshness::Live),
        (Some(Amount::Known(85.45)), Freshness::Stale),
        (Some(Amount::Known(85.45)), Freshness::Expired),
        (None, Freshness::Never),
    ] {
        city.lists.indicators = value.map_or_else(Indicators::default, table);
        let feeds = look::tests::feeds(rung, 60, city.mono);
        let look = look::tests::look(&feeds, Some(&city.site), city.mono);
        let numbers = numbers(&look, &city);
        let number = numbers.whole("satisfy", None);
        let shown = words::shown(&look, &number);
        assert!(shown.ink != look.text1() || matches!(number.reading, Reading::Value(_)));
        said.push((shown.text(), shown.ink, shown.is_hidden));
        // Nothing is compared with what is not current.
        assert_eq!(number.delta().is_some(), rung == Freshness::Live && number.reading.value().is_some());
    }
    let words: Vec<&str> = said.iter().map(|(words, ..)| words.as_str()).collect();
    assert_eq!(words, ["0.00 %", "— 无数据", "已隐藏", "85.45 %", "— 上次 14:32", "正在连接…"]);
    assert!(said[2].2, "withheld is hatched");
    assert_ne!(said[0].1, said[3].1, "what is stale is grey");
}

/// The card in a small world of its own: a board needs more than panels of indicators do.
fn card(keys: &[bevy_egui::egui::Key], click: Option<&str>) -> (Vec<String>, Vec<Intent>) {
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT, Queryable};
    let city = fixture::city();
    let feeds = look::tests::feeds(Freshness::Live, 2, city.mono);
    let got = std::cell::RefCell::new(Vec::new());
    let labels;
    {
        let mut harness = Harness::builder().with_size(vec2(1200.0, 900.0)).build_ui(|ui| {
            if !crate::panels::style::install(ui.ctx(), crate::palette::Theme::Dark) {
                return;
            }
            let look = look::tests::look(&feeds, Some(&city.site), city.mono);
            let numbers = numbers(&look, &city);
            let free = Rect::from_min_max(pos2(100.0, 20.0), pos2(1100.0, 880.0));
            let asked = Asked { key: "satisfy".into(), period: Period::Month };
            let mut intents = Vec::new();
            formula::card_ui(ui, &look, &numbers, Some(&asked), free, &mut intents);
            got.borrow_mut().extend(intents);
        });
        harness.run_steps(4);
        labels = harness
            .query_all_by(|_| true)
            .filter_map(|node| node.accesskit_node().label().or_else(|| node.accesskit_node().value()))
            .collect();
        if let Some(label) = click {
            let is_it = |text: &str| text.contains(label);
            harness.query_all_by(|node| node.label().is_some_and(|text| is_it(&text))).next().unwrap().click();
            harness.run_steps(2);
        }
        if keys.is_empty() && click.is_none() {
            // A click on the map beside the card.
            let at = pos2(40.0, 40.0);
            let button = |pressed| Event::PointerButton {
                pos: at,
                button: PointerButton::Primary,
                pressed,
                modifiers: Default::default(),
            };
            for event in [Event::PointerMoved(at), button(true), button(false)] {
                harness.event(event);
                harness.run_steps(1);
            }
        }
        for key in keys {
            harness.key_press(*key);
            harness.run_steps(2);
        }
    }
    (labels, got.into_inner())
}

#[test]
fn the_card_says_where_a_number_comes_from_and_leads_to_its_tickets() {
    use bevy_egui::egui::Key;
    let (labels, closed) = card(&[], None);
    assert_eq!(closed, [Intent::Formula(None)], "by a click beside it");
    for part in [
        "满意率 85.45 %",
        "期内结案中评“满意” ÷ 期内结案中有效评价",
        "3,589 / 4,200 件",
        "11-01 至 11-21 14:32",
        "2026-11-21 14:32:00",
        "88 % · 底线 78 %",
        "工单库",
    ] {
        assert!(labels.iter().any(|label| label == part), "{part} is not in {labels:?}");
    }
    let in_myriads = crate::locale::written_in(crate::locale::NumberStyle::Myriads, || card(&[], None).0);
    assert!(
        in_myriads.iter().any(|label| label == "3,589 / 4,200 件"),
        "exactly, whatever panels round: {in_myriads:?}"
    );
    assert_eq!(card(&[Key::Escape], None).1, [Intent::Formula(None)]);
    let street = Target::Area(crate::domain::AreaCode::new("459901003"));
    let away = [Intent::Formula(None), Intent::Drill(Drill::To(street))];
    assert_eq!(card(&[], Some("背后的工单 临汐")).1, away);
    // The third street by keys alone.
    assert_eq!(card(&[Key::Tab, Key::Tab, Key::Tab, Key::Tab, Key::Enter], None).1.last(), Some(&away[1]));
}
