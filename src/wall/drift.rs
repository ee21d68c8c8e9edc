//! How far the finished picture is moved by the drift against burn-in. Nothing is drawn anew for it. Partners:
//! `scene/drift.rs`, which knows where to; `canvas/give.rs`, which moves the picture just before it reaches the screen.

use bevy::prelude::*;
use bevy::render::RenderApp;
use bevy::render::extract_resource::{ExtractResource, ExtractResourcePlugin};

use crate::WallSystems;
use crate::city::{Now, SiteFacts};
use crate::map::MapFrame;
use crate::scene::drift::{drift_px, is_swapped};
use crate::scene::{Drift, Sides};

/// The drift in the render world.
#[derive(Resource, Clone, Copy, Default)]
pub(super) struct Shift(pub IVec2);

impl ExtractResource for Shift {
    type Source = Drift;
    fn extract_resource(source: &Drift) -> Self {
        Self(source.px)
    }
}

/// Moves the picture wherever there is a drift.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Drift>().init_resource::<Sides>().add_plugins(ExtractResourcePlugin::<Shift>::default());
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render.init_resource::<Shift>();
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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
