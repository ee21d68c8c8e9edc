//! Lists: areas and places from the catalogue, tickets from the store, and one ticket with its detail.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use super::query::{self, ListQuery};
use super::{App, Ground, Problem, Tickets, envelope};
use crate::domain::TicketId;
use crate::server::care;
use crate::server::catalog::{Bounds, Catalog, Entry};
use crate::server::feature::{Stamp, detail_extras, ticket_feature};
use crate::server::figures::{Board, Item};
use crate::server::store::{Filter, Sort, TicketQuery};

const GEOJSON: &str = "application/geo+json";

/// `GET /collections/{collection}/items`
pub async fn items(
    State(app): State<Arc<App>>,
    Path(collection): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    match collection.as_str() {
        "tickets" => ticket_items(&app, headers, uri).await,
        "care-counts" => care_items(&app, &headers, &uri).await,
        name if Catalog::COLLECTIONS.contains(&name) => catalog_items(&app, name, &headers, &uri).await,
        name => match Board::named(name) {
            Some(board) => figure_items(&app, board, &headers, &uri).await,
            None => Err(no_collection(name)),
        },
    }
}

/// `GET /indicators`
pub async fn indicators(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    figure_items(&app, Board::Indicators, &headers, &uri).await
}

/// `GET /collections/{collection}/items/{id}`
pub async fn item(
    State(app): State<Arc<App>>,
    Path((collection, id)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    if let Some((name, _)) = query::pairs(&uri)?.first() {
        let detail = format!("unknown parameter `{name}`; one item takes none");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "unknown-parameter", detail));
    }
    if collection == "tickets" {
        return one_ticket(&app, &id, &headers, &uri).await;
    }
    if collection == "care-counts" {
        return Err(Problem::not_found("care counts are read as a list: filter by area_code and group"));
    }
    if let Some(board) = Board::named(&collection) {
        return Err(Problem::not_found(format!("{} are read as a list", board.name())));
    }
    if !Catalog::COLLECTIONS.contains(&collection.as_str()) {
        return Err(no_collection(&collection));
    }
    let ground = app.ground().await?;
    let entries = ground.catalog.entries(&collection).unwrap_or_default();
    let found = entries.iter().find(|entry| entry.code == id);
    let entry = found.ok_or_else(|| Problem::not_found(format!("there is no `{id}` in {collection}")))?;
    let tag = envelope::tag(ground.catalog.fingerprint(), &headers, &uri);
    Ok(envelope::json(&headers, &tag, GEOJSON, entry.json.clone()))
}

/// The problem of a collection that is not there.
pub fn no_collection(name: &str) -> Problem {
    let boards = Board::COLLECTIONS.map(Board::name).join(", ");
    let areas = Catalog::COLLECTIONS.join(", ");
    Problem::not_found(format!("there is no collection `{name}`; there are {areas}, tickets, care-counts, {boards}"))
}

async fn catalog_items(app: &App, collection: &str, headers: &HeaderMap, uri: &Uri) -> Result<Response, Problem> {
    let known: &[&str] =
        if collection == "places" { &["kind", "name"] } else { &["code", "name", "kind", "parent_code", "level"] };
    let query = query::list(uri, known)?;
    let start = match query.cursor.as_deref() {
        None => 0,
        Some(cursor) => cursor.parse::<usize>().map_err(|_| stale_cursor())?,
    };
    let ground = app.ground().await?;
    let catalog = &ground.catalog;
    let tag = envelope::tag(catalog.fingerprint(), headers, uri);
    if let Some(held) = envelope::held_tag(&tag, headers) {
        return Ok(envelope::not_modified(&held));
    }

    let entries = catalog.entries(collection).unwrap_or_default();
    let level = &collection_level(collection);
    let matching = entries.iter().filter(|entry| matches(entry, level, &query));
    let (mut matched, mut returned, mut features) = (0, 0, String::new());
    for entry in matching {
        if (start..start + query.limit).contains(&matched) {
            if returned > 0 {
                features.push(',');
            }
            features.push_str(&entry.json);
            returned += 1;
        }
        matched += 1;
    }
    let next = (start + returned < matched && returned > 0).then(|| (start + returned).to_string());
    let page = PageHead {
        as_of: Stamp::new(catalog.as_of, &catalog.zone),
        returned,
        matched: matched as u64,
        position: None,
        next,
        definitions: None,
    };
    Ok(envelope::json(headers, &tag, GEOJSON, page.around(features, headers, uri)))
}

