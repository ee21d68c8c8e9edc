//! What the wall says, in Chinese or English: messages, numbers, ages and times.
//!
//! The texts are in `assets/locales/*.ftl`, built in; a test keeps both files at the same keys and variables. A leaf:
//! it knows the domain's names, no panel and no window.

mod numbers;
mod terms;

use std::borrow::Cow;
use std::sync::LazyLock;
use std::time::Duration;

use bevy::prelude::Resource;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::Deserialize;
use unic_langid::LanguageIdentifier;

use crate::domain::{Area, Definition, Level, Period, Site, Source, SourceStatus, Stage, Workflow};

#[cfg(test)]
pub(crate) use numbers::testing::written_in;
pub use numbers::{NumberStyle, choose_numbers, thousands};

/// The language of the wall.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, clap::ValueEnum)]
pub enum Locale {
    /// 简体中文
    #[default]
    #[serde(rename = "zh-CN")]
    #[value(name = "zh-CN", alias = "zh", alias = "zh-cn")]
    ZhCn,
    /// English
    #[serde(rename = "en")]
    #[value(name = "en")]
    En,
}

const ZH_CN: &str = include_str!("../assets/locales/zh-CN.ftl");
const EN: &str = include_str!("../assets/locales/en.ftl");

static BUNDLES: LazyLock<[FluentBundle<FluentResource>; 2]> =
    LazyLock::new(|| [bundle("zh-CN", ZH_CN), bundle("en", EN)]);

/// A broken line costs that message only: it is left out, and [`Locale::t`] then shows its key.
fn bundle(language: &str, text: &str) -> FluentBundle<FluentResource> {
    let language: LanguageIdentifier = language.parse().unwrap_or_default();
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(usable, _)| usable);
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Isolation marks have no glyph.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

/// All texts of both languages, for the check that the shipped fonts can draw them.
pub fn all_text() -> String {
    format!("{ZH_CN}{EN}{}", numbers::MARKS)
}

impl Locale {
    /// Both languages.
    pub const ALL: [Locale; 2] = [Locale::ZhCn, Locale::En];

