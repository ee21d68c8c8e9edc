//! Where the first whistle calls of the board are on the map, in scenes that are about them and show nothing else there.
//! Partner: `panels/whistle/on_map.rs`, which draws them.

use bevy::prelude::*;
use bevy_egui::egui;

use crate::city::{Areas, WhistleCalls};
use crate::domain::{AreaId, Level, WhistleCall};
use crate::map::labels::anchor::anchor;
use crate::map::{AreaIndex, Extrusion, MapFrame, MapView};
use crate::panels::{CALL_DISC_U, CALLS_NUMBERED, CallNote, MapNotes, calls_in_order};
use crate::scene::{LayerKind, LayerSwitches, PanelKind, Scenes};

/// True if a scene's map is free for the calls that its board lists.
fn shows_calls(scenes: &Scenes, switches: &LayerSwitches) -> bool {
    let others = [LayerKind::Heat, LayerKind::Care, LayerKind::Flow, LayerKind::Warnings];
    let has_board = scenes.current().panels.iter().any(|panel| panel.kind == PanelKind::WhistleBoard);
    has_board && !others.into_iter().any(|layer| switches.is_on(layer))
}

/// A call that has a place, and where it is, world metres.
pub(super) struct Called {
    note: CallNote,
    area: (AreaId, Vec2),
    street: Option<(AreaId, Vec2)>,
}

/// Puts the calls into the notes of the map.
pub(super) fn note_calls(
    (calls, areas, scenes): (Option<Res<WhistleCalls>>, Option<Res<Areas>>, Res<Scenes>),
    (view, frame, index): (Res<MapView>, Res<MapFrame>, Res<AreaIndex>),
    (switches, raised): (Res<LayerSwitches>, Res<Extrusion>),
    mut called: Local<Vec<Called>>,
    mut notes: ResMut<MapNotes>,
) {
    let (Some(calls), Some(areas)) = (calls, areas) else { return };
    let is_city_news = calls.is_changed() || areas.is_changed() || index.is_changed() || scenes.is_changed();
    let is_city_news = is_city_news || switches.is_changed();
    if !(is_city_news || view.is_changed() || frame.is_changed() || raised.is_changed()) {
        return;
    }
    if is_city_news {
        let listed = if shows_calls(&scenes, &switches) { calls_in_order(&calls.0.list) } else { Vec::new() };
        *called = (1..).zip(listed).take(CALLS_NUMBERED).filter_map(|it| find(it, &areas, &index)).collect();
    }
    let place = |(id, world): (AreaId, Vec2)| {
        let at = view.u_from_world(world.extend(raised.height_m(id)), &frame);
        egui::pos2(at.x, at.y)
    };
    let mut found: Vec<CallNote> = Vec::new();
    for call in called.iter() {
        let mut at = place(call.area);
        // Calls to one place stand beside each other.
        while let Some(other) = found.iter().find(|other| other.at.distance(at) < 2.0 * CALL_DISC_U + 2.0) {
            at.x = other.at.x + 2.0 * CALL_DISC_U + 3.0;
        }
        if frame.free.contains(Vec2::new(at.x, at.y) * frame.u) {
            found.push(CallNote { at, street: call.street.map(place), ..call.note.clone() });
        }
    }
    if notes.calls != found {
        notes.calls = found;
    }
}

/// Where a call is; `None` if nothing says it.
fn find((number, call): (u32, &WhistleCall), areas: &Areas, index: &AreaIndex) -> Option<Called> {
    let place = |id: AreaId| Some((id, anchor(index.rings(id))?.world));
    let id = areas.table.find(call.area.as_ref()?)?;
    let street = areas.table.ancestor_at(id, Level::Street).filter(|street| *street != id).and_then(place);
    let note =
        CallNote { id: call.id.to_string(), number, is_open: call.is_open(), at: egui::Pos2::ZERO, street: None };
    Some(Called { note, area: place(id)?, street })
}
