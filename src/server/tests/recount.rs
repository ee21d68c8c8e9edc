//! An independent count: what every indicator must be, from the JSON of the tickets that are served and in another way
//! than the server counts (one filter a key, the calendar of jiff). Partner: `figures.rs`, the tests.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};

use super::*;

/// All features of a list, page by page, and the last page.
pub(super) async fn all(server: &Running, path: &str) -> (Vec<Value>, Value) {
    let mut url = format!("{}{path}", server.url);
    let mut features = Vec::new();
    loop {
        let page: Value =
            serde_json::from_str(&client().get(&url).send().await.unwrap().text().await.unwrap()).unwrap();
        features.extend(page["features"].as_array().unwrap_or_else(|| panic!("{page}")).iter().cloned());
        match next_link(&page) {
            Some(next) => url = next,
            None => return (features, page),
        }
    }
}

/// One ticket as it was served.
pub(super) struct Served {
    pub(super) id: String,
    pub(super) it: Value,
    pub(super) areas: HashSet<String>,
}

impl Served {
    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        self.it[name].as_str().map(|text| text.parse().unwrap())
    }
    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.it[name] == value
    }
    pub(super) fn in_hand(&self) -> bool {
        !self.is("stage", "CLOSED") && !self.is("stage", "VOID")
    }
    pub(super) fn unhandled(&self) -> bool {
        ["COLLECT", "REPORT", "REGISTER", "DISPATCH", "HANDLE"].iter().any(|stage| self.is("stage", stage))
    }
    fn paused(&self) -> bool {
        !self.it["suspended_since"].is_null()
    }
    fn redone(&self) -> bool {
        self.it["redo_count"].as_u64().unwrap() > 0
    }
    fn residents(&self) -> bool {
        self.is("source", "hotline") || self.is("source", "other")
    }
    fn dispute(&self) -> bool {
        self.is("service_group", "矛盾纠纷")
    }
    /// The moment by which a key puts the ticket into a period, if the ticket counts for the key at all; and whether
    /// it is in the numerator.
    fn counts(&self, key: &str, now: Timestamp, zone: &TimeZone) -> Option<(Timestamp, bool)> {
        let reported = self.time("requested_datetime").unwrap();
        let void = self.is("stage", "VOID");
        let closed = self.time("closed_at").filter(|_| self.is("stage", "CLOSED"));
        let rated = !self.is("rated", "none");
        let when = |at: Option<Timestamp>, whole: bool, part: bool| at.filter(|_| whole).map(|at| (at, part));
        let sign_due = self.time("sign_due").filter(|due| *due < now && !void);
        let signed = self.time("signed_at").zip(sign_due).is_some_and(|(at, due)| at <= due);
        let due = self.time("handle_due").filter(|due| *due < now && !void && !self.paused());
        let handled = !self.unhandled() && self.it["handled_late"] != true;
        let day = |at: Timestamp| zone.to_datetime(at).date();
        let report = Some(reported);
        match key {
            "intake" => when(report, true, true),
            "intake_grid" => when(report, self.is("source", "grid_worker"), true),
            "intake_hotline" => when(report, self.is("source", "hotline"), true),
            "intake_dispatch" => when(report, self.is("source", "dispatch"), true),
            "intake_other" => when(report, self.is("source", "other"), true),
            "void" => when(report, void, true),
            "close_rate" => when(report, !void, closed.is_some()),
            "proactive" => when(report, true, self.is("source", "grid_worker") || self.is("source", "dispatch")),
            "mode_joint" => when(report, self.is("mode", "joint"), true),
            "mode_consult" => when(report, self.is("mode", "consult"), true),
            "mode_emergency" => when(report, self.is("mode", "emergency"), true),
            "mode_special" => when(report, self.is("mode", "special"), true),
            "mode_supervised" => when(report, self.is("mode", "supervised"), true),
            "dispute_accepted" => when(report, self.dispute() && !void, true),
            "response" => when(sign_due, true, signed),
            "sign_late" => when(sign_due, !signed, true),
            "ontime" => when(due, true, handled),
            "handle_late" => when(due, !handled, true),
            "closed" => when(closed, true, true),
            "resolve" => when(closed, !self.it["resolved"].is_null(), self.it["resolved"] == true),
            "satisfy" => when(closed, rated, self.is("rated", "yes")),
            "v_satisfy" => when(closed, rated && self.residents(), self.is("rated", "yes")),
            "v_resolve" => {
                let answered = rated && !self.it["resolved"].is_null();
                when(closed, answered && self.residents(), self.it["resolved"] == true)
            }
            "satisfy_hotline" => when(closed, rated && self.is("source", "hotline"), self.is("rated", "yes")),
            "satisfy_grid" => when(closed, rated && self.is("source", "grid_worker"), self.is("rated", "yes")),
            "resolve_hotline" | "resolve_grid" => {
                let source = if key == "resolve_grid" { "grid_worker" } else { "hotline" };
                let answered = !self.it["resolved"].is_null() && self.is("source", source);
                when(closed, answered, self.it["resolved"] == true)
            }
            "supervised_satisfy" => when(closed, rated && self.is("mode", "supervised"), self.is("rated", "yes")),
            "grid_close" => when(report, !void && self.is("source", "grid_worker"), closed.is_some()),
            "rated" => when(closed, true, rated),
            "first_dissat" => when(closed, rated || self.redone(), self.redone() || self.is("rated", "no")),
            "same_day" => when(closed, true, closed.is_some_and(|closed| day(closed) == day(reported))),
            "redo" => when(closed, self.redone(), true),
            "redo_rate" => when(closed, true, self.redone()),
            "redo_success" => when(closed, self.redone(), self.is("rated", "yes")),
            "unrated" => when(closed, !rated, true),
            "dissatisfied" => when(closed, self.is("rated", "no"), true),
            "paper" => when(closed, self.is("rated", "no") && self.it["resolved"] == true, true),
            "dispute_mediated" => when(closed, self.dispute(), true),
            "dispute_settled" => when(closed, self.dispute(), self.it["resolved"] != false),
            other => panic!("the test does not know how to count {other}"),
        }
    }
    pub(super) fn stands(&self, key: &str, now: Timestamp) -> bool {
        let unsigned = self.it["signed_at"].is_null();
        let past = |name: &str| self.time(name).is_some_and(|due| due < now);
        let soon = |due: Timestamp| now <= due && due <= now + SignedDuration::from_hours(2);
        self.in_hand()
            && match key {
                "backlog" => true,
                "overdue" => unsigned && past("sign_due") || self.unhandled() && !self.paused() && past("handle_due"),
                "due_soon" => self.unhandled() && !self.paused() && self.time("handle_due").is_some_and(soon),
                "suspended" => self.paused(),
                "unsigned" => unsigned && !self.it["sign_due"].is_null(),
                "redo_open" => self.redone(),
                "dispute_open" => self.dispute(),
                other => panic!("the test does not know what {other} is"),
            }
    }
}

