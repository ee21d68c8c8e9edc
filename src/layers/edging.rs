//! Which pixels fine borders cover, and how much of each: what `lines.wgsl` and a rasteriser do, on the processor and
//! without colours, which change more often than lines do. Pure; partner: `inks.rs`.

use bevy::math::{Mat4, Rect, URect, Vec2, Vec3};

use super::lines::LineStyle;
use super::mesh::line::{Joint, STROKES, Strands};

/// Steps of a pixel to which corners are rounded, as rasterisers do.
const STEPS: f32 = 256.0;
/// Corners farther away than this, in such steps, are nowhere near a picture.
const FAR: f32 = 1e9;

/// From where the ground is seen: straight from above, parallel.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    /// From world metres to the picture, −1 to 1.
    pub clip_from_world: Mat4,
    /// Of the picture, pixels.
    pub size: Vec2,
    /// Picture height in u.
    pub height_u: f32,
}

/// A line's part in a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dab {
    /// The pixel: row times width plus column, in the rectangle that was asked for.
    pub pixel: u32,
    /// The line.
    pub line: u16,
    /// How much of the pixel it covers, of 65,535.
    pub cover: u16,
}

/// All that these lines cover of some pixels, in the order in which they are drawn; `None` if there are too many lines.
pub fn dabs(lines: &Strands, looks: &[LineStyle; STROKES], sight: &Sight, pixels: URect) -> Option<Vec<Dab>> {
    if lines.lines.len() > usize::from(u16::MAX) {
        return None;
    }
    let mut to = Tray { pixels, dabs: Vec::new(), line: 0, pen: Pen::default() };
    for (index, line) in lines.lines.iter().enumerate() {
        let Some(pen) = sight.pen(looks.get(line.style)?) else { continue };
        (to.line, to.pen) = (index as u16, pen);
        let joints = lines.joints.get(line.joints.clone())?;
        let mut last: Option<[Corner; 2]> = None;
        for joint in joints {
            let corners = sight.corners(joint, &pen);
            if let Some([a, b]) = last {
                to.triangle([a, b, corners[0]]);
                to.triangle([corners[0], b, corners[1]]);
            }
            last = Some(corners);
        }
    }
    Some(to.dabs)
}

/// A line's width and strength at this scale.
#[derive(Clone, Copy, Debug, Default)]
struct Pen {
    half_px: f32,
    alpha: f32,
    /// Pixels drawn, and drawn and left out together; 0 for a solid line.
    dash: f32,
    period: f32,
}

/// A corner of a line: pixels from the top left, pixels from the line's middle, pixels along it.
#[derive(Clone, Copy, Debug)]
struct Corner {
    at: Vec2,
    across: f32,
    along: f32,
}

impl Sight {
    /// The pixels on which some ground is seen, and those around it; empty where none are.
    pub fn pixels(&self, ground: Rect) -> URect {
        let at = |world: Vec2| self.size * 0.5 + self.seen(world) * Vec2::new(1.0, -1.0);
        let seen = Rect::from_corners(at(ground.min), at(ground.max)).inflate(2.0);
        let seen = seen.intersect(Rect::from_corners(Vec2::ZERO, self.size));
        URect { min: seen.min.floor().as_uvec2(), max: seen.max.ceil().as_uvec2() }
    }

    fn px_per_m(&self) -> f32 {
        self.clip_from_world.x_axis.x * 0.5 * self.size.x
    }

    /// `None` for what is not drawn at this scale.
    fn pen(&self, look: &LineStyle) -> Option<Pen> {
        let px_u = self.size.y / self.height_u;
        let scale = 1000.0 * self.px_per_m() / px_u;
        let t = ((scale - look.fade_from) / (look.fade_to - look.fade_from)).clamp(0.0, 1.0);
        let alpha = t * t * (3.0 - 2.0 * t) * look.color.w;
        let width = look.width_u * (scale / look.scale_ref).clamp(look.scale_min, look.scale_max) * px_u;
        let is_dashed = look.dash_u > 0.0 && scale >= look.dash_from;
        let [dash, period] =
            if is_dashed { [look.dash_u, look.dash_u + look.gap_u].map(|u| u * px_u) } else { [0.0; 2] };
        (alpha > 0.0 && width > 0.0).then_some(Pen { half_px: width * 0.5, alpha, dash, period })
    }

    /// Pixels from the middle of the picture, up.
    fn seen(&self, world: Vec2) -> Vec2 {
        let clip = self.clip_from_world * Vec3::new(world.x, world.y, 0.0).extend(1.0);
        Vec2::new(clip.x, clip.y) / clip.w * 0.5 * self.size
    }

