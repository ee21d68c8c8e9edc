//! One number, large: value and unit, what it is compared with, what would be expected, and its series below. Several
//! indicators stand under one another. A click opens where the number comes from.

use bevy_egui::egui::{Align, Rect, Ui, pos2, vec2};

use super::formula::ask;
use super::number::{Number, Numbers};
use super::plot::{self, Plot};
use super::words;
use crate::domain::{Feed, Period, Reading};
use crate::panels::Intent;
use crate::panels::head::{empty, head, row};
use crate::panels::look::Look;
use crate::panels::pen::{bar, fit, say, say_all, width};
use crate::panels::style::{Role, faint};
use crate::scene::Bound;

/// Space between two numbers.
const GAP: f32 = 20.0;
/// A column this high has a hero's number.
const HERO_FROM: f32 = 236.0;

/// Draws the panel.
pub fn big_number_ui<'a>(ui: &Ui, look: &Look<'_>, numbers: &Numbers<'a>, bound: &'a Bound) -> Option<Intent> {
    let feed = look.feed(Feed::Indicators);
    let list: Vec<Number<'_>> = bound.indicators.iter().map(|key| numbers.whole(key, bound.period)).collect();
    let title = words::title(look, bound, &list, "big-number-title");
    let body = head(ui, look, &title, words::span_beside(ui, look, &list, &title), &feed);
    if list.is_empty() {
        empty(ui.painter(), look, body, &look.t("no-indicators"));
        return None;
    }
    // A wide panel has them side by side.
    let across = body.width() > 430.0 * list.len() as f32;
    let n = list.len() as f32;
    let size = if across {
        vec2((body.width() - 56.0 * (n - 1.0)) / n, body.height())
    } else {
        vec2(body.width(), (body.height() - GAP * (n - 1.0)) / n)
    };
    let mut asked = None;
    for (nth, number) in list.iter().enumerate() {
        let step = if across { vec2(size.x + 56.0, 0.0) } else { vec2(0.0, size.y + GAP) };
        let rect = Rect::from_min_size(body.min + step * nth as f32, size);
        let shown = words::shown(look, number);
        let label = format!("{} {}", words::name(look, number), shown.text());
        if row(ui, look, rect, ("number", nth), &label).clicked() {
            asked = ask(number);
        }
        let is_named = list.len() > 1;
        number_ui(ui, look, number, rect, is_named);
    }
    asked
}

fn number_ui(ui: &Ui, look: &Look<'_>, number: &Number<'_>, rect: Rect, is_named: bool) {
    let p = ui.painter();
    let (left, right) = (rect.left(), rect.right());
    let mut top = rect.top();
    if is_named {
        fit(p, pos2(left, top + 24.0), Align::Min, words::name(look, number), Role::ROW, look.text1(), rect.width());
        top += 32.0;
    }
    let role = if rect.height() >= HERO_FROM { Role::HERO } else { Role::medium(64.0) };
    let shown = words::shown(look, number);
    let base = top + role.size * 0.86;
    // Words instead of a number are not set in a number's size.
    let role = if shown.digits.is_empty() { Role::medium(44.0) } else { role };
    let said = shown.say(p, look, pos2(left, base), Align::Min, role);
    let mut y = base;
    // Below the number the lines would take the series its room: shorter words first.
    let room = right - said.right() - 20.0;
    let wide = |(line, key): &(String, Key)| width(p, line.as_str(), Role::BODY) + key.wide();
    let fits = |lines: &[(String, Key)]| lines.iter().map(wide).fold(0.0, f32::max) <= room;
    let long = beside(look, number, false);
    let lines = if fits(&long) { long } else { beside(look, number, true) };
    let is_beside = fits(&lines);
    for (nth, (line, key)) in lines.iter().rev().enumerate() {
        let at = if is_beside {
            pos2(right, base - 29.0 * nth as f32)
        } else {
            // The comma of a large number reaches below its line.
            y = base + 0.12 * role.size + 32.0 * lines.len() as f32;
            pos2(left + key.wide() + width(p, line.as_str(), Role::BODY), y - 32.0 * nth as f32)
        };
        let line = say_all(p, at, Align::Max, &[(line.as_str(), Role::BODY, look.text2())]);
        match key {
            Key::None => {}
            Key::Band => {
                let key = Rect::from_min_max(pos2(line.left() - 34.0, at.y - 14.0), pos2(line.left() - 8.0, at.y));
                bar(p, key, faint(look.palette.text2, 0.25));
            }
        }
    }
    if let Some(ratio) =
        number.figure.and_then(|figure| words::ratio(look, figure)).filter(|_| number.delta().is_some())
    {
        y += 34.0;
        let target = plot::target_words(look, number).unwrap_or_default();
        let target = say(p, pos2(right, y), Align::Max, target, Role::BODY, look.text3());
        fit(p, pos2(left, y), Align::Min, ratio, Role::BODY, look.text3(), target.left() - left - 12.0);
    }
    let left_over = rect.bottom() - y;
    let has_series = !number.series().is_empty() && look.feed(Feed::Indicators).has_values();
    if let (Some(figure), true) = (number.figure, has_series && left_over >= 96.0) {
        let tall = (left_over - plot::DATES - 30.0).min(520.0);
        let field = Rect::from_min_size(pos2(left, y + 26.0), vec2(rect.width(), tall));
        let field = plot::plot(p, look, field, &Plot::of(look, number), true);
        plot::dates(ui, look, field, figure, None);
    }
}

/// What a line beside the number is keyed with.
enum Key {
    None,
    Band,
}

impl Key {
    /// How much it takes before the words, u.
    const fn wide(&self) -> f32 {
        match self {
            Key::None => 0.0,
            Key::Band => 36.0,
        }
    }
}

/// Comparison and expectation, in few words where they have little room; for a zero, that it is one.
fn beside(look: &Look<'_>, number: &Number<'_>, is_short: bool) -> Vec<(String, Key)> {
    let period = number.figure.map(|figure| figure.period);
    let base = period.and_then(|period| match (period, is_short) {
        (Period::Day, true) => {
            let weekday = look.locale.short_weekday(&look.civil());
            Some(look.locale.t_args("intake-delta-short", &[("weekday", &weekday)]).into())
        }
        _ => words::base(look, period),
    });
    let compared = words::delta(look, number).zip(base);
    let mut lines: Vec<_> = compared.map(|(delta, base)| (format!("{delta} {base}"), Key::None)).into_iter().collect();
    if let Reading::Value(value) = number.reading {
        match words::expected(look, number) {
            Some(expected) => lines.push((expected, Key::Band)),
            None if value == 0.0 => lines.push((look.t("verified-zero").into_owned(), Key::None)),
            None => {}
        }
    }
    lines
}
