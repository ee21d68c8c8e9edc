//! 两小时内到期 and 已超时: what must be done within two working hours, by clock and unit, what is due after that where there
//! is room, and what is late already.
//!
//! Time left is working time by the site's calendar; a ticket under emergency handling runs day and night. [`DueView`]
//! is pure and made anew every few seconds, [`flow_due_ui`] draws it.

use std::time::{Duration, Instant};

use bevy_egui::egui::{Align, Rect, Stroke, Ui, pos2, vec2};
use jiff::{SignedDuration, Timestamp};

use super::Intent;
use super::behind::Counted;
use super::digest::InHand;
use super::head::{empty, head, row};
use super::latest::{category_words, place_within, unit_words};
use super::look::Look;
use super::more::{self, Room, more_ui};
use super::pen::{fit, freshness_glyph, say, say_all, width};
use super::steps::steps;
use super::style::Role;
use crate::city::{Freshness, Tickets};
use crate::domain::{AreaTable, Calendar, ClockKind, Feed, HandlingMode, Stage, Ticket, TicketId};
use crate::locale::{clock_span, hm};
use crate::selection::{Drill, Target};

/// What is due within this working time is listed.
const AHEAD: SignedDuration = SignedDuration::from_hours(2);
/// The view is made anew this often even if nothing changed: time goes on.
const RENEW: Duration = Duration::from_secs(5);
/// So many that are due after that are kept.
const THEN: usize = 10;
/// Height of one entry, the greatest that is good, and of the line above those that are due later.
const ENTRY: f32 = 77.0;
const ENTRY_MOST: f32 = 92.0;
const THEN_LINE: f32 = 44.0;
/// What rows leave free where they are taller than they must be.
const AIR: f32 = 12.0;
/// Height of the part about what is late.
const LATE: f32 = 112.0;
/// The same where nothing is late.
const NONE_LATE: f32 = 68.0;

/// One ticket that is due soon.
#[derive(Clone, Debug, PartialEq)]
pub struct DueRow {
    /// The ticket.
    pub id: TicketId,
    /// Time left on its clock.
    pub left: SignedDuration,
    /// Which clock runs out.
    pub clock: ClockKind,
}

/// What is due soon and what is late.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DueView {
    /// Due within two working hours, soonest first.
    pub soon: Vec<DueRow>,
    /// The first that are due after that, soonest first.
    pub then: Vec<DueRow>,
    /// Late tickets by stage in hand.
    pub late: [u32; 8],
    /// Working time by which the one due longest ago is late.
    pub longest: Option<SignedDuration>,
}

fn is_urgent(ticket: &Ticket) -> bool {
    ticket.mode == HandlingMode::Emergency
}

/// Time on a ticket's clock from `from` to `to`: working time, or all time without a calendar or for emergencies.
pub fn on_clock(ticket: &Ticket, calendar: Option<&Calendar>, from: Timestamp, to: Timestamp) -> SignedDuration {
    match calendar {
        Some(calendar) if !is_urgent(ticket) => calendar.working_between(from, to),
        _ => to.duration_since(from),
    }
}

