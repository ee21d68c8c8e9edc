//! A feed that is read as complete lists: the landing page, areas, places, upstream systems, and tickets where a platform
//! has no stream. One request at a time; a list counts only when all of it has come; validators spare what is unchanged.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use reqwest::Url;

use super::board::Rejected;
use super::pace::{Mono, Pace};
use super::reply::{Expected, Failure, Reply};
use super::{Context, Purpose, RequestId};
use crate::domain::{Area, CareTable, Feed, Figures, Level, Place, SourceStatus, Ticket, Trouble};
use crate::platform::wire::{self, Landing, PageHead, TicketReader};

/// Most pages of one list.
pub const MAX_PAGES: usize = 1_000;

/// The print of a list that the platform does not offer.
pub const NONE: u64 = 0;

/// One page to ask for.
#[derive(Clone, Debug)]
struct Page {
    url: Url,
    /// Which of the feed's collections it belongs to.
    level: Level,
    etag: Option<String>,
}

/// A complete list.
#[derive(Debug)]
pub enum List {
    /// The landing page.
    Landing(Box<Landing>),
    /// Areas of all levels.
    Areas(Vec<Area>),
    /// The base map.
    Places(Vec<Place>),
    /// Upstream systems.
    Sources(Vec<SourceStatus>),
    /// Tickets.
    Tickets(Vec<Ticket>),
    /// Care counts.
    Care(Box<CareTable>),
    /// One of the lists of figures.
    Figures(Figures),
}

/// What one answer led to.
#[derive(Debug)]
pub enum Progress {
    /// More is to come.
    Reading,
    /// The list is complete; the second part tells whether it is another one than before.
    Complete(List, Rejected),
    /// The platform says nothing changed.
    Unchanged,
    /// The list cannot be read now.
    Failed(Trouble, Option<Duration>),
}

#[derive(Debug)]
struct Reading {
    request: RequestId,
    page: Page,
    todo: VecDeque<Page>,
    /// True while every answer so far was "not modified".
    is_check: bool,
    marks: Vec<Page>,
    seen: HashSet<Url>,
    draft: List,
    rejected: Rejected,
}

/// One polled feed.
#[derive(Debug)]
pub struct Poll {
    feed: Feed,
    period: Duration,
    pace: Pace,
    due: Option<Mono>,
    starts: Vec<(Url, Level)>,
    marks: Vec<Page>,
    reading: Option<Reading>,
    /// When the newest reading began: what it says is of then or later, however long the answers take.
    asked_at: Mono,
    /// Print of the last list delivered.
    print: Option<u64>,
}

impl Poll {
    /// A feed that is not read until [`Poll::begin`].
    pub fn new(feed: Feed, period: Duration) -> Self {
        Self {
            feed,
            period,
            pace: Pace::default(),
            due: None,
            starts: Vec::new(),
            marks: Vec::new(),
            reading: None,
            asked_at: Mono::ZERO,
            print: None,
        }
    }

    /// Reads from these pages at `due`, and then every period.
    pub fn begin(&mut self, starts: Vec<(Url, Level)>, due: Mono) {
        if self.starts != starts {
            self.starts = starts;
            self.marks.clear();
        }
        if self.due.is_none() && self.reading.is_none() {
            self.due = Some(due);
        }
    }

    /// True once [`Poll::begin`] was called.
    pub fn has_begun(&self) -> bool {
        !self.starts.is_empty()
    }

    /// True once a complete list was read.
    pub fn has_been_read(&self) -> bool {
        self.print.is_some()
    }

    /// True once a list was delivered, other than the word that there is none.
    pub fn has_list(&self) -> bool {
        self.print.is_some_and(|print| print != NONE)
    }

    /// The feed it reads.
    pub fn feed(&self) -> Feed {
        self.feed
    }

    /// What it read before counts no more: the next list is news, whatever is in it.
    pub fn forget(&mut self) {
        self.print = None;
        self.marks.clear();
    }

    /// Forgets, and reads no more before the next [`Poll::begin`].
    pub fn stop(&mut self, cx: &mut Context<'_>) {
        self.forget();
        self.due = None;
        // Whoever let us in again is asked for everything at once, unless they asked us not to.
        self.pace.relent();
        if let Some(reading) = self.reading.take() {
            cx.cancel(reading.request);
        }
    }

