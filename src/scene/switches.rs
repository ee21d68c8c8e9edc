//! Which layers are on and how strongly: as the scene says, until a person switches. What a person chose is kept per
//! scene, and written as TOML so that the next start has it again.

use std::collections::BTreeMap;

use bevy::prelude::Resource;
use serde::{Deserialize, Serialize};

use super::{LayerKind, Scenes, WallScene};

/// Opacity of each layer now.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct LayerSwitches {
    now: [f32; LayerKind::ALL.len()],
    /// What the scene says, for what is switched on again.
    scene: [f32; LayerKind::ALL.len()],
    id: String,
    chosen: Chosen,
}

/// What persons chose: scene, layer, opacity; 0 is off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Chosen(BTreeMap<String, BTreeMap<String, f32>>);

/// One press makes a layer this much stronger or weaker.
const STEP: f32 = 0.1;
/// A layer that is on has at least this opacity.
const LEAST: f32 = 0.1;

impl Default for LayerSwitches {
    /// As the first scene says.
    fn default() -> Self {
        let none = [0.0; LayerKind::ALL.len()];
        let mut switches = Self { now: none, scene: none, id: String::new(), chosen: Chosen::default() };
        switches.follow(Scenes::default().current());
        switches
    }
}

impl LayerSwitches {
    /// Opacity, 0–1; 0 is off.
    pub fn opacity(&self, layer: LayerKind) -> f32 {
        self.now[layer as usize]
    }

    /// True if it is drawn.
    pub fn is_on(&self, layer: LayerKind) -> bool {
        self.opacity(layer) > 0.0
    }

    /// Takes the layers of a scene, with what was chosen for it before.
    pub fn follow(&mut self, scene: &WallScene) {
        self.id.clone_from(&scene.id);
        self.scene = [0.0; LayerKind::ALL.len()];
        for (layer, opacity) in &scene.layers {
            self.scene[*layer as usize] = *opacity;
        }
        self.now = self.scene;
        if let Some(chosen) = self.chosen.0.get(&scene.id) {
            for layer in LayerKind::ALL {
                if let Some(opacity) = chosen.get(layer.key()) {
                    self.now[layer as usize] = opacity.clamp(0.0, 1.0);
                }
            }
        }
    }

    /// Switches a layer on or off in this scene.
    pub fn toggle(&mut self, layer: LayerKind) {
        let scene = self.scene[layer as usize];
        let opacity = match (self.is_on(layer), scene > 0.0) {
            (true, _) => 0.0,
            (false, true) => scene,
            (false, false) => 1.0,
        };
        self.choose(layer, opacity);
    }

    /// Makes a layer that is on `steps` tenths stronger (or weaker, below zero). It never vanishes by this.
    pub fn strengthen(&mut self, layer: LayerKind, steps: i32) {
        if self.is_on(layer) {
            self.choose(layer, (self.opacity(layer) + STEP * steps as f32).clamp(LEAST, 1.0));
        }
    }

    /// Sets the opacity of a layer in this scene; 0 is off.
    pub fn choose(&mut self, layer: LayerKind, opacity: f32) {
        let opacity = if opacity.is_finite() { opacity.clamp(0.0, 1.0) } else { 1.0 };
        self.now[layer as usize] = opacity;
        self.chosen.0.entry(self.id.clone()).or_default().insert(layer.key().into(), opacity);
    }

    /// What was chosen, as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(&self.chosen).unwrap_or_default()
    }

    /// Takes what was chosen earlier.
    ///
    /// # Errors
    /// If the text is not what [`to_toml`](Self::to_toml) writes; nothing is taken then.
    pub fn remember(&mut self, text: &str) -> Result<(), toml::de::Error> {
        self.chosen = toml::from_str(text)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Scenes;

    #[test]
    fn a_choice_is_kept_for_its_scene_only_and_survives_a_restart() {
        let mut scenes = Scenes::default();
        let mut switches = LayerSwitches::default();
        switches.follow(scenes.current());
        assert!(switches.is_on(LayerKind::Areas) && !switches.is_on(LayerKind::Care));
        let before = switches.opacity(LayerKind::Areas);
        switches.toggle(LayerKind::Areas);
        switches.toggle(LayerKind::Care);
        assert!(!switches.is_on(LayerKind::Areas) && switches.is_on(LayerKind::Care));
        switches.strengthen(LayerKind::Care, -99);
        assert_eq!(switches.opacity(LayerKind::Care), LEAST);
        scenes.show("care");
        switches.follow(scenes.current());
        assert_eq!(switches.opacity(LayerKind::Care), 1.0);

        let mut next = LayerSwitches::default();
        next.remember(&switches.to_toml()).expect("own text");
        scenes.show("overview");
        next.follow(scenes.current());
        assert!(!next.is_on(LayerKind::Areas));
        assert_eq!(next.opacity(LayerKind::Care), LEAST);
        next.toggle(LayerKind::Areas);
        assert_eq!(next.opacity(LayerKind::Areas), before);
        assert!(next.remember("areas = 1").is_err());
    }
}
