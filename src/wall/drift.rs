//! Moves the finished picture by the drift against burn-in: one copy aside and one back on the texture that map and panels
//! share, just before it reaches the screen. Nothing is drawn anew for it and the kept map stays as it is. The strip that
//! comes free at an edge keeps what was there: the margin, which is empty. Partner: `scene/drift.rs`, which knows where to.

use bevy::core_pipeline::upscaling::upscaling;
use bevy::core_pipeline::{Core2d, Core2dSystems};
use bevy::prelude::*;
use bevy::render::extract_resource::{ExtractResource, ExtractResourcePlugin};
use bevy::render::render_resource::{Extent3d, Origin3d, TexelCopyTextureInfo, Texture, TextureAspect};
use bevy::render::renderer::{RenderContext, RenderDevice, ViewQuery};
use bevy::render::view::ViewTarget;
use bevy::render::{GpuResourceAppExt, RenderApp};
use bevy_egui::render::{EguiCameraView, egui_pass};

use super::still::room;
use crate::WallSystems;
use crate::city::{Now, SiteFacts};
use crate::map::MapFrame;
use crate::scene::drift::{drift_px, is_swapped};
use crate::scene::{Drift, Sides};

/// The drift in the render world.
#[derive(Resource, Clone, Copy, Default)]
struct Shift(IVec2);

impl ExtractResource for Shift {
    type Source = Drift;
    fn extract_resource(source: &Drift) -> Self {
        Self(source.px)
    }
}

/// Where the picture lies meanwhile, on the GPU.
#[derive(Resource, Default)]
struct Aside(Option<Texture>);

/// Moves the picture wherever there is a drift.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Drift>().init_resource::<Sides>().add_plugins(ExtractResourcePlugin::<Shift>::default());
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render
        .init_resource::<Shift>()
        .init_gpu_resource::<Aside>()
        .add_systems(Core2d, shift.after(egui_pass).after(Core2dSystems::PostProcess).before(upscaling));
}

/// Lets the picture drift with time, for a wall in a window.
pub(super) fn by_time(app: &mut App) {
    app.add_systems(Update, drift.before(WallSystems::Receive));
}

fn drift(
    time: Res<Time<Real>>,
    (now, site, frame): (Res<Now>, Res<SiteFacts>, Res<MapFrame>),
    windows: Query<&Window>,
    (mut drift, mut sides): (ResMut<Drift>, ResMut<Sides>),
) {
    let scale = windows.iter().next().map_or(1.0, Window::scale_factor);
    let zone = site.0.as_ref().map_or(jiff::tz::TimeZone::UTC, |site| site.zone.clone());
    let hour = now.at.to_zoned(zone).hour();
    drift.set_if_neq(Drift { px: drift_px(time.elapsed(), frame.u * scale) });
    sides.set_if_neq(Sides { is_swapped: now.is_platform_time && is_swapped(hour) });
}

/// What is left of a side of `length` pixels after a move by `by`: where it comes from, where it goes to, how much.
fn overlap(length: u32, by: i32) -> (u32, u32, u32) {
    let gone = by.unsigned_abs().min(length);
    if by >= 0 { (0, gone, length - gone) } else { (gone, 0, length - gone) }
}

fn shift(
    view: ViewQuery<&ViewTarget, With<EguiCameraView>>,
    by: Res<Shift>,
    device: Res<RenderDevice>,
    mut aside: ResMut<Aside>,
    mut ctx: RenderContext,
) {
    if by.0 == IVec2::ZERO {
        return;
    }
    let picture = view.into_inner().main_texture();
    let size = picture.size();
    let aside_room = match aside.0.take() {
        Some(texture) if texture.size() == size && texture.format() == picture.format() => texture,
        _ => room(&device, size, picture.format(), "the picture while it is moved"),
    };
    let (from_x, to_x, width) = overlap(size.width, by.0.x);
    let (from_y, to_y, height) = overlap(size.height, by.0.y);
    let at = |texture, x, y| TexelCopyTextureInfo {
        texture,
        mip_level: 0,
        origin: Origin3d { x, y, z: 0 },
        aspect: TextureAspect::All,
    };
    let encoder = ctx.command_encoder();
    encoder.copy_texture_to_texture(picture.as_image_copy(), aside_room.as_image_copy(), size);
    let part = Extent3d { width, height, depth_or_array_layers: 1 };
    encoder.copy_texture_to_texture(at(&aside_room, from_x, from_y), at(picture, to_x, to_y), part);
    aside.0 = Some(aside_room);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_moved_stays_inside_the_picture() {
        assert_eq!([overlap(100, 0), overlap(100, 8), overlap(100, -8)], [(0, 0, 100), (0, 8, 92), (8, 0, 92)]);
        assert_eq!(overlap(5, 8), (0, 5, 0));
    }

    #[test]
    #[ignore = "draws the whole wall, which takes a graphics adapter and half a minute"]
    fn the_finished_picture_moves_as_a_whole() {
        use crate::config::{Config, ConfigFile, Overrides};
        use crate::wall::snapshot::{Shot, take};
        let at = "2026-11-21T14:32:05+08:00".parse().ok();
        let over = Overrides { at, ..Overrides::default() };
        let config = Config::resolve(ConfigFile::default(), std::path::Path::new("x"), "", over).expect("defaults");
        let supply = crate::launch::supply(&config, crate::launch::Waker::default()).expect("a platform");
        let mut wall = crate::wall::headless_wall(&config, supply.link, 960, 540);
        let before = take(&mut wall, &Shot::default(), Duration::from_secs(300)).expect("a picture");
        wall.world().insert_resource(Drift { px: IVec2::new(7, -3) });
        for _ in 0..3 {
            wall.update().expect("drawn");
        }
        let after = wall.capture().expect("a picture");
        let differ = (0..960 - 7).flat_map(|x| (3..540).map(move |y| (x, y)));
        let differ = differ.filter(|(x, y)| before.get_pixel(*x, *y) != after.get_pixel(x + 7, y - 3)).count();
        assert!(differ < 500, "{differ} pixels are not where they should be");
        assert_ne!(before, after);
    }

    #[test]
    fn a_quiet_wall_moves_at_most_once_a_second() {
        let mut app = App::new();
        app.init_resource::<Time<Real>>()
            .init_resource::<Now>()
            .init_resource::<SiteFacts>()
            .init_resource::<Drift>()
            .init_resource::<Sides>()
            .insert_resource(MapFrame { u: 2.0, ..MapFrame::default() });
        by_time(&mut app);
        let start = std::time::Instant::now();
        app.world_mut().resource_mut::<Time<Real>>().update_with_instant(start);
        let mut moves = 0;
        let mut last = IVec2::ZERO;
        for tenth in 1..=1_200 {
            let at = start + Duration::from_millis(100 * tenth);
            app.world_mut().resource_mut::<Time<Real>>().update_with_instant(at);
            app.update();
            let px = app.world().resource::<Drift>().px;
            moves += u32::from(px != last);
            last = px;
        }
        assert!((20..=120).contains(&moves), "{moves} moves in two minutes");
    }
}
