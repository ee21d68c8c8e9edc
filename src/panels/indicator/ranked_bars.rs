//! Areas by an indicator: neutral bars from zero, dots on a short axis where all are high, for rates the 95 % interval as a
//! whisker, the district's own value as a dotted line, the count behind it, and below which areas are not ranked because
//! too few are behind their rate, and how many of the district's number no area has. Rankings of one unit beside each
//! other have one scale.
//!
//! The interval is Wilson's score interval (E. B. Wilson, Probable inference, the law of succession, and statistical
//! inference, Journal of the American Statistical Association 22 (1927) 209–212): it stays within 0–100 % and is right
//! for small denominators, too. A click on a row goes to the area.

use bevy_egui::egui::{Align, Rect, Stroke, Ui, pos2, vec2};

use super::axis::{Axis, round_above};
use super::number::{Number, Numbers};
use super::whole::{is_kin, scale_of, unplaced, unplaced_words};
use super::words;
use crate::domain::{AreaId, Feed, Level, Unit};
use crate::panels::Intent;
use crate::panels::head::{empty, head, row};
use crate::panels::look::Look;
use crate::panels::more::{self, Room, more_ui};
use crate::panels::pen::{bar, centred, dotted, fit, paragraph, say, width};
use crate::panels::style::{Role, colour, faint};
use crate::scene::Bound;
use crate::selection::{Drill, Target};

/// Shares of fewer are not ranked: their interval is wider than most differences between areas.
pub const LEAST_WHOLE: u64 = 30;
/// Least and greatest height of a row.
const ROW: [f32; 2] = [27.0, 104.0];
/// Shares that are all higher than this, percent, are dots on a short axis.
const DOTS_FROM: f64 = 60.0;
/// Height of the ends of that axis.
const AXIS: f32 = 22.0;
/// Height of one line of the key.
const LINE: f32 = 28.0;

/// One area.
#[derive(Clone, Debug)]
pub struct Ranked {
    /// Which.
    pub area: AreaId,
    /// Its value.
    pub value: f64,
    /// The count: the denominator of a share.
    pub count: Option<u64>,
    /// The 95 % interval of a share.
    pub interval: Option<[f64; 2]>,
}

/// Areas by value, greatest first, and those with too few to be ranked or without a number, in the order of their codes.
#[derive(Clone, Debug, Default)]
pub struct Ranking {
    /// The ranked ones.
    pub ranked: Vec<Ranked>,
    /// A share of too few.
    pub few: Vec<AreaId>,
    /// No data, or withheld.
    pub absent: Vec<AreaId>,
}

/// Ranks the areas of a level.
pub fn ranking<'a>(numbers: &Numbers<'a>, bound: &'a Bound, key: &'a str, level: Level) -> Ranking {
    let mut ranking = Ranking::default();
    for id in numbers.areas.at_level(level) {
        let number = numbers.area(key, numbers.areas.get(id), bound.period);
        let Some(value) = number.reading.value().copied() else {
            ranking.absent.push(id);
            continue;
        };
        let figure = number.figure;
        let count = figure.and_then(|figure| figure.denominator);
        let is_share = number.unit() == Unit::Percent;
        if is_share && count.is_none_or(|count| count < LEAST_WHOLE) {
            ranking.few.push(id);
            continue;
        }
        let part = figure.and_then(|figure| u64::try_from(figure.numerator?).ok());
        let interval = part.zip(count).filter(|(part, whole)| is_share && part <= whole).map(|(k, n)| wilson(k, n));
        ranking.ranked.push(Ranked { area: id, value, count, interval });
    }
    ranking.ranked.sort_by(|a, b| b.value.total_cmp(&a.value).then(a.area.cmp(&b.area)));
    ranking
}

