//! Surveys generated districts: exact topology, shape facts against those of a real district, sums, names. Compiled
//! for tests only.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use geo::{Area as _, ConvexHull, Geometry};

use super::curves::{Point, cross};
use super::{District, DistrictSpec, generate};
use crate::domain::{Area, AreaTable, GridKind, Level, PlaceKind};

fn district(spec: &str, seed: u64) -> District {
    generate(&spec.parse::<DistrictSpec>().unwrap(), seed)
}

/// A point as the integers that it was rounded to.
type Key = (i64, i64);

fn key(x: f64, y: f64) -> Key {
    ((x * 1e7).round() as i64, (y * 1e7).round() as i64)
}

/// All directed segments of an area's rings.
fn segments(area: &Area) -> Vec<(Key, Key)> {
    let rings = area.boundary.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    rings
        .flat_map(|ring| {
            let keys: Vec<Key> = ring.0.iter().map(|c| key(c.x, c.y)).collect();
            keys.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()
        })
        .collect()
}

/// Children cancel each other along shared borders; what is left must be the parent, segment by segment.
fn assert_parents_are_unions(district: &District) {
    let mut of_parent: HashMap<&str, HashSet<(Key, Key)>> = HashMap::new();
    for area in &district.areas {
        let Some(parent) = &area.parent else { continue };
        let open = of_parent.entry(parent.as_str()).or_default();
        for (a, b) in segments(area) {
            assert_ne!(a, b, "{}: a segment without length", area.code);
            if !open.remove(&(b, a)) {
                assert!(open.insert((a, b)), "{}: a segment belongs to two areas", area.code);
            }
        }
    }
    for area in district.areas.iter().filter(|area| area.level != Level::Grid) {
        let own: HashSet<_> = segments(area).into_iter().collect();
        assert_eq!(own.len(), segments(area).len(), "{}: a segment comes twice", area.code);
        assert_eq!(Some(&own), of_parent.get(area.code.as_str()), "{} is not the union of its children", area.code);
    }
}

/// No two segments of any grids cross or touch except at shared ends, and no ring passes a point twice.
fn assert_nothing_crosses(district: &District) {
    let mut all: HashSet<(Key, Key)> = HashSet::new();
    for area in district.areas.iter().filter(|area| area.level == Level::Grid) {
        for polygon in &area.boundary {
            assert!(polygon.signed_area() > 0.0 && polygon.exterior().0.len() >= 4, "{}", area.code);
            let ring = &polygon.exterior().0;
            let distinct: HashSet<Key> = ring.iter().map(|c| key(c.x, c.y)).collect();
            assert_eq!(distinct.len() + 1, ring.len(), "{}: a ring passes a point twice", area.code);
            assert!(polygon.interiors().iter().all(|hole| {
                let points: Vec<Point> = hole.0.iter().map(|c| [c.x, c.y]).collect();
                super::curves::ring_area(&points) < 0.0
            }));
        }
        all.extend(segments(area).into_iter().map(|(a, b)| (a.min(b), a.max(b))));
    }
    // Compare segments that share a cell of a raster of about 100 m.
    let mut cells: HashMap<Key, Vec<(Key, Key)>> = HashMap::new();
    for (a, b) in all {
        let cell = |v: i64| v.div_euclid(10_000);
        for x in cell(a.0.min(b.0))..=cell(a.0.max(b.0)) {
            for y in cell(a.1.min(b.1))..=cell(a.1.max(b.1)) {
                cells.entry((x, y)).or_default().push((a, b));
            }
        }
    }
    let turn = |a: Key, b: Key, c: Key| {
        (i128::from(b.0 - a.0) * i128::from(c.1 - a.1) - i128::from(b.1 - a.1) * i128::from(c.0 - a.0)).signum()
    };
    for near in cells.values() {
        for (k, (a, b)) in near.iter().enumerate() {
            for (c, d) in &near[k + 1..] {
                let shares = a == c || a == d || b == c || b == d;
                let crosses = turn(*a, *b, *c) * turn(*a, *b, *d) <= 0 && turn(*c, *d, *a) * turn(*c, *d, *b) <= 0;
                let apart = a.0.max(b.0) < c.0.min(d.0)
                    || c.0.max(d.0) < a.0.min(b.0)
                    || a.1.max(b.1) < c.1.min(d.1)
                    || c.1.max(d.1) < a.1.min(b.1);
                assert!(shares || apart || !crosses, "{a:?} {b:?} crosses {c:?} {d:?}");
            }
        }
    }
}

