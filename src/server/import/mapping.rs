//! The mapping file: which columns and properties of a city's files mean what. All keys, with examples, are in
//! `assets/mappings/*.toml`. Checked completely before any data is read; reading is `mapping_toml.rs`.

use std::path::Path;

use encoding_rs::Encoding;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::{GridKind, Level, Rating, Source, Stage};

pub use super::mapping_toml::{MappingError, ValueMap, nearest};
use super::mapping_toml::{Table, read_document};
use super::{encoding, point::PairOrder};

/// A whole mapping file.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// What the site is called.
    pub site: SiteMapping,
    /// How to read area files; `None` if the file has no `[areas]`.
    pub areas: Option<AreaMapping>,
    /// How to read ticket files; `None` if the file has no `[tickets]`.
    pub tickets: Option<TicketMapping>,
}

/// `[site]`
#[derive(Clone, Debug)]
pub struct SiteMapping {
    /// Title of the wall.
    pub title: String,
    /// The same in English.
    pub title_en: String,
    /// Zone of the site, and of times without one.
    pub zone: TimeZone,
    /// Name of the district, where the areas do not give one.
    pub district_name: Option<String>,
    /// The same in English.
    pub district_name_en: Option<String>,
    /// Code of the district, where the areas do not give one.
    pub district_code: String,
    /// The moment at which the site's clock stands; without it the newest report of the tickets.
    pub clock: Option<Timestamp>,
    /// Map approval number.
    pub map_approval: Option<String>,
}

/// Where a code and names are found: the properties joined with `-` make the code.
#[derive(Clone, Debug, Default)]
pub struct UpperMapping {
    /// Properties of the code; empty if only the name is known.
    pub code: Vec<String>,
    /// Property of the name.
    pub name: Option<String>,
    /// Property of the English name.
    pub name_en: Option<String>,
}

/// `[areas]`
#[derive(Clone, Debug)]
pub struct AreaMapping {
    /// The level of every feature, unless `level_column` says otherwise.
    pub level: Level,
    /// Property that holds the level.
    pub level_column: Option<String>,
    /// Meaning of its values.
    pub level_map: ValueMap<Level>,
    /// The feature's own code and names.
    pub own: UpperMapping,
    /// Property with the code of the area above.
    pub parent: Option<String>,
    /// The areas above by level: district, street, community.
    pub upper: [Option<UpperMapping>; 3],
    /// Property with the number of residents.
    pub population: Option<String>,
    /// Property with the number of households.
    pub households: Option<String>,
    /// Property with the kind of the grid.
    pub kind: Option<String>,
    /// Meaning of its values.
    pub kind_map: ValueMap<GridKind>,
    /// True if the file has the latitude first.
    pub swap_lat_lon: bool,
    /// Text encoding; `None` finds out.
    pub encoding: Option<&'static Encoding>,
    /// Sides in metres of the squares that group areas where a level is missing: street, community.
    pub group_m: [Option<f64>; 2],
}

/// Which squares become grids when there are no areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellFill {
    /// Squares with tickets, and holes between them.
    Occupied,
    /// The whole rectangle around the tickets.
    Block,
}

/// `[tickets.cells]`
#[derive(Clone, Copy, Debug)]
pub struct CellMapping {
    /// Side of a square in metres.
    pub size_m: f64,
    /// Grids along the side of a community, and communities along the side of a street.
    pub group: u32,
    /// Which squares.
    pub fill: CellFill,
}

