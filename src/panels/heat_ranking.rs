//! 高密度社区: communities by the value of the map (per km², per 1,000 residents, against expected), with their last seven
//! days and how that compares with the weeks before. The first six carry their number on the map, too; a click goes there.

use bevy_egui::egui::{Align, CornerRadius, Rect, Stroke, Ui, pos2, vec2};

use super::head::{announce, empty, head, row};
use super::heat_total::{count_words, density_words, unit_words};
use super::look::Look;
use super::more::more_ui;
use super::pen::{centred, fit, say, width};
use super::style::{Role, colour, faint};
use crate::city::Freshness;
use crate::domain::{AreaId, AreaTable, Feed, Level};
use crate::heat::{Figures, Mode, Ranked};
use crate::locale::NumberStyle;
use crate::selection::{Drill, Target};

/// Height of a row.
const ROW: f32 = 90.0;
/// Where a row's words begin, from its left end, and its bars, from its right end.
const TEXT: f32 = 44.0;
const BARS: f32 = 200.0;
/// Rows that carry a number on the map.
pub const NUMBERED: usize = 6;

/// Draws the panel.
pub fn heat_ranking_ui(ui: &mut Ui, look: &Look<'_>, areas: &AreaTable, figures: &Figures) -> Option<Drill> {
    let feed = look.feed(Feed::Tickets);
    let mode = figures.settings.mode;
    let title = match mode {
        Mode::PerArea => "heat-ranking",
        Mode::PerResidents => "heat-ranking-rate",
        Mode::Expected => "heat-ranking-against",
    };
    let body = head(ui, look, &look.t(title), Some(unit_words(look, &figures.settings)), &feed);
    let known: Vec<&Ranked> = figures.ranking.iter().filter(|ranked| (ranked.area as usize) < areas.len()).collect();
    if known.is_empty() || !feed.has_values() {
        let words = match (figures.is_known, figures.is_missing, mode) {
            _ if feed.rung == Freshness::Expired => "silent-list",
            (false, ..) => "connecting",
            (true, true, Mode::PerResidents) => "heat-no-residents",
            (true, true, Mode::Expected) => "heat-no-history",
            (true, ..) => "heat-none",
        };
        empty(ui.painter(), look, body, &look.t(words));
        return None;
    }
    let notes = 66.0;
    let rows = (((body.height() - notes) / ROW).floor() as usize).clamp(1, NUMBERED).min(known.len());
    let most = known[..rows].iter().flat_map(|ranked| ranked.days).max().unwrap_or(0).max(1);
    // Words that have no room beside each other in some row stand below each other in all.
    let room = body.width() - BARS - TEXT - 10.0;
    let is_narrow = known[..rows].iter().any(|ranked| {
        let joined = place_and_category(look, areas, figures, ranked).join(" · ");
        width(ui.painter(), joined, Role::BODY) > room
    });
    let mut drill = None;
    for (index, ranked) in known[..rows].iter().enumerate() {
        let rect = Rect::from_min_size(pos2(body.left(), body.top() + index as f32 * ROW), vec2(body.width(), ROW));
        let area = areas.get(AreaId(ranked.area));
        let name = look.locale.short_area_name(area);
        let value = value_words(look.locale.numbers(), mode, ranked.value);
        let label = format!("{} {name} {value}", index + 1);
        if row(ui, look, rect.shrink2(vec2(0.0, 4.0)), ("heat-rank", index), &label).clicked() {
            drill = Some(Drill::To(Target::Area(area.code.clone())));
        }
        let p = ui.painter();
        if index > 0 {
            p.hline(rect.x_range(), rect.top(), Stroke::new(1.0, look.ink(|p| p.line1)));
        }
        let grey = feed.is_grey();
        let strong = if grey { look.ink(|p| p.stale) } else { look.text1() };
        let middle = rect.center().y;
        let disc = pos2(rect.left() + 16.0, middle);
        p.circle_stroke(disc, 15.0, Stroke::new(1.6, strong));
        say(
            p,
            pos2(disc.x, centred(middle, Role::BODY_STRONG)),
            Align::Center,
            (index + 1).to_string(),
            Role::BODY_STRONG,
            strong,
        );
        let (text, bars) = (rect.left() + TEXT, rect.right() - BARS);
        let words = place_and_category(look, areas, figures, ranked);
        let joined = words.join(" · ");
        let (first, lines) = match is_narrow {
            false => (middle - 6.0, vec![joined.as_str()]),
            true => (middle - 20.0, words),
        };
        fit(p, pos2(text, first), Align::Min, name, Role::ROW_STRONG, strong, room);
        for (nth, line) in lines.into_iter().enumerate() {
            let at = pos2(text, first + 28.0 + 26.0 * nth as f32);
            fit(p, at, Align::Min, line, Role::BODY, look.text3(), room);
        }
        for (day, count) in ranked.days.iter().enumerate() {
            let tall = 40.0 * *count as f32 / most as f32;
            let x = bars + day as f32 * 12.0;
            let bar = Rect::from_min_max(pos2(x, middle + 20.0 - tall.max(0.8)), pos2(x + 8.0, middle + 20.0));
            let ink = match (grey, day == 6) {
                (true, _) => faint(look.palette.stale, 0.55),
                (false, true) => look.text1(),
                (false, false) => colour(look.palette.neutral_bar),
            };
            p.rect_filled(bar, CornerRadius::same(1), ink);
        }
        say(p, pos2(rect.right(), middle + 2.0), Align::Max, value, Role::medium(32.0), strong);
        let ratio = match ranked.ratio {
            // The figure above says it already: of how many it is one.
            Some(_) if mode == Mode::Expected => count_words(look, ranked.count),
            Some(ratio) => look.locale.t_args("heat-ratio", &[("x", &format!("{ratio:.1}"))]),
            None => look.t("heat-no-ratio").into_owned(),
        };
        // Against old data nothing is compared.
        if !grey {
            say(p, pos2(rect.right(), middle + 28.0), Align::Max, ratio, Role::BODY, look.text3());
        }
    }
    let p = ui.painter();
    let y = body.top() + rows as f32 * ROW;
    p.hline(body.x_range(), y, Stroke::new(1.0, look.ink(|p| p.line1)));
    for (line, key) in ["heat-ranking-bars", "heat-ranking-expected"].into_iter().enumerate() {
        fit(
            p,
            pos2(body.left(), y + 28.0 + 28.0 * line as f32),
            Align::Min,
            look.t(key),
            Role::BODY,
            look.text3(),
            body.width(),
        );
    }
    let (hidden, base) = (known.len() - rows, y + 84.0);
    let mut next = base;
    if hidden > 0 && next + 6.0 <= body.bottom() {
        more_ui(ui, look, body, next - 24.0, "heat-ranking-more", hidden);
        next += 28.0;
    }
    // Tickets without a place are in no community.
    if figures.off_map > 0 && next + 6.0 <= body.bottom() {
        let words = look.t_n("heat-off-map", figures.off_map);
        let said = fit(
            ui.painter(),
            pos2(body.left(), next - 2.0),
            Align::Min,
            words.as_str(),
            Role::BODY,
            look.text3(),
            body.width(),
        );
        announce(ui, said, "off-map", &words);
    }
    drill
}

