//! Keeps the heat map's events in step with the tickets: a complete list is ordered and counted on a task, single changes
//! are taken one by one, and the window moves with the wall's clock. Nothing is looked through again per frame. Partner:
//! `translate.rs`, from tickets to events.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy::tasks::AsyncComputeTaskPool;

use super::HeatPending;
use super::translate::{Translator, key_of};
use crate::city::{Errand, Now, TicketTouched, Tickets, Wake};
use crate::domain::{Ticket, TicketId};
use crate::heat::event::{Attributes, Event, NO_AREA};
use crate::heat::field::Grid;
use crate::heat::model::{Model, Span};
use crate::heat::ring::Ring;
use crate::heat::weight::Weights;
use crate::heat::{HeatSettings, State};
use crate::layers::shapes::AreaShapes;
use crate::map::{MapProjection, Projection};
use crate::scene::{LayerKind, LayerSwitches};

/// Most events kept; the oldest make room.
const BOUND: usize = 4_000_000;
/// How far events outside the district's bounds still count for what is inside, metres.
const MARGIN_M: f64 = 500.0;
/// "Overdue" is judged again this often while it is what the map shows.
const JUDGE_EVERY: Duration = Duration::from_secs(30);

/// The events, and what they were made of.
#[derive(Resource, Default)]
pub struct HeatState {
    /// The model, once there is a complete list and the layer has been on.
    pub model: Option<Model>,
    /// Category groups by index.
    pub categories: Arc<Vec<Arc<str>>>,
    translator: Option<Translator>,
    made_of: (u64, usize),
    making: Option<Making>,
    waiting: Vec<TicketId>,
    judged: Option<Instant>,
    set: Option<HeatSettings>,
    archive: Option<Archive>,
}

/// A model under way, and what it will follow when it is there.
struct Making {
    task: Errand<Model>,
    translator: Translator,
    settings: HeatSettings,
}

/// Events beside the tickets, for the cells they are asked for.
type Archive = Arc<dyn Fn(&Grid) -> Vec<Event> + Send + Sync>;

impl HeatState {
    /// A state that holds more events than there are tickets: an archive, or the load of a measurement.
    pub fn with_archive(events: impl Fn(&Grid) -> Vec<Event> + Send + Sync + 'static) -> Self {
        Self { archive: Some(Arc::new(events)), ..Self::default() }
    }

    /// Puts an event into the middle of the field, for measurements.
    pub fn put_anywhere(&mut self, key: u64, at_s: u32) {
        let Some(model) = self.model.as_mut() else { return };
        let cell = model.grid.width / 2 | (model.grid.height / 2) << 16;
        let attr = Attributes { category: 0, source: 0, is_open: true, is_overdue: false, area: NO_AREA }.pack();
        model.put(Event { key, at_s, cell, attr });
    }
}

/// The window of the settings at a moment.
pub(super) fn span_of(settings: &HeatSettings, now: jiff::Timestamp) -> Span {
    let to = now.as_second().clamp(1, i64::from(u32::MAX) - 2) as u32 + 1;
    Span { from: to.saturating_sub(settings.window_s), to }
}

