//! What happens in one run, drawn from its seed before it begins: operations of the platform and faults of everything
//! else, each at its time. Every seed first draws which faults it has at all and how often, so that rare mixes are met.
//! A schedule is a list that can be shortened: see `shrink.rs`.

use std::time::Duration;

use super::model::{Shape, TICKETS};
use crate::domain::Stage;
use crate::platform::sync::{Jitter, Mono};

/// What a request, or the opening of the stream, is answered with instead of what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A status.
    Status(u16),
    /// 429 with this `Retry-After`.
    Busy(&'static str),
    /// 503 with this `Retry-After`.
    Away(&'static str),
    /// A web page.
    WebPage,
    /// 200 without a body.
    Empty,
    /// The body ends somewhere.
    Truncated,
    /// Nothing ever comes.
    Hang,
    /// The connection is refused.
    Refused,
    /// A redirect that may not be followed.
    Redirect,
    /// JSON of something else.
    OtherJson,
}

/// What one request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// The landing page.
    Landing,
    /// Areas and places.
    Map,
    /// The upstream systems.
    Sources,
    /// Pages of tickets.
    Pages,
    /// The change stream.
    Stream,
}

impl Lane {
    /// All lanes.
    pub const ALL: [Lane; 5] = [Lane::Landing, Lane::Map, Lane::Sources, Lane::Pages, Lane::Stream];
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    // What a platform does.
    Put(u8, Stage, Shape),
    Delete(u8),
    CountSources,
    CountAreas,
    CountLanding,
    // Transport.
    Cut,
    CutInEvent,
    HalfOpen,
    LoseEvent,
    Duplicate,
    Replay(usize),
    Swap,
    SingleBytes,
    Garble,
    Oversize,
    Slow(Duration),
    Clog(Lane, Duration),
    Down(Duration),
    // HTTP.
    Answers(Lane, Answer, u8),
    Storm(Duration),
    // History.
    Compact,
    Restart { keeps_connection: bool },
    RestartBetweenPages,
    Lie(u8, Stage),
    WrongDigest,
    WrongBookmark,
    Unnumbered(Duration),
    // Time.
    SetClock(i64),
    Sleep(Duration),
    // Disk and process.
    Crash { with_power: bool },
    CrashInSave(u8),
    CrashInStep(u8),
    DiskFull(Duration),
    DiskReadOnly(Duration),
    DiskBroken(Duration),
    FlipBit(u64),
    CutFile(u64),
    OldFile,
    // Rights.
    Shrink(u8),
    Grow,
    Expire(Duration),
}

/// Kinds of faults: for weights and for counting what was covered.
pub const KINDS: usize = 37;

impl Step {
    /// The number of its kind; `None` for what a healthy platform does.
    pub fn kind(&self) -> Option<usize> {
        Some(match self {
            Step::Put(_, _, Shape::Plain) | Step::Delete(_) => return None,
            Step::CountSources | Step::CountAreas | Step::CountLanding => return None,
            Step::Put(..) => 0,
            Step::Cut => 1,
            Step::CutInEvent => 2,
            Step::HalfOpen => 3,
            Step::LoseEvent => 4,
            Step::Duplicate => 5,
            Step::Replay(_) => 6,
            Step::Swap => 7,
            Step::SingleBytes => 8,
            Step::Garble => 9,
            Step::Slow(_) => 10,
            Step::Clog(..) => 11,
            Step::Down(_) => 12,
            Step::Answers(Lane::Stream, ..) => 13,
            Step::Answers(Lane::Pages, ..) => 14,
            Step::Answers(..) => 15,
            Step::Storm(_) => 16,
            Step::Compact => 17,
            Step::Restart { .. } => 18,
            Step::RestartBetweenPages => 19,
            Step::Lie(..) => 20,
            Step::WrongDigest => 21,
            Step::WrongBookmark => 22,
            Step::SetClock(_) => 23,
            Step::Sleep(_) => 24,
            Step::Crash { with_power: false } => 25,
            Step::Crash { with_power: true } => 26,
            Step::CrashInSave(_) => 27,
            Step::CrashInStep(_) => 28,
            Step::DiskFull(_) | Step::DiskReadOnly(_) => 29,
            Step::DiskBroken(_) => 30,
            Step::FlipBit(_) => 31,
            Step::CutFile(_) => 32,
            Step::OldFile => 33,
            Step::Shrink(_) | Step::Grow => 34,
            Step::Expire(_) => 35,
            Step::Oversize | Step::Unnumbered(_) => 36,
        })
    }
}

/// All of one run.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Seeds the core and the small chances of the network.
    pub seed: u64,
    /// What happens, in order of time.
    pub steps: Vec<(Mono, Step)>,
    /// When everything is well again.
    pub heal_at: Mono,
}

/// `Retry-After` as servers send it.
const PAUSES: [&str; 6] = ["0", "5", "40", "315360000", "soon", "-5"];

