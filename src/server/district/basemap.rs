//! The base map of the synthetic district: neighbours' land, islets, rivers, lakes, parks, roads, piers, the ferry and
//! the names of the waters. Partner: `terrain`, which has the lines; areas are not drawn here.

use geo::{Coord, Geometry, LineString, MultiPolygon, Point as GeoPoint, Polygon};

use crate::domain::{Place, PlaceKind};

use super::Frame;
use super::curves::{Point, blob, crumple, cut_corners, distance, is_inside, left_of, lerp, nearest, spline};
use super::noise::Dice;
use super::rings::closed;
use super::terrain::Terrain;

/// Everything that the base map is made from.
pub struct Ground<'a> {
    /// The ideal lines.
    pub terrain: &'a Terrain,
    /// The district's mainland boundary in metres, anticlockwise, as it came out.
    pub mainland: &'a [Point],
    /// The islands' boundaries likewise.
    pub islands: &'a [Vec<Point>],
    /// Borders between communities, in metres: streets run along them.
    pub streets: &'a [Vec<Point>],
    /// Metres to degrees.
    pub frame: Frame,
}

/// Names of the sea, bay first, then channels and open water.
const WATERS: &[(&str, &str)] = &[("澄湾", "Cheng Bay"), ("鹭汀水道", "Luting Channel"), ("望澜洋", "Wanglan Sea")];

/// Draws the base map.
pub fn draw(ground: &Ground<'_>, seed: u64) -> Vec<Place> {
    let mut dice = Dice::new(seed, 9);
    let mut places = Vec::new();
    beyond(ground, seed, &mut places);
    parks_and_lakes(ground, &mut dice, &mut places);
    rivers_and_roads(ground, &mut places);
    harbour(ground, &mut dice, &mut places);
    waters(ground, &mut places);
    places
}

impl Ground<'_> {
    fn line(&self, kind: PlaceKind, line: &[Point], width_m: Option<f32>) -> Place {
        let shape = line.iter().map(|p| self.coord(*p)).collect::<LineString<f64>>();
        Place { kind, name: None, name_en: None, width_m, shape: Geometry::LineString(shape) }
    }

    fn area(&self, kind: PlaceKind, ring: &[Point]) -> Place {
        let ring: Vec<Point> = ring.iter().map(|p| self.frame.degrees(*p)).collect();
        let shape = Geometry::Polygon(Polygon::new(closed(&ring), Vec::new()));
        Place { kind, name: None, name_en: None, width_m: None, shape }
    }

    fn coord(&self, p: Point) -> Coord<f64> {
        let [x, y] = self.frame.degrees(p);
        Coord { x, y }
    }

    fn is_district(&self, p: Point) -> bool {
        is_inside(self.mainland, p) || self.islands.iter().any(|ring| is_inside(ring, p))
    }
}

/// The neighbours: one land around the district's inland border, cut out exactly along it, and the islets.
fn beyond(ground: &Ground<'_>, seed: u64, places: &mut Vec<Place>) {
    let terrain = ground.terrain;
    let ring = ground.mainland;
    let nearest_corner = |p: Point| {
        let by_gap = |a: &usize, b: &usize| distance(ring[*a], p).total_cmp(&distance(ring[*b], p));
        (0..ring.len()).min_by(by_gap).unwrap_or(0)
    };
    let [west, east] = terrain.ends.map(|index| nearest_corner(terrain.coast[index]));
    if ring.is_empty() {
        return;
    }
    // From the eastern end backwards along the inland border would be the district's own way; the neighbour goes the
    // other way round: west end → along the inland border (clockwise) → east end → coast → far corners → coast.
    let mut outline = Vec::new();
    let mut at = west;
    loop {
        outline.push(ring[at]);
        if at == east {
            break;
        }
        at = if at == 0 { ring.len() - 1 } else { at - 1 };
    }
    let near = terrain.half * 0.02;
    let mut dice = Dice::new(seed, 10);
    let mut coast = |line: &[Point]| {
        let rough = crumple(line, 1, 0.16, || dice.signed());
        let clear = |p: &Point| p[0].abs() > 1.35 * terrain.half || nearest(ring, *p).1 > near * near;
        rough.into_iter().filter(clear).collect::<Vec<Point>>()
    };
    outline.extend(coast(&terrain.coast[terrain.ends[1]..]));
    outline.push([terrain.world, terrain.world]);
    outline.push([-terrain.world, terrain.world]);
    outline.extend(coast(&terrain.coast[..=terrain.ends[0]]));
    places.push(ground.area(PlaceKind::LandOut, &outline));
    for islet in &terrain.islets {
        let mut ring = islet.clone();
        ring.extend(islet.first());
        let mut rough = crumple(&ring, 1, 0.16, || dice.signed());
        rough.pop();
        places.push(ground.area(PlaceKind::LandOut, &rough));
    }
}