/// Takes what changed.
pub(super) fn feed(
    (tickets, now, shapes): (Res<Tickets>, Res<Now>, Res<AreaShapes>),
    (projection, settings, switches): (Res<MapProjection>, Res<HeatSettings>, Res<LayerSwitches>),
    mut touched: MessageReader<TicketTouched>,
    mut state: ResMut<HeatState>,
    mut pending: ResMut<HeatPending>,
    wake: Res<Wake>,
) {
    let is_on = switches.is_on(LayerKind::Heat);
    let state = state.bypass_change_detection();
    start(state, &tickets, &now, &shapes, projection.0, (&settings, is_on), &wake);
    let is_working = state.making.is_some();
    if is_working {
        state.waiting.extend(touched.read().map(|touched| touched.id.clone()));
    }
    if let Some(making) = state.making.as_mut()
        && let Some(model) = making.task.take(&wake)
        && let Some(made) = state.making.take()
    {
        (state.translator, state.set) = (Some(made.translator), Some(made.settings));
        let old = state.model.replace(model);
        // Freeing a year of events takes milliseconds too.
        AsyncComputeTaskPool::get().spawn(async move { drop(old) }).detach();
    }
    let is_due = is_on && tickets.is_complete && !shapes.features.is_empty();
    let still = is_due && (state.making.is_some() || state.model.is_none());
    if pending.0 != still {
        pending.0 = still;
    }
    let HeatState { model: Some(model), translator: Some(translator), waiting, judged, set, .. } = state else {
        touched.clear();
        return;
    };
    if !is_working || state.making.is_none() {
        let late = std::mem::take(waiting);
        for id in late.iter().chain(touched.read().map(|touched| &touched.id)) {
            match tickets.by_id.get(id) {
                Some(ticket) => {
                    let event = translator.event(ticket, now.at);
                    if model.ring.get(event.key) != Some(event) {
                        model.put(event);
                    }
                }
                None => model.take(key_of(id)),
            }
        }
    }
    if !is_on {
        return;
    }
    if settings.state == State::Overdue && judged.is_none_or(|at| now.mono.duration_since(at) >= JUDGE_EVERY) {
        *judged = Some(now.mono);
        for ticket in tickets.by_id.values().filter(|ticket| ticket.is_in_hand()) {
            let event = translator.event(ticket, now.at);
            if model.ring.get(event.key).is_some_and(|old| old != event) {
                model.put(event);
            }
        }
    }
    if state.categories.len() != translator.names().len() {
        state.categories = Arc::new(translator.names().to_vec());
    }
    if set.as_ref() != Some(&*settings) {
        *set = Some(settings.clone());
        obey(model, &settings, translator);
    }
    model.slide(span_of(&settings, now.at));
}

/// Counts what the settings ask for.
fn obey(model: &mut Model, settings: &HeatSettings, translator: &Translator) {
    let filter = settings.filter(settings.category.as_ref().and_then(|name| translator.category(name)));
    let level = model.grid.level_for(settings.sigma_m());
    let weights = if settings.is_damped { Weights::damped() } else { Weights::plain() };
    for track in [&mut model.now, &mut model.before] {
        track.set_filter(&model.ring, filter);
        track.field_mut().set_level(level);
        track.field_mut().set_weights(weights.clone());
    }
}

/// Starts to order a complete list that is not in the model yet.
fn start(
    state: &mut HeatState,
    tickets: &Tickets,
    now: &Now,
    shapes: &AreaShapes,
    projection: Option<Projection>,
    (settings, is_on): (&HeatSettings, bool),
    wake: &Wake,
) {
    let Some(projection) = projection else { return };
    let of = (tickets.list, Arc::as_ptr(&shapes.table) as usize);
    if !is_on && state.model.is_none() || !tickets.is_complete || shapes.features.is_empty() || state.made_of == of {
        return;
    }
    state.made_of = of;
    state.waiting.clear();
    let corner = |point: Vec2| [f64::from(point.x), f64::from(point.y)];
    let grid = Grid::covering(corner(shapes.bounds.min), corner(shapes.bounds.max), MARGIN_M);
    let list: Vec<&Ticket> = tickets.by_id.values().collect();
    let (translator, sketches) = Translator::over(projection, grid, shapes.table.clone(), &list, now.at);
    let archive = state.archive.clone();
    let (names, set, span) = (translator.clone(), settings.clone(), span_of(settings, now.at));
    let task = async move {
        let mut events = sketches.events();
        events.extend(archive.into_iter().flat_map(|archive| archive(&grid)));
        let mut model = Model::new(grid, Ring::of(events, BOUND), grid.level_for(set.sigma_m()), &Weights::damped());
        obey(&mut model, &set, &names);
        model.slide(span);
        model
    };
    let task = Errand::start(task, wake);
    state.making = Some(Making { task, translator, settings: settings.clone() });
}