/// The district as it is served: tickets with the areas they count in, and the parents of areas.
pub(super) struct District {
    pub(super) tickets: Vec<Served>,
    pub(super) zone: TimeZone,
    now: Timestamp,
    begins: Date,
    /// Per key: ticket, moment, whether it is in the numerator.
    counted: RefCell<HashMap<String, Counted>>,
}

type Counted = Rc<Vec<(usize, Timestamp, bool)>>;

impl District {
    pub(super) async fn read(server: &Running, now: Timestamp) -> Self {
        let mut parents: HashMap<String, Option<String>> = HashMap::new();
        for level in ["districts", "streets", "communities", "grids"] {
            for area in all(server, &format!("collections/{level}/items?limit=1000")).await.0 {
                let it = &area["properties"];
                let parent = it["parent_code"].as_str().map(str::to_owned);
                parents.insert(it["code"].as_str().unwrap().to_owned(), parent);
            }
        }
        let root = parents.iter().find(|(_, parent)| parent.is_none()).map(|(code, _)| code.clone()).unwrap();
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let served = |feature: Value| {
            let it = feature["properties"].clone();
            let mut areas = HashSet::from([root.clone()]);
            let mut at = it["grid_code"].as_str().map(str::to_owned);
            while let Some(code) = at {
                at = parents.get(&code).cloned().flatten();
                areas.insert(code);
            }
            Served { id: feature["id"].as_str().unwrap().to_owned(), it, areas }
        };
        let tickets: Vec<Served> =
            all(server, "collections/tickets/items?limit=10000").await.0.into_iter().map(served).collect();
        let first = tickets.iter().filter_map(|ticket| ticket.time("requested_datetime")).min().unwrap();
        let begins = zone.to_datetime(first).date();
        Self { tickets, zone, now, begins, counted: RefCell::default() }
    }

    /// First day of the period `back` before the one of now.
    fn begin(&self, period: &str, back: i64) -> Date {
        let today = self.zone.to_datetime(self.now).date();
        match period {
            "day" => today.checked_sub(back.days()).unwrap(),
            "week" => {
                let monday = today.checked_sub(i64::from(today.weekday().since(Weekday::Monday)).days()).unwrap();
                monday.checked_sub(back.weeks()).unwrap()
            }
            "month" => today.first_of_month().checked_sub(back.months()).unwrap(),
            _ => today.first_of_year().checked_sub(back.years()).unwrap(),
        }
    }

    fn midnight(&self, date: Date) -> Timestamp {
        let zoned: Zoned = date.to_zoned(self.zone.clone()).unwrap();
        zoned.timestamp()
    }

    /// Numerator and denominator of an area in the period `back` before now; `same`: only as far as now is in this one.
    fn count(&self, key: &str, area: &str, period: &str, back: i64, same: bool) -> (i64, u64) {
        let from = self.midnight(self.begin(period, back));
        let next = if back == 0 { self.now } else { self.midnight(self.begin(period, back - 1)) };
        let gone = self.now.duration_since(self.midnight(self.begin(period, 0)));
        let end = if same { (from + gone).min(next) } else { next };
        // Up to now belongs to a period that is not over; midnight belongs to the next day.
        let is_last = |at: Timestamp| at == end && (back == 0 || same && from + gone < next);
        let inside = |at: Timestamp| from <= at && at < end || is_last(at);
        let here =
            |(ticket, at, _): &&(usize, Timestamp, bool)| inside(*at) && self.tickets[*ticket].areas.contains(area);
        let all = self.all_of(key);
        all.iter().filter(here).fold((0, 0), |sum, (_, _, part)| (sum.0 + i64::from(*part), sum.1 + 1))
    }

