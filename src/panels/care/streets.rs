//! Visits due today and overdue, for the district, by street and, where there is room, by community. A click goes there.

use bevy_egui::egui::{Align, Rect, Ui, pos2, vec2};

use super::{
    as_of_words, base, district_counts, figure, group_key, hatched_bar, hatched_disc, instead, missing, percent,
};
use crate::city::Care;
use crate::domain::{AreaId, AreaTable, CareCounts, CareGroup, Count, Feed, Level};
use crate::panels::head::{head, row};
use crate::panels::look::Look;
use crate::panels::more::{self, Room, more_ui};
use crate::panels::pen::{bar, fit, rule, say, width};
use crate::panels::style::{Role, colour, faint};
use crate::selection::{Drill, Target};

/// Least and greatest height of a row.
const ROW: [f32; 2] = [32.0, 38.0];
/// Height of the key below the rows.
const KEY: f32 = 44.0;

/// Draws the panel.
pub fn streets_ui(ui: &mut Ui, look: &Look<'_>, areas: &AreaTable, care: &Care, filter: CareGroup) -> Option<Drill> {
    let feed = look.feed(Feed::Care);
    let body = head(ui, look, &look.t("care-visits"), as_of_words(care, look), &feed);
    let p = ui.painter();
    if instead(p, look, body, care) {
        return None;
    }
    let all = district_counts(care, areas, filter);
    let figures = [("care-due", all.due), ("care-overdue", all.overdue), ("care-visited", all.visited)];
    for (i, (key, count)) in figures.into_iter().enumerate() {
        let x = body.left() + body.width() * i as f32 / 3.0;
        figure(p, pos2(x, body.top() + 36.0), Align::Min, count, Role::medium(40.0), look, &feed);
        fit(p, pos2(x, body.top() + 68.0), Align::Min, look.t(key), Role::BODY, look.text3(), body.width() / 3.0 - 8.0);
    }
    let top = body.top() + 96.0;
    rule(p, look.palette, body.x_range().into(), top);
    let title = top + 46.0;
    let titled = say(p, pos2(body.left(), title), Align::Min, look.t("care-overdue-title"), Role::PANEL, look.text1());
    let note = format!("{} · {}", look.t(group_key(filter)), look.t("care-streets-note"));
    let room = body.right() - titled.right() - 16.0;
    fit(p, pos2(body.right(), title), Align::Max, note, Role::BODY, look.text3(), room);

    let streets = by_overdue(care, areas, Level::Street, filter);
    // In a low panel the key of what is withheld gives its line to a street, where no street is.
    let hidden = |(_, it): &(AreaId, CareCounts)| [it.listed, it.visited, it.overdue].contains(&Count::Suppressed);
    let needed = title + 18.0 + ROW[0] * streets.len() as f32 + KEY;
    let has_key = needed <= body.bottom() || streets.iter().any(hidden);
    let foot = pos2(body.right(), body.bottom() - if has_key { KEY } else { 0.0 });
    let list = Rect::from_min_max(pos2(body.left(), title + 18.0), foot);
    let (mut drill, mut end) = list_ui(ui, look, areas, &streets, list);
    // What is left of the column names the communities behind it, if three of them have room.
    let next = end + 30.0;
    if next + 46.0 + 3.0 * ROW[1] < foot.y {
        let p = ui.painter();
        rule(p, look.palette, body.x_range().into(), next);
        let words = look.t("care-overdue-communities");
        say(p, pos2(body.left(), next + 44.0), Align::Min, words, Role::PANEL, look.text1());
        let mut communities = by_overdue(care, areas, Level::Community, filter);
        communities.retain(|(_, counts)| counts.overdue.shown().is_some());
        let list = Rect::from_min_max(pos2(body.left(), next + 60.0), foot);
        let (asked, below) = list_ui(ui, look, areas, &communities, list);
        drill = drill.or(asked);
        end = below;
        if communities.is_empty() {
            let at = pos2(body.left(), list.top() + 26.0);
            fit(ui.painter(), at, Align::Min, look.t("care-all-hidden"), Role::BODY, look.text3(), body.width());
            end = list.top() + ROW[1];
        }
    }
    let y = end + 30.0;
    if has_key && y < body.bottom() {
        let p = ui.painter();
        hatched_disc(p, pos2(body.left() + 9.0, y - 7.0), 8.0, look);
        let at = pos2(body.left() + 26.0, y);
        fit(p, at, Align::Min, look.t("care-hidden"), Role::BODY, look.text3(), body.width() - 26.0);
    }
    drill
}

