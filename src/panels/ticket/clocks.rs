//! The two clocks of a ticket on one time axis: signing in grey, handling in celadon, pauses hatched, now solid, due
//! dashed.

use bevy_egui::egui::{Align, Painter, Rect, Shape, Stroke, StrokeKind, pos2};
use jiff::{SignedDuration, Timestamp};

use super::super::look::{FeedLook, Look};
use super::super::pen::{bar, hatch, say, say_all};
use super::super::style::{Role, colour};
use crate::domain::{Calendar, Clock, ClockKind};
use crate::locale::{clock_span, hm};

/// From where to where the axis runs: from the first start to the last due, stop or now.
pub fn axis(clocks: &[Clock], now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let from = clocks.iter().map(|clock| clock.started_at).min()?;
    let ends = clocks.iter().flat_map(|clock| [clock.due_at, Some(clock.stopped_at.unwrap_or(now))]).flatten();
    let to = ends.max()?.max(from.saturating_add(SignedDuration::from_mins(1)).unwrap_or(from));
    Some((from, to))
}

/// The stretches in which a clock ran until `until`, in order, between its pauses.
pub fn running(clock: &Clock, until: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let mut pauses: Vec<_> = clock.pauses.iter().map(|pause| (pause.from, pause.to.unwrap_or(until))).collect();
    pauses.sort();
    let mut spans = Vec::new();
    let mut at = clock.started_at;
    for (from, to) in pauses {
        if from > at {
            spans.push((at, from.min(until)));
        }
        at = at.max(to);
    }
    if at < until {
        spans.push((at, until));
    }
    spans.retain(|(from, to)| from < to);
    spans
}

/// What stands at the right: elapsed, limit, state.
fn words(look: &Look<'_>, clock: &Clock, calendar: &Calendar) -> (String, String) {
    let now = look.now.at;
    let elapsed = clock.elapsed(now, calendar);
    let span = |span: SignedDuration| {
        if span.as_mins() < 60 { look.locale.span(span.as_mins() * 60) } else { clock_span(span) }
    };
    let elapsed = if elapsed.as_mins() < 1 { look.locale.t_n("age-minutes", 0) } else { span(elapsed) };
    let limit = match clock.limit_min {
        Some(minutes) => {
            look.locale.t_args("clock-limit", &[("limit", &span(SignedDuration::from_mins(i64::from(minutes))))])
        }
        None => look.t("clock-no-limit").into_owned(),
    };
    let kind = look.t(if clock.urgent { "clock-urgent" } else { "clock-working" });
    let state = look.t(if clock.is_breached(now) {
        "clock-late"
    } else if clock.is_paused(now) {
        "clock-paused"
    } else if clock.stopped_at.is_some() {
        "clock-stopped"
    } else {
        "clock-running"
    });
    let mut rest = format!(" / {limit} {kind} · {state}");
    if clock.extended_min > 0 {
        let age = span(SignedDuration::from_mins(i64::from(clock.extended_min)));
        rest += &format!(" · {}", look.locale.t_args("clock-extended", &[("age", &age)]));
    }
    (elapsed, rest)
}

/// Draws the clocks in `rect` from its top, grey where `feed` is not current; returns the height used.
pub fn paint(
    p: &Painter,
    look: &Look<'_>,
    clocks: &[Clock],
    calendar: &Calendar,
    feed: &FeedLook<'_>,
    rect: Rect,
) -> f32 {
    let now = look.now.at;
    let k = look.k;
    let Some((from, to)) = axis(clocks, now) else { return 0.0 };
    let total = to.duration_since(from).as_secs_f64().max(1.0);
    let x = |at: Timestamp| {
        rect.left() + (at.duration_since(from).as_secs_f64() / total).clamp(0.0, 1.0) as f32 * rect.width()
    };
    let role = Role::regular(15.0 * k);
    let mut y = rect.top();
    let mut main: Option<(Rect, &Clock)> = None;
    for clock in clocks {
        let (name, thick) = match clock.kind {
            ClockKind::Sign => ("clock-sign", 10.0 * k),
            ClockKind::Handle => ("clock-handle", 14.0 * k),
        };
        let base = y + 14.0 * k;
        say(p, pos2(rect.left(), base), Align::Min, look.t(name), role, look.text2());
        let (elapsed, rest) = words(look, clock, calendar);
        // A stopped clock has stopped; how far a running one is, nobody knows without data.
        let is_known = feed.has_values() || clock.stopped_at.is_some();
        let (elapsed, rest) = if is_known { (elapsed, rest) } else { ("—".to_owned(), String::new()) };
        let strong = if feed.is_grey() { look.ink(|p| p.stale) } else { look.text1() };
        say_all(
            p,
            pos2(rect.right(), base),
            Align::Max,
            &[(&elapsed, Role::medium(15.0 * k), strong), (&rest, role, look.text2())],
        );
        let top = y + 24.0 * k;
        let end = clock.due_at.unwrap_or(now).max(clock.stopped_at.unwrap_or(now).min(to));
        let track = Rect::from_min_max(
            pos2(x(clock.started_at), top),
            pos2(x(end).max(x(clock.started_at) + 2.0), top + thick),
        );
        let ink = match clock.kind {
            _ if feed.is_grey() => look.ink(|p| p.stale),
            ClockKind::Sign => look.text2(),
            ClockKind::Handle => colour(look.palette.accent),
        };
        for (a, b) in running(clock, clock.stopped_at.unwrap_or(now).min(now)) {
            bar(p, Rect::from_min_max(pos2(x(a), top), pos2(x(b).max(x(a) + 1.0), top + thick)), ink);
        }
        for pause in &clock.pauses {
            let span = Rect::from_min_max(pos2(x(pause.from), top), pos2(x(pause.to.unwrap_or(now)), top + thick));
            if span.width() >= 1.0 {
                hatch(p, span, 6.0, Stroke::new(2.0, look.ink(|p| p.hatch)));
                p.rect_stroke(span, 0, Stroke::new(1.0, look.ink(|p| p.line2)), StrokeKind::Inside);
            }
        }
        p.rect_stroke(track, 2, Stroke::new(1.0, look.ink(|p| p.line2)), StrokeKind::Outside);
        if main.is_none() || clock.kind == ClockKind::Handle {
            main = Some((track, clock));
        }
        y = top + thick + 14.0 * k;
    }
    let Some((track, clock)) = main else { return y - rect.top() };
    under_axis(p, look, clock, feed, track, [x(now), x(clock.due_at.unwrap_or(to))], rect, role);
    y + 16.0 * k - rect.top()
}

