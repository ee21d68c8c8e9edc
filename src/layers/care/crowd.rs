//! Circles that crowd: smaller together where the map is small, then pushed apart a little, so that each can be read and
//! still lies in its community. Pure; partner: `layers/care.rs`.

use bevy::math::Vec2;

/// Circles become no smaller than this share of their full size: numbers must still go into them.
const LEAST_SHARE: f32 = 0.82;
/// The share of circles that may still touch a neighbour before they are pushed apart.
const MAY_TOUCH: f32 = 0.15;
/// Space between two circles, u.
const GAP_U: f32 = 3.0;
/// No circle is pushed farther than this, u.
const FARTHEST_U: f32 = 15.0;
/// Rounds of pushing.
const ROUNDS: usize = 60;

/// One of a crowd: its middle on the map, u, and its radius at full size, u.
pub type Circle = (Vec2, f32);

/// The share of their full size at which circles go beside each other, and how far each must move then, u.
pub fn arrange(circles: &[Circle]) -> (f32, Vec<Vec2>) {
    let share = share(circles);
    let mut ways = vec![Vec2::ZERO; circles.len()];
    for _ in 0..ROUNDS {
        let mut is_crowded = false;
        for one in 0..circles.len() {
            for other in 0..one {
                let apart = (circles[one].1 + circles[other].1) * share + GAP_U;
                let between = circles[one].0 + ways[one] - circles[other].0 - ways[other];
                let missing = apart - between.length();
                if missing > 0.05 {
                    is_crowded = true;
                    // Two on one point go apart sideways.
                    let push = between.try_normalize().unwrap_or(Vec2::X) * missing * 0.5;
                    ways[one] += push;
                    ways[other] -= push;
                }
            }
        }
        for way in &mut ways {
            *way = way.clamp_length_max(FARTHEST_U);
        }
        if !is_crowded {
            break;
        }
    }
    (share, ways)
}

/// The largest share of their size at which all but a few have room beside their nearest neighbour.
fn share(circles: &[Circle]) -> f32 {
    let room = |one: usize| {
        let others = (0..circles.len()).filter(|other| *other != one);
        let shares = others.map(|other| {
            let apart = circles[one].0.distance(circles[other].0) - GAP_U;
            apart / (circles[one].1 + circles[other].1).max(1e-3)
        });
        shares.fold(f32::INFINITY, f32::min)
    };
    let mut rooms: Vec<f32> = (0..circles.len()).map(room).collect();
    rooms.sort_by(f32::total_cmp);
    let fitting = rooms.get((rooms.len() as f32 * MAY_TOUCH) as usize).copied().unwrap_or(1.0);
    fitting.clamp(LEAST_SHARE, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(pitch: f32) -> Vec<Circle> {
        (0..36).map(|i| (Vec2::new((i % 6) as f32, (i / 6) as f32) * pitch, 20.0)).collect()
    }

    #[test]
    fn with_room_nothing_changes() {
        assert_eq!(arrange(&grid(60.0)), (1.0, vec![Vec2::ZERO; 36]));
        assert_eq!(arrange(&[]), (1.0, vec![]));
    }

    #[test]
    fn a_crowd_becomes_smaller_but_not_too_small() {
        let (share, ways) = arrange(&grid(38.0));
        assert!((share - 35.0 / 40.0).abs() < 1e-3, "{share}");
        assert!(ways.iter().all(|way| way.length() < 0.1));
        assert_eq!(arrange(&grid(10.0)).0, LEAST_SHARE);
    }

    #[test]
    fn a_few_that_meet_are_pushed_apart_and_not_far() {
        let mut circles = grid(60.0);
        circles.push((Vec2::new(20.0, 6.0), 14.0));
        circles.push((Vec2::new(300.0, 300.0), 14.0));
        let (share, ways) = arrange(&circles);
        assert_eq!(share, 1.0);
        assert!(ways.iter().all(|way| way.length() <= FARTHEST_U + 1e-3));
        let moved = |nth: usize| circles[nth].0 + ways[nth];
        assert!(moved(36).distance(moved(0)) > 31.0, "{}", moved(36).distance(moved(0)));
        assert!(moved(37).distance(moved(35)) >= 29.0, "two on one point");
    }
}
