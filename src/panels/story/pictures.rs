//! The pictures of slides: read and made small on a thread of their own, so that no file holds up a frame. What is wrong
//! with one is a message's key. They are read again when the scene file is.

use std::collections::HashMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy_egui::egui::{ColorImage, Context, TextureHandle, TextureOptions};
use crossbeam_channel::{Receiver, Sender, unbounded};
use image::{ImageFormat, ImageReader, Limits};

use crate::scene::Bound;

/// The largest file, bytes.
const MOST_BYTES: u64 = 16 << 20;
/// The largest side, pixels.
const MOST_SIDE: u32 = 8_192;
/// Larger pictures are made as small as this, pixels.
const SHOWN_SIDE: u32 = 1_600;

/// How far a picture is.
pub enum Picture {
    /// It is being read.
    Coming,
    /// It can be shown.
    Here(TextureHandle),
    /// It cannot; the key of a message says why.
    Wrong(&'static str),
}

type Read = Result<ColorImage, &'static str>;

/// All pictures so far, each with the scene file's reading it was asked for by.
pub struct Pictures {
    held: HashMap<PathBuf, (Arc<Bound>, Picture)>,
    sender: Sender<(PathBuf, Read)>,
    read: Receiver<(PathBuf, Read)>,
}

impl Default for Pictures {
    fn default() -> Self {
        let (sender, read) = unbounded();
        Self { held: HashMap::new(), sender, read }
    }
}

impl std::fmt::Debug for Pictures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pictures").field("held", &self.held.len()).finish()
    }
}

impl Pictures {
    /// The picture of a file, which is read on the first call. `bound` is the panel's reading of the scene file.
    pub fn of(&mut self, ctx: &Context, path: &Path, bound: &Arc<Bound>) -> &Picture {
        for (path, read) in self.read.try_iter() {
            let name = path.display().to_string();
            if let Some((_, picture)) = self.held.get_mut(&path) {
                *picture = match read {
                    Ok(image) => Picture::Here(ctx.load_texture(name, image, TextureOptions::LINEAR)),
                    Err(reason) => Picture::Wrong(reason),
                };
            }
        }
        let is_known = self.held.get(path).is_some_and(|(of, _)| Arc::ptr_eq(of, bound));
        if !is_known {
            self.begin(path, bound);
        }
        &self.held.entry(path.to_owned()).or_insert_with(|| (bound.clone(), Picture::Coming)).1
    }

    fn begin(&mut self, path: &Path, bound: &Arc<Bound>) {
        // A new scene file shows the old picture until the new one is read.
        let old = self.held.remove(path).map(|(_, picture)| picture);
        let (sender, file) = (self.sender.clone(), path.to_owned());
        let thread = std::thread::Builder::new().name("story picture".into()).spawn(move || {
            let read = read(&file);
            // The wall is closing where nobody listens.
            let _ = sender.send((file, read));
        });
        let picture = match thread {
            Ok(_) => old.unwrap_or(Picture::Coming),
            Err(_) => Picture::Wrong("story-picture-unreadable"),
        };
        self.held.insert(path.to_owned(), (bound.clone(), picture));
    }

    /// Has a picture read before the first frame, for tests that cannot wait for one.
    #[cfg(test)]
    pub fn wait_for(&mut self, path: &Path, bound: &Arc<Bound>) {
        self.begin(path, bound);
        let read = self.read.recv_timeout(std::time::Duration::from_secs(60)).expect("read");
        self.sender.send(read).expect("taken back");
    }
}

/// Reads one file.
fn read(path: &Path) -> Read {
    let about = std::fs::metadata(path).map_err(|_| "story-picture-missing")?;
    if about.len() > MOST_BYTES {
        return Err("story-picture-large");
    }
    let bytes = std::fs::read(path).map_err(|_| "story-picture-unreadable")?;
    decode(&bytes)
}

fn decode(bytes: &[u8]) -> Read {
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MOST_SIDE), Some(MOST_SIDE));
    limits.max_alloc = Some(512 << 20);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    reader.limits(limits);
    let image = reader.decode().map_err(|error| match error {
        image::ImageError::Limits(_) => "story-picture-large",
        _ => "story-picture-unreadable",
    })?;
    let is_large = image.width() > SHOWN_SIDE || image.height() > SHOWN_SIDE;
    let image = if is_large { image.thumbnail(SHOWN_SIDE, SHOWN_SIDE) } else { image }.into_rgba8();
    let size = [image.width() as usize, image.height() as usize];
    Ok(ColorImage::from_rgba_unmultiplied(size, image.as_raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image::RgbImage::new(width, height).write_to(&mut bytes, ImageFormat::Png).expect("written");
        bytes.into_inner()
    }

    #[test]
    fn large_pictures_are_made_small_and_huge_or_broken_ones_refused() {
        assert_eq!(decode(&png(40, 30)).expect("read").size, [40, 30]);
        assert_eq!(decode(&png(3_200, 800)).expect("read").size, [1_600, 400]);
        assert_eq!(decode(&png(MOST_SIDE + 1, 1)).err(), Some("story-picture-large"));
        assert_eq!(decode(&png(40, 30)[..60]).err(), Some("story-picture-unreadable"));
        assert_eq!(decode(b"GIF89a").err(), Some("story-picture-unreadable"));
        assert_eq!(read(Path::new("/nowhere/a.png")).err(), Some("story-picture-missing"));
    }
}
