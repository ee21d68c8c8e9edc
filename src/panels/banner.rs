//! The banner over the map when tickets are no longer current: since when, why, and when the next try is due.

use bevy_egui::egui::{Align, CornerRadius, Rect, Stroke, Ui, pos2, vec2};

use super::head::announce;
use super::look::Look;
use super::pen::{centred, fit, freshness_glyph, hatch, say};
use super::style::{Role, colour};
use crate::city::Freshness;
use crate::domain::Feed;
use crate::locale::hms;

/// True while tickets are not current, or cannot be had at all.
pub fn is_due(look: &Look<'_>) -> bool {
    let feed = look.feed(Feed::Tickets);
    feed.is_grey() || (feed.rung == Freshness::Never && feed.state.is_some_and(|state| state.trouble.is_some()))
}

/// Where the banner stands in the map's free area, if it is due.
pub fn place(look: &Look<'_>, free: Rect) -> Option<Rect> {
    let is_due = is_due(look);
    let wide = (free.width() - 40.0).min(940.0);
    (is_due && wide > 240.0)
        .then(|| Rect::from_min_size(pos2(free.center().x - wide / 2.0, free.top() + 12.0), vec2(wide, 64.0)))
}

/// Draws the banner in `ui`'s rectangle.
pub fn banner_ui(ui: &mut Ui, look: &Look<'_>) {
    let rect = ui.max_rect();
    let p = ui.painter();
    let feed = look.feed(Feed::Tickets);
    p.rect_filled(rect, CornerRadius::same(6), colour(look.palette.bg2));
    for edge in [rect.with_max_y(rect.top() + 6.0), rect.with_min_y(rect.bottom() - 6.0)] {
        hatch(p, edge, 8.0, Stroke::new(2.5, look.text3()));
    }
    let (left, right) = (rect.left() + 26.0, rect.right() - 26.0);
    let middle = rect.center().y;
    freshness_glyph(p, look.palette, pos2(left + 13.0, middle), 26.0, feed.rung);
    let role = Role::medium(30.0);
    let headline = match (feed.rung, feed.as_of) {
        (Freshness::Never, _) | (_, None) => look.t("no-data-yet").into_owned(),
        (_, Some(at)) => look.locale.t_args("stale-as-of", &[("time", &hms(at, &look.zone))]),
    };
    let room = right - left - 44.0;
    let said =
        fit(p, pos2(left + 44.0, centred(middle, role)), Align::Min, headline.as_str(), role, look.text1(), room);
    announce(ui, said, "banner", &headline);
    let mut x = said.right() + 18.0;
    if let Some(age) = feed.age.filter(|_| x + 110.0 < right) {
        let role = Role::regular(24.0);
        x = say(p, pos2(x, centred(middle, role)), Align::Min, look.locale.ago(age), role, look.text2()).right() + 18.0;
    }
    if let Some(reason) = feed.reason(look).filter(|_| right - x > 100.0) {
        let said = fit(
            p,
            pos2(right, centred(middle, Role::ROW)),
            Align::Max,
            reason.as_str(),
            Role::ROW,
            look.text2(),
            right - x,
        );
        announce(ui, said, "banner-reason", &reason);
    }
}
