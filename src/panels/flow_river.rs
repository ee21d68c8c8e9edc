//! 串珠: all steps on one thread. Its thickness is the hourly flow, its beads are what stands in each step; counts above,
//! the site's label and the median stay below, tickets an hour between.
//!
//! Flow is what really crossed from step to step within the last hour; a quiet hour is a thin thread with 0. While
//! nothing comes in, nobody knows what flows, and nothing is said of it. All is on one linear scale, beads and thread
//! each. [`river`] is pure.

use bevy_egui::egui::{Align, Color32, Mesh, Painter, Pos2, Rect, Shape, Ui, pos2};

use super::behind::Counted;
use super::digest::Digest;
use super::head::{self, announce};
use super::look::Look;
use super::pen::{dotted, fit, freshness_glyph, say, say_all, stale_bar, width};
use super::steps::steps;
use super::style::{Role, colour, faint};
use crate::city::{Flow, Freshness, HourFlow, Tallies};
use crate::domain::{Feed, Workflow};
use crate::locale::{Locale, hm};

/// One bead.
#[derive(Clone, Debug, PartialEq)]
pub struct Bead {
    /// The site's label.
    pub label: String,
    /// Tickets in the step.
    pub count: u32,
    /// Of these, late.
    pub overdue: u32,
    /// Median stay in seconds; for a step of several stages, that of the fullest one.
    pub median_s: Option<i64>,
    /// Tickets that came back to the step within the hour.
    pub returned: u32,
    /// Tickets that went on from the step within the hour.
    pub out: u32,
}

/// The beads of a workflow. A stage the site leaves out has one only while tickets are in it or passed it.
pub fn river(
    tallies: &Tallies,
    hour: &HourFlow,
    workflow: Option<&Workflow>,
    locale: Locale,
    now: jiff::Timestamp,
) -> Vec<Bead> {
    let is_used = |stage: usize| tallies.stages[stage].count > 0;
    let bead = |step: super::steps::SiteStep| {
        let stages = &tallies.stages[step.first..=step.last];
        let fullest = stages.iter().max_by_key(|tally| tally.count);
        Bead {
            count: stages.iter().map(|tally| tally.count).sum(),
            overdue: stages.iter().map(|tally| tally.overdue).sum(),
            median_s: fullest.and_then(|tally| tally.median_age(now)).map(|age| age.as_secs()),
            returned: hour.returned[step.first..=step.last].iter().sum(),
            out: hour.forward[step.last],
            label: step.label,
        }
    };
    steps(workflow, locale, is_used).into_iter().map(bead).collect()
}

/// Half the thickness of thread and beads at each of `points` places across, u; `wide` is the width in u.
pub fn profile(beads: &[Bead], arrived: u32, wide: f32, points: usize) -> Vec<f32> {
    let count = beads.len().max(1) as f32;
    let most = beads.iter().map(|bead| bead.count).max().unwrap_or(0).max(1) as f32;
    let busiest = beads.iter().map(|bead| bead.out).chain([arrived]).max().unwrap_or(0).max(1) as f32;
    // u per ticket, and per ticket an hour: the design's, less where more would not fit.
    let (per_ticket, per_hour) = (0.87f32.min(MOST_U / most), 0.9f32.min(THREAD_U / busiest));
    // The bulge of a bead ends before the next one begins.
    let spread = 34.0f32.min(wide / count * 0.19);
    let flow = |edge: usize| match edge {
        0 => arrived as f32,
        edge => beads.get(edge - 1).map_or(0.0, |bead| bead.out as f32),
    };
    (0..=points)
        .map(|i| {
            let at = i as f32 / points as f32 * count;
            // Edges lie between beads: the flow is that of the edge there, and runs smoothly from one to the next.
            let (edge, part) = (at.floor().min(count - 1.0), at - at.floor().min(count - 1.0));
            let ease = part * part * (3.0 - 2.0 * part);
            let (before, after) = (flow(edge as usize), flow(edge as usize + 1));
            let thread = (before + (after - before) * ease) * per_hour;
            let bulge = |(nth, bead): (usize, &Bead)| {
                let away = (at - nth as f32 - 0.5) * wide / count / spread;
                bead.count as f32 * per_ticket * (-0.5 * away * away).exp()
            };
            (thread + beads.iter().enumerate().map(bulge).sum::<f32>()) / 2.0
        })
        .collect()
}

/// The thickest bead and the thickest thread, u.
const MOST_U: f32 = 78.0;
const THREAD_U: f32 = 22.0;
/// A thread is never thinner, u: the steps hang together even where nothing moves.
const LEAST_U: f32 = 0.7;

