//! The lists of figures in the truth strip: one entry for all of them, which is as bad as the worst, and under the pointer
//! a line for each. What the platform does not offer is said there, and is no trouble. Partner: `truth.rs`.

use bevy_egui::egui::{Align, CornerRadius, Id, LayerId, Order, Rect, Ui, pos2, vec2};

use super::board::FigureBoards;
use super::head::{announce, feed_glyph};
use super::look::{FeedLook, Look};
use super::pen::{centred, say, width};
use super::style::{Role, faint};
use super::truth::feed_key;
use crate::city::Freshness;
use crate::city::figures::Answer;
use crate::domain::Feed;

/// All lists of figures as one feed.
#[derive(Clone, Debug)]
pub struct FiguresFeed<'a> {
    /// What it is called: how many lists there are, or which is the worst.
    pub name: String,
    /// The worst of them; of equals the oldest.
    pub worst: FeedLook<'a>,
    /// Which that is.
    pub feed: Feed,
    /// Each list; `None` for what is not offered.
    lists: Vec<(Feed, Option<FeedLook<'a>>)>,
}

impl<'a> FiguresFeed<'a> {
    /// The lists of a platform; `None` for one that offers none.
    pub fn of(look: &Look<'a>, figures: FigureBoards<'_>) -> Option<Self> {
        let lists: Vec<_> = Feed::FIGURES
            .into_iter()
            .map(|feed| (feed, (figures.answer(feed) != Answer::NotOffered).then(|| look.feed(feed))))
            .collect();
        let offered = || lists.iter().filter_map(|(feed, state)| Some((*feed, state.clone()?)));
        let (feed, worst) = offered().max_by_key(|(_, state)| (state.rung, state.age))?;
        let count = offered().count();
        let name = if worst.rung == Freshness::Live || offered().all(|(_, state)| state.rung == worst.rung) {
            look.t_n("feed-figures-of", count as u64)
        } else {
            look.locale.t_args("feed-figures-worst", &[("name", &look.t(feed_key(feed)))])
        };
        Some(Self { name, worst, feed, lists })
    }

    /// A line for each list, above `anchor`.
    pub fn hover_ui(&self, ui: &Ui, look: &Look<'_>, anchor: Rect) {
        const LINE: f32 = 32.0;
        const PAD: f32 = 16.0;
        let p = ui.ctx().layer_painter(LayerId::new(Order::Foreground, Id::new("figures-feed")));
        let lines = self.lists.iter().map(|(feed, state)| {
            let age = state.as_ref().map_or_else(|| look.t("not-offered").into_owned(), |it| it.age_words(look));
            (look.t(feed_key(*feed)).into_owned(), age, state)
        });
        let lines: Vec<_> = lines.collect();
        let widest = |text: &dyn Fn(usize) -> String, role| {
            (0..lines.len()).map(|nth| width(&p, text(nth), role)).fold(0.0, f32::max)
        };
        let names = widest(&|nth| lines[nth].0.clone(), Role::BODY_STRONG);
        let ages = widest(&|nth| lines[nth].1.clone(), Role::BODY);
        let size = vec2(PAD * 2.0 + 27.0 + names + 18.0 + ages, PAD * 2.0 + LINE * lines.len() as f32 - 6.0);
        let left = anchor.left().min(ui.ctx().content_rect().right() - size.x - 8.0).max(8.0);
        let rect = Rect::from_min_size(pos2(left, anchor.top() - size.y - 8.0), size);
        p.rect_filled(rect, CornerRadius::same(6), faint(look.palette.bg2, 1.0));
        for (nth, (name, age, state)) in lines.iter().enumerate() {
            let y = rect.top() + PAD + LINE * (nth as f32 + 0.5) - 3.0;
            let base = centred(y, Role::BODY);
            let x = rect.left() + PAD;
            if let Some(state) = state {
                feed_glyph(&p, look, pos2(x + 9.0, y), 18.0, state);
            }
            say(&p, pos2(x + 27.0, base), Align::Min, name.as_str(), Role::BODY_STRONG, look.text1());
            say(&p, pos2(rect.right() - PAD, base), Align::Max, age.as_str(), Role::BODY, look.text2());
            let line = Rect::from_min_max(pos2(x, y - LINE / 2.0), pos2(rect.right() - PAD, y + LINE / 2.0));
            announce(ui, line, ("figures-feed", nth), &format!("{name} {age}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::fixture;
    use super::super::look::tests::{feeds, look};
    use super::*;

    /// The entry where each list of the made-up city is as `rungs` say.
    fn entry(rungs: [Freshness; 5], not_offered: usize) -> Option<(String, String)> {
        let mut city = fixture::full();
        city.lists.teams.0.answer = Answer::Here;
        for (nth, answer) in [
            &mut city.lists.indicators.0.answer,
            &mut city.lists.warnings.0.answer,
            &mut city.lists.teams.0.answer,
            &mut city.lists.whistle_calls.0.answer,
            &mut city.lists.class_cases.0.answer,
        ]
        .into_iter()
        .enumerate()
        {
            if nth < not_offered {
                *answer = Answer::NotOffered;
            }
        }
        let mut all = feeds(Freshness::Live, 2, city.mono);
        for (nth, (feed, rung)) in Feed::FIGURES.into_iter().zip(rungs).enumerate() {
            let one = all.feeds.get_mut(&feed)?;
            one.freshness = rung;
            one.proven_at = city.mono.checked_sub(Duration::from_secs(2 + nth as u64));
        }
        let look = look(&all, Some(&city.site), city.mono);
        let figures = FiguresFeed::of(&look, city.lists.borrowed())?;
        Some((figures.name.clone(), figures.worst.age_words(&look)))
    }

    #[test]
    fn the_entry_is_as_bad_as_the_worst_list_and_names_it() {
        use Freshness::{Live, Stale};
        let said = |rungs, not_offered| entry(rungs, not_offered).map(|(name, age)| format!("{name} {age}"));
        assert_eq!(said([Live; 5], 0).as_deref(), Some("统计 5 项 6 秒前"), "as old as the oldest");
        assert_eq!(said([Live; 5], 2).as_deref(), Some("统计 3 项 6 秒前"), "what is not offered does not count");
        assert_eq!(said([Live, Stale, Live, Live, Live], 0).as_deref(), Some("统计 · 预警 3 秒前"));
        assert_eq!(said([Stale; 5], 0).as_deref(), Some("统计 5 项 6 秒前"), "all are: none stands out");
        assert_eq!(said([Live; 5], 5), None);
    }
}
