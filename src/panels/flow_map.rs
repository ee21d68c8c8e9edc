//! What is written over the map where tickets flow: the hubs with the day's counts, the district centre, the key, and
//! how many changes are being merged. Arcs themselves are the layers'.

use bevy_egui::egui::{Align, Pos2, Rect, Stroke, Ui, Vec2, pos2, vec2};

use super::head::announce;
use super::look::Look;
use super::pen::{fit, haloed, say, two_lines, width};
use super::style::{Role, colour, faint};
use crate::city::Tallies;
use crate::domain::{AreaId, Feed};

/// Hubs as the map placed them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HubNotes {
    /// Streets with their hubs, u.
    pub streets: Vec<(AreaId, Pos2)>,
    /// The district centre, u.
    pub centre: Option<Pos2>,
    /// Changes that were merged into streams; 0 outside a burst.
    pub merged: u64,
}

/// Distance of the key's lines, u, and of its words' own.
const LINE: f32 = 30.0;
const WORDS: f32 = 24.0;
/// How far a hub keeps from a sign, u.
const APART: f32 = 16.0;
/// Radius of a hub, u.
const HUB_U: f32 = 17.0;

/// Draws hubs, centre and counts in the area that is free for the map.
pub fn hubs_ui(
    ui: &Ui,
    look: &Look<'_>,
    tallies: &Tallies,
    hubs: &HubNotes,
    (signs, names): (&[Rect], &[Rect]),
    free: Rect,
) {
    let p = ui.painter();
    let feed = look.feed(Feed::Tickets);
    let ring = if feed.is_grey() { look.palette.stale } else { look.palette.text1 };
    let free = free.expand(HUB_U);
    // A number beside a sign would be read as so many warnings.
    let mut taken: Vec<Rect> = signs.iter().map(|sign| sign.expand(APART)).collect();
    for (nth, (area, at)) in hubs.streets.iter().enumerate().filter(|(_, (_, at))| free.contains(*at)) {
        let today = tallies.areas.get(area.index()).map_or(0, |tally| tally.today);
        let (figure, ink) = feed.figure(look, u64::from(today));
        // Digits of three places and more need a wider disc.
        let wide = width(p, figure.as_str(), Role::AXIS);
        let r = HUB_U.max(wide / 2.0 + 6.0);
        let disc = |at: Pos2| Rect::from_center_size(at, Vec2::splat(2.0 * r));
        // Where signs lie all around, a number would be read as theirs: the lists have it.
        let Some(place) = beside(*at, (&taken, names), free, disc) else { continue };
        if place != *at {
            p.line_segment([*at, place], Stroke::new(1.4, colour(ring)));
        }
        let at = &place;
        taken.push(disc(place));
        p.circle(*at, r, faint(look.palette.bg1, 0.92), Stroke::new(1.8, colour(ring)));
        say(p, pos2(at.x, at.y + 6.6), Align::Center, figure.as_str(), Role::AXIS, ink);
        announce(ui, Rect::from_center_size(*at, Vec2::splat(2.0 * r)), ("hub", nth), &figure);
    }
    if let Some(at) = hubs.centre.filter(|at| free.contains(*at)) {
        let ink = if feed.is_grey() { look.ink(|p| p.stale) } else { look.ink(|p| p.accent) };
        p.circle_filled(at, 20.0, ink);
        p.circle_filled(at, 13.0, look.ink(|p| p.bg1));
        p.circle_filled(at, 6.0, ink);
        let words = look.t("flow-centre");
        let role = Role::BODY;
        let half = width(p, words.as_ref(), role) / 2.0;
        let sides = [(1.0, -16.0), (1.0, 16.0), (-1.0, -16.0), (-1.0, 16.0)];
        let places = sides.map(|(side, down)| pos2(at.x + side * (30.0 + half), at.y + down));
        let is_free = |at: &&Pos2| {
            let words = Rect::from_center_size(**at, vec2(2.0 * half, role.size));
            !taken.iter().any(|other| other.intersects(words))
        };
        // Where signs lie on all sides the ring speaks for itself.
        if let Some(centre) = places.iter().find(is_free) {
            haloed(p, *centre, words, role, look.ink(|p| p.map_label), faint(look.palette.label_halo, 0.72), 2.0);
        }
    }
}

