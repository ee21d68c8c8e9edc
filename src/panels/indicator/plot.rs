//! Drawing one series: bars from zero for counts, a line on a labelled axis for shares; what is not known is a gap, the
//! running stretch is white and marked 未满, with the expected band only where it belongs: at that stretch.

use bevy_egui::egui::{Align, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, pos2};
use jiff::ToSpan;
use jiff::civil::Date;

use super::axis::{Axis, round_from};
use super::number::Number;
use super::words;
use crate::domain::{Feed, Figure, Part, Period, Unit};
use crate::panels::look::Look;
use crate::panels::pen::{dotted, say, width};
use crate::panels::style::{Role, colour, faint};

/// Height of the line of dates below a field.
pub const DATES: f32 = 26.0;

/// How a series is drawn.
pub struct Plot<'a> {
    /// The stretches, oldest first, the running one last.
    pub series: &'a [Option<Part>],
    /// What its values are measured in.
    pub unit: Unit,
    /// What is to be reached.
    pub target: Option<f64>,
    /// What would be usual of the running stretch by now.
    pub expected: Option<[f64; 2]>,
    /// The ends of the axis.
    pub axis: Axis,
    /// True if it is no longer current.
    pub is_grey: bool,
    /// The least width of what stands at the ends of the axis, u: fields below each other begin at one line.
    pub ends_u: f32,
}

/// How wide the ends of an axis are, u.
pub fn ends_width(p: &Painter, look: &Look<'_>, axis: &Axis) -> f32 {
    [axis.high, axis.low]
        .into_iter()
        .map(|end| width(p, words::end(look.locale.numbers(), end), Role::AXIS))
        .fold(24.0, f32::max)
}

impl<'a> Plot<'a> {
    /// The plot of a number's own series.
    pub fn of(look: &Look<'_>, number: &'a Number<'a>) -> Self {
        let (unit, target) = (number.unit(), number.target());
        let expected = number.figure.and_then(|figure| figure.expected).filter(|_| target.is_none());
        let series = number.series();
        let axis = axis_of(unit, [number]);
        Self { series, unit, target, expected, axis, is_grey: look.feed(Feed::Indicators).is_grey(), ends_u: 0.0 }
    }
}

/// The common axis of several numbers of one unit: their series, what they should reach and what would be usual.
pub fn axis_of<'a>(unit: Unit, numbers: impl IntoIterator<Item = &'a Number<'a>>) -> Axis {
    let mut values = Vec::new();
    for number in numbers {
        let target = number.target();
        let expected = number.figure.and_then(|figure| figure.expected).filter(|_| target.is_none());
        values.extend(number.series().iter().flatten().filter_map(|part| part.value(unit).known()));
        values.extend(target.into_iter().chain(expected.into_iter().flatten()));
    }
    axis_for(unit, &values)
}

/// The axis that holds all values of a unit.
fn axis_for(unit: Unit, values: &[f64]) -> Axis {
    if unit == Unit::Percent {
        return Axis::of_share(values);
    }
    let (low, high) = values.iter().fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(*value), high.max(*value)));
    Axis { low: if low < 0.0 { -round_from(-low) } else { 0.0 }, high: round_from(high) }
}

/// The common axis of several series of one unit.
pub fn axis<'a>(
    unit: Unit,
    targets: impl IntoIterator<Item = f64>,
    series: impl IntoIterator<Item = &'a [Option<Part>]>,
) -> Axis {
    let values = series.into_iter().flatten().flatten().filter_map(|part| part.value(unit).known());
    let all: Vec<f64> = values.chain(targets).collect();
    axis_for(unit, &all)
}

