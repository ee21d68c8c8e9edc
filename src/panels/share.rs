//! Rows of parts of a whole, in columns that line up: label, bar, part / whole with its unit, and where wanted the share.
//! Used by the panels of teams and of the data foundation.

use bevy_egui::egui::{Align, Rect, Ui, pos2};

use super::head::announce;
use super::look::{FeedLook, Look};
use super::more::{self, Room, more_ui};
use super::pen::{bar, centred, fit, say, width};
use super::style::{Role, colour, faint};

/// Height of a row that stands in a list.
pub const ROW: f32 = 38.0;

/// A shorter bar says nothing.
const LEAST_BAR: f32 = 40.0;

/// One part of one whole. What is `None` is not collected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Share {
    /// What it is.
    pub label: String,
    /// How many of them.
    pub part: Option<u64>,
    /// Of how many.
    pub whole: Option<u64>,
    /// What is counted: 人, 台, 个.
    pub unit: String,
}

impl Share {
    /// The part of the whole, 0–1; `None` where either is unknown, and of nothing.
    pub fn share(&self) -> Option<f32> {
        let whole = self.whole.filter(|whole| *whole > 0)?;
        Some((self.part? as f32 / whole as f32).clamp(0.0, 1.0))
    }

    /// For screen readers and tests: `网格员 412 / 638 人`.
    pub fn words(&self, look: &Look<'_>, feed: &FeedLook<'_>) -> String {
        let say = |n: Option<u64>| n.filter(|_| feed.has_values()).map_or_else(|| "—".to_owned(), |n| look.count(n));
        match (self.part, self.whole) {
            (None, None) => format!("{} {}", self.label, look.t("care-no-data")),
            (part, whole) => {
                format!("{} {} / {} {}", self.label, say(part), say(whole), self.unit).trim_end().to_owned()
            }
        }
    }
}

/// A share in words: whole percent, but never 100 for less than all, nor 0 for more than nothing.
pub fn percent(share: f32) -> String {
    let rounded = (share * 100.0).round();
    let told = match share {
        0.0 => 0.0,
        _ if share >= 1.0 => 100.0,
        _ if rounded <= 0.0 || rounded >= 100.0 => return format!("{:.1} %", (share * 100.0).clamp(0.1, 99.9)),
        _ => rounded,
    };
    format!("{told:.0} %")
}

/// How shares are written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Height of a row, u.
    pub row: f32,
    /// True if the share stands at the right end.
    pub has_percent: bool,
}

/// Draws the rows from the top of `rect`, as many as fit, and counts the others. Returns where that ends.
pub fn shares_ui(ui: &Ui, look: &Look<'_>, feed: &FeedLook<'_>, rect: Rect, rows: &[Share], style: Style) -> f32 {
    let p = ui.painter();
    let room = Room::of(rows.len(), style.row, rect.height());
    let rows = &rows[..room.shown];
    more_ui(ui, look, rect, rect.top() + style.row * room.shown as f32, "more-items", room.hidden);
    let number = |n: Option<u64>| n.map_or_else(|| "—".to_owned(), |n| look.count(n));
    let widest = |of: &dyn Fn(&Share) -> (String, Role)| {
        let wide = |row| {
            let (words, role) = of(row);
            width(p, words, role)
        };
        rows.iter().map(wide).fold(0.0, f32::max)
    };
    let labels = widest(&|row| (row.label.clone(), Role::BODY)).min(rect.width() * 0.44);
    let slash = width(p, " / ", Role::BODY);
    let wholes = slash + widest(&|row| (number(row.whole), Role::BODY));
    let parts = widest(&|row| (number(row.part), Role::BODY_STRONG)).max(26.0);
    let percents = if style.has_percent { width(p, "99.9 %", Role::BODY) + 14.0 } else { 0.0 };
    // Right edge of the parts, and the bar between label and part. Long words leave the bar its room: the unit goes, for
    // the label says what is counted.
    let of_units = |units: f32| {
        let part_x = rect.right() - percents - units - wholes;
        (part_x, (rect.left() + labels + 14.0)..(part_x - parts - 12.0))
    };
    let with_units = of_units(widest(&|row| (row.unit.clone(), Role::BODY)) + 6.0);
    let has_units = with_units.1.end - with_units.1.start >= LEAST_BAR;
    let (part_x, track) = if has_units { with_units } else { of_units(0.0) };
    for (nth, row) in rows.iter().enumerate() {
        let y = rect.top() + style.row * (nth as f32 + 0.5);
        let base = centred(y, Role::BODY);
        fit(p, pos2(rect.left(), base), Align::Min, row.label.as_str(), Role::BODY, look.text1(), labels);
        let line = Rect::from_min_max(pos2(rect.left(), y - style.row / 2.0), pos2(rect.right(), y + style.row / 2.0));
        announce(ui, line, ("share", nth, row.label.as_str()), &row.words(look, feed));
        if row.part.is_none() && row.whole.is_none() {
            say(p, pos2(rect.right(), base), Align::Max, look.t("care-no-data"), Role::BODY, look.text3());
            continue;
        }
        let figure = |n: Option<u64>| match n {
            Some(n) => feed.figure(look, n),
            None => ("—".to_owned(), look.text3()),
        };
        let ((part, ink), (whole, _)) = (figure(row.part), figure(row.whole));
        say(p, pos2(part_x, base), Align::Max, part, Role::BODY_STRONG, ink);
        let quiet = if feed.is_grey() { look.ink(|p| p.stale) } else { look.text3() };
        // The strokes stand below each other.
        let said = say(p, pos2(part_x, base), Align::Min, format!(" / {whole}"), Role::BODY, quiet);
        if has_units {
            say(p, pos2(said.right() + 6.0, base), Align::Min, row.unit.as_str(), Role::BODY, look.text3());
        }
        let share = row.share().filter(|_| feed.has_values());
        if style.has_percent {
            let words = share.map_or_else(|| "—".to_owned(), percent);
            let ink = if share.is_none() { look.text3() } else { ink };
            say(p, pos2(rect.right(), base), Align::Max, words, Role::BODY, ink);
        }
        if track.end - track.start >= 24.0 {
            track_ui(ui, look, feed, (track.start, track.end, y), share);
        }
    }
    rect.top() + style.row * rows.len() as f32 + if room.hidden > 0 { more::LINE } else { 0.0 }
}

/// The bar of one share over the whole's track, from `x0` to `x1` around `y`.
pub fn track_ui(ui: &Ui, look: &Look<'_>, feed: &FeedLook<'_>, (x0, x1, y): (f32, f32, f32), share: Option<f32>) {
    let p = ui.painter();
    let rect = |to: f32| Rect::from_min_max(pos2(x0, y - 5.0), pos2(to, y + 5.0));
    bar(p, rect(x1), faint(look.palette.neutral_bar_dim, 0.55));
    let Some(share) = share else { return };
    let ink = if feed.is_grey() { faint(look.palette.stale, 0.7) } else { colour(look.palette.accent) };
    if share > 0.0 {
        bar(p, rect((x0 + (x1 - x0) * share).max(x0 + 2.0)), ink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_rounded_to_all_or_nothing() {
        assert_eq!([0.0, 1.0, 0.999, 0.0004, 0.5].map(percent), ["0 %", "100 %", "99.9 %", "0.1 %", "50 %"]);
        let share = |part, whole| Share { part, whole, ..Share::default() }.share();
        assert_eq!([share(Some(1), Some(4)), share(Some(0), Some(0)), share(None, Some(4))], [Some(0.25), None, None]);
        assert_eq!(share(Some(5), Some(4)), Some(1.0));
    }
}
