//! Panels: what is written beside and over the map. Functions from borrowed data to an optional intent, one file each.
//!
//! [`compose`] puts them into a layout and knows no Bevy; [`draw`] gathers the city's resources for it (`board.rs`),
//! whenever something is new (`due.rs`), and turns intents into events. egui must run in u: the wall sets its scale from
//! [`layout::pixels_per_u`], and copies what the map placed into [`MapNotes`].

mod area;
mod banner;
mod behind;
mod block;
mod board;
#[cfg(test)]
mod board_of;
mod campaign;
mod card;
mod care;
mod children;
mod class_cases;
mod columns;
mod diagnostics;
mod digest;
mod digester;
mod drift;
mod due;
mod event_watch;
mod figures_feed;
pub mod floors;
mod flow_dots;
mod flow_due;
mod flow_map;
mod flow_newest;
mod flow_river;
mod foundation;
mod glyphs;
mod head;
pub mod heat_ranking;
mod heat_rhythm;
mod heat_total;
mod help;
mod indicator;
mod intake;
mod latest;
mod layer_bar;
pub mod layout;
mod look;
mod map_legend;
mod map_notes;
mod more;
mod pen;
mod pools;
mod ribbon;
mod scrim;
mod seams;
mod search;
mod share;
mod stages;
mod state;
mod steps;
mod story;
pub mod style;
mod table;
mod teams;
mod ticket;
mod title;
mod truth;
mod warnings;
mod watermark;
mod whistle;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod legibility_tests;
#[cfg(test)]
mod preview;
#[cfg(test)]
mod states;

use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, egui};
use egui::{Align, LayerId, Ui, UiBuilder, vec2};
use jiff::tz::TimeZone;

use crate::city::{Care, CareFilter, ClassCases, FeedFreshness, Indicators, Sources, Teams, Warnings, WhistleCalls};
use crate::domain::{AreaId, CareGroup, Environment, Feed};
use crate::heat::{Figures, HeatChange};
use crate::locale::Locale;
use crate::palette::Theme;
use crate::platform::Ask;
use crate::scene::{Drift, LayerKind, LayerSwitches, PanelKind, PanelSpec, Profile, Scenes, Sides, WallMode};
use crate::selection::{Drill, Selection, Target};
use block::block_ui;
use board::City;
use help::help_ui;
use layout::Focus;
use look::Look;

pub use board::Board;
pub use care::legend::SymbolNumber;
pub use class_cases::board::ordered as cases_in_order;
pub use due::{PanelsDecided, PanelsDue, PanelsHanded, PanelsWish};
pub use flow_map::HubNotes;
pub use map_legend::{LegendClasses, MapLegend};
pub use map_notes::{MapLabel, MapNotes, MapNumber};
pub use state::PanelState;
pub use warnings::on_map::{SIGN_U, WarningNotes};
pub use warnings::spread::{WarnedPlace, spread};
pub use whistle::board::ordered as calls_in_order;
pub use whistle::on_map::{CallNote, DISC as CALL_DISC_U, NUMBERED as CALLS_NUMBERED};

/// Draws the panels in the primary egui context.
pub fn plugin(app: &mut App) {
    app.init_resource::<Selection>()
        .init_resource::<Locale>()
        .init_resource::<Theme>()
        .init_resource::<PanelProfile>()
        .init_resource::<PanelPicture>()
        .init_resource::<PanelState>()
        .init_resource::<PanelHits>()
        .init_resource::<MapNotes>()
        .init_resource::<Scenes>()
        .init_resource::<LayerSwitches>()
        .init_resource::<Figures>()
        .init_resource::<Care>()
        .init_resource::<CareFilter>()
        .init_resource::<Indicators>()
        .init_resource::<Warnings>()
        .init_resource::<Teams>()
        .init_resource::<WhistleCalls>()
        .init_resource::<ClassCases>()
        .init_resource::<Sources>()
        .init_resource::<WallMode>()
        .init_resource::<Drift>()
        .init_resource::<Sides>()
        .add_systems(EguiPrimaryContextPass, draw)
        .add_systems(Update, state::note_touched.after(crate::WallSystems::Receive));
    due::plugin(app);
    drift::plugin(app);
    diagnostics::plugin(app);
}