    /// When the newest reading began: the moment that a complete list proves.
    pub fn asked_at(&self) -> Mono {
        self.asked_at
    }

    /// When it wants to be looked at.
    pub fn due_at(&self) -> Option<Mono> {
        self.due
    }

    /// Reads now if a failure made it wait.
    pub fn hurry(&mut self, now: Mono) {
        if !self.pace.is_calm() && self.due.is_some() {
            self.due = Some(self.pace.hurry(now));
        }
    }

    /// Reads at `due` already, if nothing has been read yet and it would be later.
    pub fn sooner(&mut self, due: Mono) {
        if self.print.is_none() && self.pace.is_calm() {
            self.due = self.due.map(|later| later.min(due));
        }
    }

    /// Starts reading if it is time.
    pub fn advance(&mut self, cx: &mut Context<'_>) {
        if self.due.is_none_or(|due| due > cx.now) {
            return;
        }
        let allowed = self.pace.allowed_at(cx.now);
        if allowed > cx.now {
            self.due = Some(allowed);
            cx.board.waits(self.feed, allowed);
            return;
        }
        self.due = None;
        self.pace.tried(cx.now);
        let is_check = !self.marks.is_empty() && self.marks.iter().all(|page| page.etag.is_some());
        let starts = self.starts.iter().map(|(url, level)| Page { url: url.clone(), level: *level, etag: None });
        let todo = if is_check { self.marks.iter().cloned().collect() } else { starts.collect() };
        self.read(todo, is_check, cx);
    }

    fn read(&mut self, mut todo: VecDeque<Page>, is_check: bool, cx: &mut Context<'_>) {
        let Some(page) = todo.pop_front() else { return };
        let draft = match self.feed {
            Feed::Areas => List::Areas(Vec::new()),
            Feed::Places => List::Places(Vec::new()),
            Feed::Tickets => List::Tickets(Vec::new()),
            Feed::Care => List::Care(Box::default()),
            feed => Figures::empty(feed).map_or_else(|| List::Sources(Vec::new()), List::Figures),
        };
        self.asked_at = cx.now;
        let request = cx.get(Purpose::Poll(self.feed), &page.url, page.etag.clone());
        let (marks, seen) = (Vec::new(), HashSet::from([page.url.clone()]));
        self.reading =
            Some(Reading { request, page, todo, is_check, marks, seen, draft, rejected: Rejected::default() });
    }

    /// The answer to `request`, or that there is none.
    pub fn take(
        &mut self,
        request: RequestId,
        answer: Result<Reply, Failure>,
        reader: &mut TicketReader,
        cx: &mut Context<'_>,
    ) -> Progress {
        let Some(mut reading) = self.reading.take_if(|reading| reading.request == request) else {
            return Progress::Reading;
        };
        let url = reading.page.url.to_string();
        let reply = match answer {
            Ok(reply) => reply,
            Err(failure) => return Progress::Failed(failure.trouble(&url), None),
        };
        if let Some(trouble) = reply.trouble(&url, Expected::Json) {
            self.marks.clear();
            return Progress::Failed(trouble, reply.asked_pause());
        }
        if reply.status == 304 {
            if !reading.is_check {
                return Progress::Failed(
                    Trouble::Unreadable { detail: format!("{url}: 304 without a question") },
                    None,
                );
            }
            reading.marks.push(reading.page.clone());
            return match reading.todo.pop_front() {
                None => Progress::Unchanged,
                Some(page) => self.ask_next(reading, page, cx),
            };
        }
        if reading.is_check {
            // Something changed. What was not sent again is not at hand, so the whole list is read.
            self.marks.clear();
            if !reading.marks.is_empty() {
                let starts =
                    self.starts.iter().map(|(url, level)| Page { url: url.clone(), level: *level, etag: None });
                self.read(starts.collect(), false, cx);
                return Progress::Reading;
            }
            reading.is_check = false;
            let starts = self.starts.iter().skip(1);
            reading.todo = starts.map(|(url, level)| Page { url: url.clone(), level: *level, etag: None }).collect();
        }
        let head = match self.parse(&mut reading, &reply.body, reader) {
            Ok(head) => head,
            Err(trouble) => return Progress::Failed(trouble, None),
        };
        reading.marks.push(Page { etag: reply.etag, ..reading.page.clone() });
        match super::next_page(&reading.page.url, &head, &mut reading.seen, MAX_PAGES) {
            Err(why) => return Progress::Failed(Trouble::Unreadable { detail: format!("{url}: {why}") }, None),
            Ok(Some(next)) => reading.todo.push_front(Page { url: next, level: reading.page.level, etag: None }),
            Ok(None) => {}
        }
        match reading.todo.pop_front() {
            Some(page) => self.ask_next(reading, page, cx),
            None => {
                self.marks = reading.marks;
                Progress::Complete(reading.draft, reading.rejected)
            }
        }
    }

