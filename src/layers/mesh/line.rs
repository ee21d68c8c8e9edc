//! Lines that keep their width on the screen: two vertices a point, which `lines.wgsl` moves apart along the mitre of
//! the neighbouring segments. Style and width are looked up there; here is only where the line runs.

use std::collections::HashMap;

use bevy::math::{Rect, Vec2};
use bevy::mesh::Mesh;

use super::arcs::Arc;
use super::{ATTRIBUTE_LINE, ATTRIBUTE_NEIGHBOURS, ATTRIBUTE_OWNERS, NO_FEATURE, triangles};
use crate::layers::tiles::Cut;

/// What a line is drawn as: the index of its style in the material.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum Stroke {
    /// Between grids.
    Grid,
    /// Between communities.
    Community,
    /// Between streets.
    Street,
    /// Around the district.
    District,
    /// The shore of neighbouring land.
    Coast,
    /// Between depth bands of the sea.
    Isobath,
    /// A river.
    River,
    /// An expressway.
    Expressway,
    /// A trunk road.
    Trunk,
    /// An ordinary road.
    Road,
    /// A ferry line.
    Ferry,
    /// A pier or breakwater.
    Pier,
    /// The shore of a lake.
    Lake,
    /// Around what is selected.
    Selected,
    /// Around what is under the cursor.
    Hovered,
}

/// Number of strokes.
pub const STROKES: usize = 15;

/// How one line differs from others of its stroke.
#[derive(Clone, Copy, Debug)]
pub struct LineLook {
    /// The style.
    pub stroke: Stroke,
    /// Width on the ground, metres; 0 leaves it to the style.
    pub width_m: f32,
    /// Opacity, 0–1.
    pub strength: f32,
    /// The features on both sides, whose tops carry the line when the map is tilted.
    pub owners: [u32; 2],
}

impl LineLook {
    /// A line on the ground, with the width of its style.
    pub fn of(stroke: Stroke) -> Self {
        Self { stroke, width_m: 0.0, strength: 1.0, owners: [NO_FEATURE; 2] }
    }
}

/// Lines as they run on the ground, without width.
#[derive(Clone, Debug, Default)]
pub struct Strands {
    /// The points of all, one line after the other.
    pub joints: Vec<Joint>,
    /// The lines; what comes later is on top.
    pub lines: Vec<Strand>,
}

/// A point of a line and the points before and after it, world metres.
#[derive(Clone, Copy, Debug)]
pub struct Joint {
    /// The point itself.
    pub here: Vec2,
    /// The same as `here` where the line begins.
    pub before: Vec2,
    /// The same as `here` where it ends.
    pub after: Vec2,
    /// Metres from the beginning.
    pub along: f32,
}

/// One line.
#[derive(Clone, Debug)]
pub struct Strand {
    /// The index of its style.
    pub style: usize,
    /// The features on both sides.
    pub owners: [u32; 2],
    /// Its points.
    pub joints: std::ops::Range<usize>,
}

/// Collects lines for one mesh. What is added later is drawn on top.
#[derive(Default)]
pub struct LineBuilder {
    positions: Vec<[f32; 3]>,
    neighbours: Vec<[f32; 4]>,
    looks: Vec<[f32; 4]>,
    owners: Vec<[u32; 2]>,
    indices: Vec<u32>,
}

impl LineBuilder {
    /// Adds a line; one that ends where it begins is joined there. Lines of fewer than two points are left out.
    pub fn add(&mut self, points: &[Vec2], look: LineLook) {
        self.add_part(points, look, [None; 2], |_| 1.0);
    }

