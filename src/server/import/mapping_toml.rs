//! Reads a TOML table key by key and refuses what is left over, with file, line and the nearest right key.
//!
//! The keys that a reader asks for are the known keys, so code and check cannot drift apart. Used by `mapping.rs`.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

/// Everything that is wrong with a mapping file.
#[derive(Debug, thiserror::Error)]
pub struct MappingError {
    /// The file.
    pub path: PathBuf,
    /// The problems with their lines (0: the file as a whole), in the order of the file.
    pub problems: Vec<(usize, String)>,
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (line, problem)) in self.problems.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            match line {
                0 => write!(f, "{gap}{}: {problem}", self.path.display())?,
                line => write!(f, "{gap}{}:{line}: {problem}", self.path.display())?,
            }
        }
        Ok(())
    }
}

/// Parses `text` and hands its top table to `read`; every problem found is in the error.
pub fn read_document<T>(path: &Path, text: &str, read: impl FnOnce(&Table<'_>) -> T) -> Result<T, MappingError> {
    let problems = RefCell::new(Vec::new());
    let value = match DeTable::parse(text) {
        Ok(document) => {
            let table = Table {
                table: document.get_ref(),
                name: String::new(),
                line: 0,
                text,
                asked: RefCell::default(),
                problems: &problems,
            };
            let value = read(&table);
            table.refuse_the_rest();
            Some(value)
        }
        Err(error) => {
            let line = error.span().map_or(0, |span| line_of(text, span.start));
            problems.borrow_mut().push((line, format!("not valid TOML: {}", error.message())));
            None
        }
    };
    let mut problems = problems.into_inner();
    problems.sort_by_key(|(line, _)| *line);
    match value {
        Some(value) if problems.is_empty() => Ok(value),
        _ => Err(MappingError { path: path.to_owned(), problems }),
    }
}

/// One table of the document.
pub struct Table<'t> {
    table: &'t DeTable<'t>,
    name: String,
    line: usize,
    text: &'t str,
    asked: RefCell<Vec<String>>,
    problems: &'t RefCell<Vec<(usize, String)>>,
}

impl<'t> Table<'t> {
    fn find(&self, key: &str) -> Option<(usize, &'t DeValue<'t>)> {
        self.asked.borrow_mut().push(key.to_owned());
        let value = self.table.get(key)?;
        Some((line_of(self.text, value.span().start), value.get_ref()))
    }

    /// The line of a key's value; the table's line if it is absent.
    pub fn line_of(&self, key: &str) -> usize {
        self.table.get(key).map_or(self.line, |value| line_of(self.text, value.span().start))
    }

    /// True if the key is there, right or wrong.
    pub fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    /// Books a problem.
    pub fn refuse(&self, line: usize, problem: impl Into<String>) {
        self.problems.borrow_mut().push((line, problem.into()));
    }

    fn wrong_type(&self, line: usize, key: &str, wanted: &str, found: &DeValue<'_>) {
        self.refuse(line, format!("{}{key} must be {wanted}, but is of type {}", self.prefix(), found.type_str()));
    }

    fn prefix(&self) -> String {
        if self.name.is_empty() { String::new() } else { format!("{}.", self.name) }
    }

    /// A sub-table, read to its end by `read`.
    pub fn table<T>(&self, key: &str, read: impl FnOnce(&Table<'t>) -> T) -> Option<T> {
        let (line, value) = self.find(key)?;
        let Some(table) = value.as_table() else {
            self.wrong_type(line, key, "a table", value);
            return None;
        };
        let table = Table {
            table,
            name: format!("{}{key}", self.prefix()),
            line,
            text: self.text,
            asked: RefCell::default(),
            problems: self.problems,
        };
        let value = read(&table);
        table.refuse_the_rest();
        Some(value)
    }

    /// A text.
    pub fn text(&self, key: &str) -> Option<String> {
        let (line, value) = self.find(key)?;
        match value.as_str() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            Some(_) => {
                self.refuse(line, format!("{}{key} is empty; leave the key out instead", self.prefix()));
                None
            }
            None => {
                self.wrong_type(line, key, "a text", value);
                None
            }
        }
    }

