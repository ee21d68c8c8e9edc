//! What the lines of a soak mean: what grows, what did not heal, whether frames get slower, and what the run is too short
//! to say.

use std::io::Write;
use std::time::Duration;

use serde_json::json;

use super::line::{Line, MIB};
use super::slope::Slope;
use super::{HEAL_WITHIN, Options};

/// Memory may grow by this much an hour, MiB.
const MAX_GROWTH: f64 = 1.0;
/// This share of the run warms caches and allocators up and is not judged.
const WARM_UP: f64 = 0.25;
/// What grows is judged only over so many hours after the warm-up: allocators and caches take steps, and a step is a
/// steep slope in a short run.
const MIN_SPAN: f64 = 1.0;
/// The last hour's slowest frames may be slower than the first hour's by this factor.
const MAX_SLOWER: f64 = 1.1;

/// What the lines mean.
pub(super) struct Verdict {
    pub(super) slopes: Vec<(&'static str, &'static str, Option<Slope>)>,
    pub(super) faults: Vec<String>,
    /// What the run is too short to say.
    pub(super) unjudged: Vec<String>,
}

impl Verdict {
    pub(super) fn of(lines: &[Line]) -> Self {
        let end = lines.last().map_or(0.0, Line::hours);
        let warm: Vec<&Line> = lines.iter().filter(|line| line.hours() > end * WARM_UP).collect();
        let slope = |pick: &dyn Fn(&Line) -> Option<f64>| {
            let points: Vec<_> = warm.iter().filter_map(|line| Some((line.hours(), pick(line)?))).collect();
            Slope::of(&points)
        };
        let memory = slope(&Line::wall_mib);
        let files = slope(&|line| line.usage.descriptors.map(|count| count as f64));
        let threads = slope(&|line| line.usage.threads.map(|count| count as f64));
        let (mut faults, mut unjudged) = (Vec::new(), Vec::new());
        let grows = |slope: Option<Slope>, limit| {
            slope.is_some_and(|slope: Slope| slope.span >= MIN_SPAN && slope.is_above(limit))
        };
        if grows(memory, MAX_GROWTH) {
            faults.push(format!("memory grows by more than {MAX_GROWTH} MiB an hour"));
        }
        if grows(files, 1.0) || grows(threads, 1.0) {
            faults.push("descriptors or threads grow".into());
        }
        let span = memory.map_or(0.0, |slope| slope.span);
        if span < MIN_SPAN {
            unjudged.push(format!(
                "whether anything grows: {span:.2} h after the warm-up, {MIN_SPAN} h are needed (a run of {:.1} h)",
                MIN_SPAN / (1.0 - WARM_UP) + 0.1
            ));
        }
        match slower(lines, end) {
            Some(factor) if factor > MAX_SLOWER => {
                faults.push(format!("the last hour's p99 of frames is {factor:.2} times the first hour's"));
            }
            Some(_) => {}
            None => unjudged.push("whether frames get slower: two hours are needed".into()),
        }
        for line in lines.iter().filter(|line| line.healed.is_none_or(|healed| healed > HEAL_WITHIN)) {
            faults.push(format!("wall and platform were not equal within {HEAL_WITHIN:?} after `{}`", line.fault));
        }
        let ms = |time: Duration| Some(time.as_secs_f64() * 1e3);
        let slopes = vec![
            ("memory of the wall", "MiB/h", memory),
            ("memory (PSS)", "MiB/h", slope(&|line| line.usage.proportional.map(|bytes| bytes as f64 / MIB))),
            ("descriptors", "/h", files),
            ("threads", "/h", threads),
            ("frame p50", "ms/h", slope(&|line| ms(line.p50))),
            ("frame p99", "ms/h", slope(&|line| ms(line.p99))),
            ("main thread's p99", "ms/h", slope(&|line| line.work_p99.and_then(ms))),
        ];
        Self { slopes, faults, unjudged }
    }

    pub(super) fn is_good(&self) -> bool {
        self.faults.is_empty()
    }

