//! 上游系统: the systems the platform lives from, worst first: a light as shape and word, last contact, usual delay,
//! records taken and refused. What a light means follows from the delay that is usual for the system.

use bevy_egui::egui::{Align, Rect, Ui, pos2, vec2};

use super::super::head::{announce, empty, feed_glyph, head};
use super::super::look::{FeedLook, Look};
use super::super::more::{Room, more_ui};
use super::super::pen::{centred, fit, rule, say};
use super::super::style::Role;
use crate::city::Freshness;
use crate::domain::{Feed, SourceStatus};

/// Height of an entry.
const ENTRY: f32 = 88.0;

/// How a system is: on the ladder of feeds, judged by its own rhythm.
pub fn light(source: &SourceStatus, now: jiff::Timestamp) -> Freshness {
    let Some(age) = source.age(now) else { return Freshness::Never };
    // A system that is asked every few seconds may miss a minute; a daily one, a few hours.
    let usual = source.lag_s.unwrap_or(0.0).max(30.0);
    match age.as_secs_f64() {
        age if age <= 2.0 * usual + 60.0 => Freshness::Live,
        age if age <= 5.0 * usual + 300.0 => Freshness::Delayed,
        age if age <= 20.0 * usual + 3_600.0 => Freshness::Stale,
        _ => Freshness::Expired,
    }
}

const fn light_key(light: Freshness) -> &'static str {
    match light {
        Freshness::Live => "source-in-time",
        Freshness::Delayed => "source-late",
        Freshness::Stale => "source-overdue",
        Freshness::Expired => "source-silent",
        Freshness::Never => "source-never",
    }
}

/// Worst light first, then by share refused, then by name.
fn ranked(sources: &[SourceStatus], now: jiff::Timestamp) -> Vec<(&SourceStatus, Freshness)> {
    let refused = |source: &SourceStatus| source.rejects * 1_000_000 / (source.records + source.rejects).max(1);
    let mut rows: Vec<_> = sources.iter().map(|source| (source, light(source, now))).collect();
    rows.sort_by(|(a, one), (b, other)| {
        other.cmp(one).then(refused(b).cmp(&refused(a))).then_with(|| a.key.cmp(&b.key))
    });
    rows
}

/// Draws the panel.
pub fn sources_ui(ui: &Ui, look: &Look<'_>, sources: &[SourceStatus]) {
    let feed = look.feed(Feed::Sources);
    let rows = ranked(sources, look.now.at);
    let fine = rows.iter().filter(|(_, light)| *light == Freshness::Live).count();
    let note = (!rows.is_empty())
        .then(|| look.locale.t_args("sources-note", &[("n", &fine.to_string()), ("all", &rows.len().to_string())]));
    let body = head(ui, look, &look.t("sources-title"), note, &feed);
    if rows.is_empty() {
        let words = if feed.rung == Freshness::Never { "connecting" } else { "sources-none" };
        return empty(ui.painter(), look, body, &look.t(words));
    }
    // With room to spare the entries breathe; with too little the last ones, which are fine, are counted.
    let (room, step) = Room::between(rows.len(), [ENTRY, 148.0], body.height());
    more_ui(ui, look, body, body.top() + step * room.shown as f32, "more-items", room.hidden);
    for (nth, (source, light)) in rows.iter().take(room.shown).enumerate() {
        let rect = Rect::from_min_size(pos2(body.left(), body.top() + step * nth as f32), vec2(body.width(), step));
        if nth > 0 {
            rule(ui.painter(), look.palette, rect.x_range().into(), rect.top());
        }
        entry_ui(ui, look, &feed, source, *light, rect);
    }
}

