//! 类案台账: each class case with its stage of the six, days open, tickets, owner, and how often it came before the plan
//! and since. A click goes to its area or to its newest ticket.

use bevy_egui::egui::scroll_area::ScrollBarVisibility;
use bevy_egui::egui::{Align, Rect, ScrollArea, Stroke, Ui, UiBuilder, pos2, vec2};

use super::{change, kind_key, stage_key};
use crate::city::figures::Answer;
use crate::city::{ClassCases, Tickets};
use crate::domain::{AreaTable, ClassCase, ClassStage, Feed, Level};
use crate::panels::head::{empty, head, row};
use crate::panels::latest::unit_words;
use crate::panels::look::{FeedLook, Look};
use crate::panels::more::{self, Room, more_ui};
use crate::panels::pen::{centred, fit, say, width};
use crate::panels::style::Role;
use crate::panels::warnings::instead;
use crate::panels::whistle::on_map::{CallNote, DISC, disc_ui};
use crate::selection::{Drill, Target};

/// Height of one case.
const ENTRY: f32 = 130.0;
/// From this width on the list has two columns.
const WIDE: f32 = 700.0;
/// Days to which counts before and after a plan are scaled.
const PER: f64 = 30.0;

/// Cases that go on, as the platform orders them, then those that were struck off.
pub fn ordered(cases: &[ClassCase]) -> Vec<&ClassCase> {
    let (mut going, closed): (Vec<&ClassCase>, Vec<&ClassCase>) =
        cases.iter().partition(|case| case.stage != ClassStage::Closed);
    going.extend(closed);
    going
}

/// Tickets in 30 days before the plan and since; `None` without a plan or before a week of it.
fn before_after(case: &ClassCase) -> Option<(f64, f64)> {
    case.recurrence()?;
    let (before, after, days) = (case.before?, case.after?, case.after_days?);
    Some((f64::from(before), f64::from(after) / f64::from(days) * PER))
}

/// Draws the panel.
pub fn board_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    tickets: &Tickets,
    cases: &ClassCases,
    on_map: &[CallNote],
) -> Option<Drill> {
    let feed = look.feed(Feed::ClassCases);
    let list = ordered(&cases.0.list);
    let going = list.iter().filter(|case| case.stage != ClassStage::Closed).count();
    let note =
        look.locale.t_args("class-note", &[("n", &look.count(list.len() as u64)), ("open", &look.count(going as u64))]);
    // What is not offered is not counted either.
    let note = Some(note).filter(|_| cases.0.answer == Answer::Here);
    let body = head(ui, look, &look.t("class-title"), note, &feed);
    if instead(ui, look, body, cases.0.answer, &feed, "silent-list") {
        return None;
    }
    if list.is_empty() {
        empty(ui.painter(), look, body, &look.t("class-none"));
        return None;
    }
    let columns = if body.width() >= WIDE { 2 } else { 1 };
    let lines = list.len().div_ceil(columns);
    let fitting = Room::of(lines, ENTRY, body.height()).shown;
    if fitting == 0 {
        return None;
    }
    let most = list.iter().filter_map(|case| before_after(case)).map(|(a, b)| a.max(b)).fold(1.0, f64::max);
    // Rows take what is left of the height, so that the column ends with the line that counts the others.
    let step = if fitting < lines { (body.height() - more::LINE) / fitting as f32 } else { ENTRY };
    let rows = body.with_max_y(body.top() + step * fitting as f32);
    more_ui(ui, look, body, rows.bottom(), "more-classes", list.len().saturating_sub(fitting * columns));
    let mut drill = None;
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rows).id_salt("class-cases"));
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
                    let Some(case) = list.get(line * columns + column) else { break };
                    let x = rect.left() + column as f32 * (wide + gap);
                    let place = Rect::from_min_size(pos2(x, rect.top()), vec2(wide, step));
                    let number = on_map.iter().find(|note| note.id == *case.id).map(|note| note.number);
                    if case_ui(ui, look, areas, case, most, &feed, place, (line > 0, number)) {
                        drill = target(areas, tickets, case);
                    }
                }
            }
        });
    drill
}

/// The area it is about, else its newest ticket.
pub fn target(areas: &AreaTable, tickets: &Tickets, case: &ClassCase) -> Option<Drill> {
    let below =
        |code: &&crate::domain::AreaCode| areas.find(code).is_some_and(|id| areas.get(id).level > Level::District);
    let area = case.area.as_ref().filter(below).cloned().map(Target::Area);
    let member = || case.members.iter().find(|id| tickets.by_id.contains_key(*id)).cloned().map(Target::Ticket);
    area.or_else(member).map(Drill::To)
}

