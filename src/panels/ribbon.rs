//! 今日工单流: one mark per ticket in quarters of an hour, the expected curve dotted, a line at now. On a busy day one
//! mark stands for several tickets, and the key says so.

use bevy_egui::egui::{Align, Mesh, Pos2, Rect, Shape, Stroke, Ui, pos2};

use super::behind::Counted;
use super::digest::{BINS, Digest};
use super::head::{announce, column};
use super::look::Look;
use super::pen::{dotted, fit, hatch, say, source_mark};
use super::style::{Role, faint};
use crate::city::{Freshness, Tallies};
use crate::domain::{Feed, Source};

/// Most marks one over the other.
const MOST: u32 = 9;

/// How many tickets one mark stands for.
pub fn per_mark(today: &[[u16; 4]; BINS]) -> u32 {
    let fullest = today.iter().map(|slots| slots.iter().map(|n| u32::from(*n)).sum::<u32>()).max().unwrap_or(0);
    [1, 2, 5, 10, 20, 50, 100].into_iter().find(|n| fullest.div_ceil(*n) <= MOST).unwrap_or(200)
}

/// Expected tickets per quarter of an hour at each full hour: the mean of the weeks that have any.
pub fn expected(same_weekday: &[[u32; 24]]) -> Option<[f32; 24]> {
    let weeks: Vec<_> = same_weekday.iter().filter(|hours| hours.iter().any(|n| *n > 0)).collect();
    if weeks.len() < 3 {
        return None;
    }
    let mut mean = [0.0; 24];
    for (hour, slot) in mean.iter_mut().enumerate() {
        *slot = weeks.iter().map(|week| week[hour] as f32).sum::<f32>() / weeks.len() as f32 / 4.0;
    }
    Some(mean)
}

/// Values of the hours as points over the whole day: each at the middle of its hour, and at both ends as in the
/// hour beside it.
pub fn over_the_day<T: Copy>(hours: &[T; 24]) -> Vec<(f32, T)> {
    let middles = hours.iter().enumerate().map(|(hour, value)| (hour as f32 + 0.5, *value));
    [(0.0, hours[0])].into_iter().chain(middles).chain([(24.0, hours[23])]).collect()
}

/// Where the mark of a bin from `start` u, `bin` u wide, stands: in its middle, but nothing that has come stands right of
/// now at `now` u.
pub fn mark_x(start: f32, bin: f32, now: f32, r: f32) -> f32 {
    let middle = start + 0.5 * bin;
    if now < start + bin { middle.min(now - r - 1.5) } else { middle }
}

