//! HTTP as the platform thread uses it: one client that works without a certificate store, time-outs, size limits, the
//! credential, and failures in words. What an answer means is `sync`'s business.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::header::{
    ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, RETRY_AFTER,
};
use reqwest::{Certificate, Client, ClientBuilder, Response, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::time::{Instant, timeout, timeout_at};

use super::cache::CacheOptions;
use super::limits::check_json;
use super::sync::{Failure, Reply};
use crate::domain::text::display_text;

/// Connecting and the headers of an answer.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Silence within a body.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);
/// One whole answer.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(120);
/// Largest body, unpacked.
const MAX_BODY: usize = 64 << 20;
/// Room made before anything has come.
const FIRST_ROOM: usize = 1 << 20;
/// Largest body read of an answer that is an error.
const MAX_ERROR_BODY: usize = 64 << 10;
/// Most redirects followed.
const MAX_REDIRECTS: usize = 5;

/// How to sign in to the platform. Secrets are never printed.
#[derive(Clone, Debug, Default)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// `Authorization: Bearer …`.
    Bearer(SecretString),
    /// A header of any name.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: SecretString,
    },
    /// A query parameter.
    Query {
        /// Its name.
        name: String,
        /// Its value.
        value: SecretString,
    },
}

/// Where the platform is and how to talk to it.
#[derive(Clone, Debug)]
pub struct PlatformConfig {
    /// Base URL; the landing page is there.
    pub url: String,
    /// How to sign in.
    pub auth: Auth,
    /// Seed of the jitter in back-off and start.
    pub seed: u64,
    /// Wait up to five seconds before the first request, so that the walls of a building do not all come at once.
    pub start_jitter: bool,
    /// Trust only the certificates of this PEM file (the platform's own authority).
    pub ca_file: Option<PathBuf>,
    /// Records asked for per page, up to 10,000.
    pub page_limit: u32,
    /// Where the last good state is kept; `None`: nowhere.
    pub cache: Option<CacheOptions>,
}

impl PlatformConfig {
    /// A platform without sign-in, asked at once.
    pub fn new(url: impl Into<String>, seed: u64) -> Self {
        Self {
            url: url.into(),
            auth: Auth::None,
            seed,
            start_jitter: false,
            ca_file: None,
            page_limit: 10_000,
            cache: None,
        }
    }

