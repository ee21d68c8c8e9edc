//! The selected ticket: number, category, chips, facts, two clocks, history, rating and what else happened there.
//!
//! The wall shows no reporter, no photos and no free text about persons; the contract does not even carry them. Partners:
//! `clocks.rs`, `timeline.rs`.

mod clocks;
mod timeline;

use bevy_egui::egui::{
    Align, CornerRadius, Painter, Pos2, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2,
};

use super::head::{announce, row};
use super::latest::{category_words, place_words, unit_words};
use super::look::{FeedLook, Look};
use super::pen::{centred, fit, freshness_glyph, rule, say, source_mark, width};
use super::style::{Role, colour};
use crate::city::{Detail, Freshness, Tickets};
use crate::domain::{AreaTable, Calendar, Feed, HandlingMode, Rating, Ticket, TicketDetail, TicketId};
use crate::selection::{Drill, Target};

/// Draws the panel for ticket `id`.
pub fn ticket_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    tickets: &Tickets,
    detail: &Detail,
    id: &TicketId,
) -> Option<Drill> {
    let full = match detail {
        Detail::Here(here) if here.ticket.id == *id => Some(here.as_ref()),
        _ => None,
    };
    // The list may be newer than the detail, or not have the ticket at all (an older one found by its number).
    let listed = tickets.by_id.get(id);
    let ticket = match (full, listed) {
        (Some(full), Some(listed)) if listed.ver > full.ticket.ver => Some(listed),
        (Some(full), _) => Some(&full.ticket),
        (None, listed) => listed,
    };
    let rect = ui.max_rect();
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("ticket"));
    inner.set_clip_rect(rect.expand2(vec2(8.0, 0.0)).intersect(ui.clip_rect()));
    ScrollArea::vertical()
        .id_salt(("ticket-scroll", id.as_str()))
        .auto_shrink([false, false])
        .show(&mut inner, |ui| {
            let at = ui.max_rect().min;
            let wide = ui.available_width() - 8.0;
            let (height, drill) =
                content(ui, look, areas, ticket, full, detail, id, Rect::from_min_size(at, vec2(wide, 100_000.0)));
            ui.allocate_space(vec2(wide, height));
            drill
        })
        .inner
}

/// Draws from the top of `rect`; returns the height used.
fn content(
    ui: &Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    ticket: Option<&Ticket>,
    full: Option<&TicketDetail>,
    state: &Detail,
    id: &TicketId,
    rect: Rect,
) -> (f32, Option<Drill>) {
    let k = look.k;
    let p = ui.painter();
    let role = Role::regular(15.0 * k);
    let mut y = rect.top();
    y += number_line(ui, look, full, id, rect.with_min_y(y));
    let Some(ticket) = ticket else {
        let words = match state {
            Detail::Failed(..) => "ticket-failed",
            Detail::Asked(_) | Detail::Here(_) => "ticket-asked",
            Detail::None => "ticket-unlisted",
        };
        say(p, pos2(rect.left(), y + 28.0 * k), Align::Min, look.t(words), Role::regular(18.0 * k), look.text3());
        y += 40.0 * k;
        y += failure(p, look, state, rect.with_min_y(y));
        return (y - rect.top(), None);
    };
    // Its clocks stand still at the moment when it was last current.
    let feed = look.feed(Feed::Tickets);
    let still = feed.as_of.filter(|_| feed.is_grey()).map(|at| look.standing_at(at));
    let now = still.as_ref().unwrap_or(look);
    y += heading(p, now, ticket, &feed, rect.with_min_y(y));
    let (used, mut drill) = facts(ui, look, areas, ticket, full, rect.with_min_y(y));
    y += used;
    rule(p, look.palette, rect.left()..=rect.right(), y + 10.0 * k);
    y += 22.0 * k;
    let Some(full) = full else {
        if !matches!(state, Detail::Failed(..)) {
            say(p, pos2(rect.left(), y + 16.0 * k), Align::Min, look.t("ticket-asked"), role, look.text3());
            y += 28.0 * k;
        } else {
            say(p, pos2(rect.left(), y + 16.0 * k), Align::Min, look.t("ticket-failed"), role, look.text1());
            y += 28.0 * k;
        }
        y += failure(p, look, state, rect.with_min_y(y));
        return (y - rect.top(), drill);
    };
    if !full.clocks.is_empty() {
        let fallback;
        let calendar = match look.site {
            Some(site) => &site.calendar,
            None => {
                fallback = Calendar::office_hours(look.zone.clone());
                &fallback
            }
        };
        y += clocks::paint(p, now, &full.clocks, calendar, &feed, rect.with_min_y(y));
        rule(p, look.palette, rect.left()..=rect.right(), y + 8.0 * k);
        y += 20.0 * k;
    }
    y += section(p, look, &look.t("timeline-title"), &look.t("timeline-spent"), rect.with_min_y(y));
    announce(
        ui,
        Rect::from_min_size(pos2(rect.left(), y), vec2(rect.width(), 10.0)),
        "timeline",
        &look.t("timeline-title"),
    );
    y += timeline::paint(p, now, full, &feed, rect.with_min_y(y));
    rule(p, look.palette, rect.left()..=rect.right(), y + 8.0 * k);
    y += 20.0 * k;
    y += lanes(p, look, full, ticket, rect.with_min_y(y));
    let (used, to) = related(ui, look, full, rect.with_min_y(y));
    drill = drill.or(to);
    (y + used + 12.0 * k - rect.top(), drill)
}

