//! The landing page and the list of upstream systems. Both are small, so they are read as values first and member by
//! member after that; what a site leaves out gets the stated defaults.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::page::Reject;
use crate::domain::site::WorkflowStep;
use crate::domain::text::display_text;
use crate::domain::{AreaCode, Calendar, Environment, Site, SiteClock, SourceStatus, Stage, Workflow};

/// The zone of a site that does not say.
const DEFAULT_ZONE: &str = "Asia/Shanghai";
/// Most upstream systems listed.
const MAX_SOURCES: usize = 1_000;

/// The landing page.
#[derive(Clone, Debug, PartialEq)]
pub struct Landing {
    /// The site's facts.
    pub site: Site,
    /// `rel=data`, as it stands.
    pub data: String,
    /// `rel=sources`, where there is one.
    pub sources: Option<String>,
    /// `rel=stream`, where there is one; without it tickets are polled.
    pub stream: Option<String>,
    /// What had to be replaced by a default.
    pub odd: Vec<String>,
}

/// Why an answer is not the landing page of a platform.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LandingError {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// JSON without what a platform's landing page has.
    #[error("the page has no {0}")]
    Lacks(&'static str),
}

/// Reads the landing page.
pub fn read_landing(body: &[u8]) -> Result<Landing, LandingError> {
    let page: Value = serde_json::from_slice(body).map_err(|fault| LandingError::Json(fault.to_string()))?;
    let links = page.get("links").and_then(Value::as_array).ok_or(LandingError::Lacks("links"))?;
    let link = |rel: &str| {
        let found = links.iter().find(|link| link.get("rel").and_then(Value::as_str) == Some(rel))?;
        found.get("href").and_then(Value::as_str).map(str::to_owned)
    };
    let data = link("data").ok_or(LandingError::Lacks("link rel=data"))?;
    let facts = page.get("site").filter(|site| site.is_object());
    let facts = facts.ok_or(LandingError::Lacks("member 'site' (is it an OGC server of another kind?)"))?;
    let mut odd = Vec::new();
    let site = site(&page, facts, &mut odd)?;
    Ok(Landing { site, data, sources: link("sources"), stream: link("stream"), odd })
}

fn site(page: &Value, facts: &Value, odd: &mut Vec<String>) -> Result<Site, LandingError> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(display_text).filter(|text| !text.is_empty());
    let zone_name = facts.get("time_zone").and_then(Value::as_str).unwrap_or(DEFAULT_ZONE);
    let zone = TimeZone::get(zone_name).unwrap_or_else(|_| {
        odd.push(format!("time_zone: '{}' is not known; {DEFAULT_ZONE} is used", display_text(zone_name)));
        TimeZone::get(DEFAULT_ZONE).unwrap_or(TimeZone::fixed(jiff::tz::offset(8)))
    });
    // Unknown kinds of data must not pass for the real thing.
    let environment = match facts.get("environment").and_then(Value::as_str) {
        Some("live") => Environment::Live,
        Some("demo") => Environment::Demo,
        Some("archive") => Environment::Archive,
        Some("drill") => Environment::Drill,
        other => {
            odd.push(format!(
                "environment: '{}' is not known; shown as drill",
                display_text(other.unwrap_or("nothing"))
            ));
            Environment::Drill
        }
    };
    let clock = facts.get("clock");
    let now = clock.and_then(|clock| clock.get("now")).and_then(Value::as_str).and_then(|now| now.parse().ok());
    let now: Timestamp = now.ok_or(LandingError::Lacks("readable time site.clock.now"))?;
    let speed = clock.and_then(|clock| clock.get("speed")).and_then(Value::as_f64);
    let speed = speed.filter(|speed| speed.is_finite() && (0.0..=1.0e6).contains(speed)).unwrap_or(1.0);
    let title = text(page.get("title")).unwrap_or_else(|| "网格化指挥中心".into());
    Ok(Site {
        title_en: text(page.get("title_en")).unwrap_or_else(|| title.clone()),
        title,
        district: text(facts.get("district")).map(AreaCode::new),
        workflow: workflow(facts.get("workflow"), odd),
        calendar: calendar(facts.get("calendar"), &zone, odd),
        zone,
        environment,
        clock: SiteClock { now, speed },
        map_approval: text(facts.get("map_approval")),
    })
}

fn workflow(steps: Option<&Value>, odd: &mut Vec<String>) -> Workflow {
    let Some(steps) = steps.and_then(Value::as_array) else { return Workflow::eight_steps() };
    let mut workflow = Workflow { steps: Vec::new() };
    for step in steps.iter().take(Stage::ALL.len()) {
        match WorkflowStep::deserialize(step) {
            Ok(step) => workflow.steps.push(WorkflowStep {
                stage: step.stage,
                label: display_text(&step.label),
                label_en: display_text(&step.label_en),
            }),
            Err(fault) => odd.push(format!("workflow: {fault}")),
        }
    }
    if workflow.steps.is_empty() { Workflow::eight_steps() } else { workflow }
}

