//! The steps a site shows: its labels on the canonical stages, neighbours with one label as one step.

use crate::domain::{Stage, Workflow};
use crate::locale::Locale;

/// One step: a label and the stages it stands for, by their place in [`Stage::IN_HAND`].
#[derive(Clone, Debug, PartialEq)]
pub struct SiteStep {
    /// The site's label.
    pub label: String,
    /// First stage.
    pub first: usize,
    /// Last stage, the same as the first where the site tells all stages apart.
    pub last: usize,
}

impl SiteStep {
    /// True if a stage, by its place in [`Stage::IN_HAND`], belongs to this step.
    pub fn holds(&self, stage: usize) -> bool {
        (self.first..=self.last).contains(&stage)
    }
}

/// The steps of a workflow. A stage the site leaves out has a step of its own only where it is used.
pub fn steps(workflow: Option<&Workflow>, locale: Locale, is_used: impl Fn(usize) -> bool) -> Vec<SiteStep> {
    let mut steps: Vec<SiteStep> = Vec::new();
    for (nth, stage) in Stage::IN_HAND.into_iter().enumerate() {
        if workflow.is_some_and(|workflow| workflow.step(stage).is_none()) && !is_used(nth) {
            continue;
        }
        let label = locale.stage(workflow, stage).into_owned();
        match steps.last_mut() {
            Some(last) if last.label == label => last.last = nth,
            _ => steps.push(SiteStep { label, first: nth, last: nth }),
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_with_one_label_are_one_step_and_unused_ones_none() {
        let mut workflow = Workflow::eight_steps();
        workflow.steps[1].label = workflow.steps[0].label.clone();
        workflow.steps.remove(7);
        let got = steps(Some(&workflow), Locale::ZhCn, |_| false);
        assert_eq!(got.len(), 6);
        assert_eq!(got[0], SiteStep { label: "信息采集".into(), first: 0, last: 1 });
        assert!(got[0].holds(1) && !got[0].holds(2));
        assert_eq!(steps(Some(&workflow), Locale::ZhCn, |nth| nth == 7).len(), 7);
        assert_eq!(steps(None, Locale::En, |_| false).len(), 8);
    }
}