impl DueView {
    /// The view at `now`; without a calendar all time is working time.
    pub fn of(in_hand: &[InHand], tickets: &Tickets, calendar: Option<&Calendar>, now: Timestamp) -> Self {
        let plain = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
        let working = calendar.map_or(plain, |calendar| calendar.add_working(now, AHEAD));
        let mut view = Self::default();
        let mut latest: Option<(Timestamp, &Ticket)> = None;
        let entry = |ticket: &Ticket, due: Timestamp| {
            let is_signing = ticket.signed_at.is_none() && ticket.sign_due == Some(due);
            let clock = if is_signing { ClockKind::Sign } else { ClockKind::Handle };
            DueRow { id: ticket.id.clone(), left: on_clock(ticket, calendar, now, due), clock }
        };
        let mut then: Vec<(Timestamp, &TicketId)> = Vec::new();
        for row in in_hand {
            let Some(due) = row.due else { continue };
            if due > plain.max(working) {
                then.push((due, &row.id));
                continue;
            }
            let Some(ticket) = tickets.by_id.get(&row.id) else { continue };
            if ticket.is_overdue(now) {
                if let Some(stage) = Stage::IN_HAND.iter().position(|stage| *stage == ticket.stage) {
                    view.late[stage] += 1;
                }
                if latest.is_none_or(|(longest, _)| due < longest) {
                    latest = Some((due, ticket));
                }
            } else if due > if is_urgent(ticket) { plain } else { working } {
                then.push((due, &row.id));
            } else if ticket.limit() == Some(due) {
                view.soon.push(entry(ticket, due));
            }
        }
        then.sort_unstable();
        let known = then.into_iter().filter_map(|(due, id)| Some((due, tickets.by_id.get(id)?)));
        let running = known.filter(|(due, ticket)| ticket.limit() == Some(*due));
        view.then = running.take(THEN).map(|(due, ticket)| entry(ticket, due)).collect();
        view.soon.sort_by(|a, b| a.left.cmp(&b.left).then_with(|| a.id.cmp(&b.id)));
        view.longest = latest.map(|(due, ticket)| on_clock(ticket, calendar, due, now));
        view
    }

    /// What the part about what is late needs below the list, u.
    fn late_height(&self) -> f32 {
        if self.late == [0; 8] { NONE_LATE } else { LATE }
    }
}

/// The view with the moment it was made.
#[derive(Clone, Debug, Default)]
pub struct DueCache {
    view: DueView,
    made: Option<(Instant, Instant)>,
}

impl DueCache {
    /// The view, made anew if the digest is another one or a few seconds have passed.
    pub fn view(&mut self, digested: Instant, look: &Look<'_>, in_hand: &[InHand], tickets: &Tickets) -> &DueView {
        let mono = look.now.mono;
        let is_fresh = self
            .made
            .is_some_and(|(of, at)| of == digested && mono.saturating_duration_since(at) < RENEW && mono >= at);
        if !is_fresh {
            // What is no longer current stands still at the moment it was.
            let feed = look.feed(Feed::Tickets);
            let now = feed.as_of.filter(|_| feed.is_grey()).unwrap_or(look.now.at);
            self.view = DueView::of(in_hand, tickets, look.site.map(|site| &site.calendar), now);
            self.made = Some((digested, mono));
        }
        &self.view
    }
}

/// Draws the panel.
pub fn flow_due_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    tickets: &Tickets,
    view: &DueView,
) -> Option<Intent> {
    let feed = look.feed(Feed::Tickets);
    let note = look.t_n("due-note", view.soon.len() as u64);
    let body = head(ui, look, &look.t("due-title"), Some(note), &feed);
    if feed.rung == Freshness::Never {
        empty(ui.painter(), look, body, &look.t("connecting"));
        return None;
    }
    let for_rows = (body.height() - view.late_height()).max(0.0);
    let for_none = if view.soon.is_empty() { 44.0 } else { 0.0 };
    let (room, then, step) = rows(view, for_rows - for_none);
    let mut asked = None;
    let mut list = |rows: &[DueRow], top: f32, is_soon: bool| {
        let listed = rows.iter().filter_map(|row| Some((row, tickets.by_id.get(&row.id)?)));
        for (nth, (due, ticket)) in listed.enumerate() {
            let rect = Rect::from_min_size(pos2(body.left(), top + nth as f32 * step), vec2(body.width(), step));
            if nth > 0 {
                ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, look.ink(|p| p.line1)));
            }
            if entry(ui, look, areas, ticket, due, rect, is_soon) {
                asked = Some(Intent::Drill(Drill::To(Target::Ticket(ticket.id.clone()))));
            }
        }
    };
    list(&view.soon[..room.shown], body.top(), true);
    let mut end = body.top() + room.shown as f32 * step + for_none;
    if view.soon.is_empty() {
        empty(ui.painter(), look, body, &look.t("due-none"));
    }
    if then > 0 {
        list(&view.then[..then], end + THEN_LINE, false);
        let p = ui.painter();
        p.hline(body.x_range(), end, Stroke::new(1.0, look.ink(|p| p.line1)));
        let words = look.t("due-later");
        say(p, pos2(body.left(), end + 32.0), Align::Min, words, Role::BODY, look.text3());
        end += THEN_LINE + then as f32 * step;
    }
    if room.hidden > 0 {
        more_ui(ui, look, body, end, "more-tickets", room.hidden);
        end += more::LINE;
    }
    if late_ui(ui, look, view, Rect::from_min_max(pos2(body.left(), end + 16.0), body.max)) {
        asked = Some(Intent::Behind(Some(Counted::Late(None))));
    }
    asked
}

