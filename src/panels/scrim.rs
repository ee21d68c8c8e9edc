//! The gradients through which columns and strips melt into the map: `bg1` at 0.97 up to the edge, 0.72 at +6 u, 0 at
//! +34 u. They end where a fitted district begins: a fill that fades would be read as another class.

use std::sync::Arc;

use bevy_egui::egui::{Color32, Mesh, Painter, Pos2, Shape, pos2};

use super::layout::Layout;
use super::style::faint;
use crate::palette::Palette;

/// Steps of a gradient.
const STEPS: usize = 8;
/// How far the ribbon reaches above its opaque part.
const RIBBON_EDGE: f32 = 8.0;
/// Height of the opaque part of the top strips.
const TOP_SOLID: f32 = 118.0;

/// Paints all scrims of a layout.
pub fn paint(p: &Painter, palette: &Palette, layout: &Layout) {
    let (w, h) = (layout.canvas.width(), layout.canvas.height());
    let ink = |alpha: f32| faint(palette.bg1, alpha);
    // Each with a clip of its own: whoever draws only what has changed sees that the scrims have not, and where they are.
    let across = |stops: &[(f32, f32)], at: &dyn Fn(f32, f32) -> Pos2| {
        let mut mesh = Mesh::default();
        for pair in stops.windows(2) {
            // The GPU interpolates sRGB values; in small steps that is as good as interpolating the opacity.
            let steps = if pair[0].1 == pair[1].1 { 1 } else { STEPS };
            for step in 0..steps {
                let stop = |i: usize| {
                    let t = i as f32 / steps as f32;
                    (pair[0].0 + (pair[1].0 - pair[0].0) * t, pair[0].1 + (pair[1].1 - pair[0].1) * t)
                };
                let (from, to) = (stop(step), stop(step + 1));
                quad(
                    &mut mesh,
                    [at(from.0, 0.0), at(to.0, 0.0), at(to.0, 1.0), at(from.0, 1.0)],
                    [ink(from.1), ink(to.1)],
                );
            }
        }
        let clip = mesh.calc_bounds();
        p.with_clip_rect(clip).add(Shape::Mesh(Arc::new(mesh)));
    };
    let side = |edge: f32| [(0.0, 0.97), (edge - 6.0, 0.97), (edge + 6.0, 0.72), (edge + 34.0, 0.0)];
    if layout.left_edge > 0.0 {
        across(&side(layout.left_edge), &|x, t| pos2(x, t * h));
    }
    if layout.right_edge < w {
        across(&side(w - layout.right_edge), &|x, t| pos2(w - x, t * h));
    }
    across(&[(0.0, 0.97), (TOP_SOLID, 0.97), (TOP_SOLID + 8.0, 0.6), (TOP_SOLID + 30.0, 0.0)], &|y, t| pos2(t * w, y));
    if let Some((_, ribbon)) = &layout.ribbon {
        let solid = h - ribbon.top() - RIBBON_EDGE;
        let stops = [(0.0, 0.97), (solid, 0.97), (solid + 12.0, 0.7), (solid + 36.0, 0.0)];
        across(&stops, &|y, t| pos2(t * w, h - y));
    }
}

/// A quad whose first and last corner have the first colour, the other two the second.
fn quad(mesh: &mut Mesh, corners: [Pos2; 4], [from, to]: [Color32; 2]) {
    let base = mesh.vertices.len() as u32;
    for (corner, ink) in corners.into_iter().zip([from, to, to, from]) {
        mesh.colored_vertex(corner, ink);
    }
    mesh.add_triangle(base, base + 1, base + 2);
    mesh.add_triangle(base, base + 2, base + 3);
}
