//! How many people need care, and for each category how many of them were visited this month, against today's pace.
//! A click on a category shows that one on the map; a second click shows everybody again.

use bevy_egui::egui::{Align, CornerRadius, Rect, Stroke, Ui, pos2, vec2};

use super::{as_of_words, base, district_counts, figure, group_key, instead, missing, pace, percent, privacy};
use crate::city::Care;
use crate::domain::{AreaTable, CareCategory, CareGroup, Count, Feed};
use crate::panels::head::{head, row};
use crate::panels::look::Look;
use crate::panels::pen::{fit, rule, say, width};
use crate::panels::style::{Role, colour, faint};

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
    for (key, y) in [("care-note-rounded", line - 58.0), ("care-note-several", line - 30.0)] {
        fit(
            p,
            pos2(body.right(), y),
            Align::Max,
            look.t(key),
            Role::BODY,
            look.text2(),
            body.right() - said.right() - 12.0,
        );
    }
    let top = line + 30.0;
    rule(p, look.palette, body.x_range().into(), top);
    let title = top + 46.0;
    let titled = say(p, pos2(body.left(), title), Align::Min, look.t("care-categories"), Role::PANEL, look.text1());
    let room = body.right() - titled.right() - 16.0;
    fit(p, pos2(body.right(), title), Align::Max, look.t("care-categories-note"), Role::BODY, look.text3(), room);

    let first = title + 20.0;
    // The key and the privacy sentence stand below the rows.
    let height = ((body.bottom() - 76.0 - first) / CareCategory::ALL.len() as f32).clamp(30.0, 52.0);
    let due_share = care.table.as_of.map(|at| pace(at, look));
    let names = CareCategory::ALL.map(|it| width(p, look.t(group_key(CareGroup::Of(it))), Role::BODY));
    let names = names.into_iter().fold(80.0, f32::max).min(body.width() * 0.44);
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
        let x = |share: f32| axis.start() + (axis.end() - axis.start()) * share;
        p.hline(axis.clone(), y, Stroke::new(1.4, look.ink(|p| p.line2)));
        if let Some(due) = due_share {
            p.vline(x(due), y - 9.0..=y + 9.0, Stroke::new(3.0, look.text3()));
        }
        match percent(share, look, &feed) {
            Some((words, ink)) => {
                say(p, pos2(rect.right(), base(y)), Align::Max, words, Role::BODY_STRONG, ink);
            }
            None => missing(p, look, pos2(rect.right(), y), [counts.visited, counts.listed]),
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
    let y = first + height * CareCategory::ALL.len() as f32 + 28.0;
    fit(ui.painter(), pos2(body.left(), y), Align::Min, key, Role::BODY, look.text3(), body.width());
    asked
}
