//! The page of diagnostics (F8): per feed its state, age, tries and reason; the ticket stream's cursor, gaps, re-lists and
//! digests; what could not be placed or understood; the process itself. And the mark of safe mode.
//!
//! It reads what the platform thread and the wall publish once a second and draws over everything else. Numbers here are
//! for whoever keeps the wall running, so nothing is rounded away.

use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, egui};
use egui::{Align, CornerRadius, Key, LayerId, Modifiers, Order, Rect, Ui, UiBuilder, pos2, vec2};
use jiff::tz::TimeZone;

use super::head::announce;
use super::look::Look;
use super::pen::{centred, fit, freshness_glyph, rule, say};
use super::style::{self, Role, colour, faint};
use super::truth::feed_key;
use super::{PanelHits, PanelProfile, PanelState};
use crate::city::{
    Areas, Care, FeedFreshness, Freshness, Health, Now, PlatformHealth, Rejects, SiteFacts, StreamPhase, Tallies,
};
use crate::domain::Feed;
use crate::locale::{Locale, thousands};
use crate::palette::Theme;
use crate::process::Usage;
use crate::vitals::{Vitals, quantile};

/// Height of a row, u.
const ROW: f32 = 34.0;
/// Space inside the page, u.
const PAD: f32 = 28.0;
/// The widest page, u.
const WIDE: f32 = 1_480.0;

/// Draws page and mark after the panels.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<PlatformHealth>()
        .init_resource::<Vitals>()
        .add_systems(EguiPrimaryContextPass, draw.after(super::draw));
}

/// What the page shows, borrowed for one frame.
pub struct Facts<'a> {
    /// The platform thread, if it has told anything yet.
    pub health: Option<&'a Health>,
    /// The wall's signs of life.
    pub vitals: &'a Vitals,
    /// The process.
    pub usage: Usage,
    /// Tickets that are not on the map or in no grid.
    pub tallies: &'a Tallies,
    /// Records that could not be used.
    pub rejects: &'a Rejects,
    /// Areas with something wrong.
    pub defects: usize,
}

fn draw(
    mut contexts: EguiContexts,
    (theme, locale, profile): (Res<Theme>, Res<Locale>, Res<PanelProfile>),
    (health, vitals): (Res<PlatformHealth>, Res<Vitals>),
    (tallies, rejects, areas, care): (Res<Tallies>, Res<Rejects>, Res<Areas>, Res<Care>),
    (site, feeds, now): (Res<SiteFacts>, Res<FeedFreshness>, Res<Now>),
    (mut hits, mut state): (ResMut<PanelHits>, ResMut<PanelState>),
) {
    let Ok(ctx) = contexts.ctx_mut() else { return };
    state.is_diagnostics_shown ^= is_asked(ctx);
    let is_shown = state.is_diagnostics_shown;
    if !(is_shown || vitals.is_safe()) || !style::install(ctx, *theme) {
        return;
    }
    let site = site.0.as_ref();
    let look = Look {
        locale: *locale,
        palette: theme.palette(),
        now: *now,
        site,
        zone: site.map_or(TimeZone::UTC, |site| site.zone.clone()),
        feeds: &feeds,
        care_as_of: care.table.as_of,
        k: profile.0.scale(),
    };
    let canvas = ctx.content_rect();
    let layer = LayerId::new(Order::Foreground, egui::Id::new("diagnostics"));
    let root = Ui::new(ctx.clone(), egui::Id::new("diagnostics"), UiBuilder::new().layer_id(layer).max_rect(canvas));
    if vitals.is_safe() {
        safe_ui(&root, &look, hits.free_u);
    }
    if is_shown {
        let latest = health.0.latest();
        let facts = Facts {
            health: latest.as_deref(),
            vitals: &vitals,
            usage: Usage::at_a_glance(),
            tallies: &tallies,
            rejects: &rejects,
            defects: areas.defects.len(),
        };
        let page = diagnostics_ui(&root, &look, &facts, canvas);
        if ctx.pointer_latest_pos().is_some_and(|at| page.contains(at)) && !hits.pointer_on_panels {
            hits.pointer_on_panels = true;
        }
    }
}

/// True if F8 was pressed, which opens the page and closes it.
fn is_asked(ctx: &egui::Context) -> bool {
    ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::F8))
}

