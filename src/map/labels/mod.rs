//! Names of areas on the map: which, where and how large, so that none overlaps another.
//!
//! Here is the wiring; `placing.rs` decides and `anchor.rs` finds the places. The panels paint the result.

pub mod anchor;
pub mod placing;

use std::time::Duration;

use bevy::math::{Rect, Vec2, Vec3};
use bevy::prelude::*;

use crate::city::{Areas, Tickets};
use crate::domain::{AreaId, AreaTable, Level};
use crate::selection::Selection;

use super::drill::area_of;
use super::motion::MapMotion;
use super::pick::AreaIndex;
use super::projection::MapProjection;
use super::raised::Extrusion;
use super::view::{MapFrame, MapView};
use anchor::{Anchor, anchor};
use placing::{Candidate, Rank, from_u_per_km, place, text_size, wall_name};

/// One name on the map.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedLabel {
    /// The area.
    pub area: AreaId,
    /// Its level, which decides colour and weight.
    pub level: Level,
    /// The text.
    pub text: String,
    /// The middle of the text in u from the top left corner of the picture.
    pub pos_u: Vec2,
    /// The box of the text, u: width with tracking, height of a line.
    pub size_u: Vec2,
    /// Font size, u.
    pub font_u: f32,
    /// Extra space after each character, u.
    pub tracking_u: f32,
    /// Where it is fixed to the map, world metres with the height.
    pub world: Vec3,
}

/// The names on the map now. They move with the map, and are chosen anew when it comes to rest.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct PlacedLabels(pub Vec<PlacedLabel>);

/// Which names areas are labelled with. Set by the wall with its language.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabelNames {
    /// The district's own names.
    #[default]
    Local,
    /// Names in Latin letters where there are some.
    Latin,
}

/// The anchors found so far, by area; `None` inside where an area has no place for a name.
#[derive(Resource, Default)]
pub(super) struct Anchors(Vec<Option<Option<Anchor>>>);

impl Anchors {
    fn of(&mut self, id: AreaId, index: &AreaIndex) -> Option<Anchor> {
        let slot = self.0.get_mut(id.index())?;
        *slot.get_or_insert_with(|| anchor(index.rings(id)))
    }
}

/// While the map moves, labels are chosen anew at most this often.
const WHILE_MOVING: Duration = Duration::from_millis(150);

/// Keeps [`PlacedLabels`].
pub(super) fn label(
    time: Res<Time<Real>>,
    (areas, tickets, index, projection): (Res<Areas>, Res<Tickets>, Res<AreaIndex>, Res<MapProjection>),
    (view, frame, motion): (Res<MapView>, Res<MapFrame>, Res<MapMotion>),
    (extrusion, names, selection): (Res<Extrusion>, Res<LabelNames>, Res<Selection>),
    mut anchors: ResMut<Anchors>,
    mut labels: ResMut<PlacedLabels>,
    mut is_due: Local<bool>,
    mut placed_at: Local<Duration>,
) {
    if index.is_changed() {
        anchors.0 = vec![None; areas.table.len()];
        labels.0.clear();
    }
    let moved = view.is_changed() || frame.is_changed();
    let others = index.is_changed() || extrusion.is_changed() || names.is_changed() || selection.is_changed();
    *is_due |= moved || others;
    if !*is_due {
        return;
    }
    if motion.is_moving() && time.elapsed() < *placed_at + WHILE_MOVING {
        carry(&mut labels.0, &view, &frame);
        return;
    }
    let current = area_of(&selection.target, &areas.table, &tickets, &index, projection.0.as_ref());
    let candidates =
        candidates(&areas.table, &index, &mut anchors, &view, &frame, &extrusion, *names, current, &labels.0);
    let free_u = Rect::from_corners(frame.free.min / frame.u, frame.free.max / frame.u);
    labels.0 = place(candidates, free_u);
    *is_due = motion.is_moving();
    *placed_at = time.elapsed();
}

/// Moves the labels with the map and lets go of those that leave the free area.
fn carry(labels: &mut Vec<PlacedLabel>, view: &MapView, frame: &MapFrame) {
    let free_u = Rect::from_corners(frame.free.min / frame.u, frame.free.max / frame.u);
    for label in labels.iter_mut() {
        label.pos_u = view.u_from_world(label.world, frame);
    }
    labels.retain(|label| placing::fits(free_u, label.pos_u, label.size_u));
}

/// All names that the scale asks for, in the picture.
fn candidates(
    table: &AreaTable,
    index: &AreaIndex,
    anchors: &mut Anchors,
    view: &MapView,
    frame: &MapFrame,
    extrusion: &Extrusion,
    names: LabelNames,
    current: Option<AreaId>,
    present: &[PlacedLabel],
) -> Vec<Candidate> {
    let reach = Vec2::new(0.0, extrusion.max_m() * view.pitch().tan());
    let corners = [frame.free.min, frame.free.max].map(|corner| view.world_from_screen(corner, frame));
    let shown = Rect::from_corners(corners[0], corners[1]);
    let shown = Rect::from_corners(shown.min - reach, shown.max);
    let mut found = Vec::new();
    for level in [Level::Street, Level::Community, Level::Grid] {
        if view.u_per_km() < from_u_per_km(level) {
            continue;
        }
        for id in index.touching(shown, level) {
            let Some(anchor) = anchors.of(id, index) else { continue };
            let area = table.get(id);
            let text = wall_name(area, names);
            if text.is_empty() {
                continue;
            }
            let (size_u, font_u, tracking_u) = text_size(&text, level);
            let height_m = if view.tilt > 0.0 { extrusion.height_m(id) } else { 0.0 };
            let is_below = current.is_some() && table.parent(id) == current;
            let clearance_u = anchor.clearance_m / view.m_per_u;
            let foreshortening = view.pitch().cos();
            // Other places for the name, should the first be taken: within the same area.
            let places =
                [Vec2::ZERO, Vec2::Y, Vec2::NEG_Y, Vec2::X, Vec2::NEG_X, Vec2::new(0.0, 1.9), Vec2::new(0.0, -1.9)]
                    .into_iter()
                    .map(|way| anchor.world + way * size_u * Vec2::new(0.55, 1.15 / foreshortening) * view.m_per_u)
                    .enumerate()
                    .filter(|(nth, world)| *nth == 0 || index.contains(id, *world))
                    .map(|(_, world)| {
                        let world = world.extend(height_m);
                        (world, view.u_from_world(world, frame))
                    })
                    .collect();
            found.push(Candidate {
                rank: Rank {
                    is_below,
                    level,
                    is_present: present.iter().any(|label| label.area == id),
                    clearance_u,
                    area: id,
                },
                text,
                size_u,
                font_u,
                tracking_u,
                places,
            });
        }
    }
    found
}
