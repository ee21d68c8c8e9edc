//! The thread against a small platform over real sockets, good and bad.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::{mpsc, oneshot};

use super::*;
use crate::domain::{Feed, Stage, TicketId, Trouble};

/// Longer than anything here takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the platform behaves.
#[derive(Clone, Debug, PartialEq)]
enum Manner {
    Good,
    Hang,
    Answer(u16, &'static str, &'static str),
    Redirect(String),
}

struct Desk {
    manner: Mutex<Manner>,
    /// Events sent so far; a stream begins after its cursor.
    log: Mutex<Vec<String>>,
    followers: Mutex<Vec<mpsc::UnboundedSender<Bytes>>>,
    credentials: Mutex<Vec<String>>,
    cursors: Mutex<Vec<Option<String>>>,
    requests: AtomicUsize,
    stop: Mutex<Option<oneshot::Sender<()>>>,
}

struct FakePlatform {
    url: String,
    desk: Arc<Desk>,
}

impl FakePlatform {
    fn start(manner: Manner) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let desk = Arc::new(Desk {
            manner: Mutex::new(manner),
            log: Mutex::default(),
            followers: Mutex::default(),
            credentials: Mutex::default(),
            cursors: Mutex::default(),
            requests: AtomicUsize::new(0),
            stop: Mutex::new(Some(stop)),
        });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(desk.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    _ = std::future::IntoFuture::into_future(axum::serve(listener, app)) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { url, desk }
    }

    fn behave(&self, manner: Manner) {
        *self.desk.manner.lock().unwrap() = manner;
    }

    /// A change of the ticket `id`, down every stream.
    fn change(&self, id: &str) {
        let mut log = self.desk.log.lock().unwrap();
        let event = event(log.len() as u64 + 1, id);
        self.desk.followers.lock().unwrap().retain(|follower| follower.send(Bytes::from(event.clone())).is_ok());
        log.push(event);
    }

    fn cut_streams(&self) {
        self.desk.followers.lock().unwrap().clear();
    }
}

impl Drop for FakePlatform {
    fn drop(&mut self) {
        let _ = self.desk.stop.lock().unwrap().take().map(|stop| stop.send(()));
    }
}

fn feature(id: &str, ver: u64) -> String {
    format!(
        "{{\"type\":\"Feature\",\"id\":\"{id}\",\"geometry\":null,\"properties\":{{\"service_request_id\":\"{id}\",\"ver\":{ver},\
         \"stage\":\"HANDLE\",\"requested_datetime\":\"2026-11-20T08:00:00+08:00\"}}}}"
    )
}

fn event(seq: u64, id: &str) -> String {
    format!(
        "id: e1-{seq}\nevent: ticket.updated\ndata: {{\"subject\":\"{id}\",\"epoch\":\"e1\",\"seq\":{seq},\"ver\":{seq},\"data\":{}}}\n\n",
        feature(id, seq)
    )
}

fn bookmark(seq: u64) -> String {
    format!("id: e1-{seq}\nevent: bookmark\ndata: {{\"epoch\":\"e1\",\"seq\":{seq}}}\n\n")
}

