//! Counts per area, stage and hour, kept up to date in O(change).
//!
//! A ticket's share in the counts is a pure function of the ticket and the ledger's moment, so that taking it out again
//! is exact. [`Ledger::rebuilt`] counts everything anew and is the oracle of the tests. Partner: `receive.rs`.

use std::collections::{BTreeSet, HashSet};

use bevy::prelude::*;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::watch::{WatchTally, WatchWanted, Watched};
use super::{Areas, Now, SiteFacts, Telling, Tickets};
use crate::domain::{AreaId, AreaTable, Matter, Position, Source, Stage, Ticket, TicketId};

/// The counts that map and panels show. Written by [`settle`] when they differ.
#[derive(Resource, Default, Clone, Debug, PartialEq)]
pub struct Tallies {
    /// Per [`AreaId`]: counts of the area with all its descendants.
    pub areas: Vec<AreaTally>,
    /// Tickets in hand of the whole platform, on the map or not, per stage of [`Stage::IN_HAND`].
    pub stages: [StageTally; 8],
    /// Tickets in hand that have no place on the map: no coordinates and no known area.
    pub off_map: u32,
    /// Tickets in hand whose area is not in the table, but which have coordinates.
    pub unmatched: u32,
    /// Tickets reported today (site zone), by hour and source: `[hour][source]`, as in [`Source::ALL`].
    pub today: [[u32; 4]; 24],
    /// Tickets reported on the same weekday of earlier weeks, newest week first (at most eight), by hour.
    pub same_weekday: Vec<[u32; 24]>,
    /// The tickets in hand that the map is about, where it is not about all.
    pub watched: Option<WatchTally>,
    /// The moment at which "overdue" was judged.
    pub as_of: Option<Timestamp>,
}

impl Tallies {
    /// The tickets in hand of an area that the map is about: all, or those that are watched.
    pub fn open_on_map(&self, id: AreaId) -> Option<u32> {
        match &self.watched {
            Some(watched) => watched.open.get(id.index()).copied(),
            None => self.areas.get(id.index()).map(|tally| tally.open),
        }
    }
}

/// Counts of one area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AreaTally {
    /// Tickets in hand.
    pub open: u32,
    /// Of these, overdue.
    pub overdue: u32,
    /// Reported today.
    pub today: u32,
}

/// Counts of one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageTally {
    /// Tickets in this stage.
    pub count: u32,
    /// Of these, overdue.
    pub overdue: u32,
    /// Median of the moments since which the tickets are in this stage; `None` where count is zero.
    pub median_since: Option<Timestamp>,
}

impl StageTally {
    /// Median time in this stage at `now`.
    pub fn median_age(&self, now: Timestamp) -> Option<SignedDuration> {
        self.median_since.map(|since| now.duration_since(since))
    }
}

/// The running counts behind [`Tallies`].
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    tallies: Tallies,
    /// Sorted `stage_since` per stage in hand.
    since: [Vec<Timestamp>; 8],
    /// Tickets that are going to be overdue, by when.
    ahead: BTreeSet<(Timestamp, TicketId)>,
    watched: Option<Watched>,
    day: Day,
    as_of: Timestamp,
}

/// One civil day and the same weekdays before it, as instants.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Day {
    /// Start of the day and of the next.
    from: Timestamp,
    to: Timestamp,
    /// Starts of the same weekday of the eight weeks before, newest first.
    earlier: Vec<Timestamp>,
}

impl Day {
    fn of(at: Timestamp, zone: &TimeZone) -> Self {
        let date = at.to_zoned(zone.clone()).date();
        let start = |date: jiff::civil::Date| date.to_zoned(zone.clone()).map_or(at, |zoned| zoned.timestamp());
        let to = date.tomorrow().map_or(Timestamp::MAX, start);
        let weeks = (1..=8).filter_map(|week| date.checked_sub(jiff::Span::new().weeks(week)).ok());
        Self { from: start(date), to, earlier: weeks.map(start).collect() }
    }

    /// Hours since `start`, 0–23; the 25th hour of a long day counts as the last.
    fn hour(start: Timestamp, at: Timestamp) -> usize {
        (at.duration_since(start).as_hours().max(0) as usize).min(23)
    }

    /// Which earlier same weekday `at` falls on, and its hour.
    fn earlier_hour(&self, at: Timestamp) -> Option<(usize, usize)> {
        let week = self.earlier.iter().position(|start| *start <= at)?;
        let hours = at.duration_since(self.earlier[week]).as_hours();
        (hours < 24).then_some((week, hours as usize))
    }
}

