//! What a list has no room for: how many rows fit, and the line that counts the others. A list never drops a row silently.

use bevy_egui::egui::{Align, Rect, Ui, pos2};

use super::head::announce;
use super::look::Look;
use super::pen::fit;
use super::style::Role;

/// Height of the line that counts what has no room.
pub const LINE: f32 = 28.0;

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

    /// The same for rows whose height may lie between two steps: they move together before one is left out, and share
    /// what is left. Returns the height of a row, too.
    pub fn between(count: usize, [least, most]: [f32; 2], height: f32) -> (Self, f32) {
        let room = Self::of(count, least, height);
        let height = if room.hidden > 0 { height - LINE } else { height };
        (room, (height / room.shown.max(1) as f32).clamp(least, most))
    }
}

/// Writes how many rows of a list have no room, in the line of [`LINE`] below `y`; `key` is a message about a number.
pub fn more_ui(ui: &Ui, look: &Look<'_>, body: Rect, y: f32, key: &str, hidden: usize) {
    if hidden == 0 {
        return;
    }
    let words = look.t_n(key, hidden as u64);
    let at = pos2(body.left(), y + 22.0);
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

    #[test]
    fn rows_move_together_before_one_is_left_out() {
        let all = Room { shown: 8, hidden: 0 };
        assert_eq!(Room::between(8, [32.0, 52.0], 8.0 * 38.0), (all, 38.0));
        assert_eq!(Room::between(8, [32.0, 52.0], 8.0 * 32.5), (all, 32.5));
        assert_eq!(Room::between(8, [32.0, 52.0], 900.0), (all, 52.0));
        let (room, step) = Room::between(8, [32.0, 52.0], 250.0);
        assert_eq!(room, Room { shown: 6, hidden: 2 });
        assert!(6.0 * step + LINE <= 250.0 && step >= 32.0, "{step}");
    }
}
