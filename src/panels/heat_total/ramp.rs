//! The legend of the heat map: colours, the values at them, and whether the scale is locked. Upright in its panel; lying
//! at the foot of the map in scenes that show the layer without the panel.

use bevy_egui::egui::{Align, CornerRadius, Mesh, Painter, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

use super::super::head::announce;
use super::super::look::Look;
use super::super::pen::{centred, fit, hatch, say};
use super::super::style::{Role, colour, faint};
use super::{unit_words, window_words};
use crate::domain::Feed;
use crate::heat::{Figures, Mode, Scale};
use crate::locale::NumberStyle;
use crate::palette::{Palette, Rgb};

/// Height of the upright ramp, and length of the lying one.
const RAMP: f32 = 220.0;
const STRIP: f32 = 348.0;

/// The colours of a mode from the foot of the ramp to its head.
fn ramp_colours(palette: &Palette, mode: Mode) -> Vec<Rgb> {
    match mode {
        Mode::Expected => palette.diverging.iter().rev().copied().collect(),
        Mode::PerArea | Mode::PerResidents => palette.heat.iter().step_by(7).copied().collect(),
    }
}

/// Where on the ramp which words stand.
fn ticks(style: NumberStyle, figures: &Figures) -> Vec<(f32, String)> {
    let top = figures.top;
    if !(top > 0.0 && top.is_finite()) {
        // Nothing has been counted yet.
        return Vec::new();
    }
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
        // Without zeros at the end.
        let plain = format!("{value:.2}");
        let decimals = plain.trim_end_matches('0').split_once('.').map_or(0, |(_, rest)| rest.len());
        style.decimal(f64::from(value), decimals)
    };
    let mut ticks = vec![(0.0, "0".to_owned())];
    ticks.extend(inner.into_iter().map(|value| (value / top, words(value))));
    ticks.push((1.0, format!("≥ {}", words(top))));
    ticks
}

/// The vertical legend.
pub fn ramp_ui(ui: &Ui, look: &Look<'_>, figures: &Figures, rect: Rect) {
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
    bar_ui(p, look, settings.mode, is_grey, bar);
    for (t, words) in ticks(look.locale.numbers(), figures) {
        let y = bar.bottom() - t * bar.height();
        p.hline(bar.right()..=bar.right() + 12.0, y, Stroke::new(1.5, look.text2()));
        let base = centred(y, Role::BODY).clamp(bar.top() + 14.0, bar.bottom() + 2.0);
        say(p, pos2(bar.right() + 22.0, base), Align::Min, words, Role::BODY, look.text2());
    }
    let key = if settings.scale == Scale::Locked { "heat-scale-locked" } else { "heat-scale-auto" };
    let ink = if settings.scale == Scale::Locked { look.text3() } else { look.text1() };
    let (x, window) = (bar.right() + 110.0, window_words(look, settings.window_s));
    say(p, pos2(x, bar.top() + 16.0), Align::Min, look.t(key), Role::BODY, ink);
    fit(p, pos2(x, bar.top() + 44.0), Align::Min, window, Role::BODY, look.text3(), rect.right() - x);
    let note = bar.bottom() + 32.0;
    if note < rect.bottom() {
        fit(p, pos2(rect.left(), note), Align::Min, look.t("heat-few"), Role::BODY, look.text3(), rect.width());
    }
}

/// The ramp in a bar: along its longer side, from the foot or from the left.
fn bar_ui(p: &Painter, look: &Look<'_>, mode: Mode, is_grey: bool, bar: Rect) {
    let colours = ramp_colours(look.palette, mode);
    let is_upright = bar.height() > bar.width();
    let mut mesh = Mesh::default();
    for (i, rgb) in colours.iter().enumerate() {
        let t = i as f32 / (colours.len() - 1) as f32;
        let mean = (rgb.bytes().iter().map(|byte| u32::from(*byte)).sum::<u32>() / 3) as u8;
        let ink = colour(if is_grey { Rgb([mean; 3]) } else { *rgb });
        let ends = match is_upright {
            true => [0.0, 1.0].map(|side| pos2(bar.left() + bar.width() * side, bar.bottom() - bar.height() * t)),
            false => [0.0, 1.0].map(|side| pos2(bar.left() + bar.width() * t, bar.top() + bar.height() * side)),
        };
        ends.into_iter().for_each(|end| mesh.colored_vertex(end, ink));
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
}

/// The lying legend, its last line at `bottom`.
pub fn strip_ui(ui: &Ui, look: &Look<'_>, figures: &Figures, (left, bottom): (f32, f32)) {
    let p = ui.painter();
    let settings = &figures.settings;
    let kind = match settings.mode {
        Mode::PerArea => "heat-density",
        Mode::PerResidents => "heat-rate",
        Mode::Expected => "heat-against",
    };
    let mut title =
        [look.t(kind).into_owned(), unit_words(look, settings), window_words(look, settings.window_s)].join(" · ");
    if settings.scale != Scale::Locked {
        title = format!("{title} · {}", look.t("heat-scale-auto"));
    }
    let said = say(p, pos2(left, bottom - 46.0), Align::Min, title.as_str(), Role::BODY, look.text2());
    announce(ui, said, "heat-strip", &title);
    let bar = Rect::from_min_size(pos2(left, bottom - 34.0), vec2(STRIP, 12.0));
    bar_ui(p, look, settings.mode, look.feed(Feed::Tickets).is_grey(), bar);
    for (t, words) in ticks(look.locale.numbers(), figures) {
        let side = if t <= 0.0 { Align::Min } else { Align::Center };
        say(p, pos2(bar.left() + t * bar.width(), bottom), side, words, Role::AXIS, look.text3());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heat::HeatSettings;

    fn figures() -> Figures {
        Figures { is_known: true, top: 10.0, ..Figures::default() }
    }

    #[test]
    fn the_scale_says_its_numbers() {
        let words = |figures: &Figures| {
            ticks(NumberStyle::Thousands, figures).into_iter().map(|(_, words)| words).collect::<Vec<_>>()
        };
        assert_eq!(words(&figures()), ["0", "2", "4", "8", "≥ 10"]);
        assert_eq!(words(&Figures { top: 0.5, ..figures() }), ["0", "0.1", "0.2", "0.4", "≥ 0.5"]);
        let settings = HeatSettings { mode: Mode::Expected, ..HeatSettings::default() };
        assert_eq!(words(&Figures { settings, top: 4.0, ..figures() }), ["≤ ×0.25", "×0.50", "×1", "×2", "≥ ×4"]);
    }
}
