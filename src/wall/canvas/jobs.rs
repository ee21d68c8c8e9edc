//! Finds out what the panels changed: egui's new triangles beside those that were drawn last. What is equal is not drawn
//! again; what differs is known by its pixels. Partner: `panels.rs`, which draws the triangles.

use std::ops::Range;

use bevy::camera::visibility::VisibilitySystems;
use bevy::math::URect;
use bevy::prelude::*;
use bevy::render::{ExtractSchedule, MainWorld, RenderApp};
use bevy_egui::egui::epaint::{ClippedPrimitive, Primitive, Vertex};
use bevy_egui::egui::{self, TextureId};
use bevy_egui::{EguiOutput, EguiPostUpdateSet, EguiRenderOutput, PrimaryEguiContext};

use super::damage::Damage;
use crate::panels::PanelsHanded;
use crate::wall::still::MapPlanned;

/// Triangles that are drawn together.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Nothing is drawn outside of these pixels.
    pub clip: URect,
    /// The pixels that it may change.
    pub seen: URect,
    /// What it is drawn with.
    pub texture: TextureId,
    /// Where its corners are in the list of all.
    pub indices: Range<u32>,
    /// It is as it was when the panels were drawn before.
    pub is_still: bool,
}

/// All triangles of the panels, and where they differ from those before.
#[derive(Resource, Default)]
pub(super) struct Drawing {
    pub pieces: Vec<Piece>,
    pub vertices: Vec<u8>,
    pub indices: Vec<u32>,
    /// The lists are others than in the frame before.
    pub is_new: bool,
    pub damage: Damage,
    pub pixels_per_point: f32,
}

/// What was drawn last.
#[derive(Default)]
struct Last {
    jobs: Vec<ClippedPrimitive>,
    seen: Vec<URect>,
    size: UVec2,
    pixels_per_point: f32,
}

/// Adds the comparison.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Drawing>().add_systems(
        PostUpdate,
        compare
            .after(PanelsHanded)
            .after(EguiPostUpdateSet::PostProcessOutput)
            .after(MapPlanned)
            .before(VisibilitySystems::CheckVisibility),
    );
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render.init_resource::<Drawing>().add_systems(ExtractSchedule, extract);
}

/// Takes egui's triangles out of bevy_egui's hands, if they are to be drawn in this frame.
fn compare(
    mut outputs: Query<(&Camera, &EguiOutput, &mut EguiRenderOutput), With<PrimaryEguiContext>>,
    mut drawing: ResMut<Drawing>,
    mut last: Local<Last>,
) {
    let Ok((camera, output, mut made)) = outputs.single_mut() else { return };
    let Some(size) = camera.physical_target_size().filter(|_| camera.is_active) else { return };
    let jobs = std::mem::take(&mut made.paint_jobs);
    let drawing = &mut *drawing;
    let is_whole = last.size != size || (last.pixels_per_point - output.pixels_per_point).abs() > 1e-6;
    (last.size, last.pixels_per_point) = (size, output.pixels_per_point);
    drawing.pixels_per_point = output.pixels_per_point;
    last.take(jobs, drawing);
    if is_whole {
        drawing.damage = Damage::whole(size);
    }
}

