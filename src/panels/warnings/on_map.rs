//! Warnings on the map: a sign with a thin ring for each area concerned, within its street, several beside each other;
//! what concerns the whole district stands at the top left, by name. Where areas are comes from the wall, in u.
//!
//! Only what nobody has confirmed breathes, and only red and orange: five at most, slowly, for a minute. Nothing asks
//! for another frame when none does.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bevy_egui::egui::{Painter, Pos2, Rect, Stroke, Ui, Vec2, pos2, vec2};

use super::sign::{SignLook, sign};
use super::spread::{Spot, WarnedPlace, spread};
use super::words::words;
use crate::city::{Tickets, Warnings};
use crate::domain::{AreaId, AreaTable, Feed, Level, Warning, WarningLevel};
use crate::palette::Theme;
use crate::panels::head::announce;
use crate::panels::look::Look;
use crate::panels::pen::{haloed, width};
use crate::panels::style::{Role, colour, faint};

/// Where areas with warnings are, as the map placed them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WarningNotes {
    /// Each area below the district that a warning names.
    pub areas: Vec<(AreaId, WarnedPlace)>,
    /// Where the district's centre is drawn, u: no sign stands on it.
    pub centre: Option<Pos2>,
    /// Opacity of the layer; 0 is off.
    pub opacity: f32,
    /// True where nothing may move.
    pub is_calm: bool,
}

/// Radius of a sign on the map, u.
pub const SIGN_U: f32 = 15.0;
/// Radius of the ring around it.
const RING: f32 = 26.0;
/// Radius of the disc with the number of further warnings in one place.
const MORE: f32 = 10.0;
/// At most so many warnings of the whole district are written over the map.
const OF_ALL: usize = 2;
/// Most that breathe at a time.
const BREATHING: usize = 5;
/// How long one breathes without being confirmed.
const BREATH_FOR: Duration = Duration::from_secs(60);
/// Length of a breath: half a hertz.
const BREATH: f32 = 2.0;
/// Between two drawings of a breath.
const STEP: Duration = Duration::from_millis(100);

/// Since when each warning that nobody has confirmed has been seen here.
#[derive(Clone, Debug, Default)]
pub struct Breath(HashMap<String, Instant>);

impl Breath {
    /// Those that breathe at `now`, with how long they have: new, red or orange, young, the first five of the list.
    pub fn of<'a>(&mut self, list: &'a [Warning], now: jiff::Timestamp, mono: Instant) -> Vec<(&'a str, Duration)> {
        let calls = |it: &&Warning| it.is_new(now) && it.level <= WarningLevel::Orange;
        let calling: Vec<&Warning> = list.iter().filter(calls).collect();
        self.0.retain(|id, _| calling.iter().any(|warning| warning.id == *id));
        let aged = calling.into_iter().map(|warning| {
            let since = *self.0.entry(warning.id.clone()).or_insert(mono);
            (warning.id.as_str(), mono.saturating_duration_since(since))
        });
        // All are noted before the first few are taken.
        aged.collect::<Vec<_>>().into_iter().filter(|(_, age)| *age < BREATH_FOR).take(BREATHING).collect()
    }
}

/// Opacity of the ring after so much of its breath: .9 at once, .35 half a breath later.
fn breathed(age: Duration) -> f32 {
    0.625 + 0.275 * (std::f32::consts::TAU * age.as_secs_f32() / BREATH).cos()
}

/// A sign on the map.
struct Placed<'a> {
    at: Pos2,
    /// The middle of its area, where the sign stands outside of its street.
    tie: Option<Pos2>,
    warning: &'a Warning,
    /// Further warnings of its area for which there is no spot.
    more: u32,
}

/// What stands on the map.
struct Places<'a> {
    /// In the area that is free for the map, most severe first.
    signs: Vec<Placed<'a>>,
    /// Those that concern the whole district.
    of_all: Vec<&'a Warning>,
    /// How many are nowhere on the map.
    left_out: u32,
}

