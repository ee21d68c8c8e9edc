//! The layers' work on the CPU: recolouring all grids, and making the shapes of a list of areas (off the frame).

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use geo::{MultiPolygon, Polygon};
use gridwall::domain::{Area, AreaCode, AreaId, AreaTable, Level};
use gridwall::layers::areas::records::{Scale, encode};
use gridwall::layers::focus::Focus;
use gridwall::layers::shapes::{AreaShapes, Built};
use gridwall::map::Projection;
use gridwall::palette::DARK;

/// 40 × 40 grids with 16 corners each, about as many as a large district has.
const SIDE: u32 = 40;

fn grids() -> Vec<Area> {
    let corner = |x: u32, y: u32| (f64::from(x) * 0.00075, f64::from(y) * 0.00075);
    (0..SIDE * SIDE)
        .map(|i| {
            let (x, y) = (i % SIDE * 4, i / SIDE * 4);
            let south = (0..4).map(|k| corner(x + k, y));
            let east = (0..4).map(|k| corner(x + 4, y + k));
            let north = (0..4).map(|k| corner(x + 4 - k, y + 4));
            let west = (0..4).map(|k| corner(x, y + 4 - k));
            let ring: Vec<_> = south.chain(east).chain(north).chain(west).collect();
            Area {
                code: AreaCode::new(format!("{i:05}")),
                level: Level::Grid,
                kind: None,
                name: String::new(),
                name_en: None,
                parent: None,
                households: None,
                population: None,
                boundary: MultiPolygon(vec![Polygon::new(ring.into(), vec![])]),
            }
        })
        .collect()
}

fn layers(criterion: &mut Criterion) {
    let (table, _) = AreaTable::build(grids());
    let table = Arc::new(table);
    let projection = Projection::around(0.06, 0.06);
    let (shapes, _) = AreaShapes::build(table.clone(), &projection);
    let counts = |shift: u32| -> Vec<u32> { (0..table.len() as u32).map(|i| (i + shift) % 9).collect() };
    let (odd, even) = (counts(1), counts(2));
    let scale = Scale { level: Level::Grid, breaks: [1, 2, 3, 4, 5, 6], palette: &DARK, top_m: 900.0, opacity: 1.0 };
    let focus = Focus::default();
    let mut before = Vec::new();
    let mut turn = false;
    criterion.bench_function("recolour 1600 grids", |bencher| {
        bencher.iter(|| {
            turn = !turn;
            let counts = if turn { &odd } else { &even };
            before = encode(black_box(&shapes), &focus, |id: AreaId| Some(counts[id.index()]), &scale, &before).0;
        })
    });
    let mut group = criterion.benchmark_group("off the frame");
    group.sample_size(10);
    group.bench_function("shapes of 1600 grids", |bencher| {
        bencher.iter(|| Built::make(table.clone(), &[], &projection).shapes.arcs.len())
    });
}

criterion_group!(benches, layers);
criterion_main!(benches);