/// Draws the ribbon. A click on an hour asks which tickets came in it.
pub fn ribbon_ui(ui: &mut Ui, look: &Look<'_>, tallies: &Tallies, digest: &Digest) -> Option<Counted> {
    let rect = ui.max_rect();
    let p = ui.painter();
    let feed = look.feed(Feed::Tickets);
    let per = per_mark(&digest.today);
    // Beside a map of some categories it says that it is of all.
    let title = look.t(if tallies.watched.is_some() { "ribbon-all" } else { "ribbon-title" });
    let said = say(p, pos2(rect.left(), rect.top() + 28.0), Align::Min, title.as_ref(), Role::PANEL, look.text1());
    announce(ui, said, "ribbon", &title);
    let key = if per == 1 { look.t("ribbon-one").into_owned() } else { look.t_n("ribbon-many", per) };
    fit(p, pos2(rect.left(), rect.top() + 64.0), Align::Min, key, Role::BODY, look.text3(), 180.0);
    let curve = expected(&tallies.same_weekday);
    if curve.is_some() {
        fit(
            p,
            pos2(rect.left(), rect.top() + 91.0),
            Align::Min,
            look.t("ribbon-expected"),
            Role::BODY,
            look.text3(),
            180.0,
        );
    }

    let field = Rect::from_min_max(
        pos2(rect.left() + 190.0, rect.top() + 8.0),
        pos2(rect.right() - 24.0, rect.bottom() - 30.0),
    );
    let bin = field.width() / BINS as f32;
    let r = (bin * 0.40).min(5.4);
    let step = r * 2.0 + 1.6;
    let base = field.bottom();
    let axis = Stroke::new(1.0, look.ink(|p| p.line2));
    p.hline(field.x_range(), base, axis);
    for i in 0..=12 {
        let x = field.left() + i as f32 / 12.0 * field.width();
        p.vline(x, base..=base + 6.0, axis);
        let side = match i {
            0 => Align::Min,
            12 => Align::Max,
            _ => Align::Center,
        };
        say(p, pos2(x, base + 26.0), side, format!("{:02}:00", i * 2), Role::AXIS, look.text3());
    }
    if let Some(curve) = curve {
        let at = |(hour, n): (f32, f32)| {
            pos2(field.left() + hour / 24.0 * field.width(), base - 3.0 - n / per as f32 * step)
        };
        let line: Vec<Pos2> = over_the_day(&curve).into_iter().map(at).collect();
        let mut mesh = Mesh::default();
        let ink = faint(look.palette.text2, 0.09);
        for (i, point) in line.iter().enumerate() {
            mesh.colored_vertex(*point, ink);
            mesh.colored_vertex(pos2(point.x, base), ink);
            if i > 0 {
                let v = 2 * i as u32;
                mesh.add_triangle(v - 2, v - 1, v);
                mesh.add_triangle(v - 1, v, v + 1);
            }
        }
        p.add(Shape::mesh(mesh));
        dotted(p, &line, look.text3(), 6.0, 0.8);
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
    let day = |at: &jiff::Zoned| {
        (f32::from(at.hour()) * 60.0 + f32::from(at.minute())) / 1440.0 * field.width() + field.left()
    };
    let now = look.civil();
    let now_x = day(&now);
    if grey.is_none() {
        sources_ui(ui, look, digest, field, (now_x, per));
    }
    for (i, slots) in digest.today.iter().enumerate() {
        let x = mark_x(field.left() + i as f32 * bin, bin, now_x, r);
        let mut level = 0;
        for source in Source::ALL {
            for _ in 0..u32::from(slots[source as usize]).div_ceil(per) {
                let centre = pos2(x, base - 8.0 - level as f32 * step);
                source_mark(p, look.palette, centre, r, if grey.is_some() { Source::GridWorker } else { source }, grey);
                level += 1;
            }
        }
    }
    let x = now_x;
    if let Some(at) = feed.as_of.filter(|_| feed.is_grey()) {
        let at = at.to_zoned(look.zone.clone());
        let from = if at.date() == now.date() { day(&at) } else { field.left() };
        hatch(
            p,
            Rect::from_min_max(pos2(from, field.top()), pos2(x, base)),
            8.0,
            Stroke::new(2.0, look.ink(|p| p.hatch)),
        );
    }
    p.vline(x, field.top()..=base + 6.0, Stroke::new(1.6, look.text1()));
    let (at, side) = if x + 70.0 < field.right() { (x + 10.0, Align::Min) } else { (x - 10.0, Align::Max) };
    say(p, pos2(at, field.top() + 14.0), side, look.t("now"), Role::BODY, look.text2());
    asked
}

/// What the marks mean, for the sources that came today: at the top of the field before the first high pile of marks, or
/// after now, whichever has more room, and as many as fit.
fn sources_ui(ui: &Ui, look: &Look<'_>, digest: &Digest, field: Rect, (now_x, per): (f32, u32)) {
    let p = ui.painter();
    let marks = |slots: &[u16; 4]| slots.iter().map(|n| u32::from(*n).div_ceil(per)).sum::<u32>();
    let first_high = digest.today.iter().position(|slots| marks(slots) + 4 >= MOST).unwrap_or(BINS);
    let before = (first_high as f32 / BINS as f32 * field.width() + field.left()).min(now_x) - 12.0;
    let after = now_x + 24.0 + super::pen::width(p, look.t("now"), Role::BODY);
    let (mut x, end) = match before - field.left() >= field.right() - after {
        true => (field.left() + 4.0, before),
        false => (after, field.right()),
    };
    let base = field.top() + 14.0;
    for source in Source::ALL {
        if digest.today.iter().all(|slots| slots[source as usize] == 0) {
            continue;
        }
        let name = look.locale.source(source);
        if x + 19.0 + super::pen::width(p, name.as_ref(), Role::BODY) > end {
            break;
        }
        source_mark(p, look.palette, pos2(x + 7.0, base - 7.0), 5.4, source, None);
        x = say(p, pos2(x + 19.0, base), Align::Min, name, Role::BODY, look.text3()).right() + 20.0;
    }
}

/// Why a day has no marks: nothing has come, nothing comes any more, or there are no tickets.
pub fn silence_key(look: &Look<'_>, digest: &Digest) -> Option<&'static str> {
    match look.feed(Feed::Tickets).rung {
        Freshness::Never => Some("connecting"),
        Freshness::Expired => Some("silent-list"),
        _ => digest.today.as_flattened().iter().all(|n| *n == 0).then_some("no-tickets"),
    }
}

/// The hours of a day as columns of a field, those in which tickets came. Says which was clicked.
pub fn hours_ui(ui: &Ui, look: &Look<'_>, digest: &Digest, field: Rect) -> Option<Counted> {
    let wide = field.width() / 24.0;
    let mut asked = None;
    for (hour, slots) in digest.today.chunks(BINS / 24).enumerate() {
        let count: u32 = slots.as_flattened().iter().map(|n| u32::from(*n)).sum();
        if count == 0 {
            continue;
        }
        let left = field.left() + wide * hour as f32;
        let place = Rect::from_x_y_ranges(left..=left + wide, field.y_range());
        let label = format!("{hour:02}:00–{:02}:00 {}", hour + 1, look.count(count));
        if column(ui, look, place, ("day-hour", hour), &label).clicked() {
            asked = Some(Counted::Hours(hour as u8, hour as u8 + 1));
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::WatchTally;
    use crate::domain::Matter;
    use crate::panels::fixture;

    #[test]
    fn beside_a_map_of_some_categories_the_ribbon_says_that_it_is_of_all() {
        let mut city = fixture::city();
        let digest = city.digest();
        let mut title = |watched| {
            city.tallies.watched = watched;
            let said = fixture::labels(&city, |ui, look, city| _ = ribbon_ui(ui, look, &city.tallies, &digest));
            said.into_iter().find(|it| it.starts_with("今日"))
        };
        assert_eq!(title(None).as_deref(), Some("今日工单流"));
        let some = WatchTally { matter: Matter(vec!["市容环境".into()]), open: Vec::new() };
        assert_eq!(title(Some(some)).as_deref(), Some("今日全部工单"));
    }

    #[test]
    fn a_burst_changes_what_a_mark_stands_for() {
        let mut today = [[0; 4]; BINS];
        assert_eq!(per_mark(&today), 1);
        today[40] = [5, 4, 0, 0];
        assert_eq!(per_mark(&today), 1);
        today[40] = [5, 4, 1, 0];
        assert_eq!(per_mark(&today), 2);
        today[40] = [400, 0, 0, 0];
        assert_eq!(per_mark(&today), 50);
    }

    #[test]
    fn nothing_that_came_stands_after_now_and_the_curve_ends_with_the_day() {
        assert_eq!(mark_x(100.0, 20.0, 300.0, 5.0), 110.0);
        assert!(mark_x(100.0, 20.0, 108.0, 5.0) + 5.0 < 108.0);
        let points = over_the_day(&[2.0; 24]);
        assert_eq!((points.first(), points.last(), points.len()), (Some(&(0.0, 2.0)), Some(&(24.0, 2.0)), 26));
    }

    #[test]
    fn expectation_needs_three_weeks() {
        assert_eq!(expected(&[[8; 24], [8; 24]]), None);
        assert_eq!(expected(&[[8; 24], [4; 24], [0; 24], [0; 24]]), None);
        assert_eq!(expected(&[[8; 24], [4; 24], [0; 24], [12; 24]]), Some([2.0; 24]));
    }
}
