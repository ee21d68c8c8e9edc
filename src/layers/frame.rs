//! What every layer's shader must know about the picture beyond Bevy's own view: units, tilt, heights. One resource,
//! written once a frame if something changed, copied into the materials. Partner: `shaders/map.wgsl`.

use bevy::prelude::*;
use bevy::render::render_resource::ShaderType;
use bevy::window::RequestRedraw;

use super::shapes::AreaShapes;
use crate::map::{MapFrame, MapView};

/// Keep in sync with `MapFrame` in `map.wgsl`.
#[derive(ShaderType, Clone, Copy, Debug, Default, PartialEq)]
pub struct MapFrameUniform {
    /// Picture height in u.
    pub height_u: f32,
    /// 0 flat, 1 tilted.
    pub tilt: f32,
    /// From previous heights (0) to heights (1).
    pub blend: f32,
    /// Height of an area of value zero when fully tilted, metres.
    pub slab_m: f32,
}

/// The uniform as it is now, and the clock of the change of heights.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct LayerFrame {
    /// For the materials.
    pub uniform: MapFrameUniform,
}

impl Default for LayerFrame {
    fn default() -> Self {
        Self { uniform: MapFrameUniform { height_u: 1080.0, tilt: 0.0, blend: 1.0, slab_m: 0.0 } }
    }
}

/// How long heights take to change, seconds.
const BLEND_S: f32 = 0.6;
/// Thickness of the district when tilted, as a share of its extent.
const SLAB_SHARE: f32 = 0.018;

impl LayerFrame {
    /// Starts the change from the previous heights; without a tilt nobody would see it, so there is none.
    pub fn begin_blend(&mut self) {
        self.uniform.blend = if self.uniform.tilt > 0.0 { 0.0 } else { 1.0 };
    }
}

/// Follows the view and the picture and moves heights on. Asks for another frame while they move.
pub(super) fn follow(
    view: Res<MapView>,
    picture: Res<MapFrame>,
    shapes: Res<AreaShapes>,
    time: Res<Time<Real>>,
    mut frame: ResMut<LayerFrame>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let mut next = frame.uniform;
    next.height_u = picture.size.y / picture.u.max(1e-3);
    next.tilt = view.tilt.clamp(0.0, 1.0);
    next.slab_m = shapes.bounds.size().max_element() * SLAB_SHARE;
    if next.blend < 1.0 {
        next.blend = if next.tilt > 0.0 { (next.blend + time.delta_secs() / BLEND_S).min(1.0) } else { 1.0 };
        redraw.write(RequestRedraw);
    }
    if frame.uniform != next {
        frame.uniform = next;
    }
}
