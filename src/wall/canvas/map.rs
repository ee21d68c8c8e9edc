//! Draws the map on its own texture: all of it, or the picture that is there moved by some pixels and what is new drawn
//! inside its rectangles. Partner: `still.rs`, which decides.

use std::ops::Range;

use bevy::core_pipeline::core_2d::{AlphaMask2d, CORE_2D_DEPTH_FORMAT, Opaque2d, Transparent2d};
use bevy::math::{Rect, URect};
use bevy::prelude::*;
use bevy::render::camera::ExtractedCamera;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_phase::{
    BinnedRenderPhase, PhaseItem as _, SortedPhaseItem as _, SortedRenderPhase, ViewBinnedRenderPhases,
    ViewSortedRenderPhases,
};
use bevy::render::render_resource::{
    LoadOp, Operations, PipelineCache, RenderPassColorAttachment, RenderPassDepthStencilAttachment,
    RenderPassDescriptor, StoreOp, TexelCopyBufferLayout, Texture, TextureDescriptor, TextureDimension, TextureFormat,
    TextureUsages, TextureView,
};
use bevy::render::renderer::{RenderContext, RenderDevice, RenderQueue, ViewQuery};
use bevy::render::storage::GpuShaderBuffer;
use bevy::render::view::{ExtractedView, ViewDepthTexture, ViewTarget};
use bevy_egui::render::EguiCameraView;

use super::damage::overlap;
use super::fills::{self, Fills, Layers};
use super::moves::Part;
use super::{Canvas, Damage, Sheet, extent, part};
use crate::layers::inks::Inks;
use crate::layers::order;
use crate::layers::tiles::Tiles;
use crate::wall::still::{KeptCamera, MapPicture, Plan};

/// Half the width of the widest line, with its soft edge and its end, u.
const REACH_U: f32 = 24.0;

/// Takes the depth away from our two cameras: without it Bevy's own passes leave them alone, which would draw on the
/// texture that is shown.
pub(super) fn without_bevys_passes(
    mut commands: Commands,
    cameras: Query<Entity, (With<ViewDepthTexture>, Or<(With<KeptCamera>, With<EguiCameraView>)>)>,
) {
    for camera in &cameras {
        commands.entity(camera).remove::<ViewDepthTexture>();
    }
}

