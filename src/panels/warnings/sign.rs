//! The signs of the four legal levels: octagon, diamond, triangle, square, each with its Roman numeral and hue. These
//! hues are on warnings and nowhere else.
//!
//! Numerals are strokes, not text, so that a sign looks the same at every size and needs no font.

use bevy_egui::egui::{Color32, Painter, Pos2, Shape, Stroke, Vec2, epaint::PathShape, pos2, vec2};

use crate::domain::WarningLevel;
use crate::palette::{Palette, Theme};
use crate::panels::style::{colour, faint};

/// How a sign is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignLook {
    /// A warning that is known to stand.
    Filled,
    /// The last that was known: an outline in its own hue.
    Hollow,
    /// No warning of this level: a dim outline that keeps its place.
    Empty,
}

/// Draws a sign of radius `r` around `c`; with `casing` on the map, where it lies over anything.
pub fn sign(p: &Painter, palette: &Palette, c: Pos2, r: f32, level: WarningLevel, look: SignLook, casing: bool) {
    let hues = &palette.warnings[level as usize];
    let is_bright = palette.theme == Theme::Bright;
    let points: Vec<Pos2> = corners(level, r).into_iter().map(|corner| c + corner).collect();
    if casing {
        p.add(PathShape::closed_line(points.clone(), Stroke::new(6.0, faint(hues.casing, 0.92))));
    }
    let alpha = if look == SignLook::Empty { 0.55 } else { 1.0 };
    let numeral_ink = match look {
        SignLook::Filled => {
            let outline = hues.outline.map_or(Stroke::NONE, |ink| Stroke::new(1.2, colour(ink)));
            p.add(Shape::convex_polygon(points, colour(hues.fill), outline));
            colour(hues.numeral_ink)
        }
        SignLook::Hollow | SignLook::Empty => {
            if casing {
                p.add(Shape::convex_polygon(points.clone(), colour(palette.bg1), Stroke::NONE));
            }
            p.add(PathShape::closed_line(points, Stroke::new(2.0, faint(hues.fill, alpha))));
            faint(if is_bright { palette.text1 } else { hues.fill }, alpha)
        }
    };
    // A triangle's room is in its lower part.
    let sink = if level == WarningLevel::Yellow { r * 0.3 } else { 0.0 };
    numeral(p, c + vec2(0.0, sink), r, level, numeral_ink);
}

/// The corners around the middle; all four look equally large.
fn corners(level: WarningLevel, r: f32) -> Vec<Vec2> {
    match level {
        WarningLevel::Red => {
            (0..8).map(|i| Vec2::angled((i as f32 + 0.5) * std::f32::consts::FRAC_PI_4) * r * 1.04).collect()
        }
        WarningLevel::Orange => {
            let k = r * 1.22;
            vec![vec2(0.0, -k), vec2(k, 0.0), vec2(0.0, k), vec2(-k, 0.0)]
        }
        WarningLevel::Yellow => vec![vec2(0.0, -r * 1.16), vec2(r * 1.2, r * 0.92), vec2(-r * 1.2, r * 0.92)],
        WarningLevel::Blue => {
            let k = r * 0.92;
            vec![vec2(-k, -k), vec2(k, -k), vec2(k, k), vec2(-k, k)]
        }
    }
}

/// Ⅰ Ⅱ Ⅲ Ⅳ in strokes, about as high as the sign's radius times 0.7.
fn numeral(p: &Painter, c: Pos2, r: f32, level: WarningLevel, ink: Color32) {
    let (half, wide) = (r * 0.34, (r * 0.15).max(1.4));
    let stroke = Stroke::new(wide, ink);
    let upright = |x: f32| {
        p.line_segment([pos2(c.x + x, c.y - half), pos2(c.x + x, c.y + half)], stroke);
    };
    let step = r * 0.3;
    match level {
        WarningLevel::Red => upright(0.0),
        WarningLevel::Orange => [-0.5, 0.5].into_iter().for_each(|at| upright(at * step)),
        WarningLevel::Yellow => [-1.0, 0.0, 1.0].into_iter().for_each(|at| upright(at * step * 0.9)),
        WarningLevel::Blue => {
            upright(-r * 0.36);
            let (left, foot, right) = (c.x - r * 0.12, c.x + r * 0.12, c.x + r * 0.38);
            let (top, low) = (c.y - half, c.y + half);
            p.add(PathShape::line(vec![pos2(left, top), pos2(foot, low - wide * 0.3), pos2(right, top)], stroke));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_levels_have_four_shapes_of_about_one_size() {
        let mut seen = Vec::new();
        for level in WarningLevel::ALL {
            let corners = corners(level, 10.0);
            let twice: f32 =
                corners.iter().zip(corners.iter().cycle().skip(1)).map(|(a, b)| a.x * b.y - b.x * a.y).sum();
            let area = twice.abs() / 2.0;
            assert!((240.0..=345.0).contains(&area), "{level:?}: {area}");
            assert!(!seen.contains(&corners.iter().map(|c| (c.x.to_bits(), c.y.to_bits())).collect::<Vec<_>>()));
            seen.push(corners.iter().map(|c| (c.x.to_bits(), c.y.to_bits())).collect());
        }
    }
}