/// Draws a series in a field. `has_ends`: with the ends of the axis at its left, for which `GUTTER` is taken.
pub fn plot(p: &Painter, look: &Look<'_>, rect: Rect, plot: &Plot<'_>, has_ends: bool) -> Rect {
    let Axis { low, high } = plot.axis;
    let mut field = rect;
    if has_ends {
        let ends = [words::end(look.locale.numbers(), high), words::end(look.locale.numbers(), low)];
        let wide = ends_width(p, look, &plot.axis).max(plot.ends_u);
        field.min.x += wide + 12.0;
        for (end, y) in ends.iter().zip([rect.top() + 13.0, rect.bottom()]) {
            say(p, pos2(rect.left() + wide, y), Align::Max, end.as_str(), Role::AXIS, look.text3());
        }
    }
    let y = |value: f64| field.bottom() - plot.axis.share(value) * field.height();
    let zero = if low < 0.0 { y(0.0) } else { field.bottom() };
    p.hline(field.x_range(), zero, Stroke::new(1.0, look.ink(|p| p.line2)));
    if let Some(target) = plot.target {
        p.extend(Shape::dashed_line(
            &[pos2(field.left(), y(target)), pos2(field.right(), y(target))],
            Stroke::new(1.4, look.text3()),
            7.0,
            6.0,
        ));
    }
    let count = plot.series.len().max(1);
    // The last point of a line has its room.
    let inner = if plot.unit == Unit::Percent { field.with_max_x(field.right() - 3.0) } else { field };
    let pitch = inner.width() / count as f32;
    let x = |nth: usize| inner.left() + (nth as f32 + 0.5) * pitch;
    let mut bands_ends = None;
    if let Some([from, to]) = plot.expected.filter(|_| !plot.is_grey) {
        let (middle, y) = (x(count - 1), y(to)..=y(from));
        let ink = faint(look.palette.text2, 0.25);
        let half = bar_half(pitch);
        let strip = (pitch * 0.5 - half - 1.0).min(8.0);
        if plot.unit == Unit::Percent || strip < 2.0 {
            let half = (pitch * 0.5).clamp(5.0, 16.0);
            let band = Rect::from_x_y_ranges(middle - half..=middle + half, y);
            p.rect_filled(band, CornerRadius::same(2), ink);
        } else {
            // Beside the bar: over it the bar would seem to be of two parts.
            for at in [middle - half - 1.0 - strip, middle + half + 1.0] {
                p.rect_filled(Rect::from_x_y_ranges(at..=at + strip, y.clone()), CornerRadius::same(1), ink);
            }
            // Its two ends go across, so that both strips are seen as one.
            bands_ends = Some((middle - half - 1.0 - strip..=middle + half + 1.0 + strip, [*y.start(), *y.end()]));
        }
    }
    let values: Vec<Option<f64>> =
        plot.series.iter().map(|part| part.and_then(|part| part.value(plot.unit).known())).collect();
    if plot.unit == Unit::Percent {
        line(p, look, plot, &values, x, y)
    } else {
        bars(p, look, plot, &values, (x, y), pitch)
    }
    if let Some((across, ends)) = bands_ends {
        for y in ends {
            p.hline(across.clone(), y, Stroke::new(1.6, faint(look.palette.text2, 0.85)));
        }
    }
    field
}

/// Half the width of a bar.
fn bar_half(pitch: f32) -> f32 {
    (pitch * 0.34).clamp(1.5, 30.0)
}

fn line(
    p: &Painter,
    look: &Look<'_>,
    plot: &Plot<'_>,
    values: &[Option<f64>],
    x: impl Fn(usize) -> f32,
    y: impl Fn(f64) -> f32,
) {
    let (ink, end) = inks(look, plot.is_grey);
    let last = values.len().saturating_sub(1);
    let mut run: Vec<Pos2> = Vec::new();
    let finish = |run: &mut Vec<Pos2>| match run.len() {
        0 => {}
        1 => _ = p.circle_filled(run.pop().unwrap_or_default(), 3.0, ink),
        _ => _ = p.line(std::mem::take(run), Stroke::new(2.4, ink)),
    };
    for (nth, value) in values.iter().enumerate() {
        let Some(value) = value else {
            finish(&mut run);
            continue;
        };
        let at = pos2(x(nth), y(*value));
        if nth == last {
            // The running stretch is not full: its part of the line is dotted, its point hollow.
            let before = run.last().copied();
            finish(&mut run);
            if let Some(before) = before {
                dotted(p, &[before, at], ink, 6.0, 1.2);
            }
            p.circle(at, 5.0, look.ink(|p| p.bg1), Stroke::new(2.4, end));
        } else {
            run.push(at);
        }
    }
    finish(&mut run);
}

fn bars(
    p: &Painter,
    look: &Look<'_>,
    plot: &Plot<'_>,
    values: &[Option<f64>],
    (x, y): (impl Fn(usize) -> f32, impl Fn(f64) -> f32),
    pitch: f32,
) {
    let half = bar_half(pitch);
    let last = values.len().saturating_sub(1);
    for (nth, value) in values.iter().enumerate() {
        let Some(value) = value else { continue };
        let (from, to) = (y(0.0), y(*value));
        let bar = Rect::from_two_pos(pos2(x(nth) - half, from), pos2(x(nth) + half, to.min(from - 0.8)));
        let ink = match (plot.is_grey, nth == last) {
            (true, _) => faint(look.palette.stale, 0.55),
            (false, true) => look.text1(),
            (false, false) => colour(look.palette.neutral_bar),
        };
        if nth == last && half > 3.0 {
            p.rect_stroke(bar, CornerRadius::same(2), Stroke::new(2.0, ink), StrokeKind::Inside);
            p.rect_filled(bar, CornerRadius::same(2), ink.gamma_multiply(0.35));
        } else {
            p.rect_filled(bar, CornerRadius::same(2), ink);
        }
    }
}

