//! 近 7 日工单: how many events the heat map shows, what a colour means, and the controls: period, tickets, sources,
//! category, unit, radius, scale. Partner: `heat_ranking.rs`, which says where.

use bevy_egui::egui::{Align, CornerRadius, Mesh, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

use super::head::{announce, head, row};
use super::look::Look;
use super::pen::{centred, fit, hatch, rule, say, say_all, source_mark, width};
use super::style::{Role, colour, faint};
use crate::domain::{Feed, Source};
use crate::heat::settings::WINDOWS;
use crate::heat::{Figures, HeatChange, HeatSettings, Mode, Scale, State};
use crate::locale::thousands;
use crate::palette::{Palette, Rgb};

/// Height of a line of controls.
const LINE: f32 = 34.0;
/// Height of the ramp.
const RAMP: f32 = 220.0;

/// A density in as many digits as it needs.
pub fn density_words(value: f32) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 0.1 || v == 0.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
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
    if figures.is_known && days > 1 {
        words.push(look.t_n("heat-daily", u64::from((figures.total + days / 2) / days)));
    }
    if figures.off_map > 0 {
        words.push(look.t_n("off-map", figures.off_map));
    }
    if figures.is_known && !figures.is_full {
        words.push(look.t("heat-not-full").into_owned());
    }
    fit(p, pos2(left, y), Align::Min, words.join(" · "), Role::BODY, look.text2(), body.width());
    y += 22.0;

    let mut change = None;
    let mut line = Line { ui, look, left, right, y, change: &mut change };
    line.choices(
        "heat-period",
        WINDOWS
            .map(|window| (window_words_short(look, window), settings.window_s == window, HeatChange::Window(window))),
    );
    line.choices(
        "heat-tickets",
        [State::All, State::Open, State::Overdue].map(|state| {
            let key = match state {
                State::All => "heat-all",
                State::Open => "heat-open",
                State::Overdue => "heat-overdue",
            };
            (look.t(key).into_owned(), settings.state == state, HeatChange::State(state))
        }),
    );
    line.sources(settings);
    line.categories(figures);
    line.choices(
        "heat-unit",
        [Mode::PerArea, Mode::PerResidents, Mode::Expected].map(|mode| {
            let key = match mode {
                Mode::PerArea => "heat-unit-area",
                Mode::PerResidents => "heat-unit-residents",
                Mode::Expected => "heat-unit-expected",
            };
            (look.t(key).into_owned(), settings.mode == mode, HeatChange::Mode(mode))
        }),
    );
    line.choices(
        "heat-radius",
        [
            ("−".to_owned(), false, HeatChange::Wider(-1)),
            (format!("{} m", settings.radius()), true, HeatChange::Wider(0)),
            ("＋".to_owned(), false, HeatChange::Wider(1)),
        ],
    );
    line.choices(
        "heat-scale",
        [Scale::Locked, Scale::Auto].map(|scale| {
            let key = if scale == Scale::Locked { "heat-locked" } else { "heat-auto" };
            (look.t(key).into_owned(), settings.scale == scale, HeatChange::Scale(scale))
        }),
    );
    line.choices(
        "heat-repeats",
        [true, false].map(|damped| {
            let key = if damped { "heat-damped" } else { "heat-plain" };
            (look.t(key).into_owned(), settings.is_damped == damped, HeatChange::Damping(damped))
        }),
    );
    y = line.y + 12.0;
    let p = ui.painter();
    rule(p, look.palette, left..=right, y);
    if y + 60.0 + RAMP < body.bottom() + 40.0 {
        ramp_ui(ui, look, figures, Rect::from_min_max(pos2(left, y + 14.0), pos2(right, body.bottom())));
    }
    change
}

fn window_words_short(look: &Look<'_>, seconds: u32) -> String {
    match (seconds % 86_400, seconds / 86_400) {
        (0, days) if days > 1 => look.t_n("heat-days", days),
        _ => look.t_n("heat-hours", seconds / 3600),
    }
}

/// One line of controls after another.
struct Line<'a, 'b> {
    ui: &'a Ui,
    look: &'a Look<'b>,
    left: f32,
    right: f32,
    y: f32,
    change: &'a mut Option<HeatChange>,
}

impl Line<'_, '_> {
    fn label(&self, key: &str) {
        let at = pos2(self.left, centred(self.y + LINE / 2.0, Role::BODY));
        fit(self.ui.painter(), at, Align::Min, self.look.t(key), Role::BODY, self.look.text3(), 84.0);
    }

