//! A synthetic coastal district at any size, from a seed: areas at four levels, a base map, people, and where things
//! tend to happen. What is unknown about real districts is invented; their shapes and numbers are matched.
//!
//! `terrain` draws coast, rivers, roads and towns; `seeding` and `mesh` make small cells that end at them; `layout`
//! gathers cells into grids, communities and streets; `rings` walks their shared borders; `areas` names and counts
//! them; `basemap` draws the rest. `clockwork` makes tickets live in it. Pure: no clock, no files, and no functions
//! that round differently on other platforms, so that one seed is one district everywhere.

mod areas;
mod basemap;
mod calendar;
mod curves;
mod layout;
mod mask;
mod mesh;
mod names;
mod noise;
mod partition;
mod rings;
mod seeding;
mod spec;
#[cfg(test)]
mod survey;
mod terrain;

use jiff::tz::TimeZone;

use crate::domain::{Area, Calendar, Place, Workflow};

use areas::{Boundaries, Identity};
use curves::Point;
use layout::Layout;
use mask::Mask;
use mesh::Mesh;
use noise::Dice;
use rings::Edge;
pub use spec::{DistrictSize, DistrictSpec, Preset, SpecError};
use terrain::Terrain;

/// Where the district's middle lies: open water of the northern Gulf of Tonkin, so that it covers no real place.
const ORIGIN: Point = [109.3, 21.2];
/// cos 21.2°, written out: the cosine of some platforms differs in the last digit.
const COS_LATITUDE: f64 = 0.932_323_801_215_512_1;
/// Metres of one degree of latitude on the mean sphere of 6,371,008.8 m.
const METRES_PER_DEGREE: f64 = 111_195.079_734_632_41;

/// How busy a grid is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GridActivity {
    /// The grid's index in [`District::areas`].
    pub area: usize,
    /// Its share of what happens, relative to the others; positive, of order 1, a few grids have most.
    pub weight: f64,
}

/// A synthetic district.
#[derive(Clone, Debug)]
pub struct District {
    /// Title of the wall: 海澄区网格化指挥中心.
    pub title: String,
    /// The same in English.
    pub title_en: String,
    /// Name of the district: 海澄区.
    pub name: String,
    /// The same in Latin letters.
    pub name_en: String,
    /// Two letters that ticket numbers begin with.
    pub ticket_prefix: String,
    /// All areas: the district, then each street followed by its communities, each followed by its grids.
    pub areas: Vec<Area>,
    /// The base map.
    pub places: Vec<Place>,
    /// One entry per grid, in the order of `areas`.
    pub activity: Vec<GridActivity>,
    /// What was asked for.
    pub spec: DistrictSpec,
    /// What it was made from.
    pub seed: u64,
    /// Labels of the stages.
    pub workflow: Workflow,
    /// Working time.
    pub calendar: Calendar,
    /// Asia/Shanghai.
    pub zone: TimeZone,
}

/// Metres around the district's middle and degrees.
#[derive(Clone, Copy, Debug)]
pub struct Frame;

impl Frame {
    /// CRS84 degrees, rounded to 1e-7 (about a centimetre).
    fn degrees(self, p: Point) -> Point {
        let rounded = |v: f64| (v * 1e7).round() / 1e7;
        [rounded(ORIGIN[0] + p[0] / (METRES_PER_DEGREE * COS_LATITUDE)), rounded(ORIGIN[1] + p[1] / METRES_PER_DEGREE)]
    }

    /// Metres.
    fn metres(self, p: Point) -> Point {
        [(p[0] - ORIGIN[0]) * METRES_PER_DEGREE * COS_LATITUDE, (p[1] - ORIGIN[1]) * METRES_PER_DEGREE]
    }
}

