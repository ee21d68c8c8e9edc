//! The view of the map as plain numbers: which ground point is in the middle, at which scale, how far tilted.
//!
//! World and screen are converted here and nowhere else, exactly, flat and tilted alike. Who moves the view is
//! `motion.rs`; how Bevy's camera gets it is `camera.rs`.

use bevy::camera::{OrthographicProjection, ScalingMode};
use bevy::math::{Quat, Rect, Vec2, Vec3};
use bevy::prelude::{Resource, Transform};

/// The pitch of a full tilt, degrees from looking straight down.
pub const TILT_PITCH_DEG: f32 = 40.0;
/// Heights the camera can hold above and below the ground, metres.
const DEPTH_M: f32 = 50_000.0;

/// The view: the single truth about what the map shows. North is always up.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct MapView {
    /// The ground point in the middle of the picture (not of its free area), world metres.
    pub center: Vec2,
    /// Scale: metres per u, where u is 1/1080 of the picture height.
    pub m_per_u: f32,
    /// 0 is flat, 1 is tilted by [`TILT_PITCH_DEG`].
    pub tilt: f32,
}

impl Default for MapView {
    fn default() -> Self {
        Self { center: Vec2::ZERO, m_per_u: 10.0, tilt: 0.0 }
    }
}

/// The picture and the part of it where the map is free. Set by the wall; screen is logical pixels, y down.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct MapFrame {
    /// The part not covered by columns and strips, logical pixels.
    pub free: Rect,
    /// The whole picture, logical pixels.
    pub size: Vec2,
    /// Logical pixels per u.
    pub u: f32,
    /// How high the legends at the bottom of the free part are, logical pixels: what is fitted stands above them where
    /// there is room.
    pub keys: f32,
}

impl MapFrame {
    /// A picture of this size with the whole of it free.
    pub fn open(size: Vec2) -> Self {
        Self { free: Rect::from_corners(Vec2::ZERO, size), size, u: (size.y / 1080.0).max(1e-3), keys: 0.0 }
    }
}

impl Default for MapFrame {
    fn default() -> Self {
        Self::open(Vec2::new(1920.0, 1080.0))
    }
}

impl MapView {
    /// The pitch in radians; 0 looks straight down.
    pub fn pitch(&self) -> f32 {
        (self.tilt.clamp(0.0, 1.0) * TILT_PITCH_DEG).to_radians()
    }

    /// Scale as the design's table has it: u per kilometre on the ground ("px/km ÷ u").
    pub fn u_per_km(&self) -> f32 {
        1000.0 / self.m_per_u
    }

    /// Where a world point (z up, metres) is on the screen, logical pixels.
    pub fn screen_from_world(&self, world: Vec3, frame: &MapFrame) -> Vec2 {
        frame.size * 0.5 + self.offset_from_world(world) * frame.u
    }

    /// Where a world point is on the screen, in u from the top left corner.
    pub fn u_from_world(&self, world: Vec3, frame: &MapFrame) -> Vec2 {
        frame.size * 0.5 / frame.u + self.offset_from_world(world)
    }

    /// The ground point (z = 0) under a screen position.
    pub fn world_from_screen(&self, screen: Vec2, frame: &MapFrame) -> Vec2 {
        self.center + self.ground_offset(screen, frame)
    }

    /// The same view, moved so that `world` on the ground is at `screen`.
    pub fn with_ground_at(mut self, world: Vec2, screen: Vec2, frame: &MapFrame) -> Self {
        self.center = world - self.ground_offset(screen, frame);
        self
    }

    /// The same view at another scale, with the ground under `screen` staying there.
    pub fn zoomed_about(self, screen: Vec2, m_per_u: f32, frame: &MapFrame) -> Self {
        let ground = self.world_from_screen(screen, frame);
        Self { m_per_u, ..self }.with_ground_at(ground, screen, frame)
    }

    /// The same view with another tilt, with the ground in the middle of the free area staying there.
    pub fn tilted(self, tilt: f32, frame: &MapFrame) -> Self {
        let middle = frame.free.center();
        let ground = self.world_from_screen(middle, frame);
        Self { tilt, ..self }.with_ground_at(ground, middle, frame)
    }

