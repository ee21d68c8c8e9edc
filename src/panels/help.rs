//! The keys, in the middle of the map, shown and hidden by F1 or the question mark.

use bevy_egui::egui::{self, Align, CornerRadius, Key, Modifiers, Ui, pos2, vec2};

use super::layout::Layout;
use super::look::Look;
use super::state::PanelState;
use super::style::{self, Role};
use super::{Intent, head, pen};

/// Draws the keys if they are wanted; returns where.
pub(super) fn help_ui(
    root: &mut Ui,
    look: &Look<'_>,
    state: &PanelState,
    layout: &Layout,
    intents: &mut Vec<Intent>,
) -> Option<egui::Rect> {
    if root.ctx().input_mut(|input| input.consume_key(Modifiers::NONE, Key::F1)) {
        intents.push(Intent::Help);
    }
    if !state.is_help_shown {
        return None;
    }
    let p = root.painter();
    let words = look.t("help-line");
    // One item of the line per row.
    let items: Vec<&str> = words.split(" · ").collect();
    let wide = items.iter().map(|item| pen::width(p, *item, Role::BODY)).fold(0.0, f32::max) + 48.0;
    let size = vec2(wide, items.len() as f32 * 34.0 + 32.0);
    let rect = egui::Rect::from_center_size(layout.free.center(), size);
    p.rect_filled(rect, CornerRadius::same(6), style::faint(look.palette.bg2, 0.96));
    for (i, item) in items.iter().enumerate() {
        let at = pos2(rect.left() + 24.0, rect.top() + 16.0 + 34.0 * i as f32 + 24.0);
        pen::say(p, at, Align::Min, *item, Role::BODY, look.text1());
    }
    head::announce(root, rect, "help", &words);
    Some(rect)
}
