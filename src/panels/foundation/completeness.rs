//! 数据完整度: what the records held lack, each share with its parts: places, grids, names, units, ratings; grids with
//! people; indicators that have a number; records that could be used. Counted from what the wall holds, not reported.

use std::time::Instant;

use bevy_egui::egui::{Align, Rect, Ui, pos2};

use super::super::behind::{Counted, Lack};
use super::super::head::{empty, head, row};
use super::super::look::Look;
use super::super::pen::{rule, say};
use super::super::share::{Share, Style, shares_ui};
use super::super::style::Role;
use crate::city::figures::Answer;
use crate::city::{Freshness, Indicators, Rejects, Tallies, Tickets};
use crate::domain::{Amount, AreaTable, Feed, Level, Position, Rating};

/// Height of a row.
const ROW: f32 = 34.0;
/// Height of what is counted below them.
const FOOT: f32 = 52.0;

/// Parts of a whole.
type Parts = (u64, u64);

/// What was counted over the tickets, and when the list was looked through.
#[derive(Debug, Default)]
pub struct CompletenessCache {
    of: Option<Instant>,
    tickets: TicketParts,
}

/// Over all tickets the wall holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TicketParts {
    /// With a position inside the district.
    pub placed: Parts,
    /// In an area that is in the table.
    pub in_area: Parts,
    /// With a category that has a name.
    pub named: Parts,
    /// With a lead unit, of those past dispatch.
    pub with_unit: Parts,
    /// With a handling limit, of those in hand.
    pub with_limit: Parts,
    /// Rated, of those closed.
    pub rated: Parts,
}

impl TicketParts {
    /// Counts them.
    pub fn of(tickets: &Tickets, areas: &AreaTable) -> Self {
        let mut parts = Self::default();
        let add = |parts: &mut Parts, is_in: bool| *parts = (parts.0 + u64::from(is_in), parts.1 + 1);
        for ticket in tickets.by_id.values() {
            add(&mut parts.placed, matches!(ticket.position, Position::At { .. }));
            add(&mut parts.in_area, ticket.area.as_ref().is_some_and(|code| areas.find(code).is_some()));
            add(&mut parts.named, !ticket.category.is_empty());
            if ticket.signed_at.is_some() {
                add(&mut parts.with_unit, ticket.agency.is_some());
            }
            if ticket.is_in_hand() {
                add(&mut parts.with_limit, ticket.handle_due.is_some());
            }
            if ticket.closed_at.is_some() {
                add(&mut parts.rated, ticket.rated != Rating::None);
            }
        }
        parts
    }
}

/// Grids that say how many people live in them.
fn grids_with_people(areas: &AreaTable) -> Parts {
    let grids = areas.at_level(Level::Grid).map(|id| areas.get(id));
    grids.fold((0, 0), |(some, all), grid| (some + u64::from(grid.population.is_some()), all + 1))
}

/// Areas with a boundary that can be drawn.
fn areas_with_boundary(areas: &AreaTable) -> Parts {
    areas.iter().fold((0, 0), |(some, all), (_, area)| (some + u64::from(!area.boundary.0.is_empty()), all + 1))
}

/// Indicators with at least one number, of all the platform defines; `None` where it offers none.
fn indicators_with_numbers(indicators: &Indicators) -> Option<Parts> {
    let table = &*indicators.0.list;
    let has_number = |key: &str| {
        let known = |period| table.of(key, period).any(|figure| matches!(figure.value, Amount::Known(_)));
        crate::domain::Period::ALL.into_iter().any(known)
    };
    let defined = table.definitions.len() as u64;
    let some = table.definitions.iter().filter(|definition| has_number(&definition.key)).count() as u64;
    (indicators.0.answer == Answer::Here && defined > 0).then_some((some, defined))
}

/// What the wall holds, borrowed.
#[derive(Clone, Copy)]
pub struct Held<'a> {
    /// The areas.
    pub areas: &'a AreaTable,
    /// The tickets.
    pub tickets: &'a Tickets,
    /// Counts of them.
    pub tallies: &'a Tallies,
    /// Records left out.
    pub rejects: &'a Rejects,
    /// The indicators.
    pub indicators: &'a Indicators,
}

