//! Care counts from their features. What a platform sends below the least count that may be shown is withheld here too,
//! so that no screen and no export of this wall can show it, whoever the platform is.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;

use super::loose::Loose;
use super::names::is_presentable;
use super::page::{Feature, PageError, PageHead, Reject, read_page};
use crate::domain::care::GROUPS;
use crate::domain::{AreaCode, CareCounts, CareGroup, CareTable, Count};

/// The least number a wall shows; see `domain::care::publish`.
const LEAST: u64 = 10;
/// Most days of a month.
const DAYS: usize = 31;

/// The properties of one item, unchecked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CareProperties<'a> {
    #[serde(borrow)]
    area_code: Loose<'a>,
    #[serde(borrow)]
    group: Loose<'a>,
    #[serde(borrow)]
    listed: Loose<'a>,
    #[serde(borrow)]
    visited: Loose<'a>,
    #[serde(borrow)]
    due: Loose<'a>,
    #[serde(borrow)]
    overdue: Loose<'a>,
    #[serde(borrow)]
    as_of: Loose<'a>,
    #[serde(borrow)]
    visited_by_day: Option<Vec<Loose<'a>>>,
}

/// Reads one page into `table`; `reject` hears of every record that cannot be used.
pub fn read_care(body: &[u8], table: &mut CareTable, mut reject: impl FnMut(Reject)) -> Result<PageHead, PageError> {
    let mut index = 0;
    read_page(body, |feature| {
        index += 1;
        if let Err(why) = feature.and_then(|feature| take(&feature, index, table)) {
            reject(why);
        }
    })
}

fn take(feature: &Feature<'_, CareProperties<'_>>, place: usize, table: &mut CareTable) -> Result<(), Reject> {
    let missing = CareProperties::default();
    let it = feature.properties.as_ref().unwrap_or(&missing);
    let record = feature.id.code().map_or_else(|| format!("care-counts {place}"), |id| id.into_owned());
    let refused =
        |field, found: &Loose<'_>| Reject { record: record.clone(), field, found: found.to_string(), known: None };
    let code = it.area_code.code().filter(|code| is_presentable(code));
    let code = code.ok_or_else(|| refused("area_code", &it.area_code))?;
    let group = it.group.text().and_then(CareGroup::from_key).ok_or_else(|| refused("group", &it.group))?;
    let counts = CareCounts {
        listed: count(&it.listed).ok_or_else(|| refused("listed", &it.listed))?,
        visited: count(&it.visited).ok_or_else(|| refused("visited", &it.visited))?,
        due: count(&it.due).ok_or_else(|| refused("due", &it.due))?,
        overdue: count(&it.overdue).ok_or_else(|| refused("overdue", &it.overdue))?,
    };
    let row = table.areas.entry(AreaCode::new(code.as_ref())).or_insert([CareCounts::default(); GROUPS]);
    row[group.index()] = counts;
    table.as_of = table.as_of.max(it.as_of.time());
    if let Some(days) = &it.visited_by_day {
        table.progress = days.iter().take(DAYS).map(|day| count(day).unwrap_or(Count::NoData)).collect();
    }
    Ok(())
}

/// A number, the word `suppressed`, or nothing; `None` for anything else.
fn count(sent: &Loose<'_>) -> Option<Count> {
    if sent.is_null() {
        return Some(Count::NoData);
    }
    if sent.text() == Some("suppressed") {
        return Some(Count::Suppressed);
    }
    let number = sent.count()?;
    if number < LEAST {
        return Some(Count::Suppressed);
    }
    // A platform that does not round is rounded here.
    let rounded = number.saturating_add(2) / 5 * 5;
    Some(Count::About(u32::try_from(rounded).ok()?))
}

/// A number that differs when the counts differ.
pub fn care_print(table: &CareTable) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut codes: Vec<&AreaCode> = table.areas.keys().collect();
    codes.sort();
    for code in codes {
        code.hash(&mut hasher);
        for counts in &table.areas[code] {
            [counts.listed, counts.visited, counts.due, counts.overdue].hash(&mut hasher);
        }
    }
    (table.as_of, &table.progress).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CareCategory;

    fn read(features: &str) -> (CareTable, Vec<String>) {
        let (mut table, mut rejects) = (CareTable::default(), Vec::new());
        let body = format!("{{\"type\":\"FeatureCollection\",\"features\":[{features}]}}");
        read_care(body.as_bytes(), &mut table, |reject| rejects.push(reject.to_string())).unwrap();
        (table, rejects)
    }

    #[test]
    fn numbers_suppressed_and_no_data_are_three_things() {
        let (table, rejects) = read(
            "{\"id\":\"1/all\",\"properties\":{\"area_code\":\"1\",\"group\":\"all\",\"listed\":55,\"visited\":\"suppressed\",\
             \"due\":null,\"overdue\":10,\"as_of\":\"2026-11-21T06:00:00+08:00\",\"visited_by_day\":[\"suppressed\",15,null]}}",
        );
        assert!(rejects.is_empty());
        let counts = table.of(&AreaCode::new("1"), CareGroup::Everybody);
        assert_eq!((counts.listed, counts.visited), (Count::About(55), Count::Suppressed));
        assert_eq!((counts.due, counts.overdue), (Count::NoData, Count::About(10)));
        assert_eq!(table.progress, [Count::Suppressed, Count::About(15), Count::NoData]);
        assert_eq!(table.of(&AreaCode::new("1"), CareGroup::Of(CareCategory::VeryOld)).listed, Count::NoData);
        assert!(table.as_of.is_some());
    }

    #[test]
    fn a_platform_that_sends_small_or_exact_numbers_does_not_get_them_shown() {
        let (table, _) = read(
            "{\"properties\":{\"area_code\":\"1\",\"group\":\"all\",\"listed\":53,\"visited\":4,\"due\":0,\"overdue\":9}}",
        );
        let counts = table.of(&AreaCode::new("1"), CareGroup::Everybody);
        assert_eq!(counts.listed, Count::About(55));
        assert_eq!([counts.visited, counts.due, counts.overdue], [Count::Suppressed; 3]);
    }

    #[test]
    fn an_unusable_record_is_named_and_the_rest_is_in_use() {
        let (table, rejects) = read(
            "{\"id\":\"a\",\"properties\":{\"area_code\":\"1\",\"group\":\"released\"}},
             {\"id\":\"b\",\"properties\":{\"area_code\":\"2\",\"group\":\"all\",\"listed\":\"many\"}},
             {\"id\":\"c\",\"properties\":{\"area_code\":\"3\",\"group\":\"all\",\"listed\":20}}",
        );
        assert_eq!(rejects.len(), 2);
        assert!(rejects[0].starts_with("a: group: ") && rejects[1].starts_with("b: listed: "), "{rejects:?}");
        assert_eq!(table.areas.len(), 1);
        assert_ne!(care_print(&table), care_print(&CareTable::default()));
    }
}
