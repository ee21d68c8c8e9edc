//! Panels of key persons: totals and categories, streets, the month. Shared here: words and marks of a count, the pace.
//!
//! Counts come publishable from the platform; nothing is added up or subtracted here. Partner: `domain::care`.

pub mod area;
pub mod legend;
pub mod progress;
pub mod round;
pub mod streets;
pub mod totals;

use bevy_egui::egui::{Align, Color32, Painter, Pos2, Rect, Stroke, Vec2, pos2, vec2};
use jiff::Timestamp;

use super::look::{FeedLook, Look};
use super::pen::{centred, fit, hatch, say};
use super::style::Role;
use crate::city::Care;
use crate::domain::{AreaTable, CareCounts, CareGroup, Count};

/// The message with a group's name.
pub const fn group_key(group: CareGroup) -> &'static str {
    use crate::domain::CareCategory::*;
    match group {
        CareGroup::Everybody => "care-everybody",
        CareGroup::Of(LivingAlone) => "care-living-alone",
        CareGroup::Of(EmptyNest) => "care-empty-nest",
        CareGroup::Of(VeryOld) => "care-very-old",
        CareGroup::Of(SeverelyDisabled) => "care-severely-disabled",
        CareGroup::Of(Dependent) => "care-dependent",
        CareGroup::Of(Destitute) => "care-destitute",
        CareGroup::Of(LeftBehind) => "care-left-behind",
        CareGroup::Of(BereavedFamily) => "care-bereaved-family",
    }
}

/// The counts of the whole district.
pub fn district_counts(care: &Care, areas: &AreaTable, group: CareGroup) -> CareCounts {
    areas.root().map_or_else(CareCounts::default, |id| care.table.of(&areas.get(id).code, group))
}

/// What should have been visited by the moment of the counts, if visits were spread evenly over the month: 0–1.
pub fn pace(as_of: Timestamp, look: &Look<'_>) -> f32 {
    let date = as_of.to_zoned(look.zone.clone()).date();
    (f32::from(date.day()) - 1.0) / f32::from(date.days_in_month())
}

/// `今日 06:00`, or the date where it is another day.
pub fn as_of_words(care: &Care, look: &Look<'_>) -> Option<String> {
    Some(look.day_time(care.table.as_of?))
}

/// The words of a count and their colour. A suppressed count has no words: see [`figure`].
fn words(count: Count, look: &Look<'_>, feed: &FeedLook<'_>) -> Option<(String, Color32)> {
    match count {
        _ if !feed.has_values() => Some(("—".to_owned(), look.ink(|p| p.stale))),
        Count::About(n) => Some(feed.figure(look, u64::from(n))),
        Count::NoData => Some((look.t("care-no-data").into_owned(), look.text3())),
        Count::Suppressed => None,
    }
}

/// Writes a count, or the hatched disc of a suppressed one. Returns what it covers.
pub fn figure(
    p: &Painter,
    at: Pos2,
    side: Align,
    count: Count,
    role: Role,
    look: &Look<'_>,
    feed: &FeedLook<'_>,
) -> Rect {
    match words(count, look, feed) {
        // Words are not set in a number's size.
        Some((_, ink)) if count == Count::NoData && feed.has_values() && role.size > Role::PANEL.size => {
            let small = Role::regular(if role.size > 60.0 { 26.0 } else { Role::BODY.size });
            say(p, at, side, look.t("no-data"), small, ink)
        }
        Some((words, ink)) => say(p, at, side, words, role, ink),
        None => {
            let r = role.size * 0.42;
            let x = match side {
                Align::Min => at.x + r,
                Align::Center => at.x,
                Align::Max => at.x - r,
            };
            let centre = pos2(x, at.y - 0.36 * role.size);
            hatched_disc(p, centre, r, look);
            Rect::from_center_size(centre, Vec2::splat(2.0 * r))
        }
    }
}

/// The hatched disc: suppressed, and the same for the complements of what is suppressed.
pub fn hatched_disc(p: &Painter, centre: Pos2, r: f32, look: &Look<'_>) {
    let stroke = Stroke::new((r * 0.16).clamp(1.2, 2.0), look.text3());
    let step = (r * 0.62).max(4.0);
    let mut offset = -r + step * 0.5;
    while offset < r {
        let half = (r * r - offset * offset).max(0.0).sqrt();
        let middle = centre + vec2(1.0, 1.0).normalized() * offset;
        let along = vec2(1.0, -1.0).normalized() * half;
        p.line_segment([middle - along, middle + along], stroke);
        offset += step;
    }
    p.circle_stroke(centre, r, stroke);
}

