//! A disk in memory that fails on order: the k-th operation, all of them, or all that write; and that forgets, when the
//! power fails, whatever was not made durable. It counts its operations, so that a sweep over all of them can end.

use std::collections::BTreeMap;
use std::io;

use crate::platform::cache::Disk;
use crate::platform::sync::Jitter;

#[derive(Clone, Debug, Default)]
struct Inode {
    bytes: Vec<u8>,
    durable: Vec<u8>,
    is_synced: bool,
}

/// What is wrong with the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Illness {
    /// Nothing.
    #[default]
    None,
    /// No space left: a file gets as far as half of what is written.
    Full,
    /// Nothing can be written.
    ReadOnly,
    /// Every operation fails.
    Broken,
}

/// The disk.
#[derive(Clone, Debug, Default)]
pub struct PaperDisk {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// What is wrong with it.
    pub illness: Illness,
    /// The operation that fails once, counted from now; the ones after it succeed.
    pub fails_at: Option<u64>,
    /// The operation after which the machine stands still: it and all after it fail.
    pub dies_at: Option<u64>,
    /// Operations so far.
    pub operations: u64,
    /// What it was last given to write, whatever came of it.
    pub given: Option<Vec<u8>>,
}

impl PaperDisk {
    fn begin(&mut self, writes: bool) -> io::Result<()> {
        self.operations += 1;
        let strikes = |at: &mut Option<u64>| match at {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        };
        if self.dies_at == Some(0) || strikes(&mut self.dies_at) {
            return Err(io::Error::other("the process died"));
        }
        if strikes(&mut self.fails_at) {
            self.fails_at = None;
            return Err(io::Error::other("input/output error"));
        }
        match self.illness {
            Illness::Broken => Err(io::Error::other("input/output error")),
            Illness::ReadOnly if writes => Err(io::ErrorKind::ReadOnlyFilesystem.into()),
            _ => Ok(()),
        }
    }

    /// The power fails: what was not made durable is there, or not, or in part.
    pub fn lose_power(&mut self, dice: &mut Jitter) {
        if dice.next_u64().is_multiple_of(2) {
            self.names = self.durable_names.clone();
        }
        self.durable_names = self.names.clone();
        for inode in &mut self.inodes {
            if !inode.is_synced {
                match dice.next_u64() % 4 {
                    0 => inode.bytes = inode.durable.clone(),
                    1 => {
                        let kept = dice.next_u64() as usize % (inode.bytes.len() + 1);
                        inode.bytes.truncate(kept);
                    }
                    // The size was recorded, the content was not.
                    2 => inode.bytes.iter_mut().for_each(|byte| *byte = 0),
                    _ => {}
                }
                inode.durable = inode.bytes.clone();
                inode.is_synced = true;
            }
        }
    }

    /// The content of a file, to look at or to spoil.
    pub fn content(&mut self, name: &str) -> Option<&mut Vec<u8>> {
        let inode = *self.names.get(name)?;
        Some(&mut self.inodes[inode].bytes)
    }

    /// Puts a file there without an operation.
    pub fn plant(&mut self, name: &str, bytes: Vec<u8>) {
        self.inodes.push(Inode { durable: bytes.clone(), bytes, is_synced: true });
        self.names.insert(name.into(), self.inodes.len() - 1);
        self.durable_names = self.names.clone();
    }

    fn inode(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Disk for PaperDisk {
    fn make_folder(&mut self) -> io::Result<()> {
        self.begin(false)
    }

    fn read(&mut self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        self.begin(false)?;
        let bytes = &self.inodes[self.inode(name)?].bytes;
        if bytes.len() as u64 > most { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes.clone()) }
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let begun = self.begin(true);
        self.given = Some(bytes.to_vec());
        let inode = match self.names.get(name) {
            Some(inode) => *inode,
            // A new file takes the place of a dead one, so that a long run does not fill the memory.
            None => {
                let is_dead =
                    |at: &usize| !self.names.values().chain(self.durable_names.values()).any(|used| used == at);
                let free = (0..self.inodes.len()).find(is_dead);
                if free.is_none() {
                    self.inodes.push(Inode::default());
                }
                let inode = free.unwrap_or(self.inodes.len() - 1);
                self.inodes[inode] = Inode::default();
                self.names.insert(name.into(), inode);
                inode
            }
        };
        let is_short = begun.is_err() || self.illness == Illness::Full;
        let written = if is_short { &bytes[..bytes.len() / 2] } else { bytes };
        if begun.is_ok() {
            self.inodes[inode].bytes = written.to_vec();
            self.inodes[inode].is_synced = false;
        }
        begun?;
        if is_short { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.begin(true)?;
        let inode = self.inode(name)?;
        let inode = &mut self.inodes[inode];
        inode.durable = inode.bytes.clone();
        inode.is_synced = true;
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.begin(true)?;
        let inode = self.inode(from)?;
        self.names.remove(from);
        self.names.insert(to.into(), inode);
        Ok(())
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        self.begin(true)?;
        self.durable_names = self.names.clone();
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.begin(true)?;
        self.inode(name)?;
        self.names.remove(name);
        Ok(())
    }
}
