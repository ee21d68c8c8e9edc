//! The thread named `cache`: holds the [`Keeper`] and waits for the disk, so that nobody else does. A disk that is full,
//! slow or gone costs the cache and a line in the log. Partner: `platform/thread.rs`, which sends the notes.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::disk::{Disk, Folder};
use super::keeper::{Keeper, Note};
use super::{CacheError, CacheOptions, Recollection, Section, recall, store};
use crate::domain::Feed;
use crate::platform::sync::Mono;

/// Notes that may wait for a slow disk; then tickets are left out until the next complete list.
const WAITING: usize = 1_024;
/// Longest wait for the last save when the wall ends.
const STOP_WITHIN: Duration = Duration::from_secs(2);

enum Word {
    Note(Note, Mono),
    Stop,
}

/// The sending end. Dropping it saves once more and ends the thread.
#[derive(Debug)]
pub struct Writer {
    words: SyncSender<Word>,
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
    /// A note about tickets was lost; nothing about them is sent until a complete list.
    has_lost_track: bool,
    /// Withdrawals that found the queue full; they are never lost.
    owed: Vec<(Note, Mono)>,
}

/// Reads what was saved for this platform: what the wall is to be told, and what the writer is to go on with.
pub fn read(options: &CacheOptions, platform: &str) -> (Vec<Recollection>, Vec<Section>) {
    let mut folder = Folder(options.folder.clone());
    let path = options.folder.join(store::NAME);
    match store::load(&mut folder, platform) {
        Ok(sections) => (recall(&sections, Timestamp::now()), sections),
        Err(CacheError::Absent) => (Vec::new(), Vec::new()),
        Err(error) => {
            tracing::warn!("{}: the last good state is not used: {error}", path.display());
            (Vec::new(), Vec::new())
        }
    }
}

impl Writer {
    /// Starts the thread. `kept` is what the disk holds.
    pub fn start(options: CacheOptions, platform: String, kept: Vec<Section>) -> io::Result<Self> {
        let (words, receiver) = sync_channel(WAITING);
        let (ended_sender, ended) = sync_channel(1);
        let keeper = Keeper::new(platform, options.every, kept);
        let thread = std::thread::Builder::new().name("cache".into()).spawn(move || {
            run(keeper, Folder(options.folder), &receiver);
            drop(ended_sender);
        })?;
        Ok(Self { words, ended, thread: Some(thread), has_lost_track: false, owed: Vec::new() })
    }

    /// Sends a note; never waits.
    pub fn note(&mut self, note: Note, now: Mono) {
        while let Some((owed, at)) = self.owed.pop() {
            if let Err(TrySendError::Full(Word::Note(owed, at))) = self.words.try_send(Word::Note(owed, at)) {
                self.owed.push((owed, at));
                break;
            }
        }
        if self.has_lost_track && matches!(note, Note::Changes(_) | Note::Proven(Feed::Tickets, _)) {
            return;
        }
        let is_list = matches!(note, Note::Tickets(_));
        match self.words.try_send(Word::Note(note, now)) {
            Ok(()) => self.has_lost_track &= !is_list,
            Err(TrySendError::Full(Word::Note(note @ Note::Withdrawn(_), at))) => self.owed.push((note, at)),
            Err(TrySendError::Full(Word::Note(Note::Changes(_) | Note::Tickets(_), _))) => {
                tracing::warn!("the disk does not keep up: tickets are not saved until the next complete list");
                self.has_lost_track = true;
            }
            Err(_) => {}
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.words.try_send(Word::Stop).is_err() {
            return;
        }
        // The thread drops its end when it is done.
        if let Err(RecvTimeoutError::Timeout) = self.ended.recv_timeout(STOP_WITHIN) {
            tracing::warn!("the last good state could not be saved within {STOP_WITHIN:?}");
            return;
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(mut keeper: Keeper, mut disk: Folder, words: &Receiver<Word>) {
    // The clock of the notes runs on between them.
    let mut heard: (Mono, Instant) = (Mono::ZERO, Instant::now());
    let mut is_refused = false;
    loop {
        let now = heard.0 + heard.1.elapsed();
        let wait = keeper.due_at().map_or(Duration::from_secs(3600), |due| due.saturating_sub(now));
        match words.recv_timeout(wait) {
            Ok(Word::Note(note, at)) => {
                heard = (at, Instant::now());
                keeper.take(note, at);
            }
            Ok(Word::Stop) | Err(RecvTimeoutError::Disconnected) => {
                if keeper.due_at().is_some() {
                    save(&mut keeper, &mut disk, now, &mut is_refused);
                }
                return;
            }
            Err(RecvTimeoutError::Timeout) => {
                let now = heard.0 + heard.1.elapsed();
                if keeper.due_at().is_some_and(|due| due <= now) {
                    save(&mut keeper, &mut disk, now, &mut is_refused);
                }
            }
        }
    }
}

/// Saves; says in the log when the disk begins to refuse and when it takes again.
fn save(keeper: &mut Keeper, disk: &mut Folder, now: Mono, is_refused: &mut bool) {
    match put(keeper, disk, now, Timestamp::now()) {
        Ok(()) if std::mem::take(is_refused) => tracing::info!("the last good state is saved again"),
        Ok(()) => {}
        Err(error) if !std::mem::replace(is_refused, true) => {
            tracing::warn!("{}: the last good state cannot be saved: {error}; the wall goes on", disk.0.display());
        }
        Err(_) => {}
    }
}

/// Brings the keeper's state to the disk.
pub fn put(keeper: &mut Keeper, disk: &mut impl Disk, now: Mono, wall: Timestamp) -> Result<(), CacheError> {
    let put = match keeper.file(now, wall) {
        Ok(Some(file)) => store::save(disk, &file).map_err(CacheError::from),
        Ok(None) => store::forget(disk).map_err(CacheError::from),
        // What is too large to be saved must not leave an older state behind that says otherwise.
        Err(error) => store::forget(disk).map_err(CacheError::from).and(Err(error)),
    };
    match &put {
        Ok(()) => keeper.saved(),
        Err(_) => {
            // What we may not keep goes, even if a full disk then keeps nothing at all.
            let is_gone = keeper.owes_removal() && store::forget(disk).is_ok();
            keeper.refused(now, is_gone);
        }
    }
    put
}
