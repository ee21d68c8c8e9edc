//! The wall as a child process: started with its leash (stdin) and its pulse (stdout) in our hand, watched, ended.
//!
//! Everything here is `std::process`: it works wherever the wall does. Partner: `mod.rs`, which decides.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

use super::beat::Beat;

/// Longest line that is read from the wall; more of it is dropped.
const MAX_LINE: u64 = 4_096;

/// How the wall is.
#[derive(Debug, PartialEq, Eq)]
pub enum State {
    /// Pictures leave it.
    Well,
    /// Started, and nothing has been shown yet.
    Starting,
    /// It has shown nothing new for so long.
    Silent(Duration),
    /// It has ended.
    Ended(ExitStatus),
}

/// One running wall.
#[derive(Debug)]
pub struct Wall {
    child: Child,
    /// Closing it asks the wall to end.
    leash: Option<ChildStdin>,
    beats: Receiver<Beat>,
    last: Beat,
    started: Instant,
    heard: Instant,
    is_shown: bool,
}

impl Wall {
    /// Starts `program` with `args`.
    ///
    /// # Errors
    /// If the system does not start it.
    pub fn start(program: &Path, args: &[String]) -> std::io::Result<Self> {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        // The service manager hears from us alone.
        for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
            command.env_remove(name);
        }
        let mut child = command.spawn()?;
        let (sender, beats) = channel();
        if let Some(pulse) = child.stdout.take() {
            std::thread::Builder::new().name("pulse".into()).spawn(move || {
                use std::io::Read as _;
                let mut pulse = BufReader::new(pulse);
                let mut line = Vec::new();
                while pulse.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                    let text = String::from_utf8_lossy(&line);
                    match Beat::read(&text) {
                        Some(beat) => {
                            if sender.send(beat).is_err() {
                                return;
                            }
                        }
                        None => tracing::debug!("the wall says: {}", text.trim_end()),
                    }
                    line.clear();
                }
            })?;
        }
        let leash = child.stdin.take();
        let now = Instant::now();
        Ok(Self { child, leash, beats, last: Beat::default(), started: now, heard: now, is_shown: false })
    }

    /// Its process number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How long it has been running.
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// How it is now.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn look(&mut self) -> std::io::Result<State> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(State::Ended(status));
        }
        loop {
            match self.beats.try_recv() {
                Ok(beat) => {
                    if beat.is_alive_since(&self.last) {
                        (self.heard, self.is_shown) = (Instant::now(), true);
                    }
                    self.last = beat;
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        let silent = self.heard.elapsed();
        Ok(match self.is_shown {
            false => State::Starting,
            true if silent < super::beat::INTERVAL * 4 => State::Well,
            true => State::Silent(silent),
        })
    }

    /// Asks it to end.
    pub fn let_go(&mut self) {
        self.leash = None;
    }

    /// Ends it at once and waits until it is gone.
    pub fn kill(&mut self) {
        self.leash = None;
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Wall {
    fn drop(&mut self) {
        self.kill();
    }
}
