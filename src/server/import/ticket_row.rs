//! One row to one ticket: times, stage, channel, category, place, clocks and timeline. Every repair is told.
//!
//! Rows of the past know little of the stages: a closed one is CLOSED, any other is in HANDLE unless the mapping says
//! more. The working calendar of another city is not known, so its clocks run day and night (`urgent`).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::text::display_text;
use crate::domain::{
    Clock, ClockKind, HandlingMode, Pause, Position, Source, Stage, Ticket, TicketDetail, TicketId, TimelineEntry,
};

use super::answers;
use super::columns::Columns;
use super::mapping::TicketMapping;
use super::moment::MomentReader;
use super::point;
use super::records::Record;

/// A ticket as its row tells it; area and category code are found later.
pub struct RowTicket {
    /// The ticket. `area` is not set, `category_code` may be empty.
    pub detail: TicketDetail,
    /// Code or name of the area as written.
    pub area: Option<Arc<str>>,
}

/// Reads rows of one file.
pub struct RowReader<'m> {
    /// The mapping.
    pub mapping: &'m TicketMapping,
    /// Where the columns are.
    pub columns: Columns,
    /// How times are read.
    pub moments: MomentReader,
    texts: Texts,
    /// Values of the channel that no map knows, with their number of rows.
    pub unknown_sources: BTreeMap<String, u64>,
    /// Values of the status that no map knows, with their number of rows.
    pub unknown_statuses: BTreeMap<String, u64>,
    /// Values of satisfaction that no map knows, with their number of rows.
    pub unknown_ratings: BTreeMap<String, u64>,
    /// Answers on solving that no map knows, with their number of rows.
    pub unknown_answers: BTreeMap<String, u64>,
}

impl<'m> RowReader<'m> {
    /// A reader for one file.
    pub fn new(mapping: &'m TicketMapping, columns: Columns, moments: MomentReader) -> Self {
        Self {
            mapping,
            columns,
            moments,
            texts: Texts::default(),
            unknown_sources: BTreeMap::new(),
            unknown_statuses: BTreeMap::new(),
            unknown_ratings: BTreeMap::new(),
            unknown_answers: BTreeMap::new(),
        }
    }

