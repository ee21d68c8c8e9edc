//! What a change of the map means in pixels: how far the picture moves as a whole, and which of its pixels are to be
//! drawn. Only for the flat map at one scale; everything else is drawn whole. Partners: `layers/still.rs`, which says
//! what changed; `still.rs`, which decides.

use bevy::math::{IVec2, Rect, URect, UVec2, Vec2};

use super::damage::{Damage, uncovered};
use crate::layers::order;
use crate::layers::still::MapChanges;
use crate::map::{MapFrame, MapView};

/// A move is one by whole pixels if it misses them by no more than this.
const NEAR: f32 = 0.03;
/// Borders and their soft edges reach so far beyond the areas they surround, u.
const BORDER_U: f32 = 6.0;

/// What is to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// All.
    All,
    /// Some pixels.
    Part(Part),
}

/// A part of the picture that is to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// First what is there moves by so many pixels, right and down.
    pub by: IVec2,
    /// Then these are drawn.
    pub damage: Damage,
    /// Below this height in the order of the layers they are as they were.
    pub above: f32,
    /// Areas have other colours, and nothing else is new.
    pub is_recolour: bool,
}

/// Where the picture that is there was drawn, and how far it has moved since.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moves {
    origin: Option<MapView>,
    moved: IVec2,
}

impl Moves {
    /// All is drawn for this view.
    pub fn begin(&mut self, view: &MapView) {
        self.origin = Some(*view);
        self.moved = IVec2::ZERO;
    }

    /// What these changes ask for, where the picture is otherwise right.
    pub fn step(&mut self, changes: &MapChanges, view: &MapView, frame: &MapFrame, size: UVec2) -> Step {
        let Some(origin) = self.origin else { return Step::All };
        // Nothing changed: the picture is old.
        if changes.is_any || changes.is_none() || view.tilt > 0.0 || origin.tilt > 0.0 || frame.size.x <= 0.0 {
            return Step::All;
        }
        if view.m_per_u != origin.m_per_u {
            return Step::All;
        }
        let scale = size.x as f32 / frame.size.x;
        let px_per_m = frame.u * scale / view.m_per_u;
        let offset = (origin.center - view.center) * Vec2::new(px_per_m, -px_per_m);
        let whole = offset.round();
        if !whole.is_finite() || (offset - whole).abs().max_element() > NEAR || whole.abs().max_element() > 1e6 {
            return Step::All;
        }
        let by = whole.as_ivec2() - self.moved;
        if by.abs().as_uvec2().cmpge(size).any() {
            return Step::All;
        }
        self.moved = whole.as_ivec2();
        let mut damage = uncovered(size, by);
        let above = match () {
            () if by != IVec2::ZERO => f32::NEG_INFINITY,
            () if changes.recoloured.is_empty() => order::HEAT,
            () => order::AREAS,
        };
        for bounds in &changes.recoloured {
            let corner = |world: Vec2| view.screen_from_world(world.extend(0.0), frame) * scale;
            let (a, b) = (corner(bounds.min), corner(bounds.max));
            let reach = BORDER_U * frame.u * scale + 2.0;
            let seen =
                Rect::from_corners(a, b).inflate(reach).intersect(Rect::from_corners(Vec2::ZERO, size.as_vec2()));
            damage.add(URect::from_corners(seen.min.floor().as_uvec2(), seen.max.ceil().as_uvec2()));
        }
        if let Some(painted) = changes.painted {
            damage.add(painted.intersect(URect::from_corners(UVec2::ZERO, size)));
        }
        let is_recolour = by == IVec2::ZERO && !changes.recoloured.is_empty() && changes.painted.is_none();
        Step::Part(Part { by, damage, above, is_recolour })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f32, y: f32) -> (MapView, MapFrame) {
        let view = MapView { center: Vec2::new(x, y), m_per_u: 20.0, tilt: 0.0 };
        (view, MapFrame::open(Vec2::new(1920.0, 1080.0)))
    }

    fn moved() -> MapChanges {
        MapChanges { is_moved: true, ..MapChanges::default() }
    }

    #[test]
    fn a_pan_by_whole_pixels_moves_the_picture_and_draws_the_strip_that_comes_in() {
        let (view, frame) = at(5_000.0, -300.0);
        let size = UVec2::new(1920, 1080);
        let mut moves = Moves::default();
        assert_eq!(moves.step(&moved(), &view, &frame, size), Step::All, "nothing is there yet");
        moves.begin(&view);
        let to = |x: f32, y: f32| at(x, y).0;
        // 7 px to the east: the picture moves left.
        let Step::Part(Part { by, damage, above, .. }) = moves.step(&moved(), &to(5_140.0, -300.0), &frame, size)
        else {
            panic!()
        };
        assert_eq!((by, damage.rects()), (IVec2::new(-7, 0), &[URect::new(1913, 0, 1920, 1080)][..]));
        assert!(above < order::BASE, "all layers are new in the strip");
        // And back, and north: down.
        let Step::Part(Part { by, damage, .. }) = moves.step(&moved(), &to(5_000.0, -280.0), &frame, size) else {
            panic!()
        };
        assert_eq!((by, damage.pixels()), (IVec2::new(7, 1), 7 * 1080 + 1913));
        assert_eq!(moves.step(&moved(), &to(5_010.0, -280.0), &frame, size), Step::All, "half a pixel");
        let (near, _) = at(5_000.0, -280.0);
        assert_eq!(moves.step(&moved(), &MapView { m_per_u: 20.1, ..near }, &frame, size), Step::All);
        assert_eq!(moves.step(&moved(), &MapView { tilt: 0.1, ..near }, &frame, size), Step::All);
        let any = MapChanges { is_any: true, ..moved() };
        assert_eq!(moves.step(&any, &near, &frame, size), Step::All);
        assert_eq!(moves.step(&MapChanges::default(), &near, &frame, size), Step::All, "old");
    }

    #[test]
    fn other_colours_and_painted_heat_are_drawn_where_they_are() {
        let (view, frame) = at(0.0, 0.0);
        let size = UVec2::new(1920, 1080);
        let mut moves = Moves::default();
        moves.begin(&view);
        let bounds = Rect::from_corners(Vec2::new(-2_000.0, -1_000.0), Vec2::new(2_000.0, 30_000.0));
        let changes = MapChanges { recoloured: vec![bounds], ..MapChanges::default() };
        let Step::Part(Part { by, damage, above, is_recolour }) = moves.step(&changes, &view, &frame, size) else {
            panic!()
        };
        assert!(is_recolour);
        assert_eq!((by, damage.rects()), (IVec2::ZERO, &[URect::new(852, 0, 1068, 598)][..]));
        assert_eq!(above, order::AREAS);
        let painted = MapChanges { painted: Some(URect::new(1900, 3, 2000, 9)), ..MapChanges::default() };
        let Step::Part(part) = moves.step(&painted, &view, &frame, size) else { panic!() };
        assert_eq!((part.damage.rects(), part.above), (&[URect::new(1900, 3, 1920, 9)][..], order::HEAT));
        assert!(!part.is_recolour);
        let both = MapChanges { recoloured: vec![bounds], ..painted };
        let Step::Part(part) = moves.step(&both, &view, &frame, size) else { panic!() };
        assert!(part.above == order::AREAS && !part.is_recolour, "heat is new, too");
    }
}