    /// The name in configuration and on the command line.
    pub const fn key(self) -> &'static str {
        match self {
            Locale::ZhCn => "zh-CN",
            Locale::En => "en",
        }
    }

    /// The language of a name such as `zh-CN`, `zh`, `zh_CN.UTF-8` or `en`.
    pub fn parse(name: &str) -> Option<Locale> {
        let name = name.trim().to_ascii_lowercase();
        match name.get(..2) {
            Some("zh") => Some(Locale::ZhCn),
            Some("en") => Some(Locale::En),
            _ => None,
        }
    }

    /// The other language.
    pub const fn other(self) -> Locale {
        match self {
            Locale::ZhCn => Locale::En,
            Locale::En => Locale::ZhCn,
        }
    }

    /// The message of `key`; the key itself if there is none.
    pub fn t(self, key: &str) -> Cow<'static, str> {
        self.message(key, None).unwrap_or_else(|| Cow::Owned(key.to_owned()))
    }

    /// The message of `key` with variables filled in.
    pub fn t_args(self, key: &str, args: &[(&str, &str)]) -> String {
        let mut values = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            values.set(name.to_string(), FluentValue::from((*value).to_owned()));
        }
        let message = self.message(key, Some(&values)).map_or_else(|| key.to_owned(), Cow::into_owned);
        if self.numbers() == NumberStyle::Myriads { numbers::closed(&message) } else { message }
    }

    /// The message of `key` with the variable `n` as a number in the wall's style.
    pub fn t_n(self, key: &str, n: u64) -> String {
        self.t_args(key, &[("n", &self.count(n))])
    }

    /// How this wall writes numbers. English has no 万: there the style is always that of thousands.
    pub fn numbers(self) -> NumberStyle {
        match self {
            Locale::ZhCn => numbers::chosen(),
            Locale::En => NumberStyle::Thousands,
        }
    }

    /// A count as the wall writes it: `12,345`, or `1.23 万`.
    pub fn count(self, n: impl Into<u64>) -> String {
        self.numbers().write(n.into())
    }

    /// A figure as it was written, with its unit: `1,263 件`, `1.23 万件`.
    pub fn with_unit(self, figure: &str, unit: &str) -> String {
        let words = format!("{figure} {unit}");
        if self.numbers() == NumberStyle::Myriads { numbers::closed(&words) } else { words }
    }

    /// A difference as the wall writes it: `+16`, `−3`, `±0`.
    pub fn signed(self, n: i64) -> String {
        self.numbers().signed(n)
    }

    fn message(self, key: &str, args: Option<&FluentArgs<'_>>) -> Option<Cow<'static, str>> {
        let bundle: &'static FluentBundle<FluentResource> = &BUNDLES[self as usize];
        let pattern = bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        match args {
            None => Some(bundle.format_pattern(pattern, None, &mut errors)),
            Some(args) => Some(Cow::Owned(bundle.format_pattern(pattern, Some(args), &mut errors).into_owned())),
        }
    }

    /// The name of an indicator in this language, or the only one it has.
    pub fn indicator_name(self, definition: &Definition) -> &str {
        match (self, &definition.name_en) {
            (Locale::En, Some(name)) if !name.is_empty() => name,
            _ => &definition.name,
        }
    }

    /// A stretch of time, as heads and legends say it: 今日, 本月.
    pub fn period(self, period: Period) -> Cow<'static, str> {
        self.t(&format!("period-{}", period.key()))
    }

    /// The name of an area in this language, or the only one it has.
    pub fn area_name(self, area: &Area) -> &str {
        match (self, &area.name_en) {
            (Locale::En, Some(name)) if !name.is_empty() => name,
            _ => &area.name,
        }
    }

    /// The name as the wall writes it in a row: streets without the suffix 街道.
    pub fn short_area_name(self, area: &Area) -> &str {
        let name = self.area_name(area);
        if area.level != Level::Street {
            return name;
        }
        name.strip_suffix("街道").filter(|rest| !rest.is_empty()).unwrap_or(name)
    }

    /// The name of an upstream system in this language.
    pub fn source_name(self, source: &SourceStatus) -> &str {
        match (self, &source.name_en) {
            (Locale::En, Some(name)) if !name.is_empty() => name,
            _ => &source.name,
        }
    }

    /// The wall's title in this language.
    pub fn site_title(self, site: &Site) -> &str {
        if self == Locale::En && !site.title_en.is_empty() { &site.title_en } else { &site.title }
    }

    /// A scene's title in this language.
    pub fn title_of(self, title: &crate::scene::Title) -> &str {
        if self == Locale::En { &title.en } else { &title.zh }
    }

    /// What the site calls a stage; the two ends have names of ours.
    pub fn stage(self, workflow: Option<&Workflow>, stage: Stage) -> Cow<'static, str> {
        match (stage, workflow.and_then(|workflow| workflow.step(stage))) {
            (Stage::Closed, _) => self.t("stage-closed"),
            (Stage::Void, _) => self.t("stage-void"),
            (_, Some(step)) if self == Locale::En && !step.label_en.is_empty() => Cow::Owned(step.label_en.clone()),
            (_, Some(step)) => Cow::Owned(step.label.clone()),
            (_, None) => Cow::Borrowed(stage.key()),
        }
    }

    /// The name of a source.
    pub fn source(self, source: Source) -> Cow<'static, str> {
        self.t(match source {
            Source::GridWorker => "source-grid-worker",
            Source::Hotline => "source-hotline",
            Source::Dispatch => "source-dispatch",
            Source::Other => "source-other",
        })
    }

    /// The name of a level.
    pub fn level(self, level: Level) -> Cow<'static, str> {
        self.t(match level {
            Level::District => "level-district",
            Level::Street => "level-street",
            Level::Community => "level-community",
            Level::Grid => "level-grid",
        })
    }

    /// A length of time with one unit: `24 分`, `9.4 时`, `1.2 天`. Negative lengths count as zero.
    pub fn span(self, seconds: i64) -> String {
        let seconds = seconds.max(0);
        let (key, n) = match seconds {
            0..60 => ("age-seconds", seconds.to_string()),
            60..3600 => ("age-minutes", (seconds / 60).to_string()),
            3600..86_400 => ("age-hours", tenths(seconds, 3600)),
            _ => ("age-days", tenths(seconds, 86_400)),
        };
        self.t_args(key, &[("n", &n)])
    }

    /// How long ago something was: `2 秒前`, `7 分钟前`.
    pub fn ago(self, age: Duration) -> String {
        let seconds = age.as_secs();
        let (key, n) = match seconds {
            0..60 => ("age-ago-seconds", seconds),
            60..3600 => ("age-ago-minutes", seconds / 60),
            3600..86_400 => ("age-ago-hours", seconds / 3600),
            _ => ("age-ago-days", seconds / 86_400),
        };
        self.t_n(key, n)
    }

    /// Day and month.
    pub fn date(self, at: &Zoned) -> String {
        let month = self.t(&format!("short-month-{}", at.month()));
        self.t_args("date", &[("month", &month), ("day", &at.day().to_string())])
    }

    /// The weekday's full name.
    pub fn weekday(self, at: &Zoned) -> Cow<'static, str> {
        self.t(&format!("weekday-{}", at.weekday().to_monday_zero_offset()))
    }

    /// The weekday's short name.
    pub fn short_weekday(self, at: &Zoned) -> Cow<'static, str> {
        self.t(&format!("short-weekday-{}", at.weekday().to_monday_zero_offset()))
    }

    /// The time of an event for a list: `14:22` today, `昨日 22:40`, else `11-19 08:15`; of another year only its date.
    pub fn moment(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        match self.moment_lines(at, now, zone) {
            (clock, Some(day)) => format!("{day} {clock}"),
            (clock, None) => clock,
        }
    }

    /// The same in two lines: the clock, and the day unless it is today; of another year only its date.
    /// English has no word for yesterday that is as short as the date.
    pub fn moment_lines(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> (String, Option<String>) {
        let (at, today) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
        if at.year() != today.year() && Some(at.date()) != today.date().yesterday().ok() {
            return (format!("{}-{:02}-{:02}", at.year(), at.month(), at.day()), None);
        }
        let day = if at.date() == today.date() {
            None
        } else if self == Locale::ZhCn && Some(at.date()) == today.date().yesterday().ok() {
            Some(self.t("yesterday").into_owned())
        } else {
            Some(format!("{:02}-{:02}", at.month(), at.day()))
        };
        (format!("{:02}:{:02}", at.hour(), at.minute()), day)
    }
}

