//! The last good state on disk, so that a wall that starts without its platform shows what was known, with its age and
//! never as live. `keeper.rs` holds what is to be saved, `format.rs` the file's form, `pages.rs` writes the records in the
//! platform's own wire form, `recall.rs` reads them through the same decoders as an answer, `store.rs` replaces the file in
//! one step, `disk.rs` is the file system behind a trait, `writer.rs` the thread that waits for the disk.

pub mod disk;
pub mod format;
pub mod keeper;
pub mod pages;
pub mod recall;
pub mod store;
pub mod writer;

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

pub use disk::{Disk, Folder};
pub use format::Section;
pub use keeper::{Keeper, Note};
pub use recall::{Recollection, recall};
pub use writer::{Writer, put};

/// Largest file written or read.
pub const MAX_BYTES: u64 = 256 << 20;

/// Where and how often the last good state is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheOptions {
    /// The folder of the file; made if it is not there.
    pub folder: PathBuf,
    /// Longest time between a change and its being saved.
    pub every: Duration,
}

/// Why there is no last good state. The wall does without; only the cache is lost.
#[derive(Debug, Error)]
pub enum CacheError {
    /// No file yet.
    #[error("nothing was saved yet")]
    Absent,
    /// The disk refuses.
    #[error("the disk refuses: {0}")]
    Disk(#[from] std::io::Error),
    /// Another file, or one of which the beginning is lost.
    #[error("it is not a cache of gridwall")]
    NotOurs,
    /// Written by another version of the program.
    #[error("it is of version {found}, this program writes version {}", format::VERSION)]
    Version {
        /// The version in the file.
        found: u32,
    },
    /// Not all of it is there, or some of it is not what was written.
    #[error("it is damaged ({0})")]
    Damaged(&'static str),
    /// It is of another platform.
    #[error("it is of another platform, {0}")]
    OtherPlatform(String),
    /// Larger than [`MAX_BYTES`].
    #[error("it is larger than {} MiB", MAX_BYTES >> 20)]
    TooLarge,
}