/// Who the districts are. All names and codes are invented: no district has a code that begins with 4599.
fn identity(spec: &DistrictSpec) -> (Identity, &'static str, &'static str) {
    let (code, name, name_en, short_en, prefix) = match spec {
        DistrictSpec::Preset(Preset::Haicheng) => ("459901", "海澄区", "Haicheng District", "Haicheng", "HC"),
        DistrictSpec::Preset(Preset::Pidu) => ("459902", "浦汀区", "Puting District", "Puting", "PT"),
        DistrictSpec::Preset(Preset::Nanshan) => ("459903", "南屿区", "Nanyu District", "Nanyu", "NY"),
        DistrictSpec::Preset(Preset::Laoshan) => ("459904", "澜山区", "Lanshan District", "Lanshan", "LS"),
        DistrictSpec::Size(_) => ("459909", "澄湾区", "Chengwan District", "Chengwan", "CW"),
    };
    (Identity { code, name, name_en }, short_en, prefix)
}

/// Makes a district. The same `spec` and `seed` make the same district on every machine.
pub fn generate(spec: &DistrictSpec, seed: u64) -> District {
    let size = spec.size();
    let (terrain, guides, mut mesh) = lay_out_cells(size, seed);
    let layout = Layout::new(&mesh, &guides, &terrain, size, &mut Dice::new(seed, 4));
    mesh.straighten(|cell| layout.grid_of[cell as usize]);
    let (boundaries, streets) = trace(&mesh, &guides, &layout, size, seed);

    let rings = basemap::outer_rings(&boundaries.district, Frame);
    let (mainland, islands) = rings.split_first().map_or((&[][..], &[][..]), |(first, rest)| (first.as_slice(), rest));
    let ground = basemap::Ground { terrain: &terrain, mainland, islands, streets: &streets, frame: Frame };
    let places = basemap::draw(&ground, seed);

    let (identity, short_en, prefix) = identity(spec);
    let (areas, activity) = areas::list(&identity, &layout, boundaries, &terrain, seed);
    District {
        title: format!("{}网格化指挥中心", identity.name),
        title_en: format!("{short_en} District Grid Centre"),
        name: identity.name.to_owned(),
        name_en: identity.name_en.to_owned(),
        ticket_prefix: prefix.to_owned(),
        areas,
        places,
        activity,
        spec: *spec,
        seed,
        workflow: Workflow::eight_steps(),
        calendar: calendar::calendar(),
        zone: calendar::zone(),
    }
}

/// Terrain and cells: at least one cell per grid, most often one to three.
fn lay_out_cells(size: DistrictSize, seed: u64) -> (Terrain, Vec<seeding::Guide>, Mesh) {
    let islands = match (size.communities, size.grids) {
        (20.., 300..) => 2,
        (6.., 60..) => 1,
        _ => 0,
    };
    let terrain = Terrain::new(seed, size.grids, islands);
    let guides = seeding::guides(&terrain);
    let grids = size.grids as usize;
    let wanted = (f64::from(size.grids) * 2.1).max(f64::from(size.grids) + 40.0);
    let sketch = Mask::new(&terrain, terrain.half / 60.0, terrain.half * 0.1);
    let mut pitch = seeding::pitch_for(&terrain, &sketch, wanted);
    loop {
        let mask = Mask::new(&terrain, pitch * 0.16, pitch * 4.0);
        let mut seeds = seeding::sow(&terrain, &mask, &guides, pitch, &mut Dice::new(seed, 3));
        mesh::relax(&mut seeds, 0.35);
        let mut mesh = Mesh::new(seeds, &guides);
        layout::trim(&mut mesh);
        // A finer mesh always has enough cells in the end.
        if layout::cell_count(&mesh) >= grids + grids / 5 {
            return (terrain, guides, mesh);
        }
        pitch *= 0.9;
    }
}

