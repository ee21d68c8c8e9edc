//! Key persons of the reference platform: synthetic people, kept in here, and the counts that may leave.
//!
//! A person exists only in `people.rs`, which is private and can be neither printed nor serialised. What leaves is made
//! by [`crate::domain::care::publish`] with the key of `secret.rs`. Counts change once a day, at 06:00.

mod people;
mod secret;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use jiff::civil::{Date, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::domain::care::{Book, GROUPS, publish};
use crate::domain::{Area, AreaCode, CareCounts, CareGroup, Count};
use people::People;
use secret::Secret;

/// The parameters of `care-counts` beside those of every list.
pub const PARAMETERS: [&str; 3] = ["area_code", "level", "group"];

/// One item of the collection, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The area.
    pub area: String,
    /// `district`, `street`, `community`.
    pub level: &'static str,
    /// `all` or a category.
    pub group: &'static str,
    /// The feature.
    pub json: String,
}

/// The counts of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CareDay {
    /// When they were taken: 06:00.
    pub as_of: Timestamp,
    /// The district, its streets, its communities; each with every group.
    pub items: Vec<Item>,
}

/// The care desk of a synthetic district. Prints nothing of what it holds.
pub struct CareDesk {
    people: People,
    secret: Secret,
    zone: TimeZone,
    latest: Mutex<Option<(Date, Arc<CareDay>)>>,
}

impl std::fmt::Debug for CareDesk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CareDesk")
    }
}

impl CareDesk {
    /// Makes people for the communities of these areas. The key comes from the seed too: a simulation has no secrets.
    pub fn synthetic(areas: &[Area], zone: TimeZone, seed: u64) -> Self {
        let secret = Secret::from_seed(seed);
        Self { people: People::synthetic(areas, seed), secret, zone, latest: Mutex::new(None) }
    }

    /// The counts in force at `now`: those of the last 06:00.
    pub fn at(&self, now: Timestamp) -> Arc<CareDay> {
        let local = now.to_zoned(self.zone.clone());
        let early = local.time() < time(6, 0, 0, 0);
        let date = if early { local.date().yesterday().unwrap_or(local.date()) } else { local.date() };
        let mut latest = self.latest.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some((day, counts)) = &*latest
            && *day == date
        {
            return counts.clone();
        }
        let counts = Arc::new(self.day(date));
        *latest = Some((date, counts.clone()));
        counts
    }

    fn published(&self, book: &Book) -> Vec<(AreaCode, [CareCounts; GROUPS])> {
        publish(book, |area, group, measure| self.secret.error(area, group, measure))
    }

    fn day(&self, date: Date) -> CareDay {
        let at_six = date.to_datetime(time(6, 0, 0, 0)).to_zoned(self.zone.clone());
        let as_of = at_six.map(|at| at.timestamp()).unwrap_or_default();
        // The district's visited on each day of the month so far, all published the same way.
        let days = std::iter::successors(Some(date.first_of_month()), |day| day.checked_add(1.day()).ok());
        let days = days.take_while(|day| *day <= date);
        let visited: Vec<Count> = days
            .map(|day| self.published(&self.people.book(day)).first().map_or(Count::NoData, |it| it.1[0].visited))
            .collect();
        let progress = visited.into_iter().map(word).collect::<Vec<_>>().join(",");

        let streets = self.people.streets();
        let mut items = Vec::new();
        for (index, (area, groups)) in self.published(&self.people.book(date)).into_iter().enumerate() {
            let level = match index {
                0 => "district",
                index if index <= streets => "street",
                _ => "community",
            };
            for group in CareGroup::all() {
                let CareCounts { listed, visited, due, overdue } = groups[group.index()];
                let code = serde_json::Value::from(area.as_str());
                let mut json = String::with_capacity(320);
                // Writing to a string cannot fail.
                let _ = write!(
                    json,
                    "{{\"type\":\"Feature\",\"id\":{},\"geometry\":null,\"properties\":{{\"area_code\":{code},\
                     \"level\":\"{level}\",\"group\":\"{}\",\"listed\":{},\"visited\":{},\"due\":{},\"overdue\":{},\
                     \"as_of\":\"{}\"",
                    serde_json::Value::from(format!("{area}/{}", group.key())),
                    group.key(),
                    word(listed),
                    word(visited),
                    word(due),
                    word(overdue),
                    crate::server::feature::Stamp::new(as_of, &self.zone),
                );
                if index == 0 && group == CareGroup::Everybody {
                    let _ = write!(json, ",\"visited_by_day\":[{progress}]");
                }
                json.push_str("}}");
                items.push(Item { area: area.to_string(), level, group: group.key(), json });
            }
        }
        CareDay { as_of, items }
    }
}

