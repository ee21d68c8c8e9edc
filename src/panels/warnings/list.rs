//! 预警: the ladder of the four levels with their counts, then each warning with place and evidence, most severe first.
//! A click goes to the area concerned, or to the first ticket that is evidence.

use bevy_egui::egui::scroll_area::ScrollBarVisibility;
use bevy_egui::egui::{Align, Rect, ScrollArea, Stroke, Ui, UiBuilder, pos2, vec2};

use super::sign::{SignLook, sign};
use super::words::{drill, state_key, words};
use super::{instead, ladder};
use crate::city::figures::Answer;
use crate::city::{Tickets, Warnings};
use crate::domain::{AreaTable, Feed, Warning, WarningLevel};
use crate::locale::{Locale, hm};
use crate::panels::head::{announce, head, row};
use crate::panels::look::{FeedLook, Look};
use crate::panels::more::{Room, more_ui};
use crate::panels::pen::{centred, fit, say};
use crate::panels::style::Role;
use crate::selection::Drill;

/// Height of the ladder with the space under it.
const LADDER: f32 = 58.0;
/// Least and greatest height of one warning.
const ENTRY: [f32; 2] = [95.0, 112.0];
/// From this width on the list has two columns.
const WIDE: f32 = 700.0;
/// A narrower row of English has no room for kind and category in one line.
const LONG_WORDS: f32 = 470.0;

/// Draws the panel.
pub fn warnings_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    tickets: &Tickets,
    warnings: &Warnings,
) -> Option<Drill> {
    let feed = look.feed(Feed::Warnings);
    let body = head(ui, look, &look.t("warnings-title"), None, &feed);
    let list = &*warnings.0.list;
    let (is_known, rest) = (feed.has_values() && !list.is_empty(), body.with_min_y(body.top() + LADDER));
    let counts = (warnings.0.answer != Answer::NotOffered).then(|| ladder(list, look.now.at));
    ladder_ui(ui, look, counts, &feed, body.with_max_y(rest.top()));
    if instead(ui, look, rest, warnings.0.answer, &feed, "warnings-silent") {
        return None;
    }
    let standing = list.iter().filter(|it| it.is_standing(look.now.at)).count();
    let mut rest = rest;
    if standing == 0 {
        let p = ui.painter();
        p.hline(rest.x_range(), rest.top(), Stroke::new(1.0, look.ink(|p| p.line1)));
        say(p, pos2(rest.left(), rest.top() + 36.0), Align::Min, look.t("warnings-none"), Role::BODY, look.text2());
        rest.min.y += 56.0;
    }
    if is_known { list_ui(ui, look, (areas, tickets), list, standing, &feed, rest) } else { None }
}

/// One line: a sign and a count for each level, empty ones dim; dashes where nobody counts.
fn ladder_ui(ui: &Ui, look: &Look<'_>, counts: Option<[u32; 4]>, feed: &FeedLook<'_>, rect: Rect) {
    let p = ui.painter();
    let step = (rect.width() / 4.0).min(150.0);
    for (level, count) in WarningLevel::ALL.into_iter().zip(counts.unwrap_or_default()) {
        let x = rect.left() + step * level as usize as f32;
        let c = pos2(x + 21.0, rect.top() + 22.0);
        let signed = match (feed.has_values(), count, feed.is_grey()) {
            (false, ..) | (_, 0, _) => SignLook::Empty,
            (true, _, true) => SignLook::Hollow,
            (true, _, false) => SignLook::Filled,
        };
        sign(p, look.palette, c, 17.0, level, signed, false);
        let (figure, ink) = match counts {
            Some(_) => feed.figure(look, u64::from(count)),
            None => ("—".to_owned(), look.text3()),
        };
        let is_empty = count == 0 && !feed.is_grey();
        let role = if is_empty { Role::regular(34.0) } else { Role::medium(34.0) };
        let ink = if is_empty { look.text3() } else { ink };
        say(p, pos2(c.x + 32.0, centred(c.y, role)), Align::Min, figure.as_str(), role, ink);
        let name = look.t(level_key(level));
        let place = Rect::from_min_size(pos2(x, rect.top()), vec2(step, 44.0));
        announce(ui, place, ("level", level.grade()), &format!("{name} {figure}"));
    }
}

/// The key of a level's name.
pub(super) const fn level_key(level: WarningLevel) -> &'static str {
    match level {
        WarningLevel::Red => "warning-red",
        WarningLevel::Orange => "warning-orange",
        WarningLevel::Yellow => "warning-yellow",
        WarningLevel::Blue => "warning-blue",
    }
}

