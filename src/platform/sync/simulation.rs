//! A model platform, a bad network and a model wall in virtual time, all drawn from one seed. The core runs unmodified.
//! After every step the wall is held against the true history: nothing invented, no version going back, no two epochs
//! mixed, never called current when it is not; and once all faults are over, wall and platform agree.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use reqwest::Url;

use super::*;
use crate::domain::{Stage, Ticket};
use crate::platform::TicketChange;
use crate::platform::sync::ledger::mark;

pub const BASE: &str = "http://platform.test/";
const SECOND: Duration = Duration::from_secs(1);

/// What one object is: its version and stage; the epoch is told by its category.
type State = BTreeMap<String, (u64, Stage)>;

/// The platform: a log of changes, and the list that follows from it.
pub struct LogServer {
    pub epoch: u32,
    pub objects: State,
    log: Vec<(u64, String)>,
    pub seq: u64,
    /// Cursors before this cannot be resumed.
    pub horizon: u64,
    /// Everything that ever was, for the oracle.
    history: BTreeSet<(u32, String, u64, u8)>,
    /// The states of the last seconds.
    recent: Vec<(Mono, u32, State)>,
}

impl LogServer {
    pub fn new() -> Self {
        let (objects, log, history) = (State::new(), Vec::new(), BTreeSet::new());
        let recent = vec![(Mono::ZERO, 1, State::new())];
        Self { epoch: 1, objects, log, seq: 0, horizon: 0, history, recent }
    }

    fn remember(&mut self, now: Mono) {
        self.recent.push((now, self.epoch, self.objects.clone()));
        let keep = self.recent.iter().rposition(|(at, ..)| *at + 12 * SECOND < now).unwrap_or(0);
        self.recent.drain(..keep);
    }

    /// Creates or changes an object; the event as it goes down the stream.
    pub fn put(&mut self, id: &str, stage: Stage, now: Mono) -> String {
        self.seq += 1;
        let ver = self.seq;
        self.objects.insert(id.into(), (ver, stage));
        self.history.insert((self.epoch, id.into(), ver, stage as u8));
        let data = self.feature(id, ver, stage);
        self.log_event("ticket.updated", id, ver, &data, now)
    }

    pub fn delete(&mut self, id: &str, now: Mono) -> Option<String> {
        self.objects.remove(id)?;
        self.seq += 1;
        let ver = self.seq;
        Some(self.log_event("ticket.deleted", id, ver, &format!("{{\"id\":\"{id}\"}}"), now))
    }

    /// What no platform should do: the list changes, the log does not.
    fn change_silently(&mut self, id: &str, stage: Stage, now: Mono) {
        match self.objects.get(id).copied() {
            Some((held, _)) if held < self.seq => {
                self.objects.insert(id.into(), (self.seq, stage));
                self.history.insert((self.epoch, id.into(), self.seq, stage as u8));
            }
            _ => _ = self.objects.remove(id),
        }
        self.remember(now);
    }

    fn log_event(&mut self, name: &str, id: &str, ver: u64, data: &str, now: Mono) -> String {
        let (epoch, seq) = (self.epoch, self.seq);
        let event = format!(
            "id: e{epoch}-{seq}\nevent: {name}\ndata: {{\"subject\":\"{id}\",\"epoch\":\"e{epoch}\",\"seq\":{seq},\"ver\":{ver},\"data\":{data}}}\n\n"
        );
        self.log.push((seq, event.clone()));
        self.remember(now);
        event
    }

    fn feature(&self, id: &str, ver: u64, stage: Stage) -> String {
        format!(
            "{{\"type\":\"Feature\",\"id\":\"{id}\",\"geometry\":null,\"properties\":{{\"service_request_id\":\"{id}\",\"ver\":{ver},\
             \"stage\":\"{}\",\"service_name\":\"e{}\",\"requested_datetime\":\"2026-11-20T08:00:00+08:00\"}}}}",
            stage.key(),
            self.epoch
        )
    }

    pub fn bookmark(&self, seq: u64) -> String {
        let epoch = self.epoch;
        format!("id: e{epoch}-{seq}\nevent: bookmark\ndata: {{\"epoch\":\"e{epoch}\",\"seq\":{seq}}}\n\n")
    }