/// Draws the panel. `digested`: when the ticket list was last looked through. A click on a share asks which tickets lack
/// it.
pub fn completeness_ui(
    ui: &Ui,
    look: &Look<'_>,
    held: Held<'_>,
    digested: Instant,
    cache: &mut CompletenessCache,
) -> Option<Counted> {
    let feed = look.feed(Feed::Tickets);
    let count = held.tickets.by_id.len() as u64;
    let note = (count > 0).then(|| look.t_n("completeness-note", count));
    let body = head(ui, look, &look.t("completeness-title"), note, &feed);
    let p = ui.painter();
    if feed.rung == Freshness::Never {
        empty(p, look, body, &look.t("connecting"));
        return None;
    }
    if cache.of != Some(digested) {
        *cache = CompletenessCache { of: Some(digested), tickets: TicketParts::of(held.tickets, held.areas) };
    }
    let parts = cache.tickets;
    let rejected: u64 = held.rejects.0.get(&Feed::Tickets).map_or(0, |(rejected, _)| *rejected);
    let rows: Vec<Share> = [
        ("completeness-usable", Some((count, count + rejected))),
        ("completeness-placed", Some(parts.placed)),
        ("completeness-in-area", Some(parts.in_area)),
        ("completeness-named", Some(parts.named)),
        ("completeness-unit", Some(parts.with_unit)),
        ("completeness-limit", Some(parts.with_limit)),
        ("completeness-rated", Some(parts.rated)),
        ("completeness-boundary", Some(areas_with_boundary(held.areas))),
        ("completeness-people", Some(grids_with_people(held.areas))),
        ("completeness-indicators", indicators_with_numbers(held.indicators)),
    ]
    .into_iter()
    .map(|(key, parts)| Share {
        label: look.t(key).into_owned(),
        part: parts.map(|parts| parts.0),
        whole: parts.map(|parts| parts.1),
        unit: String::new(),
    })
    .collect();
    let has_foot = body.height() >= ROW * rows.len() as f32 + FOOT;
    let room = body.height() - if has_foot { FOOT } else { 0.0 };
    let step = (room / rows.len() as f32).clamp(ROW, 46.0);
    let lacks = [Lack::Place, Lack::Area, Lack::Category, Lack::Unit, Lack::Limit, Lack::Rating];
    let mut asked = None;
    // The first row is of records that could not be used: of these nothing is held.
    for (nth, lack) in lacks.into_iter().enumerate() {
        let (share, top) = (&rows[nth + 1], body.top() + step * (nth + 1) as f32);
        let place = Rect::from_x_y_ranges(body.x_range(), top..=top + step);
        let is_shown = share.part < share.whole && place.bottom() <= body.top() + room + 0.5;
        if is_shown && row(ui, look, place, ("lack", nth), &share.words(look, &feed)).clicked() {
            asked = Some(Counted::Lacks(lack));
        }
    }
    let end = shares_ui(ui, look, &feed, body, &rows, Style { row: step, has_percent: true });
    // What lies outside is counted, not hidden.
    if has_foot {
        rule(p, look.palette, body.x_range().into(), end + 8.0);
        let mut x = body.left();
        for words in [look.t_n("off-map", held.tallies.off_map), look.t_n("unmatched", held.tallies.unmatched)] {
            let said = say(p, pos2(x, end + 40.0), Align::Min, words, Role::BODY, look.text3());
            x = said.right() + 28.0;
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;

    #[test]
    fn every_lack_is_counted_against_its_own_whole() {
        let mut city = fixture::city();
        let ids: Vec<_> = city.tickets.newest.clone();
        let mut change = |nth: usize, what: &dyn Fn(&mut crate::domain::Ticket)| {
            what(city.tickets.by_id.get_mut(&ids[nth]).expect("there"));
        };
        change(0, &|ticket| ticket.position = Position::Missing);
        change(1, &|ticket| ticket.position = Position::Outside);
        change(2, &|ticket| ticket.area = None);
        change(3, &|ticket| ticket.category = "".into());
        let parts = TicketParts::of(&city.tickets, &city.areas);
        let all = city.tickets.by_id.len() as u64;
        assert_eq!((parts.placed, parts.in_area, parts.named), ((all - 2, all), (all - 1, all), (all - 1, all)));
        let closed = city.tickets.by_id.values().filter(|ticket| ticket.closed_at.is_some()).count() as u64;
        let rated = city.tickets.by_id.values().filter(|it| it.closed_at.is_some() && it.rated != Rating::None).count();
        assert_eq!(parts.rated, (rated as u64, closed));
        city.rejects.0.insert(Feed::Tickets, (4, Vec::new()));
        let digested = Instant::now();
        let mut cache = CompletenessCache::default();
        let labels = fixture::labels(&city, |ui, look, city| {
            let held = Held {
                areas: &city.areas,
                tickets: &city.tickets,
                tallies: &city.tallies,
                rejects: &city.rejects,
                indicators: &crate::city::Indicators::default(),
            };
            _ = completeness_ui(ui, look, held, digested, &mut cache);
        });
        let wanted = format!("可用记录 {all} / {}", all + 4);
        assert!(labels.contains(&wanted), "{wanted} is not in {labels:?}");
        assert!(labels.iter().any(|label| label == "指标有数值 — 无数据"), "{labels:?}");
        assert!(labels.iter().any(|label| label.starts_with("网格有人口数 140 / 140")), "{labels:?}");
    }
}
