//! The title strip: scene or breadcrumb at the left, the wall's title in the middle, search, switches, date and clock at
//! the right. What has no room is left out, the clock last.

use bevy_egui::egui::{Align, Painter, Pos2, Rect, Shape, Stroke, Ui, Vec2, pos2, vec2};

use super::Intent;
use super::head::{announce, row};
use super::layout::MARGIN;
use super::look::Look;
use super::pen::{bar, centred, fit, rule, say, width};
use super::seams;
use super::search::{self, SearchState};
use super::style::{Role, colour, faint};
use super::truth::SceneState;
use crate::city::Tickets;
use crate::domain::{AreaId, AreaTable};
use crate::locale::Locale;
use crate::scene::{Profile, Scenes};
use crate::selection::{Drill, Selection, Target};

/// The way from the district to the target, each step with its name. Empty while the district itself is selected.
pub fn crumbs(areas: &AreaTable, tickets: &Tickets, target: &Target, locale: Locale) -> Vec<(String, Target)> {
    let (area, ticket) = match target {
        Target::District => return Vec::new(),
        Target::Area(code) => (areas.find(code), None),
        Target::Ticket(id) => (super::digest::scope(areas, tickets, target), Some(id)),
    };
    let mut way: Vec<AreaId> = area.map(|id| areas.with_ancestors(id).collect()).unwrap_or_default();
    way.reverse();
    let root = areas.root();
    let mut steps: Vec<(String, Target)> = way
        .into_iter()
        .map(|id| {
            let area = areas.get(id);
            let target = if Some(id) == root { Target::District } else { Target::Area(area.code.clone()) };
            (locale.area_name(area).to_owned(), target)
        })
        .collect();
    if steps.first().is_none_or(|(_, target)| *target != Target::District) {
        let name = root
            .map_or_else(|| locale.t("district-word").into_owned(), |id| locale.area_name(areas.get(id)).to_owned());
        steps.insert(0, (name, Target::District));
    }
    if let Some(id) = ticket {
        steps.push((id.to_string(), Target::Ticket(id.clone())));
    }
    steps
}

/// Draws the strip.
pub fn title_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    areas: &AreaTable,
    tickets: &Tickets,
    selection: &Selection,
    (scenes, scene_state): (&Scenes, SceneState),
    search_state: &mut SearchState,
    profile: Profile,
) -> Option<Intent> {
    let strip = ui.max_rect();
    let mut intent = None;
    let mut right = clock(ui.painter(), look, strip);
    // Nobody clicks on a wall: what a desk has buttons for, its keys do.
    let buttons = [("help", "help-button", Intent::Help), ("language-switch", "language", Intent::Language)];
    for (key, salt, what) in buttons.into_iter().filter(|_| profile == Profile::Desk) {
        let text = if salt == "help-button" { "?".to_owned() } else { look.t(key).into_owned() };
        let wide = width(ui.painter(), text.as_str(), Role::BODY) + 16.0;
        right = seams::before(ui.ctx(), right, wide);
        let rect = Rect::from_min_max(pos2(right - wide, 26.0), pos2(right, 58.0));
        if row(ui, look, rect, salt, &look.t(key)).clicked() {
            intent = Some(what);
        }
        say(
            ui.painter(),
            pos2(rect.center().x, centred(rect.center().y, Role::BODY)),
            Align::Center,
            text,
            Role::BODY,
            look.text2(),
        );
        right = rect.left() - 8.0;
    }

    let steps = crumbs(areas, tickets, &selection.target, look.locale);
    let title = look.site.map_or_else(|| "gridwall".to_owned(), |site| look.locale.site_title(site).to_owned());
    let title_role = match look.locale {
        // A long name stands closer where it must pass between bezels.
        Locale::En if seams::of(ui.ctx()).is_some() => Role { tracking: 0.0, ..Role::TITLE },
        Locale::En => Role { tracking: 2.0, ..Role::TITLE },
        Locale::ZhCn => Role::TITLE,
    };
    let title_wide = width(ui.painter(), title.as_str(), title_role);
    // Search takes what the title leaves it, between 150 and 260 u.
    let centre = strip.center().x;
    let is_drilled = !steps.is_empty();
    let field = (right - 8.0 - (centre + title_wide / 2.0 + 32.0)).clamp(150.0, 260.0);
    let field = if is_drilled { 260.0_f32.min((right * 0.25).max(150.0)) } else { field };
    right += seams::before(ui.ctx(), right - 8.0, field) - (right - 8.0);
    let field = Rect::from_min_max(pos2(right - field - 8.0, 24.0), pos2(right - 8.0, 60.0));
    right = field.left() - 16.0;

    let title_fits = centre + title_wide / 2.0 + 8.0 < right && seams::has_place(ui.ctx(), centre, title_wide);
    // The way back is worth more than the title.
    let left_room = if title_fits && !is_drilled { centre - title_wide / 2.0 - 24.0 } else { right } - MARGIN;
    let used = if is_drilled {
        breadcrumb(ui, look, &steps, left_room, &mut intent)
    } else {
        let name = look.locale.title_of(&scenes.current().title);
        let said = fit(ui.painter(), pos2(MARGIN, 54.0), Align::Min, name, Role::SCENE, look.text1(), left_room);
        announce(ui, said, "scene", name);
        scene_ticks(ui, look, scenes, scene_state, said, &mut intent).max(said.right())
    };
    if title_fits && used <= centre - title_wide / 2.0 - 23.0 {
        let said = say(ui.painter(), pos2(centre, 54.0), Align::Center, title.as_str(), title_role, look.text1());
        announce(ui, said, "title", &title);
    }
    if let Some(drill) = search::field_ui(ui, look, areas, tickets, search_state, field, profile) {
        intent = Some(Intent::Drill(drill));
    }
    rule(ui.painter(), look.palette, MARGIN..=strip.right() - MARGIN, strip.bottom());
    intent
}

