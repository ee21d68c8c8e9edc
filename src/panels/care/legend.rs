//! What circle, arc and colour of the care layer mean, at the bottom left of the map; the numbers in its circles.

use bevy_egui::egui::{Align, CornerRadius, Painter, Pos2, Rect, Stroke, Ui, pos2, vec2};

use super::hatched_disc;
use crate::domain::{Feed, Level};
use crate::palette::Rgb;
use crate::panels::head::announce;
use crate::panels::look::Look;
use crate::panels::map_legend::{NARROW, WIDE};
use crate::panels::pen::{bar, fit, say, width};
use crate::panels::style::{Role, colour, faint};

/// The number in a circle.
#[derive(Clone, Debug, PartialEq)]
pub struct SymbolNumber {
    /// The middle of the circle, u.
    pub pos: Pos2,
    /// Its radius, u.
    pub radius: f32,
    /// The number of people.
    pub people: u32,
}

/// Writes the numbers, as large as their circles allow; none where a later circle lies over its digits.
pub fn numbers_ui(p: &Painter, look: &Look<'_>, numbers: &[SymbolNumber]) {
    let grey = look.feed(Feed::Care).is_grey();
    let ink = if grey { look.ink(|p| p.stale) } else { look.text1() };
    for (nth, number) in numbers.iter().enumerate() {
        let words = look.count(number.people);
        // Digits are a little more than half as wide as high, a comma, point or space half of that, 万 all of it.
        let of = |letter| match letter {
            ',' | '.' | ' ' => 0.28,
            letter if letter.is_ascii() => 0.6,
            _ => 1.0,
        };
        let wide = words.chars().map(of).sum::<f32>();
        let room = 2.0 * (number.radius - 5.0);
        let size = (room / wide).min((0.6 * number.radius).max(18.0));
        let half = vec2(0.5 * wide * size, 0.36 * size);
        let digits = Rect::from_center_size(number.pos, 2.0 * half);
        let is_covered = |other: &SymbolNumber| digits.distance_to_pos(other.pos) < other.radius;
        if size >= 11.0 && !numbers[nth + 1..].iter().any(is_covered) {
            let role = Role::medium(size);
            say(p, number.pos + vec2(0.0, 0.36 * size), Align::Center, words, role, ink);
        }
    }
}

/// Draws the legend, with what the classes look like on the map, for circles of this level.
pub fn legend_ui(ui: &Ui, look: &Look<'_>, (colours, level): (&[Rgb], Option<Level>), free: Rect) {
    let p = ui.painter();
    let (left, bottom) = (free.left() + 26.0, free.bottom() - 22.0);
    let title = look.t("care-legend-share");
    let said = say(p, pos2(left, bottom - 46.0), Align::Min, title.as_ref(), Role::BODY, look.text2());
    announce(ui, said, "care-legend", &title);
    let cell = 58.0;
    let grey = look.feed(Feed::Care).is_grey();
    for (i, rgb) in colours.iter().enumerate() {
        let rect = Rect::from_min_size(pos2(left + cell * i as f32, bottom - 34.0), vec2(cell - 3.0, 12.0));
        bar(p, rect, if grey { faint(look.palette.stale, 0.2 + 0.15 * i as f32) } else { colour(*rgb) });
        p.rect_stroke(
            rect,
            CornerRadius::ZERO,
            Stroke::new(0.8, look.ink(|p| p.line2)),
            bevy_egui::egui::StrokeKind::Inside,
        );
        if i > 0 {
            let unit = if i == 4 { " %" } else { "" };
            let words = format!("{}{unit}", 50 + 10 * i);
            say(p, pos2(rect.left() - 1.5, bottom), Align::Center, words, Role::AXIS, look.text3());
        }
    }
    // A wide map has room above the ramp, where the district does not reach; a narrow one only beside it.
    let (p, hidden, none) = (ui.painter(), look.t("care-hidden"), look.t("care-no-data"));
    let size = look.t(if level == Some(Level::Street) { "care-legend-size-street" } else { "care-legend-size" });
    if free.width() > WIDE {
        let line = |nth: usize| bottom - 80.0 - 28.0 * (2 - nth) as f32;
        fit(p, pos2(left, line(0)), Align::Min, size, Role::BODY, look.text2(), NARROW);
        hatched_disc(p, pos2(left + 9.0, line(1) - 6.0), 8.5, look);
        fit(p, pos2(left + 26.0, line(1)), Align::Min, hidden, Role::BODY, look.text2(), NARROW - 26.0);
        say(p, pos2(left, line(2)), Align::Min, none, Role::BODY, look.text2());
        return;
    }
    let x = left + cell * 5.0 + 28.0;
    let room = free.right() - 320.0 - x;
    if room < 120.0 {
        return;
    }
    fit(p, pos2(x, bottom - 30.0), Align::Min, size, Role::BODY, look.text2(), room);
    hatched_disc(p, pos2(x + 9.0, bottom - 6.0), 8.5, look);
    let said = fit(p, pos2(x + 26.0, bottom), Align::Min, hidden, Role::BODY, look.text2(), room - 26.0);
    let from = said.right() + 26.0;
    if from + width(p, none.as_ref(), Role::BODY) < x + room {
        say(p, pos2(from, bottom), Align::Min, none, Role::BODY, look.text2());
    }
}