/// Boundaries at all levels from the same rounded points, and the borders between communities in metres.
fn trace(
    mesh: &Mesh,
    guides: &[seeding::Guide],
    layout: &Layout,
    size: DistrictSize,
    seed: u64,
) -> (Boundaries, Vec<Vec<Point>>) {
    let grid = |seed: u32| layout.grid_of[seed as usize];
    let borders: Vec<&mesh::Border> =
        mesh.borders.iter().filter(|border| grid(border.left) != grid(border.right)).collect();
    let bends: Vec<Vec<Point>> = borders.iter().map(|border| mesh.bend(border, guides, seed)).collect();
    let corners: Vec<Point> = mesh.corners.iter().map(|p| Frame.degrees(*p)).collect();
    let bent: Vec<Vec<Point>> = bends.iter().map(|bend| bend.iter().map(|p| Frame.degrees(*p)).collect()).collect();
    let at_level = |count: usize, group: &dyn Fn(u32) -> Option<u32>| {
        let edges: Vec<Edge<'_>> = borders
            .iter()
            .zip(&bent)
            .map(|(border, bend)| Edge {
                left: group(border.left),
                right: group(border.right),
                start: border.start,
                end: border.end,
                bend,
            })
            .collect();
        rings::boundaries(&edges, &corners, count)
    };
    let community = |seed: u32| grid(seed).map(|grid| layout.community_of[grid as usize]);
    let street = |seed: u32| community(seed).map(|community| layout.street_of[community as usize]);
    let boundaries = Boundaries {
        grids: at_level(size.grids as usize, &grid),
        communities: at_level(size.communities as usize, &community),
        streets: at_level(size.streets as usize, &street),
        district: at_level(1, &|seed| grid(seed).map(|_| 0)).swap_remove(0),
    };
    let between: Vec<(u32, u32, Vec<Point>)> = borders
        .iter()
        .zip(bends)
        .filter(|(border, _)| {
            let (left, right) = (community(border.left), community(border.right));
            left.is_some() && right.is_some() && left != right
        })
        .map(|(border, bend)| {
            let mut line = vec![mesh.corners[border.start as usize]];
            line.extend(bend);
            line.push(mesh.corners[border.end as usize]);
            (border.start, border.end, line)
        })
        .collect();
    (boundaries, chains(between, mesh.corners.len()))
}

/// Strings borders together to lines that end where three meet.
fn chains(pieces: Vec<(u32, u32, Vec<Point>)>, corners: usize) -> Vec<Vec<Point>> {
    let mut at: Vec<[u32; 3]> = vec![[u32::MAX; 3]; corners];
    for (index, (start, end, _)) in pieces.iter().enumerate() {
        for corner in [start, end] {
            if let Some(slot) = at[*corner as usize].iter_mut().find(|slot| **slot == u32::MAX) {
                *slot = index as u32;
            }
        }
    }
    let mut used = vec![false; pieces.len()];
    let mut lines = Vec::new();
    let order = (0..pieces.len()).map(|index| (index, false)).chain((0..pieces.len()).map(|index| (index, true)));
    for (first, rings_too) in order {
        let degree = |corner: u32| at[corner as usize].iter().filter(|slot| **slot != u32::MAX).count();
        let (start, end, _) = &pieces[first];
        // Start at the end of a line; what is left after that are closed rings.
        let corner = if degree(*start) != 2 {
            *start
        } else if degree(*end) != 2 || rings_too {
            *end
        } else {
            continue;
        };
        if used[first] {
            continue;
        }
        let mut line: Vec<Point> = Vec::new();
        let (mut corner, mut index) = (corner, first);
        loop {
            used[index] = true;
            let (start, end, points) = &pieces[index];
            let forward = *start == corner;
            let skip = usize::from(!line.is_empty());
            if forward {
                line.extend(points.iter().skip(skip));
            } else {
                line.extend(points.iter().rev().skip(skip));
            }
            corner = if forward { *end } else { *start };
            if degree(corner) != 2 {
                break;
            }
            let next = at[corner as usize].iter().find(|next| **next != u32::MAX && !used[**next as usize]);
            let Some(next) = next else { break };
            index = *next as usize;
        }
        lines.push(line);
    }
    lines
}
