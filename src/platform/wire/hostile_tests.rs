//! Recorded answers of another server and a suite of broken JSON as input: nothing panics, nothing passes for a list.

use std::path::PathBuf;
use std::time::Instant;

use super::*;
use crate::domain::Level;

/// The folder of real data, if it is there.
fn data(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("GRIDWALL_DATA").map(PathBuf::from);
    let root = root.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"));
    let path = root.join(path);
    if !path.exists() {
        eprintln!("left out: {} is not there", path.display());
    }
    path.exists().then_some(path)
}

/// Puts one answer into every reader.
fn read_all(body: &[u8]) {
    let mut reader = TicketReader::default();
    let _ = read_landing(body);
    let _ = read_sources(body);
    let _ = read_areas(body, Level::Grid, |_| ());
    let _ = read_places(body, |_| ());
    let _ = reader.page(body, |_| ());
    let _ = reader.detail(body);
    let text = String::from_utf8_lossy(body);
    for name in ["ticket.created", "ticket.deleted", "bookmark", "digest", "reset"] {
        let _ = read_event(name, &text, &mut reader);
    }
}

#[test]
fn broken_json_of_every_kind_is_survived() {
    let Some(folder) = data("edge/JSONTestSuite/test_parsing") else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let body = std::fs::read(entry.unwrap().path()).unwrap();
        read_all(&body);
        let mut wrapped = b"{\"type\":\"FeatureCollection\",\"features\":[".to_vec();
        wrapped.extend_from_slice(&body);
        wrapped.extend_from_slice(b"]}");
        read_all(&wrapped);
        count += 1;
    }
    assert!(count > 300, "{count}");
}

#[test]
fn answers_of_another_server_are_read_or_refused() {
    let Some(folder) = data("api/pygeoapi_responses") else { return };
    let body = |name: &str| std::fs::read(folder.join(name)).unwrap();
    for entry in std::fs::read_dir(&folder).unwrap() {
        read_all(&std::fs::read(entry.unwrap().path()).unwrap());
    }
    assert!(matches!(read_landing(&body("landing.json")), Err(LandingError::Lacks(_))));

    let mut rejects = Vec::new();
    let head = TicketReader::default().page(&body("items_boston_p1.json"), |it| rejects.extend(it.err())).unwrap();
    assert!(head.next.is_some());
    assert_eq!(head.position, None);
    assert_eq!(rejects.len(), head.listed, "foreign columns are not tickets, and each is counted");
    assert!(rejects[0].to_string().starts_with("101000295613: requested_datetime"), "{}", rejects[0]);

    let mut villages = Vec::new();
    let head = read_areas(&body("items_taipei_p1.json"), Level::Community, |it| villages.extend(it.ok())).unwrap();
    assert_eq!(villages.len(), head.listed);
    assert!(villages.iter().all(|village| !village.boundary.0.is_empty()));
    for error in ["error_bad_bbox.json", "error_item_404.json"] {
        assert!(read_areas(&body(error), Level::Grid, |_| ()).is_err());
    }
}

/// A page of `count` tickets as the reference platform writes them.
pub(crate) fn ticket_page(count: usize) -> String {
    let mut body = String::from(r#"{"type":"FeatureCollection","epoch":"e1","seq":42,"features":["#);
    for index in 0..count {
        if index > 0 {
            body.push(',');
        }
        body.push_str(&format!(
            r#"{{"type":"Feature","id":"HC26-{index:05}","geometry":{{"type":"Point","coordinates":[109.{index:05},21.2345678]}},"properties":{{"service_request_id":"HC26-{index:05}","ver":7,"status":"open","stage":"VERIFY","stage_since":"2026-11-21T13:00:00+08:00","suspended_since":null,"source":"hotline","mode":"ordinary","service_code":"02{:02}","service_name":"供水不足{:02}","service_group":"供水供电","agency_responsible":"区水务局","grid_code":"4505020010{:05}","requested_datetime":"2026-11-20T08:00:00+08:00","updated_datetime":"2026-11-21T13:00:00+08:00","expected_datetime":"2026-11-22T18:00:00+08:00","sign_due":"2026-11-20T10:00:00+08:00","signed_at":"2026-11-20T09:00:00+08:00","handle_due":"2026-11-22T18:00:00+08:00","closed_at":"2026-11-22T18:00:00+08:00","redo_count":1,"rated":"none","resolved":null,"priority":"2","risk":null}}}}"#,
            index % 40, index % 40, index % 520
        ));
    }
    body.push_str("]}");
    body
}

#[test]
fn a_page_of_ten_thousand_is_read_whole() {
    let body = ticket_page(10_000);
    let mut reader = TicketReader::default();
    let mut tickets = Vec::new();
    let start = Instant::now();
    reader.page(body.as_bytes(), |it| tickets.extend(it.ok())).unwrap();
    eprintln!("10,000 features, {} kB: {:?}", body.len() / 1000, start.elapsed());
    let start = Instant::now();
    let broken = body.replacen("\"geometry\":{", "\"geometry\":7,\"x\":{", 1);
    let mut kept = 0;
    reader.page(broken.as_bytes(), |it| kept += usize::from(it.is_ok())).unwrap();
    eprintln!("the same with one broken record: {:?}", start.elapsed());
    assert_eq!((tickets.len(), kept), (10_000, 9_999));
}
