//! Raised areas as heat: colour and height of each community from the same density and the same scale.

use crate::heat::Figures;
use crate::layers::areas::records::Shown;
use crate::palette::Palette;

/// Colour and height of a density. Land that has next to none keeps its own colour.
pub fn shown(density: Option<f32>, figures: &Figures, palette: &Palette, top_m: f32) -> Shown {
    let Some(density) = density else { return Shown { color: 0, height_m: 0.0 } };
    let share = density / figures.top.max(1e-6);
    let t = share.clamp(0.0, 1.0);
    let step = &palette.heat[((t * 63.999) as usize).min(63)];
    let color = palette.map_land_hi.mix(*step, (t / 0.16).min(1.0)).packed();
    // Higher than the scale is drawn higher, to a limit: the picture must hold it.
    Shown { color, height_m: share.clamp(0.0, 1.5) * top_m }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::DARK;

    #[test]
    fn height_and_colour_come_from_one_scale() {
        let figures = Figures { top: 10.0, ..Figures::default() };
        let at = |density| shown(Some(density), &figures, &DARK, 100.0);
        assert_eq!(at(5.0).height_m, 50.0);
        assert_eq!(at(10.0).color, DARK.heat[63].packed());
        assert_eq!(at(99.0).height_m, 150.0);
        assert_eq!(shown(None, &figures, &DARK, 100.0), Shown { color: 0, height_m: 0.0 });
    }
}