/// Which scene of how many, the mark of wartime, and a tick for each scene that shows it when clicked; the tick of the
/// scene shown fills while a rotation runs. Returns the right end.
fn scene_ticks(
    ui: &Ui,
    look: &Look<'_>,
    scenes: &Scenes,
    state: SceneState,
    name: Rect,
    intent: &mut Option<Intent>,
) -> f32 {
    const TICK: Vec2 = vec2(20.0, 3.0);
    let (place, count) = scenes.place();
    let mut right = name.right();
    // A scene that is not listed has no place.
    if let Some(place) = place {
        let words = format!("{place:02} / {count:02}");
        let said = say(ui.painter(), pos2(right + 14.0, 54.0), Align::Min, words.as_str(), Role::BODY, look.text3());
        announce(ui, said, "scene-place", &words);
        right = said.right();
    }
    if state.is_wartime {
        let words = look.t("mode-wartime");
        let said =
            say(ui.painter(), pos2(right + 26.0, 54.0), Align::Min, words.as_ref(), Role::BODY_STRONG, look.text1());
        let frame = Rect::from_min_max(pos2(said.left() - 10.0, 32.0), pos2(said.right() + 10.0, 62.0));
        let line = Stroke::new(1.0, look.ink(|p| p.line2));
        ui.painter().rect_stroke(frame, 4, line, bevy_egui::egui::StrokeKind::Inside);
        announce(ui, said, "wartime", &words);
        right = frame.right();
    }
    // On a wall, ticks of which none is lit would say nothing; at a desk they are ways to the scenes.
    let is_told = place.is_some() || look.is_desk();
    for (i, title) in scenes.titles().enumerate().filter(|_| is_told) {
        let tick = Rect::from_min_size(pos2(MARGIN + (TICK.x + 6.0) * i as f32, 68.0), TICK);
        let target = tick.expand2(vec2(3.0, 6.0));
        if row(ui, look, target, ("scene", i), look.locale.title_of(title)).clicked() {
            *intent = Some(Intent::ShowScene(i + 1));
        }
        let is_shown = Some(i + 1) == place;
        let progress = state.progress.filter(|_| is_shown);
        let ink = if is_shown && progress.is_none() { look.text1() } else { look.ink(|p| p.line2) };
        bar(ui.painter(), tick, ink);
        if let Some(progress) = progress {
            let told = Rect::from_min_size(tick.min, vec2((TICK.x * progress).max(3.0), TICK.y));
            bar(ui.painter(), told, look.text1());
        }
    }
    right
}

