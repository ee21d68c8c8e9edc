//! Tickets in hand of the selected area, as a desk reads them: time, category, grid, stage, time left. Any length: only
//! the rows in view are laid out.

use bevy_egui::egui::{
    Align, Color32, CornerRadius, Rect, ScrollArea, Sense, Stroke, Ui, UiBuilder, WidgetInfo, WidgetType, pos2, vec2,
};
use jiff::Timestamp;

use super::digest::Order;
use super::head::{empty, head_of, row};
use super::latest::category_words;
use super::look::Look;
use super::pen::{centred, fit, say, source_mark};
use super::style::{Role, colour, faint};
use crate::city::{Freshness, Tickets};
use crate::domain::{AreaTable, Feed, Ticket, TicketId};
use crate::locale::{clock_span, hm};
use crate::selection::{Drill, Target};

/// What a table asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum TableIntent {
    /// Go to a ticket.
    Drill(Drill),
    /// Sort otherwise.
    Sort(Order),
}

/// Time left until the next limit: `02:41`, `3.2 天`, `超 1.2 时`; `—` without one. True if late.
pub fn left_words(look: &Look<'_>, ticket: &Ticket, now: Timestamp) -> (String, bool) {
    let Some(due) = ticket.limit() else { return ("—".to_owned(), false) };
    let left = due.duration_since(now);
    if left.is_negative() {
        return (look.locale.t_args("table-late", &[("age", &look.locale.span(-left.as_secs()))]), true);
    }
    let words = if left.as_hours() < 24 { clock_span(left) } else { look.locale.span(left.as_secs()) };
    (words, false)
}

/// Draws the table of `rows`; `selected` is marked.
pub fn table_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    tickets: &Tickets,
    rows: &[TicketId],
    selected: Option<&TicketId>,
    order: Order,
) -> Option<TableIntent> {
    let k = look.k;
    let (body_role, strong) = (Role::regular(15.0 * k), Role::medium(15.0 * k));
    let feed = look.feed(Feed::Tickets);
    let note = look.t_n("table-note", rows.len() as u64);
    let title = Role { size: 18.0 * k, ..Role::medium(18.0) };
    let body = head_of(ui, look, &look.t("table-title"), Some(note), &feed, title, body_role);
    if feed.rung == Freshness::Never {
        empty(ui.painter(), look, body, &look.t("connecting"));
        return None;
    }
    let columns = Columns::of(body, k);
    let line = Rect::from_min_size(body.min, vec2(body.width(), 32.0 * k));
    let mut intent = None;
    let base = centred(line.center().y, body_role);
    {
        let p = ui.painter();
        for (x, key) in [
            (columns.time, "table-time"),
            (columns.category, "table-category"),
            (columns.area, "table-area"),
            (columns.stage.unwrap_or(f32::NAN), "table-stage"),
        ] {
            if x.is_nan() {
                continue;
            }
            say(p, pos2(x, base), Align::Min, look.t(key), body_role, look.text3());
        }
    }
    // The two columns one can sort by: a click on the head of the one that is not in force.
    for (rect, key, its) in [
        (Rect::from_min_max(line.min, pos2(columns.category - 4.0, line.bottom())), "table-time", Order::Newest),
        (Rect::from_min_max(pos2(columns.left - 80.0 * k, line.top()), line.max), "table-left", Order::SoonestDue),
    ] {
        let response = ui.interact(rect, ui.id().with(key), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, look.t(key)));
        let ink = if order == its { look.text1() } else { look.text3() };
        if key == "table-left" {
            say(ui.painter(), pos2(columns.left, base), Align::Max, look.t(key), body_role, ink);
        } else {
            say(ui.painter(), pos2(columns.time, base), Align::Min, look.t(key), body_role, ink);
        }
        if response.clicked() && order != its {
            intent = Some(TableIntent::Sort(its));
        }
    }
    ui.painter().hline(line.x_range(), line.bottom(), Stroke::new(1.0, look.ink(|p| p.line1)));
    let list = Rect::from_min_max(line.left_bottom(), body.max);
    if rows.is_empty() {
        empty(ui.painter(), look, list.translate(vec2(0.0, 8.0)), &look.t("table-empty"));
        return intent;
    }
    let step = 40.0 * k;
    // Whole rows only.
    let list = list.with_max_y(list.min.y + (list.height() / step).floor() * step);
    let mut inner = ui.new_child(UiBuilder::new().max_rect(list).id_salt("table"));
    inner.set_clip_rect(list.expand2(vec2(8.0, 0.0)).intersect(ui.clip_rect()));
    ScrollArea::vertical().auto_shrink([false, false]).show_rows(&mut inner, step, rows.len(), |ui, range| {
        for id in &rows[range] {
            let (_, rect) = ui.allocate_space(vec2(ui.available_width(), step));
            let Some(ticket) = tickets.by_id.get(id) else { continue };
            if entry(ui, look, areas, ticket, rect, &columns, selected == Some(id), [body_role, strong]) {
                intent = Some(TableIntent::Drill(Drill::To(Target::Ticket(id.clone()))));
            }
        }
    });
    intent
}

/// The left edges of the columns, and the right edge of the last.
struct Columns {
    time: f32,
    category: f32,
    area: f32,
    /// Left out where there is no room for it beside a readable category.
    stage: Option<f32>,
    left: f32,
}