/// The rows that have room, whole ones only; at a desk the rest can be scrolled to.
fn list_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    city: (&AreaTable, &Tickets),
    list: &[Warning],
    standing: usize,
    feed: &FeedLook<'_>,
    rest: Rect,
) -> Option<Drill> {
    let columns = if rest.width() >= WIDE { 2 } else { 1 };
    let lines = list.len().div_ceil(columns);
    // What stands moves together before one is left out; where all of it has room, what is over follows.
    let in_all = |lines: usize| Room::between(lines, ENTRY, rest.height());
    let (room, step) = match (in_all(lines), in_all(standing.div_ceil(columns))) {
        (all, standing) if all.0.hidden == 0 || standing.0.hidden > 0 => {
            if all.0.hidden == 0 {
                all
            } else {
                standing
            }
        }
        (_, (standing, _)) => {
            let step = ENTRY[0].max(rest.height() / (rest.height() / ENTRY[0]).floor().max(1.0));
            (Room { shown: ((rest.height() + 0.5) / step) as usize, ..standing }, step.min(ENTRY[1]))
        }
    };
    let fitting = room.shown;
    if fitting == 0 {
        return None;
    }
    let rows = rest.with_max_y(rest.top() + step * fitting.min(lines) as f32);
    let mut drill_to = None;
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rows).id_salt("warnings"));
    inner.set_clip_rect(rows.with_max_y(rows.bottom() - 1.0).expand2(vec2(8.0, 0.0)).intersect(ui.clip_rect()));
    ScrollArea::vertical()
        .scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden)
        .auto_shrink([false, false])
        .show_rows(&mut inner, step, lines, |ui, range| {
            for line in range {
                let (_, rect) = ui.allocate_space(vec2(ui.available_width(), step));
                let gap = 56.0;
                let wide = (rect.width() - gap * (columns - 1) as f32) / columns as f32;
                for column in 0..columns {
                    let Some(warning) = list.get(line * columns + column) else { break };
                    let x = rect.left() + column as f32 * (wide + gap);
                    let place = Rect::from_min_size(pos2(x, rect.top()), vec2(wide, step));
                    if entry(ui, look, city, warning, feed, place) {
                        drill_to = drill(city.0, city.1, warning);
                    }
                }
            }
        });
    more_ui(ui, look, rest, rows.bottom(), "warnings-more", standing.saturating_sub(fitting * columns));
    drill_to
}

fn entry(
    ui: &Ui,
    look: &Look<'_>,
    (areas, tickets): (&AreaTable, &Tickets),
    warning: &Warning,
    feed: &FeedLook<'_>,
    rect: Rect,
) -> bool {
    let said = words(look, areas, tickets, warning);
    let is_over = !warning.is_standing(look.now.at);
    let label = format!("{} {} {}", look.t(level_key(warning.level)), said.title, said.place);
    let clicked = row(ui, look, rect.shrink2(vec2(0.0, 2.0)), ("warning", warning.id.as_str()), &label).clicked();
    let p = ui.painter();
    p.hline(rect.x_range(), rect.top() + 0.5, Stroke::new(1.0, look.ink(|p| p.line1)));
    let [first, second, third] = [0.315, 0.58, 0.84].map(|part| rect.top() + part * rect.height());
    let grey = feed.is_grey();
    let signed = match (is_over, grey) {
        (true, _) => SignLook::Empty,
        (false, true) => SignLook::Hollow,
        (false, false) => SignLook::Filled,
    };
    sign(p, look.palette, pos2(rect.left() + 21.0, first - 1.0), 17.0, warning.level, signed, false);
    let strong = match (is_over, grey) {
        (true, _) => look.text3(),
        (false, true) => look.ink(|p| p.stale),
        (false, false) => look.text1(),
    };
    let body = if is_over || grey { strong } else { look.text2() };
    let x = rect.left() + 62.0;
    let time = look.locale.moment(warning.issued_at, look.now.at, &look.zone);
    let right = say(p, pos2(rect.right(), first), Align::Max, time, Role::BODY, look.text3());
    let for_title = right.left() - x - 10.0;
    let state = match feed.as_of.filter(|_| grey && !is_over) {
        Some(at) => look.locale.t_args("warning-last-known", &[("time", &hm(at, &look.zone))]),
        None if is_over && warning.state != crate::domain::WarningState::Withdrawn => {
            look.t("warning-over").into_owned()
        }
        None => look.t(state_key(warning.state)).into_owned(),
    };
    // What nobody has looked at yet stands out by its weight, not by another hue.
    let is_new = warning.is_new(look.now.at) && !grey;
    let (role, ink) = if is_new { (Role::BODY_STRONG, look.text1()) } else { (Role::BODY, look.text3()) };
    let right = say(p, pos2(rect.right(), second), Align::Max, state, role, ink);
    let for_place = right.left() - x - 14.0;
    let is_alike = look.locale == Locale::En && rect.width() < LONG_WORDS;
    let said = said.fitted(look, p, [for_title, for_place, rect.right() - x], is_alike);
    fit(p, pos2(x, first), Align::Min, said.title, Role::ROW_STRONG, strong, for_title);
    fit(p, pos2(x, second), Align::Min, said.place, Role::BODY, body, for_place);
    fit(p, pos2(x, third), Align::Min, said.evidence, Role::BODY, body, rect.right() - x);
    clicked
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::panels::fixture;
    use crate::selection::Target;

    #[test]
    fn the_ladder_counts_what_stands_and_keeps_empty_levels() {
        let city = samples::city();
        let said = fixture::labels(&city, |ui, look, city| {
            warnings_ui(ui, look, &city.areas, &city.tickets, &city.lists.warnings);
        });
        for wanted in ["Ⅰ 红 1", "Ⅱ 橙 1", "Ⅲ 黄 2", "Ⅳ 蓝 2"] {
            assert!(said.iter().any(|label| label == wanted), "{wanted} is not in {said:?}");
        }
    }

    #[test]
    fn a_click_goes_to_the_area_or_to_the_evidence() {
        let city = samples::city();
        let click = |label: &str| {
            fixture::click(&city, label, |ui, look, city| {
                warnings_ui(ui, look, &city.areas, &city.tickets, &city.lists.warnings)
            })
        };
        let list = &city.lists.warnings.0.list;
        let area = list[0].area.clone().expect("an area");
        assert_eq!(click("Ⅰ 红 "), Some(Drill::To(Target::Area(area))));
        let without = list.iter().find(|it| it.area.is_none() && !it.evidence.is_empty()).expect("one without an area");
        assert_eq!(click("热点事件"), Some(Drill::To(Target::Ticket(without.evidence[0].clone()))));
    }
}
