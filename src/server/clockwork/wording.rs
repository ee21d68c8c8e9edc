//! What the timeline of a ticket says: short notes of the demo's units and roles, never of persons.
//!
//! Each step of `life` becomes one entry; the end of the work becomes two (handled, then feedback).

use super::catalogue::CATALOGUE;
use super::fold::instant;
use super::ground::Terrain;
use super::hours::Pace;
use super::life::{Step, What};
use super::{Plan, Words};
use crate::domain::{HandlingMode, Source, Stage, TimelineEntry};

/// Why the ticket's work has to wait.
pub(super) fn wait(plan: &Plan) -> &'static str {
    CATALOGUE[plan.category as usize].wait
}

/// The history after the first `steps`, oldest first.
pub(super) fn timeline(plan: &Plan, steps: &[Step], words: &Words, terrain: &Terrain) -> Vec<TimelineEntry> {
    let mut lines = Vec::with_capacity(steps.len() + 1);
    let mut redone = 0;
    for step in steps {
        redone += usize::from(matches!(step.what, What::Returned { .. }));
        if step.what == What::Entered(Stage::Feedback) {
            let done = CATALOGUE[plan.category as usize].done[(plan.grain as usize + redone) % 2];
            lines.push(entry(plan, step, Stage::Handle, "handled", terrain, "承办人员", done.to_owned()));
        }
        let (stage, event, role, note) = line(plan, step, words, terrain, redone);
        lines.push(entry(plan, step, stage, event, terrain, role, note));
    }
    lines
}

/// The number of pieces of evidence after the first `steps`: grid workers report with pictures, crews document.
pub(super) fn evidence(plan: &Plan, steps: &[Step]) -> u32 {
    let more = (plan.grain >> 8) as u32;
    steps.iter().fold(0, |count, step| {
        count
            + match step.what {
                What::Reported if plan.source == Source::GridWorker => 1 + more % 3,
                What::Arrived if !plan.life.on_spot => 1,
                What::Entered(Stage::Feedback) => 1 + (more >> 4) % 2,
                _ => 0,
            }
    })
}

fn entry(
    plan: &Plan,
    step: &Step,
    stage: Stage,
    event: &str,
    terrain: &Terrain,
    role: &str,
    note: String,
) -> TimelineEntry {
    let unit = match step.what {
        What::Reported | What::Entered(Stage::Report) => match plan.source {
            Source::Hotline => "12345 热线".to_owned(),
            Source::GridWorker => terrain.community(plan.cell).to_string(),
            Source::Dispatch | Source::Other => CENTRE.to_owned(),
        },
        What::Entered(Stage::Register | Stage::Evaluate | Stage::Verify)
        | What::Dispatched { .. }
        | What::Rated { .. }
        | What::Returned { .. }
        | What::Closed
        | What::Void => CENTRE.to_owned(),
        _ => plan.unit(terrain).to_string(),
    };
    TimelineEntry {
        at: instant(step.at),
        stage,
        event: event.to_owned(),
        unit: Some(unit),
        actor_role: Some(role.to_owned()),
        note: Some(note),
    }
}

const CENTRE: &str = "区网格化指挥中心";

