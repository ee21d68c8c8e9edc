//! Where a number comes from: the card that a click on one opens over the map. Formula, numerator and denominator,
//! stretch, as-of, target, source, and the areas whose tickets are behind it, each a way to them.
//!
//! Closed by Escape or by a click beside it; every row can be reached with Tab and Enter.

use bevy_egui::egui::{Align, CornerRadius, Key, Modifiers, Rect, Sense, Ui, pos2, vec2};

use super::number::{Number, Numbers};
use super::{plot, words};
use crate::domain::{Area, Level, Period};
use crate::locale::NumberStyle;
use crate::panels::Intent;
use crate::panels::head::{announce, row};
use crate::panels::look::Look;
use crate::panels::pen::{centred, fit, paragraph, rule, say, width};
use crate::panels::style::{Role, faint};
use crate::selection::{Drill, Target};

/// The number that is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its key.
    pub key: String,
    /// The stretch of its figure.
    pub period: Period,
}

/// The card says exactly what panels round.
const EXACT: NumberStyle = NumberStyle::EXACT;
/// Width of the card, u.
const WIDE: f32 = 640.0;
/// Space inside it.
const PAD: f32 = 28.0;
/// Distance of lines.
const LINE: f32 = 32.0;
/// Height of a row of areas.
const ROW: f32 = 38.0;

/// The intent to open the card of a number.
pub fn ask(number: &Number<'_>) -> Option<Intent> {
    let period = number.figure.map_or(Period::Month, |figure| figure.period);
    Some(Intent::Formula(Some(Asked { key: number.key.to_owned(), period })))
}

/// Draws the card of the asked number in the free part of the map; returns where it is. Says to close it on Escape and
/// on a click beside it.
pub fn card_ui(
    root: &Ui,
    look: &Look<'_>,
    numbers: &Numbers<'_>,
    asked: Option<&Asked>,
    free: Rect,
    intents: &mut Vec<Intent>,
) -> Option<Rect> {
    let asked = asked?;
    let number = numbers.whole(&asked.key, Some(asked.period));
    let rect = card(root, look, numbers, &number, free, intents);
    let is_asked = intents.iter().any(|intent| matches!(intent, Intent::Formula(_) | Intent::Behind(_)));
    if is_dismissed(root, rect) && !is_asked {
        intents.push(Intent::Formula(None));
    }
    Some(rect)
}

/// True if the card at `rect` is to be closed: Escape, or a click beside it.
pub fn is_dismissed(root: &Ui, rect: Rect) -> bool {
    let is_escape = root.ctx().input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    let is_beside = |input: &bevy_egui::egui::InputState| {
        input.pointer.any_click() && input.pointer.interact_pos().is_some_and(|at| !rect.contains(at))
    };
    is_escape || root.ctx().input(is_beside)
}

/// One line of facts: what it is, and what it says.
struct Fact {
    label: &'static str,
    text: String,
    rows: usize,
}

fn facts(ui: &Ui, look: &Look<'_>, number: &Number<'_>, room: f32) -> Vec<Fact> {
    let figure = number.figure;
    let mut facts = Vec::new();
    let mut put = |label, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            // Lines break at words, so that a little less fits than is wide.
            let rows = (width(ui.painter(), text.as_str(), Role::BODY) / (room * 0.96)).ceil().clamp(1.0, 3.0) as usize;
            facts.push(Fact { label, text, rows });
        }
    };
    put("formula-how", words::formula(look, number).map(str::to_owned));
    put("formula-ratio", figure.and_then(|figure| words::ratio_in(look, EXACT, figure)));
    let span = figure.map(|figure| words::span_of(look, figure).unwrap_or_else(|| look.t("formula-now").into_owned()));
    put("formula-period", span);
    let as_of = figure.map(|figure| figure.as_of.to_zoned(look.zone.clone()));
    put("formula-as-of", as_of.map(|at| at.strftime("%Y-%m-%d %H:%M:%S").to_string()));
    let limit = number.definition.and_then(|definition| definition.limit).map(|limit| {
        look.locale
            .t_args("formula-limit", &[("limit", &words::end(EXACT, limit)), ("unit", &words::unit(look, number))])
    });
    let target = number.target().map(|target| format!("{} {}", words::end(EXACT, target), words::unit(look, number)));
    put("formula-target", target.map(|target| [target].into_iter().chain(limit).collect::<Vec<_>>().join(" · ")));
    let base = figure.and_then(|figure| words::base(look, figure.period)).unwrap_or_default();
    put("formula-compare", words::delta_in(look, EXACT, number).map(|delta| format!("{delta} {base}")));
    let usual =
        figure.and_then(|figure| figure.expected).map(|ends| ends.map(|end| words::digits(EXACT, number.unit(), end)));
    put("formula-expected", usual.map(|[low, high]| format!("{low}–{high} {}", words::unit(look, number))));
    put("formula-source", number.definition.map(|definition| definition.source.clone()));
    facts
}

