//! Small multiples: the trend of one indicator for each area, all on one scale, which those beside it share; without a
//! level, one small trend per indicator of the same unit. The head says which stretches are drawn. A click on an area goes
//! there, on an indicator it opens where the number comes from.

use bevy_egui::egui::{Align, Rect, Ui, pos2, vec2};

use super::axis::Axis;
use super::formula::ask;
use super::number::{Number, Numbers};
use super::plot::{self, DATES, Plot};
use super::whole::{is_kin, scale_of, unplaced, unplaced_words};
use super::words;
use crate::domain::{AreaId, Feed, Period, Reading, Unit};
use crate::panels::Intent;
use crate::panels::head::{empty, head, row};
use crate::panels::look::Look;
use crate::panels::pen::{fit, say, say_all, width};
use crate::panels::style::Role;
use crate::scene::Bound;
use crate::selection::{Drill, Target};

/// Least width of a cell, and its least and greatest height.
const CELL: [f32; 3] = [116.0, 52.0, 220.0];
/// Space between cells, and the least between rows of many.
const GAP: [f32; 2] = [24.0, 28.0];
const GAP_LEAST: f32 = 14.0;
/// Height of the line about the scale, and of a second one.
const FOOT: f32 = 30.0;
const LINE: f32 = 26.0;

struct Cell<'a> {
    name: String,
    number: Number<'a>,
    area: Option<AreaId>,
}

