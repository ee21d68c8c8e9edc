//! The early warnings of the reference platform, from its tickets: repeat, dissatisfied, fast growth, overdue, and heavy
//! rain where the simulation has it. Each is a rule on counts with its threshold in the text; what is counted is its
//! evidence. A warning hangs on the tickets alone, so that the same tickets give the same warnings.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::ledger::{Fact, Ledger, NEVER, NOWHERE};
use super::outline::{Outline, Place};
use crate::domain::{Level, Rating, Stage, Warning, WarningKind, WarningLevel, WarningNature, WarningState};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// Tickets named as evidence.
const EVIDENCE: usize = 30;
/// Warnings of one detector: more would be noise, and nobody would look.
const MOST_OF_A_KIND: usize = 6;
/// A person looks at a warning within so long, and puts it in force within so long.
const CONFIRMED_AFTER: SignedDuration = SignedDuration::from_mins(15);
const PUBLISHED_AFTER: SignedDuration = SignedDuration::from_mins(45);

/// One rule: what is counted, over how long, and from how many on it is blue, yellow, orange, red.
struct Rule {
    kind: WarningKind,
    nature: WarningNature,
    window: i64,
    levels: [u32; 4],
}

const REPEAT: Rule =
    Rule { kind: WarningKind::Repeat, nature: WarningNature::Sign, window: 7 * DAY, levels: [4, 7, 12, 20] };
const DISSATISFIED: Rule =
    Rule { kind: WarningKind::Dissatisfied, nature: WarningNature::Tendency, window: 7 * DAY, levels: [3, 5, 8, 12] };
const GROWTH: Rule =
    Rule { kind: WarningKind::FastGrowth, nature: WarningNature::Risk, window: DAY, levels: [6, 12, 20, 35] };
const OVERDUE: Rule =
    Rule { kind: WarningKind::Overdue, nature: WarningNature::Risk, window: 30 * DAY, levels: [2, 4, 8, 15] };

/// What the warnings are made from.
pub struct Detectors<'a> {
    /// The tickets.
    pub ledger: &'a Ledger,
    /// The areas.
    pub outline: &'a Outline,
    /// The site's zone.
    pub zone: &'a TimeZone,
    /// Now.
    pub now: Timestamp,
}

