//! Sections of the file as deliveries for the wall, read by the decoders of the wire. What cannot be read is left out.
//! Partner: `pages.rs`, which wrote them.

use std::time::Duration;

use jiff::Timestamp;

use super::format::Section;
use crate::domain::{AreaTable, Feed, Figures, Level, SiteClock};
use crate::platform::Delivery;
use crate::platform::wire::{TicketReader, read_areas, read_figures, read_landing, read_places, read_sources};

/// What was known of one feed, and when.
#[derive(Debug)]
pub struct Recollection {
    /// The feed.
    pub feed: Feed,
    /// The data.
    pub delivery: Delivery,
    /// The wall clock's time of its last proof.
    pub as_of: Timestamp,
    /// How old that is now; `None` if it lies in the future, so that the age is not known.
    pub age: Option<Duration>,
}

impl Recollection {
    /// The data, and the word that it is from the disk.
    pub fn deliveries(self) -> [Delivery; 2] {
        let Self { feed, delivery, as_of, age } = self;
        [delivery, Delivery::Recalled { feed, as_of, age }]
    }
}

/// The order in which a wall can use them: zone and areas before tickets.
const ORDER: [Feed; 10] = [
    Feed::Site,
    Feed::Areas,
    Feed::Places,
    Feed::Sources,
    Feed::Tickets,
    Feed::Indicators,
    Feed::Warnings,
    Feed::Teams,
    Feed::WhistleCalls,
    Feed::ClassCases,
];

/// What the sections say, at `now` of the wall clock.
pub fn recall(sections: &[Section], now: Timestamp) -> Vec<Recollection> {
    let in_order = ORDER.into_iter().filter_map(|feed| sections.iter().find(|section| section.feed == feed));
    let read = |section: &Section| {
        let age = Duration::try_from(now.duration_since(section.as_of)).ok();
        let delivery = delivery(section, now)?;
        Some(Recollection { feed: section.feed, delivery, as_of: section.as_of, age })
    };
    in_order.filter_map(read).collect()
}

fn delivery(section: &Section, now: Timestamp) -> Option<Delivery> {
    let page = section.page.as_slice();
    Some(match section.feed {
        Feed::Site => {
            let mut site = read_landing(page).ok()?.site;
            // Its clock told the platform's time when it was heard; until it is heard again, ours does.
            site.clock = SiteClock { now, speed: 1.0 };
            Delivery::Site(Box::new(site))
        }
        Feed::Areas => {
            let mut areas = Vec::new();
            read_areas(page, Level::Grid, |area| areas.extend(area)).ok()?;
            let (table, defects) = AreaTable::build(areas);
            Delivery::Areas { table: Box::new(table), defects }
        }
        Feed::Places => {
            let mut places = Vec::new();
            read_places(page, |place| places.extend(place)).ok()?;
            Delivery::Places(places)
        }
        Feed::Sources => Delivery::Sources(read_sources(page).ok()?.0),
        Feed::Tickets => {
            let mut tickets = Vec::new();
            TicketReader::default().page(page, |ticket| tickets.extend(ticket)).ok()?;
            Delivery::Tickets(tickets)
        }
        // Never kept.
        Feed::Care => return None,
        feed => {
            let mut figures = Figures::empty(feed)?;
            read_figures(page, &mut figures, |_| {}).ok()?;
            Delivery::Figures(figures)
        }
    })
}
