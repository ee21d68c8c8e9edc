//! Where the numbers of the heat map's ranking stand: on the place they belong to, or beside it at the end of a leader
//! that crosses neither another number nor another leader. Pure; partner: `frame.rs`.

use bevy_egui::egui::{Pos2, Rect, Vec2, vec2};

/// Room of a number's disc, u.
pub const DISC: f32 = 34.0;
/// How far above a raised area its number stands, u.
pub const LEADER: f32 = 49.0;
/// How far a disc or its leader keeps from the middle of another disc or from another's foot, u.
const CLEAR: f32 = 20.0;
/// Lengths of leaders that are tried, u.
const LENGTHS: [f32; 5] = [38.0, 50.0, 64.0, 80.0, 100.0];
/// Directions of leaders, in the order in which they are tried.
const WAYS: [Vec2; 8] = [
    vec2(1.0, 0.0),
    vec2(-1.0, 0.0),
    vec2(0.0, -1.0),
    vec2(0.0, 1.0),
    vec2(0.71, -0.71),
    vec2(-0.71, -0.71),
    vec2(0.71, 0.71),
    vec2(-0.71, 0.71),
];

/// The middles of the discs of these feet, u, the first in the ranking first: within `free`, above their feet where areas
/// are raised. `None` for a foot outside `free`, or for which there is no room.
pub fn stand(feet: &[Pos2], is_raised: bool, free: Rect) -> Vec<Option<Pos2>> {
    let mut placed: Vec<Option<Pos2>> = vec![None; feet.len()];
    for (nth, foot) in feet.iter().enumerate().filter(|(_, foot)| free.contains(**foot)) {
        let others: Vec<(Pos2, Pos2)> =
            placed.iter().zip(feet).filter_map(|(disc, foot)| Some((*foot, (*disc)?))).collect();
        let is_apart = |at: &Pos2| free.contains(*at) && others.iter().all(|(_, disc)| disc.distance(*at) >= DISC);
        let is_clear = |at: &Pos2| {
            let own = (*foot, *at);
            let feet_free = feet.iter().enumerate().all(|(i, it)| i == nth || it.distance(*at) >= CLEAR);
            let leaders_free = others
                .iter()
                .all(|other| gap(own, other.1) >= CLEAR && gap(*other, *at) >= CLEAR && !cross(own, *other));
            is_apart(at) && feet_free && leaders_free
        };
        let first = if is_raised { *foot - vec2(0.0, LEADER) } else { *foot };
        let around = LENGTHS.iter().flat_map(|length| WAYS.iter().map(move |way| *foot + *way * *length));
        let spots: Vec<Pos2> = std::iter::once(first).chain(around).collect();
        placed[nth] = spots.iter().copied().find(is_clear).or_else(|| spots.iter().copied().find(is_apart));
    }
    placed
}

/// The distance of a point from the line between two others, u.
fn gap((from, to): (Pos2, Pos2), at: Pos2) -> f32 {
    let along = to - from;
    let t = (at - from).dot(along) / along.length_sq().max(1e-6);
    at.distance(from + along * t.clamp(0.0, 1.0))
}

/// True if two lines cross.
fn cross(a: (Pos2, Pos2), b: (Pos2, Pos2)) -> bool {
    let side = |(from, to): (Pos2, Pos2), at: Pos2| (to - from).x * (at - from).y - (to - from).y * (at - from).x;
    side(a, b.0) * side(a, b.1) < 0.0 && side(b, a.0) * side(b, a.1) < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui::pos2;

    const FREE: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1000.0, 800.0) };

    #[test]
    fn each_stands_on_its_foot_where_there_is_room() {
        let feet = [pos2(100.0, 100.0), pos2(300.0, 100.0)];
        assert_eq!(stand(&feet, false, FREE), feet.map(Some));
        assert_eq!(stand(&feet, true, FREE)[0], Some(pos2(100.0, 100.0 - LEADER)));
        assert_eq!(stand(&[pos2(-5.0, 0.0)], false, FREE), [None]);
    }

    #[test]
    fn in_a_crowd_no_disc_lies_on_another_s_disc_foot_or_leader() {
        let feet = [(200.0, 200.0), (210.0, 205.0), (222.0, 190.0), (205.0, 225.0), (240.0, 215.0), (260.0, 200.0)];
        let feet = feet.map(|(x, y)| pos2(x, y));
        let discs: Vec<Pos2> = stand(&feet, false, FREE).into_iter().flatten().collect();
        assert_eq!(discs.len(), feet.len());
        for (i, disc) in discs.iter().enumerate() {
            for j in (0..feet.len()).filter(|j| *j != i) {
                assert!(disc.distance(discs[j]) >= DISC, "{i} on {j}");
                assert!(disc.distance(feet[j]) >= CLEAR, "{i} on the foot of {j}");
                assert!(gap((feet[j], discs[j]), *disc) >= CLEAR, "{i} on the leader of {j}");
                assert!(!cross((feet[i], *disc), (feet[j], discs[j])), "{i} crosses {j}");
            }
        }
    }
}
