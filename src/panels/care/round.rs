//! 加密走访: while a weather warning stands, how many people who are frail or alone a round should reach, by category.
//! Counts only, withheld as they come; one person may be in several categories, so they are never added up.

use bevy_egui::egui::{Align, Rect, Ui, pos2, vec2};
use jiff::Timestamp;

use super::{district_counts, figure, group_key};
use crate::city::{Care, Tickets, Warnings};
use crate::domain::{AreaTable, CareCategory, CareGroup, Feed, Level, Warning, WarningKind};
use crate::panels::head::announce;
use crate::panels::look::Look;
use crate::panels::pen::{centred, fit, rule, say};
use crate::panels::style::Role;
use crate::panels::warnings::sign::{SignLook, sign};
use crate::panels::warnings::words::words;

/// Its height with the rule above it.
pub const HEIGHT: f32 = 186.0;
/// Whom weather endangers first.
const FIRST: [CareCategory; 3] = [CareCategory::LivingAlone, CareCategory::Dependent, CareCategory::VeryOld];

/// The most severe weather warning that stands.
pub fn weather(warnings: &Warnings, now: Timestamp) -> Option<&Warning> {
    warnings.0.list.iter().filter(|it| it.kind == WarningKind::Weather && it.is_standing(now)).min_by_key(|it| it.level)
}

/// Draws it at the foot of a column.
pub fn round_ui(
    ui: &Ui,
    look: &Look<'_>,
    (areas, tickets): (&AreaTable, &Tickets),
    care: &Care,
    warning: &Warning,
    rect: Rect,
) {
    let p = ui.painter();
    rule(p, look.palette, rect.x_range().into(), rect.top());
    let (warned, feed) = (look.feed(Feed::Warnings), look.feed(Feed::Care));
    let title = rect.top() + 44.0;
    let said = say(p, pos2(rect.left(), title), Align::Min, look.t("care-round"), Role::PANEL, look.text1());
    let when = look.locale.moment(warning.issued_at, look.now.at, &look.zone);
    let note = look.locale.t_args("care-round-note", &[("time", &when)]);
    let room = rect.right() - said.right() - 16.0;
    fit(p, pos2(rect.right(), title), Align::Max, note, Role::BODY, look.text3(), room);
    let words = words(look, areas, tickets, warning);
    let y = title + 34.0;
    let signed = if warned.is_grey() { SignLook::Hollow } else { SignLook::Filled };
    sign(p, look.palette, pos2(rect.left() + 18.0, y), 14.0, warning.level, signed, false);
    let room = rect.width() - 48.0;
    fit(p, pos2(rect.left() + 48.0, centred(y, Role::ROW)), Align::Min, words.title, Role::ROW, look.text1(), room);
    let concerned =
        warning.area.as_ref().filter(|code| areas.find(code).is_some_and(|id| areas.get(id).level > Level::District));
    for (nth, category) in FIRST.into_iter().enumerate() {
        let group = CareGroup::Of(category);
        let counts = match concerned {
            Some(code) => care.table.of(code, group),
            None => district_counts(care, areas, group),
        };
        let x = rect.left() + rect.width() * nth as f32 / 3.0;
        let at = pos2(x, y + 58.0);
        let said = figure(p, at, Align::Min, counts.listed, Role::medium(34.0), look, &feed);
        let name = look.t(group_key(group));
        let wide = rect.width() / 3.0 - 8.0;
        fit(p, pos2(x, at.y + 30.0), Align::Min, name.as_ref(), Role::BODY, look.text3(), wide);
        announce(ui, Rect::from_min_size(said.min, vec2(wide, 60.0)), ("round", nth), &name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AreaCode, CareCounts, Count, WarningState};
    use crate::panels::fixture::{self, now};
    use crate::panels::warnings::samples;

    #[test]
    fn a_standing_weather_warning_names_whom_a_round_should_reach() {
        let mut city = samples::city();
        let mut care = Care::default();
        let counts = std::array::from_fn(|_| CareCounts { listed: Count::About(40), ..CareCounts::default() });
        care.table.areas.insert(AreaCode::new("459901"), counts);
        let rain = weather(&city.lists.warnings, now()).expect("rain").clone();
        let said = fixture::labels(&city, |ui, look, city| {
            round_ui(ui, look, (&city.areas, &city.tickets), &care, &rain, ui.max_rect());
        });
        assert!(
            said.iter().any(|label| label == "独居老人") && said.iter().any(|label| label == "失能老人"),
            "{said:?}"
        );
        let mut over = (*city.lists.warnings.0.list).clone();
        over.iter_mut().for_each(|it| it.state = WarningState::Withdrawn);
        city.lists.warnings.0.list = std::sync::Arc::new(over);
        assert_eq!(weather(&city.lists.warnings, now()), None);
    }
}
