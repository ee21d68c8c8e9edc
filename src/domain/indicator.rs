//! Indicators 指标: numbers a platform answers for, each with numerator, denominator, period, as-of, source and formula.
//!
//! A [`Definition`] says what a key means, a [`Figure`] is one number of it for an area and a period. Zero, no data and
//! suppressed are told apart by [`Amount`]; stale by the freshness of the feed, in [`IndicatorTable::reading`].

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::{AreaCode, Reading};

/// The stretch of time a figure is about. All but the moment begin at midnight of the site's zone and end at the as-of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// No stretch: how it stands at the as-of.
    Now,
    /// Since midnight. Compared with the same hours of the same weekday a week before.
    Day,
    /// Since Monday. Compared with the same days and hours of the week before.
    Week,
    /// Since the first of the month. Compared with as much of the month before.
    Month,
    /// Since the first of January. Compared with as much of the year before.
    Year,
}

impl Period {
    /// All periods, shortest first.
    pub const ALL: [Period; 5] = [Period::Now, Period::Day, Period::Week, Period::Month, Period::Year];

    /// The name on the wire.
    pub const fn key(self) -> &'static str {
        match self {
            Period::Now => "now",
            Period::Day => "day",
            Period::Week => "week",
            Period::Month => "month",
            Period::Year => "year",
        }
    }

    /// The period of a name on the wire.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.key() == key)
    }
}

/// What a value is measured in. Percent and percentage points are two things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Things: tickets, grids, calls.
    #[serde(rename = "count")]
    Count,
    /// A share of the denominator, 0–100.
    #[serde(rename = "%")]
    Percent,
    /// A difference of two shares.
    #[serde(rename = "pp")]
    PercentagePoints,
    /// People.
    #[serde(rename = "people")]
    People,
    /// Minutes.
    #[serde(rename = "min")]
    Minutes,
    /// Days.
    #[serde(rename = "d")]
    Days,
}

impl Unit {
    /// All units.
    pub const ALL: [Unit; 6] =
        [Unit::Count, Unit::Percent, Unit::PercentagePoints, Unit::People, Unit::Minutes, Unit::Days];

    /// The name on the wire.
    pub const fn key(self) -> &'static str {
        match self {
            Unit::Count => "count",
            Unit::Percent => "%",
            Unit::PercentagePoints => "pp",
            Unit::People => "people",
            Unit::Minutes => "min",
            Unit::Days => "d",
        }
    }

    /// The unit of a name on the wire.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.key() == key)
    }
}

/// Which way is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aim {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither.
    #[default]
    Neutral,
}

impl Aim {
    /// The aim of a name on the wire; anything else is neutral.
    pub fn from_key(key: &str) -> Self {
        match key {
            "higher" => Self::Higher,
            "lower" => Self::Lower,
            _ => Self::Neutral,
        }
    }
}

/// A number that may be withheld or not collected. Zero is a number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Amount {
    /// This much.
    Known(f64),
    /// Known to the platform, and withheld.
    Suppressed,
    /// Not collected, or without anything to measure: a rate of nothing.
    #[default]
    NoData,
}

impl Amount {
    /// The number, if there is one.
    pub const fn known(self) -> Option<f64> {
        match self {
            Amount::Known(number) => Some(number),
            Amount::Suppressed | Amount::NoData => None,
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Amount::Known(number) => serializer.serialize_f64(*number),
            Amount::Suppressed => serializer.serialize_str("suppressed"),
            Amount::NoData => serializer.serialize_none(),
        }
    }
}

fn as_text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// What a key means: the registry entry a click on a number opens.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Definition {
    /// Stable key, for example `satisfy`.
    #[serde(serialize_with = "as_text")]
    pub key: Arc<str>,
    /// Name in the district's language, for example 满意率.
    pub name: String,
    /// Name in English.
    pub name_en: Option<String>,
    /// What it belongs to: `rates`, `flow`, `lanes`, `dispute`, `base`, …
    pub group: String,
    /// What the value is measured in.
    pub unit: Unit,
    /// Which way is better.
    pub aim: Aim,
    /// What is to be reached, in the unit.
    pub target: Option<f64>,
    /// What must not be passed, in the unit.
    pub limit: Option<f64>,
    /// How it is computed, in the district's language.
    pub formula: String,
    /// The same in English.
    pub formula_en: Option<String>,
    /// The system it is computed from.
    pub source: String,
}

