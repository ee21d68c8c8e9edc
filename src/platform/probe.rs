//! What `gridwall doctor` asks a platform: each part once, and what to do about what is wrong.

use std::time::Duration;

use reqwest::Url;

use super::http::{Http, PlatformConfig, StartError, chunk};
use super::sync::sse::{SseDecoder, SseItem};
use super::sync::{Expected, Failure, Reply};
use super::wire::{self, Landing, StreamEvent, TicketReader, read_event};
use crate::domain::{Level, Trouble};

/// A stream must begin within this time.
const FIRST_EVENT_WITHIN: Duration = Duration::from_secs(10);

/// One part of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub what: String,
    /// What was found, or what is wrong and what to do.
    pub result: Result<String, String>,
}

/// Looks at every part of the platform the wall needs. Takes up to a minute if the platform hangs.
pub fn probe(config: PlatformConfig) -> Vec<Check> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let http = runtime.map_err(StartError::from).and_then(|runtime| Ok((runtime, Http::new(&config)?)));
    let checks = match http {
        Ok((runtime, http)) => runtime.block_on(probe_all(&http)),
        Err(error) => vec![Check { what: "client".into(), result: Err(error.to_string()) }],
    };
    checks
}

async fn probe_all(http: &Http) -> Vec<Check> {
    let base = http.base();
    let mut checks = Vec::new();
    let landing = get(http, base).await.and_then(|body| {
        wire::read_landing(&body).map_err(|why| format!("{base}: {why}; the URL must be that of the landing page"))
    });
    let landing = match landing {
        Ok(landing) => landing,
        Err(advice) => {
            checks.push(check("landing page", Err(advice)));
            return checks;
        }
    };
    let odd = if landing.odd.is_empty() { String::new() } else { format!("; odd: {}", landing.odd.join("; ")) };
    checks.push(check("landing page", Ok(format!("{}, clock {}{odd}", landing.site.title, landing.site.clock.now))));
    checks.push(check("conformance", conformance(http).await));
    for level in Level::ALL {
        let what = format!("collection {}", level.collection());
        let list = items(http, &landing, level.collection()).await;
        checks.push(check(
            &what,
            list.and_then(|(url, body)| {
                count(&url, |each| wire::read_areas(&body, level, |area| each(area.map(|_| ()))))
            }),
        ));
    }
    let places = items(http, &landing, "places").await;
    checks.push(check(
        "collection places",
        places.and_then(|(url, body)| count(&url, |each| wire::read_places(&body, |place| each(place.map(|_| ()))))),
    ));
    let tickets = items(http, &landing, "tickets").await;
    checks.push(check(
        "collection tickets",
        tickets.and_then(|(url, body)| {
            count(&url, |each| TicketReader::default().page(&body, |ticket| each(ticket.map(|_| ()))))
        }),
    ));
    if let Some(href) = &landing.sources {
        checks.push(check("sources", sources(http, href).await));
    }
    let stream = match &landing.stream {
        Some(href) => stream(http, href).await,
        None => Ok("none; tickets are read as lists once a minute".into()),
    };
    checks.push(check("stream", stream));
    checks
}

fn check(what: &str, result: Result<String, String>) -> Check {
    Check { what: what.into(), result }
}

async fn get(http: &Http, url: &Url) -> Result<Vec<u8>, String> {
    let reply = http.get(url.clone(), None).await.map_err(|failure| advice(&failure.trouble(url.as_str())))?;
    match reply.trouble(url.as_str(), Expected::Json) {
        Some(trouble) => Err(advice(&trouble)),
        None => Ok(reply.body),
    }
}

fn advice(trouble: &Trouble) -> String {
    let todo = match trouble {
        Trouble::Unreachable { .. } => "check the address, that the platform runs, and the network in between",
        Trouble::TimedOut { .. } => "the platform hangs or the network drops packets; look at the platform's log",
        Trouble::Unauthorized { .. } => "check 'auth' of the source and that the credential is still valid",
        Trouble::Certificate { .. } => "install the platform's certificate authority, or correct the machine's clock",
        Trouble::Busy { .. } => "the platform asks to come back later",
        Trouble::Unreadable { .. } | Trouble::NotAPlatform { .. } => {
            "is this the platform's URL, and no proxy's or portal's?"
        }
        _ => "look at the platform's log",
    };
    format!("{}; {todo}", trouble.detail())
}