    /// The base URL, its path ending with a slash.
    pub fn base(&self) -> Result<Url, StartError> {
        let wrong = |why: &str| StartError::Url { url: self.url.clone(), why: why.to_owned() };
        let mut base = Url::parse(&self.url).map_err(|why| wrong(&why.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(wrong("it must begin with http:// or https://"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(wrong("credentials belong into 'auth', not into the URL"));
        }
        base.set_fragment(None);
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Ok(base)
    }
}

/// Why the platform thread cannot be started.
#[derive(Debug, Error)]
pub enum StartError {
    /// The URL cannot be used.
    #[error("the platform's URL '{url}' cannot be used: {why}")]
    Url {
        /// As configured.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// The file of trusted certificates cannot be used.
    #[error("{}: {why}; a PEM file with the platform's certificate authority is needed", path.display())]
    CaFile {
        /// As configured.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The name or the value of the credential cannot be sent.
    #[error("the credential cannot be sent: {0}")]
    Credential(String),
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(String),
    /// No thread, no timer, no sockets.
    #[error("the platform thread cannot be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// A client of one platform.
#[derive(Clone)]
pub struct Http {
    client: Client,
    base: Url,
    auth: Auth,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Http({})", self.base)
    }
}

impl Http {
    /// A client for the platform of `config`.
    pub fn new(config: &PlatformConfig) -> Result<Self, StartError> {
        let base = config.base()?;
        let auth = config.auth.clone();
        credential_header(&auth)?;
        Ok(Self { client: client(&base, config)?, base, auth })
    }

    /// The base URL.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// A whole answer.
    pub async fn get(&self, url: Url, etag: Option<String>) -> Result<Reply, Failure> {
        let deadline = Instant::now() + TOTAL_TIMEOUT;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/geo+json, application/json"));
        if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
            headers.insert(IF_NONE_MATCH, etag);
        }
        let response = self.send(url, headers).await?;
        let mut reply = head(&response);
        let limit = if response.status().is_success() { MAX_BODY } else { MAX_ERROR_BODY };
        packed(&response)?;
        reply.body = body(response, limit, deadline).await?;
        check_json(&reply.body).map_err(|why| Failure::Unreadable(why.to_string()))?;
        Ok(reply)
    }

    /// Connects to the stream. The second part is the body, where the answer is an event stream.
    pub async fn open(&self, url: Url, cursor: Option<String>) -> Result<(Reply, Option<Response>), Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        if let Some(cursor) = cursor {
            let cursor =
                HeaderValue::from_str(&cursor).map_err(|_| Failure::Unreadable("cursor cannot be sent".into()))?;
            headers.insert(HeaderName::from_static("last-event-id"), cursor);
        }
        let response = self.send(url, headers).await?;
        let mut reply = head(&response);
        packed(&response)?;
        if reply.status == 200 {
            return Ok((reply, Some(response)));
        }
        reply.body = body(response, MAX_ERROR_BODY, Instant::now() + IDLE_TIMEOUT).await.unwrap_or_default();
        Ok((reply, None))
    }

    async fn send(&self, mut url: Url, mut headers: HeaderMap) -> Result<Response, Failure> {
        // Credentials go to the configured origin only.
        if url.origin() == self.base.origin() {
            if let Some((name, value)) =
                credential_header(&self.auth).map_err(|why| Failure::Credential(why.to_string()))?
            {
                headers.insert(name, value);
            }
            if let Auth::Query { name, value } = &self.auth {
                url.query_pairs_mut().append_pair(name, value.expose_secret());
            }
        }
        let answer = self.client.get(url).headers(headers).send();
        match timeout(HEADER_TIMEOUT, answer).await {
            Ok(answer) => answer.map_err(failure),
            Err(_) => Err(Failure::TimedOut(format!("no answer for {} s", HEADER_TIMEOUT.as_secs()))),
        }
    }
}

/// The next bytes of a stream; `None` at its end.
pub async fn chunk(response: &mut Response) -> Result<Option<Vec<u8>>, Failure> {
    Ok(response.chunk().await.map_err(failure)?.map(|bytes| bytes.to_vec()))
}

fn client(base: &Url, config: &PlatformConfig) -> Result<Client, StartError> {
    let is_loopback = is_loopback(base);
    let builder = || -> ClientBuilder {
        let builder = Client::builder()
            .user_agent(concat!("gridwall/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(HEADER_TIMEOUT)
            .redirect(redirect::Policy::custom(follow))
            .gzip(!is_loopback);
        if is_loopback { builder.no_proxy() } else { builder }
    };
    let failed = |why: reqwest::Error| StartError::Client(words(&why));
    if let Some(path) = &config.ca_file {
        let wrong = |why: String| StartError::CaFile { path: path.clone(), why };
        let pem = std::fs::read(path).map_err(|why| wrong(why.to_string()))?;
        let certificates = Certificate::from_pem_bundle(&pem).map_err(|why| wrong(words(&why)))?;
        if certificates.is_empty() {
            return Err(wrong("there is no certificate in it".into()));
        }
        return builder().tls_certs_only(certificates).build().map_err(failed);
    }
    if base.scheme() == "https"
        && let Ok(client) = builder().build()
    {
        return Ok(client);
    }
    // Without a certificate store on the machine (and for plain http, where none is needed) the built-in roots do.
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|root| Certificate::from_der(root).ok());
    builder().tls_certs_only(roots).build().map_err(failed)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or("");
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Redirects stay on the origin, so that no credential leaves it.
fn follow(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let Some(first) = attempt.previous().first() else { return attempt.follow() };
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error(format!("more than {MAX_REDIRECTS} redirects"));
    }
    if attempt.url().origin() != first.origin() {
        let to = attempt.url().origin().ascii_serialization();
        return attempt.error(format!("redirected to another origin, {to}"));
    }
    attempt.follow()
}

fn credential_header(auth: &Auth) -> Result<Option<(HeaderName, HeaderValue)>, StartError> {
    let wrong = |why: &str| StartError::Credential(why.to_owned());
    let (name, value) = match auth {
        Auth::None | Auth::Query { .. } => return Ok(None),
        Auth::Bearer(token) => ("authorization", format!("Bearer {}", token.expose_secret())),
        Auth::Header { name, value } => (name.as_str(), value.expose_secret().to_owned()),
    };
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("the name of the header is not one"))?;
    let mut value = HeaderValue::from_str(&value).map_err(|_| wrong("it holds characters no header may have"))?;
    value.set_sensitive(true);
    Ok(Some((name, value)))
}

fn head(response: &Response) -> Reply {
    let header =
        |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Reply {
        status: response.status().as_u16(),
        content_type: header(CONTENT_TYPE),
        etag: header(ETAG),
        retry_after: header(RETRY_AFTER),
        date: header(DATE),
        body: Vec::new(),
    }
}

/// What came packed in a way that nobody asked for would be read as noise. What reqwest unpacked has lost its header.
fn packed(response: &Response) -> Result<(), Failure> {
    let packing = response.headers().get(CONTENT_ENCODING).and_then(|packing| packing.to_str().ok()).unwrap_or("");
    let is_plain = packing.is_empty() || packing.eq_ignore_ascii_case("identity");
    let name = display_text(packing);
    if is_plain { Ok(()) } else { Err(Failure::Unreadable(format!("the answer is packed as '{name}'"))) }
}

async fn body(response: Response, limit: usize, deadline: Instant) -> Result<Vec<u8>, Failure> {
    let too_large = || Failure::Unreadable(format!("the answer is larger than {} kB", limit >> 10));
    let announced = response.content_length().unwrap_or(0);
    if announced > limit as u64 {
        return Err(too_large());
    }
    // What is announced need not come.
    let mut body = Vec::with_capacity((announced as usize).min(FIRST_ROOM));
    let mut chunks = response.bytes_stream();
    loop {
        let pause = deadline.min(Instant::now() + IDLE_TIMEOUT);
        match timeout_at(pause, chunks.next()).await {
            Err(_) => return Err(Failure::TimedOut("the answer stopped half-way".into())),
            Ok(None) => return Ok(body),
            Ok(Some(Err(error))) => return Err(failure(error)),
            Ok(Some(Ok(chunk))) if body.len() + chunk.len() > limit => {
                drop(chunk);
                return Err(too_large());
            }
            Ok(Some(Ok(chunk))) => body.extend_from_slice(&chunk),
        }
    }
}

/// What reqwest's error means, without the URL: it may hold a credential.
fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let words = words(&error);
    let lower = words.to_ascii_lowercase();
    if lower.contains("certificate") || lower.contains("unknownissuer") {
        Failure::Certificate(words)
    } else if error.is_timeout() {
        Failure::TimedOut(words)
    } else if error.is_redirect() || error.is_body() || error.is_decode() {
        Failure::Unreadable(words)
    } else {
        Failure::Unreachable(words)
    }
}

/// An error with its causes on one line.
fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_url_is_refused_with_the_reason() {
        let base = |url: &str| PlatformConfig::new(url, 1).base();
        assert_eq!(base("https://platform.example/api/v1").unwrap().as_str(), "https://platform.example/api/v1/");
        assert_eq!(base("http://[::1]:8080?MAP=a").unwrap().as_str(), "http://[::1]:8080/?MAP=a");
        for (url, reason) in
            [("platform.example", "relative"), ("ftp://x/", "http://"), ("http://u:p@x/", "auth"), ("", "")]
        {
            assert!(base(url).unwrap_err().to_string().contains(reason), "{url}");
        }
    }

    #[test]
    fn secrets_are_not_printed_and_must_be_sendable() {
        let auth = Auth::Bearer("secret-token".to_owned().into());
        assert!(!format!("{auth:?}").contains("secret-token"));
        let header = |value: &str| Auth::Header { name: "x-key".into(), value: value.to_owned().into() };
        assert!(credential_header(&header("fine")).unwrap().unwrap().1.is_sensitive());
        assert!(credential_header(&header("two\nlines")).is_err());
    }

    #[test]
    fn a_client_for_every_scheme_can_be_made() {
        for url in ["http://127.0.0.1:1/", "https://platform.example/"] {
            let start = std::time::Instant::now();
            Http::new(&PlatformConfig::new(url, 1)).unwrap();
            eprintln!("client for {url}: {:?}", start.elapsed());
        }
        let config = PlatformConfig { ca_file: Some("/nowhere.pem".into()), ..PlatformConfig::new("https://x/", 1) };
        assert!(Http::new(&config).unwrap_err().to_string().contains("/nowhere.pem"));
    }
}
