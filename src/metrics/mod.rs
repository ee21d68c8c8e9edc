//! Metrics for whoever watches the wall from outside: OpenMetrics text over HTTP, on this machine only, off by default.
//!
//! Runs on a thread of its own and reads what others have published ([`HealthBoard`], [`Vitals`]); the main thread never
//! waits for it. No records, no places, no persons: counters, ages and the platform's cursor. Partner: `text.rs`.

mod text;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::platform::HealthBoard;
use crate::process::Usage;
use crate::vitals::Vitals;

pub use text::text;

/// Longest question.
const MAX_REQUEST: usize = 8 << 10;
/// Longest time for one question and its answer.
const WITHIN: Duration = Duration::from_secs(2);
/// The type of the answer (OpenMetrics 1.0, section "Data model").
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is told.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The platform thread.
    pub health: HealthBoard,
    /// The wall.
    pub vitals: Vitals,
}

/// Why there are no metrics.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// Others could read them.
    #[error("metrics at {0}: only an address of this machine is allowed, for example 127.0.0.1:9464")]
    NotLoopback(SocketAddr),
    /// The address cannot be used.
    #[error("metrics at {0}: {1}; another program may use the port")]
    Listen(SocketAddr, std::io::Error),
}

/// The endpoint. It ends when this is dropped.
#[derive(Debug)]
pub struct Endpoint {
    /// Where it listens.
    pub address: SocketAddr,
    is_over: Arc<AtomicBool>,
}

impl Endpoint {
    /// Starts to listen at a loopback address.
    ///
    /// # Errors
    /// If the address is none of this machine alone, or is in use.
    pub fn start(address: SocketAddr, sources: Sources) -> Result<Self, MetricsError> {
        if !address.ip().is_loopback() {
            return Err(MetricsError::NotLoopback(address));
        }
        let failed = |error| MetricsError::Listen(address, error);
        let listener = TcpListener::bind(address).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        std::thread::Builder::new()
            .name("metrics".into())
            .spawn(move || {
                for visitor in listener.incoming() {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    match visitor {
                        // One after the other: who asks slowly keeps others waiting for two seconds at most.
                        Ok(visitor) => {
                            if let Err(error) = answer(visitor, &sources) {
                                tracing::debug!("metrics: {error}");
                            }
                        }
                        // Out of descriptors, for example: no busy loop.
                        Err(_) => std::thread::sleep(Duration::from_millis(200)),
                    }
                }
            })
            .map_err(failed)?;
        Ok(Self { address, is_over })
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes the listener.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_millis(200));
    }
}

fn answer(mut visitor: TcpStream, sources: &Sources) -> std::io::Result<()> {
    let until = Instant::now() + WITHIN;
    visitor.set_write_timeout(Some(WITHIN))?;
    let mut request = Vec::new();
    let mut part = [0; 1_024];
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || request.len() > MAX_REQUEST {
            return Err(std::io::Error::other("the question is too long or too slow"));
        }
        visitor.set_read_timeout(Some(left))?;
        match visitor.read(&mut part)? {
            0 => return Ok(()),
            count => request.extend_from_slice(&part[..count]),
        }
    }
    let (status, kind, body) = match judge(&String::from_utf8_lossy(&request)) {
        Ok(()) => ("200 OK", CONTENT_TYPE, text(sources, Usage::now(), Instant::now())),
        Err(refusal) => (refusal, "text/plain; charset=utf-8", format!("{refusal}\n")),
    };
    let length = body.len();
    write!(
        visitor,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}"
    )?;
    visitor.shutdown(Shutdown::Write)
}

/// Only `GET /metrics`, and only by a name of this machine: a page in a browser that has its own name point here must
/// read nothing.
fn judge(request: &str) -> Result<(), &'static str> {
    let mut lines = request.lines();
    let mut words = lines.next().unwrap_or("").split(' ');
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let host = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host").then(|| value.trim().to_ascii_lowercase())
    });
    let host = host.unwrap_or_default();
    let name = if host.starts_with('[') { host.split_inclusive(']').next() } else { host.split(':').next() };
    match (name.unwrap_or(""), method, path.split('?').next().unwrap_or("")) {
        ("localhost" | "127.0.0.1" | "[::1]", "GET", "/metrics") => Ok(()),
        ("localhost" | "127.0.0.1" | "[::1]", "GET", _) => Err("404 Not Found"),
        ("localhost" | "127.0.0.1" | "[::1]", ..) => Err("405 Method Not Allowed"),
        _ => Err("403 Forbidden"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn it_answers_its_own_machine_and_nobody_else() {
        let endpoint = Endpoint::start("127.0.0.1:0".parse().unwrap(), Sources::default()).unwrap();
        let said = ask(endpoint.address, "GET /metrics HTTP/1.1\r\nHost: localhost:9464\r\n\r\n");
        assert!(said.starts_with("HTTP/1.1 200") && said.contains(CONTENT_TYPE) && said.ends_with("# EOF\n"), "{said}");
        for (request, status) in [
            ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "404"),
            ("POST /metrics HTTP/1.1\r\nHost: [::1]:9\r\n\r\n", "405"),
            ("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n", "403"),
            ("GET /metrics HTTP/1.0\r\n\r\n", "403"),
        ] {
            assert!(ask(endpoint.address, request).starts_with(&format!("HTTP/1.1 {status}")), "{request}");
        }
        let everywhere = Endpoint::start("0.0.0.0:0".parse().unwrap(), Sources::default()).unwrap_err();
        assert!(everywhere.to_string().contains("127.0.0.1:9464"), "{everywhere}");
        let taken = Endpoint::start(endpoint.address, Sources::default()).unwrap_err();
        assert!(taken.to_string().contains("port"), "{taken}");
    }

    #[test]
    fn who_asks_slowly_or_at_length_is_cut_off() {
        let endpoint = Endpoint::start("127.0.0.1:0".parse().unwrap(), Sources::default()).unwrap();
        let silent = TcpStream::connect(endpoint.address).unwrap();
        let long = format!("GET /metrics HTTP/1.1\r\nX: {}", "x".repeat(64 << 10));
        let mut talker = TcpStream::connect(endpoint.address).unwrap();
        // It may be cut off while it still talks.
        let _ = talker.write_all(long.as_bytes());
        let said = ask(endpoint.address, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert!(said.starts_with("HTTP/1.1 200"), "{said}");
        drop(silent);
    }
}
