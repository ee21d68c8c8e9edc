//! Where signs of warnings stand on the map: each at the middle of its area or at the nearest free spot around it that is
//! still within the same street, so that it never seems to be of another. One that finds none stands outside, tied to the
//! middle of its area by a line. Pure; partner: `on_map.rs`, which draws them, and the wall, which knows the areas' shapes
//! and keeps names off the signs.

use bevy_egui::egui::{Pos2, Rect, Vec2, vec2};

/// From one sign to the next, u. The farthest stand √2 times as far from the middle of their area.
pub const BESIDE_U: f32 = 42.0;
/// The spots around a middle in the order in which they are tried, in [`BESIDE_U`].
const AROUND: [Vec2; 13] = [
    Vec2::ZERO,
    vec2(1.0, 0.0),
    vec2(-1.0, 0.0),
    vec2(0.0, 1.0),
    vec2(0.0, -1.0),
    vec2(1.0, 1.0),
    vec2(-1.0, 1.0),
    vec2(1.0, -1.0),
    vec2(-1.0, -1.0),
    vec2(1.35, 0.5),
    vec2(-1.35, 0.5),
    vec2(1.35, -0.5),
    vec2(-1.35, -0.5),
];
/// Farther ones, for the first sign of an area and only within its street; tied to the area, as they are not beside it.
const FAR: [Vec2; 8] = [
    vec2(2.0, 0.0),
    vec2(-2.0, 0.0),
    vec2(0.0, 2.0),
    vec2(0.0, -2.0),
    vec2(1.7, 1.3),
    vec2(-1.7, 1.3),
    vec2(1.7, -1.3),
    vec2(-1.7, -1.3),
];
/// Signs may be nearer to each other by this, u, than they are apart in a row.
const TOLERANCE: f32 = 0.5;
/// So far around its middle, u, a sign within a street does not leave it.
const WITHIN_U: f32 = 11.0;

/// An area with warnings on the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WarnedPlace {
    /// Its middle, u.
    pub middle: Pos2,
    /// Which of the spots around lie within its street, a bit for each.
    within: u32,
}

impl WarnedPlace {
    /// An area with its middle; `contains` says whether what is so far from there, u, lies in its street.
    pub fn new(middle: Pos2, contains: impl Fn(Vec2) -> bool) -> Self {
        let sides = [vec2(WITHIN_U, 0.0), vec2(-WITHIN_U, 0.0), vec2(0.0, WITHIN_U), vec2(0.0, -WITHIN_U)];
        // The first is the middle itself.
        let is_within = |way: Vec2| way == Vec2::ZERO || sides.iter().all(|side| contains(way * BESIDE_U + *side));
        let all = AROUND.iter().chain(&FAR).enumerate();
        let within = all.map(|(nth, way)| u32::from(is_within(*way)) << nth).sum();
        Self { middle, within }
    }

    /// The spots around, and whether each is within.
    fn spots(self) -> impl Iterator<Item = (Pos2, bool)> {
        let spot = move |(nth, way): (usize, &Vec2)| (self.middle + *way * BESIDE_U, self.within >> nth & 1 == 1);
        AROUND.iter().chain(&FAR).enumerate().map(spot)
    }
}

/// Where a sign stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// Its middle, u.
    pub at: Pos2,
    /// The middle of its area, u, where the sign stands far from it or outside of its street.
    pub tie: Option<Pos2>,
}

