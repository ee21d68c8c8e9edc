//! What is in force at the heat map, for a wall: unit, radius and scale always, filters where they leave something out.

use bevy_egui::egui::{Align, Rect, Ui, pos2};

use super::super::head::announce;
use super::super::look::Look;
use super::super::pen::{centred, fit, say};
use super::super::style::Role;
use super::{LINE, mode_key, scale_key, state_key};
use crate::domain::Source;
use crate::heat::{HeatSettings, State};

/// Draws the lines from the top of `rect`. Returns where they end.
pub fn in_force_ui(ui: &Ui, look: &Look<'_>, settings: &HeatSettings, rect: Rect) -> f32 {
    let mut y = rect.top();
    for (key, words) in lines(look, settings) {
        let label = look.t(key);
        let p = ui.painter();
        let base = centred(y + LINE / 2.0, Role::BODY);
        let said = say(p, pos2(rect.left(), base), Align::Min, label.as_ref(), Role::BODY, look.text3());
        let x = (rect.left() + 96.0).max(said.right() + 14.0);
        fit(p, pos2(x, base), Align::Min, words.as_str(), Role::BODY_STRONG, look.text1(), rect.right() - x);
        let line = Rect::from_min_max(pos2(rect.left(), y), pos2(rect.right(), y + LINE));
        announce(ui, line, key, &format!("{label} {words}"));
        y += LINE;
    }
    y
}

/// Key of the label, and what is said.
fn lines(look: &Look<'_>, settings: &HeatSettings) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if settings.state != State::All {
        lines.push(("heat-tickets", look.t(state_key(settings.state)).into_owned()));
    }
    if settings.sources & 0b1111 != 0b1111 {
        let names: Vec<String> = Source::ALL
            .into_iter()
            .filter(|source| settings.sources >> *source as u8 & 1 == 1)
            .map(|source| look.locale.source(source).into_owned())
            .collect();
        lines.push(("heat-sources", names.join(" · ")));
    }
    if let Some(category) = &settings.category {
        lines.push(("heat-category", look.locale.term(category).to_owned()));
    }
    lines.push(("heat-unit", look.t(mode_key(settings.mode)).into_owned()));
    lines.push(("heat-radius", format!("{} m", settings.radius())));
    lines.push(("heat-scale", look.t(scale_key(settings.scale)).into_owned()));
    let repeats = if settings.is_damped { "heat-damped" } else { "heat-plain" };
    lines.push(("heat-repeats", look.t(repeats).into_owned()));
    lines
}