/// The colours of a line and of its newest point.
fn inks(look: &Look<'_>, is_grey: bool) -> (bevy_egui::egui::Color32, bevy_egui::egui::Color32) {
    if is_grey {
        return (look.ink(|p| p.stale), look.ink(|p| p.stale));
    }
    (look.ink(|p| p.accent), look.ink(|p| p.accent_strong))
}

/// What a mark in a field is, said in the line of dates.
#[derive(Clone, Debug)]
pub enum Key {
    /// The dashed line: the target.
    Target(String),
    /// The grey block at the running stretch: what is usual by now.
    Expected(String),
}

impl Key {
    /// The key of what a number's plot has; the target first.
    pub fn of(look: &Look<'_>, number: &Number<'_>) -> Option<Self> {
        let usual = || words::expected(look, number).filter(|_| !look.feed(Feed::Indicators).is_grey());
        target_words(look, number).map(Key::Target).or_else(|| usual().map(Key::Expected))
    }
}

/// The line of dates below a field: the first stretch at the left, the running one at the right with 未满, and what the
/// dashed line or the grey block is where that has room.
pub fn dates(ui: &Ui, look: &Look<'_>, field: Rect, figure: &Figure, key: Option<Key>) {
    let p = ui.painter();
    let base = field.bottom() + 22.0;
    let words = [figure.series.len().saturating_sub(1), 0].map(|back| stretch(look, figure, back).unwrap_or_default());
    // Below the first bar, not below the end of the axis.
    let pitch = field.width() / figure.series.len().max(1) as f32;
    let inset = ((pitch - width(p, words[0].as_str(), Role::AXIS)) / 2.0).max(0.0);
    let first = say(p, pos2(field.left() + inset, base), Align::Min, words[0].as_str(), Role::AXIS, look.text3());
    let mark = format!(" {}", look.t("not-full"));
    let both = width(p, words[1].as_str(), Role::BODY) + width(p, mark.as_str(), Role::BODY);
    let inset = ((pitch - both) / 2.0).max(0.0);
    let marked = say(p, pos2(field.right() - inset, base), Align::Max, mark, Role::BODY, look.text3());
    let last = say(p, pos2(marked.left(), base), Align::Max, words[1].as_str(), Role::BODY, look.text3());
    if let Some(key) = key {
        let (Key::Target(words) | Key::Expected(words)) = &key;
        let room = last.left() - first.right() - 24.0;
        let wide = width(p, words.as_str(), Role::BODY) + 34.0;
        if wide <= room {
            let x = first.right() + 12.0 + (room - wide) / 2.0;
            match key {
                Key::Target(_) => {
                    let key = [pos2(x, base - 7.0), pos2(x + 26.0, base - 7.0)];
                    p.extend(Shape::dashed_line(&key, Stroke::new(1.4, look.text3()), 7.0, 6.0));
                }
                Key::Expected(_) => {
                    let key = Rect::from_min_max(pos2(x, base - 14.0), pos2(x + 26.0, base));
                    p.rect_filled(key, CornerRadius::same(2), faint(look.palette.text2, 0.25));
                }
            }
            say(p, pos2(x + 34.0, base), Align::Min, words.as_str(), Role::BODY, look.text3());
        }
    }
}

/// The name of a stretch so many before the running one: `2026-11`, `11-16`.
pub(super) fn stretch(look: &Look<'_>, figure: &Figure, back: usize) -> Option<String> {
    let from: Date = figure.from?.to_zoned(look.zone.clone()).date();
    let back = back as i64;
    let (date, pattern) = match figure.period {
        Period::Day => (from.checked_sub(back.days()).ok()?, "%m-%d"),
        Period::Week => (from.checked_sub((7 * back).days()).ok()?, "%m-%d"),
        Period::Month => (from.checked_sub(back.months()).ok()?, "%Y-%m"),
        Period::Year => (from.checked_sub(back.years()).ok()?, "%Y"),
        Period::Now => return None,
    };
    Some(date.strftime(pattern).to_string())
}

/// What the dashed line of a number is: `目标 88 %`.
pub fn target_words(look: &Look<'_>, number: &Number<'_>) -> Option<String> {
    let target = words::end(look.locale.numbers(), number.target()?);
    Some(look.locale.t_args("rate-target", &[("target", &target), ("unit", &words::unit(look, number))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_start_at_zero_and_shares_need_not() {
        let part = |numerator, denominator| Some(Part { numerator, denominator });
        let counts = [part(30, None), None, part(47, None)];
        assert_eq!(axis(Unit::Count, None, [&counts[..]]), Axis { low: 0.0, high: 50.0 });
        let shares = [part(86, Some(100)), None, part(91, Some(100))];
        assert_eq!(axis(Unit::Percent, Some(88.0), [&shares[..]]), Axis { low: 80.0, high: 100.0 });
    }
}
