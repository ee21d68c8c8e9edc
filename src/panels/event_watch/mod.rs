//! 活动保障: a major event of the scene file. What it is, where, and how far it is; what was reported where it takes place
//! since it began, what is in hand there and late; the same by area, each a way down. Counted from the tickets held.

mod view;

use std::sync::Arc;
use std::time::Instant;

use bevy_egui::egui::{Align, Rect, Ui, pos2, vec2};
use jiff::Timestamp;

use crate::city::{Freshness, Tickets};
use crate::domain::{AreaTable, Feed, Level};
use crate::locale::hm;
use crate::panels::digest::InHand;
use crate::panels::head::{announce, empty, head, row};
use crate::panels::look::Look;
use crate::panels::more::{Room, more_ui};
use crate::panels::pen::{centred, fit, rule, say, width};
use crate::panels::style::Role;
use crate::scene::Bound;
use crate::selection::{Drill, Target};
use view::{Phase, View, Watched, Zone};

/// Least and greatest height of a row.
const ROW: [f32; 2] = [30.0, 40.0];
/// A line that names areas which the district does not have.
const LINE: f32 = 30.0;
/// Space before a column.
const GAP: f32 = 22.0;
/// The sums.
const SUM: Role = Role::medium(40.0);
/// What the columns count.
const COLUMNS: [&str; 3] = ["event-reported", "event-in-hand", "event-late"];

/// What was counted, of which panel, of which event, and when. What is late grows while nothing else happens: it is
/// counted again each minute.
#[derive(Debug, Default)]
pub struct EventCache {
    of: Option<(Arc<Bound>, [Timestamp; 2], Instant, i64)>,
    view: View,
}

/// Draws the panel. `digested`: when the ticket list was last looked through.
pub fn event_ui(
    ui: &Ui,
    look: &Look<'_>,
    held: (&AreaTable, &Tickets, &[InHand]),
    bound: &Arc<Bound>,
    digested: Instant,
    cache: &mut EventCache,
) -> Option<Drill> {
    let feed = look.feed(Feed::Tickets);
    let title = bound
        .title
        .as_ref()
        .map_or_else(|| look.t("event-title").into_owned(), |it| look.locale.title_of(it).to_owned());
    // What is no longer current stands still at the moment it was.
    let now = feed.as_of.filter(|_| feed.is_grey()).unwrap_or(look.now.at);
    let Some((occasion, stretch)) = bound.event.as_ref().and_then(|it| Some((it, it.stretch(now, &look.zone)?))) else {
        let body = head(ui, look, &title, None, &feed);
        empty(ui.painter(), look, body, &look.t("event-none"));
        return None;
    };
    let phase = Phase::at(now, stretch);
    let body = head(ui, look, &title, Some(phase.words(look)), &feed);
    let p = ui.painter();
    if feed.rung == Freshness::Never {
        empty(p, look, body, &look.t("connecting"));
        return None;
    }
    let when = (stretch, digested, now.as_second().div_euclid(60));
    let is_known = |(of, stretch, digested, minute): &(Arc<Bound>, _, _, _)| {
        Arc::ptr_eq(of, bound) && (*stretch, *digested, *minute) == when
    };
    if !cache.of.as_ref().is_some_and(is_known) {
        cache.view = View::of(Zone::of(occasion, held.0), stretch, held, now);
        cache.of = Some((bound.clone(), when.0, when.1, when.2));
    }
    let view = &cache.view;
    let name = look.locale.title_of(&occasion.name);
    let at = pos2(body.left(), body.top() + 34.0);
    let said = fit(p, at, Align::Min, name, Role::medium(32.0), look.text1(), body.width());
    announce(ui, said, "event", name);
    let line = [Some(hours(look, stretch)), occasion.place.as_ref().map(|it| look.locale.title_of(it).into())];
    let line: Vec<String> = line.into_iter().flatten().collect();
    let at = pos2(body.left(), body.top() + 66.0);
    fit(p, at, Align::Min, line.join(" · "), Role::BODY, look.text2(), body.width());
    rule(p, look.palette, body.x_range().into(), body.top() + 82.0);
    table_ui(ui, look, held.0, view, !matches!(phase, Phase::Before(_)), body.with_min_y(body.top() + 82.0))
}

impl Phase {
    fn words(self, look: &Look<'_>) -> String {
        let (key, seconds) = match self {
            Self::Before(seconds) => ("event-before", seconds),
            Self::During(seconds) => ("event-during", seconds),
            Self::After(seconds) => ("event-after", seconds),
        };
        look.locale.t_args(key, &[("span", &look.locale.span(seconds))])
    }
}

