//! One record of 16 bytes per drawn feature: colour, height, previous height, flags. Recolouring is writing these and
//! nothing else; which level is shown makes no difference to the meshes. Partner: `AreaRecord` in `shaders/map.wgsl`.

use std::collections::HashMap;

use bevy::asset::RenderAssetUsages;
use bevy::prelude::*;
use bevy::render::storage::ShaderBuffer;

use super::classes::{AreaLegend, Breaks, breaks_of, class_of};
use super::measure::{self, AreaValue};
use crate::city::freshness::{FeedFreshness, Freshness};
use crate::city::{Answer, Areas, Care, CareFilter, Indicators, Tallies, Tickets};
use crate::domain::{AreaId, AreaTable, CareGroup, CareTable, Count, Feed, Level, Matter, Unit, ValueBreaks};
use crate::heat::Figures;
use crate::layers::care::class_of as care_class_of;
use crate::layers::focus::Focus;
use crate::layers::frame::LayerFrame;
use crate::layers::heat;
use crate::layers::shapes::AreaShapes;
use crate::map::Extrusion;
use crate::palette::{Palette, Rgb, Theme};
use crate::scene::{AreaColour, LayerKind, LayerSwitches, Scenes};

/// Bytes of one record.
pub const RECORD_BYTES: usize = 16;
/// How much of the land a class covers at full opacity; parks and relief shine through the rest.
pub(super) const COVER: f32 = 224.0;
/// The same under the symbols of the care layer.
pub(super) const CARE_COVER: f32 = 150.0;
/// Set on features outside the selection. Keep in sync with `map.wgsl`.
const FLAG_OUTSIDE: u32 = 1;
/// Height of an area whose count begins the top class, as a share of the district's extent.
const HEIGHT_SHARE: f32 = 0.15;

/// The buffer that all shaders read.
#[derive(Resource)]
pub struct AreaRecords {
    /// At least one record long, whatever the table.
    pub buffer: Handle<ShaderBuffer>,
    /// What the buffer holds.
    written: Vec<u8>,
    /// A value is withheld somewhere.
    pub is_withheld: bool,
    /// Where it holds other than before its last change, world metres.
    pub changed: Vec<Rect>,
}

impl AreaRecords {
    /// What a feature looks like over plain land; `None` where it has no colour.
    pub fn fill(&self, feature: usize, palette: &Palette) -> Option<Rgb> {
        let record = self.written.get(feature * RECORD_BYTES..)?;
        let (rgb, cover) = (Rgb([*record.first()?, *record.get(1)?, *record.get(2)?]), *record.get(3)?);
        (u32::from(cover) > measure::WITHHELD).then(|| palette.map_land.mix(rgb, f32::from(cover) / 255.0))
    }
}

impl FromWorld for AreaRecords {
    fn from_world(world: &mut World) -> Self {
        let written = vec![0; RECORD_BYTES];
        let buffer = ShaderBuffer::new(&written, RenderAssetUsages::default());
        Self {
            buffer: world.resource_mut::<Assets<ShaderBuffer>>().add(buffer),
            written,
            is_withheld: false,
            changed: Vec::new(),
        }
    }
}

impl AreaRecords {
    /// The colour of each feature, as the records hold it.
    pub fn colours(&self) -> Vec<u32> {
        let colour = |record: &[u8]| record.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        self.written.chunks_exact(RECORD_BYTES).map(colour).collect()
    }
}

/// The breaks in use, per level, until a new table of areas arrives.
#[derive(Resource, Default)]
pub(crate) struct Locked {
    counts: HashMap<(Level, Option<Matter>), Breaks>,
    values: Vec<(AreaColour, ValueBreaks)>,
}

/// What one feature shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// sRGB bytes with the cover as alpha; 0 leaves plain land.
    pub color: u32,
    /// Metres.
    pub height_m: f32,
}

