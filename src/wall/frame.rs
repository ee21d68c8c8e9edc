//! Joins map and panels, which do not know each other: the scale of egui, the map's free area, who has pointer and
//! keys, the names and the legend.
//!
//! egui runs in u (1/1080 of the picture height), so panels draw the design's sizes as they are.

use bevy::camera::CameraOutputMode;
use bevy::camera::visibility::RenderLayers;
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::prelude::*;
use bevy_egui::{EguiContext, EguiOutput, PrimaryEguiContext, egui};

use super::headless::{HeadlessTarget, camera_target};
use super::map_numbers::{DISC, stand};
use super::picture::{last_step, shared_picture};
use super::still::KeptCamera;
use super::warned::{WarnedAreas, note_warned, place_warned};
use crate::WallSystems;
use crate::domain::AreaId;
use crate::heat::Figures;
use crate::layers::flow::FlowMotion;
use crate::layers::frame::LayerFrame;
use crate::layers::{AreaLegend, AreaRecords, AreaShapes, CareSymbols, LayerSystems, area_swatches, care_swatches};
use crate::locale::Locale;
use crate::map::labels::anchor::anchor;
use crate::map::labels::{LabelObstacles, LabelSeams, Obstacle};
use crate::map::{
    AreaIndex, Extrusion, Hover, Hubs, KeysOnPanels, LabelNames, MapCamera, MapFrame, MapSystems, MapView,
    PlacedLabels, PointerOnPanels, ReducedMotion, map_camera,
};
use crate::palette::{Palette, Rgb, Theme};
use crate::panels::heat_ranking::NUMBERED;
use crate::panels::{
    HubNotes, LegendClasses, MapLabel, MapLegend, MapNotes, MapNumber, PanelHits, PanelPicture, SIGN_U, SymbolNumber,
    WarnedPlace, WarningNotes, layout, spread,
};
use crate::scene::{LayerKind, LayerSwitches};

/// Spawns the cameras and keeps the parts joined.
pub(super) fn plugin(app: &mut App) {
    app.configure_sets(Update, (MapSystems::Survey, MapSystems::Steer, MapSystems::Aim).in_set(WallSystems::Settle))
        .configure_sets(Update, LayerSystems.in_set(WallSystems::Draw))
        .add_systems(PreStartup, spawn_cameras)
        .add_systems(PreUpdate, scale_egui)
        .init_resource::<WarnedAreas>()
        .init_resource::<RankedAreas>()
        .add_systems(
            Update,
            (set_frame, set_label_names, ((note_warned, place_warned).chain(), note_ranked, set_obstacles).chain())
                .before(MapSystems::Survey)
                .after(WallSystems::Receive),
        )
        .add_systems(Update, (note_map, super::called::note_calls).chain().after(LayerSystems));
}

/// Two cameras on one picture of plain sRGB values, in which the design blends: first the map, over it the panels.
fn spawn_cameras(
    mut commands: Commands,
    view: Res<MapView>,
    frame: Res<MapFrame>,
    target: Option<Res<HeadlessTarget>>,
    theme: Res<Theme>,
) {
    let target = target.as_deref();
    let map = Camera {
        clear_color: ClearColorConfig::Custom(theme.palette().bg0.color()),
        output_mode: CameraOutputMode::Skip,
        ..default()
    };
    commands.spawn((map_camera(&view, &frame), camera_target(target), KeptCamera)).insert((map, shared_picture()));
    let panels = Camera { order: 1, clear_color: ClearColorConfig::None, output_mode: last_step(target), ..default() };
    commands
        .spawn((Camera2d, panels, camera_target(target), RenderLayers::none(), Tonemapping::None, PrimaryEguiContext))
        .insert(shared_picture());
}

/// Sets egui's scale so that its picture is measured in u.
fn scale_egui(
    mut contexts: Query<(&Camera, &mut EguiContext, &mut EguiOutput), With<PrimaryEguiContext>>,
    panels: Res<PanelPicture>,
) {
    for (camera, mut context, mut output) in &mut contexts {
        let Some(size) = camera.physical_target_size() else { continue };
        let scale = camera.target_scaling_factor().unwrap_or(1.0);
        let pixels = layout::pixels_per_u(size.x as f32, size.y as f32, scale) * panels.scale;
        let ctx: &egui::Context = context.get_mut();
        let zoom = pixels / ctx.native_pixels_per_point().unwrap_or(scale);
        if (ctx.zoom_factor() - zoom).abs() > 1e-4 {
            ctx.set_zoom_factor(zoom);
        }
        // bevy_egui measures the picture by the last frame's scale; on the first frame there is none.
        if (output.pixels_per_point - pixels).abs() > 1e-4 {
            output.pixels_per_point = pixels;
        }
    }
}