/// Desk or wall.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PanelProfile(pub Profile);

/// The picture of this display beyond its profile; the usual one where nobody says otherwise.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct PanelPicture {
    /// Factor on all sizes: from far away everything is larger, and what then has no room is left out.
    pub scale: f32,
    /// Where bezels cross it, pixels from its left edge, in order.
    pub bezels_px: Vec<f32>,
}

impl Default for PanelPicture {
    fn default() -> Self {
        Self { scale: 1.0, bezels_px: Vec::new() }
    }
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
    /// How high the legends at the bottom of it are, in u.
    pub keys_u: f32,
    /// The whole picture, in u.
    pub canvas_u: egui::Vec2,
}

impl Default for PanelHits {
    fn default() -> Self {
        let canvas_u = vec2(1920.0, 1080.0);
        let free_u = layout::layout(canvas_u, Profile::Desk, Focus::Overview, Scenes::default().current()).free;
        Self { pointer_on_panels: false, keys_on_panels: false, free_u, keys_u: 0.0, canvas_u }
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
    /// Open the card of a number, or close it.
    Formula(Option<indicator::formula::Asked>),
    /// Open the card of a number that the wall counts itself, or close it.
    Behind(Option<behind::Counted>),
    /// Show or hide the page of diagnostics.
    Diagnostics,
}

fn draw(
    mut contexts: EguiContexts,
    city: City,
    (theme, profile, picture): (Res<Theme>, Res<PanelProfile>, Res<PanelPicture>),
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
    // egui runs in u: its points are our u.
    let seams: Vec<f32> = picture.bezels_px.iter().map(|px| px / ctx.pixels_per_point()).collect();
    seams::set(ctx, &seams);
    let site = city.site.0.as_ref();
    let zone = site.map_or(TimeZone::UTC, |site| site.zone.clone());
    if city.areas.is_changed() {
        state.digester.forget();
        state.is_stale = true;
    }
    state.is_stale |= city.tickets.is_changed() || city.site.is_changed();
    state.refresh(&city.tickets, &city.areas.table, &city.now, &zone);
    if city.is_search_called() {
        state.search.is_called = true;
    }
    let health = city.health.as_ref().and_then(|health| health.0.latest());
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
        figures: city.figures.borrowed(),
        health: health.as_deref(),
        vitals: city.vitals.as_deref(),
        scene_state: truth::SceneState {
            refused: city.refused.as_ref().map_or(0, |refused| refused.0.len()),
            stand: city.rotation.as_ref().and_then(|rotation| rotation.stand(city.now.mono)),
            ladder: truth::mini_ladder(&city.figures.warnings, &city.feeds, &city.now),
            progress: city.rotation.as_ref().and_then(|rotation| rotation.progress(city.now.mono)),
            is_wartime: city.mode.is_wartime(),
            is_drill: city.mode.is_drill || site.is_some_and(|site| site.environment == Environment::Drill),
        },
        is_swapped: city.sides.is_swapped,
    };
    let (intents, now_hit) = compose(ctx, &board, &mut state);
    if *hits != now_hit {
        *hits = now_hit;
    }
    for intent in intents {
        match intent {
            Intent::Drill(drill) => commands.trigger(drill),
            Intent::Heat(change) => commands.trigger(change),
            Intent::Formula(asked) => {
                if asked.is_some() {
                    state.behind.ask(None, &city.selection.target);
                }
                state.formula = asked;
                ctx.request_repaint();
            }
            Intent::Behind(asked) => {
                if asked.is_some() {
                    state.formula = None;
                }
                state.behind.ask(asked, &city.selection.target);
                ctx.request_repaint();
            }
            Intent::Diagnostics => state.is_diagnostics_shown = !state.is_diagnostics_shown,
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
    let mut layout = layout::layout(canvas.size(), board.profile, focus, board.scenes.current());
    if board.is_swapped {
        layout = layout.mirrored();
    }
    if let Some(seams) = seams::of(ctx) {
        layout = seams::clear(layout, &seams);
    }
    let mut root = Ui::new(
        ctx.clone(),
        egui::Id::new("gridwall"),
        UiBuilder::new().layer_id(LayerId::background()).max_rect(canvas),
    );
    let mut intents = Vec::new();

    if board.scene_state.is_drill {
        watermark::watermark_ui(&root, look, layout.free);
    }
    let banner = banner::place(look, layout.free).map(|rect| seams::beside(ctx, rect, Align::Center));
    let room = layer_bar::room(layout.free, banner);
    let warned = board.figures.warnings;
    let signs = warnings::on_map::squares(look, board.areas, warned, &board.notes.warnings, room);
    if let Some(hubs) = &board.notes.hubs {
        let names = map_notes::street_names(root.painter(), &board.notes.labels);
        flow_map::hubs_ui(&root, look, board.tallies, hubs, (&signs, &names), layout.free);
    }
    let is_on_heat = board.switches.is_on(LayerKind::Heat);
    let has_panel = |kind| layout.blocks.iter().any(|(panel, _)| panel.kind == kind);
    let calls = whistle::on_map::shown(&board.notes.calls, has_panel);
    let signs: Vec<_> = signs.into_iter().chain(whistle::on_map::discs(calls)).collect();
    whistle::on_map::lines_ui(root.painter(), look, calls, &board.notes.labels);
    map_notes::labels_ui(root.painter(), look, &board.notes.labels, is_on_heat, &signs);
    // Numbers without the list they belong to say nothing.
    if has_panel(PanelKind::HeatRanking) {
        map_notes::numbers_ui(root.painter(), look, &board.notes.numbers);
    }
    care::legend::numbers_ui(root.painter(), look, &board.notes.care);
    warnings::on_map::signs_ui(
        &root,
        look,
        (board.areas, board.tickets),
        board.figures.warnings,
        &board.notes.warnings,
        &mut state.breath,
        room,
    );
    scrim::paint(root.painter(), look.palette, &layout);
    map_legend::legend_ui(&root, look, board.notes, board.figures.indicators, board.tallies, layout.free);
    if !calls.is_empty() {
        let above = 22.0 + if board.notes.legend.is_some() { map_legend::ABOVE_LEGEND } else { 0.0 };
        let key_at = egui::pos2(layout.free.left() + 26.0, layout.free.bottom() - above);
        whistle::on_map::calls_ui(&root, look, calls, layout.free, key_at);
    }
    // Where nothing else says what the heat map's colours mean, the map does.
    let has_flow_key = board.notes.hubs.is_some() && board.notes.legend.is_none();
    if board.switches.is_on(LayerKind::Heat) && !has_panel(PanelKind::HeatTotal) && !has_flow_key {
        let above = if board.notes.legend.is_some() { map_legend::ABOVE_LEGEND } else { 0.0 };
        let at = (layout.free.left() + 26.0, layout.free.bottom() - 22.0 - above);
        heat_total::strip_ui(&root, look, board.heat, at);
    }
    let shows_care = board.switches.is_on(LayerKind::Care);
    if shows_care && board.notes.legend.is_none() && !board.care.table.is_empty() {
        let notes = board.notes;
        care::legend::legend_ui(&root, look, (&notes.care_colours, notes.care_level), layout.free);
    }
    for (from, to, y) in &layout.rules {
        pen::rule(root.painter(), look.palette, *from..=*to, *y);
    }
    for (nth, (panel, rect)) in layout.blocks.iter().enumerate() {
        let mut ui = root.new_child(UiBuilder::new().max_rect(*rect).id_salt(("block", nth, panel.kind)));
        ui.set_clip_rect(rect.expand2(vec2(22.0, 2.0)).intersect(canvas));
        intents.extend(block_ui(&mut ui, board, state, panel, &layout.beside(nth), scope));
    }
    for (panel, rect) in [&layout.ribbon, &layout.corner].into_iter().flatten() {
        let mut ui = root.new_child(UiBuilder::new().max_rect(*rect).id_salt(("ribbon", panel.kind)));
        intents.extend(block_ui(&mut ui, board, state, panel, &[], scope));
    }
    let mut ui = root.new_child(UiBuilder::new().max_rect(layout.truth).id_salt("truth"));
    let lost = (board.tallies, board.rejects, board.defects);
    let has_list = layout.blocks.iter().any(|(panel, _)| panel.kind == PanelKind::Warnings);
    let ladder = board.scene_state.ladder.filter(|_| !has_list);
    let state_said = truth::SceneState { ladder, ..board.scene_state };
    truth::truth_ui(&mut ui, look, lost, board.figures, state_said);
    if let Some(rect) = banner {
        let mut ui = root.new_child(UiBuilder::new().max_rect(rect).id_salt("banner"));
        banner::banner_ui(&mut ui, look);
        if head::row(&ui, look, rect.shrink(8.0), "retry", &look.t("retry-now")).clicked() {
            intents.push(Intent::Retry);
        }
    }
    let layers = (board.profile == Profile::Desk).then(|| layer_bar::place(&root, look, room)).flatten();
    let layers = layers.map(|rect| seams::beside(ctx, rect, Align::Max));
    if let Some(rect) = layers {
        intents.extend(layer_bar::layer_bar_ui(&root, look, board.switches, rect));
    }
    // The card of a number belongs to the whole district's panels.
    if focus != Focus::Overview {
        state.formula = None;
    }
    let formula = indicator::card_ui(&root, board, state.formula.as_ref(), layout.free, &mut intents);
    let behind = behind::card_ui(&root, board, state, layout.free, &mut intents);
    let has_card = formula.is_some() || behind.is_some();
    let help = help_ui(&mut root, look, state, &layout, &mut intents);
    let mut ui = root.new_child(UiBuilder::new().max_rect(layout.title).id_salt("title"));
    intents.extend(title::title_ui(
        &mut ui,
        look,
        board.areas,
        board.tickets,
        board.selection,
        (board.scenes, board.scene_state),
        &mut state.search,
        board.profile,
    ));

    let pointer = ctx.pointer_latest_pos();
    let on = |rect: egui::Rect| pointer.is_some_and(|at| rect.contains(at));
    let over = !on(layout.free) || has_card || [banner, layers, help, state.search.list].into_iter().flatten().any(on);
    let hits = PanelHits {
        pointer_on_panels: (pointer.is_some() && over) || ctx.egui_is_using_pointer(),
        keys_on_panels: state.search.is_open || has_card || ctx.text_edit_focused(),
        free_u: layout.free,
        keys_u: map_legend::keys_height(board.switches, has_panel(PanelKind::HeatTotal)),
        canvas_u: canvas.size(),
    };
    if !hits.pointer_on_panels {
        let care = shows_care.then_some((board.care, board.group));
        let indicators = board.figures.indicators;
        let (areas, notes) = (board.areas, board.notes);
        map_notes::hover_ui(&root, look, areas, board.tickets, board.tallies, notes, care, indicators, layout.free);
    }
    (intents, hits)
}

/// True while the tickets on the wall are current or only a little late; the wall's tests and pictures wait for it.
pub fn has_tickets(feeds: &FeedFreshness) -> bool {
    feeds.rung(Feed::Tickets) <= crate::city::Freshness::Delayed
}
