//! The map as a whole, without a window system or a GPU: real messages in, selection and view out.

use std::time::Duration;

use bevy::input::InputPlugin;
use bevy::input::mouse::{MouseScrollUnit, MouseWheel};
use bevy::input::touch::{TouchInput, TouchPhase};
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bevy::window::PrimaryWindow;

use super::marks::tests::{ticket, tickets};
use super::pick::tests::{area, rect};
use super::*;
use crate::city::Step;
use crate::domain::{AreaCode, AreaTable, Level, Matter, Stage, TicketId};
use crate::selection::{Selection, Target};

fn areas() -> Areas {
    let (table, defects) = AreaTable::build(vec![
        area("0", Level::District, None, vec![rect(0.0, 0.0, 0.08, 0.04)]),
        area("w", Level::Street, Some("0"), vec![rect(0.0, 0.0, 0.04, 0.04)]),
        area("e", Level::Street, Some("0"), vec![rect(0.04, 0.0, 0.08, 0.04)]),
        area("ws", Level::Community, Some("w"), vec![rect(0.0, 0.0, 0.04, 0.02)]),
        area("wn", Level::Community, Some("w"), vec![rect(0.0, 0.02, 0.04, 0.04)]),
        area("ws1", Level::Grid, Some("ws"), vec![rect(0.0, 0.0, 0.02, 0.02)]),
        area("ws2", Level::Grid, Some("ws"), vec![rect(0.02, 0.0, 0.04, 0.02)]),
        area("wn3", Level::Grid, Some("wn"), vec![rect(0.0, 0.02, 0.04, 0.04)]),
    ]);
    assert!(defects.is_empty());
    Areas { table: table.into(), defects }
}

struct Bench {
    app: App,
    window: Entity,
}

impl Bench {
    fn new() -> Self {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, InputPlugin, plugin))
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(20)))
            .insert_resource(areas())
            .insert_resource(tickets(vec![ticket("T1", Some("ws1"), Some((0.005, 0.005)))]))
            .insert_resource(MapFrame {
                free: Rect::from_corners(Vec2::new(440.0, 124.0), Vec2::new(1480.0, 924.0)),
                ..MapFrame::default()
            });
        let window =
            app.world_mut().spawn((Window { resolution: (1920, 1080).into(), ..default() }, PrimaryWindow)).id();
        let mut bench = Self { app, window };
        bench.settle();
        bench
    }

    fn settle(&mut self) {
        for _ in 0..200 {
            self.app.update();
            if !self.app.world().resource::<MapMotion>().is_moving() {
                self.app.update();
                return;
            }
        }
        panic!("the view never came to rest");
    }

    fn screen_of(&self, lon: f64, lat: f64) -> Vec2 {
        let projection = self.app.world().resource::<MapProjection>().0.unwrap();
        let world = projection.world_from_lonlat(lon, lat).extend(0.0);
        self.app.world().resource::<MapView>().screen_from_world(world, self.app.world().resource())
    }

    fn point_at(&mut self, screen: Vec2) {
        let mut window = self.app.world_mut().get_mut::<Window>(self.window).unwrap();
        window.set_cursor_position(Some(screen));
    }

    fn button(&mut self, pressed: bool) {
        let mut buttons = self.app.world_mut().resource_mut::<ButtonInput<MouseButton>>();
        if pressed { buttons.press(MouseButton::Left) } else { buttons.release(MouseButton::Left) }
    }

    /// A press and a release in two frames at a place on the map.
    fn click(&mut self, lon: f64, lat: f64) {
        let screen = self.screen_of(lon, lat);
        self.point_at(screen);
        self.step_with_button(true);
        self.step_with_button(false);
        self.settle();
    }

    fn step_with_button(&mut self, pressed: bool) {
        self.button(pressed);
        self.update_keeping_input();
    }

    /// `InputPlugin` clears what was just pressed at the start of a frame, so the systems are run on their own.
    fn update_keeping_input(&mut self) {
        self.app.world_mut().run_schedule(Update);
        self.app.world_mut().resource_mut::<ButtonInput<MouseButton>>().clear();
        self.app.world_mut().resource_mut::<ButtonInput<KeyCode>>().clear();
    }

    fn tap(&mut self, key: KeyCode) {
        self.app.world_mut().resource_mut::<ButtonInput<KeyCode>>().press(key);
        self.update_keeping_input();
        self.app.world_mut().resource_mut::<ButtonInput<KeyCode>>().release(key);
        self.update_keeping_input();
        self.settle();
    }

    fn target(&self) -> Target {
        self.app.world().resource::<Selection>().target.clone()
    }

    fn view(&self) -> MapView {
        *self.app.world().resource::<MapView>()
    }
}

