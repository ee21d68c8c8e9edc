//! What the GPU draws: base map, areas, borders, selection, tickets, the heat map, care, the flow of tickets. One file or
//! folder per layer; each watches the resources it draws and rebuilds when they changed.
//!
//! The map blends in sRGB, as the design's mock-ups do, or its faint lines would come out too light: its camera carries
//! `CompositingSpace::Srgb`, and the shaders write sRGB values. On a camera without it they write linear light: the same
//! colours, other blends. All layers lie on the ground plane and are ordered by [`order`]; only raised areas use depth.

use bevy::asset::uuid_handle;
use bevy::prelude::*;
use bevy::render::render_resource::RenderPipelineDescriptor;
use bevy::shader::Shader;
use bevy::sprite_render::Material2dPlugin;

pub mod areas;
pub mod basemap;
mod blended;
pub mod borders;
pub mod care;
pub mod edging;
pub mod flat;
pub mod flow;
pub mod focus;
pub mod frame;
pub mod ground;
pub mod heat;
pub mod inks;
pub mod lines;
pub mod mesh;
pub mod shapes;
pub mod still;
pub mod tickets;
pub mod tiles;

#[cfg(test)]
mod picture;

use blended::blended_material;

pub use areas::classes::AreaLegend;
pub use areas::records::AreaRecords;
pub use areas::swatches::{area_swatches, care_swatches};
pub use care::CareSymbols;
pub use shapes::{AreaShapes, LayersPending};

const MAP_SHADER: Handle<Shader> = uuid_handle!("3b7f0a52-60c8-4c4e-9f5d-0f6c2f2a9a01");
const AREAS_SHADER: Handle<Shader> = uuid_handle!("3b7f0a52-60c8-4c4e-9f5d-0f6c2f2a9a02");
const BASEMAP_SHADER: Handle<Shader> = uuid_handle!("3b7f0a52-60c8-4c4e-9f5d-0f6c2f2a9a03");
const LINES_SHADER: Handle<Shader> = uuid_handle!("3b7f0a52-60c8-4c4e-9f5d-0f6c2f2a9a04");
const FLAT_SHADER: Handle<Shader> = uuid_handle!("3b7f0a52-60c8-4c4e-9f5d-0f6c2f2a9a05");
const CARE_SHADER: Handle<Shader> = uuid_handle!("3b7f0a52-60c8-4c4e-9f5d-0f6c2f2a9a0c");
const TICKETS_SHADER: Handle<Shader> = uuid_handle!("3b7f0a52-60c8-4c4e-9f5d-0f6c2f2a9a06");
const FLOW_SHADER: Handle<Shader> = uuid_handle!("3b7f0a52-60c8-4c4e-9f5d-0f6c2f2a9a07");
const HEAT_SHADER: Handle<Shader> = uuid_handle!("3b7f0a52-60c8-4c4e-9f5d-0f6c2f2a9a10");
const HEAT_SCREEN_SHADER: Handle<Shader> = uuid_handle!("3b7f0a52-60c8-4c4e-9f5d-0f6c2f2a9a11");

/// What draws on top of what: the z by which Bevy sorts. Heights on the map have nothing to do with it.
pub mod order {
    /// The sea.
    pub const BASE: f32 = 0.0;
    /// Neighbouring land over it.
    pub const LAND_OUT: f32 = 0.1;
    /// Shores and isobaths.
    pub const SHORE: f32 = 0.3;
    /// The shadow under the district.
    pub const SHADOW: f32 = 0.6;
    /// The district's land.
    pub const LAND: f32 = 1.0;
    /// The colours of its counts.
    pub const AREAS: f32 = 1.2;
    /// Under rivers and roads.
    pub const PLACE_CASING: f32 = 2.0;
    /// Lakes.
    pub const LAKES: f32 = 3.0;
    /// Rivers, roads, piers, ferries.
    pub const PLACE_LINES: f32 = 4.0;
    /// Where events are dense.
    pub const HEAT: f32 = 4.5;
    /// Borders of grids and communities.
    pub const FINE_BORDERS: f32 = 5.0;
    /// Under borders of streets and the district.
    pub const BORDER_CASING: f32 = 5.5;
    /// Borders of streets and the district.
    pub const COARSE_BORDERS: f32 = 6.0;
    /// Over everything outside the selection.
    pub const VEIL: f32 = 7.0;
    /// Outline under the cursor.
    pub const HOVER: f32 = 8.0;
    /// Soft outline of the selection.
    pub const FOCUS_CASING: f32 = 9.0;
    /// Outline of the selection.
    pub const FOCUS: f32 = 10.0;
    /// Ribbons and streams of tickets between hubs and the centre.
    pub const FLOW_BANDS: f32 = 10.3;
    /// Arcs and rings of tickets in motion.
    pub const FLOW: f32 = 10.6;
    /// Symbols of care counts.
    pub const CARE: f32 = 10.5;
    /// Marks of tickets.
    pub const TICKETS: f32 = 11.0;
}

/// All systems of the layers, in `Update`; to run after the city, the map and the selection have settled.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LayerSystems;

/// Shadow, relief and parks as a texture; see `ground.rs`.
#[derive(Resource)]
pub struct GroundImage {
    handle: Handle<Image>,
    ground: Option<ground::Ground>,
    has_parks: bool,
}

impl FromWorld for GroundImage {
    fn from_world(world: &mut World) -> Self {
        Self { handle: world.resource_mut::<Assets<Image>>().add(Image::default()), ground: None, has_parks: false }
    }
}

