//! Faults to order: what a platform can do wrong, switched by tests while it runs.
//!
//! Off in every running program; nothing in a request can switch one on.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tokio::sync::watch;

/// What goes wrong from now on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultPlan {
    /// Only paths that begin so; `None`: all.
    pub only: Option<String>,
    /// Wait before answering.
    pub delay: Option<Duration>,
    /// Answer the next `n` requests with this status (and `Retry-After` in seconds).
    pub status: Option<(u16, u32, Option<u32>)>,
    /// Never answer.
    pub hang: bool,
    /// Cut every body in half, so that its JSON is broken.
    pub broken_json: bool,
    /// Spoil one record of every list.
    pub broken_record: bool,
    /// Answer with a web page instead of JSON.
    pub wrong_type: bool,
    /// Streams stay open and say nothing, not even bookmarks.
    pub silent_stream: bool,
    /// Leave out the next `n` events of each stream.
    pub lose_events: u32,
}

/// The switch. Clones switch the same server.
#[derive(Clone, Debug)]
pub struct Faults {
    plan: Arc<Mutex<FaultPlan>>,
    cuts: watch::Sender<u64>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { plan: Arc::default(), cuts: watch::Sender::new(0) }
    }
}

impl Faults {
    /// Replaces the plan.
    pub fn set(&self, plan: FaultPlan) {
        *self.lock() = plan;
    }

    /// Everything works again.
    pub fn clear(&self) {
        self.set(FaultPlan::default());
    }

    /// Cuts every open stream in the middle.
    pub fn cut_streams(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Changes whenever streams are cut.
    pub(super) fn cuts(&self) -> watch::Receiver<u64> {
        self.cuts.subscribe()
    }

    /// The plan for streams.
    pub(super) fn is_silent(&self) -> bool {
        self.lock().silent_stream
    }

    /// How many events a stream that begins to listen now leaves out; they are taken off the plan.
    pub(super) fn take_lost(&self) -> u32 {
        std::mem::take(&mut self.lock().lose_events)
    }

    /// What to do with a request for `path` before it is handled; counts down.
    pub(super) fn before(&self, path: &str) -> Option<FaultPlan> {
        let mut plan = self.lock();
        if *plan == FaultPlan::default() || !plan.only.as_deref().is_none_or(|only| path.starts_with(only)) {
            return None;
        }
        let now = plan.clone();
        plan.status = plan.status.and_then(|(status, left, retry)| (left > 1).then(|| (status, left - 1, retry)));
        Some(now)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, FaultPlan> {
        self.plan.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Spoils a finished answer as planned.
pub(super) async fn spoil(plan: &FaultPlan, response: Response) -> Response {
    if plan.wrong_type {
        let page = "<!doctype html><title>Welcome</title><p>It works!";
        let mut response = Response::new(Body::from(page));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
        return response;
    }
    let is_stream = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    if is_stream || response.status() != StatusCode::OK || !(plan.broken_json || plan.broken_record) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else { return Response::new(Body::empty()) };
    parts.headers.remove(header::CONTENT_LENGTH);
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    if plan.broken_record {
        text = text.replacen("\"requested_datetime\":\"", "\"requested_datetime\":\"not a time ", 1);
        text = text.replacen("\"level\":\"", "\"level\":\"no level ", 1);
    }
    if plan.broken_json {
        let half = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(half);
    }
    Response::from_parts(parts, Body::from(text))
}