    /// Adds a set of lines of one stroke, each with its owners. Where exactly two of them end, they meet in a mitre.
    pub fn add_net<'a>(&mut self, arcs: impl IntoIterator<Item = &'a Arc>, stroke: Stroke) {
        let arcs: Vec<&Arc> = arcs.into_iter().filter(|arc| arc.points.len() > 1).collect();
        let key = |point: Vec2| (point.x.to_bits(), point.y.to_bits());
        // By end point: the next point inwards of each line that ends there.
        let mut ends: HashMap<(u32, u32), Vec<Vec2>> = HashMap::new();
        for arc in &arcs {
            let points = &arc.points;
            ends.entry(key(points[0])).or_default().push(points[1]);
            ends.entry(key(points[points.len() - 1])).or_default().push(points[points.len() - 2]);
        }
        let beyond = |end: Vec2, inner: Vec2| match ends.get(&key(end)).map(Vec::as_slice) {
            Some([a, b]) => Some(if *a == inner { *b } else { *a }),
            _ => None,
        };
        for arc in arcs {
            let points = &arc.points;
            let last = points.len() - 1;
            let outer = [beyond(points[0], points[1]), beyond(points[last], points[last - 1])];
            self.add_part(points, LineLook { owners: arc.owners, ..LineLook::of(stroke) }, outer, |_| 1.0);
        }
    }

    /// As [`add`](Self::add), with an opacity for each point.
    pub fn add_shaded(&mut self, points: &[Vec2], look: LineLook, strength_at: impl Fn(Vec2) -> f32) {
        self.add_part(points, look, [None; 2], strength_at);
    }

    /// A line and, where it goes on as another, the next points of that.
    fn add_part(
        &mut self,
        points: &[Vec2],
        look: LineLook,
        outer: [Option<Vec2>; 2],
        strength_at: impl Fn(Vec2) -> f32,
    ) {
        let count = points.len();
        if count < 2 {
            return;
        }
        let closed = count > 3 && points[0] == points[count - 1];
        let base = self.positions.len() as u32;
        let mut along = 0.0;
        for (index, &point) in points.iter().enumerate() {
            let before = match index {
                0 if closed => points[count - 2],
                0 => outer[0].unwrap_or(point),
                _ => points[index - 1],
            };
            let after = match index {
                _ if index + 1 < count => points[index + 1],
                _ if closed => points[1],
                _ => outer[1].unwrap_or(point),
            };
            if index > 0 {
                along += point.distance(points[index - 1]);
            }
            let strength = look.strength * strength_at(point);
            for side in [-1.0, 1.0] {
                self.positions.push([point.x, point.y, along]);
                self.neighbours.push([before.x, before.y, after.x, after.y]);
                self.looks.push([side, look.stroke as u32 as f32, look.width_m, strength]);
                self.owners.push(look.owners);
            }
        }
        for segment in 0..count as u32 - 1 {
            let at = base + segment * 2;
            self.indices.extend([at, at + 1, at + 2, at + 2, at + 1, at + 3]);
        }
    }

    /// Where the lines run, for who draws them without the GPU.
    pub fn strands(&self) -> Strands {
        let mut strands = Strands::default();
        // Two vertices a point; each line begins at 0 along itself.
        let sides = self.positions.chunks_exact(2).zip(self.neighbours.chunks_exact(2));
        for ((at, beyond), (look, owners)) in sides.zip(self.looks.chunks_exact(2).zip(self.owners.chunks_exact(2))) {
            let ([x, y, along], [a, b, c, d]) = (at[0], beyond[0]);
            let joint = Joint { here: Vec2::new(x, y), before: Vec2::new(a, b), after: Vec2::new(c, d), along };
            let first = strands.joints.len();
            if along == 0.0 && strands.lines.last().is_none_or(|line| line.joints.len() > 1) {
                strands.lines.push(Strand { style: look[0][1] as usize, owners: owners[0], joints: first..first });
            }
            strands.joints.push(joint);
            strands.lines.iter_mut().last().iter_mut().for_each(|line| line.joints.end = first + 1);
        }
        strands
    }

    /// True if nothing was added.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The lines in tiles, with the ground that each covers. In a tile, what was added later is on top.
    pub fn build_tiles(self, cut: Cut) -> Vec<(Mesh, Rect)> {
        let point = |vertex: u32| Vec2::new(self.positions[vertex as usize][0], self.positions[vertex as usize][1]);
        let mut tiles: Vec<Vec<&[u32]>> = vec![Vec::new(); cut.count()];
        for segment in self.indices.chunks_exact(6) {
            tiles[cut.tile((point(segment[0]) + point(segment[5])) * 0.5)].push(segment);
        }
        // The vertex in the tile that is made, and the tile.
        let mut places = vec![(0_u32, usize::MAX); self.positions.len()];
        let mut built = Vec::new();
        for (tile, segments) in tiles.into_iter().enumerate().filter(|(_, segments)| !segments.is_empty()) {
            let mut part = LineBuilder::default();
            let mut covers = Rect::EMPTY;
            for vertex in segments.into_iter().flatten() {
                let at = *vertex as usize;
                if places[at].1 != tile {
                    places[at] = (part.positions.len() as u32, tile);
                    part.positions.push(self.positions[at]);
                    part.neighbours.push(self.neighbours[at]);
                    part.looks.push(self.looks[at]);
                    part.owners.push(self.owners[at]);
                    let (middle, half) = (point(*vertex), Vec2::splat(self.looks[at][2] * 0.5));
                    covers = covers.union(Rect { min: middle - half, max: middle + half });
                }
                part.indices.push(places[at].0);
            }
            built.push((part.build(), covers));
        }
        built
    }

    /// The mesh for `lines.wgsl`.
    pub fn build(self) -> Mesh {
        triangles(self.positions, self.indices)
            .with_inserted_attribute(ATTRIBUTE_NEIGHBOURS, self.neighbours)
            .with_inserted_attribute(ATTRIBUTE_LINE, self.looks)
            .with_inserted_attribute(ATTRIBUTE_OWNERS, self.owners)
    }
}

