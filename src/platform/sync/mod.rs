//! The sync core: what to ask for, when, and what the answers mean. A pure state machine: no clock, socket, thread or
//! random source inside; real bytes go in, so the decoders are part of it. Partner: `thread.rs`, which carries out the
//! [`Effect`]s and brings back the [`Input`]s. The contract is in `docs/platform-api.md`.

pub mod board;
pub mod context;
pub mod ledger;
pub mod links;
pub mod listing;
pub mod pace;
pub mod phase;
pub mod poll;
pub mod reply;
pub mod report;
pub mod sse;
pub mod tickets;

use std::collections::HashMap;
use std::time::Duration;

use reqwest::Url;

pub use board::{Board, Rejected};
pub use context::{Context, Effect, Input, Purpose, RequestId, Stats, StreamId, SyncOptions};
pub use pace::{Jitter, Mono};
pub use phase::{Load, Phase, StreamPhase};
pub use reply::{Expected, Failure, Reply};
pub use report::{FeedReport, Report};

use super::wire::{self, Landing, TicketReader};
use super::{Ask, Delivery};
use crate::domain::{AreaTable, Feed, Level, Site, TicketId, Trouble};
use links::{endpoint, next_page, under};
use poll::{List, Poll, Progress};
use tickets::TicketFeed;

/// Longest wait before the first request.
const START_JITTER: Duration = Duration::from_secs(5);
/// How often slowly and quickly changing lists are read.
const SLOW: Duration = Duration::from_secs(600);
const QUICK: Duration = Duration::from_secs(30);
const EACH_MINUTE: Duration = Duration::from_secs(60);
/// Figures wait for the tickets, which the wall cannot do without, but no longer than this…
const FIGURES_WAIT: Duration = Duration::from_secs(10);
/// …and so long after them: while the wall puts the tickets on the map, a platform on the same machine would count.
const FIGURES_AFTER: Duration = Duration::from_millis(300);
/// Least pause after a refused login.
const UNAUTHORIZED_FLOOR: Duration = Duration::from_secs(10);
/// How often tickets are read where there is no stream.
const WITHOUT_STREAM: Duration = Duration::from_secs(60);

/// The core.
#[derive(Debug)]
pub struct SyncCore {
    options: SyncOptions,
    jitter: Jitter,
    board: Board,
    stats: Stats,
    requests: HashMap<RequestId, (Purpose, Mono)>,
    next_id: u64,
    reader: TicketReader,
    noted_odd: u64,
    site: Option<(Site, Mono)>,
    items: Option<Url>,
    landing: Poll,
    areas: Poll,
    places: Poll,
    sources: Poll,
    care: Poll,
    /// In the order of [`Feed::FIGURES`].
    figures: [Poll; 5],
    ticket_lists: Poll,
    tickets: TicketFeed,
    asked: Option<(TicketId, Option<RequestId>)>,
}

impl SyncCore {
    /// A core that has asked for nothing yet; the first [`Input::Tick`] starts it.
    pub fn new(options: SyncOptions) -> Self {
        let mut jitter = Jitter(options.seed);
        let mut landing = Poll::new(Feed::Site, QUICK);
        let wait = jitter.between(Duration::ZERO, if options.start_jitter { START_JITTER } else { Duration::ZERO });
        landing.begin(vec![(options.base.clone(), Level::District)], wait);
        Self {
            jitter,
            landing,
            board: Board::default(),
            stats: Stats::default(),
            requests: HashMap::new(),
            next_id: 0,
            reader: TicketReader::default(),
            noted_odd: 0,
            site: None,
            items: None,
            areas: Poll::new(Feed::Areas, SLOW),
            places: Poll::new(Feed::Places, SLOW),
            sources: Poll::new(Feed::Sources, QUICK),
            care: Poll::new(Feed::Care, SLOW),
            figures: Feed::FIGURES.map(|feed| Poll::new(feed, refresh(feed))),
            ticket_lists: Poll::new(Feed::Tickets, WITHOUT_STREAM),
            tickets: TicketFeed::new(),
            asked: None,
            options,
        }
    }

