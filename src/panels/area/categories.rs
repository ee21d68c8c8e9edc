//! 类别: what the area's tickets of the last 30 days are about, ranked, and how that compares with the 30 days before.

use bevy_egui::egui::{Align, Rect, Ui, pos2};

use super::super::behind::Counted;
use super::super::head::{empty, head, row};
use super::super::look::Look;
use super::super::more::{Room, more_ui};
use super::super::pen::{bar, centred, fit, say, width};
use super::super::style::{Role, colour, faint};
use super::digest::{AreaDigest, DAYS};
use crate::city::Freshness;
use crate::domain::{AreaId, Feed};

/// Height of a row.
const ROW: f32 = 34.0;

/// Draws the panel of an area. A click on a category asks which tickets these are.
pub fn categories_ui(ui: &mut Ui, look: &Look<'_>, digest: &AreaDigest, scope: AreaId) -> Option<Counted> {
    let feed = look.feed(Feed::Tickets);
    let (figure, _) = feed.figure(look, u64::from(digest.total));
    let note = look.locale.t_args("area-categories-note", &[("days", &DAYS.to_string()), ("n", &figure)]);
    let body = head(ui, look, &look.t("area-categories-title"), Some(note), &feed);
    let p = ui.painter();
    if digest.categories.is_empty() || !feed.has_values() {
        let words = match feed.rung {
            Freshness::Never => "connecting",
            Freshness::Expired => "silent-list",
            _ => "verified-zero",
        };
        empty(p, look, body, &look.t(words));
        return None;
    }
    let mut asked = None;
    let room = Room::of(digest.categories.len(), ROW, body.height());
    let listed = &digest.categories[..room.shown];
    more_ui(ui, look, body, body.top() + ROW * room.shown as f32, "more-categories", room.hidden);
    let names = listed.iter().map(|kind| width(p, look.locale.term(&kind.name), Role::BODY)).fold(60.0, f32::max);
    let names = names.min(body.width() * 0.42);
    let delta = |before: u32, count: u32| look.locale.signed(i64::from(count) - i64::from(before));
    let deltas = listed
        .iter()
        .filter_map(|kind| Some(width(p, delta(kind.before?, kind.count), Role::BODY)))
        .fold(0.0, f32::max);
    let counts = listed.iter().map(|kind| width(p, look.count(kind.count), Role::BODY_STRONG)).fold(0.0, f32::max);
    let start = body.left() + names + 14.0;
    let most = listed.first().map_or(1, |most| most.count).max(1) as f32;
    let room = (body.right() - start - counts - 10.0 - deltas - 16.0).max(20.0);
    for (nth, kind) in listed.iter().enumerate() {
        let y = body.top() + (nth as f32 + 0.5) * ROW;
        let base = centred(y, Role::BODY);
        let (figure, ink) = feed.figure(look, u64::from(kind.count));
        let line = Rect::from_min_max(pos2(body.left(), y - ROW / 2.0), pos2(body.right(), y + ROW / 2.0));
        if row(ui, look, line, ("area-category", nth), &format!("{} {figure}", look.locale.term(&kind.name))).clicked()
        {
            asked = Some(Counted::Category(kind.name.clone(), scope, DAYS));
        }
        fit(p, pos2(body.left(), base), Align::Min, look.locale.term(&kind.name), Role::BODY, look.text1(), names);
        let length = (room * kind.count as f32 / most).max(3.0);
        let grey = feed.is_grey();
        let fill = if grey { faint(look.palette.stale, 0.55) } else { colour(look.palette.neutral_bar) };
        bar(p, Rect::from_min_max(pos2(start, y - 6.0), pos2(start + length, y + 6.0)), fill);
        say(p, pos2(start + length + 10.0, base), Align::Min, figure.as_str(), Role::BODY_STRONG, ink);
        // Against old data nothing is compared.
        if let Some(before) = kind.before.filter(|_| !grey) {
            say(p, pos2(body.right(), base), Align::Max, delta(before, kind.count), Role::BODY, look.text3());
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;

    #[test]
    fn the_most_frequent_is_first() {
        let city = fixture::city();
        let root = city.areas.root().unwrap();
        let digest = AreaDigest::of(&city.tickets, &city.areas, root, fixture::now(), &fixture::zone());
        let labels = fixture::labels(&city, |ui, look, _| {
            categories_ui(ui, look, &digest, root);
        });
        let first = &digest.categories[0];
        let second = &digest.categories[1];
        let place = |name: &str| labels.iter().position(|label| label.starts_with(name)).unwrap();
        assert!(place(&first.name) < place(&second.name), "{labels:?}");
        assert!(labels.contains(&format!("{} {}", first.name, first.count)), "{labels:?}");
    }
}