    /// The view that shows `bounds` as large as the free area allows, `margin` (≥ 1) times smaller: above the legends
    /// where that costs no scale, else as far up as it goes. What stands `height_m` above the ground has room, too. Degenerate bounds or frames give a usable view all the same.
    pub fn fitting(bounds: Rect, tilt: f32, height_m: f32, margin: f32, frame: &MapFrame) -> Self {
        let mut view = Self { center: bounds.center(), m_per_u: 1.0, tilt };
        let (sin, cos) = view.pitch().sin_cos();
        let free_u = (frame.free.size() / frame.u.max(1e-3)).max(Vec2::splat(1.0));
        let raised_m = height_m.max(0.0) * sin;
        let need_m = Vec2::new(bounds.width(), bounds.height() * cos + raised_m);
        view.m_per_u = (need_m / free_u).max_element().max(1e-3) * margin;
        // Half of what is raised goes below the middle, so that bounds and heights together are centred.
        let slack = (frame.free.height() - need_m.y * margin / view.m_per_u * frame.u).max(0.0);
        let up = frame.keys.clamp(0.0, slack) * 0.5;
        let middle = frame.free.center() + Vec2::new(0.0, raised_m * 0.5 / view.m_per_u * frame.u - up);
        view.with_ground_at(bounds.center(), middle, frame)
    }

    /// The camera's pose. The camera stands *on* the ground point of the middle and sees as far behind as in front,
    /// which keeps its numbers small and exact; its picture is parallel, so that heights compare.
    pub fn pose(&self, frame: &MapFrame) -> (Transform, OrthographicProjection) {
        let height_m = frame.size.y / frame.u * self.m_per_u;
        let far = DEPTH_M + height_m;
        let transform =
            Transform::from_translation(self.center.extend(0.0)).with_rotation(Quat::from_rotation_x(self.pitch()));
        let projection = OrthographicProjection {
            near: -far,
            far,
            scaling_mode: ScalingMode::FixedVertical { viewport_height: height_m },
            ..OrthographicProjection::default_2d()
        };
        (transform, projection)
    }

    /// u right and down of the middle of the picture.
    fn offset_from_world(&self, world: Vec3) -> Vec2 {
        let (sin, cos) = self.pitch().sin_cos();
        let east = world.x - self.center.x;
        let up = (world.y - self.center.y) * cos + world.z * sin;
        Vec2::new(east, -up) / self.m_per_u
    }

