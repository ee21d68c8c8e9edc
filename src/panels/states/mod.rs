//! Every kind of panel in every state that its figures can be in: zero, no data, withheld, stale, lost and not yet come
//! must look different, by pixels, and none may pass for another, by words and inks. Only in tests.
//!
//! `GRIDWALL_PICTURES=folder cargo test … panels::states -- --ignored` writes a sheet of pictures for each kind.

mod clicks;
mod large;
mod picture;
mod world;

use std::sync::LazyLock;

use bevy_egui::egui::Color32;

use super::head::HEAD;
use super::style::{Role, colour};
use crate::locale::Locale;
use crate::palette::Theme;
use crate::scene::PanelKind;
use picture::{Picture, draw};
use world::{State, kinds, states_of};

/// So many pixels must differ below the head: two digits of body text have about as many.
const LEAST_PIXELS: usize = 120;

/// Every kind in each of its states, drawn once for all tests.
static DRAWN: LazyLock<Vec<(PanelKind, Vec<(State, Picture)>)>> = LazyLock::new(|| {
    let of = |kind| states_of(kind).iter().map(move |state| (*state, draw(kind, *state, Theme::Dark, Locale::ZhCn)));
    kinds().into_iter().map(|kind| (kind, of(kind).collect())).collect()
});

/// Pixels below the head that two pictures do not share.
fn difference(one: &Picture, other: &Picture) -> usize {
    let (left, top) = (one.rect.left() as u32, (one.rect.top() + HEAD) as u32);
    let apart = |a: &image::Rgb<u8>, b: &image::Rgb<u8>| a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 24);
    one.pixels
        .enumerate_pixels()
        .filter(|(x, y, pixel)| *x >= left && *y >= top && apart(pixel, other.pixels.get_pixel(*x, *y)))
        .count()
}

/// The texts below the head, with their inks and sizes.
fn below(picture: &Picture) -> impl Iterator<Item = (&str, Color32, f32)> {
    let top = picture.rect.top() + HEAD - 8.0;
    let texts = picture.texts.iter().filter(move |text| text.at.y >= top);
    texts.flat_map(|text| text.inks.iter().map(|ink| (text.text.as_str(), *ink, text.size)))
}

/// True for a bare number, be it with a unit behind it.
fn is_number(text: &str) -> bool {
    let (digits, unit) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let is_digits = digits.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | '%' | '−' | '+' | '×' | ':'));
    is_digits
        && digits.contains(|c: char| c.is_ascii_digit())
        && matches!(unit, "" | "%" | "件" | "人" | "分" | "时" | "天")
}

/// True for a bare zero.
fn is_zero(text: &str) -> bool {
    is_number(text) && text.chars().filter(char::is_ascii_digit).all(|c| c == '0')
}

/// Numbers on a panel that belong to another feed than its own, or to nothing that is measured.
fn is_of_another(kind: PanelKind, text: &str) -> bool {
    match kind {
        // Grids and people are facts of the areas.
        PanelKind::Card => ["20", "19,160"].contains(&text),
        // How long tickets lie in a lane is counted from the tickets.
        PanelKind::Lanes => !text.contains('%'),
        // Visits are counted by the teams.
        PanelKind::GridFacts => ["42", "30 %"].contains(&text),
        // The scale of the map's colours.
        PanelKind::HeatTotal => ["0", "2", "4", "8"].contains(&text),
        // The wall counts what it is itself.
        PanelKind::WallHealth => true,
        // When it happened, and how long a clock ran that has stopped.
        PanelKind::Ticket => text.contains(':') || text == "13 分",
        _ => false,
    }
}

#[test]
fn the_names_of_all_kinds_are_known() {
    let kinds = kinds();
    assert_eq!((kinds.first(), kinds.last()), (Some(&PanelKind::Intake), Some(&PanelKind::EventWatch)));
    assert_eq!(kinds.len(), PanelKind::EventWatch as usize + 1, "none is left out");
}

