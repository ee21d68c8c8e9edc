//! Panels: what is written beside and over the map. Functions from borrowed data to an optional intent, one file each.
//!
//! [`compose`] puts them into a layout and knows no Bevy; [`draw`] gathers the city's resources for it, once a frame,
//! and turns intents into events. egui must run in u: the wall sets its scale from [`layout::pixels_per_u`], and copies
//! what the map placed into [`MapNotes`].

mod area;
mod banner;
mod card;
mod care;
mod children;
mod digest;
mod due;
mod flow_dots;
mod flow_due;
mod flow_map;
mod flow_newest;
mod flow_river;
mod glyphs;
mod head;
pub mod heat_ranking;
mod heat_rhythm;
mod heat_total;
mod intake;
mod latest;
mod layer_bar;
pub mod layout;
mod look;
mod map_notes;
mod pen;
mod ribbon;
mod scrim;
mod search;
mod stages;
mod steps;
pub mod style;
mod table;
mod ticket;
mod title;
mod truth;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod preview;

use std::time::{Duration, Instant};

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, egui};
use egui::{Align, CornerRadius, Key, LayerId, Modifiers, Ui, UiBuilder, pos2, vec2};
use jiff::tz::TimeZone;

use crate::city::{
    Areas, Care, CareFilter, Detail, FeedFreshness, Flow, Now, PlatformLink, Rejects, SiteFacts, Tallies, Tickets,
};
use crate::domain::{AreaId, AreaTable, CareGroup, Feed, TicketId};
use crate::heat::{Figures, HeatChange};
use crate::locale::Locale;
use crate::palette::Theme;
use crate::platform::Ask;
use crate::scene::{LayerKind, LayerSwitches, PanelKind, Scenes};
use crate::selection::{Drill, Selection, Target};
use digest::{Digest, Order};
use layout::{Focus, Layout, Profile};
use look::Look;
use search::SearchState;
use style::Role;
use table::TableIntent;

pub use care::legend::SymbolNumber;
pub use flow_map::HubNotes;
pub use map_notes::{MapLabel, MapLegend, MapNotes, MapNumber};

/// Draws the panels in the primary egui context.
pub fn plugin(app: &mut App) {
    app.init_resource::<Selection>()
        .init_resource::<Locale>()
        .init_resource::<Theme>()
        .init_resource::<PanelProfile>()
        .init_resource::<PanelState>()
        .init_resource::<PanelHits>()
        .init_resource::<MapNotes>()
        .init_resource::<Scenes>()
        .init_resource::<LayerSwitches>()
        .init_resource::<Figures>()
        .init_resource::<Care>()
        .init_resource::<CareFilter>()
        .add_systems(EguiPrimaryContextPass, draw);
    due::plugin(app);
}

/// Desk or wall.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PanelProfile(pub Profile);

/// What panels remember between frames.
#[derive(Resource, Debug, Default)]
pub struct PanelState {
    /// The search field.
    pub search: SearchState,
    /// True while the line of keys is shown.
    pub is_help_shown: bool,
    /// In which order the table stands.
    order: Order,
    /// What panels need of the ticket list.
    digest: Digest,
    /// When the digest was made, and for which day.
    digested: Option<(Instant, jiff::civil::Date)>,
    /// True if the digest is one of a complete list.
    is_complete: bool,
    /// True when the list has changed since.
    is_stale: bool,
    /// What is due soon.
    due: flow_due::DueCache,
    /// Rows of the table, and what they are rows of.
    rows: Vec<TicketId>,
    rows_of: Option<(Option<AreaId>, Order)>,
    /// What is counted for the selected area.
    area: area::AreaCache,
    /// The small maps of the heat scene.
    rhythm: heat_rhythm::RhythmPictures,
}

/// Where panels are and what they hold, for the map and the wall. Written once a frame.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct PanelHits {
    /// The pointer is on a panel, or a panel uses it: the map leaves it alone.
    pub pointer_on_panels: bool,
    /// A text field has the keyboard: the map leaves keys alone.
    pub keys_on_panels: bool,
    /// What is free for the map, in u.
    pub free_u: egui::Rect,
    /// The whole picture, in u.
    pub canvas_u: egui::Vec2,
}