/// The number at the left, as-of and freshness at the right.
fn number_line(ui: &Ui, look: &Look<'_>, full: Option<&TicketDetail>, id: &TicketId, rect: Rect) -> f32 {
    let k = look.k;
    let p = ui.painter();
    let feed = look.feed(Feed::Tickets);
    let middle = rect.top() + 14.0 * k;
    let glyph = 16.0 * k;
    let rung = if full.is_some() { feed.rung } else { Freshness::Never };
    freshness_glyph(p, look.palette, pos2(rect.right() - glyph / 2.0, middle), glyph, rung);
    let note = match full {
        Some(full) if !feed.is_grey() => {
            look.locale.t_args("as-of", &[("time", &crate::locale::hms(full.as_of, &look.zone))])
        }
        Some(_) => feed.note(look),
        None => String::new(),
    };
    let role = Role::regular(15.0 * k);
    let said = say(p, pos2(rect.right() - glyph - 8.0, centred(middle, role)), Align::Max, note, role, look.text3());
    let number = Role::regular(16.0 * k);
    let room = said.left() - rect.left() - 12.0;
    let covered =
        fit(p, pos2(rect.left(), centred(middle, number)), Align::Min, id.as_str(), number, look.text3(), room);
    announce(ui, covered, "number", id.as_str());
    30.0 * k
}

/// The category in 28, the stage and the mode as chips.
fn heading(p: &Painter, look: &Look<'_>, ticket: &Ticket, feed: &FeedLook<'_>, rect: Rect) -> f32 {
    let k = look.k;
    let role = Role::medium(28.0 * k);
    let chip_role = Role::regular(15.0 * k);
    let stage = look.locale.stage(look.workflow(), ticket.stage).into_owned();
    let mut chips = vec![(stage, true)];
    if ticket.mode != HandlingMode::Ordinary {
        chips.push((look.t(mode_key(ticket.mode)).into_owned(), false));
    }
    if ticket.suspended_since.is_some() {
        chips.push((look.t("clock-paused").into_owned(), false));
    }
    if ticket.is_overdue(look.now.at) && feed.has_values() {
        chips.push((look.t("clock-late").into_owned(), false));
    }
    let chips_wide: f32 = chips.iter().map(|(text, _)| width(p, text.as_str(), chip_role) + 18.0 * k + 10.0 * k).sum();
    let middle = rect.top() + 20.0 * k;
    let ink = if feed.is_grey() { look.ink(|p| p.stale) } else { look.text1() };
    let room = (rect.width() - chips_wide - 8.0).max(80.0);
    let said =
        fit(p, pos2(rect.left(), centred(middle, role)), Align::Min, category_words(look, ticket), role, ink, room);
    let mut x = said.right() + 14.0 * k;
    for (text, filled) in chips {
        x = chip(p, look, pos2(x, middle), &text, chip_role, filled) + 10.0 * k;
    }
    48.0 * k
}

/// A chip with its left end at `at`; returns its right end.
fn chip(p: &Painter, look: &Look<'_>, at: Pos2, text: &str, role: Role, filled: bool) -> f32 {
    let wide = width(p, text, role) + role.size * 1.2;
    let rect = Rect::from_min_size(pos2(at.x, at.y - role.size * 0.8), vec2(wide, role.size * 1.6));
    if filled {
        p.rect_filled(rect, CornerRadius::same(4), look.ink(|p| p.bg3));
    } else {
        p.rect_stroke(rect, CornerRadius::same(4), Stroke::new(1.0, look.ink(|p| p.line2)), StrokeKind::Inside);
    }
    say(p, pos2(at.x + role.size * 0.6, centred(at.y, role)), Align::Min, text, role, look.text1());
    rect.right()
}

