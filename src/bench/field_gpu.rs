//! The field on the GPU: the same numbers as `heat::field`, bit for bit, by atomic additions of whole numbers; and the
//! blur. Partner: `shaders/heat_field.wgsl`.

use super::gpu::{Gpu, GpuError};
use crate::heat::blur::{half_kernel, kernel_sigma};
use crate::heat::event::Filter;
use crate::heat::field::Grid;
use crate::heat::weight::{UNIT, Weights};

const STORAGE: wgpu::BufferUsages =
    wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_SRC).union(wgpu::BufferUsages::COPY_DST);
/// Invocations of a workgroup; keep in sync with the shader.
const GROUP: u32 = 256;
/// Workgroups of one row of a dispatch.
const ROW: u32 = 32_768;

/// Counts, sums, and what works on them.
pub struct FieldGpu {
    grid: Grid,
    level: u32,
    counts: wgpu::Buffer,
    sums: wgpu::Buffer,
    across: wgpu::Buffer,
    packed: wgpu::Buffer,
    table: wgpu::Buffer,
    table_len: u32,
    kernel: wgpu::Buffer,
    reach: u32,
    scale: f32,
    scatter: wgpu::ComputePipeline,
    sum_up: wgpu::ComputePipeline,
    apply: wgpu::ComputePipeline,
    blur_across: wgpu::ComputePipeline,
    blur_down: wgpu::ComputePipeline,
}

/// Events on the GPU: address cells and attributes, eight of an event's twelve bytes.
pub struct EventsGpu {
    cells: wgpu::Buffer,
    attrs: wgpu::Buffer,
    len: u32,
}

impl EventsGpu {
    /// Uploads columns.
    pub fn new(gpu: &Gpu, cells: &[u32], attrs: &[u32]) -> Self {
        Self { cells: gpu.words(cells, STORAGE), attrs: gpu.words(attrs, STORAGE), len: cells.len() as u32 }
    }
}

impl FieldGpu {
    /// An empty field.
    pub fn new(gpu: &Gpu, grid: &Grid, level: u32, weights: &Weights, sigma_m: f64) -> Self {
        let module = gpu.shader(include_str!("../../shaders/heat_field.wgsl"));
        let (width, height) = grid.size_at(0);
        let (columns, rows) = grid.size_at(level);
        let cell_m = grid.cell_m_at(level);
        let half = half_kernel(kernel_sigma(sigma_m, cell_m));
        let bits: Vec<u32> = half.iter().map(|weight| weight.to_bits()).collect();
        let cells = 4 * (columns * rows) as u64;
        Self {
            grid: *grid,
            level,
            counts: gpu.room(4 * (width * height) as u64, STORAGE),
            sums: gpu.room(cells, STORAGE),
            across: gpu.room(cells, STORAGE),
            packed: gpu.room(cells, STORAGE),
            table: gpu.words(weights.table(), STORAGE),
            table_len: if weights.is_damped() { weights.table().len() as u32 } else { 0 },
            kernel: gpu.words(&bits, STORAGE),
            reach: half.len() as u32 - 1,
            scale: (1e6 / (cell_m * cell_m * f64::from(UNIT))) as f32,
            scatter: gpu.compute(&module, "scatter"),
            sum_up: gpu.compute(&module, "sum_up"),
            apply: gpu.compute(&module, "apply"),
            blur_across: gpu.compute(&module, "blur_across"),
            blur_down: gpu.compute(&module, "blur_down"),
        }
    }

    fn params(&self, gpu: &Gpu, n: u32, filter: &Filter) -> wgpu::Buffer {
        let words = [
            self.grid.width,
            self.grid.height,
            self.level,
            n,
            filter.must,
            filter.category.map_or(0xFFFF, u32::from),
            u32::from(filter.sources),
            self.table_len,
            self.reach,
            self.scale.to_bits(),
            0,
            0,
        ];
        gpu.words(&words, wgpu::BufferUsages::UNIFORM)
    }

