//! Pictures of the layers without a window: what is drawn is checked by its pixels. With `GRIDWALL_PICTURES` set to a
//! folder, the pictures are left there to be looked at. Needs a Vulkan adapter; a software one will do.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bevy::app::SubApps;
use bevy::camera::{CompositingSpace, RenderTarget};
use bevy::image::Image;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::render_resource::{Extent3d, PollType, TextureDimension, TextureFormat, TextureUsages};
use bevy::render::renderer::RenderDevice;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use image::RgbaImage;

use super::LayersPending;
use super::shapes::tests::chessboard;
use crate::city::{AreaTally, Areas, Places, Tallies, Tickets};
use crate::domain::{Area, AreaCode, AreaTable, Level, Place, PlaceKind};
use crate::map::{MapFrame, MapProjection, MapView, Projection};
use crate::palette::{DARK, Rgb};
use crate::selection::{Selection, Target};

/// An app that draws the layers into an image.
pub struct Easel {
    apps: SubApps,
    target: Handle<Image>,
    size: UVec2,
}

impl Easel {
    pub fn new(size: UVec2) -> Self {
        let mut app = App::new();
        let render = RenderPlugin { synchronous_pipeline_compilation: true, ..default() };
        let window = WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() };
        let plugins = DefaultPlugins.set(window).set(render).disable::<WinitPlugin>();
        app.add_plugins(plugins.disable::<bevy::log::LogPlugin>());
        app.init_resource::<Areas>()
            .init_resource::<Places>()
            .init_resource::<Tickets>()
            .init_resource::<Tallies>()
            .init_resource::<Selection>()
            .init_resource::<MapView>()
            .init_resource::<MapProjection>()
            .insert_resource(MapFrame::open(size.as_vec2()));
        super::plugin(&mut app);
        app.add_systems(PostUpdate, crate::map::camera::aim);
        let extent = Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 };
        let mut image = Image::new_uninit(
            extent,
            TextureDimension::D2,
            TextureFormat::Rgba8UnormSrgb,
            bevy::asset::RenderAssetUsages::RENDER_WORLD,
        );
        image.texture_descriptor.usage |= TextureUsages::RENDER_ATTACHMENT;
        let target = app.world_mut().resource_mut::<Assets<Image>>().add(image);
        let camera = crate::map::map_camera(&MapView::default(), &MapFrame::open(size.as_vec2()));
        app.world_mut().spawn((camera, RenderTarget::from(target.clone()), CompositingSpace::Srgb));
        app.finish();
        app.cleanup();
        Self { apps: std::mem::take(app.sub_apps_mut()), target, size }
    }

    pub fn world(&mut self) -> &mut World {
        self.apps.main.world_mut()
    }

    pub fn update(&mut self) {
        self.apps.update();
        let device = self.apps.main.world().resource::<RenderDevice>();
        let _ = device.wgpu_device().poll(PollType::Wait { submission_index: None, timeout: None });
    }

    /// Shows a district; `open` gives the count of each area.
    pub fn show(&mut self, areas: Vec<Area>, places: Vec<Place>, open: impl Fn(&AreaTable, &Area) -> u32) -> Rect {
        let (table, _) = AreaTable::build(areas);
        let points = || table.iter().flat_map(|(_, area)| &area.boundary).flat_map(|p| p.exterior().coords().copied());
        let (mut min, mut max) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
        for point in points() {
            min = (min.0.min(point.x), min.1.min(point.y));
            max = (max.0.max(point.x), max.1.max(point.y));
        }
        let projection = Projection::around((min.0 + max.0) / 2.0, (min.1 + max.1) / 2.0);
        let bounds =
            Rect::from_corners(projection.world_from_lonlat(min.0, min.1), projection.world_from_lonlat(max.0, max.1));
        let tallies = table.iter().map(|(_, area)| AreaTally { open: open(&table, area), ..default() }).collect();
        let world = self.world();
        world.resource_mut::<Tallies>().areas = tallies;
        world.resource_mut::<Tickets>().is_complete = true;
        world.resource_mut::<Areas>().table = Arc::new(table);
        world.resource_mut::<Places>().0 = Arc::new(places);
        world.resource_mut::<MapProjection>().0 = Some(projection);
        bounds
    }

    /// Everything that has arrived, drawn. Updates until nothing is pending.
    pub fn picture(&mut self, name: &str) -> RgbaImage {
        let begun = Instant::now();
        self.update();
        while self.world().resource::<LayersPending>().0 {
            assert!(begun.elapsed() < Duration::from_secs(120), "the layers are never ready");
            std::thread::sleep(Duration::from_millis(5));
            self.update();
        }
        for _ in 0..3 {
            self.update();
        }
        let taken: Arc<Mutex<Option<Image>>> = Arc::default();
        let slot = taken.clone();
        let target = self.target.clone();
        self.world().spawn(Screenshot::image(target)).observe(move |shot: On<ScreenshotCaptured>| {
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(shot.image.clone());
            }
        });
        let image = loop {
            assert!(begun.elapsed() < Duration::from_secs(180), "no picture came back");
            self.update();
            if let Some(image) = taken.lock().ok().and_then(|mut taken| taken.take()) {
                break image;
            }
        };
        let picture = RgbaImage::from_raw(self.size.x, self.size.y, image.data.unwrap_or_default()).expect("a picture");
        if let Some(folder) = std::env::var_os("GRIDWALL_PICTURES") {
            picture.save(std::path::Path::new(&folder).join(name)).expect("a folder for pictures");
        }
        picture
    }

    fn pixel_at(&mut self, picture: &RgbaImage, world: Vec2) -> [u8; 3] {
        let (view, frame) = (*self.world().resource::<MapView>(), *self.world().resource::<MapFrame>());
        let screen = view.screen_from_world(world.extend(0.0), &frame);
        let pixel = picture.get_pixel(screen.x as u32, screen.y as u32).0;
        [pixel[0], pixel[1], pixel[2]]
    }
}