impl Default for PanelHits {
    fn default() -> Self {
        let canvas_u = vec2(1920.0, 1080.0);
        let free_u = layout::layout(canvas_u, Profile::Desk, Focus::Overview, Scenes::default().current()).free;
        Self { pointer_on_panels: false, keys_on_panels: false, free_u, canvas_u }
    }
}

/// What a person wants of the wall.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// Go somewhere.
    Drill(Drill),
    /// The other language.
    Language,
    /// Show this group of people in care.
    Care(CareGroup),
    /// Show or hide the line of keys.
    Help,
    /// Try the platform again now.
    Retry,
    /// Show the scene at this place, from 1.
    ShowScene(usize),
    /// Turn a layer of the map on or off.
    ToggleLayer(LayerKind),
    /// Make a layer stronger by so many steps, or weaker.
    StrengthenLayer(LayerKind, i32),
    /// Another heat map.
    Heat(HeatChange),
}

/// Tickets are digested again at most this often.
const DIGEST_EVERY: Duration = Duration::from_secs(1);

/// The city's resources, read.
#[derive(SystemParam)]
struct City<'w> {
    areas: Res<'w, Areas>,
    tickets: Res<'w, Tickets>,
    tallies: Res<'w, Tallies>,
    care: Res<'w, Care>,
    site: Res<'w, SiteFacts>,
    detail: Res<'w, Detail>,
    rejects: Res<'w, Rejects>,
    feeds: Res<'w, FeedFreshness>,
    now: Res<'w, Now>,
    selection: Res<'w, Selection>,
    notes: Res<'w, MapNotes>,
    flow: Res<'w, Flow>,
    heat: Res<'w, Figures>,
    link: Option<Res<'w, PlatformLink>>,
    keys: Option<Res<'w, ButtonInput<KeyCode>>>,
}

impl City<'_> {
    /// True if anything but the time has changed since the last look.
    fn is_changed(&self) -> bool {
        self.areas.is_changed()
            || self.tickets.is_changed()
            || self.tallies.is_changed()
            || self.care.is_changed()
            || self.site.is_changed()
            || self.detail.is_changed()
            || self.rejects.is_changed()
            || self.feeds.is_changed()
            || self.selection.is_changed()
            || self.notes.is_changed()
            || self.flow.is_changed()
            || self.heat.is_changed()
    }

    /// Ctrl+K, also when both keys went down and up again within one slow frame, where egui sees a plain K.
    fn is_search_called(&self) -> bool {
        let Some(keys) = &self.keys else { return false };
        let held = |key| keys.pressed(key) || keys.just_pressed(key);
        keys.just_pressed(KeyCode::KeyK) && (held(KeyCode::ControlLeft) || held(KeyCode::ControlRight))
    }
}

fn draw(
    mut contexts: EguiContexts,
    city: City,
    (theme, profile): (Res<Theme>, Res<PanelProfile>),
    (mut locale, mut switches, mut scenes): (ResMut<Locale>, ResMut<LayerSwitches>, ResMut<Scenes>),
    mut filter: ResMut<CareFilter>,
    mut state: ResMut<PanelState>,
    mut hits: ResMut<PanelHits>,
    mut commands: Commands,
) {
    let Ok(ctx) = contexts.ctx_mut() else { return };
    if !style::install(ctx, *theme) {
        ctx.request_repaint();
        return;
    }
    let site = city.site.0.as_ref();
    let zone = site.map_or(TimeZone::UTC, |site| site.zone.clone());
    if city.tickets.is_changed() || city.areas.is_changed() || city.site.is_changed() {
        state.is_stale = true;
    }
    if let Some(wait) = state.refresh(&city.tickets, &city.areas.table, &city.now, &zone) {
        ctx.request_repaint_after(wait);
    }
    if city.is_search_called() {
        state.search.is_called = true;
    }
    let board = Board {
        look: Look {
            locale: *locale,
            palette: theme.palette(),
            now: *city.now,
            site,
            zone,
            feeds: &city.feeds,
            k: profile.0.scale(),
            care_as_of: city.care.table.as_of,
        },
        profile: profile.0,
        areas: &city.areas.table,
        defects: city.areas.defects.len(),
        tickets: &city.tickets,
        tallies: &city.tallies,
        care: &city.care,
        group: filter.0,
        rejects: &city.rejects,
        detail: &city.detail,
        selection: &city.selection,
        notes: &city.notes,
        scenes: &scenes,
        flow: &city.flow,
        switches: &switches,
        heat: &city.heat,
    };
    let (intents, now_hit) = compose(ctx, &board, &mut state);
    if *hits != now_hit {
        *hits = now_hit;
    }
    for intent in intents {
        match intent {
            Intent::Drill(drill) => commands.trigger(drill),
            Intent::Heat(change) => commands.trigger(change),
            Intent::Language => *locale = locale.other(),
            Intent::Care(group) => filter.0 = group,
            Intent::Help => state.is_help_shown = !state.is_help_shown,
            Intent::ShowScene(place) => _ = scenes.show_at(place),
            Intent::ToggleLayer(layer) => switches.toggle(layer),
            Intent::StrengthenLayer(layer, steps) => switches.strengthen(layer, steps),
            Intent::Retry => {
                if let Some(ask) = city.link.as_ref().and_then(|link| link.0.as_ref()) {
                    ask(Ask::RetryNow);
                }
            }
        }
    }
}

