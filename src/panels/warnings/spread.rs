//! Where signs of warnings stand on the map: each at the middle of its area or at the nearest free spot around it, never
//! so far that it seems to be of another street. Pure; partner: `on_map.rs`, which draws them, and the wall, which keeps
//! names off them.

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
/// Signs may be nearer to each other by this, u, than they are apart in a row.
const TOLERANCE: f32 = 0.5;

/// The spots of signs, the most severe first, each with its area and where that has its middle, u. The first sign of
/// every area chooses before the second of any. `None` for a sign that finds no free spot near its middle within `free`.
pub fn spread<Id: PartialEq + Copy>(wanted: &[(Id, Pos2)], free: Rect) -> Vec<Option<Pos2>> {
    let is_first = |nth: usize| wanted[..nth].iter().all(|(id, _)| *id != wanted[nth].0);
    let (firsts, others): (Vec<usize>, Vec<usize>) = (0..wanted.len()).partition(|nth| is_first(*nth));
    let mut spots: Vec<Option<Pos2>> = vec![None; wanted.len()];
    for nth in firsts.into_iter().chain(others) {
        let middle = wanted[nth].1;
        let is_free = |at: &Pos2| {
            let is_clear = |other: &Pos2| other.distance(*at) >= BESIDE_U - TOLERANCE;
            free.contains(*at) && spots.iter().flatten().all(is_clear)
        };
        spots[nth] = AROUND.iter().map(|way| middle + *way * BESIDE_U).find(is_free);
    }
    spots
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui::pos2;

    const FREE: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1000.0, 800.0) };

    #[test]
    fn signs_stand_clear_of_each_other_and_near_their_own_middle() {
        // Two crowded areas side by side, and a lone one between their signs.
        let middles = [pos2(300.0, 300.0), pos2(380.0, 310.0), pos2(345.0, 300.0)];
        let areas = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2];
        let wanted = areas.map(|id| (id, middles[id]));
        let spots = spread(&wanted, FREE);
        for (nth, (at, (_, middle))) in spots.iter().zip(&wanted).enumerate() {
            let Some(at) = at else { continue };
            assert!(at.distance(*middle) <= 1.5 * BESIDE_U, "{nth}: {at} is too far from {middle}");
            for other in spots[..nth].iter().flatten() {
                assert!(other.distance(*at) >= BESIDE_U - TOLERANCE);
            }
        }
        assert!((0..3).all(|id| wanted.iter().zip(&spots).any(|((area, _), at)| *area == id && at.is_some())));
    }

    #[test]
    fn several_in_one_place_stand_around_it_and_the_tenth_finds_no_spot() {
        let spots = spread(&[((), pos2(300.0, 300.0)); 10], FREE);
        assert_eq!(spots[..2], [Some(pos2(300.0, 300.0)), Some(pos2(300.0 + BESIDE_U, 300.0))]);
        assert_eq!(spots.iter().filter(|at| at.is_some()).count(), 9);
        assert_eq!(spots[9], None);
    }

    #[test]
    fn nothing_stands_outside_the_free_area() {
        let spots = spread(&[(1, pos2(2.0, 2.0)), (1, pos2(2.0, 2.0)), (2, pos2(-90.0, 0.0))], FREE);
        assert_eq!(spots, [Some(pos2(2.0, 2.0)), Some(pos2(2.0 + BESIDE_U, 2.0)), None]);
    }
}