    fn run(
        &self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        pipeline: &wgpu::ComputePipeline,
        bindings: &[(u32, &wgpu::Buffer)],
        n: u32,
    ) {
        let entries: Vec<_> = bindings
            .iter()
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding: *binding, resource: buffer.as_entire_binding() })
            .collect();
        let layout = pipeline.get_bind_group_layout(0);
        let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &layout,
            entries: &entries,
        });
        let groups = n.div_ceil(GROUP).max(1);
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(groups.min(ROW), groups.div_ceil(ROW), 1);
    }

    /// Counts these events and nothing else.
    pub fn refill(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, events: &EventsGpu, filter: &Filter) {
        encoder.clear_buffer(&self.counts, 0, None);
        let params = self.params(gpu, events.len, filter);
        let bound = [(0, &params), (1, &events.cells), (2, &events.attrs), (3, &self.counts)];
        if events.len > 0 {
            self.run(gpu, encoder, &self.scatter, &bound, events.len);
        }
        let (columns, rows) = self.grid.size_at(self.level);
        let cells = (columns * rows) as u32;
        let bound = [(0, &params), (3, &self.counts), (4, &self.sums), (5, &self.table)];
        self.run(gpu, encoder, &self.sum_up, &bound, cells);
    }

    /// Adds and takes away: `events.attrs` holds +1 or −1 for each cell.
    pub fn apply(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, changes: &EventsGpu) {
        let params = self.params(gpu, changes.len, &Filter::ALL);
        let bound = [
            (0, &params),
            (1, &changes.cells),
            (2, &changes.attrs),
            (3, &self.counts),
            (4, &self.sums),
            (5, &self.table),
        ];
        self.run(gpu, encoder, &self.apply, &bound, changes.len);
    }

    /// Blurs into a texture of f16 pairs (value, 0) of the level's size.
    pub fn blur(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, texture: &wgpu::Texture) {
        let (columns, rows) = self.grid.size_at(self.level);
        let cells = (columns * rows) as u32;
        let params = self.params(gpu, cells, &Filter::ALL);
        let bound = [(0, &params), (4, &self.sums), (6, &self.kernel), (7, &self.across)];
        self.run(gpu, encoder, &self.blur_across, &bound, cells);
        let bound = [(0, &params), (6, &self.kernel), (7, &self.across), (8, &self.packed)];
        self.run(gpu, encoder, &self.blur_down, &bound, cells);
        let pitch = columns as u32 * 4;
        if pitch.is_multiple_of(256) {
            encoder.copy_buffer_to_texture(
                wgpu::TexelCopyBufferInfo {
                    buffer: &self.packed,
                    layout: wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(pitch), rows_per_image: None },
                },
                texture.as_image_copy(),
                wgpu::Extent3d { width: columns as u32, height: rows as u32, depth_or_array_layers: 1 },
            );
        }
    }

    /// The counts.
    ///
    /// # Errors
    /// If the device stopped.
    pub fn counts(&self, gpu: &Gpu) -> Result<Vec<u32>, GpuError> {
        gpu.read(&self.counts, self.counts.size())
    }

    /// The sums.
    ///
    /// # Errors
    /// If the device stopped.
    pub fn sums(&self, gpu: &Gpu) -> Result<Vec<u32>, GpuError> {
        gpu.read(&self.sums, self.sums.size())
    }

    /// Bytes of the field on the GPU.
    pub fn bytes(&self) -> u64 {
        self.counts.size() + self.sums.size() + self.across.size() + self.packed.size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::points::{Spread, events};
    use crate::heat::field::Field;

    #[test]
    fn the_gpu_counts_what_the_cpu_counts_bit_for_bit() {
        let gpu = match Gpu::open() {
            Ok(gpu) => gpu,
            // A machine without any adapter tests the rest.
            Err(error) => return eprintln!("not tested: {error}"),
        };
        let grid = Grid::covering([0.0, 0.0], [9000.0, 6000.0], 0.0);
        for spread in Spread::ALL {
            for weights in [Weights::damped(), Weights::plain()] {
                let (cells, attrs): (Vec<u32>, Vec<u32>) =
                    events(20_000, spread, &grid, 7).iter().map(|event| (event.cell, event.attr)).unzip();
                let filter = Filter { sources: 0b1011, ..Filter::ALL };
                let level = 2;
                let mut cpu = Field::new(&grid, level, weights.clone());
                cpu.refill([(&cells[..], &attrs[..])].into_iter(), |attr| filter.takes(attr));
                let on_gpu = FieldGpu::new(&gpu, &grid, level, &weights, 300.0);
                let mut encoder = gpu.encoder();
                on_gpu.refill(&gpu, &mut encoder, &EventsGpu::new(&gpu, &cells, &attrs), &filter);
                gpu.finish(encoder).unwrap();
                assert_eq!(on_gpu.counts(&gpu).unwrap(), cpu.counts().to_words(), "{spread:?}");
                assert_eq!(on_gpu.sums(&gpu).unwrap(), cpu.sums(), "{spread:?}");
                // Every third goes, every fifth comes once more, in no order that matters.
                let changes: Vec<(u32, u32)> = cells
                    .iter()
                    .zip(&attrs)
                    .enumerate()
                    .filter(|(i, (_, attr))| (i % 3 == 0 || i % 5 == 0) && filter.takes(**attr))
                    .map(|(i, (cell, _))| (*cell, if i % 3 == 0 { u32::MAX } else { 1 }))
                    .collect();
                changes.iter().for_each(|(cell, by)| cpu.change(*cell, *by as i32));
                let (cells, by): (Vec<u32>, Vec<u32>) = changes.into_iter().unzip();
                let mut encoder = gpu.encoder();
                on_gpu.apply(&gpu, &mut encoder, &EventsGpu::new(&gpu, &cells, &by));
                gpu.finish(encoder).unwrap();
                assert_eq!(on_gpu.counts(&gpu).unwrap(), cpu.counts().to_words(), "{spread:?} changed");
                assert_eq!(on_gpu.sums(&gpu).unwrap(), cpu.sums(), "{spread:?} changed");
                assert!(cpu.is_consistent());
            }
        }
    }
}