const fn mode_key(mode: HandlingMode) -> &'static str {
    match mode {
        HandlingMode::Ordinary => "mode-ordinary",
        HandlingMode::Joint => "mode-joint",
        HandlingMode::Consult => "mode-consult",
        HandlingMode::Emergency => "mode-emergency",
        HandlingMode::Special => "mode-special",
        HandlingMode::Supervised => "mode-supervised",
    }
}

/// Place, source, lead unit, time of report; the place is a way up to its area.
fn facts(
    ui: &Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    ticket: &Ticket,
    full: Option<&TicketDetail>,
    rect: Rect,
) -> (f32, Option<Drill>) {
    let k = look.k;
    let p = ui.painter();
    let role = Role::regular(15.0 * k);
    let labels = 56.0 * k + if look.locale == crate::locale::Locale::En { 22.0 * k } else { 0.0 };
    let half = rect.width() / 2.0;
    let line = 27.0 * k;
    let cell = |i: usize| pos2(rect.left() + half * (i % 2) as f32, rect.top() + line * (i / 2) as f32);
    let mut place = place_words(look, areas, ticket);
    if matches!(ticket.position, crate::domain::Position::Outside) {
        place = format!("{place} · {}", look.t("outside"));
    }
    let source = look.locale.source(ticket.source).into_owned();
    let agency = ticket.agency.as_deref().map_or("—", |unit| unit_words(look, areas, unit)).to_owned();
    let reported = look.locale.moment(ticket.reported_at, look.now.at, &look.zone);
    let mut drill = None;
    let rows = [("place", place), ("source", source), ("agency", agency), ("reported", reported)];
    for (i, (key, value)) in rows.into_iter().enumerate() {
        let at = cell(i);
        let base = at.y + 18.0 * k;
        let mut from = at.x + labels;
        if key == "place"
            && let Some(code) = ticket.area.as_ref().filter(|code| areas.find(code).is_some())
        {
            let covered = Rect::from_min_size(pos2(from - 4.0, at.y), vec2(half - labels, line));
            if row(ui, look, covered, "place", &value).clicked() {
                drill = Some(Drill::To(Target::Area(code.clone())));
            }
        }
        fit(p, pos2(at.x, base), Align::Min, look.t(key), role, look.text3(), labels - 6.0);
        if key == "source" {
            source_mark(p, look.palette, pos2(from + 5.0 * k, base - 5.0 * k), 5.0 * k, ticket.source, None);
            from += 18.0 * k;
        }
        fit(p, pos2(from, base), Align::Min, value, role, look.text1(), at.x + half - from - 10.0);
    }
    let mut height = line * 2.0;
    if let Some(address) = full.and_then(|full| full.address.as_deref()).filter(|text| !text.is_empty()) {
        let base = rect.top() + height + 18.0 * k;
        fit(p, pos2(rect.left(), base), Align::Min, look.t("address"), role, look.text3(), labels - 6.0);
        fit(p, pos2(rect.left() + labels, base), Align::Min, address, role, look.text1(), rect.width() - labels);
        height += line;
    }
    (height, drill)
}

/// A section's title at the left, a note at the right.
fn section(p: &Painter, look: &Look<'_>, title: &str, note: &str, rect: Rect) -> f32 {
    let k = look.k;
    let (role, note_role) = (Role::medium(16.0 * k), Role::regular(15.0 * k));
    let base = rect.top() + 18.0 * k;
    say(p, pos2(rect.left(), base), Align::Min, title, role, look.text1());
    say(p, pos2(rect.right(), base), Align::Max, note, note_role, look.text3());
    28.0 * k
}

/// The lanes: rating, solved or not, done again, evidence.
fn lanes(p: &Painter, look: &Look<'_>, full: &TicketDetail, ticket: &Ticket, rect: Rect) -> f32 {
    let k = look.k;
    let role = Role::regular(15.0 * k);
    let mut y = rect.top() + section(p, look, &look.t("lanes-title"), "", rect);
    let rated = look.t(match ticket.rated {
        Rating::Yes => "lane-rated-yes",
        Rating::No => "lane-rated-no",
        Rating::None => "lane-unrated",
    });
    let solved = look.t(match ticket.resolved {
        Some(true) => "lane-resolved-yes",
        Some(false) => "lane-resolved-no",
        None => "lane-resolved-unknown",
    });
    let redo = match ticket.redo_count {
        0 => look.t("lane-no-redo").into_owned(),
        n => look.t_n("lane-redo", n),
    };
    let words = format!("{rated} · {solved} · {redo}");
    fit(p, pos2(rect.left(), y + 16.0 * k), Align::Min, words, role, look.text2(), rect.width());
    y += 28.0 * k;
    if full.evidence > 0 {
        let words = look.t_n("evidence", full.evidence);
        fit(p, pos2(rect.left(), y + 16.0 * k), Align::Min, words, role, look.text3(), rect.width());
        y += 28.0 * k;
    }
    y - rect.top()
}

