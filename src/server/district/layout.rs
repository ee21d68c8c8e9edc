//! Which cell belongs to which grid, which grid to which community, which community to which street. Partner:
//! `partition`, which does the dividing; here the costs are set: rivers and main roads divide, long borders unite.

use std::collections::BTreeMap;

use super::curves::{Point, distance, distance2};
use super::mask::Ground;
use super::mesh::Mesh;
use super::noise::Dice;
use super::partition::{Graph, Link, merge};
use super::seeding::{Guide, GuideKind};
use super::spec::DistrictSize;
use super::terrain::Terrain;

/// The three levels below the district, each as the number of the group above.
pub struct Layout {
    /// The grid of each seed of the mesh; `None` outside the district.
    pub grid_of: Vec<Option<u32>>,
    /// The community of each grid.
    pub community_of: Vec<u32>,
    /// The street of each community.
    pub street_of: Vec<u32>,
    /// The middle of each grid.
    pub middle: Vec<Point>,
    /// The part of the district that each grid lies in: 0 is the mainland, then the islands.
    pub part: Vec<u8>,
}

/// What two neighbouring groups share.
#[derive(Clone, Copy, Default)]
struct Shared {
    length: f64,
    river: f64,
    road: f64,
}

impl Shared {
    /// How much harder it is to stay together across this border.
    fn resistance(&self) -> f64 {
        1.0 + (2.5 * self.river + 0.9 * self.road) / self.length.max(1e-9)
    }
}

/// Turns cells that hang on to no other (behind a narrow neck, say) into sea or neighbours' land, so that the mainland
/// and each island are in one piece.
pub fn trim(mesh: &mut Mesh) {
    let inner: Vec<Link> = mesh
        .borders
        .iter()
        .filter(|border| {
            let [left, right] = [border.left, border.right].map(|index| mesh.seeds[index as usize].ground);
            left == right && left.is_district()
        })
        .map(|border| Link { a: border.left, b: border.right, cost: 1.0 })
        .collect();
    let (pieces, count) = Graph::new(mesh.seeds.iter().map(|seed| seed.at).collect(), &inner).parts();
    let mut size = vec![0usize; count];
    pieces.iter().for_each(|piece| size[*piece as usize] += 1);
    let mut largest: BTreeMap<u8, u32> = BTreeMap::new();
    for (seed, piece) in mesh.seeds.iter().zip(&pieces) {
        if let Ground::Part(part) = seed.ground {
            let most = largest.entry(part).or_insert(*piece);
            if size[*piece as usize] > size[*most as usize] {
                *most = *piece;
            }
        }
    }
    for (seed, piece) in mesh.seeds.iter_mut().zip(&pieces) {
        if let Ground::Part(part) = seed.ground
            && largest.get(&part) != Some(piece)
        {
            seed.ground = Ground::Sea;
        }
    }
    let seeds = &mesh.seeds;
    mesh.borders.retain(|border| {
        seeds[border.left as usize].ground.is_district() || seeds[border.right as usize].ground.is_district()
    });
}

/// Number of cells in the district.
pub fn cell_count(mesh: &Mesh) -> usize {
    mesh.seeds.iter().filter(|seed| seed.ground.is_district()).count()
}