fn assert_sums_and_names(district: &District) {
    let size = district.spec.size();
    let count = |level| district.areas.iter().filter(|area| area.level == level).count() as u32;
    assert_eq!(
        (count(Level::District), count(Level::Street), count(Level::Community), count(Level::Grid)),
        (1, size.streets, size.communities, size.grids)
    );
    let (table, defects) = AreaTable::build(district.areas.clone());
    assert!(defects.is_empty(), "{defects:?}");
    for (id, area) in table.iter() {
        let children = table.children(id);
        assert_eq!(children.is_empty(), area.level == Level::Grid);
        if !children.is_empty() {
            let sum =
                |of: &dyn Fn(&Area) -> Option<u32>| children.iter().map(|id| of(table.get(*id)).unwrap()).sum::<u32>();
            assert_eq!(area.population, Some(sum(&|area| area.population)), "{}", area.code);
            assert_eq!(area.households, Some(sum(&|area| area.households)), "{}", area.code);
            let extent: f64 = children.iter().map(|id| table.get(*id).boundary.signed_area()).sum();
            assert!((extent / area.boundary.signed_area() - 1.0).abs() < 1e-7, "{}", area.code);
        }
        assert!(area.code.as_str().starts_with(area.parent.as_ref().map_or("4599", |parent| parent.as_str())));
    }
    for level in Level::ALL {
        let names = || table.at_level(level).map(|id| table.get(id));
        let distinct = |name: &dyn Fn(&Area) -> String| names().map(name).collect::<HashSet<_>>().len() as u32;
        assert_eq!(distinct(&|area| area.name.clone()), count(level));
        assert_eq!(distinct(&|area| area.name_en.clone().unwrap()), count(level));
    }
    assert_eq!(district.activity.len() as u32, size.grids);
    for activity in &district.activity {
        assert_eq!(district.areas[activity.area].level, Level::Grid);
        assert!(activity.weight > 0.0 && activity.weight < 100.0);
    }
    for area in district.areas.iter().filter(|area| area.level == Level::Grid) {
        assert!((300..=3_000).contains(&area.population.unwrap()));
    }
}

/// Value at each of `parts` of the sorted list.
fn quantiles<const N: usize>(mut values: Vec<f64>, parts: [f64; N]) -> [f64; N] {
    values.sort_by(f64::total_cmp);
    parts.map(|part| values[((values.len() - 1) as f64 * part).round() as usize])
}

#[test]
fn every_size_and_seed_has_exact_topology_sums_and_names() {
    let many: Vec<(String, u64)> = ["haicheng", "pidu", "nanshan", "laoshan"]
        .iter()
        .flat_map(|spec| [1, 2, 3].map(|seed| ((*spec).to_owned(), seed)))
        .chain((0..24).map(|seed| {
            (["1x1x1", "1x2x3", "2x5x30", "3x9x80", "8x40x400", "5x5x5"][seed % 6].to_owned(), seed as u64)
        }))
        .collect();
    for (spec, seed) in many {
        let district = district(&spec, seed);
        assert_parents_are_unions(&district);
        assert_nothing_crosses(&district);
        assert_sums_and_names(&district);
    }
}

/// The far ends of what may be asked for.
#[test]
fn odd_sizes_and_seeds_work_too() {
    for (spec, seed) in
        [("1x250x250", u64::MAX), ("100x100x100", 0), ("100x100x5000", 1 << 63), ("1x1x250", 77), ("40x2000x20000", 3)]
    {
        let district = district(spec, seed);
        assert_parents_are_unions(&district);
        assert_nothing_crosses(&district);
        assert_sums_and_names(&district);
    }
}

