//! Names that repeat over thousands of records (categories, units, area codes) are cleaned and stored once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::text::display_text;

/// Most names kept; a platform that sends more different ones starts the store anew.
const MAX_NAMES: usize = 200_000;

/// Cleaned names by what was sent.
#[derive(Debug, Default)]
pub struct Names {
    known: HashMap<Box<str>, Arc<str>>,
    empty: Arc<str>,
}

impl Names {
    /// The name as it may be drawn, shared by all records that have it.
    pub fn share(&mut self, raw: &str) -> Arc<str> {
        if let Some(name) = self.known.get(raw) {
            return name.clone();
        }
        if self.known.len() >= MAX_NAMES {
            self.known.clear();
        }
        let name: Arc<str> = display_text(raw).into();
        self.known.insert(raw.into(), name.clone());
        name
    }

    /// The empty name.
    pub fn empty(&self) -> Arc<str> {
        self.empty.clone()
    }
}

/// True if a number or code can be shown as it is: short, without control or invisible characters.
pub fn is_presentable(code: &str) -> bool {
    code.len() <= 128 && (code.bytes().all(|byte| byte.is_ascii_graphic()) || display_text(code) == code)
}