/// How many that are due soon have room in this height, how many of those that are due later have what is left, and the
/// height of a row.
fn rows(view: &DueView, height: f32) -> (Room, usize, f32) {
    let room = Room::of(view.soon.len(), ENTRY, height.max(0.0));
    let left = height - room.shown as f32 * ENTRY - THEN_LINE;
    // Where one that is due is hidden, less than an entry is left.
    let then = ((left / ENTRY).floor().max(0.0) as usize).min(view.then.len());
    let line = if then > 0 { THEN_LINE } else { 0.0 } + if room.hidden > 0 { more::LINE } else { 0.0 };
    let step = ((height - line - AIR) / (room.shown + then).max(1) as f32).clamp(ENTRY, ENTRY_MOST);
    (room, then, step)
}

/// `周一 10:30`, if that is not today; further away than a week the date.
fn other_day(look: &Look<'_>, limit: Timestamp) -> Option<String> {
    let (at, today) = (limit.to_zoned(look.zone.clone()), look.now.at.to_zoned(look.zone.clone()));
    if at.date() == today.date() {
        return None;
    }
    let is_near = (1..7).contains(&(at.date() - today.date()).get_days());
    Some(match is_near {
        true => format!("{} {}", look.locale.short_weekday(&at), hm(limit, &look.zone)),
        false => look.locale.moment(limit, look.now.at, &look.zone),
    })
}

fn entry(
    ui: &Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    ticket: &Ticket,
    due: &DueRow,
    rect: Rect,
    is_soon: bool,
) -> bool {
    let is_grey = look.feed(Feed::Tickets).is_grey();
    let category = category_words(look, ticket);
    let clock = look.t(match due.clock {
        ClockKind::Sign => "clock-sign",
        ClockKind::Handle => "clock-handle",
    });
    // Without data for long, nobody knows what is left.
    let is_known = look.feed(Feed::Tickets).has_values();
    let left = match is_known {
        true if due.left.as_hours() < 24 => clock_span(due.left),
        true => look.locale.span(due.left.as_secs()),
        false => "—".to_owned(),
    };
    let label = format!("{} {category} {clock} {left}", ticket.id);
    let clicked = row(ui, look, rect, ("due", ticket.id.as_str()), &label).clicked();
    let p = ui.painter();
    let top = rect.center().y - ENTRY / 2.0;
    let (first, second) = (top + 32.0, top + 60.0);
    let ink = match (is_grey, is_soon) {
        (true, _) => look.ink(|p| p.stale),
        (false, true) => look.text1(),
        (false, false) => look.text2(),
    };
    fit(p, pos2(rect.left(), top + 37.0), Align::Min, left, Role::medium(30.0), ink, 94.0);
    let start = rect.left() + 98.0;
    // Two working hours on a Saturday end on Monday. Where all of it has no room, when is more than which clock.
    let room = rect.right() - start - 14.0 - width(p, category, Role::ROW_STRONG);
    let clock = match ticket.limit().and_then(|limit| other_day(look, limit)) {
        Some(when) => {
            let both = format!("{clock} {when}");
            if width(p, both.as_str(), Role::BODY) <= room { both } else { when }
        }
        None => clock.into_owned(),
    };
    let said = say(p, pos2(rect.right(), first), Align::Max, clock, Role::BODY, look.text3());
    fit(p, pos2(start, first), Align::Min, category, Role::ROW_STRONG, ink, said.left() - start - 14.0);
    let agency = ticket.agency.as_deref().map_or("—", |unit| unit_words(look, areas, unit));
    let wide = rect.right() - start;
    let said = fit(p, pos2(rect.right(), second), Align::Max, agency, Role::BODY, look.text3(), wide * 0.6);
    let room = said.left() - start - 14.0;
    let place = place_within(p, look, areas, ticket, room);
    fit(p, pos2(start, second), Align::Min, place, Role::BODY, look.text2(), room);
    clicked
}

