//! The events, and the two fields that follow them: what happened in the window, and in the same hours of the eight
//! weeks before. Each change of an event, of the window or of the clock costs what it changes and no more.

use super::block::{Block, Blocks};
use super::event::{Event, Filter, NO_CELL};
use super::field::{Field, Grid};
use super::ring::Ring;
use super::weight::Weights;

/// A span of time, seconds since 1970: `from <= moment < to`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First second in.
    pub from: u32,
    /// First second out.
    pub to: u32,
}

/// Weeks that an expectation is made of.
pub const WEEKS: u32 = 8;
const WEEK_S: u32 = 7 * 24 * 3600;

impl Span {
    /// True if a moment lies in it.
    pub fn holds(&self, at_s: u32) -> bool {
        self.from <= at_s && at_s < self.to
    }

    /// What is in this one and not in the other: up to two spans.
    fn without(self, other: Span) -> [Span; 2] {
        let is_apart = other.to <= self.from || self.to <= other.from || other.to <= other.from;
        if is_apart {
            return [self, Span::default()];
        }
        [
            Span { from: self.from, to: other.from.clamp(self.from, self.to) },
            Span { from: other.to.clamp(self.from, self.to), to: self.to },
        ]
    }

    /// This span in each of the eight weeks before it.
    pub fn weeks_before(self) -> Vec<Span> {
        let back = |week: u32| Span {
            from: self.from.saturating_sub(week * WEEK_S),
            to: self.to.saturating_sub(week * WEEK_S),
        };
        (1..=WEEKS).map(back).collect()
    }
}

/// A field that follows some spans of the ring.
#[derive(Clone, Debug)]
pub struct Track {
    spans: Vec<Span>,
    filter: Filter,
    field: Field,
    /// Events that are known to lie in a block only.
    blocks: Blocks,
    /// Events that count, with or without a place.
    total: u32,
    off_map: u32,
    /// Changes since it was last asked.
    changes: usize,
}

impl Track {
    /// An empty track over an empty ring.
    pub fn new(grid: &Grid, level: u32, weights: Weights) -> Self {
        let field = Field::new(grid, level, weights);
        let blocks = Blocks::default();
        Self { spans: Vec::new(), filter: Filter::ALL, field, blocks, total: 0, off_map: 0, changes: 0 }
    }

    /// The field.
    pub fn field(&self) -> &Field {
        &self.field
    }

    /// The field, to set its level or weights; counts do not change by that.
    pub fn field_mut(&mut self) -> &mut Field {
        self.changes += 1;
        &mut self.field
    }

    /// The events that are known to lie in a block only.
    pub fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// Events that count, on the map or not.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// Of these, those without a place on the map.
    pub fn off_map(&self) -> u32 {
        self.off_map
    }

    /// The spans followed.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The filter in force.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// How many events went in or out since this was last asked.
    pub fn take_changes(&mut self) -> usize {
        std::mem::take(&mut self.changes)
    }

    fn count(&mut self, cell: u32, by: i32) {
        self.total = self.total.wrapping_add_signed(by);
        self.changes += 1;
        if cell == NO_CELL {
            self.off_map = self.off_map.wrapping_add_signed(by);
        } else if !self.blocks.change(cell, by) {
            self.field.change(cell, by);
        }
    }

    /// One event came in (`+1`) or went out (`-1`) of the ring.
    pub fn note(&mut self, event: &Event, by: i32) {
        if self.filter.takes(event.attr) {
            for _ in 0..self.spans.iter().filter(|span| span.holds(event.at_s)).count() {
                self.count(event.cell, by);
            }
        }
    }

    /// Follows other spans; only what enters and leaves is touched. As many spans as before, or all is counted anew.
    pub fn slide(&mut self, ring: &Ring, spans: &[Span]) {
        if spans.len() != self.spans.len() {
            self.spans = spans.to_vec();
            return self.recount(ring);
        }
        for (index, new) in spans.iter().enumerate() {
            let old = std::mem::replace(&mut self.spans[index], *new);
            for (parts, by) in [(old.without(*new), -1), (new.without(old), 1)] {
                for part in parts {
                    let (_, cells, attrs) = ring.columns(ring.range(part.from, part.to));
                    for (cell, attr) in cells.iter().zip(attrs) {
                        if self.filter.takes(*attr) {
                            self.count(*cell, by);
                        }
                    }
                }
            }
        }
    }

