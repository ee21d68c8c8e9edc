//! Search by ticket number, area name (Chinese or Latin letters) or area code: [`search`] is pure, [`field_ui`] the
//! field and its list. Ctrl+K or `/` reaches it, arrows choose, Enter goes, Esc leaves.

use bevy_egui::egui::{
    self, Align, CornerRadius, EventFilter, Frame, Key, Modifiers, Rect, Stroke, StrokeKind, TextEdit, Ui, UiBuilder,
    pos2, vec2,
};

use super::head::{row, search_id};
use super::latest::{category_words, place_words};
use super::look::Look;
use super::pen::{centred, fit, say, source_mark, width};
use super::style::{Role, colour, faint};
use crate::city::Tickets;
use crate::domain::{Area, AreaId, AreaTable, TicketId};
use crate::scene::Profile;
use crate::selection::{Drill, Target};

/// Most results shown.
pub const MOST: usize = 12;
/// Longest text taken.
const MOST_CHARS: usize = 64;

/// One result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// An area.
    Area(AreaId),
    /// A ticket.
    Ticket(TicketId),
}

/// What is typed and found; lives between frames.
#[derive(Clone, Debug, Default)]
pub struct SearchState {
    /// The text as typed.
    pub query: String,
    /// What it found.
    pub found: Vec<Found>,
    /// Which result Enter takes.
    pub chosen: usize,
    /// What `found` was found for: text, number of areas, number of tickets.
    basis: (String, usize, usize),
    /// True while the field has the keyboard.
    pub is_open: bool,
    /// Set to give the field the keyboard in the next frame.
    pub is_called: bool,
    /// Where the list is drawn, so that the pointer there belongs to the panels.
    pub list: Option<Rect>,
}

/// Lower case, full-width forms as half-width, without spaces and hyphens: how text is compared.
pub fn folded(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            other => other,
        })
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '·' | '\''))
        .flat_map(char::to_lowercase)
        .collect()
}

/// How well an area answers, less is better.
fn area_rank(area: &Area, query: &str) -> Option<u8> {
    let of = |text: &str| {
        let text = folded(text);
        if text == query {
            Some(0)
        } else if text.starts_with(query) {
            Some(1)
        } else if text.contains(query) {
            Some(2)
        } else {
            None
        }
    };
    let by_name = [Some(area.name.as_str()), area.name_en.as_deref()].into_iter().flatten().filter_map(of).min();
    // A code answers from its start; people type 4 digits and more.
    let code = folded(area.code.as_str());
    let by_code = if code == query {
        Some(0)
    } else if query.len() >= 4 && code.starts_with(query) {
        Some(3)
    } else {
        None
    };
    [by_name, by_code].into_iter().flatten().min()
}

/// At most [`MOST`] answers: areas that are or begin with the text, tickets by number (newest first), then areas that
/// contain it. Outer levels come before inner ones.
pub fn search(query: &str, areas: &AreaTable, tickets: &Tickets) -> Vec<Found> {
    let query = folded(query);
    if query.is_empty() {
        return Vec::new();
    }
    let mut ranked: Vec<(u8, AreaId)> =
        areas.iter().filter_map(|(id, area)| area_rank(area, &query).map(|rank| (rank, id))).collect();
    ranked.sort();
    let mut numbers: Vec<(u8, std::cmp::Reverse<jiff::Timestamp>, &TicketId)> = Vec::new();
    // One character is in every number.
    if query.chars().count() >= 2 && query.is_ascii() {
        for ticket in tickets.by_id.values() {
            let number = folded(ticket.id.as_str());
            let rank = match number {
                _ if number == query => 0,
                _ if number.starts_with(&query) => 1,
                _ if number.contains(&query) => 2,
                _ => continue,
            };
            numbers.push((rank, std::cmp::Reverse(ticket.reported_at), &ticket.id));
        }
        numbers.sort();
    }
    let exact = |rank: u8| rank == 0;
    let mut found: Vec<Found> = Vec::new();
    found.extend(ranked.iter().filter(|(rank, _)| exact(*rank)).map(|(_, id)| Found::Area(*id)));
    found.extend(numbers.iter().filter(|(rank, ..)| exact(*rank)).map(|(.., id)| Found::Ticket((*id).clone())));
    found.extend(ranked.iter().filter(|(rank, _)| *rank == 1).map(|(_, id)| Found::Area(*id)));
    // Room for tickets even where many areas begin with the text.
    found.truncate(MOST - numbers.len().min(4));
    found
        .extend(numbers.iter().filter(|(rank, ..)| !exact(*rank)).take(6).map(|(.., id)| Found::Ticket((*id).clone())));
    found.extend(ranked.iter().filter(|(rank, _)| *rank > 1).map(|(_, id)| Found::Area(*id)));
    found.truncate(MOST);
    found
}

