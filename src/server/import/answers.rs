//! The reporter's answers and the pauses of a row: rated, resolved, resolved at, paused from and until. What contradicts
//! the ticket's other times is left out or moved, and told.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::mapping::ValueMap;
use super::moment::is_placeholder;
use crate::domain::{Pause, Rating};

/// Satisfaction as written; values that no map knows are counted in `unknown` and mean "not rated".
pub fn rating(text: Option<&str>, map: &ValueMap<Rating>, unknown: &mut BTreeMap<String, u64>) -> Rating {
    let Some(text) = text.filter(|text| !is_placeholder(text)) else { return Rating::None };
    map.get(text).or(map.default).or_else(|| usual_rating(text)).unwrap_or_else(|| {
        super::ticket_row::count_unknown(unknown, text);
        Rating::None
    })
}

/// Whether the reporter says it is solved; values that no map knows are counted in `unknown` and mean "no answer".
pub fn resolved(text: Option<&str>, map: &ValueMap<bool>, unknown: &mut BTreeMap<String, u64>) -> Option<bool> {
    let text = text.filter(|text| !is_placeholder(text))?;
    let found = map.get(text).or(map.default).or_else(|| usual_yes_no(text));
    if found.is_none() {
        super::ticket_row::count_unknown(unknown, text);
    }
    found
}

/// The end of handling, held between the report and the closing.
pub fn handled(
    at: Option<Timestamp>,
    reported_at: Timestamp,
    closed_at: Option<Timestamp>,
    repairs: &mut Vec<String>,
) -> Option<Timestamp> {
    let at = at?;
    if at < reported_at {
        let early = reported_at.duration_since(at).as_secs();
        repairs.push(format!("resolved before it was reported, set to the report: by {early} s"));
        return Some(reported_at);
    }
    match closed_at.filter(|closed| at > *closed) {
        Some(closed) => {
            let late = at.duration_since(closed).as_secs();
            repairs.push(format!("resolved after it was closed, set to the closing time: by {late} s"));
            Some(closed)
        }
        None => Some(at),
    }
}

/// The pause of a row. `end` is when handling ended, if it has: a pause does not last longer.
pub fn pause(
    (from, until): (Option<Timestamp>, Option<Timestamp>),
    reason: Option<&str>,
    reported_at: Timestamp,
    end: Option<Timestamp>,
    repairs: &mut Vec<String>,
) -> Option<Pause> {
    let Some(from) = from else {
        if until.is_some() {
            repairs.push("end of a pause without its beginning left out".to_owned());
        }
        return None;
    };
    if until.is_some_and(|until| until < from) {
        repairs.push("pause that ends before it begins left out".to_owned());
        return None;
    }
    if end.is_some_and(|end| from >= end) {
        repairs.push("pause that begins after the handling ended left out".to_owned());
        return None;
    }
    if until.is_some_and(|until| until <= reported_at) {
        repairs.push("pause that ends before the report left out".to_owned());
        return None;
    }
    if from < reported_at {
        repairs.push("pause begins before the report, set to it".to_owned());
    }
    let to = match (until, end) {
        (Some(until), Some(end)) => Some(until.min(end)),
        (until, end) => until.or(end),
    };
    let reason = reason.filter(|text| !is_placeholder(text)).map(crate::domain::text::display_text);
    Some(Pause { from: from.max(reported_at), to, reason: reason.filter(|text| !text.is_empty()) })
}

/// What a rating usually means, without a map: only what cannot be mistaken. Grades by number need a map.
fn usual_rating(text: &str) -> Option<Rating> {
    let text = text.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if any(&["未评", "not rated", "no rating", "unrated"]) {
        Some(Rating::None)
    } else if any(&["不满意", "dissatisf", "unsatisf", "not satisf"]) {
        Some(Rating::No)
    } else if any(&["满意", "satisf"]) {
        Some(Rating::Yes)
    } else {
        usual_yes_no(&text).map(|is_yes| if is_yes { Rating::Yes } else { Rating::No })
    }
}

/// Yes and no.
fn usual_yes_no(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "y" | "true" | "是" | "已解决" | "解决" | "resolved" | "solved" => Some(true),
        "no" | "n" | "false" | "否" | "未解决" | "没有解决" | "unresolved" | "not resolved" | "unsolved" => {
            Some(false)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_300_000_000 + hour * 3600).unwrap()
    }

    #[test]
    fn usual_answers_are_known_and_grades_are_not_guessed() {
        let map = ValueMap::default();
        let mut unknown = BTreeMap::new();
        let said = [("非常满意", Rating::Yes), ("不满意", Rating::No), ("未评价", Rating::None), ("NO", Rating::No)];
        for (text, rated) in said {
            assert_eq!(rating(Some(text), &map, &mut unknown), rated, "{text}");
        }
        assert!(unknown.is_empty());
        assert_eq!(rating(Some("4"), &map, &mut unknown), Rating::None);
        assert_eq!(resolved(Some("部分解决"), &ValueMap::default(), &mut unknown), None);
        assert_eq!(resolved(Some("未解决"), &ValueMap::default(), &mut unknown), Some(false));
        assert_eq!(resolved(None, &ValueMap::default(), &mut unknown), None);
        assert_eq!(unknown.len(), 2);
    }

    #[test]
    fn times_that_contradict_are_moved_or_left_out_and_told() {
        let mut told = Vec::new();
        assert_eq!(handled(Some(at(9)), at(1), Some(at(5)), &mut told), Some(at(5)));
        assert_eq!(handled(Some(at(0)), at(1), None, &mut told), Some(at(1)));
        assert_eq!(told.len(), 2);
        let mut pause = |from, until, end| pause((from, until), Some("等配件"), at(1), end, &mut told);
        let span = |from, to| Some(Pause { from, to, reason: Some("等配件".into()) });
        assert_eq!(pause(Some(at(2)), Some(at(4)), Some(at(9))), span(at(2), Some(at(4))));
        assert_eq!(pause(Some(at(2)), None, Some(at(9))), span(at(2), Some(at(9))));
        assert_eq!(pause(Some(at(2)), None, None), span(at(2), None));
        assert_eq!(pause(Some(at(0)), Some(at(4)), None), span(at(1), Some(at(4))));
        assert_eq!(pause(Some(at(4)), Some(at(2)), None), None);
        assert_eq!(pause(None, Some(at(2)), None), None);
        assert_eq!(pause(Some(at(7)), None, Some(at(5))), None);
        assert_eq!(told.len(), 6);
    }
}
