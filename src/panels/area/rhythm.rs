//! 一日节律: the area's tickets of the last 30 days by hour, and dotted what they would be if its day were the district's.

use bevy_egui::egui::{Align, Rect, Stroke, Ui, pos2};

use super::super::behind::Counted;
use super::super::head::{self, announce, empty, head};
use super::super::look::Look;
use super::super::pen::{bar, dotted, fit, say};
use super::super::style::{Role, colour, faint};
use super::digest::{AreaDigest, DAYS, LEAST};
use crate::city::Freshness;
use crate::domain::{AreaId, Feed};

/// Draws the panel of an area. A click on an hour asks which tickets these are.
pub fn rhythm_ui(ui: &mut Ui, look: &Look<'_>, digest: &AreaDigest, scope: AreaId) -> Option<Counted> {
    let feed = look.feed(Feed::Tickets);
    let note = look.t_n("area-rhythm-note", DAYS as u64);
    let body = head(ui, look, &look.t("area-rhythm-title"), Some(note), &feed);
    let p = ui.painter();
    if !feed.has_values() {
        let words = if feed.rung == Freshness::Never { "connecting" } else { "silent-list" };
        empty(p, look, body, &look.t(words));
        return None;
    }
    let expected = digest.expected_hours();
    let field = Rect::from_min_max(pos2(body.left(), body.top() + 6.0), pos2(body.right(), body.bottom() - 30.0));
    if field.height() < 24.0 {
        return None;
    }
    let mut asked = None;
    let most = digest.hours.iter().copied().max().unwrap_or(0).max(1) as f32;
    let most = expected.iter().flatten().copied().fold(most, f32::max);
    let column = field.width() / 24.0;
    let y = |n: f32| field.bottom() - n / most * field.height();
    for (hour, count) in digest.hours.iter().enumerate() {
        if *count == 0 {
            continue;
        }
        let x = field.left() + hour as f32 * column;
        let place = Rect::from_x_y_ranges(x..=x + column, field.y_range());
        if head::column(ui, look, place, ("hour", hour), &format!("{hour:02}–{:02} {}", hour + 1, look.count(*count)))
            .clicked()
        {
            asked = Some(Counted::Hour(hour as u8, scope, DAYS));
        }
        let grey = feed.is_grey();
        let fill = if grey { faint(look.palette.stale, 0.55) } else { colour(look.palette.neutral_bar) };
        let rect = Rect::from_min_max(
            pos2(x + 1.5, y(*count as f32).min(field.bottom() - 1.5)),
            pos2(x + column - 1.5, field.bottom()),
        );
        bar(p, rect, fill);
    }
    match expected {
        Some(hours) => {
            let points: Vec<_> = hours
                .iter()
                .enumerate()
                .map(|(hour, n)| pos2(field.left() + (hour as f32 + 0.5) * column, y(*n)))
                .collect();
            dotted(p, &points, look.ink(|p| p.accent), 5.0, 1.2);
        }
        None => {
            let words = match digest.total {
                0 => look.t("verified-zero").into_owned(),
                _ => look.t_n("area-rhythm-few", LEAST),
            };
            fit(p, pos2(field.left(), field.top() + 16.0), Align::Min, words, Role::BODY, look.text3(), field.width());
        }
    }
    p.hline(field.x_range(), field.bottom(), Stroke::new(1.0, look.ink(|p| p.line2)));
    for i in 0..=4 {
        let side = [Align::Min, Align::Center, Align::Center, Align::Center, Align::Max][i];
        let at = pos2(field.left() + i as f32 / 4.0 * field.width(), field.bottom() + 23.0);
        say(p, at, side, format!("{:02}", i * 6), Role::AXIS, look.text3());
    }
    let busiest = (0..24).max_by_key(|hour| (digest.hours[*hour], 24 - hour)).unwrap_or(0);
    let words = format!("{busiest:02}–{:02} {}", busiest + 1, look.count(digest.hours[busiest]));
    announce(ui, field, "area-rhythm", &words);
    asked
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;

    #[test]
    fn the_busiest_hour_is_told() {
        let city = fixture::city();
        let mut digest = AreaDigest { total: 9, ..AreaDigest::default() };
        digest.hours[9] = 7;
        digest.hours[15] = 2;
        let labels = fixture::labels(&city, |ui, look, city| {
            rhythm_ui(ui, look, &digest, city.areas.root().unwrap());
        });
        assert!(labels.contains(&"09–10 7".to_owned()), "{labels:?}");
    }
}
