//! What goes between the process and the platform, and what can go wrong on the way: answers, the bytes of the stream,
//! latencies, clogs. Bytes of one connection never overtake each other; everything else may.

use std::time::Duration;

use super::model::Model;
use super::schedule::{Answer, Lane};
use super::wording;
use super::world::World;
use crate::platform::sync::{Effect, Failure, Input, Mono, Reply, StreamId};
use reqwest::Url;

const SECOND: Duration = Duration::from_secs(1);
/// How long the platform thread waits for an answer.
const NO_ANSWER: Duration = Duration::from_secs(10);
/// The stream, among the paths of requests.
const STREAM: &str = "stream";

/// The connection of the stream.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// Its name.
    pub id: StreamId,
    /// Nothing passes any more, and nobody is told.
    pub is_dead: bool,
    /// When its last bytes arrive.
    pub clear_at: Mono,
}

/// What the network and the platform have been told to do wrong at the next opportunity.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    /// The next requests of a lane are answered so.
    pub answers: Vec<(Lane, Answer, u8)>,
    /// The next event is lost.
    pub loses: bool,
    /// The next event comes twice.
    pub doubles: bool,
    /// The next event comes after the one that follows it.
    pub swaps: bool,
    /// It waits for that one.
    pub held_back: Option<String>,
    /// The next event comes in single bytes.
    pub crumbles: bool,
    /// The next event cannot be read.
    pub garbles: bool,
    /// The next event ends in its middle, and with it the connection.
    pub cuts: bool,
    /// The platform restarts at the next page that is asked for in the middle of a list.
    pub restarts_between_pages: bool,
    /// The next digest is wrong by this.
    pub digest_error: u64,
    /// No bookmark and no digest comes until this is taken back.
    pub mutes: bool,
    /// The next bookmark is ahead by this.
    pub bookmark_error: u64,
}

impl World {
    pub(super) fn send(&mut self, at: Mono, input: Input) {
        self.order += 1;
        self.queue.insert((at.max(self.now), self.order), input);
    }

    fn latency(&mut self) -> Duration {
        let most = if self.now < self.slow_until { 8 * SECOND } else { Duration::from_millis(50) };
        self.dice.between(Duration::from_millis(1), most)
    }

    fn arrival(&mut self, lane: Lane) -> Mono {
        (self.now + self.latency()).max(self.clogged[lane as usize])
    }