fn parks_and_lakes(ground: &Ground<'_>, dice: &mut Dice, places: &mut Vec<Place>) {
    let terrain = ground.terrain;
    let half = terrain.half;
    let mut patch = |dice: &mut Dice, kind, at: Point, along: f64, across: f64, wobble| {
        let axis = left_of([0.0, 0.0], [dice.signed(), 0.5 + dice.unit()]);
        let mut size = 1.0;
        // Shrink until it fits in the district.
        for _ in 0..12 {
            let ring = blob(at, axis, along * size, across * size, 14, wobble, || dice.signed());
            if ring.iter().all(|p| ground.is_district(*p)) {
                places.push(ground.area(kind, &ring));
                return;
            }
            size *= 0.82;
        }
    };
    for (x, y, along, across) in [(0.70, 0.27, 0.20, 0.12), (-0.22, 0.42, 0.13, 0.07), (-0.80, 0.16, 0.10, 0.06)] {
        let at = [(x + 0.03 * dice.signed()) * half, (y + 0.03 * dice.signed()) * half];
        patch(dice, PlaceKind::Park, at, along * half, across * half, 0.24);
    }
    for town in &terrain.towns {
        let away = [town.radius * 0.5 * dice.signed(), town.radius * 0.35 * dice.unit()];
        let along = dice.between(0.018, 0.030) * half;
        patch(dice, PlaceKind::Park, [town.at[0] + away[0], town.at[1] + away[1]], along, along * 0.7, 0.2);
    }
    let lake = [(0.80 + 0.03 * dice.signed()) * half, (-0.01 + 0.03 * dice.signed()) * half];
    patch(dice, PlaceKind::Water, lake, 0.055 * half, 0.032 * half, 0.18);
    let pond = [(-0.40 + 0.04 * dice.signed()) * half, (0.13 + 0.03 * dice.signed()) * half];
    patch(dice, PlaceKind::Water, pond, 0.026 * half, 0.017 * half, 0.18);
}

fn rivers_and_roads(ground: &Ground<'_>, places: &mut Vec<Place>) {
    let terrain = ground.terrain;
    for river in &terrain.rivers {
        places.push(ground.line(PlaceKind::River, &cut_corners(&river.line, 1), Some(river.width as f32)));
    }
    for road in &terrain.roads {
        let kind = if road.expressway { PlaceKind::Expressway } else { PlaceKind::Trunk };
        places.push(ground.line(kind, &cut_corners(&road.line, 1), None));
    }
    // Ordinary roads follow borders of communities, except where these are a river or a main road already.
    let taken = terrain.half * 0.012;
    for line in ground.streets {
        let middle = line[line.len() / 2];
        let rivers = terrain.rivers.iter().map(|river| &river.line);
        let roads = terrain.roads.iter().map(|road| &road.line);
        if rivers.chain(roads).all(|other| nearest(other, middle).1 > taken * taken) {
            places.push(ground.line(PlaceKind::Road, &cut_corners(line, 2), None));
        }
    }
}

