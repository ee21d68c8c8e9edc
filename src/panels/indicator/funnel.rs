//! The funnel of mediation 矛盾纠纷化解: how many were taken in, mediated, settled, as bars from zero; with
//! numerator and denominator where a step has them. Below it what stands beside the steps: in mediation now, and what is
//! not collected. A click opens where the number comes from.

use std::borrow::Cow;

use bevy_egui::egui::{Align, Rect, Ui, pos2, vec2};

use super::formula::ask;
use super::number::{Number, Numbers};
use super::{plot, words};
use crate::domain::{Aim, Feed, Period};
use crate::panels::Intent;
use crate::panels::head::{HEAD, head, row};
use crate::panels::look::Look;
use crate::panels::pen::{bar, fit, paragraph, rule, width};
use crate::panels::style::{Role, colour, faint};
use crate::scene::Bound;

/// The steps and what stands beside them, where the scene file names none.
const KEYS: [&str; 5] = ["dispute_accepted", "dispute_mediated", "dispute_settled", "dispute_open", "dispute_funds"];
/// Least and greatest distance of steps.
const STEP: [f32; 2] = [104.0, 148.0];
/// Height of a line beside the steps.
const LINE: f32 = 44.0;
/// Height of the note.
const NOTE: f32 = 30.0;

fn keys(bound: &Bound) -> Vec<&str> {
    if bound.indicators.is_empty() { KEYS.to_vec() } else { bound.indicators.iter().map(String::as_str).collect() }
}

/// The least height of the panel.
pub fn least(bound: &Bound) -> f32 {
    let n = keys(bound).len();
    let steps = n.min(3) as f32;
    HEAD + STEP[0] * steps + LINE * (n as f32 - steps) + NOTE + 20.0
}

/// Draws the panel.
pub fn funnel_ui<'a>(ui: &Ui, look: &Look<'_>, numbers: &Numbers<'a>, bound: &'a Bound) -> Option<Intent> {
    let feed = look.feed(Feed::Indicators);
    let list: Vec<Number<'_>> = keys(bound).into_iter().map(|key| numbers.whole(key, bound.period)).collect();
    let title = bound
        .title
        .as_ref()
        .map_or_else(|| look.t("funnel-title").into_owned(), |it| look.locale.title_of(it).to_owned());
    let body = head(ui, look, &title, words::span_beside(ui, look, &list, &title), &feed);
    if list.iter().all(|number| number.figure.is_none()) {
        words::empty_ui(ui, look, body, &words::shown(look, list.first()?));
        return None;
    }
    let is_step =
        |number: &&Number<'_>| number.figure.is_some_and(|it| it.period != Period::Now && it.numerator.is_some());
    let steps: Vec<&Number<'_>> = list.iter().filter(is_step).collect();
    let beside: Vec<&Number<'_>> = list.iter().filter(|number| !is_step(number)).collect();
    let for_lines = LINE * beside.len() as f32 + NOTE + 20.0;
    let pitch = ((body.height() - for_lines) / steps.len().max(1) as f32).clamp(STEP[0], STEP[1]);
    let p = ui.painter();
    let most = steps.iter().filter_map(|number| count(number)).max().unwrap_or(0).max(1) as f32;
    let mut asked = None;
    for (nth, number) in steps.iter().enumerate() {
        let rect = Rect::from_min_size(body.min + vec2(0.0, nth as f32 * pitch), vec2(body.width(), pitch));
        let label = format!("{} {}", words::name(look, number), step_words(look, number));
        if row(ui, look, rect.shrink2(vec2(0.0, 2.0)), ("step", nth), &label).clicked() {
            asked = ask(number);
        }
        step_ui(ui, look, number, rect, most);
    }
    let mut y = body.top() + steps.len() as f32 * pitch + 8.0;
    for (nth, number) in beside.iter().enumerate() {
        let rect = Rect::from_min_size(pos2(body.left(), y), vec2(body.width(), LINE));
        let shown = words::shown(look, number);
        let label = format!("{} {}", words::name(look, number), shown.text());
        if row(ui, look, rect.shrink2(vec2(0.0, 2.0)), ("beside", nth), &label).clicked() {
            asked = ask(number);
        }
        rule(p, look.palette, body.x_range().into(), y);
        let value = shown.say(p, look, pos2(rect.right(), y + 30.0), Align::Max, Role::ROW_STRONG);
        let room = value.left() - rect.left() - 12.0;
        fit(p, pos2(rect.left(), y + 30.0), Align::Min, words::name(look, number), Role::ROW, look.text1(), room);
        y += LINE;
    }
    rule(p, look.palette, body.x_range().into(), y);
    let at = pos2(body.left(), y + NOTE);
    paragraph(p, at, &look.t("funnel-note"), Role::BODY, look.text3(), (body.width(), 1, 28.0));
    asked
}

