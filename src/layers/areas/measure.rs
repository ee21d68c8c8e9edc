//! Areas coloured by an indicator of the platform instead of their tickets in hand: what each area has, and the classes.
//!
//! Zero of a count is plain land as with tickets. What is withheld, or a share of too few to say anything, is hatched;
//! what is not collected is plain land. Partner: `records.rs`, which packs the colours.

use super::classes::{CLASSES, breaks_of, class_of};
use super::records::{COVER, Scale, Shown};
use crate::domain::{Amount, AreaTable, Figure, IndicatorTable, Unit, ValueBreaks};
use crate::scene::AreaColour;

/// A share of fewer than this says nothing about an area; the panels do not rank it either.
pub const LEAST_DENOMINATOR: u64 = 10;
/// The alpha of a colour that is only hatched. Keep in sync with `areas.wgsl`.
pub(super) const WITHHELD: u32 = 1;

/// What one area has of an indicator.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum AreaValue {
    /// Not collected, or not for this level.
    #[default]
    NoData,
    /// Withheld, or of too few.
    Withheld,
    /// In the unit of the indicator.
    Known(f64),
}

impl AreaValue {
    fn of(figure: &Figure) -> Self {
        match figure.value {
            Amount::NoData => Self::NoData,
            Amount::Suppressed => Self::Withheld,
            Amount::Known(_) if figure.denominator.is_some_and(|of| of < LEAST_DENOMINATOR) => Self::Withheld,
            Amount::Known(value) if value.is_finite() => Self::Known(value),
            Amount::Known(_) => Self::NoData,
        }
    }
}

/// The areas' values, by place in the table of areas.
pub fn values(table: &AreaTable, indicators: &IndicatorTable, colour: &AreaColour) -> Vec<AreaValue> {
    let mut values = vec![AreaValue::NoData; table.len()];
    for figure in indicators.of(&colour.indicator, colour.period) {
        let Some(id) = figure.area.as_ref().and_then(|code| table.find(code)) else { continue };
        if table.get(id).level == colour.level {
            values[id.index()] = AreaValue::of(figure);
        }
    }
    values
}

/// Classes of round steps for these values; `None` without any.
pub fn value_breaks(values: &[AreaValue], unit: Unit) -> Option<ValueBreaks> {
    let known = values.iter().filter_map(|value| match value {
        AreaValue::Known(value) => Some(*value),
        AreaValue::NoData | AreaValue::Withheld => None,
    });
    let known: Vec<f64> = known.collect();
    let (least, most) =
        known.iter().copied().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    if least > most {
        return None;
    }
    let is_counted = unit == Unit::Count || unit == Unit::People;
    if is_counted {
        let counts: Vec<u32> = known.iter().map(|value| value.clamp(0.0, f64::from(u32::MAX)) as u32).collect();
        let breaks = breaks_of(&counts);
        // Where even the least is far from zero, classes from zero on would all but one stay empty.
        let lowest = class_of(counts.iter().copied().min().unwrap_or(0), &breaks).unwrap_or(0);
        if known.len() == 1 || lowest < CLASSES / 2 {
            return Some(ValueBreaks { least: breaks.map(f64::from), has_zero: true });
        }
    }
    // The smallest round step with which six classes hold all values.
    let steps = (-3..9).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)));
    let fits = |step: &f64| (least / step).floor() * step + step * CLASSES as f64 >= most;
    let mut steps = steps.into_iter().filter(|step| !is_counted || *step >= 1.0);
    let step = steps.find(fits).unwrap_or(1e9);
    let mut first = (least / step).floor();
    if unit == Unit::Percent {
        // No class of its own for exactly all.
        first = first.min((100.0 / step).ceil() - CLASSES as f64).max(0.0);
    }
    Some(ValueBreaks { least: std::array::from_fn(|i| (first + i as f64) * step), has_zero: false })
}

