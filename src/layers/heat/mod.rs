//! The heat map as a layer: events of the city go into the field (`feed.rs`), the field becomes a texture of densities
//! (`settle.rs`), which lies on the district's land between roads and borders (`draw.rs`). Raised areas take their
//! heights and colours from the densities of communities (`raise.rs`).
//!
//! Pan, zoom and tilt change nothing in the field, which is fixed to the world; only a software adapter gets the heat
//! painted anew for the pixels of the screen (`screen.rs`). The arithmetic is in `crate::heat`.

use bevy::prelude::*;
use bevy::render::extract_resource::ExtractResourcePlugin;
use bevy::render::{Render, RenderApp, RenderSystems};
use bevy::sprite_render::Material2dPlugin;

use crate::heat::{Figures, HeatChange, HeatSettings};

mod draw;
mod feed;
mod half;
mod place;
pub mod raise;
mod residents;
mod screen;
mod settle;
mod translate;

pub use draw::HeatMaterial;
pub use feed::HeatState;
pub use screen::HeatScreenMaterial;
pub(super) use {draw::HeatHandles, draw::follow, screen::HeatNews, screen::follow as follow_screen};

/// True while the layer is on and does not yet show the events that have arrived. Pictures wait for the end of it.
#[derive(Resource, Default)]
pub struct HeatPending(pub bool);

/// Adds the layer.
pub(super) fn plugin(app: &mut App) {
    app.add_plugins((
        Material2dPlugin::<draw::HeatMaterial>::default(),
        Material2dPlugin::<HeatScreenMaterial>::default(),
    ))
    .init_resource::<HeatSettings>()
    .init_resource::<Figures>()
    .init_resource::<HeatState>()
    .init_resource::<HeatPending>()
    .init_resource::<residents::Residents>()
    .init_resource::<draw::HeatHandles>()
    .init_resource::<draw::HeatPlan>()
    .init_resource::<screen::HeatScreen>()
    .init_resource::<HeatNews>()
    .init_resource::<screen::HeatPatches>()
    .add_plugins(ExtractResourcePlugin::<screen::HeatPatches>::default())
    .init_resource::<crate::map::MapView>()
    .init_resource::<crate::map::MapFrame>()
    .init_resource::<crate::city::SiteFacts>()
    .init_resource::<crate::city::Now>()
    .init_resource::<crate::map::AreaIndex>()
    .add_message::<crate::city::TicketTouched>()
    .add_observer(change)
    .add_systems(
        Update,
        (feed::feed, settle::settle, (draw::spawn, screen::spawn))
            .chain()
            .in_set(super::LayerSystems)
            .after(super::take_shapes)
            .before(super::areas::records::recolour),
    );
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        render.add_systems(Render, screen::patch.in_set(RenderSystems::PrepareResources));
    }
}

/// Somebody asked for something else.
fn change(change: On<HeatChange>, mut settings: ResMut<HeatSettings>) {
    let mut next = settings.clone();
    next.apply(change.event());
    settings.set_if_neq(next);
}
