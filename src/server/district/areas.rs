//! The list of areas: boundaries, codes, names, people. Partner: `layout` for who belongs to whom, `rings` for the
//! boundaries.

use geo::{Area as _, MultiPolygon};

use crate::domain::{Area, AreaCode, GridKind, Level};

use super::GridActivity;
use super::curves::{Point, distance, nearest};
use super::layout::Layout;
use super::names::{Name, Names, Setting};
use super::noise::Dice;
use super::terrain::Terrain;

/// Residents of the mean grid.
const MEAN_RESIDENTS: f64 = 865.0;
/// Residents of a household.
const HOUSEHOLD: f64 = 2.7;

/// The boundaries of the four levels, each in the order of the layout's numbers.
pub struct Boundaries {
    /// The district.
    pub district: MultiPolygon<f64>,
    /// Streets.
    pub streets: Vec<MultiPolygon<f64>>,
    /// Communities.
    pub communities: Vec<MultiPolygon<f64>>,
    /// Grids.
    pub grids: Vec<MultiPolygon<f64>>,
}

/// Who the district is.
pub struct Identity {
    /// Six digits.
    pub code: &'static str,
    /// With the word 区.
    pub name: &'static str,
    /// In Latin letters.
    pub name_en: &'static str,
}

/// Residents of each grid and what kind it is.
struct Residents {
    kind: GridKind,
    people: u32,
    weight: f64,
}

/// Makes the list: the district, then street by street, each followed by its communities and their grids. Also returns
/// how busy each grid is.
pub fn list(
    identity: &Identity,
    layout: &Layout,
    boundaries: Boundaries,
    terrain: &Terrain,
    seed: u64,
) -> (Vec<Area>, Vec<GridActivity>) {
    let residents = settle(layout, &boundaries.grids, terrain, &mut Dice::new(seed, 7));
    let mut names = Names::new(seed);
    let mut grids_of = vec![Vec::new(); boundaries.communities.len()];
    for (grid, community) in layout.community_of.iter().enumerate() {
        grids_of[*community as usize].push(grid);
    }
    let mut communities_of = vec![Vec::new(); boundaries.streets.len()];
    for (community, street) in layout.street_of.iter().enumerate() {
        communities_of[*street as usize].push(community);
    }
    let mean = |members: &[usize], at: &dyn Fn(usize) -> Point| -> Point {
        let count = members.len().max(1) as f64;
        let sum = members.iter().fold([0.0, 0.0], |sum, k| [sum[0] + at(*k)[0], sum[1] + at(*k)[1]]);
        [sum[0] / count, sum[1] / count]
    };
    let community_at: Vec<Point> = grids_of.iter().map(|grids| mean(grids, &|grid| layout.middle[grid])).collect();
    let street_at: Vec<Point> =
        communities_of.iter().map(|members| mean(members, &|community| community_at[community])).collect();

    // The old town's street has the first number; inside a street numbers run from west to east.
    let mut streets: Vec<usize> = (0..street_at.len()).collect();
    let old_town = terrain.towns.first().map_or([0.0, 0.0], |town| town.at);
    streets.sort_by(|a, b| distance(street_at[*a], old_town).total_cmp(&distance(street_at[*b], old_town)));

    let Boundaries { district, streets: mut street_rings, communities: mut community_rings, grids: mut grid_rings } =
        boundaries;
    let people_in = |grids: &mut dyn Iterator<Item = usize>| -> u32 { grids.map(|grid| residents[grid].people).sum() };
    let households_in =
        |grids: &mut dyn Iterator<Item = usize>| -> u32 { grids.map(|grid| households(residents[grid].people)).sum() };
    let mut areas = vec![Area {
        code: AreaCode::new(identity.code),
        level: Level::District,
        kind: None,
        name: identity.name.to_owned(),
        name_en: Some(identity.name_en.to_owned()),
        parent: None,
        households: Some(households_in(&mut (0..residents.len()))),
        population: Some(people_in(&mut (0..residents.len()))),
        boundary: district,
    }];
    let mut activity = Vec::with_capacity(residents.len());
    for (number, street) in streets.into_iter().enumerate() {
        let street_code = AreaCode::new(format!("{}{:03}", identity.code, number + 1));
        let name = names.street();
        let inside = || communities_of[street].iter().flat_map(|community| grids_of[*community].iter().copied());
        areas.push(Area {
            code: street_code.clone(),
            level: Level::Street,
            kind: None,
            name: format!("{}街道", name.zh),
            name_en: Some(name.en),
            parent: Some(AreaCode::new(identity.code)),
            households: Some(households_in(&mut inside())),
            population: Some(people_in(&mut inside())),
            boundary: std::mem::replace(&mut street_rings[street], MultiPolygon(Vec::new())),
        });
        let mut members = communities_of[street].clone();
        members.sort_by(|a, b| community_at[*a][0].total_cmp(&community_at[*b][0]));
        for (number, community) in members.into_iter().enumerate() {
            let community_code = AreaCode::new(format!("{street_code}{:03}", number + 1));
            let mut grids = grids_of[community].clone();
            grids.sort_by(|a, b| along(layout.middle[*a]).total_cmp(&along(layout.middle[*b])));
            let setting = setting(&grids, layout, terrain, community_at[community]);
            let Name { zh, en } = names.community(setting);
            let rural = setting == Setting::Country && terrain.urban(community_at[community]) < 0.16;
            areas.push(Area {
                code: community_code.clone(),
                level: Level::Community,
                kind: None,
                name: format!("{zh}{}", if rural { "村" } else { "社区" }),
                name_en: Some(en.clone()),
                parent: Some(street_code.clone()),
                households: Some(households_in(&mut grids.iter().copied())),
                population: Some(people_in(&mut grids.iter().copied())),
                boundary: std::mem::replace(&mut community_rings[community], MultiPolygon(Vec::new())),
            });
            let digits = if grids.len() > 99 { 3 } else { 2 };
            for (number, grid) in grids.into_iter().enumerate() {
                let Residents { kind, people, weight } = residents[grid];
                activity.push(GridActivity { area: areas.len(), weight });
                areas.push(Area {
                    code: AreaCode::new(format!("{community_code}{:0digits$}", number + 1)),
                    level: Level::Grid,
                    kind: Some(kind),
                    name: format!("{zh}{:0digits$}网格", number + 1),
                    name_en: Some(format!("{en} {:0digits$}", number + 1)),
                    parent: Some(community_code.clone()),
                    households: Some(households(people)),
                    population: Some(people),
                    boundary: std::mem::replace(&mut grid_rings[grid], MultiPolygon(Vec::new())),
                });
            }
        }
    }
    (areas, activity)
}

