//! The history of a ticket: time, node, stage, what happened, how long it took; then what lies ahead.

use bevy_egui::egui::{Align, Painter, Rect, Shape, Stroke, StrokeKind, Vec2, pos2};

use super::super::look::{FeedLook, Look};
use super::super::pen::{centred, fit, hatch, say};
use super::super::style::{Role, colour, faint};
use crate::domain::{Stage, TicketDetail, TimelineEntry};

/// The steps still to come, as the site calls them, each once.
pub fn ahead(look: &Look<'_>, stage: Stage) -> Vec<String> {
    if !stage.is_in_hand() {
        return Vec::new();
    }
    let current = look.locale.stage(look.workflow(), stage);
    let mut steps: Vec<String> = Vec::new();
    for next in Stage::IN_HAND.into_iter().filter(|next| *next > stage) {
        if look.workflow().is_some_and(|workflow| workflow.step(next).is_none()) {
            continue;
        }
        let label = look.locale.stage(look.workflow(), next).into_owned();
        if label != current && steps.last() != Some(&label) {
            steps.push(label);
        }
    }
    steps
}

/// True for events that are nothing but a step through the stages.
fn names_its_stage(entry: &TimelineEntry) -> bool {
    matches!(entry.event.as_str(), "reported" | "entered" | "handled")
}

/// What the row is called: the stage for an entry into it, else what happened.
fn name(look: &Look<'_>, entry: &TimelineEntry) -> String {
    if names_its_stage(entry) {
        return look.locale.stage(look.workflow(), entry.stage).into_owned();
    }
    let words = match entry.event.as_str() {
        "signed" => "event-signed",
        "paused" => "event-paused",
        "resumed" => "event-resumed",
        "extended" => "event-extended",
        "rated" => "event-rated",
        "returned" => "event-returned",
        "closed" => "event-closed",
        "reopened" => "event-reopened",
        "void" => "event-void",
        // An event of the platform's own keeps its own word.
        other => return other.to_owned(),
    };
    look.t(words).into_owned()
}

/// What happened, in the platform's words, with who did it; the stage too where the name is another word.
fn story(look: &Look<'_>, entry: &TimelineEntry) -> String {
    let who = match (&entry.unit, &entry.actor_role) {
        (Some(unit), Some(role)) => Some(look.locale.t_args("role", &[("unit", unit), ("role", role)])),
        (Some(one), None) | (None, Some(one)) => Some(one.clone()),
        (None, None) => None,
    };
    match (entry.note.as_ref().filter(|note| !note.is_empty()), who) {
        (Some(note), Some(who)) => format!("{note}（{who}）"),
        (Some(note), None) => note.clone(),
        (None, Some(who)) => who,
        (None, None) if names_its_stage(entry) => look.t("event-entered").into_owned(),
        (None, None) => look.locale.stage(look.workflow(), entry.stage).into_owned(),
    }
}

