//! Tickets in motion on the map: a ring where one is reported, an arc to where it goes, its trace for an hour, ribbons
//! by the day's count; and in a burst streams by the rate instead of arcs.
//!
//! What is drawn when is decided once, when a ticket moves; from then on the shader knows. At rest nothing is computed
//! and nothing uploaded. Still marks are `layers/tickets.rs`; facts come from `city/flow.rs`.

pub mod material;
pub mod path;
#[cfg(test)]
mod picture;
pub mod rate;
pub mod ring;

use bevy::asset::RenderAssetUsages;
use bevy::camera::visibility::NoFrustumCulling;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::render::storage::ShaderBuffer;
use bevy::sprite_render::MeshMaterial2d;

use self::material::{CHUNK, FlowMaterial, FlowParams, chunk_mesh};
use self::path::{Leg, Stops, is_street_unit, is_up, legs, passed};
use self::rate::{FLIGHT_S, Manner, Rates, StreetRates, stream_width_u};
use self::ring::{Kind, OUTSIDE, PULSE_BYTES, Pulse, PulseRing, TO_CENTRE, TRACELESS};
use super::focus::Focus;
use super::frame::LayerFrame;
use super::order;
use super::shapes::AreaShapes;
use crate::city::{Areas, FeedFreshness, Flow, Freshness, Now, SiteFacts, Step, Tallies, Tickets};
use crate::domain::Feed;
use crate::map::{Hubs, MapProjection, ReducedMotion};
use crate::palette::Theme;
use crate::scene::{LayerKind, LayerSwitches};

/// Traces kept on the GPU: the newest steps.
pub const PULSES: usize = 1_024;
/// Streets that can have ribbons and streams. More than that share nothing: the first ones by code have theirs.
const STREETS: usize = CHUNK;
/// Slots before the ring: ribbons, streams up, streams down.
const BANDS: usize = 3 * STREETS;
/// A step is told of late after so many seconds: then it has its trace, but no motion.
const LATE_S: f64 = 30.0;
/// Motion goes on for so long after the newest pulse, seconds: flight and tail.
const MOTION_S: f64 = FLIGHT_S + 0.7;
/// The count of what is merged is said anew so often, seconds.
const SAID_EVERY_S: f64 = 2.0;
/// Streams follow the rate so often, seconds.
const STREAMS_EVERY_S: f64 = 0.25;
/// Width of a ribbon of nothing and of each ticket of the day, u.
const RIBBON_U: (f32, f32) = (1.6, 0.46);
/// No ribbon is wider, u: on a busier day all are scaled alike.
const RIBBON_MOST_U: f32 = 22.0;

/// What flows, as others may see it. Changes only when it is different.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct FlowMotion {
    /// True while something moves: the wall draws continuously.
    pub is_moving: bool,
    /// Changes that were merged into streams since the burst began; 0 outside a burst.
    pub merged: u64,
}

/// The pulses and where they are drawn.
#[derive(Resource)]
pub(super) struct Pulses {
    ring: PulseRing,
    rates: Rates,
    /// Ribbons and streams, as the shader reads them.
    bands: Vec<u8>,
    /// The number of the last step that was taken in.
    seen: u64,
    is_on: bool,
    is_dirty: bool,
    /// When motion ends, seconds of the clock.
    moves_until_s: f64,
    streamed_at_s: f64,
    said_at_s: f64,
    buffer: Handle<ShaderBuffer>,
    material: Handle<FlowMaterial>,
}

impl FromWorld for Pulses {
    fn from_world(world: &mut World) -> Self {
        let bytes = vec![0; (BANDS + PULSES) * PULSE_BYTES];
        let buffer = ShaderBuffer::new(&bytes, RenderAssetUsages::default());
        let buffer = world.resource_mut::<Assets<ShaderBuffer>>().add(buffer);
        let frame = world.resource::<LayerFrame>().uniform;
        let params = FlowParams::new(world.resource::<Theme>().palette(), frame, 0.0, 3600.0, [false, false]);
        let material = FlowMaterial { params, pulses: buffer.clone() };
        let material = world.resource_mut::<Assets<FlowMaterial>>().add(material);
        Self {
            ring: PulseRing::new(PULSES),
            rates: Rates::default(),
            bands: vec![0; BANDS * PULSE_BYTES],
            seen: 0,
            is_on: false,
            is_dirty: false,
            moves_until_s: 0.0,
            streamed_at_s: 0.0,
            said_at_s: 0.0,
            buffer,
            material,
        }
    }
}

/// One mesh of the layer: its first slot.
#[derive(Component)]
pub(super) struct Chunk(usize);

