//! How numbers of indicators are written: digits, units, signed differences with their base, the stretch of time, and
//! the looks of a number that is not there, withheld or no longer current.

use std::borrow::Cow;

use bevy_egui::egui::{Align, Color32, Painter, Pos2, Rect, Ui, pos2};

use super::number::Number;
use crate::city::Freshness;
use crate::domain::{Definition, Feed, Figure, Period, Reading, Unit};
use crate::locale::{Locale, NumberStyle, hm};
use crate::panels::care::hatched_disc;
use crate::panels::head::announce;
use crate::panels::look::Look;
use crate::panels::pen::{centred, say, width};
use crate::panels::seams;
use crate::panels::style::Role;
use crate::scene::Bound;

/// A value's digits: shares with two decimals, days with one, counts whole.
pub fn digits(style: NumberStyle, unit: Unit, value: f64) -> String {
    let decimals = match unit {
        Unit::Percent | Unit::PercentagePoints => 2,
        Unit::Days => 1,
        Unit::Count | Unit::People | Unit::Minutes => 0,
    };
    style.decimal(value, decimals)
}

/// The end of an axis: `80`, `−20`, `1.5`.
pub fn end(style: NumberStyle, value: f64) -> String {
    style.decimal(value, usize::from(value.fract() != 0.0))
}

/// The word of a number's unit.
pub fn unit(look: &Look<'_>, number: &Number<'_>) -> Cow<'static, str> {
    unit_of(look, number.key, number.definition)
}

/// The word of the unit of a key.
pub fn unit_of(look: &Look<'_>, key: &str, definition: Option<&Definition>) -> Cow<'static, str> {
    match definition.map_or(Unit::Count, |definition| definition.unit) {
        Unit::Percent => "%".into(),
        Unit::PercentagePoints => look.t("unit-points"),
        Unit::People => look.t(times(key).unwrap_or("unit-people")),
        Unit::Minutes => look.t("unit-minutes"),
        Unit::Days => look.t("unit-days"),
        // Counts of the areas themselves are no tickets.
        Unit::Count if definition.is_some_and(|it| it.group == "base") => look.t(match key {
            "households" => "unit-households",
            "grids" | "grids_exclusive" | "grids_unvisited" => "unit-grids",
            _ => "unit-areas",
        }),
        Unit::Count => look.t(counted(key).unwrap_or("unit-tickets")),
    }
}

/// The word for what a number of people counts where one person may be counted more than once.
fn times(key: &str) -> Option<&'static str> {
    Some(match key {
        "lessons" => "unit-lessons",
        "partner_people" => "unit-visits",
        "honours" => "unit-times",
        _ => return None,
    })
}

/// The word for the parts and wholes of a share.
pub fn counted_unit(look: &Look<'_>, key: &str) -> Cow<'static, str> {
    look.t(counted(key).unwrap_or("unit-tickets"))
}

/// The word for what a reported number counts, which is no tickets.
fn counted(key: &str) -> Option<&'static str> {
    Some(match key {
        "houses" | "rental_share" => "unit-dwellings",
        "entities" | "entities_high" | "partners" => "unit-firms",
        "records" | "address_match" | "checks_changed" | "leads" | "leads_solved" | "requests_answered" => {
            "unit-records"
        }
        "base_complete" => "unit-households",
        "doctor_cover" => "unit-people",
        "doctor_grids" => "unit-grids",
        "heads_cover" => "unit-buildings",
        "trainings" | "partner_events" | "volunteer_acts" => "unit-events",
        "micro_projects" | "rental_hazards" | "inspect_again" | "findings_mended" | "errands" | "district_solved"
        | "checks_done" | "inspect_done" => "unit-matters",
        _ => return None,
    })
}

/// The name of a key; the key itself where the platform does not say it.
pub fn name<'a>(look: &Look<'_>, number: &Number<'a>) -> &'a str {
    let Some(definition) = number.definition else { return number.key };
    match (look.locale, &definition.name_en) {
        (Locale::En, Some(name)) if !name.is_empty() => name,
        _ => &definition.name,
    }
}

/// How it is computed.
pub fn formula<'a>(look: &Look<'_>, number: &Number<'a>) -> Option<&'a str> {
    let definition = number.definition?;
    Some(match (look.locale, &definition.formula_en) {
        (Locale::En, Some(formula)) if !formula.is_empty() => formula,
        _ => &definition.formula,
    })
}

/// A panel's title: the scene file's, else the name of its only indicator, else the kind's own.
pub fn title(look: &Look<'_>, bound: &Bound, numbers: &[Number<'_>], own: &str) -> String {
    match (&bound.title, numbers) {
        (Some(title), _) => look.locale.title_of(title).to_owned(),
        // A key is no title: until the platform has said what it means, the kind's own stands.
        (None, [only]) if only.definition.is_some() => name(look, only).to_owned(),
        (None, _) => look.t(own).into_owned(),
    }
}

