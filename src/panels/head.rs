//! The head that all panels share (title, as-of, freshness), rows one can click, and labels for screen readers.

use bevy_egui::egui::{
    Align, AsIdSalt, CornerRadius, CursorIcon, Id, Painter, Pos2, Rect, Response, Sense, Ui, WidgetInfo, WidgetType,
    pos2,
};

use super::look::{FeedLook, Look};
use super::pen::{calendar_glyph, centred, fit, freshness_glyph, say, stale_bar};
use super::style::{Role, faint};
use crate::city::Freshness;

/// Height of a head with the space under it.
pub const HEAD: f32 = 44.0;

/// Draws a panel's head and, when its figures are not current, the hatched bar. Returns what is left for the content.
///
/// `note` replaces the plain as-of while the feed is current.
pub fn head(ui: &Ui, look: &Look<'_>, title: &str, note: Option<String>, feed: &FeedLook<'_>) -> Rect {
    head_of(ui, look, title, note, feed, Role::PANEL, Role::BODY)
}

/// The same with other sizes, for panels in desk text.
pub fn head_of(
    ui: &Ui,
    look: &Look<'_>,
    title: &str,
    note: Option<String>,
    feed: &FeedLook<'_>,
    title_role: Role,
    note_role: Role,
) -> Rect {
    let (p, rect) = (ui.painter(), ui.max_rect());
    let grey = feed.is_grey();
    if grey {
        stale_bar(p, look.palette, rect);
    }
    let middle = rect.top() + 17.0;
    let glyph = note_role.size * 0.9;
    feed_glyph(p, look, pos2(rect.right() - glyph / 2.0, middle), glyph, feed);
    let note = note.filter(|_| feed.rung == Freshness::Live).unwrap_or_else(|| feed.note(look));
    let ink = if grey { look.text1() } else { look.text3() };
    let note_end = pos2(rect.right() - glyph - 8.0, centred(middle, note_role));
    let noted = fit(p, note_end, Align::Max, note, note_role, ink, rect.width() * 0.66);
    let ink = if grey { look.ink(|p| p.stale) } else { look.text1() };
    let room = (noted.left() - rect.left() - 12.0).max(40.0);
    fit(p, pos2(rect.left(), centred(middle, title_role)), Align::Min, title, title_role, ink, room);
    announce(ui, Rect::from_min_max(rect.min, pos2(rect.right(), rect.top() + 34.0)), "head", title);
    Rect::from_min_max(pos2(rect.left(), rect.top() + HEAD), rect.max)
}

/// The glyph of a feed: its freshness, or a calendar for what is counted once a day and is of the day.
pub fn feed_glyph(p: &Painter, look: &Look<'_>, centre: Pos2, size: f32, feed: &FeedLook<'_>) {
    if feed.is_daily() && feed.rung == Freshness::Live {
        calendar_glyph(p, look.palette, centre, size);
    } else {
        freshness_glyph(p, look.palette, centre, size, feed.rung);
    }
}

/// Tells assistive technology (and tests) what stands in `rect`.
pub fn announce(ui: &Ui, rect: Rect, salt: impl AsIdSalt, text: &str) {
    let response = ui.interact(rect, ui.id().with(salt), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, text));
}

/// A row that can be clicked, or chosen with Tab and Enter: shows where the pointer is. Call it before drawing the row.
pub fn row(ui: &Ui, look: &Look<'_>, rect: Rect, salt: impl AsIdSalt, label: &str) -> Response {
    let response = ui.interact(rect, ui.id().with(salt), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, label));
    if response.hovered() || response.has_focus() {
        ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
        ui.painter().rect_filled(rect.expand2([6.0, 0.0].into()), CornerRadius::same(4), faint(look.palette.bg3, 0.8));
    }
    response
}

/// A column of a chart that can be clicked: like [`row`], but no wider than it is.
pub fn column(ui: &Ui, look: &Look<'_>, rect: Rect, salt: impl AsIdSalt, label: &str) -> Response {
    let response = ui.interact(rect, ui.id().with(salt), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, label));
    if response.hovered() || response.has_focus() {
        ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
        ui.painter().rect_filled(rect, CornerRadius::same(2), faint(look.palette.bg3, 0.8));
    }
    response
}

/// Words in the middle of an empty panel: 正在连接…, 没有工单.
pub fn empty(p: &Painter, look: &Look<'_>, rect: Rect, words: &str) {
    say(p, pos2(rect.left(), rect.top() + 26.0), Align::Min, words, Role::BODY, look.text3());
}

/// The id of the search field, so that keys can reach it.
pub fn search_id() -> Id {
    Id::new("gridwall-search")
}
