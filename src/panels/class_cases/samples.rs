//! Class cases of the made-up city, for tests and pictures of panels. Only in tests.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::city::figures::Answer;
use crate::domain::{ClassCase, ClassKind, ClassStage, Level};
use crate::panels::fixture::{self, City, now};

/// The city with cases of all stages and kinds.
pub fn city() -> City {
    let mut city = fixture::city();
    fill(&mut city);
    city
}

/// Fills the cases of a city.
pub fn fill(city: &mut City) {
    let days = |n: i64| SignedDuration::from_hours(24 * n);
    let communities: Vec<_> = city.areas.at_level(Level::Community).collect();
    let names = [
        "供水不足类案",
        "夜间施工噪声类案",
        "道路破损类案",
        "消防通道堵塞类案",
        "油烟扰民类案",
        "违规停车类案",
        "路灯不亮类案",
    ];
    let stages = [
        ClassStage::Treated,
        ClassStage::Reviewed,
        ClassStage::Planned,
        ClassStage::Found,
        ClassStage::Treated,
        ClassStage::Closed,
        ClassStage::Assigned,
    ];
    let list = names.iter().zip(stages).enumerate().map(|(nth, (name, stage))| {
        let n = nth as i64;
        let has_plan = stage >= ClassStage::Treated;
        ClassCase {
            id: format!("C-{nth}"),
            name: (*name).into(),
            kind: [ClassKind::Common, ClassKind::Cluster, ClassKind::Joint][nth % 3],
            service_code: None,
            area: (nth % 3 == 1).then(|| city.areas.get(communities[nth * 4]).code.clone()),
            owner: (stage > ClassStage::Found).then(|| ["区水务局", "区生态环境局", "区市政园林局"][nth % 3].into()),
            stage,
            stage_since: now() - days(9 + n),
            opened_at: now() - days(120 - 10 * n),
            planned_at: has_plan.then(|| now() - days(if nth == 4 { 3 } else { 40 })),
            due_at: has_plan.then(|| now() + days(if nth == 4 { -12 } else { 20 })),
            closed_at: (stage == ClassStage::Closed).then(|| now() - days(4)),
            tickets: 412 - 50 * nth as u32,
            before: has_plan.then_some(96 - 9 * nth as u32),
            after: has_plan.then_some(34 + nth as u32),
            after_days: has_plan.then_some(if nth == 4 { 3 } else { 30 }),
            members: city.tickets.newest.iter().skip(nth * 5).take(4).cloned().collect(),
            as_of: now(),
        }
    });
    city.lists.class_cases.0.list = Arc::new(list.collect());
    city.lists.class_cases.0.answer = Answer::Here;
}
