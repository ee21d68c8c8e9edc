//! A site's own scene files: a folder that adds scenes and replaces shipped ones of the same name, read again when
//! something in it changes. A file that is wrong is refused with its line, and the last good scene of its name stays.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bevy::prelude::Resource;

use super::file::{parse, shipped};
use super::{SceneError, WallScene};

/// Scene files that were refused at the last look, ready for a person.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusedScenes(pub Vec<String>);

/// More files than this are a mistake: the rest is refused.
const MOST: usize = 64;
/// A scene file is a page of text.
const MOST_BYTES: u64 = 256 * 1024;

/// When a file was written, and its size: enough to see a change.
type Print = (Option<SystemTime>, u64);

/// The folder, and what was read from it.
#[derive(Debug, Default)]
pub struct SceneFolder {
    path: PathBuf,
    prints: Option<BTreeMap<PathBuf, Print>>,
    good: BTreeMap<String, WallScene>,
}

/// What a look at a changed folder gave.
#[derive(Debug)]
pub struct Reading {
    /// All scenes: the shipped ones in their order, then the site's by name.
    pub scenes: Vec<WallScene>,
    /// What was refused, ready for a person.
    pub refused: Vec<String>,
}

impl SceneFolder {
    /// A folder that has not been looked at.
    pub fn new(path: PathBuf) -> Self {
        Self { path, ..Self::default() }
    }

    /// Looks for changes; `None` if there are none since the last look. A folder that is not there has no files.
    ///
    /// # Errors
    /// If the folder cannot be listed; the scenes stay as they are.
    pub fn look(&mut self) -> std::io::Result<Option<Reading>> {
        let prints = prints(&self.path)?;
        if self.prints.as_ref() == Some(&prints) {
            return Ok(None);
        }
        let mut refused = Vec::new();
        let mut found = BTreeMap::new();
        for (count, path) in prints.keys().enumerate() {
            if count >= MOST {
                refused.push(format!("{}: more than {MOST} scene files; this one is left out", path.display()));
                continue;
            }
            let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            match read(path) {
                Ok(scene) => _ = found.insert(id, scene),
                Err(error) => {
                    // The last good one stays, if there was one.
                    found.extend(self.good.remove_entry(&id));
                    refused.push(error.to_string());
                }
            }
        }
        self.good = found;
        self.prints = Some(prints);
        Ok(Some(Reading { scenes: self.scenes(), refused }))
    }

    fn scenes(&self) -> Vec<WallScene> {
        let mut own = self.good.clone();
        let shipped = shipped().into_iter().map(|scene| own.remove(&scene.id).unwrap_or(scene));
        let mut scenes: Vec<WallScene> = shipped.collect();
        scenes.extend(own.into_values());
        scenes
    }
}

fn prints(folder: &Path) -> std::io::Result<BTreeMap<PathBuf, Print>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries?,
    };
    let mut prints = BTreeMap::new();
    for entry in entries {
        let path = entry?.path();
        let is_scene = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml"));
        // A file that goes away between the listing and the look is gone.
        if is_scene && let Ok(about) = std::fs::metadata(&path) {
            prints.insert(path, (about.modified().ok(), about.len()));
        }
    }
    Ok(prints)
}

fn read(path: &Path) -> Result<WallScene, SceneError> {
    let unreadable = |source| SceneError::Unreadable { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(unreadable)?.len() > MOST_BYTES {
        let words = format!("larger than {MOST_BYTES} bytes, which is no scene file");
        return Err(unreadable(std::io::Error::other(words)));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    parse(path, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOD: &str = "title = { zh = \"防汛\", en = \"Flood\" }\n[layers]\nareas = 1\n[panels]\nleft = [\"intake\"]\nright = [\"latest\"]\n";

    fn ids(reading: &Reading) -> Vec<&str> {
        reading.scenes.iter().map(|scene| scene.id.as_str()).collect()
    }

    #[test]
    fn a_site_adds_and_replaces_scenes_and_takes_them_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut scenes = SceneFolder::new(folder.path().join("scenes"));
        let shipped = ids(&scenes.look().expect("no folder is no trouble").expect("the first look"))
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>();
        std::fs::create_dir(folder.path().join("scenes")).expect("made");
        assert!(scenes.look().expect("listed").is_none(), "nothing has changed");
        let file = |name: &str| folder.path().join("scenes").join(name);
        std::fs::write(file("flood.toml"), FLOOD).expect("written");
        std::fs::write(file("heat.toml"), FLOOD).expect("written");
        std::fs::write(file("notes.txt"), "no scene").expect("written");
        let reading = scenes.look().expect("listed").expect("changed");
        assert_eq!(reading.scenes.len(), shipped.len() + 1);
        assert_eq!(reading.scenes.last().map(|scene| scene.id.as_str()), Some("flood"));
        let heat = reading.scenes.iter().find(|scene| scene.id == "heat").expect("there");
        assert_eq!(heat.title.zh, "防汛", "the site's own stands in its place");
        std::fs::remove_file(file("heat.toml")).expect("removed");
        std::fs::remove_file(file("flood.toml")).expect("removed");
        assert_eq!(ids(&scenes.look().expect("listed").expect("changed")), shipped);
    }

    #[test]
    fn a_wrong_file_is_named_and_the_last_good_one_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut scenes = SceneFolder::new(folder.path().to_owned());
        std::fs::write(folder.path().join("flood.toml"), FLOOD).expect("written");
        scenes.look().expect("listed").expect("the first look");
        std::fs::write(folder.path().join("flood.toml"), FLOOD.replace("intake", "intakes")).expect("written");
        std::fs::write(folder.path().join("new.toml"), "title = 1").expect("written");
        let reading = scenes.look().expect("listed").expect("changed");
        assert_eq!(reading.refused.len(), 2, "{:?}", reading.refused);
        assert!(reading.refused[0].contains("flood.toml:5:") && reading.refused[0].contains("`intake`"));
        assert!(ids(&reading).contains(&"flood") && !ids(&reading).contains(&"new"));
        std::fs::write(folder.path().join("flood.toml"), FLOOD.replace("防汛", "防台风")).expect("written");
        let mended = scenes.look().expect("listed").expect("changed");
        assert_eq!(mended.scenes.last().map(|scene| scene.title.zh.as_str()), Some("防台风"));
        assert_eq!(mended.refused.len(), 1);
    }
}
