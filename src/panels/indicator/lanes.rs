//! Lanes after closing: what is done again, what nobody rated, what was rated badly and is looked back at. Each lane has
//! its count, how long its tickets lie there, and what came of it.
//!
//! Counts and outcomes are indicators of the platform; the ages are counted from the ticket list (`pools.rs`). A click
//! opens where the number comes from.

use bevy_egui::egui::{Align, Rect, Ui, pos2, vec2};

use super::formula::ask;
use super::number::{Number, Numbers};
use super::{plot, words};
use crate::domain::{Feed, Period};
use crate::palette::Rgb;
use crate::panels::Intent;
use crate::panels::digest::Digest;
use crate::panels::head::{HEAD, announce, empty, head, row};
use crate::panels::look::Look;
use crate::panels::more::more_ui;
use crate::panels::pen::{bar, fit, say, width};
use crate::panels::pools::{AGES_D, Pool};
use crate::panels::style::{Role, colour};
use crate::scene::Bound;

/// The lanes: the key of the count, of what came of it, and the pool of its ages.
const LANES: [(&str, Option<&str>, Pool); 3] = [
    ("redo_open", Some("redo_success"), Pool::Redo),
    ("unrated", Some("callback_resolve"), Pool::Unrated),
    ("dissatisfied", Some("paper"), Pool::Dissatisfied),
];
/// Least and greatest height of a lane.
const LANE: [f32; 2] = [176.0, 240.0];

/// The keys of a panel's lanes: the scene file's, else all.
fn keys(bound: &Bound) -> Vec<&str> {
    if bound.indicators.is_empty() {
        return LANES.iter().map(|(key, ..)| *key).collect();
    }
    bound.indicators.iter().map(String::as_str).collect()
}

/// The least height of the panel.
pub fn least(bound: &Bound) -> f32 {
    HEAD + LANE[0] * keys(bound).len() as f32 - 18.0
}

/// The height beyond which more is of no use.
pub fn best(bound: &Bound) -> f32 {
    HEAD + LANE[1] * keys(bound).len() as f32 - 18.0
}

/// Draws the panel.
pub fn lanes_ui<'a>(
    ui: &Ui,
    look: &Look<'_>,
    numbers: &Numbers<'a>,
    bound: &'a Bound,
    digest: &Digest,
) -> Option<Intent> {
    let feed = look.feed(Feed::Indicators);
    let list: Vec<Number<'_>> = keys(bound).into_iter().map(|key| numbers.whole(key, bound.period)).collect();
    let title = bound
        .title
        .as_ref()
        .map_or_else(|| look.t("lanes-board").into_owned(), |it| look.locale.title_of(it).to_owned());
    let spanned: Vec<Number<'_>> =
        list.iter().filter(|it| it.figure.is_some_and(|it| it.from.is_some())).cloned().collect();
    let body = head(ui, look, &title, words::span_beside(ui, look, &spanned, &title), &feed);
    if !feed.has_values() && list.iter().all(|number| number.figure.is_none()) {
        empty(ui.painter(), look, body, &look.t("connecting"));
        return None;
    }
    let columns = (((body.width() + 56.0) / (380.0 + 56.0)).floor() as usize).clamp(1, list.len());
    let rows = list.len().div_ceil(columns);
    let wide = (body.width() - 56.0 * (columns - 1) as f32) / columns as f32;
    let pitch = ((body.height() + 24.0) / rows as f32).clamp(LANE[0], LANE[1]);
    let mut asked = None;
    for (nth, number) in list.iter().enumerate() {
        let step = vec2((nth % columns) as f32 * (wide + 56.0), (nth / columns) as f32 * pitch);
        let rect = Rect::from_min_size(body.min + step, vec2(wide, pitch - 24.0));
        if rect.bottom() > ui.max_rect().bottom() + 8.0 {
            more_ui(ui, look, body, rect.top() - 24.0, "more-numbers", list.len() - nth);
            break;
        }
        let label = format!("{} {}", words::name(look, number), words::shown(look, number).text());
        if row(ui, look, rect.expand2(vec2(0.0, 4.0)), ("lane", nth), &label).clicked() {
            asked = ask(number);
        }
        let lane = LANES.iter().find(|(key, ..)| *key == number.key);
        let outcome = lane.and_then(|(_, outcome, _)| *outcome).map(|key| numbers.whole(key, bound.period));
        lane_ui(ui, look, number, lane.map(|lane| lane.2), outcome.as_ref(), digest, rect);
    }
    asked
}

