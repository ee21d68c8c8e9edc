//! 专项成效: reports of a campaign's categories since it began against as long a stretch before, by street: a hollow dot
//! for before, a filled one for since, and the difference. A click goes to the street. Counted from the tickets held.

use std::sync::Arc;
use std::time::Instant;

use bevy_egui::egui::{Align, Rect, Stroke, Ui, pos2, vec2};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::head::{announce, empty, head, row};
use super::look::Look;
use super::more::{LINE, Room, more_ui};
use super::pen::{centred, fit, rule, say, width};
use super::style::{Role, colour};
use crate::city::{Freshness, Tickets};
use crate::domain::{AreaId, AreaTable, Feed, Level};
use crate::scene::{Bound, Campaign};
use crate::selection::{Drill, Target};

/// Least and greatest height of a row.
const ROW: [f32; 2] = [32.0, 44.0];
/// Where neither a first day nor a number of days is named.
const DAYS: u16 = 30;

/// Reports before a campaign began and since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// In as long a stretch before.
    pub before: u32,
    /// Since it began.
    pub since: u32,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// When it began.
    pub began: Option<Timestamp>,
    /// All tickets, on the map or not.
    pub all: Effect,
    /// By street, the most reports since first.
    pub streets: Vec<(AreaId, Effect)>,
    /// True if the tickets held reach back to the beginning of the stretch before.
    pub reaches_back: bool,
}

/// When a campaign began.
fn began(campaign: &Campaign, now: Timestamp, zone: &TimeZone) -> Timestamp {
    let midnight = |date: jiff::civil::Date| date.to_zoned(zone.clone()).map_or(now, |zoned| zoned.timestamp());
    match campaign.since {
        Some(date) => midnight(date).min(now),
        None => {
            let days = i64::from(campaign.days.unwrap_or(DAYS).max(1));
            let at = now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(now);
            midnight(at.to_zoned(zone.clone()).date())
        }
    }
}

impl Effects {
    /// Counts the tickets of a campaign.
    pub fn of(campaign: &Campaign, tickets: &Tickets, areas: &AreaTable, now: Timestamp, zone: &TimeZone) -> Self {
        let began = began(campaign, now, zone);
        let from = began.checked_sub(now.duration_since(began)).unwrap_or(Timestamp::MIN);
        let mut by_area = vec![Effect::default(); areas.len()];
        let mut effects = Self { began: Some(began), ..Self::default() };
        let mut oldest = now;
        for ticket in tickets.by_id.values() {
            oldest = oldest.min(ticket.reported_at);
            let is_in = ticket.reported_at >= from && ticket.reported_at <= now;
            if !is_in || !campaign.categories.holds(ticket) {
                continue;
            }
            let add = |effect: &mut Effect| match ticket.reported_at >= began {
                true => effect.since += 1,
                false => effect.before += 1,
            };
            add(&mut effects.all);
            let place = ticket.area.as_ref().and_then(|code| areas.find(code));
            for area in place.into_iter().flat_map(|id| areas.with_ancestors(id)) {
                add(&mut by_area[area.index()]);
            }
        }
        // A day without a report is no gap in the list.
        effects.reaches_back = oldest <= from + SignedDuration::from_hours(24);
        effects.streets = areas.at_level(Level::Street).map(|id| (id, by_area[id.index()])).collect();
        effects.streets.sort_by_key(|(id, effect)| (std::cmp::Reverse(effect.since), *id));
        effects
    }
}

/// What was counted, of which panel and when.
#[derive(Debug, Default)]
pub struct CampaignCache {
    of: Option<(Arc<Bound>, Instant)>,
    effects: Effects,
}

