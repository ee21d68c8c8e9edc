//! The heat where the GPU is the CPU (a software adapter): painted by `heat/paint.rs` for exactly the pixels of the
//! screen that the district covers, and then only copied by the shader. A new view, look or scale paints all of it; a few
//! new values paint and send their own patch. The same picture as `draw.rs` gives elsewhere. Partner:
//! `shaders/heat_screen.wgsl`.

use std::sync::Arc;

use bevy::asset::RenderAssetUsages;
use bevy::camera::visibility::NoFrustumCulling;
use bevy::image::Image;
use bevy::math::IVec4;
use bevy::prelude::*;
use bevy::render::extract_resource::ExtractResource;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::{
    AsBindGroup, Extent3d, Origin3d, TexelCopyBufferLayout, TexelCopyTextureInfo, TextureDimension, TextureFormat,
};
use bevy::render::renderer::{RenderAdapterInfo, RenderQueue};
use bevy::render::texture::GpuImage;
use bevy::sprite_render::MeshMaterial2d;

use super::draw::Heat;
use crate::heat::field::Grid;
use crate::heat::paint::{Difference, Look, Values, Window, paint};
use crate::layers::areas::FlatAreas;
use crate::layers::order;
use crate::layers::tiles::Covers;
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
    look: Option<Look>,
    changed: Changed,
    is_painting: bool,
}

/// What was replaced in the values since they were painted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Changed {
    #[default]
    Nothing,
    /// The cells from the first (column, row) to before the second.
    Cells([usize; 2], [usize; 2]),
    All,
}

/// What was painted anew since it was last asked for, for who keeps the map's picture.
#[derive(Resource, Clone, Debug, Default)]
pub(in crate::layers) struct HeatNews {
    /// Everything was.
    pub is_all: bool,
    /// These pixels of the screen were.
    pub part: Option<URect>,
}

impl HeatNews {
    fn add(&mut self, rect: URect) {
        self.part = Some(self.part.map_or(rect, |part| part.union(rect)));
    }

    /// The news, which is none afterwards.
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }
}

/// A part of the picture that was painted anew, on its way to the texture.
#[derive(Clone, Debug)]
struct Patch {
    /// Column and row of its first pixel in the picture.
    at: UVec2,
    /// Columns and rows.
    size: UVec2,
    pixels: Arc<Vec<[u8; 4]>>,
}

/// The patches of this frame.
#[derive(Resource, Clone, Debug, Default)]
pub(in crate::layers) struct HeatPatches(Vec<Patch>, AssetId<Image>);

impl ExtractResource for HeatPatches {
    type Source = Self;
    fn extract_resource(source: &Self) -> Self {
        source.clone()
    }
}

/// Writes the patches into the texture, which holds everything else already.
pub(super) fn patch(patches: Res<HeatPatches>, images: Res<RenderAssets<GpuImage>>, queue: Res<RenderQueue>) {
    let Some(image) = images.get(patches.1).filter(|_| !patches.0.is_empty()) else { return };
    for patch in &patches.0 {
        let end = patch.at + patch.size;
        if end.x > image.texture.width() || end.y > image.texture.height() {
            continue;
        }
        let to = TexelCopyTextureInfo {
            origin: Origin3d { x: patch.at.x, y: patch.at.y, z: 0 },
            ..image.texture.as_image_copy()
        };
        let layout = TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(patch.size.x * 4), rows_per_image: None };
        let size = Extent3d { width: patch.size.x, height: patch.size.y, depth_or_array_layers: 1 };
        queue.write_texture(to, patch.pixels.as_flattened(), layout, size);
    }
}

impl FromWorld for HeatScreen {
    fn from_world(world: &mut World) -> Self {
        let image = world.resource_mut::<Assets<Image>>().add(Image::default());
        let material = HeatScreenMaterial { first: IVec4::ZERO, picture: image.clone() };
        let material = world.resource_mut::<Assets<HeatScreenMaterial>>().add(material);
        let bounds = Rect::default();
        let (window, changed) = (Window::default(), Changed::All);
        Self { values: None, bounds, image, material, window, look: None, changed, is_painting: false }
    }
}

/// The painted heat.
#[derive(Component)]
pub(in crate::layers) struct HeatOnScreen;

