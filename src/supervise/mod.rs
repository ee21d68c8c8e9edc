//! `gridwall supervise`: starts the wall as a child process and starts it again when it ends, hangs or shows nothing new.
//!
//! Two processes, because a wall that hangs cannot help itself. The supervisor knows no window and no adapter; it lives
//! from the heartbeat of `wall::beat`. After three ends within a minute the wall starts in safe mode; it never gives up.

pub mod beat;
pub mod child;
pub mod notify;
pub mod policy;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use child::{State, Wall};
use notify::Notify;
use policy::Policy;

/// How often the wall is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How long a wall that was asked to end may take.
const STOP_WITHIN: Duration = Duration::from_secs(8);

/// What is watched, and how patiently.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program; normally ourselves.
    pub program: PathBuf,
    /// Arguments of the wall.
    pub args: Vec<String>,
    /// A wall that has shown nothing new for so long hangs.
    pub hang_after: Duration,
    /// A wall that has shown nothing at all for so long after its start hangs.
    pub start_within: Duration,
}

/// How one wall came to its end.
enum End {
    /// We were asked to stop, and it has stopped.
    Stopped,
    /// It closed in good order: somebody closed its window.
    Closed,
    /// It must be started again, because of this.
    Broken(String),
}

/// Watches until the wall is closed in good order or we are asked to stop.
///
/// # Errors
/// If we cannot even listen for being asked to stop.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(watch(options))
}

async fn watch(options: &Options) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let mut manager = Manager::new();
    let mut policy = Policy::default();
    let mut is_safe = false;
    let mut stop = std::pin::pin!(asked_to_stop());
    loop {
        let started = Instant::now();
        let mut args = options.args.clone();
        args.extend(["--supervised".to_owned(), policy.restarts.to_string()]);
        if is_safe {
            args.push("--safe".to_owned());
        }
        let end = match Wall::start(&options.program, &args) {
            Err(error) => End::Broken(format!("cannot be started: {error}")),
            Ok(mut wall) => {
                let mode = if is_safe { " in safe mode" } else { "" };
                tracing::info!("the wall was started{mode}, process {}", wall.id());
                manager.say(&format!("STATUS=starting the wall{mode}"));
                follow(&mut wall, options, &mut manager, &mut stop).await?
            }
        };
        let why = match end {
            End::Stopped => {
                tracing::info!("asked to stop; the wall is closed");
                return Ok(ExitCode::SUCCESS);
            }
            End::Closed => {
                tracing::info!("the wall was closed");
                manager.say("STOPPING=1");
                return Ok(ExitCode::SUCCESS);
            }
            End::Broken(why) => why,
        };
        let next = policy.ended(begun.elapsed(), started.elapsed());
        is_safe = next.is_safe;
        tracing::warn!(
            "the wall {why}, after {:.1} s; start {} follows in {:.2} s{}",
            started.elapsed().as_secs_f64(),
            policy.restarts + 1,
            next.pause.as_secs_f64(),
            if is_safe { ", in safe mode" } else { "" }
        );
        manager.say(&format!("STATUS=the wall {why}; starting it again"));
        let until = Instant::now() + next.pause;
        while Instant::now() < until {
            tokio::select! {
                stopped = &mut stop => {
                    stopped.context("the system's signals cannot be heard")?;
                    manager.say("STOPPING=1");
                    return Ok(ExitCode::SUCCESS);
                }
                () = tokio::time::sleep(LOOK.min(until.saturating_duration_since(Instant::now()))) => manager.watchdog(),
            }
        }
    }
}

/// Follows one wall to its end.
async fn follow(
    wall: &mut Wall,
    options: &Options,
    manager: &mut Manager,
    stop: &mut (impl Future<Output = std::io::Result<()>> + Unpin),
) -> anyhow::Result<End> {
    let mut is_told = false;
    loop {
        tokio::select! {
            stopped = &mut *stop => {
                stopped.context("the system's signals cannot be heard")?;
                manager.say("STOPPING=1");
                return Ok(stopped_in_order(wall, manager).await);
            }
            () = tokio::time::sleep(LOOK) => {}
        }
        manager.watchdog();
        match wall.look()? {
            State::Well => {
                if !std::mem::replace(&mut is_told, true) {
                    tracing::info!(
                        "the wall shows its first picture {:.1} s after its start",
                        wall.age().as_secs_f64()
                    );
                    manager.say("READY=1\nSTATUS=the wall is shown");
                }
            }
            State::Starting if wall.age() >= options.start_within => {
                wall.kill();
                let limit = options.start_within.as_secs_f64();
                return Ok(End::Broken(format!("has shown nothing within {limit} s of its start and was ended")));
            }
            State::Silent(silent) if silent >= options.hang_after => {
                wall.kill();
                return Ok(End::Broken(format!(
                    "has shown nothing new for {:.1} s and was ended",
                    silent.as_secs_f64()
                )));
            }
            State::Starting | State::Silent(_) => {}
            State::Ended(status) if status.success() => return Ok(End::Closed),
            State::Ended(status) => return Ok(End::Broken(format!("ended ({status})"))),
        }
    }
}

/// Asks the wall to end and waits for it; it is ended by force if it does not.
async fn stopped_in_order(wall: &mut Wall, manager: &mut Manager) -> End {
    wall.let_go();
    let until = Instant::now() + STOP_WITHIN;
    while Instant::now() < until {
        manager.settle();
        if matches!(wall.look(), Ok(State::Ended(_)) | Err(_)) {
            return End::Stopped;
        }
        tokio::time::sleep(LOOK).await;
    }
    tracing::warn!("the wall did not close within {STOP_WITHIN:?} and was ended");
    wall.kill();
    End::Stopped
}

/// Waits until the system or a person asks us to stop: SIGTERM, SIGINT or SIGHUP, Ctrl+C elsewhere.
///
/// # Errors
/// If the system does not let us hear it.
pub async fn asked_to_stop() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let mut hup = signal(SignalKind::hangup())?;
        tokio::select! { _ = term.recv() => (), _ = int.recv() => (), _ = hup.recv() => () }
        Ok(())
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// The service manager, if there is one.
struct Manager {
    notify: Option<Notify>,
    every: Option<Duration>,
    fed: Instant,
    /// What a manager that is behind has not taken yet: `READY=1` that is lost is a wall that systemd ends.
    owed: Vec<String>,
}

impl Manager {
    fn new() -> Self {
        Self {
            notify: Notify::from_environment(),
            every: notify::watchdog_interval(),
            fed: Instant::now(),
            owed: Vec::new(),
        }
    }

    fn say(&mut self, words: &str) {
        // A newer status takes an older one's place.
        let is_status = words.starts_with("STATUS=");
        self.owed.retain(|owed| owed != words && !(is_status && owed.starts_with("STATUS=")));
        self.owed.push(words.to_owned());
        self.settle();
    }

    /// Sends what is owed, in order, as far as it is taken.
    fn settle(&mut self) {
        let taken = match &self.notify {
            Some(notify) => self.owed.iter().take_while(|words| notify.send(words)).count(),
            None => self.owed.len(),
        };
        self.owed.drain(..taken);
    }

    /// Says that we are alive, again and again; whether the wall is, is our own business.
    fn watchdog(&mut self) {
        self.settle();
        let Some(notify) = &self.notify else { return };
        if self.owed.is_empty()
            && self.every.is_some_and(|every| self.fed.elapsed() >= every)
            && notify.send("WATCHDOG=1")
        {
            self.fed = Instant::now();
        }
    }
}
