//! 类案进度: how many cases go on, in which of the six stages they are and for how long, what kinds they are, and whether
//! what was planned helps.

use bevy_egui::egui::{Align, Rect, Stroke, Ui, pos2, vec2};
use jiff::Timestamp;

use super::board::target;
use super::{change, kind_key, stage_key};
use crate::city::{ClassCases, Tickets};
use crate::domain::{AreaTable, ClassCase, ClassKind, ClassStage, Feed};
use crate::panels::head::{announce, head, row};
use crate::panels::look::{FeedLook, Look};
use crate::panels::pen::{bar, centred, fit, rule, say, width};
use crate::panels::style::{Role, faint};
use crate::panels::warnings::instead;
use crate::selection::Drill;

/// Height of the total with the space under it.
const TOTAL: f32 = 150.0;
/// Height of the kinds at the foot.
const KINDS: f32 = 104.0;
/// Least and best height of a stage.
const ROW: (f32, f32) = (44.0, 104.0);

/// What is counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Cases in each stage, and days for which half of them have been there at least.
    pub stages: [(u32, Option<i64>); 6],
    /// Cases that go on, by kind.
    pub kinds: [u32; 3],
    /// Cases whose plan can be judged, and of these the ones that come less often than before.
    pub judged: (u32, u32),
    /// The median of their tickets a day since the plan against before.
    pub recurrence: Option<f64>,
}

/// Counts cases at `now`.
pub fn counted(cases: &[ClassCase], now: Timestamp) -> Progress {
    let mut progress = Progress::default();
    let mut stays: [Vec<i64>; 6] = Default::default();
    let mut ratios: Vec<f64> = Vec::new();
    for case in cases {
        let stage = case.stage as usize;
        progress.stages[stage].0 += 1;
        stays[stage].push(now.duration_since(case.stage_since).as_hours().max(0) / 24);
        if case.stage != ClassStage::Closed {
            progress.kinds[case.kind as usize] += 1;
        }
        if let Some(ratio) = case.recurrence() {
            progress.judged.0 += 1;
            progress.judged.1 += u32::from(ratio < 1.0);
            ratios.push(ratio);
        }
    }
    for (stage, mut stays) in stays.into_iter().enumerate() {
        stays.sort_unstable();
        progress.stages[stage].1 = stays.get(stays.len() / 2).copied();
    }
    ratios.sort_by(f64::total_cmp);
    progress.recurrence = match ratios.len() {
        0 => None,
        n if n % 2 == 1 => Some(ratios[n / 2]),
        n => Some((ratios[n / 2 - 1] + ratios[n / 2]) / 2.0),
    };
    progress
}

/// Draws the panel. A click on a stage goes where the case is that has been in it longest.
pub fn stages_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    (areas, tickets): (&AreaTable, &Tickets),
    cases: &ClassCases,
) -> Option<Drill> {
    let feed = look.feed(Feed::ClassCases);
    let body = head(ui, look, &look.t("class-stages-title"), None, &feed);
    if instead(ui, look, body, cases.0.answer, &feed, "silent-list") {
        return None;
    }
    let mut asked = None;
    let mut longest: Vec<&ClassCase> = cases.0.list.iter().collect();
    longest.sort_by_key(|case| case.stage_since);
    let progress = counted(&cases.0.list, look.now.at);
    total_ui(ui, look, &progress, &feed, body);
    let top = body.top() + TOTAL;
    let step = ((body.bottom() - KINDS - top) / 6.0).clamp(ROW.0, ROW.1);
    let most = progress.stages.iter().map(|(count, _)| *count).max().unwrap_or(0).max(1);
    let names = ClassStage::ALL.map(|stage| width(ui.painter(), look.t(stage_key(stage)), Role::ROW));
    let names = names.into_iter().fold(50.0, f32::max).min(body.width() * 0.36);
    // The thread on which the stages stand.
    let p = ui.painter();
    let thread = body.left() + 8.0;
    p.vline(thread, top + step / 2.0..=top + step * 5.5, Stroke::new(2.0, look.ink(|p| p.line2)));
    for (nth, stage) in ClassStage::ALL.into_iter().enumerate() {
        let y = top + step * (nth as f32 + 0.5);
        let to = longest.iter().filter(|case| case.stage == stage).find_map(|case| target(areas, tickets, case));
        let place = Rect::from_x_y_ranges(body.left() + 22.0..=body.right(), y - 20.0..=y + 20.0);
        let label = format!("{} {}", look.t(stage_key(stage)), feed.figure(look, progress.stages[nth].0.into()).0);
        match to {
            Some(_) if row(ui, look, place, ("class-stage", stage.key()), &label).clicked() => asked = to,
            Some(_) => {}
            None => announce(ui, place, ("class-stage", stage.key()), &label),
        }
        stage_ui(ui, look, stage, progress.stages[nth], most, &feed, (body, y, names));
    }
    let foot = top + step * 6.0 + 8.0;
    if foot + KINDS <= body.bottom() + 12.0 {
        kinds_ui(ui, look, &progress, &feed, body, foot);
    }
    asked
}