/// `返回` and the steps down, each clickable but the last. Steps in the middle give way first. Returns the right end.
fn breadcrumb(ui: &Ui, look: &Look<'_>, steps: &[(String, Target)], room: f32, intent: &mut Option<Intent>) -> f32 {
    let p = ui.painter();
    let base = centred(42.0, Role::BODY);
    let back = look.t("back");
    let wide = width(p, back.as_ref(), Role::BODY) + 34.0;
    let rect = Rect::from_min_size(pos2(MARGIN, 25.0), vec2(wide, 34.0));
    if row(ui, look, rect, "back", &back).clicked() {
        *intent = Some(Intent::Drill(Drill::Back));
    }
    p.rect_stroke(rect, 6, Stroke::new(1.0, look.ink(|p| p.line2)), bevy_egui::egui::StrokeKind::Inside);
    say(p, pos2(rect.left() + 10.0, base), Align::Min, "‹", Role::BODY, look.text2());
    say(p, pos2(rect.right() - 12.0, base), Align::Max, back, Role::BODY, look.text1());

    let arrow = width(p, "›", Role::BODY) + 18.0;
    let last = steps.len() - 1;
    let role = |i: usize| if i == last { Role::BODY_STRONG } else { Role::BODY };
    let widths: Vec<f32> = steps.iter().enumerate().map(|(i, (name, _))| width(p, name.as_str(), role(i))).collect();
    let mut x = rect.right() + 18.0;
    let end = MARGIN + room;
    let mut shown: Vec<usize> = (0..steps.len()).collect();
    let total = |shown: &[usize]| shown.iter().map(|i| widths[*i] + arrow).sum::<f32>() - arrow;
    while shown.len() > 1 && x + total(&shown) > end {
        shown.remove(if shown.len() > 2 { 1 } else { 0 });
    }
    for (place, i) in shown.iter().enumerate() {
        let (name, target) = &steps[*i];
        if place > 0 {
            say(p, pos2(x + 9.0, base), Align::Min, "›", Role::BODY, look.text3());
            x += arrow;
        }
        x = seams::past(ui.ctx(), x, widths[*i]);
        let rect = Rect::from_min_size(pos2(x, 25.0), vec2(widths[*i].min(end - x).max(10.0), 34.0));
        let ink = if *i == last { look.text1() } else { look.text2() };
        if *i == last {
            announce(ui, rect, "here", name);
        } else if row(ui, look, rect, ("crumb", i), name).clicked() {
            *intent = Some(Intent::Drill(Drill::To(target.clone())));
        }
        fit(p, pos2(x, base), Align::Min, name.as_str(), role(*i), ink, end - x);
        x = rect.right();
    }
    x
}

/// Date, seconds ring and clock at the right end; returns where they begin.
fn clock(p: &Painter, look: &Look<'_>, strip: Rect) -> f32 {
    // Clock, ring and date stay together.
    let right = seams::before(p.ctx(), strip.right() - MARGIN, 340.0);
    let at = look.civil();
    let known = look.now.is_platform_time && look.site.is_some();
    let (minutes, seconds) = if known {
        (format!("{:02}:{:02}", at.hour(), at.minute()), format!(":{:02}", at.second()))
    } else {
        ("--:--".to_owned(), String::new())
    };
    let said = say(p, pos2(right, 59.0), Align::Max, seconds, Role::SECONDS, look.text2());
    let said = say(p, pos2(said.left(), 59.0), Align::Max, minutes, Role::CLOCK, look.text1());
    if !known {
        return said.left() - 16.0;
    }
    let centre = pos2(said.left() - 16.0 - 23.0, 42.0);
    ring(p, look, centre, at.second() as f32);
    let x = centre.x - 23.0 - 14.0;
    let date = say(p, pos2(x, 38.0), Align::Max, look.locale.date(&at), Role::BODY, look.text2());
    let day = say(p, pos2(x, 63.0), Align::Max, look.locale.weekday(&at), Role::BODY, look.text2());
    date.left().min(day.left()) - 16.0
}