/// A small number as a title writes it.
fn numeral(locale: Locale, n: usize) -> String {
    let chinese = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    match (locale, chinese.get(n)) {
        (Locale::ZhCn, Some(word)) => (*word).to_owned(),
        _ => n.to_string(),
    }
}

/// Draws the panel. A click on a step asks which tickets stand in it.
pub fn flow_river_ui(ui: &mut Ui, look: &Look<'_>, tallies: &Tallies, flow: &Flow, digest: &Digest) -> Option<Counted> {
    let rect = ui.max_rect();
    let p = ui.painter();
    let feed = look.feed(Feed::Tickets);
    let is_current = feed.rung <= Freshness::Delayed;
    // Silence is no quiet hour.
    let hour = if is_current { *flow.hour() } else { HourFlow::default() };
    let hour = &hour;
    let beads = river(tallies, hour, look.workflow(), look.locale, look.now.at);
    if feed.is_grey() {
        stale_bar(p, look.palette, rect);
    }
    let title = look.locale.t_args("river-title", &[("n", &numeral(look.locale, beads.len()))]);
    let said = say(p, pos2(rect.left(), rect.top() + 28.0), Align::Min, title.as_str(), Role::PANEL, look.text1());
    announce(ui, said, "river", &title);
    let from = said.right() + 28.0;
    note_ui(
        ui,
        look,
        flow,
        digest,
        &beads,
        Rect::from_min_max(pos2(from, rect.top()), pos2(rect.right(), rect.top() + 34.0)),
    );
    if feed.rung == Freshness::Never {
        say(p, pos2(rect.left(), rect.top() + 70.0), Align::Min, look.t("connecting"), Role::BODY, look.text3());
        return None;
    }
    // Rows from the bottom up; a low panel has a lower thread.
    let labels = rect.bottom() - 46.0;
    let counts = rect.top() + 78.0;
    let mid = (counts + labels - 22.0) / 2.0 + 4.0;
    let column = rect.width() / beads.len().max(1) as f32;
    let x = |nth: usize| rect.left() + column * (nth as f32 + 0.5);
    // A point every four pixels and an edge that fades over one: no stairs.
    let px = 1.0 / p.ctx().pixels_per_point().max(0.1);
    let points = ((rect.width() / px / 4.0) as usize).clamp(420, 4096);
    let mut asked = None;
    let steps = steps(look.workflow(), look.locale, |stage| tallies.stages[stage].count > 0);
    for (nth, (bead, step)) in beads.iter().zip(&steps).enumerate() {
        let place = Rect::from_min_max(
            pos2(x(nth) - column / 2.0, rect.top() + 36.0),
            pos2(x(nth) + column / 2.0, rect.bottom()),
        );
        let label = format!("{} {}", bead.label, look.count(bead.count));
        if head::column(ui, look, place, ("bead", nth), &label).clicked() {
            asked = Some(Counted::Step(step.first, step.last, None));
        }
    }
    let squeeze = ((labels - counts - 30.0) / (MOST_U + THREAD_U)).clamp(0.2, 1.0);
    let known = if feed.has_values() { beads.as_slice() } else { &[] };
    let half = profile(known, hour.arrived, rect.width(), points);
    let place = |i: usize| rect.left() + rect.width() * i as f32 / points as f32;
    let mut mesh = Mesh::default();
    for (i, half) in half.iter().enumerate() {
        let half = (half * squeeze).max(LEAST_U);
        let side = (i as f32 / points as f32 * 2.0 - 1.0).abs();
        let ink = match feed.is_grey() {
            true => faint(look.palette.stale, 0.3),
            false => faint(look.palette.accent, 0.62 - 0.34 * side),
        };
        let edge = (half - px * 0.5).max(0.0);
        for (y, ink) in
            [(-edge - px, Color32::TRANSPARENT), (-edge, ink), (edge, ink), (edge + px, Color32::TRANSPARENT)]
        {
            mesh.colored_vertex(pos2(place(i), mid + y), ink);
        }
        if i > 0 {
            let at = 4 * i as u32;
            for strip in 0..3 {
                let (left, right) = (at - 4 + strip, at + strip);
                mesh.add_triangle(left, left + 1, right);
                mesh.add_triangle(left + 1, right, right + 1);
            }
        }
    }
    p.add(Shape::mesh(mesh));
    let line: Vec<Pos2> = [rect.left(), rect.right()].map(|x| pos2(x, mid)).to_vec();
    dotted(p, &line, faint(look.palette.bg1, 0.8), 12.0, 0.9);

    for (nth, bead) in beads.iter().enumerate() {
        bead_ui(ui, look, bead, [x(nth), counts, labels], column);
    }
    // What crosses from bead to bead stands between them, what comes in and goes out at the ends.
    if !is_current {
        return asked;
    }
    let rate = |n: u32| look.t_n("river-rate", n);
    // Above the thread, where it is thickest between two beads.
    let edges = (0..=beads.len()).map(|edge| half[edge * points / beads.len().max(1)] * squeeze);
    let base = mid - edges.fold(LEAST_U, f32::max) - 10.0;
    let ink = look.text3();
    for (nth, bead) in beads.iter().enumerate() {
        let edge = rect.left() + column * (nth + 1) as f32;
        let is_last = nth + 1 == beads.len();
        let (at, side) = if is_last { (rect.right(), Align::Max) } else { (edge, Align::Center) };
        say(p, pos2(at, base), side, rate(bead.out), Role::BODY, ink);
    }
    say(p, pos2(rect.left(), base), Align::Min, rate(hour.arrived), Role::BODY, ink);
    asked
}