/// Grids are numbered like reading: rows from the north, roughly.
fn along(p: Point) -> f64 {
    p[0] * 0.45 - p[1]
}

fn households(people: u32) -> u32 {
    (f64::from(people) / HOUSEHOLD).round() as u32
}

/// What kind of place a community is.
fn setting(grids: &[usize], layout: &Layout, terrain: &Terrain, at: Point) -> Setting {
    if grids.iter().any(|grid| layout.part[*grid] > 0) {
        return Setting::Island;
    }
    let shore = &terrain.coast[terrain.ends[0]..=terrain.ends[1]];
    let urban = terrain.urban(at);
    let reach = terrain.half * 0.13;
    if urban < 0.9 && nearest(shore, at).1 < reach * reach {
        Setting::Shore
    } else if urban > 0.33 {
        Setting::Town
    } else {
        Setting::Country
    }
}

/// Gives each grid its kind, residents and a weight for how much happens there.
fn settle(layout: &Layout, boundaries: &[MultiPolygon<f64>], terrain: &Terrain, dice: &mut Dice) -> Vec<Residents> {
    let extents: Vec<f64> = boundaries.iter().map(|boundary| boundary.unsigned_area()).collect();
    let mean_extent = extents.iter().sum::<f64>() / extents.len().max(1) as f64;
    let mut rough: Vec<(GridKind, f64, f64, f64)> = layout
        .middle
        .iter()
        .zip(&extents)
        .map(|(at, extent)| {
            let urban = terrain.urban(*at);
            let chance = dice.unit();
            let kind = if chance < 0.06 {
                GridKind::Exclusive
            } else if chance < 0.06 + 0.05 * urban {
                GridKind::Building
            } else {
                GridKind::General
            };
            let crowd = (1.0 + 0.24 * dice.bell()).max(0.2);
            let room = (extent / mean_extent).sqrt().clamp(0.5, 1.6);
            let share = match kind {
                GridKind::General => 1.0,
                GridKind::Exclusive => 0.6,
                GridKind::Building => 1.25,
            };
            let people = (0.55 + 0.9 * urban) * room * crowd * crowd * share;
            // Most happens in few grids.
            let heat = (1.0 + 0.30 * dice.bell()).max(0.3);
            (kind, people, (0.25 + 1.5 * urban) * heat * heat * heat * heat, urban)
        })
        .collect();
    let mean = rough.iter().map(|(_, people, ..)| people).sum::<f64>() / rough.len().max(1) as f64;
    rough
        .drain(..)
        .map(|(kind, people, heat, _)| {
            let people = (people / mean * MEAN_RESIDENTS).round().clamp(300.0, 3_000.0);
            Residents { kind, people: people as u32, weight: heat * (people / MEAN_RESIDENTS).sqrt() }
        })
        .collect()
}
