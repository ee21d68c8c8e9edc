//! 活动保障: a major event of the scene file. What it is, where, and how far it is; what was reported where it takes place
//! since it began, what is in hand there and late; the same by area, each a way down. Counted from the tickets held.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Instant;

use bevy_egui::egui::{Align, Rect, Ui, pos2, vec2};
use jiff::Timestamp;

use super::digest::InHand;
use super::head::{announce, empty, head, row};
use super::look::Look;
use super::more::{Room, more_ui};
use super::pen::{centred, fit, rule, say, width};
use super::style::Role;
use crate::city::{Freshness, Tickets};
use crate::domain::{AreaId, AreaTable, Feed, Level};
use crate::scene::{Bound, Occasion};
use crate::selection::{Drill, Target};

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

/// Tickets of the event, or of one of its areas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// Reported since it began and before it ended.
    pub reported: u32,
    /// In hand now, whenever they were reported.
    pub in_hand: u32,
    /// Of these, late.
    pub late: u32,
}

/// How far an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Begins in so many seconds.
    Before(i64),
    /// Ends in so many seconds.
    During(i64),
    /// Ended so many seconds ago.
    After(i64),
}

impl Phase {
    fn at(now: Timestamp, [begins, ends]: [Timestamp; 2]) -> Self {
        let span = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs();
        match () {
            () if now < begins => Self::Before(span(now, begins)),
            () if now < ends => Self::During(span(now, ends)),
            () => Self::After(span(ends, now)),
        }
    }

    fn words(self, look: &Look<'_>) -> String {
        let (key, seconds) = match self {
            Self::Before(seconds) => ("event-before", seconds),
            Self::During(seconds) => ("event-during", seconds),
            Self::After(seconds) => ("event-after", seconds),
        };
        look.locale.t_args(key, &[("span", &look.locale.span(seconds))])
    }
}

/// Where an event takes place.
#[derive(Clone, Debug, Default, PartialEq)]
struct Zone {
    /// Its areas; all streets where it names none.
    areas: Vec<AreaId>,
    /// What the district has no area for.
    unknown: Vec<String>,
    is_everywhere: bool,
}

impl Zone {
    fn of(occasion: &Occasion, areas: &AreaTable) -> Self {
        if occasion.areas.is_empty() {
            return Self { areas: areas.at_level(Level::Street).collect(), is_everywhere: true, ..Self::default() };
        }
        let mut zone = Self::default();
        for wanted in &occasion.areas {
            match areas.iter().find(|(_, area)| area.code.as_str() == wanted || area.name == *wanted) {
                Some((id, _)) => zone.areas.push(id),
                None => zone.unknown.push(wanted.clone()),
            }
        }
        zone
    }

    /// Which of its areas holds this one, and whether the event takes place there at all.
    fn place(&self, areas: &AreaTable, id: Option<AreaId>) -> (Option<usize>, bool) {
        let mut chain = id.into_iter().flat_map(|id| areas.with_ancestors(id));
        let nth = chain.find_map(|id| self.areas.iter().position(|own| *own == id));
        (nth, nth.is_some() || self.is_everywhere)
    }
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq)]
struct View {
    zone: Zone,
    all: Watched,
    /// By area, the most reports first.
    rows: Vec<(AreaId, Watched)>,
}

impl View {
    /// Counts at `now`; `stretch` is that of the event.
    fn of(
        zone: Zone,
        stretch: [Timestamp; 2],
        (areas, tickets, in_hand): (&AreaTable, &Tickets, &[InHand]),
        now: Timestamp,
    ) -> Self {
        let mut all = Watched::default();
        let mut own = vec![Watched::default(); zone.areas.len()];
        let mut note = |id: Option<AreaId>, add: &dyn Fn(&mut Watched)| {
            let (nth, is_in) = zone.place(areas, id);
            if is_in {
                add(&mut all);
            }
            if let Some(nth) = nth {
                add(&mut own[nth]);
            }
        };
        let is_during = |at: Timestamp| at >= stretch[0] && at < stretch[1] && at <= now;
        for ticket in tickets.by_id.values().filter(|ticket| is_during(ticket.reported_at)) {
            note(ticket.area.as_ref().and_then(|code| areas.find(code)), &|it| it.reported += 1);
        }
        for held in in_hand {
            let is_late = held.due.is_some_and(|due| due < now);
            note(held.area, &|it| {
                it.in_hand += 1;
                it.late += u32::from(is_late);
            });
        }
        let mut rows: Vec<(AreaId, Watched)> = zone.areas.iter().copied().zip(own).collect();
        rows.sort_by_key(|(id, it)| (Reverse(it.reported), Reverse(it.in_hand), *id));
        Self { zone, all, rows }
    }
}