#[test]
fn states_look_different_in_every_kind_of_panel() {
    let mut offences = Vec::new();
    for (kind, pictures) in DRAWN.iter() {
        for (nth, (state, one)) in pictures.iter().enumerate() {
            for (before, other) in &pictures[..nth] {
                let pixels = difference(one, other);
                if pixels < LEAST_PIXELS {
                    offences.push(format!("{kind:?}: {before:?} and {state:?} differ in {pixels} pixels"));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{} offences:\n{}", offences.len(), offences.join("\n"));
}

#[test]
fn no_state_passes_for_another() {
    let palette = Theme::Dark.palette();
    let (strong, stale) = (colour(palette.text1), colour(palette.stale));
    let mut offences = Vec::new();
    for (kind, pictures) in DRAWN.iter() {
        for (state, picture) in pictures {
            let mut add = |words: String| offences.push(format!("{kind:?} {state:?}: {words}"));
            if below(picture).next().is_none() && !picture.texts.iter().any(|text| text.text.len() > 12) {
                add("says nothing".into());
            }
            if *state == State::Suppressed && picture.strokes < 2 {
                add("is not hatched".into());
            }
            let is_counted = |text: &str| text.starts_with("0 ") && !is_of_another(*kind, "0");
            let nobody_counts = matches!(state, State::NoData | State::Coming | State::Lost);
            for said in picture.texts.iter().filter(|said| nobody_counts && is_counted(&said.text)) {
                add(format!("`{}` counts what nobody has", said.text));
            }
            for (text, ink, size) in below(picture) {
                // Digits of axes are quiet and small, and stand for nothing that was measured.
                if !is_number(text) || size <= Role::AXIS.size || is_of_another(*kind, text) {
                    continue;
                }
                match state {
                    // A number that nobody has is no zero, and no other number either.
                    State::NoData | State::Coming | State::Suppressed | State::Lost
                        if is_zero(text) || ink == strong || ink == stale =>
                    {
                        add(format!("`{text}` is a number"));
                    }
                    State::Stale if ink == strong => add(format!("`{text}` looks current")),
                    State::Full | State::Zero if ink == stale => add(format!("`{text}` looks stale")),
                    _ => {}
                }
            }
        }
    }
    assert!(offences.is_empty(), "{} offences:\n{}", offences.len(), offences.join("\n"));
}

#[test]
#[ignore = "writes pictures to look at into the folder GRIDWALL_PICTURES names"]
fn sheets() {
    let Some(folder) = std::env::var_os("GRIDWALL_PICTURES").map(std::path::PathBuf::from) else { return };
    let only = std::env::var("GRIDWALL_PICTURE").ok();
    for kind in kinds() {
        let name = format!("{kind:?}");
        if only.as_ref().is_some_and(|only| !only.split(',').any(|part| part == name)) {
            continue;
        }
        for (theme, locale, suffix) in [(Theme::Dark, Locale::ZhCn, ""), (Theme::Bright, Locale::En, "-bright-en")] {
            let pictures: Vec<Picture> =
                states_of(kind).iter().map(|state| draw(kind, *state, theme, locale)).collect();
            let (wide, high) = pictures[0].pixels.dimensions();
            // Wide panels stand below each other.
            let across = u32::from(wide < 1000);
            let count = pictures.len() as u32;
            let size = if across == 1 { (wide * count, high) } else { (wide, high * count) };
            let mut sheet = image::RgbImage::new(size.0, size.1);
            for (nth, picture) in pictures.iter().enumerate() {
                let nth = nth as i64;
                let (x, y) = (nth * i64::from(wide * across), nth * i64::from(high * (1 - across)));
                image::imageops::replace(&mut sheet, &picture.pixels, x, y);
            }
            sheet.save(folder.join(format!("{name}{suffix}.png"))).expect("written");
        }
    }
}