impl Ledger {
    /// Counts everything anew, as of `at`.
    pub(super) fn rebuilt<'a>(
        tickets: impl Iterator<Item = &'a Ticket>,
        areas: &AreaTable,
        zone: &TimeZone,
        at: Timestamp,
    ) -> Self {
        let day = Day::of(at, zone);
        let mut ledger = Self {
            tallies: Tallies {
                areas: vec![AreaTally::default(); areas.len()],
                same_weekday: vec![[0; 24]; day.earlier.len()],
                ..default()
            },
            since: Default::default(),
            ahead: BTreeSet::new(),
            watched: None,
            day,
            as_of: at,
        };
        for ticket in tickets {
            if let Some(stage) = stage_index(ticket) {
                // Sorted once at the end: insertion in order would be quadratic here.
                ledger.since[stage].push(ticket.stage_since);
            }
            ledger.count(ticket, areas, true);
        }
        for since in &mut ledger.since {
            since.sort_unstable();
        }
        ledger
    }

    /// Takes one ticket in or out, or another in its place. The new one comes with the area that it counts in.
    pub(super) fn apply(&mut self, old: Option<&Ticket>, new: Option<(&Ticket, Option<AreaId>)>, areas: &AreaTable) {
        let turn = |ticket: &Ticket| ticket.limit().filter(|limit| *limit >= self.as_of);
        let (was_due, is_due) = (old.and_then(turn), new.and_then(|(new, _)| turn(new)));
        let is_same_turn = was_due == is_due && old.map(|old| &old.id) == new.map(|(new, _)| &new.id);
        if let Some(old) = old {
            if let Some(stage) = stage_index(old) {
                let since = &mut self.since[stage];
                // Of those at the same moment the last: the least has to move.
                let end = since.partition_point(|since| *since <= old.stage_since);
                if end.checked_sub(1).is_some_and(|last| since[last] == old.stage_since) {
                    since.remove(end - 1);
                }
            }
            let area = match new {
                Some((new, area)) if new.area == old.area => area,
                _ => area_of(old, areas),
            };
            self.tally(old, area, areas, false);
            if let Some(limit) = was_due.filter(|_| !is_same_turn) {
                self.ahead.remove(&(limit, old.id.clone()));
            }
        }
        if let Some((new, area)) = new {
            if let Some(stage) = stage_index(new) {
                let index = self.since[stage].partition_point(|since| *since <= new.stage_since);
                self.since[stage].insert(index, new.stage_since);
            }
            self.tally(new, area, areas, true);
            if let Some(limit) = is_due.filter(|_| !is_same_turn) {
                self.ahead.insert((limit, new.id.clone()));
            }
        }
    }

    /// Judges "overdue" at a later moment. Returns `false` if a new day has begun or the clock was set back, and everything
    /// must be counted anew.
    pub(super) fn advance<'a>(
        &mut self,
        at: Timestamp,
        zone: &TimeZone,
        areas: &AreaTable,
        ticket: impl Fn(&TicketId) -> Option<&'a Ticket>,
    ) -> bool {
        if at < self.as_of {
            return false;
        }
        if at >= self.day.to {
            return Day::of(at, zone) == self.day;
        }
        let mut changed: Vec<&Ticket> = Vec::new();
        while self.ahead.first().is_some_and(|(limit, _)| *limit < at) {
            changed.extend(self.ahead.pop_first().and_then(|(_, id)| ticket(&id)));
        }
        for ticket in &changed {
            self.count(ticket, areas, false);
        }
        self.as_of = at;
        for ticket in &changed {
            self.count(ticket, areas, true);
        }
        true
    }

    /// What is watched.
    fn matter(&self) -> Option<&Matter> {
        self.watched.as_ref().map(|watched| &watched.tally.matter)
    }

    /// Watches other tickets, or none.
    fn watch<'a>(&mut self, matter: Option<Matter>, tickets: impl Iterator<Item = &'a Ticket>, areas: &AreaTable) {
        self.watched = matter.map(|matter| Watched::new(matter, areas.len()));
        if let Some(watched) = &mut self.watched {
            tickets.for_each(|ticket| watched.count(ticket, area_of(ticket, areas), areas, true));
        }
    }

    /// Everything counted, and this watched.
    #[cfg(test)]
    pub(crate) fn watching(tickets: &Tickets, matter: Matter, areas: &AreaTable) -> Self {
        let mut ledger = Self::rebuilt(tickets.by_id.values(), areas, &TimeZone::UTC, Timestamp::UNIX_EPOCH);
        ledger.watch(Some(matter), tickets.by_id.values(), areas);
        ledger
    }

    /// The numbers of the tickets in hand that are watched; `None` if none are to be.
    pub(super) fn watched_ids(&self) -> Option<&HashSet<TicketId>> {
        self.watched.as_ref().map(|watched| &watched.ids)
    }

    /// The counts for everyone else.
    pub(super) fn tallies(&self) -> Tallies {
        let mut tallies = self.tallies.clone();
        tallies.as_of = Some(self.as_of);
        tallies.watched = self.watched.as_ref().map(|watched| watched.tally.clone());
        for (tally, since) in tallies.stages.iter_mut().zip(&self.since) {
            tally.median_since = since.get(since.len() / 2).copied();
        }
        tallies
    }

    /// Takes a ticket in or out, its turn to be overdue with it.
    fn count(&mut self, ticket: &Ticket, areas: &AreaTable, is_in: bool) {
        if let Some(limit) = ticket.limit().filter(|limit| *limit >= self.as_of) {
            let turn = (limit, ticket.id.clone());
            if is_in {
                self.ahead.insert(turn);
            } else {
                self.ahead.remove(&turn);
            }
        }
        self.tally(ticket, area_of(ticket, areas), areas, is_in);
    }

    fn tally(&mut self, ticket: &Ticket, area: Option<AreaId>, areas: &AreaTable, is_in: bool) {
        let step = |value: &mut u32, is_counted: bool| {
            if is_counted {
                *value = if is_in { *value + 1 } else { value.saturating_sub(1) };
            }
        };
        let in_hand = ticket.is_in_hand();
        let overdue = ticket.is_overdue(self.as_of);
        let today = ticket.is_reported_within(self.day.from, self.day.to);
        if let Some(stage) = stage_index(ticket) {
            step(&mut self.tallies.stages[stage].count, true);
            step(&mut self.tallies.stages[stage].overdue, overdue);
        }
        if today {
            let source = Source::ALL.iter().position(|source| *source == ticket.source).unwrap_or(3);
            step(&mut self.tallies.today[Day::hour(self.day.from, ticket.reported_at)][source], true);
        } else if let Some((week, hour)) = self.day.earlier_hour(ticket.reported_at) {
            step(&mut self.tallies.same_weekday[week][hour], true);
        }
        if let Some(watched) = &mut self.watched {
            watched.count(ticket, area, areas, is_in);
        }
        let Some(area) = area else {
            let on_map = matches!(ticket.position, Position::At { .. });
            step(&mut self.tallies.unmatched, in_hand && on_map);
            step(&mut self.tallies.off_map, in_hand && !on_map);
            return;
        };
        if !in_hand && !today {
            return;
        }
        for id in areas.with_ancestors(area) {
            let tally = &mut self.tallies.areas[id.index()];
            step(&mut tally.open, in_hand);
            step(&mut tally.overdue, overdue);
            step(&mut tally.today, today);
        }
    }
}

