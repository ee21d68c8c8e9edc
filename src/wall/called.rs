//! Where the first whistle calls of the board are on the map, in scenes that are about them and show nothing else there.
//! Partner: `panels/whistle/on_map.rs`, which draws them.

use bevy::prelude::*;
use bevy_egui::egui;

use crate::city::{Areas, WhistleCalls};
use crate::domain::{AreaId, Level};
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

/// Puts the calls into the notes of the map.
pub(super) fn note_calls(
    (calls, areas, scenes): (Option<Res<WhistleCalls>>, Option<Res<Areas>>, Res<Scenes>),
    (view, frame, index): (Res<MapView>, Res<MapFrame>, Res<AreaIndex>),
    (switches, raised): (Res<LayerSwitches>, Res<Extrusion>),
    mut notes: ResMut<MapNotes>,
) {
    let (Some(calls), Some(areas)) = (calls, areas) else { return };
    let is_city_news = calls.is_changed() || areas.is_changed() || index.is_changed() || scenes.is_changed();
    let is_map_news = view.is_changed() || frame.is_changed() || switches.is_changed() || raised.is_changed();
    if !(is_city_news || is_map_news) {
        return;
    }
    let place = |id: AreaId| {
        let at = anchor(index.rings(id))?;
        let at = view.u_from_world(at.world.extend(raised.height_m(id)), &frame);
        Some(egui::pos2(at.x, at.y))
    };
    let mut found: Vec<CallNote> = Vec::new();
    let listed = if shows_calls(&scenes, &switches) { calls_in_order(&calls.0.list) } else { Vec::new() };
    for (nth, call) in listed.into_iter().take(CALLS_NUMBERED).enumerate() {
        let Some(id) = call.area.as_ref().and_then(|code| areas.table.find(code)) else { continue };
        let Some(mut at) = place(id) else { continue };
        // Calls to one place stand beside each other.
        while let Some(other) = found.iter().find(|other| other.at.distance(at) < 2.0 * CALL_DISC_U + 2.0) {
            at.x = other.at.x + 2.0 * CALL_DISC_U + 3.0;
        }
        let street = areas.table.ancestor_at(id, Level::Street).filter(|street| *street != id).and_then(place);
        let note = CallNote { id: call.id.to_string(), number: nth as u32 + 1, is_open: call.is_open(), at, street };
        if frame.free.contains(Vec2::new(at.x, at.y) * frame.u) {
            found.push(note);
        }
    }
    if notes.calls != found {
        notes.calls = found;
    }
}