/// `streets` → `street`; the levels are named in the singular.
fn collection_level(collection: &str) -> String {
    let level = crate::domain::Level::ALL.into_iter().find(|level| level.collection() == collection);
    level.map_or(String::new(), |level| level.key().to_owned())
}

/// Whether an entry passes `bbox` and the property filters. Areas without a time pass every `datetime`.
fn matches(entry: &Entry, level: &str, query: &ListQuery) -> bool {
    let inside = match query.bounds {
        None => true,
        Some(wanted) => entry.bounds.is_some_and(|bounds| intersects(bounds, wanted)),
    };
    inside
        && query.others.iter().all(|(name, value)| {
            let held = match name.as_str() {
                "code" => Some(entry.code.as_str()),
                "name" => entry.name.as_deref(),
                "kind" => entry.kind.as_deref(),
                "level" => Some(level),
                _ => entry.parent.as_deref(),
            };
            held.is_some_and(|held| value.split(',').any(|wanted| wanted.trim() == held))
        })
}

fn intersects(a: Bounds, b: Bounds) -> bool {
    let lon = if b[0] <= b[2] { a[0] <= b[2] && b[0] <= a[2] } else { a[2] >= b[0] || a[0] <= b[2] };
    lon && a[1] <= b[3] && b[1] <= a[3]
}

/// Counts by area and group. A platform that does not collect them has an empty list.
async fn care_items(app: &App, headers: &HeaderMap, uri: &Uri) -> Result<Response, Problem> {
    let query = query::list(uri, &care::PARAMETERS)?;
    let start = match query.cursor.as_deref() {
        None => 0,
        Some(cursor) => cursor.parse::<usize>().map_err(|_| stale_cursor())?,
    };
    let ground = app.ground().await?;
    let day = ground.care.as_ref().map(|care| care.at(ground.clock.now())).unwrap_or_default();
    let tag = envelope::tag((day.as_of.as_second(), ground.catalog.fingerprint()), headers, uri);
    if let Some(held) = envelope::held_tag(&tag, headers) {
        return Ok(envelope::not_modified(&held));
    }
    let is_wanted = |item: &&care::Item| {
        query.others.iter().all(|(name, value)| {
            let held = match name.as_str() {
                "area_code" => item.area.as_str(),
                "level" => item.level,
                _ => item.group,
            };
            value.split(',').any(|wanted| wanted.trim() == held)
        })
    };
    let matching: Vec<&care::Item> = day.items.iter().filter(is_wanted).collect();
    let page = matching.iter().skip(start).take(query.limit);
    let features: Vec<&str> = page.map(|item| item.json.as_str()).collect();
    let next = start + features.len();
    let as_of = if ground.care.is_some() { day.as_of } else { ground.clock.now() };
    let head = PageHead {
        as_of: Stamp::new(as_of, &ground.catalog.zone),
        returned: features.len(),
        matched: matching.len() as u64,
        position: None,
        next: (next < matching.len() && !features.is_empty()).then(|| next.to_string()),
        definitions: None,
    };
    Ok(envelope::json(headers, &tag, GEOJSON, head.around(features.join(","), headers, uri)))
}

/// One of the lists of figures. Counting a year of tickets takes milliseconds, so it is done beside the answers.
async fn figure_items(app: &App, board: Board, headers: &HeaderMap, uri: &Uri) -> Result<Response, Problem> {
    let query = query::list(uri, board.parameters())?;
    let start = match query.cursor.as_deref() {
        None => 0,
        Some(cursor) => cursor.parse::<usize>().map_err(|_| stale_cursor())?,
    };
    let (ground, tickets, desk) = (app.ground().await?, app.tickets().await?, app.figures().await?);
    let now = ground.clock.now();
    let counted = tokio::task::spawn_blocking(move || desk.sheet(now)).await;
    let sheet = counted.map_err(|error| Problem::internal(format!("the figures could not be counted: {error}")))?;
    let epoch = tickets.store().epoch().to_owned();
    let tag = envelope::tag((sheet.as_of.as_microsecond(), sheet.seq, &epoch), headers, uri);
    if let Some(held) = envelope::held_tag(&tag, headers) {
        return Ok(envelope::not_modified(&held));
    }
    let matching: Vec<&Item> = sheet.list(board).iter().filter(|item| item.passes(&query.others)).collect();
    let page: Vec<&Item> = matching.iter().copied().skip(start).take(query.limit).collect();
    let next = start + page.len();
    let definitions = (board == Board::Indicators)
        .then(|| sheet.definitions_of(|key| page.iter().any(|item| item.tag("key") == Some(key))));
    let head = PageHead {
        as_of: Stamp::new(sheet.as_of, &ground.catalog.zone),
        returned: page.len(),
        matched: matching.len() as u64,
        position: Some((epoch, sheet.seq)),
        next: (next < matching.len() && !page.is_empty()).then(|| next.to_string()),
        definitions,
    };
    let features: Vec<&str> = page.iter().map(|item| item.json.as_str()).collect();
    Ok(envelope::json(headers, &tag, GEOJSON, head.around(features.join(","), headers, uri)))
}