/// Wilson's 95 % interval of `part` of `whole`, percent.
pub fn wilson(part: u64, whole: u64) -> [f64; 2] {
    if whole == 0 {
        return [0.0, 100.0];
    }
    const Z: f64 = 1.959_963_984_540_054;
    let (n, share) = (whole as f64, part as f64 / whole as f64);
    let scale = 1.0 / (1.0 + Z * Z / n);
    let middle = scale * (share + Z * Z / (2.0 * n));
    let reach = scale * Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    [(100.0 * (middle - reach)).max(0.0), (100.0 * (middle + reach)).min(100.0)]
}

/// Draws the panel.
pub fn ranked_bars_ui<'a>(ui: &Ui, look: &Look<'_>, numbers: &Numbers<'a>, bound: &'a Bound) -> Option<Intent> {
    let feed = look.feed(Feed::Indicators);
    let level = bound.level.unwrap_or(Level::Street);
    let list: Vec<Number<'_>> = bound.indicators.iter().map(|key| numbers.whole(key, bound.period)).collect();
    let title = match (&bound.title, list.first()) {
        (None, Some(number)) if number.definition.is_some() => look
            .locale
            .t_args("ranked-title", &[("level", &look.locale.level(level)), ("name", words::name(look, number))]),
        _ => words::title(look, bound, &list, "ranked-bars-title"),
    };
    let body = head(ui, look, &title, words::span_beside(ui, look, &list, &title), &feed);
    let Some(whole) = list.first() else {
        empty(ui.painter(), look, body, &look.t("no-indicators"));
        return None;
    };
    let ranking = ranking(numbers, bound, whole.key, level);
    if ranking.ranked.is_empty() || !feed.has_values() {
        let shown = words::shown(look, whole);
        let is_words = shown.digits.is_empty() || !feed.has_values();
        if is_words {
            words::empty_ui(ui, look, body, &shown);
        } else {
            empty(ui.painter(), look, body, &look.t("no-data-areas"));
        }
        return None;
    }
    let is_share = whole.unit() == Unit::Percent;
    let mut notes = notes(look, numbers, whole, &ranking, level);
    notes.extend(unplaced(numbers, bound, whole.key, level).map(|n| unplaced_words(look, whole, level, n)));
    let count = ranking.ranked.len();
    // Where all of them are high their bars are all alike: dots with whiskers on a short axis, whose ends are written.
    let [lowest, greatest] = reach(look, numbers, whole, &ranking);
    let is_dotted = is_share && lowest >= DOTS_FROM;
    let for_axis = if is_dotted { AXIS } else { 0.0 };
    let for_rows = body.height() - 14.0 - for_axis - LINE * notes.len() as f32;
    let (room, pitch) = Room::between(count, ROW, for_rows);
    let fitting = room.shown.clamp(1, count);
    // The lowest is what one looks for: those that have no room are left out above it.
    let last = if fitting < count { ranking.ranked.last() } else { None };
    let rows: Vec<&Ranked> = ranking.ranked[..fitting - usize::from(last.is_some())].iter().chain(last).collect();
    let for_hidden = if last.is_some() { more::LINE } else { 0.0 };

    let p = ui.painter();
    let name = |ranked: &Ranked| look.locale.short_area_name(numbers.areas.get(ranked.area)).to_owned();
    let value = |ranked: &Ranked| match whole.unit() {
        Unit::Percent => format!("{:.1}", ranked.value),
        unit => words::digits(look.locale.numbers(), unit, ranked.value),
    };
    let tail = |ranked: &Ranked| ranked.count.filter(|_| is_share).map_or_else(String::new, |n| look.count(n));
    let widest = |words: &dyn Fn(&Ranked) -> String, role| {
        rows.iter().map(|ranked| width(p, words(ranked), role)).fold(0.0, f32::max)
    };
    let names = widest(&name, Role::BODY).max(60.0).min(body.width() * 0.36);
    let tails = widest(&tail, Role::BODY);
    let values_at = body.right() - if tails > 0.0 { tails + 18.0 } else { 0.0 };
    let start = body.left() + names + 14.0;
    let end = values_at - widest(&value, Role::BODY_STRONG) - 14.0;
    let axis = match (is_dotted, is_share) {
        (true, _) => Axis::of_share(&[lowest, greatest]),
        (false, true) if greatest > 50.0 => Axis { low: 0.0, high: 100.0 },
        (false, true) => Axis { low: 0.0, high: round_above(greatest) },
        // The longest bar ends where its number begins.
        (false, false) => Axis { low: 0.0, high: greatest },
    };
    let x = |value: f64| start + axis.share(value) * (end - start);
    let grey = feed.is_grey();
    let mut drill = None;
    for (nth, ranked) in rows.iter().enumerate() {
        let hidden_above = if nth + 1 == fitting { for_hidden } else { 0.0 };
        let top = body.top() + nth as f32 * pitch + hidden_above;
        let line = Rect::from_min_size(pos2(body.left(), top), vec2(body.width(), pitch));
        let area = numbers.areas.get(ranked.area);
        let label = format!("{} {}", name(ranked), value(ranked));
        if row(ui, look, line.shrink2(vec2(0.0, 2.0)), ("ranked", nth), &label).clicked() {
            drill = Some(Intent::Drill(Drill::To(Target::Area(area.code.clone()))));
        }
        let (y, base) = (line.center().y, centred(line.center().y, Role::BODY));
        fit(p, pos2(body.left(), base), Align::Min, name(ranked), Role::BODY, look.text1(), names);
        let ink = if grey { faint(look.palette.stale, 0.55) } else { colour(look.palette.neutral_bar) };
        let half = (pitch * 0.16).clamp(6.0, 10.0);
        if is_dotted {
            p.hline(start..=end, y, Stroke::new(1.0, look.ink(|p| p.line1)));
        } else {
            bar(p, Rect::from_min_max(pos2(start, y - half), pos2(x(ranked.value).max(start + 1.0), y + half)), ink);
        }
        if let Some([low, high]) = ranked.interval.filter(|_| !grey) {
            let stroke = Stroke::new(1.6, look.text1().gamma_multiply(0.75));
            p.hline(x(low)..=x(high), y, stroke);
            for end in [low, high] {
                p.vline(x(end), y - 4.0..=y + 4.0, stroke);
            }
        }
        let ink = if grey { look.ink(|p| p.stale) } else { look.text1() };
        if is_dotted {
            p.circle_filled(pos2(x(ranked.value), y), 5.5, ink);
        }
        say(p, pos2(values_at, base), Align::Max, value(ranked), Role::BODY_STRONG, ink);
        if !tail(ranked).is_empty() {
            say(p, pos2(body.right(), base), Align::Max, tail(ranked), Role::BODY, look.text3());
        }
    }
    let above = body.top() + (fitting - 1) as f32 * pitch;
    more_ui(ui, look, body, above, "more-areas", room.hidden);
    let below = above + for_hidden + pitch;
    if let Some(mean) = mean(whole, &ranking).filter(|_| !grey) {
        dotted(p, &[pos2(x(mean), body.top() + 2.0), pos2(x(mean), below)], look.ink(|p| p.accent), 6.0, 1.2);
    }
    if is_dotted {
        p.hline(start..=end, below + 2.0, Stroke::new(1.0, look.ink(|p| p.line2)));
        for (at, side, value) in [(start, Align::Min, axis.low), (end, Align::Max, axis.high)] {
            let end = words::end(look.locale.numbers(), value);
            let words = if side == Align::Max { format!("{end} %") } else { end };
            say(p, pos2(at, below + 20.0), side, words, Role::AXIS, look.text3());
        }
    }
    let below = below + for_axis;
    for (nth, note) in notes.iter().enumerate() {
        let y = below + 14.0 + LINE * nth as f32 + 14.0;
        let mut left = body.left();
        if nth == 0 && !grey {
            dotted(p, &[pos2(left + 2.0, y - 14.0), pos2(left + 2.0, y + 2.0)], look.ink(|p| p.accent), 6.0, 1.2);
            left += 14.0;
        }
        paragraph(p, pos2(left, y), note, Role::BODY, look.text3(), (body.right() - left, 1, LINE));
    }
    drill
}

