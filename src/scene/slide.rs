//! What a scene file tells in words: the slides of a story and what a campaign is about. Partner: `file.rs`, which refuses
//! pictures outside the scene file's folder; `panels/story` and `panels/campaign.rs` draw them.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::Title;

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
    /// Codes of categories, or the beginnings of codes, or names of categories or their groups; none: all tickets.
    #[serde(default)]
    pub categories: Vec<String>,
    /// The first day, such as `2026-11-01`.
    pub since: Option<jiff::civil::Date>,
    /// Without a first day: it began so many days ago.
    pub days: Option<u16>,
}

impl Campaign {
    /// True for tickets of the campaign: by the code, the name or the group of their category.
    pub fn is_about(&self, code: &str, name: &str, group: &str) -> bool {
        let is_this = |wanted: &String| code.starts_with(wanted.as_str()) || name == wanted || group == wanted;
        self.categories.is_empty() || self.categories.iter().any(is_this)
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

    #[test]
    fn a_campaign_knows_its_tickets_by_code_name_and_group() {
        let about = |wanted: &[&str]| {
            let categories = wanted.iter().map(|it| (*it).to_owned()).collect();
            Campaign { categories, ..Campaign::default() }.is_about("0203", "供水不足", "供水供电")
        };
        assert!(about(&[]) && about(&["02"]) && about(&["0203"]) && about(&["供水不足"]) && about(&["x", "供水供电"]));
        assert!(!about(&["03"]) && !about(&["供水"]));
    }
}