    /// The ticket of a row; repairs go to `repairs`. An error is the reason to reject the row.
    pub fn read(&mut self, row: &Record, repairs: &mut Vec<String>) -> Result<RowTicket, String> {
        let id = self.id(row)?;
        let reported_at = self.moments.read(row.get(self.columns.reported_at));
        let reported_at = reported_at
            .map_err(|why| format!("no time of report in column \"{}\": {why}", self.mapping.reported_at))?
            .ok_or_else(|| format!("no time of report: column \"{}\" is empty", self.mapping.reported_at))?;
        let columns = self.columns.clone();
        let mut closed_at = self.optional_time(row, columns.closed_at, "closing time", repairs);
        let updated = self.optional_time(row, columns.updated_at, "time of change", repairs);
        let signed_at = self.optional_time(row, columns.signed_at, "signing time", repairs);
        let sign_due = self.optional_time(row, columns.sign_due, "sign-by time", repairs);
        let handle_due = self.optional_time(row, columns.handle_due, "due time", repairs);
        if let Some(closed) = closed_at.filter(|closed| *closed < reported_at) {
            let early = reported_at.duration_since(closed).as_secs();
            repairs.push(format!("closed before it was reported, closing time set to the report: by {early} s"));
            closed_at = Some(reported_at);
        }
        let status = columns.status.map(|column| row.get(column)).unwrap_or("");
        let mut stage = self.stage(status).unwrap_or(if closed_at.is_some() { Stage::Closed } else { Stage::Handle });
        let mut updated_at = updated.unwrap_or(reported_at).max(reported_at);
        match (stage.is_in_hand(), closed_at) {
            (true, Some(_)) => {
                repairs.push(format!(
                    "open, but with a closing time, which was left out: status '{}'",
                    point::short(status)
                ));
                closed_at = None;
            }
            (false, None) => {
                // Without any time of change it is only known that it was over by the end of the file.
                repairs.push(match updated {
                    Some(_) => "closed without a closing time, the last change stands for it".to_owned(),
                    None => "closed without a closing time, the report stands for it".to_owned(),
                });
                closed_at = Some(updated_at);
            }
            (false, Some(closed)) => updated_at = updated_at.max(closed),
            (true, None) => {}
        }
        updated_at = updated_at.max(signed_at.unwrap_or(updated_at));
        let resolved_at = self.optional_time(row, columns.resolved_at, "time of resolving", repairs);
        let resolved_at = answers::handled(resolved_at, reported_at, closed_at, repairs);
        let ended_at = resolved_at.or(closed_at);
        let paused = (
            self.optional_time(row, columns.paused_from, "beginning of the pause", repairs),
            self.optional_time(row, columns.paused_until, "end of the pause", repairs),
        );
        let reason = columns.pause_reason.map(|column| row.get(column));
        let pause = answers::pause(paused, reason, reported_at, ended_at, repairs);
        if stage == Stage::Handle && resolved_at.is_some() {
            // The work is done; what is left is to say so and to close.
            stage = Stage::Feedback;
        }
        let times = [resolved_at, pause.as_ref().map(|pause| pause.to.unwrap_or(pause.from))];
        updated_at = times.into_iter().flatten().fold(updated_at, Timestamp::max);
        let position = self.position(row, repairs);
        let field = |column: Option<usize>| {
            column.map(|column| row.get(column)).filter(|text| !super::moment::is_placeholder(text))
        };
        let category = self.texts.of(field(columns.category).unwrap_or("未分类"));
        let rated = answers::rating(field(columns.rated), &self.mapping.rated_map, &mut self.unknown_ratings);
        let resolved =
            answers::resolved(field(columns.resolved), &self.mapping.resolved_map, &mut self.unknown_answers);
        let agency = field(columns.agency).map(|text| self.texts.of(text));
        let ticket = Ticket {
            id,
            ver: 1,
            stage,
            stage_since: closed_at.or(resolved_at).or(signed_at).unwrap_or(reported_at),
            suspended_since: pause.as_ref().filter(|pause| pause.to.is_none()).map(|pause| pause.from),
            source: self.source(field(columns.source)),
            mode: HandlingMode::Ordinary,
            category_code: self.texts.of(field(columns.category_code).unwrap_or("")),
            category,
            category_group: self.texts.of(field(columns.category_group).unwrap_or("")),
            agency: agency.clone(),
            position,
            area: None,
            reported_at,
            updated_at,
            sign_due,
            signed_at,
            handle_due,
            // The end of the work is not told apart from the end of the ticket.
            handled_late: handle_due.zip(closed_at).is_some_and(|(due, closed)| due < closed),
            closed_at,
            redo_count: 0,
            rated,
            resolved,
        };
        let address = field(columns.address).and_then(|text| {
            let (clean, cut) = without_contacts(&display_text(text));
            if cut {
                repairs.push("telephone number or e-mail cut from the address".to_owned());
            }
            Some(clean).filter(|text| !text.is_empty())
        });
        let area = field(columns.area).map(|text| self.texts.of(text));
        let (clocks, timeline) = (clocks_of(&ticket, ended_at, &pause), timeline_of(&ticket, resolved_at, &pause));
        let detail =
            TicketDetail { ticket, address, clocks, timeline, evidence: 0, related: Vec::new(), as_of: updated_at };
        Ok(RowTicket { detail, area })
    }

    fn id(&self, row: &Record) -> Result<TicketId, String> {
        let Some(column) = self.columns.id else { return Ok(TicketId::new(format!("R{:07}", row.line))) };
        let text = row.get(column);
        // Codes and numbers are short; a long one is a row that slipped.
        if text.chars().count() > 64 {
            return Err(format!("the number is {} characters long: '{}'", text.chars().count(), point::short(text)));
        }
        let clean = display_text(text);
        if clean.is_empty() {
            return Err(format!("no number: column \"{}\" is empty", self.mapping.id.as_deref().unwrap_or_default()));
        }
        // 101000295613.0 is what spreadsheets make of a number.
        let whole = clean
            .strip_suffix(".0")
            .filter(|whole| whole.bytes().all(|byte| byte.is_ascii_digit()) && !whole.is_empty());
        Ok(TicketId::new(whole.unwrap_or(&clean)))
    }

