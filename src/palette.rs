//! Every colour of the wall, once, for both themes: [`Theme::palette`] gives the tokens as sRGB bytes.
//!
//! The values are in `palette/dark.rs` and `palette/bright.rs`; here are the type, the conversions and the tests that
//! hold the design's contrast figures. Hue is kept for warnings; the rest is slate, celadon, mauve and the dusk ramp.
//! egui's `Color32` is made in `panels` from [`Rgb::bytes`].

use bevy::prelude::*;
use serde::Deserialize;

mod bright;
mod dark;

pub use bright::BRIGHT;
pub use dark::DARK;

/// Which of the two sets of colours the wall wears.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// For LED walls and dim rooms.
    #[default]
    Dark,
    /// For LCD and lit rooms.
    Bright,
}

impl Theme {
    /// The colours of this theme.
    pub fn palette(self) -> &'static Palette {
        match self {
            Theme::Dark => &DARK,
            Theme::Bright => &BRIGHT,
        }
    }
}

/// An opaque colour in sRGB bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rgb(pub [u8; 3]);

/// `0xRRGGBB` as a colour.
pub const fn hex(rrggbb: u32) -> Rgb {
    Rgb([(rrggbb >> 16) as u8, (rrggbb >> 8) as u8, rrggbb as u8])
}

impl Rgb {
    /// Red, green, blue in sRGB.
    pub const fn bytes(self) -> [u8; 3] {
        self.0
    }

    /// The Bevy colour.
    pub fn color(self) -> Color {
        Color::srgb_u8(self.0[0], self.0[1], self.0[2])
    }

    /// The Bevy colour with an opacity of 0–1.
    pub fn with_alpha(self, alpha: f32) -> Color {
        self.color().with_alpha(alpha)
    }

    /// sRGB values of 0–1, *not* linear, with an opacity: what the map's shaders take, as they blend in sRGB.
    pub fn srgba(self, alpha: f32) -> Vec4 {
        Vec4::new(self.0[0] as f32, self.0[1] as f32, self.0[2] as f32, alpha * 255.0) / 255.0
    }

    /// Linear light, for materials that Bevy itself shades.
    pub fn linear(self) -> LinearRgba {
        self.color().to_linear()
    }

    /// Red in the lowest byte, full opacity in the highest: what a storage buffer of colours holds.
    pub const fn packed(self) -> u32 {
        u32::from_le_bytes([self.0[0], self.0[1], self.0[2], 0xFF])
    }

    /// The colour a share `t` (0–1) of the way to `other`, in sRGB as the design mixes.
    pub fn mix(self, other: Rgb, t: f32) -> Rgb {
        let part = |i: usize| (self.0[i] as f32 + (other.0[i] as f32 - self.0[i] as f32) * t).round() as u8;
        Rgb([part(0), part(1), part(2)])
    }

    /// Relative luminance (WCAG 2.2).
    pub fn luminance(self) -> f64 {
        let linear = |byte: u8| {
            let c = f64::from(byte) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0[0]) + 0.7152 * linear(self.0[1]) + 0.0722 * linear(self.0[2])
    }

    /// Contrast ratio to `other`, 1–21 (WCAG 2.2).
    pub fn contrast(self, other: Rgb) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

/// The colours of one legal warning level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarningColour {
    /// The shape itself.
    pub fill: Rgb,
    /// The Roman numeral on it.
    pub numeral_ink: Rgb,
    /// The wide casing under it.
    pub casing: Rgb,
    /// The thin outline, in the bright theme.
    pub outline: Option<Rgb>,
}