/// The mark of safe mode at the top left of the map.
fn safe_ui(root: &Ui, look: &Look<'_>, free: Rect) {
    let words = look.t("safe-mode");
    // Below the banner, which has the top of the map.
    let at = pos2(free.left() + 30.0, free.top() + 124.0);
    let wide = super::pen::width(root.painter(), words.as_ref(), Role::ROW_STRONG);
    let rect = Rect::from_min_size(at - vec2(14.0, 28.0), vec2(wide + 28.0, 40.0));
    root.painter().rect_filled(rect, CornerRadius::same(4), faint(look.palette.bg2, 0.96));
    root.painter().rect_stroke(
        rect,
        CornerRadius::same(4),
        egui::Stroke::new(2.0, look.text1()),
        egui::StrokeKind::Inside,
    );
    say(root.painter(), at, Align::Min, words.as_ref(), Role::ROW_STRONG, look.text1());
    announce(root, rect, "safe-mode", &words);
}

/// Draws the page in the middle of the canvas; returns where it is.
pub fn diagnostics_ui(root: &Ui, look: &Look<'_>, facts: &Facts<'_>, canvas: Rect) -> Rect {
    let samples: Vec<String> = samples(facts);
    let left = stream_rows(look, facts);
    let right = process_rows(look, facts);
    let rows = left.len().max(right.len());
    let shown = samples.len().min(4);
    let tall = PAD * 2.0 + ROW * (2 + Feed::ALL.len() + 1 + rows + shown + usize::from(shown > 0)) as f32;
    let size = vec2((canvas.width() - 60.0).min(WIDE), tall.min(canvas.height() - 40.0));
    let page = Rect::from_center_size(canvas.center(), size);
    let p = root.painter().with_clip_rect(page);
    let p = &p;
    p.rect_filled(page, CornerRadius::same(8), colour(look.palette.bg2));
    let (x0, x1) = (page.left() + PAD, page.right() - PAD);
    let mut y = page.top() + PAD;
    let title = look.t("diag-title");
    say(p, pos2(x0, y + 22.0), Align::Min, title.as_ref(), Role::PANEL, look.text1());
    say(p, pos2(x1, y + 22.0), Align::Max, look.t("diag-hint").as_ref(), Role::BODY, look.text3());
    announce(root, page, "diagnostics", &title);
    y += ROW * 1.2;

    y = feeds_ui(root, p, look, facts, (x0, x1), y);
    rule(p, look.palette, x0..=x1, y);
    y += 8.0;

    let middle = (x0 + x1) / 2.0;
    for (column, rows) in [((x0, middle - 24.0), &left), ((middle + 24.0, x1), &right)] {
        for (index, (label, value)) in rows.iter().enumerate() {
            let base = centred(y + ROW * (index as f32 + 0.5), Role::BODY);
            let said = fit(p, pos2(column.1, base), Align::Max, value.as_str(), Role::BODY, look.text1(), 420.0);
            let room = (said.left() - column.0 - 12.0).max(60.0);
            fit(p, pos2(column.0, base), Align::Min, label.as_ref(), Role::BODY, look.text2(), room);
            let rect = Rect::from_min_max(pos2(column.0, base - 22.0), pos2(column.1, base + 8.0));
            announce(root, rect, ("row", label.as_ref()), &format!("{label} {value}"));
        }
    }
    y += ROW * rows as f32 + 8.0;
    if shown > 0 {
        rule(p, look.palette, x0..=x1, y);
        let base = centred(y + ROW * 0.6, Role::BODY);
        say(p, pos2(x0, base), Align::Min, look.t("diag-samples").as_ref(), Role::BODY_STRONG, look.text1());
        for (index, sample) in samples.iter().take(shown).enumerate() {
            let base = base + ROW * (index as f32 + 1.0);
            fit(p, pos2(x0, base), Align::Min, sample.as_str(), Role::BODY, look.text2(), x1 - x0);
            announce(root, Rect::from_min_max(pos2(x0, base - 22.0), pos2(x1, base + 8.0)), ("sample", index), sample);
        }
    }
    page
}

