//! The switches of the map's layers, at a desk: a click turns one on or off, the wheel makes it weaker or stronger. A
//! wall has the keys only (Shift+1–6), and no room for what nobody there can click.

use bevy_egui::egui::{Align, Event, Rect, Ui, pos2, vec2};

use super::Intent;
use super::head::{announce, row};
use super::look::Look;
use super::pen::{bar, centred, say, width};
use super::style::{Role, colour, faint};
use crate::scene::{LayerKind, LayerSwitches};

/// Space between two switches.
const GAP: f32 = 18.0;
/// Height of a switch.
const HIGH: f32 = 34.0;

/// What is free for the switches: below the banner of lost data, not behind it.
pub fn room(free: Rect, banner: Option<Rect>) -> Rect {
    free.with_min_y(banner.map_or(free.top(), |banner| banner.bottom()))
}

/// The place of the switches over the map: at its top right. `None` where they would take more than half of its width.
pub fn place(ui: &Ui, look: &Look<'_>, free: Rect) -> Option<Rect> {
    let words = LayerKind::ALL.map(|layer| width(ui.painter(), name(look, layer), Role::AXIS) + GAP);
    let wide = words.iter().sum::<f32>() - GAP;
    (wide < free.width() / 2.0)
        .then(|| Rect::from_min_size(pos2(free.right() - 40.0 - wide, free.top() + 10.0), vec2(wide, HIGH)))
}

/// Draws the switches into `rect`.
pub fn layer_bar_ui(ui: &Ui, look: &Look<'_>, switches: &LayerSwitches, rect: Rect) -> Option<Intent> {
    let mut intent = None;
    let mut x = rect.left();
    for layer in LayerKind::ALL {
        let words = name(look, layer);
        let wide = width(ui.painter(), words.as_str(), Role::AXIS);
        let at = Rect::from_min_size(pos2(x, rect.top()), vec2(wide, HIGH));
        let opacity = switches.opacity(layer);
        let state = look.t(if opacity > 0.0 { "layer-on" } else { "layer-off" });
        let label = format!("{words} {state} {:.0} %", opacity * 100.0);
        let response = row(ui, look, at, ("layer", layer.key()), &label);
        if response.clicked() {
            intent = Some(Intent::ToggleLayer(layer));
        }
        if response.hovered()
            && let steps @ (-1 | 1) = ui.input(|input| wheel(&input.events))
        {
            intent = Some(Intent::StrengthenLayer(layer, steps));
        }
        let ink = if opacity > 0.0 { look.text1() } else { look.text3() };
        let p = ui.painter();
        say(p, pos2(x, centred(at.center().y - 3.0, Role::AXIS)), Align::Min, words, Role::AXIS, ink);
        let line = Rect::from_min_size(pos2(x, at.bottom() - 5.0), vec2(wide, 2.0));
        bar(p, line, faint(look.palette.line2, 0.7));
        if opacity > 0.0 {
            bar(p, Rect::from_min_size(line.min, vec2(wide * opacity, 2.0)), colour(look.palette.accent));
        }
        x += wide + GAP;
    }
    announce(ui, rect, "layers", &look.t("layers"));
    intent
}

/// 1 if the wheel was turned away from the hand, -1 if towards it.
fn wheel(events: &[Event]) -> i32 {
    let turned = |event: &Event| match event {
        Event::MouseWheel { delta, .. } => delta.y,
        _ => 0.0,
    };
    let sum: f32 = events.iter().map(turned).sum();
    i32::from(sum > 0.0) - i32::from(sum < 0.0)
}

fn name(look: &Look<'_>, layer: LayerKind) -> String {
    look.t(&format!("layer-{}", layer.key())).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{banner, fixture, look};
    use super::*;
    use crate::city::Freshness;

    #[test]
    fn the_switches_stand_below_the_banner() {
        let city = fixture::city();
        let free = Rect::from_min_max(pos2(440.0, 124.0), pos2(1480.0, 924.0));
        let old = look::tests::feeds(Freshness::Stale, 420, city.mono);
        let mut seen = 0;
        fixture::labels(&city, |ui, look, _| {
            let lost = look::tests::look(&old, look.site, look.now.mono);
            let banner = banner::place(&lost, free);
            assert!(banner.is_some_and(|banner| banner.right() > free.right() - 200.0), "it reaches where they stand");
            let beside = place(ui, look, room(free, banner)).expect("there is room for the switches");
            assert!(!beside.intersects(banner.unwrap_or(Rect::NOTHING)), "{beside}");
            assert_eq!(place(ui, look, room(free, None)).map(|rect| rect.top()), Some(free.top() + 10.0));
            seen += 1;
        });
        assert!(seen > 0);
    }
}