/// Stage, event, role and note of one step.
fn line(
    plan: &Plan,
    step: &Step,
    words: &Words,
    terrain: &Terrain,
    redone: usize,
) -> (Stage, &'static str, &'static str, String) {
    let category = &CATALOGUE[plan.category as usize];
    let found = category.found[(plan.grain as usize + redone) % 2];
    let unit = plan.unit(terrain);
    match step.what {
        What::Reported => {
            let (role, note) = match plan.source {
                Source::Hotline => ("话务员", format!("12345 热线转入：{}", category.name)),
                Source::GridWorker => ("网格员", format!("网格员巡查发现：{found}")),
                Source::Dispatch => ("值班员", format!("部门派遣、感知告警转入：{}", category.name)),
                Source::Other => ("受理员", format!("小程序上报：{}", category.name)),
            };
            (Stage::Collect, "reported", role, note)
        }
        What::Entered(Stage::Report) => {
            let (role, note) = match plan.source {
                Source::Hotline => ("话务员", "话务员提交"),
                Source::GridWorker => ("网格员", "网格员拍照上报"),
                Source::Dispatch => ("值班员", "系统自动提交"),
                Source::Other => ("受理员", "受理员提交"),
            };
            (Stage::Report, "entered", role, note.to_owned())
        }
        What::Entered(Stage::Register) => {
            let kind = if plan.life.urgent { "，按紧急件处理" } else { "" };
            let code = &words.categories[plan.category as usize].code;
            (Stage::Register, "entered", "研判员", format!("归入 {code} {}类{kind}", category.group))
        }
        What::Dispatched { .. } => {
            let note = match plan.life.mode {
                _ if plan.life.on_spot => format!("{unit}网格自行处置"),
                HandlingMode::Ordinary => format!("{unit}主办"),
                HandlingMode::Joint if unit == terrain.community(plan.cell) => {
                    format!("{unit}主办，{}协办", terrain.street_office(plan.cell))
                }
                HandlingMode::Joint => format!("{unit}主办，{}协办", terrain.community(plan.cell)),
                HandlingMode::Consult => format!("疑难会商后由{unit}主办"),
                HandlingMode::Emergency => format!("应急处办：{unit}主办"),
                HandlingMode::Special => format!("特事特办：{unit}主办"),
                HandlingMode::Supervised => format!("重点督办：{unit}主办"),
            };
            (Stage::Dispatch, "entered", "调度员", note)
        }
        What::Signed => (Stage::Dispatch, "signed", "值班员", format!("{unit}签收，签收钟停")),
        What::Arrived => {
            let start = if category.pace == Pace::Office { "办理" } else { "到场" };
            (Stage::Handle, "entered", "承办人员", format!("{start}：{found}"))
        }
        What::Paused => (Stage::Handle, "paused", "承办人员", format!("{}，办理钟暂停", category.wait)),
        What::Resumed { .. } => (Stage::Handle, "resumed", "承办人员", "恢复处置，办理钟继续".to_owned()),
        What::Extended { minutes, .. } => {
            let (hours, rest) = (minutes / 60, minutes % 60);
            let half = if rest >= 30 { ".5" } else { "" };
            (Stage::Handle, "extended", "承办人员", format!("申请延期 {hours}{half} 工作时，已批准"))
        }
        What::Entered(Stage::Feedback) => (Stage::Feedback, "entered", "承办人员", "已提交处置结果".to_owned()),
        What::Entered(Stage::Verify) => {
            let by_visit = plan.source == Source::GridWorker || plan.grain & 0x40 == 0;
            let note = if by_visit { "网格员现场核查" } else { "电话回访核查" };
            (Stage::Verify, "entered", if by_visit { "网格员" } else { "回访员" }, note.to_owned())
        }
        What::Entered(stage) => (stage, "entered", "回访员", "核查通过，邀请评价".to_owned()),
        What::Rated { satisfied, resolved } => {
            let note = match (satisfied, resolved) {
                (true, true) => "评价：满意，已解决",
                (true, false) => "评价：满意，未完全解决",
                (false, true) => "评价：不满意，已解决",
                (false, false) => "评价：不满意，未解决",
            };
            (Stage::Evaluate, "rated", "反映人", note.to_owned())
        }
        What::Returned { .. } => (Stage::Handle, "returned", "督办员", format!("不满意重办，第 {redone} 次")),
        What::Closed => (Stage::Closed, "closed", "调度员", "结案存档".to_owned()),
        What::Void => {
            let note = if plan.grain & 1 == 0 {
                "与已有工单重复，作废"
            } else {
                "不属本区事项，已转告，作废"
            };
            (Stage::Void, "void", "研判员", note.to_owned())
        }
    }
}