/// The classes of an indicator's values where colours show them: the least value of each, ascending.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueBreaks {
    /// Of the six classes; the last is open upwards.
    pub least: [f64; 6],
    /// True for a count: below the first class is zero, which is plain land. Else the first is open downwards.
    pub has_zero: bool,
}

/// Numerator and denominator of one stretch of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The counted ones.
    pub numerator: i64,
    /// Of how many; `None` for a plain number.
    pub denominator: Option<u64>,
}

impl Part {
    /// The value in `unit`: a share where there is a denominator, no data where that is zero.
    pub fn value(self, unit: Unit) -> Amount {
        match (self.denominator, unit) {
            (None, _) => Amount::Known(self.numerator as f64),
            (Some(0), _) => Amount::NoData,
            (Some(whole), Unit::Percent) => Amount::Known(100.0 * self.numerator as f64 / whole as f64),
            (Some(whole), _) => Amount::Known(self.numerator as f64 / whole as f64),
        }
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.numerator, self.denominator).serialize(serializer)
    }
}

/// One number: a key, an area, a period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// The key of its definition.
    #[serde(serialize_with = "as_text")]
    pub key: Arc<str>,
    /// The area with everything in it; `None`: all that the platform has, on the map or not.
    #[serde(rename = "area_code")]
    pub area: Option<AreaCode>,
    /// The period.
    pub period: Period,
    /// The value in the unit of the definition.
    pub value: Amount,
    /// The counted ones, if told.
    pub numerator: Option<i64>,
    /// Of how many, if it is a share and told.
    pub denominator: Option<u64>,
    /// When the period began; `None` for a moment.
    pub from: Option<Timestamp>,
    /// Up to when it is counted.
    pub as_of: Timestamp,
    /// The value of the stretch it is compared with (see [`Period`]), if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare: Option<f64>,
    /// What would be usual: from, to, in the unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<[f64; 2]>,
    /// Earlier periods of the same length, oldest first, this one last; `None` where nothing is known of one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Option<Part>>,
}

/// All figures of a platform.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IndicatorTable {
    /// What the keys mean, in the platform's order.
    pub definitions: Vec<Arc<Definition>>,
    figures: HashMap<Arc<str>, Vec<Figure>>,
    /// The moment of the newest figure.
    pub as_of: Option<Timestamp>,
}

impl IndicatorTable {
    /// Puts in a figure, in place of one of the same key, area and period.
    pub fn put(&mut self, figure: Figure) {
        self.as_of = self.as_of.max(Some(figure.as_of));
        let figures = self.figures.entry(figure.key.clone()).or_default();
        let is_same = |held: &&mut Figure| held.period == figure.period && held.area == figure.area;
        match figures.iter_mut().find(is_same) {
            Some(held) => *held = figure,
            None => figures.push(figure),
        }
    }

    /// Puts in many, of which the last of each key, area and period counts. Quicker than one by one.
    pub fn fill(&mut self, figures: Vec<Figure>) {
        let mut places: HashMap<(Arc<str>, Option<AreaCode>, Period), usize> = HashMap::new();
        for (index, held) in self.figures.values().flat_map(|list| list.iter().enumerate()) {
            places.insert((held.key.clone(), held.area.clone(), held.period), index);
        }
        for figure in figures {
            self.as_of = self.as_of.max(Some(figure.as_of));
            let place = (figure.key.clone(), figure.area.clone(), figure.period);
            let list = self.figures.entry(figure.key.clone()).or_default();
            match places.get(&place) {
                Some(index) => list[*index] = figure,
                None => {
                    places.insert(place, list.len());
                    list.push(figure);
                }
            }
        }
    }