impl Last {
    /// Puts new triangles in the place of the old ones and notes what differs.
    fn take(&mut self, jobs: Vec<ClippedPrimitive>, drawing: &mut Drawing) {
        let is_same = |at: usize, to: usize| is_equal(&self.jobs[at], &jobs[to]);
        let (old, new) = (self.jobs.len(), jobs.len());
        let least = old.min(new);
        // Where pieces come or go, those before and after are found again.
        let (head, tail) = if old == new {
            (least, 0)
        } else {
            let head = (0..least).find(|at| !is_same(*at, *at)).unwrap_or(least);
            (head, (0..least - head).find(|from| !is_same(old - 1 - from, new - 1 - from)).unwrap_or(least - head))
        };
        let partner = |to: usize| match to {
            _ if to < head => Some(to),
            _ if to >= new - tail => Some(to + old - new),
            _ => None,
        };
        let mut seen = Vec::with_capacity(new);
        let mut still = Vec::with_capacity(new);
        for (to, job) in jobs.iter().enumerate() {
            let before = partner(to).map(|at| (&self.jobs[at], self.seen.get(at).copied().unwrap_or_default()));
            match before {
                Some((before, at)) if is_equal(before, job) => {
                    seen.push(at);
                    still.push(true);
                }
                before => {
                    let now = self.pixels(job.clip_rect).intersect(self.pixels(bounds(job)));
                    match before.and_then(|(before, _)| differing(before, job)) {
                        Some(differing) => {
                            drawing.damage.add(self.pixels(job.clip_rect).intersect(self.pixels(differing)))
                        }
                        None => {
                            drawing.damage.add(now);
                            before.iter().for_each(|(_, before)| drawing.damage.add(*before));
                        }
                    }
                    seen.push(now);
                    still.push(false);
                }
            }
        }
        for gone in (head..old - tail).filter(|_| old != new) {
            drawing.damage.add(self.seen.get(gone).copied().unwrap_or_default());
        }
        if old == new && still.iter().all(|still| *still) {
            return;
        }
        drawing.is_new = true;
        drawing.pieces.clear();
        drawing.vertices.clear();
        drawing.indices.clear();
        for ((job, seen), is_still) in jobs.iter().zip(&seen).zip(still) {
            let Primitive::Mesh(mesh) = &job.primitive else { continue };
            let (base, first) = (drawing.vertices.len() / size_of::<Vertex>(), drawing.indices.len() as u32);
            drawing.vertices.extend_from_slice(bytemuck::cast_slice(&mesh.vertices));
            drawing.indices.extend(mesh.indices.iter().map(|index| index + base as u32));
            let (clip, indices) = (self.pixels(job.clip_rect), first..drawing.indices.len() as u32);
            drawing.pieces.push(Piece { clip, seen: *seen, texture: mesh.texture_id, indices, is_still });
        }
        (self.jobs, self.seen) = (jobs, seen);
    }

    /// The pixels of a rectangle in points, cut at the edge of the picture.
    fn pixels(&self, rect: egui::Rect) -> URect {
        let k = self.pixels_per_point;
        let (w, h) = (self.size.x as f32, self.size.y as f32);
        // As bevy_egui rounds them.
        let at =
            |x: f32, y: f32| UVec2::new((x * k).round().clamp(0.0, w) as u32, (y * k).round().clamp(0.0, h) as u32);
        URect { min: at(rect.min.x, rect.min.y), max: at(rect.max.x, rect.max.y) }
    }
}

fn is_equal(a: &ClippedPrimitive, b: &ClippedPrimitive) -> bool {
    let (Primitive::Mesh(one), Primitive::Mesh(other)) = (&a.primitive, &b.primitive) else { return false };
    a.clip_rect == b.clip_rect
        && one.texture_id == other.texture_id
        && one.indices == other.indices
        && bytemuck::cast_slice::<Vertex, u8>(&one.vertices) == bytemuck::cast_slice::<Vertex, u8>(&other.vertices)
}

/// Everything that a piece touches, points, with room for soft edges.
fn bounds(job: &ClippedPrimitive) -> egui::Rect {
    match &job.primitive {
        Primitive::Mesh(mesh) => mesh.calc_bounds().expand(1.0),
        Primitive::Callback(_) => job.clip_rect,
    }
}

/// Where two pieces of as many triangles differ, points; `None` if they are not to be compared.
fn differing(a: &ClippedPrimitive, b: &ClippedPrimitive) -> Option<egui::Rect> {
    let (Primitive::Mesh(one), Primitive::Mesh(other)) = (&a.primitive, &b.primitive) else { return None };
    let is_alike = a.clip_rect == b.clip_rect && one.texture_id == other.texture_id && one.indices == other.indices;
    if !is_alike || one.vertices.len() != other.vertices.len() {
        return None;
    }
    let mut rect = egui::Rect::NOTHING;
    for corners in one.indices.chunks_exact(3) {
        let pairs =
            || corners.iter().filter_map(|at| one.vertices.get(*at as usize).zip(other.vertices.get(*at as usize)));
        if pairs().any(|(a, b)| a != b) {
            pairs().for_each(|(a, b)| {
                rect.extend_with(a.pos);
                rect.extend_with(b.pos);
            });
        }
    }
    Some(rect.expand(1.0))
}