/// What was counted, of which panel and when.
#[derive(Debug, Default)]
pub struct EventCache {
    of: Option<(Arc<Bound>, Instant, [Timestamp; 2])>,
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
    let is_known =
        |of: &(Arc<Bound>, Instant, [Timestamp; 2])| Arc::ptr_eq(&of.0, bound) && of.1 == digested && of.2 == stretch;
    if !cache.of.as_ref().is_some_and(is_known) {
        cache.view = View::of(Zone::of(occasion, held.0), stretch, held, now);
        cache.of = Some((bound.clone(), digested, stretch));
    }
    let view = &cache.view;
    let name = look.locale.title_of(&occasion.name);
    let at = pos2(body.left(), body.top() + 34.0);
    let said = fit(p, at, Align::Min, name, Role::medium(32.0), look.text1(), body.width());
    announce(ui, said, "event", name);
    let line = [Some(occasion.hours(look, stretch)), occasion.place.as_ref().map(|it| look.locale.title_of(it).into())];
    let line: Vec<String> = line.into_iter().flatten().collect();
    let at = pos2(body.left(), body.top() + 66.0);
    fit(p, at, Align::Min, line.join(" · "), Role::BODY, look.text2(), body.width());
    rule(p, look.palette, body.x_range().into(), body.top() + 82.0);
    table_ui(ui, look, held.0, view, !matches!(phase, Phase::Before(_)), body.with_min_y(body.top() + 82.0))
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
    let (room, step) = Room::between(view.rows.len(), ROW, list.height());
    more_ui(ui, look, list, list.top() + step * room.shown as f32, "more-areas", room.hidden);
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

impl Occasion {
    /// `08:00–17:30`, with the day where it is another one.
    fn hours(&self, look: &Look<'_>, [begins, ends]: [Timestamp; 2]) -> String {
        let clock = |at: Timestamp| crate::locale::hm(at, &look.zone);
        let hours = format!("{}–{}", clock(begins), clock(ends));
        let day = |at: Timestamp| at.to_zoned(look.zone.clone());
        match day(begins).date() == day(look.now.at).date() {
            true => hours,
            false => format!("{} {hours}", look.locale.date(&day(begins))),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::super::fixture;
    use super::*;
    use crate::scene::Title;

    fn occasion(areas: &[&str]) -> Occasion {
        let name = Title { zh: "海湾马拉松".into(), en: "Bay marathon".into() };
        let areas = areas.iter().map(|it| (*it).to_owned()).collect();
        Occasion { name, place: None, date: None, from: time(8, 0, 0, 0), to: time(17, 30, 0, 0), areas }
    }

    #[test]
    fn an_event_is_before_during_or_after_and_may_end_next_day() {
        let stretch = |it: &Occasion, now: &str| it.stretch(now.parse().unwrap(), &fixture::zone()).unwrap();
        let now = "2026-11-21T14:00:00+08:00";
        let today = stretch(&occasion(&[]), now);
        assert_eq!(Phase::at(now.parse().unwrap(), today), Phase::During(3 * 3600 + 1800));
        assert_eq!(Phase::at("2026-11-21T07:00:00+08:00".parse().unwrap(), today), Phase::Before(3600));
        assert_eq!(Phase::at("2026-11-21T17:30:00+08:00".parse().unwrap(), today), Phase::After(0));
        let night =
            Occasion { from: time(20, 0, 0, 0), to: time(2, 0, 0, 0), date: Some(date(2026, 12, 31)), ..occasion(&[]) };
        let [begins, ends] = stretch(&night, now);
        assert_eq!(ends.duration_since(begins).as_hours(), 6);
        assert_eq!(begins.to_zoned(fixture::zone()).date(), date(2026, 12, 31));
        // One that takes place every night is that of last evening until it ends.
        let every = Occasion { date: None, ..night };
        let [begins, _] = stretch(&every, "2026-11-21T01:00:00+08:00");
        assert_eq!(begins.to_zoned(fixture::zone()).date(), date(2026, 11, 20));
    }

    #[test]
    fn what_is_counted_is_of_its_areas_and_its_hours() {
        let city = fixture::city();
        let digest = city.digest();
        let now = fixture::now();
        let held = (&*city.areas, &city.tickets, &*digest.in_hand);
        let view =
            |it: &Occasion| View::of(Zone::of(it, &city.areas), it.stretch(now, &fixture::zone()).unwrap(), held, now);
        let streets: Vec<AreaId> = city.areas.at_level(Level::Street).collect();
        let first = city.areas.get(streets[0]).name.clone();
        let begins: Timestamp = "2026-11-21T08:00:00+08:00".parse().unwrap();
        let is_in = |id: AreaId, code: &crate::domain::AreaCode| {
            city.areas.find(code).is_some_and(|own| city.areas.with_ancestors(own).any(|it| it == id))
        };
        let of_first = |count: &dyn Fn(&crate::domain::Ticket) -> bool| {
            let own = city.tickets.by_id.values().filter(|it| it.area.as_ref().is_some_and(|it| is_in(streets[0], it)));
            own.filter(|it| count(it)).count() as u32
        };
        let one = view(&occasion(&[&first, "无此街道"]));
        assert_eq!(one.zone.unknown, ["无此街道"]);
        assert_eq!(one.all.reported, of_first(&|it| it.reported_at >= begins && it.reported_at <= now));
        assert_eq!(one.all.in_hand, of_first(&|it| it.is_in_hand()));
        assert_eq!(one.all.late, of_first(&|it| it.is_overdue(now)));
        assert!(one.all.reported > 0 && one.all.in_hand > 0 && one.rows == [(streets[0], one.all)], "{:?}", one.all);
        let all = view(&occasion(&[]));
        assert_eq!(all.rows.len(), streets.len());
        assert_eq!(all.all.in_hand, digest.in_hand.len() as u32);
        assert!(all.rows.contains(&(streets[0], one.all)) && all.all.reported > one.all.reported);
    }

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
