//! Scenes: what the wall shows, as data. A scene file names the map's layers and the panels beside it; code knows layer
//! and panel kinds, never scene names. What a panel is bound to is in `panel.rs`, files are read in `file.rs`, a site's own in `folder.rs`; which layers are on is in
//! `switches.rs`, when the next scene comes in `rotation.rs`.

pub mod drift;
pub mod file;
mod folder;
mod mode;
mod panel;
mod profile;
mod rotation;
mod slide;
mod switches;

use std::collections::BTreeSet;

use bevy::prelude::Resource;
use serde::Deserialize;

use crate::domain::{Feed, Level, Matter, Period};

pub use drift::{Drift, Sides};
pub use file::{SceneError, parse};
pub use folder::{Reading, RefusedScenes, SceneFolder};
pub use mode::{WARTIME, WallMode};
pub use panel::{Bound, PanelKind, PanelSpec};
pub use profile::Profile;
pub use rotation::{Rotation, RotationPlan, Stand};
pub use slide::{Campaign, Occasion, Slide};
pub use switches::LayerSwitches;

/// One thing that can be drawn on the map.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub enum LayerKind {
    /// Areas coloured by their open tickets.
    Areas,
    /// A mark for each ticket in hand.
    Tickets,
    /// Where events are dense.
    Heat,
    /// Where people need care, by community.
    Care,
    /// How tickets move.
    Flow,
    /// A sign at each area that a warning names.
    Warnings,
}

impl LayerKind {
    /// All kinds, in the order of their switches.
    pub const ALL: [LayerKind; 6] =
        [LayerKind::Areas, LayerKind::Tickets, LayerKind::Heat, LayerKind::Care, LayerKind::Flow, LayerKind::Warnings];

    /// Its key in scene files, in the remembered switches and, after `layer-`, in the locales.
    pub const fn key(self) -> &'static str {
        match self {
            LayerKind::Areas => "areas",
            LayerKind::Tickets => "tickets",
            LayerKind::Heat => "heat",
            LayerKind::Care => "care",
            LayerKind::Flow => "flow",
            LayerKind::Warnings => "warnings",
        }
    }
}

/// A text in both languages of the wall.
#[derive(Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The indicator that colours the areas of the map.
#[derive(Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct AreaColour {
    /// Its key in the platform's registry.
    pub indicator: String,
    /// The stretch of time.
    pub period: Period,
    /// The level whose areas are coloured.
    pub level: Level,
}

/// A named set of layers and panels.
#[derive(Clone, Debug, PartialEq)]
pub struct WallScene {
    /// The name of its file.
    pub id: String,
    /// What it is called.
    pub title: Title,
    /// The layers that are on, with their opacity in (0, 1].
    pub layers: Vec<(LayerKind, f32)>,
    /// What the areas are coloured by instead of their tickets in hand.
    pub colour: Option<AreaColour>,
    /// What the map's tickets are about, if not about everything.
    pub matter: Option<Matter>,
    /// Its panels.
    pub panels: ScenePanels,
    /// Its panels where a side has room for two columns or three, if they are others.
    pub wide: Option<ScenePanels>,
    /// True if it stands behind the others, without a tick or a key of its own, until a site lists it.
    pub is_optional: bool,
}

/// The panels of a scene beside and below the map.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ScenePanels {
    /// At the left, from the top; further columns follow towards the map.
    #[serde(default, deserialize_with = "panel::side")]
    pub left: Vec<PanelSpec>,
    /// At the right, from the top; further columns follow away from the map.
    #[serde(default, deserialize_with = "panel::side")]
    pub right: Vec<PanelSpec>,
    /// Below the map.
    pub bottom: Option<PanelSpec>,
    /// At the right end of what is below the map, as wide as a column.
    pub corner: Option<PanelSpec>,
}

impl ScenePanels {
    /// The same with each panel changed.
    fn map(self, change: impl Fn(PanelSpec) -> PanelSpec) -> Self {
        Self {
            left: self.left.into_iter().map(&change).collect(),
            right: self.right.into_iter().map(&change).collect(),
            bottom: self.bottom.map(&change),
            corner: self.corner.map(&change),
        }
    }

    /// All, in the order of their columns.
    pub fn iter(&self) -> impl Iterator<Item = &PanelSpec> {
        self.left.iter().chain(&self.right).chain(&self.bottom).chain(&self.corner)
    }
}

impl WallScene {
    /// True if the map shows key persons: a selected area then says its care counts first.
    pub fn is_about_care(&self) -> bool {
        self.layers.iter().any(|(layer, _)| *layer == LayerKind::Care)
    }

    /// All its panels, those of wide pictures too.
    pub fn panels(&self) -> impl Iterator<Item = &PanelSpec> {
        self.panels.iter().chain(self.wide.iter().flat_map(ScenePanels::iter))
    }

    /// Its panels for a picture of one column a side, or of more.
    pub fn panels_for(&self, is_wide: bool) -> &ScenePanels {
        self.wide.as_ref().filter(|_| is_wide).unwrap_or(&self.panels)
    }

    /// True if one of its panels lists warnings.
    pub fn lists_warnings(&self) -> bool {
        self.panels().any(|panel| panel.kind == PanelKind::Warnings)
    }

    /// The lists of figures it reads, each once. Warnings are read by every scene: their ladder is always in sight.
    pub fn figures(&self) -> Vec<Feed> {
        let read = self.panels().flat_map(|panel| panel.kind.figures()).copied();
        let mut read: BTreeSet<Feed> = read.chain([Feed::Warnings]).collect();
        read.extend(self.colour.as_ref().map(|_| Feed::Indicators));
        read.into_iter().collect()
    }
}

