//! The events in order of time: four columns, bounded, oldest out. A window of time is a range of indices.
//!
//! Late events are put where they belong; what is taken out stays as a dead place until enough of them are there to
//! close up. Who is where is found by a small table of the moment of each key. 20 bytes of columns an event, of which 12
//! go to a GPU, and 9 to 16 of table. Partner: `model.rs`, which turns changes of the ring into changes of the field.

use std::ops::Range;

use rayon::prelude::*;

use super::event::{DEAD, Event};

/// Events in order of time.
#[derive(Clone, Debug)]
pub struct Ring {
    at_s: Vec<u32>,
    cell: Vec<u32>,
    attr: Vec<u32>,
    key: Vec<u64>,
    /// Places before this one are gone.
    head: usize,
    dead: usize,
    bound: usize,
    moments: Moments,
}

impl Ring {
    /// An empty ring for at most `bound` events.
    pub fn new(bound: usize) -> Self {
        Self {
            at_s: Vec::new(),
            cell: Vec::new(),
            attr: Vec::new(),
            key: Vec::new(),
            head: 0,
            dead: 0,
            bound: bound.max(1),
            moments: Moments::default(),
        }
    }

    /// A ring of these events, in any order; of those over the bound, the oldest are left out. Of two with one key the
    /// later in the list counts.
    pub fn of(mut events: Vec<Event>, bound: usize) -> Self {
        let mut ring = Self::new(bound);
        let order = |event: &Event| (event.at_s, event.key);
        if !events.is_sorted_by_key(order) {
            events.par_sort_by_key(order);
        }
        let skip = events.len().saturating_sub(ring.bound);
        let kept = &events[skip..];
        let words = |of: fn(&Event) -> u32| kept.iter().map(of).collect::<Vec<u32>>();
        let (times, places) = rayon::join(
            || (words(|event| event.at_s), words(|event| event.cell)),
            || (words(|event| event.attr), kept.iter().map(|event| event.key).collect()),
        );
        ((ring.at_s, ring.cell), (ring.attr, ring.key)) = (times, places);
        drop(events);
        let (moments, late) = Moments::filled(&ring.key, &ring.at_s);
        ring.moments = moments;
        for index in late {
            let (key, at_s) = (ring.key[index], ring.at_s[index]);
            if let Some(before) = ring.place(key) {
                // Two events of one ticket: the newer one stays.
                ring.attr[before] = DEAD;
                ring.dead += 1;
                ring.forget(key, ring.at_s[before]);
            }
            ring.moments.put(key, at_s);
        }
        ring
    }

    /// Live events.
    pub fn len(&self) -> usize {
        self.at_s.len() - self.head - self.dead
    }

    /// True without any event.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The places of the events with `from <= moment < to`; dead places among them.
    pub fn range(&self, from: u32, to: u32) -> Range<usize> {
        let live = &self.at_s[self.head..];
        let start = self.head + live.partition_point(|at| *at < from);
        let end = self.head + live.partition_point(|at| *at < to);
        start..end.max(start)
    }

    /// The GPU's columns of a range: moment, cell, attributes.
    pub fn columns(&self, range: Range<usize>) -> (&[u32], &[u32], &[u32]) {
        (&self.at_s[range.clone()], &self.cell[range.clone()], &self.attr[range])
    }

    /// The event of this key.
    pub fn get(&self, key: u64) -> Option<Event> {
        self.place(key).map(|at| self.at(at))
    }

    /// Puts an event in, in the place of an older one with its key. Returns what was there before, and what had to make
    /// room.
    pub fn put(&mut self, event: Event) -> (Option<Event>, Option<Event>) {
        let old = self.take(event.key);
        let dropped = if self.len() >= self.bound { self.drop_oldest() } else { None };
        let at = match self.at_s.last() {
            Some(last) if *last > event.at_s => {
                self.head + self.at_s[self.head..].partition_point(|at| *at <= event.at_s)
            }
            _ => self.at_s.len(),
        };
        self.at_s.insert(at, event.at_s);
        self.cell.insert(at, event.cell);
        self.attr.insert(at, event.attr);
        self.key.insert(at, event.key);
        self.moments.put(event.key, event.at_s);
        (old, dropped)
    }

