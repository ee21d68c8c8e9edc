//! The stream: bookmarks, resume, reset, digest, and what faults do to it.

use std::collections::BTreeMap;

use super::*;
use crate::server::api::Pace;
use crate::server::faults::{FaultPlan, Faults};
use crate::server::store::digest::ticket_hash;
use crate::server::store::{LOG_KEPT, Store};

fn quick(count: u32, faults: &Faults) -> Running {
    let pace = Pace { bookmark: Duration::from_millis(60), digest: Duration::from_millis(150) };
    let local = ServeOptions::local(Content::Given(Box::new(archive(count))));
    start(ServeOptions { pace, faults: faults.clone(), ..local }).unwrap()
}

#[test]
fn the_first_event_is_a_bookmark_and_more_follow() {
    block_on(async {
        let server = quick(3, &Faults::default());
        let mut events = Events::open(&server, "stream?topics=tickets", None).await;
        let first = events.next().await.unwrap().unwrap();
        assert!(events.first_lines.starts_with("retry: 3000\n"));
        assert_eq!((first.event.as_str(), &first.data["seq"]), ("bookmark", &0.into()));
        assert_eq!(first.data["time"], "2026-11-21T12:00:00+08:00");
        let epoch = first.data["epoch"].as_str().unwrap();
        assert_eq!(first.id.as_deref(), Some(format!("{epoch}-0").as_str()));
        assert_eq!(events.next().await.unwrap().unwrap().event, "bookmark");
    });
}

#[test]
fn changes_are_cloud_events_in_order_without_a_gap() {
    block_on(async {
        let server = quick(3, &Faults::default());
        let mut events = Events::open(&server, "stream", None).await;
        events.next().await.unwrap();
        let gone = Change::Remove { at: noon(), id: ticket(1).id };
        // The second is no newer than the first and must not show.
        server.change(vec![update(2, 4), update(2, 4), update(77, 1), gone]);
        let list = [events.next_change().await, events.next_change().await, events.next_change().await];
        let facts = |e: &Event| (e.event.clone(), e.data["seq"].as_u64().unwrap(), e.data["ver"].as_u64().unwrap());
        assert_eq!(facts(&list[0]), ("ticket.updated".into(), 1, 4));
        assert_eq!(facts(&list[1]), ("ticket.created".into(), 2, 1));
        assert_eq!(facts(&list[2]), ("ticket.deleted".into(), 3, 4));
        assert_eq!(list[2].data["data"], serde_json::json!({"id": "HC261121-0001"}));
        let data = &list[1].data;
        assert_eq!(
            (&data["specversion"], &data["type"], &data["subject"]),
            (&"1.0".into(), &"ticket.created".into(), &"HC261121-0077".into())
        );
        assert_eq!(Some(data["id"].as_str().unwrap()), list[1].id.as_deref());
        let page = get_json(&server, "collections/tickets/items").await;
        let listed = page["features"].as_array().unwrap().iter().find(|f| f["id"] == "HC261121-0077").unwrap();
        assert_eq!(&data["data"], listed);
        assert_eq!((page["seq"].as_u64(), page["epoch"].clone()), (Some(3), data["epoch"].clone()));
    });
}

#[test]
fn resume_gives_exactly_what_was_missed_by_header_and_by_query() {
    block_on(async {
        let server = quick(10, &Faults::default());
        let mut events = Events::open(&server, "stream", None).await;
        let epoch = events.next().await.unwrap().unwrap().data["epoch"].as_str().unwrap().to_owned();
        // More than one batch of the log.
        server.change((0..700).map(|n| update(n % 10, u64::from(n) + 4)).collect());
        while events.next_change().await.data["seq"] != 700 {}
        let cursor = format!("{epoch}-123");
        for (path, header) in
            [("stream".to_owned(), Some(cursor.as_str())), (format!("stream?last_event_id={cursor}"), None)]
        {
            let mut resumed = Events::open(&server, &path, header).await;
            let first = resumed.next().await.unwrap().unwrap();
            assert_eq!((first.event.as_str(), &first.data["seq"]), ("bookmark", &123.into()));
            for seq in 124..=700_u64 {
                let event = resumed.next_change().await;
                assert_eq!((event.event.as_str(), event.data["seq"].as_u64()), ("ticket.updated", Some(seq)));
                assert_eq!(event.data["ver"].as_u64(), Some(seq + 3));
                assert_eq!(event.data["data"]["properties"]["ver"].as_u64(), Some(seq + 3));
            }
        }
    });
}

