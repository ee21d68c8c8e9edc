//! Panels of the teams: who is on duty, street by street, and the grids they look after. Counts of areas, never persons.

pub mod facts;
pub mod streets;
pub mod strip;

use bevy_egui::egui::{Painter, Rect};

use super::head::empty;
use super::look::Look;
use crate::city::Teams;
use crate::city::figures::Answer;
use crate::domain::{AreaTable, Team, TeamKind};

/// The team of a kind in the whole district; platforms name the district by its code or not at all.
pub(super) fn district<'a>(teams: &'a Teams, areas: &AreaTable, kind: TeamKind) -> Option<&'a Team> {
    let root = areas.root().map(|id| &areas.get(id).code);
    teams.of(root, kind).or_else(|| teams.of(None, kind))
}

/// The message with a kind's name.
pub(super) const fn kind_key(kind: TeamKind) -> &'static str {
    match kind {
        TeamKind::GridWorkers => "team-grid-workers",
        TeamKind::Specialists => "team-specialists",
        TeamKind::Volunteers => "team-volunteers",
        TeamKind::Emergency => "team-emergency",
    }
}

/// What stands instead of figures while there are none. True if something does.
fn instead(p: &Painter, look: &Look<'_>, rect: Rect, teams: &Teams) -> bool {
    let key = match teams.0.answer {
        Answer::None => "connecting",
        Answer::NotOffered => "team-not-offered",
        Answer::Here if teams.0.list.is_empty() => "team-none",
        Answer::Here => return false,
    };
    empty(p, look, rect, &look.t(key));
    true
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::super::fixture;
    use super::*;
    use crate::domain::{AreaCode, Level};

    fn team(area: Option<AreaCode>, kind: TeamKind, total: u32, on_duty: u32, grids: Option<(u32, u32)>) -> Team {
        Team {
            area,
            kind,
            total: Some(total),
            on_duty: Some(on_duty),
            online: (kind != TeamKind::Volunteers).then_some(on_duty.saturating_sub(2)),
            devices_online: grids.map(|_| on_duty),
            devices_total: grids.map(|_| total * 2),
            grids: grids.map(|(all, _)| all),
            grids_visited: grids.map(|(_, visited)| visited),
            as_of: fixture::now(),
        }
    }

    /// Teams for the fixture's district and streets; the last street does not count its visits.
    pub(crate) fn teams(areas: &AreaTable) -> Teams {
        let root = areas.root().map(|id| areas.get(id).code.clone());
        let mut list = vec![
            team(root.clone(), TeamKind::GridWorkers, 168, 121, Some((140, 98))),
            team(root.clone(), TeamKind::Specialists, 35, 0, None),
            team(root, TeamKind::Emergency, 98, 32, None),
        ];
        let streets: Vec<_> = areas.at_level(Level::Street).collect();
        for (nth, id) in streets.iter().enumerate() {
            let counted = (nth + 1 < streets.len()).then_some((20, 6 + 2 * nth as u32));
            let code = Some(areas.get(*id).code.clone());
            list.push(team(code, TeamKind::GridWorkers, 24, 10 + nth as u32, counted));
        }
        let mut teams = Teams::default();
        (teams.0.list, teams.0.answer) = (Arc::new(list), Answer::Here);
        teams
    }

    #[test]
    fn a_platform_without_teams_says_so_and_shows_no_zero() {
        let city = fixture::city();
        for (answer, words) in [(Answer::None, "正在连接…"), (Answer::NotOffered, "平台未提供队伍数据")]
        {
            let mut teams = Teams::default();
            teams.0.answer = answer;
            let labels = fixture::labels(&city, |ui, look, city| {
                _ = strip::strip_ui(ui, look, &city.areas, &teams);
            });
            assert!(!labels.iter().any(|label| label.contains(" / ")), "{labels:?}");
            assert_eq!(
                crate::locale::Locale::ZhCn.t(if answer == Answer::None { "connecting" } else { "team-not-offered" }),
                words
            );
        }
    }
}