    pub(super) fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        writeln!(out, "slopes after the first quarter (Theil–Sen) and where they lie with 95 % certainty:")?;
        for (what, unit, slope) in &self.slopes {
            match slope {
                Some(slope) => {
                    writeln!(out, "  {what:<22} {:>10.2} [{:.2}, {:.2}] {unit}", slope.per_x, slope.low, slope.high)?;
                }
                None => writeln!(out, "  {what:<22} {:>10} too few lines", "—")?,
            }
        }
        for what in &self.unjudged {
            writeln!(out, "NOT JUDGED: {what}")?;
        }
        for fault in &self.faults {
            writeln!(out, "FAILED: {fault}")?;
        }
        Ok(())
    }

    /// Everything, for a program.
    pub(super) fn as_json(&self, options: &Options, lines: &[Line], faults: usize) -> serde_json::Value {
        let lines: Vec<_> = lines
            .iter()
            .map(|line| {
                json!({ "hours": line.hours(), "rss": line.usage.resident, "pss": line.usage.proportional,
                        "platform": line.platform, "wall_mib": line.wall_mib(), "descriptors": line.usage.descriptors,
                        "threads": line.usage.threads, "tickets": line.tickets, "frames": line.frames,
                        "p50_ms": line.p50.as_secs_f64() * 1e3, "p99_ms": line.p99.as_secs_f64() * 1e3,
                        "work_p99_ms": line.work_p99.map(|work| work.as_secs_f64() * 1e3),
                        "fault": line.fault, "healed_s": line.healed.map(|healed| healed.as_secs_f64()) })
            })
            .collect();
        let slopes: Vec<_> = self
            .slopes
            .iter()
            .map(|(what, unit, slope)| {
                json!({ "what": what, "unit": unit, "per_hour": slope.map(|slope| slope.per_x),
                        "low": slope.map(|slope| slope.low), "high": slope.map(|slope| slope.high),
                        "span_h": slope.map(|slope| slope.span) })
            })
            .collect();
        json!({ "hours": options.hours, "speed": options.speed, "district": options.district, "faults": faults,
                "lines": lines, "slopes": slopes, "failed": self.faults, "not_judged": self.unjudged })
    }
}

/// How much slower the slowest frames of the last hour are than those of the first, by the medians of their intervals;
/// `None` for less than two hours. It is the main thread's own time that counts, where the system tells it: what else runs
/// on the machine is nobody's leak.
fn slower(lines: &[Line], end: f64) -> Option<f64> {
    let median = |is_in: &dyn Fn(&Line) -> bool| {
        let all = lines.iter().filter(|line| is_in(line));
        let mut times: Vec<_> = all.map(|line| line.work_p99.unwrap_or(line.p99)).collect();
        times.sort_unstable();
        crate::vitals::quantile(&times, 0.5)
    };
    let (first, last) = (median(&|line| line.hours() <= 1.0)?, median(&|line| line.hours() > end - 1.0)?);
    (end >= 2.0 && !first.is_zero()).then(|| last.as_secs_f64() / first.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Usage;

    fn lines(grow: f64, healed: Option<Duration>) -> Vec<Line> {
        run(120, grow, healed)
    }

    fn run(minutes: u64, grow: f64, healed: Option<Duration>) -> Vec<Line> {
        (1..=minutes)
            .map(|minute| Line {
                at: Duration::from_secs(60 * minute),
                usage: Usage {
                    proportional: Some(500 << 20),
                    // The last digits are noise.
                    resident: Some(((400.0 + grow * minute as f64 / 60.0) * MIB) as u64 + minute * 7_919 % 50_000),
                    descriptors: Some(60 + minute % 3),
                    threads: Some(20),
                },
                platform: 100 << 20,
                tickets: 1_000,
                frames: 600,
                p50: Duration::from_millis(9),
                p99: Duration::from_millis(20),
                work_p99: None,
                fault: "cut",
                healed,
            })
            .collect()
    }

    #[test]
    fn a_leak_and_a_wall_that_stays_wrong_are_told() {
        let healed = Some(Duration::from_secs(2));
        assert!(Verdict::of(&lines(0.5, healed)).is_good());
        let leak = Verdict::of(&lines(3.0, healed));
        assert!(!leak.is_good() && leak.faults[0].contains("memory grows"), "{:?}", leak.faults);
        assert!(!Verdict::of(&lines(0.0, None)).is_good());
        assert!(!Verdict::of(&lines(0.0, Some(Duration::from_secs(31)))).is_good());
        let short = Verdict::of(&run(40, 30.0, healed));
        assert!(short.is_good() && short.unjudged[0].contains("0.48 h after"), "{:?}", short.unjudged);
        let mut slow = lines(0.0, healed);
        assert!(Verdict::of(&slow).unjudged.is_empty());
        slow.iter_mut().rev().take(60).for_each(|line| line.p99 = Duration::from_millis(23));
        assert!(Verdict::of(&slow).faults[0].contains("1.15 times"));
        // Somebody else took the processor.
        slow.iter_mut().for_each(|line| line.work_p99 = Some(Duration::from_millis(5)));
        assert!(Verdict::of(&slow).is_good());
        slow.iter_mut().rev().take(60).for_each(|line| line.work_p99 = Some(Duration::from_millis(6)));
        assert!(Verdict::of(&slow).faults[0].contains("1.20 times"));
        let mut text = Vec::new();
        leak.write(&mut text).unwrap();
        assert!(String::from_utf8(text).unwrap().contains("FAILED"));
        assert_eq!(lines(0.0, None)[0].row().matches("NOT").count(), 1);
    }
}
