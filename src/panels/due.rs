//! When panels are drawn anew: on input, when egui asks, when what they show has changed, and each second for the clock.
//! On other frames (a flight of the camera, a pulse on the map) the last drawing is handed over once more, a copy of its
//! triangles.
//!
//! bevy_egui tells egui in every frame which modifier keys are down, and egui takes any news for a reason to draw at
//! once. So news that is none is taken out here before egui reads it.

use std::time::{Duration, Instant};

use bevy::asset::AssetEventSystems;
use bevy::prelude::*;
use bevy_egui::egui::{ClippedPrimitive, Event, Modifiers, ViewportId};
use bevy_egui::{EguiContext, EguiFullOutput, EguiInput, EguiPostUpdateSet, EguiPreUpdateSet, EguiRenderOutput};

use super::{City, PanelPicture, PanelProfile};
use crate::locale::Locale;
use crate::palette::Theme;
use crate::scene::{LayerSwitches, Scenes};

/// egui places some things by what it drew a frame earlier: after a reason to draw, this many frames follow.
const SETTLE_FRAMES: u32 = 3;

/// In how many frames from this one on panels are drawn: none in this one if zero.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PanelsDue(pub u32);

/// When [`PanelsDue`] is decided: in `PostUpdate`.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PanelsDecided;

/// When what egui has drawn, or had drawn last, is there for the renderer: in `PostUpdate`.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PanelsHanded;

/// When egui wants to be drawn again, by its last drawing.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PanelsWish(Option<Instant>);

impl PanelsWish {
    /// A wish to be drawn after this time; egui's longest time means never.
    fn after(delay: Duration, now: Instant) -> Self {
        Self(now.checked_add(delay).filter(|_| delay < Duration::MAX))
    }

    /// When, if ever.
    pub fn next(self) -> Option<Instant> {
        self.0
    }

    /// True if it is time.
    pub fn is_due(self, now: Instant) -> bool {
        self.0.is_some_and(|at| at <= now)
    }
}

/// Lets egui run only when it is due.
pub(super) fn plugin(app: &mut App) {
    let is_due = |due: Res<PanelsDue>| due.0 > 0;
    app.init_resource::<PanelsDue>()
        .init_resource::<PanelsWish>()
        .configure_sets(PostUpdate, EguiPostUpdateSet::EndPass.run_if(is_due))
        .configure_sets(PostUpdate, EguiPostUpdateSet::ProcessOutput.run_if(is_due))
        // New glyphs are told to the renderer in the frame whose triangles show them, not one later.
        .configure_sets(PostUpdate, AssetEventSystems.after(EguiPostUpdateSet::PostProcessOutput))
        .add_systems(PreUpdate, drop_old_news.after(EguiPreUpdateSet::ProcessInput).before(EguiPreUpdateSet::BeginPass))
        .add_systems(PostUpdate, decide.in_set(PanelsDecided).before(EguiPostUpdateSet::EndPass))
        .add_systems(
            PostUpdate,
            note_wish.after(EguiPostUpdateSet::EndPass).before(EguiPostUpdateSet::ProcessOutput).run_if(is_due),
        )
        .add_systems(PostUpdate, hand_over.in_set(PanelsHanded).after(EguiPostUpdateSet::ProcessOutput));
}

/// Takes out the modifier keys where they are as they were.
fn drop_old_news(mut inputs: Query<&mut EguiInput>, mut held: Local<Option<Modifiers>>) {
    for mut input in &mut inputs {
        input.events.retain(|event| is_news(event, &mut held));
    }
}

/// False for modifier keys that are `held` already; keeps them in step.
fn is_news(event: &Event, held: &mut Option<Modifiers>) -> bool {
    let Event::ModifiersChanged(now) = event else { return true };
    held.replace(*now) != Some(*now)
}

/// Notes the wish before bevy_egui throws it away. Panels that have not settled are wanted at once.
fn note_wish(outputs: Query<&EguiFullOutput>, due: Res<PanelsDue>, mut wish: ResMut<PanelsWish>) {
    let delays = outputs.iter().filter_map(|output| Some(output.0.as_ref()?.viewport_output.get(&ViewportId::ROOT)?));
    let asked = delays.map(|viewport| viewport.repaint_delay).min().unwrap_or(Duration::MAX);
    let delay = if due.0 > 1 { Duration::ZERO } else { asked };
    *wish = PanelsWish::after(delay, Instant::now());
}

/// The last drawing, for frames in which there is none. The renderer takes away what it draws.
#[derive(Default)]
struct Kept(Vec<ClippedPrimitive>);

fn hand_over(due: Res<PanelsDue>, mut outputs: Query<&mut EguiRenderOutput>, mut kept: Local<Kept>) {
    for mut output in &mut outputs {
        if due.0 > 0 {
            kept.0.clone_from(&output.paint_jobs);
        } else {
            output.paint_jobs.clone_from(&kept.0);
        }
    }
}

/// What a drawing was made for.
#[derive(Default)]
struct Drawn {
    second: i64,
    /// Ages are counted by this clock, which goes on where the platform's stands still.
    mono: Option<Instant>,
    size: Option<bevy_egui::egui::Rect>,
    pixels_per_u: f32,
}

