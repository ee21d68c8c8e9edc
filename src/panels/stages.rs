//! 在办工单环节: how many tickets stand in each step, how many of them late, and how long they stay.
//!
//! The steps are the site's labels; neighbouring stages with one label are one row.

use bevy_egui::egui::{Align, CornerRadius, Rect, Ui, pos2};
use jiff::Timestamp;

use super::behind::Counted;
use super::digest::InHand;
use super::head::{self, announce, empty, head};
use super::look::Look;
use super::pen::{bar, centred, fit, say, width};
use super::steps::steps;
use super::style::{Role, colour, faint};
use crate::city::{Freshness, StageTally, Tallies, Tickets};
use crate::domain::{AreaId, Feed, Stage, Workflow};
use crate::locale::Locale;
use crate::scene::{Bound, Campaign};

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct StageRow {
    /// The site's label.
    pub label: String,
    /// Tickets in the step.
    pub count: u32,
    /// Of these, late.
    pub overdue: u32,
    /// Median stay in seconds; for a step of several stages, that of the fullest one.
    pub median_s: Option<i64>,
}

/// The counts of stages of the tickets in hand that a campaign is about.
pub fn of_campaign(campaign: &Campaign, in_hand: &[InHand], tickets: &Tickets, now: Timestamp) -> [StageTally; 8] {
    let mut since: [Vec<Timestamp>; 8] = Default::default();
    let mut stages = [StageTally::default(); 8];
    for ticket in in_hand.iter().filter_map(|row| tickets.by_id.get(&row.id)) {
        let is_about = campaign.categories.holds(ticket);
        if let Some(nth) = Stage::IN_HAND.iter().position(|stage| is_about && *stage == ticket.stage) {
            since[nth].push(ticket.stage_since);
            stages[nth].count += 1;
            stages[nth].overdue += u32::from(ticket.is_overdue(now));
        }
    }
    for (tally, since) in stages.iter_mut().zip(&mut since) {
        since.sort_unstable();
        tally.median_since = since.get(since.len() / 2).copied();
    }
    stages
}

/// The rows of a workflow. A stage the site leaves out has a row of its own only while tickets are in it.
pub fn rows(stages: &[StageTally; 8], workflow: Option<&Workflow>, locale: Locale, now: Timestamp) -> Vec<StageRow> {
    let mut rows: Vec<StageRow> = Vec::new();
    let mut fullest = 0;
    for (stage, tally) in Stage::IN_HAND.into_iter().zip(stages) {
        let is_listed = workflow.is_none_or(|workflow| workflow.step(stage).is_some());
        if !is_listed && tally.count == 0 {
            continue;
        }
        let label = locale.stage(workflow, stage).into_owned();
        let median_s = tally.median_age(now).map(|age| age.as_secs());
        match rows.last_mut() {
            Some(last) if last.label == label => {
                last.count += tally.count;
                last.overdue += tally.overdue;
                if tally.count > fullest {
                    last.median_s = median_s;
                    fullest = tally.count;
                }
            }
            _ => {
                fullest = tally.count;
                rows.push(StageRow { label, count: tally.count, overdue: tally.overdue, median_s });
            }
        }
    }
    rows
}

/// Draws the panel of an area, or of the district. A click on a step asks which tickets stand in it.
pub fn stages_ui(ui: &mut Ui, look: &Look<'_>, tallies: &Tallies, scope: Option<AreaId>) -> Option<Counted> {
    steps_ui(ui, look, &look.t("stages-title"), &tallies.stages, Some(scope))
}

/// Draws the panel of a campaign.
pub fn campaign_stages_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    (bound, campaign): (&Bound, &Campaign),
    in_hand: &[InHand],
    tickets: &Tickets,
) {
    let title = bound.title.as_ref().map_or_else(|| look.t("stages-title"), |it| look.locale.title_of(it).into());
    let stages = of_campaign(campaign, in_hand, tickets, look.now.at);
    steps_ui(ui, look, &title, &stages, None);
}