/// The area a ticket counts in, if the table has it.
pub(super) fn area_of(ticket: &Ticket, areas: &AreaTable) -> Option<AreaId> {
    ticket.area.as_ref().and_then(|code| areas.find(code))
}

fn stage_index(ticket: &Ticket) -> Option<usize> {
    Stage::IN_HAND.iter().position(|stage| *stage == ticket.stage)
}

/// Publishes the counts with the beat of [`Telling`], and judges "overdue" then; at once when the list is new or areas or
/// day are others.
pub(super) fn settle(
    mut tickets: ResMut<Tickets>,
    mut tallies: ResMut<Tallies>,
    areas: Res<Areas>,
    site: Res<SiteFacts>,
    (now, telling, wanted): (Res<Now>, Res<Telling>, Option<Res<WatchWanted>>),
    (mut counted_in, mut counted_list): (Local<Option<TimeZone>>, Local<u64>),
) {
    let zone = site.0.as_ref().map_or(TimeZone::UTC, |site| site.zone.clone());
    // The site's clock, which comes with every answer, is no reason.
    let is_other_zone = counted_in.as_ref() != Some(&zone);
    let recount = areas.is_changed() || is_other_zone || (tickets.ledger.is_none() && tickets.is_complete);
    let matter = wanted.as_ref().and_then(|wanted| wanted.0.as_ref());
    let is_other_watch = tickets.ledger.as_ref().is_some_and(|ledger| ledger.matter() != matter);
    // Until a new list is counted, those who lock their scales by it would lock them by nothing.
    let is_other_list = std::mem::replace(&mut *counted_list, tickets.list) != tickets.list;
    if !recount && !telling.is_due && !is_other_watch && !is_other_list {
        return;
    }
    // The ledger is bookkeeping: judging "overdue" again is no news about tickets.
    let book = tickets.bypass_change_detection();
    if recount || telling.is_due {
        *counted_in = Some(zone.clone());
        let is_current = !recount
            && book
                .ledger
                .as_mut()
                .is_some_and(|ledger| ledger.advance(now.at, &zone, &areas.table, |id| book.by_id.get(id)));
        if !is_current {
            book.ledger = Some(Ledger::rebuilt(book.by_id.values(), &areas.table, &zone, now.at));
        }
    }
    // A ledger that was begun anew watches nothing yet.
    if let Some(ledger) = book.ledger.as_mut().filter(|ledger| ledger.matter() != matter) {
        ledger.watch(matter.cloned(), book.by_id.values(), &areas.table);
    }
    if let Some(ledger) = &book.ledger {
        let mut fresh = ledger.tallies();
        // A later moment with the same counts is no news for those who draw.
        if fresh.as_of != tallies.as_of {
            fresh.as_of = tallies.as_of;
            if fresh != *tallies {
                fresh.as_of = Some(ledger.as_of);
            }
        }
        tallies.set_if_neq(fresh);
    }
}

