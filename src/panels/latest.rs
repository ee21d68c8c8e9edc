//! 最新工单: the newest tickets, each a way down. When data stop coming it says so instead of looking calm.

use bevy_egui::egui::scroll_area::ScrollBarVisibility;
use bevy_egui::egui::{Align, Painter, Rect, ScrollArea, Stroke, Ui, pos2, vec2};
use jiff::Timestamp;

use super::head::{empty, head, row};
use super::look::Look;
use super::pen::{fit, freshness_glyph, rule, say, source_mark, width};
use super::style::Role;
use crate::city::{Freshness, Tallies, Tickets};
use crate::domain::{AreaTable, Feed, Level, Ticket, TicketId};
use crate::locale::{Locale, hm};
use crate::scene::{Bound, Campaign};
use crate::selection::{Drill, Target};

/// Height of one entry of two lines.
const ENTRY: f32 = 58.0;
/// Height of the words about silence.
pub(super) const SILENCE: f32 = 106.0;
/// Below this height there is room for neither head nor entries of two lines.
const LOW: f32 = 170.0;
/// Height of an entry of one line.
const LINE: f32 = 40.0;
/// Most entries listed.
const MOST: usize = 100;

/// Where a ticket is, in few words: `望澜 · 盐坊11网格`, the community without a grid, or 不在图上.
pub fn place_words(look: &Look<'_>, areas: &AreaTable, ticket: &Ticket) -> String {
    let Some(id) = ticket.area.as_ref().and_then(|code| areas.find(code)) else {
        return look.t(if ticket.position.lonlat().is_some() { "unknown-area" } else { "not-on-map" }).into_owned();
    };
    let area = areas.get(id);
    let own = look.locale.short_area_name(area);
    match areas.ancestor_at(id, Level::Street) {
        Some(street) if street != id => format!("{} · {own}", look.locale.short_area_name(areas.get(street))),
        _ => own.to_owned(),
    }
}

/// The same in at most this width: without the street where there is no room for it.
pub fn place_within(p: &Painter, look: &Look<'_>, areas: &AreaTable, ticket: &Ticket, room: f32) -> String {
    let words = place_words(look, areas, ticket);
    match words.rsplit_once(" · ") {
        Some((_, own)) if width(p, words.as_str(), Role::BODY) > room => own.to_owned(),
        _ => words,
    }
}

/// The category as it is shown; a ticket without one shows its group or its code.
pub fn category_words<'a>(look: &Look<'_>, ticket: &'a Ticket) -> &'a str {
    look.locale.term(category_of(ticket))
}

/// The same as the data have it.
pub fn category_of(ticket: &Ticket) -> &str {
    [&ticket.category, &ticket.category_group, &ticket.category_code]
        .into_iter()
        .find(|text| !text.is_empty())
        .map_or("—", |text| text)
}

/// A unit by its name in data: a department, or the office of a street or community.
pub fn unit_words<'a>(look: &Look<'_>, areas: &'a AreaTable, unit: &'a str) -> &'a str {
    if look.locale == Locale::ZhCn {
        return unit;
    }
    let place = ["街道办事处", "街道办", "街道"].iter().find_map(|end| unit.strip_suffix(end)).unwrap_or(unit);
    let is_this = |name: &str| name == unit || name == place || name.strip_suffix("街道") == Some(place);
    let mut known = [Level::Street, Level::Community].into_iter().flat_map(|level| areas.at_level(level));
    match known.find(|id| is_this(&areas.get(*id).name)) {
        Some(id) => look.locale.short_area_name(areas.get(id)),
        None => look.locale.term(unit),
    }
}

/// The newest tickets that a campaign is about, newest first, and how many of them are of today; `None` where today's are
/// more than the newest that are kept.
fn of_campaign(
    campaign: &Campaign,
    (tickets, newest): (&Tickets, &[TicketId]),
    day: Timestamp,
) -> (Vec<TicketId>, Option<u32>) {
    let listed = || newest.iter().filter_map(|id| tickets.by_id.get(id));
    let own = listed().filter(|it| campaign.categories.holds(it));
    let reaches_back = listed().any(|it| it.reported_at < day) || newest.len() == tickets.by_id.len();
    let own: Vec<&Ticket> = own.collect();
    let today = own.iter().filter(|it| it.reported_at >= day).count() as u32;
    (own.into_iter().map(|it| it.id.clone()).collect(), reaches_back.then_some(today))
}