    fn all_of(&self, key: &str) -> Counted {
        let counted = || {
            let tickets = self.tickets.iter().enumerate();
            let counts = |(index, ticket): (usize, &Served)| {
                ticket.counts(key, self.now, &self.zone).map(|(at, part)| (index, at, part))
            };
            Rc::new(tickets.filter_map(counts).collect())
        };
        self.counted.borrow_mut().entry(key.to_owned()).or_insert_with(counted).clone()
    }

    fn is_known(&self, period: &str, back: i64) -> bool {
        back == 0 || self.begins <= self.begin(period, back)
    }
}

fn share(part: i64, whole: u64) -> Value {
    if whole == 0 { Value::Null } else { serde_json::json!((1e6 * part as f64 / whole as f64).round() / 1e4) }
}

/// Holds every figure of `/indicators` against the tickets. Returns how many were not zero.
pub(super) async fn hold(server: &Running, now: Timestamp) -> usize {
    let (figures, page) = all(server, "indicators?limit=10000").await;
    let district = District::read(server, now).await;
    let definitions: HashMap<String, Value> = page["definitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["key"].as_str().unwrap().to_owned(), it.clone()))
        .collect();
    let cases = all(server, "collections/class-cases/items").await.0;
    let open = cases.iter().map(|case| &case["properties"]).filter(|it| it["stage"] != "closed");
    let treated: HashSet<String> = open.map(|it| it["service_code"].as_str().unwrap().to_owned()).collect();
    let is_treated = |ticket: &Served| treated.contains(ticket.it["service_code"].as_str().unwrap());
    let mut nonzero = 0;
    for figure in &figures {
        let it = &figure["properties"];
        let (key, area) = (it["key"].as_str().unwrap(), it["area_code"].as_str().unwrap());
        let period = it["period"].as_str().unwrap();
        let what = &figure["id"];
        let definition = &definitions[key];
        let as_of: Timestamp = it["as_of"].as_str().unwrap().parse().unwrap();
        assert_eq!(as_of, now, "{what}");
        if definition["group"] == "base" {
            continue;
        }
        // No ticket tells what departments report and whom a desk has called: see below.
        if definition["source"] == "部门报送" || definition["source"] == "回访专席" {
            continue;
        }
        if definition["source"] == "未采集" {
            assert!(it["value"].is_null() && it["numerator"].is_null() && it["denominator"].is_null(), "{what}");
            continue;
        }
        if period == "now" {
            let stands = |t: &Served| match key {
                "class_open" => t.in_hand() && is_treated(t),
                _ => t.stands(key, now),
            };
            let count = district.tickets.iter().filter(|t| t.areas.contains(area) && stands(t)).count();
            assert_eq!((&it["numerator"], &it["value"]), (&count.into(), &(count as f64).into()), "{what}");
            nonzero += usize::from(count > 0);
            continue;
        }
        let step = if period == "day" { 7 } else { 1 };
        if key == "demand_drop" {
            let then = district.count("intake", area, period, step, true).0;
            let drop = then - district.count("intake", area, period, 0, false).0;
            let is_known = district.is_known(period, step) && period != "year";
            let expected = if is_known { share(drop, then as u64) } else { Value::Null };
            assert_eq!(it["value"], expected, "{what}");
            continue;
        }
        let is_share = definition["unit"] == "%";
        let (part, whole) = district.count(key, area, period, 0, false);
        assert_eq!(it["numerator"], part, "{what}");
        assert_eq!(it["denominator"], if is_share { whole.into() } else { Value::Null }, "{what}");
        let value = |part: i64, whole: u64| if is_share { share(part, whole) } else { (part as f64).into() };
        assert_eq!(it["value"], value(part, whole), "{what}");
        nonzero += usize::from(part > 0);
        let from: Timestamp = it["from"].as_str().unwrap().parse().unwrap();
        assert_eq!(from, district.midnight(district.begin(period, 0)), "{what}");
        if period != "year" {
            let (part, whole) = district.count(key, area, period, step, true);
            let is_by_now = ["close_rate", "void", "grid_close"].contains(&key);
            let compare = if district.is_known(period, step) && !is_by_now { value(part, whole) } else { Value::Null };
            assert_eq!(it.get("compare").unwrap_or(&Value::Null), &compare, "{what}: compare");
        }
        for (index, sent) in it["series"].as_array().into_iter().flatten().rev().enumerate() {
            let back = index as i64;
            let (part, whole) = district.count(key, area, period, back, false);
            let whole = if is_share { Value::from(whole) } else { Value::Null };
            let expected = district.is_known(period, back).then(|| serde_json::json!([part, whole]));
            assert_eq!(*sent, expected.unwrap_or(Value::Null), "{what}: {period} {back} back");
        }
    }
    nonzero
}