/// From a count to its late ones, u.
const BESIDE: f32 = 12.0;

/// Where a count at `x` begins, and its size: in the middle, where its late ones fit beside it; else both together are
/// in the middle, and in a narrow column the count is smaller.
fn stand(p: &Painter, figure: &str, late: &str, x: f32, column: f32) -> (f32, Role) {
    let words = if late.is_empty() { 0.0 } else { BESIDE + width(p, late, Role::BODY) };
    let large = Role::medium(38.0);
    let wide = width(p, figure, large);
    if wide / 2.0 + words <= column / 2.0 {
        return (x - wide / 2.0, large);
    }
    let role = [large, Role::medium(32.0)].into_iter().find(|role| width(p, figure, *role) + words <= column);
    let role = role.unwrap_or(Role::medium(26.0));
    (x - (width(p, figure, role) + words) / 2.0, role)
}

/// Count, late ones, label, median stay and returned ones of one bead at `x`; `counts` and `labels` are baselines.
fn bead_ui(ui: &Ui, look: &Look<'_>, bead: &Bead, [x, counts, labels]: [f32; 3], column: f32) {
    let p = ui.painter();
    let feed = look.feed(Feed::Tickets);
    let (figure, ink) = feed.figure(look, u64::from(bead.count));
    let late = if bead.overdue > 0 && feed.has_values() { look.t_n("overdue-n", bead.overdue) } else { String::new() };
    let (left, role) = stand(p, &figure, &late, x, column);
    let said = say(p, pos2(left, counts), Align::Min, figure, role, ink);
    if !late.is_empty() {
        let ink = if feed.is_grey() { look.ink(|p| p.stale) } else { look.text1() };
        let room = (x + column / 2.0 - said.right() - BESIDE).max(40.0);
        fit(p, pos2(said.right() + BESIDE, counts - 2.0), Align::Min, late, Role::BODY, ink, room);
    }
    let room = column - 12.0;
    let wide = width(p, bead.label.as_str(), Role::ROW).min(room);
    fit(p, pos2(x - wide / 2.0, labels), Align::Min, bead.label.as_str(), Role::ROW, look.text1(), room);
    if feed.is_grey() || !feed.has_values() {
        return;
    }
    let mut pieces: Vec<(String, Color32)> = Vec::new();
    if let Some(median) = bead.median_s {
        let words = look.locale.t_args("river-median", &[("age", &look.locale.span(median))]);
        pieces.push((words, look.text3()));
    }
    if bead.returned > 0 {
        pieces.push((look.t_n("river-returned", bead.returned), look.text2()));
    }
    let gap = if pieces.len() > 1 { " · " } else { "" };
    let line: Vec<(&str, Role, Color32)> = pieces
        .iter()
        .enumerate()
        .flat_map(|(nth, (words, ink))| {
            [((if nth > 0 { gap } else { "" }), Role::BODY, look.text3()), (words.as_str(), Role::BODY, *ink)]
        })
        .collect();
    say_all(p, pos2(x, labels + 28.0), Align::Center, &line);
}