/// A page of so many tickets is followed by the next one at once, in the hands of whoever reads a whole list.
const AHEAD_FROM: usize = 1_000;

async fn ticket_items(app: &App, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    let query = query::list(&uri, &query::TICKET_PARAMETERS)?;
    let (filter, sort) = query::tickets(&query)?;
    let ground = app.ground().await?;
    let is_in_order = filter == Filter::default() && sort == Sort::Arrival;
    let tickets = if is_in_order { app.tickets_arriving().await? } else { app.tickets().await? };
    let tag = ticket_tag(&tickets, &headers, &uri);
    if let Some(held) = envelope::held_tag(&tag, &headers) {
        return Ok(envelope::not_modified(&held));
    }
    let page = match app.ahead.take(&tag).await {
        Some(page) => page,
        None => ticket_page(&ground, &tickets, &headers, &uri).await?,
    };
    if query.limit >= AHEAD_FROM
        && let Some(next) = page.next.clone()
    {
        let (tag, headers) = (ticket_tag(&tickets, &headers, &next), headers.clone());
        app.ahead.make(tag, async move { ticket_page(&ground, &tickets, &headers, &next).await.ok() });
    }
    Ok(envelope::json(&headers, &page.tag, GEOJSON, page.body))
}

/// What one page of the list is made from, and how it was asked for.
fn ticket_tag(tickets: &Tickets, headers: &HeaderMap, uri: &Uri) -> String {
    let store = tickets.store();
    envelope::tag((store.epoch(), store.seq()), headers, uri)
}

/// One page of tickets.
pub(super) struct TicketPage {
    pub(super) tag: String,
    pub(super) body: String,
    /// The page after it, under the same path.
    pub(super) next: Option<Uri>,
}

/// The page, as soon as its tickets are there.
async fn ticket_page(
    ground: &Arc<Ground>,
    tickets: &Arc<Tickets>,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<TicketPage, Problem> {
    let query = query::list(uri, &query::TICKET_PARAMETERS)?;
    let (filter, sort) = query::tickets(&query)?;
    let after = match query.cursor.as_deref() {
        None => None,
        Some(cursor) => Some(read_cursor(cursor, tickets.store().epoch(), sort).ok_or_else(stale_cursor)?),
    };
    if sort == Sort::Arrival {
        // One more tells whether there is a page after this one.
        let last = after.map_or(0, |(_, n)| n).saturating_add(query.limit as i64 + 1);
        tickets.hold(last).await?;
    }
    let query = TicketQuery { filter, sort, after, limit: query.limit };
    let (ground, tickets, headers, uri) = (ground.clone(), tickets.clone(), headers.clone(), uri.clone());
    let page = tokio::task::spawn_blocking(move || read_page(&ground, &tickets, &headers, &uri, &query));
    page.await.map_err(|error| Problem::internal(format!("the page was not made: {error}")))?
}

fn read_page(
    ground: &Ground,
    tickets: &Tickets,
    headers: &HeaderMap,
    uri: &Uri,
    query: &TicketQuery,
) -> Result<TicketPage, Problem> {
    let store = tickets.store();
    let tag = envelope::tag((store.epoch(), store.seq()), headers, uri);
    let page = store.page(query)?;
    let head = PageHead {
        as_of: Stamp::new(store.as_of(), &ground.catalog.zone),
        returned: page.returned,
        matched: page.matched,
        position: Some((store.epoch().to_owned(), store.seq())),
        next: page.next.map(|next| write_cursor(next, store.epoch(), query.sort)),
        definitions: None,
    };
    drop(store);
    let next = head.next_query(uri).and_then(|query| format!("{}?{query}", uri.path()).parse().ok());
    Ok(TicketPage { tag, next, body: head.around(page.features, headers, uri) })
}

async fn one_ticket(app: &App, id: &str, headers: &HeaderMap, uri: &Uri) -> Result<Response, Problem> {
    let (ground, tickets) = (app.ground().await?, app.tickets().await?);
    let zone = &ground.catalog.zone;
    let Some(stored) = tickets.store().ticket(id)? else {
        return Err(Problem::not_found(format!("there is no ticket `{id}`")));
    };
    let now = ground.clock.now();
    let computed = tickets.detail.as_ref().and_then(|detail| detail(&TicketId::new(id), now));
    let (mut body, extras) = match (&computed, stored.extras) {
        (Some(detail), _) => {
            let mut feature = Vec::with_capacity(2048);
            ticket_feature(&mut feature, &detail.ticket, zone);
            (String::from_utf8(feature).unwrap_or_default(), detail_extras(detail, zone))
        }
        (None, Some(extras)) => (stored.feature, extras),
        (None, None) => {
            (stored.feature, "\"address\":null,\"clocks\":[],\"timeline\":[],\"evidence\":0,\"related\":[]".to_owned())
        }
    };
    // A feature ends with its properties: `…}}`.
    body.truncate(body.len().saturating_sub(2));
    body.push(',');
    body.push_str(&extras);
    body.push_str("},\"timeStamp\":\"");
    body.push_str(&Stamp::new(now, zone).to_string());
    body.push_str("\"}");
    let tag = envelope::tag(&body, headers, uri);
    Ok(envelope::json(headers, &tag, GEOJSON, body))
}

/// The members of a page beside its features.
struct PageHead<'a> {
    as_of: Stamp<'a>,
    returned: usize,
    matched: u64,
    position: Option<(String, u64)>,
    next: Option<String>,
    /// What the keys of a page of indicators mean.
    definitions: Option<String>,
}