#[cfg(test)]
mod tests {
    use geo::MultiPolygon;
    use rand::{Rng as _, SeedableRng as _};

    use super::*;
    use crate::domain::{Area, AreaCode, Level};

    fn table() -> AreaTable {
        let area = |code: &str, level, parent: Option<&str>| Area {
            code: AreaCode::new(code),
            level,
            kind: None,
            name: code.into(),
            name_en: None,
            parent: parent.map(AreaCode::new),
            households: None,
            population: None,
            boundary: MultiPolygon(vec![]),
        };
        AreaTable::build(vec![
            area("d", Level::District, None),
            area("s", Level::Street, Some("d")),
            area("c1", Level::Community, Some("s")),
            area("c2", Level::Community, Some("s")),
            area("g1", Level::Grid, Some("c1")),
            area("g2", Level::Grid, Some("c2")),
        ])
        .0
    }

    fn ticket(rng: &mut rand_chacha::ChaCha8Rng, id: u32, base: Timestamp) -> Ticket {
        let reported_at = base - SignedDuration::from_mins(rng.random_range(0..60 * 24 * 20));
        let area = ["g1", "g2", "c1", "nowhere"].get(rng.random_range(0..5)).map(|code| AreaCode::new(*code));
        Ticket {
            stage: Stage::ALL[rng.random_range(0..10)],
            stage_since: reported_at + SignedDuration::from_mins(rng.random_range(0..500)),
            source: Source::ALL[rng.random_range(0..4)],
            category_code: "0".into(),
            category: if id % 2 == 1 { "odd" } else { "even" }.into(),
            category_group: "y".into(),
            position: if rng.random_bool(0.5) { Position::Missing } else { Position::At { lon: 0.0, lat: 0.0 } },
            area,
            handle_due: Some(reported_at + SignedDuration::from_hours(rng.random_range(1..200))),
            ..Ticket::reported(format!("T{id}"), reported_at)
        }
    }