/// Draws the panel.
pub fn small_multiples_ui<'a>(ui: &Ui, look: &Look<'_>, numbers: &Numbers<'a>, bound: &'a Bound) -> Option<Intent> {
    let feed = look.feed(Feed::Indicators);
    let list: Vec<Number<'_>> = bound.indicators.iter().map(|key| numbers.whole(key, bound.period)).collect();
    let title = words::title(look, bound, &list, "multiples-title");
    let cells = cells(look, numbers, bound);
    // The numbers are those of the running stretch, the lines of many before it: the head says which.
    let room = ui.max_rect().width() - 56.0 - width(ui.painter(), title.as_str(), Role::PANEL);
    let drawn = drawn(look, &cells);
    let has_room = |words: &&String| width(ui.painter(), words.as_str(), Role::BODY) <= room;
    let note = drawn.as_ref().and_then(|words| words.iter().find(has_room).or(words.last()).cloned());
    let note = note.or_else(|| words::span_beside(ui, look, &list, &title));
    // What has no room in the head is said below.
    let stretch = drawn.map(|[_, ends, _]| ends).filter(|ends| note.as_ref().is_some_and(|note| !note.contains(ends)));
    let body = head(ui, look, &title, note, &feed);
    let Some(first) = list.first() else {
        empty(ui.painter(), look, body, &look.t("no-indicators"));
        return None;
    };
    let is_empty = cells.iter().all(|cell| cell.number.series().is_empty());
    if is_empty || !feed.has_values() {
        let shown = words::shown(look, first);
        let is_words = shown.digits.is_empty() || !feed.has_values();
        if is_words {
            words::empty_ui(ui, look, body, &shown);
        } else {
            let is_unknown = cells.iter().all(|cell| cell.number.reading == Reading::NoData);
            let words = if is_unknown { "no-data-areas" } else { "no-series" };
            empty(ui.painter(), look, body, &look.t(words));
        }
        return None;
    }
    let unit = first.unit();
    let axis = axis(look, numbers, &cells, first);
    // A cell is as wide as its name and value need.
    let p = ui.painter();
    let names = cells.iter().map(|cell| width(p, cell.name.as_str(), Role::BODY)).fold(0.0, f32::max);
    let values = cells.iter().map(|cell| width(p, digits(look, &cell.number), Role::BODY_STRONG)).fold(0.0, f32::max);
    let columns_for = |values: f32| {
        let least = (names + 10.0 + values).clamp(CELL[0], 260.0);
        (((body.width() + GAP[0]) / (least + GAP[0])).floor() as usize).clamp(1, cells.len())
    };
    let columns = columns_for(values);
    // The sign of a share stands where it takes no column; the line about the scale has it anyway.
    let has_sign = unit == Unit::Percent && columns_for(values + width(p, " %", Role::BODY_STRONG)) == columns;
    let fitting = (((body.height() - FOOT + GAP_LEAST) / (CELL[1] + GAP_LEAST)).floor() as usize).max(1);
    let rows = cells.len().div_ceil(columns).min(fitting);
    // A caption stands nearer to its own field than to the one above it.
    let between = (body.height() - FOOT - 74.0 * rows as f32) / (rows.max(2) - 1) as f32;
    let between = between.clamp(GAP_LEAST, GAP[1]);
    let wide = (body.width() - GAP[0] * (columns - 1) as f32) / columns as f32;
    let shown = cells.len().min(rows * columns);
    let left_out = cells.len() - shown;
    let ends = [words::end(look.locale.numbers(), axis.low), words::end(look.locale.numbers(), axis.high)];
    let scale = look
        .locale
        .t_args("multiples-scale", &[("low", &ends[0]), ("high", &ends[1]), ("unit", &words::unit(look, first))]);
    // What is left out is said first, and nothing cuts it; then the scale, the stretch and the dashed line while they fit.
    let more = (left_out > 0).then(|| look.t_n("more-areas", left_out as u64));
    let level = bound.level.and_then(|level| Some((level, unplaced(numbers, bound, first.key, level)?)));
    let nowhere = level.map(|(level, n)| unplaced_words(look, first, level, n));
    let target = plot::target_words(look, first).map(|it| look.locale.t_args("multiples-target", &[("target", &it)]));
    let mut scale: String = more.into_iter().chain([scale]).chain(nowhere).collect::<Vec<_>>().join(" · ");
    // What has no room in the first line is in the second, where cells have room to spare.
    let mut second = String::new();
    let has_second = (body.height() - FOOT - LINE - between * (rows - 1) as f32) / rows as f32 >= CELL[1];
    for part in stretch.into_iter().chain(target).chain(bases(look, &cells)) {
        let fits = |line: &str| width(p, line, Role::BODY) <= body.width();
        let longer = format!("{scale} · {part}");
        let next = if second.is_empty() { part.clone() } else { format!("{second} · {part}") };
        if second.is_empty() && fits(&longer) {
            scale = longer;
        } else if has_second && fits(&next) {
            second = next;
        }
    }
    // The scale stands where the last row ends early, else below all.
    let last = (rows * columns - shown) as f32 * (wide + GAP[0]) - GAP[0];
    let is_beside = second.is_empty() && width(p, scale.as_str(), Role::BODY) <= last;
    let foot = match is_beside {
        true => 0.0,
        false if second.is_empty() => FOOT,
        false => FOOT + LINE,
    };
    let tall = ((body.height() - foot - between * (rows - 1) as f32) / rows as f32).clamp(CELL[1], CELL[2]);
    let mut asked = None;
    for (nth, cell) in cells.iter().take(rows * columns).enumerate() {
        let step = vec2((nth % columns) as f32 * (wide + GAP[0]), (nth / columns) as f32 * (tall + between));
        let rect = Rect::from_min_size(body.min + step, vec2(wide, tall));
        let label = format!("{} {}", cell.name, words::shown(look, &cell.number).text());
        if row(ui, look, rect, ("cell", nth), &label).clicked() {
            asked = match cell.area {
                Some(id) => Some(Intent::Drill(Drill::To(Target::Area(numbers.areas.get(id).code.clone())))),
                None => ask(&cell.number),
            };
        }
        cell_ui(ui, look, cell, rect, axis, has_sign);
    }
    let bottom = body.top() + rows as f32 * (tall + between) - between;
    let (x, y) = if is_beside { (body.right() - last, bottom - 6.0) } else { (body.left(), bottom + DATES) };
    fit(p, pos2(x, y), Align::Min, scale, Role::BODY, look.text3(), body.right() - x);
    fit(p, pos2(x, y + LINE), Align::Min, second, Role::BODY, look.text3(), body.right() - x);
    asked
}

/// Of how many the shares are: the least and the greatest denominator.
fn bases(look: &Look<'_>, cells: &[Cell<'_>]) -> Option<String> {
    let is_share = |cell: &&Cell<'_>| cell.number.unit() == Unit::Percent && cell.number.reading.value().is_some();
    let known = cells.iter().filter(is_share).filter_map(|cell| cell.number.figure?.denominator);
    let (least, most) = known.fold(None, |ends, n| {
        let (least, most) = ends.unwrap_or((n, n));
        Some((least.min(n), most.max(n)))
    })?;
    let (unit, ends) = (words::counted_unit(look, cells.first()?.number.key), [least, most].map(|n| look.count(n)));
    let n = if least == most { ends[0].clone() } else { ends.join("–") };
    Some(look.locale.t_args("multiples-bases", &[("n", &n), ("unit", &unit)]))
}