/// The areas of a level, most overdue first; what is withheld comes after what is known, in the order of the codes.
fn by_overdue(care: &Care, areas: &AreaTable, level: Level, filter: CareGroup) -> Vec<(AreaId, CareCounts)> {
    let mut rows: Vec<_> = areas.at_level(level).map(|id| (id, care.table.of(&areas.get(id).code, filter))).collect();
    rows.sort_by_key(|(id, counts)| (std::cmp::Reverse(counts.overdue.shown()), *id));
    rows
}

/// Draws as many rows as fit: name, bar and number overdue, share visited. Returns what was clicked and where they end.
fn list_ui(
    ui: &Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    rows: &[(AreaId, CareCounts)],
    rect: Rect,
) -> (Option<Drill>, f32) {
    let feed = look.feed(Feed::Care);
    let p = ui.painter();
    let (fitting, step) = Room::between(rows.len(), ROW, rect.height());
    more_ui(ui, look, rect, rect.top() + step * fitting.shown as f32, "more-areas", fitting.hidden);
    let rows = &rows[..fitting.shown];
    let most = rows.iter().filter_map(|(_, it)| it.overdue.shown()).max().unwrap_or(0).max(10) as f32;
    let named = |id| look.locale.short_area_name(areas.get(id)).to_owned();
    let names = rows.iter().map(|(id, _)| width(p, named(*id), Role::BODY)).fold(60.0, f32::max);
    let names = names.min(rect.width() * 0.36);
    let (body, first) = (rect, rect.top());
    let mut drill = None;
    for (i, (id, counts)) in rows.iter().enumerate() {
        let area = areas.get(*id);
        let rect = Rect::from_min_size(pos2(body.left(), first + step * i as f32), vec2(body.width(), step));
        if row(ui, look, rect, ("care-street", area.code.as_str()), look.locale.area_name(area)).clicked() {
            drill = Some(Drill::To(Target::Area(area.code.clone())));
        }
        let p = ui.painter();
        let y = rect.center().y;
        fit(p, pos2(rect.left(), base(y)), Align::Min, named(*id), Role::BODY, look.text1(), names);
        match percent(counts.visited.share_of(counts.listed), look, &feed) {
            Some((words, _)) => {
                say(p, pos2(rect.right(), base(y)), Align::Max, words, Role::BODY, look.text3());
            }
            None => missing(p, look, pos2(rect.right(), y), [counts.visited, counts.listed]),
        }
        let from = rect.left() + names + 14.0;
        let room = (rect.right() - 66.0 - 56.0 - from).max(10.0);
        let end = match counts.overdue.shown().filter(|_| feed.has_values()) {
            Some(n) => {
                let ink = match feed.is_grey() {
                    true => faint(look.palette.stale, 0.55),
                    false => colour(look.palette.neutral_bar),
                };
                let end = from + room * n as f32 / most;
                bar(p, Rect::from_min_max(pos2(from, y - 6.0), pos2(end, y + 6.0)), ink);
                end
            }
            None if counts.overdue == Count::Suppressed && feed.has_values() => {
                hatched_bar(p, pos2(from, y), look);
                from + 30.0
            }
            None => from - 10.0,
        };
        if counts.overdue != Count::Suppressed || !feed.has_values() {
            figure(p, pos2(end + 10.0, base(y)), Align::Min, counts.overdue, Role::BODY_STRONG, look, &feed);
        }
    }
    (drill, first + step * fitting.shown as f32 + if fitting.hidden > 0 { more::LINE } else { 0.0 })
}