fn word(count: Count) -> String {
    match count {
        Count::About(number) => number.to_string(),
        Count::Suppressed => "\"suppressed\"".to_owned(),
        Count::NoData => "null".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use geo::MultiPolygon;

    use super::*;
    use crate::domain::Level;

    fn areas() -> Vec<Area> {
        let area = |code: &str, level, parent: Option<&str>, population| Area {
            code: AreaCode::new(code),
            level,
            kind: None,
            name: code.into(),
            name_en: None,
            parent: parent.map(AreaCode::new),
            households: None,
            population,
            boundary: MultiPolygon(Vec::new()),
        };
        let mut areas = vec![area("1", Level::District, None, None)];
        for street in 1..=3 {
            let code = format!("1{street}");
            areas.push(area(&code, Level::Street, Some("1"), None));
            for community in 1..=6 {
                areas.push(area(&format!("{code}{community}"), Level::Community, Some(&code), Some(900 * community)));
            }
        }
        areas
    }

    #[test]
    fn every_area_has_every_group_and_small_places_are_suppressed() {
        let desk = CareDesk::synthetic(&areas(), TimeZone::UTC, 7);
        let day = desk.at("2026-11-21T14:00:00Z".parse().unwrap());
        assert_eq!(day.items.len(), (1 + 3 + 18) * GROUPS);
        assert_eq!(day.as_of.to_string(), "2026-11-21T06:00:00Z");
        let first: serde_json::Value = serde_json::from_str(&day.items[0].json).unwrap();
        let people = first["properties"]["listed"].as_u64().unwrap();
        assert!((300..1500).contains(&people) && people % 5 == 0, "{people}");
        assert_eq!(first["properties"]["visited_by_day"].as_array().unwrap().len(), 21);
        assert!(day.items.iter().any(|item| item.json.contains("suppressed")));
    }

    #[test]
    fn counts_change_at_six_and_at_no_other_time() {
        let desk = CareDesk::synthetic(&areas(), TimeZone::UTC, 7);
        let at = |text: &str| desk.at(text.parse().unwrap());
        assert_eq!(at("2026-11-21T06:00:00Z"), at("2026-11-22T05:59:59Z"));
        assert_ne!(at("2026-11-21T06:00:00Z").as_of, at("2026-11-22T06:00:00Z").as_of);
        let again = CareDesk::synthetic(&areas(), TimeZone::UTC, 7);
        assert_eq!(*at("2026-11-21T06:00:00Z"), *again.at("2026-11-21T07:00:00Z".parse().unwrap()));
    }

    #[test]
    fn coverage_grows_with_the_month() {
        let desk = CareDesk::synthetic(&areas(), TimeZone::UTC, 7);
        let day = desk.at("2026-11-29T14:00:00Z".parse().unwrap());
        let first: serde_json::Value = serde_json::from_str(&day.items[0].json).unwrap();
        let progress = first["properties"]["visited_by_day"].as_array().unwrap().clone();
        assert_eq!(progress[0], "suppressed", "nobody is visited before the month begins");
        let numbers: Vec<u64> = progress.iter().filter_map(serde_json::Value::as_u64).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] <= pair[1] + 5) && numbers.len() > 20, "{numbers:?}");
        assert!(numbers[numbers.len() - 1] * 100 > first["properties"]["listed"].as_u64().unwrap() * 80);
    }

    #[test]
    fn the_desk_prints_nothing_of_its_people() {
        assert_eq!(format!("{:?}", CareDesk::synthetic(&areas(), TimeZone::UTC, 7)), "CareDesk");
    }
}
