//! 预警构成: where warnings are in their life, what noticed those that stand, and on which day of the last five they were
//! issued. One grid of columns: a level each, and all.

use bevy_egui::egui::{Align, Rect, Ui, pos2};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::instead;
use super::sign::{SignLook, sign};
use super::words::{drill, kind_key, state_key};
use crate::city::{Tickets, Warnings};
use crate::domain::{AreaTable, Feed, Warning, WarningKind, WarningLevel, WarningState};
use crate::panels::head::{announce, head, row};
use crate::panels::look::{FeedLook, Look};
use crate::panels::pen::{centred, fit, rule, say};
use crate::panels::style::Role;
use crate::selection::Drill;

/// Height of the row of life-cycle counts.
const LIFE: f32 = 92.0;
/// Height of a section's title.
const TITLE: f32 = 52.0;
/// Least and best height of a row.
const ROW: (f32, f32) = (29.0, 44.0);
/// Days listed.
const DAYS: usize = 5;
/// Space under a table.
const UNDER: f32 = 14.0;

/// Counts by level, and how many in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByLevel(pub [u32; 4]);

impl ByLevel {
    fn add(&mut self, level: WarningLevel) {
        self.0[level as usize] += 1;
    }

    fn all(self) -> u32 {
        self.0.iter().sum()
    }
}

/// What is counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kinds {
    /// Standing ones by state: raised, confirmed, published; and those that are over.
    pub life: [u32; 4],
    /// Standing ones by kind; kinds without any are there with zeros.
    pub kinds: Vec<(WarningKind, ByLevel)>,
    /// Issued on each of the last five days, whatever became of them; today last.
    pub days: Vec<(Date, ByLevel)>,
}

/// Counts a list at `now`.
pub fn counted(list: &[Warning], now: Timestamp, zone: &TimeZone) -> Kinds {
    let today = now.to_zoned(zone.clone()).date();
    let mut kinds = Kinds {
        kinds: WarningKind::ALL.map(|kind| (kind, ByLevel::default())).to_vec(),
        days: (0..DAYS as i64)
            .rev()
            .filter_map(|back| Some((today.checked_sub(back.days()).ok()?, ByLevel::default())))
            .collect(),
        ..Kinds::default()
    };
    for warning in list {
        let is_standing = warning.is_standing(now);
        let step = if is_standing { warning.state } else { WarningState::Withdrawn };
        kinds.life[step as usize] += 1;
        if is_standing && let Some((_, counts)) = kinds.kinds.iter_mut().find(|(kind, _)| *kind == warning.kind) {
            counts.add(warning.level);
        }
        let issued = warning.issued_at.to_zoned(zone.clone()).date();
        if let Some((_, counts)) = kinds.days.iter_mut().find(|(date, _)| *date == issued) {
            counts.add(warning.level);
        }
    }
    kinds
}

/// Draws the panel. A click on a kind goes where its most severe warning is, or to the evidence for it.
pub fn kinds_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    (areas, tickets): (&AreaTable, &Tickets),
    warnings: &Warnings,
) -> Option<Drill> {
    let feed = look.feed(Feed::Warnings);
    let body = head(ui, look, &look.t("warning-kinds-title"), None, &feed);
    if instead(ui, look, body, warnings.0.answer, &feed, "warnings-silent") {
        return None;
    }
    let counts = counted(&warnings.0.list, look.now.at, &look.zone);
    life_ui(ui, look, &counts, &feed, body);
    // Days go first where there is no room for both tables.
    let room = body.height() - LIFE - 2.0 * TITLE - UNDER;
    let rows = counts.kinds.len() + counts.days.len();
    let with_days = room / rows as f32 >= ROW.0;
    let step = if with_days { room / rows as f32 } else { (room + TITLE + UNDER) / counts.kinds.len() as f32 };
    let step = step.clamp(ROW.0, ROW.1);
    let name = |kind: WarningKind| look.t(kind_key(kind)).into_owned();
    let mut asked = None;
    let first = body.top() + LIFE + TITLE;
    for (nth, (kind, by)) in counts.kinds.iter().enumerate().filter(|(_, (_, by))| by.all() > 0) {
        // The list is in the order of levels already.
        let own = |it: &&Warning| it.kind == *kind && it.is_standing(look.now.at);
        let Some(to) = warnings.0.list.iter().filter(own).find_map(|it| drill(areas, tickets, it)) else { continue };
        let top = first + step * nth as f32;
        let place = Rect::from_x_y_ranges(body.x_range(), top..=top + step);
        if row(ui, look, place, ("kind", nth), &format!("{} {}", name(*kind), look.count(by.all()))).clicked() {
            asked = Some(to);
        }
    }
    let kinds: Vec<(String, ByLevel)> = counts.kinds.iter().map(|(kind, by)| (name(*kind), *by)).collect();
    let top = table_ui(ui, look, "warning-by-kind", &kinds, &feed, (body, body.top() + LIFE), step, true);
    if with_days {
        let last = counts.days.len().saturating_sub(1);
        let days: Vec<(String, ByLevel)> =
            counts.days.iter().enumerate().map(|(at, (date, by))| (day_words(look, *date, at == last), *by)).collect();
        table_ui(ui, look, "warning-by-day", &days, &feed, (body, top), step, false);
    }
    asked
}

fn day_words(look: &Look<'_>, date: Date, is_today: bool) -> String {
    if is_today {
        return look.t("today").into_owned();
    }
    let at = date.to_zoned(look.zone.clone());
    let weekday = at.as_ref().map_or_else(|_| String::new(), |at| look.locale.short_weekday(at).into_owned());
    format!("{:02}-{:02} {weekday}", date.month(), date.day())
}

