//! Names of areas on the map: which, where and how large, so that none overlaps another.
//!
//! Here is the wiring; `placing.rs` decides and `anchor.rs` finds the places. The panels paint the result.

pub mod anchor;
mod obstacle;
pub mod placing;

use std::collections::HashMap;
use std::time::Duration;

use bevy::math::{Rect, Vec2, Vec3};
use bevy::prelude::*;

use crate::city::{Areas, Tickets};
use crate::domain::{AreaId, AreaTable, Level};
use crate::selection::Selection;

use super::drill::area_of;
use super::hubs::{HUB_RADIUS_U, Hubs, NAME_BELOW_U};
use super::motion::MapMotion;
use super::pick::AreaIndex;
use super::projection::MapProjection;
use super::raised::Extrusion;
use super::view::{MapFrame, MapView};
use anchor::{Anchor, anchor};
use obstacle::Disc;
use placing::{Candidate, Rank, Spot, from_u_per_km, place, text_size, wall_name};

pub use obstacle::{LabelObstacles, Obstacle};

/// One name on the map.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedLabel {
    /// The area.
    pub area: AreaId,
    /// Its level, which decides colour and weight.
    pub level: Level,
    /// The text.
    pub text: String,
    /// The middle of the text in u from the top left corner of the picture.
    pub pos_u: Vec2,
    /// The box of the text, u: width with tracking, height of a line.
    pub size_u: Vec2,
    /// Font size, u.
    pub font_u: f32,
    /// Extra space after each character, u.
    pub tracking_u: f32,
    /// How far from its place on the map it stands, u.
    pub offset_u: Vec2,
    /// Where it is fixed to the map, world metres with the height.
    pub world: Vec3,
    /// The smallest areas below its middle and towards its ends, which its colour must stand off.
    pub ground: [Option<AreaId>; 3],
}

/// The names on the map now. They move with the map, and are chosen anew when it comes to rest.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct PlacedLabels(pub Vec<PlacedLabel>);

/// Which names areas are labelled with. Set by the wall with its language.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabelNames {
    /// The district's own names.
    #[default]
    Local,
    /// Names in Latin letters where there are some.
    Latin,
}

/// Where bezels cross the picture, u from its left edge: no name lies over one. Set by the wall.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct LabelSeams(pub Vec<f32>);

/// A name keeps so far from a seam, u.
const OFF_SEAM: f32 = 8.0;

/// The anchors found so far, by area; `None` inside where an area has no place for a name.
#[derive(Resource, Default)]
pub(super) struct Anchors {
    of: Vec<Option<Option<Anchor>>>,
    /// Points all over an area, for those that asked.
    scattered: HashMap<AreaId, Box<[Vec2]>>,
}

impl Anchors {
    /// The anchor of an area, found now if there is `budget` left for it; else the budget falls below zero.
    fn of(&mut self, id: AreaId, index: &AreaIndex, budget: &mut i32) -> Option<Anchor> {
        let slot = self.of.get_mut(id.index())?;
        if slot.is_none() {
            *budget -= 1;
            if *budget < 0 {
                return None;
            }
        }
        *slot.get_or_insert_with(|| anchor(index.rings(id)))
    }

    /// Points all over an area, those near its anchor first.
    fn scattered(&mut self, id: AreaId, near: Vec2, index: &AreaIndex) -> &[Vec2] {
        self.scattered.entry(id).or_insert_with(|| {
            let Some(bounds) = index.bounds(id) else { return Box::default() };
            let step = bounds.size() / SCATTER as f32;
            let at = |i: u32| bounds.min + step * (Vec2::new((i % SCATTER) as f32, (i / SCATTER) as f32) + 0.5);
            let mut points: Vec<Vec2> = (0..SCATTER * SCATTER).map(at).filter(|at| index.contains(id, *at)).collect();
            points.sort_by(|a, b| a.distance_squared(near).total_cmp(&b.distance_squared(near)));
            points.into_boxed_slice()
        })
    }
}

/// New anchors per frame: about 20 µs each.
const ANCHORS_PER_FRAME: i32 = 200;
/// Points along each side of an area that are tried for a street's name among discs.
const SCATTER: u32 = 24;
/// While the map moves, labels are chosen anew at most this often.
const WHILE_MOVING: Duration = Duration::from_millis(150);