fn target(found: &Found, areas: &AreaTable) -> Target {
    match found {
        Found::Area(id) if areas.root() == Some(*id) => Target::District,
        Found::Area(id) => Target::Area(areas.get(*id).code.clone()),
        Found::Ticket(id) => Target::Ticket(id.clone()),
    }
}

/// Draws the field in `rect` and, while it has the keyboard, the list under it. On a wall it is there while it is used.
pub fn field_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    tickets: &Tickets,
    state: &mut SearchState,
    rect: Rect,
    profile: Profile,
) -> Option<Drill> {
    let id = search_id();
    let is_text = |event: &egui::Event, text: &str| matches!(event, egui::Event::Text(typed) if typed == text);
    let is_called = std::mem::take(&mut state.is_called);
    let wants = ui.ctx().input_mut(|input| {
        let slash = input.events.iter().any(|event| is_text(event, "/"));
        input.consume_key(Modifiers::COMMAND, Key::K) || slash || is_called
    });
    if wants && !state.is_open {
        // The keys that call the field are not typed into it.
        ui.ctx().input_mut(|input| input.events.retain(|event| !is_text(event, "/") && !is_text(event, "k")));
        ui.memory_mut(|memory| memory.request_focus(id));
    }
    let is_used = wants || state.is_open || !state.query.is_empty() || ui.memory(|memory| memory.has_focus(id));
    if profile == Profile::Wall && !is_used {
        return None;
    }
    let (mut up, mut down, mut enter, mut leave) = (false, false, false, false);
    if state.is_open {
        ui.ctx().input_mut(|input| {
            up = input.consume_key(Modifiers::NONE, Key::ArrowUp);
            down = input.consume_key(Modifiers::NONE, Key::ArrowDown);
            enter = input.consume_key(Modifiers::NONE, Key::Enter);
            leave = input.consume_key(Modifiers::NONE, Key::Escape);
        });
    }
    let line = if state.is_open { look.palette.accent } else { look.palette.line2 };
    ui.painter().rect(
        rect,
        CornerRadius::same(6),
        faint(look.palette.bg1, 0.7),
        Stroke::new(1.0, colour(line)),
        StrokeKind::Inside,
    );
    lens(ui, look, rect);
    let room = rect.width() - 54.0;
    let full = look.t("search-hint");
    let hint = if width(ui.painter(), full.as_ref(), Role::AXIS) < room { full } else { look.t("search-short") };
    let hint = egui::RichText::new(hint).font(Role::AXIS.font()).color(look.text3());
    let edit = TextEdit::singleline(&mut state.query)
        .id(id)
        .frame(Frame::NONE)
        .margin(egui::Margin::ZERO)
        .font(Role::AXIS.font())
        .text_color(look.text1())
        .hint_text(hint)
        .char_limit(MOST_CHARS)
        .vertical_align(Align::Center)
        .event_filter(EventFilter { escape: true, ..Default::default() })
        .desired_width(room);
    let text =
        Rect::from_min_max(pos2(rect.left() + 38.0, rect.top() + 3.0), pos2(rect.right() - 12.0, rect.bottom() - 3.0));
    let response = ui.put(text, edit);
    let had = state.is_open;
    state.is_open = response.has_focus() || (had && enter);
    state.list = None;
    if leave {
        state.query.clear();
        ui.memory_mut(|memory| memory.surrender_focus(id));
        state.is_open = false;
        return None;
    }
    // A click on the list takes the focus away before it is known as a click: the list stays for that frame.
    if !state.is_open && !had {
        return None;
    }
    let basis = (state.query.clone(), areas.len(), tickets.by_id.len());
    if state.basis != basis {
        state.found = search(&state.query, areas, tickets);
        state.chosen = 0;
        state.basis = basis;
    }
    if folded(&state.query).is_empty() {
        return None;
    }
    if down && state.chosen + 1 < state.found.len() {
        state.chosen += 1;
    }
    if up {
        state.chosen = state.chosen.saturating_sub(1);
    }
    let clicked = list_ui(ui, look, areas, tickets, state, rect);
    let taken = clicked.or(if enter { state.found.get(state.chosen).cloned() } else { None })?;
    state.query.clear();
    state.is_open = false;
    ui.memory_mut(|memory| memory.surrender_focus(id));
    Some(Drill::To(target(&taken, areas)))
}

fn lens(ui: &Ui, look: &Look<'_>, rect: Rect) {
    let c = pos2(rect.left() + 19.0, rect.center().y - 1.0);
    let stroke = Stroke::new(1.8, look.text3());
    ui.painter().circle_stroke(c, 6.0, stroke);
    ui.painter().line_segment([c + vec2(4.5, 4.5), c + vec2(9.0, 9.0)], stroke);
}