impl Schedule {
    /// The schedule of a seed.
    pub fn draw(seed: u64) -> Self {
        let mut dice = Jitter(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0x5EED);
        // Most runs are short; some last an hour.
        let minutes = match dice.next_u64() % 512 {
            0 => 30 + dice.next_u64() % 31,
            1..=16 => 8 + dice.next_u64() % 12,
            _ => 2 + dice.next_u64() % 4,
        };
        let heal_at = Duration::from_secs(minutes * 60);
        let at = |dice: &mut Jitter| dice.between(Duration::ZERO, heal_at);
        let mut steps = Vec::new();
        for id in 0..dice.next_u64() % 12 {
            steps.push((Mono::ZERO, Step::Put(id as u8, Stage::Report, Shape::Plain)));
        }
        let tickets = [3, 12, u64::from(TICKETS)][(dice.next_u64() % 3) as usize];
        let operations = 50 + dice.next_u64() % if minutes > 7 { 450 } else { 150 };
        let drift = if dice.next_u64().is_multiple_of(3) { dice.next_u64() % 40 } else { 0 };
        for _ in 0..operations {
            let id = (dice.next_u64() % tickets) as u8;
            let stage = Stage::ALL[(dice.next_u64() % 10) as usize];
            let step = match dice.next_u64() % 20 {
                0..=3 => Step::Delete(id),
                4 => Step::CountSources,
                5 => [Step::CountAreas, Step::CountLanding][(dice.next_u64() % 2) as usize].clone(),
                _ if dice.next_u64() % 100 < drift => {
                    Step::Put(id, stage, Shape::ALL[(dice.next_u64() % Shape::ALL.len() as u64) as usize])
                }
                _ => Step::Put(id, stage, Shape::Plain),
            };
            steps.push((at(&mut dice), step));
        }
        let faults = dice.next_u64() % 31;
        let mut weights = [0; KINDS];
        for weight in &mut weights {
            *weight = if dice.next_u64() % 4 == 0 { 1 + dice.next_u64() % 8 } else { 0 };
        }
        let sum: u64 = weights.iter().sum();
        for _ in 0..if sum == 0 { 0 } else { faults } {
            let mut pick = dice.next_u64() % sum;
            let kind = weights.iter().position(|weight| match pick.checked_sub(*weight) {
                Some(left) => {
                    pick = left;
                    false
                }
                None => true,
            });
            let time = at(&mut dice);
            steps.push((time, fault(kind.unwrap_or(1), &mut dice)));
        }
        steps.sort_by_key(|(at, _)| *at);
        Self { seed, steps, heal_at }
    }
}

fn fault(kind: usize, dice: &mut Jitter) -> Step {
    let second = Duration::from_secs(1);
    let mut some = |least: u64, most: u64| dice.between(least as u32 * second, most as u32 * second);
    let (short, long) = (some(2, 20), some(5, 90));
    let id = (dice.next_u64() % u64::from(TICKETS)) as u8;
    let stage = Stage::ALL[(dice.next_u64() % 10) as usize];
    let answer = match dice.next_u64() % 17 {
        0 => Answer::Status(401),
        1 => Answer::Status(403),
        2 => Answer::Status(404),
        3 | 4 => Answer::Status(410),
        5 | 6 => Answer::Status(500),
        7 => Answer::Busy(PAUSES[(dice.next_u64() % 6) as usize]),
        8 => Answer::Away(PAUSES[(dice.next_u64() % 6) as usize]),
        9 => Answer::WebPage,
        10 => Answer::Empty,
        11 | 12 => Answer::Truncated,
        13 => Answer::Hang,
        14 => Answer::Refused,
        15 => Answer::Redirect,
        _ => Answer::OtherJson,
    };
    let count = 1 + (dice.next_u64() % 6) as u8;
    let lane = Lane::ALL[(dice.next_u64() % 5) as usize];
    match kind {
        0 => Step::Put(id, stage, Shape::ALL[(1 + dice.next_u64() % 8) as usize]),
        1 => Step::Cut,
        2 => Step::CutInEvent,
        3 => Step::HalfOpen,
        4 => Step::LoseEvent,
        5 => Step::Duplicate,
        6 => Step::Replay(dice.next_u64() as usize),
        7 => Step::Swap,
        8 => Step::SingleBytes,
        9 => Step::Garble,
        10 => Step::Slow(long),
        11 => Step::Clog(lane, long.min(60 * second)),
        12 => Step::Down(long),
        13 => Step::Answers(Lane::Stream, answer, count),
        14 => Step::Answers(Lane::Pages, answer, count),
        15 => Step::Answers([Lane::Landing, Lane::Map, Lane::Sources][(dice.next_u64() % 3) as usize], answer, count),
        16 => Step::Storm(long),
        17 => Step::Compact,
        18 => Step::Restart { keeps_connection: dice.next_u64().is_multiple_of(2) },
        19 => Step::RestartBetweenPages,
        20 => Step::Lie(id % 12, stage),
        21 => Step::WrongDigest,
        22 => Step::WrongBookmark,
        23 => Step::SetClock([-86_400, -3_600, -40, 1, 40, 3_600, 86_400][(dice.next_u64() % 7) as usize]),
        24 => Step::Sleep(if dice.next_u64().is_multiple_of(4) { Duration::from_secs(8 * 3600) } else { long }),
        25 => Step::Crash { with_power: false },
        26 => Step::Crash { with_power: true },
        27 => Step::CrashInSave((dice.next_u64() % 6) as u8),
        28 => Step::CrashInStep((dice.next_u64() % 4) as u8),
        29 if dice.next_u64().is_multiple_of(2) => Step::DiskFull(long),
        29 => Step::DiskReadOnly(long),
        30 => Step::DiskBroken(long),
        31 => Step::FlipBit(dice.next_u64()),
        32 => Step::CutFile(dice.next_u64()),
        33 => Step::OldFile,
        34 if dice.next_u64().is_multiple_of(3) => Step::Grow,
        34 => Step::Shrink((dice.next_u64() % 12) as u8),
        35 => Step::Expire(long),
        36 if dice.next_u64().is_multiple_of(8) => Step::Oversize,
        36 => Step::Unnumbered(short),
        _ => Step::Cut,
    }
}
