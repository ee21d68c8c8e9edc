//! Whole imports: small excerpts of real files, files with one fault per row, and the full-size files where they are.

use std::path::{Path, PathBuf};

use geo::Contains;

use super::*;
use crate::domain::{AreaTable, Position, Rating, Source, Stage};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn fixture(name: &str) -> PathBuf {
    root().join("tests/fixtures/import").join(name)
}

/// A file of the shared data, or `None` (and the test says nothing) where it is not there.
fn shared(name: &str) -> Option<PathBuf> {
    let base = std::env::var_os("GRIDWALL_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    Some(base.join(name)).filter(|path| path.exists())
}

fn mapping(path: &Path) -> Mapping {
    Mapping::read(path).unwrap_or_else(|error| panic!("{error}"))
}

fn shipped(name: &str) -> Mapping {
    mapping(&root().join("assets/mappings").join(name))
}

fn inline(text: &str) -> Mapping {
    let head = "[site]\ntitle = \"T\"\ntime_zone = \"Asia/Shanghai\"\n";
    Mapping::parse(Path::new("inline.toml"), &format!("{head}{text}")).unwrap_or_else(|error| panic!("{error}"))
}

/// What must be true of every import.
fn check(imported: &Imported) -> AreaTable {
    assert!(imported.report.balances(), "{:?}", imported.report.files);
    let (table, defects) = AreaTable::build(imported.areas.clone());
    let real: Vec<_> =
        defects.iter().filter(|defect| !matches!(defect, crate::domain::AreaDefect::NoBoundary(_))).collect();
    assert!(real.is_empty(), "{real:?}");
    for (id, area) in table.iter() {
        assert_eq!(
            table.parent(id).map_or(0, |parent| table.get(parent).level.depth() + 1),
            area.level.depth(),
            "{}",
            area.code
        );
        assert_eq!(rings::first_fault(&area.boundary).filter(|_| area.level == Level::Grid), None, "{}", area.code);
    }
    let taken: u64 =
        imported.report.files.iter().filter(|file| file.kind == FileKind::Tickets).map(|file| file.taken).sum();
    assert_eq!(taken, imported.tickets.len() as u64);
    for ticket in imported.tickets.iter().map(|detail| &detail.ticket) {
        assert!(ticket.area.as_ref().is_none_or(|area| table.find(area).is_some()));
        assert_eq!(ticket.stage.is_in_hand(), ticket.closed_at.is_none(), "{ticket:?}");
        if let Position::At { lon, lat } = ticket.position {
            let grid = table.get(table.find(ticket.area.as_ref().unwrap()).unwrap());
            assert!(
                grid.level != Level::Grid
                    || !grid.boundary.contains(&geo::point!(x: lon, y: lat))
                    || ticket.area.is_some()
            );
        }
    }
    table
}

fn summary(report: &Report) -> String {
    let mut out = Vec::new();
    report.write_summary(&mut out, 20).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn an_excerpt_of_boston_is_taken_by_its_mapping() {
    let imported = import(&shipped("boston_311.toml"), &[], &[fixture("boston_311_excerpt.csv")]).unwrap();
    let table = check(&imported);
    let rows = imported.report.files[0].read;
    assert_eq!(
        (imported.report.files[0].taken, imported.report.files[0].rejected.len()),
        (rows, 0),
        "{}",
        summary(&imported.report)
    );
    assert!(table.at_level(Level::Grid).count() > 5);
    let first = imported.tickets.iter().find(|detail| detail.ticket.id.as_str() == "101000295613").unwrap();
    let ticket = &first.ticket;
    assert_eq!(ticket.reported_at.to_string(), "2011-07-01T05:32:33Z");
    assert_eq!(
        (ticket.stage, ticket.source, &*ticket.category_group),
        (Stage::Closed, Source::GridWorker, "Street Lights")
    );
    assert_eq!(first.clocks[0].limit_min, Some(14 * 1440 - 1));
    assert!(imported.tickets.iter().any(|detail| detail.ticket.is_in_hand()));
    assert_eq!(imported.site.environment, Environment::Archive);
}

/// The excerpt's newest report is of 8 July; ten of its tickets were closed after that.
#[test]
fn tickets_stand_as_at_the_clock() {
    let imported = import(&shipped("boston_311.toml"), &[], &[fixture("boston_311_excerpt.csv")]).unwrap();
    check(&imported);
    let now = imported.site.clock.now;
    assert!(imported.tickets.iter().all(|detail| detail.ticket.closed_at.is_none_or(|at| at <= now)));
    assert_eq!(
        imported.tickets.iter().filter(|detail| detail.ticket.is_in_hand()).count(),
        19,
        "9 open and 10 closed later"
    );
    let later = imported.tickets.iter().find(|detail| detail.ticket.id.as_str() == "101000295615").unwrap();
    assert_eq!((later.ticket.stage, later.clocks[0].stopped_at, later.timeline.len()), (Stage::Handle, None, 1));
    assert_eq!(later.ticket.updated_at, later.ticket.reported_at);
    let text = summary(&imported.report);
    assert!(text.contains("10 tickets stand as at 2011-07-08T15:13:47Z"), "{text}");
}

#[test]
fn answers_pauses_and_the_end_of_the_work_are_taken() {
    let mapping = inline(
        "[tickets]\nid = \"n\"\nreported_at = \"at\"\nclosed_at = \"closed\"\nresolved_at = \"done\"\nhandle_due = \"due\"\n\
         paused_from = \"from\"\npaused_until = \"until\"\npause_reason = \"why\"\nrated = \"stars\"\nresolved = \"solved\"\n\
         lon = \"x\"\nlat = \"y\"\n[tickets.rated_map]\n\"5\" = \"yes\"\n\"1\" = \"no\"\n",
    );
    let imported = import(&mapping, &[], &[fixture("answers.csv")]).unwrap();
    check(&imported);
    let by_id = |id: &str| imported.tickets.iter().find(|detail| detail.ticket.id.as_str() == id).unwrap();
    let clock = |id: &str| by_id(id).clocks.last().unwrap();
    let (a, b, c, d) = (by_id("B-1"), by_id("B-2"), by_id("B-3"), by_id("B-4"));
    assert_eq!((a.ticket.stage, a.ticket.rated, a.ticket.resolved), (Stage::Closed, Rating::Yes, Some(true)));
    assert_eq!(
        clock("B-1").stopped_at.unwrap().to_string(),
        "2025-03-02T02:00:00Z",
        "the work ended before the closing"
    );
    assert!(!clock("B-1").is_breached(imported.site.clock.now), "done in time, closed late");
    assert_eq!((b.ticket.stage, b.ticket.rated), (Stage::Feedback, Rating::No));
    assert!(c.ticket.suspended_since.is_some() && clock("B-3").is_paused(imported.site.clock.now));
    assert_eq!(clock("B-3").pauses[0].reason.as_deref(), Some("等待配件"));
    assert_eq!((d.ticket.stage, d.ticket.suspended_since), (Stage::Closed, None));
    let calendar = &imported.site.calendar;
    assert_eq!(clock("B-4").elapsed(imported.site.clock.now, calendar).as_hours(), 24, "two days less one of pause");
    assert_eq!(
        d.timeline.iter().map(|entry| entry.event.as_str()).collect::<Vec<_>>(),
        ["reported", "paused", "resumed", "closed"]
    );
    let text = summary(&imported.report);
    assert!(text.contains("'3' (1 rows)") && text.contains("pause that ends before it begins left out"), "{text}");
}

#[test]
fn an_excerpt_of_taipei_is_taken_by_its_mapping() {
    let imported = import(&shipped("taipei_villages.toml"), &[fixture("taipei_excerpt.geojson")], &[]).unwrap();
    let table = check(&imported);
    assert_eq!(table.at_level(Level::Street).count(), 2);
    assert_eq!(table.get(table.root().unwrap()).name, "台北市");
    let text = summary(&imported.report);
    assert!(text.contains("repaired 1 × invalid boundary repaired (first in line 2)"), "{text}");
    let town = table.at_level(Level::Street).map(|id| table.get(id)).find(|area| area.name == "文山區").unwrap();
    assert_eq!(
        (town.code.as_str(), town.name_en.as_deref(), town.boundary.0.len()),
        ("63000080", Some("Wenshan District"), 1)
    );
}

#[test]
fn every_nasty_row_is_in_the_books() {
    let imported =
        import(&mapping(&fixture("nasty.toml")), &[fixture("nasty.geojson")], &[fixture("nasty.csv")]).unwrap();
    check(&imported);
    let [areas, tickets] = imported.report.files.as_slice() else { panic!() };
    let text = summary(&imported.report);
    assert_eq!((areas.read, areas.taken), (12, 6), "{text}");
    let lines: Vec<u64> = areas.rejected.iter().map(|note| note.line).collect();
    assert_eq!(lines, [3, 8, 9, 10, 12, 13], "{text}");
    assert_eq!((tickets.read, tickets.taken), (14, 9), "{text}");
    let mut lines: Vec<u64> = tickets.rejected.iter().map(|note| note.line).collect();
    lines.sort_unstable();
    assert_eq!(lines, [2, 7, 8, 12, 13], "{text}");
    let by_id = |id: &str| &imported.tickets.iter().find(|detail| detail.ticket.id.as_str() == id).unwrap().ticket;
    assert_eq!(by_id("A-1").closed_at.unwrap().to_string(), "2011-07-03T05:05:00Z", "the newer one");
    assert_eq!(
        (by_id("A-2").position, &*by_id("A-2").category),
        (Position::At { lon: -87.64, lat: 41.86 }, "Graffiti; on a wall")
    );
    assert_eq!(by_id("A-5").position, Position::Missing);
    assert_eq!(by_id("A-11").position, Position::Outside);
    assert_eq!(by_id("A-6").closed_at, Some(by_id("A-6").reported_at));
    assert!(text.contains("'Carrier pigeon' (1 rows)") && text.contains("'In limbo' (1 rows)"), "{text}");
}

#[test]
fn a_file_that_fails_leaves_the_others() {
    let files = [fixture("absent.csv"), fixture("taipei_excerpt.geojson"), fixture("boston_311_excerpt.csv"), root()];
    let imported = import(&shipped("boston_311.toml"), &[], &files).unwrap();
    let failed: Vec<bool> = imported.report.files.iter().map(|file| file.failure.is_some()).collect();
    assert_eq!(failed, [true, true, false, true], "{}", summary(&imported.report));
    assert!(matches!(import(&shipped("boston_311.toml"), &[], &files[..2]), Err(ImportError::NothingTaken(_))));
    assert!(matches!(import(&shipped("boston_311.toml"), &files[1..2], &[]), Err(ImportError::NotMapped(..))));
    assert!(matches!(import(&shipped("boston_311.toml"), &[], &[]), Err(ImportError::NoFiles)));
}

#[test]
fn other_cities_by_mapping_alone() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    // A Chinese export: GB18030, tabs, a community by name, no coordinates at all.
    let areas = write(
        "areas.geojson",
        r#"[{"type":"Feature","id":7,"properties":{"名称":"海湾社区","街道":"南山街道"},"geometry":{"type":"Polygon",
        "coordinates":[[[113.9,22.5],[113.91,22.5],[113.91,22.51],[113.9,22.5]]]}}]"#
            .as_bytes(),
    );
    let rows = "工单编号\t上报时间\t状态\t来源\t所属社区\t类别\nGD1\t2026年11月1日 下午1:05\t已办结\t12345热线\t海湾社区\t占道经营\nGD2\t2026-11-02 08:00\t处置中\t网格上报\t别处\t占道经营\n";
    let rows = write("gd.txt", &encoding_rs::GB18030.encode(rows).0);
    let chinese = inline(
        "[areas]\nlevel = \"community\"\nname = \"名称\"\nstreet = { name = \"街道\" }\n[tickets]\nid = \"工单编号\"\nreported_at = \"上报时间\"\nstatus = \"状态\"\nsource = \"来源\"\narea = \"所属社区\"\ncategory = \"类别\"\n",
    );
    let imported = import(&chinese, &[areas], &[rows]).unwrap();
    check(&imported);
    let tickets: Vec<_> = imported.tickets.iter().map(|detail| &detail.ticket).collect();
    assert_eq!((tickets[0].stage, tickets[0].source), (Stage::Closed, Source::Hotline));
    assert_eq!(tickets[0].reported_at.to_string(), "2026-11-01T05:05:00Z");
    assert_eq!(tickets[0].area.as_ref().map(|area| area.as_str()), Some("7-g"));
    assert_eq!((tickets[1].stage, tickets[1].source, &tickets[1].area), (Stage::Handle, Source::GridWorker, &None));

    // Open311: a JSON list, with times with a zone and coordinates as numbers or text.
    let json = write(
        "requests.json",
        br#"[{"service_request_id":638344,"status":"closed","requested_datetime":"2010-04-14T06:37:38-08:00","updated_datetime":"2010-04-15T06:37:38-08:00","lat":37.762221815,"long":"-122.4651145","service_name":"Sidewalk"},
        {"service_request_id":638349,"status":"open","requested_datetime":"2010-04-19T06:37:38-08:00","lat":37.76,"long":-122.47}, 5]"#,
    );
    let open311 = inline(
        "[tickets]\nid = \"service_request_id\"\nreported_at = \"requested_datetime\"\nupdated_at = \"updated_datetime\"\nstatus = \"status\"\nlat = \"lat\"\nlon = \"long\"\ncategory = \"service_name\"\n",
    );
    let imported = import(&open311, &[], &[json]).unwrap();
    check(&imported);
    assert_eq!(imported.tickets.len(), 2, "{}", summary(&imported.report));
    assert!(imported.tickets.iter().all(|detail| detail.ticket.position.lonlat().is_some()));

    // European: semicolons, decimal commas, day first, no header.
    let rows = write("eu.csv", b"1;13.02.2024 10:15;48,2;16,37;Stra\xDFe\n2;01.03.2024 09:00;48,21;16,38;Park\n");
    let european = inline(
        "[tickets]\ncolumns = [\"id\", \"t\", \"y\", \"x\", \"k\"]\nid = \"id\"\nreported_at = \"t\"\nlat = \"y\"\nlon = \"x\"\ncategory = \"k\"\n",
    );
    let imported = import(&european, &[], &[rows]).unwrap();
    let times: Vec<String> = imported.tickets.iter().map(|detail| detail.ticket.reported_at.to_string()).collect();
    assert_eq!(times, ["2024-02-13T02:15:00Z", "2024-03-01T01:00:00Z"]);
    assert_eq!(&*imported.tickets[0].ticket.category, "Straße");
}