    pub fn digest(&self) -> String {
        let xor = self.objects.iter().fold(0, |xor, (id, (ver, _))| xor ^ mark(&TicketId::new(id.as_str()), *ver));
        format!(
            "id: e{0}-{1}\nevent: digest\ndata: {{\"epoch\":\"e{0}\",\"seq\":{1},\"collection\":\"tickets\",\"count\":{2},\"xor\":\"{xor:016x}\"}}\n\n",
            self.epoch,
            self.seq,
            self.objects.len()
        )
    }

    /// What a new connection gets first; `None` if the cursor cannot be resumed.
    pub fn catch_up(&self, cursor: Option<&str>) -> Option<String> {
        let Some(cursor) = cursor else { return Some(self.bookmark(self.seq)) };
        let (epoch, seq) = cursor.strip_prefix('e')?.split_once('-')?;
        let seq: u64 = seq.parse().ok()?;
        if epoch != self.epoch.to_string() || seq < self.horizon || seq > self.seq {
            return None;
        }
        let events: String = self.log.iter().filter(|(at, _)| *at > seq).map(|(_, event)| event.as_str()).collect();
        Some(format!("{}{events}{}", self.bookmark(seq), self.bookmark(self.seq)))
    }

    /// A page of the list, two objects at a time, by id after `after`.
    pub fn page(&self, after: &str) -> String {
        let page: Vec<_> = self.objects.iter().filter(|(id, _)| id.as_str() > after).take(2).collect();
        let features: Vec<_> = page.iter().map(|(id, (ver, stage))| self.feature(id, *ver, *stage)).collect();
        let next = match page.last() {
            Some((id, _)) if page.len() == 2 => {
                format!("{{\"rel\":\"next\",\"href\":\"{BASE}collections/tickets/items?after={id}\"}}")
            }
            _ => String::new(),
        };
        format!(
            "{{\"type\":\"FeatureCollection\",\"epoch\":\"e{}\",\"seq\":{},\"links\":[{next}],\"features\":[{}]}}",
            self.epoch,
            self.seq,
            features.join(",")
        )
    }

    /// The history is lost: numbers begin anew, and ids are used again for other things.
    pub fn lose_history(&mut self, now: Mono) {
        self.epoch += 1;
        self.log.clear();
        self.seq = 0;
        self.horizon = 0;
        let ids: Vec<String> = self.objects.keys().step_by(2).cloned().collect();
        self.objects.clear();
        for id in ids {
            self.put(&id, Stage::Report, now);
        }
        self.remember(now);
    }
}

pub const LANDING: &str = r#"{"title":"t","links":[{"rel":"data","href":"/collections"},{"rel":"stream","href":"/stream"},
    {"rel":"sources","href":"/sources"}],"site":{"environment":"demo","clock":{"now":"2026-11-21T14:00:00Z","speed":0}}}"#;

/// What the wall holds.
#[derive(Default)]
pub struct Wall {
    pub tickets: HashMap<TicketId, Ticket>,
    pub lists: u32,
    pub proven_at: Option<Mono>,
    pub trouble: Option<Trouble>,
    pub rejected: u64,
}

/// Which faults a seed has, each with its own weight; most seeds have only some.
#[derive(Debug, Default)]
pub struct Faults {
    pub cut: u64,
    pub lose_event: u64,
    pub repeat: u64,
    pub half_open: u64,
    pub bad_answer: u64,
    pub slow: u64,
    pub restart: u64,
    pub compact: u64,
    pub silent: u64,
    pub broken_record: u64,
    /// Currency is not held against the truth: the platform itself hides a change.
    pub unchecked: bool,
}