/// The least and the greatest that is drawn here and in the rankings beside this one that are read against it, with
/// their intervals.
fn reach<'a>(look: &Look<'_>, numbers: &Numbers<'a>, whole: &Number<'a>, own: &Ranking) -> [f64; 2] {
    let others = numbers.beside.iter().filter_map(|bound| {
        let key = bound.indicators.first()?;
        let is_kin = is_kin(look, whole, &numbers.whole(key, bound.period));
        is_kin.then(|| ranking(numbers, bound, key, bound.level.unwrap_or(Level::Street)))
    });
    let ends = |ranking: &Ranking| {
        let ends = |it: &Ranked| it.interval.unwrap_or([it.value; 2]);
        let all = || ranking.ranked.iter().map(ends);
        [all().map(|ends| ends[0]).fold(f64::MAX, f64::min), all().map(|ends| ends[1]).fold(0.0, f64::max)]
    };
    let own = ends(own);
    let others: Vec<[f64; 2]> = others.map(|ranking| ends(&ranking)).collect();
    let [least, most] = scale_of(own[1], others.iter().map(|ends| ends[1]));
    let sharing = others.into_iter().filter(|ends| (least..=most).contains(&ends[1]));
    sharing.fold(own, |[low, high], ends| [low.min(ends[0]), high.max(ends[1])])
}