/// The key at the bottom left of the map, no wider than `room`; while changes are merged, that they are and how many.
pub fn key_ui(ui: &Ui, look: &Look<'_>, tallies: &Tallies, hubs: &HubNotes, (left, bottom): (f32, f32), room: f32) {
    let p = ui.painter();
    let halo = faint(look.palette.label_halo, 0.6);
    let entries: [(&str, fn(&Look<'_>, &bevy_egui::egui::Painter, Pos2)); 4] = [
        ("flow-reporting", |look, p, at| {
            p.circle_filled(at, 6.0, look.ink(|p| p.categories[0]));
        }),
        ("flow-handling", |look, p, at| {
            p.rect_filled(Rect::from_center_size(at, Vec2::splat(11.0)), 1, look.ink(|p| p.categories[2]));
        }),
        ("flow-checking", |look, p, at| {
            p.circle_filled(at, 3.0, look.ink(|p| p.categories[0]));
            p.circle_stroke(at, 6.4, Stroke::new(1.8, look.ink(|p| p.categories[0])));
        }),
        ("flow-closed", |look, p, at| {
            p.circle_stroke(at, 5.4, Stroke::new(2.0, look.text2()));
        }),
    ];
    let mut words = look.t("flow-key").into_owned();
    if hubs.merged > 0 {
        words = format!("{} · {words}", look.locale.t_args("flow-merging", &[("n", &look.count(hubs.merged))]));
    }
    let feed = look.feed(Feed::Tickets);
    let nowhere = unplaced(tallies, hubs);
    if nowhere > 0 && feed.has_values() {
        words = format!("{words} · {}", look.t_n("flow-unplaced", u64::from(nowhere)));
    }
    let line = room.min(560.0);
    let (first, second) = two_lines(&words, |part| width(p, part, Role::BODY) <= line);
    // Where the words need two lines, the marks stand above both.
    let above = bottom - if second.is_some() { WORDS } else { 0.0 };
    let wides = entries.map(|(key, _)| 20.0 + width(p, look.t(key).as_ref(), Role::BODY));
    // In one line, or else in two columns of two.
    let is_one_line = wides.iter().sum::<f32>() + 24.0 * 3.0 <= room;
    let column = wides[0].max(wides[2]) + 24.0;
    let mut x = left;
    for (nth, ((key, mark), wide)) in entries.into_iter().zip(wides).enumerate() {
        let (from, base) = match is_one_line {
            true => (x, above - LINE),
            false => (left + column * (nth % 2) as f32, above - LINE * (2 - nth / 2) as f32),
        };
        mark(look, p, pos2(from + 7.0, base - 7.0));
        let middle = pos2(from + 20.0 + (wide - 20.0) / 2.0, base - 7.0);
        haloed(p, middle, look.t(key), Role::BODY, look.text2(), halo, 1.6);
        x += wide + 24.0;
    }
    let ink = if hubs.merged > 0 { look.text1() } else { look.text3() };
    let said = fit(p, pos2(left, bottom), Align::Min, second.unwrap_or(first), Role::BODY, ink, line);
    if second.is_some() {
        fit(p, pos2(left, above), Align::Min, first, Role::BODY, ink, line);
    }
    announce(ui, said.expand2(vec2(0.0, 2.0)), "flow-key", &words);
}

/// Where a disc stands: on its place, or, where a sign lies on it, on the first place around it that is free of signs and
/// names; `None` where there is none.
fn beside(at: Pos2, (taken, names): (&[Rect], &[Rect]), free: Rect, disc: impl Fn(Pos2) -> Rect) -> Option<Pos2> {
    let is_met = |at: Pos2, by: &[Rect]| by.iter().any(|other| other.intersects(disc(at)));
    if !is_met(at, taken) {
        return Some(at);
    }
    let is_free = |at: &Pos2| free.contains(*at) && !is_met(*at, taken) && !is_met(*at, names);
    let around = |far: f32| (0..12).map(move |nth| at + far * Vec2::angled(nth as f32 * std::f32::consts::TAU / 12.0));
    [36.0, 48.0, 60.0].into_iter().flat_map(around).find(is_free)
}

/// Today's tickets that are in no circle: without a place, or without a street.
fn unplaced(tallies: &Tallies, hubs: &HubNotes) -> u32 {
    let all: u32 = tallies.today.iter().flatten().sum();
    let placed = hubs.streets.iter().filter_map(|(id, _)| tallies.areas.get(id.index())).map(|tally| tally.today);
    all.saturating_sub(placed.sum())
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn a_hub_steps_aside_for_a_sign_and_stays_near() {
        let free = Rect::from_min_max(pos2(0.0, 0.0), pos2(560.0, 800.0));
        let disc = |at: Pos2| Rect::from_center_size(at, Vec2::splat(34.0));
        let at = pos2(200.0, 200.0);
        let name = Rect::from_center_size(pos2(218.0, 235.0), vec2(40.0, 22.0));
        assert_eq!(beside(at, (&[], &[name]), free, disc), Some(at));
        let sign = Rect::from_center_size(pos2(205.0, 195.0), Vec2::splat(34.0));
        let place = beside(at, (&[sign], &[name]), free, disc).expect("a place");
        assert!(
            !disc(place).intersects(sign) && !disc(place).intersects(name) && place.distance(at) <= 61.0,
            "{place}"
        );
        assert_eq!(beside(at, (&[Rect::from_center_size(at, Vec2::splat(400.0))], &[]), free, disc), None);
    }

    #[test]
    fn hubs_say_the_day_s_count_and_a_burst_is_told() {
        let city = fixture::city();
        let street = city.areas.at_level(crate::domain::Level::Street).next().unwrap();
        let today = city.tallies.areas[street.index()].today;
        let hubs =
            HubNotes { streets: vec![(street, pos2(200.0, 200.0))], centre: Some(pos2(300.0, 300.0)), merged: 1234 };
        let said = fixture::labels(&city, |ui, look, city| {
            let free = Rect::from_min_max(pos2(0.0, 0.0), pos2(560.0, 800.0));
            hubs_ui(ui, look, &city.tallies, &hubs, (&[], &[]), free);
            key_ui(ui, look, &city.tallies, &hubs, (26.0, 780.0), 500.0);
        });
        assert!(today > 0 && said.contains(&today.to_string()), "{said:?}");
        assert!(said.iter().any(|words| words.contains("正在合并 1,234 条更新")), "{said:?}");
    }
}
