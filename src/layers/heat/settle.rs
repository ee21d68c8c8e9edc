//! From the fields to what is shown: the texture of values, and the figures for panels. The texture follows every
//! change, the figures at most every two seconds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy::asset::RenderAssetUsages;
use bevy::image::{ImageAddressMode, ImageFilterMode, ImageSampler, ImageSamplerDescriptor};
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};
use bevy::render::renderer::RenderAdapterInfo;

use super::draw::HeatHandles;
use super::feed::{HeatState, span_of};
use super::half::half_bits;
use super::place::{Covers, Ground};
use super::residents::{Residents, people};
use super::screen::{HeatScreen, is_painted};
use crate::city::{Now, SiteFacts};
use crate::domain::{AreaTable, Level};
use crate::heat::blur::{Blur, Density};
use crate::heat::figures::{Base, Land, ranking};
use crate::heat::model::{Model, WEEKS};
use crate::heat::paint::Values;
use crate::heat::rhythm::{self, rhythm};
use crate::heat::{Figures, HeatSettings, Mode, Scale};
use crate::layers::shapes::AreaShapes;
use crate::map::{AreaIndex, MapCamera, MapProjection};
use crate::scene::{LayerKind, LayerSwitches};

/// Figures are made anew at most this often.
const FIGURES_EVERY: Duration = Duration::from_secs(2);
/// Below this many residents per km² a rate says nothing.
const LEAST_RESIDENTS: f32 = 300.0;
/// Columns of the small maps' land.
const LAND_COLUMNS: usize = 360;
/// Radius of the small maps as a multiple of the map's, because each holds an eighth of the events.
const RHYTHM_WIDER: f64 = 1.3;

/// What is kept between frames.
#[derive(Default)]
pub(super) struct Settled {
    settings: Option<HeatSettings>,
    made: Option<Instant>,
    day: i64,
    is_waiting: bool,
    land: (usize, Arc<Land>),
    blur: Blur,
    /// What blocks cover on the level of the map, and on that of the small maps.
    covers: [Covers; 2],
    /// Tops of the locked scale by period and unit, kept until the areas change.
    locked: HashMap<(u32, u8), f32>,
}

/// Makes texture and figures anew where events, window or settings have changed.
pub(super) fn settle(
    (settings, now, site): (Res<HeatSettings>, Res<Now>, Res<SiteFacts>),
    (shapes, index, projection): (Res<AreaShapes>, Res<AreaIndex>, Res<MapProjection>),
    switches: Res<LayerSwitches>,
    mut state: ResMut<HeatState>,
    mut residents: ResMut<Residents>,
    (mut handles, mut screen): (ResMut<HeatHandles>, ResMut<HeatScreen>),
    (adapter, cameras): (Option<Res<RenderAdapterInfo>>, Query<&Camera, With<MapCamera>>),
    mut images: ResMut<Assets<Image>>,
    mut figures: ResMut<Figures>,
    mut settled: Local<Settled>,
) {
    if !switches.is_on(LayerKind::Heat) {
        settled.settings = None;
        return;
    }
    let state = state.bypass_change_detection();
    let (Some(model), Some(projection)) = (state.model.as_mut(), projection.0) else { return };
    if settled.settings.as_ref() != Some(&*settings) {
        settled.settings = Some(settings.clone());
        settled.made = None;
        settled.is_waiting = true;
        model.now.field_mut();
    }
    let is_expecting = settings.mode == Mode::Expected;
    let before = model.before.take_changes();
    let key = Arc::as_ptr(&shapes.table) as usize;
    if settled.land.0 != key {
        settled.land = (key, Arc::new(land_of(&shapes)));
        settled.locked.clear();
    }
    let grid = model.grid;
    let ground = |level| Ground { table: &shapes.table, index: &index, projection: &projection, grid: &grid, level };
    if model.now.take_changes() > 0 || (is_expecting && before > 0) {
        settled.is_waiting = true;
        let people = if settings.mode == Mode::PerResidents {
            let level = model.now.field().level();
            residents.density(&shapes.table, &index, &model.grid, level, settings.sigma_m())
        } else {
            None
        };
        let here = ground(model.now.field().level());
        let spread = [&model.now, &model.before].map(|track| settled.covers[0].spread(track.blocks(), &here));
        let shown = values(model, &settings, people, &spread, &mut settled.blur);
        let top = match settings.scale {
            Scale::Locked => {
                let lock = (settings.window_s, settings.mode as u8);
                *settled.locked.entry(lock).or_insert_with(|| locked_top(model, &settings, &spread[1]))
            }
            Scale::Auto => auto_top(shown.most, &settings),
        };
        handles.place(&model.grid, top, settings.mode);
        if figures.top != top || figures.is_missing != shown.is_missing {
            figures.top = top;
            figures.is_missing = shown.is_missing;
        }
        if is_painted(adapter.as_deref(), &cameras) {
            let Shown { width, height, values, .. } = shown;
            screen.set(Values { width, height, values }, model.grid, model.now.field().level(), shapes.bounds);
            handles.is_fresh = true;
        } else if images.insert(handles.image.id(), image_of(&shown)).is_ok() {
            handles.is_fresh = true;
        }
    }
    let zoned = site.0.as_ref().map(|site| now.at.to_zoned(site.zone.clone()));
    let zone_s = zoned.as_ref().map_or(0, |at| i64::from(at.offset().seconds()));
    let start = zoned.and_then(|at| at.start_of_day().ok()).map_or(now.at, |at| at.timestamp()).as_second();
    let is_due = settled.made.is_none_or(|at| now.mono.saturating_duration_since(at) >= FIGURES_EVERY);
    if !(is_due && (settled.is_waiting || settled.day != start)) {
        return;
    }
    settled.made = Some(now.mono);
    settled.day = start;
    settled.is_waiting = false;
    let span = span_of(&settings, now.at);
    let filter = *model.now.filter();
    let bases = bases_of(&shapes.table, &index);
    let midnight = start.clamp(0, i64::from(u32::MAX)) as u32;
    let (ranking, values) = ranking(&model.ring, span, &filter, &bases, midnight, &settings);
    let oldest = model.ring.iter().next().map_or(u32::MAX, |event| event.at_s);
    let small = ground(rhythm::LEVEL);
    let covers = &mut settled.covers[1];
    let sigma_m = settings.sigma_m() * RHYTHM_WIDER;
    let rhythm = rhythm(&model.ring, &grid, span, &filter, zone_s, sigma_m, |blocks| covers.spread(blocks, &small));
    *figures = Figures {
        settings: settings.clone(),
        is_known: true,
        total: model.now.total(),
        off_map: model.now.off_map(),
        on_blocks: model.now.blocks().total(),
        top: figures.top,
        is_missing: figures.is_missing,
        is_full: oldest <= span.from.saturating_add(settings.unit_s()),
        ranking,
        values: Arc::new(values),
        rhythm: Arc::new(rhythm),
        land: settled.land.1.clone(),
        categories: state.categories.clone(),
    };
}

