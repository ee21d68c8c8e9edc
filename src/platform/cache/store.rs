//! Replaces the file in one step and reads it back: write beside it, make that durable, rename, make the renaming
//! durable. A power cut at any point leaves the old file or the new one. Partner: `disk.rs`.

use std::io;

use super::disk::Disk;
use super::format::{self, Section};
use super::{CacheError, MAX_BYTES};

/// The file.
pub const NAME: &str = "last-good.cache";
/// The file while it is being written.
pub const DRAFT: &str = "last-good.draft";

/// Puts `file` in the place of what was saved before.
pub fn save(disk: &mut impl Disk, file: &[u8]) -> io::Result<()> {
    disk.make_folder()?;
    let written = disk.write(DRAFT, file).and_then(|()| disk.sync(DRAFT)).and_then(|()| disk.rename(DRAFT, NAME));
    if written.is_err() {
        // A full disk must not stay full because of us.
        let _ = disk.remove(DRAFT);
    }
    written.and_then(|()| disk.sync_folder())
}

/// What was saved for this platform.
pub fn load(disk: &mut impl Disk, platform: &str) -> Result<Vec<Section>, CacheError> {
    match disk.read(NAME, MAX_BYTES) {
        Ok(file) => format::decode(&file, platform),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(CacheError::Absent),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(CacheError::TooLarge),
        Err(error) => Err(error.into()),
    }
}

/// Removes everything that was saved.
pub fn forget(disk: &mut impl Disk) -> io::Result<()> {
    let mut is_any = false;
    for name in [DRAFT, NAME] {
        match disk.remove(name) {
            Ok(()) => is_any = true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    if is_any { disk.sync_folder() } else { Ok(()) }
}
