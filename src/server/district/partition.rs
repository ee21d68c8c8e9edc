//! Dividing cells into connected groups: small cells into exactly so many grids, grids into communities, communities
//! into streets. Pure graph work; geometry comes in as lengths and costs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::curves::{Point, distance2};
use super::noise::Dice;

/// A neighbourhood of two nodes.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// One node.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// How much they dislike to be in one group: a distance for [`grow`], a rank for [`merge`].
    pub cost: f64,
}

/// Merges nodes along links, cheapest first, until exactly `groups` remain; few get more than three nodes. Returns the
/// group of each node, numbered from zero. There can be no fewer groups than connected parts.
pub fn merge(nodes: usize, mut links: Vec<Link>, groups: usize) -> Vec<u32> {
    links.sort_by(|a, b| a.cost.total_cmp(&b.cost).then_with(|| (a.a, a.b).cmp(&(b.a, b.b))));
    let mut above: Vec<u32> = (0..nodes as u32).collect();
    let mut size = vec![1u32; nodes];
    let mut left = nodes;
    'caps: for cap in [2, 3, 4, 6, 12, 50, u32::MAX] {
        for link in &links {
            if left <= groups {
                break 'caps;
            }
            let (a, b) = (top(&mut above, link.a), top(&mut above, link.b));
            if a != b && size[a as usize].saturating_add(size[b as usize]) <= cap {
                let (low, high) = (a.min(b), a.max(b));
                above[high as usize] = low;
                size[low as usize] += size[high as usize];
                left -= 1;
            }
        }
    }
    let tops: Vec<u32> = (0..nodes as u32).map(|node| top(&mut above, node)).collect();
    renumber(&tops)
}

fn top(above: &mut [u32], mut node: u32) -> u32 {
    while above[node as usize] != node {
        above[node as usize] = above[above[node as usize] as usize];
        node = above[node as usize];
    }
    node
}

/// Numbers groups 0, 1, 2, … in the order in which they first come.
fn renumber(groups: &[u32]) -> Vec<u32> {
    let mut number = vec![u32::MAX; groups.iter().max().map_or(0, |most| *most as usize + 1)];
    let mut next = 0;
    groups
        .iter()
        .map(|group| {
            let slot = &mut number[*group as usize];
            if *slot == u32::MAX {
                *slot = next;
                next += 1;
            }
            *slot
        })
        .collect()
}

/// Nodes with positions and links, for [`grow`].
pub struct Graph {
    at: Vec<Point>,
    first: Vec<u32>,
    links: Vec<(u32, f64)>,
}

impl Graph {
    /// Builds the graph from positions and links, each link counting both ways.
    pub fn new(at: Vec<Point>, links: &[Link]) -> Self {
        let mut first = vec![0u32; at.len() + 1];
        for link in links {
            first[link.a as usize + 1] += 1;
            first[link.b as usize + 1] += 1;
        }
        for index in 1..first.len() {
            first[index] += first[index - 1];
        }
        let mut fill = first.clone();
        let mut both = vec![(0, 0.0); links.len() * 2];
        for link in links {
            for (own, other) in [(link.a, link.b), (link.b, link.a)] {
                both[fill[own as usize] as usize] = (other, link.cost);
                fill[own as usize] += 1;
            }
        }
        Self { at, first, links: both }
    }

