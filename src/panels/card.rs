//! The selected area in six figures with their units: open, late, today; grids, people, open per 1,000 people.

use bevy_egui::egui::{Align, Rect, Ui, pos2};

use super::behind::Counted;
use super::head::{announce, head_of, row};
use super::look::Look;
use super::pen::{fit, say};
use super::style::Role;
use crate::city::Tallies;
use crate::domain::{AreaId, AreaTable, Feed, GridKind, Level};
use crate::locale::NumberStyle;

/// Number of grids in an area; 1 for a grid.
pub fn grids(areas: &AreaTable, id: AreaId) -> u32 {
    if areas.get(id).level == Level::Grid {
        return 1;
    }
    areas.children(id).iter().map(|child| grids(areas, *child)).sum()
}

/// Residents of an area: its own figure, or the sum of its parts if every part has one.
pub fn population(areas: &AreaTable, id: AreaId) -> Option<u32> {
    let area = areas.get(id);
    if area.population.is_some() || areas.children(id).is_empty() {
        return area.population;
    }
    areas.children(id).iter().map(|child| population(areas, *child)).sum()
}

/// Open tickets per 1,000 residents, with one decimal; `None` where nobody lives or nobody knows.
pub fn density(style: NumberStyle, open: u32, people: Option<u32>) -> Option<String> {
    let people = people.filter(|n| *n > 0)?;
    let tenths = (f64::from(open) * 10_000.0 / f64::from(people)).round();
    Some(style.decimal(tenths / 10.0, 1))
}

/// Draws the card. A click on a count of tickets asks which these are.
pub fn card_ui(ui: &mut Ui, look: &Look<'_>, areas: &AreaTable, tallies: &Tallies, id: AreaId) -> Option<Counted> {
    let k = look.k;
    let area = areas.get(id);
    let feed = look.feed(Feed::Tickets);
    let note = match area.kind {
        Some(GridKind::General) => look.t("kind-general").into_owned(),
        Some(GridKind::Exclusive) => look.t("kind-exclusive").into_owned(),
        Some(GridKind::Building) => look.t("kind-building").into_owned(),
        None => look.locale.t_args("card-code", &[("code", area.code.as_str())]),
    };
    let (label, value) = (Role::regular(15.0 * k), Role::medium(24.0 * k));
    let title = Role::medium(18.0 * k);
    let body = head_of(ui, look, look.locale.area_name(area), Some(note), &feed, title, label);
    let tally = tallies.areas.get(id.index()).copied().unwrap_or_default();
    let people = population(areas, id);
    let grid_count = grids(areas, id);
    let live = |n: u32| feed.figure(look, u64::from(n));
    let fixed = |value: Option<String>| value.map_or(("—".to_owned(), look.text3()), |text| (text, look.text1()));
    // Made of both: as old as the older.
    let per_thousand = match density(look.locale.numbers(), tally.open, people).filter(|_| feed.has_values()) {
        Some(words) => (words, live(0).1),
        None => fixed(None),
    };
    let figures = [
        ("card-open", live(tally.open), "unit-tickets"),
        ("card-overdue", live(tally.overdue), "unit-tickets"),
        ("card-today", live(tally.today), "unit-tickets"),
        ("card-grids", fixed((grid_count > 0).then(|| look.count(grid_count))), "unit-grids"),
        ("card-population", fixed(people.map(|n| look.count(n))), "unit-people"),
        ("card-density", per_thousand, "unit-per-thousand"),
    ];
    let cell = [body.width() / 3.0, 64.0 * k];
    let tickets = [Counted::Open(id), Counted::Late(Some(id)), Counted::TodayIn(id)];
    let mut asked = None;
    for (i, (key, (figure, ink), unit)) in figures.into_iter().enumerate() {
        let at = pos2(body.left() + cell[0] * (i % 3) as f32, body.top() + cell[1] * (i / 3) as f32);
        let covered = Rect::from_min_max(at, pos2(at.x + cell[0] - 6.0, at.y + 50.0 * k));
        let told = format!("{} {figure}", look.t(key));
        match tickets.get(i) {
            Some(counted) if row(ui, look, covered, key, &told).clicked() => asked = Some(counted.clone()),
            Some(_) => {}
            None => announce(ui, covered, key, &told),
        }
        let p = ui.painter();
        fit(p, pos2(at.x, at.y + 16.0 * k), Align::Min, look.t(key), label, look.text3(), cell[0] - 6.0);
        let said = say(p, pos2(at.x, at.y + 44.0 * k), Align::Min, figure.as_str(), value, ink);
        let room = at.x + cell[0] - said.right() - 6.0;
        if room > 14.0 {
            fit(p, pos2(said.right() + 5.0, at.y + 44.0 * k), Align::Min, look.t(unit), label, look.text3(), room);
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn sums_are_of_all_parts_and_unknown_stays_unknown() {
        let city = fixture::city();
        let root = city.areas.root().unwrap();
        assert_eq!(grids(&city.areas, root) as usize, city.areas.at_level(Level::Grid).count());
        let by_grid: u32 = city.areas.at_level(Level::Grid).filter_map(|id| city.areas.get(id).population).sum();
        assert_eq!(population(&city.areas, root), Some(by_grid));
        assert_eq!(density(NumberStyle::Thousands, 3, Some(1500)).as_deref(), Some("2.0"));
        assert_eq!(density(NumberStyle::Thousands, 0, Some(1500)).as_deref(), Some("0.0"));
        assert_eq!(
            (density(NumberStyle::Thousands, 3, Some(0)), density(NumberStyle::Thousands, 3, None)),
            (None, None)
        );
    }
}