/// Lays it on new areas.
pub(super) fn spawn(
    mut commands: Commands,
    screen: Res<HeatScreen>,
    areas: Query<(&Mesh2d, &Covers), Added<FlatAreas>>,
    old: Query<Entity, With<HeatOnScreen>>,
) {
    if !areas.is_empty() {
        old.iter().for_each(|entity| commands.entity(entity).despawn());
    }
    for (mesh, covers) in &areas {
        let at = (Transform::from_xyz(0.0, 0.0, order::HEAT), NoFrustumCulling, Visibility::Hidden, HeatOnScreen);
        commands.spawn((mesh.clone(), MeshMaterial2d(screen.material.clone()), at, *covers));
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
    /// Takes new values, and notes where they differ.
    pub fn set(&mut self, values: Values, grid: Grid, level: u32, bounds: Rect) {
        self.changed = match (&self.values, self.changed) {
            (Some((old, old_grid, old_level)), before)
                if *old_grid == grid && *old_level == level && self.bounds == bounds && before != Changed::All =>
            {
                match (old.difference(&values), before) {
                    (Difference::Nothing, before) => before,
                    (Difference::Cells(from, to), Changed::Cells(a, b)) => {
                        Changed::Cells([from[0].min(a[0]), from[1].min(a[1])], [to[0].max(b[0]), to[1].max(b[1])])
                    }
                    (Difference::Cells(from, to), _) => Changed::Cells(from, to),
                    (Difference::Size, _) => Changed::All,
                }
            }
            _ => Changed::All,
        };
        (self.values, self.bounds) = (Some((values, grid, level)), bounds);
    }

    /// Paints, if what is seen, or how it looks, is another; a picture that has only moved is moved, and where only
    /// some values are others, only their pixels are painted.
    fn paint(&mut self, window: Window, look: &Look, to: &mut Easel<'_>) {
        let Some((values, ..)) = &self.values else { return };
        let changed = std::mem::take(&mut self.changed);
        let is_kept = changed != Changed::All
            && self.is_painting
            && self.window.shows(&window)
            && self.look.as_ref() == Some(look);
        if is_kept {
            if self.window.first != window.first
                && let Some(mut material) = to.materials.get_mut(&self.material)
            {
                self.window.first = window.first;
                material.first = IVec4::new(window.first[0], window.first[1], 0, 0);
            }
            if let Changed::Cells(from, end) = changed
                && let Some((part, at)) = self.window.part(from, end)
            {
                let mut pixels = Vec::new();
                paint(values, &part, look, &mut pixels);
                let size = UVec2::new(part.size[0] as u32, part.size[1] as u32);
                to.patches.0.push(Patch { at: UVec2::new(at[0] as u32, at[1] as u32), size, pixels: pixels.into() });
                to.news.add(URect::from_corners(
                    IVec2::from(part.first).as_uvec2(),
                    IVec2::from(part.first).as_uvec2() + size,
                ));
            }
            return;
        }
        self.window = window;
        self.look = Some(look.clone());
        let mut pixels = Vec::new();
        paint(values, &window, look, &mut pixels);
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
        let _ = to.images.insert(self.image.id(), image);
        if let Some(mut material) = to.materials.get_mut(&self.material) {
            material.first = IVec4::new(window.first[0], window.first[1], 0, 0);
        }
        to.news.is_all = true;
    }
}

/// Where the picture goes.
struct Easel<'a> {
    images: &'a mut Assets<Image>,
    materials: &'a mut Assets<HeatScreenMaterial>,
    patches: &'a mut HeatPatches,
    news: &'a mut HeatNews,
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

/// Follows the view and what `draw.rs` would follow, and paints where the picture is no longer right.
pub(in crate::layers) fn follow(
    mut screen: ResMut<HeatScreen>,
    (view, frame): (Res<MapView>, Res<MapFrame>),
    (adapter, cameras): (Option<Res<RenderAdapterInfo>>, Query<&Camera, With<MapCamera>>),
    plan: Res<super::draw::HeatPlan>,
    (mut images, mut materials): (ResMut<Assets<Image>>, ResMut<Assets<HeatScreenMaterial>>),
    (mut patches, mut news): (ResMut<HeatPatches>, ResMut<HeatNews>),
    mut drawn: Query<&mut Visibility, (With<HeatOnScreen>, Without<Heat>)>,
) {
    let screen = screen.bypass_change_detection();
    if !patches.0.is_empty() {
        patches.0.clear();
    }
    patches.bypass_change_detection().1 = screen.image.id();
    let is_shown = plan.is_shown && is_painted(adapter.as_deref(), &cameras) && screen.values.is_some();
    for mut visibility in &mut drawn {
        visibility.set_if_neq(if is_shown { Visibility::Inherited } else { Visibility::Hidden });
    }
    if !is_shown {
        screen.is_painting = false;
        return;
    }
    let Some((look, camera)) = plan.look.as_ref().zip(cameras.single().ok()) else { return };
    let Some(size) = camera.physical_target_size() else { return };
    let pixels = (size, camera.target_scaling_factor().unwrap_or(1.0));
    let Some((_, grid, level)) = &screen.values else { return };
    let window = window(screen.bounds, grid, *level, &view, &frame, pixels);
    let mut easel = Easel {
        images: &mut images,
        materials: materials.bypass_change_detection(),
        patches: &mut patches,
        news: news.bypass_change_detection(),
    };
    screen.paint(window, look, &mut easel);
    screen.is_painting = true;
}