    fn neighbours(&self, node: u32) -> &[(u32, f64)] {
        &self.links[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }

    /// The connected part of each node, and how many there are.
    pub fn parts(&self) -> (Vec<u32>, usize) {
        let mut part = vec![u32::MAX; self.at.len()];
        let mut count = 0;
        for start in 0..part.len() as u32 {
            if part[start as usize] != u32::MAX {
                continue;
            }
            let mut open = vec![start];
            part[start as usize] = count;
            while let Some(node) = open.pop() {
                for (other, _) in self.neighbours(node) {
                    if part[*other as usize] == u32::MAX {
                        part[*other as usize] = count;
                        open.push(*other);
                    }
                }
            }
            count += 1;
        }
        (part, count as usize)
    }

    /// Divides the nodes into exactly `groups` connected groups of similar size and compact shape; unconnected parts
    /// of the graph get groups of their own, in proportion. There must be at least as many nodes as groups and as many
    /// groups as parts.
    pub fn grow(&self, groups: usize, dice: &mut Dice) -> Vec<u32> {
        let (part, parts) = self.parts();
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); parts];
        for (node, part) in part.iter().enumerate() {
            members[*part as usize].push(node as u32);
        }
        let shares = share_out(groups, &members.iter().map(Vec::len).collect::<Vec<_>>());
        let mut seeds = Vec::with_capacity(groups);
        for (members, share) in members.iter_mut().zip(shares) {
            let order = self.along_curve(members);
            seeds.extend((0..share).map(|k| {
                let (low, high) =
                    (k * order.len() / share, ((k + 1) * order.len() / share).max(k * order.len() / share + 1));
                order[low + dice.below(high - low)]
            }));
        }
        let target = self.at.len() as f64 / groups as f64;
        let mut handicap = vec![0.0; groups];
        let mut group = self.spread(&seeds, &handicap);
        for round in 0..14 {
            let mut size = vec![0.0; groups];
            let mut sum = vec![[0.0, 0.0]; groups];
            for (node, own) in group.iter().enumerate() {
                let own = *own as usize;
                size[own] += 1.0;
                sum[own] = [sum[own][0] + self.at[node][0], sum[own][1] + self.at[node][1]];
            }
            // The seed moves to the middle of its group, and a group too large starts later.
            let mut best = vec![f64::INFINITY; groups];
            for (node, own) in group.iter().enumerate() {
                let own = *own as usize;
                let gap = distance2(self.at[node], [sum[own][0] / size[own], sum[own][1] / size[own]]);
                if gap < best[own] {
                    best[own] = gap;
                    seeds[own] = node as u32;
                }
            }
            let push = 0.30 * target.sqrt() * if round < 10 { 1.0 } else { 0.5 };
            for (handicap, size) in handicap.iter_mut().zip(&size) {
                *handicap += push * ((size - target) / target).clamp(-0.8, 1.5);
            }
            let least = handicap.iter().copied().fold(f64::INFINITY, f64::min);
            handicap.iter_mut().for_each(|value| *value = (*value - least).min(target.sqrt() * 1.2));
            group = self.spread(&seeds, &handicap);
        }
        group
    }

    /// Gives every node to the seed it is nearest to along links, seed `k` starting `handicap[k]` away. Each group is
    /// connected, because every node joins through a neighbour that is already in.
    fn spread(&self, seeds: &[u32], handicap: &[f64]) -> Vec<u32> {
        let mut group = vec![u32::MAX; self.at.len()];
        let mut open = BinaryHeap::new();
        for (own, seed) in seeds.iter().enumerate() {
            group[*seed as usize] = own as u32;
        }
        // Positive floats order like their bits.
        let offer = |open: &mut BinaryHeap<_>, group: &[u32], node: u32, own: u32, so_far: f64| {
            for (other, cost) in self.neighbours(node) {
                if group[*other as usize] == u32::MAX {
                    open.push(Reverse(((so_far + cost).to_bits(), *other, own)));
                }
            }
        };
        for (own, seed) in seeds.iter().enumerate() {
            offer(&mut open, &group, *seed, own as u32, handicap[own]);
        }
        while let Some(Reverse((so_far, node, own))) = open.pop() {
            if group[node as usize] == u32::MAX {
                group[node as usize] = own;
                offer(&mut open, &group, node, own, f64::from_bits(so_far));
            }
        }
        group
    }

    /// The nodes in the order of a Hilbert curve through their positions: neighbours in the list are neighbours on the
    /// ground.
    fn along_curve(&self, nodes: &[u32]) -> Vec<u32> {
        let (mut low, mut high) = ([f64::MAX; 2], [f64::MIN; 2]);
        for node in nodes {
            for k in 0..2 {
                low[k] = low[k].min(self.at[*node as usize][k]);
                high[k] = high[k].max(self.at[*node as usize][k]);
            }
        }
        let size = (high[0] - low[0]).max(high[1] - low[1]).max(1e-9);
        let mut order: Vec<(u64, u32)> = nodes
            .iter()
            .map(|node| {
                let grid = |k: usize| ((self.at[*node as usize][k] - low[k]) / size * 65_535.0) as u64;
                (hilbert(grid(0), grid(1)), *node)
            })
            .collect();
        order.sort_unstable();
        order.into_iter().map(|(_, node)| node).collect()
    }
}

