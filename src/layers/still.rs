//! Tells whether anything on the map was drawn differently in this frame: a mesh, a material, a texture, a record, what
//! is shown, the camera; and where, if it is one of the few things that change often and only in part. Who keeps the
//! map's picture (`wall/still.rs`) needs to know, and only that.

use bevy::asset::AssetEventSystems;
use bevy::camera::visibility::VisibilitySystems;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::render::storage::ShaderBuffer;

use super::areas::records::AreaRecords;
use super::flow::FlowMotion;
use super::heat::HeatNews;
use crate::map::{MapCamera, MapFrame};

/// What is drawn differently in this frame.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct MapChanges {
    /// Something, anywhere; what follows says nothing more.
    pub is_any: bool,
    /// The camera.
    pub is_moved: bool,
    /// The colours of areas, which lie in these bounds (world metres).
    pub recoloured: Vec<Rect>,
    /// Painted heat, in these pixels of the picture.
    pub painted: Option<URect>,
}

impl MapChanges {
    /// True if all is drawn as it was.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

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
    records: Res<'w, AreaRecords>,
    ground: Res<'w, super::GroundImage>,
    shaded: Res<'w, super::heat::HeatHandles>,
}

impl Drawn<'_, '_> {
    /// Whether the records of areas changed, and whether anything else did but the painted heat, which tells its news
    /// itself.
    fn changed(&mut self) -> (bool, bool) {
        // Panels have images too, which are on no map.
        let is_on_map = |id: AssetId<Image>| id == self.ground.handle.id() || id == self.shaded.image.id();
        let images = self.images.read().filter(|event| !matches!(event, AssetEvent::Unused { .. })).any(|event| {
            let (AssetEvent::Added { id }
            | AssetEvent::Modified { id }
            | AssetEvent::Removed { id }
            | AssetEvent::Unused { id }
            | AssetEvent::LoadedWithDependencies { id }) = event;
            is_on_map(*id)
        });
        let mut all = images;
        // All are read to their end, each time.
        all |= self.meshes.read().count() > 0;
        let mut is_recoloured = false;
        for event in self.buffers.read() {
            match event {
                AssetEvent::Modified { id } if *id == self.records.buffer.id() => is_recoloured = true,
                _ => all = true,
            }
        }
        all |= self.areas.read().count() > 0;
        all |= self.shadows.read().count() > 0;
        all |= self.lines.read().count() > 0;
        all |= self.flats.read().count() > 0;
        all |= self.marks.read().count() > 0;
        all |= self.flows.read().count() > 0;
        all |= self.cares.read().count() > 0;
        all |= self.heats.read().count() > 0;
        (is_recoloured, all)
    }
}

fn settle(
    mut drawn: Drawn,
    shown: Query<(), (With<Mesh2d>, Or<(Changed<Mesh2d>, Changed<Visibility>, Changed<Transform>)>)>,
    mut gone: RemovedComponents<Mesh2d>,
    cameras: Query<(), (With<MapCamera>, Or<(Changed<Transform>, Changed<Projection>)>)>,
    frame: Res<MapFrame>,
    motion: Option<Res<FlowMotion>>,
    mut heat: ResMut<HeatNews>,
    mut changes: ResMut<MapChanges>,
) {
    let is_moving = motion.is_some_and(|motion| motion.is_moving);
    let (is_recoloured, is_other) = drawn.changed();
    let heat = heat.bypass_change_detection().take();
    let is_any =
        is_other | !shown.is_empty() | (gone.read().count() > 0) | frame.is_changed() | is_moving | heat.is_all;
    changes.set_if_neq(MapChanges {
        is_any,
        is_moved: !cameras.is_empty(),
        recoloured: if is_recoloured { drawn.records.changed.clone() } else { Vec::new() },
        painted: heat.part,
    });
}