/// The same line with points at most `step` apart in those segments that need it, so that a value per point varies
/// smoothly there.
pub fn densified(points: &[Vec2], step: f32, is_needed: impl Fn(Vec2, Vec2) -> bool) -> Vec<Vec2> {
    let mut dense = Vec::with_capacity(points.len());
    for pair in points.windows(2) {
        let most = if is_needed(pair[0], pair[1]) { 1000.0 } else { 1.0 };
        let parts = (pair[0].distance(pair[1]) / step).ceil().clamp(1.0, most) as usize;
        dense.extend((0..parts).map(|part| pair[0].lerp(pair[1], part as f32 / parts as f32)));
    }
    dense.extend(points.last());
    dense
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_two_vertices_a_point_and_two_triangles_a_segment() {
        let mut builder = LineBuilder::default();
        builder.add(&[Vec2::ZERO, Vec2::X, Vec2::ONE], LineLook::of(Stroke::Road));
        assert_eq!((builder.positions.len(), builder.indices.len()), (6, 12));
        assert_eq!(builder.positions[5], [1.0, 1.0, 2.0]);
        assert_eq!(builder.neighbours[0], [0.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn tiles_hold_every_segment_once_and_cover_it() {
        let mut builder = LineBuilder::default();
        builder.add(&[Vec2::ZERO, Vec2::new(59.0, 0.0), Vec2::new(59.0, 99.0)], LineLook::of(Stroke::Road));
        builder
            .add(&[Vec2::new(1.0, 1.0), Vec2::new(2.0, 1.0)], LineLook { width_m: 8.0, ..LineLook::of(Stroke::River) });
        let cut = Cut::of(Rect::from_corners(Vec2::ZERO, Vec2::splat(60.0)));
        let tiles = builder.build_tiles(cut);
        let sizes: Vec<_> =
            tiles.iter().map(|(mesh, _)| (mesh.count_vertices(), mesh.indices().map(|i| i.len()))).collect();
        assert_eq!(sizes, [(4, Some(6)), (4, Some(6)), (4, Some(6))]);
        assert_eq!(tiles[0].1, Rect::from_corners(Vec2::new(-3.0, -3.0), Vec2::new(6.0, 5.0)));
        assert_eq!(tiles[1].1, Rect::from_corners(Vec2::ZERO, Vec2::new(59.0, 0.0)));
        assert_eq!(tiles[2].1, Rect::from_corners(Vec2::new(59.0, 0.0), Vec2::new(59.0, 99.0)));
    }

    #[test]
    fn a_closed_line_is_joined() {
        let mut builder = LineBuilder::default();
        builder.add(&[Vec2::ZERO, Vec2::X, Vec2::ONE, Vec2::ZERO], LineLook::of(Stroke::Lake));
        assert_eq!(builder.neighbours[0][..2], [1.0, 1.0]);
        assert_eq!(builder.neighbours[7][2..], [1.0, 0.0]);
    }

    #[test]
    fn lines_that_go_on_know_each_other_and_forks_do_not() {
        let arc = |points: &[(f32, f32)]| Arc {
            points: points.iter().map(|&(x, y)| Vec2::new(x, y)).collect(),
            owners: [NO_FEATURE; 2],
        };
        let mut builder = LineBuilder::default();
        builder.add_net(&[arc(&[(0.0, 0.0), (1.0, 0.0)]), arc(&[(2.0, 1.0), (1.0, 0.0)])], Stroke::Street);
        // The first line's end goes on to (2, 1); its beginning is free.
        assert_eq!(builder.neighbours[2], [0.0, 0.0, 2.0, 1.0]);
        assert_eq!(builder.neighbours[0], [0.0, 0.0, 1.0, 0.0]);
        let mut fork = LineBuilder::default();
        let arms = [(0.0, 0.0), (2.0, 1.0), (2.0, -1.0)].map(|end| arc(&[end, (1.0, 0.0)]));
        fork.add_net(&arms, Stroke::Street);
        assert_eq!(fork.neighbours[2][2..], [1.0, 0.0]);
    }

    #[test]
    fn a_point_is_no_line() {
        let mut builder = LineBuilder::default();
        builder.add(&[Vec2::ZERO], LineLook::of(Stroke::Road));
        assert!(builder.is_empty());
    }

    #[test]
    fn strands_are_the_lines_as_they_were_added() {
        let mut builder = LineBuilder::default();
        builder.add(&[Vec2::ZERO, Vec2::X, Vec2::ONE], LineLook::of(Stroke::Grid));
        builder.add(&[Vec2::X, Vec2::Y], LineLook { owners: [3, 4], ..LineLook::of(Stroke::Community) });
        let strands = builder.strands();
        let lines: Vec<_> = strands.lines.iter().map(|line| (line.style, line.owners, line.joints.clone())).collect();
        assert_eq!(lines, [(0, [NO_FEATURE; 2], 0..3), (1, [3, 4], 3..5)]);
        let last = strands.joints[4];
        assert_eq!((last.here, last.before, last.after), (Vec2::Y, Vec2::X, Vec2::Y));
        assert_eq!(strands.joints[2].along, 2.0);
    }

    #[test]
    fn densified_keeps_the_ends() {
        let dense = densified(&[Vec2::ZERO, Vec2::new(10.0, 0.0), Vec2::new(99.0, 0.0)], 3.0, |a, _| a.x < 5.0);
        assert_eq!((dense.len(), dense[0], dense[4], dense[5].x), (6, Vec2::ZERO, Vec2::new(10.0, 0.0), 99.0));
    }
}