/// Four counts on one thread: noticed, confirmed, in force, over.
fn life_ui(ui: &Ui, look: &Look<'_>, counts: &Kinds, feed: &FeedLook<'_>, body: Rect) {
    let p = ui.painter();
    let states = [WarningState::Raised, WarningState::Confirmed, WarningState::Published, WarningState::Withdrawn];
    let step = body.width() / 4.0;
    for (nth, state) in states.into_iter().enumerate() {
        let x = body.left() + step * nth as f32;
        let (figure, ink) = feed.figure(look, u64::from(counts.life[state as usize]));
        let ink = if state == WarningState::Withdrawn && !feed.is_grey() { look.text3() } else { ink };
        say(p, pos2(x, body.top() + 34.0), Align::Min, figure.as_str(), Role::medium(34.0), ink);
        let name = look.t(state_key(state));
        fit(p, pos2(x, body.top() + 64.0), Align::Min, name.as_ref(), Role::BODY, look.text3(), step - 10.0);
        let place = Rect::from_min_max(pos2(x, body.top()), pos2(x + step, body.top() + 70.0));
        announce(ui, place, ("life", nth), &format!("{name} {figure}"));
    }
}

/// A table with a column for each level; returns where it ends.
fn table_ui(
    ui: &Ui,
    look: &Look<'_>,
    title: &str,
    rows: &[(String, ByLevel)],
    feed: &FeedLook<'_>,
    (body, top): (Rect, f32),
    step: f32,
    has_signs: bool,
) -> f32 {
    let p = ui.painter();
    // The columns stand close enough to be read along the row.
    let wide = (body.width() * 0.125).clamp(42.0, 72.0);
    let column = |nth: usize| body.right() - 14.0 - wide * (4 - nth) as f32;
    rule(p, look.palette, body.x_range().into(), top);
    let middle = top + TITLE / 2.0 + 2.0;
    let room = column(0) - body.left() - 24.0;
    let words = look.t(title);
    let whole = if has_signs { room } else { body.width() };
    fit(p, pos2(body.left(), centred(middle, Role::BODY)), Align::Min, words, Role::BODY, look.text3(), whole);
    // One head for both tables.
    for level in WarningLevel::ALL.into_iter().filter(|_| has_signs) {
        // As in the ladder, a level that nothing stands on keeps its place and is not lit.
        let is_empty = rows.iter().all(|(_, counts)| counts.0[level as usize] == 0);
        let hollow = match (is_empty, feed.is_grey()) {
            (true, _) => SignLook::Empty,
            (false, true) => SignLook::Hollow,
            (false, false) => SignLook::Filled,
        };
        sign(p, look.palette, pos2(column(level as usize), middle), 13.0, level, hollow, false);
    }
    if has_signs {
        let all = look.t("warning-all");
        say(p, pos2(body.right(), centred(middle, Role::BODY)), Align::Max, all, Role::BODY, look.text3());
    }
    for (nth, (name, counts)) in rows.iter().enumerate() {
        let y = top + TITLE + step * (nth as f32 + 0.5);
        let base = centred(y, Role::BODY);
        fit(p, pos2(body.left(), base), Align::Min, name.as_str(), Role::BODY, look.text1(), room);
        let ink = |count: u32| match (feed.is_grey(), count) {
            (true, _) => look.ink(|p| p.stale),
            (false, 0) => look.text3(),
            (false, _) => look.text1(),
        };
        for (at, count) in counts.0.into_iter().enumerate() {
            let role = if count > 0 { Role::BODY_STRONG } else { Role::BODY };
            say(p, pos2(column(at), base), Align::Center, look.count(count), role, ink(count));
        }
        let all = counts.all();
        say(p, pos2(body.right(), base), Align::Max, look.count(all), Role::BODY_STRONG, ink(all));
        let line = Rect::from_min_max(pos2(body.left(), y - step / 2.0), pos2(body.right(), y + step / 2.0));
        announce(ui, line, (title, nth), &format!("{name} {}", look.count(all)));
    }
    top + TITLE + step * rows.len() as f32 + UNDER
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::panels::fixture::{self, now, zone};

    #[test]
    fn what_stands_is_counted_by_kind_and_all_by_day() {
        let city = samples::city();
        let list = &city.lists.warnings.0.list;
        let got = counted(list, now(), &zone());
        assert_eq!(got.life.iter().sum::<u32>() as usize, list.len());
        assert_eq!(got.life, [1, 1, 4, 1]);
        let repeat = got.kinds.iter().find(|(kind, _)| *kind == WarningKind::Repeat).expect("listed").1;
        assert_eq!(repeat, ByLevel([0, 1, 0, 0]), "the one that is over does not count");
        assert_eq!(got.days.len(), DAYS);
        assert_eq!(got.days.iter().map(|(_, by)| by.all()).sum::<u32>() as usize, list.len());
        assert_eq!(got.days.last().expect("today").0, now().to_zoned(zone()).date());
    }

    #[test]
    fn each_row_says_its_sum() {
        let city = samples::city();
        let show = |ui: &mut Ui, look: &Look<'_>, city: &fixture::City| {
            kinds_ui(ui, look, (&city.areas, &city.tickets), &city.lists.warnings)
        };
        let said = fixture::labels(&city, |ui, look, city| _ = show(ui, look, city));
        for wanted in ["待确认 1", "已解除 1", "重复投诉 1", "气象 1", "今日 4"] {
            assert!(said.iter().any(|label| label == wanted), "{wanted} is not in {said:?}");
        }
        let repeat = city.lists.warnings.0.list.iter().find(|it| it.kind == WarningKind::Repeat).expect("one");
        let there = drill(&city.areas, &city.tickets, repeat);
        assert!(there.is_some());
        assert_eq!(fixture::click(&city, "重复投诉", show), there);
    }
}
