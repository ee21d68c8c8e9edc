//! The selected area's care counts: listed, visited, due and overdue, for everybody and by category. Grids have none of
//! their own: theirs are the community's. A click on a category shows it on the map.

use bevy_egui::egui::{Align, CornerRadius, Rect, Ui, pos2, vec2};

use super::{as_of_words, base, figure, group_key, instead, missing, percent};
use crate::city::Care;
use crate::domain::{AreaId, AreaTable, CareGroup, Feed, Level};
use crate::panels::head::{head, row};
use crate::panels::look::Look;
use crate::panels::more::{Room, more_ui};
use crate::panels::pen::{fit, rule, width};
use crate::panels::style::{Role, faint};

/// Height of a row.
const ROW: f32 = 34.0;
/// Right edges of the columns listed, visited, due and overdue, as shares of the panel's width.
const COLUMNS: [(&str, f32); 4] =
    [("care-listed", 0.52), ("care-share", 0.69), ("care-due-short", 0.84), ("care-overdue-short", 1.0)];

/// Draws the panel about `id`; returns the group to show if one was asked for.
pub fn area_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    care: &Care,
    id: AreaId,
    filter: CareGroup,
) -> Option<CareGroup> {
    let feed = look.feed(Feed::Care);
    let own = areas.ancestor_at(id, Level::Community).unwrap_or(id);
    let area = areas.get(own);
    let title = look.locale.t_args("care-area-title", &[("area", look.locale.short_area_name(area))]);
    let body = head(ui, look, &title, as_of_words(care, look), &feed);
    let p = ui.painter();
    if instead(p, look, body, care) {
        return None;
    }
    let x = |share: f32| body.left() + body.width() * share;
    for (key, share) in COLUMNS {
        fit(
            p,
            pos2(x(share), body.top() + 20.0),
            Align::Max,
            look.t(key),
            Role::BODY,
            look.text3(),
            body.width() * 0.2,
        );
    }
    rule(p, look.palette, body.x_range().into(), body.top() + 30.0);
    let names = body.width() * (COLUMNS[0].1 - 0.14);
    let mut asked = None;
    let room = Room::of(CareGroup::all().count(), ROW, body.height() - 32.0);
    more_ui(ui, look, body, body.top() + 34.0 + ROW * room.shown as f32, "more-categories", room.hidden);
    for (nth, group) in CareGroup::all().take(room.shown).enumerate() {
        let rect =
            Rect::from_min_size(pos2(body.left(), body.top() + 34.0 + ROW * nth as f32), vec2(body.width(), ROW));
        let name = look.t(group_key(group));
        if row(ui, look, rect, ("care-area", group.key()), &name).clicked() {
            asked = Some(if filter == group { CareGroup::Everybody } else { group });
        }
        let p = ui.painter();
        if filter == group && group != CareGroup::Everybody {
            p.rect_filled(rect.expand2(vec2(8.0, 0.0)), CornerRadius::same(4), faint(look.palette.accent, 0.13));
        }
        let counts = care.table.of(&area.code, group);
        let y = rect.center().y;
        let role = if group == CareGroup::Everybody { Role::BODY_STRONG } else { Role::BODY };
        fit(p, pos2(rect.left(), base(y)), Align::Min, name, role, look.text1(), names);
        for (count, (_, share)) in
            [counts.listed, counts.due, counts.overdue].into_iter().zip([COLUMNS[0], COLUMNS[2], COLUMNS[3]])
        {
            match count {
                // The words "no data" have no room in a column.
                crate::domain::Count::NoData => missing(p, look, pos2(x(share), y), [count, count]),
                _ => _ = figure(p, pos2(x(share), base(y)), Align::Max, count, role, look, &feed),
            }
        }
        match percent(counts.visited.share_of(counts.listed), look, &feed) {
            Some((words, ink)) => {
                let room = width(p, words.as_str(), role) + 1.0;
                fit(p, pos2(x(COLUMNS[1].1), base(y)), Align::Max, words, role, ink, room);
            }
            None => missing(p, look, pos2(x(COLUMNS[1].1), y), [counts.visited, counts.listed]),
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;
    use crate::domain::CareCategory;

    #[test]
    fn a_grid_shows_its_community_and_a_click_filters() {
        let city = fixture::city();
        let care = super::super::tests::care(&city);
        let grid = city.areas.at_level(Level::Grid).next().unwrap();
        let community = city.areas.ancestor_at(grid, Level::Community).unwrap();
        let name = city.areas.get(community).name.clone();
        let labels = fixture::labels(&city, |ui, look, city| {
            _ = area_ui(ui, look, &city.areas, &care, grid, CareGroup::Everybody);
        });
        assert!(labels.iter().any(|label| label.contains(&name)), "{labels:?}");
        let wanted = crate::locale::Locale::ZhCn.t("care-very-old").into_owned();
        let asked = fixture::click(&city, &wanted, |ui, look, city| {
            area_ui(ui, look, &city.areas, &care, grid, CareGroup::Everybody)
        });
        assert_eq!(asked, Some(CareGroup::Of(CareCategory::VeryOld)));
    }
}
