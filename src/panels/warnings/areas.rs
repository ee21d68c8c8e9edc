//! 涉及区域: the streets by the warnings that stand in them, a sign each; whatever concerns the whole district comes first.
//! A click goes to the street.

use bevy_egui::egui::{Align, Rect, Stroke, Ui, pos2, vec2};

use super::instead;
use super::sign::{SignLook, sign};
use crate::city::Warnings;
use crate::city::figures::Answer;
use crate::domain::{AreaId, AreaTable, Feed, Level, Warning};
use crate::panels::head::{empty, head, row};
use crate::panels::look::Look;
use crate::panels::more::{Room, more_ui};
use crate::panels::pen::{centred, fit, say, width};
use crate::panels::style::Role;
use crate::selection::{Drill, Target};

/// Least and best height of a row; from `TALL` on it names the places too.
const ROW: (f32, f32) = (40.0, 84.0);
const TALL: f32 = 72.0;
/// Radius of a sign, and how far apart they stand.
const SIGN: f32 = 13.0;
const STEP: f32 = 36.0;

/// A street (`None`: the whole district) with the warnings in it, most severe first.
pub type Concerned<'a> = (Option<AreaId>, Vec<&'a Warning>);

/// Streets with standing warnings: the most severe first, then those with most.
pub fn concerned<'a>(areas: &AreaTable, list: &'a [Warning], now: jiff::Timestamp) -> Vec<Concerned<'a>> {
    let mut all: Vec<Concerned<'a>> = Vec::new();
    for warning in list.iter().filter(|warning| warning.is_standing(now)) {
        let id = warning.area.as_ref().and_then(|code| areas.find(code));
        let street = id.and_then(|id| areas.ancestor_at(id, Level::Street));
        match all.iter_mut().find(|(other, _)| *other == street) {
            Some((_, warnings)) => warnings.push(warning),
            None => all.push((street, vec![warning])),
        }
    }
    let key = |(street, warnings): &Concerned<'_>| {
        let mut counts = [0i32; 4];
        warnings.iter().for_each(|warning| counts[warning.level as usize] -= 1);
        (street.is_some(), counts, *street)
    };
    all.sort_by_key(key);
    all
}

/// Draws the panel.
pub fn areas_ui(ui: &mut Ui, look: &Look<'_>, areas: &AreaTable, warnings: &Warnings) -> Option<Drill> {
    let feed = look.feed(Feed::Warnings);
    let rows = concerned(areas, &warnings.0.list, look.now.at);
    let note = look.t_n("warning-areas-note", rows.iter().filter(|(street, _)| street.is_some()).count() as u64);
    // What is not offered is not counted either.
    let note = Some(note).filter(|_| warnings.0.answer == Answer::Here);
    let body = head(ui, look, &look.t("warning-areas-title"), note, &feed);
    if instead(ui, look, body, warnings.0.answer, &feed, "warnings-silent") {
        return None;
    }
    if rows.is_empty() {
        empty(ui.painter(), look, body, &look.t("warnings-none"));
        return None;
    }
    let (room, step) = Room::between(rows.len(), [ROW.0, ROW.1], body.height());
    let count = room.shown;
    more_ui(ui, look, body, body.top() + step * count as f32, "more-streets", room.hidden);
    let names = rows.iter().map(|(id, _)| width(ui.painter(), name(look, areas, *id), Role::ROW)).fold(70.0, f32::max);
    let names = names.min(body.width() * 0.4);
    let mut drill = None;
    for (nth, (street, warnings)) in rows[..count].iter().enumerate() {
        let top = body.top() + step * nth as f32;
        let rect = Rect::from_min_size(pos2(body.left(), top), vec2(body.width(), step));
        let name = name(look, areas, *street);
        let label = format!("{name} {}", look.count(warnings.len() as u64));
        if let Some(id) = street {
            if row(ui, look, rect, ("concerned", areas.get(*id).code.as_str()), &label).clicked() {
                drill = Some(Drill::To(Target::Area(areas.get(*id).code.clone())));
            }
        } else {
            crate::panels::head::announce(ui, rect, "concerned-district", &label);
        }
        let p = ui.painter();
        if nth > 0 {
            p.hline(rect.x_range(), top, Stroke::new(1.0, look.ink(|p| p.line1)));
        }
        let is_tall = step >= TALL;
        let y = if is_tall { top + 27.0 } else { rect.center().y };
        let grey = feed.is_grey();
        let ink = if grey { look.ink(|p| p.stale) } else { look.text1() };
        fit(p, pos2(rect.left(), centred(y, Role::ROW)), Align::Min, name, Role::ROW, ink, names);
        let count = look.count(warnings.len() as u64);
        say(p, pos2(rect.right(), centred(y, Role::ROW_STRONG)), Align::Max, count, Role::ROW_STRONG, ink);
        let signed = if grey { SignLook::Hollow } else { SignLook::Filled };
        let from = rect.left() + names + 36.0;
        let most = ((rect.right() - 60.0 - from) / STEP).floor().max(1.0) as usize;
        // The list is in the order of levels already.
        for (at, warning) in warnings.iter().take(most).enumerate() {
            sign(p, look.palette, pos2(from + STEP * at as f32, y), SIGN, warning.level, signed, false);
        }
        if is_tall {
            let words = places(look, areas, *street, warnings);
            fit(p, pos2(rect.left(), top + 68.0), Align::Min, words, Role::BODY, look.text3(), rect.width());
        }
    }
    drill
}

fn name(look: &Look<'_>, areas: &AreaTable, street: Option<AreaId>) -> String {
    match street {
        Some(id) => look.locale.short_area_name(areas.get(id)).to_owned(),
        None => look.t("district-word").into_owned(),
    }
}

/// The places in a street, each once: `盐坊社区 · 石桥社区`; for the district, who says so.
fn places(look: &Look<'_>, areas: &AreaTable, street: Option<AreaId>, warnings: &[&Warning]) -> String {
    let mut names: Vec<String> = Vec::new();
    for warning in warnings {
        let id = warning.area.as_ref().and_then(|code| areas.find(code)).filter(|id| Some(*id) != street);
        let own = match id.filter(|id| areas.get(*id).level > Level::Street) {
            Some(id) => look.locale.area_name(areas.get(id)).to_owned(),
            None if street.is_none() => warning.source.clone(),
            None => look.t("warning-whole-street").into_owned(),
        };
        if !names.contains(&own) {
            names.push(own);
        }
    }
    names.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::domain::WarningLevel;
    use crate::panels::fixture::{self, now};

    #[test]
    fn the_district_comes_first_then_the_most_severe_street_and_a_click_goes_there() {
        let city = samples::city();
        let rows = concerned(&city.areas, &city.lists.warnings.0.list, now());
        assert_eq!(rows[0].0, None);
        let street = rows[1].0.expect("a street");
        assert_eq!(rows[1].1[0].level, WarningLevel::Red);
        assert!(rows.iter().all(|(_, warnings)| warnings.iter().all(|it| it.is_standing(now()))));
        let drill =
            fixture::click(&city, "望澜 1", |ui, look, city| areas_ui(ui, look, &city.areas, &city.lists.warnings));
        assert_eq!(drill, Some(Drill::To(Target::Area(city.areas.get(street).code.clone()))));
    }
}
