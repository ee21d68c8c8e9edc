//! What is true of the whole site: its name, zone, environment, stage labels, calendar and clock. Served by the
//! platform's landing page, because limits, labels and calendars are data.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{AreaCode, Calendar, Stage};

/// Which kind of data this is. Shown on the wall for all but `Live`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// The real platform of a district.
    Live,
    /// A simulation: 演示数据 · 虚构区域.
    Demo,
    /// Real data of the past, imported: 历史数据.
    Archive,
    /// A drill: 演练.
    Drill,
}

/// The site's labels of the stages. Neighbouring stages with one label are one step for the viewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workflow {
    /// One entry per stage in hand, in order.
    pub steps: Vec<WorkflowStep>,
}

/// The label of one canonical stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowStep {
    /// The stage.
    pub stage: Stage,
    /// What this site calls it.
    pub label: String,
    /// The same in English.
    pub label_en: String,
}

impl Workflow {
    /// The eight steps of Haicheng (信息采集—上报—研判—分流—处置—反馈—核查—考核), used where a site says nothing.
    pub fn eight_steps() -> Self {
        let labels = [
            ("信息采集", "Collected"),
            ("上报", "Reported"),
            ("研判", "Assessed"),
            ("分流", "Dispatched"),
            ("处置", "Handling"),
            ("反馈", "Feedback"),
            ("核查", "Verifying"),
            ("考核", "Evaluating"),
        ];
        let steps = Stage::IN_HAND
            .iter()
            .zip(labels)
            .map(|(stage, (label, label_en))| WorkflowStep {
                stage: *stage,
                label: label.into(),
                label_en: label_en.into(),
            })
            .collect();
        Self { steps }
    }

    /// The step of a stage; `None` for the two ends and for stages the site leaves out.
    pub fn step(&self, stage: Stage) -> Option<&WorkflowStep> {
        self.steps.iter().find(|step| step.stage == stage)
    }
}

/// The platform's clock. A simulation may run fast, or stand still for a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SiteClock {
    /// The platform's time at the moment it answered.
    pub now: Timestamp,
    /// Platform seconds per real second: 1 for real platforms, 0 when it stands still.
    pub speed: f64,
}

impl SiteClock {
    /// The platform's time `elapsed` real time after [`SiteClock::now`].
    pub fn after(&self, elapsed: std::time::Duration) -> Timestamp {
        let shift = jiff::SignedDuration::try_from_secs_f64(elapsed.as_secs_f64() * self.speed);
        self.now.saturating_add(shift.unwrap_or(jiff::SignedDuration::MAX)).unwrap_or(Timestamp::MAX)
    }
}

/// One site.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Title of the wall, for example 海澄区网格化指挥中心.
    pub title: String,
    /// The same in English.
    pub title_en: String,
    /// Code of the district.
    pub district: Option<AreaCode>,
    /// The zone all times are shown in.
    pub zone: TimeZone,
    /// Demo, archive, drill or live.
    pub environment: Environment,
    /// Labels of the stages.
    pub workflow: Workflow,
    /// Working time.
    pub calendar: Calendar,
    /// The platform's clock when it answered.
    pub clock: SiteClock,
    /// Map approval number (审图号), printed in the map's corner where the site has one.
    pub map_approval: Option<String>,
}
