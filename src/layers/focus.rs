//! What is selected and what is under the cursor, on the map: a veil over everything else, an outline, a tint on the
//! selected grid; a thin outline for the cursor. Rebuilt when the selection or the hover changed.

use std::sync::Arc as Shared;

use bevy::camera::visibility::NoFrustumCulling;
use bevy::prelude::*;
use bevy::sprite_render::MeshMaterial2d;

use super::borders::line_bundle;
use super::flat::{FlatHandles, flat_mesh};
use super::lines::LineMaterials;
use super::mesh::Rings;
use super::mesh::fill::{Fill, fill, rings_of};
use super::mesh::line::{LineBuilder, Stroke};
use super::order;
use super::shapes::AreaShapes;
use crate::city::{Areas, Tickets};
use crate::domain::{AreaId, AreaTable, Level};
use crate::map::{Hover, MapProjection};
use crate::palette::Theme;
use crate::selection::{Selection, Target};

/// Outside the selection 42 % of the picture is left.
pub const VEIL_ALPHA: f32 = 0.58;
/// Strength of the tint on a selected grid.
const TINT_ALPHA: f32 = 0.13;
/// Half the edge of the veil, metres.
const VEIL_M: f32 = 200_000.0;

/// The selected area in terms of the drawn features.
#[derive(Resource, Default, Clone, Debug, PartialEq)]
pub struct Focus {
    /// The selected area, or the area of the selected ticket; `None` for the whole district.
    pub area: Option<AreaId>,
    /// Which features lie in it.
    pub members: Vec<bool>,
}

impl Focus {
    /// True if a part of the district is selected.
    pub fn is_narrow(&self) -> bool {
        self.area.is_some()
    }
}

/// The area a selection is about; `None` for the district or for what is not in the table.
pub fn area_of(target: &Target, table: &AreaTable, tickets: &Tickets) -> Option<AreaId> {
    let code = match target {
        Target::District => return None,
        Target::Area(code) => code,
        Target::Ticket(id) => tickets.by_id.get(id)?.area.as_ref()?,
    };
    table.find(code).filter(|id| table.get(*id).level != Level::District)
}

/// Keeps [`Focus`] true.
pub(super) fn settle(
    selection: Res<Selection>,
    areas: Res<Areas>,
    tickets: Res<Tickets>,
    shapes: Res<AreaShapes>,
    mut focus: ResMut<Focus>,
) {
    let by_ticket = matches!(selection.target, Target::Ticket(_)) && tickets.is_changed();
    if !(selection.is_changed() || shapes.is_changed() || by_ticket) || !Shared::ptr_eq(&areas.table, &shapes.table) {
        return;
    }
    let area = area_of(&selection.target, &shapes.table, &tickets);
    let members = area.map(|id| shapes.members(id)).unwrap_or_default();
    let next = Focus { area, members };
    if *focus != next {
        *focus = next;
    }
}

/// The parts drawn for the selection.
#[derive(Component)]
pub(super) struct FocusPart;

/// The outline under the cursor.
#[derive(Component)]
pub(super) struct HoverPart;