/// The table of feeds. Returns where it ends.
fn feeds_ui(root: &Ui, p: &egui::Painter, look: &Look<'_>, facts: &Facts<'_>, (x0, x1): (f32, f32), y: f32) -> f32 {
    let wide = x1 - x0;
    // Left edges of name and state, right edges of the numbers, left edge of the reason; shares of the width.
    let [name, state, age, proofs, failures, rejected, reason] =
        [0.0, 0.13, 0.36, 0.45, 0.53, 0.61, 0.635].map(|share| x0 + share * wide);
    let base = centred(y + ROW * 0.5, Role::AXIS);
    for (x, side, key) in [
        (name, Align::Min, "diag-feed"),
        (state, Align::Min, "diag-state"),
        (age, Align::Max, "diag-age"),
        (proofs, Align::Max, "diag-proofs"),
        (failures, Align::Max, "diag-failures"),
        (rejected, Align::Max, "diag-rejected"),
        (reason, Align::Min, "diag-reason"),
    ] {
        say(p, pos2(x, base), side, look.t(key).as_ref(), Role::AXIS, look.text3());
    }
    let mut y = y + ROW;
    for feed in Feed::ALL {
        let shown = look.feed(feed);
        let known = facts.health.map(|health| health.feed(feed));
        let middle = y + ROW / 2.0;
        let base = centred(middle, Role::BODY);
        let title = look.t(feed_key(feed));
        say(p, pos2(name, base), Align::Min, title.as_ref(), Role::BODY_STRONG, look.text1());
        freshness_glyph(p, look.palette, pos2(state + 9.0, middle), 18.0, shown.rung);
        let rung = look.t(rung_key(shown.rung));
        say(p, pos2(state + 28.0, base), Align::Min, rung.as_ref(), Role::BODY, look.text1());
        let seconds = shown.age.map_or_else(|| "—".to_owned(), |age| exact(look, "diag-seconds", age.as_secs()));
        say(p, pos2(age, base), Align::Max, seconds.as_str(), Role::BODY, look.text1());
        let number = |n: Option<u64>| n.map_or_else(|| "—".to_owned(), thousands);
        let refused = facts.rejects.0.get(&feed).map_or(0, |(count, _)| *count);
        let numbers = [
            (proofs, number(known.map(|known| known.proofs))),
            (failures, number(known.map(|known| known.failures))),
            (rejected, number(Some(refused))),
        ];
        for (x, words) in &numbers {
            say(p, pos2(*x, base), Align::Max, words.as_str(), Role::BODY, look.text2());
        }
        let words = shown.reason(look).unwrap_or_default();
        fit(p, pos2(reason, base), Align::Min, words.as_str(), Role::BODY, look.text1(), x1 - reason);
        let [proofs, failures, rejected] = numbers.map(|(_, words)| words);
        let row = Rect::from_min_max(pos2(x0, y), pos2(x1, y + ROW));
        let label = format!("{title} {rung} {seconds} {proofs} {failures} {rejected} {words}");
        announce(root, row, ("feed", feed.key()), label.trim_end());
        y += ROW;
    }
    y + 6.0
}

type Rows = Vec<(std::borrow::Cow<'static, str>, String)>;

fn stream_rows(look: &Look<'_>, facts: &Facts<'_>) -> Rows {
    let mut rows = Rows::new();
    let mut row = |key: &str, value: String| rows.push((look.t(key), value));
    let Some(Health { report, .. }) = facts.health else {
        row("diag-stream", look.t("connecting").into_owned());
        return rows;
    };
    let stats = report.stats;
    let mut phase = look.t(phase_key(report.phase.stream)).into_owned();
    if report.phase.is_listing {
        phase = format!("{phase} · {}", look.t("diag-listing"));
    }
    row("diag-stream", phase);
    let cursor = report.position.as_ref();
    row("diag-cursor", cursor.map_or_else(|| "—".into(), |at| format!("{} · {}", at.epoch, thousands(at.seq))));
    row("diag-gaps", thousands(stats.gaps));
    row("diag-relists", thousands(stats.relists));
    let counts = [("ok", thousands(stats.digest_matches)), ("bad", thousands(stats.digest_mismatches))];
    row(
        "diag-digests",
        look.locale.t_args("diag-digest-counts", &[(counts[0].0, &counts[0].1), (counts[1].0, &counts[1].1)]),
    );
    let digest = report.digest.map_or_else(|| "—".into(), |(count, xor)| format!("{} · {xor:016x}", thousands(count)));
    row("diag-digest", digest);
    row("diag-repeated", format!("{} · {}", thousands(stats.repeated), thousands(stats.outdated)));
    row("diag-broken", thousands(stats.broken_events));
    row("diag-buffered", thousands(report.load.buffered as u64));
    row("diag-requests", thousands(stats.requests));
    rows
}

fn process_rows(look: &Look<'_>, facts: &Facts<'_>) -> Rows {
    let mut rows = Rows::new();
    let mut row = |key: &str, value: String| rows.push((look.t(key), value));
    if let Some(Health { report, .. }) = facts.health {
        row("diag-unmapped", thousands(report.unmapped));
        row("diag-off-globe", thousands(report.off_globe));
    }
    row("diag-off-map", thousands(u64::from(facts.tallies.off_map)));
    row("diag-unmatched", thousands(u64::from(facts.tallies.unmatched)));
    row("diag-defects", thousands(facts.defects as u64));
    let vitals = facts.vitals;
    row("diag-frames", thousands(vitals.presented()));
    let times = vitals.frame_times();
    let ms =
        |share| quantile(&times, share).map_or_else(|| "—".into(), |time| format!("{:.1}", time.as_secs_f64() * 1e3));
    row("diag-frame-time", format!("{} · {} ms", ms(0.5), ms(0.99)));
    let memory = facts.usage.resident.map_or_else(|| "—".into(), |bytes| format!("{} MiB", thousands(bytes >> 20)));
    row("diag-memory", memory);
    let of = |count: Option<u64>| count.map_or_else(|| "—".to_owned(), thousands);
    row("diag-threads", format!("{} · {}", of(facts.usage.threads), of(facts.usage.descriptors)));
    let up = look.locale.span(vitals.uptime().as_secs().try_into().unwrap_or(i64::MAX));
    row("diag-uptime", format!("{up} · {}", exact(look, "diag-restarts", vitals.restarts().into())));
    rows
}

/// A message about a number with all its digits: diagnostics are compared with logs, whatever style the wall writes in.
fn exact(look: &Look<'_>, key: &str, n: u64) -> String {
    look.locale.t_args(key, &[("n", &thousands(n))])
}

/// The first records that could not be used, feed by feed.
fn samples(facts: &Facts<'_>) -> Vec<String> {
    let of = |feed: Feed| facts.rejects.0.get(&feed).map(|(_, samples)| samples.as_slice()).unwrap_or_default();
    Feed::ALL.into_iter().flat_map(of).cloned().collect()
}

pub(super) const fn rung_key(rung: Freshness) -> &'static str {
    match rung {
        Freshness::Live => "rung-live",
        Freshness::Delayed => "rung-delayed",
        Freshness::Stale => "rung-stale",
        Freshness::Expired => "rung-expired",
        Freshness::Never => "rung-never",
    }
}