/// The spots of signs, the most severe first, each with its area and where that is. The first sign of every area chooses
/// before the second of any, and only a first one may stand outside of its street. `None` for a sign that finds no free
/// spot within `free`. None stands on what is `taken`, which is as large as a sign.
pub fn spread<Id: PartialEq + Copy>(
    wanted: &[(Id, WarnedPlace)],
    free: Rect,
    taken: Option<Pos2>,
) -> Vec<Option<Spot>> {
    let is_first = |nth: usize| wanted[..nth].iter().all(|(id, _)| *id != wanted[nth].0);
    let (firsts, others): (Vec<usize>, Vec<usize>) = (0..wanted.len()).partition(|nth| is_first(*nth));
    let mut spots: Vec<Option<Spot>> = vec![None; wanted.len()];
    for nth in firsts.into_iter().chain(others) {
        let place = wanted[nth].1;
        let is_free = |at: Pos2| {
            let is_clear = |other: Pos2| other.distance(at) >= BESIDE_U - TOLERANCE;
            free.contains(at) && spots.iter().flatten().map(|spot| spot.at).chain(taken).all(is_clear)
        };
        let near = || place.spots().take(AROUND.len()).filter(|(at, _)| is_free(*at));
        let within = near().find(|(_, is_within)| *is_within).map(|(at, _)| Spot { at, tie: None });
        let far = || place.spots().skip(AROUND.len()).find(|(at, is_within)| *is_within && is_free(*at));
        let tied = || far().or_else(|| near().next()).map(|(at, _)| Spot { at, tie: Some(place.middle) });
        spots[nth] = within.or_else(|| tied().filter(|_| is_first(nth)));
    }
    spots
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui::pos2;

    const FREE: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1000.0, 800.0) };

    /// A street that reaches so far from its middle to all sides.
    fn square(middle: Pos2, reach: f32) -> WarnedPlace {
        WarnedPlace::new(middle, |way| way.abs().max_elem() < reach)
    }

    #[test]
    fn signs_stand_clear_of_each_other_and_near_their_own_middle() {
        // Two crowded areas side by side, and a lone one between their signs.
        let middles = [pos2(300.0, 300.0), pos2(380.0, 310.0), pos2(345.0, 300.0)];
        let areas = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2];
        let wanted = areas.map(|id| (id, square(middles[id], 400.0)));
        let spots = spread(&wanted, FREE, None);
        for (nth, (spot, (_, place))) in spots.iter().zip(&wanted).enumerate() {
            let Some(Spot { at, tie: None }) = spot else { continue };
            assert!(at.distance(place.middle) <= 1.5 * BESIDE_U, "{nth}: {at} is too far from {}", place.middle);
            for other in spots[..nth].iter().flatten() {
                assert!(other.at.distance(*at) >= BESIDE_U - TOLERANCE);
            }
        }
        assert!((0..3).all(|id| wanted.iter().zip(&spots).any(|((area, _), at)| *area == id && at.is_some())));
    }

    #[test]
    fn a_sign_stays_within_its_street_or_is_tied_to_it() {
        // The middles of two streets lie so near that one sign must give way; one has room, the other none.
        let (large, small) = (square(pos2(300.0, 300.0), 60.0), square(pos2(320.0, 300.0), 15.0));
        let both = spread(&[(0, large), (1, small), (1, small)], FREE, None);
        assert_eq!(both[0], Some(Spot { at: large.middle, tie: None }));
        let tied = both[1].expect("a spot for the first of each");
        assert_eq!(tied.tie, Some(small.middle));
        assert_eq!(both[2], None, "a second one is counted at the first");
        let both = spread(&[(1, small), (0, large)], FREE, None);
        let moved = both[1].expect("room within the larger one");
        let strip = WarnedPlace::new(small.middle, |way| way.y.abs() < 15.0 && way.x.abs() < 100.0);
        let crowd = [280.0, 322.0, 364.0].map(|x| (x as i32, square(pos2(x, 300.0), 15.0)));
        let far = spread(&[crowd[0], crowd[1], crowd[2], (1, strip)], FREE, None)[3].expect("room along the strip");
        assert_eq!((far.tie, far.at.y), (Some(small.middle), 300.0), "farther rather than outside, and tied");
        assert!(moved.tie.is_none() && (moved.at - large.middle).abs().max_elem() <= 60.0 - WITHIN_U);
    }

    #[test]
    fn several_in_one_place_stand_around_it_and_the_tenth_finds_no_spot() {
        let spots = spread(&[((), square(pos2(300.0, 300.0), 400.0)); 10], FREE, None);
        let at = |nth: usize| spots[nth].map(|spot| spot.at);
        assert_eq!([at(0), at(1)], [Some(pos2(300.0, 300.0)), Some(pos2(300.0 + BESIDE_U, 300.0))]);
        assert_eq!(spots.iter().filter(|at| at.is_some()).count(), 9);
        assert_eq!(spots[9], None);
    }

    #[test]
    fn no_sign_stands_on_what_is_taken() {
        let wanted = [(0, square(pos2(300.0, 300.0), 400.0)), (1, square(pos2(500.0, 300.0), 400.0))];
        let taken = pos2(310.0, 305.0);
        let spots = spread(&wanted, FREE, Some(taken));
        let first = spots[0].expect("a spot beside it");
        assert!(first.at.distance(taken) >= BESIDE_U - TOLERANCE && first.at.distance(wanted[0].1.middle) < 70.0);
        assert_eq!(spots[1], Some(Spot { at: pos2(500.0, 300.0), tie: None }), "what is far from it stays");
    }

    #[test]
    fn nothing_stands_outside_the_free_area() {
        let wanted = [(1, pos2(2.0, 2.0)), (1, pos2(2.0, 2.0)), (2, pos2(-90.0, 0.0))];
        let spots = spread(&wanted.map(|(id, middle)| (id, square(middle, 400.0))), FREE, None);
        let at: Vec<_> = spots.iter().map(|spot| spot.map(|spot| spot.at)).collect();
        assert_eq!(at, [Some(pos2(2.0, 2.0)), Some(pos2(2.0 + BESIDE_U, 2.0)), None]);
    }
}
