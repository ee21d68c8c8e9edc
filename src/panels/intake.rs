//! 今日受理: how many tickets came today, against the same weekday before, and from whom.
//!
//! Expectation is the mean of up to eight earlier same weekdays, ±1.5 standard deviations, at least ±1.5·√mean as for
//! counts; fewer than three weeks make no band. [`view`] is pure, [`intake_ui`] draws it.

use bevy_egui::egui::{Align, Mesh, Painter, Rect, Shape, Stroke, Ui, pos2};

use super::behind::Counted;
use super::digest::{BINS, Digest};
use super::head::{head, row};
use super::look::Look;
use super::pen::{bar, dotted, say, say_all, source_mark, width};
use super::style::{Role, colour, faint};
use crate::city::{Freshness, Tallies};
use crate::domain::{Feed, Source};
use crate::locale::hms;

/// The unit beside the figure.
const UNIT: Role = Role::regular(26.0);
/// Width of the key before a comparison.
const KEY: f32 = 36.0;
/// Least space between the figure and what stands beside it.
const BESIDE: f32 = 12.0;

/// What the panel shows.
#[derive(Clone, Debug, PartialEq)]
pub struct IntakeView {
    /// Tickets today.
    pub total: u32,
    /// By source, as in [`Source::ALL`].
    pub by_source: [u32; 4],
    /// Against the same weekday last week at the same time; `None` without that week.
    pub delta: Option<i64>,
    /// What is expected by now.
    pub expected: Option<(u32, u32)>,
    /// Last week's cumulative count at each full hour, 0–24; empty without that week.
    pub last_week: Vec<f32>,
    /// Low and high end of the band at each full hour, 0–24; empty without enough weeks.
    pub band: Vec<(f32, f32)>,
}

/// The view at `hour` of the day (0–24, with the part of the running hour).
pub fn view(tallies: &Tallies, hour: f32) -> IntakeView {
    let mut by_source = [0; 4];
    for slots in &tallies.today {
        for (sum, n) in by_source.iter_mut().zip(slots) {
            *sum += n;
        }
    }
    let total: u32 = by_source.iter().sum();
    // A day without any ticket is a day the platform has no data of.
    let weeks: Vec<Option<Vec<f32>>> =
        tallies.same_weekday.iter().map(|hours| hours.iter().any(|n| *n > 0).then(|| cumulative(hours))).collect();
    let last_week = weeks.first().cloned().flatten().unwrap_or_default();
    let known: Vec<&Vec<f32>> = weeks.iter().flatten().collect();
    let band: Vec<(f32, f32)> =
        if known.len() < 3 { Vec::new() } else { (0..=24).map(|h| band_at(&known, h)).collect() };
    IntakeView {
        total,
        by_source,
        delta: (!last_week.is_empty()).then(|| i64::from(total) - at(&last_week, hour).round() as i64),
        expected: (!band.is_empty()).then(|| {
            let low: Vec<f32> = band.iter().map(|b| b.0).collect();
            let high: Vec<f32> = band.iter().map(|b| b.1).collect();
            (at(&low, hour).round() as u32, at(&high, hour).round() as u32)
        }),
        last_week,
        band,
    }
}

fn cumulative(hours: &[u32; 24]) -> Vec<f32> {
    let mut sum = 0.0;
    std::iter::once(0.0)
        .chain(hours.iter().map(|n| {
            sum += *n as f32;
            sum
        }))
        .collect()
}

/// Mean ± 1.5 deviations of the weeks at a full hour.
fn band_at(weeks: &[&Vec<f32>], hour: usize) -> (f32, f32) {
    let n = weeks.len() as f32;
    let mean = weeks.iter().map(|week| week[hour]).sum::<f32>() / n;
    let variance = weeks.iter().map(|week| (week[hour] - mean).powi(2)).sum::<f32>() / (n - 1.0);
    let reach = 1.5 * variance.sqrt().max(mean.sqrt());
    ((mean - reach).max(0.0), mean + reach)
}

/// A curve of full hours at a broken hour.
fn at(curve: &[f32], hour: f32) -> f32 {
    let hour = hour.clamp(0.0, 24.0);
    let i = (hour as usize).min(23);
    curve[i] + (curve[i + 1] - curve[i]) * (hour - i as f32)
}

