//! The controls of the heat map at a desk: period, tickets, sources, category, unit, radius, scale, repeats. Each has a
//! key, too (`wall/heat_keys.rs`).

use bevy_egui::egui::{Align, Rect, Stroke, Ui, pos2, vec2};

use super::super::head::row;
use super::super::look::Look;
use super::super::pen::{centred, fit, say, source_mark, width};
use super::super::style::Role;
use super::{LINE, mode_key, scale_key, state_key, window_words_short};
use crate::domain::Source;
use crate::heat::settings::WINDOWS;
use crate::heat::{Dial, Figures, HeatChange, HeatSettings, Mode, Scale, State};

/// Draws the controls from the top of `rect`. Returns what was clicked, and where they end.
pub fn controls_ui(ui: &Ui, look: &Look<'_>, figures: &Figures, rect: Rect) -> (Option<HeatChange>, f32) {
    let settings = &figures.settings;
    let mut change = None;
    let mut line = Line { ui, look, left: rect.left(), right: rect.right(), y: rect.top(), change: &mut change };
    let period = |window| (window_words_short(look, window), settings.window_s == window, HeatChange::Window(window));
    let [hour, day, week, month] = WINDOWS.map(period);
    // Any other length by the signs; the title says which.
    let sign = |words: &str, steps| (words.to_owned(), false, HeatChange::Longer(steps));
    line.spaced("heat-period", 12.0, [hour, day, week, month, sign("−", -1), sign("＋", 1)]);
    line.choices(
        "heat-tickets",
        [State::All, State::Open, State::Overdue]
            .map(|state| (look.t(state_key(state)).into_owned(), settings.state == state, HeatChange::State(state))),
    );
    line.sources(settings);
    line.categories(figures);
    line.choices(
        "heat-unit",
        [Mode::PerArea, Mode::PerResidents, Mode::Expected]
            .map(|mode| (look.t(mode_key(mode)).into_owned(), settings.mode == mode, HeatChange::Mode(mode))),
    );
    line.choices(
        "heat-radius",
        [
            ("−".to_owned(), false, HeatChange::Wider(-1)),
            // A radius of its own is underlined; a click gives the period's again.
            (format!("{} m", settings.radius()), settings.radius_m.is_some(), HeatChange::OwnRadius),
            ("＋".to_owned(), false, HeatChange::Wider(1)),
        ],
    );
    line.choices(
        "heat-scale",
        [Scale::Locked, Scale::Auto]
            .map(|scale| (look.t(scale_key(scale)).into_owned(), settings.scale == scale, HeatChange::Scale(scale))),
    );
    line.choices(
        "heat-repeats",
        [true, false].map(|damped| {
            let key = if damped { "heat-damped" } else { "heat-plain" };
            (look.t(key).into_owned(), settings.is_damped == damped, HeatChange::Damping(damped))
        }),
    );
    let foot = line.y;
    (change, foot)
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
        self.spaced(key, 20.0, choices);
    }

    /// The same with other spaces between the words.
    fn spaced<const N: usize>(&mut self, key: &str, gap: f32, choices: [(String, bool, HeatChange); N]) {
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
            x += wide + gap;
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
        let words =
            now.map_or_else(|| self.look.t("heat-all").into_owned(), |name| self.look.locale.term(name).to_owned());
        let rect = Rect::from_min_max(pos2(self.left + 92.0, self.y + 3.0), pos2(self.right, self.y + LINE - 3.0));
        if row(self.ui, self.look, rect, "heat-category", &words).clicked() {
            *self.change = Some(Dial::Category.turned(&figures.settings, &figures.categories, 1));
        }
        let at = pos2(rect.left(), centred(rect.center().y, Role::BODY_STRONG));
        let words = format!("{words} ›");
        fit(self.ui.painter(), at, Align::Min, words, Role::BODY_STRONG, self.look.text1(), rect.width());
        self.y += LINE;
    }
}
