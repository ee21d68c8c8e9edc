//! Space: where things are, what the picture shows of it, and what is under the pointer.
//!
//! [`MapProjection`] turns degrees into world metres, [`MapView`] world metres into the picture, [`AreaIndex`] a point
//! into an area. The wall sets [`MapFrame`], [`PointerOnPanels`], [`KeysOnPanels`], [`LabelNames`] and
//! [`ReducedMotion`]; the layers set [`Extrusion`]; the rest is written here. No drawing.

pub mod camera;
pub mod drill;
pub mod flight;
pub mod follow;
pub mod hover;
pub mod hubs;
pub mod labels;
pub mod marks;
pub mod motion;
pub mod pick;
pub mod pointer;
pub mod projection;
pub mod raised;
pub mod steer;
pub mod view;

use bevy::prelude::*;

use crate::city::{Areas, Flow, Now, Tickets};

pub use camera::{MapCamera, map_camera};
pub use hover::Hover;
pub use hubs::Hubs;
pub use labels::{LabelNames, PlacedLabel, PlacedLabels};
pub use marks::{MarksShown, TicketMarks, has_mark, marks_shown};
pub use motion::{MapMotion, ReducedMotion};
pub use pick::AreaIndex;
pub use pointer::Pointer;
pub use projection::{MapProjection, Projection};
pub use raised::Extrusion;
pub use steer::{KeysOnPanels, PointerOnPanels, Steer};
pub use view::{MapFrame, MapView};

/// The map's systems in `Update`, in this order. New data must be in place before, what draws comes after.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MapSystems {
    /// Projection and index follow the areas.
    Survey,
    /// Time, keys, pointer and selection move the view.
    Steer,
    /// Labels and cameras follow the view.
    Aim,
}

/// The map: its resources, observers and systems. Without input devices (a snapshot) it just follows the selection.
pub fn plugin(app: &mut App) {
    app.init_resource::<crate::scene::LayerSwitches>()
        .init_resource::<Areas>()
        .init_resource::<Tickets>()
        .init_resource::<Flow>()
        .init_resource::<Now>()
        .init_resource::<MapProjection>()
        .init_resource::<AreaIndex>()
        .init_resource::<Hubs>()
        .init_resource::<MapView>()
        .init_resource::<MapFrame>()
        .init_resource::<MapMotion>()
        .init_resource::<ReducedMotion>()
        .init_resource::<Extrusion>()
        .init_resource::<TicketMarks>()
        .init_resource::<Pointer>()
        .init_resource::<PointerOnPanels>()
        .init_resource::<KeysOnPanels>()
        .init_resource::<Hover>()
        .init_resource::<LabelNames>()
        .init_resource::<PlacedLabels>()
        .init_resource::<labels::LabelObstacles>()
        .init_resource::<labels::LabelSeams>()
        .init_resource::<labels::Anchors>()
        .add_plugins(drill::plugin)
        .add_observer(steer::on_steer)
        .configure_sets(Update, (MapSystems::Survey, MapSystems::Steer, MapSystems::Aim).chain())
        .add_systems(
            Update,
            (survey, hubs::survey).chain().run_if(resource_changed::<Areas>).in_set(MapSystems::Survey),
        )
        .add_systems(
            Update,
            (
                motion::fly,
                steer::steer_by_keys.run_if(resource_exists::<ButtonInput<KeyCode>>),
                (pointer::press, pointer::zoom).chain().run_if(resource_exists::<ButtonInput<MouseButton>>),
                steer::flatten_after_rest,
                hover::index_marks,
                hover::click,
                follow::follow,
                hover::hover,
            )
                .chain()
                .in_set(MapSystems::Steer),
        )
        .add_systems(Update, (labels::label, camera::aim).in_set(MapSystems::Aim));
}

/// Projects and indexes a new list of areas.
fn survey(areas: Res<Areas>, mut projection: ResMut<MapProjection>, mut index: ResMut<AreaIndex>) {
    let found = projection::around_areas(&areas.table);
    projection.set_if_neq(MapProjection(found));
    let Some(found) = found else {
        if index.district().is_some() {
            *index = AreaIndex::default();
        }
        return;
    };
    *index = AreaIndex::build(&areas.table, &found);
}

#[cfg(test)]
mod tests;
