//! 超时与将到期: the area's tickets that are late, then those whose limit runs out next, in time on their own clock.

use bevy_egui::egui::{Align, Rect, Stroke, Ui, pos2};
use jiff::Timestamp;

use super::super::flow_due::on_clock;
use super::super::head::{empty, head, row};
use super::super::latest::{category_words, place_words};
use super::super::look::Look;
use super::super::more::{Room, more_ui};
use super::super::pen::{centred, fit, width};
use super::super::style::Role;
use super::digest::{AreaDigest, Limit};
use crate::city::{Freshness, Tickets};
use crate::domain::{AreaTable, Feed, Ticket};
use crate::selection::{Drill, Target};

/// Height of an entry.
const ENTRY: f32 = 44.0;

/// Draws the panel. A click goes to the ticket.
pub fn limits_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    tickets: &Tickets,
    digest: &AreaDigest,
) -> Option<Drill> {
    let feed = look.feed(Feed::Tickets);
    let late = digest.limits.iter().filter(|limit| limit.is_late).count();
    let note = look.t_n("area-limits-note", late as u64);
    let body = head(ui, look, &look.t("area-limits-title"), Some(note), &feed);
    if digest.limits.is_empty() || !feed.has_values() {
        let words = match feed.rung {
            Freshness::Never => "connecting",
            Freshness::Expired => "silent-list",
            _ => "area-limits-none",
        };
        empty(ui.painter(), look, body, &look.t(words));
        return None;
    }
    let now = feed.as_of.filter(|_| feed.is_grey()).unwrap_or(look.now.at);
    let room = Room::of(digest.limits.len(), ENTRY, body.height());
    more_ui(ui, look, body, body.top() + ENTRY * room.shown as f32, "more-tickets", room.hidden);
    let listed: Vec<(&Limit, &Ticket, String)> = digest
        .limits
        .iter()
        .filter_map(|limit| Some((limit, tickets.by_id.get(&limit.id)?)))
        .take(room.shown)
        .map(|(limit, ticket)| (limit, ticket, time_words(look, limit, ticket, now)))
        .collect();
    let wide = |words: &str| width(ui.painter(), words, Role::BODY_STRONG);
    let column = listed.iter().map(|(.., words)| wide(words)).fold(80.0, f32::max).min(body.width() * 0.42) + 16.0;
    let mut drill = None;
    for (nth, (limit, ticket, time)) in listed.iter().enumerate() {
        let top = body.top() + nth as f32 * ENTRY;
        let rect = Rect::from_min_max(pos2(body.left(), top), pos2(body.right(), top + ENTRY));
        let category = category_words(look, ticket);
        let label = format!("{} {category} {time}", ticket.id);
        if row(ui, look, rect, ("limit", ticket.id.as_str()), &label).clicked() {
            drill = Some(Drill::To(Target::Ticket(ticket.id.clone())));
        }
        let p = ui.painter();
        if nth > 0 {
            p.hline(rect.x_range(), top, Stroke::new(1.0, look.ink(|p| p.line1)));
        }
        let base = centred(rect.center().y, Role::BODY);
        let strong = if feed.is_grey() { look.ink(|p| p.stale) } else { look.text1() };
        let ink = if limit.is_late { strong } else { look.text2() };
        let role = if limit.is_late { Role::BODY_STRONG } else { Role::BODY };
        fit(p, pos2(rect.left(), base), Align::Min, time.as_str(), role, ink, column - 8.0);
        let x = rect.left() + column;
        let said = fit(p, pos2(x, base), Align::Min, category, Role::BODY, strong, (rect.right() - x) * 0.56);
        let place = place_words(look, areas, ticket);
        // The street is the one that is looked at, or above it: the last part says where.
        let place = place.rsplit(" · ").next().unwrap_or_default();
        let room = rect.right() - said.right() - 14.0;
        if room > 40.0 {
            fit(p, pos2(rect.right(), base), Align::Max, place, Role::BODY, look.text3(), room);
        }
    }
    drill
}

/// `超 3.2 时` or `剩 40 分`, in working time unless the ticket's clock runs day and night.
fn time_words(look: &Look<'_>, limit: &Limit, ticket: &Ticket, now: Timestamp) -> String {
    let calendar = look.site.map(|site| &site.calendar);
    let (key, time) = if limit.is_late {
        ("area-late", on_clock(ticket, calendar, limit.due, now))
    } else {
        ("area-left", on_clock(ticket, calendar, now, limit.due))
    };
    look.locale.t_args(key, &[("time", &look.locale.span(time.as_secs()))])
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;

    #[test]
    fn the_first_is_the_one_late_longest_and_a_click_goes_to_it() {
        let city = fixture::city();
        let root = city.areas.root().unwrap();
        let digest = AreaDigest::of(&city.tickets, &city.areas, root, fixture::now(), &fixture::zone());
        let first = digest.limits.first().expect("something has a limit").clone();
        let drill = fixture::click(&city, first.id.as_str(), |ui, look, city| {
            limits_ui(ui, look, &city.areas, &city.tickets, &digest)
        });
        assert_eq!(drill, Some(Drill::To(Target::Ticket(first.id.clone()))));
        let labels = fixture::labels(&city, |ui, look, city| {
            _ = limits_ui(ui, look, &city.areas, &city.tickets, &digest);
        });
        let said = labels.iter().find(|label| label.contains(first.id.as_str())).unwrap();
        assert_eq!(said.contains("超 "), first.is_late, "{said}");
    }
}
