//! What panels say of the heat map: totals of the window, communities by density, and the rhythm of the day.

use std::sync::Arc;

use bevy::prelude::Resource;

use super::event::{Filter, area_of};
use super::model::{Span, WEEKS};
use super::rhythm::Rhythm;
use super::ring::Ring;
use super::settings::{HeatSettings, Mode};

const DAY_S: u32 = 86_400;

/// One community of the ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Its index in the table of areas.
    pub area: u32,
    /// Events of the window.
    pub count: u32,
    /// In the unit of the legend: events per km² and unit of time, per 1,000 residents and unit of time, or as a multiple
    /// of what is expected.
    pub value: f32,
    /// Events of the window as a multiple of those of the same hours of the weeks before; `None` without enough of
    /// them.
    pub ratio: Option<f32>,
    /// Events of the last seven days, oldest first; the last is the day begun.
    pub days: [u32; 7],
    /// The most frequent category, an index.
    pub category: Option<u8>,
}

/// The district as small maps need it: which pixels are land, and the lines between streets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Land {
    /// South-west corner, world metres.
    pub min: [f32; 2],
    /// North-east corner, world metres.
    pub max: [f32; 2],
    /// Columns and rows of `inside`.
    pub size: [usize; 2],
    /// True on land, row by row from the north-west.
    pub inside: Vec<bool>,
    /// Lines in world metres; true for the outer ones.
    pub lines: Vec<(bool, Vec<[f32; 2]>)>,
}

impl Land {
    /// The land of shapes (each some rings, filled by the even-odd rule) on `columns` columns.
    pub fn of(shapes: &[Vec<Vec<[f32; 2]>>], min: [f32; 2], max: [f32; 2], columns: usize) -> Self {
        let (wide, high) = ((max[0] - min[0]).max(1.0), (max[1] - min[1]).max(1.0));
        let rows = ((columns as f32 * high / wide).ceil() as usize).clamp(1, 4 * columns.max(1));
        let mut inside = vec![false; columns * rows];
        let mut crossings = Vec::new();
        for rings in shapes {
            let points = || rings.iter().flatten();
            let south = points().fold(f32::MAX, |least, point| least.min(point[1]));
            let north = points().fold(f32::MIN, |most, point| most.max(point[1]));
            let row_of = |y: f32| ((max[1] - y) / high * rows as f32).clamp(0.0, rows as f32) as usize;
            for row in row_of(north)..(row_of(south) + 1).min(rows) {
                let y = max[1] - (row as f32 + 0.5) / rows as f32 * high;
                crossings.clear();
                for ring in rings {
                    let Some(mut last) = ring.last() else { continue };
                    for point in ring {
                        if (last[1] > y) != (point[1] > y) {
                            let t = (y - last[1]) / (point[1] - last[1]);
                            crossings.push(last[0] + (point[0] - last[0]) * t);
                        }
                        last = point;
                    }
                }
                crossings.sort_by(f32::total_cmp);
                for pair in crossings.chunks_exact(2) {
                    let column =
                        |x: f32| ((x - min[0]) / wide * columns as f32 - 0.5).ceil().clamp(0.0, columns as f32);
                    let line = &mut inside[row * columns..(row + 1) * columns];
                    line[column(pair[0]) as usize..column(pair[1]) as usize].fill(true);
                }
            }
        }
        Self { min, max, size: [columns, rows], inside, lines: Vec::new() }
    }
}

/// Everything panels need, made together from one state of the events.
#[derive(Resource, Clone, Debug, Default)]
pub struct Figures {
    /// What it was made for.
    pub settings: HeatSettings,
    /// True once there is a complete list of tickets.
    pub is_known: bool,
    /// Events of the window.
    pub total: u32,
    /// Of these, those without a place on the map.
    pub off_map: u32,
    /// Events that are drawn as the blocks they are known to lie in.
    pub on_blocks: u32,
    /// Top of the scale in use, in the unit of the legend.
    pub top: f32,
    /// True if the unit asked for cannot be shown: no residents known.
    pub is_missing: bool,
    /// True if the map's events are as old as the window begins: else the window is not full.
    pub is_full: bool,
    /// Communities by their value, those with fewer than five events left out.
    pub ranking: Vec<Ranked>,
    /// Value per area of the table in the unit of the legend, for the raised map; `None` for other levels than communities
    /// and where the unit says nothing.
    pub values: Arc<Vec<Option<f32>>>,
    /// The small maps.
    pub rhythm: Arc<Rhythm>,
    /// The district's land, for the small maps.
    pub land: Arc<Land>,
    /// The category groups there are, by index.
    pub categories: Arc<Vec<Arc<str>>>,
}

/// Fewer events than these are no ranking.
pub const LEAST: u32 = 5;
/// Fewer events than these in eight weeks are no expectation.
const LEAST_BEFORE: u32 = 8;

/// Fewer residents than these are no rate.
const LEAST_RESIDENTS: u32 = 200;

/// What counts of a community are divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Base {
    /// Its size; `None` without a boundary.
    pub km2: Option<f64>,
    /// Its residents, if known.
    pub residents: Option<u32>,
}