impl PanelState {
    /// Makes the digest again if it is due. Returns how long to wait if it is only nearly due.
    fn refresh(&mut self, tickets: &Tickets, areas: &AreaTable, now: &Now, zone: &TimeZone) -> Option<Duration> {
        let today = now.at.to_zoned(zone.clone()).date();
        let is_due = match self.digested {
            None => true,
            Some((_, day)) if day != today || self.is_complete != tickets.is_complete => true,
            Some((at, _)) if self.is_stale => {
                let age = now.mono.saturating_duration_since(at);
                if age < DIGEST_EVERY {
                    return Some(DIGEST_EVERY - age);
                }
                true
            }
            Some(_) => false,
        };
        if is_due {
            self.digest = Digest::of(tickets, areas, now.at, zone);
            self.digested = Some((now.mono, today));
            self.is_complete = tickets.is_complete;
            self.is_stale = false;
            self.rows_of = None;
        }
        None
    }

    /// The rows of the table for an area, made when area, order or digest has changed.
    fn rows(&mut self, areas: &AreaTable, scope: Option<AreaId>) -> &[TicketId] {
        let of = (scope, self.order);
        if self.rows_of != Some(of) {
            self.rows = self.digest.rows(areas, scope, self.order);
            self.rows_of = Some(of);
        }
        &self.rows
    }
}

/// All that is drawn, borrowed for one frame.
pub struct Board<'a> {
    look: Look<'a>,
    profile: Profile,
    areas: &'a AreaTable,
    defects: usize,
    tickets: &'a Tickets,
    tallies: &'a Tallies,
    care: &'a Care,
    group: CareGroup,
    rejects: &'a Rejects,
    detail: &'a Detail,
    selection: &'a Selection,
    notes: &'a MapNotes,
    scenes: &'a Scenes,
    flow: &'a Flow,
    switches: &'a LayerSwitches,
    heat: &'a Figures,
}

