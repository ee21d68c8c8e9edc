//! Which pixels of a picture are no longer right: a few rectangles that do not grow in number. Pure; partners: `map.rs`
//! and `panels.rs`, which draw inside of them only.

use bevy::math::{IVec2, URect, UVec2};

/// Most rectangles kept apart; beyond that the two that waste least are joined.
const MOST: usize = 8;

/// Some rectangles of pixels, none of which overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    rects: Vec<URect>,
}

impl Damage {
    /// A whole picture.
    pub fn whole(size: UVec2) -> Self {
        let mut damage = Self::default();
        damage.add(URect::from_corners(UVec2::ZERO, size));
        damage
    }

    /// Adds a rectangle; one that touches others becomes one with them.
    pub fn add(&mut self, rect: URect) {
        if rect.is_empty() {
            return;
        }
        let mut rect = rect;
        while let Some(at) = self.rects.iter().position(|other| !other.intersect(rect).is_empty()) {
            rect = rect.union(self.rects.swap_remove(at));
        }
        self.rects.push(rect);
        if self.rects.len() > MOST {
            self.join();
        }
    }

    /// Adds all of another.
    pub fn add_all(&mut self, other: &Damage) {
        other.rects.iter().for_each(|rect| self.add(*rect));
    }

    /// What of it lies in a picture of this size. Rectangles may be of the size before, in the frame in which it changes.
    pub fn within(&self, size: UVec2) -> Self {
        let picture = URect::from_corners(UVec2::ZERO, size);
        let rects = self.rects.iter().map(|rect| rect.intersect(picture)).filter(|rect| !rect.is_empty());
        Self { rects: rects.collect() }
    }

    /// Makes one of the two rectangles that lie best together.
    fn join(&mut self) {
        let waste = |a: &URect, b: &URect| area(a.union(*b)).saturating_sub(area(*a) + area(*b));
        let pairs = (0..self.rects.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
        let best = pairs.min_by_key(|(a, b)| waste(&self.rects[*a], &self.rects[*b]));
        if let Some((a, b)) = best {
            let (a, b) = (self.rects.swap_remove(a), self.rects.swap_remove(b));
            self.add(a.union(b));
        }
    }

    /// The rectangles.
    pub fn rects(&self) -> &[URect] {
        &self.rects
    }

    /// True if all is right.
    pub fn is_empty(&self) -> bool {
        self.rects.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.rects.clear();
    }

    /// Number of pixels.
    pub fn pixels(&self) -> u64 {
        self.rects.iter().map(|rect| area(*rect)).sum()
    }
}

fn area(rect: URect) -> u64 {
    u64::from(rect.width()) * u64::from(rect.height())
}

/// What comes into a picture of this size from outside when its content moves by `shift`: a strip at a side, another at
/// top or bottom.
pub fn uncovered(size: UVec2, shift: IVec2) -> Damage {
    let gone = shift.abs().as_uvec2().min(size);
    let mut damage = Damage::default();
    let (width, height) = (gone.x, gone.y);
    let x = if shift.x >= 0 { 0 } else { size.x - width };
    let y = if shift.y >= 0 { 0 } else { size.y - height };
    let rect = |x: u32, y: u32, width: u32, height: u32| URect::new(x, y, x + width, y + height);
    if width > 0 {
        damage.rects.push(rect(x, 0, width, size.y));
    }
    if height > 0 && width < size.x {
        let left = if shift.x >= 0 { width } else { 0 };
        damage.rects.push(rect(left, y, size.x - width, height));
    }
    damage
}

/// What is left of a side of `length` pixels after a move by `by`: where it comes from, where it goes to, how much.
pub fn overlap(length: u32, by: i32) -> (u32, u32, u32) {
    let gone = by.unsigned_abs().min(length);
    if by >= 0 { (0, gone, length - gone) } else { (gone, 0, length - gone) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_of_a_picture_is_no_part_of_it() {
        let mut damage = Damage::whole(UVec2::new(1280, 720));
        assert_eq!(damage.within(UVec2::new(780, 600)), Damage::whole(UVec2::new(780, 600)));
        damage = Damage::default();
        damage.add(URect::new(800, 10, 900, 20));
        assert!(damage.within(UVec2::new(780, 600)).is_empty());
    }

    #[test]
    fn rectangles_that_overlap_become_one_and_others_stay_apart() {
        let mut damage = Damage::default();
        damage.add(URect::new(0, 0, 10, 10));
        damage.add(URect::new(20, 0, 30, 10));
        assert_eq!(damage.pixels(), 200);
        damage.add(URect::new(5, 5, 25, 6));
        assert_eq!(damage.rects(), [URect::new(0, 0, 30, 10)]);
        damage.add(URect::new(7, 7, 7, 90));
        assert_eq!(damage.pixels(), 300, "an empty one adds nothing");
    }

    #[test]
    fn there_are_never_many_and_all_that_was_added_is_covered() {
        let mut damage = Damage::default();
        let added: Vec<URect> = (0..40)
            .map(|i: u32| {
                let (x, y) = (i * 37 % 500, i * 91 % 300);
                URect::new(x, y, x + 5 + i % 7, y + 4 + i % 3)
            })
            .collect();
        added.iter().for_each(|rect| damage.add(*rect));
        assert!(damage.rects().len() <= MOST);
        for rect in &added {
            assert!(damage.rects().iter().any(|all| all.union(*rect) == *all), "{rect:?} is lost");
        }
        for (i, a) in damage.rects().iter().enumerate() {
            assert!(damage.rects()[..i].iter().all(|b| a.intersect(*b).is_empty()));
        }
    }

    #[test]
    fn what_a_move_uncovers_and_what_it_keeps_make_the_whole() {
        let size = UVec2::new(100, 60);
        for shift in [(7, 0), (-7, 0), (0, 5), (0, -5), (3, -4), (-3, 4), (200, 1), (0, -60)] {
            let shift = IVec2::from(shift);
            let new = uncovered(size, shift);
            let (width, height) = (overlap(100, shift.x).2, overlap(60, shift.y).2);
            assert_eq!(new.pixels() + u64::from(width * height), 6_000, "{shift}");
            for (i, a) in new.rects().iter().enumerate() {
                assert!(a.max.x <= 100 && a.max.y <= 60);
                assert!(new.rects()[..i].iter().all(|b| a.intersect(*b).is_empty()));
            }
        }
        assert_eq!(uncovered(size, IVec2::new(7, 0)).rects(), [URect::new(0, 0, 7, 60)], "a move to the right");
        assert_eq!([overlap(100, 0), overlap(100, 8), overlap(100, -8)], [(0, 0, 100), (0, 8, 92), (8, 0, 92)]);
        assert_eq!(overlap(5, 8), (0, 5, 0));
    }
}