/// `[tickets]`
#[derive(Clone, Debug)]
pub struct TicketMapping {
    /// Column of the number; `None` makes numbers from the line.
    pub id: Option<String>,
    /// Column of the report time.
    pub reported_at: String,
    /// Column of the last change.
    pub updated_at: Option<String>,
    /// Column of the closing time.
    pub closed_at: Option<String>,
    /// Column of the time until which it must be signed for.
    pub sign_due: Option<String>,
    /// Column of the time at which it was signed for.
    pub signed_at: Option<String>,
    /// Column of the time until which it must be handled.
    pub handle_due: Option<String>,
    /// Column of the time at which the handling ended, before the ticket was closed.
    pub resolved_at: Option<String>,
    /// Columns of the time since when the handling was paused, and until when.
    pub paused_from: Option<String>,
    /// See `paused_from`.
    pub paused_until: Option<String>,
    /// Column of the reason of the pause.
    pub pause_reason: Option<String>,
    /// Column of the reporter's satisfaction.
    pub rated: Option<String>,
    /// Meaning of its values.
    pub rated_map: ValueMap<Rating>,
    /// Column of the reporter's answer on solving.
    pub resolved: Option<String>,
    /// Meaning of its values.
    pub resolved_map: ValueMap<bool>,
    /// Column of the status.
    pub status: Option<String>,
    /// Meaning of its values: a stage, or open (HANDLE) and closed.
    pub status_map: ValueMap<Stage>,
    /// Column of the channel.
    pub source: Option<String>,
    /// Meaning of its values.
    pub source_map: ValueMap<Source>,
    /// Column of the category.
    pub category: Option<String>,
    /// Column of the class above the category.
    pub category_group: Option<String>,
    /// Column of the category's code.
    pub category_code: Option<String>,
    /// Column of the lead unit.
    pub agency: Option<String>,
    /// Column of the address.
    pub address: Option<String>,
    /// Column with code or name of the area.
    pub area: Option<String>,
    /// Columns of longitude and latitude.
    pub lon_lat: Option<(String, String)>,
    /// Column of a whole point.
    pub point: Option<String>,
    /// Order of a bare pair in it.
    pub point_order: PairOrder,
    /// Zone of times without one.
    pub zone: TimeZone,
    /// strptime formats; empty reads automatically.
    pub time_formats: Vec<String>,
    /// Whether slashed dates have the day first; `None` looks at the file.
    pub day_first: Option<bool>,
    /// Text encoding; `None` finds out.
    pub encoding: Option<&'static Encoding>,
    /// Separator; `None` looks at the first line.
    pub separator: Option<u8>,
    /// Lines to leave out at the beginning.
    pub skip_lines: u64,
    /// Column names of a file without a header line.
    pub columns: Vec<String>,
    /// Squares instead of areas.
    pub cells: Option<CellMapping>,
}

impl Mapping {
    /// Reads and checks a mapping file.
    pub fn read(path: &Path) -> Result<Self, MappingError> {
        let text = std::fs::read_to_string(path).map_err(|error| MappingError {
            path: path.to_owned(),
            problems: vec![(0, format!("cannot be read: {error}"))],
        })?;
        Self::parse(path, &text)
    }

    /// Checks the text of a mapping file; `path` is for messages.
    pub fn parse(path: &Path, text: &str) -> Result<Self, MappingError> {
        read_document(path, text, |top| {
            let site = top.table("site", site).unwrap_or_else(|| {
                top.refuse(0, "the table [site] with title and time_zone is missing");
                nameless()
            });
            let areas = top.table("areas", areas);
            let tickets = top.table("tickets", |table| tickets(table, &site.zone));
            if areas.is_none() && tickets.is_none() {
                top.refuse(0, "neither [areas] nor [tickets] is there: nothing to import");
            }
            Self { site, areas, tickets }
        })
    }
}

fn nameless() -> SiteMapping {
    SiteMapping {
        title: String::new(),
        title_en: String::new(),
        zone: TimeZone::UTC,
        district_name: None,
        district_name_en: None,
        district_code: "district".to_owned(),
        clock: None,
        map_approval: None,
    }
}

fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| {
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let near = nearest(name, names.iter().map(String::as_str));
        let hint = near.map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
        format!("\"{name}\" is no time zone like \"Asia/Shanghai\"{hint}")
    })
}