/// Tells the map which part of the picture is its own.
fn set_frame(
    cameras: Query<&Camera, With<MapCamera>>,
    (hits, panels): (Res<PanelHits>, Res<PanelPicture>),
    mut seams: ResMut<LabelSeams>,
    mut frame: ResMut<MapFrame>,
    mut pointer: ResMut<PointerOnPanels>,
    mut keys: ResMut<KeysOnPanels>,
) {
    pointer.set_if_neq(PointerOnPanels(hits.pointer_on_panels));
    keys.set_if_neq(KeysOnPanels(hits.keys_on_panels));
    let Some(camera) = cameras.iter().next() else { return };
    let (Some(size), Some(pixels)) = (camera.logical_target_size(), camera.physical_target_size()) else { return };
    let scale = camera.target_scaling_factor().unwrap_or(1.0);
    let u_px = layout::pixels_per_u(pixels.x as f32, pixels.y as f32, scale) * panels.scale;
    seams.set_if_neq(LabelSeams(panels.bezels_px.iter().map(|px| px / u_px).collect()));
    let u = u_px / scale;
    let free = hits.free_u;
    let free = Rect::new(free.min.x * u, free.min.y * u, free.max.x * u, free.max.y * u);
    frame.set_if_neq(MapFrame { free, size, u, keys: hits.keys_u * u });
}

fn set_label_names(locale: Res<Locale>, mut names: ResMut<LabelNames>) {
    names.set_if_neq(match *locale {
        Locale::ZhCn => LabelNames::Local,
        Locale::En => LabelNames::Latin,
    });
}

/// Tells the map where the numbers of care and of the heat map's ranking and the signs of warnings stand, so that names
/// keep off them.
fn set_obstacles(
    (symbols, switches): (Res<CareSymbols>, Res<LayerSwitches>),
    (view, frame, raised): (Res<MapView>, Res<MapFrame>, Res<Extrusion>),
    (warned, ranked): (Res<WarnedAreas>, Res<RankedAreas>),
    (hubs, layer): (Res<Hubs>, Res<LayerFrame>),
    mut obstacles: ResMut<LabelObstacles>,
    mut was_tilted: Local<bool>,
) {
    let is_heat_news = ranked.is_changed() || switches.is_changed() || raised.is_changed();
    let is_tilted = view.tilt > 0.0;
    let has_signs = switches.is_on(LayerKind::Warnings) && !warned.of_each.is_empty();
    let is_hot = switches.is_on(LayerKind::Heat) && !ranked.0.is_empty();
    // Where signs and numbers stand around their areas depends on the scale.
    let is_moved = (has_signs || is_hot) && (view.is_changed() || frame.is_changed() || hubs.is_changed());
    if !(symbols.is_changed() || warned.is_changed() || is_moved || is_heat_news || is_tilted != *was_tilted) {
        return;
    }
    *was_tilted = is_tilted;
    let care = symbols.0.iter().map(|symbol| Obstacle {
        world: symbol.world.extend(symbol.height_m),
        offset_u: Vec2::ZERO,
        radius_u: symbol.radius_u,
    });
    let feet = if is_hot { ranked.feet(&raised) } else { Vec::new() };
    let feet_u: Vec<egui::Pos2> = feet.iter().map(|(_, foot)| in_u(view.u_from_world(*foot, &frame))).collect();
    let discs = stand(&feet_u, is_tilted, free_u(&frame));
    let numbers = feet.iter().zip(&feet_u).zip(discs).filter_map(|(((_, foot), foot_u), disc)| {
        let way = disc? - *foot_u;
        Some(Obstacle { world: *foot, offset_u: Vec2::new(way.x, way.y), radius_u: 0.5 * DISC })
    });
    let of_each = &warned.of_each[..if has_signs { warned.of_each.len() } else { 0 }];
    let wanted: Vec<(usize, WarnedPlace)> = of_each.iter().map(|nth| (*nth, warned.areas[*nth].place)).collect();
    let spots = spread(&wanted, free_u(&frame), centre_u(&hubs, &layer, &view, &frame));
    let signs = spots.iter().zip(&wanted).filter_map(|(spot, (nth, place))| {
        let way = (*spot)?.at - place.middle;
        // A ring may touch a name, a sign may not.
        let world = warned.areas[*nth].top(&raised);
        Some(Obstacle { world, offset_u: Vec2::new(way.x, way.y), radius_u: SIGN_U + 4.0 })
    });
    obstacles.set_if_neq(LabelObstacles(care.chain(numbers).chain(signs).collect()));
}

