//! What every answer goes through: counting, limits, ordered faults, problem documents, entity tags.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use super::{App, Problem};
use crate::server::faults::spoil;

/// Longest path with query that is read.
const MAX_TARGET: usize = 4096;

/// Around every handler.
pub async fn envelope(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let plan = app.faults.before(&path);
    if let Some(plan) = &plan {
        if let Some(delay) = plan.delay {
            tokio::time::sleep(delay).await;
        }
        if plan.hang {
            std::future::pending::<()>().await;
        }
        if let Some((status, _, retry_after)) = plan.status {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let problem = Problem { retry_after, ..Problem::new(status, "ordered", "a fault ordered by a test") };
            return problem.answer(&path);
        }
    }
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let mut response = if target > MAX_TARGET {
        let detail = format!("path and query are {target} bytes long; at most {MAX_TARGET} are read");
        Problem::new(StatusCode::URI_TOO_LONG, "too-long", detail).answer(&path)
    } else {
        next.run(request).await
    };
    app.stats.requests.fetch_add(1, Ordering::Relaxed);
    if response.status().as_u16() >= 400 {
        app.stats.errors.fetch_add(1, Ordering::Relaxed);
    }
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = problem.answer(&path);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    match plan {
        Some(plan) => spoil(&plan, response).await,
        None => response,
    }
}

/// A compressed answer is another representation: its strong tag must differ.
pub async fn mark_compressed(mut response: Response) -> Response {
    if response.headers().contains_key(header::CONTENT_ENCODING) {
        let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
        let marked = tag.and_then(|tag| HeaderValue::from_str(&format!("{}-gz\"", tag.strip_suffix('"')?)).ok());
        if let Some(marked) = marked {
            response.headers_mut().insert(header::ETAG, marked);
        }
    }
    response
}

/// The tag of one answer: what it was made from, and how it was asked for.
pub fn tag(made_from: impl Hash, headers: &HeaderMap, uri: &Uri) -> String {
    let mut hasher = DefaultHasher::new();
    made_from.hash(&mut hasher);
    base_url(headers).hash(&mut hasher);
    uri.path_and_query().map(|target| target.as_str()).hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

/// The tag that the client already holds, if it is `tag` (compressed or not).
pub fn held_tag(tag: &str, headers: &HeaderMap) -> Option<String> {
    let stem = tag.strip_suffix('"')?;
    let lists = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).map(str::trim).find_map(|held| {
        let strong = held.strip_prefix("W/").unwrap_or(held);
        let same = strong == tag || strong == "*" || strong.strip_suffix("-gz\"") == Some(stem);
        same.then(|| if strong == "*" { tag.to_owned() } else { strong.to_owned() })
    })
}

/// `304` without a body.
pub fn not_modified(tag: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    insert(&mut response, header::ETAG, tag);
    insert(&mut response, header::VARY, "accept-encoding");
    response
}

/// JSON with its tag, or `304` if the client holds it.
pub fn json(headers: &HeaderMap, tag: &str, content_type: &'static str, body: String) -> Response {
    if let Some(held) = held_tag(tag, headers) {
        return not_modified(&held);
    }
    let mut response = Response::new(Body::from(body));
    insert(&mut response, header::CONTENT_TYPE, content_type);
    insert(&mut response, header::ETAG, tag);
    insert(&mut response, header::CACHE_CONTROL, "no-cache");
    response
}

fn insert(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// `http://host:port` as the client called us, so that links keep its origin. A host that is none is left out, which
/// makes the links relative.
pub fn base_url(headers: &HeaderMap) -> Cow<'static, str> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        return Cow::Borrowed("");
    }
    Cow::Owned(format!("http://{host}"))
}
