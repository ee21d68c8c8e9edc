//! The truth strip: how old each feed is, what is not on the map, what could not be used, and what kind of data this is.

use bevy_egui::egui::{Align, Ui, pos2};

use super::board::FigureBoards;
use super::figures_feed::FiguresFeed;
use super::head::{announce, feed_glyph};
use super::look::Look;
use super::pen::{centred, fit, say, say_all, width};
use super::seams;
use super::style::Role;
use super::warnings;
use crate::city::{Answer, FeedFreshness, Freshness, Now, Rejects, Tallies, Warnings};
use crate::domain::{Environment, Feed};
use crate::scene::Stand;

/// The key of a feed's name.
pub(super) const fn feed_key(feed: Feed) -> &'static str {
    match feed {
        Feed::Site => "feed-site",
        Feed::Areas => "feed-areas",
        Feed::Places => "feed-places",
        Feed::Tickets => "feed-tickets",
        Feed::Sources => "feed-sources",
        Feed::Care => "feed-care",
        Feed::Indicators => "feed-indicators",
        Feed::Warnings => "feed-warnings",
        Feed::Teams => "feed-teams",
        Feed::WhistleCalls => "feed-whistle-calls",
        Feed::ClassCases => "feed-class-cases",
    }
}

/// What there is to say of the scenes: files that were refused, and why the next one does not come.
#[derive(Clone, Copy, Debug, Default)]
pub struct SceneState {
    /// Scene files that were refused.
    pub refused: usize,
    /// Why the rotation stands still.
    pub stand: Option<Stand>,
    /// Warnings by level; shown where no panel lists them.
    pub ladder: Option<MiniLadder>,
    /// How much of its time the scene shown has had, 0–1, while a rotation runs.
    pub progress: Option<f32>,
    /// The wall is in wartime.
    pub is_wartime: bool,
    /// The wall is used for a drill.
    pub is_drill: bool,
}

/// The ladder of warnings in one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MiniLadder {
    /// Standing warnings by level, most severe first.
    pub counts: [u32; 4],
    /// True if that is no longer proven.
    pub is_stale: bool,
}

/// The ladder; `None` where nothing is known or the platform has no warnings.
pub(super) fn mini_ladder(known: &Warnings, feeds: &FeedFreshness, now: &Now) -> Option<MiniLadder> {
    let rung = feeds.rung(Feed::Warnings);
    if known.0.answer != Answer::Here || matches!(rung, Freshness::Expired | Freshness::Never) {
        return None;
    }
    let counts = warnings::ladder(&known.0.list, now.at);
    Some(MiniLadder { counts, is_stale: rung == Freshness::Stale })
}

/// The remarks at the right, most important last: `不在图上 3 件`, …, `演示数据 · 虚构区域`.
pub fn remarks(
    look: &Look<'_>,
    tallies: &Tallies,
    rejects: &Rejects,
    defects: usize,
    scenes: SceneState,
) -> Vec<String> {
    let mut remarks = Vec::new();
    if scenes.is_wartime {
        remarks.push(look.t("mode-wartime-remark").into_owned());
    }
    match scenes.stand {
        Some(Stand::Stopped) => remarks.push(look.t("rotation-stopped").into_owned()),
        Some(Stand::Held) => remarks.push(look.t("rotation-held").into_owned()),
        // Somebody is at the wall and knows; wartime is said already.
        Some(Stand::Touched | Stand::Wartime) | None => {}
    }
    if scenes.refused > 0 {
        remarks.push(look.t_n("scenes-refused", scenes.refused as u64));
    }
    let rejected: u64 = rejects.0.values().map(|(count, _)| count).sum();
    if rejected > 0 {
        remarks.push(look.t_n("rejects", rejected));
    }
    if defects > 0 {
        remarks.push(look.t_n("area-defects", defects as u64));
    }
    if look.feed(Feed::Tickets).rung != Freshness::Never {
        if tallies.unmatched > 0 {
            remarks.push(look.t_n("unmatched", tallies.unmatched));
        }
        remarks.push(look.t_n("off-map", tallies.off_map));
    }
    match look.site.map(|site| site.environment) {
        Some(Environment::Demo) => remarks.push(look.t("env-demo").into_owned()),
        Some(Environment::Archive) => remarks.push(look.t("env-archive").into_owned()),
        Some(Environment::Drill) => remarks.push(look.t("env-drill").into_owned()),
        Some(Environment::Live) | None => {}
    }
    if scenes.is_drill && look.site.is_none_or(|site| site.environment != Environment::Drill) {
        remarks.push(look.t("env-drill").into_owned());
    }
    remarks
}

