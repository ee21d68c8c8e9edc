//! 吹哨触发: how often streets whistled, whether departments came in time, and the same for each of the five cases in
//! which they may.

use bevy_egui::egui::{Align, Rect, Stroke, Ui, pos2, vec2};
use jiff::{SignedDuration, Timestamp};

use super::board::{ordered, target};
use super::trigger_key;
use crate::city::{Tickets, WhistleCalls};
use crate::domain::{AreaTable, Feed, WhistleCall, WhistleTrigger};
use crate::panels::head::{announce, head, row};
use crate::panels::look::{FeedLook, Look};
use crate::panels::pen::{bar, fit, rule, say};
use crate::panels::style::{Role, faint};
use crate::panels::warnings::instead;
use crate::selection::Drill;

/// Height of the total with the space under it.
const TOTAL: f32 = 150.0;
/// Least and best height of a trigger.
const ROW: (f32, f32) = (84.0, 150.0);

/// What is counted of some calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Calls.
    pub calls: u32,
    /// Of these, not ended.
    pub open: u32,
    /// Departments whose limit has passed or that have come, and of these the ones that came too late or not at all.
    pub judged: u32,
    /// See `judged`.
    pub late: u32,
    /// Median time from call to arrival, of those that have come.
    pub median: Option<SignedDuration>,
}

/// Counts the calls that `which` picks, at `now`.
pub fn counted(calls: &[WhistleCall], now: Timestamp, which: impl Fn(&WhistleCall) -> bool) -> Calls {
    let mut counts = Calls::default();
    let mut arrivals: Vec<SignedDuration> = Vec::new();
    for call in calls.iter().filter(|call| which(call)) {
        counts.calls += 1;
        counts.open += u32::from(call.is_open());
        for unit in &call.units {
            let is_late = unit.is_late(now);
            counts.judged += u32::from(is_late || unit.arrived_at.is_some());
            counts.late += u32::from(is_late);
            arrivals.extend(unit.arrived_at.map(|_| unit.clock(call.called_at, now)));
        }
    }
    arrivals.sort();
    counts.median = match arrivals.len() {
        0 => None,
        n if n % 2 == 1 => Some(arrivals[n / 2]),
        n => Some((arrivals[n / 2 - 1] + arrivals[n / 2]) / 2),
    };
    counts
}

/// Draws the panel. A click on a case goes where its call is that waits longest, or else the newest.
pub fn triggers_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    (areas, tickets): (&AreaTable, &Tickets),
    calls: &WhistleCalls,
) -> Option<Drill> {
    let feed = look.feed(Feed::WhistleCalls);
    let list = &*calls.0.list;
    let since = list.iter().map(|call| call.called_at).min();
    let note = since.map(|at| {
        let date = at.to_zoned(look.zone.clone()).strftime("%Y-%m-%d").to_string();
        look.locale.t_args("since-date", &[("date", &date)])
    });
    let body = head(ui, look, &look.t("whistle-triggers-title"), note, &feed);
    if instead(ui, look, body, calls.0.answer, &feed, "silent-list") {
        return None;
    }
    let mut asked = None;
    let order = ordered(list);
    let now = feed.as_of.filter(|_| feed.is_grey()).unwrap_or(look.now.at);
    let all = counted(list, now, |_| true);
    total_ui(ui, look, &all, &feed, body);
    let rows = WhistleTrigger::ALL.map(|trigger| (trigger, counted(list, now, |call| call.trigger == trigger)));
    let most = rows.iter().map(|(_, counts)| counts.calls).max().unwrap_or(0).max(1);
    let top = body.top() + TOTAL;
    let step = ((body.bottom() - top) / rows.len() as f32).clamp(ROW.0, ROW.1);
    for (nth, (trigger, counts)) in rows.iter().enumerate() {
        let rect = Rect::from_min_size(pos2(body.left(), top + step * nth as f32), vec2(body.width(), step));
        if rect.bottom() > body.bottom() + 1.0 {
            break;
        }
        let to = order.iter().filter(|call| call.trigger == *trigger).find_map(|call| target(areas, tickets, call));
        if trigger_ui(ui, look, *trigger, counts, most, &feed, rect, to.is_some()) {
            asked = to;
        }
    }
    asked
}

