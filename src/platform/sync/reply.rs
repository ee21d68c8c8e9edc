//! Answers and failures as they reach the sync core, and what they mean to a viewer.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;

use crate::domain::Trouble;
use crate::domain::text::display_text;

/// A whole answer. The headers are those the core needs, as they stand.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `ETag`.
    pub etag: Option<String>,
    /// `Retry-After`: seconds or a date.
    pub retry_after: Option<String>,
    /// `Date`, to read `Retry-After` against; our own clock may be wrong.
    pub date: Option<String>,
    /// The body; empty for `304`.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Refused, no route, no such name.
    Unreachable(String),
    /// Too long: connecting, headers, silence, or in total.
    TimedOut(String),
    /// The certificate is not valid.
    Certificate(String),
    /// Larger than allowed, too many redirects, to another origin, or broken off.
    Unreadable(String),
    /// We have no credential to send.
    Credential(String),
}

impl Failure {
    /// What a viewer is told.
    pub fn trouble(&self, url: &str) -> Trouble {
        match self {
            Failure::Unreachable(why) => Trouble::Unreachable { detail: format!("{url}: {why}") },
            Failure::TimedOut(why) => Trouble::TimedOut { detail: format!("{url}: {why}") },
            Failure::Certificate(why) => Trouble::Certificate { detail: format!("{url}: {why}") },
            Failure::Unreadable(why) => Trouble::Unreadable { detail: format!("{url}: {why}") },
            Failure::Credential(why) => Trouble::Unauthorized { detail: format!("{url}: {why}") },
        }
    }
}

/// What kind of body is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// JSON of any kind.
    Json,
    /// `text/event-stream`.
    EventStream,
}

impl Reply {
    /// What is wrong with this answer, if it is not a `200` (or `304`) of the kind expected.
    pub fn trouble(&self, url: &str, expected: Expected) -> Option<Trouble> {
        let status = self.status;
        Some(match status {
            200 => return self.wrong_kind(expected).map(|why| Trouble::Unreadable { detail: format!("{url}: {why}") }),
            304 => return None,
            401 | 403 => Trouble::Unauthorized { detail: format!("{url}: {}", self.title()) },
            429 | 503 => Trouble::Busy { detail: format!("{url}: {}", self.title()) },
            _ => Trouble::Refused { status, detail: format!("{url}: {}", self.title()) },
        })
    }

    fn wrong_kind(&self, expected: Expected) -> Option<String> {
        let kind =
            self.content_type.as_deref().unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        let (is_right, wanted) = match expected {
            // Servers that name no type at all are judged by their JSON.
            Expected::Json => {
                let is_json = kind.ends_with("/json") || kind.ends_with("+json") || kind.is_empty();
                (is_json && !self.body.is_empty(), "JSON")
            }
            Expected::EventStream => (kind == "text/event-stream", "an event stream"),
        };
        let found = if kind.is_empty() { "nothing".to_owned() } else { display_text(&kind) };
        (!is_right).then(|| format!("{wanted} was expected, {found} came ({} bytes)", self.body.len()))
    }

    /// The status with the title or detail of the problem document, if there is one.
    fn title(&self) -> String {
        let problem: Option<serde_json::Value> = serde_json::from_slice(&self.body).ok();
        let text = |key: &str| problem.as_ref()?.get(key)?.as_str().map(display_text);
        match text("detail").or_else(|| text("title")).or_else(|| text("description")) {
            Some(text) => format!("{} {text}", self.status),
            None => self.status.to_string(),
        }
    }

    /// How long the platform asks us to stay away. A date counts from the answer's own `Date`; what cannot be read
    /// counts as not asked.
    pub fn asked_pause(&self) -> Option<Duration> {
        if !matches!(self.status, 429 | 503) {
            return None;
        }
        let text = self.retry_after.as_deref()?.trim();
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(Duration::from_secs(seconds));
        }
        let parser = DateTimeParser::new().relaxed_weekday(true);
        let until = parser.parse_timestamp(text).ok()?;
        let from = parser.parse_timestamp(self.date.as_deref()?).ok()?;
        Some(Duration::try_from(until.duration_since(from)).unwrap_or(Duration::ZERO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, content_type: &str, body: &str) -> Reply {
        Reply { status, content_type: Some(content_type.into()), body: body.into(), ..Reply::default() }
    }

    #[test]
    fn pages_of_other_kinds_are_failures_not_empty_lists() {
        let json = |reply: Reply| reply.trouble("http://x/", Expected::Json);
        assert_eq!(json(reply(200, "application/geo+json; charset=utf-8", "{}")), None);
        assert_eq!(json(reply(200, "application/json", "{}")), None);
        let portal = json(reply(200, "text/html", "<html>")).unwrap();
        assert!(portal.detail().contains("text/html"), "{portal:?}");
        assert!(matches!(json(reply(200, "application/json", "")), Some(Trouble::Unreadable { .. })));
        assert!(matches!(json(reply(204, "", "")), Some(Trouble::Refused { status: 204, .. })));
        assert!(matches!(json(reply(401, "", "")), Some(Trouble::Unauthorized { .. })));
        assert!(matches!(json(reply(503, "", "")), Some(Trouble::Busy { .. })));
        let problem =
            json(reply(500, "application/problem+json", "{\"title\":\"Broken\",\"detail\":\"disk full\"}")).unwrap();
        assert_eq!(problem.detail(), "http://x/: 500 disk full");
    }

    #[test]
    fn retry_after_in_seconds_as_a_date_and_as_nonsense() {
        let asked = |retry_after: &str, date: Option<&str>| {
            let reply =
                Reply { retry_after: Some(retry_after.into()), date: date.map(Into::into), ..reply(429, "", "") };
            reply.asked_pause()
        };
        let date = Some("Sat, 21 Nov 2026 14:00:00 GMT");
        assert_eq!(asked("5", None), Some(Duration::from_secs(5)));
        assert_eq!(asked("Sat, 21 Nov 2026 14:01:30 GMT", date), Some(Duration::from_secs(90)));
        assert_eq!(asked("Sat, 21 Nov 2026 13:00:00 GMT", date), Some(Duration::ZERO));
        assert_eq!(asked("Sat, 21 Nov 2026 14:01:30 GMT", None), None);
        assert_eq!(asked("soon", date), None);
        assert_eq!(asked("-5", date), None);
    }
}
