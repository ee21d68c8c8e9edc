//! Numbers row by row: what is reported and needs no chart. Name, what a share is a share of, and value; where rows have
//! room, the comparison below. A click opens where a number comes from.

use bevy_egui::egui::{Align, Rect, Ui, pos2, vec2};

use super::formula::ask;
use super::number::{Number, Numbers};
use super::words;
use crate::domain::{Feed, Period};
use crate::panels::Intent;
use crate::panels::head::{HEAD, empty, head, row};
use crate::panels::look::Look;
use crate::panels::more::{Room, more_ui};
use crate::panels::pen::{fit, rule, say, width};
use crate::panels::style::Role;
use crate::scene::Bound;

/// Least and greatest distance of rows.
const ROW: [f32; 2] = [42.0, 96.0];
/// A row of this height has room for a second line.
const TWO: f32 = 60.0;
/// The unit after a value.
const UNIT: Role = Role::regular(20.0);

/// The least height of a panel of so many numbers.
pub fn least(n: usize) -> f32 {
    HEAD + ROW[0] * n.clamp(1, 4) as f32
}

/// The height at which every row has room for two lines.
pub fn good(n: usize) -> f32 {
    HEAD + (TWO + 0.5) * n.max(1) as f32
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
    let p = ui.painter();
    // Digits stand below each other, and after the widest of the units nothing follows.
    let units = list.iter().filter(|it| it.reading.value().is_some()).map(|it| words::unit(look, it));
    let units = units.map(|unit| width(p, unit.as_ref(), UNIT)).fold(0.0, f32::max);
    // A share is never without what it is a share of: where one line has no room for both, rows have two.
    let one_line = |number: &Number<'_>| match ratio(look, number) {
        Some([_, ratio]) => {
            let value = width(p, words::shown(look, number).digits, Role::medium(28.0)) + units + 6.0;
            let name = width(p, words::name(look, number), Role::ROW);
            name + width(p, ratio, Role::BODY) + value + 32.0 <= body.width()
        }
        None => true,
    };
    let least = if list.iter().all(one_line) { ROW[0] } else { TWO };
    let (room, pitch) = Room::between(list.len(), [least, ROW[1]], body.height());
    let is_of_a_stretch = !spanned.is_empty();
    let mut asked = None;
    for (nth, number) in list.iter().take(room.shown).enumerate() {
        let rect = Rect::from_min_size(body.min + vec2(0.0, nth as f32 * pitch), vec2(body.width(), pitch));
        let label = format!("{} {}", words::name(look, number), words::shown(look, number).text());
        if row(ui, look, rect.shrink2(vec2(0.0, 2.0)), ("number", nth), &label).clicked() {
            asked = ask(number);
        }
        if nth > 0 {
            rule(p, look.palette, body.x_range().into(), rect.top());
        }
        number_ui(ui, look, number, rect, units, is_of_a_stretch);
    }
    more_ui(ui, look, body, body.top() + room.shown as f32 * pitch, "more-numbers", room.hidden);
    asked
}

/// What a share is a share of, with and without the unit; `None` for what is no share, or has no value to show.
fn ratio(look: &Look<'_>, number: &Number<'_>) -> Option<[String; 2]> {
    number.reading.value()?;
    look.feed(Feed::Indicators).has_values().then_some(())?;
    let figure = number.figure?;
    Some([words::ratio(look, figure)?, words::bare_ratio(look, figure)?])
}

fn number_ui(ui: &Ui, look: &Look<'_>, number: &Number<'_>, rect: Rect, units: f32, is_of_a_stretch: bool) {
    let p = ui.painter();
    let ratio = ratio(look, number);
    let compared = number.figure.and_then(|figure| words::base(look, figure.period)).zip(words::delta(look, number));
    let compared = compared.map(|(base, delta)| format!("{delta} {base}"));
    let has_two = rect.height() >= TWO && (ratio.is_some() || compared.is_some());
    let base = rect.center().y + if has_two { -5.0 } else { 9.0 };
    let shown = words::shown(look, number);
    let has_unit = number.reading.value().is_some() && !shown.digits.is_empty() && shown.digits != "—";
    let own = width(p, shown.small.as_str(), UNIT);
    let value_at = rect.right() - if has_unit { (units - own).max(0.0) } else { 0.0 };
    let value = shown.say(p, look, pos2(value_at, base), Align::Max, Role::medium(28.0));
    let name = words::name(look, number);
    let mut end = value.left() - 12.0;
    if let Some(ratio) = ratio.as_ref().filter(|_| !has_two) {
        let room = end - rect.left() - width(p, name, Role::ROW) - 20.0;
        let words = ratio.iter().find(|it| width(p, it.as_str(), Role::BODY) <= room).unwrap_or(&ratio[1]);
        end = say(p, pos2(end - 4.0, base), Align::Max, words.as_str(), Role::BODY, look.text3()).left() - 12.0;
    }
    let room = end - rect.left();
    let said = fit(p, pos2(rect.left(), base), Align::Min, name, Role::ROW, look.text1(), room);
    // Among figures of a stretch, what stands as it is now says so.
    if is_of_a_stretch && number.figure.is_some_and(|it| it.period == Period::Now) {
        let now = look.t("numbers-now");
        if said.right() + 12.0 + width(p, now.as_ref(), Role::BODY) <= end {
            say(p, pos2(said.right() + 12.0, base), Align::Min, now, Role::BODY, look.text3());
        }
    }
    if !has_two {
        return;
    }
    let base = base + 25.0;
    let mut left = rect.left();
    if let Some([ratio, _]) = ratio {
        left = fit(p, pos2(left, base), Align::Min, ratio, Role::BODY, look.text3(), rect.width()).right() + 16.0;
    }
    if let Some(compared) = compared
        && width(p, compared.as_str(), Role::BODY) <= rect.right() - left
    {
        fit(p, pos2(rect.right(), base), Align::Max, compared, Role::BODY, look.text2(), rect.right() - left);
    }
}
