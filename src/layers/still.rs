//! Tells whether anything on the map was drawn differently in this frame: a mesh, a material, a texture, a record, what
//! is shown, the camera. Who keeps the map's picture (`wall/still.rs`) needs to know, and only that.

use bevy::asset::AssetEventSystems;
use bevy::camera::visibility::VisibilitySystems;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::render::storage::ShaderBuffer;
use bevy_egui::EguiManagedTextures;

use super::flow::FlowMotion;
use crate::map::{MapCamera, MapFrame};

/// How often the map was drawn differently so far.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MapChanges(pub u64);

/// When [`MapChanges`] is brought up to date: in `PostUpdate`, after the events of assets and before visibility.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MapChangesSettled;

/// Adds [`MapChanges`].
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<MapChanges>().add_systems(
        PostUpdate,
        settle.in_set(MapChangesSettled).after(AssetEventSystems).before(VisibilitySystems::CheckVisibility),
    );
}

/// Everything that shaders read.
#[derive(SystemParam)]
struct Drawn<'w, 's> {
    meshes: MessageReader<'w, 's, AssetEvent<Mesh>>,
    images: MessageReader<'w, 's, AssetEvent<Image>>,
    buffers: MessageReader<'w, 's, AssetEvent<ShaderBuffer>>,
    areas: MessageReader<'w, 's, AssetEvent<super::areas::AreaMaterial>>,
    shadows: MessageReader<'w, 's, AssetEvent<super::basemap::ShadowMaterial>>,
    lines: MessageReader<'w, 's, AssetEvent<super::lines::LineMaterial>>,
    flats: MessageReader<'w, 's, AssetEvent<super::flat::FlatMaterial>>,
    marks: MessageReader<'w, 's, AssetEvent<super::tickets::MarkMaterial>>,
    flows: MessageReader<'w, 's, AssetEvent<super::flow::material::FlowMaterial>>,
    cares: MessageReader<'w, 's, AssetEvent<super::care::CareMaterial>>,
    heats: MessageReader<'w, 's, AssetEvent<super::heat::HeatMaterial>>,
    screens: MessageReader<'w, 's, AssetEvent<super::heat::HeatScreenMaterial>>,
    textures: Option<Res<'w, EguiManagedTextures>>,
}

impl Drawn<'_, '_> {
    fn is_changed(&mut self) -> bool {
        // egui's glyphs are images too, and on no map.
        let is_glyphs = |id: AssetId<Image>| {
            self.textures.iter().any(|all| all.0.values().any(|texture| texture.handle.id() == id))
        };
        let images = self.images.read().filter(|event| !matches!(event, AssetEvent::Unused { .. })).any(|event| {
            let (AssetEvent::Added { id }
            | AssetEvent::Modified { id }
            | AssetEvent::Removed { id }
            | AssetEvent::Unused { id }
            | AssetEvent::LoadedWithDependencies { id }) = event;
            !is_glyphs(*id)
        });
        let mut all = images;
        // All are read to their end, each time.
        all |= self.meshes.read().count() > 0;
        all |= self.buffers.read().count() > 0;
        all |= self.areas.read().count() > 0;
        all |= self.shadows.read().count() > 0;
        all |= self.lines.read().count() > 0;
        all |= self.flats.read().count() > 0;
        all |= self.marks.read().count() > 0;
        all |= self.flows.read().count() > 0;
        all |= self.cares.read().count() > 0;
        all |= self.heats.read().count() > 0;
        all |= self.screens.read().count() > 0;
        all
    }
}

fn settle(
    mut drawn: Drawn,
    shown: Query<(), (With<Mesh2d>, Or<(Changed<Mesh2d>, Changed<Visibility>, Changed<Transform>)>)>,
    mut gone: RemovedComponents<Mesh2d>,
    cameras: Query<(), (With<MapCamera>, Or<(Changed<Transform>, Changed<Projection>)>)>,
    frame: Res<MapFrame>,
    motion: Option<Res<FlowMotion>>,
    mut changes: ResMut<MapChanges>,
) {
    let is_moving = motion.is_some_and(|motion| motion.is_moving);
    let is_changed = drawn.is_changed()
        | !shown.is_empty()
        | (gone.read().count() > 0)
        | !cameras.is_empty()
        | frame.is_changed()
        | is_moving;
    if is_changed {
        changes.0 += 1;
    }
}
