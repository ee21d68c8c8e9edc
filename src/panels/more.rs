//! What a list has no room for: how many rows fit, and the line that counts the others. A list never drops a row silently.

use bevy_egui::egui::{Align, Rect, Ui, pos2};

use super::head::announce;
use super::look::Look;
use super::pen::fit;
use super::style::Role;

/// Height of the line that counts what has no room.
pub const LINE: f32 = 32.0;

/// Rows of a list in a height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Rows that have room.
    pub shown: usize,
    /// The others.
    pub hidden: usize,
}

impl Room {
    /// Room for `count` rows of `step` in `height`, with [`LINE`] kept free below where not all fit.
    pub fn of(count: usize, step: f32, height: f32) -> Self {
        let fitting = |height: f32| ((height + 0.5) / step).floor().max(0.0) as usize;
        let shown = if fitting(height) >= count { count } else { fitting(height - LINE).min(count) };
        Self { shown, hidden: count - shown }
    }
}

/// Writes how many rows of a list have no room, in the line of [`LINE`] below `y`; `key` is a message about a number.
pub fn more_ui(ui: &Ui, look: &Look<'_>, body: Rect, y: f32, key: &str, hidden: usize) {
    if hidden == 0 {
        return;
    }
    let words = look.t_n(key, hidden as u64);
    let at = pos2(body.left(), y + 24.0);
    let said = fit(ui.painter(), at, Align::Min, words.as_str(), Role::BODY, look.text3(), body.width());
    announce(ui, said, ("more", key), &words);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_takes_its_room_only_where_rows_are_left_out() {
        assert_eq!(Room::of(5, 40.0, 200.0), Room { shown: 5, hidden: 0 });
        assert_eq!(Room::of(6, 40.0, 200.0), Room { shown: 4, hidden: 2 });
        assert_eq!(Room::of(6, 40.0, 20.0), Room { shown: 0, hidden: 6 });
        assert_eq!(Room::of(0, 40.0, 0.0), Room { shown: 0, hidden: 0 });
    }
}
