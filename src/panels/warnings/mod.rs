//! Warnings 预警 on the wall: the ladder of four levels, the list with its evidence, kinds and areas, and the signs on the
//! map. What a sign looks like is in `sign.rs`, what is said of one warning in `words.rs`.

pub mod areas;
pub mod kinds;
pub mod list;
pub mod on_map;
pub mod sign;
pub mod spread;
pub mod words;

#[cfg(test)]
pub mod samples;

use bevy_egui::egui::{Rect, Ui};
use jiff::Timestamp;

use super::head::empty;
use super::look::{FeedLook, Look};
use crate::city::{Freshness, figures};
use crate::domain::Warning;

/// How many warnings stand at each level, most severe first.
pub fn ladder(warnings: &[Warning], now: Timestamp) -> [u32; 4] {
    let mut counts = [0; 4];
    for warning in warnings.iter().filter(|warning| warning.is_standing(now)) {
        counts[warning.level as usize] += 1;
    }
    counts
}

/// Says instead of a list why there is none: not arrived, not offered, silent for long. True if something was said.
pub fn instead(
    ui: &Ui,
    look: &Look<'_>,
    body: Rect,
    answer: figures::Answer,
    feed: &FeedLook<'_>,
    silent: &str,
) -> bool {
    let words = match answer {
        figures::Answer::NotOffered => "not-offered",
        _ if feed.rung == Freshness::Expired => silent,
        figures::Answer::None => "connecting",
        figures::Answer::Here => return false,
    };
    empty(ui.painter(), look, body, &look.t(words));
    true
}