/// Communities by the value that the settings ask for. `bases` has `None` for areas of other levels; `midnight` is the
/// start of the day begun.
pub fn ranking(
    ring: &Ring,
    span: Span,
    filter: &Filter,
    bases: &[Option<Base>],
    midnight: u32,
    settings: &HeatSettings,
) -> (Vec<Ranked>, Vec<Option<f32>>) {
    let mut counts = vec![0_u32; bases.len()];
    let mut kinds: Vec<[u16; 32]> = vec![[0; 32]; bases.len()];
    each(ring, span, filter, |area, attr| {
        if let Some(count) = counts.get_mut(area) {
            *count += 1;
            if let Some(kind) = kinds[area].get_mut((attr & 0xFF) as usize) {
                *kind = kind.saturating_add(1);
            }
        }
    });
    let mut before = vec![0_u32; bases.len()];
    for week in span.weeks_before() {
        each(ring, week, filter, |area, _| before.get_mut(area).into_iter().for_each(|n| *n += 1));
    }
    let mut days = vec![[0_u32; 7]; bases.len()];
    for back in 0..7_u32 {
        let from = midnight.saturating_sub(back * DAY_S);
        let day = Span { from, to: from.saturating_add(DAY_S).min(span.to) };
        each(ring, day, filter, |area, _| {
            if let Some(days) = days.get_mut(area) {
                days[6 - back as usize] += 1;
            }
        });
    }
    let per_unit = settings.per_unit();
    let ratio =
        |area: usize| (before[area] >= LEAST_BEFORE).then(|| counts[area] as f32 * WEEKS as f32 / before[area] as f32);
    let value = |area: usize| {
        let base = bases[area]?;
        let count = f64::from(counts[area]);
        match settings.mode {
            Mode::PerArea => Some((count / base.km2.filter(|km2| *km2 > 1e-6)?) as f32 * per_unit),
            Mode::PerResidents => {
                let residents = base.residents.filter(|residents| *residents >= LEAST_RESIDENTS)?;
                Some((count * 1000.0 / f64::from(residents)) as f32 * per_unit)
            }
            Mode::Expected => ratio(area),
        }
    };
    let values: Vec<Option<f32>> = (0..bases.len()).map(value).collect();
    let mut ranked: Vec<Ranked> = values
        .iter()
        .enumerate()
        .filter(|(area, _)| counts[*area] >= LEAST)
        .filter_map(|(area, value)| {
            let kind = (0..32).max_by_key(|kind| (kinds[area][*kind], 32 - kind))?;
            Some(Ranked {
                area: area as u32,
                count: counts[area],
                value: (*value)?,
                ratio: ratio(area),
                days: days[area],
                category: (kinds[area][kind] > 0).then_some(kind as u8),
            })
        })
        .collect();
    ranked.sort_by(|a, b| b.value.total_cmp(&a.value).then(a.area.cmp(&b.area)));
    (ranked, values)
}

fn each(ring: &Ring, span: Span, filter: &Filter, mut count: impl FnMut(usize, u32)) {
    let (_, _, attrs) = ring.columns(ring.range(span.from, span.to));
    for attr in attrs {
        if filter.takes(*attr)
            && let Some(area) = area_of(*attr)
        {
            count(area, *attr);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heat::event::{Attributes, Event, NO_CELL};

    #[test]
    fn land_is_what_the_rings_enclose() {
        let square = |x: f32, y: f32, side: f32| vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side]];
        let land = Land::of(&[vec![square(0.0, 0.0, 8.0), square(2.0, 2.0, 4.0)]], [0.0, 0.0], [16.0, 8.0], 32);
        assert_eq!(land.size, [32, 16]);
        // 64 square metres less a hole of 16, four pixels each.
        assert_eq!(land.inside.iter().filter(|inside| **inside).count(), 4 * 48);
    }

    #[test]
    fn the_denser_community_is_first_and_four_events_are_no_ranking() {
        let mut events = Vec::new();
        let now = 3_000 * DAY_S;
        for (area, n, weeks) in [(0_u32, 6_u32, 2_u32), (1, 12, 1), (2, 4, 0)] {
            for i in 0..n {
                let attr =
                    Attributes { category: area as u8, source: 0, is_open: true, is_overdue: false, area }.pack();
                let mut at =
                    |at_s| events.push(Event { key: (events.len() as u64 + 1) << 40, at_s, cell: NO_CELL, attr });
                at(now - 100 - i);
                (1..=8).for_each(|week| (0..weeks).for_each(|_| at(now - 100 - i - week * 7 * DAY_S)));
            }
        }
        let ring = Ring::of(events, 10_000);
        let span = Span { from: now - DAY_S, to: now };
        let base = |km2, residents| Some(Base { km2: Some(km2), residents });
        let bases = [base(1.0, Some(6_000)), base(4.0, Some(2_000)), base(0.1, Some(90)), None];
        let by = |mode| {
            let settings = HeatSettings { mode, window_s: DAY_S, ..HeatSettings::default() };
            ranking(&ring, span, &Filter::ALL, &bases, now - DAY_S, &settings)
        };
        let (ranked, values) = by(Mode::PerArea);
        assert_eq!(ranked.iter().map(|row| (row.area, row.count)).collect::<Vec<_>>(), [(0, 6), (1, 12)]);
        assert_eq!(ranked[0].ratio, Some(0.5));
        assert_eq!(ranked[1].ratio, Some(1.0));
        assert_eq!((ranked[0].days[6], ranked[0].category), (6, Some(0)));
        assert_eq!(values[2], Some(40.0));
        assert_eq!(values[3], None);
        // Twice as many among a third of the people, and what is usual against half of it.
        let (ranked, values) = by(Mode::PerResidents);
        assert_eq!(ranked.iter().map(|row| (row.area, row.value)).collect::<Vec<_>>(), [(1, 6.0), (0, 1.0)]);
        assert_eq!(values[2], None, "ninety people are no rate");
        let (ranked, values) = by(Mode::Expected);
        assert_eq!(ranked.iter().map(|row| (row.area, row.value)).collect::<Vec<_>>(), [(1, 1.0), (0, 0.5)]);
        assert_eq!(values[2], None, "nothing in eight weeks is no expectation");
    }
}