/// Platform, network, core and wall.
pub struct World {
    pub now: Mono,
    pub server: LogServer,
    pub core: SyncCore,
    pub wall: Wall,
    pub faults: Faults,
    pub dice: Jitter,
    /// What is under way, by time and order.
    queue: BTreeMap<(Mono, u64), Input>,
    order: u64,
    stream: Option<(StreamId, bool)>,
    stream_clear_at: Mono,
    pub opens: Vec<Mono>,
    pub is_down: bool,
    /// Every connection to the stream is answered with 410.
    pub is_gone: bool,
    pub served: HashMap<String, u32>,
    /// Versions that went down the stream as records nobody can use.
    unusable: BTreeSet<(String, u64)>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let base = Url::parse(BASE).unwrap();
        Self {
            now: Mono::ZERO,
            server: LogServer::new(),
            core: SyncCore::new(SyncOptions { base, seed, start_jitter: false, page_limit: 2 }),
            wall: Wall::default(),
            faults: Faults::default(),
            dice: Jitter(seed ^ 0x5EED),
            queue: BTreeMap::new(),
            order: 0,
            stream: None,
            stream_clear_at: Mono::ZERO,
            opens: Vec::new(),
            is_down: false,
            is_gone: false,
            served: HashMap::new(),
            unusable: BTreeSet::new(),
        }
    }

    /// True once in `1000 / weight`.
    fn strikes(&mut self, weight: u64) -> bool {
        weight > 0 && self.dice.next_u64() % 1000 < weight
    }

    fn send(&mut self, after: Duration, input: Input) {
        self.order += 1;
        self.queue.insert((self.now + after, self.order), input);
    }

    /// Sends text down the stream, cut anywhere.
    pub fn stream_text(&mut self, text: &str) {
        let Some((id, is_dead)) = self.stream else { return };
        if is_dead {
            return;
        }
        let at = (self.dice.next_u64() % (text.len() as u64 + 1)) as usize;
        let latency = self.latency();
        // Bytes of one connection never overtake each other.
        let clear_at = self.stream_clear_at.max(self.now + latency);
        self.stream_clear_at = clear_at;
        for part in [&text.as_bytes()[..at], &text.as_bytes()[at..]] {
            self.send(clear_at - self.now, Input::StreamBytes(id, part.to_vec()));
        }
    }

    fn latency(&mut self) -> Duration {
        let most = if self.strikes(self.faults.slow) { 8 * SECOND } else { Duration::from_millis(50) };
        self.dice.between(Duration::from_millis(1), most)
    }

    pub fn cut_stream(&mut self) {
        if let Some((id, _)) = self.stream.take() {
            let after = self.stream_clear_at.saturating_sub(self.now);
            self.send(after, Input::StreamClosed(id, None));
        }
    }

    /// Tells the core, and does what it wants.
    pub fn tell(&mut self, input: Input) {
        let mut effects = Vec::new();
        // One run can be followed with `GRIDWALL_SIM_TRACE=1`.
        let is_traced = std::env::var_os("GRIDWALL_SIM_TRACE").is_some();
        if is_traced {
            eprintln!("{:?} at {} <- {}", self.now, self.server.seq, short(&input));
        }
        self.core.step(self.now, input, &mut effects);
        if is_traced {
            effects.iter().for_each(|effect| eprintln!("    -> {}", short(effect)));
        }
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Get { request, url, .. } => {
                let latency = self.latency();
                let answer = self.answer(&url);
                let input = match answer {
                    Ok(reply) => Input::Reply(request, reply),
                    Err(failure) => Input::Failed(request, failure),
                };
                let is_hung = matches!(&input, Input::Failed(_, Failure::TimedOut(_)));
                self.send(if is_hung { 20 * SECOND } else { latency }, input);
            }
            Effect::OpenStream { stream, cursor, .. } => self.open(stream, cursor.as_deref()),
            Effect::CloseStream(stream) => {
                if self.stream.is_some_and(|(id, _)| id == stream) {
                    self.stream = None;
                }
            }
            Effect::Cancel(_) | Effect::Note(_) => {}
            Effect::Deliver(delivery) => self.take(delivery),
            Effect::Currency { feed: Feed::Tickets, proven_at, trouble, .. } => {
                let is_proof = trouble.is_none() && proven_at.is_some() && proven_at != self.wall.proven_at;
                (self.wall.proven_at, self.wall.trouble) = (proven_at, trouble);
                if is_proof {
                    self.check_currency(proven_at.unwrap());
                }
            }
            Effect::Currency { .. } => {}
        }
    }

    fn answer(&mut self, url: &Url) -> Result<Reply, Failure> {
        *self.served.entry(url.path().to_owned()).or_default() += 1;
        let reply = |status, kind: &str, body: String| {
            Ok(Reply { status, content_type: Some(kind.into()), body: body.into_bytes(), ..Reply::default() })
        };
        if self.is_down {
            return Err(Failure::Unreachable("refused".into()));
        }
        if self.strikes(self.faults.bad_answer) {
            let good = self.server.page("");
            return match self.dice.next_u64() % 9 {
                0 => Err(Failure::Unreachable("refused".into())),
                1 => Err(Failure::TimedOut("hung".into())),
                2 => reply(500, "text/plain", "oops".into()),
                3 => reply(200, "text/html", "<html>portal</html>".into()),
                4 => reply(200, "application/json", good[..good.len() / 2].into()),
                5 => reply(401, "application/problem+json", "{}".into()),
                6 => reply(410, "application/problem+json", "{}".into()),
                7 => reply(204, "", String::new()),
                _ => reply(503, "", String::new()).map(|reply| Reply { retry_after: Some("7".into()), ..reply }),
            };
        }
        let body = match url.path() {
            "/" => LANDING.into(),
            "/sources" => "{\"sources\":[]}".into(),
            "/collections/tickets/items" => {
                let after =
                    url.query_pairs().find(|(name, _)| name == "after").map_or(String::new(), |(_, id)| id.into());
                self.server.page(&after)
            }
            _ => "{\"type\":\"FeatureCollection\",\"features\":[]}".into(),
        };
        reply(200, "application/geo+json", body)
    }

    fn open(&mut self, stream: StreamId, cursor: Option<&str>) {
        self.opens.push(self.now);
        let latency = self.latency();
        if self.is_down {
            return self.send(latency, Input::StreamClosed(stream, Some(Failure::Unreachable("refused".into()))));
        }
        if self.is_gone {
            return self.send(latency, Input::StreamOpened(stream, Reply { status: 410, ..Reply::default() }));
        }
        if self.strikes(self.faults.bad_answer) {
            let status = [401, 410, 429, 500, 404][(self.dice.next_u64() % 5) as usize];
            self.send(latency, Input::StreamOpened(stream, Reply { status, ..Reply::default() }));
            return;
        }
        let kind = Some("text/event-stream".to_owned());
        self.stream_clear_at = self.now + latency;
        match self.server.catch_up(cursor) {
            Some(text) => {
                self.stream = Some((stream, false));
                self.send(
                    latency,
                    Input::StreamOpened(stream, Reply { status: 200, content_type: kind, ..Reply::default() }),
                );
                self.stream_text(&text);
                if self.strikes(self.faults.half_open) {
                    self.stream = Some((stream, true));
                }
            }
            None if self.dice.next_u64() % 2 == 0 => {
                self.send(latency, Input::StreamOpened(stream, Reply { status: 410, ..Reply::default() }));
            }
            None => {
                self.stream = Some((stream, false));
                self.send(
                    latency,
                    Input::StreamOpened(stream, Reply { status: 200, content_type: kind, ..Reply::default() }),
                );
                self.stream_text("event: reset\ndata: {\"epoch\":\"e\",\"reason\":\"too old\"}\n\n");
                self.cut_stream();
            }
        }
    }

    /// Runs until `until`, with nothing but what is under way.
    pub fn run_until(&mut self, until: Mono) {
        loop {
            let queued = self.queue.first_key_value().map(|((at, _), _)| *at);
            let wake = self.core.wake_at();
            let next = [queued, wake].into_iter().flatten().min().unwrap_or(until).max(self.now);
            if next > until {
                self.now = until;
                return;
            }
            self.now = next;
            let input = match queued {
                Some(at) if at <= next => self.queue.pop_first().map_or(Input::Tick, |(_, input)| input),
                _ => Input::Tick,
            };
            self.tell(input);
        }
    }

    /// One change at the platform, with whatever goes wrong on its way.
    pub fn operate(&mut self) {
        let id = format!("T{}", self.dice.next_u64() % 9);
        let stage = Stage::ALL[(self.dice.next_u64() % 10) as usize];
        let event = if self.dice.next_u64() % 4 == 0 {
            self.server.delete(&id, self.now)
        } else {
            Some(self.server.put(&id, stage, self.now))
        };
        if self.strikes(self.faults.silent) {
            // The platform changes or deletes another object and never says so.
            self.server.change_silently(&format!("T{}", self.dice.next_u64() % 9), stage, self.now);
        }
        if let Some(mut event) = event {
            if self.strikes(self.faults.broken_record) {
                event = event.replace("2026-11-20T08", "yesterday");
                self.unusable.insert((id.clone(), self.server.seq));
            }
            if !self.strikes(self.faults.lose_event) {
                self.stream_text(&event);
            }
            if self.strikes(self.faults.repeat) {
                self.stream_text(&event);
                let old = self.server.log.first().map(|(_, event)| event.clone());
                self.stream_text(&old.unwrap_or_default());
            }
        }
        if self.strikes(self.faults.cut) {
            self.cut_stream();
        }
        if self.strikes(self.faults.half_open)
            && let Some((_, is_dead)) = &mut self.stream
        {
            *is_dead = true;
        }
        if self.strikes(self.faults.compact) {
            self.server.horizon = self.server.seq;
            self.server.log.clear();
        }
        if self.strikes(self.faults.restart) {
            self.server.lose_history(self.now);
            // A proxy in between may keep the connection, which then goes on in another life of the log.
            if self.dice.next_u64() % 2 == 0 {
                self.cut_stream();
            }
        }
    }

    fn take(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Tickets(tickets) => {
                let new: HashMap<_, _> = tickets.into_iter().map(|ticket| (ticket.id.clone(), ticket)).collect();
                for ticket in new.values() {
                    self.check_against(ticket);
                }
                self.wall.tickets = new;
                self.wall.lists += 1;
            }
            Delivery::TicketChanges(changes) => {
                assert!(self.wall.lists > 0, "changes before the first list");
                for change in changes {
                    match change {
                        TicketChange::Upsert(ticket) => {
                            self.check_against(&ticket);
                            self.wall.tickets.insert(ticket.id.clone(), ticket);
                        }
                        TicketChange::Remove(id) => _ = self.wall.tickets.remove(&id),
                    }
                }
            }
            Delivery::Rejected { feed: Feed::Tickets, count, .. } => self.wall.rejected = count,
            _ => {}
        }
        let epochs: BTreeSet<_> = self.wall.tickets.values().map(|ticket| ticket.category.clone()).collect();
        assert!(epochs.len() <= 1, "epochs mixed at {:?}: {epochs:?}", self.now);
    }

    /// Nothing invented, no version going back within an epoch.
    fn check_against(&self, ticket: &Ticket) {
        let epoch: u32 = ticket.category[1..].parse().unwrap();
        let truth = (epoch, ticket.id.as_str().to_owned(), ticket.ver, ticket.stage as u8);
        assert!(self.server.history.contains(&truth), "{truth:?} never was");
        if let Some(held) = self.wall.tickets.get(&ticket.id) {
            let goes_back = held.category == ticket.category && held.ver > ticket.ver;
            assert!(!goes_back, "{} goes back from {} to {}", ticket.id, held.ver, ticket.ver);
        }
    }

    /// Called current at `at`: then the wall equals the platform at some moment of the last ten seconds.
    fn check_currency(&self, at: Mono) {
        if self.faults.unchecked {
            return;
        }
        let held = self.wall_state();
        let recent = &self.server.recent;
        let from = recent.iter().rposition(|(when, ..)| *when + 10 * SECOND <= at).unwrap_or(0);
        let is_true = recent[from..].iter().any(|(_, _, state)| *state == held);
        assert!(is_true, "called current at {at:?} with {held:?}, but the platform has {:?}", self.server.objects);
    }

    /// What the wall should hold: unusable records may be missing until the list is read again.
    fn expected(&self) -> State {
        let mut expected = self.server.objects.clone();
        let held = self.wall_state();
        expected.retain(|id, (ver, _)| held.contains_key(id) || !self.unusable.contains(&(id.clone(), *ver)));
        expected
    }

    pub fn wall_state(&self) -> State {
        let tickets = self.wall.tickets.values();
        tickets.map(|ticket| (ticket.id.to_string(), (ticket.ver, ticket.stage))).collect()
    }
}

