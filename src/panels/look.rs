//! What every panel needs to know of the moment: language, colours, time, site, and how fresh each feed is.
//!
//! [`FeedLook`] turns a feed's state into the words and colours of the design's section 10; panels never decide that
//! for themselves.

use std::borrow::Cow;
use std::time::Duration;

use bevy_egui::egui::Color32;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::style::colour;
use crate::city::{FeedFreshness, FeedState, Freshness, Now};
use crate::domain::{Feed, Site, Workflow};
use crate::locale::{Locale, NumberStyle, delay, hms};
use crate::palette::{Palette, Rgb};

/// The moment as panels see it.
pub struct Look<'a> {
    /// Language.
    pub locale: Locale,
    /// Colours.
    pub palette: &'static Palette,
    /// Time.
    pub now: Now,
    /// The site, once its landing page has arrived.
    pub site: Option<&'a Site>,
    /// The site's zone; UTC before it is known.
    pub zone: TimeZone,
    /// How fresh the feeds are.
    pub feeds: &'a FeedFreshness,
    /// Factor on the sizes of desk text: 1 at a desk, more on a wall.
    pub k: f32,
    /// The moment that the care counts describe, once there are any: they are counted once a day.
    pub care_as_of: Option<Timestamp>,
}

/// One feed as it is shown.
#[derive(Clone, Debug)]
pub struct FeedLook<'a> {
    /// The rung of the ladder.
    pub rung: Freshness,
    /// Real time since the last proof.
    pub age: Option<Duration>,
    /// Platform time of the last proof.
    pub as_of: Option<Timestamp>,
    /// What is known about the feed, if anything.
    pub state: Option<&'a FeedState>,
    /// For what is counted once a day: the moment the figures describe. They age by that, not by the last proof.
    pub counted_at: Option<Timestamp>,
}

/// What is counted once a day is stale when the next day's count is so much late.
const DAILY_STALE: SignedDuration = SignedDuration::from_hours(30);

impl<'a> Look<'a> {
    /// True where somebody sits in front of it and can click.
    pub fn is_desk(&self) -> bool {
        self.k <= 1.0
    }

    /// A message.
    pub fn t(&self, key: &str) -> Cow<'static, str> {
        self.locale.t(key)
    }

    /// A message about a number.
    pub fn t_n(&self, key: &str, n: impl Into<u64>) -> String {
        self.locale.t_n(key, n.into())
    }

    /// A count in the wall's style.
    pub fn count(&self, n: impl Into<u64>) -> String {
        self.locale.count(n)
    }

    /// Now in the site's zone.
    pub fn civil(&self) -> Zoned {
        self.now.at.to_zoned(self.zone.clone())
    }

    /// The site's stage labels.
    pub fn workflow(&self) -> Option<&'a Workflow> {
        self.site.map(|site| &site.workflow)
    }

    /// A colour.
    pub fn ink(&self, pick: impl FnOnce(&Palette) -> Rgb) -> Color32 {
        colour(pick(self.palette))
    }

    /// Figures and titles.
    pub fn text1(&self) -> Color32 {
        colour(self.palette.text1)
    }

    /// Body text.
    pub fn text2(&self) -> Color32 {
        colour(self.palette.text2)
    }

    /// Notes.
    pub fn text3(&self) -> Color32 {
        colour(self.palette.text3)
    }

    /// How a feed is shown.
    pub fn feed(&self, feed: Feed) -> FeedLook<'a> {
        let state = self.feeds.of(feed);
        let age = state.and_then(|state| state.age(self.now.mono));
        let speed = self.site.map_or(1.0, |site| site.clock.speed);
        let as_of = age.and_then(|age| {
            let shift = SignedDuration::try_from_secs_f64(age.as_secs_f64() * speed).ok()?;
            self.now.at.checked_sub(shift).ok()
        });
        let counted_at = self.care_as_of.filter(|_| feed == Feed::Care);
        let is_old = counted_at.is_some_and(|at| self.now.at.duration_since(at) > DAILY_STALE);
        let rung = self.feeds.rung(feed);
        let rung = if is_old { rung.max(Freshness::Stale) } else { rung };
        FeedLook { rung, age, as_of, state, counted_at }
    }

    /// The same look at another moment: what is no longer current stands still at the one when it was. Ask feeds of the
    /// look itself: their ages are counted from its own moment.
    pub fn standing_at(&self, at: Timestamp) -> Look<'a> {
        Look { now: Now { at, ..self.now }, zone: self.zone.clone(), ..*self }
    }

    /// `今日 06:00`, or the date where it is another day.
    pub fn day_time(&self, at: Timestamp) -> String {
        let at = at.to_zoned(self.zone.clone());
        if at.date() == self.civil().date() {
            self.locale.t_args("care-as-of", &[("time", &at.strftime("%H:%M").to_string())])
        } else {
            at.strftime("%m-%d %H:%M").to_string()
        }
    }

    /// Seconds until the next try of a feed, if one is due.
    pub fn retry_s(&self, feed: &FeedLook<'_>) -> Option<u64> {
        let at = feed.state?.retry_at?;
        Some(at.saturating_duration_since(self.now.mono).as_secs_f64().ceil() as u64)
    }
}

