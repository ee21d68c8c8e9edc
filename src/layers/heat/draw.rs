//! Draws the densities on the district's land: the mesh of the areas with a material of its own, so that the coast cuts
//! exactly. Partner: `shaders/heat.wgsl`.

use bevy::camera::visibility::NoFrustumCulling;
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::render::renderer::RenderAdapterInfo;
use bevy::sprite_render::MeshMaterial2d;

use super::screen::is_painted;
use crate::city::freshness::{FeedFreshness, Freshness};
use crate::domain::Feed;
use crate::heat::Mode;
use crate::heat::field::Grid;
use crate::heat::paint::{Isoline, Look};
use crate::layers::areas::FlatAreas;
use crate::layers::frame::{LayerFrame, MapFrameUniform};
use crate::layers::order;
use crate::layers::tiles::Covers;
use crate::map::MapCamera;
use crate::palette::{Palette, Theme};
use crate::scene::{LayerKind, LayerSwitches};

/// Keep in sync with `HeatParams` in `heat.wgsl`.
#[derive(ShaderType, Clone, Copy, Debug)]
pub struct HeatParams {
    frame: MapFrameUniform,
    /// South-west corner and size of the texture on the ground, metres.
    place: Vec4,
    /// Hatching when the tickets are stale; alpha 0 otherwise.
    hatch: Vec4,
    /// Values of the isolines; 0 for none.
    lines: Vec4,
    /// Top of the scale, 1 if values have two signs, opacity of the layer, 1 if grey.
    scale: Vec4,
    /// The ramp, sRGB.
    ramp: [Vec4; 64],
}

/// The heat on the ground.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct HeatMaterial {
    #[uniform(0)]
    params: HeatParams,
    #[texture(1)]
    #[sampler(2)]
    values: Handle<Image>,
}

crate::layers::blended_material!(HeatMaterial, crate::layers::HEAT_SHADER, [Mesh::ATTRIBUTE_POSITION]);

/// What the heat is drawn with.
#[derive(Resource)]
pub(in crate::layers) struct HeatHandles {
    /// The texture.
    pub image: Handle<Image>,
    /// True when the values were replaced in this frame.
    pub is_fresh: bool,
    material: Handle<HeatMaterial>,
    place: Vec4,
    top: f32,
    mode: Mode,
}

impl HeatHandles {
    /// Where the texture lies and what its values mean.
    pub fn place(&mut self, grid: &Grid, top: f32, mode: Mode) {
        let size = |cells: u32| f64::from(cells) * grid.cell_m;
        let place = [grid.origin[0], grid.origin[1], size(grid.width), size(grid.height)];
        self.place = Vec4::from_array(place.map(|metres| metres as f32));
        self.top = top;
        self.mode = mode;
    }

    /// The look of these values, for painting.
    fn look(&self, p: &Palette, frame: MapFrameUniform, pixels: f32, opacity: f32, is_stale: bool) -> Look {
        let params = self.params(p, frame, opacity, is_stale);
        let px = pixels / frame.height_u.max(1.0);
        let line = |value: f32, width: f32, alpha: f32| Isoline { value, width: width * px, alpha };
        Look {
            top: params.scale.x,
            is_signed: params.scale.y > 0.5,
            opacity,
            // Keep in sync with `heat.wgsl`.
            lines: [line(params.lines.x, 1.0, 0.20), line(params.lines.y, 1.1, 0.30), line(params.lines.z, 1.4, 0.50)],
            ramp: params.ramp.map(|color| color.truncate().to_array()),
            stale: is_stale.then(|| (params.hatch.to_array(), 14.0 * px * std::f32::consts::SQRT_2)),
        }
    }

    fn params(&self, p: &Palette, frame: MapFrameUniform, opacity: f32, is_stale: bool) -> HeatParams {
        let is_signed = self.mode == Mode::Expected;
        // The top of "against expected" is a factor; values are its logarithm.
        let top = if is_signed { self.top.log2() } else { self.top };
        let lines = match self.mode {
            Mode::Expected => Vec4::ZERO,
            // The design's lines where its scales are in force, else at the same shares.
            Mode::PerArea if self.top == 10.0 || self.top == 16.0 => Vec4::new(2.0, 4.0, 8.0, 0.0),
            _ => Vec4::new(0.2, 0.4, 0.8, 0.0) * self.top,
        };
        HeatParams {
            frame,
            place: self.place,
            hatch: p.hatch.srgba(if is_stale { 0.55 } else { 0.0 }),
            lines,
            scale: Vec4::new(top, f32::from(u8::from(is_signed)), opacity, f32::from(u8::from(is_stale))),
            ramp: if is_signed { diverging(p) } else { p.heat.map(|color| color.srgba(1.0)) },
        }
    }
}