/// 已超时: how many in which step, and the longest. True if it was clicked.
fn late_ui(ui: &Ui, look: &Look<'_>, view: &DueView, rect: Rect) -> bool {
    if rect.height() < view.late_height() - 28.0 {
        return false;
    }
    let p = ui.painter();
    let feed = look.feed(Feed::Tickets);
    p.hline(rect.x_range(), rect.top(), Stroke::new(1.0, look.ink(|p| p.line1)));
    let base = rect.top() + 44.0;
    let title = look.t("late-title");
    let total: u32 = view.late.iter().sum();
    let (figure, _) = feed.figure(look, u64::from(total));
    let place = Rect::from_min_max(rect.min + bevy_egui::egui::vec2(0.0, 8.0), pos2(rect.right(), base + 52.0));
    let is_asked = row(ui, look, place, "late", &format!("{title} {figure}")).clicked();
    say(p, pos2(rect.left(), base), Align::Min, title.as_ref(), Role::PANEL, look.text1());
    freshness_glyph(p, look.palette, pos2(rect.right() - 9.0, base - 8.0), 18.0, feed.rung);
    let is_none = total == 0 && feed.has_values();
    let words = match is_none {
        true => look.t("late-none").into_owned(),
        false => look.locale.t_args("late-count", &[("n", &figure)]),
    };
    say(p, pos2(rect.right() - 26.0, base), Align::Max, words, Role::BODY, look.text3());
    if is_none || !feed.has_values() {
        return is_asked;
    }
    let base = base + 40.0;
    let longest = view.longest.map(|longest| {
        let age = look.locale.span(longest.as_secs());
        say(
            p,
            pos2(rect.right(), base),
            Align::Max,
            look.locale.t_args("late-longest", &[("age", &age)]),
            Role::BODY,
            look.text3(),
        )
    });
    let end = longest.map_or(rect.right(), |said| said.left() - 16.0);
    let ink = if feed.is_grey() { look.ink(|p| p.stale) } else { look.text1() };
    let steps = steps(look.workflow(), look.locale, |stage| view.late[stage] > 0);
    let mut x = rect.left();
    for step in &steps {
        let n: u32 = view.late[step.first..=step.last].iter().sum();
        if n == 0 {
            continue;
        }
        let (label, n) = (format!("{} ", step.label), look.count(n));
        let pieces = [(label.as_str(), Role::BODY, look.text2()), (n.as_str(), Role::BODY_STRONG, ink)];
        let wide: f32 = pieces.iter().map(|(text, role, _)| super::pen::width(p, *text, *role)).sum();
        if x + wide > end {
            say(p, pos2(x, base), Align::Min, "…", Role::BODY, look.text2());
            break;
        }
        x = say_all(p, pos2(x, base), Align::Min, &pieces).right() + 24.0;
    }
    is_asked
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn two_working_hours_reach_over_the_weekend_but_not_for_emergencies() {
        let city = fixture::city();
        let mut tickets = Tickets::default();
        let calendar = Calendar::office_hours(fixture::zone());
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        // A Friday, an hour before the end of work.
        let now = at("2026-11-20T17:00:00+08:00");
        let mut add = |id: &str, due: &str, mode, signed: bool| {
            let mut ticket = city.tickets.by_id[&city.tickets.newest[0]].clone();
            (ticket.id, ticket.stage, ticket.mode) = (TicketId::new(id), Stage::Handle, mode);
            ticket.signed_at = signed.then_some(now);
            (ticket.sign_due, ticket.handle_due) = (Some(at(due)), Some(at("2026-11-24T18:00:00+08:00")));
            if signed {
                ticket.handle_due = Some(at(due));
            }
            tickets.by_id.insert(ticket.id.clone(), ticket);
        };
        add("monday", "2026-11-23T09:30:00+08:00", HandlingMode::Ordinary, true);
        add("monday late", "2026-11-23T10:30:00+08:00", HandlingMode::Ordinary, true);
        add("emergency", "2026-11-23T09:30:00+08:00", HandlingMode::Emergency, true);
        add("emergency soon", "2026-11-20T18:50:00+08:00", HandlingMode::Emergency, false);
        add("late", "2026-11-20T11:00:00+08:00", HandlingMode::Ordinary, true);
        let in_hand: Vec<InHand> = tickets
            .by_id
            .values()
            .map(|ticket| InHand { id: ticket.id.clone(), reported_at: now, due: ticket.limit(), area: None })
            .collect();
        let view = DueView::of(&in_hand, &tickets, Some(&calendar), now);
        let soon: Vec<_> = view.soon.iter().map(|row| (row.id.as_str(), row.left.as_mins(), row.clock)).collect();
        assert_eq!(soon, [("monday", 90, ClockKind::Handle), ("emergency soon", 110, ClockKind::Sign)]);
        let then: Vec<_> = view.then.iter().map(|row| (row.id.as_str(), row.left.as_mins())).collect();
        assert_eq!(then, [("emergency", 64 * 60 + 30), ("monday late", 150)], "by when they are due");
        assert_eq!(view.late, [0, 0, 0, 0, 1, 0, 0, 0]);
        assert_eq!(view.longest, Some(SignedDuration::from_hours(4)), "lunch does not count");
    }

    #[test]
    fn what_is_due_later_has_the_room_that_few_leave_and_never_that_of_what_is_due() {
        let row = || DueRow { id: TicketId::new("a"), left: SignedDuration::from_hours(1), clock: ClockKind::Handle };
        let view = |soon, then| DueView { soon: vec![row(); soon], then: vec![row(); then], ..DueView::default() };
        let shown = |view: &DueView, height: f32| {
            let (room, then, step) = rows(view, height);
            let lines = if then > 0 { THEN_LINE } else { 0.0 } + if room.hidden > 0 { more::LINE } else { 0.0 };
            assert!((room.shown + then) as f32 * step + lines <= height + 0.5, "{room:?} {then} {step}");
            (room.shown, room.hidden, then)
        };
        assert_eq!(shown(&view(5, 9), 4.0 * ENTRY), (3, 2, 0));
        assert_eq!(shown(&view(1, 9), 5.0 * ENTRY), (1, 0, 3));
        assert_eq!(shown(&view(1, 1), 5.0 * ENTRY), (1, 0, 1));
        assert_eq!(shown(&view(0, 9), 3.0 * ENTRY), (0, 0, 2));
    }

    #[test]
    fn an_entry_leads_to_its_ticket_and_late_ones_are_counted() {
        let city = fixture::city();
        let digest = city.digest();
        let view = DueView::of(&digest.in_hand, &city.tickets, None, fixture::now());
        assert!(!view.soon.is_empty());
        let first = view.soon[0].id.clone();
        let drill = fixture::click(&city, first.as_str(), |ui, look, city| {
            flow_due_ui(ui, look, &city.areas, &city.tickets, &view)
        });
        assert_eq!(drill, Some(Intent::Drill(Drill::To(Target::Ticket(first)))));
        let late = fixture::click(&city, "已超时", |ui, look, city| {
            flow_due_ui(ui, look, &city.areas, &city.tickets, &view)
        });
        assert_eq!(late, Some(Intent::Behind(Some(Counted::Late(None)))));
        let total: u32 = view.late.iter().sum();
        let said = fixture::labels(&city, |ui, look, city| {
            flow_due_ui(ui, look, &city.areas, &city.tickets, &view);
        });
        assert!(said.contains(&format!("已超时 {total}")), "{said:?}");
    }
}