fn site(table: &Table<'_>) -> SiteMapping {
    let mut site = nameless();
    let title = table.text("title");
    let title_en = table.text("title_en");
    match title.clone().or_else(|| title_en.clone()) {
        Some(text) => site.title = text,
        None => table.refuse(table.line_of(""), "site.title is missing: what the wall shows at the top"),
    }
    site.title_en = title_en.unwrap_or_else(|| site.title.clone());
    if let Some(zone) = table.parsed("time_zone", zone) {
        site.zone = zone;
    } else if !table.has("time_zone") {
        table.refuse(table.line_of(""), "site.time_zone is missing, for example \"Asia/Shanghai\"");
    }
    site.district_name = table.text("district_name");
    site.district_name_en = table.text("district_name_en");
    if let Some(code) = table.text("district_code") {
        site.district_code = code;
    }
    site.clock = table.parsed("clock", |text| {
        text.parse().map_err(|_| format!("\"{text}\" is no time with an offset like 2011-12-31T23:59:59-05:00"))
    });
    site.map_approval = table.text("map_approval");
    site
}

const LEVELS: [(&str, Level); 4] =
    [("district", Level::District), ("street", Level::Street), ("community", Level::Community), ("grid", Level::Grid)];

fn upper(table: &Table<'_>) -> UpperMapping {
    let upper = UpperMapping { code: table.texts("code"), name: table.text("name"), name_en: table.text("name_en") };
    if upper.code.is_empty() && upper.name.is_none() {
        table.refuse(table.line_of(""), "an area above needs code, name or both");
    }
    upper
}

fn areas(table: &Table<'_>) -> AreaMapping {
    let kinds = [("general", GridKind::General), ("exclusive", GridKind::Exclusive), ("building", GridKind::Building)];
    let level_column = table.text("level_column");
    let level = table.choice("level", &LEVELS);
    if level.is_none() && level_column.is_none() && !table.has("level") {
        table.refuse(table.line_of(""), "areas.level is missing: district, street, community or grid");
    }
    let (group_street, group_community) = table
        .table("groups", |groups| (groups.number("street_m", 10.0..=1e6), groups.number("community_m", 10.0..=1e6)))
        .unwrap_or((None, None));
    let upper_levels = [table.table("district", upper), table.table("street", upper), table.table("community", upper)];
    if level_column.is_none()
        && let Some(level) = level
    {
        for (found, (name, own)) in upper_levels.iter().zip(LEVELS) {
            if found.is_some() && own >= level {
                let problem = format!("areas.{name} is not above areas.level = \"{}\"", level.key());
                table.refuse(table.line_of(name), problem);
            }
        }
    }
    AreaMapping {
        level: level.unwrap_or(Level::Grid),
        level_column,
        level_map: table.value_map("level_map", &LEVELS),
        own: UpperMapping { code: table.texts("code"), name: table.text("name"), name_en: table.text("name_en") },
        parent: table.text("parent"),
        upper: upper_levels,
        population: table.text("population"),
        households: table.text("households"),
        kind: table.text("kind"),
        kind_map: table.value_map("kind_map", &kinds),
        swap_lat_lon: table.flag("swap_lat_lon").unwrap_or(false),
        encoding: table.parsed("encoding", encoding::encoding_by_name).flatten(),
        group_m: [group_street, group_community],
    }
}

