//! 大屏自身: the feeds with their state and age, the change stream, what could not be understood, version and uptime.
//! The page of diagnostics (F8) has the same in full, with memory and frame times.

use bevy_egui::egui::{Align, Rect, Ui, pos2, vec2};

use super::super::diagnostics::{phase_key, rung_key};
use super::super::head::{announce, feed_glyph, head, row};
use super::super::look::{FeedLook, Look};
use super::super::more::{Room, more_ui};
use super::super::pen::{centred, fit, rule, say, width};
use super::super::style::Role;
use super::super::truth::feed_key;
use crate::city::{Freshness, Health, Rejects};
use crate::domain::Feed;
use crate::vitals::Vitals;

/// Least and best height of a row.
const ROW: (f32, f32) = (30.0, 38.0);

/// What is known of the wall, borrowed.
#[derive(Clone, Copy)]
pub struct WallFacts<'a> {
    /// The platform thread, if it has told anything yet.
    pub health: Option<&'a Health>,
    /// The process; `None` where there is none to tell of.
    pub vitals: Option<&'a Vitals>,
    /// Records that could not be used.
    pub rejects: &'a Rejects,
}

/// Draws the panel. True if it was clicked: the page of diagnostics has the same in full.
pub fn wall_ui(ui: &Ui, look: &Look<'_>, facts: WallFacts<'_>) -> bool {
    let feed = look.feed(Feed::Site);
    let version = look.locale.t_args("wall-version", &[("version", env!("CARGO_PKG_VERSION"))]);
    let body = head(ui, look, &look.t("wall-title"), Some(version), &feed);
    let is_asked = row(ui, look, body, "wall", &look.t("wall-title")).clicked();
    let rest = process_rows(look, facts);
    let step = ((body.height() - 24.0) / (Feed::ALL.len() + rest.len()) as f32).clamp(ROW.0, ROW.1);
    let p = ui.painter();
    // What is counted once a day is as old as its day, however new the answer is.
    let is_of_today = |shown: &FeedLook<'_>| shown.is_daily() && shown.rung == Freshness::Live;
    let ages = Feed::ALL.map(|feed| match look.feed(feed) {
        it if is_of_today(&it) => it.age_words(look),
        it => it.age.map_or_else(|| "—".to_owned(), |age| look.locale.ago(age)),
    });
    let age_wide = ages.iter().map(|age| width(p, age.as_str(), Role::BODY)).fold(60.0, f32::max);
    let words = Feed::ALL.map(|feed| match look.feed(feed) {
        it if is_of_today(&it) => look.t("rung-daily"),
        it => look.t(rung_key(it.rung)),
    });
    let word_wide = words.iter().map(|word| width(p, word.as_ref(), Role::BODY)).fold(40.0, f32::max);
    // The feeds whose state is worst first, the others in their order.
    let mut order: Vec<usize> = (0..Feed::ALL.len()).collect();
    order.sort_by_key(|nth| std::cmp::Reverse(look.feed(Feed::ALL[*nth]).rung.max(Freshness::Delayed)));
    let mut y = body.top();
    for nth in order {
        let shown = look.feed(Feed::ALL[nth]);
        let rect = Rect::from_min_size(pos2(body.left(), y), vec2(body.width(), step));
        y += step;
        let base = centred(rect.center().y, Role::BODY);
        feed_glyph(p, look, pos2(rect.left() + 9.0, rect.center().y), 17.0, &shown);
        let quiet = if shown.is_grey() { look.text1() } else { look.text2() };
        say(p, pos2(rect.right(), base), Align::Max, ages[nth].as_str(), Role::BODY, look.text3());
        let word_x = rect.right() - age_wide - 18.0 - word_wide;
        say(p, pos2(word_x, base), Align::Min, words[nth].as_ref(), Role::BODY, quiet);
        let name = look.t(feed_key(Feed::ALL[nth]));
        let room = word_x - rect.left() - 30.0 - 12.0;
        fit(p, pos2(rect.left() + 30.0, base), Align::Min, name.as_ref(), Role::BODY, look.text1(), room);
        announce(ui, rect, ("feed", nth), &format!("{name} {} {}", words[nth], ages[nth]));
    }
    y += 10.0;
    rule(p, look.palette, body.x_range().into(), y);
    y += 10.0;
    let room = Room::of(rest.len(), step, body.bottom() - y);
    more_ui(ui, look, body, y + step * room.shown as f32, "more-items", room.hidden);
    for (nth, (key, value)) in rest.iter().take(room.shown).enumerate() {
        let rect = Rect::from_min_size(pos2(body.left(), y + step * nth as f32), vec2(body.width(), step));
        let base = centred(rect.center().y, Role::BODY);
        let label = look.t(key);
        let said = say(p, pos2(rect.right(), base), Align::Max, value.as_str(), Role::BODY, look.text1());
        let room = said.left() - rect.left() - 14.0;
        fit(p, pos2(rect.left(), base), Align::Min, label.as_ref(), Role::BODY, look.text2(), room);
        announce(ui, rect, ("row", nth), &format!("{label} {value}"));
    }
    is_asked
}

/// What there is to say beside the feeds.
fn process_rows(look: &Look<'_>, facts: WallFacts<'_>) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if let Some(Health { report, .. }) = facts.health {
        rows.push(("diag-stream", look.t(phase_key(report.phase.stream)).into_owned()));
        rows.push(("diag-gaps", look.count(report.stats.gaps)));
        rows.push(("diag-relists", look.count(report.stats.relists)));
        rows.push(("diag-unmapped", look.count(report.unmapped)));
        rows.push(("diag-off-globe", look.count(report.off_globe)));
    }
    let rejected: u64 = facts.rejects.0.values().map(|(count, _)| count).sum();
    rows.push(("wall-rejected", look.count(rejected)));
    if let Some(vitals) = facts.vitals {
        let up = vitals.uptime_at(look.now.mono).as_secs();
        rows.push(("diag-uptime", look.locale.span(up.try_into().unwrap_or(i64::MAX))));
        rows.push(("wall-restarts", look.count(vitals.restarts())));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;

    #[test]
    fn every_feed_has_its_state_and_age_and_losses_are_counted() {
        let mut city = fixture::city();
        city.rejects.0.insert(Feed::Tickets, (4, Vec::new()));
        let vitals = Vitals::default();
        vitals.set_start(false, 2);
        let labels = fixture::labels(&city, |ui, look, city| {
            _ = wall_ui(ui, look, WallFacts { health: None, vitals: Some(&vitals), rejects: &city.rejects });
        });
        for wanted in ["工单 实时 2 秒前", "类案 实时 2 秒前", "弃用记录 4", "守护重启次数 2"] {
            assert!(labels.iter().any(|label| label == wanted), "{wanted} is not in {labels:?}");
        }
    }
}