/// What a step's bar is as long as: its own count, of a share its numerator.
fn count(number: &Number<'_>) -> Option<u64> {
    number.reading.value()?;
    number.figure?.numerator.and_then(|n| u64::try_from(n).ok())
}

fn step_words(look: &Look<'_>, number: &Number<'_>) -> String {
    match (count(number), number.figure.and_then(|figure| figure.denominator)) {
        (Some(n), Some(_)) => {
            let count = look.locale.with_unit(&look.count(n), &look.t("unit-tickets"));
            format!("{count} {}", words::shown(look, number).text())
        }
        _ => words::shown(look, number).text(),
    }
}

/// One step: name and count, its bar, and below it the rate.
fn step_ui(ui: &Ui, look: &Look<'_>, number: &Number<'_>, rect: Rect, most: f32) {
    let p = ui.painter();
    let base = rect.top() + 38.0;
    let feed = look.feed(Feed::Indicators);
    let (top, grey) = (rect.top() + 54.0, feed.is_grey());
    let foot = top + 16.0;
    let end = match count(number).filter(|_| feed.has_values()) {
        Some(n) => rect.left() + (rect.width() * n as f32 / most).max(2.0),
        None => rect.left(),
    };
    let shown = words::shown(look, number);
    let is_share = number.figure.is_some_and(|figure| figure.denominator.is_some());
    let of_step = count(number).filter(|_| is_share && feed.has_values()).map(|n| words::Shown {
        digits: look.count(n),
        small: look.t("unit-tickets").into_owned(),
        ..shown.clone()
    });
    let big = of_step.as_ref().unwrap_or(&shown);
    let value = big.say(p, look, pos2(rect.right(), base), Align::Max, Role::medium(38.0));
    let named = value.left() - rect.left() - 12.0;
    let name = step_name(look, number, of_step.is_some());
    fit(p, pos2(rect.left(), base), Align::Min, name, Role::ROW, look.text1(), named);
    let ink = if grey { faint(look.palette.stale, 0.55) } else { colour(look.palette.neutral_bar) };
    bar(p, Rect::from_min_max(pos2(rect.left(), top), pos2(end, foot)), ink);
    // The rate that the step is known by, of what, and whether it reaches its target, in a line of its own.
    if of_step.is_some() {
        let target = plot::target_words(look, number).map(|target| match number.is_met() {
            Some(false) if number.aim() == Aim::Lower => format!("{} {target}", look.t("rate-above")),
            Some(false) => format!("{} {target}", look.t("rate-below")),
            _ => target,
        });
        let rate = format!("{} {}", words::name(look, number), shown.text());
        let ratio = number.figure.and_then(|figure| words::ratio(look, figure));
        let candidates = [[Some(rate.clone()), ratio, target.clone()], [Some(rate), None, target]];
        let lines = candidates.map(|parts| parts.into_iter().flatten().collect::<Vec<_>>().join(" · "));
        let fits = |line: &&String| width(p, line.as_str(), Role::BODY) <= rect.width();
        let line = lines.iter().find(fits).unwrap_or(&lines[1]);
        fit(p, pos2(rect.left(), foot + 25.0), Align::Min, line.as_str(), Role::BODY, look.text2(), rect.width());
    }
}

/// What a step is called: where its count stands, by what is counted, not by the rate.
fn step_name<'a>(look: &Look<'_>, number: &Number<'a>, is_counted: bool) -> Cow<'a, str> {
    match (number.key, is_counted) {
        ("dispute_settled", true) => look.t("funnel-settled"),
        _ => words::name(look, number).into(),
    }
}
