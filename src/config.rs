//! The configuration: defaults < `gridwall.toml` < environment < flags, checked before a window opens.
//!
//! [`ConfigFile`] is what was written; [`Config`] is what it means. Flags and environment variables are read by
//! `cli.rs` and laid on top with [`Overrides`]; nothing else reads the environment.

mod display;
mod rotation;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::locale::{Locale, NumberStyle};
use crate::log_file::LogFolder;
use crate::palette::Theme;
use crate::scene::{Profile, RotationPlan};
use crate::strict_toml::{self, TomlError};
use rotation::RotationFile;

pub use display::{DisplayConfig, DisplayPlace, MonitorWanted, PictureConfig, Viewing};

/// The checked configuration of one wall process.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where the data comes from.
    pub source: SourceConfig,
    /// Language of the panels.
    pub locale: Locale,
    /// How large numbers are written.
    pub numbers: NumberStyle,
    /// Colours.
    pub theme: Theme,
    /// Text sizes and density.
    pub profile: Profile,
    /// Size of the window in logical pixels.
    pub window: (u32, u32),
    /// Open as a full-screen wall.
    pub full_screen: bool,
    /// Replace flights and fades by cuts.
    pub reduced_motion: bool,
    /// The wall is used for a drill and says so across the map.
    pub drill: bool,
    /// The picture drifts and its columns change sides, so that nothing burns in.
    pub burn_in: bool,
    /// Optional scenes that have a place among the others.
    pub optional_scenes: Vec<String>,
    /// Where the last good state and other droppings go.
    pub cache_dir: PathBuf,
    /// How the last good state of a platform is kept; `None`: not at all.
    pub cache: Option<CachePace>,
    /// A folder with the site's own scene files.
    pub scenes_dir: Option<PathBuf>,
    /// How scenes follow each other without a hand; `None`: they do not.
    pub rotation: Option<RotationPlan>,
    /// Where the log goes besides stderr; `None`: nowhere.
    pub log: Option<LogFolder>,
    /// Where metrics are told: an address of this machine; `None`: nowhere.
    pub metrics: Option<SocketAddr>,
    /// The plainest wall there is: one scene, no cache, a software adapter where there is one.
    pub safe: bool,
    /// Its windows; none: one, as [`Config::window`] and [`Config::full_screen`] say.
    pub displays: Vec<DisplayConfig>,
    /// The picture of this wall, or of one display ([`Config::for_display`]).
    pub picture: PictureConfig,
}

/// How often the last good state is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CachePace {
    /// Longest time between a change and its being saved.
    pub every: Duration,
}

/// Where the data comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceConfig {
    /// The reference platform in this process, on a free loopback port.
    Embedded(Embedded),
    /// A platform that runs elsewhere.
    Platform {
        /// Base URL.
        url: String,
        /// How to sign in.
        auth: AuthConfig,
        /// Trust only the authorities in this PEM file; two of them while one takes over from the other.
        ca_file: Option<PathBuf>,
    },
}

/// The embedded reference platform.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// A preset or STREETSxCOMMUNITIESxGRIDS.
    pub district: String,
    /// Seed of everything that is drawn by lot.
    pub seed: u64,
    /// Platform seconds per real second.
    pub speed: f64,
    /// The moment at which the platform's clock stands still.
    pub at: Option<Timestamp>,
    /// A database to serve instead of a synthetic district.
    pub db: Option<PathBuf>,
}

/// How to sign in to a platform.
#[derive(Clone, Debug, PartialEq, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum AuthConfig {
    /// No credential: the in-process demo, or an open platform.
    #[default]
    None,
    /// `Authorization: Bearer …`, the token read from a file.
    Bearer {
        /// The file; its first line is the token.
        token_file: PathBuf,
    },
    /// A header of any name, its value read from a file.
    Header {
        /// Name of the header.
        name: String,
        /// The file; its first line is the value.
        value_file: PathBuf,
    },
    /// A query parameter, its value read from a file.
    Query {
        /// Name of the parameter.
        name: String,
        /// The file; its first line is the value.
        value_file: PathBuf,
    },
}