impl Columns {
    fn of(body: Rect, k: f32) -> Self {
        let right = body.right() - 8.0;
        let category = body.left() + 58.0 * k;
        let stage = right - 142.0 * k;
        let has_room = stage - 96.0 * k - category >= 110.0 * k;
        let area = if has_room { stage - 96.0 * k } else { right - 168.0 * k };
        Self { time: body.left(), category, area, stage: has_room.then_some(stage), left: right }
    }
}

fn entry(
    ui: &Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    ticket: &Ticket,
    rect: Rect,
    columns: &Columns,
    is_selected: bool,
    [role, strong]: [Role; 2],
) -> bool {
    let category = category_words(look, ticket);
    // What is no longer current stands still at the moment it was; lost for long, nobody knows what is left.
    let feed = look.feed(Feed::Tickets);
    let (left, is_late) = match feed.has_values() {
        true => left_words(look, ticket, feed.as_of.filter(|_| feed.is_grey()).unwrap_or(look.now.at)),
        false => ("—".to_owned(), false),
    };
    let clicked =
        row(ui, look, rect, ("table", ticket.id.as_str()), &format!("{} {category} {left}", ticket.id)).clicked();
    let p = ui.painter();
    if is_selected {
        p.rect_filled(rect.expand2(vec2(6.0, 0.0)), CornerRadius::ZERO, faint(look.palette.bg3, 0.9));
        let edge = Rect::from_min_max(pos2(rect.left() - 6.0, rect.top()), pos2(rect.left() - 3.0, rect.bottom()));
        p.rect_filled(edge, CornerRadius::ZERO, colour(look.palette.accent));
    }
    p.hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, look.ink(|p| p.line1)));
    let base = centred(rect.center().y, role);
    let grey: Option<Color32> = feed.is_grey().then(|| look.ink(|p| p.stale));
    let today = look.civil().date();
    let reported = ticket.reported_at.to_zoned(look.zone.clone());
    let when = if reported.date() == today {
        hm(ticket.reported_at, &look.zone)
    } else {
        format!("{:02}-{:02}", reported.month(), reported.day())
    };
    say(p, pos2(columns.time, base), Align::Min, when, role, look.text3());
    source_mark(p, look.palette, pos2(columns.category + 5.0, rect.center().y), role.size * 0.33, ticket.source, grey);
    let from = columns.category + role.size * 1.2;
    let main = if is_selected { strong } else { role };
    fit(p, pos2(from, base), Align::Min, category, main, grey.unwrap_or(look.text1()), columns.area - from - 6.0);
    let area = ticket.area.as_ref().and_then(|code| areas.find(code)).map(|id| look.locale.area_name(areas.get(id)));
    let area = area.map_or("—", |name| name.strip_suffix("网格").filter(|rest| !rest.is_empty()).unwrap_or(name));
    let said = say(
        p,
        pos2(columns.left, base),
        Align::Max,
        left,
        if is_late { strong } else { role },
        grey.unwrap_or(if is_late { look.text1() } else { look.text2() }),
    );
    let area_room = columns.stage.unwrap_or(said.left()) - columns.area - 8.0;
    fit(p, pos2(columns.area, base), Align::Min, area, role, look.text2(), area_room);
    if let Some(x) = columns.stage {
        let stage = look.locale.stage(look.workflow(), ticket.stage);
        fit(p, pos2(x, base), Align::Min, stage, role, look.text2(), said.left() - x - 8.0);
    }
    clicked
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::super::look::tests::{feeds, look};
    use super::*;

    #[test]
    fn a_click_goes_to_the_ticket_and_a_head_sorts() {
        let city = fixture::city();
        let rows = city.digest().rows(&city.areas, None, Order::Newest);
        let wanted = rows[2].clone();
        let show = |ui: &mut Ui, look: &Look<'_>, city: &fixture::City| {
            table_ui(ui, look, &city.areas, &city.tickets, &rows, None, Order::Newest)
        };
        let got = fixture::click(&city, wanted.as_str(), show);
        assert_eq!(got, Some(TableIntent::Drill(Drill::To(Target::Ticket(wanted)))));
        assert_eq!(fixture::click(&city, "剩余", show), Some(TableIntent::Sort(Order::SoonestDue)));
    }

    #[test]
    fn time_left_is_exact_and_late_says_late() {
        let city = fixture::city();
        let feeds = feeds(Freshness::Live, 1, city.mono);
        let look = look(&feeds, Some(&city.site), city.mono);
        let mut ticket = city.tickets.by_id.values().find(|ticket| ticket.is_in_hand()).unwrap().clone();
        let now = look.now.at;
        let hours = |n: i64| Some(now + jiff::SignedDuration::from_mins(n * 60 + 1));
        (ticket.stage, ticket.suspended_since, ticket.signed_at) = (crate::domain::Stage::Handle, None, Some(now));
        ticket.handle_due = hours(2);
        assert_eq!(left_words(&look, &ticket, now), ("02:01".into(), false));
        ticket.handle_due = hours(80);
        assert_eq!(left_words(&look, &ticket, now), ("3.3 天".into(), false));
        ticket.handle_due = hours(-3);
        assert_eq!(left_words(&look, &ticket, now), ("超 2.9 时".into(), true));
        ticket.suspended_since = Some(now);
        assert_eq!(left_words(&look, &ticket, now), ("—".into(), false));
    }
}