/// Now-line, due-line and the times under the main clock; words that would meet are left out.
fn under_axis(
    p: &Painter,
    look: &Look<'_>,
    clock: &Clock,
    feed: &FeedLook<'_>,
    track: Rect,
    [now_x, due_x]: [f32; 2],
    rect: Rect,
    role: Role,
) {
    let now = look.now.at;
    let base = track.bottom() + 26.0 * look.k;
    let (top, bottom) = (track.top() - 6.0, track.bottom() + 8.0);
    let moment = |at: Timestamp| look.locale.moment(at, now, &look.zone);
    let start = say(p, pos2(rect.left(), base), Align::Min, moment(clock.started_at), role, look.text3());
    let mut right = rect.right();
    if let Some(due) = clock.due_at {
        let due_words = look.locale.t_args("clock-due", &[("time", &moment(due))]);
        right = say(p, pos2(rect.right(), base), Align::Max, due_words, role, look.text3()).left();
        p.extend(Shape::dashed_line(
            &[pos2(due_x, top), pos2(due_x, bottom)],
            Stroke::new(2.0, look.text1()),
            3.0,
            3.0,
        ));
    }
    let mut free = start.right() + 10.0;
    let is_running = clock.stopped_at.is_none();
    // A moment that has passed is not called now.
    let words = if feed.is_grey() { hm(now, &look.zone).into() } else { look.t("now") };
    let wide = super::super::pen::width(p, words.as_ref(), role);
    let now_at = if now_x + 8.0 + wide < right - 8.0 { now_x + 8.0 } else { now_x - 8.0 - wide };
    let paused: SignedDuration = clock
        .pauses
        .iter()
        .map(|pause| pause.to.unwrap_or(now).duration_since(pause.from))
        .fold(SignedDuration::ZERO, |sum, span| sum + span);
    if paused.is_positive() {
        let words = look.locale.t_args("clock-pause", &[("age", &look.locale.span(paused.as_secs()))]);
        let wide = super::super::pen::width(p, words.as_str(), role);
        let end = if is_running { now_at.min(right) } else { right };
        if free + wide + 10.0 < end {
            let at = (end - wide - 14.0).max(free);
            free = say(p, pos2(at, base), Align::Min, words, role, look.text3()).right() + 8.0;
        }
    }
    if is_running {
        p.vline(now_x, top..=bottom, Stroke::new(2.0, look.text1()));
        if now_at > free && now_at + wide < right - 4.0 {
            say(p, pos2(now_at, base), Align::Min, words, role, look.text1());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Pause;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + minute * 60).unwrap()
    }

    #[test]
    fn a_clock_runs_between_its_pauses() {
        let pause = |from, to: Option<i64>| Pause { from: at(from), to: to.map(at), reason: None };
        let clock = Clock {
            kind: ClockKind::Handle,
            started_at: at(0),
            stopped_at: None,
            due_at: Some(at(240)),
            limit_min: Some(240),
            urgent: true,
            extended_min: 0,
            pauses: vec![pause(60, Some(80)), pause(20, Some(30)), pause(100, None)],
        };
        assert_eq!(running(&clock, at(120)), [(at(0), at(20)), (at(30), at(60)), (at(80), at(100))]);
        assert_eq!(axis(std::slice::from_ref(&clock), at(120)), Some((at(0), at(240))));
        assert_eq!(axis(std::slice::from_ref(&clock), at(500)), Some((at(0), at(500))));
        assert_eq!(axis(&[], at(0)), None);
    }
}
