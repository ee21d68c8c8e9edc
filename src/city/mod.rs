//! The live model inside the ECS: the city's resources, filled by [`receive`] from the platform thread. No rendering.
//!
//! `receive` is the only writer of these resources; everyone else takes `Res` and uses change detection.

mod budget;
mod detail;
pub mod figures;
pub mod flow;
pub mod freshness;
mod receive;
mod table;
mod tallies;
mod telling;
mod wake;
mod watch;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use bevy::prelude::*;

use crate::WallSystems;
use crate::domain::{self, AreaId, AreaTable, Feed, Place, SourceStatus, Stage, TicketDetail, TicketId, Trouble};
use crate::platform::{Ask, HealthBoard};

pub use crate::platform::Health;
pub use crate::platform::sync::StreamPhase;

pub use budget::RecordBudget;
pub use figures::{Answer, BoundFigures, ClassCases, Indicators, Teams, Warnings, WhistleCalls};
pub use flow::{Flow, HourFlow, Step};
pub use freshness::{FeedFreshness, FeedState, Freshness, Ladder, Recalled};
pub use receive::Deliveries;
pub use table::TicketTable;
pub use tallies::{AreaTally, StageTally, Tallies};
pub use telling::{PUBLISH_EVERY, Telling};
pub use wake::{Errand, Wake};
pub use watch::{WatchTally, WatchWanted};

/// Fills the city's resources from [`Deliveries`], if that resource is there.
pub fn plugin(app: &mut App) {
    figures::plugin(app);
    app.init_resource::<Areas>()
        .init_resource::<Places>()
        .init_resource::<SiteFacts>()
        .init_resource::<Tickets>()
        .init_resource::<Tallies>()
        .init_resource::<WatchWanted>()
        .init_resource::<Telling>()
        .init_resource::<Flow>()
        .init_resource::<Detail>()
        .init_resource::<Sources>()
        .init_resource::<Care>()
        .init_resource::<CareFilter>()
        .init_resource::<Rejects>()
        .init_resource::<PlatformLink>()
        .init_resource::<PlatformHealth>()
        .init_resource::<FeedFreshness>()
        .init_resource::<Now>()
        .init_resource::<Wake>()
        .add_message::<TicketMoved>()
        .add_message::<TicketTouched>()
        .add_systems(
            Update,
            (advance_now, receive::receive, freshness::age, detail::follow_selection)
                .chain()
                .in_set(WallSystems::Receive),
        )
        .add_systems(Update, (flow::settle, telling::beat, tallies::settle).chain().in_set(WallSystems::Settle));
}

/// For pictures that must come out the same: ages are measured at this moment instead of now.
#[derive(Resource, Clone, Copy, Debug)]
pub struct FreezeAges(pub Instant);

/// Moves the wall's clock on: once a frame, from the monotonic clock and the platform's.
fn advance_now(
    mut now: ResMut<Now>,
    site: Res<SiteFacts>,
    frozen: Option<Res<FreezeAges>>,
    mut heard: Local<Option<(Instant, domain::SiteClock)>>,
) {
    let mono = Instant::now();
    if let Some(site) = &site.0
        && heard.is_none_or(|(_, clock)| clock != site.clock)
    {
        *heard = Some((mono, site.clock));
    }
    let (at, is_platform_time) = match *heard {
        Some((since, clock)) => (clock.after(mono.duration_since(since)), true),
        None => (jiff::Timestamp::now(), false),
    };
    *now = Now { at, mono: frozen.map_or(mono, |frozen| frozen.0), is_platform_time };
}

/// All areas of the district. Empty before the first list.
#[derive(Resource, Default)]
pub struct Areas {
    /// The table; replaced as a whole.
    pub table: Arc<AreaTable>,
    /// What was wrong with single areas of the list.
    pub defects: Vec<domain::AreaDefect>,
}

/// The base map.
#[derive(Resource, Default)]
pub struct Places(pub Arc<Vec<Place>>);