impl PageHead<'_> {
    /// The query of the page after this one.
    fn next_query(&self, uri: &Uri) -> Option<String> {
        let asked = uri.query().unwrap_or_default();
        let cursor = format!("cursor={}", self.next.as_ref()?);
        let mut parts: Vec<&str> =
            asked.split('&').filter(|part| !part.is_empty() && !part.starts_with("cursor=")).collect();
        parts.push(&cursor);
        Some(parts.join("&"))
    }

    /// The page around features joined by commas.
    fn around(&self, features: String, headers: &HeaderMap, uri: &Uri) -> String {
        let base = envelope::base_url(headers);
        let link = |rel: &str, query: &str| {
            let mark = if query.is_empty() { "" } else { "?" };
            serde_json::json!({"rel": rel, "type": GEOJSON, "href": format!("{base}{}{mark}{query}", uri.path())})
        };
        let asked = uri.query().unwrap_or_default();
        let mut links = vec![link("self", asked)];
        links.extend(self.next_query(uri).map(|query| link("next", &query)));
        let position = self
            .position
            .as_ref()
            .map_or(String::new(), |(epoch, seq)| format!("\"epoch\":\"{epoch}\",\"seq\":{seq},"));
        let definitions = self.definitions.as_ref().map_or(String::new(), |list| format!("\"definitions\":{list},"));
        let mut body = features;
        let head = format!(
            "{{\"type\":\"FeatureCollection\",\"timeStamp\":\"{}\",\"numberReturned\":{},\"numberMatched\":{},{position}\"links\":{},{definitions}\"features\":[",
            self.as_of,
            self.returned,
            self.matched,
            serde_json::Value::Array(links)
        );
        body.reserve(head.len() + 2);
        body.insert_str(0, &head);
        body.push_str("]}");
        body
    }
}

fn stale_cursor() -> Problem {
    Problem::gone("this page link is not of the list as it is now; read the list from its first page")
}

/// `EPOCH_n` in order of arrival, `EPOCH_key_n` otherwise.
fn write_cursor((key, n): (i64, i64), epoch: &str, sort: Sort) -> String {
    if sort == Sort::Arrival { format!("{epoch}_{n}") } else { format!("{epoch}_{key}_{n}") }
}

fn read_cursor(cursor: &str, epoch: &str, sort: Sort) -> Option<(i64, i64)> {
    let rest = cursor.strip_prefix(epoch)?.strip_prefix('_')?;
    match (rest.split_once('_'), sort) {
        (None, Sort::Arrival) => Some((0, rest.parse().ok()?)),
        (Some((key, n)), Sort::Requested { .. } | Sort::Updated { .. }) => Some((key.parse().ok()?, n.parse().ok()?)),
        _ => None,
    }
}
