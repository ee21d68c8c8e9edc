//! Keeps the heat map's events in step with the tickets: a complete list is ordered on a task, single changes are taken
//! one by one, and the window moves with the wall's clock. Nothing is looked through again per frame.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, block_on, poll_once};

use super::HeatPending;
use super::place::cell_of;
use crate::city::{Now, TicketTouched, Tickets};
use crate::domain::{AreaTable, Level, Ticket, TicketId};
use crate::heat::event::{Attributes, CATEGORIES, Event, NO_AREA};
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
    making: Option<(Task<Model>, Translator)>,
    waiting: Vec<TicketId>,
    judged: Option<Instant>,
    set: Option<HeatSettings>,
    archive: Option<Archive>,
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

/// From tickets to events.
#[derive(Clone)]
struct Translator {
    projection: Projection,
    grid: Grid,
    table: Arc<AreaTable>,
    categories: HashMap<Arc<str>, u8>,
    names: Vec<Arc<str>>,
}

impl Translator {
    fn event(&mut self, ticket: &Ticket, now: jiff::Timestamp) -> Event {
        let area = ticket.area.as_ref().and_then(|code| self.table.find(code));
        let cell = cell_of(ticket, area, &self.table, &self.projection, &self.grid);
        let community = area.and_then(|id| self.table.ancestor_at(id, Level::Community));
        let name = if ticket.category_group.is_empty() { &ticket.category } else { &ticket.category_group };
        let next = self.names.len().min(CATEGORIES - 2) as u8;
        let category = match self.categories.get(name) {
            Some(category) => *category,
            None => {
                if self.names.len() < CATEGORIES - 2 {
                    self.names.push(name.clone());
                }
                self.categories.insert(name.clone(), next);
                next
            }
        };
        let attr = Attributes {
            category,
            source: ticket.source as u8,
            is_open: ticket.is_in_hand(),
            is_overdue: ticket.is_overdue(now),
            area: community.map_or(NO_AREA, |id| id.0),
        };
        let at_s = ticket.reported_at.as_second().clamp(0, i64::from(u32::MAX) - 1) as u32;
        Event { key: key_of(&ticket.id), at_s, cell, attr: attr.pack() }
    }
}

/// The same for the same number, in every run.
fn key_of(id: &TicketId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.as_str().hash(&mut hasher);
    hasher.finish()
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
) {
    let is_on = switches.is_on(LayerKind::Heat);
    let state = state.bypass_change_detection();
    start(state, &tickets, &now, &shapes, projection.0, is_on);
    let is_working = state.making.is_some();
    if is_working {
        state.waiting.extend(touched.read().map(|touched| touched.0.clone()));
    }
    if let Some((task, _)) = state.making.as_mut()
        && let Some(model) = block_on(poll_once(task))
    {
        if let Some((_, translator)) = state.making.take() {
            state.translator = Some(translator);
        }
        state.model = Some(model);
        state.set = None;
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
        for id in late.iter().chain(touched.read().map(|touched| &touched.0)) {
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
    if state.categories.len() != translator.names.len() {
        state.categories = Arc::new(translator.names.clone());
    }
    if set.as_ref() != Some(&*settings) {
        *set = Some(settings.clone());
        let category = settings.category.as_ref().and_then(|name| translator.categories.get(name).copied());
        let filter = settings.filter(category);
        let level = model.grid.level_for(settings.sigma_m());
        let weights = if settings.is_damped { Weights::damped() } else { Weights::plain() };
        for track in [&mut model.now, &mut model.before] {
            track.set_filter(&model.ring, filter);
            track.field_mut().set_level(level);
            track.field_mut().set_weights(weights.clone());
        }
    }
    model.slide(span_of(&settings, now.at));
}

/// Starts to order a complete list that is not in the model yet.
fn start(
    state: &mut HeatState,
    tickets: &Tickets,
    now: &Now,
    shapes: &AreaShapes,
    projection: Option<Projection>,
    is_on: bool,
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
    let mut translator =
        Translator { projection, grid, table: shapes.table.clone(), categories: HashMap::new(), names: Vec::new() };
    // In the order of time, so that categories have the same index in every run.
    let mut list: Vec<&Ticket> = tickets.by_id.values().collect();
    list.sort_unstable_by(|a, b| (a.reported_at, &a.id).cmp(&(b.reported_at, &b.id)));
    let mut events: Vec<Event> = list.iter().map(|ticket| translator.event(ticket, now.at)).collect();
    let archive = state.archive.clone();
    let task = async move {
        events.extend(archive.into_iter().flat_map(|archive| archive(&grid)));
        Model::new(grid, Ring::of(events, BOUND), 2, &Weights::damped())
    };
    state.making = Some((AsyncComputeTaskPool::get().spawn(task), translator));
}