/// The steps; `scope`: whose, if there are lists behind them.
fn steps_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    title: &str,
    stages: &[StageTally; 8],
    scope: Option<Option<AreaId>>,
) -> Option<Counted> {
    let feed = look.feed(Feed::Tickets);
    let rows = rows(stages, look.workflow(), look.locale, look.now.at);
    let total: u32 = rows.iter().map(|row| row.count).sum();
    let body = head(ui, look, title, Some(look.t_n("stages-note", total)), &feed);
    let p = ui.painter();
    if feed.rung == Freshness::Never {
        empty(p, look, body, &look.t("connecting"));
        return None;
    }
    let steps = steps(look.workflow(), look.locale, |stage| stages[stage].count > 0);
    let mut asked = None;
    let step = (body.height() / rows.len().max(1) as f32).clamp(24.0, 36.0).min(29.0_f32.max(body.height() / 8.0));
    let labels = rows.iter().map(|row| width(p, row.label.as_str(), Role::BODY)).fold(84.0, f32::max).min(130.0);
    let start = body.left() + labels + 14.0;
    let most = rows.iter().map(|row| row.count).max().unwrap_or(0).max(1) as f32;
    // What stands right of the longest bar: its count, the late ones, the median stay.
    let beside = |row: &StageRow| {
        let mut wide = 10.0 + width(p, look.count(row.count), Role::BODY_STRONG);
        if row.overdue > 0 {
            wide += 10.0 + width(p, look.t_n("overdue-n", row.overdue), Role::BODY);
        }
        wide + row.median_s.map_or(0.0, |median| 16.0 + width(p, look.locale.span(median), Role::BODY))
    };
    let beside = rows.iter().map(beside).fold(200.0, f32::max);
    let per_ticket = (body.right() - start - beside).max(20.0) / most.max(10.0);
    for (i, (row, site)) in rows.iter().zip(&steps).enumerate() {
        let y = body.top() + step * (i as f32 + 0.5);
        let line = Rect::from_min_max(pos2(body.left(), y - step / 2.0), pos2(body.right(), y + step / 2.0));
        let label = format!("{} {}", row.label, look.count(row.count));
        match scope {
            Some(scope) if head::row(ui, look, line, ("stage", i), &label).clicked() => {
                asked = Some(Counted::Step(site.first, site.last, scope));
            }
            Some(_) => {}
            None => announce(ui, line, ("stage", i), &label),
        }
        let base = centred(y, Role::BODY);
        fit(p, pos2(body.left(), base), Align::Min, row.label.as_str(), Role::BODY, look.text1(), labels);
        let (count, ink) = feed.figure(look, u64::from(row.count));
        let mut x = start;
        if feed.has_values() {
            let length = if row.count == 0 { 0.0 } else { (row.count as f32 * per_ticket).max(4.0) };
            let ink = if feed.is_grey() { faint(look.palette.stale, 0.55) } else { colour(look.palette.neutral_bar) };
            bar(p, Rect::from_min_max(pos2(start, y - 6.0), pos2(start + length, y + 6.0)), ink);
            if row.overdue > 0 && !feed.is_grey() {
                let cap = (row.overdue as f32 * per_ticket).max(4.0).min(length);
                let cap = Rect::from_min_max(pos2(start + length - cap, y - 6.0), pos2(start + length, y + 6.0));
                p.rect_filled(cap, CornerRadius::same(1), look.text1());
            }
            x = start + length + 10.0;
        }
        let said = say(p, pos2(x, base), Align::Min, count, Role::BODY_STRONG, ink);
        if row.overdue > 0 && feed.has_values() {
            let words = look.t_n("overdue-n", row.overdue);
            say(p, pos2(said.right() + 10.0, base), Align::Min, words, Role::BODY, look.text2());
        }
        if let Some(median) = row.median_s.filter(|_| !feed.is_grey()) {
            say(p, pos2(body.right(), base), Align::Max, look.locale.span(median), Role::BODY, look.text3());
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::domain::Matter;

    #[test]
    fn neighbours_with_one_label_are_one_row() {
        let mut tallies = Tallies::default();
        let since = "2026-11-21T10:00:00Z".parse().unwrap();
        let now = "2026-11-21T11:00:00Z".parse().unwrap();
        tallies.stages[0] = StageTally { count: 2, overdue: 1, median_since: None };
        tallies.stages[1] = StageTally { count: 5, overdue: 0, median_since: Some(since) };
        let mut workflow = Workflow::eight_steps();
        workflow.steps[1].label = workflow.steps[0].label.clone();
        let got = rows(&tallies.stages, Some(&workflow), Locale::ZhCn, now);
        assert_eq!(got.len(), 7);
        assert_eq!(got[0], StageRow { label: "信息采集".into(), count: 7, overdue: 1, median_s: Some(3600) });
        assert_eq!(rows(&tallies.stages, Some(&Workflow::eight_steps()), Locale::En, now)[1].label, "Reported");
    }

    #[test]
    fn the_steps_of_a_campaign_are_those_of_its_tickets() {
        let city = fixture::city();
        let digest = city.digest();
        let now = fixture::now();
        let of = |campaign: &Campaign| of_campaign(campaign, &digest.in_hand, &city.tickets, now);
        let whole = of(&Campaign::default());
        let counts = |stages: &[StageTally; 8]| stages.map(|it| (it.count, it.overdue));
        let all = |stage: Stage| city.tickets.by_id.values().filter(move |it| it.stage == stage);
        let wanted = Stage::IN_HAND
            .map(|stage| (all(stage).count() as u32, all(stage).filter(|it| it.is_overdue(now)).count() as u32));
        assert_eq!(counts(&whole), wanted);
        let some = city.tickets.by_id.values().find(|it| it.is_in_hand()).expect("one in hand");
        let own = of(&Campaign { categories: Matter(vec![some.category_group.to_string()]), ..Campaign::default() });
        let sum = |stages: &[StageTally; 8]| stages.iter().map(|it| it.count).sum::<u32>();
        assert!(sum(&own) > 0 && sum(&own) < sum(&whole));
        assert!(own.iter().all(|it| it.median_since.is_some() == (it.count > 0)));
    }

    #[test]
    fn a_stage_the_site_left_out_shows_only_while_it_is_used() {
        let mut workflow = Workflow::eight_steps();
        workflow.steps.remove(7);
        let now = "2026-11-21T11:00:00Z".parse().unwrap();
        assert_eq!(rows(&Tallies::default().stages, Some(&workflow), Locale::ZhCn, now).len(), 7);
        let mut tallies = Tallies::default();
        tallies.stages[7].count = 1;
        assert_eq!(rows(&tallies.stages, Some(&workflow), Locale::ZhCn, now).len(), 8);
    }
}
