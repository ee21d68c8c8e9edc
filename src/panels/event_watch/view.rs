//! What is counted of a major event: how far it is, where it takes place, and the tickets there.

use std::cmp::Reverse;

use jiff::Timestamp;

use crate::city::Tickets;
use crate::domain::{AreaId, AreaTable, Level};
use crate::panels::digest::InHand;
use crate::scene::Occasion;

/// Tickets of the event, or of one of its areas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// Reported since it began and before it ended.
    pub reported: u32,
    /// In hand now, whenever they were reported.
    pub in_hand: u32,
    /// Of these, late.
    pub late: u32,
}

/// How far an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Begins in so many seconds.
    Before(i64),
    /// Ends in so many seconds.
    During(i64),
    /// Ended so many seconds ago.
    After(i64),
}

impl Phase {
    /// How far it is at `now`.
    pub fn at(now: Timestamp, [begins, ends]: [Timestamp; 2]) -> Self {
        let span = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs();
        match () {
            () if now < begins => Self::Before(span(now, begins)),
            () if now < ends => Self::During(span(now, ends)),
            () => Self::After(span(ends, now)),
        }
    }
}

/// Where an event takes place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zone {
    /// Its areas; all streets where it names none.
    pub areas: Vec<AreaId>,
    /// What the district has no area for.
    pub unknown: Vec<String>,
    /// It names no areas.
    pub is_everywhere: bool,
}

impl Zone {
    /// Where an event takes place in this district.
    pub fn of(occasion: &Occasion, areas: &AreaTable) -> Self {
        if occasion.areas.is_empty() {
            return Self { areas: areas.at_level(Level::Street).collect(), is_everywhere: true, ..Self::default() };
        }
        let mut zone = Self::default();
        for wanted in &occasion.areas {
            match areas.iter().find(|(_, area)| area.code.as_str() == wanted || area.name == *wanted) {
                Some((id, _)) => zone.areas.push(id),
                None => zone.unknown.push(wanted.clone()),
            }
        }
        zone
    }

    /// Which of its areas holds this one, and whether the event takes place there at all.
    fn place(&self, areas: &AreaTable, id: Option<AreaId>) -> (Option<usize>, bool) {
        let mut chain = id.into_iter().flat_map(|id| areas.with_ancestors(id));
        let nth = chain.find_map(|id| self.areas.iter().position(|own| *own == id));
        (nth, nth.is_some() || self.is_everywhere)
    }
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// Where.
    pub zone: Zone,
    /// All of it.
    pub all: Watched,
    /// By area, the most reports first.
    pub rows: Vec<(AreaId, Watched)>,
}

impl View {
    /// Counts at `now`; `stretch` is that of the event.
    pub fn of(
        zone: Zone,
        stretch: [Timestamp; 2],
        (areas, tickets, in_hand): (&AreaTable, &Tickets, &[InHand]),
        now: Timestamp,
    ) -> Self {
        let mut all = Watched::default();
        let mut own = vec![Watched::default(); zone.areas.len()];
        let mut note = |id: Option<AreaId>, add: &dyn Fn(&mut Watched)| {
            let (nth, is_in) = zone.place(areas, id);
            if is_in {
                add(&mut all);
            }
            if let Some(nth) = nth {
                add(&mut own[nth]);
            }
        };
        let is_during = |at: Timestamp| at >= stretch[0] && at < stretch[1] && at <= now;
        for ticket in tickets.by_id.values().filter(|ticket| is_during(ticket.reported_at)) {
            note(ticket.area.as_ref().and_then(|code| areas.find(code)), &|it| it.reported += 1);
        }
        for held in in_hand {
            let is_late = held.due.is_some_and(|due| due < now);
            note(held.area, &|it| {
                it.in_hand += 1;
                it.late += u32::from(is_late);
            });
        }
        let mut rows: Vec<(AreaId, Watched)> = zone.areas.iter().copied().zip(own).collect();
        rows.sort_by_key(|(id, it)| (Reverse(it.reported), Reverse(it.in_hand), *id));
        Self { zone, all, rows }
    }
}

