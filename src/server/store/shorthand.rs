//! A ticket in some sixty bytes instead of the kilobyte of its feature, for a store in memory: the words that many
//! tickets share are kept once, moments as distances from the report. Nothing is lost: what is read back makes the same
//! feature, byte for byte. A file keeps the features themselves, so that others can read it.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{AreaCode, HandlingMode, Position, Rating, Source, Stage, Ticket, TicketId};

const MODES: [HandlingMode; 6] = [
    HandlingMode::Ordinary,
    HandlingMode::Joint,
    HandlingMode::Consult,
    HandlingMode::Emergency,
    HandlingMode::Special,
    HandlingMode::Supervised,
];
const RATINGS: [Rating; 3] = [Rating::Yes, Rating::No, Rating::None];
const RESOLVED: [Option<bool>; 3] = [None, Some(false), Some(true)];

/// The words, and how a ticket is written with them.
#[derive(Debug, Default)]
pub(super) struct Shorthand {
    words: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Shorthand {
    /// Appends `ticket` without its number (the row has that).
    pub fn write(&mut self, out: &mut Vec<u8>, ticket: &Ticket) {
        let moments = [ticket.suspended_since, ticket.sign_due, ticket.signed_at, ticket.handle_due, ticket.closed_at];
        let mut present = moments.iter().rev().fold(0_u8, |bits, moment| bits << 1 | u8::from(moment.is_some()));
        present |= u8::from(ticket.agency.is_some()) << 5 | u8::from(ticket.area.is_some()) << 6;
        let place = match ticket.position {
            Position::Missing => 0,
            Position::Outside => 1,
            Position::At { .. } => 2,
        };
        let resolved = RESOLVED.iter().position(|known| *known == ticket.resolved).unwrap_or_default() as u8;
        out.extend([
            ticket.stage as u8 | (ticket.source as u8) << 4 | place << 6,
            ticket.mode as u8 | (ticket.rated as u8) << 3 | resolved << 5 | u8::from(ticket.handled_late) << 7,
            present,
            ticket.redo_count,
        ]);
        number(out, ticket.ver);
        for word in [&ticket.category_code, &ticket.category, &ticket.category_group] {
            self.word(out, word);
        }
        if let Some(agency) = &ticket.agency {
            self.word(out, agency);
        }
        if let Some(area) = &ticket.area {
            self.word(out, &area.0);
        }
        if let Position::At { lon, lat } = ticket.position {
            out.extend(lon.to_le_bytes());
            out.extend(lat.to_le_bytes());
        }
        let reported = ticket.reported_at.as_second();
        moment(out, ticket.reported_at, 0);
        for at in [ticket.stage_since, ticket.updated_at].into_iter().chain(moments.into_iter().flatten()) {
            moment(out, at, reported);
        }
    }

    /// The ticket `id` from what [`Shorthand::write`] wrote; `None` if these bytes are not that.
    pub fn read(&self, id: &str, bytes: &[u8]) -> Option<Ticket> {
        let mut left = bytes;
        let [kind, manner, present, redo_count] = take(&mut left)?;
        let ver = read_number(&mut left)?;
        let [category_code, category, category_group] =
            [self.read_word(&mut left)?, self.read_word(&mut left)?, self.read_word(&mut left)?];
        let has = |bit: u8| present >> bit & 1 == 1;
        let agency = if has(5) { Some(self.read_word(&mut left)?) } else { None };
        let area = if has(6) { Some(AreaCode(self.read_word(&mut left)?)) } else { None };
        let position = match kind >> 6 {
            0 => Position::Missing,
            1 => Position::Outside,
            _ => Position::At { lon: f64::from_le_bytes(take(&mut left)?), lat: f64::from_le_bytes(take(&mut left)?) },
        };
        let reported_at = read_moment(&mut left, 0)?;
        let reported = reported_at.as_second();
        let [stage_since, updated_at] = [read_moment(&mut left, reported)?, read_moment(&mut left, reported)?];
        let mut optional = |bit: u8| if has(bit) { read_moment(&mut left, reported).map(Some) } else { Some(None) };
        Some(Ticket {
            id: TicketId::new(id),
            ver,
            stage: *Stage::ALL.get(usize::from(kind & 15))?,
            stage_since,
            suspended_since: optional(0)?,
            source: Source::ALL[usize::from(kind >> 4 & 3)],
            mode: *MODES.get(usize::from(manner & 7))?,
            category_code,
            category,
            category_group,
            agency,
            position,
            area,
            reported_at,
            updated_at,
            sign_due: optional(1)?,
            signed_at: optional(2)?,
            handle_due: optional(3)?,
            handled_late: manner >> 7 == 1,
            closed_at: optional(4)?,
            redo_count,
            rated: *RATINGS.get(usize::from(manner >> 3 & 3))?,
            resolved: *RESOLVED.get(usize::from(manner >> 5 & 3))?,
        })
    }

    fn word(&mut self, out: &mut Vec<u8>, word: &Arc<str>) {
        let known = self.numbers.get(word).copied();
        let found = known.unwrap_or_else(|| {
            let next = self.words.len() as u32;
            self.words.push(word.clone());
            self.numbers.insert(word.clone(), next);
            next
        });
        number(out, u64::from(found));
    }

    fn read_word(&self, bytes: &mut &[u8]) -> Option<Arc<str>> {
        self.words.get(usize::try_from(read_number(bytes)?).ok()?).cloned()
    }
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn number(out: &mut Vec<u8>, mut value: u64) {
    while value > 127 {
        out.push(value as u8 | 128);
        value >>= 7;
    }
    out.push(value as u8);
}

fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let [byte] = take(bytes)?;
        value |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Some(value);
        }
    }
    None
}