/// Draws everything; returns what was asked for, and where panels are.
fn compose(ctx: &egui::Context, board: &Board<'_>, state: &mut PanelState) -> (Vec<Intent>, PanelHits) {
    let look = &board.look;
    let canvas = ctx.content_rect();
    let scope = digest::scope(board.areas, board.tickets, &board.selection.target);
    let focus = match &board.selection.target {
        Target::District => Focus::Overview,
        Target::Area(_) => Focus::Area { has_children: scope.is_some_and(|id| !board.areas.children(id).is_empty()) },
        Target::Ticket(_) => Focus::Ticket,
    };
    let layout = layout::layout(canvas.size(), board.profile, focus, board.scenes.current());
    let mut root = Ui::new(
        ctx.clone(),
        egui::Id::new("gridwall"),
        UiBuilder::new().layer_id(LayerId::background()).max_rect(canvas),
    );
    let mut intents = Vec::new();

    if let Some(hubs) = &board.notes.hubs {
        flow_map::hubs_ui(&root, look, board.tallies, hubs, layout.free);
    }
    map_notes::labels_ui(root.painter(), look, &board.notes.labels);
    map_notes::numbers_ui(root.painter(), look, &board.notes.numbers);
    care::legend::numbers_ui(root.painter(), look, &board.notes.care);
    scrim::paint(root.painter(), look.palette, &layout);
    map_notes::legend_ui(&root, look, board.notes, layout.free);
    let shows_care = board.switches.is_on(LayerKind::Care);
    if shows_care && board.notes.legend.is_none() && !board.care.table.is_empty() {
        care::legend::legend_ui(&root, look, layout.free);
    }
    for (from, to, y) in &layout.rules {
        pen::rule(root.painter(), look.palette, *from..=*to, *y);
    }
    for (block, rect) in &layout.blocks {
        let mut ui = root.new_child(UiBuilder::new().max_rect(*rect).id_salt(("block", format!("{block:?}"))));
        ui.set_clip_rect(rect.expand2(vec2(22.0, 2.0)).intersect(canvas));
        intents.extend(block_ui(&mut ui, board, state, *block, scope));
    }
    if let Some((kind, rect)) = layout.ribbon {
        let mut ui = root.new_child(UiBuilder::new().max_rect(rect).id_salt("ribbon"));
        intents.extend(block_ui(&mut ui, board, state, kind, scope));
    }
    let mut ui = root.new_child(UiBuilder::new().max_rect(layout.truth).id_salt("truth"));
    truth::truth_ui(&mut ui, look, board.tallies, board.rejects, board.defects);
    let banner = banner::place(look, layout.free);
    if let Some(rect) = banner {
        let mut ui = root.new_child(UiBuilder::new().max_rect(rect).id_salt("banner"));
        banner::banner_ui(&mut ui, look);
        if head::row(&ui, look, rect.shrink(8.0), "retry", &look.t("retry-now")).clicked() {
            intents.push(Intent::Retry);
        }
    }
    let room = layer_bar::room(layout.free, banner);
    let layers = (board.profile == Profile::Desk).then(|| layer_bar::place(&root, look, room)).flatten();
    if let Some(rect) = layers {
        intents.extend(layer_bar::layer_bar_ui(&root, look, board.switches, rect));
    }
    let help = help_ui(&mut root, look, state, &layout, &mut intents);
    let mut ui = root.new_child(UiBuilder::new().max_rect(layout.title).id_salt("title"));
    intents.extend(title::title_ui(
        &mut ui,
        look,
        board.areas,
        board.tickets,
        board.selection,
        board.scenes,
        &mut state.search,
    ));

    let pointer = ctx.pointer_latest_pos();
    let on = |rect: egui::Rect| pointer.is_some_and(|at| rect.contains(at));
    let over = !on(layout.free) || [banner, layers, help, state.search.list].into_iter().flatten().any(on);
    let hits = PanelHits {
        pointer_on_panels: (pointer.is_some() && over) || ctx.egui_is_using_pointer(),
        keys_on_panels: state.search.is_open || ctx.text_edit_focused(),
        free_u: layout.free,
        canvas_u: canvas.size(),
    };
    if !hits.pointer_on_panels {
        let care = shows_care.then_some((board.care, board.group));
        map_notes::hover_ui(&root, look, board.areas, board.tickets, board.tallies, board.notes, care, layout.free);
    }
    (intents, hits)
}