/// The list under the field, over everything else. Returns what was clicked.
fn list_ui(
    ui: &Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    tickets: &Tickets,
    state: &mut SearchState,
    field: Rect,
) -> Option<Found> {
    let step = 44.0;
    let lines = state.found.len().max(1) as f32;
    let wide = field.width().max(420.0);
    let rect = Rect::from_min_size(pos2(field.right() - wide, field.bottom() + 6.0), vec2(wide, step * lines + 12.0));
    state.list = Some(rect);
    let layer = egui::LayerId::new(egui::Order::Foreground, search_id().with("list"));
    let mut clicked = None;
    let top = Ui::new(ui.ctx().clone(), search_id().with("list-ui"), UiBuilder::new().layer_id(layer).max_rect(rect));
    let p = top.painter();
    p.rect(
        rect,
        CornerRadius::same(6),
        colour(look.palette.bg2),
        Stroke::new(1.0, look.ink(|p| p.line2)),
        StrokeKind::Inside,
    );
    if state.found.is_empty() {
        say(
            p,
            pos2(rect.left() + 16.0, centred(rect.center().y, Role::AXIS)),
            Align::Min,
            look.t("search-none"),
            Role::AXIS,
            look.text3(),
        );
    }
    for (i, found) in state.found.iter().enumerate() {
        let line =
            Rect::from_min_size(pos2(rect.left() + 12.0, rect.top() + 6.0 + step * i as f32), vec2(wide - 24.0, step));
        let (name, note, source) = match found {
            Found::Area(id) => {
                let area = areas.get(*id);
                let above = areas.parent(*id).map(|id| look.locale.area_name(areas.get(id)).to_owned());
                (
                    look.locale.area_name(area).to_owned(),
                    format!("{} {}", look.locale.level(area.level), above.unwrap_or_default()),
                    None,
                )
            }
            Found::Ticket(id) => match tickets.by_id.get(id) {
                Some(ticket) => {
                    let words = format!("{} {}", category_words(look, ticket), place_words(look, areas, ticket));
                    (id.to_string(), words, Some(ticket.source))
                }
                None => (id.to_string(), String::new(), None),
            },
        };
        if row(&top, look, line, ("found", i), &format!("{name} {note}")).clicked() {
            clicked = Some(found.clone());
        }
        if i == state.chosen {
            p.rect_filled(line.expand2(vec2(6.0, 0.0)), CornerRadius::same(4), colour(look.palette.bg3));
        }
        let base = centred(line.center().y, Role::BODY);
        let mut x = line.left() + 4.0;
        if let Some(source) = source {
            source_mark(p, look.palette, pos2(x + 6.0, line.center().y), 6.0, source, None);
            x += 24.0;
        }
        let said = fit(p, pos2(x, base), Align::Min, name, Role::BODY, look.text1(), wide * 0.55);
        let room = line.right() - said.right() - 16.0;
        fit(p, pos2(line.right() - 4.0, base), Align::Max, note.trim(), Role::AXIS, look.text3(), room.max(10.0));
    }
    clicked
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::domain::Level;

    #[test]
    fn names_letters_codes_and_numbers_are_found() {
        let city = fixture::city();
        let find = |query: &str| search(query, &city.areas, &city.tickets);
        let street = city.areas.at_level(Level::Street).nth(1).unwrap();
        let area = city.areas.get(street);
        assert_eq!(find(&area.name)[0], Found::Area(street));
        assert_eq!(find(area.code.as_str())[0], Found::Area(street));
        assert_eq!(find(&area.name_en.as_ref().unwrap().to_uppercase())[0], Found::Area(street));
        let id = &city.tickets.newest[0];
        assert_eq!(find(id.as_str())[0], Found::Ticket(id.clone()));
        assert_eq!(find(&id.as_str().replace('-', "").to_lowercase())[0], Found::Ticket(id.clone()));
        assert!(find("HC2611").len() <= MOST && find("HC2611").len() > 3);
        assert!(find("").is_empty() && find("  ").is_empty() && find("没有这个地方").is_empty());
        assert_eq!(folded("ＨＣ 26-1"), "hc261");
    }

    #[test]
    fn keys_alone_reach_a_result() {
        let city = fixture::city();
        let street = city.areas.at_level(Level::Street).nth(1).unwrap();
        let area = city.areas.get(street).clone();
        let rect = Rect::from_min_size(pos2(400.0, 10.0), vec2(260.0, 36.0));
        for profile in [Profile::Desk, Profile::Wall] {
            let drill = fixture::keys(&city, &area.name, |ui, look, city, state| {
                field_ui(ui, look, &city.areas, &city.tickets, state, rect, profile)
            });
            assert_eq!(drill, Some(Drill::To(Target::Area(area.code.clone()))), "{profile:?}");
        }
    }
}
