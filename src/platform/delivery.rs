//! What passes between the platform thread and the wall: deliveries out, asks in. Domain values only; partner: `thread.rs`.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::domain::{
    AreaDefect, AreaTable, CareTable, Feed, Figures, Place, Site, SourceStatus, Ticket, TicketDetail, TicketId, Trouble,
};

/// One batch of domain values from the platform thread.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// The landing page. Comes first, and again whenever it changed.
    Site(Box<Site>),
    /// The complete list of areas; replaces the old one.
    Areas {
        /// All four levels.
        table: Box<AreaTable>,
        /// What was wrong with single areas.
        defects: Vec<AreaDefect>,
    },
    /// The complete base map; replaces the old one.
    Places(Vec<Place>),
    /// The complete list of tickets; replaces the old one in one step.
    Tickets(Vec<Ticket>),
    /// Changes to the list, in order.
    TicketChanges(Vec<TicketChange>),
    /// The answer to [`Ask::Ticket`].
    Detail(Box<TicketDetail>),
    /// No detail for this ticket, and why.
    DetailFailed {
        /// The ticket.
        id: TicketId,
        /// Why.
        trouble: Trouble,
    },
    /// What the wall holds of this feed came from the disk: the last good state of an earlier run. Follows the data it
    /// speaks of, and counts until the feed is proven current; never live.
    Recalled {
        /// The feed.
        feed: Feed,
        /// The wall clock's time of its last proof.
        as_of: Timestamp,
        /// How old it was when it was read; `None` if the clock says it is from the future.
        age: Option<Duration>,
    },
    /// The platform no longer lets us read this feed (401, 403): what is held of it must disappear at once.
    Withdrawn(Feed),
    /// The care counts; replaces the old ones. Empty where the platform does not collect them.
    Care(Box<CareTable>),
    /// One of the five lists of figures; replaces the old one.
    Figures(Figures),
    /// The platform does not offer this list of figures. That is an answer, and no trouble.
    NotOffered(Feed),
    /// The platform's upstream systems; replaces the old list.
    Sources(Vec<SourceStatus>),
    /// What is known about the currency of a feed. Sent on every proof and on every change of trouble.
    Currency {
        /// The feed.
        feed: Feed,
        /// When the feed was last proven current (an event, a bookmark or a complete list; never a mere connection).
        proven_at: Option<Instant>,
        /// What is wrong now, if anything.
        trouble: Option<Trouble>,
        /// When the next try is due, if one is scheduled.
        retry_at: Option<Instant>,
    },
    /// Records that could not be used since the last complete list; the rest is in use.
    Rejected {
        /// The feed.
        feed: Feed,
        /// How many, in total.
        count: u64,
        /// The first few, each naming the record and the field.
        samples: Vec<String>,
    },
}

/// One change of the ticket list.
#[derive(Clone, Debug, PartialEq)]
pub enum TicketChange {
    /// Created or updated.
    Upsert(Ticket),
    /// Deleted.
    Remove(TicketId),
}

/// What the wall may ask of the platform thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The detail of one ticket. Asked again, it is read again; only the newest ask is answered.
    Ticket(TicketId),
    /// Try again now instead of waiting for the back-off.
    RetryNow,
}
