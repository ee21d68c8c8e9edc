//! What a scene file tells in words: the slides of a story, what a campaign is about, when and where a major event takes
//! place. Partner: `file.rs`, which refuses pictures outside the scene file's folder; `panels/story`, `panels/campaign.rs`
//! and `panels/event_watch.rs` draw them.

use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::Title;
use crate::domain::Matter;

/// One slide of a story.
#[derive(Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Slide {
    /// Its title.
    pub title: Title,
    /// What it says.
    pub text: Title,
    /// A PNG beside the scene file. In a scene that was read: where it is on this machine.
    pub picture: Option<PathBuf>,
}

impl Slide {
    /// Why its picture cannot be used from a scene file; `None` if it can, or if there is none.
    pub(super) fn objection(&self) -> Option<String> {
        let picture = self.picture.as_deref()?;
        let is_inside = picture.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !is_inside || picture.as_os_str().is_empty() {
            let words = "is not beside the scene file; name a PNG in its folder or below, without `..`";
            return Some(format!("`{}` {words}", picture.display()));
        }
        let is_png = picture.extension().is_some_and(|end| end.eq_ignore_ascii_case("png"));
        (!is_png).then(|| format!("`{}` is not called .png; only PNG pictures are shown", picture.display()))
    }

    /// The slide with its picture beside the scene file.
    pub(super) fn beside(mut self, scene_file: &Path) -> Self {
        let folder = scene_file.parent().unwrap_or(Path::new(""));
        self.picture = self.picture.map(|picture| folder.join(picture));
        self
    }
}

/// What a campaign (专项行动) is about: which tickets, and since when.
#[derive(Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// Which tickets it is about.
    #[serde(default)]
    pub categories: Matter,
    /// The first day, such as `2026-11-01`.
    pub since: Option<Date>,
    /// Without a first day: it began so many days ago.
    pub days: Option<u16>,
}

/// A major event (重大活动): what it is called, when and where.
#[derive(Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Occasion {
    /// What it is called.
    pub name: Title,
    /// Where it takes place, in words.
    pub place: Option<Title>,
    /// Its day, such as `2026-11-21`; without it the event is on every day.
    pub date: Option<Date>,
    /// When it begins, such as `08:00`.
    pub from: Time,
    /// When it ends; a time that is not after the beginning is that of the next day.
    pub to: Time,
    /// Codes or names of its areas; none: the whole district.
    #[serde(default)]
    pub areas: Vec<String>,
}

impl Occasion {
    /// From when to when it takes place: on its day, else the one that is under way, else today's. `None` beyond the
    /// calendar.
    pub fn stretch(&self, now: Timestamp, zone: &TimeZone) -> Option<[Timestamp; 2]> {
        let on = |day: Date| {
            let last = if self.to > self.from { day } else { day.tomorrow().ok()? };
            let moment = |day: Date, time| Some(day.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp());
            Some([moment(day, self.from)?, moment(last, self.to)?])
        };
        let today = now.to_zoned(zone.clone()).date();
        match self.date {
            Some(day) => on(day),
            None => today.yesterday().ok().and_then(on).filter(|[_, ends]| now < *ends).or_else(|| on(today)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slide(picture: &str) -> Slide {
        let words = Title { zh: "甲".into(), en: "A".into() };
        Slide { title: words.clone(), text: words, picture: Some(picture.into()) }
    }

    #[test]
    fn pictures_lie_beside_the_scene_file_or_below() {
        assert_eq!(slide("a/b.png").objection(), None);
        for wrong in ["/etc/a.png", "../a.png", "a/../../b.png", "", "a.jpg", "a"] {
            assert!(slide(wrong).objection().is_some(), "{wrong}");
        }
        let placed = slide("a.png").beside(Path::new("/srv/scenes/honours.toml"));
        assert_eq!(placed.picture.as_deref(), Some(Path::new("/srv/scenes/a.png")));
    }
}