    /// Counters since the start.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// How far the tickets have come.
    pub fn phase(&self) -> Phase {
        self.tickets.phase()
    }

    /// Everything that is known for diagnostics.
    pub fn report(&self) -> Report {
        Report {
            feeds: Feed::ALL.map(|feed| self.board.report(feed)),
            stats: self.stats,
            phase: self.phase(),
            load: self.load(),
            unmapped: self.reader.odd.unmapped,
            off_globe: self.reader.odd.off_globe,
            position: self.tickets.position(),
            digest: self.tickets.digest(),
        }
    }

    /// How much is held.
    pub fn load(&self) -> Load {
        Load { requests: self.requests.len(), ..self.tickets.load() }
    }

    /// Takes one input at time `now` (never less than before) and appends what is to be done.
    pub fn step(&mut self, now: Mono, input: Input, out: &mut Vec<Effect>) {
        match input {
            Input::Tick => {}
            Input::Reply(request, reply) => self.answer(request, Ok(reply), now, out),
            Input::Failed(request, failure) => self.answer(request, Err(failure), now, out),
            Input::StreamOpened(stream, reply) => {
                let (tickets, _, mut cx) = self.parts(now, out);
                tickets.opened(stream, &reply, &mut cx);
            }
            Input::StreamBytes(stream, bytes) => {
                let (tickets, reader, mut cx) = self.parts(now, out);
                tickets.bytes(stream, &bytes, reader, &mut cx);
            }
            Input::StreamClosed(stream, failure) => {
                let (tickets, _, mut cx) = self.parts(now, out);
                tickets.closed(stream, failure, &mut cx);
            }
            Input::Slept => {
                let (tickets, _, mut cx) = self.parts(now, out);
                tickets.slept(&mut cx);
                self.give_up(|_| true, "the machine slept", now, out);
            }
            Input::Ask(Ask::Ticket(id)) => self.ask_ticket(id, now, out),
            Input::Ask(Ask::RetryNow) => {
                let Self { landing, areas, places, sources, care, figures, ticket_lists, .. } = self;
                let polls = [landing, areas, places, sources, care, ticket_lists];
                polls.into_iter().chain(figures).for_each(|poll| poll.hurry(now));
                self.tickets.hurry(now);
            }
        }
        self.advance(now, out);
    }

    /// When to come back with [`Input::Tick`], if nothing else happens.
    pub fn wake_at(&self) -> Option<Mono> {
        let polls = [&self.landing, &self.areas, &self.places, &self.sources, &self.care, &self.ticket_lists];
        let polls = polls.into_iter().chain(&self.figures).filter_map(Poll::due_at);
        let requests = self.requests.values().map(|(_, deadline)| *deadline);
        polls.chain(requests).chain(self.tickets.due_at()).chain(self.board.due_at()).min()
    }

