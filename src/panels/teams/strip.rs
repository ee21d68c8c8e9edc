//! 队伍在岗: every kind of team with who is on duty of all on the list, devices that answer, grids visited today.

use bevy_egui::egui::{Align, Rect, Ui, pos2};

use super::super::behind::Counted;
use super::super::head::{head, row};
use super::super::look::Look;
use super::super::pen::{fit, rule, say};
use super::super::share::{self, ROW, Share, Style, shares_ui, track_ui};
use super::super::style::Role;
use super::{district, instead, kind_key};
use crate::city::Teams;
use crate::domain::{AreaTable, Feed, Team, TeamKind};

/// Height of the number of grid workers with what stands below it.
const LEAD: f32 = 132.0;

/// Draws the panel. A click on a kind of team, or on the visits, asks for them street by street.
pub fn strip_ui(ui: &Ui, look: &Look<'_>, areas: &AreaTable, teams: &Teams) -> Option<Counted> {
    let feed = look.feed(Feed::Teams);
    let body = head(ui, look, &look.t("team-title"), None, &feed);
    let p = ui.painter();
    if instead(p, look, body, teams) {
        return None;
    }
    let workers = district(teams, areas, TeamKind::GridWorkers);
    let lead = lead_ui(ui, look, body.with_max_y(body.top() + LEAD), workers);
    let mut asked = lead.then_some(Counted::Team(TeamKind::GridWorkers));
    let rest = [TeamKind::Specialists, TeamKind::Volunteers, TeamKind::Emergency];
    let people = look.t("unit-people");
    let mut rows: Vec<Share> = rest
        .into_iter()
        .map(|kind| {
            let team = district(teams, areas, kind);
            let of = |pick: fn(&Team) -> Option<u32>| team.and_then(pick).map(u64::from);
            Share {
                label: look.t(kind_key(kind)).into_owned(),
                part: of(|team| team.on_duty),
                whole: of(|team| team.total),
                unit: people.to_string(),
            }
        })
        .collect();
    let of = |pick: fn(&Team) -> Option<u32>| workers.and_then(pick).map(u64::from);
    rows.push(Share {
        label: look.t("team-devices").into_owned(),
        part: of(|team| team.devices_online),
        whole: of(|team| team.devices_total),
        unit: look.t("unit-devices").into_owned(),
    });
    rows.push(Share {
        label: look.t("team-visited").into_owned(),
        part: of(|team| team.grids_visited),
        whole: of(|team| team.grids),
        unit: look.t("unit-grids").into_owned(),
    });
    let list = body.with_min_y(body.top() + LEAD + 12.0);
    rule(p, look.palette, body.x_range().into(), list.top() - 6.0);
    let list = list.with_min_y(list.top() + 4.0);
    let step = (list.height() / rows.len() as f32).clamp(ROW, 60.0);
    let kinds = rest.into_iter().map(|kind| Some(Counted::Team(kind))).chain([None, Some(Counted::Visits)]);
    for (nth, (share, counted)) in rows.iter().zip(kinds).enumerate() {
        let top = list.top() + step * nth as f32;
        let place = Rect::from_x_y_ranges(list.x_range(), top..=top + step);
        let Some(counted) = counted.filter(|_| share.whole.is_some() && place.bottom() <= list.bottom() + 0.5) else {
            continue;
        };
        if row(ui, look, place, ("team", nth), &share.words(look, &feed)).clicked() {
            asked = Some(counted);
        }
    }
    shares_ui(ui, look, &feed, list, &rows, Style { row: step, has_percent: true });
    asked
}

/// The grid workers: who is on duty, large, and of how many. True if it was clicked.
fn lead_ui(ui: &Ui, look: &Look<'_>, rect: Rect, workers: Option<&Team>) -> bool {
    let feed = look.feed(Feed::Teams);
    let share = Share {
        label: look.t(kind_key(TeamKind::GridWorkers)).into_owned(),
        part: workers.and_then(|team| team.on_duty).map(u64::from),
        whole: workers.and_then(|team| team.total).map(u64::from),
        unit: look.t("unit-people").into_owned(),
    };
    let is_asked = row(ui, look, rect, "workers", &share.words(look, &feed)).clicked();
    let p = ui.painter();
    let base = rect.top() + 62.0;
    let (figure, ink) = match workers.and_then(|team| team.on_duty) {
        Some(n) => feed.figure(look, u64::from(n)),
        None => ("—".to_owned(), look.text3()),
    };
    let said = say(p, pos2(rect.left() - 3.0, base), Align::Min, figure.as_str(), Role::medium(64.0), ink);
    let unit =
        say(p, pos2(said.right() + 10.0, base), Align::Min, look.t("unit-people"), Role::regular(24.0), look.text2());
    let words = look.t("team-workers-on-duty");
    let room = rect.right() - unit.right() - 16.0;
    fit(p, pos2(rect.right(), base - 26.0), Align::Max, words.as_ref(), Role::ROW, look.text1(), room);
    let told = share.share().filter(|_| feed.has_values()).map_or_else(|| "—".to_owned(), share::percent);
    fit(p, pos2(rect.right(), base), Align::Max, told, Role::BODY, look.text2(), room);
    track_ui(ui, look, &feed, (rect.left(), rect.right(), base + 24.0), share.share().filter(|_| feed.has_values()));
    let number = |n: Option<u32>| match n {
        Some(n) => feed.figure(look, u64::from(n)).0,
        None => "—".to_owned(),
    };
    let total = look.locale.t_args("team-listed", &[("n", &number(workers.and_then(|team| team.total)))]);
    let online = look.locale.t_args("team-signed-in", &[("n", &number(workers.and_then(|team| team.online)))]);
    let below = base + 58.0;
    let said = say(p, pos2(rect.left(), below), Align::Min, total, Role::BODY, look.text3());
    let room = rect.right() - said.right() - 16.0;
    fit(p, pos2(rect.right(), below), Align::Max, online, Role::BODY, look.text3(), room);
    is_asked
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::super::tests::teams;
    use super::*;

    #[test]
    fn each_kind_has_its_denominator_and_what_is_not_collected_says_so() {
        let city = fixture::city();
        let teams = teams(&city.areas);
        let labels = fixture::labels(&city, |ui, look, city| {
            _ = strip_ui(ui, look, &city.areas, &teams);
        });
        for wanted in [
            "网格员 121 / 168 人",
            "专员 0 / 35 人",
            "志愿者 — 无数据",
            "应急分队 32 / 98 人",
            "终端在线 121 / 336 台",
            "网格今日走访 98 / 140 个",
        ] {
            assert!(labels.iter().any(|label| label == wanted), "{wanted} is not in {labels:?}");
        }
    }
}
