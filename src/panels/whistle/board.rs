//! 吹哨报到: one block for each call, open ones first: what and where, why and who whistled, and for each department
//! that was called its arrival clock, whether it came in time, and the street's mark. A click goes to the ticket.

use bevy_egui::egui::scroll_area::ScrollBarVisibility;
use bevy_egui::egui::{Align, Pos2, Rect, ScrollArea, Stroke, Ui, UiBuilder, pos2, vec2};
use jiff::Timestamp;

use super::on_map::{CallNote, DISC, disc_ui};
use super::{result_key, trigger_key};
use crate::city::figures::Answer;
use crate::city::{Tickets, WhistleCalls};
use crate::domain::{AreaTable, CalledUnit, Feed, Level, WhistleCall};
use crate::locale::{Locale, clock_span};
use crate::panels::head::{empty, head, row};
use crate::panels::latest::unit_words;
use crate::panels::look::{FeedLook, Look};
use crate::panels::more::{self, more_ui};
use crate::panels::pen::{centred, fit, say, width};
use crate::panels::style::Role;
use crate::panels::warnings::instead;
use crate::selection::{Drill, Target};

/// Height of what stands above the departments, of one department, and below.
const TOP: f32 = 76.0;
const UNIT: f32 = 31.0;
const FOOT: f32 = 17.0;
/// Height of a call that has ended, without its departments.
const SHORT: f32 = 82.0;
/// From this width on there are two blocks beside each other.
const WIDE: f32 = 700.0;

/// Where a department is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// There, in time.
    InTime,
    /// There, too late.
    Late,
    /// Not there yet, and it need not be.
    Coming,
    /// Not there, and it should be.
    Missing,
}

impl Arrival {
    /// Where it is at `now`.
    pub fn of(unit: &CalledUnit, now: Timestamp) -> Self {
        match (unit.arrived_at.is_some(), unit.is_late(now)) {
            (true, false) => Arrival::InTime,
            (true, true) => Arrival::Late,
            (false, false) => Arrival::Coming,
            (false, true) => Arrival::Missing,
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Arrival::InTime => "arrival-in-time",
            Arrival::Late => "arrival-late",
            Arrival::Coming => "arrival-coming",
            Arrival::Missing => "arrival-missing",
        }
    }
}

/// Open calls first, the oldest of them at the top, for they wait longest; then those that ended, newest first.
pub fn ordered(calls: &[WhistleCall]) -> Vec<&WhistleCall> {
    let (mut open, ended): (Vec<&WhistleCall>, Vec<&WhistleCall>) = calls.iter().partition(|call| call.is_open());
    open.sort_by(|a, b| a.called_at.cmp(&b.called_at).then_with(|| a.id.cmp(&b.id)));
    open.extend(ended);
    open
}

fn height(call: &WhistleCall) -> f32 {
    TOP + UNIT * call.units.len() as f32 + FOOT
}

/// How many lines, each as high as `tall` says, have room one below the other in `room`; and how many of the next, if
/// they have ended, have room in few words.
fn fitting(tall: &[f32], has_ended: &[bool], room: f32) -> (usize, usize) {
    let mut left = room;
    let whole = tall
        .iter()
        .take_while(|tall| {
            left -= **tall;
            left >= 0.0
        })
        .count();
    let left = room - tall[..whole].iter().sum::<f32>();
    let short = has_ended[whole..].iter().take((left / SHORT).floor().max(0.0) as usize).take_while(|it| **it).count();
    (whole, short)
}

