//! Other colours for the areas without drawing the map, where the GPU is the CPU: while the camera stands, what lies
//! below the areas' fills and what lies above them is kept as pictures, with the area of each pixel; then a recolour is
//! one pass over memory. Everything else that changes on the map ends it, and it is made again when colours go on
//! changing.
//!
//! `sheets.rs` has the GPU draw those pictures and reads them back, `mix.rs` puts them together. Partners: `map.rs`;
//! `layers/inks.rs`, which has the colours, and `layers/edging.rs` for the fine borders, which take theirs from them.

mod mix;
mod sheets;

use std::sync::{Arc, Mutex, PoisonError};

use bevy::math::URect;

pub(super) use mix::Fills;
pub(super) use sheets::{Layers, read, sight};

/// So many recolours in a row are worth the pictures.
const WORTH: u32 = 2;

/// Less than one of so many pixels is drawn in no time.
const LARGE: u64 = 6;
/// For more pixels than this the pictures are too large, at 10 bytes to each and four times that while they are made.
const MOST: u64 = 4 << 20;

/// How far the pictures are.
#[derive(Default)]
pub(super) struct Recolours {
    /// Recolours since anything else changed.
    count: u32,
    fills: Option<Coming>,
    is_tried: bool,
    /// Room for mixing.
    picture: Vec<u8>,
}

/// Pictures that are made on other threads.
#[derive(Clone, Default)]
pub(super) struct Coming(Arc<Mutex<Option<Fills>>>);

impl Coming {
    /// They are made.
    pub fn put(&self, fills: Fills) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fills);
    }
}

impl Recolours {
    /// Something else than colours changed.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Mixes the colours of these rectangles, if the pictures are there and cover them.
    pub fn mix(&mut self, rects: &[URect], mix: impl FnOnce(&Fills, &mut Vec<u8>)) -> bool {
        let Some(coming) = &self.fills else { return false };
        let fills = coming.0.lock().unwrap_or_else(PoisonError::into_inner);
        let covering = fills.as_ref().filter(|fills| rects.iter().all(|rect| fills.covers(*rect)));
        covering.map(|fills| mix(fills, &mut self.picture)).is_some()
    }

    /// Whether the pictures are there.
    #[cfg(test)]
    pub fn is_ready(&self) -> bool {
        self.fills.as_ref().is_some_and(|fills| fills.0.lock().is_ok_and(|fills| fills.is_some()))
    }

    /// Counts a recolour that was drawn, of so many pixels of the areas'. Where pictures are to go that are worth
    /// making now.
    pub fn count(&mut self, drawn: u64, all: u64) -> Option<Coming> {
        if all > MOST || drawn * LARGE < all {
            return None;
        }
        self.count += 1;
        let is_due = self.count >= WORTH && !self.is_tried;
        is_due.then(|| {
            self.is_tried = true;
            self.fills.insert(Coming::default()).clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_made_once_and_only_for_large_recolours_in_a_row() {
        let mut recolours = Recolours::default();
        assert!(recolours.count(10_000, 10_000).is_none(), "the first");
        assert!(recolours.count(100, 10_000).is_none() && recolours.count(MOST, 2 * MOST).is_none());
        let coming = recolours.count(9_000, 10_000);
        assert!(coming.is_some() && recolours.count(10_000, 10_000).is_none(), "the second, once");
        assert!(!recolours.mix(&[], |_, _| ()), "on their way");
        recolours.forget();
        assert!(recolours.count(10_000, 10_000).is_none());
    }
}
