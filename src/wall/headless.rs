//! The wall without a window or a display: the same plugins on an image, driven update by update.
//!
//! [`Headless::update`] runs one frame to its end; [`Headless::capture`] reads the picture back. Partner: `snapshot.rs`,
//! which decides when the picture is complete.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bevy::app::SubApps;
use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, PollType, TextureDimension, TextureFormat, TextureUsages};
use bevy::render::renderer::RenderDevice;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};

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
        image.texture_descriptor.usage |= TextureUsages::RENDER_ATTACHMENT;
        let mut apps = std::mem::take(app.sub_apps_mut());
        let target = apps.main.world_mut().resource_mut::<Assets<Image>>().add(image);
        apps.main.world_mut().insert_resource(HeadlessTarget(target.clone()));
        Self { apps, target }
    }

    /// The main world.
    pub fn world(&mut self) -> &mut World {
        self.apps.main.world_mut()
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
        let slot: Arc<Mutex<Option<Image>>> = Arc::default();
        let filled = slot.clone();
        let target = self.target.clone();
        self.world().spawn(Screenshot::image(target)).observe(move |shot: On<ScreenshotCaptured>| {
            if let Ok(mut slot) = filled.lock() {
                *slot = Some(shot.image.clone());
            }
        });
        let limit = Duration::from_secs(60);
        let started = std::time::Instant::now();
        while started.elapsed() < limit {
            self.update()?;
            let Some(shot) = slot.lock().ok().and_then(|mut slot| slot.take()) else { continue };
            let picture = shot.try_into_dynamic().map_err(|error| CaptureError::Format(error.to_string()))?;
            return Ok(picture.into_rgba8());
        }
        Err(CaptureError::TimedOut(limit))
    }
}

/// Where a camera of this wall draws: the window, or the image of a headless wall.
pub(super) fn camera_target(target: Option<&HeadlessTarget>) -> RenderTarget {
    target.map_or_else(RenderTarget::default, |target| RenderTarget::Image(target.0.clone().into()))
}
