//! The model wall: what a viewer would see, from deliveries alone. It also keeps what each delivery may not do: go back in
//! a ticket's version, invent one, or tell the same news twice.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::model::{Model, print};
use super::oracle::Violation;
use crate::domain::{Feed, Figures, Freshness, Ladder, Stage, Ticket, TicketId, Trouble};
use crate::platform::sync::Mono;
use crate::platform::{Delivery, TicketChange};

/// One ticket on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The life of the log it is of.
    pub epoch: u32,
    /// Its version.
    pub ver: u64,
    /// Its stage.
    pub stage: Stage,
}

/// What the wall knows about the currency of a feed. Times are of the machine's monotonic clock.
#[derive(Clone, Debug, Default)]
pub struct Mark {
    /// The last proof.
    pub proven: Option<Duration>,
    /// When data of an earlier run was read, and its age then.
    pub recalled: Option<(Duration, Option<Duration>)>,
    /// What is wrong.
    pub trouble: Option<Trouble>,
}

/// The wall.
#[derive(Debug, Default)]
pub struct Wall {
    /// The tickets.
    pub tickets: HashMap<u8, Shown>,
    /// The XOR over them.
    pub print: u64,
    /// Complete lists so far.
    pub lists: u32,
    /// By feed.
    pub marks: [Mark; Feed::ALL.len()],
    /// The number that each of the small lists carries.
    pub sources: Option<u64>,
    /// The one figure of the indicators, which counts with the small lists.
    pub indicators: Option<u64>,
    /// The population of the one grid.
    pub areas: Option<u64>,
    /// The title.
    pub title: Option<u64>,
    /// Records left out.
    pub rejected: u64,
    /// True once the tickets' list of this run is there; what came before is from the disk.
    is_of_this_run: bool,
    news: HashSet<(u32, u8, u64)>,
}

/// The number in `T7`; `None` for an id that the model never gave.
pub fn number(id: &TicketId) -> Option<u8> {
    id.as_str().strip_prefix('T')?.parse().ok()
}

fn shown(ticket: &Ticket) -> Option<(u8, Shown)> {
    let epoch = ticket.category.strip_prefix('e')?.parse().ok()?;
    Some((number(&ticket.id)?, Shown { epoch, ver: ticket.ver, stage: ticket.stage }))
}

impl Wall {
    /// The rung of a feed at `now` of the machine's monotonic clock.
    pub fn rung(&self, feed: Feed, now: Duration) -> Freshness {
        let mark = &self.marks[feed as usize];
        match (mark.proven, mark.recalled) {
            (Some(proven), _) => Ladder::of(feed).rung(Some(now.saturating_sub(proven))),
            (None, Some((since, age))) => Ladder::of(feed).recalled(age.map(|age| age + now.saturating_sub(since))),
            (None, None) => Freshness::Never,
        }
    }

    /// What the tickets are.
    pub fn state(&self) -> std::collections::BTreeMap<u8, (u64, Stage)> {
        self.tickets.iter().map(|(id, shown)| (*id, (shown.ver, shown.stage))).collect()
    }

    fn put(&mut self, id: u8, new: Option<Shown>) {
        let mark = |shown: Shown| print(shown.epoch, id, shown.ver, shown.stage);
        let old = match new {
            Some(new) => {
                self.print ^= mark(new);
                self.tickets.insert(id, new)
            }
            None => self.tickets.remove(&id),
        };
        self.print ^= old.map_or(0, mark);
    }

