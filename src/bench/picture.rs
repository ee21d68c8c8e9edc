//! Draws a texture of values on a picture of 1920 × 1080 and waits for one pixel of it: what every measured path ends
//! with. Partner: `shaders/heat_picture.wgsl`.

use super::gpu::{Gpu, GpuError};
use super::splat::pass_on;

/// The picture, pixels.
pub const SIZE: [u32; 2] = [1920, 1080];

/// A target, and pipelines for values that are filtered and values that are not.
pub struct Picture {
    target: wgpu::Texture,
    pipeline: wgpu::RenderPipeline,
    painted: wgpu::RenderPipeline,
    sampler: wgpu::Sampler,
}

/// A texture bound to be drawn.
pub struct Drawn(wgpu::BindGroup);

impl Picture {
    /// A picture.
    pub fn new(gpu: &Gpu) -> Self {
        let module = gpu.shader(include_str!("../../shaders/heat_picture.wgsl"));
        let format = wgpu::TextureFormat::Rgba8Unorm;
        let sampler = gpu.device.create_sampler(&wgpu::SamplerDescriptor {
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        let pipeline = gpu.render(&module, ["whole", "coloured"], wgpu::PrimitiveTopology::TriangleList, format, None);
        let painted = gpu.render(&module, ["whole", "painted"], wgpu::PrimitiveTopology::TriangleList, format, None);
        Self { target: gpu.texture(SIZE[0], SIZE[1], format), pipeline, painted, sampler }
    }

    /// Binds values that cover `share` of the texture's size.
    pub fn bind(&self, gpu: &Gpu, values: &wgpu::Texture, share: [f32; 2], top: f32, is_smooth: bool) -> Drawn {
        let mut words = vec![
            (share[0] / SIZE[0] as f32).to_bits(),
            (share[1] / SIZE[1] as f32).to_bits(),
            top.to_bits(),
            f32::from(u8::from(is_smooth)).to_bits(),
        ];
        for rgb in crate::palette::DARK.heat {
            words.extend(rgb.srgba(1.0).to_array().map(f32::to_bits));
        }
        let params = gpu.words(&words, wgpu::BufferUsages::UNIFORM);
        let view = values.create_view(&Default::default());
        Drawn(gpu.bind(
            &self.pipeline.get_bind_group_layout(0),
            &[
                params.as_entire_binding(),
                wgpu::BindingResource::TextureView(&view),
                wgpu::BindingResource::Sampler(&self.sampler),
            ],
        ))
    }

    /// Binds a picture that was painted for these pixels.
    pub fn bind_painted(&self, gpu: &Gpu, painted: &wgpu::Texture) -> Drawn {
        let view = painted.create_view(&Default::default());
        let entry = wgpu::BindGroupEntry { binding: 3, resource: wgpu::BindingResource::TextureView(&view) };
        let layout = self.painted.get_bind_group_layout(0);
        let group = wgpu::BindGroupDescriptor { label: None, layout: &layout, entries: &[entry] };
        Drawn(gpu.device.create_bind_group(&group))
    }

    /// Draws values and waits for a pixel.
    ///
    /// # Errors
    /// If the device stopped.
    pub fn draw(&self, gpu: &Gpu, encoder: wgpu::CommandEncoder, drawn: &Drawn) -> Result<Vec<u8>, GpuError> {
        self.draw_with(&self.pipeline, gpu, encoder, drawn)
    }

    /// Draws a painted picture and waits for a pixel.
    ///
    /// # Errors
    /// If the device stopped.
    pub fn draw_painted(&self, gpu: &Gpu, encoder: wgpu::CommandEncoder, drawn: &Drawn) -> Result<Vec<u8>, GpuError> {
        self.draw_with(&self.painted, gpu, encoder, drawn)
    }

    fn draw_with(
        &self,
        pipeline: &wgpu::RenderPipeline,
        gpu: &Gpu,
        mut encoder: wgpu::CommandEncoder,
        drawn: &Drawn,
    ) -> Result<Vec<u8>, GpuError> {
        pass_on(&mut encoder, &self.target, |pass| {
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &drawn.0, &[]);
            pass.draw(0..3, 0..1);
        });
        gpu.read_texture(encoder, &self.target, [1, 1], 4)
    }
}
