//! `gridwall bench`: measurements that anybody can repeat on their own machine. What others do is measured beside it in
//! the same process on the same adapter, so that ratios mean something anywhere.

pub mod field_gpu;
pub mod gpu;
pub mod heat;
pub mod picture;
pub mod points;
mod rig;
pub mod scene;
pub mod scenes;
pub mod splat;
pub mod stream;

use std::io::Write;
use std::time::Instant;

use serde_json::json;

/// One measured row.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was done.
    pub what: String,
    /// Milliseconds of each run, in order.
    pub runs_ms: Vec<f64>,
    /// Processor time of one run, all threads together, milliseconds; says the same on a busy machine. Known to about
    /// 10 ms over all runs; `None` where the system does not tell.
    pub cpu_ms: Option<f64>,
}

/// Processor time of this process so far, milliseconds.
fn cpu_ms() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name may hold spaces; after its bracket the 12th and 13th fields are user and system time in 1/100 s.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) * 10.0)
}

impl Row {
    /// Does something `runs` times after one time that does not count.
    ///
    /// # Errors
    /// Those of the work.
    pub fn of<E>(what: impl Into<String>, runs: usize, mut work: impl FnMut() -> Result<(), E>) -> Result<Self, E> {
        work()?;
        let mut runs_ms = Vec::with_capacity(runs);
        let before = cpu_ms();
        for _ in 0..runs.max(1) {
            let started = Instant::now();
            work()?;
            runs_ms.push(started.elapsed().as_secs_f64() * 1e3);
        }
        let cpu_ms = cpu_ms().zip(before).map(|(after, before)| (after - before) / runs_ms.len() as f64);
        Ok(Self { what: what.into(), runs_ms, cpu_ms })
    }

    /// The value that this share of the runs does not exceed.
    pub fn at(&self, share: f64) -> f64 {
        let mut sorted = self.runs_ms.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    }

    /// The middle run.
    pub fn median(&self) -> f64 {
        self.at(0.5)
    }
}

/// Rows and facts of one bench.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Measured times.
    pub rows: Vec<Row>,
    /// Anything else: name, number, unit.
    pub facts: Vec<(String, f64, &'static str)>,
    /// On what it was measured.
    pub machine: String,
}

impl Table {
    /// The median of a row by its name.
    pub fn median(&self, what: &str) -> Option<f64> {
        self.rows.iter().find(|row| row.what == what).map(Row::median)
    }

    /// Writes it as text or JSON.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, out: &mut impl Write, as_json: bool) -> std::io::Result<()> {
        if as_json {
            let rows: Vec<_> = self
                .rows
                .iter()
                .map(|row| {
                    json!({ "what": row.what, "median_ms": row.median(), "p90_ms": row.at(0.9),
                            "p99_ms": row.at(0.99), "min_ms": row.at(0.0), "cpu_ms": row.cpu_ms, "runs_ms": row.runs_ms })
                })
                .collect();
            let facts: Vec<_> = self
                .facts
                .iter()
                .map(|(what, value, unit)| json!({ "what": what, "value": value, "unit": unit }))
                .collect();
            return writeln!(out, "{}", json!({ "machine": self.machine, "rows": rows, "facts": facts }));
        }
        writeln!(out, "{}", self.machine)?;
        let [a, b, c, d, e] = ["median ms", "p90 ms", "p99 ms", "min ms", "CPU ms"];
        writeln!(out, "{:<72} {a:>11} {b:>11} {c:>11} {d:>11} {e:>11} {:>5}", "", "runs")?;
        for row in &self.rows {
            let (median, p90, p99, least) = (row.median(), row.at(0.9), row.at(0.99), row.at(0.0));
            let cpu = row.cpu_ms.map_or_else(|| "—".to_owned(), |cpu| format!("{cpu:.1}"));
            let runs = row.runs_ms.len();
            let times = format!("{median:>11.3} {p90:>11.3} {p99:>11.3} {least:>11.3}");
            writeln!(out, "{:<72} {times} {cpu:>11} {runs:>5}", row.what)?;
        }
        for (what, value, unit) in &self.facts {
            writeln!(out, "{what:<72} {value:>11.4} {unit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_of_the_runs_and_both_forms_say_them() {
        let row = Row { what: "x".into(), runs_ms: vec![9.0, 1.0, 2.0], cpu_ms: None };
        assert_eq!((row.median(), row.at(1.0), row.at(0.0)), (2.0, 9.0, 1.0));
        let table = Table { rows: vec![row], facts: vec![("y".into(), 1.5, "MB")], machine: "m".into() };
        for as_json in [false, true] {
            let mut out = Vec::new();
            table.write(&mut out, as_json).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(text.contains('2') && text.contains("1.5") && text.contains('m'));
        }
    }
}