/// What stands for a number that there is none of: a hatched disc where it is withheld, a dash where nothing is collected.
fn missing(p: &Painter, look: &Look<'_>, right: Pos2, counts: [Count; 2]) {
    if counts.contains(&Count::Suppressed) {
        hatched_disc(p, right - vec2(9.0, 0.0), 8.0, look);
    } else {
        say(p, pos2(right.x, base(right.y)), Align::Max, "—", Role::BODY, look.text3());
    }
}

/// What a panel says instead of counts: that they are on their way, or that the platform has none.
fn instead(p: &Painter, look: &Look<'_>, rect: Rect, care: &Care) -> bool {
    if !care.is_known || care.table.is_empty() {
        let key = if care.is_known { "care-not-collected" } else { "connecting" };
        super::head::empty(p, look, rect, &look.t(key));
        return true;
    }
    false
}

/// The sentence that no wall may leave out.
fn privacy(p: &Painter, look: &Look<'_>, at: Pos2, room: f32) {
    fit(p, at, Align::Min, look.t("care-privacy"), Role::BODY, look.text3(), room);
}

/// A percentage, grey where the feed is not current; `None` where it cannot be said.
fn percent(share: Option<f32>, look: &Look<'_>, feed: &FeedLook<'_>) -> Option<(String, Color32)> {
    if !feed.has_values() {
        return Some(("—".to_owned(), look.ink(|p| p.stale)));
    }
    let ink = if feed.is_grey() { look.ink(|p| p.stale) } else { look.text1() };
    share.map(|share| (format!("{:.0} %", share * 100.0), ink))
}

/// A bar that stands for a suppressed number: hatching of a fixed length.
fn hatched_bar(p: &Painter, from: Pos2, look: &Look<'_>) {
    let rect = Rect::from_min_size(from - vec2(0.0, 6.0), vec2(30.0, 12.0));
    hatch(p, rect, 6.0, Stroke::new(1.4, look.ink(|p| p.hatch)));
}

/// What the pointer is told about an area: `在册 55 · 已访 40`.
pub fn hover_words(look: &Look<'_>, counts: CareCounts) -> String {
    let feed = look.feed(crate::domain::Feed::Care);
    let say = |count| words(count, look, &feed).map_or_else(|| look.t("care-hidden").into_owned(), |(words, _)| words);
    match counts.listed {
        Count::About(_) => {
            let visited = counts.visited;
            look.locale.t_args("care-hover", &[("listed", &say(counts.listed)), ("visited", &say(visited))])
        }
        other => say(other),
    }
}

/// The codes of the streets.
#[cfg(test)]
fn streets_of(areas: &AreaTable) -> Vec<(crate::domain::AreaId, crate::domain::AreaCode)> {
    areas.at_level(crate::domain::Level::Street).map(|id| (id, areas.get(id).code.clone())).collect()
}

/// `2,240 / 3,020`, or with `…` for what may not be said and `—` for what is not collected.
fn ratio_words(look: &Look<'_>, part: Count, whole: Count) -> String {
    let say = |count: Count| match count {
        Count::About(n) => look.count(n),
        Count::Suppressed => "…".to_owned(),
        Count::NoData => "—".to_owned(),
    };
    format!("{} / {}", say(part), say(whole))
}

