//! `[[display]]`: the windows of a wall, each with its monitor (or a place of its own), its scene or rotation, how it is
//! looked at, and its bezels. Checked here as far as the file alone tells; text sizes are checked by
//! `panels/floors.rs`, monitors are matched by `wall/displays/monitors.rs`.

use std::path::Path;

use serde::Deserialize;

use super::rotation::RotationFile;
use super::{Config, ConfigError};
use crate::scene::{Profile, RotationPlan};
use crate::strict_toml::TomlError;

/// One window of the wall.
#[derive(Clone, Debug, PartialEq)]
pub struct DisplayConfig {
    /// What it is called in the log and in the names of its files.
    pub name: String,
    /// File and line of its table, for messages.
    pub at: String,
    /// Where it is.
    pub place: DisplayPlace,
    /// The scene it begins with; `None`: the first one.
    pub scene: Option<String>,
    /// How its scenes follow each other; `None`: they do not.
    pub rotation: Option<RotationPlan>,
    /// Desk or wall.
    pub profile: Profile,
    /// Factor on all sizes, 1 to 2: for seats that are far away. What then has no room is left out.
    pub scale: f32,
    /// How it is looked at; `None`: not told, and its text sizes are not checked.
    pub viewing: Option<Viewing>,
    /// Where bezels cross the picture from top to bottom, pixels from its left edge, in order.
    pub bezels_x: Vec<f32>,
}

/// Where a display is.
#[derive(Clone, Debug, PartialEq)]
pub enum DisplayPlace {
    /// It fills a monitor without a border.
    Monitor(MonitorWanted),
    /// It is a window like others.
    Window {
        /// Size in logical pixels.
        size: (u32, u32),
        /// Its left top corner in physical pixels; `None`: wherever the window system puts it.
        at: Option<(i32, i32)>,
    },
}

/// How a monitor is told from the others. Never by its number: that changes with the order in which they wake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MonitorWanted {
    /// By the connector it hangs on, as the window system calls it: `DP-1`, `HDMI-A-2`.
    Connector(String),
    /// By a part of the name it tells of itself, large or small letters: `U2723QE`.
    Name(String),
    /// By its left top corner among all monitors, physical pixels.
    Position((i32, i32)),
}

impl std::fmt::Display for MonitorWanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Connector(connector) => write!(f, "connector {connector}"),
            Self::Name(name) => write!(f, "name {name}"),
            Self::Position((x, y)) => write!(f, "position {x},{y}"),
        }
    }
}

/// How a display is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewing {
    /// Distance of the farthest seat, metres.
    pub distance_m: f32,
    /// Height of the picture, metres.
    pub picture_height_m: f32,
    /// Width and height in pixels, where the file says so.
    pub pixels: Option<(u32, u32)>,
    /// True where it is built of light-emitting diodes (`pitch_mm`): letters then need a least number of pixels, too.
    pub is_led: bool,
}

impl Viewing {
    /// Distance in picture heights, the `k` of the design.
    pub fn k(&self) -> f32 {
        self.distance_m / self.picture_height_m
    }
}

/// What a wall's picture is beyond its profile; of one display, or the usual for a wall without any.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureConfig {
    /// See [`DisplayConfig::scale`].
    pub scale: f32,
    /// See [`DisplayConfig::bezels_x`].
    pub bezels_x: Vec<f32>,
    /// See [`DisplayConfig::scene`].
    pub scene: Option<String>,
}

impl Default for PictureConfig {
    fn default() -> Self {
        Self { scale: 1.0, bezels_x: Vec::new(), scene: None }
    }
}

/// More windows than this are a mistake.
const MOST: usize = 16;

/// `[[display]]` as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DisplayFile {
    name: Option<String>,
    monitor: Option<MonitorFile>,
    window: Option<[u32; 2]>,
    at: Option<[i32; 2]>,
    scene: Option<String>,
    rotation: Option<RotationFile>,
    profile: Option<Profile>,
    scale: Option<f32>,
    viewing_m: Option<f32>,
    picture_height_m: Option<f32>,
    pitch_mm: Option<f32>,
    pixels: Option<[u32; 2]>,
    #[serde(default)]
    bezels_x: Vec<f32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MonitorFile {
    connector: Option<String>,
    name: Option<String>,
    position: Option<[i32; 2]>,
}

/// What the displays of a file mean; `profile` is the wall's, for those that say none.
pub(super) fn resolve(
    files: Vec<DisplayFile>,
    profile: Profile,
    path: &Path,
    text: &str,
) -> Result<Vec<DisplayConfig>, ConfigError> {
    let count = files.len();
    let mut displays: Vec<DisplayConfig> = Vec::with_capacity(count);
    for (nth, file) in files.into_iter().enumerate() {
        let at = Table { path, text, nth };
        if nth >= MOST {
            return Err(at.wrong("name", format!("more than {MOST} displays")));
        }
        let fresh = display(file, profile, &at)?;
        for other in &displays {
            if let Some((key, why)) = clash(other, &fresh) {
                return Err(at.wrong(key, why));
            }
        }
        displays.push(fresh);
    }
    Ok(displays)
}

