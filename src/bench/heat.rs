//! `gridwall bench heat`: a full recompute, the slide of the window, 10 M against 100 k, accuracy and bytes; each from the
//! events to a pixel read back from a picture of 1920 × 1080, by the CPU's path, by the GPU's, and by the controls.

use rayon::prelude::*;

use super::field_gpu::{EventsGpu, FieldGpu};
use super::gpu::{Gpu, GpuError};
use super::picture::{Drawn, Picture, SIZE};
use super::points::{Spread, of_places, places};
use super::splat::{Method, Splat};
use super::{Row, Table};
use crate::heat::blur::{self, Blur};
use crate::heat::event::Filter;
use crate::heat::field::Grid;
use crate::heat::model::{Span, Track};
use crate::heat::oracle::{density_at, nrmse};
use crate::heat::paint::{Look, Values, Window, paint};
use crate::heat::ring::Ring;
use crate::heat::weight::Weights;

/// Metres per pixel of the measured picture.
const M_PER_PX: f64 = 20.0;
/// The bandwidth: a radius of 30 pixels is three of it, as map libraries have it.
const SIGMA_PX: f64 = 10.0;
/// Events that leave the window in one slide; as many enter.
const SLIDE: u32 = 5_000;
/// Places at which accuracy is measured.
const PROBES: usize = 500;
/// Seconds since 1970 of the first event.
const FIRST_S: u32 = 1_000_000;

/// What to measure.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Events in the window.
    pub events: usize,
    /// Runs of ours.
    pub runs: usize,
    /// Runs of the controls, which take seconds each; 0 leaves them out.
    pub control_runs: usize,
    /// Events of the large case of the comparison by size; 0 leaves it out.
    pub large: usize,
}

/// The field as the wall keeps it, with the texture it is drawn from.
struct Ours<'a> {
    gpu: &'a Gpu,
    picture: &'a Picture,
    grid: Grid,
    ring: Ring,
    track: Track,
    texture: wgpu::Texture,
    drawn: Drawn,
    painted: wgpu::Texture,
    painted_drawn: Drawn,
    look: Look,
    blur: Blur,
    values: Values,
    pixels: Vec<[u8; 4]>,
    sigma_m: f64,
}

impl<'a> Ours<'a> {
    fn new(gpu: &'a Gpu, picture: &'a Picture, grid: Grid, ring: Ring, sigma_m: f64) -> Self {
        let level = grid.level_for(sigma_m);
        let (columns, rows) = grid.size_at(level);
        let texture = gpu.texture(columns as u32, rows as u32, wgpu::TextureFormat::Rg16Float);
        let share = share_of(&grid);
        let drawn = picture.bind(gpu, &texture, share, 400.0, true);
        let track = Track::new(&grid, level, Weights::damped());
        let painted = gpu.texture(SIZE[0], SIZE[1], wgpu::TextureFormat::Rgba8Unorm);
        let painted_drawn = picture.bind_painted(gpu, &painted);
        let look = Look {
            top: 400.0,
            is_signed: false,
            opacity: 1.0,
            lines: Default::default(),
            ramp: crate::palette::DARK.heat.map(|rgb| rgb.srgba(1.0).truncate().to_array()),
            stale: None,
        };
        let (blur, values, pixels) = Default::default();
        Self {
            gpu,
            picture,
            grid,
            ring,
            track,
            texture,
            drawn,
            painted,
            painted_drawn,
            look,
            blur,
            values,
            pixels,
            sigma_m,
        }
    }

    /// Blur, paint, upload, draw, one pixel back: as the wall does on a software adapter.
    fn show(&mut self) -> Result<(), GpuError> {
        self.upload();
        self.picture.draw_painted(self.gpu, self.gpu.encoder(), &self.painted_drawn).map(|_| ())
    }