/// The name; what platforms call by its category, 占道经营类案, is the category in English.
fn name_words<'a>(look: &Look<'_>, case: &'a ClassCase) -> &'a str {
    let category = case.name.strip_suffix("类案").unwrap_or(&case.name);
    let words = look.locale.term(category);
    if words == category { &case.name } else { words }
}

fn case_ui(
    ui: &Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    case: &ClassCase,
    most: f64,
    feed: &FeedLook<'_>,
    rect: Rect,
    (has_rule, number): (bool, Option<u32>),
) -> bool {
    let stage = look.t(stage_key(case.stage));
    let label = format!("{} {stage}", name_words(look, case));
    let clicked = row(ui, look, rect.shrink2(vec2(0.0, 3.0)), ("class", case.id.as_str()), &label).clicked();
    let p = ui.painter();
    if has_rule {
        p.hline(rect.x_range(), rect.top(), Stroke::new(1.0, look.ink(|p| p.line1)));
    }
    let (grey, closed) = (feed.is_grey(), case.stage == ClassStage::Closed);
    let strong = match (grey, closed) {
        (true, _) => look.ink(|p| p.stale),
        (false, true) => look.text3(),
        (false, false) => look.text1(),
    };
    let soft = if grey || closed { strong } else { look.text2() };
    let (left, right) = (rect.left(), rect.right());
    let top = rect.top() + ((rect.height() - ENTRY) / 2.0).max(0.0);
    let (first, second, third) = (top + 32.0, top + 61.0, top + 89.0);
    let unit = look.t("unit-tickets");
    let said = say(p, pos2(right, first), Align::Max, unit.as_ref(), Role::BODY, look.text3());
    let count = look.count(case.tickets);
    let said = say(p, pos2(said.left() - 7.0, first), Align::Max, count, Role::ROW_STRONG, strong);
    let mut name_left = left;
    if let Some(number) = number {
        disc_ui(p, look, pos2(left + DISC, first - 7.0), number, !grey);
        name_left += 2.0 * DISC + 9.0;
    }
    let room = said.left() - name_left - 14.0;
    fit(p, pos2(name_left, first), Align::Min, name_words(look, case), Role::ROW_STRONG, strong, room);

    // Six dots, one for each stage; the current one is larger.
    let y = second - 0.36 * 20.0;
    for at in ClassStage::ALL {
        let c = pos2(left + 6.0 + 16.0 * at as usize as f32, y);
        match at.cmp(&case.stage) {
            std::cmp::Ordering::Less => _ = p.circle_filled(c, 4.0, soft),
            std::cmp::Ordering::Equal => _ = p.circle_filled(c, 6.0, strong),
            std::cmp::Ordering::Greater => _ = p.circle_stroke(c, 3.5, Stroke::new(1.4, look.ink(|p| p.line2))),
        }
    }
    // What is no longer current stands still at the moment it was.
    let now = feed.as_of.filter(|_| grey).unwrap_or(look.now.at);
    let days = look.t_n("class-days", case.days(now).unsigned_abs());
    let (plan, role, ink) = match case.days_left(now) {
        Some(left) if left < 0 => (Some(look.t_n("class-over", left.unsigned_abs())), Role::BODY_STRONG, strong),
        Some(left) => (Some(look.t_n("class-left", left.unsigned_abs())), Role::BODY, look.text3()),
        None => (None, Role::BODY, look.text3()),
    };
    let said = match plan {
        Some(plan) => {
            let said = say(p, pos2(right, second), Align::Max, plan, role, ink);
            // How long it has been open gives way to how long it may be.
            let room = said.left() - left - 108.0 - 14.0;
            let with_days = format!("{days} · ");
            let stage_wide = width(p, stage.as_ref(), Role::BODY) + 90.0;
            match width(p, with_days.as_str(), Role::BODY) + stage_wide <= room {
                true => say(p, pos2(said.left(), second), Align::Max, with_days, Role::BODY, look.text3()),
                false => said,
            }
        }
        None => say(p, pos2(right, second), Align::Max, days, Role::BODY, look.text3()),
    };
    let here = case.stage_since.duration_since(look.now.at).abs().as_hours() / 24;
    let words = match closed {
        true => stage.into_owned(),
        false => look.locale.t_args("class-stage-for", &[("stage", &stage), ("n", &here.to_string())]),
    };
    fit(p, pos2(left + 108.0, second), Align::Min, words, Role::BODY, soft, said.left() - left - 122.0);

    let place =
        case.area.as_ref().and_then(|code| areas.find(code)).filter(|id| areas.get(*id).level > Level::District);
    let mut kind = look.t(kind_key(case.kind)).into_owned();
    if let Some(id) = place {
        kind = format!("{kind} · {}", look.locale.short_area_name(areas.get(id)));
    }
    let wide = width(p, kind.as_str(), Role::BODY).min(rect.width() * 0.5);
    fit(p, pos2(right, third), Align::Max, kind, Role::BODY, look.text3(), wide + 1.0);
    let (owner, ink) = match &case.owner {
        Some(owner) => (look.locale.t_args("class-owner", &[("owner", unit_words(look, areas, owner))]), soft),
        None => (look.t("class-no-owner").into_owned(), strong),
    };
    fit(p, pos2(left, third), Align::Min, owner, Role::BODY, ink, rect.width() - wide - 16.0);

    let y = top + 110.0;
    match before_after(case) {
        Some(counts) => recurrence_ui(ui, look, counts, most, feed, (left, right, y)),
        None => {
            let key = match (case.planned_at.is_some(), case.stage >= ClassStage::Planned) {
                (true, _) => "class-too-early",
                (false, true) => "class-plan-waits",
                (false, false) => "class-no-plan",
            };
            say(p, pos2(left, centred(y, Role::BODY)), Align::Min, look.t(key), Role::BODY, look.text3());
        }
    }
    clicked
}