/// What the dotted line is: the district's own share, or the mean of the areas' counts.
fn mean(whole: &Number<'_>, ranking: &Ranking) -> Option<f64> {
    if whole.unit() == Unit::Percent {
        return whole.reading.value().copied();
    }
    let sum: f64 = ranking.ranked.iter().map(|ranked| ranked.value).sum();
    Some(sum / ranking.ranked.len() as f64)
}

/// What stands below the rows: the dotted line, the whisker and the count, who is not ranked, who has no data.
fn notes(look: &Look<'_>, numbers: &Numbers<'_>, whole: &Number<'_>, ranking: &Ranking, level: Level) -> Vec<String> {
    let mean =
        mean(whole, ranking).map(|mean| words::digits(look.locale.numbers(), whole.unit(), mean)).unwrap_or_default();
    let unit = words::unit(look, whole);
    let is_share = whole.unit() == Unit::Percent;
    let line = if is_share { "ranked-mean" } else { "ranked-average" };
    let level = look.locale.level(level);
    let mut notes = vec![look.locale.t_args(line, &[("mean", &mean), ("unit", &unit), ("level", &level)])];
    // Against old data nothing is compared.
    if is_share && !look.feed(Feed::Indicators).is_grey() {
        notes.push(look.t("ranked-key").into_owned());
    }
    let names = |ids: &[AreaId]| {
        let names: Vec<&str> = ids.iter().map(|id| look.locale.short_area_name(numbers.areas.get(*id))).collect();
        names.join(look.t("list-comma").as_ref())
    };
    for (key, ids) in [("ranked-few", &ranking.few), ("ranked-absent", &ranking.absent)] {
        if !ids.is_empty() {
            let (n, least) = (look.count(ids.len() as u64), LEAST_WHOLE.to_string());
            notes.push(look.locale.t_args(key, &[("n", &n), ("least", &least), ("names", &names(ids))]));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        // Worked by hand for 81 of 263 (Newcombe 1998 gives 0.2553 to 0.3662).
        let [low, high] = wilson(81, 263);
        assert!((low - 25.53).abs() < 0.01 && (high - 36.62).abs() < 0.01, "{low} {high}");
        let [low, high] = wilson(0, 20);
        assert!(low.abs() < 1e-9 && (high - 16.11).abs() < 0.01, "{low} {high}");
        assert_eq!(wilson(5, 0), [0.0, 100.0]);
        assert!(wilson(30, 30)[1] <= 100.0);
    }
}