/// Numbers of tickets at the same place, as many as fit in three lines; each goes there.
fn related(ui: &Ui, look: &Look<'_>, full: &TicketDetail, rect: Rect) -> (f32, Option<Drill>) {
    let k = look.k;
    let p = ui.painter();
    let role = Role::regular(15.0 * k);
    if full.related.is_empty() {
        say(p, pos2(rect.left(), rect.top() + 18.0 * k), Align::Min, look.t("related-none"), role, look.text3());
        return (28.0 * k, None);
    }
    let title = look.t_n("related-title", full.related.len() as u64);
    let mut y = rect.top() + section(p, look, &title, "", rect);
    let (mut x, mut lines, mut drill) = (rect.left(), 1, None);
    for id in &full.related {
        let wide = width(p, id.as_str(), role) + 16.0 * k;
        if x + wide > rect.right() && x > rect.left() {
            lines += 1;
            if lines > 3 {
                break;
            }
            (x, y) = (rect.left(), y + 30.0 * k);
        }
        let chip = Rect::from_min_size(pos2(x, y), vec2(wide - 8.0 * k, 26.0 * k));
        let response = row(ui, look, chip, ("related", id.as_str()), id.as_str());
        debug_assert_eq!(response.sense, Sense::click());
        if response.clicked() {
            drill = Some(Drill::To(Target::Ticket(id.clone())));
        }
        say(p, pos2(x, centred(chip.center().y, role)), Align::Min, id.as_str(), role, colour(look.palette.accent));
        x += wide;
    }
    (y + 30.0 * k - rect.top(), drill)
}

/// Why there is no detail, in the platform thread's own words, wrapped by hand to a few lines.
fn failure(p: &Painter, look: &Look<'_>, state: &Detail, rect: Rect) -> f32 {
    let Detail::Failed(_, trouble) = state else { return 0.0 };
    let k = look.k;
    let role = Role::regular(15.0 * k);
    say(p, pos2(rect.left(), rect.top() + 16.0 * k), Align::Min, look.t(trouble.key()), role, look.text2());
    fit(p, pos2(rect.left(), rect.top() + 40.0 * k), Align::Min, trouble.detail(), role, look.text3(), rect.width());
    52.0 * k
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::domain::Trouble;

    #[test]
    fn related_tickets_and_the_place_are_ways_on() {
        let city = fixture::city();
        let detail = fixture::detail(&city);
        let (id, related) = (detail.ticket.id.clone(), detail.related[0].clone());
        let area = detail.ticket.area.clone().unwrap();
        let state = Detail::Here(Box::new(detail));
        let show = |ui: &mut Ui, look: &Look<'_>, city: &fixture::City| {
            ticket_ui(ui, look, &city.areas, &city.tickets, &state, &id)
        };
        assert_eq!(fixture::click(&city, related.as_str(), show), Some(Drill::To(Target::Ticket(related))));
        let name = city.areas.get(city.areas.find(&area).unwrap()).name.clone();
        assert_eq!(fixture::click(&city, &name, show), Some(Drill::To(Target::Area(area))));
    }

    #[test]
    fn without_detail_it_draws_what_the_list_knows() {
        let city = fixture::city();
        let id = city.tickets.newest[0].clone();
        let trouble = Trouble::TimedOut { detail: "GET http://127.0.0.1/x: 10 s".into() };
        for state in [Detail::None, Detail::Asked(id.clone()), Detail::Failed(id.clone(), trouble)] {
            let labels = fixture::labels(&city, |ui, look, city| {
                ticket_ui(ui, look, &city.areas, &city.tickets, &state, &id);
            });
            assert!(labels.iter().any(|label| label == id.as_str()));
        }
        let nobody = TicketId::new("HC000000-0000");
        fixture::labels(&city, |ui, look, city| {
            ticket_ui(ui, look, &city.areas, &city.tickets, &Detail::Asked(nobody.clone()), &nobody);
        });
    }
}
