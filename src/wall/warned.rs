//! Which areas warnings name and where these are in the picture. What depends on the map's scale only is looked up when the
//! scale changes, not in every frame of a pan. Partners: `frame.rs`, which hands it on; `panels/warnings/spread.rs`.

use bevy::prelude::*;
use bevy_egui::egui;

use crate::city::{Areas, Warnings};
use crate::domain::{AreaId, Level};
use crate::map::labels::anchor::anchor;
use crate::map::{AreaIndex, Extrusion, MapFrame, MapView};
use crate::panels::WarnedPlace;

/// The areas below the district that warnings name.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub(super) struct WarnedAreas {
    /// Each once, in no order.
    pub areas: Vec<WarnedArea>,
    /// The area of each warning, most severe first: its place in `areas`.
    pub of_each: Vec<usize>,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct WarnedArea {
    /// The area.
    pub id: AreaId,
    /// Its street, or itself.
    street: AreaId,
    /// Its middle, world metres.
    middle: Vec2,
    /// Where it is in the picture.
    pub place: WarnedPlace,
}

impl WarnedArea {
    /// Its middle on top of what is raised, world metres.
    pub fn top(&self, raised: &Extrusion) -> Vec3 {
        self.middle.extend(raised.height_m(self.id))
    }
}

/// Follows the warnings.
pub(super) fn note_warned(
    (warnings, areas, index): (Option<Res<Warnings>>, Option<Res<Areas>>, Res<AreaIndex>),
    mut warned: ResMut<WarnedAreas>,
) {
    let (Some(warnings), Some(areas)) = (warnings, areas) else { return };
    if !(warnings.is_changed() || areas.is_changed() || index.is_changed()) {
        return;
    }
    let mut found = WarnedAreas::default();
    for code in warnings.0.list.iter().filter_map(|warning| warning.area.as_ref()) {
        let Some(id) = areas.table.find(code).filter(|id| areas.table.get(*id).level > Level::District) else {
            continue;
        };
        let known = found.areas.iter().position(|other| other.id == id);
        let place = known.or_else(|| {
            let middle = anchor(index.rings(id))?.world;
            let street = areas.table.ancestor_at(id, Level::Street).unwrap_or(id);
            found.areas.push(WarnedArea { id, street, middle, place: WarnedPlace::default() });
            Some(found.areas.len() - 1)
        });
        found.of_each.extend(place);
    }
    *warned = found;
}

/// Puts them into the picture.
pub(super) fn place_warned(
    (view, frame, index, raised): (Res<MapView>, Res<MapFrame>, Res<AreaIndex>, Res<Extrusion>),
    mut warned: ResMut<WarnedAreas>,
    mut scale: Local<Option<[f32; 2]>>,
) {
    // Metres per u to the east and to the north.
    let now = [view.m_per_u, view.m_per_u / view.pitch().cos()];
    let is_other = warned.is_changed() || index.is_changed() || *scale != Some(now);
    if !(is_other || view.is_changed() || frame.is_changed() || raised.is_changed()) || warned.areas.is_empty() {
        return;
    }
    *scale = Some(now);
    for area in &mut warned.areas {
        let at = view.u_from_world(area.top(&raised), &frame);
        let at = egui::pos2(at.x, at.y);
        let contains =
            |way: egui::Vec2| index.contains(area.street, area.middle + Vec2::new(way.x, -way.y) * Vec2::from(now));
        if is_other {
            area.place = WarnedPlace::new(at, contains);
        }
        area.place.middle = at;
    }
}