/// Makes the meshes once; whether they are drawn is [`show`]'s to say.
pub(super) fn spawn(mut commands: Commands, pulses: Res<Pulses>, mut meshes: ResMut<Assets<Mesh>>) {
    for first in (0..BANDS + PULSES).step_by(CHUNK) {
        let z = if first < BANDS { order::FLOW_BANDS } else { order::FLOW };
        commands.spawn((
            Mesh2d(meshes.add(chunk_mesh(first))),
            MeshMaterial2d(pulses.material.clone()),
            Transform::from_xyz(0.0, 0.0, z),
            NoFrustumCulling,
            Visibility::Hidden,
            Chunk(first),
        ));
    }
}

/// What pulses are made from.
#[derive(SystemParam)]
pub(super) struct Ground<'w> {
    flow: Res<'w, Flow>,
    tickets: Res<'w, Tickets>,
    areas: Res<'w, Areas>,
    hubs: ResMut<'w, Hubs>,
    projection: Res<'w, MapProjection>,
    focus: Res<'w, Focus>,
    shapes: Res<'w, AreaShapes>,
    tallies: Res<'w, Tallies>,
    site: Res<'w, SiteFacts>,
    now: Res<'w, Now>,
    switches: Res<'w, LayerSwitches>,
}

impl Ground<'_> {
    /// Platform seconds per second; 1 where the platform's clock stands still.
    fn speed(&self) -> f64 {
        self.site.0.as_ref().map_or(1.0, |site| site.clock.speed).max(0.0).max(f64::EPSILON)
    }

    fn is_ground_new(&self) -> bool {
        self.hubs.is_changed() || self.projection.is_changed() || self.focus.is_changed() || self.areas.is_changed()
    }

    /// How long ago a step was, in seconds of the wall.
    fn age_s(&self, step: &Step) -> f64 {
        let speed = self.speed();
        let speed = if speed <= f64::EPSILON { 1.0 } else { speed };
        self.now.at.duration_since(step.at).as_secs_f64().max(0.0) / speed
    }

    /// How long a trace stays, in seconds of the wall: an hour of the platform.
    fn keep_s(&self) -> f64 {
        let speed = self.speed();
        if speed <= f64::EPSILON { 3600.0 } else { 3600.0 / speed }
    }

    /// What a step looks like, and the index of its street.
    fn picture(&self, step: &Step) -> (Vec<Pulse>, Option<usize>) {
        let Some(ticket) = self.tickets.by_id.get(&step.id) else { return (Vec::new(), None) };
        let table = &self.areas.table;
        let area = ticket.area.as_ref().and_then(|code| table.find(code));
        let hub = area.and_then(|id| self.hubs.of(id, table));
        let street = hub.and_then(|(nth, _)| self.hubs.streets().get(nth)).map(|(id, _)| table.get(*id).name.as_str());
        let place = ticket.position.lonlat().zip(self.projection.0);
        let stops = Stops {
            place: place.map(|((lon, lat), projection)| projection.world_from_lonlat(lon, lat)),
            hub: hub.map(|(_, at)| at),
            centre: self.hubs.centre,
            is_street_unit: street.is_some_and(|name| is_street_unit(ticket.agency.as_deref(), name)),
        };
        let is_outside = self.focus.area.is_some_and(|focus| {
            std::sync::Arc::ptr_eq(table, &self.shapes.table)
                && !area.is_some_and(|area| table.with_ancestors(area).any(|up| up == focus))
        });
        let pulse = |leg: Leg| {
            let mut flags = if is_outside { OUTSIDE } else { 0 };
            if leg.is_to_centre {
                flags |= TO_CENTRE | TRACELESS;
            }
            Pulse { from: leg.from, to: leg.to, kind: leg.kind, flags }
        };
        // What was seen is drawn as it was; what a list tells of is drawn as far as it went.
        let pulses = match step.is_seen {
            true => legs(step.from, step.to, &stops).map(pulse).collect(),
            false => passed(step.from, step.to, &stops).map(pulse).collect(),
        };
        (pulses, hub.map(|(nth, _)| nth))
    }
}

