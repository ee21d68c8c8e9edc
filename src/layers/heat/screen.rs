//! The heat where the GPU is the CPU (a software adapter): painted by `heat/paint.rs` for exactly the pixels of the
//! screen that the district covers, whenever view, values or look change, and then only copied by the shader. The same
//! picture as `draw.rs` gives elsewhere. Partner: `shaders/heat_screen.wgsl`.

use bevy::asset::RenderAssetUsages;
use bevy::camera::visibility::NoFrustumCulling;
use bevy::image::Image;
use bevy::math::IVec4;
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, Extent3d, TextureDimension, TextureFormat};
use bevy::render::renderer::RenderAdapterInfo;
use bevy::sprite_render::MeshMaterial2d;

use super::draw::Heat;
use crate::heat::field::Grid;
use crate::heat::paint::{Look, Values, Window, paint};
use crate::layers::areas::FlatAreas;
use crate::layers::order;
use crate::map::{MapCamera, MapFrame, MapView};

/// A picture on the screen.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct HeatScreenMaterial {
    #[uniform(0)]
    first: IVec4,
    #[texture(1)]
    picture: Handle<Image>,
}

crate::layers::blended_material!(HeatScreenMaterial, crate::layers::HEAT_SCREEN_SHADER, [Mesh::ATTRIBUTE_POSITION]);

/// What is painted, and with what.
#[derive(Resource)]
pub(in crate::layers) struct HeatScreen {
    /// The values, from the south-west of the grid; `None` before the first.
    pub values: Option<(Values, Grid, u32)>,
    /// The district's bounds, world metres.
    pub bounds: Rect,
    image: Handle<Image>,
    material: Handle<HeatScreenMaterial>,
    window: Window,
    is_painting: bool,
}

impl FromWorld for HeatScreen {
    fn from_world(world: &mut World) -> Self {
        let image = world.resource_mut::<Assets<Image>>().add(Image::default());
        let material = HeatScreenMaterial { first: IVec4::ZERO, picture: image.clone() };
        let material = world.resource_mut::<Assets<HeatScreenMaterial>>().add(material);
        let bounds = Rect::default();
        Self { values: None, bounds, image, material, window: Window::default(), is_painting: false }
    }
}

/// The painted heat.
#[derive(Component)]
pub(in crate::layers) struct HeatOnScreen;

/// Lays it on new areas.
pub(super) fn spawn(
    mut commands: Commands,
    screen: Res<HeatScreen>,
    areas: Query<&Mesh2d, Added<FlatAreas>>,
    old: Query<Entity, With<HeatOnScreen>>,
) {
    for mesh in &areas {
        old.iter().for_each(|entity| commands.entity(entity).despawn());
        let at = (Transform::from_xyz(0.0, 0.0, order::HEAT), NoFrustumCulling, Visibility::Hidden, HeatOnScreen);
        commands.spawn((mesh.clone(), MeshMaterial2d(screen.material.clone()), at));
    }
}

/// True where the heat is painted rather than shaded: on a software adapter, with a camera whose pixels are known.
pub(in crate::layers) fn is_painted(
    adapter: Option<&RenderAdapterInfo>,
    cameras: &Query<&Camera, With<MapCamera>>,
) -> bool {
    adapter.is_some_and(|adapter| adapter.0.device_type == wgpu::DeviceType::Cpu) && cameras.single().is_ok()
}