    /// Counts other events from now on.
    pub fn set_filter(&mut self, ring: &Ring, filter: Filter) {
        if filter != self.filter {
            self.filter = filter;
            self.recount(ring);
        }
    }

    /// Counts everything anew.
    pub fn recount(&mut self, ring: &Ring) {
        let filter = self.filter;
        let parts: Vec<_> = self
            .spans
            .iter()
            .map(|span| {
                let (_, cells, attrs) = ring.columns(ring.range(span.from, span.to));
                (cells, attrs)
            })
            .collect();
        self.blocks.clear();
        for (cells, attrs) in &parts {
            for (cell, attr) in cells.iter().zip(*attrs).filter(|(cell, _)| Block::unpack(**cell).is_some()) {
                if filter.takes(*attr) {
                    self.blocks.change(*cell, 1);
                }
            }
        }
        (self.total, self.off_map) = self.field.refill(parts.into_iter(), |attr| filter.takes(attr));
        self.changes += 1;
    }
}

/// Ring and tracks together.
#[derive(Clone, Debug)]
pub struct Model {
    /// Where the cells are.
    pub grid: Grid,
    /// The events.
    pub ring: Ring,
    /// The window.
    pub now: Track,
    /// The same hours of the weeks before.
    pub before: Track,
}

impl Model {
    /// A model of these events that follows nothing yet.
    pub fn new(grid: Grid, ring: Ring, level: u32, weights: &Weights) -> Self {
        let track = || Track::new(&grid, level, weights.clone());
        Self { grid, now: track(), before: track(), ring }
    }

    /// Puts an event in or changes it.
    pub fn put(&mut self, event: Event) {
        let (old, dropped) = self.ring.put(event);
        for gone in [old, dropped].into_iter().flatten() {
            self.note(&gone, -1);
        }
        self.note(&event, 1);
    }

    /// Takes an event out.
    pub fn take(&mut self, key: u64) {
        if let Some(gone) = self.ring.take(key) {
            self.note(&gone, -1);
        }
    }

    /// Moves the window.
    pub fn slide(&mut self, span: Span) {
        self.now.slide(&self.ring, &[span]);
        self.before.slide(&self.ring, &span.weeks_before());
    }

