//! Borders of all four levels: each arc once, with the style of the highest level it divides. Finer levels are drawn
//! first. The arcs come from `shapes.rs`, the styles from `lines.rs`.

use bevy::camera::visibility::NoFrustumCulling;
use bevy::prelude::*;
use bevy::sprite_render::MeshMaterial2d;

use super::lines::{LineMaterial, LineMaterials};
use super::mesh::line::{LineBuilder, LineLook, Stroke};
use super::order;
use super::shapes::{AreaShapes, Fresh};
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

/// One mesh of all borders.
pub fn border_mesh(shapes: &AreaShapes) -> Mesh {
    let mut lines = LineBuilder::default();
    for level in Level::ALL.into_iter().rev() {
        for (arc, _) in shapes.arcs.iter().zip(&shapes.arc_levels).filter(|(_, of)| **of == level) {
            lines.add(&arc.points, LineLook { owners: arc.owners, ..LineLook::of(stroke_of(level)) });
        }
    }
    lines.build()
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
    if built.shapes.arcs.is_empty() {
        return;
    }
    let mesh = meshes.add(std::mem::replace(&mut built.borders, super::mesh::triangles(vec![], vec![])));
    for (material, z) in [(&materials.casing, order::BORDER_CASING), (&materials.core, order::BORDER)] {
        commands.spawn(line_bundle(mesh.clone(), material.clone(), z)).insert(Border);
    }
}

/// One pass of lines as an entity.
pub(super) fn line_bundle(mesh: Handle<Mesh>, material: Handle<LineMaterial>, z: f32) -> impl Bundle {
    (Mesh2d(mesh), MeshMaterial2d(material), Transform::from_xyz(0.0, 0.0, z), NoFrustumCulling)
}