    /// Takes the event of this key out.
    pub fn take(&mut self, key: u64) -> Option<Event> {
        let at = self.place(key)?;
        let event = self.at(at);
        self.attr[at] = DEAD;
        self.dead += 1;
        self.forget(key, event.at_s);
        self.close_up();
        Some(event)
    }

    /// All live events, in order.
    pub fn iter(&self) -> impl Iterator<Item = Event> + '_ {
        (self.head..self.at_s.len()).filter(|at| self.attr[*at] != DEAD).map(|at| self.at(at))
    }

    /// Bytes held, room included.
    pub fn bytes(&self) -> usize {
        4 * (self.at_s.capacity() + self.cell.capacity() + self.attr.capacity())
            + 8 * (self.key.capacity() + self.moments.slots.capacity())
    }

    fn at(&self, at: usize) -> Event {
        Event { key: self.key[at], at_s: self.at_s[at], cell: self.cell[at], attr: self.attr[at] }
    }

    fn drop_oldest(&mut self) -> Option<Event> {
        while self.head < self.at_s.len() {
            let oldest = self.at(self.head);
            self.head += 1;
            if oldest.attr == DEAD {
                self.dead -= 1;
                continue;
            }
            // Marked, so that nothing finds it behind the head.
            self.attr[self.head - 1] = DEAD;
            self.forget(oldest.key, oldest.at_s);
            self.close_up();
            return Some(oldest);
        }
        None
    }

    fn place(&self, key: u64) -> Option<usize> {
        self.moments.find(key, |at_s| self.place_at(key, at_s))
    }

    fn place_at(&self, key: u64, at_s: u32) -> Option<usize> {
        let range = self.range(at_s, at_s.saturating_add(1));
        range.into_iter().find(|at| self.key[*at] == key && self.attr[*at] != DEAD)
    }

    fn forget(&mut self, key: u64, at_s: u32) {
        self.moments.drop(key, at_s);
        // A table that is mostly graves is made anew from what lives.
        if self.moments.is_worn() {
            let mut fresh = Moments::with_room(self.len());
            for index in self.head..self.at_s.len() {
                if self.attr[index] != DEAD {
                    fresh.put(self.key[index], self.at_s[index]);
                }
            }
            self.moments = fresh;
        }
    }

    /// Closes up when an eighth of all places are of no use.
    fn close_up(&mut self) {
        if self.dead + self.head <= 1024 + self.at_s.len() / 8 {
            return;
        }
        let mut to = 0;
        for from in self.head..self.at_s.len() {
            if self.attr[from] == DEAD {
                continue;
            }
            self.at_s[to] = self.at_s[from];
            self.cell[to] = self.cell[from];
            self.attr[to] = self.attr[from];
            self.key[to] = self.key[from];
            to += 1;
        }
        self.at_s.truncate(to);
        self.cell.truncate(to);
        self.attr.truncate(to);
        self.key.truncate(to);
        self.head = 0;
        self.dead = 0;
    }
}

/// The moment of each key, open addressing: half the key as a tag, the moment as the value. A tag that two keys share is
/// told apart by looking into the ring.
#[derive(Clone, Debug, Default)]
struct Moments {
    /// Tag and moment; tag 0 is free, tag 1 a grave.
    slots: Vec<(u32, u32)>,
    used: usize,
    graves: usize,
}

impl Moments {
    fn with_room(n: usize) -> Self {
        Self { slots: vec![(0, 0); n * 4 / 3 + 16], used: 0, graves: 0 }
    }

