//! Errors as problem documents (RFC 9457). A handler returns a [`Problem`]; `envelope.rs` adds the request's path.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::server::store::StoreError;

/// One error as the client gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// A stable word for programs, for example `unknown-parameter`.
    pub code: &'static str,
    /// What is wrong with this request, and what to do.
    pub detail: String,
    /// Seconds to wait before another try.
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem without `Retry-After`.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), retry_after: None }
    }

    /// 400: a parameter is wrong.
    pub fn parameter(name: &str, value: &str, expected: &str) -> Self {
        let value: String = value.chars().take(60).collect();
        let detail = format!("parameter `{name}` has the value `{value}`; expected {expected}");
        Self::new(StatusCode::BAD_REQUEST, "invalid-parameter", detail)
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", detail)
    }

    /// 410: a cursor that cannot be gone on from.
    pub fn gone(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, "cursor-gone", detail)
    }

    /// 500.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// 503: still being made.
    pub fn starting(what: &str) -> Self {
        let detail = format!("{what} are still being made; try again");
        Self { retry_after: Some(1), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "starting", detail) }
    }

    /// The answer to a request for `instance`.
    pub fn answer(&self, instance: &str) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let body = json!({
            "type": "about:blank",
            "title": title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
        });
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::internal(error.to_string())
    }
}