/// Draws the strip.
pub(super) fn truth_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    (tallies, rejects, defects): (&Tallies, &Rejects, usize),
    figures: FigureBoards<'_>,
    scenes: SceneState,
) {
    let rect = ui.max_rect();
    let p = ui.painter();
    let base = centred(rect.center().y, Role::BODY);
    let mut right = rect.right();
    let remarks = remarks(look, tallies, rejects, defects, scenes);
    for (i, remark) in remarks.iter().enumerate().rev() {
        right = seams::before(p.ctx(), right, width(p, remark.as_str(), Role::BODY));
        let said = say(p, pos2(right, base), Align::Max, remark.as_str(), Role::BODY, look.text3());
        announce(ui, said, ("remark", i), remark);
        right = said.left() - 34.0;
        if right < rect.left() + 300.0 {
            break;
        }
    }
    if let Some(ladder) = scenes.ladder {
        let at = pos2(right, rect.center().y);
        let left = warnings::on_map::mini_ladder(p, look, ladder.counts, ladder.is_stale, at);
        let [a, b, c, d] = ladder.counts.map(|n| look.count(n));
        let words = format!("Ⅰ {a} Ⅱ {b} Ⅲ {c} Ⅳ {d}");
        announce(ui, rect.with_min_x(left).with_max_x(right), "ladder", &words);
        right = left - 24.0;
    }
    // Feeds in trouble come first and say why; what has no room is left out from the end.
    let named = |feed: Feed| (feed, look.t(feed_key(feed)).into_owned(), look.feed(feed));
    let mut feeds: Vec<_> = Feed::STRIP.map(named).into();
    let lists = FiguresFeed::of(look, figures);
    // After what changes most often: tickets and care.
    feeds.splice(2..2, lists.iter().map(|lists| (lists.feed, lists.name.clone(), lists.worst.clone())));
    feeds.sort_by_key(|(.., state)| !state.is_grey());
    let mut x = rect.left();
    let wide = |name: &str, age: &str| {
        let age = if age.is_empty() { 0.0 } else { 8.0 + width(p, age, Role::BODY) };
        27.0 + width(p, name, Role::BODY_STRONG) + age
    };
    // Where all have no room, ages are said in short, then they stand closer; then those that are current give their ages
    // up, the last first.
    let mut ages: Vec<String> = feeds.iter().map(|(.., state)| state.age_words(look)).collect();
    let need = |ages: &[String], gap: f32| {
        feeds.iter().zip(ages).map(|((_, name, _), age)| wide(name, age) + gap).sum::<f32>() - gap
    };
    let mut gap = 34.0;
    if need(&ages, gap) > right - x {
        ages = feeds.iter().map(|(.., state)| state.short_age_words(look)).collect();
    }
    if need(&ages, gap) > right - x {
        gap = 22.0;
    }
    for nth in (0..feeds.len()).rev() {
        if need(&ages, gap) <= right - x {
            break;
        }
        if feeds[nth].2.rung == Freshness::Live {
            ages[nth].clear();
        }
    }
    for ((feed, name, state), age) in feeds.iter().zip(&ages) {
        let wide = wide(name, age);
        x = seams::past(p.ctx(), x, wide);
        if x + wide > right {
            break;
        }
        feed_glyph(p, look, pos2(x + 9.0, rect.center().y), 18.0, state);
        let words = if age.is_empty() { String::new() } else { format!(" {age}") };
        let said = say_all(
            p,
            pos2(x + 27.0, base),
            Align::Min,
            &[(name, Role::BODY_STRONG, look.text1()), (&words, Role::BODY, look.text2())],
        );
        announce(ui, said, ("feed", feed.key()), &format!("{name}{words}"));
        let whole = said.with_min_x(x);
        if let Some(lists) = lists.as_ref().filter(|lists| lists.feed == *feed)
            && ui.rect_contains_pointer(whole)
        {
            lists.hover_ui(ui, look, whole);
        }
        x = said.right() + gap;
    }
    // A feed in trouble has its reason here, unless the banner over the map already says why all is silent.
    let has_banner = super::banner::is_due(look);
    let reason = feeds.iter().find_map(|(feed, _, state)| {
        let reason = state.reason(look).filter(|_| !has_banner)?;
        Some(format!("{}：{reason}", look.t(feed_key(*feed))))
    });
    if let Some(reason) = reason
        && right - x > 120.0
    {
        let said = fit(p, pos2(x, base), Align::Min, reason.as_str(), Role::BODY, look.text1(), right - x);
        announce(ui, said, "reason", &reason);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn no_warning_is_a_zero_and_no_list_of_warnings_is_nothing() {
        let shown = |answer| {
            let mut known = Warnings::default();
            known.0.answer = answer;
            let mut counts = None;
            let city = fixture::city();
            fixture::labels(&city, |_, look, _| {
                counts = mini_ladder(&known, look.feeds, &look.now).map(|ladder| ladder.counts);
            });
            counts
        };
        assert_eq!(shown(Answer::None), None);
        assert_eq!(shown(Answer::NotOffered), None);
        assert_eq!(shown(Answer::Here), Some([0; 4]));
    }

    #[test]
    fn every_feed_and_every_loss_is_named() {
        let mut city = fixture::city();
        city.tallies.off_map = 3;
        city.tallies.unmatched = 1;
        city.rejects.0.insert(Feed::Tickets, (2, vec!["ticket X: stage".into()]));
        let labels = fixture::labels_in(&city, bevy_egui::egui::vec2(1848.0, 36.0), |ui, look, city| {
            let lost = (&city.tallies, &city.rejects, 0);
            truth_ui(ui, look, lost, city.lists.borrowed(), SceneState::default());
        });
        for wanted in [
            // For want of room the ages are said in short.
            "工单 2 秒",
            "区域 2 秒",
            "统计 5 项 2 秒",
            "平台 2 秒",
            "在办不在图上 3 件",
            "未匹配网格 1 件",
            "无法使用 2 条",
            "演示数据 · 虚构区域",
        ] {
            assert!(labels.iter().any(|label| label == wanted), "{wanted} is not in {labels:?}");
        }
    }

    #[test]
    fn scenes_that_are_refused_or_stand_still_are_said() {
        let city = fixture::city();
        let said = |scenes: SceneState| {
            fixture::labels_in(&city, bevy_egui::egui::vec2(1848.0, 36.0), |ui, look, city| {
                truth_ui(ui, look, (&city.tallies, &city.rejects, 0), city.lists.borrowed(), scenes);
            })
        };
        let words = |refused, stand| said(SceneState { refused, stand, ..SceneState::default() }).join("/");
        assert!(words(2, None).contains("场景文件有误 2 个"));
        assert!(words(0, Some(Stand::Stopped)).contains("轮播已停"));
        assert!(words(0, Some(Stand::Held)).contains("预警停留"));
        let ladder = Some(MiniLadder { counts: [0, 1, 2, 0], is_stale: false });
        assert!(said(SceneState { ladder, ..SceneState::default() }).contains(&"Ⅰ 0 Ⅱ 1 Ⅲ 2 Ⅳ 0".to_owned()));
        let calm = words(0, Some(Stand::Touched));
        assert!(!calm.contains("场景") && !calm.contains("轮播"), "{calm}");
        let war = said(SceneState { is_wartime: true, is_drill: true, ..SceneState::default() }).join("/");
        assert!(war.contains("战时 · 按 W 返回平时") && war.contains("演练"), "{war}");
    }
}
