//! Figures of the made-up city, for every key of the reference platform's registry. Only in tests.

use std::sync::Arc;

use jiff::Timestamp;

use crate::city::{Answer, Indicators};
use crate::domain::{Amount, Area, AreaTable, Figure, IndicatorTable, Level, Part, Period, Unit};
use crate::server::figures::registry::{Entry, REGISTRY, Shape};

/// How large a share is in the district, percent; near the design's figures.
fn share(key: &str) -> f64 {
    match key {
        "ontime" => 99.93,
        "satisfy" => 85.45,
        "resolve" => 79.71,
        "response" => 99.94,
        "demand_drop" => 12.31,
        "first_dissat" => 9.2,
        "redo_rate" => 6.4,
        "redo_success" => 71.3,
        "dispute_settled" => 98.6,
        "proactive" => 61.0,
        _ => 74.2,
    }
}

/// How many there are in the district in a month.
fn count(key: &str) -> f64 {
    match key {
        "intake" | "closed" => 5960.0,
        "unrated" => 1842.0,
        "redo" => 214.0,
        "redo_open" => 37.0,
        "dissatisfied" => 166.0,
        "paper" => 9.0,
        "dispute_accepted" => 142.0,
        "dispute_mediated" => 137.0,
        "dispute_open" => 21.0,
        _ => 320.0,
    }
}

/// The seed of no scatter.
const STILL: u64 = u64::MAX;

fn wobble(seed: u64) -> f64 {
    if seed == STILL {
        return 0.0;
    }
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 31;
    x = x.wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x >> 40) % 2000) as f64 / 1000.0 - 1.0
}

/// How many of a month are in a period.
fn months(period: Period) -> f64 {
    match period {
        Period::Now | Period::Day => 1.0 / 30.0,
        Period::Week => 0.2,
        Period::Month => 1.0,
        Period::Year => 10.7,
    }
}

fn part(entry: &Entry, seed: u64, size: f64) -> Part {
    if entry.unit() == Unit::Percent {
        let whole = (4200.0 * size * if entry.group == "dispute" { 0.035 } else { 1.0 }).max(3.0).round();
        let near = share(entry.key);
        let spread = if near > 95.0 { 0.3 * (100.0 - near) } else { 4.0 };
        let part = (whole * (near + spread * wobble(seed)).clamp(0.0, 100.0) / 100.0).round();
        return Part { numerator: part as i64, denominator: Some(whole as u64) };
    }
    Part { numerator: (count(entry.key) * size * (1.0 + 0.25 * wobble(seed))).round() as i64, denominator: None }
}

fn figure(entry: &Entry, area: Option<&Area>, period: Period, seed: u64, size: f64) -> Figure {
    let from = match period {
        Period::Now => None,
        Period::Day => Some("2026-11-21"),
        Period::Week => Some("2026-11-16"),
        Period::Month => Some("2026-11-01"),
        Period::Year => Some("2026-01-01"),
    };
    let size = size * months(period);
    let mut figure = Figure {
        key: entry.key.into(),
        area: area.map(|area| area.code.clone()),
        period,
        value: Amount::NoData,
        numerator: None,
        denominator: None,
        from: from.map(|day| format!("{day}T00:00:00+08:00").parse::<Timestamp>().unwrap()),
        as_of: "2026-11-21T14:32:00+08:00".parse().unwrap(),
        compare: None,
        expected: None,
        series: Vec::new(),
    };
    if entry.shape == Shape::Absent {
        return figure;
    }
    // Without scatter the district's own number is the one that is written above.
    let now = part(entry, if area.is_none() { STILL } else { seed }, size);
    figure.value = now.value(entry.unit());
    (figure.numerator, figure.denominator) = (Some(now.numerator), now.denominator);
    let stretches = match (period, area) {
        (Period::Day, None) => 30,
        (Period::Week, None) => 13,
        (Period::Month, _) => 12,
        _ => 0,
    };
    if period != Period::Now {
        let then = part(entry, seed + 90, size).value(entry.unit()).known();
        figure.compare = then;
        figure.expected = then
            .map(|then| [then * 0.97, (then * 1.02).min(if entry.unit() == Unit::Percent { 100.0 } else { f64::MAX })]);
        figure.series = (1..stretches).map(|back| Some(part(entry, seed + back, size))).chain([Some(now)]).collect();
        // The tickets held begin two stretches after the oldest.
        figure.series.iter_mut().take(2).for_each(|part| *part = None);
    }
    figure
}

/// The table of an area table with one district.
pub fn indicators(areas: &AreaTable) -> Indicators {
    let mut table = IndicatorTable::default();
    table.definitions = REGISTRY.iter().map(|entry| Arc::new(entry.definition())).collect();
    let mut figures = Vec::new();
    let district = areas.at_level(Level::District).next().map(|id| areas.get(id));
    let streets: Vec<&Area> = areas.at_level(Level::Street).map(|id| areas.get(id)).collect();
    for (nth, entry) in REGISTRY.iter().enumerate() {
        let seed = nth as u64 * 1000;
        let periods: &[Period] = match entry.shape {
            Shape::Events | Shape::Share => &[Period::Day, Period::Week, Period::Month, Period::Year],
            Shape::State | Shape::Areas | Shape::Teams | Shape::Standing | Shape::StandingShare => &[Period::Now],
            Shape::Reported | Shape::ReportedShare => &[Period::Month, Period::Year],
            Shape::Absent => &[Period::Month],
        };
        for period in periods {
            let size = if *period == Period::Now { 30.0 } else { 1.0 };
            let whole = Figure { area: district.map(|it| it.code.clone()), ..figure(entry, None, *period, seed, size) };
            figures.push(whole);
            if entry.down_to < Level::Street || *period == Period::Week || entry.shape == Shape::Absent {
                continue;
            }
            for (nth, street) in streets.iter().enumerate() {
                // The last has too few to be ranked.
                let size = if nth == 6 { 0.004 } else { 0.08 + 0.02 * nth as f64 } * size;
                figures.push(figure(entry, Some(street), *period, seed + 100 + 17 * nth as u64, size));
            }
        }
    }
    table.fill(figures);
    of(table)
}

/// A table as it has come.
pub fn of(table: IndicatorTable) -> Indicators {
    let mut indicators = Indicators::default();
    indicators.0.list = Arc::new(table);
    indicators.0.answer = Answer::Here;
    indicators
}
