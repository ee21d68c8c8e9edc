//! Where the columns that a mapping names are in one file. A name that is not there is an error with the nearest name.

use super::mapping::{TicketMapping, nearest};

/// The places of the mapped columns in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The number.
    pub id: Option<usize>,
    /// The report time.
    pub reported_at: usize,
    /// The last change.
    pub updated_at: Option<usize>,
    /// The closing time.
    pub closed_at: Option<usize>,
    /// Sign by.
    pub sign_due: Option<usize>,
    /// Signed.
    pub signed_at: Option<usize>,
    /// Handle by.
    pub handle_due: Option<usize>,
    /// The end of handling.
    pub resolved_at: Option<usize>,
    /// The beginning of a pause.
    pub paused_from: Option<usize>,
    /// Its end.
    pub paused_until: Option<usize>,
    /// Its reason.
    pub pause_reason: Option<usize>,
    /// Satisfaction.
    pub rated: Option<usize>,
    /// The answer on solving.
    pub resolved: Option<usize>,
    /// The status.
    pub status: Option<usize>,
    /// The channel.
    pub source: Option<usize>,
    /// The category.
    pub category: Option<usize>,
    /// Its class.
    pub category_group: Option<usize>,
    /// Its code.
    pub category_code: Option<usize>,
    /// The lead unit.
    pub agency: Option<usize>,
    /// The address.
    pub address: Option<usize>,
    /// The area.
    pub area: Option<usize>,
    /// Longitude and latitude.
    pub lon_lat: Option<(usize, usize)>,
    /// A whole point.
    pub point: Option<usize>,
}

impl Columns {
    /// Finds every mapped column in `header`; an error names all that are missing.
    pub fn find(mapping: &TicketMapping, header: &[String]) -> Result<Self, String> {
        let mut missing = Vec::new();
        let mut find = |name: &str| -> Option<usize> {
            let found = position(name, header);
            if found.is_none() {
                let near = nearest(name, header.iter().map(String::as_str));
                let hint = near.map(|near| format!(" (did you mean \"{near}\"?)")).unwrap_or_default();
                missing.push(format!("\"{name}\"{hint}"));
            }
            found
        };
        let mut optional = |name: &Option<String>| name.as_deref().and_then(&mut find);
        let mut columns = Self {
            id: optional(&mapping.id),
            reported_at: 0,
            updated_at: optional(&mapping.updated_at),
            closed_at: optional(&mapping.closed_at),
            sign_due: optional(&mapping.sign_due),
            signed_at: optional(&mapping.signed_at),
            handle_due: optional(&mapping.handle_due),
            resolved_at: optional(&mapping.resolved_at),
            paused_from: optional(&mapping.paused_from),
            paused_until: optional(&mapping.paused_until),
            pause_reason: optional(&mapping.pause_reason),
            rated: optional(&mapping.rated),
            resolved: optional(&mapping.resolved),
            status: optional(&mapping.status),
            source: optional(&mapping.source),
            category: optional(&mapping.category),
            category_group: optional(&mapping.category_group),
            category_code: optional(&mapping.category_code),
            agency: optional(&mapping.agency),
            address: optional(&mapping.address),
            area: optional(&mapping.area),
            lon_lat: None,
            point: optional(&mapping.point),
        };
        columns.reported_at = find(&mapping.reported_at).unwrap_or(0);
        if let Some((lon, lat)) = &mapping.lon_lat {
            columns.lon_lat = find(lon).zip(find(lat));
        }
        if missing.is_empty() {
            return Ok(columns);
        }
        let shown: Vec<&str> = header.iter().take(40).map(String::as_str).collect();
        Err(format!(
            "the mapping names columns that the file does not have: {}. The file has: {}",
            missing.join(", "),
            shown.join(", ")
        ))
    }
}

/// The names of all columns that a mapping uses.
pub fn mapped_names(mapping: &TicketMapping) -> Vec<String> {
    let optional = [
        &mapping.id,
        &mapping.updated_at,
        &mapping.closed_at,
        &mapping.sign_due,
        &mapping.signed_at,
        &mapping.handle_due,
        &mapping.resolved_at,
        &mapping.paused_from,
        &mapping.paused_until,
        &mapping.pause_reason,
        &mapping.rated,
        &mapping.resolved,
        &mapping.status,
        &mapping.source,
        &mapping.category,
        &mapping.category_group,
        &mapping.category_code,
        &mapping.agency,
        &mapping.address,
        &mapping.area,
        &mapping.point,
    ];
    let mut names = vec![mapping.reported_at.clone()];
    names.extend(optional.into_iter().flatten().cloned());
    names.extend(mapping.lon_lat.iter().flat_map(|(lon, lat)| [lon.clone(), lat.clone()]));
    names.sort();
    names.dedup();
    names
}

/// A column by its exact name, or else by name without regard to capitals and outer blanks.
fn position(name: &str, header: &[String]) -> Option<usize> {
    let folded = name.trim().to_lowercase();
    header
        .iter()
        .position(|own| own == name)
        .or_else(|| header.iter().position(|own| own.trim().to_lowercase() == folded))
}
