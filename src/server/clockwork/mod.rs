//! The clockwork: how the demo's tickets are reported, handled, paused, extended, breached, rated, done again, closed.
//!
//! A simulation, and pure: the seed, the ground and a calendar date decide that date's tickets and the whole course of
//! each, whatever the moment the program starts; how a ticket stands at a time is the fold of its steps up to then.
//! `arrivals` (with `rhythm`, `episode`, `ground`) says what is reported, `life` (with `catalogue`, `hours`) what
//! becomes of it, `fold` and `wording` how it stands, `running` what changes next. Storing and serving is elsewhere.

mod arrivals;
mod catalogue;
mod draw;
mod episode;
mod fold;
mod ground;
mod hours;
mod life;
mod rhythm;
mod running;
mod wording;

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};

use crate::domain::{AreaCode, Calendar, Position, Source, Ticket, TicketDetail, TicketId};
use arrivals::{Arrival, Place};
use catalogue::CATALOGUE;
pub use ground::{Cell, Ground, PER_DAY, PER_GRID_AND_DAY};
use ground::{Spot, Terrain};
use hours::Shifts;
use life::{Life, Step, plan_life};
use rhythm::{Rhythm, SHARES};
pub use running::Running;

/// Ticket numbers have two digits for the year.
const FIRST_DAY: Date = date(2000, 1, 1);
const LAST_DAY: Date = date(2099, 12, 31);
/// No ticket is in hand longer than this many days: how far back a start has to look.
pub const LONGEST_LIFE_DAYS: u32 = 150;
/// How far back and how many tickets at the same place a detail names.
const RELATED_DAYS: i64 = 30;
const RELATED_MOST: usize = 20;
/// A look back uses this many cores at most, each for this many days at least.
const MOST_THREADS: usize = 4;
const SHORTEST_STRETCH: usize = 20;

/// One ticket's whole planned course.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    day: Date,
    serial: u32,
    source: Source,
    category: u16,
    cell: u32,
    spot: Spot,
    position: Position,
    area: Option<AreaCode>,
    /// Decides between words that mean the same.
    grain: u64,
    life: Life,
}

impl Plan {
    /// When it is reported.
    pub fn reported_at(&self) -> Timestamp {
        fold::instant(self.life.steps.first().map_or(0, |step| step.at))
    }

    /// When its last step is: it is closed or void from then on.
    pub fn ends_at(&self) -> Timestamp {
        fold::instant(self.life.steps.last().map_or(0, |step| step.at))
    }

    /// Number of changes up to and including `at`: the version it then has; 0 before it is reported.
    pub fn version_at(&self, at: Timestamp) -> usize {
        let second = at.as_second();
        self.life.steps.partition_point(|step| step.at <= second)
    }

    fn steps_until(&self, at: Timestamp) -> &[Step] {
        &self.life.steps[..self.version_at(at)]
    }

    fn unit<'a>(&self, terrain: &'a Terrain) -> &'a Arc<str> {
        terrain.unit(self.life.lead, self.category, self.cell)
    }
}

/// The words of a category, ready to share.
struct CategoryWords {
    code: Arc<str>,
    name: Arc<str>,
    group: Arc<str>,
}

/// Words shared by all tickets.
pub(crate) struct Words {
    categories: Vec<CategoryWords>,
}

impl Words {
    fn new() -> Self {
        let mut groups: HashMap<&str, Arc<str>> = HashMap::new();
        let categories = CATALOGUE
            .iter()
            .map(|category| CategoryWords {
                code: category.code.into(),
                name: category.name.into(),
                group: groups.entry(category.group).or_insert_with(|| category.group.into()).clone(),
            })
            .collect();
        Self { categories }
    }
}

/// All tickets of a district, past and to come.
pub struct Clockwork {
    seed: u64,
    per_day: f64,
    id_prefix: String,
    calendar: Calendar,
    terrain: Terrain,
    shifts: Shifts,
    rhythm: Rhythm,
    words: Words,
}

impl Clockwork {
    /// Prepares the clockwork of a district. Cells without a boundary or with a weight that is no number get no tickets.
    pub fn new(ground: Ground, seed: u64) -> Self {
        Self {
            seed,
            per_day: ground.per_day,
            id_prefix: ground.id_prefix,
            shifts: Shifts::new(&ground.calendar),
            calendar: ground.calendar,
            terrain: Terrain::new(ground.cells, seed),
            rhythm: Rhythm::new(),
            words: Words::new(),
        }
    }

    /// Code, name and group of every category, for lists of services.
    pub fn categories(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.words.categories.iter().map(|category| (&*category.code, &*category.name, &*category.group))
    }

    /// True on a date of heavy rain.
    pub fn is_rainy(&self, date: Date) -> bool {
        rhythm::Weather::of(self.seed, day_number(date), date).rain
    }