/// Draws the history in `rect` from its top, grey where `feed` is not current; returns the height used.
pub fn paint(p: &Painter, look: &Look<'_>, detail: &TicketDetail, feed: &FeedLook<'_>, rect: Rect) -> f32 {
    let k = look.k;
    let (role, strong) = (Role::regular(15.0 * k), Role::medium(15.0 * k));
    let step = 38.0 * k;
    if detail.timeline.is_empty() {
        say(
            p,
            pos2(rect.left(), centred(rect.top() + step / 2.0, role)),
            Align::Min,
            look.t("timeline-none"),
            role,
            look.text3(),
        );
        return step;
    }
    let in_hand = detail.ticket.is_in_hand();
    let steps = ahead(look, detail.ticket.stage);
    let moment = |entry: &TimelineEntry| look.locale.moment(entry.at, look.now.at, &look.zone);
    let times =
        detail.timeline.iter().map(|entry| super::super::pen::width(p, moment(entry), role)).fold(0.0, f32::max);
    let node_x = rect.left() + times + 18.0 * k;
    let name_x = node_x + 20.0 * k;
    let names =
        detail.timeline.iter().map(|entry| super::super::pen::width(p, name(look, entry), strong)).fold(0.0, f32::max);
    let story_x = name_x + names.min(110.0 * k) + 12.0 * k;
    let last = detail.timeline.len() - 1;
    for (i, entry) in detail.timeline.iter().enumerate() {
        let y = rect.top() + step * (i as f32 + 0.5);
        let base = centred(y, role);
        let node = pos2(node_x, y);
        let line = Stroke::new(2.0, look.ink(|p| p.line2));
        if i < last {
            let down = [node, pos2(node_x, y + step)];
            if entry.event == "paused" {
                p.extend(Shape::dashed_line(&down, line, 3.0, 4.0));
            } else {
                p.line_segment(down, line);
            }
        } else if !steps.is_empty() {
            p.extend(Shape::dashed_line(&[node, pos2(node_x, y + step)], line, 2.0, 5.0));
        }
        say(p, pos2(rect.left(), base), Align::Min, moment(entry), role, look.text3());
        if i == last && in_hand {
            let ink = if feed.is_grey() { look.palette.stale } else { look.palette.accent };
            p.circle_filled(node, 10.0 * k, faint(ink, 0.25));
            p.circle_filled(node, 6.0 * k, colour(ink));
        } else if entry.event == "paused" {
            let square = Rect::from_center_size(node, Vec2::splat(12.0 * k));
            p.rect_filled(square, 0, look.ink(|p| p.bg1));
            hatch(p, square, 4.0, Stroke::new(1.5, look.ink(|p| p.hatch)));
            p.rect_stroke(square, 0, Stroke::new(1.5, look.text2()), StrokeKind::Middle);
        } else {
            let ink = if entry.event == "signed" { look.text1() } else { look.text2() };
            p.circle_filled(node, 5.0 * k, ink);
        }
        let spent = if i == last {
            (in_hand && feed.has_values())
                .then(|| format!("{} …", look.locale.span(look.now.at.duration_since(entry.at).as_secs())))
        } else {
            None
        };
        let spent = spent.or_else(|| {
            let before = detail.timeline.get(i.checked_sub(1)?)?;
            Some(look.locale.span(entry.at.duration_since(before.at).as_secs()))
        });
        let end = spent.map_or(rect.right(), |spent| {
            say(p, pos2(rect.right(), base), Align::Max, spent, role, look.text3()).left() - 10.0
        });
        fit(p, pos2(name_x, base), Align::Min, name(look, entry), strong, look.text1(), story_x - name_x - 8.0);
        fit(p, pos2(story_x, base), Align::Min, story(look, entry), role, look.text2(), (end - story_x).max(10.0));
    }
    let mut height = step * detail.timeline.len() as f32;
    if !steps.is_empty() {
        let y = rect.top() + height + step * 0.5;
        p.circle(pos2(node_x, y), 4.5 * k, look.ink(|p| p.bg1), Stroke::new(1.6, look.ink(|p| p.line3)));
        let words = look.locale.t_args("timeline-ahead", &[("steps", &steps.join(" → "))]);
        fit(p, pos2(name_x, centred(y, role)), Align::Min, words, role, look.text3(), rect.right() - name_x);
        height += step;
    }
    height
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::super::super::look::tests::{feeds, look};
    use super::*;
    use crate::city::Freshness;

    #[test]
    fn what_lies_ahead_is_said_once_per_label() {
        let mut city = fixture::city();
        city.site.workflow.steps[6].label = "反馈".into();
        let feeds = feeds(Freshness::Live, 1, city.mono);
        let look = look(&feeds, Some(&city.site), city.mono);
        assert_eq!(ahead(&look, Stage::Handle), ["反馈", "考核"]);
        assert!(ahead(&look, Stage::Closed).is_empty());
    }

    #[test]
    fn an_event_we_do_not_know_keeps_its_own_word() {
        let city = fixture::city();
        let feeds = feeds(Freshness::Live, 1, city.mono);
        let look = look(&feeds, Some(&city.site), city.mono);
        let mut entry = fixture::detail(&city).timeline[0].clone();
        entry.event = "escalated".into();
        assert_eq!(name(&look, &entry), "escalated");
        entry.event = "paused".into();
        assert_eq!(name(&look, &entry), "挂账");
    }
}