/// `14:32:05` in the zone.
pub fn hms(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned(zone.clone());
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// `14:32` in the zone.
pub fn hm(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned(zone.clone());
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// A length of time on a clock: `01:19` in hours and minutes, as long as it takes; negative lengths count as zero.
pub fn clock_span(span: SignedDuration) -> String {
    let minutes = span.as_mins().max(0);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `00:23` in minutes and seconds, for delays under an hour.
pub fn delay(age: Duration) -> String {
    format!("{:02}:{:02}", age.as_secs() / 60, age.as_secs() % 60)
}

/// `value / unit` with one decimal below ten units, none above.
fn tenths(value: i64, unit: i64) -> String {
    let tenths = value * 10 / unit;
    if tenths < 100 { format!("{}.{}", tenths / 10, tenths % 10) } else { (value / unit).to_string() }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Keys of a locale file with the variables each uses, read from the text itself.
    fn keys(text: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut out = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((key, value)) = line.split_once(" = ") else { continue };
            let variables = value.split('$').skip(1);
            let variables = variables.map(|v| v.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect());
            assert!(out.insert(key.to_owned(), variables.collect()).is_none(), "{key} is there twice");
        }
        out
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let (zh, en) = (keys(ZH_CN), keys(EN));
        assert!(zh.len() > 100);
        assert_eq!(zh, en);
    }

    #[test]
    fn every_message_is_read_by_the_library_and_without_isolation_marks() {
        for locale in Locale::ALL {
            for (key, variables) in keys(ZH_CN) {
                let args: Vec<_> = variables.iter().map(|name| (name.as_str(), "7")).collect();
                let text = locale.t_args(&key, &args);
                assert!(
                    (text != key || !key.contains('-')) && !text.contains(['\u{2068}', '\u{2069}', '$', '{']),
                    "{key}: {text}"
                );
            }
        }
        assert_eq!(Locale::En.t("no-such-key"), "no-such-key");
    }

    /// The files hold what the code asks for; the code asks with literals, so its own text can be searched.
    #[test]
    fn every_key_is_used() {
        let mut code = String::new();
        let panels = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut folders = vec![panels];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ext| ext == "rs") {
                    code += &std::fs::read_to_string(path).unwrap();
                }
            }
        }
        let unused: Vec<_> = keys(ZH_CN)
            .into_keys()
            .filter(|key| {
                let stem = key.rsplit_once('-').map_or(key.as_str(), |(stem, _)| stem);
                !code.contains(&format!("\"{key}\"")) && !code.contains(&format!("\"{stem}-{{"))
            })
            .collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    #[test]
    fn spans_read_as_people_write_them() {
        let zh = Locale::ZhCn;
        assert_eq!(
            [4, 24 * 60, 33_840, 103_680, 1_900_800].map(|s| zh.span(s)),
            ["4 秒", "24 分", "9.4 时", "1.2 天", "22 天"]
        );
        assert_eq!(zh.ago(Duration::from_secs(2)), "2 秒前");
        assert_eq!(Locale::En.ago(Duration::from_secs(460)), "7 min ago");
        assert_eq!(clock_span(SignedDuration::from_mins(79)), "01:19");
        assert_eq!(clock_span(SignedDuration::from_hours(120)), "120:00");
        assert_eq!(delay(Duration::from_secs(23)), "00:23");
    }

    #[test]
    fn moments_say_the_day_when_it_is_not_today() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-21T14:32:05+08:00");
        let say = |text: &str| Locale::ZhCn.moment(at(text), now, &zone);
        assert_eq!(say("2026-11-21T00:05:00+08:00"), "00:05");
        assert_eq!(say("2026-11-20T22:40:00+08:00"), "昨日 22:40");
        assert_eq!(say("2026-03-01T08:15:00+08:00"), "03-01 08:15");
        assert_eq!(say("2011-03-01T08:15:00+08:00"), "2011-03-01");
        let lines = |text: &str| Locale::ZhCn.moment_lines(at(text), now, &zone);
        assert_eq!(lines("2026-11-21T00:05:00+08:00"), ("00:05".into(), None));
        assert_eq!(lines("2026-11-20T22:40:00+08:00"), ("22:40".into(), Some("昨日".into())));
        assert_eq!(lines("2011-03-01T08:15:00+08:00"), ("2011-03-01".into(), None));
        let new_year = at("2026-01-01T06:00:00+08:00");
        let eve = |locale: Locale| locale.moment(at("2025-12-31T23:50:00+08:00"), new_year, &zone);
        assert_eq!([Locale::ZhCn, Locale::En].map(eve), ["昨日 23:50", "12-31 23:50"]);
        assert_eq!(hms(now, &zone), "14:32:05");
    }

    #[test]
    fn languages_are_known_by_their_usual_names() {
        assert_eq!(Locale::parse("zh_CN.UTF-8"), Some(Locale::ZhCn));
        assert_eq!(Locale::parse("en"), Some(Locale::En));
        assert_eq!(Locale::parse("de"), None);
        assert_eq!(Locale::parse("中"), None);
    }
}
