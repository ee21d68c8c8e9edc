//! How panels are set: the shipped fonts, text roles in u, and the palette's colours as egui takes them.
//!
//! egui runs in u (1/1080 of the picture's height at full size), so that every size here is the design's own. Partner:
//! `pen.rs`, which draws with them.

use std::sync::{Arc, LazyLock};

use bevy_egui::egui::{self, Color32, FontData, FontDefinitions, FontFamily, FontId, TextStyle};

use super::glyphs;
use crate::palette::{Palette, Rgb, Theme};

static REGULAR: &[u8] = include_bytes!("../../assets/fonts/NotoSansSC-GBK-Regular.otf");
static MEDIUM: &[u8] = include_bytes!("../../assets/fonts/NotoSansSC-GB2312-Medium.otf");
static LETTERS: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Letters-Regular.ttf");

/// Height of the ascender over the baseline and depth of the descender under it, in em; both fonts share them.
pub const ASCENT: f32 = 1.16;
/// See [`ASCENT`].
pub const DESCENT: f32 = 0.288;

/// The name of the medium family.
const MEDIUM_FAMILY: &str = "medium";

/// One way to set text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Role {
    /// Size in u.
    pub size: f32,
    /// Weight 500 instead of 400.
    pub medium: bool,
    /// Extra space between letters in u.
    pub tracking: f32,
}

impl Role {
    /// The one number of the wall.
    pub const HERO: Role = Role::medium(92.0);
    /// The clock's hours and minutes.
    pub const CLOCK: Role = Role::regular(50.0);
    /// The clock's seconds.
    pub const SECONDS: Role = Role::regular(30.0);
    /// The wall's title.
    pub const TITLE: Role = Role { size: 38.0, medium: true, tracking: 9.0 };
    /// The name of the scene.
    pub const SCENE: Role = Role { size: 32.0, medium: true, tracking: 3.0 };
    /// The title of a panel.
    pub const PANEL: Role = Role { size: 24.0, medium: true, tracking: 1.0 };
    /// A row's label.
    pub const ROW: Role = Role::regular(22.0);
    /// A row's label with emphasis.
    pub const ROW_STRONG: Role = Role::medium(22.0);
    /// Text on a wall: never smaller.
    pub const BODY: Role = Role::regular(20.0);
    /// Text with emphasis.
    pub const BODY_STRONG: Role = Role::medium(20.0);
    /// Digits of axes.
    pub const AXIS: Role = Role::regular(18.0);

    /// Weight 400 at a size.
    pub const fn regular(size: f32) -> Role {
        Role { size, medium: false, tracking: 0.0 }
    }

    /// Weight 500 at a size.
    pub const fn medium(size: f32) -> Role {
        Role { size, medium: true, tracking: 0.0 }
    }

    /// The same role at another size.
    pub const fn at(self, size: f32) -> Role {
        Role { size, ..self }
    }

    /// The font of this role.
    pub fn font(self) -> FontId {
        FontId::new(self.size, if self.medium { medium_family() } else { FontFamily::Proportional })
    }
}

fn medium_family() -> FontFamily {
    static FAMILY: LazyLock<FontFamily> = LazyLock::new(|| FontFamily::Name(MEDIUM_FAMILY.into()));
    FAMILY.clone()
}

/// The shipped fonts: Regular for all text, Medium with Regular behind it, letters of other cities behind both.
pub fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in [("regular", REGULAR), ("medium", MEDIUM), ("letters", LETTERS)] {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let family = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    fonts.families.insert(FontFamily::Proportional, family(&["regular", "letters"]));
    fonts.families.insert(FontFamily::Monospace, family(&["regular", "letters"]));
    fonts.families.insert(medium_family(), family(&["medium", "regular", "letters"]));
    fonts
}

/// Gives a context our fonts and look, once. True when they are in force: a frame drawn before would have no font.
pub fn install(ctx: &egui::Context, theme: Theme) -> bool {
    let marker = egui::Id::new("gridwall-style");
    let worn = ctx.data(|data| data.get_temp::<Theme>(marker));
    if worn == Some(theme) {
        return ctx.fonts(|fonts| fonts.definitions().families.contains_key(&medium_family()));
    }
    if worn.is_none() {
        ctx.set_fonts(fonts());
    }
    ctx.data_mut(|data| data.insert_temp(marker, theme));
    ctx.options_mut(|options| {
        options.zoom_with_keyboard = false;
        options.theme_preference = match theme {
            Theme::Dark => egui::ThemePreference::Dark,
            Theme::Bright => egui::ThemePreference::Light,
        };
    });
    ctx.all_styles_mut(|style| apply(style, theme.palette()));
    worn.is_some()
}

