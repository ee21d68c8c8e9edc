//! How many people need care, and for each category how many of them were visited this month, against today's pace.
//! A click on a category shows that one on the map; a second click shows everybody again.

use bevy_egui::egui::{Align, CornerRadius, Painter, Rect, Stroke, Ui, pos2, vec2};

use super::{as_of_words, base, district_counts, figure, group_key, instead, missing, pace, percent, privacy};
use crate::city::Care;
use crate::domain::{AreaTable, CareCategory, CareGroup, Count, Feed};
use crate::panels::head::{head, row};
use crate::panels::look::Look;
use crate::panels::pen::{fit, rule, say, width};
use crate::panels::style::{Role, colour, faint};

/// Height of the ends of the axis below the rows.
const AXIS: f32 = 18.0;

/// What the number counts, and that it is rounded: beside it where both remarks have room, else in lines of their own.
/// Returns how high those lines are.
fn notes_ui(p: &Painter, look: &Look<'_>, body: Rect, from: f32, line: f32) -> f32 {
    let notes = ["care-note-rounded", "care-note-several"].map(|key| look.t(key));
    let widest = notes.iter().map(|note| width(p, note.as_ref(), Role::BODY)).fold(0.0, f32::max);
    if widest <= body.right() - from - 12.0 {
        for (note, y) in notes.iter().zip([line - 58.0, line - 30.0]) {
            say(p, pos2(body.right(), y), Align::Max, note.as_ref(), Role::BODY, look.text2());
        }
        return 0.0;
    }
    let together = notes.join(" · ");
    let lines = match width(p, together.as_str(), Role::BODY) <= body.width() {
        true => vec![together],
        false => notes.map(|note| note.into_owned()).to_vec(),
    };
    for (nth, words) in lines.iter().enumerate() {
        let at = pos2(body.left(), line + 40.0 + 28.0 * nth as f32);
        fit(p, at, Align::Min, words.as_str(), Role::BODY, look.text2(), body.width());
    }
    12.0 + 28.0 * lines.len() as f32
}

