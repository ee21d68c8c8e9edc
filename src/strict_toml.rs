//! Reads a TOML file strictly: a wrong key or value is refused with file, line and the nearest right key.
//!
//! Types that are read with [`parse`] carry `#[serde(deny_unknown_fields)]`. Used by the configuration and by the import
//! mappings.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// What is wrong with a TOML file. The message is ready for a person: `file:line:column: what, and what to do`.
#[derive(Debug, thiserror::Error)]
pub enum TomlError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A key or value is wrong.
    #[error("{}:{line}:{column}: {message}{}", path.display(), hint(nearest))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong.
        message: String,
        /// The nearest right key or value, if one is near.
        nearest: Option<String>,
    },
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default()
}

/// Reads and parses a file.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, TomlError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| TomlError::Unreadable { path: path.to_owned(), source })?;
    parse(path, &text)
}

/// Parses the text of a file; `path` is for the message only.
pub fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, TomlError> {
    toml::from_str(text).map_err(|error| {
        let (line, column) = error.span().map_or((1, 1), |span| line_and_column(text, span.start));
        let message = error.message().trim().replace('\n', ": ");
        let nearest = nearest_in(&message);
        TomlError::Wrong { path: path.to_owned(), line, column, message, nearest }
    })
}

/// An error at a place that a later check found, for values that parse but make no sense.
pub fn wrong(path: &Path, text: &str, key: &str, message: impl Into<String>) -> TomlError {
    let name = key.rsplit('.').next().unwrap_or(key);
    let at = text.lines().position(|line| line.split('=').next().is_some_and(|left| left.trim() == name));
    TomlError::Wrong {
        path: path.to_owned(),
        line: at.map_or(1, |index| index + 1),
        column: 1,
        message: format!("{key}: {}", message.into()),
        nearest: None,
    }
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

/// The right word nearest to the wrong one in serde's "unknown field `x`, expected one of `a`, `b`".
fn nearest_in(message: &str) -> Option<String> {
    if !message.starts_with("unknown ") {
        return None;
    }
    let mut words = message.split('`').skip(1).step_by(2);
    let wrong = words.next()?;
    words
        .map(|right| (strsim::damerau_levenshtein(wrong, right), right))
        .filter(|(distance, right)| *distance <= right.len().max(4) / 2)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, right)| right.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only the errors are looked at")]
        locale: Option<String>,
        #[expect(dead_code, reason = "only the errors are looked at")]
        seed: Option<u64>,
    }

    #[test]
    fn a_wrong_key_is_named_with_file_line_and_the_nearest_right_one() {
        let error = parse::<Sample>(Path::new("wall.toml"), "seed = 1\n\nlocal = \"en\"\n").unwrap_err().to_string();
        assert!(error.starts_with("wall.toml:3:1:"), "{error}");
        assert!(error.ends_with("did you mean `locale`?"), "{error}");
    }

    #[test]
    fn a_wrong_value_is_named_with_its_line() {
        let error = parse::<Sample>(Path::new("wall.toml"), "\nseed = \"x\"\n").unwrap_err().to_string();
        assert!(error.starts_with("wall.toml:2:8:"), "{error}");
    }

    #[test]
    fn a_word_that_is_near_nothing_gets_no_guess() {
        let error = parse::<Sample>(Path::new("w"), "zzzzzzzzzz = 1").unwrap_err().to_string();
        assert!(!error.contains("did you mean"), "{error}");
    }
}