fn to(code: &str) -> Target {
    Target::Area(AreaCode::new(code))
}

#[test]
fn the_first_areas_are_shown_whole_and_at_once() {
    let bench = Bench::new();
    let free = bench.app.world().resource::<MapFrame>().free;
    for (lon, lat) in [(0.0, 0.0), (0.08, 0.04)] {
        assert!(free.contains(bench.screen_of(lon, lat)));
    }
    assert!((bench.screen_of(0.08, 0.0).x - bench.screen_of(0.0, 0.0).x) > 900.0);
}

#[test]
fn four_clicks_lead_from_the_district_to_the_ticket_and_keys_lead_back() {
    let mut bench = Bench::new();
    bench.click(0.005, 0.005);
    assert_eq!(bench.target(), to("w"));
    bench.click(0.005, 0.005);
    assert_eq!(bench.target(), to("ws"));
    // In the community the ticket has a mark; beside it is the grid.
    bench.click(0.015, 0.015);
    assert_eq!(bench.target(), to("ws1"));
    bench.click(0.005, 0.005);
    assert_eq!(bench.target(), Target::Ticket(TicketId::new("T1")));
    let middle = bench.app.world().resource::<MapFrame>().free.center();
    assert!(bench.screen_of(0.005, 0.005).distance(middle) < 1.0, "the view went there");
    bench.tap(KeyCode::Escape);
    assert_eq!(bench.target(), to("ws1"));
    bench.tap(KeyCode::Escape);
    assert_eq!(bench.target(), to("ws"));
    bench.tap(KeyCode::Backspace);
    assert_eq!(bench.target(), to("ws1"));
}

#[test]
fn a_drag_pans_and_selects_nothing() {
    let mut bench = Bench::new();
    bench.tap(KeyCode::Equal);
    let start = bench.screen_of(0.03, 0.02);
    bench.point_at(start);
    bench.step_with_button(true);
    bench.point_at(start + Vec2::new(60.0, -30.0));
    bench.update_keeping_input();
    assert!(bench.app.world().resource::<MapMotion>().is_moving());
    assert!(bench.screen_of(0.03, 0.02).distance(start + Vec2::new(60.0, -30.0)) < 0.1);
    bench.step_with_button(false);
    bench.settle();
    assert_eq!(bench.target(), Target::District);
}

#[test]
fn a_small_tremble_is_still_a_click() {
    let mut bench = Bench::new();
    let start = bench.screen_of(0.06, 0.02);
    bench.point_at(start);
    bench.step_with_button(true);
    bench.point_at(start + Vec2::new(2.0, 2.0));
    bench.step_with_button(false);
    bench.settle();
    assert_eq!(bench.target(), to("e"));
}

#[test]
fn panels_keep_what_is_theirs() {
    let mut bench = Bench::new();
    bench.app.insert_resource(PointerOnPanels(true)).insert_resource(KeysOnPanels(true));
    let before = bench.view();
    bench.click(0.005, 0.005);
    bench.tap(KeyCode::KeyT);
    bench.tap(KeyCode::ArrowLeft);
    assert_eq!(bench.target(), Target::District);
    assert_eq!(bench.view(), before);
    assert_eq!(*bench.app.world().resource::<Hover>(), Hover::default());
}

#[test]
fn the_wheel_zooms_about_the_cursor_within_limits() {
    let mut bench = Bench::new();
    let cursor = bench.screen_of(0.02, 0.01);
    bench.point_at(cursor);
    let notch = |bench: &mut Bench, y: f32| {
        let window = bench.window;
        let wheel = MouseWheel { unit: MouseScrollUnit::Line, x: 0.0, y, window, phase: TouchPhase::Moved };
        bench.app.world_mut().write_message(wheel);
        bench.update_keeping_input();
        bench.settle();
    };
    let before = bench.view().m_per_u;
    notch(&mut bench, 3.0);
    assert!((bench.view().m_per_u * 1.25_f32.powi(3) / before - 1.0).abs() < 1e-3);
    assert!(bench.screen_of(0.02, 0.01).distance(cursor) < 0.5);
    for _ in 0..20 {
        notch(&mut bench, 20.0);
    }
    assert!(bench.view().m_per_u >= 0.19);
    for _ in 0..20 {
        notch(&mut bench, -20.0);
    }
    assert!(bench.view().m_per_u <= before * 2.6);
    bench.tap(KeyCode::Home);
    assert!((bench.view().m_per_u / before - 1.0).abs() < 1e-3);
}