/// Takes in what moved. Does nothing while nothing moves.
pub(super) fn gather(mut ground: Ground, time: Res<Time<Virtual>>, mut pulses: ResMut<Pulses>) {
    let is_on = ground.switches.opacity(LayerKind::Flow) > 0.0;
    if ground.hubs.is_shown != is_on {
        ground.hubs.is_shown = is_on;
    }
    let now_s = time.elapsed_secs_f64();
    let p = pulses.bypass_change_detection();
    if !is_on {
        p.is_on = false;
        p.moves_until_s = now_s;
        return;
    }
    p.is_dirty |= p.ring.follow(now_s);
    if !p.is_on || ground.is_ground_new() {
        p.is_on = true;
        p.ring.clear();
        p.rates = Rates::new(ground.hubs.streets().len());
        let fresh = ground.flow.steps().len();
        for step in ground.flow.steps().skip(fresh.saturating_sub(PULSES)) {
            // Taken as it would be by now, so that a new selection does not play everything again.
            let birth_s = now_s - ground.age_s(step).max(MOTION_S);
            ground.picture(step).0.iter().for_each(|pulse| p.ring.push(pulse, birth_s));
        }
        p.is_dirty = true;
    } else if p.seen < ground.flow.serial() {
        for step in ground.flow.after(p.seen) {
            take_in(p, &ground, step, now_s, time.is_paused());
        }
        p.is_dirty = true;
    }
    p.seen = ground.flow.serial();

    let was_burst = p.rates.is_burst();
    p.rates.settle(now_s);
    let is_burst = p.rates.is_burst();
    if is_burst {
        p.moves_until_s = p.moves_until_s.max(now_s + STREAMS_EVERY_S);
    }
    let is_stream_due = is_burst && now_s >= p.streamed_at_s + STREAMS_EVERY_S;
    if p.is_dirty || is_stream_due || was_burst != is_burst || ground.tallies.is_changed() {
        p.streamed_at_s = now_s;
        let bands = bands(&ground.hubs, &ground.tallies, p.rates.is_burst().then(|| p.rates.streets()), now_s);
        p.is_dirty |= bands != p.bands;
        p.bands = bands;
    }
}

/// One step: a pulse of its own if it came in time and there is room, else its trace or its part of a stream.
fn take_in(p: &mut Pulses, ground: &Ground, step: &Step, now_s: f64, is_frozen: bool) {
    let (picture, street) = ground.picture(step);
    if picture.is_empty() {
        return;
    }
    let age_s = ground.age_s(step);
    let mut birth_s = now_s;
    if !step.is_seen || age_s > LATE_S || is_frozen {
        birth_s = now_s - age_s.max(MOTION_S);
    } else if p.rates.note(now_s, street, is_up(step.to)) == Manner::Merged {
        return;
    } else {
        p.moves_until_s = now_s + MOTION_S;
    }
    picture.iter().for_each(|pulse| p.ring.push(pulse, birth_s));
}

/// Ribbons by the day's count, and streams by the rate while there is a burst, as the shader reads them.
fn bands(hubs: &Hubs, tallies: &Tallies, rates: Option<&[StreetRates]>, now_s: f64) -> Vec<u8> {
    let mut bytes = vec![0; BANDS * PULSE_BYTES];
    let Some(centre) = hubs.centre else { return bytes };
    let today = |nth: usize| {
        hubs.streets().get(nth).and_then(|(id, _)| tallies.areas.get(id.index())).map_or(0, |tally| tally.today)
    };
    let most = (0..hubs.streets().len()).map(today).max().unwrap_or(0);
    let per_ticket = RIBBON_U.1.min((RIBBON_MOST_U - RIBBON_U.0) / most.max(1) as f32);
    let mut write = |slot: usize, pulse: Pulse, width_u: f32| {
        if width_u > 0.0 {
            bytes[slot * PULSE_BYTES..][..PULSE_BYTES].copy_from_slice(&pulse.encode(width_u));
        }
    };
    for (nth, (_, hub)) in hubs.streets().iter().enumerate().take(STREETS) {
        let band = |kind, from, to| Pulse { from, to, kind, flags: TO_CENTRE };
        let count = today(nth);
        let ribbon_u = if count == 0 { 0.0 } else { RIBBON_U.0 + per_ticket * count as f32 };
        write(nth, band(Kind::Ribbon, *hub, centre), ribbon_u);
        if let Some(rates) = rates.and_then(|rates| rates.get(nth)) {
            write(STREETS + nth, band(Kind::StreamUp, *hub, centre), stream_width_u(rates.up.at(now_s)));
            write(2 * STREETS + nth, band(Kind::StreamDown, centre, *hub), stream_width_u(rates.down.at(now_s)));
        }
    }
    bytes
}