    /// Both sides of a point of a line. Keep in sync with `lines.wgsl`; fine borders have no caps.
    fn corners(&self, joint: &Joint, pen: &Pen) -> [Corner; 2] {
        let [here, before, after] = [joint.here, joint.before, joint.after].map(|point| self.seen(point));
        let (mut arriving, mut leaving) = (here - before, after - here);
        if before.distance(here) < 1e-4 {
            arriving = leaving;
        }
        if after.distance(here) < 1e-4 {
            leaving = arriving;
        }
        let nudge = Vec2::new(1e-6, 0.0);
        let unit = |v: Vec2| (v + nudge).normalize_or_zero();
        let (arriving, leaving) = (unit(arriving), unit(leaving));
        let mitre = unit(arriving + leaving).perp();
        let stretch = 1.0 / mitre.dot(leaving.perp()).max(0.5);
        let reach = pen.half_px + 1.0;
        let along = joint.along * self.px_per_m();
        [-1.0, 1.0].map(|side: f32| {
            let moved = here + mitre * stretch * side * reach;
            let at = Vec2::new(self.size.x * 0.5 + moved.x, self.size.y * 0.5 - moved.y);
            Corner { at, across: side * reach, along }
        })
    }
}

/// Where the pixels go.
struct Tray {
    pixels: URect,
    dabs: Vec<Dab>,
    line: u16,
    pen: Pen,
}

impl Tray {
    /// Adds the pixels whose middle lies in a triangle, or on its left or upper edge.
    fn triangle(&mut self, corners: [Corner; 3]) {
        // The middle of a pixel is a whole number.
        let fixed = corners.map(|corner| ((corner.at - 0.5) * STEPS).round());
        if fixed.iter().any(|at| !at.is_finite() || at.abs().max_element() > FAR) {
            return;
        }
        let (low, high) = (fixed[0].min(fixed[1]).min(fixed[2]), fixed[0].max(fixed[1]).max(fixed[2]));
        let (min, max) = (self.pixels.min.as_vec2(), self.pixels.max.as_vec2() - 1.0);
        let (low, high) = ((low / STEPS).ceil().max(min), (high / STEPS).floor().min(max));
        if low.cmpgt(high).any() {
            return;
        }
        let [a, mut b, mut c] = fixed.map(|at| [at.x as i64, at.y as i64]);
        let [ka, mut kb, mut kc] = corners;
        let mut area = side(a, b, c);
        if area == 0 {
            return;
        }
        if area < 0 {
            (b, c, kb, kc, area) = (c, b, kc, kb, -area);
        }
        let per_area = 1.0 / area as f32;
        let edges = [(b, c), (c, a), (a, b)];
        for y in low.y as i64..=high.y as i64 {
            let (from, to) = span(&edges, y, low.x as i64, high.x as i64);
            for x in from..=to {
                let at = [x * STEPS as i64, y * STEPS as i64];
                let sides = edges.map(|(from, to)| side(from, to, at));
                let is_in = |i: usize| sides[i] > 0 || (sides[i] == 0 && is_upper_left(edges[i].0, edges[i].1));
                if !(is_in(0) && is_in(1) && is_in(2)) {
                    continue;
                }
                let share = sides.map(|side| side as f32 * per_area);
                let across = share[0] * ka.across + share[1] * kb.across + share[2] * kc.across;
                let along = share[0] * ka.along + share[1] * kb.along + share[2] * kc.along;
                self.dab(x, y, self.pen.cover(across, along));
            }
        }
    }

    fn dab(&mut self, x: i64, y: i64, cover: f32) {
        let cover = (cover * 65_535.0).round() as u16;
        if cover > 0 {
            let (x, y) = (x as u32 - self.pixels.min.x, y as u32 - self.pixels.min.y);
            self.dabs.push(Dab { pixel: y * self.pixels.width() + x, line: self.line, cover });
        }
    }
}

impl Pen {
    /// How much of a pixel is covered. Keep in sync with `lines.wgsl`.
    fn cover(&self, across: f32, along: f32) -> f32 {
        let half_px = self.half_px.max(0.5);
        let mut cover = (half_px + 0.5 - across.abs()).clamp(0.0, 1.0) * (self.half_px * 2.0).min(1.0);
        if self.period > 0.0 {
            let at = along - (along / self.period).floor() * self.period;
            cover *= (self.dash - at + 0.5).clamp(0.0, 1.0);
        }
        cover * self.alpha
    }
}

/// Twice the area of a triangle, positive if it runs clockwise on the screen.
fn side(a: [i64; 2], b: [i64; 2], at: [i64; 2]) -> i64 {
    (b[0] - a[0]) * (at[1] - a[1]) - (b[1] - a[1]) * (at[0] - a[0])
}

/// Whether the pixels on an edge belong to the triangle that it bounds clockwise.
fn is_upper_left(a: [i64; 2], b: [i64; 2]) -> bool {
    b[1] < a[1] || (b[1] == a[1] && b[0] > a[0])
}