    /// A time that may be missing; one that cannot be read is left out and told.
    fn optional_time(
        &self,
        row: &Record,
        column: Option<usize>,
        what: &str,
        repairs: &mut Vec<String>,
    ) -> Option<Timestamp> {
        match self.moments.read(row.get(column?)) {
            Ok(at) => at,
            Err(why) => {
                repairs.push(format!("{what} left out: {why}"));
                None
            }
        }
    }

    fn stage(&mut self, status: &str) -> Option<Stage> {
        let map = &self.mapping.status_map;
        if super::moment::is_placeholder(status) {
            return None;
        }
        let stage = map.get(status).or(map.default).or_else(|| usual_stage(status));
        if stage.is_none() {
            count_unknown(&mut self.unknown_statuses, status);
        }
        stage
    }

    fn source(&mut self, source: Option<&str>) -> Source {
        let map = &self.mapping.source_map;
        let Some(source) = source else { return map.default.unwrap_or(Source::Other) };
        map.get(source).or(map.default).or_else(|| usual_source(source)).unwrap_or_else(|| {
            count_unknown(&mut self.unknown_sources, source);
            Source::Other
        })
    }

    fn position(&self, row: &Record, repairs: &mut Vec<String>) -> Position {
        let columns = self.columns.lon_lat.map(|(lon, lat)| point::read_columns(row.get(lon), row.get(lat)));
        let mut read = columns.unwrap_or(Ok(None));
        if let (Ok(None) | Err(_), Some(column)) = (&read, self.columns.point) {
            let other = point::read_point(row.get(column), self.mapping.point_order);
            // A second place to look never hides what is wrong with the first.
            if read.is_ok() || matches!(other, Ok(Some(_))) {
                read = other;
            }
        }
        match read {
            Ok(Some((lon, lat))) => Position::At { lon, lat },
            Ok(None) => Position::Missing,
            Err(why) => {
                repairs.push(format!("coordinates left out: {why}"));
                Position::Missing
            }
        }
    }
}

/// The clocks that the times of a ticket tell of.
fn clocks_of(ticket: &Ticket, ended_at: Option<Timestamp>, pause: &Option<Pause>) -> Vec<Clock> {
    let clock = |kind, stopped_at, due_at: Option<Timestamp>, pauses: Vec<Pause>| {
        let limit = due_at.map(|due| due.duration_since(ticket.reported_at).as_mins());
        Clock {
            kind,
            started_at: ticket.reported_at,
            stopped_at,
            due_at,
            limit_min: limit.and_then(|minutes| u32::try_from(minutes).ok()),
            urgent: true,
            extended_min: 0,
            pauses,
        }
    };
    let mut clocks = Vec::new();
    if ticket.sign_due.is_some() || ticket.signed_at.is_some() {
        clocks.push(clock(ClockKind::Sign, ticket.signed_at.or(ended_at), ticket.sign_due, Vec::new()));
    }
    clocks.push(clock(ClockKind::Handle, ended_at, ticket.handle_due, pause.iter().cloned().collect()));
    clocks
}

/// The history that the times of a ticket tell of, oldest first.
fn timeline_of(ticket: &Ticket, resolved_at: Option<Timestamp>, pause: &Option<Pause>) -> Vec<TimelineEntry> {
    let unit = ticket.agency.as_ref().map(|unit| unit.to_string());
    let entry = |at, stage, event: &str, unit: Option<String>| TimelineEntry {
        at,
        stage,
        event: event.to_owned(),
        unit,
        actor_role: None,
        note: None,
    };
    let mut timeline = vec![entry(ticket.reported_at, Stage::Report, "reported", None)];
    if let Some(at) = ticket.signed_at {
        timeline.push(entry(at, Stage::Dispatch, "signed", unit.clone()));
    }
    if let Some(pause) = pause {
        let mut paused = entry(pause.from, Stage::Handle, "paused", unit.clone());
        paused.note.clone_from(&pause.reason);
        timeline.push(paused);
        // A pause that the end of the handling cut short was never resumed.
        if let Some(to) = pause.to.filter(|to| Some(*to) != resolved_at.or(ticket.closed_at)) {
            timeline.push(entry(to, Stage::Handle, "resumed", unit.clone()));
        }
    }
    if let Some(at) = resolved_at {
        timeline.push(entry(at, Stage::Feedback, "entered", unit.clone()));
    }
    match (ticket.stage, ticket.closed_at) {
        (Stage::Void, Some(at)) => timeline.push(entry(at, Stage::Void, "void", unit)),
        (Stage::Closed, Some(at)) => timeline.push(entry(at, Stage::Closed, "closed", unit)),
        _ => {}
    }
    timeline.sort_by_key(|entry| entry.at);
    timeline
}

