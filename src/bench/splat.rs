//! What others do, as a control in the same process: one quad per event with additive blending into half floats at a
//! quarter of the size (as map libraries do), or into floats with a pass that looks for the largest value (as
//! visualisation libraries do). Our own code, their method. Partner: `shaders/heat_splat.wgsl`.

use super::gpu::{Gpu, GpuError};

/// Which control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Half floats, a quarter of the picture's size, a domain fixed by the style.
    Half,
    /// Floats on a square texture of this side, two pixels per texel or more, and a search for the largest.
    Float(u32),
}

impl Method {
    /// Name in tables.
    pub fn name(self) -> String {
        match self {
            Method::Half => "control: f16 quad splat, quarter size".into(),
            Method::Float(side) => format!("control: f32 quad splat, {side}², with a max pass"),
        }
    }

    /// Pixels of the picture per texel.
    pub fn pixels_per_texel(self, width: u32) -> f32 {
        match self {
            Method::Half => 4.0,
            // A square texture covers twice its side in pixels where that holds the picture, else as much as it must.
            Method::Float(side) => (width as f32 / side as f32).max(2.0),
        }
    }
}

/// One control, ready to draw.
pub struct Splat {
    method: Method,
    size: [u32; 2],
    target: wgpu::Texture,
    most: wgpu::Texture,
    splat: wgpu::RenderPipeline,
    largest: Option<wgpu::RenderPipeline>,
    group: wgpu::BindGroup,
    largest_group: Option<wgpu::BindGroup>,
    len: u32,
}

impl Splat {
    /// A control over points in pixels. `None` where the adapter cannot blend floats.
    pub fn new(gpu: &Gpu, method: Method, points: &[[f32; 2]], picture: [u32; 2], sigma_px: f32) -> Option<Self> {
        use wgpu::{BlendComponent, BlendFactor, BlendOperation, BlendState, PrimitiveTopology, TextureFormat};
        let floats = wgpu::Features::FLOAT32_BLENDABLE | wgpu::Features::FLOAT32_FILTERABLE;
        let format = match method {
            Method::Half => TextureFormat::Rgba16Float,
            Method::Float(_) if gpu.features.contains(floats) => TextureFormat::R32Float,
            Method::Float(_) => return None,
        };
        let module = gpu.shader(include_str!("../../shaders/heat_splat.wgsl"));
        let per_texel = method.pixels_per_texel(picture[0]);
        let size = picture.map(|side| (side as f32 / per_texel).ceil() as u32);
        let blend = |operation| {
            let part = BlendComponent { src_factor: BlendFactor::One, dst_factor: BlendFactor::One, operation };
            Some(BlendState { color: part, alpha: part })
        };
        let splat = gpu.render(
            &module,
            ["quad", "kernel"],
            PrimitiveTopology::TriangleStrip,
            format,
            blend(BlendOperation::Add),
        );
        let words: Vec<u32> = points.iter().flatten().map(|at| at.to_bits()).collect();
        let points = gpu.words(&words, wgpu::BufferUsages::STORAGE);
        let sigma = sigma_px / per_texel;
        let params = |side: u32| {
            let words = [
                (size[0] as f32).to_bits(),
                (size[1] as f32).to_bits(),
                (1.0 / per_texel).to_bits(),
                sigma.to_bits(),
                side,
                0,
                0,
                0,
            ];
            gpu.words(&words, wgpu::BufferUsages::UNIFORM)
        };
        let target = gpu.texture(size[0], size[1], format);
        let most = gpu.texture(1, 1, TextureFormat::R32Float);
        let group =
            gpu.bind(&splat.get_bind_group_layout(0), &[params(0).as_entire_binding(), points.as_entire_binding()]);
        let (largest, largest_group) = match method {
            Method::Half => (None, None),
            Method::Float(side) => {
                let pipeline = gpu.render(
                    &module,
                    ["each_texel", "its_value"],
                    PrimitiveTopology::PointList,
                    TextureFormat::R32Float,
                    blend(BlendOperation::Max),
                );
                let view = target.create_view(&Default::default());
                let layout = pipeline.get_bind_group_layout(0);
                let bound = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                    label: None,
                    layout: &layout,
                    entries: &[
                        wgpu::BindGroupEntry { binding: 0, resource: params(side).as_entire_binding() },
                        wgpu::BindGroupEntry { binding: 2, resource: wgpu::BindingResource::TextureView(&view) },
                    ],
                });
                (Some(pipeline), Some(bound))
            }
        };
        Some(Self { method, size, target, most, splat, largest, group, largest_group, len: words.len() as u32 / 2 })
    }

    /// The accumulated weights.
    pub fn texture(&self) -> &wgpu::Texture {
        &self.target
    }

    /// Draws all events, and looks for the largest value where the method does.
    pub fn draw(&self, encoder: &mut wgpu::CommandEncoder) {
        pass_on(encoder, &self.target, |pass| {
            pass.set_pipeline(&self.splat);
            pass.set_bind_group(0, &self.group, &[]);
            pass.draw(0..4, 0..self.len);
        });
        if let (Method::Float(side), Some(pipeline), Some(group)) = (self.method, &self.largest, &self.largest_group) {
            pass_on(encoder, &self.most, |pass| {
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, group, &[]);
                pass.draw(0..side * side, 0..1);
            });
        }
    }

    /// The accumulated weights of half floats, as numbers, row by row from the top.
    ///
    /// # Errors
    /// If the device stopped.
    pub fn halves(&self, gpu: &Gpu) -> Result<([u32; 2], Vec<f64>), GpuError> {
        let bytes = gpu.read_texture(gpu.encoder(), &self.target, self.size, 8)?;
        let values = bytes.chunks_exact(8).map(|texel| number(u16::from_le_bytes([texel[0], texel[1]]))).collect();
        Ok((self.size, values))
    }
}

/// One pass that clears a texture and draws on it.
pub fn pass_on(
    encoder: &mut wgpu::CommandEncoder,
    target: &wgpu::Texture,
    draw: impl FnOnce(&mut wgpu::RenderPass<'_>),
) {
    let view = target.create_view(&Default::default());
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: None,
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: &view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT), store: wgpu::StoreOp::Store },
        })],
        depth_stencil_attachment: None,
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    });
    draw(&mut pass);
}

/// A half float as a number.
fn number(bits: u16) -> f64 {
    let (exponent, fraction) = ((bits >> 10) & 31, f64::from(bits & 1023));
    let size = match exponent {
        0 => fraction / 16_777_216.0,
        31 => f64::INFINITY,
        _ => (1.0 + fraction / 1024.0) * 2_f64.powi(i32::from(exponent) - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}