    /// Every ticket reported on a date, in the order of the reports; none before 2000 or after 2099.
    pub fn plan_day(&self, date: Date) -> Vec<Plan> {
        let Some(start) = self.day_start(date) else { return Vec::new() };
        let (arrivals, mut draw) = self.arrivals(date);
        let plan = |(index, (second, arrival)): (usize, (i64, Arrival))| {
            let source = SHARES[arrival.source].0;
            let (position, area) = self.place(&arrival);
            let grain = draw.bits();
            Plan {
                day: date,
                serial: index as u32 + 1,
                source,
                category: arrival.category,
                cell: arrival.cell,
                spot: arrival.spot,
                position,
                area,
                grain,
                life: plan_life(&mut draw, &self.shifts, start + second, &arrival, source),
            }
        };
        arrivals.into_iter().enumerate().map(plan).collect()
    }

    /// The number of a planned ticket: prefix, date, serial of the day.
    pub fn id(&self, plan: &Plan) -> TicketId {
        self.id_of(plan.day, plan.serial)
    }

    /// How a ticket stands at `at`; `None` before it is reported.
    pub fn ticket(&self, plan: &Plan, at: Timestamp) -> Option<Ticket> {
        self.ticket_after(plan, plan.version_at(at))
    }

    /// How a ticket stands after `version` changes; `None` for 0.
    pub fn ticket_after(&self, plan: &Plan, version: usize) -> Option<Ticket> {
        let steps = &plan.life.steps[..version.min(plan.life.steps.len())];
        fold::ticket(plan, steps, &self.words, plan.unit(&self.terrain), self.id(plan))
    }

    /// How a ticket stands at `at` with its history; `None` before it is reported. Plans a month to find what else
    /// happened at the same place.
    pub fn state(&self, plan: &Plan, at: Timestamp) -> Option<TicketDetail> {
        let steps = plan.steps_until(at);
        let ticket = self.ticket_after(plan, steps.len())?;
        let known = plan.area.is_some();
        Some(TicketDetail {
            address: known.then(|| self.terrain.address(plan.cell, plan.spot)),
            clocks: fold::clocks(plan, steps),
            timeline: wording::timeline(plan, steps, &self.words, &self.terrain),
            evidence: wording::evidence(plan, steps),
            related: if known { self.related(plan, at) } else { Vec::new() },
            as_of: at,
            ticket,
        })
    }

    /// The detail of the ticket with this number; `None` if there is no such ticket, or not yet at `at`.
    pub fn detail(&self, id: &TicketId, at: Timestamp) -> Option<TicketDetail> {
        let (date, serial) = self.parse_id(id)?;
        let plan = self.plan_day(date).into_iter().nth(serial.checked_sub(1)? as usize)?;
        self.state(&plan, at)
    }

    /// Every ticket reported up to `until`, on its date and the `days` dates before, as it then stands; oldest first.
    pub fn history(&self, until: Timestamp, days: u32) -> Vec<Ticket> {
        self.look_back(until, days).0
    }

    /// The history as [`Clockwork::history`] gives it, and the run that goes on from there: one pass for both.
    pub fn open(self: &Arc<Self>, until: Timestamp, days: u32) -> (Vec<Ticket>, Running) {
        let (mut tickets, plans) = self.look_back(until, days.max(LONGEST_LIFE_DAYS));
        if days < LONGEST_LIFE_DAYS {
            let first = self.date_of(until).saturating_sub(i64::from(days).days());
            tickets.retain(|ticket| self.date_of(ticket.reported_at) >= first);
        }
        (tickets, Running::new(self.clone(), until, plans))
    }

    /// The date of an instant in the site's zone.
    fn date_of(&self, at: Timestamp) -> Date {
        self.calendar.zone.to_datetime(at).date()
    }

    /// The tickets reported up to `until` on its date and the `days` dates before, and the plans of those of them that
    /// go on changing. Days do not depend on each other, so each core takes a stretch of them.
    fn look_back(&self, until: Timestamp, days: u32) -> (Vec<Ticket>, Vec<Plan>) {
        let last = self.date_of(until);
        let first = last.saturating_sub(i64::from(days).days());
        let dates: Vec<Date> = first.series(1.day()).take_while(|date| *date <= last).collect();
        let cores = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        let stretches: Vec<&[Date]> = dates.chunks(dates.len().div_ceil(cores).max(SHORTEST_STRETCH)).collect();
        let parts: Vec<(Vec<Ticket>, Vec<Plan>)> = std::thread::scope(|scope| {
            let begin = |dates| {
                let named = std::thread::Builder::new().name("clockwork".into());
                // Where no thread can be had it is done here, below.
                named.spawn_scoped(scope, move || self.stretch(dates, until)).map_err(|_| dates)
            };
            let started: Vec<_> = stretches.iter().copied().skip(1).map(begin).collect();
            let own = stretches.first().map(|stretch| self.stretch(stretch, until));
            let others = started.into_iter().map(|thread| match thread {
                Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                Err(dates) => self.stretch(dates, until),
            });
            own.into_iter().chain(others).collect()
        });
        let mut all = (Vec::with_capacity(parts.iter().map(|part| part.0.len()).sum()), Vec::new());
        for (tickets, plans) in parts {
            all.0.extend(tickets);
            all.1.extend(plans);
        }
        all
    }