    /// One of several words is in force; a click takes another.
    fn choices<const N: usize>(&mut self, key: &str, choices: [(String, bool, HeatChange); N]) {
        self.label(key);
        let mut x = self.left + 92.0;
        for (index, (words, is_chosen, change)) in choices.into_iter().enumerate() {
            let wide = width(self.ui.painter(), words.as_str(), Role::BODY);
            if x + wide > self.right + 2.0 {
                break;
            }
            let rect = Rect::from_min_size(pos2(x - 6.0, self.y + 3.0), vec2(wide + 12.0, LINE - 6.0));
            if row(self.ui, self.look, rect.shrink2(vec2(6.0, 0.0)), (key, index), &words).clicked() {
                *self.change = Some(change);
            }
            let p = self.ui.painter();
            let role = if is_chosen { Role::BODY_STRONG } else { Role::BODY };
            let ink = if is_chosen { self.look.text1() } else { self.look.text3() };
            say(p, pos2(x, centred(rect.center().y, role)), Align::Min, words.as_str(), role, ink);
            if is_chosen {
                p.hline(x..=x + wide, rect.bottom(), Stroke::new(1.6, self.look.ink(|p| p.accent)));
            }
            x += wide + 20.0;
        }
        self.y += LINE;
    }

    /// The four marks, each on or off.
    fn sources(&mut self, settings: &HeatSettings) {
        self.label("heat-sources");
        for (index, source) in Source::ALL.into_iter().enumerate() {
            let x = self.left + 100.0 + index as f32 * 46.0;
            let rect = Rect::from_center_size(pos2(x, self.y + LINE / 2.0), vec2(26.0, LINE - 6.0));
            let words = self.look.locale.source(source);
            if row(self.ui, self.look, rect, ("heat-source", index), &words).clicked() {
                *self.change = Some(HeatChange::Source(index as u8));
            }
            let is_on = settings.sources >> index & 1 == 1;
            let grey = (!is_on).then(|| self.look.ink(|p| p.line2));
            source_mark(self.ui.painter(), self.look.palette, rect.center(), 7.0, source, grey);
            if is_on {
                let ink = Stroke::new(1.6, self.look.ink(|p| p.accent));
                self.ui.painter().hline(x - 9.0..=x + 9.0, rect.bottom(), ink);
            }
        }
        self.y += LINE;
    }

    /// All categories, or one; a click takes the next.
    fn categories(&mut self, figures: &Figures) {
        self.label("heat-category");
        let now = figures.settings.category.as_ref();
        let words = now.map_or_else(|| self.look.t("heat-all").into_owned(), |name| name.to_string());
        let next = match now.and_then(|name| figures.categories.iter().position(|other| other == name)) {
            None if now.is_none() => figures.categories.first().cloned(),
            Some(at) => figures.categories.get(at + 1).cloned(),
            None => None,
        };
        let rect = Rect::from_min_max(pos2(self.left + 92.0, self.y + 3.0), pos2(self.right, self.y + LINE - 3.0));
        if row(self.ui, self.look, rect, "heat-category", &words).clicked() {
            *self.change = Some(HeatChange::Category(next));
        }
        let at = pos2(rect.left(), centred(rect.center().y, Role::BODY_STRONG));
        let words = format!("{words} ›");
        fit(self.ui.painter(), at, Align::Min, words, Role::BODY_STRONG, self.look.text1(), rect.width());
        self.y += LINE;
    }
}

/// The colours of a mode from the foot of the ramp to its head.
pub fn ramp_colours(palette: &Palette, mode: Mode) -> Vec<Rgb> {
    match mode {
        Mode::Expected => palette.diverging.iter().rev().copied().collect(),
        Mode::PerArea | Mode::PerResidents => palette.heat.iter().step_by(7).copied().collect(),
    }
}

