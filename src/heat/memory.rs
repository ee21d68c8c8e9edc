//! The heat map's settings as a TOML file: what a person chose, kept for the next start or given to a picture. Read
//! strictly; a key that is left out has its default. Partner: `settings.rs`.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::settings::{HeatSettings, LEAST_WINDOW_S, MOST_WINDOW_S, Mode, RADII, Scale, State};
use crate::domain::Source;
use crate::strict_toml::{TomlError, parse, wrong};

/// The file.
#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Kept {
    /// Seconds.
    window_s: Option<u32>,
    tickets: Tickets,
    sources: Option<Vec<SourceName>>,
    /// Only this category group.
    category: Option<String>,
    /// Metres; the window's own without.
    radius_m: Option<u32>,
    unit: Unit,
    scale: ScaleName,
    damped: Option<bool>,
}

#[derive(Serialize, Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Tickets {
    #[default]
    All,
    Open,
    Overdue,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum SourceName {
    GridWorker,
    Hotline,
    Dispatch,
    Other,
}

#[derive(Serialize, Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Unit {
    #[default]
    PerKm2,
    PerThousand,
    Expected,
}

#[derive(Serialize, Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum ScaleName {
    #[default]
    Locked,
    Auto,
}

const SOURCES: [(SourceName, Source); 4] = [
    (SourceName::GridWorker, Source::GridWorker),
    (SourceName::Hotline, Source::Hotline),
    (SourceName::Dispatch, Source::Dispatch),
    (SourceName::Other, Source::Other),
];

/// The settings as text that [`from_toml`] reads.
pub fn to_toml(settings: &HeatSettings) -> String {
    let counts = |source: Source| settings.sources >> source as u8 & 1 == 1;
    let kept = Kept {
        window_s: Some(settings.window_s),
        tickets: match settings.state {
            State::All => Tickets::All,
            State::Open => Tickets::Open,
            State::Overdue => Tickets::Overdue,
        },
        sources: Some(SOURCES.iter().filter(|(_, source)| counts(*source)).map(|(name, _)| *name).collect()),
        category: settings.category.as_deref().map(str::to_owned),
        radius_m: settings.radius_m,
        unit: match settings.mode {
            Mode::PerArea => Unit::PerKm2,
            Mode::PerResidents => Unit::PerThousand,
            Mode::Expected => Unit::Expected,
        },
        scale: if settings.scale == Scale::Locked { ScaleName::Locked } else { ScaleName::Auto },
        damped: Some(settings.is_damped),
    };
    toml::to_string(&kept).unwrap_or_default()
}

/// The settings in a text; `path` is for the message only.
///
/// # Errors
/// A wrong key or value, with file and line.
pub fn from_toml(path: &Path, text: &str) -> Result<HeatSettings, TomlError> {
    let kept: Kept = parse(path, text)?;
    let default = HeatSettings::default();
    let window_s = kept.window_s.unwrap_or(default.window_s);
    if !(LEAST_WINDOW_S..=MOST_WINDOW_S).contains(&window_s) {
        let words = format!("{window_s} seconds; the window is {LEAST_WINDOW_S} to {MOST_WINDOW_S} seconds long");
        return Err(wrong(path, text, "window_s", words));
    }
    let (least, most) = (RADII[0], RADII[RADII.len() - 1]);
    if let Some(radius) = kept.radius_m.filter(|radius| !(least..=most).contains(radius)) {
        return Err(wrong(path, text, "radius_m", format!("{radius} m; the radius is {least} to {most} m")));
    }
    let sources = match &kept.sources {
        None => default.sources,
        Some(names) if names.is_empty() => {
            return Err(wrong(path, text, "sources", "none; name at least one, or leave the line out for all"));
        }
        Some(names) => names.iter().fold(0, |bits, name| bits | 1 << *name as u8),
    };
    Ok(HeatSettings {
        window_s,
        state: match kept.tickets {
            Tickets::All => State::All,
            Tickets::Open => State::Open,
            Tickets::Overdue => State::Overdue,
        },
        sources,
        category: kept.category.filter(|name| !name.is_empty()).map(Arc::from),
        radius_m: kept.radius_m,
        mode: match kept.unit {
            Unit::PerKm2 => Mode::PerArea,
            Unit::PerThousand => Mode::PerResidents,
            Unit::Expected => Mode::Expected,
        },
        scale: match kept.scale {
            ScaleName::Locked => Scale::Locked,
            ScaleName::Auto => Scale::Auto,
        },
        is_damped: kept.damped.unwrap_or(default.is_damped),
    })
}

/// The settings in a file.
///
/// # Errors
/// If it cannot be read, or a key or value is wrong.
pub fn read(path: &Path) -> Result<HeatSettings, TomlError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| TomlError::Unreadable { path: path.to_owned(), source })?;
    from_toml(path, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> Result<HeatSettings, String> {
        from_toml(Path::new("heat.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn every_setting_comes_back() {
        let chosen = HeatSettings {
            window_s: 2_700,
            state: State::Overdue,
            sources: 0b0101,
            category: Some("噪声\"扰民\"".into()),
            radius_m: Some(400),
            mode: Mode::Expected,
            scale: Scale::Auto,
            is_damped: false,
        };
        for settings in [chosen, HeatSettings::default()] {
            assert_eq!(from(&to_toml(&settings)).as_ref(), Ok(&settings));
        }
        assert_eq!(from(""), Ok(HeatSettings::default()));
    }

    #[test]
    fn a_wrong_line_is_named_and_nothing_is_taken() {
        for (text, place, words) in [
            ("windows_s = 3600", "heat.toml:1:", "did you mean `window_s`"),
            ("\nwindow_s = 5", "heat.toml:2:", "60 to"),
            ("radius_m = 9", "heat.toml:1:", "120 to 1400 m"),
            ("sources = []", "heat.toml:1:", "at least one"),
            ("unit = \"per-km\"", "heat.toml:1:", "per-km2"),
        ] {
            let error = from(text).expect_err(text);
            assert!(error.starts_with(place) && error.contains(words), "{error}");
        }
    }
}