/// Draws the panel, of all the newest tickets (as they were when panels were last told of tickets) or of those of the
/// campaign it is bound to.
pub fn latest_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    (tickets, newest): (&Tickets, &[TicketId]),
    tallies: &Tallies,
    bound: &Bound,
) -> Option<Drill> {
    let feed = look.feed(Feed::Tickets);
    let today: u32 = tallies.today.as_flattened().iter().sum();
    let (newest, today): (Vec<TicketId>, _) = match &bound.campaign {
        None => {
            // What is gone since is no entry.
            let held = newest.iter().filter(|id| tickets.by_id.get(id).is_some());
            (held.take(MOST).cloned().collect(), Some(today))
        }
        Some(campaign) => {
            let day = look.now.at.to_zoned(look.zone.clone()).start_of_day();
            let (own, today) = of_campaign(campaign, (tickets, newest), day.map_or(look.now.at, |day| day.timestamp()));
            (own, today)
        }
    };
    if ui.max_rect().height() < LOW {
        return lines_ui(ui, look, areas, (tickets, &newest));
    }
    let title = bound.title.as_ref().map_or_else(|| look.t("latest-title"), |it| look.locale.title_of(it).into());
    let mut body = head(ui, look, &title, today.map(|today| look.t_n("latest-note", today)), &feed);
    if feed.rung == Freshness::Never {
        empty(ui.painter(), look, body, &look.t("connecting"));
        return None;
    }
    if feed.is_grey() {
        silence(ui, look, tickets, body);
        body.min.y += SILENCE;
    } else if newest.is_empty() {
        empty(ui.painter(), look, body, &look.t("no-tickets"));
        return None;
    }
    // What was lost long ago is no longer listed: the words above say when the last one came.
    if body.height() < ENTRY || !feed.has_values() {
        return None;
    }
    // Whole entries only: half a line of text is no information.
    body.max.y = body.min.y + (body.height() / ENTRY).floor() * ENTRY;
    let mut drill = None;
    let count = newest.len().min(MOST);
    // The scroll bar stands beside the column, so that its entries end where all panels do.
    let wide = body.width();
    let mut ui = ui
        .new_child(bevy_egui::egui::UiBuilder::new().max_rect(body.with_max_x(body.right() + 14.0)).id_salt("latest"));
    ui.set_clip_rect(body.expand2(vec2(14.0, 0.0)).intersect(ui.clip_rect()));
    // On a wall nobody scrolls.
    let bar_seen =
        if look.is_desk() { ScrollBarVisibility::VisibleWhenNeeded } else { ScrollBarVisibility::AlwaysHidden };
    let scroll = ScrollArea::vertical().scroll_bar_visibility(bar_seen).auto_shrink([false, false]);
    scroll.show_rows(&mut ui, ENTRY, count, |ui, range| {
        for id in &newest[range] {
            let (_, rect) = ui.allocate_space(vec2(wide, ENTRY));
            if let Some(ticket) = tickets.by_id.get(id)
                && entry(ui, look, areas, ticket, rect, feed.is_grey())
            {
                drill = Some(Drill::To(Target::Ticket(id.clone())));
            }
        }
    });
    drill
}

