//! 今日到件: every ticket of the day as a dot, by quarters of an hour, against what eight same weekdays let expect.
//!
//! A narrow panel has wider bins, a busy day dots of several tickets; the key always says which. [`expected`] and
//! [`regroup`] are pure. The ribbon of the overview (`ribbon.rs`) shows the same day in one line.

use bevy_egui::egui::{Align, Mesh, Rect, Shape, Stroke, Ui, pos2};

use super::behind::Counted;
use super::digest::{BINS, Digest};
use super::head::{HEAD, announce, empty, head};
use super::look::Look;
use super::pen::{bar, dotted, hatch, say, source_mark, width};
use super::ribbon::{hours_ui, mark_x, over_the_day, silence_key};
use super::style::{Role, faint};
use crate::city::{Freshness, Tallies};
use crate::domain::{Feed, Source};

/// Most dots one over the other.
const MOST: u32 = 9;
/// A bin is at least that wide, u.
const BIN_U: f32 = 6.0;

/// Low end, mean and high end of what is expected in a bin of `minutes` at each hour: the mean of the same weekdays
/// ±1.5 standard deviations, at least ±1.5·√mean as for counts. Fewer than three weeks expect nothing.
pub fn expected(same_weekday: &[[u32; 24]], minutes: f32) -> Option<[(f32, f32, f32); 24]> {
    let weeks: Vec<_> = same_weekday.iter().filter(|hours| hours.iter().any(|n| *n > 0)).collect();
    if weeks.len() < 3 {
        return None;
    }
    let share = minutes / 60.0;
    let n = weeks.len() as f32;
    let mut band = [(0.0, 0.0, 0.0); 24];
    for (hour, slot) in band.iter_mut().enumerate() {
        let mean = weeks.iter().map(|week| week[hour] as f32).sum::<f32>() / n;
        let variance = weeks.iter().map(|week| (week[hour] as f32 - mean).powi(2)).sum::<f32>() / (n - 1.0);
        let (mean, deviation) = (mean * share, variance.sqrt() * share);
        let spread = 1.5 * deviation.max(mean.sqrt());
        *slot = ((mean - spread).max(0.0), mean, mean + spread);
    }
    Some(band)
}

/// How many quarters of an hour one bin holds in a field of `wide` u: 1, 2 or 4.
pub fn quarters(wide: f32) -> usize {
    [1, 2, 4].into_iter().find(|n| wide / (BINS / n) as f32 >= BIN_U).unwrap_or(4)
}

/// The day in bins of `quarters`, and how many tickets one dot stands for.
pub fn regroup(today: &[[u16; 4]; BINS], quarters: usize) -> (Vec<[u32; 4]>, u32) {
    let bins: Vec<[u32; 4]> = today
        .chunks(quarters.max(1))
        .map(|slots| std::array::from_fn(|source| slots.iter().map(|slot| u32::from(slot[source])).sum()))
        .collect();
    let dots = |per: u32| bins.iter().map(|slot| slot.iter().map(|n| n.div_ceil(per)).sum::<u32>()).max().unwrap_or(0);
    let per = [1, 2, 5, 10, 20, 50, 100, 200, 500].into_iter().find(|per| dots(*per) <= MOST).unwrap_or(1000);
    (bins, per)
}

