//! Warnings of the made-up city, for tests and pictures of panels. Only in tests.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::city::figures::Answer;
use crate::domain::{AreaCode, Level, TicketId, Warning, WarningKind, WarningLevel, WarningNature, WarningState};
use crate::panels::fixture::{self, City, now};

/// The city with warnings of all levels, kinds and states.
pub fn city() -> City {
    let mut city = fixture::city();
    fill(&mut city);
    city
}

/// Fills the warnings of a city.
pub fn fill(city: &mut City) {
    let areas = city.areas.clone();
    let streets: Vec<_> = areas.at_level(Level::Street).collect();
    let area = |street: usize, community: Option<usize>| {
        let id = community.map_or(streets[street], |at| areas.children(streets[street])[at]);
        areas.get(id)
    };
    let mut serial = 0;
    let mut warning = |level, kind, state, hours: i64, area: Option<AreaCode>, text: String, en: String| {
        serial += 1;
        let evidence: Vec<TicketId> = city.tickets.newest.iter().skip(serial * 3).take(4).cloned().collect();
        let is_counted = kind != WarningKind::Weather;
        Warning {
            id: format!("w-{serial}"),
            level,
            kind,
            nature: is_counted.then_some(WarningNature::Risk),
            state,
            text,
            text_en: Some(en),
            area,
            service_code: None,
            issued_at: now() - SignedDuration::from_mins(hours * 60 + 26),
            valid_until: Some(now() + SignedDuration::from_hours(if hours > 60 { -1 } else { 30 })),
            source: if is_counted { "早期预警模型" } else { "区气象台" }.into(),
            seen: is_counted.then_some(14.0),
            expected: (kind == WarningKind::FastGrowth).then_some(3.5),
            evidence: if is_counted { evidence } else { Vec::new() },
        }
    };
    let counted = |at: &crate::domain::Area, zh: &str, en: &str| {
        (Some(at.code.clone()), format!("{} {zh}", at.name), format!("{}: {en}", at.name_en.as_deref().unwrap_or("")))
    };
    use {WarningKind as K, WarningLevel as L, WarningState as S};
    let mut list = Vec::new();
    for (level, kind, state, hours, (code, zh, en)) in [
        (
            L::Red,
            K::FastGrowth,
            S::Raised,
            0,
            counted(area(0, Some(0)), "24 小时 35 件，平日 3.5 件", "35 tickets in 24 h, usually 3.5"),
        ),
        (L::Orange, K::Repeat, S::Confirmed, 2, counted(area(2, Some(2)), "7 天内 14 件", "14 tickets in 7 days")),
        (
            L::Yellow,
            K::Dissatisfied,
            S::Published,
            20,
            counted(area(2, None), "7 天内结案评“不满意” 6 件", "6 closed and rated dissatisfied in 7 days"),
        ),
        (
            L::Blue,
            K::Overdue,
            S::Published,
            30,
            counted(area(4, None), "超期在办 3 件", "3 tickets in hand past their limit"),
        ),
        (L::Blue, K::Repeat, S::Withdrawn, 70, counted(area(5, Some(1)), "7 天内 4 件", "4 tickets in 7 days")),
    ] {
        list.push(warning(level, kind, state, hours, code, zh, en));
    }
    let rain = ("暴雨黄色预警：6 小时降雨量将达 50 毫米以上", "Rainstorm, yellow: 50 mm and more within 6 hours");
    list.push(warning(L::Yellow, K::Weather, S::Published, 3, None, rain.0.into(), rain.1.into()));
    list.push(warning(
        L::Blue,
        K::Other,
        S::Published,
        5,
        None,
        "热点事件：夜间施工".into(),
        "Hot topic: works at night".into(),
    ));
    Warning::sort(&mut list, now());
    city.lists.warnings.0.list = Arc::new(list);
    city.lists.warnings.0.answer = Answer::Here;
}
