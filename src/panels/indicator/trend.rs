//! Trends: the series of each indicator in a pane of its own, never two denominators in one chart. A pane names its
//! value, the running stretch is marked 未满, the target is a dashed line. Below a map the panes stand side by side. Panes
//! of one unit have one scale, in this panel and in those beside it, unless one would be flat on it.

use bevy_egui::egui::{Align, Rect, Ui, pos2, vec2};

use super::axis::Axis;
use super::formula::ask;
use super::number::{Number, Numbers};
use super::plot::{self, Plot};
use super::whole::{is_kin, scale_of};
use super::words;
use crate::domain::{Feed, Period};
use crate::panels::Intent;
use crate::panels::head::{HEAD, announce, empty, feed_glyph, head, row};
use crate::panels::look::Look;
use crate::panels::more::{self, Room, more_ui};
use crate::panels::pen::{centred, fit, say, stale_bar, width};
use crate::panels::style::Role;
use crate::scene::Bound;

/// Least width and height of a pane.
const PANE: [f32; 2] = [340.0, 108.0];
/// The highest that is good.
const PANE_MOST: f32 = 300.0;
/// Space between panes.
const GAP: [f32; 2] = [48.0, 14.0];
/// Height of a pane's own line.
const NAME: f32 = 34.0;
/// A panel no higher than this and as wide as a map has its title at the left.
const RIBBON: f32 = 200.0;

/// The least height of a panel of so many series, one below another.
pub fn least(n: usize) -> f32 {
    HEAD + (PANE[1] + GAP[1]) * n as f32 - GAP[1]
}

/// Draws the panel.
pub fn trend_ui<'a>(ui: &Ui, look: &Look<'_>, numbers: &Numbers<'a>, bound: &'a Bound) -> Option<Intent> {
    let list: Vec<Number<'_>> = bound.indicators.iter().map(|key| numbers.whole(key, bound.period)).collect();
    let title = words::title(look, bound, &list, "trend-title");
    let rect = ui.max_rect();
    let body = if rect.height() < RIBBON && rect.width() > 900.0 {
        title_at_left(ui, look, &title, &list)
    } else {
        head(ui, look, &title, words::span(look, &list), &look.feed(Feed::Indicators))
    };
    if let Some(words) = words::instead(look, &list) {
        empty(ui.painter(), look, body, &words);
        return None;
    }
    let columns = (((body.width() + GAP[0]) / (PANE[0] + GAP[0])).floor() as usize).clamp(1, list.len());
    let rows = Room::of(list.len().div_ceil(columns), PANE[1] + GAP[1], body.height() + GAP[1]).shown.max(1);
    let left_out = list.len().saturating_sub(rows * columns);
    let body = if left_out > 0 { body.with_max_y(body.bottom() - more::LINE) } else { body };
    more_ui(ui, look, body, body.bottom(), "more-numbers", left_out);
    let wide = (body.width() - GAP[0] * (columns - 1) as f32) / columns as f32;
    let tall = ((body.height() - GAP[1] * (rows - 1) as f32) / rows as f32).min(PANE_MOST);
    let axes = axes(look, numbers, &list);
    let drawn = list.iter().zip(&axes).filter(|(number, _)| !number.series().is_empty());
    let ends_u = drawn.map(|(_, axis)| plot::ends_width(ui.painter(), look, axis)).fold(0.0, f32::max);
    let mut asked = None;
    for (nth, number) in list.iter().take(rows * columns).enumerate() {
        let step = vec2((nth % columns) as f32 * (wide + GAP[0]), (nth / columns) as f32 * (tall + GAP[1]));
        let pane = Rect::from_min_size(body.min + step, vec2(wide, tall));
        let label = format!("{} {}", words::name(look, number), words::shown(look, number).text());
        if row(ui, look, pane, ("trend", nth), &label).clicked() {
            asked = ask(number);
        }
        // A panel of one indicator has its name above already.
        pane_ui(ui, look, number, pane, (axes[nth], ends_u), list.len() > 1 || bound.title.is_some());
    }
    asked
}

