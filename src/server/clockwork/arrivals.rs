//! What is reported on one day: how many, when, from whom, what and where; in the order of the reports.
//!
//! Pure: the seed and the date decide. What becomes of each is planned in `life`.

use jiff::civil::Date;

use super::draw::{Draw, Purpose};
use super::episode;
use super::ground::{ADDRESSES, Spot, Terrain};
use super::rhythm::{Rhythm, SHARES, Weather};
use crate::domain::Calendar;

/// One report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Arrival {
    /// Index into [`SHARES`].
    pub source: usize,
    /// Index into the catalogue.
    pub category: u16,
    /// Index of the cell it happens in, also if nobody says so.
    pub cell: u32,
    /// Where in the cell.
    pub spot: Spot,
    /// How well the place is known.
    pub place: Place,
}

/// How well the place of a report is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Coordinates and grid.
    Exact,
    /// Coordinates to about 100 m; the community is known, the grid is not.
    Coarse,
    /// No coordinates; the community is known.
    Community,
    /// No coordinates and no area.
    Nowhere,
    /// Coordinates outside the district.
    Outside,
}

/// The reports of hotline callers are placed from what they say: shares of those that go wrong.
const HOTLINE_COARSE: f64 = 0.012;
const HOTLINE_COMMUNITY: f64 = 0.003;
const HOTLINE_NOWHERE: f64 = 0.002;
const HOTLINE_OUTSIDE: f64 = 0.0015;
/// Share of the reports from an address that others come from too.
const AT_ADDRESS: f64 = 0.55;
/// Share of a hot cell's reports on what it keeps having trouble with.
const SORE: f64 = 0.35;

/// All reports of one date with their second of the day, earliest first, and the stream to go on drawing lives from.
pub(super) fn arrivals(
    terrain: &Terrain,
    rhythm: &Rhythm,
    calendar: &Calendar,
    seed: u64,
    per_day: f64,
    (day, date): (i64, Date),
) -> (Vec<(i64, Arrival)>, Draw) {
    let mut draw = Draw::keyed(seed, Purpose::Day, day, 0);
    let mut out = Vec::new();
    if !terrain.is_busy() {
        return (out, draw);
    }
    for before in 0..=episode::DAYS {
        let first = out.len();
        episode::arrivals_beginning_on(terrain, seed, day - before, per_day, &mut out);
        let mut kept = first;
        for at in first..out.len() {
            let (second, arrival) = out[at];
            let second = second - before * 86_400;
            if (0..86_400).contains(&second) {
                out[kept] = (second, arrival);
                kept += 1;
            }
        }
        out.truncate(kept);
    }
    let weather = Weather::of(seed, day, date);
    for source in 0..SHARES.len() {
        let mean = per_day * (1.0 - episode::SHARE) * rhythm.level(source, date, &weather, calendar);
        for _ in 0..draw.poisson(mean) {
            let second = rhythm.draw_second(&mut draw, source);
            let cell = terrain.draw_cell(&mut draw);
            let usual = rhythm.draw_category(&mut draw, source, date, weather.rain, second);
            let category = terrain.sore(cell).filter(|_| draw.chance(SORE)).unwrap_or(usual);
            out.push((second, Arrival { source, category, cell, spot: draw_spot(&mut draw), place: Place::Exact }));
        }
    }
    for (_, arrival) in out.iter_mut().filter(|(_, arrival)| arrival.source == 1) {
        arrival.place = draw_place(&mut draw);
    }
    // Stable, so that two in the same second keep the order they were drawn in.
    out.sort_by_key(|(second, _)| *second);
    (out, draw)
}

/// Some addresses much more often than others.
fn draw_spot(draw: &mut Draw) -> Spot {
    if !draw.chance(AT_ADDRESS) {
        return Spot::Anywhere(draw.bits() >> 1);
    }
    let place = draw.unit();
    Spot::Address((place * place * ADDRESSES as f64) as u8)
}

fn draw_place(draw: &mut Draw) -> Place {
    let mut left = draw.unit();
    for (share, place) in [
        (HOTLINE_COARSE, Place::Coarse),
        (HOTLINE_COMMUNITY, Place::Community),
        (HOTLINE_NOWHERE, Place::Nowhere),
        (HOTLINE_OUTSIDE, Place::Outside),
    ] {
        if left < share {
            return place;
        }
        left -= share;
    }
    Place::Exact
}