/// Colour and height of a count: both from the same value and the same scale.
pub fn shown(count: Option<u32>, scale: &Scale<'_>) -> Shown {
    let count = count.unwrap_or(0);
    let cover = (COVER * scale.opacity).round() as u32;
    let class = class_of(count, &scale.breaks).filter(|_| cover > 0);
    let color = class.map_or(0, |class| scale.palette.choropleth[class].packed() & 0x00FF_FFFF | cover << 24);
    // While the layer is off nothing says what a height would mean.
    let height_m = if cover > 0 { count as f32 / scale.breaks[5] as f32 * scale.top_m } else { 0.0 };
    Shown { color, height_m }
}

/// The level whose counts colour the map: communities in the district, grids below; the next coarser one that exists.
pub fn shown_level(table: &AreaTable, focus: Option<AreaId>) -> Level {
    let wanted = match focus.map(|id| table.get(id).level) {
        None | Some(Level::District) => Level::Community,
        Some(_) => Level::Grid,
    };
    let present = |level: &Level| table.at_level(*level).next().is_some();
    Level::ALL.into_iter().rev().filter(|level| *level <= wanted).find(present).unwrap_or(wanted)
}

/// What turns counts into colours and heights.
#[derive(Clone, Copy, Debug)]
pub struct Scale<'a> {
    /// The level whose counts are shown.
    pub level: Level,
    /// Its classes.
    pub breaks: Breaks,
    /// The theme.
    pub palette: &'a Palette,
    /// Height where the top class begins, metres.
    pub top_m: f32,
    /// Opacity of the layer, 0–1.
    pub opacity: f32,
}

/// The records of all features for these counts per area (`None` while they are not known), following on those
/// `before`; and whether any height changed.
pub fn encode(
    shapes: &AreaShapes,
    focus: &Focus,
    count_of: impl Fn(AreaId) -> Option<u32>,
    scale: &Scale,
    before: &[u8],
) -> (Vec<u8>, bool) {
    let features = shapes.counted[scale.level.depth()].iter().enumerate().map(|(feature, id)| {
        let is_outside = focus.is_narrow() && !focus.members.get(feature).copied().unwrap_or(false);
        (shown(count_of(*id), scale), is_outside)
    });
    packed(features, before)
}

/// The records while only the care layer is on: communities coloured by the share of people visited, flat; hatched where
/// it is withheld.
fn encode_care(
    shapes: &AreaShapes,
    focus: &Focus,
    (care, group): (&CareTable, CareGroup),
    palette: &Palette,
    opacity: f32,
    before: &[u8],
) -> (Vec<u8>, bool) {
    let cover = (CARE_COVER * opacity).round() as u32;
    let features = shapes.counted[Level::Community.depth()].iter().enumerate().map(|(feature, id)| {
        let counts = care.of(&shapes.table.get(*id).code, group);
        let is_withheld = [counts.visited, counts.listed].contains(&Count::Suppressed);
        let color = match counts.visited.share_of(counts.listed) {
            _ if cover == 0 => 0,
            Some(share) => palette.choropleth[care_class_of(share)].packed() & 0x00FF_FFFF | cover << 24,
            None if is_withheld => measure::WITHHELD << 24,
            None => 0,
        };
        let is_outside = focus.is_narrow() && !focus.members.get(feature).copied().unwrap_or(false);
        (Shown { color, height_m: 0.0 }, is_outside)
    });
    packed(features, before)
}

/// The records while an indicator colours the areas.
fn encode_values(
    shapes: &AreaShapes,
    focus: &Focus,
    (values, breaks): (&[AreaValue], &ValueBreaks),
    scale: &Scale,
    before: &[u8],
) -> (Vec<u8>, bool) {
    let features = shapes.counted[scale.level.depth()].iter().enumerate().map(|(feature, id)| {
        let is_outside = focus.is_narrow() && !focus.members.get(feature).copied().unwrap_or(false);
        let value = values.get(id.index()).copied().unwrap_or_default();
        (measure::shown(value, breaks, scale), is_outside)
    });
    packed(features, before)
}

/// More features than this are taken for all.
const FEW: usize = 48;

