//! Counting: one pass over the tickets in short into numerators and denominators by area, key and stretch of time.
//!
//! What each key counts is in [`count`], one line per key, as `registry.rs` words it. Partner: `sheet.rs`, which makes
//! figures of the sums.

use super::callbacks::{Callback, callback};
use super::ledger::{Fact, Ledger, NEVER, NOWHERE};
use super::outline::Outline;
use super::registry::{REGISTRY, number};
use super::spans::{COUNTS, Spans};
use crate::domain::{HandlingMode, Level, Rating, Source, Stage};

/// The class of tickets that are disputes.
pub const DISPUTES: &str = "矛盾纠纷";
/// How soon is soon, microseconds.
const SOON: i64 = 2 * 3600 * 1_000_000;

/// Numerator and denominator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// The counted ones.
    pub part: u32,
    /// Of how many.
    pub whole: u32,
}

/// The sums of all areas. Area 0 is all that the platform has; area `n + 1` is place `n` of the outline.
#[derive(Debug)]
pub struct Tally {
    sums: Vec<Sum>,
    /// Where an area's sums begin, and how many stretches of each period it has.
    areas: Vec<(usize, [usize; 4])>,
    states: Vec<[u32; REGISTRY.len()]>,
}

/// Stretches kept of an area: streets and the whole have all, communities what is compared, grids none.
fn depth(level: Option<Level>) -> [usize; 4] {
    match level {
        None | Some(Level::Street) => COUNTS,
        Some(Level::Community) => [8, 2, 2, 1],
        Some(Level::District | Level::Grid) => [0; 4],
    }
}

impl Tally {
    /// Counts everything; `seed` is that of a simulation, which has call-backs. `treated` says which categories have an
    /// open class case.
    pub fn of(ledger: &Ledger, outline: &Outline, spans: &Spans, seed: Option<u64>, treated: &[bool]) -> Self {
        let levels = std::iter::once(None).chain(outline.places.iter().map(|place| Some(place.level)));
        let mut size = 0;
        let areas: Vec<_> = levels
            .map(|level| {
                let (at, depth) = (size, depth(level));
                size += depth.iter().sum::<usize>() * 2 * REGISTRY.len();
                (at, depth)
            })
            .collect();
        let states = vec![[0; REGISTRY.len()]; areas.len()];
        let mut tally = Self { sums: vec![Sum::default(); size], areas, states };
        let disputes: Vec<bool> = ledger.categories.iter().map(|category| &*category.group == DISPUTES).collect();
        for fact in &ledger.facts {
            // The whole, the street, the community; a district that is alone is the whole.
            let mut chain = [0; 5];
            let mut links = 1;
            if fact.area != NOWHERE {
                for place in outline.chain(fact.area as usize).take(4) {
                    chain[links] = place + 1;
                    links += 1;
                }
            }
            let chain = &chain[..links];
            let of_category = |list: &[bool]| list.get(fact.category as usize).copied().unwrap_or(false);
            let class = Class { is_dispute: of_category(&disputes), is_treated: of_category(treated) };
            let mut open: Option<(i64, [Option<(usize, bool)>; 4])> = None;
            let call = seed.and_then(|seed| callback(fact, seed)).filter(|call| call.at <= spans.as_of);
            count(fact, class, call, spans.as_of, &mut |what, key, part, whole| match what {
                When::Now => chain.iter().for_each(|area| tally.states[*area][key] += part),
                When::At(at) => {
                    let found = match open {
                        Some((then, found)) if then == at => found,
                        _ => std::array::from_fn(|period| spans.find(period, at)),
                    };
                    open = Some((at, found));
                    for area in chain {
                        tally.add(*area, key, &found, Sum { part, whole });
                    }
                }
            });
        }
        tally
    }

    fn add(&mut self, area: usize, key: usize, found: &[Option<(usize, bool)>; 4], sum: Sum) {
        let (base, depth) = self.areas[area];
        let mut at = base + key * depth.iter().sum::<usize>() * 2;
        for (found, depth) in found.iter().zip(depth) {
            if let Some((back, is_same)) = found
                && *back < depth
            {
                let cell = at + back * 2;
                for cell in &mut self.sums[cell..cell + 1 + usize::from(*is_same)] {
                    cell.part += sum.part;
                    cell.whole += sum.whole;
                }
            }
            at += depth * 2;
        }
    }

    /// The sum of a key in the stretch `back` before the present one; `None` if it is not kept for the area. `is_same`:
    /// only as far into it as now is into the present one.
    pub fn sum(&self, area: usize, key: usize, period: usize, back: usize, is_same: bool) -> Option<Sum> {
        let (base, depth) = self.areas[area];
        let kept = back < depth[period];
        let before: usize = depth[..period].iter().sum();
        let at = base + (key * depth.iter().sum::<usize>() + before + back) * 2 + usize::from(is_same);
        kept.then(|| self.sums[at])
    }

    /// How a key stands now.
    pub fn state(&self, area: usize, key: usize) -> u32 {
        self.states[area][key]
    }
}

enum When {
    /// How it stands.
    Now,
    /// It belongs to the stretches that this moment lies in.
    At(i64),
}

macro_rules! key {
    ($key:literal) => {
        const { number($key) }
    };
}

/// What the category of a ticket is.
#[derive(Clone, Copy)]
struct Class {
    is_dispute: bool,
    /// An open class case treats it.
    is_treated: bool,
}

