//! The heat field on the CPU: a full recount, a slide of the window, one event, the blur.
//!
//! `cargo bench --bench heat`. The same work on a GPU and beside the controls: `gridwall bench heat`.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

use gridwall::bench::points::{Spread, of_places, places};
use gridwall::heat::blur::Blur;
use gridwall::heat::field::Grid;
use gridwall::heat::model::{Span, Track};
use gridwall::heat::ring::Ring;
use gridwall::heat::weight::Weights;

const EVENTS: usize = 1_000_000;

fn heat(criterion: &mut Criterion) {
    let grid = Grid::covering([0.0, 0.0], [38_400.0, 21_600.0], 0.0);
    let sigma_m = 200.0;
    let events = of_places(&places(EVENTS + 5_000, Spread::Clusters, &grid, 1), &grid, 1_000);
    let mut ring = Ring::of(events.clone(), EVENTS * 2);
    let mut track = Track::new(&grid, grid.level_for(sigma_m), Weights::damped());
    let window = |later: u32| [Span { from: 1_000 + later, to: 1_000 + later + EVENTS as u32 }];
    track.slide(&ring, &window(0));
    let mut group = criterion.benchmark_group("heat, 1 M events");
    group.sample_size(20);
    group.bench_function("recount", |bencher| bencher.iter(|| track.recount(black_box(&ring))));
    let mut later = 0;
    group.bench_function("slide, 10 k changes", |bencher| {
        bencher.iter(|| {
            later = 5_000 - later;
            track.slide(&ring, black_box(&window(later)));
        });
    });
    group.bench_function("one event in the ring and the field", |bencher| {
        let mut event = events[EVENTS];
        bencher.iter(|| {
            event.key = event.key.wrapping_add(1 << 33);
            event.at_s += 1;
            ring.put(black_box(event));
            track.note(&event, 1);
        });
    });
    let mut blur = Blur::default();
    group
        .bench_function("blur", |bencher| bencher.iter(|| _ = black_box(blur.run(track.field(), &grid, sigma_m, &[]))));
    group.finish();
}

criterion_group!(benches, heat);
criterion_main!(benches);