/// Keeps [`PlacedLabels`].
pub(super) fn label(
    time: Res<Time<Real>>,
    (areas, tickets, index, projection): (Res<Areas>, Res<Tickets>, Res<AreaIndex>, Res<MapProjection>),
    (view, frame, mut motion): (Res<MapView>, Res<MapFrame>, ResMut<MapMotion>),
    (raised, names, selection): (Res<Extrusion>, Res<LabelNames>, Res<Selection>),
    (hubs, obstacles, seams): (Res<Hubs>, Res<LabelObstacles>, Res<LabelSeams>),
    mut anchors: ResMut<Anchors>,
    mut labels: ResMut<PlacedLabels>,
    mut is_due: Local<bool>,
    mut placed_at: Local<Duration>,
) {
    if index.is_changed() {
        *anchors = Anchors { of: vec![None; areas.table.len()], ..default() };
        labels.0.clear();
    }
    let moved = view.is_changed() || frame.is_changed();
    let others = index.is_changed() || raised.is_changed() || names.is_changed() || selection.is_changed();
    *is_due |= moved || others || hubs.is_changed() || obstacles.is_changed() || seams.is_changed();
    if !*is_due {
        return;
    }
    let is_carried = motion.is_moving() && !motion.is_labelling && time.elapsed() < *placed_at + WHILE_MOVING;
    if is_carried {
        carry(&mut labels.0, &view, &frame);
        return;
    }
    let current = area_of(&selection.target, &areas.table, &tickets, &index, projection.0.as_ref());
    let mut budget = ANCHORS_PER_FRAME;
    let has_hubs = hubs.is_shown;
    let discs = obstacles.discs(&view, &frame);
    let mut taken = hubs_cover(&hubs, &view, &frame);
    let high = frame.size.y / frame.u;
    taken.extend(seams.0.iter().map(|x| Rect::new(x - OFF_SEAM, 0.0, x + OFF_SEAM, high)));
    let scene = Scene {
        table: &areas.table,
        index: &index,
        view: &view,
        frame: &frame,
        raised: &raised,
        current,
        has_hubs,
        discs: &discs,
    };
    let candidates = scene.candidates(&mut anchors, &mut budget, *names, &labels.0);
    let free_u = Rect::from_corners(frame.free.min / frame.u, frame.free.max / frame.u);
    labels.0 = place(candidates, free_u, (taken, &discs), |candidate, is_free| {
        scene.another_spot(candidate, is_free, &mut anchors)
    });
    for label in &mut labels.0 {
        label.ground = scene.ground(label);
    }
    // What is left over comes in the next frame.
    motion.is_labelling = budget < 0;
    *is_due = motion.is_moving();
    *placed_at = time.elapsed();
}

/// Moves the labels with the map and lets go of those that leave the free area.
fn carry(labels: &mut Vec<PlacedLabel>, view: &MapView, frame: &MapFrame) {
    let free_u = Rect::from_corners(frame.free.min / frame.u, frame.free.max / frame.u);
    for label in labels.iter_mut() {
        label.pos_u = view.u_from_world(label.world, frame) + label.offset_u;
    }
    labels.retain(|label| placing::fits(free_u, label.pos_u, label.size_u));
}

/// Names of communities come from this scale on where hubs are shown, u per km: hubs need the room.
const BESIDE_HUBS: f32 = 180.0;
/// What the name of the district centre may cover: its middle beside the disc, and its size, u.
const CENTRE_NAME_U: (Vec2, Vec2) = (Vec2::new(96.0, -16.0), Vec2::new(144.0, 28.0));

/// What the hubs and the name of the centre cover, u. A disc leaves room for the name under it.
fn hubs_cover(hubs: &Hubs, view: &MapView, frame: &MapFrame) -> Vec<Rect> {
    if !hubs.is_shown {
        return Vec::new();
    }
    let place = |at: Vec2| view.u_from_world(at.extend(0.0), frame);
    let points = hubs.streets().iter().map(|(_, at)| *at).chain(hubs.centre);
    let discs = points.map(|at| Rect::from_center_size(place(at), Vec2::splat(2.0 * HUB_RADIUS_U)));
    let (beside, size) = CENTRE_NAME_U;
    discs.chain(hubs.centre.map(|at| Rect::from_center_size(place(at) + beside, size))).collect()
}

