//! Hands a finished picture that has drifted to whoever shows it: the image of a wall without a window, or the texture
//! from which Bevy's last pass fills the window. Only what is new is copied, and all of it when the place is new or the
//! drift is. Partners: `scene/drift.rs`, which knows where to; `drift.rs`.

use bevy::math::IVec2;
use bevy::prelude::*;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::TextureId;
use bevy::render::renderer::{RenderContext, ViewQuery};
use bevy::render::texture::GpuImage;
use bevy::render::view::ViewTarget;
use bevy_egui::render::EguiCameraView;

use super::damage::overlap;
use super::{Canvas, extent, part};
use crate::wall::drift::Shift;
use crate::wall::headless::HeadlessTarget;

/// Where the picture went last, and how far it had drifted.
#[derive(Resource, Default)]
pub(super) struct Given(Option<(TextureId, IVec2)>);

/// Copies. The strip that comes free at an edge by a drift keeps what was there: the margin, which is empty.
pub(super) fn give(
    view: ViewQuery<&ViewTarget, With<EguiCameraView>>,
    (target, images): (Option<Res<HeadlessTarget>>, Res<RenderAssets<GpuImage>>),
    (canvas, by): (Res<Canvas>, Res<Shift>),
    mut given: ResMut<Given>,
    mut ctx: RenderContext,
) {
    let picture = view.into_inner();
    let canvas = canvas.sheets();
    let Some(whole) = canvas.whole.as_ref().filter(|_| canvas.shown.is_none()) else {
        given.0 = None;
        return;
    };
    let to = match target.as_deref() {
        Some(target) => match images.get(&target.0) {
            Some(image) => &image.texture,
            None => return,
        },
        None => picture.main_texture(),
    };
    if to.size() != whole.texture.size() {
        return;
    }
    let now = Some((to.id(), by.0));
    let encoder = ctx.command_encoder();
    if given.0 == now {
        for rect in canvas.fresh.rects() {
            // What drifts out of the picture is cut off at its edge.
            let (min, max) = (rect.min.as_ivec2() + by.0, rect.max.as_ivec2() + by.0);
            let (low, high) = (min.max(IVec2::ZERO), max.min(canvas.size.as_ivec2()));
            if low.cmpge(high).any() {
                continue;
            }
            let (from, at) = ((low - by.0).as_uvec2(), low.as_uvec2());
            encoder.copy_texture_to_texture(
                part(&whole.texture, from.x, from.y),
                part(to, at.x, at.y),
                extent((high - low).as_uvec2()),
            );
        }
        return;
    }
    if by.0 != IVec2::ZERO {
        // The margin.
        encoder.copy_texture_to_texture(whole.texture.as_image_copy(), to.as_image_copy(), whole.texture.size());
    }
    let (from_x, to_x, width) = overlap(canvas.size.x, by.0.x);
    let (from_y, to_y, height) = overlap(canvas.size.y, by.0.y);
    encoder.copy_texture_to_texture(
        part(&whole.texture, from_x, from_y),
        part(to, to_x, to_y),
        extent(UVec2::new(width, height)),
    );
    given.0 = now;
}