/// Colour and height of a value. Heights grow from zero with the value, whatever the classes begin at.
pub fn shown(value: AreaValue, breaks: &ValueBreaks, scale: &Scale<'_>) -> Shown {
    let plain = Shown { color: 0, height_m: 0.0 };
    let cover = (COVER * scale.opacity).round() as u32;
    match value {
        _ if cover == 0 => plain,
        AreaValue::NoData => plain,
        AreaValue::Withheld => Shown { color: WITHHELD << 24, height_m: 0.0 },
        AreaValue::Known(value) => {
            let class = breaks.least.iter().rposition(|least| *least <= value);
            let class = if breaks.has_zero { class } else { Some(class.unwrap_or(0)) };
            let color = class.map_or(0, |class| scale.palette.choropleth[class].packed() & 0x00FF_FFFF | cover << 24);
            let top = breaks.least[CLASSES - 1].max(f64::MIN_POSITIVE);
            Shown { color, height_m: (value / top).max(0.0) as f32 * scale.top_m }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AreaCode, Level, Period};
    use crate::layers::shapes::tests::chessboard;
    use crate::palette::DARK;

    fn scale() -> Scale<'static> {
        Scale { level: Level::Community, breaks: breaks_of(&[9]), palette: &DARK, top_m: 100.0, opacity: 1.0 }
    }

    #[test]
    fn shares_get_round_classes_that_hold_them_all() {
        let known = |of: &[f64]| of.iter().map(|v| AreaValue::Known(*v)).collect::<Vec<_>>();
        let breaks = value_breaks(&known(&[81.2, 90.4, 86.0]), Unit::Percent).unwrap();
        assert_eq!(breaks.least, [80.0, 82.0, 84.0, 86.0, 88.0, 90.0]);
        assert!(!breaks.has_zero);
        let all = value_breaks(&known(&[54.0, 100.0]), Unit::Percent).unwrap();
        assert_eq!(all.least, [40.0, 50.0, 60.0, 70.0, 80.0, 90.0]);
        let same = value_breaks(&known(&[99.95]), Unit::Percent).unwrap();
        assert!(same.least[0] <= 99.95 && same.least.windows(2).all(|pair| pair[0] < pair[1]), "{same:?}");
        assert!(value_breaks(&known(&[0.0, 30.0]), Unit::Count).unwrap().has_zero);
        assert_eq!(value_breaks(&[AreaValue::NoData, AreaValue::Withheld], Unit::Percent), None);
    }

    #[test]
    fn counts_far_from_zero_get_steps_between_the_least_and_the_most() {
        let partners = [524.0, 561.0, 588.0, 602.0, 640.0, 655.0, 699.0, 721.0];
        let breaks = value_breaks(&partners.map(AreaValue::Known), Unit::People).unwrap();
        assert_eq!(breaks, ValueBreaks { least: [500.0, 550.0, 600.0, 650.0, 700.0, 750.0], has_zero: false });
        let class = |value: &f64| breaks.least.iter().rposition(|least| least <= value);
        let used: std::collections::HashSet<_> = partners.iter().map(class).collect();
        assert!(used.len() >= 4, "{used:?}");
        let near = value_breaks(&[3.0, 3.0, 4.0, 4.0].map(AreaValue::Known), Unit::Count).unwrap();
        assert!(near.least.iter().all(|least| least.fract() == 0.0), "whole counts only: {near:?}");
    }

    #[test]
    fn withheld_is_hatched_and_zero_and_unknown_are_plain_land() {
        let share = value_breaks(&[AreaValue::Known(81.0), AreaValue::Known(90.0)], Unit::Percent).unwrap();
        let count = value_breaks(&[AreaValue::Known(0.0), AreaValue::Known(9.0)], Unit::Count).unwrap();
        let alpha = |value, breaks| shown(value, breaks, &scale()).color >> 24;
        assert_eq!(alpha(AreaValue::NoData, &share), 0);
        assert_eq!(alpha(AreaValue::Withheld, &share), WITHHELD);
        assert_eq!(alpha(AreaValue::Known(0.0), &count), 0);
        assert_eq!(alpha(AreaValue::Known(70.0), &share), 224, "below the first class is still the first class");
    }

    #[test]
    fn a_value_is_found_by_code_and_level_and_a_share_of_few_is_withheld() {
        let (table, _) = AreaTable::build(chessboard(4));
        let mut indicators = IndicatorTable::default();
        let mut put = |code: &AreaCode, value, denominator| {
            indicators.put(Figure {
                key: "satisfy".into(),
                area: Some(code.clone()),
                period: Period::Year,
                value: Amount::Known(value),
                numerator: None,
                denominator: Some(denominator),
                from: None,
                as_of: jiff::Timestamp::UNIX_EPOCH,
                compare: None,
                expected: None,
                series: Vec::new(),
            });
        };
        let communities: Vec<_> = table.at_level(Level::Community).collect();
        let street = table.at_level(Level::Street).next().unwrap();
        put(&table.get(communities[0]).code, 80.0, 100);
        put(&table.get(communities[1]).code, 50.0, 4);
        put(&table.get(street).code, 70.0, 100);
        let colour = AreaColour { indicator: "satisfy".into(), period: Period::Year, level: Level::Community };
        let got = values(&table, &indicators, &colour);
        assert_eq!(got[communities[0].index()], AreaValue::Known(80.0));
        assert_eq!(got[communities[1].index()], AreaValue::Withheld);
        assert_eq!(got[street.index()], AreaValue::NoData, "another level's");
        assert_eq!(got[communities[2].index()], AreaValue::NoData);
    }
}
