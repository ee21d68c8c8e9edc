//! Raised areas as heat: colour and height of each community from the same value and the same scale, in the unit of the
//! legend.

use crate::heat::{Figures, Mode};
use crate::layers::areas::records::Shown;
use crate::palette::Palette;

/// Colour and height of a value. Land that has next to nothing keeps its own colour; land without a value lies flat.
pub fn shown(value: Option<f32>, figures: &Figures, palette: &Palette, top_m: f32) -> Shown {
    let Some(value) = value else { return Shown { color: 0, height_m: 0.0 } };
    if figures.settings.mode == Mode::Expected {
        let t = against_expected(value, figures.top);
        // The ramp begins with the most.
        let at = (1.0 - t) * (palette.diverging.len() - 1) as f32;
        let (low, part) = ((at as usize).min(palette.diverging.len() - 2), at);
        let color = palette.diverging[low].mix(palette.diverging[low + 1], part - low as f32).packed();
        return Shown { color, height_m: t * top_m };
    }
    let share = value / figures.top.max(1e-6);
    let t = share.clamp(0.0, 1.0);
    let step = &palette.heat[((t * 63.999) as usize).min(63)];
    let color = palette.map_land_hi.mix(*step, (t / 0.16).min(1.0)).packed();
    // Higher than the scale is drawn higher, to a limit: the picture must hold it.
    Shown { color, height_m: share.clamp(0.0, 1.5) * top_m }
}

/// Where a multiple of the expectation stands between 1/top (0) and top (1); what is expected is in the middle.
fn against_expected(ratio: f32, top: f32) -> f32 {
    let half = top.max(1.01).log2();
    ((ratio.max(1e-6).log2() / half + 1.0) / 2.0).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heat::HeatSettings;
    use crate::palette::DARK;

    #[test]
    fn height_and_colour_come_from_one_scale() {
        let figures = Figures { top: 10.0, ..Figures::default() };
        let at = |value| shown(Some(value), &figures, &DARK, 100.0);
        assert_eq!(at(5.0).height_m, 50.0);
        assert_eq!(at(10.0).color, DARK.heat[63].packed());
        assert_eq!(at(99.0).height_m, 150.0);
        assert_eq!(shown(None, &figures, &DARK, 100.0), Shown { color: 0, height_m: 0.0 });
    }

    #[test]
    fn what_is_expected_stands_in_the_middle_of_the_diverging_ramp() {
        let settings = HeatSettings { mode: Mode::Expected, ..HeatSettings::default() };
        let figures = Figures { top: 4.0, settings, ..Figures::default() };
        let at = |value| shown(Some(value), &figures, &DARK, 100.0);
        assert_eq!((at(1.0).color, at(1.0).height_m), (DARK.diverging[3].packed(), 50.0));
        assert_eq!((at(4.0).color, at(9.0).height_m), (DARK.diverging[0].packed(), 100.0));
        assert_eq!((at(0.25).color, at(0.0).height_m), (DARK.diverging[6].packed(), 0.0));
        assert!(at(2.0).height_m > at(1.0).height_m);
    }
}