fn display(file: DisplayFile, profile: Profile, at: &Table<'_>) -> Result<DisplayConfig, ConfigError> {
    let name = file.name.clone().unwrap_or_else(|| (at.nth + 1).to_string());
    let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.chars().count() > 40 || !name.chars().all(is_word) {
        return Err(at.wrong("name", format!("`{name}` must be 1 to 40 letters, digits, `-` or `_`")));
    }
    if file.scene.is_some() && file.rotation.is_some() {
        return Err(at.wrong("scene", "a display shows one scene or a rotation; remove `scene` or `rotation`".into()));
    }
    let scale = file.scale.unwrap_or(1.0);
    if !(1.0..=2.0).contains(&scale) {
        return Err(at.wrong("scale", format!("{scale} is not from 1 to 2")));
    }
    let pixels = file.pixels.map(|[width, height]| (width, height));
    if let Some((width, height)) = pixels
        && !((320..=16_384).contains(&width) && (200..=16_384).contains(&height))
    {
        return Err(at.wrong("pixels", format!("{width}x{height} is not between 320x200 and 16384x16384")));
    }
    Ok(DisplayConfig {
        at: format!("{}:{}", at.path.display(), at.line("").unwrap_or(1)),
        place: place(&file, at)?,
        rotation: file.rotation.as_ref().map(|rotation| plan(rotation, at)).transpose()?,
        profile: file.profile.unwrap_or(profile),
        scale,
        viewing: viewing(&file, pixels, at)?,
        bezels_x: bezels(&file.bezels_x, pixels, at)?,
        scene: file.scene,
        name,
    })
}

fn place(file: &DisplayFile, at: &Table<'_>) -> Result<DisplayPlace, ConfigError> {
    match (&file.monitor, file.window) {
        (Some(_), Some(_)) => {
            Err(at.wrong("window", "a display fills a monitor or is a window; remove `monitor` or `window`".into()))
        }
        (None, None) => {
            let message = "where it is must be said: monitor = { connector = \"DP-1\" }, { name = \"…\" } or \
                           { position = [1920, 0] }, or window = [1600, 900]";
            Err(at.wrong("", message.into()))
        }
        (Some(_), None) if file.at.is_some() => {
            Err(at.wrong("at", "belongs to a `window`; a monitor has its own place".into()))
        }
        (Some(MonitorFile { connector, name, position }), None) => {
            let given = [
                connector.clone().map(MonitorWanted::Connector),
                name.clone().map(MonitorWanted::Name),
                position.map(|[x, y]| MonitorWanted::Position((x, y))),
            ];
            let mut given = given.into_iter().flatten();
            let (Some(wanted), None) = (given.next(), given.next()) else {
                return Err(at.wrong("monitor", "say exactly one of `connector`, `name` and `position`".into()));
            };
            match &wanted {
                MonitorWanted::Connector(word) | MonitorWanted::Name(word) if word.trim().is_empty() => {
                    Err(at.wrong("monitor", "the name is empty; it would fit every monitor".into()))
                }
                _ => Ok(DisplayPlace::Monitor(wanted)),
            }
        }
        (None, Some([width, height])) => {
            if !(640..=16_384).contains(&width) || !(400..=16_384).contains(&height) {
                let message = format!("{width}x{height} is not between 640x400 and 16384x16384");
                return Err(at.wrong("window", message));
            }
            Ok(DisplayPlace::Window { size: (width, height), at: file.at.map(|[x, y]| (x, y)) })
        }
    }
}

fn plan(file: &RotationFile, at: &Table<'_>) -> Result<RotationPlan, ConfigError> {
    file.plan(None).map_err(|message| at.wrong("rotation", message))
}

