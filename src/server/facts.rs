//! The facts of a site as the landing page tells them and as a database file keeps them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::domain::site::WorkflowStep;
use crate::domain::{Environment, Site};

/// All of the landing page but the links and the clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Title of the wall.
    pub title: String,
    /// The same in English.
    pub title_en: String,
    /// One sentence on what is served here.
    pub description: String,
    /// Code of the district.
    pub district: Option<String>,
    /// IANA name of the zone.
    pub time_zone: String,
    /// Demo, archive, drill or live.
    pub environment: Environment,
    /// Labels of the stages.
    pub workflow: Vec<WorkflowStep>,
    /// Working time.
    pub calendar: CalendarRecord,
    /// Map approval number.
    pub map_approval: Option<String>,
}

/// A calendar on the wire: hours as `["09:00", "12:00"]`, weekdays from Monday, dates as `2026-01-01`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalendarRecord {
    /// Working spans of a day.
    pub hours: Vec<(String, String)>,
    /// Which weekdays are worked, Monday first.
    pub weekdays: [bool; 7],
    /// Dates not worked.
    pub holidays: Vec<Date>,
    /// Dates worked although the weekday is not.
    pub workdays: Vec<Date>,
}

impl Facts {
    /// The facts of `site`. Its clock is left out: the server keeps its own.
    pub fn new(site: &Site, description: String) -> Self {
        let span = |(open, close): &(jiff::civil::Time, jiff::civil::Time)| {
            (open.strftime("%H:%M").to_string(), close.strftime("%H:%M").to_string())
        };
        Self {
            title: site.title.clone(),
            title_en: site.title_en.clone(),
            description,
            district: site.district.as_ref().map(|code| code.to_string()),
            time_zone: zone_name(&site.zone),
            environment: site.environment,
            workflow: site.workflow.steps.clone(),
            calendar: CalendarRecord {
                hours: site.calendar.hours.iter().map(span).collect(),
                weekdays: site.calendar.weekdays,
                holidays: site.calendar.holidays.clone(),
                workdays: site.calendar.workdays.clone(),
            },
            map_approval: site.map_approval.clone(),
        }
    }

    /// The zone all times are written in; `None` if the name is not known.
    pub fn zone(&self) -> Option<TimeZone> {
        TimeZone::get(&self.time_zone).ok()
    }
}

/// A name that every reader can look up: the zone's own, or the `Etc` zone of a fixed offset of whole hours.
fn zone_name(zone: &TimeZone) -> String {
    if let Some(name) = zone.iana_name() {
        return name.to_owned();
    }
    let seconds = zone.to_offset(jiff::Timestamp::UNIX_EPOCH).seconds();
    match seconds / 3600 {
        hours @ -12..=14 if seconds % 3600 == 0 && hours != 0 => format!("Etc/GMT{:+}", -hours),
        _ => "UTC".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_offset_gets_a_name_with_the_same_clock() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let named = TimeZone::get(&zone_name(&zone)).unwrap();
        assert_eq!(named.to_offset(jiff::Timestamp::UNIX_EPOCH), jiff::tz::offset(8));
        assert_eq!(zone_name(&TimeZone::get("America/New_York").unwrap()), "America/New_York");
    }
}