    /// A table of these keys, in order of time, made on two cores: each fills its half. What meets its own tag, or the end
    /// of its half, is left out; it is returned in order and must be put in after looking for an older one.
    fn filled(keys: &[u64], at_s: &[u32]) -> (Self, Vec<usize>) {
        let mut moments = Self::with_room(keys.len());
        let room = moments.slots.len();
        let middle = room / 2;
        let (low, high) = moments.slots.split_at_mut(middle);
        let fill = |slots: &mut [(u32, u32)], first: usize| {
            let (mut used, mut late) = (0, Vec::new());
            for (index, (key, at_s)) in keys.iter().zip(at_s).enumerate() {
                let start = Self::start(*key, room).wrapping_sub(first);
                let Some(own) = slots.get_mut(start..).filter(|own| !own.is_empty()) else { continue };
                let tag = Self::tag(*key);
                match own.iter_mut().find(|slot| slot.0 == 0 || slot.0 == tag) {
                    Some(slot) if slot.0 == 0 => {
                        *slot = (tag, *at_s);
                        used += 1;
                    }
                    _ => late.push(index),
                }
            }
            (used, late)
        };
        let ((a, mut late), (b, more)) = rayon::join(|| fill(low, 0), || fill(high, middle));
        moments.used = a + b;
        late.extend(more);
        late.sort_unstable();
        (moments, late)
    }

    /// Where the walk of a key begins in a table with so much room. From the tag alone, so that a larger table can be
    /// filled from a smaller one.
    fn start(key: u64, room: usize) -> usize {
        let mixed = Self::tag(key).wrapping_mul(0x9E37_79B9);
        ((u64::from(mixed) * room as u64) >> 32) as usize
    }

    fn tag(key: u64) -> u32 {
        ((key >> 32) as u32).max(2)
    }

    fn walk(&self, key: u64) -> impl Iterator<Item = usize> + use<> {
        let room = self.slots.len();
        let start = Self::start(key, room);
        (start..room).chain(0..start)
    }

    fn find<T>(&self, key: u64, check: impl Fn(u32) -> Option<T>) -> Option<T> {
        for slot in self.walk(key) {
            let (tag, at_s) = self.slots[slot];
            if tag == 0 {
                return None;
            }
            if tag == Self::tag(key)
                && let Some(found) = check(at_s)
            {
                return Some(found);
            }
        }
        None
    }

    fn put(&mut self, key: u64, at_s: u32) {
        if (self.used + self.graves + 1) * 8 > self.slots.len() * 7 {
            self.grow();
        }
        for slot in self.walk(key) {
            if self.slots[slot].0 < 2 {
                self.graves -= usize::from(self.slots[slot].0 == 1);
                self.slots[slot] = (Self::tag(key), at_s);
                self.used += 1;
                return;
            }
        }
    }

    /// Half as much room again.
    fn grow(&mut self) {
        let old = std::mem::take(self);
        *self = Self::with_room((old.used + 1) * 3 / 2);
        for (tag, at_s) in old.slots {
            if tag >= 2 {
                self.put(u64::from(tag) << 32, at_s);
            }
        }
    }

    fn drop(&mut self, key: u64, at_s: u32) {
        for slot in self.walk(key) {
            let found = self.slots[slot];
            if found.0 == 0 {
                return;
            }
            if found == (Self::tag(key), at_s) {
                self.slots[slot].0 = 1;
                self.used -= 1;
                self.graves += 1;
                return;
            }
        }
    }

    fn is_worn(&self) -> bool {
        self.graves > 64 && self.graves > self.used
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn a_ring_made_at_once_finds_the_newest_of_every_key() {
        let mut events = Vec::new();
        let mut newest: HashMap<u64, Event> = HashMap::new();
        for n in 0..60_000_u64 {
            // Some keys come more than once, some share their upper half, which is their tag.
            let key = (n % 47_000 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> u32::from(n % 1_000 == 7) * 34;
            let at_s = (n.wrapping_mul(48_271) % 90_001) as u32;
            let event = Event { key, at_s, cell: n as u32, attr: 5 };
            events.push(event);
            let kept = newest.entry(key).or_insert(event);
            if (event.at_s, event.cell) > (kept.at_s, kept.cell) {
                *kept = event;
            }
        }
        let ring = Ring::of(events, 1_000_000);
        assert_eq!(ring.len(), newest.len());
        for (key, event) in &newest {
            assert_eq!(ring.get(*key).map(|found| found.at_s), Some(event.at_s));
        }
        assert_eq!(ring.get(3), None);
    }
}