/// Draws the panel. A click on an hour asks which tickets came in it.
pub fn flow_dots_ui(ui: &mut Ui, look: &Look<'_>, tallies: &Tallies, digest: &Digest) -> Option<Counted> {
    let feed = look.feed(Feed::Tickets);
    // The width of the field is that of the panel, so that the key can stand in the head.
    let group = quarters(ui.max_rect().width());
    let (bins, per) = regroup(&digest.today, group);
    let minutes = (group * 15) as f32;
    let key = look.locale.t_args("dots-key", &[("minutes", &minutes.to_string()), ("n", &per.to_string())]);
    let body = head(ui, look, &look.t("dots-title"), Some(key.clone()), &feed);
    announce(ui, Rect::from_min_size(body.min, bevy_egui::egui::vec2(body.width(), 30.0)), "dots-key", &key);
    let p = ui.painter();
    if feed.rung == Freshness::Never {
        empty(p, look, body, &look.t("connecting"));
        return None;
    }
    let key_foot = key_ui(ui, look, body, &bins);
    let top = (body.top() + 40.0).max(key_foot + 12.0);
    let field = Rect::from_min_max(pos2(body.left(), top), pos2(body.right(), body.bottom() - 34.0));
    if field.height() < 30.0 || body.height() < HEAD {
        return None;
    }

    let base = field.bottom();
    let bin = field.width() / bins.len() as f32;
    let r = (bin * 0.42).min(5.4).min(field.height() / (MOST as f32 * 2.4));
    let step = (field.height() - r) / MOST as f32;
    let step = step.min(r * 2.0 + 2.4);
    let axis = Stroke::new(1.0, look.ink(|p| p.line2));
    if let Some(band) = expected(&tallies.same_weekday, minutes) {
        let y = |n: f32| (base - 3.0 - n / per as f32 * step).max(field.top() - 10.0);
        let x = |hour: f32| field.left() + hour / 24.0 * field.width();
        let band = over_the_day(&band);
        let ink = faint(look.palette.text2, 0.13);
        let mut mesh = Mesh::default();
        for (nth, (hour, (low, _, high))) in band.iter().enumerate() {
            mesh.colored_vertex(pos2(x(*hour), y(*low)), ink);
            mesh.colored_vertex(pos2(x(*hour), y(*high)), ink);
            if nth > 0 {
                let at = 2 * nth as u32;
                mesh.add_triangle(at - 2, at - 1, at);
                mesh.add_triangle(at - 1, at, at + 1);
            }
        }
        p.add(Shape::mesh(mesh));
        let mean: Vec<_> = band.iter().map(|(hour, (_, mean, _))| pos2(x(*hour), y(*mean))).collect();
        dotted(p, &mean, look.text3(), 6.0, 0.8);
    }
    p.hline(field.x_range(), base, axis);
    for i in 0..=4 {
        let x = field.left() + i as f32 / 4.0 * field.width();
        let side = [Align::Min, Align::Center, Align::Center, Align::Center, Align::Max][i];
        p.vline(x, base..=base + 5.0, axis);
        say(p, pos2(x, base + 25.0), side, format!("{:02}", i * 6), Role::AXIS, look.text3());
    }
    if let Some(words) = silence_key(look, digest) {
        let at = pos2(field.left() + 8.0, field.top() + 14.0);
        say(p, at, Align::Min, look.t(words), Role::BODY, look.text3());
    }
    if !feed.has_values() {
        return None;
    }
    let asked = hours_ui(ui, look, digest, field);
    let grey = feed.is_grey().then(|| look.ink(|p| p.stale));
    let now = look.civil();
    let day = |at: &jiff::Zoned| {
        field.left() + (f32::from(at.hour()) * 60.0 + f32::from(at.minute())) / 1440.0 * field.width()
    };
    for (nth, slot) in bins.iter().enumerate() {
        let x = mark_x(field.left() + nth as f32 * bin, bin, day(&now), r);
        let mut level = 0;
        for source in Source::ALL {
            for _ in 0..slot[source as usize].div_ceil(per) {
                let at = pos2(x, base - r - 2.0 - level as f32 * step);
                source_mark(p, look.palette, at, r, source, grey);
                level += 1;
            }
        }
    }
    if let Some(at) = feed.as_of.filter(|_| feed.is_grey()) {
        let at = at.to_zoned(look.zone.clone());
        let from = if at.date() == now.date() { day(&at) } else { field.left() };
        let gap = Rect::from_min_max(pos2(from, field.top()), pos2(day(&now), base));
        hatch(p, gap, 8.0, Stroke::new(2.0, look.ink(|p| p.hatch)));
    }
    p.vline(day(&now), field.top()..=base + 5.0, Stroke::new(1.6, look.text1()));
    asked
}

/// What the marks and the band mean: every source that came today, in as many lines as that takes. Returns the last
/// baseline.
fn key_ui(ui: &Ui, look: &Look<'_>, body: Rect, bins: &[[u32; 4]]) -> f32 {
    let p = ui.painter();
    let mut at = pos2(body.left(), body.top() + 20.0);
    // Where the next key begins: in a new line if this one has no room for it.
    let mut placed = |wide: f32| {
        if at.x > body.left() && at.x + wide > body.right() {
            at = pos2(body.left(), at.y + 27.0);
        }
        let here = at;
        at.x += wide + 16.0;
        here
    };
    for source in Source::ALL {
        if bins.iter().all(|slot| slot[source as usize] == 0) {
            continue;
        }
        let name = look.locale.source(source);
        let at = placed(17.0 + width(p, name.as_ref(), Role::BODY));
        source_mark(p, look.palette, pos2(at.x + 6.0, at.y - 7.0), 5.4, source, None);
        say(p, pos2(at.x + 17.0, at.y), Align::Min, name, Role::BODY, look.text2());
    }
    let expected = look.t("dots-expected");
    let at = placed(30.0 + width(p, expected.as_ref(), Role::BODY));
    bar(p, Rect::from_min_max(pos2(at.x, at.y - 14.0), pos2(at.x + 24.0, at.y)), faint(look.palette.text2, 0.25));
    say(p, pos2(at.x + 30.0, at.y), Align::Min, expected, Role::BODY, look.text3());
    at.y
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn bins_and_dots_grow_with_the_day_and_the_key_says_so() {
        let mut today = [[0; 4]; BINS];
        today[40] = [5, 4, 0, 0];
        assert_eq!(regroup(&today, 1).1, 1);
        today[40] = [5, 4, 1, 0];
        assert_eq!(regroup(&today, 1).1, 2);
        today[41] = [10, 0, 0, 0];
        let (bins, per) = regroup(&today, 4);
        assert_eq!((bins.len(), bins[10], per), (24, [15, 4, 1, 0], 5));
        assert_eq!([1848.0, 404.0, 200.0].map(quarters), [1, 2, 4]);
        let city = fixture::city();
        let said = fixture::labels_in(&city, bevy_egui::egui::vec2(404.0, 260.0), |ui, look, city| {
            _ = flow_dots_ui(ui, look, &city.tallies, &city.digest());
        });
        assert!(said.iter().any(|words| words.contains("30 分")), "{said:?}");
    }

    #[test]
    fn the_band_is_that_of_counts_and_needs_three_weeks() {
        assert_eq!(expected(&[[8; 24], [8; 24]], 15.0), None);
        let band = expected(&[[16; 24], [16; 24], [16; 24], [0; 24]], 15.0).unwrap();
        assert_eq!(band[3], (1.0, 4.0, 7.0), "no spread among the weeks, but counts scatter");
        let quiet = expected(&[[1; 24]; 8], 15.0).unwrap();
        assert_eq!(quiet[0].0, 0.0, "never less than nothing");
    }
}
