//! The nouns and rules of grid governance: areas, tickets, clocks, readings.
//!
//! Pure Rust and `geo`: no Bevy, no egui, no sockets, no files. Both the wall and the reference platform speak these
//! types; they never share anything else.

pub mod area;
pub mod calendar;
pub mod care;
pub mod class_case;
pub mod feed;
pub mod figures;
pub mod freshness;
pub mod indicator;
pub mod matter;
pub mod place;
pub mod reading;
pub mod site;
pub mod team;
pub mod text;
pub mod ticket;
pub mod warning;
pub mod whistle;

pub use area::{Area, AreaCode, AreaDefect, AreaId, AreaTable, GridKind, Level};
pub use calendar::Calendar;
pub use care::{CareCategory, CareCounts, CareGroup, CareTable, Count};
pub use class_case::{ClassCase, ClassKind, ClassStage};
pub use feed::{Feed, SourceStatus, Trouble};
pub use figures::Figures;
pub use freshness::{Freshness, Ladder};
pub use indicator::{Aim, Amount, Definition, Figure, IndicatorTable, Part, Period, Unit, ValueBreaks};
pub use matter::Matter;
pub use place::{Place, PlaceKind};
pub use reading::Reading;
pub use site::{Environment, Site, SiteClock, Workflow};
pub use team::{Team, TeamKind};
pub use ticket::{
    Clock, ClockKind, HandlingMode, Pause, Position, Rating, Source, Stage, Ticket, TicketDetail, TicketId,
    TimelineEntry,
};
pub use warning::{Warning, WarningKind, WarningLevel, WarningNature, WarningState};
pub use whistle::{CalledUnit, WhistleCall, WhistleResult, WhistleTrigger};