/// True if ages that were drawn at one moment are others at another: a second later, or at any earlier one.
fn has_aged(drawn: Option<Instant>, now: Instant) -> bool {
    drawn.is_none_or(|drawn| now < drawn || now.duration_since(drawn) >= Duration::from_secs(1))
}

fn decide(
    city: City,
    (theme, locale, profile, picture): (Res<Theme>, Res<Locale>, Res<PanelProfile>, Res<PanelPicture>),
    (scenes, switches): (Res<Scenes>, Res<LayerSwitches>),
    mut contexts: Query<(&mut EguiContext, &EguiInput)>,
    (wish, mut due): (Res<PanelsWish>, ResMut<PanelsDue>),
    mut drawn: Local<Drawn>,
) {
    let mut next = Drawn { second: city.now.at.as_second(), ..Drawn::default() };
    let mut is_asked = city.is_changed()
        || theme.is_changed()
        || locale.is_changed()
        || profile.is_changed()
        || picture.is_changed()
        || scenes.is_changed()
        || switches.is_changed();
    for (mut context, input) in &mut contexts {
        let ctx: &bevy_egui::egui::Context = context.get_mut();
        is_asked |= !input.events.is_empty();
        next.size = input.screen_rect;
        next.pixels_per_u = ctx.zoom_factor();
    }
    let is_new_size = (next.size, next.pixels_per_u) != (drawn.size, drawn.pixels_per_u);
    let is_wished = wish.is_due(Instant::now());
    let frames = if is_asked || is_new_size {
        SETTLE_FRAMES
    } else if city.has_news()
        || is_wished
        || next.second != drawn.second
        || has_aged(drawn.mono, city.now.mono)
        || city.is_older()
    {
        // Other digits take no other place.
        due.0.saturating_sub(1).max(1)
    } else {
        due.0.saturating_sub(1)
    };
    next.mono = if frames > 0 { Some(city.now.mono) } else { drawn.mono };
    *drawn = next;
    due.set_if_neq(PanelsDue(frames));
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::epaint::{Mesh, Primitive};
    use bevy_egui::egui::{Rect, pos2, vec2};

    use super::*;

    #[test]
    fn a_frame_without_a_drawing_shows_the_last_one() {
        let mut app = App::new();
        app.insert_resource(PanelsDue(1)).add_systems(Update, hand_over);
        let rect = Rect::from_min_size(pos2(1.0, 2.0), vec2(30.0, 4.0));
        let mut mesh = Mesh::default();
        mesh.add_colored_rect(rect, bevy_egui::egui::Color32::WHITE);
        let drawing = vec![ClippedPrimitive { clip_rect: rect, primitive: Primitive::Mesh(mesh) }];
        let wall = app.world_mut().spawn(EguiRenderOutput { paint_jobs: drawing, ..default() }).id();
        app.update();
        for _ in 0..2 {
            // As the renderer does.
            let taken = std::mem::take(&mut *app.world_mut().get_mut::<EguiRenderOutput>(wall).expect("there"));
            assert_eq!(taken.paint_jobs.len(), 1);
            let Primitive::Mesh(mesh) = &taken.paint_jobs[0].primitive else { panic!("no mesh") };
            assert_eq!((mesh.vertices.len(), taken.paint_jobs[0].clip_rect), (4, rect));
            app.world_mut().resource_mut::<PanelsDue>().0 = 0;
            app.update();
        }
    }

    #[test]
    fn ages_are_drawn_anew_each_second_and_when_time_is_set_back() {
        let now = Instant::now();
        let later = |ms| now + Duration::from_millis(ms);
        assert!(has_aged(None, now));
        assert!(!has_aged(Some(now), now) && !has_aged(Some(now), later(999)));
        assert!(has_aged(Some(now), later(1_000)));
        assert!(has_aged(Some(later(1)), now));
    }

    #[test]
    fn modifier_keys_are_news_only_when_they_change() {
        let mut held = None;
        let told = |modifiers| Event::ModifiersChanged(modifiers);
        assert!(is_news(&told(Modifiers::NONE), &mut held), "the first time");
        assert!(!is_news(&told(Modifiers::NONE), &mut held));
        assert!(is_news(&told(Modifiers::CTRL), &mut held));
        assert!(!is_news(&told(Modifiers::CTRL), &mut held));
        assert!(is_news(&told(Modifiers::NONE), &mut held));
        assert!(is_news(&Event::PointerGone, &mut held));
    }

    #[test]
    fn a_wish_comes_due_when_its_delay_is_over_and_never_without_one() {
        let now = Instant::now();
        assert!(PanelsWish::after(Duration::ZERO, now).is_due(now));
        let later = PanelsWish::after(Duration::from_millis(500), now);
        assert!(!later.is_due(now + Duration::from_millis(499)));
        assert!(later.is_due(now + Duration::from_millis(500)));
        assert!(!PanelsWish::after(Duration::MAX, now).is_due(now + Duration::from_secs(1_000_000)));
    }
}