    fn upload(&mut self) {
        let density = self.blur.run(self.track.field(), &self.grid, self.sigma_m, &[]);
        let kernel_km2 = (4.0 * std::f64::consts::PI * self.sigma_m * self.sigma_m / 1e6) as f32;
        let step = M_PER_PX / self.grid.cell_m_at(self.track.field().level());
        let window = Window {
            first: [0, 0],
            size: SIZE.map(|side| side as usize),
            cell: [0.5 * step, (f64::from(SIZE[1]) - 0.5) * step],
            step: [step, -step],
        };
        (self.values.width, self.values.height) = (density.width, density.height);
        self.values.values.clear();
        self.values.values.extend(density.values.iter().map(|value| [*value, *value * kernel_km2]));
        paint(&self.values, &window, &self.look, &mut self.pixels);
        let [width, height] = SIZE;
        self.gpu.queue.write_texture(
            self.painted.as_image_copy(),
            self.pixels.as_flattened(),
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(width * 4), rows_per_image: None },
            wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        );
    }
}

/// How much of the field's texture the picture covers.
fn share_of(grid: &Grid) -> [f32; 2] {
    let covered = |pixels: u32, cells: u32| (f64::from(pixels) * M_PER_PX / (f64::from(cells) * grid.cell_m)) as f32;
    [covered(SIZE[0], grid.width), covered(SIZE[1], grid.height)]
}

/// The window of `n` events that begins `later` seconds after the first.
fn window(n: usize, later: u32) -> Span {
    Span { from: FIRST_S + later, to: FIRST_S + later + n as u32 }
}

/// Measures.
///
/// # Errors
/// If there is no adapter or it stops.
pub fn run(options: Options) -> Result<Table, GpuError> {
    let gpu = Gpu::open()?;
    let picture = Picture::new(&gpu);
    let grid = grid();
    let sigma_m = SIGMA_PX * M_PER_PX;
    let n = options.events;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut table = Table {
        machine: format!(
            "{} ({:?}, {:?}, {}), {cores} CPU cores, {n} clustered events, {}×{}, sigma {SIGMA_PX} px",
            gpu.info.name, gpu.info.backend, gpu.info.device_type, gpu.info.driver_info, SIZE[0], SIZE[1]
        ),
        ..Table::default()
    };
    let all = places(n + SLIDE as usize, Spread::Clusters, &grid, 1);
    let events = of_places(&all, &grid, FIRST_S);
    let mut ours = Ours::new(&gpu, &picture, grid, Ring::of(events, n * 2), sigma_m);
    ours.track.slide(&ours.ring, &[window(n, 0)]);

    table.rows.push(Row::of("CPU field: full recompute, blur, draw", options.runs, || {
        ours.track.recount(&ours.ring);
        ours.show()
    })?);
    table.rows.push(Row::of("  of that the recount", options.runs, || {
        ours.track.recount(&ours.ring);
        Ok::<_, GpuError>(())
    })?);
    table.rows.push(Row::of("  of that blur, paint and upload", options.runs, || {
        ours.upload();
        gpu.finish(gpu.encoder())
    })?);
    table.rows.push(Row::of("  of that the draw", options.runs, || {
        picture.draw_painted(&gpu, gpu.encoder(), &ours.painted_drawn).map(|_| ())
    })?);
    let mut is_later = false;
    table.rows.push(Row::of("CPU field: slide of 10 k changes, the update alone", options.runs, || {
        is_later = !is_later;
        ours.track.slide(&ours.ring, &[window(n, if is_later { SLIDE } else { 0 })]);
        Ok::<_, GpuError>(())
    })?);
    table.rows.push(Row::of("CPU field: slide of 10 k changes, blur, draw", options.runs, || {
        is_later = !is_later;
        ours.track.slide(&ours.ring, &[window(n, if is_later { SLIDE } else { 0 })]);
        ours.show()
    })?);
    ours.track.slide(&ours.ring, &[window(n, 0)]);
    on_gpu(&mut table, &gpu, &picture, &ours, options)?;
    controls(&mut table, &gpu, &picture, &all[..n], options)?;
    accuracy(&mut table, &gpu, &mut ours, &all[..n], options)?;
    let ring_bytes = ours.ring.bytes() as f64 / ours.ring.len() as f64;
    table.facts.push(("bytes per event, columns and table (12 B of them for a GPU)".into(), ring_bytes, "B"));
    let field_mb = ours.track.field().bytes() as f64 / 1e6;
    table.facts.push(("the field itself, whatever the number of events".into(), field_mb, "MB"));
    drop(ours);
    if options.large > 0 {
        by_size(&mut table, &gpu, &picture, options)?;
    }
    ratios(&mut table);
    Ok(table)
}

