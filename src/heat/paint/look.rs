//! How values look: the ramp as a table of ready pixels, lines of equal value, stripes over what is stale.

/// Steps of the table of colours.
pub(super) const STEPS: usize = 2_048;

/// A line where the value is this.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Isoline {
    /// The value; 0 for none.
    pub value: f32,
    /// Width, pixels.
    pub width: f32,
    /// Opacity.
    pub alpha: f32,
}

/// How values look.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Top of the scale.
    pub top: f32,
    /// Values have two signs.
    pub is_signed: bool,
    /// Opacity of everything.
    pub opacity: f32,
    /// Lines of equal value.
    pub lines: [Isoline; 3],
    /// The ramp, sRGB.
    pub ramp: [[f32; 3]; 64],
    /// Grey, and hatched with this colour and opacity in stripes of so many pixels.
    pub stale: Option<([f32; 4], f32)>,
}

/// A colour of the table, and how much of it is seen.
#[derive(Clone, Copy, Default)]
pub(super) struct Tint {
    pub rgb: [f32; 3],
    pub alpha: f32,
}

/// The same, ready for the picture: the pixel as it lies there, and its opacity in 255ths.
#[derive(Clone, Copy, Default)]
pub(super) struct Ink {
    pub pixel: u32,
    alpha: f32,
}

impl Ink {
    /// Seen only in part.
    pub fn faded(self, fade: f32) -> u32 {
        let alpha = (self.alpha * fade + 0.5) as u32;
        if fade > 0.0 { self.pixel & 0x00FF_FFFF | alpha << 24 } else { 0 }
    }
}

/// The table of colours.
pub(super) struct Tints {
    pub tints: Vec<Tint>,
    pub inks: Box<[Ink; STEPS]>,
}

impl Look {
    fn tint(&self, step: usize) -> Tint {
        let t = step as f32 / (STEPS - 1) as f32;
        let strength = if self.is_signed { (2.0 * t - 1.0).abs() } else { t };
        let at = t * 63.0;
        let below = (at as usize).min(62);
        let part = at - below as f32;
        let mut rgb: [f32; 3] =
            std::array::from_fn(|i| self.ramp[below][i] + (self.ramp[below + 1][i] - self.ramp[below][i]) * part);
        if self.stale.is_some() {
            rgb = [0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]; 3];
        }
        // From nothing over the first part of the scale, so that the land stays readable.
        let rise = ((strength - 0.0105) / 0.24).clamp(0.0, 1.0);
        Tint { rgb, alpha: 0.95 * rise * rise * (3.0 - 2.0 * rise) }
    }

    pub(super) fn tints(&self) -> Tints {
        let tints: Vec<Tint> = (0..STEPS).map(|step| self.tint(step)).collect();
        let mut inks = Box::new([Ink::default(); STEPS]);
        for (ink, tint) in inks.iter_mut().zip(&tints) {
            let [r, g, b] = tint.rgb.map(|it| (it * 255.0 + 0.5) as u8);
            let alpha = tint.alpha * 255.0 * self.opacity;
            *ink = Ink { pixel: u32::from_le_bytes([r, g, b, (alpha + 0.5) as u8]), alpha };
        }
        Tints { tints, inks }
    }
}

/// A white line over a colour.
pub(super) fn packed(rgb: [f32; 3], line: f32, alpha: f32, opacity: f32) -> [u8; 4] {
    let under = alpha * (1.0 - line);
    let over = line + under;
    let byte = |value: f32| (value * 255.0 + 0.5) as u8;
    let [r, g, b] = rgb.map(|it| byte((line + it * under) / over.max(1e-4)));
    [r, g, b, byte(over * opacity)]
}
