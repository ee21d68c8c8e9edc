//! Rate rows: name and value, position on a short axis with labelled ends, target tick, the distance to the target as a
//! thick segment, numerator and denominator. Missed: a hollow dot, a broken segment and the word 低于.
//!
//! A row that has room says more: the comparison, the series, the formula. A click opens where the number comes from.

use bevy_egui::egui::{Align, Painter, Rect, Shape, Stroke, Ui, Vec2, pos2, vec2};

use super::axis::Axis;
use super::formula::ask;
use super::number::{Number, Numbers};
use super::plot::{self, Plot};
use super::words;
use crate::domain::{Aim, Feed, Period};
use crate::panels::Intent;
use crate::panels::head::{HEAD, empty, head, row};
use crate::panels::look::Look;
use crate::panels::more::{self, Room, more_ui};
use crate::panels::pen::{fit, paragraph, rows, say, say_all, width};
use crate::panels::style::{Role, faint};
use crate::scene::Bound;

/// The least distance between two rows.
const ROW: f32 = 111.0;
/// The longest that is good for one of several; one alone has the whole panel.
const ROW_MOST: f32 = 380.0;
/// From a row's top to the baseline of its numerator, and so much below belongs to it.
const RATIO: f32 = 90.0;
/// Distance of lines of text.
const LINE: f32 = 26.0;
/// A formula of more lines is for the card that a click opens.
const MOST_LINES: usize = 4;
/// What letters reach below the last line.
const UNDER: f32 = 6.0;
/// Space between two columns of rows.
const GUTTER: f32 = 56.0;

/// The least height of a panel of so many rates.
pub fn least(n: usize) -> f32 {
    HEAD + ROW * n as f32 - 14.0
}

/// The height at which every row has room for its formula.
pub fn good(n: usize) -> f32 {
    HEAD + (RATIO + 2.0 * LINE + UNDER + 14.0) * n as f32 - 14.0
}

/// Draws the panel.
pub fn rates_ui<'a>(ui: &Ui, look: &Look<'_>, numbers: &Numbers<'a>, bound: &'a Bound) -> Option<Intent> {
    let feed = look.feed(Feed::Indicators);
    let list: Vec<Number<'_>> = bound.indicators.iter().map(|key| numbers.whole(key, bound.period)).collect();
    let title = words::title(look, bound, &list, "rates-title");
    let body = head(ui, look, &title, words::span_beside(ui, look, &list, &title), &feed);
    if let Some(words) = words::instead(look, &list) {
        empty(ui.painter(), look, body, &words);
        return None;
    }
    // Where rows have room for all they say, the last of them keeps its distance to what stands below the column.
    let spare = body.height() + HEAD - good(list.len());
    let body = body.with_max_y(body.bottom() - spare.clamp(0.0, 16.0));
    let columns = (((body.width() + GUTTER) / (380.0 + GUTTER)).floor() as usize).clamp(1, list.len());
    let rows = Room::of(list.len().div_ceil(columns), ROW, body.height() + 14.0).shown.max(1);
    let left_out = list.len().saturating_sub(rows * columns);
    let body = if left_out > 0 { body.with_max_y(body.bottom() - more::LINE) } else { body };
    more_ui(ui, look, body, body.bottom(), "more-numbers", left_out);
    let most = if rows == 1 { f32::INFINITY } else { ROW_MOST };
    let pitch = ((body.height() + 14.0) / rows as f32).min(most);
    let wide = (body.width() - GUTTER * (columns - 1) as f32) / columns as f32;
    let mut asked = None;
    for (nth, number) in list.iter().take(rows * columns).enumerate() {
        let (column, line) = (nth % columns, nth / columns);
        let at = pos2(body.left() + column as f32 * (wide + GUTTER), body.top() + line as f32 * pitch);
        let rect = Rect::from_min_size(at, vec2(wide, pitch - 14.0));
        let label = format!("{} {}", words::name(look, number), words::shown(look, number).text());
        if row(ui, look, rect.shrink2(vec2(0.0, 2.0)), ("rate", nth), &label).clicked() {
            asked = ask(number);
        }
        rate_ui(ui, look, numbers, number, rect);
    }
    asked
}

