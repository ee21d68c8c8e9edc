//! One event as the heat map knows it: a moment, an address cell, and what filters ask for, in twelve bytes; and the
//! filter itself. Partner: `ring.rs`, which keeps them in order.

/// "Has no place on the map": counted, not drawn.
pub const NO_CELL: u32 = u32::MAX;
/// "Lies in no known community."
pub const NO_AREA: u32 = 0xF_FFFF;
/// Attributes of an event that was taken out of the ring.
pub const DEAD: u32 = u32::MAX;
/// Most categories that can be told apart; the rest share the last one.
pub const CATEGORIES: usize = 255;

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Who it is: a hash of the ticket's number.
    pub key: u64,
    /// When it was reported, seconds since 1970.
    pub at_s: u32,
    /// Column of its address cell in the low half, row in the high half; [`NO_CELL`] without a place.
    pub cell: u32,
    /// See [`Attributes`].
    pub attr: u32,
}

/// What filters ask for, unpacked. The lowest byte is the category, then two bits of source, open, overdue, and twenty
/// bits of community.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Index of the category, below [`CATEGORIES`].
    pub category: u8,
    /// Index of the source, 0–3.
    pub source: u8,
    /// Still in hand.
    pub is_open: bool,
    /// Past a limit.
    pub is_overdue: bool,
    /// The community it counts for, an index into the table of areas; [`NO_AREA`] without.
    pub area: u32,
}

impl Attributes {
    /// As one word.
    pub const fn pack(self) -> u32 {
        let category = if self.category as usize >= CATEGORIES { CATEGORIES as u32 - 1 } else { self.category as u32 };
        let area = if self.area > NO_AREA { NO_AREA } else { self.area };
        category
            | ((self.source as u32 & 3) << 8)
            | ((self.is_open as u32) << 10)
            | ((self.is_overdue as u32) << 11)
            | (area << 12)
    }

    /// From one word.
    pub const fn unpack(word: u32) -> Self {
        Self {
            category: word as u8,
            source: ((word >> 8) & 3) as u8,
            is_open: word & (1 << 10) != 0,
            is_overdue: word & (1 << 11) != 0,
            area: word >> 12,
        }
    }
}

/// The community of an event, if it has one.
pub const fn area_of(attr: u32) -> Option<usize> {
    let area = attr >> 12;
    if area == NO_AREA { None } else { Some(area as usize) }
}

/// Which events count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Bits that must be set: open, overdue.
    pub must: u32,
    /// The only category, if not all.
    pub category: Option<u8>,
    /// One bit per source that counts.
    pub sources: u8,
}

impl Filter {
    /// Everything.
    pub const ALL: Filter = Filter { must: 0, category: None, sources: 0b1111 };
    /// Only what is in hand.
    pub const OPEN: u32 = 1 << 10;
    /// Only what is past a limit.
    pub const OVERDUE: u32 = 1 << 11;

    /// True if an event with these attributes counts. One that was taken out never does.
    pub const fn takes(&self, attr: u32) -> bool {
        let is_category = match self.category {
            None => true,
            Some(category) => attr as u8 == category,
        };
        attr != DEAD && attr & self.must == self.must && is_category && (self.sources >> ((attr >> 8) & 3)) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_come_back_and_none_is_dead() {
        for (category, source, is_open, is_overdue, area) in
            [(0, 0, false, false, 0), (254, 3, true, true, NO_AREA), (17, 2, true, false, 1609)]
        {
            let all = Attributes { category, source, is_open, is_overdue, area };
            assert_eq!(Attributes::unpack(all.pack()), all);
            assert_ne!(all.pack(), DEAD);
        }
        let odd = Attributes { category: 255, source: 3, is_open: true, is_overdue: true, area: u32::MAX };
        assert_ne!(odd.pack(), DEAD);
        assert_eq!(area_of(odd.pack()), None);
    }

    #[test]
    fn a_filter_takes_what_it_says() {
        let word = Attributes { category: 3, source: 1, is_open: true, is_overdue: false, area: 5 }.pack();
        assert!(Filter::ALL.takes(word) && !Filter::ALL.takes(DEAD));
        assert!(Filter { must: Filter::OPEN, ..Filter::ALL }.takes(word));
        assert!(!Filter { must: Filter::OVERDUE, ..Filter::ALL }.takes(word));
        assert!(!Filter { category: Some(2), ..Filter::ALL }.takes(word));
        assert!(!Filter { sources: 0b1101, ..Filter::ALL }.takes(word));
    }
}