/// From far below what is expected to far above, 64 steps.
fn diverging(p: &Palette) -> [Vec4; 64] {
    std::array::from_fn(|i| {
        let at = (1.0 - i as f32 / 63.0) * 6.0;
        let below = (at as usize).min(5);
        p.diverging[below].mix(p.diverging[below + 1], at - below as f32).srgba(1.0)
    })
}

impl FromWorld for HeatHandles {
    fn from_world(world: &mut World) -> Self {
        let image = world.resource_mut::<Assets<Image>>().add(Image::default());
        let palette = world.resource::<Theme>().palette();
        let frame = world.get_resource::<LayerFrame>().map_or_else(Default::default, |frame| frame.uniform);
        let mut handles = Self {
            image: image.clone(),
            is_fresh: false,
            material: Handle::default(),
            place: Vec4::new(0.0, 0.0, 1.0, 1.0),
            top: 1.0,
            mode: Mode::PerArea,
        };
        let params = handles.params(palette, frame, 0.0, false);
        handles.material = world.resource_mut::<Assets<HeatMaterial>>().add(HeatMaterial { params, values: image });
        handles
    }
}

/// What the heat shows in this frame, for `screen.rs`.
#[derive(Resource, Default)]
pub(in crate::layers) struct HeatPlan {
    /// The layer is seen, and flat.
    pub is_shown: bool,
    /// How it looks; `None` where the GPU shades it.
    pub look: Option<Look>,
}

/// The drawn heat.
#[derive(Component)]
pub(in crate::layers) struct Heat;

/// Lays the heat on new areas.
pub(super) fn spawn(
    mut commands: Commands,
    handles: Res<HeatHandles>,
    areas: Query<(&Mesh2d, &Covers), Added<FlatAreas>>,
    old: Query<Entity, With<Heat>>,
) {
    if !areas.is_empty() {
        old.iter().for_each(|entity| commands.entity(entity).despawn());
    }
    for (mesh, covers) in &areas {
        let at = (Transform::from_xyz(0.0, 0.0, order::HEAT), NoFrustumCulling, Visibility::Hidden, Heat);
        commands.spawn((mesh.clone(), MeshMaterial2d(handles.material.clone()), at, *covers));
    }
}

/// Follows the texture, the picture, the theme, the switch and the freshness of the tickets. Raised areas show the heat
/// themselves.
pub(in crate::layers) fn follow(
    (frame, theme, switches, feeds): (Res<LayerFrame>, Res<Theme>, Res<LayerSwitches>, Res<FeedFreshness>),
    mut handles: ResMut<HeatHandles>,
    mut materials: ResMut<Assets<HeatMaterial>>,
    mut drawn: Query<&mut Visibility, With<Heat>>,
    (adapter, cameras): (Option<Res<RenderAdapterInfo>>, Query<&Camera, With<MapCamera>>),
    mut plan: ResMut<HeatPlan>,
) {
    let opacity = switches.opacity(LayerKind::Heat);
    let is_shown = opacity > 0.0 && frame.uniform.tilt <= 0.0;
    let is_painted = is_painted(adapter.as_deref(), &cameras);
    plan.is_shown = is_shown;
    for mut visibility in &mut drawn {
        let is_shaded = is_shown && !is_painted;
        visibility.set_if_neq(if is_shaded { Visibility::Inherited } else { Visibility::Hidden });
    }
    let is_due =
        handles.is_fresh || frame.is_changed() || theme.is_changed() || switches.is_changed() || feeds.is_changed();
    if !is_shown || !is_due {
        return;
    }
    handles.is_fresh = false;
    let is_stale = matches!(feeds.rung(Feed::Tickets), Freshness::Stale | Freshness::Expired);
    if is_painted {
        let pixels = cameras.single().ok().and_then(|camera| camera.physical_target_size());
        let pixels = pixels.map_or(1080.0, |size| size.y as f32);
        plan.look = Some(handles.look(theme.palette(), frame.uniform, pixels, opacity, is_stale));
        return;
    }
    let params = handles.params(theme.palette(), frame.uniform, opacity, is_stale);
    // Touching the material is also what binds a replaced texture.
    if let Some(mut material) = materials.get_mut(&handles.material) {
        material.params = params;
    }
}
