//! Indicators: figures from the features of the page, their definitions from the list beside them.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::{MAX_FIGURES, Record, text};
use crate::domain::{Aim, Amount, Definition, Figure, IndicatorTable, Part, Period, Unit};
use crate::platform::wire::loose::Loose;
use crate::platform::wire::names::{Names, is_presentable};
use crate::platform::wire::page::{PageError, PageHead, Reject, read_page};

/// Most keys of a platform, and most points of a series.
const MAX_KEYS: usize = 2_000;
const MAX_POINTS: usize = 400;

/// One figure, unchecked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FigureProperties<'a> {
    #[serde(borrow)]
    key: Loose<'a>,
    #[serde(borrow)]
    area_code: Loose<'a>,
    #[serde(borrow)]
    period: Loose<'a>,
    #[serde(borrow)]
    value: Loose<'a>,
    #[serde(borrow)]
    numerator: Loose<'a>,
    #[serde(borrow)]
    denominator: Loose<'a>,
    #[serde(borrow)]
    from: Loose<'a>,
    #[serde(borrow)]
    as_of: Loose<'a>,
    #[serde(borrow)]
    compare: Loose<'a>,
    #[serde(borrow)]
    expected: Option<Vec<Loose<'a>>>,
    #[serde(borrow)]
    series: Option<Vec<Option<Vec<Loose<'a>>>>>,
}

/// Reads one page into `table`.
pub fn read(body: &[u8], table: &mut IndicatorTable, mut reject: impl FnMut(Reject)) -> Result<PageHead, PageError> {
    definitions(body, table, &mut reject);
    let mut names = Names::default();
    let (mut figures, mut place, held) = (Vec::new(), 0, table.len());
    let head = read_page(body, |feature| {
        place += 1;
        let taken = feature.and_then(|feature| {
            let record = Record { id: &feature.id, place };
            if held + figures.len() >= MAX_FIGURES {
                return Err(record.refused("list", &format!("more than {MAX_FIGURES} figures")));
            }
            take(feature.properties.as_ref().unwrap_or(&FigureProperties::default()), &record, &mut names)
        });
        match taken {
            Ok(figure) => figures.push(figure),
            Err(why) => reject(why),
        }
    })?;
    table.fill(figures);
    Ok(head)
}

fn take(it: &FigureProperties<'_>, record: &Record<'_>, names: &mut Names) -> Result<Figure, Reject> {
    let key = it.key.text().filter(|key| is_presentable(key)).ok_or_else(|| record.lacks("key", &it.key))?;
    let area = it.area_code.code().filter(|code| is_presentable(code));
    let expected = match it.expected.as_deref() {
        Some([low, high]) => low.number().zip(high.number()).filter(|(low, high)| low <= high),
        _ => None,
    };
    Ok(Figure {
        key: names.share(key),
        area: area.map(|code| crate::domain::AreaCode(names.share(&code))),
        period: record.word("period", &it.period, Period::from_key)?,
        value: match &it.value {
            value if value.is_null() => Amount::NoData,
            value if value.text() == Some("suppressed") => Amount::Suppressed,
            value => Amount::Known(value.number().ok_or_else(|| record.lacks("value", value))?),
        },
        numerator: whole(&it.numerator),
        denominator: it.denominator.count(),
        from: it.from.time(),
        as_of: record.time("as_of", &it.as_of)?,
        compare: it.compare.number(),
        expected: expected.map(|(low, high)| [low, high]),
        series: it.series.iter().flatten().take(MAX_POINTS).map(|point| part(point.as_deref()?)).collect(),
    })
}

fn part(point: &[Loose<'_>]) -> Option<Part> {
    let (numerator, denominator) = (point.first()?, point.get(1));
    Some(Part { numerator: whole(numerator)?, denominator: denominator.and_then(Loose::count) })
}

/// A whole number, negative ones too: a demand may rise.
fn whole(sent: &Loose<'_>) -> Option<i64> {
    let number = sent.number()?;
    (number.fract() == 0.0 && number.abs() < 9.0e15).then_some(number as i64)
}

/// Takes the definitions of a page; the page itself is judged by [`read_page`].
fn definitions(body: &[u8], table: &mut IndicatorTable, reject: &mut impl FnMut(Reject)) {
    #[derive(Deserialize)]
    struct Page {
        #[serde(default)]
        definitions: Vec<Value>,
    }
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let Ok(page) = serde_json::from_slice::<Page>(body) else { return };
    for (index, sent) in page.definitions.iter().enumerate() {
        match definition(sent, index) {
            Ok(definition) => match table.definitions.iter().position(|held| held.key == definition.key) {
                Some(place) => table.definitions[place] = Arc::new(definition),
                None if table.definitions.len() < MAX_KEYS => table.definitions.push(Arc::new(definition)),
                None => {}
            },
            Err(why) => reject(why),
        }
    }
}

fn definition(sent: &Value, index: usize) -> Result<Definition, Reject> {
    let of =
        |name: &str| sent.get(name).map(|value| Loose::deserialize(value).unwrap_or(Loose::Odd)).unwrap_or_default();
    let key = of("key");
    let known = key.text().filter(|key| is_presentable(key));
    let record = known.map_or_else(|| format!("definition {}", index + 1), str::to_owned);
    let lacks =
        |field: &'static str| Reject { record: record.clone(), field, found: of(field).to_string(), known: None };
    let words = |name: &str| text(&of(name));
    Ok(Definition {
        key: known.ok_or_else(|| lacks("key"))?.into(),
        name: words("name").ok_or_else(|| lacks("name"))?,
        name_en: words("name_en"),
        group: words("group").unwrap_or_default(),
        unit: of("unit").text().and_then(Unit::from_key).ok_or_else(|| lacks("unit"))?,
        aim: of("aim").text().map_or(Aim::Neutral, Aim::from_key),
        target: of("target").number(),
        limit: of("limit").number(),
        formula: words("formula").unwrap_or_default(),
        formula_en: words("formula_en"),
        source: words("source").unwrap_or_default(),
    })
}
