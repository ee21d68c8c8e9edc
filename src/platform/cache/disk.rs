//! The file system as the cache needs it, behind a trait, so that tests can let any single operation fail and the power
//! fail between any two. [`Folder`] is the real one.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// One folder of small names. Operations are as fine as they can fail.
pub trait Disk {
    /// Makes the folder, if it is not there.
    fn make_folder(&mut self) -> io::Result<()>;
    /// All of a file, but an error of kind [`io::ErrorKind::FileTooLarge`] if it is longer than `most` bytes.
    fn read(&mut self, name: &str, most: u64) -> io::Result<Vec<u8>>;
    /// Writes a new file, or over an old one. Not yet durable.
    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// Makes a file's content durable.
    fn sync(&mut self, name: &str) -> io::Result<()>;
    /// Puts a file in another's place in one step.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    /// Makes renamings and removals durable.
    fn sync_folder(&mut self) -> io::Result<()>;
    /// Removes a file.
    fn remove(&mut self, name: &str) -> io::Result<()>;
}

/// A folder of the real file system.
#[derive(Clone, Debug)]
pub struct Folder(pub PathBuf);

impl Disk for Folder {
    fn make_folder(&mut self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0)
    }

    fn read(&mut self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        let file = File::open(self.0.join(name))?;
        let mut bytes = Vec::with_capacity(file.metadata()?.len().min(most) as usize);
        file.take(most + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes)
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // What a wall knows is for its own user only.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.0.join(name))?.write_all(bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        fs::OpenOptions::new().write(true).open(self.0.join(name))?.sync_all()
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        // Other systems have no such thing, and their renaming is durable enough for a cache.
        if cfg!(unix) { File::open(&self.0)?.sync_all() } else { Ok(()) }
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }
}
