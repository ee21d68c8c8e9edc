//! Ticket files to tickets: the loop over files and rows, duplicates, and what is known only at the end: areas, category
//! codes, neighbours. `ticket_row.rs` reads one row.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::domain::{Position, TicketDetail, TicketId};

use super::columns::{self, Columns};
use super::encoding::{self, Transcoded};
use super::features;
use super::locate::Locator;
use super::mapping::TicketMapping;
use super::moment::{MomentReader, guess_day_first};
use super::records::{Next, Record, Records};
use super::report::{FileKind, FileReport};
use super::ticket_row::{RowReader, RowTicket};

/// Rows that are looked at to tell day-first from month-first dates.
const SAMPLE_ROWS: usize = 5000;

/// Reads the rows of several files.
pub struct TicketReader<'m> {
    mapping: &'m TicketMapping,
    rows: Vec<RowTicket>,
    /// Per ticket number: its place in `rows`, its file and its line.
    seen: HashMap<TicketId, (usize, usize, u64)>,
    /// File and line of rows that gave way to newer ones; their repairs no longer matter.
    superseded: HashSet<(usize, u64)>,
}

impl<'m> TicketReader<'m> {
    /// An empty reader.
    pub fn new(mapping: &'m TicketMapping) -> Self {
        Self { mapping, rows: Vec::new(), seen: HashMap::new(), superseded: HashSet::new() }
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The coordinates of all tickets that have them.
    pub fn points(&self) -> Vec<(f64, f64)> {
        self.rows.iter().filter_map(|row| row.detail.ticket.position.lonlat()).collect()
    }

    /// Reads one file to its end and adds its report to `reports`.
    pub fn read_file(&mut self, path: &Path, reports: &mut Vec<FileReport>) {
        reports.push(FileReport::new(path, FileKind::Tickets));
        let at = reports.len() - 1;
        if let Err(failure) = self.read_into(path, reports, at) {
            reports[at].failure = Some(failure);
        } else if reports[at].taken == 0 {
            let why = reports[at]
                .rejected
                .first()
                .map_or("it has no rows".to_owned(), |note| format!("the first: {}", note.reason));
            reports[at].failure = Some(format!("no ticket could be taken; {why}"));
        }
        let superseded = std::mem::take(&mut self.superseded);
        for (file, report) in reports.iter_mut().enumerate().filter(|_| !superseded.is_empty()) {
            report.repaired.retain(|note| !superseded.contains(&(file, note.line)));
        }
    }

    fn read_into(&mut self, path: &Path, reports: &mut Vec<FileReport>, at: usize) -> Result<(), String> {
        let unreadable = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
        let open = encoding::open_text(path, self.mapping.encoding).map_err(unreadable)?;
        reports[at].warnings.extend(open.note.clone());
        let mut head = encoding::open_text(path, Some(open.encoding)).map_err(unreadable)?.reader;
        let mut first = [0; 512];
        let got = head.read(&mut first).map_err(unreadable)?;
        if matches!(first[..got].trim_ascii_start().first(), Some(b'{' | b'[')) {
            return self.read_json(open.reader, reports, at).map_err(|error| error.to_string());
        }
        let again = || encoding::open_text(path, Some(open.encoding)).map(|open| open.reader);
        self.read_delimited(open.reader, again, reports, at)
    }

    fn read_delimited(
        &mut self,
        text: Transcoded<File>,
        again: impl Fn() -> std::io::Result<Transcoded<File>>,
        reports: &mut Vec<FileReport>,
        at: usize,
    ) -> Result<(), String> {
        let mapping = self.mapping;
        let disk = |error: std::io::Error| format!("reading stopped: {error}");
        let mut records = Records::new(text, mapping.separator, mapping.skip_lines).map_err(disk)?;
        let mut record = Record::default();
        let header = if mapping.columns.is_empty() {
            match records.next(&mut record, None).map_err(disk)? {
                Next::Row => record.iter().map(str::to_owned).collect(),
                Next::Bad(line, why) => return Err(format!("the header cannot be read, line {line}: {why}")),
                Next::End => return Err("the file is empty".to_owned()),
            }
        } else {
            mapping.columns.clone()
        };
        let columns = Columns::find(mapping, &header)?;
        let day_first = match mapping.day_first {
            Some(day_first) => day_first,
            None => {
                let sample =
                    Records::new(again().map_err(disk)?, mapping.separator, mapping.skip_lines).map_err(disk)?;
                let guess = sample_day_first(sample, &columns).map_err(disk)?;
                if guess == Some(true) && mapping.time_formats.is_empty() {
                    reports[at]
                        .warnings
                        .push("dates were read with the day first, as the file's own dates show".to_owned());
                }
                guess.unwrap_or(false)
            }
        };
        let mut reader = RowReader::new(mapping, columns, self.moments(day_first));
        let width = header.len();
        loop {
            match records.next(&mut record, Some(width)).map_err(disk)? {
                Next::End => break,
                Next::Bad(line, why) => {
                    reports[at].read += 1;
                    reports[at].reject(line, why);
                }
                Next::Row => {
                    reports[at].read += 1;
                    let mut repairs = Vec::new();
                    if let Err(why) = fit_width(&record, width, &mut repairs) {
                        reports[at].reject(record.line, why);
                        continue;
                    }
                    self.take(&mut reader, &record, repairs, reports, at);
                }
            }
        }
        tell_unknown(&reader, &mut reports[at]);
        Ok(())
    }

    /// A list of objects or GeoJSON features, as open data portals and Open311 servers give them.
    fn read_json(
        &mut self,
        mut text: Transcoded<File>,
        reports: &mut Vec<FileReport>,
        at: usize,
    ) -> Result<(), String> {
        let mut json = Vec::new();
        text.read_to_end(&mut json).map_err(|error| format!("reading stopped: {error}"))?;
        let cuts = features::cut(&json);
        let names = columns::mapped_names(self.mapping);
        let object = |cut: &features::Cut| serde_json::from_slice::<Value>(&json[cut.bytes.clone()]);
        // Objects leave out what is empty, so a name counts as known if any of the first ones has it.
        let mut known: Vec<String> = Vec::new();
        for value in cuts.features.iter().take(SAMPLE_ROWS).filter_map(|cut| object(cut).ok()) {
            for key in fields_of(&value).into_iter().flat_map(|fields| fields.keys()) {
                if !known.contains(key) {
                    known.push(key.clone());
                }
            }
        }
        known.push("geometry".to_owned());
        Columns::find(self.mapping, &known)?;
        let columns = Columns::find(self.mapping, &names)?;
        let day_first = self.mapping.day_first.unwrap_or(false);
        let mut reader = RowReader::new(self.mapping, columns, self.moments(day_first));
        for cut in &cuts.features {
            reports[at].read += 1;
            match object(cut) {
                Ok(value) if value.is_object() => {
                    let fields: Vec<String> = names.iter().map(|name| json_field(&value, name)).collect();
                    let record = Record::from_fields(cut.line, fields.iter().map(String::as_str));
                    self.take(&mut reader, &record, Vec::new(), reports, at);
                }
                Ok(_) => reports[at].reject(cut.line, "an object is expected"),
                Err(error) => reports[at].reject(cut.line, format!("broken JSON: {error}")),
            }
        }
        for (line, reason) in cuts.faults {
            reports[at].read += 1;
            reports[at].reject(line, format!("broken JSON: {reason}"));
        }
        tell_unknown(&reader, &mut reports[at]);
        Ok(())
    }

    fn moments(&self, day_first: bool) -> MomentReader {
        MomentReader { zone: self.mapping.zone.clone(), formats: self.mapping.time_formats.clone(), day_first }
    }

    /// Takes one row, or books why not. Of two rows with one number the newer is kept, of equals the later.
    fn take(
        &mut self,
        reader: &mut RowReader<'_>,
        record: &Record,
        mut repairs: Vec<String>,
        reports: &mut [FileReport],
        at: usize,
    ) {
        let line = record.line;
        let row = match reader.read(record, &mut repairs) {
            Ok(row) => row,
            Err(why) => return reports[at].reject(line, why),
        };
        let id = row.detail.ticket.id.clone();
        if let Some((index, file, first)) = self.seen.get(&id).copied() {
            let newer = row.detail.ticket.updated_at >= self.rows[index].detail.ticket.updated_at;
            if !newer {
                let why = format!("number {id} is also in line {first}{}, which is newer", in_file(reports, file, at));
                return reports[at].reject(line, why);
            }
            let why = format!("number {id} is also in line {line}{}, which is newer", in_file(reports, at, file));
            reports[file].taken -= 1;
            self.superseded.insert((file, first));
            reports[file].reject(first, why);
            self.rows[index] = row;
            self.seen.insert(id, (index, at, line));
        } else {
            self.seen.insert(id, (self.rows.len(), at, line));
            self.rows.push(row);
        }
        reports[at].taken += 1;
        for repair in repairs {
            reports[at].repair(line, repair);
        }
    }

    /// The tickets, placed in `areas`, with category codes and neighbours; told in `notes`. In the order of reporting.
    pub fn finish(self, locator: &Locator<'_>, clock: Option<Timestamp>, notes: &mut Vec<String>) -> Vec<TicketDetail> {
        let (mut missing, mut outside, mut unknown_area) = (0u64, 0u64, 0u64);
        let mut swapped_would_fit = 0u64;
        let mut tickets: Vec<TicketDetail> = Vec::with_capacity(self.rows.len());
        for RowTicket { mut detail, area } in self.rows {
            let named = area.as_deref().and_then(|area| locator.called(area));
            unknown_area += u64::from(area.is_some() && named.is_none());
            let ticket = &mut detail.ticket;
            ticket.area = named.cloned();
            match ticket.position {
                Position::At { lon, lat } => match locator.at(lon, lat) {
                    Some(grid) => ticket.area = Some(named.unwrap_or(grid).clone()),
                    None => {
                        ticket.position = Position::Outside;
                        outside += 1;
                        swapped_would_fit += u64::from(locator.at(lat, lon).is_some());
                    }
                },
                Position::Missing | Position::Outside => missing += 1,
            }
            if let Some(clock) = clock {
                detail.as_of = clock;
            }
            tickets.push(detail);
        }
        tickets.sort_by(|a, b| (a.ticket.reported_at, &a.ticket.id).cmp(&(b.ticket.reported_at, &b.ticket.id)));
        let mut note = |count: u64, what: &str| {
            if count > 0 {
                notes.push(format!("{count} {what}"));
            }
        };
        note(missing, "tickets have no coordinates: not on the map");
        note(outside, "tickets lie outside the areas: not on the map");
        note(unknown_area, "tickets name an area that is not there");
        if swapped_would_fit * 2 > outside {
            notes.push(
                "most of those outside would be inside with latitude and longitude swapped; look at the mapping"
                    .to_owned(),
            );
        }
        give_codes(&mut tickets);
        find_related(&mut tickets);
        tickets
    }
}

fn in_file(reports: &[FileReport], file: usize, from: usize) -> String {
    if file == from { String::new() } else { format!(" of {}", reports[file].path.display()) }
}

/// A row with missing fields at its end, or empty ones too many, is used; one with too many is not.
fn fit_width(record: &Record, width: usize, repairs: &mut Vec<String>) -> Result<(), String> {
    if record.width() < width {
        repairs.push(format!("fields missing at the end of the row: {} of {width}", width - record.width()));
    } else if record.iter().skip(width).any(|field| !field.is_empty()) {
        return Err(format!(
            "{} fields where the header has {width}; a separator inside a text without quotes?",
            record.width()
        ));
    } else if record.width() > width {
        repairs.push(format!("empty fields at the end of the row left out: {}", record.width() - width));
    }
    Ok(())
}

fn sample_day_first(mut records: Records<Transcoded<File>>, columns: &Columns) -> std::io::Result<Option<bool>> {
    let (mut record, mut texts) = (Record::default(), Vec::new());
    let times = [Some(columns.reported_at), columns.closed_at, columns.handle_due, columns.updated_at];
    for _ in 0..SAMPLE_ROWS {
        match records.next(&mut record, None)? {
            Next::End => break,
            Next::Bad(..) => {}
            Next::Row => texts.extend(times.iter().flatten().map(|column| record.get(*column).to_owned())),
        }
    }
    Ok(guess_day_first(texts.iter().map(String::as_str)))
}

fn fields_of(value: &Value) -> Option<&serde_json::Map<String, Value>> {
    let whole = value.as_object()?;
    whole.get("properties").and_then(Value::as_object).or(Some(whole))
}

/// A field of an object or feature as text; `geometry` is the feature's own.
fn json_field(value: &Value, name: &str) -> String {
    let field =
        fields_of(value).and_then(|fields| fields.get(name)).or_else(|| value.get(name).filter(|_| name == "geometry"));
    match field {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn tell_unknown(reader: &RowReader<'_>, report: &mut FileReport) {
    let kinds = [
        (&reader.unknown_sources, "channels not in tickets.source_map became \"other\""),
        (&reader.unknown_ratings, "ratings not in tickets.rated_map count as not rated"),
        (&reader.unknown_answers, "answers not in tickets.resolved_map count as no answer"),
        (&reader.unknown_statuses, "statuses not in tickets.status_map; their stage follows from the closing time"),
    ];
    for (unknown, what) in kinds {
        if unknown.is_empty() {
            continue;
        }
        let shown: Vec<String> =
            unknown.iter().take(8).map(|(value, rows)| format!("'{value}' ({rows} rows)")).collect();
        let more = if unknown.len() > 8 { ", …" } else { "" };
        report.warnings.push(format!("{} {what}: {}{more}", unknown.len(), shown.join(", ")));
    }
}

/// Gives categories without a code one of four digits: two for the group, two for the category, by their names.
fn give_codes(tickets: &mut [TicketDetail]) {
    let mut groups: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Arc<str>>> = BTreeMap::new();
    for ticket in tickets.iter().map(|detail| &detail.ticket).filter(|ticket| ticket.category_code.is_empty()) {
        let group = groups.entry(ticket.category_group.clone()).or_default();
        group.entry(ticket.category.clone()).or_insert_with(|| "".into());
    }
    let widest = groups.values().map(BTreeMap::len).max().unwrap_or(0).max(groups.len());
    let width = if widest > 99 { widest.to_string().len() } else { 2 };
    for (g, group) in groups.values_mut().enumerate() {
        for (c, code) in group.values_mut().enumerate() {
            *code = format!("{:0width$}{:0width$}", g + 1, c + 1).into();
        }
    }
    for ticket in tickets.iter_mut().map(|detail| &mut detail.ticket).filter(|ticket| ticket.category_code.is_empty()) {
        if let Some(code) = groups.get(&ticket.category_group).and_then(|group| group.get(&ticket.category)) {
            ticket.category_code = code.clone();
        }
    }
}

/// Links each ticket to at most eight others at the same place (to about a metre) in the 30 days before it.
fn find_related(tickets: &mut [TicketDetail]) {
    let mut places: HashMap<(i64, i64), Vec<usize>> = HashMap::new();
    for index in 0..tickets.len() {
        let ticket = &tickets[index].ticket;
        let Some((lon, lat)) = ticket.position.lonlat() else { continue };
        let earlier = places.entry(((lon * 1e5).round() as i64, (lat * 1e5).round() as i64)).or_default();
        let since =
            ticket.reported_at.saturating_sub(SignedDuration::from_hours(30 * 24)).unwrap_or(ticket.reported_at);
        let related = earlier.iter().rev().take(8).map(|other| &tickets[*other].ticket);
        let related: Vec<TicketId> =
            related.take_while(|other| other.reported_at >= since).map(|other| other.id.clone()).collect();
        earlier.push(index);
        tickets[index].related = related;
    }
}