/// Seconds after `base`, the sign and whether there is more than whole seconds in the lowest bits.
fn moment(out: &mut Vec<u8>, at: Timestamp, base: i64) {
    let (seconds, rest) = (at.as_second() - base, at.subsec_nanosecond());
    number(out, seconds.unsigned_abs() << 2 | u64::from(seconds < 0) << 1 | u64::from(rest != 0));
    if rest != 0 {
        out.extend(rest.to_le_bytes());
    }
}

fn read_moment(bytes: &mut &[u8], base: i64) -> Option<Timestamp> {
    let coded = read_number(bytes)?;
    let seconds = (coded >> 2) as i64;
    let seconds = base + if coded & 2 == 0 { seconds } else { -seconds };
    let rest = if coded & 1 == 0 { 0 } else { i32::from_le_bytes(take(bytes)?) };
    Timestamp::new(seconds, rest).ok()
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::server::feature::ticket_feature;
    use crate::server::{district, synthetic};

    fn plain() -> Ticket {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        Ticket {
            id: TicketId::new("HC261121-0084"),
            ver: 300,
            stage: Stage::Verify,
            stage_since: at("2026-11-21T06:32:05Z"),
            suspended_since: None,
            source: Source::Hotline,
            mode: HandlingMode::Supervised,
            category_code: "0203".into(),
            category: "供水不足".into(),
            category_group: "供水供电".into(),
            agency: Some("水务局".into()),
            position: Position::At { lon: 113.930_123_456_7, lat: -22.5 },
            area: Some(AreaCode::new("440305001002003")),
            reported_at: at("2026-11-20T06:32:05.250001Z"),
            updated_at: at("2026-11-21T06:32:05.000000007Z"),
            sign_due: Some(at("1969-12-31T23:59:58.5Z")),
            signed_at: None,
            handle_due: Some(at("9999-12-30T22:00:00Z")),
            handled_late: true,
            closed_at: None,
            redo_count: 255,
            rated: Rating::None,
            resolved: Some(false),
        }
    }

    fn assert_same(shorthand: &mut Shorthand, ticket: &Ticket) -> usize {
        let mut bytes = Vec::new();
        shorthand.write(&mut bytes, ticket);
        assert_eq!(shorthand.read(ticket.id.as_str(), &bytes).as_ref(), Some(ticket));
        for short in 0..bytes.len() {
            assert_ne!(shorthand.read(ticket.id.as_str(), &bytes[..short]).as_ref(), Some(ticket), "cut at {short}");
        }
        bytes.len()
    }

    #[test]
    fn every_value_of_every_field_comes_back() {
        let mut shorthand = Shorthand::default();
        assert_same(&mut shorthand, &plain());
        for stage in Stage::ALL {
            assert_same(&mut shorthand, &Ticket { stage, ..plain() });
        }
        for source in Source::ALL {
            assert_same(&mut shorthand, &Ticket { source, ..plain() });
        }
        for mode in MODES {
            assert_same(&mut shorthand, &Ticket { mode, ..plain() });
        }
        for rated in RATINGS {
            for resolved in RESOLVED {
                assert_same(&mut shorthand, &Ticket { rated, resolved, ..plain() });
            }
        }
        for position in [Position::Missing, Position::Outside, Position::At { lon: f64::INFINITY, lat: -0.0 }] {
            assert_same(&mut shorthand, &Ticket { position, ..plain() });
        }
        let moment = Some("0001-01-01T00:00:00.999999999Z".parse().unwrap());
        assert_same(
            &mut shorthand,
            &Ticket { suspended_since: moment, signed_at: moment, closed_at: moment, ..plain() },
        );
        assert_same(
            &mut shorthand,
            &Ticket { agency: None, area: None, ver: u64::MAX, handled_late: false, ..plain() },
        );
        assert_eq!(shorthand.words.len(), 5, "each word once");
    }

    #[test]
    fn a_year_makes_the_same_features_from_a_tenth_of_the_bytes() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let district = district::generate(&"3x12x90".parse().unwrap(), 7);
        let until = "2026-11-21T14:32:05+08:00".parse().unwrap();
        let mut shorthand = Shorthand::default();
        let (mut packed, mut plain) = (0, 0);
        for ticket in synthetic::clockwork_of(&district, 7).history(until, 365) {
            let mut bytes = Vec::new();
            shorthand.write(&mut bytes, &ticket);
            let back = shorthand.read(ticket.id.as_str(), &bytes).expect("a ticket");
            let (mut before, mut after) = (Vec::new(), Vec::new());
            ticket_feature(&mut before, &ticket, &zone);
            ticket_feature(&mut after, &back, &zone);
            assert!(before == after, "{} differs", ticket.id);
            packed += bytes.len();
            plain += before.len();
        }
        assert!(packed * 10 < plain, "{packed} of {plain} bytes");
    }
}
