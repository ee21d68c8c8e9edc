//! No missing glyph anywhere in the demo or in the imports: every text the wall can be sent is held against the shipped
//! fonts.

use std::collections::BTreeSet;
use std::path::PathBuf;

use gridwall::domain::{Area, TicketDetail};
use gridwall::panels::style::missing_glyphs;
use gridwall::server::clockwork::{Clockwork, Ground};
use gridwall::server::district::{DistrictSpec, generate};
use gridwall::server::import::{Mapping, import};

use crate::support::{fixture, real_data};

fn area_text(areas: &[Area]) -> String {
    areas.iter().map(|area| format!("{} {}", area.name, area.name_en.as_deref().unwrap_or(""))).collect()
}

fn ticket_text(detail: &TicketDetail) -> String {
    let ticket = &detail.ticket;
    let mut text = format!("{} {} {}", ticket.id, ticket.category, ticket.category_group);
    let optional = [ticket.agency.as_deref(), detail.address.as_deref()];
    optional.into_iter().flatten().for_each(|part| text.push_str(part));
    for entry in &detail.timeline {
        let parts =
            [Some(entry.event.as_str()), entry.unit.as_deref(), entry.actor_role.as_deref(), entry.note.as_deref()];
        parts.into_iter().flatten().for_each(|part| text.push_str(part));
    }
    for pause in detail.clocks.iter().flat_map(|clock| &clock.pauses) {
        text.push_str(pause.reason.as_deref().unwrap_or(""));
    }
    text
}

fn assert_drawn(what: &str, text: &str) {
    assert!(text.chars().count() > 100, "{what}: there is hardly any text to check");
    let missing: BTreeSet<char> = missing_glyphs(text).into_iter().collect();
    assert!(missing.is_empty(), "{what}: no glyph for {missing:?}");
}

#[test]
fn a_character_without_a_glyph_is_found() {
    assert_eq!(missing_glyphs("海\u{1F600}澄"), ['\u{1F600}']);
}

#[test]
fn every_name_and_note_of_the_demo_is_drawn() {
    for spec in ["haicheng", "pidu", "nanshan", "laoshan"] {
        let district = generate(&spec.parse::<DistrictSpec>().unwrap(), 1);
        let places: String = district.places.iter().filter_map(|place| place.name.clone()).collect();
        let titles = format!("{}{}{}", district.title, district.title_en, places);
        assert_drawn(spec, &format!("{titles}{}", area_text(&district.areas)));
        let ground =
            Ground::from_areas(&district.areas, |_| 1.0, district.calendar.clone(), district.ticket_prefix.clone());
        let clockwork = Clockwork::new(ground, 1);
        let late = "2027-06-01T00:00:00+08:00".parse().unwrap();
        for day in 1..=14 {
            let plans = clockwork.plan_day(jiff::civil::date(2026, 11, day));
            let text: String = plans
                .iter()
                .filter_map(|plan| clockwork.state(plan, late))
                .map(|detail| ticket_text(&detail))
                .collect();
            assert_drawn(spec, &text);
        }
    }
}

#[test]
fn every_name_of_the_imports_is_drawn() {
    let mapping = |name: &str| {
        let path = format!("{}/assets/mappings/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        Mapping::read(std::path::Path::new(&path)).unwrap()
    };
    let mut cases: Vec<(&str, Vec<PathBuf>, Vec<PathBuf>)> = vec![
        ("boston_311", vec![], vec![fixture("import/boston_311_excerpt.csv")]),
        ("taipei_villages", vec![fixture("import/taipei_excerpt.geojson")], vec![]),
    ];
    if let Some(data) = real_data() {
        cases.push(("boston_311", vec![], vec![data.join("tickets/boston_311_2011.csv")]));
        cases.push(("taipei_villages", vec![data.join("polygons/taipei_villages.geojson")], vec![]));
        cases.push(("taipei_villages", vec![data.join("polygons/taiwan_villages_7k.geojson")], vec![]));
    }
    for (name, areas, tickets) in cases {
        let imported = import(&mapping(name), &areas, &tickets).unwrap();
        let tickets: String = imported.tickets.iter().map(ticket_text).collect();
        assert_drawn(name, &format!("{}{}{tickets}", imported.site.title, area_text(&imported.areas)));
    }
}