/// The distance along a Hilbert curve on a field of 65,536 × 65,536.
fn hilbert(mut x: u64, mut y: u64) -> u64 {
    let mut along = 0;
    let mut size = 32_768;
    while size > 0 {
        let (right, up) = (u64::from(x & size > 0), u64::from(y & size > 0));
        along += size * size * ((3 * right) ^ up);
        if up == 0 {
            if right == 1 {
                (x, y) = (65_535 - x, 65_535 - y);
            }
            std::mem::swap(&mut x, &mut y);
        }
        size /= 2;
    }
    along
}

/// Divides `total` in proportion to `sizes`, each share at least 1 and at most its size.
pub fn share_out(total: usize, sizes: &[usize]) -> Vec<usize> {
    let all: usize = sizes.iter().sum();
    let mut shares: Vec<usize> = sizes.iter().map(|size| (total * size / all.max(1)).clamp(1, *size)).collect();
    let mut sum: usize = shares.iter().sum();
    // Give and take one at a time where the share is furthest from its due.
    while sum != total {
        let due = |index: usize| total as f64 * sizes[index] as f64 / all as f64 - shares[index] as f64;
        let by_due = |a: &usize, b: &usize| due(*a).total_cmp(&due(*b));
        let index = if sum < total {
            (0..sizes.len()).filter(|index| shares[*index] < sizes[*index]).max_by(by_due)
        } else {
            (0..sizes.len()).filter(|index| shares[*index] > 1).min_by(by_due)
        };
        let Some(index) = index else { break };
        if sum < total {
            shares[index] += 1;
            sum += 1;
        } else {
            shares[index] -= 1;
            sum -= 1;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lattice(side: u32) -> (Vec<Point>, Vec<Link>) {
        let at = (0..side * side).map(|k| [f64::from(k % side), f64::from(k / side)]).collect();
        let mut links = Vec::new();
        for k in 0..side * side {
            if k % side + 1 < side {
                links.push(Link { a: k, b: k + 1, cost: 1.0 });
            }
            if k / side + 1 < side {
                links.push(Link { a: k, b: k + side, cost: 1.0 });
            }
        }
        (at, links)
    }

    fn assert_connected(groups: &[u32], count: usize, links: &[Link]) {
        let inner: Vec<Link> =
            links.iter().copied().filter(|link| groups[link.a as usize] == groups[link.b as usize]).collect();
        let (_, parts) = Graph::new(vec![[0.0, 0.0]; groups.len()], &inner).parts();
        assert_eq!(parts, count, "every group is in one piece");
        assert_eq!(groups.iter().max().map(|most| *most as usize + 1), Some(count));
    }

    #[test]
    fn merging_ends_at_the_number_asked_for_in_connected_groups() {
        let (at, mut links) = lattice(20);
        let mut dice = Dice::new(3, 3);
        links.iter_mut().for_each(|link| link.cost = dice.unit());
        for groups in [1, 37, 230, 400] {
            assert_connected(&merge(at.len(), links.clone(), groups), groups, &links);
        }
    }

    #[test]
    fn groups_grow_connected_and_balanced() {
        let (at, links) = lattice(40);
        let graph = Graph::new(at, &links);
        for count in [1, 7, 50, 1600] {
            let groups = graph.grow(count, &mut Dice::new(4, 4));
            assert_connected(&groups, count, &links);
            let mut sizes = vec![0; count];
            groups.iter().for_each(|own| sizes[*own as usize] += 1);
            let mean = 1600.0 / count as f64;
            assert!(
                sizes.iter().all(|size| f64::from(*size) < mean * 2.0 && f64::from(*size) > mean * 0.4),
                "{sizes:?}"
            );
        }
    }

    #[test]
    fn shares_add_up() {
        assert_eq!(share_out(10, &[50, 30, 20]), [5, 3, 2]);
        assert_eq!(share_out(3, &[998, 1, 1]), [1, 1, 1]);
        assert_eq!(share_out(100, &[98, 1, 1]), [98, 1, 1]);
    }
}
