//! What the classes look like on the map: their colours over the land, as far as the fills cover it. Legends show these
//! and not the pure colours, or one would read each class too low. Partner: `records.rs`, which packs the fills.

use super::records::{CARE_COVER, COVER};
use crate::palette::{Palette, Rgb};

/// The six classes of the areas at this opacity (0–1) of their layer.
pub fn area_swatches(palette: &Palette, opacity: f32) -> [Rgb; 6] {
    palette.choropleth.map(|rgb| over_land(palette, rgb, COVER * opacity))
}

/// The five classes of the land under the symbols of care.
pub fn care_swatches(palette: &Palette, opacity: f32) -> [Rgb; 5] {
    std::array::from_fn(|class| over_land(palette, palette.choropleth[class], CARE_COVER * opacity))
}

/// A colour that covers so many 255ths of plain land.
fn over_land(palette: &Palette, rgb: Rgb, cover: f32) -> Rgb {
    palette.map_land.mix(rgb, cover.round() / 255.0)
}

#[cfg(test)]
mod tests {
    use super::super::classes::breaks_for;
    use super::super::records::{Scale, shown};
    use super::*;
    use crate::domain::Level;
    use crate::palette::{BRIGHT, DARK};

    #[test]
    fn a_swatch_is_what_the_shader_makes_of_the_packed_fill() {
        for palette in [&DARK, &BRIGHT] {
            for opacity in [1.0, 0.7, 0.5] {
                let scale = Scale { level: Level::Community, breaks: breaks_for(7), palette, top_m: 0.0, opacity };
                for (class, swatch) in area_swatches(palette, opacity).into_iter().enumerate() {
                    let [r, g, b, cover] = shown(Some(class as u32 + 1), &scale).color.to_le_bytes();
                    let blend = |fill: u8, land: u8| {
                        let share = f32::from(cover) / 255.0;
                        f32::from(fill) * share + f32::from(land) * (1.0 - share)
                    };
                    let land = palette.map_land.bytes();
                    for (i, fill) in [r, g, b].into_iter().enumerate() {
                        let got = f32::from(swatch.bytes()[i]);
                        assert!((got - blend(fill, land[i])).abs() <= 0.51, "class {class} at {opacity}");
                    }
                }
            }
        }
    }

    #[test]
    fn weaker_layers_have_weaker_swatches() {
        let away = |opacity| area_swatches(&BRIGHT, opacity)[5].contrast(BRIGHT.map_land);
        assert!(away(1.0) > away(0.6) && away(0.6) > away(0.3));
        assert_eq!(area_swatches(&DARK, 0.0), [DARK.map_land; 6]);
        assert!(
            care_swatches(&DARK, 1.0)[4].contrast(DARK.map_land) < area_swatches(&DARK, 1.0)[4].contrast(DARK.map_land)
        );
    }
}