/// The bounds of the features that look different on a flat map.
fn changed(shapes: &AreaShapes, before: &[u8], after: &[u8]) -> Vec<Rect> {
    let all = || vec![shapes.bounds];
    if before.len() != after.len() {
        return all();
    }
    let records = before.chunks_exact(RECORD_BYTES).zip(after.chunks_exact(RECORD_BYTES)).zip(&shapes.rings);
    let differing: Vec<&crate::layers::mesh::Rings> = records
        .filter(|((a, b), _)| (&a[..4], &a[12..]) != (&b[..4], &b[12..]))
        .map(|(_, rings)| rings)
        .take(FEW + 1)
        .collect();
    if differing.len() > FEW {
        return all();
    }
    let bounds = |rings: &crate::layers::mesh::Rings| {
        rings.iter().flatten().fold(Rect::EMPTY, |bounds, point| bounds.union_point(*point))
    };
    differing.into_iter().map(bounds).collect()
}

/// Writes colours and heights when counts, selection, theme or freshness changed, and only if the bytes differ.
pub(crate) fn recolour(
    (areas, shapes, focus): (Res<Areas>, Res<AreaShapes>, Res<Focus>),
    (tallies, tickets, feeds): (Res<Tallies>, Res<Tickets>, Res<FeedFreshness>),
    (theme, switches, figures): (Res<Theme>, Res<LayerSwitches>, Res<Figures>),
    (care, filter): (Res<Care>, Res<CareFilter>),
    (scenes, indicators): (Res<Scenes>, Res<Indicators>),
    mut locked: ResMut<Locked>,
    mut legend: ResMut<AreaLegend>,
    mut records: ResMut<AreaRecords>,
    mut extrusion: ResMut<Extrusion>,
    mut frame: ResMut<LayerFrame>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut tilt_shown: Local<f32>,
    mut heat_shown: Local<bool>,
    mut colour_shown: Local<Option<AreaColour>>,
) {
    // In the tilted view the heat is raised areas.
    let is_hot = switches.is_on(LayerKind::Heat)
        && frame.uniform.tilt > 0.0
        && figures.is_known
        && figures.values.len() == shapes.table.len();
    if shapes.is_changed() {
        *locked = Locked::default();
    }
    let colour = scenes.current().colour.as_ref();
    let counts_changed = tallies.is_changed() || (tickets.is_changed() && !legend.is_locked);
    let is_due = counts_changed
        || shapes.is_changed()
        || focus.is_changed()
        || theme.is_changed()
        || feeds.is_changed()
        || switches.is_changed()
        || *heat_shown != is_hot
        || (is_hot && figures.is_changed())
        || care.is_changed()
        || filter.is_changed()
        || *colour_shown != colour.cloned()
        || (colour.is_some() && indicators.is_changed());
    let is_tilting = *tilt_shown != frame.uniform.tilt;
    if shapes.features.is_empty() || !(is_due || is_tilting) {
        return;
    }
    *tilt_shown = frame.uniform.tilt;
    *heat_shown = is_hot;
    *colour_shown = colour.cloned();
    let table = &shapes.table;
    let is_known = tickets.is_complete
        && tallies.areas.len() == table.len()
        && std::sync::Arc::ptr_eq(&areas.table, &shapes.table);
    let measured = colour.filter(|_| !is_hot).map(|colour| {
        let list = &indicators.0.list;
        let values = measure::values(table, list, colour);
        let held = locked.values.iter().find(|(of, _)| of == colour).map(|(_, breaks)| *breaks);
        let unit = list.definition(&colour.indicator).map_or(Unit::Count, |definition| definition.unit);
        let breaks = held.or_else(|| measure::value_breaks(&values, unit));
        if let (None, Some(breaks)) = (held, breaks) {
            locked.values.push((colour.clone(), breaks));
        }
        (values, breaks)
    });
    let level = match colour {
        _ if is_hot => Level::Community,
        Some(colour) => colour.level,
        None => shown_level(table, focus.area),
    };
    let value_of = |id: AreaId| figures.values.get(id.index()).copied().flatten();
    let count_of = |id: AreaId| is_known.then(|| tallies.open_on_map(id)).flatten();
    let key = (level, tallies.watched.as_ref().map(|watched| watched.matter.clone()));
    let breaks = match locked.counts.get(&key) {
        Some(breaks) => *breaks,
        None => breaks_of(&table.at_level(level).filter_map(count_of).collect::<Vec<u32>>()),
    };
    if is_known {
        locked.counts.insert(key, breaks);
    }
    let feed = if measured.is_some() { Feed::Indicators } else { Feed::Tickets };
    let is_locked = if measured.is_some() { indicators.0.answer != Answer::None } else { is_known };
    let next = AreaLegend {
        level,
        breaks,
        measure: measured.as_ref().and_then(|(_, breaks)| Some((colour?.clone(), *breaks))),
        is_of_some: measured.is_none() && tallies.watched.is_some(),
        is_locked,
        is_shown: switches.is_on(LayerKind::Areas) && !is_hot,
        is_stale: is_locked && matches!(feeds.rung(feed), Freshness::Stale | Freshness::Expired),
        ..AreaLegend::default()
    };
    if *legend != next {
        *legend = next;
    }

    let top_m = shapes.bounds.size().max_element() * HEIGHT_SHARE;
    let palette = theme.palette();
    let scale = Scale { level, breaks, palette, top_m, opacity: switches.opacity(LayerKind::Areas) };
    if is_due {
        let (bytes, heights_changed) = if is_hot {
            let is_outside =
                |feature: usize| focus.is_narrow() && !focus.members.get(feature).copied().unwrap_or(false);
            let features = shapes.counted[level.depth()].iter().enumerate();
            let hot = features.map(|(feature, id)| {
                (heat::raise::shown(value_of(*id), &figures, palette, top_m), is_outside(feature))
            });
            packed(hot, &records.written)
        } else if switches.is_on(LayerKind::Care) && !switches.is_on(LayerKind::Areas) {
            let opacity = switches.opacity(LayerKind::Care);
            encode_care(&shapes, &focus, (&care.table, filter.0), palette, opacity, &records.written)
        } else if let Some((values, Some(breaks))) = &measured {
            encode_values(&shapes, &focus, (values, breaks), &scale, &records.written)
        } else {
            let count_of = |id: AreaId| count_of(id).filter(|_| measured.is_none());
            encode(&shapes, &focus, count_of, &scale, &records.written)
        };
        if bytes != records.written {
            // Without a tilt nobody sees heights, and touching the frame is touching every material.
            if heights_changed && frame.uniform.tilt > 0.0 {
                frame.begin_blend();
            }
            if let Some(mut buffer) = buffers.get_mut(&records.buffer) {
                buffer.data = Some(bytes.clone());
            }
            records.changed = changed(&shapes, &records.written, &bytes);
            records.is_withheld = bytes.chunks_exact(RECORD_BYTES).any(|record| record[3] == measure::WITHHELD as u8);
            records.written = bytes;
        }
    }
    let tilt = frame.uniform.tilt;
    let raised = if tilt > 0.0 {
        let height = |id: AreaId| {
            let own = match &measured {
                _ if is_hot => heat::raise::shown(value_of(id), &figures, palette, top_m).height_m,
                Some((values, Some(breaks))) => {
                    measure::shown(values.get(id.index()).copied().unwrap_or_default(), breaks, &scale).height_m
                }
                Some((_, None)) => 0.0,
                None => shown(count_of(id), &scale).height_m,
            };
            if table.get(id).level == level { (frame.uniform.slab_m + own) * tilt } else { 0.0 }
        };
        Extrusion { level: Some(level), heights_m: table.iter().map(|(id, _)| height(id)).collect() }
    } else {
        Extrusion::default()
    };
    if *extrusion != raised {
        *extrusion = raised;
    }
}