/// One run from a seed.
pub fn run(seed: u64) -> World {
    let mut world = World::new(seed);
    let mut weight = |most: u64| if world.dice.next_u64() % 2 == 0 { 0 } else { world.dice.next_u64() % most };
    world.faults = Faults {
        cut: weight(200),
        lose_event: weight(150),
        repeat: weight(200),
        half_open: weight(60),
        bad_answer: weight(400),
        slow: weight(300),
        restart: weight(30),
        compact: weight(100),
        silent: weight(40),
        broken_record: weight(60),
        unchecked: false,
    };
    world.faults.unchecked = world.faults.silent > 0 || world.faults.broken_record > 0;
    world.tell(Input::Tick);
    let mut bookmark_at = Mono::ZERO;
    let mut digest_at = 60 * SECOND;
    let faulty_until = Duration::from_secs(60 + world.dice.next_u64() % 240);
    let end = faulty_until + 150 * SECOND;
    let mut operate_at = Mono::ZERO;
    while world.now < end {
        let next = bookmark_at.min(operate_at).min(digest_at).min(end);
        world.run_until(next);
        if world.now >= faulty_until {
            // What was silent before shows only at the next digest.
            world.faults = Faults { unchecked: true, ..Faults::default() };
            operate_at = Mono::MAX;
        }
        if bookmark_at <= world.now {
            let text = world.server.bookmark(world.server.seq);
            world.stream_text(&text);
            bookmark_at = world.now + 5 * SECOND;
        }
        if digest_at <= world.now {
            let text = world.server.digest();
            world.stream_text(&text);
            digest_at = world.now + 60 * SECOND;
        }
        if operate_at <= world.now {
            world.operate();
            operate_at = world.now + world.dice.between(Duration::from_millis(10), 4 * SECOND);
        }
    }
    world
}