/// Lets a context draw all glyphs anew in the next frames, in the order of that frame: where they lie in the texture no
/// longer depends on what was drawn before, which pictures that must come out equal to the last bit need. egui keeps its
/// fonts when it is given the same ones, so they differ by a family that nothing uses.
pub fn renew_glyphs(ctx: &egui::Context) {
    let mut fonts = fonts();
    let marker = FontFamily::Name("renewed".into());
    if !ctx.fonts(|fonts| fonts.definitions().families.contains_key(&marker)) {
        fonts.families.insert(marker, vec!["regular".to_owned()]);
    }
    ctx.set_fonts(fonts);
    ctx.request_repaint();
}

/// The palette and sizes in egui's own style, for the few widgets that are egui's: text field, scroll bars.
fn apply(style: &mut egui::Style, palette: &Palette) {
    for (text_style, role) in [
        (TextStyle::Body, Role::BODY),
        (TextStyle::Button, Role::BODY),
        (TextStyle::Monospace, Role::BODY),
        (TextStyle::Heading, Role::PANEL),
        (TextStyle::Small, Role::AXIS),
    ] {
        style.text_styles.insert(text_style, role.font());
    }
    style.animation_time = 0.0;
    style.spacing.item_spacing = egui::Vec2::ZERO;
    style.spacing.scroll = egui::style::ScrollStyle::thin();
    style.spacing.scroll.bar_width = 6.0;
    style.interaction.selectable_labels = false;
    let visuals = &mut style.visuals;
    visuals.override_text_color = None;
    visuals.panel_fill = Color32::TRANSPARENT;
    visuals.extreme_bg_color = colour(palette.bg1);
    visuals.selection.bg_fill = faint(palette.accent, 0.3);
    visuals.selection.stroke.color = colour(palette.text1);
    visuals.text_cursor.stroke.color = colour(palette.accent);
    visuals.text_cursor.blink = false;
    for widget in [
        &mut visuals.widgets.inactive,
        &mut visuals.widgets.hovered,
        &mut visuals.widgets.active,
        &mut visuals.widgets.open,
    ] {
        widget.fg_stroke.color = colour(palette.text1);
        widget.bg_fill = colour(palette.line2);
    }
    visuals.widgets.noninteractive.fg_stroke.color = colour(palette.text2);
    visuals.widgets.inactive.bg_fill = faint(palette.line2, 0.6);
}

/// A palette colour for egui.
pub fn colour(rgb: Rgb) -> Color32 {
    let [r, g, b] = rgb.bytes();
    Color32::from_rgb(r, g, b)
}

/// A palette colour with an opacity of 0–1, as it would blend among sRGB values; see `shaders/panels.wgsl`.
pub fn faint(rgb: Rgb, alpha: f32) -> Color32 {
    let [r, g, b] = rgb.bytes();
    Color32::from_rgba_unmultiplied(r, g, b, (alpha.clamp(0.0, 1.0) * 255.0).round() as u8)
}

/// The characters of `text` that the shipped fonts cannot draw, each once, in order. Spaces and controls are not drawn.
pub fn missing_glyphs(text: &str) -> Vec<char> {
    static DRAWN: LazyLock<[Vec<(u32, u32)>; 2]> = LazyLock::new(|| [REGULAR, LETTERS].map(glyphs::ranges));
    let mut missing = Vec::new();
    for c in text.chars() {
        if !c.is_whitespace()
            && !c.is_control()
            && !DRAWN.iter().any(|ranges| glyphs::holds(ranges, c))
            && !missing.contains(&c)
        {
            missing.push(c);
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::epaint::text::Fonts;

    use super::*;

    #[test]
    fn every_character_we_draw_has_a_glyph() {
        let drawn = [
            include_str!("../../assets/locales/zh-CN.ftl"),
            include_str!("../../assets/locales/en.ftl"),
            include_str!("../domain/site.rs"),
            "①②③④⑤⑥⑳ⅠⅡⅢⅣ≥≤×·›─◉●■○✚²³°′…—–−±•→←↑↓ÀÉÑÖßçøŁőžАЖя㎡",
            "碶圳嘢𬒈㙟䃗",
        ];
        for text in drawn {
            assert_eq!(missing_glyphs(text), Vec::<char>::new());
        }
        assert_eq!(missing_glyphs("a\u{E123}b\u{E123}"), ['\u{E123}']);
    }

    #[test]
    fn figures_are_tabular_in_both_weights() {
        let mut fonts = Fonts::new(Default::default(), fonts());
        let mut view = fonts.with_pixels_per_point(1.0);
        for role in [Role::BODY, Role::HERO] {
            let widths: Vec<_> = "0123456789".chars().map(|c| view.glyph_width(&role.font(), c)).collect();
            assert!(widths.iter().all(|width| (width - widths[0]).abs() < 0.01 && *width > 0.0), "{widths:?}");
        }
    }
}