impl FeedLook<'_> {
    /// True when figures must look old: grey, hatched, without deltas.
    pub fn is_grey(&self) -> bool {
        matches!(self.rung, Freshness::Stale | Freshness::Expired)
    }

    /// True for what is counted once a day.
    pub fn is_daily(&self) -> bool {
        self.counted_at.is_some()
    }

    /// True when there is something to show, current or not.
    pub fn has_values(&self) -> bool {
        !matches!(self.rung, Freshness::Expired | Freshness::Never)
    }

    /// A figure in this freshness: the number, grey when stale, `—` when expired, `…` while nothing has arrived.
    pub fn figure(&self, look: &Look<'_>, n: u64) -> (String, Color32) {
        self.figure_in(look, look.locale.numbers(), n)
    }

    /// The same in a style of its own.
    pub fn figure_in(&self, look: &Look<'_>, style: NumberStyle, n: u64) -> (String, Color32) {
        match self.rung {
            Freshness::Live | Freshness::Delayed => (style.write(n), look.text1()),
            Freshness::Stale => (style.write(n), look.ink(|p| p.stale)),
            Freshness::Expired => ("—".to_owned(), look.ink(|p| p.stale)),
            Freshness::Never => ("…".to_owned(), look.text3()),
        }
    }

    /// The note at the right of a panel's title: `截至 …`, `延迟 00:23`, `数据截至 …`, `失联 22 分`, `未到`.
    pub fn note(&self, look: &Look<'_>) -> String {
        let proven = || self.as_of.map_or_else(|| "—".to_owned(), |at| hms(at, &look.zone));
        let time = || self.counted_at.map_or_else(proven, |at| look.day_time(at));
        match self.rung {
            Freshness::Live => look.locale.t_args("as-of", &[("time", &time())]),
            Freshness::Delayed => look.locale.t_args("delayed", &[("age", &delay(self.age.unwrap_or_default()))]),
            Freshness::Stale => look.locale.t_args("stale-as-of", &[("time", &time())]),
            Freshness::Expired => {
                let age = look.locale.span(self.age.unwrap_or_default().as_secs() as i64);
                look.locale.t_args("expired", &[("age", &age)])
            }
            Freshness::Never => look.t("never").into_owned(),
        }
    }

    /// The words after a feed's name in the truth strip: its age, or the state that is worse.
    pub fn age_words(&self, look: &Look<'_>) -> String {
        match (self.rung, self.age) {
            (Freshness::Live, _) if self.is_daily() => self.counted_at.map_or_else(String::new, |at| look.day_time(at)),
            (Freshness::Live | Freshness::Stale, Some(age)) if !self.is_daily() => look.locale.ago(age),
            _ => self.note(look),
        }
    }

    /// The same where room is short: `2 秒`.
    pub fn short_age_words(&self, look: &Look<'_>) -> String {
        match (self.rung, self.age) {
            (Freshness::Live | Freshness::Stale, Some(age)) if !self.is_daily() => {
                look.locale.span(age.as_secs().try_into().unwrap_or(i64::MAX))
            }
            _ => self.age_words(look),
        }
    }

    /// Why it is not current and when the next try is due, for banners: `平台连接中断 · 18 秒后重试`.
    pub fn reason(&self, look: &Look<'_>) -> Option<String> {
        let trouble = self.state?.trouble.as_ref()?;
        let mut words = look.t(trouble.key()).into_owned();
        match look.retry_s(self) {
            Some(0) => words = format!("{words} · {}", look.t("retry-now")),
            Some(seconds) => words = format!("{words} · {}", look.t_n("retry-in", seconds)),
            None => {}
        }
        Some(words)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Instant;

    use super::*;
    use crate::domain::Trouble;
    use crate::palette::Theme;

    /// A moment in which tickets were proven `age_s` ago.
    pub(crate) fn feeds(rung: Freshness, age_s: u64, now: Instant) -> FeedFreshness {
        let state = FeedState {
            freshness: rung,
            proven_at: (rung != Freshness::Never).then(|| now.checked_sub(Duration::from_secs(age_s)).unwrap_or(now)),
            trouble: (rung > Freshness::Delayed).then(|| Trouble::StreamLost { detail: "test".into() }),
            retry_at: (rung > Freshness::Delayed).then(|| now + Duration::from_secs(18)),
            recalled: None,
        };
        FeedFreshness { feeds: Feed::ALL.into_iter().map(|feed| (feed, state.clone())).collect() }
    }

    /// A look at 14:32:05 in Chinese on the dark theme.
    pub(crate) fn look<'a>(feeds: &'a FeedFreshness, site: Option<&'a Site>, mono: Instant) -> Look<'a> {
        Look {
            locale: Locale::ZhCn,
            palette: Theme::Dark.palette(),
            now: Now { at: "2026-11-21T14:32:05+08:00".parse().unwrap(), mono, is_platform_time: true },
            site,
            zone: TimeZone::fixed(jiff::tz::offset(8)),
            feeds,
            k: 1.0,
            care_as_of: None,
        }
    }

    #[test]
    fn daily_counts_say_their_day_and_age_by_it() {
        let mono = Instant::now() + Duration::from_secs(10_000);
        let feeds = feeds(Freshness::Live, 2, mono);
        let at = |care_as_of: &str| {
            let look = Look { care_as_of: Some(care_as_of.parse().unwrap()), ..look(&feeds, None, mono) };
            let feed = look.feed(Feed::Care);
            (feed.rung, feed.age_words(&look), look.feed(Feed::Tickets).age_words(&look))
        };
        assert_eq!(at("2026-11-21T06:00:00+08:00"), (Freshness::Live, "今日 06:00".into(), "2 秒前".into()));
        assert_eq!(at("2026-11-20T12:00:00+08:00"), (Freshness::Live, "11-20 12:00".into(), "2 秒前".into()));
        let old = at("2026-11-20T06:00:00+08:00");
        assert_eq!(
            (old.0, old.1.as_str()),
            (Freshness::Stale, "数据截至 11-20 06:00"),
            "the platform lives, the counts do not"
        );
    }

    #[test]
    fn each_rung_has_its_words_and_never_a_false_zero() {
        let mono = Instant::now() + Duration::from_secs(10_000);
        let say = |rung, age_s| {
            let feeds = feeds(rung, age_s, mono);
            let look = look(&feeds, None, mono);
            let feed = look.feed(Feed::Tickets);
            (feed.note(&look), feed.age_words(&look), feed.figure(&look, 0).0, feed.reason(&look))
        };
        assert_eq!(say(Freshness::Live, 2), ("截至 14:32:03".into(), "2 秒前".into(), "0".into(), None));
        assert_eq!(say(Freshness::Delayed, 23).0, "延迟 00:23");
        let stale = say(Freshness::Stale, 420);
        assert_eq!((stale.0.as_str(), stale.1.as_str(), stale.2.as_str()), ("数据截至 14:25:05", "7 分钟前", "0"));
        assert_eq!(stale.3.as_deref(), Some("平台连接中断 · 18 秒后重试"));
        assert_eq!(
            (say(Freshness::Expired, 1320).0.as_str(), say(Freshness::Expired, 1320).2.as_str()),
            ("失联 22 分", "—")
        );
        assert_eq!((say(Freshness::Never, 0).0.as_str(), say(Freshness::Never, 0).2.as_str()), ("未到", "…"));
    }
}
