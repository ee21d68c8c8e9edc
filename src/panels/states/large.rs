//! Every kind of panel in a city of ten thousand times as many, in both styles of numbers: all of a panel is in the style
//! of its wall, and no number lies on another or is cut off. Only in tests.

use super::super::fixture::City;
use super::picture::{Text, draw_world};
use super::world::{State, World, kinds};
use crate::domain::{Amount, AreaTable, Count, IndicatorTable};
use crate::locale::{Locale, NumberStyle, written_in};
use crate::palette::Theme;
use crate::panels::indicator;
use crate::scene::PanelKind;

/// So many times as many of everything; no round number, so that digits differ.
const TIMES: u32 = 9_731;
/// People in care are never more than a part of a street.
const TIMES_CARE: u32 = 31;

fn grow(city: &mut City) {
    let tallies = &mut city.tallies;
    for tally in &mut tallies.areas {
        [&mut tally.open, &mut tally.overdue, &mut tally.today].into_iter().for_each(|n| *n *= TIMES);
    }
    for stage in &mut tallies.stages {
        [&mut stage.count, &mut stage.overdue].into_iter().for_each(|n| *n *= TIMES);
    }
    tallies.today.as_flattened_mut().iter_mut().for_each(|n| *n *= TIMES);
    tallies.same_weekday.iter_mut().flatten().for_each(|n| *n *= TIMES);
    tallies.off_map *= TIMES;
    let mut areas: Vec<_> = city.areas.iter().map(|(_, area)| area.clone()).collect();
    areas.iter_mut().for_each(|area| area.population = area.population.map(|n| n * TIMES));
    city.areas = AreaTable::build(areas).0.into();
    let held = &city.lists.indicators.0.list;
    let mut table = IndicatorTable::default();
    table.definitions = held.definitions.clone();
    let (times, whole) = (f64::from(TIMES), u64::from(TIMES));
    table.fill(
        held.iter()
            .cloned()
            .map(|mut figure| {
                let is_count = figure.denominator.is_none();
                let grown = |n: f64| if is_count { n * times } else { n };
                if let Amount::Known(value) = &mut figure.value {
                    *value = grown(*value);
                }
                figure.compare = figure.compare.map(grown);
                figure.expected = figure.expected.map(|ends| ends.map(grown));
                figure.numerator = figure.numerator.map(|n| n * i64::from(TIMES));
                figure.denominator = figure.denominator.map(|n| n * whole);
                for part in figure.series.iter_mut().flatten() {
                    part.numerator *= i64::from(TIMES);
                    part.denominator = part.denominator.map(|n| n * whole);
                }
                figure
            })
            .collect(),
    );
    city.lists.indicators = indicator::fixture::of(table);
    let mut teams = (*city.lists.teams.0.list).clone();
    for team in &mut teams {
        [
            &mut team.total,
            &mut team.on_duty,
            &mut team.online,
            &mut team.devices_total,
            &mut team.devices_online,
            &mut team.grids,
            &mut team.grids_visited,
        ]
        .into_iter()
        .flatten()
        .for_each(|n| *n *= TIMES);
    }
    city.lists.teams.0.list = teams.into();
    for source in &mut city.lists.sources.0 {
        (source.records, source.rejects) = (source.records * whole, source.rejects * whole);
    }
}

/// What a panel of a kind writes in the large city.
fn texts(kind: PanelKind, style: NumberStyle, locale: Locale) -> Vec<Text> {
    let mut world = World::of(kind, State::Full);
    grow(&mut world.city);
    world.heat.total *= TIMES;
    let count = |count: &mut Count| {
        if let Count::About(n) = count {
            *n *= TIMES_CARE;
        }
    };
    for counts in world.care.table.areas.values_mut().flatten() {
        [&mut counts.listed, &mut counts.visited, &mut counts.due, &mut counts.overdue].into_iter().for_each(count);
    }
    world.care.table.progress.iter_mut().for_each(count);
    written_in(style, || draw_world(kind, &world, Theme::Dark, locale).texts)
}

