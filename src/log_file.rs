//! The log as lines of JSON in a folder, bounded in size: `gridwall.log` and the three before it. For machines whose system
//! keeps no journal.
//!
//! A thread of its own writes, so that a disk that hangs holds up no frame; what it cannot take is counted and dropped. What
//! is logged holds no persons and no secrets; that is the business of whoever logs.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, TrySendError};
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Files beside the one that is written.
const OLD_FILES: u32 = 3;
/// Lines that may wait for the disk.
const WAITING: usize = 4_096;
/// Longest text of a line, bytes; the rest is cut off.
const MAX_TEXT: usize = 4_096;

/// Where the log goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFolder {
    /// The folder; made if it is not there.
    pub folder: PathBuf,
    /// Largest file, bytes.
    pub max_bytes: u64,
}

/// A layer for `tracing` that writes to a folder.
#[derive(Debug)]
pub struct LogFile {
    lines: Sender<String>,
    dropped: Arc<AtomicU64>,
}

impl LogFile {
    /// Starts the writer.
    ///
    /// # Errors
    /// If the folder cannot be made or written, or there is no thread left.
    pub fn start(to: &LogFolder) -> std::io::Result<Self> {
        std::fs::create_dir_all(&to.folder)?;
        let mut file = Rotating::open(to)?;
        let (lines, waiting) = crossbeam_channel::bounded(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let lost = dropped.clone();
        std::thread::Builder::new().name("log".into()).spawn(move || write(&mut file, &waiting, &lost))?;
        Ok(Self { lines, dropped })
    }
}

fn write(file: &mut Rotating, waiting: &Receiver<String>, lost: &AtomicU64) {
    while let Ok(line) = waiting.recv() {
        let lost_now = lost.swap(0, Ordering::Relaxed);
        if lost_now > 0 {
            file.put(&format!("{{\"level\":\"WARN\",\"message\":\"{lost_now} lines of the log were dropped\"}}\n"));
        }
        file.put(&line);
    }
}

impl<S: Subscriber> Layer<S> for LogFile {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields(Map::new());
        fields.0.insert("time".into(), Value::String(jiff::Timestamp::now().to_string()));
        fields.0.insert("level".into(), Value::String(event.metadata().level().to_string()));
        fields.0.insert("target".into(), Value::String(event.metadata().target().to_owned()));
        event.record(&mut fields);
        let line = format!("{}\n", Value::Object(fields.0));
        if let Err(TrySendError::Full(_)) = self.lines.try_send(line) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The fields of one event.
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let end = value.char_indices().map(|(at, _)| at).find(|at| *at >= MAX_TEXT).unwrap_or(value.len());
        self.0.insert(field.name().to_owned(), Value::String(value[..end].to_owned()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

/// A file that makes room for a new one when it is full.
#[derive(Debug)]
struct Rotating {
    path: PathBuf,
    max_bytes: u64,
    file: Option<File>,
    size: u64,
}

impl Rotating {
    fn open(to: &LogFolder) -> std::io::Result<Self> {
        let path = to.folder.join("gridwall.log");
        let file = append(&path)?;
        let size = file.metadata()?.len();
        Ok(Self { path, max_bytes: to.max_bytes, file: Some(file), size })
    }

    /// Writes one line. A disk that refuses costs the line.
    fn put(&mut self, line: &str) {
        if self.size > 0 && self.size + line.len() as u64 > self.max_bytes {
            self.rotate();
        }
        if self.file.is_none() {
            self.file = append(&self.path).ok();
        }
        if let Some(file) = &mut self.file {
            match file.write_all(line.as_bytes()) {
                Ok(()) => self.size += line.len() as u64,
                // The next line tries again.
                Err(_) => self.file = None,
            }
        }
    }

    fn rotate(&mut self) {
        self.file = None;
        for number in (1..OLD_FILES).rev() {
            // A file that is not there yet cannot be moved.
            let _ = std::fs::rename(self.old(number), self.old(number + 1));
        }
        if std::fs::rename(&self.path, self.old(1)).is_err() {
            // It must not grow for ever where nothing can be moved.
            let _ = File::create(&self.path);
        }
        self.size = 0;
    }

    fn old(&self, number: u32) -> PathBuf {
        self.path.with_extension(format!("log.{number}"))
    }
}

fn append(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    fn lines_of(folder: &Path) -> Vec<(String, u64)> {
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.metadata().unwrap().len()))
            .collect();
        files.sort();
        files
    }

    #[test]
    fn events_are_lines_of_json() {
        let dir = tempfile::tempdir().unwrap();
        let folder = LogFolder { folder: dir.path().join("log"), max_bytes: 1 << 20 };
        let layer = LogFile::start(&folder).unwrap();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::info!(seconds = 7_u64, "the wall is \"complete\"\nafter a while");
            tracing::warn!("{}", "长".repeat(5_000));
        });
        // The writer ends with the subscriber, after its last line.
        let path = folder.folder.join("gridwall.log");
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        let text = loop {
            let text = std::fs::read_to_string(&path).unwrap();
            if text.lines().count() == 2 || std::time::Instant::now() > until {
                break text;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        };
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["message"], "the wall is \"complete\"\nafter a while");
        assert_eq!((&lines[0]["seconds"], &lines[0]["level"]), (&Value::from(7), &Value::from("INFO")));
        let long = lines[1]["message"].as_str().unwrap();
        assert!(long.len() <= MAX_TEXT + 3 && long.len() > MAX_TEXT - 3, "{}", long.len());
    }

    #[test]
    fn a_hundred_times_the_room_fills_four_files_and_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let folder = LogFolder { folder: dir.path().to_owned(), max_bytes: 1_000 };
        let mut file = Rotating::open(&folder).unwrap();
        for number in 0..4_000 {
            file.put(&format!("line {number:>19}\n"));
        }
        let files = lines_of(dir.path());
        assert_eq!(files.len(), 1 + OLD_FILES as usize, "{files:?}");
        assert!(files.iter().all(|(_, size)| *size <= 1_000), "{files:?}");
        let newest = std::fs::read_to_string(dir.path().join("gridwall.log")).unwrap();
        assert!(newest.ends_with("3999\n"), "{newest}");
        // A new start goes on where the last one ended.
        let before = newest.len();
        Rotating::open(&folder).unwrap().put("after\n");
        assert!(std::fs::metadata(dir.path().join("gridwall.log")).unwrap().len() >= before as u64 || before > 990);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_and_nothing_else() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let folder = LogFolder { folder: file.path().join("below"), max_bytes: 1 };
        assert!(LogFile::start(&folder).is_err());
    }
}