#[test]
fn shapes_are_like_those_of_a_real_district() {
    for spec in ["haicheng", "nanshan"] {
        let district = district(spec, 20_261_121);
        let metre2 = super::METRES_PER_DEGREE * super::METRES_PER_DEGREE * super::COS_LATITUDE;
        let grids = || district.areas.iter().filter(|area| area.level == Level::Grid);
        let areas =
            quantiles(grids().map(|area| area.boundary.unsigned_area() * metre2 / 1e6).collect(), [0.1, 0.5, 0.9]);
        let vertices = quantiles(
            grids()
                .map(|area| area.boundary.iter().map(|polygon| polygon.exterior().0.len() - 1).sum::<usize>() as f64)
                .collect(),
            [0.1, 0.5, 0.9, 1.0],
        );
        let convexity = quantiles(
            grids().map(|area| area.boundary.unsigned_area() / area.boundary.convex_hull().unsigned_area()).collect(),
            [0.0, 0.1, 0.5, 0.9, 1.0],
        );
        let total = district.areas[0].boundary.unsigned_area() * metre2 / 1e6;
        eprintln!(
            "{spec}: {total:.1} km²; area {areas:.3?} km² (real 0.018 0.05 0.17); vertices {vertices:?} (real 9 16 28, 74); \
             convexity {convexity:.2?} (real 0.72 0.92 1.0); {} people",
            district.areas[0].population.unwrap()
        );
        assert!(
            (0.012..0.028).contains(&areas[0])
                && (0.042..0.062).contains(&areas[1])
                && (0.12..0.21).contains(&areas[2])
        );
        assert!(
            (8.0..13.0).contains(&vertices[0])
                && (14.0..19.0).contains(&vertices[1])
                && (22.0..36.0).contains(&vertices[2])
        );
        assert!((50.0..110.0).contains(&vertices[3]), "{vertices:?}");
        assert!(
            convexity[0] > 0.45 && convexity[1] > 0.72 && (0.88..0.95).contains(&convexity[2]) && convexity[3] > 0.94
        );
        let exclusive =
            grids().filter(|area| area.kind == Some(GridKind::Exclusive)).count() as f64 / grids().count() as f64;
        assert!((0.03..0.10).contains(&exclusive));
        let mean = f64::from(district.areas[0].population.unwrap()) / grids().count() as f64;
        assert!((780.0..980.0).contains(&mean), "{mean}");
    }
}

#[test]
fn one_seed_is_one_district_and_another_is_another() {
    let (one, again, other) = (district("8x40x400", 5), district("8x40x400", 5), district("8x40x400", 6));
    assert_eq!(one.areas, again.areas);
    assert_eq!(one.places, again.places);
    assert_eq!(one.activity, again.activity);
    assert_ne!(one.areas[0].boundary, other.areas[0].boundary);
}

/// What one machine made is what every machine makes: areas, base map and weights of one district, as one number. It
/// changes only when the generator does; then write the new one here.
#[test]
fn the_district_is_the_same_on_every_platform() {
    let district = district("8x40x400", 5);
    let mut sum = 0u64;
    let mut add = |value: i64| sum = super::noise::mix(sum ^ value as u64);
    for area in &district.areas {
        for c in area.boundary.iter().flat_map(|polygon| &polygon.exterior().0) {
            let (x, y) = key(c.x, c.y);
            add(x);
            add(y);
        }
        add(i64::from(area.population.unwrap()));
        area.name.chars().for_each(|c| add(i64::from(u32::from(c))));
    }
    for place in &district.places {
        for c in geo::CoordsIter::coords_iter(&place.shape) {
            let (x, y) = key(c.x, c.y);
            add(x);
            add(y);
        }
    }
    district.activity.iter().for_each(|activity| add((activity.weight * 1e9).round() as i64));
    assert_eq!(format!("{sum:016x}"), "98c99430ff206f93");
}