/// Draws the panel. A click on the number or on a source asks which tickets that are.
pub fn intake_ui(ui: &mut Ui, look: &Look<'_>, tallies: &Tallies, digest: &Digest) -> Option<Counted> {
    let feed = look.feed(Feed::Tickets);
    let body = head(ui, look, &look.t("intake-title"), None, &feed);
    let p = ui.painter();
    let now = look.civil();
    let hour = f32::from(now.hour()) + f32::from(now.minute()) / 60.0;
    let view = view(tallies, hour);
    let (left, right) = (body.left(), body.right());

    let base = body.top() + 78.0;
    if feed.rung == Freshness::Never {
        say(p, pos2(left, base - 12.0), Align::Min, look.t("connecting"), Role::regular(44.0), look.text3());
        say(p, pos2(left, base + 28.0), Align::Min, look.t("no-data-yet"), Role::BODY, look.text3());
        return None;
    }
    let (figure, ink) = feed.figure(look, u64::from(view.total));
    let wide = width(p, figure.as_str(), Role::HERO);
    let number = Rect::from_min_max(pos2(left, base - 72.0), pos2(left + wide, base + 10.0));
    let label = format!("{} {figure}", look.t("intake-title"));
    let mut asked = row(ui, look, number, "total", &label).clicked().then_some(Counted::Today(None));
    let covered = say(p, pos2(left, base), Align::Min, figure, Role::HERO, ink);
    // A number keeps its unit: a smaller one first, then the comparison gives way.
    let unit = look.t("unit-tickets");
    let usual = view.expected.map_or(0.0, |(low, high)| width(p, expected_words(look, low, high), Role::BODY));
    let is_narrow = covered.right() + 8.0 + width(p, unit.as_ref(), UNIT) + BESIDE + usual > right;
    let role = if is_narrow { Role::BODY } else { UNIT };
    let said = say(p, pos2(covered.right() + 8.0, base), Align::Min, unit, role, look.text2());
    beside(ui, look, &view, [[covered.right(), right], [said.right(), right]], base);
    if !feed.has_values() {
        return asked;
    }
    let top = base + 28.0;
    chart(ui, look, &view, digest, Rect::from_min_max(pos2(left, top), pos2(right, top + 84.0)), hour);
    let keys = Rect::from_min_max(pos2(left, top + 84.0 + 44.0), pos2(right, body.bottom()));
    asked = asked.or(sources(ui, look, &view, keys));
    asked
}

/// The comparison to the right of the figure; what a stale figure cannot be compared with is not said. `room`: where its
/// two lines have room, the upper one beside the figure, the lower one beside the unit. Where the words have none, shorter
/// ones stand there, or none.
fn beside(ui: &Ui, look: &Look<'_>, view: &IntakeView, room: [[f32; 2]; 2], base: f32) {
    let p = ui.painter();
    let feed = look.feed(Feed::Tickets);
    let lines = [pos2(room[0][1], base - 34.0), pos2(room[1][1], base - 4.0)];
    let wide = room.map(|[from, to]| to - from - BESIDE);
    let words_at = |line: usize, words: String, ink| {
        fits(p, &words, wide[line]).then(|| say(p, lines[line], Align::Max, words, Role::BODY, ink))
    };
    if feed.is_grey() {
        let ago = look.locale.ago(feed.age.unwrap_or_default());
        words_at(0, look.locale.t_args("not-updated", &[("ago", &ago)]), look.text2());
        let second = match (feed.has_values(), feed.as_of) {
            (false, Some(at)) => look.locale.t_args("last-known", &[("time", &hms(at, &look.zone))]),
            _ => look.t("not-current").into_owned(),
        };
        words_at(1, second, look.text2());
        return;
    }
    if let Some(delta) = view.delta {
        let weekday = look.locale.short_weekday(&look.civil());
        let number = look.locale.signed(delta);
        let spoken = |key: &str| format!(" {}", look.locale.t_args(key, &[("weekday", &weekday)]));
        let (long, short) = (spoken("intake-delta-before"), spoken("intake-delta-short"));
        let needed = |words: &str| width(p, number.as_str(), Role::BODY_STRONG) + width(p, words, Role::BODY);
        let found = [(&long, KEY), (&short, KEY), (&short, 0.0)];
        if let Some((words, key)) = found.into_iter().find(|(words, key)| needed(words) + key <= wide[0]) {
            let pieces = [(number.as_str(), Role::BODY_STRONG, look.text1()), (words, Role::BODY, look.text2())];
            let said = say_all(p, lines[0], Align::Max, &pieces);
            let y = lines[0].y - 7.0;
            if key > 0.0 {
                dotted(p, &[pos2(said.left() - 34.0, y), pos2(said.left() - 10.0, y)], look.text3(), 6.0, 1.1);
            }
        }
    }
    match view.expected {
        Some((low, high)) => {
            let words = expected_words(look, low, high);
            let has_key = width(p, words.as_str(), Role::BODY) + KEY <= wide[1];
            if let Some(said) = words_at(1, words, look.text2()).filter(|_| has_key) {
                let key = pos2(said.left() - 34.0, lines[1].y - 14.0);
                let key = Rect::from_min_max(key, pos2(said.left() - 8.0, lines[1].y));
                bar(p, key, faint(look.palette.text2, 0.25));
            }
        }
        None if view.total == 0 => _ = words_at(1, look.t("verified-zero").into_owned(), look.text2()),
        None => _ = words_at(1, look.t("intake-no-history").into_owned(), look.text3()),
    }
}