/// Adds the layers to an app that renders.
pub fn plugin(app: &mut App) {
    embed_shaders(app);
    app.add_plugins((
        Material2dPlugin::<areas::AreaMaterial>::default(),
        Material2dPlugin::<basemap::ShadowMaterial>::default(),
        Material2dPlugin::<lines::LineMaterial>::default(),
        Material2dPlugin::<flat::FlatMaterial>::default(),
        Material2dPlugin::<tickets::MarkMaterial>::default(),
        Material2dPlugin::<flow::material::FlowMaterial>::default(),
        Material2dPlugin::<care::CareMaterial>::default(),
    ))
    .init_resource::<crate::palette::Theme>()
    .init_resource::<crate::scene::LayerSwitches>()
    .init_resource::<crate::scene::Scenes>()
    .init_resource::<crate::city::Indicators>()
    .init_resource::<crate::map::Hover>()
    .init_resource::<crate::city::Wake>()
    .init_resource::<crate::map::Extrusion>()
    .init_resource::<crate::city::freshness::FeedFreshness>()
    .init_resource::<frame::LayerFrame>()
    .init_resource::<areas::records::AreaRecords>()
    .init_resource::<areas::records::Locked>()
    .init_resource::<areas::AreaHandles>()
    .init_resource::<AreaLegend>()
    .init_resource::<basemap::BaseMap>()
    .init_resource::<lines::LineMaterials>()
    .init_resource::<flat::FlatHandles>()
    .init_resource::<tickets::MarkHandle>()
    .init_resource::<crate::scene::LayerSwitches>()
    .init_resource::<crate::city::Flow>()
    .init_resource::<crate::city::SiteFacts>()
    .init_resource::<crate::city::Now>()
    .init_resource::<crate::map::Hubs>()
    .init_resource::<flow::Pulses>()
    .init_resource::<flow::FlowMotion>()
    .init_resource::<crate::city::Care>()
    .init_resource::<crate::city::CareFilter>()
    .init_resource::<care::CareHandle>()
    .init_resource::<CareSymbols>()
    .init_resource::<GroundImage>()
    .init_resource::<focus::Focus>()
    .init_resource::<shapes::AreaShapes>()
    .init_resource::<shapes::Making>()
    .init_resource::<shapes::Fresh>()
    .init_resource::<LayersPending>()
    .add_systems(Startup, (flow::keep_time, flow::spawn))
    .add_systems(
        Update,
        (
            (shapes::start, shapes::collect).chain(),
            // Takes what is fresh, each its part; the shapes themselves last.
            (take_ground, areas::rebuild, basemap::rebuild, borders::rebuild, take_shapes).chain(),
            focus::settle,
            (frame::follow, areas::records::recolour).chain(),
            (focus::rebuild, focus::rebuild_hover, tickets::rebuild, care::rebuild, flow::gather),
            (
                areas::follow,
                basemap::follow,
                lines::follow,
                tickets::follow,
                care::follow,
                (heat::follow, heat::follow_screen).chain(),
                flow::show,
                shapes::report,
            ),
        )
            .chain()
            .in_set(LayerSystems),
    );
    heat::plugin(app);
    still::plugin(app);
    tiles::plugin(app);
    inks::plugin(app);
}

/// The shaders are part of the program, so that an installed binary needs no files beside it.
fn embed_shaders(app: &mut App) {
    let mut shaders = app.world_mut().resource_mut::<Assets<Shader>>();
    macro_rules! embed {
        ($($handle:ident: $file:literal),* $(,)?) => {
            $(
                let shader = Shader::from_wgsl(include_str!(concat!("../../shaders/", $file)), concat!("shaders/", $file));
                if let Err(error) = shaders.insert($handle.id(), shader) {
                    error!("shader {} is not available: {error}", $file);
                }
            )*
        };
    }
    embed!(
        MAP_SHADER: "map.wgsl",
        AREAS_SHADER: "areas.wgsl",
        BASEMAP_SHADER: "basemap.wgsl",
        LINES_SHADER: "lines.wgsl",
        FLAT_SHADER: "flat.wgsl",
        TICKETS_SHADER: "tickets.wgsl",
        FLOW_SHADER: "flow.wgsl",
        HEAT_SHADER: "heat.wgsl",
        HEAT_SCREEN_SHADER: "heat_screen.wgsl",
        CARE_SHADER: "care.wgsl",
    );
}

/// For materials that cover what is below entirely: cheaper than blending with an alpha of one.
fn without_blending(descriptor: &mut RenderPipelineDescriptor) {
    let targets = descriptor.fragment.iter_mut().flat_map(|fragment| fragment.targets.iter_mut().flatten());
    targets.for_each(|target| target.blend = None);
}

/// Takes a new ground, and colours it anew when the theme changed, or when the colours of the land begin or cease to mean
/// figures.
fn take_ground(
    fresh: Res<shapes::Fresh>,
    (theme, switches): (Res<crate::palette::Theme>, Res<crate::scene::LayerSwitches>),
    mut image: ResMut<GroundImage>,
    mut images: ResMut<Assets<Image>>,
) {
    use crate::scene::LayerKind;
    let has_parks = !(switches.is_on(LayerKind::Areas) || switches.is_on(LayerKind::Care));
    let is_other = image.has_parks != has_parks;
    if is_other {
        image.has_parks = has_parks;
    }
    if let Some(built) = &fresh.0 {
        image.handle = images.add(built.ground.image(theme.palette(), has_parks));
        image.ground = Some(built.ground.clone());
    } else if (theme.is_changed() || is_other)
        && let Some(ground) = &image.ground
    {
        let _ = images.insert(image.handle.id(), ground.image(theme.palette(), has_parks));
    }
}

fn take_shapes(mut fresh: ResMut<shapes::Fresh>, mut shapes: ResMut<shapes::AreaShapes>) {
    if let Some(built) = fresh.bypass_change_detection().0.take() {
        *shapes = built.shapes;
    }
}