/// Where a hub is drawn, u. Hubs stand where the arcs begin and end: on the land, which is lifted in the tilted view.
fn hub_u(at: Vec2, layer: &LayerFrame, view: &MapView, frame: &MapFrame) -> egui::Pos2 {
    in_u(view.u_from_world(at.extend(layer.uniform.slab_m * layer.uniform.tilt), frame))
}

/// Where the district's centre is drawn, u, while it is.
fn centre_u(hubs: &Hubs, layer: &LayerFrame, view: &MapView, frame: &MapFrame) -> Option<egui::Pos2> {
    hubs.centre.filter(|_| hubs.is_shown).map(|at| hub_u(at, layer, view, frame))
}

/// Hands the panels what the map wants written over it.
fn note_map(
    labels: Res<PlacedLabels>,
    hover: Res<Hover>,
    legend: Res<AreaLegend>,
    (view, picture): (Res<MapView>, Res<MapFrame>),
    (hubs, motion): (Res<Hubs>, Option<Res<FlowMotion>>),
    (theme, symbols): (Res<Theme>, Res<CareSymbols>),
    (ranked, switches, layer): (Res<RankedAreas>, Res<LayerSwitches>, Res<LayerFrame>),
    (shapes, records): (Res<AreaShapes>, Res<AreaRecords>),
    (frame, raised): (Res<MapFrame>, Res<Extrusion>),
    (warned, motion_allowed): (Res<WarnedAreas>, Option<Res<ReducedMotion>>),
    mut notes: ResMut<MapNotes>,
) {
    let is_hub_news = hubs.is_changed()
        || picture.is_changed()
        || symbols.is_changed()
        || motion.as_ref().is_some_and(|motion| motion.is_changed());
    let is_hub_news = is_hub_news || warned.is_changed();
    let is_due = records.is_changed()
        || is_hub_news
        || labels.is_changed()
        || hover.is_changed()
        || legend.is_changed()
        || view.is_changed();
    if !(is_due || theme.is_changed() || ranked.is_changed() || switches.is_changed() || raised.is_changed()) {
        return;
    }
    let is_filled = switches.is_on(LayerKind::Areas) || switches.is_on(LayerKind::Care);
    let label = |placed: &crate::map::PlacedLabel| MapLabel {
        pos: egui::pos2(placed.pos_u.x, placed.pos_u.y),
        level: placed.level,
        text: placed.text.clone(),
        font_u: placed.font_u,
        tracking_u: placed.tracking_u,
        ground: is_filled.then(|| ground(placed, (&shapes, &records), theme.palette())).flatten(),
    };
    let is_tilted = view.tilt > 0.5;
    let care: Vec<SymbolNumber> = symbols.0.iter().filter_map(|symbol| number(symbol, &view, &frame)).collect();
    let fresh = MapNotes {
        labels: labels.0.iter().map(label).collect(),
        hovered_area: hover.area,
        hovered_ticket: hover.ticket.clone(),
        legend: (legend.is_locked && legend.is_shown).then(|| MapLegend {
            level: legend.level,
            classes: match &legend.measure {
                Some((colour, breaks)) => LegendClasses::Indicator(colour.clone(), *breaks),
                None if legend.is_of_some => LegendClasses::SomeTickets(legend.breaks.to_vec()),
                None => LegendClasses::Tickets(legend.breaks.to_vec()),
            },
            colours: area_swatches(theme.palette(), switches.opacity(LayerKind::Areas)).to_vec(),
            is_tilted,
        }),
        hubs: hubs.is_shown.then(|| HubNotes {
            streets: hubs.streets().iter().map(|(id, at)| (*id, hub_u(*at, &layer, &view, &picture))).collect(),
            centre: centre_u(&hubs, &layer, &view, &picture),
            merged: motion.map_or(0, |motion| motion.merged),
        }),
        care,
        care_level: symbols.0.first().map(|symbol| symbol.level),
        care_colours: care_swatches(theme.palette(), switches.opacity(LayerKind::Care)).to_vec(),
        m_per_u: (!is_tilted).then_some(view.m_per_u),
        numbers: if switches.is_on(LayerKind::Heat) { numbers(&ranked, &view, &frame, &raised) } else { vec![] },
        warnings: WarningNotes {
            areas: warned.areas.iter().map(|area| (area.id, area.place)).collect(),
            centre: centre_u(&hubs, &layer, &view, &picture),
            opacity: switches.opacity(LayerKind::Warnings),
            is_calm: motion_allowed.is_some_and(|reduced| reduced.0),
        },
        // `called.rs` adds them.
        calls: notes.calls.clone(),
    };
    notes.set_if_neq(fresh);
}