fn expected_words(look: &Look<'_>, low: u32, high: u32) -> String {
    look.locale.t_args("intake-expected", &[("low", &look.count(low)), ("high", &look.count(high))])
}

fn fits(p: &Painter, words: &str, room: f32) -> bool {
    width(p, words, Role::BODY) <= room
}

/// Today's step line over the expected band and last week's dotted line; the axis is the whole day.
fn chart(ui: &Ui, look: &Look<'_>, view: &IntakeView, digest: &Digest, rect: Rect, hour: f32) {
    let p = ui.painter();
    let grey = look.feed(Feed::Tickets).is_grey();
    let most = view.band.last().map_or(0.0, |band| band.1).max(view.total as f32);
    let most = most.max(view.last_week.last().copied().unwrap_or(0.0)).max(10.0) * 1.04;
    let x = |hour: f32| rect.left() + hour / 24.0 * rect.width();
    let y = |n: f32| rect.bottom() - n / most * rect.height();

    if !view.band.is_empty() {
        let ink = faint(look.palette.text2, 0.13);
        let mut mesh = Mesh::default();
        for (h, (low, high)) in view.band.iter().enumerate() {
            mesh.colored_vertex(pos2(x(h as f32), y(*low)), ink);
            mesh.colored_vertex(pos2(x(h as f32), y(*high)), ink);
            if h > 0 {
                let base = 2 * h as u32;
                mesh.add_triangle(base - 2, base - 1, base);
                mesh.add_triangle(base - 1, base, base + 1);
            }
        }
        p.add(Shape::mesh(mesh));
    }
    let before: Vec<_> = view.last_week.iter().enumerate().map(|(h, n)| pos2(x(h as f32), y(*n))).collect();
    if before.len() > 1 {
        dotted(p, &before, look.text3(), 6.0, 0.9);
    }
    p.hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, look.ink(|p| p.line2)));
    for (i, side) in [Align::Min, Align::Center, Align::Center, Align::Center, Align::Max].into_iter().enumerate() {
        let at = pos2(rect.left() + i as f32 / 4.0 * rect.width(), rect.bottom() + 23.0);
        say(p, at, side, format!("{:02}", i * 6), Role::AXIS, look.text3());
    }

    // A stale line ends where the data end.
    let end = look.feed(Feed::Tickets).as_of.filter(|_| grey).map_or(hour, |at| {
        let at = at.to_zoned(look.zone.clone());
        if at.date() == look.civil().date() { f32::from(at.hour()) + f32::from(at.minute()) / 60.0 } else { hour }
    });
    let mut points = vec![pos2(rect.left(), rect.bottom())];
    let mut sum = 0.0;
    for (bin, slots) in digest.today.iter().enumerate() {
        let until = ((bin + 1) as f32 / BINS as f32 * 24.0).min(end);
        if bin as f32 / BINS as f32 * 24.0 >= end {
            break;
        }
        sum += slots.iter().map(|n| f32::from(*n)).sum::<f32>();
        points.push(pos2(x(until), y(sum)));
    }
    let (line, dot) = if grey {
        (look.ink(|p| p.stale), look.ink(|p| p.stale))
    } else {
        (look.ink(|p| p.accent), look.ink(|p| p.accent_strong))
    };
    let last = points.last().copied().unwrap_or(rect.left_bottom());
    p.line(points, Stroke::new(2.6, line));
    p.circle_filled(last, 5.5, dot);
}