/// Draws the panel; returns the group to show if one was asked for.
pub fn totals_ui(ui: &mut Ui, look: &Look<'_>, areas: &AreaTable, care: &Care, filter: CareGroup) -> Option<CareGroup> {
    let feed = look.feed(Feed::Care);
    let body = head(ui, look, &look.t("care-title"), as_of_words(care, look), &feed);
    let p = ui.painter();
    // Where the month stands below the map, it has the sentence.
    if ui.ctx().content_rect().bottom() - body.bottom() < 100.0 {
        privacy(p, look, pos2(body.left(), body.bottom() - 8.0), body.width());
    }
    if instead(p, look, body, care) {
        return None;
    }
    let all = district_counts(care, areas, CareGroup::Everybody);
    let line = body.top() + 82.0;
    let said = figure(p, pos2(body.left(), line), Align::Min, all.listed, Role::HERO, look, &feed);
    if all.listed != Count::NoData {
        let at = pos2(said.right() + 10.0, line);
        say(p, at, Align::Min, look.t("care-people"), Role::regular(26.0), look.text3());
    }
    let top = line + 30.0 + notes_ui(p, look, body, said.right(), line);
    rule(p, look.palette, body.x_range().into(), top);
    let title = top + 46.0;
    let titled = say(p, pos2(body.left(), title), Align::Min, look.t("care-categories"), Role::PANEL, look.text1());
    let room = body.right() - titled.right() - 16.0;
    fit(p, pos2(body.right(), title), Align::Max, look.t("care-categories-note"), Role::BODY, look.text3(), room);

    let first = title + 20.0;
    // The key and the privacy sentence stand below the rows.
    let height = ((body.bottom() - 76.0 - AXIS - first) / CareCategory::ALL.len() as f32).clamp(30.0, 52.0);
    let due_share = care.table.as_of.map(|at| pace(at, look));
    let names = CareCategory::ALL.map(|it| width(p, look.t(group_key(CareGroup::Of(it))), Role::BODY));
    let names = names.into_iter().fold(80.0, f32::max).min(body.width() * 0.44);
    // Where all are above half, the axis begins there: on a short one the values lie apart.
    let shares: Vec<f32> = CareCategory::ALL
        .into_iter()
        .filter_map(|it| {
            let counts = district_counts(care, areas, CareGroup::Of(it));
            counts.visited.share_of(counts.listed)
        })
        .chain(due_share)
        .collect();
    let low = if shares.iter().all(|share| *share >= 0.5) { 0.5 } else { 0.0 };
    let mut ends = None;
    let mut asked = None;
    for (i, category) in CareCategory::ALL.into_iter().enumerate() {
        let group = CareGroup::Of(category);
        let counts = district_counts(care, areas, group);
        let at = pos2(body.left(), first + height * i as f32);
        let rect = Rect::from_min_size(at, vec2(body.width(), height));
        let name = look.t(group_key(group));
        if row(ui, look, rect, ("care", group.key()), &name).clicked() {
            asked = Some(if filter == group { CareGroup::Everybody } else { group });
        }
        let p = ui.painter();
        if filter == group {
            p.rect_filled(rect.expand2(vec2(8.0, 0.0)), CornerRadius::same(4), faint(look.palette.accent, 0.13));
        }
        let y = rect.center().y;
        fit(p, pos2(rect.left(), base(y)), Align::Min, name, Role::BODY, look.text1(), names);
        let listed = rect.left() + names + 74.0;
        match counts.listed {
            // The words have no room in a column.
            Count::NoData => missing(p, look, pos2(listed, y), [counts.listed; 2]),
            listed_of => _ = figure(p, pos2(listed, base(y)), Align::Max, listed_of, Role::BODY, look, &feed),
        }
        let share = counts.visited.share_of(counts.listed);
        let axis = (listed + 18.0)..=(rect.right() - 66.0);
        ends = Some(axis.clone());
        let x = |share: f32| axis.start() + (axis.end() - axis.start()) * ((share - low) / (1.0 - low)).clamp(0.0, 1.0);
        p.hline(axis.clone(), y, Stroke::new(1.4, look.ink(|p| p.line2)));
        match percent(share, look, &feed) {
            Some((words, ink)) => {
                say(p, pos2(rect.right(), base(y)), Align::Max, words, Role::BODY_STRONG, ink);
            }
            None => missing(p, look, pos2(rect.right(), y), [counts.visited, counts.listed]),
        }
        // Below the dot, which it overtops: a dot cut in two would look like a third state.
        if let Some(due) = due_share {
            p.vline(x(due), y - 13.0..=y + 13.0, Stroke::new(2.4, look.text1()));
        }
        if let Some(share) = share.filter(|_| feed.has_values()) {
            let ink = if feed.is_grey() { look.ink(|p| p.stale) } else { colour(look.palette.accent) };
            let at = pos2(x(share), y);
            if due_share.is_none_or(|due| share >= due) {
                p.circle_filled(at, 8.0, ink);
            } else {
                p.circle(at, 7.0, colour(look.palette.bg1), Stroke::new(2.6, ink));
            }
        }
    }
    let key = due_share
        .map_or_else(String::new, |due| look.locale.t_args("care-key", &[("share", &format!("{:.0}", due * 100.0))]));
    let y = first + height * CareCategory::ALL.len() as f32;
    if let Some(ends) = ends {
        let low = format!("{:.0}", low * 100.0);
        say(ui.painter(), pos2(*ends.start(), y + 14.0), Align::Min, low, Role::AXIS, look.text3());
        say(ui.painter(), pos2(*ends.end(), y + 14.0), Align::Max, "100 %", Role::AXIS, look.text3());
    }
    let y = y + AXIS + 28.0;
    fit(ui.painter(), pos2(body.left(), y), Align::Min, key, Role::BODY, look.text3(), body.width());
    asked
}
