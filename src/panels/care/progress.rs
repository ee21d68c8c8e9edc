//! The month: how many of the listed were visited by each day, against an even pace to all of them.

use bevy_egui::egui::{Align, Mesh, Pos2, Rect, Shape, Stroke, Ui, pos2};

use super::{district_counts, instead, missing, pace, percent, privacy, ratio_words};
use crate::city::Care;
use crate::domain::{AreaTable, CareGroup, Feed};
use crate::panels::head::announce;
use crate::panels::look::Look;
use crate::panels::pen::{dotted, fit, say};
use crate::panels::style::{Role, colour, faint};

/// Draws the panel.
pub fn progress_ui(ui: &mut Ui, look: &Look<'_>, areas: &AreaTable, care: &Care) {
    let rect = ui.max_rect();
    let p = ui.painter();
    let feed = look.feed(Feed::Care);
    let title = look.t("care-month");
    let said = say(p, pos2(rect.left(), rect.top() + 28.0), Align::Min, title.as_ref(), Role::PANEL, look.text1());
    announce(ui, said, "care-month", &title);
    for (key, y) in [("care-month-line", 62.0), ("care-month-dots", 89.0)] {
        fit(p, pos2(rect.left(), rect.top() + y), Align::Min, look.t(key), Role::BODY, look.text3(), 180.0);
    }
    // As wide as the column above it.
    let column = if rect.width() > 4400.0 {
        480.0
    } else if rect.width() > 2300.0 {
        440.0
    } else {
        404.0_f32
    };
    let side = column.min(rect.width() * 0.28);
    let summary = Rect::from_min_max(pos2(rect.right() - side, rect.top()), rect.max);
    privacy(p, look, pos2(summary.left(), rect.bottom() - 14.0), side);
    if instead(p, look, summary, care) {
        return;
    }
    let Some(as_of) = care.table.as_of else { return };
    let all = district_counts(care, areas, CareGroup::Everybody);
    let due = pace(as_of, look);
    say(p, pos2(summary.left(), rect.top() + 38.0), Align::Min, look.t("care-month-share"), Role::PANEL, look.text1());
    match percent(all.visited.share_of(all.listed), look, &feed) {
        Some((words, ink)) => {
            say(p, pos2(summary.right(), rect.top() + 40.0), Align::Max, words, Role::medium(40.0), ink);
        }
        None => missing(p, look, pos2(summary.right(), rect.top() + 26.0), [all.visited, all.listed]),
    }
    let ratio = match feed.has_values() {
        true => look.locale.t_args("care-ratio", &[("ratio", &ratio_words(look, all.visited, all.listed))]),
        false => look.t("silent-list").into_owned(),
    };
    let ink = if feed.is_grey() { look.ink(|p| p.stale) } else { look.text2() };
    let said = say(p, pos2(summary.left(), rect.top() + 76.0), Align::Min, ratio, Role::BODY, ink);
    let words = look.locale.t_args("care-pace", &[("share", &format!("{:.0}", due * 100.0))]);
    let room = summary.right() - said.right() - 12.0;
    if feed.has_values() {
        fit(p, pos2(summary.right(), rect.top() + 76.0), Align::Max, words, Role::BODY, look.text2(), room);
    }

    let field = Rect::from_min_max(
        pos2(rect.left() + 190.0, rect.top() + 24.0),
        pos2(summary.left() - 48.0, rect.bottom() - 34.0),
    );
    let date = as_of.to_zoned(look.zone.clone()).date();
    let days = f32::from(date.days_in_month());
    let x = |day: f32| field.left() + field.width() * day / days;
    let y = |share: f32| field.bottom() - field.height() * share.clamp(0.0, 1.0);
    let axis = Stroke::new(1.0, look.ink(|p| p.line2));
    p.hline(field.x_range(), field.bottom(), axis);
    let marks: Vec<i8> = [1, 5, 10, 15, 20, 25, date.days_in_month()].into();
    for day in marks {
        let at = x(f32::from(day) - 1.0);
        p.vline(at, field.bottom()..=field.bottom() + 6.0, axis);
        let words = look.locale.t_args("care-day", &[("day", &day.to_string())]);
        say(p, pos2(at, field.bottom() + 26.0), Align::Center, words, Role::AXIS, look.text3());
    }
    say(p, pos2(field.right(), field.top() - 4.0), Align::Max, "100 %", Role::AXIS, look.text3());
    dotted(p, &[pos2(x(0.0), y(0.0)), pos2(x(days), y(1.0))], look.text3(), 7.0, 1.0);
    let Some(listed) = all.listed.shown().filter(|_| feed.has_values()) else { return };
    // Days before anything may be said begin at nothing: the month does.
    let shares = care
        .table
        .progress
        .iter()
        .enumerate()
        .filter_map(|(day, count)| Some((day as f32, count.shown()? as f32 / listed.max(1) as f32)));
    let mut line: Vec<Pos2> = vec![pos2(x(0.0), y(0.0))];
    line.extend(shares.filter(|(day, _)| *day > 0.0).map(|(day, share)| pos2(x(day), y(share))));
    let grey = feed.is_grey();
    let ink = if grey { look.ink(|p| p.stale) } else { colour(look.palette.accent) };
    let mut area = Mesh::default();
    let fill = faint(if grey { look.palette.stale } else { look.palette.accent }, 0.16);
    for (i, point) in line.iter().enumerate() {
        area.colored_vertex(*point, fill);
        area.colored_vertex(pos2(point.x, field.bottom()), fill);
        if i > 0 {
            let v = 2 * i as u32;
            area.add_triangle(v - 2, v - 1, v);
            area.add_triangle(v - 1, v, v + 1);
        }
    }
    p.add(Shape::mesh(area));
    let end = line.last().copied();
    p.line(line, Stroke::new(2.6, ink));
    if let Some(end) = end {
        let now = x(f32::from(date.day()) - 1.0);
        p.vline(now, field.top()..=field.bottom() + 6.0, Stroke::new(1.6, look.text1()));
        p.circle_filled(end, 6.0, ink);
    }
}
