//! Query parameters of lists, checked: every name known, every value readable, each error says what would be right.

use axum::http::{StatusCode, Uri};
use jiff::Timestamp;

use super::Problem;
use crate::domain::{Source, Stage};
use crate::server::catalog::Bounds;
use crate::server::store::{Filter, Sort};

/// Most features of one page.
pub const MAX_LIMIT: usize = 10_000;
/// Features of a page if nothing is said.
const DEFAULT_LIMIT: usize = 100;

/// The parameters in the order given, decoded.
pub fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    let parsed = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
    let Ok(axum::extract::Query(pairs)) = parsed else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid-query", "the query string cannot be decoded"));
    };
    let mut seen: Vec<&str> = Vec::new();
    for (name, _) in &pairs {
        if seen.contains(&name.as_str()) {
            let detail = format!("parameter `{name}` comes twice; give several values as a,b");
            return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid-parameter", detail));
        }
        seen.push(name);
    }
    Ok(pairs)
}

/// What all lists understand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListQuery {
    /// Features per page.
    pub limit: usize,
    /// Where to go on, as we gave it out.
    pub cursor: Option<String>,
    /// `bbox`.
    pub bounds: Option<Bounds>,
    /// `datetime`, as closed bounds in microseconds since 1970.
    pub from: Option<i64>,
    /// See `from`.
    pub to: Option<i64>,
    /// Everything else.
    pub others: Vec<(String, String)>,
}

/// Reads the common parameters; `others` names the ones that this list has beside them.
pub fn list(uri: &Uri, others: &[&str]) -> Result<ListQuery, Problem> {
    let mut query = ListQuery { limit: DEFAULT_LIMIT, ..ListQuery::default() };
    for (name, value) in pairs(uri)? {
        match name.as_str() {
            "limit" => {
                let limit = value.parse::<usize>().ok().filter(|limit| *limit > 0);
                let limit = limit.ok_or_else(|| Problem::parameter(&name, &value, "a number from 1 to 10000"))?;
                query.limit = limit.min(MAX_LIMIT);
            }
            "cursor" => query.cursor = Some(value),
            "bbox" => query.bounds = Some(bounds(&value)?),
            "datetime" => (query.from, query.to) = interval(&value)?,
            other if others.contains(&other) => query.others.push((name, value)),
            _ => return Err(unknown(&name, others)),
        }
    }
    Ok(query)
}

/// An unknown parameter, with those that are known.
pub fn unknown(name: &str, others: &[&str]) -> Problem {
    let mut known = vec!["limit", "bbox", "datetime"];
    known.extend(others);
    let name: String = name.chars().take(60).collect();
    let detail = format!("unknown parameter `{name}`; known here: {}", known.join(", "));
    Problem::new(StatusCode::BAD_REQUEST, "unknown-parameter", detail)
}

/// The parameters that only tickets have.
pub const TICKET_PARAMETERS: [&str; 6] = ["sortby", "stage", "status", "source", "service_code", "grid_code"];

/// Filter and order of a ticket list.
pub fn tickets(query: &ListQuery) -> Result<(Filter, Sort), Problem> {
    let mut filter = Filter { bounds: query.bounds, from: query.from, to: query.to, ..Filter::default() };
    let mut sort = Sort::Arrival;
    for (name, value) in &query.others {
        let words = || value.split(',').map(str::trim).filter(|word| !word.is_empty());
        let expected = |expected: &str| Problem::parameter(name, value, expected);
        match name.as_str() {
            "sortby" => {
                sort = match value.strip_prefix('+').unwrap_or(value).trim() {
                    "requested_datetime" => Sort::Requested { descending: false },
                    "-requested_datetime" => Sort::Requested { descending: true },
                    "updated_datetime" => Sort::Updated { descending: false },
                    "-updated_datetime" => Sort::Updated { descending: true },
                    _ => return Err(expected("requested_datetime or updated_datetime, with - for newest first")),
                }
            }
            "stage" => {
                for word in words() {
                    let stage = Stage::ALL.into_iter().find(|stage| stage.key() == word);
                    filter.stages.push(stage.ok_or_else(|| expected(&Stage::ALL.map(Stage::key).join(", ")))?);
                }
            }
            "status" => {
                filter.open = match value.as_str() {
                    "open" => Some(true),
                    "closed" => Some(false),
                    _ => return Err(expected("open or closed")),
                }
            }
            "source" => {
                for word in words() {
                    let source = Source::ALL.into_iter().find(|source| source.key() == word);
                    filter.sources.push(source.ok_or_else(|| expected(&Source::ALL.map(Source::key).join(", ")))?);
                }
            }
            "service_code" => filter.service_codes.extend(words().map(str::to_owned)),
            _ => filter.grid_codes.extend(words().map(str::to_owned)),
        }
    }
    Ok((filter, sort))
}