    /// True if there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.definitions.is_empty() && self.figures.is_empty()
    }

    /// How many figures there are.
    pub fn len(&self) -> usize {
        self.figures.values().map(Vec::len).sum()
    }

    /// What a key means.
    pub fn definition(&self, key: &str) -> Option<&Arc<Definition>> {
        self.definitions.iter().find(|definition| &*definition.key == key)
    }

    /// One figure; `area` as in [`Figure::area`].
    pub fn figure(&self, key: &str, area: Option<&AreaCode>, period: Period) -> Option<&Figure> {
        self.of(key, period).find(|figure| figure.area.as_ref() == area)
    }

    /// All areas' figures of a key and period: what a ranking is made from.
    pub fn of(&self, key: &str, period: Period) -> impl Iterator<Item = &Figure> {
        let figures = self.figures.get(key).map_or(&[][..], Vec::as_slice);
        figures.iter().filter(move |figure| figure.period == period)
    }

    /// All figures, in the order of their keys' definitions and then as they came; undefined keys last, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Figure> {
        let defined = self.definitions.iter().filter_map(|it| self.figures.get(&it.key));
        let mut undefined: Vec<_> = self.figures.iter().filter(|(key, _)| self.definition(key).is_none()).collect();
        undefined.sort_by_key(|(key, _)| *key);
        defined.chain(undefined.into_iter().map(|(_, figures)| figures)).flatten()
    }

    /// The reading of one figure for a panel. `is_live`: the feed is proven current.
    pub fn reading(&self, key: &str, area: Option<&AreaCode>, period: Period, is_live: bool) -> Reading<f64> {
        let Some(figure) = self.figure(key, area, period) else { return Reading::NoData };
        match figure.value {
            Amount::NoData => Reading::NoData,
            Amount::Suppressed => Reading::Suppressed,
            Amount::Known(value) if is_live => Reading::Value(value),
            Amount::Known(value) => Reading::Stale { value, as_of: figure.as_of },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(area: Option<&str>, value: Amount) -> Figure {
        Figure {
            key: "satisfy".into(),
            area: area.map(AreaCode::new),
            period: Period::Month,
            value,
            numerator: None,
            denominator: None,
            from: None,
            as_of: Timestamp::UNIX_EPOCH,
            compare: None,
            expected: None,
            series: Vec::new(),
        }
    }

    #[test]
    fn zero_no_data_suppressed_and_stale_are_four_readings() {
        let mut table = IndicatorTable::default();
        for (area, value) in [("0", Amount::Known(0.0)), ("1", Amount::NoData), ("2", Amount::Suppressed)] {
            table.put(figure(Some(area), value));
        }
        let reading =
            |area: &str, is_live| table.reading("satisfy", Some(&AreaCode::new(area)), Period::Month, is_live);
        assert_eq!(reading("0", true), Reading::Value(0.0));
        assert_eq!(reading("0", false), Reading::Stale { value: 0.0, as_of: Timestamp::UNIX_EPOCH });
        assert_eq!([reading("1", true), reading("9", true)], [Reading::NoData, Reading::NoData]);
        assert_eq!(reading("2", false), Reading::Suppressed);
    }

    #[test]
    fn the_last_figure_of_a_key_area_and_period_counts() {
        let mut table = IndicatorTable::default();
        table.fill(vec![
            figure(None, Amount::Known(1.0)),
            figure(Some("1"), Amount::NoData),
            figure(None, Amount::Known(2.0)),
        ]);
        table.put(figure(Some("1"), Amount::Known(3.0)));
        assert_eq!(table.len(), 2);
        assert_eq!(table.figure("satisfy", None, Period::Month).map(|it| it.value), Some(Amount::Known(2.0)));
        assert_eq!(table.of("satisfy", Period::Month).count(), 2);
        assert_eq!(table.of("satisfy", Period::Day).count(), 0);
    }

    #[test]
    fn a_share_of_nothing_is_no_data_and_not_zero() {
        let part = |numerator, denominator| Part { numerator, denominator };
        assert_eq!(part(0, Some(0)).value(Unit::Percent), Amount::NoData);
        assert_eq!(part(0, Some(4)).value(Unit::Percent), Amount::Known(0.0));
        assert_eq!(part(3, Some(4)).value(Unit::Percent), Amount::Known(75.0));
        assert_eq!(part(3, None).value(Unit::Count), Amount::Known(3.0));
    }

    #[test]
    fn names_on_the_wire_lead_back() {
        assert!(Period::ALL.into_iter().all(|period| Period::from_key(period.key()) == Some(period)));
        assert!(Unit::ALL.into_iter().all(|unit| Unit::from_key(unit.key()) == Some(unit)));
        assert_eq!(serde_json::to_value(Unit::PercentagePoints).unwrap(), "pp");
        assert_eq!(serde_json::to_value(Period::Month).unwrap(), "month");
    }
}
