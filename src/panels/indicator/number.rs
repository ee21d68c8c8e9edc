//! One indicator as a panel shows it: what its key means, its figure, and the reading that tells zero, no data,
//! suppressed, stale and never apart.

use crate::city::{FeedFreshness, Indicators};
use crate::domain::{Aim, Area, AreaCode, AreaTable, Definition, Figure, Level, Part, Period, Reading, Unit};
use crate::panels::Board;
use crate::scene::Bound;

/// The indicators a panel reads.
pub struct Numbers<'a> {
    /// The table, with what is known about it.
    pub indicators: &'a Indicators,
    /// The areas.
    pub areas: &'a AreaTable,
    /// How current the table is.
    pub feeds: &'a FeedFreshness,
    /// The other panels of the same kind on the same side of the picture: what they have of one unit has one scale.
    pub beside: Vec<&'a Bound>,
}

/// One number.
#[derive(Clone, Debug)]
pub struct Number<'a> {
    /// Its key.
    pub key: &'a str,
    /// What the key means, if the platform says it.
    pub definition: Option<&'a Definition>,
    /// The figure, if there is one.
    pub figure: Option<&'a Figure>,
    /// What may be shown of it.
    pub reading: Reading<f64>,
}

impl<'a> Numbers<'a> {
    /// Those of a board, for a panel that has these others beside it.
    pub fn of(board: &'a Board<'_>, beside: Vec<&'a Bound>) -> Self {
        Self { indicators: board.figures.indicators, areas: board.areas, feeds: board.look.feeds, beside }
    }

    /// The number of a key for all that the platform has, which is what it says of the sole district.
    pub fn whole(&self, key: &'a str, period: Option<Period>) -> Number<'a> {
        let district = self.areas.at_level(Level::District).next().map(|id| &self.areas.get(id).code);
        let found = self.find(key, district, period);
        if found.figure.is_some() || district.is_none() { found } else { self.find(key, None, period) }
    }

    /// The number of a key for one area.
    pub fn area(&self, key: &'a str, area: &Area, period: Option<Period>) -> Number<'a> {
        self.find(key, Some(&area.code), period)
    }

    /// The number of the first period that has one: the one that is asked for, else how it stands now, else the month.
    fn find(&self, key: &'a str, area: Option<&AreaCode>, period: Option<Period>) -> Number<'a> {
        let table = &*self.indicators.0.list;
        let mut periods = [period.unwrap_or(Period::Month), Period::Now].into_iter();
        let found = periods.find_map(|period| table.figure(key, area, period));
        let period = found.map_or(period.unwrap_or(Period::Month), |figure| figure.period);
        Number {
            key,
            definition: table.definition(key).map(|definition| &**definition),
            figure: found,
            reading: self.indicators.reading(key, area, period, self.feeds),
        }
    }
}

impl Number<'_> {
    /// What it is measured in.
    pub fn unit(&self) -> Unit {
        self.definition.map_or(Unit::Count, |definition| definition.unit)
    }

    /// Which way is better.
    pub fn aim(&self) -> Aim {
        self.definition.map_or(Aim::Neutral, |definition| definition.aim)
    }

    /// What is to be reached.
    pub fn target(&self) -> Option<f64> {
        self.definition.and_then(|definition| definition.target)
    }

    /// True if the target is reached; `None` without target, value or direction.
    pub fn is_met(&self) -> Option<bool> {
        let (value, target) = (*self.reading.value()?, self.target()?);
        match self.aim() {
            Aim::Higher => Some(value >= target),
            Aim::Lower => Some(value <= target),
            Aim::Neutral => None,
        }
    }

    /// The difference to the stretch it is compared with; none for what is not current.
    pub fn delta(&self) -> Option<f64> {
        let Reading::Value(value) = self.reading else { return None };
        self.figure?.compare.map(|then| value - then)
    }

    /// Earlier stretches, oldest first, this one last; empty where fewer than three are known.
    pub fn series(&self) -> &[Option<Part>] {
        let series = self.figure.map_or(&[][..], |figure| &figure.series);
        if series.iter().flatten().count() < 3 { &[] } else { series }
    }
}