    fn parts<'a>(
        &'a mut self,
        now: Mono,
        out: &'a mut Vec<Effect>,
    ) -> (&'a mut TicketFeed, &'a mut TicketReader, Context<'a>) {
        let Self { jitter, board, stats, requests, next_id, tickets, reader, .. } = self;
        (tickets, reader, Context { now, jitter, board, stats, out, requests, next_id })
    }

    fn advance(&mut self, now: Mono, out: &mut Vec<Effect>) {
        self.give_up(|deadline| deadline <= now, "no answer", now, out);
        let Self { jitter, board, stats, requests, next_id, landing, areas, places, sources, care, figures, .. } = self;
        let mut cx = Context { now, jitter, board, stats, out, requests, next_id };
        if self.tickets.phase().is_listed || self.ticket_lists.has_been_read() {
            figures.iter_mut().for_each(|poll| poll.sooner(now + FIGURES_AFTER));
        }
        for poll in [landing, areas, places, sources, care, &mut self.ticket_lists].into_iter().chain(figures) {
            poll.advance(&mut cx);
        }
        self.tickets.advance(&mut cx);
        while let Some(feed) = cx.board.take_withdrawn() {
            let Self { areas, places, sources, care, figures, ticket_lists, .. } = self;
            let behind_the_door = [areas, places, sources, care, ticket_lists].into_iter().chain(figures);
            match feed {
                Feed::Tickets => {
                    self.tickets.withdraw(&mut cx);
                    behind_the_door.filter(|poll| poll.feed() == feed).for_each(Poll::forget);
                }
                Feed::Site => {
                    // Refused at the door: nothing is asked for before the door opens again.
                    self.site = None;
                    self.tickets.stop(&mut cx);
                    behind_the_door.for_each(|poll| poll.stop(&mut cx));
                    cx.board.spread(Feed::Site);
                }
                feed => behind_the_door.filter(|poll| poll.feed() == feed).for_each(Poll::forget),
            }
            cx.out.push(Effect::Deliver(Delivery::Withdrawn(feed)));
        }
        if self.reader.odd.count > self.noted_odd {
            self.noted_odd = self.reader.odd.count;
            let samples = std::mem::take(&mut self.reader.odd.samples).join("; ");
            cx.out.push(Effect::Note(format!("{} members of tickets were odd so far: {samples}", self.noted_odd)));
        }
        self.board.tell(now, out);
    }

    /// Waits no longer for the requests with such deadlines.
    fn give_up(&mut self, is_over: impl Fn(Mono) -> bool, why: &str, now: Mono, out: &mut Vec<Effect>) {
        let over = self.requests.iter().filter(|(_, (_, deadline))| is_over(*deadline));
        let mut over: Vec<_> = over.map(|(request, _)| *request).collect();
        over.sort_by_key(|request| request.0);
        for request in over {
            out.push(Effect::Cancel(request));
            self.answer(request, Err(Failure::TimedOut(why.into())), now, out);
        }
    }

    fn answer(&mut self, request: RequestId, answer: Result<Reply, Failure>, now: Mono, out: &mut Vec<Effect>) {
        // An answer that nobody waits for any more.
        let Some((purpose, _)) = self.requests.remove(&request) else { return };
        match purpose {
            Purpose::TicketPage => {
                let (tickets, reader, mut cx) = self.parts(now, out);
                tickets.page(request, answer, reader, &mut cx);
            }
            Purpose::Detail => self.take_detail(request, answer, out),
            Purpose::Poll(feed) => self.take_list(feed, request, answer, now, out),
        }
    }

    fn take_list(
        &mut self,
        feed: Feed,
        request: RequestId,
        answer: Result<Reply, Failure>,
        now: Mono,
        out: &mut Vec<Effect>,
    ) {
        let Self { jitter, board, stats, requests, next_id, reader, .. } = self;
        let mut cx = Context { now, jitter, board, stats, out, requests, next_id };
        let poll = match feed {
            Feed::Site => &mut self.landing,
            Feed::Areas => &mut self.areas,
            Feed::Places => &mut self.places,
            Feed::Sources => &mut self.sources,
            Feed::Care => &mut self.care,
            Feed::Tickets => &mut self.ticket_lists,
            Feed::Indicators => &mut self.figures[0],
            Feed::Warnings => &mut self.figures[1],
            Feed::Teams => &mut self.figures[2],
            Feed::WhistleCalls => &mut self.figures[3],
            Feed::ClassCases => &mut self.figures[4],
        };
        match poll.take(request, answer, reader, &mut cx) {
            Progress::Reading => {}
            Progress::Unchanged => {
                poll.done(None, now);
                cx.board.prove(feed, poll.asked_at());
            }
            // A platform without care counts or figures says so; that is an answer, and not trouble. One that had figures
            // a while ago has them behind some gateway's 404 too: what is held stays, and ages.
            Progress::Failed(Trouble::Refused { status: 404 | 501, .. }, _)
                if feed.is_optional() && (feed == Feed::Care || !poll.has_list()) =>
            {
                if poll.done(Some(poll::NONE), now) {
                    cx.out.push(Effect::Deliver(match feed {
                        Feed::Care => Delivery::Care(Box::default()),
                        feed => Delivery::NotOffered(feed),
                    }));
                }
                cx.board.prove(feed, poll.asked_at());
            }
            Progress::Failed(trouble, asked) => {
                let trouble = if feed == Feed::Site { not_a_platform(trouble) } else { trouble };
                let retry_at = poll.failed(asked, floor(&trouble), &mut cx);
                // Without the landing page nothing else can be asked for.
                if feed == Feed::Site && self.site.is_none() {
                    for waiting in Feed::ALL {
                        cx.board.trouble(waiting, trouble.clone(), Some(retry_at));
                    }
                } else {
                    cx.board.trouble(feed, trouble, Some(retry_at));
                }
            }
            Progress::Complete(list, rejected) => {
                let (print, delivery) = match list {
                    List::Landing(landing) => return self.take_landing(*landing, now, out),
                    List::Areas(areas) => {
                        let print = wire::areas_print(&areas);
                        let (table, defects) = AreaTable::build(areas);
                        (print, Delivery::Areas { table: Box::new(table), defects })
                    }
                    List::Places(places) => (wire::places_print(&places), Delivery::Places(places)),
                    List::Sources(sources) => (print_of(&sources), Delivery::Sources(sources)),
                    List::Care(table) => (wire::care_print(&table), Delivery::Care(table)),
                    List::Tickets(tickets) => (print_of(&tickets), Delivery::Tickets(tickets)),
                    List::Figures(figures) => (wire::figures_print(&figures), Delivery::Figures(figures)),
                };
                if poll.done(Some(print), now) {
                    cx.out.push(Effect::Deliver(delivery));
                }
                cx.board.set_rejected(feed, rejected);
                cx.board.prove(feed, poll.asked_at());
            }
        }
    }

    fn take_landing(&mut self, landing: Landing, now: Mono, out: &mut Vec<Effect>) {
        let Landing { site, data, sources, stream, odd } = landing;
        self.landing.done(None, now);
        self.board.prove(Feed::Site, self.landing.asked_at());
        let is_first = self.site.is_none();
        if is_first {
            odd.into_iter().for_each(|odd| out.push(Effect::Note(format!("landing page: {odd}"))));
            for waiting in Feed::ALL.into_iter().filter(|feed| *feed != Feed::Site) {
                self.board.relief(waiting);
            }
        }
        if self.site.as_ref().is_none_or(|(known, at)| !is_same_site(known, now.saturating_sub(*at), &site)) {
            self.site = Some((site.clone(), now));
            out.push(Effect::Deliver(Delivery::Site(Box::new(site))));
        }
        let base = &self.options.base;
        let mut link = |href: Option<String>, fallback: &str| {
            let ours = endpoint(base, fallback);
            let theirs = base.join(href.as_deref()?).ok();
            match theirs.filter(|theirs| theirs.origin() == base.origin()) {
                Some(theirs) => Some(theirs),
                None => {
                    if is_first {
                        let href = href.unwrap_or_default();
                        out.push(Effect::Note(format!("link '{href}' leaves {base}: {ours} is used instead")));
                    }
                    Some(ours)
                }
            }
        };
        let data = link(Some(data), "collections").unwrap_or_else(|| endpoint(base, "collections"));
        let (sources, stream) = (link(sources, "sources"), link(stream, "stream"));
        let items = |collection: &str| {
            let mut url = under(&data, &[collection, "items"]);
            url.query_pairs_mut().append_pair("limit", &self.options.page_limit.to_string());
            url
        };
        let areas = Level::ALL.into_iter().map(|level| (items(level.collection()), level)).collect();
        self.areas.begin(areas, now);
        self.places.begin(vec![(items("places"), Level::District)], now);
        self.care.begin(vec![(items("care-counts"), Level::District)], now);
        for poll in &mut self.figures {
            let url = match poll.feed() {
                Feed::Indicators => {
                    let mut url = endpoint(base, "indicators");
                    url.query_pairs_mut().append_pair("limit", &self.options.page_limit.to_string());
                    url
                }
                feed => items(feed.key()),
            };
            poll.begin(vec![(url, Level::District)], now + FIGURES_WAIT);
        }
        if let Some(sources) = sources {
            self.sources.begin(vec![(sources, Level::District)], now);
        }
        match stream {
            Some(mut stream) => {
                stream.query_pairs_mut().append_pair("topics", "tickets");
                self.tickets.begin(stream, items("tickets"), now);
            }
            None => self.ticket_lists.begin(vec![(items("tickets"), Level::District)], now),
        }
        self.items = Some(under(&data, &["tickets", "items"]));
        if let Some((id, None)) = self.asked.take() {
            self.ask_ticket(id, now, out);
        }
    }

    fn ask_ticket(&mut self, id: TicketId, now: Mono, out: &mut Vec<Effect>) {
        let url = self.items.as_ref().map(|items| under(items, &[id.as_str()]));
        let asked = self.asked.take();
        let (_, _, mut cx) = self.parts(now, out);
        if let Some((_, Some(older))) = asked {
            cx.cancel(older);
        }
        // Before the landing page is there, the question waits for it.
        let request = url.map(|url| cx.get(Purpose::Detail, &url, None));
        self.asked = Some((id, request));
    }

    fn take_detail(&mut self, request: RequestId, answer: Result<Reply, Failure>, out: &mut Vec<Effect>) {
        let Some((id, _)) = self.asked.take_if(|(_, asked)| *asked == Some(request)) else { return };
        let url = self.items.as_ref().map_or_else(String::new, |items| under(items, &[id.as_str()]).to_string());
        let read = |reply: Reply| match reply.trouble(&url, Expected::Json) {
            Some(trouble) => Err(trouble),
            None => match self.reader.detail(&reply.body) {
                Ok(detail) if detail.ticket.id == id => Ok(detail),
                Ok(detail) => Err(format!("{url}: ticket {} came instead", detail.ticket.id)),
                Err(why) => Err(format!("{url}: {why}")),
            }
            .map_err(|detail| Trouble::Unreadable { detail }),
        };
        out.push(Effect::Deliver(match answer.map_err(|failure| failure.trouble(&url)).and_then(read) {
            Ok(detail) => Delivery::Detail(Box::new(detail)),
            Err(trouble) => Delivery::DetailFailed { id, trouble },
        }));
    }
}