/// Carries out the plan.
pub(super) fn paint(
    world: &World,
    view: ViewQuery<(&ExtractedCamera, &ExtractedView, &ViewTarget), With<KeptCamera>>,
    (opaque, masked, blended): (
        Res<ViewBinnedRenderPhases<Opaque2d>>,
        Res<ViewBinnedRenderPhases<AlphaMask2d>>,
        Res<ViewSortedRenderPhases<Transparent2d>>,
    ),
    (picture, cache): (Res<MapPicture>, Res<PipelineCache>),
    (device, queue): (Res<RenderDevice>, Res<RenderQueue>),
    (inks, buffers): (Option<Res<Inks>>, Res<RenderAssets<GpuShaderBuffer>>),
    tiles: Res<Tiles>,
    canvas: Res<Canvas>,
    mut ctx: RenderContext,
) {
    let entity = view.entity();
    let (camera, view, target) = view.into_inner();
    let Some(size) = camera.physical_target_size.filter(|size| size.cmpgt(UVec2::ZERO).all()) else { return };
    let format = target.main_texture().format();
    let mut sheets = canvas.sheets();
    let canvas = &mut *sheets;
    canvas.fit(size, format);
    let had_map = canvas.map.is_some();
    let map = canvas.map.get_or_insert_with(|| Sheet::new(&device, size, format, "the map"));
    let (mut damage, above, is_recolour) = match (&picture.plan, had_map) {
        (Plan::Rest, true) => return,
        (Plan::Part(Part { by, damage, above, is_recolour }), true) => {
            if *by != IVec2::ZERO {
                let spare = canvas.spare.take();
                let spare = spare.unwrap_or_else(|| Sheet::new(&device, size, format, "the map aside"));
                let (from_x, to_x, width) = overlap(size.x, by.x);
                let (from_y, to_y, height) = overlap(size.y, by.y);
                ctx.command_encoder().copy_texture_to_texture(
                    part(&map.texture, from_x, from_y),
                    part(&spare.texture, to_x, to_y),
                    extent(UVec2::new(width, height)),
                );
                canvas.spare = Some(std::mem::replace(map, spare));
                canvas.map_news = Damage::whole(size);
                canvas.under.rects.clear();
                canvas.is_moving = true;
            }
            (damage.within(size), *above, *is_recolour)
        }
        _ => (Damage::whole(size), f32::NEG_INFINITY, false),
    };
    if !is_recolour {
        canvas.recolours.forget();
    }
    if damage.is_empty() {
        return picture.note(true);
    }
    let is_whole = damage.pixels() >= u64::from(size.x) * u64::from(size.y);
    if is_whole {
        damage = Damage::whole(size);
    }
    let inks = inks.as_deref().filter(|inks| is_recolour && inks.is_plain);
    if let Some(inks) = inks
        && canvas.recolours.mix(damage.rects(), |fills, room| {
            mixed((fills, room), inks, damage.rects(), (&queue, &map.texture));
        })
    {
        canvas.map_news.add_all(&damage);
        return picture.note(true);
    }
    let had_depth = canvas.depth.is_some();
    let depth = canvas.depth.get_or_insert_with(|| depth_view(&device, size));
    let retained = &view.retained_view_entity;
    let (Some(opaque), Some(masked), Some(blended)) =
        (opaque.get(retained), masked.get(retained), blended.get(retained))
    else {
        return picture.note(false);
    };
    // Only what is opaque writes depths: where there is nothing of it, they are all as they were cleared.
    let is_flat = opaque.is_empty() && masked.is_empty();
    let depth_load = if is_whole || !had_depth || !is_flat { LoadOp::Clear(0.0) } else { LoadOp::Load };
    let color_load = if is_whole { LoadOp::Clear(background(camera.clear_color)) } else { LoadOp::Load };
    let passes = Passes { world, entity, view, size, tiles: &tiles, map, depth, opaque, masked, blended };
    let is_ready = cache.waiting_pipelines().next().is_none();
    let rects = damage.rects();
    let items = blended.items.len();
    let first = blended.items.values().position(|item| item.sort_key().0 >= above).unwrap_or(items);
    if is_whole || first == 0 || !is_flat || !had_depth {
        canvas.under.rects.clear();
        passes.draw(&mut ctx, rects, 0..items, (color_load, depth_load));
    } else {
        // What lies below is as it was: it is drawn once and put aside, then copied.
        canvas.under.begin(above);
        let fresh: Vec<URect> = rects.iter().copied().filter(|rect| !canvas.under.holds(*rect)).collect();
        if !fresh.is_empty() {
            passes.draw(&mut ctx, &fresh, 0..first, (LoadOp::Load, LoadOp::Load));
        }
        let aside = canvas.spare.get_or_insert_with(|| Sheet::new(&device, size, format, "the map aside"));
        for rect in rects {
            let (map, aside) = (&map.texture, &aside.texture);
            let (from, to) = if fresh.contains(rect) { (map, aside) } else { (aside, map) };
            ctx.command_encoder().copy_texture_to_texture(
                part(from, rect.min.x, rect.min.y),
                part(to, rect.min.x, rect.min.y),
                extent(rect.size()),
            );
        }
        canvas.under.rects.extend(fresh);
        passes.draw(&mut ctx, rects, first..items, (LoadOp::Load, LoadOp::Load));
    }
    let records = inks.and_then(|inks| Some((inks, buffers.get(inks.buffer)?)));
    if let Some((inks, records)) = records
        && is_ready
        && is_flat
        && format == TextureFormat::Rgba8Unorm
        && let seen = fills::sight(view, size, inks.height_u)
        && let all = rects.iter().fold(seen.pixels(inks.bounds), |all, rect| all.union(*rect))
        && let Some(coming) = canvas.recolours.count(damage.pixels(), Damage::whole(all.size()).pixels())
    {
        let sheet = Sheet::new(&device, size, format, "the map's sheets");
        let passes = Passes { map: &sheet, ..passes };
        let draw = |ctx: &mut RenderContext, layers: Layers| {
            let items = items_of(layers, blended);
            passes.draw(ctx, &[all], items, (LoadOp::Clear(wgpu::Color::TRANSPARENT), LoadOp::Clear(0.0)));
        };
        fills::read(&mut ctx, &device, (inks, &records.buffer), (&sheet, all, seen), draw, coming);
    }
    canvas.map_news.add_all(&damage);
    // With a pipeline still on its way the picture lacks something.
    picture.note(is_ready);
}