/// All colours of one theme.
#[derive(Debug)]
pub struct Palette {
    /// Which theme this is.
    pub theme: Theme,
    /// Canvas behind the map.
    pub bg0: Rgb,
    /// Columns and strips.
    pub bg1: Rgb,
    /// Banner, card.
    pub bg2: Rgb,
    /// Selected row.
    pub bg3: Rgb,
    /// Rules.
    pub line1: Rgb,
    /// Axes.
    pub line2: Rgb,
    /// Strong axes, ticks.
    pub line3: Rgb,
    /// Figures and titles.
    pub text1: Rgb,
    /// Body text.
    pub text2: Rgb,
    /// As-of, axes, notes.
    pub text3: Rgb,
    /// What cannot be used now.
    pub text_disabled: Rgb,
    /// 青瓷 celadon: selection, today's series.
    pub accent: Rgb,
    /// Newest point, pulse.
    pub accent_strong: Rgb,
    /// Quiet celadon.
    pub accent_dim: Rgb,
    /// Text on celadon.
    pub accent_ink: Rgb,
    /// Bars.
    pub neutral_bar: Rgb,
    /// Tracks of bars.
    pub neutral_bar_dim: Rgb,
    /// Open sea.
    pub map_water_deep: Rgb,
    /// Sea.
    pub map_water: Rgb,
    /// Shallow sea, rivers, lakes.
    pub map_water_shelf: Rgb,
    /// Isobaths.
    pub map_bathy: Rgb,
    /// Neighbouring districts.
    pub map_land_out: Rgb,
    /// The district.
    pub map_land: Rgb,
    /// Lighter land.
    pub map_land_hi: Rgb,
    /// Parks and hills.
    pub map_park: Rgb,
    /// Coastline, piers.
    pub map_coast: Rgb,
    /// Trunk roads.
    pub map_road: Rgb,
    /// Expressways.
    pub map_road_major: Rgb,
    /// Buildings.
    pub map_building: Rgb,
    /// Borders of grids 网格.
    pub grid_line: Rgb,
    /// Borders of communities 社区.
    pub community_line: Rgb,
    /// Borders of streets 街道.
    pub street_line: Rgb,
    /// Border of the district 区.
    pub district_line: Rgb,
    /// Names of areas.
    pub map_label: Rgb,
    /// Names of communities and grids.
    pub map_label2: Rgb,
    /// Names of seas.
    pub map_water_label: Rgb,
    /// Figures that are stale.
    pub stale: Rgb,
    /// Hatching of what is stale or withheld.
    pub hatch: Rgb,
    /// The halo of labels on the map, at 0.72.
    pub label_halo: Rgb,
    /// Under street and district borders.
    pub casing: Rgb,
    /// Under roads.
    pub road_casing: Rgb,
    /// The soft shadow that lifts the district.
    pub lift_shadow: Rgb,
    /// Ⅰ red, Ⅱ orange, Ⅲ yellow, Ⅳ blue. On warnings and nowhere else.
    pub warnings: [WarningColour; 4],
    /// Sources of tickets, as in `Source::ALL`: ● worker, ■ hotline, ○ dispatch and sensors, ✚ other.
    pub categories: [Rgb; 4],
    /// 青瓷, from few to many.
    pub choropleth: [Rgb; 6],
    /// Against expectation, from far above (violet) to far below (celadon).
    pub diverging: [Rgb; 7],
    /// 暮霞, from few to many.
    pub heat: [Rgb; 64],
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast on the column and on land, as printed in the visual design, section 4.
    #[test]
    fn contrast_is_what_the_design_promises() {
        type Row = (fn(&Palette) -> Rgb, [f64; 4]);
        let rows: [Row; 12] = [
            (|p| p.text1, [14.7, 11.6, 15.4, 15.1]),
            (|p| p.text2, [9.7, 7.7, 9.4, 9.2]),
            (|p| p.text3, [6.4, 5.1, 6.3, 6.3]),
            (|p| p.accent, [9.5, 7.5, 5.6, 5.6]),
            (|p| p.accent_strong, [13.2, 10.4, 9.1, 8.9]),
            (|p| p.stale, [7.4, 5.8, 7.5, 7.35]),
            (|p| p.grid_line, [1.87, 1.5, 1.53, 1.5]),
            (|p| p.community_line, [3.14, 2.5, 2.51, 2.5]),
            (|p| p.street_line, [6.48, 5.1, 5.62, 5.5]),
            (|p| p.district_line, [11.26, 8.9, 11.96, 11.8]),
            (|p| p.map_label, [14.03, 11.1, 15.01, 14.8]),
            (|p| p.map_water_label, [4.8, 3.8, 5.6, 5.5]),
        ];
        for (row, (colour, expected)) in rows.iter().enumerate() {
            let got = [&DARK, &BRIGHT].map(|p| [colour(p).contrast(p.bg1), colour(p).contrast(p.map_land)]);
            for (got, expected) in got.as_flattened().iter().zip(expected) {
                assert!((got - expected).abs() < 0.06, "row {row}: {got:.2}, the design says {expected}");
            }
        }
    }

    #[test]
    fn text_is_readable_and_live_differs_from_stale() {
        for p in [&DARK, &BRIGHT] {
            for text in [p.text1, p.text2, p.text3] {
                assert!(text.contrast(p.bg1) >= 4.5 && text.contrast(p.map_land) >= 4.5);
            }
            assert!(p.text1.contrast(p.bg1) >= 11.0 && p.stale.contrast(p.bg1) >= 7.0);
            for warning in p.warnings {
                assert!(warning.numeral_ink.contrast(warning.fill) >= 4.5);
            }
        }
    }

    /// More is always further from the land: lighter on dark, darker on bright.
    #[test]
    fn ramps_move_away_from_the_land() {
        for p in [&DARK, &BRIGHT] {
            for ramp in [&p.choropleth[..], &p.heat[..]] {
                for pair in ramp.windows(2) {
                    let (a, b) = (pair[0].luminance(), pair[1].luminance());
                    assert!(if p.theme == Theme::Dark { a < b } else { a > b });
                }
            }
        }
    }

    #[test]
    fn conversions_agree() {
        let celadon = DARK.accent;
        assert_eq!(celadon.bytes(), [0x87, 0xCE, 0xBE]);
        assert_eq!(celadon.packed(), 0xFFBE_CE87);
        assert_eq!(celadon.color().to_srgba().to_u8_array(), [0x87, 0xCE, 0xBE, 0xFF]);
        assert_eq!(celadon.mix(DARK.bg0, 0.0), celadon);
        assert_eq!(celadon.mix(DARK.bg0, 1.0), DARK.bg0);
    }
}
