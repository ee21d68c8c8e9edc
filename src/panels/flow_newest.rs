//! 最新工单 of the flow scene: the newest tickets, each with how far it has come as a row of dots.

use bevy_egui::egui::{Align, Rect, Stroke, Ui, pos2};

use super::head::{empty, head, row};
use super::latest::{SILENCE, category_words, place_within, place_words, silence};
use super::look::Look;
use super::pen::{fit, say, source_mark};
use super::steps::{SiteStep, steps};
use super::style::Role;
use crate::city::{Freshness, Tickets};
use crate::domain::{AreaTable, Feed, Stage, Ticket, TicketId};
use crate::selection::{Drill, Target};

/// Height of one entry.
const ENTRY: f32 = 77.0;
/// From dot to dot.
const DOT_STEP: f32 = 13.0;

/// How far a ticket has come: the index of its step; the number of steps once it is closed.
pub fn progress(stage: Stage, steps: &[SiteStep]) -> usize {
    let Some(depth) = Stage::IN_HAND.iter().position(|other| *other == stage) else { return steps.len() };
    steps.iter().position(|step| step.holds(depth)).unwrap_or(0)
}

/// Draws the panel.
pub fn flow_newest_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    (tickets, newest): (&Tickets, &[TicketId]),
) -> Option<Drill> {
    let feed = look.feed(Feed::Tickets);
    let mut body = head(ui, look, &look.t("latest-title"), None, &feed);
    if feed.rung == Freshness::Never || newest.is_empty() {
        let words = if feed.rung == Freshness::Never { "connecting" } else { "no-tickets" };
        empty(ui.painter(), look, body, &look.t(words));
        return None;
    }
    if feed.is_grey() {
        silence(ui, look, tickets, body);
        body.min.y += SILENCE;
        if !feed.has_values() {
            return None;
        }
    }
    let steps = steps(look.workflow(), look.locale, |_| false);
    let count = (body.height() / ENTRY).floor().max(0.0) as usize;
    let shown = newest.iter().filter_map(|id| tickets.by_id.get(id)).take(count);
    let mut drill = None;
    for (nth, ticket) in shown.enumerate() {
        let top = body.top() + nth as f32 * ENTRY;
        let rect = Rect::from_min_max(pos2(body.left(), top), pos2(body.right(), top + ENTRY));
        if nth > 0 {
            ui.painter().hline(rect.x_range(), top, Stroke::new(1.0, look.ink(|p| p.line1)));
        }
        if entry(ui, look, areas, ticket, &steps, rect, feed.is_grey()) {
            drill = Some(Drill::To(Target::Ticket(ticket.id.clone())));
        }
    }
    drill
}

fn entry(
    ui: &Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    ticket: &Ticket,
    steps: &[SiteStep],
    rect: Rect,
    is_grey: bool,
) -> bool {
    let (category, place) = (category_words(look, ticket), place_words(look, areas, ticket));
    let stage = look.locale.stage(look.workflow(), ticket.stage);
    let label = format!("{} {category} {place} {stage}", ticket.id);
    let clicked = row(ui, look, rect, ("newest", ticket.id.as_str()), &label).clicked();
    let p = ui.painter();
    let (first, second) = (rect.top() + 32.0, rect.top() + 60.0);
    let ink = if is_grey { look.ink(|p| p.stale) } else { look.text1() };
    let (clock, day) = look.locale.moment_lines(ticket.reported_at, look.now.at, &look.zone);
    let said = say(p, pos2(rect.left(), first), Align::Min, clock, Role::ROW, look.text3());
    let start = (rect.left() + 72.0).max(said.right() + 12.0);
    // Below it, so that the names of one day stand where those of the next do.
    if let Some(day) = day {
        say(p, pos2(rect.left(), second), Align::Min, day, Role::BODY, look.text3());
    }

    let done = progress(ticket.stage, steps);
    let dots_left = rect.right() - DOT_STEP * (steps.len().max(1) - 1) as f32 - 6.0;
    for nth in 0..steps.len() {
        let centre = pos2(dots_left + nth as f32 * DOT_STEP, first - 10.0);
        let (radius, ink) = match nth.cmp(&done) {
            std::cmp::Ordering::Less => (3.0, look.text2()),
            std::cmp::Ordering::Equal if is_grey => (5.0, look.ink(|p| p.stale)),
            std::cmp::Ordering::Equal => (5.0, look.ink(|p| p.accent)),
            std::cmp::Ordering::Greater => (3.0, look.ink(|p| p.line2)),
        };
        p.circle_filled(centre, radius, ink);
    }
    source_mark(p, look.palette, pos2(start + 7.0, first - 8.0), 6.5, ticket.source, is_grey.then_some(ink));
    let named = start + 24.0;
    fit(p, pos2(named, first), Align::Min, category, Role::ROW_STRONG, ink, (dots_left - named - 16.0).max(60.0));
    let said = say(p, pos2(rect.right(), second), Align::Max, stage, Role::BODY, look.text2());
    let room = said.left() - start - 14.0;
    let place = place_within(p, look, areas, ticket, room);
    fit(p, pos2(start, second), Align::Min, place, Role::BODY, look.text2(), room);
    clicked
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn progress_follows_the_site_s_steps() {
        let steps = steps(None, Locale::ZhCn, |_| false);
        assert_eq!([Stage::Collect, Stage::Handle, Stage::Closed].map(|stage| progress(stage, &steps)), [0, 4, 8]);
    }

    #[test]
    fn a_click_on_an_entry_goes_to_its_ticket() {
        let city = fixture::city();
        let newest = city.tickets.newest[2].clone();
        let drill = fixture::click(&city, newest.as_str(), |ui, look, city| {
            flow_newest_ui(ui, look, &city.areas, (&city.tickets, &city.tickets.newest))
        });
        assert_eq!(drill, Some(Drill::To(Target::Ticket(newest))));
    }
}