/// Draws the panel. `digested`: when the ticket list was last looked through.
pub fn campaign_ui(
    ui: &Ui,
    look: &Look<'_>,
    (areas, tickets): (&AreaTable, &Tickets),
    bound: &Arc<Bound>,
    digested: Instant,
    cache: &mut CampaignCache,
) -> Option<Drill> {
    let feed = look.feed(Feed::Tickets);
    let title = bound
        .title
        .as_ref()
        .map_or_else(|| look.t("campaign-title").into_owned(), |it| look.locale.title_of(it).to_owned());
    let is_known = |of: &(Arc<Bound>, Instant)| Arc::ptr_eq(&of.0, bound) && of.1 == digested;
    if !cache.of.as_ref().is_some_and(is_known) {
        let campaign = bound.campaign.clone().unwrap_or_default();
        let now = feed.as_of.filter(|_| feed.is_grey()).unwrap_or(look.now.at);
        cache.effects = Effects::of(&campaign, tickets, areas, now, &look.zone);
        cache.of = Some((bound.clone(), digested));
    }
    let effects = &cache.effects;
    let day = effects.began.map(|at| at.to_zoned(look.zone.clone()).strftime("%m-%d").to_string());
    let note = day.map(|day| look.locale.t_args("campaign-note", &[("day", &day)]));
    let body = head(ui, look, &title, note, &feed);
    let p = ui.painter();
    if feed.rung == Freshness::Never {
        empty(p, look, body, &look.t("connecting"));
        return None;
    }
    // The whole: since, large; before and the difference beside it.
    let base = body.top() + 62.0;
    let (since, ink) = feed.figure(look, u64::from(effects.all.since));
    let said = say(p, pos2(body.left() - 3.0, base), Align::Min, since.as_str(), Role::medium(64.0), ink);
    let unit =
        say(p, pos2(said.right() + 10.0, base), Align::Min, look.t("unit-tickets"), Role::regular(24.0), look.text2());
    let (before, _) = feed.figure(look, u64::from(effects.all.before));
    let compared = effects.reaches_back && feed.has_values();
    let words = match compared {
        true => look.locale.t_args("campaign-before", &[("n", &before)]),
        false if !feed.has_values() => String::new(),
        false => look.t("campaign-too-short").into_owned(),
    };
    let room = body.right() - unit.right() - 16.0;
    fit(p, pos2(body.right(), base), Align::Max, words.as_str(), Role::BODY, look.text3(), room);
    if compared && !feed.is_grey() {
        let change = look.locale.signed(i64::from(effects.all.since) - i64::from(effects.all.before));
        fit(p, pos2(body.right(), base - 30.0), Align::Max, change, Role::medium(28.0), look.text1(), room);
    }
    announce(ui, body.with_max_y(base + 10.0), "whole", &format!("{title} {since} · {words}"));
    let top = base + 26.0;
    rule(p, look.palette, body.x_range().into(), top);
    key_ui(ui, look, body, top + 30.0);
    let list = body.with_min_y(top + 48.0);
    rows_ui(ui, look, areas, effects, list)
}

/// What the dots mean.
fn key_ui(ui: &Ui, look: &Look<'_>, body: Rect, base: f32) {
    let p = ui.painter();
    let middle = base - 0.36 * Role::BODY.size;
    p.circle_stroke(pos2(body.left() + 7.0, middle), 6.0, Stroke::new(2.0, look.text3()));
    let said =
        say(p, pos2(body.left() + 22.0, base), Align::Min, look.t("campaign-key-before"), Role::BODY, look.text3());
    let x = said.right() + 28.0;
    p.circle_filled(pos2(x + 7.0, middle), 7.0, colour(look.palette.accent));
    say(p, pos2(x + 22.0, base), Align::Min, look.t("campaign-key-since"), Role::BODY, look.text3());
}