impl HeatScreen {
    /// Paints, if what is seen, or `look` (asked for only then), is another; a picture that has only moved is moved.
    fn paint(
        &mut self,
        window: Window,
        is_due: bool,
        look: impl FnOnce() -> Look,
        images: &mut Assets<Image>,
        materials: &mut Assets<HeatScreenMaterial>,
    ) {
        let Some((values, ..)) = &self.values else { return };
        if !is_due && self.window.shows(&window) {
            if self.window.first != window.first
                && let Some(mut material) = materials.get_mut(&self.material)
            {
                self.window.first = window.first;
                material.first = IVec4::new(window.first[0], window.first[1], 0, 0);
            }
            return;
        }
        self.window = window;
        let mut pixels = Vec::new();
        paint(values, &window, &look(), &mut pixels);
        let mut size = window.size.map(|side| side as u32);
        if pixels.is_empty() {
            pixels.push([0; 4]);
            size = [1; 2];
        }
        let [width, height] = size;
        let image = Image::new(
            Extent3d { width, height, depth_or_array_layers: 1 },
            TextureDimension::D2,
            pixels.into_flattened(),
            TextureFormat::Rgba8Unorm,
            RenderAssetUsages::RENDER_WORLD,
        );
        let _ = images.insert(self.image.id(), image);
        if let Some(mut material) = materials.get_mut(&self.material) {
            material.first = IVec4::new(window.first[0], window.first[1], 0, 0);
        }
    }
}

/// The pixels that the district covers, and where they are in the cells of a level; `None` where none are seen.
fn window(bounds: Rect, grid: &Grid, level: u32, view: &MapView, frame: &MapFrame, pixels: (UVec2, f32)) -> Window {
    let (size, scale) = pixels;
    let to_pixel = |world: Vec2| view.screen_from_world(world.extend(0.0), frame) * scale;
    let (a, b) = (to_pixel(bounds.min), to_pixel(bounds.max));
    let low = a.min(b).floor().max(Vec2::ZERO).as_ivec2();
    let high = (a.max(b).ceil() + 1.0).min(size.as_vec2()).as_ivec2();
    let size = (high - low).max(IVec2::ZERO);
    // Metres per pixel, from the formula of the view, in full precision.
    let m_per_px = f64::from(view.m_per_u) / f64::from(frame.u) / f64::from(scale);
    let middle = (frame.size * 0.5 * scale).as_dvec2();
    let cell_m = grid.cell_m_at(level);
    let world = [
        f64::from(view.center.x) + (f64::from(low.x) + 0.5 - middle.x) * m_per_px,
        f64::from(view.center.y) - (f64::from(low.y) + 0.5 - middle.y) * m_per_px,
    ];
    Window {
        first: low.to_array(),
        size: [size.x as usize, size.y as usize],
        cell: [(world[0] - grid.origin[0]) / cell_m, (world[1] - grid.origin[1]) / cell_m],
        step: [m_per_px / cell_m, -m_per_px / cell_m],
    }
}

/// Follows the view and what `draw.rs` would follow. `is_due` says that values or look changed.
pub(in crate::layers) fn follow(
    mut screen: ResMut<HeatScreen>,
    (view, frame): (Res<MapView>, Res<MapFrame>),
    (adapter, cameras): (Option<Res<RenderAdapterInfo>>, Query<&Camera, With<MapCamera>>),
    mut plan: ResMut<super::draw::HeatPlan>,
    (mut images, mut materials): (ResMut<Assets<Image>>, ResMut<Assets<HeatScreenMaterial>>),
    mut drawn: Query<&mut Visibility, (With<HeatOnScreen>, Without<Heat>)>,
) {
    let screen = screen.bypass_change_detection();
    let is_shown = plan.is_shown && is_painted(adapter.as_deref(), &cameras) && screen.values.is_some();
    for mut visibility in &mut drawn {
        visibility.set_if_neq(if is_shown { Visibility::Inherited } else { Visibility::Hidden });
    }
    let was_painting = std::mem::replace(&mut screen.is_painting, is_shown);
    let Some((look, camera)) = plan.look.as_ref().zip(cameras.single().ok()).filter(|_| is_shown) else { return };
    let Some(size) = camera.physical_target_size() else { return };
    let pixels = (size, camera.target_scaling_factor().unwrap_or(1.0));
    let Some((_, grid, level)) = &screen.values else { return };
    let window = window(screen.bounds, grid, *level, &view, &frame, pixels);
    let is_due = plan.is_due || !was_painting;
    screen.paint(window, is_due, || look.clone(), &mut images, &mut materials);
    plan.is_due = false;
}