/// Piers and breakwaters at the head of the main bay, and the ferry to the islands.
fn harbour(ground: &Ground<'_>, dice: &mut Dice, places: &mut Vec<Place>) {
    let terrain = ground.terrain;
    let half = terrain.half;
    let coast = &terrain.coast;
    let by_gap =
        |a: &usize, b: &usize| distance(coast[*a], terrain.bay[0]).total_cmp(&distance(coast[*b], terrain.bay[0]));
    let Some(head) = (terrain.ends[0]..=terrain.ends[1]).min_by(by_gap) else { return };
    let shore = |offset: isize| {
        let index = (head as isize + offset).clamp(terrain.ends[0] as isize + 3, terrain.ends[1] as isize - 3) as usize;
        let left = left_of(coast[index - 3], coast[index + 3]);
        (nearest(ground.mainland, coast[index]).0, [-left[0], -left[1]])
    };
    let out = |p: Point, way: Point, far: f64| [p[0] + way[0] * far, p[1] + way[1] * far];
    let mut quay = None;
    for offset in [-11, -6, 2, 8] {
        let (foot, sea) = shore(offset);
        let reach = dice.between(0.035, 0.055) * half;
        places.push(ground.line(PlaceKind::Pier, &[foot, out(foot, sea, reach)], Some((half * 0.004) as f32)));
        quay = Some(out(foot, sea, reach));
    }
    for (offset, lean) in [(-17isize, 0.5), (14, -0.5)] {
        let (foot, sea) = shore(offset);
        let aside = [-sea[1] * lean, sea[0] * lean];
        let near = out(foot, sea, 0.05 * half);
        let far = out(near, [sea[0] * 0.6 + aside[0], sea[1] * 0.6 + aside[1]], 0.06 * half);
        places.push(ground.line(PlaceKind::Pier, &[near, far], Some((half * 0.003) as f32)));
    }
    let mut from = quay;
    for island in ground.islands {
        let Some(start) = from else { break };
        let opposite = island.iter().copied().fold(start, |sum, p| [sum[0] + p[0], sum[1] + p[1]]);
        let opposite = opposite.map(|v| v / (island.len() + 1) as f64);
        let (landing, _) = nearest(island, lerp(start, opposite, 0.5));
        let middle = lerp(start, landing, 0.5);
        let bow = [(landing[1] - start[1]) * 0.10, (start[0] - landing[0]) * 0.10];
        let line = spline(&[start, [middle[0] + bow[0], middle[1] + bow[1]], landing], 10, false);
        // A way across land would be no ferry.
        let at_sea = line[1..line.len() - 1].iter().all(|p| !is_inside(ground.mainland, *p));
        if at_sea {
            places.push(ground.line(PlaceKind::Ferry, &line, None));
        }
        // The next one is reached from the far side of this one.
        from = Some(lerp(landing, opposite, 1.6)).map(|p| nearest(island, p).0);
    }
}

fn waters(ground: &Ground<'_>, places: &mut Vec<Place>) {
    let terrain = ground.terrain;
    let half = terrain.half;
    let channel = match terrain.islands.first() {
        Some(island) => {
            let east = island.iter().copied().fold([f64::MIN, 0.0], |a, b| if b[0] > a[0] { b } else { a });
            [east[0] + 0.12 * half, east[1] + 0.05 * half]
        }
        None => [0.6 * half, terrain.bay[1][1] - 0.1 * half],
    };
    let open = [terrain.bay[1][0] - 0.55 * half, terrain.bay[1][1] - 0.42 * half];
    for ((name, name_en), at) in WATERS.iter().zip([terrain.bay[1], channel, open]) {
        places.push(Place {
            kind: PlaceKind::SeaName,
            name: Some((*name).to_owned()),
            name_en: Some((*name_en).to_owned()),
            width_m: None,
            shape: Geometry::Point(GeoPoint(ground.coord(at))),
        });
    }
}

/// The largest ring of a boundary, in metres, without its closing point.
pub fn outer_rings(boundary: &MultiPolygon<f64>, frame: Frame) -> Vec<Vec<Point>> {
    boundary
        .0
        .iter()
        .map(|polygon| {
            let ring = &polygon.exterior().0;
            ring[..ring.len().saturating_sub(1)].iter().map(|c| frame.metres([c.x, c.y])).collect()
        })
        .collect()
}