fn rate_ui(ui: &Ui, look: &Look<'_>, numbers: &Numbers<'_>, number: &Number<'_>, rect: Rect) {
    let p = ui.painter();
    let (left, right) = (rect.left(), rect.right());
    let base = rect.top() + 38.0;
    let shown = words::shown(look, number);
    let value = shown.say(p, look, pos2(right, base), Align::Max, Role::medium(38.0));
    let room = value.left() - left - 12.0;
    fit(p, pos2(left, base), Align::Min, words::name(look, number), Role::ROW, look.text1(), room);
    axis_ui(p, look, number, rect, base + 17.0);

    let base = rect.top() + RATIO;
    let target = verdict(p, look, number, pos2(right, base));
    let ratio = number
        .figure
        .and_then(|figure| words::ratio(look, figure))
        .filter(|_| shown.ink != look.text3() && shown.digits != "—");
    if let Some(ratio) = ratio {
        fit(p, pos2(left, base), Align::Min, ratio, Role::BODY, look.text3(), target - left - 12.0);
    }

    // What has room below, the most telling first.
    let mut y = base;
    let room = |y: f32| rect.bottom() - UNDER + 0.5 - y;
    if room(y) >= LINE
        && let (Some(delta), Some(period)) = (words::delta(look, number), number.figure.map(|figure| figure.period))
    {
        y += LINE;
        let base = words::base(look, period).unwrap_or_default();
        let pieces = [(delta.as_str(), Role::BODY, look.text2()), (&format!(" {base}"), Role::BODY, look.text3())];
        let whole: f32 = pieces.iter().map(|(text, role, _)| width(p, *text, *role)).sum();
        if whole <= rect.width() {
            say_all(p, pos2(left, y), Align::Min, &pieces);
        } else {
            fit(p, pos2(left, y), Align::Min, delta, Role::BODY, look.text2(), rect.width());
        }
    }
    let formula = words::formula(look, number).map(|formula| broken(p, formula, rect.width()));
    // A formula without what it is divided by would say something else: all of it or nothing.
    let lines = formula.as_ref().map_or(0, |formula| rows(p, formula, Role::BODY, rect.width()));
    let formula = formula.filter(|_| lines <= MOST_LINES && room(y) >= lines as f32 * LINE);
    let for_formula = formula.as_ref().map_or(0.0, |_| lines as f32 * LINE);
    let monthly = numbers.whole(number.key, Some(Period::Month));
    let series = if number.series().is_empty() { &monthly } else { number };
    let has_series = !series.series().is_empty() && look.feed(Feed::Indicators).has_values();
    if let (Some(figure), true) = (series.figure, has_series && room(y) - for_formula >= 76.0) {
        let tall = (room(y) - for_formula - plot::DATES - 16.0).min(440.0);
        let field = Rect::from_min_size(pos2(left, y + 18.0), vec2(rect.width(), tall));
        let field = plot::plot(p, look, field, &Plot::of(look, series), true);
        plot::dates(ui, look, field, figure, None);
        y = field.bottom() + plot::DATES;
    }
    if let Some(formula) = formula {
        paragraph(p, pos2(left, y + LINE), &formula, Role::BODY, look.text3(), (rect.width(), lines, LINE));
    }
}

/// A formula that is too long for one line breaks before what it is divided by.
fn broken(p: &Painter, formula: &str, room: f32) -> String {
    match formula.split_once('÷') {
        Some((part, whole)) if width(p, formula, Role::BODY) > room => {
            format!("{}\n÷ {}", part.trim_end(), whole.trim_start())
        }
        _ => formula.to_owned(),
    }
}

/// The axis with its ends, the expected band where there is no target, the target's tick, the segment and the dot.
fn axis_ui(p: &Painter, look: &Look<'_>, number: &Number<'_>, rect: Rect, y: f32) {
    let value = number.reading.value().copied().filter(|_| look.feed(Feed::Indicators).has_values());
    let expected = number.figure.and_then(|figure| figure.expected).filter(|_| number.target().is_none());
    let held: Vec<f64> = value.into_iter().chain(number.target()).chain(expected.into_iter().flatten()).collect();
    let axis = Axis::of_share(&held);
    let [low, high] = [axis.low, axis.high].map(|end| words::end(look.locale.numbers(), end));
    let base = y + 6.0;
    let low = say(p, pos2(rect.left(), base), Align::Min, low, Role::AXIS, look.text3());
    let high = say(p, pos2(rect.right(), base), Align::Max, high, Role::AXIS, look.text3());
    let (from, to) = ((low.right() + 12.0).max(rect.left() + 36.0), (high.left() - 12.0).min(rect.right() - 44.0));
    let x = |value: f64| from + axis.share(value) * (to - from);
    p.hline(from..=to, y, Stroke::new(2.0, look.ink(|p| p.line2)));
    if axis.low < 0.0 {
        p.vline(x(0.0), y - 6.0..=y + 6.0, Stroke::new(1.4, look.text3()));
    }
    if let Some([low, high]) = expected {
        let band = Rect::from_min_max(pos2(x(low), y - 6.0), pos2(x(high), y + 6.0));
        p.rect_filled(band, 2, faint(look.palette.text2, 0.25));
    }
    let ink = words::shown(look, number).ink;
    let is_met = number.is_met();
    if let (Some(value), Some(target)) = (value, number.target()) {
        let ends = [pos2(x(target), y), pos2(x(value), y)];
        let stroke = Stroke::new(5.0, ink.gamma_multiply(0.75));
        if is_met == Some(false) {
            p.extend(Shape::dashed_line(&ends, stroke, 3.0, 3.0));
        } else {
            p.line_segment(ends, stroke);
        }
    }
    if let Some(target) = number.target() {
        p.rect_filled(Rect::from_center_size(pos2(x(target), y), Vec2::new(3.0, 18.0)), 0, look.text2());
    }
    if let Some(value) = value {
        let fill = if is_met == Some(false) { look.ink(|p| p.bg1) } else { ink };
        p.circle(pos2(x(value), y), 7.0, fill, Stroke::new(3.0, ink));
    }
}

/// `低于 目标 90 %` at the right; without a target what is expected. Returns where it begins.
fn verdict(p: &Painter, look: &Look<'_>, number: &Number<'_>, right: bevy_egui::egui::Pos2) -> f32 {
    let words = match plot::target_words(look, number) {
        Some(target) => target,
        None => match words::expected(look, number).filter(|_| number.delta().is_some()) {
            Some(expected) => expected,
            None => return right.x,
        },
    };
    let said = say(p, right, Align::Max, words, Role::BODY, look.text3());
    if number.is_met() != Some(false) || number.delta().is_none() && !look.feed(Feed::Indicators).has_values() {
        return said.left();
    }
    let word = look.t(if number.aim() == Aim::Lower { "rate-above" } else { "rate-below" });
    let ink = words::shown(look, number).ink;
    say(p, pos2(said.left() - 8.0, right.y), Align::Max, word, Role::BODY, ink).left()
}