/// Where on the ramp which words stand.
fn ticks(figures: &Figures) -> Vec<(f32, String)> {
    let top = figures.top;
    if figures.settings.mode == Mode::Expected {
        let steps = [(0.0, 1.0 / top), (0.25, 1.0 / top.sqrt()), (0.5, 1.0), (0.75, top.sqrt()), (1.0, top)];
        return steps
            .map(|(t, factor)| {
                let digits = usize::from(factor.fract() > 0.01) * 2;
                let words = format!("×{factor:.digits$}");
                (
                    t,
                    if t == 1.0 {
                        format!("≥ {words}")
                    } else if t == 0.0 {
                        format!("≤ {words}")
                    } else {
                        words
                    },
                )
            })
            .into();
    }
    let inner: Vec<f32> =
        if top == 10.0 || top == 16.0 { vec![2.0, 4.0, 8.0] } else { vec![top * 0.2, top * 0.4, top * 0.8] };
    let words = |value: f32| {
        let plain = format!("{value:.2}");
        plain.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let mut ticks = vec![(0.0, "0".to_owned())];
    ticks.extend(inner.into_iter().map(|value| (value / top, words(value))));
    ticks.push((1.0, format!("≥ {}", words(top))));
    ticks
}

/// The vertical legend.
fn ramp_ui(ui: &Ui, look: &Look<'_>, figures: &Figures, rect: Rect) {
    let p = ui.painter();
    let settings = &figures.settings;
    let base = rect.top() + 24.0;
    let title = match settings.mode {
        Mode::PerArea => "heat-density",
        Mode::PerResidents => "heat-rate",
        Mode::Expected => "heat-against",
    };
    let said = say(p, pos2(rect.left(), base), Align::Min, look.t(title), Role::PANEL, look.text1());
    let unit = unit_words(look, settings);
    fit(
        p,
        pos2(rect.right(), base),
        Align::Max,
        unit.as_str(),
        Role::BODY,
        look.text3(),
        rect.right() - said.right() - 12.0,
    );
    announce(ui, Rect::from_min_max(rect.min, pos2(rect.right(), base)), "heat-legend", &unit);
    if figures.is_missing {
        let key = if settings.mode == Mode::Expected { "heat-no-history" } else { "heat-no-residents" };
        fit(p, pos2(rect.left(), base + 44.0), Align::Min, look.t(key), Role::BODY, look.text2(), rect.width());
        return;
    }
    let height = RAMP.min(rect.bottom() - base - 84.0).max(60.0);
    let bar = Rect::from_min_size(pos2(rect.left(), base + 24.0), vec2(30.0, height));
    let is_grey = look.feed(Feed::Tickets).is_grey();
    let colours = ramp_colours(look.palette, settings.mode);
    let mut mesh = Mesh::default();
    for (i, rgb) in colours.iter().enumerate() {
        let y = bar.bottom() - bar.height() * i as f32 / (colours.len() - 1) as f32;
        let mean = (rgb.bytes().iter().map(|byte| u32::from(*byte)).sum::<u32>() / 3) as u8;
        let ink = colour(if is_grey { Rgb([mean; 3]) } else { *rgb });
        mesh.colored_vertex(pos2(bar.left(), y), ink);
        mesh.colored_vertex(pos2(bar.right(), y), ink);
        if i > 0 {
            let v = 2 * i as u32;
            mesh.add_triangle(v - 2, v - 1, v);
            mesh.add_triangle(v - 1, v, v + 1);
        }
    }
    p.add(Shape::mesh(mesh));
    p.rect_stroke(bar, CornerRadius::same(2), Stroke::new(1.0, faint(look.palette.line2, 0.6)), StrokeKind::Outside);
    if is_grey {
        hatch(p, bar, 8.0, Stroke::new(2.0, look.ink(|p| p.hatch)));
    }
    for (t, words) in ticks(figures) {
        let y = bar.bottom() - t * bar.height();
        p.hline(bar.right()..=bar.right() + 12.0, y, Stroke::new(1.5, look.text2()));
        let base = centred(y, Role::BODY).clamp(bar.top() + 14.0, bar.bottom() + 2.0);
        say(p, pos2(bar.right() + 22.0, base), Align::Min, words, Role::BODY, look.text2());
    }
    let key = if settings.scale == Scale::Locked { "heat-scale-locked" } else { "heat-scale-auto" };
    let ink = if settings.scale == Scale::Locked { look.text3() } else { look.text1() };
    say(p, pos2(bar.right() + 110.0, bar.top() + 16.0), Align::Min, look.t(key), Role::BODY, ink);
    let note = bar.bottom() + 32.0;
    if note < rect.bottom() {
        fit(p, pos2(rect.left(), note), Align::Min, look.t("heat-few"), Role::BODY, look.text3(), rect.width());
    }
}

/// `1,263 件` for captions.
pub fn count_words(look: &Look<'_>, n: u32) -> String {
    format!("{} {}", thousands(u64::from(n)), look.t("unit-tickets"))
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn figures() -> Figures {
        Figures { is_known: true, total: 1263, off_map: 3, top: 10.0, is_full: true, ..Figures::default() }
    }

    #[test]
    fn the_scale_says_its_numbers() {
        let words = |figures: &Figures| ticks(figures).into_iter().map(|(_, words)| words).collect::<Vec<_>>();
        assert_eq!(words(&figures()), ["0", "2", "4", "8", "≥ 10"]);
        assert_eq!(words(&Figures { top: 0.5, ..figures() }), ["0", "0.1", "0.2", "0.4", "≥ 0.5"]);
        let settings = HeatSettings { mode: Mode::Expected, ..HeatSettings::default() };
        assert_eq!(words(&Figures { settings, top: 4.0, ..figures() }), ["≤ ×0.25", "×0.50", "×1", "×2", "≥ ×4"]);
    }

    #[test]
    fn a_click_on_a_period_asks_for_it() {
        let city = fixture::city();
        let found = fixture::click(&city, "24 小时", |ui, look, _| heat_total_ui(ui, look, &figures()));
        assert_eq!(found, Some(HeatChange::Window(86_400)));
    }
}