fn lane_ui(
    ui: &Ui,
    look: &Look<'_>,
    number: &Number<'_>,
    pool: Option<Pool>,
    outcome: Option<&Number<'_>>,
    digest: &Digest,
    rect: Rect,
) {
    let p = ui.painter();
    let base = rect.top() + 34.0;
    let value = words::shown(look, number).say(p, look, pos2(rect.right(), base), Align::Max, Role::medium(38.0));
    let named = fit(
        p,
        pos2(rect.left(), base),
        Align::Min,
        words::name(look, number),
        Role::ROW,
        look.text1(),
        value.left() - rect.left() - 12.0,
    );
    let is_month = number.figure.is_some_and(|figure| matches!(figure.period, Period::Now | Period::Month));
    let mut y = base + 16.0;
    if let Some(pool) = pool.filter(|_| is_month && look.feed(Feed::Tickets).has_values()) {
        let since = look.t(if pool == Pool::Redo { "lane-since-report" } else { "lane-since-closing" });
        if width(p, since.as_ref(), Role::BODY) + 16.0 <= value.left() - named.right() {
            say(p, pos2(named.right() + 12.0, base), Align::Min, since, Role::BODY, look.text3());
        }
        ages_ui(
            ui,
            look,
            digest.pools[pool as usize],
            Rect::from_min_size(pos2(rect.left(), y), vec2(rect.width(), 72.0)),
        );
        y += 78.0;
    }
    let Some(outcome) = outcome else { return };
    let base = y + 22.0;
    let shown = words::shown(look, outcome);
    let said = shown.say(p, look, pos2(rect.right(), base), Align::Max, Role::BODY_STRONG);
    let ratio = outcome.figure.and_then(|figure| Some((words::ratio(look, figure)?, words::bare_ratio(look, figure)?)));
    let is_told = outcome.reading.value().is_some() && look.feed(Feed::Indicators).has_values();
    // Figures are never cut: without room the unit goes, which stands in the number above.
    let name = words::name(look, outcome);
    let room = said.left() - rect.left() - 12.0;
    let candidates: Vec<String> = match ratio.filter(|_| is_told) {
        Some((ratio, bare)) => vec![format!("{name} {ratio}"), format!("{name} {bare}"), bare],
        None => vec![name.to_owned()],
    };
    let fits = |words: &&String| width(p, words.as_str(), Role::BODY) <= room;
    if let Some(words) = candidates.iter().find(fits).or(candidates.last()) {
        fit(p, pos2(rect.left(), base), Align::Min, words.as_str(), Role::BODY, look.text3(), room);
    }
    let target = plot::target_words(look, outcome);
    if let Some(target) = target.filter(|_| rect.bottom() - base >= 26.0) {
        say(p, pos2(rect.right(), base + 28.0), Align::Max, target, Role::BODY, look.text3());
    }
}

/// One bar in four parts, longer lain ones lighter (on paper darker), with their counts and bounds below.
fn ages_ui(ui: &Ui, look: &Look<'_>, ages: [u32; AGES_D.len() + 1], rect: Rect) {
    let p = ui.painter();
    let total: u32 = ages.iter().sum();
    let feed = look.feed(Feed::Tickets);
    let quarter = rect.width() / ages.len() as f32;
    let mut x = rect.left();
    let room = rect.width() - 3.0 * (ages.iter().filter(|n| **n > 0).count().max(1) - 1) as f32;
    for (nth, count) in ages.into_iter().enumerate() {
        let ink = colour(if feed.is_grey() { look.palette.stale.mix(look.palette.bg1, 0.5) } else { shade(look, nth) });
        if count > 0 {
            let wide = (room * count as f32 / total as f32).max(2.0).min(rect.right() - x);
            bar(p, Rect::from_min_max(pos2(x, rect.top()), pos2(x + wide, rect.top() + 12.0)), ink);
            x += wide + 3.0;
        }
        let left = rect.left() + quarter * nth as f32;
        let (digits, digit_ink) = feed.figure(look, u64::from(count));
        let digit_ink = if count == 0 && !feed.is_grey() { look.text3() } else { digit_ink };
        bar(p, Rect::from_min_size(pos2(left, rect.top() + 26.0), vec2(10.0, 10.0)), ink);
        say(p, pos2(left + 17.0, rect.top() + 38.0), Align::Min, digits, Role::BODY_STRONG, digit_ink);
        fit(p, pos2(left, rect.top() + 66.0), Align::Min, bounds(look, nth), Role::BODY, look.text3(), quarter - 6.0);
        let part = Rect::from_min_size(pos2(left, rect.top()), vec2(quarter, rect.height()));
        let said = format!("{} {}", bounds(look, nth), look.count(count));
        announce(ui, part, ("ages", rect.top() as i32, nth), &said);
    }
    if total == 0 {
        bar(p, Rect::from_min_size(rect.min, vec2(rect.width(), 2.0)).translate(vec2(0.0, 5.0)), look.ink(|p| p.line2));
    }
}

/// The shade of an age: from the track's to the figures'.
fn shade(look: &Look<'_>, nth: usize) -> Rgb {
    let from = look.palette.neutral_bar_dim;
    from.mix(look.palette.text1, [0.0, 0.3, 0.62, 1.0][nth.min(3)])
}

/// `≤3 天`, `3–7 天`, `>14 天`.
fn bounds(look: &Look<'_>, nth: usize) -> String {
    let day = |nth: usize| AGES_D[nth].to_string();
    match nth {
        0 => look.locale.t_args("lane-age-upto", &[("to", &day(0))]),
        nth if nth == AGES_D.len() => look.locale.t_args("lane-age-over", &[("from", &day(nth - 1))]),
        nth => look.locale.t_args("lane-age-between", &[("from", &day(nth - 1)), ("to", &day(nth))]),
    }
}