impl Layout {
    /// Divides the cells of a [`trim`]med mesh. The mesh must have at least as many cells as grids are asked for.
    pub fn new(mesh: &Mesh, guides: &[Guide], terrain: &Terrain, size: DistrictSize, dice: &mut Dice) -> Self {
        let mut cell_of = vec![u32::MAX; mesh.seeds.len()];
        let mut seed_of = Vec::new();
        for (index, seed) in mesh.seeds.iter().enumerate() {
            if seed.ground.is_district() {
                cell_of[index] = seed_of.len() as u32;
                seed_of.push(index);
            }
        }
        let kind_of = |guide: Option<u16>| guide.map(|guide| guides[guide as usize].kind);
        let between = |border: &super::mesh::Border| -> Shared {
            let length = distance(mesh.corners[border.start as usize], mesh.corners[border.end as usize]);
            let on = |kind| if kind_of(border.guide) == Some(kind) { length } else { 0.0 };
            Shared { length, river: on(GuideKind::River), road: on(GuideKind::Road) }
        };
        let inner: Vec<(u32, u32, Shared)> = mesh
            .borders
            .iter()
            .filter(|border| {
                let [left, right] = [border.left, border.right].map(|index| mesh.seeds[index as usize].ground);
                left == right && left.is_district()
            })
            .map(|border| (cell_of[border.left as usize], cell_of[border.right as usize], between(border)))
            .collect();

        // Cells to grids: by chance, rather across long borders, never across a river if it can be helped.
        let links = inner
            .iter()
            .map(|(a, b, shared)| {
                let gap = distance(mesh.seeds[seed_of[*a as usize]].at, mesh.seeds[seed_of[*b as usize]].at);
                let barrier = if shared.river > 0.0 {
                    20.0
                } else if shared.road > 0.0 {
                    5.0
                } else {
                    0.0
                };
                Link { a: *a, b: *b, cost: barrier + dice.unit() - 0.7 * shared.length / gap }
            })
            .collect();
        let grid_of_cell = merge(seed_of.len(), links, size.grids as usize);
        let grids = size.grids as usize;
        let middle = middles(&grid_of_cell, grids, |cell| mesh.seeds[seed_of[cell]].at);
        let mut part = vec![0; grids];
        for (cell, grid) in grid_of_cell.iter().enumerate() {
            if let Ground::Part(own) = mesh.seeds[seed_of[cell]].ground {
                part[*grid as usize] = own;
            }
        }

        let joined = gathered(inner.iter().copied(), |cell| grid_of_cell[cell as usize]);
        let links: Vec<Link> = joined
            .iter()
            .map(|((a, b), shared)| {
                let (p, q) = (middle[*a as usize], middle[*b as usize]);
                let usual = terrain.coarseness([(p[0] + q[0]) * 0.5, (p[1] + q[1]) * 0.5]) * terrain.half;
                // Scaled so that a step costs about 1 whatever the size of the areas.
                let pitch = usual * (1.2 / f64::from(size.grids)).sqrt();
                Link { a: *a, b: *b, cost: (distance(p, q) / pitch).clamp(0.3, 4.0) * shared.resistance() }
            })
            .collect();
        let community_of = Graph::new(middle.clone(), &links).grow(size.communities as usize, dice);

        let communities = size.communities as usize;
        let hearts = middles(&community_of, communities, |grid| middle[grid]);
        let joined =
            gathered(joined.iter().map(|((a, b), shared)| (*a, *b, *shared)), |grid| community_of[grid as usize]);
        let mut links: Vec<Link> =
            joined.iter().map(|((a, b), shared)| Link { a: *a, b: *b, cost: shared.resistance() }).collect();
        bridge(&hearts, &mut links);
        let street_of = Graph::new(hearts, &links).grow(size.streets as usize, dice);
        let grid_of = cell_of.iter().map(|cell| (*cell != u32::MAX).then(|| grid_of_cell[*cell as usize])).collect();
        Self { grid_of, community_of, street_of, middle, part }
    }
}

/// The mean position of the members of each group.
fn middles(groups: &[u32], count: usize, at: impl Fn(usize) -> Point) -> Vec<Point> {
    let mut sums = vec![([0.0, 0.0], 0.0); count];
    for (member, group) in groups.iter().enumerate() {
        let (sum, members) = &mut sums[*group as usize];
        let p = at(member);
        *sum = [sum[0] + p[0], sum[1] + p[1]];
        *members += 1.0;
    }
    sums.into_iter()
        .map(|(sum, members): (Point, f64)| [sum[0] / members.max(1.0), sum[1] / members.max(1.0)])
        .collect()
}

/// What each two neighbouring groups share, from what their members share.
fn gathered(
    pairs: impl Iterator<Item = (u32, u32, Shared)>,
    group: impl Fn(u32) -> u32,
) -> BTreeMap<(u32, u32), Shared> {
    let mut sums: BTreeMap<(u32, u32), Shared> = BTreeMap::new();
    for (a, b, shared) in pairs {
        let (a, b) = (group(a), group(b));
        if a != b {
            let sum = sums.entry((a.min(b), a.max(b))).or_default();
            sum.length += shared.length;
            sum.river += shared.river;
            sum.road += shared.road;
        }
    }
    sums
}

/// Links every part without a way to the first one to its nearest node there: a street may have islands.
fn bridge(at: &[Point], links: &mut Vec<Link>) {
    let (part, count) = Graph::new(at.to_vec(), links).parts();
    let mut size = vec![0usize; count];
    part.iter().for_each(|own| size[*own as usize] += 1);
    let Some(main) = (0..count).max_by_key(|own| size[*own]) else { return };
    for own in (0..count).filter(|own| *own != main) {
        let mut best = (f64::INFINITY, 0, 0);
        for a in (0..at.len()).filter(|a| part[*a] as usize == own) {
            for b in (0..at.len()).filter(|b| part[*b] as usize == main) {
                let gap = distance2(at[a], at[b]);
                if gap < best.0 {
                    best = (gap, a, b);
                }
            }
        }
        links.push(Link { a: best.1 as u32, b: best.2 as u32, cost: 0.5 });
    }
}
