//! Turns the wall from scene to scene: its clock, its keys, and the hands that make it wait. What comes next is decided
//! in `scene/rotation.rs`.
//!
//! Space stops it and lets it go on; the right arrow or Page Down shows the next scene, the left one or Page Up the one
//! before. A wall that nobody
//! has touched for a while goes back to the whole district.

use std::time::Instant;

use bevy::ecs::system::SystemParam;
use bevy::input::keyboard::KeyboardInput;
use bevy::input::mouse::{MouseButtonInput, MouseWheel};
use bevy::prelude::*;
use bevy::window::CursorMoved;

use crate::WallSystems;
use crate::city::figures::Answer;
use crate::city::{Care, ClassCases, Indicators, Now, Sources, Teams, Tickets, Warnings, WhistleCalls};
use crate::domain::Feed;
use crate::map::KeysOnPanels;
use crate::scene::{LayerKind, PanelKind, Rotation, RotationPlan, Scenes, WallScene};
use crate::selection::{Drill, Selection, Target};

/// Adds the keys, and the rotation if there is a plan for one.
pub(super) fn by_hand(app: &mut App, plan: Option<RotationPlan>) {
    if let Some(plan) = plan {
        let known = app.world_mut().get_resource_or_insert_with(Scenes::default);
        for id in plan.scenes.iter().filter(|id| known.get(id).is_none()) {
            warn!("the rotation names the scene {id}, which there is not; it is left out");
        }
        app.insert_resource(Rotation::new(plan));
    }
    app.add_systems(Update, (step_by_keys, (note_hands, rotate).chain()).before(WallSystems::Receive));
}

const MODIFIERS: [KeyCode; 8] = [
    KeyCode::ShiftLeft,
    KeyCode::ShiftRight,
    KeyCode::ControlLeft,
    KeyCode::ControlRight,
    KeyCode::AltLeft,
    KeyCode::AltRight,
    KeyCode::SuperLeft,
    KeyCode::SuperRight,
];

fn step_by_keys(
    keys: Res<ButtonInput<KeyCode>>,
    on_panels: Option<Res<KeysOnPanels>>,
    mut scenes: ResMut<Scenes>,
    rotation: Option<ResMut<Rotation>>,
) {
    if on_panels.is_some_and(|on| on.0) {
        return;
    }
    // With Shift the arrows move the map; with Alt and Ctrl they are the system's.
    let has_arrows = !keys.any_pressed(MODIFIERS);
    let is_pressed =
        |page: KeyCode, arrow: KeyCode| keys.just_pressed(page) || (has_arrows && keys.just_pressed(arrow));
    let steps = i64::from(is_pressed(KeyCode::PageDown, KeyCode::ArrowRight))
        - i64::from(is_pressed(KeyCode::PageUp, KeyCode::ArrowLeft));
    if steps != 0 {
        let (place, count) = scenes.place();
        // From a scene without a place the next one is the first, and the one before the last.
        let place = place.map_or(if steps > 0 { 0 } else { 1 }, |place| place as i64);
        let next = (place - 1 + steps).rem_euclid(count.max(1) as i64) as usize + 1;
        let mut shown = scenes.clone();
        shown.show_at(next);
        scenes.set_if_neq(shown);
    }
    if keys.just_pressed(KeyCode::Space)
        && let Some(mut rotation) = rotation
    {
        rotation.toggle(Instant::now());
    }
}

/// Mouse and keys make it wait; Space, which says itself what it wants, does not.
fn note_hands(
    mut keys: MessageReader<KeyboardInput>,
    mut buttons: MessageReader<MouseButtonInput>,
    mut wheel: MessageReader<MouseWheel>,
    mut moves: MessageReader<CursorMoved>,
    rotation: Option<ResMut<Rotation>>,
) {
    let is_key = keys.read().filter(|key| key.key_code != KeyCode::Space).count() > 0;
    // Where the pointer lies when the window opens under it is no move.
    let is_move = moves.read().filter(|moved| moved.delta.is_some_and(|delta| delta != Vec2::ZERO)).count() > 0;
    let is_hand = is_key | (buttons.read().count() > 0) | (wheel.read().count() > 0) | is_move;
    if let Some(mut rotation) = rotation.filter(|_| is_hand) {
        rotation.bypass_change_detection().touch(Instant::now());
    }
}

