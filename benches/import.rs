//! How long the files of a city take to become domain values: 58,251 tickets of Boston, 456 and 7,701 villages.
//!
//! The real files are outside the clone (`GRIDWALL_DATA` or `../shared/data`); without them nothing is measured.

use std::path::{Path, PathBuf};

use criterion::{Criterion, criterion_group, criterion_main};
use gridwall::server::import::{Mapping, import};

fn files(criterion: &mut Criterion) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = std::env::var_os("GRIDWALL_DATA").map_or_else(|| root.join("../shared/data"), PathBuf::from);
    let mut group = criterion.benchmark_group("import");
    group.sample_size(10);
    for (name, map, file, is_areas) in [
        ("boston 58251 tickets", "boston_311.toml", "tickets/boston_311_2011.csv", false),
        ("taipei 456 villages", "taipei_villages.toml", "polygons/taipei_villages.geojson", true),
        ("taiwan 7701 villages", "taipei_villages.toml", "polygons/taiwan_villages_7k.geojson", true),
    ] {
        let file = data.join(file);
        let mapping = Mapping::read(&root.join("assets/mappings").join(map));
        let (true, Ok(mapping)) = (file.exists(), mapping) else { continue };
        let files = [file];
        let (areas, tickets): (&[PathBuf], &[PathBuf]) = if is_areas { (&files, &[]) } else { (&[], &files) };
        group.bench_function(name, |bencher| {
            bencher.iter(|| import(&mapping, areas, tickets).map(|imported| imported.areas.len()))
        });
    }
    group.finish();
}

criterion_group!(benches, files);
criterion_main!(benches);
