//! The line material: one table of styles for all strokes of the map, in two passes (casing below, core above). Whoever
//! draws lines shares these two materials. Partners: `shaders/lines.wgsl`, `mesh/line.rs`.

use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::render::storage::ShaderBuffer;

use super::areas::records::AreaRecords;
use super::frame::{LayerFrame, MapFrameUniform};
use super::mesh::line::{STROKES, Stroke};
use super::mesh::{ATTRIBUTE_LINE, ATTRIBUTE_NEIGHBOURS, ATTRIBUTE_OWNERS};
use crate::palette::{Palette, Rgb, Theme};

/// How a stroke looks. Keep in sync with `lines.wgsl`.
#[derive(ShaderType, Clone, Copy, Debug, PartialEq)]
pub struct LineStyle {
    /// sRGB, not linear.
    pub(super) color: Vec4,
    /// Width at `scale_ref`, u.
    pub(super) width_u: f32,
    /// u per km at which the width is as given; it follows the scale between the two factors.
    pub(super) scale_ref: f32,
    pub(super) scale_min: f32,
    pub(super) scale_max: f32,
    /// u drawn and left out; 0 for a solid line.
    pub(super) dash_u: f32,
    pub(super) gap_u: f32,
    /// Fades in between these scales, u per km.
    pub(super) fade_from: f32,
    pub(super) fade_to: f32,
    /// The scale from which it is dashed.
    pub(super) dash_from: f32,
    /// Wider than its width on the ground by this much, u.
    pub(super) extra_u: f32,
    /// How far its ends reach beyond their points, as a share of half the width.
    pub(super) cap: f32,
    /// On a coloured area the line is that colour times this; 0 keeps the line's own.
    pub(super) on_colour: f32,
}

/// Not drawn at all.
const NONE: LineStyle = LineStyle {
    color: Vec4::ZERO,
    width_u: 0.0,
    scale_ref: 60.0,
    scale_min: 1.0,
    scale_max: 1.0,
    dash_u: 0.0,
    gap_u: 0.0,
    fade_from: -2.0,
    fade_to: -1.0,
    dash_from: 0.0,
    extra_u: 0.0,
    cap: 0.0,
    on_colour: 0.0,
};

/// A line of constant width.
fn plain(color: Rgb, alpha: f32, width_u: f32) -> LineStyle {
    LineStyle { color: color.srgba(alpha), width_u, ..NONE }
}

/// A border: grows a little with the scale.
fn border(color: Rgb, alpha: f32, width_u: f32) -> LineStyle {
    LineStyle { scale_ref: 60.0, scale_min: 0.85, scale_max: 2.2, ..plain(color, alpha, width_u) }
}

/// A road: grows more.
fn road(color: Rgb, alpha: f32, width_u: f32) -> LineStyle {
    LineStyle { scale_ref: 58.0, scale_min: 0.8, scale_max: 3.0, cap: 0.8, ..plain(color, alpha, width_u) }
}

/// The cores, from the visual design, section 8, and its mock-ups.
pub fn core_styles(p: &Palette) -> [LineStyle; STROKES] {
    use Stroke::*;
    let mut styles = [NONE; STROKES];
    let mut set = |stroke: Stroke, style: LineStyle| styles[stroke as usize] = style;
    // Grids are dashed from where single buildings would show: the border is the middle of a lane.
    let grid = LineStyle { fade_from: 14.0, fade_to: 36.0, on_colour: 0.78, ..border(p.grid_line, 0.75, 0.8) };
    set(Grid, LineStyle { dash_u: 7.0, gap_u: 4.0, dash_from: 320.0, ..grid });
    set(Community, LineStyle { fade_from: 5.0, fade_to: 14.0, on_colour: 0.58, ..border(p.community_line, 0.8, 1.15) });
    set(Street, border(p.street_line, 0.85, 1.7));
    set(District, plain(p.district_line, 0.9, 1.7));
    set(Coast, plain(p.map_coast, 0.35, 1.0));
    set(Isobath, plain(p.map_water_deep.mix(p.map_bathy, 0.55), 1.0, 1.0));
    set(River, plain(p.map_water_shelf, 1.0, 0.8));
    set(Expressway, road(p.map_road_major, 1.0, 1.7));
    set(Trunk, road(p.map_road, 1.0, 1.1));
    set(Road, LineStyle { fade_from: 60.0, fade_to: 140.0, ..road(p.map_road, 0.8, 0.8) });
    set(Ferry, LineStyle { dash_u: 2.0, gap_u: 7.0, ..plain(p.map_water_label, 0.8, 1.5) });
    set(Pier, LineStyle { cap: 0.8, ..plain(p.map_land, 1.0, 1.5) });
    set(Lake, plain(p.map_coast, 0.5, 1.0));
    set(Selected, plain(p.accent, 1.0, 2.6));
    set(Hovered, plain(p.text1, 0.9, 1.6));
    styles
}