pub(super) fn count_unknown(counts: &mut BTreeMap<String, u64>, value: &str) {
    // A column that was mapped by mistake may have a value per row.
    if counts.len() < 1000 || counts.contains_key(value) {
        *counts.entry(point::short(value)).or_default() += 1;
    }
}

/// What a status usually means, without a map.
fn usual_stage(status: &str) -> Option<Stage> {
    let status = status.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| status.contains(word));
    if any(&["unresolved", "incomplete", "not complete", "not closed", "reopen", "re-open", "未结", "未办", "未完"])
    {
        Some(Stage::Handle)
    } else if any(&["clos", "complet", "resolv", "done", "finish", "fixed", "办结", "结案", "已结", "完成", "归档"])
    {
        Some(Stage::Closed)
    } else if any(&["cancel", "void", "invalid", "withdraw", "duplicate", "作废", "撤销", "撤单", "无效"]) {
        Some(Stage::Void)
    } else if any(&[
        "open",
        "new",
        "progress",
        "pending",
        "assign",
        "receiv",
        "submit",
        "acknowledg",
        "initiat",
        "started",
        "hold",
        "处理",
        "处置",
        "办理",
        "受理",
        "待",
        "在办",
    ]) {
        Some(Stage::Handle)
    } else {
        None
    }
}

/// What a channel usually is, without a map: only what cannot be mistaken.
fn usual_source(source: &str) -> Option<Source> {
    if source.contains("网格") {
        Some(Source::GridWorker)
    } else if source.contains("12345") || source.contains("热线") {
        Some(Source::Hotline)
    } else if source.contains("派遣") || source.contains("感知") {
        Some(Source::Dispatch)
    } else {
        None
    }
}

/// The address without e-mail addresses and numbers long enough to call; true if anything was cut.
fn without_contacts(text: &str) -> (String, bool) {
    let mut cut = false;
    let kept: Vec<&str> = text
        .split(' ')
        .filter(|word| {
            let longest = word
                .split(|c: char| !c.is_ascii_digit() && c != '-' && c != '.')
                .map(|run| run.bytes().filter(u8::is_ascii_digit).count());
            let contact = word.contains('@') && word.len() > 2 || longest.max().unwrap_or(0) >= 10;
            cut |= contact;
            !contact
        })
        .collect();
    (kept.join(" "), cut)
}

/// Clean texts, shared: a category is one allocation, not one per ticket.
#[derive(Default)]
struct Texts(HashMap<String, Arc<str>>);