/// `11-01 至 11-21 14:32`: the stretch that figures are about. None for how it stands at the moment.
pub fn span(look: &Look<'_>, numbers: &[Number<'_>]) -> Option<String> {
    let figure = numbers.iter().find_map(|number| number.figure)?;
    span_of(look, figure)
}

/// The same beside a title; only where it began if both have no room.
pub fn span_beside(ui: &Ui, look: &Look<'_>, numbers: &[Number<'_>], title: &str) -> Option<String> {
    let whole = span(look, numbers)?;
    let (p, room) = (ui.painter(), ui.max_rect().width() - 56.0);
    if width(p, title, Role::PANEL) + width(p, whole.as_str(), Role::BODY) <= room {
        return Some(whole);
    }
    let figure = numbers.iter().find_map(|number| number.figure)?;
    let from = figure.from?.to_zoned(look.zone.clone());
    Some(look.locale.t_args("period-since", &[("from", &from.strftime("%m-%d").to_string())]))
}

/// The same of one figure.
pub fn span_of(look: &Look<'_>, figure: &Figure) -> Option<String> {
    let from = figure.from?.to_zoned(look.zone.clone());
    let to = figure.as_of.to_zoned(look.zone.clone());
    let from = match figure.period {
        Period::Now => return None,
        Period::Day => look.t("today").into_owned(),
        Period::Week | Period::Month | Period::Year => from.strftime("%m-%d").to_string(),
    };
    let to = match figure.period {
        Period::Day => hm(figure.as_of, &look.zone),
        _ => to.strftime("%m-%d %H:%M").to_string(),
    };
    Some(look.locale.t_args("period-span", &[("from", &from), ("to", &to)]))
}

/// `+0.42 个百分点` or `+16`, without its base.
pub fn delta(look: &Look<'_>, number: &Number<'_>) -> Option<String> {
    delta_in(look, look.locale.numbers(), number)
}

/// The same in a style of its own.
pub fn delta_in(look: &Look<'_>, style: NumberStyle, number: &Number<'_>) -> Option<String> {
    let delta = number.delta()?;
    Some(match number.unit() {
        Unit::Percent | Unit::PercentagePoints => {
            let sign = match delta {
                delta if delta.abs() < 0.005 => "±",
                delta if delta < 0.0 => "−",
                _ => "+",
            };
            format!("{sign}{:.2} {}", delta.abs(), look.t("unit-points"))
        }
        Unit::Days => format!("{}{:.1}", if delta < 0.0 { "−" } else { "+" }, delta.abs()),
        Unit::Count | Unit::People | Unit::Minutes => style.signed(delta.round() as i64),
    })
}

/// What it is compared with: `较上月同期`.
pub fn base(look: &Look<'_>, period: Period) -> Option<Cow<'static, str>> {
    let key = match period {
        Period::Now => return None,
        Period::Day => "compare-day",
        Period::Week => "compare-week",
        Period::Month => "compare-month",
        Period::Year => "compare-year",
    };
    Some(look.t(key))
}

/// `预期 82.1–88.4 %`, `预期 −16.2 至 15.5 %`.
pub fn expected(look: &Look<'_>, number: &Number<'_>) -> Option<String> {
    let [low, high] = number.figure?.expected?;
    // One decimal is plenty for a band; a minus beside a dash cannot be told apart.
    let [low_words, high_words] = [low, high].map(|end| match number.unit() {
        Unit::Percent | Unit::PercentagePoints => format!("{end:.1}").replace('-', "−"),
        unit => digits(look.locale.numbers(), unit, end),
    });
    let high_words = match number.unit() {
        Unit::Percent => format!("{high_words} %"),
        _ => high_words,
    };
    let key = if low < 0.0 || high < 0.0 { "expected-between" } else { "intake-expected" };
    Some(look.locale.t_args(key, &[("low", &low_words), ("high", &high_words)]))
}

/// `64,205 / 64,250 件`; none for a number without a denominator.
pub fn ratio(look: &Look<'_>, figure: &Figure) -> Option<String> {
    ratio_in(look, look.locale.numbers(), figure)
}

/// The same in a style of its own.
pub fn ratio_in(look: &Look<'_>, style: NumberStyle, figure: &Figure) -> Option<String> {
    Some(look.locale.with_unit(&parts(style, figure)?, &counted_unit(look, &figure.key)))
}

/// The same without the unit: `64,205 / 64,250`.
pub fn bare_ratio(look: &Look<'_>, figure: &Figure) -> Option<String> {
    parts(look.locale.numbers(), figure)
}

fn parts(style: NumberStyle, figure: &Figure) -> Option<String> {
    let (numerator, denominator) = (figure.numerator?, figure.denominator?);
    let sign = if numerator < 0 { "−" } else { "" };
    Some(format!("{sign}{} / {}", style.write(numerator.unsigned_abs()), style.write(denominator)))
}

/// What a panel says instead of all its numbers: that none is bound, or that nothing has come yet.
pub fn instead(look: &Look<'_>, numbers: &[Number<'_>]) -> Option<Cow<'static, str>> {
    if numbers.is_empty() {
        return Some(look.t("no-indicators"));
    }
    numbers.iter().all(|number| number.reading == Reading::Never).then(|| look.t("connecting"))
}