/// All scenes of the wall, and the one shown. There is always one.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct Scenes {
    all: Vec<WallScene>,
    shown: usize,
    /// Optional scenes that the site lists all the same.
    enlisted: BTreeSet<String>,
}

impl Default for Scenes {
    fn default() -> Self {
        Self::of(file::shipped(), BTreeSet::new())
    }
}

impl Scenes {
    /// The scene of this name and no other; the first one if there is none of this name.
    pub fn only(id: &str) -> Self {
        let mut all = file::shipped();
        let place = all.iter().position(|scene| scene.id == id).unwrap_or(0);
        let mut one = all.swap_remove(place);
        one.is_optional = false;
        Self::of(vec![one], BTreeSet::new())
    }

    /// The first scene of `all` shown; those that are listed come first.
    fn of(mut all: Vec<WallScene>, enlisted: BTreeSet<String>) -> Self {
        // Stable: within each half the order stays.
        all.sort_by_key(|scene| scene.is_optional && !enlisted.contains(&scene.id));
        Self { all, shown: 0, enlisted }
    }

    /// Lists these optional scenes like all others: with a tick, a key and a turn in the rotation. Returns the names of
    /// which there is no scene.
    pub fn enlist(&mut self, ids: &[String]) -> Vec<String> {
        let shown = self.current().id.clone();
        *self = Self::of(std::mem::take(&mut self.all), ids.iter().cloned().collect());
        self.show(&shown);
        ids.iter().filter(|id| self.get(id).is_none()).cloned().collect()
    }

    /// The scenes with a tick and a key, in order: all but the optional ones that nobody listed.
    pub fn listed(&self) -> impl Iterator<Item = &WallScene> {
        self.all[..self.count()].iter()
    }

    fn count(&self) -> usize {
        self.all.iter().take_while(|scene| !scene.is_optional || self.enlisted.contains(&scene.id)).count()
    }

    /// Other scenes, for instance because a file has changed. The scene shown stays if there is still one of its name,
    /// else the first is shown. Nothing changes if there is none in `all`.
    pub fn replace(&mut self, all: Vec<WallScene>) {
        if all.is_empty() {
            return;
        }
        let shown = self.current().id.clone();
        *self = Self::of(all, std::mem::take(&mut self.enlisted));
        self.show(&shown);
    }

    /// The names of all, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|scene| scene.id.as_str())
    }

    /// The scene of this name.
    pub fn get(&self, id: &str) -> Option<&WallScene> {
        self.all.iter().find(|scene| scene.id == id)
    }

    /// The scene shown.
    pub fn current(&self) -> &WallScene {
        &self.all[self.shown]
    }

    /// The titles of the listed ones, in order.
    pub fn titles(&self) -> impl Iterator<Item = &Title> {
        self.listed().map(|scene| &scene.title)
    }

    /// Its place among the listed ones, from 1, and how many those are; a scene that is not listed has no place.
    pub fn place(&self) -> (Option<usize>, usize) {
        let count = self.count();
        ((self.shown < count).then_some(self.shown + 1), count)
    }

    /// Shows the scene of this name. False, and no change, if there is none.
    pub fn show(&mut self, id: &str) -> bool {
        let found = self.all.iter().position(|scene| scene.id == id);
        self.shown = found.unwrap_or(self.shown);
        found.is_some()
    }

    /// Shows the listed scene at this place, from 1. False, and no change, if there is none.
    pub fn show_at(&mut self, place: usize) -> bool {
        let is_there = (1..=self.count()).contains(&place);
        if is_there {
            self.shown = place - 1;
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_scenes_keep_the_one_shown_if_it_is_among_them() {
        let mut scenes = Scenes::default();
        let all = scenes.all.clone();
        assert!(scenes.show("care"));
        scenes.replace(all.iter().rev().cloned().collect());
        assert_eq!(scenes.current().id, "care");
        scenes.replace(all.iter().filter(|scene| scene.id != "care").cloned().collect());
        assert_eq!(scenes.current().id, "overview");
        scenes.replace(Vec::new());
        assert_eq!(scenes.current().id, "overview");
    }

    #[test]
    fn the_scene_shown_is_always_one_of_them() {
        let mut scenes = Scenes::default();
        assert_eq!(scenes.current().id, "overview");
        assert!(scenes.show("heat"));
        assert_eq!(scenes.current().id, "heat");
        assert!(!scenes.show("nothing") && !scenes.show_at(0) && !scenes.show_at(99));
        assert_eq!(scenes.current().id, "heat");
        let mut one = Scenes::only("heat");
        assert!(one.current().id == "heat" && one.place() == (Some(1), 1) && !one.show("overview"));
        assert!(scenes.show_at(1));
        assert_eq!((scenes.current().id.as_str(), scenes.place()), ("overview", (Some(1), scenes.listed().count())));
    }

    #[test]
    fn optional_scenes_are_shown_by_name_and_listed_where_a_site_wants_it() {
        let mut scenes = Scenes::default();
        let (_, count) = scenes.place();
        assert!(scenes.ids().count() > count && !scenes.listed().any(|scene| scene.id == "wartime"));
        assert!(scenes.show("wartime"));
        assert_eq!(scenes.place(), (None, count));
        assert!(!scenes.show_at(count + 1));
        assert_eq!(scenes.enlist(&["wartime".into(), "nothing".into()]), ["nothing"]);
        assert_eq!(scenes.current().id, "wartime");
        assert_eq!(scenes.place(), (Some(count + 1), count + 1));
        let files = scenes.all.iter().rev().cloned().collect();
        scenes.replace(files);
        assert!(scenes.current().id == "wartime" && scenes.listed().any(|scene| scene.id == "wartime"));
    }
}
