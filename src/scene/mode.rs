//! Peacetime and wartime 平时、战时: in wartime the wall shows one scene and stays with it. And drills, which are marked as
//! such so that nobody takes them for the real thing. The key and the rotation are the wall's (`wall/mode.rs`).

use bevy::prelude::Resource;

use super::Scenes;

/// The scene of wartime; a site's own file of this name replaces the shipped one.
pub const WARTIME: &str = "wartime";

/// How the wall is used now.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct WallMode {
    is_wartime: bool,
    /// What was shown in peacetime.
    before: Option<String>,
    /// True during a drill: the map carries a watermark.
    pub is_drill: bool,
}

impl WallMode {
    /// Peacetime; a drill or not.
    pub fn of(is_drill: bool) -> Self {
        Self { is_drill, ..Self::default() }
    }

    /// True in wartime.
    pub fn is_wartime(&self) -> bool {
        self.is_wartime
    }

    /// From peacetime to wartime, or back to the scene that was shown then.
    pub fn toggle(&mut self, scenes: &mut Scenes) {
        if self.is_wartime {
            self.is_wartime = false;
            let before = self.before.take();
            // Somebody who went to another scene meanwhile stays there.
            if let Some(before) = before.filter(|_| scenes.current().id == WARTIME) {
                scenes.show(&before);
            }
            return;
        }
        self.is_wartime = true;
        self.before = Some(scenes.current().id.clone());
        scenes.show(WARTIME);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wartime_has_its_scene_and_peace_the_one_before() {
        let (mut scenes, mut mode) = (Scenes::default(), WallMode::default());
        assert!(scenes.show("care"));
        mode.toggle(&mut scenes);
        assert!(mode.is_wartime() && scenes.current().id == WARTIME);
        mode.toggle(&mut scenes);
        assert!(!mode.is_wartime() && scenes.current().id == "care");
        mode.toggle(&mut scenes);
        assert!(scenes.show("heat"));
        mode.toggle(&mut scenes);
        assert_eq!(scenes.current().id, "heat", "a hand chose it in wartime");
    }
}