/// The cells of the measured picture.
fn grid() -> Grid {
    let side = |pixels: u32| f64::from(pixels) * M_PER_PX;
    Grid::covering([0.0, 0.0], [side(SIZE[0]), side(SIZE[1])], 0.0)
}

fn on_gpu(table: &mut Table, gpu: &Gpu, picture: &Picture, ours: &Ours<'_>, options: Options) -> Result<(), GpuError> {
    let level = ours.grid.level_for(ours.sigma_m);
    let field = FieldGpu::new(gpu, &ours.grid, level, &Weights::damped(), ours.sigma_m);
    let span = window(options.events, 0);
    let (_, cells, attrs) = ours.ring.columns(ours.ring.range(span.from, span.to));
    let events = EventsGpu::new(gpu, cells, attrs);
    let runs = options.runs.min(10);
    table.rows.push(Row::of("GPU field: full recompute, blur, draw", runs, || {
        let mut encoder = gpu.encoder();
        field.refill(gpu, &mut encoder, &events, &Filter::ALL);
        field.blur(gpu, &mut encoder, &ours.texture);
        picture.draw(gpu, encoder, &ours.drawn).map(|_| ())
    })?);
    let (gone, come) = (0..SLIDE as usize, 0..SLIDE as usize);
    let changed: Vec<u32> = gone.map(|i| cells[i]).chain(come.map(|i| cells[cells.len() - 1 - i])).collect();
    let by: Vec<u32> = (0..changed.len()).map(|i| if i < SLIDE as usize { u32::MAX } else { 1 }).collect();
    let forth = EventsGpu::new(gpu, &changed, &by);
    let back = EventsGpu::new(gpu, &changed, &by.iter().map(|by| by.wrapping_neg()).collect::<Vec<_>>());
    let mut is_forth = false;
    table.rows.push(Row::of("GPU field: slide of 10 k changes, blur, draw", runs, || {
        is_forth = !is_forth;
        let mut encoder = gpu.encoder();
        field.apply(gpu, &mut encoder, if is_forth { &forth } else { &back });
        field.blur(gpu, &mut encoder, &ours.texture);
        picture.draw(gpu, encoder, &ours.drawn).map(|_| ())
    })?);
    let mut encoder = gpu.encoder();
    field.refill(gpu, &mut encoder, &events, &Filter::ALL);
    gpu.finish(encoder)?;
    let equal =
        field.sums(gpu)? == ours.track.field().sums() && field.counts(gpu)? == ours.track.field().counts().to_words();
    table.facts.push(("GPU field equals CPU field bit for bit (1 is yes)".into(), f64::from(u8::from(equal)), ""));
    table.facts.push(("the field on the GPU".into(), field.bytes() as f64 / 1e6, "MB"));
    Ok(())
}

/// Events in pixels, y down.
fn in_pixels(places: &[[f64; 2]]) -> Vec<[f32; 2]> {
    places.iter().map(|[x, y]| [(x / M_PER_PX) as f32, (y / M_PER_PX) as f32]).collect()
}

fn controls(
    table: &mut Table,
    gpu: &Gpu,
    picture: &Picture,
    places: &[[f64; 2]],
    options: Options,
) -> Result<(), GpuError> {
    if options.control_runs == 0 {
        return Ok(());
    }
    let points = in_pixels(places);
    for method in [Method::Half, Method::Float(512), Method::Float(2048)] {
        let Some(splat) = Splat::new(gpu, method, &points, SIZE, SIGMA_PX as f32) else { continue };
        let drawn = picture.bind(gpu, splat.texture(), [1.0, 1.0], 400.0, false);
        table.rows.push(Row::of(format!("{}: full recompute, draw", method.name()), options.control_runs, || {
            let mut encoder = gpu.encoder();
            splat.draw(&mut encoder);
            picture.draw(gpu, encoder, &drawn).map(|_| ())
        })?);
    }
    Ok(())
}