/// Draws one block of a column.
fn block_ui(
    ui: &mut Ui,
    board: &Board<'_>,
    state: &mut PanelState,
    block: PanelKind,
    scope: Option<AreaId>,
) -> Option<Intent> {
    let (look, areas, tickets, tallies) = (&board.look, board.areas, board.tickets, board.tallies);
    let drill = match block {
        PanelKind::Intake => {
            intake::intake_ui(ui, look, tallies, &state.digest);
            None
        }
        PanelKind::Stages => {
            stages::stages_ui(ui, look, tallies);
            None
        }
        PanelKind::Children => children::children_ui(ui, look, areas, tallies, scope.or_else(|| areas.root())),
        PanelKind::Latest => latest::latest_ui(ui, look, areas, tickets, tallies),
        PanelKind::Card => {
            if let Some(id) = scope.or_else(|| areas.root()) {
                card::card_ui(ui, look, areas, tallies, id);
            }
            None
        }
        PanelKind::Table => {
            let selected = match &board.selection.target {
                Target::Ticket(id) => Some(id),
                Target::District | Target::Area(_) => None,
            };
            let order = state.order;
            let rows = state.rows(areas, scope);
            match table::table_ui(ui, look, areas, tickets, rows, selected, order) {
                Some(TableIntent::Drill(drill)) => Some(drill),
                Some(TableIntent::Sort(order)) => {
                    state.order = order;
                    None
                }
                None => None,
            }
        }
        PanelKind::AreaStages | PanelKind::AreaLimits | PanelKind::AreaCategories | PanelKind::AreaRhythm => {
            let digested = state.digested.map_or(look.now.mono, |(at, _)| at);
            let id = scope.or_else(|| areas.root())?;
            area::block_ui(ui, look, (areas, tickets), &mut state.area, digested, id, block)
        }
        PanelKind::FlowNewest => flow_newest::flow_newest_ui(ui, look, areas, tickets),
        PanelKind::FlowDue => {
            let digested = state.digested.map_or(look.now.mono, |(at, _)| at);
            let view = state.due.view(digested, look, &state.digest.in_hand, tickets);
            flow_due::flow_due_ui(ui, look, areas, tickets, view)
        }
        PanelKind::FlowRiver => {
            flow_river::flow_river_ui(ui, look, tallies, board.flow, &state.digest);
            None
        }
        PanelKind::FlowDots => {
            flow_dots::flow_dots_ui(ui, look, tallies, &state.digest);
            None
        }
        PanelKind::Ribbon => {
            ribbon::ribbon_ui(ui, look, tallies, &state.digest);
            None
        }
        PanelKind::CareTotals => {
            return care::totals::totals_ui(ui, look, areas, board.care, board.group).map(Intent::Care);
        }
        PanelKind::AreaCare => {
            let id = scope.or_else(|| areas.root())?;
            return care::area::area_ui(ui, look, areas, board.care, id, board.group).map(Intent::Care);
        }
        PanelKind::CareStreets => care::streets::streets_ui(ui, look, areas, board.care, board.group),
        PanelKind::CareProgress => {
            care::progress::progress_ui(ui, look, areas, board.care);
            None
        }
        PanelKind::Ticket => match &board.selection.target {
            Target::Ticket(id) => ticket::ticket_ui(ui, look, areas, tickets, board.detail, id),
            Target::District | Target::Area(_) => None,
        },
        PanelKind::HeatTotal => return heat_total::heat_total_ui(ui, look, board.heat).map(Intent::Heat),
        PanelKind::HeatRanking => heat_ranking::heat_ranking_ui(ui, look, areas, board.heat),
        PanelKind::HeatRhythm => {
            heat_rhythm::heat_rhythm_ui(ui, look, board.heat, &mut state.rhythm);
            None
        }
    };
    drill.map(Intent::Drill)
}

/// The line of keys at the bottom of the map, shown and hidden by F1 or the question mark.
fn help_ui(
    root: &mut Ui,
    look: &Look<'_>,
    state: &PanelState,
    layout: &Layout,
    intents: &mut Vec<Intent>,
) -> Option<egui::Rect> {
    if root.ctx().input_mut(|input| input.consume_key(Modifiers::NONE, Key::F1)) {
        intents.push(Intent::Help);
    }
    if !state.is_help_shown {
        return None;
    }
    let p = root.painter();
    let words = look.t("help-line");
    // One item of the line per row.
    let items: Vec<&str> = words.split(" · ").collect();
    let wide = items.iter().map(|item| pen::width(p, *item, Role::BODY)).fold(0.0, f32::max) + 48.0;
    let size = vec2(wide, items.len() as f32 * 34.0 + 32.0);
    let rect = egui::Rect::from_center_size(layout.free.center(), size);
    p.rect_filled(rect, CornerRadius::same(6), style::faint(look.palette.bg2, 0.96));
    for (i, item) in items.iter().enumerate() {
        let at = pos2(rect.left() + 24.0, rect.top() + 16.0 + 34.0 * i as f32 + 24.0);
        pen::say(p, at, Align::Min, *item, Role::BODY, look.text1());
    }
    head::announce(root, rect, "help", &words);
    Some(rect)
}

/// True while the tickets on the wall are current or only a little late; the wall's tests and pictures wait for it.
pub fn has_tickets(feeds: &FeedFreshness) -> bool {
    feeds.rung(Feed::Tickets) <= crate::city::Freshness::Delayed
}