/// Since it began, in hand, late: of the whole, and of each area below it.
fn table_ui(ui: &Ui, look: &Look<'_>, areas: &AreaTable, view: &View, has_begun: bool, body: Rect) -> Option<Drill> {
    let feed = look.feed(Feed::Tickets);
    let p = ui.painter();
    let figures = |it: &Watched| {
        let figure = |n: u32| feed.figure(look, u64::from(n)).0;
        [if has_begun { figure(it.reported) } else { "—".into() }, figure(it.in_hand), figure(it.late)]
    };
    let ink = feed.figure(look, 0).1;
    let (whole, words) = (figures(&view.all), COLUMNS.map(|key| look.t(key)));
    // Columns are as wide as their words and sums, and end below each other.
    let wide = [0, 1, 2]
        .map(|nth| width(p, words[nth].as_ref(), Role::BODY).max(width(p, whole[nth].as_str(), SUM)).max(44.0) + GAP);
    let ends = [body.right() - wide[1] - wide[2], body.right() - wide[2], body.right()];
    let names = ends[0] - wide[0] - body.left();
    for ((words, figure), (key, x)) in words.iter().zip(&whole).zip(COLUMNS.iter().zip(ends)) {
        say(p, pos2(x, body.top() + 26.0), Align::Max, words.as_ref(), Role::BODY, look.text3());
        let said = say(p, pos2(x, body.top() + 70.0), Align::Max, figure.as_str(), SUM, ink);
        announce(ui, said, *key, &format!("{words} {figure}"));
    }
    let place = match view.zone.is_everywhere {
        true => look.t("event-everywhere").into_owned(),
        false => look.t_n("event-areas", view.zone.areas.len() as u64),
    };
    let (unit, at) = (look.t("event-unit"), pos2(body.left(), body.top() + 26.0));
    fit(p, at, Align::Min, unit, Role::BODY, look.text3(), names);
    fit(p, pos2(body.left(), body.top() + 70.0), Align::Min, place, Role::BODY, look.text2(), names);
    let mut list = body.with_min_y(body.top() + 84.0);
    if !view.zone.unknown.is_empty() {
        let unknown = view.zone.unknown.join(look.t("list-comma").as_ref());
        let words = look.locale.t_args("event-unknown", &[("areas", &unknown)]);
        fit(p, pos2(list.left(), list.top() + 20.0), Align::Min, words, Role::BODY, look.text1(), list.width());
        list.min.y += LINE;
    }
    let placed: u32 = view.rows.iter().map(|(_, it)| it.reported).sum();
    let nowhere = view.all.reported.saturating_sub(placed);
    let says_nowhere = nowhere > 0 && has_begun && feed.has_values();
    let rows = if says_nowhere { list.with_max_y(list.bottom() - LINE) } else { list };
    let (room, step) = Room::between(view.rows.len(), ROW, rows.height());
    let end = list.top() + step * room.shown as f32;
    more_ui(ui, look, rows, end, "more-areas", room.hidden);
    if says_nowhere {
        let (n, unit) = (look.count(nowhere), look.t("unit-tickets"));
        let words = [("n", &*n), ("unit", &unit), ("level", &look.locale.level(Level::Street))];
        let at = pos2(list.left(), end + if room.hidden > 0 { LINE } else { 0.0 } + 22.0);
        fit(p, at, Align::Min, look.locale.t_args("unplaced", &words), Role::BODY, look.text3(), list.width());
    }
    let mut drill = None;
    for (nth, (id, it)) in view.rows.iter().take(room.shown).enumerate() {
        let area = areas.get(*id);
        let rect = Rect::from_min_size(pos2(list.left(), list.top() + step * nth as f32), vec2(list.width(), step));
        let said = figures(it);
        let label = format!("{} {}", look.locale.area_name(area), said.join(" "));
        if row(ui, look, rect, ("event", area.code.as_str()), &label).clicked() {
            drill = Some(Drill::To(Target::Area(area.code.clone())));
        }
        let base = centred(rect.center().y, Role::BODY);
        for (words, x) in said.iter().zip(ends) {
            say(p, pos2(x, base), Align::Max, words.as_str(), Role::BODY_STRONG, ink);
        }
        let name = look.locale.short_area_name(area);
        fit(p, pos2(rect.left(), base), Align::Min, name, Role::BODY, look.text1(), names);
    }
    drill
}

/// `08:00–17:30`, with the day where it is another one.
fn hours(look: &Look<'_>, [begins, ends]: [Timestamp; 2]) -> String {
    let hours = [begins, ends].map(|at| hm(at, &look.zone)).join("–");
    let day = |at: Timestamp| at.to_zoned(look.zone.clone());
    match day(begins).date() == day(look.now.at).date() {
        true => hours,
        false => format!("{} {hours}", look.locale.date(&day(begins))),
    }
}

#[cfg(test)]
mod tests {
    use super::view::tests::occasion;
    use super::*;
    use crate::panels::fixture;

    #[test]
    fn a_click_on_an_area_goes_there() {
        let city = fixture::city();
        let digest = city.digest();
        let area = city.areas.get(city.areas.at_level(Level::Street).last().expect("a street"));
        let bound = Arc::new(Bound { event: Some(occasion(&[&area.name])), ..Bound::default() });
        let mut cache = EventCache::default();
        let digested = Instant::now();
        let drill = fixture::click(&city, &area.name, |ui, look, city| {
            event_ui(ui, look, (&city.areas, &city.tickets, &digest.in_hand), &bound, digested, &mut cache)
        });
        assert_eq!(drill, Some(Drill::To(Target::Area(area.code.clone()))));
    }
}
