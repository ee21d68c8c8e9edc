//! The core's words: what happened outside ([`Input`]), what to do there ([`Effect`]), and what every part of the core
//! works with during a step ([`Context`]).

use std::collections::HashMap;
use std::time::Duration;

use reqwest::Url;

use super::board::Board;
use super::pace::{Jitter, Mono};
use super::reply::{Failure, Reply};
use crate::domain::{Feed, Trouble};
use crate::platform::{Ask, Delivery};

/// Requests are given up by the core itself after this time, should the outside ever forget one.
const FORGOTTEN: Duration = Duration::from_secs(130);

/// One request for a whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub u64);

/// One connection to the change stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StreamId(pub u64);

/// What happened outside.
#[derive(Debug)]
pub enum Input {
    /// The time asked for with [`SyncCore::wake_at`] has come.
    Tick,
    /// A whole answer.
    Reply(RequestId, Reply),
    /// No answer.
    Failed(RequestId, Failure),
    /// The stream answered; its body follows if this is a `200`.
    StreamOpened(StreamId, Reply),
    /// The next bytes of the stream.
    StreamBytes(StreamId, Vec<u8>),
    /// The stream ended or never opened; `None` if the server closed it in good order.
    StreamClosed(StreamId, Option<Failure>),
    /// The machine slept, or its clock was set forward: what was under way then is of then, however late it comes.
    Slept,
    /// The wall asks.
    Ask(Ask),
}

/// What to do outside.
#[derive(Debug)]
pub enum Effect {
    /// Ask for a whole answer.
    Get {
        /// To name the answer by.
        request: RequestId,
        /// The URL, without credentials.
        url: Url,
        /// For `If-None-Match`.
        etag: Option<String>,
    },
    /// The answer is no longer wanted.
    Cancel(RequestId),
    /// Connect to the stream.
    OpenStream {
        /// To name what comes by.
        stream: StreamId,
        /// The URL, without credentials.
        url: Url,
        /// For `Last-Event-ID`.
        cursor: Option<String>,
    },
    /// Give up the connection.
    CloseStream(StreamId),
    /// Hand this to the wall. Never [`Delivery::Currency`].
    Deliver(Delivery),
    /// The same as [`Delivery::Currency`], in our own time.
    Currency {
        /// The feed.
        feed: Feed,
        /// When it was last proven current.
        proven_at: Option<Mono>,
        /// What is wrong.
        trouble: Option<Trouble>,
        /// When the next try is due.
        retry_at: Option<Mono>,
    },
    /// Something for the log.
    Note(String),
}

/// What the core must know.
#[derive(Clone, Debug)]
pub struct SyncOptions {
    /// The platform's base URL; its path ends with a slash.
    pub base: Url,
    /// For the jitter.
    pub seed: u64,
    /// Wait up to five seconds before the first request: a building's power return starts all walls at once.
    pub start_jitter: bool,
    /// `limit=` of list requests.
    pub page_limit: u32,
}

/// Counters for diagnostics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Changes ignored because a newer version is held.
    pub outdated: u64,
    /// Changes seen before.
    pub repeated: u64,
    /// Times the log had a gap.
    pub gaps: u64,
    /// Times the list was read again.
    pub relists: u64,
    /// Digests that agreed.
    pub digest_matches: u64,
    /// Digests that differed.
    pub digest_mismatches: u64,
    /// Lists refused because they were older than what is held.
    pub stale_lists: u64,
    /// Events that could not be read.
    pub broken_events: u64,
    /// Requests made, streams included.
    pub requests: u64,
}

/// What an outstanding request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A page of a polled feed.
    Poll(Feed),
    /// A page of the list of tickets that goes with the stream.
    TicketPage,
    /// One ticket's detail.
    Detail,
}

/// What every part of the core works with during a step.
pub struct Context<'a> {
    /// The time of the step.
    pub now: Mono,
    /// For back-off.
    pub jitter: &'a mut Jitter,
    /// What is known about the feeds.
    pub board: &'a mut Board,
    /// Counters.
    pub stats: &'a mut Stats,
    /// What to do.
    pub out: &'a mut Vec<Effect>,
    pub(super) requests: &'a mut HashMap<RequestId, (Purpose, Mono)>,
    pub(super) next_id: &'a mut u64,
}

impl Context<'_> {
    /// Asks for a whole answer.
    pub fn get(&mut self, purpose: Purpose, url: &Url, etag: Option<String>) -> RequestId {
        *self.next_id += 1;
        let request = RequestId(*self.next_id);
        self.stats.requests += 1;
        self.requests.insert(request, (purpose, self.now + FORGOTTEN));
        self.out.push(Effect::Get { request, url: url.clone(), etag });
        request
    }

    /// Forgets a request.
    pub fn cancel(&mut self, request: RequestId) {
        if self.requests.remove(&request).is_some() {
            self.out.push(Effect::Cancel(request));
        }
    }

    /// Opens a connection to the stream.
    pub fn open(&mut self, url: &Url, cursor: Option<String>) -> StreamId {
        *self.next_id += 1;
        let stream = StreamId(*self.next_id);
        self.stats.requests += 1;
        self.out.push(Effect::OpenStream { stream, url: url.clone(), cursor });
        stream
    }
}