fn tickets(table: &Table<'_>, site_zone: &TimeZone) -> TicketMapping {
    let stages: Vec<(&str, Stage)> = [("open", Stage::Handle), ("closed", Stage::Closed)]
        .into_iter()
        .chain(Stage::ALL.iter().map(|stage| (stage.key(), *stage)))
        .collect();
    let sources: Vec<(&str, Source)> = Source::ALL.iter().map(|source| (source.key(), *source)).collect();
    let separators = [(",", b','), (";", b';'), ("\t", b'\t'), ("tab", b'\t'), ("|", b'|')];
    let orders = [("lat lon", PairOrder::LatLon), ("lon lat", PairOrder::LonLat)];
    let ratings = [("yes", Rating::Yes), ("no", Rating::No), ("none", Rating::None)];
    let answers = [("yes", true), ("no", false)];
    for (key, needs) in [("paused_until", "paused_from"), ("pause_reason", "paused_from")] {
        if table.has(key) && !table.has(needs) {
            table.refuse(table.line_of(key), format!("tickets.{key} says nothing without tickets.{needs}"));
        }
    }
    for (key, needs) in [("rated_map", "rated"), ("resolved_map", "resolved")] {
        if table.has(key) && !table.has(needs) {
            table.refuse(
                table.line_of(key),
                format!("tickets.{key} is for the values of tickets.{needs}, which is missing"),
            );
        }
    }
    let fills = [("occupied", CellFill::Occupied), ("block", CellFill::Block)];
    let reported_at = table.text("reported_at").unwrap_or_else(|| {
        table.refuse(table.line_of(""), "tickets.reported_at is missing: the column with the time of the report");
        String::new()
    });
    let (lon, lat) = (table.text("lon"), table.text("lat"));
    if lon.is_some() != lat.is_some() {
        table.refuse(table.line_of("lon").max(table.line_of("lat")), "tickets.lon and tickets.lat go together");
    }
    TicketMapping {
        id: table.text("id"),
        reported_at,
        updated_at: table.text("updated_at"),
        closed_at: table.text("closed_at"),
        sign_due: table.text("sign_due"),
        signed_at: table.text("signed_at"),
        handle_due: table.text("handle_due"),
        resolved_at: table.text("resolved_at"),
        paused_from: table.text("paused_from"),
        paused_until: table.text("paused_until"),
        pause_reason: table.text("pause_reason"),
        rated: table.text("rated"),
        rated_map: table.value_map("rated_map", &ratings),
        resolved: table.text("resolved"),
        resolved_map: table.value_map("resolved_map", &answers),
        status: table.text("status"),
        status_map: table.value_map("status_map", &stages),
        source: table.text("source"),
        source_map: table.value_map("source_map", &sources),
        category: table.text("category"),
        category_group: table.text("category_group"),
        category_code: table.text("category_code"),
        agency: table.text("agency"),
        address: table.text("address"),
        area: table.text("area"),
        lon_lat: lon.zip(lat),
        point: table.text("point"),
        point_order: table.choice("point_order", &orders).unwrap_or_default(),
        zone: table.parsed("time_zone", zone).unwrap_or_else(|| site_zone.clone()),
        time_formats: table.texts("time_formats"),
        day_first: table.flag("day_first"),
        encoding: table.parsed("encoding", encoding::encoding_by_name).flatten(),
        separator: separator(table, &separators),
        skip_lines: table.number("skip_lines", 0.0..=1000.0).map_or(0, |lines| lines as u64),
        columns: table.texts("columns"),
        cells: table.table("cells", |cells| CellMapping {
            size_m: cells.number("size_m", 10.0..=100_000.0).unwrap_or(1000.0),
            group: cells.number("group", 2.0..=20.0).map_or(3, |group| group as u32),
            fill: cells.choice("fill", &fills).unwrap_or(CellFill::Occupied),
        }),
    }
}

