//! Database files: written, opened again, refused with a reason.

use std::path::Path;

use super::*;
use crate::server::store::{Store, StoreError};

fn open(path: &Path) -> Result<Running, String> {
    start(ServeOptions::local(Content::Database(path.to_owned()))).map_err(|error| error.to_string())
}

#[test]
fn an_archive_is_served_from_its_file_as_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.db");
    let digest = archive(300).write(&path).unwrap();
    block_on(async {
        let (given, served) = (serve(300), open(&path).unwrap());
        for path in [
            "collections/grids/items",
            "collections/places/items",
            "collections/tickets/items?limit=300",
            "collections/tickets/items/HC261121-0009",
            "sources",
        ] {
            let (mut a, mut b) = (get_json(&given, path).await, get_json(&served, path).await);
            for page in [&mut a, &mut b] {
                page["links"] = Value::Null;
                page["epoch"] = Value::Null;
            }
            assert_eq!(a, b, "{path}");
        }
        let page = get_json(&served, "").await;
        assert_eq!(page["site"]["clock"], serde_json::json!({"now": "2026-11-21T12:00:00+08:00", "speed": 0.0}));
        assert_eq!(get_json(&served, "collections/tickets/items").await["numberMatched"], digest.count);
    });
}

#[test]
fn epoch_and_seq_go_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.db");
    archive(30).write(&path).unwrap();
    let mut store = Store::open_file(&path).unwrap().store;
    let seq = store.apply(&[update(1, 9), update(2, 9), update(500, 1)]).unwrap();
    let (epoch, digest) = (store.epoch().to_owned(), store.digest());
    drop(store);
    assert_eq!(seq, 3);
    let mut store = Store::open_file(&path).unwrap().store;
    assert_eq!((store.epoch(), store.seq(), store.digest()), (epoch.as_str(), 3, digest));
    assert_eq!(store.recompute_digest().unwrap(), digest);
    assert_eq!(store.apply(&[update(3, 9)]).unwrap(), 4);
    assert_eq!(store.log_after(0, 10).unwrap().len(), 4);
    block_on(async {
        drop(store);
        let server = open(&path).unwrap();
        let mut events = Events::open(&server, "stream", Some(&format!("{epoch}-2"))).await;
        assert_eq!(events.next_change().await.data["seq"], 3);
        assert_eq!(events.next_change().await.data["seq"], 4);
    });
}

#[test]
fn a_new_import_replaces_an_old_one_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.db");
    archive(30).write(&path).unwrap();
    let first = Store::open_file(&path).unwrap().store.epoch().to_owned();
    archive(40).write(&path).unwrap();
    let second = Store::open_file(&path).unwrap().store;
    assert_eq!(second.digest().count, 40);
    assert_ne!(second.epoch(), first);
    drop(second);

    // An import that fails leaves the old file.
    let mut twice = archive(5);
    twice.tickets.push(twice.tickets[0].clone());
    assert!(matches!(twice.write(&path), Err(StoreError::DuplicateTicket { id }) if id == "HC261121-0000"));
    assert_eq!(Store::open_file(&path).unwrap().store.digest().count, 40);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    let notes = folder.path().join("notes.txt");
    std::fs::write(
        &notes,
        "my notes, longer than a database header, which must survive an import by mistake ".repeat(9),
    )
    .unwrap();
    assert!(matches!(archive(1).write(&notes), Err(StoreError::NotADatabase { .. })));
    assert!(std::fs::read_to_string(&notes).unwrap().starts_with("my notes"));
}

#[test]
fn a_file_that_cannot_be_served_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    assert!(open(&file("absent.db")).unwrap_err().contains("absent.db"));
    assert!(open(folder.path()).unwrap_err().contains("cannot open"));

    std::fs::write(file("text.db"), "not a database at all, but long enough to be taken for one".repeat(50)).unwrap();
    assert!(open(&file("text.db")).unwrap_err().contains("not a SQLite database"));

    let foreign = rusqlite::Connection::open(file("foreign.db")).unwrap();
    foreign.execute_batch("CREATE TABLE t(a); INSERT INTO t VALUES (1);").unwrap();
    drop(foreign);
    assert!(open(&file("foreign.db")).unwrap_err().contains("not one of gridwall's"));
    std::fs::write(file("empty.db"), "").unwrap();
    assert!(open(&file("empty.db")).unwrap_err().contains("not one of gridwall's"));

    archive(400).write(&file("good.db")).unwrap();
    let bytes = std::fs::read(file("good.db")).unwrap();
    std::fs::write(file("cut.db"), &bytes[..bytes.len() / 2]).unwrap();
    assert!(open(&file("cut.db")).unwrap_err().contains("damaged"));
    let mut spoilt = bytes.clone();
    spoilt[8192..12288].fill(0xA5);
    std::fs::write(file("spoilt.db"), &spoilt).unwrap();
    assert!(open(&file("spoilt.db")).unwrap_err().contains("damaged"));
    let mut newer = bytes;
    newer[60..64].copy_from_slice(&9_u32.to_be_bytes());
    std::fs::write(file("newer.db"), &newer).unwrap();
    assert!(open(&file("newer.db")).unwrap_err().contains("version 9"));
}