    /// Takes one delivery at `local` of the machine's clock. `listed_from` is when the reading of the newest list began;
    /// `may_go_back` is true after the platform broke its own contract.
    pub fn take(
        &mut self,
        delivery: &Delivery,
        model: &Model,
        (now, local, listed_from): (Mono, Duration, Mono),
        may_go_back: bool,
    ) -> Result<(), Violation> {
        let broken = |rule, what: String| Err(Violation { rule, at: now, what });
        match delivery {
            Delivery::Tickets(tickets) => {
                let mut new = HashMap::new();
                for ticket in tickets {
                    let (id, shown) = self.check(ticket, model, now, may_go_back)?;
                    if new.insert(id, shown).is_some() {
                        return broken("I4 no invention", format!("the list has T{id} twice"));
                    }
                }
                let gone: Vec<u8> = self.tickets.keys().filter(|id| !new.contains_key(id)).copied().collect();
                gone.into_iter().for_each(|id| self.put(id, None));
                new.into_iter().for_each(|(id, shown)| self.put(id, Some(shown)));
                self.lists += 1;
                let was = model.was_state(self.print, listed_from, now);
                if !was && !may_go_back && local != Duration::MAX {
                    let held = self.state();
                    return broken(
                        "I4 no invention",
                        format!(
                            "a list that the platform never had since {listed_from:?}: {held:?}, now {:?}",
                            model.shown()
                        ),
                    );
                }
                self.is_of_this_run = true;
            }
            Delivery::TicketChanges(changes) => {
                if !self.is_of_this_run {
                    return broken("I4 no invention", "changes before the first list".into());
                }
                for change in changes {
                    match change {
                        TicketChange::Upsert(ticket) => {
                            let (id, shown) = self.check(ticket, model, now, may_go_back)?;
                            let is_known = self.tickets.get(&id) == Some(&shown);
                            let is_told = !self.news.insert((shown.epoch, id, shown.ver));
                            if is_known || is_told && !may_go_back {
                                return broken("I5 news once", format!("T{id} version {} is told again", shown.ver));
                            }
                            self.put(id, Some(shown));
                        }
                        TicketChange::Remove(id) => {
                            if let Some(id) = number(id) {
                                self.put(id, None);
                            }
                        }
                    }
                }
            }
            Delivery::Sources(sources) => self.sources = sources.first().map(|source| source.records),
            Delivery::Figures(Figures::Indicators(table)) => {
                self.indicators = table.iter().find_map(|figure| figure.denominator);
            }
            // The platform says that it has none, which is what it then shows.
            Delivery::NotOffered(Feed::Indicators) => self.indicators = Some(u64::MAX),
            Delivery::Areas { table, .. } => {
                self.areas = table.iter().find_map(|(_, area)| area.population).map(u64::from);
            }
            Delivery::Site(site) => self.title = site.title.parse().ok(),
            Delivery::Rejected { feed: Feed::Tickets, count, .. } => self.rejected = *count,
            Delivery::Recalled { feed, age, .. } => self.marks[*feed as usize].recalled = Some((local, *age)),
            Delivery::Withdrawn(feed) => {
                self.marks[*feed as usize].recalled = None;
                self.marks[*feed as usize].proven = None;
                match feed {
                    Feed::Tickets => {
                        let ids: Vec<u8> = self.tickets.keys().copied().collect();
                        ids.into_iter().for_each(|id| self.put(id, None));
                        self.news.clear();
                        self.is_of_this_run = false;
                    }
                    Feed::Areas => self.areas = None,
                    Feed::Sources => self.sources = None,
                    Feed::Site => self.title = None,
                    Feed::Places | Feed::Care => {}
                    Feed::Indicators => self.indicators = None,
                    Feed::Warnings | Feed::Teams | Feed::WhistleCalls | Feed::ClassCases => {}
                }
            }
            _ => {}
        }
        let mut epochs = self.tickets.values().map(|shown| shown.epoch);
        let first = epochs.next();
        if epochs.any(|epoch| Some(epoch) != first) {
            return broken("I1 one epoch", format!("epochs are mixed: {:?}", self.tickets));
        }
        Ok(())
    }

    /// Data of an earlier run, from the disk.
    pub fn recall(&mut self, delivery: &Delivery, model: &Model, now: Mono, local: Duration) -> Result<(), Violation> {
        let is_list = matches!(delivery, Delivery::Tickets(_));
        // Whether it ever was a state of the platform was checked when it was saved.
        self.take(delivery, model, (now, if is_list { Duration::MAX } else { local }, Mono::ZERO), false)?;
        self.is_of_this_run = false;
        Ok(())
    }

    /// I2 and I4 for one ticket.
    fn check(&self, ticket: &Ticket, model: &Model, now: Mono, may_go_back: bool) -> Result<(u8, Shown), Violation> {
        let broken = |rule, what: String| Violation { rule, at: now, what };
        let found = shown(ticket).filter(|(id, it)| model.was.contains(&(it.epoch, *id, it.ver, it.stage)));
        let Some((id, new)) = found else {
            return Err(broken(
                "I4 no invention",
                format!("{} {:?} version {} never was", ticket.id, ticket.stage, ticket.ver),
            ));
        };
        match self.tickets.get(&id) {
            Some(old) if old.epoch == new.epoch && old.ver > new.ver && !may_go_back => {
                Err(broken("I2 no time travel", format!("T{id} goes back from version {} to {}", old.ver, new.ver)))
            }
            _ => Ok((id, new)),
        }
    }
}