fn is_near(pixel: [u8; 3], colour: Rgb) -> bool {
    pixel.iter().zip(colour.bytes()).all(|(a, b)| a.abs_diff(b) <= 6)
}

#[test]
fn the_layers_draw_what_the_resources_say() {
    let mut easel = Easel::new(UVec2::new(960, 540));
    let community = |code: &str| if code == "c1-1" { 30 } else { 0 };
    let bounds = easel.show(chessboard(8), sea_around(), |_, area| community(area.code.as_str()));
    let frame = *easel.world().resource::<MapFrame>();
    *easel.world().resource_mut::<MapView>() = MapView::fitting(bounds, 0.0, 0.0, 1.3, &frame);
    let picture = easel.picture("chessboard.png");
    // Middles of grids: community c1-1 is grids 2–3, its count is in the top class but one.
    let grid = |x: f32, y: f32| bounds.min + bounds.size() / 8.0 * Vec2::new(x + 0.5, y + 0.5);
    let plain = easel.pixel_at(&picture, grid(5.0, 5.0));
    assert!(is_near(plain, DARK.map_land), "zero is plain land, not {plain:?}");
    let coloured = easel.pixel_at(&picture, grid(2.0, 2.0));
    assert!(coloured[1] > plain[1] + 60, "a count has a colour, not {coloured:?}");
    let sea = easel.pixel_at(&picture, bounds.min - Vec2::new(2200.0, 0.0));
    assert!(sea[2] > sea[0] && sea[0] < plain[0], "outside is sea, not {sea:?}");
    // The border between streets.
    let border = easel.pixel_at(&picture, bounds.center() + Vec2::new(0.0, 300.0));
    assert!(border[0] > plain[0] + 40, "streets have a border, not {border:?}");

    // A selected community: the rest is veiled, its outline is celadon.
    easel.world().resource_mut::<Selection>().target = Target::Area(AreaCode::new("c0-0"));
    let selected = easel.picture("chessboard-selected.png");
    let veiled = easel.pixel_at(&selected, grid(5.0, 5.0));
    assert!(veiled[0] < plain[0], "outside is veiled, not {veiled:?}");
    assert!(is_near(easel.pixel_at(&selected, grid(0.0, 0.0)), DARK.map_land));
    let outline = easel.pixel_at(&selected, bounds.min + bounds.size() / 4.0 * Vec2::new(0.5, 1.0));
    assert!(outline[1] > outline[0] + 40 && outline[1] > 120, "the outline is celadon, not {outline:?}");

    // Tilted: the prism of c1-1 stands over the ground north of it.
    easel.world().resource_mut::<Selection>().target = Target::District;
    let view = MapView::fitting(bounds, 1.0, 0.0, 1.5, &frame);
    *easel.world().resource_mut::<MapView>() = view;
    let tilted = easel.picture("chessboard-tilted.png");
    let behind = easel.pixel_at(&tilted, grid(2.5, 4.2));
    assert!(behind[1] > plain[1] + 30, "a prism hides what is behind it: {behind:?}");
}

/// A base map that is all sea around the district.
fn sea_around() -> Vec<Place> {
    vec![Place {
        kind: PlaceKind::SeaName,
        name: None,
        name_en: None,
        width_m: None,
        shape: geo::Geometry::Point(geo::Point::new(109.0, 20.9)),
    }]
}

/// A real list of areas, where the data are at hand: Taipei's villages, coloured by their number.
#[test]
fn real_boundaries_draw() {
    let data = std::env::var_os("GRIDWALL_DATA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        std::path::PathBuf::from,
    );
    let Ok(text) = std::fs::read_to_string(data.join("polygons/taipei_villages.geojson")) else { return };
    let collection: geojson::FeatureCollection = text.parse().expect("GeoJSON");
    let areas: Vec<Area> = collection
        .features
        .into_iter()
        .enumerate()
        .filter_map(|(index, feature)| {
            let shape: geo::Geometry<f64> = feature.geometry?.try_into().ok()?;
            let boundary = match shape {
                geo::Geometry::Polygon(polygon) => geo::MultiPolygon(vec![polygon]),
                geo::Geometry::MultiPolygon(polygons) => polygons,
                _ => return None,
            };
            Some(Area {
                code: AreaCode::new(format!("v{index}")),
                level: Level::Grid,
                kind: None,
                name: format!("v{index}"),
                name_en: None,
                parent: None,
                households: None,
                population: None,
                boundary,
            })
        })
        .collect();
    assert_eq!(areas.len(), 456);
    let mut easel = Easel::new(UVec2::new(1920, 1080));
    let bounds = easel.show(areas, vec![], |_, area| area.code.as_str()[1..].parse::<u32>().unwrap_or(0) % 9);
    let frame = *easel.world().resource::<MapFrame>();
    *easel.world().resource_mut::<MapView>() = MapView::fitting(bounds, 0.0, 0.0, 1.1, &frame);
    let picture = easel.picture("taipei.png");
    let land = picture.pixels().filter(|pixel| pixel.0[1] > 0x40).count();
    assert!(land > 200_000, "most of the villages have a colour: {land}");
}
