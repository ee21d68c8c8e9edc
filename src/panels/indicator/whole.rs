//! What stands beside a list by areas: how much of the district's number none of the listed areas has (tickets without a
//! place), and the other panels of the picture that must be read on the same scale. Pure.

use super::number::{Number, Numbers};
use super::words;
use crate::domain::{Amount, Figure, Level, Unit};
use crate::panels::look::Look;
use crate::scene::Bound;

/// How many are counted in a figure: the count itself, the denominator of a share. `None` for what cannot be added up or
/// is not known.
fn counted(figure: &Figure, unit: Unit) -> Option<u64> {
    match (unit, figure.value) {
        (_, Amount::Suppressed) => None,
        (Unit::Percent, _) => figure.denominator,
        (Unit::Count | Unit::People, Amount::Known(value)) if value >= 0.0 => Some(value.round() as u64),
        _ => None,
    }
}

/// How many of the district's number no area of this level has; `None` where all is placed or one part is not known.
pub fn unplaced<'a>(numbers: &Numbers<'a>, bound: &'a Bound, key: &'a str, level: Level) -> Option<u64> {
    let whole = numbers.whole(key, bound.period);
    let figure = whole.figure?;
    let mut left = i128::from(counted(figure, whole.unit())?);
    let mut is_any = false;
    for id in numbers.areas.at_level(level) {
        let part = numbers.area(key, numbers.areas.get(id), bound.period).figure?;
        if part.period != figure.period {
            return None;
        }
        left -= i128::from(counted(part, whole.unit())?);
        is_any = true;
    }
    u64::try_from(left).ok().filter(|left| is_any && *left > 0)
}

/// The line about them: `另有 6 件未定位到街道`.
pub fn unplaced_words(look: &Look<'_>, number: &Number<'_>, level: Level, unplaced: u64) -> String {
    let n = look.count(unplaced);
    let unit = match number.unit() {
        Unit::Percent => words::counted_unit(look, number.key),
        _ => words::unit(look, number),
    };
    look.locale.t_args("unplaced", &[("n", &n), ("unit", &unit), ("level", &look.locale.level(level))])
}

/// True if two numbers are read against each other: one unit, one length of stretch; and shares of a whole apart from
/// rates of change, which lie on both sides of zero.
pub fn is_kin(look: &Look<'_>, one: &Number<'_>, other: &Number<'_>) -> bool {
    let stretch = |number: &Number<'_>| number.figure.map(|figure| figure.period);
    one.unit() == other.unit()
        && words::unit(look, one) == words::unit(look, other)
        && (stretch(one) == stretch(other) || stretch(one).is_none() || stretch(other).is_none())
        && is_change(one) == is_change(other)
}

/// True for a rate of change: some of its values are below zero.
fn is_change(number: &Number<'_>) -> bool {
    let is_below = |value: f64| value < 0.0;
    let parts = number.series().iter().flatten().filter_map(|part| part.value(number.unit()).known());
    parts.chain(number.reading.value().copied()).any(is_below)
        || number.figure.and_then(|figure| figure.expected).is_some_and(|[low, _]| is_below(low))
}

/// Charts whose greatest value is less than this part of the greatest one would be flat on its scale: they have a scale of
/// their own, whose ends are written beside it.
const FLAT: f64 = 0.25;

/// The greatest values, of all those that are read against each other, which share the scale of the one that is `own`:
/// from the least to the greatest of them. The same set gives each of its members the same answer.
pub fn scale_of(own: f64, all: impl IntoIterator<Item = f64>) -> [f64; 2] {
    let mut all: Vec<f64> = all.into_iter().chain([own]).collect();
    all.sort_by(|a, b| b.total_cmp(a));
    let mut rest = all.as_slice();
    while let Some(top) = rest.first().copied() {
        let least = top * FLAT;
        if own >= least {
            return [least, top];
        }
        rest = &rest[rest.iter().take_while(|value| **value >= least).count().max(1)..];
    }
    [own, own]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::fixture;
    use crate::panels::look::tests::{feeds, look};

    #[test]
    fn charts_share_a_scale_unless_one_would_be_flat_and_all_agree_on_it() {
        let all = [150.0, 80.0, 20.0, 10.0, 20.0];
        let scales = all.map(|own| scale_of(own, all)[1]);
        assert_eq!(scales, [150.0, 150.0, 20.0, 20.0, 20.0]);
        assert_eq!(scale_of(0.0, [0.0]), [0.0, 0.0]);
    }

    #[test]
    fn what_no_street_has_is_the_rest_of_the_district_and_unknown_parts_make_it_unknown() {
        let mut city = fixture::city();
        let bound = Bound { indicators: vec!["intake".into()], ..Bound::default() };
        let rest = |city: &fixture::City| {
            let feeds = feeds(crate::city::Freshness::Live, 2, city.mono);
            let numbers =
                Numbers { indicators: &city.lists.indicators, areas: &city.areas, feeds: &feeds, beside: Vec::new() };
            let n = unplaced(&numbers, &bound, "intake", Level::Street);
            let look = look(&feeds, Some(&city.site), city.mono);
            let words = unplaced_words(&look, &numbers.whole("intake", None), Level::Street, n.unwrap_or(0));
            (n, words)
        };
        let set = |city: &mut fixture::City, value: Amount| {
            let mut table = (*city.lists.indicators.0.list).clone();
            let area = city.areas.get(city.areas.at_level(Level::Street).next().unwrap()).code.clone();
            let figure = table.figure("intake", Some(&area), crate::domain::Period::Month).unwrap().clone();
            table.put(Figure { value, ..figure });
            city.lists.indicators.0.list = std::sync::Arc::new(table);
        };
        set(&mut city, Amount::Known(0.0));
        let (without, _) = rest(&city);
        set(&mut city, Amount::Known(100.0));
        let (with, words) = rest(&city);
        let with = with.unwrap();
        assert_eq!(without, Some(with + 100));
        assert_eq!(words, format!("另有 {} 件未定位到街道", crate::locale::thousands(with)));
        set(&mut city, Amount::Known(100.0 + with as f64));
        assert_eq!(rest(&city).0, None, "nothing is left, and nothing is said");
        set(&mut city, Amount::Suppressed);
        assert_eq!(rest(&city).0, None, "a difference would tell what is withheld");
    }
}
