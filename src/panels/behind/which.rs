//! Which number was clicked, what it is called and how it is counted, and which tickets it counts. Partner: `mod.rs`,
//! which draws the card.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::super::look::Look;
use super::super::teams;
use crate::domain::{AreaId, AreaTable, Feed, GridKind, Position, Rating, Source, Stage, TeamKind, Ticket, Workflow};
use crate::heat::HeatSettings;
use crate::heat::settings::State;
use crate::locale::Locale;

/// What a record can lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// A place inside the district.
    Place,
    /// An area of the table.
    Area,
    /// A category with a name.
    Category,
    /// A lead unit, once it is signed for.
    Unit,
    /// A handling limit, while it is in hand.
    Limit,
    /// A rating, once it is closed.
    Rating,
}

/// A number that the wall counts itself, or reads from a list that has no formulas of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Counted {
    /// Reported today, of one source or of all.
    Today(Option<Source>),
    /// Reported today from one full hour to another.
    Hours(u8, u8),
    /// Reported today in an area.
    TodayIn(AreaId),
    /// In hand in an area.
    Open(AreaId),
    /// In hand and past a limit, in an area or in the district.
    Late(Option<AreaId>),
    /// In hand in the stages from one place in [`Stage::IN_HAND`] to another, in an area or in the district.
    Step(usize, usize, Option<AreaId>),
    /// Of a category, reported in an area in the last so many days.
    Category(Arc<str>, AreaId, i64),
    /// Reported in an area at this hour of a day, in the last so many days.
    Hour(u8, AreaId, i64),
    /// Reported in this eighth of a day, of those that the heat map shows.
    Part(u8, HeatSettings),
    /// Records that lack something.
    Lacks(Lack),
    /// People of a kind of team on duty.
    Team(TeamKind),
    /// Grids visited today.
    Visits,
    /// Grids of a kind; without one, those that say none.
    Grids(Option<GridKind>),
}

/// The moment and the map by which tickets are judged.
pub struct Judge<'a> {
    /// The areas.
    pub areas: &'a AreaTable,
    /// Now, or when the tickets were last current.
    pub now: Timestamp,
    /// The site's zone.
    pub zone: &'a TimeZone,
}

impl Counted {
    /// The feed it comes from.
    pub const fn feed(&self) -> Feed {
        match self {
            Counted::Team(_) | Counted::Visits => Feed::Teams,
            Counted::Grids(_) => Feed::Areas,
            _ => Feed::Tickets,
        }
    }

    /// The area it is about, if it is about one.
    fn scope(&self) -> Option<AreaId> {
        match self {
            Counted::TodayIn(id) | Counted::Open(id) | Counted::Category(_, id, _) | Counted::Hour(_, id, _) => {
                Some(*id)
            }
            Counted::Late(scope) | Counted::Step(_, _, scope) => *scope,
            _ => None,
        }
    }

    /// What it is called, with the area it is about.
    pub fn title(&self, look: &Look<'_>, areas: &AreaTable) -> String {
        let own = self.name(look.locale, look.workflow());
        match self.scope().filter(|id| id.index() < areas.len()) {
            Some(id) => format!("{own} · {}", look.locale.short_area_name(areas.get(id))),
            None => own,
        }
    }

    fn name(&self, locale: Locale, workflow: Option<&Workflow>) -> String {
        let t = |key: &str| locale.t(key).into_owned();
        let part = |key: &str, words: &str| format!("{} · {words}", locale.t(key));
        match self {
            Counted::Today(None) | Counted::TodayIn(_) => t("intake-title"),
            Counted::Today(Some(source)) => part("intake-title", &locale.source(*source)),
            Counted::Hours(from, to) => part("intake-title", &format!("{from:02}:00–{to:02}:00")),
            Counted::Open(_) => t("card-open"),
            Counted::Late(_) => t("late-title"),
            Counted::Step(first, ..) => {
                let stage = Stage::IN_HAND.get(*first).copied().unwrap_or(Stage::Handle);
                locale.stage(workflow, stage).into_owned()
            }
            Counted::Category(name, ..) => name.to_string(),
            Counted::Hour(hour, ..) => part("area-rhythm-title", &format!("{hour:02}:00–{:02}:00", hour + 1)),
            Counted::Part(nth, _) => part("heat-rhythm", &format!("{:02}:00–{:02}:00", nth * 3, nth * 3 + 3)),
            Counted::Lacks(lack) => t(match lack {
                Lack::Place => "lack-place",
                Lack::Area => "lack-area",
                Lack::Category => "lack-category",
                Lack::Unit => "lack-unit",
                Lack::Limit => "lack-limit",
                Lack::Rating => "lack-rating",
            }),
            Counted::Team(kind) => t(teams::kind_key(*kind)),
            Counted::Visits => t("team-visited"),
            Counted::Grids(kind) => t(match kind {
                Some(GridKind::General) => "grid-general",
                Some(GridKind::Exclusive) => "grid-exclusive",
                Some(GridKind::Building) => "grid-building",
                None => "grid-no-kind",
            }),
        }
    }