/// What one ticket adds to which key.
fn count(
    fact: &Fact,
    Class { is_dispute, is_treated }: Class,
    call: Option<Callback>,
    now: i64,
    add: &mut impl FnMut(When, usize, u32, u32),
) {
    let is_void = fact.stage == Stage::Void;
    let is_closed = fact.stage == Stage::Closed && fact.closed != NEVER;
    let mut at = |moment: i64, key: usize, is_counted: bool, is_whole: bool| {
        if is_whole {
            add(When::At(moment), key, u32::from(is_counted), 1);
        }
    };

    let reported = fact.reported;
    at(reported, key!("intake"), true, true);
    at(reported, key!("close_rate"), is_closed, !is_void);
    at(reported, key!("proactive"), matches!(fact.source, Source::GridWorker | Source::Dispatch), true);
    at(reported, key!("void"), true, is_void);
    at(reported, key!("grid_close"), is_closed, !is_void && fact.source == Source::GridWorker);
    let by_source = match fact.source {
        Source::GridWorker => key!("intake_grid"),
        Source::Hotline => key!("intake_hotline"),
        Source::Dispatch => key!("intake_dispatch"),
        Source::Other => key!("intake_other"),
    };
    at(reported, by_source, true, true);
    match fact.mode {
        HandlingMode::Ordinary => {}
        HandlingMode::Joint => at(reported, key!("mode_joint"), true, true),
        HandlingMode::Consult => at(reported, key!("mode_consult"), true, true),
        HandlingMode::Emergency => at(reported, key!("mode_emergency"), true, true),
        HandlingMode::Special => at(reported, key!("mode_special"), true, true),
        HandlingMode::Supervised => at(reported, key!("mode_supervised"), true, true),
    }
    at(reported, key!("dispute_accepted"), true, is_dispute && !is_void);

    // A limit counts when it has run out.
    if fact.sign_due != NEVER && fact.sign_due < now && !is_void {
        let in_time = fact.signed != NEVER && fact.signed <= fact.sign_due;
        at(fact.sign_due, key!("response"), in_time, true);
        at(fact.sign_due, key!("sign_late"), true, !in_time);
    }
    if fact.handle_due != NEVER && fact.handle_due < now && !is_void && !fact.is_suspended {
        let in_time = !fact.is_late && fact.stage > Stage::Handle;
        at(fact.handle_due, key!("ontime"), in_time, true);
        at(fact.handle_due, key!("handle_late"), true, !in_time);
    }

    if is_closed {
        let closed = fact.closed;
        let (is_rated, is_redone) = (fact.rated != Rating::None, fact.redo > 0);
        at(closed, key!("closed"), true, true);
        at(closed, key!("resolve"), fact.resolved == Some(true), fact.resolved.is_some());
        at(closed, key!("satisfy"), fact.rated == Rating::Yes, is_rated);
        let (is_satisfied, is_solved) = (fact.rated == Rating::Yes, fact.resolved == Some(true));
        // Only who brought a matter can rate validly how it was settled.
        let is_residents = matches!(fact.source, Source::Hotline | Source::Other);
        at(closed, key!("v_satisfy"), is_satisfied, is_rated && is_residents);
        at(closed, key!("v_resolve"), is_solved, is_rated && fact.resolved.is_some() && is_residents);
        let by_channel = match fact.source {
            Source::Hotline => Some((key!("satisfy_hotline"), key!("resolve_hotline"))),
            Source::GridWorker => Some((key!("satisfy_grid"), key!("resolve_grid"))),
            Source::Dispatch | Source::Other => None,
        };
        if let Some((satisfy, resolve)) = by_channel {
            at(closed, satisfy, is_satisfied, is_rated);
            at(closed, resolve, is_solved, fact.resolved.is_some());
        }
        at(closed, key!("supervised_satisfy"), is_satisfied, is_rated && fact.mode == HandlingMode::Supervised);
        at(closed, key!("callback_rate"), call.is_some(), !is_rated);
        at(closed, key!("rated"), is_rated, true);
        at(closed, key!("first_dissat"), is_redone || fact.rated == Rating::No, is_rated || is_redone);
        at(closed, key!("same_day"), fact.is_same_day, true);
        at(closed, key!("redo"), true, is_redone);
        at(closed, key!("redo_rate"), is_redone, true);
        at(closed, key!("redo_success"), fact.rated == Rating::Yes, is_redone);
        at(closed, key!("unrated"), true, !is_rated);
        at(closed, key!("dissatisfied"), true, fact.rated == Rating::No);
        at(closed, key!("paper"), true, fact.rated == Rating::No && fact.resolved == Some(true));
        at(closed, key!("dispute_mediated"), true, is_dispute);
        at(closed, key!("dispute_settled"), fact.resolved != Some(false), is_dispute);
    }

    if let Some(call) = call {
        at(call.at, key!("callback"), true, true);
        at(call.at, key!("callback_resolve"), call.is_solved, true);
    }

    if fact.is_in_hand() {
        let mut stands = |key: usize, is_so: bool| add(When::Now, key, u32::from(is_so), 0);
        let is_running = fact.stage <= Stage::Handle && !fact.is_suspended && fact.handle_due != NEVER;
        stands(key!("backlog"), true);
        stands(key!("overdue"), fact.is_overdue(now));
        stands(key!("due_soon"), is_running && (now..=now + SOON).contains(&fact.handle_due));
        stands(key!("suspended"), fact.is_suspended);
        stands(key!("unsigned"), fact.sign_due != NEVER && fact.signed == NEVER);
        stands(key!("redo_open"), fact.redo > 0);
        stands(key!("dispute_open"), is_dispute);
        stands(key!("class_open"), is_treated);
    }
}