fn viewing(file: &DisplayFile, pixels: Option<(u32, u32)>, at: &Table<'_>) -> Result<Option<Viewing>, ConfigError> {
    let within = |key: &str, value: Option<f32>, least: f32, most: f32| match value {
        Some(value) if !(least..=most).contains(&value) => {
            Err(at.wrong(key, format!("{value} is not from {least} to {most}")))
        }
        value => Ok(value),
    };
    let distance = within("viewing_m", file.viewing_m, 0.3, 200.0)?;
    let height = within("picture_height_m", file.picture_height_m, 0.1, 50.0)?;
    let pitch = within("pitch_mm", file.pitch_mm, 0.05, 50.0)?;
    let height = match (height, pitch, pixels) {
        (Some(_), Some(_), _) => {
            return Err(at.wrong("pitch_mm", "say `picture_height_m` or `pitch_mm`, not both".into()));
        }
        (None, Some(_), None) => {
            return Err(at.wrong("pitch_mm", "needs `pixels = [width, height]` to know how high the picture is".into()));
        }
        (None, Some(pitch), Some((_, rows))) => Some(pitch * rows as f32 / 1000.0),
        (height, None, _) => height,
    };
    match (distance, height) {
        (Some(distance_m), Some(picture_height_m)) => {
            Ok(Some(Viewing { distance_m, picture_height_m, pixels, is_led: pitch.is_some() }))
        }
        (Some(_), None) => {
            let message = "needs how large the picture is: `picture_height_m`, or `pitch_mm` with `pixels`";
            Err(at.wrong("viewing_m", message.into()))
        }
        (None, Some(_)) => {
            let key = if pitch.is_some() { "pitch_mm" } else { "picture_height_m" };
            Err(at.wrong(key, "needs `viewing_m`, the distance of the farthest seat".into()))
        }
        (None, None) => Ok(None),
    }
}

fn bezels(bezels: &[f32], pixels: Option<(u32, u32)>, at: &Table<'_>) -> Result<Vec<f32>, ConfigError> {
    let right = pixels.map_or(16_384.0, |(width, _)| width as f32);
    for pair in bezels.windows(2) {
        if pair[0] >= pair[1] {
            return Err(at.wrong("bezels_x", format!("{} does not come after {}", pair[1], pair[0])));
        }
    }
    match bezels.iter().find(|x| !(**x > 0.0 && **x < right)) {
        Some(x) => Err(at.wrong("bezels_x", format!("{x} is not inside a picture of {right} pixels"))),
        None => Ok(bezels.to_vec()),
    }
}

/// Why two displays cannot both be: the key that is wrong and what is wrong with it.
fn clash(one: &DisplayConfig, other: &DisplayConfig) -> Option<(&'static str, String)> {
    if one.name == other.name {
        return Some(("name", format!("two displays are called `{}`", one.name)));
    }
    match (&one.place, &other.place) {
        (DisplayPlace::Monitor(a), DisplayPlace::Monitor(b)) if a == b => {
            Some(("monitor", format!("display `{}` has the monitor of this {a} already", one.name)))
        }
        (DisplayPlace::Window { size: a, at: Some(a_at) }, DisplayPlace::Window { size: b, at: Some(b_at) }) => {
            let apart = |a: i32, long: u32, b: i32| i64::from(b) >= i64::from(a) + i64::from(long);
            let is_apart = apart(a_at.0, a.0, b_at.0)
                || apart(b_at.0, b.0, a_at.0)
                || apart(a_at.1, a.1, b_at.1)
                || apart(b_at.1, b.1, a_at.1);
            (!is_apart).then(|| ("at", format!("this window would lie over the one of display `{}`", one.name)))
        }
        _ => None,
    }
}

/// The nth `[[display]]` of a file, for messages.
struct Table<'a> {
    path: &'a Path,
    text: &'a str,
    nth: usize,
}

impl Table<'_> {
    /// The line of a key in this table, from 1; of the table itself for an empty key.
    fn line(&self, key: &str) -> Option<usize> {
        let mut lines = self.text.lines().enumerate();
        let heads = lines.by_ref().filter(|(_, line)| line.trim().starts_with("[[display]]"));
        let (head, _) = heads.into_iter().nth(self.nth)?;
        if key.is_empty() {
            return Some(head + 1);
        }
        let inside = self.text.lines().enumerate().skip(head + 1).take_while(|(_, line)| !line.starts_with("[["));
        let is_key = |line: &str| {
            let left = line.split(['=', ']']).next().unwrap_or(line).trim();
            left == key || left == format!("[display.{key}")
        };
        inside.into_iter().find(|(_, line)| is_key(line)).map(|(index, _)| index + 1).or(Some(head + 1))
    }

    fn wrong(&self, key: &str, message: String) -> ConfigError {
        let what = if key.is_empty() { "display".to_owned() } else { format!("display.{key}") };
        ConfigError::File(TomlError::Wrong {
            path: self.path.to_owned(),
            line: self.line(key).unwrap_or(1),
            column: 1,
            message: format!("{what}: {message}"),
            nearest: None,
        })
    }
}

impl Config {
    /// The configuration of one of its displays: what this one shows, and everything else as it is.
    pub fn for_display(&self, display: &DisplayConfig) -> Self {
        Self {
            profile: display.profile,
            rotation: display.rotation.clone(),
            picture: PictureConfig {
                scale: display.scale,
                bezels_x: display.bezels_x.clone(),
                // A rotation begins with its own first scene.
                scene: display.scene.clone().or_else(|| display.rotation.as_ref()?.scenes.first().cloned()),
            },
            ..self.clone()
        }
    }
}

#[cfg(test)]
#[path = "display_tests.rs"]
mod tests;