/// `west,south,east,north`, or six numbers with heights in third and sixth place.
fn bounds(value: &str) -> Result<Bounds, Problem> {
    let wrong = || Problem::parameter("bbox", value, "west,south,east,north in degrees");
    let numbers: Vec<f64> = value
        .split(',')
        .map(|part| part.trim().parse::<f64>().ok().filter(|number| number.is_finite()))
        .collect::<Option<_>>()
        .ok_or_else(wrong)?;
    let [west, south, east, north] = match numbers[..] {
        [west, south, east, north] => [west, south, east, north],
        [west, south, _, east, north, _] => [west, south, east, north],
        _ => return Err(wrong()),
    };
    if south > north || !(-180.0..=180.0).contains(&west) || !(-180.0..=180.0).contains(&east) {
        return Err(wrong());
    }
    Ok([west, south, east, north])
}

/// A moment, or `from/to` with `..` or nothing for an open end; both ends belong to it.
fn interval(value: &str) -> Result<(Option<i64>, Option<i64>), Problem> {
    let wrong = || {
        Problem::parameter("datetime", value, "a time such as 2026-11-21T00:00:00+08:00, or from/to with .. for open")
    };
    // A plus that was not encoded arrives as a space.
    let moment = |text: &str| text.replace(' ', "+").parse::<Timestamp>().map(|at| at.as_microsecond()).ok();
    let end = |text: &str| match text {
        "" | ".." => Ok(None),
        text => moment(text).map(Some).ok_or_else(wrong),
    };
    match value.split_once('/') {
        None => end(value).and_then(|at| if at.is_some() { Ok((at, at)) } else { Err(wrong()) }),
        Some((from, to)) => {
            let (from, to) = (end(from)?, end(to)?);
            if from.is_some() && to.is_some() && from > to { Err(wrong()) } else { Ok((from, to)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<(ListQuery, Filter, Sort), Problem> {
        let uri: Uri = format!("/collections/tickets/items?{query}").parse().unwrap();
        let list = list(&uri, &TICKET_PARAMETERS)?;
        let (filter, sort) = tickets(&list)?;
        Ok((list, filter, sort))
    }

    #[test]
    fn good_parameters_are_read() {
        let (list, filter, sort) =
            parse("limit=20000&bbox=1,2,3,4&datetime=2026-11-21T00:00:00%2B08:00/..&stage=HANDLE,VERIFY&sortby=-updated_datetime")
                .unwrap();
        assert_eq!(list.limit, MAX_LIMIT);
        assert_eq!(filter.bounds, Some([1.0, 2.0, 3.0, 4.0]));
        assert_eq!((filter.from, filter.to), (Some(1_795_190_400_000_000), None));
        assert_eq!(filter.stages, [Stage::Handle, Stage::Verify]);
        assert_eq!(sort, Sort::Updated { descending: true });
        assert_eq!(parse("bbox=1,2,0,3,4,9").unwrap().1.bounds, Some([1.0, 2.0, 3.0, 4.0]));
        assert_eq!(parse("datetime=2026-11-21T00:00:00+08:00").unwrap().1.to, Some(1_795_190_400_000_000));
    }

    #[test]
    fn bad_parameters_say_what_would_be_right() {
        for (query, word) in [
            ("limit=0", "10000"),
            ("limit=many", "10000"),
            ("bbox=1,2,3", "west"),
            ("bbox=NaN,2,3,4", "west"),
            ("bbox=1,9,3,4", "west"),
            ("datetime=yesterday", "2026"),
            ("datetime=..", "2026"),
            ("datetime=2026-11-22T00:00:00Z/2026-11-21T00:00:00Z", "from/to"),
            ("stage=HANDEL", "HANDLE"),
            ("status=OPEN", "closed"),
            ("source=phone", "hotline"),
            ("sortby=name", "requested_datetime"),
            ("colour=red", "service_code"),
            ("limit=1&limit=2", "twice"),
        ] {
            let problem = parse(query).unwrap_err();
            assert_eq!(problem.status, StatusCode::BAD_REQUEST);
            assert!(problem.detail.contains(word), "{query}: {}", problem.detail);
        }
    }
}