/// Which items belong to a sheet.
fn items_of(layers: Layers, blended: &SortedRenderPhase<Transparent2d>) -> Range<usize> {
    let items = blended.items.len();
    let first = |above: f32| blended.items.values().position(|item| item.sort_key().0 >= above).unwrap_or(items);
    let beyond = |z: f32| blended.items.values().position(|item| item.sort_key().0 > z).unwrap_or(items);
    match layers {
        Layers::Under => 0..first(order::AREAS),
        Layers::Fills => first(order::AREAS)..beyond(order::AREAS),
        Layers::Between => beyond(order::AREAS)..first(order::FINE_BORDERS),
        Layers::Above => beyond(order::FINE_BORDERS)..items,
    }
}

/// Puts these colours on the map.
fn mixed(
    (fills, pixels): (&Fills, &mut Vec<u8>),
    inks: &Inks,
    rects: &[URect],
    (queue, map): (&RenderQueue, &Texture),
) {
    let borders = inks.of_borders();
    for rect in rects {
        fills.mix(&inks.colours, &borders, *rect, pixels);
        let layout = TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(rect.width() * 4), rows_per_image: None };
        queue.write_texture(part(map, rect.min.x, rect.min.y), pixels, layout, extent(rect.size()));
    }
}

fn depth_view(device: &RenderDevice, size: UVec2) -> TextureView {
    let texture = device.create_texture(&TextureDescriptor {
        label: Some("the map's depth"),
        size: extent(size),
        mip_level_count: 1,
        sample_count: 1,
        dimension: TextureDimension::D2,
        format: CORE_2D_DEPTH_FORMAT,
        usage: TextureUsages::RENDER_ATTACHMENT,
        view_formats: &[],
    });
    texture.create_view(&Default::default())
}

/// What passes over the map have in common.
struct Passes<'a> {
    world: &'a World,
    entity: Entity,
    view: &'a ExtractedView,
    size: UVec2,
    tiles: &'a Tiles,
    map: &'a Sheet,
    depth: &'a TextureView,
    opaque: &'a BinnedRenderPhase<Opaque2d>,
    masked: &'a BinnedRenderPhase<AlphaMask2d>,
    blended: &'a SortedRenderPhase<Transparent2d>,
}