async fn answer(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    desk.requests.fetch_add(1, Ordering::Relaxed);
    let manner = desk.manner.lock().unwrap().clone();
    if manner == Manner::Hang {
        std::future::pending::<()>().await;
    }
    let header = |name: &str| request.headers().get(name).and_then(|it| it.to_str().ok()).map(str::to_owned);
    desk.credentials.lock().unwrap().extend(header("authorization").or(request.uri().query().map(str::to_owned)));
    match manner {
        Manner::Good | Manner::Hang => {}
        Manner::Answer(status, kind, body) => {
            return (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, kind)], body).into_response();
        }
        Manner::Redirect(to) => return (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
    }
    let json = |body: String| ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    match request.uri().path() {
        "/" => json(sync_landing()),
        "/sources" => json("{\"sources\":[{\"key\":\"k\",\"name\":\"n\"}]}".into()),
        "/stream" => {
            let cursor = header("last-event-id");
            desk.cursors.lock().unwrap().push(cursor.clone());
            let log = desk.log.lock().unwrap();
            let after: usize = cursor.and_then(|it| it[3..].parse().ok()).unwrap_or(log.len());
            let (sender, receiver) = mpsc::unbounded_channel();
            let missed: String = log[after.min(log.len())..].concat();
            let start = format!("{}{missed}{}", bookmark(after as u64), bookmark(log.len() as u64));
            sender.send(Bytes::from(start)).unwrap();
            desk.followers.lock().unwrap().push(sender);
            let chunks = stream::unfold(receiver, |mut receiver| async {
                receiver.recv().await.map(|chunk| (Ok::<_, Infallible>(chunk), receiver))
            });
            ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(chunks)).into_response()
        }
        "/collections/tickets/items" => {
            let seq = desk.log.lock().unwrap().len();
            json(format!(
                "{{\"type\":\"FeatureCollection\",\"epoch\":\"e1\",\"seq\":{seq},\"features\":[{},{}]}}",
                feature("A", 0),
                feature("B", 0)
            ))
        }
        "/collections/tickets/items/A" => json(feature("A", 0)),
        "/collections/grids/items" => json(
            "{\"type\":\"FeatureCollection\",\"features\":[{\"id\":\"g1\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":\
             [[[1,1],[2,1],[2,2],[1,1]]]},\"properties\":{\"level\":\"grid\"}},{\"properties\":{}}]}"
                .into(),
        ),
        path if path.ends_with("/items") => json("{\"type\":\"FeatureCollection\",\"features\":[]}".into()),
        _ => (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "application/problem+json")], "{\"title\":\"none\"}").into_response(),
    }
}

fn sync_landing() -> String {
    "{\"title\":\"t\",\"links\":[{\"rel\":\"data\",\"href\":\"/collections\"},{\"rel\":\"stream\",\"href\":\"/stream\"},\
     {\"rel\":\"sources\",\"href\":\"/sources\"}],\"site\":{\"environment\":\"demo\",\"clock\":{\"now\":\"2026-11-21T14:00:00Z\",\
     \"speed\":0}}}"
        .into()
}

fn link_to(url: &str) -> Link {
    start(PlatformConfig::new(url, 7), || ()).unwrap()
}

/// Takes deliveries until one is what is waited for.
fn wait_for<T>(link: &Link, what: &str, mut found: impl FnMut(Delivery) -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let delivery = link.deliveries.recv_deadline(deadline).unwrap_or_else(|_| panic!("{what} never came"));
        if let Some(found) = found(delivery) {
            return found;
        }
    }
}

fn trouble_of(link: &Link, feed: Feed) -> Trouble {
    wait_for(link, "trouble", |delivery| match delivery {
        Delivery::Currency { feed: of, trouble, .. } if of == feed => trouble,
        _ => None,
    })
}

