//! Everything that comes in, mutated: no decoder may panic, hang or hand on what is not finite. A harness for stable Rust;
//! `GRIDWALL_FUZZ_SECONDS` is the time for each target (default: a quarter of a second), `GRIDWALL_FUZZ_TARGET` chooses one,
//! `GRIDWALL_FUZZ_SEED` begins elsewhere. A crash names its input. The seeds are in `tests/fixtures/fuzz`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::cache::{Section, format, recall};
use super::sync::Jitter;
use super::sync::sse::{SseDecoder, SseItem};
use super::wire::{
    TicketReader, figures_print, read_areas, read_event, read_figures, read_landing, read_places, read_sources,
};
use crate::config::{Config, Overrides};
use crate::domain::{Feed, Figures, Level, Position};

/// What decoders trip over: put in anywhere.
const TOKENS: [&[u8]; 24] = [
    b"null",
    b"1e999",
    b"-1",
    b"1e308",
    b"NaN",
    b"[]",
    b"{}",
    b"[[[[[[[[",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"\xff\xfe",
    b"\n\n",
    b"\r",
    b"data:",
    b"18446744073709551616",
    b"9999-12-31T23:59:59Z",
    b"-0001-01-01T00:00:00Z",
    b"true",
    b",",
    b":",
    "\u{202e}".as_bytes(),
    "\u{feff}".as_bytes(),
    b"0.0000000000000000000000000001",
];

fn mutate(seed: &[u8], dice: &mut Jitter) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..1 + dice.next_u64() % 6 {
        let at = |dice: &mut Jitter, bytes: &[u8]| (dice.next_u64() % (bytes.len() as u64 + 1)) as usize;
        let (one, other) = (at(dice, &bytes), at(dice, &bytes));
        let (from, to) = (one.min(other), one.max(other));
        match dice.next_u64() % 7 {
            0 if from < bytes.len() => bytes[from] ^= 1 << (dice.next_u64() % 8),
            1 => _ = bytes.drain(from..to.min(from + 40)),
            2 => bytes.truncate(from.max(bytes.len() / 2)),
            3 => {
                let part = bytes[from..to.min(from + 200)].to_vec();
                bytes.splice(one..one, part);
            }
            4 if from < bytes.len() => bytes[from] = dice.next_u64() as u8,
            _ => {
                let token = TOKENS[(dice.next_u64() % TOKENS.len() as u64) as usize];
                let end = if dice.next_u64().is_multiple_of(2) { to.min(from + 12) } else { from };
                bytes.splice(from..end, token.iter().copied());
            }
        }
    }
    bytes
}

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
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let budget = number("GRIDWALL_FUZZ_SECONDS").map_or(Duration::from_millis(250), Duration::from_secs);
    let only = std::env::var("GRIDWALL_FUZZ_TARGET").ok();
    let mut dice = Jitter(number("GRIDWALL_FUZZ_SEED").unwrap_or(1));
    let mut configs = seeds("config");
    configs.push(include_str!("../../assets/gridwall.example.toml").replace("#: ", "").into_bytes());
    let page = seeds("tickets").remove(0);
    let section = Section { feed: Feed::Tickets, as_of: Timestamp::UNIX_EPOCH, page };
    let file = format::encode("http://x/", &[section]).unwrap();
    let landing = |bytes: &[u8]| _ = (read_landing(bytes).is_ok(), read_sources(bytes).is_ok());
    let targets: [(&str, Vec<Vec<u8>>, &dyn Fn(&[u8])); 11] = [
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
    for (name, seeds, read) in targets {
        if only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        let (start, mut count) = (Instant::now(), 0_u64);
        while count < 200 || start.elapsed() < budget {
            let seed = &seeds[(dice.next_u64() % seeds.len() as u64) as usize];
            // The seeds themselves first.
            let input = seeds.get(count as usize).cloned().unwrap_or_else(|| mutate(seed, &mut dice));
            let began = Instant::now();
            let outcome = catch_unwind(AssertUnwindSafe(|| read(&input)));
            assert!(outcome.is_ok(), "{name}: {:?}", String::from_utf8_lossy(&input));
            let took = began.elapsed();
            assert!(took < Duration::from_secs(5), "{name}: {took:?} for {:?}", String::from_utf8_lossy(&input));
            count += 1;
        }
        eprintln!("{name}: {count} inputs from {} seeds", seeds.len());
    }
}