impl Passes<'_> {
    /// Draws inside of these rectangles what is opaque, and of what is blended these items.
    fn draw(
        &self,
        ctx: &mut RenderContext,
        rects: &[URect],
        items: Range<usize>,
        (color, depth): (LoadOp<wgpu::Color>, LoadOp<f32>),
    ) {
        let mut pass = ctx.begin_tracked_render_pass(RenderPassDescriptor {
            label: Some("the map"),
            color_attachments: &[Some(RenderPassColorAttachment {
                view: &self.map.view,
                depth_slice: None,
                resolve_target: None,
                ops: Operations { load: color, store: StoreOp::Store },
            })],
            depth_stencil_attachment: Some(RenderPassDepthStencilAttachment {
                view: self.depth,
                depth_ops: Some(Operations { load: depth, store: StoreOp::Store }),
                stencil_ops: None,
            }),
            timestamp_writes: None,
            occlusion_query_set: None,
            multiview_mask: None,
        });
        for rect in rects {
            pass.set_scissor_rect(rect.min.x, rect.min.y, rect.width(), rect.height());
            let drawn = [
                (!self.opaque.is_empty()).then(|| self.opaque.render(&mut pass, self.world, self.entity)),
                (!self.masked.is_empty()).then(|| self.masked.render(&mut pass, self.world, self.entity)),
            ];
            let shown = Shown::of(self.view, self.size, *rect);
            let is_seen = |item: &Transparent2d| match (&shown, self.tiles.0.get(&item.main_entity().id())) {
                (Some(shown), Some(covers)) => !shown.0.intersect(*covers).is_empty(),
                _ => true,
            };
            let all = self.blended.items.values().enumerate().take(items.end).skip(items.start);
            let blended = all.filter(|(_, item)| is_seen(item)).map(|(at, _)| {
                // One by one: tiles of one look are never drawn together.
                self.blended.render_range(&mut pass, self.world, self.entity, at..=at)
            });
            for error in drawn.into_iter().flatten().chain(blended).filter_map(Result::err) {
                error!("a part of the map is not drawn: {error:?}");
            }
        }
    }
}

/// What of the map's lower layers is aside, on the spare sheet.
#[derive(Default)]
pub(super) struct Under {
    above: f32,
    rects: Vec<URect>,
}

impl Under {
    /// More rectangles than this are not remembered.
    const MOST: usize = 16;

    /// Forgets what is aside if it ends at another layer, or is too much.
    fn begin(&mut self, above: f32) {
        if self.above != above || self.rects.len() > Self::MOST {
            self.rects.clear();
        }
        self.above = above;
    }

    fn holds(&self, rect: URect) -> bool {
        self.rects.iter().any(|aside| aside.union(rect) == *aside)
    }
}

/// The ground that is seen in some pixels, with room for the width of lines.
struct Shown(Rect);

impl Shown {
    /// `None` where the ground is not seen straight from above.
    fn of(view: &ExtractedView, size: UVec2, pixels: URect) -> Option<Self> {
        let clip_from_view = view.clip_from_view;
        let from_above = view.world_from_view.affine().matrix3.z_axis.z > 0.999_999;
        let scale = clip_from_view.x_axis.x.abs().min(clip_from_view.y_axis.y.abs());
        if !from_above || scale <= 0.0 {
            return None;
        }
        let world_from_clip = view.world_from_view.to_matrix() * clip_from_view.inverse();
        let at = |pixel: Vec2| {
            let clip = pixel / size.as_vec2() * Vec2::new(2.0, -2.0) + Vec2::new(-1.0, 1.0);
            world_from_clip.project_point3(clip.extend(0.5)).truncate()
        };
        let m_per_px = 2.0 / (scale * size.min_element() as f32);
        let rect = Rect::from_corners(at(pixels.min.as_vec2()), at(pixels.max.as_vec2()));
        // Lines and their ends are no wider than this on the screen.
        let reach = size.y as f32 / 1080.0 * REACH_U * m_per_px;
        Some(Self(rect.inflate(reach.max(0.0))))
    }
}

/// The colour behind everything, as the texture holds it.
fn background(clear: ClearColorConfig) -> wgpu::Color {
    let color = match clear {
        ClearColorConfig::Custom(color) => Srgba::from(color),
        _ => Srgba::BLACK,
    };
    wgpu::Color {
        r: f64::from(color.red),
        g: f64::from(color.green),
        b: f64::from(color.blue),
        a: f64::from(color.alpha),
    }
}