#[test]
fn fingers_tap_drag_and_pinch() {
    let mut bench = Bench::new();
    let finger = |bench: &mut Bench, id: u64, position: Vec2, phase: TouchPhase| {
        let window = bench.window;
        bench.app.world_mut().write_message(TouchInput { phase, position, window, force: None, id });
    };
    let start = bench.screen_of(0.02, 0.02);
    let before = bench.view().m_per_u;
    // Two fingers that move apart about their middle.
    for (phase, spread) in [(TouchPhase::Started, 50.0), (TouchPhase::Moved, 100.0), (TouchPhase::Ended, 100.0)] {
        finger(&mut bench, 1, start - Vec2::new(spread, 0.0), phase);
        finger(&mut bench, 2, start + Vec2::new(spread, 0.0), phase);
        // Fingers that rest do nothing.
        bench.app.update();
        bench.app.update();
    }
    let twice = bench.screen_of(0.02, 0.02);
    assert!(twice.distance(start) < 0.5);
    assert!((bench.view().m_per_u / before - 0.5).abs() < 1e-3);
    assert_eq!(bench.target(), Target::District);
    // One finger drags.
    finger(&mut bench, 3, start, TouchPhase::Started);
    bench.app.update();
    finger(&mut bench, 3, start + Vec2::new(40.0, 10.0), TouchPhase::Moved);
    bench.app.update();
    assert!(bench.screen_of(0.02, 0.02).distance(start + Vec2::new(40.0, 10.0)) < 0.5);
    finger(&mut bench, 3, start + Vec2::new(40.0, 10.0), TouchPhase::Ended);
    bench.app.update();
    assert_eq!(bench.target(), Target::District);
    // And taps.
    let east = bench.screen_of(0.045, 0.02);
    finger(&mut bench, 4, east, TouchPhase::Started);
    bench.app.update();
    finger(&mut bench, 4, east, TouchPhase::Ended);
    bench.settle();
    assert_eq!(bench.target(), to("e"));
    assert_eq!(*bench.app.world().resource::<Hover>(), Hover::default(), "a lifted finger hovers nowhere");
}

#[test]
fn hovering_names_what_a_click_would_select() {
    let mut bench = Bench::new();
    let screen = bench.screen_of(0.06, 0.02);
    bench.point_at(screen);
    bench.app.update();
    let areas = bench.app.world().resource::<Areas>().table.clone();
    let east = areas.find(&AreaCode::new("e"));
    assert_eq!(bench.app.world().resource::<Hover>().area, east);
    bench.point_at(Vec2::new(10.0, 10.0));
    bench.app.update();
    assert_eq!(bench.app.world().resource::<Hover>().area, None);
}

#[test]
fn what_moved_lately_is_met_from_afar_where_flow_is_shown() {
    let mut bench = Bench::new();
    let now = bench.app.world().resource::<Now>().at;
    let mut closed = ticket("T2", Some("wn3"), Some((0.01, 0.03)));
    (closed.stage, closed.stage_since) = (Stage::Closed, now);
    bench.app.world_mut().resource_mut::<Tickets>().by_id.insert(closed.id.clone(), closed);
    let step = Step { id: TicketId::new("T2"), from: Some(Stage::Evaluate), to: Stage::Closed, at: now, is_seen: true };
    bench.app.world_mut().resource_mut::<Flow>().push(step, now);
    let found = |bench: &mut Bench, at: (f64, f64)| {
        let screen = bench.screen_of(at.0, at.1);
        bench.point_at(screen);
        // Marks are indexed once a second.
        (0..60).for_each(|_| bench.app.update());
        bench.app.world().resource::<Hover>().ticket.clone()
    };
    assert!(bench.view().u_per_km() < 400.0);
    assert_eq!(found(&mut bench, (0.01, 0.03)), None, "nothing moves in the overview");
    bench.app.world_mut().resource_mut::<Hubs>().is_shown = true;
    assert_eq!(found(&mut bench, (0.01, 0.03)), Some(TicketId::new("T2")));
    assert_eq!(found(&mut bench, (0.005, 0.005)), None, "what has not moved has no mark from afar");
}

#[test]
fn what_a_scene_is_about_is_met_from_afar_and_nothing_else() {
    let mut bench = Bench::new();
    let places = [("T1", "0203", (0.005, 0.005)), ("T2", "0501", (0.01, 0.03))];
    let list = places.map(|(id, code, at)| crate::domain::Ticket {
        category_code: code.into(),
        ..ticket(id, Some("ws1"), Some(at))
    });
    let about = tickets(list.to_vec()).watching(Matter(vec!["05".into()]), &areas().table);
    bench.app.insert_resource(about);
    assert!(bench.view().u_per_km() < 400.0);
    (0..60).for_each(|_| bench.app.update());
    bench.click(0.005, 0.005);
    assert_eq!(bench.target(), to("w"), "its ticket is of another matter");
    bench.tap(KeyCode::Escape);
    bench.click(0.01, 0.03);
    assert_eq!(bench.target(), Target::Ticket(TicketId::new("T2")));
}