/// The columns of a row that a triangle may touch, a little more than less.
fn span(edges: &[([i64; 2], [i64; 2]); 3], y: i64, low: i64, high: i64) -> (i64, i64) {
    let y = (y * STEPS as i64) as f64;
    let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
    for (a, b) in edges {
        let (ay, by) = (a[1] as f64, b[1] as f64);
        if (y < ay.min(by)) || (y > ay.max(by)) {
            continue;
        }
        let xs = match by - ay {
            0.0 => [a[0] as f64, b[0] as f64],
            rise => [a[0] as f64 + (y - ay) / rise * (b[0] - a[0]) as f64; 2],
        };
        from = from.min(xs[0].min(xs[1]));
        to = to.max(xs[0].max(xs[1]));
    }
    if from > to {
        return (1, 0);
    }
    let steps = f64::from(STEPS);
    (((from / steps).floor() as i64).max(low), ((to / steps).ceil() as i64).min(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::lines::core_styles;
    use crate::layers::mesh::line::{LineBuilder, LineLook, Stroke};
    use crate::palette::DARK;

    /// 100 × 80 pixels, one to 10 m, from the south-west corner; as many u.
    fn sight() -> Sight {
        let clip_from_world = Mat4::orthographic_rh(0.0, 1000.0, 0.0, 800.0, -1.0, 1.0);
        Sight { clip_from_world, size: Vec2::new(100.0, 80.0), height_u: 80.0 }
    }

    fn drawn(points: &[Vec2], stroke: Stroke, pixels: URect) -> Vec<Dab> {
        let mut lines = LineBuilder::default();
        lines.add(points, LineLook::of(stroke));
        dabs(&lines.strands(), &core_styles(&DARK), &sight(), pixels).unwrap()
    }

    #[test]
    fn a_line_along_the_middle_of_a_row_covers_it_and_its_neighbours_little() {
        let all =
            drawn(&[Vec2::new(95.0, 405.0), Vec2::new(305.0, 405.0)], Stroke::Community, URect::new(0, 30, 100, 50));
        let row = |y: u32| all.iter().filter(|dab| dab.pixel / 100 + 30 == y).collect::<Vec<_>>();
        let pen = sight().pen(&core_styles(&DARK)[1]).unwrap();
        let beside = row(38);
        assert_eq!((row(39).len(), beside.len(), row(40).len()), (21, 21, 21));
        assert!(row(39).iter().all(|dab| (f32::from(dab.cover) / 65_535.0 - pen.alpha).abs() < 1e-3));
        let least = (pen.half_px - 0.5) * pen.alpha;
        assert!((f32::from(beside[0].cover) / 65_535.0 - least).abs() < 1e-3, "{beside:?}");
    }

    #[test]
    fn pixels_of_a_chain_belong_to_one_segment_each() {
        let points = [(100.0, 100.0), (230.0, 180.0), (310.0, 130.0), (490.0, 420.0)].map(|(x, y)| Vec2::new(x, y));
        let mut pixels: Vec<u32> =
            drawn(&points, Stroke::Community, URect::new(0, 0, 100, 80)).iter().map(|dab| dab.pixel).collect();
        let count = pixels.len();
        pixels.sort_unstable();
        pixels.dedup();
        assert!(count > 80 && count - pixels.len() <= 2, "{count}: only where a sharp bend folds");
    }

    #[test]
    fn only_the_asked_for_pixels_come_and_a_part_is_the_same_as_of_all() {
        let points = [Vec2::new(-5_000.0, -1_400.0), Vec2::new(6_000.0, 2_200.0)];
        let all = drawn(&points, Stroke::Grid, URect::new(0, 0, 100, 80));
        let part = drawn(&points, Stroke::Grid, URect::new(40, 30, 60, 60));
        let inside =
            all.iter().filter(|dab| (40..60).contains(&(dab.pixel % 100)) && (30..60).contains(&(dab.pixel / 100)));
        let moved: Vec<Dab> =
            inside.map(|dab| Dab { pixel: (dab.pixel / 100 - 30) * 20 + dab.pixel % 100 - 40, ..*dab }).collect();
        assert!(!moved.is_empty());
        assert_eq!(part, moved);
    }

    #[test]
    fn the_ground_is_seen_on_pixels_of_the_picture() {
        let seen = |min: (f32, f32), max: (f32, f32)| sight().pixels(Rect::from_corners(min.into(), max.into()));
        assert_eq!(seen((100.0, 200.0), (300.0, 700.0)), URect::new(8, 8, 32, 62));
        assert_eq!(seen((-900.0, 200.0), (9_000.0, 9_000.0)), URect::new(0, 0, 100, 62));
        assert!(seen((5_000.0, 0.0), (6_000.0, 100.0)).is_empty());
    }

    #[test]
    fn what_is_no_number_is_left_out() {
        let points = [Vec2::new(f32::NAN, 3.0), Vec2::new(50.0, 50.0), Vec2::new(f32::INFINITY, 0.0)];
        assert!(drawn(&points, Stroke::Grid, URect::new(0, 0, 100, 80)).is_empty());
    }
}