/// Before the plan a hollow dot, since then a filled one, on one axis for all cases; the change in words.
fn recurrence_ui(
    ui: &Ui,
    look: &Look<'_>,
    (before, after): (f64, f64),
    most: f64,
    feed: &FeedLook<'_>,
    (left, right, y): (f32, f32, f32),
) {
    let p = ui.painter();
    let grey = feed.is_grey();
    let ink = if grey { look.ink(|p| p.stale) } else { look.text1() };
    let base = centred(y, Role::BODY);
    let said = say(p, pos2(right, base), Align::Max, change(look, after / before), Role::BODY_STRONG, ink);
    let counts = look.locale.t_args(
        "class-before-after",
        &[("before", &look.count(before.round() as u64)), ("after", &look.count(after.round() as u64))],
    );
    let said = say(p, pos2(said.left().min(right - 68.0) - 14.0, base), Align::Max, counts, Role::BODY, look.text3());
    // All axes end at one place, whatever the figures are.
    let end = (right - 190.0).min(said.left() - 18.0);
    if end - left < 40.0 {
        return;
    }
    let axis = left + 7.0..=end;
    let x = |n: f64| axis.start() + (axis.end() - axis.start()) * (n / most).clamp(0.0, 1.0) as f32;
    p.hline(axis.clone(), y, Stroke::new(1.4, look.ink(|p| p.line2)));
    let (from, to) = (x(before), x(after));
    p.hline(from.min(to)..=from.max(to), y, Stroke::new(4.0, look.ink(|p| p.neutral_bar)));
    p.circle(pos2(from, y), 5.5, look.ink(|p| p.bg1), Stroke::new(2.0, ink));
    p.circle_filled(pos2(to, y), 6.5, ink);
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::panels::fixture;

    #[test]
    fn closed_cases_sink_and_counts_are_scaled_to_the_same_days() {
        let city = samples::city();
        let list = ordered(&city.lists.class_cases.0.list);
        assert!(list.iter().skip_while(|case| case.stage != ClassStage::Closed).all(|case| case.closed_at.is_some()));
        let treated = list.iter().find(|case| case.after.is_some()).expect("one with a plan");
        let (before, after) = before_after(treated).expect("comparable");
        assert!((after / before - treated.recurrence().expect("comparable")).abs() < 1e-9);
    }

    #[test]
    fn a_click_goes_to_the_area_or_to_the_newest_ticket() {
        let city = samples::city();
        let list = ordered(&city.lists.class_cases.0.list);
        let click = |case: &ClassCase| {
            fixture::click(&city, &case.name, |ui, look, city| {
                board_ui(ui, look, &city.areas, &city.tickets, &city.lists.class_cases, &[])
            })
        };
        let area = list.iter().find(|case| case.area.is_some()).expect("one of a place");
        assert_eq!(click(area), Some(Drill::To(Target::Area(area.area.clone().expect("an area")))));
        let all = list.iter().find(|case| case.area.is_none()).expect("one of the district");
        assert_eq!(click(all), Some(Drill::To(Target::Ticket(all.members[0].clone()))));
    }
}