/// `gridwall.toml` as it is written. Every key is optional; every unknown key is refused.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    #[serde(default)]
    source: Vec<SourceFile>,
    demo: Option<DemoFile>,
    wall: Option<WallFile>,
    cache_dir: Option<PathBuf>,
    metrics: Option<SocketAddr>,
    cache: Option<CacheFile>,
    scenes_dir: Option<PathBuf>,
    rotation: Option<RotationFile>,
    log: Option<LogSection>,
    #[serde(default)]
    display: Vec<display::DisplayFile>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogSection {
    folder: PathBuf,
    max_mib: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CacheFile {
    enabled: Option<bool>,
    every_s: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceFile {
    kind: SourceKind,
    url: String,
    #[serde(default)]
    auth: AuthConfig,
    ca_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SourceKind {
    Gridwall,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoFile {
    district: Option<String>,
    seed: Option<u64>,
    speed: Option<f64>,
    db: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WallFile {
    locale: Option<Locale>,
    numbers: Option<NumberStyle>,
    theme: Option<Theme>,
    profile: Option<Profile>,
    window: Option<[u32; 2]>,
    full_screen: Option<bool>,
    reduced_motion: Option<bool>,
    drill: Option<bool>,
    burn_in: Option<bool>,
    #[serde(default)]
    optional_scenes: Vec<String>,
}

/// What environment and flags say; laid over the file. `None` leaves the file's word.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// `--platform`
    pub platform: Option<String>,
    /// `--district`
    pub district: Option<String>,
    /// `--seed`
    pub seed: Option<u64>,
    /// `--speed`
    pub speed: Option<f64>,
    /// `--at`
    pub at: Option<Timestamp>,
    /// `--db`
    pub db: Option<PathBuf>,
    /// `--locale`
    pub locale: Option<Locale>,
    /// `--numbers`
    pub numbers: Option<NumberStyle>,
    /// `--theme`
    pub theme: Option<Theme>,
    /// `--profile`
    pub profile: Option<Profile>,
    /// `--window`
    pub window: Option<(u32, u32)>,
    /// `--full-screen`
    pub full_screen: bool,
    /// `--metrics`
    pub metrics: Option<SocketAddr>,
    /// `--safe`
    pub safe: bool,
    /// `--scenes-dir`
    pub scenes_dir: Option<PathBuf>,
    /// `--rotate`, seconds
    pub dwell_s: Option<u64>,
    /// A drill.
    pub drill: bool,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is wrong.
    #[error(transparent)]
    File(#[from] TomlError),
    /// A flag or variable is wrong.
    #[error("{0}")]
    Flag(String),
}

impl Config {
    /// The configuration from `file` (or from the first of [`search_path`] that exists), with `overrides` on top.
    pub fn load(file: Option<&Path>, overrides: Overrides) -> Result<Self, ConfigError> {
        let path = file.map(Path::to_owned).or_else(|| search_path().into_iter().find(|path| path.is_file()));
        let Some(path) = path else {
            return Self::resolve(ConfigFile::default(), Path::new("gridwall.toml"), "", overrides);
        };
        let text =
            std::fs::read_to_string(&path).map_err(|source| TomlError::Unreadable { path: path.clone(), source })?;
        let file: ConfigFile = strict_toml::parse(&path, &text)?;
        Self::resolve(file, &path, &text, overrides)
    }

    /// What `file` and `overrides` mean; `path` and `text` are for messages.
    pub fn resolve(file: ConfigFile, path: &Path, text: &str, over: Overrides) -> Result<Self, ConfigError> {
        let demo = file.demo.unwrap_or_default();
        let wall = file.wall.unwrap_or_default();
        let wrong = |key: &str, message: String| ConfigError::File(strict_toml::wrong(path, text, key, message));
        if file.source.len() > 1 {
            return Err(wrong("source", "only one [[source]] can be used so far; remove the others".into()));
        }
        let from_file = over.platform.is_none();
        let source = over.platform.map(|url| (url, AuthConfig::None, None)).or_else(|| {
            file.source
                .into_iter()
                .next()
                .map(|SourceFile { kind: SourceKind::Gridwall, url, auth, ca_file }| (url, auth, ca_file))
        });
        let speed = over.speed.or(demo.speed).unwrap_or(1.0);
        if !(0.0..=100_000.0).contains(&speed) {
            return Err(match over.speed {
                Some(_) => ConfigError::Flag(format!("--speed {speed}: must be from 0 to 100000")),
                None => wrong("demo.speed", format!("{speed} is not from 0 to 100000")),
            });
        }
        let source = match source {
            Some((url, auth, ca_file)) => {
                if !(url.starts_with("http://") || url.starts_with("https://")) {
                    let message = format!("`{url}` is not a base URL; it must begin with http:// or https://");
                    return Err(if from_file {
                        wrong("source.url", message)
                    } else {
                        ConfigError::Flag(format!("--platform: {message}"))
                    });
                }
                SourceConfig::Platform { url, auth, ca_file }
            }
            None => SourceConfig::Embedded(Embedded {
                district: over.district.or(demo.district).unwrap_or_else(|| "haicheng".into()),
                seed: over.seed.or(demo.seed).unwrap_or(1),
                speed,
                at: over.at,
                db: over.db.or(demo.db),
            }),
        };
        let window = over.window.or(wall.window.map(|[width, height]| (width, height))).unwrap_or((1600, 900));
        if !(640..=16_384).contains(&window.0) || !(400..=16_384).contains(&window.1) {
            let message = format!("{}x{} is not between 640x400 and 16384x16384", window.0, window.1);
            return Err(match over.window {
                Some(_) => ConfigError::Flag(format!("--window: {message}")),
                None => wrong("wall.window", message),
            });
        }
        let metrics = over.metrics.or(file.metrics);
        if let Some(address) = metrics.filter(|address| !address.ip().is_loopback()) {
            let message = format!("{address} is no address of this machine alone, for example 127.0.0.1:9464");
            return Err(match over.metrics {
                Some(_) => ConfigError::Flag(format!("--metrics: {message}")),
                None => wrong("metrics", message),
            });
        }
        let log = match file.log {
            Some(LogSection { max_mib: Some(max_mib), .. }) if !(1..=1_024).contains(&max_mib) => {
                return Err(wrong("log.max_mib", format!("{max_mib} is not from 1 to 1024")));
            }
            Some(LogSection { folder, max_mib }) => Some(LogFolder { folder, max_bytes: max_mib.unwrap_or(10) << 20 }),
            None => None,
        };
        let cache = file.cache.unwrap_or_default();
        let every_s = cache.every_s.unwrap_or(300);
        if !(10..=86_400).contains(&every_s) {
            return Err(wrong("cache.every_s", format!("{every_s} is not from 10 to 86400 seconds")));
        }
        let rotation = if file.rotation.is_some() || over.dwell_s.is_some() {
            let plan = file.rotation.unwrap_or_default().plan(over.dwell_s);
            Some(plan.map_err(|message| match (over.dwell_s, message.split_once(": ")) {
                (Some(_), Some(("dwell_s", rest))) => ConfigError::Flag(format!("--rotate: {rest}")),
                (_, Some((key, rest))) => wrong(&format!("rotation.{key}"), rest.into()),
                (_, None) => wrong("rotation", message),
            })?)
        } else {
            None
        };
        let profile = over.profile.or(wall.profile).unwrap_or_default();
        let displays = display::resolve(file.display, profile, path, text)?;
        // Flags win: who asks for one window gets one. So does a wall that must be plain.
        let is_one = over.safe || over.window.is_some() || over.full_screen;
        Ok(Self {
            scenes_dir: over.scenes_dir.or(file.scenes_dir),
            rotation: rotation.filter(|_| !over.safe),
            displays: if is_one { Vec::new() } else { displays },
            picture: PictureConfig::default(),
            cache: (cache.enabled.unwrap_or(true) && !over.safe)
                .then_some(CachePace { every: Duration::from_secs(every_s) }),
            log,
            metrics,
            safe: over.safe,
            source,
            locale: over.locale.or(wall.locale).unwrap_or_default(),
            numbers: over.numbers.or(wall.numbers).unwrap_or_default(),
            theme: over.theme.or(wall.theme).unwrap_or_default(),
            profile,
            window,
            full_screen: over.full_screen || wall.full_screen.unwrap_or(false),
            reduced_motion: wall.reduced_motion.unwrap_or(false) || over.safe,
            drill: over.drill || wall.drill.unwrap_or(false),
            burn_in: wall.burn_in.unwrap_or(profile == Profile::Wall) && !over.safe,
            optional_scenes: wall.optional_scenes,
            cache_dir: file.cache_dir.unwrap_or_else(default_cache_dir),
        })
    }
}

/// Where `gridwall.toml` is looked for when no file is named: here, the user's configuration folder, `/etc/gridwall`.
pub fn search_path() -> Vec<PathBuf> {
    use etcetera::BaseStrategy as _;
    let mut places = vec![PathBuf::from("gridwall.toml")];
    if let Ok(base) = etcetera::choose_base_strategy() {
        places.push(base.config_dir().join("gridwall/gridwall.toml"));
    }
    if cfg!(unix) {
        places.push(PathBuf::from("/etc/gridwall/gridwall.toml"));
    }
    places
}

fn default_cache_dir() -> PathBuf {
    use etcetera::BaseStrategy as _;
    etcetera::choose_base_strategy().map_or_else(|_| std::env::temp_dir(), |base| base.cache_dir()).join("gridwall")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::WarningLevel;

    fn config(text: &str, over: Overrides) -> Result<Config, ConfigError> {
        let path = Path::new("gridwall.toml");
        Config::resolve(strict_toml::parse(path, text)?, path, text, over)
    }

    #[test]
    fn the_annotated_example_is_the_defaults() {
        let text = include_str!("../assets/gridwall.example.toml");
        let mut example = config(text, Overrides::default()).unwrap();
        let default = config("", Overrides::default()).unwrap();
        example.cache_dir = default.cache_dir.clone();
        assert_eq!(example, default);
        // Commented keys are checked as well: an example nobody can switch on helps nobody.
        let all: String =
            text.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line)).collect::<Vec<_>>().join("\n");
        assert!(matches!(config(&all, Overrides::default()).unwrap().source, SourceConfig::Platform { .. }));
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_defaults() {
        let text = "[wall]\nlocale = \"en\"\n[demo]\nseed = 7\ndistrict = \"pidu\"\n";
        let over = Overrides { seed: Some(9), ..Default::default() };
        let config = config(text, over).unwrap();
        assert_eq!(config.locale, Locale::En);
        let SourceConfig::Embedded(demo) = config.source else { panic!("embedded expected") };
        assert_eq!((demo.seed, demo.district.as_str()), (9, "pidu"));
    }

    #[test]
    fn numbers_are_in_thousands_until_the_site_wants_myriads() {
        let numbers = |text: &str, over| {
            config(text, Overrides { numbers: over, ..Default::default() }).map(|config| config.numbers)
        };
        assert_eq!(numbers("", None).unwrap(), NumberStyle::Thousands);
        let file = "[wall]\nnumbers = \"myriads\"\n";
        assert_eq!(numbers(file, None).unwrap(), NumberStyle::Myriads);
        assert_eq!(numbers(file, Some(NumberStyle::Thousands)).unwrap(), NumberStyle::Thousands, "flags win");
        let wrong = numbers("[wall]\nnumbers = \"myriad\"\n", None).unwrap_err().to_string();
        assert!(wrong.starts_with("gridwall.toml:2") && wrong.contains("did you mean `myriads`"), "{wrong}");
    }

    #[test]
    fn the_safe_wall_keeps_nothing_and_moves_nothing() {
        let config = config("[cache]\nenabled = true\n", Overrides { safe: true, ..Default::default() }).unwrap();
        assert!(config.safe && config.reduced_motion && config.cache.is_none());
    }

    #[test]
    fn a_wall_drifts_and_a_desk_does_not_unless_it_is_told_to() {
        let burn_in = |text: &str| config(text, Overrides::default()).unwrap().burn_in;
        assert!(burn_in("") && burn_in("[wall]\nprofile = \"desk\"\nburn_in = true\n"));
        assert!(!burn_in("[wall]\nprofile = \"desk\"\n") && !burn_in("[wall]\nburn_in = false\n"));
        assert!(!config("", Overrides { safe: true, ..Default::default() }).unwrap().burn_in);
        let drill = config("", Overrides { drill: true, ..Default::default() }).unwrap();
        assert!(drill.drill && !config("", Overrides::default()).unwrap().drill);
    }

    #[test]
    fn scenes_turn_only_where_it_is_asked_for() {
        assert_eq!(config("", Overrides::default()).unwrap().rotation, None);
        let file = "[rotation]\nscenes = [\"heat\", \"care\"]\npause_s = 60\n";
        let plan = config(file, Overrides { dwell_s: Some(10), ..Default::default() }).unwrap().rotation.unwrap();
        assert_eq!((plan.dwell.as_secs(), plan.pause.as_secs(), plan.scenes.join(" ")), (10, 60, "heat care".into()));
        assert_eq!(plan.hold_on, Some(WarningLevel::Orange));
        let hold = |level: &str| {
            let text = format!("[rotation]\nhold_on = \"{level}\"\n");
            config(&text, Overrides::default()).map(|config| config.rotation.expect("a rotation").hold_on)
        };
        assert_eq!((hold("red").unwrap(), hold("none").unwrap()), (Some(WarningLevel::Red), None));
        let wrong = hold("reed").unwrap_err().to_string();
        assert!(wrong.starts_with("gridwall.toml:2") && wrong.contains("did you mean `red`"), "{wrong}");
    }

    #[test]
    fn wrong_keys_and_values_are_named_with_their_line() {
        let message = |text: &str| config(text, Overrides::default()).unwrap_err().to_string();
        let unknown = message("[wall]\nlocal = \"en\"\n");
        assert!(unknown.starts_with("gridwall.toml:2") && unknown.contains("did you mean `locale`"), "{unknown}");
        let url = message("[[source]]\nkind = \"gridwall\"\nurl = \"platform.example\"\n");
        assert!(url.starts_with("gridwall.toml:3") && url.contains("http"), "{url}");
        let kind = message("[[source]]\nkind = \"gridwal\"\nurl = \"http://x\"\n");
        assert!(kind.contains("gridwall.toml:2") && kind.contains("did you mean `gridwall`"), "{kind}");
        let window = message("[wall]\nwindow = [10, 10]\n");
        assert!(window.starts_with("gridwall.toml:2"), "{window}");
        let dwell = message("[rotation]\ndwell_s = 1\n");
        assert!(dwell.starts_with("gridwall.toml:2") && dwell.contains("5 to 86400"), "{dwell}");
        let open = message("metrics = \"0.0.0.0:9464\"\n");
        assert!(open.starts_with("gridwall.toml:1") && open.contains("127.0.0.1"), "{open}");
        let size = message("[log]\nfolder = \"x\"\nmax_mib = 0\n");
        assert!(size.starts_with("gridwall.toml:3") && size.contains("1 to 1024"), "{size}");
        let often = message("[cache]\nevery_s = 1\n");
        assert!(often.starts_with("gridwall.toml:2") && often.contains("10 to 86400"), "{often}");
    }
}