/// The street of a ranked community and what is most frequent in it.
fn place_and_category<'a>(
    look: &Look<'_>,
    areas: &'a AreaTable,
    figures: &'a Figures,
    ranked: &Ranked,
) -> Vec<&'a str> {
    let street = areas.ancestor_at(AreaId(ranked.area), Level::Street);
    let street = street.map(|id| look.locale.short_area_name(areas.get(id)));
    let category = ranked.category.and_then(|at| figures.categories.get(usize::from(at)));
    [street, category.map(|name| look.locale.term(name))].into_iter().flatten().collect()
}

/// The value as it is written: `13.1`, `×2.5`.
fn value_words(style: NumberStyle, mode: Mode, value: f32) -> String {
    match mode {
        Mode::Expected => format!("×{value:.1}"),
        // Rates of neighbours differ in the second digit.
        Mode::PerResidents if value < 10.0 => format!("{value:.2}"),
        Mode::PerArea | Mode::PerResidents => density_words(style, value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn a_click_goes_to_the_community() {
        let city = fixture::city();
        let id = city.areas.at_level(Level::Community).next().unwrap();
        let ranked =
            Ranked { area: id.0, count: 9, value: 13.1, ratio: Some(2.5), days: [1, 2, 3, 4, 5, 6, 7], category: None };
        let figures = Figures { is_known: true, ranking: vec![ranked.clone()], ..Figures::default() };
        let name = look_name(&city.areas, id);
        let drill = fixture::click(&city, &format!("1 {name} 13.1"), |ui, look, city| {
            heat_ranking_ui(ui, look, &city.areas, &figures)
        });
        assert_eq!(drill, Some(Drill::To(Target::Area(city.areas.get(id).code.clone()))));
    }

    #[test]
    fn the_heading_says_the_unit_of_the_figures() {
        let city = fixture::city();
        let id = city.areas.at_level(Level::Community).next().unwrap();
        let ranked = Ranked { area: id.0, count: 9, value: 2.5, ratio: Some(2.5), days: [1; 7], category: None };
        let settings = crate::heat::HeatSettings { mode: Mode::Expected, ..Default::default() };
        let figures = Figures { is_known: true, ranking: vec![ranked], settings, ..Figures::default() };
        let labels = fixture::labels(&city, |ui, look, city| {
            _ = heat_ranking_ui(ui, look, &city.areas, &figures);
        });
        assert!(labels.iter().any(|label| label == "高于预期社区"), "{labels:?}");
        assert!(labels.iter().any(|label| label.ends_with("×2.5")), "{labels:?}");
    }

    #[test]
    fn each_unit_has_the_digits_that_tell_neighbours_apart() {
        let words = [(Mode::PerArea, 13.14), (Mode::PerResidents, 0.78), (Mode::Expected, 2.46)]
            .map(|(mode, value)| value_words(NumberStyle::Thousands, mode, value));
        assert_eq!(words, ["13.1", "0.78", "×2.5"]);
    }

    fn look_name(areas: &AreaTable, id: AreaId) -> String {
        crate::locale::Locale::ZhCn.short_area_name(areas.get(id)).to_owned()
    }
}
