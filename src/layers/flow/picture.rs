//! Pictures of an arc on its way and after, checked by their pixels. Only in tests; needs a Vulkan adapter, a software
//! one will do. With `GRIDWALL_PICTURES` set to a folder, they are left there to be looked at.

use std::time::Duration;

use bevy::math::{UVec2, Vec2};
use bevy::prelude::*;
use image::RgbaImage;

use super::path::{Leg, point};
use super::rate::FLIGHT_S;
use super::ring::Kind;
use crate::city::{Areas, Flow, Now, Step, Tickets};
use crate::domain::{AreaCode, Stage};
use crate::layers::flow::FlowMotion;
use crate::layers::picture::Easel;
use crate::layers::shapes::tests::chessboard;
use crate::map::marks::tests::ticket;
use crate::map::{AreaIndex, Hubs, MapFrame, MapProjection, MapView};
use crate::scene::{LayerSwitches, Scenes};

/// Brightness of celadon around a point of the picture: the most of a few pixels, green over red.
fn celadon(easel: &mut Easel, picture: &RgbaImage, world: Vec2) -> i32 {
    let (view, frame) = (*easel.world().resource::<MapView>(), *easel.world().resource::<MapFrame>());
    let screen = view.screen_from_world(world.extend(0.0), &frame);
    let around = (-2..=2).flat_map(|x| (-2..=2).map(move |y| (x, y)));
    let pixel =
        |(x, y): (i32, i32)| picture.get_pixel_checked((screen.x as i32 + x) as u32, (screen.y as i32 + y) as u32);
    around.filter_map(pixel).map(|pixel| i32::from(pixel.0[1]) - i32::from(pixel.0[0])).max().unwrap_or(0)
}

#[test]
fn an_arc_flies_once_and_leaves_its_trace() {
    let mut easel = Easel::new(UVec2::new(960, 540));
    let bounds = easel.show(chessboard(8), Vec::new(), |_, _| 0);
    let frame = *easel.world().resource::<MapFrame>();
    *easel.world().resource_mut::<MapView>() = MapView::fitting(bounds, 0.0, 0.0, 1.3, &frame);
    let mut scenes = Scenes::default();
    assert!(scenes.show("flow"));
    easel.world().resource_mut::<LayerSwitches>().follow(scenes.current());
    // The clock stands unless it is told to go.
    easel.world().resource_mut::<Time<Virtual>>().set_relative_speed(0.0);
    let table = easel.world().resource::<Areas>().table.clone();
    let projection = easel.world().resource::<MapProjection>().0.expect("areas");
    let hubs = Hubs::build(&table, &AreaIndex::build(&table, &projection));
    let street = table.find(&AreaCode::new("s0-0")).expect("a street");
    let hub = hubs.of(street, &table).expect("a hub").1;
    easel.world().insert_resource(hubs);
    let at = (109.0 + 0.0005, 21.0 + 0.0005);
    let mut moving = ticket("T1", Some("g0-0"), Some(at));
    let now = easel.world().resource::<Now>().at;
    (moving.stage, moving.stage_since) = (Stage::Report, now);
    let id = moving.id.clone();
    easel.world().resource_mut::<Tickets>().by_id.insert(id.clone(), moving);
    let still = easel.picture("flow-still.png");

    let leg = Leg { kind: Kind::Up, from: projection.world_from_lonlat(at.0, at.1), to: hub, is_to_centre: false };
    let step = Step { id, from: Some(Stage::Collect), to: Stage::Report, at: now, is_seen: true };
    easel.world().resource_mut::<Flow>().push(step, now);
    easel.update();
    assert!(easel.world().resource::<FlowMotion>().is_moving);
    let half = Duration::from_secs_f64(FLIGHT_S / 2.0);
    easel.world().resource_mut::<Time<Virtual>>().advance_by(half);
    let flying = easel.picture("flow-flying.png");
    // Half the time is three quarters of the way.
    let (head, ahead) = (point(&leg, 0.75), point(&leg, 0.93));
    let [dark, bright] = [&still, &flying].map(|picture| celadon(&mut easel, picture, head));
    assert!(bright > dark + 40, "the head of the arc: {dark} then {bright}");
    let unseen = celadon(&mut easel, &flying, ahead) - celadon(&mut easel, &still, ahead);
    assert!(unseen < 12, "nothing is ahead of it: {unseen}");

    easel.world().resource_mut::<Time<Virtual>>().advance_by(Duration::from_secs(20));
    let trace = easel.picture("flow-trace.png");
    assert!(!easel.world().resource::<FlowMotion>().is_moving, "then the wall is at rest");
    let left = celadon(&mut easel, &trace, ahead) - celadon(&mut easel, &still, ahead);
    assert!((8..60).contains(&left), "a trace is left: {left}");
    // Past the turn of the shader's hour it is gone, and does not fly again.
    easel.world().resource_mut::<Time<Virtual>>().advance_by(Duration::from_secs(3600));
    let later = easel.picture("flow-later.png");
    for at in [head, ahead] {
        let gone = celadon(&mut easel, &later, at) - celadon(&mut easel, &still, at);
        assert!(gone.abs() < 6, "{gone}");
    }
}