#[test]
fn the_whole_of_boston() {
    let Some(path) = shared("tickets/boston_311_2011.csv") else { return };
    let imported = import(&shipped("boston_311.toml"), &[], &[path]).unwrap();
    let table = check(&imported);
    let file = &imported.report.files[0];
    assert_eq!((file.read, file.taken), (58_251, 58_251), "{}", summary(&imported.report));
    let open = imported.tickets.iter().filter(|detail| detail.ticket.is_in_hand()).count();
    let due = imported.tickets.iter().filter(|detail| detail.ticket.handle_due.is_some()).count();
    // 3,681 are open in the file, 6,198 were closed after its newest report, where the clock stands.
    assert_eq!((open, due), (3_681 + 6_198, 47_270));
    assert!(imported.tickets.iter().all(|detail| detail.ticket.area.is_some()));
    let categories: std::collections::BTreeSet<_> =
        imported.tickets.iter().map(|detail| detail.ticket.category.clone()).collect();
    assert_eq!(categories.len(), 141);
    // The file itself calls 4,993 of those closed by then OVERDUE; of 57 that were late it says nothing.
    let late = |detail: &&TicketDetail| {
        detail.ticket.closed_at.is_some() && detail.clocks.iter().any(|clock| clock.is_breached(Timestamp::MAX))
    };
    assert_eq!(imported.tickets.iter().filter(late).count(), 4_993 + 57);
    assert!((120..300).contains(&table.at_level(Level::Grid).count()));
}