/// Values and the number of events behind each.
struct Shown {
    width: usize,
    height: usize,
    values: Vec<[f32; 2]>,
    most: f32,
    is_missing: bool,
}

/// What the mode makes of the densities.
fn values(
    model: &Model,
    settings: &HeatSettings,
    people: Option<&Density>,
    spread: &[Vec<(u32, f32)>; 2],
    blur: &mut Blur,
) -> Shown {
    let sigma_m = settings.sigma_m();
    let density = blur.run(model.now.field(), &model.grid, sigma_m, &spread[0]);
    // A Gaussian counts as many events as lie in a disc of this size.
    let kernel_km2 = (4.0 * std::f64::consts::PI * sigma_m * sigma_m / 1e6) as f32;
    let per_unit = settings.per_unit();
    let mut is_missing = false;
    let values: Vec<[f32; 2]> = match (settings.mode, people) {
        (Mode::PerArea, _) => density.values.iter().map(|d| [d * per_unit, d * kernel_km2]).collect(),
        (Mode::PerResidents, Some(people)) => {
            let rate = |(d, p): (&f32, &f32)| {
                if *p < LEAST_RESIDENTS { [0.0; 2] } else { [1000.0 * d * per_unit / p, d * kernel_km2] }
            };
            density.values.iter().zip(&people.values).map(rate).collect()
        }
        (Mode::PerResidents, None) => {
            is_missing = true;
            vec![[0.0; 2]; density.values.len()]
        }
        (Mode::Expected, _) => {
            let mut blur = Blur::default();
            let before = blur.run(model.before.field(), &model.grid, sigma_m, &spread[1]);
            is_missing = model.before.total() == 0;
            // One event on each side, so that little against nothing is not infinitely much.
            let one = 1.0 / kernel_km2;
            let ratio = |(d, b): (&f32, &f32)| {
                let expected = b / WEEKS as f32;
                [((d + one) / (expected + one)).log2(), d.max(expected) * kernel_km2]
            };
            let blank = is_missing;
            density.values.iter().zip(&before.values).map(|at| if blank { [0.0; 2] } else { ratio(at) }).collect()
        }
    };
    let most = values.iter().fold(0.0_f32, |most, value| most.max(value[0].abs()));
    Shown { width: density.width, height: density.height, values, most, is_missing }
}

/// The top of a locked scale: the design's, or where the site's eight weeks before are usually denser, the next of its
/// round numbers. Chosen once, then kept whatever comes, so that pictures compare.
fn locked_top(model: &Model, settings: &HeatSettings, spread: &[(u32, f32)]) -> f32 {
    let design = settings.locked_top();
    if settings.mode != Mode::PerArea {
        return design;
    }
    let mut blur = Blur::default();
    let before = blur.run(model.before.field(), &model.grid, settings.sigma_m(), spread);
    let usual = before.max() / WEEKS as f32 * settings.per_unit();
    round_tops(design).find(|top| *top >= usual * 0.9).unwrap_or(design)
}

