//! Marks of the tickets in hand: shape and colour by source, a ring around the selected one. Shown when zoomed in far
//! enough, and at any scale within a selected community or grid, or where the scene is about these tickets alone. Where what flows is shown, by stage instead of source,
//! and those that moved within the hour at any scale. One mesh, rebuilt when the list changed; a long list at most twice
//! a second. Partner: `shaders/tickets.wgsl`.

use std::collections::HashSet;
use std::time::Duration;

use bevy::camera::visibility::NoFrustumCulling;
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::render::storage::ShaderBuffer;
use bevy::sprite_render::MeshMaterial2d;
use jiff::Timestamp;

use super::areas::records::AreaRecords;
use super::focus::Focus;
use super::frame::{LayerFrame, MapFrameUniform};
use super::mesh::{ATTRIBUTE_MARK, ATTRIBUTE_OWNERS, NO_FEATURE, triangles};
use super::order;
use super::shapes::AreaShapes;
use crate::city::{Flow, Now, Tickets, WatchWanted};
use crate::domain::{Level, Stage, Ticket, TicketId};
use crate::map::marks::is_recent;
use crate::map::{MapProjection, MapView, Projection};
use crate::palette::{Palette, Theme};
use crate::scene::{LayerKind, LayerSwitches};
use crate::selection::{Selection, Target};

/// Shown at any scale. Keep the flags in sync with `tickets.wgsl`.
const ALWAYS: u32 = 1;
/// With a ring.
const SELECTED: u32 = 2;
/// Pale, because another area is selected.
const OUTSIDE: u32 = 4;
/// Kinds from here on are groups of stages: reporting, handling, checking, closed.
const STAGES: u32 = 4;

/// A list longer than this is looked through only so often.
const LONG: usize = 5000;
const EVERY: Duration = Duration::from_millis(500);
/// Marks fade in between these scales, u per km.
const FADE: (f32, f32) = (370.0, 400.0);
/// Radius of a mark, u.
const RADIUS_U: f32 = 5.5;

/// Keep in sync with `MarkParams` in `tickets.wgsl`.
#[derive(ShaderType, Clone, Copy, Debug)]
pub struct MarkParams {
    frame: MapFrameUniform,
    casing: Vec4,
    ring: Vec4,
    colors: [Vec4; 8],
    radius_u: f32,
    fade_from: f32,
    fade_to: f32,
    outside: f32,
    opacity: f32,
}

impl MarkParams {
    fn new(p: &Palette, frame: MapFrameUniform, opacity: f32) -> Self {
        let [worker, hotline, dispatch, other] = p.categories;
        Self {
            frame,
            casing: p.warnings[0].casing.srgba(0.9),
            ring: p.text1.srgba(0.95),
            colors: [worker, hotline, dispatch, other, worker, dispatch, worker, p.text2].map(|color| color.srgba(1.0)),
            radius_u: RADIUS_U,
            fade_from: FADE.0,
            fade_to: FADE.1,
            outside: 0.42,
            opacity,
        }
    }
}

/// Marks.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct MarkMaterial {
    #[uniform(0)]
    params: MarkParams,
    #[storage(1, read_only)]
    areas: Handle<ShaderBuffer>,
}

super::blended_material!(
    MarkMaterial,
    super::TICKETS_SHADER,
    [Mesh::ATTRIBUTE_POSITION, ATTRIBUTE_MARK, ATTRIBUTE_OWNERS]
);

/// What the marks are drawn with.
#[derive(Resource)]
pub(super) struct MarkHandle(Handle<MarkMaterial>);

impl FromWorld for MarkHandle {
    fn from_world(world: &mut World) -> Self {
        let params = MarkParams::new(world.resource::<Theme>().palette(), world.resource::<LayerFrame>().uniform, 1.0);
        let areas = world.resource::<AreaRecords>().buffer.clone();
        Self(world.resource_mut::<Assets<MarkMaterial>>().add(MarkMaterial { params, areas }))
    }
}

/// One mark.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Mark {
    world: Vec2,
    feature: u32,
    kind: u32,
    flags: u32,
}

/// The kind of a mark by stage.
fn stage_kind(stage: Stage) -> u32 {
    STAGES
        + match stage {
            Stage::Collect | Stage::Report | Stage::Register | Stage::Dispatch => 0,
            Stage::Handle => 1,
            Stage::Feedback | Stage::Verify | Stage::Evaluate => 2,
            Stage::Closed | Stage::Void => 3,
        }
}

/// The mark of a ticket, if it has one: in hand (or selected, or moved since `recent`), with a place on the map.
fn mark_of(
    ticket: &Ticket,
    selected: Option<&TicketId>,
    recent: Option<Timestamp>,
    shapes: &AreaShapes,
    focus: &Focus,
    projection: &Projection,
    is_watched: bool,
) -> Option<Mark> {
    let is_selected = selected == Some(&ticket.id);
    let is_recent = is_recent(ticket, recent);
    if !ticket.is_in_hand() && !is_selected && !is_recent {
        return None;
    }
    let (lon, lat) = ticket.position.lonlat()?;
    let area = ticket.area.as_ref().and_then(|code| shapes.table.find(code));
    let feature = area.and_then(|id| shapes.feature_of.get(id.index()).copied()).unwrap_or(NO_FEATURE);
    let is_in = focus
        .area
        .is_some_and(|focus| area.is_some_and(|area| shapes.table.with_ancestors(area).any(|up| up == focus)));
    let is_near = focus.area.is_some_and(|id| shapes.table.get(id).level >= Level::Community);
    let mut flags = 0;
    if is_selected {
        flags |= SELECTED;
    }
    if (is_in && is_near) || is_recent || is_watched {
        flags |= ALWAYS;
    }
    if focus.is_narrow() && !is_in && !is_selected {
        flags |= OUTSIDE;
    }
    let kind = if recent.is_some() { stage_kind(ticket.stage) } else { ticket.source as u32 };
    Some(Mark { world: projection.world_from_lonlat(lon, lat), feature, kind, flags })
}