/// The records as bytes, with the heights they had before; and whether any height changed.
fn packed(features: impl ExactSizeIterator<Item = (Shown, bool)>, before: &[u8]) -> (Vec<u8>, bool) {
    let mut bytes = Vec::with_capacity(features.len() * RECORD_BYTES);
    let is_same_table = before.len() == features.len() * RECORD_BYTES;
    let float_at = |at: usize| before.get(at..at + 4).and_then(|b| b.try_into().ok()).map(f32::from_le_bytes);
    let mut heights_changed = false;
    for (feature, (shown, is_outside)) in features.enumerate() {
        let at = feature * RECORD_BYTES;
        let previous = float_at(at + 4).filter(|_| is_same_table).unwrap_or(shown.height_m);
        heights_changed |= previous != shown.height_m;
        bytes.extend(shown.color.to_le_bytes());
        bytes.extend(shown.height_m.to_le_bytes());
        bytes.extend(previous.to_le_bytes());
        bytes.extend((if is_outside { FLAG_OUTSIDE } else { 0 }).to_le_bytes());
    }
    if !heights_changed && is_same_table {
        // Nothing rises or sinks: keep what the heights come from, so that equal states are equal bytes.
        for feature in 0..bytes.len() / RECORD_BYTES {
            let at = feature * RECORD_BYTES + 8;
            bytes[at..at + 4].copy_from_slice(&before[at..at + 4]);
        }
    }
    (bytes, heights_changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::DARK;

    const SCALE: Scale<'_> =
        Scale { level: Level::Grid, breaks: [1, 5, 10, 15, 20, 25], palette: &DARK, top_m: 100.0, opacity: 1.0 };

    #[test]
    fn zero_and_unknown_are_plain_land_and_flat() {
        for count in [None, Some(0)] {
            assert_eq!(shown(count, &SCALE), Shown { color: 0, height_m: 0.0 });
        }
    }

    #[test]
    fn heights_compare_as_the_counts_do() {
        let height = |count| shown(Some(count), &SCALE).height_m;
        assert_eq!(height(25), 100.0);
        assert!((height(30) / height(10) - 3.0).abs() < 1e-6);
    }

    #[test]
    fn a_layer_that_is_off_leaves_plain_land_and_a_weak_one_shines_through() {
        let alpha = |opacity| shown(Some(25), &Scale { opacity, ..SCALE }).color >> 24;
        assert_eq!((alpha(0.0), alpha(0.5), alpha(1.0)), (0, 112, 224));
        assert_eq!(shown(Some(25), &Scale { opacity: 0.0, ..SCALE }), Shown { color: 0, height_m: 0.0 });
    }

    #[test]
    fn a_record_is_sixteen_bytes_and_remembers_the_last_height() {
        let at = |height_m| [(Shown { color: 0xE012_3456, height_m }, true)].into_iter();
        let (first, _) = packed(at(1.0), &[]);
        assert_eq!(first.len(), RECORD_BYTES);
        assert_eq!(first[..4], [0x56, 0x34, 0x12, 0xE0]);
        assert_eq!(first[12..], FLAG_OUTSIDE.to_le_bytes());
        let (second, changed) = packed(at(2.0), &first);
        assert!(changed);
        assert_eq!((&second[4..8], &second[8..12]), (&2f32.to_le_bytes()[..], &1f32.to_le_bytes()[..]));
        let (third, changed) = packed(at(2.0), &second);
        assert!(!changed && third == second);
    }

    #[test]
    fn the_level_below_is_shown_or_the_nearest_there_is() {
        use crate::layers::shapes::tests::chessboard;
        let (table, _) = AreaTable::build(chessboard(4));
        let at = |level| table.at_level(level).next();
        assert_eq!(shown_level(&table, None), Level::Community);
        assert_eq!(shown_level(&table, at(Level::Street)), Level::Grid);
        let (coarse, _) = AreaTable::build(chessboard(4).into_iter().filter(|a| a.level <= Level::Street).collect());
        assert_eq!(shown_level(&coarse, None), Level::Street);
    }
}
