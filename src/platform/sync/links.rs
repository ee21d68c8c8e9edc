//! URLs: where the next page is, and how paths are put below the platform's own.

use std::collections::HashSet;

use reqwest::Url;

use crate::platform::wire::PageHead;

/// The next page of a list: `None` at its end. Refused are links that leave the origin; a page without features, or
/// one that was read before, ends the list.
pub fn next_page(
    page: &Url,
    head: &PageHead,
    seen: &mut HashSet<Url>,
    max_pages: usize,
) -> Result<Option<Url>, String> {
    let Some(href) = head.next.as_deref().filter(|_| head.listed > 0) else { return Ok(None) };
    let next = page.join(href).map_err(|why| format!("its link to the next page cannot be read: {why}"))?;
    if next.origin() != page.origin() {
        return Err(format!("its link to the next page leaves the platform: {}", next.origin().ascii_serialization()));
    }
    if seen.len() >= max_pages {
        return Err(format!("the list has more than {max_pages} pages"));
    }
    Ok(seen.insert(next.clone()).then_some(next))
}

/// A path below the base URL, with the base's own query.
pub fn endpoint(base: &Url, path: &str) -> Url {
    let mut url = base.join(path).unwrap_or_else(|_| base.clone());
    url.set_query(base.query());
    url
}

/// A URL with these segments added to its path, each encoded.
pub fn under(url: &Url, segments: &[&str]) -> Url {
    let mut url = url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}
