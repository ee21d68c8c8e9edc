//! Whether a wall that was drawn in parts is the wall that is drawn whole.

use std::path::Path;
use std::time::Duration;

use bevy::prelude::*;
use bevy::render::camera::ExtractedCamera;
use bevy::render::view::ViewTarget;
use image::RgbaImage;

use crate::city::{Areas, Now, Tallies};
use crate::config::{Config, ConfigFile, Overrides};
use crate::domain::Level;
use crate::layers::frame::LayerFrame;
use crate::layers::heat::HeatState;
use crate::map::{MapFrame, MapView};
use crate::palette::Theme;
use crate::selection::{Selection, Target};
use crate::wall::canvas::Canvas;
use crate::wall::headless::Headless;
use crate::wall::snapshot::{Shot, forget_history, take};

const AT: &str = "2026-11-21T14:32:05+08:00";

fn wall(scene: &str) -> Headless {
    wall_with(scene, Overrides { at: AT.parse().ok(), ..Overrides::default() })
}

fn wall_with(scene: &str, over: Overrides) -> Headless {
    let config = Config::resolve(ConfigFile::default(), Path::new("x"), "", over).expect("defaults");
    let supply = crate::launch::supply(&config, crate::launch::Waker::default()).expect("a platform");
    let mut wall = crate::wall::headless_wall(&config, supply.link, 960, 540);
    let shot = Shot { scene: Some(scene.into()), ..Shot::default() };
    take(&mut wall, &shot, Duration::from_secs(300)).expect("a picture");
    rest(&mut wall);
    wall
}

fn rest(wall: &mut Headless) {
    for _ in 0..12 {
        wall.update().expect("drawn");
    }
}

/// The picture as it is, and all of it drawn again.
fn in_parts_and_whole(wall: &mut Headless) -> [RgbaImage; 2] {
    rest(wall);
    let parts = wall.capture().expect("a picture");
    // Touches every material and leaves the view alone.
    wall.world().resource_mut::<LayerFrame>().set_changed();
    rest(wall);
    [parts, wall.capture().expect("a picture")]
}

/// Pixels that differ by more than a rounding, and the most by which any does.
fn differing([a, b]: &[RgbaImage; 2]) -> (usize, u8) {
    let by = |(a, b): (&image::Rgba<u8>, &image::Rgba<u8>)| a.0.iter().zip(b.0).map(|(a, b)| a.abs_diff(b)).max();
    let all: Vec<u8> = a.pixels().zip(b.pixels()).filter_map(by).collect();
    (all.iter().filter(|by| **by > 2).count(), all.iter().copied().max().unwrap_or(0))
}

#[test]
#[ignore = "draws the whole wall, which takes a graphics adapter and half a minute"]
fn a_wall_drawn_in_parts_is_the_wall_drawn_whole() {
    let mut wall = wall("heat");
    let before = wall.capture().expect("a picture");
    // Back and forth and up, by whole pixels of this picture.
    for (x, y) in [(7.0, 0.0), (40.0, -12.0), (-90.0, 33.0), (3.0, 1.0), (-1.0, 2.0)] {
        let px = wall.world().resource::<MapFrame>().u;
        let mut view = wall.world().resource_mut::<MapView>();
        let step = Vec2::new(x, y) * view.m_per_u / px;
        view.center += step;
        wall.update().expect("drawn");
    }
    let panned = in_parts_and_whole(&mut wall);
    assert_ne!(before, panned[0]);
    let (many, most) = differing(&panned);
    assert!(many < 200, "after a pan {many} pixels differ, by up to {most}");

    let now = AT.parse::<jiff::Timestamp>().expect("a moment").as_second() as u32;
    for key in 0..40_u64 {
        wall.world().resource_mut::<HeatState>().put_anywhere(1 << 40 | key << 33, now - 5);
        wall.update().expect("drawn");
    }
    let hotter = in_parts_and_whole(&mut wall);
    assert_ne!(panned[0], hotter[0]);
    let (many, most) = differing(&hotter);
    assert!(many < 200, "after new events {many} pixels differ, by up to {most}");
}