fn calendar(given: Option<&Value>, zone: &TimeZone, odd: &mut Vec<String>) -> Calendar {
    #[derive(Deserialize)]
    struct Given {
        hours: Vec<(Time, Time)>,
        weekdays: [bool; 7],
        #[serde(default)]
        holidays: Vec<Date>,
        #[serde(default)]
        workdays: Vec<Date>,
    }
    let office_hours = Calendar::office_hours(zone.clone());
    match given.filter(|given| !given.is_null()).map(Given::deserialize) {
        None => office_hours,
        Some(Ok(given)) => {
            let mut hours = given.hours;
            hours.retain(|(open, close)| open < close);
            hours.sort();
            let Given { weekdays, holidays, workdays, .. } = given;
            Calendar { zone: zone.clone(), hours, weekdays, holidays, workdays }
        }
        Some(Err(fault)) => {
            odd.push(format!("calendar: {fault}; office hours are used"));
            office_hours
        }
    }
}

/// Reads `/sources`: the systems that can be read, and the others.
pub fn read_sources(body: &[u8]) -> Result<(Vec<SourceStatus>, Vec<Reject>), LandingError> {
    let page: Value = serde_json::from_slice(body).map_err(|fault| LandingError::Json(fault.to_string()))?;
    let list = page.get("sources").and_then(Value::as_array).ok_or(LandingError::Lacks("list 'sources'"))?;
    let (mut sources, mut rejects) = (Vec::new(), Vec::new());
    for (index, entry) in list.iter().take(MAX_SOURCES).enumerate() {
        match SourceStatus::deserialize(entry) {
            Ok(mut source) => {
                source.key = display_text(&source.key);
                source.name = display_text(&source.name);
                source.name_en = source.name_en.map(|name| display_text(&name));
                source.coverage = source.coverage.filter(|share| (0.0..=1.0).contains(share));
                sources.push(source);
            }
            Err(fault) => {
                let key = entry.get("key").and_then(Value::as_str).map(display_text);
                let record = key.unwrap_or_else(|| format!("source {}", index + 1));
                rejects.push(Reject { record, field: "source", found: fault.to_string(), known: None });
            }
        }
    }
    Ok((sources, rejects))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANDING: &str = r#"{"title":"海澄区网格化指挥中心","title_en":"Haicheng","links":[
        {"rel":"data","href":"http://127.0.0.1:8080/collections"},{"rel":"stream","href":"/stream"}],
        "site":{"district":"450599","time_zone":"Asia/Shanghai","environment":"demo",
        "clock":{"now":"2026-11-21T14:32:05+08:00","speed":60.0},
        "workflow":[{"stage":"COLLECT","label":"采集","label_en":"Collected"},{"stage":"DREAM","label":"","label_en":""}],
        "calendar":{"hours":[["14:00","18:00"],["09:00","12:00"]],"weekdays":[true,true,true,true,true,false,false],
        "holidays":["2026-01-01"],"workdays":[]},"map_approval":null}}"#;

    #[test]
    fn the_landing_page_of_the_contract() {
        let landing = read_landing(LANDING.as_bytes()).unwrap();
        assert_eq!((landing.stream.as_deref(), landing.sources), (Some("/stream"), None));
        let site = landing.site;
        assert_eq!((site.environment, site.clock.speed), (Environment::Demo, 60.0));
        assert_eq!(site.workflow.steps.len(), 1);
        assert_eq!(site.calendar.hours[0].0, Time::constant(9, 0, 0, 0));
        assert_eq!(landing.odd.len(), 1, "{:?}", landing.odd);
    }

    #[test]
    fn what_a_site_leaves_out_has_a_default_but_never_passes_for_live() {
        let bare = r#"{"links":[{"rel":"data","href":"c"}],"site":{"time_zone":"Mars/Base","clock":{"now":"2026-11-21T14:32:05Z"}}}"#;
        let landing = read_landing(bare.as_bytes()).unwrap();
        assert_eq!(landing.site.environment, Environment::Drill);
        assert_eq!(landing.site.workflow, Workflow::eight_steps());
        assert_eq!(landing.site.clock.speed, 1.0);
        assert_eq!(landing.odd.len(), 2);
    }

    #[test]
    fn other_pages_are_not_a_platform() {
        for (page, lacks) in [
            ("<!doctype html>", "not JSON"),
            ("{}", "links"),
            (r#"{"links":[]}"#, "rel=data"),
            (r#"{"links":[{"rel":"data","href":"c"}]}"#, "site"),
            (r#"{"links":[{"rel":"data","href":"c"}],"site":{}}"#, "clock"),
        ] {
            let fault = read_landing(page.as_bytes()).unwrap_err().to_string();
            assert!(fault.contains(lacks), "{page}: {fault}");
        }
    }

    #[test]
    fn sources_one_by_one() {
        let body = r#"{"sources":[{"key":"12345","name":"热线","lag_s":30,"records":5,"rejects":0,"coverage":7},{"key":"x"},3]}"#;
        let (sources, rejects) = read_sources(body.as_bytes()).unwrap();
        assert_eq!((sources.len(), rejects.len()), (1, 2));
        assert_eq!(sources[0].coverage, None);
        assert_eq!(rejects[0].record, "x");
        assert!(read_sources(b"[]").is_err());
    }
}
