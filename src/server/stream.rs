//! The change stream: server-sent events from the log, bookmarks, digests, resume.
//!
//! A stream holds no queue: it remembers the last `seq` it sent and reads the log when there is more and the client has
//! taken what was sent. A slow client falls behind in the log instead of in memory, and is reset when the log no longer
//! goes back that far. Partner: `store/log.rs`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use futures_util::stream::unfold;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::api::{App, Ground, Problem, Tickets};
use super::feature::Stamp;
use super::store::{LogEntry, Store};

/// Events read from the log at once.
const BATCH: usize = 256;
/// Most streams at a time.
const MAX_STREAMS: u64 = 256;

/// `GET /stream?topics=tickets`
pub async fn stream(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    let mut cursor = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let wanted = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri);
    for (name, value) in wanted.map(|query| query.0).unwrap_or_default() {
        match name.as_str() {
            "last_event_id" => cursor = cursor.or(Some(value)),
            "topics" if value.split(',').all(|topic| topic == "tickets") => {}
            "topics" => return Err(Problem::parameter(&name, &value, "tickets")),
            _ => {
                let detail = format!("unknown parameter `{name}`; known here: topics, last_event_id");
                return Err(Problem::new(StatusCode::BAD_REQUEST, "unknown-parameter", detail));
            }
        }
    }
    let (ground, tickets) = (app.ground().await?, app.tickets_arriving().await?);
    let sent = match cursor.filter(|cursor| !cursor.is_empty()) {
        None => tickets.store().seq(),
        Some(cursor) => resume(&cursor, &tickets.store())?,
    };
    if app.stats.streams.load(Ordering::Relaxed) >= MAX_STREAMS {
        let detail = format!("{MAX_STREAMS} streams are open already");
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-many-streams", detail);
        return Err(Problem { retry_after: Some(10), ..problem });
    }

    let follower = Follower {
        head: tickets.head.subscribe(),
        cuts: app.faults.cuts(),
        next_bookmark: Instant::now() + app.pace.bookmark,
        next_digest: Instant::now() + app.pace.digest,
        open: Open::new(app),
        ground,
        tickets,
        sent,
        phase: Phase::Opening,
        is_resuming: true,
        owes_bookmark: false,
    };
    let mut response = Response::new(Body::from_stream(unfold(follower, Follower::next)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// The `seq` after which to go on, if the log still has everything after it.
fn resume(cursor: &str, store: &Store) -> Result<u64, Problem> {
    let parsed = cursor.rsplit_once('-').and_then(|(epoch, seq)| Some((epoch, seq.parse::<u64>().ok()?)));
    let Some((epoch, seq)) = parsed else {
        return Err(Problem::gone("the cursor is not one of this platform; read the list again"));
    };
    if epoch != store.epoch() {
        return Err(Problem::gone(format!(
            "the cursor is of epoch {epoch}, now is {}; read the list again",
            store.epoch()
        )));
    }
    if seq > store.seq() {
        return Err(Problem::gone(format!(
            "the cursor is ahead of the newest change {}; read the list again",
            store.seq()
        )));
    }
    if seq + 1 < store.log_first() {
        let first = store.log_first();
        return Err(Problem::gone(format!("the log begins at {first}, after the cursor; read the list again")));
    }
    Ok(seq)
}

/// Counts a stream while it is open.
struct Open(Arc<App>);

impl Open {
    fn new(app: Arc<App>) -> Self {
        app.stats.streams.fetch_add(1, Ordering::Relaxed);
        Self(app)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.stats.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(PartialEq, Eq)]
enum Phase {
    Opening,
    Following,
    Ended,
}

/// One client's place in the log.
struct Follower {
    open: Open,
    ground: Arc<Ground>,
    tickets: Arc<Tickets>,
    head: watch::Receiver<u64>,
    cuts: watch::Receiver<u64>,
    sent: u64,
    next_bookmark: Instant,
    /// True until the first look at the log.
    is_resuming: bool,
    /// A bookmark is due as soon as nothing is missing.
    owes_bookmark: bool,
    next_digest: Instant,
    phase: Phase,
}

impl Follower {
    /// The next piece of the stream. Called when the client has room for it.
    async fn next(mut self) -> Option<(Result<Bytes, std::io::Error>, Self)> {
        let app = self.open.0.clone();
        loop {
            if self.phase == Phase::Ended {
                return None;
            }
            if app.faults.is_silent() {
                // Poll the switch; only tests come here.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            let mut text = String::new();
            if self.phase == Phase::Opening {
                self.phase = Phase::Following;
                text.push_str("retry: 3000\n");
                self.bookmark(&mut text);
            }
            let now = Instant::now();
            let head = *self.head.borrow_and_update();
            self.owes_bookmark |= head > self.sent && self.is_resuming;
            self.is_resuming = false;
            if head > self.sent {
                if let Err(reason) = self.catch_up(&mut text) {
                    self.reset(&mut text, &reason);
                }
            } else if now >= self.next_digest {
                self.next_digest = now + app.pace.digest;
                self.digest(&mut text);
            }
            // A bookmark is proof that nothing is missing, so a client that is behind gets none until it has caught up;
            // one that has just resumed gets it at once.
            let is_due = self.owes_bookmark || now >= self.next_bookmark;
            if is_due && self.phase == Phase::Following && self.sent >= head {
                self.owes_bookmark = false;
                self.next_bookmark = now + app.pace.bookmark;
                self.bookmark(&mut text);
            }
            if !text.is_empty() {
                return Some((Ok(Bytes::from(text)), self));
            }
            tokio::select! {
                changed = self.head.changed() => if changed.is_err() { return None },
                () = sleep_until(self.next_bookmark.min(self.next_digest)) => {}
                _ = self.cuts.changed() => {
                    self.phase = Phase::Ended;
                    return Some((Err(std::io::Error::other("cut on order of a test")), self));
                }
            }
        }
    }

    /// Appends the next changes; an error is the reason for a reset.
    fn catch_up(&mut self, text: &mut String) -> Result<(), String> {
        let (entries, epoch) = {
            let store = self.tickets.store();
            let entries = store.log_after(self.sent, BATCH).map_err(|error| error.to_string())?;
            (entries, store.epoch().to_owned())
        };
        if entries.first().is_none_or(|entry| entry.seq != self.sent + 1) {
            return Err(format!("the log no longer has what follows {}", self.sent));
        }
        let mut lost = self.open.0.faults.take_lost();
        for entry in &entries {
            self.sent = entry.seq;
            if lost > 0 {
                lost -= 1;
                continue;
            }
            self.event(text, entry, &epoch);
        }
        Ok(())
    }

    fn event(&self, text: &mut String, entry: &LogEntry, epoch: &str) {
        let (seq, name, ver) = (entry.seq, entry.op.event(), entry.ver);
        let time = Stamp::new(entry.at, &self.ground.catalog.zone);
        let subject = serde_json::Value::from(entry.id.as_str());
        let deleted;
        let data = match &entry.feature {
            Some(feature) => feature,
            None => {
                deleted = format!("{{\"id\":{subject}}}");
                &deleted
            }
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "id: {epoch}-{seq}\nevent: {name}\ndata: {{\"specversion\":\"1.0\",\"id\":\"{epoch}-{seq}\",\
             \"source\":\"/collections/tickets\",\"type\":\"{name}\",\"time\":\"{time}\",\"subject\":{subject},\
             \"epoch\":\"{epoch}\",\"seq\":{seq},\"ver\":{ver},\"data\":{data}}}\n\n"
        );
    }

    fn bookmark(&self, text: &mut String) {
        let (seq, store) = (self.sent, self.tickets.store());
        let (epoch, time) = (store.epoch(), Stamp::new(self.ground.clock.now(), &self.ground.catalog.zone));
        let _ = write!(
            text,
            "id: {epoch}-{seq}\nevent: bookmark\ndata: {{\"epoch\":\"{epoch}\",\"seq\":{seq},\"time\":\"{time}\"}}\n\n"
        );
    }

    /// Only when everything is sent: the digest is that of `seq`. If a change came in between, the next turn sends it.
    fn digest(&mut self, text: &mut String) {
        let store = self.tickets.store();
        if store.seq() != self.sent {
            self.next_digest = Instant::now();
            return;
        }
        let (epoch, seq, digest) = (store.epoch(), store.seq(), store.digest());
        let _ = write!(
            text,
            "id: {epoch}-{seq}\nevent: digest\ndata: {{\"epoch\":\"{epoch}\",\"seq\":{seq},\
             \"collection\":\"tickets\",\"count\":{},\"xor\":\"{:016x}\"}}\n\n",
            digest.count, digest.xor
        );
    }

    fn reset(&mut self, text: &mut String, reason: &str) {
        let epoch = self.tickets.store().epoch().to_owned();
        let data = serde_json::json!({"epoch": epoch, "reason": reason});
        let _ = write!(text, "event: reset\ndata: {data}\n\n");
        self.phase = Phase::Ended;
    }
}