#[test]
fn the_base_map_has_land_water_roads_and_names_and_its_rings_are_simple() {
    for seed in 0..8 {
        let district = district("haicheng", seed);
        let has = |kind| district.places.iter().filter(|place| place.kind == kind).count();
        for kind in [PlaceKind::Road, PlaceKind::Expressway, PlaceKind::Trunk, PlaceKind::River, PlaceKind::SeaName] {
            assert!(has(kind) >= 3, "seed {seed}: {kind:?}");
        }
        for kind in [PlaceKind::Water, PlaceKind::Park, PlaceKind::Ferry, PlaceKind::Pier] {
            assert!(has(kind) >= 1, "seed {seed}: {kind:?}");
        }
        assert!(has(PlaceKind::LandOut) >= 5);
        for place in &district.places {
            if let Geometry::Polygon(polygon) = &place.shape {
                let ring: Vec<Point> = polygon.exterior().0.iter().map(|c| [c.x, c.y]).collect();
                assert!(is_simple(&ring), "seed {seed}: {:?} crosses itself", place.kind);
            }
        }
    }
}

fn is_simple(ring: &[Point]) -> bool {
    let count = ring.len() - 1;
    (0..count).all(|i| {
        let (a, b) = (ring[i], ring[i + 1]);
        (i + 2..count).filter(|j| !(i == 0 && *j == count - 1)).all(|j| {
            let (c, d) = (ring[j], ring[j + 1]);
            let parted = |p: Point, q: Point, r: Point, s: Point| cross(p, q, r) * cross(p, q, s) > 0.0;
            parted(a, b, c, d) || parted(c, d, a, b)
        })
    })
}

/// Many more seeds than every run needs.
#[test]
#[ignore = "takes half a minute"]
fn hundreds_of_seeds_have_exact_topology() {
    for seed in 100..400 {
        let district = district(["haicheng", "laoshan", "3x9x80", "2x4x20"][seed as usize % 4], seed);
        assert_parents_are_unions(&district);
        assert_nothing_crosses(&district);
        assert_sums_and_names(&district);
    }
}

/// Measures; and writes districts as text for a look at them: `SURVEY_OUT=/some/dir cargo test … -- --ignored survey`.
#[test]
#[ignore = "for looking and measuring, not for judging"]
fn write_for_a_look() {
    use std::fmt::Write as _;
    let seed = std::env::var("SURVEY_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_121);
    for spec in ["haicheng", "pidu", "nanshan", "laoshan", "2x5x30", "40x2000x20000"] {
        let fastest = (0..3).map(|_| {
            let start = Instant::now();
            let _ = district(spec, seed);
            start.elapsed()
        });
        eprintln!("{spec}: {:?} (fastest of 3)", fastest.min());
        let district = district(spec, seed);
        let Ok(folder) = std::env::var("SURVEY_OUT") else { continue };
        let mut text = String::new();
        let mut put = |head: &str, lines: &mut dyn Iterator<Item = &geo::LineString<f64>>| {
            for line in lines {
                let points: Vec<String> = line.0.iter().map(|c| format!("{:.7} {:.7}", c.x, c.y)).collect();
                let _ = writeln!(text, "{head}|{}", points.join(","));
            }
        };
        for place in &district.places {
            let head = format!("{:?}|{}", place.kind, place.name.as_deref().unwrap_or(""));
            match &place.shape {
                Geometry::Polygon(polygon) => put(&head, &mut std::iter::once(polygon.exterior())),
                Geometry::LineString(line) => put(&head, &mut std::iter::once(line)),
                Geometry::Point(point) => put(&head, &mut std::iter::once(&geo::LineString(vec![point.0]))),
                _ => {}
            }
        }
        let weights: HashMap<usize, f64> = district.activity.iter().map(|entry| (entry.area, entry.weight)).collect();
        for (index, area) in district.areas.iter().enumerate() {
            let weight = weights.get(&index).copied().unwrap_or(0.0);
            let head = format!("{:?}|{} {} {weight}", area.level, area.name, area.code);
            put(&head, &mut area.boundary.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors())));
        }
        std::fs::write(std::path::Path::new(&folder).join(format!("{spec}.txt")), text).unwrap();
    }
}