fn card(
    root: &Ui,
    look: &Look<'_>,
    numbers: &Numbers<'_>,
    number: &Number<'_>,
    free: Rect,
    intents: &mut Vec<Intent>,
) -> Rect {
    let wide = WIDE.min(free.width() - 24.0).max(320.0);
    let labels: f32 = if look.locale == crate::locale::Locale::En { 190.0 } else { 130.0 };
    let facts = facts(root, look, number, wide - 2.0 * PAD - labels);
    let lines: usize = facts.iter().map(|fact| fact.rows).sum();
    // Name, value, facts, the title of the areas and the hint.
    let fixed = PAD + 34.0 + 62.0 + LINE * lines as f32 + 66.0 + 44.0;
    let areas: Vec<&Area> = numbers.areas.at_level(Level::Street).map(|id| numbers.areas.get(id)).collect();
    let fitting = (((free.height() - fixed - 16.0) / ROW).floor().max(1.0) as usize) * 2;
    let shown = areas.len().min(fitting);
    let rows = shown.div_ceil(2).max(1);
    let size = vec2(wide, fixed + rows as f32 * ROW);
    // A little above the middle: the map's key lies at its foot.
    let top = (free.center().y - size.y / 2.0 - 36.0).max(free.top() + 8.0);
    let rect = Rect::from_min_size(pos2(free.center().x - wide / 2.0, top), size);

    let p = root.painter();
    p.rect_filled(rect, CornerRadius::same(6), faint(look.palette.bg2, 1.0));
    // What lies below is not clicked through it.
    root.interact(rect, root.id().with("formula-ground"), Sense::click());
    let (left, right) = (rect.left() + PAD, rect.right() - PAD);
    let name = words::name(look, number);
    let y = rect.top() + PAD + 20.0;
    fit(p, pos2(left, y), Align::Min, name, Role::medium(28.0), look.text1(), right - left);
    let shown_value = words::shown_in(look, EXACT, number);
    announce(
        root,
        Rect::from_min_max(rect.min, pos2(rect.right(), y + 20.0)),
        "formula",
        &format!("{name} {}", shown_value.text()),
    );
    let role = if shown_value.digits.is_empty() { Role::ROW } else { Role::medium(50.0) };
    let y = y + 58.0;
    let value = shown_value.say(p, look, pos2(left, y), Align::Min, role);
    if let (Some(is_met), Some(target)) = (number.is_met(), plot::target_words(look, number)) {
        let word = match (is_met, number.aim()) {
            (true, _) => "rate-met",
            (false, crate::domain::Aim::Lower) => "rate-above",
            (false, _) => "rate-below",
        };
        let words = format!("{} {target}", look.t(word));
        fit(p, pos2(right, y), Align::Max, words, Role::BODY, look.text2(), right - value.right() - 16.0);
    }
    let mut y = y + 12.0;
    for fact in &facts {
        let base = y + 26.0;
        fit(p, pos2(left, base), Align::Min, look.t(fact.label), Role::BODY, look.text3(), labels - 12.0);
        let room = right - left - labels;
        paragraph(p, pos2(left + labels, base), &fact.text, Role::BODY, look.text1(), (room, fact.rows, LINE));
        announce(root, Rect::from_min_max(pos2(left, y), pos2(right, base)), ("fact", fact.label), &fact.text);
        y += LINE * fact.rows as f32;
    }
    y += 16.0;
    rule(p, look.palette, left..=right, y);
    let behind = look.t("formula-behind");
    let said = say(p, pos2(left, y + 34.0), Align::Min, behind.as_ref(), Role::BODY_STRONG, look.text1());
    let note = look.t("formula-behind-note");
    fit(p, pos2(right, y + 34.0), Align::Max, note, Role::BODY, look.text3(), right - said.right() - 16.0);
    y += 48.0;
    let half = (right - left - 40.0) / 2.0;
    for (nth, area) in areas.iter().take(shown).enumerate() {
        let at = pos2(left + (nth % 2) as f32 * (half + 40.0), y + (nth / 2) as f32 * ROW);
        let line = Rect::from_min_size(at, vec2(half, ROW));
        let part = numbers.area(number.key, area, number.figure.map(|figure| figure.period));
        let words = part
            .figure
            .filter(|_| part.reading.value().is_some())
            .and_then(|figure| words::ratio_in(look, EXACT, figure));
        let words = words.unwrap_or_else(|| words::shown_in(look, EXACT, &part).text());
        let name = look.locale.short_area_name(area);
        if row(root, look, line.shrink2(vec2(0.0, 2.0)), ("behind", nth), &format!("{behind} {name} {words}")).clicked()
        {
            intents.push(Intent::Formula(None));
            intents.push(Intent::Drill(Drill::To(Target::Area(area.code.clone()))));
        }
        let base = centred(line.center().y, Role::BODY);
        let said = fit(p, pos2(line.right(), base), Align::Max, words, Role::BODY, look.text3(), half * 0.66);
        fit(p, pos2(line.left(), base), Align::Min, name, Role::BODY, look.text1(), said.left() - line.left() - 10.0);
    }
    if shown == 0 {
        let line = Rect::from_min_size(pos2(left, y), vec2(right - left, ROW));
        let all = look.t("formula-all");
        if row(root, look, line, "behind-all", &format!("{behind} {all}")).clicked() {
            intents.push(Intent::Formula(None));
            intents.push(Intent::Drill(Drill::To(Target::District)));
        }
        say(p, pos2(left, centred(line.center().y, Role::BODY)), Align::Min, all, Role::BODY, look.text1());
    }
    let at = pos2(left, rect.bottom() - 18.0);
    fit(p, at, Align::Min, look.t("formula-close"), Role::BODY, look.text3(), right - left);
    rect
}
