//! Borders of all four levels: each arc once, with the style of the highest level it divides. Finer levels are drawn
//! first. The arcs come from `shapes.rs`, the styles from `lines.rs`.

use bevy::camera::visibility::NoFrustumCulling;
use bevy::prelude::*;
use bevy::sprite_render::MeshMaterial2d;

use super::lines::{LineMaterial, LineMaterials};
use super::mesh::line::{LineBuilder, Stroke};
use super::order;
use super::shapes::{AreaShapes, Fresh};
use super::tiles::Covers;
use crate::domain::Level;

/// The two passes of the borders.
#[derive(Component)]
pub(super) struct Border;

/// The stroke of a level's borders.
pub fn stroke_of(level: Level) -> Stroke {
    match level {
        Level::District => Stroke::District,
        Level::Street => Stroke::Street,
        Level::Community => Stroke::Community,
        Level::Grid => Stroke::Grid,
    }
}

/// The borders of these levels; later ones are on top.
pub fn border_lines(shapes: &AreaShapes, levels: &[Level]) -> LineBuilder {
    let mut lines = LineBuilder::default();
    for level in levels {
        let of_level = shapes.arcs.iter().zip(&shapes.arc_levels).filter(|(_, of)| *of == level);
        lines.add_net(of_level.map(|(arc, _)| arc), stroke_of(*level));
    }
    lines
}

/// Puts new borders in place of the old ones.
pub(super) fn rebuild(
    mut commands: Commands,
    mut fresh: ResMut<Fresh>,
    materials: Res<LineMaterials>,
    mut meshes: ResMut<Assets<Mesh>>,
    old: Query<Entity, With<Border>>,
) {
    let Some(built) = fresh.0.as_mut() else { return };
    old.iter().for_each(|entity| commands.entity(entity).despawn());
    // Fine borders have no casing: half the triangles.
    for (mesh, covers) in built.fine_borders.drain(..) {
        let mesh = meshes.add(mesh);
        commands.spawn(line_bundle(mesh, materials.core.clone(), order::FINE_BORDERS)).insert((Border, Covers(covers)));
    }
    for (mesh, covers) in built.coarse_borders.drain(..) {
        let mesh = meshes.add(mesh);
        for (material, z) in [(&materials.casing, order::BORDER_CASING), (&materials.core, order::COARSE_BORDERS)] {
            commands.spawn(line_bundle(mesh.clone(), material.clone(), z)).insert((Border, Covers(covers)));
        }
    }
}

/// One pass of lines as an entity.
pub(super) fn line_bundle(mesh: Handle<Mesh>, material: Handle<LineMaterial>, z: f32) -> impl Bundle {
    (Mesh2d(mesh), MeshMaterial2d(material), Transform::from_xyz(0.0, 0.0, z), NoFrustumCulling)
}