impl Texts {
    fn of(&mut self, raw: &str) -> Arc<str> {
        if let Some(text) = self.0.get(raw) {
            return text.clone();
        }
        let text: Arc<str> = display_text(raw).into();
        self.0.insert(raw.to_owned(), text.clone());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Mapping;
    use super::*;

    const HEADER: [&str; 12] =
        ["id", "opened", "closed", "due", "status", "source", "type", "unit", "lat", "lon", "where", "area"];

    fn read(fields: [&str; 12]) -> (Result<RowTicket, String>, Vec<String>) {
        let text = "[site]\ntitle = \"T\"\ntime_zone = \"UTC\"\n[tickets]\nid = \"id\"\nreported_at = \"opened\"\nclosed_at = \"closed\"\n\
            handle_due = \"due\"\nstatus = \"status\"\nsource = \"source\"\ncategory = \"type\"\nagency = \"unit\"\nlat = \"lat\"\nlon = \"lon\"\n\
            address = \"where\"\narea = \"area\"\n[tickets.source_map]\n\"Self Service\" = \"hotline\"\n";
        let mapping = Mapping::parse(std::path::Path::new("m"), text).unwrap().tickets.unwrap();
        let columns = Columns::find(&mapping, &HEADER.map(str::to_owned)).unwrap();
        let moments = MomentReader { zone: mapping.zone.clone(), formats: vec![], day_first: false };
        let mut reader = RowReader::new(&mapping, columns, moments);
        let mut repairs = Vec::new();
        let ticket = reader.read(&Record::from_fields(2, fields.into_iter()), &mut repairs);
        (ticket, repairs)
    }

    #[test]
    fn a_closed_row_is_a_closed_ticket() {
        let (row, repairs) = read([
            "7.0",
            "2011-07-01 01:00",
            "2011-07-03 01:00",
            "2011-07-02 01:00",
            "Closed",
            "self service",
            "Pothole",
            "PWD",
            "42.3",
            "-71.1",
            "12 Main St 617-555-1234",
            "",
        ]);
        let TicketDetail { ticket, clocks, timeline, address, .. } = row.unwrap().detail;
        assert_eq!((ticket.id.as_str(), ticket.stage, ticket.source), ("7", Stage::Closed, Source::Hotline));
        assert_eq!(ticket.position, Position::At { lon: -71.1, lat: 42.3 });
        assert_eq!((clocks[0].limit_min, clocks[0].is_breached(ticket.updated_at)), (Some(1440), true));
        assert_eq!(timeline.iter().map(|entry| entry.event.as_str()).collect::<Vec<_>>(), ["reported", "closed"]);
        assert_eq!((address.as_deref(), repairs.len()), (Some("12 Main St"), 1));
        assert_eq!(ticket.stage_since, ticket.closed_at.unwrap());
    }

    #[test]
    fn contradictions_are_settled_and_told() {
        let row = |closed, status| {
            let (row, repairs) = read(["7", "2011-07-02", closed, "", status, "Fax", "", "", "", "", "", ""]);
            let ticket = row.unwrap().detail.ticket;
            (ticket.stage, ticket.closed_at.map(|at| at.to_string()), repairs.len())
        };
        assert_eq!(row("", "Open"), (Stage::Handle, None, 0));
        assert_eq!(row("2011-07-03", ""), (Stage::Closed, Some("2011-07-03T00:00:00Z".into()), 0));
        assert_eq!(row("2011-07-03", "In Progress"), (Stage::Handle, None, 1));
        assert_eq!(row("", "已办结"), (Stage::Closed, Some("2011-07-02T00:00:00Z".into()), 1));
        assert_eq!(row("2011-07-01", "closed"), (Stage::Closed, Some("2011-07-02T00:00:00Z".into()), 1));
        assert_eq!(row("soon", "open"), (Stage::Handle, None, 1));
        assert_eq!(row("", "CANCELED"), (Stage::Void, Some("2011-07-02T00:00:00Z".into()), 1));
    }

    #[test]
    fn a_row_without_number_or_time_is_rejected() {
        let why = |id, opened| read([id, opened, "", "", "", "", "", "", "", "", "", ""]).0.err().unwrap_or_default();
        assert!(why("", "2011-07-02").contains("no number"));
        assert!(why("7", "").contains("\"opened\" is empty"));
        assert!(why("7", "soon").contains("'soon'"));
        assert!(why(&"9".repeat(65), "2011-07-02").contains("65 characters"));
    }

    #[test]
    fn a_row_with_bad_coordinates_is_kept_without_them() {
        let (row, repairs) = read(["7", "2011-07-02", "", "", "", "", "", "", "236000.5", "775000.1", "", ""]);
        assert_eq!(row.unwrap().detail.ticket.position, Position::Missing);
        assert!(repairs[0].contains("projected"), "{repairs:?}");
    }

    #[test]
    fn contacts_are_cut_house_numbers_are_not() {
        assert_eq!(without_contacts("12345 Main St 02131"), ("12345 Main St 02131".into(), false));
        assert_eq!(without_contacts("某路1号 13800138000 a@b.cn"), ("某路1号".into(), true));
    }
}