/// The seconds ring: a stopped ring is a frozen picture.
fn ring(p: &Painter, look: &Look<'_>, centre: Pos2, second: f32) {
    let point = |turn: f32| {
        centre + 19.0 * Vec2::new((turn * std::f32::consts::TAU).sin(), -(turn * std::f32::consts::TAU).cos())
    };
    p.circle_stroke(centre, 19.0, Stroke::new(2.5, faint(look.palette.line2, 0.6)));
    let arc: Vec<Pos2> = (0..=second as usize).map(|s| point(s as f32 / 60.0)).collect();
    if arc.len() > 1 {
        p.add(Shape::line(arc, Stroke::new(2.5, colour(look.palette.accent))));
    }
    p.circle_filled(point(second / 60.0), 3.0, colour(look.palette.accent_strong));
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::domain::Level;

    #[test]
    fn the_way_down_has_five_steps_and_each_leads_back_up() {
        let city = fixture::city();
        let id = city.tickets.newest[0].clone();
        let steps = crumbs(&city.areas, &city.tickets, &Target::Ticket(id.clone()), Locale::ZhCn);
        assert_eq!(steps.len(), 5);
        assert_eq!((&steps[0].1, &steps[4].1), (&Target::District, &Target::Ticket(id.clone())));
        let selection = Selection { target: Target::Ticket(id), trail: vec![Target::District] };
        let show = |ui: &mut Ui, look: &Look<'_>, city: &fixture::City| {
            let mut search = SearchState::default();
            let scenes = (&Scenes::default(), SceneState::default());
            title_ui(ui, look, &city.areas, &city.tickets, &selection, scenes, &mut search, Profile::Desk)
        };
        let click = |label: &str| fixture::click_in(&city, vec2(1920.0, 84.0), label, show);
        assert_eq!(click(&steps[1].0), Some(Intent::Drill(Drill::To(steps[1].1.clone()))));
        assert_eq!(click("返回"), Some(Intent::Drill(Drill::Back)));
        assert_eq!(click("EN"), Some(Intent::Language));
    }

    #[test]
    fn every_listed_scene_has_a_tick_and_wartime_a_mark() {
        let city = fixture::city();
        let mut scenes = Scenes::default();
        assert!(scenes.show("wartime"));
        let count = scenes.listed().count();
        let state = SceneState { is_wartime: true, progress: Some(0.5), ..SceneState::default() };
        let selection = Selection::default();
        let show = |ui: &mut Ui, look: &Look<'_>, city: &fixture::City| {
            let search = &mut SearchState::default();
            title_ui(ui, look, &city.areas, &city.tickets, &selection, (&scenes, state), search, Profile::Wall)
        };
        let last = scenes.listed().last().map(|scene| scene.title.zh.clone()).expect("one");
        assert_eq!(fixture::click_in(&city, vec2(1920.0, 84.0), &last, show), Some(Intent::ShowScene(count)));
        let labels = fixture::labels_in(&city, vec2(1920.0, 84.0), |ui, look, city| _ = show(ui, look, city));
        assert!(labels.iter().any(|label| label == "战时"), "{labels:?}");
        assert!(!labels.iter().any(|label| label.contains(&format!("/ {count:02}"))), "{labels:?}");
    }

    #[test]
    fn an_unknown_ticket_still_has_a_way_back() {
        let city = fixture::city();
        let target = Target::Ticket(crate::domain::TicketId::new("X"));
        let steps = crumbs(&city.areas, &city.tickets, &target, Locale::ZhCn);
        assert_eq!(steps.iter().map(|step| step.1.clone()).collect::<Vec<_>>(), [Target::District, target]);
        assert!(crumbs(&city.areas, &city.tickets, &Target::District, Locale::ZhCn).is_empty());
        let street = city.areas.at_level(Level::Street).next().unwrap();
        let target = Target::Area(city.areas.get(street).code.clone());
        assert_eq!(crumbs(&city.areas, &city.tickets, &target, Locale::En).len(), 2);
    }
}