/// Fine borders under heat are paler, so that the heat is one surface.
fn under_heat(styles: &mut [LineStyle; STROKES]) {
    for (stroke, alpha) in [(Stroke::Grid, 0.38), (Stroke::Community, 0.58)] {
        styles[stroke as usize].color.w = alpha;
    }
}

/// What lies under the cores.
pub fn casing_styles(p: &Palette) -> [LineStyle; STROKES] {
    use Stroke::*;
    let is_dark = p.theme == Theme::Dark;
    let mut styles = [NONE; STROKES];
    let mut set = |stroke: Stroke, style: LineStyle| styles[stroke as usize] = style;
    set(Street, border(p.casing, 0.5, 4.2));
    set(District, plain(p.casing, if is_dark { 0.45 } else { 0.8 }, 5.0));
    set(River, LineStyle { extra_u: 2.0, ..plain(p.map_coast, 0.5, 2.8) });
    let road_alpha = if is_dark { 0.35 } else { 1.0 };
    set(Expressway, road(p.road_casing, road_alpha, 3.4));
    set(Trunk, road(p.road_casing, road_alpha, 2.3));
    set(Pier, LineStyle { extra_u: 2.0, cap: 0.8, ..plain(p.map_coast, 0.8, 3.5) });
    set(Selected, plain(p.accent, 0.18, 10.4));
    styles
}

/// Keep in sync with `LineParams` in `lines.wgsl`.
#[derive(ShaderType, Clone, Copy, Debug)]
pub struct LineParams {
    pub(super) frame: MapFrameUniform,
    pub(super) styles: [LineStyle; STROKES],
}

/// One pass of lines.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct LineMaterial {
    #[uniform(0)]
    pub(super) params: LineParams,
    #[storage(1, read_only)]
    areas: Handle<ShaderBuffer>,
}

super::blended_material!(
    LineMaterial,
    super::LINES_SHADER,
    [Mesh::ATTRIBUTE_POSITION, ATTRIBUTE_NEIGHBOURS, ATTRIBUTE_LINE, ATTRIBUTE_OWNERS]
);

/// The two passes, shared by all lines of the map.
#[derive(Resource)]
pub struct LineMaterials {
    /// Below.
    pub casing: Handle<LineMaterial>,
    /// Above.
    pub core: Handle<LineMaterial>,
}

impl FromWorld for LineMaterials {
    fn from_world(world: &mut World) -> Self {
        let palette = world.resource::<Theme>().palette();
        let frame = world.resource::<LayerFrame>().uniform;
        let areas = world.resource::<AreaRecords>().buffer.clone();
        let mut materials = world.resource_mut::<Assets<LineMaterial>>();
        let mut make =
            |styles| materials.add(LineMaterial { params: LineParams { frame, styles }, areas: areas.clone() });
        Self { casing: make(casing_styles(palette)), core: make(core_styles(palette)) }
    }
}

/// Follows the picture and the theme.
pub(super) fn follow(
    (frame, theme, switches): (Res<LayerFrame>, Res<Theme>, Res<crate::scene::LayerSwitches>),
    handles: Res<LineMaterials>,
    mut materials: ResMut<Assets<LineMaterial>>,
) {
    if !frame.is_changed() && !theme.is_changed() && !switches.is_changed() {
        return;
    }
    let palette = theme.palette();
    let mut cores = core_styles(palette);
    if switches.is_on(crate::scene::LayerKind::Heat) && frame.uniform.tilt <= 0.0 {
        under_heat(&mut cores);
    }
    for (handle, styles) in [(&handles.casing, casing_styles(palette)), (&handles.core, cores)] {
        if let Some(mut material) = materials.get_mut(handle) {
            material.params = LineParams { frame: frame.uniform, styles };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::{BRIGHT, DARK};

    #[test]
    fn every_stroke_has_a_core_and_a_casing_is_wider() {
        for palette in [&DARK, &BRIGHT] {
            let (cores, casings) = (core_styles(palette), casing_styles(palette));
            for (stroke, (core, casing)) in cores.iter().zip(casings).enumerate() {
                assert!(core.width_u > 0.0 && core.color.w > 0.0, "stroke {stroke} is invisible");
                assert!(casing.width_u == 0.0 || casing.width_u > core.width_u, "casing of {stroke} is hidden");
            }
        }
    }

    #[test]
    fn the_size_is_what_the_shader_reads() {
        assert_eq!(LineStyle::min_size().get(), 64);
        assert_eq!(LineParams::min_size().get(), 16 + 64 * STROKES as u64);
    }
}