/// The split by source: one bar, and a line of keys for the sources that have tickets. Says which was clicked.
fn sources(ui: &Ui, look: &Look<'_>, view: &IntakeView, rect: Rect) -> Option<Counted> {
    let p = ui.painter();
    let grey = look.feed(Feed::Tickets).is_grey();
    let present: Vec<Source> = Source::ALL.into_iter().filter(|source| view.by_source[*source as usize] > 0).collect();
    if present.is_empty() {
        return None;
    }
    let mut asked = None;
    let gap = 4.0;
    let room = rect.width() - gap * (present.len() as f32 - 1.0);
    let mut x = rect.left();
    for (i, source) in present.iter().enumerate() {
        let n = view.by_source[*source as usize];
        let wide = (room * n as f32 / view.total.max(1) as f32).max(2.0).min(rect.right() - x);
        let ink = match (grey, i) {
            (true, 0) => look.ink(|p| p.stale),
            (true, _) => look.ink(|p| p.neutral_bar_dim),
            (false, _) => colour(look.palette.categories[*source as usize]),
        };
        bar(p, Rect::from_min_max(pos2(x, rect.top()), pos2(x + wide, rect.top() + 12.0)), ink);
        x += wide + gap;
        // Two keys to a line: the first at the left, the second at the right.
        let base = rect.top() + 42.0 + 28.0 * (i / 2) as f32;
        let words = format!("{} ", look.locale.source(*source));
        let number = look.count(n);
        let ink = if grey { look.ink(|p| p.stale) } else { look.text1() };
        let pieces = [(words.as_str(), Role::BODY, look.text1()), (number.as_str(), Role::BODY_STRONG, ink)];
        let (side, from) = if i % 2 == 0 { (Align::Min, rect.left() + 23.0) } else { (Align::Max, rect.right()) };
        let half =
            if i % 2 == 0 { rect.with_max_x(rect.center().x - 6.0) } else { rect.with_min_x(rect.center().x + 6.0) };
        let key = Rect::from_x_y_ranges(half.x_range(), base - 20.0..=base + 6.0);
        if row(ui, look, key, ("source", i), &format!("{words}{number}")).clicked() {
            asked = Some(Counted::Today(Some(*source)));
        }
        let said = say_all(p, pos2(from, base), side, &pieces);
        source_mark(
            p,
            look.palette,
            pos2(said.left() - 16.0, base - 7.0),
            7.0,
            *source,
            grey.then(|| look.ink(|p| p.stale)),
        );
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tallies(weeks: &[u32]) -> Tallies {
        let mut today = [[0; 4]; 24];
        today[9] = [6, 4, 0, 0];
        Tallies { today, same_weekday: weeks.iter().map(|n| [*n; 24]).collect(), ..Default::default() }
    }

    #[test]
    fn compared_with_last_week_at_the_same_minute() {
        let view = view(&tallies(&[2, 2, 2]), 10.5);
        assert_eq!((view.total, view.by_source), (10, [6, 4, 0, 0]));
        // Two an hour make 21 by half past ten.
        assert_eq!(view.delta, Some(-11));
        let (low, high) = view.expected.unwrap();
        assert!(low < 21 && 21 < high);
    }

    #[test]
    fn a_week_without_data_is_not_a_week_of_zeros() {
        let view = view(&tallies(&[0, 2, 2]), 10.5);
        assert_eq!((view.delta, view.expected), (None, None));
        assert!(view.band.is_empty() && view.last_week.is_empty());
    }

    #[test]
    fn more_scatter_makes_a_wider_band_and_never_below_zero() {
        let calm = view(&tallies(&[2, 2, 2, 2]), 12.0).expected.unwrap();
        let wild = view(&tallies(&[0, 9, 1, 9, 1]), 12.0).expected.unwrap();
        assert!(wild.1 - wild.0 > calm.1 - calm.0);
        assert!(view(&tallies(&[1, 30, 1]), 12.0).band.iter().all(|band| band.0 >= 0.0));
    }
}