fn rotate(
    mut scenes: ResMut<Scenes>,
    rotation: Option<ResMut<Rotation>>,
    (tickets, care): (Option<Res<Tickets>>, Option<Res<Care>>),
    (lists, now_there): (Lists, Option<Res<Now>>),
    selection: Option<Res<Selection>>,
    mut commands: Commands,
) {
    let Some(mut rotation) = rotation else { return };
    let rotation = rotation.bypass_change_detection();
    let now = Instant::now();
    if scenes.is_changed() {
        rotation.restart(now);
    }
    let has_tickets = tickets.is_some_and(|tickets| !tickets.by_id.is_empty());
    let has_care = care.is_some_and(|care| !care.table.is_empty());
    if let (Some(warnings), Some(there)) = (&lists.warnings, &now_there) {
        rotation.hold(&warnings.0.list, there.at);
    }
    let next = {
        // An optional scene turns where the plan names it.
        let ids: Vec<&str> = match rotation.names_scenes() {
            true => scenes.ids().collect(),
            false => scenes.listed().map(|scene| scene.id.as_str()).collect(),
        };
        let has = |id: &str| scenes.get(id).is_some_and(|scene| has_something(scene, has_tickets, has_care, &lists));
        rotation.next(now, &scenes.current().id, &ids, alarm(&scenes), has).map(str::to_owned)
    };
    let Some(next) = next else { return };
    if selection.is_some_and(|selection| selection.target != Target::District) {
        commands.trigger(Drill::To(Target::District));
    }
    scenes.show(&next);
}

/// The scene that says most of warnings: with the list, and most panels beside it that read them.
fn alarm(scenes: &Scenes) -> Option<&str> {
    let readers = |scene: &WallScene| {
        let reads = |kind: PanelKind| kind.figures().contains(&Feed::Warnings);
        scene.panels().filter(|panel| reads(panel.kind)).count()
    };
    let listing: Vec<&WallScene> =
        scenes.ids().filter_map(|id| scenes.get(id)).filter(|scene| scene.lists_warnings()).collect();
    // Of equal ones the first.
    listing.into_iter().rev().max_by_key(|scene| readers(scene)).map(|scene| scene.id.as_str())
}

/// The lists of figures, as far as there are any.
#[derive(SystemParam)]
struct Lists<'w> {
    indicators: Option<Res<'w, Indicators>>,
    warnings: Option<Res<'w, Warnings>>,
    teams: Option<Res<'w, Teams>>,
    calls: Option<Res<'w, WhistleCalls>>,
    cases: Option<Res<'w, ClassCases>>,
    sources: Option<Res<'w, Sources>>,
}

impl Lists<'_> {
    fn has(&self, feed: Feed) -> bool {
        match feed {
            Feed::Indicators => self.indicators.as_ref().is_some_and(|it| it.0.answer == Answer::Here),
            Feed::Warnings => self.warnings.as_ref().is_some_and(|it| !it.0.list.is_empty()),
            Feed::Teams => self.teams.as_ref().is_some_and(|it| !it.0.list.is_empty()),
            Feed::WhistleCalls => self.calls.as_ref().is_some_and(|it| !it.0.list.is_empty()),
            Feed::ClassCases => self.cases.as_ref().is_some_and(|it| !it.0.list.is_empty()),
            Feed::Sources => self.sources.as_ref().is_some_and(|it| !it.0.is_empty()),
            Feed::Site | Feed::Areas | Feed::Places | Feed::Tickets | Feed::Care => true,
        }
    }
}

