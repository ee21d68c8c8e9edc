//! The metrics as OpenMetrics text (the specification of version 1.0.0). Pure: everything comes in.

use std::fmt::{Display, Write as _};
use std::time::Instant;

use super::Sources;
use crate::domain::{Feed, Freshness, Ladder};
use crate::process::Usage;
use crate::vitals::quantile;

/// One family after the other; every family once, `# EOF` at the end.
#[derive(Default)]
struct Families(String);

impl Families {
    fn family(&mut self, name: &str, kind: &str, unit: &str, help: &str) -> &mut Self {
        let out = &mut self.0;
        // Writing to a string never fails.
        let _ = writeln!(out, "# TYPE {name} {kind}");
        if !unit.is_empty() {
            let _ = writeln!(out, "# UNIT {name} {unit}");
        }
        let _ = writeln!(out, "# HELP {name} {help}");
        self
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        self.0.push_str(name);
        if !labels.is_empty() {
            let labels: Vec<_> = labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value))).collect();
            let _ = write!(self.0, "{{{}}}", labels.join(","));
        }
        let _ = writeln!(self.0, " {value}");
        self
    }

    fn gauge(&mut self, name: &str, unit: &str, help: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.family(name, "gauge", unit, help).sample(name, &[], value);
        }
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, "counter", "", help).sample(&format!("{name}_total"), &[], value);
    }
}

/// A label's value as the format wants it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

const fn rung_name(rung: Freshness) -> &'static str {
    match rung {
        Freshness::Live => "live",
        Freshness::Delayed => "delayed",
        Freshness::Stale => "stale",
        Freshness::Expired => "expired",
        Freshness::Never => "never",
    }
}

const RUNGS: [Freshness; 5] =
    [Freshness::Live, Freshness::Delayed, Freshness::Stale, Freshness::Expired, Freshness::Never];

/// Everything, at `now`.
pub fn text(sources: &Sources, usage: Usage, now: Instant) -> String {
    let mut out = Families::default();
    out.family("gridwall_build", "info", "", "Version of the program.").sample(
        "gridwall_build_info",
        &[("version", env!("CARGO_PKG_VERSION"))],
        1,
    );
    wall(&mut out, sources, usage);
    feeds(&mut out, sources, now);
    stream(&mut out, sources);
    out.0.push_str("# EOF\n");
    out.0
}

fn wall(out: &mut Families, sources: &Sources, usage: Usage) {
    let vitals = &sources.vitals;
    out.gauge("gridwall_uptime_seconds", "seconds", "Age of the process.", Some(vitals.uptime().as_secs_f64()));
    out.gauge("gridwall_restarts", "", "Starts by the supervisor before this one.", Some(vitals.restarts()));
    out.gauge("gridwall_safe_mode", "", "1 in safe mode.", Some(u8::from(vitals.is_safe())));
    out.gauge("gridwall_hidden", "", "1 while no window can be seen.", Some(u8::from(vitals.is_hidden())));
    out.counter("gridwall_frames_presented", "Pictures given to every window.", vitals.presented());
    out.counter("gridwall_frames", "Frames of the main thread.", vitals.updates());
    let times = vitals.frame_times();
    if !times.is_empty() {
        let name = "gridwall_frame_seconds";
        out.family(name, "summary", "seconds", "Main-thread time of the latest 1024 frames.");
        for (share, label) in [(0.5, "0.5"), (0.9, "0.9"), (0.99, "0.99"), (1.0, "1")] {
            let time = quantile(&times, share).unwrap_or_default();
            out.sample(name, &[("quantile", label)], time.as_secs_f64());
        }
    }
    out.gauge("gridwall_memory_resident_bytes", "bytes", "Memory in use.", usage.resident);
    out.gauge("gridwall_memory_proportional_bytes", "bytes", "Memory, shared pages in proportion.", usage.proportional);
    out.gauge("gridwall_descriptors", "", "Open files, sockets and pipes.", usage.descriptors);
    out.gauge("gridwall_threads", "", "Threads.", usage.threads);
}

fn feeds(out: &mut Families, sources: &Sources, now: Instant) {
    let Some(health) = sources.health.latest() else { return };
    let name = "gridwall_feed_age_seconds";
    out.family(name, "gauge", "seconds", "Time since the feed was last proven current; absent if it never was.");
    for feed in Feed::ALL {
        if let Some(age) = health.age(feed, now) {
            out.sample(name, &[("feed", feed.key())], age.as_secs_f64());
        }
    }
    let name = "gridwall_feed_state";
    out.family(name, "stateset", "", "Rung of the ladder of freshness by proofs of this run.");
    for feed in Feed::ALL {
        let rung = Ladder::of(feed).rung(health.age(feed, now));
        for state in RUNGS {
            out.sample(name, &[("feed", feed.key()), (name, rung_name(state))], u8::from(state == rung));
        }
    }
    let name = "gridwall_feed_trouble";
    out.family(name, "gauge", "", "1 with the reason while something is wrong.");
    for feed in Feed::ALL {
        if let Some(trouble) = &health.feed(feed).trouble {
            let reason = trouble.key().trim_start_matches("trouble-");
            out.sample(name, &[("feed", feed.key()), ("reason", reason)], 1);
        }
    }
    let rows: [(&str, &str, &str, fn(&crate::platform::sync::FeedReport) -> u64); 3] = [
        ("gridwall_feed_proofs", "counter", "Times the feed was proven current.", |feed| feed.proofs),
        ("gridwall_feed_failures", "counter", "Tries that came to nothing.", |feed| feed.failures),
        ("gridwall_feed_rejected", "gauge", "Records left out of what is shown.", |feed| feed.rejected),
    ];
    for (name, kind, help, pick) in rows {
        out.family(name, kind, "", help);
        let sample = if kind == "counter" { format!("{name}_total") } else { name.to_owned() };
        for feed in Feed::ALL {
            out.sample(&sample, &[("feed", feed.key())], pick(health.feed(feed)));
        }
    }
}