/// The least pause after this trouble: a login that is refused is not asked for again and again.
pub(super) fn floor(trouble: &Trouble) -> Duration {
    match trouble {
        Trouble::Unauthorized { .. } => UNAUTHORIZED_FLOOR,
        Trouble::NotAPlatform { .. } | Trouble::Certificate { .. } => Duration::from_secs(3),
        _ => Duration::ZERO,
    }
}

/// How often a list of figures is read.
fn refresh(feed: Feed) -> Duration {
    match feed {
        Feed::Indicators | Feed::Teams => EACH_MINUTE,
        Feed::ClassCases => SLOW,
        _ => QUICK,
    }
}

/// At the landing page, a missing page and a page of another kind mean that this is no platform.
fn not_a_platform(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Refused { status: 404, detail } | Trouble::Unreadable { detail } => Trouble::NotAPlatform { detail },
        other => other,
    }
}

/// True if only the clock went on, as it should.
fn is_same_site(known: &Site, elapsed: Duration, new: &Site) -> bool {
    let drift = new.clock.now.duration_since(known.clock.after(elapsed)).as_secs_f64().abs();
    let same_clock = crate::domain::SiteClock { now: known.clock.now, ..new.clock };
    let is_same = *known == Site { clock: same_clock, ..new.clone() };
    is_same && drift < 1.0 + new.clock.speed * 0.25
}

/// Tells small lists apart.
fn print_of<T: std::fmt::Debug>(list: &[T]) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    list.iter().for_each(|entry| hasher.write(format!("{entry:?}").as_bytes()));
    hasher.finish()
}

#[cfg(test)]
mod figures_tests;