fn entry_ui(ui: &Ui, look: &Look<'_>, feed: &FeedLook<'_>, source: &SourceStatus, light: Freshness, rect: Rect) {
    let p = ui.painter();
    let (left, top) = (rect.left() + 30.0, rect.top() + (rect.height() - ENTRY) / 2.0 + 6.0);
    let grey = feed.is_grey();
    // Whose report is old cannot say how the system is now.
    let shown = if grey || !feed.has_values() { Freshness::Never } else { light };
    let glyph = FeedLook { rung: shown, counted_at: None, ..feed.clone() };
    feed_glyph(p, look, pos2(rect.left() + 10.0, top + 12.0), 19.0, &glyph);
    let base = centred(top + 12.0, Role::ROW);
    let word = if shown == light { look.t(light_key(light)) } else { look.t("source-unknown") };
    let ink = if light == Freshness::Live { look.text2() } else { look.text1() };
    let said = say(p, pos2(rect.right(), base), Align::Max, word.as_ref(), Role::BODY_STRONG, ink);
    let name = look.locale.source_name(source);
    let title = if grey { look.ink(|p| p.stale) } else { look.text1() };
    fit(p, pos2(left, base), Align::Min, name, Role::ROW_STRONG, title, said.left() - left - 14.0);

    let last = source.last_contact.map_or_else(|| "—".to_owned(), |at| look.locale.moment(at, look.now.at, &look.zone));
    let usual = source.lag_s.map_or_else(|| "—".to_owned(), |lag| look.locale.span(lag.round() as i64));
    let last = look.locale.t_args("source-last", &[("time", &last)]);
    let usual = look.locale.t_args("source-usual", &[("span", &usual)]);
    let taken = feed.figure(look, source.records).0;
    let taken = look.locale.t_args("source-records", &[("n", &taken)]);
    let refused = match source.rejects {
        _ if !feed.has_values() => "—".to_owned(),
        0 => look.t("source-no-rejects").into_owned(),
        n => look.locale.t_args("source-rejects", &[("n", &look.count(n)), ("all", &look.count(source.records + n))]),
    };
    for (line, [one, other], strong) in
        [(0, [&last, &usual], false), (1, [&taken, &refused], source.rejects > 0 && feed.has_values())]
    {
        let base = base + 28.0 + 26.0 * line as f32;
        let ink = if strong { look.text1() } else { look.text3() };
        let said = say(p, pos2(rect.right(), base), Align::Max, other.as_str(), Role::BODY, ink);
        let room = said.left() - left - 14.0;
        fit(p, pos2(left, base), Align::Min, one.as_str(), Role::BODY, look.text2(), room);
    }
    announce(
        ui,
        rect,
        ("source", source.key.as_str()),
        &format!("{name} {word} · {last} · {usual} · {taken} · {refused}"),
    );
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::SignedDuration;

    use super::super::super::fixture;
    use super::*;

    /// A system that answers, one that is late, one that is silent, and one never heard of.
    pub(crate) fn sources() -> Vec<SourceStatus> {
        let source = |key: &str, name: &str, age_s: Option<i64>, lag_s, rejects| SourceStatus {
            key: key.into(),
            name: name.into(),
            name_en: Some(key.into()),
            last_contact: age_s.map(|age| fixture::now() - SignedDuration::from_secs(age)),
            lag_s: Some(lag_s),
            records: 41_236,
            rejects,
            coverage: Some(1.0),
        };
        vec![
            source("worker", "网格通", Some(12), 20.0, 0),
            source("hotline", "12345热线", Some(420), 45.0, 18),
            source("care", "关爱对象台账", Some(30_000), 86_400.0, 0),
            source("sensors", "部门派遣与感知", Some(90_000), 90.0, 0),
            source("other", "其他渠道", None, 300.0, 0),
        ]
    }

    #[test]
    fn a_light_is_judged_by_the_systems_own_rhythm() {
        let lights: Vec<_> = sources().iter().map(|source| light(source, fixture::now())).collect();
        use Freshness::*;
        assert_eq!(lights, [Live, Delayed, Live, Expired, Never]);
    }

    #[test]
    fn the_worst_is_first_and_every_light_has_a_word() {
        let city = fixture::city();
        let sources = sources();
        let labels = fixture::labels(&city, |ui, look, _| sources_ui(ui, look, &sources));
        let place = |name: &str| labels.iter().position(|label| label.starts_with(name)).expect("there");
        assert!(place("其他渠道 未接入") < place("部门派遣与感知 中断"));
        assert!(place("部门派遣与感知 中断") < place("12345热线 迟到"));
        assert!(place("12345热线 迟到") < place("网格通 正常"));
        assert!(labels.iter().any(|label| label.contains("拒收 18 / 41,254 条")), "{labels:?}");
    }
}