/// Where each standing warning is shown.
fn places<'a>(look: &Look<'_>, areas: &AreaTable, list: &'a [Warning], notes: &WarningNotes, free: Rect) -> Places<'a> {
    let (mut wanted, mut warnings, mut of_all, mut left_out) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for warning in list.iter().filter(|warning| warning.is_standing(look.now.at)) {
        let id = warning.area.as_ref().and_then(|code| areas.find(code));
        if id.is_none_or(|id| areas.get(id).level == Level::District) {
            of_all.push(warning);
        } else if let Some(place) = notes.areas.iter().find(|(other, _)| Some(*other) == id) {
            wanted.push(*place);
            warnings.push(warning);
        } else {
            left_out += 1;
        }
    }
    let spots = spread(&wanted, free, notes.centre);
    let (mut signs, mut ids): (Vec<Placed<'_>>, Vec<AreaId>) = (Vec::new(), Vec::new());
    for ((spot, (id, _)), warning) in spots.iter().zip(&wanted).zip(warnings) {
        if let Some(Spot { at, tie }) = *spot {
            signs.push(Placed { at, tie, warning, more: 0 });
            ids.push(*id);
        } else if let Some(nth) = ids.iter().position(|other| other == id) {
            signs[nth].more += 1;
        } else {
            left_out += 1;
        }
    }
    left_out += of_all.len().saturating_sub(OF_ALL) as u32;
    of_all.truncate(OF_ALL);
    Places { signs, of_all, left_out }
}

/// The squares that signs on the map cover: names of communities keep off them.
pub fn squares(look: &Look<'_>, areas: &AreaTable, warnings: &Warnings, notes: &WarningNotes, free: Rect) -> Vec<Rect> {
    if notes.opacity <= 0.0 || !look.feed(Feed::Warnings).has_values() {
        return Vec::new();
    }
    let signs = places(look, areas, &warnings.0.list, notes, free).signs;
    signs.into_iter().map(|sign| Rect::from_center_size(sign.at, Vec2::splat(2.0 * SIGN_U + 4.0))).collect()
}

/// Draws them in the area that is free for the map.
pub fn signs_ui(
    ui: &Ui,
    look: &Look<'_>,
    (areas, tickets): (&AreaTable, &Tickets),
    warnings: &Warnings,
    notes: &WarningNotes,
    breath: &mut Breath,
    free: Rect,
) {
    let feed = look.feed(Feed::Warnings);
    if notes.opacity <= 0.0 || !feed.has_values() {
        return;
    }
    let list = &*warnings.0.list;
    let grey = feed.is_grey();
    let breathing = if notes.is_calm || grey { Vec::new() } else { breath.of(list, look.now.at, look.now.mono) };
    let Places { signs, of_all, left_out } = places(look, areas, list, notes, free);
    let p = &ui.painter().with_clip_rect(ui.clip_rect());
    let signed = if grey { SignLook::Hollow } else { SignLook::Filled };
    // Lines below all signs: what stands outside of its street is tied to its area.
    for (tie, at) in signs.iter().filter_map(|it| Some((it.tie?, it.at))) {
        p.line_segment([tie, at], Stroke::new(4.0, faint(look.palette.label_halo, 0.7)));
        p.line_segment([tie, at], Stroke::new(1.6, look.text1()));
        p.circle(tie, 3.6, look.text1(), Stroke::new(1.2, faint(look.palette.label_halo, 0.9)));
    }
    // Rings below all signs. The most severe are drawn last and lie on top.
    for Placed { at, warning, .. } in signs.iter().rev().filter(|_| !grey) {
        let age = breathing.iter().find(|(id, _)| *id == warning.id).map(|(_, age)| *age);
        ring(p, look, *at, warning.level, age.map_or(0.55, breathed) * notes.opacity);
    }
    for Placed { at, warning, more, .. } in signs.iter().rev() {
        sign(p, look.palette, *at, SIGN_U, warning.level, signed, true);
        let mut title = words(look, areas, tickets, warning).title;
        if *more > 0 {
            more_ui(p, look, *at, *more);
            title = format!("{title} +{more}");
        }
        let place = Rect::from_center_size(*at, Vec2::splat(2.0 * SIGN_U));
        announce(ui, place, ("map-warning", warning.id.as_str()), &title);
    }
    for (nth, warning) in of_all.iter().enumerate() {
        // Clear of the column's background, which fades over the map.
        let at = free.min + vec2(94.0, 34.0 + 44.0 * nth as f32);
        let title = format!("{} · {}", look.t("district-word"), words(look, areas, tickets, warning).title);
        let centre = pos2(at.x + 26.0 + width(p, title.as_str(), Role::BODY) / 2.0, at.y);
        let halo = faint(look.palette.label_halo, 0.72);
        haloed(p, centre, title.as_str(), Role::BODY, look.ink(|p| p.map_label), halo, 2.0);
        sign(p, look.palette, at, SIGN_U, warning.level, signed, true);
        let wide = 26.0 + width(p, title.as_str(), Role::BODY);
        announce(ui, Rect::from_min_size(at, vec2(wide, 2.0 * SIGN_U)), ("map-warning", nth), &title);
    }
    if left_out > 0 {
        let rest = look.t_n("warnings-off-map", left_out);
        let at = free.min + vec2(94.0, 34.0 + 44.0 * of_all.len() as f32);
        let wide = width(p, rest.as_str(), Role::BODY);
        let halo = faint(look.palette.label_halo, 0.72);
        haloed(p, pos2(at.x + wide / 2.0, at.y), rest.as_str(), Role::BODY, look.text2(), halo, 2.0);
        announce(ui, Rect::from_center_size(at, vec2(wide, 24.0)), "map-warnings-rest", &rest);
    }
    if !breathing.is_empty() {
        ui.ctx().request_repaint_after(STEP);
    }
}

/// The number of further warnings, at the sign's upper right.
fn more_ui(p: &Painter, look: &Look<'_>, at: Pos2, more: u32) {
    let middle = at + vec2(SIGN_U, -SIGN_U);
    p.circle(middle, MORE, colour(look.palette.bg1), Stroke::new(1.2, look.text2()));
    let role = Role::medium(14.0);
    let base = pos2(middle.x, crate::panels::pen::centred(middle.y, role));
    let words = format!("+{more}");
    crate::panels::pen::say(p, base, bevy_egui::egui::Align::Center, words, role, look.text1());
}

/// Double for red, thin for blue, as the ladder of the design says.
fn ring(p: &Painter, look: &Look<'_>, at: Pos2, level: WarningLevel, alpha: f32) {
    let hue = look.palette.warnings[level as usize].fill;
    let wide = if level == WarningLevel::Blue { 1.1 } else { 1.8 };
    let radii = if level == WarningLevel::Red { &[RING, RING + 5.0][..] } else { &[RING] };
    for radius in radii {
        // Yellow on paper is hardly seen without an edge.
        if look.palette.theme == Theme::Bright {
            p.circle_stroke(at, *radius, Stroke::new(wide + 1.6, faint(look.palette.text1, 0.5 * alpha)));
        }
        p.circle_stroke(at, *radius, Stroke::new(wide, faint(hue, alpha)));
    }
}

/// The counts in a row for the truth strip, where the scene has no list of warnings; ends at `right`. Returns where it
/// begins. Levels without a warning are dim: zero is not the same as unknown.
pub fn mini_ladder(p: &Painter, look: &Look<'_>, counts: [u32; 4], is_stale: bool, right: Pos2) -> f32 {
    let mut x = right.x;
    for (level, count) in WarningLevel::ALL.into_iter().zip(counts).rev() {
        let (signed, ink) = match (count, is_stale) {
            (0, false) => (SignLook::Empty, look.text3()),
            (0, true) => (SignLook::Empty, look.ink(|p| p.stale)),
            (_, true) => (SignLook::Hollow, look.ink(|p| p.stale)),
            (_, false) => (SignLook::Filled, colour(look.palette.text1)),
        };
        let base = crate::panels::pen::centred(right.y, Role::BODY_STRONG);
        let said = crate::panels::pen::say(
            p,
            pos2(x, base),
            bevy_egui::egui::Align::Max,
            look.count(count),
            Role::BODY_STRONG,
            ink,
        );
        sign(p, look.palette, pos2(said.left() - 20.0, right.y), 12.5, level, signed, false);
        x = said.left() - 20.0 - 16.0 - 14.0;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::domain::WarningState;
    use crate::panels::fixture::now;

    #[test]
    fn only_new_red_and_orange_breathe_for_a_minute_and_five_at_most() {
        let city = samples::city();
        let mut list = city.lists.warnings.0.list.to_vec();
        let start = Instant::now();
        let mut breath = Breath::default();
        assert_eq!(breath.of(&list, now(), start).len(), 1, "orange is confirmed, the others are low");
        assert_eq!(breath.of(&list, now(), start + Duration::from_secs(59)).len(), 1);
        assert!(breath.of(&list, now(), start + Duration::from_secs(60)).is_empty());
        let first = list[0].clone();
        list.extend((0..9).map(|n| Warning { id: format!("x{n}"), ..first.clone() }));
        assert_eq!(breath.of(&list, now(), start + Duration::from_secs(61)).len(), 5);
        list.iter_mut().for_each(|it| it.state = WarningState::Confirmed);
        assert!(breath.of(&list, now(), start + Duration::from_secs(62)).is_empty());
    }

    #[test]
    fn a_breath_is_slower_than_a_hertz_and_stays_within_its_limits() {
        let all: Vec<f32> = (0..200).map(|ms| breathed(Duration::from_millis(ms * 10))).collect();
        let (low, high) = all.iter().fold((1.0f32, 0.0f32), |(low, high), it| (low.min(*it), high.max(*it)));
        assert!((low - 0.35).abs() < 0.01 && (high - 0.9).abs() < 0.01, "{low}–{high}");
        assert!((breathed(Duration::ZERO) - breathed(Duration::from_secs_f32(BREATH))).abs() < 1e-3);
        const { assert!(BREATH >= 1.0) };
    }
}
