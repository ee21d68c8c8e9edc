//! What it takes to give the areas other colours without drawing them: the colours of the records, and how the fine
//! borders run and look, which take theirs from them. Handed to the render world where the GPU is the CPU; nothing is
//! kept elsewhere. Partners: `edging.rs`, which finds the borders' pixels; `areas/records.rs`, `lines.rs`; the wall's
//! `canvas/fills`, which mixes.

use std::sync::Arc;

use bevy::prelude::*;
use bevy::render::extract_resource::{ExtractResource, ExtractResourcePlugin};
use bevy::render::renderer::RenderAdapterInfo;
use bevy::render::storage::ShaderBuffer;

use super::LayerSystems;
use super::areas::classes::AreaLegend;
use super::areas::records::AreaRecords;
use super::lines::{LineMaterial, LineMaterials, LineStyle};
use super::mesh::NO_FEATURE;
use super::mesh::line::{STROKES, Strands};
use super::shapes::Fresh;

/// Colours of areas, and of the borders between them.
#[derive(Resource, Clone, Debug, Default)]
pub struct Inks {
    /// Colour of each feature, sRGB bytes with red lowest and how much of the land it covers highest; 0 for none.
    pub colours: Arc<Vec<u32>>,
    /// Where shaders read them.
    pub buffer: AssetId<ShaderBuffer>,
    /// Borders of grids and communities.
    pub edging: Arc<Strands>,
    /// Of all areas, world metres.
    pub bounds: Rect,
    /// How lines look now.
    pub looks: Option<Box<[LineStyle; STROKES]>>,
    /// Picture height in u.
    pub height_u: f32,
    /// A flat map without hatching.
    pub is_plain: bool,
}

impl ExtractResource for Inks {
    type Source = Self;
    fn extract_resource(source: &Self) -> Self {
        source.clone()
    }
}

impl Inks {
    /// The colour of each border, sRGB as 0–255: its own, or the stronger of its sides', darker. Keep in sync with
    /// `lines.wgsl`.
    pub fn of_borders(&self) -> Vec<Vec4> {
        let Some(looks) = &self.looks else { return Vec::new() };
        let of = |owner: u32| match owner {
            NO_FEATURE => [0; 4],
            owner => self.colours.get(owner as usize).copied().unwrap_or_default().to_le_bytes(),
        };
        let colour = |line: &super::mesh::line::Strand| {
            let look = &looks[line.style.min(STROKES - 1)];
            let [cover, other] = line.owners.map(of);
            let is_other = is_coloured(other) && (!is_coloured(cover) || other[1] > cover[1]);
            let cover = if is_other { other } else { cover };
            if is_coloured(cover) && look.on_colour > 0.0 {
                Vec4::new(f32::from(cover[0]), f32::from(cover[1]), f32::from(cover[2]), 0.0) * look.on_colour
            } else {
                look.color * 255.0
            }
        };
        self.edging.lines.iter().map(colour).collect()
    }
}

/// True for the colour of an area. A value that is withheld has an alpha of one and no colour.
fn is_coloured(cover: [u8; 4]) -> bool {
    cover[3] > 1
}

/// Adds [`Inks`].
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Inks>().add_plugins(ExtractResourcePlugin::<Inks>::default()).add_systems(
        Update,
        (
            take.after(super::shapes::collect).before(super::borders::rebuild).in_set(LayerSystems),
            follow.after(LayerSystems),
        ),
    );
}

/// Takes the borders of new areas before they are gone to the GPU.
fn take(mut fresh: ResMut<Fresh>, adapter: Option<Res<RenderAdapterInfo>>, mut inks: ResMut<Inks>) {
    let Some(built) = fresh.bypass_change_detection().0.as_mut() else { return };
    let edging = std::mem::take(&mut built.edging);
    let is_software = adapter.is_some_and(|adapter| adapter.0.device_type == wgpu::DeviceType::Cpu);
    inks.bounds = built.shapes.bounds;
    inks.edging = Arc::new(if is_software { edging } else { Strands::default() });
}

/// Follows the records and the look of lines.
fn follow(
    (records, legend): (Res<AreaRecords>, Res<AreaLegend>),
    (handles, materials): (Res<LineMaterials>, Res<Assets<LineMaterial>>),
    mut inks: ResMut<Inks>,
) {
    if inks.edging.lines.is_empty() {
        return;
    }
    if records.is_changed() || inks.colours.is_empty() {
        inks.colours = Arc::new(records.colours());
        inks.buffer = records.buffer.id();
    }
    let is_upright = materials.get(&handles.core).is_some_and(|material| material.params.frame.tilt <= 0.0);
    let is_plain = is_upright && !legend.is_stale && !records.is_withheld;
    if inks.is_plain != is_plain {
        inks.is_plain = is_plain;
    }
    if let Some(material) = materials.get(&handles.core)
        && (inks.looks.as_deref() != Some(&material.params.styles) || inks.height_u != material.params.frame.height_u)
    {
        inks.looks = Some(Box::new(material.params.styles));
        inks.height_u = material.params.frame.height_u;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::lines::core_styles;
    use crate::layers::mesh::line::{LineBuilder, LineLook, Stroke};
    use crate::palette::DARK;

    #[test]
    fn a_border_has_the_stronger_side_s_colour_or_its_own() {
        let mut lines = LineBuilder::default();
        for owners in [[0, 1], [1, 0], [2, NO_FEATURE], [1, 2]] {
            lines.add(&[Vec2::ZERO, Vec2::X], LineLook { owners, ..LineLook::of(Stroke::Grid) });
        }
        let looks = core_styles(&DARK);
        let inks = Inks {
            colours: Arc::new(vec![0xE000_2010, 0xE000_4020, 0]),
            edging: Arc::new(lines.strands()),
            looks: Some(Box::new(looks)),
            ..Inks::default()
        };
        let strong = Vec4::new(32.0, 64.0, 0.0, 0.0) * looks[0].on_colour;
        let own = looks[0].color * 255.0;
        assert_eq!(inks.of_borders(), [strong, strong, own, strong]);
    }
}
