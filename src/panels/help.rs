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
    // Nobody types it into the search field, which has the keyboard while it is used.
    let is_free = root.ctx().memory(|memory| !memory.has_focus(head::search_id()));
    let is_question = |event: &egui::Event| is_free && matches!(event, egui::Event::Text(text) if text == "?");
    if root.ctx().input_mut(|input| input.consume_key(Modifiers::NONE, Key::F1) || input.events.iter().any(is_question))
    {
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use egui_kittest::Harness;

    use super::*;
    use crate::city::Freshness;
    use crate::panels::layout::{Focus, layout};
    use crate::panels::look::tests::{feeds, look};
    use crate::panels::{fixture, style};
    use crate::scene::{Profile, Scenes};

    fn asked(key: Option<Key>, text: Option<&str>) -> Vec<Intent> {
        let city = fixture::city();
        let fresh = feeds(Freshness::Live, 2, city.mono);
        let size = vec2(1920.0, 1080.0);
        let got = RefCell::new(Vec::new());
        {
            let mut harness = Harness::builder().with_size(size).build_ui(|ui| {
                if !style::install(ui.ctx(), crate::palette::Theme::Dark) {
                    return;
                }
                let layout = layout(size, Profile::Desk, Focus::Overview, Scenes::default().current());
                let look = look(&fresh, Some(&city.site), city.mono);
                help_ui(ui, &look, &PanelState::default(), &layout, &mut got.borrow_mut());
            });
            harness.run_steps(3);
            if let Some(key) = key {
                harness.key_press(key);
            }
            if let Some(text) = text {
                harness.event(egui::Event::Text(text.to_owned()));
            }
            harness.run_steps(2);
        }
        got.into_inner()
    }

    #[test]
    fn the_keys_are_shown_by_a_key_and_by_a_question_mark() {
        assert_eq!(asked(Some(Key::F1), None), [Intent::Help]);
        assert_eq!(asked(None, Some("?")), [Intent::Help]);
        assert!(asked(Some(Key::F2), Some("!")).is_empty());
    }
}