/// Time, category and place in one line each, as many as there is room for.
fn lines_ui(ui: &Ui, look: &Look<'_>, areas: &AreaTable, (tickets, newest): (&Tickets, &[TicketId])) -> Option<Drill> {
    let feed = look.feed(Feed::Tickets);
    // A rule parts it from the column above.
    let rect = ui.max_rect();
    rule(ui.painter(), look.palette, rect.x_range().into(), rect.top() + 4.0);
    let rect = rect.with_min_y(rect.top() + 14.0);
    if feed.rung == Freshness::Never || (newest.is_empty() && !feed.is_grey()) {
        let words = if feed.rung == Freshness::Never { "connecting" } else { "no-tickets" };
        empty(ui.painter(), look, rect, &look.t(words));
        return None;
    }
    if feed.is_grey() {
        silence(ui, look, tickets, rect);
        return None;
    }
    let shown: Vec<&Ticket> = newest
        .iter()
        .filter_map(|id| tickets.by_id.get(id))
        .take(((rect.height() + 1.0) / LINE).floor() as usize)
        .collect();
    let p = ui.painter();
    let when = |ticket: &Ticket| look.locale.moment(ticket.reported_at, look.now.at, &look.zone);
    let times = shown.iter().map(|ticket| width(p, when(ticket), Role::BODY)).fold(0.0, f32::max) + 18.0;
    let kinds =
        shown.iter().map(|ticket| width(p, category_words(look, ticket), Role::BODY_STRONG)).fold(0.0, f32::max);
    // What the category leaves must do for the place without its street, unless both are too long for one line.
    let own = |ticket: &Ticket| width(p, place_within(p, look, areas, ticket, 0.0), Role::BODY);
    let places = shown.iter().map(|ticket| own(ticket)).fold(0.0, f32::max);
    let kinds = (kinds + 22.0).min((rect.width() - times - places).max((rect.width() - times) * 0.55));
    let mut drill = None;
    for (nth, ticket) in shown.into_iter().enumerate() {
        let top = rect.top() + LINE * nth as f32;
        let line = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), LINE));
        let (category, place) = (category_words(look, ticket), place_words(look, areas, ticket));
        let label = format!("{} {category} {place}", ticket.id);
        if row(ui, look, line, ("latest", ticket.id.as_str()), &label).clicked() {
            drill = Some(Drill::To(Target::Ticket(ticket.id.clone())));
        }
        let (p, base) = (ui.painter(), top + 27.0);
        let at = |x: f32| pos2(rect.left() + x, base);
        say(p, at(0.0), Align::Min, when(ticket), Role::BODY, look.text3());
        fit(p, at(times), Align::Min, category, Role::BODY_STRONG, look.text1(), kinds - 14.0);
        let room = rect.width() - times - kinds;
        let place = place_within(p, look, areas, ticket, room);
        fit(p, at(times + kinds), Align::Min, place, Role::BODY, look.text2(), room);
    }
    drill
}

/// `— 未收到新数据`: silence of the line is not calm in the district.
pub(super) fn silence(ui: &Ui, look: &Look<'_>, tickets: &Tickets, body: Rect) {
    let p = ui.painter();
    freshness_glyph(p, look.palette, pos2(body.left() + 10.0, body.top() + 16.0), 20.0, Freshness::Expired);
    say(p, pos2(body.left() + 34.0, body.top() + 24.0), Align::Min, look.t("silent-title"), Role::PANEL, look.text1());
    let line = look.t("silent-line");
    fit(p, pos2(body.left(), body.top() + 58.0), Align::Min, line, Role::BODY, look.text2(), body.width());
    if let Some(last) = tickets.newest.first().and_then(|id| tickets.by_id.get(id)) {
        let words = look.locale.t_args("last-ticket", &[("time", &hm(last.reported_at, &look.zone))]);
        say(p, pos2(body.left(), body.top() + 88.0), Align::Min, words, Role::BODY, look.text3());
    }
}

