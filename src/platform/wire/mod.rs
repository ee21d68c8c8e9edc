//! The API's JSON as it really is, and the way from there into domain values. One bad record never stops the rest, and
//! nothing that is left out goes uncounted. Pure: bytes in, values out. Partner: `sync`, which decides what they mean.

pub mod area;
pub mod care;
pub mod event;
pub mod figures;
pub mod geometry;
pub mod loose;
pub mod names;
pub mod page;
pub mod site;
pub mod ticket;

#[cfg(test)]
mod hostile_tests;

pub use area::{areas_print, places_print, read_areas, read_places};
pub use care::{care_print, read_care};
pub use event::{ChangedTicket, StreamEvent, read_event};
pub use figures::{figures_print, read_figures};
pub use page::{PageError, PageHead, Reject, StreamPosition};
pub use site::{Landing, LandingError, read_landing, read_sources};
pub use ticket::{Oddities, TicketReader};
