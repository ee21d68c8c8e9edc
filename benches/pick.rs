//! Hover pick, index and labels over many areas: the 7,701 villages of Taiwan where the real data is, and a jittered
//! field of as many areas anywhere.
//!
//! Criterion reports medians; the tail that a person feels (p99 of single picks) is written beside them.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bevy::math::Vec2;
use criterion::{Criterion, criterion_group, criterion_main};
use geo::{LineString, MultiPolygon, Polygon};
use gridwall::domain::{Area, AreaCode, AreaTable, Level};
use gridwall::map::labels::anchor::anchor;
use gridwall::map::{AreaIndex, Projection};

/// Side of the jittered field.
const SIDE: u32 = 88;

fn area(code: String, boundary: MultiPolygon<f64>) -> Area {
    Area {
        name: code.clone(),
        code: AreaCode::new(code),
        level: Level::Grid,
        kind: None,
        name_en: None,
        parent: None,
        households: None,
        population: None,
        boundary,
    }
}

/// The villages as grids; `None` without the real data.
fn villages() -> Option<Vec<Area>> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data"));
    let data = std::env::var_os("GRIDWALL_DATA").map_or(beside, PathBuf::from);
    let text = std::fs::read_to_string(data.join("polygons/taiwan_villages_7k.geojson")).ok()?;
    let geojson::GeoJson::FeatureCollection(collection) = text.parse().ok()? else { return None };
    let shapes = collection.features.into_iter().filter_map(|feature| feature.geometry).map(geo::Geometry::try_from);
    let areas = shapes.enumerate().filter_map(|(nth, shape)| match shape.ok()? {
        geo::Geometry::Polygon(one) => Some(area(nth.to_string(), one.into())),
        geo::Geometry::MultiPolygon(many) => Some(area(nth.to_string(), many)),
        _ => None,
    });
    Some(areas.collect())
}

/// Squares with crooked shared corners and five points on each side.
fn field() -> Vec<Area> {
    let corner = |x: u32, y: u32| {
        let jitter =
            |salt: u32| f64::from((x * 7919 + y * 104_729 + salt).wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
        (120.0 + (f64::from(x) + 0.4 * jitter(1)) * 0.003, 24.0 + (f64::from(y) + 0.4 * jitter(2)) * 0.003)
    };
    let side = |a: (f64, f64), b: (f64, f64)| {
        (0..5).map(move |step| f64::from(step) / 5.0).map(move |t| (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t))
    };
    let cells = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y)));
    let one = |(x, y): (u32, u32)| {
        let corners = [corner(x, y), corner(x + 1, y), corner(x + 1, y + 1), corner(x, y + 1)];
        let ring: Vec<_> = (0..4).flat_map(|nth| side(corners[nth], corners[(nth + 1) % 4])).collect();
        area(format!("{x}-{y}"), Polygon::new(LineString::from(ring), vec![]).into())
    };
    cells.map(one).collect()
}

fn measure(criterion: &mut Criterion, name: &str, areas: Vec<Area>) {
    let (table, _) = AreaTable::build(areas);
    let projection = Projection::around(121.0, 23.8);
    let index = AreaIndex::build(&table, &projection);
    // Where a pointer is: at some vertex of some area, moved by up to 400 m.
    let mut seed = 1_u32;
    let mut next = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed >> 8
    };
    let ids: Vec<_> = table.iter().map(|(id, _)| id).filter(|id| !index.rings(*id).is_empty()).collect();
    let points: Vec<Vec2> = (0..20_000)
        .map(|_| {
            let ring = &index.rings(ids[next() as usize % ids.len()])[0];
            let off = Vec2::new((next() % 800) as f32 - 400.0, (next() % 800) as f32 - 400.0);
            ring[next() as usize % ring.len()] + off
        })
        .collect();

    let mut times: Vec<Duration> = points
        .iter()
        .map(|point| {
            let start = Instant::now();
            std::hint::black_box(index.pick(*point, Level::Grid));
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let at = |share: f64| times[(times.len() as f64 * share) as usize];
    let mut out = std::io::stdout().lock();
    let _ = writeln!(
        out,
        "{name}: {} areas, one pick: p50 {:?}, p99 {:?}, p99.9 {:?}",
        table.len(),
        at(0.5),
        at(0.99),
        at(0.999)
    );

    let mut turn = 0;
    criterion.bench_function(&format!("{name}: pick"), |bencher| {
        bencher.iter(|| {
            turn = (turn + 1) % points.len();
            index.pick(points[turn], Level::Grid)
        });
    });
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    group.bench_function("index all", |bencher| bencher.iter(|| AreaIndex::build(&table, &projection)));
    group.bench_function("anchors of all", |bencher| {
        bencher.iter(|| ids.iter().filter_map(|id| anchor(index.rings(*id))).count());
    });
}

fn picks(criterion: &mut Criterion) {
    if let Some(areas) = villages() {
        measure(criterion, "villages", areas);
    }
    measure(criterion, "field", field());
}

criterion_group!(benches, picks);
criterion_main!(benches);