/// The colour of the areas below a name, mixed from its middle and its ends; `None` where they have none.
fn ground(
    placed: &crate::map::PlacedLabel,
    (shapes, records): (&AreaShapes, &AreaRecords),
    palette: &Palette,
) -> Option<Rgb> {
    let fill = |area: AreaId| records.fill(*shapes.feature_of.get(area.index())? as usize, palette);
    let found = placed.ground.map(|area| area.and_then(fill));
    found.iter().any(Option::is_some).then(|| {
        let [middle, left, right] = found.map(|fill| fill.unwrap_or(palette.map_land));
        middle.mix(left.mix(right, 0.5), 0.6)
    })
}

/// The first places of the heat map's ranking, from 1, the areas, and their middles, world metres.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
struct RankedAreas(Vec<(u32, AreaId, Vec2)>);

fn note_ranked((heat, index): (Res<Figures>, Res<AreaIndex>), mut ranked: ResMut<RankedAreas>) {
    if !(heat.is_changed() || index.is_changed()) {
        return;
    }
    let first: Vec<(u32, AreaId)> = (1..).zip(heat.ranking.iter().take(NUMBERED).map(|it| AreaId(it.area))).collect();
    if !index.is_changed() && first.iter().copied().eq(ranked.0.iter().map(|(number, id, _)| (*number, *id))) {
        return;
    }
    let found = first.into_iter().filter_map(|(number, id)| Some((number, id, anchor(index.rings(id))?.world)));
    ranked.0 = found.collect();
}

impl RankedAreas {
    /// Where the numbers belong, on top of their areas, world metres.
    fn feet(&self, raised: &Extrusion) -> Vec<(u32, Vec3)> {
        self.0.iter().map(|(number, id, at)| (*number, at.extend(raised.height_m(*id)))).collect()
    }
}

/// The numbers of the first communities of the heat map's ranking.
fn numbers(ranked: &RankedAreas, view: &MapView, frame: &MapFrame, raised: &Extrusion) -> Vec<MapNumber> {
    let ranked = ranked.feet(raised);
    let feet: Vec<egui::Pos2> = ranked.iter().map(|(_, foot)| in_u(view.u_from_world(*foot, frame))).collect();
    let discs = stand(&feet, view.tilt > 0.0, free_u(frame));
    let numbers = ranked.iter().zip(feet).zip(discs).filter_map(|(((number, _), foot), disc)| {
        let pos = disc?;
        Some(MapNumber { number: *number, pos, foot: (pos.distance(foot) > 1.0).then_some(foot) })
    });
    numbers.collect()
}

/// A point of the picture for egui.
fn in_u(at: Vec2) -> egui::Pos2 {
    egui::pos2(at.x, at.y)
}

/// The part of the picture that is free for the map, u.
fn free_u(frame: &MapFrame) -> egui::Rect {
    egui::Rect::from_min_max(in_u(frame.free.min / frame.u), in_u(frame.free.max / frame.u))
}

/// Where the number of a care symbol stands, if it has one.
fn number(symbol: &crate::layers::care::CareSymbol, view: &MapView, frame: &MapFrame) -> Option<SymbolNumber> {
    let at = view.u_from_world(symbol.world.extend(symbol.height_m), frame);
    Some(SymbolNumber { pos: egui::pos2(at.x, at.y), radius: symbol.radius_u, people: symbol.people? })
}