/// Draws the panel.
pub fn board_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    tickets: &Tickets,
    calls: &WhistleCalls,
    on_map: &[CallNote],
) -> Option<Drill> {
    let feed = look.feed(Feed::WhistleCalls);
    let list = ordered(&calls.0.list);
    let open = list.iter().filter(|call| call.is_open()).count();
    let note = look
        .locale
        .t_args("whistle-note", &[("n", &look.count(list.len() as u64)), ("open", &look.count(open as u64))]);
    // What is not offered is not counted either.
    let note = Some(note).filter(|_| calls.0.answer == Answer::Here);
    let body = head(ui, look, &look.t("whistle-title"), note, &feed);
    if instead(ui, look, body, calls.0.answer, &feed, "silent-list") {
        return None;
    }
    if list.is_empty() {
        empty(ui.painter(), look, body, &look.t("whistle-none"));
        return None;
    }
    let columns = if body.width() >= WIDE { 2 } else { 1 };
    let lines: Vec<&[&WhistleCall]> = list.chunks(columns).collect();
    let tall = |line: &[&WhistleCall]| line.iter().map(|call| height(call)).fold(0.0, f32::max);
    // Whole blocks only; at a desk the rest can be scrolled to.
    let heights: Vec<f32> = lines.iter().map(|line| tall(line)).collect();
    let ended: Vec<bool> = lines.iter().map(|line| line.iter().all(|call| !call.is_open())).collect();
    let is_all = heights.iter().sum::<f32>() <= body.height();
    let room = if is_all { body.height() } else { body.height() - more::LINE };
    // What is left of the height names further calls that have ended, in few words.
    let (whole, short) = fitting(&heights, &ended, room);
    let shown = heights[..whole].iter().sum::<f32>() + SHORT * short as f32;
    let listed: usize = lines[..whole + short].iter().map(|line| line.len()).sum();
    more_ui(ui, look, body, body.top() + shown, "more-calls", list.len() - listed);
    if shown <= 0.0 {
        return None;
    }
    let rows = body.with_max_y(body.top() + shown);
    let mut drill = None;
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rows).id_salt("whistle"));
    inner.set_clip_rect(rows.with_max_y(rows.bottom() - 1.0).expand2(vec2(8.0, 0.0)).intersect(ui.clip_rect()));
    ScrollArea::vertical().scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden).auto_shrink([false, false]).show(
        &mut inner,
        |ui| {
            for (nth, line) in lines.iter().enumerate() {
                let is_short = (whole..whole + short).contains(&nth);
                let tall = if is_short { SHORT } else { tall(line) };
                let (_, rect) = ui.allocate_space(vec2(ui.available_width(), tall));
                let gap = 56.0;
                let wide = (rect.width() - gap * (columns - 1) as f32) / columns as f32;
                for (column, call) in line.iter().enumerate() {
                    let x = rect.left() + column as f32 * (wide + gap);
                    let place = Rect::from_min_size(pos2(x, rect.top()), vec2(wide, rect.height()));
                    let number = on_map.iter().find(|note| note.id == *call.id).map(|note| note.number);
                    if call_ui(ui, look, areas, call, &feed, place, ([nth > 0, is_short], number)) {
                        drill = target(areas, tickets, call);
                    }
                }
            }
        },
    );
    drill
}

/// The ticket it came from, else the area it is about.
pub fn target(areas: &AreaTable, tickets: &Tickets, call: &WhistleCall) -> Option<Drill> {
    let ticket = call.ticket.clone().filter(|id| tickets.by_id.contains_key(id)).map(Target::Ticket);
    let area = || call.area.clone().filter(|code| areas.find(code).is_some()).map(Target::Area);
    ticket.or_else(area).map(Drill::To)
}

/// What a call is about. In English what platforms write as one word, the community and the category, comes apart.
fn subject_words(look: &Look<'_>, areas: &AreaTable, call: &WhistleCall) -> String {
    let split = |id| Some((areas.get(id), call.subject.strip_prefix(&*areas.get(id).name)?));
    let known = || areas.at_level(Level::Community).find_map(split);
    match Some(look.locale).filter(|locale| *locale == Locale::En).and_then(|_| known()) {
        Some((area, rest)) if look.locale.term(rest) != rest => {
            format!("{}, {}", look.locale.term(rest), look.locale.short_area_name(area))
        }
        _ => call.subject.clone(),
    }
}

fn call_ui(
    ui: &Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    call: &WhistleCall,
    feed: &FeedLook<'_>,
    rect: Rect,
    ([has_rule, is_short], number): ([bool; 2], Option<u32>),
) -> bool {
    let trigger = look.t(trigger_key(call.trigger));
    let label = format!("{} {trigger} {}", call.subject, call.whistler);
    let clicked = row(ui, look, rect.shrink2(vec2(0.0, 3.0)), ("call", call.id.as_str()), &label).clicked();
    let p = ui.painter();
    if has_rule {
        p.hline(rect.x_range(), rect.top(), Stroke::new(1.0, look.ink(|p| p.line1)));
    }
    let grey = feed.is_grey();
    let strong = if grey { look.ink(|p| p.stale) } else { look.text1() };
    let soft = if grey { strong } else { look.text2() };
    let (first, second) = (rect.top() + 33.0, rect.top() + 62.0);
    let time = look.locale.moment(call.called_at, look.now.at, &look.zone);
    let said = say(p, pos2(rect.right(), first), Align::Max, time, Role::BODY, look.text3());
    let mut title = subject_words(look, areas, call);
    let mut left = rect.left();
    if let Some(number) = number {
        disc_ui(p, look, pos2(left + DISC, first - 7.0), number, call.is_open() && !grey);
        left += 2.0 * DISC + 9.0;
    }
    let room = said.left() - left - 14.0;
    // The street is said below: the community goes where both have no room.
    if let (Some((what, _)), true) = (title.split_once(", "), width(p, title.as_str(), Role::ROW_STRONG) > room) {
        title = what.to_owned();
    }
    fit(p, pos2(left, first), Align::Min, title, Role::ROW_STRONG, strong, room);
    let mut result = look.t(result_key(call.result)).into_owned();
    if let Some(rating) = call.rating.filter(|_| !call.is_open()) {
        result = format!("{result} · {}", look.t_n("whistle-rating", rating));
    }
    let (role, ink) = if call.is_open() && !grey { (Role::BODY_STRONG, strong) } else { (Role::BODY, look.text3()) };
    let said = say(p, pos2(rect.right(), second), Align::Max, result, role, ink);
    // The office of a street is the street.
    let whistler = call.whistler.strip_suffix("办事处").filter(|rest| !rest.is_empty()).unwrap_or(&call.whistler);
    let mut why = format!("{trigger} · {}", unit_words(look, areas, whistler));
    let room = said.left() - rect.left() - 14.0;
    if is_short {
        let longer = format!("{why} · {}", look.t_n("whistle-called", call.units.len() as u64));
        why = if width(p, longer.as_str(), Role::BODY) <= room { longer } else { why };
    }
    fit(p, pos2(rect.left(), second), Align::Min, why, Role::BODY, soft, room);
    for (nth, unit) in call.units.iter().enumerate().filter(|_| !is_short) {
        let y = rect.top() + TOP + UNIT * (nth as f32 + 0.5) + 2.0;
        unit_ui(ui, look, areas, call, unit, feed, (rect.left(), rect.right(), y));
    }
    clicked
}

