//! One page of a feature collection. The fast path reads the page in one go; if that fails, the page is cut into its
//! features and each is read alone, so that one broken record costs one record. A page that is not complete JSON is
//! refused as a whole: nothing of a truncated answer is ever applied.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use thiserror::Error;

use super::geometry::Shape;
use super::loose::Loose;

/// A place in the log of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamPosition {
    /// The life of the log; `seq` of different epochs cannot be compared.
    pub epoch: Arc<str>,
    /// Number of the last change contained.
    pub seq: u64,
}

/// What a page says besides its features.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageHead {
    /// `rel=next`, as it stands.
    pub next: Option<String>,
    /// What the page is current to, where the platform says so.
    pub position: Option<StreamPosition>,
    /// Number of features on the page, usable or not.
    pub listed: usize,
}

/// Why a page cannot be used at all.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PageError {
    /// Not complete JSON, or not an object with the members we need.
    #[error("not a readable feature collection: {0}")]
    Json(String),
    /// JSON, but something else.
    #[error("a FeatureCollection was expected, found {0}")]
    NotFeatures(String),
}

/// One record that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The record's number or code, if it could be read, else its place in the page.
    pub record: String,
    /// The member that is wrong.
    pub field: &'static str,
    /// What stands there.
    pub found: String,
    /// Id and version where both could be read: the record is known, though not usable.
    pub known: Option<(Arc<str>, u64)>,
}

impl std::fmt::Display for Reject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.record, self.field, self.found)
    }
}

/// One feature with properties `P`.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "P: Deserialize<'de> + Default"))]
pub struct Feature<'a, P> {
    /// The feature id.
    #[serde(borrow, default)]
    pub id: Loose<'a>,
    /// The geometry; `None` for `null`.
    #[serde(borrow, default)]
    pub geometry: Option<Shape<'a>>,
    /// The properties.
    #[serde(default)]
    pub properties: Option<P>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "P: Deserialize<'de> + Default"))]
struct Collection<'a, P> {
    #[serde(borrow, default, rename = "type")]
    kind: Loose<'a>,
    #[serde(borrow, default)]
    links: Option<Vec<Link<'a>>>,
    #[serde(borrow, default)]
    epoch: Loose<'a>,
    #[serde(borrow, default)]
    seq: Loose<'a>,
    #[serde(borrow, default = "Option::default")]
    features: Option<Vec<Feature<'a, P>>>,
}

/// One link of `links[]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Link<'a> {
    /// The relation.
    #[serde(borrow)]
    pub rel: Loose<'a>,
    /// The target.
    #[serde(borrow)]
    pub href: Loose<'a>,
}

/// Reads a page and hands each feature to `each`, records that are not even features as [`Reject`]s.
pub fn read_page<'a, P: Deserialize<'a> + Default>(
    body: &'a [u8],
    mut each: impl FnMut(Result<Feature<'a, P>, Reject>),
) -> Result<PageHead, PageError> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    // Text that is known to be UTF-8 as a whole need not be looked at again string by string.
    let read = match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str::<Collection<'a, P>>(text),
        Err(_) => serde_json::from_slice(body),
    };
    let fault = match read {
        Ok(mut page) => {
            let Some(features) = page.features.take() else { return Err(not_features(&page)) };
            let head = head(&page, features.len())?;
            features.into_iter().for_each(|feature| each(Ok(feature)));
            return Ok(head);
        }
        Err(fault) => PageError::Json(fault.to_string()),
    };
    let Some((features, frame)) = cut(body) else { return Err(fault) };
    let Ok(page) = serde_json::from_slice::<Collection<'_, IgnoredAny>>(&frame) else { return Err(fault) };
    if page.features.is_none() {
        return Err(not_features(&page));
    }
    let head = head(&page, features.len())?;
    for (index, feature) in features.into_iter().enumerate() {
        each(serde_json::from_slice(feature).map_err(|fault| rejected(index, feature, &fault)));
    }
    Ok(head)
}

fn head<P>(page: &Collection<'_, P>, listed: usize) -> Result<PageHead, PageError> {
    if page.kind.text() != Some("FeatureCollection") {
        return Err(not_features(page));
    }
    let next = page.links.iter().flatten().find(|link| link.rel.text() == Some("next"));
    let position = match (page.epoch.code(), page.seq.count()) {
        (Some(epoch), Some(seq)) => Some(StreamPosition { epoch: epoch.as_ref().into(), seq }),
        _ => None,
    };
    Ok(PageHead { next: next.and_then(|link| link.href.text()).map(str::to_owned), position, listed })
}

fn not_features<P>(page: &Collection<'_, P>) -> PageError {
    PageError::NotFeatures(match page.kind.text() {
        Some("FeatureCollection") => "one without features".into(),
        _ => format!("type {}", page.kind),
    })
}

fn rejected(index: usize, feature: &[u8], fault: &serde_json::Error) -> Reject {
    #[derive(Deserialize)]
    struct Id<'a> {
        #[serde(borrow, default)]
        id: Loose<'a>,
    }
    let id = serde_json::from_slice::<Id<'_>>(feature).ok().and_then(|it| it.id.code().map(|id| id.into_owned()));
    let record = id.unwrap_or_else(|| format!("record {}", index + 1));
    Reject { record, field: "feature", found: fault.to_string(), known: None }
}

