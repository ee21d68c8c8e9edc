//! The wall without a window or a display: the same plugins on an image, driven update by update.
//!
//! [`Headless::update`] runs one frame to its end; [`Headless::capture`] reads the picture back. Partner: `snapshot.rs`,
//! which decides when the picture is complete.

use std::time::Duration;

use bevy::app::{AppLabel as _, SubApps};
use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::RenderApp;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::{Extent3d, PollType, TextureDimension, TextureFormat, TextureUsages};
use bevy::render::renderer::{RenderDevice, RenderQueue};
use bevy::render::texture::GpuImage;

/// Largest width and height of a picture, pixels: what the software adapter and every wall GPU can draw.
pub const MAX_SIDE: u32 = 16_384;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The GPU did not finish in time.
    #[error("the graphics adapter did not deliver the picture within {0:?}")]
    TimedOut(Duration),
    /// The adapter stopped working.
    #[error("the graphics adapter stopped: {0}")]
    Device(String),
    /// The picture came in a form that cannot be turned into RGBA.
    #[error("the picture cannot be read: {0}")]
    Format(String),
}

/// An app without a runner, on an image.
pub struct Headless {
    apps: SubApps,
    target: Handle<Image>,
}

/// The image that cameras of a headless wall draw on.
#[derive(Resource, Clone)]
pub struct HeadlessTarget(pub Handle<Image>);

impl Headless {
    /// Takes over a built app. Inserts [`HeadlessTarget`] before the first frame.
    pub fn new(mut app: App, width: u32, height: u32) -> Self {
        app.finish();
        app.cleanup();
        let mut image = Image::new_uninit(
            Extent3d { width, height, depth_or_array_layers: 1 },
            TextureDimension::D2,
            TextureFormat::Rgba8UnormSrgb,
            bevy::asset::RenderAssetUsages::RENDER_WORLD,
        );
        image.texture_descriptor.usage |=
            TextureUsages::RENDER_ATTACHMENT | TextureUsages::COPY_DST | TextureUsages::COPY_SRC;
        // Map and panels are drawn on it as plain numbers, see `picture.rs`.
        image.texture_descriptor.view_formats = &[TextureFormat::Rgba8Unorm];
        let mut apps = std::mem::take(app.sub_apps_mut());
        let target = apps.main.world_mut().resource_mut::<Assets<Image>>().add(image);
        apps.main.world_mut().insert_resource(HeadlessTarget(target.clone()));
        Self { apps, target }
    }

    /// The main world.
    pub fn world(&mut self) -> &mut World {
        self.apps.main.world_mut()
    }

    /// The world of what is drawn.
    #[cfg(test)]
    pub(super) fn drawn(&self) -> Option<&World> {
        Some(self.apps.sub_apps.get(&RenderApp.intern())?.world())
    }

    /// Runs one frame and waits for the GPU.
    pub fn update(&mut self) -> Result<(), CaptureError> {
        self.apps.update();
        let device = self.apps.main.world().resource::<RenderDevice>().wgpu_device().clone();
        device
            .poll(PollType::Wait { submission_index: None, timeout: Some(Duration::from_secs(60)) })
            .map_err(|error| CaptureError::Device(error.to_string()))?;
        Ok(())
    }

    /// Draws one frame and reads it back as RGBA, 8 bits, sRGB.
    pub fn capture(&mut self) -> Result<image::RgbaImage, CaptureError> {
        self.update()?;
        self.read(None)
    }

    /// Reads one pixel of what was drawn last, the one in the upper left corner: it is there once all of it is.
    pub fn pixel(&mut self) -> Result<[u8; 4], CaptureError> {
        Ok(self.read(Some(UVec2::ONE))?.get_pixel(0, 0).0)
    }

    /// Reads what was drawn last, or its upper left corner of this size.
    pub(super) fn read(&mut self, size: Option<UVec2>) -> Result<image::RgbaImage, CaptureError> {
        let main = self.apps.main.world();
        let (device, queue) = (main.resource::<RenderDevice>().wgpu_device(), main.resource::<RenderQueue>());
        let drawn = self.apps.sub_apps.get(&RenderApp.intern()).map(|render| render.world());
        let image = drawn.and_then(|world| world.get_resource::<RenderAssets<GpuImage>>()?.get(&self.target));
        let texture = &image.ok_or_else(|| CaptureError::Format("it was not drawn".into()))?.texture;
        let whole = texture.size();
        let size = size.map_or(whole, |size| Extent3d { width: size.x, height: size.y, ..whole });
        let row = size.width as usize * 4;
        let pitch = row.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT as usize);
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("the picture"),
            size: pitch as u64 * u64::from(size.height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(pitch as u32), rows_per_image: None };
        let to = wgpu::TexelCopyBufferInfo { buffer: &buffer, layout };
        let mut encoder = device.create_command_encoder(&Default::default());
        encoder.copy_texture_to_buffer(texture.as_image_copy(), to, size);
        queue.submit([encoder.finish()]);
        let slice = buffer.slice(..);
        slice.map_async(wgpu::MapMode::Read, |_| {});
        let limit = Duration::from_secs(60);
        device.poll(PollType::Wait { submission_index: None, timeout: Some(limit) }).map_err(|error| match error {
            wgpu::PollError::Timeout => CaptureError::TimedOut(limit),
            other => CaptureError::Device(other.to_string()),
        })?;
        let bytes = slice.get_mapped_range();
        let mut pixels = Vec::with_capacity(row * size.height as usize);
        bytes.chunks_exact(pitch).for_each(|line| pixels.extend_from_slice(&line[..row]));
        image::RgbaImage::from_raw(size.width, size.height, pixels)
            .ok_or_else(|| CaptureError::Format("its size is wrong".into()))
    }
}

/// Where a camera of this wall draws: the window, or the image of a headless wall.
pub(super) fn camera_target(target: Option<&HeadlessTarget>) -> RenderTarget {
    target.map_or_else(RenderTarget::default, |target| RenderTarget::Image(target.0.clone().into()))
}