    #[test]
    fn small_changes_add_up_to_a_recount() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let areas = table();
        let base: Timestamp = "2026-11-21T03:00:00Z".parse().unwrap();
        for seed in 0..20 {
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
            let mut tickets = std::collections::HashMap::<TicketId, Ticket>::new();
            let mut now = base;
            let mut ledger = Ledger::rebuilt(tickets.values(), &areas, &zone, now);
            let odd = Matter(vec!["odd".into()]);
            ledger.watch(Some(odd.clone()), tickets.values(), &areas);
            for _ in 0..400 {
                let id = rng.random_range(0..60);
                let key = TicketId::new(format!("T{id}"));
                let next = rng.random_bool(0.85).then(|| ticket(&mut rng, id, base));
                let area = next.as_ref().and_then(|next| area_of(next, &areas));
                ledger.apply(tickets.get(&key), next.as_ref().map(|next| (next, area)), &areas);
                match next {
                    Some(next) => tickets.insert(key, next),
                    None => tickets.remove(&key),
                };
                if rng.random_bool(0.1) {
                    now += SignedDuration::from_mins(20);
                    if !ledger.advance(now, &zone, &areas, |id| tickets.get(id)) {
                        ledger = Ledger::rebuilt(tickets.values(), &areas, &zone, now);
                        ledger.watch(Some(odd.clone()), tickets.values(), &areas);
                    }
                }
            }
            let mut oracle = Ledger::rebuilt(tickets.values(), &areas, &zone, now);
            oracle.watch(Some(odd), tickets.values(), &areas);
            let watched = oracle.watched.as_ref().expect("watched");
            assert!(watched.tally.open[0] > 0 && watched.ids.len() < tickets.len(), "seed {seed}");
            assert_eq!(ledger.watched, oracle.watched, "seed {seed}");
            assert_eq!(ledger.tallies(), oracle.tallies(), "seed {seed}");
            assert_eq!(ledger.ahead, oracle.ahead, "seed {seed}");
        }
    }

    #[test]
    fn a_ticket_counts_in_its_area_and_all_above_and_nowhere_else() {
        let areas = table();
        let base: Timestamp = "2026-11-21T03:00:00Z".parse().unwrap();
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let mut one = ticket(&mut rng, 1, base);
        one.area = Some(AreaCode::new("g1"));
        one.stage = Stage::Handle;
        let tallies = Ledger::rebuilt([one].iter(), &areas, &TimeZone::UTC, base).tallies();
        let open = |code: &str| tallies.areas[areas.find(&AreaCode::new(code)).unwrap().index()].open;
        assert_eq!(["d", "s", "c1", "g1", "c2", "g2"].map(open), [1, 1, 1, 1, 0, 0]);
    }

    #[test]
    fn numbers_change_at_once_and_then_every_two_seconds_at_most() {
        let base: Timestamp = "2026-11-21T06:00:00Z".parse().unwrap();
        let mut app = App::new();
        let areas = Areas { table: std::sync::Arc::new(table()), ..Areas::default() };
        app.insert_resource(areas).init_resource::<Tallies>().init_resource::<SiteFacts>().init_resource::<Now>();
        app.init_resource::<Telling>().init_resource::<crate::city::Flow>();
        app.insert_resource(Tickets { is_complete: true, ..Tickets::default() });
        app.add_systems(Update, (crate::city::telling::beat, settle).chain());
        let begun = app.world().resource::<Now>().mono;
        let moment =
            |ms: u64| (base + SignedDuration::from_millis(ms as i64), begun + std::time::Duration::from_millis(ms));
        let report = |app: &mut App, nth: u32, after_ms: u64| {
            let world = app.world_mut();
            let mut now = world.resource_mut::<Now>();
            (now.at, now.mono) = moment(after_ms);
            let ticket = Ticket { stage: Stage::Report, ..Ticket::reported(format!("T{nth}"), base) };
            world.resource_scope(|world, mut tickets: Mut<Tickets>| {
                let areas = world.resource::<Areas>();
                if let Some(ledger) = &mut tickets.ledger {
                    let area = area_of(&ticket, &areas.table);
                    ledger.apply(None, Some((&ticket, area)), &areas.table);
                }
                tickets.by_id.insert(ticket.id.clone(), ticket);
            });
            app.update();
            app.world().resource::<Tallies>().today.as_flattened().iter().sum::<u32>()
        };
        assert_eq!(report(&mut app, 1, 0), 1, "the first list is shown at once");
        assert_eq!(report(&mut app, 2, 100), 1);
        assert_eq!(report(&mut app, 3, 1_500), 1);
        assert_eq!(report(&mut app, 4, 2_010), 4);
        assert_eq!(report(&mut app, 5, 2_030), 4);
        // A new list comes with its counts, and is shown at once.
        let zone = TimeZone::UTC;
        app.world_mut().resource_scope(|world, mut tickets: Mut<Tickets>| {
            let areas = world.resource::<Areas>();
            tickets.ledger = Some(Ledger::rebuilt(tickets.by_id.values(), &areas.table, &zone, base));
            tickets.list += 1;
        });
        assert_eq!(report(&mut app, 50, 2_040), 5 + 1);
        assert_eq!(report(&mut app, 51, 2_060), 6);
        // Nothing more happens, and what was held back is told.
        let mut idle = |after_ms| {
            let mut now = app.world_mut().resource_mut::<Now>();
            (now.at, now.mono) = moment(after_ms);
            app.update();
            app.world().resource::<Tallies>().today.as_flattened().iter().sum::<u32>()
        };
        assert_eq!([idle(3_100), idle(4_020)], [6, 7]);
        assert_eq!(report(&mut app, 6, 9_000), 8, "after a quiet time a change is shown at once");
    }
}