    /// Metres on the ground from the middle of the picture to a screen position.
    fn ground_offset(&self, screen: Vec2, frame: &MapFrame) -> Vec2 {
        let offset_m = (screen - frame.size * 0.5) / frame.u * self.m_per_u;
        Vec2::new(offset_m.x, -offset_m.y / self.pitch().cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::camera::CameraProjection;

    fn frame() -> MapFrame {
        MapFrame {
            free: Rect::from_corners(Vec2::new(440.0, 124.0), Vec2::new(1480.0, 924.0)),
            size: Vec2::new(1920.0, 1080.0),
            u: 1.0,
            keys: 0.0,
        }
    }

    fn views() -> [MapView; 3] {
        [0.0, 0.4, 1.0].map(|tilt| MapView { center: Vec2::new(1234.5, -987.0), m_per_u: 7.3, tilt })
    }

    #[test]
    fn ground_points_come_back() {
        for view in views() {
            for screen in [Vec2::ZERO, Vec2::new(960.0, 540.0), Vec2::new(1900.0, 77.0)] {
                let world = view.world_from_screen(screen, &frame());
                let back = view.screen_from_world(world.extend(0.0), &frame());
                assert!(back.distance(screen) < 0.01, "{view:?} {screen} {back}");
            }
        }
    }

    #[test]
    fn the_camera_draws_where_the_formula_says() {
        for view in views() {
            let (transform, mut projection) = view.pose(&frame());
            projection.update(1920.0, 1080.0);
            let clip_from_world = projection.get_clip_from_view() * transform.to_matrix().inverse();
            for world in [Vec3::new(1500.0, -400.0, 0.0), Vec3::new(-900.0, -2500.0, 640.0)] {
                let ndc = clip_from_world.project_point3(world);
                let drawn = Vec2::new((ndc.x + 1.0) * 960.0, (1.0 - ndc.y) * 540.0);
                let said = view.screen_from_world(world, &frame());
                assert!(drawn.distance(said) < 0.05, "{view:?} {world}: {drawn} or {said}");
                assert!((0.0..=1.0).contains(&ndc.z));
            }
        }
    }

    #[test]
    fn what_is_higher_is_nearer_to_a_tilted_camera() {
        let view = MapView { tilt: 1.0, ..MapView::default() };
        let (transform, projection) = view.pose(&frame());
        let clip_from_world = projection.get_clip_from_view() * transform.to_matrix().inverse();
        let depth = |z| clip_from_world.project_point3(Vec3::new(0.0, 0.0, z)).z;
        // Reverse z: nearer is larger.
        assert!(depth(100.0) > depth(0.0));
    }

    #[test]
    fn fit_fills_the_free_area_and_stays_in_it() {
        let bounds = Rect::from_corners(Vec2::new(-4000.0, 1000.0), Vec2::new(2000.0, 9000.0));
        for (tilt, height_m) in [(0.0, 0.0), (1.0, 0.0), (1.0, 900.0)] {
            let view = MapView::fitting(bounds, tilt, height_m, 1.0, &frame());
            let south = view.screen_from_world(Vec3::new(bounds.min.x, bounds.min.y, 0.0), &frame());
            let north = view.screen_from_world(Vec3::new(bounds.max.x, bounds.max.y, height_m), &frame());
            let shown = Rect::from_corners(south, north);
            let free = frame().free;
            assert!(free.inflate(0.1).contains(shown.min) && free.inflate(0.1).contains(shown.max), "{shown:?}");
            let slack = (free.size() - shown.size()).min_element();
            assert!(slack.abs() < 0.1, "one side must fill: {shown:?}");
            assert!(shown.center().distance(free.center()) < 0.1);
        }
    }

    #[test]
    fn a_fit_stands_above_the_legends_where_there_is_room() {
        let frame = MapFrame { keys: 180.0, ..frame() };
        let free = frame.free;
        for (height, above) in [(4000.0, 180.0), (7000.0, 100.0), (8000.0, 0.0), (16000.0, 0.0)] {
            let bounds = Rect::from_corners(Vec2::ZERO, Vec2::new(10_400.0, height));
            let view = MapView::fitting(bounds, 0.0, 0.0, 1.0, &frame);
            let plain = MapView::fitting(bounds, 0.0, 0.0, 1.0, &MapFrame { keys: 0.0, ..frame });
            assert_eq!(view.m_per_u, plain.m_per_u, "it costs no scale");
            let south = view.screen_from_world(bounds.min.extend(0.0), &frame).y;
            let north = view.screen_from_world(bounds.max.extend(0.0), &frame).y;
            assert!(free.max.y - south >= above - 0.1 && north >= free.min.y - 0.1, "{height}: {north}–{south}");
        }
    }

    #[test]
    fn a_fit_of_nothing_is_still_a_view() {
        let point = Rect::from_center_size(Vec2::new(5.0, 5.0), Vec2::ZERO);
        let view = MapView::fitting(point, 0.0, 0.0, 1.1, &frame());
        assert!(view.m_per_u > 0.0 && view.center.is_finite());
        let no_room = MapFrame { free: Rect::from_corners(Vec2::ZERO, Vec2::ZERO), ..frame() };
        assert!(MapView::fitting(point, 0.0, 0.0, 1.1, &no_room).m_per_u.is_finite());
    }

    #[test]
    fn zoom_keeps_the_ground_under_the_cursor() {
        for view in views() {
            let cursor = Vec2::new(300.0, 800.0);
            let zoomed = view.zoomed_about(cursor, 2.0, &frame());
            let before = view.world_from_screen(cursor, &frame());
            assert!(zoomed.world_from_screen(cursor, &frame()).distance(before) < 0.01);
        }
    }
}