impl Detectors<'_> {
    /// All warnings at `now`, in the order of every list. `is_rainy`: heavy rain on a date, if that is known.
    pub fn warnings(&self, is_rainy: Option<&dyn Fn(jiff::civil::Date) -> bool>) -> Vec<Warning> {
        let mut warnings = Vec::new();
        warnings.extend(self.repeat());
        warnings.extend(self.dissatisfied());
        warnings.extend(self.growth());
        warnings.extend(self.overdue());
        if let Some(is_rainy) = is_rainy {
            warnings.extend(self.rain(is_rainy));
        }
        Warning::sort(&mut warnings, self.now);
        warnings
    }

    fn ago(&self, window: i64) -> i64 {
        self.now.as_microsecond().saturating_sub(window)
    }

    /// The same matter from the same grid again and again within a week.
    fn repeat(&self) -> Vec<Warning> {
        let since = self.ago(REPEAT.window);
        let mut groups: BTreeMap<(u32, u32), Vec<&Fact>> = BTreeMap::new();
        for fact in self.ledger.facts.iter().filter(|fact| fact.reported >= since && fact.stage != Stage::Void) {
            if self.level_of(fact.area) == Some(Level::Grid) {
                groups.entry((fact.area, fact.category)).or_default().push(fact);
            }
        }
        let made = groups.into_iter().filter_map(|((area, category), facts)| {
            let text = |seen: usize, place: &str, what: &str| {
                [format!("{place} 7 天内{what} {seen} 件"), format!("{place}: {what}, {seen} tickets in 7 days")]
            };
            self.warning(&REPEAT, Some(area), Some(category), facts, |it| it.reported, None, text)
        });
        most_severe(made.collect())
    }

    /// Dissatisfied answers from one community within a week.
    fn dissatisfied(&self) -> Vec<Warning> {
        let since = self.ago(DISSATISFIED.window);
        let mut groups: BTreeMap<u32, Vec<&Fact>> = BTreeMap::new();
        for fact in self.ledger.facts.iter().filter(|fact| fact.rated == Rating::No && fact.closed >= since) {
            if let Some(community) = self.above(fact.area, Level::Community) {
                groups.entry(community).or_default().push(fact);
            }
        }
        let made = groups.into_iter().filter_map(|(area, facts)| {
            let text = |seen: usize, place: &str, _: &str| {
                [
                    format!("{place} 7 天内结案评“不满意”{seen} 件"),
                    format!("{place}: {seen} rated dissatisfied in 7 days"),
                ]
            };
            self.warning(&DISSATISFIED, Some(area), None, facts, |it| it.closed, None, text)
        });
        most_severe(made.collect())
    }

    /// Far more of a category in one street within a day than in the four weeks before.
    fn growth(&self) -> Vec<Warning> {
        let (since, before) = (self.ago(GROWTH.window), self.ago(29 * DAY));
        let mut groups: BTreeMap<(u32, u32), (Vec<&Fact>, u32)> = BTreeMap::new();
        for fact in self.ledger.facts.iter().filter(|fact| fact.reported >= before && fact.stage != Stage::Void) {
            let Some(street) = self.above(fact.area, Level::Street) else { continue };
            let group = groups.entry((street, fact.category)).or_default();
            if fact.reported >= since { group.0.push(fact) } else { group.1 += 1 }
        }
        let made = groups.into_iter().filter_map(|((area, category), (facts, before))| {
            let usual = f64::from(before) / 28.0;
            // Three standard deviations of a count that is usually so small.
            if (facts.len() as f64) < usual + 3.0 * usual.max(1.0).sqrt() {
                return None;
            }
            let text = |seen: usize, place: &str, what: &str| {
                [
                    format!("{place} 24 小时{what} {seen} 件，平日 {usual:.1} 件"),
                    format!("{place}: {what}, {seen} tickets in 24 h, usually {usual:.1}"),
                ]
            };
            let usual = Some((usual * 10.0).round() / 10.0);
            self.warning(&GROWTH, Some(area), Some(category), facts, |it| it.reported, usual, text)
        });
        most_severe(made.collect())
    }

    /// Work past its limit in one street.
    fn overdue(&self) -> Vec<Warning> {
        let now = self.now.as_microsecond();
        let mut groups: BTreeMap<u32, Vec<&Fact>> = BTreeMap::new();
        for fact in self.ledger.facts.iter().filter(|fact| fact.is_overdue(now)) {
            if let Some(street) = self.above(fact.area, Level::Street) {
                groups.entry(street).or_default().push(fact);
            }
        }
        // It became overdue at the limit that ran out first.
        let due = |fact: &Fact| {
            let unsigned = fact.signed == NEVER && fact.sign_due != NEVER && fact.sign_due < now;
            if unsigned { fact.sign_due } else { fact.handle_due }
        };
        let made = groups.into_iter().filter_map(|(area, facts)| {
            let text = |seen: usize, place: &str, _: &str| {
                [format!("{place} 超期在办 {seen} 件"), format!("{place}: {seen} tickets in hand past their limit")]
            };
            self.warning(&OVERDUE, Some(area), None, facts, due, None, text)
        });
        most_severe(made.collect())
    }

    /// Heavy rain today or yesterday.
    fn rain(&self, is_rainy: &dyn Fn(jiff::civil::Date) -> bool) -> Option<Warning> {
        let today = self.zone.to_datetime(self.now).date();
        let (date, at) = [Some(today), today.yesterday().ok()].into_iter().flatten().find_map(|date| {
            let at = self.zone.to_timestamp(date.at(5, 40, 0, 0)).ok()?;
            (is_rainy(date) && at <= self.now).then_some((date, at))
        })?;
        let until = at + SignedDuration::from_hours(18);
        Some(Warning {
            id: format!("weather-rain-{date}"),
            level: WarningLevel::Yellow,
            kind: WarningKind::Weather,
            nature: None,
            state: if self.now > until { WarningState::Withdrawn } else { WarningState::Published },
            text: "暴雨黄色预警：6 小时降雨量将达 50 毫米以上".to_owned(),
            text_en: Some("Rainstorm, yellow: 50 mm and more within 6 hours".to_owned()),
            area: self.outline.district().map(|place| self.outline.places[place].code.clone()),
            service_code: None,
            issued_at: at,
            valid_until: Some(until),
            source: "区气象台".to_owned(),
            seen: None,
            expected: None,
            evidence: Vec::new(),
        })
    }

    /// The warning of a group, if it is large enough. It was issued when the group had reached the lowest threshold.
    fn warning(
        &self,
        rule: &Rule,
        area: Option<u32>,
        category: Option<u32>,
        mut facts: Vec<&Fact>,
        at: impl Fn(&Fact) -> i64,
        expected: Option<f64>,
        text: impl Fn(usize, &str, &str) -> [String; 2],
    ) -> Option<Warning> {
        let seen = facts.len();
        let grade = rule.levels.iter().filter(|least| seen >= **least as usize).count();
        let level = WarningLevel::ALL.into_iter().rev().nth(grade.checked_sub(1)?)?;
        facts.sort_by(|a, b| at(a).cmp(&at(b)).then_with(|| a.id.cmp(&b.id)));
        let issued_at = Timestamp::from_microsecond(at(facts.get(rule.levels[0] as usize - 1)?)).ok()?;
        let newest = Timestamp::from_microsecond(at(facts.last()?)).ok()?;
        let age = self.now.duration_since(issued_at);
        // Nothing new for a day and nothing left to do: it is over, and shown as that until it falls out of the window.
        let is_over = facts.iter().all(|fact| !fact.is_in_hand())
            && self.now.duration_since(newest) > SignedDuration::from_hours(24);
        let state = match age {
            _ if is_over => WarningState::Withdrawn,
            age if age < CONFIRMED_AFTER => WarningState::Raised,
            age if age < PUBLISHED_AFTER => WarningState::Confirmed,
            _ => WarningState::Published,
        };
        let place = area.and_then(|area| self.outline.places.get(area as usize));
        let category = category.and_then(|category| self.ledger.categories.get(category as usize));
        let what = category.map_or("", |category| &*category.name);
        let [zh, _] = text(seen, place.map_or("", |place| &place.name), what);
        let [_, en] = text(seen, place.map_or("", english), what);
        let window = SignedDuration::from_micros(rule.window);
        Some(Warning {
            id: format!(
                "{}-{}-{}-{}",
                rule.kind.key(),
                place.map_or("", |place| place.code.as_str()),
                category.map_or("all", |category| &*category.code),
                facts.first()?.id
            ),
            level,
            kind: rule.kind,
            nature: Some(rule.nature),
            state,
            text: zh,
            text_en: Some(en),
            area: place.map(|place| place.code.clone()),
            service_code: category.map(|category| category.code.to_string()),
            issued_at,
            valid_until: newest.checked_add(window).ok(),
            source: "早期预警模型".to_owned(),
            seen: Some(seen as f64),
            expected,
            evidence: facts.iter().rev().take(EVIDENCE).map(|fact| fact.id.clone()).collect(),
        })
    }

    fn level_of(&self, area: u32) -> Option<Level> {
        self.outline.places.get(area as usize).map(|place| place.level)
    }

    /// The place of the area of a level that an area lies in.
    fn above(&self, area: u32, level: Level) -> Option<u32> {
        if area == NOWHERE {
            return None;
        }
        let mut chain = self.outline.chain(area as usize);
        chain.find(|place| self.outline.places[*place].level == level).map(|place| place as u32)
    }
}

fn english(place: &Place) -> &str {
    place.name_en.as_deref().unwrap_or(&place.name)
}

/// The most severe of a detector's warnings; those that are over give way.
fn most_severe(mut warnings: Vec<Warning>) -> Vec<Warning> {
    let seen = |warning: &Warning| warning.seen.unwrap_or(0.0);
    let over = |warning: &Warning| warning.state == WarningState::Withdrawn;
    warnings.sort_by(|a, b| {
        let key = |it: &Warning| (over(it), it.level);
        key(a).cmp(&key(b)).then_with(|| seen(b).total_cmp(&seen(a))).then_with(|| a.id.cmp(&b.id))
    });
    warnings.truncate(MOST_OF_A_KIND);
    warnings
}
