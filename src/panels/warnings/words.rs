//! What is said of one warning: title, place, evidence, state. Platforms send one sentence; where it begins with the
//! area's name, the place is said once and the rest is the evidence.

use bevy_egui::egui::Painter;

use crate::city::Tickets;
use crate::domain::{AreaTable, Level, Warning, WarningKind, WarningState};
use crate::locale::Locale;
use crate::panels::latest::category_of;
use crate::panels::look::Look;
use crate::panels::pen::width;
use crate::panels::style::Role;
use crate::selection::{Drill, Target};

/// One warning in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarningWords {
    /// What it is, in few words: `供水不足短期高速增长`.
    pub title: String,
    /// Where: `望澜 · 盐坊社区`.
    pub place: String,
    /// What was seen and what would be usual.
    pub evidence: String,
    /// The kind and the category that the title is made of, for rows without room for both.
    pub parts: Option<[String; 2]>,
}

impl WarningWords {
    /// The same for a row whose title is at most `title` wide, its place and its evidence so wide: a title that is too
    /// long is the category alone, and the kind stands before the evidence or else before the place. Where words
    /// are long, `is_alike`, so is every title, that the rows of a list are alike.
    pub fn fitted(mut self, look: &Look<'_>, p: &Painter, [title, place, evidence]: [f32; 3], is_alike: bool) -> Self {
        let Some([kind, category]) = self.parts.take() else { return self };
        if !is_alike && width(p, self.title.as_str(), Role::ROW_STRONG) <= title {
            return self;
        }
        let seen = look.locale.t_args("warning-evidence-of", &[("kind", &kind), ("evidence", &self.evidence)]);
        let there = format!("{kind} · {}", self.place);
        if width(p, seen.as_str(), Role::BODY) <= evidence {
            (self.title, self.evidence) = (category, seen);
        } else if width(p, there.as_str(), Role::BODY) <= place {
            (self.title, self.place) = (category, there);
        }
        self
    }
}

/// The key of a kind's name.
pub const fn kind_key(kind: WarningKind) -> &'static str {
    match kind {
        WarningKind::Repeat => "warning-repeat",
        WarningKind::Dissatisfied => "warning-dissatisfied",
        WarningKind::FastGrowth => "warning-fast-growth",
        WarningKind::Overdue => "warning-overdue",
        WarningKind::Weather => "warning-weather",
        WarningKind::Other => "warning-other",
    }
}

/// The key of a state's name.
pub const fn state_key(state: WarningState) -> &'static str {
    match state {
        WarningState::Raised => "warning-raised",
        WarningState::Confirmed => "warning-confirmed",
        WarningState::Published => "warning-published",
        WarningState::Withdrawn => "warning-withdrawn",
    }
}

/// The category of a warning, by a ticket that is evidence for it.
fn category<'a>(tickets: &'a Tickets, warning: &Warning) -> Option<&'a str> {
    warning.service_code.as_ref()?;
    warning.evidence.iter().find_map(|id| tickets.by_id.get(id)).map(category_of)
}

/// A number without needless decimals.
fn plain(look: &Look<'_>, n: f64) -> String {
    let text = look.locale.numbers().decimal(n, 1);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// All of it.
pub fn words(look: &Look<'_>, areas: &AreaTable, tickets: &Tickets, warning: &Warning) -> WarningWords {
    let text = match (look.locale, &warning.text_en) {
        (Locale::En, Some(text)) if !text.is_empty() => text.as_str(),
        _ => warning.text.as_str(),
    };
    let area = warning.area.as_ref().and_then(|code| areas.find(code));
    let name = area.map(|id| look.locale.area_name(areas.get(id)));
    let place = match area {
        Some(id) if areas.get(id).level > Level::District => {
            let own = look.locale.short_area_name(areas.get(id));
            match areas.ancestor_at(id, Level::Street) {
                Some(street) if street != id => format!("{} · {own}", look.locale.short_area_name(areas.get(street))),
                _ => own.to_owned(),
            }
        }
        _ => format!("{} · {}", look.t("district-word"), warning.source),
    };
    let kind = look.t(kind_key(warning.kind));
    let colons: &[char] = &['：', ':', ' ', '　'];
    let category = category(tickets, warning);
    let parts = category.map(|category| [kind.to_string(), look.locale.term(category).to_owned()]);
    let (title, mut evidence) = if let Some(rest) = name.and_then(|name| text.strip_prefix(name)) {
        let title = match category {
            Some(category) => {
                look.locale.t_args("warning-of", &[("category", look.locale.term(category)), ("kind", &kind)])
            }
            None => kind.into_owned(),
        };
        (title, rest.trim_start_matches(colons).to_owned())
    } else if let Some((head, rest)) = text.split_once(['：', ':']) {
        (head.trim().to_owned(), rest.trim().to_owned())
    } else {
        (if text.is_empty() { kind.into_owned() } else { text.to_owned() }, String::new())
    };
    // The title names the category already.
    if let Some(category) = category {
        evidence = evidence.replacen(&format!("{category}, "), "", 1).replacen(category, "", 1).replace("  ", " ");
    }
    if evidence.is_empty()
        && let Some(seen) = warning.seen
    {
        evidence = match warning.expected {
            Some(usual) => look
                .locale
                .t_args("warning-seen-usual", &[("seen", &plain(look, seen)), ("usual", &plain(look, usual))]),
            None => look.locale.t_args("warning-seen", &[("seen", &plain(look, seen))]),
        };
    }
    WarningWords { title, place, evidence, parts }
}

/// Where a click on a warning leads: its area, or the first ticket that is evidence for it.
pub fn drill(areas: &AreaTable, tickets: &Tickets, warning: &Warning) -> Option<Drill> {
    let area =
        warning.area.as_ref().filter(|code| areas.find(code).is_some_and(|id| areas.get(id).level > Level::District));
    let ticket = || warning.evidence.iter().find(|id| tickets.by_id.contains_key(*id)).cloned();
    area.cloned().map(Target::Area).or_else(|| ticket().map(Target::Ticket)).map(Drill::To)
}
