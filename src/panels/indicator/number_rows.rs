//! Numbers row by row: what is reported and needs no chart. Name and value; where rows have room, parts of shares and the
//! comparison below. A click opens where a number comes from.

use bevy_egui::egui::{Align, Rect, Ui, pos2, vec2};

use super::formula::ask;
use super::number::{Number, Numbers};
use super::words;
use crate::domain::Feed;
use crate::panels::Intent;
use crate::panels::head::{HEAD, empty, head, row};
use crate::panels::look::Look;
use crate::panels::more::{Room, more_ui};
use crate::panels::pen::{fit, rule};
use crate::panels::style::Role;
use crate::scene::Bound;

/// Least and greatest distance of rows.
const ROW: [f32; 2] = [42.0, 96.0];
/// A row of this height has room for a second line.
const TWO: f32 = 74.0;

/// The least height of a panel of so many numbers.
pub fn least(n: usize) -> f32 {
    HEAD + ROW[0] * n.clamp(1, 4) as f32
}

/// The height beyond which more is of no use.
pub fn best(n: usize) -> f32 {
    HEAD + ROW[1] * n.max(1) as f32
}

/// Draws the panel.
pub fn number_rows_ui<'a>(ui: &Ui, look: &Look<'_>, numbers: &Numbers<'a>, bound: &'a Bound) -> Option<Intent> {
    let feed = look.feed(Feed::Indicators);
    let list: Vec<Number<'_>> = bound.indicators.iter().map(|key| numbers.whole(key, bound.period)).collect();
    let title = words::title(look, bound, &list, "numbers-title");
    let spanned: Vec<Number<'_>> =
        list.iter().filter(|it| it.figure.is_some_and(|it| it.from.is_some())).cloned().collect();
    let body = head(ui, look, &title, words::span_beside(ui, look, &spanned, &title), &feed);
    if let Some(words) = words::instead(look, &list) {
        empty(ui.painter(), look, body, &words);
        return None;
    }
    let (room, pitch) = Room::between(list.len(), ROW, body.height());
    let mut asked = None;
    for (nth, number) in list.iter().take(room.shown).enumerate() {
        let rect = Rect::from_min_size(body.min + vec2(0.0, nth as f32 * pitch), vec2(body.width(), pitch));
        let label = format!("{} {}", words::name(look, number), words::shown(look, number).text());
        if row(ui, look, rect.shrink2(vec2(0.0, 2.0)), ("number", nth), &label).clicked() {
            asked = ask(number);
        }
        if nth > 0 {
            rule(ui.painter(), look.palette, body.x_range().into(), rect.top());
        }
        number_ui(ui, look, number, rect);
    }
    more_ui(ui, look, body, body.top() + room.shown as f32 * pitch, "more-numbers", room.hidden);
    asked
}

fn number_ui(ui: &Ui, look: &Look<'_>, number: &Number<'_>, rect: Rect) {
    let p = ui.painter();
    let has_two = rect.height() >= TWO;
    let base = if has_two { rect.center().y - 3.0 } else { rect.center().y + 9.0 };
    let shown = words::shown(look, number);
    let value = shown.say(p, look, pos2(rect.right(), base), Align::Max, Role::medium(28.0));
    let room = value.left() - rect.left() - 12.0;
    fit(p, pos2(rect.left(), base), Align::Min, words::name(look, number), Role::ROW, look.text1(), room);
    if !has_two {
        return;
    }
    let base = base + 28.0;
    let is_there = shown.digits != "—" && !shown.digits.is_empty() && shown.ink != look.text3();
    let ratio = number.figure.and_then(|figure| words::ratio(look, figure)).filter(|_| is_there);
    let compared = number.figure.and_then(|figure| words::base(look, figure.period)).zip(words::delta(look, number));
    let compared = compared.map(|(base, delta)| format!("{delta} {base}"));
    let mut left = rect.left();
    if let Some(ratio) = ratio {
        left = fit(p, pos2(left, base), Align::Min, ratio, Role::BODY, look.text3(), rect.width()).right() + 16.0;
    }
    if let Some(compared) = compared
        && crate::panels::pen::width(p, compared.as_str(), Role::BODY) <= rect.right() - left
    {
        fit(p, pos2(rect.right(), base), Align::Max, compared, Role::BODY, look.text2(), rect.right() - left);
    }
}