#[test]
fn a_cursor_that_cannot_be_resumed_is_gone() {
    block_on(async {
        let server = serve(3);
        let epoch = get_json(&server, "collections/tickets/items").await["epoch"].as_str().unwrap().to_owned();
        for cursor in ["e1-0".to_owned(), "nonsense".to_owned(), format!("{epoch}-9"), format!("{epoch}--1")] {
            let response = get(&server, &format!("stream?last_event_id={cursor}")).await;
            assert_eq!(response.status(), 410, "{cursor}");
            assert_eq!(response.headers()["content-type"], "application/problem+json");
        }
    });
}

#[test]
fn the_log_is_cut_and_says_from_where() {
    let mut store = Store::memory(jiff::tz::TimeZone::UTC).unwrap();
    let changes: Vec<Change> = (1..=LOG_KEPT * 9 / 8 + 1).map(|ver| update(1, ver)).collect();
    for batch in changes.chunks(10_000) {
        store.apply(batch).unwrap();
    }
    let kept = store.log_after(store.log_first() - 1, usize::MAX >> 1).unwrap();
    assert_eq!(kept.len() as u64, LOG_KEPT);
    assert_eq!((kept[0].seq, kept[kept.len() - 1].seq), (store.log_first(), store.seq()));
    assert!(store.log_after(0, 1).unwrap()[0].seq > 1);
    assert_eq!(store.digest(), store.recompute_digest().unwrap());
}

#[test]
fn the_digest_is_that_of_the_list_after_any_changes() {
    block_on(async {
        let server = quick(40, &Faults::default());
        let gone = Change::Remove { at: noon(), id: ticket(7).id };
        server.change((0..40).map(|n| update(n, 4 + u64::from(n))).chain([update(99, 1), gone]).collect());
        let mut events = Events::open(&server, "stream", None).await;
        let digest = loop {
            let event = events.next().await.unwrap().unwrap();
            if event.event == "digest" && event.data["seq"] == 42 {
                break event.data;
            }
        };
        let page = get_json(&server, "collections/tickets/items?limit=10000").await;
        let versions: BTreeMap<String, u64> = page["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| (f["id"].as_str().unwrap().to_owned(), f["properties"]["ver"].as_u64().unwrap()))
            .collect();
        let xor = versions.iter().fold(0, |xor, (id, ver)| xor ^ ticket_hash(id, *ver));
        assert_eq!(digest["xor"], format!("{xor:016x}"));
        assert_eq!((&digest["count"], &digest["collection"]), (&40.into(), &"tickets".into()));
    });
}

#[test]
fn a_stream_can_be_cut_silenced_and_robbed() {
    block_on(async {
        let faults = Faults::default();
        let server = quick(5, &faults);
        let mut events = Events::open(&server, "stream", None).await;
        events.next().await.unwrap();
        faults.set(FaultPlan { lose_events: 2, ..FaultPlan::default() });
        server.change(vec![update(1, 4), update(2, 4), update(3, 4)]);
        assert_eq!(events.next_change().await.data["seq"], 3);
        faults.cut_streams();
        loop {
            match events.next().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the stream ended cleanly"),
                Err(_) => break,
            }
        }
        faults.set(FaultPlan { silent_stream: true, ..FaultPlan::default() });
        let mut events = Events::open(&server, "stream", None).await;
        assert!(tokio::time::timeout(Duration::from_millis(200), events.next()).await.is_err());
        faults.clear();
        assert_eq!(events.next().await.unwrap().unwrap().event, "bookmark");
    });
}