/// The site's facts and clock; `None` before the landing page has arrived.
#[derive(Resource, Default)]
pub struct SiteFacts(pub Option<domain::Site>);

/// All tickets, by number. The order of `iter` is unspecified; panels keep their own sorted views.
#[derive(Resource, Default)]
pub struct Tickets {
    /// The tickets.
    pub by_id: TicketTable,
    /// The newest tickets by `reported_at`, newest first; at most 500.
    pub newest: Vec<TicketId>,
    /// True once a complete list has arrived.
    pub is_complete: bool,
    /// What a new complete list tells of the hour before it, until it is taken in.
    pub(crate) inferred: Option<Vec<flow::Step>>,
    /// How many complete lists have arrived.
    pub list: u64,
    /// The counts, taken along with every change.
    pub(crate) ledger: Option<tallies::Ledger>,
}

impl Tickets {
    /// The same tickets where the map is about some.
    #[cfg(test)]
    pub(crate) fn watching(mut self, matter: domain::Matter, areas: &AreaTable) -> Self {
        self.ledger = Some(tallies::Ledger::watching(&self, matter, areas));
        self
    }

    /// The numbers of the tickets in hand that the map is about; `None` where it is about all.
    pub fn watched(&self) -> Option<&HashSet<TicketId>> {
        self.ledger.as_ref()?.watched_ids()
    }
}

/// The detail of the selected ticket.
#[derive(Resource, Default, Clone, Debug)]
pub enum Detail {
    /// No ticket is selected.
    #[default]
    None,
    /// Asked for, not yet there.
    Asked(TicketId),
    /// Here.
    Here(Box<TicketDetail>),
    /// Not to be had, and why.
    Failed(TicketId, Trouble),
}

/// How many people need care, by area and category.
#[derive(Resource, Default)]
pub struct Care {
    /// The counts of the day.
    pub table: domain::CareTable,
    /// True once the platform has answered, be it that it has none.
    pub is_known: bool,
}

/// The group of people that map and panels show: everybody, or one category.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CareFilter(pub domain::CareGroup);

/// The platform's upstream systems.
#[derive(Resource, Default, Debug)]
pub struct Sources(pub Vec<SourceStatus>);

/// Records that could not be used, per feed: count and the first few reasons.
#[derive(Resource, Default)]
pub struct Rejects(pub HashMap<Feed, (u64, Vec<String>)>);

/// The link to the platform thread, for asks. `None` in tests without a platform.
#[derive(Resource, Default)]
pub struct PlatformLink(pub Option<Box<dyn Fn(Ask) + Send + Sync>>);

/// The state of the platform thread, for diagnostics.
#[derive(Resource, Clone, Debug, Default)]
pub struct PlatformHealth(pub HealthBoard);

/// A ticket moved on, was created, or left: facts in bulk for pulses and lists.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct TicketMoved {
    /// The ticket.
    pub id: TicketId,
    /// Its stage before; `None` if it is new.
    pub from: Option<Stage>,
    /// Its stage now; `None` if it was deleted.
    pub to: Option<Stage>,
    /// Since when it is there; `None` if it was deleted.
    pub since: Option<jiff::Timestamp>,
    /// Where it counts.
    pub area: Option<AreaId>,
}

/// A ticket was put in, changed in any way, or taken out: for whoever keeps something per ticket. A complete list says
/// so by [`Tickets::list`] instead.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct TicketTouched {
    /// Which.
    pub id: TicketId,
    /// Where it counts now.
    pub area: Option<AreaId>,
}

/// The wall's clock: platform time, advanced with real time between answers. Advanced once a frame.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Now {
    /// Platform time.
    pub at: jiff::Timestamp,
    /// Monotonic time of this frame, for ages.
    pub mono: Instant,
    /// True once a landing page has told the platform's time.
    pub is_platform_time: bool,
}

impl Default for Now {
    fn default() -> Self {
        Self { at: jiff::Timestamp::now(), mono: Instant::now(), is_platform_time: false }
    }
}