fn stream(out: &mut Families, sources: &Sources) {
    let Some(health) = sources.health.latest() else { return };
    let report = &health.report;
    if let Some(position) = &report.position {
        let epoch = [("epoch", &*position.epoch)];
        out.family("gridwall_stream", "info", "", "Epoch of the change log.").sample("gridwall_stream_info", &epoch, 1);
        out.gauge("gridwall_stream_sequence", "", "Number of the last change taken.", Some(position.seq));
    }
    out.gauge("gridwall_tickets", "", "Tickets held.", report.digest.map(|(count, _)| count));
    out.gauge("gridwall_buffered_changes", "", "Changes that wait for the list.", Some(report.load.buffered));
    let stats = report.stats;
    for (name, help, value) in [
        ("gridwall_stream_gaps", "Times changes were missing.", stats.gaps),
        ("gridwall_stream_relists", "Times the list was read again.", stats.relists),
        ("gridwall_digest_matches", "Digests that agreed.", stats.digest_matches),
        ("gridwall_digest_mismatches", "Digests that differed.", stats.digest_mismatches),
        ("gridwall_changes_repeated", "Changes seen before.", stats.repeated),
        ("gridwall_changes_outdated", "Changes older than what is held.", stats.outdated),
        ("gridwall_events_broken", "Events that could not be read.", stats.broken_events),
        ("gridwall_lists_stale", "Lists older than what is held.", stats.stale_lists),
        ("gridwall_requests", "Requests made, streams included.", stats.requests),
        ("gridwall_codes_unmapped", "Codes that stand for nothing we know.", report.unmapped),
        ("gridwall_positions_off_globe", "Positions off the globe.", report.off_globe),
    ] {
        out.counter(name, help, value);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use super::*;
    use crate::platform::Health;
    use crate::platform::sync::{SyncCore, SyncOptions};

    fn sources() -> Sources {
        let sources = Sources::default();
        let base = "http://secret-host.example/x/".parse().unwrap();
        let core = SyncCore::new(SyncOptions { base, seed: 1, start_jitter: false, page_limit: 10 });
        let mut report = core.report();
        report.feeds[0].proven_at = Some(Duration::from_secs(70));
        report.feeds[0].trouble =
            Some(crate::domain::Trouble::TimedOut { detail: "http://secret-host.example/x/tickets".into() });
        report.feeds[0].samples.push("ticket HC-1: stage: 'x'".into());
        sources.health.hang(Health { at: Instant::now(), now: Duration::from_secs(100), report });
        sources.vitals.note_update(Duration::from_millis(4));
        sources
    }

    #[test]
    fn the_text_keeps_the_rules_of_the_format() {
        let said = text(&sources(), Usage { resident: Some(5), ..Usage::default() }, Instant::now());
        assert!(said.ends_with("# EOF\n") && said.matches("# EOF").count() == 1);
        let (mut families, mut samples, mut current) = (HashSet::new(), HashSet::new(), (String::new(), String::new()));
        for line in said.lines().filter(|line| *line != "# EOF") {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert!(families.insert(name.to_owned()), "{name} comes twice");
                current = (name.to_owned(), kind.to_owned());
            } else if let Some(rest) = line.strip_prefix("# UNIT ") {
                let (name, unit) = rest.split_once(' ').unwrap();
                assert!(name == current.0 && name.ends_with(&format!("_{unit}")), "{line}");
            } else if !line.starts_with("# HELP ") {
                let (what, value) = line.rsplit_once(' ').unwrap();
                assert!(value.parse::<f64>().unwrap().is_finite(), "{line}");
                assert!(samples.insert(what.to_owned()), "{line} comes twice");
                let suffix = match current.1.as_str() {
                    "counter" => "_total",
                    "info" => "_info",
                    _ => "",
                };
                let name = what.split('{').next().unwrap();
                assert_eq!(name, format!("{}{suffix}", current.0), "{line}");
            }
        }
        assert!(families.len() > 20, "{families:?}");
    }

    #[test]
    fn it_tells_age_and_state_and_neither_addresses_nor_records() {
        let said = text(&sources(), Usage::default(), Instant::now());
        let age =
            said.lines().find_map(|line| line.strip_prefix("gridwall_feed_age_seconds{feed=\"tickets\"} ")).unwrap();
        assert!((30.0..40.0).contains(&age.parse::<f64>().unwrap()), "{age}");
        assert!(said.contains("gridwall_feed_state{feed=\"tickets\",gridwall_feed_state=\"delayed\"} 1"), "{said}");
        assert!(said.contains("gridwall_feed_state{feed=\"care\",gridwall_feed_state=\"never\"} 1"));
        assert!(said.contains("gridwall_feed_trouble{feed=\"tickets\",reason=\"timed-out\"} 1"));
        assert!(!said.contains("secret-host") && !said.contains("HC-1"), "{said}");
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