/// Hands the drawing to the render world.
fn extract(mut main: ResMut<MainWorld>, mut drawing: ResMut<Drawing>) {
    let Some(mut made) = main.get_resource_mut::<Drawing>() else { return };
    let drawing = &mut *drawing;
    if made.is_new {
        std::mem::swap(drawing, made.bypass_change_detection());
    } else {
        drawing.is_new = false;
        drawing.pixels_per_point = made.pixels_per_point;
        drawing.damage = std::mem::take(&mut made.damage);
    }
    made.is_new = false;
    made.damage.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui::epaint::Mesh;
    use bevy_egui::egui::{Color32, pos2};

    fn square(x: f32, ink: Color32) -> ClippedPrimitive {
        let mut mesh = Mesh::default();
        mesh.add_colored_rect(egui::Rect::from_min_max(pos2(x, 10.0), pos2(x + 10.0, 20.0)), ink);
        mesh.add_colored_rect(egui::Rect::from_min_max(pos2(x + 50.0, 10.0), pos2(x + 60.0, 20.0)), Color32::WHITE);
        let clip_rect = egui::Rect::from_min_max(pos2(0.0, 0.0), pos2(1000.0, 15.0));
        ClippedPrimitive { clip_rect, primitive: Primitive::Mesh(mesh) }
    }

    fn damage(last: &mut Last, jobs: Vec<ClippedPrimitive>) -> (Vec<URect>, bool, Vec<bool>) {
        let mut drawing = Drawing::default();
        last.take(jobs, &mut drawing);
        let still = drawing.pieces.iter().map(|piece| piece.is_still).collect();
        (drawing.damage.rects().to_vec(), drawing.is_new, still)
    }

    #[test]
    fn only_what_differs_is_drawn_anew() {
        let mut last = Last { size: UVec2::new(800, 600), pixels_per_point: 2.0, ..Last::default() };
        let (a, b) = (Color32::RED, Color32::BLUE);
        let first = vec![square(0.0, a), square(100.0, a)];
        let (rects, is_new, still) = damage(&mut last, first.clone());
        assert_eq!((rects.len(), is_new, still), (2, true, vec![false; 2]));
        assert_eq!(damage(&mut last, first), (vec![], false, vec![]));
        // One of the two squares of the second piece, cut by its clip.
        let (rects, is_new, still) = damage(&mut last, vec![square(0.0, a), square(100.0, b)]);
        assert_eq!((rects, is_new, still), (vec![URect::new(198, 18, 222, 30)], true, vec![true, false]));
        // It moves: where it was and where it is.
        let (rects, ..) = damage(&mut last, vec![square(0.0, a), square(103.0, b)]);
        assert_eq!(rects, [URect::new(198, 18, 328, 30)]);
    }

    #[test]
    fn a_piece_that_comes_or_goes_leaves_the_others_alone() {
        let mut last = Last { size: UVec2::new(2000, 600), pixels_per_point: 1.0, ..Last::default() };
        let all: Vec<_> = [0.0, 200.0, 400.0].map(|x| square(x, Color32::RED)).to_vec();
        damage(&mut last, vec![all[0].clone(), all[2].clone()]);
        let (rects, _, still) = damage(&mut last, all.clone());
        assert_eq!((rects, still), (vec![URect::new(199, 9, 261, 15)], vec![true, false, true]));
        let (rects, _, still) = damage(&mut last, all[1..].to_vec());
        assert_eq!((rects, still), (vec![URect::new(0, 9, 61, 15)], vec![true; 2]));
        let (rects, is_new, still) = damage(&mut last, vec![]);
        assert_eq!((rects.len(), is_new, still), (2, true, vec![]));
    }
}
