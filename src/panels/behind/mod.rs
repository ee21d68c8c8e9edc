//! The card of a number that the wall counts itself: how it is counted, as of when, and what is behind it, ticket by ticket
//! or street by street, each a way there. Numbers of the platform have their own card (`indicator/formula.rs`).
//!
//! Closed by Escape, by a click beside it, and by going elsewhere; every row can be reached with Tab and Enter.

mod found;
mod which;

use bevy_egui::egui::{Align, CornerRadius, Rect, Sense, Ui, pos2, vec2};

use super::head::{announce, row};
use super::indicator::formula::is_dismissed;
use super::latest::{category_words, place_words};
use super::look::{FeedLook, Look};
use super::pen::{centred, fit, paragraph, rule, say, width};
use super::state::PanelState;
use super::style::{Role, faint};
use super::{Board, Intent};
use crate::domain::Feed;
use crate::locale::NumberStyle;
use crate::selection::{Drill, Target};
use found::Found;

pub use which::{Counted, Lack};

/// Width of the card, u; space inside it; distance of lines; height of a row.
const WIDE: f32 = 640.0;
const PAD: f32 = 28.0;
const LINE: f32 = 32.0;
const ROW: f32 = 38.0;
/// Rows that are listed at most.
const MOST: usize = 12;

/// The card that is open, and what is behind its number.
#[derive(Debug, Default)]
pub struct BehindState {
    asked: Option<(Counted, Target)>,
    found: Found,
}

impl BehindState {
    /// Opens the card of a number while `target` is selected, or closes it.
    pub fn ask(&mut self, asked: Option<Counted>, target: &Target) {
        self.asked = asked.map(|asked| (asked, target.clone()));
    }
}

/// One row of what is behind a number.
struct Line {
    label: String,
    left: String,
    middle: String,
    right: String,
    to: Target,
}

/// Draws the open card in the free part of the map; returns where it is.
pub(super) fn card_ui(
    root: &Ui,
    board: &Board<'_>,
    state: &mut PanelState,
    free: Rect,
    intents: &mut Vec<Intent>,
) -> Option<Rect> {
    let digested = state.digested.map_or(board.look.now.mono, |(at, _)| at);
    let BehindState { asked, found } = &mut state.behind;
    // Who went elsewhere has seen it.
    asked.take_if(|(_, target)| *target != board.selection.target);
    let (asked, _) = asked.as_ref()?;
    let look = &board.look;
    let feed = look.feed(asked.feed());
    let (value, lines, hidden) = if asked.feed() == Feed::Tickets {
        found.refresh(look, board.areas, board.tickets, asked, digested);
        let lines: Vec<Line> = found.ids.iter().take(MOST).filter_map(|id| ticket_line(board, id)).collect();
        let hidden = found.count - lines.len();
        let (figure, _) = feed.figure_in(look, NumberStyle::EXACT, found.count as u64);
        (format!("{figure} {}", look.t("unit-tickets")), lines, hidden)
    } else {
        let (whole, streets) = found::parts(board.areas, board.figures.teams, asked);
        let hidden = streets.len().saturating_sub(MOST);
        let lines = streets.into_iter().take(MOST).map(|(id, parts)| {
            let area = board.areas.get(id);
            let name = look.locale.short_area_name(area).to_owned();
            let right = words(look, &feed, parts);
            let label = format!("{name} {right}");
            Line { label, left: name, middle: String::new(), right, to: Target::Area(area.code.clone()) }
        });
        (words(look, &feed, whole), lines.collect(), hidden)
    };
    let rect = draw(root, board, asked, &feed, &value, (&lines, hidden), free, intents);
    let is_asked = intents.iter().any(|intent| matches!(intent, Intent::Behind(_) | Intent::Formula(_)));
    if is_dismissed(root, rect) && !is_asked {
        intents.push(Intent::Behind(None));
    }
    Some(rect)
}

/// `121 / 168`, with `—` for what is not collected.
fn words(look: &Look<'_>, feed: &FeedLook<'_>, (part, whole): found::Parts) -> String {
    let say = |n: Option<u64>| n.map_or_else(|| "—".to_owned(), |n| feed.figure_in(look, NumberStyle::EXACT, n).0);
    format!("{} / {}", say(part), say(whole))
}

fn ticket_line(board: &Board<'_>, id: &crate::domain::TicketId) -> Option<Line> {
    let (look, ticket) = (&board.look, board.tickets.by_id.get(id)?);
    let left = look.locale.moment(ticket.reported_at, look.now.at, &look.zone);
    let middle = format!("{} · {}", category_words(look, ticket), place_words(look, board.areas, ticket));
    let right = look.locale.stage(look.workflow(), ticket.stage).into_owned();
    let label = format!("{id} {middle} {right}");
    Some(Line { label, left, middle, right, to: Target::Ticket(id.clone()) })
}