/// The number of calls, and how many departments came in time.
fn total_ui(ui: &Ui, look: &Look<'_>, all: &Calls, feed: &FeedLook<'_>, body: Rect) {
    let p = ui.painter();
    let (figure, ink) = feed.figure(look, u64::from(all.calls));
    let line = body.top() + 62.0;
    let said = say(p, pos2(body.left(), line), Align::Min, figure.as_str(), Role::medium(64.0), ink);
    say(p, pos2(said.right() + 10.0, line), Align::Min, look.t("whistle-times"), Role::regular(26.0), look.text3());
    announce(ui, said, "whistle-total", &format!("{} {figure}", look.t("whistle-triggers-title")));
    let open = look.t_n("whistle-open", all.open);
    let ink = if all.open > 0 && !feed.is_grey() { look.text1() } else { look.text3() };
    say(p, pos2(body.right(), line - 26.0), Align::Max, open, Role::BODY, ink);
    if let Some(median) = all.median {
        let words = look.locale.t_args("whistle-median", &[("age", &look.locale.span(median.as_secs()))]);
        say(p, pos2(body.right(), line + 2.0), Align::Max, words, Role::BODY, look.text2());
    }
    let in_time = all.judged - all.late;
    let words = look.locale.t_args("whistle-in-time", &[("n", &look.count(in_time)), ("of", &look.count(all.judged))]);
    fit(p, pos2(body.left(), line + 44.0), Align::Min, words, Role::BODY, look.text3(), body.width() - 80.0);
    if all.judged > 0 {
        let share = format!("{:.0} %", 100.0 * f64::from(in_time) / f64::from(all.judged));
        let ink = if feed.is_grey() { look.ink(|p| p.stale) } else { look.text1() };
        say(p, pos2(body.right(), line + 44.0), Align::Max, share, Role::BODY_STRONG, ink);
    }
    rule(p, look.palette, body.x_range().into(), body.top() + TOTAL - 18.0);
}

fn trigger_ui(
    ui: &Ui,
    look: &Look<'_>,
    trigger: WhistleTrigger,
    counts: &Calls,
    most: u32,
    feed: &FeedLook<'_>,
    rect: Rect,
    leads: bool,
) -> bool {
    let name = look.t(trigger_key(trigger));
    let grey = feed.is_grey();
    let (figure, ink) = feed.figure(look, u64::from(counts.calls));
    let label = format!("{name} {figure}");
    let salt = ("trigger", trigger.key());
    let is_asked = match leads {
        true => row(ui, look, rect.shrink2(vec2(0.0, 2.0)), salt, &label).clicked(),
        false => {
            announce(ui, rect, salt, &label);
            false
        }
    };
    let p = ui.painter();
    let label = if grey { look.ink(|p| p.stale) } else { look.text1() };
    // The three lines stand together, with what is left above and below.
    let y = rect.top() + (rect.height() - ROW.0) / 2.0;
    let said = say(p, pos2(rect.right(), y + 30.0), Align::Max, figure.as_str(), Role::medium(30.0), ink);
    let room = said.left() - rect.left() - 14.0;
    fit(p, pos2(rect.left(), y + 30.0), Align::Min, name.as_ref(), Role::ROW, label, room);
    let track = Rect::from_min_size(pos2(rect.left(), y + 42.0), vec2(rect.width(), 6.0));
    p.hline(track.x_range(), track.center().y, Stroke::new(1.0, look.ink(|p| p.line1)));
    let share = counts.calls as f32 / most as f32;
    if counts.calls > 0 {
        let ink = if grey { faint(look.palette.stale, 0.55) } else { look.ink(|p| p.neutral_bar) };
        bar(p, track.with_max_x(rect.left() + rect.width() * share), ink);
    }
    let base = y + 74.0;
    let late =
        look.locale.t_args("whistle-late", &[("n", &look.count(counts.late)), ("of", &look.count(counts.judged))]);
    let ink = if counts.late > 0 && !grey { look.text1() } else { look.text3() };
    let said = say(p, pos2(rect.right(), base), Align::Max, late, Role::BODY, ink);
    let median = counts.median.map_or_else(
        || look.t("whistle-no-arrival").into_owned(),
        |median| look.locale.t_args("whistle-median", &[("age", &look.locale.span(median.as_secs()))]),
    );
    let room = said.left() - rect.left() - 14.0;
    fit(p, pos2(rect.left(), base), Align::Min, median, Role::BODY, look.text3(), room);
    is_asked
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::panels::fixture::{self, now};

    #[test]
    fn who_is_late_counts_and_who_may_still_come_does_not() {
        let city = samples::city();
        let list = &city.lists.whistle_calls.0.list;
        let all = counted(list, now(), |_| true);
        assert_eq!((all.calls, all.open), (6, 1));
        // Of the open call's four departments one may still come.
        assert_eq!((all.judged, all.late), (3 + 10, 2 + 1));
        let cross = counted(list, now(), |call| call.trigger == WhistleTrigger::CrossArea);
        assert_eq!((cross.calls, cross.late, cross.median), (1, 1, Some(SignedDuration::from_mins(41))));
        assert_eq!(counted(&[], now(), |_| true), Calls::default());
    }

    #[test]
    fn all_five_triggers_are_said() {
        let city = samples::city();
        let show = |ui: &mut Ui, look: &Look<'_>, city: &fixture::City| {
            triggers_ui(ui, look, (&city.areas, &city.tickets), &city.lists.whistle_calls)
        };
        let said = fixture::labels(&city, |ui, look, city| _ = show(ui, look, city));
        let open = ordered(&city.lists.whistle_calls.0.list)[0].clone();
        let name = crate::locale::Locale::ZhCn.t(trigger_key(open.trigger));
        let there = target(&city.areas, &city.tickets, &open);
        assert!(there.is_some());
        assert_eq!(fixture::click(&city, &name, show), there);
        for wanted in ["超出职能 1", "主体不明 1", "跨街道社区 1", "多部门协商 2", "情况复杂 1"] {
            assert!(said.iter().any(|label| label == wanted), "{wanted} is not in {said:?}");
        }
    }
}