/// How many go on, and how many plans help.
fn total_ui(ui: &Ui, look: &Look<'_>, progress: &Progress, feed: &FeedLook<'_>, body: Rect) {
    let p = ui.painter();
    let going: u32 = progress.kinds.iter().sum();
    let (figure, ink) = feed.figure(look, u64::from(going));
    let line = body.top() + 62.0;
    let said = say(p, pos2(body.left(), line), Align::Min, figure.as_str(), Role::medium(64.0), ink);
    let words = look.t("class-going");
    say(p, pos2(said.right() + 10.0, line), Align::Min, words.as_ref(), Role::regular(26.0), look.text3());
    announce(ui, said, "class-going", &format!("{words} {figure}"));
    let strong = if feed.is_grey() { look.ink(|p| p.stale) } else { look.text1() };
    if let Some(ratio) = progress.recurrence {
        say(p, pos2(body.right(), line - 24.0), Align::Max, change(look, ratio), Role::medium(34.0), strong);
        say(p, pos2(body.right(), line + 6.0), Align::Max, look.t("class-median-change"), Role::BODY, look.text3());
    }
    let (judged, helped) = progress.judged;
    let words = match judged {
        0 => look.t("class-none-judged").into_owned(),
        _ => look.locale.t_args("class-helped", &[("n", &look.count(helped)), ("of", &look.count(judged))]),
    };
    fit(p, pos2(body.left(), line + 44.0), Align::Min, words, Role::BODY, look.text2(), body.width());
    rule(p, look.palette, body.x_range().into(), body.top() + TOTAL - 18.0);
}

fn stage_ui(
    ui: &Ui,
    look: &Look<'_>,
    stage: ClassStage,
    (count, days): (u32, Option<i64>),
    most: u32,
    feed: &FeedLook<'_>,
    (body, y, names): (Rect, f32, f32),
) {
    let p = ui.painter();
    let grey = feed.is_grey();
    let bead = pos2(body.left() + 8.0, y);
    if count > 0 {
        p.circle_filled(bead, 8.0, if grey { look.ink(|p| p.stale) } else { look.text1() });
    } else {
        p.circle(bead, 6.0, look.ink(|p| p.bg1), Stroke::new(2.0, look.ink(|p| p.line3)));
    }
    let name = look.t(stage_key(stage));
    let ink = if grey { look.ink(|p| p.stale) } else { look.text1() };
    let x = body.left() + 30.0;
    fit(p, pos2(x, centred(y, Role::ROW)), Align::Min, name.as_ref(), Role::ROW, ink, names);
    let (figure, ink) = feed.figure(look, u64::from(count));
    let ink = if count == 0 && !grey { look.text3() } else { ink };
    let at = x + names + 52.0;
    let role = Role::medium(26.0);
    say(p, pos2(at, centred(y, role)), Align::Max, figure.as_str(), role, ink);
    let days = days.filter(|_| stage != ClassStage::Closed).map(|days| look.t_n("class-stay", days.unsigned_abs()));
    let end = match days {
        Some(days) => {
            say(p, pos2(body.right(), centred(y, Role::BODY)), Align::Max, days, Role::BODY, look.text3()).left()
        }
        None => body.right(),
    };
    // Bars share one scale; they end where the longest words begin.
    let room = (body.right() - 130.0).min(end - 12.0) - at - 16.0;
    if count > 0 && room > 20.0 {
        let ink = if grey { faint(look.palette.stale, 0.55) } else { look.ink(|p| p.neutral_bar) };
        let long = (body.right() - 130.0 - at - 16.0) * count as f32 / most as f32;
        bar(p, Rect::from_min_size(pos2(at + 16.0, y - 6.0), vec2(long.clamp(3.0, room), 12.0)), ink);
    }
}

/// The three kinds beside each other.
fn kinds_ui(ui: &Ui, look: &Look<'_>, progress: &Progress, feed: &FeedLook<'_>, body: Rect, top: f32) {
    let p = ui.painter();
    rule(p, look.palette, body.x_range().into(), top);
    let step = body.width() / 3.0;
    for (nth, kind) in [ClassKind::Common, ClassKind::Cluster, ClassKind::Joint].into_iter().enumerate() {
        let x = body.left() + step * nth as f32;
        let (figure, ink) = feed.figure(look, u64::from(progress.kinds[nth]));
        say(p, pos2(x, top + 48.0), Align::Min, figure.as_str(), Role::medium(34.0), ink);
        let name = look.t(kind_key(kind));
        fit(p, pos2(x, top + 78.0), Align::Min, name.as_ref(), Role::BODY, look.text3(), step - 10.0);
        let place = Rect::from_min_size(pos2(x, top + 8.0), vec2(step, 76.0));
        announce(ui, place, ("class-kind", nth), &format!("{name} {figure}"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::panels::fixture::{self, now};

    #[test]
    fn stages_kinds_and_what_helped_are_counted() {
        let city = samples::city();
        let got = counted(&city.lists.class_cases.0.list, now());
        assert_eq!(got.stages.map(|(count, _)| count), [1, 1, 1, 2, 1, 1]);
        assert_eq!(got.kinds.iter().sum::<u32>(), 6, "the closed one no longer goes on");
        // One plan is three days old and proves nothing.
        assert_eq!(got.judged, (3, 3));
        assert!(got.recurrence.is_some_and(|ratio| ratio < 1.0));
        assert_eq!(counted(&[], now()).recurrence, None);
    }

    #[test]
    fn each_stage_is_said() {
        let city = samples::city();
        let show = |ui: &mut Ui, look: &Look<'_>, city: &fixture::City| {
            stages_ui(ui, look, (&city.areas, &city.tickets), &city.lists.class_cases)
        };
        let said = fixture::labels(&city, |ui, look, city| _ = show(ui, look, city));
        let treated = city.lists.class_cases.0.list.iter().filter(|case| case.stage == ClassStage::Treated);
        let longest = treated.min_by_key(|case| case.stage_since).expect("one");
        let there = target(&city.areas, &city.tickets, longest);
        assert!(there.is_some());
        assert_eq!(fixture::click(&city, "治理 2", show), there);
        for wanted in ["识别 1", "治理 2", "销号 1", "件类案在治 6"] {
            assert!(said.iter().any(|label| label == wanted), "{wanted} is not in {said:?}");
        }
    }
}