/// A line: mark, name, arrival clock, whether in time, the street's mark.
fn unit_ui(
    ui: &Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    call: &WhistleCall,
    unit: &CalledUnit,
    feed: &FeedLook<'_>,
    (left, right, y): (f32, f32, f32),
) {
    let p = ui.painter();
    let grey = feed.is_grey();
    // What is no longer current stands still at the moment it was.
    let now = feed.as_of.filter(|_| grey).unwrap_or(look.now.at);
    let arrival = Arrival::of(unit, now);
    let strong = if grey { look.ink(|p| p.stale) } else { look.text1() };
    let base = centred(y, Role::BODY);
    let mark: Pos2 = pos2(left + 7.0, y);
    match arrival {
        Arrival::InTime | Arrival::Late => _ = p.circle_filled(mark, 5.5, strong),
        Arrival::Coming | Arrival::Missing => _ = p.circle_stroke(mark, 5.0, Stroke::new(2.0, strong)),
    }
    let rating = unit.rating.map(|rating| look.t_n("whistle-unit-rating", rating));
    if let Some(rating) = rating {
        say(p, pos2(right, base), Align::Max, rating, Role::BODY, look.text3());
    }
    let is_bad = matches!(arrival, Arrival::Late | Arrival::Missing);
    let (role, ink) = if is_bad { (Role::BODY_STRONG, strong) } else { (Role::BODY, look.text3()) };
    // Columns of all blocks are the same.
    let state = right - width(p, look.t_n("whistle-unit-rating", 5_u64), Role::BODY).max(44.0) - 14.0;
    say(p, pos2(state, base), Align::Max, look.t(arrival.key()), role, ink);
    // Who is not there is on the clock; who came, came after so long.
    let clock = match (unit.clock(call.called_at, now), unit.arrived_at) {
        (span, None) => clock_span(span),
        (span, Some(_)) => look.locale.span(span.as_secs()),
    };
    let states = [Arrival::InTime, Arrival::Late, Arrival::Coming, Arrival::Missing];
    let widest = states.map(|it| width(p, look.t(it.key()), Role::BODY_STRONG)).into_iter().fold(40.0, f32::max);
    let column = state - widest - 22.0;
    let said = say(p, pos2(column, base), Align::Max, clock, Role::BODY_STRONG, strong);
    let ink = if grey { strong } else { look.text2() };
    fit(
        p,
        pos2(left + 24.0, base),
        Align::Min,
        unit_words(look, areas, &unit.unit),
        Role::BODY,
        ink,
        said.left() - left - 38.0,
    );
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::panels::fixture::{self, now};

    #[test]
    fn open_calls_come_first_and_their_departments_are_on_the_clock() {
        let city = samples::city();
        let list = ordered(&city.lists.whistle_calls.0.list);
        assert!(list[0].is_open() && !list[list.len() - 1].is_open());
        let arrivals: Vec<Arrival> = list[0].units.iter().map(|unit| Arrival::of(unit, now())).collect();
        assert_eq!(arrivals, [Arrival::InTime, Arrival::Late, Arrival::Missing, Arrival::Coming]);
    }

    #[test]
    fn what_is_left_of_the_height_names_calls_that_ended() {
        let tall = [200.0; 5];
        assert_eq!(fitting(&tall, &[false, true, true, true, true], 380.0), (1, 2));
        assert_eq!(fitting(&tall, &[false, false, true, true, true], 380.0), (1, 0), "an open one is said in full");
        assert_eq!(fitting(&tall, &[true; 5], 1000.0), (5, 0));
        assert_eq!(fitting(&tall, &[true; 5], 50.0), (0, 0));
    }

    #[test]
    fn a_click_goes_to_the_ticket_it_came_from() {
        let city = samples::city();
        let open = ordered(&city.lists.whistle_calls.0.list)[0].clone();
        let drill = fixture::click(&city, &open.subject, |ui, look, city| {
            board_ui(ui, look, &city.areas, &city.tickets, &city.lists.whistle_calls, &[])
        });
        assert_eq!(drill, Some(Drill::To(Target::Ticket(open.ticket.expect("a ticket")))));
    }
}
