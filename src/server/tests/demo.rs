//! The synthetic district as it is served: the same run twice, the clock, the file that goes on.

use super::*;
use crate::server::district::DistrictSpec;

fn content(db: Option<std::path::PathBuf>) -> Content {
    let spec: DistrictSpec = "2x5x30".parse().unwrap();
    Content::Synthetic { spec, seed: 7, db }
}

fn standing() -> Running {
    start(ServeOptions { at: Some(noon()), ..ServeOptions::local(content(None)) }).unwrap()
}

#[test]
fn two_runs_at_one_moment_are_the_same() {
    block_on(async {
        let (one, two) = (standing(), standing());
        let first = get_json(&one, "collections/tickets/items?limit=5000&sortby=-updated_datetime").await;
        let id = first["features"][0]["id"].as_str().unwrap().to_owned();
        for path in [
            "collections/tickets/items?limit=10000",
            "collections/grids/items?limit=100",
            "collections/places/items?limit=10000",
            "sources",
            &format!("collections/tickets/items/{id}"),
        ] {
            let (mut a, mut b) = (get_json(&one, path).await, get_json(&two, path).await);
            for page in [&mut a, &mut b] {
                page["links"] = Value::Null;
                page["epoch"] = Value::Null;
            }
            assert_eq!(a, b, "{path}");
        }
        let site = get_json(&one, "").await;
        assert_eq!(site["site"]["environment"], "demo");
        assert_eq!(site["site"]["clock"], serde_json::json!({"now": "2026-11-21T12:00:00+08:00", "speed": 0.0}));
        assert!(site["description"].as_str().unwrap().contains("虚构区域"));
        let page = get_json(&one, "collections/tickets/items?limit=1&datetime=../2025-11-22T12:00:00%2B08:00").await;
        assert!(page["numberMatched"].as_u64().unwrap() > 0, "a year of history");
    });
}

#[test]
fn care_counts_are_whole_pages_of_publishable_numbers() {
    block_on(async {
        let server = standing();
        let all = get_json(&server, "collections/care-counts/items?limit=10000").await;
        let features = all["features"].as_array().unwrap();
        assert_eq!(features.len() % 9, 0);
        assert_eq!(all["numberMatched"].as_u64(), Some(features.len() as u64));
        assert_eq!(all["timeStamp"], "2026-11-21T06:00:00+08:00");
        for feature in features {
            for name in ["listed", "visited", "due", "overdue"] {
                let sent = &feature["properties"][name];
                let is_round = sent.as_u64().is_some_and(|n| n >= 10 && n % 5 == 0);
                assert!(is_round || sent == "suppressed", "{name} of {}: {sent}", feature["id"]);
            }
            assert!(feature["geometry"].is_null());
        }
        let some = get_json(&server, "collections/care-counts/items?level=street&group=all&limit=1").await;
        assert_eq!(some["numberMatched"], 2);
        assert_eq!(some["features"][0]["properties"]["level"], "street");
        assert!(some["links"].as_array().unwrap().iter().any(|link| link["rel"] == "next"));
        let sources = get_json(&server, "sources").await;
        let register = sources["sources"].as_array().unwrap().iter().find(|it| it["key"] == "care-register").unwrap();
        assert_eq!(register["last_contact"], "2026-11-21T06:00:00+08:00");
    });
}

#[test]
fn list_and_detail_of_every_ticket_in_hand_agree() {
    block_on(async {
        let server = standing();
        let page = get_json(&server, "collections/tickets/items?limit=10000&status=open").await;
        let features = page["features"].as_array().unwrap();
        assert!(!features.is_empty());
        for feature in features {
            let one =
                get_json(&server, &format!("collections/tickets/items/{}", feature["id"].as_str().unwrap())).await;
            for (name, value) in feature["properties"].as_object().unwrap() {
                assert_eq!(&one["properties"][name], value, "{name} of {}", feature["id"]);
            }
            assert!(!one["properties"]["timeline"].as_array().unwrap().is_empty());
        }
    });
}

#[test]
fn time_runs_as_fast_as_asked_and_the_stream_tells() {
    block_on(async {
        // An hour in a second: 11 tickets a day are due every few seconds.
        let options = ServeOptions { speed: 36_000.0, ..ServeOptions::local(content(None)) };
        let server = start(options).unwrap();
        let before: Timestamp = get_json(&server, "").await["site"]["clock"]["now"].as_str().unwrap().parse().unwrap();
        let mut events = Events::open(&server, "stream", None).await;
        let mut last = events.next().await.unwrap().unwrap().data["seq"].as_u64().unwrap();
        let mut last_time = before - SignedDuration::from_hours(2);
        for _ in 0..20 {
            let event = events.next_change().await;
            let time: Timestamp = event.data["time"].as_str().unwrap().parse().unwrap();
            assert_eq!(event.data["seq"].as_u64(), Some(last + 1));
            assert!(time >= last_time);
            (last, last_time) = (last + 1, time);
        }
        let after: Timestamp = get_json(&server, "").await["site"]["clock"]["now"].as_str().unwrap().parse().unwrap();
        assert!(after >= last_time && last_time > before, "{before} {last_time} {after}");
    });
}