    /// The message that says how it is counted; it may have the number of days.
    pub fn formula(&self, locale: Locale) -> String {
        let key = match self {
            Counted::Today(None) | Counted::TodayIn(_) => "behind-today",
            Counted::Today(Some(_)) => "behind-source",
            Counted::Hours(..) => "behind-hours",
            Counted::Open(_) => "behind-open",
            Counted::Late(_) => "behind-late",
            Counted::Step(..) => "behind-step",
            Counted::Category(_, _, days) => return locale.t_n("behind-category", days.unsigned_abs()),
            Counted::Hour(_, _, days) => return locale.t_n("behind-hour", days.unsigned_abs()),
            Counted::Part(..) => "behind-part",
            Counted::Lacks(Lack::Unit) => "behind-lack-signed",
            Counted::Lacks(Lack::Limit) => "behind-lack-open",
            Counted::Lacks(Lack::Rating) => "behind-lack-closed",
            Counted::Lacks(_) => "behind-lack",
            Counted::Team(_) => "behind-team",
            Counted::Visits => "behind-visits",
            Counted::Grids(_) => "behind-grids",
        };
        locale.t(key).into_owned()
    }

    /// The message that says where it comes from.
    pub const fn source_key(&self) -> &'static str {
        match self.feed() {
            Feed::Teams => "behind-from-teams",
            Feed::Areas => "behind-from-areas",
            _ => "behind-from-tickets",
        }
    }

    /// True where those that lie longest are the most telling; else the newest are.
    pub const fn is_oldest_first(&self) -> bool {
        matches!(self, Counted::Step(..) | Counted::Late(_) | Counted::Open(_))
    }

    /// True if a ticket is one of those that are counted.
    pub fn takes(&self, ticket: &Ticket, judge: &Judge<'_>) -> bool {
        let Judge { areas, now, zone } = judge;
        let place = || ticket.area.as_ref().and_then(|code| areas.find(code));
        let is_in = |scope: AreaId| place().is_some_and(|id| areas.with_ancestors(id).any(|above| above == scope));
        if self.scope().is_some_and(|scope| !is_in(scope)) {
            return false;
        }
        let at = ticket.reported_at;
        let is_since = |days: i64| {
            let from = now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN);
            ticket.is_reported_within(from, *now)
        };
        let civil = || at.to_zoned((*zone).clone());
        let is_today = || at <= *now && civil().date() == now.to_zoned((*zone).clone()).date();
        match self {
            Counted::Today(source) => source.is_none_or(|source| ticket.source == source) && is_today(),
            Counted::TodayIn(_) => is_today(),
            Counted::Hours(from, to) => {
                is_today() && (*from..*to).contains(&u8::try_from(civil().hour()).unwrap_or_default())
            }
            Counted::Open(_) => ticket.is_in_hand(),
            Counted::Late(_) => ticket.is_in_hand() && ticket.is_overdue(*now),
            Counted::Step(first, last, _) => {
                let depth = Stage::IN_HAND.iter().position(|stage| *stage == ticket.stage);
                depth.is_some_and(|depth| (*first..=*last).contains(&depth))
            }
            Counted::Category(name, _, days) => {
                let own = if ticket.category.is_empty() { &ticket.category_group } else { &ticket.category };
                own == name && is_since(*days)
            }
            Counted::Hour(hour, _, days) => is_since(*days) && i32::from(civil().hour()) == i32::from(*hour),
            Counted::Part(part, settings) => {
                let from = now.saturating_sub(SignedDuration::from_secs(i64::from(settings.window_s)));
                let is_wanted = match settings.state {
                    State::All => true,
                    State::Open => ticket.is_in_hand(),
                    State::Overdue => ticket.is_overdue(*now),
                };
                is_wanted
                    && settings.sources & 1 << ticket.source as u8 != 0
                    && settings.category.as_ref().is_none_or(|group| *group == ticket.category_group)
                    && ticket.is_reported_within(from.unwrap_or(Timestamp::MIN), *now)
                    && i32::from(civil().hour()) / 3 == i32::from(*part)
            }
            Counted::Lacks(lack) => match lack {
                Lack::Place => !matches!(ticket.position, Position::At { .. }),
                Lack::Area => place().is_none(),
                Lack::Category => ticket.category.is_empty(),
                Lack::Unit => ticket.signed_at.is_some() && ticket.agency.is_none(),
                Lack::Limit => ticket.is_in_hand() && ticket.handle_due.is_none(),
                Lack::Rating => ticket.closed_at.is_some() && ticket.rated == Rating::None,
            },
            Counted::Team(_) | Counted::Visits | Counted::Grids(_) => false,
        }
    }
}