/// Errors against the exact density, undamped, since the exact one is.
fn accuracy(
    table: &mut Table,
    gpu: &Gpu,
    ours: &mut Ours<'_>,
    places: &[[f64; 2]],
    options: Options,
) -> Result<(), GpuError> {
    ours.track.field_mut().set_weights(Weights::plain());
    let density = blur::density(ours.track.field(), &ours.grid, ours.sigma_m);
    let cell_m = ours.grid.cell_m_at(ours.track.field().level());
    // The middles of texels of the quarter-size control, so that neither side must interpolate for the other.
    let (columns, rows) = ((SIZE[0] / 4) as usize, (SIZE[1] / 4) as usize);
    let probes: Vec<(usize, usize)> =
        (0..PROBES).map(|i| ((i * 7919 + 13) % columns, (i * 104_729 + 7) % rows)).collect();
    let at = |(column, row): (usize, usize)| {
        let middle = |i: usize| (i as f64 + 0.5) * 4.0 * M_PER_PX;
        (middle(column), middle(row))
    };
    let exact: Vec<f64> = probes
        .par_iter()
        .map(|probe| {
            let (x, y) = at(*probe);
            density_at(places, x, y, ours.sigma_m)
        })
        .collect();
    let pairs: Vec<(f64, f64)> = probes
        .iter()
        .zip(&exact)
        .map(|(probe, exact)| {
            let (x, y) = at(*probe);
            (f64::from(density.at(x / cell_m, y / cell_m)), *exact)
        })
        .collect();
    let own = nrmse(&pairs);
    table.facts.push(("error against the exact f64 density, NRMSE, ours".into(), own * 100.0, "%"));
    if options.control_runs > 0
        && let Some(splat) = Splat::new(gpu, Method::Half, &in_pixels(places), SIZE, SIGMA_PX as f32)
    {
        let mut encoder = gpu.encoder();
        splat.draw(&mut encoder);
        gpu.finish(encoder)?;
        let ([wide, _], values) = splat.halves(gpu)?;
        // From sums of 0.3989·exp to events per km².
        let scale = 1e6 / (0.3989 * std::f64::consts::TAU * ours.sigma_m * ours.sigma_m);
        let read = |(column, row): (usize, usize)| values.get(row * wide as usize + column).copied().unwrap_or(0.0);
        let pairs: Vec<(f64, f64)> =
            probes.iter().zip(&exact).map(|(probe, exact)| (read(*probe) * scale, *exact)).collect();
        let control = nrmse(&pairs);
        table.facts.push(("the same, f16 control".into(), control * 100.0, "%"));
        table.facts.push(("the f16 control's error is larger by".into(), control / own.max(1e-12), "×"));
    }
    ours.track.field_mut().set_weights(Weights::damped());
    Ok(())
}

fn by_size(table: &mut Table, gpu: &Gpu, picture: &Picture, options: Options) -> Result<(), GpuError> {
    let grid = grid();
    let sigma_m = SIGMA_PX * M_PER_PX;
    let mut middle = Vec::new();
    for n in [100_000, options.large] {
        let all = places(n + SLIDE as usize, Spread::Clusters, &grid, 1);
        let ring = Ring::of(of_places(&all, &grid, FIRST_S), n * 2);
        drop(all);
        let mut ours = Ours::new(gpu, picture, grid, ring, sigma_m);
        ours.track.slide(&ours.ring, &[window(n, 0)]);
        let mut is_later = false;
        let row = Row::of(format!("CPU field: slide of 10 k changes of {n}, blur, draw"), options.runs, || {
            is_later = !is_later;
            ours.track.slide(&ours.ring, &[window(n, if is_later { SLIDE } else { 0 })]);
            ours.show()
        })?;
        middle.push(row.median());
        table.rows.push(row);
    }
    if let [few, many] = middle[..] {
        table.facts.push((format!("slide at {} against 100000", options.large), many / few, "×"));
    }
    Ok(())
}

fn ratios(table: &mut Table) {
    let best = table.rows.iter().filter(|row| row.what.starts_with("control")).map(Row::median).min_by(f64::total_cmp);
    let Some(best) = best else { return };
    for what in ["CPU field: full recompute, blur, draw", "GPU field: full recompute, blur, draw"] {
        if let Some(own) = table.median(what) {
            table.facts.push((format!("best control ÷ {what}"), best / own, "×"));
        }
    }
}
