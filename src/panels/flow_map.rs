//! What is written over the map where tickets flow: the hubs with the day's counts, the district centre, the key, and
//! how many changes are being merged. Arcs themselves are the layers'.

use bevy_egui::egui::{Align, Pos2, Rect, Stroke, Ui, Vec2, pos2, vec2};

use super::head::announce;
use super::look::Look;
use super::pen::{fit, haloed, say, width};
use super::style::{Role, colour, faint};
use crate::city::Tallies;
use crate::domain::{AreaId, Feed};
use crate::locale::thousands;

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

/// Distance of the key's lines, u.
const LINE: f32 = 30.0;
/// Radius of a hub, u.
const HUB_U: f32 = 17.0;

/// Draws hubs, centre and counts in the area that is free for the map.
pub fn hubs_ui(ui: &Ui, look: &Look<'_>, tallies: &Tallies, hubs: &HubNotes, free: Rect) {
    let p = ui.painter();
    let feed = look.feed(Feed::Tickets);
    let ring = if feed.is_grey() { look.palette.stale } else { look.palette.text1 };
    let free = free.expand(HUB_U);
    for (nth, (area, at)) in hubs.streets.iter().enumerate().filter(|(_, (_, at))| free.contains(*at)) {
        let today = tallies.areas.get(area.index()).map_or(0, |tally| tally.today);
        let (figure, ink) = feed.figure(look, u64::from(today));
        // Digits of three places and more need a wider disc.
        let wide = width(p, figure.as_str(), Role::AXIS);
        let r = HUB_U.max(wide / 2.0 + 6.0);
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
        let centre = pos2(at.x + 30.0 + width(p, words.as_ref(), role) / 2.0, at.y - 16.0);
        haloed(p, centre, words, role, look.ink(|p| p.map_label), faint(look.palette.label_halo, 0.72), 2.0);
    }
}

/// The key at the bottom left of the map, no wider than `room`; while changes are merged, that they are and how many.
pub fn key_ui(ui: &Ui, look: &Look<'_>, hubs: &HubNotes, (left, bottom): (f32, f32), room: f32) {
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
    let wides = entries.map(|(key, _)| 20.0 + width(p, look.t(key).as_ref(), Role::BODY));
    // In one line, or else in two columns of two.
    let is_one_line = wides.iter().sum::<f32>() + 24.0 * 3.0 <= room;
    let second = wides[0].max(wides[2]) + 24.0;
    let mut x = left;
    for (nth, ((key, mark), wide)) in entries.into_iter().zip(wides).enumerate() {
        let (from, base) = match is_one_line {
            true => (x, bottom - LINE),
            false => (left + second * (nth % 2) as f32, bottom - LINE * (2 - nth / 2) as f32),
        };
        mark(look, p, pos2(from + 7.0, base - 7.0));
        let middle = pos2(from + 20.0 + (wide - 20.0) / 2.0, base - 7.0);
        haloed(p, middle, look.t(key), Role::BODY, look.text2(), halo, 1.6);
        x += wide + 24.0;
    }
    let mut words = look.t("flow-key").into_owned();
    if hubs.merged > 0 {
        words = format!("{} · {words}", look.locale.t_args("flow-merging", &[("n", &thousands(hubs.merged))]));
    }
    let ink = if hubs.merged > 0 { look.text1() } else { look.text3() };
    let said = fit(p, pos2(left, bottom), Align::Min, words.as_str(), Role::BODY, ink, room.min(560.0));
    announce(ui, said.expand2(vec2(0.0, 2.0)), "flow-key", &words);
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn hubs_say_the_day_s_count_and_a_burst_is_told() {
        let city = fixture::city();
        let street = city.areas.at_level(crate::domain::Level::Street).next().unwrap();
        let today = city.tallies.areas[street.index()].today;
        let hubs =
            HubNotes { streets: vec![(street, pos2(200.0, 200.0))], centre: Some(pos2(300.0, 300.0)), merged: 1234 };
        let said = fixture::labels(&city, |ui, look, city| {
            let free = Rect::from_min_max(pos2(0.0, 0.0), pos2(560.0, 800.0));
            hubs_ui(ui, look, &city.tallies, &hubs, free);
            key_ui(ui, look, &hubs, (26.0, 780.0), 500.0);
        });
        assert!(today > 0 && said.contains(&today.to_string()), "{said:?}");
        assert!(said.iter().any(|words| words.contains("正在合并 1,234 条更新")), "{said:?}");
    }
}
