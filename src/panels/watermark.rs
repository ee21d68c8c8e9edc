//! 演练: the watermark of a drill, large and faint across the map, under names and figures, so that nobody takes what is
//! shown for the real thing and everything can still be read.

use std::sync::Arc;

use bevy_egui::egui::epaint::TextShape;
use bevy_egui::egui::{Rect, Shape, Ui, vec2};

use super::head::announce;
use super::look::Look;
use super::style::{Role, faint};

/// Size of the word.
const WORD: Role = Role { size: 96.0, medium: true, tracking: 24.0 };
/// It rises by so much, radians.
const ANGLE: f32 = -0.35;
/// From word to word.
const STEP: [f32; 2] = [440.0, 250.0];
/// How strong it is.
const ALPHA: f32 = 0.11;

/// Draws it over what is free for the map.
pub fn watermark_ui(ui: &Ui, look: &Look<'_>, free: Rect) {
    let word = look.t("drill-watermark");
    let p = ui.painter().with_clip_rect(free);
    let ink = faint(look.palette.text1, ALPHA);
    let galley = p.layout_no_wrap(word.to_string(), WORD.font(), ink);
    let half = galley.size() / 2.0;
    let (sin, cos) = ANGLE.sin_cos();
    // Around the middle of the word, whose corner the shape turns about.
    let corner = vec2(half.x * cos - half.y * sin, half.x * sin + half.y * cos);
    // Whole words only: one fewer in every second row.
    let rows = (free.height() / STEP[1]).floor().max(1.0) as i32;
    let most = (free.width() / STEP[0]).floor().max(1.0) as i32;
    for row in 0..rows {
        let columns = if row % 2 == 1 && most > 1 { most - 1 } else { most };
        for column in 0..columns {
            let middle = |nth: i32, count: i32| nth as f32 - (count - 1) as f32 / 2.0;
            let at = free.center() + vec2(middle(column, columns) * STEP[0], middle(row, rows) * STEP[1]);
            let mut shape = TextShape::new(at - corner, Arc::clone(&galley), ink);
            shape.angle = ANGLE;
            p.add(Shape::Text(shape));
        }
    }
    announce(ui, Rect::from_center_size(free.center(), vec2(200.0, 100.0)), "drill", &word);
}