#[test]
fn the_whole_of_taipei_and_taiwan() {
    for (name, invalid, counts) in
        [("taipei_villages", 1, [1, 12, 456, 456]), ("taiwan_villages_7k", 7, [1, 368, 7701, 7701])]
    {
        let Some(path) = shared(&format!("polygons/{name}.geojson")) else { return };
        let imported = import(&shipped("taipei_villages.toml"), &[path], &[]).unwrap();
        let table = check(&imported);
        let file = &imported.report.files[0];
        let text = summary(&imported.report);
        assert_eq!(file.rejected.len(), 0, "{text}");
        assert_eq!(
            file.repaired.iter().filter(|note| note.reason.starts_with("invalid boundary")).count(),
            invalid,
            "{text}"
        );
        assert_eq!(Level::ALL.map(|level| table.at_level(level).count()), counts, "{text}");
    }
}

#[test]
fn shenzhen_by_inline_mappings() {
    if let Some(path) = shared("cn/shenzhen_grid_500m_9005.geojson") {
        let mapping = inline(
            "[areas]\nlevel = \"grid\"\ncode = [\"LONCOL\", \"LATCOL\"]\n[areas.groups]\ncommunity_m = 3000\nstreet_m = 9000\n",
        );
        let imported = import(&mapping, &[path], &[]).unwrap();
        let table = check(&imported);
        assert_eq!(table.at_level(Level::Grid).count(), 9_005, "{}", summary(&imported.report));
        assert!((20..150).contains(&table.at_level(Level::Street).count()));
    }
    if let Some(path) = shared("cn/transbigdata_shenzhen_10districts.geojson") {
        let imported =
            import(&inline("[areas]\nlevel = \"street\"\ncode = \"qh\"\nname = \"qh\"\n"), &[path], &[]).unwrap();
        let table = check(&imported);
        assert_eq!(
            Level::ALL.map(|level| table.at_level(level).count()),
            [1, 10, 10, 10],
            "{}",
            summary(&imported.report)
        );
    }
}

#[test]
fn no_file_makes_it_panic() {
    let areas = inline("[areas]\nlevel = \"grid\"\n[tickets]\nreported_at = \"a\"\n");
    let mut seen = 0;
    for folder in [
        "edge/geojson_crate",
        "edge/geojson_crate/canonical",
        "edge/JSONTestSuite/test_parsing",
        "edge/JSONTestSuite/test_transform",
        "edge/earcut",
    ] {
        let Some(folder) = shared(folder) else { return };
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            for result in [import(&areas, &[path.clone()], &[]), import(&areas, &[], &[path.clone()])] {
                let report = match &result {
                    Ok(imported) => &imported.report,
                    Err(ImportError::NothingTaken(report)) => report,
                    Err(error) => panic!("{}: {error}", path.display()),
                };
                assert!(report.balances(), "{}: {report:?}", path.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 350);
}