    fn stretch(&self, dates: &[Date], until: Timestamp) -> (Vec<Ticket>, Vec<Plan>) {
        let mut part = (Vec::new(), Vec::new());
        for plan in dates.iter().flat_map(|date| self.plan_day(*date)) {
            part.0.extend(self.ticket(&plan, until));
            if plan.reported_at() <= until && plan.ends_at() > until {
                part.1.push(plan);
            }
        }
        part
    }

    fn arrivals(&self, date: Date) -> (Vec<(i64, Arrival)>, draw::Draw) {
        let when = (day_number(date), date);
        arrivals::arrivals(&self.terrain, &self.rhythm, &self.calendar, self.seed, self.per_day, when)
    }

    /// The second at which a date begins; `None` for dates a ticket number cannot hold.
    fn day_start(&self, date: Date) -> Option<i64> {
        let known = (FIRST_DAY..=LAST_DAY).contains(&date);
        let midnight = date.to_datetime(jiff::civil::Time::midnight());
        known.then(|| self.calendar.zone.to_timestamp(midnight).ok()).flatten().map(Timestamp::as_second)
    }

    /// What the record says about the place.
    fn place(&self, arrival: &Arrival) -> (Position, Option<AreaCode>) {
        let cell = self.terrain.cell(arrival.cell);
        let Some(point) = self.terrain.point(arrival.cell, arrival.spot) else {
            return (Position::Missing, Some(cell.code.clone()));
        };
        match arrival.place {
            Place::Exact => (Position::At { lon: point.x, lat: point.y }, Some(cell.code.clone())),
            Place::Coarse => {
                let (lon, lat) = (ground::round_to(point.x, 1e3), ground::round_to(point.y, 1e3));
                (Position::At { lon, lat }, Some(cell.community.clone()))
            }
            Place::Community => (Position::Missing, Some(cell.community.clone())),
            Place::Nowhere => (Position::Missing, None),
            Place::Outside => (Position::Outside, None),
        }
    }

    /// Tickets of the same grid with the same address or category: of the 30 days before and of its own day, newest
    /// first, without the ones nobody placed.
    fn related(&self, plan: &Plan, at: Timestamp) -> Vec<TicketId> {
        let mut found = Vec::new();
        for back in 0..=RELATED_DAYS {
            let date = plan.day.saturating_sub(back.days());
            let Some(start) = self.day_start(date) else { continue };
            let (arrivals, _) = self.arrivals(date);
            for (index, (second, arrival)) in arrivals.iter().enumerate().rev() {
                let serial = index as u32 + 1;
                let same_place = arrival.cell == plan.cell
                    && (arrival.category == plan.category
                        || (arrival.spot == plan.spot && matches!(plan.spot, Spot::Address(_))));
                if same_place
                    && arrival.place == Place::Exact
                    && (date, serial) != (plan.day, plan.serial)
                    && start + second <= at.as_second()
                {
                    found.push(self.id_of(date, serial));
                    if found.len() == RELATED_MOST {
                        return found;
                    }
                }
            }
        }
        found
    }

    fn id_of(&self, date: Date, serial: u32) -> TicketId {
        let mut text = String::with_capacity(self.id_prefix.len() + 12);
        let (year, month, day) = (date.year() % 100, date.month(), date.day());
        // Writing to a String cannot fail.
        let _ = write!(text, "{}{year:02}{month:02}{day:02}-{serial:04}", self.id_prefix);
        TicketId::new(text)
    }

    fn parse_id(&self, id: &TicketId) -> Option<(Date, u32)> {
        let (day, serial) = id.as_str().strip_prefix(&self.id_prefix)?.split_once('-')?;
        if day.len() != 6 || serial.len() < 4 || !day.bytes().chain(serial.bytes()).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let part = |from: usize| day[from..from + 2].parse::<i8>().ok();
        let date = Date::new(2000 + i16::from(part(0)?), part(2)?, part(4)?).ok()?;
        let serial = serial.parse().ok()?;
        (self.id_of(date, serial) == *id).then_some((date, serial))
    }
}

/// Days since 1970-01-01.
fn day_number(day: Date) -> i64 {
    i64::from((day - date(1970, 1, 1)).get_days())
}

#[cfg(test)]
mod tests;
