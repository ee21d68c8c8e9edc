//! Everything that comes in, mutated: no decoder may panic, hang or hand on what is not finite. A harness for stable Rust;
//! `FUZZ_SECONDS` gives it longer (default: two seconds), `FUZZ_SEED` begins elsewhere. A crash names its input.

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

const PAGE: &str = r#"{"type":"FeatureCollection","timeStamp":"2026-11-21T14:00:00Z","epoch":"e1","seq":42,"links":[{"rel":"next","href":"?token=2"}],"features":[{"type":"Feature","id":"HC-1","geometry":{"type":"Point","coordinates":[118.1,24.5]},"properties":{"service_request_id":"HC-1","ver":7,"status":"open","stage":"HANDLE","stage_since":"2026-11-21T13:00:00+08:00","source":"hotline","mode":"joint","service_code":"0203","service_name":"供水不足","service_group":"供水供电","agency_responsible":"水务局","grid_code":"450599-1","requested_datetime":"2026-11-20T08:00:00+08:00","sign_due":null,"redo_count":2,"rated":"no","resolved":false,"clocks":[{"kind":"sign","started_at":"2026-11-20T08:00:00Z","pauses":[]}],"timeline":[{"at":"2026-11-20T08:00:00Z","stage":"HANDLE","event":"entered"}],"related":["HC-2"]}},{"type":"Feature","id":"HC-2","geometry":null,"properties":{"ver":3,"stage":"CLOSED","requested_datetime":"2026-11-20T08:00:00Z"}}]}"#;
const AREAS: &str = r#"{"type":"FeatureCollection","features":[{"id":"g1","geometry":{"type":"MultiPolygon","coordinates":[[[[118.0,24.0],[118.1,24.0],[118.1,24.1],[118.0,24.1],[118.0,24.0]],[[118.02,24.02],[118.03,24.02],[118.03,24.03],[118.02,24.02]]]]},"properties":{"code":"g1","name":"一网格","level":"grid","kind":"general","parent_code":"c1","population":1200}},{"id":"r","geometry":{"type":"LineString","coordinates":[[118,24],[118.2,24.1]]},"properties":{"kind":"river","name":"江","width_m":30.5}}]}"#;
const LANDING: &str = r#"{"title":"海澄区","title_en":"Haicheng","links":[{"rel":"data","href":"/collections"},{"rel":"stream","href":"/stream"}],"site":{"district":"450599","time_zone":"Asia/Shanghai","environment":"demo","clock":{"now":"2026-11-21T14:32:05+08:00","speed":1.0},"workflow":[{"stage":"COLLECT","label":"采集","label_en":"Collected"}],"calendar":{"hours":[["09:00","12:00"]],"weekdays":[true,true,true,true,true,false,false],"holidays":["2026-01-01"],"workdays":[]}}}"#;
const SOURCES: &str = r#"{"timeStamp":"2026-11-21T14:00:00Z","sources":[{"key":"12345","name":"热线","last_contact":"2026-11-21T13:59:00Z","lag_s":30.5,"records":5,"rejects":0,"coverage":0.97}]}"#;
const FIGURES: &str = r#"{"type":"FeatureCollection","definitions":[{"key":"satisfy","name":"满意率","unit":"%","aim":"higher","target":88.0}],"features":[{"id":"x","properties":{"id":"x","key":"satisfy","area_code":"1","period":"month","value":88.5,"numerator":-3,"denominator":4,"from":"2026-11-01T00:00:00Z","as_of":"2026-11-21T14:00:00Z","compare":1.5,"expected":[1,2.5],"series":[null,[1,2],[3,null]],"level":2,"kind":"repeat","state":"raised","text":"重复","issued_at":"2026-11-21T14:00:00Z","evidence":["A"],"seen":4}},{"id":"t","properties":{"kind":"grid-workers","total":12,"on_duty":3,"as_of":"2026-11-21T14:00:00Z"}},{"id":"w","properties":{"trigger":"complex","whistler":"街道","called_at":"2026-11-21T14:00:00Z","units":[{"unit":"局","arrived_at":"2026-11-21T14:20:00Z","rating":5}],"result":"solved"}},{"id":"c","properties":{"name":"类案","kind":"joint","stage":"treated","stage_since":"2026-11-01T00:00:00Z","opened_at":"2026-10-01T00:00:00Z","tickets":4,"before":3,"after":2,"after_days":9,"members":["A"],"as_of":"2026-11-21T14:00:00Z"}}]}"#;
const STREAM: &str = "retry: 3000\nid: e1-41\nevent: bookmark\ndata: {\"epoch\":\"e1\",\"seq\":41}\n\nid: e1-42\nevent: ticket.updated\ndata: {\"specversion\":\"1.0\",\"subject\":\"HC-1\",\"epoch\":\"e1\",\"seq\":42,\"ver\":8,\"data\":{\"id\":\"HC-1\",\"geometry\":null,\"properties\":{\"stage\":\"VERIFY\",\"requested_datetime\":\"2026-11-20T08:00:00Z\"}}}\n\nevent: ticket.deleted\ndata: {\"subject\":\"HC-2\",\"epoch\":\"e1\",\"seq\":43,\"ver\":9,\"data\":{\"id\":\"HC-2\"}}\n\nevent: digest\ndata: {\"epoch\":\"e1\",\"seq\":43,\"collection\":\"tickets\",\"count\":1,\"xor\":\"9f00\"}\n\nevent: reset\ndata: {\"reason\":\"x\"}\n\n";

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

#[test]
fn no_input_makes_a_decoder_panic_or_hang() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let budget = Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(2));
    let mut dice = Jitter(number("FUZZ_SEED").unwrap_or(1));
    let example = include_str!("../../assets/gridwall.example.toml").replace("#: ", "");
    let section = Section { feed: Feed::Tickets, as_of: Timestamp::UNIX_EPOCH, page: PAGE.into() };
    let file = format::encode("http://x/", &[section]).unwrap();
    let landing = |bytes: &[u8]| _ = (read_landing(bytes).is_ok(), read_sources(bytes).is_ok());
    let targets: [(&str, &[u8], &dyn Fn(&[u8])); 9] = [
        ("tickets", PAGE.as_bytes(), &tickets),
        ("areas and places", AREAS.as_bytes(), &places),
        ("landing page", LANDING.as_bytes(), &landing),
        ("sources", SOURCES.as_bytes(), &landing),
        ("figures", FIGURES.as_bytes(), &figures),
        ("stream", STREAM.as_bytes(), &stream),
        ("saved state", &file, &saved),
        ("sections", LANDING.as_bytes(), &saved),
        ("configuration", example.as_bytes(), &config),
    ];
    for (name, seed, read) in targets {
        let (start, mut count) = (Instant::now(), 0_u64);
        while count < 200 || start.elapsed() < budget / 9 {
            let input = mutate(seed, &mut dice);
            let began = Instant::now();
            let outcome = catch_unwind(AssertUnwindSafe(|| read(&input)));
            assert!(outcome.is_ok(), "{name}: {:?}", String::from_utf8_lossy(&input));
            let took = began.elapsed();
            assert!(took < Duration::from_secs(5), "{name}: {took:?} for {:?}", String::from_utf8_lossy(&input));
            count += 1;
        }
        eprintln!("{name}: {count} inputs");
    }
}