/// What names are chosen from.
struct Scene<'a> {
    table: &'a AreaTable,
    index: &'a AreaIndex,
    view: &'a MapView,
    frame: &'a MapFrame,
    raised: &'a Extrusion,
    current: Option<AreaId>,
    /// True if street names stand below their hubs.
    has_hubs: bool,
    /// What names stand beside.
    discs: &'a [Disc],
}

impl Scene<'_> {
    /// All names that the scale asks for, in the free area.
    fn candidates(
        &self,
        anchors: &mut Anchors,
        budget: &mut i32,
        names: LabelNames,
        present: &[PlacedLabel],
    ) -> Vec<Candidate> {
        let corners = [self.frame.free.min, self.frame.free.max].map(|at| self.view.world_from_screen(at, self.frame));
        let mut shown = Rect::from_corners(corners[0], corners[1]);
        // What stands up south of the picture may reach into it.
        shown.min.y -= self.raised.max_m() * self.view.pitch().tan();
        let levels = [Level::Street, Level::Community, Level::Grid];
        let from = |level| match level {
            Level::Community if self.has_hubs => BESIDE_HUBS,
            level => from_u_per_km(level),
        };
        let asked = levels.into_iter().filter(|level| self.view.u_per_km() >= from(*level));
        asked
            .flat_map(|level| self.index.touching(shown, level))
            .filter_map(|id| {
                let is_present = present.iter().any(|label| label.area == id);
                self.candidate(id, anchors, budget, names, is_present)
            })
            .collect()
    }

    fn candidate(
        &self,
        id: AreaId,
        anchors: &mut Anchors,
        budget: &mut i32,
        names: LabelNames,
        is_present: bool,
    ) -> Option<Candidate> {
        let area = self.table.get(id);
        let text = wall_name(area, names);
        if text.is_empty() {
            return None;
        }
        // The numbers of other communities' grids would only be clutter around what is selected.
        if area.level == Level::Grid && self.holder().is_some_and(|holder| !self.is_within(id, holder)) {
            return None;
        }
        let (size_u, font_u, tracking_u) = text_size(&text, area.level);
        let is_below = self.current.is_some() && self.table.parent(id) == self.current;
        let rank = |clearance_m: f32| Rank {
            is_below,
            level: area.level,
            is_present,
            clearance_u: clearance_m / self.view.m_per_u,
            area: id,
        };
        // No circle inside is larger than the box: most small areas are out before their anchor is looked for.
        let most_m = self.index.bounds(id)?.size().min_element() * 0.5;
        if !rank(most_m).has_room(size_u.x) {
            return None;
        }
        let anchor = anchors.of(id, self.index, budget)?;
        let spots = match self.is_by_hub(area.level) {
            true => self.spots_by_hub(anchor, size_u),
            false => vec![self.spot(anchor.world, Vec2::ZERO)],
        };
        Some(Candidate { rank: rank(anchor.clearance_m), spots, text, size_u, font_u, tracking_u })
    }

    /// True if names of this level stand beside hubs.
    fn is_by_hub(&self, level: Level) -> bool {
        self.has_hubs && level == Level::Street
    }

    /// The selected area, or the community around a selected grid.
    fn holder(&self) -> Option<AreaId> {
        let current = self.current?;
        if self.table.get(current).level == Level::Grid { self.table.parent(current) } else { Some(current) }
    }

    fn is_within(&self, id: AreaId, holder: AreaId) -> bool {
        self.table.with_ancestors(id).any(|above| above == holder)
    }

    /// A free spot beside the disc that covers a name's own spot, or at another point of the same area: one at which all of
    /// the name lies inside, if there is one.
    fn another_spot(
        &self,
        candidate: &Candidate,
        is_free: &dyn Fn(&Spot) -> bool,
        anchors: &mut Anchors,
    ) -> Option<Spot> {
        let (Rank { area: id, level, .. }, size_u) = (candidate.rank, candidate.size_u);
        let first = candidate.spots.first()?;
        let at = first.world.truncate();
        let is_by_hub = self.is_by_hub(level);
        let beside = self.discs.iter().find_map(|disc| disc.ways_off(first.pos_u, size_u));
        let beside = beside.into_iter().flatten().map(|way| self.spot(at, way));
        let step_m = size_u * Vec2::new(0.55, 1.15 / self.view.pitch().cos()) * self.view.m_per_u;
        let ways = [(0.0, 1.0), (0.0, -1.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 1.9), (0.0, -1.9)];
        let elsewhere = ways.into_iter().map(|way| self.spot(at + Vec2::from(way) * step_m, Vec2::ZERO));
        let near = beside.chain(elsewhere).filter(|spot| is_free(spot) && self.is_inside(id, spot, 0.0));
        let mut free: Vec<Spot> = if is_by_hub { Vec::new() } else { near.collect() };
        if level == Level::Street && !self.discs.is_empty() {
            let points = anchors.scattered(id, at, self.index);
            free.extend(points.iter().map(|at| self.spot(*at, Vec2::ZERO)).filter(is_free));
        }
        let half = size_u.x * 0.48;
        let is_whole = |spot: &&Spot| self.is_inside(id, spot, -half) && self.is_inside(id, spot, half);
        // What reaches over the district's edge would stand in the sea.
        let is_land = |spot: &Spot, aside_u: f32| self.index.pick(self.below(spot, aside_u), Level::Street).is_some();
        let is_on_land = |spot: &&Spot| is_land(spot, -half) && is_land(spot, half);
        let whole = free.iter().find(is_whole);
        // Away from its hub a name must not reach into another street, which has a hub of its own.
        let part = || free.iter().filter(|_| !is_by_hub).find(is_on_land);
        whole.or_else(part).copied()
    }

    /// The point of the map below a spot, `aside_u` to its right.
    fn below(&self, spot: &Spot, aside_u: f32) -> Vec2 {
        let way_u = spot.offset_u + Vec2::X * aside_u;
        spot.world.truncate() + way_u * Vec2::new(1.0, -1.0 / self.view.pitch().cos()) * self.view.m_per_u
    }

    fn is_inside(&self, id: AreaId, spot: &Spot, aside_u: f32) -> bool {
        self.index.contains(id, self.below(spot, aside_u))
    }

    /// The smallest areas below the middle of a name and towards its ends.
    fn ground(&self, label: &PlacedLabel) -> [Option<AreaId>; 3] {
        let spot = Spot { world: label.world, offset_u: label.offset_u, pos_u: label.pos_u };
        [0.0, -0.35, 0.35].map(|aside| {
            let at = self.below(&spot, aside * label.size_u.x);
            Level::ALL.into_iter().rev().find_map(|level| self.index.pick(at, level))
        })
    }

    /// Beside the street's own hub: further away the name might be another hub's.
    fn spots_by_hub(&self, anchor: Anchor, size_u: Vec2) -> Vec<Spot> {
        let aside = HUB_RADIUS_U + 9.0 + size_u.x * 0.5;
        let ways = [Vec2::Y * NAME_BELOW_U, Vec2::NEG_Y * NAME_BELOW_U, Vec2::X * aside, Vec2::NEG_X * aside];
        // Where signs lie on these, a little round the corner.
        let corners = [(1.0, 1.0), (-1.0, 1.0), (1.0, -1.0), (-1.0, -1.0)].map(Vec2::from);
        let corners = corners.map(|corner| corner * Vec2::new(0.85 * aside, 0.75 * NAME_BELOW_U));
        ways.into_iter().chain(corners).map(|way| self.spot(anchor.world, way)).collect()
    }

    fn spot(&self, world: Vec2, offset_u: Vec2) -> Spot {
        // A street's name stands on the community that is raised there.
        let world = world.extend(if self.view.tilt > 0.0 { self.raised.top_m(world, self.index) } else { 0.0 });
        Spot { world, offset_u, pos_u: self.view.u_from_world(world, self.frame) + offset_u }
    }
}