fn mark_mesh(marks: &[Mark]) -> Mesh {
    let (mut positions, mut looks, mut owners, mut indices) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for mark in marks {
        let base = positions.len() as u32;
        for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
            positions.push([mark.world.x, mark.world.y, 0.0]);
            looks.push([x, y, mark.kind as f32, mark.flags as f32]);
            owners.push([mark.feature, NO_FEATURE]);
        }
        indices.extend([base, base + 1, base + 2, base, base + 2, base + 3]);
    }
    triangles(positions, indices)
        .with_inserted_attribute(ATTRIBUTE_MARK, looks)
        .with_inserted_attribute(ATTRIBUTE_OWNERS, owners)
}

/// The marks on the map.
#[derive(Component)]
pub(super) struct Marks;

/// Draws the marks anew when the list, the selection or the shapes changed.
pub(super) fn rebuild(
    mut commands: Commands,
    (tickets, selection, focus): (Res<Tickets>, Res<Selection>, Res<Focus>),
    (shapes, projection, view): (Res<AreaShapes>, Res<MapProjection>, Res<MapView>),
    (switches, flow, now, wanted): (Res<LayerSwitches>, Res<Flow>, Res<Now>, Option<Res<WatchWanted>>),
    time: Res<Time<Real>>,
    handle: Res<MarkHandle>,
    mut meshes: ResMut<Assets<Mesh>>,
    old: Query<Entity, With<Marks>>,
    mut last: Local<Option<(Duration, bool)>>,
    mut last_all: Local<bool>,
) {
    let is_flow = switches.opacity(LayerKind::Flow) > 0.0;
    let recent = is_flow.then(|| flow.recent_since(now.at));
    // Those that can be seen: all when zoomed in, else those that moved lately and the selected one.
    let all = view.u_per_km() >= FADE.0
        || focus
            .area
            .is_some_and(|id| id.index() < shapes.table.len() && shapes.table.get(id).level >= Level::Community);
    let (looked_at, mut is_waiting) = last.unwrap_or((Duration::ZERO, true));
    is_waiting |= tickets.is_changed() || (is_flow && flow.is_changed());
    let is_asked = std::mem::replace(&mut *last_all, all) != all
        || switches.is_changed()
        || wanted.is_some_and(|wanted| wanted.is_changed())
        || selection.is_changed()
        || focus.is_changed()
        || shapes.is_changed()
        || last.is_none();
    let is_due = tickets.by_id.len() <= LONG || time.elapsed() >= looked_at + EVERY;
    if !is_asked && !(is_waiting && is_due) {
        *last = Some((looked_at, is_waiting));
        return;
    }
    *last = Some((time.elapsed(), false));
    let Some(projection) = projection.0 else { return };
    let selected = match &selection.target {
        Target::Ticket(id) => Some(id),
        _ => None,
    };
    let watched = tickets.watched();
    let mark = |ticket: &Ticket| mark_of(ticket, selected, recent, &shapes, &focus, &projection, watched.is_some());
    let mut marks: Vec<Mark> = if let Some(watched) = watched {
        let selected = selected.filter(|id| !watched.contains(*id));
        watched.iter().chain(selected).filter_map(|id| mark(tickets.by_id.get(id)?)).collect()
    } else if all {
        tickets.by_id.values().filter_map(mark).collect()
    } else {
        let moved: HashSet<&TicketId> = flow.steps().filter(|_| is_flow).map(|step| &step.id).chain(selected).collect();
        moved.into_iter().filter_map(|id| mark(tickets.by_id.get(id)?)).collect()
    };
    // The map of tickets has no order; a picture must. The selected mark comes last, on top.
    marks.sort_by(|a, b| {
        let key = |mark: &Mark| (mark.flags & SELECTED, mark.flags & ALWAYS);
        key(a)
            .cmp(&key(b))
            .then(b.world.y.total_cmp(&a.world.y))
            .then(a.world.x.total_cmp(&b.world.x))
            .then(a.kind.cmp(&b.kind))
    });
    old.iter().for_each(|entity| commands.entity(entity).despawn());
    if !marks.is_empty() {
        let at = (Transform::from_xyz(0.0, 0.0, order::TICKETS), NoFrustumCulling, Marks);
        commands.spawn((Mesh2d(meshes.add(mark_mesh(&marks))), MeshMaterial2d(handle.0.clone()), at));
    }
}

/// Follows the picture and the theme.
pub(super) fn follow(
    (frame, theme, switches): (Res<LayerFrame>, Res<Theme>, Res<LayerSwitches>),
    handle: Res<MarkHandle>,
    mut materials: ResMut<Assets<MarkMaterial>>,
) {
    if !frame.is_changed() && !theme.is_changed() && !switches.is_changed() {
        return;
    }
    if let Some(mut material) = materials.get_mut(&handle.0) {
        let opacity = switches.opacity(LayerKind::Tickets).max(switches.opacity(LayerKind::Flow));
        material.params = MarkParams::new(theme.palette(), frame.uniform, opacity);
    }
}