/// The line at the right of the title: how to read it, since when, what is in hand and what was closed today.
fn note_ui(ui: &Ui, look: &Look<'_>, flow: &Flow, digest: &Digest, beads: &[Bead], rect: Rect) {
    let p = ui.painter();
    let feed = look.feed(Feed::Tickets);
    let base = rect.top() + 27.0;
    freshness_glyph(p, look.palette, pos2(rect.right() - 9.0, base - 7.0), 18.0, feed.rung);
    let mut right = rect.right() - 26.0;
    let total: u32 = beads.iter().map(|bead| bead.count).sum();
    let totals = if feed.rung > Freshness::Delayed {
        feed.note(look)
    } else {
        let (open, closed) = (look.count(total), look.count(digest.closed_today));
        look.locale.t_args("river-totals", &[("open", &open), ("closed", &closed)])
    };
    right = say(p, pos2(right, base), Align::Max, totals, Role::BODY, colour(look.palette.text3)).left() - 22.0;
    // What the first list only lets infer is said as long as it counts.
    let key = match flow.known_since().filter(|_| flow.is_inferred(look.now.at)) {
        Some(since) => look.locale.t_args("river-inferred", &[("time", &hm(since, &look.zone))]),
        None => look.t("river-key").into_owned(),
    };
    if width(p, key.as_str(), Role::BODY) <= right - rect.left() {
        say(p, pos2(right, base), Align::Max, key, Role::BODY, look.text3());
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::city::StageTally;

    fn beads(counts: [u32; 8], out: [u32; 8]) -> Vec<Bead> {
        let mut tallies = Tallies::default();
        for (tally, count) in tallies.stages.iter_mut().zip(counts) {
            *tally = StageTally { count, overdue: 0, median_since: None };
        }
        let hour = HourFlow { forward: out, ..HourFlow::default() };
        river(&tallies, &hour, None, Locale::ZhCn, fixture::now())
    }

    #[test]
    fn a_count_and_its_late_ones_stay_in_their_column_whole() {
        let mut sizes = Vec::new();
        fixture::labels(&fixture::city(), |ui, look, _| {
            let p = ui.painter();
            sizes = [(4_u32, 0_u32, 231.0), (110, 3, 231.0), (12_345, 8765, 231.0), (12_345, 8765, 205.0)]
                .into_iter()
                .map(|(count, late, column)| {
                    let words = if late > 0 { look.t_n("overdue-n", late) } else { String::new() };
                    let (left, role) = stand(p, &look.count(count), &words, 500.0, column);
                    let right = left + width(p, look.count(count), role) + BESIDE + width(p, words, Role::BODY);
                    let (from, to) = (500.0 - column / 2.0, 500.0 + column / 2.0);
                    assert!(left >= from && (late == 0 || right <= to + 0.1), "{count}: {left} to {right}");
                    (role.size, (left + right) / 2.0 < 501.0)
                })
                .collect();
        });
        assert_eq!(sizes[1], (38.0, false), "in the middle, with what is late beside it");
        assert_eq!(sizes[2], (38.0, true), "together in the middle");
        assert!(sizes[3].0 < 38.0 && sizes[3].1, "and smaller");
    }

    #[test]
    fn a_step_of_two_stages_counts_what_leaves_the_last() {
        let mut workflow = Workflow::eight_steps();
        workflow.steps[1].label = workflow.steps[0].label.clone();
        let mut tallies = Tallies::default();
        tallies.stages[0].count = 2;
        tallies.stages[1].count = 3;
        let hour =
            HourFlow { forward: [7, 5, 0, 0, 0, 0, 0, 0], returned: [1, 1, 0, 0, 0, 0, 0, 0], ..HourFlow::default() };
        let got = river(&tallies, &hour, Some(&workflow), Locale::ZhCn, fixture::now());
        assert_eq!((got.len(), got[0].count, got[0].out, got[0].returned), (7, 5, 5, 2));
    }

    #[test]
    fn beads_and_thread_are_linear_and_a_quiet_hour_is_thin() {
        let wide = 1848.0;
        let quiet = profile(&beads([0; 8], [0; 8]), 0, wide, 400);
        assert!(quiet.iter().all(|half| *half == 0.0));
        let still = profile(&beads([0, 0, 0, 0, 40, 20, 0, 0], [0; 8]), 0, wide, 400);
        let (full, half) = (still[225], still[275]);
        assert!((full - 2.0 * half).abs() < 0.3 && full > 15.0, "{full} {half}");
        assert!(still[200] < 0.5, "nothing flows between them");
        let flows = profile(&beads([0; 8], [10, 20, 0, 0, 0, 0, 0, 0]), 0, wide, 400);
        assert!((flows[50] - 4.5).abs() < 0.05 && (flows[100] - 9.0).abs() < 0.05 && flows[0] == 0.0);
        let crowd = profile(&beads([90_000; 8], [9_000; 8]), 9_000, wide, 400);
        assert!(crowd.iter().all(|half| *half <= (MOST_U + THREAD_U) / 2.0 + 0.5));
    }

    #[test]
    fn every_step_is_told_with_its_count() {
        let city = fixture::city();
        let flow = Flow::default();
        let said = fixture::labels_in(&city, bevy_egui::egui::vec2(1848.0, 260.0), |ui, look, city| {
            _ = flow_river_ui(ui, look, &city.tallies, &flow, &city.digest());
        });
        let handle = format!("处置 {}", city.tallies.stages[4].count);
        assert!(said.contains(&handle), "{said:?}");
    }
}
