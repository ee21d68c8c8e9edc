//! Everything that comes in from the platform and from site files, mutated: no decoder may panic, hang or hand on what is
//! not finite. How it is run: `mutation.rs`. The seeds are in `tests/fixtures/fuzz`.

use std::path::Path;

use jiff::Timestamp;

use super::cache::{Section, format, recall};
use super::sync::sse::{SseDecoder, SseItem};
use super::wire::{
    TicketReader, figures_print, read_areas, read_event, read_figures, read_landing, read_places, read_sources,
};
use crate::config::{Config, Overrides};
use crate::domain::{Feed, Figures, Level, Position};
use crate::mutation::{self, Target};

fn tickets(page: &[u8]) {
    let mut reader = TicketReader::default();
    let _ = reader.page(page, |ticket| {
        if let Ok(ticket) = ticket
            && let Position::At { lon, lat } = ticket.position
        {
            assert!(lon.abs() <= 180.0 && lat.abs() <= 90.0, "{lon} {lat}");
        }
    });
    let _ = reader.detail(page);
}

fn places(page: &[u8]) {
    use geo::CoordsIter as _;
    let finite = |at: geo::Coord<f64>| assert!(at.x.is_finite() && at.y.is_finite(), "{at:?}");
    let _ = read_areas(page, Level::Grid, |area| {
        if let Ok(area) = area {
            area.boundary.coords_iter().for_each(finite);
        }
    });
    let _ = read_places(page, |place| {
        if let Ok(place) = place {
            place.shape.coords_iter().for_each(finite);
        }
    });
}

fn figures(page: &[u8]) {
    for mut figures in Feed::FIGURES.into_iter().filter_map(Figures::empty) {
        let _ = read_figures(page, &mut figures, |_| {});
        let _ = figures_print(&figures);
        if let Figures::Indicators(table) = &figures {
            let bounds = table.iter().filter_map(|figure| figure.expected);
            let values = table.iter().filter_map(|figure| figure.value.known()).chain(bounds.flatten());
            values.for_each(|value| assert!(value.is_finite(), "{value}"));
        }
    }
}

fn stream(bytes: &[u8]) {
    let (mut decoder, mut reader, mut items) = (SseDecoder::default(), TicketReader::default(), Vec::new());
    for part in bytes.chunks(1 + bytes.len() / 3) {
        if decoder.feed(part, &mut items).is_err() {
            return;
        }
    }
    for item in items {
        if let SseItem::Event { name, data, .. } = item {
            let _ = read_event(&name, &data, &mut reader);
        }
    }
}

fn saved(bytes: &[u8]) {
    let _ = format::decode(bytes, "http://x/");
    // Behind the checksum the sections are as hostile as an answer.
    let section = |feed| Section { feed, as_of: Timestamp::UNIX_EPOCH, page: bytes.to_vec() };
    let _ = recall(&Feed::ALL.map(section), Timestamp::MAX);
}

fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let path = Path::new("gridwall.toml");
    if let Ok(file) = crate::strict_toml::parse(path, &text) {
        let _ = Config::resolve(file, path, &text, Overrides::default());
    }
}

fn scene(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(scene) = crate::scene::file::parse(Path::new("fuzz.toml"), &text) {
        assert!(scene.layers.iter().all(|(_, opacity)| *opacity > 0.0 && *opacity <= 1.0), "{:?}", scene.layers);
    }
}

fn json(bytes: &[u8]) {
    let _ = super::limits::check_json(bytes);
}

/// The seeds of a target, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fuzz").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

#[test]
fn no_input_makes_a_decoder_panic_or_hang() {
    let mut configs = seeds("config");
    configs.push(include_str!("../../assets/gridwall.example.toml").replace("#: ", "").into_bytes());
    let page = seeds("tickets").remove(0);
    let section = Section { feed: Feed::Tickets, as_of: Timestamp::UNIX_EPOCH, page };
    let file = format::encode("http://x/", &[section]).unwrap();
    let landing = |bytes: &[u8]| _ = (read_landing(bytes).is_ok(), read_sources(bytes).is_ok());
    let targets: [Target<'_>; 11] = [
        ("tickets", seeds("tickets"), &tickets),
        ("areas", seeds("areas"), &places),
        ("landing", seeds("landing"), &landing),
        ("sources", seeds("sources"), &landing),
        ("figures", seeds("figures"), &figures),
        ("stream", seeds("stream"), &stream),
        ("saved", vec![file], &saved),
        ("sections", seeds("landing"), &saved),
        ("config", configs, &config),
        ("scene", seeds("scene"), &scene),
        ("limits", seeds("tickets"), &json),
    ];
    mutation::run(&targets);
}
