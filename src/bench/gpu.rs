//! A GPU without a window, for measurements: device, pipelines and buffers in few words, and a read-back that waits.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wgpu::util::DeviceExt as _;

/// Why nothing can be measured.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    /// There is no adapter.
    #[error("no graphics adapter: {0}")]
    NoAdapter(String),
    /// There is no device.
    #[error("the adapter refused: {0}")]
    NoDevice(String),
    /// The device stopped.
    #[error("the adapter stopped: {0}")]
    Stopped(String),
}

/// A device and its queue.
pub struct Gpu {
    /// The device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    /// What it is.
    pub info: wgpu::AdapterInfo,
    /// What it can beyond the usual.
    pub features: wgpu::Features,
}

/// Waits for a future of wgpu, which is ready at once or after a poll.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::yield_now();
    }
}

impl Gpu {
    /// The adapter that a wall would take.
    ///
    /// # Errors
    /// If there is none, or if it refuses.
    pub fn open() -> Result<Self, GpuError> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::PRIMARY;
        let instance = wgpu::Instance::new(descriptor);
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter =
            wait(instance.request_adapter(&options)).map_err(|error| GpuError::NoAdapter(error.to_string()))?;
        let wanted = wgpu::Features::FLOAT32_BLENDABLE | wgpu::Features::FLOAT32_FILTERABLE;
        let features = adapter.features() & wanted;
        let (device, queue) = wait(adapter.request_device(&wgpu::DeviceDescriptor {
            label: None,
            required_features: features,
            required_limits: adapter.limits(),
            ..Default::default()
        }))
        .map_err(|error| GpuError::NoDevice(error.to_string()))?;
        Ok(Self { device, queue, info: adapter.get_info(), features })
    }

    /// A shader.
    pub fn shader(&self, source: &str) -> wgpu::ShaderModule {
        let source = wgpu::ShaderSource::Wgsl(source.into());
        self.device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source })
    }

    /// A buffer with these words in it.
    pub fn words(&self, words: &[u32], usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let contents: &[u8] = bytemuck::cast_slice(if words.is_empty() { &[0] } else { words });
        self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor { label: None, contents, usage })
    }

    /// An empty buffer.
    pub fn room(&self, bytes: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes,
            usage,
            mapped_at_creation: false,
        })
    }

    /// A compute pipeline with a layout of its own.
    pub fn compute(&self, module: &wgpu::ShaderModule, entry: &str) -> wgpu::ComputePipeline {
        self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(entry),
            layout: None,
            module,
            entry_point: Some(entry),
            compilation_options: Default::default(),
            cache: None,
        })
    }

    /// A pipeline that draws on one target.
    pub fn render(
        &self,
        module: &wgpu::ShaderModule,
        entries: [&str; 2],
        topology: wgpu::PrimitiveTopology,
        format: wgpu::TextureFormat,
        blend: Option<wgpu::BlendState>,
    ) -> wgpu::RenderPipeline {
        self.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(entries[1]),
            layout: None,
            vertex: wgpu::VertexState {
                module,
                entry_point: Some(entries[0]),
                compilation_options: Default::default(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState { topology, ..Default::default() },
            depth_stencil: None,
            multisample: Default::default(),
            fragment: Some(wgpu::FragmentState {
                module,
                entry_point: Some(entries[1]),
                compilation_options: Default::default(),
                targets: &[Some(wgpu::ColorTargetState { format, blend, write_mask: wgpu::ColorWrites::ALL })],
            }),
            multiview_mask: None,
            cache: None,
        })
    }

    /// A texture to draw on, to read and to copy.
    pub fn texture(&self, width: u32, height: u32, format: wgpu::TextureFormat) -> wgpu::Texture {
        self.device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT
                | wgpu::TextureUsages::TEXTURE_BINDING
                | wgpu::TextureUsages::COPY_SRC
                | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        })
    }

    /// Binds resources to group 0 in their order.
    pub fn bind(&self, layout: &wgpu::BindGroupLayout, resources: &[wgpu::BindingResource<'_>]) -> wgpu::BindGroup {
        let entries: Vec<_> = resources
            .iter()
            .enumerate()
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding: binding as u32, resource: resource.clone() })
            .collect();
        self.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
    }

    /// An encoder.
    pub fn encoder(&self) -> wgpu::CommandEncoder {
        self.device.create_command_encoder(&Default::default())
    }

    /// Sends commands and waits until they are done.
    ///
    /// # Errors
    /// If the device stopped.
    pub fn finish(&self, encoder: wgpu::CommandEncoder) -> Result<(), GpuError> {
        self.queue.submit([encoder.finish()]);
        self.poll()
    }

    fn poll(&self) -> Result<(), GpuError> {
        let limit = Some(Duration::from_secs(600));
        self.device
            .poll(wgpu::PollType::Wait { submission_index: None, timeout: limit })
            .map(|_| ())
            .map_err(|error| GpuError::Stopped(error.to_string()))
    }

    /// The words of a buffer (which must be a copy source).
    ///
    /// # Errors
    /// If the device stopped.
    pub fn read(&self, buffer: &wgpu::Buffer, bytes: u64) -> Result<Vec<u32>, GpuError> {
        let to = self.room(bytes, wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ);
        let mut encoder = self.encoder();
        encoder.copy_buffer_to_buffer(buffer, 0, &to, 0, bytes);
        self.mapped(encoder, &to)
    }

    /// The words of a rectangle of a texture from its corner, rows without padding; `texel` is bytes per texel.
    ///
    /// # Errors
    /// If the device stopped.
    pub fn read_texture(
        &self,
        mut encoder: wgpu::CommandEncoder,
        texture: &wgpu::Texture,
        [width, height]: [u32; 2],
        texel: u32,
    ) -> Result<Vec<u8>, GpuError> {
        let pitch = (width * texel).next_multiple_of(256);
        let to = self.room(u64::from(pitch * height), wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ);
        encoder.copy_texture_to_buffer(
            texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &to,
                layout: wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(pitch), rows_per_image: None },
            },
            wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        );
        let words = self.mapped(encoder, &to)?;
        let bytes: &[u8] = bytemuck::cast_slice(&words);
        let wide = (width * texel) as usize;
        Ok(bytes.chunks(pitch as usize).flat_map(|row| row[..wide.min(row.len())].to_vec()).collect())
    }

    fn mapped(&self, encoder: wgpu::CommandEncoder, buffer: &wgpu::Buffer) -> Result<Vec<u32>, GpuError> {
        self.queue.submit([encoder.finish()]);
        let slice = buffer.slice(..);
        slice.map_async(wgpu::MapMode::Read, |_| {});
        self.poll()?;
        let words = bytemuck::pod_collect_to_vec::<u8, u32>(&slice.get_mapped_range());
        buffer.unmap();
        Ok(words)
    }
}