/// The design's top, then 20, 30, 50, 100, 200, 300 … of its power of ten.
fn round_tops(design: f32) -> impl Iterator<Item = f32> {
    let power = 10_f32.powf(design.log10().floor());
    let round = (0..6).flat_map(move |more| [1.0, 2.0, 3.0, 5.0].map(|digit| digit * power * 10_f32.powi(more)));
    std::iter::once(design).chain(round.filter(move |top| *top > design))
}

/// A round top at or above the largest value.
fn auto_top(most: f32, settings: &HeatSettings) -> f32 {
    if settings.mode == Mode::Expected {
        return settings.locked_top();
    }
    let least = most.max(0.01);
    let power = 10_f32.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|top| *top >= least).unwrap_or(least)
}

fn image_of(shown: &Shown) -> Image {
    let bytes = shown.values.iter().flatten().flat_map(|value| half_bits(*value).to_le_bytes()).collect();
    let size =
        Extent3d { width: shown.width.max(1) as u32, height: shown.height.max(1) as u32, depth_or_array_layers: 1 };
    let mut image =
        Image::new(size, TextureDimension::D2, bytes, TextureFormat::Rg16Float, RenderAssetUsages::RENDER_WORLD);
    image.sampler = ImageSampler::Descriptor(ImageSamplerDescriptor {
        address_mode_u: ImageAddressMode::ClampToEdge,
        address_mode_v: ImageAddressMode::ClampToEdge,
        mag_filter: ImageFilterMode::Linear,
        min_filter: ImageFilterMode::Linear,
        ..default()
    });
    image
}

/// Size and residents of each community; `None` for other levels.
fn bases_of(table: &AreaTable, index: &AreaIndex) -> Vec<Option<Base>> {
    table
        .iter()
        .map(|(id, area)| {
            let doubled: f64 = index.rings(id).iter().map(|ring| doubled_m2(ring)).sum();
            let km2 = (doubled.abs() > 0.0).then_some(doubled.abs() / 2e6);
            (area.level == Level::Community).then(|| Base { km2, residents: people(table, id) })
        })
        .collect()
}

/// Twice the area of a ring, m²; holes run the other way round.
fn doubled_m2(ring: &[Vec2]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| f64::from(a.x) * f64::from(b.y) - f64::from(b.x) * f64::from(a.y)).sum()
}

fn land_of(shapes: &AreaShapes) -> Land {
    let point = |at: &Vec2| at.to_array();
    let rings: Vec<Vec<Vec<[f32; 2]>>> =
        shapes.rings.iter().map(|rings| rings.iter().map(|ring| ring.iter().map(point).collect()).collect()).collect();
    let (min, max) = (shapes.bounds.min.to_array(), shapes.bounds.max.to_array());
    let mut land = Land::of(&rings, min, max, LAND_COLUMNS);
    let step = (max[0] - min[0]).max(1.0) / LAND_COLUMNS as f32;
    for (arc, level) in shapes.arcs.iter().zip(&shapes.arc_levels) {
        if *level <= Level::Street {
            land.lines.push((*level == Level::District, thinned(&arc.points, step)));
        }
    }
    land
}

/// A line without points closer than `step` to the one before.
fn thinned(points: &[Vec2], step: f32) -> Vec<[f32; 2]> {
    let mut kept: Vec<[f32; 2]> = Vec::new();
    for (i, point) in points.iter().enumerate() {
        let is_far = kept.last().is_none_or(|last| point.distance(Vec2::from_array(*last)) >= step);
        if is_far || i + 1 == points.len() {
            kept.push(point.to_array());
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_automatic_top_is_round_and_holds_the_largest() {
        let settings = HeatSettings::default();
        for (most, top) in [(0.0, 0.01), (1.3, 2.0), (13.1, 20.0), (7.0, 10.0), (480.0, 500.0)] {
            let got = auto_top(most, &settings);
            assert!((got - top).abs() < top * 1e-4, "{most}: {got}");
        }
    }

    #[test]
    fn a_locked_scale_grows_in_round_steps_from_the_design_s() {
        assert_eq!(round_tops(10.0).take(5).collect::<Vec<_>>(), [10.0, 20.0, 30.0, 50.0, 100.0]);
        assert_eq!(round_tops(16.0).take(3).collect::<Vec<_>>(), [16.0, 20.0, 30.0]);
        assert_eq!(round_tops(4.0).take(3).collect::<Vec<_>>(), [4.0, 5.0, 10.0]);
    }

    #[test]
    fn a_ring_has_its_size() {
        let ring = [Vec2::ZERO, Vec2::new(1000.0, 0.0), Vec2::new(1000.0, 2000.0), Vec2::new(0.0, 2000.0)];
        assert!((doubled_m2(&ring) - 4e6).abs() < 1.0);
    }
}