pub(super) const fn phase_key(phase: StreamPhase) -> &'static str {
    match phase {
        StreamPhase::Idle => "diag-phase-idle",
        StreamPhase::Waiting => "diag-phase-waiting",
        StreamPhase::Opening => "diag-phase-opening",
        StreamPhase::CatchingUp => "diag-phase-catching-up",
        StreamPhase::Following => "diag-phase-following",
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::super::fixture;
    use super::*;
    use crate::platform::sync::{SyncCore, SyncOptions};

    #[test]
    fn f8_asks_for_the_page_and_nothing_else_does() {
        let asks = |key| {
            let ctx = egui::Context::default();
            let event =
                egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
            let mut asked = [false; 2];
            let input = egui::RawInput { events: vec![event], ..Default::default() };
            let _ = ctx.run_ui(input, |ui| asked = [is_asked(ui.ctx()), is_asked(ui.ctx())]);
            asked
        };
        assert_eq!(asks(Key::F8), [true, false], "one press is one question");
        assert_eq!(asks(Key::F7), [false, false]);
    }

    #[test]
    fn every_feed_counter_and_reason_is_on_the_page() {
        let mut city = fixture::city();
        city.tallies.off_map = 3;
        city.tallies.unmatched = 7;
        city.rejects.0.insert(Feed::Tickets, (2, vec!["ticket HC-1: stage: 'nonsense'".into()]));
        let base = "http://127.0.0.1/".parse().unwrap();
        let core = SyncCore::new(SyncOptions { base, seed: 1, start_jitter: false, page_limit: 10 });
        let mut report = core.report();
        report.stats.gaps = 4;
        report.stats.relists = 5;
        (report.stats.digest_matches, report.stats.digest_mismatches) = (6, 1);
        report.unmapped = 9;
        report.position = Some(crate::platform::wire::StreamPosition { epoch: "e1".into(), seq: 12_345 });
        report.digest = Some((1_000, 0xabc));
        report.feeds[0].proofs = 77;
        let health = Health { at: Instant::now(), now: Duration::from_secs(100), report };
        let vitals = Vitals::default();
        vitals.set_start(false, 2);
        let labels = fixture::labels_in(&city, vec2(1_860.0, 1_040.0), |ui, look, city| {
            let facts = Facts {
                health: Some(&health),
                vitals: &vitals,
                usage: Usage { resident: Some(300 << 20), ..Usage::default() },
                tallies: &city.tallies,
                rejects: &city.rejects,
                defects: 8,
            };
            let canvas = ui.max_rect();
            diagnostics_ui(ui, look, &facts, canvas);
        });
        for wanted in [
            "工单 实时 2 秒 77 0 2",
            "断档 4",
            "全量重载 5",
            "摘要核对 一致 6 次，不一致 1 次",
            "当前摘要 1,000 · 0000000000000abc",
            "游标 e1 · 12,345",
            "未识别的代码 9",
            "不在图上 3",
            "未匹配网格 7",
            "区域数据缺陷 8",
            "占用内存 300 MiB",
            "ticket HC-1: stage: 'nonsense'",
        ] {
            assert!(labels.iter().any(|label| label == wanted), "{wanted} is not in {labels:#?}");
        }
        assert!(
            labels.iter().any(|label| label.starts_with("运行时间") && label.ends_with("重启 2 次")),
            "{labels:#?}"
        );
    }
}
