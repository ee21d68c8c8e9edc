//! 网格底数: grids by kind, how many people live in a grid, and which share of the grids nobody has visited today.

use bevy_egui::egui::{Align, Rect, Stroke, Ui, pos2};

use super::super::behind::Counted;
use super::super::head::{announce, empty, head, row as row_ui};
use super::super::look::Look;
use super::super::pen::{bar, fit, rule, say};
use super::super::share::{ROW, Share, Style, shares_ui};
use super::super::style::{Role, colour, faint};
use super::district;
use crate::city::Teams;
use crate::domain::{AreaTable, Feed, GridKind, Level, TeamKind};

/// Bars of the distribution.
const BINS: usize = 12;
/// Height of the part above the distribution's bars, and of their axis.
const ABOVE: f32 = 88.0;
const AXIS: f32 = 30.0;

/// What the areas say of their grids.
#[derive(Clone, Debug, PartialEq)]
pub struct GridFacts {
    /// Grids: general, exclusive, building, and those without a kind.
    pub kinds: [u32; 4],
    /// People of each grid that says them, fewest first.
    pub people: Vec<u32>,
}

impl GridFacts {
    /// Reads the table of areas.
    pub fn of(areas: &AreaTable) -> Self {
        let (mut kinds, mut people) = ([0; 4], Vec::new());
        for grid in areas.at_level(Level::Grid).map(|id| areas.get(id)) {
            let kind = match grid.kind {
                Some(GridKind::General) => 0,
                Some(GridKind::Exclusive) => 1,
                Some(GridKind::Building) => 2,
                None => 3,
            };
            kinds[kind] += 1;
            people.extend(grid.population);
        }
        people.sort_unstable();
        Self { kinds, people }
    }

    /// All grids.
    pub fn grids(&self) -> u32 {
        self.kinds.iter().sum()
    }

    /// Grids by the number of people in [`BINS`] steps from zero, and the width of a step: a round number that lets the
    /// last step begin at or below the largest grid.
    pub fn distribution(&self) -> ([u32; BINS], u32) {
        let most = self.people.last().copied().unwrap_or(0).max(1);
        let raw = f64::from(most) / BINS as f64;
        let power = 10_f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|step| *step >= raw);
        let step = step.unwrap_or(raw).ceil().max(1.0) as u32;
        let mut bins = [0; BINS];
        for people in &self.people {
            bins[((people / step) as usize).min(BINS - 1)] += 1;
        }
        (bins, step)
    }
}

/// Draws the panel. A click on a kind of grids, or on those that nobody visited, asks for them street by street.
pub fn facts_ui(ui: &Ui, look: &Look<'_>, areas: &AreaTable, teams: &Teams) -> Option<Counted> {
    let feed = look.feed(Feed::Areas);
    let facts = GridFacts::of(areas);
    let all = facts.grids();
    let note = (all > 0).then(|| look.t_n("grid-facts-note", all));
    let body = head(ui, look, &look.t("grid-facts-title"), note, &feed);
    let p = ui.painter();
    if all == 0 {
        empty(p, look, body, &look.t(if areas.is_empty() { "connecting" } else { "grid-facts-none" }));
        return None;
    }
    let keys = ["grid-general", "grid-exclusive", "grid-building", "grid-no-kind"];
    let row = |(key, count): (&str, u32)| Share {
        label: look.t(key).into_owned(),
        part: Some(u64::from(count)),
        whole: Some(u64::from(all)),
        unit: look.t("unit-grids").into_owned(),
    };
    // A kind that a site does not have is not shown as a lack.
    let mut rows: Vec<Share> = keys.into_iter().zip(facts.kinds).filter(|(_, count)| *count > 0).map(row).collect();
    let style = Style { row: ROW, has_percent: true };
    let kinds = [Some(GridKind::General), Some(GridKind::Exclusive), Some(GridKind::Building), None];
    let mut asked = None;
    let listed = kinds.into_iter().zip(facts.kinds).filter(|(_, count)| *count > 0);
    for (nth, ((kind, _), share)) in listed.zip(&rows).enumerate() {
        let top = body.top() + ROW * nth as f32;
        let place = Rect::from_x_y_ranges(body.x_range(), top..=top + ROW);
        if row_ui(ui, look, place, ("grids", nth), &share.words(look, &feed)).clicked() {
            asked = Some(Counted::Grids(kind));
        }
    }
    let y = shares_ui(ui, look, &feed, body, &rows, style) + 12.0;
    rule(p, look.palette, body.x_range().into(), y);

    // The row of visits keeps its place at the foot.
    rows.clear();
    let workers = district(teams, areas, TeamKind::GridWorkers);
    let unvisited = workers.and_then(|team| Some(team.grids?.saturating_sub(team.grids_visited?)));
    rows.push(Share {
        label: look.t("grid-unvisited").into_owned(),
        part: unvisited.map(u64::from),
        whole: workers.and_then(|team| team.grids).map(u64::from),
        unit: look.t("unit-grids").into_owned(),
    });
    let foot = Rect::from_min_max(pos2(body.left(), body.bottom() - ROW), body.max);
    let middle = Rect::from_min_max(pos2(body.left(), y + 8.0), pos2(body.right(), foot.top() - 14.0));
    let has_picture = middle.height() >= ABOVE + AXIS + 40.0;
    let foot = if has_picture { foot } else { foot.translate([0.0, y + 8.0 - foot.top()].into()) };
    let told = rows[0].words(look, &look.feed(Feed::Teams));
    if rows[0].whole.is_some() && row_ui(ui, look, foot, "unvisited", &told).clicked() {
        asked = Some(Counted::Visits);
    }
    if has_picture {
        people_ui(ui, look, &facts, middle);
        rule(p, look.palette, body.x_range().into(), foot.top() - 6.0);
    }
    // Too low a panel keeps the figures and gives up the picture.
    shares_ui(ui, look, &look.feed(Feed::Teams), foot, &rows, style);
    asked
}