/// The axis of each number: one for all that are read against each other, be it in a panel beside this one.
pub(super) fn axes<'a>(look: &Look<'_>, numbers: &Numbers<'a>, list: &[Number<'a>]) -> Vec<Axis> {
    let others = numbers.beside.iter().flat_map(|bound| bound.indicators.iter().map(|key| (key, bound.period)));
    let others: Vec<Number<'_>> = others.map(|(key, period)| numbers.whole(key, period)).collect();
    let axis = |own: &Number<'a>| {
        let high = |number: &Number<'_>| plot::axis_of(own.unit(), [number]).high;
        let kin: Vec<&Number<'_>> = list.iter().chain(&others).filter(|other| is_kin(look, own, other)).collect();
        let [least, most] = scale_of(high(own), kin.iter().map(|number| high(number)));
        plot::axis_of(own.unit(), kin.into_iter().filter(|number| (least..=most).contains(&high(number))))
    };
    list.iter().map(axis).collect()
}

/// Title, stretch and freshness in a column at the left; what is left is for the panes.
fn title_at_left(ui: &Ui, look: &Look<'_>, title: &str, list: &[Number<'_>]) -> Rect {
    let (p, rect) = (ui.painter(), ui.max_rect());
    let feed = look.feed(Feed::Indicators);
    if feed.is_grey() {
        stale_bar(p, look.palette, rect);
    }
    let said = fit(p, pos2(rect.left(), rect.top() + 28.0), Align::Min, title, Role::PANEL, look.text1(), 210.0);
    announce(ui, said, "trend", title);
    let unit = match list.iter().find_map(|number| number.figure).map(|figure| figure.period) {
        Some(Period::Day) => "trend-days",
        Some(Period::Week) => "trend-weeks",
        _ => "trend-months",
    };
    fit(p, pos2(rect.left(), rect.top() + 64.0), Align::Min, look.t(unit), Role::BODY, look.text3(), 210.0);
    let middle = rect.top() + 91.0 - 7.0;
    feed_glyph(p, look, pos2(rect.left() + 9.0, middle), 18.0, &feed);
    let at = pos2(rect.left() + 26.0, centred(middle, Role::BODY));
    fit(p, at, Align::Min, feed.note(look), Role::BODY, look.text3(), 190.0);
    Rect::from_min_max(pos2(rect.left() + 250.0, rect.top() + 4.0), pos2(rect.right(), rect.bottom()))
}

fn pane_ui(ui: &Ui, look: &Look<'_>, number: &Number<'_>, pane: Rect, (axis, ends_u): (Axis, f32), is_named: bool) {
    let p = ui.painter();
    let base = pane.top() + 22.0;
    let value = words::shown(look, number).say(p, look, pos2(pane.right(), base), Align::Max, Role::ROW_STRONG);
    let mut room = value.left() - pane.left() - 12.0;
    if is_named {
        let name = words::name(look, number);
        fit(p, pos2(pane.left(), base), Align::Min, name, Role::BODY, look.text1(), room);
        room -= width(p, name, Role::BODY) + 12.0;
    }
    // The comparison stands between the two where there is room.
    if let (Some(delta), Some(figure)) = (words::delta(look, number), number.figure) {
        let delta = format!("{delta} {}", words::base(look, figure.period).unwrap_or_default());
        if width(p, delta.as_str(), Role::BODY) + 8.0 <= room {
            say(p, pos2(value.left() - 16.0, base), Align::Max, delta, Role::BODY, look.text3());
        }
    }
    let field =
        Rect::from_min_max(pos2(pane.left(), pane.top() + NAME + 6.0), pos2(pane.right(), pane.bottom() - plot::DATES));
    match number.figure {
        _ if !look.feed(Feed::Indicators).has_values() => {
            let at = pos2(pane.left(), field.top() + 22.0);
            fit(p, at, Align::Min, look.t("silent-list"), Role::BODY, look.text3(), pane.width());
        }
        Some(figure) if !number.series().is_empty() => {
            let field = plot::plot(p, look, field, &Plot { axis, ends_u, ..Plot::of(look, number) }, true);
            plot::dates(ui, look, field, figure, plot::Key::of(look, number));
        }
        _ if number.figure.is_some() => {
            let at = pos2(pane.left(), field.top() + 22.0);
            fit(p, at, Align::Min, look.t("no-series"), Role::BODY, look.text3(), pane.width());
        }
        _ => {}
    }
}