#[test]
fn tilt_goes_there_and_back_alone_and_a_selection_is_flat() {
    let mut bench = Bench::new();
    bench.tap(KeyCode::KeyT);
    assert_eq!(bench.view().tilt, 1.0);
    bench.app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_secs(31)));
    for _ in 0..5 {
        bench.app.update();
    }
    assert_eq!(bench.view().tilt, 0.0);
    bench.app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(20)));
    bench.tap(KeyCode::KeyT);
    bench.click(0.06, 0.02);
    assert_eq!((bench.target(), bench.view().tilt), (to("e"), 0.0));
}

#[test]
fn what_rises_while_the_view_tilts_finds_room() {
    let mut bench = Bench::new();
    bench.app.world_mut().trigger(Steer::Tilt(true));
    for _ in 0..60 {
        let tilt = bench.view().tilt;
        let heights_m = vec![0.0, 3000.0 * tilt, 3000.0 * tilt];
        bench.app.insert_resource(super::Extrusion { level: Some(Level::Street), heights_m });
        bench.app.update();
    }
    assert_eq!(bench.view().tilt, 1.0);
    let projection = bench.app.world().resource::<MapProjection>().0.unwrap();
    let frame = *bench.app.world().resource::<MapFrame>();
    let roof = bench.view().screen_from_world(projection.world_from_lonlat(0.0, 0.04).extend(3000.0), &frame);
    let foot = bench.view().screen_from_world(projection.world_from_lonlat(0.0, 0.0).extend(0.0), &frame);
    assert!(frame.free.contains(roof) && frame.free.contains(foot), "{roof} {foot}");
}

#[test]
fn a_ticket_that_arrives_later_is_flown_to_then() {
    let mut bench = Bench::new();
    bench.app.world_mut().trigger(crate::selection::Drill::To(Target::Ticket(TicketId::new("T2"))));
    bench.settle();
    let before = bench.view();
    bench.app.insert_resource(tickets(vec![ticket("T2", Some("e"), Some((0.06, 0.03)))]));
    bench.settle();
    assert_ne!(bench.view(), before);
    let middle = bench.app.world().resource::<MapFrame>().free.center();
    assert!(bench.screen_of(0.06, 0.03).distance(middle) < 1.0);
}

#[test]
fn a_new_frame_fits_again_and_reduced_motion_jumps() {
    let mut bench = Bench::new();
    let frame = MapFrame { free: Rect::from_corners(Vec2::ZERO, Vec2::new(500.0, 500.0)), ..MapFrame::default() };
    bench.app.insert_resource(frame);
    bench.app.update();
    assert!(frame.free.contains(bench.screen_of(0.08, 0.0)));
    bench.app.insert_resource(ReducedMotion(true));
    bench.app.world_mut().trigger(crate::selection::Drill::To(to("e")));
    bench.app.update();
    assert!(!bench.app.world().resource::<MapMotion>().is_moving());
    assert!(bench.screen_of(0.06, 0.02).distance(frame.free.center()) < 1.0);
}

#[test]
fn labels_are_there_and_apart() {
    let mut bench = Bench::new();
    let labels = bench.app.world().resource::<PlacedLabels>().0.clone();
    assert_eq!(labels.iter().filter(|label| label.level == Level::Street).count(), 2);
    bench.app.world_mut().trigger(crate::selection::Drill::To(to("ws")));
    bench.settle();
    let labels = bench.app.world().resource::<PlacedLabels>().0.clone();
    let texts: Vec<_> = labels.iter().map(|label| label.text.as_str()).collect();
    assert!(texts.contains(&"1") && texts.contains(&"2"), "grids by number: {texts:?}");
    assert!(!texts.contains(&"3"), "a grid of another community: {texts:?}");
    for (nth, one) in labels.iter().enumerate() {
        let one_box = Rect::from_center_size(one.pos_u, one.size_u);
        assert!(
            labels[..nth]
                .iter()
                .all(|other| { one_box.intersect(Rect::from_center_size(other.pos_u, other.size_u)).is_empty() })
        );
    }
}

#[test]
fn the_camera_takes_the_pose_of_the_view() {
    let mut bench = Bench::new();
    let camera =
        bench.app.world_mut().spawn((MapCamera, Transform::default(), bevy::camera::Projection::default())).id();
    bench.app.update();
    let view = bench.view();
    let transform = bench.app.world().get::<Transform>(camera).unwrap();
    assert_eq!(transform.translation.truncate(), view.center);
}