#[test]
fn a_district_in_a_file_goes_on_with_its_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("demo.db");
    block_on(async {
        let page = async |server: &Running| get_json(server, "collections/tickets/items?limit=10000").await;
        let first = start(ServeOptions { at: Some(noon()), ..ServeOptions::local(content(Some(db.clone()))) }).unwrap();
        let before = page(&first).await;
        first.stop();

        // A day later: the same as a fresh run at that moment, but for the order of arrival.
        let later = noon() + SignedDuration::from_hours(24);
        let second =
            start(ServeOptions { at: Some(later), ..ServeOptions::local(Content::Database(db.clone())) }).unwrap();
        let epoch = before["epoch"].as_str().unwrap().to_owned();
        let mut events = Events::open(&second, "stream", Some(&format!("{epoch}-{}", before["seq"]))).await;
        assert_eq!(events.next_change().await.data["seq"].as_u64(), Some(before["seq"].as_u64().unwrap() + 1));
        let fresh = start(ServeOptions { at: Some(later), ..ServeOptions::local(content(None)) }).unwrap();
        let versions = |page: &Value| -> std::collections::BTreeMap<String, Value> {
            let recent = |f: &&Value| f["properties"]["requested_datetime"].as_str().unwrap() > "2026";
            let features = page["features"].as_array().unwrap().iter().filter(recent);
            features.map(|f| (f["id"].as_str().unwrap().to_owned(), f["properties"].clone())).collect()
        };
        let wanted = versions(&page(&fresh).await);
        for attempt in 0.. {
            let now = page(&second).await;
            assert_eq!(now["epoch"], before["epoch"]);
            if versions(&now) == wanted {
                break;
            }
            assert!(attempt < 200, "the file does not catch up");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        second.stop();

        let other = Content::Synthetic { spec: "2x5x31".parse().unwrap(), seed: 7, db: Some(db.clone()) };
        let message = start(ServeOptions::local(other)).unwrap_err().to_string();
        assert!(message.contains("2x5x30") && message.contains("2x5x31"), "{message}");
        assert!(start(ServeOptions { speed: f64::NAN, ..ServeOptions::local(content(None)) }).is_err());
    });
}

/// Not a test: prints what the start and the pages cost. `cargo test --release -- --ignored --nocapture start_costs`
#[test]
#[ignore = "a measurement"]
#[allow(clippy::print_stdout, reason = "a measurement")]
fn start_costs() {
    use crate::server::store::{Store, TicketQuery};
    use crate::server::{clockwork, district};
    // On Linux the CPU time of this thread, so that a busy machine does not matter.
    let cpu_ms = || -> f64 {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
    };
    use std::time::Instant;
    for name in ["haicheng", "nanshan"] {
        let spec: DistrictSpec = name.parse().unwrap();
        let lap = Instant::now();
        let district = district::generate(&spec, 1);
        println!("{name}: district {:?}", lap.elapsed());
        let mut weights = district.activity.iter().map(|grid| grid.weight);
        let lap = Instant::now();
        let ground = clockwork::Ground::from_areas(
            &district.areas,
            |_| weights.next().unwrap(),
            district.calendar.clone(),
            "HC",
        );
        let clockwork = std::sync::Arc::new(clockwork::Clockwork::new(ground, 1));
        println!("{name}: clockwork {:?}", lap.elapsed());
        let lap = Instant::now();
        let (history, _) = clockwork.open(noon(), 365);
        println!("{name}: history of {} {:?}, CPU so far {}", history.len(), lap.elapsed(), cpu_ms());
        let lap = Instant::now();
        let mut bytes = 0;
        let mut json = Vec::new();
        for ticket in &history {
            json.clear();
            crate::server::feature::ticket_feature(&mut json, ticket, &district.zone);
            bytes += json.len();
        }
        println!(
            "{name}: JSON alone {:?}, {} bytes each, CPU so far {}",
            lap.elapsed(),
            bytes / history.len(),
            cpu_ms()
        );
        let mut store = Store::memory(district.zone.clone()).unwrap();
        let lap = Instant::now();
        store.load(history.iter().map(|ticket| (ticket, None))).unwrap();
        println!("{name}: load {:?}, CPU so far {}", lap.elapsed(), cpu_ms());
        let lap = Instant::now();
        store.make_indexes().unwrap();
        println!("{name}: indexes {:?}, CPU so far {}", lap.elapsed(), cpu_ms());
        for round in 0..3 {
            let lap = Instant::now();
            let page = store.page(&TicketQuery { limit: 10_000, ..TicketQuery::default() }).unwrap();
            println!(
                "{name}: page {round} {:?}, {} bytes, CPU so far {}",
                lap.elapsed(),
                page.features.len(),
                cpu_ms()
            );
        }
        let id = &history[history.len() - 1].id;
        let lap = Instant::now();
        clockwork.detail(id, noon()).unwrap();
        println!("{name}: detail {:?}", lap.elapsed());
        drop((store, history));

        let lap = Instant::now();
        let content = Content::Synthetic { spec, seed: 1, db: None };
        let server = start(ServeOptions { at: Some(noon()), ..ServeOptions::local(content) }).unwrap();
        println!("{name}: listening {:?}", lap.elapsed());
        block_on(async {
            let client = client();
            let read = async |path: String| client.get(path).send().await.unwrap().text().await.unwrap();
            read(server.url.clone()).await;
            println!("{name}: landing {:?}", lap.elapsed());
            read(format!("{}collections/grids/items?limit=10000", server.url)).await;
            println!("{name}: grids {:?}", lap.elapsed());
            let mut path = format!("{}collections/tickets/items?limit=10000", server.url);
            loop {
                let text = read(path).await;
                println!("{name}: page {:?}", lap.elapsed());
                let head = &text[..text.find("\"features\"").unwrap()];
                let page: Value = serde_json::from_str(&format!("{head}\"features\":[]}}")).unwrap();
                let Some(next) = next_link(&page) else { break };
                path = next;
            }
        });
    }
}