/// Cuts a page into the texts of its features and the page with an empty list of features. `None` if the brackets and
/// strings of the page do not close.
fn cut(body: &[u8]) -> Option<(Vec<&[u8]>, Vec<u8>)> {
    let mut at = skip_space(body, 0);
    (body.get(at) == Some(&b'{')).then_some(())?;
    at = skip_space(body, at + 1);
    let mut found = None;
    while body.get(at) == Some(&b'"') {
        let key_end = value_end(body, at)?;
        let key = &body[at..key_end];
        at = skip_space(body, key_end);
        (body.get(at) == Some(&b':')).then_some(())?;
        let start = skip_space(body, at + 1);
        let end = value_end(body, start)?;
        if key == b"\"features\"" && body.get(start) == Some(&b'[') {
            found = Some((start, end));
        }
        at = skip_space(body, end);
        if body.get(at) == Some(&b',') {
            at = skip_space(body, at + 1);
        } else {
            break;
        }
    }
    (body.get(at) == Some(&b'}') && skip_space(body, at + 1) == body.len()).then_some(())?;
    let (start, end) = found?;
    let mut features = Vec::new();
    let mut at = skip_space(body, start + 1);
    while at + 1 < end {
        let stop = value_end(body, at)?;
        features.push(&body[at..stop]);
        at = skip_space(body, stop);
        match body.get(at)? {
            b',' => at = skip_space(body, at + 1),
            b']' => break,
            _ => return None,
        }
    }
    let mut frame = Vec::with_capacity(body.len() - (end - start) + 2);
    frame.extend_from_slice(&body[..start]);
    frame.extend_from_slice(b"[]");
    frame.extend_from_slice(&body[end..]);
    Some((features, frame))
}

fn skip_space(body: &[u8], mut at: usize) -> usize {
    while body.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// The end of the value that starts at `at`; `None` if it does not end. Looks at brackets and strings only.
fn value_end(body: &[u8], mut at: usize) -> Option<usize> {
    let start = at;
    let mut depth = 0_usize;
    loop {
        match body.get(at)? {
            b'"' => {
                at += 1;
                loop {
                    match body.get(at)? {
                        b'\\' => at += 2,
                        b'"' => break,
                        _ => at += 1,
                    }
                }
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' if depth > 1 => {
                depth -= 1;
                at += 1;
            }
            b'}' | b']' if depth == 1 => return Some(at + 1),
            // A bare word or number ends where its surroundings go on.
            b',' | b'}' | b']' if depth == 0 => return (at > start).then_some(at),
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found<'a> = Vec<Result<Feature<'a, Names<'a>>, Reject>>;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Names<'a> {
        #[serde(borrow)]
        name: Loose<'a>,
    }

    fn read(body: &[u8]) -> Result<(PageHead, Found<'_>), PageError> {
        let mut found = Vec::new();
        let head = read_page(body, |feature| found.push(feature))?;
        Ok((head, found))
    }

    const PAGE: &str = r#"{"type":"FeatureCollection","epoch":"e1","seq":42,"links":[{"rel":"self","href":"a"},
        {"rel":"next","href":"http://x/next"}],"features":[{"id":"a","geometry":null,"properties":{"name":"甲 ] } \" ,"}},
        {"id":7,"geometry":{"type":"Point","coordinates":[1,2]},"properties":{"name":5}}]}"#;

    #[test]
    fn a_good_page() {
        let (head, found) = read(PAGE.as_bytes()).unwrap();
        assert_eq!(head.next.as_deref(), Some("http://x/next"));
        assert_eq!(head.position, Some(StreamPosition { epoch: "e1".into(), seq: 42 }));
        assert_eq!((head.listed, found.len()), (2, 2));
        assert_eq!(found[0].as_ref().unwrap().properties.as_ref().unwrap().name.text(), Some("甲 ] } \" ,"));
    }

    #[test]
    fn a_broken_record_costs_one_record() {
        for broken in [
            "7",
            "{\"id\":\"z\",\"geometry\":\"none\"}",
            "{\"id\":\"z\",\"id\":\"y\"}",
            "[1,{},{},{}]",
            "{\"id\":1e999}",
            "{\"a\":tru}",
        ] {
            let body = PAGE.replace("{\"id\":7", &format!("{broken},{{\"id\":7"));
            let (head, found) = read(body.as_bytes()).unwrap_or_else(|fault| panic!("{broken}: {fault}"));
            assert_eq!(head.position.as_ref().map(|it| it.seq), Some(42));
            assert_eq!((head.listed, found.iter().filter(|it| it.is_err()).count()), (3, 1), "{broken}");
        }
        let invalid_utf8 =
            PAGE.as_bytes().iter().map(|byte| if *byte == b'5' { 0xFF } else { *byte }).collect::<Vec<_>>();
        assert_eq!(read(&invalid_utf8).unwrap().1.iter().filter(|it| it.is_err()).count(), 1);
    }

    #[test]
    fn a_truncated_page_is_refused_at_every_byte() {
        for end in 0..PAGE.len() {
            assert!(read(&PAGE.as_bytes()[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn other_documents_are_not_empty_lists() {
        for other in [
            "",
            "null",
            "[]",
            "{}",
            "{\"type\":\"FeatureCollection\"}",
            "<html></html>",
            "{\"features\":[]}",
            "{\"type\":\"Feature\",\"features\":[]}",
            "{\"type\":\"FeatureCollection\",\"features\":{}}",
        ] {
            assert!(read(other.as_bytes()).is_err(), "{other}");
        }
        assert_eq!(read(b"{\"type\":\"FeatureCollection\",\"features\":[]}").unwrap().0, PageHead::default());
    }
}