fn has_comma(text: &str) -> bool {
    let is_comma = |at: &[u8]| at[0].is_ascii_digit() && at[1] == b',' && at[2..].iter().all(u8::is_ascii_digit);
    text.as_bytes().windows(5).any(is_comma)
}

fn has_long_number(text: &str) -> bool {
    // Numbers of tickets, codes of areas and the hotline are names.
    let is_name = ["HC26", "459901", "12345"].iter().any(|name| text.contains(name));
    !is_name && text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 4)
}

fn has_myriads(text: &str) -> bool {
    let is_before = |mark| text.split_once(mark).is_some_and(|(head, _)| head.ends_with(|c: char| c.is_ascii_digit()));
    [" 万", " 亿"].into_iter().any(is_before)
}

/// Kinds with a count of ten thousand or more in the large city.
const WITH_LARGE: [PanelKind; 22] = [
    PanelKind::Intake,
    PanelKind::Children,
    PanelKind::Stages,
    PanelKind::Card,
    PanelKind::HeatTotal,
    PanelKind::FlowRiver,
    PanelKind::BigNumber,
    PanelKind::Rates,
    PanelKind::Numbers,
    PanelKind::Trend,
    PanelKind::RankedBars,
    PanelKind::SmallMultiples,
    PanelKind::Lanes,
    PanelKind::Funnel,
    PanelKind::TeamStrip,
    PanelKind::TeamStreets,
    PanelKind::GridFacts,
    PanelKind::SourceLights,
    PanelKind::Completeness,
    PanelKind::CareTotals,
    PanelKind::CareStreets,
    PanelKind::CareProgress,
];

#[test]
fn a_wall_writes_all_its_numbers_in_one_style() {
    let mut offences = Vec::new();
    for kind in kinds() {
        let said =
            |style, locale| -> Vec<String> { texts(kind, style, locale).into_iter().map(|text| text.text).collect() };
        let myriads = said(NumberStyle::Myriads, Locale::ZhCn);
        for text in myriads.iter().filter(|text| has_comma(text) || has_long_number(text)) {
            offences.push(format!("{kind:?}: `{text}` is not in 万"));
        }
        if WITH_LARGE.contains(&kind) && !myriads.iter().any(|text| has_myriads(text)) {
            offences.push(format!("{kind:?}: says nothing in 万: {myriads:?}"));
        }
        for locale in Locale::ALL {
            // English is in thousands whatever is chosen.
            let style = if locale == Locale::En { NumberStyle::Myriads } else { NumberStyle::Thousands };
            for text in said(style, locale).iter().filter(|text| has_myriads(text) || has_long_number(text)) {
                offences.push(format!("{kind:?} {locale:?}: `{text}` is not in thousands"));
            }
        }
    }
    assert!(offences.is_empty(), "{} offences:\n{}", offences.len(), offences.join("\n"));
}

/// Columns are measured by what is written in them; and 万 has its room where a comma has.
#[test]
fn large_numbers_have_their_room_in_both_styles() {
    let mut offences = Vec::new();
    for kind in kinds() {
        let mut shortened = Vec::new();
        for style in [NumberStyle::Thousands, NumberStyle::Myriads] {
            let texts = texts(kind, style, Locale::ZhCn);
            let is_number = |text: &&Text| text.text.contains(|c: char| c.is_ascii_digit());
            let numbers: Vec<&Text> = texts.iter().filter(is_number).collect();
            shortened.push(numbers.iter().filter(|it| it.is_shortened).count());
            for (nth, one) in numbers.iter().enumerate() {
                for other in &numbers[..nth] {
                    if one.ink.shrink(1.0).intersect(other.ink.shrink(1.0)).is_positive() {
                        offences.push(format!("{kind:?} {style:?}: `{}` lies on `{}`", one.text, other.text));
                    }
                }
            }
        }
        if shortened[1] > shortened[0] {
            offences
                .push(format!("{kind:?}: {} numbers are cut off in thousands, {} in 万", shortened[0], shortened[1]));
        }
    }
    assert!(offences.is_empty(), "{} offences:\n{}", offences.len(), offences.join("\n"));
}