#[test]
fn a_wall_at_rest_keeps_its_texture() {
    let mut wall = wall("overview");
    let texture = |wall: &Headless| {
        let world = wall.drawn()?;
        Some(world.try_query::<&ViewTarget>()?.iter(world).next()?.main_texture().id())
    };
    let is_drawing = |wall: &Headless| {
        let cameras = wall.drawn().and_then(|world| Some(world.try_query::<&ExtractedCamera>()?.iter(world).count()));
        cameras.unwrap_or(0) > 0
    };
    let before = texture(&wall).expect("a texture");
    let mut resting = 0;
    for _ in 0..40 {
        wall.update().expect("drawn");
        resting = if is_drawing(&wall) { 0 } else { resting + 1 };
        if resting > 5 {
            break;
        }
    }
    assert!(resting > 5, "it never rests for long enough");
    wall.world().resource_mut::<LayerFrame>().set_changed();
    wall.update().expect("drawn");
    assert!(is_drawing(&wall));
    assert_eq!(texture(&wall), Some(before));
}

#[test]
fn a_digit_that_was_never_drawn_is_there_in_the_frame_that_shows_it() {
    let mut wall = wall_with("overview", Overrides::default());
    let second = |wall: &mut Headless| wall.world().resource::<Now>().at.as_second();
    let mut compared = 0;
    for _ in 0..12 {
        forget_history(&mut wall);
        rest(&mut wall);
        let before = second(&mut wall);
        while second(&mut wall) == before {
            wall.update().expect("drawn");
        }
        let now = second(&mut wall);
        let first = wall.read(None).expect("a picture");
        rest(&mut wall);
        let (many, most) = differing(&[first, wall.read(None).expect("a picture")]);
        // On a slow machine the clock may have moved on between the two.
        if second(&mut wall) == now {
            assert_eq!(many, 0, "so many pixels came later, by up to {most}");
            compared += 1;
        }
        if compared == 4 {
            return;
        }
    }
    panic!("only {compared} ticks could be compared");
}

/// Gives all areas other counts and draws.
fn recolour(wall: &mut Headless, step: u32) {
    let mut tallies = wall.world().resource_mut::<Tallies>();
    tallies.areas.iter_mut().zip(0_u32..).for_each(|(tally, at)| tally.open = (at + step) % 9);
    wall.update().expect("drawn");
}

fn is_mixing(wall: &Headless) -> bool {
    wall.drawn()
        .and_then(|world| world.get_resource::<Canvas>())
        .is_some_and(|canvas| canvas.sheets().recolours.is_ready())
}

#[test]
#[ignore = "draws the whole wall, which takes a graphics adapter and half a minute"]
fn areas_in_other_colours_are_drawn_as_in_a_whole_picture() {
    let mut wall = wall("overview");
    let before = wall.capture().expect("a picture");
    compare_recolours(&mut wall, "overview");
    assert!(before != wall.capture().expect("a picture"));
    *wall.world().resource_mut::<Theme>() = Theme::Bright;
    rest(&mut wall);
    compare_recolours(&mut wall, "bright");
    // A street, nearer and under a veil: its grids are coloured.
    let table = wall.world().resource::<Areas>().table.clone();
    let street = table.at_level(Level::Street).nth(2).expect("a street");
    wall.world().resource_mut::<Selection>().target = Target::Area(table.get(street).code.clone());
    for _ in 0..60 {
        wall.update().expect("drawn");
        std::thread::sleep(Duration::from_millis(20));
    }
    compare_recolours(&mut wall, "street");
}

/// Recolours until the colours are mixed and not drawn, and compares with a picture that is drawn whole.
fn compare_recolours(wall: &mut Headless, what: &str) {
    recolour(wall, 0);
    assert!(!is_mixing(wall), "{what}: one recolour is drawn");
    for step in 0..200 {
        recolour(wall, step);
        if is_mixing(wall) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    for step in 3..8 {
        assert!(is_mixing(wall), "{what}");
        recolour(wall, step);
    }
    // A few areas alone, by their own rectangles.
    wall.world().resource_mut::<Tallies>().areas.iter_mut().step_by(400).for_each(|tally| tally.open += 4);
    wall.update().expect("drawn");
    assert!(is_mixing(wall), "{what}");
    let coloured = in_parts_and_whole(wall);
    assert!(!is_mixing(wall), "{what}: everything was drawn");
    let (many, most) = differing(&coloured);
    if let Some(to) = std::env::var_os("GRIDWALL_TEST_PICTURES") {
        coloured.iter().zip(["parts", "whole"]).for_each(|(picture, name)| {
            picture.save(Path::new(&to).join(format!("{what}-{name}.png"))).expect("saved");
        });
    }
    assert!(many < 50, "{what}: {many} pixels differ, by up to {most}");
}
