//! What is counted for one area, in one pass over the tickets: stages, limits, categories and hours of the last 30 days.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::city::{StageTally, Tickets};
use crate::domain::{AreaId, AreaTable, Stage, TicketId};

/// Categories and hours are of so many days.
pub const DAYS: i64 = 30;

/// A ticket in hand with a limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The ticket.
    pub id: TicketId,
    /// When its next limit runs out, or ran out.
    pub due: Timestamp,
    /// True if it is late.
    pub is_late: bool,
}

/// Tickets of one category.
#[derive(Clone, Debug, PartialEq)]
pub struct CategoryCount {
    /// Its name; the group's where it has none.
    pub name: Arc<str>,
    /// Reported in the last [`DAYS`] days.
    pub count: u32,
    /// Reported in as many days before; `None` where the list does not reach back so far.
    pub before: Option<u32>,
}

/// What the panels of an area show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AreaDigest {
    /// Tickets in hand by stage.
    pub stages: [StageTally; 8],
    /// Tickets in hand with a limit: the late ones first, then those due next.
    pub limits: Vec<Limit>,
    /// Tickets of the last [`DAYS`] days.
    pub total: u32,
    /// Their categories, most frequent first.
    pub categories: Vec<CategoryCount>,
    /// Tickets of the last [`DAYS`] days by hour of the day.
    pub hours: [u32; 24],
    /// The same of the whole district.
    pub district_hours: [u32; 24],
}

impl AreaDigest {
    /// Counts the tickets of `scope` and its parts at `now`.
    pub fn of(tickets: &Tickets, areas: &AreaTable, scope: AreaId, now: Timestamp, zone: &TimeZone) -> Self {
        let mut is_inside = vec![false; areas.len()];
        for (id, _) in areas.iter() {
            is_inside[id.index()] = areas.with_ancestors(id).any(|above| above == scope);
        }
        let back = |days: i64| now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN);
        let (from, from_before) = (back(DAYS), back(2 * DAYS));
        let mut digest = Self::default();
        let mut since: [Vec<Timestamp>; 8] = Default::default();
        let mut kinds: HashMap<Arc<str>, [u32; 2]> = HashMap::new();
        let mut oldest = Timestamp::MAX;
        for ticket in tickets.by_id.values() {
            oldest = oldest.min(ticket.reported_at);
            let is_recent = ticket.is_reported_within(from, now);
            if is_recent {
                let hour = ticket.reported_at.to_zoned(zone.clone()).hour();
                digest.district_hours[hour.clamp(0, 23) as usize] += 1;
            }
            let area = ticket.area.as_ref().and_then(|code| areas.find(code));
            if !area.is_some_and(|area| is_inside[area.index()]) {
                continue;
            }
            if let Some(stage) = Stage::IN_HAND.iter().position(|stage| *stage == ticket.stage) {
                let is_late = ticket.is_overdue(now);
                since[stage].push(ticket.stage_since);
                digest.stages[stage].count += 1;
                digest.stages[stage].overdue += u32::from(is_late);
                if let Some(due) = ticket.limit() {
                    digest.limits.push(Limit { id: ticket.id.clone(), due, is_late });
                }
            }
            if is_recent {
                let hour = ticket.reported_at.to_zoned(zone.clone()).hour();
                digest.hours[hour.clamp(0, 23) as usize] += 1;
                digest.total += 1;
            }
            if is_recent || ticket.is_reported_within(from_before, from) {
                let name = if ticket.category.is_empty() { &ticket.category_group } else { &ticket.category };
                kinds.entry(name.clone()).or_default()[usize::from(!is_recent)] += 1;
            }
        }
        for (tally, since) in digest.stages.iter_mut().zip(&mut since) {
            since.sort_unstable();
            tally.median_since = since.get(since.len() / 2).copied();
        }
        digest.limits.sort_by(|a, b| b.is_late.cmp(&a.is_late).then(a.due.cmp(&b.due)).then_with(|| a.id.cmp(&b.id)));
        let is_known_before = oldest <= from_before;
        digest.categories = kinds
            .into_iter()
            .filter(|(_, [count, _])| *count > 0)
            .map(|(name, [count, before])| CategoryCount { name, count, before: is_known_before.then_some(before) })
            .collect();
        digest.categories.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        digest
    }

    /// Tickets of each hour if the area's day were the district's; `None` where either has too few for that.
    pub fn expected_hours(&self) -> Option<[f32; 24]> {
        let all: u32 = self.district_hours.iter().sum();
        (self.total >= LEAST && all >= 10 * LEAST).then(|| {
            let share = self.total as f32 / all as f32;
            self.district_hours.map(|n| n as f32 * share)
        })
    }
}

/// Fewer tickets than these are not compared.
pub const LEAST: u32 = 5;

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;
    use crate::domain::Level;

    #[test]
    fn the_parts_of_the_district_add_up_to_it() {
        let city = fixture::city();
        let of = |id| AreaDigest::of(&city.tickets, &city.areas, id, fixture::now(), &fixture::zone());
        let root = of(city.areas.root().unwrap());
        let streets: Vec<AreaDigest> = city.areas.at_level(Level::Street).map(of).collect();
        for stage in 0..8 {
            let parts: u32 = streets.iter().map(|street| street.stages[stage].count).sum();
            assert_eq!(parts, root.stages[stage].count, "{stage}");
        }
        assert_eq!(streets.iter().map(|street| street.total).sum::<u32>(), root.total);
        assert!(root.total > 0 && streets[0].total < root.total);
        assert_eq!(root.hours.iter().sum::<u32>(), root.total);
        for street in &streets {
            assert_eq!(street.categories.iter().map(|kind| kind.count).sum::<u32>(), street.total);
            assert!(street.categories.windows(2).all(|pair| pair[0].count >= pair[1].count));
            assert_eq!(street.district_hours, root.district_hours);
            let late: u32 = street.stages.iter().map(|stage| stage.overdue).sum();
            assert!(street.limits.iter().take_while(|limit| limit.is_late).count() as u32 <= late);
            assert!(street.limits.windows(2).all(|pair| pair[0].is_late || !pair[1].is_late), "late ones first");
        }
    }

    #[test]
    fn a_history_that_is_too_short_compares_with_nothing() {
        let mut city = fixture::city();
        let root = city.areas.root().unwrap();
        let now = fixture::now();
        let young = now - SignedDuration::from_hours(24 * 40);
        city.tickets.by_id.retain(|_, ticket| ticket.reported_at > young);
        let digest = AreaDigest::of(&city.tickets, &city.areas, root, now, &fixture::zone());
        assert!(digest.categories.iter().all(|kind| kind.before.is_none()));
        assert_eq!(AreaDigest { total: 4, ..digest }.expected_hours(), None);
    }
}