fn rows_ui(ui: &Ui, look: &Look<'_>, areas: &AreaTable, effects: &Effects, list: Rect) -> Option<Drill> {
    let feed = look.feed(Feed::Tickets);
    let p = ui.painter();
    let placed: u32 = effects.streets.iter().map(|(_, effect)| effect.since).sum();
    let nowhere = effects.all.since.saturating_sub(placed);
    let list = if nowhere > 0 && feed.has_values() { list.with_max_y(list.bottom() - LINE) } else { list };
    let (room, step) = Room::between(effects.streets.len(), ROW, list.height());
    let rows = &effects.streets[..room.shown];
    let end = list.top() + step * room.shown as f32;
    more_ui(ui, look, list, end, "more-streets", room.hidden);
    if nowhere > 0 && feed.has_values() {
        let (n, unit) = (look.count(nowhere), look.t("unit-tickets"));
        let words = [("n", &*n), ("unit", &unit), ("level", &look.locale.level(Level::Street))];
        let at = pos2(list.left(), end + if room.hidden > 0 { LINE } else { 0.0 } + 22.0);
        fit(p, at, Align::Min, look.locale.t_args("unplaced", &words), Role::BODY, look.text3(), list.width());
    }
    let named = |id: AreaId| look.locale.short_area_name(areas.get(id)).to_owned();
    let names =
        rows.iter().map(|(id, _)| width(p, named(*id), Role::BODY)).fold(60.0, f32::max).min(list.width() * 0.36);
    let change = |effect: &Effect| look.locale.signed(i64::from(effect.since) - i64::from(effect.before));
    let changes = rows.iter().map(|(_, it)| width(p, change(it), Role::BODY)).fold(40.0, f32::max);
    let counts = rows.iter().map(|(_, it)| width(p, look.count(it.since), Role::BODY_STRONG)).fold(26.0, f32::max);
    let changes = if effects.reaches_back { changes + 18.0 } else { 0.0 };
    let count_x = list.right() - changes;
    let (from, to) = (list.left() + names + 22.0, count_x - counts - 22.0);
    let most = rows.iter().map(|(_, it)| it.since.max(it.before)).max().unwrap_or(0).max(10) as f32;
    let x = |n: u32| from + (to - from).max(10.0) * n as f32 / most;
    let mut drill = None;
    for (nth, (id, effect)) in rows.iter().enumerate() {
        let rect = Rect::from_min_size(pos2(list.left(), list.top() + step * nth as f32), vec2(list.width(), step));
        let area = areas.get(*id);
        let (since, ink) = feed.figure(look, u64::from(effect.since));
        let (before, _) = feed.figure(look, u64::from(effect.before));
        let label = format!("{} {before} → {since}", look.locale.area_name(area));
        if row(ui, look, rect, ("campaign", area.code.as_str()), &label).clicked() {
            drill = Some(Drill::To(Target::Area(area.code.clone())));
        }
        let p = ui.painter();
        let y = rect.center().y;
        let base = centred(y, Role::BODY);
        fit(p, pos2(rect.left(), base), Align::Min, named(*id), Role::BODY, look.text1(), names);
        say(p, pos2(count_x, base), Align::Max, since, Role::BODY_STRONG, ink);
        if effects.reaches_back && !feed.is_grey() && feed.has_values() {
            say(p, pos2(list.right(), base), Align::Max, change(effect), Role::BODY, look.text3());
        }
        if !feed.has_values() {
            continue;
        }
        p.hline(from..=to.max(from), y, Stroke::new(1.0, look.ink(|p| p.line1)));
        let dot = if feed.is_grey() { look.ink(|p| p.stale) } else { colour(look.palette.accent) };
        if effects.reaches_back {
            p.line_segment(
                [pos2(x(effect.before), y), pos2(x(effect.since), y)],
                Stroke::new(3.0, colour(look.palette.neutral_bar)),
            );
            p.circle(pos2(x(effect.before), y), 6.0, colour(look.palette.bg1), Stroke::new(2.0, look.text3()));
        }
        p.circle_filled(pos2(x(effect.since), y), 7.0, dot);
    }
    drill
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::domain::Matter;

    fn effects(city: &fixture::City, campaign: &Campaign) -> Effects {
        Effects::of(campaign, &city.tickets, &city.areas, fixture::now(), &fixture::zone())
    }

    #[test]
    fn reports_are_counted_before_and_since_in_stretches_of_one_length() {
        let city = fixture::city();
        let campaign = Campaign { since: Some(jiff::civil::date(2026, 11, 21)), ..Campaign::default() };
        let got = effects(&city, &campaign);
        let began: Timestamp = "2026-11-21T00:00:00+08:00".parse().expect("a moment");
        let from = began - fixture::now().duration_since(began);
        let reported = |a: Timestamp, b: Timestamp| {
            city.tickets.by_id.values().filter(|it| it.reported_at >= a && it.reported_at < b).count() as u32
        };
        let after = fixture::now() + SignedDuration::from_secs(1);
        assert_eq!(got.all, Effect { before: reported(from, began), since: reported(began, after) });
        assert_eq!(got.all.since, got.streets.iter().map(|(_, effect)| effect.since).sum::<u32>());
        assert!(got.reaches_back && got.all.before > 0);
        let water = Campaign { categories: Matter(vec!["供水供电".into()]), ..campaign };
        assert!(effects(&city, &water).all.since < got.all.since);
        let long = Campaign { days: Some(365), ..Campaign::default() };
        assert!(!effects(&city, &long).reaches_back, "three days of tickets cannot tell of the year before");
    }

    #[test]
    fn a_click_on_a_street_goes_there() {
        let city = fixture::city();
        let bound =
            Arc::new(Bound { campaign: Some(Campaign { days: Some(1), ..Campaign::default() }), ..Bound::default() });
        let digested = Instant::now();
        let first = city.areas.get(effects(&city, bound.campaign.as_ref().expect("there")).streets[0].0);
        let mut cache = CampaignCache::default();
        let drill = fixture::click(&city, &first.name, |ui, look, city| {
            campaign_ui(ui, look, (&city.areas, &city.tickets), &bound, digested, &mut cache)
        });
        assert_eq!(drill, Some(Drill::To(Target::Area(first.code.clone()))));
    }
}
