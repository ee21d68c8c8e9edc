//! The thread named `platform`: the loop around the sync core. It keeps the sockets and the clock, carries out effects,
//! brings back what happened, and hands deliveries to the wall. Nothing outside it ever waits for the network.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::cache::{Note, Writer, writer};
use super::chronometer::{Chronometer, reference};
use super::health::{Health, HealthBoard};
use super::http::{Http, PlatformConfig, StartError, chunk};
use super::outbox::Outbox;
use super::sync::{Effect, Input, Mono, RequestId, StreamId, SyncCore, SyncOptions};
use super::{Ask, Delivery};
use crate::domain::{Feed, Trouble};

/// Deliveries that may wait for the wall.
const CHANNEL: usize = 256;
/// Inputs that may wait for the core; more stay in the sockets.
const INPUTS: usize = 64;
/// How often the clocks are looked at, whatever happens: within this time a sleep of the machine is noticed.
const LOOK_AT_CLOCKS: Duration = Duration::from_secs(1);
/// How often the state is told.
const REPORT_EVERY: Duration = Duration::from_secs(1);
/// How long dropping a [`Link`] waits for the thread.
const STOP_WITHIN: Duration = Duration::from_secs(3);

enum Command {
    Ask(Ask),
    Stop,
}

/// The wall's end of the platform thread. Dropping it stops the thread.
#[derive(Debug)]
pub struct Link {
    /// What the platform thread has for the wall, in order.
    pub deliveries: Receiver<Delivery>,
    /// The state of the thread, once a second.
    pub health: HealthBoard,
    commands: mpsc::UnboundedSender<Command>,
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Link {
    /// Asks the platform thread; never waits.
    pub fn ask(&self, ask: Ask) {
        // A thread that has ended answers nothing.
        let _ = self.commands.send(Command::Ask(ask));
    }

    /// The same as a function that can be kept elsewhere.
    pub fn asker(&self) -> impl Fn(Ask) + Send + Sync + Clone + 'static {
        let commands = self.commands.clone();
        move |ask| _ = commands.send(Command::Ask(ask))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Stop);
        // The thread drops its end of `ended` when it is done.
        if let Err(crossbeam_channel::RecvTimeoutError::Timeout) = self.ended.recv_timeout(STOP_WITHIN) {
            tracing::warn!("the platform thread did not stop within {STOP_WITHIN:?}");
            return;
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts the platform thread. `wake` is called after deliveries were put into the channel.
pub fn start(config: PlatformConfig, wake: impl Fn() + Send + Sync + 'static) -> Result<Link, StartError> {
    let base = config.base()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Made here, so that a wrong certificate file is told to whoever starts us.
    let http = Http::new(&config)?;
    let PlatformConfig { seed, start_jitter, page_limit, cache, .. } = config;
    let platform = base.to_string();
    let core = SyncCore::new(SyncOptions { base, seed, start_jitter, page_limit });
    let (delivery_sender, deliveries) = crossbeam_channel::bounded(CHANNEL);
    let (commands, command_receiver) = mpsc::unbounded_channel();
    let (ended_sender, ended) = crossbeam_channel::bounded(1);
    let health = HealthBoard::default();
    let board = health.clone();
    let mut outbox = Outbox::new(delivery_sender, Box::new(wake));
    let thread = std::thread::Builder::new().name("platform".into()).spawn(move || {
        let _ended = ended_sender;
        let writer = cache.and_then(|options| {
            let (recollections, kept) = writer::read(&options, &platform);
            for recollection in recollections {
                recollection.deliveries().into_iter().for_each(|delivery| outbox.push(delivery, Instant::now()));
            }
            let started = Writer::start(options, platform, kept);
            started.inspect_err(|error| tracing::warn!("the last good state is not kept: {error}")).ok()
        });
        runtime.block_on(PlatformLoop::new(core, http, outbox, writer, board).run(command_receiver));
        // A name look-up that hangs must not hold us.
        runtime.shutdown_background();
    })?;
    Ok(Link { deliveries, health, commands, ended, thread: Some(thread) })
}

/// What was told of a feed's currency, in our own time.
#[derive(Clone)]
struct Told {
    proven_at: Option<Mono>,
    trouble: Option<Trouble>,
    retry_at: Option<Mono>,
}

struct PlatformLoop {
    core: SyncCore,
    http: Arc<Http>,
    outbox: Outbox,
    writer: Option<Writer>,
    health: HealthBoard,
    reported_at: Option<Instant>,
    started: Instant,
    chronometer: Chronometer,
    looked_at: Instant,
    /// The last mark of currency of every feed, to be told anew when the machine has slept.
    told: HashMap<Feed, Told>,
    sender: mpsc::Sender<Input>,
    inputs: mpsc::Receiver<Input>,
    requests: HashMap<RequestId, AbortHandle>,
    streams: HashMap<StreamId, AbortHandle>,
    effects: Vec<Effect>,
}

impl PlatformLoop {
    fn new(core: SyncCore, http: Http, outbox: Outbox, writer: Option<Writer>, health: HealthBoard) -> Self {
        let (sender, inputs) = mpsc::channel(INPUTS);
        Self {
            core,
            http: Arc::new(http),
            outbox,
            writer,
            health,
            reported_at: None,
            started: Instant::now(),
            chronometer: Chronometer::default(),
            looked_at: Instant::now(),
            told: HashMap::new(),
            sender,
            inputs,
            requests: HashMap::new(),
            streams: HashMap::new(),
            effects: Vec::new(),
        }
    }

    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        self.step(Input::Tick);
        loop {
            self.report();
            let Ok(flush_at) = self.outbox.flush(Instant::now()) else { return };
            let core_at = self.core.wake_at().and_then(|at| self.instant(at));
            let look_at = Some(Instant::now() + LOOK_AT_CLOCKS);
            let wake_at = [flush_at, core_at, look_at].into_iter().flatten().min().unwrap_or_else(Instant::now);
            let is_crowded = self.outbox.is_crowded();
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(Command::Ask(ask)) => self.step(Input::Ask(ask)),
                    Some(Command::Stop) | None => return,
                },
                input = self.inputs.recv(), if !is_crowded => {
                    if let Some(input) = input {
                        self.step(input);
                    }
                }
                () = tokio::time::sleep_until(wake_at.into()) => {
                    if core_at.is_some_and(|at| at <= Instant::now()) {
                        self.step(Input::Tick);
                    } else {
                        self.look_at_clocks();
                    }
                }
            }
        }
    }

    /// Tells how things are, once a second.
    fn report(&mut self) {
        if self.reported_at.is_some_and(|at| at.elapsed() < REPORT_EVERY) {
            return;
        }
        let at = Instant::now();
        self.reported_at = Some(at);
        let now = self.chronometer.now() + at.saturating_duration_since(self.looked_at);
        self.health.hang(Health { at, now, report: self.core.report() });
    }

    fn step(&mut self, input: Input) {
        match &input {
            Input::Reply(request, _) | Input::Failed(request, _) => _ = self.requests.remove(request),
            Input::StreamClosed(stream, _) => _ = self.streams.remove(stream),
            _ => {}
        }
        let now = self.look_at_clocks();
        self.step_core(now, input);
    }

    /// Our time; if the machine slept, what is under way is given up and what was told of the feeds' age is corrected.
    fn look_at_clocks(&mut self) -> Mono {
        self.looked_at = Instant::now();
        let (now, missed) = self.chronometer.read(self.looked_at - self.started, reference());
        if let Some(missed) = missed {
            tracing::warn!(
                "the machine slept for {missed:?}, or its clock was set forward: everything is asked for anew"
            );
            for (feed, told) in self.told.clone() {
                self.tell_currency(feed, told);
            }
            self.step_core(now, Input::Slept);
        }
        now
    }

    /// The system's time of a moment of ours.
    fn instant(&self, at: Mono) -> Option<Instant> {
        // Since the last look both clocks have gone on alike.
        let (now, ours) = (self.looked_at, self.chronometer.now());
        if at >= ours { now.checked_add(at - ours) } else { now.checked_sub(ours - at) }
    }

    fn tell_currency(&mut self, feed: Feed, told: Told) {
        let Told { proven_at, trouble, retry_at } = told;
        let proven_at = proven_at.and_then(|at| self.instant(at));
        let retry_at = retry_at.and_then(|at| self.instant(at));
        self.outbox.push(Delivery::Currency { feed, proven_at, trouble, retry_at }, Instant::now());
    }

    fn step_core(&mut self, now: Mono, input: Input) {
        let mut effects = std::mem::take(&mut self.effects);
        self.core.step(now, input, &mut effects);
        for effect in effects.drain(..) {
            self.carry_out(effect);
        }
        self.effects = effects;
    }

    fn carry_out(&mut self, effect: Effect) {
        let now = Instant::now();
        match effect {
            Effect::Deliver(delivery) => {
                if let Some(writer) = &mut self.writer
                    && let Some(note) = Note::of(&delivery)
                {
                    writer.note(note, self.chronometer.now());
                }
                self.outbox.push(delivery, now);
            }
            Effect::Currency { feed, proven_at, trouble, retry_at } => {
                match (&trouble, proven_at, &mut self.writer) {
                    (Some(trouble), ..) => tracing::warn!("{}: {}", feed.key(), trouble.detail()),
                    (None, Some(at), Some(writer)) => writer.note(Note::Proven(feed, at), self.chronometer.now()),
                    _ => {}
                }
                let told = Told { proven_at, trouble, retry_at };
                self.told.insert(feed, told.clone());
                self.tell_currency(feed, told);
            }
            Effect::Note(note) => tracing::info!("{note}"),
            Effect::Get { request, url, etag } => {
                tracing::debug!("GET {url}");
                let (http, sender) = (self.http.clone(), self.sender.clone());
                let task = tokio::spawn(async move {
                    let input = match http.get(url, etag).await {
                        Ok(reply) => Input::Reply(request, reply),
                        Err(failure) => Input::Failed(request, failure),
                    };
                    // Nobody listens only when the thread ends.
                    let _ = sender.send(input).await;
                });
                self.requests.insert(request, task.abort_handle());
            }
            Effect::Cancel(request) => {
                if let Some(task) = self.requests.remove(&request) {
                    task.abort();
                }
            }
            Effect::OpenStream { stream, url, cursor } => {
                tracing::debug!("stream {url} from {}", cursor.as_deref().unwrap_or("now"));
                let (http, sender) = (self.http.clone(), self.sender.clone());
                let task = tokio::spawn(async move {
                    let failure = follow_stream(&http, stream, url, cursor, &sender).await;
                    let _ = sender.send(Input::StreamClosed(stream, failure)).await;
                });
                self.streams.insert(stream, task.abort_handle());
            }
            Effect::CloseStream(stream) => {
                if let Some(task) = self.streams.remove(&stream) {
                    task.abort();
                }
            }
        }
    }
}

/// Passes on a stream until it ends; why it did, if not in good order.
async fn follow_stream(
    http: &Http,
    stream: StreamId,
    url: reqwest::Url,
    cursor: Option<String>,
    sender: &mpsc::Sender<Input>,
) -> Option<super::sync::Failure> {
    let (reply, response) = match http.open(url, cursor).await {
        Ok(opened) => opened,
        Err(failure) => return Some(failure),
    };
    sender.send(Input::StreamOpened(stream, reply)).await.ok()?;
    let mut response = response?;
    loop {
        match chunk(&mut response).await {
            Ok(Some(bytes)) => sender.send(Input::StreamBytes(stream, bytes)).await.ok()?,
            Ok(None) => return None,
            Err(failure) => return Some(failure),
        }
    }
}
