//! Whether everything the panels write can be read, judged by the shapes that are laid out and not by eye: sizes for the
//! farthest seat, nothing cut off, nothing on top of something else, contrast.
//!
//! An object of `p` u seen from `k` picture heights subtends `p · 3.183 / k` arc-minutes (1 u is 1/1080 of the height).

use std::sync::OnceLock;

use bevy_egui::egui::epaint::{Shape, TextShape};
use bevy_egui::egui::{Color32, Pos2, Rect, Vec2, vec2};

use super::fixture;
use super::floors::{LEAST_DIGITS, least_han};
use super::layout::pixels_per_u;
use super::preview::{Shot, drawn, shots};
use super::style::{Role, colour};
use crate::city::Freshness;
use crate::locale::Locale;
use crate::palette::{Rgb, Theme};
use crate::scene::{Profile, Scenes};

/// The farthest seat, in picture heights: what the design's sizes are made for.
const FARTHEST: f32 = 2.5;
/// The same at a desk: 65 cm from a picture of 24 inches.
const AT_A_DESK: f32 = 0.65 / 0.299;

/// The pictures of real walls in pixels: one screen, two and three side by side, with 1080 and 2160 lines.
const SIZES: [Vec2; 5] =
    [vec2(1920.0, 1080.0), vec2(3840.0, 2160.0), vec2(3840.0, 1080.0), vec2(5760.0, 1080.0), vec2(7680.0, 2160.0)];

/// The names that the fixture writes on the map; where they go is tested with the map (`map/labels`).
const MAP_NAMES: [&str; 3] = ["东沚", "望澜", "盐坊社区"];

/// One text as it lies on the picture.
struct Said {
    text: String,
    size: f32,
    /// Around its ink, u.
    ink: Rect,
    clip: Rect,
    colours: Vec<Color32>,
    /// It ends in `…` for want of room.
    is_shortened: bool,
}

fn gather(clip: Rect, shape: &Shape, texts: &mut Vec<Said>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| gather(clip, shape, texts)),
        // The watermark of a drill lies askew and faint under everything, on purpose.
        Shape::Text(text) if text.angle == 0.0 && !text.galley.text().trim().is_empty() => texts.push(said(clip, text)),
        _ => {}
    }
}

fn said(clip: Rect, shape: &TextShape) -> Said {
    let sections = &shape.galley.job.sections;
    let own = |colour: Color32| if colour == Color32::PLACEHOLDER { shape.fallback_color } else { colour };
    let colours = match shape.override_text_color {
        Some(colour) => vec![colour],
        None => sections.iter().map(|section| own(section.format.color)).collect(),
    };
    Said {
        text: shape.galley.text().to_owned(),
        size: sections.iter().map(|section| section.format.font_id.size).fold(f32::INFINITY, f32::min),
        ink: shape.galley.mesh_bounds.translate(shape.pos.to_vec2()),
        clip,
        colours,
        is_shortened: shape.galley.elided,
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
}

/// A picture with what is written on it.
struct Read {
    name: String,
    shot: Shot,
    texts: Vec<Said>,
}

/// Every scene at every size, for walls and desks in both languages, and walls in the bright theme; and the states of the
/// scenes. Without a card beside the pointer, which lies over everything on its own ground. Drawn once for all tests.
fn all() -> &'static [Read] {
    static ALL: OnceLock<Vec<Read>> = OnceLock::new();
    ALL.get_or_init(|| {
        let city = fixture::full();
        let mut cases: Vec<(String, Shot)> =
            shots(&city).into_iter().map(|(name, shot)| (name.to_owned(), Shot { hover: false, ..shot })).collect();
        for id in Scenes::default().ids() {
            let scene: &'static str = String::leak(id.to_owned());
            for pixels in SIZES {
                for (profile, locale, theme) in [
                    (Profile::Wall, Locale::ZhCn, Theme::Dark),
                    (Profile::Wall, Locale::En, Theme::Bright),
                    (Profile::Desk, Locale::ZhCn, Theme::Bright),
                    (Profile::Desk, Locale::En, Theme::Dark),
                ] {
                    let name = format!("{id} {profile:?} {locale:?} {theme:?} {pixels:?}");
                    let scale = pixels_per_u(pixels.x, pixels.y, 1.0);
                    let base = Shot { size: pixels / scale, pixels: scale, hover: false, ..Shot::default() };
                    cases.push((name, Shot { profile, locale, theme, scene, ..base }));
                }
            }
        }
        // Four screens by two: columns are a little narrower.
        for id in Scenes::default().ids() {
            let scene: &'static str = String::leak(id.to_owned());
            let base = Shot { size: vec2(3840.0, 1080.0), seams: &[960.0, 1920.0, 2880.0], ..Shot::default() };
            let name = format!("{id} between bezels");
            cases.push((name, Shot { profile: Profile::Wall, scene, hover: false, ..base }));
        }
        let read = |(name, shot): (String, Shot)| {
            let (_, shapes, _) = drawn(&city, &shot);
            let mut texts = Vec::new();
            shapes.iter().for_each(|clipped| gather(clipped.clip_rect, &clipped.shape, &mut texts));
            assert!(texts.len() > 10, "{name}: {} texts", texts.len());
            Read { name, shot, texts }
        };
        cases.into_iter().map(read).collect()
    })
}