fn entry(ui: &Ui, look: &Look<'_>, areas: &AreaTable, ticket: &Ticket, rect: Rect, grey: bool) -> bool {
    let when = look.locale.moment(ticket.reported_at, look.now.at, &look.zone);
    let place = place_words(look, areas, ticket);
    let category = category_words(look, ticket);
    let clicked =
        row(ui, look, rect, ("latest", ticket.id.as_str()), &format!("{} {category} {place}", ticket.id)).clicked();
    let p = ui.painter();
    p.hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, look.ink(|p| p.line1)));
    let (first, second) = (rect.top() + 25.0, rect.top() + 49.0);
    let ink = if grey { look.ink(|p| p.stale) } else { look.text1() };
    let mark = pos2(rect.left() + 8.0, first - 8.0);
    source_mark(p, look.palette, mark, 6.5, ticket.source, grey.then_some(ink));
    let right = rect.right();
    let said = say(p, pos2(right, first), Align::Max, when, Role::BODY, look.text3());
    let room = said.left() - rect.left() - 36.0;
    fit(p, pos2(rect.left() + 26.0, first), Align::Min, category, Role::ROW_STRONG, ink, room);
    let stage = look.locale.stage(look.workflow(), ticket.stage);
    let said = say(p, pos2(right, second), Align::Max, stage, Role::BODY, look.text3());
    let room = said.left() - rect.left() - 36.0;
    let place = place_within(p, look, areas, ticket, room);
    fit(p, pos2(rect.left() + 26.0, second), Align::Min, place, Role::BODY, look.text2(), room);
    clicked
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::domain::Matter;

    #[test]
    fn a_click_on_an_entry_goes_to_its_ticket() {
        let city = fixture::city();
        let newest = city.tickets.newest[1].clone();
        let drill = fixture::click(&city, newest.as_str(), |ui, look, city| {
            latest_ui(ui, look, &city.areas, (&city.tickets, &city.tickets.newest), &city.tallies, &Bound::default())
        });
        assert_eq!(drill, Some(Drill::To(Target::Ticket(newest))));
    }

    #[test]
    fn in_a_low_place_each_is_a_line_that_still_leads_to_its_ticket() {
        let city = fixture::city();
        let size = vec2(420.0, 150.0);
        let newest = city.tickets.newest[2].clone();
        let drill = fixture::click_in(&city, size, newest.as_str(), |ui, look, city| {
            latest_ui(ui, look, &city.areas, (&city.tickets, &city.tickets.newest), &city.tallies, &Bound::default())
        });
        assert_eq!(drill, Some(Drill::To(Target::Ticket(newest))));
        let said = fixture::labels_in(&city, size, |ui, look, city| {
            latest_ui(ui, look, &city.areas, (&city.tickets, &city.tickets.newest), &city.tallies, &Bound::default());
        });
        assert!(!said.iter().any(|label| label.contains(city.tickets.newest[3].as_str())), "no room for a fourth");
    }

    #[test]
    fn without_coordinates_and_area_it_says_so() {
        let city = fixture::city();
        let feeds = super::super::look::tests::feeds(Freshness::Live, 1, city.mono);
        let look = super::super::look::tests::look(&feeds, Some(&city.site), city.mono);
        let mut ticket = city.tickets.by_id[&city.tickets.newest[0]].clone();
        assert!(place_words(&look, &city.areas, &ticket).contains(" · "));
        ticket.area = None;
        ticket.position = crate::domain::Position::Missing;
        assert_eq!(place_words(&look, &city.areas, &ticket), "不在图上");
        ticket.category = "".into();
        ticket.category_group = "".into();
        assert_eq!(category_words(&look, &ticket), ticket.category_code.as_ref());
    }

    #[test]
    fn a_campaign_s_list_has_its_own_tickets_and_counts_their_day() {
        let mut city = fixture::city();
        let day: Timestamp = "2026-11-21T00:00:00+08:00".parse().unwrap();
        let all = Campaign::default();
        let (newest, today) = of_campaign(&all, (&city.tickets, &city.tickets.newest), day);
        assert_eq!(newest, city.tickets.newest);
        assert_eq!(today, Some(city.tallies.today.as_flattened().iter().sum()));
        let group = city.tickets.by_id[&newest[0]].category_group.to_string();
        let (own, own_today) = of_campaign(
            &Campaign { categories: Matter(vec![group.clone()]), ..all },
            (&city.tickets, &city.tickets.newest),
            day,
        );
        assert!(own[0] == newest[0] && own.len() < newest.len() && own_today < today);
        assert!(own.iter().all(|id| *city.tickets.by_id[id].category_group == *group));
        city.tickets.newest.truncate(2);
        assert_eq!(
            of_campaign(&Campaign::default(), (&city.tickets, &city.tickets.newest), day).1,
            None,
            "today's are more than are kept"
        );
    }
}