async fn conformance(http: &Http) -> Result<String, String> {
    let url = http.base().join("conformance").map_err(|why| why.to_string())?;
    let body = get(http, &url).await?;
    let document: serde_json::Value = serde_json::from_slice(&body).map_err(|why| format!("{url}: {why}"))?;
    let classes = document.get("conformsTo").and_then(|list| list.as_array());
    classes.map(|list| format!("{} classes", list.len())).ok_or(format!("{url}: no list 'conformsTo'"))
}

async fn items(http: &Http, landing: &Landing, collection: &str) -> Result<(Url, Vec<u8>), String> {
    let data = http.base().join(&landing.data).map_err(|why| format!("link rel=data: {why}"))?;
    let mut url = data;
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend([collection, "items"]);
    }
    url.query_pairs_mut().append_pair("limit", "100");
    let body = get(http, &url).await?;
    Ok((url, body))
}

/// Counts what a reader finds on a page.
fn count(
    url: &Url,
    read: impl FnOnce(&mut dyn FnMut(Result<(), wire::Reject>)) -> Result<wire::PageHead, wire::PageError>,
) -> Result<String, String> {
    let (mut good, mut bad, mut first_bad) = (0, 0, None);
    let head = read(&mut |record| match record {
        Ok(()) => good += 1,
        Err(reject) => {
            bad += 1;
            first_bad.get_or_insert(reject.to_string());
        }
    });
    let head = head.map_err(|why| format!("{url}: {why}"))?;
    match first_bad {
        Some(reject) => Err(format!("{url}: {bad} of {} records cannot be used, first: {reject}", good + bad)),
        None => {
            Ok(format!("{good} records on the first page{}", if head.next.is_some() { ", more follow" } else { "" }))
        }
    }
}

async fn sources(http: &Http, href: &str) -> Result<String, String> {
    let url = http.base().join(href).map_err(|why| format!("link rel=sources: {why}"))?;
    let body = get(http, &url).await?;
    let (sources, rejects) = wire::read_sources(&body).map_err(|why| format!("{url}: {why}"))?;
    match rejects.first() {
        Some(reject) => Err(format!(
            "{url}: {} of {} cannot be read, first: {reject}",
            rejects.len(),
            rejects.len() + sources.len()
        )),
        None => Ok(format!("{} upstream systems", sources.len())),
    }
}

async fn stream(http: &Http, href: &str) -> Result<String, String> {
    let mut url = http.base().join(href).map_err(|why| format!("link rel=stream: {why}"))?;
    url.query_pairs_mut().append_pair("topics", "tickets");
    let first = tokio::time::timeout(FIRST_EVENT_WITHIN, first_event(http, &url)).await;
    first.unwrap_or_else(|_| {
        Err(format!("{url}: no event for {} s; a proxy in between may hold it back", FIRST_EVENT_WITHIN.as_secs()))
    })
}

async fn first_event(http: &Http, url: &Url) -> Result<String, String> {
    let fault = |failure: Failure| advice(&failure.trouble(url.as_str()));
    let (reply, response): (Reply, _) = http.open(url.clone(), None).await.map_err(fault)?;
    if let Some(trouble) = reply.trouble(url.as_str(), Expected::EventStream) {
        return Err(advice(&trouble));
    }
    let Some(mut response) = response else { return Err(format!("{url}: no body")) };
    let mut decoder = SseDecoder::default();
    let mut items = Vec::new();
    while let Some(bytes) = chunk(&mut response).await.map_err(fault)? {
        decoder.feed(&bytes, &mut items).map_err(|why| format!("{url}: {why}"))?;
        for item in items.drain(..) {
            let SseItem::Event { name, data, .. } = item else { continue };
            return match read_event(&name, &data, &mut TicketReader::default()) {
                StreamEvent::Bookmark(at) => Ok(format!("begins with a bookmark at {} of epoch {}", at.seq, at.epoch)),
                StreamEvent::Broken(why) => Err(format!("{url}: {why}")),
                _ => Err(format!("{url}: begins with '{name}'; a bookmark must come first")),
            };
        }
    }
    Err(format!("{url}: ended before its first event"))
}