    /// One text or a list of texts.
    pub fn texts(&self, key: &str) -> Vec<String> {
        let Some((line, value)) = self.find(key) else { return Vec::new() };
        if let Some(text) = value.as_str() {
            return vec![text.to_owned()];
        }
        let list = value.as_array().map(|list| {
            list.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()
        });
        match list.flatten() {
            Some(texts) if !texts.is_empty() => texts,
            _ => {
                self.wrong_type(line, key, "a text or a list of texts", value);
                Vec::new()
            }
        }
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &str) -> Option<bool> {
        let (line, value) = self.find(key)?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.wrong_type(line, key, "true or false", value);
        }
        flag
    }

    /// A number in a range.
    pub fn number(&self, key: &str, range: std::ops::RangeInclusive<f64>) -> Option<f64> {
        let (line, value) = self.find(key)?;
        let written = value.as_integer().map(|n| n.as_str()).or_else(|| value.as_float().map(|n| n.as_str()));
        let Some(number) = written.and_then(|text| text.replace('_', "").parse::<f64>().ok()) else {
            self.wrong_type(line, key, "a number", value);
            return None;
        };
        if !range.contains(&number) {
            let (low, high) = (range.start(), range.end());
            self.refuse(line, format!("{}{key} = {number} is not between {low} and {high}", self.prefix()));
            return None;
        }
        Some(number)
    }

    /// A text that `parse` understands; its error is booked with the line.
    pub fn parsed<T>(&self, key: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let line = self.line_of(key);
        let text = self.text(key)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.refuse(line, format!("{}{key}: {problem}", self.prefix()));
                None
            }
        }
    }

    /// One of some words.
    pub fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        self.parsed(key, |text| pick(text, choices))
    }

    /// A table from the file's own values to one of some words. The key `default` stands for all other values.
    pub fn value_map<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> ValueMap<T> {
        let read = |table: &Table<'_>| {
            let mut map = ValueMap { entries: Vec::new(), default: None };
            for own in table.table.keys() {
                let own = own.get_ref().as_ref();
                let Some(value) = table.choice(own, choices) else { continue };
                if own == "default" {
                    map.default = Some(value);
                } else {
                    map.entries.push((fold(own), value));
                }
            }
            map
        };
        self.table(key, read).unwrap_or(ValueMap { entries: Vec::new(), default: None })
    }

    fn refuse_the_rest(&self) {
        let asked = self.asked.borrow();
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if asked.iter().any(|known| known == name) {
                continue;
            }
            let hint = match nearest(name, asked.iter().map(String::as_str)) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("known here: {}", asked.join(", ")),
            };
            self.refuse(
                line_of(self.text, key.span().start),
                format!("unknown key \"{}{name}\"; {hint}", self.prefix()),
            );
        }
    }
}

/// What the values of a column mean.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueMap<T> {
    entries: Vec<(String, T)>,
    /// For values that are not listed.
    pub default: Option<T>,
}

impl<T> Default for ValueMap<T> {
    /// Nothing is listed.
    fn default() -> Self {
        Self { entries: Vec::new(), default: None }
    }
}

impl<T: Copy> ValueMap<T> {
    /// The meaning of a value that is listed; capitals and outer blanks do not matter.
    pub fn get(&self, value: &str) -> Option<T> {
        let value = value.trim();
        let direct = self.entries.iter().find(|(own, _)| own == value);
        direct
            .or_else(|| {
                let folded = fold(value);
                self.entries.iter().find(|(own, _)| *own == folded)
            })
            .map(|(_, meaning)| *meaning)
    }

    /// True if nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The choice of that name, or an error that names the nearest.
pub fn pick<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, String> {
    choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim())).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let hint =
            nearest(text, names.iter().copied()).map(|near| format!("did you mean \"{near}\"? ")).unwrap_or_default();
        format!("\"{text}\" is none of the possible values; {hint}possible: {}", names.join(", "))
    })
}

/// The name most like `text`, if one is like it at all.
pub fn nearest<'n>(text: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let text = text.to_lowercase();
    let scored = names.into_iter().map(|name| (strsim::jaro_winkler(&text, &name.to_lowercase()), name));
    scored.filter(|(score, _)| *score > 0.75).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}