/// All offences at once: one run tells everything there is to mend.
struct Offences(std::cell::RefCell<Vec<String>>);

impl Offences {
    fn new() -> Self {
        Self(std::cell::RefCell::default())
    }

    fn add(&self, name: &str, words: String) {
        self.0.borrow_mut().push(format!("{name}: {words}"));
    }

    fn none(self) {
        let all = self.0.into_inner();
        assert!(all.is_empty(), "{} offences:\n{}", all.len(), all.join("\n"));
    }
}

#[test]
fn every_text_can_be_read_from_the_farthest_seat() {
    let offences = Offences::new();
    for Read { name, shot, texts } in all() {
        let is_desk = shot.profile == Profile::Desk;
        // The field for a search is used from a desk's distance on a wall, too.
        let hints = ["search-hint", "search-short"].map(|key| shot.locale.t(key));
        for said in texts.iter().filter(|said| is_desk || hints.iter().all(|hint| said.text != *hint)) {
            let minutes = said.size * 3.183 / if is_desk { AT_A_DESK } else { FARTHEST };
            let least = if said.text.chars().any(is_han) { least_han(shot.profile) } else { LEAST_DIGITS };
            // A rounding step is no offence.
            if minutes < least * 0.995 {
                offences
                    .add(name, format!("`{}` of {} u has {minutes:.1} of {least} arc-minutes", said.text, said.size));
            }
        }
    }
    offences.none();
}

#[test]
fn no_text_is_cut_off() {
    let offences = Offences::new();
    for Read { name, shot, texts } in all() {
        let canvas = Rect::from_min_size(Pos2::ZERO, shot.size);
        for said in texts {
            let whole = said.clip.intersect(canvas).expand(0.6);
            // What is scrolled out of sight altogether is not cut.
            if whole.intersects(said.ink) && !whole.contains_rect(said.ink) {
                offences.add(name, format!("`{}` at {:?} is cut by {:?}", said.text, said.ink, said.clip));
            }
        }
    }
    offences.none();
}

#[test]
fn no_text_lies_on_another() {
    let offences = Offences::new();
    for Read { name, shot, texts } in all() {
        // The list of a search and the card of a number lie over the map on a ground of their own, and here nobody placed
        // the map's names.
        if !shot.query.is_empty() || shot.formula.is_some() || shot.behind.is_some() {
            continue;
        }
        let placed: Vec<&Said> = texts.iter().filter(|said| !MAP_NAMES.contains(&said.text.as_str())).collect();
        for (nth, one) in placed.iter().enumerate() {
            for other in &placed[..nth] {
                // A halo is the same text drawn again.
                if one.text == other.text {
                    continue;
                }
                let common = one.ink.intersect(one.clip).intersect(other.ink.intersect(other.clip));
                if common.is_positive() && common.width() > 1.5 && common.height() > 1.5 {
                    offences
                        .add(name, format!("`{}` at {:?} on `{}` at {:?}", one.text, one.ink, other.text, other.ink));
                }
            }
        }
    }
    offences.none();
}