/// Draws the selection anew.
pub(super) fn rebuild(
    mut commands: Commands,
    (focus, shapes, theme): (Res<Focus>, Res<AreaShapes>, Res<Theme>),
    projection: Res<MapProjection>,
    (lines, flat): (Res<LineMaterials>, Res<FlatHandles>),
    mut meshes: ResMut<Assets<Mesh>>,
    old: Query<Entity, With<FocusPart>>,
) {
    if !(focus.is_changed() || shapes.is_changed() || theme.is_changed()) {
        return;
    }
    old.iter().for_each(|entity| commands.entity(entity).despawn());
    let (Some(area), Some(projection)) = (focus.area, projection.0) else { return };
    if focus.members.len() != shapes.features.len() || area.index() >= shapes.table.len() {
        return;
    }
    let palette = theme.palette();
    let mut inside = rings_of(&shapes.table.get(area).boundary, &projection);
    if inside.is_empty() {
        let members = shapes.rings.iter().zip(&focus.members).filter(|(_, is_in)| **is_in);
        inside = members.flat_map(|(rings, _)| rings.clone()).collect();
    }
    let mut surfaces = vec![(veil(&inside), palette.bg0.srgba(VEIL_ALPHA))];
    if shapes.table.get(area).level == Level::Grid {
        surfaces.push((fill(&inside), palette.accent.srgba(TINT_ALPHA)));
    }
    let at = (Transform::from_xyz(0.0, 0.0, order::VEIL), NoFrustumCulling, FocusPart);
    let mesh = flat_mesh(surfaces.iter().map(|(fill, color)| (fill, *color)));
    commands.spawn((Mesh2d(meshes.add(mesh)), MeshMaterial2d(flat.blended.clone()), at));
    let outline = outline_of(&shapes, &focus.members, Stroke::Selected);
    if !outline.is_empty() {
        let mesh = meshes.add(outline.build());
        commands.spawn(line_bundle(mesh.clone(), lines.casing.clone(), order::FOCUS_CASING)).insert(FocusPart);
        commands.spawn(line_bundle(mesh, lines.core.clone(), order::FOCUS)).insert(FocusPart);
    }
}

/// Draws the outline under the cursor anew.
pub(super) fn rebuild_hover(
    mut commands: Commands,
    (hover, areas, shapes): (Res<Hover>, Res<Areas>, Res<AreaShapes>),
    lines: Res<LineMaterials>,
    mut meshes: ResMut<Assets<Mesh>>,
    old: Query<Entity, With<HoverPart>>,
) {
    if !(hover.is_changed() || shapes.is_changed()) {
        return;
    }
    old.iter().for_each(|entity| commands.entity(entity).despawn());
    let Some(area) = hover.area.filter(|_| Shared::ptr_eq(&areas.table, &shapes.table)) else { return };
    let outline = outline_of(&shapes, &shapes.members(area), Stroke::Hovered);
    if !outline.is_empty() {
        commands.spawn(line_bundle(meshes.add(outline.build()), lines.core.clone(), order::HOVER)).insert(HoverPart);
    }
}

fn outline_of(shapes: &AreaShapes, members: &[bool], stroke: Stroke) -> LineBuilder {
    let mut lines = LineBuilder::default();
    lines.add_net(shapes.outline(members), stroke);
    lines
}

/// Everything but the inside.
fn veil(inside: &Rings) -> Fill {
    let w = VEIL_M;
    let mut rings = inside.clone();
    rings.push(vec![Vec2::new(-w, -w), Vec2::new(w, -w), Vec2::new(w, w), Vec2::new(-w, w)]);
    fill(&rings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_veil_leaves_the_inside_open() {
        let inside = vec![vec![Vec2::ZERO, Vec2::new(1000.0, 0.0), Vec2::new(1000.0, 500.0)]];
        let covered = veil(&inside).area_m2();
        assert!((covered - (4.0 * f64::from(VEIL_M).powi(2) - 250_000.0)).abs() < 10_000.0, "{covered}");
    }

    #[test]
    fn the_district_and_strangers_are_no_focus() {
        use crate::domain::AreaCode;
        use crate::layers::shapes::tests::chessboard;
        let (table, _) = AreaTable::build(chessboard(4));
        let tickets = Tickets::default();
        let of = |target: Target| area_of(&target, &table, &tickets);
        assert_eq!(of(Target::District), None);
        assert_eq!(of(Target::Area(AreaCode::new("d"))), None);
        assert_eq!(of(Target::Area(AreaCode::new("nowhere"))), None);
        assert_eq!(of(Target::Area(AreaCode::new("c0-0"))), table.find(&AreaCode::new("c0-0")));
    }
}