/// Uploads what changed, follows the picture, and says what moves.
pub(super) fn show(
    (ground, frame, theme): (Ground, Res<LayerFrame>, Res<Theme>),
    (feeds, reduced): (Res<FeedFreshness>, Option<Res<ReducedMotion>>),
    time: Res<Time<Virtual>>,
    mut pulses: ResMut<Pulses>,
    mut motion: ResMut<FlowMotion>,
    mut chunks: Query<(&Chunk, &mut Visibility)>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut materials: ResMut<Assets<FlowMaterial>>,
) {
    let now_s = time.elapsed_secs_f64();
    let p = pulses.bypass_change_detection();
    let mut merged = p.rates.merged();
    // A figure that runs cannot be read: while it grows it is said every other second.
    if merged > 0 && motion.merged > 0 && now_s < p.said_at_s + SAID_EVERY_S {
        merged = motion.merged;
    } else {
        p.said_at_s = now_s;
    }
    motion.set_if_neq(FlowMotion { is_moving: p.is_on && now_s < p.moves_until_s, merged });
    for (chunk, mut visibility) in &mut chunks {
        let is_used = match chunk.0 {
            0 => true,
            first if first < BANDS => p.rates.is_burst(),
            first => p.ring.used() > first - BANDS,
        };
        let wanted = if p.is_on && is_used { Visibility::Visible } else { Visibility::Hidden };
        visibility.set_if_neq(wanted);
    }
    if !p.is_on {
        return;
    }
    let is_grey = matches!(feeds.rung(Feed::Tickets), Freshness::Stale | Freshness::Expired);
    let is_still = reduced.is_some_and(|reduced| reduced.0);
    let opacity = ground.switches.opacity(LayerKind::Flow);
    let keep_s = ground.keep_s() as f32;
    let params = FlowParams::new(theme.palette(), frame.uniform, opacity, keep_s, [is_still, is_grey]);
    if materials.get(&p.material).is_some_and(|material| material.params != params)
        && let Some(mut material) = materials.get_mut(&p.material)
    {
        material.params = params;
    }
    if std::mem::take(&mut p.is_dirty)
        && let Some(mut buffer) = buffers.get_mut(&p.buffer)
    {
        buffer.data = Some([p.bands.as_slice(), p.ring.bytes()].concat());
    }
}

/// The clock of the shaders must keep step with the real one however seldom the wall draws: by default it falls behind
/// in frames longer than a quarter of a second. Nothing here runs by Bevy's fixed steps, of which a long frame would
/// then have many: they are made rare.
pub(super) fn keep_time(mut time: ResMut<Time<Virtual>>, mut fixed: ResMut<Time<Fixed>>) {
    time.set_max_delta(std::time::Duration::from_secs(600));
    fixed.set_timestep_seconds(60.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::AreaTally;
    use crate::domain::{Area, AreaCode, AreaTable, Level};
    use crate::map::AreaIndex;
    use crate::map::Projection;

    /// Two streets side by side.
    fn hubs() -> Hubs {
        let area = |code: &str, level, parent: Option<&str>, west: f64, east: f64| Area {
            code: AreaCode::new(code),
            level,
            kind: None,
            name: code.into(),
            name_en: None,
            parent: parent.map(AreaCode::new),
            households: None,
            population: None,
            boundary: geo::MultiPolygon(vec![geo::Rect::new((west, 0.0), (east, 0.03)).to_polygon()]),
        };
        let (table, _) = AreaTable::build(vec![
            area("d", Level::District, None, 0.0, 0.06),
            area("s1", Level::Street, Some("d"), 0.0, 0.03),
            area("s2", Level::Street, Some("d"), 0.03, 0.06),
        ]);
        Hubs::build(&table, &AreaIndex::build(&table, &Projection::around(0.03, 0.015)))
    }

    fn width(bytes: &[u8], slot: usize) -> f32 {
        f32::from_le_bytes(bytes[slot * PULSE_BYTES + 16..][..4].try_into().unwrap())
    }

    #[test]
    fn ribbons_are_as_wide_as_the_day_and_streams_as_the_rate() {
        let hubs = hubs();
        assert_eq!(hubs.streets().len(), 2);
        let tally = |today| AreaTally { today, ..AreaTally::default() };
        let mut tallies = Tallies { areas: vec![tally(30), tally(10), tally(20)], ..Tallies::default() };
        let calm = bands(&hubs, &tallies, None, 0.0);
        assert_eq!((width(&calm, 0), width(&calm, 1)), (1.6 + 4.6, 1.6 + 9.2));
        assert_eq!(width(&calm, STREETS), 0.0, "no streams without a burst");
        tallies.areas[1] = tally(0);
        assert_eq!(width(&bands(&hubs, &tallies, None, 0.0), 0), 0.0, "a street without tickets has no ribbon");
        tallies.areas[2] = tally(100_000);
        assert!(width(&bands(&hubs, &tallies, None, 0.0), 1) <= RIBBON_MOST_U + 0.01);
        let mut rates = [StreetRates::default(); 2];
        (0..400).for_each(|n| rates[1].down.note(f64::from(n) / 10.0));
        let burst = bands(&hubs, &tallies, Some(&rates), 40.0);
        assert_eq!(width(&burst, STREETS + 1), 0.0);
        assert!((width(&burst, 2 * STREETS + 1) - 8.0).abs() < 0.3, "ten a second are 8 u");
    }
}