#[test]
fn no_title_of_a_panel_is_shortened_on_a_wall() {
    let offences = Offences::new();
    for Read { name, shot, texts } in all() {
        if shot.profile == Profile::Desk {
            continue;
        }
        for said in texts.iter().filter(|said| said.is_shortened && said.size == Role::PANEL.size) {
            offences.add(name, format!("`{}` ends in …", said.text));
        }
    }
    offences.none();
}

/// Contrast of two opaque colours, 1 to 21 (WCAG 2.2, success criterion 1.4.3).
fn contrast(one: Color32, other: Color32) -> f32 {
    let luminance = |colour: Color32| {
        let [r, g, b] = [colour.r(), colour.g(), colour.b()].map(|byte| {
            let c = f32::from(byte) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Walls of two, three and nine screens: a text may touch no bezel, and keeps a little off.
#[test]
fn no_text_lies_on_a_bezel() {
    let offences = Offences::new();
    let city = fixture::city();
    let walls: [(Vec2, &'static [f32]); 4] = [
        (vec2(3840.0, 1080.0), &[960.0, 1920.0, 2880.0]),
        (vec2(3840.0, 1080.0), &[1920.0]),
        (vec2(5760.0, 1080.0), &[1920.0, 3840.0]),
        (vec2(1920.0, 1080.0), &[640.0, 1280.0]),
    ];
    let ids: Vec<String> = Scenes::default().ids().map(str::to_owned).collect();
    for id in ids {
        let scene: &'static str = String::leak(id);
        for (size, seams) in walls {
            for (locale, rung) in [(Locale::ZhCn, Freshness::Live), (Locale::En, Freshness::Stale)] {
                let shot =
                    Shot { size, seams, scene, locale, rung, profile: Profile::Wall, hover: false, ..Shot::default() };
                let (_, shapes, _) = drawn(&city, &shot);
                let mut texts = Vec::new();
                shapes.iter().for_each(|clipped| gather(clipped.clip_rect, &clipped.shape, &mut texts));
                for said in texts.iter().filter(|said| !MAP_NAMES.contains(&said.text.as_str())) {
                    let ink = said.ink.intersect(said.clip);
                    let near = |seam: &f32| ink.is_positive() && ink.left() < seam + 6.0 && ink.right() > seam - 6.0;
                    if let Some(seam) = seams.iter().find(|seam| near(seam)) {
                        let words = format!("`{}` at {ink:?} lies on the bezel at {seam}", said.text);
                        offences.add(&format!("{scene} {size:?} {locale:?}"), words);
                    }
                }
            }
        }
    }
    offences.none();
}

#[test]
fn every_text_stands_out_from_the_ground() {
    let offences = Offences::new();
    for Read { name, shot, texts } in all() {
        let palette = shot.theme.palette();
        let grounds: [Rgb; 2] = [palette.bg0, palette.bg1];
        for said in texts {
            for ink in said.colours.iter().filter(|ink| ink.a() == 255) {
                let worst = grounds.iter().map(|ground| contrast(*ink, colour(*ground))).fold(f32::INFINITY, f32::min);
                // Halos have the ground's own colour.
                let is_halo = texts.iter().filter(|other| other.text == said.text).count() > 1;
                if worst < 4.5 && !is_halo {
                    offences.add(name, format!("`{}` in {ink:?} has a contrast of {worst:.2}", said.text));
                }
            }
        }
    }
    offences.none();
}

#[test]
fn the_measure_of_contrast_is_the_standards() {
    assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-3);
    assert!((contrast(Color32::from_gray(0x77), Color32::WHITE) - 4.48).abs() < 0.01);
    let bright = Theme::Bright.palette();
    assert!(contrast(colour(bright.text1), colour(bright.bg0)) > 7.0);
}