    /// Does what the core wants of the network.
    pub(super) fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Get { request, url, etag } => {
                let lane = lane(&url);
                self.note_try(url.as_str());
                self.check_obeyed(url.path());
                self.lanes.insert(request, (lane, url.path().to_owned()));
                let at = self.arrival(lane);
                // The platform thread waits 10 s for the head of an answer and 15 s for each part of its body.
                let late = NO_ANSWER + 15 * SECOND;
                if at > self.now + late {
                    let failure = Failure::TimedOut("the answer stopped half-way".into());
                    return self.send(self.now + late, Input::Failed(request, failure));
                }
                match self.answer(lane, &url, etag) {
                    Some(Ok(reply)) => self.send(at, Input::Reply(request, reply)),
                    Some(Err(failure)) => self.send(at, Input::Failed(request, failure)),
                    None => {
                        let failure = Failure::TimedOut("no answer for 10 s".into());
                        self.send(self.now + NO_ANSWER, Input::Failed(request, failure));
                    }
                }
            }
            Effect::OpenStream { stream, cursor, .. } => self.open(stream, cursor.as_deref()),
            Effect::CloseStream(stream) => {
                self.no_longer_wanted(&[effect]);
                if self.stream.is_some_and(|it| it.id == stream) {
                    self.stream = None;
                }
            }
            Effect::Cancel(_) => self.no_longer_wanted(&[effect]),
            _ => {}
        }
    }

    fn note_try(&mut self, path: &str) {
        match self.tries.get_mut(path) {
            Some(tries) => tries.push(self.now),
            None => _ = self.tries.insert(path.to_owned(), vec![self.now]),
        }
        if let Err(violation) = self.check_tries(&self.tries[path], path) {
            self.broken.get_or_insert(violation);
        }
    }

    /// I7: who was asked to stay away stays away, whatever else happens meanwhile.
    fn check_obeyed(&mut self, path: &str) {
        if let Some(until) = self.asked.remove(path)
            && self.now + SECOND < until
        {
            let early = until.saturating_sub(self.now);
            self.fail("I7 bounded", format!("{path} is asked for {early:?} sooner than the platform allowed"));
        }
    }

    /// The answer, and `None` for none.
    fn answer(&mut self, lane: Lane, url: &Url, etag: Option<String>) -> Option<Result<Reply, Failure>> {
        if self.now < self.down_until {
            return Some(Err(Failure::Unreachable("refused".into())));
        }
        if self.now < self.expired_until {
            return Some(Ok(problem(401)));
        }
        let is_page = lane == Lane::Pages;
        let query = |key: &str| {
            let mut pairs = is_page.then(|| url.query_pairs()).into_iter().flatten();
            pairs.find(|(name, _)| name == key).map(|(_, value)| value.into_owned())
        };
        let after = query("after").and_then(|id| id.parse().ok());
        let offset = query("offset").and_then(|it| it.parse().ok());
        if is_page && after.is_none() && offset.is_none() {
            self.listed_from = self.now;
        } else if is_page && std::mem::take(&mut self.orders.restarts_between_pages) {
            self.restart_platform(false);
        }
        let (is_grids, is_indicators) = (url.path().contains("grids"), url.path() == "/indicators");
        let body = |model: &Model| match lane {
            Lane::Landing => wording::landing(&model.landing),
            Lane::Sources => wording::sources(&model.sources),
            Lane::Map if is_grids => wording::grids(&model.areas),
            Lane::Map if is_indicators => wording::indicators(&model.sources),
            Lane::Map => wording::EMPTY.to_owned(),
            Lane::Pages | Lane::Stream => wording::page(model, after, offset),
        };
        let tag = match lane {
            Lane::Landing => self.model.landing.value(),
            Lane::Map if is_grids => self.model.areas.value(),
            Lane::Map if !is_indicators => 0,
            Lane::Sources | Lane::Map => self.model.sources.value(),
            Lane::Pages | Lane::Stream => 0,
        };
        let good = |body: String| Reply {
            status: 200,
            content_type: Some("application/geo+json".into()),
            body: body.into_bytes(),
            ..Reply::default()
        };
        if self.now < self.storm_until && self.dice.next_u64().is_multiple_of(2) {
            return Some(Ok(problem(500)));
        }
        if let Some(answer) = self.take_order(lane) {
            let body = body(&self.model);
            return self.bad_answer(answer, body, good);
        }
        let tag = format!("\"{tag}\"");
        if !is_page && etag.as_deref() == Some(&tag) {
            return Some(Ok(Reply { status: 304, ..Reply::default() }));
        }
        let etag = (!is_page).then_some(tag);
        Some(Ok(Reply { etag, ..good(body(&self.model)) }))
    }

    fn take_order(&mut self, lane: Lane) -> Option<Answer> {
        let order = self.orders.answers.iter_mut().find(|(of, _, left)| *of == lane && *left > 0)?;
        order.2 -= 1;
        Some(order.1)
    }

    fn bad_answer(
        &mut self,
        answer: Answer,
        body: String,
        good: impl Fn(String) -> Reply,
    ) -> Option<Result<Reply, Failure>> {
        let typed = |kind: &str, body: &str| Reply { content_type: Some(kind.into()), ..good(body.into()) };
        Some(Ok(match answer {
            Answer::Status(status) => problem(status),
            Answer::Busy(pause) => Reply { retry_after: Some(pause.into()), ..problem(429) },
            Answer::Away(pause) => Reply { retry_after: Some(pause.into()), ..problem(503) },
            Answer::WebPage => typed("text/html", "<!doctype html><title>Sign in to the guest network</title>"),
            Answer::Empty => typed("application/json", ""),
            Answer::Truncated => {
                let end = self.dice.next_u64() as usize % body.len().max(1);
                good(body[..(0..=end).rev().find(|at| body.is_char_boundary(*at)).unwrap_or(0)].into())
            }
            Answer::OtherJson => typed("application/json", "{\"type\":\"Topology\",\"objects\":{}}"),
            Answer::Redirect => return Some(Err(Failure::Unreadable("redirected to another origin".into()))),
            Answer::Refused => return Some(Err(Failure::Unreachable("refused".into()))),
            Answer::Hang => return None,
        }))
    }

    /// Whatever comes as an answer to these is read by nobody.
    pub(super) fn no_longer_wanted(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Cancel(request) => _ = self.lanes.remove(request),
                Effect::CloseStream(stream) => self.opening = self.opening.filter(|id| id != stream),
                _ => {}
            }
        }
    }

    /// What an answer asks of us, and what a refusal obliges us to, once it has arrived.
    pub(super) fn refusal_seen(&mut self, input: &Input) {
        let (reply, lane, path) = match input {
            Input::Reply(request, reply) => match self.lanes.remove(request) {
                Some((lane, path)) => (reply, lane, Some(path)),
                None => (reply, Lane::Map, None),
            },
            Input::StreamOpened(stream, reply) => {
                // Who has given up the connection hears no more of it.
                match self.opening.take_if(|id| id == stream) {
                    Some(_) => (reply, Lane::Stream, Some(STREAM.to_owned())),
                    None => (reply, Lane::Map, None),
                }
            }
            _ => return,
        };
        if let Some(asked) = reply.asked_pause() {
            // Ten minutes at most, and a second of jitter.
            let asked = asked.min(Duration::from_secs(600));
            self.asked_until = self.asked_until.max(self.now + asked + 2 * SECOND);
            if let Some(path) = path {
                self.asked.insert(path, self.now + asked);
            }
        }
        let is_about_tickets = matches!(lane, Lane::Landing | Lane::Pages | Lane::Stream);
        if self.now < self.expired_until && reply.status == 401 && is_about_tickets {
            let check_at = self.now + super::oracle::GONE_WITHIN;
            if check_at < self.expired_until && self.purge_check_at.is_none() {
                self.purge_check_at = Some(check_at);
            }
        }
    }

    fn open(&mut self, stream: StreamId, cursor: Option<&str>) {
        self.note_try(STREAM);
        self.check_obeyed(STREAM);
        self.opening = Some(stream);
        let at = self.arrival(Lane::Stream);
        self.stream = None;
        let opened = |reply| Input::StreamOpened(stream, reply);
        if self.now < self.down_until {
            return self.send(at, Input::StreamClosed(stream, Some(Failure::Unreachable("refused".into()))));
        }
        if self.now < self.expired_until {
            return self.send(at, opened(problem(401)));
        }
        if self.now < self.storm_until && self.dice.next_u64().is_multiple_of(2) {
            return self.send(at, opened(problem(500)));
        }
        if let Some(answer) = self.take_order(Lane::Stream) {
            let good = |body: String| Reply { status: 200, body: body.into_bytes(), ..Reply::default() };
            match self.bad_answer(answer, String::new(), good) {
                Some(Ok(reply)) => self.send(at, opened(reply)),
                Some(Err(failure)) => self.send(at, Input::StreamClosed(stream, Some(failure))),
                None => {}
            }
            return;
        }
        let text = match self.model.catch_up(cursor) {
            Some(text) => text,
            // Some platforms say so in the answer, others in the stream.
            None if (self.seed / 2).is_multiple_of(2) => return self.send(at, opened(problem(410))),
            None => {
                self.stream = Some(Connection { id: stream, is_dead: false, clear_at: at });
                self.send(at, opened(event_stream()));
                let text = wording::reset(&self.model);
                self.push_bytes(text.as_bytes());
                return self.cut_stream();
            }
        };
        self.stream = Some(Connection { id: stream, is_dead: false, clear_at: at });
        self.send(at, opened(event_stream()));
        let text = self.strip_ids(&text);
        self.push_bytes(text.as_bytes());
    }

    fn strip_ids(&self, text: &str) -> String {
        if self.now >= self.unnumbered_until {
            return text.to_owned();
        }
        text.lines().filter(|line| !line.starts_with("id:")).map(|line| format!("{line}\n")).collect()
    }

    /// Sends an event down the stream, with what was ordered to go wrong.
    pub fn stream_text(&mut self, text: &str) {
        if self.stream.is_none_or(|it| it.is_dead) {
            return;
        }
        let is_change = text.contains("event: ticket.");
        if self.orders.mutes && !is_change {
            return;
        }
        let text = self.strip_ids(text);
        if is_change && std::mem::take(&mut self.orders.loses) {
            return;
        }
        if is_change && std::mem::take(&mut self.orders.swaps) {
            self.orders.held_back = Some(text);
            return;
        }
        let mut text = text;
        if is_change && std::mem::take(&mut self.orders.garbles) {
            text = text.replacen("\"data\":{", "\"data\":[", 1).replacen("\"epoch\"", "\"epoch", 1);
        }
        if is_change && std::mem::take(&mut self.orders.doubles) {
            text = format!("{text}{text}");
        }
        if let Some(held_back) = self.orders.held_back.take() {
            text.push_str(&held_back);
        }
        if std::mem::take(&mut self.orders.cuts) {
            let end = self.dice.next_u64() as usize % text.len();
            self.push_bytes(&text.as_bytes()[..end]);
            return self.cut_stream();
        }
        self.push_bytes(text.as_bytes());
    }

    /// Sends bytes down the stream, cut anywhere.
    pub(super) fn push_bytes(&mut self, bytes: &[u8]) {
        let at = self.arrival(Lane::Stream);
        let crumbles = std::mem::take(&mut self.orders.crumbles);
        let cut = self.dice.next_u64() as usize % (bytes.len() + 1);
        let Some(stream) = &mut self.stream else { return };
        stream.clear_at = stream.clear_at.max(at);
        let (at, id) = (stream.clear_at, stream.id);
        let parts: Vec<&[u8]> = match (crumbles, bytes.len()) {
            (true, ..4_000) => bytes.chunks(1).collect(),
            // Most events come whole; one seed in four sees every other one in two parts.
            _ if !cut.is_multiple_of(if self.seed.is_multiple_of(4) { 2 } else { 16 }) => vec![bytes],
            _ => vec![&bytes[..cut], &bytes[cut..]],
        };
        for part in parts {
            self.send(at, Input::StreamBytes(id, part.to_vec()));
        }
    }

    /// The connection ends where it is.
    pub fn cut_stream(&mut self) {
        if let Some(stream) = self.stream.take() {
            self.send(stream.clear_at, Input::StreamClosed(stream.id, None));
        }
    }
}

fn lane(url: &Url) -> Lane {
    match url.path() {
        "/" => Lane::Landing,
        "/sources" => Lane::Sources,
        "/collections/tickets/items" => Lane::Pages,
        _ => Lane::Map,
    }
}

fn event_stream() -> Reply {
    Reply { status: 200, content_type: Some("text/event-stream".into()), ..Reply::default() }
}

fn problem(status: u16) -> Reply {
    let content_type = Some("application/problem+json".into());
    Reply { status, content_type, body: b"{\"title\":\"on order\"}".to_vec(), ..Reply::default() }
}