fn draw(
    root: &Ui,
    board: &Board<'_>,
    asked: &Counted,
    feed: &FeedLook<'_>,
    value: &str,
    (lines, hidden): (&[Line], usize),
    free: Rect,
    intents: &mut Vec<Intent>,
) -> Rect {
    let (look, p) = (&board.look, root.painter());
    let wide = WIDE.min(free.width() - 24.0).max(320.0);
    let labels: f32 = if look.locale == crate::locale::Locale::En { 110.0 } else { 80.0 };
    let formula = asked.formula(look.locale);
    let room = wide - 2.0 * PAD - labels;
    let rows = (width(p, formula.as_str(), Role::BODY) / (room * 0.96)).ceil().clamp(1.0, 2.0) as usize;
    // Name, value, three facts, the title of the rows and the hint.
    let fixed = PAD + 34.0 + 58.0 + LINE * (rows + 2) as f32 + 62.0 + 44.0;
    let fitting = ((free.height() - fixed - 16.0) / ROW).floor().max(1.0) as usize;
    let shown = lines.len().min(fitting);
    let hidden = hidden + lines.len() - shown;
    let size = vec2(wide, fixed + shown.max(1) as f32 * ROW);
    // A little above the middle: the map's key lies at its foot.
    let top = (free.center().y - size.y / 2.0 - 36.0).max(free.top() + 8.0);
    let rect = Rect::from_min_size(pos2(free.center().x - wide / 2.0, top), size);
    p.rect_filled(rect, CornerRadius::same(6), faint(look.palette.bg2, 1.0));
    // What lies below is not clicked through it.
    root.interact(rect, root.id().with("behind-ground"), Sense::click());

    let (left, right) = (rect.left() + PAD, rect.right() - PAD);
    let title = asked.title(look, board.areas);
    let y = rect.top() + PAD + 20.0;
    fit(p, pos2(left, y), Align::Min, title.as_str(), Role::medium(28.0), look.text1(), right - left);
    announce(root, Rect::from_min_max(rect.min, pos2(rect.right(), y + 20.0)), "behind", &format!("{title} {value}"));
    let ink = if feed.is_grey() { look.ink(|p| p.stale) } else { look.text1() };
    let y = y + 54.0;
    fit(p, pos2(left, y), Align::Min, value, Role::medium(44.0), ink, right - left);
    let mut y = y + 12.0;
    let as_of = match feed.is_grey() {
        true => feed.note(look),
        false => look.civil().strftime("%Y-%m-%d %H:%M:%S").to_string(),
    };
    let source = look.t(asked.source_key()).into_owned();
    for (key, text, rows) in
        [("formula-how", formula, rows), ("formula-as-of", as_of, 1), ("formula-source", source, 1)]
    {
        let base = y + 26.0;
        fit(p, pos2(left, base), Align::Min, look.t(key), Role::BODY, look.text3(), labels - 12.0);
        paragraph(p, pos2(left + labels, base), &text, Role::BODY, look.text1(), (room, rows, LINE));
        announce(root, Rect::from_min_max(pos2(left, y), pos2(right, base)), ("behind-fact", key), &text);
        y += LINE * rows as f32;
    }
    y += 14.0;
    rule(p, look.palette, left..=right, y);
    let is_tickets = asked.feed() == Feed::Tickets;
    let behind = look.t(if is_tickets { "formula-behind" } else { "behind-streets" });
    let said = say(p, pos2(left, y + 34.0), Align::Min, behind.as_ref(), Role::BODY_STRONG, look.text1());
    if hidden > 0 {
        let more = if is_tickets { "more-tickets" } else { "more-streets" };
        let more = look.locale.t_args(more, &[("n", &NumberStyle::EXACT.write(hidden as u64))]);
        let more = if is_tickets && shown > 0 {
            let order = look.t(if asked.is_oldest_first() { "behind-oldest" } else { "behind-newest" });
            format!("{order} {} · {more}", NumberStyle::EXACT.write(shown as u64))
        } else {
            more
        };
        let said =
            fit(p, pos2(right, y + 34.0), Align::Max, more.as_str(), Role::BODY, look.text3(), right - said.right());
        announce(root, said, "behind-more", &more);
    }
    y += 48.0;
    let lefts = lines[..shown].iter().map(|line| width(p, line.left.as_str(), Role::BODY)).fold(0.0, f32::max) + 16.0;
    for (nth, line) in lines[..shown].iter().enumerate() {
        let place = Rect::from_min_size(pos2(left, y + ROW * nth as f32), vec2(right - left, ROW));
        if row(root, look, place.shrink2(vec2(0.0, 2.0)), ("behind-row", nth), &line.label).clicked() {
            intents.push(Intent::Behind(None));
            intents.push(Intent::Drill(Drill::To(line.to.clone())));
        }
        let base = centred(place.center().y, Role::BODY);
        let said = say(p, pos2(right, base), Align::Max, line.right.as_str(), Role::BODY, look.text3());
        let quiet = if line.middle.is_empty() { look.text1() } else { look.text3() };
        say(p, pos2(left, base), Align::Min, line.left.as_str(), Role::BODY, quiet);
        let room = said.left() - left - lefts - 14.0;
        fit(p, pos2(left + lefts, base), Align::Min, line.middle.as_str(), Role::BODY, look.text1(), room);
    }
    if shown == 0 {
        let words = look.t(if feed.has_values() { "behind-none" } else { "silent-list" });
        say(p, pos2(left, centred(y + ROW / 2.0, Role::BODY)), Align::Min, words, Role::BODY, look.text3());
    }
    let at = pos2(left, rect.bottom() - 18.0);
    fit(p, at, Align::Min, look.t("formula-close"), Role::BODY, look.text3(), right - left);
    rect
}

#[cfg(test)]
mod tests;
