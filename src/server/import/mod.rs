//! Real data into the reference platform: areas from GeoJSON, tickets from delimited text or JSON, by a mapping file.
//!
//! One bad row costs itself and is listed with its line and reason ([`Report`]); one bad file costs itself and is named.
//! The result is plain domain values; `store` keeps them. What a mapping can say is shown in `assets/mappings`.
//!
//! The way through: `encoding` → (`features` → `geometry` → `areas` → `levels`) and (`records` → `ticket_row` → `tickets`,
//! with `moment` and `point` for times and coordinates) → `locate` puts tickets into areas; without areas, `cells`.

mod answers;
mod areas;
mod as_of;
mod cells;
mod columns;
mod encoding;
mod features;
mod geometry;
mod levels;
mod locate;
mod mapping;
mod mapping_toml;
mod moment;
mod moment_text;
mod point;
mod records;
mod report;
mod rings;
mod ticket_row;
mod tickets;
mod union;

use std::path::PathBuf;

use jiff::Timestamp;

use crate::domain::{Area, Calendar, Environment, Level, Place, Site, SiteClock, TicketDetail, Workflow};

pub use mapping::{Mapping, MappingError};
pub use report::{FileKind, FileReport, Report, RowNote};

/// Everything an import yields.
#[derive(Debug)]
pub struct Imported {
    /// Title, zone and clock. The environment is [`Environment::Archive`]; the clock stands (speed 0) at the time that
    /// the mapping names or at the newest report.
    pub site: Site,
    /// All four levels; every area but the district has a parent of the next level.
    pub areas: Vec<Area>,
    /// The base map; city files have none yet.
    pub places: Vec<Place>,
    /// The tickets in the order of reporting, with `ver` 1.
    pub tickets: Vec<TicketDetail>,
    /// What became of every row.
    pub report: Report,
}

/// Why nothing could be imported. What became of single files and rows is in the report.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No files were named.
    #[error("no files to import: name area files, ticket files or both")]
    NoFiles,
    /// Files were named that the mapping says nothing about.
    #[error("{0} files are given, but the mapping has no table [{1}]")]
    NotMapped(&'static str, &'static str),
    /// Not one row could be used.
    #[error("nothing could be imported; the reasons are in the report")]
    NothingTaken(Box<Report>),
}

/// Imports area and ticket files as the mapping says.
pub fn import(mapping: &Mapping, area_files: &[PathBuf], ticket_files: &[PathBuf]) -> Result<Imported, ImportError> {
    if area_files.is_empty() && ticket_files.is_empty() {
        return Err(ImportError::NoFiles);
    }
    let mut report = Report::default();
    let (given, group_m) = match (&mapping.areas, area_files.is_empty()) {
        (None, false) => return Err(ImportError::NotMapped("area", "areas")),
        (Some(areas), false) => {
            let mut reader = areas::AreaReader::new(areas);
            for path in area_files {
                report.files.push(reader.read_file(path));
            }
            (reader.areas, areas.group_m)
        }
        (_, true) => (Vec::new(), [None, None]),
    };
    if !area_files.is_empty() && given.is_empty() {
        return Err(ImportError::NothingTaken(Box::new(report)));
    }
    let rows = match (&mapping.tickets, ticket_files.is_empty()) {
        (None, false) => return Err(ImportError::NotMapped("ticket", "tickets")),
        (Some(tickets), false) => {
            let mut reader = tickets::TicketReader::new(tickets);
            for path in ticket_files {
                reader.read_file(path, &mut report.files);
            }
            Some((reader, tickets))
        }
        (_, true) => None,
    };
    let district = levels::DistrictFacts {
        code: mapping.site.district_code.clone(),
        name: mapping.site.district_name.clone().unwrap_or_else(|| mapping.site.title.clone()),
        name_en: mapping.site.district_name_en.clone().or_else(|| Some(mapping.site.title_en.clone())),
    };
    let mut notes = Vec::new();
    let areas = match &rows {
        _ if !given.is_empty() => levels::complete(given, &district, group_m, &mut notes),
        Some((reader, tickets)) => over_cells(reader, tickets, &district, &mut notes),
        None => Vec::new(),
    };
    if areas.is_empty() {
        report.notes = notes;
        return Err(ImportError::NothingTaken(Box::new(report)));
    }
    let locator = locate::Locator::new(&areas);
    let mut tickets =
        rows.map(|(reader, _)| reader.finish(&locator, mapping.site.clock, &mut notes)).unwrap_or_default();
    let site = site_of(mapping, &areas, &tickets);
    let now = site.clock.now;
    let rewound = tickets.iter_mut().map(|detail| as_of::rewind(detail, now)).filter(|is_changed| *is_changed).count();
    if rewound > 0 {
        notes.push(format!(
            "{rewound} tickets stand as at {}: what the file knows of later is taken back",
            site.clock.now
        ));
    }
    let later = tickets.iter().filter(|detail| detail.ticket.updated_at > site.clock.now).count();
    if later > 0 {
        let hint = "their state is that of the file; set site.clock to choose the moment";
        notes.push(format!("{later} tickets changed after {}, where the clock stands; {hint}", site.clock.now));
    }
    report.notes = notes;
    Ok(Imported { site, areas, places: Vec::new(), tickets, report })
}

/// Areas for tickets that came without.
fn over_cells(
    reader: &tickets::TicketReader<'_>,
    mapping: &mapping::TicketMapping,
    district: &levels::DistrictFacts,
    notes: &mut Vec<String>,
) -> Vec<Area> {
    let default = mapping::CellMapping { size_m: 1000.0, group: 3, fill: mapping::CellFill::Occupied };
    let cells = mapping.cells.unwrap_or(default);
    let given = cells::cells_over(&reader.points(), &cells, notes);
    if given.is_empty() {
        if !reader.is_empty() {
            notes.push("the tickets have no coordinates and no areas are given: there is no map to make".to_owned());
        }
        return Vec::new();
    }
    // Cells may have been widened, so the groups follow the cells made.
    let side_m = given[0].area.boundary.0.first().map_or(cells.size_m, |cell| {
        let ring = &cell.exterior().0;
        (ring[2].y - ring[0].y) * levels::METRES_PER_DEGREE
    });
    notes.push(format!("no areas are given: {} square cells of {side_m:.0} m were made", given.len()));
    let community_m = side_m * f64::from(cells.group);
    levels::complete(given, district, [Some(community_m * f64::from(cells.group)), Some(community_m)], notes)
}

fn site_of(mapping: &Mapping, areas: &[Area], tickets: &[TicketDetail]) -> Site {
    let site = &mapping.site;
    let newest = tickets.iter().map(|detail| detail.ticket.reported_at).max();
    let now = site.clock.or(newest).unwrap_or_else(Timestamp::now);
    Site {
        title: site.title.clone(),
        title_en: site.title_en.clone(),
        district: areas.iter().find(|area| area.level == Level::District).map(|area| area.code.clone()),
        zone: site.zone.clone(),
        environment: Environment::Archive,
        workflow: Workflow::eight_steps(),
        calendar: Calendar::office_hours(site.zone.clone()),
        clock: SiteClock { now, speed: 0.0 },
        map_approval: site.map_approval.clone(),
    }
}

#[cfg(test)]
mod fuzz_tests;
#[cfg(test)]
mod tests;
