//! The areas below the selected one, ranked by open tickets, and how many are in none of them; a click goes down one level.

use bevy_egui::egui::scroll_area::ScrollBarVisibility;
use bevy_egui::egui::{Align, CornerRadius, Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

use super::head::{announce, empty, head, row};
use super::look::Look;
use super::more::{LINE, Room, more_ui};
use super::pen::{bar, centred, fit, say, width};
use super::style::{Role, colour, faint};
use crate::city::{AreaTally, Freshness, Tallies};
use crate::domain::{AreaId, AreaTable, Feed, Level};
use crate::selection::{Drill, Target};

/// Least height of a row, and the greatest that is good.
const ROW: [f32; 2] = [32.0, 52.0];

/// The children of `parent`, most open tickets first, then most overdue, then by code.
pub fn ranking(areas: &AreaTable, tallies: &Tallies, parent: AreaId) -> Vec<(AreaId, AreaTally)> {
    let tally = |id: AreaId| tallies.areas.get(id.index()).copied().unwrap_or_default();
    let mut ranked: Vec<_> = areas.children(parent).iter().map(|id| (*id, tally(*id))).collect();
    ranked.sort_by(|a, b| (b.1.open, b.1.overdue).cmp(&(a.1.open, a.1.overdue)).then(a.0.cmp(&b.0)));
    ranked
}

/// Open tickets of `parent`, for the root those of the whole platform, that none of its children has.
pub fn unplaced(areas: &AreaTable, tallies: &Tallies, parent: AreaId, ranked: &[(AreaId, AreaTally)]) -> u32 {
    let whole = match areas.root() == Some(parent) {
        true => tallies.stages.iter().map(|stage| stage.count).sum(),
        false => tallies.areas.get(parent.index()).map_or(0, |tally| tally.open),
    };
    let placed: u32 = ranked.iter().map(|(_, tally)| tally.open).sum();
    whole.saturating_sub(placed)
}

/// The title for children of this level.
fn title(look: &Look<'_>, level: Level) -> String {
    look.t(match level {
        Level::District | Level::Street => "children-title-street",
        Level::Community => "children-title-community",
        Level::Grid => "children-title-grid",
    })
    .into_owned()
}

/// Draws the panel for the areas below `parent`.
pub fn children_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    tallies: &Tallies,
    parent: Option<AreaId>,
) -> Option<Drill> {
    let feed = look.feed(Feed::Tickets);
    let ranked = parent.map(|parent| ranking(areas, tallies, parent)).unwrap_or_default();
    let level = ranked.first().map_or(Level::Street, |(id, _)| areas.get(*id).level);
    let note = (!ranked.is_empty()).then(|| look.t_n("children-note", ranked.len() as u64));
    let body = head(ui, look, &title(look, level), note, &feed);
    if ranked.is_empty() {
        let words = if areas.is_empty() { "connecting" } else { "children-none" };
        empty(ui.painter(), look, body, &look.t(words));
        return None;
    }
    let p = ui.painter();
    let named = |id: AreaId| look.locale.short_area_name(areas.get(id)).to_owned();
    let names = ranked.iter().take(40).map(|(id, _)| width(p, named(*id), Role::BODY)).fold(60.0, f32::max);
    let names = names.min(body.width() * 0.42);
    // The two columns of figures are as wide as their widest.
    let figures = |of: fn(&AreaTally) -> u32, role| {
        // The largest need not be the widest: `9999`, `10.0 万`, `123 万`.
        ranked.iter().map(|(_, tally)| width(p, look.count(of(tally)), role)).fold(26.0, f32::max)
    };
    let late_wide = figures(|tally| tally.overdue, Role::BODY) + 18.0;
    let open_wide = figures(|tally| tally.open, Role::BODY_STRONG) + 18.0;
    let most = ranked.iter().map(|(_, tally)| tally.open).max().unwrap_or(0).max(10) as f32;
    let mut drill = None;
    let nowhere = parent.map_or(0, |parent| unplaced(areas, tallies, parent, &ranked));
    let whole_body = body;
    let body = if nowhere > 0 && feed.has_values() { body.with_max_y(body.bottom() - LINE) } else { body };
    // Where all have room they share it; else whole rows only, and at a desk the others can be scrolled to.
    let (room, pitch) = Room::between(ranked.len(), ROW, body.height());
    // A little more than the rows: no bar for scrolling by a rounded pixel.
    let body = body.with_max_y(body.min.y + room.shown as f32 * pitch + 0.5);
    more_ui(ui, look, body, body.bottom(), "more-areas", room.hidden);
    if nowhere > 0 && feed.has_values() {
        let (n, unit, level) = (look.count(nowhere), look.t("unit-tickets"), look.locale.level(level));
        let words = look.locale.t_args("unplaced", &[("n", &n), ("unit", &unit), ("level", &level)]);
        let base = body.bottom() + if room.hidden > 0 { LINE } else { 0.0 } + 22.0;
        let at = pos2(body.left(), base.min(whole_body.bottom()));
        let said = fit(p, at, Align::Min, words.as_str(), Role::BODY, look.text3(), body.width());
        announce(ui, said, "unplaced", &words);
    }
    let wide = body.width();
    let place = body.with_max_x(body.right() + 14.0);
    let mut inner = ui.new_child(UiBuilder::new().max_rect(place).id_salt("children"));
    inner.set_clip_rect(body.expand2(vec2(14.0, 0.0)).intersect(ui.clip_rect()));
    // At a desk its bar stands beside the column; on a wall nobody scrolls.
    let bar_seen =
        if look.is_desk() { ScrollBarVisibility::VisibleWhenNeeded } else { ScrollBarVisibility::AlwaysHidden };
    let scroll = ScrollArea::vertical().scroll_bar_visibility(bar_seen).auto_shrink([false, false]);
    scroll.show_rows(&mut inner, pitch, ranked.len(), |ui, range| {
        for (id, tally) in &ranked[range] {
            let (_, rect) = ui.allocate_space(vec2(wide, pitch));
            let area = areas.get(*id);
            let label = format!("{} {}", look.locale.area_name(area), look.count(tally.open));
            if row(ui, look, rect, ("child", area.code.as_str()), &label).clicked() {
                drill = Some(Drill::To(Target::Area(area.code.clone())));
            }
            let p = ui.painter();
            let y = rect.center().y;
            let base = centred(y, Role::BODY);
            fit(p, pos2(rect.left(), base), Align::Min, named(*id), Role::BODY, look.text1(), names);
            let (open, ink) = feed.figure(look, u64::from(tally.open));
            let (late, _) = feed.figure(look, u64::from(tally.overdue));
            let right = rect.right();
            say(
                p,
                pos2(right, base),
                Align::Max,
                if feed.rung == Freshness::Never { String::new() } else { late },
                Role::BODY,
                look.text3(),
            );
            say(p, pos2(right - late_wide, base), Align::Max, open, Role::BODY_STRONG, ink);
            if feed.has_values() && tally.open > 0 {
                let from = rect.left() + names + 14.0;
                let length = ((right - late_wide - open_wide - from).max(10.0) * tally.open as f32 / most).max(3.0);
                let ink =
                    if feed.is_grey() { faint(look.palette.stale, 0.55) } else { colour(look.palette.neutral_bar) };
                bar(p, Rect::from_min_max(pos2(from, y - 6.0), pos2(from + length, y + 6.0)), ink);
                if tally.overdue > 0 && !feed.is_grey() {
                    let cap = (length * tally.overdue as f32 / tally.open as f32).max(3.0).min(length);
                    let cap = Rect::from_min_max(pos2(from + length - cap, y - 6.0), pos2(from + length, y + 6.0));
                    p.rect_filled(cap, CornerRadius::same(1), look.text1());
                }
            }
        }
    });
    drill
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn the_list_and_what_is_in_none_of_it_are_the_whole() {
        let city = fixture::city();
        let root = city.areas.root().unwrap();
        let ranked = ranking(&city.areas, &city.tallies, root);
        let placed: u32 = ranked.iter().map(|(_, tally)| tally.open).sum();
        let whole: u32 = city.tallies.stages.iter().map(|stage| stage.count).sum();
        let mut tallies = city.tallies.clone();
        assert_eq!(placed + unplaced(&city.areas, &tallies, root, &ranked), whole);
        tallies.stages[4].count += 5;
        assert_eq!(unplaced(&city.areas, &tallies, root, &ranked), whole - placed + 5);
        let mut city = city;
        city.tallies = tallies;
        let said = fixture::labels(&city, |ui, look, city| {
            _ = children_ui(ui, look, &city.areas, &city.tallies, Some(root));
        });
        let wanted = format!("另有 {} 件未定位到街道", whole - placed + 5);
        assert!(said.contains(&wanted), "{said:?}");
    }

    #[test]
    fn ranked_by_open_and_a_click_goes_down() {
        let city = fixture::city();
        let root = city.areas.root().unwrap();
        let ranked = ranking(&city.areas, &city.tallies, root);
        assert!(ranked.windows(2).all(|pair| pair[0].1.open >= pair[1].1.open));
        let first = city.areas.get(ranked[0].0);
        let drill = fixture::click(&city, &first.name, |ui, look, city| {
            children_ui(ui, look, &city.areas, &city.tallies, Some(root))
        });
        assert_eq!(drill, Some(Drill::To(Target::Area(first.code.clone()))));
    }
}