#[cfg(test)]
pub mod tests {
    use jiff::civil::{date, time};

    use super::*;
    use crate::panels::fixture;
    use crate::scene::Title;

    pub fn occasion(areas: &[&str]) -> Occasion {
        let name = Title { zh: "海湾马拉松".into(), en: "Bay marathon".into() };
        let areas = areas.iter().map(|it| (*it).to_owned()).collect();
        Occasion { name, place: None, date: None, from: time(8, 0, 0, 0), to: time(17, 30, 0, 0), areas }
    }

    #[test]
    fn an_event_is_before_during_or_after_and_may_end_next_day() {
        let stretch = |it: &Occasion, now: &str| it.stretch(now.parse().unwrap(), &fixture::zone()).unwrap();
        let now = "2026-11-21T14:00:00+08:00";
        let today = stretch(&occasion(&[]), now);
        assert_eq!(Phase::at(now.parse().unwrap(), today), Phase::During(3 * 3600 + 1800));
        assert_eq!(Phase::at("2026-11-21T07:00:00+08:00".parse().unwrap(), today), Phase::Before(3600));
        assert_eq!(Phase::at("2026-11-21T17:30:00+08:00".parse().unwrap(), today), Phase::After(0));
        let night =
            Occasion { from: time(20, 0, 0, 0), to: time(2, 0, 0, 0), date: Some(date(2026, 12, 31)), ..occasion(&[]) };
        let [begins, ends] = stretch(&night, now);
        assert_eq!(ends.duration_since(begins).as_hours(), 6);
        assert_eq!(begins.to_zoned(fixture::zone()).date(), date(2026, 12, 31));
        // One that takes place every night is that of last evening until it ends.
        let every = Occasion { date: None, ..night };
        let [begins, _] = stretch(&every, "2026-11-21T01:00:00+08:00");
        assert_eq!(begins.to_zoned(fixture::zone()).date(), date(2026, 11, 20));
    }

    #[test]
    fn what_is_counted_is_of_its_areas_and_its_hours() {
        let city = fixture::city();
        let digest = city.digest();
        let now = fixture::now();
        let held = (&*city.areas, &city.tickets, &*digest.in_hand);
        let view =
            |it: &Occasion| View::of(Zone::of(it, &city.areas), it.stretch(now, &fixture::zone()).unwrap(), held, now);
        let streets: Vec<AreaId> = city.areas.at_level(Level::Street).collect();
        let first = city.areas.get(streets[0]).name.clone();
        let begins: Timestamp = "2026-11-21T08:00:00+08:00".parse().unwrap();
        let is_in = |id: AreaId, code: &crate::domain::AreaCode| {
            city.areas.find(code).is_some_and(|own| city.areas.with_ancestors(own).any(|it| it == id))
        };
        let of_first = |count: &dyn Fn(&crate::domain::Ticket) -> bool| {
            let own = city.tickets.by_id.values().filter(|it| it.area.as_ref().is_some_and(|it| is_in(streets[0], it)));
            own.filter(|it| count(it)).count() as u32
        };
        let one = view(&occasion(&[&first, "无此街道"]));
        assert_eq!(one.zone.unknown, ["无此街道"]);
        assert_eq!(one.all.reported, of_first(&|it| it.reported_at >= begins && it.reported_at <= now));
        assert_eq!(one.all.in_hand, of_first(&|it| it.is_in_hand()));
        assert_eq!(one.all.late, of_first(&|it| it.is_overdue(now)));
        assert!(one.all.reported > 0 && one.all.in_hand > 0 && one.rows == [(streets[0], one.all)], "{:?}", one.all);
        let all = view(&occasion(&[]));
        assert_eq!(all.rows.len(), streets.len());
        assert_eq!(all.all.in_hand, digest.in_hand.len() as u32);
        assert!(all.rows.contains(&(streets[0], one.all)) && all.all.reported > one.all.reported);
    }
}