/// Says in the middle of a panel why it has no numbers: withheld is hatched there, too.
pub fn empty_ui(ui: &Ui, look: &Look<'_>, body: Rect, shown: &Shown) {
    shown.say(ui.painter(), look, pos2(body.left(), body.top() + 26.0), Align::Min, Role::BODY);
    announce(ui, body.with_max_y(body.top() + 34.0), "empty", &shown.text());
}

/// A number as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The digits, or `—`; empty for what is only words.
    pub digits: String,
    /// What follows in small letters: the unit, or why there is no number.
    pub small: String,
    /// The colour of the digits.
    pub ink: Color32,
    /// Withheld: a hatched disc stands in place of the digits.
    pub is_hidden: bool,
}

/// How a number is drawn in the state it is in.
pub fn shown(look: &Look<'_>, number: &Number<'_>) -> Shown {
    shown_in(look, look.locale.numbers(), number)
}

/// The same in a style of its own.
pub fn shown_in(look: &Look<'_>, style: NumberStyle, number: &Number<'_>) -> Shown {
    let feed = look.feed(Feed::Indicators);
    let plain = |digits: &str, small: Cow<'_, str>, ink| Shown {
        digits: digits.to_owned(),
        small: small.into_owned(),
        ink,
        is_hidden: false,
    };
    let stale = look.ink(|p| p.stale);
    match number.reading {
        Reading::Never => plain("", look.t("connecting"), look.text3()),
        Reading::NoData => plain("—", look.t("no-data"), look.text3()),
        Reading::Suppressed => Shown { is_hidden: true, ..plain("", look.t("suppressed"), look.text3()) },
        Reading::Stale { as_of, .. } if feed.rung == Freshness::Expired => {
            plain("—", look.locale.t_args("last-known", &[("time", &hm(as_of, &look.zone))]).into(), stale)
        }
        Reading::Stale { value, .. } => plain(&digits(style, number.unit(), value), unit(look, number), stale),
        Reading::Value(value) => plain(&digits(style, number.unit(), value), unit(look, number), look.text1()),
    }
}

impl Shown {
    /// As a screen reader says it.
    pub fn text(&self) -> String {
        [self.digits.as_str(), self.small.as_str()]
            .into_iter()
            .filter(|it| !it.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Draws it with the baseline at `at.y` and returns what it covers: digits in `role`, then the small words.
    pub fn say(&self, p: &Painter, look: &Look<'_>, at: Pos2, side: Align, role: Role) -> Rect {
        let small = Role::regular((role.size * 0.58).clamp(20.0, 26.0));
        let gap = if self.small.is_empty() { 0.0 } else { role.size * 0.12 + 2.0 };
        let disc = small.size * 0.42;
        let head = if self.is_hidden { disc * 2.0 } else { width(p, self.digits.as_str(), role) };
        let tail = width(p, self.small.as_str(), small);
        let gap = if head > 0.0 { gap + if self.is_hidden { 4.0 } else { 0.0 } } else { 0.0 };
        let left = match side {
            Align::Min => at.x,
            Align::Center => at.x - (head + gap + tail) / 2.0,
            Align::Max => at.x - (head + gap + tail),
        };
        // Digits and unit step over a bezel together.
        let total = head + gap + tail;
        let left = left + seams::of(p.ctx()).map_or(0.0, |seams| seams::step(&seams, left, left + total, side));
        let mut all = Rect::NOTHING;
        if self.is_hidden {
            let centre = pos2(left + disc, 2.0 * at.y - centred(at.y, small));
            hatched_disc(p, centre, disc, look);
            all = all.union(Rect::from_center_size(centre, [disc * 2.0; 2].into()));
        } else if head > 0.0 {
            all = all.union(say(p, pos2(left, at.y), Align::Min, self.digits.as_str(), role, self.ink));
        }
        let ink = look.text3();
        all.union(say(p, pos2(left + head + gap, at.y), Align::Min, self.small.as_str(), small, ink))
    }
}