/// How many people live in a grid: the median in words, the distribution as bars.
fn people_ui(ui: &Ui, look: &Look<'_>, facts: &GridFacts, rect: Rect) {
    let (p, feed) = (ui.painter(), look.feed(Feed::Areas));
    let base = rect.top() + 34.0;
    let titled = say(p, pos2(rect.left(), base), Align::Min, look.t("grid-people-title"), Role::ROW, look.text1());
    let told = look.locale.t_args(
        "grid-people-of",
        &[("n", &look.count(facts.people.len() as u64)), ("all", &look.count(facts.grids()))],
    );
    fit(p, pos2(rect.left(), base + 32.0), Align::Min, told.as_str(), Role::BODY, look.text3(), rect.width());
    let Some(median) = facts.people.get(facts.people.len() / 2).filter(|_| feed.has_values()) else {
        let words = if feed.has_values() { look.t("care-no-data") } else { "—".into() };
        say(p, pos2(rect.right(), base), Align::Max, words, Role::BODY, look.text3());
        return announce(ui, rect, "people", &format!("{} {told}", look.t("grid-people-title")));
    };
    let ink = if feed.is_grey() { look.ink(|p| p.stale) } else { look.text1() };
    let figure = look.count(*median);
    let unit = say(p, pos2(rect.right(), base), Align::Max, look.t("unit-people"), Role::BODY, look.text3());
    let said = say(p, pos2(unit.left() - 6.0, base), Align::Max, figure.as_str(), Role::medium(30.0), ink);
    let room = said.left() - titled.right() - 20.0;
    fit(p, pos2(said.left() - 8.0, base), Align::Max, look.t("grid-people-median"), Role::BODY, look.text3(), room);
    let (bins, step) = facts.distribution();
    let field = Rect::from_min_max(pos2(rect.left(), rect.top() + ABOVE), pos2(rect.right(), rect.bottom() - AXIS));
    // Tall bars over a narrow column say no more than low ones.
    let field = field.with_min_y(field.top().max(field.bottom() - 220.0));
    let most = bins.into_iter().max().unwrap_or(1).max(1) as f32;
    let wide = field.width() / BINS as f32;
    let own = (*median / step) as usize;
    for (nth, count) in bins.into_iter().enumerate() {
        let from = field.left() + wide * nth as f32;
        let height = if count == 0 { 0.0 } else { (field.height() * count as f32 / most).max(2.0) };
        let fill = match (feed.is_grey(), nth == own.min(BINS - 1)) {
            (true, _) => faint(look.palette.stale, 0.55),
            (false, true) => colour(look.palette.accent),
            (false, false) => colour(look.palette.neutral_bar),
        };
        let column =
            Rect::from_min_max(pos2(from + 1.5, field.bottom() - height), pos2(from + wide - 1.5, field.bottom()));
        bar(p, column, fill);
    }
    let axis = Stroke::new(1.0, look.ink(|p| p.line2));
    p.hline(field.x_range(), field.bottom(), axis);
    for nth in (0..=BINS).step_by(4) {
        let x = field.left() + wide * nth as f32;
        let side = if nth == 0 {
            Align::Min
        } else if nth == BINS {
            Align::Max
        } else {
            Align::Center
        };
        let words = look.count(u64::from(step) * nth as u64);
        say(p, pos2(x, field.bottom() + 24.0), side, words, Role::AXIS, look.text3());
    }
    let words = format!("{} {figure} · {told}", look.t("grid-people-title"));
    announce(ui, rect, "people", &words);
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::super::tests::teams;
    use super::*;

    #[test]
    fn grids_are_counted_by_kind_and_by_people() {
        let city = fixture::city();
        let facts = GridFacts::of(&city.areas);
        assert_eq!((facts.kinds, facts.people.len()), ([140, 0, 0, 0], 140));
        let (bins, step) = facts.distribution();
        assert_eq!(bins.iter().sum::<u32>(), 140);
        assert!(step * BINS as u32 >= *facts.people.last().unwrap(), "{step}");
        assert_eq!(bins[0], facts.people.iter().filter(|people| **people < step).count() as u32);
        let none = GridFacts { kinds: [1, 0, 0, 0], people: Vec::new() };
        assert_eq!(none.distribution().0, [0; BINS]);
    }

    #[test]
    fn what_nobody_visited_has_its_denominator() {
        let city = fixture::city();
        let teams = teams(&city.areas);
        let labels = fixture::labels(&city, |ui, look, city| {
            _ = facts_ui(ui, look, &city.areas, &teams);
        });
        for wanted in ["一般网格 140 / 140 个", "今日未走访 42 / 140 个"] {
            assert!(labels.iter().any(|label| label == wanted), "{wanted} is not in {labels:?}");
        }
        assert!(!labels.iter().any(|label| label.contains("专属")), "{labels:?}");
        let none = fixture::labels(&city, |ui, look, city| {
            _ = facts_ui(ui, look, &city.areas, &Teams::default());
        });
        assert!(none.iter().any(|label| label == "今日未走访 — 无数据"), "{none:?}");
    }
}