fn short(what: &(impl std::fmt::Debug + 'static)) -> String {
    let mut text = format!("{what:?}");
    if let Input::StreamBytes(_, bytes) = (what as &dyn std::any::Any).downcast_ref().unwrap_or(&Input::Tick) {
        text = format!("bytes {}", String::from_utf8_lossy(bytes).replace('\n', "|"));
    }
    text.chars().take(300).collect()
}

/// Seeds to run; more by `GRIDWALL_SIM_SEEDS`.
fn seeds() -> u64 {
    std::env::var("GRIDWALL_SIM_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(1_500)
}

#[test]
fn wall_and_platform_agree_after_any_mix_of_faults() {
    let mut sum = Stats::default();
    let only: Option<u64> = std::env::var("SIM_SEED").ok().and_then(|seed| seed.parse().ok());
    for seed in only.map_or(0..seeds(), |seed| seed..seed + 1) {
        let world = std::panic::catch_unwind(|| run(seed)).unwrap_or_else(|_| panic!("SIM_SEED={seed}"));
        assert_eq!(world.wall_state(), world.expected(), "SIM_SEED={seed}: they differ after healing");
        assert!(world.wall.trouble.is_none(), "SIM_SEED={seed}: {:?}", world.wall.trouble);
        let age = world.now - world.wall.proven_at.unwrap_or_default();
        assert!(age <= 10 * SECOND, "SIM_SEED={seed}: last proof {age:?} ago");
        for tries in world.opens.windows(super::pace::TRIES_PER_MINUTE + 1) {
            assert!(tries[super::pace::TRIES_PER_MINUTE] - tries[0] >= 59 * SECOND, "SIM_SEED={seed}: too many tries");
        }
        let stats = world.core.stats();
        sum.gaps += stats.gaps;
        sum.relists += stats.relists;
        sum.repeated += stats.repeated;
        sum.outdated += stats.outdated;
        sum.digest_mismatches += stats.digest_mismatches;
        sum.stale_lists += stats.stale_lists;
    }
    eprintln!("{} seeds: {sum:?}", seeds());
    // The faults must have happened, or the test proves nothing.
    assert!(sum.gaps > 100 && sum.relists > 100 && sum.repeated > 100 && sum.digest_mismatches > 10, "{sum:?}");
}

#[test]
fn the_same_seed_is_the_same_run() {
    let trace = |seed| {
        let world = run(seed);
        (world.opens.clone(), world.wall_state(), world.core.stats())
    };
    for seed in 0..20 {
        assert_eq!(trace(seed), trace(seed), "SIM_SEED={seed}");
    }
}
