//! Borders as shared arcs: each edge between two areas once, whoever lists it, joined to lines that end only where
//! three areas meet. So a border is drawn once, walls stand once, and the outline of any set of areas is a lookup.

use std::collections::HashMap;

use bevy::math::Vec2;

use super::{NO_FEATURE, Rings};

/// A line between two features (or a feature and the outside).
#[derive(Clone, Debug, PartialEq)]
pub struct Arc {
    /// At least two points; a closed arc repeats its first point at the end.
    pub points: Vec<Vec2>,
    /// The feature to the left of the direction of travel and the one to the right, for rings that run anticlockwise.
    pub owners: [u32; 2],
}

/// All arcs of a set of features. Points nearer than a centimetre are one point.
pub fn shared_arcs(features: &[Rings]) -> Vec<Arc> {
    let mut net = Net::default();
    for (feature, rings) in features.iter().enumerate() {
        for ring in rings {
            net.add_ring(ring, feature as u32);
        }
    }
    net.into_arcs()
}

#[derive(Default)]
struct Net {
    points: Vec<Vec2>,
    index_of: HashMap<(i64, i64), u32>,
    /// By end points in ascending order: who lies left and right of the direction low → high.
    edges: HashMap<(u32, u32), usize>,
    owned: Vec<(u32, u32, [u32; 2])>,
}

impl Net {
    fn point(&mut self, point: Vec2) -> u32 {
        let key = ((f64::from(point.x) * 100.0).round() as i64, (f64::from(point.y) * 100.0).round() as i64);
        *self.index_of.entry(key).or_insert_with(|| {
            self.points.push(point);
            self.points.len() as u32 - 1
        })
    }

    fn add_ring(&mut self, ring: &[Vec2], feature: u32) {
        let ids: Vec<u32> = ring.iter().map(|point| self.point(*point)).collect();
        for (index, &from) in ids.iter().enumerate() {
            let to = ids[(index + 1) % ids.len()];
            if from != to {
                self.add_edge(from, to, feature);
            }
        }
    }

    fn add_edge(&mut self, from: u32, to: u32, feature: u32) {
        let key = (from.min(to), from.max(to));
        let slot = *self.edges.entry(key).or_insert_with(|| {
            self.owned.push((key.0, key.1, [NO_FEATURE; 2]));
            self.owned.len() - 1
        });
        let owners = &mut self.owned[slot].2;
        let side = usize::from(from > to);
        // Rings that run the wrong way, or three areas on one edge: take the free side, keep the first two.
        let side = if owners[side] == NO_FEATURE { side } else { 1 - side };
        if owners[side] == NO_FEATURE && owners[1 - side] != feature {
            owners[side] = feature;
        }
    }

    fn into_arcs(self) -> Vec<Arc> {
        let mut around: Vec<Vec<u32>> = vec![Vec::new(); self.points.len()];
        for (index, (a, b, _)) in self.owned.iter().enumerate() {
            around[*a as usize].push(index as u32);
            around[*b as usize].push(index as u32);
        }
        let pair = |edge: u32| {
            let [a, b] = self.owned[edge as usize].2;
            (a.min(b), a.max(b))
        };
        let is_node = |point: u32| match around[point as usize][..] {
            [one, other] => pair(one) != pair(other),
            _ => true,
        };
        let mut used = vec![false; self.owned.len()];
        let mut arcs = Vec::new();
        let walk = |start: u32, first: u32, used: &mut Vec<bool>| {
            let (a, _, owners) = self.owned[first as usize];
            let owners = if a == start { owners } else { [owners[1], owners[0]] };
            let mut points = vec![self.points[start as usize]];
            let (mut at, mut edge) = (start, first);
            loop {
                used[edge as usize] = true;
                let (a, b, _) = self.owned[edge as usize];
                at = if a == at { b } else { a };
                points.push(self.points[at as usize]);
                if at == start || is_node(at) {
                    break;
                }
                let Some(next) = around[at as usize].iter().find(|next| !used[**next as usize]) else { break };
                edge = *next;
            }
            Arc { points, owners }
        };
        // From the nodes first; what is left are closed rings without one.
        for nodes_only in [true, false] {
            for edge in 0..self.owned.len() as u32 {
                let (a, b, _) = self.owned[edge as usize];
                for start in [a, b] {
                    if !used[edge as usize] && (!nodes_only || is_node(start)) {
                        arcs.push(walk(start, edge, &mut used));
                    }
                }
            }
        }
        arcs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f32, y: f32) -> Rings {
        vec![vec![Vec2::new(x, y), Vec2::new(x + 1.0, y), Vec2::new(x + 1.0, y + 1.0), Vec2::new(x, y + 1.0)]]
    }

    fn length(arcs: &[Arc]) -> f32 {
        arcs.iter().flat_map(|arc| arc.points.windows(2)).map(|pair| pair[0].distance(pair[1])).sum()
    }

    #[test]
    fn a_shared_edge_comes_once() {
        let arcs = shared_arcs(&[square(0.0, 0.0), square(1.0, 0.0)]);
        assert_eq!(arcs.len(), 3);
        assert!((length(&arcs) - 7.0).abs() < 1e-5);
        let shared: Vec<_> = arcs.iter().filter(|arc| !arc.owners.contains(&NO_FEATURE)).collect();
        assert_eq!(shared.len(), 1);
        // The edge x = 1: travelling up, the left square is on the left.
        let up = shared[0].points[0].y < shared[0].points[1].y;
        assert_eq!(shared[0].owners, if up { [0, 1] } else { [1, 0] });
    }

    #[test]
    fn a_lone_ring_is_one_closed_arc() {
        let arcs = shared_arcs(&[square(0.0, 0.0)]);
        assert_eq!(arcs.len(), 1);
        assert_eq!(arcs[0].points.first(), arcs[0].points.last());
        assert_eq!(arcs[0].points.len(), 5);
    }

    #[test]
    fn four_squares_meet_in_a_node() {
        let arcs = shared_arcs(&[square(0.0, 0.0), square(1.0, 0.0), square(0.0, 1.0), square(1.0, 1.0)]);
        assert_eq!(arcs.len(), 8);
        assert!((length(&arcs) - 12.0).abs() < 1e-5);
    }

    #[test]
    fn a_ring_listed_twice_or_backwards_is_no_trouble() {
        let mut backwards = square(1.0, 0.0);
        backwards[0].reverse();
        assert!((length(&shared_arcs(&[square(0.0, 0.0), backwards])) - 7.0).abs() < 1e-5);
        let thrice = [square(0.0, 0.0), square(0.0, 0.0), square(0.0, 0.0)];
        assert!((length(&shared_arcs(&thrice)) - 4.0).abs() < 1e-5);
    }
}
