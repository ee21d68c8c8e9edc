//! Map and panels draw on one texture of plain sRGB values, one after the other, and it reaches the screen in one step:
//! no blending of whole pictures, no conversions. What is drawn, and where, others decide.
//!
//! bevy_egui draws on a target that blends light; here its pipeline is made for ours. On an image the finished picture
//! is copied; in a window Bevy's own last pass converts it. Partners: `shaders/panels.wgsl`, `canvas/`, `still.rs`.

use bevy::camera::{CameraMainTextureUsages, CameraOutputMode, CompositingSpace};
use bevy::prelude::*;
use bevy::render::camera::ExtractedCamera;
use bevy::render::extract_resource::{ExtractResource, ExtractResourcePlugin};
use bevy::render::render_asset::{RenderAssets, prepare_assets};
use bevy::render::render_resource::{
    BlendState, PipelineCache, SpecializedRenderPipelines, TextureDescriptor, TextureDimension, TextureFormat,
    TextureUsages, TextureViewDescriptor,
};
use bevy::render::renderer::RenderDevice;
use bevy::render::sync_world::MainEntity;
use bevy::render::texture::{GpuImage, OutputColorAttachment, TextureCache};
use bevy::render::view::{ViewTarget, ViewTargetAttachments, prepare_view_targets};
use bevy::render::{Render, RenderApp, RenderSystems};
use bevy::shader::Shader;
use bevy_egui::render::systems::{EguiPipelines, queue_pipelines_system};
use bevy_egui::render::{EGUI_SHADER_HANDLE, EguiCameraView, EguiPipeline, EguiPipelineKey};
use bevy_egui::{EguiManagedTextures, EguiPostUpdateSet};

use super::headless::HeadlessTarget;

/// The format of the texture that map and panels share.
const PLAIN: TextureFormat = TextureFormat::Rgba8Unorm;

/// Adds what the shared texture needs.
pub(super) fn plugin(app: &mut App) {
    app.add_systems(PreStartup, set_panel_shader)
        .add_systems(PostUpdate, read_plainly.after(EguiPostUpdateSet::PostProcessOutput))
        .add_plugins(ExtractResourcePlugin::<HeadlessTarget>::default());
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    let offer =
        offer.in_set(RenderSystems::PrepareViews).before(prepare_view_targets).after(prepare_assets::<GpuImage>);
    let keep = keep.in_set(RenderSystems::PrepareViews).after(prepare_view_targets);
    render
        .add_systems(Render, (offer, keep))
        .add_systems(Render, draw_plainly.in_set(RenderSystems::Queue).after(queue_pipelines_system));
}

/// What both cameras carry, so that Bevy gives them the same texture.
pub(super) fn shared_picture() -> impl Bundle {
    (CompositingSpace::Srgb, Msaa::Off, CameraMainTextureUsages::default().with(TextureUsages::COPY_DST))
}

/// How the finished picture leaves the camera that draws last.
pub(super) fn last_step(target: Option<&HeadlessTarget>) -> CameraOutputMode {
    match target {
        Some(_) => CameraOutputMode::Skip,
        None => CameraOutputMode::Write { blend_state: Some(BlendState::REPLACE), clear_color: ClearColorConfig::None },
    }
}

impl ExtractResource for HeadlessTarget {
    type Source = Self;
    fn extract_resource(source: &Self) -> Self {
        source.clone()
    }
}

/// Puts our shader in the place of bevy_egui's, which converts to light.
fn set_panel_shader(mut shaders: ResMut<Assets<Shader>>) {
    let shader = Shader::from_wgsl(include_str!("../../shaders/panels.wgsl"), "shaders/panels.wgsl");
    if let Err(error) = shaders.insert(EGUI_SHADER_HANDLE.id(), shader) {
        warn!("panels are drawn with bevy_egui's own shader: {error}");
    }
}

/// Has egui's textures read as plain numbers; they are stored as sRGB.
fn read_plainly(textures: Option<Res<EguiManagedTextures>>, mut images: ResMut<Assets<Image>>) {
    for texture in textures.iter().flat_map(|textures| textures.0.values()) {
        let is_due = images.get(&texture.handle).is_some_and(|image| image.texture_view_descriptor.is_none());
        if is_due && let Some(mut image) = images.get_mut(&texture.handle) {
            image.texture_descriptor.view_formats = &[PLAIN];
            image.texture_view_descriptor = Some(TextureViewDescriptor { format: Some(PLAIN), ..default() });
        }
    }
}

/// Takes a pipeline for our texture in the place of bevy_egui's.
fn draw_plainly(
    cache: Res<PipelineCache>,
    mut made: ResMut<SpecializedRenderPipelines<EguiPipeline>>,
    pipeline: Option<Res<EguiPipeline>>,
    queued: Option<ResMut<EguiPipelines>>,
    cameras: Query<(&MainEntity, &ExtractedCamera), With<EguiCameraView>>,
) {
    let (Some(pipeline), Some(mut queued)) = (pipeline, queued) else { return };
    for (entity, camera) in &cameras {
        if camera.compositing_space == Some(CompositingSpace::Srgb)
            && let Some(id) = queued.0.get_mut(entity)
        {
            *id = made.specialize(&cache, &pipeline, EguiPipelineKey { target_format: PLAIN });
        }
    }
}

/// Says that there is a target: Bevy gives a camera that clears no texture without one.
fn offer(
    target: Option<Res<HeadlessTarget>>,
    images: Res<RenderAssets<GpuImage>>,
    cameras: Query<&ExtractedCamera>,
    mut offered: ResMut<ViewTargetAttachments>,
) {
    let Some(image) = target.and_then(|target| images.get(&target.0)) else { return };
    for target in cameras.iter().filter_map(|camera| camera.target.clone()) {
        offered
            .entry(target)
            .or_insert_with(|| OutputColorAttachment::new(image.texture_view.clone(), image.texture_descriptor.format));
    }
}

/// Keeps the shared texture while no camera draws. Bevy lets go of a texture that three frames did not ask for: a wall
/// at rest would get a new one, and clear it, each time that its clock moves on.
fn keep(
    device: Res<RenderDevice>,
    (drawing, kept): (Query<(), With<ExtractedCamera>>, Query<&ViewTarget>),
    mut cache: ResMut<TextureCache>,
) {
    if !drawing.is_empty() {
        return;
    }
    let Some(target) = kept.iter().next() else { return };
    for (label, texture) in [("main_texture_a", target.main_texture()), ("main_texture_b", target.main_texture_other())]
    {
        // As in `prepare_view_targets`: what differs by a word is another texture.
        let _ = cache.get(
            &device,
            TextureDescriptor {
                label: Some(label),
                size: texture.size(),
                mip_level_count: 1,
                sample_count: 1,
                dimension: TextureDimension::D2,
                format: texture.format(),
                usage: texture.usage(),
                view_formats: &[TextureFormat::Rgba8UnormSrgb],
            },
        );
    }
}
