//! 近 7 日工单: how many events the heat map shows, with what a colour means (`ramp.rs`) and, at a desk, the controls
//! (`controls.rs`): a wall, which nobody clicks, says what is in force (`in_force.rs`) and has the keys. Partner:
//! `heat_ranking.rs`, which says where.

mod controls;
mod in_force;
mod ramp;

use bevy_egui::egui::{Align, Rect, Ui, pos2};
pub use ramp::strip_ui;

use super::head::{announce, head};
use super::look::Look;
use super::pen::{fit, rule, say_all};
use super::style::Role;
use crate::domain::Feed;
use crate::heat::{Figures, HeatChange, HeatSettings, Mode, Scale, State};
use crate::locale::NumberStyle;

/// Height of a line of controls.
const LINE: f32 = 34.0;

/// A density in as many digits as it needs.
pub fn density_words(style: NumberStyle, value: f32) -> String {
    let decimals = match value {
        v if v >= 100.0 => 0,
        v if v >= 0.1 || v == 0.0 => 1,
        _ => 2,
    };
    style.decimal(f64::from(value), decimals)
}

/// The period in words: 近 7 日, 近 1 小时.
pub fn window_words(look: &Look<'_>, seconds: u32) -> String {
    match (seconds % 86_400, seconds / 86_400) {
        (0, days) if days > 1 => look.t_n("heat-window-days", days),
        _ if seconds % 3600 == 0 => look.t_n("heat-window-hours", seconds / 3600),
        _ => look.t_n("heat-window-minutes", seconds / 60),
    }
}

/// The unit of the legend: 件 / km² · 日.
pub fn unit_words(look: &Look<'_>, settings: &HeatSettings) -> String {
    let time = match (settings.window_s, settings.unit_s()) {
        (86_400, _) => "heat-per-24h",
        (_, 86_400) => "heat-per-day",
        _ => "heat-per-hour",
    };
    match settings.mode {
        Mode::PerArea => format!("{} · {}", look.t("heat-per-km2"), look.t(time)),
        Mode::PerResidents => format!("{} · {}", look.t("heat-per-thousand"), look.t(time)),
        Mode::Expected => look.t("heat-times-expected").into_owned(),
    }
}

/// Draws the panel. Returns what was clicked.
pub fn heat_total_ui(ui: &mut Ui, look: &Look<'_>, figures: &Figures) -> Option<HeatChange> {
    let feed = look.feed(Feed::Tickets);
    let settings = &figures.settings;
    let title = look.locale.t_args("heat-title", &[("window", &window_words(look, settings.window_s))]);
    let body = head(ui, look, &title, None, &feed);
    let p = ui.painter();
    let (left, right) = (body.left(), body.right());
    let mut y = body.top() + 62.0;
    let (figure, ink) = if figures.is_known {
        feed.figure(look, u64::from(figures.total))
    } else {
        ("—".to_owned(), look.ink(|p| p.stale))
    };
    let unit = format!(" {}", look.t("unit-tickets"));
    let big = Role::medium(64.0);
    say_all(p, pos2(left, y), Align::Min, &[(&figure, big, ink), (&unit, Role::BODY, look.text3())]);
    announce(ui, Rect::from_min_max(pos2(left, y - 60.0), pos2(right, y)), "heat-total", &figure);
    y += 34.0;
    let days = settings.window_s / 86_400;
    let mut words = Vec::new();
    if figures.is_known && days > 1 && feed.has_values() {
        words.push(look.t_n("heat-daily", u64::from((figures.total + days / 2) / days)));
    }
    if figures.off_map > 0 {
        words.push(look.t_n("heat-off-map", figures.off_map));
    }
    if figures.on_blocks > 0 {
        words.push(look.t_n("heat-on-blocks", figures.on_blocks));
    }
    if figures.is_known && !figures.is_full {
        words.push(look.t("heat-not-full").into_owned());
    }
    let words = words.join(" · ");
    let said = fit(p, pos2(left, y), Align::Min, words.as_str(), Role::BODY, look.text2(), body.width());
    announce(ui, said, "heat-notes", &words);
    y += 22.0;

    let below = Rect::from_min_max(pos2(left, y), body.max);
    let (change, foot) = if look.is_desk() {
        controls::controls_ui(ui, look, figures, below)
    } else {
        (None, in_force::in_force_ui(ui, look, settings, below))
    };
    let y = foot + 12.0;
    let p = ui.painter();
    rule(p, look.palette, left..=right, y);
    // Below this height the ramp says less than it takes.
    if y + 210.0 < body.bottom() {
        ramp::ramp_ui(ui, look, figures, Rect::from_min_max(pos2(left, y + 14.0), pos2(right, body.bottom())));
    }
    change
}

fn window_words_short(look: &Look<'_>, seconds: u32) -> String {
    match (seconds % 86_400, seconds / 86_400) {
        (0, days) if days > 1 => look.t_n("heat-days", days),
        _ if seconds % 3600 == 0 => look.t_n("heat-hours", seconds / 3600),
        _ => look.t_n("heat-minutes", seconds / 60),
    }
}

fn state_key(state: State) -> &'static str {
    match state {
        State::All => "heat-all",
        State::Open => "heat-open",
        State::Overdue => "heat-overdue",
    }
}

fn mode_key(mode: Mode) -> &'static str {
    match mode {
        Mode::PerArea => "heat-unit-area",
        Mode::PerResidents => "heat-unit-residents",
        Mode::Expected => "heat-unit-expected",
    }
}

fn scale_key(scale: Scale) -> &'static str {
    if scale == Scale::Locked { "heat-locked" } else { "heat-auto" }
}

/// `1,263 件` for captions.
pub fn count_words(look: &Look<'_>, n: u32) -> String {
    look.locale.with_unit(&look.count(n), &look.t("unit-tickets"))
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn figures() -> Figures {
        Figures { is_known: true, total: 1263, off_map: 3, top: 10.0, is_full: true, ..Figures::default() }
    }

    #[test]
    fn a_click_on_a_period_asks_for_it() {
        let city = fixture::city();
        let found = fixture::click(&city, "24 小时", |ui, look, _| heat_total_ui(ui, look, &figures()));
        assert_eq!(found, Some(HeatChange::Window(86_400)));
    }

    #[test]
    fn what_has_no_exact_place_is_counted() {
        let city = fixture::city();
        let figures = Figures { on_blocks: 41, ..figures() };
        let labels = fixture::labels(&city, |ui, look, _| _ = heat_total_ui(ui, look, &figures));
        assert!(
            labels.iter().any(|label| label.contains("不在图上 3 件") && label.contains("41 件按区块")),
            "{labels:?}"
        );
    }

    #[test]
    fn a_wall_says_what_is_in_force_and_has_nothing_to_click() {
        let city = fixture::city();
        let settings = HeatSettings { mode: Mode::PerResidents, sources: 0b0001, ..HeatSettings::default() };
        let figures = Figures { settings, ..figures() };
        let at = |k: f32| {
            fixture::labels(&city, |ui, look, _| {
                let look = Look { k, zone: look.zone.clone(), ..*look };
                _ = heat_total_ui(ui, &look, &figures);
            })
        };
        let wall = at(1.34);
        assert!(wall.iter().any(|label| label == "归一化 每千人"), "{wall:?}");
        assert!(wall.iter().any(|label| label == "来源 网格上报"), "{wall:?}");
        assert!(!wall.iter().any(|label| label == "24 小时"), "{wall:?}");
        assert!(at(1.0).iter().any(|label| label == "24 小时"));
    }
}
