//! 各街道走访: grids visited today of all and grid workers on duty, by street, the most unvisited first. A click goes there.

use bevy_egui::egui::{Align, Rect, Ui, pos2, vec2};

use super::super::head::{head, row};
use super::super::look::Look;
use super::super::more::{Room, more_ui};
use super::super::pen::{centred, fit, say, width};
use super::super::share::track_ui;
use super::super::style::Role;
use super::instead;
use crate::city::Teams;
use crate::domain::{AreaId, AreaTable, Feed, Level, Team, TeamKind};
use crate::selection::{Drill, Target};

/// The grid workers of each street, most grids without a visit first; streets that do not count visits last.
fn ranked<'a>(teams: &'a Teams, areas: &AreaTable) -> Vec<(AreaId, &'a Team)> {
    let of = |id: AreaId| Some((id, teams.of(Some(&areas.get(id).code), TeamKind::GridWorkers)?));
    let mut rows: Vec<_> = areas.at_level(Level::Street).filter_map(of).collect();
    let left = |team: &Team| Some(team.grids?.saturating_sub(team.grids_visited?));
    rows.sort_by_key(|(id, team)| (std::cmp::Reverse(left(team)), *id));
    rows
}

/// Draws the panel.
pub fn streets_ui(ui: &Ui, look: &Look<'_>, areas: &AreaTable, teams: &Teams) -> Option<Drill> {
    let feed = look.feed(Feed::Teams);
    let body = head(ui, look, &look.t("team-streets-title"), Some(look.t("team-streets-note").into_owned()), &feed);
    if instead(ui.painter(), look, body, teams) {
        return None;
    }
    let rows = ranked(teams, areas);
    let p = ui.painter();
    let named = |id: AreaId| look.locale.short_area_name(areas.get(id)).to_owned();
    let names = rows.iter().map(|(id, _)| width(p, named(*id), Role::BODY)).fold(60.0, f32::max);
    let names = names.min(body.width() * 0.34);
    let pair = |part: Option<u32>, whole: Option<u32>| {
        let say = |n: Option<u32>| n.map_or_else(|| "—".to_owned(), |n| feed.figure(look, u64::from(n)).0);
        (say(part), format!(" / {}", say(whole)))
    };
    let [visited, duty] = [0, 1].map(|which| {
        let wide = |(_, team): &(AreaId, &Team)| {
            let (part, whole) = figures(team, which, &pair);
            width(p, part, Role::BODY_STRONG) + width(p, whole, Role::BODY)
        };
        let title = look.t(if which == 0 { "team-streets-visited" } else { "team-streets-duty" });
        rows.iter().map(wide).fold(width(p, title, Role::BODY), f32::max)
    });
    let duty_x = body.right();
    let visited_x = duty_x - duty - 20.0;
    let head_base = body.top() + 20.0;
    for (x, key) in [(visited_x, "team-streets-visited"), (duty_x, "team-streets-duty")] {
        say(p, pos2(x, head_base), Align::Max, look.t(key), Role::BODY, look.text3());
    }
    let first = body.top() + 32.0;
    // Rows breathe where there is room, and move together where there is none.
    let (room, step) = Room::between(rows.len(), [32.0, 64.0], body.bottom() - first);
    more_ui(ui, look, body, first + step * room.shown as f32, "more-streets", room.hidden);
    let mut drill = None;
    for (nth, (id, team)) in rows.iter().take(room.shown).enumerate() {
        let rect = Rect::from_min_size(pos2(body.left(), first + step * nth as f32), vec2(body.width(), step));
        let area = areas.get(*id);
        let [(visits, of_grids), (here, of_all)] = [0, 1].map(|which| figures(team, which, &pair));
        let label = format!("{} {visits}{of_grids} {here}{of_all}", look.locale.area_name(area));
        if row(ui, look, rect, ("team-street", area.code.as_str()), &label).clicked() {
            drill = Some(Drill::To(Target::Area(area.code.clone())));
        }
        let p = ui.painter();
        let y = rect.center().y;
        let base = centred(y, Role::BODY);
        fit(p, pos2(rect.left(), base), Align::Min, named(*id), Role::BODY, look.text1(), names);
        let ink = if feed.is_grey() { look.ink(|p| p.stale) } else { look.text1() };
        for (x, part, whole) in [(visited_x, visits, of_grids), (duty_x, here, of_all)] {
            let said = say(p, pos2(x, base), Align::Max, whole, Role::BODY, look.text3());
            say(p, pos2(said.left(), base), Align::Max, part, Role::BODY_STRONG, ink);
        }
        let share = team.grids_visited.zip(team.grids).filter(|(_, all)| *all > 0 && feed.has_values());
        let share = share.map(|(part, all)| (part as f32 / all as f32).min(1.0));
        let (from, to) = (rect.left() + names + 14.0, visited_x - visited - 14.0);
        if to - from >= 24.0 {
            track_ui(ui, look, &feed, (from, to, y), share);
        }
    }
    drill
}

/// Visits of grids, or people on duty of all.
fn figures(
    team: &Team,
    which: usize,
    pair: &impl Fn(Option<u32>, Option<u32>) -> (String, String),
) -> (String, String) {
    match which {
        0 => pair(team.grids_visited, team.grids),
        _ => pair(team.on_duty, team.total),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::super::tests::teams;
    use super::*;

    #[test]
    fn the_least_visited_street_is_first_and_a_click_goes_there() {
        let city = fixture::city();
        let teams = teams(&city.areas);
        let rows = ranked(&teams, &city.areas);
        let left: Vec<_> = rows.iter().map(|(_, it)| it.grids.zip(it.grids_visited).map(|(a, b)| a - b)).collect();
        assert_eq!((left.first(), left.last()), (Some(&Some(14)), Some(&None)), "{left:?}");
        let wanted = city.areas.get(rows[2].0);
        let drill = fixture::click(&city, &wanted.name, |ui, look, city| streets_ui(ui, look, &city.areas, &teams));
        assert_eq!(drill, Some(Drill::To(Target::Area(wanted.code.clone()))));
    }
}