    fn note(&mut self, event: &Event, by: i32) {
        self.now.note(event, by);
        self.before.note(event, by);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::heat::block::Block;
    use crate::heat::event::Attributes;

    fn grid() -> Grid {
        Grid::covering([0.0, 0.0], [2000.0, 1500.0], 100.0)
    }

    #[derive(Clone, Debug)]
    enum Step {
        Put { key: u64, at_s: u32, x: f64, y: f64, source: u8, is_open: bool },
        PutBlock { key: u64, at_s: u32, area: u32 },
        Take(u64),
        Slide(u32, u32),
        Source(u8),
        Level(u32),
        Damping(bool),
    }

    fn step() -> impl Strategy<Value = Step> {
        let put = (0..40_u64, 0..5000_u32, -100.0..2300.0, -100.0..1700.0, 0..4_u8, any::<bool>());
        prop_oneof![
            6 => put.prop_map(|(key, at_s, x, y, source, is_open): (u64, u32, f64, f64, u8, bool)| {
                let key = (key + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                // Whole streets of addresses, so that some repeat.
                Step::Put { key, at_s, x: (x / 300.0).floor() * 300.0, y, source, is_open }
            }),
            2 => (0..40_u64, 0..5000_u32, 0..5_u32).prop_map(|(key, at_s, area)| {
                Step::PutBlock { key: (key + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15), at_s, area }
            }),
            2 => (0..40_u64).prop_map(|key| Step::Take((key + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))),
            2 => (0..5000_u32, 0..3000_u32).prop_map(|(from, long)| Step::Slide(from, from + long)),
            1 => (1..16_u8).prop_map(Step::Source),
            1 => (0..7_u32).prop_map(Step::Level),
            1 => any::<bool>().prop_map(Step::Damping),
        ]
    }

    /// The event that a step puts in.
    fn event_of(grid: &Grid, step: &Step) -> Option<Event> {
        let attr = |source, is_open| Attributes { category: 0, source, is_open, is_overdue: false, area: 0 }.pack();
        match *step {
            Step::Put { key, at_s, x, y, source, is_open } => {
                Some(Event { key, at_s, cell: grid.cell(x, y), attr: attr(source, is_open) })
            }
            Step::PutBlock { key, at_s, area } => {
                Some(Event { key, at_s, cell: Block::Area(area).pack(), attr: attr(area as u8 % 4, true) })
            }
            _ => None,
        }
    }

    fn take(model: &mut Model, step: &Step) {
        if let Some(event) = event_of(&model.grid, step) {
            return model.put(event);
        }
        match *step {
            Step::Put { .. } | Step::PutBlock { .. } => {}
            Step::Take(key) => model.take(key),
            Step::Slide(from, to) => model.now.slide(&model.ring, &[Span { from, to }]),
            Step::Source(sources) => model.now.set_filter(&model.ring, Filter { sources, ..Filter::ALL }),
            Step::Level(level) => model.now.field_mut().set_level(level),
            Step::Damping(true) => model.now.field_mut().set_weights(Weights::damped()),
            Step::Damping(false) => model.now.field_mut().set_weights(Weights::plain()),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

        #[test]
        fn any_changes_equal_a_field_made_anew(steps in prop::collection::vec(step(), 1..120), bound in 5..60_usize) {
            let mut model = Model::new(grid(), Ring::new(bound), 2, &Weights::damped());
            model.now.slide(&model.ring, &[Span { from: 0, to: 2500 }]);
            let mut plain: Vec<Event> = Vec::new();
            for step in &steps {
                // The ring against a plain list, which is obviously right.
                match *step {
                    Step::Put { key, .. } | Step::PutBlock { key, .. } | Step::Take(key) => plain.retain(|event| event.key != key),
                    _ => {}
                }
                if let Some(event) = event_of(&model.grid, step) {
                    let key = event.key;
                    if plain.len() >= bound {
                        let oldest = plain.iter().map(|event| event.at_s).min();
                        let first = model.ring.iter().find(|event| event.key != key && Some(event.at_s) == oldest);
                        plain.retain(|event| Some(event.key) != first.map(|event| event.key));
                    }
                    plain.push(event);
                }
                take(&mut model, step);
                prop_assert!(model.now.field().is_consistent());
            }
            let mut kept: Vec<Event> = model.ring.iter().collect();
            prop_assert!(kept.windows(2).all(|pair| pair[0].at_s <= pair[1].at_s));
            kept.sort_by_key(|event| event.key);
            plain.sort_by_key(|event| event.key);
            prop_assert_eq!(&kept, &plain);
            for event in &plain {
                prop_assert_eq!(model.ring.get(event.key), Some(*event));
            }
            let field = model.now.field();
            let mut anew = Track::new(&model.grid, field.level(), field.weights().clone());
            anew.filter = model.now.filter;
            let ring = Ring::of(plain, 1000);
            anew.slide(&ring, &model.now.spans);
            prop_assert_eq!(anew.field(), field);
            prop_assert_eq!(anew.blocks(), model.now.blocks());
            prop_assert_eq!((anew.total, anew.off_map), (model.now.total, model.now.off_map));
        }
    }

    #[test]
    fn an_old_event_makes_room_and_leaves_the_window() {
        let mut model = Model::new(grid(), Ring::new(3), 0, &Weights::plain());
        model.slide(Span { from: 0, to: 100 });
        let attr = Attributes { category: 0, source: 0, is_open: true, is_overdue: false, area: 0 }.pack();
        for key in 1..=5_u64 {
            model.put(Event { key: key << 40, at_s: key as u32, cell: model.grid.cell(50.0, 50.0), attr });
        }
        assert_eq!((model.ring.len(), model.now.total()), (3, 3));
        model.slide(Span { from: 5, to: 100 });
        assert_eq!(model.now.total(), 1);
        assert_eq!(model.now.field().sums().iter().sum::<u32>(), 256);
    }

    #[test]
    fn the_weeks_before_are_followed_like_the_window() {
        let mut model = Model::new(grid(), Ring::new(100), 0, &Weights::plain());
        let now = 100 * WEEK_S;
        model.slide(Span { from: now - 3600, to: now });
        for week in 0..=9_u32 {
            let attr = Attributes { category: 0, source: 0, is_open: true, is_overdue: false, area: 0 }.pack();
            let key = (u64::from(week) + 1) << 40;
            model.put(Event { key, at_s: now - 60 - week * WEEK_S, cell: model.grid.cell(50.0, 50.0), attr });
        }
        assert_eq!((model.now.total(), model.before.total()), (1, 8));
    }
}