/// The baseline of text in the middle of a row.
fn base(y: f32) -> f32 {
    centred(y, Role::BODY)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::fixture;
    use super::*;
    use crate::domain::care::GROUPS;

    /// Counts for the fixture's district and streets; the second street is suppressed.
    pub(crate) fn care(city: &fixture::City) -> Care {
        let counts = |n: u32| CareCounts {
            listed: Count::About(n),
            visited: Count::About(n / 4 * 3 / 5 * 5),
            due: Count::Suppressed,
            overdue: Count::About((n / 10 / 5 * 5).max(10)),
        };
        let mut table = crate::domain::CareTable {
            as_of: Some("2026-11-21T06:00:00+08:00".parse().unwrap()),
            ..Default::default()
        };
        let root = city.areas.root().unwrap();
        table.areas.insert(city.areas.get(root).code.clone(), std::array::from_fn(|g| counts(3020 / (g as u32 + 1))));
        for (index, (_, code)) in streets_of(&city.areas).into_iter().enumerate() {
            let suppressed = CareCounts {
                listed: Count::Suppressed,
                visited: Count::Suppressed,
                due: Count::Suppressed,
                overdue: Count::Suppressed,
            };
            table.areas.insert(
                code,
                if index == 1 { [suppressed; GROUPS] } else { [counts(400 + 10 * index as u32); GROUPS] },
            );
        }
        table.progress =
            (0..21).map(|day| if day == 0 { Count::Suppressed } else { Count::About(day * 110) }).collect();
        Care { table, is_known: true }
    }

    /// The words, the strokes and the circles that something draws.
    fn drawn(show: impl Fn(&Painter, &Look<'_>)) -> (Vec<String>, usize, usize) {
        use bevy_egui::egui::{Context, RawInput, Shape};
        fn count(shape: &Shape, found: &mut (Vec<String>, usize, usize)) {
            match shape {
                Shape::Text(text) => found.0.push(text.galley.text().to_owned()),
                Shape::LineSegment { .. } => found.1 += 1,
                Shape::Circle(_) => found.2 += 1,
                Shape::Vec(all) => all.iter().for_each(|shape| count(shape, found)),
                _ => {}
            }
        }
        let mono = std::time::Instant::now() + std::time::Duration::from_secs(10_000);
        let feeds = super::super::look::tests::feeds(crate::city::Freshness::Live, 2, mono);
        let ctx = Context::default();
        let mut found = (Vec::new(), 0, 0);
        for frame in 0..3 {
            let input = RawInput {
                screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(400.0, 200.0))),
                time: Some(f64::from(frame)),
                ..Default::default()
            };
            let output = ctx.run_ui(input, |ui| {
                if super::super::style::install(ui.ctx(), crate::palette::Theme::Dark) {
                    show(ui.painter(), &super::super::look::tests::look(&feeds, None, mono));
                }
            });
            found = (Vec::new(), 0, 0);
            output.shapes.iter().for_each(|clipped| count(&clipped.shape, &mut found));
        }
        found
    }

    #[test]
    fn withheld_is_a_hatched_disc_without_digits_and_no_data_is_words() {
        let of = |count| {
            drawn(|p, look| {
                let feed = look.feed(crate::domain::Feed::Care);
                figure(p, pos2(100.0, 100.0), Align::Min, count, Role::BODY, look, &feed);
            })
        };
        let (words, strokes, circles) = of(Count::Suppressed);
        assert!(words.is_empty() && strokes >= 3 && circles == 1, "{words:?} {strokes} {circles}");
        assert_eq!(of(Count::NoData), (vec!["— 无数据".to_owned()], 0, 0));
        assert_eq!(of(Count::About(15)), (vec!["15".to_owned()], 0, 0));
        let (words, strokes, _) =
            drawn(|p, look| missing(p, look, pos2(100.0, 100.0), [Count::NoData, Count::About(10)]));
        assert_eq!((words, strokes), (vec!["—".to_owned()], 0), "a share of nothing collected is not withheld");
    }

    #[test]
    fn a_click_on_a_category_filters_and_a_second_one_ends_it() {
        let city = fixture::city();
        let care = care(&city);
        let name = crate::locale::Locale::ZhCn.t("care-very-old").into_owned();
        for (before, after) in [
            (CareGroup::Everybody, CareGroup::Of(crate::domain::CareCategory::VeryOld)),
            (CareGroup::Of(crate::domain::CareCategory::VeryOld), CareGroup::Everybody),
        ] {
            let asked =
                fixture::click(&city, &name, |ui, look, city| totals::totals_ui(ui, look, &city.areas, &care, before));
            assert_eq!(asked, Some(after));
        }
    }

    #[test]
    fn a_click_on_a_street_goes_there() {
        let city = fixture::city();
        let care = care(&city);
        let first = city.areas.get(streets_of(&city.areas)[0].0);
        let drill = fixture::click(&city, &first.name, |ui, look, city| {
            streets::streets_ui(ui, look, &city.areas, &care, CareGroup::Everybody)
        });
        let target = crate::selection::Target::Area(first.code.clone());
        assert_eq!(drill, Some(crate::selection::Drill::To(target)));
    }
}
