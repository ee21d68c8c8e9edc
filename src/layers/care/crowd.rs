//! Circles that crowd: smaller together where the map is small, but none too small for its number; then pushed apart a
//! little, so that each can be read and still lies in its area. Pure; partner: `layers/care.rs`.

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

/// Steps in which the share is searched for.
const STEPS: usize = 12;

/// One of a crowd: its middle on the map, its radius at full size, and the least that its number needs, all in u.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    pub middle: Vec2,
    pub radius: f32,
    pub least: f32,
}

impl Circle {
    /// Its radius at a share of the full size.
    pub fn at(&self, share: f32) -> f32 {
        (self.radius * share).max(self.least)
    }
}

/// A name that circles make way for: its middle and half its box, u.
pub type Name = (Vec2, Vec2);

/// True if all but a few have room beside each other at the least share of their size. Otherwise there are too many of
/// them for this scale.
pub fn has_room(circles: &[Circle]) -> bool {
    touching(circles, LEAST_SHARE) <= MAY_TOUCH
}

/// The share of their full size at which circles go beside each other, and how far each must move then, u. Names stay
/// where they are.
pub fn arrange(circles: &[Circle], names: &[Name]) -> (f32, Vec<Vec2>) {
    let share = share(circles);
    let mut ways = vec![Vec2::ZERO; circles.len()];
    for _ in 0..ROUNDS {
        let mut is_crowded = false;
        for one in 0..circles.len() {
            for other in 0..one {
                let apart = circles[one].at(share) + circles[other].at(share) + GAP_U;
                let between = circles[one].middle + ways[one] - circles[other].middle - ways[other];
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
        for (circle, way) in circles.iter().zip(&mut ways) {
            for (middle, half) in names {
                let from = circle.middle + *way - *middle;
                let out = from - from.clamp(-*half, *half);
                let missing = circle.at(share) + GAP_U - out.length();
                if missing > 0.05 {
                    is_crowded = true;
                    // Who stands on the name itself leaves it the short way.
                    *way += out.try_normalize().unwrap_or(Vec2::Y * from.y.signum()) * missing;
                }
            }
            *way = way.clamp_length_max(FARTHEST_U);
        }
        if !is_crowded {
            break;
        }
    }
    (share, ways)
}

/// The largest share of their size at which no more than a few touch a neighbour.
fn share(circles: &[Circle]) -> f32 {
    if touching(circles, 1.0) <= MAY_TOUCH {
        return 1.0;
    }
    let (mut low, mut high) = (LEAST_SHARE, 1.0);
    for _ in 0..STEPS {
        let middle = 0.5 * (low + high);
        if touching(circles, middle) <= MAY_TOUCH { low = middle } else { high = middle }
    }
    low
}

/// The part of the circles that touch another one at a share of their size.
fn touching(circles: &[Circle], share: f32) -> f32 {
    let touches = |one: usize| {
        circles.iter().enumerate().any(|(other, it)| {
            let apart = it.at(share) + circles[one].at(share) + GAP_U;
            other != one && it.middle.distance_squared(circles[one].middle) < apart * apart
        })
    };
    (0..circles.len()).filter(|one| touches(*one)).count() as f32 / circles.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(middle: Vec2, radius: f32) -> Circle {
        Circle { middle, radius, least: 0.0 }
    }

    fn grid(pitch: f32) -> Vec<Circle> {
        (0..36).map(|i| circle(Vec2::new((i % 6) as f32, (i / 6) as f32) * pitch, 20.0)).collect()
    }

    #[test]
    fn with_room_nothing_changes() {
        assert_eq!(arrange(&grid(60.0), &[]), (1.0, vec![Vec2::ZERO; 36]));
        assert_eq!(arrange(&[], &[]), (1.0, vec![]));
    }

    #[test]
    fn a_crowd_becomes_smaller_but_not_too_small() {
        let (share, ways) = arrange(&grid(38.0), &[]);
        assert!((share - 35.0 / 40.0).abs() < 1e-3, "{share}");
        assert!(ways.iter().all(|way| way.length() < 0.1));
        assert_eq!(arrange(&grid(10.0), &[]).0, LEAST_SHARE);
    }

    #[test]
    fn circles_make_way_for_a_name_but_not_far() {
        let name = (Vec2::new(0.0, 0.0), Vec2::new(27.0, 14.0));
        let near = [circle(Vec2::new(2.0, 24.0), 16.0), circle(Vec2::new(-60.0, 0.0), 16.0)];
        let (_, ways) = arrange(&near, &[name]);
        assert!((ways[0].y - (14.0 + 16.0 + GAP_U - 24.0)).abs() < 0.1 && ways[0].x.abs() < 0.1, "{ways:?}");
        assert_eq!(ways[1], Vec2::ZERO);
        let (_, ways) = arrange(&[circle(Vec2::new(3.0, -1.0), 20.0)], &[name]);
        assert!((ways[0].length() - FARTHEST_U).abs() < 1e-3 && ways[0].y < 0.0, "{ways:?}");
    }

    #[test]
    fn numbers_keep_their_room_and_a_crowd_without_it_is_told() {
        let least = |pitch: f32, least: f32| -> Vec<Circle> {
            grid(pitch).into_iter().map(|it| Circle { least, ..it }).collect()
        };
        assert!(has_room(&least(38.0, 16.5)) && !has_room(&least(38.0, 18.0)) && !has_room(&grid(30.0)));
        let (share, ways) = arrange(&least(38.0, 16.5), &[]);
        assert!(least(38.0, 16.5)[0].at(share * 0.5) == 16.5 && ways.iter().all(|way| way.length() < 0.1));
    }

    #[test]
    fn a_few_that_meet_are_pushed_apart_and_not_far() {
        let mut circles = grid(60.0);
        circles.push(circle(Vec2::new(20.0, 6.0), 14.0));
        circles.push(circle(Vec2::new(300.0, 300.0), 14.0));
        let (share, ways) = arrange(&circles, &[]);
        assert_eq!(share, 1.0);
        assert!(ways.iter().all(|way| way.length() <= FARTHEST_U + 1e-3));
        let moved = |nth: usize| circles[nth].middle + ways[nth];
        assert!(moved(36).distance(moved(0)) > 31.0, "{}", moved(36).distance(moved(0)));
        assert!(moved(37).distance(moved(35)) >= 29.0, "two on one point");
    }
}