/// True if the first list that its panels read is there; without one, if one of the scene's layers has data. The land
/// alone is enough where a scene shows nothing else.
fn has_something(scene: &WallScene, has_tickets: bool, has_care: bool, lists: &Lists) -> bool {
    let mut read = scene.panels().map(|panel| panel.kind.figures());
    // A scene is about figures if its first panel is.
    if let Some(feeds) = read.next().filter(|feeds| !feeds.is_empty()) {
        return feeds.iter().any(|feed| lists.has(*feed));
    }
    let mut data = scene
        .layers
        .iter()
        .map(|(layer, _)| *layer)
        .filter(|layer| !matches!(layer, LayerKind::Areas | LayerKind::Warnings))
        .peekable();
    data.peek().is_none() || data.any(|layer| if layer == LayerKind::Care { has_care } else { has_tickets })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{AreaCode, CareCounts};

    /// The first four scenes; others may come after them.
    fn four() -> Scenes {
        let known = Scenes::default();
        let mut four = known.clone();
        four.replace(["overview", "heat", "care", "flow"].iter().filter_map(|id| known.get(id).cloned()).collect());
        four
    }

    fn app(dwell: Duration) -> App {
        let mut app = App::new();
        app.init_resource::<ButtonInput<KeyCode>>()
            .insert_resource(four())
            .add_message::<KeyboardInput>()
            .add_message::<MouseButtonInput>()
            .add_message::<MouseWheel>()
            .add_message::<CursorMoved>();
        by_hand(
            &mut app,
            Some(RotationPlan { scenes: Vec::new(), dwell, pause: Duration::from_secs(3_600), hold_on: None }),
        );
        app.update();
        app
    }

    fn shown(app: &App) -> String {
        app.world().resource::<Scenes>().current().id.clone()
    }

    fn press(app: &mut App, key: KeyCode) {
        let mut input = app.world_mut().resource_mut::<ButtonInput<KeyCode>>();
        input.reset_all();
        input.press(key);
        app.update();
        app.world_mut().resource_mut::<ButtonInput<KeyCode>>().reset_all();
    }

    #[test]
    fn without_data_only_scenes_of_the_land_are_shown_and_with_it_all() {
        let mut app = app(Duration::ZERO);
        app.update();
        assert_eq!(shown(&app), "overview", "heat, care and flow have nothing to show");
        let mut care = Care::default();
        care.table.areas.insert(AreaCode::new("310"), std::array::from_fn(|_| CareCounts::default()));
        app.insert_resource(care);
        app.update();
        app.update();
        assert_eq!(shown(&app), "care");
    }

    #[test]
    fn keys_step_through_the_scenes_and_a_hand_stops_the_rotation() {
        let mut app = app(Duration::from_secs(3_600));
        press(&mut app, KeyCode::PageDown);
        assert_eq!(shown(&app), "heat");
        press(&mut app, KeyCode::PageUp);
        assert_eq!(shown(&app), "overview");
        press(&mut app, KeyCode::ArrowRight);
        assert_eq!(shown(&app), "heat");
        app.world_mut().resource_mut::<ButtonInput<KeyCode>>().press(KeyCode::ShiftLeft);
        app.world_mut().resource_mut::<ButtonInput<KeyCode>>().press(KeyCode::ArrowRight);
        app.update();
        assert_eq!(shown(&app), "heat", "that was for the map");
        press(&mut app, KeyCode::ArrowLeft);
        press(&mut app, KeyCode::PageUp);
        let last = app.world().resource::<Scenes>().ids().last().map(str::to_owned);
        assert_eq!(Some(shown(&app)), last);
        let stand = |app: &App| app.world().resource::<Rotation>().stand(Instant::now());
        assert_eq!(stand(&app), None);
        press(&mut app, KeyCode::Space);
        assert_eq!(stand(&app), Some(crate::scene::Stand::Stopped));
        press(&mut app, KeyCode::Space);
        assert_eq!(stand(&app), None);
        let window = app.world_mut().spawn_empty().id();
        app.world_mut().write_message(CursorMoved { window, position: Vec2::ONE, delta: None });
        app.update();
        assert_eq!(stand(&app), None, "the pointer lay there when the window opened");
        app.world_mut().write_message(CursorMoved { window, position: Vec2::ONE, delta: Some(Vec2::X) });
        app.update();
        assert_eq!(stand(&app), Some(crate::scene::Stand::Touched));
    }
}