/// The separator by mark or name. A tab is not an empty text, so it is read apart from [`Table::choice`].
fn separator(table: &Table<'_>, separators: &[(&str, u8)]) -> Option<u8> {
    let written = table.texts("separator").pop()?;
    let found = separators.iter().find(|(name, _)| *name == written).map(|(_, byte)| *byte);
    if found.is_none() && written != "auto" {
        let line = table.line_of("separator");
        table.refuse(line, format!("tickets.separator = {written:?} is none of \",\" \";\" \"tab\" \"|\" \"auto\""));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Mapping, String> {
        Mapping::parse(Path::new("m.toml"), text).map_err(|error| error.to_string())
    }

    const SITE: &str = "[site]\ntitle = \"T\"\ntime_zone = \"Asia/Shanghai\"\n";

    #[test]
    fn shipped_mappings_are_right() {
        for (name, text) in [
            ("boston_311", include_str!("../../../assets/mappings/boston_311.toml")),
            ("taipei_villages", include_str!("../../../assets/mappings/taipei_villages.toml")),
        ] {
            parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    #[test]
    fn a_wrong_key_is_refused_with_its_line_and_neighbour() {
        let error = parse(&format!("{SITE}[tickets]\nreported_at = \"open\"\nclosed_att = \"x\"\n")).unwrap_err();
        assert_eq!(error, "m.toml:6: unknown key \"tickets.closed_att\"; did you mean \"closed_at\"?");
        let error = parse(&format!("{SITE}[area]\nlevel = \"grid\"\n")).unwrap_err();
        assert!(error.contains("m.toml:4: unknown key \"area\"; did you mean \"areas\"?"), "{error}");
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_line() {
        let error =
            parse("[site]\ntitle = \"T\"\ntime_zone = \"Asia/Shanghia\"\n[areas]\nlevel = \"gird\"\ncode = 7\n")
                .unwrap_err();
        assert!(error.contains("m.toml:3: site.time_zone: \"Asia/Shanghia\" is no time zone"), "{error}");
        assert!(error.contains("did you mean \"Asia/Shanghai\"?"), "{error}");
        assert!(
            error.contains("m.toml:5: areas.level: \"gird\" is none of the possible values; did you mean \"grid\"?")
        );
        assert!(error.contains("m.toml:6: areas.code must be a text or a list of texts, but is of type integer"));
        let error =
            parse(&format!("{SITE}[tickets]\nreported_at = \"t\"\n[tickets.status_map]\n\"Done\" = \"closd\"\n"))
                .unwrap_err();
        assert!(error.contains("m.toml:7: tickets.status_map.Done: \"closd\""), "{error}");
        assert!(parse("[site\n").unwrap_err().contains("m.toml:1: not valid TOML"));
    }

    #[test]
    fn answers_and_pauses_are_checked_before_any_data() {
        let head = format!("{SITE}[tickets]\nreported_at = \"t\"\n");
        let error = parse(&format!("{head}paused_until = \"p\"\n")).unwrap_err();
        assert_eq!(error, "m.toml:6: tickets.paused_until says nothing without tickets.paused_from");
        let error = parse(&format!("{head}[tickets.rated_map]\n\"5\" = \"yes\"\n")).unwrap_err();
        assert!(error.contains("for the values of tickets.rated"), "{error}");
        let error = parse(&format!("{head}rated = \"r\"\n[tickets.rated_map]\n\"5\" = \"yess\"\n")).unwrap_err();
        assert!(error.contains("m.toml:8: tickets.rated_map.5: \"yess\""), "{error}");
        let error = parse(&format!("{head}resolvd_at = \"r\"\n")).unwrap_err();
        assert!(error.contains("did you mean \"resolved_at\"?"), "{error}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = parse("[site]\ntitle = \"T\"\n[tickets]\nlon = \"x\"\n").unwrap_err();
        assert!(error.contains("site.time_zone is missing"), "{error}");
        assert!(error.contains("tickets.reported_at is missing"));
        assert!(error.contains("go together"));
        assert!(parse("").unwrap_err().contains("[site]"));
        let error = parse(&format!("{SITE}[areas]\nlevel = \"street\"\ncommunity = {{ name = \"C\" }}\n")).unwrap_err();
        assert!(error.contains("areas.community is not above areas.level"), "{error}");
    }

    #[test]
    fn maps_fold_case_and_fall_back() {
        let mapping = parse(&format!(
            "{SITE}[tickets]\nreported_at = \"t\"\nseparator = \"\\t\"\n[tickets.source_map]\n\"Self Service\" = \"hotline\"\ndefault = \"other\"\n"
        ))
        .unwrap();
        let tickets = mapping.tickets.unwrap();
        assert_eq!(tickets.source_map.get(" self service"), Some(Source::Hotline));
        assert_eq!(tickets.source_map.get("Fax"), None);
        assert_eq!(tickets.source_map.default, Some(Source::Other));
        assert_eq!(tickets.separator, Some(b'\t'));
    }
}
