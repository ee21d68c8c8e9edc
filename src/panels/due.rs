//! When panels are drawn anew: on input, when egui asks, when what they show has changed, and each second for the clock.
//! On other frames (a flight of the camera, a pulse on the map) the last drawing stays, which costs nothing.

use bevy::prelude::*;
use bevy_egui::{EguiContext, EguiInput, EguiPostUpdateSet};

use super::{City, PanelProfile};
use crate::locale::Locale;
use crate::palette::Theme;

/// egui places some things by what it drew a frame earlier: after a reason to draw, this many frames follow.
const SETTLE_FRAMES: u32 = 3;

/// True if panels are drawn in this frame.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PanelsDue(pub bool);

/// Lets egui run only when it is due.
pub(super) fn plugin(app: &mut App) {
    let is_due = |due: Res<PanelsDue>| due.0;
    app.init_resource::<PanelsDue>()
        .configure_sets(PostUpdate, EguiPostUpdateSet::EndPass.run_if(is_due))
        .configure_sets(PostUpdate, EguiPostUpdateSet::ProcessOutput.run_if(is_due))
        .add_systems(PostUpdate, decide.before(EguiPostUpdateSet::EndPass));
}

/// What a drawing was made for.
#[derive(Default, PartialEq)]
struct Drawn {
    second: i64,
    size: Option<bevy_egui::egui::Rect>,
    pixels_per_u: f32,
}

fn decide(
    city: City,
    (theme, locale, profile): (Res<Theme>, Res<Locale>, Res<PanelProfile>),
    mut contexts: Query<(&mut EguiContext, &EguiInput)>,
    mut due: ResMut<PanelsDue>,
    mut drawn: Local<Drawn>,
    mut frames: Local<u32>,
) {
    let mut next = Drawn { second: city.now.at.as_second(), ..Drawn::default() };
    let mut is_asked = city.is_changed() || theme.is_changed() || locale.is_changed() || profile.is_changed();
    for (mut context, input) in &mut contexts {
        let ctx: &bevy_egui::egui::Context = context.get_mut();
        is_asked |= !input.events.is_empty() || ctx.has_requested_repaint();
        next.size = input.screen_rect;
        next.pixels_per_u = ctx.zoom_factor();
    }
    if is_asked || next != *drawn {
        *drawn = next;
        *frames = SETTLE_FRAMES;
    }
    due.set_if_neq(PanelsDue(*frames > 0));
    *frames = frames.saturating_sub(1);
}