#[test]
fn everything_arrives_the_site_first() {
    let platform = FakePlatform::start(Manner::Good);
    let woken = Arc::new(AtomicUsize::new(0));
    let counter = woken.clone();
    let link =
        start(PlatformConfig::new(&platform.url, 7), move || _ = counter.fetch_add(1, Ordering::Relaxed)).unwrap();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut order = 0;
    wait_for(&link, "five lists and their currency", |delivery| {
        order += 1;
        let kind = match delivery {
            Delivery::Site(_) => "site",
            Delivery::Areas { table, .. } => {
                assert_eq!(table.len(), 1);
                "areas"
            }
            Delivery::Places(_) => "places",
            Delivery::Sources(sources) => {
                assert_eq!(sources.len(), 1);
                "sources"
            }
            Delivery::Tickets(tickets) => {
                assert_eq!(tickets.len(), 2);
                "tickets"
            }
            Delivery::Rejected { feed, count, samples } => {
                assert_eq!((feed, count, samples.len()), (Feed::Areas, 1, 1));
                "rejected"
            }
            Delivery::Currency { feed: Feed::Tickets, proven_at: Some(_), trouble: None, .. } => "tickets are current",
            _ => return None,
        };
        kinds.entry(kind).or_insert(order);
        (kinds.len() == 7).then_some(())
    });
    assert_eq!(kinds["site"], 1);
    assert!(kinds["tickets"] < kinds["tickets are current"]);
    assert!(woken.load(Ordering::Relaxed) > 0);

    platform.change("C");
    let changed = wait_for(&link, "a change", |delivery| match delivery {
        Delivery::TicketChanges(changes) => Some(changes),
        _ => None,
    });
    assert!(
        matches!(&changed[..], [TicketChange::Upsert(ticket)] if ticket.id.as_str() == "C" && ticket.stage == Stage::Handle)
    );

    let ask = link.asker();
    ask(Ask::Ticket(TicketId::new("A")));
    wait_for(&link, "a detail", |delivery| {
        matches!(delivery, Delivery::Detail(detail) if detail.ticket.id.as_str() == "A").then_some(())
    });
    ask(Ask::Ticket(TicketId::new("Z")));
    wait_for(&link, "no detail", |delivery| {
        matches!(delivery, Delivery::DetailFailed { trouble: Trouble::Refused { status: 404, .. }, .. }).then_some(())
    });
}

#[test]
fn every_bad_platform_has_a_name_and_none_holds_us() {
    for (manner, key) in [
        (Manner::Answer(500, "text/plain", "oops"), "trouble-refused"),
        (Manner::Answer(401, "application/problem+json", "{}"), "trouble-unauthorized"),
        (Manner::Answer(404, "text/html", "<html>"), "trouble-not-a-platform"),
        (Manner::Answer(200, "text/html", "<html>portal</html>"), "trouble-not-a-platform"),
        (Manner::Answer(200, "application/json", "{\"links\":["), "trouble-not-a-platform"),
        (Manner::Answer(204, "application/json", ""), "trouble-refused"),
        (Manner::Answer(503, "application/json", "{}"), "trouble-busy"),
        (Manner::Redirect("/".into()), "trouble-unreadable"),
    ] {
        let platform = FakePlatform::start(manner.clone());
        let link = link_to(&platform.url);
        for feed in [Feed::Tickets, Feed::Site] {
            let trouble = trouble_of(&link, feed);
            assert!(trouble.detail().contains(&platform.url), "{trouble:?}");
            let is_endless = key == "trouble-unreadable";
            assert!(
                trouble.key() == key || is_endless && trouble.key() == "trouble-not-a-platform",
                "{manner:?}: {trouble:?}"
            );
        }
    }
}

#[test]
fn nothing_there_and_a_platform_that_hangs() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let link = link_to(&format!("http://{nobody}"));
    assert_eq!(trouble_of(&link, Feed::Areas).key(), "trouble-unreachable");

    let platform = FakePlatform::start(Manner::Hang);
    let link = link_to(&platform.url);
    while platform.desk.requests.load(Ordering::Relaxed) == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let end = Instant::now();
    drop(link);
    assert!(end.elapsed() < Duration::from_secs(5), "the thread ends although the platform hangs");
}

#[test]
fn it_recovers_when_the_platform_does() {
    let platform = FakePlatform::start(Manner::Answer(500, "text/plain", ""));
    let link = link_to(&platform.url);
    trouble_of(&link, Feed::Site);
    platform.behave(Manner::Good);
    link.ask(Ask::RetryNow);
    wait_for(&link, "the list", |delivery| matches!(delivery, Delivery::Tickets(_)).then_some(()));
    wait_for(&link, "currency", |delivery| {
        matches!(delivery, Delivery::Currency { feed: Feed::Tickets, proven_at: Some(_), trouble: None, .. })
            .then_some(())
    });
}

