//! Bevy's camera for the map: the one entity that carries the [`MapView`] to the GPU.
//!
//! Flat and tilted pictures are both parallel projections of a `Camera2d`, so that one set of 2D pipelines serves both.

use bevy::camera::Projection;
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::prelude::*;
use bevy::render::view::Msaa;

use super::view::{MapFrame, MapView};

/// The camera that draws the map.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct MapCamera;

/// Everything the map's camera needs except its target, order and clear colour: those are the wall's.
pub fn map_camera(view: &MapView, frame: &MapFrame) -> impl Bundle {
    let (transform, projection) = view.pose(frame);
    (MapCamera, Camera2d, Projection::Orthographic(projection), transform, Msaa::Off, Tonemapping::None)
}

/// Points the cameras, when the view or the frame changed or a camera is new.
pub fn aim(
    view: Res<MapView>,
    frame: Res<MapFrame>,
    fresh: Query<(), Added<MapCamera>>,
    mut cameras: Query<(&mut Transform, &mut Projection), With<MapCamera>>,
) {
    if !view.is_changed() && !frame.is_changed() && fresh.is_empty() {
        return;
    }
    let (pose, lens) = view.pose(&frame);
    for (mut transform, mut projection) in &mut cameras {
        *transform = pose;
        // The area is Bevy's own: it follows from the target's aspect at once and is kept when nothing changed.
        let area = match &*projection {
            Projection::Orthographic(old) => old.area,
            _ => lens.area,
        };
        *projection = Projection::Orthographic(OrthographicProjection { area, ..lens.clone() });
    }
}