    fn ask_next(&mut self, mut reading: Reading, page: Page, cx: &mut Context<'_>) -> Progress {
        reading.request = cx.get(Purpose::Poll(self.feed), &page.url, page.etag.clone());
        reading.seen.insert(page.url.clone());
        reading.page = page;
        self.reading = Some(reading);
        Progress::Reading
    }

    fn parse(&self, reading: &mut Reading, body: &[u8], reader: &mut TicketReader) -> Result<PageHead, Trouble> {
        let url = &reading.page.url;
        let unreadable = |why: String| Trouble::Unreadable { detail: format!("{url}: {why}") };
        let rejected = &mut reading.rejected;
        match &mut reading.draft {
            List::Areas(areas) => wire::read_areas(body, reading.page.level, |area| match area {
                Ok(area) => areas.push(area),
                Err(reject) => rejected.add(&reject),
            })
            .map_err(|why| unreadable(why.to_string())),
            List::Places(places) => wire::read_places(body, |place| match place {
                Ok(place) => places.push(place),
                Err(reject) => rejected.add(&reject),
            })
            .map_err(|why| unreadable(why.to_string())),
            List::Care(table) => {
                wire::read_care(body, table, |reject| rejected.add(&reject)).map_err(|why| unreadable(why.to_string()))
            }
            List::Figures(figures) => wire::read_figures(body, figures, |reject| rejected.add(&reject))
                .map_err(|why| unreadable(why.to_string())),
            List::Tickets(tickets) => reader
                .page(body, |ticket| match ticket {
                    Ok(ticket) => tickets.push(ticket),
                    Err(reject) => rejected.add(&reject),
                })
                .map_err(|why| unreadable(why.to_string())),
            draft if self.feed == Feed::Site => {
                let landing = wire::read_landing(body);
                let landing = landing.map_err(|why| Trouble::NotAPlatform { detail: format!("{url}: {why}") })?;
                *draft = List::Landing(Box::new(landing));
                Ok(PageHead::default())
            }
            draft => {
                let (sources, rejects) = wire::read_sources(body).map_err(|why| unreadable(why.to_string()))?;
                rejects.iter().for_each(|reject| rejected.add(reject));
                *draft = List::Sources(sources);
                Ok(PageHead::default())
            }
        }
    }

    /// The list was complete (or unchanged): the next reading is due a period after this one began, because what it says
    /// is of then; but never at once, or a slow platform would be asked without end. `print` tells lists apart; true if
    /// this one is another than the last.
    pub fn done(&mut self, print: Option<u64>, now: Mono) -> bool {
        self.pace.calm();
        self.due = Some((self.asked_at + self.period).max(now + self.period / 6));
        match print {
            None => false,
            Some(print) => self.print.replace(print) != Some(print),
        }
    }

    /// The list could not be read; when it is tried again.
    pub fn failed(&mut self, asked: Option<Duration>, floor: Duration, cx: &mut Context<'_>) -> Mono {
        self.reading = None;
        let due = self.pace.failed(cx.now, cx.jitter, asked, floor);
        self.due = Some(due);
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_reading_counts_from_the_question_and_spares_a_slow_platform() {
        let second = Mono::from_secs;
        let mut poll = Poll::new(Feed::Sources, second(30));
        let mut due_after = |asked, answered| {
            poll.asked_at = second(asked);
            poll.done(None, second(answered));
            poll.due_at()
        };
        assert_eq!(due_after(100, 101), Some(second(130)));
        assert_eq!(due_after(100, 123), Some(second(130)));
        assert_eq!(due_after(100, 160), Some(second(165)), "five seconds of peace");
    }
}