/// What is drawn small: the areas of the level, else the indicators themselves.
fn cells<'a>(look: &Look<'_>, numbers: &Numbers<'a>, bound: &'a Bound) -> Vec<Cell<'a>> {
    let mut keys = bound.indicators.iter();
    let Some(level) = bound.level else {
        let cell = |number: Number<'a>| Cell { name: words::name(look, &number).to_owned(), number, area: None };
        return keys.map(|key| cell(numbers.whole(key, bound.period))).collect();
    };
    let Some(key) = keys.next() else { return Vec::new() };
    let of = |id| {
        let area = numbers.areas.get(id);
        let number = numbers.area(key, area, bound.period);
        Cell { name: look.locale.short_area_name(area).to_owned(), number, area: Some(id) }
    };
    numbers.areas.at_level(level).map(of).collect()
}

/// The axis of all cells, and of those in panels beside this one that are read against them.
fn axis<'a>(look: &Look<'_>, numbers: &Numbers<'a>, own: &[Cell<'a>], first: &Number<'a>) -> Axis {
    // The band of the running stretch is not drawn in so little room.
    let axis_of = |cells: &[&Cell<'_>]| {
        let series = cells.iter().map(|cell| cell.number.series());
        plot::axis(first.unit(), cells.iter().filter_map(|cell| cell.number.target()), series)
    };
    let panels: Vec<Vec<Cell<'_>>> = numbers.beside.iter().map(|bound| cells(look, numbers, bound)).collect();
    let mut all: Vec<Vec<&Cell<'_>>> = vec![own.iter().collect()];
    let kin = |panel: &'_ [Cell<'a>]| panel.first().is_some_and(|cell| is_kin(look, first, &cell.number));
    all.extend(panels.iter().filter(|panel| kin(panel)).map(|panel| panel.iter().collect()));
    let highs: Vec<f64> = all.iter().map(|panel| axis_of(panel).high).collect();
    let [least, most] = scale_of(highs[0], highs.iter().copied());
    let sharing = all.iter().zip(&highs).filter(|(_, high)| (least..=most).contains(*high));
    axis_of(&sharing.flat_map(|(panel, _)| panel.iter().copied()).collect::<Vec<_>>())
}

/// Which stretches are drawn, from the first that some cell knows: `逐月 2025-12–2026-11`, without their length, and only
/// their length.
fn drawn(look: &Look<'_>, cells: &[Cell<'_>]) -> Option<[String; 3]> {
    let known = cells.iter().filter_map(|cell| {
        let series = cell.number.series();
        Some((series.len() - series.iter().position(Option::is_some)?, cell.number.figure?))
    });
    let (count, figure) = known.max_by_key(|(count, _)| *count)?;
    let length = match figure.period {
        Period::Day => "trend-days",
        Period::Week => "trend-weeks",
        Period::Month => "trend-months",
        Period::Year | Period::Now => return None,
    };
    let length = look.t(length).into_owned();
    let [from, to] = [count - 1, 0].map(|back| plot::stretch(look, figure, back).unwrap_or_default());
    let ends = format!("{from}–{to}");
    Some([format!("{length} {ends}"), ends, length])
}

/// The digits of a cell: shares with one decimal.
fn digits(look: &Look<'_>, number: &Number<'_>) -> String {
    match (number.unit(), number.reading.value()) {
        (Unit::Percent, Some(value)) => format!("{value:.1}").replace('-', "−"),
        (unit, Some(value)) => words::digits(look.locale.numbers(), unit, *value),
        (_, None) => String::new(),
    }
}

fn cell_ui(ui: &Ui, look: &Look<'_>, cell: &Cell<'_>, rect: Rect, axis: Axis, has_sign: bool) {
    let p = ui.painter();
    let number = &cell.number;
    let shown = words::shown(look, number);
    let digits =
        if shown.ink == look.text3() || shown.digits == "—" { shown.digits.clone() } else { digits(look, number) };
    let digits = if has_sign && !digits.is_empty() && digits != "—" { format!("{digits} %") } else { digits };
    let base = rect.top() + 20.0;
    let right = pos2(rect.right(), base);
    let value = if shown.is_hidden || digits.is_empty() {
        shown.say(p, look, right, Align::Max, Role::BODY)
    } else {
        say_all(p, right, Align::Max, &[(digits.as_str(), Role::BODY_STRONG, shown.ink)])
    };
    let room = value.left() - rect.left() - 8.0;
    fit(p, pos2(rect.left(), base), Align::Min, cell.name.as_str(), Role::BODY, look.text1(), room);
    let field = Rect::from_min_max(pos2(rect.left(), rect.top() + 31.0), rect.max);
    if number.series().is_empty() {
        say(p, pos2(rect.left(), field.top() + 24.0), Align::Min, "—", Role::BODY, look.text3());
        return;
    }
    plot::plot(p, look, field, &Plot { axis, expected: None, ..Plot::of(look, number) }, false);
}
