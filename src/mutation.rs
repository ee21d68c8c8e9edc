//! Mutated input, for tests: a harness for stable Rust. `GRIDWALL_FUZZ_SECONDS` is the time for each target (default: a
//! quarter of a second), `GRIDWALL_FUZZ_TARGET` chooses one, `GRIDWALL_FUZZ_SEED` begins elsewhere. A crash names its
//! input. Partners: `platform/fuzz_tests.rs`, `server/import/fuzz_tests.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::platform::sync::Jitter;

/// What decoders trip over: put in anywhere.
const TOKENS: [&[u8]; 24] = [
    b"null",
    b"1e999",
    b"-1",
    b"1e308",
    b"NaN",
    b"[]",
    b"{}",
    b"[[[[[[[[",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"\xff\xfe",
    b"\n\n",
    b"\r",
    b"data:",
    b"18446744073709551616",
    b"9999-12-31T23:59:59Z",
    b"-0001-01-01T00:00:00Z",
    b"true",
    b",",
    b":",
    "\u{202e}".as_bytes(),
    "\u{feff}".as_bytes(),
    b"0.0000000000000000000000000001",
];

/// No input may take so long.
const SLOW: Duration = Duration::from_secs(5);

fn mutate(seed: &[u8], dice: &mut Jitter) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..1 + dice.next_u64() % 6 {
        let at = |dice: &mut Jitter, bytes: &[u8]| (dice.next_u64() % (bytes.len() as u64 + 1)) as usize;
        let (one, other) = (at(dice, &bytes), at(dice, &bytes));
        let (from, to) = (one.min(other), one.max(other));
        match dice.next_u64() % 7 {
            0 if from < bytes.len() => bytes[from] ^= 1 << (dice.next_u64() % 8),
            1 => _ = bytes.drain(from..to.min(from + 40)),
            2 => bytes.truncate(from.max(bytes.len() / 2)),
            3 => {
                let part = bytes[from..to.min(from + 200)].to_vec();
                bytes.splice(one..one, part);
            }
            4 if from < bytes.len() => bytes[from] = dice.next_u64() as u8,
            _ => {
                let token = TOKENS[(dice.next_u64() % TOKENS.len() as u64) as usize];
                let end = if dice.next_u64().is_multiple_of(2) { to.min(from + 12) } else { from };
                bytes.splice(from..end, token.iter().copied());
            }
        }
    }
    bytes
}

/// A target: its name, inputs that are in order, and what reads them.
pub type Target<'a> = (&'static str, Vec<Vec<u8>>, &'a dyn Fn(&[u8]));

/// Feeds every target with its inputs and then with what comes of them, for its time and at least 200 times.
pub fn run(targets: &[Target<'_>]) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let budget = number("GRIDWALL_FUZZ_SECONDS").map_or(Duration::from_millis(250), Duration::from_secs);
    let only = std::env::var("GRIDWALL_FUZZ_TARGET").ok();
    let mut dice = Jitter(number("GRIDWALL_FUZZ_SEED").unwrap_or(1));
    for (name, seeds, read) in targets {
        if only.as_deref().is_some_and(|only| only != *name) {
            continue;
        }
        let (start, mut count) = (Instant::now(), 0_u64);
        while count < 200 || start.elapsed() < budget {
            let seed = &seeds[(dice.next_u64() % seeds.len() as u64) as usize];
            // The seeds themselves first.
            let input = seeds.get(count as usize).cloned().unwrap_or_else(|| mutate(seed, &mut dice));
            let timed = || {
                let began = Instant::now();
                let outcome = catch_unwind(AssertUnwindSafe(|| read(&input)));
                assert!(outcome.is_ok(), "{name}: {:?}", String::from_utf8_lossy(&input));
                began.elapsed()
            };
            // A machine that stood still once is no fault of the reader.
            let took = if timed() < SLOW { Duration::ZERO } else { timed() };
            assert!(took < SLOW, "{name}: {took:?} for {:?}", String::from_utf8_lossy(&input));
            count += 1;
        }
        eprintln!("{name}: {count} inputs from {} seeds", seeds.len());
    }
}
