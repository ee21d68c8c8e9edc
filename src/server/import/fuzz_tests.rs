//! Files of a city and their mapping, mutated: an import may refuse all of it, but not panic, hang, lose a row or hand on
//! what is not finite. How it is run: `mutation.rs`.

use std::path::{Path, PathBuf};

use geo::CoordsIter as _;

use super::{Imported, Mapping, import};
use crate::domain::Position;
use crate::mutation::{self, Target};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn bytes(path: &str) -> Vec<u8> {
    std::fs::read(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn shipped(path: &str) -> Mapping {
    Mapping::read(&root().join(path)).unwrap_or_else(|error| panic!("{error}"))
}

/// What holds of every import.
fn check(imported: &Imported) {
    assert!(imported.report.balances(), "{:?}", imported.report.files);
    for area in &imported.areas {
        assert!(area.boundary.coords_iter().all(|at| at.x.is_finite() && at.y.is_finite()), "{}", area.code);
    }
    for detail in &imported.tickets {
        if let Position::At { lon, lat, .. } = detail.ticket.position {
            assert!(lon.is_finite() && lat.is_finite(), "{}", detail.ticket.id);
        }
    }
}

#[test]
fn no_file_makes_an_import_panic_or_lose_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (nasty, boston) = (shipped("tests/fixtures/import/nasty.toml"), shipped("assets/mappings/boston_311.toml"));
    let taipei = shipped("assets/mappings/taipei_villages.toml");
    let mapping = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        if let Err(error) = Mapping::parse(Path::new("fuzz.toml"), &text) {
            assert!(!error.problems.is_empty() && !error.to_string().is_empty());
        }
    };
    let areas = |bytes: &[u8]| {
        let path = file("areas.geojson", bytes);
        for mapping in [&nasty, &taipei] {
            import(mapping, std::slice::from_ref(&path), &[]).iter().for_each(check);
        }
    };
    let tickets = |bytes: &[u8]| {
        let path = file("tickets.csv", bytes);
        for mapping in [&nasty, &boston] {
            import(mapping, &[], std::slice::from_ref(&path)).iter().for_each(check);
        }
    };
    let mappings = ["assets/mappings/boston_311.toml", "assets/mappings/taipei_villages.toml"];
    let mappings = mappings.into_iter().chain(["tests/fixtures/import/nasty.toml"]).map(bytes).collect();
    // The head of an excerpt has what a decoder can trip over; all of it would be tried less often.
    let lines = |path: &str, count: usize| {
        let text = bytes(path);
        text.split_inclusive(|byte| *byte == b'\n').take(count).flatten().copied().collect::<Vec<u8>>()
    };
    let csv = vec![bytes("tests/fixtures/import/nasty.csv"), lines("tests/fixtures/import/boston_311_excerpt.csv", 24)];
    let geojson = vec![bytes("tests/fixtures/import/nasty.geojson")];
    let targets: [Target<'_>; 3] =
        [("mapping", mappings, &mapping), ("geojson", geojson, &areas), ("csv", csv, &tickets)];
    mutation::run(&targets);
}