#[test]
fn a_cut_stream_is_resumed_where_it_stood() {
    let platform = FakePlatform::start(Manner::Good);
    let link = link_to(&platform.url);
    wait_for(&link, "the list", |delivery| matches!(delivery, Delivery::Tickets(_)).then_some(()));
    let mut expected = Vec::new();
    for round in 0..3 {
        for number in 0..5 {
            expected.push(format!("T{round}{number}"));
            platform.change(&format!("T{round}{number}"));
        }
        platform.cut_streams();
    }
    let mut got = Vec::new();
    wait_for(&link, "all changes", |delivery| {
        match delivery {
            Delivery::TicketChanges(changes) => got.extend(changes),
            Delivery::Tickets(_) => panic!("the list is not read again"),
            _ => {}
        }
        (got.len() == expected.len()).then_some(())
    });
    let ids: Vec<_> = got
        .iter()
        .map(|change| match change {
            TicketChange::Upsert(ticket) => ticket.id.to_string(),
            TicketChange::Remove(id) => format!("removed {id}"),
        })
        .collect();
    assert_eq!(ids, expected);
    assert!(platform.desk.cursors.lock().unwrap().iter().any(Option::is_some));
}

#[test]
fn a_wall_that_does_not_look_loses_nothing() {
    let platform = FakePlatform::start(Manner::Good);
    let link = link_to(&platform.url);
    wait_for(&link, "the list", |delivery| matches!(delivery, Delivery::Tickets(_)).then_some(()));
    let count = 20_000;
    for number in 0..count {
        platform.change(&format!("T{number}"));
    }
    std::thread::sleep(Duration::from_millis(300));
    let mut next = 0;
    wait_for(&link, "all changes", |delivery| {
        if let Delivery::TicketChanges(changes) = delivery {
            assert!(changes.len() <= outbox::MAX_BATCH);
            for change in changes {
                assert!(
                    matches!(&change, TicketChange::Upsert(ticket) if ticket.id.as_str() == format!("T{next}")),
                    "{change:?}"
                );
                next += 1;
            }
        }
        (next == count).then_some(())
    });
}

#[test]
fn credentials_go_to_the_platform_and_nowhere_else() {
    let elsewhere = FakePlatform::start(Manner::Good);
    let platform = FakePlatform::start(Manner::Redirect(format!("{}/", elsewhere.url)));
    for auth in [
        Auth::Bearer("secret".to_owned().into()),
        Auth::Query { name: "api_key".into(), value: "secret".to_owned().into() },
    ] {
        let link = start(PlatformConfig { auth, ..PlatformConfig::new(&platform.url, 7) }, || ()).unwrap();
        let trouble = trouble_of(&link, Feed::Site);
        assert!(!trouble.detail().contains("secret"), "{trouble:?}");
        assert!(trouble.detail().contains("another origin"), "{trouble:?}");
    }
    let sent = platform.desk.credentials.lock().unwrap().clone();
    assert!(sent.contains(&"Bearer secret".to_owned()) && sent.contains(&"api_key=secret".to_owned()), "{sent:?}");
    assert_eq!(elsewhere.desk.requests.load(Ordering::Relaxed), 0);
}

#[test]
fn the_doctor_looks_at_every_part() {
    let platform = FakePlatform::start(Manner::Good);
    let checks = probe(PlatformConfig::new(&platform.url, 7));
    let result = |what: &str| checks.iter().find(|check| check.what == what).map(|check| check.result.clone());
    assert!(result("landing page").unwrap().is_ok());
    assert!(result("conformance").unwrap().unwrap_err().contains("404"), "this one has none");
    assert!(result("collection tickets").unwrap().unwrap().contains("2 records"));
    assert!(result("collection grids").unwrap().unwrap_err().contains("1 of 2"));
    assert!(result("stream").unwrap().unwrap().contains("epoch e1"));
    let down = probe(PlatformConfig::new("http://127.0.0.1:9/", 7));
    assert!(down[0].result.as_ref().unwrap_err().contains("check the address"), "{down:?}");
    assert!(probe(PlatformConfig::new("not a url", 7))[0].result.is_err());
}
